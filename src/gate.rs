//! The thresholds: what a report must reach.

use crate::model::percent;
use crate::model::report::{Report, Totals};
use crate::model::settings;
use crate::model::verdict::{Check, CheckKind, Lack, NOTHING, Verdict};

/// How many of the files that would help most are named.
const WOULD_HELP: usize = 10;

/// A verdict shows at least so many decimals: with fewer, 96.6 % that pass for 97 % would look like 97 %.
const SHOWN_DECIMALS: u32 = 2;

/// Judges `report`.
///
/// Total coverage is compared as coverage.py's `should_fail_under` does: rounded half to even, to as many decimals as are shown or as the
/// threshold has, whichever is more; a threshold of 100 wants exactly 100.
#[must_use]
pub fn judge(report: &Report, settings: &settings::Gate) -> Verdict {
    let mut checks = Vec::new();
    if !report.incomplete.is_empty() {
        checks.push(Check {
            kind: CheckKind::Completeness,
            wanted: match settings.expect {
                Some(1) => "1 fragment".into(),
                Some(count) => format!("{count} fragments"),
                None => "every fragment".into(),
            },
            found: report.incomplete.join("; "),
            passed: false,
            lacking: 0,
        });
    }
    if let Some(wanted) = settings.fail_under {
        checks.push(total(&report.totals, wanted, settings.precision));
    }
    Verdict { checks, would_help: would_help(report) }
}

fn total(totals: &Totals, wanted: f64, precision: u32) -> Check {
    let found = totals.percent().value();
    let decimals = decimals(wanted, precision);
    let passed = reaches(found, wanted, decimals);
    let mut shown = decimals.max(SHOWN_DECIMALS);
    let mut exact = percent::display(found, shown);
    let found = if totals.statements + totals.branches == 0 {
        NOTHING.into()
    } else if passed && found < wanted {
        // It passes by rounding: enough decimals to see that.
        while shown < decimals + 6 && exact.parse().is_ok_and(|shown: f64| shown >= wanted) {
            shown += 1;
            exact = percent::display(found, shown);
        }
        format!("{exact} %, which rounds to {} %", rounded(found, decimals))
    } else {
        format!("{exact} %")
    };
    Check {
        kind: CheckKind::Total,
        wanted: format!("{} %", shortest(wanted, decimals)),
        found,
        passed,
        lacking: if passed { 0 } else { lacking(totals, wanted, decimals) },
    }
}

/// Decimals that are compared: those of the threshold if it has more than are shown, unless it is whole.
fn decimals(wanted: f64, precision: u32) -> u32 {
    if wanted.fract() == 0.0 {
        return precision;
    }
    let own = wanted.to_string().split_once('.').map_or(0, |(_, fraction)| fraction.len());
    precision.max(u32::try_from(own).unwrap_or(u32::MAX))
}

fn rounded(value: f64, decimals: u32) -> String {
    format!("{value:.*}", decimals as usize)
}

/// The threshold as the user would write it: no decimals if it is whole.
fn shortest(wanted: f64, decimals: u32) -> String {
    if wanted.fract() == 0.0 { format!("{wanted:.0}") } else { rounded(wanted, decimals) }
}

#[expect(clippy::float_cmp, reason = "exactly 100 is what is asked for")]
fn reaches(found: f64, wanted: f64, decimals: u32) -> bool {
    if wanted == 100.0 {
        return found == 100.0;
    }
    // What the decimal says is what is compared, so that the message and the verdict cannot disagree.
    rounded(found, decimals).parse::<f64>().is_ok_and(|found| found >= wanted)
}

/// The least number of further statements or branches that reaches the threshold.
fn lacking(totals: &Totals, wanted: f64, decimals: u32) -> u64 {
    let of = totals.statements + totals.branches;
    let covered = totals.executed + totals.taken();
    let reached = |more: u64| {
        let percent = percent::Percent::new(covered + more, of);
        reaches(percent.value(), wanted, decimals)
    };
    let (mut low, mut high) = (0, of - covered);
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

fn would_help(report: &Report) -> Vec<Lack> {
    let mut lacks: Vec<Lack> = report
        .files
        .iter()
        .map(|(path, file)| Lack { path: path.clone(), lacking: file.totals.missing() + file.totals.missing_branches })
        .filter(|lack| lack.lacking > 0)
        .collect();
    lacks.sort_by(|a, b| b.lacking.cmp(&a.lacking).then_with(|| a.path.cmp(&b.path)));
    lacks.truncate(WOULD_HELP);
    lacks
}

#[cfg(test)]
mod tests {
    use super::*;

    fn totals(executed: u64, statements: u64) -> Totals {
        Totals { files: 1, statements, executed, ..Totals::default() }
    }

    #[test]
    fn a_total_that_passes_by_rounding_is_shown_so_that_one_sees_it() {
        for (executed, statements, wanted, found) in [
            (24, 29, 82.76, "82.759 %, which rounds to 82.76 %"),
            (969, 1_000, 97.0, "96.90 %, which rounds to 97 %"),
            (97, 100, 97.0, "97.00 %"),
        ] {
            let check = total(&totals(executed, statements), wanted, 0);
            assert!(check.passed);
            assert_eq!(check.found, found);
        }
    }

    #[test]
    fn nothing_to_measure_passes_without_a_percentage() {
        let check = total(&totals(0, 0), 50.0, 0);
        assert_eq!((check.passed, check.sentence(true)), (true, "passed: nothing to measure, wanted 50 %".into()));
    }

    #[test]
    fn a_threshold_is_reached_as_coverage_py_reaches_it() {
        // (executed, statements, wanted, precision, passes): coverage.results.should_fail_under of coverage.py, negated
        for (executed, statements, wanted, precision, passes) in [
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
            let check = total(&totals(executed, statements), wanted, precision);
            assert_eq!(check.passed, passes, "{executed}/{statements} against {wanted} at {precision}");
        }
    }

    #[test]
    fn only_a_report_that_is_not_all_there_fails_for_completeness() {
        let settings = settings::Gate { fail_under: Some(0.0), expect: Some(2), ..settings::Gate::default() };
        let judged = |incomplete: &[&str]| {
            let incomplete = incomplete.iter().map(ToString::to_string).collect();
            let verdict = judge(&Report { incomplete, ..Report::default() }, &settings);
            verdict.checks.iter().map(|check| (check.kind, check.passed)).collect::<Vec<_>>()
        };
        assert_eq!(judged(&[]), [(CheckKind::Total, true)]);
        assert_eq!(judged(&["1 fragment is missing"]), [(CheckKind::Completeness, false), (CheckKind::Total, true)]);
    }

    #[test]
    fn branches_count_in_what_lacks() {
        // 90 of 100 statements and 10 of 20 branches are 83.33 %: 97 % of 120 wants 117, and 16 more are 96.67 %, which rounds to it.
        let totals = Totals { branches: 20, missing_branches: 10, ..totals(90, 100) };
        assert_eq!(total(&totals, 97.0, 0).lacking, 16);
        assert_eq!(total(&totals, 97.0, 2).lacking, 17);
    }

    #[test]
    fn what_lacks_is_the_least_number_that_passes() {
        let check = total(&totals(90, 100), 97.0, 0);
        assert_eq!((check.lacking, check.found.as_str(), check.wanted.as_str()), (7, "90.00 %", "97 %"));
        assert!(total(&totals(97, 100), 97.0, 0).passed && !total(&totals(96, 100), 97.0, 0).passed);
    }
}
