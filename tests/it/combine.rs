//! `-o data` against `coverage combine`, as recorded in `testdata/combine/`.

use std::fmt::Write as _;

use covmerge::model::arcs::Arc;
use covmerge::model::limits::Limits;
use covmerge::model::lines::Line;
use covmerge::model::trace::{ContextTrace, FileTrace, Recording};
use covmerge::read::{Contexts, coveragepy};
use serde_json::{Value, json};

use crate::data_file::DataFile;
use crate::project::Project;

fn rows(recorded: &str) -> Vec<Value> {
    serde_json::from_str(recorded).unwrap()
}

#[test]
fn a_file_belongs_to_the_plugin_that_coverage_py_gives_it_to() {
    let rows = rows(include_str!("../../testdata/combine/plugins.json"));
    assert_eq!(rows.len(), 36);
    for row in rows {
        let mut file = FileTrace::default();
        for fragment in row["fragments"].as_array().unwrap() {
            let plugin = fragment["plugin"].as_str().unwrap();
            file.union_with(FileTrace {
                tracers: Some(plugin).filter(|plugin| !plugin.is_empty()).map(Into::into).into_iter().collect(),
                by_python: plugin.is_empty() && fragment["measured"] == true,
                ..FileTrace::default()
            });
        }
        let owner = match file.rivals() {
            Some(_) => "conflict",
            None => file.tracers.first().map_or("", |plugin| plugin),
        };
        assert_eq!(row["owner"], owner, "{row}");
    }
}

fn texts(list: &Value) -> impl Iterator<Item = &str> {
    list.as_array().unwrap().iter().map(|text| text.as_str().unwrap())
}

#[test]
fn paths_lead_where_coverage_py_leads_them_when_it_combines_and_reports() {
    let rows = rows(include_str!("../../testdata/combine/paths.json"));
    assert!(rows.len() > 80);
    for row in rows {
        let mut project = Project::new();
        let root = project.path("").canonicalize().unwrap().to_str().unwrap().trim_end_matches('/').to_owned();
        let mut settings = format!("[run]\nrelative_files = {}\n[paths]\n", row["relative"]);
        for (number, locations) in row["paths"].as_array().unwrap().iter().enumerate() {
            _ = writeln!(settings, "p{number} =");
            texts(locations).for_each(|one| _ = writeln!(settings, "    {}", one.replace("{root}", &root)));
        }
        project = texts(&row["files"]).fold(project, |project, name| project.file(name, "a = 1\n".repeat(20)));
        for (name, number) in texts(&row["recorded"]).zip(1..) {
            let data = DataFile::new().lines(&name.replace("{root}", &root), "", &[number]);
            project = project.file(&format!(".coverage.{number:02}"), data.bytes());
        }
        let project = project.file(".coveragerc", settings);
        let (report, _) = project.output("json", "--ignore-errors");
        let report: Value = serde_json::from_str(&report).unwrap();
        let files = report["files"].as_object().unwrap();
        let found: Value = files.iter().map(|(name, file)| (name.clone(), file["executed_lines"].clone())).collect();
        assert_eq!(json!({"reported": found}), json!({"reported": row["reported"]}), "{row}");
    }
}

/// The content of the data file of that name, with its contexts.
fn read(project: &Project, name: &str) -> Recording {
    let keep = Contexts { keep: true, filter: Vec::new(), limits: Limits::DEFAULT };
    coveragepy::read(&std::fs::read(project.path(name)).unwrap(), &keep).unwrap()
}

fn names(recording: &Recording) -> Vec<&str> {
    recording.files.iter().map(|(name, _)| name.as_str()).collect()
}

#[test]
fn data_alone_holds_what_coverage_combine_makes_of_the_fragments() {
    for row in rows(include_str!("../../testdata/combine/merged.json")) {
        let case = row["case"].as_str().unwrap();
        let project = Project::of(&format!("parity/3.13/{case}")).relative();
        let shown = project.run("-o data=merged");
        assert!(shown.starts_with("exit: 0\nstdout:\nstderr:\n  merged 2 fragments"), "{shown}");
        let merged = read(&project, "merged");
        let file = |file: &FileTrace| {
            let ran = file.contexts.iter().map(|(context, ran)| {
                let arcs = ran.arcs.iter().map(|Arc { from, to }| json!([from, to]));
                let lines = ran.lines.iter().map(Line::get).map(Value::from);
                let zero = ran.zero.then(|| json!(0));
                (context.as_str().to_owned(), arcs.chain(zero).chain(lines).collect::<Value>())
            });
            let ran: Value = ran.filter(|(_, ran)| *ran != json!([])).collect();
            json!({"plugin": file.tracers.first().map_or("", |plugin| plugin), "ran": ran})
        };
        let found: Value = merged.files.iter().map(|(name, trace)| (name.clone(), file(trace))).collect();
        assert_eq!(found, row["files"], "{case}");
    }
}

#[test]
fn data_alone_needs_no_source_prints_no_total_and_keeps_what_a_plugin_measured() {
    let fragment =
        |line| DataFile::new().lines("page.html", "", &[line]).tracer("page.html", "house.templates").bytes();
    let project = Project::new()
        .file(".coveragerc", "[run]\nrelative_files = true\n[report]\nfail_under = 100\n")
        .file(".coverage.1", fragment(1))
        .file(".coverage.2", fragment(2));
    insta::assert_snapshot!(project.run("-o data=merged"), @r"
    exit: 0
    stdout:
    stderr:
      merged 2 fragments (coverage.py, statement) covering 1 file in [time]
      wrote merged
    ");
    let (_, page) = &read(&project, "merged").files[0];
    assert_eq!(page.executed().iter().map(Line::get).collect::<Vec<_>>(), [1, 2]);
    assert!(page.tracers.iter().map(|plugin| &**plugin).eq(["house.templates"]));
}

#[test]
fn data_alone_is_judged_where_a_flag_says_so() {
    let project = Project::new()
        .file("a.py", "a = 1\nb = 2\n")
        .relative()
        .file("covmerge.toml", "fail-under = 90\n")
        .file(".coverage.1", DataFile::new().lines("a.py", "", &[1]).bytes());
    assert!(project.run("-o data=merged").starts_with("exit: 0\n"));
    assert!(project.run("-o data=merged --fail-under 60").starts_with("exit: 2\n"));
    assert!(project.run("-o data=merged -o total").starts_with("exit: 2\n"));
}

#[test]
fn data_alone_needs_no_version_whose_rules_are_known() {
    let project = Project::new()
        .file(".python-version", "3.9\n")
        .file(".coverage.1", DataFile::new().lines("a.py", "", &[1]).bytes());
    let shown = project.run("-o data=merged");
    assert!(shown.starts_with("exit: 0\n"), "{shown}");
    assert!(project.run("-o data=merged --fail-under 60").starts_with("exit: 64\n"));
}

#[test]
fn data_alone_needs_no_rule_of_a_plugin() {
    let rule = "[coverage_conditional_plugin]\nrules =\n  \"is_installed('x')\": pragma-x\n";
    let project = Project::new()
        .file(".coveragerc", format!("[run]\nplugins = coverage_conditional_plugin\n{rule}"))
        .file(".coverage.1", DataFile::new().lines("a.py", "", &[1]).bytes());
    let shown = project.run("-o data=merged");
    assert!(shown.starts_with("exit: 0\n"), "{shown}");
    assert!(project.run("-o data=merged --fail-under 60").starts_with("exit: 64\n"));
}

#[test]
fn data_alone_counts_bad_and_missing_fragments() {
    let project =
        Project::new().file(".coverage.1", DataFile::new().lines("a.py", "", &[1]).bytes()).file(".coverage.2", "hi\n");
    assert!(project.run("-o data=merged").starts_with("exit: 3\n"));
    assert!(!project.path("merged").exists());
    let shown = project.run("-o data=merged --bad-fragments skip -q");
    assert!(shown.starts_with("exit: 3\n") && shown.contains("incomplete: 1 of 2 fragments rejected"), "{shown}");
    assert_eq!(read(&project, "merged").incomplete.as_deref(), Some("1 of 2 fragments rejected"));
    let shown = project.run(".coverage.1 -o data=merged --expect 2");
    assert!(shown.starts_with("exit: 3\n") && shown.contains("incomplete: 1 fragment, expected 2"), "{shown}");
}

#[test]
fn data_that_cannot_be_merged_is_refused() {
    let claimed = r#"{"meta": {"software": "slipcover", "version": "1.1.0", "timestamp": "2026-01-01T00:00:00", "branch_coverage": false, "show_contexts": false}, "files": {"a.py": {"executed_lines": [1], "missing_lines": [2], "summary": {"covered_lines": 1, "missing_lines": 1, "percent_covered": 50.0}}}, "summary": {}}"#;
    let project = Project::new().file("a.py", "a = 1\nb = 2\n").file(".coverage.json", claimed);
    let shown = project.run("-o data=merged");
    assert!(shown.starts_with("exit: 1\n") && shown.contains("claimed by slipcover"), "{shown}");
    assert!(!project.path("merged").exists());
}

#[test]
fn data_keeps_what_the_reports_beside_it_leave_out() {
    let fragment = ["a.py", "gone.py", "omitted.py", "page.mako"]
        .iter()
        .fold(DataFile::new(), |data, name| data.lines(name, "", &[1]))
        .bytes();
    let project = Project::new()
        .file("a.py", "a = 1\n")
        .file("omitted.py", "a = 1\n")
        .file("page.mako", "<%def>\n")
        .relative()
        .file(".coverage.1", fragment);
    let shown = project.run("--ignore-errors --omit omitted.py -o data=merged -o total");
    assert!(shown.starts_with("exit: 0\nstdout:\n  100\n") && shown.contains("covering 1 file "), "{shown}");
    assert_eq!(names(&read(&project, "merged")), ["a.py", "gone.py", "omitted.py", "page.mako"]);
    // A file that is left out of the reports may have two owners there, but not in the data.
    let rival = DataFile::new().lines("omitted.py", "", &[1]).tracer("omitted.py", "plugin").bytes();
    let project = project.file(".coverage.2", rival);
    assert!(project.run("--ignore-errors --omit omitted.py -o total").starts_with("exit: 0\n"));
    let shown = project.run("--omit omitted.py -o data=merged");
    assert!(
        shown.starts_with("exit: 1\n") && shown.contains("measure all shards with the same `plugins`\n"),
        "{shown}"
    );
}

#[test]
fn data_keeps_the_contexts_that_settings_of_reports_leave_out() {
    for (mode, kept) in [("", ["1", "2", "3"]), ("branch", ["-1>1", "1>2", "2>-1"])] {
        let fragment = |context: &str, number: usize| {
            let arcs = [(-1, 1), (1, 2), (2, -1)];
            let data = DataFile::new();
            let data = match mode {
                "" => data.lines("a.py", context, &[[1, 2, 3][number]]),
                _ => data.arcs("a.py", context, &[arcs[number]]),
            };
            data.bytes()
        };
        let project = Project::new()
            .file("a.py", "a = 1\nb = 2\nc = 3\n")
            .file(".coveragerc", "[run]\nrelative_files = true\n[report]\ncontexts = one\n")
            .file(".coverage.1", fragment("one", 0))
            .file(".coverage.2", fragment("two", 1))
            .file(".coverage.3", fragment("", 2));
        let all = |name: &str| -> Vec<(String, String)> {
            let recording = read(&project, name);
            let file = &recording.files[0].1;
            let shown = |ran: &ContextTrace| {
                let lines = ran.lines.iter().map(|line| line.get().to_string());
                lines.chain(ran.arcs.iter().map(|Arc { from, to }| format!("{from}>{to}"))).collect()
            };
            file.contexts.iter().map(|(context, ran)| (context.as_str().to_owned(), shown(ran))).collect()
        };
        let pairs = ["one", "two", ""].into_iter().zip(kept).map(|(name, ran)| (name.to_owned(), ran.to_owned()));
        let expected: std::collections::BTreeSet<_> = pairs.collect();
        let found = |name: &str| all(name).into_iter().collect::<std::collections::BTreeSet<_>>();
        let shown = project.run("-o data=alone");
        assert!(shown.starts_with("exit: 0\n") && !shown.contains("warning"), "{shown}");
        assert_eq!(found("alone"), expected);
        let shown = project.run("-o data=beside -o total");
        assert!(shown.starts_with("exit: 0\nstdout:\n  33\n"), "{shown}");
        assert_eq!(found("beside"), expected);
        // The option filters every output.
        project.run("-o data=chosen --contexts one");
        assert_eq!(found("chosen").len(), 1);
        let shown = project.run("-o data=beside -o total --contexts=three");
        assert!(shown.contains("warning: no context of any fragment matches `contexts`"), "{shown}");
    }
}
