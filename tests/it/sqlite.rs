//! Our reader of coverage.py's data files against SQLite itself: recorded files, random databases, damaged ones.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use covmerge::model::arcs::Arc;
use covmerge::model::limits::Limits;
use covmerge::model::lines::Line;
use covmerge::model::tool::Tool;
use covmerge::model::trace::{Context, FileTrace, Kind};
use covmerge::read::Contexts;
use covmerge::read::coveragepy;
use proptest::prelude::*;
use rusqlite::{Connection, params};

use crate::data_file::DataFile;
use crate::project::Project;

const KEEP: Contexts = Contexts { keep: true, filter: Vec::new(), limits: Limits::DEFAULT };

type Files = BTreeMap<String, FileTrace>;

fn ours(bytes: &[u8]) -> Result<(Files, Option<Kind>), String> {
    let recording = coveragepy::read(bytes, &KEEP).map_err(|error| error.to_string())?;
    Ok((recording.files.into_iter().collect(), recording.kind))
}

/// The content of the database as SQLite reads it; an error if SQLite does not find it intact.
fn theirs(bytes: &[u8]) -> rusqlite::Result<(Files, Option<Kind>)> {
    let mut database = Connection::open_in_memory()?;
    database.deserialize_read_exact("main", bytes, bytes.len(), true)?;
    let check: String = database.query_row("pragma integrity_check", [], |row| row.get(0))?;
    if check != "ok" {
        return Err(rusqlite::Error::InvalidQuery);
    }
    let mut files = Files::new();
    let mut statement = database.prepare("select path from file")?;
    for path in statement.query_map([], |row| row.get(0))? {
        files.insert(path?, FileTrace::default());
    }
    let (mut lines, mut arcs) = (0, 0);
    let mut statement = database.prepare(
        "select path, context, numbits from line_bits join file on file_id = file.id join context on context_id = context.id",
    )?;
    let rows = statement.query_map([], |row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?, row.get(2)?)))?;
    for row in rows {
        let (path, context, numbits): (_, _, Vec<u8>) = row?;
        let file = files.get_mut(&path).unwrap();
        let bits = (0..numbits.len() * 8).filter(|n| numbits[n / 8] >> (n % 8) & 1 == 1);
        let found: Vec<Line> = bits.filter_map(|n| Line::new(u32::try_from(n).unwrap())).collect();
        let zero = numbits.first().is_some_and(|byte| byte & 1 == 1);
        file.lines.extend(found.iter().copied());
        file.zero |= zero;
        let context = file.contexts.entry(context.as_str().into()).or_default();
        context.lines.extend(found);
        context.zero |= zero;
        lines += 1;
    }
    let mut statement = database.prepare(
        "select path, context, fromno, tono from arc join file on file_id = file.id join context on context_id = context.id",
    )?;
    let rows = statement
        .query_map([], |row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?, row.get(2)?, row.get(3)?)))?;
    let mut by_file: BTreeMap<String, Vec<Arc>> = BTreeMap::new();
    let mut by_context: BTreeMap<(String, String), Vec<Arc>> = BTreeMap::new();
    for row in rows {
        let (path, context, from, to) = row?;
        by_file.entry(path.clone()).or_default().push(Arc::new(from, to));
        by_context.entry((path, context)).or_default().push(Arc::new(from, to));
        arcs += 1;
    }
    for (path, arcs) in by_file {
        files.get_mut(&path).unwrap().arcs = arcs.into_iter().collect();
    }
    for ((path, context), arcs) in by_context {
        let trace = files.get_mut(&path).unwrap();
        trace.contexts.entry(Context::from(context.as_str())).or_default().arcs = arcs.into_iter().collect();
    }
    let mut statement = database.prepare("select path, tracer from tracer join file on file_id = file.id")?;
    for row in statement.query_map([], |row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?)))? {
        let (path, tracer) = row?;
        files.get_mut(&path).unwrap().tracers.insert(tracer.into());
    }
    let mut statement = database.prepare(
        "select path from file where id not in (select file_id from tracer where tracer != '')
         and (id in (select file_id from line_bits) or id in (select file_id from arc))",
    )?;
    for path in statement.query_map([], |row| row.get::<_, String>(0))? {
        files.get_mut(&path?).unwrap().by_python = true;
    }
    for file in files.values_mut().filter(|file| file.zero || !file.lines.is_empty() || !file.arcs.is_empty()) {
        file.silent = Some(Tool::COVERAGE_PY);
    }
    let kind = match (lines, arcs) {
        (0, 0) => None,
        (_, 0) => Some(Kind::Statements),
        _ => Some(Kind::Branches),
    };
    Ok((files, kind))
}

/// The recorded data files, by name.
fn fixtures() -> BTreeMap<String, Vec<u8>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/fragments/coverage.py");
    let mut found = BTreeMap::new();
    for case in std::fs::read_dir(root).unwrap().map(Result::unwrap).filter(|case| case.path().is_dir()) {
        for file in std::fs::read_dir(case.path()).unwrap().map(Result::unwrap) {
            found.insert(file.path().display().to_string(), std::fs::read(file.path()).unwrap());
        }
    }
    found
}

/// The content of a random database.
#[derive(Clone, Debug)]
struct Plan {
    page_size: u32,
    encoding: &'static str,
    auto_vacuum: &'static str,
    unique: bool,
    branches: bool,
    paths: Vec<String>,
    contexts: Vec<String>,
    /// File, context, from, to; files and contexts by their index, modulo their number.
    rows: Vec<(u32, u32, i32, i32)>,
    /// Rows to delete again, so that there are free pages and holes.
    deleted: u32,
}

fn plans() -> impl Strategy<Value = Plan> {
    let end = prop_oneof![-200..200i32, Just(0), Just(1), any::<i32>(), -70_000..70_000i32];
    let name = prop_oneof!["/[a-z]{1,12}\\.py", "\\PC{0,40}", "[a-é]{300,900}"];
    (
        (9..=16u32).prop_map(|power| 1 << power),
        prop::sample::select(vec!["UTF-8", "UTF-16le", "UTF-16be"]),
        prop::sample::select(vec!["none", "full", "incremental"]),
        prop::bool::weighted(0.8),
        any::<bool>(),
        prop::collection::btree_set(name.clone(), 1..20),
        prop::collection::btree_set(name, 1..4),
        prop::collection::vec((0..20u32, 0..4u32, end.clone(), end), 0..600),
        0..300u32,
    )
        .prop_map(|(page_size, encoding, auto_vacuum, unique, branches, paths, contexts, rows, deleted)| Plan {
            page_size,
            encoding,
            auto_vacuum,
            unique,
            branches,
            paths: paths.into_iter().collect(),
            contexts: contexts.into_iter().collect(),
            rows,
            deleted,
        })
}

/// The database a plan describes, as SQLite writes it.
fn make(plan: &Plan) -> Vec<u8> {
    let mut database = Connection::open_in_memory().unwrap();
    let unique = if plan.unique { ", unique (file_id, context_id, fromno, tono)" } else { "" };
    database
        .execute_batch(&format!(
            "pragma page_size = {}; pragma encoding = '{}'; pragma auto_vacuum = {};
             create table coverage_schema (version integer); insert into coverage_schema values (7);
             create table meta (key text, value text, unique (key));
             insert into meta values ('version', '7.17.3'), ('has_arcs', '{}');
             create table file (id integer primary key, path text, unique (path));
             create table context (id integer primary key, context text, unique (context));
             create table line_bits (file_id integer, context_id integer, numbits blob, unique (file_id, context_id));
             create table arc (file_id integer, context_id integer, fromno integer, tono integer{unique});
             create table tracer (file_id integer primary key, tracer text);",
            plan.page_size,
            plan.encoding,
            plan.auto_vacuum,
            u8::from(plan.branches)
        ))
        .unwrap();
    let transaction = database.transaction().unwrap();
    for path in &plan.paths {
        transaction.execute("insert into file (path) values (?)", [path]).unwrap();
    }
    for context in &plan.contexts {
        transaction.execute("insert into context (context) values (?)", [context]).unwrap();
    }
    transaction.execute("insert into tracer values (1, 'a plugin')", []).unwrap();
    for &(file, context, from, to) in &plan.rows {
        let among = |place: u32, length: usize| place % u32::try_from(length).unwrap() + 1;
        let (file, context) = (among(file, plan.paths.len()), among(context, plan.contexts.len()));
        if plan.branches {
            transaction
                .execute("insert or ignore into arc values (?, ?, ?, ?)", params![file, context, from, to])
                .unwrap();
        } else {
            let mut numbits = vec![0; usize::try_from(from.unsigned_abs() % 9_000).unwrap()];
            numbits.extend(to.to_le_bytes());
            transaction
                .execute("insert or ignore into line_bits values (?, ?, ?)", params![file, context, numbits])
                .unwrap();
        }
    }
    transaction.execute("delete from arc where rowid % 400 < ?", [plan.deleted]).unwrap();
    transaction.commit().unwrap();
    database.serialize("main").unwrap().to_vec()
}

#[test]
fn recorded_data_files_are_read_as_sqlite_reads_them() {
    let fixtures = fixtures();
    assert!(fixtures.len() > 10);
    for (name, bytes) in fixtures {
        assert_eq!(ours(&bytes), Ok(theirs(&bytes).unwrap()), "{name}");
    }
}

/// A small database with every kind of page: inner and leaf, table and index, overflow.
fn small(branches: bool) -> Vec<u8> {
    make(&Plan {
        page_size: 512,
        encoding: "UTF-8",
        auto_vacuum: "none",
        unique: true,
        branches,
        paths: vec!["/project/a.py".to_owned(), format!("/project/{}.py", "long".repeat(200))],
        contexts: vec![String::new(), "test".to_owned()],
        rows: (0..60u32).map(|n| (n % 2, n % 3 % 2, n.cast_signed(), n.cast_signed() + 1)).collect(),
        deleted: 0,
    })
}

#[test]
fn a_file_cut_off_anywhere_is_an_error() {
    let bytes = small(true);
    for length in 0..bytes.len() {
        assert!(ours(&bytes[..length]).is_err(), "{length} of {} bytes", bytes.len());
    }
}

#[test]
fn no_changed_byte_makes_the_reader_panic() {
    let mut bytes = small(true);
    for at in 0..bytes.len() {
        let change = [0x01, 0x80, 0xff][at % 3];
        bytes[at] ^= change;
        drop(ours(&bytes));
        bytes[at] ^= change;
    }
}

/// The index is read for arcs, the table for all else; the other of the two has the truth if one of them is damaged.
#[test]
fn no_flipped_bit_changes_what_sqlite_holds_for_damaged() {
    for branches in [true, false] {
        let mut bytes = small(branches);
        let intact = ours(&bytes).unwrap();
        let (mut refused, mut others) = (0, 0);
        for at in 0..bytes.len() {
            let bit = 1 << (at % 8);
            bytes[at] ^= bit;
            match ours(&bytes) {
                Err(_) => refused += 1,
                Ok(found) if found == intact => {}
                Ok(found) => {
                    assert_eq!(theirs(&bytes).ok(), Some(found), "byte {at}, bit {bit:#x}");
                    others += 1;
                }
            }
            bytes[at] ^= bit;
        }
        // Nobody can tell of a bitmap that it had other bits.
        assert!(refused > 2_000, "{branches}: {refused}, {others}");
    }
}

#[test]
fn an_index_and_its_table_that_differ_are_named() {
    let arcs = DataFile::new().arcs("a.py", "", &[(1001, 1002), (1002, -1)]).bytes();
    let lines = DataFile::new().lines("a.py", "unit", &[1]).bytes();
    for (bytes, part, table, read) in
        [(&arcs, &[3, 0xe9, 3, 0xea][..], "arc", 1), (&lines, b"a.py", "file", 1), (&lines, b"unit", "context", 1)]
    {
        let places: Vec<usize> = (0..bytes.len()).filter(|&at| bytes[at..].starts_with(part)).collect();
        assert_eq!(places.len(), 1 + read, "{table}");
        for place in places {
            let mut bytes = bytes.clone();
            bytes[place + part.len() - 1] ^= 1;
            let why = format!(
                "table `{table}`: its rows are not those of its index `sqlite_autoindex_{table}_1`: one of the two is damaged"
            );
            assert_eq!(ours(&bytes), Err(why));
        }
    }
}

/// Whether two of them are read from one entry on to the next depends on their widths.
#[test]
fn arcs_of_ids_and_lines_of_any_width_are_read() {
    let bytes = DataFile::new().arcs("a.py", "", &[]).bytes();
    for (bits, line) in (0..56).step_by(4).zip([1, 1 << 6, 1 << 14, 1 << 22, 1 << 30].into_iter().cycle()) {
        for context in [1, 1 << 15, 1_i64 << 22] {
            let mut database = Connection::open_in_memory().unwrap();
            database.deserialize_read_exact("main", &bytes[..], bytes.len(), false).unwrap();
            let file = 1_i64 << bits;
            database.execute("update file set id = ?", params![file]).unwrap();
            database.execute("insert or replace into context (id, context) values (?, '')", params![context]).unwrap();
            for from in line..line + 5 {
                let row = params![file, context, from, from + 1];
                database
                    .execute("insert into arc (file_id, context_id, fromno, tono) values (?, ?, ?, ?)", row)
                    .unwrap();
            }
            let bytes = database.serialize("main").unwrap().to_vec();
            assert_eq!(ours(&bytes), Ok(theirs(&bytes).unwrap()), "file {file}, context {context}, line {line}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]

    #[test]
    fn random_databases_are_read_as_sqlite_reads_them(plan in plans()) {
        let bytes = make(&plan);
        prop_assert_eq!(ours(&bytes), Ok(theirs(&bytes).unwrap()));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, ..ProptestConfig::default() })]

    #[test]
    fn what_sqlite_holds_for_intact_is_refused_or_read_alike(
        branches in any::<bool>(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
    ) {
        let mut bytes = small(branches);
        for (at, value) in changes {
            let at = at.index(bytes.len());
            bytes[at] = value;
        }
        if let (Ok(ours), Ok(theirs)) = (ours(&bytes), theirs(&bytes)) {
            prop_assert_eq!(ours, theirs);
        }
    }
}

#[test]
fn a_data_file_with_a_journal_to_roll_back_is_refused() {
    let project = Project::new()
        .file("a.py", "a = 1\n")
        .relative()
        .file(".coverage.1", DataFile::new().lines("a.py", "", &[1]).bytes());
    let connection = Connection::open(project.path(".coverage.1")).unwrap();
    // With a cache of one page, changes are written before they are complete: a copy of the directory is then like the one that a killed process
    // leaves.
    connection.execute_batch("PRAGMA journal_mode = delete; PRAGMA cache_size = 1; BEGIN").unwrap();
    for id in 10..2000 {
        connection.execute("INSERT INTO file VALUES (?, ?)", (id, format!("{id}.py"))).unwrap();
    }
    let left = |name: &str| fs::read(project.path(name)).unwrap();
    let killed = Project::new()
        .file("a.py", "a = 1\n")
        .relative()
        .file(".coverage.1", left(".coverage.1"))
        .file(".coverage.1-journal", left(".coverage.1-journal"));
    drop(connection);
    for arguments in ["-o total", "inspect .coverage.1"] {
        let shown = killed.run(arguments);
        assert!(shown.starts_with("exit: 3\n"), "{shown}");
        assert!(shown.contains("its rollback journal `.coverage.1-journal` is not empty"), "{shown}");
    }
    // It counts on request, with the rows that can be read.
    let merged = killed.run("-o total --unfinished-fragments merge");
    assert!(merged.starts_with("exit: 0\nstdout:\n  100\n") && merged.contains("; 1 unfinished)"), "{merged}");
    // Once SQLite has undone the write, nothing tells of it anymore.
    let undone = Connection::open(killed.path(".coverage.1")).unwrap();
    assert_eq!(undone.query_row("SELECT count(*) FROM file", [], |row| row.get::<_, i64>(0)).unwrap(), 1);
    drop(undone);
    assert!(killed.run("-o total").starts_with("exit: 0\nstdout:\n  100\n"));
}

#[test]
fn a_journal_that_sqlite_has_cleared_is_not_a_sign() {
    let project = Project::new()
        .file("a.py", "a = 1\n")
        .relative()
        .file(".coverage.1", DataFile::new().lines("a.py", "", &[1]).bytes());
    // `truncate` leaves an empty journal, `persist` one whose header is overwritten with zeros.
    for mode in ["truncate", "persist"] {
        let connection = Connection::open(project.path(".coverage.1")).unwrap();
        let set = format!("PRAGMA journal_mode = {mode}; INSERT OR REPLACE INTO meta VALUES ('mode', '{mode}')");
        connection.execute_batch(&set).unwrap();
        assert!(project.path(".coverage.1-journal").exists());
        assert!(project.run("-o total").starts_with("exit: 0\nstdout:\n  100\n"), "{mode}");
    }
}

#[test]
fn a_write_ahead_log_that_was_left_behind_is_a_sign() {
    let project = Project::new()
        .file("a.py", "a = 1\n")
        .relative()
        .file(".coverage.1", DataFile::new().lines("a.py", "", &[1]).bytes());
    let connection = Connection::open(project.path(".coverage.1")).unwrap();
    connection.execute_batch("PRAGMA journal_mode = wal; INSERT INTO meta VALUES ('a', 'b')").unwrap();
    for arguments in ["-o total", "inspect .coverage.1"] {
        let shown = project.run(arguments);
        assert!(shown.starts_with("exit: 3\n"), "{shown}");
        assert!(shown.contains("its write-ahead log `.coverage.1-wal` is not empty"), "{shown}");
    }
    drop(connection);
    assert!(!project.path(".coverage.1-wal").exists());
}
