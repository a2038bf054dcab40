//! Each part must have fragments, and its coverage must reach its threshold.

use super::{total, worst_files};
use crate::model::fragment::Fragment;
use crate::model::report::Report;
use crate::model::settings::{Common, Gate, PartPlaces};
use crate::model::verdict::{Check, Judgement, Threshold};
use crate::model::words::{by_number, out_of};

/// How many files of a part to name.
const WORST_FILES: usize = 5;

/// Why the data of the parts is incomplete: each must have a fragment that was read, and each of the places that its settings name must lead to some.
/// `empty` are those that do not, each with the number of its part.
#[must_use]
pub fn lacking_in_parts(parts: &[PartPlaces], empty: &[(usize, String)], fragments: &[Fragment]) -> Vec<String> {
    let has_data = |at: usize| has_data(at, fragments);
    let without: Vec<&str> =
        parts.iter().enumerate().filter(|(at, _)| !has_data(*at)).map(|(_, part)| part.name.as_str()).collect();
    let (number, of) = (without.len() as u64, parts.len() as u64);
    let has = by_number(number, "has", "have");
    let all = (number > 0).then(|| format!("{} {has} no fragment: {}", out_of(number, of, "part"), without.join(", ")));
    let some = empty.iter().filter(|(at, _)| has_data(*at)).map(|(at, place)| {
        let name = parts.get(*at).map_or("", |part| &part.name);
        format!("part `{name}` has no fragment in `{place}`")
    });
    all.into_iter().chain(some).collect()
}

fn has_data(part: usize, fragments: &[Fragment]) -> bool {
    fragments.iter().any(|fragment| fragment.part == Some(part) && fragment.has_data())
}

/// The checks of the parts that have a threshold. A part of which no file counts is not judged, even if incomplete data is allowed: there is not a
/// number that could pass. (coverage.py ends with "No data to report" there.)
pub(super) fn checks(report: &Report, settings: &Gate, common: &Common) -> Vec<Check> {
    let check = |(at, required): (usize, &Option<f64>)| {
        let part = report.parts.get(at)?;
        let totals = report.totals_of(Some(at));
        let mut threshold = total::total(&totals, totals.branches > 0, (*required)?, common.precision);
        let unfinished = |fragment: &&Fragment| fragment.part == Some(at) && fragment.counts_unfinished();
        threshold.unfinished = report.fragments.iter().filter(unfinished).count() as u64;
        let mut threshold = total::withheld(threshold, report, settings);
        if totals.files == 0 {
            threshold = Threshold { judgement: Judgement::Withheld, incomplete_allowed: false, ..threshold };
        }
        let worst_files = worst_files(report, Some(at), WORST_FILES);
        Some(Check::Part { name: part.name.clone(), threshold, worst_files })
    };
    settings.parts.iter().enumerate().filter_map(check).collect()
}
