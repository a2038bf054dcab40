//! Searches a directory for files that look like fragments.

use std::ffi::OsStr;
use std::fs::{self, DirEntry};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::links::Within;
use super::{Classify, Unmatched};
use crate::model::fragment::FileClass;
use crate::packed::{self, is_archive, is_named_archive, is_named_zip};
use crate::regular;
use crate::walk::is_passed_over;

/// How many bytes of a file to read.
pub(super) const HEAD: u64 = 4096;

/// The files that searches find, in arbitrary order.
#[derive(Debug, Default)]
pub(super) struct Finds {
    /// Files that look like fragments or have the name of one; the reader reports any problem.
    pub(super) files: Vec<PathBuf>,
    /// Files whose names are those of zip archives.
    pub(super) archives: Vec<PathBuf>,
    /// Archives that are not read: tar archives, and zip archives under other names.
    pub(super) closed: Vec<PathBuf>,
    /// Those among them that are passed over, each with the reason in words.
    pub(super) passed_over: Vec<(PathBuf, &'static str)>,
    /// Files that look like reports of an earlier run.
    pub(super) reports: Vec<PathBuf>,
    /// Paths that cannot be accessed, or must not be. They may be or hold fragments: skipping them would silently lose data.
    pub(super) unreadable: Vec<Unmatched>,
}

/// Adds the files below `directory` to `finds`, without skipped directories, from at most `most` entries; whether these are all. Links are not to
/// lead out of `within`.
pub(super) fn search(
    directory: &Path,
    most: usize,
    within: &Within<'_>,
    classify: Classify<'_>,
    finds: &mut Finds,
) -> bool {
    let mut left = most;
    // Without recursion: a tree may be deeper than the stack.
    let mut directories = vec![directory.to_owned()];
    while let Some(directory) = directories.pop() {
        for entry in entries(&directory, &mut finds.unreadable) {
            if left == 0 {
                return false;
            }
            left -= 1;
            let path = entry.path();
            if is_directory(&entry) {
                if !is_passed_over(&path) {
                    directories.push(path);
                }
                continue;
            }
            let is_foreign = entry.file_type().is_ok_and(|kind| kind.is_symlink()) && within.is_left_by(&path);
            match look(&path, classify) {
                Ok(Look::Class(FileClass::Report | FileClass::Other)) if is_foreign => {}
                Ok(Look::Archive) if is_foreign && !is_named_zip(&path) => {}
                Ok(_) if is_foreign => finds.unreadable.push(Unmatched::Outside(path)),
                Ok(Look::Class(FileClass::Fragment)) => finds.files.push(path),
                Ok(Look::Class(FileClass::Report)) => finds.reports.push(path),
                Ok(Look::Class(FileClass::Other)) => {}
                Ok(Look::Archive) if is_named_zip(&path) => finds.archives.push(path),
                Ok(Look::Archive) => finds.closed.push(path),
                Err(why) => finds.unreadable.push(why),
            }
        }
    }
    true
}

/// The class of the file at `path`. Links to directories, broken links, pipes and files that have disappeared are of no interest, unless their
/// names are those of fragments.
pub(super) fn class_of(path: &Path, classify: Classify<'_>) -> Result<FileClass, Unmatched> {
    Ok(match look(path, classify)? {
        Look::Class(class) => class,
        Look::Archive => FileClass::Other,
    })
}

/// A file as a search sees it.
pub(super) enum Look {
    /// A file of that class.
    Class(FileClass),
    /// A zip or tar archive by its name or its content.
    Archive,
}

impl Look {
    /// By the name of the file, and by the beginning of its content, which may be packed.
    pub(super) fn at(name: &OsStr, head: &[u8], classify: Classify<'_>) -> Self {
        if is_archive(name.as_ref(), head) {
            return Self::Archive;
        }
        Self::Class(match packed::beginning(head, HEAD) {
            Some(beginning) => classify(name.to_string_lossy().trim_end_matches(".gz"), &beginning),
            None => classify(&name.to_string_lossy(), head),
        })
    }
}

fn look(path: &Path, classify: Classify<'_>) -> Result<Look, Unmatched> {
    const OTHER: Look = Look::Class(FileClass::Other);
    let Some(name) = path.file_name().filter(|name| !is_side_file(name)) else { return Ok(OTHER) };
    let unreadable = |source| Unmatched::Unreadable { path: path.to_owned(), source };
    match fs::metadata(path) {
        Ok(metadata) if metadata.is_dir() => return Ok(OTHER),
        _ if is_called_like_one(path, classify) => return Ok(Look::Class(FileClass::Fragment)),
        // Opening a pipe would wait for its writer.
        Ok(metadata) if !metadata.is_file() => return Ok(OTHER),
        Ok(_) if is_named_archive(path) => return Ok(Look::Archive),
        Ok(_) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(OTHER),
        // For example, a link to itself.
        Err(error) if error.kind() != io::ErrorKind::PermissionDenied && path.is_symlink() => return Ok(OTHER),
        Err(source) => return Err(unreadable(source)),
    }
    let mut head = Vec::new();
    match regular::open(path).and_then(|(file, _)| file.take(HEAD).read_to_end(&mut head)) {
        Ok(_) => Ok(Look::at(name, &head, classify)),
        // Below `/proc`, say.
        Err(error) if error.kind() == io::ErrorKind::Other => Ok(OTHER),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(OTHER),
        Err(source) => Err(unreadable(source)),
    }
}

/// Whether it is a fragment by its name alone, regardless of its content.
pub(super) fn is_called_like_one(path: &Path, classify: Classify<'_>) -> bool {
    let name = path.file_name().filter(|name| !is_side_file(name));
    name.is_some_and(|name| classify(&name.to_string_lossy(), &[]) == FileClass::Fragment)
}

/// Every directory below `directory`, including itself, that is not skipped.
pub(super) fn directories(directory: &Path, unreadable: &mut Vec<Unmatched>) -> Vec<PathBuf> {
    let mut all = vec![directory.to_owned()];
    let mut next = 0;
    while let Some(directory) = all.get(next).cloned() {
        next += 1;
        let below = entries(&directory, unreadable).into_iter().filter(is_directory).map(|entry| entry.path());
        all.extend(below.filter(|path| !is_passed_over(path)));
    }
    all
}

/// The entries of a directory. If it cannot be read to its end, there are none, and it is added to `unreadable`.
pub(super) fn entries(directory: &Path, unreadable: &mut Vec<Unmatched>) -> Vec<DirEntry> {
    fs::read_dir(directory).and_then(Iterator::collect).unwrap_or_else(|source| {
        unreadable.push(Unmatched::Unreadable { path: directory.to_owned(), source });
        Vec::new()
    })
}

/// Whether it is a directory itself, and not a link to one.
fn is_directory(entry: &DirEntry) -> bool {
    entry.file_type().is_ok_and(|kind| kind.is_dir())
}

/// Whether the file is one of SQLite's side files, which may be packed.
pub(super) fn is_side_file(name: &OsStr) -> bool {
    let name = name.as_encoded_bytes();
    let name = name.strip_suffix(b".gz").unwrap_or(name);
    [&b"-journal"[..], b"-wal", b"-shm"].iter().any(|end| name.ends_with(end))
}
