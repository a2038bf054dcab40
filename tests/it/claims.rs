//! The basis of a file's statements: its fragments, its source, or neither.

use serde_json::{Value, json};

use crate::data_file::DataFile;
use crate::project::Project;

const SOURCE: &str = "\"\"\"doc\"\"\"\na = (\n    1\n)\nif a:\n    b = 6\nelse:\n    b = 8\n";

/// Slipcover's JSON of `a.py`, with branches.
fn slipcover(executed: &[u32], missing: &[u32], taken: &[[u32; 2]], untaken: &[[u32; 2]]) -> String {
    let file = json!({
        "executed_lines": executed, "missing_lines": missing, "executed_branches": taken, "missing_branches": untaken,
        "summary": {"covered_lines": executed.len(), "missing_lines": missing.len(),
                    "covered_branches": taken.len(), "missing_branches": untaken.len(), "percent_covered": 0.0}
    });
    json!({
        "meta": {"software": "slipcover", "version": "1.1.0", "timestamp": "2026-11-21T06:20:16.000001", "branch_coverage": true, "show_contexts": false},
        "files": {"a.py": file},
        "summary": file["summary"]
    })
    .to_string()
}

fn report(project: &Project, arguments: &str) -> (Value, String) {
    let (report, said) = project.output("json", &format!("-q {arguments}"));
    (serde_json::from_str::<Value>(&report).unwrap()["files"]["a.py"].take(), said)
}

#[test]
fn fragments_that_agree_on_the_statements_need_no_source() {
    // Slipcover counts the docstring and the continuation line. Each process took one side.
    let project = Project::new()
        .file("1.json", slipcover(&[1, 2, 3, 5, 6], &[8], &[[5, 6]], &[[5, 8]]))
        .file("2.json", slipcover(&[1, 2, 3, 5, 8], &[6], &[[5, 8]], &[[5, 6]]));
    let (file, said) = report(&project, "1.json 2.json");
    assert_eq!(file["executed_lines"], json!([1, 2, 3, 5, 6, 8]));
    assert_eq!(file["executed_branches"], json!([[5, 6], [5, 8]]));
    assert_eq!(
        said,
        "warning: `a.py`, which `1.json` lists, is not found below the root\n  help: if the sources are there under other names, map the names in the fragments: `--map FROM=TO`\n"
    );
}

#[test]
fn where_reports_of_coverage_py_differ_on_the_statements_the_source_decides() {
    let project = Project::new()
        .file("a.py", SOURCE)
        .file("1.json", coverage_json(&[2, 5, 6], &[8], &[], &[[5, 6]], &[[5, 8]]))
        .file("2.json", coverage_json(&[2, 3, 5, 8], &[6], &[], &[[5, 8]], &[[5, 6]]));
    let (file, _) = report(&project, "1.json 2.json");
    assert_eq!(file["executed_lines"], json!([2, 5, 6, 8]));
    assert_eq!(file["executed_branches"], json!([[5, 6], [5, 8]]));
    let (file, _) = report(&project, "1.json 2.json --analysis never");
    assert_eq!(file["executed_lines"], json!([2, 3, 5, 6, 8]));
    std::fs::remove_file(project.path("a.py")).unwrap();
    let said = project.run("1.json 2.json");
    assert!(
        said.starts_with("exit: 1\n") && said.contains("because: its fragments list different statements"),
        "{said}"
    );
    assert!(said.contains("unite the lists as they are, with `--analysis never`"), "{said}");
}

#[test]
fn files_that_exclusions_do_not_reach_are_counted_in_plain_english() {
    let project = ["a.py", "b.py", "c.py"].iter().fold(Project::new(), |project, name| {
        let fragment = slipcover(&[1], &[2], &[], &[]).replace("a.py", name);
        project.file(&format!("{name}.json"), fragment)
    });
    let project = project.file(".coveragerc", "[report]\nexclude_also = b\n");
    for (fragments, which) in [
        ("a.py.json", "`a.py`, whose statements"),
        ("a.py.json b.py.json", "`a.py` and 1 more file, whose statements"),
        ("a.py.json b.py.json c.py.json", "`a.py` and 2 more files, whose statements"),
    ] {
        let (_, said) = report(&project, fragments);
        assert!(said.contains(&format!("warning: the exclusions in the settings do not apply to {which}")), "{said}");
    }
}

/// coverage.py's JSON report of `a.py`, with branches.
fn coverage_json(
    executed: &[u32],
    missing: &[u32],
    excluded: &[u32],
    taken: &[[i32; 2]],
    untaken: &[[i32; 2]],
) -> String {
    let summary = json!({
        "covered_lines": executed.len(), "num_statements": executed.len() + missing.len(), "percent_covered": 0.0,
        "percent_covered_display": "0", "missing_lines": missing.len(), "excluded_lines": excluded.len(),
        "num_branches": taken.len() + untaken.len(), "num_partial_branches": 0, "covered_branches": taken.len(), "missing_branches": untaken.len()
    });
    let file = json!({
        "executed_lines": executed, "summary": summary, "missing_lines": missing, "excluded_lines": excluded,
        "executed_branches": taken, "missing_branches": untaken
    });
    json!({
        "meta": {"format": 3, "version": "7.17.3", "timestamp": "2026-11-21T06:20:16.000001", "branch_coverage": true, "show_contexts": false},
        "files": {"a.py": file}, "totals": summary
    })
    .to_string()
}

#[test]
fn claims_of_two_tools_are_not_added_even_where_their_statements_are_the_same() {
    let project = Project::new()
        .file("a.py", "def f(a):\n    if a:\n        b = 3\nf(1)\n")
        .file("slip.json", slipcover(&[1, 2, 3, 4], &[], &[[2, 3]], &[[2, 0]]))
        .file("cov.json", coverage_json(&[1, 2, 3, 4], &[], &[], &[[2, 3]], &[[2, -1]]));
    for arguments in ["slip.json cov.json", "slip.json cov.json --analysis never"] {
        let (file, _) = report(&project, arguments);
        assert_eq!(
            (&file["summary"]["num_branches"], &file["summary"]["missing_branches"]),
            (&json!(2), &json!(1)),
            "{arguments}"
        );
    }
}

#[test]
fn claims_of_two_tools_that_differ_cannot_be_united_without_the_source() {
    // coverage.py does not count the docstring. With the same statements, an exit that only one of the tools sees is enough.
    let slip = slipcover(&[1, 2, 3, 5, 6], &[8], &[[5, 6]], &[[5, 8]]);
    for (slip, cov) in [
        (&slip, coverage_json(&[2, 5, 6], &[8], &[], &[[5, 6]], &[[5, 8]])),
        (&slip, coverage_json(&[1, 2, 3, 5, 6], &[8], &[], &[[5, 6]], &[])),
    ] {
        let project = Project::new().file("a.py", SOURCE).file("slip.json", slip).file("cov.json", cov);
        let shown = project.run("slip.json cov.json --analysis never");
        assert!(shown.starts_with("exit: 1\n"), "{shown}");
        assert!(shown.contains("because: coverage.py and slipcover list different statements"), "{shown}");
        let (file, said) = report(&project, "slip.json cov.json");
        assert_eq!(file["summary"]["num_statements"], 4);
        assert!(said.contains("help: the sources decide"), "{said}");
        // The claims of one tool give that tool's number.
        assert_eq!(report(&project, "slip.json --analysis never").0["summary"]["num_statements"], 6);
    }
}

#[test]
fn an_exit_that_a_data_file_saw_taken_is_taken_without_the_source_too() {
    // coverage.py's data of two runs of one script, one without an argument and one with it.
    let source = "import sys\ndef f(a):\n    if a:\n        return 1\n    return 2\nf(len(sys.argv) > 1)\n";
    let with = [(-1, 1), (2, 6), (3, 4), (-2, 3), (1, 2), (4, -2), (6, -1)];
    let project = Project::new()
        .file("a.py", source)
        .relative()
        .file("without.json", coverage_json(&[1, 2, 3, 5, 6], &[4], &[], &[[3, 5]], &[[3, 4]]))
        .file("with", DataFile::new().arcs("a.py", "", &with).bytes());
    for arguments in ["", "--analysis never"] {
        let shown = project.run(&format!("without.json with -q -o total {arguments}"));
        assert_eq!(shown, "exit: 0\nstdout:\n  100\nstderr:\n");
    }
    // Slipcover does not say which way out an exit is.
    let project = Project::new()
        .relative()
        .file("slip.json", slipcover(&[1, 2, 3, 4], &[], &[[2, 3]], &[[2, 0]]))
        .file("data", DataFile::new().arcs("a.py", "", &[(-1, 1), (1, 4), (4, -1), (-1, 2), (2, -1)]).bytes());
    let (file, said) = report(&project, "slip.json data --analysis never");
    assert_eq!(file["missing_branches"], json!([]));
    assert!(said.contains("help: the fragments that list statements decide"), "{said}");
}

#[test]
fn a_line_that_one_report_excludes_and_another_counts_is_counted_with_its_exits() {
    // All code is outside of functions.
    let with_functions = |report: String| {
        let mut report: Value = serde_json::from_str(&report).unwrap();
        let file = report["files"]["a.py"].clone();
        report["files"]["a.py"]["functions"] = json!({"": file});
        report.to_string()
    };
    let project = Project::new()
        .file("1.json", with_functions(coverage_json(&[1, 2], &[3, 4], &[], &[], &[[2, 3], [2, 4]])))
        .file("2.json", with_functions(coverage_json(&[1, 2], &[4], &[3], &[], &[])));
    let (file, _) = report(&project, "1.json 2.json --analysis never");
    for summary in [&file["summary"], &file["functions"][""]["summary"]] {
        assert_eq!((&summary["num_branches"], &summary["covered_branches"]), (&json!(2), &json!(0)), "{file}");
    }
}

#[test]
fn where_two_tools_meet_the_source_decides_and_both_are_named() {
    let project = Project::new()
        .file("a.py", SOURCE)
        .relative()
        .file("1.json", slipcover(&[1, 2, 3, 5, 6], &[8], &[[5, 6]], &[[5, 8]]))
        .file(
            ".coverage.1",
            DataFile::new().arcs("a.py", "", &[(-1, 1), (1, 3), (3, 2), (2, 5), (5, 8), (8, -1)]).bytes(),
        );
    let (file, said) = report(&project, "1.json .coverage.1");
    assert_eq!(file["executed_lines"], json!([2, 5, 6, 8]));
    assert_eq!(file["executed_branches"], json!([[5, 6], [5, 8]]));
    assert!(said.contains("`a.py` was measured by coverage.py and by slipcover"), "{said}");
}

#[test]
fn an_exit_that_the_source_does_not_have_is_a_warning() {
    let project = Project::new()
        .file("a.py", SOURCE)
        .file("1.json", slipcover(&[1, 2, 3, 5, 6], &[8], &[[5, 6], [5, 7]], &[[5, 8]]));
    let (file, said) = report(&project, "1.json --analysis always");
    assert_eq!(file["executed_branches"], json!([[5, 6]]));
    assert!(said.contains("1 exit that fragments record in `a.py` does not exist in its source"), "{said}");
    assert!(said.contains("help: they are not counted: Slipcover sees exits that coverage.py does not"), "{said}");
    // Reports of coverage.py 7.4 list exits that later versions do not.
    let project = project.file("2.json", coverage_json(&[2, 5, 6], &[8], &[], &[[5, 6], [5, 7]], &[[5, 8]]));
    let (_, said) = report(&project, "2.json --analysis always");
    assert!(said.contains("1 exit that") && said.contains("another version of coverage.py sees other exits"), "{said}");
    assert!(!said.contains("Slipcover"), "{said}");
}

#[test]
fn a_json_report_read_alone_gives_its_own_numbers_back() {
    for version in ["7.4.4", "7.6.12", "7.13.1", "7.17.3"] {
        let name = format!("fragments/coverage.py-json/versions/{version}-branch.json");
        let project = Project::new().file("report.json", std::fs::read(crate::project::testdata().join(name)).unwrap());
        let output = project.covmerge("-q report.json --analysis never -o json=out.json").output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        let theirs: Value = serde_json::from_str(&project.read("report.json")).unwrap();
        if theirs["files"].as_object().unwrap().values().any(|file| {
            file["executed_lines"].as_array().unwrap().len() as u64 > file["summary"]["covered_lines"].as_u64().unwrap()
        }) {
            // Before 7.13.1 docstrings were among the executed lines: such a report cannot be counted by itself.
            assert!(
                !output.status.success() && said.contains("the list is not one of statements"),
                "{version}: {said}"
            );
            continue;
        }
        assert!(output.status.success(), "{version}: {said}");
        let ours: Value = serde_json::from_str(&project.read("out.json")).unwrap();
        let same = |ours: &Value, theirs: &Value, place: &str| {
            for key in [
                "covered_lines",
                "num_statements",
                "missing_lines",
                "excluded_lines",
                "num_branches",
                "num_partial_branches",
                "covered_branches",
                "missing_branches",
            ] {
                assert_eq!(ours[key], theirs[key], "{version}{place}: {key}");
            }
        };
        same(&ours["totals"], &theirs["totals"], "");
        for (name, file) in theirs["files"].as_object().unwrap() {
            for kind in ["functions", "classes"] {
                let (ours, theirs) = (&ours["files"][name][kind], file[kind].as_object().unwrap());
                assert!(ours.as_object().unwrap().keys().eq(theirs.keys()), "{version} {name}: {ours}");
                for (region, theirs) in theirs {
                    let ours = &ours[region];
                    same(&ours["summary"], &theirs["summary"], &format!(" {name} {kind} `{region}`"));
                    for key in [
                        "executed_lines",
                        "missing_lines",
                        "excluded_lines",
                        "executed_branches",
                        "missing_branches",
                        "start_line",
                    ] {
                        assert_eq!(ours[key], theirs[key], "{version} {name} {kind} `{region}`: {key}");
                    }
                }
            }
        }
    }
}

/// The report of that version of coverage.py on a Python file and a plugin's, with no other file.
fn with_regions(version: &str) -> (Project, Value) {
    let name = format!("fragments/coverage.py-json/regions/{version}.json");
    let text = std::fs::read_to_string(crate::project::testdata().join(name)).unwrap();
    let theirs = serde_json::from_str(&text).unwrap();
    (Project::new().relative().file("report.json", text), theirs)
}

/// A region or file without shares, version and lines that ran although they are excluded, which coverage.py listed before 7.13.1.
fn comparable(region: &Value) -> Value {
    let mut region = region.clone();
    let excluded = region["excluded_lines"].as_array().unwrap().clone();
    region["executed_lines"].as_array_mut().unwrap().retain(|line| !excluded.contains(line));
    region["summary"].as_object_mut().unwrap().retain(|key, _| !key.starts_with("percent"));
    region
}

#[test]
fn the_regions_of_a_json_report_are_those_that_coveragepy_listed() {
    let text = |name: &str| {
        let path = crate::project::testdata().join("fragments/coverage.py-json/regions/src").join(name);
        std::fs::read_to_string(path).unwrap()
    };
    let newest = with_regions("7.17.5").1;
    for version in ["7.5.4", "7.6.12", "7.12.0", "7.13.1", "7.17.5"] {
        for sources in [false, true] {
            let (mut project, theirs) = with_regions(version);
            if sources {
                project = project.file("shop.py", text("shop.py")).file("page.tmpl", text("page.tmpl"));
            }
            let (ours, _) = project.output("json", "report.json");
            let ours: Value = serde_json::from_str(&ours).unwrap();
            for (name, file) in ours["files"].as_object().unwrap() {
                // Where no report lists regions, the source has them.
                let from = if sources && version == "7.5.4" && name == "shop.py" { &newest } else { &theirs };
                let expected = &from["files"][name];
                for kind in ["functions", "classes"] {
                    let place = format!("{version} {name} {kind}, sources: {sources}");
                    let regions = |file: &Value| file[kind].as_object().cloned().unwrap_or_default();
                    assert_eq!(file.get(kind).is_some(), expected.get(kind).is_some(), "{place}");
                    assert!(regions(file).keys().eq(regions(expected).keys()), "{place}: {}", file[kind]);
                    for (region, expected) in regions(expected) {
                        assert_eq!(comparable(&file[kind][&region]), comparable(&expected), "{place} `{region}`");
                    }
                }
            }
        }
    }
}

#[test]
fn regions_of_reports_of_two_versions_are_united() {
    let (_, newest) = with_regions("7.17.5");
    for (version, lists_start) in [("7.6.12", false), ("7.13.1", true), ("7.17.5", true)] {
        let (project, older) = with_regions(version);
        assert_eq!(older["files"]["shop.py"]["functions"][""].get("start_line").is_some(), lists_start);
        let project = project.file("newest.json", newest.to_string());
        let (ours, _) = project.output("json", "report.json newest.json --analysis never");
        let ours: Value = serde_json::from_str(&ours).unwrap();
        for kind in ["functions", "classes"] {
            let (ours, newest) = (&ours["files"]["shop.py"][kind], &newest["files"]["shop.py"][kind]);
            assert!(ours.as_object().unwrap().keys().eq(newest.as_object().unwrap().keys()), "{version}: {ours}");
            for (region, newest) in newest.as_object().unwrap() {
                assert_eq!(comparable(&ours[region]), comparable(newest), "{version} {kind} `{region}`");
            }
        }
    }
}

#[test]
fn lines_that_the_source_does_not_have_are_a_warning() {
    let project = Project::new()
        .file("a.py", "a = 1\n\n# a comment\nb = 4\n")
        .relative()
        .file(".coverage.1", DataFile::new().lines("a.py", "", &[1, 2, 3, 4, 9, 12]).bytes());
    let (file, said) = report(&project, "");
    assert_eq!(file["executed_lines"], json!([1, 4]));
    assert!(said.contains("the source has no code on 4 of 6 executed lines, in 1 file such as `a.py`: "), "{said}");
}

#[test]
fn a_source_that_is_too_short_for_what_fragments_list_is_a_warning() {
    let project = Project::new().file("a.py", "a = 1\n").file("1.json", slipcover(&[1, 2, 3], &[], &[], &[]));
    let (file, said) = report(&project, "1.json");
    assert_eq!(file["executed_lines"], json!([1, 2, 3]));
    assert!(said.contains("2 listed lines of `a.py` lie beyond its end (line 1)"), "{said}");
}

#[test]
fn a_missing_source_is_an_error_with_its_remedy_and_nothing_is_written() {
    let project = Project::new()
        .file("b.py", "a = 1\n")
        .relative()
        .file(".coverage.1", DataFile::new().lines("a.py", "", &[1]).lines("b.py", "", &[1]).bytes());
    let shown = project.run("");
    assert!(
        shown.starts_with("exit: 1\n") && shown.contains("`a.py` was measured, but its source was not found"),
        "{shown}"
    );
    assert!(shown.contains("help: map the path under `[paths]`"), "{shown}");
    assert!(!project.path("coverage.xml").exists());
    let shown = project.run("--ignore-errors -o total -o html=site");
    assert_eq!(project.run("-i -o total -o html=site"), shown);
    assert!(shown.starts_with("exit: 0\nstdout:\n  100\n") && shown.contains("`a.py` is left out"), "{shown}");
    assert!(project.read("site/functions.html").contains("analysed:</strong> a.py. The numbers"));
}

#[test]
fn tools_differ_on_nothing_in_an_empty_file_and_others_are_named_as_reports_name_them() {
    for (source, lines, differ) in [("", &[][..], false), ("a = 1\n", &[1], true)] {
        let project = Project::new().file("a.py", source);
        let path = project.path("a.py").canonicalize().unwrap();
        let measured = DataFile::new().arcs(path.to_str().unwrap(), "", &[(-1, 1), (1, -1)]).bytes();
        let project = project.file(".coverage.1", measured).file(".coverage.2", slipcover(lines, &[], &[], &[]));
        let shown = project.run("-o total");
        assert!(shown.starts_with("exit: 0\n"), "{shown}");
        let warning = "warning: `a.py` was measured by coverage.py and by slipcover, which define";
        assert_eq!((shown.contains(warning), shown.contains("define statements")), (differ, differ), "{shown}");
    }
}

/// A checkout whose package was measured in `api/`, where it is `src/m.py`, by Slipcover and by coverage.py.
fn measured_one_level_down() -> Project {
    let project = Project::new().file("api/src/m.py", SOURCE);
    let renamed = |text: String| text.replace("a.py", "src/m.py");
    let absolute = project.path("api/src/m.py").canonicalize().unwrap();
    project
        .file("slip.json", renamed(slipcover(&[1, 2, 3, 5, 6], &[8], &[[5, 6]], &[[5, 8]])))
        .file("cov.json", renamed(coverage_json(&[2, 5, 6], &[8], &[], &[[5, 6]], &[[5, 8]])))
        .file("data", DataFile::new().arcs(absolute.to_str().unwrap(), "", &[(-1, 2), (2, 5), (5, 8)]).bytes())
}

#[test]
fn a_relative_name_is_mapped_by_the_name_that_reports_show() {
    let project = measured_one_level_down();
    let here = project.path("").canonicalize().unwrap();
    let absolute = format!("{}/src=api/src", here.display());
    for fragments in ["slip.json", "cov.json", "slip.json data", "cov.json data"] {
        for rule in ["src=api/src", "./src=api/src", "src/=api/src/", ".=api", "*/src=api/src", &absolute] {
            let (report, said) = project.output("json", &format!("{fragments} --map {rule}"));
            let files = serde_json::from_str::<Value>(&report).unwrap()["files"].take();
            assert_eq!(files.as_object().unwrap().keys().collect::<Vec<_>>(), ["api/src/m.py"], "{fragments} {rule}");
            assert!(!said.contains("not found"), "{said}");
        }
    }
}

#[test]
fn a_file_that_is_not_found_is_named_with_its_fragment_where_another_fragment_has_one_that_is() {
    let project = measured_one_level_down();
    for fragment in ["slip.json", "cov.json"] {
        let (_, said) = project.output("json", &format!("{fragment} data"));
        let named = format!(
            "warning: `src/m.py`, which `{fragment}` lists, is not found below the root, and counts as a file of its own\n  help: if the fragment was made in another directory, map its paths: `--map FROM=TO`\n"
        );
        assert!(said.contains(&named), "{said}");
        let (_, said) = project.output("json", &format!("-q {fragment}"));
        assert_eq!(
            said,
            format!(
                "warning: `src/m.py`, which `{fragment}` lists, is not found below the root\n  help: if the sources are there under other names, map the names in the fragments: `--map FROM=TO`\n"
            )
        );
    }
}

/// What `testdata/claims/record.py` printed under that Python.
fn recorded_claims(python: &str) -> serde_json::Map<String, Value> {
    let path = format!("{}/testdata/claims/{python}.json", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

fn items(list: &Value) -> std::collections::BTreeSet<String> {
    list.as_array().unwrap().iter().map(Value::to_string).collect()
}

// Issue 10: a return out of `with` on the line of its `if` was placed on an exit that coverage.py never records, and the file was full.
#[test]
fn a_suite_on_the_line_of_its_branch_leads_where_coverage_py_says() {
    for python in ["3.11", "3.12", "3.13", "3.14"] {
        let programs = recorded_claims(python);
        assert!(programs.len() > 30, "{}", programs.len());
        for (name, recorded) in programs {
            let lists = |part: &str| recorded["slipcover"][part].clone();
            let (mut document, file): (Value, _) =
                (serde_json::from_str(&slipcover(&[], &[], &[], &[])).unwrap(), recorded["slipcover"].clone());
            (document["files"]["a.py"], document["summary"]) = (file, json!({}));
            let project =
                Project::new().file("a.py", recorded["text"].as_str().unwrap()).file("slip.json", document.to_string());
            let (file, _) = report(&project, &format!("slip.json --analysis always --python-version {python}"));
            for core in ["ctrace", "sysmon"].iter().filter(|core| recorded.get(**core).is_some()) {
                for part in ["executed_lines", "executed_branches"] {
                    let (ours, theirs) = (items(&file[part]), items(&recorded[core][part]));
                    assert!(ours.is_subset(&theirs), "{python}, {name}, {core}, {part}: {ours:?}, {theirs:?}");
                    let all = recorded["seen"] == false || ours == theirs;
                    assert!(
                        all,
                        "{python}, {name}, {core}, {part}: {ours:?}, {theirs:?}, {}",
                        lists("executed_branches")
                    );
                }
            }
        }
    }
}

// Issue 10: the same in mixed data, where coverage.py's own shard took the other exit.
#[test]
fn a_return_out_of_with_does_not_fill_a_file_that_coverage_py_measured_too() {
    let programs = recorded_claims("3.13");
    let taken = &programs["a return out of with, taken"];
    let mut document: Value = serde_json::from_str(&slipcover(&[], &[], &[], &[])).unwrap();
    (document["files"]["a.py"], document["summary"]) = (taken["slipcover"].clone(), json!({}));
    // Those of coverage.py with the argument 8.
    let arcs = [
        (-1, 1),
        (1, 2),
        (2, 4),
        (4, 6),
        (6, 8),
        (8, 10),
        (10, -1),
        (-10, 11),
        (11, 12),
        (12, 11),
        (11, 13),
        (13, -10),
        (-2, 3),
        (3, -2),
        (-4, 5),
        (5, -4),
    ];
    let project = Project::new()
        .file("a.py", taken["text"].as_str().unwrap())
        .relative()
        .file("slip.json", document.to_string())
        .file(".coverage.1", DataFile::new().arcs("a.py", "", &arcs).bytes());
    let (file, _) = report(&project, "slip.json .coverage.1");
    assert_eq!(file["executed_branches"], json!([[12, 13]]));
    assert_eq!(file["missing_branches"], json!([[12, -10]]));
}
