//! The exit status.

/// Exit statuses: part of the interface.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// All well.
    Well = 0,
    /// No trustworthy report could be made: input, source, writing.
    NoReport = 1,
    /// The report stands and a threshold was missed (as in coverage.py).
    Missed = 2,
    /// The data is incomplete: no fragment at all, one missing or rejected. Wins over `Missed`.
    Incomplete = 3,
    /// The command line or a settings file is wrong.
    Usage = 64,
}
