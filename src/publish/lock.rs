//! Keeps other runs away from the directories of the outputs: of two runs, one comes second, and their outputs are not mixed.

use std::collections::BTreeSet;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use super::journal::Unfinished;
use super::litter;

/// Locked directories, until it is dropped. Directories that the system cannot lock are not: then no run waits.
pub(super) struct Locks {
    _directories: Vec<File>,
    /// Those in which a killed run left a publication unfinished, which is now finished.
    pub(super) finished: Vec<PathBuf>,
}

impl Locks {
    /// Waits for all runs that have one of the directories locked, locks all, finishes publications that killed runs left there, and removes
    /// their drafts. This run will replace the targets for which `replaces` holds.
    ///
    /// # Errors
    /// As those of [`Unfinished::finish`].
    pub(super) fn wait(
        directories: &BTreeSet<PathBuf>,
        replaces: &dyn Fn(&Path) -> bool,
    ) -> Result<Self, (PathBuf, io::Error)> {
        let mut wanted = directories.clone();
        loop {
            // All runs lock in the same order, so no two wait for each other.
            let locks: Vec<File> = wanted.iter().filter_map(|directory| lock(directory)).collect();
            let unfinished: Vec<(&PathBuf, Unfinished)> =
                directories.iter().filter_map(|directory| Some((directory, Unfinished::find(directory)?))).collect();
            let more: BTreeSet<PathBuf> = unfinished.iter().flat_map(|(_, left)| left.homes()).collect();
            if more.is_subset(&wanted) {
                let finished = unfinished.iter().map(|(directory, _)| (*directory).clone()).collect();
                unfinished.into_iter().try_for_each(|(_, left)| left.finish(replaces))?;
                for directory in &wanted {
                    litter::sweep(directory);
                }
                return Ok(Self { _directories: locks, finished });
            }
            wanted.extend(more);
        }
    }
}

fn lock(directory: &Path) -> Option<File> {
    let opened = directory.is_dir().then(|| File::open(directory))?.ok()?;
    opened.lock().ok()?;
    Some(opened)
}
