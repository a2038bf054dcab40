//! All changes of one publication, or none: what fails is undone, and what a killed run left is finished by the next one.

use std::fs::{self, File, Metadata};
use std::io;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use serde::{Deserialize, Serialize};

use super::stage;
use crate::regular;

/// One step on the way of complete drafts to their places.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Change {
    pub(super) kind: Kind,
    /// A path on the file system of the target. What the change takes from the target is there afterwards.
    pub(super) draft: PathBuf,
    pub(super) target: PathBuf,
}

/// The kinds of changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Kind {
    /// The draft takes the place of the target, which need not exist.
    Put,
    /// The draft is a directory, and the target does not exist.
    Appear,
    /// The target goes; the draft does not exist.
    Remove,
}

/// The signs by which a file is known under another name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Sign {
    /// In bytes.
    size: u64,
    /// In nanoseconds. Files that one run wrote may have the same time.
    modified: u64,
    /// Its number in the file system; 0 if the system tells none. A copy has another one.
    number: u64,
}

impl Sign {
    fn is_of(self, other: Option<Self>) -> bool {
        other.is_some_and(|other| (self.size, self.modified) == (other.size, other.modified))
    }
}

#[cfg(unix)]
fn number(metadata: &Metadata) -> u64 {
    std::os::unix::fs::MetadataExt::ino(metadata)
}

#[cfg(not(unix))]
fn number(_: &Metadata) -> u64 {
    0
}

/// The signs of a file; `None` if there is no such file.
fn sign(path: &Path) -> io::Result<Option<Sign>> {
    let metadata = match path.symlink_metadata() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        metadata => metadata?,
    };
    let modified = metadata.modified()?.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_nanos());
    let modified = u64::try_from(modified).unwrap_or(u64::MAX);
    Ok(Some(Sign { size: metadata.len(), modified, number: number(&metadata) }))
}

impl Change {
    /// The signs of the file that the change moves; `None` for a directory, which replaces nothing.
    pub(super) fn sign(&self) -> io::Result<Option<Sign>> {
        match self.kind {
            Kind::Put => sign(&self.draft),
            Kind::Remove => sign(&self.target),
            Kind::Appear => Ok(None),
        }
    }

    /// Makes the change.
    pub(super) fn make(&self) -> io::Result<()> {
        let Self { kind, draft, target } = self;
        match kind {
            Kind::Remove => fs::rename(target, draft),
            Kind::Appear => stage::make_room(draft).and_then(|()| fs::rename(draft, target)),
            Kind::Put => match target.symlink_metadata() {
                Ok(metadata) if metadata.is_dir() => Err(io::ErrorKind::IsADirectory.into()),
                Ok(_) => swap(draft, target),
                Err(error) if error.kind() == io::ErrorKind::NotFound => fs::rename(draft, target),
                Err(error) => Err(error),
            },
        }
    }

    /// Takes the change back.
    fn undo(&self) -> io::Result<()> {
        let Self { kind, draft, target } = self;
        match kind {
            Kind::Remove => fs::rename(draft, target),
            // What was there before is now in the draft's place.
            Kind::Put if draft.symlink_metadata().is_ok() => swap(draft, target),
            Kind::Put | Kind::Appear => fs::rename(target, draft),
        }
    }

    /// The state of a change of a run that was killed; `moved` are the signs of the file that it moves.
    pub(super) fn state(&self, moved: Option<Sign>) -> io::Result<State> {
        let (draft, target) = (sign(&self.draft)?, sign(&self.target)?);
        let is = |there| moved.is_some_and(|moved| moved.is_of(there));
        let is_same = || target.map(|target| target.number) == moved.map(|moved| moved.number);
        let (is_made, is_to_do) = match self.kind {
            Kind::Put if is(draft) && is(target) => (is_same(), !is_same()),
            Kind::Put => (is(target), is(draft)),
            Kind::Remove => (target.is_none(), is(target) && draft.is_none()),
            Kind::Appear => (!self.draft.is_dir() && target.is_some(), self.draft.is_dir() && target.is_none()),
        };
        Ok(match (is_made, is_to_do) {
            (true, _) => State::Made,
            (false, true) => State::ToDo,
            (false, false) => State::Lost,
        })
    }
}

/// The state of a change of a run that was killed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    Made,
    ToDo,
    /// The draft is gone, or somebody has replaced or copied the files meanwhile.
    Lost,
}

/// Why changes could not be made.
pub(super) struct Failed {
    /// The index of the change that failed.
    pub(super) at: usize,
    /// The system's reason.
    pub(super) source: io::Error,
    /// Whether all others are taken back.
    pub(super) undone: bool,
}

/// Makes all changes or, if one of them fails, none.
///
/// A target that the system lets nobody replace is written in place, after all others: a file that is mounted on its own, or one in a directory
/// that protects the files of others.
pub(super) fn make_all(changes: &[Change]) -> Result<(), Failed> {
    let mut made: Vec<&Change> = Vec::with_capacity(changes.len());
    let mut in_place = Vec::new();
    let outcome = changes.iter().enumerate().try_for_each(|(at, change)| {
        match change.make() {
            Ok(()) => made.push(change),
            Err(error) => in_place.push((at, change, opened(change, error).map_err(|source| (at, source))?)),
        }
        Ok(())
    });
    let outcome = outcome.and_then(|()| {
        in_place.into_iter().try_for_each(|(at, change, target)| {
            let draft = regular::open(&change.draft);
            draft.and_then(|(mut draft, _)| overwrite(&target, &mut draft)).map_err(|source| (at, source))
        })
    });
    outcome.map_err(|(at, source)| {
        // As many as possible.
        let undone = made.into_iter().rev().map(Change::undo).filter(Result::is_err).count() == 0;
        Failed { at, source, undone }
    })
}

/// The target of a change that cannot be made, opened to be written in place.
fn opened(change: &Change, error: io::Error) -> io::Result<File> {
    use io::ErrorKind::{CrossesDevices, PermissionDenied, ReadOnlyFilesystem, ResourceBusy};
    let is_fixed = matches!(error.kind(), CrossesDevices | PermissionDenied | ReadOnlyFilesystem | ResourceBusy)
        && change.kind == Kind::Put
        && change.target.symlink_metadata().is_ok_and(|metadata| metadata.is_file());
    if is_fixed { File::options().write(true).open(&change.target).map_err(|_| error) } else { Err(error) }
}

/// Replaces the content of a file.
fn overwrite(mut target: &File, draft: &mut File) -> io::Result<()> {
    target.set_len(0)?;
    io::copy(draft, &mut target).map(drop)
}

/// Exchanges a draft and its target, which exists. At no time is the target not there.
fn swap(draft: &Path, target: &Path) -> io::Result<()> {
    match exchange(draft, target) {
        Err(error) if matches!(error.kind(), io::ErrorKind::InvalidInput | io::ErrorKind::Unsupported) => {
            by_a_copy(draft, target)
        }
        outcome => outcome,
    }
}

#[cfg(any(target_os = "linux", target_os = "android", target_vendor = "apple"))]
fn exchange(one: &Path, other: &Path) -> io::Result<()> {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    Ok(renameat_with(CWD, one, CWD, other, RenameFlags::EXCHANGE)?)
}

#[cfg(not(any(target_os = "linux", target_os = "android", target_vendor = "apple")))]
fn exchange(_: &Path, _: &Path) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

/// The same where files cannot be exchanged.
pub(super) fn by_a_copy(draft: &Path, target: &Path) -> io::Result<()> {
    let kept = draft.with_extension("old.tmp");
    fs::hard_link(target, &kept).or_else(|_| fs::copy(target, &kept).map(drop))?;
    fs::rename(draft, target).inspect_err(|_| _ = fs::remove_file(&kept))?;
    fs::rename(kept, draft)
}
