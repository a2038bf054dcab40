//! A settings file as coverage.py reads it: sections and typed options, in either syntax.
//!
//! coverage.py's *own* files name their sections `[run]` or `[coverage:run]` (TOML: `[run]` or `[tool.coverage.run]`); other
//! tools' files only have the longer form. Agrees with its `HandyConfigParser` and `TomlConfigParser`.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::substitute::{self, substitute};
use super::tilde;
use super::toml::{self, Item, Table, Value};
use super::values;
use crate::python::configparser::{self, Ini};
use crate::python::text::{self, quote, strip};

/// A settings file's content.
#[derive(Clone, Debug)]
pub(super) struct Document {
    syntax: Syntax,
    own: bool,
}

#[derive(Clone, Debug)]
enum Syntax {
    Ini(Ini),
    Toml(Table),
}

/// The type of an option's value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// True or false.
    Flag,
    /// Any text; coverage.py does not check its type.
    Text,
    /// A path, whose `~` is expanded.
    File,
    /// Texts.
    List,
    /// Regular expressions.
    Patterns,
    /// A whole number.
    Integer,
    /// A number.
    Number,
}

/// An option's value.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Setting {
    /// For `Kind::Flag`; also for `Kind::Integer` where TOML has `true` or `false`.
    Flag(bool),
    /// For `Kind::Text` and `Kind::File`.
    Text(String),
    /// For `Kind::List` and `Kind::Patterns`.
    List(Vec<String>),
    /// For `Kind::Integer`, saturating.
    Integer(i64),
    /// For `Kind::Number`.
    Number(f64),
}

/// Why an option cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Fault {
    /// Its value is of the wrong type; coverage.py begins the message with the file.
    #[error("{0}")]
    Value(String),
    /// It holds a regular expression that does not compile.
    #[error("{0}")]
    Pattern(String),
    /// It requires an environment variable that is not set.
    #[error(transparent)]
    Undefined(#[from] substitute::Undefined),
}

/// The things that values can refer to.
#[derive(Clone, Copy, Debug)]
pub(super) struct Expansion<'a> {
    /// The environment's variables.
    pub(super) variables: &'a BTreeMap<String, String>,
    /// The home directory that `~` stands for.
    pub(super) home: Option<&'a PathBuf>,
}

impl Document {
    /// Reads the text of the file `name`, in which every line ends with `\n`: as TOML if `name` ends in `.toml`, else as INI.
    ///
    /// # Errors
    /// The parser's error.
    pub(super) fn parse(text: &str, name: &str, own: bool) -> Result<Self, String> {
        let is_toml = std::path::Path::new(name).extension().is_some_and(|extension| extension == "toml");
        let syntax = if is_toml {
            toml::parse(text).map(Syntax::Toml)
        } else {
            configparser::parse(text, name).map(Syntax::Ini)
        };
        Ok(Self { syntax: syntax?, own })
    }

    /// The section's name as written in this file; `None` if the file has no such section.
    pub(super) fn section_name(&self, section: &str) -> Option<String> {
        let prefix = if matches!(self.syntax, Syntax::Ini(_)) { "coverage:" } else { "tool.coverage." };
        let names = [Some(format!("{prefix}{section}")), self.own.then(|| section.to_owned())];
        names.into_iter().flatten().find(|name| match &self.syntax {
            Syntax::Ini(ini) => ini.has_section(name),
            Syntax::Toml(table) => find(table, name).is_some(),
        })
    }

    /// The names of a section's options, in order.
    ///
    /// # Errors
    /// The name leads to a value, not a section.
    pub(super) fn options(&self, section: &str) -> Result<Vec<String>, Fault> {
        let Some(name) = self.section_name(section) else { return Ok(Vec::new()) };
        match &self.syntax {
            Syntax::Ini(ini) => Ok(ini.options(&name).into_iter().map(String::from).collect()),
            Syntax::Toml(table) => match find(table, &name).map(|item| &item.value) {
                Some(Value::Table(section)) => Ok(section.iter().map(|(key, _)| key.clone()).collect()),
                Some(other) => Err(Fault::Value(format!("Section [{name}] is not a table: {}", other.quote()))),
                None => Ok(Vec::new()),
            },
        }
    }

    /// The line of an option, from 1.
    pub(super) fn line(&self, section: &str, option: &str) -> Option<usize> {
        let name = self.section_name(section)?;
        match &self.syntax {
            Syntax::Ini(ini) => ini.get(&name, option).map(|entry| entry.line),
            Syntax::Toml(table) => {
                let section = find(table, &name)?;
                let Value::Table(options) = &section.value else { return Some(section.line) };
                toml::get(options, option).map(|item| item.line)
            }
        }
    }

    /// All options of a section, of any type; empty if there is no such section.
    ///
    /// # Errors
    /// The name leads to a value, not a section, or a value refers to an undefined variable.
    pub(super) fn section(&self, section: &str, expansion: Expansion<'_>) -> Result<Table, Fault> {
        let Some(name) = self.section_name(section) else { return Ok(Table::new()) };
        match &self.syntax {
            Syntax::Ini(ini) => {
                let mut table = Table::new();
                for option in ini.options(&name) {
                    let Some(entry) = ini.get(&name, option) else { continue };
                    let text = substitute(&entry.text, expansion.variables)?;
                    table.push((option.to_owned(), Item { value: Value::Text(text), line: entry.line }));
                }
                Ok(table)
            }
            Syntax::Toml(table) => match find(table, &name).map(|item| &item.value) {
                Some(Value::Table(section)) => Ok(section.clone()),
                _ => Err(Fault::Value(format!("Section [{name}] is not a table"))),
            },
        }
    }

    /// An option's value; `None` if the file does not set it.
    ///
    /// # Errors
    /// The value is of the wrong type, or refers to something that does not exist.
    pub(super) fn get(
        &self,
        section: &str,
        option: &str,
        kind: Kind,
        expansion: Expansion<'_>,
    ) -> Result<Option<Setting>, Fault> {
        let Some(name) = self.section_name(section) else { return Ok(None) };
        match &self.syntax {
            Syntax::Ini(ini) => {
                let Some(entry) = ini.get(&name, option) else { return Ok(None) };
                let text = substitute(&entry.text, expansion.variables)?;
                from_text(text, kind, expansion, &format!("[{section}].{option}")).map(Some)
            }
            Syntax::Toml(table) => {
                let Some(Value::Table(options)) = find(table, &name).map(|item| &item.value) else { return Ok(None) };
                let Some(item) = toml::get(options, option) else { return Ok(None) };
                from_toml(item, kind, expansion, &name, option).map(Some)
            }
        }
    }
}

/// The item that a dotted name leads to, or the first item on the way that is not a table.
fn find<'a>(table: &'a Table, name: &str) -> Option<&'a Item> {
    let (first, rest) = name.split_once('.').map_or((name, None), |(first, rest)| (first, Some(rest)));
    let item = toml::get(table, first)?;
    match (&item.value, rest) {
        (Value::Table(inner), Some(rest)) => find(inner, rest),
        _ => Some(item),
    }
}

/// An INI value. `place` is its place, in coverage.py's notation.
fn from_text(text: String, kind: Kind, expansion: Expansion<'_>, place: &str) -> Result<Setting, Fault> {
    match kind {
        Kind::Text => Ok(Setting::Text(text)),
        Kind::File => Ok(Setting::Text(tilde::expand(text, expansion.home))),
        Kind::Flag => match text.to_lowercase().as_str() {
            "1" | "yes" | "true" | "on" => Ok(Setting::Flag(true)),
            "0" | "no" | "false" | "off" => Ok(Setting::Flag(false)),
            _ => Err(Fault::Value(format!("Not a boolean: {text}"))),
        },
        Kind::List => {
            let parts = text.split(['\n', ',']).map(strip).filter(|part| !part.is_empty());
            Ok(Setting::List(parts.map(String::from).collect()))
        }
        Kind::Patterns => patterns(text::split_lines(&text), place),
        Kind::Integer => {
            let refuse = || Fault::Value(format!("invalid literal for int() with base 10: {}", quote(&text)));
            text::integer(&text).map(Setting::Integer).ok_or_else(refuse)
        }
        Kind::Number => {
            let refuse = || Fault::Value(format!("could not convert string to float: {}", quote(&text)));
            text::float(&text).map(Setting::Number).ok_or_else(refuse)
        }
    }
}

/// A TOML value.
fn from_toml(item: &Item, kind: Kind, expansion: Expansion<'_>, name: &str, option: &str) -> Result<Setting, Fault> {
    let place = format!("Option [{name}]{option}");
    let texts = || texts(&item.value, expansion, &place);
    if kind == Kind::List {
        return texts().map(Setting::List);
    }
    if kind == Kind::Patterns {
        return patterns(texts()?.iter().map(String::as_str).collect(), &format!("[{name}].{option}"));
    }
    let text = match &item.value {
        Value::Text(text) => Some(substitute(text, expansion.variables)?),
        _ => None,
    };
    let quoted = text.as_deref().map_or_else(|| item.value.quote(), quote);
    let what = match kind {
        Kind::Flag => "a boolean",
        Kind::Integer => "an integer",
        Kind::Number => "a float",
        _ => "a string",
    };
    let setting = match (kind, &item.value, &text) {
        (Kind::Flag | Kind::Integer, Value::Boolean(truth), _) => Some(Setting::Flag(*truth)),
        (Kind::Flag, _, Some(text)) => match text.as_str() {
            "true" => Some(Setting::Flag(true)),
            "false" => Some(Setting::Flag(false)),
            _ => None,
        },
        (Kind::Integer, Value::Integer(number), _) => Some(Setting::Integer(*number)),
        (Kind::Integer, _, Some(text)) => text::integer(text).map(Setting::Integer),
        (Kind::Number, Value::Float(number), _) => Some(Setting::Number(*number)),
        (Kind::Number, Value::Integer(number), _) =>
        {
            #[expect(clippy::cast_precision_loss, reason = "as Python's float() does")]
            Some(Setting::Number(*number as f64))
        }
        (Kind::Number, Value::Boolean(truth), _) => Some(Setting::Number(f64::from(u8::from(*truth)))),
        (Kind::Number, _, Some(text)) => text::float(text).map(Setting::Number),
        (Kind::File, _, Some(text)) => Some(Setting::Text(tilde::expand(text.clone(), expansion.home))),
        (Kind::Text, _, Some(text)) => Some(Setting::Text(text.clone())),
        (Kind::Text, other, None) => Some(Setting::Text(other.quote())),
        _ => None,
    };
    let verb = if text.is_some() { "couldn't convert to" } else { "is not" };
    setting.ok_or_else(|| Fault::Value(format!("{place} {verb} {what}: {quoted}")))
}

/// A TOML array of strings.
fn texts(value: &Value, expansion: Expansion<'_>, place: &str) -> Result<Vec<String>, Fault> {
    let Value::List(items) = value else {
        return Err(Fault::Value(format!("{place} is not a list: {}", value.quote())));
    };
    let text = |item: &Item| match &item.value {
        Value::Text(text) => Ok(substitute(text, expansion.variables)?),
        other => Err(Fault::Value(format!("{place} is not a list of strings: {}", other.quote()))),
    };
    items.iter().map(text).collect()
}

/// The lines that are regular expressions, stripped, without blank lines.
fn patterns(lines: Vec<&str>, place: &str) -> Result<Setting, Fault> {
    let lines = lines.into_iter().map(strip).filter(|line| !line.is_empty());
    let check = |line: &str| match values::of_some_version(line, true) {
        Ok(()) => Ok(line.to_owned()),
        Err(error) => Err(Fault::Pattern(format!("Invalid {place} value {}: {error}", quote(line)))),
    };
    lines.map(check).collect::<Result<_, _>>().map(Setting::List)
}
