//! The fragment of one process in several places: beside the sources of two packages, in two parts, or in seals. Its names may be those of other files
//! in each, and one process did not run the files of both.
//!
//! A process is known by the name that coverage.py chose, over the same bytes. Where it is known that its data counts for two files of different texts,
//! that is an error. A seal holds the data of all its fragments together, so it may not be known which files this one names; and files of one text, such
//! as an empty `__init__.py`, have the same numbers in each place. These are warnings.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use super::error::{Error, of_copies};
use super::jobs::{current, sections};
use super::named::places_of;
use super::sealed::of_age;
use super::section::Of;
use super::there::{Lies, Meanings, There, Told, recorded};
use super::worker::Stage;
use crate::model::copies::process;
use crate::model::fragment::{Fragment, Outcome};
use crate::model::seal::Seal;
use crate::model::warning::Warning;

/// The processes whose fragments lie in several places.
#[derive(Default)]
pub(super) struct Spread {
    /// The warning about the first process that may count for two files.
    pub(super) warning: Option<Warning>,
    /// Their fragments that are not sealed, with the digests of their bytes.
    digests: BTreeMap<PathBuf, [u8; 32]>,
}

impl Spread {
    /// Marks those among `fragments` as copies of each other: all of them are merged, and not duplicates, since their names mean different files.
    pub(super) fn mark(&self, fragments: &mut [Fragment]) {
        for fragment in fragments.iter_mut().filter(|fragment| fragment.sealed_in.is_none()) {
            let digest = self.digests.get(&fragment.path).or_else(|| self.digests.get(read(fragment)));
            fragment.digest = digest.copied().or(fragment.digest);
        }
    }
}

/// The fragment that was read instead of one with the same bytes.
fn read(fragment: &Fragment) -> &PathBuf {
    if let Outcome::Duplicate { of } = &fragment.outcome { of } else { &fragment.path }
}

/// Looks for processes whose fragments lie in several places. `own` are the fragments with names that lead to files beside them, `groups` the seals of no
/// part, then those of each part.
///
/// # Errors
/// The data of a process counts for two files of different texts.
pub(super) fn of_one_process(
    fragments: &[Fragment],
    own: &BTreeSet<PathBuf>,
    groups: &[Vec<(PathBuf, Seal)>],
    stage: &Stage<'_>,
) -> Result<Spread, Error> {
    let counting = |seals| current(of_age(sections(seals), stage.limit, &mut Vec::new())).sections;
    let groups: Vec<Vec<Of<'_>>> = groups.iter().map(|seals| counting(seals)).collect();
    let sealed = groups.iter().enumerate().flat_map(|(at, sections)| {
        let top = stage.mappers.top_of(&places_of(sections));
        sections.iter().flat_map(move |of| {
            let there =
                move |fragment| There { fragment, part: at.checked_sub(1), lies: Lies::Sealed { of: *of, top } };
            of.section.fragments.iter().map(there)
        })
    });
    let mut by_process: BTreeMap<(&str, u64), Vec<There<'_>>> = BTreeMap::new();
    for there in fragments.iter().map(|fragment| below(fragment, own, stage)).chain(sealed) {
        let Some(process) = process(there.fragment).filter(|_| there.fragment.counts()) else { continue };
        let known = by_process.entry((process, there.fragment.bytes)).or_default();
        if !known.iter().any(|known| known.is_at(&there)) {
            known.push(there);
        }
    }
    let mut spread = Spread::default();
    for there in by_process.into_values().filter(|there| there.len() > 1) {
        let mut equal: BTreeMap<[u8; 32], Equal<'_>> = BTreeMap::new();
        for there in there {
            if let Some((digest, bytes)) = there.content(stage) {
                let (known, equal) = equal.entry(digest).or_default();
                *known = known.take().or(bytes);
                equal.push(there);
            }
        }
        for (digest, (bytes, there)) in equal.into_iter().filter(|(_, (_, there))| there.len() > 1) {
            let warning = judge(&there, bytes.and_then(|bytes| recorded(&bytes, stage)).as_deref(), stage)?;
            spread.warning = spread.warning.take().or(warning);
            let unsealed = there.iter().filter(|there| matches!(there.lies, Lies::Below(_)));
            spread.digests.extend(unsealed.map(|there| (there.fragment.path.clone(), digest)));
        }
    }
    Ok(spread)
}

/// Fragments of equal bytes, and these if one of them is not sealed.
type Equal<'a> = (Option<Vec<u8>>, Vec<There<'a>>);

/// A fragment that is not sealed.
fn below<'a>(fragment: &'a Fragment, own: &BTreeSet<PathBuf>, stage: &'a Stage<'_>) -> There<'a> {
    let home = stage.home(fragment.part, read(fragment)).filter(|_| own.contains(read(fragment)));
    let base = home.unwrap_or_else(|| stage.mappers.of(fragment.part).root());
    There { fragment, part: fragment.part, lies: Lies::Below(base) }
}

/// A name that means a file in one place, and another one in another.
struct Conflict<'a> {
    places: [&'a There<'a>; 2],
    files: [&'a Told; 2],
    /// Whether the files are not known to have the same text.
    differ: bool,
}

/// A warning if the data of the process may count for two files. `recorded` are its names, if they are known.
///
/// # Errors
/// It is known that its data counts for two files of different texts.
fn judge(there: &[There<'_>], recorded: Option<&[String]>, stage: &Stage<'_>) -> Result<Option<Warning>, Error> {
    let meanings: Vec<Meanings> = there.iter().map(|there| there.meanings(recorded, stage)).collect();
    let conflicts = conflicts(there, &meanings, stage);
    let differing = conflicts.iter().find(|(_, conflict)| conflict.differ);
    let Some((name, Conflict { places, files, .. })) = differing.or(conflicts.first_key_value()) else {
        return Ok(None);
    };
    let are_sealed = places.map(There::is_sealed);
    if differing.is_some() && (recorded.is_some() || is_known(there, &meanings, &conflicts)) {
        let [fragment, copy] = places.map(There::name);
        let [one, other] = files.map(|told| stage.mappers.run().display_name(&told.meant.file.as_str().into()));
        return Err(Error::Copied { fragment, copy, one, other, are_sealed });
    }
    let [process, first, second] = [places[0].process().to_owned(), places[0].place(), places[1].place()];
    let text = format!(
        "the fragment `{process}` is in {first} and in {second}, and `{name}` is another file in each: one process may count for both"
    );
    Ok(Some(Warning::new(text).with_help(of_copies(are_sealed))))
}

/// The names that mean different files in two places, of which at least one counts.
fn conflicts<'a>(
    there: &'a [There<'a>],
    meanings: &'a [Meanings],
    stage: &Stage<'_>,
) -> BTreeMap<&'a str, Conflict<'a>> {
    let mut known: BTreeMap<&str, (&There<'_>, &Meanings, &Vec<Told>)> = BTreeMap::new();
    let mut conflicts: BTreeMap<&str, Conflict<'_>> = BTreeMap::new();
    for (place, here) in there.iter().zip(meanings) {
        for (name, told) in &here.files {
            let (first, first_here, first_told) = *known.entry(name).or_insert((place, here, told));
            let (Some(one), Some(other)) = (first_told.first(), told.first()) else { continue };
            let are_one = told.iter().any(|told| first_told.iter().any(|first| first.meant.real == told.meant.real));
            // With an absolute name of one, the fragment names both.
            let are_both = here.others.contains(&one.meant.real) || first_here.others.contains(&other.meant.real);
            if are_one || are_both || !(one.meant.counts || other.meant.counts) {
                continue;
            }
            let differ = one.text(stage).is_none_or(|text| Some(text) != other.text(stage));
            let conflict = Conflict { places: [first, place], files: [one, other], differ };
            match conflicts.entry(name) {
                Entry::Occupied(mut known) if differ && !known.get().differ => _ = known.insert(conflict),
                Entry::Occupied(_) => {}
                Entry::Vacant(free) => _ = free.insert(conflict),
            }
        }
    }
    conflicts
}

/// Whether it is known, without the names in the fragment, that a conflict of different texts concerns one of them: those that all places have are its own,
/// or each of them is such a conflict.
fn is_known(there: &[There<'_>], meanings: &[Meanings], conflicts: &BTreeMap<&str, Conflict<'_>>) -> bool {
    let Some((first, rest)) = meanings.split_first() else { return false };
    let in_all = |name: &&String| rest.iter().all(|other| other.files.contains_key(*name));
    let shared = first.files.keys().filter(in_all).count();
    let others = meanings.iter().map(|meanings| meanings.others.len()).min().unwrap_or_default();
    let named = there.iter().find_map(There::number_of_names);
    named == Some((shared + others) as u64)
        || (others == 0 && conflicts.len() == shared && conflicts.values().all(|conflict| conflict.differ))
}
