//! Links that lead out of the directory in which a search finds them: whoever filled that directory must not choose the files that are read.

use std::path::{Component, Path, PathBuf};

use crate::model::outside::Outside;
use crate::model::wildcards::is_glob;

/// A searched directory, and the places outside of it that are allowed.
pub(super) struct Within<'a> {
    /// Without symbolic links.
    directory: PathBuf,
    outside: &'a Outside,
}

impl<'a> Within<'a> {
    /// A directory that is searched. A link that is named itself is followed.
    pub(super) fn new(directory: &Path, outside: &'a Outside) -> Self {
        Self { directory: directory.canonicalize().unwrap_or_else(|_| directory.to_owned()), outside }
    }

    /// The directory that a glob searches: the one that its beginning names.
    pub(super) fn of_glob(glob: &str, cwd: &Path, outside: &'a Outside) -> Self {
        Self::new(&cwd.join(beginning(glob)), outside)
    }

    /// Whether a link leads from `path` out of the directory, to a place that is not allowed. A broken link leads nowhere.
    pub(super) fn is_left_by(&self, path: &Path) -> bool {
        path.canonicalize().is_ok_and(|real| !real.starts_with(&self.directory) && !self.outside.holds(&real))
    }
}

/// The components of a glob before the first with wildcards.
pub(super) fn beginning(glob: &str) -> PathBuf {
    let is_plain = |component: &Component<'_>| !component.as_os_str().to_str().is_none_or(is_glob);
    Path::new(glob).components().take_while(is_plain).collect()
}

/// The first link on the way to `path` that leads out of the directory in which it lies, to a place that is not allowed. The first `trusted` components
/// of the path may be any links.
pub(super) fn first_out(path: &Path, trusted: usize, outside: &Outside) -> Option<PathBuf> {
    let mut way: Vec<&Path> = path.ancestors().collect();
    way.reverse();
    way.into_iter().skip(trusted).find(|path| is_left_by(path, outside)).map(Path::to_owned)
}

/// Whether `path` is a link that leads out of the directory in which it lies, to a place that is not allowed.
fn is_left_by(path: &Path, outside: &Outside) -> bool {
    path.is_symlink() && path.parent().is_some_and(|directory| Within::new(directory, outside).is_left_by(path))
}
