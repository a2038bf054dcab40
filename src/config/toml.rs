//! TOML documents with the line of every key: `pyproject.toml`, `.coveragerc.toml`, `covmerge.toml`.
//!
//! TOML 1.1 is read; Python's `tomllib` before 3.15 reads only TOML 1.0.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::python::text;

/// A table's entries in the order of the file.
pub(super) type Table = Vec<(String, Item)>;

/// A value and its line.
#[derive(Clone, Debug)]
pub(super) struct Item {
    /// The value.
    pub(super) value: Value,
    /// The line of its key (in an array: of the value), from 1.
    pub(super) line: usize,
}

/// A value.
#[derive(Clone, Debug)]
pub(super) enum Value {
    /// A string.
    Text(String),
    /// A whole number, saturating.
    Integer(i64),
    /// Any other number.
    Float(f64),
    /// `true` or `false`.
    Boolean(bool),
    /// A date, a time or both, as written.
    Moment(String),
    /// An array.
    List(Vec<Item>),
    /// A table.
    Table(Table),
}

impl Value {
    /// The `repr()` of the value that `tomllib` makes of it (except for dates and times, which stay as written).
    pub(super) fn quote(&self) -> String {
        match self {
            Self::Text(text) => text::quote(text),
            Self::Integer(number) => number.to_string(),
            Self::Float(number) => text::float_text(*number),
            Self::Boolean(true) => "True".into(),
            Self::Boolean(false) => "False".into(),
            Self::Moment(text) => text.clone(),
            Self::List(items) => {
                let items: Vec<String> = items.iter().map(|item| item.value.quote()).collect();
                format!("[{}]", items.join(", "))
            }
            Self::Table(table) => {
                let entry = |(key, item): &(String, Item)| format!("{}: {}", text::quote(key), item.value.quote());
                let entries: Vec<String> = table.iter().map(entry).collect();
                format!("{{{}}}", entries.join(", "))
            }
        }
    }
}

/// The entry of that name.
pub(super) fn get<'a>(table: &'a Table, key: &str) -> Option<&'a Item> {
    table.iter().find(|(name, _)| name == key).map(|(_, item)| item)
}

/// The value that these keys lead to, table by table.
pub(super) fn at<'a>(table: &'a Table, keys: &[&str]) -> Option<&'a Value> {
    let (last, tables) = keys.split_last()?;
    let inner = tables.iter().try_fold(table, |table, key| match &get(table, key)?.value {
        Value::Table(inner) => Some(inner),
        _ => None,
    })?;
    get(inner, last).map(|item| &item.value)
}

/// Reads a document in which every line ends with `\n`.
///
/// # Errors
/// The first place that is not valid TOML, as `why (at line 3, column 7)`.
pub(super) fn parse(text: &str) -> Result<Table, String> {
    // Python does not accept a second byte order mark; the parser would skip it.
    if text.starts_with('\u{feff}') {
        return Err("Invalid statement (at line 1, column 1)".into());
    }
    let table = DeTable::parse(text).map_err(|error| {
        let offset = error.span().map_or(0, |span| span.start);
        let before = text.get(..offset).unwrap_or(text);
        let column = before.rsplit('\n').next().map_or(0, |line| line.chars().count()) + 1;
        let line = before.matches('\n').count() + 1;
        // The parser's messages may have several lines.
        let reason: Vec<&str> = error.message().lines().collect();
        format!("{} (at line {line}, column {column})", reason.join(", "))
    })?;
    let starts: Vec<usize> = memchr::memchr_iter(b'\n', text.as_bytes()).collect();
    let line_at = |offset: usize| starts.partition_point(|&end| end < offset) + 1;
    Ok(entries(table.into_inner(), &line_at))
}

fn entries(table: DeTable<'_>, line_at: &dyn Fn(usize) -> usize) -> Table {
    let entry = |(key, value): (Spanned<std::borrow::Cow<'_, str>>, Spanned<DeValue<'_>>)| {
        let line = line_at(key.span().start);
        (key.into_inner().into_owned(), Item { value: value_of(value.into_inner(), line_at), line })
    };
    table.into_iter().map(entry).collect()
}

fn value_of(value: DeValue<'_>, line_at: &dyn Fn(usize) -> usize) -> Value {
    match value {
        DeValue::String(text) => Value::Text(text.into_owned()),
        DeValue::Integer(number) => {
            let limit = if number.as_str().starts_with('-') { i64::MIN } else { i64::MAX };
            Value::Integer(i64::from_str_radix(number.as_str(), number.radix()).unwrap_or(limit))
        }
        DeValue::Float(number) => Value::Float(number.as_str().parse().unwrap_or(f64::NAN)),
        DeValue::Boolean(truth) => Value::Boolean(truth),
        DeValue::Datetime(moment) => Value::Moment(moment.to_string()),
        DeValue::Array(items) => {
            let item = |item: Spanned<DeValue<'_>>| {
                let line = line_at(item.span().start);
                Item { value: value_of(item.into_inner(), line_at), line }
            };
            Value::List(items.into_iter().map(item).collect())
        }
        DeValue::Table(table) => Value::Table(entries(table, line_at)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_keep_their_order_and_lines() {
        let table = parse("z = 1\n\n[b]\ny.x = ['q', 1.5,\n true]\n[a]\n").unwrap();
        let shown: Vec<_> = table.iter().map(|(key, item)| (key.as_str(), item.line, item.value.quote())).collect();
        assert_eq!(
            shown,
            [("z", 1, "1".into()), ("b", 3, "{'y': {'x': ['q', 1.5, True]}}".into()), ("a", 6, "{}".into())]
        );
    }

    #[test]
    fn what_is_no_toml_is_placed() {
        let error = parse("[run]\nabc = é\n").unwrap_err();
        assert!(error.ends_with("(at line 2, column 7)"), "{error}");
        assert_eq!(parse("\u{feff}a = 1").unwrap_err(), "Invalid statement (at line 1, column 1)");
    }

    #[test]
    fn nesting_without_end_is_an_error() {
        assert!(parse(&format!("a = {}", "[".repeat(100_000))).is_err());
    }
}
