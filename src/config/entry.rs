//! One key of covmerge's settings, read like the option on the command line, so that limits and messages are the same.

use std::collections::BTreeMap;
use std::str::FromStr;

use super::outputs::{self, Asked};
use super::specifier::{normal, numbers};
use super::toml::{Item, Value};
use super::{Environment, Error, tilde, values};
use crate::model::settings::{Alias, ExpectedPlace};
use crate::model::wildcards;
use crate::python::text;

const ROOT_HELP: &str = "`root` names the directory that source paths are relative to";

/// Files, directories or globs. Their syntax is checked here; whether they exist is checked later, as options may overrule them.
pub(super) fn fragments(entry: &Entry<'_>) -> Result<Vec<String>, Error> {
    entry.each(|text| {
        let text = entry.at_home(text);
        // A file may be called `[a`.
        if wildcards::can_be_understood(&text) || entry.environment.cwd.join(&text).exists() {
            return Ok(text);
        }
        Err("it is not a valid glob: a bracket is not closed, or a range runs backwards".into())
    })
}

/// Places that braces stand for, with `~` expanded.
pub(super) fn places(entry: &Entry<'_>) -> Result<Vec<ExpectedPlace>, Error> {
    let places = entry.each(|text| values::places(&entry.at_home(text)))?;
    Ok(places.concat())
}

/// Paths, with `~` expanded; whether they exist is checked later.
pub(super) fn paths(entry: &Entry<'_>) -> Result<Vec<String>, Error> {
    entry.each(|text| Ok(entry.at_home(text)))
}

/// A path, with `~` expanded.
pub(super) fn path(entry: &Entry<'_>) -> Result<String, Error> {
    entry.text("a path").map(|text| entry.at_home(&text))
}

/// A directory that exists.
pub(super) fn root(entry: &Entry<'_>) -> Result<String, Error> {
    let root = path(entry)?;
    match std::fs::metadata(entry.environment.cwd.join(&root)) {
        Ok(metadata) if metadata.is_dir() => Ok(root),
        Ok(_) => Err(entry.wrong("it is not a directory").with_help(ROOT_HELP)),
        Err(error) => Err(entry.wrong(&error.to_string()).with_help(ROOT_HELP)),
    }
}

/// Outputs in the syntax of `-o`, with formats that exist.
pub(super) fn outputs(entry: &Entry<'_>) -> Result<Vec<Asked>, Error> {
    entry.each(|text| {
        let asked = outputs::parse(text)?;
        match outputs::find(&asked.format, &entry.environment.outputs) {
            Ok(_) => Ok(asked),
            Err(error) => Err(format!("{error}; {}", error.help().unwrap_or_default())),
        }
    })
}

/// Path aliases in the syntax of `--map`.
pub(super) fn aliases(entry: &Entry<'_>) -> Result<Vec<Alias>, Error> {
    entry.each(|text| values::alias(text, "`map` of covmerge's settings"))
}

/// Patterns of contexts.
pub(super) fn contexts(entry: &Entry<'_>) -> Result<Vec<String>, Error> {
    let texts = texts(entry)?;
    values::contexts(texts.iter().map(String::as_str)).map_err(|why| entry.wrong(&why))
}

/// A list of strings, or a single string.
pub(super) fn texts(entry: &Entry<'_>) -> Result<Vec<String>, Error> {
    let refuse = || entry.wrong("expected a list of strings");
    let text = |value: &Value| match value {
        Value::Text(text) => Some(text.clone()),
        _ => None,
    };
    let items = match &entry.item.value {
        Value::List(items) => &items[..],
        _ => std::slice::from_ref(entry.item),
    };
    if items.iter().any(|item| matches!(&item.value, Value::Text(text) if text.is_empty())) {
        return Err(
            Error::new(format!("{} holds an empty string", entry.place())).with_help("name something, or leave it out")
        );
    }
    match &entry.item.value {
        Value::List(items) => items.iter().map(|item| text(&item.value).ok_or_else(refuse)).collect(),
        value => text(value).map(|text| vec![text]).ok_or_else(refuse),
    }
}

/// A key of a table as TOML writes it: in quotes, unless it is bare.
fn dotted(table: &str, key: &str) -> String {
    let is_bare = !key.is_empty() && key.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'));
    if is_bare { format!("{table}.{key}") } else { format!("{table}.\"{key}\"") }
}

/// A table of packages: the version of each, or false if the package is not installed.
pub(super) fn versions(entry: &Entry<'_>) -> Result<BTreeMap<String, Option<String>>, Error> {
    let Value::Table(table) = &entry.item.value else {
        return Err(entry.wrong("expected a table of packages and their versions"));
    };
    let version = |(package, item): &(String, Item)| match &item.value {
        Value::Text(version) if numbers(version).is_some() => Ok((package.clone(), Some(version.clone()))),
        Value::Boolean(false) => Ok((package.clone(), None)),
        _ => {
            let entry = Entry { key: &dotted(entry.key, package), item, ..*entry };
            Err(entry.wrong("expected a version in quotes, or false"))
        }
    };
    // Whichever of two spellings came first would decide.
    let mut packages: Vec<(String, &String, usize)> =
        table.iter().map(|(package, item)| (normal(package), package, item.line)).collect();
    packages.sort_by(|a, b| (&a.0, a.2).cmp(&(&b.0, b.2)));
    if let Some([(_, first, line), (_, second, next)]) = packages.array_windows().find(|[a, b]| a.0 == b.0) {
        let (key, file) = (entry.key, entry.file);
        let message = format!(
            "`{}` on line {line} and `{}` on line {next} of `{file}` are one distribution",
            dotted(key, first),
            dotted(key, second)
        );
        return Err(Error::new(message).with_help(
            "keep one of the two: `package_version` finds it under any spelling, `is_installed` only under the name that it asks for",
        ));
    }
    table.iter().map(version).collect()
}

/// True or false.
pub(super) fn flag(entry: &Entry<'_>) -> Result<bool, Error> {
    match entry.item.value {
        Value::Boolean(flag) => Ok(flag),
        _ => Err(entry.wrong("expected true or false")),
    }
}

/// A share in percent.
pub(super) fn percent(entry: &Entry<'_>) -> Result<f64, Error> {
    let number = match entry.item.value {
        Value::Float(number) => number,
        Value::Integer(number) => f64::from_str(&number.to_string()).unwrap_or(f64::NAN),
        _ => f64::NAN,
    };
    values::percentage(number).map_err(|why| entry.wrong(&why))
}

/// One key and its value.
pub(super) struct Entry<'a> {
    /// The key.
    pub(super) key: &'a str,
    /// Its value.
    pub(super) item: &'a Item,
    /// The file that contains it.
    pub(super) file: &'a str,
    /// The directory in which covmerge was started.
    pub(super) environment: &'a Environment,
}

impl Entry<'_> {
    /// The place of the key, for messages.
    pub(super) fn place(&self) -> String {
        format!("`{}` on line {} of `{}`", self.key, self.item.line, self.file)
    }

    /// An error of the value; `why` says what was expected, or what is wrong.
    pub(super) fn wrong(&self, why: &str) -> Error {
        Error::new(format!("{} is {}: {why}", self.place(), shown(&self.item.value)))
    }

    /// A path, with `~` expanded.
    fn at_home(&self, path: &str) -> String {
        tilde::expand(path.to_owned(), self.environment.home.as_ref())
    }

    fn text(&self, what: &str) -> Result<String, Error> {
        match &self.item.value {
            Value::Text(text) if !text.is_empty() => Ok(text.clone()),
            _ => Err(self.wrong(&format!("expected {what}, a string"))),
        }
    }

    pub(super) fn word<T>(&self, read: impl Fn(&str) -> Result<T, String>) -> Result<T, Error> {
        match &self.item.value {
            Value::Text(text) => read(text).map_err(|why| self.wrong(&why)),
            _ => Err(self.wrong("expected a string")),
        }
    }

    fn each<T>(&self, read: impl Fn(&str) -> Result<T, String>) -> Result<Vec<T>, Error> {
        let read = |text: &String| {
            read(text).map_err(|why| Error::new(format!("{} holds `{}`: {why}", self.place(), beginning(text))))
        };
        texts(self)?.iter().map(read).collect()
    }

    /// A whole number, read like the option on the command line, so that limits and messages are the same.
    pub(super) fn whole<T>(&self, read: impl Fn(&str) -> Result<T, String>) -> Result<T, Error> {
        match self.item.value {
            Value::Integer(number) => read(&number.to_string()).map_err(|why| self.wrong(&why)),
            _ => Err(self.wrong("expected a whole number")),
        }
    }
}

/// A value as it is written in the file, if it is short.
pub(super) fn shown(value: &Value) -> String {
    match value {
        Value::Text(text) => {
            let quoted = text::quote(&beginning(text));
            format!("\"{}\"", quoted.get(1..quoted.len() - 1).unwrap_or_default())
        }
        Value::Boolean(flag) => flag.to_string(),
        Value::List(_) => "a list".into(),
        Value::Table(_) => "a table".into(),
        other => format!("`{}`", other.quote()),
    }
}

/// A text as messages quote it: whole, or its beginning where it is long.
pub(super) fn beginning(text: &str) -> String {
    const MOST: usize = 200;
    match text.char_indices().nth(MOST) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}…", &text[..end]),
    }
}
