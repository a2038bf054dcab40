//! Directories that are made for outputs, and go again with them.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// Directories that did not exist before. Those that stay empty are removed when it is dropped, unless they are kept.
#[derive(Default)]
pub(super) struct Created(Vec<PathBuf>);

impl Created {
    /// Makes a directory and those above it, as far as they do not exist.
    pub(super) fn directory(&mut self, directory: &Path) -> io::Result<()> {
        let missing: Vec<&Path> = directory.ancestors().take_while(|above| above.symlink_metadata().is_err()).collect();
        self.0.extend(missing.into_iter().rev().map(Path::to_owned));
        fs::create_dir_all(directory)
    }

    /// Keeps the directories.
    pub(super) fn keep(mut self) {
        self.0.clear();
    }
}

impl Drop for Created {
    fn drop(&mut self) {
        for directory in self.0.iter().rev() {
            // One that holds something by now is somebody else's, too.
            _ = fs::remove_dir(directory);
        }
    }
}
