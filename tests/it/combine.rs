//! What `coverage combine` makes of fragments, as recorded in `testdata/combine/`.

use covmerge::model::trace::FileTrace;
use serde_json::Value;

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
