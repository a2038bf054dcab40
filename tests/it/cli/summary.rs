//! The summary: its size, and its schema.

use serde_json::Value;

use super::{contexts, example};
use crate::data_file::DataFile;
use crate::project::Project;

#[test]
fn the_summary_of_a_thousand_files_is_at_most_256_kib() {
    let mut fragment = DataFile::new();
    let mut project = Project::new().relative();
    for n in 0..1000 {
        let name = format!("src/a/package/of/some/depth/module_number_{n:04}.py");
        project = project.file(&name, "a = 1\nb = 2\n");
        fragment = fragment.lines(&name, "", &[1]);
    }
    let project = project.file(".coverage.1", fragment.bytes());
    assert!(project.run("-o summary").starts_with("exit: 0\n"));
    let text = project.read("coverage-summary.json");
    assert!(text.len() <= 256 * 1024, "{} bytes", text.len());
    let summary: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(summary["files"].as_object().unwrap().len(), 1000);
}

#[test]
fn the_summary_is_as_its_schema_says() {
    let schema: Value = serde_json::from_str(include_str!("../../../docs/summary.schema.json")).unwrap();
    for (project, arguments) in [
        (example(), "-q --fail-under 97"),
        (example().file(".coverage.bad", "hi\n").file(".coverage.empty", ""), "-q --bad-fragments skip"),
        (contexts(), "-q"),
        (Project::of("monorepo"), "-q"),
    ] {
        project.run(arguments);
        let summary: Value = serde_json::from_str(&project.read("coverage-summary.json")).unwrap();
        conforms(&summary, &schema, &schema, "$");
    }
}

/// Checks a value against the parts of JSON Schema that the schema uses.
fn conforms(value: &Value, schema: &Value, whole: &Value, place: &str) {
    const KNOWN: [&str; 18] = [
        "$schema",
        "$id",
        "$defs",
        "$ref",
        "title",
        "description",
        "type",
        "properties",
        "required",
        "additionalProperties",
        "items",
        "const",
        "enum",
        "minimum",
        "maximum",
        "minItems",
        "maxItems",
        "pattern",
    ];
    let Some(rules) = schema.as_object() else { return };
    for (rule, wanted) in rules {
        assert!(KNOWN.contains(&rule.as_str()), "{place}: the schema's `{rule}` is not checked");
        match rule.as_str() {
            "$ref" => {
                let target = whole.pointer(wanted.as_str().unwrap().trim_start_matches('#')).unwrap();
                conforms(value, target, whole, place);
            }
            "type" => {
                let types = wanted.as_array().map_or_else(|| vec![wanted.clone()], Clone::clone);
                let is = |kind: &Value| match kind.as_str().unwrap() {
                    "object" => value.is_object(),
                    "array" => value.is_array(),
                    "string" => value.is_string(),
                    "integer" => value.is_i64() || value.is_u64(),
                    "number" => value.is_number(),
                    "boolean" => value.is_boolean(),
                    other => panic!("{place}: the type `{other}` is not checked"),
                };
                assert!(types.iter().any(is), "{place}: {value} is not of type {wanted}");
            }
            "const" => assert_eq!(value, wanted, "{place}"),
            "enum" => assert!(wanted.as_array().unwrap().contains(value), "{place}: {value} is none of {wanted}"),
            "minimum" => assert!(value.as_f64() >= wanted.as_f64(), "{place}: {value} is below {wanted}"),
            "maximum" => assert!(value.as_f64() <= wanted.as_f64(), "{place}: {value} is above {wanted}"),
            "required" => {
                for name in wanted.as_array().unwrap() {
                    assert!(value.get(name.as_str().unwrap()).is_some(), "{place}: {name} is missing");
                }
            }
            "properties" => {
                for (name, rules) in wanted.as_object().unwrap() {
                    if let Some(member) = value.get(name) {
                        conforms(member, rules, whole, &format!("{place}.{name}"));
                    }
                }
            }
            "additionalProperties" => {
                for (name, member) in value.as_object().into_iter().flatten() {
                    if rules.get("properties").and_then(|known| known.get(name)).is_none() {
                        assert_ne!(wanted, &Value::Bool(false), "{place}.{name} is not known");
                        conforms(member, wanted, whole, &format!("{place}.{name}"));
                    }
                }
            }
            "items" => {
                for (index, item) in value.as_array().into_iter().flatten().enumerate() {
                    conforms(item, wanted, whole, &format!("{place}[{index}]"));
                }
            }
            _ => {}
        }
    }
}
