//! coverage.py data files, versions 5.0 and later: SQLite databases of schema 7.
//!
//! Facts: `line_bits` or `arc`, never both. Claims: none, as only the source says what could run. The module `datafile` knows the tables and how
//! SQLite packs them.

mod arcs;
mod meta;
mod signs;

use std::collections::HashMap;

use self::arcs::Arcs;
use self::meta::Meta;
pub use self::signs::SIGNS;
use super::{Contexts, Error, Fault, Place};
use crate::datafile::{self, Kind as Found, Tables, Value, layout, numbits};
use crate::model::tool::Tool;
use crate::model::trace::{Context, FileTrace, Kind, Recording};
use crate::model::unfinished::Cause;
use crate::model::words::{counted, grouped};

/// The format's name.
pub const NAME: &str = "coverage.py";

const CUT_OFF: &str = "if only its copy was cut short, copy it again";
const WRITE_AHEAD: &str = "turn the mode off where the file was made (`sqlite3 FILE 'pragma journal_mode=delete'`); coverage.py does not use it";
const DAMAGED: &str = "re-create the fragment, or skip it with `--bad-fragments skip`";

impl From<datafile::Error> for Error {
    fn from(error: datafile::Error) -> Self {
        let place = match (error.table, error.offset) {
            (Some(table), _) => Place::Table(table.to_owned()),
            (None, Some(offset)) => Place::Offset(offset),
            (None, None) => Place::Whole,
        };
        let cause = match (error.page, error.offset) {
            (Some(page), Some(offset)) => format!("page {page} (offset {offset}): {}", error.cause),
            _ => error.cause,
        };
        let (fault, help) = match error.kind {
            Found::NotSqlite | Found::Unknown => (Fault::Foreign, None),
            Found::NotCoveragepy => {
                (Fault::Foreign, Some("leave it out, or rename it so that it does not look like a fragment"))
            }
            Found::CutOff => (Fault::Unfinished(Cause::CutOff), Some(CUT_OFF)),
            Found::WriteAhead => (Fault::Unsupported, Some(WRITE_AHEAD)),
            Found::Damaged => (Fault::Damaged, Some(DAMAGED)),
        };
        Self { fault, place, cause, help: help.map(str::to_owned) }
    }
}

/// Whether a file that begins with `head` is an SQLite database.
#[must_use]
pub fn sniff(head: &[u8]) -> bool {
    head.starts_with(datafile::MAGIC)
}

/// Whether these are the first 4 KiB of a data file of coverage.py, and not of any other SQLite database.
#[must_use]
pub fn has_schema(head: &[u8]) -> bool {
    sniff(head) && memchr::memmem::find(head, b"coverage_schema").is_some()
}

/// Reads the part of the data file `bytes` that `contexts` admits.
///
/// Files come in the order of their ids, including files without data. A file's `lines` and `arcs` are those of all its admitted contexts; its
/// `contexts` are filled only if they are to be kept.
///
/// # Errors
/// The first deviation from what coverage.py or SQLite writes, with its table and page.
pub fn read(bytes: &[u8], contexts: &Contexts) -> Result<Recording, Error> {
    let mut tables = Tables::open(bytes)?;
    check_version(&mut tables)?;
    let meta = Meta::read(&mut tables)?;
    let mut files = read_files(&mut tables)?;
    let ending = meta.ending(!files.ids.is_empty());
    let labels = read_contexts(&mut tables, contexts)?;
    let line_rows = read_lines(&mut tables, &mut files, &labels, contexts)?;
    let arc_rows = Arcs::new(&mut files, &labels, contexts.keep).read(&mut tables)?;
    let kind = kind(meta.has_arcs, line_rows, arc_rows)?;
    read_tracers(&mut tables, &mut files)?;
    for (_, trace) in &mut files.traces {
        if trace.zero || !trace.lines.is_empty() || !trace.arcs.is_empty() {
            trace.silent = Some(Tool::COVERAGE_PY);
        }
    }
    Ok(Recording {
        files: files.united(),
        kind,
        declares_branches: meta.has_arcs == Some(true),
        producer: meta.producer,
        admitted: contexts.filter.is_empty() || labels.ids.iter().any(|(_, admitted)| *admitted),
        incomplete: meta.incomplete,
        origin: meta.origin,
        ending,
        warnings: Vec::new(),
        sealed: None,
    })
}

/// Accepts schema 7 only.
fn check_version(tables: &mut Tables<'_>) -> Result<(), Error> {
    let mut versions = Vec::new();
    tables.rows(&layout::COVERAGE_SCHEMA, |[version]| {
        versions.push(version.integer("version")?);
        Ok(())
    })?;
    let place = Place::Table("coverage_schema".to_owned());
    match versions[..] {
        [layout::VERSION] => Ok(()),
        [other] => {
            let cause = format!("schema version {other}, expected {} (coverage.py 5.0 or later)", layout::VERSION);
            Err(Error::new(place, cause)
                .of(Fault::Unsupported)
                .with_help("measure again with a released version of coverage.py"))
        }
        [] => {
            Err(Error::new(place, "0 rows, where one gives the schema's version").of(Fault::Unfinished(Cause::NoRows)))
        }
        _ => Err(Error::new(
            place,
            format!("{}, where one gives the schema's version", counted(versions.len() as u64, "row")),
        )
        .with_help(DAMAGED)),
    }
}

/// The kind of data that the fragment's rows hold; `has_arcs` must agree with it.
fn kind(has_arcs: Option<bool>, line_rows: u64, arc_rows: u64) -> Result<Option<Kind>, Error> {
    let kind = match (line_rows, arc_rows) {
        (0, 0) => return Ok(None),
        (_, 0) => Kind::Statements,
        (0, _) => Kind::Branches,
        _ => {
            let cause = format!(
                "{}, and {} in `arc`: coverage.py fills only one of the two tables",
                counted(line_rows, "row"),
                grouped(arc_rows)
            );
            return Err(Error::new(Place::Table("line_bits".to_owned()), cause).with_help(DAMAGED));
        }
    };
    // The data of a process forked from one that had saved before does not say it; `coverage combine` then goes by the rows, too.
    if has_arcs.is_none_or(|has_arcs| has_arcs == (kind == Kind::Branches)) {
        return Ok(Some(kind));
    }
    let (table, rows, said) = match kind {
        Kind::Branches => ("arc", arc_rows, "`meta` says that no branches were measured"),
        Kind::Statements => ("line_bits", line_rows, "`meta` says that branches were measured"),
    };
    Err(Error::new(Place::Table(table.to_owned()), format!("{}, but {said}", counted(rows, "row"))).with_help(DAMAGED))
}

/// The files of a fragment, with their ids.
struct Files {
    /// Ascending, one per trace.
    ids: Vec<i64>,
    traces: Vec<(String, FileTrace)>,
}

impl Files {
    /// The data of the file with that id.
    fn of(&mut self, id: i64) -> Result<&mut FileTrace, String> {
        let at = self.find(id)?;
        self.at(at).ok_or_else(|| unknown_file(id))
    }

    /// The data of the file at that position.
    fn at(&mut self, at: usize) -> Option<&mut FileTrace> {
        self.traces.get_mut(at).map(|(_, trace)| trace)
    }

    /// The position of the file with that id.
    fn find(&self, id: i64) -> Result<usize, String> {
        // Ids usually count from 1.
        let guess = usize::try_from(id.wrapping_sub(1)).unwrap_or(usize::MAX);
        if self.ids.get(guess) == Some(&id) {
            return Ok(guess);
        }
        self.ids.binary_search(&id).map_err(|_| unknown_file(id))
    }

    /// The files, with each path once. An intact database cannot have one path under two ids; uniting them here loses nothing.
    fn united(self) -> Vec<(String, FileTrace)> {
        if self.traces.is_sorted_by(|a, b| a.0 < b.0) {
            return self.traces;
        }
        let mut places = HashMap::with_capacity(self.traces.len());
        let mut united: Vec<(String, FileTrace)> = Vec::with_capacity(self.traces.len());
        for (path, trace) in self.traces {
            if let Some((_, first)) = places.get(&path).and_then(|&place: &usize| united.get_mut(place)) {
                first.union_with(trace);
            } else {
                places.insert(path.clone(), united.len());
                united.push((path, trace));
            }
        }
        united
    }
}

fn unknown_file(id: i64) -> String {
    format!("`file_id` is {id}, which is not a row of `file`")
}

fn read_files(tables: &mut Tables<'_>) -> Result<Files, Error> {
    let encoding = tables.encoding();
    let mut rows = Vec::new();
    tables.indexed_rows(&layout::FILE, |[id, path]| {
        rows.push((id.integer("id")?, path.text("path", encoding)?));
        Ok(())
    })?;
    rows.sort_by_key(|row| row.0);
    let mut files = Files { ids: Vec::with_capacity(rows.len()), traces: Vec::with_capacity(rows.len()) };
    for (id, path) in rows {
        if files.ids.last() == Some(&id) {
            return Err(
                Error::new(Place::Table("file".to_owned()), format!("two rows have the id {id}")).with_help(DAMAGED)
            );
        }
        files.ids.push(id);
        files.traces.push((path, FileTrace::default()));
    }
    Ok(files)
}

/// The contexts of a fragment.
struct Labels {
    /// Their ids, ascending, each with whether the data recorded under the context counts.
    ids: Vec<(i64, bool)>,
    /// Their names, in the same order, if they are to be kept.
    names: Vec<Context>,
}

impl Labels {
    /// The position of the context with that id, and whether the data recorded under it counts.
    fn find(&self, id: i64) -> Result<(usize, bool), String> {
        let found = self.ids.binary_search_by_key(&id, |label| label.0).ok();
        let label = found.and_then(|at| Some((at, self.ids.get(at)?.1)));
        label.ok_or_else(|| format!("`context_id` is {id}, which is not a row of `context`"))
    }
}

fn read_contexts(tables: &mut Tables<'_>, contexts: &Contexts) -> Result<Labels, Error> {
    let encoding = tables.encoding();
    let named = contexts.keep || !contexts.filter.is_empty();
    let mut rows = Vec::new();
    tables.indexed_rows(&layout::CONTEXT, |[id, name]| {
        let name = if named { name.text("context", encoding)? } else { String::new() };
        rows.push((id.integer("id")?, name));
        Ok(())
    })?;
    rows.sort_by_key(|row| row.0);
    if let Some([(id, _), _]) = rows.array_windows().find(|[(a, _), (b, _)]| a == b) {
        return Err(
            Error::new(Place::Table("context".to_owned()), format!("two rows have the id {id}")).with_help(DAMAGED)
        );
    }
    Ok(Labels {
        ids: rows
            .iter()
            .map(|(id, name)| contexts.admits(name).map(|admitted| (*id, admitted)))
            .collect::<Result<_, _>>()
            .map_err(|error| Error::new(Place::Whole, error.to_string()).of(Fault::Contexts))?,
        names: if contexts.keep { rows.iter().map(|(_, name)| name.as_str().into()).collect() } else { Vec::new() },
    })
}

/// Reads the bitmaps of statement mode and returns the number of rows.
fn read_lines(tables: &mut Tables<'_>, files: &mut Files, labels: &Labels, contexts: &Contexts) -> Result<u64, Error> {
    let mut count = 0;
    tables.indexed_rows(&layout::LINE_BITS, |[file, context, numbits]| {
        count += 1;
        let trace = files.of(file.integer("file_id")?)?;
        let (context, admitted) = labels.find(context.integer("context_id")?)?;
        let Value::Blob(numbits) = numbits else {
            return Err(format!("`numbits` is {}, not a blob", numbits.name()));
        };
        trace.by_python = true;
        if !admitted {
            return Ok(());
        }
        let (lines, zero) = numbits::decode(numbits, contexts.limits.lines)?;
        trace.lines.union_with(&lines);
        trace.zero |= zero;
        if let (true, Some(name)) = (contexts.keep, labels.names.get(context)) {
            let ran = trace.contexts.entry(name.clone()).or_default();
            ran.lines.union_with(&lines);
            ran.zero |= zero;
        }
        Ok(())
    })?;
    Ok(count)
}

fn read_tracers(tables: &mut Tables<'_>, files: &mut Files) -> Result<(), Error> {
    let encoding = tables.encoding();
    tables.rows(&layout::TRACER, |[file, tracer]| {
        let trace = files.of(file.integer("file_id")?)?;
        let tracer = tracer.text("tracer", encoding)?;
        // coverage.py treats an empty name as no plugin.
        if !tracer.is_empty() {
            trace.tracers.insert(tracer.into());
            trace.by_python = false;
        }
        Ok(())
    })?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::arcs::tests::arcs;
    use crate::model::lines::tests::lines;
    use crate::python::re::Pattern;

    /// Two files, two contexts, no data.
    const TABLES: &str = "
        create table coverage_schema (version integer); insert into coverage_schema values (7);
        create table meta (key text, value text, unique (key)); insert into meta values ('version', '7.6.1');
        create table file (id integer primary key, path text, unique (path)); insert into file values (1, 'b.py'), (2, 'a.py');
        create table context (id integer primary key, context text, unique (context)); insert into context values (1, ''), (2, 'test');
        create table line_bits (file_id integer, context_id integer, numbits blob, unique (file_id, context_id));
        create table arc (file_id integer, context_id integer, fromno integer, tono integer, unique (file_id, context_id, fromno, tono));
        create table tracer (file_id integer primary key, tracer text);";

    fn database(sql: &str) -> Vec<u8> {
        let mut database = rusqlite::Connection::open_in_memory().unwrap();
        database.execute_batch(sql).unwrap();
        database.serialize("main").unwrap().to_vec()
    }

    fn read_all(sql: &str) -> Recording {
        read(&database(&format!("{TABLES}{sql}")), &Contexts::default()).unwrap()
    }

    fn why(bytes: &[u8]) -> String {
        read(bytes, &Contexts::default()).unwrap_err().to_string()
    }

    #[test]
    fn files_without_rows_are_kept_and_tell_no_kind() {
        let recording = read_all("insert into meta values ('has_arcs', '1')");
        let empty = FileTrace::default;
        assert_eq!(recording.files, [("b.py".to_owned(), empty()), ("a.py".to_owned(), empty())]);
        assert_eq!((recording.kind, recording.producer.as_str()), (None, "coverage.py 7.6.1"));
        assert!(recording.declares_branches && !read_all("").declares_branches);
    }

    #[test]
    fn lines_of_all_contexts_unite_and_an_empty_row_tells_the_kind() {
        let recording = read_all("insert into line_bits values (1, 1, x'02'), (1, 2, x'0001'), (2, 1, x'')");
        assert_eq!(recording.kind, Some(Kind::Statements));
        assert_eq!((&recording.files[0].1.lines, &recording.files[1].1.lines), (&lines(&[1, 8]), &lines(&[])));
    }

    #[test]
    fn a_line_zero_is_noted_beside_the_lines_without_a_warning() {
        let bytes =
            database(&format!("{TABLES}insert into line_bits values (1, 1, x'02'), (1, 2, x'03'), (2, 1, x'')"));
        let recording = read(&bytes, &Contexts { keep: true, ..Contexts::default() }).unwrap();
        let [(_, first), (_, second)] = &recording.files[..] else { panic!("two files") };
        assert_eq!((&first.lines, first.zero, second.zero), (&lines(&[1]), true, false));
        assert_eq!([first.contexts[&"".into()].zero, first.contexts[&"test".into()].zero], [false, true]);
        assert_eq!(recording.warnings, []);
    }

    #[test]
    fn arcs_are_the_same_with_the_index_and_without() {
        let rows = "insert into meta values ('has_arcs', '1');
            insert into arc values (1, 1, 300, -1), (1, 2, 1, 2), (2, 2, 0, 70000), (1, 1, -1, 1), (1, 1, 1, 2)";
        let plain = TABLES.replace("tono integer, unique (file_id, context_id, fromno, tono)", "tono integer");
        let without = read(&database(&format!("{plain}{rows}")), &Contexts::default()).unwrap();
        let with = read_all(rows);
        assert_eq!(with.files[0].1.arcs, arcs(&[(-1, 1), (1, 2), (300, -1)]));
        assert_eq!(with.files[1].1.arcs, arcs(&[(0, 70_000)]));
        assert_eq!((with.kind, &with), (Some(Kind::Branches), &without));
    }

    #[test]
    fn only_what_ran_under_an_admitted_context_counts() {
        let bytes = database(&format!(
            "{TABLES} insert into meta values ('has_arcs', '1'); insert into arc values (1, 1, -1, 1), (1, 2, 1, 2), (2, 1, -1, 1)"
        ));
        let contexts = Contexts { keep: true, filter: vec![Pattern::new("^te", 13).unwrap()], ..Contexts::default() };
        let recording = read(&bytes, &contexts).unwrap();
        let [(_, first), (_, second)] = &recording.files[..] else { panic!("two files") };
        assert_eq!((&first.arcs, second.arcs.is_empty()), (&arcs(&[(1, 2)]), true));
        assert_eq!(first.contexts.keys().map(Context::as_str).collect::<Vec<_>>(), ["test"]);
        assert_eq!((first.contexts[&"test".into()].arcs.len(), second.contexts.len()), (1, 0));
    }

    #[test]
    fn a_plugin_is_noted_at_its_file() {
        let recording = read_all("insert into tracer values (2, 'django'), (1, '')");
        assert_eq!(
            (recording.files[0].1.tracers.len(), recording.files[1].1.tracers.first().map(|name| &**name)),
            (0, Some("django"))
        );
    }

    #[test]
    fn rows_that_make_no_sense_are_refused_with_their_table() {
        let page = "page 13 (offset 49152): cell 0";
        for (sql, why_not) in [
            (
                "update coverage_schema set version = 6",
                "table `coverage_schema`: schema version 6, expected 7 (coverage.py 5.0 or later)".to_owned(),
            ),
            (
                "delete from coverage_schema",
                "table `coverage_schema`: 0 rows, where one gives the schema's version".to_owned(),
            ),
            ("drop table file", "table `file`: there is no such table".to_owned()),
            ("alter table file rename path to name", "table `file`: there is no column `path`".to_owned()),
            (
                "insert into line_bits values (1, 1, x'02'); insert into arc values (1, 1, -1, 1)",
                "table `line_bits`: 1 row, and 1 in `arc`: coverage.py fills only one of the two tables".to_owned(),
            ),
            (
                "insert into arc values (1, 1, -1, 1); insert into meta values ('has_arcs', '0')",
                "table `arc`: 1 row, but `meta` says that no branches were measured".to_owned(),
            ),
            (
                "insert into line_bits values (1, 1, x'02'); insert into meta values ('has_arcs', '1')",
                "table `line_bits`: 1 row, but `meta` says that branches were measured".to_owned(),
            ),
            (
                "insert into arc values (9, 1, -1, 1)",
                format!("table `arc`: {page}: `file_id` is 9, which is not a row of `file`"),
            ),
            (
                "insert into arc values (1, 9, -1, 1)",
                format!("table `arc`: {page}: `context_id` is 9, which is not a row of `context`"),
            ),
            (
                "insert into arc values (1, 1, 2147483648, 1)",
                format!("table `arc`: {page}: `fromno` is 2147483648, which is not a line number"),
            ),
            (
                "insert into arc values (1, 1, null, 1)",
                format!("table `arc`: {page}: `fromno` is NULL, not an integer"),
            ),
        ] {
            let found = why(&database(&format!("{TABLES}{sql}")));
            // SQLite decides on which page a table begins.
            let paged = |text: &str| {
                text.split(" (offset").next().map(|head| head.trim_end_matches(char::is_numeric).to_owned())
            };
            let cause = |text: &str| text.split("cell 0: ").last().map(str::to_owned);
            assert_eq!((paged(&found), cause(&found)), (paged(&why_not), cause(&why_not)));
        }
    }

    #[test]
    fn what_is_no_data_file_is_told_apart() {
        let mut ahead = database(TABLES);
        (ahead[18], ahead[19]) = (2, 2);
        let cut = &database(TABLES)[..9_000];
        for (bytes, why_not) in [
            (
                b"!coverage.py: This is a private format".to_vec(),
                "offset 0: this is not an SQLite database: it does not begin with `SQLite format 3`",
            ),
            (
                database("create table t (a); create table s (b)"),
                "this is an SQLite database, but not one of coverage.py: it has 2 tables, `s`, `t` among them, and no `coverage_schema`",
            ),
            (
                ahead,
                "offset 18: the database is in write-ahead mode: rows may be missing that are in a `-wal` file beside it",
            ),
            (cut.to_vec(), "the file is cut off: it has 9000 bytes, but its header says 53248"),
            (cut[..60].to_vec(), "the file is cut off: it has 60 bytes, but the header alone takes 100"),
        ] {
            assert_eq!(why(&bytes), why_not);
        }
    }

    #[test]
    fn a_page_used_twice_is_an_error_and_no_endless_walk() {
        let mut bytes = database(&format!("pragma page_size = 512; {TABLES}"));
        let inner = (0..bytes.len()).step_by(512).skip(1).find(|&at| bytes[at] == 5);
        // If there is no inner page, let the file's first page lead to itself.
        let at = inner.unwrap_or(100);
        let own = u32::try_from(at / 512 + 1).unwrap();
        bytes[at..at + 12].copy_from_slice(&[5, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
        bytes[at + 8..at + 12].copy_from_slice(&own.to_be_bytes());
        assert!(why(&bytes).ends_with("the page is used twice"), "{}", why(&bytes));
    }
}
