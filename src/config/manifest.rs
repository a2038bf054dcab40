//! The manifest of `--expect-file`.

use super::{Environment, Error, Kind};
use crate::model::manifest::Manifest;
use crate::python::text;
use crate::regular;

const HELP: &str =
    "`covmerge manifest` writes one: names, globs or `$ COMMAND`, one a line, with a count before it if need be";

/// Reads the manifest in a file.
///
/// # Errors
/// It cannot be read, or an entry is wrong.
pub(super) fn read(file: &str, environment: &Environment) -> Result<Manifest, Error> {
    let wrong = |place: String, why: String| Error::new(format!("{place}: {why}")).of(Kind::File).with_help(HELP);
    let unreadable = |why| wrong(format!("cannot read the manifest `{file}`"), why);
    let bytes = regular::read(&environment.cwd.join(file)).map_err(|error| unreadable(error.to_string()))?;
    let text = text::file_text(&bytes).map_err(|offset| unreadable(format!("it is not UTF-8 at byte {offset}")))?;
    Manifest::parse(&text).map_err(|(line, why)| match line {
        Some(line) => wrong(format!("line {line} of the manifest `{file}`"), why),
        None => unreadable(why),
    })
}
