//! The fragment of one process in seals of two packages. A seal holds the data of all its fragments together, so it is not known for which files this one
//! counts: that is a warning. Of fragments that are not sealed it is known, and an error.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::jobs::sections;
use super::section::Of;
use crate::model::copies::process;
use crate::model::path::is_absolute;
use crate::model::seal::{File, Seal};
use crate::model::warning::Warning;

/// A warning if the fragment of one process is in two seals that were made in different places, or belong to different parts, and that name files of
/// different texts alike. `groups` are the seals of no part, then those of each part.
pub(super) fn sealed_twice(groups: &[Vec<(PathBuf, Seal)>]) -> Option<Warning> {
    let mut known = BTreeMap::new();
    let all = groups.iter().enumerate().flat_map(|(at, seals)| sections(seals).into_iter().map(move |of| (at, of)));
    for (group, of) in all {
        for fragment in of.section.fragments.iter().filter(|fragment| fragment.counts()) {
            let Some(key) = process(fragment).zip(fragment.digest) else { continue };
            let (first_group, first) = *known.entry(key).or_insert((group, of));
            let is_elsewhere = (first_group, &first.section.place) != (group, &of.section.place);
            if let Some(name) = is_elsewhere.then(|| two_files(first, of)).flatten() {
                let (process, first, second) = (key.0, name_of(first), name_of(of));
                return Some(
                    Warning::new(format!(
                        "the fragment `{process}` is in {first} and in {second}, and `{name}` is another file in each: one process may count for both"
                    ))
                    .with_help("seal in each package only the fragments of its own tests"),
                );
            }
        }
    }
    None
}

/// The seal, and the place in the work tree in which it was made, if it is known.
fn name_of(of: Of<'_>) -> String {
    match of.section.place.as_deref() {
        Some(place) => format!("{} (of `{}`)", of.name(), if place.is_empty() { "." } else { place }),
        None => of.name(),
    }
}

/// The first relative name that fragments in both give to files of different texts.
fn two_files<'a>(one: Of<'a>, other: Of<'_>) -> Option<&'a str> {
    let text = |of: Of<'_>, file: &File| Some(of.seal.sources.get(file.source?)?.fingerprint);
    let named = |file: &&File| file.named && !is_absolute(&file.name);
    let theirs: BTreeMap<&str, _> =
        other.section.files.iter().filter(named).map(|file| (file.name.as_str(), text(other, file))).collect();
    let differs = |file: &&File| {
        let their = theirs.get(file.name.as_str()).copied().flatten();
        text(one, file).zip(their).is_some_and(|(own, their)| own != their)
    };
    one.section.files.iter().filter(named).find(differs).map(|file| file.name.as_str())
}
