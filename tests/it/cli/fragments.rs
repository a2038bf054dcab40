//! Fragments that are missing, broken or empty, and the fragments' files after a run.

use std::fs;

use insta::assert_snapshot;
use serde_json::Value;

use super::{FRAGMENTS, example, tree, verbose};
use crate::data_file::DataFile;
use crate::project::{Project, testdata};

#[test]
fn too_few_and_too_many_fragments_are_incomplete() {
    assert_snapshot!(example().run("--expect 5 --fail-under 97"), @"
    exit: 3
    stdout:
    stderr:
      merged 4 fragments (coverage.py, branch) covering 5 files in [time]
      wrote coverage.xml, htmlcov/index.html, coverage-summary.json

      TOTAL   84 statements   10 missing   24 branches   3 partial   86.11%
      incomplete: 4 fragments, expected 5; there are 4 of `'python -m unittest' -q tests.test_*`
      not judged: 86.11% of what is there, required 97%
    ");
    assert_snapshot!(example().run("-q --expect 3"), @"
    exit: 3
    stdout:
    stderr:
      incomplete: 4 fragments, expected 3; there are 4 of `'python -m unittest' -q tests.test_*`
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
      incomplete: 4 fragments, expected 5 (allowed); there are 4 of `'python -m unittest' -q tests.test_*`
      passed: total coverage is 86.11%, required 80%; incomplete data was allowed
    ");
    // The last word says it without a threshold, too.
    assert_snapshot!(example().run("-q --expect 5 --allow-incomplete"), @"
    exit: 0
    stdout:
    stderr:
      incomplete: 4 fragments, expected 5 (allowed); there are 4 of `'python -m unittest' -q tests.test_*`
    ");
}

#[test]
fn bad_fragments_stop_the_run_and_nothing_is_written() {
    let project = example().file(".coverage.bad", "hi\n").file(".coverage.empty", "");
    assert_snapshot!(project.run("--fail-under 80"), @r#"
    exit: 3
    stdout:
    stderr:
      error: cannot read fragment `.coverage.bad`
        because: the format is not known: the file begins with `hi\n`
        help: name files written by coverage.py or Slipcover, or a directory to search for them
      error: 1 of 6 fragments cannot be used; nothing was written
        help: re-create it, or report without it: `--bad-fragments skip` (the outputs are then marked as incomplete, and the exit status is 3)
      error: fragment `.coverage.empty` was never finished
        because: it has 0 bytes
      error: 1 of 6 fragments was never finished; nothing was written
        help: their processes ended while they saved, or still run: lines that ran, and files that never ran, may be missing from the total
          let them end by themselves: call `close()` and `join()` before the `with` block of a Pool ends (`sigterm = true` does not help)
          or count what they saved: `--unfinished-fragments merge`, or this line in `covmerge.toml`, or below `[tool.covmerge]` in `pyproject.toml`:
          unfinished-fragments = "merge"
    "#);
    assert!(!project.path("coverage.xml").exists() && !project.path("coverage-summary.json").exists());
}

#[test]
fn bad_fragments_can_be_skipped_and_the_report_says_so() {
    let project = example().file(".coverage.bad", "hi\n").file(".coverage.empty", "");
    assert_snapshot!(verbose(&project, "-v --bad-fragments skip --fail-under 80 -o text"), @r#"
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
      warning: fragment `.coverage.empty` was never finished
        because: it has 0 bytes
        help: their processes ended while they saved, or still run: lines that ran, and files that never ran, may be missing from the total
          let them end by themselves: call `close()` and `join()` before the `with` block of a Pool ends (`sigterm = true` does not help)
          or count what they saved: `--unfinished-fragments merge`, or this line in `covmerge.toml`, or below `[tool.covmerge]` in `pyproject.toml`:
          unfinished-fragments = "merge"
      merged 4 of 6 fragments (coverage.py, branch; 2 rejected) covering 5 files in [time]

      TOTAL   84 statements   10 missing   24 branches   3 partial   86.11%
      incomplete: 2 of 6 fragments rejected; there are 4 of `'python -m unittest' -q tests.test_*`
      not judged: 86.11% of what is there, required 80%
    "#);
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
fn unfinished_fragments_can_be_counted() {
    let run = |arguments: &str| example().file(".coverage.empty", "").run(arguments);
    let merged = run("--unfinished-fragments merge --fail-under 80 -o total --expect 5");
    assert_snapshot!(merged, @"
    exit: 0
    stdout:
      86
    stderr:
      merged 5 fragments (coverage.py, branch; 1 unfinished) covering 5 files in [time]

      TOTAL   84 statements   10 missing   24 branches   3 partial   86.11%
      passed: total coverage is 86.11% with 1 unfinished fragment, required 80%
    ");
    let missed = run("--unfinished-fragments merge --fail-under 97 -o total");
    assert!(missed.starts_with("exit: 2\n"), "{missed}");
    assert!(
        missed.contains("failed: total coverage is 86.11% with 1 unfinished fragment, required 97%: 12 more"),
        "{missed}"
    );
    // The settings take it, too.
    let settled = example().file(".coverage.empty", "").file("covmerge.toml", "unfinished-fragments = 'merge'\n");
    assert!(settled.run("-o total").starts_with("exit: 0\n"));
}

#[test]
fn a_report_says_how_many_of_its_fragments_were_never_finished() {
    let project = example().file(".coverage.empty", "").file(".coverage.none", "");
    let shown = project.run("--unfinished-fragments merge -o summary -o html -o text=t -o markdown=m");
    assert!(shown.starts_with("exit: 0\n"), "{shown}");
    let summary: Value = serde_json::from_str(&project.read("coverage-summary.json")).unwrap();
    let fragments = &summary["fragments"];
    assert_eq!([&fragments["found"], &fragments["merged"], &fragments["unfinished"]], [&6, &6, &2]);
    let unfinished = serde_json::json!([
        {"path": ".coverage.empty", "reason": "it has 0 bytes"},
        {"path": ".coverage.none", "reason": "it has 0 bytes"},
    ]);
    assert_eq!((&fragments["unfinished_fragments"], &summary["incomplete"]), (&unfinished, &serde_json::json!([])));
    for name in ["t", "m"] {
        assert!(project.read(name).ends_with("\n\nwith 2 unfinished fragments\n"), "{name}");
    }
    let page = project.read("htmlcov/index.html");
    assert!(page.contains("<strong>2</strong> unfinished"), "{page}");
    assert!(page.contains(
        "Never finished, and counted with the part that was saved:</strong> .coverage.empty, .coverage.none."
    ));
}

/// A project with a fragment of statements, and an unfinished one with that name and content.
fn with_unfinished(content: DataFile) -> Project {
    Project::new()
        .file("a.py", "a = 1\nb = 2\n")
        .relative()
        .file(".coverage.1", DataFile::new().lines("a.py", "", &[1]).bytes())
        .file(".coverage.ci.pid7.Xabcdefx", content.begun().bytes())
}

#[test]
fn an_unfinished_fragment_that_is_left_out_has_no_say() {
    let project = with_unfinished(DataFile::new().arcs("a.py", "", &[(-1, 1), (1, 2)]));
    let shown = project.run("--bad-fragments skip --fail-under 10 -o total");
    assert!(shown.starts_with("exit: 3\nstdout:\n  50\n"), "{shown}");
    assert!(shown.contains("not judged: 50.00% of what is there, required 10%"), "{shown}");
    // Where it counts, it has one.
    let shown = project.run("--unfinished-fragments merge");
    assert!(
        shown.starts_with("exit: 1\n") && shown.contains("statement and branch fragments cannot be merged"),
        "{shown}"
    );
}

#[test]
fn a_copy_of_an_unfinished_fragment_under_another_name_does_not_hide_it() {
    let project = with_unfinished(DataFile::new().lines("a.py", "", &[1, 2]));
    for copy in [".coverage.0", ".coverage.ci.pid7.Xabcdefx.copy"] {
        let project = with_unfinished(DataFile::new().lines("a.py", "", &[1, 2]))
            .file(copy, fs::read(project.path(".coverage.ci.pid7.Xabcdefx")).unwrap());
        let shown = project.run("-o total");
        assert!(shown.starts_with("exit: 3\n"), "{shown}");
        assert!(shown.contains("error: fragment `.coverage.ci.pid7.Xabcdefx` was never finished"), "{shown}");
        let shown = project.run("-o total --unfinished-fragments merge");
        assert!(shown.starts_with("exit: 0\nstdout:\n  100\n") && shown.contains("; 1 unfinished)"), "{shown}");
    }
}

#[cfg(unix)]
#[test]
fn a_link_to_an_unfinished_fragment_is_one() {
    let project = with_unfinished(DataFile::new().lines("a.py", "", &[1, 2]));
    fs::create_dir(project.path("shards")).unwrap();
    std::os::unix::fs::symlink("../.coverage.ci.pid7.Xabcdefx", project.path("shards/.coverage.2")).unwrap();
    let shown = project.run("shards/.coverage.2 -o total");
    assert!(
        shown.starts_with("exit: 3\n") && shown.contains("fragment `shards/.coverage.2` was never finished"),
        "{shown}"
    );
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
fn fragments_are_deleted_when_asked_and_rejected_ones_stay() {
    let project = example().file(".coverage.bad", "hi\n");
    assert!(project.run("--bad-fragments skip --delete-fragments --allow-incomplete").starts_with("exit: 0\n"));
    assert!(FRAGMENTS.iter().all(|name| !project.path(name).exists()));
    assert_eq!(project.read(".coverage.bad"), "hi\n");
    let refused = example().file(".coverage.bad", "hi\n");
    for incomplete in ["", "--bad-fragments skip", ".coverage.runner*"] {
        assert!(refused.run(&format!("{incomplete} --expect 9 --delete-fragments")).starts_with("exit: 3\n"));
        assert!(FRAGMENTS.iter().all(|name| refused.path(name).exists()));
    }
}

#[test]
fn fragments_stay_where_no_report_went_to_a_file() {
    let project = example();
    let empty = example().file("covmerge.toml", "output = []\n");
    for (project, arguments) in [(&project, "-o total=- -o xml=/dev/null"), (&empty, "")] {
        let shown = project.run(&format!("-q {arguments} --delete-fragments"));
        assert!(shown.starts_with("exit: 0\n"), "{shown}");
        assert!(shown.contains("warning: the fragments are kept: no report went to a file\n"), "{shown}");
        assert!(FRAGMENTS.iter().all(|name| project.path(name).exists()));
    }
    assert!(!project.run("-q -o total=- -o xml --delete-fragments").contains("kept"));
    assert!(FRAGMENTS.iter().all(|name| !project.path(name).exists()));
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
