//! covmerge merges the coverage fragments that a parallel test run leaves behind into one report and one verdict.
//!
//! The modules in pipeline order:
//!
//! - [`config`]: flags over settings files over defaults
//! - [`run`]: the pipeline on one page
//! - [`discover`]: which fragments there are
//! - [`merge`]: all fragments, in parallel
//! - [`read`]: the bytes of one fragment as a recording
//! - [`datafile`]: the file format of coverage.py's data files
//! - [`packed`]: fragments in archives and in gzip
//! - [`seal`]: the file format of seals
//! - [`paths`]: the paths of fragments as ours
//! - [`tally`]: the facts and claims set against the outlines
//! - [`sources`]: opens a source file and decodes it as Python does
//! - [`analyse`]: the outline of one Python source
//! - [`python`]: the rules that coverage.py leaves to CPython
//! - [`testlog`]: the logs of test sessions, which must say that these succeeded
//! - [`gate`]: the thresholds
//! - [`render`]: the report as documents
//! - [`publish`]: documents on their way to the disk
//! - [`walk`]: walks a directory, without its parts that hold neither fragments nor sources
//! - [`regular`]: opens regular files, and only those
//! - [`messages`]: the text on the terminal
//! - [`verify`]: `covmerge verify`, which asks a summary whether the gate ran
//! - [`inspect`]: `covmerge inspect`, which describes fragments
//! - [`manifest`]: `covmerge manifest`, which lists them for a later run
//! - [`model`]: the nouns that cross from one stage to the next

pub mod analyse;
pub mod clean;
pub mod config;
pub mod datafile;
pub mod discover;
pub mod gate;
pub mod inspect;
pub mod manifest;
pub mod merge;
pub mod messages;
pub mod model;
pub mod packed;
pub mod paths;
pub mod publish;
pub mod python;
pub mod read;
pub mod regular;
pub mod render;
pub mod run;
pub mod seal;
pub mod sources;
pub mod tally;
pub mod testlog;
pub mod verify;
pub mod walk;
