//! Total coverage must reach a threshold.
//!
//! It is compared as coverage.py's `should_fail_under` does: rounded half to even, to as many decimals as are shown or as the threshold has,
//! whichever is more; a threshold of 100 is reached by exactly 100 alone. Incomplete data is not judged unless that is allowed.

use crate::model::percent::{Percent, rounded};
use crate::model::report::{Report, Totals};
use crate::model::settings::{Common, Gate};
use crate::model::verdict::{Check, Judgement, Threshold};

/// The check, if there is a threshold.
pub(super) fn check(report: &Report, settings: &Gate, common: &Common) -> Option<Check> {
    let mut threshold = total(&report.totals, report.branches, settings.fail_under?, common.precision);
    threshold.unfinished = report.unfinished();
    Some(Check::Total(withheld(threshold, report, settings)))
}

/// The threshold as it stands where the data is incomplete: not judged, unless that is allowed.
pub(super) fn withheld(mut threshold: Threshold, report: &Report, settings: &Gate) -> Threshold {
    if !report.incomplete.is_empty() {
        threshold.incomplete_allowed = settings.allow_incomplete;
        if !settings.allow_incomplete {
            threshold.judgement = Judgement::Withheld;
        }
    }
    threshold
}

/// The threshold of complete data.
pub(super) fn total(totals: &Totals, branches: bool, required: f64, precision: u32) -> Threshold {
    let found = totals.percent();
    let decimals = decimals(required, precision);
    let judgement = if reaches(found.value(), required, decimals) {
        Judgement::Passed
    } else {
        Judgement::Missed { needed: needed(found, required, decimals) }
    };
    Threshold { required, found, decimals, judgement, branches, incomplete_allowed: false, unfinished: 0 }
}

/// The number of decimals to compare: that of the threshold if it has more than are shown, unless it is whole.
fn decimals(required: f64, precision: u32) -> u32 {
    if required.fract() == 0.0 {
        return precision;
    }
    let own = required.to_string().split_once('.').map_or(0, |(_, fraction)| fraction.len());
    precision.max(u32::try_from(own).unwrap_or(u32::MAX))
}

#[expect(clippy::float_cmp, reason = "exactly 100 is asked for")]
fn reaches(found: f64, required: f64, decimals: u32) -> bool {
    if required == 100.0 {
        return found == 100.0;
    }
    // The decimal that is shown is compared, so that the message and the verdict cannot disagree.
    rounded(found, decimals).parse::<f64>().is_ok_and(|found| found >= required)
}

/// The smallest number of further statements or branches that reaches the threshold.
fn needed(found: Percent, required: f64, decimals: u32) -> u64 {
    let reached = |more: u64| {
        let percent = Percent::new(found.covered() + more, found.of());
        reaches(percent.value(), required, decimals)
    };
    let (mut low, mut high) = (0, found.of() - found.covered());
    while low < high {
        let middle = low + (high - low) / 2;
        if reached(middle) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    low
}

#[cfg(test)]
mod tests {
    use super::*;

    fn total(totals: &Totals, required: f64, precision: u32) -> Threshold {
        super::total(totals, true, required, precision)
    }

    fn totals(executed: u64, statements: u64) -> Totals {
        Totals { files: 1, statements, executed, ..Totals::default() }
    }

    #[test]
    fn a_threshold_is_reached_as_coverage_py_reaches_it() {
        // (executed, statements, required, precision, passes): coverage.results.should_fail_under of coverage.py, negated
        for (executed, statements, required, precision, passes) in [
            (969, 1_000, 97.0, 0, true),
            (969, 1_000, 97.0, 1, false),
            (965, 1_000, 97.0, 0, false),
            (975, 1_000, 98.0, 0, true),
            (985, 1_000, 99.0, 0, false),
            (99_996, 100_000, 100.0, 0, false),
            (70_833, 100_000, 70.83, 0, true),
            (70_824, 100_000, 70.83, 0, false),
            (0, 0, 100.0, 0, true),
        ] {
            let check = total(&totals(executed, statements), required, precision);
            assert_eq!(
                check.judgement == Judgement::Passed,
                passes,
                "{executed}/{statements} against {required} at {precision}"
            );
        }
    }

    #[test]
    fn branches_count_in_what_is_needed() {
        // 90 of 100 statements and 10 of 20 branches are 83.33%: 97% of 120 wants 117, and 16 more are 96.67%, which rounds to it.
        let totals = Totals { branches: 20, missing_branches: 10, ..totals(90, 100) };
        assert_eq!(total(&totals, 97.0, 0).judgement, Judgement::Missed { needed: 16 });
        assert_eq!(total(&totals, 97.0, 2).judgement, Judgement::Missed { needed: 17 });
    }

    #[test]
    fn what_is_needed_is_the_least_number_that_passes() {
        let check = total(&totals(90, 100), 97.0, 0);
        assert_eq!(check.judgement, Judgement::Missed { needed: 7 });
        assert_eq!((check.found, check.required), (Percent::new(90, 100), 97.0));
        assert_eq!(total(&totals(97, 100), 97.0, 0).judgement, Judgement::Passed);
        assert_eq!(total(&totals(96, 100), 97.0, 0).judgement, Judgement::Missed { needed: 1 });
    }
}
