//! The merged trace as a coverage.py data file, from which coverage.py itself reports the same numbers.
//!
//! ```text
//! coverage report --data-file=merged.coverage
//! ```
//!
//! Schema 7, as `coverage combine` writes it: files in the order of their paths, including files that never ran; a row of `line_bits` per file and
//! context, or the rows of `arc`; plugins in `tracer`. Data recorded without a context, or under contexts that were not kept, has the empty
//! context. Equal traces give equal bytes. Files that reports leave out are included. Incomplete data has a row `covmerge_incomplete` in `meta`,
//! which coverage.py ignores and covmerge reads again.
//! Format: <https://coverage.readthedocs.io/en/latest/dbschema.html>.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};
use std::path::Path;

use crate::datafile::{self, Rows, layout, numbits};
use crate::model::COVERAGEPY;
use crate::model::arcs::{Arc, ArcSet};
use crate::model::path::SourcePath;
use crate::model::tool::Tool;
use crate::model::trace::{ContextTrace, FileTrace, Trace};

/// Writes `trace` as a coverage.py data file. If the data is `incomplete`, the file says why.
///
/// Relative names become absolute names below `root`, if it is given: without `relative_files`, coverage.py finds no others.
///
/// # Errors
/// Of kind `InvalidInput`, with the file's name, if a data file cannot hold the file's data: claims (from Slipcover or other JSON), or lines
/// without arcs in branch mode. Otherwise the errors of `out`.
pub fn write(trace: &Trace, incomplete: &[String], root: Option<&Path>, out: &mut dyn Write) -> io::Result<()> {
    for (path, file) in trace.measured() {
        check(path.as_str(), file, trace.branches)?;
    }
    let mut files: Vec<Entry<'_>> =
        trace.measured().map(|(path, file)| Entry::new(name(path, root), file, trace.branches)).collect();
    // Their order may change below the root.
    files.sort_by(|a, b| a.name.cmp(&b.name));
    if let Some([entry, _]) = files.array_windows().find(|[a, b]| a.name == b.name) {
        return refuse(&entry.name, "is the name of two files, one of them relative");
    }
    let contexts = context_names(&files);
    datafile::write(out, |rows| fill(rows, trace.branches, &files, &contexts, incomplete))
}

fn refuse(path: &str, why: &str) -> io::Result<()> {
    Err(io::Error::new(io::ErrorKind::InvalidInput, format!("`{path}` {why}")))
}

/// Checks that a data file can hold everything that is known of the file.
fn check(path: &str, file: &FileTrace, branches: bool) -> io::Result<()> {
    if let Some(tool) = file.claims.keys().next() {
        let report = if *tool == Tool::COVERAGE_PY { "a JSON report of " } else { "" };
        let why = format!("has statements claimed by {report}{}, which a coverage.py data file cannot hold", tool.name);
        return refuse(path, &why);
    }
    if branches && (file.zero || !file.lines.is_subset(&file.arcs.lines())) {
        return refuse(path, "has lines without arcs, which a coverage.py data file of branches cannot hold");
    }
    Ok(())
}

/// A file whose rows are to be written. The rows are written twice, so the result of searching its trace is kept.
struct Entry<'a> {
    name: String,
    trace: &'a FileTrace,
    unnamed: Unnamed<'a>,
}

/// The arcs or lines that ran under the empty context or without a context.
enum Unnamed<'a> {
    Arcs(Cow<'a, ArcSet>),
    /// The numbits of the lines; empty if there are none.
    Lines(Vec<u8>),
}

impl<'a> Entry<'a> {
    fn new(name: String, trace: &'a FileTrace, branches: bool) -> Self {
        let unnamed = if branches { Unnamed::Arcs(unnamed_arcs(trace)) } else { Unnamed::Lines(unnamed_lines(trace)) };
        Self { name, trace, unnamed }
    }

    fn has_unnamed(&self) -> bool {
        match &self.unnamed {
            Unnamed::Arcs(arcs) => !arcs.is_empty(),
            Unnamed::Lines(numbits) => !numbits.is_empty(),
        }
    }
}

/// The contexts of a file that have names.
fn named(file: &FileTrace) -> impl Iterator<Item = (&str, &ContextTrace)> {
    file.contexts.iter().map(|(name, trace)| (name.as_str(), trace)).filter(|(name, _)| !name.is_empty())
}

fn unnamed_arcs(file: &FileTrace) -> Cow<'_, ArcSet> {
    if named(file).next().is_none() {
        return Cow::Borrowed(&file.arcs);
    }
    let named = ArcSet::from_unsorted(named(file).flat_map(|(_, trace)| trace.arcs.iter()).collect());
    let unnamed = file.contexts.get(&"".into()).map(|trace| &trace.arcs);
    let is_unnamed = |&arc: &Arc| !named.contains(arc) || unnamed.is_some_and(|arcs| arcs.contains(arc));
    Cow::Owned(file.arcs.iter().filter(is_unnamed).collect())
}

fn unnamed_lines(file: &FileTrace) -> Vec<u8> {
    let (mut lines, mut zero) = (file.executed(), file.zero);
    for (_, trace) in named(file) {
        lines = lines.difference(&trace.executed());
        zero &= !trace.zero;
    }
    if let Some(unnamed) = file.contexts.get(&"".into()) {
        lines.union_with(&unnamed.executed());
        zero |= unnamed.zero;
    }
    numbits::encode(&lines, zero)
}

/// Adds the rows of all tables, each in the order of its keys. The ids of contexts follow the order of their names, the empty one first.
fn fill(
    rows: &mut Rows<'_>,
    branches: bool,
    files: &[Entry<'_>],
    contexts: &BTreeSet<&str>,
    incomplete: &[String],
) -> io::Result<()> {
    if !incomplete.is_empty() {
        rows.meta(layout::INCOMPLETE, &incomplete.join("; "))?;
    }
    rows.meta("has_arcs", if branches { "1" } else { "0" })?;
    rows.meta("version", COVERAGEPY)?;

    let mut ids: BTreeMap<&str, i64> = BTreeMap::new();
    for name in contexts {
        ids.insert(name, rows.context(name)?);
    }
    let context = |name: &str| ids.get(name).copied().unwrap_or_default();

    for entry in files {
        let id = rows.file(&entry.name)?;
        match &entry.unnamed {
            Unnamed::Arcs(arcs) => {
                arcs.iter().try_for_each(|arc| rows.arc(id, context(""), arc))?;
                for (name, trace) in named(entry.trace) {
                    let context = context(name);
                    trace.arcs.iter().try_for_each(|arc| rows.arc(id, context, arc))?;
                }
            }
            Unnamed::Lines(lines) => {
                // A context without lines has no row.
                if !lines.is_empty() {
                    rows.lines(id, context(""), lines)?;
                }
                for (name, trace) in named(entry.trace) {
                    let lines = numbits::encode(&trace.executed(), trace.zero);
                    if !lines.is_empty() {
                        rows.lines(id, context(name), &lines)?;
                    }
                }
            }
        }
        for tracer in &entry.trace.tracers {
            rows.tracer(id, tracer)?;
        }
    }
    Ok(())
}

/// The name of a file in the data file.
fn name(path: &SourcePath, root: Option<&Path>) -> String {
    match root.filter(|_| !path.is_absolute()) {
        Some(root) => root.join(path.as_str()).to_string_lossy().into_owned(),
        None => path.as_str().to_owned(),
    }
}

/// The contexts of all files. As `coverage combine` has it, the empty one is among them only where something ran without a context.
fn context_names<'a>(files: &[Entry<'a>]) -> BTreeSet<&'a str> {
    let mut names: BTreeSet<&str> = files.iter().flat_map(|entry| named(entry.trace)).map(|(name, _)| name).collect();
    if files.iter().any(Entry::has_unnamed) {
        names.insert("");
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::arcs::tests::arcs;
    use crate::model::lines::LineSet;
    use crate::model::lines::tests::lines;
    use crate::model::trace::{Claims, Kind};
    use crate::read::Contexts;
    use crate::read::coveragepy;

    fn trace(branches: bool, files: &[(&str, FileTrace)]) -> Trace {
        let silent = |file: &FileTrace| FileTrace {
            silent: (file.zero || !file.executed().is_empty()).then_some(Tool::COVERAGE_PY),
            by_python: file.tracers.is_empty() && (file.zero || !file.executed().is_empty()),
            ..file.clone()
        };
        Trace {
            files: files.iter().map(|(path, file)| ((*path).into(), silent(file))).collect(),
            branches,
            ..Trace::default()
        }
    }

    fn written(trace: &Trace) -> Vec<u8> {
        let mut bytes = Vec::new();
        write(trace, &[], None, &mut bytes).unwrap();
        bytes
    }

    #[test]
    fn only_what_ran_without_a_context_makes_an_empty_one() {
        // coverage combine of fragments that were all recorded under a context: measured_contexts() is {'A'}.
        for branches in [false, true] {
            let ran = ContextTrace { lines: lines(&[1]), arcs: arcs(&[(-1, 1)]), ..ContextTrace::default() };
            let mut file = FileTrace { contexts: [("A".into(), ran.clone())].into(), ..FileTrace::default() };
            (file.lines, file.arcs) =
                if branches { (LineSet::new(), ran.arcs) } else { (ran.lines, ArcSet::default()) };
            assert!(!Entry::new("a.py".into(), &file, branches).has_unnamed());
            (file.lines, file.arcs) = (lines(&[1, 2]), arcs(&[(-1, 1), (1, 2)]));
            assert!(Entry::new("a.py".into(), &file, branches).has_unnamed());
        }
    }

    #[test]
    fn a_trace_comes_back_with_contexts_and_files_that_never_ran() {
        let contexts = [("", &[(-1, 1), (1, -1)][..]), ("test", &[(1, 2), (2, 1)])];
        let contexts = contexts
            .map(|(name, ends)| (name.into(), ContextTrace { arcs: arcs(ends), ..ContextTrace::default() }))
            .into();
        let ran = FileTrace {
            arcs: arcs(&[(-1, 1), (1, -1), (1, 2), (2, 1)]),
            contexts,
            tracers: ["plugin".into()].into(),
            ..FileTrace::default()
        };
        let before = trace(true, &[("a.py", ran), ("never.py", FileTrace::default())]);
        let keep = Contexts { keep: true, ..Contexts::default() };
        let after = coveragepy::read(&written(&before), &keep).unwrap();
        assert_eq!(after.kind, Some(Kind::Branches));
        assert_eq!(
            after.files.iter().map(|(path, file)| (path.as_str().into(), file.clone())).collect::<BTreeMap<_, _>>(),
            before.files
        );
    }

    #[test]
    fn arcs_met_by_statements_are_written_as_lines() {
        let mixed = FileTrace { lines: lines(&[7]), arcs: arcs(&[(-1, 1), (1, 3)]), ..FileTrace::default() };
        let after = coveragepy::read(&written(&trace(false, &[("a.py", mixed)])), &Contexts::default()).unwrap();
        assert_eq!((after.kind, after.files[0].1.lines.clone()), (Some(Kind::Statements), lines(&[1, 3, 7])));
    }

    #[test]
    fn a_line_zero_comes_back_under_its_context_or_under_none() {
        for contexts in [BTreeMap::new(), [("test".into(), ContextTrace { zero: true, ..Default::default() })].into()] {
            let keep = Contexts { keep: !contexts.is_empty(), ..Contexts::default() };
            let before = trace(false, &[("e.py", FileTrace { zero: true, contexts, ..FileTrace::default() })]);
            let after = coveragepy::read(&written(&before), &keep).unwrap();
            assert_eq!(Some(&after.files[0].1), before.files.values().next());
        }
    }

    #[test]
    fn what_a_data_file_cannot_hold_is_refused() {
        let claimed =
            FileTrace { claims: [(Tool::COVERAGE_PY, Claims::new(lines(&[1])))].into(), ..FileTrace::default() };
        let lone = FileTrace { lines: lines(&[9]), arcs: arcs(&[(-1, 1)]), ..FileTrace::default() };
        for (file, why) in [
            (
                claimed,
                "`a.py` has statements claimed by a JSON report of coverage.py, which a coverage.py data file cannot hold",
            ),
            (lone, "`a.py` has lines without arcs, which a coverage.py data file of branches cannot hold"),
        ] {
            assert_eq!(
                write(&trace(true, &[("a.py", file)]), &[], None, &mut Vec::new()).unwrap_err().to_string(),
                why
            );
        }
    }

    #[test]
    fn relative_names_become_absolute_where_coverage_py_wants_them_so() {
        let ran = || FileTrace { lines: lines(&[1]), ..FileTrace::default() };
        let trace = trace(false, &[("/abs/b.py", ran()), ("C:/c.py", ran()), ("pkg/a.py", ran())]);
        let mut bytes = Vec::new();
        write(&trace, &[], Some(Path::new("/project")), &mut bytes).unwrap();
        let files = coveragepy::read(&bytes, &Contexts::default()).unwrap().files;
        let names: Vec<String> = files.into_iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["/abs/b.py", "/project/pkg/a.py", "C:/c.py"]);
    }

    #[test]
    fn two_files_that_would_get_one_name_are_refused() {
        let ran = || FileTrace { lines: lines(&[1]), ..FileTrace::default() };
        let trace = trace(false, &[("/project/a.py", ran()), ("a.py", ran())]);
        let error = write(&trace, &[], Some(Path::new("/project")), &mut Vec::new()).unwrap_err();
        assert_eq!(error.to_string(), "`/project/a.py` is the name of two files, one of them relative");
    }

    #[test]
    fn equal_traces_give_equal_bytes() {
        let trace = trace(false, &[("a.py", FileTrace { lines: lines(&[1, 2]), ..FileTrace::default() })]);
        assert_eq!(written(&trace), written(&trace));
    }
}
