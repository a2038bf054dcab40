//! What every page warns of: data that is not all there, files that are not in the report, sources that are not the ones measured.

use std::fmt::Write as _;

use super::escape::visible;
use crate::model::report::Report;
use crate::model::words::grouped;

/// So many files are named in a banner; all of them are counted.
const NAMED: usize = 3;

/// The banners, as pages show them; empty ones are left out.
#[derive(Clone)]
pub(super) struct Banners {
    /// Why the data is not all there.
    pub(super) incomplete: Vec<String>,
    /// The files that are in no number.
    pub(super) left_out: String,
    /// The files whose sources do not fit their measurements.
    pub(super) misfits: String,
}

impl Banners {
    pub(super) fn of(report: &Report) -> Self {
        let misfits = report.files.values().filter(|file| !file.doubts.is_empty()).map(|file| file.name.as_str());
        Self {
            incomplete: report.incomplete.iter().map(|why| visible(why).into_owned()).collect(),
            left_out: named(report.left_out.iter().map(String::as_str)),
            misfits: named(misfits),
        }
    }
}

/// The first names, and how many more there are.
fn named<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let names: Vec<&str> = names.collect();
    let (named, rest) = names.split_at(names.len().min(NAMED));
    let mut words = visible(&named.join(", ")).into_owned();
    if !rest.is_empty() {
        _ = write!(words, " and {} more", grouped(rest.len() as u64));
    }
    words
}
