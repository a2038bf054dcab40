//! A coverage data file that one process or shard left behind, and the result of reading and merging it.

use std::path::{Path, PathBuf};

use super::duration::Duration;
use super::kind::Kind;
use super::origin::Origin;
use super::shard::Shard;
use super::timestamp::Timestamp;
use super::tool::Tool;
use super::unfinished::Unfinished;
use super::warning::Warning;

/// One file that was found and tried, merged or not. The summary and `-v` show it as the report's provenance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fragment {
    /// Where it was found, relative to the working directory where it lies below it.
    pub path: PathBuf,
    /// The number of the part to which it belongs; `None` if it belongs to none.
    pub part: Option<usize>,
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
    /// The process that made it, as far as the fragment says so.
    pub origin: Origin,
    /// Why it is unfinished, and the part that was saved; `None` if it is finished, or cannot tell.
    pub unfinished: Option<Unfinished>,
    /// SHA-256 of its bytes, if it is sealed or to be sealed, or if a sealed fragment has the same ones.
    pub digest: Option<[u8; 32]>,
    /// Where it is sealed, if it is.
    pub sealed_in: Option<SealedIn>,
    /// The result of reading and merging it.
    pub outcome: Outcome,
    /// The oddities found in it.
    pub warnings: Vec<Warning>,
}

/// Where a fragment is sealed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealedIn {
    /// The seal.
    pub seal: PathBuf,
    /// The place of its section in the seal.
    pub section: usize,
    /// The shard of the job that sealed it, if it is one.
    pub shard: Option<Shard>,
    /// The greatest age that the job allowed, if it judged the age of this fragment.
    pub max_age: Option<Duration>,
}

impl Fragment {
    /// A fragment of which only the path is known.
    #[must_use]
    pub fn untried(path: PathBuf) -> Self {
        Self {
            path,
            part: None,
            format: None,
            tool: None,
            producer: String::new(),
            kind: None,
            bytes: 0,
            modified: None,
            incomplete: None,
            origin: Origin::default(),
            unfinished: None,
            digest: None,
            sealed_in: None,
            outcome: Outcome::Merged { files: 0 },
            warnings: Vec::new(),
        }
    }

    /// The file that holds it: itself, or a seal.
    #[must_use]
    pub fn file(&self) -> &Path {
        self.sealed_in.as_ref().map_or(&self.path, |sealed_in| &sealed_in.seal)
    }

    /// Whether it is merged, or has the bytes of one that is, and holds some data if it was never finished.
    #[must_use]
    pub fn has_data(&self) -> bool {
        let saved = |unfinished: &Unfinished| unfinished.saved.is_some_and(|saved| saved.files > 0);
        self.counts() && self.unfinished.as_ref().is_none_or(saved)
    }

    /// Whether it is merged, or has the bytes of one that is.
    #[must_use]
    pub const fn counts(&self) -> bool {
        matches!(self.outcome, Outcome::Merged { .. } | Outcome::Duplicate { .. })
    }

    /// Why it is unfinished, the part that was saved, and the process that began it, in one line.
    #[must_use]
    pub fn why_unfinished(&self) -> Option<String> {
        let unfinished = self.unfinished.as_ref()?;
        let origin = self.origin.to_string();
        Some(if origin.is_empty() { unfinished.to_string() } else { format!("{unfinished}; {origin}") })
    }

    /// Whether its data counts although it was never finished.
    #[must_use]
    pub fn counts_unfinished(&self) -> bool {
        self.unfinished.is_some() && self.counts()
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
    /// It is older than `--max-age` allows, and was passed over.
    TooOld,
    /// It could not be used.
    Rejected {
        /// The fault and its place, in one line.
        why: String,
        /// The remedy, if the fault suggests one.
        help: Option<String>,
    },
}
