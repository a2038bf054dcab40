//! The names of the files in seals: from the root of this run on, and one name for each file.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::error::{Error, Placeless};
use super::section::Of;
use crate::model::path::is_absolute;
use crate::model::seal::File;
use crate::paths::{Mapper, Mappers};

/// A file's name in seals, and whether its path was absolute and below the root.
pub(super) type Name = (String, bool);

/// The names of all sections' files.
pub(super) struct Names {
    /// Each once, in order.
    all: Vec<Name>,
    /// For each section the places of its files' names among them.
    places: Vec<Vec<usize>>,
}

impl Names {
    /// The places of the names of each section's files, in the order of both.
    pub(super) fn places(&self) -> &[Vec<usize>] {
        &self.places
    }

    /// The number of names.
    pub(super) fn len(&self) -> usize {
        self.all.len()
    }

    /// The values with their names, of which they have the places.
    pub(super) fn named<T>(&self, values: impl IntoIterator<Item = (usize, T)>) -> BTreeMap<Name, T> {
        values.into_iter().filter_map(|(at, value)| Some((self.all.get(at)?.clone(), value))).collect()
    }

    /// The same names, of which equal ones have one place, whether their paths were relative or absolute.
    pub(super) fn by_text(self) -> Self {
        let Self { all, places } = self;
        let first =
            |place: usize| all.get(place).map_or(place, |(name, _)| all.partition_point(|other| other.0 < *name));
        let places = places.into_iter().map(|places| places.into_iter().map(first).collect()).collect();
        Self { all, places }
    }

    /// The name at a place.
    pub(super) fn at(&self, place: usize) -> &str {
        self.all.get(place).map_or("", |name| &name.0)
    }
}

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
    let (top, mapper) = (mappers.top_of(&places_of(sections)), mappers.of(part));
    let named = |place: Option<&str>, file: &File| {
        let named = |name: &str| match (top, place) {
            (Some(top), Some(place)) => mapper.from_place(top, place, name),
            _ => name.to_owned(),
        };
        let real = if file.real.is_empty() { &file.name } else { &file.real };
        Named { name: (named(&file.name), file.below_root), real: named(real), file: identity(place, real) }
    };
    // Shards name the same files: each way to name one is looked at once.
    let (mut known, mut files, mut places) = (HashMap::new(), Vec::new(), Vec::new());
    let mut before: Option<Of<'_>> = None;
    for of in sections {
        let place = of.section.place.as_deref();
        // Neighbours name nearly the same files in the same order.
        let same_place = before.filter(|before| before.section.place == of.section.place);
        let files_before = same_place.map_or(&[][..], |before| before.section.files.as_slice());
        let mut rest = files_before.iter().zip(places.last().into_iter().flatten().copied()).peekable();
        let of_files = of.section.files.iter().map(|file| {
            let File { name, real, below_root, .. } = file;
            while rest.next_if(|(before, _)| before.name < *name).is_some() {}
            if let Some((_, at)) = rest.peek().filter(|(before, _)| are_named_alike(before, file)) {
                return *at;
            }
            *known.entry((place, name, real, below_root)).or_insert_with(|| {
                files.push(named(place, file));
                files.len() - 1
            })
        });
        let of_files = of_files.collect();
        places.push(of_files);
        before = Some(*of);
    }
    all_placed(sections, &places, &files)?;
    unite(&mut files, mapper);
    let linked = files.iter().filter(|file| file.real != file.name.0);
    let real = linked.map(|file| (file.name.clone(), file.real.clone())).collect();
    let all: BTreeSet<&Name> = files.iter().map(|file| &file.name).collect();
    let ranks: BTreeMap<&Name, usize> = all.iter().copied().zip(0..).collect();
    let rank = |at: usize| files.get(at).and_then(|file| ranks.get(&file.name)).copied().unwrap_or_default();
    let places = places.into_iter().map(|places| places.into_iter().map(rank).collect()).collect();
    Ok((Names { places, all: all.into_iter().cloned().collect() }, real))
}

/// The places at which the names of the sections' files begin.
pub(super) fn places_of<'a>(sections: &[Of<'a>]) -> BTreeSet<&'a str> {
    let with_files = sections.iter().filter(|of| !of.section.files.is_empty());
    with_files.filter_map(|of| of.section.place.as_deref()).collect()
}

/// Whether two files of sections of one place have the same names.
fn are_named_alike(one: &File, other: &File) -> bool {
    (&one.name, &one.real, one.below_root) == (&other.name, &other.real, other.below_root)
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
fn all_placed(sections: &[Of<'_>], places: &[Vec<usize>], files: &[Named]) -> Result<(), Error> {
    if sections.iter().all(|of| of.section.place.is_none()) || sections.iter().all(|of| of.section.place.is_some()) {
        return Ok(());
    }
    let of_files = |of: Of<'_>, places: &[usize]| -> Vec<String> {
        let sealed = of.section.files.iter().flat_map(|file| [file.name.clone(), file.real.clone()]);
        let named = places.iter().filter_map(|at| files.get(*at));
        let named = named.flat_map(|file| [file.name.0.clone(), file.real.clone()]);
        sealed.chain(named).filter(|name| !name.is_empty() && !is_absolute(name)).collect()
    };
    let all = || sections.iter().zip(places);
    let mut known: HashMap<String, Of<'_>> = HashMap::new();
    for (of, places) in all().filter(|(of, _)| of.section.place.is_some()) {
        for name in of_files(*of, places) {
            known.entry(name).or_insert(*of);
        }
    }
    let mut met: BTreeMap<String, (Of<'_>, Of<'_>)> = BTreeMap::new();
    for (of, places) in all().filter(|(of, _)| of.section.place.is_none()) {
        for name in of_files(*of, places) {
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
fn unite(files: &mut [Named], mapper: &Mapper) {
    let mut leading: BTreeMap<&Identity, BTreeMap<String, &Name>> = BTreeMap::new();
    for Named { name, file, .. } in files.iter() {
        leading.entry(file).or_default().insert(mapper.recorded(&name.0, name.1), name);
    }
    leading.retain(|_, names| names.values().any(|name| names.values().next().is_some_and(|first| first.0 != name.0)));
    let united = |Named { real, file, .. }: &Named| -> Option<Name> {
        let (_, first) = leading.get(file)?.first_key_value()?;
        let is_below = !is_absolute(real) && !real.starts_with("../");
        Some(if is_below { (real.clone(), true) } else { (*first).clone() })
    };
    let united: Vec<Option<Name>> = files.iter().map(united).collect();
    for (file, name) in files.iter_mut().zip(united) {
        if let Some(name) = name {
            file.name = name;
        }
    }
}
