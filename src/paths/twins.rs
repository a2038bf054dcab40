//! One file that has several names gets a single name.
//!
//! ```text
//! src/a.py, /checkout/src/a.py       by name: Slipcover records the one, coverage.py the other
//! link/a.py, real/a.py               by links: both lead to one source
//! ```

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use super::MappedBy;
use super::real::{self, Real};
use crate::model::path::is_absolute;

/// A recorded path, its result, and the rule behind the result.
pub(super) type Renamed<'p> = (&'p str, (Cow<'p, str>, Option<MappedBy>));

/// A relative path below `root` becomes the absolute one that some other fragment recorded for the same file.
///
/// The name alone decides, whether or not the file exists; with `relative_files` the absolute path has already become relative.
pub(super) fn by_name(steps: &mut [Renamed<'_>], root: &str) {
    if steps.iter().all(|(_, (path, _))| is_absolute(path)) {
        return;
    }
    let absolute: BTreeSet<String> =
        steps.iter().filter(|(_, (path, _))| is_absolute(path)).map(|(_, (path, _))| path.to_string()).collect();
    for (_, (path, by)) in steps.iter_mut().filter(|(_, (path, _))| !is_absolute(path)) {
        let twin = real::lexical(&format!("{root}/{path}"));
        if absolute.contains(&twin) {
            *by = Some(MappedBy { origin: "the same file, recorded absolute".into(), pattern: path.to_string() });
            *path = twin.into();
        }
    }
}

/// Names of one existing file become one name: that of the file without links, as `below_root` names it; or the first in order if the file lies
/// elsewhere.
pub(super) fn by_links(steps: &mut [Renamed<'_>], real: &Real<'_>, below_root: &dyn Fn(&str) -> Option<String>) {
    let mut leading: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (_, (path, _)) in steps.iter() {
        leading.entry(real.path(path)).or_default().insert(path.to_string());
    }
    leading.retain(|file, names| names.len() > 1 && real.exists(file));
    if leading.is_empty() {
        return;
    }
    for (_, (path, by)) in steps.iter_mut() {
        let file = real.path(path);
        let Some(first) = leading.get(&file).and_then(BTreeSet::first) else { continue };
        let name = below_root(&file).unwrap_or_else(|| first.clone());
        if name != **path {
            *by = Some(MappedBy { origin: "the same file, through a symbolic link".into(), pattern: path.to_string() });
            *path = name.into();
        }
    }
}
