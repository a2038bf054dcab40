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

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};
use std::path::Path;

use crate::datafile::{self, Rows, layout, numbits};
use crate::model::COVERAGEPY;
use crate::model::arcs::{Arc, ArcSet};
use crate::model::lines::LineSet;
use crate::model::path::SourcePath;
use crate::model::trace::{Context, FileTrace, Trace};

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
    // Their order may change below the root.
    let mut files: Vec<(String, &FileTrace)> = trace.measured().map(|(path, file)| (name(path, root), file)).collect();
    files.sort_by(|a, b| a.0.cmp(&b.0));
    if let Some([(name, _), _]) = files.array_windows().find(|[a, b]| a.0 == b.0) {
        return refuse(name, "is the name of two files, one of them relative");
    }
    // Found once: the rows are asked for twice.
    let contexts = context_names(&files, trace.branches);
    datafile::write(out, |rows| fill(rows, trace.branches, &files, &contexts, incomplete))
}

fn refuse(path: &str, why: &str) -> io::Result<()> {
    Err(io::Error::new(io::ErrorKind::InvalidInput, format!("`{path}` {why}")))
}

/// Checks that a data file can hold everything that is known of the file.
fn check(path: &str, file: &FileTrace, branches: bool) -> io::Result<()> {
    if let Some(tool) = file.claims.keys().next() {
        let why = format!("has statements claimed by {}, which a coverage.py data file cannot hold", tool.name);
        return refuse(path, &why);
    }
    if branches && (file.zero || !file.lines.is_subset(&ends(&file.arcs.iter().collect::<Vec<_>>()))) {
        return refuse(path, "has lines without arcs, which a coverage.py data file of branches cannot hold");
    }
    Ok(())
}

fn ends(arcs: &[Arc]) -> LineSet {
    arcs.iter().flat_map(|arc| arc.lines()).collect()
}

/// Adds the rows of all tables, each in the order of its keys. The ids of contexts follow the order of their names, the empty one first.
fn fill(
    rows: &mut Rows<'_>,
    branches: bool,
    files: &[(String, &FileTrace)],
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

    for (path, file) in files {
        let id = rows.file(path)?;
        if branches {
            for arc in unnamed_arcs(file).iter() {
                rows.arc(id, context(""), arc)?;
            }
            for (name, trace) in file.contexts.iter().filter(|(name, _)| !name.as_str().is_empty()) {
                let context = context(name.as_str());
                for arc in trace.arcs.iter() {
                    rows.arc(id, context, arc)?;
                }
            }
        } else {
            for (name, lines) in lines_by_context(file) {
                rows.lines(id, context(name), &lines)?;
            }
        }
        for tracer in &file.tracers {
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
fn context_names<'a>(files: &[(String, &'a FileTrace)], branches: bool) -> BTreeSet<&'a str> {
    let names = files.iter().flat_map(|(_, file)| file.contexts.keys()).map(Context::as_str);
    let mut names: BTreeSet<&str> = names.filter(|name| !name.is_empty()).collect();
    if files.iter().any(|(_, file)| has_unnamed(file, branches)) {
        names.insert("");
    }
    names
}

/// Whether something in the file ran under the empty context or without a context.
fn has_unnamed(file: &FileTrace, branches: bool) -> bool {
    if branches { !unnamed_arcs(file).is_empty() } else { lines_by_context(file).contains_key("") }
}

/// The file's arcs that were recorded under the empty context or without a context.
fn unnamed_arcs(file: &FileTrace) -> ArcSet {
    let named = file.contexts.iter().filter(|(name, _)| !name.as_str().is_empty());
    let named = ArcSet::from_unsorted(named.flat_map(|(_, trace)| trace.arcs.iter()).collect());
    let unnamed = file.contexts.get(&"".into()).map(|trace| &trace.arcs);
    file.arcs.iter().filter(|&arc| !named.contains(arc) || unnamed.is_some_and(|arcs| arcs.contains(arc))).collect()
}

/// The numbits of the file's lines by context, including line 0 where it was recorded. Lines without a context are under the empty one. Contexts
/// without lines have no row.
fn lines_by_context(file: &FileTrace) -> BTreeMap<&str, Vec<u8>> {
    let mut found: BTreeMap<&str, (LineSet, bool)> = BTreeMap::new();
    let mut rest = file.executed();
    for (name, trace) in &file.contexts {
        let lines = trace.executed();
        rest = rest.difference(&lines);
        found.insert(name.as_str(), (lines, trace.zero));
    }
    let zero = file.zero && !found.values().any(|(_, zero)| *zero);
    let unnamed = found.entry("").or_default();
    unnamed.0.union_with(&rest);
    unnamed.1 |= zero;
    let numbits = found.into_iter().map(|(name, (lines, zero))| (name, numbits::encode(&lines, zero)));
    numbits.filter(|(_, numbits)| !numbits.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::lines::Line;
    use crate::model::tool::Tool;
    use crate::model::trace::{Claims, ContextTrace, Kind};
    use crate::read::Contexts;
    use crate::read::coveragepy;

    fn lines(numbers: &[u32]) -> LineSet {
        numbers.iter().filter_map(|&number| Line::new(number)).collect()
    }

    fn arcs(ends: &[(i32, i32)]) -> ArcSet {
        ends.iter().map(|&(from, to)| Arc::new(from, to)).collect()
    }

    fn trace(branches: bool, files: &[(&str, FileTrace)]) -> Trace {
        let silent = |file: &FileTrace| FileTrace {
            silent: (file.zero || !file.executed().is_empty()).then_some(Tool::COVERAGE_PY).into_iter().collect(),
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
            assert!(!has_unnamed(&file, branches));
            (file.lines, file.arcs) = (lines(&[1, 2]), arcs(&[(-1, 1), (1, 2)]));
            assert!(has_unnamed(&file, branches));
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
        let keep = Contexts { keep: true, filter: Vec::new() };
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
            let keep = Contexts { keep: !contexts.is_empty(), filter: Vec::new() };
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
            (claimed, "`a.py` has statements claimed by coverage.py, which a coverage.py data file cannot hold"),
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
