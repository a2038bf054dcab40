//! The jobs that sealed: of which run and commit they are, and which of two seals of one shard counts.

use insta::assert_snapshot;

use super::{seal, shards_of};
use crate::project::Project;

/// Seals a fragment as a job of that CI system does, which must succeed.
fn seal_in(project: &Project, variables: &[(&str, &str)], arguments: &str) {
    let output = project.covmerge(&format!("seal -q {arguments}")).envs(variables.iter().copied()).output().unwrap();
    assert!(output.status.success(), "{arguments}: {}", String::from_utf8_lossy(&output.stderr));
}

/// The exit status of merging all seals, and the lines that say why.
fn merged(project: &Project, arguments: &str) -> (String, Vec<String>) {
    let run = project.run(&format!("-o total=- *.covmerge {arguments}"));
    let said = |line: &&str| ["incomplete: ", "warning: "].iter().any(|word| line.trim_start().starts_with(word));
    let status = run.lines().next().unwrap_or_default().to_owned();
    (status, run.lines().filter(said).map(|line| line.trim_start().to_owned()).collect())
}

fn incomplete(why: &str) -> (String, Vec<String>) {
    ("exit: 3".into(), vec![format!("incomplete: {why}")])
}

#[test]
fn the_commit_of_seals_of_two_commits_is_one_however_they_are_grouped() {
    let project = shards_of(2);
    seal(&project, "f1 --shard 1/2 --commit bbbbbbb -o 1.covmerge");
    seal(&project, "f2 --shard 2/2 --commit aaaaaaa -o 2.covmerge");
    seal(&project, "1.covmerge 2.covmerge -o all.covmerge");
    let commit = |seals: &str| {
        assert!(project.run(&format!("-o summary=s.json {seals}")).starts_with("exit: 3\n"));
        serde_json::from_str::<serde_json::Value>(&project.read("s.json")).unwrap()["meta"]["commit"].clone()
    };
    assert_eq!(["1.covmerge 2.covmerge", "all.covmerge"].map(commit), ["aaaaaaa", "aaaaaaa"]);
}

#[test]
fn shards_of_parts_are_told_apart() {
    let parts = "[[part]]\nroot = 'p'\nfragments = 'p*.covmerge'\n[[part]]\nroot = 'q'\nfragments = 'q*.covmerge'\n";
    let project = shards_of(3).file("p/.coveragerc", "").file("q/.coveragerc", "").file("covmerge.toml", parts);
    for (shard, fragments) in [("p1", "f1"), ("p2", "f1"), ("q1", "f2"), ("q2", "f3")] {
        let options = format!("--shard {}/3 -o {shard}.covmerge --rcfile .coveragerc", &shard[1..]);
        let other = Project::new().relative().file("a.py", project.read("a.py"));
        let other = other.file("f", std::fs::read(project.path(fragments)).unwrap());
        seal(&other, &format!("f {options}"));
        std::fs::copy(other.path(&format!("{shard}.covmerge")), project.path(&format!("{shard}.covmerge"))).unwrap();
    }
    let (status, said) = merged(&project, "");
    assert_eq!(status, "exit: 3");
    assert_eq!(
        said[said.len() - 1],
        "incomplete: shard 3 of 3 in part `p` is missing; shard 3 of 3 in part `q` is missing"
    );
    let copies = "warning: 1 of 4 shards holds only fragments that another one holds, too: shard 2 of 3 in part `p` (shard 1 of 3 in part `p`)";
    assert!(said.iter().any(|said| said == copies), "{said:?}");
}

#[test]
fn seals_of_two_runs_or_commits_in_two_parts_are_incomplete() {
    for (option, one, other, what) in [("--run-id", "7", "8", "runs"), ("--commit", "1111111", "2222222", "commits")] {
        let part = |project: Project, name: &str| {
            project
                .file(&format!("{name}/a.py"), "a = 1\n")
                .file(&format!("{name}/.coveragerc"), "[run]\nrelative_files = true\n")
        };
        let project = part(part(shards_of(2), "p"), "q");
        let project = project.file(
            "covmerge.toml",
            "[[part]]\nroot = 'p'\nfragments = '1.*'\n[[part]]\nroot = 'q'\nfragments = '2.*'\n",
        );
        let outside = shards_of(2);
        for (at, value) in [one, other].iter().enumerate() {
            let at = at + 1;
            seal(&outside, &format!("f{at} {option} {value} -o {at}.covmerge"));
            std::fs::copy(outside.path(&format!("{at}.covmerge")), project.path(&format!("{at}.covmerge"))).unwrap();
        }
        let said = format!("the seals are of 2 {what}: `{one}` in `1.covmerge`, `{other}` in `2.covmerge`");
        let run = project.run("-o total=-");
        assert!(run.starts_with("exit: 3\n") && run.contains(&format!("incomplete: {said}\n")), "{run}");
    }
}

#[test]
fn the_first_digits_of_a_commit_are_that_commit() {
    let whole = "abcdef1234567890abcdef1234567890abcdef12";
    let project = shards_of(2);
    seal(&project, "f1 --commit abcdef1 -o 1.covmerge");
    seal(&project, &format!("f2 --commit {whole} -o 2.covmerge"));
    assert_eq!(merged(&project, "-o summary").0, "exit: 0");
    let summary: serde_json::Value = serde_json::from_str(&project.read("coverage-summary.json")).unwrap();
    assert_eq!(summary["meta"]["commit"], whole);
    seal(&project, "f2 --commit abcdef2 -o 3.covmerge");
    let why = format!("the seals are of 2 commits: `{whole}` in `2.covmerge`, `abcdef2` in `3.covmerge`");
    assert_eq!(merged(&project, ""), incomplete(&why));
    // Two ids that begin with the same digits are two.
    seal(&project, "f2 --commit abcdef19 -o 3.covmerge");
    assert_eq!(merged(&project, "").0, "exit: 3");
    // The id of a run has no first digits.
    let project = shards_of(2);
    seal(&project, "f1 --run-id 7 -o 1.covmerge");
    seal(&project, "f2 --run-id 77 -o 2.covmerge");
    assert_eq!(merged(&project, ""), incomplete("the seals are of 2 runs: `7` in `1.covmerge`, `77` in `2.covmerge`"));
}

#[test]
fn a_run_that_is_not_known_may_be_any() {
    let differ =
        "`1.covmerge` and `2.covmerge` (shard 1 of 1) are seals of one attempt at one shard, but their contents differ";
    let project = shards_of(2);
    seal(&project, "f1 --run-id 7 --attempt 1 --shard 1/1 -o 1.covmerge");
    seal(&project, "f2 --attempt 1 --shard 1/1 -o 2.covmerge");
    assert_eq!(merged(&project, ""), incomplete(differ));
    seal(&project, "f2 --attempt 2 --shard 1/1 -o 2.covmerge");
    let replaced = "warning: `2.covmerge` (shard 1 of 1), attempt 2, replaces attempt 1 in `1.covmerge`";
    assert_eq!(merged(&project, ""), ("exit: 0".into(), vec![replaced.into()]));
}

#[test]
fn an_attempt_that_is_not_known_is_not_older_than_others() {
    let project = shards_of(2);
    seal(&project, "f1 --run-id 7 --shard 1/1 --status 1 -o 1.covmerge");
    seal(&project, "f2 --run-id 7 --shard 1/1 --attempt 1 -o 2.covmerge");
    let (status, said) = merged(&project, "");
    assert_eq!(status, "exit: 3");
    let may_be = "`1.covmerge` and `2.covmerge` (shard 1 of 1) may be seals of one attempt at one shard, but their contents differ";
    assert!(said.iter().any(|line| line.contains(may_be)), "{said:?}");
}

#[test]
fn fragments_and_sources_beside_seals_are_of_the_commit_of_the_run() {
    let project = shards_of(2).file("lib/unmeasured.py", "a = 1\n");
    seal(&project, "f1 --commit 1111111 -o 1.covmerge");
    let run = |arguments: &str| {
        let run = project.covmerge(&format!("-q {arguments}")).env("GITHUB_SHA", "2222222").output().unwrap();
        (run.status.code(), String::from_utf8_lossy(&run.stderr).into_owned())
    };
    assert_eq!(run("1.covmerge").0, Some(0));
    for (arguments, what) in
        [("1.covmerge f2", "fragments beside them"), ("1.covmerge --source=lib", "sources that `--source` finds")]
    {
        let (status, said) = run(arguments);
        assert_eq!(status, Some(3), "{said}");
        let why = format!("incomplete: the seals are of commit `1111111`, and the {what} of `2222222`\n");
        assert!(said.contains(&why), "{said}");
    }
    // Sealed first, they are of that commit as well.
    let again = project.covmerge("seal -q 1.covmerge --source=lib -o 2.covmerge").env("GITHUB_SHA", "2222222").status();
    assert_eq!(again.unwrap().code(), Some(0));
    assert_eq!(run("2.covmerge").0, Some(3));
}

#[test]
fn a_newer_attempt_of_another_commit_is_incomplete() {
    let project = shards_of(2);
    seal(&project, "f1 --run-id 7 --attempt 1 --commit 1111111 --shard 1/1 -o 1.covmerge");
    seal(&project, "f2 --run-id 7 --attempt 2 --commit 2222222 --shard 1/1 -o 2.covmerge");
    let (status, said) = merged(&project, "");
    assert_eq!(status, "exit: 3");
    assert_eq!(
        said[1],
        "incomplete: the seals are of 2 commits: `1111111` in `1.covmerge` (shard 1 of 1), `2222222` in `2.covmerge` (shard 1 of 1)"
    );
}

#[test]
fn two_seals_of_an_attempt_that_a_newer_one_replaces_are_still_two() {
    // Two suites without a NAME, of which one ran again.
    let project = shards_of(3);
    for (at, attempt) in [1, 1, 2].iter().enumerate() {
        let at = at + 1;
        seal(&project, &format!("f{at} --run-id 7 --attempt {attempt} --shard 1/1 -o {at}.covmerge"));
    }
    let (status, said) = merged(&project, "");
    assert_eq!(status, "exit: 3", "{said:?}");
}

#[test]
fn two_jobs_that_seal_one_shard_do_not_replace_each_other() {
    let gitlab =
        |id: &'static str, name: &'static str| [("CI_PIPELINE_ID", "5"), ("CI_JOB_ID", id), ("CI_JOB_NAME", name)];
    let project = shards_of(5);
    seal_in(&project, &gitlab("811", "unit 1/2"), "f1 --shard 1/2 -o 1.covmerge");
    seal_in(&project, &gitlab("812", "unit 2/2"), "f3 --shard 2/2 -o 2.covmerge");
    seal_in(&project, &gitlab("813", "lint 1/2"), "f2 --shard 1/2 -o 3.covmerge");
    assert_snapshot!(merged(&project, "").1.join("\n"), @"incomplete: two jobs sealed shard 1 of 2: `lint` made `3.covmerge` and `unit` made `1.covmerge` (a NAME tells their suites apart: `--shard NAME:1/2`)");
    seal_in(&project, &gitlab("814", "lint 2/2"), "f4 --shard 2/2 -o 4.covmerge");
    assert_eq!(merged(&project, "").0, "exit: 3");
    assert!(merged(&project, "").1[0].contains("made `1.covmerge`, and 1 more pair of seals likewise (a NAME"));
    // With names they are shards of two suites.
    seal_in(&project, &gitlab("813", "lint 1/2"), "f2 --shard lint:1/2 -o 3.covmerge");
    seal_in(&project, &gitlab("814", "lint 2/2"), "f4 --shard lint:2/2 -o 4.covmerge");
    assert_eq!(merged(&project, ""), ("exit: 0".into(), Vec::new()));
    // The same job again replaces its shard.
    seal_in(&project, &gitlab("815", "unit 2/2"), "f5 --shard 2/2 -o 5.covmerge");
    let replaced = "warning: `5.covmerge` (shard 2 of 2), attempt 815, replaces attempt 812 in `2.covmerge`";
    assert_eq!(merged(&project, ""), ("exit: 0".into(), vec![replaced.into()]));
}
