//! The verdict on the terminal, in full, quiet, verbose and in colour.

use insta::assert_snapshot;

use super::{example, verbose};
use crate::data_file::DataFile;
use crate::project::Project;

#[test]
fn the_main_job_passes() {
    assert_snapshot!(example().run("--fail-under 80"), @"
    exit: 0
    stdout:
    stderr:
      merged 4 fragments (coverage.py, branch) covering 5 files in [time]
      wrote coverage.xml, htmlcov/index.html, coverage-summary.json

      TOTAL   84 statements   10 missing   24 branches   3 partial   86.11%
      passed: total coverage is 86.11%, required 80%
    ");
}

#[test]
fn the_main_job_fails_and_names_the_files_that_would_help() {
    assert_snapshot!(example().run("--fail-under 97"), @"
    exit: 2
    stdout:
    stderr:
      merged 4 fragments (coverage.py, branch) covering 5 files in [time]
      wrote coverage.xml, htmlcov/index.html, coverage-summary.json

      TOTAL   84 statements   10 missing   24 branches   3 partial   86.11%
      failed: total coverage is 86.11%, required 97%: 12 more statements or branches need to be covered
        shop/report.py      0.00%      5 missing     0 partial  4-8
        shop/discount.py   89.74%      2 missing     2 partial  11, 36
        shop/cart.py       95.24%      1 missing     1 partial  35
        shop/store.py      90.00%      2 missing     0 partial  19-20
    ");
}

#[test]
fn quiet_says_nothing_of_what_went_well() {
    assert_snapshot!(example().run("-q --fail-under 80"), @"
    exit: 0
    stdout:
    stderr:
    ");
    assert_snapshot!(example().run("-q --fail-under 97"), @"
    exit: 2
    stdout:
    stderr:
      failed: total coverage is 86.11%, required 97%: 12 more statements or branches need to be covered
        shop/report.py      0.00%      5 missing     0 partial  4-8
        shop/discount.py   89.74%      2 missing     2 partial  11, 36
        shop/cart.py       95.24%      1 missing     1 partial  35
        shop/store.py      90.00%      2 missing     0 partial  19-20
    ");
}

#[test]
fn verbose_adds_a_line_for_each_fragment_and_the_time_of_each_stage() {
    assert_snapshot!(verbose(&example().file(".coverage.empty", ""), "-v --unfinished-fragments merge"), @"
    exit: 0
    stdout:
    stderr:
      discover: [time]
      merge: [time]
      analyse: [time]
      write: [time]
      .coverage.empty: 0 bytes, merged, 0 files, unfinished
        because: it has 0 bytes
      .coverage.runner.pid24810.X1Ur1Jwx.HSxkNXlZ0h8h: coverage.py 7.17.3, 53,248 bytes, merged, 5 files
      .coverage.runner.pid24812.Xrut9qzx.Hchi4eNH6Rjh: coverage.py 7.17.3, 53,248 bytes, merged, 5 files
      .coverage.runner.pid24814.XEDowVZx.Ha6ZMgWAAqYh: coverage.py 7.17.3, 53,248 bytes, merged, 5 files
      .coverage.runner.pid24816.XXFmfRgx.HOxTtVtJQL9h: coverage.py 7.17.3, 53,248 bytes, merged, 5 files
      merged 5 fragments (coverage.py, branch; 1 unfinished) covering 5 files in [time]
      wrote coverage.xml, htmlcov/index.html, coverage-summary.json

      TOTAL   84 statements   10 missing   24 branches   3 partial   86.11%
    ");
}

#[test]
fn the_verdict_is_coloured_where_that_is_asked_for() {
    let project = Project::new()
        .file("a.py", "a = 1\nif a:\n    b = 3\nelse:\n    b = 5\n")
        .relative()
        .file(".coverage.1", DataFile::new().lines("a.py", "", &[1, 2, 3]).bytes());
    let said = |arguments: &str| String::from_utf8(project.covmerge(arguments).output().unwrap().stderr).unwrap();
    let passed = "\x1b[32mpassed\x1b[0m: total coverage is 75.00%, required 70%";
    let failed = "\x1b[31mfailed\x1b[0m: total coverage is 75.00%, required 80%";
    assert!(said("--color always -o total --fail-under 70").contains(passed));
    assert!(said("--color always -o total --fail-under 80").contains(failed));
    assert!(said("--color always -o total --fail-under 80 -q").starts_with(failed));
    // Not a terminal.
    for arguments in ["-o total --fail-under 80", "--color never -o total --fail-under 80"] {
        let plain = said(arguments);
        assert!(plain.contains("failed: total coverage is 75.00%") && !plain.contains('\x1b'), "{plain}");
    }
}

#[test]
fn nobody_listening_is_no_failure() {
    use std::process::Stdio;

    let project = example();
    let mut child = project.covmerge("-v -o total").stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stderr.take());
    assert_eq!(child.wait().unwrap().code(), Some(0));
}
