//! Globs on the command line.
//!
//! Globs are matched component by component, so that only directories that can lead to a match are read: `artifacts/*/.coverage.*` does not look
//! into `src`. `**` as a component matches any number of directories; the other components are [`wildcards`](crate::model::wildcards).

use std::fs;
use std::io::ErrorKind;
use std::path::{Component, Path, PathBuf};

use super::{Classify, Unmatched, search};
use crate::model::wildcards::{is_glob, names};

/// All files and directories that the glob matches, in arbitrary order; paths that cannot be accessed are added to `unreadable`.
///
/// # Errors
/// The glob is not valid.
pub(super) fn matches(
    glob: &str,
    cwd: &Path,
    classify: Classify<'_>,
    unreadable: &mut Vec<Unmatched>,
) -> Result<Vec<PathBuf>, Unmatched> {
    let bad = || Unmatched::Pattern(glob.to_owned());
    let mut reached = vec![PathBuf::from(cwd)];
    let mut components = Path::new(glob).components().peekable();
    while let Some(component) = components.next() {
        let Component::Normal(name) = component else {
            // `/`, `..` and `.`
            for path in &mut reached {
                path.push(component);
            }
            continue;
        };
        let name = name.to_str().ok_or_else(bad)?;
        let mut next = Vec::new();
        if name == "**" {
            // A `**` at the end stands for the directory itself: it is searched as a whole.
            let is_last = components.peek().is_none();
            for path in reached {
                if !is_directory(&path, unreadable) {
                    continue;
                }
                if is_last {
                    next.push(path);
                } else {
                    next.extend(search::directories(&path, unreadable));
                }
            }
        } else if is_glob(name) {
            let names = names(name).ok_or_else(bad)?;
            for path in reached {
                if !is_directory(&path, unreadable) {
                    continue;
                }
                let entries = search::entries(&path, unreadable).into_iter().map(|entry| entry.file_name());
                let matched = entries.filter(|entry| entry.to_str().is_some_and(|entry| names.is_match(entry)));
                next.extend(matched.filter(|entry| !search::is_side_file(entry)).map(|entry| path.join(entry)));
            }
        } else {
            next.extend(reached.into_iter().map(|path| path.join(name)).filter(|path| exists(path, unreadable)));
        }
        next.sort();
        next.dedup();
        reached = next;
    }
    // A path that is neither, such as a pipe or a broken link, was not meant, unless its name is that of a fragment. In that case, and if access to
    // the path is denied, the reader reports the problem.
    reached.retain(|path| match fs::metadata(path) {
        Ok(metadata) if metadata.is_file() || metadata.is_dir() => true,
        Err(error) if error.kind() == ErrorKind::PermissionDenied => true,
        _ => search::is_called_like_one(path, classify),
    });
    Ok(reached)
}

/// Whether it is a directory or a link to one.
fn is_directory(path: &Path, unreadable: &mut Vec<Unmatched>) -> bool {
    match fs::metadata(path) {
        Ok(metadata) => metadata.is_dir(),
        Err(source) if source.kind() == ErrorKind::PermissionDenied => {
            unreadable.push(Unmatched::Unreadable { path: path.to_owned(), source });
            false
        }
        Err(_) => false,
    }
}

/// Whether that name exists, even as a broken link.
fn exists(path: &Path, unreadable: &mut Vec<Unmatched>) -> bool {
    match fs::symlink_metadata(path) {
        Ok(_) => true,
        Err(source) if source.kind() == ErrorKind::PermissionDenied => {
            unreadable.push(Unmatched::Unreadable { path: path.to_owned(), source });
            false
        }
        Err(_) => false,
    }
}
