//! The syntax of values, the same on the command line and in covmerge's own settings. Errors say what was expected.

use std::num::NonZeroUsize;
use std::path::{Component, Path};

use super::braces;
use super::specifier::numbers;
use crate::model::duration::Duration;
use crate::model::settings::{
    Alias, AliasBy, BadFragments, BranchMix, ExpectedPlace, PythonVersion, Sort, SortKey, StaleSources, StatementsFrom,
    UnfinishedFragments, XmlFlavour,
};
use crate::python::re::{self, Pattern};
use crate::python::text::{float, integer, quote, strip};

/// The words of a choice and what they mean.
pub(super) type Words<T> = &'static [(&'static str, T)];

/// The values of `--analysis`.
pub(super) const ANALYSIS: Words<StatementsFrom> =
    &[("auto", StatementsFrom::Auto), ("always", StatementsFrom::Source), ("never", StatementsFrom::Fragments)];
/// The values of `--branch-mix`.
pub(super) const BRANCH_MIX: Words<BranchMix> = &[("error", BranchMix::Refuse), ("lines", BranchMix::Lines)];
/// The values of `--bad-fragments`.
pub(super) const BAD_FRAGMENTS: Words<BadFragments> = &[("fail", BadFragments::Fail), ("skip", BadFragments::Skip)];
/// The values of `--unfinished-fragments`.
pub(super) const UNFINISHED_FRAGMENTS: Words<UnfinishedFragments> =
    &[("fail", UnfinishedFragments::Fail), ("merge", UnfinishedFragments::Merge)];
/// The values of `--stale-sources`.
pub(super) const STALE_SOURCES: Words<StaleSources> = &[("fail", StaleSources::Fail), ("warn", StaleSources::Warn)];
/// The values of `--xml-flavour`.
pub(super) const XML_FLAVOUR: Words<XmlFlavour> =
    &[("coveragepy", XmlFlavour::CoveragePy), ("strict", XmlFlavour::Strict)];
/// The columns that `--sort` accepts.
const COLUMNS: Words<SortKey> = &[
    ("name", SortKey::Name),
    ("stmts", SortKey::Stmts),
    ("miss", SortKey::Miss),
    ("branch", SortKey::Branch),
    ("brpart", SortKey::BrPart),
    ("cover", SortKey::Cover),
];

/// The largest number of decimals: with more, coverage.py's arithmetic overflows.
pub(super) const MOST_DECIMALS: u32 = 308;

/// The meaning of a word of a choice.
pub(super) fn choice<T: Copy>(words: Words<T>, text: &str) -> Result<T, String> {
    let found = words.iter().find(|(word, _)| *word == text).map(|&(_, value)| value);
    found.ok_or_else(|| {
        let known: Vec<String> = words.iter().map(|(word, _)| format!("`{word}`")).collect();
        match known.split_last() {
            Some((last, rest)) if rest.len() > 1 => format!("expected {} or {last}", rest.join(", ")),
            _ => format!("expected {}", known.join(" or ")),
        }
    })
}

/// A threshold in percent.
pub(super) fn percent(text: &str) -> Result<f64, String> {
    percentage(float(text).ok_or(EXPECTED_PERCENT)?)
}

/// The same threshold, from a number.
pub(super) fn percentage(number: f64) -> Result<f64, String> {
    // Adding zero turns -0 into 0.
    if (0.0..=100.0).contains(&number) { Ok(number + 0.0) } else { Err(EXPECTED_PERCENT.into()) }
}

const EXPECTED_PERCENT: &str = "expected a number from 0 to 100";

/// A number of decimals.
pub(super) fn precision(text: &str) -> Result<u32, String> {
    let number = integer(text).and_then(|number| u32::try_from(number).ok());
    number
        .filter(|&number| number <= MOST_DECIMALS)
        .ok_or_else(|| format!("expected a whole number from 0 to {MOST_DECIMALS}"))
}

/// A number of fragments.
pub(super) fn count(text: &str) -> Result<u64, String> {
    text.parse().map_err(|_| "expected a whole number, 0 or more".into())
}

/// A duration.
pub(super) fn duration(text: &str) -> Result<Duration, String> {
    let expected = "expected whole numbers with their units, such as `90s`, `30m`, `2h`, `7d` or `1h30m`";
    Duration::parse(text).ok_or_else(|| expected.into())
}

/// A number of threads.
pub(super) fn jobs(text: &str) -> Result<NonZeroUsize, String> {
    text.parse().map_err(|_| "expected a whole number, 1 or more".into())
}

/// A column to sort by, with `-` before it for descending order.
pub(super) fn sort(text: &str) -> Result<Sort, String> {
    let lower = text.to_lowercase();
    let (descending, column) = match lower.strip_prefix('-') {
        Some(column) => (true, column),
        None => (false, lower.strip_prefix('+').unwrap_or(&lower)),
    };
    let key = choice(COLUMNS, column).map_err(|expected| format!("{expected}, with `-` before it for descending"))?;
    Ok(Sort { key, descending })
}

/// Any text.
#[expect(clippy::unnecessary_wraps, reason = "it stands beside others that may refuse a text")]
pub(super) fn text(text: &str) -> Result<String, String> {
    Ok(text.to_owned())
}

/// Any text, as a list.
pub(super) fn texts(one: &str) -> Result<Vec<String>, String> {
    text(one).map(|text| vec![text])
}

/// Places that braces stand for.
pub(super) fn places(text: &str) -> Result<Vec<ExpectedPlace>, String> {
    if text.is_empty() {
        return Err("expected a file, a directory or a glob".into());
    }
    let has_brace = |component: &Component<'_>| component.as_os_str().as_encoded_bytes().contains(&b'{');
    let given = Path::new(text).components().take_while(|component| !has_brace(component)).count();
    Ok(braces::expand(text)?.into_iter().map(|name| ExpectedPlace { name, given }).collect())
}

/// Patterns of files, separated by commas.
#[expect(clippy::unnecessary_wraps, reason = "it stands beside others that may refuse a text")]
pub(super) fn patterns(text: &str) -> Result<Vec<String>, String> {
    Ok(comma_list(text).map(String::from).collect())
}

/// A path alias of `--map`, as a list.
pub(super) fn aliases(text: &str) -> Result<Vec<Alias>, String> {
    alias(text, Alias::FLAG).map(|alias| vec![alias])
}

/// Patterns of contexts, separated by commas.
pub(super) fn context_list(text: &str) -> Result<Vec<String>, String> {
    contexts(comma_list(text))
}

/// `FROM=TO` of path mapping; `origin` is its place in the settings.
pub(super) fn alias(text: &str, origin: &str) -> Result<Alias, String> {
    let (pattern, result) = mapping(text)?;
    Ok(Alias { origin: origin.into(), by: AliasBy::Covmerge, pattern, result })
}

fn mapping(text: &str) -> Result<(String, String), String> {
    let sides = text.split_once('=').filter(|(from, to)| !from.is_empty() && !to.is_empty());
    let Some((from, to)) = sides else {
        return Err("expected `FROM=TO`, where both are paths".into());
    };
    check_alias(from, to)?;
    Ok((from.into(), to.into()))
}

/// Checks a path alias, as `PathAliases.add` of coverage.py does.
///
/// # Errors
/// coverage.py's errors: the pattern would match a whole tree rather than its root, or the result is itself a pattern.
pub(super) fn check_alias(pattern: &str, result: &str) -> Result<(), String> {
    if pattern.trim_end_matches(['/', '\\']).ends_with('*') {
        return Err("Pattern must not end with wildcards.".into());
    }
    if result.contains(['*', '?']) {
        return Err(format!("Result path must not contain wildcards: {}", quote(result)));
    }
    Ok(())
}

/// A comma-separated list, without blanks around the items.
pub(super) fn comma_list(text: &str) -> impl Iterator<Item = &str> {
    text.split(',').map(str::trim).filter(|part| !part.is_empty())
}

/// Patterns of contexts, each checked to compile.
pub(super) fn contexts<'a>(sources: impl IntoIterator<Item = &'a str>) -> Result<Vec<String>, String> {
    let check = |source: &str| {
        let describe = |error| format!("Invalid context regex {}: {error}", quote(source));
        of_some_version(source, false).map(|()| source.to_owned()).map_err(describe)
    };
    sources.into_iter().map(check).collect()
}

/// Checks that some Python version compiles a pattern, with `re.MULTILINE` or without it: the version that ran the tests is not known while
/// settings are read.
///
/// # Errors
/// The error of the newest version if no version compiles it.
pub(super) fn of_some_version(source: &str, multiline: bool) -> Result<(), re::Error> {
    let under = |version: PythonVersion| Pattern::size(source, multiline, version.minor).map(|_| ());
    under(PythonVersion::NEWEST).or_else(|error| under(PythonVersion::OLDEST).map_err(|_| error))
}

/// The major and minor number of a version of CPython: `3.12`, `3.12.1`, `3.13.0rc2`, `3.13t`, `3.13-dev`, `3.14.0+freethreaded`, `2`; `None` if the
/// minor number of Python 3 is missing, and for any other text.
pub(super) fn major_and_minor(text: &str) -> Option<(i64, i64)> {
    let text = strip(text);
    let is_bare = text.starts_with(|character: char| character.is_ascii_digit()) && !text.contains('!');
    let (numbers, _) = numbers(text).filter(|(_, suffix)| is_bare && is_suffix_of_cpython(suffix))?;
    match numbers[..] {
        [major, minor] | [major, minor, _] => Some((major, minor)),
        [major] if major != 3 => Some((major, 0)),
        _ => None,
    }
}

/// Whether the text may follow the numbers of CPython's version: a pre-release, then `t` of a free-threaded and `d` of a debug build, then `-dev` or
/// builds.
fn is_suffix_of_cpython(text: &str) -> bool {
    let (public, builds) = text.split_once('+').unwrap_or((text, ""));
    let public = public.strip_suffix("-dev").unwrap_or(public);
    let public = public.strip_suffix('d').unwrap_or(public);
    let public = public.strip_suffix('t').unwrap_or(public);
    let stage = public.trim_end_matches(|character: char| character.is_ascii_digit());
    let is_stage = matches!(stage, "a" | "b" | "rc" | ".dev" | "-alpha." | "-beta." | "-rc.") && stage != public;
    (public.is_empty() || is_stage)
        && builds.split('+').all(|build| matches!(build, "" | "freethreaded" | "gil" | "debug"))
}

/// A CPython release whose rules are known.
pub(super) fn python_version(text: &str) -> Result<PythonVersion, String> {
    let (oldest, newest) = (PythonVersion::OLDEST, PythonVersion::NEWEST);
    let known = || format!("expected a version from {oldest} to {newest}");
    let (major, minor) = major_and_minor(text).ok_or_else(known)?;
    let version = u8::try_from(minor).ok().map(|minor| PythonVersion { minor });
    let version = version.filter(|version| major == 3 && (oldest..=newest).contains(version));
    version.ok_or_else(|| format!("its rules are not known; {}", known()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thresholds_lie_between_0_and_100() {
        assert_eq!(["0", "97.25", "100", "-0"].map(percent), [Ok(0.0), Ok(97.25), Ok(100.0), Ok(0.0)]);
        // `coverage report --fail-under` and `--precision` read them with `float()` and `int()`.
        assert_eq!([" 9_7 ", "٩٧", "９７"].map(percent), [Ok(97.0), Ok(97.0), Ok(97.0)]);
        assert_eq!([" +2 ", "٢", "２"].map(precision), [Ok(2), Ok(2), Ok(2)]);
        for text in ["-1", "100.01", "nan", "inf", "97%", ""] {
            assert_eq!(percent(text), Err("expected a number from 0 to 100".into()), "{text}");
        }
    }

    #[test]
    fn a_sort_key_is_a_column_in_any_case_with_a_sign_or_none() {
        let sorted = |key, descending| Ok(Sort { key, descending });
        assert_eq!(sort("-Cover"), sorted(SortKey::Cover, true));
        assert_eq!(sort("+BRPART"), sorted(SortKey::BrPart, false));
        assert_eq!(sort("name"), sorted(SortKey::Name, false));
        assert!(sort("missing").is_err() && sort("").is_err() && sort("--name").is_err());
    }

    #[test]
    fn a_mapping_has_two_sides_of_which_the_second_is_one_directory() {
        assert_eq!(mapping("/ci/*/src=src"), Ok(("/ci/*/src".into(), "src".into())));
        assert!(mapping("a").is_err() && mapping("=b").is_err() && mapping("a=").is_err());
        // coverage.files.PathAliases.add of coverage.py 7.17.5
        for (text, error) in [
            ("/ned/home/*=src", "Pattern must not end with wildcards."),
            ("/ned/home/*/=src", "Pattern must not end with wildcards."),
            ("/ned/home/*/*/=src", "Pattern must not end with wildcards."),
            ("/ned/home/*=sr?", "Pattern must not end with wildcards."),
            ("/ned/home=*/src", "Result path must not contain wildcards: '*/src'"),
            ("/ned/home=it's/sr?", "Result path must not contain wildcards: \"it's/sr?\""),
        ] {
            assert_eq!(mapping(text), Err(error.into()), "{text}");
        }
        assert!(mapping("/ned/home=[ab]/src").is_ok());
    }

    #[test]
    fn a_context_that_does_not_compile_is_named_as_coverage_py_names_it() {
        let error = contexts(["ok", "it's ("]).unwrap_err();
        assert!(error.starts_with("Invalid context regex \"it's (\": "), "{error}");
    }

    #[test]
    fn only_versions_with_known_rules_can_be_asked_for() {
        for (text, minor) in [
            ("3.10", 10),
            ("3.12.1", 12),
            ("3.14.0a1", 14),
            ("3.14.0b2", 14),
            ("3.15.0rc1", 15),
            ("3.15.0-rc.1", 15),
            ("3.14.0.dev0", 14),
            ("3.13t", 13),
            ("3.13.0rc1t", 13),
            ("3.13t-dev", 13),
            ("3.15-dev", 15),
            ("3.13.0+", 13),
            ("3.13.0+freethreaded+debug", 13),
        ] {
            assert_eq!(python_version(text), Ok(PythonVersion { minor }), "{text}");
        }
        let malformed = Err("expected a version from 3.10 to 3.15".into());
        for text in [
            "",
            "3",
            "three",
            "3.12junk",
            "3.12-pypy",
            "3.12.1-pypy",
            "3.12t3",
            "3.12.-1",
            "3.10..",
            "3.12.",
            "3.12rc",
            "3.12.1.2",
            "3.12+pypy",
            "1!3.12",
            "v3.12",
            "-3.12",
            "3.12,",
            "3.12 3.11",
            "3.12.*",
        ] {
            assert_eq!(python_version(text), malformed, "{text}");
        }
        let error = "its rules are not known; expected a version from 3.10 to 3.15";
        for text in ["3.9", "3.16", "3.99", "2.7", "2", "4.0"] {
            assert_eq!(python_version(text), Err(error.into()), "{text}");
        }
    }
}
