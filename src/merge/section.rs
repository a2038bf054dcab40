//! A section of a seal.

use std::path::Path;

use super::age::Limit;
use super::error::Error;
use crate::model::fragment::{Fragment, Outcome, SealedIn};
use crate::model::seal::{Seal, Section};
use crate::read::{self, covmerge};
use crate::seal;

/// A section and the seal that holds it.
#[derive(Clone, Copy)]
pub(super) struct Of<'a> {
    pub(super) path: &'a Path,
    /// The place of the seal among all.
    pub(super) at: usize,
    pub(super) seal: &'a Seal,
    pub(super) section: &'a Section,
    /// The place of the section in its seal.
    pub(super) index: usize,
}

impl Of<'_> {
    /// The seal and, where it holds several, the shard: `` `all.covmerge` (shard 3 of 12) ``.
    pub(super) fn name(self) -> String {
        let path = format!("`{}`", self.path.display());
        match &self.section.job.shard {
            Some(shard) => format!("{path} ({shard})"),
            None => path,
        }
    }

    /// Whether a newer attempt may replace it that is not here.
    pub(super) fn may_be_replaced(self) -> bool {
        self.section.job.shard.is_some() && self.section.job.attempt.is_some()
    }

    /// Whether all of its fragments that count are too old.
    pub(super) fn is_too_old(self, limit: &Limit) -> bool {
        let mut counting = self.section.fragments.iter().filter(|fragment| fragment.counts()).peekable();
        counting.peek().is_some() && counting.all(|fragment| limit.excludes(&fragment.origin))
    }

    /// The fragments of the section.
    pub(super) fn fragments(self) -> impl Iterator<Item = Fragment> {
        let sealed_in = self.place();
        let fragments = self.section.fragments.iter();
        fragments.map(move |fragment| Fragment { sealed_in: Some(sealed_in.clone()), ..fragment.clone() })
    }

    /// The same of a section that is there twice: copies of fragments.
    pub(super) fn copies(self) -> impl Iterator<Item = Fragment> {
        self.fragments().map(|fragment| {
            let outcome = match fragment.outcome {
                Outcome::Merged { .. } => Outcome::Duplicate { of: fragment.path.clone() },
                outcome => outcome,
            };
            Fragment { outcome, ..fragment }
        })
    }

    /// Where its fragments are sealed.
    pub(super) fn place(self) -> SealedIn {
        let Section { job, max_age, .. } = self.section;
        SealedIn { seal: self.path.to_owned(), section: self.index, shard: job.shard.clone(), max_age: *max_age }
    }
}

/// The error of a seal whose digest is right and whose content is not.
pub(super) fn damaged(path: &Path, error: &seal::Error) -> Error {
    refused(path, covmerge::failed(error))
}

/// The error of a seal whose facts exceed a limit, or are damaged.
pub(super) fn refused(path: &Path, error: read::Error) -> Error {
    bad(path, Outcome::Rejected { why: error.to_string(), help: error.help })
}

/// The error of a seal that cannot be used.
pub(super) fn bad(path: &Path, outcome: Outcome) -> Error {
    Error::Bad(vec![Fragment { format: Some(covmerge::NAME), outcome, ..Fragment::untried(path.to_owned()) }])
}
