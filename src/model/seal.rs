//! Seals: the data of test jobs together with the studies of their sources, so that reports need neither fragments nor sources.

use std::path::PathBuf;
use std::sync::Arc;

use super::duration::Duration;
use super::fragment::Fragment;
use super::kind::Kind;
use super::settings::PythonVersion;
use super::shard::Shard;
use super::study::Fingerprint;
use super::warning::Warning;

/// The content of one seal.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Seal {
    /// The sources that its sections name, ascending by fingerprint and kind.
    pub sources: Vec<Source>,
    /// A section for each job that sealed fragments.
    pub sections: Vec<Section>,
}

/// A source that a seal holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// Identifies its text.
    pub fingerprint: Fingerprint,
    /// Whether it was studied for statements alone or for branches too.
    pub kind: Kind,
    /// Its study; equal studies that one version of covmerge packed have equal bytes.
    pub study: Packed,
    /// Its text, if the job sealed texts and it may be shown.
    pub text: Option<String>,
}

/// The data of one sealing job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Section {
    /// The version of covmerge that sealed it.
    pub version: String,
    /// The job.
    pub job: Job,
    /// The place of its root in the work tree, such as `packages/a`, empty at the top; `None` if it lies in none.
    pub place: Option<String>,
    /// The settings that decide numbers.
    pub rules: Rules,
    /// The fragments that it was sealed from, sorted by path.
    pub fragments: Vec<Fragment>,
    /// The greatest age of a fragment that its job allowed, if it did not allow any.
    pub max_age: Option<Duration>,
    /// Whether the metadata of any fragment says that branches were measured.
    pub declares_branches: bool,
    /// Whether a filter by contexts can be answered.
    pub contexts: Selectable,
    /// The reasons why it is incomplete that its fragments do not show themselves.
    pub incomplete: Vec<String>,
    /// The warnings of the sealing job, but for those that its fragments show themselves.
    pub warnings: Vec<Warning>,
    /// Every file that a fragment names or `source` does, ascending by name.
    pub files: Vec<File>,
    /// The facts and claims about these files.
    pub facts: Packed,
}

/// Whether a filter by contexts can be answered from a section.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Selectable {
    /// Its fragments hold the contexts of all facts.
    Yes,
    /// Some fragment is of a format that lacks contexts, or holds those of lines alone.
    No,
}

/// Encoded and compressed data.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Packed {
    /// Its size in bytes, not compressed.
    pub size: u64,
    /// SHA-256 of it, not compressed.
    pub digest: [u8; 32],
    /// The compressed bytes, which equal ones may share.
    pub bytes: Arc<[u8]>,
    /// Where these are in their seal, in bytes.
    pub offset: u64,
}

/// A file of a section.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// Its name: relative to the root if it lies below it.
    pub name: String,
    /// The name without symbolic links, likewise or, in the rest of the work tree, with `..`; empty if it is the same.
    pub real: String,
    /// Whether its path was absolute, and lies below the root.
    pub below_root: bool,
    /// Whether a fragment names it; one that none names is below `source`.
    pub named: bool,
    /// The index of its source in `Seal::sources`; `None` if the job did not find or could not read it.
    pub source: Option<usize>,
    /// Why its text must not be shown; empty if it may be.
    pub unshown: String,
    /// Why the job could not use a source that was there; empty if it could, or if there was none.
    pub unusable: String,
}

/// The settings that decide numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rules {
    /// The Python version whose rules define statements.
    pub python: PythonVersion,
    /// Patterns of lines that are excluded.
    pub exclude: Vec<String>,
    /// Patterns of lines whose exits all count as taken.
    pub partial: Vec<String>,
    /// Whether the user set exclusions.
    pub own_exclusions: bool,
}

/// The job that sealed a section.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Job {
    /// Which shard of how many it is.
    pub shard: Option<Shard>,
    /// Its name in the pipeline, as the CI system names it: that of all its shards and attempts.
    pub name: Option<String>,
    /// The run of the pipeline, as the CI system names it.
    pub run: Option<String>,
    /// A number that rises with each attempt at the job.
    pub attempt: Option<u64>,
    /// The commit that was measured.
    pub commit: Option<String>,
    /// The job's own exit status, or its word for it.
    pub status: Option<String>,
}

impl Job {
    /// Whether its status, if it has one, says that it succeeded.
    #[must_use]
    pub fn succeeded(&self) -> bool {
        self.status.as_deref().is_none_or(|status| matches!(status, "0" | "success" | "succeeded"))
    }
}

/// The data that is sealed besides that of the fragments.
#[derive(Clone, Debug, Default)]
pub struct Sealing {
    /// The job that seals.
    pub job: Job,
    /// The options on the command line that concern fragments alone, as written: seals stay as they are.
    pub of_fragments: Vec<&'static str>,
    /// Whether the texts of sources are sealed, too.
    pub with_sources: bool,
    /// The path of the seal; by default a new name in the working directory.
    pub output: Option<PathBuf>,
}
