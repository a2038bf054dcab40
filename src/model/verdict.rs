//! The checks, and their verdict.

use std::fmt;
use std::path::PathBuf;

use super::duration::Duration;
use super::path::SourcePath;
use super::percent::{self, Percent};
use super::words::{counted, grouped};

/// A verdict shows at least this number of decimals: with fewer, 96.6% that pass for 97% would look like 97%.
const SHOWN_DECIMALS: u32 = 2;

/// The checks together, and the files to look at first.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Verdict {
    /// The checks, completeness first.
    pub checks: Vec<Check>,
    /// The files with the most missing statements and branches, worst first.
    pub worst_files: Vec<WorstFile>,
}

impl Verdict {
    /// Whether every check passed.
    #[must_use]
    pub fn passed(&self) -> bool {
        self.checks.iter().all(Check::passed)
    }
}

/// A summary to verify, and what it must say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// The path of the summary.
    pub summary: PathBuf,
    /// The commit that must have been measured: its id or the beginning of it, in small letters.
    pub commit: String,
    /// The age that it may have; any if it is `None`.
    pub max_age: Option<Duration>,
}

/// One check. Its words are its `Display`, in one line: `passed: total coverage is 97.12%, required 97%`.
#[derive(Clone, Debug, PartialEq)]
pub enum Check {
    /// Every fragment must be there and readable. Made only where that is not so.
    Completeness {
        /// The number of fragments expected, if it is set.
        expected: Option<u64>,
        /// Why the data is incomplete.
        reasons: Vec<String>,
        /// Whether the user accepts incomplete data.
        allowed: bool,
        /// The fragments that are there, by command, where neither their names nor their places are expected. Only the terminal shows them: a command
        /// line may hold what no published report should.
        there: Option<String>,
    },
    /// The coverage of a part must reach a threshold.
    Part {
        /// The part.
        name: String,
        /// Its threshold.
        threshold: Threshold,
        /// Its files with the most missing statements and branches, worst first.
        worst_files: Vec<WorstFile>,
    },
    /// Total coverage must reach a threshold.
    Total(Threshold),
}

impl Check {
    /// Its name in the summary.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Completeness { .. } => "completeness",
            Self::Part { .. } => "part",
            Self::Total(_) => "total",
        }
    }

    /// Its threshold, if it has one.
    #[must_use]
    pub const fn threshold(&self) -> Option<&Threshold> {
        match self {
            Self::Completeness { .. } => None,
            Self::Part { threshold, .. } | Self::Total(threshold) => Some(threshold),
        }
    }

    /// Whether it passed.
    #[must_use]
    pub fn passed(&self) -> bool {
        match self {
            Self::Completeness { reasons, .. } => reasons.is_empty(),
            Self::Part { threshold, .. } | Self::Total(threshold) => threshold.judgement == Judgement::Passed,
        }
    }
}

impl fmt::Display for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Completeness { reasons, .. } if reasons.is_empty() => write!(f, "complete"),
            Self::Completeness { reasons, allowed, .. } => {
                write!(f, "incomplete: {}{}", reasons.join("; "), if *allowed { " (allowed)" } else { "" })
            }
            Self::Part { threshold, .. } | Self::Total(threshold) => {
                let outcome = match threshold.judgement {
                    Judgement::Passed => "passed",
                    Judgement::Missed { .. } => "failed",
                    Judgement::Withheld => "not judged",
                };
                write!(f, "{outcome}: ")?;
                let is_share = threshold.judgement != Judgement::Withheld && !threshold.found.is_of_nothing();
                match self {
                    Self::Part { name, .. } if is_share => write!(f, "coverage of part `{name}` is ")?,
                    Self::Part { name, .. } => write!(f, "part `{name}`: ")?,
                    _ if is_share => write!(f, "total coverage is ")?,
                    _ => {}
                }
                write!(f, "{threshold}")
            }
        }
    }
}

/// A threshold, and the share found.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Threshold {
    /// The percentage required, 0 to 100.
    pub required: f64,
    /// The share found.
    pub found: Percent,
    /// The number of decimals compared.
    pub decimals: u32,
    /// Whether it is reached.
    pub judgement: Judgement,
    /// Whether branches are counted.
    pub branches: bool,
    /// Whether the data is incomplete, and the user accepts that.
    pub incomplete_allowed: bool,
    /// The number of fragments that count although they were never finished.
    pub unfinished: u64,
}

/// Whether a threshold is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Judgement {
    /// It is reached.
    Passed,
    /// It is not reached.
    Missed {
        /// The number of further statements or branches that would reach it.
        needed: u64,
    },
    /// The data is incomplete: the share of the rest says nothing of the whole.
    Withheld,
}

impl Threshold {
    /// The share found, with enough decimals to see why it passes or fails.
    fn shown(&self) -> String {
        if self.found.is_of_nothing() {
            // It passes, as in coverage.py.
            return "nothing to measure".into();
        }
        let value = self.found.value();
        let mut decimals = self.decimals.max(SHOWN_DECIMALS);
        let mut exact = percent::display(value, decimals);
        if self.judgement != Judgement::Passed || value >= self.required {
            return format!("{exact}%");
        }
        // It passes by rounding.
        while decimals < self.decimals + 6 && exact.parse().is_ok_and(|shown: f64| shown >= self.required) {
            decimals += 1;
            exact = percent::display(value, decimals);
        }
        format!("{exact}%, which rounds to {}%", percent::rounded(value, self.decimals))
    }

    /// The requirement as the user would write it: without decimals if it is whole.
    #[must_use]
    pub fn required(&self) -> String {
        let decimals = if self.required.fract() == 0.0 { 0 } else { self.decimals };
        percent::rounded(self.required, decimals)
    }
}

impl fmt::Display for Threshold {
    /// `96.04%, required 97%: 491 more statements or branches need to be covered`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let is_share = self.judgement == Judgement::Withheld && !self.found.is_of_nothing();
        let of = if is_share { " of what is there" } else { "" };
        write!(f, "{}{of}", self.shown())?;
        if self.unfinished > 0 {
            write!(f, " with {}", counted(self.unfinished, "unfinished fragment"))?;
        }
        write!(f, ", required {}%", self.required())?;
        if let Judgement::Missed { needed } = self.judgement {
            let what = match (self.branches, needed) {
                (true, 1) => "statement or branch needs",
                (true, _) => "statements or branches need",
                (false, 1) => "statement needs",
                (false, _) => "statements need",
            };
            write!(f, ": {} more {what} to be covered", grouped(needed))?;
        }
        write!(f, "{}", if self.incomplete_allowed { "; incomplete data was allowed" } else { "" })
    }
}

/// A file that is far from complete.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorstFile {
    /// The file.
    pub path: SourcePath,
    /// The number of its missing statements and branches.
    pub missing: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn total(threshold: Threshold) -> String {
        Check::Total(threshold).to_string()
    }

    const PASSED: Threshold = Threshold {
        required: 97.0,
        found: Percent::new(97, 100),
        decimals: 0,
        judgement: Judgement::Passed,
        branches: true,
        incomplete_allowed: false,
        unfinished: 0,
    };

    #[test]
    fn a_check_says_what_is_required_and_what_was_found() {
        assert_eq!(total(PASSED), "passed: total coverage is 97.00%, required 97%");
        let failed = Threshold { found: Percent::new(60, 100), judgement: Judgement::Missed { needed: 37 }, ..PASSED };
        assert_eq!(
            total(failed),
            "failed: total coverage is 60.00%, required 97%: 37 more statements or branches need to be covered"
        );
        let judgement = Judgement::Missed { needed: 1 };
        let one = Threshold { judgement, branches: false, required: 60.5, decimals: 1, ..failed };
        assert_eq!(
            total(one),
            "failed: total coverage is 60.00%, required 60.5%: 1 more statement needs to be covered"
        );
    }

    #[test]
    fn a_total_that_passes_by_rounding_is_shown_so_that_one_sees_it() {
        for (executed, of, required, decimals, found) in [
            (24, 29, 82.76, 2, "82.759%, which rounds to 82.76%, required 82.76%"),
            (969, 1_000, 97.0, 0, "96.90%, which rounds to 97%, required 97%"),
        ] {
            let threshold = Threshold { required, found: Percent::new(executed, of), decimals, ..PASSED };
            assert_eq!(threshold.to_string(), found);
        }
    }

    #[test]
    fn incomplete_data_is_not_judged_unless_it_is_allowed() {
        let withheld = Threshold { judgement: Judgement::Withheld, ..PASSED };
        assert_eq!(total(withheld), "not judged: 97.00% of what is there, required 97%");
        let allowed = Threshold { incomplete_allowed: true, ..PASSED };
        assert_eq!(total(allowed), "passed: total coverage is 97.00%, required 97%; incomplete data was allowed");
        let missed = Threshold { judgement: Judgement::Missed { needed: 2 }, branches: false, ..allowed };
        assert_eq!(
            total(missed),
            "failed: total coverage is 97.00%, required 97%: 2 more statements need to be covered; incomplete data was allowed"
        );
        for (allowed, text) in [(false, "incomplete: 1 is missing"), (true, "incomplete: 1 is missing (allowed)")] {
            let check =
                Check::Completeness { expected: None, reasons: vec!["1 is missing".into()], allowed, there: None };
            assert_eq!((check.passed(), check.to_string().as_str()), (false, text));
        }
    }

    #[test]
    fn unfinished_fragments_that_count_are_told() {
        let unfinished = Threshold { unfinished: 2, ..PASSED };
        assert_eq!(total(unfinished), "passed: total coverage is 97.00% with 2 unfinished fragments, required 97%");
        let withheld = Threshold { judgement: Judgement::Withheld, unfinished: 1, ..PASSED };
        assert_eq!(total(withheld), "not judged: 97.00% of what is there with 1 unfinished fragment, required 97%");
    }

    #[test]
    fn a_part_is_named_in_its_check() {
        let part = |judgement, found| {
            let threshold = Threshold { found, judgement, ..PASSED };
            Check::Part { name: "api".into(), threshold, worst_files: Vec::new() }.to_string()
        };
        let found = Percent::new(97, 100);
        assert_eq!(part(Judgement::Passed, found), "passed: coverage of part `api` is 97.00%, required 97%");
        assert_eq!(part(Judgement::Withheld, found), "not judged: part `api`: 97.00% of what is there, required 97%");
        assert_eq!(
            part(Judgement::Withheld, Percent::new(0, 0)),
            "not judged: part `api`: nothing to measure, required 97%"
        );
        assert_eq!(part(Judgement::Passed, Percent::new(0, 0)), "passed: part `api`: nothing to measure, required 97%");
    }

    #[test]
    fn nothing_to_measure_has_no_percentage() {
        let nothing = Threshold { found: Percent::new(0, 0), ..PASSED };
        assert_eq!(total(nothing), "passed: nothing to measure, required 97%");
    }
}
