//! Hidden fragments that the shell's `*` left out of the arguments.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::{Classify, identity, plain, search, shown};
use crate::model::fragment::FileClass;
use crate::model::settings;
use crate::model::warning::Warning;
use crate::model::words::counted;

/// A warning if the arguments are exactly the visible entries of a directory that also has hidden fragments, which `found` lacks.
pub(super) fn warning(settings: &settings::Discover, found: &[PathBuf], classify: Classify<'_>) -> Option<Warning> {
    let directory = expanded(settings)?;
    let found: BTreeSet<PathBuf> = found.iter().map(|path| identity(path)).collect();
    let is_left_out = |path: &PathBuf| {
        is_hidden(path)
            && matches!(search::class_of(path, classify), Ok(FileClass::Fragment))
            && !found.contains(&identity(path))
    };
    let entries = search::entries(&directory, &mut Vec::new()).into_iter().map(|entry| entry.path());
    let left_out: Vec<PathBuf> = entries.filter(is_left_out).collect();
    let first = shown(left_out.iter().min()?, &settings.cwd);
    let directory = match shown(&directory, &settings.cwd) {
        same if same == settings.cwd => PathBuf::from("."),
        other => other,
    };
    let (name, first) = (directory.display(), first.display());
    let text = format!(
        "`{name}` also holds {}, such as `{first}`: the arguments are only its visible entries",
        counted(left_out.len() as u64, "hidden fragment")
    );
    let help = format!("the shell's `*` leaves hidden files out; name the directory: `covmerge {name}`");
    Some(Warning::new(text).with_help(help))
}

/// The directory of which the arguments are all visible entries, as the shell makes them of `DIRECTORY/*`.
fn expanded(settings: &settings::Discover) -> Option<PathBuf> {
    let paths: Vec<PathBuf> = settings.fragments.iter().map(|name| plain(&settings.cwd.join(name))).collect();
    let directory = paths.first()?.parent()?;
    // A lone directory in the working directory may well be the only visible one without having been a `*`.
    if paths.len() == 1 && directory == settings.cwd {
        return None;
    }
    let named: Option<BTreeSet<OsString>> = paths
        .iter()
        .map(|path| path.file_name().filter(|_| path.parent() == Some(directory)).map(Into::into))
        .collect();
    let entries = search::entries(directory, &mut Vec::new()).into_iter().map(|entry| entry.path());
    let visible: BTreeSet<OsString> =
        entries.filter(|path| !is_hidden(path)).filter_map(|path| path.file_name().map(Into::into)).collect();
    (named? == visible).then(|| directory.to_owned())
}

fn is_hidden(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."))
}
