//! A coverage data file that one process or shard left behind, and what became of it.

use std::path::PathBuf;

use super::timestamp::Timestamp;
use super::tool::Tool;
use super::trace::Kind;
use super::warning::Warning;

/// One file that was found and tried. Kept for each, merged or not: it is the provenance in the summary and the `-v` output.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fragment {
    /// Where it was found, relative to the working directory where it lies below it.
    pub path: PathBuf,
    /// The input format's name; `None` if it could not be told.
    pub format: Option<&'static str>,
    /// The tool that writes that format.
    pub tool: Option<Tool>,
    /// The tool that wrote it, where it says so; empty otherwise.
    pub producer: String,
    /// What it measured, where it holds rows that tell.
    pub kind: Option<Kind>,
    /// Its size.
    pub bytes: u64,
    /// When its file was last written to, where the system says so.
    pub modified: Option<Timestamp>,
    /// Why the data it was made from was not all there, where it says so: our own data files and JSON reports do.
    pub incomplete: Option<String>,
    /// What became of it.
    pub outcome: Outcome,
    /// What was odd about it.
    pub warnings: Vec<Warning>,
}

/// What a file looks like to a search, by its name and how it begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileClass {
    /// A fragment.
    Fragment,
    /// A report under the name that one of an earlier run has: made from the fragments beside it, if there are any.
    Report,
    /// Nothing that is read here.
    Other,
}

/// What became of a fragment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Its data is in the report; `files` is the number of files that it names.
    Merged {
        /// How many source files it names.
        files: u64,
    },
    /// The same bytes as another fragment, which was merged.
    Duplicate {
        /// The path of that other one.
        of: PathBuf,
    },
    /// It has 0 bytes and was passed over, as asked for by `--empty-fragments ignore`.
    Empty,
    /// It could not be used.
    Rejected {
        /// What is wrong with it, where, as one line.
        why: String,
        /// What to do about it, if the cause suggests something.
        help: Option<String>,
    },
}
