//! The summary: what a CI job wants to know and keep, in JSON that stays small. The format is ours; its schema is `docs/summary.schema.json`.
//!
//! ```text
//! {
//! "meta": {"tool":"covmerge","version":"…","format":1,"timestamp":"…","branch_coverage":true,"python_version":"3.13"},
//! "totals": {"num_files":2,"covered_lines":40,"num_statements":41,…},                    coverage.py's names
//! "verdict": {"passed":true,"checks":[{"name":"total coverage","wanted":"97 %","found":"97.12 %",…}]},
//! "fragments": {"found":32,"merged":31,"duplicate":1,"rejected":0,"empty":0,"rejections":[],"duplicates":[…],"empties":[]},
//! "incomplete": [],
//! "warnings": [],
//! "would_help": [{"path":"src/app.py","lacking":2}],
//! "file_columns": ["num_statements","missing_lines","excluded_lines","num_branches","num_partial_branches","missing_branches"],
//! "files": {
//! "src/app.py": [41,1,0,10,1,1]
//! },
//! "left_out": {"files":0,"rejections":0,"duplicates":0,"empties":0,"incomplete":0,"warnings":0,"would_help":0}
//! }
//! ```
//!
//! The whole takes at most [`BUDGET`] bytes, about 3,000 files. Beyond that the files that lack most are kept, each list keeps its
//! beginning, and `left_out` says how many entries are not there; totals and counts are always of everything.

use std::io::{self, Write};

use serde::Serialize;

use super::{VERSION, View};
use crate::model::fragment::Outcome;
use crate::model::report::{Report, Totals};
use crate::model::verdict::{Check, Lack};

/// How large a summary may get, in bytes.
pub const BUDGET: usize = 256 * 1024;

/// How much of it a list of anything but files may take.
const LIST_BUDGET: usize = 16 * 1024;

/// Writes the document.
///
/// # Errors
/// What `out` gives.
pub fn write(view: &View<'_>, out: &mut dyn Write) -> io::Result<()> {
    let mut left_out = LeftOut::default();
    let mut text = String::from("{\n");
    member(&mut text, "meta", &Meta::of(view))?;
    member(&mut text, "totals", &Sums::of(view))?;
    let checks: Vec<Judged<'_>> = view.verdict.checks.iter().map(Judged::of).collect();
    member(&mut text, "verdict", &Verdict { passed: view.verdict.passed(), checks })?;
    member(&mut text, "fragments", &Fragments::of(view.report, &mut left_out)?)?;
    let incomplete: Vec<&str> = view.report.incomplete.iter().map(String::as_str).collect();
    member(&mut text, "incomplete", &beginning(incomplete, &mut left_out.incomplete)?)?;
    let warnings =
        view.report.warnings.iter().map(|warning| Oddity { text: &warning.text, help: warning.help.as_deref() });
    member(&mut text, "warnings", &beginning(warnings.collect(), &mut left_out.warnings)?)?;
    let would_help = view.verdict.would_help.iter().map(|lack| Help::of(lack, view.report));
    member(&mut text, "would_help", &beginning(would_help.collect(), &mut left_out.would_help)?)?;
    let columns = if view.report.branches { &COLUMNS[..] } else { &COLUMNS[..STATEMENT_COLUMNS] };
    member(&mut text, "file_columns", &columns)?;

    // The end is longest with every file left out.
    let end = |left_out: &LeftOut| Ok::<_, io::Error>(format!("}},\n\"left_out\": {}\n}}\n", json(left_out)?));
    left_out.files = view.report.files.len();
    let room = BUDGET.saturating_sub(text.len() + "\"files\": {\n\n".len() + end(&left_out)?.len());
    let rows = kept_rows(view.report, columns.len(), room)?;
    left_out.files -= rows.len();
    text.push_str("\"files\": {\n");
    text.push_str(&rows.join(",\n"));
    text.push('\n');
    text.push_str(&end(&left_out)?);
    out.write_all(text.as_bytes())
}

/// One line of the document.
fn member(text: &mut String, key: &str, value: &impl Serialize) -> io::Result<()> {
    for part in ["\"", key, "\": ", &json(value)?, ",\n"] {
        text.push_str(part);
    }
    Ok(())
}

fn json(value: &impl Serialize) -> io::Result<String> {
    Ok(serde_json::to_string(value)?)
}

/// The beginning of a list that fits its budget; counts what does not.
fn beginning<T: Serialize>(items: Vec<T>, left_out: &mut usize) -> io::Result<Vec<T>> {
    let (mut kept, mut bytes) = (Vec::new(), 0);
    for item in items {
        bytes += json(&item)?.len() + 1;
        if bytes > LIST_BUDGET {
            *left_out += 1;
        } else {
            kept.push(item);
        }
    }
    Ok(kept)
}

const COLUMNS: [&str; 6] =
    ["num_statements", "missing_lines", "excluded_lines", "num_branches", "num_partial_branches", "missing_branches"];

/// How many of [`COLUMNS`] there are without branches.
const STATEMENT_COLUMNS: usize = 3;

/// A line for each file, in order; if that is too much, for those that lack most.
fn kept_rows(report: &Report, columns: usize, room: usize) -> io::Result<Vec<String>> {
    let mut rows = Vec::with_capacity(report.files.len());
    for file in report.files.values() {
        let totals = &file.totals;
        let numbers = [
            totals.statements,
            totals.missing(),
            totals.excluded,
            totals.branches,
            totals.partial,
            totals.missing_branches,
        ];
        let row = format!("{}: {}", json(&file.name)?, json(&&numbers[..columns])?);
        rows.push((totals.missing() + totals.missing_branches, row));
    }
    let size = |row: &str| row.len() + ",\n".len();
    if rows.iter().map(|(_, row)| size(row)).sum::<usize>() > room {
        let mut order: Vec<usize> = (0..rows.len()).collect();
        order.sort_by_key(|&at| (std::cmp::Reverse(rows[at].0), at));
        let mut bytes = 0;
        let mut kept: Vec<usize> = order
            .into_iter()
            .take_while(|&at| {
                bytes += size(&rows[at].1);
                bytes <= room
            })
            .collect();
        kept.sort_unstable();
        return Ok(kept.into_iter().map(|at| std::mem::take(&mut rows[at].1)).collect());
    }
    Ok(rows.into_iter().map(|(_, row)| row).collect())
}

/// How many entries of each list are not there.
#[derive(Default, Serialize)]
struct LeftOut {
    files: usize,
    rejections: usize,
    duplicates: usize,
    empties: usize,
    incomplete: usize,
    warnings: usize,
    would_help: usize,
}

#[derive(Serialize)]
struct Meta {
    tool: &'static str,
    version: &'static str,
    format: u32,
    timestamp: String,
    branch_coverage: bool,
    python_version: String,
}

impl Meta {
    fn of(view: &View<'_>) -> Self {
        Self {
            tool: "covmerge",
            version: VERSION,
            format: 1,
            timestamp: view.made_at.iso(),
            branch_coverage: view.report.branches,
            python_version: view.python.to_string(),
        }
    }
}

#[derive(Serialize)]
struct Sums {
    num_files: u64,
    covered_lines: u64,
    num_statements: u64,
    percent_covered: f64,
    percent_covered_display: String,
    missing_lines: u64,
    excluded_lines: u64,
    percent_statements_covered: f64,
    percent_statements_covered_display: String,
    #[serde(flatten)]
    branches: Option<BranchSums>,
}

#[derive(Serialize)]
struct BranchSums {
    num_branches: u64,
    num_partial_branches: u64,
    covered_branches: u64,
    missing_branches: u64,
    percent_branches_covered: f64,
    percent_branches_covered_display: String,
}

impl Sums {
    fn of(view: &View<'_>) -> Self {
        let (totals, precision) = (&view.report.totals, view.settings.precision);
        Self {
            num_files: totals.files,
            covered_lines: totals.executed,
            num_statements: totals.statements,
            percent_covered: totals.percent().value(),
            percent_covered_display: totals.percent().display(precision),
            missing_lines: totals.missing(),
            excluded_lines: totals.excluded,
            percent_statements_covered: totals.percent_statements().value(),
            percent_statements_covered_display: totals.percent_statements().display(precision),
            branches: view.report.branches.then(|| BranchSums::of(totals, precision)),
        }
    }
}

impl BranchSums {
    fn of(totals: &Totals, precision: u32) -> Self {
        Self {
            num_branches: totals.branches,
            num_partial_branches: totals.partial,
            covered_branches: totals.taken(),
            missing_branches: totals.missing_branches,
            percent_branches_covered: totals.percent_branches().value(),
            percent_branches_covered_display: totals.percent_branches().display(precision),
        }
    }
}

#[derive(Serialize)]
struct Verdict<'a> {
    passed: bool,
    checks: Vec<Judged<'a>>,
}

#[derive(Serialize)]
struct Judged<'a> {
    name: &'static str,
    wanted: &'a str,
    found: &'a str,
    passed: bool,
    lacking: u64,
}

impl<'a> Judged<'a> {
    fn of(check: &'a Check) -> Self {
        Self {
            name: check.kind.name(),
            wanted: &check.wanted,
            found: &check.found,
            passed: check.passed,
            lacking: check.lacking,
        }
    }
}

#[derive(Default, Serialize)]
struct Fragments {
    found: usize,
    merged: usize,
    duplicate: usize,
    rejected: usize,
    empty: usize,
    rejections: Vec<Rejection>,
    duplicates: Vec<Duplicate>,
    empties: Vec<String>,
}

#[derive(Serialize)]
struct Rejection {
    path: String,
    why: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    help: Option<String>,
}

#[derive(Serialize)]
struct Duplicate {
    path: String,
    of: String,
}

impl Fragments {
    fn of(report: &Report, left_out: &mut LeftOut) -> io::Result<Self> {
        let mut all = Self { found: report.fragments.len(), ..Self::default() };
        for fragment in &report.fragments {
            let path = fragment.path.display().to_string();
            match &fragment.outcome {
                Outcome::Merged { .. } => all.merged += 1,
                Outcome::Duplicate { of } => all.duplicates.push(Duplicate { path, of: of.display().to_string() }),
                Outcome::Empty => all.empties.push(path),
                Outcome::Rejected { why, help } => {
                    all.rejections.push(Rejection { path, why: why.clone(), help: help.clone() });
                }
            }
        }
        (all.duplicate, all.empty, all.rejected) = (all.duplicates.len(), all.empties.len(), all.rejections.len());
        all.rejections = beginning(all.rejections, &mut left_out.rejections)?;
        all.duplicates = beginning(all.duplicates, &mut left_out.duplicates)?;
        all.empties = beginning(all.empties, &mut left_out.empties)?;
        Ok(all)
    }
}

#[derive(Serialize)]
struct Oddity<'a> {
    text: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    help: Option<&'a str>,
}

#[derive(Serialize)]
struct Help<'a> {
    path: &'a str,
    lacking: u64,
}

impl<'a> Help<'a> {
    fn of(lack: &'a Lack, report: &'a Report) -> Self {
        let path = report.files.get(&lack.path).map_or(lack.path.as_str(), |file| &file.name);
        Self { path, lacking: lack.lacking }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use crate::model::report::FileReport;
    use crate::render::fixture;

    use super::*;

    /// What in `value` breaks `schema`, for the few words our schema uses; any other word of it fails the test.
    fn check(schema: &Value, value: &Value, place: &str) {
        for (word, rule) in schema.as_object().unwrap() {
            let holds = match word.as_str() {
                // `properties` are looked up by `additionalProperties`, which every object has.
                "$schema" | "title" | "description" | "properties" => true,
                "const" => value == rule,
                "minimum" => value.as_f64() >= rule.as_f64(),
                "type" => match rule.as_str().unwrap() {
                    "object" => value.is_object(),
                    "array" => value.is_array(),
                    "string" => value.is_string(),
                    "boolean" => value.is_boolean(),
                    "integer" => value.is_u64(),
                    "number" => value.is_number(),
                    other => panic!("type {other} is not checked here"),
                },
                "required" => rule.as_array().unwrap().iter().all(|key| value.get(key.as_str().unwrap()).is_some()),
                "additionalProperties" => {
                    for (key, item) in value.as_object().unwrap() {
                        let known = schema.get("properties").and_then(|properties| properties.get(key));
                        let rule = known.unwrap_or(rule);
                        assert_ne!(rule, &Value::Bool(false), "{place}.{key} is unknown to the schema");
                        check(rule, item, &format!("{place}.{key}"));
                    }
                    true
                }
                "items" => {
                    for item in value.as_array().unwrap() {
                        check(rule, item, &format!("{place}[]"));
                    }
                    true
                }
                other => panic!("{other} is not checked here"),
            };
            assert!(holds, "{place} breaks {word}: {value}");
        }
    }

    fn parsed(report: &Report) -> Value {
        let text = fixture::shown("summary", report, &fixture::settings());
        assert!(text.len() <= BUDGET, "{}", text.len());
        let value: Value = serde_json::from_str(&text).unwrap();
        let schema: Value = serde_json::from_str(include_str!("../../docs/summary.schema.json")).unwrap();
        check(&schema, &value, "summary");
        value
    }

    fn large(files: usize) -> Report {
        let mut report = fixture::report();
        for number in 0..files {
            let name = format!("src/some_package/subsystem_{:02}/component_{number:05}/implementation.py", number % 40);
            let missing = if number % 7 == 0 { &[1, 2][..] } else { &[] };
            let statements = (1..400).filter_map(crate::model::lines::Line::new).collect();
            let file = FileReport { statements, ..fixture::empty(400) };
            let executed = file.statements.difference(&fixture::lines(missing));
            fixture::add(&mut report, &name, FileReport { executed, ..file });
        }
        report
    }

    #[test]
    fn what_is_written_keeps_to_the_schema() {
        parsed(&fixture::report());
        parsed(&Report { branches: false, ..fixture::report() });
        let incomplete = parsed(&fixture::incomplete());
        assert_eq!(incomplete["fragments"]["found"], 4);
        assert_eq!(incomplete["fragments"]["rejections"][0]["why"], "file is not a database");
    }

    #[test]
    fn a_thousand_files_fit_with_room_to_spare() {
        let summary = fixture::shown("summary", &large(1_000), &fixture::settings());
        assert!(summary.len() < BUDGET / 2, "{}", summary.len());
        assert_eq!(parsed(&large(1_000))["left_out"]["files"], 0);
    }

    #[test]
    fn beyond_the_budget_the_files_that_lack_most_are_kept_and_the_rest_is_counted() {
        let summary = parsed(&large(6_000));
        let files = summary["files"].as_object().unwrap();
        let left_out = summary["left_out"]["files"].as_u64().unwrap();
        assert_eq!(files.len() as u64 + left_out, 6_004);
        assert!(left_out > 0);
        assert_eq!(files.values().filter(|numbers| numbers[1] != 0).count(), 6_000_usize.div_ceil(7) + 1);
        assert_eq!(summary["totals"]["num_files"], 6_004);
    }

    #[test]
    fn lists_keep_their_beginning_and_say_how_much_is_left_out() {
        let mut report = fixture::report();
        report.incomplete = (0..2_000).map(|number| format!("fragment {number} is missing")).collect();
        let summary = parsed(&report);
        let kept = summary["incomplete"].as_array().unwrap();
        assert_eq!(kept[0], "fragment 0 is missing");
        assert_eq!(kept.len() as u64 + summary["left_out"]["incomplete"].as_u64().unwrap(), 2_000);
    }
}
