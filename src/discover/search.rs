//! A directory, and everything in it that looks like a fragment.

use std::ffi::OsStr;
use std::fs::{self, DirEntry, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::{LooksLike, Unmatched};
use crate::model::fragment::Likeness;

/// How much of a file is looked at.
const HEAD: u64 = 4096;

/// Directories that hold no fragments and much else.
const PASSED_OVER: [&str; 8] =
    [".git", ".hg", ".svn", "node_modules", "__pycache__", ".mypy_cache", ".pytest_cache", ".ruff_cache"];

/// Adds the files below `directory` that look like fragments to `found`, and to `reports` what looks like the report of an earlier run; in no
/// order.
pub(super) fn fragments(
    directory: &Path,
    looks_like: LooksLike<'_>,
    found: &mut Vec<PathBuf>,
    reports: &mut Vec<PathBuf>,
) -> Result<(), Unmatched> {
    walk(directory, usize::MAX, &mut |path| {
        match likeness(path, looks_like)? {
            Likeness::Fragment => found.push(path.to_owned()),
            Likeness::Report => reports.push(path.to_owned()),
            Likeness::Other => {}
        }
        Ok(())
    })
}

/// What the file at `path` looks like. What is gone meanwhile looks like nothing.
pub(super) fn likeness(path: &Path, looks_like: LooksLike<'_>) -> Result<Likeness, Unmatched> {
    let Some(name) = path.file_name().filter(|name| !is_side_file(name)) else { return Ok(Likeness::Other) };
    let mut head = Vec::new();
    match File::open(path).and_then(|file| file.take(HEAD).read_to_end(&mut head)) {
        Ok(_) => Ok(looks_like(&name.to_string_lossy(), &head)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Likeness::Other),
        // It may be a fragment: to pass it over would be to lose it in silence.
        Err(source) => Err(Unmatched::Unreadable { path: path.to_owned(), source }),
    }
}

/// Shows `visit` every file below `directory` that is not passed over, among the first `most` entries.
pub(super) fn walk(
    directory: &Path,
    most: usize,
    visit: &mut dyn FnMut(&Path) -> Result<(), Unmatched>,
) -> Result<(), Unmatched> {
    let mut left = most;
    // Not by recursion: a tree may be deeper than the stack.
    let mut directories = vec![directory.to_owned()];
    while let Some(directory) = directories.pop() {
        for entry in entries(&directory)? {
            if left == 0 {
                return Ok(());
            }
            left -= 1;
            let path = entry.path();
            if is_directory(&entry) {
                if !is_passed_over(&path) {
                    directories.push(path);
                }
            } else if path.is_file() {
                visit(&path)?;
            }
        }
    }
    Ok(())
}

/// Every directory below `directory`, itself included, that is not passed over.
pub(super) fn directories(directory: &Path) -> Result<Vec<PathBuf>, Unmatched> {
    let mut all = vec![directory.to_owned()];
    let mut next = 0;
    while let Some(directory) = all.get(next).cloned() {
        next += 1;
        let below = entries(&directory)?.into_iter().filter(is_directory).map(|entry| entry.path());
        all.extend(below.filter(|path| !is_passed_over(path)));
    }
    Ok(all)
}

/// What is in a directory.
pub(super) fn entries(directory: &Path) -> Result<Vec<DirEntry>, Unmatched> {
    let unreadable = |source| Unmatched::Unreadable { path: directory.to_owned(), source };
    fs::read_dir(directory).map_err(unreadable)?.collect::<io::Result<_>>().map_err(unreadable)
}

/// Whether it is a directory itself, and not a link to one.
fn is_directory(entry: &DirEntry) -> bool {
    entry.file_type().is_ok_and(|kind| kind.is_dir())
}

fn is_passed_over(directory: &Path) -> bool {
    let by_name = directory.file_name().is_some_and(|name| PASSED_OVER.iter().any(|&passed| name == passed));
    by_name || directory.join("pyvenv.cfg").is_file()
}

/// Whether it is SQLite's and not ours.
pub(super) fn is_side_file(name: &OsStr) -> bool {
    let name = name.as_encoded_bytes();
    [&b"-journal"[..], b"-wal", b"-shm"].iter().any(|end| name.ends_with(end))
}
