//! Sources inside archives: `/x/app.zip/pkg/mod.py`.

use std::path::{Path, PathBuf};

/// What a Python archive's name ends with, in the order in which coverage.py asks.
const EXTENSIONS: [&str; 5] = [".zip", ".whl", ".egg", ".pex", ".par"];

/// The archive that `path` lies in and its name there, if that archive exists; whether it holds the name is not asked.
///
/// A relative `path` is below `root`. Agrees with coverage.py's `zip_location`.
pub(crate) fn split<'p>(root: &Path, path: &'p str) -> Option<(PathBuf, &'p str)> {
    let separator = path.chars().find(|c| matches!(c, '/' | '\\'))?;
    EXTENSIONS.iter().find_map(|extension| {
        let marker = format!("{extension}{separator}");
        let at = path.find(&marker)?;
        let archive = root.join(&path[..at + extension.len()]);
        archive.exists().then(|| (archive, &path[at + marker.len()..]))
    })
}
