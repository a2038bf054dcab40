//! A fragment read with regard to the place where it lies: its name and the files beside it may show that it was never finished.

use std::path::Path;

use super::load::beginning;
use crate::model::origin::{Origin, Process};
use crate::model::trace::Recording;
use crate::model::unfinished::{Cause, Ending, Saved, Unfinished};
use crate::packed::{self, Archives};
use crate::read::{self, Contexts, Fault};

/// The signs around a fragment.
#[derive(Debug, Default)]
pub struct Surroundings {
    /// Whether its tool chose its name and would have changed it when the fragment was finished.
    pub is_open_name: bool,
    /// The process in its name.
    process: Option<Process>,
    /// The sign in a file beside it.
    half_written: Option<String>,
}

impl Surroundings {
    /// Looks around the fragment at `path`, which is of that format. A link to a fragment stands for the fragment.
    #[must_use]
    pub fn of(format: &read::Format, path: &Path, archives: &Archives) -> Self {
        let Some(signs) = format.signs else { return Self::default() };
        let path = path.canonicalize().unwrap_or_else(|_| path.to_owned());
        // A packed fragment has the name that it had before.
        let unpacked = if packed::is_gzip(&path) { path.with_extension("") } else { path.clone() };
        let name = unpacked.file_name().unwrap_or_default().to_string_lossy();
        let half_written = signs.beside.iter().find_map(|beside| {
            let suffixes = [beside.suffix.to_owned(), format!("{}.gz", beside.suffix)];
            // Only a packed fragment has packed files beside it.
            let suffixes = if unpacked == path { &suffixes[..1] } else { &suffixes[..] };
            suffixes.iter().find_map(|suffix| half_written(beside, &unpacked, suffix, archives))
        });
        Self { is_open_name: (signs.is_open_name)(&name), process: (signs.process)(&name), half_written }
    }

    /// Whether they show by themselves that the fragment was never finished.
    #[must_use]
    pub fn tell(&self) -> bool {
        self.half_written.is_some()
    }
}

fn half_written(beside: &read::Beside, path: &Path, suffix: &str, archives: &Archives) -> Option<String> {
    let mut name = path.file_name()?.to_owned();
    name.push(suffix);
    // A file that is missing or unreadable says nothing.
    let (head, size) = beginning(&path.with_file_name(&name), archives, read::Beside::LOOKED_AT)?;
    (beside.is_half_of_a_write)(&head, size).then(|| {
        let name = name.to_string_lossy();
        format!("its {} `{name}` is not empty: a write never ended, or still goes on", beside.name)
    })
}

/// A fragment that was read.
#[derive(Debug)]
pub struct Reading {
    /// Its content, as far as it can be read.
    pub recording: Recording,
    /// Why it is unfinished, if it is.
    pub unfinished: Option<Unfinished>,
}

/// Reads the part of a fragment with such surroundings that `contexts` admits. `format` is that of its `bytes`.
///
/// # Errors
/// It cannot be read, though it was finished or cannot tell. The contexts cannot be selected.
pub fn read_in(
    around: Surroundings,
    format: Result<&read::Format, read::Error>,
    bytes: &[u8],
    contexts: &Contexts,
) -> Result<Reading, read::Error> {
    let signs = format.as_ref().ok().and_then(|format| format.signs);
    let error = match format.and_then(|format| format.read(bytes, contexts)) {
        Ok(mut recording) => {
            recording.origin.process = around.process;
            let is_open = around.is_open_name && recording.ending == Ending::Open;
            let sign = around.half_written.map(|why| (Cause::HalfWritten, why));
            let sign = sign.or_else(|| is_open.then(|| (Cause::NoMark, NO_MARK.to_owned())));
            let unfinished = sign.map(|(cause, why)| Unfinished { cause, why, saved: Some(saved(&recording)) });
            return Ok(Reading { recording, unfinished });
        }
        Err(error) => error,
    };
    let (cause, why) = match (error.fault, around.half_written) {
        (Fault::Contexts, _) => return Err(error),
        (Fault::Unfinished(cause), _) => (cause, error.to_string()),
        (_, Some(why)) => (Cause::HalfWritten, why),
        (_, None) => (Cause::NoMark, format!("{NO_MARK} ({error})")),
    };
    let origin = signs.and_then(|signs| (signs.ending)(bytes));
    if cause == Cause::NoMark && !(around.is_open_name && matches!(origin, Some((_, Ending::Open)))) {
        return Err(error);
    }
    let origin = Origin { process: around.process, ..origin.map(|(origin, _)| origin).unwrap_or_default() };
    let recording = Recording { origin, admitted: true, ..Recording::default() };
    Ok(Reading { recording, unfinished: Some(Unfinished { cause, why, saved: None }) })
}

const NO_MARK: &str = "the hash that coverage.py writes last is missing";

fn saved(recording: &Recording) -> Saved {
    let lines = recording.files.iter().map(|(_, file)| file.executed().len()).sum();
    Saved { files: recording.files.len() as u64, lines }
}
