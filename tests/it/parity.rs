//! covmerge's reports against coverage.py's, on the programs in `testdata/parity/`, recorded by `testdata/regenerate.py`.

use std::fs;

use serde_json::Value;

use crate::data_file::DataFile;
use crate::project::{Project, testdata};

/// Python's version and the case's name, for every recorded case.
fn cases() -> Vec<(String, String)> {
    let mut cases = Vec::new();
    for version in fs::read_dir(testdata().join("parity")).unwrap().map(Result::unwrap) {
        let name = version.file_name().into_string().unwrap();
        if name.starts_with("3.") {
            for case in fs::read_dir(version.path()).unwrap().map(Result::unwrap) {
                cases.push((name.clone(), case.file_name().into_string().unwrap()));
            }
        }
    }
    cases.sort();
    assert!(cases.len() >= 20, "only {} cases: are they all checked out?", cases.len());
    cases
}

/// Runs covmerge on every case and lists those whose output differs from coverage.py's `expected.<extension>`, as `differ` compares them.
fn check(format: &str, extension: &str, differ: fn(&str, &str) -> Option<String>) {
    let mut found = Vec::new();
    for (version, case) in cases() {
        let directory = format!("parity/{version}/{case}");
        let project = Project::of("parity/program").with(&directory);
        let arguments = format!("--python-version {version} --show-missing --fail-under 0");
        let (shown, _) = project.output(format, &arguments);
        let expected = fs::read_to_string(testdata().join(&directory).join(format!("expected.{extension}"))).unwrap();
        if let Some(difference) = differ(&expected, &shown) {
            found.push(format!("{directory}: {difference}"));
        }
    }
    assert!(found.is_empty(), "{format} differs from coverage.py's in\n{}", found.join("\n"));
}

fn first_different_line(expected: &str, got: &str) -> Option<String> {
    if expected == got {
        return None;
    }
    let lines = expected.lines().zip(got.lines()).enumerate();
    Some(
        lines
            .filter(|(_, (a, b))| a != b)
            .map(|(at, (a, b))| format!("line {}: expected {a:?}, got {b:?}", at + 1))
            .next()
            .unwrap_or_else(|| {
                format!(
                    "expected {} lines, got {}, or their ends differ",
                    expected.lines().count(),
                    got.lines().count()
                )
            }),
    )
}

#[test]
fn lcov_is_coverage_py_s_byte_for_byte() {
    check("lcov", "lcov", first_different_line);
}

#[test]
fn text_is_coverage_py_s_byte_for_byte() {
    check("text", "txt", first_different_line);
}

#[test]
fn markdown_is_coverage_py_s_byte_for_byte() {
    check("markdown", "md", first_different_line);
}

#[test]
fn total_is_coverage_py_s_byte_for_byte() {
    check("total", "total", first_different_line);
}

/// The document with every `attribute="…"` emptied.
fn without_attribute(document: &str, attribute: &str) -> String {
    let mut parts = document.split(attribute);
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (_, rest) = part.split_once('"').unwrap_or_default();
        text = text + attribute + "\"" + rest;
    }
    text
}

#[test]
fn xml_is_coverage_py_s_but_for_time_version_and_comments() {
    check("xml", "xml", |expected, got| {
        let plain = |text: &str| {
            let element = without_attribute(&without_attribute(text, "timestamp=\""), "coverage version=\"");
            element.lines().filter(|line| !line.trim_start().starts_with("<!--")).collect::<Vec<_>>().join("\n")
        };
        first_different_line(&plain(expected), &plain(got))
    });
}

/// Sorts the names of contexts on each line: coverage.py keeps them as a set, whose order changes from run to run.
fn sort_contexts(value: &mut Value) {
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                if let (true, Value::Object(lines)) = (key == "contexts", &mut *value) {
                    for names in lines.values_mut().filter_map(Value::as_array_mut) {
                        names.sort_by_key(ToString::to_string);
                    }
                } else {
                    sort_contexts(value);
                }
            }
        }
        Value::Array(values) => values.iter_mut().for_each(sort_contexts),
        _ => {}
    }
}

#[test]
fn json_holds_what_coverage_py_s_holds() {
    check("json", "json", |expected, got| {
        let plain = |text: &str| {
            let mut value: Value = serde_json::from_str(text).unwrap();
            value["meta"]["timestamp"] = Value::Null;
            value["meta"]["version"] = Value::Null;
            sort_contexts(&mut value);
            serde_json::to_string_pretty(&value).unwrap()
        };
        first_different_line(&plain(expected), &plain(got))
    });
}

#[test]
fn json_has_coverage_py_s_layout_and_order_of_keys() {
    check("json", "json", |expected, got| {
        if expected.contains("\"contexts\"") {
            return None; // their order is not fixed, see above
        }
        let plain = |text: &str| {
            let end = text.find("\"branch_coverage\"").unwrap();
            text[end..].to_owned()
        };
        first_different_line(&plain(expected), &plain(got))
    });
}

#[test]
fn docs_name_the_version_that_is_followed() {
    let parity = fs::read_to_string(testdata().join("../docs/parity.md")).unwrap();
    let version = covmerge::model::COVERAGEPY;
    assert!(parity.contains(&format!("covmerge follows coverage.py {version}.")), "{version}");
    assert!(parity.contains(&format!("pip install coverage=={version}")), "{version}");
}

#[test]
fn without_any_partial_pattern_no_branch_is_partial() {
    // coverage.py: `m.py 4 1 2 0 83% 3` (it joins no patterns to the empty one, which matches every line)
    let project = Project::new()
        .file("m.py", "import sys\nif len(sys.argv) > 1:\n    a = 1\nb = 2\n")
        .file(".coveragerc", "[run]\nrelative_files = true\n[report]\npartial_branches =\npartial_branches_always =\n")
        .file(".coverage.1", DataFile::new().arcs("m.py", "", &[(-1, 1), (1, 2), (2, 4), (4, -1)]).bytes());
    let shown = project.run("-q -o text --show-missing");
    assert!(shown.contains("m.py        4      1      2      0    83%   3\n"), "{shown}");
}
