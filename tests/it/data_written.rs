//! Our writer of coverage.py's data files: SQLite finds them intact, and reads every row; so does our own reader.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::collections::BTreeSet;
use std::io;

use covmerge::datafile::{self, Rows};
use covmerge::model::arcs::Arc;
use covmerge::model::limits::Limits;
use covmerge::read::{Contexts, coveragepy};
use proptest::prelude::*;
use rusqlite::types::FromSql;
use rusqlite::{Connection, Row};

/// The rows of a data file; files and contexts by their index, from 0.
#[derive(Clone, Debug, Default)]
struct Content {
    meta: BTreeSet<(String, String)>,
    files: BTreeSet<String>,
    contexts: BTreeSet<String>,
    lines: Vec<(i64, i64, Vec<u8>)>,
    arcs: BTreeSet<(i64, i64, i32, i32)>,
    tracers: Vec<(i64, String)>,
}

impl Content {
    fn fill(&self, rows: &mut Rows<'_>) -> io::Result<()> {
        for (key, value) in &self.meta {
            rows.meta(key, value)?;
        }
        for (file, id) in self.files.iter().zip(1..) {
            assert_eq!(rows.file(file)?, id);
        }
        for (context, id) in self.contexts.iter().zip(1..) {
            assert_eq!(rows.context(context)?, id);
        }
        for (file, context, numbits) in &self.lines {
            rows.lines(file + 1, context + 1, numbits)?;
        }
        for &(file, context, from, to) in &self.arcs {
            rows.arc(file + 1, context + 1, Arc::new(from, to))?;
        }
        for (file, plugin) in &self.tracers {
            rows.tracer(file + 1, plugin)?;
        }
        Ok(())
    }

    fn written(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        datafile::write(&mut bytes, |rows| self.fill(rows)).unwrap();
        bytes
    }
}

fn open(bytes: &[u8]) -> Connection {
    let mut database = Connection::open_in_memory().unwrap();
    database.deserialize_read_exact("main", bytes, bytes.len(), false).unwrap();
    database
}

/// SQLite's complaints: indexes and tables that differ, pages in no tree or in two, ids that name no row.
fn complaints(database: &Connection) -> Vec<String> {
    let mut found: Vec<String> = column(database, "pragma integrity_check");
    found.extend(column::<String>(database, "select \"table\" from pragma_foreign_key_check"));
    found
}

fn column<T: FromSql>(database: &Connection, sql: &str) -> Vec<T> {
    rows(database, sql, |row| row.get(0))
}

fn rows<T>(database: &Connection, sql: &str, each: impl FnMut(&Row<'_>) -> rusqlite::Result<T>) -> Vec<T> {
    database.prepare(sql).unwrap().query_map([], each).unwrap().map(Result::unwrap).collect()
}

/// Asserts that SQLite reads the content back.
fn check(content: &Content) {
    let bytes = content.written();
    let database = open(&bytes);
    assert_eq!(complaints(&database), ["ok"]);
    assert_eq!(bytes.len() % 4096, 0);
    assert_eq!(column::<i64>(&database, "pragma page_count"), [i64::try_from(bytes.len() / 4096).unwrap()]);
    assert_eq!(column::<i64>(&database, "select version from coverage_schema"), [7]);

    let pairs = |sql| rows(&database, sql, |row| Ok((row.get(0)?, row.get(1)?)));
    assert_eq!(pairs("select key, value from meta order by key").into_iter().collect::<BTreeSet<_>>(), content.meta);
    assert!(column::<String>(&database, "select path from file order by id").iter().eq(&content.files));
    assert!(column::<String>(&database, "select context from context order by id").iter().eq(&content.contexts));
    let lines = rows(&database, "select file_id - 1, context_id - 1, numbits from line_bits order by rowid", |row| {
        Ok((row.get(0)?, row.get(1)?, row.get(2)?))
    });
    assert_eq!(lines, content.lines);
    // Once by the table, once by its index.
    for from in ["arc not indexed order by rowid", "arc order by file_id, context_id, fromno, tono"] {
        let sql = format!("select file_id - 1, context_id - 1, fromno, tono from {from}");
        let arcs = rows(&database, &sql, |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)));
        assert!(arcs.into_iter().eq(content.arcs.iter().copied()), "{from}");
    }
    let tracers = rows(&database, "select file_id - 1, tracer from tracer order by file_id", |row| {
        Ok((row.get(0)?, row.get(1)?))
    });
    assert_eq!(tracers, content.tracers);
    for (table, key, names) in [("file", "path", &content.files), ("context", "context", &content.contexts)] {
        for (name, id) in names.iter().zip(1_i64..) {
            let sql = format!("select id from {table} where {key} = ?");
            assert_eq!(database.query_row(&sql, [name], |row| row.get::<_, i64>(0)), Ok(id));
        }
    }
}

fn contents() -> impl Strategy<Value = Content> {
    let end = prop_oneof![-200..200i32, Just(0), Just(1), any::<i32>(), -70_000..70_000i32];
    let name = prop_oneof!["/[a-z]{1,12}\\.py", "\\PC{0,40}", "[a-é]{300,9000}"];
    let names = |most| prop::collection::btree_set(name.clone(), 1..most);
    let numbits = prop_oneof![
        prop::collection::vec(any::<u8>(), 0..40),
        prop::collection::vec(any::<u8>(), 400..9_000),
        (0..20_000usize).prop_map(|length| vec![1; length]),
    ];
    (
        prop::collection::btree_map("\\PC{0,9}", "\\PC{0,5000}", 0..4),
        (names(40), names(90)),
        prop::collection::btree_map((0..40i64, 0..90i64), numbits, 0..60),
        prop::collection::btree_set((0..40i64, 0..90i64, end.clone(), end), 0..3_000),
        prop::collection::btree_map(0..40i64, "\\PC{0,30}", 0..9),
    )
        .prop_map(|(meta, (files, contexts), lines, arcs, tracers)| {
            let [files_count, contexts_count] = [&files, &contexts].map(|names| i64::try_from(names.len()).unwrap());
            let known = |file, context| file < files_count && context < contexts_count;
            Content {
                meta: meta.into_iter().collect(),
                files,
                contexts,
                lines: lines
                    .into_iter()
                    .filter(|&((file, context), _)| known(file, context))
                    .map(|((file, context), numbits)| (file, context, numbits))
                    .collect(),
                arcs: arcs
                    .into_iter()
                    .map(|(file, context, from, to)| (file % files_count, context % contexts_count, from, to))
                    .collect(),
                tracers: tracers.into_iter().filter(|(file, _)| *file < files_count).collect(),
            }
        })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]

    #[test]
    fn sqlite_finds_every_row_that_was_written(content in contents()) {
        check(&content);
    }
}

#[test]
fn a_file_without_rows_is_intact() {
    check(&Content::default());
}

/// `count` arcs of two files and three contexts: the number decides the depth of the trees of the table and its index.
fn large(count: i32) -> Content {
    Content {
        meta: [("has_arcs".to_owned(), "1".to_owned())].into(),
        files: ["a.py".to_owned(), "b.py".to_owned()].into(),
        contexts: [String::new(), "one".to_owned(), "two".to_owned()].into(),
        arcs: (0..count).map(|n| (i64::from(n % 2), i64::from(n % 3), n * 40, n * 40 + 1)).collect(),
        ..Content::default()
    }
}

#[test]
fn trees_of_three_levels_are_intact() {
    check(&large(300_000));
}

#[test]
fn trees_of_every_small_size_are_intact() {
    for count in 0..600 {
        let database = open(&large(count).written());
        assert_eq!(complaints(&database), ["ok"], "{count}");
        assert_eq!(column::<i32>(&database, "select count(*) from arc not indexed"), [count]);
    }
    // Four such names fill a page of the index, so that it has four levels.
    for count in 0..300 {
        let contexts = (0..count).map(|n| format!("{n:03}{}", "x".repeat(900 + n % 100))).collect();
        let database = open(&Content { contexts, ..Content::default() }.written());
        assert_eq!(complaints(&database), ["ok"], "{count}");
    }
}

#[test]
fn blobs_of_every_size_around_a_page_are_intact() {
    let sizes = (480..500).chain(4_050..4_070).chain(4_540..4_560).chain(8_140..8_160).chain([1 << 20]);
    let sizes: Vec<usize> = sizes.collect();
    let content = Content {
        files: (0..sizes.len()).map(|n| format!("{n:03}{}", "x".repeat(900 + n))).collect(),
        contexts: [String::new()].into(),
        lines: sizes.iter().zip(0..).map(|(&size, file)| (file, 0, vec![3; size])).collect(),
        ..Content::default()
    };
    check(&content);
}

#[test]
fn our_reader_finds_what_was_written() {
    let content = large(3_000);
    let recording =
        coveragepy::read(&content.written(), &Contexts { keep: true, filter: Vec::new(), limits: Limits::DEFAULT })
            .unwrap();
    let found: BTreeSet<(i64, i64, i32, i32)> = recording
        .files
        .iter()
        .zip(0..)
        .flat_map(|((_, file), number)| {
            file.contexts
                .values()
                .zip(0..)
                .flat_map(move |(context, label)| context.arcs.iter().map(move |arc| (number, label, arc.from, arc.to)))
        })
        .collect();
    assert_eq!(found, content.arcs);
}

/// As `coverage run --append` and `combine --append` do.
#[test]
fn sqlite_can_add_rows_and_take_them_away() {
    let database = open(&large(30_000).written());
    database
        .execute_batch(
            "insert into file (path) values ('c.py'); insert or ignore into context (context) values ('one'), ('three');
             insert or ignore into arc select 3, 4, fromno, tono from arc where file_id = 1;
             insert or ignore into arc select * from arc; delete from arc where file_id = 2",
        )
        .unwrap();
    assert_eq!(complaints(&database), ["ok"]);
    assert_eq!(column::<i32>(&database, "select count(*) from arc where file_id = 3"), [15_000]);
    assert_eq!(column::<i32>(&database, "select count(*) from arc"), [30_000]);
}

#[test]
fn equal_rows_give_equal_bytes() {
    assert!(large(5_000).written() == large(5_000).written());
}

#[test]
fn rows_out_of_order_are_an_error() {
    for fill in [
        |rows: &mut Rows<'_>| rows.file("b.py").and_then(|_| rows.file("a.py")).map(drop),
        |rows: &mut Rows<'_>| rows.context("").and_then(|_| rows.context("")).map(drop),
        |rows: &mut Rows<'_>| rows.arc(1, 2, Arc::new(1, 2)).and_then(|()| rows.arc(1, 2, Arc::new(1, 1))),
        |rows: &mut Rows<'_>| rows.lines(2, 1, &[2]).and_then(|()| rows.lines(1, 2, &[2])),
    ] {
        let error = datafile::write(&mut Vec::new(), fill).unwrap_err();
        assert!(error.to_string().ends_with("are out of order, or have the same key"), "{error}");
    }
}
