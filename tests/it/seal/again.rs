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
        run.contains("\n  sealed 0 of 1 fragments (1 rejected) covering 0 files in [time]\n  sealed 1 seal again\n"),
        "{run}"
    );
    remove(&project, &["f1", "bad"]);
    let run = project.run("-o total=- all.covmerge");
    assert!(run.starts_with("exit: 3\n") && run.contains("incomplete: 1 of 2 fragments rejected\n"), "{run}");
}

/// The lines about what was sealed.
fn sealed_lines(run: &str) -> Vec<&str> {
    run.lines().map(str::trim).filter(|line| line.starts_with("sealed ")).collect()
}

#[test]
fn seals_that_are_passed_over_count_as_seals() {
    let project = of_ages().file("bad.covmerge", b"\x93covmerge\r\n\x1a\n");
    let run = project.run("seal old.covmerge new.covmerge --max-age 2h -o all");
    assert_eq!(sealed_lines(&run), ["sealed 1 of 2 seals again (1 too old)"], "{run}");
    let run = project.run("seal new.covmerge bad.covmerge --bad-fragments skip -o all");
    assert_eq!(sealed_lines(&run), ["sealed 1 of 2 seals again (1 rejected)"], "{run}");
    assert_eq!(incomplete(&run), ["1 of 2 fragments rejected"], "{run}");
    let run = project.run("-o total all");
    assert_eq!(incomplete(&run), ["1 of 2 fragments rejected", "shard 1 of 2 is missing"], "{run}");
    let run = project.run("seal old.covmerge new.covmerge bad.covmerge new --max-age 2h --bad-fragments skip -o all");
    let lines = [
        "sealed 1 fragment (coverage.py, statement) covering 1 file in [time]",
        "sealed 1 of 3 seals again (1 too old, 1 rejected)",
    ];
    assert_eq!(sealed_lines(&run), lines, "{run}");
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
        assert!(run.contains("1 of 1 entries of the manifest is not met: `3 f` (2 found)"), "{run}");
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

/// Seals of the three fragments, in the places of these, which are removed.
fn sealed(project: &Project) {
    for at in 1..=3 {
        let name = if project.path(&format!("s/{at}/f")).exists() { "f" } else { ".coverage" };
        seal(project, &format!("s/{at}/{name} --shard {at}/3 -o s/{at}/{at}.covmerge"));
        remove(project, &[&format!("s/{at}/{name}")]);
    }
}

/// The reasons why the data is incomplete.
fn incomplete(run: &str) -> Vec<&str> {
    let line = run.lines().filter_map(|line| line.trim().strip_prefix("incomplete: "));
    line.flat_map(|line| line.split("; ")).collect()
}

#[test]
fn the_fragments_in_seals_count_for_what_is_expected_by_both_commands() {
    let project = three("f", Some("2026-11-21 06:00:00"), false).file("manifest", "3 f\ns/1\ns/2/?*\n");
    let project = project.file("unmet", "4 f\ng\ns/4\n");
    for is_sealed in [false, true] {
        if is_sealed {
            sealed(&project);
        }
        for (expectation, unmet) in [
            ("s --expect 3", ""),
            ("s --expect 4", "3 fragments, expected 4"),
            ("--expect-in s/{1..3}", ""),
            ("--expect-in s/{1..4}", "1 of 4 expected places holds no fragment: s/4"),
            ("s --expect-file manifest", ""),
            ("s --expect-file unmet", "3 of 3 entries of the manifest are not met: `4 f` (3 found), `g`, `s/4`"),
        ] {
            let expected: &[&str] = if unmet.is_empty() { &[] } else { &[unmet] };
            for (command, code) in
                [("-o total", 3), ("seal -o all.covmerge", 3), ("seal --allow-incomplete -o all.covmerge", 0)]
            {
                let run = project.run(&format!("{command} {expectation}"));
                assert_eq!(incomplete(&run), expected, "{command} {expectation}: {run}");
                let code = if unmet.is_empty() { 0 } else { code };
                assert!(run.starts_with(&format!("exit: {code}\n")), "{command} {expectation}: {run}");
            }
            // The new seal keeps it, also if it is sealed again.
            seal(&project, "all.covmerge -o again.covmerge");
            for seal in ["all", "again"] {
                let run = project.run(&format!("-o total {seal}.covmerge"));
                let kept: Vec<String> =
                    expected.iter().map(|why| format!("`{seal}.covmerge` is itself incomplete: {why}")).collect();
                assert_eq!(incomplete(&run), kept, "{expectation}: {run}");
                assert!(
                    run.contains("merged 3 fragments ")
                        && run.starts_with(if unmet.is_empty() { "exit: 0\n" } else { "exit: 3\n" }),
                    "{run}"
                );
                assert!(project.run(&format!("-o total {seal}.covmerge --allow-incomplete")).starts_with("exit: 0\n"));
            }
        }
    }
}

#[test]
fn a_test_log_that_lacks_success_is_kept_where_seals_are_sealed_again() {
    let project = three("f", None, false).with("logs");
    sealed(&project);
    let run = project.run("seal s --test-log nox/2026.10.20.log:unit_tests_slow -o all.covmerge");
    assert!(run.starts_with("exit: 3\n"), "{run}");
    let run = project.run("-o total all.covmerge");
    let why = "`all.covmerge` is itself incomplete: test log `nox/2026.10.20.log`: session `unit_tests_slow` failed";
    assert!(run.starts_with("exit: 3\n") && incomplete(&run)[0].starts_with(why), "{run}");
}

#[test]
fn a_copy_of_a_seal_is_a_copy_of_its_fragments() {
    let project = three("f", None, false);
    sealed(&project);
    for (from, to) in [("s/1/1.covmerge", "s/2/2.covmerge"), ("s/1/1.covmerge", "s/0/2.covmerge")] {
        std::fs::create_dir_all(project.path(to).parent().unwrap()).unwrap();
        std::fs::copy(project.path(from), project.path(to)).unwrap();
    }
    for command in ["-o total", "seal -o all.covmerge"] {
        let run = project.run(&format!("{command} --expect-in s/{{0..3}}"));
        let copies = ["2 of 4 expected places hold only fragments that another one holds, too: s/1 (s/0), s/2 (s/0)"];
        assert_eq!(self::copies(&run), copies, "{run}");
    }
    // A section may come by two ways.
    seal(&project, "s/1/1.covmerge s/3/3.covmerge -o s/4/4.covmerge");
    let run = project.run("-o total --expect-in s/1 --expect-in s/4 --expect-in s/3");
    assert_eq!(incomplete(&run), ["shard 2 of 3 is missing"], "{run}");
    let copies = ["1 of 3 expected places holds only fragments that another one holds, too: s/4 (s/1)"];
    assert_eq!(self::copies(&run), copies, "{run}");
}

#[test]
fn the_manifest_of_seals_expects_their_fragments_wherever_they_lie() {
    let project = three("f", None, false).file("b.py", "b = 1\nc = 2\n");
    let with_command = |at: usize| DataFile::new().lines("b.py", "", &[at]).begun().bytes();
    let project = project.file("s/2/.coverage.x", with_command(1)).file("s/3/.coverage.x", with_command(2));
    seal(&project, "s/1 --shard 1/2 --run-id 7 --attempt 1 -o old.covmerge");
    seal(&project, "s/1 s/2 --shard 1/2 --run-id 7 --attempt 2 -o 1.covmerge");
    seal(&project, "s/3 --shard 2/2 --run-id 7 -o 2.covmerge");
    std::fs::copy(project.path("2.covmerge"), project.path("copy.covmerge")).unwrap();
    let manifest = project.run("manifest old.covmerge 1.covmerge 2.covmerge copy.covmerge");
    let entries: Vec<&str> = manifest.lines().skip(2).map(str::trim).filter(|line| !line.starts_with('#')).collect();
    assert_eq!(entries, ["3+ f", "2+ $ run.py 7", "stderr:"], "{manifest}");
    let project = project.file("manifest", format!("{}\n{}\n", entries[0], entries[1]));
    for fragments in ["s", "1.covmerge 2.covmerge", "1.covmerge s/3", "1.covmerge 2.covmerge s"] {
        for command in ["-o total", "seal -o all.covmerge"] {
            let run = project.run(&format!("{command} --expect-file manifest {fragments}"));
            assert!(!run.contains("manifest") && !run.contains("error"), "{command} {fragments}: {run}");
        }
    }
    let run = project.run("-o total --expect-file manifest 1.covmerge");
    let unmet = "2 of 2 entries of the manifest are not met: `3+ f` (2 found), `2+ $ run.py 7` (1 found)";
    assert_eq!(incomplete(&run), ["shard 2 of 2 is missing", unmet]);
}

#[test]
fn copies_of_seals_and_older_attempts_are_deleted_with_the_seals_that_count() {
    let project = three("f", None, false);
    for (at, job) in (1..).zip(["1/2 --attempt 1", "1/2 --attempt 2", "2/2 --attempt 1"]) {
        seal(&project, &format!("s/{at}/f --run-id 7 --shard {job} -o {at}.covmerge"));
    }
    std::fs::copy(project.path("2.covmerge"), project.path("copy.covmerge")).unwrap();
    std::fs::copy(project.path("s/1/f"), project.path("s/2/g")).unwrap();
    seal(&project, "1.covmerge 3.covmerge -o both.covmerge");
    let seals = ["1.covmerge", "2.covmerge", "3.covmerge", "copy.covmerge", "both.covmerge"].join(" ");
    let run = project.run(&format!("-o total=t --delete-fragments s/2/g {seals}"));
    assert!(run.starts_with("exit: 0\n"), "{run}");
    let left = |name: &str| project.path(name).exists();
    assert!(seals.split(' ').all(|name| !left(name)) && !left("s/2/g") && left("s/1/f"));
}

/// Two seals of one file: the second job calls it otherwise, since it measured what it had installed.
fn of_two_names(settings: &str) -> Project {
    let source = "a = 1\nif a:\n    b = 3\nelse:\n    b = 5\n";
    let job = |name: &str, lines: &[usize]| {
        let project = Project::new().relative().file(name, source);
        let project = project.file("f", DataFile::new().lines(name, "", lines).bytes());
        seal(&project, "f -o f.covmerge");
        [project.path("f.covmerge"), project.path("f")].map(|path| std::fs::read(path).unwrap())
    };
    let [one, raw_one] = job("src/pk/m.py", &[1, 2, 3]);
    let [two, raw_two] = job("lib/site/pk/m.py", &[1, 2, 5]);
    let project = Project::new().file(".coveragerc", format!("[run]\nrelative_files = true\n{settings}"));
    let project = project.file("1.covmerge", one).file("2.covmerge", two);
    project.file("raw/1", raw_one).file("raw/2", raw_two).file("src/pk/m.py", source)
}

#[test]
fn the_rules_for_paths_apply_to_sealed_names_as_to_those_of_fragments() {
    let paths = "[paths]\nsource =\n    src\n    */site\n";
    for (settings, options) in [("", "--map lib/site=src"), ("", "--map */site=src"), (paths, "")] {
        let project = of_two_names(settings);
        let report = |fragments: &str| {
            let run = project.covmerge(&format!("-q -o json=- {options} {fragments}")).output().unwrap();
            (
                run.status.code(),
                String::from_utf8_lossy(&run.stdout).into_owned(),
                String::from_utf8_lossy(&run.stderr).into_owned(),
            )
        };
        let raw = report("raw/1 raw/2");
        assert!(raw.0 == Some(0) && raw.1.contains("src/pk/m.py") && !raw.1.contains("site"), "{raw:?}");
        assert_eq!(report("1.covmerge 2.covmerge"), raw, "{settings}{options}");
        assert_eq!(report("1.covmerge raw/2"), raw, "{settings}{options}");
        // A file that only one seal names is mapped, too.
        assert!(report("2.covmerge").1.contains("\"src/pk/m.py\""), "{settings}{options}");
        // Without a checkout the other seal shows that the file exists.
        remove(&project, &["src"]);
        assert_eq!(report("1.covmerge 2.covmerge"), raw, "{settings}{options}");
    }
    let project = of_two_names("");
    assert!(
        project.run("-o total 1.covmerge 2.covmerge --omit src/* --map lib/site=src").contains("no data to report")
    );
    let run = project.run("-o total 1.covmerge 2.covmerge --map nowhere=src");
    assert!(run.contains("warning: `--map nowhere=src` matches none of the paths in the fragments"), "{run}");
}

#[test]
fn files_that_a_rule_unites_have_one_outline() {
    let project = of_two_names("").file("lib/site/pk/m.py", "a = 1\n");
    seal(&project, "raw/2 -o 2.covmerge");
    let run = project.run("-o total 1.covmerge 2.covmerge --map lib/site=src");
    assert!(run.starts_with("exit: 1\n") && run.contains("the seals hold two outlines of `src/pk/m.py`"), "{run}");
}

#[test]
fn an_option_that_cannot_act_on_seals_is_refused_where_only_seals_are_sealed() {
    let project = shards_of(2).file("settings", "[report]\nexclude_lines =\n    never\n");
    seal(&project, "f1 -o 1.covmerge");
    for option in ["--map a=b", "--root .", "--with-sources"] {
        let run = project.run(&format!("seal 1.covmerge -o all.covmerge {option}"));
        let name = option.split(' ').next().unwrap();
        let said = format!("error: `{name}` has nothing to act on: 1 seal found, and not a fragment");
        assert!(run.starts_with("exit: 64\n") && run.contains(&said), "{run}");
        seal(&project, &format!("1.covmerge f2 -o all.covmerge {option}"));
    }
    // With `--source` there is something to find and to seal.
    let project = project.file("other/b.py", "b = 1\n");
    seal(&project, "1.covmerge -o all.covmerge --source=other --root . --with-sources");
    let refused = |arguments: &str, said: &str| {
        let run = project.run(&format!("seal 1.covmerge -o all.covmerge {arguments}"));
        assert!(run.starts_with("exit: 64\n") && run.contains(said), "{run}");
    };
    seal(&project, "1.covmerge -o all.covmerge --python-version 3.13");
    for fragments in ["", "f2"] {
        let said = "`python-version` is 3.13 in `1.covmerge` and 3.12 in the settings of this run";
        refused(&format!("--python-version 3.12 {fragments}"), said);
    }
    refused("--rcfile settings", "`exclude_lines` has the pattern");
    // What is sealed beside seals is studied as they were.
    seal(&project, "f1 --python-version 3.11 -o old.covmerge");
    seal(&project, "old.covmerge f2 -o both.covmerge");
    assert!(project.run("-o total both.covmerge").starts_with("exit: 0\n"));
}

/// An old fragment and a new one, each with its seal.
fn of_ages() -> Project {
    let at = |when: &str, line| DataFile::new().lines("a.py", "", &[line]).at(when).bytes();
    let project = three("f", None, false);
    let project = project.file("old", at("2026-11-20 17:02:10", 1)).file("new", at("2026-11-21 06:00:00", 2));
    seal(&project, "old --shard 1/2 -o old.covmerge");
    seal(&project, "new --shard 2/2 -o new.covmerge");
    project
}

#[test]
fn seals_that_are_too_old_are_not_sealed_again() {
    let project = of_ages();
    let flat = project.run("-o total=- --max-age 2h old.covmerge new.covmerge");
    seal(&project, "old.covmerge new.covmerge --max-age 2h -o all.covmerge");
    let tree = project.run("-o total=- all.covmerge");
    assert!(flat.starts_with("exit: 3\n") && incomplete(&flat) == ["shard 1 of 2 is missing"], "{flat}");
    assert_eq!(tree, flat);
    assert!(project.run("seal old.covmerge --max-age 2h").starts_with("exit: 3\n"));
    let run = project.run("seal old.covmerge new.covmerge --max-age 2h --expect 2");
    assert_eq!(incomplete(&run), ["1 fragment, expected 2"]);
}
