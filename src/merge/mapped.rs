//! The merged files under our paths, and those whose paths lead outside of the root.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use super::Error;
use super::error::Outlines;
use super::named::Name;
use super::sealed::Opened;
use super::worker::Group;
use crate::model::path::SourcePath;
use crate::model::trace::{FileTrace, MeantHere, Sealed, Trace, Unusable};
use crate::model::warning::Warning;
use crate::model::words::counted;
use crate::paths::{Mapper, Mappers, Mapping, NotFound, SealedName};

type ByPath = BTreeMap<SourcePath, FileTrace>;

/// The files that have claims, each with the first fragment that makes them.
pub(super) type Claimed = BTreeMap<SourcePath, PathBuf>;

/// A warning if some files that fragments list are outside the root: a shard that ran elsewhere has other names for the same files.
pub(super) fn astray(claimed: &Claimed, trace: &Trace, mapper: &Mapper) -> Option<Warning> {
    let astray = mapper.astray(claimed.keys());
    let (first, fragment) = claimed.get_key_value(*astray.first()?)?;
    let first = format!("`{}`, which `{}` lists,", mapper.display_name(first), fragment.display());
    let more = astray.len() as u64 - 1;
    // If no fragment has a file that is there, there is no checkout, and no other file to confuse them with.
    let is_bare = || mapper.astray(trace.measured().map(|(path, _)| path)).len() == trace.measured().count();
    if astray.len() == claimed.len() && is_bare() {
        let text = match more {
            0 => format!("{first} is not found below the root"),
            _ => format!("none of the {} that the fragments list is found below the root", counted(more + 1, "file")),
        };
        return Some(
            Warning::new(text).with_help(
                "if the sources are there under other names, map the names in the fragments: `--map FROM=TO`",
            ),
        );
    }
    let text = match more {
        0 => format!("{first} is not found below the root, and counts as a file of its own"),
        _ => format!(
            "{first} and {} are not found below the root, and count as files of their own",
            counted(more, "more file")
        ),
    };
    Some(Warning::new(text).with_help("if the fragment was made in another directory, map its paths: `--map FROM=TO`"))
}

/// The group whose files are added, and how.
#[derive(Clone, Copy)]
struct Adding<'a> {
    /// The part to which its fragments belong, if they belong to one.
    part: Option<usize>,
    mappers: &'a Mappers,
    /// Whether files are kept that `include` and `omit` leave out.
    keep_omitted: bool,
}

/// The merged files under our paths.
#[derive(Default)]
pub(super) struct Ours {
    /// The files that count.
    pub(super) files: ByPath,
    /// The files that `include` and `omit` leave out, if those are kept.
    pub(super) omitted: ByPath,
    /// The fragments that claim the files that count.
    pub(super) claimed: Claimed,
    /// The sources of both that seals hold.
    pub(super) sources: BTreeMap<SourcePath, Sealed>,
    /// The files of both of which a job could not use the source.
    pub(super) unusable: BTreeMap<SourcePath, Unusable>,
    /// The part of each file that belongs to one.
    pub(super) owners: BTreeMap<SourcePath, usize>,
    /// The files that no fragment names.
    pub(super) unmeasured: BTreeSet<SourcePath>,
    /// The parts of which fragments that belong to no part record files.
    pub(super) met: BTreeSet<usize>,
    /// The files that fragments record which are not sealed.
    recorded: BTreeSet<SourcePath>,
    /// The files of which seals hold two outlines under two names, with both texts in words.
    outlines: BTreeMap<SourcePath, [String; 2]>,
    /// The files that count in two parts, with these.
    shared: BTreeSet<(SourcePath, usize, usize)>,
}

/// Puts the files of all groups, and those of their seals, under our paths. A file belongs to the part whose fragments record it, else to the part
/// whose root holds it.
///
/// # Errors
/// The fragments of two parts record a file that counts in both.
pub(super) fn under_our_paths(
    groups: Vec<Group>,
    sealed: &mut [Opened],
    mappers: &Mappers,
    keep_omitted: bool,
) -> Result<Ours, Error> {
    let mut ours = Ours::default();
    let are_strangers = sealed.iter().any(|sealed| sealed.are_strangers);
    let has_seals = sealed.iter().any(|sealed| !sealed.files.is_empty());
    let groups = groups.into_iter().zip(sealed).enumerate().map(|(at, group)| (at.checked_sub(1), group));
    // Those that belong to no part come last: by then it is known which files are those of parts.
    let (of_parts, others): (Vec<_>, Vec<_>) = groups.partition(|(part, _)| part.is_some());
    for (part, (Group { files, claimed, .. }, sealed)) in of_parts.into_iter().chain(others) {
        let adding = Adding { part, mappers, keep_omitted };
        let recorded: BTreeMap<String, FileTrace> = files.into_iter().collect();
        let mapping = mappers.of(part).map(recorded.keys().map(String::as_str));
        let (linked, linked_sealed) = linked(&mapping, sealed, mappers.of(part));
        for (name, file) in recorded {
            let Some(mapped) = mapping.explain(&name) else { continue };
            let (path, is_included) = match linked.get(&mapped.path) {
                Some(path) => (path, mappers.of(part).admits(path)),
                None => (&mapped.path, mapped.included),
            };
            let path = mappers.from_run(part, path);
            let counts = ours.add(&path, file, is_included, adding);
            ours.recorded.extend((has_seals && counts == Some(true)).then(|| path.clone()));
            ours.unmeasured.remove(&path);
            if let Some(fragment) = claimed.get(&name).filter(|_| counts == Some(true)) {
                let first = ours.claimed.entry(path).or_insert_with(|| fragment.clone());
                if fragment < first {
                    first.clone_from(fragment);
                }
            }
        }
        rename(sealed, &linked_sealed);
        ours.add_sealed(sealed, adding);
    }
    if let Some((path, one, other)) = ours.shared.first() {
        let [one, other] = [one, other].map(|part| mappers.name(*part).to_owned());
        let file = mappers.run().display_name(path);
        return Err(Error::Shared { file, one, other, more: ours.shared.len() as u64 - 1 });
    }
    if let Some((path, whose)) = ours.outlines.first_key_value() {
        let (file, whose) = (mappers.run().display_name(path), whose.clone());
        let more = ours.outlines.len() as u64 - 1;
        return Err(Error::Outlines(Box::new(Outlines { file, beside: None, whose, more, are_strangers })));
    }
    for (path, source) in &mut ours.sources {
        source.meant_here = ours.recorded.contains(path).then_some(MeantHere::Fragments);
    }
    // Files that were inserted in order leave the nodes of the map half full.
    ours.files = std::mem::take(&mut ours.files).into_iter().collect();
    Ok(ours)
}

/// The paths and the names of files that fragments and seals name in two ways, one of which leads through a symbolic link.
fn linked(
    mapping: &Mapping,
    sealed: &Opened,
    mapper: &Mapper,
) -> (BTreeMap<SourcePath, SourcePath>, BTreeMap<String, String>) {
    if sealed.files.is_empty() {
        return (BTreeMap::new(), BTreeMap::new());
    }
    let mut names = Vec::with_capacity(sealed.files.len());
    for name in sealed.files.keys() {
        names.push((name.0.as_str(), sealed.real.get(name).unwrap_or(&name.0).as_str()));
    }
    mapper.linked(mapping.iter().map(|(_, mapped)| &mapped.path), &names)
}

/// Gives sealed files these other names.
fn rename(sealed: &mut Opened, names: &BTreeMap<String, String>) {
    if names.is_empty() {
        return;
    }
    let renamed = |name: Name| names.get(&name.0).map_or(name, |other| (other.clone(), true));
    let unnamed = std::mem::take(&mut sealed.unnamed);
    let named: BTreeSet<Name> =
        sealed.files.keys().filter(|name| !unnamed.contains(name)).cloned().map(renamed).collect();
    sealed.unnamed = unnamed.into_iter().map(renamed).filter(|name| !named.contains(name)).collect();
    for (name, file) in std::mem::take(&mut sealed.files) {
        sealed.files.entry(renamed(name)).or_default().union_with(file);
    }
    for (name, source) in std::mem::take(&mut sealed.sources) {
        sealed.sources.entry(renamed(name)).or_insert(source);
    }
    for (name, source) in std::mem::take(&mut sealed.unusable) {
        sealed.unusable.entry(renamed(name)).or_insert(source);
    }
}

impl Ours {
    /// Adds the data of a file that fragments of a part, or of none, record. `is_included` is whether it counts if it belongs to no part. Returns whether
    /// it counts; `None` if it is dropped.
    fn add(&mut self, path: &SourcePath, file: FileTrace, is_included: bool, adding: Adding<'_>) -> Option<bool> {
        let Adding { part, mappers, keep_omitted } = adding;
        let owner = part.or_else(|| self.owners.get(path).copied()).or_else(|| mappers.part_at(path));
        let is_included = owner.map_or(is_included, |owner| mappers.admits(owner, path));
        if !is_included && !keep_omitted {
            return None;
        }
        if let (true, Some(owner)) = (is_included, owner) {
            let other = self.owners.insert(path.clone(), owner).filter(|&other| other != owner);
            self.shared.extend(other.map(|other| (path.clone(), other, owner)));
            self.met.extend(part.is_none().then_some(owner));
        }
        let into = if is_included { &mut self.files } else { &mut self.omitted };
        into.entry(path.clone()).or_default().union_with(file);
        Some(is_included)
    }

    /// Adds the files that count though no fragment records them: those of the scope of the run and of its parts. `are_sealed` is whether seals are
    /// among the fragments.
    ///
    /// # Errors
    /// A place that was named on the command line is not there.
    pub(super) fn add_unmeasured(
        &mut self,
        mappers: &Mappers,
        keep_omitted: bool,
        are_sealed: bool,
        warnings: &mut Vec<Warning>,
    ) -> Result<(), NotFound> {
        let absolute = |path: &SourcePath| mappers.run().absolute(path).to_string_lossy().as_ref().into();
        for part in std::iter::once(None).chain((0..mappers.parts()).map(Some)) {
            let mapper = mappers.of(part);
            let scoped = if part.is_none() {
                mapper.scoped(self.files.keys().chain(self.omitted.keys()), are_sealed)?
            } else {
                let known = self.files.keys().chain(self.omitted.keys());
                let measured: Vec<SourcePath> = known.map(absolute).collect();
                mapper.scoped(measured.iter(), are_sealed)?
            };
            warnings.extend(scoped.warnings);
            self.find_here(&scoped.files, mappers);
            for (path, is_included) in scoped.unmeasured {
                let path = mappers.from_run(part, &path);
                let part = part.or_else(|| mappers.part_at(&path));
                self.add_unnamed(&path, FileTrace::default(), is_included, Adding { part, mappers, keep_omitted });
            }
        }
        Ok(())
    }

    /// Notes which sealed sources are among the files of a scope, too.
    fn find_here(&mut self, scope: &BTreeSet<PathBuf>, mappers: &Mappers) {
        if scope.is_empty() {
            return;
        }
        for (path, source) in &mut self.sources {
            let place = mappers.run().absolute(path);
            if scope.contains(&place.canonicalize().unwrap_or(place)) {
                source.meant_here.get_or_insert(MeantHere::Source);
            }
        }
    }

    /// Adds a file that no fragment of the group names.
    fn add_unnamed(
        &mut self,
        path: &SourcePath,
        file: FileTrace,
        is_included: bool,
        adding: Adding<'_>,
    ) -> Option<bool> {
        let is_new = !self.files.contains_key(path) && !self.omitted.contains_key(path);
        let counts = self.add(path, file, is_included, adding);
        if is_new && counts.is_some() {
            self.unmeasured.insert(path.clone());
        }
        counts
    }

    /// Adds the files in the seals of a part, or in those of none, and their sources.
    fn add_sealed(&mut self, sealed: &mut Opened, adding: Adding<'_>) {
        let Adding { part, mappers, .. } = adding;
        let files = std::mem::take(&mut sealed.files);
        let names = files.keys().map(|key @ (name, below_root)| SealedName {
            name: name.clone(),
            below_root: *below_root,
            has_source: sealed.sources.contains_key(key),
        });
        let names = mappers.of(part).rename_sealed(names.collect());
        let placed: Vec<(SourcePath, bool)> = match part {
            None => mappers.run().place_sealed(&names, self.files.keys().chain(self.omitted.keys())),
            Some(_) => names.iter().map(|file| (mappers.from_run(part, &file.name.as_str().into()), true)).collect(),
        };
        // Both are in the order of the names.
        for ((name, file), (path, is_included)) in files.into_iter().zip(placed) {
            let counts = if sealed.unnamed.contains(&name) {
                self.add_unnamed(&path, file, is_included, adding)
            } else {
                self.unmeasured.remove(&path);
                self.add(&path, file, is_included, adding)
            };
            if counts.is_none() {
                continue;
            }
            if let Some(source) = sealed.sources.remove(&name) {
                sealed.warnings.extend(self.add_source(path, source, mappers));
            } else if let Some(source) = sealed.unusable.remove(&name) {
                self.unusable.entry(path).or_insert(source);
            }
        }
    }

    /// Adds the source of a file that may have another one under another name, or in the seals of a part. Two texts of one outline are a warning.
    fn add_source(&mut self, path: SourcePath, source: Sealed, mappers: &Mappers) -> Option<Warning> {
        let mut known = match self.sources.entry(path.clone()) {
            Entry::Vacant(free) => {
                free.insert(source);
                return None;
            }
            Entry::Occupied(known) => known,
        };
        let warning = if known.get().fingerprint == source.fingerprint {
            None
        } else if known.get().is_of_one_outline(&source) {
            Some(known.get().two_texts(&mappers.run().display_name(&path), &source.whose))
        } else {
            self.outlines.entry(path).or_insert_with(|| [known.get().whose.clone(), source.whose.clone()]);
            None
        };
        let more = |source: &Sealed| (source.kind, source.text.is_some());
        if more(&source) > more(known.get()) {
            known.insert(source);
        }
        warning
    }
}

/// Takes the files out of `omitted` that count all the same, since only another part leaves them out; the files with their data.
pub(super) fn with_omitted(files: &ByPath, omitted: &mut ByPath) -> Option<ByPath> {
    let both: Vec<SourcePath> = omitted.keys().filter(|path| files.contains_key(path)).cloned().collect();
    let mut all = (!both.is_empty()).then(|| files.clone())?;
    for path in both {
        if let (Some(file), Some(data)) = (all.get_mut(&path), omitted.remove(&path)) {
            file.union_with(data);
        }
    }
    Some(all)
}

/// A warning for each `--map` that matches none of the paths in the fragments of any group, sealed or not.
pub(super) fn unused(groups: &[Group], sealed: &[Opened], mappers: &Mappers) -> Vec<Warning> {
    let of_group = |(at, (group, sealed)): (usize, (&Group, &Opened))| {
        let mapper = mappers.of(at.checked_sub(1));
        let of_seals = sealed.files.keys().map(|(name, below_root)| mapper.recorded(name, *below_root));
        let paths: Vec<String> = group.files.keys().cloned().chain(of_seals).collect();
        (!paths.is_empty()).then(|| mapper.unused(paths.iter().map(String::as_str)))
    };
    let in_both = |one: Vec<Warning>, other: Vec<Warning>| {
        one.into_iter().filter(|odd| other.iter().any(|other| other.text == odd.text)).collect()
    };
    groups.iter().zip(sealed).enumerate().filter_map(of_group).reduce(in_both).unwrap_or_default()
}

/// The warnings about copies among the files of each part, and among those that belong to none.
pub(super) fn copies(trace: &Trace, mappers: &Mappers) -> Vec<Warning> {
    let of =
        |part: Option<usize>| mappers.run().copies(trace.files.keys().filter(move |path| trace.owner(path) == part));
    std::iter::once(None).chain((0..mappers.parts()).map(Some)).flat_map(of).collect()
}
