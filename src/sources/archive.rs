//! Sources inside archives: `/x/app.zip/pkg/mod.py`.

use std::path::{Path, PathBuf};

/// The endings of the names of Python archives, in coverage.py's order.
const EXTENSIONS: [&str; 5] = [".zip", ".whl", ".egg", ".pex", ".par"];

/// The archive that contains `path`, and the name in it, if that archive exists. Whether the archive has that name is not checked.
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
