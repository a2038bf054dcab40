//! The parts of a run: packages of a monorepo, each with its own root, settings and threshold.

use std::fs;

use insta::assert_snapshot;
use serde_json::Value;

use crate::data_file::DataFile;
use crate::project::Project;

/// Three packages with equal names of files, recorded by `testdata/regenerate.py`: `api` measured branches, the fragment of `web` is an artifact with
/// absolute names, and `lib` has no threshold.
fn monorepo() -> Project {
    Project::of("monorepo")
}

fn lines(name: &str, lines: &[usize]) -> Vec<u8> {
    DataFile::new().lines(name, "", lines).bytes()
}

/// A run with these parts, each of which has a file `src/m.py` of four lines and a fragment by which the first one ran.
fn parts(names: &[&str]) -> Project {
    let settings: Vec<String> = names.iter().map(|name| format!("[[part]]\nroot = '{name}'\n")).collect();
    names.iter().fold(Project::new().file("covmerge.toml", settings.concat()), |project, name| {
        project
            .file(&format!("{name}/.coveragerc"), "[run]\nrelative_files = true\n")
            .file(&format!("{name}/src/m.py"), format!("a = 1\nb = 2\nc = 3\nd = 4  # {name}\n"))
            .file(&format!("{name}/.coverage.1"), lines("src/m.py", &[1]))
    })
}

fn summary(project: &Project, arguments: &str) -> Value {
    _ = fs::remove_file(project.path("out.json"));
    let shown = project.run(&format!("-q -o summary=out.json {arguments}"));
    assert!(project.path("out.json").exists(), "{shown}");
    serde_json::from_str(&project.read("out.json")).unwrap()
}

/// The name of each part with its executed lines and its statements.
fn counts(summary: &Value) -> Vec<(String, u64, u64)> {
    let parts = summary["parts"].as_array().unwrap().iter();
    let number = |part: &Value, key: &str| part["totals"][key].as_u64().unwrap();
    parts
        .map(|part| {
            let name = part["name"].as_str().unwrap().to_owned();
            (name, number(part, "covered_lines"), number(part, "num_statements"))
        })
        .collect()
}

fn files(summary: &Value) -> Vec<&str> {
    summary["files"].as_object().unwrap().keys().map(String::as_str).collect()
}

/// The cells of the rows of a table, without its header and rules.
fn rows(table: &str) -> Vec<Vec<String>> {
    let rows = table.lines().skip(1).filter(|line| line.contains('%') && !line.starts_with("Coverage failure"));
    rows.map(|line| line.split_whitespace().map(str::to_owned).collect()).collect()
}

#[test]
fn a_part_has_the_numbers_that_coverage_py_reports_in_its_package() {
    let project = monorepo();
    project.run("--show-missing --precision 2 -o text=out.txt");
    let ours = rows(&project.read("out.txt"));
    for package in ["api", "web", "lib"] {
        let table = project.read(&format!("packages/{package}/expected.txt"));
        for mut row in rows(&table) {
            row[0] = match row[0].as_str() {
                "TOTAL" => package.to_owned(),
                file => format!("packages/{package}/{file}"),
            };
            // Only `api` measured branches, so only its table has their columns.
            if !table.contains("Branch") {
                row.splice(3..3, ["0".to_owned(), "0".to_owned()]);
            }
            assert!(ours.contains(&row), "{row:?} is not in {ours:?}");
        }
    }
    assert_eq!(ours.len(), 6 + 3 + 1);
}

#[test]
fn each_part_has_a_line_and_a_verdict_before_the_total() {
    assert_snapshot!(monorepo().run(""), @"
    exit: 2
    stdout:
    stderr:
      merged 3 fragments (coverage.py, branch) covering 6 files in [time]
      wrote coverage.xml, htmlcov/index.html, coverage-summary.json

      api      5 statements   1 missing   2 branches   1 partial   71.43%
      web      7 statements   2 missing   0 branches   0 partial   71.43%
      lib      7 statements   1 missing   0 branches   0 partial   85.71%
      TOTAL   19 statements   4 missing   2 branches   1 partial   76.19%
      failed: coverage of part `api` is 71.43%, required 80%: 1 more statement or branch needs to be covered
        packages/api/src/app/model.py   71.43%      1 missing     1 partial  4
      passed: coverage of part `web` is 71.43%, required 60%
      passed: total coverage is 76.19%, required 75%
    ");
    // The option is about the total alone.
    let shown = monorepo().run("-q --fail-under 80");
    assert!(
        shown.contains("failed: total coverage is 76.19%, required 80%") && shown.contains("part `api`"),
        "{shown}"
    );
}

#[test]
fn documents_have_a_row_for_each_part() {
    let project = monorepo();
    project.run("-o text=out.txt -o markdown=out.md -o html=site");
    assert_snapshot!(project.read("out.txt"), @"
    Name                               Stmts   Miss Branch BrPart  Cover
    --------------------------------------------------------------------
    packages/api/src/app/__init__.py       0      0      0      0   100%
    packages/api/src/app/model.py          5      1      2      1    71%
    packages/lib/src/app/__init__.py       1      0      0      0   100%
    packages/lib/src/app/model.py          6      1      0      0    83%
    packages/web/src/app/__init__.py       0      0      0      0   100%
    packages/web/src/app/model.py          7      2      0      0    71%
    --------------------------------------------------------------------
    api                                    5      1      2      1    71%
    web                                    7      2      0      0    71%
    lib                                    7      1      0      0    86%
    --------------------------------------------------------------------
    TOTAL                                 19      4      2      1    76%
    ");
    let markdown = project.read("out.md");
    assert!(markdown.contains("| *lib*                                |        7 |        1 |"), "{markdown}");
    let page = project.read("site/index.html");
    assert!(page.contains(r#"<h2 id="parts">Parts</h2>"#), "{page}");
    assert!(page.contains(r#"<span class="verdict failed">failed: 80% required</span>"#), "{page}");
    let summary = summary(&project, "");
    let api = &summary["parts"][0];
    assert_eq!(
        (&api["name"], &api["root"], &api["required"], &api["passed"]),
        (&"api".into(), &"packages/api".into(), &80.0.into(), &false.into())
    );
    assert_eq!(summary["verdict"]["passed"], false);
    assert_eq!((summary["parts"][2].get("required"), summary["parts"][2].get("passed")), (None, None));
}

#[test]
fn fragments_on_the_command_line_go_to_the_parts_that_name_or_hold_them() {
    let project = monorepo();
    let all = counts(&summary(&project, ""));
    assert_eq!(all, [("api".into(), 4, 5), ("web".into(), 5, 7), ("lib".into(), 6, 7)]);
    for arguments in ["packages shards", ".", "shards/web-1 packages/*/.coverage.*"] {
        assert_eq!(counts(&summary(&project, arguments)), all, "{arguments}");
    }
    assert_snapshot!(project.run("-q packages/api shards"), @"
    exit: 3
    stdout:
    stderr:
      incomplete: 1 of 3 parts has no fragment: lib; there are 2 of `'python -m unittest' -q tests.test_model`
      not judged: part `api`: 71.43% of what is there, required 80%
      not judged: part `web`: 71.43% of what is there, required 60%
      not judged: 71.43% of what is there, required 75%
    ");
    assert_eq!(summary(&project, "packages/api shards --allow-incomplete")["parts"][2]["totals"]["num_files"], 0);
}

#[test]
fn a_part_without_data_does_not_pass_although_incomplete_data_is_allowed() {
    let project =
        parts(&["a", "b"]).file("covmerge.toml", "[[part]]\nroot = 'a'\n[[part]]\nroot = 'b'\nfail-under = 50\n");
    assert_snapshot!(project.run("-q a --allow-incomplete --fail-under 10"), @"
    exit: 3
    stdout:
    stderr:
      incomplete: 1 of 2 parts has no fragment: b (allowed)
      not judged: part `b`: nothing to measure, required 50%
    ");
    // A file that somebody else measured gives it a number.
    let other = DataFile::new().lines("b/src/m.py", "", &[1, 2, 3]).bytes();
    assert_snapshot!(project.file(".coverage.e2e", other).run("-q a .coverage.e2e --allow-incomplete --fail-under 10"), @"
    exit: 0
    stdout:
    stderr:
      incomplete: 1 of 2 parts has no fragment: b (allowed)
    ");
}

/// `coverage run --source=aap`, a mistyped package: the fragment names no file, and `coverage report` ends with "No data to report".
#[test]
fn a_part_of_which_no_file_counts_does_not_pass() {
    let settings = "[[part]]\nroot = 'a'\n[[part]]\nroot = 'b'\nfail-under = 50\n";
    let project = parts(&["a"])
        .file("covmerge.toml", settings)
        .file("b/src/m.py", "x = 1\n")
        .file("b/.coverage.1", DataFile::new().bytes());
    let shown = project.run("-q --fail-under 10");
    assert!(shown.starts_with("exit: 3\n"), "{shown}");
    assert!(shown.contains("not judged: part `b`: nothing to measure, required 50%"), "{shown}");
}

#[test]
fn the_other_fragments_are_those_of_the_root_of_the_run() {
    let project = parts(&["a", "b"]).relative().file("e2e/run.py", "x = 1\ny = 2\n");
    let e2e =
        DataFile::new().lines("a/src/m.py", "", &[2]).lines("e2e/run.py", "", &[1]).lines("b/src/new.py", "", &[1]);
    let project = project.file("b/src/new.py", "n = 1\n").file(".coverage.e2e", e2e.bytes());
    assert_snapshot!(project.run("-o total"), @"
    exit: 0
    stdout:
      45
    stderr:
      merged 3 fragments (coverage.py, statement) covering 4 files in [time]

      a            4 statements   2 missing   50.00%
      b            5 statements   3 missing   40.00%
      (no part)    2 statements   1 missing   50.00%
      TOTAL       11 statements   6 missing   45.45%
    ");
}

#[test]
fn the_settings_of_a_part_hold_for_its_files_whoever_measured_them() {
    let measured =
        DataFile::new().lines("a/src/m.py", "", &[1]).lines("b/src/m.py", "", &[1, 2]).lines("b/gen.py", "", &[1]);
    let project = parts(&["a", "b"])
        .relative()
        .file("b/gen.py", "g = 1\n")
        .file(
            "b/.coveragerc",
            "[run]\nrelative_files = true\n[report]\nomit = gen.py\nexclude_also = c = 3\nfail_under = 60\n",
        )
        .file(".coverage.e2e", measured.bytes());
    let found = summary(&project, "");
    assert_eq!(counts(&found), [("a".into(), 1, 4), ("b".into(), 2, 3)]);
    assert_eq!((files(&found), found["parts"][1]["required"].as_f64()), (vec!["a/src/m.py", "b/src/m.py"], Some(60.0)));
    // An option holds for all parts, in the place of their own settings, and names files as reports do.
    assert_eq!(files(&summary(&project, "--omit a/src/*")), ["b/gen.py", "b/src/m.py"]);
    assert_eq!(files(&summary(&project, "--include b/*")), ["b/src/m.py"]);
    // Those of the run do not hold for parts.
    let project =
        project.file(".coveragerc", "[run]\nrelative_files = true\n[report]\nomit = a/*\nexclude_also = b = 2\n");
    assert_eq!(counts(&summary(&project, "")), [("a".into(), 1, 4), ("b".into(), 2, 3)]);
}

#[test]
fn the_deepest_part_has_a_fragment_and_equal_fragments_are_no_duplicates() {
    let project = parts(&["a", "a/b", "c"]);
    let found = summary(&project, "");
    assert_eq!(files(&found), ["a/b/src/m.py", "a/src/m.py", "c/src/m.py"]);
    assert_eq!((&found["fragments"]["merged"], &found["fragments"]["duplicate"]), (&3.into(), &0.into()));
    assert_eq!(counts(&found), [("a".into(), 1, 4), ("a/b".into(), 1, 4), ("c".into(), 1, 4)]);
    assert_eq!(counts(&summary(&project, "a/b/.coverage.1 c a/.coverage.1")), counts(&found));
}

#[test]
fn a_part_of_the_root_has_what_no_other_part_has() {
    let project = parts(&["a"]).file("covmerge.toml", "[[part]]\nroot = '.'\nname = 'rest'\n[[part]]\nroot = 'a'\n");
    let project = project.relative().file("m.py", "m = 1\n").file(".coverage.1", lines("m.py", &[1]));
    assert_eq!(counts(&summary(&project, "")), [("rest".into(), 1, 1), ("a".into(), 1, 4)]);
}

#[test]
fn a_file_that_two_parts_measure_is_an_error_unless_one_leaves_it_out() {
    let project = parts(&["a", "b"]);
    let shared = project.path("a/src/m.py").canonicalize().unwrap();
    let both = DataFile::new().lines("src/m.py", "", &[1]).lines(shared.to_str().unwrap(), "", &[2]).bytes();
    let project = project.file("b/.coverage.1", both);
    let shown = project.run("");
    assert!(
        shown.starts_with("exit: 1\n") && shown.contains("`a/src/m.py` counts in two parts, `a` and `b`"),
        "{shown}"
    );
    let project = project.file("b/.coveragerc", "[run]\nrelative_files = true\n[report]\ninclude = src/*\n");
    assert_eq!(counts(&summary(&project, "")), [("a".into(), 1, 4), ("b".into(), 1, 4)]);
    // The merged data has all of it.
    assert!(project.run("-q -o data=merged").starts_with("exit: 0\n"));
    let merged: Vec<u8> = fs::read(project.path("merged")).unwrap();
    let reported = Project::new().file("a/src/m.py", project.read("a/src/m.py")).file(".coverage", merged);
    let map = format!("--map {}=. --include a/*", project.path("").canonicalize().unwrap().display());
    let (json, _) = reported.output("json", &map);
    assert!(json.contains(r#""executed_lines": [1, 2]"#), "{json}");
}

#[test]
fn parts_may_measure_branches_or_not_but_one_file_is_of_one_kind() {
    let branches = |name: &str| DataFile::new().arcs(name, "", &[(-1, 1), (1, -1)]).bytes();
    let project = parts(&["a", "b"]).relative().file("a/.coverage.1", branches("src/m.py"));
    assert_eq!(summary(&project, "")["totals"]["num_statements"], 8);
    let project = project.file(".coverage.e2e", branches("b/src/m.py"));
    let shown = project.run("");
    let said = "statement and branch fragments cannot be merged: `b/.coverage.1` measured statements, `.coverage.e2e` measured branches";
    assert!(shown.starts_with("exit: 1\n") && shown.contains(said), "{shown}");
    let lines = summary(&project, "--branch-mix lines");
    assert_eq!(counts(&lines), [("a".into(), 1, 4), ("b".into(), 1, 4)]);
    assert!(lines["warnings"][0]["text"].as_str().unwrap().contains("are merged as statements only"), "{lines}");
}

#[test]
fn each_part_has_the_rules_of_its_python_and_its_plugins() {
    let project = parts(&["a", "b"])
        .file("a/.python-version", "3.11\n")
        .file("b/src/m.py", "type A = int\n")
        .file("b/.coveragerc", "[run]\nrelative_files = true\nplugins = covdefaults\n");
    let shown = project.run("");
    assert!(shown.contains("passed: coverage of part `b` is 100.00%, required 100%"), "{shown}");
    let found = summary(&project, "");
    let versions: Vec<&Value> = found["parts"].as_array().unwrap().iter().map(|part| &part["python_version"]).collect();
    assert_eq!((versions, &found["parts"][1]["required"]), (vec![&"3.11".into(), &"3.13".into()], &100.0.into()));
    // An option holds for all parts, and so does the key of the run, unless a part has its own.
    assert!(project.run("-q --python-version 3.11").starts_with("exit: 1\n"));
    let settings = "python-version = '3.11'\n[[part]]\nroot = 'a'\n[[part]]\nroot = 'b'\npython-version = '3.12'\n";
    assert_eq!(summary(&project.file("covmerge.toml", settings), "")["parts"][1]["python_version"], "3.12");
}

#[test]
fn contexts_are_those_that_each_part_chooses() {
    let measured = || DataFile::new().lines("src/m.py", "one", &[1]).lines("src/m.py", "two", &[2, 3]).bytes();
    let project = parts(&["a", "b"])
        .file("a/.coverage.1", measured())
        .file("b/.coverage.1", measured())
        .file("b/.coveragerc", "[run]\nrelative_files = true\n[report]\ncontexts = two\n");
    for outputs in ["", "-o data=merged"] {
        assert_eq!(counts(&summary(&project, outputs)), [("a".into(), 3, 4), ("b".into(), 2, 4)], "{outputs}");
    }
    assert_eq!(counts(&summary(&project, "--contexts one")), [("a".into(), 1, 4), ("b".into(), 1, 4)]);
}

#[test]
fn seals_belong_to_parts_whose_settings_they_carry() {
    let project = parts(&["a", "b"])
        .file("b/.coveragerc", "[run]\nrelative_files = true\n[report]\nexclude_also = d = 4\nfail_under = 90\n")
        .file("b/.python-version", "3.12\n");
    let open = project.run("-o summary=open.json");
    for part in ["a", "b"] {
        let sealed = project.covmerge(&format!("seal -q -o ../seals/{part}.covmerge --with-sources --shard 1/1"));
        let output = { sealed }.current_dir(project.path(part)).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
    // Neither the fragments nor the sources are needed any more.
    for part in ["a", "b"] {
        fs::remove_file(project.path(&format!("{part}/.coverage.1"))).unwrap();
        fs::remove_dir_all(project.path(&format!("{part}/src"))).unwrap();
    }
    let settings = "[[part]]\nroot = 'a'\nfragments = 'seals/a.*'\n[[part]]\nroot = 'b'\nfragments = 'seals/b.*'\n";
    let project = project.file("covmerge.toml", settings);
    let shown = project.run("-o summary=sealed.json").replace("sealed.json", "open.json");
    assert_eq!(shown, open);
    let [open, sealed] =
        ["open.json", "sealed.json"].map(|name| serde_json::from_str::<Value>(&project.read(name)).unwrap());
    assert_eq!((&open["parts"], &open["files"]), (&sealed["parts"], &sealed["files"]));
    assert_eq!(counts(&sealed), [("a".into(), 1, 4), ("b".into(), 1, 3)]);
    assert_eq!((&sealed["fragments"]["merged"], &sealed["parts"][1]["python_version"]), (&2.into(), &"3.12".into()));
    // Seals of a part carry the settings of that part, and of no other one.
    let project = project.file(
        "covmerge.toml",
        settings.replace("seals/a.*", "other").replace("seals/b.*", "seals/a.*").replace("other", "seals/b.*"),
    );
    let shown = project.run("");
    assert!(shown.starts_with("exit: 64\n") && shown.contains("`exclude_also` has the pattern"), "{shown}");
}

#[test]
fn one_part_of_another_revision_is_no_verdict() {
    let long = "x = 1\n".repeat(1_500);
    let all: Vec<usize> = (1..=1_500).collect();
    let project = parts(&["a", "b"])
        .file("a/src/m.py", long)
        .file("a/.coverage.1", lines("src/m.py", &all))
        .file("b/.coverage.1", lines("src/m.py", &(1..=14).collect::<Vec<usize>>()));
    let shown = project.run("");
    assert!(
        shown.starts_with("exit: 1\n") && shown.contains("no verdict: the source has no code on 10 of 14"),
        "{shown}"
    );
    assert!(project.run("-q --stale-sources warn").starts_with("exit: 0\n"));
}

#[test]
fn an_rcfile_holds_for_the_run_and_for_every_part() {
    let project = parts(&["a", "b"]).file("shared", "[run]\nrelative_files = true\n[report]\nexclude_also = d = 4\n");
    assert_eq!(counts(&summary(&project, "--rcfile shared")), [("a".into(), 1, 3), ("b".into(), 1, 3)]);
}

#[test]
fn a_rule_of_the_command_line_names_files_as_reports_do() {
    let project = parts(&["a", "b"]).file("a/.coverage.1", lines("/ci/a/src/m.py", &[1, 2]));
    let project = project.file("b/.coverage.1", lines("lib/m.py", &[1]));
    let found = summary(&project, "--map /ci/a=a --map b/lib=b/src");
    assert_eq!(counts(&found), [("a".into(), 2, 4), ("b".into(), 1, 4)]);
    assert_eq!(found["warnings"], Value::Array(Vec::new()));
}

#[test]
fn other_commands_know_the_fragments_of_parts() {
    let project = monorepo();
    let manifest = project.run("manifest");
    assert!(manifest.starts_with("exit: 0\n") && manifest.contains("3+ $ "), "{manifest}");
    assert_snapshot!(project.run("clean --yes"), @"
    exit: 0
    stdout:
    stderr:
      packages/api/.coverage.runner.pid1.Xaaaaaa0x.HET8fAKzibvh
      packages/lib/.coverage.runner.pid2.Xaaaaaa1x.Hk5TUe3kkhPh
      shards/web-1/.coverage.runner.pid3.Xaaaaaa2x.HwvhhrexzKvh
      deleted 3 files
    ");
    let project = parts(&["a", "b"]);
    assert!(project.run("-q -o total=t --delete-fragments").starts_with("exit: 0\n"));
    assert!(!project.path("a/.coverage.1").exists() && !project.path("b/.coverage.1").exists());
}

#[test]
fn expectations_look_at_the_fragments_of_parts() {
    let project = parts(&["a", "b"]);
    assert!(project.run("-q --expect 2 --expect-in {a,b}").starts_with("exit: 0\n"));
    let shown = project.run("-q --expect-in {a,b,c}");
    assert!(shown.starts_with("exit: 3\n") && shown.contains("1 of 3 expected places holds no fragment: c"), "{shown}");
    let manifest = project.file("list", "a/.coverage.*\nb/.coverage.*\n");
    assert!(manifest.run("-q --expect-file list").starts_with("exit: 0\n"));
}

#[test]
fn files_that_no_fragment_names_belong_to_the_part_in_whose_root_they_lie() {
    let project = parts(&["a", "b"]).file("a/src/new.py", "n = 1\n").file("b/src/new.py", "n = 1\nm = 2\n");
    let project = project.file("b/.coveragerc", "[run]\nrelative_files = true\nsource = src\n");
    // That of the settings of each part.
    assert_eq!(counts(&summary(&project, "--source")), [("a".into(), 1, 4), ("b".into(), 1, 6)]);
    assert_eq!(counts(&summary(&project, "--source=a/src")), [("a".into(), 1, 5), ("b".into(), 1, 4)]);
    assert_eq!(counts(&summary(&project, "--source=a/src --omit a/*")), [("a".into(), 0, 0), ("b".into(), 1, 4)]);
    let project = project.file("a/.coveragerc", "[run]\nrelative_files = true\n[report]\nomit = src/new.py\n");
    assert_eq!(counts(&summary(&project, "--source=a/src --source=b/src")), [("a".into(), 1, 4), ("b".into(), 1, 6)]);
}

#[test]
fn two_runs_are_those_of_one_part() {
    let at = |when: &str| DataFile::new().at(when).lines("src/m.py", "", &[1]).bytes();
    let project = parts(&["a", "b"])
        .file("a/.coverage.1", at("2026-11-21 06:00:00"))
        .file("b/.coverage.1", at("2026-11-21 09:00:00"));
    assert_eq!(summary(&project, "")["warnings"], Value::Array(Vec::new()));
    let found = summary(&project.file("b/.coverage.2", at("2026-11-20 09:00:00")), "");
    let text = found["warnings"][0]["text"].as_str().unwrap();
    assert!(text.starts_with("part `b`: the fragments seem to be of two test runs: 1 of 2026-11-20"), "{text}");
}

#[test]
fn parts_stand_in_pyproject_toml_beside_coverage_py_s_settings() {
    let pyproject = "[tool.coverage.run]\nparallel = true\n[tool.covmerge]\nfail-under = 50\n\
        [[tool.covmerge.part]]\nroot = 'a'\n[[tool.covmerge.part]]\nname = 'bee'\nroot = 'b'\nfail-under = 10\n";
    let project = parts(&["a", "b"]).file("pyproject.toml", pyproject);
    fs::remove_file(project.path("covmerge.toml")).unwrap();
    // Without `relative_files` anywhere, names are absolute, those of end-to-end tests too.
    let named = |name: &str| project.path("").canonicalize().unwrap().join(name).to_str().unwrap().to_owned();
    let measured = |name: &str, ran: &[usize]| lines(&named(name), ran);
    let [a, b, e2e] = [measured("a/src/m.py", &[1, 2]), measured("b/src/m.py", &[1]), measured("b/src/m.py", &[4])];
    let project = project.file("a/.coverage.1", a).file("b/.coverage.1", b).file(".coverage.e2e", e2e);
    let project = project.file("a/.coveragerc", "[run]\nparallel = true\n").file("b/.coveragerc", "");
    assert_eq!(counts(&summary(&project, "")), [("a".into(), 2, 4), ("bee".into(), 2, 4)]);
    let shown = project.run("-v -o total");
    assert!(shown.contains("passed: coverage of part `bee` is 50.00%, required 10%"), "{shown}");
    assert!(shown.contains("b/.coverage.1: ") && shown.contains("merged, 1 file, part `bee`"), "{shown}");
}
