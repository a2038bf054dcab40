//! Why a run fails, and the remedies.

use std::path::PathBuf;

use crate::model::status::Status;
use crate::model::words::counted;
use crate::python::re;
use crate::{discover, merge, paths, publish, render, tally};

/// Why no trustworthy report could be made, by stage.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The worker threads cannot be started.
    #[error("cannot start worker threads")]
    Threads(#[from] rayon::ThreadPoolBuildError),
    /// A table cannot be sorted as requested.
    #[error(transparent)]
    Render(#[from] render::SortError),
    /// An output cannot be written.
    #[error(transparent)]
    Publish(#[from] publish::Error),
    /// A path pattern cannot be used.
    #[error(transparent)]
    Paths(#[from] paths::Error),
    /// No fragments were found, or the search failed.
    #[error(transparent)]
    Discover(#[from] discover::Error),
    /// Fragments cannot be read or merged.
    #[error(transparent)]
    Merge(#[from] merge::Error),
    /// The patterns that exclude lines do not compile together; `config` refuses them before.
    #[error("the patterns that exclude lines cannot be joined: {0}")]
    Rules(#[from] re::Error),
    /// Files cannot be counted.
    #[error(transparent)]
    Tally(#[from] tally::Error),
    /// An option concerns fragments, but there are only seals.
    #[error("{}: {} found, and not a fragment", aimless(.option), counted(*.seals as u64, "seal"))]
    OnlySeals {
        /// The option.
        option: &'static str,
        /// The number of seals.
        seals: usize,
    },
    /// A fragment cannot be deleted.
    #[error("the reports are written, but fragment `{}` cannot be deleted", .path.display())]
    Delete {
        /// The fragment.
        path: PathBuf,
        /// The system's reason.
        source: std::io::Error,
    },
}

impl Error {
    /// What to do about it; several lines, if there are several causes.
    #[must_use]
    pub fn help(&self) -> Option<String> {
        match self {
            Self::Threads(_) => Some("ask for fewer with `--jobs`".into()),
            Self::Render(error) => Some(error.help().into()),
            Self::Publish(error) => error.help(),
            Self::Discover(error) => error.help(),
            Self::Paths(error) => Some(error.help()),
            Self::Merge(error) => error.help(),
            Self::Tally(error) => error.help().map(Into::into),
            Self::Rules(_) => Some("rewrite the patterns so that they can be joined".into()),
            Self::OnlySeals { option: "--map" | "--root" | "--with-sources", .. } => Some(
                "leave it out: seals stay as they are when they are sealed again; `--map` and `--root` are for the run that merges them, `--with-sources` is for \
                 the jobs that seal fragments"
                    .into(),
            ),
            Self::OnlySeals { .. } => {
                Some("leave the description out: seals keep their own when they are sealed again".into())
            }
            Self::Delete { .. } => Some("delete it by hand, or leave `--delete-fragments` out".into()),
        }
    }

    /// The exit status of the process.
    #[must_use]
    pub fn status(&self) -> Status {
        match self {
            Self::Publish(error) => error.status(),
            Self::Discover(error) => error.status(),
            Self::Merge(error) => error.status(),
            Self::Tally(error) => error.status(),
            Self::Render(_) | Self::Paths(_) | Self::Rules(_) | Self::OnlySeals { .. } => Status::Usage,
            Self::Threads(_) | Self::Delete { .. } => Status::NoReport,
        }
    }
}

/// Why an option that concerns fragments is of no use.
fn aimless(option: &str) -> String {
    match option {
        "--map" | "--root" | "--with-sources" => format!("`{option}` has nothing to act on"),
        _ => "nothing to describe with `--shard` and the like".into(),
    }
}
