//! Seals beside other fragments, and seals that are sealed again.

use insta::assert_snapshot;

use super::{remove, seal, shards_of};

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
