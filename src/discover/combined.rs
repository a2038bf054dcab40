//! Files that an earlier `coverage combine` wrote, beside the fragments of processes.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use super::{each_once, identity};
use crate::model::settings;
use crate::model::warning::Warning;

/// Takes the files out of `found` that are called `.coverage`, or as `data_file` is, and have fragments of that name beside them: those of an earlier
/// `coverage combine`, which does not read them either.
pub(super) fn split(found: &mut Vec<PathBuf>, settings: &settings::Discover) -> Vec<PathBuf> {
    let names = [Some(OsStr::new(".coverage")), settings.data_file.file_name()];
    // Packed, it is the same file.
    let is_packed = |path: &Path| path.extension() == Some(OsStr::new("gz"));
    let plain = |path: &Path| if is_packed(path) { path.with_extension("") } else { path.to_owned() };
    let of_processes: BTreeSet<PathBuf> = found.iter().filter_map(|path| of_process(&plain(path), &names)).collect();
    found.extract_if(.., |path| of_processes.contains(&plain(path))).collect()
}

/// The path of the file that `coverage combine` would make of this one, if it has the name of a process's fragment of one of `names`.
fn of_process(path: &Path, names: &[Option<&OsStr>]) -> Option<PathBuf> {
    let own = path.file_name()?.as_encoded_bytes();
    let is_base = |name: &&OsStr| own.strip_prefix(name.as_encoded_bytes()).is_some_and(|rest| rest.starts_with(b"."));
    names.iter().flatten().copied().find(is_base).map(|name| path.with_file_name(name))
}

/// A warning for each file of an earlier `coverage combine` that was not named as well.
pub(super) fn warnings(mut combined: Vec<PathBuf>, found: &[PathBuf], cwd: &Path) -> Vec<Warning> {
    let named: BTreeSet<PathBuf> = found.iter().map(|path| identity(path)).collect();
    combined.retain(|path| !named.contains(&identity(path)));
    let warn = |path: &PathBuf| {
        let name = path.display();
        Warning::new(format!(
            "`{name}` is skipped, as `coverage combine` skips it: beside `{name}.*` it is the data of an earlier run"
        ))
        .with_help("name it on the command line to count it, or run `covmerge clean` before the tests")
    };
    each_once(combined, cwd).iter().map(warn).collect()
}
