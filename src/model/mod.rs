//! The nouns that cross from one stage to the next: plain data and pure functions. No I/O; no other module of ours is used here.

pub mod arcs;
pub mod by_tool;
pub mod commands;
pub mod copies;
pub mod duration;
pub mod exits;
pub mod fragment;
pub mod inert;
pub mod kind;
pub mod limits;
pub mod lines;
pub mod local_time;
pub mod lost;
pub mod manifest;
pub mod origin;
pub mod outline;
pub mod output;
pub mod outside;
pub mod path;
pub mod percent;
pub mod place;
mod process_name;
pub mod ranges;
pub mod report;
pub mod seal;
pub mod settings;
pub mod shard;
pub mod status;
pub mod study;
pub mod timestamp;
pub mod tool;
pub mod trace;
pub mod unfinished;
pub mod verdict;
pub mod warning;
pub(crate) mod wildcards;
pub mod words;

/// The version of coverage.py that covmerge follows in numbers, settings, words and formats. It is named only here: the scripts of `tests/`,
/// `testdata/` and `.ci/` read it from this line.
pub const COVERAGEPY: &str = "7.17.5";
