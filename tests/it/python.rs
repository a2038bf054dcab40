//! The rules that coverage.py leaves to CPython, against CPython's answers, recorded by `testdata/python/{record,patterns,fields}.py`.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use covmerge::analyse::{Rules, analyse};
use covmerge::model::settings::PythonVersion;
use covmerge::model::trace::Kind;
use covmerge::python::re::Pattern;
use covmerge::python::text::printable::is_printable;
use covmerge::python::text::{count_lines, float, float_text, integer, is_keyword, quote, split_lines};
use serde_json::{Value, json};

#[derive(serde::Deserialize)]
struct Recorded {
    /// A text, its lines, its `repr`.
    texts: Vec<(String, Vec<String>, String)>,
    /// The bits of a float, its `repr`.
    floats: Vec<(String, String)>,
    /// A text, its `int` and the bits of its `float`, if it is a number.
    numbers: Vec<(String, Option<String>, Option<String>)>,
    printable: Vec<u32>,
    keywords: Vec<String>,
}

fn recorded() -> Recorded {
    let text = include_str!("../../testdata/python/text.json");
    let recorded: Recorded = serde_json::from_str(text).unwrap();
    assert!(recorded.texts.len() > 400 && recorded.floats.len() > 600 && recorded.printable.len() > 1400);
    assert!(recorded.numbers.len() > 600);
    recorded
}

#[test]
fn texts_have_the_lines_that_splitlines_finds() {
    for (text, lines, _) in recorded().texts {
        assert_eq!(split_lines(&text), lines, "{text:?}");
        assert_eq!(count_lines(&text), lines.len(), "{text:?}");
    }
}

#[test]
fn texts_are_quoted_as_by_repr() {
    for (text, _, repr) in recorded().texts {
        assert_eq!(quote(&text), repr);
    }
}

#[test]
fn floats_are_written_as_by_repr() {
    for (bits, repr) in recorded().floats {
        assert_eq!(float_text(f64::from_bits(bits.parse().unwrap())), repr);
    }
}

#[test]
fn numbers_are_read_as_by_int_and_float() {
    for (text, whole, real) in recorded().numbers {
        let limit = |number: &str| if number.starts_with('-') { i64::MIN } else { i64::MAX };
        let whole = whole.map(|number| number.parse().unwrap_or_else(|_| limit(&number)));
        assert_eq!(integer(&text), whole, "{text:?}");
        let real = real.map(|bits| f64::from_bits(bits.parse().unwrap()));
        assert!(float(&text).map(f64::to_bits) == real.map(f64::to_bits) || real.is_some_and(f64::is_nan), "{text:?}");
        assert_eq!(float(&text).is_some(), real.is_some(), "{text:?}");
    }
}

#[test]
fn the_same_characters_are_printable() {
    let ours = |code: u32| char::from_u32(code).is_some_and(is_printable);
    let bounds: Vec<u32> = (1..0x11_0000).filter(|&code| ours(code) != ours(code - 1)).collect();
    assert_eq!(bounds, recorded().printable);
}

/// A pattern, a text if the pattern compiles, and the spans of all matches or the error.
type Match = (String, Option<String>, Value);

#[test]
fn patterns_match_what_they_match_in_cpython_and_are_refused_in_its_words() {
    let read = |text: &str| -> Vec<Match> { serde_json::from_str(text).unwrap() };
    let of_313 = read(include_str!("../../testdata/python/re.json"));
    assert!(of_313.len() > 200, "only {} rows", of_313.len());
    for (minor, other) in [
        (10, include_str!("../../testdata/python/re-3.10.json")),
        (11, include_str!("../../testdata/python/re-3.11.json")),
        (12, include_str!("../../testdata/python/re-3.12.json")),
        (13, "[]"),
        (14, include_str!("../../testdata/python/re-3.14.json")),
        (15, include_str!("../../testdata/python/re-3.15.json")),
    ] {
        let others = read(other);
        let same = of_313.iter().filter(|row| !others.iter().any(|other| is_same_question(row, other)));
        match_as_recorded(minor, same.cloned().chain(others.iter().cloned()));
    }
}

/// Whether two versions answer the same pattern; the one that does not compile it has no text.
fn is_same_question(one: &Match, other: &Match) -> bool {
    one.0 == other.0 && (one.1.is_none() || other.1.is_none() || one.1 == other.1)
}

fn match_as_recorded(minor: u8, rows: impl Iterator<Item = Match>) {
    let mut differences = Vec::new();
    for (pattern, text, expected) in rows {
        let found = match (Pattern::new(&pattern, minor), &text) {
            (Err(error), _) => json!(error.to_string()),
            (Ok(_), None) => json!("compiles"),
            (Ok(compiled), Some(text)) => {
                let spans = compiled.find_all(text).unwrap();
                assert_eq!(compiled.is_match(text).unwrap(), !spans.is_empty(), "{pattern}");
                json!(spans.iter().map(|span| [span.start, span.end]).collect::<Vec<_>>())
            }
        };
        if found != expected {
            differences.push(format!("3.{minor}: {pattern:?} in {text:?}: expected {expected}, found {found}"));
        }
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

#[derive(serde::Deserialize)]
struct Fields {
    versions: Vec<String>,
    /// A text, the versions that compile it.
    texts: Vec<(String, Vec<String>)>,
}

#[test]
fn strings_with_fields_belong_to_the_versions_that_compile_them() {
    let recorded: Fields = serde_json::from_str(include_str!("../../testdata/python/fields.json")).unwrap();
    assert!(recorded.texts.len() > 400 && recorded.versions.len() == 6);
    let accepts = |text: &str, version: &str| {
        let minor = version.strip_prefix("3.").unwrap().parse().unwrap();
        let rules = Rules { python: PythonVersion { minor }, ..Rules::default() };
        analyse(text, &rules, Kind::Statements).is_ok()
    };
    for (text, expected) in recorded.texts {
        let accepting: Vec<String> =
            recorded.versions.iter().filter(|version| accepts(&text, version)).cloned().collect();
        assert_eq!(accepting, expected, "{text}");
    }
}

#[test]
fn the_same_words_are_keywords() {
    let recorded = recorded();
    assert_eq!(recorded.keywords.len(), 35);
    assert!(recorded.keywords.iter().all(is_keyword));
    let others =
        recorded.texts.iter().map(|(text, ..)| text.as_str()).chain(["match", "case", "type", "_", "print", "exec"]);
    assert!(!others.into_iter().any(is_keyword));
}
