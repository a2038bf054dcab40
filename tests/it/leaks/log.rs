//! No name, context or message makes a line that a CI system takes for a command, or that a terminal obeys.

use std::fs;
use std::process::Output;

use covmerge::python::text::printable::is_printable;
use serde_json::{Value, json};

use crate::data_file::DataFile;
use crate::project::Project;

/// Names of files that are commands, escapes, or both. GitHub's runner trims blanks, and .NET ends lines at a lone carriage return.
const NAMES: [&str; 12] = [
    "::error title=x::y.py",
    "  ::add-mask::y.py",
    "::set-env name=X::y.py",
    "##[group]y.py",
    "a ##[error]y.py",
    "a ##vso[task.complete result=Failed]y.py",
    "##teamcity[buildStop comment='x' readdToQueue='true']y.py",
    "a\n::error::y.py",
    "a\r::error::y.py",
    "a\r\u{1b}[0Ksection_start:1:x\r\u{1b}[0K.py",
    "a\u{9b}2J\u{85}::error::y.py",
    "a\u{202e}b\u{2028}::error::y.py",
];

/// What is wrong with a text as lines of a log: a command, or a character that a terminal obeys.
fn harm(text: &str, tabs: bool) -> Option<String> {
    for line in text.split(['\n', '\r']) {
        // Trimmed as .NET trims, by Unicode.
        let is_command = line.trim_start().starts_with("::");
        let marks = line.match_indices("##").any(|(at, _)| {
            line[at..]
                .trim_start_matches('#')
                .trim_start_matches(|letter: char| letter.is_ascii_alphabetic())
                .starts_with('[')
        });
        let obeyed = line.chars().find(|&one| !(is_printable(one) || tabs && one == '\t'));
        if is_command || marks || obeyed.is_some() {
            return Some(format!("{line:?} {obeyed:?}"));
        }
    }
    None
}

fn harmless(output: &Output, what: &str) -> (String, String) {
    let [out, err] = [&output.stdout, &output.stderr].map(|bytes| String::from_utf8(bytes.clone()).unwrap());
    assert_eq!(harm(&err, false), None, "standard error of {what}");
    assert_eq!(harm(&out, what.contains("xml")), None, "standard output of {what}");
    (out, err)
}

fn run(project: &Project, arguments: &str) -> (String, String) {
    harmless(&project.covmerge(arguments).output().unwrap(), arguments)
}

/// Files of all those names, each half covered, under contexts of those names, in fragments of those names.
fn hostile() -> Project {
    let mut data = DataFile::new();
    let mut project = Project::new().relative();
    for name in NAMES {
        project = project.file(name, "a = 1\nb = 2\n");
        data = data.lines(name, name, &[1]);
    }
    let data = data.bytes();
    NAMES.iter().fold(project, |project, name| project.file(&format!("cov/.coverage.{name}"), &data))
}

#[test]
fn the_judge_of_these_tests_finds_each_of_the_names() {
    for name in NAMES {
        assert!(harm(name, false).is_some(), "{name:?}");
    }
    assert_eq!(harm("src/a.py::test_b #[x] ## [y] ##\n", false), None);
}

#[test]
fn no_name_is_a_command_in_a_document_on_standard_output() {
    let project = hostile();
    for format in ["text", "markdown", "total", "json", "xml", "lcov", "summary"] {
        for settings in ["", "--xml-flavour strict --show-missing --sort -miss"] {
            let (out, err) = run(&project, &format!("cov -v --show-contexts --fail-under 90 {settings} -o {format}=-"));
            assert!(!out.is_empty() && err.contains("failed: total coverage"), "{err}");
        }
    }
    // Scripts and style sheets have lines of their own.
    let output = project.covmerge("cov -q --show-contexts -o html-single=-").output().unwrap();
    let page = String::from_utf8(output.stdout).unwrap();
    assert!(page.len() > 10_000 && !page.contains("##[") && !page.contains("##vso[") && !page.contains("##teamcity["));
    assert!(
        page.lines()
            .all(|line| !line.trim_start().starts_with("::error") && !line.trim_start().starts_with("::add-mask"))
    );
}

#[test]
fn json_and_xml_keep_the_names_that_they_escape() {
    let project = hostile();
    let json: Value = serde_json::from_str(&run(&project, "cov -q -o json=- --show-contexts").0).unwrap();
    let summary: Value = serde_json::from_str(&run(&project, "cov -q -o summary=-").0).unwrap();
    let mut names: Vec<&str> = NAMES.to_vec();
    names.sort_unstable();
    assert_eq!(json["files"].as_object().unwrap().keys().collect::<Vec<_>>(), names);
    assert_eq!(summary["files"].as_object().unwrap().len(), NAMES.len());
    assert!(names.iter().all(|name| summary["files"].get(name).is_some()), "{summary}");
    let (xml, _) = run(&project, "cov -q -o xml=-");
    let mut reader = quick_xml::Reader::from_str(&xml);
    let mut found = Vec::new();
    loop {
        match reader.read_event().unwrap() {
            quick_xml::events::Event::Eof => break,
            quick_xml::events::Event::Start(element) if element.name().as_ref() == "class" => {
                let name = element.try_get_attribute("filename").unwrap().unwrap();
                found.push(quick_xml::escape::unescape(&name.value).unwrap().into_owned());
            }
            _ => {}
        }
    }
    for name in NAMES.iter().filter(|name| name.chars().all(is_printable)) {
        assert!(found.iter().any(|one| one == name), "{name}: {found:?}");
    }
    // LCOV has no escape.
    let (lcov, _) = run(&project, "cov -q -o lcov=-");
    assert!(lcov.contains("SF:a ##?error]y.py\n") && lcov.contains("SF:::error title=x::y.py\n"), "{lcov}");
}

#[test]
fn a_document_is_the_same_in_a_file() {
    let project = hostile();
    for format in ["text", "markdown", "json", "xml", "lcov"] {
        let (out, _) = run(&project, &format!("cov -q -o {format}=-"));
        run(&project, &format!("cov -q -o {format}=out"));
        let strip = |text: &str| -> String { text.lines().filter(|line| !line.contains("timestamp")).collect() };
        assert_eq!(strip(&project.read("out")), strip(&out), "{format}");
    }
}

#[test]
fn no_name_is_a_command_in_what_other_commands_print() {
    let project = hostile();
    let (out, _) = run(&project, "inspect cov");
    assert!(out.contains("a ##?error]y.py"), "{out}");
    let (manifest, _) = run(&project, "manifest cov");
    fs::write(project.path("manifest"), &manifest).unwrap();
    // `?` stands for any character: the manifest fits the names that it does not spell out.
    let output = project.covmerge("cov -q -o total --expect-file manifest").output().unwrap();
    assert!(output.status.success(), "{manifest}{}", String::from_utf8_lossy(&output.stderr));
    run(&project, "cov -v -o xml=##[x]/::y.xml");
    run(&project, "seal -v -o ##[a].covmerge cov");
    run(&project, "inspect ##[a].covmerge");
    let (_, err) = run(&project, "clean cov");
    assert!(err.contains("##?group]y.py"), "{err}");
    run(&project, "clean --yes cov");
}

#[test]
fn no_name_is_a_command_in_an_error() {
    // Without their sources, as bad fragments, and as arguments that lead nowhere.
    let project = hostile();
    for name in NAMES {
        fs::remove_file(project.path(name)).unwrap();
        fs::write(project.path(&format!("cov/.coverage.bad{name}")), name).unwrap();
    }
    for arguments in [
        "cov/.coverage.*::*",
        "cov",
        "cov -v",
        "cov -i -v --bad-fragments skip",
        "-v ::error::x ##[x] ##vso[a]b",
        "--expect-in ::x,##[y",
    ] {
        let (_, err) = run(&project, arguments);
        assert!(!err.is_empty(), "{arguments}");
    }
    for argument in NAMES {
        for option in [
            "--root",
            "--map",
            "--sort",
            "--fail-under",
            "--rcfile",
            "-o",
            "--contexts",
            "--test-log",
            "--expect-file",
            "--no-such-option",
        ] {
            let output = project.covmerge("").args([option, argument]).output().unwrap();
            let (_, err) = harmless(&output, option);
            assert!(!err.is_empty(), "{option} {argument:?}");
        }
    }
}

#[test]
fn no_name_is_a_command_in_a_quoted_setting() {
    for text in NAMES.iter().map(|name| name.replace(['\n', '\r'], "\t")) {
        let quoted = serde_json::to_string(&text).unwrap();
        for (file, settings) in [
            ("covmerge.toml", format!("sort = {quoted}\n")),
            ("covmerge.toml", format!("{quoted} = 1\n")),
            ("covmerge.toml", format!("a = \"x\n{text}\n")),
            ("pyproject.toml", format!("[tool.covmerge]\nmap = [{quoted}]\n")),
            ("pyproject.toml", format!("{text}\n")),
            (".coveragerc", format!("[report]\n{text}\n")),
            (".coveragerc", format!("[report]\nsort = {text}\n")),
            (".coveragerc", format!("[report]\nexclude_lines = ({text}\n")),
            (".coveragerc", format!("[run]\nplugins = {text}\n{text} = 1\n")),
            (".coveragerc", format!("{text}\n[report]\nfail_under = 1\n")),
        ] {
            let project = Project::new().file("a.py", "a = 1\n").file(file, &settings);
            let data = DataFile::new().lines("a.py", "", &[1]).bytes();
            let (_, err) = run(&project.file(".coverage.1", data), "-o total");
            assert!(!err.is_empty(), "{settings}");
        }
    }
}

#[test]
fn no_name_is_a_command_in_a_verdict_that_is_verified_or_in_the_log_of_a_test() {
    let project = Project::new().relative().file("a.py", "a = 1\n");
    let project = project.file(".coverage.1", DataFile::new().lines("a.py", "", &[1]).bytes());
    for name in NAMES {
        let check = json!({"name": "total", "passed": false, "text": name});
        let summary = json!({"meta": {"tool": "covmerge", "format": 1, "timestamp": "2026-01-01T00:00:00", "commit": "0123456789"},
            "verdict": {"passed": false, "checks": [check]}, "incomplete": [name]});
        fs::write(project.path("summary.json"), summary.to_string()).unwrap();
        let (_, err) = run(&project, "verify summary.json --sha 0123456789");
        assert!(!err.is_empty());
        let attribute: String = name.chars().fold(String::new(), |text, one| text + &format!("&#{};", u32::from(one)));
        let attribute = attribute.replace("&#27;", "?");
        let junit = format!(
            "<testsuites><testsuite name=\"{attribute}\" tests=\"1\" failures=\"1\"><testcase name=\"{attribute}\"><failure message=\"{attribute}\"/></testcase></testsuite></testsuites>"
        );
        fs::write(project.path("junit.xml"), junit).unwrap();
        fs::write(project.path("nox.log"), format!("nox > Running session {name}\nnox > Session {name} failed.\n"))
            .unwrap();
        for log in ["junit.xml", "nox.log"] {
            let (_, err) = run(&project, &format!("-o total --test-log {log}"));
            assert!(err.contains("incomplete: ") || err.contains("error: "), "{err}");
        }
    }
}

#[test]
fn no_name_that_a_report_lists_is_a_command() {
    let sums = json!({"covered_lines": 1, "num_statements": 2, "percent_covered": 50.0, "percent_covered_display": "50", "missing_lines": 1, "excluded_lines": 0});
    for name in NAMES {
        let region = json!({"executed_lines": [1], "missing_lines": [2], "excluded_lines": [], "start_line": 1, "summary": &sums});
        let mut file = region.clone();
        file["functions"] = json!({name: &region});
        file["classes"] = json!({name: &region});
        let meta = json!({"format": 3, "version": "7.17.3", "timestamp": "2026-11-21T00:00:00", "branch_coverage": false, "show_contexts": false});
        let report = json!({"meta": meta, "files": {"a.py": file}, "totals": &sums});
        let project = Project::new().relative().file("1.json", report.to_string());
        for format in ["json", "lcov", "xml", "text", "summary"] {
            let (out, err) = run(&project, &format!("1.json -v -o {format}=-"));
            assert!(!out.is_empty(), "{err}");
        }
    }
}
