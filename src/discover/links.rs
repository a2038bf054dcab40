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
        let is_plain = |component: &Component<'_>| !component.as_os_str().to_str().is_none_or(is_glob);
        let named: PathBuf = Path::new(glob).components().take_while(is_plain).collect();
        Self::new(&cwd.join(named), outside)
    }

    /// Whether a link leads from `path` out of the directory, to a place that is not allowed. A broken link leads nowhere.
    pub(super) fn is_left_by(&self, path: &Path) -> bool {
        path.canonicalize().is_ok_and(|real| !real.starts_with(&self.directory) && !self.outside.holds(&real))
    }
}

/// Whether `path` is a link that leads out of the directory in which it lies, to a place that is not allowed.
pub(super) fn is_left_by(path: &Path, outside: &Outside) -> bool {
    path.is_symlink() && path.parent().is_some_and(|directory| Within::new(directory, outside).is_left_by(path))
}
