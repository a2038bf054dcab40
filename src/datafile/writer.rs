//! Writes a data file: the rows of its tables, from the first to the last.
//!
//! The rows are not collected: the trees of all tables grow at the same time, page by page. Only the first page, which leads to them, must contain
//! the numbers of their root pages. So the rows are requested twice: the first time, pages are counted but not kept.

use std::io::{self, Write};

use super::btree::Tree;
use super::layout::{self, Layout};
use super::pages::header;
use super::record::{Value, put_record};
use super::schema::Table;
use super::tree::{Output, TreeWriter, first_page};
use crate::model::arcs::Arc;

/// Writes a data file with the rows that `fill` adds. `fill` is called twice, and must add the same rows each time.
///
/// # Errors
/// Of kind `InvalidInput`: rows out of key order, or two rows with the same key. Otherwise the errors of `fill` and `out`.
pub fn write(out: &mut dyn Write, fill: impl Fn(&mut Rows<'_>) -> io::Result<()>) -> io::Result<()> {
    let plan = pass(&mut io::sink(), &Plan::default(), &fill)?;
    if pass(out, &plan, &fill)? == plan { Ok(()) } else { Err(invalid("the rows are not the same twice")) }
}

fn invalid(cause: impl Into<String>) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, cause.into())
}

/// The positions of the trees in the file.
#[derive(Debug, Default, PartialEq, Eq)]
struct Plan {
    /// The root pages of each table and of its index, if it has one.
    roots: Vec<(u32, Option<u32>)>,
    /// The number of pages.
    count: u32,
}

fn pass(out: &mut dyn Write, plan: &Plan, fill: impl Fn(&mut Rows<'_>) -> io::Result<()>) -> io::Result<Plan> {
    let mut rows = Rows::new(out)?;
    let schema: Vec<Vec<u8>> = rows
        .tables()
        .into_iter()
        .enumerate()
        .flat_map(|(place, (name, sql))| schema_rows(name, sql, plan.roots.get(place).copied().unwrap_or_default()))
        .collect();
    let first = first_page(&header(plan.count), &schema).ok_or_else(|| invalid("the first page is too full"))?;
    rows.output.page(&first)?;
    rows.version.add(layout::VERSION, [Value::Integer(layout::VERSION)], &mut rows.output)?;
    fill(&mut rows)?;
    rows.finish()
}

/// The rows of the table of tables for a table and its index.
fn schema_rows(name: &str, sql: &str, (table, index): (u32, Option<u32>)) -> Vec<Vec<u8>> {
    let row = |kind: &str, own: &str, root: u32, sql: Value<'_>| {
        let [kind, own, name] = [kind, own, name].map(|text| Value::Text(text.as_bytes()));
        let mut record = Vec::new();
        put_record(&[kind, own, name, Value::Integer(root.into()), sql], &mut record);
        record
    };
    let mut rows = vec![row("table", name, table, Value::Text(sql.as_bytes()))];
    rows.extend(index.map(|root| row("index", &layout::automatic_index(name), root, Value::Null)));
    rows
}

/// The tables being written. The rows of each table must come in key order; the order among different tables makes no difference.
pub struct Rows<'a> {
    output: Output<'a>,
    version: TableWriter<i64>,
    meta: TableWriter<String>,
    file: TableWriter<String>,
    context: TableWriter<String>,
    line_bits: TableWriter<(i64, i64)>,
    arc: TableWriter<(i64, i64, Arc)>,
    tracer: TableWriter<i64>,
}

impl<'a> Rows<'a> {
    fn new(out: &'a mut dyn Write) -> io::Result<Self> {
        Ok(Self {
            output: Output::new(out),
            version: TableWriter::new(&layout::COVERAGE_SCHEMA)?,
            meta: TableWriter::new(&layout::META)?,
            file: TableWriter::new(&layout::FILE)?,
            context: TableWriter::new(&layout::CONTEXT)?,
            line_bits: TableWriter::new(&layout::LINE_BITS)?,
            arc: TableWriter::new(&layout::ARC)?,
            tracer: TableWriter::new(&layout::TRACER)?,
        })
    }

    /// The name and the statement of every table.
    fn tables(&self) -> [(&'static str, &'static str); 7] {
        [
            self.version.created(),
            self.meta.created(),
            self.file.created(),
            self.context.created(),
            self.line_bits.created(),
            self.arc.created(),
            self.tracer.created(),
        ]
    }

    /// Writes the remaining pages. Returns the positions of the trees, with the roots in the order of `tables`.
    fn finish(mut self) -> io::Result<Plan> {
        let output = &mut self.output;
        let roots = vec![
            self.version.finish(output)?,
            self.meta.finish(output)?,
            self.file.finish(output)?,
            self.context.finish(output)?,
            self.line_bits.finish(output)?,
            self.arc.finish(output)?,
            self.tracer.finish(output)?,
        ];
        Ok(Plan { roots, count: output.count() })
    }

    /// Adds a row of `meta`.
    ///
    /// # Errors
    /// As of [`write()`].
    pub fn meta(&mut self, key: &str, value: &str) -> io::Result<()> {
        self.meta.add(key.to_owned(), [text(key), text(value)], &mut self.output).map(drop)
    }

    /// Adds a file and returns its id.
    ///
    /// # Errors
    /// As of [`write()`].
    pub fn file(&mut self, path: &str) -> io::Result<i64> {
        self.file.add(path.to_owned(), [Value::Null, text(path)], &mut self.output)
    }

    /// Adds a context and returns its id.
    ///
    /// # Errors
    /// As of [`write()`].
    pub fn context(&mut self, name: &str) -> io::Result<i64> {
        self.context.add(name.to_owned(), [Value::Null, text(name)], &mut self.output)
    }

    /// Adds the lines of a file that ran under a context, as numbits.
    ///
    /// # Errors
    /// As of [`write()`].
    pub fn lines(&mut self, file: i64, context: i64, numbits: &[u8]) -> io::Result<()> {
        let values = [Value::Integer(file), Value::Integer(context), Value::Blob(numbits)];
        self.line_bits.add((file, context), values, &mut self.output).map(drop)
    }

    /// Adds a transition in a file that ran under a context.
    ///
    /// # Errors
    /// As of [`write()`].
    pub fn arc(&mut self, file: i64, context: i64, arc: Arc) -> io::Result<()> {
        let values = [file, context, arc.from.into(), arc.to.into()].map(Value::Integer);
        self.arc.add((file, context, arc), values, &mut self.output).map(drop)
    }

    /// Adds the plugin that measured a file.
    ///
    /// # Errors
    /// As of [`write()`].
    pub fn tracer(&mut self, file: i64, plugin: &str) -> io::Result<()> {
        self.tracer.add(file, [Value::Integer(file), text(plugin)], &mut self.output).map(drop)
    }
}

fn text(text: &str) -> Value<'_> {
    Value::Text(text.as_bytes())
}

/// A table being written, and the index that keeps its keys unique, unless these are the ids of its rows.
struct TableWriter<K> {
    name: &'static str,
    sql: &'static str,
    /// The column that is an alias of the row's id.
    id: Option<usize>,
    /// The columns of the key.
    unique: Vec<usize>,
    table: TreeWriter,
    index: Option<TreeWriter>,
    /// The id of the last row, and its key.
    rows: i64,
    last: Option<K>,
    record: Vec<u8>,
}

impl<K: PartialOrd> TableWriter<K> {
    fn new<const N: usize>(layout: &Layout<N>) -> io::Result<Self> {
        let table = Table::parse(layout.sql).map_err(invalid)?;
        let place = |name: &String| table.columns.iter().position(|column| column == name);
        let unique: Vec<usize> = table.unique.iter().flatten().filter_map(place).collect();
        Ok(Self {
            name: layout.name,
            sql: layout.sql,
            id: table.id,
            index: (!unique.is_empty()).then(|| TreeWriter::new(Tree::Index)),
            unique,
            table: TreeWriter::new(Tree::Table),
            rows: 0,
            last: None,
            record: Vec::new(),
        })
    }

    fn created(&self) -> (&'static str, &'static str) {
        (self.name, self.sql)
    }

    /// Adds a row and returns its id: the value of the id's column, or else the next number.
    fn add<const N: usize>(&mut self, key: K, mut row: [Value<'_>; N], output: &mut Output<'_>) -> io::Result<i64> {
        if self.last.as_ref().is_some_and(|last| *last >= key) {
            return Err(invalid(format!("two rows of `{}` are out of order, or have the same key", self.name)));
        }
        self.last = Some(key);
        let named = self.id.and_then(|column| row.get(column)?.integer("").ok());
        let id = named.unwrap_or(self.rows + 1);
        self.rows = id;
        if let Some(value) = self.id.and_then(|column| row.get_mut(column)) {
            *value = Value::Null;
        }
        self.record.clear();
        put_record(&row, &mut self.record);
        self.table.add(id, &self.record, output)?;
        if let Some(index) = &mut self.index {
            let mut entry = [Value::Integer(id); 5];
            for (value, &column) in entry.iter_mut().zip(&self.unique) {
                *value = row.get(column).copied().unwrap_or(Value::Null);
            }
            self.record.clear();
            put_record(entry.get(..=self.unique.len()).unwrap_or(&entry), &mut self.record);
            index.add(id, &self.record, output)?;
        }
        Ok(id)
    }

    fn finish(self, output: &mut Output<'_>) -> io::Result<(u32, Option<u32>)> {
        let table = self.table.finish(output)?;
        Ok((table, self.index.map(|index| index.finish(output)).transpose()?))
    }
}
