//! The thresholds, and what they say together.

use super::path::SourcePath;
use super::words::grouped;

/// What was found where no statement can run; it passes, as in coverage.py.
pub const NOTHING: &str = "nothing to measure";

/// What the checks say together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verdict {
    /// The checks, completeness first.
    pub checks: Vec<Check>,
    /// The files that would help most, best first: those with the most statements and branches lacking.
    pub would_help: Vec<Lack>,
}

impl Verdict {
    /// Whether every check passed.
    #[must_use]
    pub fn passed(&self) -> bool {
        self.checks.iter().all(|check| check.passed)
    }
}

/// One threshold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// What is checked.
    pub kind: CheckKind,
    /// What was wanted, as shown: `97 %`, `32 fragments`.
    pub wanted: String,
    /// What was found, as shown.
    pub found: String,
    /// Whether it passed.
    pub passed: bool,
    /// How many more statements or branches must run for it to pass; 0 where that is not the question.
    pub lacking: u64,
}

impl Check {
    /// What it says, in one line: `passed: total coverage is 97.12 %, wanted 97 %`; `branches` is whether they are counted.
    #[must_use]
    pub fn sentence(&self, branches: bool) -> String {
        let Self { kind, wanted, found, passed, lacking } = self;
        let subject = if found == NOTHING { String::new() } else { format!("{} is ", kind.name()) };
        match (kind, passed) {
            (CheckKind::Completeness, true) => format!("complete: {found}"),
            (CheckKind::Completeness, false) => format!("incomplete: {found}"),
            (CheckKind::Total, true) => format!("passed: {subject}{found}, wanted {wanted}"),
            (CheckKind::Total, false) => {
                let what = match (branches, lacking) {
                    (true, 1) => "statement or branch",
                    (true, _) => "statements or branches",
                    (false, 1) => "statement",
                    (false, _) => "statements",
                };
                format!("failed: {subject}{found}, wanted {wanted}: {} more {what} must run", grouped(*lacking))
            }
        }
    }
}

/// What a check is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CheckKind {
    /// Every fragment was there and could be read.
    Completeness,
    /// Total coverage reaches the threshold.
    Total,
}

impl CheckKind {
    /// Its name in messages and in the summary.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Completeness => "completeness",
            Self::Total => "total coverage",
        }
    }
}

/// What a file lacks to be complete.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lack {
    /// The file.
    pub path: SourcePath,
    /// Statements and branches that did not run.
    pub lacking: u64,
}
