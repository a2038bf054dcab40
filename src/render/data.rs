//! The merged trace as a coverage.py data file, from which coverage.py itself reports the same numbers.
//!
//! ```text
//! coverage report --data-file=merged.coverage
//! ```
//!
//! Schema 7, as `coverage combine` writes it: files in the order of their paths, files that never ran too, a row of `line_bits` per file
//! and context or the rows of `arc`, plugins in `tracer`. What was recorded without a context, or with contexts that were not kept, stands
//! under the empty one. Equal traces give equal bytes. Data that is not all there has a row `covmerge_incomplete` in `meta`, which coverage.py
//! passes over and covmerge reads again.
//! Format: <https://coverage.readthedocs.io/en/latest/dbschema.html>.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::Path;

use rusqlite::{Connection, params};

use crate::model::COVERAGEPY;
use crate::model::arcs::Arc;
use crate::model::lines::LineSet;
use crate::model::path::SourcePath;
use crate::model::trace::{FileTrace, Trace};

const SCHEMA: &str = "
    CREATE TABLE coverage_schema (version integer);
    CREATE TABLE meta (key text, value text, unique (key));
    CREATE TABLE file (id integer primary key, path text, unique (path));
    CREATE TABLE context (id integer primary key, context text, unique (context));
    CREATE TABLE line_bits (
        file_id integer, context_id integer, numbits blob,
        foreign key (file_id) references file (id),
        foreign key (context_id) references context (id),
        unique (file_id, context_id)
    );
    CREATE TABLE arc (
        file_id integer, context_id integer, fromno integer, tono integer,
        foreign key (file_id) references file (id),
        foreign key (context_id) references context (id),
        unique (file_id, context_id, fromno, tono)
    );
    CREATE TABLE tracer (file_id integer primary key, tracer text, foreign key (file_id) references file (id));
    INSERT INTO coverage_schema (version) VALUES (7);
";

/// The key in `meta` of what says why the data is not all there.
const INCOMPLETE: &str = "covmerge_incomplete";

/// Writes `trace` as a coverage.py data file, with the reasons why it is `incomplete`, if it is.
///
/// Relative names become absolute ones below `root`, if that is given: without `relative_files`, coverage.py finds no others.
///
/// # Errors
/// Of kind `InvalidInput`, with the file's name, where such a file cannot hold what is known: claims (from Slipcover or other JSON),
/// lines without arcs in branch mode. Whatever `out` fails with.
pub fn write(trace: &Trace, incomplete: &[String], root: Option<&Path>, out: &mut dyn Write) -> io::Result<()> {
    for (path, file) in &trace.files {
        check(path.as_str(), file, trace.branches)?;
    }
    let mut database = build(trace, incomplete, root).map_err(io::Error::other)?;
    let bytes = database.serialize("main").map_err(io::Error::other)?;
    out.write_all(&bytes)
}

/// Whether a data file can hold all that is known of the file.
fn check(path: &str, file: &FileTrace, branches: bool) -> io::Result<()> {
    let refuse = |why: String| Err(io::Error::new(io::ErrorKind::InvalidInput, format!("`{path}` {why}")));
    if let Some(format) = file.claims.keys().next() {
        return refuse(format!("has statements claimed by {format}, which a coverage.py data file cannot hold"));
    }
    if branches && (file.zero || !file.lines.is_subset(&ends(&file.arcs.iter().collect::<Vec<_>>()))) {
        return refuse("has lines without arcs, which a coverage.py data file of branches cannot hold".to_owned());
    }
    Ok(())
}

fn ends(arcs: &[Arc]) -> LineSet {
    arcs.iter().flat_map(|arc| arc.lines()).collect()
}

fn build(trace: &Trace, incomplete: &[String], root: Option<&Path>) -> rusqlite::Result<Connection> {
    let mut database = Connection::open_in_memory()?;
    database.execute_batch(SCHEMA)?;
    let transaction = database.transaction()?;
    {
        let mut meta = transaction.prepare("INSERT INTO meta (key, value) VALUES (?, ?)")?;
        meta.execute(["version", COVERAGEPY])?;
        meta.execute(["has_arcs", if trace.branches { "1" } else { "0" }])?;
        if !incomplete.is_empty() {
            meta.execute([INCOMPLETE, &incomplete.join("; ")])?;
        }

        let mut ids: BTreeMap<&str, i64> =
            trace.files.values().flat_map(|file| file.contexts.keys()).map(|name| (name.as_str(), 0)).collect();
        ids.insert("", 0);
        let mut context = transaction.prepare("INSERT INTO context (id, context) VALUES (?, ?)")?;
        for ((name, id), number) in ids.iter_mut().zip(1..) {
            *id = number;
            context.execute(params![number, name])?;
        }

        let mut insert_file = transaction.prepare("INSERT INTO file (id, path) VALUES (?, ?)")?;
        let mut insert_lines =
            transaction.prepare("INSERT INTO line_bits (file_id, context_id, numbits) VALUES (?, ?, ?)")?;
        let mut insert_arc =
            transaction.prepare("INSERT INTO arc (file_id, context_id, fromno, tono) VALUES (?, ?, ?, ?)")?;
        let mut insert_tracer = transaction.prepare("INSERT INTO tracer (file_id, tracer) VALUES (?, ?)")?;
        for ((path, file), file_id) in trace.files.iter().zip(1_i64..) {
            insert_file.execute(params![file_id, name(path, root)])?;
            if trace.branches {
                for (name, arcs) in arcs_by_context(file) {
                    for arc in arcs {
                        insert_arc.execute(params![file_id, ids.get(name), arc.from, arc.to])?;
                    }
                }
            } else {
                for (name, lines) in lines_by_context(file) {
                    insert_lines.execute(params![file_id, ids.get(name), lines])?;
                }
            }
            for tracer in &file.tracers {
                insert_tracer.execute(params![file_id, &**tracer])?;
            }
        }
    }
    transaction.commit()?;
    Ok(database)
}

/// The name of a file in the data file.
fn name(path: &SourcePath, root: Option<&Path>) -> String {
    match root.filter(|_| !path.is_absolute()) {
        Some(root) => root.join(path.as_str()).to_string_lossy().into_owned(),
        None => path.as_str().to_owned(),
    }
}

/// The file's arcs by context; those of no context under the empty one.
fn arcs_by_context(file: &FileTrace) -> BTreeMap<&str, Vec<Arc>> {
    let mut found: BTreeMap<&str, Vec<Arc>> = BTreeMap::new();
    for (name, trace) in &file.contexts {
        found.insert(name.as_str(), trace.arcs.iter().collect());
    }
    let known = file.contexts.values().fold(crate::model::arcs::ArcSet::new(), |mut all, trace| {
        all.union_with(&trace.arcs);
        all
    });
    let rest = file.arcs.iter().filter(|&arc| !known.contains(arc));
    let unnamed = found.entry("").or_default();
    unnamed.extend(rest);
    unnamed.sort_unstable();
    found
}

/// The numbits of the file's lines by context, line 0 among them where it was recorded; those of no context under the empty one. Contexts
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
    let numbits = found.into_iter().map(|(name, (lines, zero))| {
        let mut numbits = lines.to_numbits();
        if zero {
            numbits.resize(numbits.len().max(1), 0);
            numbits[0] |= 1;
        }
        (name, numbits)
    });
    numbits.filter(|(_, numbits)| !numbits.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::arcs::ArcSet;
    use crate::model::lines::Line;
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
            silent: ["coverage.py"].into(),
            by_python: file.tracers.is_empty() && (file.zero || !file.executed().is_empty()),
            ..file.clone()
        };
        Trace { files: files.iter().map(|(path, file)| ((*path).into(), silent(file))).collect(), branches }
    }

    fn written(trace: &Trace) -> Vec<u8> {
        let mut bytes = Vec::new();
        write(trace, &[], None, &mut bytes).unwrap();
        bytes
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
        let claimed = FileTrace { claims: [("slipcover", Claims::new(lines(&[1])))].into(), ..FileTrace::default() };
        let lone = FileTrace { lines: lines(&[9]), arcs: arcs(&[(-1, 1)]), ..FileTrace::default() };
        for (file, why) in [
            (claimed, "`a.py` has statements claimed by slipcover, which a coverage.py data file cannot hold"),
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
        assert_eq!(names, ["/abs/b.py", "C:/c.py", "/project/pkg/a.py"]);
    }

    #[test]
    fn equal_traces_give_equal_bytes() {
        let trace = trace(false, &[("a.py", FileTrace { lines: lines(&[1, 2]), ..FileTrace::default() })]);
        assert_eq!(written(&trace), written(&trace));
    }
}
