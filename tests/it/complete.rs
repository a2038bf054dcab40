//! `docs/complete.md`: each of its rows has tests that exist; and the tests of those rows that no other module has.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use insta::assert_snapshot;

use crate::data_file::DataFile;
use crate::project::Project;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");
/// The heading of the tables that list what goes wrong.
const HEADING: &str = "| what goes wrong |";

/// The cells of the rows of those tables.
fn rows(document: &str) -> Vec<Vec<&str>> {
    let tables = document.split(HEADING).skip(1);
    let lines = tables.flat_map(|table| table.lines().skip(2).take_while(|line| line.starts_with('|')));
    lines.map(|line| line.trim_matches('|').split(" | ").map(str::trim).collect()).collect()
}

/// The texts of all Rust files below that directory.
fn sources(directory: &Path) -> String {
    let mut paths: Vec<PathBuf> = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let text = |path: &PathBuf| match path.extension() {
        _ if path.is_dir() => sources(path),
        Some(extension) if extension == "rs" => fs::read_to_string(path).unwrap(),
        _ => String::new(),
    };
    paths.iter().map(text).collect()
}

/// Whether there is a test of that name, or a script.
pub(crate) fn exists(name: &str) -> bool {
    static CODE: LazyLock<String> =
        LazyLock::new(|| ["src", "tests/it"].map(|directory| sources(&Path::new(ROOT).join(directory))).concat());
    // The package leaves the scripts out.
    let has_scripts = Path::new(ROOT).join("tests/parity").is_dir();
    match name.split_once('/') {
        Some(_) => !has_scripts || Path::new(ROOT).join(name).is_file(),
        None => CODE.contains(&format!("fn {name}(")),
    }
}

#[test]
fn every_row_names_tests_that_exist() {
    let document = fs::read_to_string(Path::new(ROOT).join("docs/complete.md")).unwrap();
    let rows = rows(&document);
    assert!(rows.len() >= 30, "{} rows", rows.len());
    for row in &rows {
        assert!(row.len() == 8 && row.iter().all(|cell| !cell.is_empty()), "{row:?}");
        let tests: Vec<&str> = row[7].split('`').skip(1).step_by(2).collect();
        assert!(!tests.is_empty(), "{row:?}");
        for test in tests {
            assert!(exists(test), "`{test}` does not exist: {}", row[0]);
        }
    }
    let titles: BTreeSet<&str> = rows.iter().map(|row| row[0]).collect();
    assert_eq!(titles.len(), rows.len(), "a row is there twice");
    // A link without an address is printed with its brackets.
    for label in
        document.split('[').skip(1).filter_map(|rest| rest.split(']').next()).filter(|label| label.contains('#'))
    {
        assert!(document.contains(&format!("\n[{label}]: https://")), "[{label}] leads nowhere");
    }
}

/// Two fragments of one file, which together ran all of it.
fn two() -> Project {
    let ran = |lines: &[usize]| DataFile::new().lines("a.py", "", lines).bytes();
    let project = Project::new().relative().file("a.py", "a = 1\nb = 2\nc = 3\nd = 4\n");
    project.file(".coverage.1", ran(&[1, 2])).file(".coverage.2", ran(&[3, 4]))
}

#[test]
fn a_process_that_left_no_trace_is_noticed_by_an_expectation_alone() {
    let project = two();
    fs::write(project.path("all.txt"), "2 .coverage.*\n").unwrap();
    fs::remove_file(project.path(".coverage.2")).unwrap();
    assert!(project.run("-o total --fail-under 50").starts_with("exit: 0\nstdout:\n  50\n"));
    for expectation in ["--expect 2", "--expect-file all.txt", "--expect-in .coverage.{1,2}"] {
        let shown = project.run(&format!("-o total --fail-under 50 {expectation}"));
        assert!(shown.starts_with("exit: 3\n") && shown.contains("not judged: 50.00%"), "{expectation}: {shown}");
    }
}

#[test]
fn a_finished_name_over_an_empty_database_is_refused() {
    let project = two();
    let empty = rusqlite::Connection::open(project.path(".coverage.host.pid1.XabcdefX.HabcdefghIJh")).unwrap();
    empty.execute_batch("CREATE TABLE t (a); DROP TABLE t").unwrap();
    drop(empty);
    let shown = project.run("-o total");
    assert!(shown.starts_with("exit: 3\n") && shown.contains("error: 1 of 3 fragments cannot be used"), "{shown}");
}

#[test]
fn a_report_in_which_nothing_ran_is_warned_of() {
    let project = Project::new()
        .relative()
        .file("a.py", "a = 1\n")
        .file(".coverage.1", DataFile::new().lines("a.py", "", &[]).bytes());
    assert_snapshot!(project.run("-q -o total --fail-under 1"), @"
    exit: 2
    stdout:
      0
    stderr:
      warning: not one line of any file ran
        help: was another copy of the package imported, as from `site-packages`? Map its names with `--map FROM=TO`, or measure it with `source`
      failed: total coverage is 0.00%, required 1%: 1 more statement needs to be covered
        a.py    0.00%      1 missing  1
    ");
}

#[test]
fn sources_of_another_revision_have_no_verdict() {
    let lines: Vec<usize> = (1..=20).collect();
    let measured = DataFile::new().lines("a.py", "", &lines).bytes();
    let project = Project::new()
        .relative()
        .file("a.py", "# one\n".repeat(10) + &"a = 1\n".repeat(20))
        .file(".coverage.1", measured);
    let shown = project.run("--fail-under 1");
    assert!(shown.starts_with("exit: 1\n") && shown.contains("error: no verdict: "), "{shown}");
    assert!(!project.path("coverage.xml").exists());
    assert!(project.run("--fail-under 1 --stale-sources warn").starts_with("exit: 0\n"));
}

/// `coverage run` under CPython 3.8 and 3.10: numbits `02`, or the arcs (-1, 1) and (1, -1), of each empty module.
#[test]
fn line_1_of_empty_modules_is_not_of_another_revision() {
    let names: Vec<String> = (0..20).map(|nth| format!("p{nth}.py")).collect();
    let mut project = Project::new().relative().file("a.py", "a = 1\n");
    let (mut lines, mut arcs) =
        (DataFile::new().lines("a.py", "", &[1]), DataFile::new().arcs("a.py", "", &[(-1, 1), (1, -1)]));
    for (nth, name) in names.iter().enumerate() {
        project = project.file(name, if nth % 2 == 0 { "" } else { "# nothing\n" });
        lines = lines.lines(name, "", &[1]);
        arcs = arcs.arcs(name, "", &[(-1, 1), (1, -1)]);
    }
    for data in [lines, arcs] {
        project = project.file(".coverage.1", data.bytes());
        let shown = project.run("-q -o total --python-version 3.10 --fail-under 100");
        assert_eq!(shown, "exit: 0\nstdout:\n  100\nstderr:\n");
    }
}

#[test]
fn a_report_without_a_statement_says_so() {
    let project =
        Project::new().relative().file("a.py", "").file(".coverage.1", DataFile::new().lines("a.py", "", &[]).bytes());
    let shown = project.run("-o total --fail-under 97");
    assert!(shown.contains("passed: nothing to measure, required 97%"), "{shown}");
}

#[test]
fn a_threshold_that_is_not_read_is_found_out() {
    let commit = "0123456789abcdef0123456789abcdef01234567";
    let project = two().file("pyproject.toml", "[tool.coverage.report]\nfail_under = 97\n");
    fs::remove_file(project.path(".coverage.2")).unwrap();
    let judged = |arguments: &str| {
        project.covmerge(&format!("-q -o summary {arguments}")).env("GITHUB_SHA", commit).status().unwrap()
    };
    // coverage.py does not read `pyproject.toml` either, as `.coveragerc` is there.
    assert!(judged("").success());
    assert!(project.run(&format!("verify coverage-summary.json --sha {commit}")).starts_with("exit: 3\n"));
    assert_eq!(judged("--rcfile pyproject.toml").code(), Some(2));
    assert!(project.run(&format!("verify coverage-summary.json --sha {commit}")).starts_with("exit: 2\n"));
}
