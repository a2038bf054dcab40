//! `covmerge verify`: a pipeline's last step is green only if the gate really ran.

use std::path::Path;

use insta::assert_snapshot;

use crate::project::Project;

const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";

/// The example, measured on a commit and judged with these arguments.
fn judged(arguments: &str) -> Project {
    let project = Project::of("example");
    let run = project.covmerge(&format!("-q -o summary {arguments}")).env("GITHUB_SHA", COMMIT).output().unwrap();
    assert!(Path::new(&project.path("coverage-summary.json")).exists(), "{}", String::from_utf8_lossy(&run.stderr));
    project
}

fn verified(project: &Project, arguments: &str) -> String {
    project.run(&format!("verify coverage-summary.json --sha {arguments}"))
}

#[test]
fn a_gate_that_ran_on_the_commit_and_passed_is_verified() {
    let project = judged("--fail-under 80");
    assert_snapshot!(verified(&project, COMMIT), @"
    exit: 0
    stdout:
    stderr:
      verified: passed: total coverage is 86.11%, required 80%
    ");
    assert!(verified(&project, "0123456").starts_with("exit: 0\n"));
    assert!(verified(&project, "0123456789ABCDEF").starts_with("exit: 0\n"));
    assert!(verified(&project, "-q 0123456 -q").starts_with("exit: 64\n"));
}

#[test]
fn a_summary_beside_outputs_that_a_killed_run_left_is_not_verified() {
    let project = judged("--fail-under 80").file(".covmerge-journal", r#"{"directories": [], "changes": []}"#);
    assert_snapshot!(verified(&project, COMMIT), @"
    exit: 3
    stdout:
    stderr:
      not verified: a run replaces its outputs, or was killed meanwhile: run covmerge again
    ");
    let again = project.run("-q -o summary --fail-under 80");
    assert!(again.contains("warning: an earlier run was killed while it replaced its outputs in `.`"), "{again}");
    assert!(!project.path(".covmerge-journal").exists());
}

#[test]
fn a_threshold_that_was_missed_is_2() {
    assert_snapshot!(verified(&judged("--fail-under 97"), COMMIT), @"
    exit: 2
    stdout:
    stderr:
      not verified: failed: total coverage is 86.11%, required 97%: 12 more statements or branches need to be covered
    ");
}

#[test]
fn a_gate_without_a_threshold_or_with_incomplete_data_is_3() {
    assert_snapshot!(verified(&judged(""), COMMIT), @"
    exit: 3
    stdout:
    stderr:
      not verified: no threshold was judged: `covmerge` ran without `--fail-under`
    ");
    assert_snapshot!(verified(&judged("--fail-under 80 --expect 5"), COMMIT), @"
    exit: 3
    stdout:
    stderr:
      not verified: the data was incomplete: 4 fragments, expected 5
    ");
    assert_snapshot!(verified(&judged("--fail-under 80 --expect 5 --allow-incomplete"), COMMIT), @"
    exit: 3
    stdout:
    stderr:
      not verified: the data was incomplete: 4 fragments, expected 5
    ");
}

#[test]
fn another_commit_or_none_is_3() {
    assert_snapshot!(verified(&judged("--fail-under 80"), "1123456"), @"
    exit: 3
    stdout:
    stderr:
      not verified: the summary is of commit `0123456789abcdef0123456789abcdef01234567`, and `1123456` is expected
    ");
    let project = Project::of("example");
    assert!(project.covmerge("-q -o summary --fail-under 80").status().unwrap().success());
    assert_snapshot!(verified(&project, COMMIT), @"
    exit: 3
    stdout:
    stderr:
      not verified: the summary names no commit, and `0123456789abcdef0123456789abcdef01234567` is expected
    ");
}

#[test]
fn a_summary_that_is_too_old_is_3() {
    let run = |timestamp: &str, age: &str| {
        let project = judged(&format!("--fail-under 80 --timestamp {timestamp}"));
        verified(&project, &format!("{COMMIT} --max-age {age}"))
    };
    let old = run("2001-01-01T00:00:00Z", "2h");
    assert!(old.starts_with("exit: 3\n") && old.contains(" old, and 2h is allowed"), "{old}");
    assert!(run("2001-01-01T00:00:00Z", "99999d").starts_with("exit: 0\n"));
    let future = run("2999-01-01T00:00:00Z", "2h");
    assert!(future.starts_with("exit: 3\n") && future.contains("from the future"), "{future}");
    assert!(run("2001-01-01T00:00:00Z", "2w").starts_with("exit: 64\n"));
}

#[test]
fn a_summary_that_cannot_be_read_is_1() {
    let project = Project::new();
    assert_snapshot!(verified(&project, COMMIT), @"
    exit: 1
    stdout:
    stderr:
      error: cannot verify: the summary cannot be read: No such file or directory (os error 2)
        help: name the summary that `covmerge` wrote
    ");
    let project = project.file("coverage-summary.json", "{\"meta\": {}}");
    assert_snapshot!(verified(&project, COMMIT), @"
    exit: 1
    stdout:
    stderr:
      error: cannot verify: it is not a summary of covmerge: missing field `tool` at line 1 column 11
        help: name the summary that `covmerge` wrote
    ");
    let project = judged("--fail-under 80");
    let text = project.read("coverage-summary.json");
    let project = project.file("coverage-summary.json", text.replace("\"format\":1", "\"format\":2"));
    assert_snapshot!(verified(&project, COMMIT), @"
    exit: 1
    stdout:
    stderr:
      error: cannot verify: it is not a summary of covmerge that this version knows: format 2 of `covmerge`
        help: name the summary that `covmerge` wrote
    ");
    let project = project.file("coverage-summary.json", &text[..text.len() / 2]);
    assert!(verified(&project, COMMIT).starts_with("exit: 1\n"));
}

#[test]
fn an_id_that_is_too_short_or_no_id_is_64() {
    let project = judged("--fail-under 80");
    for sha in ["012345", "main", ""] {
        let run = project.covmerge("verify coverage-summary.json --sha").arg(sha).output().unwrap();
        assert_eq!(run.status.code(), Some(64), "{sha}");
    }
}

/// A known project had a floor of 80% that never failed once: a wrapper around the coverage command swallowed its exit status.
#[cfg(unix)]
#[test]
fn a_wrapper_that_swallows_the_exit_status_is_found_out() {
    let pipeline = |fail_under: &str| {
        let project = Project::of("example");
        let covmerge = env!("CARGO_BIN_EXE_covmerge");
        let wrapper = format!(
            "'{covmerge}' -q -o summary --fail-under {fail_under} || true\n'{covmerge}' verify coverage-summary.json --sha {COMMIT}\n"
        );
        let mut shell = std::process::Command::new("sh");
        shell.current_dir(project.path("")).args(["-c", &wrapper]).env("GITHUB_SHA", COMMIT);
        shell.output().unwrap().status.code()
    };
    assert_eq!((pipeline("80"), pipeline("97")), (Some(0), Some(2)));
    // The wrapper ends before the gate runs at all.
    let project = Project::of("example");
    assert!(verified(&project, COMMIT).starts_with("exit: 1\n"));
}
