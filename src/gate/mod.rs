//! The thresholds: judges whether a report reaches them.
//!
//! A check has a file here, and a row in `CHECKS`.

mod completeness;
mod expected;
mod places;
mod total;

pub use self::expected::lacking;
pub use self::places::doubtful;
use crate::model::report::Report;
use crate::model::settings::{Common, Gate};
use crate::model::verdict::{Check, Verdict, WorstFile};

/// Makes a check of the report, if the check applies.
type Make = fn(&Report, &Gate, &Common) -> Option<Check>;

/// The checks, in the order of the verdict.
const CHECKS: &[Make] = &[completeness::check, total::check];

/// The number of worst files to name.
const WORST_FILES: usize = 10;

/// Judges `report`.
#[must_use]
pub fn judge(report: &Report, settings: &Gate, common: &Common) -> Verdict {
    let checks = CHECKS.iter().filter_map(|check| check(report, settings, common)).collect();
    Verdict { checks, worst_files: worst_files(report) }
}

fn worst_files(report: &Report) -> Vec<WorstFile> {
    let mut files: Vec<WorstFile> = report
        .files
        .iter()
        .map(|(path, file)| WorstFile {
            path: path.clone(),
            missing: file.totals.missing() + file.totals.missing_branches,
        })
        .filter(|file| file.missing > 0)
        .collect();
    files.sort_by(|a, b| b.missing.cmp(&a.missing).then_with(|| a.path.cmp(&b.path)));
    files.truncate(WORST_FILES);
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
