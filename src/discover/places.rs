//! The places that must hold fragments: files, directories and globs, each match of which is a place.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use super::{Classify, Outputs, Unmatched, glob, identity, links, plain, shown};
use crate::model::place::Place;
use crate::model::settings::{self, ExpectedPlace};
use crate::model::wildcards::{Wildcards, can_be_understood, is_glob, names};

/// The places, each with those of the fragments `found` that it holds. A glob without a match is a place that holds none.
pub(super) fn filled(
    settings: &settings::Discover,
    found: &[PathBuf],
    outputs: &Outputs,
    classify: Classify<'_>,
) -> Vec<Place> {
    let cwd = &settings.cwd;
    let mut places: Vec<Place> = Vec::new();
    // By the files that they lead to: a link that is named is a place of its own.
    let mut by_identity: BTreeMap<PathBuf, Vec<usize>> = BTreeMap::new();
    let mut named = BTreeSet::new();
    for place in &settings.places {
        let ExpectedPlace { name, .. } = place;
        let empty = |name| Place { name, fragments: Vec::new() };
        let is_literal = is_literal(name, cwd);
        let paths = if is_literal {
            vec![(name.clone(), plain(&cwd.join(name)))]
        } else if link_out(place, settings).is_some() {
            Vec::new()
        } else {
            matches(name, cwd, outputs, classify)
        };
        if paths.is_empty() {
            places.push(empty(name.clone()));
        }
        for (name, path) in paths {
            let same = by_identity.entry(identity(&path)).or_default();
            // A glob expects nothing of a link beside the place that it leads to.
            if named.insert(path) && (same.is_empty() || is_literal) {
                same.push(places.len());
                places.push(empty(name));
            }
        }
    }
    for fragment in found {
        for above in identity(&cwd.join(fragment)).ancestors() {
            for &index in by_identity.get(above).into_iter().flatten() {
                if let Some(place) = places.get_mut(index) {
                    place.fragments.push(fragment.clone());
                }
            }
        }
    }
    places
}

/// The link on the way to a place that leads out of the directory in which it lies: whoever fills the directory of a place makes it. The working
/// directory is the word of the job, and outside of it the beginning without braces and wildcards, in a place without them the directory.
pub(super) fn link_out(place: &ExpectedPlace, settings: &settings::Discover) -> Option<PathBuf> {
    let (name, cwd) = (&place.name, &settings.cwd);
    let fixed = if is_literal(name, cwd) { name.into() } else { links::beginning(name) };
    let path = plain(&cwd.join(fixed));
    let number = path.components().count();
    let trusted = if path.starts_with(cwd) {
        cwd.components().count()
    } else if is_glob(name) {
        place.given
    } else {
        place.given.min(number - 1)
    };
    links::first_out(&path, trusted, &settings.outside)
}

/// Whether a place stands for itself, not for the matches of a glob.
fn is_literal(name: &str, cwd: &Path) -> bool {
    !is_glob(name) || plain(&cwd.join(name)).exists()
}

/// The names and paths of a glob's matches, but for files that this run writes.
fn matches(name: &str, cwd: &Path, outputs: &Outputs, classify: Classify<'_>) -> Vec<(String, PathBuf)> {
    let matches = glob::matches(name, cwd, classify, &mut Vec::new()).unwrap_or_default();
    let theirs = matches.into_iter().filter(|path| !outputs.hold(path));
    theirs.map(|path| (shown(&path, cwd).to_string_lossy().into_owned(), path)).collect()
}

/// The places that are not valid globs.
pub(super) fn malformed(settings: &settings::Discover) -> impl Iterator<Item = Unmatched> {
    let is_malformed = |name: &&String| !can_be_understood(name) && !settings.cwd.join(name).exists();
    settings.places.iter().map(|place| &place.name).filter(is_malformed).cloned().map(Unmatched::Pattern)
}

/// The places that no argument can lead to a fragment in.
pub(super) fn uncovered(settings: &settings::Discover) -> Vec<String> {
    let arguments: Vec<Vec<PathBuf>> = settings.fragments.iter().map(|name| components(name, &settings.cwd)).collect();
    let is_covered = |name: &&String| {
        let place = components(name, &settings.cwd);
        arguments.iter().any(|argument| may_meet(argument, &place))
    };
    settings.places.iter().map(|place| &place.name).filter(|name| !is_covered(name)).cloned().collect()
}

/// The components of a path or glob, with links resolved as far as it exists.
fn components(name: &str, cwd: &Path) -> Vec<PathBuf> {
    let path = plain(&cwd.join(name));
    let existing = path.ancestors().find(|above| above.exists()).unwrap_or(Path::new(""));
    let rest = path.strip_prefix(existing).unwrap_or(Path::new(""));
    identity(existing).join(rest).components().map(|component| component.as_os_str().into()).collect()
}

/// Whether some file may lie below both: they agree as far as the shorter one goes.
fn may_meet(one: &[PathBuf], other: &[PathBuf]) -> bool {
    for (one, other) in one.iter().zip(other) {
        let (one, other) = (one.as_os_str(), other.as_os_str());
        if [one, other].contains(&OsStr::new("**")) {
            return true;
        }
        if !is_one_name(one, other) {
            return false;
        }
    }
    true
}

/// Whether two components, of which either may be a glob, may be the same name.
fn is_one_name(one: &OsStr, other: &OsStr) -> bool {
    let pattern = |text: &OsStr| text.to_str().filter(|text| is_glob(text)).and_then(names);
    let fits = |pattern: &Wildcards, text: &OsStr| pattern.is_match(&text.to_string_lossy());
    match (pattern(one), pattern(other)) {
        _ if one == other => true,
        (Some(_), Some(_)) => true,
        (Some(one), None) => fits(&one, other),
        (None, Some(other)) => fits(&other, one),
        (None, None) => false,
    }
}
