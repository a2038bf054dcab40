//! coverage.py's JSON report (`coverage json`), formats 2 and 3: a report read as a fragment.
//!
//! ```text
//! {"meta": {"format": 3, "version": "7.17.3", "timestamp": "…", "branch_coverage": true, "show_contexts": false},
//!                                           in our own reports also `"incomplete": ["…"]`
//!  "files": {
//!    "src/app.py": {
//!      "executed_lines": [1, 2],             statements that ran
//!      "summary": {"covered_lines": 2, "missing_lines": 1, "num_branches": 2, "missing_branches": 1, …},
//!      "missing_lines": [4],                 statements that did not
//!      "excluded_lines": [7],
//!      "contexts": {"1": ["test_a"]},        if asked for: raw lines, under which contexts they ran
//!      "executed_branches": [[1, 2]],        in branch mode: from, to
//!      "missing_branches": [[1, -1]],        to -1: leaves the code that starts on line 1
//!      "functions": {…}, "classes": {…}}},   format 3: the same by region
//!  "totals": {…}}
//! ```
//!
//! Facts: the executed lines. Claims: executed and missing lines are the statements. The lists do not hold everything that the numbers count:
//! the exits of a `pragma: no branch` line count as taken but appear in no list, so `summary` gives their number. The lists may also hold
//! more than the numbers count: before coverage.py 7.13.1, `executed_lines` includes excluded lines and docstrings that ran. The excluded
//! lines are recognised by `excluded_lines`. The docstrings are not listed, but `covered_lines` reveals them: the source is then needed.

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::model::exits::ExitSet;
use crate::model::lines::{Line, LineSet};
use crate::model::origin::Origin;
use crate::model::outline::{Name, RegionKind};
use crate::model::tool::Tool;
use crate::model::trace::{ClaimedRegion, Claims, Context, ContextTrace, FileTrace, Kind, Recording};
use crate::model::unfinished::Ending;

use super::Contexts;
use super::error::{Error, Fault, Place};
use super::json::cursor::Cursor;
use super::json::lists::{self, Oddities, Paths, Seen, WayOut};
use super::json::peek;
use super::json::sums::Sums;
use super::json::text::quote;

/// What to do about numbers that do not fit.
const NOT_LIKE_THIS: &str = "coverage.py did not write the report like this: re-create it";

/// The same of the numbers of all files. coverage.py itself lists a file once, and counts it twice, that was recorded under two names.
const NOT_ITS_FILES: &str = "read the coverage.py data file instead: a file is missing in the report, or was recorded under an absolute and a relative name";

/// The format's name.
pub const NAME: &str = "coverage.py-json";

/// Whether `bytes` begin like coverage.py's JSON report of any format number: `meta` has a version, and neither a `software` (Slipcover's has one)
/// nor a `tool` (our own summary's has one and is otherwise alike).
#[must_use]
pub fn sniff(bytes: &[u8]) -> bool {
    peek::member(peek::start(bytes), "meta").is_some_and(|meta| {
        let has = |key| peek::member(meta, key).is_some();
        !has("software") && !has("tool") && (has("format") || has("version") && has("branch_coverage"))
    })
}

/// Reads a report.
///
/// # Errors
/// A document that is not a valid report of format 2 or 3, with the place of the fault; lists and numbers that disagree; a filter by context that
/// the report cannot answer.
pub fn read(bytes: &[u8], contexts: &Contexts) -> Result<Recording, Error> {
    let mut cursor = Cursor::new(bytes).within(&contexts.limits);
    let mut meta = None;
    let (mut files, mut totals) = (None, None);
    let mut odd = Odd::default();
    let mut admitted = false;
    cursor.object(|cursor, key| match &*key.bytes() {
        b"meta" => {
            let read = Meta::read(cursor)?;
            read.admits(contexts)?;
            lists::once(cursor, &mut meta, read)
        }
        b"files" => {
            let read = read_files(cursor, contexts, &mut odd, &mut admitted)?;
            lists::once(cursor, &mut files, read)
        }
        b"totals" => {
            let read = Sums::read(cursor, &NUMBERS)?;
            lists::once(cursor, &mut totals, read)
        }
        _ => cursor.skip(),
    })?;
    cursor.end()?;
    let meta = lists::required(&cursor, meta, "meta")?;
    let (files, sums) = lists::required(&cursor, files, "files")?;
    if let Some(totals) = totals {
        check_totals(&totals, &sums).map_err(|error| error.with_help(NOT_ITS_FILES))?;
    }

    let (wrong, cause) = if meta.branch_coverage {
        (&odd.lists.without_branches, "`executed_branches` is missing, though `meta.branch_coverage` is true")
    } else {
        (&odd.with_branches, "`executed_branches` is there, though `meta.branch_coverage` is false")
    };
    if let Some(first) = wrong.first() {
        return Err(Error::new(Place::Json(first.to_owned()), cause));
    }
    let mut warnings = odd.lists.warnings();
    warnings.extend(
        odd.undecided
            .warning("files whose lists hold more than their numbers count, so that only their sources can decide"),
    );
    let kind = if meta.branch_coverage { Kind::Branches } else { Kind::Statements };
    Ok(Recording {
        kind: (!files.is_empty()).then_some(kind),
        declares_branches: meta.branch_coverage,
        files,
        producer: meta.producer,
        admitted: contexts.filter.is_empty() || admitted,
        incomplete: meta.incomplete,
        origin: Origin { when: meta.timestamp, ..Origin::default() },
        ending: Ending::Finished,
        warnings,
        sealed: None,
    })
}

/// Oddities of a report.
#[derive(Default)]
struct Odd {
    lists: Oddities,
    with_branches: Seen,
    undecided: Seen,
}

struct Meta {
    producer: String,
    branch_coverage: bool,
    show_contexts: bool,
    timestamp: Option<String>,
    /// The reasons in the list `incomplete`, which covmerge adds to its own reports, joined.
    incomplete: Option<String>,
}

impl Meta {
    fn read(cursor: &mut Cursor) -> Result<Self, Error> {
        let (mut format, mut version, mut branch_coverage, mut show_contexts) = (None, None, None, None);
        let (mut incomplete, mut timestamp) = (None, None);
        cursor.object(|cursor, key| match &*key.bytes() {
            b"format" => {
                let read = cursor.integer()?;
                if !matches!(read, 2 | 3) {
                    return Err(cursor.wrong(&format!("coverage.py's JSON report of format {read}, expected 2 or 3")).with_help(
                        "read the coverage.py data file instead, or make the report with a version of coverage.py that writes format 3",
                    ).of(Fault::Unsupported));
                }
                lists::once(cursor, &mut format, read)
            }
            b"version" => {
                let read = cursor.text()?.text().0.into_owned();
                lists::once(cursor, &mut version, read)
            }
            b"branch_coverage" => {
                let read = cursor.boolean()?;
                lists::once(cursor, &mut branch_coverage, read)
            }
            b"show_contexts" => {
                let read = cursor.boolean()?;
                lists::once(cursor, &mut show_contexts, read)
            }
            b"timestamp" => {
                let read = cursor.text()?.text().0.into_owned();
                lists::once(cursor, &mut timestamp, read)
            }
            b"incomplete" => {
                let mut reasons = Vec::new();
                cursor.array(|cursor| {
                    reasons.push(cursor.text()?.text().0.into_owned());
                    Ok(())
                })?;
                lists::once(cursor, &mut incomplete, reasons)
            }
            _ => cursor.skip(),
        })?;
        let version = version.filter(|version| !version.is_empty());
        if format.is_none() {
            let by =
                version.map_or_else(String::new, |version| format!(", by coverage.py {}", quote(version.as_bytes())));
            return Err(cursor
                .wrong(&format!("coverage.py's JSON report of format 1{by}, which has no `format`; expected 2 or 3"))
                .with_help(
                    "read the coverage.py data file instead, or re-create the report with coverage.py 7.4.1 or later",
                )
                .of(Fault::Unsupported));
        }
        let branch_coverage = lists::required(cursor, branch_coverage, "branch_coverage")?;
        let producer = version.map_or_else(|| "coverage.py".to_owned(), |version| format!("coverage.py {version}"));
        let incomplete = incomplete.filter(|reasons| !reasons.is_empty()).map(|reasons| reasons.join("; "));
        Ok(Self { producer, branch_coverage, show_contexts: show_contexts.unwrap_or(false), timestamp, incomplete })
    }

    /// Whether the report can answer a filter by contexts, if there is one.
    fn admits(&self, contexts: &Contexts) -> Result<(), Error> {
        if contexts.filter.is_empty() || self.show_contexts {
            return Ok(());
        }
        Err(Error::new(Place::Whole, "a report that was made without contexts").of(Fault::Contexts).with_help(
            "read the coverage.py data file instead, or make the report with `coverage json --show-contexts`",
        ))
    }
}

/// Reads the files, and sums their numbers. `admitted` becomes true if any of them has a requested context.
fn read_files(
    cursor: &mut Cursor,
    contexts: &Contexts,
    odd: &mut Odd,
    admitted: &mut bool,
) -> Result<(Vec<(String, FileTrace)>, Numbers), Error> {
    let mut files = Vec::new();
    let mut sums = Numbers::zeros_of(&NUMBERS);
    let mut seen = Paths::default();
    cursor.object(|cursor, key| {
        let path = lists::path(cursor, key, &mut seen, &mut odd.lists)?;
        let file = File::read(cursor, contexts, odd)?.check(cursor, odd)?;
        *admitted |= file.contexts.as_ref().is_some_and(|contexts| !contexts.is_empty());
        sums.add(&file.summary.sums);
        files.push((path, file.into_trace(contexts)));
        Ok(())
    })?;
    Ok((files, sums))
}

/// Compares the totals that are there with the sums of all files: a report that lost a file would have another total.
fn check_totals(totals: &Numbers, sums: &Numbers) -> Result<(), Error> {
    totals.check("totals", sums.numbers, |sum| format!("that of all files together is {sum}"))
}

/// One entry of `files`.
struct File {
    executed: LineSet,
    missing: LineSet,
    excluded: LineSet,
    exits: Option<ExitSet>,
    summary: Summary,
    contexts: Option<BTreeMap<Context, ContextTrace>>,
    regions: Regions,
    /// Whether the lists hold lines that do not count and cannot be told from those that do.
    undecided: bool,
}

impl File {
    fn read(cursor: &mut Cursor, wanted: &Contexts, odd: &mut Odd) -> Result<Self, Error> {
        let (mut executed, mut missing, mut excluded) = (None, None, None);
        let (mut taken, mut open, mut summary, mut contexts) = (None, None, None, None);
        let mut regions = BTreeMap::new();
        cursor.object(|cursor, key| match &*key.bytes() {
            b"executed_lines" => {
                let read = lists::lines(cursor, &mut odd.lists)?;
                lists::once(cursor, &mut executed, read)
            }
            b"missing_lines" => {
                let read = lists::lines(cursor, &mut odd.lists)?;
                lists::once(cursor, &mut missing, read)
            }
            b"excluded_lines" => {
                let read = lists::lines(cursor, &mut odd.lists)?;
                lists::once(cursor, &mut excluded, read)
            }
            b"executed_branches" => {
                let read = lists::branches(cursor, WayOut::Negative, true, &mut odd.lists)?;
                lists::once(cursor, &mut taken, read)
            }
            b"missing_branches" => {
                let read = lists::branches(cursor, WayOut::Negative, false, &mut odd.lists)?;
                lists::once(cursor, &mut open, read)
            }
            b"summary" => {
                let read = Summary::read(cursor)?;
                lists::once(cursor, &mut summary, read)
            }
            b"functions" => read_regions(cursor, RegionKind::Function, wanted, &mut regions),
            b"classes" => read_regions(cursor, RegionKind::Class, wanted, &mut regions),
            b"contexts" if wanted.keep || !wanted.filter.is_empty() => {
                let read = read_contexts(cursor, wanted)?;
                lists::once(cursor, &mut contexts, read)
            }
            _ => cursor.skip(),
        })?;
        let exits = match (taken, open) {
            (Some(taken), Some(open)) => {
                odd.with_branches.note(1, || cursor.path());
                Some(lists::exit_set(cursor, taken, open, &mut odd.lists))
            }
            (None, None) => {
                odd.lists.without_branches.note(1, || cursor.path());
                None
            }
            (taken, open) => {
                lists::required(cursor, taken, "executed_branches")?;
                lists::required(cursor, open, "missing_branches")?;
                None
            }
        };
        if !wanted.filter.is_empty() {
            lists::required(cursor, contexts.as_ref(), "contexts")?;
        }
        Ok(Self {
            executed: lists::required(cursor, executed, "executed_lines")?,
            missing: lists::required(cursor, missing, "missing_lines")?,
            excluded: lists::required(cursor, excluded, "excluded_lines")?,
            exits,
            summary: lists::required(cursor, summary, "summary")?,
            contexts,
            regions,
            undecided: false,
        })
    }

    /// Compares the lists with the numbers, which are coverage.py's own counts of them.
    fn check(mut self, cursor: &Cursor, odd: &mut Odd) -> Result<Self, Error> {
        odd.lists.contradicted_lines.note(self.executed.intersection(&self.missing).len(), || cursor.path());
        let disagree = |key: &str, number: u64, listed: u64| {
            let cause = format!("the number is {number}, but {listed} are listed");
            Err(Error::new(Place::Json(format!("{}.summary.{key}", cursor.path())), cause).with_help(NOT_LIKE_THIS))
        };
        let listed = self.executed.difference(&self.excluded).len();
        let covered = self.summary.covered_lines;
        if listed < covered {
            return disagree("covered_lines", covered, listed);
        }
        if self.missing.len() != self.summary.missing_lines {
            return disagree("missing_lines", self.summary.missing_lines, self.missing.len());
        }
        self.undecided = listed > covered;
        if let Some(exits) = &self.exits {
            let branches = lists::required(cursor, self.summary.num_branches, "summary.num_branches")?;
            let missing = lists::required(cursor, self.summary.missing_branches, "summary.missing_branches")?;
            let open = exits.iter().filter(|claimed| !claimed.taken).count() as u64;
            if open != missing {
                return disagree("missing_branches", missing, open);
            }
            if branches < missing {
                return disagree("num_branches", branches, missing);
            }
            self.undecided |= exits.count_outside(&self.excluded) > branches;
        }
        odd.undecided.note(u64::from(self.undecided), || cursor.path());
        self.check_derived(&format!("{}.summary", cursor.path())).map_err(|error| error.with_help(NOT_LIKE_THIS))?;
        Ok(self)
    }

    /// Compares the numbers that follow from the lists or from other numbers. `place` is the path of the summary.
    fn check_derived(&self, place: &str) -> Result<(), Error> {
        let Summary { covered_lines, missing_lines, num_branches, missing_branches, sums } = &self.summary;
        let taken = num_branches.zip(*missing_branches).and_then(|(all, missing)| all.checked_sub(missing));
        let statements = covered_lines.checked_add(*missing_lines);
        let listed = [None, None, None, Some(self.excluded.len()), None, None, None, None];
        sums.check(place, listed, |listed| format!("{listed} are listed"))?;
        let others = [None, None, statements, None, None, None, taken, None];
        sums.check(place, others, |other| format!("the others give {other}"))
    }

    fn into_trace(self, wanted: &Contexts) -> FileTrace {
        let statements = self.executed.union(&self.missing).difference(&self.excluded);
        let of_file = LineSet::union_of(self.contexts.iter().flatten().map(|(_, context)| &context.lines));
        let own =
            [RegionKind::Function, RegionKind::Class].map(|kind| (kind, own_contexts(&self.regions, kind, &of_file)));
        let claims = Claims {
            excluded: self.excluded,
            regions: self
                .regions
                .into_iter()
                .map(|(key, (region, ran))| {
                    let is_own = own.contains(&(key.1, true));
                    (key, if is_own { with_inner_lines(region, &ran) } else { region })
                })
                .collect(),
            counted_exits: self.summary.num_branches.filter(|_| self.exits.is_some()).unwrap_or(0),
            exits: self.exits.unwrap_or_default(),
            measured: !self.executed.is_empty(),
            // Under a filter, the lines that ran are known only as raw lines: only the source finds a statement whose second line was recorded.
            unsure: self.undecided || !wanted.filter.is_empty(),
            ..Claims::new(statements)
        };
        let mut file = FileTrace { claims: [(Tool::COVERAGE_PY, claims)].into(), ..FileTrace::default() };
        let filtered = !wanted.filter.is_empty();
        if !filtered {
            file.lines = self.executed;
        }
        let contexts = self.contexts.unwrap_or_default();
        file.lines.union_with(&of_file);
        file.zero |= contexts.values().any(|context| context.zero);
        if wanted.keep {
            file.contexts = contexts;
        }
        file
    }
}

/// The names of the numbers of one file, or of all.
const NUMBERS: [&str; 8] = [
    "covered_lines",
    "missing_lines",
    "num_statements",
    "excluded_lines",
    "num_branches",
    "num_partial_branches",
    "covered_branches",
    "missing_branches",
];

/// Those numbers, as far as they are there.
type Numbers = Sums<{ NUMBERS.len() }>;

/// The numbers of one file.
struct Summary {
    covered_lines: u64,
    missing_lines: u64,
    num_branches: Option<u64>,
    missing_branches: Option<u64>,
    /// All of them.
    sums: Numbers,
}

impl Summary {
    fn read(cursor: &mut Cursor) -> Result<Self, Error> {
        let sums = Numbers::read(cursor, &NUMBERS)?;
        let [covered_lines, missing_lines, _, _, num_branches, _, _, missing_branches] = sums.numbers;
        Ok(Self {
            covered_lines: lists::required(cursor, covered_lines, "covered_lines")?,
            missing_lines: lists::required(cursor, missing_lines, "missing_lines")?,
            num_branches,
            missing_branches,
            sums,
        })
    }
}

/// Functions and classes and the code outside of them, each with the lines of its contexts.
type Regions = BTreeMap<(Option<Line>, RegionKind, Name), (ClaimedRegion, LineSet)>;

/// Reads the functions or classes of a file. The code outside all of them has no name. Before coverage.py 7.13.1, no region says where it starts.
fn read_regions(cursor: &mut Cursor, kind: RegionKind, wanted: &Contexts, regions: &mut Regions) -> Result<(), Error> {
    // The oddities of these lists were already noted for the file's lists.
    let mut odd = Oddities::default();
    cursor.object(|cursor, key| {
        let (mut start, mut region, mut ran) = (None, ClaimedRegion::default(), LineSet::new());
        cursor.object(|cursor, key| {
            match &*key.bytes() {
                b"executed_lines" | b"missing_lines" | b"excluded_lines" => {
                    region.lines.union_with(&lists::lines(cursor, &mut odd)?);
                }
                b"executed_branches" | b"missing_branches" => {
                    let exits = lists::branches(cursor, WayOut::Negative, false, &mut odd)?;
                    region.lines.extend(exits.into_iter().map(|exit| exit.line));
                }
                b"contexts" if wanted.keep => {
                    read_contexts(cursor, wanted)?.values().for_each(|context| ran.union_with(&context.lines));
                }
                b"start_line" => start = u32::try_from(cursor.integer()?).ok().and_then(Line::new),
                b"summary" => region.counted_exits = Summary::read(cursor)?.num_branches.unwrap_or(0),
                _ => cursor.skip()?,
            }
            Ok(())
        })?;
        let (name, _) = key.text();
        // Of several regions with one name, all but one have their start line in the name.
        let suffix = start.map_or_else(String::new, |start| format!("@{start}"));
        let name = name.strip_suffix(&*suffix).unwrap_or(&name);
        regions.insert((start, kind, Name::from(name)), (region, ran));
        Ok(())
    })
}

/// Whether each region of that kind lists the contexts of its own lines: up to coverage.py 7.17.3, each lists those of the whole file.
fn own_contexts(regions: &Regions, kind: RegionKind, of_file: &LineSet) -> bool {
    let of_kind = regions.iter().filter(|(key, _)| key.1 == kind);
    of_kind.map(|(_, (_, ran))| ran.len()).sum::<u64>() <= of_file.len()
}

/// The region with the lines inside of its statements, which only the list of contexts has.
fn with_inner_lines(mut region: ClaimedRegion, ran: &LineSet) -> ClaimedRegion {
    region.lines.union_with(ran);
    region
}

/// Reads the admitted contexts: the document lists contexts by line, the result has lines by context.
fn read_contexts(cursor: &mut Cursor, wanted: &Contexts) -> Result<BTreeMap<Context, ContextTrace>, Error> {
    let mut lines: BTreeMap<Cow<[u8]>, (Vec<Line>, bool)> = BTreeMap::new();
    cursor.object(|cursor, key| {
        let line = Line::new(lists::line_key(cursor, key)?);
        cursor.array(|cursor| {
            let (lines, zero) = lines.entry(cursor.text()?.bytes()).or_default();
            *zero |= line.is_none();
            lines.extend(line);
            Ok(())
        })
    })?;
    let mut contexts: BTreeMap<Context, ContextTrace> = BTreeMap::new();
    for (name, (mut lines, zero)) in lines {
        let name = String::from_utf8_lossy(&name);
        if wanted.admits(&name).map_err(|error| Error::new(Place::Whole, error.to_string()).of(Fault::Contexts))? {
            // The lines come in arbitrary order.
            lines.sort_unstable();
            let lines = lines.into_iter().collect();
            contexts.entry(Context::from(&*name)).or_default().union_with(&ContextTrace {
                lines,
                zero,
                ..ContextTrace::default()
            });
        }
    }
    Ok(contexts)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::python::re::Pattern;

    const BRANCH: &[u8] = include_bytes!("../../testdata/fragments/coverage.py-json/versions/7.17.3-branch.json");

    fn fixture(name: &str) -> Vec<u8> {
        let dir = concat!(env!("CARGO_MANIFEST_DIR"), "/testdata/fragments/coverage.py-json/versions/");
        std::fs::read(format!("{dir}{name}.json")).unwrap()
    }

    fn file<'a>(recording: &'a Recording, path: &str) -> &'a FileTrace {
        recording.files.iter().find(|(name, _)| name == path).map(|(_, file)| file).unwrap()
    }

    /// Statements, missing, excluded, branches, partial and missing branches, as the claims alone give them.
    fn totals(file: &FileTrace) -> [u64; 6] {
        let claims = &file.claims[&Tool::COVERAGE_PY];
        let missing = claims.statements.difference(&file.lines);
        let open = || claims.exits.iter().filter(|claimed| !claimed.taken);
        [
            claims.statements.len(),
            missing.len(),
            claims.excluded.len(),
            claims.exits.count_outside(&claims.excluded) + claims.unlisted_exits(),
            open().filter(|claimed| !missing.contains(claimed.line)).count() as u64,
            open().count() as u64,
        ]
    }

    /// A report of one file, `app.py`, with the given members.
    fn document(members: &str) -> String {
        format!(
            r#"{{"meta": {{"format": 3, "branch_coverage": true}}, "files": {{"app.py": {{{members}}}}}, "totals": {{}}}}"#
        )
    }

    #[test]
    fn a_report_read_alone_gives_back_its_own_totals() {
        // as in the `summary` of src/app/choose.py
        for (name, expected) in [
            ("7.13.1-branch", [31, 5, 5, 12, 2, 2]),
            ("7.17.3-branch", [31, 5, 6, 12, 2, 2]),
            ("7.17.3-lines", [31, 5, 6, 0, 0, 0]),
            ("7.17.3-branch-contexts", [31, 4, 6, 12, 1, 1]),
        ] {
            let bytes = fixture(name);
            assert_eq!(crate::read::sniff(&bytes).unwrap().name, NAME);
            let recording = read(&bytes, &Contexts::default()).unwrap();
            let file = file(&recording, "src/app/choose.py");
            assert_eq!((totals(file), file.claims[&Tool::COVERAGE_PY].unsure), (expected, false), "{name}");
            assert_eq!(
                (recording.producer.as_str(), recording.warnings.len()),
                (&*format!("coverage.py {}", &name[..6]), 0)
            );
        }
    }

    #[test]
    fn a_report_that_lost_a_file_is_found_out_by_its_totals() {
        for name in ["7.4.4-lines", "7.6.12-branch", "7.13.1-branch", "7.17.3-branch", "7.17.3-branch-contexts"] {
            let mut report: serde_json::Value = serde_json::from_slice(&fixture(name)).unwrap();
            assert!(read(report.to_string().as_bytes(), &Contexts::default()).is_ok(), "{name}");
            report["files"].as_object_mut().unwrap().remove("src/app/choose.py").unwrap();
            let error = read(report.to_string().as_bytes(), &Contexts::default()).unwrap_err().to_string();
            assert!(error.starts_with("`totals.covered_lines`: the number is "), "{name}: {error}");
        }
    }

    #[test]
    fn every_wrong_sum_is_found_out() {
        for name in ["7.4.4-lines", "7.6.12-branch", "7.10.7-branch", "7.13.1-branch", "7.17.3-branch"] {
            let report: serde_json::Value = serde_json::from_slice(&fixture(name)).unwrap();
            for place in ["/totals", "/files/src~1app~1choose.py/summary"] {
                let mut found = 0;
                for sum in NUMBERS {
                    let mut wrong = report.clone();
                    let Some(number) = wrong.pointer_mut(&format!("{place}/{sum}")) else { continue };
                    *number = serde_json::json!(number.as_u64().unwrap() + 1);
                    let error = read(wrong.to_string().as_bytes(), &Contexts::default()).unwrap_err().to_string();
                    assert!(error.contains(": the number is "), "{error}");
                    found += 1;
                }
                assert_eq!(found, if name.ends_with("lines") { 4 } else { 8 }, "{name} {place}");
            }
        }
    }

    #[test]
    fn every_entry_that_a_list_lost_is_found_out() {
        for name in ["7.13.1-branch", "7.17.3-branch", "7.17.3-lines"] {
            let report: serde_json::Value = serde_json::from_slice(&fixture(name)).unwrap();
            for list in ["executed_lines", "missing_lines", "excluded_lines", "missing_branches"] {
                let mut lost = report.clone();
                let list = lost["files"]["src/app/choose.py"].get_mut(list);
                if list.and_then(serde_json::Value::as_array_mut).and_then(Vec::pop).is_some() {
                    let error = read(lost.to_string().as_bytes(), &Contexts::default()).unwrap_err().to_string();
                    assert!(error.contains(".summary.") && error.contains(": the number is "), "{name}: {error}");
                }
            }
        }
    }

    #[test]
    fn docstrings_among_the_executed_lines_leave_the_statements_to_the_source() {
        for name in ["7.4.4-lines", "7.4.4-branch", "7.6.12-branch", "7.10.7-branch", "7.13.0-branch"] {
            let recording = read(&fixture(name), &Contexts::default()).unwrap();
            let unsure = |path: &str| file(&recording, path).claims[&Tool::COVERAGE_PY].unsure;
            assert_eq!((unsure("src/app/choose.py"), unsure("src/app/empty.py")), (true, false), "{name}");
            let warned =
                recording.warnings.iter().filter(|warning| warning.text.contains("only their sources can decide"));
            assert_eq!(warned.count(), 1, "{name}");
        }
    }

    #[test]
    fn format_1_is_refused_by_name() {
        let bytes = fixture("7.2.7-branch");
        let error = (crate::read::sniff(&bytes).unwrap().read)(&bytes, &Contexts::default()).unwrap_err();
        let message = "`meta`: coverage.py's JSON report of format 1, by coverage.py `7.2.7`, which has no `format`; expected 2 or 3";
        assert_eq!(error.to_string(), message);
        let error = read(br#"{"meta": {"format": 4}}"#, &Contexts::default()).unwrap_err();
        assert_eq!(error.to_string(), "`meta.format`: coverage.py's JSON report of format 4, expected 2 or 3");
    }

    #[test]
    fn a_document_cut_anywhere_is_an_error_that_says_so() {
        for end in 0..BRANCH.len() {
            let error = read(&BRANCH[..end], &Contexts::default()).unwrap_err();
            assert!(error.cause.starts_with("the document ends too early"), "{end}: {error}");
        }
    }

    #[test]
    fn exits_that_are_listed_in_one_fragment_only_count_once() {
        // line 1 is a `pragma: no branch` line with two exits: each run took, and so lists, a different one
        let report = |exit: i32| {
            let text = document(&format!(
                r#""executed_lines": [1], "missing_lines": [], "excluded_lines": [], "executed_branches": [[1, {exit}]], "missing_branches": [],
                "summary": {{"covered_lines": 1, "missing_lines": 0, "num_branches": 2, "missing_branches": 0}}"#
            ));
            read(text.as_bytes(), &Contexts::default()).unwrap().files.remove(0).1
        };
        let mut both = report(2);
        assert_eq!((totals(&both), both.claims[&Tool::COVERAGE_PY].unlisted_exits()), ([1, 0, 0, 2, 0, 0], 1));
        both.union_with(report(-1));
        assert_eq!((totals(&both), both.claims[&Tool::COVERAGE_PY].unlisted_exits()), ([1, 0, 0, 2, 0, 0], 0));
    }

    #[test]
    fn contexts_are_kept_when_they_are_asked_for() {
        let wanted = Contexts { keep: true, ..Contexts::default() };
        let recording = read(&fixture("7.17.3-branch-contexts"), &wanted).unwrap();
        let contexts = &file(&recording, "src/app/choose.py").contexts;
        let debug = Line::new(58).unwrap();
        assert_eq!(contexts.keys().map(Context::as_str).collect::<Vec<_>>(), ["first", "second"]);
        assert_eq!(contexts.values().map(|context| context.lines.contains(debug)).collect::<Vec<_>>(), [false, true]);
        assert!(
            file(&read(&fixture("7.17.3-branch-contexts"), &Contexts::default()).unwrap(), "src/app/choose.py")
                .contexts
                .is_empty()
        );
    }

    #[test]
    fn lines_inside_of_statements_belong_to_their_regions() {
        let wanted = Contexts { keep: true, ..Contexts::default() };
        let regions = |of_region: &str, outside: &str| {
            let text = document(&format!(
                r#""executed_lines": [1, 2], "missing_lines": [], "excluded_lines": [], "contexts": {{"1": ["c"], "2": ["c"], "3": ["c"]}},
                "executed_branches": [], "missing_branches": [],
                "functions": {{"f": {{"executed_lines": [2], "missing_lines": [], "excluded_lines": [], "start_line": 1, "contexts": {of_region}}},
                    "": {{"executed_lines": [1], "missing_lines": [], "excluded_lines": [], "start_line": 1, "contexts": {outside}}}}},
                "summary": {{"covered_lines": 2, "missing_lines": 0, "num_branches": 0, "missing_branches": 0}}"#
            ));
            let recording = read(text.as_bytes(), &wanted).unwrap();
            let regions = &recording.files[0].1.claims[&Tool::COVERAGE_PY].regions;
            regions.values().map(|region| region.lines.iter().map(Line::get).collect()).collect::<Vec<Vec<u32>>>()
        };
        // The code outside, then the function, by coverage.py 7.17.5, and by 7.17.3.
        assert_eq!(regions(r#"{"3": ["c"], "2": ["c"]}"#, r#"{"1": ["c"]}"#), [vec![1], vec![2, 3]]);
        let all = r#"{"1": ["c"], "2": ["c"], "3": ["c"]}"#;
        assert_eq!(regions(all, all), [[1], [2]]);
    }

    #[test]
    fn a_filter_by_contexts_chooses_lines_or_is_refused() {
        let wanted =
            Contexts { keep: false, filter: vec![Pattern::new("^first$", 13).unwrap()], ..Contexts::default() };
        let recording = read(&fixture("7.17.3-lines-contexts"), &wanted).unwrap();
        let chosen = file(&recording, "src/app/choose.py");
        assert!(chosen.lines.contains_number(50) && !chosen.lines.contains_number(58));
        assert!(chosen.claims[&Tool::COVERAGE_PY].unsure);
        assert!(chosen.contexts.is_empty() && recording.admitted);
        let none = Contexts { keep: false, filter: vec![Pattern::new("^tset$", 13).unwrap()], ..Contexts::default() };
        assert!(!read(&fixture("7.17.3-lines-contexts"), &none).unwrap().admitted);
        assert!(read(&fixture("7.17.3-lines"), &Contexts::default()).unwrap().admitted);
        assert_eq!(read(&fixture("7.17.3-lines"), &wanted).unwrap_err().fault, Fault::Contexts);
    }

    #[test]
    fn what_is_wrong_is_said_with_its_place() {
        let lists = r#""executed_lines": [1, 2], "missing_lines": [4], "excluded_lines": [], "executed_branches": [[1, 2]], "missing_branches": [[1, -1]]"#;
        let summary = |covered, missing, branches, open| {
            document(&format!(
                r#"{lists}, "summary": {{"covered_lines": {covered}, "missing_lines": {missing}, "num_branches": {branches}, "missing_branches": {open}}}"#
            ))
        };
        assert!(read(summary("2", "1", "2", "1").as_bytes(), &Contexts::default()).is_ok());
        for (text, message) in [
            (
                summary("3", "1", "2", "1"),
                r#"`files."app.py".summary.covered_lines`: the number is 3, but 2 are listed"#,
            ),
            (
                summary("2", "2", "2", "1"),
                r#"`files."app.py".summary.missing_lines`: the number is 2, but 1 are listed"#,
            ),
            (
                summary("2", "1", "2", "0"),
                r#"`files."app.py".summary.missing_branches`: the number is 0, but 1 are listed"#,
            ),
            (
                summary("2", "1", "0", "1"),
                r#"`files."app.py".summary.num_branches`: the number is 0, but 1 are listed"#,
            ),
            (summary("-2", "1", "2", "1"), r#"`files."app.py".summary.covered_lines`: `-2` is negative"#),
            (document(lists), r#"`files."app.py"`: `summary` is missing"#),
            (
                document(r#""missing_branches": [[0, -2147483648]]"#),
                r#"`files."app.py".missing_branches[0][1]`: `2147483648` is not a line number, expected one from 1 to 2147483647"#,
            ),
            (
                document(r#""summary": {"covered_lines": "2"}"#),
                r#"`files."app.py".summary.covered_lines`: `"2"`, expected a whole number"#,
            ),
            (
                summary("2", "1", "2", "1").replace("true", "false"),
                r#"`files."app.py"`: `executed_branches` is there, though `meta.branch_coverage` is false"#,
            ),
            (format!("{} {{}}", summary("2", "1", "2", "1")), "offset 313: `{` follows the end of the document"),
        ] {
            assert_eq!(read(text.as_bytes(), &Contexts::default()).unwrap_err().to_string(), message, "{text}");
        }
    }
}
