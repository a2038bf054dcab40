//! Why files cannot be counted, and the remedies.

use std::borrow::Cow;
use std::path::PathBuf;

use crate::analyse;
use crate::model::limits::raise;
use crate::model::lost::Lost;
use crate::model::settings::PythonVersion;
use crate::model::status::Status;
use crate::model::trace::Unusable;
use crate::model::words::out_of;
use crate::python::re;
use crate::sources;

/// What to do about files that are not there.
pub const LOST: &str = "map the path under `[paths]` or with `--map`, leave the file out with `omit`, or leave out all such files with `--ignore-errors`";

/// Why no report could be made.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Some files cannot be counted; all of them are listed, sorted by path.
    #[error("{} cannot be counted", out_of(uncounted(.problems, .lost), *.of as u64, .noun))]
    Files {
        /// The error of each file that is there.
        problems: Vec<FileError>,
        /// The files that are not, in groups.
        lost: Vec<Lost>,
        /// How many files there are.
        of: usize,
        /// Whether all of them were measured, in a word: `measured file`, or `file`.
        noun: &'static str,
    },
    /// No fragment names a file, or `include` and `omit` leave none.
    #[error("no data to report: {0}")]
    NoData(&'static str),
    /// Too many executed lines are not in the sources; the text counts them and names a file.
    #[error("no verdict: {0}")]
    Stale(String),
    /// Every file was left out because its source could not be used.
    #[error("no data to report: every source is missing or cannot be parsed ({0} of {0})")]
    NothingParsable(usize),
}

impl Error {
    /// What to do about it; `None` for files, each of which has its own advice.
    #[must_use]
    pub const fn help(&self) -> Option<&'static str> {
        match self {
            Self::Files { .. } => None,
            Self::NoData(_) => Some("check `include` and `omit`, and look at the fragments with `covmerge inspect`"),
            Self::Stale(_) => Some(
                "the sources differ from those that were measured: report from the revision that was measured; or count what fits, with \
                 `--stale-sources warn`",
            ),
            Self::NothingParsable(_) => {
                Some("check out the sources that were measured, or map their paths under `[paths]`")
            }
        }
    }

    /// The exit status of the process.
    #[must_use]
    pub fn status(&self) -> Status {
        match self {
            Self::Files { problems, .. } if problems.iter().any(|problem| problem.kind.is_usage()) => Status::Usage,
            _ => Status::NoReport,
        }
    }
}

/// How many files these are.
#[must_use]
pub fn uncounted(problems: &[FileError], lost: &[Lost]) -> u64 {
    (problems.len() + lost.iter().map(|lost| lost.names.len()).sum::<usize>()) as u64
}

/// Why a file cannot be counted.
#[derive(Debug, thiserror::Error)]
#[error("{kind}")]
pub struct FileError {
    /// Its name, as shown.
    pub name: String,
    /// Whether a fragment names it; one that none names is below `source`.
    pub named: bool,
    /// The kind of error.
    pub kind: FileErrorKind,
}

/// The kinds of error of a file.
#[derive(Debug, thiserror::Error)]
pub enum FileErrorKind {
    /// The source does not exist, or cannot be read or decoded.
    #[error(transparent)]
    Source(#[from] sources::Error),
    /// Fragments of one tool list different statements, so that its source must decide, and it does not exist.
    #[error(
        "its fragments list different statements, as those of two versions of {tool} do, and `{}`, which would decide, does not exist",
        .tried.display()
    )]
    DifferingLists {
        /// The tool.
        tool: &'static str,
        /// The place where the source was expected.
        tried: PathBuf,
    },
    /// The job that sealed the data could not use the source, and it is not here.
    #[error("`{}` does not exist, and `{}` was sealed without the source: {}", .tried.display(), .unusable.seal, .unusable.why)]
    Unsealed {
        /// The place where the source was expected.
        tried: PathBuf,
        /// The reason of the job.
        unusable: Unusable,
    },
    /// CPython would not compile it.
    #[error("{error}")]
    Parse {
        /// The syntax error.
        error: analyse::SyntaxError,
        /// The first newer version that would compile it.
        accepted_by: Option<PythonVersion>,
    },
    /// An exclusion pattern exceeded its limit of steps on this text.
    #[error(transparent)]
    Pattern(#[from] re::Error),
    /// A plugin of coverage.py measured it, and its statements are unknown.
    #[error("it is recorded under coverage.py's plugin `{0}`, and none of its fragments lists its statements")]
    Plugin(String),
    /// Sources are not to be used, and a fragment lists more lines as executed than it counts: older JSON from coverage.py lists docstrings.
    #[error("a fragment lists more executed lines than it counts, so the list is not one of statements")]
    UnsureClaims,
    /// Sources are not to be used, and contexts were selected: the lines that ran in those are known as lines of text, and only the source says
    /// which statements they belong to.
    #[error(
        "fragments record contexts by line, and with `--analysis never` the source, which maps lines to statements, is not read"
    )]
    ChosenContexts,
    /// Sources are not to be used, and no fragment makes any claim.
    #[error("none of its fragments lists its statements, and with `--analysis never` its source is not read")]
    NoClaims,
    /// Sources are not to be used, and two tools claim different things: the sum of their claims would match neither tool's number.
    #[error("{} list different statements or branches, and with `--analysis never` its source is not read", .0.join(" and "))]
    Disagreement(Vec<&'static str>),
}

impl FileError {
    /// The beginning of its message: "`app.py` was measured, but its source cannot be read".
    #[must_use]
    pub fn subject(&self) -> String {
        let Self { name, named, kind } = self;
        let why = if *named { "was measured" } else { "is below `source`" };
        format!("`{name}` {why}, but {}", kind.what())
    }
}

impl FileErrorKind {
    /// The end of a message: "`app.py` was measured, but …".
    #[must_use]
    pub fn what(&self) -> &'static str {
        match self {
            Self::Source(sources::Error::NotFound { .. }) | Self::DifferingLists { .. } => "its source was not found",
            Self::Source(_) => "its source cannot be read",
            Self::Unsealed { .. } => "its source is not in a seal",
            Self::Parse { .. } => "its source cannot be parsed",
            Self::Pattern(_) => "its excluded lines cannot be determined",
            Self::Plugin(_) => "only its plugin knows its statements",
            Self::NoClaims | Self::UnsureClaims => "its statements are not known",
            Self::ChosenContexts => "the statements that ran are not known",
            Self::Disagreement(_) => "two tools disagree about it",
        }
    }

    /// Whether the settings are at fault: exit status 64.
    #[must_use]
    pub const fn is_usage(&self) -> bool {
        matches!(self, Self::Pattern(_))
    }

    /// What to do about it.
    #[must_use]
    pub fn help(&self) -> Cow<'static, str> {
        Cow::Borrowed(match self {
            Self::Parse { accepted_by: Some(newer), .. } => {
                return Cow::Owned(format!(
                    "Python {newer} accepts it: name the Python that ran the tests, as with `--python-version {newer}`; or leave the file out with \
                     `omit`, or all such files with `--ignore-errors`"
                ));
            }
            Self::Source(sources::Error::Undecodable(_)) => {
                "correct the encoding that the source declares; or leave the file out with `omit`, or all such files with `--ignore-errors`"
            }
            Self::Source(sources::Error::NotFound { .. }) => LOST,
            Self::DifferingLists { .. } => {
                "report where the sources are; or make all reports with one version; or unite the lists as they are, with `--analysis never`"
            }
            Self::Unsealed { .. } => {
                "let the job that seals read the source, or report where it is; or leave the file out with `omit`, or all such files with `--ignore-errors`"
            }
            Self::Source(sources::Error::TooLarge { .. }) => {
                return Cow::Owned(format!(
                    "{}; or leave the file out with `omit`, or all such files with `--ignore-errors`",
                    raise("source-size")
                ));
            }
            Self::Source(_) => {
                "make the source readable; or leave the file out with `omit`, or all such files with `--ignore-errors`"
            }
            Self::Parse { .. } => {
                "check that `--python-version` is the Python that ran the tests; or leave the file out with `omit`, or all such files with `--ignore-errors`"
            }
            Self::Pattern(error) => return Cow::Owned(error.help()),
            Self::Plugin(_) => {
                "leave the file out with `omit`, or merge JSON reports of coverage.py, which list its statements"
            }
            Self::NoClaims | Self::UnsureClaims => "leave `--analysis never` out, so that the source is read",
            Self::ChosenContexts => "leave `--analysis never` out, so that the source is read, or count all contexts",
            Self::Disagreement(_) => "leave one tool's fragments out, or let the source decide with `--analysis auto`",
        })
    }
}
