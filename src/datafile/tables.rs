//! The tables of a data file by name: rows as values of the requested columns, index entries, and errors that name the table.

use super::btree::{self, Cells, Payload, Visited};
use super::error::{Damage, Error, Kind};
use super::layout::{COVERAGE_SCHEMA, Layout, automatic_index};
use super::pages::{Encoding, Pages};
use super::record::{Record, Value};
use super::schema::{Schema, Table};

/// A database whose header and table of tables were read. Every table and index can be read once.
pub struct Tables<'a> {
    pages: Pages<'a>,
    visited: Visited,
    schema: Schema,
}

impl<'a> Tables<'a> {
    /// Opens the database `bytes`.
    ///
    /// # Errors
    /// It is not a database, it is cut off or damaged, or it has no table `coverage_schema`.
    pub fn open(bytes: &'a [u8]) -> Result<Self, Error> {
        let pages = Pages::open(bytes)?;
        let mut visited = Visited::none_of(&pages);
        let schema = Schema::read(&pages, &mut visited).map_err(|damage| located(&pages, "sqlite_schema", damage))?;
        if !schema.tables.contains_key(COVERAGE_SCHEMA.name) {
            let names: Vec<String> = schema.tables.keys().take(5).map(|name| format!("`{name}`")).collect();
            let has = match names.len() {
                0 => "no tables".to_owned(),
                1 if schema.tables.len() == 1 => format!("one table, {}", names.concat()),
                _ => format!("{} tables, {} among them", schema.tables.len(), names.join(", ")),
            };
            let cause = format!(
                "this is an SQLite database, but not one of coverage.py: it has {has}, and no `coverage_schema`"
            );
            return Err(Error::whole(Kind::NotCoveragepy, cause));
        }
        Ok(Self { pages, visited, schema })
    }

    /// The encoding of texts.
    #[must_use]
    pub fn encoding(&self) -> Encoding {
        self.pages.encoding
    }

    /// Visits the rows of a table in the order of their ids, as the values of the layout's columns.
    ///
    /// # Errors
    /// There is no such table or column, its pages are damaged, or `each` returns an error.
    pub fn rows<const N: usize, F>(&mut self, layout: &Layout<N>, mut each: F) -> Result<(), Error>
    where
        F: FnMut([Value<'_>; N]) -> Result<(), String>,
    {
        let name = layout.name;
        let (root, table) = self.table(name)?;
        let mut places = [0; N];
        for (place, column) in places.iter_mut().zip(layout.columns) {
            *place = table
                .columns
                .iter()
                .position(|name| name == column)
                .ok_or_else(|| Error::of(Kind::Damaged, name, format!("there is no column `{column}`")))?;
        }
        let width = table.columns.len();
        btree::rows(&self.pages, &mut self.visited, root, |id, payload| {
            let record = Record::read(payload.bytes())?;
            let values = record.values();
            if values.len() != width {
                return Err(format!("the row has {} values, its table {width} columns", values.len()));
            }
            each(places.map(|place| match values.get(place) {
                Some(value) if table.id != Some(place) => *value,
                _ => Value::Integer(id),
            }))
        })
        .map_err(|damage| located(&self.pages, name, damage))
    }

    /// Visits the entries of the automatic index that keeps the columns of a table unique, if that is its only index: the values of the columns,
    /// then the row's id. `each` may take further entries from the cells that follow. Returns the number of entries; `None` if there is no such
    /// index. The table must have as many rows.
    ///
    /// # Errors
    /// The index is damaged or disagrees with its table, or `each` returns an error.
    pub fn entries<const N: usize, F>(&mut self, layout: &Layout<N>, each: F) -> Result<Option<u64>, Error>
    where
        F: FnMut(Payload<'_>, &mut Cells<'_>) -> Result<(), String>,
    {
        let name = layout.name;
        let (root, table) = self.table(name)?;
        let Some(&index) = self.schema.indexes.get(&automatic_index(name)) else { return Ok(None) };
        if !matches!(&table.unique[..], [columns] if *columns == layout.columns) {
            return Ok(None);
        }
        let located = |damage| located(&self.pages, name, damage);
        let entries = btree::entries(&self.pages, &mut self.visited, index, each).map_err(located)?;
        let rows = btree::count(&self.pages, &mut self.visited, root).map_err(located)?;
        if rows != entries {
            let cause = format!("{rows} rows, but {entries} entries in the table's index");
            return Err(Error::of(Kind::Damaged, name, cause));
        }
        Ok(Some(entries))
    }

    fn table(&self, name: &'static str) -> Result<(u32, Table), Error> {
        let Some((root, sql)) = self.schema.tables.get(name) else {
            return Err(Error::of(Kind::Damaged, name, "there is no such table"));
        };
        match Table::parse(sql) {
            Ok(table) => Ok((*root, table)),
            Err(cause) => {
                let cause = format!("its `CREATE TABLE` is not as coverage.py writes it: {cause}");
                Err(Error::of(Kind::Unknown, name, cause))
            }
        }
    }
}

/// The fault as an error that names the table.
fn located(pages: &Pages<'_>, table: &'static str, damage: Damage) -> Error {
    let offset = Some(pages.offset(damage.page) as u64);
    Error { page: Some(damage.page), offset, ..Error::of(Kind::Damaged, table, damage.cause) }
}
