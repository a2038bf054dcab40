//! The faults that seals show, and the exit status of each.

use insta::assert_snapshot;

use super::{remove, seal, shards, shards_of};
use crate::data_file::DataFile;
use crate::project::Project;

/// The outcome of merging all seals.
fn merged(project: &Project, arguments: &str) -> String {
    project.run(&format!("-o total=- --fail-under 10 *.covmerge {arguments}"))
}

/// What a user sees of a run, but for the sizes of seals.
fn shown(project: &Project, arguments: &str) -> String {
    let sized = |line: &str| {
        line.split_once(" (").filter(|(wrote, _)| wrote.starts_with("  wrote ")).map(|(wrote, _)| wrote.to_owned())
    };
    project.run(arguments).lines().map(|line| sized(line).unwrap_or_else(|| line.to_owned()) + "\n").collect()
}

#[test]
fn sealing_says_what_it_sealed() {
    let project = shards();
    assert_snapshot!(shown(&project, "seal f1 f2 --shard unit:1/2 --status 0 -o one.covmerge"), @"
    exit: 0
    stdout:
    stderr:
      sealed 2 fragments (coverage.py, branch) covering 1 file in [time]
      wrote one.covmerge
    ");
    assert_snapshot!(shown(&project, "seal one.covmerge -o again.covmerge"), @"
    exit: 0
    stdout:
    stderr:
      sealed 1 seal again
      wrote again.covmerge
    ");
    assert_snapshot!(shown(&project, "seal one.covmerge --shard 1/2"), @"
    exit: 64
    stdout:
    stderr:
      error: nothing to describe with `--shard` and the like: 1 seal found, and not a fragment
        help: leave the description out: seals keep their own when they are sealed again
    ");
    assert_snapshot!(shown(&project, "seal f1 --shard 3/2"), @"
    exit: 64
    stdout:
    stderr:
      error: `--shard` is `3/2`, expected a shard's number of how many, as in `3/12` or `unit:3/12`
    ");
    assert_snapshot!(shown(&project, "seal"), @"
    exit: 3
    stdout:
    stderr:
      error: no fragment found: neither `.coverage` nor `.coverage.*` is in `[project]`
        help: these look like fragments: `again.covmerge`, `f1`, `f2`, `f3`, `one.covmerge`; name them or their directory: `covmerge .`
          the usual causes:
          - the artifact step left hidden files out: give GitHub's upload-artifact `include-hidden-files: true`
          - without `parallel = true` in coverage.py's settings each process overwrites the data of the one before
          - the fragments are in another directory: name it, or set `data_file`
    ");
}

#[test]
fn a_seal_has_a_new_name_by_default() {
    let project = shards();
    seal(&project, "f1 --shard ../unit:1/3");
    seal(&project, "f2");
    let names = project.run("seal f1 --shard ../unit:1/3");
    assert!(names.contains("wrote -unit-1-of-3-"), "{names}");
    assert_eq!(
        std::fs::read_dir(project.path(""))
            .unwrap()
            .filter(|entry| {
                entry.as_ref().unwrap().path().extension().is_some_and(|extension| extension == "covmerge")
            })
            .count(),
        2
    );
}

#[test]
fn a_missing_shard_is_named() {
    let project = shards();
    for (at, shard) in ["unit:1/12", "unit:3/12", "integration:2/2"].iter().enumerate() {
        seal(&project, &format!("f{} --shard {shard} -o {at}.covmerge", at + 1));
    }
    assert_snapshot!(merged(&project, ""), @"
    exit: 3
    stdout:
      67
    stderr:
      merged 3 fragments (coverage.py, branch) covering 1 file in [time]

      TOTAL   12 statements   3 missing   6 branches   3 partial   66.67%
      incomplete: shard 1 of 2 of `integration` is missing; shards 2, 4-12 of 12 of `unit` are missing
      not judged: 66.67% of what is there, required 10%
    ");
    assert_snapshot!(merged(&project, "--allow-incomplete"), @"
    exit: 0
    stdout:
      67
    stderr:
      merged 3 fragments (coverage.py, branch) covering 1 file in [time]

      TOTAL   12 statements   3 missing   6 branches   3 partial   66.67%
      incomplete: shard 1 of 2 of `integration` is missing; shards 2, 4-12 of 12 of `unit` are missing (allowed)
      passed: total coverage is 66.67%, required 10%; incomplete data was allowed
    ");
}

#[test]
fn suites_have_shards_of_their_own() {
    let project = shards();
    for (at, shard) in ["py3.12:1/1", "py3.13:1/1", "1/1"].iter().enumerate() {
        seal(&project, &format!("f{} --shard {shard} --status success -o {at}.covmerge", at + 1));
    }
    let run = merged(&project, "");
    assert!(run.starts_with("exit: 0\n"), "{run}");
}

#[test]
fn shards_that_disagree_on_their_number_are_incomplete() {
    let project = shards_of(2);
    seal(&project, "f1 --shard 1/2 -o 1.covmerge");
    seal(&project, "f2 --shard 2/3 -o 2.covmerge");
    assert_snapshot!(merged(&project, ""), @"
    exit: 3
    stdout:
      67
    stderr:
      merged 2 fragments (coverage.py, branch) covering 1 file in [time]

      TOTAL   8 statements   2 missing   4 branches   2 partial   66.67%
      incomplete: `1.covmerge` (shard 1 of 2) and `2.covmerge` (shard 2 of 3) do not agree on the number of shards; shard 3 of 3 is missing
      not judged: 66.67% of what is there, required 10%
    ");
}

#[test]
fn a_job_that_failed_is_incomplete() {
    for (status, code) in [("0", 0), ("1", 3), ("success", 0), ("cancelled", 3), ("failure", 3)] {
        let project = shards_of(1);
        seal(&project, &format!("f1 --shard 1/1 --status {status} -o 1.covmerge"));
        let run = merged(&project, "");
        assert!(run.starts_with(&format!("exit: {code}\n")), "{status}: {run}");
        let said = run.contains(&format!(
            "incomplete: the job that made `1.covmerge` (shard 1 of 1) ended with status {status}\n"
        ));
        assert_eq!(said, code == 3, "{run}");
    }
}

#[test]
fn seals_of_two_commits_or_runs_are_incomplete() {
    let project = shards_of(2);
    seal(&project, "f1 --commit 1111111 --run-id 7 -o 1.covmerge");
    seal(&project, "f2 --commit 2222222 --run-id 8 -o 2.covmerge");
    assert_snapshot!(merged(&project, ""), @"
    exit: 3
    stdout:
      67
    stderr:
      merged 2 fragments (coverage.py, branch) covering 1 file in [time]

      TOTAL   8 statements   2 missing   4 branches   2 partial   66.67%
      incomplete: the seals are of 2 commits: `1111111` in `1.covmerge`, `2222222` in `2.covmerge`; the seals are of 2 runs: `7` in `1.covmerge`, `8` in `2.covmerge`
      not judged: 66.67% of what is there, required 10%
    ");
    // Even where the sources differ, so that nothing can be reported.
    let project = project.file("a.py", "a = 1\n");
    seal(&project, "f2 --commit 2222222 --run-id 8 -o 2.covmerge");
    let run = merged(&project, "");
    assert!(run.starts_with("exit: 3\n") && run.contains("two outlines of `a.py`"), "{run}");
}

#[test]
fn two_outlines_of_one_source_are_no_report() {
    let project = shards_of(2);
    seal(&project, "f1 --shard 1/2 -o 1.covmerge");
    let project = project.file("a.py", "a = 1\n");
    seal(&project, "f2 --shard 2/2 -o 2.covmerge");
    assert_snapshot!(merged(&project, ""), @"
    exit: 1
    stdout:
    stderr:
      error: the seals hold two outlines of `a.py`: the text 918992f8a666 in `1.covmerge` (shard 1 of 2, fragment `f1`, covmerge 0.1.0) and the text cb78bd8a17f7 in `2.covmerge` (shard 2 of 2, fragment `f2`, covmerge 0.1.0)
        help: seal all shards of one revision of the sources, with one version of covmerge
    ");
}

#[test]
fn two_texts_of_one_outline_are_a_warning() {
    let project = shards_of(2);
    let text = project.read("a.py");
    seal(&project, "f1 --shard 1/2 -o 1.covmerge");
    let project = project.file("a.py", text.replace("return 1", "return 7"));
    seal(&project, "f2 --shard 2/2 -o 2.covmerge");
    assert_snapshot!(merged(&project, ""), @"
    exit: 0
    stdout:
      67
    stderr:
      warning: `a.py` has two texts with the same statements: the text 918992f8a666 in `1.covmerge` (shard 1 of 2, fragment `f1`, covmerge 0.1.0) and the text d49ebd7ae825 in `2.covmerge` (shard 2 of 2, fragment `f2`, covmerge 0.1.0)
        help: the first one is shown; if it is not generated, seal all shards of one revision
      merged 2 fragments (coverage.py, branch) covering 1 file in [time]

      TOTAL   8 statements   2 missing   4 branches   2 partial   66.67%
      passed: total coverage is 66.67%, required 10%
    ");
    // Line ends are no part of a text.
    let project = project.file("a.py", text.replace('\n', "\r\n"));
    seal(&project, "f2 --shard 2/2 -o 2.covmerge");
    let run = merged(&project, "");
    assert!(run.starts_with("exit: 0\n") && !run.contains("warning"), "{run}");
}

#[test]
fn a_seal_that_was_cut_off_is_refused() {
    let project = shards_of(2);
    seal(&project, "f1 --shard 1/2 -o 1.covmerge");
    seal(&project, "f2 --shard 2/2 -o 2.covmerge");
    let bytes = std::fs::read(project.path("2.covmerge")).unwrap();
    std::fs::write(project.path("2.covmerge"), &bytes[..bytes.len() - 40]).unwrap();
    let run = merged(&project, "").replace(&format!("{}", bytes.len() - 40), "[number of]");
    assert_snapshot!(run, @"
    exit: 3
    stdout:
    stderr:
      error: cannot read fragment `2.covmerge` (covmerge)
        because: its digest does not fit its [number of] bytes: it was cut off or changed
        help: seal the fragments again, and transfer the seal as a binary file
      error: 1 of 2 fragments cannot be used; nothing was written
        help: re-create it, or report without it: `--bad-fragments skip` (the outputs are then marked as incomplete, and the exit status is 3)
    ");
    let run = merged(&project, "--bad-fragments skip");
    assert!(run.starts_with("exit: 3\n") && run.contains("shard 2 of 2 is missing"), "{run}");
}

#[test]
fn a_seal_of_which_nothing_is_left_is_found_and_refused() {
    let project = shards_of(2);
    seal(&project, "f1 -o seals/1.covmerge");
    for left in [0, 5] {
        let bytes = std::fs::read(project.path("seals/1.covmerge")).unwrap();
        std::fs::write(project.path("seals/2.covmerge"), &bytes[..left]).unwrap();
        for arguments in ["seals", "seals/*.covmerge", "seals --unfinished-fragments merge"] {
            let run = project.run(&format!("-o total {arguments}"));
            let why = format!("its digest does not fit its {left} bytes");
            assert!(run.starts_with("exit: 3\n") && run.contains(&why), "{arguments}: {run}");
        }
    }
}

#[test]
fn settings_that_differ_are_named() {
    let project = shards_of(2);
    seal(&project, "f1 --shard 1/2 --python-version 3.12 -o 1.covmerge");
    seal(&project, "f2 --shard 2/2 --python-version 3.13 -o 2.covmerge");
    assert_snapshot!(merged(&project, ""), @"
    exit: 64
    stdout:
    stderr:
      error: the settings of the seals differ: `python-version` is 3.12 in `1.covmerge` (shard 1 of 2) and 3.13 in `2.covmerge` (shard 2 of 2)
        help: seal all shards with the same settings, and leave these to the sealing jobs
    ");

    let project = shards_of(2);
    seal(&project, "f1 --shard 1/2 -o 1.covmerge");
    let project = project.file(".coveragerc", "[run]\nrelative_files = true\n[report]\nexclude_also =\n    def f2\n");
    seal(&project, "f2 --shard 2/2 -o 2.covmerge");
    assert_snapshot!(merged(&project, ""), @"
    exit: 64
    stdout:
    stderr:
      error: the settings of the seals differ: `exclude_lines` or `exclude_also` has the pattern `def f2` in `2.covmerge` (shard 2 of 2), but not in `1.covmerge` (shard 1 of 2)
        help: seal all shards with the same settings, and leave these to the sealing jobs
    ");
}

#[test]
fn the_setting_that_is_written_is_the_one_that_is_named() {
    let project = shards_of(1);
    seal(&project, "f1 -o 1.covmerge");
    for (settings, named) in [
        ("exclude_also = never", "`exclude_also`"),
        ("exclude_lines = never", "`exclude_lines`"),
        ("exclude_lines = no\nexclude_also = never", "`exclude_lines` or `exclude_also`"),
        ("partial_also = never", "`partial_also`"),
        ("partial_branches_always = never", "`partial_branches_always`"),
        ("partial_branches = never", "`partial_branches`"),
        ("partial_also = no\npartial_branches_always = never", "`partial_also` or `partial_branches_always`"),
    ] {
        let project = Project::new()
            .file("1.covmerge", std::fs::read(project.path("1.covmerge")).unwrap())
            .file(".coveragerc", format!("[report]\n{settings}\n"));
        let shown = project.run("-o total 1.covmerge");
        let said = format!("error: the settings of the seals differ: {named} has the pattern `");
        assert!(shown.starts_with("exit: 64\n") && shown.contains(&said), "{settings}: {shown}");
    }
}

#[test]
fn a_seal_has_no_format_in_its_option() {
    let project = shards_of(1).file("d/x", "");
    let shown = project.run("seal f1 -o d");
    assert!(shown.contains("help: name a file in it, `-o d/FILE`\n"), "{shown}");
    let shown = project.run("seal f1 -o a.py");
    assert!(shown.contains("help: name another path, `-o PATH`\n"), "{shown}");
}

#[test]
fn checksums_without_texts_are_missed_once() {
    let project = shards().file(".coveragerc", "[run]\nrelative_files = true\n[lcov]\nline_checksums = true\n");
    seal(&project, "f1 f2 f3 -o 1.covmerge");
    seal(&project, "f1 f2 f3 --with-sources -o 2.covmerge");
    let warned = |project: &Project, run: &str| {
        project.run(run).matches("LCOV has no checksums of the lines of `a.py`: ").count()
    };
    assert_eq!(warned(&project, "-o lcov=c.info 1.covmerge"), 0, "the source is there");
    remove(&project, &["a.py", "f1", "f2", "f3"]);
    assert_eq!(warned(&project, "-o lcov=c.info 1.covmerge"), 1);
    assert_eq!(warned(&project, "-o lcov=c.info 2.covmerge"), 0);
    assert_eq!(warned(&project, "-o xml=c.xml 1.covmerge"), 0);
    assert_eq!(warned(&project, "-o lcov=- -o lcov=c.info 1.covmerge"), 1);
}

#[test]
fn the_settings_of_the_seals_hold_unless_the_run_has_others() {
    let settings = "[run]\nrelative_files = true\n[report]\nexclude_also =\n    def f2\n";
    let project = shards_of(2).file(".coveragerc", settings);
    let before = project.run("-o text=- f1 f2");
    seal(&project, "f1 f2 -o 1.covmerge --python-version 3.13");
    remove(&project, &[".coveragerc", "a.py"]);
    assert_eq!(project.run("-o text=- 1.covmerge"), before);
    // A default is not a setting.
    let project = project.file(".coveragerc", settings).file(".python-version", "3.11\n");
    assert_eq!(project.run("-o text=- 1.covmerge"), before);
    let project = project.file(".coveragerc", "[report]\npartial_branches =\n    never\n");
    assert_snapshot!(project.run("-o text=- 1.covmerge"), @r#"
    exit: 64
    stdout:
    stderr:
      error: the settings of the seals differ: `partial_branches` has the pattern `#\s*(pragma|PRAGMA)[:\s]?\s*(no|NO)\s*(branch|BRANCH)` in `1.covmerge`, but not in the settings of this run
        help: seal all shards with the same settings, and leave these to the sealing jobs
    "#);
    let project = project.file(".coveragerc", "");
    assert_snapshot!(project.run("-o text=- 1.covmerge --python-version 3.12"), @"
    exit: 64
    stdout:
    stderr:
      error: the settings of the seals differ: `python-version` is 3.13 in `1.covmerge` and 3.12 in the settings of this run
        help: seal all shards with the same settings, and leave these to the sealing jobs
    ");
}

#[test]
fn one_attempt_at_one_shard_with_two_contents_is_incomplete() {
    let project = shards_of(2);
    seal(&project, "f1 --run-id 7 --attempt 1 --shard 1/1 -o 1.covmerge");
    seal(&project, "f2 --run-id 7 --attempt 1 --shard 1/1 -o 2.covmerge");
    assert_snapshot!(merged(&project, ""), @"
    exit: 3
    stdout:
      67
    stderr:
      merged 2 fragments (coverage.py, branch) covering 1 file in [time]

      TOTAL   8 statements   2 missing   4 branches   2 partial   66.67%
      incomplete: `1.covmerge` and `2.covmerge` (shard 1 of 1) are seals of one attempt at one shard, but their contents differ
      not judged: 66.67% of what is there, required 10%
    ");
}

#[test]
fn a_newer_attempt_replaces_the_older() {
    let project = shards_of(2);
    seal(&project, "f1 --run-id 7 --attempt 1 --shard 1/1 --status 1 -o 1.covmerge");
    seal(&project, "f2 --run-id 7 --attempt 2 --shard 1/1 --status 0 -o 2.covmerge");
    assert_snapshot!(merged(&project, ""), @"
    exit: 0
    stdout:
      42
    stderr:
      warning: `2.covmerge` (shard 1 of 1), attempt 2, replaces attempt 1 in `1.covmerge`
      merged 1 fragment (coverage.py, branch) covering 1 file in [time]

      TOTAL   8 statements   4 missing   4 branches   1 partial   41.67%
      passed: total coverage is 41.67%, required 10%
    ");
}

#[test]
fn a_job_that_was_incomplete_when_it_sealed_stays_so() {
    let project = shards_of(1);
    let run = project.run("seal f1 --expect 2 --shard 1/1 -o 1.covmerge");
    assert!(run.starts_with("exit: 3\n"), "{run}");
    assert_snapshot!(merged(&project, ""), @"
    exit: 3
    stdout:
      50
    stderr:
      merged 1 fragment (coverage.py, branch) covering 1 file in [time]

      TOTAL   4 statements   2 missing   2 branches   1 partial   50.00%
      incomplete: `1.covmerge` (shard 1 of 1) is itself incomplete: 1 fragment, expected 2
      not judged: 50.00% of what is there, required 10%
    ");
    let project = project.file("bad", "nothing");
    let run = project.run("seal f1 bad --bad-fragments skip --shard 1/1 -o 1.covmerge");
    assert!(run.starts_with("exit: 3\n"), "{run}");
    assert_snapshot!(merged(&project, ""), @"
    exit: 3
    stdout:
      50
    stderr:
      warning: cannot read fragment `bad`
        because: the format is not known: the file begins with `nothing`
        help: name files written by coverage.py or Slipcover, or a directory to search for them
      merged 1 of 2 fragments (coverage.py, branch; 1 rejected) covering 1 file in [time]

      TOTAL   4 statements   2 missing   2 branches   1 partial   50.00%
      incomplete: 1 of 2 fragments rejected
      not judged: 50.00% of what is there, required 10%
    ");
}

#[test]
fn the_reason_for_which_a_job_could_not_use_a_source_comes_with_its_seal() {
    let source = shards_of(2).read("a.py");
    let project = shards_of(2).file("a.py", "# coding: nonsense\n");
    seal(&project, "f1 -o 1.covmerge");
    remove(&project, &["a.py"]);
    assert_snapshot!(merged(&project, ""), @"
    exit: 1
    stdout:
    stderr:
      error: `a.py` was measured, but its source is not in a seal
        because: `[project]/a.py` does not exist, and `1.covmerge` was sealed without the source: line 1: unknown encoding: `nonsense`
        help: let the job that seals read the source, or report where it is; or leave the file out with `omit`, or all such files with `--ignore-errors`
      error: 1 of 1 measured files cannot be counted; nothing was written
    ");
    assert!(merged(&project, "--ignore-errors").contains("no data to report"));
    // It is not needed where the source is here, or in another seal.
    let project = project.file("a.py", source);
    assert!(merged(&project, "").starts_with("exit: 0\n"));
    seal(&project, "f2 -o 2.covmerge");
    remove(&project, &["a.py"]);
    assert!(merged(&project, "").starts_with("exit: 0\n"));
}

#[test]
fn a_source_that_the_job_did_not_have_is_looked_for_by_the_report() {
    let project = shards_of(1);
    remove(&project, &["a.py"]);
    assert_snapshot!(shown(&project, "seal f1 -o 1.covmerge"), @"
    exit: 0
    stdout:
    stderr:
      warning: `a.py` is sealed without its source: `[project]/a.py` does not exist
        help: let the job read the source, or leave the file out of the reports with `omit`
      sealed 1 fragment (coverage.py, branch) covering 1 file in [time]
      wrote 1.covmerge
    ");
    assert_snapshot!(merged(&project, ""), @"
    exit: 1
    stdout:
    stderr:
      error: `a.py` was measured, but its source was not found
        because: `[project]/a.py` does not exist
        help: map the path under `[paths]` or with `--map`, leave the file out with `omit`, or leave out all such files with `--ignore-errors`
      error: 1 of 1 measured files cannot be counted; nothing was written
    ");
}

#[test]
fn a_seal_of_version_1_is_read_and_inspected() {
    let seal = std::fs::read(crate::project::testdata().join("fragments/covmerge/versions/1.covmerge")).unwrap();
    let project = Project::new().file("1.covmerge", seal).file(".coveragerc", "[run]\nrelative_files = true\n");
    assert_snapshot!(merged(&project, ""), @"
    exit: 0
    stdout:
      86
    stderr:
      merged 4 fragments (coverage.py, branch) covering 5 files in [time]

      TOTAL   84 statements   10 missing   24 branches   3 partial   86.11%
      passed: total coverage is 86.11%, required 10%
    ");
    let inspected = project.run("inspect 1.covmerge");
    let unsized_lines: Vec<&str> = inspected
        .lines()
        .filter(|line| !["size", "sha256", "covmerge"].iter().any(|name| line.trim_start().starts_with(name)))
        .collect();
    assert_snapshot!(unsized_lines.join("\n"), @"
    exit: 0
    stdout:
      1.covmerge
        format     covmerge
        sources    5, with texts
        section
          shard      1 of 2 of `unit`
          job        unit
          attempt    1
          run        7
          commit     0123456789abcdef0123456789abcdef01234567
          status     0
          root       packages/shop
          fragments  2
          files      5
          python     3.13
        section
          shard      2 of 2 of `unit`
          job        unit
          attempt    1
          run        7
          commit     0123456789abcdef0123456789abcdef01234567
          status     0
          root       packages/shop
          fragments  2
          files      5
          python     3.13
    stderr:
    ");
}

#[test]
fn a_shard_whose_fragments_name_no_file_is_warned_of() {
    let project = shards().file("bare", DataFile::new().bytes());
    let sealing = "warning: none of the fragments names a file: the seal holds no measured line\n";
    assert!(project.run("seal f1 bare --shard unit:1/2 -o 1.covmerge").contains("wrote 1.covmerge"));
    let shown = project.run("seal bare --shard unit:2/2 -o 2.covmerge");
    assert!(shown.starts_with("exit: 0\n") && shown.contains(sealing), "{shown}");
    seal(&project, "2.covmerge 1.covmerge -o both.covmerge");
    let said = "warning: 1 of 2 shards holds only fragments that name no file: shard 2 of 2 of `unit`\n";
    for seals in ["1.covmerge 2.covmerge", "both.covmerge"] {
        let shown = project.run(&format!("-q -o total=- {seals}"));
        assert!(shown.starts_with("exit: 0\n") && shown.contains(said) && !shown.contains(sealing), "{shown}");
    }
}
