//! The draft of a site: a directory that is locked while its run lives. Drafts left by killed runs are removed.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io;
use std::path::Path;

use tempfile::TempDir;

use super::DIRECTORIES;
use super::contents::begins_with;

/// The file that is locked in a draft. A directory without it is not a draft, or must not be removed yet.
pub(super) const LOCK: &str = "lock";

/// The content of that file.
pub(super) const LOCKED: &[u8] = b"covmerge drafts a report here\n";

/// A directory for drafting, which is removed at the end unless it became the site.
pub(super) struct Stage {
    /// Locked while this run lives: an unlocked draft has no owner. Closed before the directory that contains it is removed.
    lock: Option<File>,
    directory: TempDir,
}

impl Stage {
    /// Creates a draft in `near`, with the directories of a site.
    pub(super) fn new(near: &Path) -> io::Result<Self> {
        let directory = tempfile::Builder::new().prefix(".covmerge-").suffix(".tmp").tempdir_in(near)?;
        let stage = Self { lock: Some(locked(directory.path())?), directory };
        for directory in DIRECTORIES {
            fs::create_dir(stage.path().join(directory))?;
        }
        Ok(stage)
    }

    pub(super) fn path(&self) -> &Path {
        self.directory.path()
    }

    /// Renames the whole draft to `target`, which does not exist yet. If that fails, the draft remains.
    pub(super) fn appear(&mut self, target: &Path) -> io::Result<()> {
        // The order matters: a draft without a lock file is being put in its place, and no run removes it.
        fs::remove_file(self.path().join(LOCK))?;
        self.lock = None;
        open_to_others(self.path())?;
        fs::rename(self.path(), target)?;
        // It is no longer temporary.
        self.directory.disable_cleanup(true);
        Ok(())
    }
}

/// The lock of a draft, taken before the lock file has its name, so that no other run sees it unlocked.
fn locked(stage: &Path) -> io::Result<File> {
    let unseen = stage.join("unseen");
    fs::write(&unseen, LOCKED)?;
    let lock = File::open(&unseen)?;
    // If files cannot be locked, drafts left by killed runs stay.
    _ = lock.try_lock();
    fs::rename(unseen, stage.join(LOCK))?;
    Ok(lock)
}

/// A temporary directory is for its owner alone, but a report is for everybody, less the umask; a new directory shows the umask.
#[cfg(unix)]
fn open_to_others(stage: &Path) -> io::Result<()> {
    let ordinary = fs::metadata(stage.join(DIRECTORIES[0]))?.permissions();
    fs::set_permissions(stage, ordinary)
}

#[cfg(not(unix))]
fn open_to_others(_: &Path) -> io::Result<()> {
    Ok(())
}

/// Whether a directory contains only drafts.
pub(super) fn holds_nothing(directory: &Path) -> bool {
    fs::read_dir(directory)
        .is_ok_and(|mut entries| entries.all(|entry| entry.is_ok_and(|entry| is_draft(&entry.file_name()))))
}

fn is_draft(name: &OsStr) -> bool {
    let name = name.to_string_lossy();
    name.starts_with(".covmerge-") && name.ends_with(".tmp")
}

/// Removes the drafts in `directory` that killed runs left: those that can be locked.
pub(super) fn sweep(directory: &Path) {
    for entry in fs::read_dir(directory).into_iter().flatten().flatten() {
        let lock = entry.path().join(LOCK);
        if !is_draft(&entry.file_name()) || !begins_with(&lock, LOCKED) {
            continue;
        }
        // The lock file must still exist: a run removes it when it puts its draft in place.
        let is_free = File::open(&lock).is_ok_and(|file| file.try_lock().is_ok() && lock.exists());
        if is_free {
            // A draft that cannot be removed does no harm.
            _ = fs::remove_dir_all(entry.path());
        }
    }
}
