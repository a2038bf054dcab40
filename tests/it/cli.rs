//! The command line as a whole: exit status, standard output and standard error as a user sees them.

use std::fs;

use insta::assert_snapshot;
use serde_json::Value;

use crate::data_file::DataFile;
use crate::project::{Project, testdata};

fn example() -> Project {
    Project::of("example")
}

/// The fragments of the example, in order.
const FRAGMENTS: [&str; 4] = [
    ".coverage.runner.pid24810.X1Ur1Jwx.HSxkNXlZ0h8h",
    ".coverage.runner.pid24812.Xrut9qzx.Hchi4eNH6Rjh",
    ".coverage.runner.pid24814.XEDowVZx.Ha6ZMgWAAqYh",
    ".coverage.runner.pid24816.XXFmfRgx.HOxTtVtJQL9h",
];

/// Every file of the project and its bytes.
fn tree(project: &Project) -> Vec<(String, Vec<u8>)> {
    let mut files = Vec::new();
    let mut directories = vec![project.path("")];
    while let Some(directory) = directories.pop() {
        for entry in fs::read_dir(directory).unwrap().map(Result::unwrap) {
            if entry.file_type().unwrap().is_dir() {
                directories.push(entry.path());
            } else {
                let name = entry.path().strip_prefix(project.path("")).unwrap().to_str().unwrap().to_owned();
                files.push((name, fs::read(entry.path()).unwrap()));
            }
        }
    }
    files.sort();
    files
}

/// One run with times of stages replaced.
fn verbose(project: &Project, arguments: &str) -> String {
    let timed = |line: &str| match line.split_once(": ") {
        Some((stage, time)) if time.ends_with(" s") && stage.trim_start().chars().all(char::is_alphabetic) => {
            format!("{stage}: [time]\n")
        }
        _ => format!("{line}\n"),
    };
    project.run(arguments).lines().map(timed).collect()
}

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
fn a_directory_can_be_searched_again_among_the_outputs_of_an_earlier_run() {
    let project = example();
    let first = project.run(".");
    assert!(first.starts_with("exit: 0\n"), "{first}");
    // The same places again, then others: what the earlier runs wrote is no fragment under any name.
    assert_eq!(project.run("."), first);
    let elsewhere = project.run(". -o summary=again.json -o xml=again.xml");
    assert_eq!(
        elsewhere,
        first.replace("wrote coverage.xml, htmlcov/index.html, coverage-summary.json", "wrote again.json, again.xml")
    );
    let named = project.run("again.json");
    assert!(named.starts_with("exit: 3\n") && named.contains("this is a summary that covmerge made"), "{named}");
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
    assert_snapshot!(verbose(&example().file(".coverage.empty", ""), "-v --empty-fragments ignore"), @"
    exit: 0
    stdout:
    stderr:
      discover: [time]
      merge: [time]
      analyse: [time]
      write: [time]
      .coverage.empty: 0 bytes, empty
      .coverage.runner.pid24810.X1Ur1Jwx.HSxkNXlZ0h8h: coverage.py 7.17.3, 53,248 bytes, merged, 5 files
      .coverage.runner.pid24812.Xrut9qzx.Hchi4eNH6Rjh: coverage.py 7.17.3, 53,248 bytes, merged, 5 files
      .coverage.runner.pid24814.XEDowVZx.Ha6ZMgWAAqYh: coverage.py 7.17.3, 53,248 bytes, merged, 5 files
      .coverage.runner.pid24816.XXFmfRgx.HOxTtVtJQL9h: coverage.py 7.17.3, 53,248 bytes, merged, 5 files
      merged 4 of 5 fragments (coverage.py, branch; 1 empty) covering 5 files in [time]
      wrote coverage.xml, htmlcov/index.html, coverage-summary.json

      TOTAL   84 statements   10 missing   24 branches   3 partial   86.11%
    ");
}

#[test]
fn standard_output_holds_the_report_and_nothing_else() {
    assert_snapshot!(example().run("-o text"), @"
    exit: 0
    stdout:
      Name               Stmts   Miss Branch BrPart  Cover   Missing
      --------------------------------------------------------------
      shop/__init__.py       0      0      0      0   100%
      shop/cart.py          34      1      8      1    95%   35
      shop/discount.py      27      2     12      2    90%   11, 36
      shop/report.py         5      5      2      0     0%   4-8
      shop/store.py         18      2      2      0    90%   19-20
      --------------------------------------------------------------
      TOTAL                 84     10     24      3    86%
    stderr:
      merged 4 fragments (coverage.py, branch) covering 5 files in [time]

      TOTAL   84 statements   10 missing   24 branches   3 partial   86.11%
    ");
    assert_snapshot!(example().run("-q -o total"), @"
    exit: 0
    stdout:
      86
    stderr:
    ");
    assert_snapshot!(example().run("-q -o markdown=-"), @r"
    exit: 0
    stdout:
      | Name                 |    Stmts |     Miss |   Branch |   BrPart |   Cover |   Missing |
      |--------------------- | -------: | -------: | -------: | -------: | ------: | --------: |
      | shop/\_\_init\_\_.py |        0 |        0 |        0 |        0 |    100% |           |
      | shop/cart.py         |       34 |        1 |        8 |        1 |     95% |        35 |
      | shop/discount.py     |       27 |        2 |       12 |        2 |     90% |    11, 36 |
      | shop/report.py       |        5 |        5 |        2 |        0 |      0% |       4-8 |
      | shop/store.py        |       18 |        2 |        2 |        0 |     90% |     19-20 |
      | **TOTAL**            |   **84** |   **10** |   **24** |    **3** | **86%** |           |
    stderr:
    ");
}

#[test]
fn several_outputs_are_named_in_the_order_asked_for() {
    assert_snapshot!(
        example().run("-o total -o lcov=deep/er/a.info -o json=out.json -o xml -o data=merged"),
        @"
    exit: 0
    stdout:
      86
    stderr:
      merged 4 fragments (coverage.py, branch) covering 5 files in [time]
      wrote deep/er/a.info, out.json, coverage.xml, merged

      TOTAL   84 statements   10 missing   24 branches   3 partial   86.11%
    "
    );
}

#[test]
fn too_few_and_too_many_fragments_are_incomplete() {
    assert_snapshot!(example().run("--expect 5 --fail-under 97"), @"
    exit: 3
    stdout:
    stderr:
      merged 4 fragments (coverage.py, branch) covering 5 files in [time]
      wrote coverage.xml, htmlcov/index.html, coverage-summary.json

      TOTAL   84 statements   10 missing   24 branches   3 partial   86.11%
      incomplete: 4 fragments, expected 5
      failed: total coverage is 86.11%, required 97%: 12 more statements or branches need to be covered
        shop/report.py      0.00%      5 missing     0 partial  4-8
        shop/discount.py   89.74%      2 missing     2 partial  11, 36
        shop/cart.py       95.24%      1 missing     1 partial  35
        shop/store.py      90.00%      2 missing     0 partial  19-20
    ");
    assert_snapshot!(example().run("-q --expect 3"), @"
    exit: 3
    stdout:
    stderr:
      incomplete: 4 fragments, expected 3
    ");
    assert_snapshot!(example().run("-q --expect 4"), @"
    exit: 0
    stdout:
    stderr:
    ");
}

#[test]
fn incomplete_data_may_pass_when_that_is_asked_for() {
    assert_snapshot!(example().run("--expect 5 --allow-incomplete --fail-under 80"), @"
    exit: 0
    stdout:
    stderr:
      merged 4 fragments (coverage.py, branch) covering 5 files in [time]
      wrote coverage.xml, htmlcov/index.html, coverage-summary.json

      TOTAL   84 statements   10 missing   24 branches   3 partial   86.11%
      incomplete: 4 fragments, expected 5
      passed: total coverage is 86.11%, required 80%
    ");
}

#[test]
fn bad_fragments_stop_the_run_and_nothing_is_written() {
    let project = example().file(".coverage.bad", "hi\n").file(".coverage.empty", "");
    assert_snapshot!(project.run("--fail-under 80"), @r"
    exit: 3
    stdout:
    stderr:
      error: cannot read fragment `.coverage.bad`
        because: the format is not known: the file begins with `hi\n`
        help: name files written by coverage.py or Slipcover, or a directory to search for them
      error: cannot read fragment `.coverage.empty`
        because: it has 0 bytes: its process was killed before it saved anything
        help: let that process exit normally, or leave such fragments out with `--empty-fragments ignore`
      error: 2 of 6 fragments cannot be used; nothing was written
        help: re-create them, or report without them: `--bad-fragments skip` (the outputs are then marked as incomplete, and the exit status is 3)
    ");
    assert!(!project.path("coverage.xml").exists() && !project.path("coverage-summary.json").exists());
}

#[test]
fn bad_fragments_can_be_skipped_and_the_report_says_so() {
    let project = example().file(".coverage.bad", "hi\n").file(".coverage.empty", "");
    assert_snapshot!(verbose(&project, "-v --bad-fragments skip --fail-under 80 -o text"), @r"
    exit: 3
    stdout:
      Name               Stmts   Miss Branch BrPart  Cover   Missing
      --------------------------------------------------------------
      shop/__init__.py       0      0      0      0   100%
      shop/cart.py          34      1      8      1    95%   35
      shop/discount.py      27      2     12      2    90%   11, 36
      shop/report.py         5      5      2      0     0%   4-8
      shop/store.py         18      2      2      0    90%   19-20
      --------------------------------------------------------------
      TOTAL                 84     10     24      3    86%

      incomplete: 2 of 6 fragments rejected
    stderr:
      discover: [time]
      merge: [time]
      analyse: [time]
      write: [time]
      .coverage.bad: 3 bytes, rejected
      .coverage.empty: 0 bytes, rejected
      .coverage.runner.pid24810.X1Ur1Jwx.HSxkNXlZ0h8h: coverage.py 7.17.3, 53,248 bytes, merged, 5 files
      .coverage.runner.pid24812.Xrut9qzx.Hchi4eNH6Rjh: coverage.py 7.17.3, 53,248 bytes, merged, 5 files
      .coverage.runner.pid24814.XEDowVZx.Ha6ZMgWAAqYh: coverage.py 7.17.3, 53,248 bytes, merged, 5 files
      .coverage.runner.pid24816.XXFmfRgx.HOxTtVtJQL9h: coverage.py 7.17.3, 53,248 bytes, merged, 5 files
      warning: cannot read fragment `.coverage.bad`
        because: the format is not known: the file begins with `hi\n`
        help: name files written by coverage.py or Slipcover, or a directory to search for them
      warning: cannot read fragment `.coverage.empty`
        because: it has 0 bytes: its process was killed before it saved anything
        help: let that process exit normally, or leave such fragments out with `--empty-fragments ignore`
      merged 4 of 6 fragments (coverage.py, branch; 2 rejected) covering 5 files in [time]

      TOTAL   84 statements   10 missing   24 branches   3 partial   86.11%
      incomplete: 2 of 6 fragments rejected
      passed: total coverage is 86.11%, required 80%
    ");
}

#[test]
fn what_is_made_of_incomplete_data_stays_incomplete_when_it_is_merged_again() {
    let project = example().file(".coverage.bad", "hi\n");
    let first = project.run("--bad-fragments skip -o data=merged/d -o json=merged/j.json");
    assert!(first.starts_with("exit: 3\n"), "{first}");
    for name in ["merged/d", "merged/j.json"] {
        let why = format!("fragment `{name}` is itself incomplete: 1 of 5 fragments rejected");
        let again = project.run(&format!("{name} -q -o summary=again.json"));
        assert_eq!(again, format!("exit: 3\nstdout:\nstderr:\n  incomplete: {why}\n"));
        let summary: Value = serde_json::from_str(&project.read("again.json")).unwrap();
        assert_eq!((&summary["incomplete"][0], &summary["totals"]["covered_lines"]), (&why.into(), &74.into()));
        assert!(project.run(&format!("{name} -o total --allow-incomplete")).starts_with("exit: 0\n"));
        let inspected = project.run(&format!("inspect {name}"));
        assert!(inspected.contains("  incomplete 1 of 5 fragments rejected\n"), "{inspected}");
    }
    // Merged a second time, the mark says by which way it came.
    project.run("merged/d -o data=d2");
    let twice = project.run("d2 -q -o total");
    assert!(
        twice.contains("fragment `d2` is itself incomplete: fragment `merged/d` is itself incomplete: 1 of"),
        "{twice}"
    );
}

#[test]
fn every_bad_fragment_is_shown_however_many() {
    let project = (10..24).fold(example(), |project, n| project.file(&format!(".coverage.{n}"), format!("{n}")));
    for arguments in ["", "--bad-fragments skip"] {
        let shown = project.run(arguments);
        assert_eq!(shown.matches("cannot read fragment").count(), 14, "{shown}");
    }
}

#[test]
fn empty_fragments_can_be_passed_over() {
    assert_snapshot!(example().file(".coverage.empty", "").run("--empty-fragments ignore -o total"), @"
    exit: 0
    stdout:
      86
    stderr:
      merged 4 of 5 fragments (coverage.py, branch; 1 empty) covering 5 files in [time]

      TOTAL   84 statements   10 missing   24 branches   3 partial   86.11%
    ");
}

#[test]
fn fragments_are_deleted_when_asked_and_rejected_ones_stay() {
    let project = example().file(".coverage.bad", "hi\n");
    project.run("--bad-fragments skip --delete-fragments");
    assert!(FRAGMENTS.iter().all(|name| !project.path(name).exists()));
    assert_eq!(project.read(".coverage.bad"), "hi\n");
    let refused = example().file(".coverage.bad", "hi\n");
    assert!(refused.run("--delete-fragments").starts_with("exit: 3\n"));
    assert!(FRAGMENTS.iter().all(|name| refused.path(name).exists()));
}

#[test]
fn fragments_stay_byte_for_byte_as_they_were_and_nothing_appears_beside_them() {
    let project = Project::new();
    let source = testdata().join("example");
    let before: Vec<_> = FRAGMENTS.iter().map(|name| fs::read(source.join(name)).unwrap()).collect();
    let project = FRAGMENTS
        .iter()
        .zip(&before)
        .fold(project, |project, (name, bytes)| project.file(&format!("fragments/{name}"), bytes));
    let root = source.to_str().unwrap().to_owned();
    assert!(
        project
            .run(&format!("fragments --root {root} -o xml=out/a.xml -o data=out/.coverage"))
            .starts_with("exit: 0\n")
    );
    let after: Vec<_> = tree(&project).into_iter().filter(|(name, _)| name.starts_with("fragments/")).collect();
    let expected: Vec<_> =
        FRAGMENTS.iter().zip(before).map(|(name, bytes)| (format!("fragments/{name}"), bytes)).collect();
    assert!(after == expected);
}

#[test]
fn the_root_says_where_the_sources_are() {
    let project = Project::new().with("example");
    fs::create_dir(project.path("checkout")).unwrap();
    fs::rename(project.path("shop"), project.path("checkout/shop")).unwrap();
    assert_snapshot!(project.run("-o total --root checkout"), @"
    exit: 0
    stdout:
      86
    stderr:
      merged 4 fragments (coverage.py, branch) covering 5 files in [time]

      TOTAL   84 statements   10 missing   24 branches   3 partial   86.11%
    ");
    assert_snapshot!(project.run("-o total"), @"
    exit: 1
    stdout:
    stderr:
      error: `shop/__init__.py` was measured, but its source was not found
        because: `[project]/shop/__init__.py` does not exist
      error: `shop/cart.py` was measured, but its source was not found
        because: `[project]/shop/cart.py` does not exist
      error: `shop/discount.py` was measured, but its source was not found
        because: `[project]/shop/discount.py` does not exist
      error: `shop/report.py` was measured, but its source was not found
        because: `[project]/shop/report.py` does not exist
      error: `shop/store.py` was measured, but its source was not found
        because: `[project]/shop/store.py` does not exist
        help: map the path under `[paths]` or with `--map`, leave the file out with `omit`, or leave out all such files with `--ignore-errors`
      error: 5 of 5 measured files cannot be counted; nothing was written
    ");
}

/// A project whose fragment was measured elsewhere.
fn elsewhere() -> Project {
    Project::new()
        .file("src/a.py", "a = 1\nif a:\n    b = 3\n")
        .file(".coverage.1", DataFile::new().lines("/ci/job-1/src/a.py", "", &[1, 2]).bytes())
        .file(".coverage.2", DataFile::new().lines("/ci/job-2/src/a.py", "", &[1, 2, 3]).bytes())
}

#[test]
fn mapped_paths_are_one_file() {
    assert_snapshot!(elsewhere().run("-o text --map /ci/*/src=src"), @"
    exit: 0
    stdout:
      Name       Stmts   Miss  Cover
      ------------------------------
      src/a.py       3      0   100%
      ------------------------------
      TOTAL          3      0   100%
    stderr:
      merged 2 fragments (coverage.py, statement) covering 1 file in [time]

      TOTAL   3 statements   0 missing   100.00%
    ");
    assert_snapshot!(elsewhere().run("-o text"), @"
    exit: 1
    stdout:
    stderr:
      error: `/ci/job-1/src/a.py` was measured, but its source was not found
        because: `/ci/job-1/src/a.py` does not exist
      error: `/ci/job-2/src/a.py` was measured, but its source was not found
        because: `/ci/job-2/src/a.py` does not exist
        help: map the path under `[paths]` or with `--map`, leave the file out with `omit`, or leave out all such files with `--ignore-errors`
      error: 2 of 2 measured files cannot be counted; nothing was written
    ");
}

#[test]
fn files_can_be_included_and_omitted() {
    assert_snapshot!(example().run("-q -o text --include shop/c*,shop/s* --omit */store.py"), @"
    exit: 0
    stdout:
      Name           Stmts   Miss Branch BrPart  Cover   Missing
      ----------------------------------------------------------
      shop/cart.py      34      1      8      1    95%   35
      ----------------------------------------------------------
      TOTAL             34      1      8      1    95%
    stderr:
    ");
    assert_snapshot!(example().run("--omit *"), @"
    exit: 1
    stdout:
    stderr:
      error: no data to report: the fragments name no file, or `include` and `omit` leave none
        help: check `include` and `omit`, and look at the fragments with `covmerge inspect`
    ");
}

/// A project measured under two contexts.
fn contexts() -> Project {
    Project::new()
        .file("a.py", "a = 1\nif a:\n    b = 3\n")
        .file(".coveragerc", "[run]\nrelative_files = true\n")
        .file(".coverage.1", DataFile::new().lines("a.py", "test_one", &[1, 2]).lines("a.py", "test_two", &[3]).bytes())
}

#[test]
fn contexts_filter_every_output_and_the_verdict() {
    assert_snapshot!(contexts().run("-o text --show-missing --contexts one --fail-under 100"), @"
    exit: 2
    stdout:
      Name    Stmts   Miss  Cover   Missing
      -------------------------------------
      a.py        3      1    67%   3
      -------------------------------------
      TOTAL       3      1    67%
    stderr:
      merged 1 fragment (coverage.py, statement) covering 1 file in [time]

      TOTAL   3 statements   1 missing   66.67%
      failed: total coverage is 66.67%, required 100%: 1 more statement needs to be covered
        a.py   66.67%      1 missing  3
    ");
}

#[test]
fn a_filter_that_no_context_matches_is_a_warning_and_one_match_is_enough() {
    let warned = |project: &Project, arguments: &str| {
        project.run(&format!("-o total {arguments}")).contains("warning: no context of any fragment matches `contexts`")
    };
    let project = contexts().file(".coverage.2", DataFile::new().lines("a.py", "other", &[1]).bytes());
    assert!(warned(&project, "--contexts tset") && !warned(&project, "--contexts other") && !warned(&project, ""));
}

#[test]
fn contexts_are_shown_in_the_json() {
    let project = contexts();
    project.run("-o json --show-contexts");
    let json: Value = serde_json::from_str(&project.read("coverage.json")).unwrap();
    assert_eq!(
        json["files"]["a.py"]["contexts"],
        serde_json::json!({"1": ["test_one"], "2": ["test_one"], "3": ["test_two"]})
    );
}

#[test]
fn the_table_can_be_shaped() {
    assert_snapshot!(example().run("-q -o text --precision 2 --sort -miss --skip-empty"), @"
    exit: 0
    stdout:
      Name               Stmts   Miss Branch BrPart   Cover   Missing
      ---------------------------------------------------------------
      shop/report.py         5      5      2      0   0.00%   4-8
      shop/store.py         18      2      2      0  90.00%   19-20
      shop/discount.py      27      2     12      2  89.74%   11, 36
      shop/cart.py          34      1      8      1  95.24%   35
      ---------------------------------------------------------------
      TOTAL                 84     10     24      3  86.11%

      1 empty file skipped.
    stderr:
    ");
    assert_snapshot!(contexts().run("-q -o text --skip-covered --skip-empty"), @"
    exit: 0
    stdout:
      Name    Stmts   Miss  Cover
      ---------------------------
      TOTAL       3      0   100%

      1 file skipped due to complete coverage.
    stderr:
    ");
}

#[test]
fn every_format_has_the_same_bytes_in_any_order_of_fragments_and_with_any_number_of_threads() {
    let outputs = "-o xml -o json -o lcov -o summary -o text=t -o markdown=m -o total=n -o data=d --show-contexts";
    let names = ["coverage.xml", "coverage.json", "coverage.lcov", "coverage-summary.json", "t", "m", "n", "d"];
    let written = |fragments: &[&str], jobs: u32| {
        let project = example();
        let shown = project.run(&format!("{} {outputs} --jobs {jobs}", fragments.join(" ")));
        assert!(shown.starts_with("exit: 0\n"), "{shown}");
        names.map(|name| fs::read(project.path(name)).unwrap())
    };
    let first = written(&FRAGMENTS, 1);
    let reversed: Vec<&str> = FRAGMENTS.into_iter().rev().collect();
    assert!(first == written(&reversed, 1));
    assert!(first == written(&FRAGMENTS, 4));
    assert!(first == written(&reversed, 4));
}

#[test]
fn more_threads_than_any_machine_has_are_no_trouble() {
    assert!(example().run("-o total --jobs 100000000").starts_with("exit: 0\n"));
}

#[test]
fn the_moment_in_the_outputs_can_be_given() {
    let project = example();
    project.run("-o json");
    assert!(project.read("coverage.json").contains("\"2026-11-21T06:20:16\""));
    project.run("-o json --timestamp 2030-01-02T03:04:05Z");
    assert!(project.read("coverage.json").contains("\"2030-01-02T03:04:05\""));
    let output = project.covmerge("-o total").env("SOURCE_DATE_EPOCH", "noon").output().unwrap();
    assert_eq!(output.status.code(), Some(64));
    assert_snapshot!(String::from_utf8(output.stderr).unwrap(), @"
    error: the environment variable `SOURCE_DATE_EPOCH` is `noon`, expected seconds since 1970
      help: set it to a whole number, or unset it
    ");
}

#[test]
fn a_fragment_of_each_format_can_be_inspected() {
    let project = Project::new()
        .file(
            "1",
            fs::read(testdata().join("fragments/coverage.py/contexts/.coverage.runner.pid101.XAbCdEf0x.Hei5PMpYTsSh"))
                .unwrap(),
        )
        .file("2", fs::read(testdata().join("fragments/slipcover/versions/1.1.0-branch.json")).unwrap())
        .file("3", fs::read(testdata().join("fragments/coverage.py-json/versions/7.17.3-branch.json")).unwrap())
        .file("4", "SF:a.py\nDA:1,1\nend_of_record\n")
        .file("5", "");
    assert_snapshot!(project.run("inspect 1 2 3"), @"
    exit: 0
    stdout:
      1
        size       53,248 bytes
        sha256     b7dde98ad20aecb127bc44eefa2616e40f1ba3a3ea49ce0cbe46abed185eda1d
        format     coverage.py
        producer   coverage.py 7.17.3
        mode       branch
        files      3
        lines run  24
        arcs run   34
        contexts   2

      2
        size       1,306 bytes
        sha256     9060b4f3850904ece290d6b0751b1ecf605453ebdb8209334b406adc59f354a6
        format     slipcover
        producer   slipcover 1.1.0
        mode       branch
        files      3
        lines run  29
        statements 34, as listed by the fragment

      3
        size       10,231 bytes
        sha256     e7153f8d2f85daf0443e29e854600db3ad5794c3c384c57b144019e3729dd5a0
        format     coverage.py-json
        producer   coverage.py 7.17.3
        mode       branch
        files      3
        lines run  26
        statements 31, as listed by the fragment
    stderr:
    ");
    assert_snapshot!(project.run("inspect 4 5"), @"
    exit: 3
    stdout:
      4
        size       29 bytes
        sha256     aac05f79aee485b49d210cae7973e82ab0ae04293636559cc15e772ee17326b7
        cannot be read: this is an LCOV tracefile
        help: this version of covmerge does not read it yet: name the coverage.py data files or Slipcover JSON it was made from

      5
        size       0 bytes
        sha256     e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855
        empty: its process was killed before it saved anything
    stderr:
    ");
    assert_snapshot!(project.run("inspect"), @"
    exit: 64
    stdout:
    stderr:
      error: the following required arguments were not provided:
        <FRAGMENT>...

      Usage: covmerge inspect <FRAGMENT>...

      For more information, try '--help'.
    ");
    assert_snapshot!(project.run("--expect 3 inspect 1"), @"
    exit: 64
    stdout:
    stderr:
      error: `--expect` cannot be used with `covmerge inspect`
        help: leave it out; write a fragment named `inspect` as `./inspect`
    ");
}

#[test]
fn completions_and_the_manual_page_are_printed() {
    let head = |arguments: &str| {
        example().run(arguments).lines().take(6).map(|line| line.to_owned() + "\n").collect::<String>()
    };
    assert_snapshot!(head("completions bash"), @r#"
    exit: 0
    stdout:
      _covmerge() {
          local i cur prev opts cmd
          COMPREPLY=()
          if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
    "#);
    assert_snapshot!(head("man"), @r#"
    exit: 0
    stdout:
      .ie \n(.g .ds Aq \(aq
      .el .ds Aq '
      .TH covmerge 1  "covmerge 0.1.0"
      .ie \n(.g .ds Aq \(aq
    "#);
    assert_snapshot!(example().run("--version"), @"
    exit: 0
    stdout:
      covmerge 0.1.0
    stderr:
    ");
}

#[test]
fn help_is_the_same_long_and_short() {
    let long = example().run("--help");
    assert_eq!(long, example().run("-h"));
    assert_snapshot!(long, @"
    exit: 0
    stdout:
      Merges the coverage fragments of a parallel test run into one report and one verdict

      Usage: covmerge [OPTIONS] [FRAGMENT]...
             covmerge inspect FRAGMENT...
             covmerge completions SHELL | man

      Other commands:
        inspect      Show the contents of fragments
        completions  Print a shell's completion script
        man          Print the manual page

      Arguments:
        [FRAGMENT]...  Fragments: files, directories or globs [default: .coverage and .coverage.*]

      Options:
        -h, --help     Print help
        -V, --version  Print version

      Outputs:
        -o, --output <FORMAT[=PATH]>  Outputs to write, repeatable: xml, html, html-single, summary, json,
                                      lcov, text, markdown, total or data; `-` as PATH is standard output
                                      [default: xml, html and summary]
            --precision <N>           The number of decimals in percentages
            --sort <KEY>              Sort the table by name, stmts, miss, branch, brpart or cover; -KEY
                                      for descending
            --show-missing            List the missing lines in the table
            --skip-covered            Leave files with 100% coverage out of the table
            --skip-empty              Leave out files without statements
            --show-contexts           Show the contexts of each line in the JSON and HTML reports
            --xml-flavour <WHOSE>     XML as coverage.py writes it, or valid against Cobertura's DTD with
                                      paths relative to the repository [possible values: coveragepy,
                                      strict]
            --timestamp <T>           The timestamp in the outputs: seconds since 1970 or ISO 8601 [env:
                                      SOURCE_DATE_EPOCH]

      Thresholds:
            --fail-under <PERCENT>  Exit with 2 if total coverage is below this percentage, 0 to 100
            --expect <N>            The number of fragments required, duplicates and empty ones included
            --allow-incomplete      Accept incomplete data; the outputs stay marked as incomplete

      Sources:
            --include <PATTERN>     Report only on files that match; repeatable, or with commas
            --omit <PATTERN>        Do not report on files that match; repeatable, or with commas
            --root <DIR>            The directory of the sources [default: the current directory]
            --map <FROM=TO>         Report files measured below FROM as files below TO; repeatable
            --python-version <X.Y>  The Python version that ran the tests: its rules decide which lines
                                    are statements [default: the project's, else 3.13]
            --analysis <WHEN>       When to find statements by analysing the sources; auto: where the
                                    fragments do not list them [default: auto] [possible values: auto,
                                    always, never]
            --ignore-errors         Leave out files whose source is missing or broken, with a warning

      Fragments:
            --contexts <REGEX>       Count only lines that ran in matching contexts; repeatable, or with
                                     commas
            --bad-fragments <HOW>    How to treat a fragment that cannot be read: write nothing, or go on
                                     without it; the exit status is 3 either way [default: fail] [possible
                                     values: fail, skip]
            --empty-fragments <HOW>  How to treat a fragment of 0 bytes: as one that cannot be read, or
                                     not at all [default: fail] [possible values: fail, ignore]
            --branch-mix <HOW>       How to treat statement fragments beside branch fragments [default:
                                     error] [possible values: error, lines]
            --delete-fragments       Delete the fragments once all outputs are written

      Settings:
            --rcfile <FILE>  coverage.py's settings file [default: .coveragerc, .coveragerc.toml,
                             setup.cfg, tox.ini, pyproject.toml]
            --jobs <N>       Worker threads [default: all processors]

      Messages:
        -q, --quiet         Print only warnings, errors and failures
        -v, --verbose       Print more: a line for each fragment and the time of each stage
            --color <WHEN>  When to use colour [default: auto] [possible values: auto, always, never]

      Examples:
        covmerge                              report on .coverage and .coverage.*
        covmerge --fail-under 97 build/cov    fragments below a directory, with a threshold
        covmerge -o xml -o text=- shards/*    write coverage.xml, and a table to standard output
        covmerge --map /ci/checkout=.         fragments measured under another path

      Exit status:
        0   success
        1   no trustworthy report could be made
        2   a threshold was missed
        3   the data is incomplete (wins over 2)
        64  the command line or a settings file is wrong

      Settings are read from [tool.covmerge] in pyproject.toml or from covmerge.toml,
      and from coverage.py's own settings files. Options win over both.
    stderr:
    ");
}

#[test]
fn what_is_promised_and_not_there_is_refused() {
    let project = example();
    let shown: Vec<String> = ["--test-log nox.log", "--expect-file f", "explain a.py:3"]
        .iter()
        .map(|arguments| format!("$ covmerge {arguments}\n{}", project.run(arguments)))
        .collect();
    assert_snapshot!(shown.concat(), @"
    $ covmerge --test-log nox.log
    exit: 64
    stdout:
    stderr:
      error: `--test-log` is not available yet
        help: leave it out until a later version supports it
    $ covmerge --expect-file f
    exit: 64
    stdout:
    stderr:
      error: `--expect-file` is not available yet
        help: leave it out until a later version supports it
    $ covmerge explain a.py:3
    exit: 64
    stdout:
    stderr:
      error: `covmerge explain` is not available yet
        help: leave it out until a later version supports it
    ");
}

#[test]
fn a_target_that_cannot_be_written_leaves_the_other_files_as_they_were() {
    let project = example().file("old.xml", "old").file("there", "a file");
    let before = tree(&project);
    assert_snapshot!(project.run("-o xml=old.xml -o json=there/coverage.json"), @"
    exit: 1
    stdout:
    stderr:
      error: cannot write `json` to `there/coverage.json`
        because: Not a directory (os error 20)
        help: make the path writable, or name another one, `-o json=PATH`
    ");
    assert_snapshot!(project.run("-o xml=old.xml -o json=shop"), @"
    exit: 64
    stdout:
    stderr:
      error: cannot write `json` to `shop`: it is a directory
        help: name a file in it, `-o json=shop/FILE`
    ");
    assert!(tree(&project) == before);
}

#[cfg(target_os = "linux")]
#[test]
fn what_is_open_already_is_written_to_and_never_replaced() {
    use std::os::unix::fs::{MetadataExt, symlink};
    use std::process::Stdio;

    let project = example().file("log", "before\n");
    symlink("/dev/stdout", project.path("link")).unwrap();
    let entries = fs::read_dir(project.path("")).unwrap().count();
    let log = || fs::OpenOptions::new().append(true).open(project.path("log")).unwrap();
    let inode = fs::metadata(project.path("log")).unwrap().ino();
    for place in ["/dev/stdout", "/dev/fd/1", "/proc/self/fd/1", "link"] {
        let status = project.covmerge(&format!("-q -o total={place}")).stdout(log()).status().unwrap();
        assert!(status.success(), "{place}");
    }
    let status = project.covmerge("-q -o total=/dev/stderr").stderr(log()).status().unwrap();
    assert!(status.success());
    assert_eq!(project.read("log"), "before\n86\n86\n86\n86\n86\n");
    assert_eq!(fs::metadata(project.path("log")).unwrap().ino(), inode);

    // Pipes have no name that could be opened in place of theirs.
    for place in ["/dev/stdout", "/dev/fd/1", "link"] {
        assert!(project.run(&format!("-q -o total={place}")).starts_with("exit: 0\nstdout:\n  86\n"), "{place}");
    }
    let piped = project.covmerge("-q -o total=/dev/fd/2").stderr(Stdio::piped()).output().unwrap();
    assert_eq!((piped.status.code(), piped.stderr), (Some(0), b"86\n".to_vec()));
    assert_eq!(fs::read_dir(project.path("")).unwrap().count(), entries);
}

#[cfg(target_os = "linux")]
#[test]
fn what_is_open_cannot_be_shared_nor_be_something_that_is_not() {
    let shared = example().run("-o text=/dev/stdout -o total");
    assert!(shared.starts_with("exit: 64\n") && shared.contains("both be written to standard output"), "{shared}");
    let closed = example().run("-o total=/dev/fd/999");
    assert!(closed.starts_with("exit: 1\n") && closed.contains("cannot write `total` to `/dev/fd/999`"), "{closed}");
}

#[test]
fn the_summary_of_a_thousand_files_is_at_most_256_kib() {
    let mut fragment = DataFile::new();
    let mut project = Project::new().file(".coveragerc", "[run]\nrelative_files = true\n");
    for n in 0..1000 {
        let name = format!("src/a/package/of/some/depth/module_number_{n:04}.py");
        project = project.file(&name, "a = 1\nb = 2\n");
        fragment = fragment.lines(&name, "", &[1]);
    }
    let project = project.file(".coverage.1", fragment.bytes());
    assert!(project.run("-o summary").starts_with("exit: 0\n"));
    let text = project.read("coverage-summary.json");
    assert!(text.len() <= 256 * 1024, "{} bytes", text.len());
    let summary: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(summary["files"].as_object().unwrap().len(), 1000);
}

#[test]
fn the_summary_is_as_its_schema_says() {
    let schema: Value = serde_json::from_str(include_str!("../../docs/summary.schema.json")).unwrap();
    for (project, arguments) in [
        (example(), "-q --fail-under 97"),
        (example().file(".coverage.bad", "hi\n").file(".coverage.empty", ""), "-q --bad-fragments skip"),
        (contexts(), "-q"),
    ] {
        project.run(arguments);
        let summary: Value = serde_json::from_str(&project.read("coverage-summary.json")).unwrap();
        conforms(&summary, &schema, &schema, "$");
    }
}

/// Checks a value against the parts of JSON Schema that the schema uses.
fn conforms(value: &Value, schema: &Value, whole: &Value, place: &str) {
    const KNOWN: [&str; 18] = [
        "$schema",
        "$id",
        "$defs",
        "$ref",
        "title",
        "description",
        "type",
        "properties",
        "required",
        "additionalProperties",
        "items",
        "const",
        "enum",
        "minimum",
        "maximum",
        "minItems",
        "maxItems",
        "pattern",
    ];
    let Some(rules) = schema.as_object() else { return };
    for (rule, wanted) in rules {
        assert!(KNOWN.contains(&rule.as_str()), "{place}: the schema's `{rule}` is not checked");
        match rule.as_str() {
            "$ref" => {
                let target = whole.pointer(wanted.as_str().unwrap().trim_start_matches('#')).unwrap();
                conforms(value, target, whole, place);
            }
            "type" => {
                let types = wanted.as_array().map_or_else(|| vec![wanted.clone()], Clone::clone);
                let is = |kind: &Value| match kind.as_str().unwrap() {
                    "object" => value.is_object(),
                    "array" => value.is_array(),
                    "string" => value.is_string(),
                    "integer" => value.is_i64() || value.is_u64(),
                    "number" => value.is_number(),
                    "boolean" => value.is_boolean(),
                    other => panic!("{place}: the type `{other}` is not checked"),
                };
                assert!(types.iter().any(is), "{place}: {value} is not of type {wanted}");
            }
            "const" => assert_eq!(value, wanted, "{place}"),
            "enum" => assert!(wanted.as_array().unwrap().contains(value), "{place}: {value} is none of {wanted}"),
            "minimum" => assert!(value.as_f64() >= wanted.as_f64(), "{place}: {value} is below {wanted}"),
            "maximum" => assert!(value.as_f64() <= wanted.as_f64(), "{place}: {value} is above {wanted}"),
            "required" => {
                for name in wanted.as_array().unwrap() {
                    assert!(value.get(name.as_str().unwrap()).is_some(), "{place}: {name} is missing");
                }
            }
            "properties" => {
                for (name, rules) in wanted.as_object().unwrap() {
                    if let Some(member) = value.get(name) {
                        conforms(member, rules, whole, &format!("{place}.{name}"));
                    }
                }
            }
            "additionalProperties" => {
                for (name, member) in value.as_object().into_iter().flatten() {
                    if rules.get("properties").and_then(|known| known.get(name)).is_none() {
                        assert_ne!(wanted, &Value::Bool(false), "{place}.{name} is not known");
                        conforms(member, wanted, whole, &format!("{place}.{name}"));
                    }
                }
            }
            "items" => {
                for (index, item) in value.as_array().into_iter().flatten().enumerate() {
                    conforms(item, wanted, whole, &format!("{place}[{index}]"));
                }
            }
            _ => {}
        }
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

#[test]
fn the_verdict_is_coloured_where_that_is_asked_for() {
    let project = Project::new()
        .file("a.py", "a = 1\nif a:\n    b = 3\nelse:\n    b = 5\n")
        .file(".coveragerc", "[run]\nrelative_files = true\n")
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
