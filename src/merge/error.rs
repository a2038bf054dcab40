//! The reasons why the fragments cannot be merged.

use std::path::{Path, PathBuf};

use super::age;
use crate::model::duration::Duration;
use crate::model::fragment::{Fragment, Outcome};
use crate::model::seal::Section;
use crate::model::status::Status;
use crate::model::study::Fingerprint;
use crate::model::trace::MeantHere;
use crate::model::words::counted;
use crate::paths::NotFound;

/// What to do about patterns that backtrack too much.
pub(super) const REPETITIONS: &str = "rewrite `contexts` so that it does not backtrack exponentially (avoid `(a+)+`)";

/// Why no trace could be made.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Some fragments cannot be used. All that were found are listed here, so that every bad one can be shown.
    #[error("{} of {} fragments cannot be used", rejected(.0).count(), .0.len())]
    Bad(Vec<Fragment>),
    /// The requested contexts cannot be selected; the fragments are not at fault.
    #[error("cannot choose contexts: {why}")]
    Contexts {
        /// Why they cannot be selected.
        why: String,
        /// What to do about it.
        help: String,
    },
    /// Every fragment is older than is allowed.
    #[error("{}", age::older(fragments.iter(), *.max_age))]
    TooOld {
        /// The greatest age allowed.
        max_age: Duration,
        /// The fragments.
        fragments: Vec<Fragment>,
    },
    /// Every fragment that is not too old is unfinished and holds nothing.
    #[error("no fragment saved anything ({0} of {0} were never finished or cannot be read)")]
    NothingSaved(usize),
    /// Some fragments have statement data and others have branch data.
    #[error("statement and branch fragments cannot be merged: `{}` measured statements, `{}` measured branches", .statements.display(), .branches.display())]
    Mixed {
        /// The first fragment of statement data.
        statements: PathBuf,
        /// The first fragment of branch data.
        branches: PathBuf,
    },
    /// A relative name leads to a file beside its fragment and to another one.
    #[error("`{name}` in `{}` is two files: `{own}`, which lies beside it, and {other}{}", .fragment.display(), likewise(*.more))]
    Ambiguous {
        /// The name.
        name: String,
        /// The first fragment that records it.
        fragment: PathBuf,
        /// The file beside the fragment.
        own: String,
        /// The other file, and the reason why it may be meant.
        other: String,
        /// The number of other names and fragments of which that holds.
        more: u64,
    },
    /// The fragment of a process lies in two directories or seals, where its names are those of different files.
    #[error("one process cannot have run both `{one}` and `{other}`: {copy} is a copy of {fragment}")]
    Copied {
        /// The fragment, and the seal if it is in one.
        fragment: String,
        /// Its copy, likewise.
        copy: String,
        /// The first file that the fragment names, as reports name it.
        one: String,
        /// The file that the copy means by that name.
        other: String,
        /// Whether the fragment and the copy are sealed.
        are_sealed: [bool; 2],
    },
    /// A place of `--source` is not there.
    #[error(transparent)]
    Source(#[from] NotFound),
    /// The fragments of two parts record one file, and it counts in both.
    #[error("`{file}` counts in two parts, `{one}` and `{other}`{}", likewise_files(*.more))]
    Shared {
        /// The first such file, as reports name it.
        file: String,
        /// The one part.
        one: String,
        /// The other one.
        other: String,
        /// The number of other such files.
        more: u64,
    },
    /// A seal that does not tell the place of its root names a file as one does that tells it: they may be two.
    #[error(transparent)]
    Placeless(Box<Placeless>),
    /// Two plugins, or a plugin and Python, measured one file: the union of their lines would match neither of them.
    #[error("`{file}` is recorded under coverage.py's plugin `{plugin}` and under {}", rival(.other.as_deref()))]
    Rivals {
        /// The file, as reports name it.
        file: String,
        /// The one plugin.
        plugin: String,
        /// The other one; `None` for Python.
        other: Option<String>,
        /// Whether leaving the file out of the reports resolves the conflict.
        omit_helps: bool,
    },
    /// Seals were made with other settings than others, or than this run has.
    #[error("the settings of the seals differ: {0}")]
    Settings(String),
    /// Two seals hold different outlines of one file.
    #[error("{0}")]
    Outlines(Box<Outlines>),
}

/// Two outlines of one file.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{} two outlines of `{file}`{}: {} and {}", holding(*.beside), also(*.more), .whose[0], .whose[1])]
pub struct Outlines {
    /// The file.
    pub file: String,
    /// If the second text is that of the checkout: by what it is meant.
    pub beside: Option<MeantHere>,
    /// The two texts and their seals, in words.
    pub whose: [String; 2],
    /// The number of further such files.
    pub more: u64,
    /// Whether the seals are of several commits or runs.
    pub are_strangers: bool,
}

/// A source in a seal.
#[derive(Clone, Debug)]
pub(super) struct Whose<'a> {
    /// Identifies its text.
    pub(super) fingerprint: Fingerprint,
    /// The seal.
    pub(super) seal: &'a Path,
    /// The section with its shard, the version of covmerge that studied it, and its fragments.
    pub(super) section: &'a Section,
}

impl std::fmt::Display for Whose<'_> {
    /// ``the text ab12… in `1.covmerge` (shard 1 of 2, fragment `.coverage.1` and 3 more fragments, covmerge 0.1.0)``.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Section { job, version, fragments, .. } = self.section;
        write!(f, "the text {} in `{}` (", self.fingerprint, self.seal.display())?;
        if let Some(shard) = &job.shard {
            write!(f, "{shard}, ")?;
        }
        if let Some((first, rest)) = fragments.split_first() {
            write!(f, "fragment `{}`", first.path.display())?;
            if !rest.is_empty() {
                write!(f, " and {}", counted(rest.len() as u64, "more fragment"))?;
            }
            write!(f, ", ")?;
        }
        write!(f, "covmerge {version})")
    }
}

/// A file in two seals, of which one does not tell the place of its root.
#[derive(Debug, thiserror::Error)]
#[error(
    "`{file}` in `{}` may be another file than in `{}`: the root of the second lies at `{}` in the work tree, and the first was not sealed in one{}",
    .seal.display(), .other.display(), if .place.is_empty() { "." } else { .place }, also_files(*.more)
)]
pub struct Placeless {
    /// The first such file, as one of them names it.
    pub file: String,
    /// The seal that does not tell it.
    pub seal: PathBuf,
    /// The seal that tells it.
    pub other: PathBuf,
    /// The place.
    pub place: String,
    /// The number of other such files.
    pub more: u64,
}

fn holding(beside: Option<MeantHere>) -> &'static str {
    match beside {
        None => "the seals hold",
        Some(MeantHere::Fragments) => "seals and the fragments beside them have",
        Some(MeantHere::Source) => "seals and the sources that `--source` finds have",
    }
}

/// The text of a source that is here, in words. Of one that is not shown, the fingerprint would tell whether a guess is right.
#[must_use]
pub fn of_checkout(fingerprint: Fingerprint, is_shown: bool) -> String {
    if is_shown {
        format!("the text {fingerprint} of the checkout")
    } else {
        "the text of the checkout, which is not shown".into()
    }
}

fn also(more: u64) -> String {
    if more == 0 { String::new() } else { format!(" and of {}", counted(more, "more file")) }
}

impl Error {
    /// What to do about it; `None` for bad fragments, each of which has its own advice.
    #[must_use]
    pub fn help(&self) -> Option<String> {
        let advice = match self {
            Self::Bad(_) => return None,
            Self::Contexts { help, .. } => return Some(help.clone()),
            Self::Source(not_found) => return Some(not_found.help()),
            Self::TooOld { .. } => {
                "none is left to report: run the tests again, or allow a greater age with `--max-age`"
            }
            Self::NothingSaved(_) => "no process saved its data: check how the test session ended",
            Self::Mixed { .. } => {
                "measure either all shards or none with `branch = true`, or report only statements with `--branch-mix lines`"
            }
            Self::Ambiguous { .. } => {
                "make each directory a part, with `[[tool.covmerge.part]]` in the settings, or report on each with `--root DIRECTORY`; if the fragment \
                 means the other file, put it elsewhere, or name its directory with `data_file`"
            }
            Self::Copied { are_sealed, .. } => of_copies(*are_sealed),
            Self::Shared { .. } => {
                "leave the file out of one of the parts: with `omit` in the settings of coverage.py in its root, or measure only its own files with `source`"
            }
            Self::Placeless(_) => {
                "seal all of them in checkouts, with `.git`, or none; or make each directory a part, with `[[tool.covmerge.part]]` in the settings"
            }
            Self::Rivals { omit_helps: true, .. } => {
                "measure all shards with the same `plugins`, or leave the file out with `omit`"
            }
            Self::Rivals { .. } => "measure all shards with the same `plugins`",
            Self::Settings(_) => "seal all shards with the same settings, and leave these to the sealing jobs",
            Self::Outlines(outlines) if outlines.beside.is_some() => {
                "check out the revision that was sealed, or seal all fragments of one revision, with one version of covmerge"
            }
            Self::Outlines(_) => "seal all shards of one revision of the sources, with one version of covmerge",
        };
        Some(advice.into())
    }

    /// The exit status of the process.
    #[must_use]
    pub fn status(&self) -> Status {
        match self {
            Self::Bad(_) | Self::NothingSaved(_) | Self::TooOld { .. } => Status::Incomplete,
            Self::Contexts { .. } | Self::Settings(_) | Self::Source(_) => Status::Usage,
            Self::Outlines(outlines) if outlines.are_strangers => Status::Incomplete,
            Self::Outlines(_)
            | Self::Mixed { .. }
            | Self::Ambiguous { .. }
            | Self::Copied { .. }
            | Self::Shared { .. }
            | Self::Placeless(_)
            | Self::Rivals { .. } => Status::NoReport,
        }
    }
}

/// What to do about a fragment and its copy, each sealed or not, in two packages.
pub(super) fn of_copies(are_sealed: [bool; 2]) -> &'static str {
    match are_sealed {
        [false, false] => {
            "delete the copy that lies in the wrong directory; artifacts may have been downloaded into several packages"
        }
        [true, true] => "seal in each package only the fragments of its own tests",
        _ => {
            "delete the fragment if it lies in the wrong directory; else seal there only the fragments of its own tests"
        }
    }
}

fn likewise(more: u64) -> String {
    if more == 0 { String::new() } else { format!(", and likewise {}", counted(more, "more name")) }
}

fn likewise_files(more: u64) -> String {
    if more == 0 { String::new() } else { format!(", and so does {}", counted(more, "more file")) }
}

fn also_files(more: u64) -> String {
    if more == 0 { String::new() } else { format!(" ({} likewise)", counted(more, "more file")) }
}

fn rival(plugin: Option<&str>) -> String {
    plugin.map_or_else(|| "Python's own tracer".into(), |name| format!("the plugin `{name}`"))
}

/// The fragments that could not be used.
pub fn rejected<'a>(fragments: impl IntoIterator<Item = &'a Fragment>) -> impl Iterator<Item = &'a Fragment> {
    fragments.into_iter().filter(|fragment| matches!(fragment.outcome, Outcome::Rejected { .. }))
}
