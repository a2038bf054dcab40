//! covmerge's own settings: `covmerge.toml`, or `[tool.covmerge]` of `pyproject.toml`, in the working directory.
//!
//! ```toml
//! [tool.covmerge]
//! fragments = ["build/coverage/**"]
//! output = ["xml=build/coverage.xml", "summary"]
//! expect = 32
//! ```
//!
//! Keys are the long options of the command line, with the same values. An unknown key is an error: otherwise a misspelt threshold would silently
//! have no effect.

use std::io::ErrorKind;

use super::entry::{Entry, shown};
use super::nearest::did_you_mean;
use super::options::{self, Choices, Place, ROWS};
use super::toml::{self, Item, Table, Value};
use super::{Environment, Error, INSTEAD_OF_EMPTY_FRAGMENTS, Kind};
use crate::python::text;
use crate::regular;

/// The settings in the files of the working directory.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// covmerge's settings.
    pub(super) choices: Choices,
    /// `pyproject.toml`, if there is one.
    pub(super) pyproject: Option<Table>,
}

/// Reads the settings files.
///
/// # Errors
/// A file is malformed, both files hold settings, a key is unknown, or a value is wrong.
pub(super) fn read(environment: &Environment) -> Result<Found, Error> {
    let own = document(environment, "covmerge.toml")?;
    let pyproject = document(environment, "pyproject.toml")?;
    let section =
        pyproject.as_ref().and_then(|table| section(table, "tool")).and_then(|tool| toml::get(tool, "covmerge"));
    let choices = match (&own, section) {
        (Some(_), Some(item)) => {
            let line = item.line;
            let message =
                format!("`covmerge.toml` and `[tool.covmerge]` (line {line} of `pyproject.toml`) both hold settings");
            return Err(Error::new(message).with_help("keep one of the two"));
        }
        (Some(table), None) => choices(table, "covmerge.toml", environment)?,
        (None, Some(Item { value: Value::Table(table), .. })) => choices(table, "pyproject.toml", environment)?,
        (None, Some(item)) => {
            let (line, found) = (item.line, shown(&item.value));
            let message = format!("`tool.covmerge` on line {line} of `pyproject.toml` is {found}, expected a table");
            return Err(Error::new(message));
        }
        (None, None) => Choices::default(),
    };
    Ok(Found { choices, pyproject })
}

/// A TOML file of the working directory; `None` if it does not exist.
pub(super) fn document(environment: &Environment, name: &str) -> Result<Option<Table>, Error> {
    let broken = |why: String| Error::new(format!("cannot read the settings file `{name}`: {why}")).of(Kind::File);
    let bytes = match regular::read(&environment.cwd.join(name)) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(broken(error.to_string())),
    };
    let text = text::file_text(&bytes).map_err(|offset| broken(format!("it is not UTF-8 at byte {offset}")))?;
    toml::parse(&text).map(Some).map_err(broken)
}

fn section<'a>(table: &'a Table, name: &str) -> Option<&'a Table> {
    match &toml::get(table, name)?.value {
        Value::Table(inner) => Some(inner),
        _ => None,
    }
}

fn choices(table: &Table, file: &str, environment: &Environment) -> Result<Choices, Error> {
    let mut choices = Choices::default();
    for (key, item) in table {
        let entry = Entry { key, item, file, environment };
        if !choices.take(&entry)? {
            return Err(unknown(&entry));
        }
    }
    Ok(choices)
}

/// The error for an unknown key.
fn unknown(entry: &Entry<'_>) -> Error {
    let key = entry.key;
    let error = Error::new(format!("{} is not a known key", entry.place())).of(Kind::Key);
    if ROWS.iter().any(|row| row.name == key && row.place == Place::Replaced) {
        return error.with_help(INSTEAD_OF_EMPTY_FRAGMENTS);
    }
    if key == "tool" {
        return error
            .with_help("this file holds only covmerge's settings: write the keys at the top level, without a table");
    }
    match did_you_mean(key, options::keys()) {
        Some(near) => error.with_help(format!("did you mean `{near}`?")),
        None => error.with_help(format!("known keys are {}", options::keys().collect::<Vec<_>>().join(", "))),
    }
}
