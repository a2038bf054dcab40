//! Drafts that killed runs left.

use std::fs;
use std::path::Path;

use super::stage::{is_draft, is_left};
use crate::regular;

/// Removes the drafts in a directory, which is locked, that killed runs left: those that nobody has locked.
pub(super) fn sweep(directory: &Path) {
    for entry in fs::read_dir(directory).into_iter().flatten().flatten() {
        let path = entry.path();
        let Some(kind) = entry.file_type().ok().filter(|_| is_draft(&entry.file_name())) else { continue };
        // A draft that cannot be removed does no harm.
        if kind.is_dir() && is_left(&path) {
            _ = fs::remove_dir_all(&path);
        } else if kind.is_file() && regular::open(&path).is_ok_and(|(file, _)| file.try_lock().is_ok()) {
            _ = fs::remove_file(&path);
        }
    }
}
