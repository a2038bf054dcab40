//! The draft of a site: a directory that is locked while its run lives.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::contents::{DIRECTORIES, IGNORED, begins_with, may_have};
use super::signals;
use crate::regular;

/// The file that is locked in a draft. A directory without it is not a draft, or must not be removed yet.
const LOCK: &str = "lock";

/// The content of that file.
const LOCKED: &[u8] = b"covmerge drafts a report here\n";

/// Its name until it is locked.
const UNSEEN: &str = "unseen";

/// A directory for drafting, which is removed at the end unless it became the site.
pub(super) struct Stage {
    /// Locked while this run lives: an unlocked draft has no owner. Closed before the directory that contains it is removed.
    lock: Option<File>,
    directory: TempDir,
}

impl Stage {
    /// Creates a draft in `near`, with the directories of a site.
    pub(super) fn new(near: &Path) -> io::Result<Self> {
        let mut drafts = signals::drafts();
        let directory = drafts_of_ours().tempdir_in(near).map_err(without_path)?;
        drafts.push(directory.path().to_owned());
        drop(drafts);
        let mut stage = Self { lock: None, directory };
        stage.lock = Some(locked(stage.path())?);
        for directory in DIRECTORIES {
            fs::create_dir(stage.path().join(directory))?;
        }
        Ok(stage)
    }

    pub(super) fn path(&self) -> &Path {
        self.directory.path()
    }

    /// Gives up the lock: the draft is about to be put in its place.
    pub(super) fn unlock(&mut self) {
        self.lock = None;
    }
}

impl Drop for Stage {
    /// Removes the draft, unless it became the site, with no more open files than the lock was: there may not be room for others.
    fn drop(&mut self) {
        self.unlock();
        let removed = |path: &Path| {
            _ = fs::remove_file(path).or_else(|_| fs::remove_dir(path));
        };
        for name in [UNSEEN, LOCK] {
            removed(&self.path().join(name));
        }
        let below = DIRECTORIES.map(|directory| self.path().join(directory));
        for directory in below.iter().map(PathBuf::as_path).chain([self.path()]) {
            let inside: Vec<_> = fs::read_dir(directory).into_iter().flatten().flatten().collect();
            for entry in inside {
                removed(&entry.path());
            }
        }
        removed(self.path());
    }
}

/// Makes a draft a site: without its lock, and for everybody.
pub(super) fn make_room(stage: &Path) -> io::Result<()> {
    match fs::remove_file(stage.join(LOCK)) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    open_to_others(stage)
}

/// The lock of a draft, taken before the lock file has its name, so that no other run sees it unlocked.
fn locked(stage: &Path) -> io::Result<File> {
    let unseen = stage.join(UNSEEN);
    fs::write(&unseen, LOCKED)?;
    let (lock, _) = regular::open(&unseen)?;
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

/// The system's error in one of tempfile, which adds the generated name of the file and keeps no more than the text: `… (os error 24) at path "…"`.
pub(super) fn without_path(error: io::Error) -> io::Error {
    let text = error.to_string();
    let number = text.rsplit_once(" at path ").and_then(|(reason, _)| reason.rsplit_once("(os error "));
    let number = number.and_then(|(_, number)| number.trim_end_matches(')').parse().ok());
    number.map_or(error, io::Error::from_raw_os_error)
}

/// Whether too many files are open, in the process or in the system.
#[cfg(unix)]
pub(super) fn is_of_open_files(error: &io::Error) -> bool {
    const OF_SYSTEM: i32 = 23;
    const OF_PROCESS: i32 = 24;
    error.raw_os_error().is_some_and(|number| [OF_SYSTEM, OF_PROCESS].contains(&number))
}

#[cfg(not(unix))]
pub(super) fn is_of_open_files(_: &io::Error) -> bool {
    false
}

/// Makes drafts, whose names `is_draft` knows.
pub(super) fn drafts_of_ours() -> tempfile::Builder<'static, 'static> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".covmerge-").suffix(".tmp");
    builder
}

/// Whether a file or directory is called like a draft of ours.
pub(super) fn is_draft(name: &OsStr) -> bool {
    let name = name.to_string_lossy();
    name.starts_with(".covmerge-") && name.ends_with(".tmp")
}

/// Whether a directory contains only drafts.
pub(super) fn holds_nothing(directory: &Path) -> bool {
    fs::read_dir(directory)
        .is_ok_and(|mut entries| entries.all(|entry| entry.is_ok_and(|entry| is_draft(&entry.file_name()))))
}

/// Whether a draft was left by a run that was killed. No other run begins one in the same directory meanwhile.
pub(super) fn is_left(stage: &Path) -> bool {
    let lock = stage.join(LOCK);
    if begins_with(&lock, LOCKED) {
        return regular::open(&lock).is_ok_and(|(file, _)| file.try_lock().is_ok());
    }
    // It was not locked yet, or is half removed.
    let is_ours = |name: &OsStr| name == UNSEEN || name == IGNORED || may_have(Path::new(name));
    fs::read_dir(stage)
        .is_ok_and(|mut entries| entries.all(|entry| entry.is_ok_and(|entry| is_ours(&entry.file_name()))))
}
