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
            let [Value::Text(kind), Value::Text(name), Value::Text(_), root, sql] = record.values() else {
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
                    schema.tables.insert(name, (root, decode(sql)?));
                }
                ("index", Some(root), _) => {
                    schema.indexes.insert(name, root);
                }
                // Views, triggers and virtual tables hold no rows.
                _ => {}
            }
            Ok(())
        })?;
        Ok(schema)
    }
}

impl Table {
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
        let [first, rest @ ..] = definition else { return Err("it has an empty definition".to_owned()) };
        if first.is("constraint") {
            // A name, and then the constraint.
            return self.define(rest.get(1..).unwrap_or_default(), types);
        }
        if first.is("check") || first.is("foreign") {
            return Ok(());
        }
        if first.is("unique") || first.is("primary") {
            let open = rest.iter().position(|token| *token == Token::Mark('('));
            let names = open.and_then(|open| rest.get(open..)).and_then(|list| {
                list.split(|token| *token == Token::Mark(',')).map(only_name).collect::<Option<Vec<String>>>()
            });
            if let (true, Some([name])) = (first.is("primary"), names.as_deref()) {
                let column = self.columns.iter().position(|column| column == name);
                if column.and_then(|column| types.get(column)).is_some_and(|kind| kind == "integer") {
                    self.id = column;
                    return Ok(());
                }
            } else if first.is("primary") {
                return Err("its primary key is not understood".to_owned());
            }
            self.unique.push(names.unwrap_or_default());
            return Ok(());
        }
        let name = first.name().ok_or("a column has no name")?;
        let ends = ["constraint", "primary", "not", "null", "unique", "check", "default", "collate", "references"];
        let kind: Vec<&str> = rest
            .iter()
            .take_while(|token| !ends.iter().any(|end| token.is(end)))
            .map(|token| if let Token::Word(word) | Token::Quoted(word) = token { word } else { "()" })
            .collect();
        if rest.iter().any(|token| token.is("generated") || token.is("as")) {
            return Err(format!("its column `{name}` is generated, which covmerge does not read"));
        }
        let kind = kind.join(" ").to_ascii_lowercase();
        let primary = rest.iter().position(|token| token.is("primary"));
        let descends = primary.is_some_and(|at| rest.get(at + 2).is_some_and(|token| token.is("desc")));
        if primary.is_some() && kind == "integer" && !descends {
            self.id = Some(self.columns.len());
        } else if primary.is_some() {
            self.unique.push(vec![name.clone()]);
        }
        if rest.iter().any(|token| token.is("unique")) {
            self.unique.push(vec![name.clone()]);
        }
        self.columns.push(name);
        types.push(kind);
        Ok(())
    }
}

/// The name at one place of a list, if the place holds only a name and the list's parentheses.
fn only_name(tokens: &[Token]) -> Option<String> {
    let mut names = tokens.iter().filter(|token| !matches!(token, Token::Mark('(' | ')')));
    match (names.next(), names.next()) {
        (Some(name), None) => name.name(),
        _ => None,
    }
}

/// A token of SQL.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Token {
    /// A keyword, a bare name or a number.
    Word(String),
    /// A name in quotes, or a string, which SQLite takes as a name where it expects one.
    Quoted(String),
    Mark(char),
}

impl Token {
    fn is(&self, keyword: &str) -> bool {
        matches!(self, Self::Word(word) if word.eq_ignore_ascii_case(keyword))
    }

    fn name(&self) -> Option<String> {
        match self {
            Self::Word(name) | Self::Quoted(name) => Some(name.to_ascii_lowercase()),
            Self::Mark(_) => None,
        }
    }
}

/// The tokens of a statement, without comments.
fn tokens(sql: &str) -> Vec<Token> {
    let mut found = Vec::new();
    let mut rest = sql;
    while let Some(first) = rest.chars().next() {
        let behind = &rest[first.len_utf8()..];
        rest = if first.is_whitespace() {
            behind
        } else if rest.starts_with("--") {
            rest.find('\n').map_or("", |end| &rest[end..])
        } else if let Some(comment) = rest.strip_prefix("/*") {
            comment.find("*/").map_or("", |end| &comment[end + 2..])
        } else if matches!(first, '"' | '\'' | '`' | '[') {
            let close = if first == '[' { ']' } else { first };
            let mut name = String::new();
            let mut inner = behind;
            loop {
                let Some(end) = inner.find(close) else { break "" };
                name.push_str(&inner[..end]);
                inner = &inner[end + 1..];
                // Two quotes in a name stand for one quote.
                if close == ']' || !inner.starts_with(close) {
                    found.push(Token::Quoted(name));
                    break inner;
                }
                name.push(close);
                inner = &inner[1..];
            }
        } else if first.is_alphanumeric() || first == '_' || first == '$' {
            let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_' && c != '$').unwrap_or(rest.len());
            found.push(Token::Word(rest[..end].to_owned()));
            &rest[end..]
        } else {
            found.push(Token::Mark(first));
            behind
        };
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

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
}
