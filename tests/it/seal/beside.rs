//! Seals beside fragments that are not sealed: both must mean the same sources.

use std::fs;

use insta::assert_snapshot;
use serde_json::json;

use super::{remove, seal, shards_of};
use crate::data_file::DataFile;
use crate::project::Project;

/// Slipcover's JSON of `a.py`, of which line 1 ran.
fn slipcover(missing: &[u32]) -> String {
    let file = json!({
        "executed_lines": [1], "missing_lines": missing,
        "summary": {"covered_lines": 1, "missing_lines": missing.len(), "percent_covered": 0.0}
    });
    json!({
        "meta": {"software": "slipcover", "version": "1.1.0", "timestamp": "2026-11-21T06:20:16", "branch_coverage": false, "show_contexts": false},
        "files": {"a.py": file}, "summary": {}
    })
    .to_string()
}

/// A seal of `f1`, and `f2` beside it, with that text of `a.py` in the checkout.
fn beside(text: impl Fn(String) -> String) -> Project {
    let project = shards_of(2);
    seal(&project, "f1 --shard unit:1/1 -o 1.covmerge");
    let text = text(project.read("a.py"));
    project.file("a.py", text)
}

#[test]
fn two_outlines_of_one_source_are_no_report_where_one_is_not_sealed() {
    let project = beside(|text| text + "f2(0)\nf2(1)\n");
    let shown = project.run("-o total=- 1.covmerge f2");
    assert_snapshot!(shown, @"
    exit: 1
    stdout:
    stderr:
      error: seals and the fragments beside them have two outlines of `a.py`: the text 918992f8a666 in `1.covmerge` (shard 1 of 1 of `unit`, fragment `f1`, covmerge 0.1.0) and the text a5040951c835 of the checkout
        help: check out the revision that was sealed, or seal all fragments of one revision, with one version of covmerge
    ");
    // So it is where both are sealed, and where the seal is to be sealed again with the fragment.
    seal(&project, "f2 -o 2.covmerge");
    assert_eq!(project.run("seal 1.covmerge f2 -o both.covmerge"), shown);
    for (seals, code) in [("1.covmerge 2.covmerge", 1), ("2.covmerge f1", 0), ("1.covmerge", 0)] {
        let run = project.run(&format!("-o total=- {seals}"));
        assert!(run.starts_with(&format!("exit: {code}\n")), "{seals}: {run}");
    }
    // Files that do not count are not compared, and neither are those of which the source is not here.
    let project =
        project.file("b.py", "b = 1\n").file("f3", DataFile::new().arcs("b.py", "", &[(-1, 1), (1, -1)]).bytes());
    assert!(project.run("-o total=- 1.covmerge f2 f3 --omit a.py").starts_with("exit: 0\n"));
    assert!(project.run("-o total=- 1.covmerge f3").starts_with("exit: 0\n"));
    remove(&project, &["a.py"]);
    assert!(project.run("-o total=- 1.covmerge f2").starts_with("exit: 0\n"));
}

#[test]
fn what_source_finds_has_the_outlines_of_the_seals_too() {
    let text = "a = 1\nif a:\n    b = 3\n";
    let project = Project::new().file("pk/__init__.py", "").file("pk/a.py", text).file("t/b.py", text);
    let data = DataFile::new().arcs("pk/a.py", "", &[(-1, 1), (1, 2), (2, 3), (3, -1)]);
    let project = project.file("f", data.arcs("t/b.py", "", &[(-1, 1), (1, 2), (2, -1)]).bytes());
    let before = project.run("-o total=- f --source=pk");
    seal(&project, "f -o 1.covmerge");
    let runs = |changed: &str, text: &str| {
        fs::write(project.path(changed), text).unwrap();
        ["-o total=- 1.covmerge --source=pk", "seal 1.covmerge --source=pk -o all.covmerge"].map(|run| project.run(run))
    };
    for text in [text.to_owned(), text.replace('\n', "\r\n")] {
        let [run, sealed] = runs("pk/a.py", &text);
        assert_eq!(run, before);
        assert!(sealed.starts_with("exit: 0\n"), "{sealed}");
        assert_eq!(project.run("-o total=- all.covmerge"), before);
    }
    let [run, _] = runs("pk/a.py", &text.replace('3', "4"));
    assert!(run.starts_with("exit: 0\n") && run.contains("warning: `pk/a.py` has two texts"), "{run}");
    let [run, sealed] = runs("pk/a.py", "a = 1\n");
    assert_snapshot!(run, @"
    exit: 1
    stdout:
    stderr:
      error: seals and the sources that `--source` finds have two outlines of `pk/a.py`: the text 519fe34737f4 in `1.covmerge` (fragment `f`, covmerge 0.1.0) and the text cb78bd8a17f7 of the checkout
        help: check out the revision that was sealed, or seal all fragments of one revision, with one version of covmerge
    ");
    assert_eq!(sealed, run);
    // Only the files below `source` are meant.
    fs::write(project.path("pk/a.py"), text).unwrap();
    let runs = runs("t/b.py", "a = 1\n");
    assert!(runs.iter().all(|run| run.starts_with("exit: 0\n")), "{runs:?}");
}

#[test]
fn seals_that_no_run_can_merge_are_not_sealed_again() {
    let revisions = |options: &str| {
        let project = shards_of(2);
        seal(&project, &format!("f1 -o 1.covmerge --shard 1/2 {options}"));
        let text = project.read("a.py") + "f2(0)\n";
        let project = project.file("a.py", text);
        seal(&project, &format!("f2 -o 2.covmerge --shard 2/2 {options}"));
        project
    };
    let project = revisions("");
    let again = project.run("seal 1.covmerge 2.covmerge -o all.covmerge");
    assert!(
        again.starts_with("exit: 1\n") && again.contains("error: the seals hold two outlines of `a.py`"),
        "{again}"
    );
    assert!(!project.path("all.covmerge").exists());
    // A newer attempt at one of them may yet come.
    let project = revisions("--run-id 7 --attempt 1");
    seal(&project, "1.covmerge 2.covmerge -o all.covmerge");
    assert!(project.run("-o total=- all.covmerge").starts_with("exit: 1\n"));
    seal(&project, "f1 -o 3.covmerge --shard 1/2 --run-id 7 --attempt 2");
    assert!(project.run("-o total=- all.covmerge 3.covmerge").starts_with("exit: 0\n"));
    // The data of this job is not another attempt.
    let project = project.file("a.py", "a = 1\n");
    let again = project.run("seal all.covmerge 3.covmerge f2 -o new.covmerge --shard 2/2 --run-id 7 --attempt 1");
    assert!(again.starts_with("exit: 1\n") && again.contains("of the checkout"), "{again}");
}

#[test]
fn two_texts_of_one_outline_are_a_warning_where_one_is_not_sealed() {
    let project = beside(|text| text.replace("return 1", "return 7"));
    assert_snapshot!(project.run("-o total=- 1.covmerge f2"), @"
    exit: 0
    stdout:
      67
    stderr:
      warning: `a.py` has two texts with the same statements: the text 918992f8a666 in `1.covmerge` (shard 1 of 1 of `unit`, fragment `f1`, covmerge 0.1.0) and the text d49ebd7ae825 of the checkout
        help: the first one is shown; if it is not generated, seal all shards of one revision
      merged 2 fragments (coverage.py, branch) covering 1 file in [time]

      TOTAL   8 statements   2 missing   4 branches   2 partial   66.67%
    ");
    for text in [|text: String| text.replace('\n', "\r\n"), |text: String| text.trim_end().to_owned()] {
        let run = beside(text).run("-o total=- 1.covmerge f2");
        assert!(run.starts_with("exit: 0\n") && !run.contains("warning"), "{run}");
    }
}

#[test]
fn a_source_that_cannot_be_used_is_not_the_one_that_was_sealed() {
    for text in ["# coding: nonsense\n", "def (:\n"] {
        let run = beside(|_| text.into()).run("-o total=- 1.covmerge f2 --ignore-errors");
        assert!(run.starts_with("exit: 1\n") && run.contains("have two outlines of `a.py`"), "{run}");
    }
}

#[test]
fn lists_of_statements_are_of_the_source_that_is_here_too() {
    for analysis in ["auto", "always", "never"] {
        for (sealed, other) in [("1.json", "f"), ("f", "1.json"), ("1.json", "2.json")] {
            let data = DataFile::new().lines("a.py", "", &[1]).bytes();
            let project = Project::new().relative().file("a.py", "a = 1\nb = 2\n").file("f", data);
            let project = project.file("1.json", slipcover(&[2])).file("2.json", slipcover(&[2, 3]));
            seal(&project, &format!("{sealed} -o 1.covmerge"));
            let run = || project.run(&format!("-o total=- 1.covmerge {other} --analysis {analysis}"));
            let before = run();
            assert!(before.starts_with("exit: 0\n") || analysis == "never", "{before}");
            fs::write(project.path("a.py"), "a = 1\nb = 2\nc = 3\n").unwrap();
            let after = run();
            assert!(
                after.starts_with("exit: 1\n") && after.contains("two outlines of `a.py`"),
                "{analysis} {sealed}: {after}"
            );
        }
    }
}

#[test]
fn one_file_that_two_seals_call_by_two_names_has_one_outline() {
    let project = Project::new().file("a.py", "a = 1\n");
    let absolute = fs::canonicalize(project.path("a.py")).unwrap();
    let named = |name: &str| DataFile::new().lines(name, "", &[1]).bytes();
    let project = project.file("f1", named("a.py")).file("f2", named(absolute.to_str().unwrap()));
    seal(&project, "f1 -o 1.covmerge");
    for (text, code, said) in [
        ("a = 1\n", 0, ""),
        ("a = 2\n", 0, "warning: `a.py` has two texts with the same statements"),
        ("a = 1\nb = 2\n", 1, "error: the seals hold two outlines of `a.py`"),
    ] {
        fs::write(project.path("a.py"), text).unwrap();
        seal(&project, "f2 -o 2.covmerge");
        let run = project.run("-o total=- 1.covmerge 2.covmerge");
        assert!(run.starts_with(&format!("exit: {code}\n")) && run.contains(said), "{text}: {run}");
        assert_eq!(run.contains("a.py"), !said.is_empty(), "{run}");
    }
}
