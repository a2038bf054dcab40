//! Walks a directory without the parts that are large and hold neither fragments nor sources of the project.

use std::fs;
use std::path::Path;

/// Directories of version control, tools and caches.
const PASSED_OVER: [&str; 8] =
    [".git", ".hg", ".svn", "node_modules", "__pycache__", ".mypy_cache", ".pytest_cache", ".ruff_cache"];

/// Whether a directory is passed over: by its name, or because it is a virtual environment.
#[must_use]
pub fn is_passed_over(directory: &Path) -> bool {
    let by_name = directory.file_name().is_some_and(|name| PASSED_OVER.iter().any(|&passed| name == passed));
    by_name || directory.join("pyvenv.cfg").is_file()
}

/// Calls `visit` with the files below `directory`, in any order, until it returns false; at most `most` entries are looked at. What cannot be read
/// is left out. Returns whether it came to the end.
pub fn files(directory: &Path, most: usize, visit: &mut dyn FnMut(&Path) -> bool) -> bool {
    // Without recursion: a tree may be deeper than the stack.
    let mut directories = vec![directory.to_owned()];
    let mut left = most;
    while let Some(directory) = directories.pop() {
        for entry in fs::read_dir(directory).into_iter().flatten().flatten() {
            if left == 0 {
                return false;
            }
            left -= 1;
            let path = entry.path();
            // A link to a directory may lead back.
            if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                if !is_passed_over(&path) {
                    directories.push(path);
                }
            } else if !visit(&path) {
                return false;
            }
        }
    }
    true
}
