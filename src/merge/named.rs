//! The names of the files in seals: from the root of this run on, and one name for each file.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::error::{Error, Placeless};
use super::section::Of;
use crate::model::path::is_absolute;
use crate::paths::{Mapper, Mappers};

/// A file's name in seals, and whether its path was absolute and below the root.
pub(super) type Name = (String, bool);

/// The names of each section's files, in the order of both.
pub(super) type Names = Vec<Vec<Name>>;

/// The names without symbolic links of the files that have others.
pub(super) type Real = BTreeMap<Name, String>;

/// A file of a section.
struct Named {
    name: Name,
    /// Its name without symbolic links.
    real: String,
    /// What tells whether two files are one.
    file: Identity,
}

/// A file, whichever links lead to it.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Identity {
    /// By its name from the top of the work tree on, or its absolute one.
    Placed(String),
    /// By its name from a root on of which the place is not known, or from which the name leads out of the work tree.
    Unplaced(Option<String>, String),
}

/// Names the files of the sections of that part, or of none.
///
/// # Errors
/// Of two sections that name a file alike, one does not tell its place in the work tree: it may be another file.
pub(super) fn names(sections: &[Of<'_>], part: Option<usize>, mappers: &Mappers) -> Result<(Names, Real), Error> {
    let places: BTreeSet<&str> = sections
        .iter()
        .filter(|of| !of.section.files.is_empty())
        .filter_map(|of| of.section.place.as_deref())
        .collect();
    let (top, mapper) = (mappers.top_of(&places), mappers.of(part));
    let of_section = |of: &Of<'_>| {
        of.section
            .files
            .iter()
            .map(|file| {
                let place = of.section.place.as_deref();
                let named = |name: &str| match (top, place) {
                    (Some(top), Some(place)) => mapper.from_place(top, place, name),
                    _ => name.to_owned(),
                };
                let real = if file.real.is_empty() { &file.name } else { &file.real };
                Named { name: (named(&file.name), file.below_root), real: named(real), file: identity(place, real) }
            })
            .collect()
    };
    let mut named: Vec<Vec<Named>> = sections.iter().map(of_section).collect();
    all_placed(sections, &named)?;
    unite(&mut named, mapper);
    let linked = named.iter().flatten().filter(|file| file.real != file.name.0);
    let real = linked.map(|file| (file.name.clone(), file.real.clone())).collect();
    Ok((named.into_iter().map(|files| files.into_iter().map(|file| file.name).collect()).collect(), real))
}

fn identity(place: Option<&str>, real: &str) -> Identity {
    if is_absolute(real) {
        return Identity::Placed(real.to_owned());
    }
    let unplaced = || Identity::Unplaced(place.map(str::to_owned), real.to_owned());
    let Some(place) = place else { return unplaced() };
    let mut parts: Vec<&str> = place.split('/').filter(|part| !part.is_empty()).collect();
    for part in real.split('/') {
        match part {
            ".." if parts.is_empty() => return unplaced(),
            ".." => _ = parts.pop(),
            "." | "" => {}
            part => parts.push(part),
        }
    }
    Identity::Placed(parts.join("/"))
}

/// Checks that no section without a place has a name in common with one that has one.
fn all_placed(sections: &[Of<'_>], named: &[Vec<Named>]) -> Result<(), Error> {
    if sections.iter().all(|of| of.section.place.is_none()) || sections.iter().all(|of| of.section.place.is_some()) {
        return Ok(());
    }
    let of_files = |of: Of<'_>, named: &[Named]| -> Vec<String> {
        let sealed = of.section.files.iter().flat_map(|file| [file.name.clone(), file.real.clone()]);
        let named = named.iter().flat_map(|file| [file.name.0.clone(), file.real.clone()]);
        sealed.chain(named).filter(|name| !name.is_empty() && !is_absolute(name)).collect()
    };
    let all = || sections.iter().zip(named);
    let mut known: HashMap<String, Of<'_>> = HashMap::new();
    for (of, named) in all().filter(|(of, _)| of.section.place.is_some()) {
        for name in of_files(*of, named) {
            known.entry(name).or_insert(*of);
        }
    }
    let mut met: BTreeMap<String, (Of<'_>, Of<'_>)> = BTreeMap::new();
    for (of, named) in all().filter(|(of, _)| of.section.place.is_none()) {
        for name in of_files(*of, named) {
            if let Some(other) = known.get(&name) {
                met.entry(name).or_insert((*of, *other));
            }
        }
    }
    let Some((file, (of, other))) = met.first_key_value() else { return Ok(()) };
    Err(Error::Placeless(Box::new(Placeless {
        file: file.clone(),
        seal: of.path.to_owned(),
        other: other.path.to_owned(),
        place: other.section.place.clone().unwrap_or_default(),
        more: met.len() as u64 - 1,
    })))
}

/// Gives names that lead to one file one name: that without links if it is below the root, else the first of them. See `paths::twins`.
fn unite(named: &mut [Vec<Named>], mapper: &Mapper) {
    let mut leading: BTreeMap<&Identity, BTreeMap<String, &Name>> = BTreeMap::new();
    for Named { name, file, .. } in named.iter().flatten() {
        leading.entry(file).or_default().insert(mapper.recorded(&name.0, name.1), name);
    }
    leading.retain(|_, names| names.values().any(|name| names.values().next().is_some_and(|first| first.0 != name.0)));
    let united = |Named { real, file, .. }: &Named| -> Option<Name> {
        let (_, first) = leading.get(file)?.first_key_value()?;
        let is_below = !is_absolute(real) && !real.starts_with("../");
        Some(if is_below { (real.clone(), true) } else { (*first).clone() })
    };
    let united: Vec<Vec<Option<Name>>> = named.iter().map(|files| files.iter().map(united).collect()).collect();
    for (file, name) in named.iter_mut().flatten().zip(united.into_iter().flatten()) {
        if let Some(name) = name {
            file.name = name;
        }
    }
}
