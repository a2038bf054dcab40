//! Seals of seals: however they are grouped, the result is the same, and not one fragment can be left out unnoticed.

use std::fs;

use proptest::prelude::*;

use super::{seal, seal_in, shards_of};
use crate::project::Project;

const SHARDS: usize = 5;

/// Each shard sealed for itself, in two packages of a work tree whose files have the same names and texts.
fn sealed() -> Project {
    let package = shards_of(SHARDS);
    let project = Project::new().relative().file(".git/HEAD", "");
    let project = ["p", "q"].iter().fold(project, |project, name| {
        let copied = |project: Project, file: &str| {
            project.file(&format!("{name}/{file}"), fs::read(package.path(file)).unwrap())
        };
        [".coveragerc", "a.py", "f1", "f2", "f3", "f4", "f5"].into_iter().fold(project, copied)
    });
    for at in 1..=SHARDS {
        let arguments = format!("f{at} --shard {at}/{SHARDS} --status 0 -o ../s{at}.covmerge");
        seal_in(&project, package_of(at), &arguments);
    }
    project
}

/// The package in which a shard ran.
fn package_of(shard: usize) -> &'static str {
    if shard.is_multiple_of(2) { "p" } else { "q" }
}

fn reports(project: &Project, seals: &str) -> (Option<i32>, String) {
    let run = project.covmerge(&format!("-q -o json=- {seals}")).output().unwrap();
    (run.status.code(), String::from_utf8_lossy(&run.stdout).into_owned())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_grouping_gives_the_same_bytes(steps in prop::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>(), any::<bool>()), SHARDS - 1)) {
        let project = sealed();
        let all: Vec<String> = (1..=SHARDS).map(|at| format!("s{at}.covmerge")).collect();
        seal(&project, &format!("{} -o all.covmerge", all.join(" ")));
        let whole = fs::read(project.path("all.covmerge")).unwrap();
        // Two seals, which may even be one, become a third, until one is left; sometimes an old one is sealed twice.
        let mut left = all;
        for (at, (one, other, twice)) in steps.into_iter().enumerate() {
            let one = left.remove(one.index(left.len()));
            let other = left.remove(other.index(left.len()));
            let name = format!("g{at}.covmerge");
            let again = if twice { "s1.covmerge" } else { "" };
            seal(&project, &format!("{one} {other} {again} -o {name}"));
            left.push(name);
        }
        prop_assert_eq!(left.len(), 1);
        prop_assert_eq!(fs::read(project.path(&left[0])).unwrap(), whole);
        prop_assert_eq!(reports(&project, &left[0]), reports(&project, "s?.covmerge"));
    }
}

#[test]
fn seals_give_the_report_of_their_fragments_and_each_of_them_counts() {
    let project = sealed();
    let whole = reports(&project, "s?.covmerge");
    assert_eq!(whole.0, Some(0));
    let fragments: Vec<String> = (1..=SHARDS).map(|at| format!("{}/f{at}", package_of(at))).collect();
    assert_eq!(whole, reports(&project, &fragments.join(" ")));
    for name in ["p/a.py", "q/a.py"] {
        assert!(whole.1.contains(&format!("\"{name}\": ")), "{}", whole.1);
    }
    for left_out in 1..=SHARDS {
        let rest: Vec<String> = (1..=SHARDS).filter(|at| *at != left_out).map(|at| format!("s{at}.covmerge")).collect();
        let run = project.run(&format!("-o total=- --fail-under 1 {}", rest.join(" ")));
        assert!(run.starts_with("exit: 3\n"), "{run}");
        assert!(run.contains(&format!("incomplete: shard {left_out} of {SHARDS} is missing\n")), "{run}");
        // The numbers show it, too.
        assert_ne!(reports(&project, &rest.join(" ")).1, whole.1);
    }
}

#[test]
fn an_attempt_that_was_sealed_with_others_is_still_replaced() {
    let project = shards_of(2);
    let job = "--run-id 7 --shard";
    seal(&project, &format!("f1 {job} 1/2 --attempt 1 --status 1 -o a.covmerge"));
    seal(&project, &format!("f2 {job} 2/2 --attempt 1 --status 0 -o b.covmerge"));
    seal(&project, "a.covmerge b.covmerge -o both.covmerge");
    assert!(project.run("-o total=- both.covmerge").starts_with("exit: 3\n"));
    seal(&project, &format!("f1 {job} 1/2 --attempt 2 --status 0 -o c.covmerge"));
    seal(&project, "both.covmerge c.covmerge -o all.covmerge");
    for seals in ["all.covmerge", "both.covmerge c.covmerge", "a.covmerge b.covmerge c.covmerge"] {
        let run = project.run(&format!("-o total=- {seals}"));
        assert!(run.starts_with("exit: 0\n") && run.contains("attempt 2, replaces attempt 1"), "{run}");
    }
}
