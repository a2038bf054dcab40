//! The tables of a data file by name: rows as values of the requested columns, index entries, and errors that name the table.

use super::arcs::Packed;
use super::btree::{self, Cells, Payload, Visited};
use super::error::{Damage, Error, Kind};
use super::layout::{ARC, COVERAGE_SCHEMA, Layout, automatic_index};
use super::pages::{Encoding, Pages};
use super::record::{Record, Value};
use super::schema::{Schema, Table};
use super::sums::{self, Sum};
use crate::model::words::{counted, grouped};

/// A database whose header and table of tables were read. Every table and index can be read once.
pub struct Tables<'a> {
    pages: Pages<'a>,
    visited: Visited,
    schema: Schema,
}

/// An index that keeps columns of a table unique.
struct Index {
    /// Its root page.
    root: u32,
    /// The positions of the columns in the table.
    unique: Vec<usize>,
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
    pub fn rows<const N: usize, F>(&mut self, layout: &Layout<N>, each: F) -> Result<(), Error>
    where
        F: FnMut([Value<'_>; N]) -> Result<(), String>,
    {
        self.visit(layout, None, each)
    }

    /// The same, and holds the table's automatic index against it, if it has only one: the index of the columns that are unique together.
    ///
    /// # Errors
    /// The same, and the index is damaged, or has other rows.
    pub fn indexed_rows<const N: usize, F>(&mut self, layout: &Layout<N>, each: F) -> Result<(), Error>
    where
        F: FnMut([Value<'_>; N]) -> Result<(), String>,
    {
        let (_, table) = self.table(layout.name)?;
        let index = self.index(layout.name, &table);
        self.visit(layout, index, each)
    }

    fn visit<const N: usize, F>(&mut self, layout: &Layout<N>, index: Option<Index>, mut each: F) -> Result<(), Error>
    where
        F: FnMut([Value<'_>; N]) -> Result<(), String>,
    {
        let name = layout.name;
        let (root, table) = self.table(name)?;
        let mut places = [0; N];
        for (place, column) in places.iter_mut().zip(layout.columns) {
            *place = table
                .place(column)
                .ok_or_else(|| Error::of(Kind::Damaged, name, format!("there is no column `{column}`")))?;
        }
        let width = table.columns.len();
        let mut in_table = (0, Sum::default());
        btree::rows(&self.pages, &mut self.visited, root, |id, payload| {
            let record = Record::read(payload.bytes())?;
            let values = record.values();
            if values.len() != width {
                return Err(format!("the row has {} values, its table {width} columns", values.len()));
            }
            let value = |place: usize| match values.get(place) {
                Some(value) if table.id != Some(place) => *value,
                _ => Value::Integer(id),
            };
            if let Some(Index { unique, .. }) = &index {
                in_table.0 += 1;
                in_table.1.add(sums::of_values(unique.iter().map(|&place| value(place)), id));
            }
            each(places.map(value))
        })
        .map_err(|damage| located(&self.pages, name, damage))?;
        let Some(index) = index else { return Ok(()) };
        let entries = self.entries(&index).map_err(|damage| located(&self.pages, name, damage))?;
        alike(name, in_table, entries)
    }

    /// The number and the sum of an index's entries.
    fn entries(&mut self, index: &Index) -> Result<(u64, Sum), Damage> {
        let mut sum = Sum::default();
        let entries = btree::entries(&self.pages, &mut self.visited, index.root, |payload, _| {
            let record = Record::read(payload.bytes())?;
            let Some((&Value::Integer(id), values)) = record.values().split_last() else {
                return Err("this is not an index entry".to_owned());
            };
            if values.len() != index.unique.len() {
                return Err("this is not an index entry".to_owned());
            }
            sum.add(sums::of_values(values.iter().copied(), id));
            Ok(())
        })?;
        Ok((entries, sum))
    }

    /// Visits the entries of the automatic index of `arc`, if it has the layout that coverage.py gives it: the index keeps its columns unique. `each`
    /// reads entries by `packed`, and may take further ones from the cells that follow. The table must have the same rows. Returns their number;
    /// `None` if there is no such index.
    ///
    /// # Errors
    /// The index is damaged or disagrees with its table, or `each` returns an error.
    pub fn arcs<F>(&mut self, mut each: F) -> Result<Option<u64>, Error>
    where
        F: FnMut(&mut Packed, Payload<'_>, &mut Cells<'_>) -> Result<(), String>,
    {
        let name = ARC.name;
        let (root, table) = self.table(name)?;
        let Some(index) = self.index(name, &table) else { return Ok(None) };
        if table.columns != ARC.columns || index.unique != [0, 1, 2, 3] {
            return Ok(None);
        }
        let located = |damage| located(&self.pages, name, damage);
        let mut packed = Packed::default();
        let entries =
            btree::entries(&self.pages, &mut self.visited, index.root, |entry, cells| each(&mut packed, entry, cells));
        let entries = entries.map_err(located)?;
        let mut sum = Sum::default();
        let rows =
            btree::cells(&self.pages, &mut self.visited, root, |row, cells| sums::add_rows(&mut sum, row, cells));
        alike(name, (rows.map_err(located)?, sum), (entries, packed.sum()))?;
        Ok(Some(entries))
    }

    /// The automatic index of a table, if it has only one.
    fn index(&self, name: &str, table: &Table) -> Option<Index> {
        let root = *self.schema.indexes.get(&automatic_index(name))?;
        let [unique] = &table.unique[..] else { return None };
        let unique = unique.iter().map(|column| table.place(column)).collect::<Option<Vec<usize>>>()?;
        (!unique.is_empty()).then_some(Index { root, unique })
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

/// Compares a table with its index: the numbers and the sums of the rows.
fn alike(name: &'static str, in_table: (u64, Sum), in_index: (u64, Sum)) -> Result<(), Error> {
    let cause = match (in_table.0, in_index.0) {
        _ if in_table == in_index => return Ok(()),
        (rows, entries) if rows == entries => {
            format!("its rows are not those of its index `{}`: one of the two is damaged", automatic_index(name))
        }
        (rows, entries) => {
            let rows = counted(rows, "row");
            format!("{rows}, but its index `{}` has {}", automatic_index(name), grouped(entries))
        }
    };
    Err(Error::of(Kind::Damaged, name, cause))
}
