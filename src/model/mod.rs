//! The nouns: what crosses from one stage to the next. Plain data and pure functions; no I/O, nothing else of ours.

pub mod arcs;
pub mod exits;
pub mod fragment;
pub mod lines;
pub mod outline;
pub mod output;
pub mod path;
pub mod percent;
pub mod ranges;
pub mod report;
pub mod settings;
pub mod status;
pub mod timestamp;
pub mod tool;
pub mod trace;
pub mod verdict;
pub mod warning;
pub(crate) mod wildcards;
pub mod words;

/// The version of coverage.py that is followed: in numbers, settings, words and formats. Named here alone; the scripts of `tests/` and
/// `testdata/` and `.ci/run` read it from this line.
pub const COVERAGEPY: &str = "7.17.5";
