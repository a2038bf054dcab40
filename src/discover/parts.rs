//! The fragments of the parts of a run, and the part to which each belongs.
//!
//! ```text
//! fragments = ["shards/api-*"]    those that it leads to, whether or not they are named on the command line
//! (nothing)                       those that coverage.py's rule finds in the root of the part
//! ```
//!
//! Any other belongs to the part in whose root it lies. Of several such parts it is the one with the deepest root. Without such a part, it belongs to
//! the run itself.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::{Classify, Error, Found, Outputs, Unmatched, by_rule, each_once, identity, nothing, of_one, places, plain};
use crate::model::settings::{Discover, PartPlaces};
use crate::model::wildcards::{PathGlob, components};

/// Finds the fragments of the run itself and those of its parts.
///
/// # Errors
/// Neither the run itself nor a part has a fragment. Otherwise as for a run without parts.
pub(super) fn fragments(settings: &Discover, outputs: &Outputs, classify: Classify<'_>) -> Result<Found, Error> {
    let mut all = Found::default();
    let places = if settings.fragments.is_empty() { settings.places.clone() } else { Vec::new() };
    let own = Discover { places, parts: Vec::new(), ..settings.clone() };
    match found(&own, outputs, classify) {
        Ok(found) => add(&mut all, found),
        Err(Error::Unmatched(unmatched)) if are_empty(&unmatched) => {
            // A place without a fragment is named as such.
            all.unmatched.extend(unmatched.into_iter().filter(|_| !settings.fragments.is_empty()));
        }
        Err(error) => return Err(error),
    }
    for (at, part) in settings.parts.iter().enumerate() {
        match found(&of_part(settings, part), outputs, classify) {
            Ok(mut found) => {
                let empty = found.unmatched.extract_if(.., |one| one.is_empty_place());
                all.empty.extend(empty.map(|one| (at, one.name().to_string_lossy().into_owned())));
                add(&mut all, found);
            }
            Err(Error::Unmatched(unmatched)) if are_empty(&unmatched) => {
                let name = |one: Unmatched| (at, one.name().to_string_lossy().into_owned());
                all.empty.extend(unmatched.into_iter().map(name));
            }
            Err(error) => return Err(error),
        }
    }
    if all.fragments.is_empty() {
        let is_all_by_rule = all.unmatched.is_empty();
        return Err(if is_all_by_rule {
            nothing::none_in_parts(settings, classify)
        } else {
            Error::Unmatched(all.unmatched)
        });
    }
    let absolute = all.fragments.iter().map(|path| settings.cwd.join(path)).collect();
    all.fragments = each_once(absolute, &settings.cwd);
    all.places = places::filled(settings, &all.fragments, outputs, classify);
    Ok(all)
}

/// The fragments of one search, which may be none where coverage.py's rule decides.
fn found(settings: &Discover, outputs: &Outputs, classify: Classify<'_>) -> Result<Found, Error> {
    let is_by_rule = settings.fragments.is_empty() && settings.places.is_empty();
    if is_by_rule { by_rule(settings, outputs) } else { of_one(settings, outputs, classify) }
}

/// The settings for finding the fragments of a part.
pub(super) fn of_part(settings: &Discover, part: &PartPlaces) -> Discover {
    let PartPlaces { fragments, data_file, root: data_root, .. } = part.clone();
    let Discover { cwd, outside, .. } = settings.clone();
    Discover { cwd, fragments, data_file, data_root, outside, ..Discover::default() }
}

fn are_empty(unmatched: &[Unmatched]) -> bool {
    unmatched.iter().all(Unmatched::is_empty_place)
}

fn add(all: &mut Found, found: Found) {
    all.fragments.extend(found.fragments);
    all.unmatched.extend(found.unmatched);
    all.passed_over.extend(found.passed_over);
    all.passed_over.sort();
    all.passed_over.dedup();
    for warning in found.warnings {
        // Two searches may come upon the same file.
        if !all.warnings.contains(&warning) {
            all.warnings.push(warning);
        }
    }
}

/// The part of each fragment that belongs to one.
///
/// # Errors
/// Two parts name a fragment.
pub(super) fn assign(settings: &Discover, found: &[PathBuf]) -> Result<BTreeMap<PathBuf, usize>, Error> {
    let named: Vec<Named> = settings.parts.iter().map(|part| Named::of(part, &settings.cwd)).collect();
    let mut parts = BTreeMap::new();
    for path in found {
        let place = place(&settings.cwd.join(path));
        let mut naming = (0..named.len()).filter(|at| named[*at].holds(&place));
        let part = match (naming.next(), naming.next()) {
            (Some(one), Some(other)) => {
                let [one, other] = [one, other].map(|at| settings.parts[at].name.clone());
                return Err(Error::OfTwoParts { path: path.clone(), one, other });
            }
            (Some(part), None) => Some(part),
            (None, _) => at(&settings.parts, &place),
        };
        parts.extend(part.map(|part| (path.clone(), part)));
    }
    Ok(parts)
}

/// The part in whose root a file lies.
fn at(parts: &[PartPlaces], place: &Path) -> Option<usize> {
    let holding = parts.iter().enumerate().filter(|(_, part)| place.starts_with(&part.root));
    holding.max_by_key(|(_, part)| part.root.components().count()).map(|(at, _)| at)
}

/// The fragments that a part names.
enum Named {
    /// Those of files, directories and globs.
    Globs(Vec<PathGlob>),
    /// Those of a data file: in that directory, of that name and of names that begin with it and a dot.
    DataFile(PathBuf, OsString),
}

impl Named {
    fn of(part: &PartPlaces, cwd: &Path) -> Self {
        if part.fragments.is_empty() {
            let data_file = place(&part.data_file);
            let name = data_file.file_name().unwrap_or_default().to_owned();
            return Self::DataFile(data_file.parent().unwrap_or(&data_file).to_owned(), name);
        }
        let absolute = |name: &String| identity(&plain(&cwd.join(name))).to_string_lossy().into_owned();
        Self::Globs(part.fragments.iter().filter_map(|name| PathGlob::new(&absolute(name))).collect())
    }

    fn holds(&self, place: &Path) -> bool {
        match self {
            Self::Globs(globs) => {
                let path: Vec<String> = components(place).collect();
                globs.iter().any(|glob| glob.holds(&path))
            }
            Self::DataFile(directory, name) => {
                let own = place.file_name().unwrap_or_default();
                let rest = own.as_encoded_bytes().strip_prefix(name.as_encoded_bytes());
                let is_named = rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(b"."));
                is_named && place.parent() == Some(directory)
            }
        }
    }
}

/// The place of a file, however it is spelt: its directory with links resolved, and its name.
fn place(path: &Path) -> PathBuf {
    match (path.parent(), path.file_name()) {
        (Some(directory), Some(name)) => identity(directory).join(name),
        _ => path.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The parts of these fragments, in a run with the parts `a`, `a/b` and `c`.
    fn parts(fragments: [&[&str]; 3], found: &[&str]) -> Result<Vec<Option<usize>>, Error> {
        let top = tempfile::tempdir().unwrap();
        let cwd = top.path().canonicalize().unwrap();
        let part = |(name, fragments): (&str, &[&str])| {
            std::fs::create_dir_all(cwd.join(name)).unwrap();
            PartPlaces {
                name: name.into(),
                root: cwd.join(name),
                fragments: fragments.iter().map(ToString::to_string).collect(),
                data_file: cwd.join(name).join(".coverage"),
            }
        };
        let parts = ["a", "a/b", "c"].into_iter().zip(fragments).map(part).collect();
        let settings = Discover { cwd, parts, ..Discover::default() };
        let found: Vec<PathBuf> = found.iter().map(PathBuf::from).collect();
        let assigned = assign(&settings, &found)?;
        Ok(found.iter().map(|path| assigned.get(path).copied()).collect())
    }

    #[test]
    fn a_fragment_belongs_to_the_part_that_names_it_else_to_that_of_the_deepest_root() {
        let found =
            ["a/.coverage.1", "a/b/.coverage.1", "a/b/cov/x", "c/x", "shards/c-1/x", "shards/d/x", ".coverage.1"];
        let expected = [Some(0), Some(1), Some(1), Some(2), Some(2), None, None];
        assert_eq!(parts([&[], &[], &["shards/c-*"]], &found).unwrap(), expected);
        assert_eq!(parts([&["a/**"], &["none"], &[]], &found[..3]).unwrap(), [Some(0); 3]);
    }

    #[test]
    fn a_fragment_that_two_parts_name_is_an_error() {
        let error = parts([&["s/a"], &["s/*"], &[]], &["s/a/x"]).unwrap_err();
        assert_eq!(error.to_string(), "two parts name the fragment `s/a/x`: `a` and `a/b`");
        assert!(parts([&[], &["a/.coverage.*"], &[]], &["a/.coverage.1"]).is_err());
    }
}
