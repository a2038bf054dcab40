//! `--allow-outside-root`: everything, or directories outside of the root.

use std::path::PathBuf;

use super::entry::{self, Entry};
use super::toml::Value;
use super::{Environment, Error, tilde};
use crate::model::outside::Outside;
use crate::model::warning::Warning;

/// The value of `--allow-outside-root` without one. No argument of a process can hold it.
pub(super) const ALONE: &str = "\0";

/// One value of `--allow-outside-root`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Allowed {
    /// All that lies outside.
    Anywhere,
    /// All below a directory that the settings name.
    Below(String),
    /// The same of one that the command line names, where it should exist.
    Named(String),
}

/// A directory on the command line, or all.
pub(super) fn of_line(text: &str) -> Result<Vec<Allowed>, String> {
    match text {
        ALONE => Ok(vec![Allowed::Anywhere]),
        "" | "true" | "false" => Err("expected a directory behind `=`; without `=` everything is allowed".into()),
        directory => Ok(vec![Allowed::Named(directory.to_owned())]),
    }
}

/// The same as a key: directories, or true for all.
pub(super) fn of_file(entry: &Entry<'_>) -> Result<Vec<Allowed>, Error> {
    match &entry.item.value {
        Value::Boolean(true) => Ok(vec![Allowed::Anywhere]),
        Value::Boolean(false) => Ok(Vec::new()),
        Value::Text(text) if text == "true" || text == "false" => {
            Err(entry.wrong("expected true or false without quotes, or directories"))
        }
        Value::Text(_) | Value::List(_) => Ok(entry::paths(entry)?.into_iter().map(Allowed::Below).collect()),
        _ => Err(entry.wrong("expected true, false or directories")),
    }
}

/// The places that are allowed. One that does not exist holds nothing, so that the settings can name it wherever covmerge runs.
pub(super) fn outside(allowed: Option<&[Allowed]>, environment: &Environment) -> Outside {
    let mut places = Vec::new();
    for allowed in allowed.unwrap_or_default() {
        let (Allowed::Below(directory) | Allowed::Named(directory)) = allowed else { return Outside::Anywhere };
        places.extend(place(directory, environment).canonicalize());
    }
    if places.is_empty() { Outside::Nowhere } else { Outside::Below(places) }
}

/// A warning for each directory of the command line that does not exist: nothing below it is shown.
pub(super) fn missing(allowed: Option<&[Allowed]>, environment: &Environment) -> impl Iterator<Item = Warning> {
    let named = allowed.unwrap_or_default().iter().filter_map(|allowed| match allowed {
        Allowed::Named(directory) => Some(directory),
        Allowed::Anywhere | Allowed::Below(_) => None,
    });
    let warning = |directory: &String| {
        Warning::new(format!("`--allow-outside-root={directory}` allows nothing: there is no such directory"))
            .with_help("name one directory behind `=`, and repeat the option for others")
    };
    named.filter(|directory| !place(directory, environment).exists()).map(warning)
}

fn place(directory: &str, environment: &Environment) -> PathBuf {
    environment.cwd.join(tilde::expand(directory.to_owned(), environment.home.as_ref()))
}
