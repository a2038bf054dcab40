//! A part of the run as covmerge's settings have it.
//!
//! ```toml
//! [[tool.covmerge.part]]
//! root = "packages/api"
//! name = "api"                                # default: the root, as written
//! fragments = ["packages/api/.coverage.*"]    # default: coverage.py's own rule, in the root
//! fail-under = 95                             # default: `fail_under` of the settings in the root
//! python-version = "3.12"                     # default: that of the run, else that of the project in the root
//! ```

use super::entry::{self, Entry};
use super::nearest::did_you_mean;
use super::toml::{Item, Table, Value};
use super::{Error, Kind, values};
use crate::model::settings::PythonVersion;

/// The keys of a part.
const KEYS: [&str; 5] = ["name", "root", "fragments", "fail-under", "python-version"];

/// A part, as covmerge's settings have it.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    pub(super) name: String,
    pub(super) root: String,
    pub(super) fragments: Vec<String>,
    pub(super) fail_under: Option<f64>,
    pub(super) python: Option<PythonVersion>,
    /// Its place in the settings, for messages.
    place: String,
}

/// Reads the parts.
///
/// # Errors
/// One of them is not a table, has an unknown key or a wrong value, or lacks its root; or two have one name.
pub(super) fn read(entry: &Entry<'_>) -> Result<Vec<Asked>, Error> {
    let expected =
        || entry.wrong("expected tables, each below a line `[[tool.covmerge.part]]`, or `[[part]]` in `covmerge.toml`");
    let Value::List(items) = &entry.item.value else { return Err(expected()) };
    let mut parts: Vec<Asked> = Vec::new();
    for item in items {
        let Value::Table(table) = &item.value else { return Err(expected()) };
        let part = one(table, item, entry)?;
        if let Some(other) = parts.iter().find(|other| other.name == part.name) {
            let message = format!("two parts have the name `{}`: {} and {}", part.name, other.place, part.place);
            return Err(Error::new(message).with_help("give each part a `name` of its own"));
        }
        parts.push(part);
    }
    Ok(parts)
}

fn one(table: &Table, item: &Item, list: &Entry<'_>) -> Result<Asked, Error> {
    let place = format!("line {} of `{}`", item.line, list.file);
    let (mut name, mut root, mut fragments, mut fail_under, mut python) = (None, None, Vec::new(), None, None);
    for (key, item) in table {
        let entry = Entry { key: &format!("part.{key}"), item, ..*list };
        match key.as_str() {
            "name" => name = Some(entry.word(named)?),
            "root" => root = Some(entry::root(&entry)?),
            "fragments" => fragments = entry::fragments(&entry)?,
            "fail-under" => fail_under = Some(entry::percent(&entry)?),
            "python-version" => python = Some(entry.word(values::python_version)?),
            _ => {
                let error = Error::new(format!("{} is not a known key", entry.place())).of(Kind::Key);
                return Err(match did_you_mean(key, KEYS) {
                    Some(near) => error.with_help(format!("did you mean `{near}`?")),
                    None => error.with_help(format!("the keys of a part are {}", KEYS.join(", "))),
                });
            }
        }
    }
    let Some(root) = root else {
        let message = format!("the part on {place} has no `root`");
        return Err(
            Error::new(message).with_help("name the directory of the package, such as `root = \"packages/api\"`")
        );
    };
    Ok(Asked { name: name.unwrap_or_else(|| root.clone()), root, fragments, fail_under, python, place })
}

fn named(text: &str) -> Result<String, String> {
    if text.trim().is_empty() { Err("expected a name".into()) } else { Ok(text.into()) }
}
