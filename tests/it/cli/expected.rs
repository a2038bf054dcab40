//! Data that is expected, and is not there: shards, fragments, test sessions.

use insta::assert_snapshot;

use super::{FRAGMENTS, example};
use crate::data_file::DataFile;
use crate::project::Project;

/// The example with a recorded log of nox, and JUnit XML.
fn logged() -> Project {
    example().with("logs")
}

#[test]
fn a_test_log_must_say_that_the_session_succeeded() {
    assert_snapshot!(logged().run("--fail-under 80 --test-log nox/2026.10.20.log"), @"
    exit: 0
    stdout:
    stderr:
      merged 4 fragments (coverage.py, branch) covering 5 files in [time]
      wrote coverage.xml, htmlcov/index.html, coverage-summary.json

      TOTAL   84 statements   10 missing   24 branches   3 partial   86.11%
      passed: total coverage is 86.11%, required 80%
    ");
    assert_snapshot!(logged().run("--fail-under 80 --test-log nox/2026.10.20.log:unit_tests_slow"), @"
    exit: 3
    stdout:
    stderr:
      merged 4 fragments (coverage.py, branch) covering 5 files in [time]
      wrote coverage.xml, htmlcov/index.html, coverage-summary.json

      TOTAL   84 statements   10 missing   24 branches   3 partial   86.11%
      incomplete: test log `nox/2026.10.20.log`: session `unit_tests_slow` failed (line 17: `nox > Session unit_tests_slow failed.`); there are 4 of `'python -m unittest' -q tests.test_*`
      not judged: 86.11% of what is there, required 80%
    ");
    assert_snapshot!(logged().run("-q --test-log nox/gone.log --test-log nox/parallel.log --test-log junit/crashed.xml"), @r#"
    exit: 3
    stdout:
    stderr:
      incomplete: test log `nox/gone.log` cannot be read: No such file or directory (os error 2); test log `junit/crashed.xml`: suite `pytest` failed (line 1: `test_a.test_two: failed on setup with "worker 'gw1' crashed while running 'test_a.py::test_two'"`); there are 4 of `'python -m unittest' -q tests.test_*`
    "#);
}

#[test]
fn every_output_says_that_a_test_session_did_not_succeed() {
    let project = logged();
    let outputs = ["xml", "html", "html-single", "summary", "json", "lcov", "text", "markdown", "data"];
    let requested = outputs.map(|format| format!("-o {format}=out.{format}")).join(" ");
    assert!(project.run(&format!("--test-log nox/killed.log:killed {requested}")).starts_with("exit: 3\n"));
    for format in outputs {
        let path = if format == "html" { "out.html/index.html".into() } else { format!("out.{format}") };
        let text = String::from_utf8_lossy(&std::fs::read(project.path(&path)).unwrap()).into_owned();
        assert!(text.contains("did not end: the log is cut off"), "{format}");
    }
}

#[test]
fn a_test_log_may_be_a_setting() {
    let project = logged().file("covmerge.toml", "test-log = ['nox/again.log:flaky', 'nox/report:x']\n");
    let project = project.file("nox/report:x", project_log());
    assert_snapshot!(project.run("-o total"), @"
    exit: 0
    stdout:
      86
    stderr:
      merged 4 fragments (coverage.py, branch) covering 5 files in [time]

      TOTAL   84 statements   10 missing   24 branches   3 partial   86.11%
    ");
    // A flag replaces the setting.
    assert!(project.run("-o total --test-log nox/killed.log:killed").starts_with("exit: 3\n"));
}

/// A log under a name with a colon.
fn project_log() -> &'static str {
    "nox > Running session unit_tests\nnox > Session unit_tests was successful.\n"
}

/// The example, its fragments in these directories.
fn sharded(shards: [&str; 4]) -> Project {
    let project = example();
    for (fragment, shard) in FRAGMENTS.into_iter().zip(shards) {
        std::fs::create_dir_all(project.path(shard)).unwrap();
        std::fs::rename(project.path(fragment), project.path(shard).join(fragment)).unwrap();
    }
    project
}

const UNITS: [&str; 4] = ["shards/unit-01", "shards/unit-02", "shards/unit-02", "shards/unit-04"];

#[test]
fn a_place_without_a_fragment_is_named() {
    let project = sharded(UNITS);
    assert_snapshot!(project.run("--fail-under 80 --expect-in shards/unit-{01..05} --expect-in shards/e2e*"), @"
    exit: 3
    stdout:
    stderr:
      merged 4 fragments (coverage.py, branch) covering 5 files in [time]
      wrote coverage.xml, htmlcov/index.html, coverage-summary.json

      TOTAL   84 statements   10 missing   24 branches   3 partial   86.11%
      incomplete: 3 of 6 expected places hold no fragment: shards/unit-03, shards/unit-05, shards/e2e*
      not judged: 86.11% of what is there, required 80%
    ");
    assert_snapshot!(project.run("-q --expect-in shards/unit-{01,02,04}"), @"
    exit: 0
    stdout:
    stderr:
    ");
    assert_snapshot!(project.run("-q --expect-in shards/unit-{1..30}x shards"), @"
    exit: 3
    stdout:
    stderr:
      incomplete: 30 of 30 expected places hold no fragment: shards/unit-1x, shards/unit-2x, shards/unit-3x, shards/unit-4x, shards/unit-5x, shards/unit-6x, shards/unit-7x, shards/unit-8x, shards/unit-9x, shards/unit-10x and 20 more
    ");
    assert_snapshot!(project.run("shards/unit-04 --expect-in shards/unit-{01..05}"), @"
    exit: 64
    stdout:
    stderr:
      error: no FRAGMENT covers the expected places `shards/unit-01`, `shards/unit-02`, `shards/unit-03`, `shards/unit-05`
        help: quote braces and globs for the shell; name the directory that holds the place too, or leave FRAGMENT out: the places are then searched
    ");
    assert_snapshot!(project.run("--expect-in gone/{a,b}"), @"
    exit: 3
    stdout:
    stderr:
      error: `gone/a` does not exist; `gone/b` does not exist
        help: fragments are usually hidden files: make sure that they are copied and uploaded (`include-hidden-files: true` for GitHub's upload-artifact), and quote globs for the shell
    ");
}

#[test]
fn a_place_with_nothing_but_a_bad_fragment_holds_none() {
    let project = sharded(UNITS).file("shards/unit-03/.coverage.x", "hi");
    assert!(
        project.run("--expect-in shards/unit-{01..04}").contains("cannot read fragment `shards/unit-03/.coverage.x`")
    );
    assert_snapshot!(project.run("-q -o total --bad-fragments skip --expect-in shards/unit-{01..04}"), @"
    exit: 3
    stdout:
      86
    stderr:
      warning: cannot read fragment `shards/unit-03/.coverage.x`
        because: the format is not known: the file begins with `hi`
        help: name files written by coverage.py or Slipcover, or a directory to search for them
      incomplete: 1 of 5 fragments rejected; 1 of 4 expected places holds no fragment: shards/unit-03
    ");
}

#[test]
fn expected_places_may_be_a_setting() {
    let project = sharded(UNITS).file("covmerge.toml", "expect-in = 'shards/unit-{01..04}'\n");
    assert!(project.run("-q").contains("incomplete: 1 of 4 expected places holds no fragment: shards/unit-03"));
    assert!(project.run("-q --expect-in shards/unit-*").starts_with("exit: 0\n"));
}

#[test]
fn the_manifest_of_what_is_there_expects_it() {
    let unnamed = DataFile::new().arcs("shop/cart.py", "", &[(-1, 1)]).bytes();
    let project = sharded(UNITS).file("shards/unit-02/.coverage.own", &unnamed);
    let project = project.file("shards/unit-04/.coverage.ci.pid7.Xabcdefx", unnamed);
    assert_snapshot!(project.run("manifest shards"), @"
    exit: 0
    stdout:
      # The fragments that must be there, for `covmerge --expect-file`: `$` and a command, or a name, a path or a glob.
      # A count before it is a lower bound if it ends with `+`, and exact otherwise. Numbers of processes may differ from run to run.
      shards/unit-02/.coverage.own
      shards/unit-04/.coverage.*
      $ 'python -m unittest' -q tests.test_cart
      $ 'python -m unittest' -q tests.test_discount
      $ 'python -m unittest' -q tests.test_remove
      $ 'python -m unittest' -q tests.test_store
    stderr:
    ");
    let manifest = String::from_utf8(project.covmerge("manifest shards").output().unwrap().stdout).unwrap();
    let project = project.file("expected.txt", &manifest);
    assert!(project.run("shards -q --expect-file expected.txt").starts_with("exit: 0\n"));
    std::fs::remove_file(project.path("shards/unit-02").join(FRAGMENTS[1])).unwrap();
    assert_snapshot!(project.run("shards -q --expect-file expected.txt"), @"
    exit: 3
    stdout:
    stderr:
      incomplete: 1 of 6 entries of the manifest is not met: `$ 'python -m unittest' -q tests.test_remove`
    ");
}

#[test]
fn a_manifest_lists_names_paths_and_numbers() {
    let project = sharded(UNITS);
    for (manifest, unmet) in [
        ("shards/unit-01\nshards/unit-0?\n4 .coverage.*\n2 shards/*-02\n1+ **/unit-04/*\n", ""),
        ("shards/unit-03\n", "1 of 1 entries of the manifest is not met: `shards/unit-03`"),
        (
            "5+ .coverage.*\n3 ./shards\n",
            "2 of 2 entries of the manifest are not met: `5+ .coverage.*` (4 found), `3 ./shards` (4 found)",
        ),
    ] {
        let said = sharded(UNITS).file("list", manifest).run("shards -q --expect-file list");
        let expected = if unmet.is_empty() { "exit: 0" } else { "exit: 3" };
        assert!(said.starts_with(expected) && said.contains(unmet), "{manifest}: {said}");
    }
    let project = project.file("covmerge.toml", "expect-file = 'list'\n").file("list", "gone");
    assert!(project.run("shards -q").contains("incomplete: 1 of 1 entries of the manifest is not met: `gone`"));
}

#[test]
fn there_is_no_manifest_of_bad_fragments() {
    let project = example().file(".coverage.bad", "hi");
    let said = project.run("manifest");
    assert!(
        said.starts_with("exit: 3\nstdout:\nstderr:\n") && said.contains("cannot read fragment `.coverage.bad`"),
        "{said}"
    );
    assert!(example().run("manifest nowhere .").starts_with("exit: 3\n"));
    // An unfinished one is not a sound basis, unless the settings accept it.
    let unfinished = example().file(".coverage.empty", "");
    assert!(unfinished.run("manifest").contains("fragment `.coverage.empty` was never finished"));
    let accepted = unfinished.file("covmerge.toml", "unfinished-fragments = 'merge'\n");
    assert_eq!(accepted.run("manifest"), example().run("manifest"));
    // Where nothing is named, the settings say where the fragments are.
    let project = sharded(UNITS).file("covmerge.toml", "fragments = 'shards'\n");
    assert_eq!(project.run("manifest"), sharded(UNITS).run("manifest shards"));
}

/// The example sharded, and the fragment of one shard copied into others.
fn copied(from: &str, into: &[&str]) -> Project {
    let project = sharded(UNITS);
    let from = project.path(from);
    for shard in into {
        std::fs::create_dir_all(project.path(shard)).unwrap();
        std::fs::copy(&from, project.path(shard).join(from.file_name().unwrap())).unwrap();
    }
    project
}

#[test]
fn a_copy_does_not_stand_for_a_second_fragment() {
    let first = format!("shards/unit-01/{}", FRAGMENTS[0]);
    let project = copied(&first, &["shards/unit-03", "shards/unit-05"]);
    for (manifest, unmet) in [
        (format!("2 {}", FRAGMENTS[0]), format!("`2 {}` (1 found)", FRAGMENTS[0])),
        ("6 ./shards".into(), "`6 ./shards` (4 found)".into()),
        ("4 ./shards\nshards/unit-03\nshards/unit-05".into(), String::new()),
        // The lines of two shards' manifests.
        ("$ * tests.test_cart\n$ * tests.test_cart\n".into(), "`2+ $ * tests.test_cart` (1 found)".into()),
    ] {
        std::fs::write(project.path("list"), &manifest).unwrap();
        let said = project.run("shards -q --expect-file list");
        let expected = if unmet.is_empty() { "exit: 0" } else { "exit: 3" };
        assert!(said.starts_with(expected) && said.contains(&unmet), "{manifest}: {said}");
    }
    // `covmerge manifest` counts like the run.
    let manifest = project.covmerge("manifest shards").output().unwrap().stdout;
    assert_eq!(manifest, sharded(UNITS).covmerge("manifest shards").output().unwrap().stdout);
    std::fs::write(project.path("list"), manifest).unwrap();
    assert!(project.run("shards -q --expect-file list").starts_with("exit: 0\n"));
}

#[test]
fn a_place_with_nothing_but_copies_is_named() {
    let first = format!("shards/unit-01/{}", FRAGMENTS[0]);
    let project = copied(&first, &["shards/unit-03", "shards/unit-04"]);
    assert_snapshot!(project.run("-q -o total --expect-in shards/unit-{01..04}"), @"
    exit: 3
    stdout:
      86
    stderr:
      incomplete: 1 of 4 expected places holds nothing but copies: shards/unit-03 (shards/unit-01)
    ");
    // One place within another holds the same files, not copies.
    assert!(
        sharded(UNITS).run("-q -o total --expect-in shards --expect-in shards/unit-0[124]").starts_with("exit: 0\n")
    );
    assert!(sharded(UNITS).run("-q -o total --expect-in shards/unit-01 --expect-in shards").starts_with("exit: 0\n"));
}

/// A shard that is missing cannot be stood in for by a link to another one.
#[cfg(unix)]
#[test]
fn a_place_that_is_a_link_to_another_one_is_a_copy() {
    let project = sharded(UNITS);
    std::os::unix::fs::symlink("unit-01", project.path("shards/unit-03")).unwrap();
    let of = |places: &str| project.run(&format!("-q -o total=- --expect-in {places}"));
    for places in ["shards/unit-{01..03}", "shards/unit-01 --expect-in shards/unit-02 --expect-in ./shards/unit-03/"] {
        let said = of(places);
        assert!(
            said.starts_with("exit: 3\n") && said.contains("1 of 3 expected places holds nothing but copies"),
            "{said}"
        );
    }
    // One place under two spellings is one place, and a glob expects nothing of a link.
    for places in ["shards/unit-01 --expect-in ./shards/unit-01", "shards/unit-0[123]"] {
        assert!(of(places).starts_with("exit: 0\n"), "{places}");
    }
}

#[test]
fn python_files_that_no_fragment_means_do_not_make_copies_two() {
    let first = format!("shards/unit-01/{}", FRAGMENTS[0]);
    let project = copied(&first, &["shards/unit-03"]).file("shards/unit-03/logs/conftest.py", "a = 1\n");
    let said = project.run("-q -o total --expect-in shards/unit-0[123]");
    assert!(
        said.contains("1 of 3 expected places holds nothing but copies: shards/unit-03 (shards/unit-01)"),
        "{said}"
    );
    let (summary, _) = project.output("summary", "-q shards");
    assert!(summary.contains(r#""duplicate":1"#), "{summary}");
}

#[test]
fn the_order_of_places_decides_nothing() {
    let first = format!("shards/unit-01/{}", FRAGMENTS[0]);
    // The second holds a copy beside its own fragment.
    let project = copied(&first, &["shards/unit-02"]);
    for places in ["shards/unit-01 --expect-in shards/unit-02", "shards/unit-02 --expect-in shards/unit-01"] {
        assert!(project.run(&format!("-q -o total --expect-in {places}")).starts_with("exit: 0\n"));
    }
}

#[test]
fn equal_fragments_of_two_processes_are_not_copies() {
    let fragment = DataFile::new().at("2026-10-20 06:00:00").lines("a.py", "", &[1]).bytes();
    let project = |names: [&str; 2], fragment: &[u8]| {
        let project = Project::new().relative().file("a.py", "a = 1\n").file("list", "2 **/.coverage*\n");
        names.iter().fold(project, |project, name| project.file(name, fragment))
    };
    let run = |project: &Project| project.run("-q -o total --expect-in s/{1,2} --expect-file list");
    let (one, two) = ("s/1/.coverage.ci.pid1.Xabcdefx.Habcdefghijh", "s/2/.coverage.ci.pid2.Xghijklx.Habcdefghijh");
    assert!(run(&project([one, two], &fragment)).starts_with("exit: 0\n"));
    // With one name they are of one process, and so they are under names that were given to them later.
    for names in [[one, &one.replace("s/1", "s/2")], ["s/1/.coverage.a", "s/2/.coverage.b"]] {
        let said = run(&project(names, &fragment));
        assert!(said.contains("holds nothing but copies: s/2 (s/1); 1 of 1 entries of the manifest"), "{said}");
    }
    // Without a time it is not known.
    let fragment = DataFile::new().lines("a.py", "", &[1]).bytes();
    assert_snapshot!(project(["s/1/.coverage", "s/2/.coverage"], &fragment).run("-q -o total --expect-in s/{1,2}"), @"
    exit: 0
    stdout:
      100
    stderr:
      warning: 1 of 2 expected places holds only fragments that another one holds, too: s/2 (s/1)
        help: make sure that each shard left its own data; shards that ran the same lines may leave equal fragments
    ");
    // Beside sources of their own they are of other files.
    let project =
        project(["s/1/.coverage", "s/2/.coverage"], &fragment).file("s/1/a.py", "a = 1\n").file("s/2/a.py", "a = 1\n");
    std::fs::remove_file(project.path("a.py")).unwrap();
    assert_snapshot!(project.run("-q -o total --expect-in s/{1,2}"), @"
    exit: 0
    stdout:
      100
    stderr:
    ");
}

/// coverage.py leaves such a fragment where `source` names a package that was never imported.
#[test]
fn a_place_whose_fragments_name_no_file_is_warned_of() {
    let (bare, copy) = (DataFile::new().bytes(), DataFile::new().at("2026-10-20 06:00:00").bytes());
    let project = sharded(UNITS).file("shards/unit-03/.coverage.1", &bare).file("shards/unit-04/.coverage.1", &bare);
    let project = project.file("shards/unit-05/.coverage.1", &copy).file("shards/unit-05/.coverage.2", copy);
    assert_snapshot!(project.run("-q -o total --expect-in shards/unit-{01..05}"), @"
    exit: 0
    stdout:
      86
    stderr:
      warning: 2 of 5 expected places hold only fragments that name no file: shards/unit-03, shards/unit-05
        help: check `source` and `include` in the coverage.py settings of its tests: they ran, and nothing of theirs was measured
    ");
    assert!(!project.run("-q -o total --expect-in shards/unit-0[124]").contains("warning"));
    assert!(!project.run("-q -o total shards").contains("warning"));
}

#[test]
fn braces_that_stand_for_nothing_are_refused() {
    assert_snapshot!(example().run("--expect-in shards/{1..9..2}"), @"
    exit: 64
    stdout:
    stderr:
      error: invalid value 'shards/{1..9..2}' for '--expect-in <PLACES>': `{1..9..2}` has a step, which is not supported: list its members; expected `{1..32}` or `{a,b}`. The shell takes other braces for a part of the name: write these as `[{]` and `[}]`

      For more information, try '--help'.
    ");
    let project = example().file("covmerge.toml", "expect-in = 'job{1}'\n");
    assert_snapshot!(project.run(""), @"
    exit: 64
    stdout:
    stderr:
      error: `expect-in` on line 1 of `covmerge.toml` holds `job{1}`: `{1}` is neither a range nor a list; expected `{1..32}` or `{a,b}`. The shell takes other braces for a part of the name: write these as `[{]` and `[}]`
    ");
    let project = sharded(["job{1}", "job{1}", "job{2}", "job{2}"]);
    assert!(project.run("-q -o total --expect-in job[{]{1,2}[}]").starts_with("exit: 0\n"));
    assert!(project.run("-q -o total --expect-in job[{]{1,3}[}]").contains(": job[{]3[}]\n"));
}
