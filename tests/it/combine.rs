//! What `coverage combine` makes of fragments, as recorded in `testdata/combine/`.

use std::fmt::Write as _;

use covmerge::model::trace::FileTrace;
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
        let output = project.covmerge("--ignore-errors -o json=report.json").output().unwrap();
        assert!(output.status.success(), "{row}: {}", String::from_utf8_lossy(&output.stderr));
        let report: Value = serde_json::from_str(&project.read("report.json")).unwrap();
        let files = report["files"].as_object().unwrap();
        let found: Value = files.iter().map(|(name, file)| (name.clone(), file["executed_lines"].clone())).collect();
        assert_eq!(json!({"reported": found}), json!({"reported": row["reported"]}), "{row}");
    }
}
