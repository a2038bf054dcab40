//! A coverage data file that one process or shard left behind, and the result of reading and merging it.

use std::path::PathBuf;

use super::timestamp::Timestamp;
use super::tool::Tool;
use super::trace::Kind;
use super::warning::Warning;

/// One file that was found and tried, merged or not. The summary and `-v` show it as the report's provenance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fragment {
    /// Where it was found, relative to the working directory where it lies below it.
    pub path: PathBuf,
    /// The input format's name; `None` if it could not be told.
    pub format: Option<&'static str>,
    /// The tool that writes that format.
    pub tool: Option<Tool>,
    /// The tool that wrote it; empty if the fragment does not name it.
    pub producer: String,
    /// Whether it measured statements or branches; `None` if it has no rows that show it.
    pub kind: Option<Kind>,
    /// Its size in bytes.
    pub bytes: u64,
    /// The time when its file was last written; `None` if the system does not tell.
    pub modified: Option<Timestamp>,
    /// Why the data that it was made from was incomplete; only covmerge's own data files and JSON reports say so.
    pub incomplete: Option<String>,
    /// The result of reading and merging it.
    pub outcome: Outcome,
    /// The oddities found in it.
    pub warnings: Vec<Warning>,
}

impl Fragment {
    /// A fragment of which only the path is known.
    #[must_use]
    pub fn untried(path: PathBuf) -> Self {
        Self {
            path,
            format: None,
            tool: None,
            producer: String::new(),
            kind: None,
            bytes: 0,
            modified: None,
            incomplete: None,
            outcome: Outcome::Empty,
            warnings: Vec::new(),
        }
    }
}

/// The class of a file that a search meets, judged by its name and first bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileClass {
    /// A fragment.
    Fragment,
    /// A report under the name that an output has by default: made by an earlier run from the fragments beside it, if there are any.
    Report,
    /// Any other file: it is not read.
    Other,
}

/// The result of reading and merging a fragment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Its data is in the report.
    Merged {
        /// The number of source files that it names.
        files: u64,
    },
    /// It has the same bytes as another fragment, which was merged.
    Duplicate {
        /// The path of the other fragment.
        of: PathBuf,
    },
    /// It has 0 bytes and was passed over, as asked for with `--empty-fragments ignore`.
    Empty,
    /// It could not be used.
    Rejected {
        /// The fault and its place, in one line.
        why: String,
        /// The remedy, if the fault suggests one.
        help: Option<String>,
    },
}
