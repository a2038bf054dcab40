//! Slipcover's JSON, as written by `slipcover --json`, `--merge` and the workers of pytest-xdist, versions 1.0.5 to 1.1.0.
//!
//! ```text
//! {"meta": {"software": "slipcover", "version": "1.1.0", "timestamp": "…", "branch_coverage": true, "show_contexts": false},
//!  "files": {
//!    "src/app.py": {
//!      "executed_lines": [1, 2],             lines that hold bytecode and ran
//!      "missing_lines": [4],                 those that did not
//!      "executed_branches": [[1, 2]],        with --branch only: from, to
//!      "missing_branches": [[1, 0]],         to 0: out of the function, class or module
//!      "summary": {…}}},
//!  "summary": {…}}
//! ```
//!
//! Facts: the executed lines. Claims: executed and missing lines are the statements, and the branches are the exits. The numbers in `summary` are
//! the lengths of these lists, which are held against them: a list that lost an entry would raise the total. All unknown keys are skipped. The
//! format lacks excluded lines, counts, contexts and the Python version.

use crate::model::exits::ExitSet;
use crate::model::origin::Origin;
use crate::model::tool::Tool;
use crate::model::trace::{Claims, FileTrace, Kind, Recording};
use crate::model::unfinished::Ending;

use super::Contexts;
use super::error::{Error, Place};
use super::json::cursor::Cursor;
use super::json::lists::{self, Oddities, Paths, WayOut};
use super::json::peek;
use super::json::sums::Sums;
use super::json::text::{Text, quote};

/// The format's name.
pub const NAME: &str = "slipcover";

/// The tool that writes it.
pub const TOOL: Tool = Tool::SLIPCOVER;

/// Whether `bytes` begin like Slipcover's JSON: `meta.software` says so.
#[must_use]
pub fn sniff(bytes: &[u8]) -> bool {
    peek::member(peek::start(bytes), "meta")
        .and_then(|meta| peek::member(meta, "software"))
        .and_then(peek::string)
        .is_some_and(|software| software == NAME.as_bytes())
}

/// Reads a fragment.
///
/// # Errors
/// A document that is not valid Slipcover JSON, with the place of the fault.
pub fn read(bytes: &[u8], contexts: &Contexts) -> Result<Recording, Error> {
    let mut cursor = Cursor::new(bytes).within(&contexts.limits);
    let mut meta = None;
    let mut files = None;
    let mut summary = None;
    let mut odd = Oddities::default();
    cursor.object(|cursor, key| match &*key.bytes() {
        b"meta" => {
            let read = Meta::read(cursor)?;
            lists::once(cursor, &mut meta, read)
        }
        b"files" => {
            let read = read_files(cursor, &mut odd)?;
            lists::once(cursor, &mut files, read)
        }
        b"summary" => {
            let read = Sums::read(cursor, &NUMBERS)?;
            lists::once(cursor, &mut summary, read)
        }
        _ => cursor.skip(),
    })?;
    cursor.end()?;
    let meta = lists::required(&cursor, meta, "meta")?;
    let (mut files, listed) = lists::required(&cursor, files, "files")?;
    check(summary, "summary", listed)?;

    let mut warnings = odd.warnings();
    if meta.branch_coverage
        && let Some(first) = odd.without_branches.first()
    {
        let cause = "`executed_branches` is missing, though `meta.branch_coverage` is true";
        return Err(Error::new(Place::Json(first.to_owned()), cause));
    }
    if !meta.branch_coverage {
        let mut with_branches = lists::Seen::default();
        for (path, file) in &mut files {
            let exits = file.claims.get_mut(TOOL).map(|claims| std::mem::take(&mut claims.exits));
            with_branches.note(u64::from(exits.is_some_and(|exits| !exits.is_empty())), || path.clone());
        }
        warnings.extend(with_branches.warning("files whose branches were dropped, as `meta.branch_coverage` is false"));
    }
    let kind = if meta.branch_coverage { Kind::Branches } else { Kind::Statements };
    Ok(Recording {
        kind: (!files.is_empty()).then_some(kind),
        declares_branches: meta.branch_coverage,
        files,
        producer: meta.producer,
        // The format has no contexts, and a filter by contexts was refused earlier.
        admitted: true,
        incomplete: None,
        origin: Origin { when: meta.timestamp, ..Origin::default() },
        ending: Ending::Finished,
        warnings,
        sealed: None,
    })
}

struct Meta {
    producer: String,
    branch_coverage: bool,
    timestamp: Option<String>,
}

impl Meta {
    fn read(cursor: &mut Cursor) -> Result<Self, Error> {
        let (mut software, mut version, mut branch_coverage, mut timestamp) = (None, None, None, None);
        cursor.object(|cursor, key| match &*key.bytes() {
            b"software" => {
                let read = cursor.text()?;
                if *read.bytes() != *NAME.as_bytes() {
                    return Err(cursor.wrong(&format!("{}, expected `{NAME}`", quote(&read.bytes()))));
                }
                lists::once(cursor, &mut software, read)
            }
            b"version" => {
                let read = cursor.text()?;
                lists::once(cursor, &mut version, read)
            }
            b"branch_coverage" => {
                let read = cursor.boolean()?;
                lists::once(cursor, &mut branch_coverage, read)
            }
            b"timestamp" => {
                let read = cursor.text()?.text().0.into_owned();
                lists::once(cursor, &mut timestamp, read)
            }
            _ => cursor.skip(),
        })?;
        lists::required(cursor, software, "software")?;
        let branch_coverage = lists::required(cursor, branch_coverage, "branch_coverage")?;
        let producer = match version.map(|version: Text| version.text().0.into_owned()) {
            Some(version) if !version.is_empty() => format!("{NAME} {version}"),
            _ => NAME.to_owned(),
        };
        Ok(Self { producer, branch_coverage, timestamp })
    }
}

/// The numbers of a summary: the entries in the lists of a file, or of all files together.
type Listed = [u64; NUMBERS.len()];

/// Their names. Those of branches are missing where branches were not measured.
const NUMBERS: [&str; 4] = ["covered_lines", "missing_lines", "covered_branches", "missing_branches"];

/// Compares a summary, if there is one, with the lists. `place` is its path.
fn check(summary: Option<Sums<{ NUMBERS.len() }>>, place: &str, listed: Listed) -> Result<(), Error> {
    let Some(summary) = summary else { return Ok(()) };
    let checked = summary.check(place, listed.map(Some), |listed| format!("{listed} are listed"));
    checked.map_err(|error| error.with_help("Slipcover did not write the report like this: re-create it"))
}

/// The files, and the numbers of entries in all their lists.
fn read_files(cursor: &mut Cursor, odd: &mut Oddities) -> Result<(Vec<(String, FileTrace)>, Listed), Error> {
    let mut files = Vec::new();
    let mut seen = Paths::default();
    let mut all = Listed::default();
    cursor.object(|cursor, key| {
        let path = lists::path(cursor, key, &mut seen, odd)?;
        let (file, listed) = read_file(cursor, odd)?;
        files.push((path, file));
        all.iter_mut().zip(listed).for_each(|(all, listed)| *all += listed);
        Ok(())
    })?;
    Ok((files, all))
}

fn read_file(cursor: &mut Cursor, odd: &mut Oddities) -> Result<(FileTrace, Listed), Error> {
    let (mut executed, mut missing) = (None, None);
    let (mut taken, mut open) = (None, None);
    let (mut summary, mut listed) = (None, Listed::default());
    cursor.object(|cursor, key| {
        let dropped = odd.dropped();
        match &*key.bytes() {
            b"executed_lines" => {
                let read = lists::lines(cursor, odd)?;
                listed[0] = read.len() + odd.dropped() - dropped;
                lists::once(cursor, &mut executed, read)
            }
            b"missing_lines" => {
                let read = lists::lines(cursor, odd)?;
                listed[1] = read.len() + odd.dropped() - dropped;
                lists::once(cursor, &mut missing, read)
            }
            b"executed_branches" => {
                let read = lists::branches(cursor, WayOut::Zero, true, odd)?;
                listed[2] = read.len() as u64 + odd.dropped() - dropped;
                lists::once(cursor, &mut taken, read)
            }
            b"missing_branches" => {
                let read = lists::branches(cursor, WayOut::Zero, false, odd)?;
                listed[3] = read.len() as u64 + odd.dropped() - dropped;
                lists::once(cursor, &mut open, read)
            }
            b"summary" => {
                let read = Sums::read(cursor, &NUMBERS)?;
                lists::once(cursor, &mut summary, read)
            }
            _ => cursor.skip(),
        }
    })?;
    let executed = lists::required(cursor, executed, "executed_lines")?;
    let missing = lists::required(cursor, missing, "missing_lines")?;
    let exits = match (taken, open) {
        (Some(taken), Some(open)) => lists::exit_set(cursor, taken, open, odd),
        (None, None) => {
            odd.without_branches.note(1, || cursor.path());
            ExitSet::default()
        }
        (taken, open) => {
            lists::required(cursor, taken, "executed_branches")?;
            lists::required(cursor, open, "missing_branches")?;
            ExitSet::default()
        }
    };
    check(summary, &format!("{}.summary", cursor.path()), listed)?;
    odd.contradicted_lines.note(executed.intersection(&missing).len(), || cursor.path());
    let claims = Claims { exits, measured: !executed.is_empty(), ..Claims::new(executed.union(&missing)) };
    Ok((FileTrace { lines: executed, claims: [(TOOL, claims)].into(), ..FileTrace::default() }, listed))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::arcs::Exit;
    use crate::model::lines::Line;
    use crate::model::lines::tests::numbers;

    const BRANCH: &[u8] = include_bytes!("../../testdata/fragments/slipcover/versions/1.1.0-branch.json");

    fn read_one(text: &str) -> Result<Recording, Error> {
        read(text.as_bytes(), &Contexts::default())
    }

    /// A document of one file, `app.py`, with the given members.
    fn document(members: &str) -> String {
        format!(
            r#"{{"meta": {{"software": "slipcover", "branch_coverage": true}}, "files": {{"app.py": {{{members}}}}}, "summary": {{}}}}"#
        )
    }

    #[test]
    fn every_version_is_read_with_its_own_totals() {
        // files, statements, executed, exits, taken: as Python counts them in the lists of the same documents
        let dir = concat!(env!("CARGO_MANIFEST_DIR"), "/testdata/fragments/slipcover/versions/");
        for (name, kind, expected) in [
            ("1.0.5-lines", Kind::Statements, (4, 49, 40, 0, 0)),
            ("1.0.5-branch", Kind::Branches, (4, 49, 40, 18, 12)),
            ("1.0.10-branch", Kind::Branches, (3, 39, 31, 16, 11)),
            ("1.0.17-lines", Kind::Statements, (3, 39, 31, 0, 0)),
            ("1.0.18-branch", Kind::Branches, (3, 39, 31, 16, 11)),
            ("1.1.0-lines", Kind::Statements, (3, 34, 29, 0, 0)),
            ("1.1.0-branch", Kind::Branches, (3, 34, 29, 14, 10)),
            ("1.1.0-branch-second", Kind::Branches, (3, 34, 29, 14, 10)),
            ("1.1.0-merged", Kind::Branches, (3, 34, 30, 14, 11)),
        ] {
            let bytes = std::fs::read(format!("{dir}{name}.json")).unwrap();
            assert_eq!(crate::read::sniff(&bytes).unwrap().name, NAME, "{name}");
            let recording = read(&bytes, &Contexts::default()).unwrap();
            let claims = || recording.files.iter().map(|(_, file)| &file.claims[&TOOL]);
            let found = (
                recording.files.len(),
                claims().map(|claims| claims.statements.len()).sum::<u64>(),
                recording.files.iter().map(|(_, file)| file.lines.len()).sum::<u64>(),
                claims().map(|claims| claims.exits.len()).sum::<usize>(),
                claims().map(|claims| claims.exits.iter().filter(|claimed| claimed.taken).count()).sum::<usize>(),
            );
            assert_eq!((recording.kind, found), (Some(kind), expected), "{name}");
            assert_eq!(recording.producer, format!("slipcover {}", name.split('-').next().unwrap()));
            assert!(recording.warnings.is_empty(), "{:?}", recording.warnings);
        }
    }

    #[test]
    fn every_lost_entry_and_every_wrong_sum_is_found_out() {
        let dir = concat!(env!("CARGO_MANIFEST_DIR"), "/testdata/fragments/slipcover/versions/");
        for name in ["1.0.5-lines", "1.0.10-branch", "1.0.17-lines", "1.0.18-branch", "1.1.0-branch", "1.1.0-merged"] {
            let report: serde_json::Value =
                serde_json::from_slice(&std::fs::read(format!("{dir}{name}.json")).unwrap()).unwrap();
            let why = |report: &serde_json::Value| read_one(&report.to_string()).unwrap_err().to_string();
            for path in report["files"].as_object().unwrap().keys() {
                let mut lost = report.clone();
                lost["files"].as_object_mut().unwrap().remove(path).unwrap();
                if report["files"][path]["executed_lines"] != serde_json::json!([]) {
                    assert!(why(&lost).starts_with("`summary.covered_lines`: the number is "), "{name} {path}");
                }
                for list in ["executed_lines", "missing_lines", "executed_branches", "missing_branches"] {
                    let mut lost = report.clone();
                    if lost["files"][path][list].as_array_mut().and_then(Vec::pop).is_some() {
                        assert!(why(&lost).contains(".summary."), "{name} {path} {list}");
                    }
                }
            }
            for sum in NUMBERS {
                let mut wrong = report.clone();
                let Some(number) = wrong["summary"].get_mut(sum) else { continue };
                *number = serde_json::json!(number.as_u64().unwrap() + 1);
                assert!(why(&wrong).starts_with(&format!("`summary.{sum}`: the number is ")), "{name} {sum}");
            }
        }
    }

    #[test]
    fn two_fragments_give_what_slipcover_merges_them_to() {
        let dir = concat!(env!("CARGO_MANIFEST_DIR"), "/testdata/fragments/slipcover/versions/1.1.0-");
        let files = |name: &str| {
            read(&std::fs::read(format!("{dir}{name}.json")).unwrap(), &Contexts::default()).unwrap().files
        };
        let mut merged: std::collections::BTreeMap<_, _> = files("branch").into_iter().collect();
        for (path, file) in files("branch-second") {
            merged.entry(path).or_default().union_with(file);
        }
        assert_eq!(merged, files("merged").into_iter().collect());
    }

    #[test]
    fn a_document_cut_anywhere_is_an_error_that_says_so() {
        for end in 0..BRANCH.trim_ascii_end().len() {
            let error = read(&BRANCH[..end], &Contexts::default()).unwrap_err();
            assert!(error.cause.starts_with("the document ends too early"), "{end}: {error}");
        }
    }

    #[test]
    fn branches_are_exits_and_zero_is_a_way_out() {
        let text = document(
            r#""executed_lines": [1, 2], "missing_lines": [4], "executed_branches": [[1, 2]], "missing_branches": [[1, 0]]"#,
        );
        let recording = read_one(&format!("\u{feff}{text}\n")).unwrap();
        let (path, file) = &recording.files[0];
        let exits: Vec<_> =
            file.claims[&TOOL].exits.iter().map(|claimed| (claimed.exit.clone(), claimed.taken)).collect();
        assert_eq!((path.as_str(), numbers(&file.lines)), ("app.py", vec![1, 2]));
        assert_eq!(numbers(&file.claims[&TOOL].statements), [1, 2, 4]);
        assert_eq!(exits, [(Exit::Leave(None), false), (Exit::Line(Line::new(2).unwrap()), true)]);
        assert_eq!((recording.kind, recording.producer.as_str()), (Some(Kind::Branches), "slipcover"));
    }

    #[test]
    fn odd_lists_are_read_with_a_warning() {
        let text = document(
            r#""executed_lines": [130, 2, 0, 2, 65], "missing_lines": [2, 9], "executed_branches": [[9, 2], [9, 2]], "missing_branches": [[9, 2], [0, 1]]"#,
        );
        let recording = read_one(&text).unwrap();
        let file = &recording.files[0].1;
        assert_eq!(
            (numbers(&file.lines), numbers(&file.claims[&TOOL].statements)),
            (vec![2, 65, 130], vec![2, 9, 65, 130])
        );
        assert_eq!(
            (file.claims[&TOOL].exits.len(), file.claims[&TOOL].exits.iter().all(|claimed| claimed.taken)),
            (1, true)
        );
        let warnings: Vec<_> = recording.warnings.iter().map(|warning| warning.text.as_str()).collect();
        assert_eq!(
            warnings,
            [
                r#"entries for line 0, which does not exist, were dropped: 2, first at `files."app.py".executed_lines[2]`"#,
                r#"lines listed both as executed and as missing count as executed: 1, first at `files."app.py"`"#,
                r#"branches listed both as executed and as missing count as executed: 1, first at `files."app.py"`"#,
            ]
        );
    }

    #[test]
    fn lists_that_lost_an_entry_are_found_out_by_the_summaries() {
        let lists = r#""executed_lines": [0, 1], "missing_lines": [4], "executed_branches": [[1, 4]], "missing_branches": [[1, 0]]"#;
        let with = |file: &str, all: &str| {
            document(&format!(r#"{lists}, "summary": {{ {file} }}"#))
                .replace(r#""summary": {}"#, &format!(r#""summary": {{{all}}}"#))
        };
        let numbers = r#""covered_lines": 2, "missing_lines": 1, "covered_branches": 1, "missing_branches": 1"#;
        assert!(read_one(&with(numbers, numbers)).is_ok());
        for (key, file, all) in [
            (
                r#"files."app.py".summary.covered_lines`: the number is 3, but 2"#,
                numbers.replace("2,", "3,"),
                numbers.into(),
            ),
            (
                r#"files."app.py".summary.missing_lines`: the number is 4, but 1"#,
                r#""missing_lines": 4"#.into(),
                String::new(),
            ),
            (
                r#"files."app.py".summary.missing_branches`: the number is 0, but 1"#,
                r#""missing_branches": 0"#.into(),
                String::new(),
            ),
            ("summary.covered_lines`: the number is 12, but 2", numbers.into(), r#""covered_lines": 12"#.to_owned()),
            ("summary.covered_branches`: the number is 2, but 1", String::new(), r#""covered_branches": 2"#.to_owned()),
        ] {
            let error = read_one(&with(&file, &all)).unwrap_err();
            assert_eq!(error.to_string(), format!("`{key} are listed"));
        }
    }

    #[test]
    fn what_is_wrong_is_said_with_its_place() {
        let lines = |list: &str| document(&format!(r#""missing_lines": {list}"#));
        let branch = |list: &str| document(&format!(r#""missing_branches": {list}"#));
        for (text, message) in [
            (
                lines("[1, 2, 3, -4]"),
                r#"`files."app.py".missing_lines[3]`: `-4` is not a line number, expected one from 1 to 2147483647"#,
            ),
            (
                lines("[4294967296]"),
                r#"`files."app.py".missing_lines[0]`: `4294967296` is not a line number, expected one from 1 to 2147483647"#,
            ),
            (
                lines("[99999999999999999999]"),
                r#"`files."app.py".missing_lines[0]`: `99999999999999999999` is not a whole number"#,
            ),
            (lines("[3.0]"), r#"`files."app.py".missing_lines[0]`: `3.0` is not a whole number"#),
            (lines(r#"["3"]"#), r#"`files."app.py".missing_lines[0]`: `"3"`, expected a whole number"#),
            (lines("[[3]]"), r#"`files."app.py".missing_lines[0]`: an array, expected a whole number"#),
            (lines("[null]"), r#"`files."app.py".missing_lines[0]`: `null`, expected a whole number"#),
            (lines("{}"), r#"`files."app.py".missing_lines`: an object, expected an array"#),
            (lines("[NaN]"), r#"offset 100: `NaN` is not JSON (in `files."app.py".missing_lines[0]`)"#),
            (lines("[01]"), r#"offset 100: `01` is not a JSON number (in `files."app.py".missing_lines[0]`)"#),
            (lines("[1 2]"), r#"offset 102: `2`, expected `,` or `]` (in `files."app.py".missing_lines[0]`)"#),
            (branch("[[1]]"), r#"`files."app.py".missing_branches[0]`: a branch is a pair of lines, found 1 of them"#),
            (
                branch("[[1, 2, 3]]"),
                r#"`files."app.py".missing_branches[0][2]`: a branch is a pair of lines, this is a third number"#,
            ),
            (
                branch("[[1, -1]]"),
                r#"`files."app.py".missing_branches[0][1]`: `-1` is not a line number, expected one from 1 to 2147483647"#,
            ),
            (document(r#""executed_lines": []"#), r#"`files."app.py"`: `missing_lines` is missing"#),
            (
                document(r#""executed_lines": [], "missing_lines": []"#),
                r#"`files."app.py"`: `executed_branches` is missing, though `meta.branch_coverage` is true"#,
            ),
            (
                document(r#""missing_lines": [], "missing_lines": []"#),
                r#"`files."app.py".missing_lines`: this key comes twice"#,
            ),
            (
                r#"{"files": {"a": {"executed_lines": [], "missing_lines": []}, "\u0061": {}}}"#.into(),
                "`files.a`: this file comes twice",
            ),
            (r#"{"meta": {"software": "slipcover"}, "files": {}}"#.into(), "`meta`: `branch_coverage` is missing"),
            (
                r#"{"meta": {"software": "other"}, "files": {}}"#.into(),
                "`meta.software`: `other`, expected `slipcover`",
            ),
            (r#"{"meta": {"software": "slipcover", "branch_coverage": true}}"#.into(), "`files` is missing"),
            (
                "{\"meta\": {\"software\": \"slipcover\", \"branch_coverage\": 1},\n\"files\": {}}".into(),
                "`meta.branch_coverage`: `1`, expected `true` or `false`",
            ),
            ("{\n\"files\": {\n}}\n{}".into(), "line 4: `{` follows the end of the document"),
            ("{\n\"x\": tru}".into(), "line 2: `tru`, expected a value (in `x`)"),
        ] {
            assert_eq!(read_one(&text).unwrap_err().to_string(), message, "{text}");
        }
    }

    #[test]
    fn bytes_that_are_not_utf_8_are_damaged_in_keys_and_values() {
        for damaged in
            [&b"{\"meta\": {\"sof\xf4ware\": \"slipcover\"}}"[..], b"{\"meta\": {\"software\": \"sl\xe9pcover\"}}"]
        {
            let at = damaged.iter().position(|byte| !byte.is_ascii()).unwrap();
            let error = read(damaged, &Contexts::default()).unwrap_err().to_string();
            assert!(error.starts_with(&format!("offset {at}: a string holds bytes that are not UTF-8")), "{error}");
        }
    }

    #[test]
    fn a_path_that_is_no_unicode_is_kept_apart_and_reported() {
        let entry = r#"{"executed_lines": [], "missing_lines": []}"#;
        let document = |a: &str, b: &str| {
            format!(
                r#"{{"meta": {{"software": "slipcover", "branch_coverage": false}}, "files": {{"{a}": {entry}, "{b}": {entry}}}}}"#
            )
        };
        let recording = read_one(&document(r"caf\udce9", r"caf\u00e9 \ud83d\ude00")).unwrap();
        assert_eq!(recording.files[0].0, "caf\u{fffd}\u{fffd}\u{fffd}");
        assert_eq!(recording.files[1].0, "café 😀");
        assert_eq!(recording.warnings.len(), 1);
        assert!(read_one(&document(r"caf\udce9", r"caf\udce8")).is_err());
    }

    #[test]
    fn a_document_without_files_has_no_kind() {
        let text = r#"{"meta": {"software": "slipcover", "branch_coverage": true}, "files": {}}"#;
        assert_eq!(read_one(text).unwrap().kind, None);
    }
}
