//! The error if coverage.py's rule finds no fragment: it names the files elsewhere.

use std::path::PathBuf;

use super::links::Within;
use super::{Classify, Error, plain, search, shown};
use crate::model::settings;

/// How many entries to look at, at most, for files elsewhere.
const MOST_ENTRIES: usize = 20_000;

/// The error that coverage.py's rule finds nothing, with the files elsewhere.
pub(super) fn none_by_default(settings: &settings::Discover, classify: Classify<'_>) -> Error {
    let data_file = plain(&settings.cwd.join(&settings.data_file));
    let name = data_file.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let directory = data_file.parent().unwrap_or(&settings.cwd).to_owned();
    let (elsewhere, are_all, report) = elsewhere(settings, classify);
    Error::None { name, directory, elsewhere, are_all, report }
}

/// The error that no part has a fragment, and the run itself has none either.
pub(super) fn none_in_parts(settings: &settings::Discover, classify: Classify<'_>) -> Error {
    let (elsewhere, are_all, report) = elsewhere(settings, classify);
    Error::NoneInParts { parts: settings.parts.len() as u64, elsewhere, are_all, report }
}

/// The files below the working directory that look like fragments, whether they are all, and the first one that looks like a report.
fn elsewhere(settings: &settings::Discover, classify: Classify<'_>) -> (Vec<PathBuf>, bool, Option<PathBuf>) {
    // A hint is not worth an error: unreadable paths are left out.
    let mut finds = search::Finds::default();
    let are_all = search::search(
        &settings.cwd,
        MOST_ENTRIES,
        &Within::new(&settings.cwd, &settings.outside),
        classify,
        &mut finds,
    );
    let below = |path: &PathBuf| shown(path, &settings.cwd);
    let mut elsewhere: Vec<PathBuf> = finds.files.iter().map(below).collect();
    elsewhere.sort();
    let report = finds.reports.iter().map(below).min();
    (elsewhere, are_all, report)
}
