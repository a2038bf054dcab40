//! covmerge merges the coverage fragments that a parallel test run leaves behind into one report and one verdict.
//!
//! The modules in pipeline order:
//!
//! - [`config`]: flags over settings files over defaults
//! - [`run`]: the pipeline on one page
//! - [`discover`]: which fragments there are
//! - [`merge`]: all fragments, in parallel
//! - [`read`]: one fragment's bytes, what they record
//! - [`datafile`]: the file format of coverage.py's data files
//! - [`paths`]: a fragment's path, our path
//! - [`tally`]: what ran, set against what could
//! - [`sources`]: opens a source file and decodes it as Python does
//! - [`analyse`]: one Python source, what it could run
//! - [`python`]: what coverage.py leaves to CPython, each rule once
//! - [`gate`]: the thresholds
//! - [`render`]: the report as documents
//! - [`publish`]: how documents reach the disk
//! - [`regular`]: only regular files are read
//! - [`messages`]: what a person reads on the terminal
//! - [`inspect`]: what is in a fragment
//! - [`model`]: the nouns that cross from one stage to the next

pub mod analyse;
pub mod config;
pub mod datafile;
pub mod discover;
pub mod gate;
pub mod inspect;
pub mod merge;
pub mod messages;
pub mod model;
pub mod paths;
pub mod publish;
pub mod python;
pub mod read;
pub mod regular;
pub mod render;
pub mod run;
pub mod sources;
pub mod tally;
