//! The tables of a database: SQLite's own table of tables, and the `CREATE TABLE` statements in it.
//!
//! Only part of a statement is interpreted: the names of the columns in order, the column that is the row's id (`INTEGER PRIMARY KEY`), and the
//! columns that are unique together. A statement is refused if it could move values elsewhere (generated columns, `WITHOUT ROWID`).
//!
//! Format: <https://www.sqlite.org/fileformat2.html>, section 2.6; <https://www.sqlite.org/lang_createtable.html>.

use std::collections::BTreeMap;

use super::btree::{self, Visited};
use super::error::Damage;
use super::pages::Pages;
use super::record::{Record, Value, text};
use super::sql::{self, Cursor, Token, tokens};

/// The tables and indexes of a database, by name in lower case, as SQLite compares names.
#[derive(Debug, Default)]
pub(super) struct Schema {
    /// The tables: the root page and the `CREATE TABLE` statement of each.
    pub(super) tables: BTreeMap<String, (u32, String)>,
    /// The root pages of the indexes.
    pub(super) indexes: BTreeMap<String, u32>,
}

/// A table, as its `CREATE TABLE` statement defines it. Names are in lower case.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Table {
    /// The columns in their order in a record.
    pub(super) columns: Vec<String>,
    /// The column that is an alias of the row's id.
    pub(super) id: Option<usize>,
    /// The sets of columns that are unique together, in the order of SQLite's automatic indexes; an empty set if it is not a plain list of names.
    pub(super) unique: Vec<Vec<String>>,
}

impl Schema {
    /// Reads the table of tables, whose root is the first page.
    pub(super) fn read(pages: &Pages<'_>, visited: &mut Visited) -> Result<Self, Damage> {
        let mut schema = Self::default();
        btree::rows(pages, visited, 1, |_, payload| {
            let record = Record::read(payload.bytes())?;
            let [Value::Text(kind), Value::Text(name), Value::Text(table), root, sql] = record.values() else {
                return Err("this is not a row of SQLite's schema table".to_owned());
            };
            let decode = |bytes| text(bytes, pages.encoding).ok_or("a text is not in the database's encoding");
            let name = decode(name)?.to_ascii_lowercase();
            let root = match root {
                Value::Integer(root) => u32::try_from(*root).ok().filter(|&root| root > 0),
                _ => None,
            };
            match (decode(kind)?.as_str(), root, sql) {
                ("table", Some(root), Value::Text(sql)) => {
                    let sql = decode(sql)?;
                    if !decode(table)?.eq_ignore_ascii_case(&name) || !creates(&sql, &name) {
                        return Err(format!("the statement of table `{name}` creates another one"));
                    }
                    schema.tables.insert(name, (root, sql));
                }
                ("index", Some(root), _) => {
                    schema.indexes.insert(name, root);
                }
                // These hold no rows, and neither does a virtual table.
                ("view" | "trigger" | "table", None, Value::Text(_)) => {}
                (kind, ..) => return Err(format!("`{kind}` `{name}` is not a part of a schema")),
            }
            Ok(())
        })?;
        Ok(schema)
    }
}

/// Whether a statement creates the table `name`.
fn creates(sql: &str, name: &str) -> bool {
    let tokens = tokens(sql);
    let mut cursor = Cursor::new(&tokens);
    cursor.eat(&["create", "table"]) && cursor.name().as_deref() == Some(name) && cursor.mark(&['('])
}

impl Table {
    /// The position of a column.
    pub(super) fn place(&self, column: &str) -> Option<usize> {
        self.columns.iter().position(|name| name == column)
    }

    /// Parses a `CREATE TABLE` statement.
    ///
    /// # Errors
    /// The part of the statement that is not supported.
    pub(super) fn parse(sql: &str) -> Result<Self, String> {
        let tokens = tokens(sql);
        let open = tokens.iter().position(|token| *token == Token::Mark('(')).ok_or("it has no list of columns")?;
        let mut table = Self::default();
        let mut types = Vec::new();
        let (mut depth, mut start, mut end) = (1, open + 1, None);
        for (at, token) in tokens.iter().enumerate().skip(open + 1) {
            match token {
                Token::Mark('(') => depth += 1,
                Token::Mark(')') => depth -= 1,
                _ => {}
            }
            if depth == 0 || (depth == 1 && *token == Token::Mark(',')) {
                table.define(tokens.get(start..at).unwrap_or_default(), &mut types)?;
                start = at + 1;
            }
            if depth == 0 {
                end = Some(at);
                break;
            }
        }
        let end = end.ok_or("its list of columns has no end")?;
        match tokens.get(end + 1..).unwrap_or_default() {
            [] => {}
            [strict] if strict.is("strict") => {}
            [without, ..] if without.is("without") => {
                return Err("it is WITHOUT ROWID, which covmerge does not read".to_owned());
            }
            _ => return Err("what follows its list of columns is not understood".to_owned()),
        }
        Ok(table)
    }

    /// Adds a column or a constraint. `types` are the columns' types so far.
    fn define(&mut self, definition: &[Token], types: &mut Vec<String>) -> Result<(), String> {
        let mut cursor = Cursor::new(definition);
        if cursor.is_at_end() {
            return Err("it has an empty definition".to_owned());
        }
        let is_named = cursor.eat(&["constraint"]);
        if is_named {
            cursor.name().ok_or("a constraint has no name")?;
        }
        let constraint = self.constraint(&mut cursor, types)?;
        if constraint.is_some() || is_named {
            let is_whole = constraint == Some(()) && cursor.is_at_end();
            return if is_whole { Ok(()) } else { Err("a constraint is not understood".to_owned()) };
        }
        let name = cursor.name().ok_or("a column has no name")?;
        if self.columns.contains(&name) {
            return Err(format!("it has two columns `{name}`"));
        }
        let unknown = || format!("its column `{name}` is not understood");
        let kind = cursor.kind().ok_or_else(unknown)?;
        let constraints = cursor.constraints().ok_or_else(unknown)?;
        if constraints.generated {
            return Err(format!("its column `{name}` is generated, which covmerge does not read"));
        }
        match constraints.primary {
            Some(false) if kind == "integer" => self.id = Some(self.columns.len()),
            Some(_) => self.unique.push(vec![name.clone()]),
            None => {}
        }
        if constraints.unique {
            self.unique.push(vec![name.clone()]);
        }
        self.columns.push(name);
        types.push(kind);
        Ok(())
    }

    fn has_all(&self, names: &[String]) -> bool {
        names.iter().all(|name| self.columns.contains(name))
    }

    /// Adds the constraint of the table that begins here; `None` if none does.
    fn constraint(&mut self, cursor: &mut Cursor<'_>, types: &[String]) -> Result<Option<()>, String> {
        let list = |cursor: &mut Cursor<'_>| {
            let names = cursor.group().and_then(sql::names).filter(|names| self.has_all(names));
            names.filter(|_| cursor.conflict().is_some()).ok_or("a list of columns is not understood")
        };
        if cursor.eat(&["primary", "key"]) {
            let names = list(cursor)?;
            let [name] = &names[..] else { return Err("its primary key is not understood".to_owned()) };
            let column = self.columns.iter().position(|column| column == name);
            if column.and_then(|column| types.get(column)).is_some_and(|kind| kind == "integer") {
                self.id = column;
            } else {
                self.unique.push(names);
            }
        } else if cursor.eat(&["unique"]) {
            let names = list(cursor)?;
            self.unique.push(names);
        } else if cursor.eat(&["check"]) {
            cursor.group().ok_or("a check is not understood")?;
        } else if cursor.eat(&["foreign", "key"]) {
            let key = cursor.group().and_then(sql::names).filter(|names| self.has_all(names));
            let key = key.and_then(|names| cursor.reference(names.len()));
            key.ok_or("a foreign key is not understood")?;
        } else {
            return Ok(None);
        }
        Ok(Some(()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::datafile::layout::{ARC, CONTEXT, COVERAGE_SCHEMA, FILE, LINE_BITS, META, TRACER};

    fn parse(sql: &str) -> Table {
        Table::parse(sql).unwrap()
    }

    #[test]
    fn columns_and_unique_lists_are_found_among_comments() {
        let table = parse(
            "CREATE TABLE arc (\n  -- it's a row, per (arc)\n  file_id integer, /* , */ \"context_id\" integer,\n  [FromNo] integer, `tono`,\n  \
             foreign key (file_id) references file (id),\n  unique (file_id, context_id, fromno, tono)\n)",
        );
        assert_eq!(table.columns, ["file_id", "context_id", "fromno", "tono"]);
        assert_eq!((table.id, table.unique), (None, vec![table.columns]));
    }

    #[test]
    fn the_column_that_names_the_rows_id_is_found() {
        for (sql, id) in [
            ("create table t (id integer primary key, path text, unique (path))", Some(0)),
            ("create table t (path text, id INTEGER, constraint p primary key (id))", Some(1)),
            ("create table t (id int primary key)", None),
            ("create table t (id integer primary key desc)", None),
        ] {
            assert_eq!(parse(sql).id, id, "{sql}");
        }
    }

    #[test]
    fn an_automatic_index_of_a_column_comes_before_those_behind_it() {
        assert_eq!(parse("create table t (a text unique, b text, unique (b))").unique, [["a"], ["b"]]);
        assert_eq!(parse("create table t (a text, unique (a collate nocase))").unique, [[""; 0]]);
    }

    #[test]
    fn what_could_move_values_is_refused() {
        for (sql, why) in [
            ("create table t (a text) without rowid", "it is WITHOUT ROWID, which covmerge does not read"),
            ("create table t (a text, b text as (a))", "its column `b` is generated, which covmerge does not read"),
            ("create table t (a text", "its list of columns has no end"),
            ("create virtual table t", "it has no list of columns"),
        ] {
            assert_eq!(Table::parse(sql), Err(why.to_owned()));
        }
    }

    /// Every byte of coverage.py's statements is replaced by others, as damage does.
    #[test]
    fn a_statement_that_sqlite_refuses_is_refused() {
        let sqlite = rusqlite::Connection::open_in_memory().unwrap();
        let (mut refused, mut wrong) = (0, Vec::new());
        let accepted_by_us_alone = |sql: &str, refused: &mut usize| {
            let name = sql.split_whitespace().nth(2).unwrap_or_default().to_ascii_lowercase();
            let theirs = sqlite.prepare(sql).is_ok();
            *refused += usize::from(!theirs);
            !theirs && creates(sql, &name) && Table::parse(sql).is_ok()
        };
        let statements = [
            COVERAGE_SCHEMA.sql,
            META.sql,
            FILE.sql,
            CONTEXT.sql,
            LINE_BITS.sql,
            ARC.sql,
            TRACER.sql,
            "CREATE TABLE t (a varchar(10, 2) not null default -1 unique on conflict ignore, b text collate nocase, c real references o (a) on delete set null match x not deferrable initially deferred, constraint p primary key (a))",
        ];
        for sql in statements {
            assert!(sqlite.prepare(sql).is_ok() && Table::parse(sql).is_ok(), "{sql}");
            for at in 0..sql.len() {
                for byte in *b"|x ,()-'2\"\n" {
                    let mut damaged = sql.as_bytes().to_vec();
                    damaged[at] = byte;
                    let damaged = String::from_utf8(damaged).unwrap();
                    if accepted_by_us_alone(&damaged, &mut refused) {
                        wrong.push(damaged);
                    }
                }
            }
        }
        assert!(refused > 1_000 && wrong.is_empty(), "{refused}\n{}", wrong.join("\n"));
    }
}
