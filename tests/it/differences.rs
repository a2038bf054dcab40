//! A test for each row of `docs/differences.md`.

use std::collections::BTreeSet;

use covmerge::read::Contexts;
use serde_json::Value;

use crate::data_file::DataFile;
use crate::project::Project;

const BRANCH: &str = "a = 1\nif a:\n    b = 3\nc = 4\n";

/// The JSON report of a run that must succeed.
fn json(project: &Project, arguments: &str) -> Value {
    serde_json::from_str(&project.output("json", arguments).0).unwrap()
}

fn executed(report: &Value, file: &str) -> Vec<u64> {
    report["files"][file]["executed_lines"].as_array().unwrap().iter().filter_map(Value::as_u64).collect()
}

#[test]
fn fragments_of_equal_name_hash_but_other_bytes_are_both_merged() {
    // The second measured a file that never ran: coverage.py's hash does not cover it, and one of the two would be skipped.
    let project = Project::new()
        .file("a.py", BRANCH)
        .file("b.py", "x = 1\n")
        .relative()
        .file(".coverage.h.pid1.Xaaaaaaax.Hbbbbbbbbbbh", DataFile::new().lines("a.py", "", &[1, 2, 3, 4]).bytes())
        .file(
            ".coverage.h.pid2.Xaaaaaabx.Hbbbbbbbbbbh",
            DataFile::new().lines("a.py", "", &[1, 2, 3, 4]).touched("b.py").bytes(),
        );
    let report = json(&project, "");
    assert_eq!(report["totals"]["num_statements"], 5);
    assert_eq!(report["totals"]["missing_lines"], 1);
}

#[test]
fn fragments_of_the_same_bytes_are_merged_once_and_the_first_by_path_is_the_one_that_counts() {
    let bytes = DataFile::new().lines("a.py", "", &[1]).bytes();
    let project =
        Project::new().file("a.py", BRANCH).relative().file(".coverage.2", &bytes).file(".coverage.1", &bytes);
    let shown = project.run("-v -o total");
    assert!(
        shown.contains(".coverage.2: coverage.py 7.17.3") && shown.contains("duplicate of `.coverage.1`"),
        "{shown}"
    );
}

#[test]
fn fragments_without_rows_have_no_kind() {
    let project = Project::new()
        .file("a.py", BRANCH)
        .relative()
        .file(".coverage.1", DataFile::new().arcs("a.py", "", &[]).bytes())
        .file(".coverage.2", DataFile::new().lines("a.py", "", &[1]).bytes());
    assert_eq!(json(&project, "")["meta"]["branch_coverage"], false);
}

#[test]
fn branches_that_never_ran_are_branches_where_no_fragment_has_rows() {
    // coverage.py 7.17.5: `coverage report -m` of `add_arcs({})` and `touch_files(["a.py"])`.
    const EXPECTED: &str = "\
Name    Stmts   Miss Branch BrPart  Cover   Missing
---------------------------------------------------
a.py        4      4      2      0     0%   1-4
---------------------------------------------------
TOTAL       4      4      2      0     0%
";
    let branches = || DataFile::new().arcs("a.py", "", &[]).bytes();
    let statements = || DataFile::new().lines("a.py", "", &[]).bytes();
    let project = || Project::new().file("a.py", BRANCH).relative();
    let alone = project().file(".coverage", branches());
    assert_eq!(alone.output("text", "--show-missing").0, EXPECTED);
    // `data` keeps the kind: `coverage report --data-file=out.data -m` prints the same.
    assert!(alone.run("-o data=out.data").starts_with("exit: 0\n"));
    assert_eq!(
        project().file(".coverage", std::fs::read(alone.path("out.data")).unwrap()).output("text", "--show-missing").0,
        EXPECTED
    );
    let silent = project().file(".coverage.1", branches()).file(".coverage.2", DataFile::new().touched("a.py").bytes());
    assert_eq!(silent.output("text", "--show-missing").0, EXPECTED);
    assert_eq!(json(&project().file(".coverage", statements()), "")["meta"]["branch_coverage"], false);
}

#[test]
fn both_kinds_are_refused_whatever_the_order_unless_lines_are_enough() {
    for (first, second) in [(1, 2), (2, 1)] {
        let project = Project::new()
            .file("a.py", BRANCH)
            .relative()
            .file(&format!(".coverage.{first}"), DataFile::new().arcs("a.py", "", &[(-1, 1), (1, 2), (2, 3)]).bytes())
            .file(&format!(".coverage.{second}"), DataFile::new().lines("a.py", "", &[4]).bytes());
        assert!(project.run("").starts_with("exit: 1\n"));
        assert_eq!(executed(&json(&project, "--branch-mix lines"), "a.py"), [1, 2, 3, 4]);
    }
}

#[test]
fn the_automatic_rule_of_relative_files_does_not_depend_on_the_order() {
    // The absolute path sorts first: coverage.py would meet it before it has learnt the directory from the relative one.
    let project = Project::new()
        .file("pkg/a.py", BRANCH)
        .relative()
        .file(".coverage.1", DataFile::new().lines("/elsewhere/checkout/pkg/a.py", "", &[1]).bytes())
        .file(".coverage.2", DataFile::new().lines("pkg/a.py", "", &[2]).bytes());
    let report = json(&project, "");
    assert_eq!(executed(&report, "pkg/a.py"), [1, 2]);
    assert_eq!(report["files"].as_object().unwrap().len(), 1);
}

#[test]
fn a_path_that_exists_as_recorded_is_kept() {
    let project = Project::new()
        .file("d0/f.py", "a = 1\n")
        .file("d0/d0/f.py", "a = 1\nb = 2\n")
        .relative()
        .file(".coverage.1", DataFile::new().lines("d0/d0/f.py", "", &[1, 2]).lines("d0/f.py", "", &[1]).bytes());
    let report = json(&project, "");
    assert_eq!((executed(&report, "d0/d0/f.py"), executed(&report, "d0/f.py")), (vec![1, 2], vec![1]));
}

#[test]
fn an_absolute_result_that_its_own_pattern_matches_counts() {
    let project = Project::new().file("src/a.py", BRANCH);
    let root = project.path("").canonicalize().unwrap();
    let settings = format!("[run]\nrelative_files = true\n[paths]\ns =\n  {}/src\n  */src\n", root.display());
    let project =
        project.file(".coveragerc", settings).file(".coverage.1", DataFile::new().lines("src/a.py", "", &[1]).bytes());
    assert_eq!(executed(&json(&project, ""), "src/a.py"), [1]);
}

#[cfg(unix)]
#[test]
fn a_source_that_a_link_leads_to_is_one_file() {
    use std::os::unix::fs::symlink;

    let outside = Project::new().file("c.py", BRANCH);
    for relative in [false, true] {
        let project = Project::new()
            .file("real/a.py", BRANCH)
            .file(".coveragerc", format!("[run]\nrelative_files = {relative}\n"))
            .file(
                ".coverage.1",
                DataFile::new()
                    .lines("one/a.py", "", &[1])
                    .lines("two/a.py", "", &[2])
                    .lines("out/c.py", "", &[1])
                    .lines("again/c.py", "", &[2])
                    .lines("alone/a.py", "", &[1])
                    .bytes(),
            )
            .file("lonely/a.py", BRANCH);
        for (link, to) in [("one", "real"), ("two", "real"), ("alone", "lonely")] {
            symlink(to, project.path(link)).unwrap();
        }
        for link in ["out", "again"] {
            symlink(outside.path("").canonicalize().unwrap(), project.path(link)).unwrap();
        }
        let report = json(&project, "");
        let names: Vec<&String> = report["files"].as_object().unwrap().keys().collect();
        assert_eq!(names, ["again/c.py", "alone/a.py", "real/a.py"]);
        assert_eq!((executed(&report, "real/a.py"), executed(&report, "again/c.py")), (vec![1, 2], vec![1, 2]));
    }
}

#[test]
fn copies_are_warned_of_and_the_rule_of_the_warning_unites_them() {
    let names = ["py311", "py312"].map(|name| format!(".tox/{name}/lib/site-packages/app/a.py"));
    for relative in [false, true] {
        let project = Project::new().file(".coveragerc", format!("[run]\nrelative_files = {relative}\n"));
        let absolute = |name: &str| project.path("").canonicalize().unwrap().join(name).to_str().unwrap().to_owned();
        let data = names.iter().zip(1..).fold(DataFile::new(), |data, (name, line)| {
            data.lines(&if relative { name.clone() } else { absolute(name) }, "", &[line])
        });
        let project =
            names.iter().fold(project.file(".coverage.1", data.bytes()), |project, name| project.file(name, BRANCH));
        let shown = project.run("-o total");
        let rule = "--map .tox/py312/lib/site-packages=.tox/py311/lib/site-packages";
        assert!(shown.contains("warning: 1 file below") && shown.contains(rule), "{shown}");
        let report = json(&project, rule);
        assert_eq!(report["files"].as_object().unwrap().keys().collect::<Vec<_>>(), [&names[0]]);
        assert_eq!(executed(&report, &names[0]), [1, 2]);
    }
}

#[test]
fn copies_below_two_roots_are_warned_of_and_the_rule_of_the_warning_unites_them() {
    for relative in [false, true] {
        let project = Project::new().file(".coveragerc", format!("[run]\nrelative_files = {relative}\n"));
        let absolute = |name: &str| project.path("").canonicalize().unwrap().join(name).to_str().unwrap().to_owned();
        let names = ["one/app/a.py", "one/app/b.py", "two/app/a.py", "two/app/b.py"];
        let data = names.iter().zip([1, 1, 2, 2]).fold(DataFile::new(), |data, (name, line)| {
            data.lines(&if relative { (*name).to_owned() } else { absolute(name) }, "", &[line])
        });
        let project =
            names.iter().fold(project.file(".coverage.1", data.bytes()), |project, name| project.file(name, BRANCH));
        let shown = project.run("-o total");
        assert!(shown.contains("warning: 2 files below `two`") && shown.contains("`--map two=one`"), "{shown}");
        let report = json(&project, "--map two=one");
        assert_eq!(report["files"].as_object().unwrap().keys().collect::<Vec<_>>(), names[..2]);
        assert_eq!(executed(&report, names[0]), [1, 2]);
        assert!(!project.run("--map two=one -o total").contains("warning"));
    }
}

#[test]
fn relative_names_are_below_the_root_whatever_the_settings_say() {
    let project = Project::new()
        .file("pkg/a.py", BRANCH)
        .file(".coverage.1", DataFile::new().lines("pkg/a.py", "", &[1, 2]).bytes());
    assert_eq!(executed(&json(&project, "-o data=d"), "pkg/a.py"), [1, 2]);
    // coverage.py reports 0% for the fragment, and for this file the same as covmerge.
    let written = covmerge::read::coveragepy::read(&std::fs::read(project.path("d")).unwrap(), &Contexts::default());
    let absolute = project.path("pkg/a.py").canonicalize().unwrap();
    assert_eq!(written.unwrap().files[0].0, absolute.to_str().unwrap());
    // With the setting the names stay as they are.
    let project = project.relative();
    json(&project, "-o data=d");
    let written = covmerge::read::coveragepy::read(&std::fs::read(project.path("d")).unwrap(), &Contexts::default());
    assert_eq!(written.unwrap().files[0].0, "pkg/a.py");
}

#[test]
fn a_file_below_nested_roots_belongs_to_the_longest() {
    let project = Project::new()
        .file("src/flask/app.py", "a = 1\n")
        .file("tests/test_app.py", "a = 1\n")
        .file(".coveragerc", "[run]\nrelative_files = true\nsource =\n    src\n    src/flask\n    tests\n")
        .file(
            ".coverage.1",
            DataFile::new().lines("src/flask/app.py", "", &[1]).lines("tests/test_app.py", "", &[1]).bytes(),
        );
    let (xml, _) = project.output("xml", "");
    assert!(xml.contains("filename=\"app.py\"") && xml.contains("filename=\"test_app.py\""), "{xml}");
}

/// The sources and the file names of the XML.
fn xml_names(project: &Project, arguments: &str) -> (Vec<String>, Vec<String>) {
    let (xml, _) = project.output("xml", arguments);
    let root = project.path("").canonicalize().unwrap();
    let found = |start: &str, end: &str| {
        let texts = xml.split(start).skip(1).filter_map(|rest| rest.split(end).next());
        texts.map(|text| text.replace(root.to_str().unwrap().trim_end_matches('/'), "[root]")).collect()
    };
    (found("<source>", "</source>"), found("filename=\"", "\""))
}

#[test]
fn two_roots_with_equal_names_lose_no_class() {
    for relative in [false, true] {
        let settings = format!("[run]\nrelative_files = {relative}\nsource = pkg, tests\n");
        let project = Project::new()
            .file("pkg/__init__.py", "a = 1\n")
            .file("pkg/seen.py", "a = 1\n")
            .file("tests/__init__.py", "a = 1\nb = 2\n")
            // This file was not measured, but readers find it first.
            .file("pkg/shared.py", "")
            .file("tests/shared.py", "a = 1\n")
            .file(".coveragerc", settings);
        let names = ["pkg/__init__.py", "pkg/seen.py", "tests/__init__.py", "tests/shared.py"];
        let data = names.iter().fold(DataFile::new(), |data, name| data.lines(name, "", &[1]));
        let project = project.file(".coverage.1", data.bytes());
        let (sources, files) = xml_names(&project, "");
        let sources: Vec<&str> = sources.iter().map(String::as_str).collect();
        assert_eq!(sources, if relative { ["", "pkg", "tests"] } else { ["[root]", "[root]/pkg", "[root]/tests"] });
        assert_eq!(files, ["__init__.py", "seen.py", "tests/__init__.py", "tests/shared.py"]);
        let xml = project.read("out.xml");
        assert!(xml.contains("lines-valid=\"5\"") && xml.matches("<line ").count() == 5, "{xml}");
    }
}

#[test]
fn a_reader_in_the_working_directory_finds_every_class_wherever_the_root_is() {
    let here = ["m.py", "pkg/m.py", "tests/m.py", "pkg/tests/m.py", "pkg/pkg/m.py", "pkg/src/m.py", "src/pkg/m.py"];
    let measured = ["m.py", "tests/m.py", "src/m.py", "pkg/m.py", "other/m.py"];
    for (cwd, root, sources) in [
        (".", "pkg", ""),
        (".", "pkg", "tests, pkg, src"),
        (".", "src", "pkg, nowhere"),
        ("pkg", "..", ""),
        ("pkg", "..", "tests, pkg, src"),
        ("tests", "../pkg", "tests"),
    ] {
        for relative in [true, false] {
            let project = here.iter().fold(Project::new(), |project, name| project.file(name, "a = 1\n"));
            let top = project.path(cwd).join(root).canonicalize().unwrap();
            let there = |name: &&&str| top.join(name).is_file();
            let data = measured.iter().filter(there).fold(DataFile::new(), |data, name| data.lines(name, "", &[1]));
            let settings = format!("[run]\nrelative_files = {relative}\nsource = {sources}\n");
            let project = project.file(&format!("{cwd}/.coveragerc"), settings);
            std::fs::write(top.join(".coverage.1"), data.bytes()).unwrap();
            for flavour in ["coveragepy", "strict"] {
                let mut command = project.covmerge(&format!("--root {root} --xml-flavour {flavour} -o xml=out.xml"));
                let output = command.arg(&top).current_dir(project.path(cwd)).output().unwrap();
                assert!(output.status.success(), "{output:?}");
                let xml = project.read(&format!("{cwd}/out.xml"));
                let texts = |start, end| xml.split(start).skip(1).filter_map(move |rest: &str| rest.split(end).next());
                // The strict flavour is for readers in the root if that is not below the working directory.
                let reader = if flavour == "strict" && cwd != "." { top.clone() } else { project.path(cwd) };
                let found = |name: &str| {
                    let mut candidates = texts("<source>", "</source>").map(|source| reader.join(source).join(name));
                    candidates.find(|path| path.is_file()).map(|path| path.canonicalize().unwrap())
                };
                let found: BTreeSet<_> = texts("filename=\"", "\"").filter_map(found).collect();
                let own: BTreeSet<_> = measured.iter().filter(there).map(|name| top.join(name)).collect();
                // A relative name may lead nowhere, as in coverage.py, but not to another file.
                assert!(found.is_subset(&own), "{cwd} {root} {sources} {relative}: {found:?}\n{xml}");
                assert!(relative || flavour == "strict" || found == own, "{cwd} {root} {sources}: {found:?}\n{xml}");
            }
        }
    }
}

#[test]
fn a_relative_name_that_leads_to_another_file_is_named_from_the_working_directory() {
    let project = Project::new()
        .file("m.py", "")
        .file("sub/m.py", "a = 1\n")
        .file("sub/n.py", "a = 1\n")
        .file("sub/.coverage.1", DataFile::new().lines("m.py", "", &[1]).lines("n.py", "", &[1]).bytes())
        .relative();
    let named = |source: &str, files: [&str; 2]| (vec![source.to_owned()], files.map(str::to_owned).to_vec());
    assert_eq!(xml_names(&project, "sub --root sub"), named("", ["n.py", "sub/m.py"]));
    assert_eq!(xml_names(&project, "sub --root sub --xml-flavour strict"), named(".", ["n.py", "sub/m.py"]));
    std::fs::remove_file(project.path("m.py")).unwrap();
    assert_eq!(xml_names(&project, "sub --root sub"), named("", ["m.py", "n.py"]));
}

#[test]
fn strict_names_are_relative_to_the_repository() {
    let project = Project::new()
        .file("part/src/a.py", "a = 1\n")
        .file("part/.coveragerc", "[run]\nsource = src\n")
        .file("part/.coverage.1", DataFile::new().lines("src/a.py", "", &[1]).bytes());
    for (git, name) in [(None, "src/a.py"), (Some(".git"), "part/src/a.py")] {
        if let Some(git) = git {
            std::fs::create_dir(project.path(git)).unwrap();
        }
        let mut command = project.covmerge("--xml-flavour strict -o xml=-");
        let xml = String::from_utf8(command.current_dir(project.path("part")).output().unwrap().stdout).unwrap();
        assert!(xml.contains("<source>.</source>") && xml.contains(&format!("filename=\"{name}\"")), "{xml}");
    }
}

#[test]
fn absolute_names_stay_absolute_in_the_xml_however_many() {
    let outside = Project::new().file("a.py", "a = 1\n").file("z.py", "a = 1\n");
    let names = ["a.py", "z.py"].map(|name| outside.path(name).canonicalize().unwrap().to_str().unwrap().to_owned());
    let data = names.iter().fold(DataFile::new(), |data, name| data.lines(name, "", &[1]));
    let project = Project::new().relative().file(".coverage.1", data.bytes());
    let (xml, _) = project.output("xml", "");
    // coverage.py drops the first slash of the second.
    for name in names {
        assert!(xml.contains(&format!("filename=\"{name}\"")), "{name}");
    }
}

#[test]
fn a_contexts_filter_holds_for_every_output_and_the_verdict() {
    let project = Project::new()
        .file("a.py", BRANCH)
        .relative()
        .file(".coverage.1", DataFile::new().lines("a.py", "", &[1, 2]).lines("a.py", "test_b", &[3, 4]).bytes());
    let shown = project.run("--contexts test_ --fail-under 51 -o total -o xml=out.xml -o lcov=out.lcov");
    assert!(shown.starts_with("exit: 2\nstdout:\n  50\n"), "{shown}");
    assert!(project.read("out.xml").contains("lines-covered=\"2\""));
    assert!(project.read("out.lcov").contains("LH:2\n"));
}

#[test]
fn nothing_parsable_is_no_report_even_when_errors_are_ignored() {
    let project = Project::new()
        .file("a.py", "def f(:\n")
        .relative()
        .file(".coverage.1", DataFile::new().lines("a.py", "", &[1]).bytes());
    assert!(project.run("--ignore-errors -o xml=out.xml").starts_with("exit: 1\n"));
    assert!(!project.path("out.xml").exists());
}

#[test]
fn what_need_not_be_python_and_does_not_parse_is_left_out_with_a_warning() {
    let project = Project::new()
        .file("a.py", "a = 1\n")
        .file("page.mako", "<%def>\n")
        .relative()
        .file(".coverage.1", DataFile::new().lines("a.py", "", &[1]).lines("page.mako", "", &[1]).bytes());
    let shown = project.run("-o total");
    assert!(shown.starts_with("exit: 0\nstdout:\n  100\n") && shown.contains("`page.mako` is left out"), "{shown}");
}

#[test]
fn a_file_that_a_plugin_measured_needs_claims() {
    let project = Project::new().file("a.py", "a = 1\n").file("page.html", "<p>\n").relative().file(
        ".coverage.1",
        DataFile::new().lines("a.py", "", &[1]).lines("page.html", "", &[1]).tracer("page.html", "django").bytes(),
    );
    let shown = project.run("");
    assert!(
        shown.starts_with("exit: 1\n") && shown.contains("plugin `django`") && shown.contains("`page.html`"),
        "{shown}"
    );
    assert!(
        project.run("--omit *.html -o total").starts_with("exit: 0\n"),
        "{}",
        project.run("--omit *.html -o total")
    );
}

#[test]
fn include_and_omit_given_twice_both_count() {
    let project =
        Project::new().file("a.py", "a = 1\n").file("b.py", "a = 1\n").file("c.py", "a = 1\n").relative().file(
            ".coverage.1",
            DataFile::new().lines("a.py", "", &[1]).lines("b.py", "", &[]).lines("c.py", "", &[]).bytes(),
        );
    let report = json(&project, "--omit b.py --omit c.py");
    assert_eq!(report["files"].as_object().unwrap().keys().collect::<Vec<_>>(), ["a.py"]);
}

#[test]
fn encodings_that_nobody_writes_programs_in_are_refused_by_name() {
    for name in ["utf-7", "punycode", "unicode_escape", "raw_unicode_escape", "hz"] {
        let project = Project::new()
            .file("a.py", format!("# coding: {name}\na = 2\n"))
            .relative()
            .file(".coverage.1", DataFile::new().lines("a.py", "", &[2]).bytes());
        let shown = project.run("");
        assert!(shown.starts_with("exit: 1\n"), "{shown}");
        assert!(shown.contains(&format!("line 1: sources in the encoding `{name}` cannot be read")), "{shown}");
    }
}

#[test]
fn a_with_statement_whose_body_has_no_code_is_counted() {
    let source = "def f(a):\n    with a:\n        global b\n    with a:\n        c: int\n    return 6\n";
    let project = Project::new()
        .file("a.py", source)
        .relative()
        .file(".coverage.1", DataFile::new().arcs("a.py", "", &[(-1, 1), (1, -1)]).bytes());
    let report = json(&project, "");
    let file = &report["files"]["a.py"];
    assert_eq!(executed(&report, "a.py"), [1]);
    assert_eq!(file["missing_lines"], serde_json::json!([2, 4, 6]));
    assert_eq!(file["summary"]["num_branches"], 0);
}

#[test]
fn elif_has_no_bound() {
    let project = Project::new()
        .file("a.py", "if a: b\n".to_owned() + &"elif a: b\n".repeat(50_000))
        .relative()
        .file(".coverage.1", DataFile::new().lines("a.py", "", &[1]).bytes());
    assert_eq!(json(&project, "")["totals"]["num_statements"], 50_001);
}
