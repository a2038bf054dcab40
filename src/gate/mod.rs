//! The thresholds: judges whether a report reaches them.
//!
//! A check has a file here, and a row in `CHECKS`.

mod completeness;
mod expected;
mod nameless;
mod parts;
mod places;
mod total;

pub use self::expected::lacking;
pub use self::nameless::nameless_seal;
use self::nameless::{nameless, nameless_shards};
pub use self::parts::lacking_in_parts;
pub use self::places::lacking_in_shards;
use self::places::{doubtful, doubtful_shards};
use crate::model::fragment::Fragment;
use crate::model::place::Place;
use crate::model::report::Report;
use crate::model::settings::{Common, Gate, Part};
use crate::model::verdict::{Check, Verdict, WorstFile};
use crate::model::warning::Warning;

/// Makes those checks of the report that apply.
type Make = fn(&Report, &Gate, &Common) -> Vec<Check>;

/// The checks, in the order of the verdict.
const CHECKS: &[Make] = &[
    |report, settings, common| completeness::check(report, settings, common).into_iter().collect(),
    parts::checks,
    |report, settings, common| total::check(report, settings, common).into_iter().collect(),
];

/// The warnings of expected places, which may hold fragments that are `there` alone, and of the shards of seals that hold `fragments`: these may be copies of
/// those of another one, and may name no file.
#[must_use]
pub fn doubts(places: &[Place], there: &[Fragment], fragments: &[Fragment], parts: &[Part]) -> Vec<Warning> {
    let doubts = [
        doubtful(places, there),
        doubtful_shards(fragments, parts),
        nameless(places, there),
        nameless_shards(fragments, parts),
    ];
    doubts.into_iter().flatten().collect()
}

/// The number of worst files to name.
const WORST_FILES: usize = 10;

/// Judges `report`.
#[must_use]
pub fn judge(report: &Report, settings: &Gate, common: &Common) -> Verdict {
    let checks = CHECKS.iter().flat_map(|check| check(report, settings, common)).collect();
    Verdict { checks, worst_files: worst_files(report, None, WORST_FILES) }
}

/// The files with the most missing statements and branches, at most `most`: of all, or of the part of that number.
fn worst_files(report: &Report, part: Option<usize>, most: usize) -> Vec<WorstFile> {
    let mut files: Vec<WorstFile> = report
        .files
        .iter()
        .filter(|(_, file)| part.is_none() || file.part == part)
        .map(|(path, file)| WorstFile {
            path: path.clone(),
            missing: file.totals.missing() + file.totals.missing_branches,
        })
        .filter(|file| file.missing > 0)
        .collect();
    files.sort_by(|a, b| b.missing.cmp(&a.missing).then_with(|| a.path.cmp(&b.path)));
    files.truncate(most);
    files
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_report_that_is_not_all_there_fails_for_completeness() {
        let settings = Gate { fail_under: Some(0.0), ..Gate::default() };
        let common = Common { expect: Some(2), ..Common::default() };
        let judged = |incomplete: &[&str]| {
            let incomplete = incomplete.iter().map(ToString::to_string).collect();
            let verdict = judge(&Report { incomplete, ..Report::default() }, &settings, &common);
            verdict.checks.iter().map(|check| (check.name(), check.passed())).collect::<Vec<_>>()
        };
        assert_eq!(judged(&[]), [("total", true)]);
        assert_eq!(judged(&["1 fragment is missing"]), [("completeness", false), ("total", false)]);
    }
}
