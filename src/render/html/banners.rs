//! The warnings on every page: incomplete data, fragments that were never finished, files left out of the report, and sources that differ from those that were measured.

use std::fmt::Write as _;

use super::escape::visible;
use crate::model::report::Report;
use crate::model::words::grouped;

/// How many files or fragments a banner names; it counts all of them.
const NAMED: usize = 3;

/// The banners, as pages show them; empty ones are left out.
#[derive(Clone)]
pub(super) struct Banners {
    /// The reasons why the data is incomplete.
    pub(super) incomplete: Vec<String>,
    /// The fragments that count although they were never finished.
    pub(super) unfinished: String,
    /// The files that count in no number.
    pub(super) left_out: String,
    /// The files whose sources do not fit their measurements.
    pub(super) misfits: String,
}

impl Banners {
    pub(super) fn of(report: &Report) -> Self {
        let unfinished = report.fragments.iter().filter(|fragment| fragment.counts_unfinished());
        let unfinished: Vec<String> = unfinished.map(|fragment| fragment.path.display().to_string()).collect();
        let misfits = report.files.values().filter(|file| !file.doubts.is_empty()).map(|file| file.name.as_str());
        Self {
            incomplete: report.incomplete.iter().map(|why| visible(why).into_owned()).collect(),
            unfinished: named(unfinished.iter().map(String::as_str)),
            left_out: named(report.left_out.iter().map(String::as_str)),
            misfits: named(misfits),
        }
    }
}

/// The first names, and the number of further ones.
fn named<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let names: Vec<&str> = names.collect();
    let (named, rest) = names.split_at(names.len().min(NAMED));
    let mut words = visible(&named.join(", ")).into_owned();
    if !rest.is_empty() {
        _ = write!(words, " and {} more", grouped(rest.len() as u64));
    }
    words
}
