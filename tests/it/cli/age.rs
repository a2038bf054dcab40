//! Fragments of another run: `--max-age`, and the warning about two runs. The clock shows 2026-11-21 06:20:16 in UTC.

use insta::assert_snapshot;

use super::DataFile;
use crate::project::Project;

/// A project of one file with fragments that were made at these times and each saw one line run; an empty time is not known.
fn made(times: &[&str]) -> Project {
    let project = Project::new().file("a.py", "a = 1\nb = 2\nc = 3\n").relative();
    times.iter().zip(1..).fold(project, |project, (when, line)| {
        let data = DataFile::new().lines("a.py", "", &[line]);
        let data = if when.is_empty() { data } else { data.at(when) };
        project.file(&format!(".coverage.{line}"), data.bytes())
    })
}

#[test]
fn old_fragments_are_passed_over_and_named() {
    let project = made(&["2026-11-21 04:20:15", "2026-11-21 04:20:16", ""]);
    let said = project.run("--max-age 2h -o total=- -v");
    assert!(
        said.contains(".coverage.1: coverage.py 7.17.3, 53,248 bytes, too old, made 2026-11-21 04:20:15\n"),
        "{said}"
    );
    assert_snapshot!(project.run("--max-age 2h -o total=-"), @"
    exit: 0
    stdout:
      67
    stderr:
      warning: 1 fragment is older than 2h: `.coverage.1` (2026-11-21 04:20:15); it is skipped
        help: run `covmerge clean` before the tests, so that no old fragment is left
      warning: 1 fragment does not say when it was made, so `--max-age` does not concern it: `.coverage.3`
      merged 2 of 3 fragments (coverage.py, statement; 1 too old) covering 1 file in [time]

      TOTAL   3 statements   1 missing   66.67%
    ");
    let (summary, _) = project.output("summary", "--max-age 2h");
    let fragments = summary.lines().find(|line| line.starts_with("\"fragments\"")).unwrap();
    assert_snapshot!(fragments, @r#""fragments": {"found":3,"merged":2,"duplicate":0,"rejected":0,"too_old":1,"unfinished":0,"undated":1,"rejected_fragments":[],"duplicate_fragments":[],"too_old_fragments":[{"path":".coverage.1","when":"2026-11-21 04:20:15"}],"unfinished_fragments":[]},"#);
    let (page, _) = project.output("html-single", "--max-age 2h");
    assert!(page.contains("made 2026-11-21 04:20:15"));
}

#[test]
fn reports_have_a_time_too() {
    let report = |software: &str| {
        format!(
            r#"{{"meta": {{{software}, "timestamp": "2026-11-20T12:00:00.123456", "branch_coverage": false, "show_contexts": false}},
            "files": {{"a.py": {{"executed_lines": [1], "missing_lines": [2], "excluded_lines": [],
            "summary": {{"covered_lines": 1, "num_statements": 2, "missing_lines": 1, "excluded_lines": 0, "percent_covered": 50.0}}}}}},
            "summary": {{}}}}"#
        )
    };
    for software in [r#""software": "slipcover", "version": "1.1.0""#, r#""format": 3, "version": "7.17.5""#] {
        let project = made(&["2026-11-21 06:00:00"]).file("shard.json", report(software));
        let said = project.run(". --max-age 1d -o total=-");
        assert!(said.starts_with("exit: 0\n") && !said.contains("too old"), "{said}");
        let said = project.run(". --max-age 6h -o total=-");
        let expected = "warning: 1 fragment is older than 6h: `shard.json` (2026-11-20 12:00:00); it is skipped\n";
        assert!(said.starts_with("exit: 0\nstdout:\n  33\n") && said.contains(expected), "{said}");
        assert!(project.run("inspect shard.json").contains("  made       2026-11-20T12:00:00.123456\n"));
    }
}

#[test]
fn if_all_are_too_old_the_data_is_incomplete() {
    let project = made(&["2026-11-20 06:00:00", "2026-11-19 06:00:00"]);
    assert_snapshot!(project.run("--max-age 90m"), @"
    exit: 3
    stdout:
    stderr:
      error: 2 fragments are older than 1h30m: `.coverage.1` (2026-11-20 06:00:00), `.coverage.2` (2026-11-19 06:00:00)
        help: none is left to report: run the tests again, or allow a greater age with `--max-age`
    ");
    assert!(!project.path("coverage.xml").exists());
}

#[test]
fn what_is_too_old_is_neither_expected_nor_deleted() {
    let project = made(&["2026-11-20 06:00:00", "2026-11-21 06:00:00"]);
    assert!(project.run("--max-age 2h -o total=- --expect 2").starts_with("exit: 3\n"));
    assert!(project.run("--max-age 2h -o total=- --expect-in .coverage.1 .").starts_with("exit: 3\n"));
    assert!(project.run("--max-age 2h -o total=t --expect 1 --delete-fragments").starts_with("exit: 0\n"));
    assert!(project.path(".coverage.1").exists() && !project.path(".coverage.2").exists());
}

#[test]
fn an_unfinished_fragment_of_another_run_does_not_stop_this_one() {
    let name = ".coverage.ci.pid7.Xabcdefx";
    let project = made(&["2026-11-21 06:00:00"])
        .file(name, DataFile::new().at("2026-11-20 06:00:00").lines("a.py", "", &[1]).bytes());
    assert!(project.run("-o total=-").contains("was never finished"));
    let said = project.run("-o total=- --max-age 2h");
    assert!(said.starts_with("exit: 0\n") && said.contains(&format!("older than 2h: `{name}`")), "{said}");
}

#[test]
fn the_age_is_a_setting_too() {
    let project = made(&["2026-11-20 06:00:00", "2026-11-21 06:00:00"]);
    let set = |project: Project, value: &str| project.file("covmerge.toml", format!("max-age = {value}\n"));
    let project = set(project, "\"2h\"");
    assert!(project.run("-o total=-").contains("older than 2h: `.coverage.1`"));
    assert!(!project.run("-o total=- --max-age 2d").contains("older than"));
    assert_snapshot!(set(project, "7200").run(""), @"
    exit: 64
    stdout:
    stderr:
      error: `max-age` on line 1 of `covmerge.toml` is `7200`: expected a string
    ");
}

#[test]
fn a_time_is_compared_with_the_clock_of_the_own_zone() {
    let project = made(&["2026-11-21 03:00:00", "2026-11-21 06:00:00"]);
    let said = |zone: &str| {
        let output = project.covmerge("--max-age 2h -q -o total=-").env("TZ", zone).output().unwrap();
        String::from_utf8(output.stderr).unwrap()
    };
    assert!(said("UTC").starts_with("warning: 1 fragment is older than 2h: `.coverage.1`"));
    // Three hours behind UTC: it is 03:20.
    assert_snapshot!(said("XXX3"), @"
    warning: 1 fragment was made after now, 2026-11-21 03:20:16, by its own local time: `.coverage.2` (2026-11-21 06:00:00)
      help: run covmerge in the time zone of the tests, such as `TZ=UTC covmerge`, so that `--max-age` compares like with like
    ");
    // Two hours ahead of UTC: it is 08:20.
    assert!(said("XXX-2").starts_with("error: 2 fragments are older than 2h: "));
}

#[test]
fn two_runs_are_warned_of_unless_the_age_is_limited() {
    let project = made(&["2026-11-20 17:02:10", "2026-11-20 17:04:33", "2026-11-21 06:00:00"]);
    assert_snapshot!(project.run("-o total=-"), @"
    exit: 0
    stdout:
      100
    stderr:
      warning: the fragments seem to be of two test runs: 2 from 2026-11-20 17:02:10 to 17:04:33, and 1 of 2026-11-21 06:00:00
        help: run `covmerge clean` before the tests, or leave the earlier ones out with `--max-age 1h`
      merged 3 fragments (coverage.py, statement) covering 1 file in [time]

      TOTAL   3 statements   0 missing   100.00%
    ");
    assert!(!project.run("-o total=- --max-age 7d").contains("two test runs"));
    assert!(!made(&["2026-11-21 05:40:00", "2026-11-21 06:00:00"]).run("-o total=-").contains("two test runs"));
}
