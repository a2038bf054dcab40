//! The summary: the data that a CI job needs and keeps, in small JSON. The format is ours; its schema is `docs/summary.schema.json`.
//!
//! ```text
//! {
//! "meta": {"tool":"covmerge","version":"…","format":1,"timestamp":"…","branch_coverage":true,"python_version":"3.13"},
//! "totals": {"num_files":2,"covered_lines":40,"num_statements":41,…},                    coverage.py's names
//! "verdict": {"passed":true,"checks":[{"name":"total","passed":true,"required":97.0,"found":97.1189,"needed":0,"text":"…"}]},
//! "fragments": {"found":32,"merged":31,"duplicate":1,"rejected":0,"too_old":0,"unfinished":0,"undated":0,"rejected_fragments":[],…},
//! "incomplete": [],
//! "warnings": [],
//! "worst_files": [{"path":"src/app.py","missing":2}],
//! "file_columns": ["num_statements","missing_lines","excluded_lines","num_branches","num_partial_branches","missing_branches"],
//! "files": {
//! "src/app.py": [41,1,0,10,1,1]
//! },
//! "truncated": {"files":0,"rejected_fragments":0,"duplicate_fragments":0,"too_old_fragments":0,"unfinished_fragments":0,"incomplete":0,"warnings":0,"worst_files":0}
//! }
//! ```
//!
//! The document takes at most [`BUDGET`] bytes, enough for about 3,000 files. Beyond that, the files with the most missing are kept, each list keeps
//! its beginning, and `truncated` gives the number of entries left out. Totals and counts always cover everything.

use std::fmt::Write as _;
use std::io::{self, Write};

use serde::Serialize;

use super::{VERSION, View};
use crate::model::fragment::Outcome;
use crate::model::report::{Report, Totals};
use crate::model::verdict::{Check, Judgement, WorstFile};
use crate::python::text::printable::is_printable;

/// The maximum size of a summary, in bytes.
pub const BUDGET: usize = 256 * 1024;

/// How many bytes of it each list may take, except those of files and parts.
const LIST_BUDGET: usize = 16 * 1024;

/// How many bytes of it the list of parts may take.
const PARTS_BUDGET: usize = 96 * 1024;

/// Writes the document.
///
/// # Errors
/// The errors of `out`.
pub fn write(view: &View<'_>, out: &mut dyn Write) -> io::Result<()> {
    let mut truncated = Truncated::default();
    let mut text = String::from("{\n");
    member(&mut text, "meta", &Meta::of(view))?;
    let (branches, precision) = (view.report.branches, view.common.precision);
    member(&mut text, "totals", &Sums::of(&view.report.totals, branches, precision))?;
    if !view.report.parts.is_empty() {
        let parts = view.report.parts.iter().enumerate().map(|(at, _)| Part::of(view, at));
        let parts = kept(parts.collect(), PARTS_BUDGET, &mut truncated.parts)?;
        member(&mut text, "parts", &parts)?;
    }
    let checks: Vec<Judged> = view.verdict.checks.iter().map(Judged::of).collect();
    member(&mut text, "verdict", &Verdict { passed: view.verdict.passed(), checks })?;
    member(&mut text, "fragments", &Fragments::of(view.report, &mut truncated)?)?;
    let incomplete: Vec<&str> = view.report.incomplete.iter().map(String::as_str).collect();
    member(&mut text, "incomplete", &beginning(incomplete, &mut truncated.incomplete)?)?;
    let warnings =
        view.report.warnings.iter().map(|warning| Oddity { text: &warning.text, help: warning.help.as_deref() });
    member(&mut text, "warnings", &beginning(warnings.collect(), &mut truncated.warnings)?)?;
    let worst_files = view.verdict.worst_files.iter().map(|file| Worst::of(file, view.report));
    member(&mut text, "worst_files", &beginning(worst_files.collect(), &mut truncated.worst_files)?)?;
    let columns = if view.report.branches { &COLUMNS[..] } else { &COLUMNS[..STATEMENT_COLUMNS] };
    member(&mut text, "file_columns", &columns)?;

    // The end is longest if every file is left out.
    let end = |truncated: &Truncated| Ok::<_, io::Error>(format!("}},\n\"truncated\": {}\n}}\n", json(truncated)?));
    truncated.files = view.report.files.len();
    let room = BUDGET.saturating_sub(text.len() + "\"files\": {\n\n".len() + end(&truncated)?.len());
    let rows = kept_rows(view.report, columns.len(), room)?;
    truncated.files -= rows.len();
    text.push_str("\"files\": {\n");
    text.push_str(&rows.join(",\n"));
    text.push('\n');
    text.push_str(&end(&truncated)?);
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
    let json = serde_json::to_string(value)?;
    if json.chars().all(is_printable) {
        return Ok(json);
    }
    // Only strings hold others: those that a terminal obeys, or that reverse the text around them.
    let mut escaped = String::with_capacity(json.len() + 16);
    for character in json.chars() {
        if is_printable(character) {
            escaped.push(character);
        } else {
            for unit in character.encode_utf16(&mut [0; 2]) {
                _ = write!(escaped, "\\u{unit:04x}");
            }
        }
    }
    Ok(escaped)
}

/// The beginning of a list that fits its budget; `truncated` counts the other entries.
fn beginning<T: Serialize>(items: Vec<T>, truncated: &mut usize) -> io::Result<Vec<T>> {
    kept(items, LIST_BUDGET, truncated)
}

fn kept<T: Serialize>(items: Vec<T>, budget: usize, truncated: &mut usize) -> io::Result<Vec<T>> {
    let (mut kept, mut bytes) = (Vec::new(), 0);
    for item in items {
        bytes += json(&item)?.len() + 1;
        if bytes > budget {
            *truncated += 1;
        } else {
            kept.push(item);
        }
    }
    Ok(kept)
}

const COLUMNS: [&str; 6] =
    ["num_statements", "missing_lines", "excluded_lines", "num_branches", "num_partial_branches", "missing_branches"];

/// How many of [`COLUMNS`] remain without branches.
const STATEMENT_COLUMNS: usize = 3;

/// A line for each file, in order; if these are too many, only those of the files with the most missing.
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

/// How many entries of each list were left out.
#[derive(Default, Serialize)]
struct Truncated {
    files: usize,
    #[serde(skip_serializing_if = "is_none")]
    parts: usize,
    rejected_fragments: usize,
    duplicate_fragments: usize,
    too_old_fragments: usize,
    unfinished_fragments: usize,
    incomplete: usize,
    warnings: usize,
    worst_files: usize,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
const fn is_none(number: &usize) -> bool {
    *number == 0
}

#[derive(Serialize)]
struct Meta {
    tool: &'static str,
    version: &'static str,
    format: u32,
    timestamp: String,
    branch_coverage: bool,
    python_version: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    commit: Option<String>,
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
            commit: view.settings.commit.clone(),
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
    fn of(totals: &Totals, branches: bool, precision: u32) -> Self {
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
            branches: branches.then(|| BranchSums::of(totals, precision)),
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

/// A part of the run. The percentage required is present only if there is a threshold, and so is the word whether it is reached.
#[derive(Serialize)]
struct Part<'a> {
    name: &'a str,
    root: &'a str,
    python_version: String,
    totals: Sums,
    #[serde(skip_serializing_if = "Option::is_none")]
    required: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    passed: Option<bool>,
}

impl<'a> Part<'a> {
    fn of(view: &View<'a>, at: usize) -> Self {
        let part = &view.report.parts[at];
        let is_own = |check: &&Check| matches!(check, Check::Part { name, .. } if *name == part.name);
        let check = view.verdict.checks.iter().find(is_own);
        Self {
            name: &part.name,
            root: &part.root,
            python_version: part.python.to_string(),
            totals: Sums::of(&view.report.totals_of(Some(at)), view.report.branches, view.common.precision),
            required: check.and_then(Check::threshold).map(|threshold| threshold.required),
            passed: check.map(Check::passed),
        }
    }
}

#[derive(Serialize)]
struct Verdict {
    passed: bool,
    checks: Vec<Judged>,
}

/// A check. Its numbers are percentages and a count, and are present only if there is a threshold; the count only if it was judged.
#[derive(Serialize)]
struct Judged {
    name: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    part: Option<String>,
    passed: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    required: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    found: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    needed: Option<u64>,
    text: String,
}

impl Judged {
    fn of(check: &Check) -> Self {
        let threshold = check.threshold();
        let part = if let Check::Part { name, .. } = check { Some(name.clone()) } else { None };
        Self {
            name: check.name(),
            part,
            passed: check.passed(),
            required: threshold.map(|threshold| threshold.required),
            found: threshold.map(|threshold| threshold.found.value()),
            needed: threshold.and_then(|threshold| match threshold.judgement {
                Judgement::Passed => Some(0),
                Judgement::Missed { needed } => Some(needed),
                Judgement::Withheld => None,
            }),
            text: check.to_string(),
        }
    }
}

#[derive(Default, Serialize)]
#[expect(clippy::struct_field_names, reason = "the names are the document's")]
struct Fragments {
    found: usize,
    merged: usize,
    duplicate: usize,
    rejected: usize,
    too_old: usize,
    unfinished: usize,
    undated: usize,
    rejected_fragments: Vec<Rejection>,
    duplicate_fragments: Vec<Duplicate>,
    too_old_fragments: Vec<Old>,
    unfinished_fragments: Vec<Cut>,
}

#[derive(Serialize)]
struct Rejection {
    path: String,
    reason: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    help: Option<String>,
}

/// A fragment that counts although it was never finished.
#[derive(Serialize)]
struct Cut {
    path: String,
    reason: String,
}

/// A fragment that was passed over for its age.
#[derive(Serialize)]
struct Old {
    path: String,
    when: Option<String>,
}

#[derive(Serialize)]
struct Duplicate {
    path: String,
    duplicate_of: String,
}

impl Fragments {
    fn of(report: &Report, truncated: &mut Truncated) -> io::Result<Self> {
        let mut all = Self { found: report.fragments.len(), ..Self::default() };
        for fragment in &report.fragments {
            let path = fragment.path.display().to_string();
            if let Some(reason) = fragment.why_unfinished().filter(|_| fragment.counts_unfinished()) {
                all.unfinished_fragments.push(Cut { path: path.clone(), reason });
            }
            if fragment.counts() && fragment.origin.time().is_none() {
                all.undated += 1;
            }
            match &fragment.outcome {
                Outcome::Merged { .. } => all.merged += 1,
                Outcome::Duplicate { of } => {
                    all.duplicate_fragments.push(Duplicate { path, duplicate_of: of.display().to_string() });
                }
                Outcome::TooOld => all.too_old_fragments.push(Old { path, when: fragment.origin.when.clone() }),
                Outcome::Rejected { why, help } => {
                    all.rejected_fragments.push(Rejection { path, reason: why.clone(), help: help.clone() });
                }
            }
        }
        (all.duplicate, all.unfinished) = (all.duplicate_fragments.len(), all.unfinished_fragments.len());
        (all.too_old, all.rejected) = (all.too_old_fragments.len(), all.rejected_fragments.len());
        all.rejected_fragments = beginning(all.rejected_fragments, &mut truncated.rejected_fragments)?;
        all.duplicate_fragments = beginning(all.duplicate_fragments, &mut truncated.duplicate_fragments)?;
        all.too_old_fragments = beginning(all.too_old_fragments, &mut truncated.too_old_fragments)?;
        all.unfinished_fragments = beginning(all.unfinished_fragments, &mut truncated.unfinished_fragments)?;
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
struct Worst<'a> {
    path: &'a str,
    missing: u64,
}

impl<'a> Worst<'a> {
    fn of(file: &'a WorstFile, report: &'a Report) -> Self {
        let path = report.files.get(&file.path).map_or(file.path.as_str(), |file| &file.name);
        Self { path, missing: file.missing }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use crate::model::lines::{Line, LineSet};
    use crate::model::report::{PartReport, Sets};
    use crate::model::settings::PythonVersion;
    use crate::render::fixture;

    use super::*;

    /// The violations of `schema` in `value`, for the few keywords that our schema uses; any other keyword fails the test.
    fn check(schema: &Value, value: &Value, place: &str, totals: &Value) {
        for (word, rule) in schema.as_object().unwrap() {
            let holds = match word.as_str() {
                // `additionalProperties`, which every object has, looks `properties` up.
                "$schema" | "$defs" | "title" | "description" | "properties" => true,
                // There is only one definition.
                "$ref" => {
                    check(totals, value, place, totals);
                    true
                }
                "const" => value == rule,
                "enum" => rule.as_array().unwrap().contains(value),
                "minimum" => value.as_f64() >= rule.as_f64(),
                "maximum" => value.as_f64() <= rule.as_f64(),
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
                        check(rule, item, &format!("{place}.{key}"), totals);
                    }
                    true
                }
                "items" => {
                    for item in value.as_array().unwrap() {
                        check(rule, item, &format!("{place}[]"), totals);
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
        check(&schema, &value, "summary", &schema["$defs"]["totals"]);
        value
    }

    fn large(files: usize) -> Report {
        let mut report = fixture::report();
        for number in 0..files {
            let name = format!("src/some_package/subsystem_{:02}/component_{number:05}/implementation.py", number % 40);
            let missing = if number % 7 == 0 { &[1, 2][..] } else { &[] };
            let statements: LineSet = (1..400).filter_map(Line::new).collect();
            let executed = statements.difference(&fixture::lines(missing));
            let sets = Sets { statements, executed, lines: 400, ..Sets::default() };
            fixture::add(&mut report, &name, sets, Vec::new());
        }
        report
    }

    #[test]
    fn what_is_written_keeps_to_the_schema() {
        parsed(&fixture::report());
        parsed(&Report { branches: false, ..fixture::report() });
        let incomplete = parsed(&fixture::incomplete());
        assert_eq!(incomplete["fragments"]["found"], 4);
        assert_eq!(incomplete["fragments"]["rejected_fragments"][0]["reason"], "file is not a database");
        assert_eq!(incomplete["fragments"]["unfinished"], 1);
        assert_eq!(incomplete["fragments"]["unfinished_fragments"][0]["reason"], "it has 0 bytes");
    }

    #[test]
    fn parts_keep_to_the_schema_however_many_they_are() {
        let part = |at: usize| PartReport {
            name: format!("part {at} of some length"),
            root: format!("packages/p{at}"),
            python: PythonVersion::default(),
        };
        let mut report = fixture::report();
        report.files.values_mut().take(2).for_each(|file| file.part = Some(0));
        report.parts = (0..2).map(part).collect();
        let summary = parsed(&report);
        assert_eq!(
            (&summary["parts"][0]["totals"]["num_files"], &summary["parts"][1]["root"]),
            (&2.into(), &"packages/p1".into())
        );
        assert_eq!(summary["truncated"].get("parts"), None);
        report.parts = (0..1_000).map(part).collect();
        let summary = parsed(&report);
        let parts = summary["parts"].as_array().unwrap().len() as u64;
        assert_eq!(parts + summary["truncated"]["parts"].as_u64().unwrap(), 1_000);
        assert_eq!(summary["files"].as_object().unwrap().len(), 4);
    }

    #[test]
    fn a_thousand_files_fit_with_room_to_spare() {
        let summary = fixture::shown("summary", &large(1_000), &fixture::settings());
        assert!(summary.len() < BUDGET / 2, "{}", summary.len());
        assert_eq!(parsed(&large(1_000))["truncated"]["files"], 0);
    }

    #[test]
    fn beyond_the_budget_the_worst_files_are_kept_and_the_rest_is_counted() {
        let summary = parsed(&large(6_000));
        let files = summary["files"].as_object().unwrap();
        let truncated = summary["truncated"]["files"].as_u64().unwrap();
        assert_eq!(files.len() as u64 + truncated, 6_004);
        assert!(truncated > 0);
        assert_eq!(files.values().filter(|numbers| numbers[1] != 0).count(), 6_000_usize.div_ceil(7) + 1);
        assert_eq!(summary["totals"]["num_files"], 6_004);
    }

    #[test]
    fn lists_keep_their_beginning_and_say_how_much_is_truncated() {
        let mut report = fixture::report();
        report.incomplete = (0..2_000).map(|number| format!("fragment {number} is missing")).collect();
        let summary = parsed(&report);
        let kept = summary["incomplete"].as_array().unwrap();
        assert_eq!(kept[0], "fragment 0 is missing");
        assert_eq!(kept.len() as u64 + summary["truncated"]["incomplete"].as_u64().unwrap(), 2_000);
    }
}
