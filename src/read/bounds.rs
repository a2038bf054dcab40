//! What a fragment may hold: as much as the limits of the settings allow.

use super::{Error, Fault, Place};
use crate::model::limits::{Limits, exceeded, raise};
use crate::model::lines::{Line, LineSet};
use crate::model::trace::{FileTrace, Recording};

/// Checks that a fragment that was read holds no more than `limits` allow; of a seal, but for its facts, which are read later.
///
/// # Errors
/// The first limit that it exceeds.
pub fn check(recording: &Recording, limits: &Limits) -> Result<(), Error> {
    let of_seals = recording.sealed.iter().flat_map(|seal| &seal.sections);
    let sealed = of_seals.flat_map(|section| &section.files).map(|file| file.name.as_str());
    let names = || recording.files.iter().map(|(name, _)| name.as_str()).chain(sealed.clone());
    at_most(names().count() as u64, "files", limits.files, "it names")?;
    if let Some(long) = names().find(|name| name.len() as u64 > limits.path_length) {
        let shown: String = long.chars().take(40).collect();
        at_most(long.len() as u64, "path-length", limits.path_length, &format!("the path `{shown}…` has"))?;
    }
    let mut contexts: u64 = 0;
    for (name, file) in &recording.files {
        contexts = contexts.saturating_add(file.contexts.len() as u64);
        check_lines(name, last_line(file), limits)?;
    }
    check_contexts(contexts, limits)
}

/// Checks that a file with that last line has no more lines than `limits` allow.
///
/// # Errors
/// It has more.
pub fn check_lines(name: &str, last: u32, limits: &Limits) -> Result<(), Error> {
    at_most(u64::from(last), "lines", limits.lines, &format!("`{name}` has"))
}

/// Checks that a fragment has no more contexts than `limits` allow: those of each of its files, added up.
///
/// # Errors
/// It has more.
pub fn check_contexts(contexts: u64, limits: &Limits) -> Result<(), Error> {
    at_most(contexts, "contexts", limits.contexts, "it has, counted by file,")
}

/// The last line of which the file has facts or claims; 0 if it has none.
#[must_use]
pub fn last_line(file: &FileTrace) -> u32 {
    let sets = file.claims.values().map(|claims| &claims.statements).chain([&file.lines]);
    let listed = sets.filter_map(LineSet::last).map(Line::get).max();
    let ends = file.arcs.iter().map(|arc| arc.from.unsigned_abs().max(arc.to.unsigned_abs())).max();
    listed.max(ends).unwrap_or_default()
}

fn at_most(found: u64, name: &str, most: u64, subject: &str) -> Result<(), Error> {
    if found <= most {
        return Ok(());
    }
    let error = Error::new(Place::Whole, format!("{subject} {}", exceeded(name, most))).of(Fault::Unsupported);
    Err(error.with_help(format!("re-create it; or, if it is sound, {}", raise(name))))
}
