//! The times of sealed fragments: `--max-age`, and the warning about two runs. The clock shows 2026-11-21 06:20:16 in UTC.

use insta::assert_snapshot;

use super::{remove, seal};
use crate::data_file::DataFile;
use crate::project::Project;

/// Two fragments of an earlier run and one of a later run; each saw another line run.
fn of_two_runs() -> Project {
    let project = Project::new().relative().file("a.py", "a = 1\nb = 2\nc = 3\n");
    let times = ["2026-11-20 17:02:10", "2026-11-20 17:04:33", "2026-11-21 06:00:00"];
    times.iter().zip(1..).fold(project, |project, (when, line)| {
        project.file(&format!("f{line}"), DataFile::new().lines("a.py", "", &[line]).at(when).bytes())
    })
}

#[test]
fn seals_of_two_runs_are_told_like_their_fragments() {
    let project = of_two_runs();
    let unsealed = project.run("-o total=- f1 f2 f3");
    assert!(
        unsealed.contains("seem to be of two test runs: 2 from 2026-11-20 17:02:10 to 17:04:33, and 1 of"),
        "{unsealed}"
    );
    assert!(project.run("seal f1 f2 f3 -o all.covmerge").contains("seem to be of two test runs"));
    seal(&project, "f1 f2 -o old.covmerge");
    seal(&project, "f3 -o new.covmerge");
    remove(&project, &["f1", "f2", "f3"]);
    assert_eq!(project.run("-o total=- all.covmerge"), unsealed);
    assert_eq!(project.run("-o total=- old.covmerge new.covmerge"), unsealed);
}

#[test]
fn a_seal_of_old_fragments_is_passed_over() {
    let project = of_two_runs();
    let of_fragments = project.run("-o total=- -o summary --max-age 2h f1 f2 f3");
    let summary = project.read("coverage-summary.json");
    seal(&project, "f1 f2 -o old.covmerge");
    seal(&project, "f3 -o new.covmerge");
    remove(&project, &["f1", "f2", "f3"]);
    assert!(of_fragments.contains("\n  33\n"), "{of_fragments}");
    assert_eq!(project.run("-o total=- -o summary --max-age 2h old.covmerge new.covmerge"), of_fragments);
    assert_eq!(project.read("coverage-summary.json"), summary);
    assert_snapshot!(project.run("-o total=- --max-age 2h old.covmerge"), @"
    exit: 3
    stdout:
    stderr:
      error: 2 fragments are older than 2h: `f1` (2026-11-20 17:02:10), `f2` (2026-11-20 17:04:33)
        help: none is left to report: run the tests again, or allow a greater age with `--max-age`
    ");
}

#[test]
fn old_fragments_are_passed_over_before_they_are_sealed() {
    let project = of_two_runs();
    let of_fragments = project.run("-o total=- -o summary --max-age 2h f1 f2 f3");
    let summary = project.read("coverage-summary.json");
    seal(&project, "--max-age 2h f1 f2 f3 -o all.covmerge");
    remove(&project, &["f1", "f2", "f3"]);
    assert_eq!(project.run("-o total=- -o summary all.covmerge"), of_fragments);
    assert_eq!(project.read("coverage-summary.json"), summary);
}

#[test]
fn the_age_of_a_fragment_is_told_once_whichever_jobs_judge_it() {
    let project = of_two_runs().file("f4", DataFile::new().lines("a.py", "", &[1, 2]).bytes());
    let of_fragments = project.run("-o total=- -o summary --max-age 2h f1 f2 f3 f4");
    let summary = project.read("coverage-summary.json");
    seal(&project, "--max-age 2h f1 f3 -o one.covmerge");
    seal(&project, "--max-age 2h f2 f4 -o two.covmerge");
    remove(&project, &["f1", "f2", "f3", "f4"]);
    seal(&project, "--max-age 2h one.covmerge two.covmerge -o both.covmerge");
    for arguments in ["one.covmerge two.covmerge", "both.covmerge", "--max-age 2h one.covmerge two.covmerge"] {
        assert_eq!(project.run(&format!("-o total=- -o summary {arguments}")), of_fragments, "{arguments}");
        assert_eq!(project.read("coverage-summary.json"), summary, "{arguments}");
    }
    for said in ["2 fragments are older than 2h: `f1`", "1 fragment does not say when it was made"] {
        assert_eq!(of_fragments.matches(said).count(), 1, "{of_fragments}");
        assert_eq!(project.run("-o total --max-age 7d both.covmerge").matches(said).count(), 1, "{said}");
    }
}

#[test]
fn a_seal_of_old_and_new_fragments_cannot_be_divided() {
    let project = of_two_runs();
    seal(&project, "f1 f2 f3 --shard unit:1/1 -o all.covmerge");
    assert_snapshot!(project.run("-o total=- --max-age 2h all.covmerge"), @"
    exit: 3
    stdout:
    stderr:
      error: cannot read fragment `all.covmerge` (covmerge)
        because: 2 of 3 fragments in `all.covmerge` (shard 1 of 1 of `unit`) are older than 2h, and a seal cannot be divided
        help: run `covmerge clean` before the tests; seal the fragments with `--max-age`, so that the old ones are left out, or allow a greater age here
      error: 1 of 1 fragments cannot be used; nothing was written
        help: re-create it: without it there is nothing to report
    ");
}

#[test]
fn a_seal_whose_data_is_reported_is_deleted_on_request() {
    let project = of_two_runs();
    seal(&project, "f1 f2 -o old.covmerge");
    seal(&project, "f3 -o new.covmerge");
    let said = project.run("-o total=t --max-age 2h --delete-fragments old.covmerge new.covmerge");
    assert!(said.starts_with("exit: 0\n"), "{said}");
    let there = ["f1", "f3", "old.covmerge", "new.covmerge"].map(|name| project.path(name).exists());
    assert_eq!(there, [true, true, true, false]);
}
