//! Data that is expected, and is not there: shards, fragments, test sessions.

use insta::assert_snapshot;

use super::example;
use crate::project::Project;

/// The example with a recorded log of nox, and JUnit XML.
fn logged() -> Project {
    example().with("logs")
}

#[test]
fn a_test_log_must_say_that_the_session_succeeded() {
    assert_snapshot!(logged().run("--fail-under 80 --test-log nox/2026.10.20.log"), @"
    exit: 0
    stdout:
    stderr:
      merged 4 fragments (coverage.py, branch) covering 5 files in [time]
      wrote coverage.xml, htmlcov/index.html, coverage-summary.json

      TOTAL   84 statements   10 missing   24 branches   3 partial   86.11%
      passed: total coverage is 86.11%, required 80%
    ");
    assert_snapshot!(logged().run("--fail-under 80 --test-log nox/2026.10.20.log:unit_tests_slow"), @"
    exit: 3
    stdout:
    stderr:
      merged 4 fragments (coverage.py, branch) covering 5 files in [time]
      wrote coverage.xml, htmlcov/index.html, coverage-summary.json

      TOTAL   84 statements   10 missing   24 branches   3 partial   86.11%
      incomplete: test log `nox/2026.10.20.log`: session `unit_tests_slow` failed (line 17: `nox > Session unit_tests_slow failed.`)
      not judged: 86.11% of what is there, required 80%
    ");
    assert_snapshot!(logged().run("-q --test-log nox/gone.log --test-log nox/parallel.log --test-log junit/crashed.xml"), @r#"
    exit: 3
    stdout:
    stderr:
      incomplete: test log `nox/gone.log` cannot be read: No such file or directory (os error 2); test log `junit/crashed.xml`: suite `pytest` failed (line 1: `test_a.test_two: failed on setup with "worker 'gw1' crashed while running 'test_a.py::test_two'"`)
    "#);
}

#[test]
fn every_output_says_that_a_test_session_did_not_succeed() {
    let project = logged();
    let outputs = ["xml", "html", "html-single", "summary", "json", "lcov", "text", "markdown", "data"];
    let requested = outputs.map(|format| format!("-o {format}=out.{format}")).join(" ");
    assert!(project.run(&format!("--test-log nox/killed.log:killed {requested}")).starts_with("exit: 3\n"));
    for format in outputs {
        let path = if format == "html" { "out.html/index.html".into() } else { format!("out.{format}") };
        let text = String::from_utf8_lossy(&std::fs::read(project.path(&path)).unwrap()).into_owned();
        assert!(text.contains("did not end: the log is cut off"), "{format}");
    }
}

#[test]
fn a_test_log_may_be_a_setting() {
    let project = logged().file("covmerge.toml", "test-log = ['nox/again.log:flaky', 'nox/report:x']\n");
    let project = project.file("nox/report:x", project_log());
    assert_snapshot!(project.run("-o total"), @"
    exit: 0
    stdout:
      86
    stderr:
      merged 4 fragments (coverage.py, branch) covering 5 files in [time]

      TOTAL   84 statements   10 missing   24 branches   3 partial   86.11%
    ");
    // A flag replaces the setting.
    assert!(project.run("-o total --test-log nox/killed.log:killed").starts_with("exit: 3\n"));
}

/// A log under a name with a colon.
fn project_log() -> &'static str {
    "nox > Running session unit_tests\nnox > Session unit_tests was successful.\n"
}
