//! `--allow-outside-root`: everything, or directories outside of the root.

use super::entry::{self, Entry};
use super::toml::Value;
use super::{Environment, Error, tilde};
use crate::model::outside::Outside;

/// The value of `--allow-outside-root` without one. No argument of a process can hold it.
pub(super) const ALONE: &str = "\0";

/// One value of `--allow-outside-root`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Allowed {
    /// All that lies outside.
    Anywhere,
    /// All below a directory.
    Below(String),
}

/// A directory on the command line, or all.
pub(super) fn of_line(text: &str) -> Result<Vec<Allowed>, String> {
    match text {
        ALONE => Ok(vec![Allowed::Anywhere]),
        "" => Err("expected a directory behind `=`; without `=` everything is allowed".into()),
        directory => Ok(vec![Allowed::Below(directory.to_owned())]),
    }
}

/// The same as a key: directories, or true for all.
pub(super) fn of_file(entry: &Entry<'_>) -> Result<Vec<Allowed>, Error> {
    match &entry.item.value {
        Value::Boolean(true) => Ok(vec![Allowed::Anywhere]),
        Value::Boolean(false) => Ok(Vec::new()),
        Value::Text(_) | Value::List(_) => Ok(entry::paths(entry)?.into_iter().map(Allowed::Below).collect()),
        _ => Err(entry.wrong("expected true, false or directories")),
    }
}

/// The places that are allowed. One that does not exist holds nothing, so that the settings can name it wherever covmerge runs.
pub(super) fn outside(allowed: Option<&[Allowed]>, environment: &Environment) -> Outside {
    let mut places = Vec::new();
    for allowed in allowed.unwrap_or_default() {
        let Allowed::Below(directory) = allowed else { return Outside::Anywhere };
        let place = environment.cwd.join(tilde::expand(directory.clone(), environment.home.as_ref()));
        places.extend(place.canonicalize());
    }
    if places.is_empty() { Outside::Nowhere } else { Outside::Below(places) }
}
