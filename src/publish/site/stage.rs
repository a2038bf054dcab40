//! Where a site is drafted: a directory that is locked as long as the run lives that drafts in it. What killed runs left is swept away.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io;
use std::path::Path;

use tempfile::TempDir;

use super::DIRECTORIES;
use super::contents::begins_with;

/// What is locked in a draft; a directory without it is not a draft, or must not be removed yet.
pub(super) const LOCK: &str = "lock";

/// What stands in it.
pub(super) const LOCKED: &[u8] = b"covmerge drafts a report here\n";

/// A directory to draft in; removed in the end, unless it took its place.
pub(super) struct Stage {
    /// Locked as long as this run lives: what is not locked is nobody's. Closed before the directory that it is in is removed.
    lock: Option<File>,
    directory: TempDir,
}

impl Stage {
    /// Makes one in `near`, with the directories of a site.
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

    /// Gives all that was drafted a name that does not exist yet. If that fails, it is still there.
    pub(super) fn appear(&mut self, target: &Path) -> io::Result<()> {
        // In this order: what is locked but not there any more is being put in its place, and no run sweeps it away.
        fs::remove_file(self.path().join(LOCK))?;
        self.lock = None;
        open_to_others(self.path())?;
        fs::rename(self.path(), target)?;
        // It is no longer temporary.
        self.directory.disable_cleanup(true);
        Ok(())
    }
}

/// The lock of a draft, taken before it has its name: no other run sees it free.
fn locked(stage: &Path) -> io::Result<File> {
    let unseen = stage.join("unseen");
    fs::write(&unseen, LOCKED)?;
    let lock = File::open(&unseen)?;
    // Where files cannot be locked, what killed runs leave stays.
    _ = lock.try_lock();
    fs::rename(unseen, stage.join(LOCK))?;
    Ok(lock)
}

/// A temporary directory is its owner's alone; a report is everybody's, less the umask, which a new directory tells.
#[cfg(unix)]
fn open_to_others(stage: &Path) -> io::Result<()> {
    let ordinary = fs::metadata(stage.join(DIRECTORIES[0]))?.permissions();
    fs::set_permissions(stage, ordinary)
}

#[cfg(not(unix))]
fn open_to_others(_: &Path) -> io::Result<()> {
    Ok(())
}

/// Whether a directory is empty but for drafts.
pub(super) fn holds_nothing(directory: &Path) -> bool {
    fs::read_dir(directory)
        .is_ok_and(|mut entries| entries.all(|entry| entry.is_ok_and(|entry| is_draft(&entry.file_name()))))
}

fn is_draft(name: &OsStr) -> bool {
    let name = name.to_string_lossy();
    name.starts_with(".covmerge-") && name.ends_with(".tmp")
}

/// Removes the drafts in `directory` that killed runs left: those that could be locked.
pub(super) fn sweep(directory: &Path) {
    for entry in fs::read_dir(directory).into_iter().flatten().flatten() {
        let lock = entry.path().join(LOCK);
        if !is_draft(&entry.file_name()) || !begins_with(&lock, LOCKED) {
            continue;
        }
        // That it is still there tells that it was not let go to be put in its place.
        let is_free = File::open(&lock).is_ok_and(|file| file.try_lock().is_ok() && lock.exists());
        if is_free {
            // What cannot be removed is in nobody's way.
            _ = fs::remove_dir_all(entry.path());
        }
    }
}
