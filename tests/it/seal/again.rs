//! Seals beside other fragments, and seals that are sealed again.

use insta::assert_snapshot;

use super::{remove, seal, shards_of};
use crate::data_file::DataFile;
use crate::project::Project;

#[test]
fn beside_a_seal_not_one_fragment_may_be_usable() {
    let project = shards_of(1).file("bad", "nothing");
    seal(&project, "f1 -o 1.covmerge");
    let run = project.run("seal 1.covmerge bad --bad-fragments skip -o all.covmerge");
    assert!(
        run.contains("\n  sealed 0 of 1 fragment (1 rejected) covering 0 files in [time]\n  sealed 1 seal again\n"),
        "{run}"
    );
    remove(&project, &["f1", "bad"]);
    let run = project.run("-o total=- all.covmerge");
    assert!(run.starts_with("exit: 3\n") && run.contains("incomplete: 1 of 2 fragments rejected\n"), "{run}");
}

#[test]
fn who_refuses_unfinished_fragments_gets_no_seal_that_counts_one() {
    let project = shards_of(2);
    // An empty file: its process ended before it had saved anything.
    let project = project.file(".coverage.ci.pid7.Xabcdefx", "");
    seal(&project, "f1 .coverage.ci.pid7.Xabcdefx --unfinished-fragments merge -o 1.covmerge");
    seal(&project, "f2 -o 2.covmerge");
    for (arguments, code) in [("", 0), ("--unfinished-fragments merge", 0), ("--unfinished-fragments fail", 64)] {
        let run = project.run(&format!("-o total=- {arguments} 1.covmerge 2.covmerge"));
        assert!(run.starts_with(&format!("exit: {code}\n")), "{arguments}: {run}");
    }
    assert!(project.run("-o total=- --unfinished-fragments fail 2.covmerge").starts_with("exit: 0\n"));
    let project = project.file("covmerge.toml", "unfinished-fragments = \"fail\"\n");
    assert_snapshot!(project.run("-o total=- 1.covmerge 2.covmerge"), @"
    exit: 64
    stdout:
    stderr:
      error: the settings of the seals differ: `unfinished-fragments` is `merge` in `1.covmerge`, which counts the unfinished `.coverage.ci.pid7.Xabcdefx`, and `fail` in the settings of this run
        help: seal all shards with the same settings, and leave these to the sealing jobs
    ");
    assert!(project.run("-o total=- --unfinished-fragments merge 1.covmerge").starts_with("exit: 0\n"));
}

/// Three shards, each with a fragment under that name: all of the same bytes, or each with a line of its own.
fn three(name: &str, when: Option<&str>, equal: bool) -> Project {
    (1..=3).fold(Project::new().relative().file("a.py", "a = 1\nb = 2\nc = 3\n"), |project, at| {
        let data = DataFile::new().lines("a.py", "", &[if equal { 1 } else { at }]);
        let data = if let Some(when) = when { data.at(when) } else { data };
        project.file(&format!("s/{at}/{name}"), data.bytes())
    })
}

/// The reasons and warnings of a run about copies.
fn copies(run: &str) -> Vec<&str> {
    let lines = run.lines().filter(|line| line.contains("nothing but copies") || line.contains("another one holds"));
    lines.map(|line| line.trim().trim_start_matches("incomplete: ").trim_start_matches("warning: ")).collect()
}

#[test]
fn shards_that_sealed_one_fragment_are_told_like_places_that_hold_copies_of_one() {
    let time = Some("2026-11-21 06:00:00");
    for (when, equal, code, word) in [
        (time, true, 3, "hold nothing but copies"),
        (None, true, 0, "hold only fragments that another one holds, too"),
        (time, false, 0, ""),
    ] {
        let project = three(".coverage", when, equal);
        let raw = project.run("-o total=- --fail-under 1 --expect-in s/{1..3}");
        for at in 1..=3 {
            seal(&project, &format!("s/{at} --shard unit:{at}/3 -o {at}.covmerge"));
        }
        remove(&project, &["s"]);
        for seals in ["*.covmerge", "all/*.covmerge"] {
            let run = project.run(&format!("-o total=- --fail-under 1 {seals}"));
            assert!(
                run.starts_with(&format!("exit: {code}\n")) && raw.starts_with(&format!("exit: {code}\n")),
                "{raw}{run}"
            );
            if word.is_empty() {
                assert!(copies(&raw).is_empty() && copies(&run).is_empty(), "{raw}{run}");
            } else {
                assert_eq!(copies(&raw), [format!("2 of 3 expected places {word}: s/2 (s/1), s/3 (s/1)")]);
                let first = "(shard 1 of 3 of `unit`)";
                let others = format!("shard 2 of 3 of `unit` {first}, shard 3 of 3 of `unit` {first}");
                assert_eq!(copies(&run), [format!("2 of 3 shards {word}: {others}")]);
            }
            seal(&project, "1.covmerge 2.covmerge 3.covmerge -o all/all.covmerge");
        }
    }
}

#[test]
fn a_sealed_fragment_and_a_copy_beside_it_are_copies() {
    let project = three("f", Some("2026-11-21 06:00:00"), false);
    std::fs::copy(project.path("s/1/f"), project.path("s/2/f")).unwrap();
    let manifest = project.file("manifest", "3 f\n");
    for sealed in [false, true] {
        if sealed {
            seal(&manifest, "s/1/f -o s/1/1.covmerge");
            remove(&manifest, &["s/1/f"]);
        }
        let run = manifest.run("-o total=- --expect 3 --expect-in s/{1..3}");
        assert_eq!(copies(&run), ["1 of 3 expected places holds nothing but copies: s/2 (s/1)"], "{run}");
        assert!(run.starts_with("exit: 3\n") && run.contains("merged 2 of 3 fragments"), "{run}");
        let run = manifest.run("-o total=- --expect-file manifest s");
        assert!(run.contains("1 of 1 entry of the manifest is not met: `3 f` (2 found)"), "{run}");
    }
}

#[test]
fn fragments_of_one_name_in_two_seals_are_not_copies() {
    let project = three(".coverage", Some("2026-11-21 06:00:00"), false);
    for at in 1..=3 {
        let job = project.path(&format!("s/{at}"));
        std::fs::copy(project.path("a.py"), job.join("a.py")).unwrap();
        std::fs::copy(project.path(".coveragerc"), job.join(".coveragerc")).unwrap();
        assert!(project.covmerge("seal -q -o a.covmerge").current_dir(&job).status().unwrap().success());
        remove(&project, &[&format!("s/{at}/.coverage"), &format!("s/{at}/a.py")]);
    }
    let run = project.run("-o total=- --expect 3 --expect-in s/{1..3}");
    assert!(run.starts_with("exit: 0\nstdout:\n  100\n"), "{run}");
}
