//! The file system's view of a path: its real location, and whether a source exists there.

use std::cell::RefCell;
use std::collections::HashMap;
use std::fs;
use std::path::Path;

use crate::sources;

/// The maximum number of links followed in a chain of symbolic links; further ones stay unresolved. Linux follows 40.
const MOST_LINKS: usize = 100;

/// Resolves paths below one directory, remembering the directories it met.
///
/// Agrees with coverage.py's `abs_file`: symbolic links are followed as far as they lead, and parts that do not exist are taken as written.
pub(crate) struct Real<'a> {
    root: &'a Path,
    directories: RefCell<HashMap<String, String>>,
}

impl<'a> Real<'a> {
    /// Relative paths are below `root`.
    pub(crate) fn new(root: &'a Path) -> Self {
        Self { root, directories: RefCell::default() }
    }

    /// The absolute path without symbolic links, `.` and `..`.
    pub(crate) fn path(&self, path: &str) -> String {
        let joined = if path.starts_with('/') { path.to_owned() } else { join(&self.root.to_string_lossy(), path) };
        // Files share directories: once the directory is known, only the last component must be looked up.
        if let Some((directory, name)) = joined.rsplit_once('/')
            && !directory.is_empty()
            && !matches!(name, "" | "." | "..")
        {
            let known = self.directories.borrow().get(directory).cloned();
            let directory = known.unwrap_or_else(|| {
                let real = resolve(String::from("/"), directory, &mut Links::default()).0;
                self.directories.borrow_mut().insert(directory.to_owned(), real.clone());
                real
            });
            return resolve(directory, name, &mut Links::default()).0;
        }
        resolve(String::from("/"), &joined, &mut Links::default()).0
    }

    /// Whether `path` exists, or lies inside an archive that exists.
    pub(crate) fn exists(&self, path: &str) -> bool {
        self.root.join(path).exists() || sources::archive::split(self.root, path).is_some()
    }
}

/// The links met so far: their targets, or `None` while a link is being followed.
#[derive(Default)]
struct Links {
    seen: HashMap<String, Option<String>>,
    depth: usize,
}

/// Follows `rest` from `path`, which is real; also says whether it arrived without running in circles.
///
/// Nothing exists below a name that does not, so that only the beginning of a path that leads nowhere is looked up.
fn resolve(mut path: String, rest: &str, links: &mut Links) -> (String, bool) {
    let mut rest = rest;
    if let Some(below) = rest.strip_prefix('/') {
        rest = below;
        path = String::from("/");
    }
    // The length of the directory that exists, where `path` has left it.
    let mut existing = None;
    while !rest.is_empty() {
        let (name, after) = rest.split_once('/').unwrap_or((rest, ""));
        rest = after;
        if name.is_empty() || name == "." {
            continue;
        }
        if name == ".." {
            let parent = path.rfind('/').map_or(0, |slash| slash.max(1));
            path.truncate(parent);
            existing = existing.filter(|&existing| existing < parent);
            continue;
        }
        let parent = path.len();
        push(&mut path, name);
        if existing.is_some() {
            continue;
        }
        let Ok(found) = fs::symlink_metadata(&path) else {
            existing = Some(parent);
            continue;
        };
        let target =
            found.is_symlink().then(|| fs::read_link(&path).ok()?.into_os_string().into_string().ok()).flatten();
        let Some(target) = target else { continue };
        match links.seen.get(&path) {
            Some(Some(known)) => {
                path.clone_from(known);
                continue;
            }
            Some(None) => return (lexical(&join(&path, rest)), false),
            None => {}
        }
        if links.depth == MOST_LINKS {
            return (lexical(&join(&path, rest)), false);
        }
        links.seen.insert(path.clone(), None);
        links.depth += 1;
        let (real, arrived) = resolve(path[..parent].to_owned(), &target, links);
        links.depth -= 1;
        if !arrived {
            return (lexical(&join(&real, rest)), false);
        }
        links.seen.insert(path, Some(real.clone()));
        path = real;
    }
    (path, true)
}

/// Two parts of a path, joined by one slash.
pub(crate) fn join(directory: &str, name: &str) -> String {
    if name.is_empty() {
        return directory.to_owned();
    }
    let mut path = directory.to_owned();
    push(&mut path, name);
    path
}

/// Adds a part to a path.
fn push(path: &mut String, name: &str) {
    if !path.ends_with('/') {
        path.push('/');
    }
    path.push_str(name);
}

/// An absolute path without `.` and `..`, going by its text alone.
pub(crate) fn lexical(path: &str) -> String {
    let mut kept: Vec<&str> = Vec::new();
    for name in path.split('/') {
        match name {
            "" | "." => {}
            ".." => _ = kept.pop(),
            name => kept.push(name),
        }
    }
    format!("/{}", kept.join("/"))
}

/// Whether `c` separates the parts of a path on some system.
pub(crate) fn is_separator(c: char) -> bool {
    matches!(c, '/' | '\\')
}

/// The separator of `path`: its first one; `/` if it has none.
pub(crate) fn separator(path: &str) -> char {
    path.chars().find(|&c| is_separator(c)).unwrap_or('/')
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn links_are_followed_and_what_is_not_there_is_taken_as_written() {
        let directory = tempfile::tempdir().unwrap();
        let root = directory.path().canonicalize().unwrap();
        fs::create_dir_all(root.join("real/deep")).unwrap();
        symlink("real/deep", root.join("link")).unwrap();
        symlink(root.join("link"), root.join("again")).unwrap();
        let real = Real::new(&root);
        let here = root.to_str().unwrap();
        assert_eq!(real.path("link/a.py"), format!("{here}/real/deep/a.py"));
        assert_eq!(real.path("again/b/../a.py"), format!("{here}/real/deep/a.py"));
        assert_eq!(real.path("link/../a.py"), format!("{here}/real/a.py"));
        assert_eq!(real.path("./no/./where//a.py"), format!("{here}/no/where/a.py"));
        assert_eq!(real.path("/../x"), "/x");
        assert_eq!(real.path("no/where/../../link/a.py"), format!("{here}/real/deep/a.py"));
        assert_eq!(real.path("no/../link/no/../a.py"), format!("{here}/real/deep/a.py"));
        assert_eq!(real.path("no/../../link/a.py"), format!("{}/link/a.py", here.rsplit_once('/').unwrap().0));
    }

    #[test]
    fn links_in_a_circle_end() {
        let directory = tempfile::tempdir().unwrap();
        let root = directory.path().canonicalize().unwrap();
        symlink("b", root.join("a")).unwrap();
        symlink("a", root.join("b")).unwrap();
        let here = root.to_str().unwrap();
        // os.path.realpath returns the link at which it noticed that it runs in circles.
        assert_eq!(Real::new(&root).path("a/x.py"), format!("{here}/a/x.py"));
    }
}
