//! A worker reads fragments one after another, and unites them under the paths as recorded.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::age::Limit;
use super::error::{Error, REPETITIONS};
use super::identical::Identical;
use super::load::{Loaded, load, modified, unloaded};
use super::reading::{Reading, Surroundings, read_in};
use crate::model::fragment::{Fragment, Outcome};
use crate::model::seal::Seal;
use crate::model::settings::{self, UnfinishedFragments};
use crate::model::trace::{FileTrace, Recording};
use crate::packed::Archives;
use crate::paths::{Beside, Mapper, Mappers, Place};
use crate::read::{self, covmerge};
use crate::seal;

/// The inputs that all workers share.
pub(super) struct Stage<'a> {
    pub(super) cwd: &'a Path,
    pub(super) settings: &'a settings::Merge,
    /// The contexts to read of fragments that belong to no part, then of those of each part.
    pub(super) contexts: &'a [read::Contexts],
    pub(super) identical: &'a Identical<'a>,
    pub(super) archives: &'a Archives,
    pub(super) mappers: &'a Mappers,
    pub(super) limit: Option<&'a Limit>,
    /// The part of each fragment that belongs to one.
    pub(super) parts: &'a BTreeMap<PathBuf, usize>,
    /// For each directory of fragments of a part that holds sources of its own, where it is.
    pub(super) homes: &'a HashMap<(Option<usize>, PathBuf), PathBuf>,
}

impl<'a> Stage<'a> {
    /// The directory from which the relative names of the fragment may be meant, if it is not the root.
    pub(super) fn home(&self, part: Option<usize>, path: &Path) -> Option<&'a Path> {
        if self.homes.is_empty() {
            return None;
        }
        self.homes.get(&(part, path.parent()?.to_owned())).map(PathBuf::as_path)
    }
}

/// The place of a part among the groups of data.
pub(super) fn group_of(part: Option<usize>) -> usize {
    part.map_or(0, |part| part + 1)
}

/// The data of the fragments that belong to one part, or to none.
#[derive(Default)]
pub(super) struct Group {
    /// The files by their recorded paths.
    pub(super) files: HashMap<String, FileTrace>,
    /// For each file with claims, the first fragment that makes any.
    pub(super) claimed: HashMap<String, PathBuf>,
    /// Whether the context filter admits a context of any fragment; also true without a filter.
    pub(super) admitted: bool,
    /// Whether the metadata of any fragment says that branches were measured.
    pub(super) declares_branches: bool,
    /// The seals.
    pub(super) seals: Vec<(PathBuf, Seal)>,
}

/// The data that one worker has read so far.
#[derive(Default)]
pub(super) struct Worker {
    /// The data of fragments that belong to no part, then that of each part; the last ones may be missing.
    pub(super) groups: Vec<Group>,
    pub(super) fragments: Vec<Fragment>,
    /// Names that mean two files each: the name, the fragment, the file beside it, the other file.
    pub(super) ambiguous: BTreeSet<(String, PathBuf, String, String)>,
    /// The fragments with names that lead to files beside them.
    pub(super) own: BTreeSet<PathBuf>,
    /// The names of fragments that lie in the same directory, by that directory.
    places: HashMap<PathBuf, Beside>,
    /// The sources of the seals so far.
    sealed: seal::Known,
    /// If contexts cannot be selected: the reason and the remedy.
    pub(super) contexts: Option<(String, String)>,
    /// The bytes of the current fragment; the buffer is reused.
    bytes: Vec<u8>,
}

impl Worker {
    /// Reads the fragment at `path` and adds it.
    pub(super) fn take<'a>(&mut self, path: &'a Path, stage: &Stage<'a>) {
        let mut fragment = Fragment::untried(path.to_owned());
        fragment.part = stage.parts.get(path).copied();
        fragment.outcome = self.outcome(path, &mut fragment, stage);
        self.fragments.push(fragment);
    }

    fn outcome<'a>(&mut self, path: &'a Path, fragment: &mut Fragment, stage: &Stage<'a>) -> Outcome {
        let Stage { cwd, settings, contexts, identical, .. } = stage;
        let home = stage.home(fragment.part, path);
        let file = cwd.join(path);
        fragment.modified = modified(&file);
        match load(&file, stage.archives, &mut self.bytes) {
            Err(error) => return Outcome::Rejected { why: error.to_string(), help: Some(unloaded(&error).into()) },
            Ok(Loaded::NotAFragment { bytes, error }) => {
                fragment.bytes = bytes;
                return Outcome::Rejected { why: error.to_string(), help: error.help };
            }
            Ok(Loaded::Whole) => {}
        }
        fragment.bytes = self.bytes.len() as u64;
        if settings.sealing {
            fragment.digest = Some(Sha256::digest(&self.bytes).into());
        }
        let format = read::format_of(&file, &self.bytes);
        let around = format.as_ref().map(|format| Surroundings::of(format, &file, stage.archives)).unwrap_or_default();
        if let (Ok(format), false) = (&format, around.tell()) {
            // A twin shares the outcome. `settle_duplicates` decides which of the two is the duplicate once all are known.
            if let Some(twin) = identical.earlier(path, (fragment.part, home), around.is_open_name, &self.bytes) {
                fragment.format = Some(format.name);
                return Outcome::Duplicate { of: twin.to_owned() };
            }
        }
        if let Ok(format) = &format {
            fragment.format = Some(format.name);
            fragment.tool = Some(format.tool);
        }
        let reading = match format {
            // Nothing around a seal tells more of it.
            Ok(format) if format.name == covmerge::NAME => covmerge::read_beside(&self.bytes, &mut self.sealed)
                .and_then(|recording| {
                    read::check(&recording, &settings.contexts.limits)?;
                    Ok(Reading { recording, unfinished: None })
                }),
            format => read_in(around, format, &self.bytes, &contexts[group_of(fragment.part)]),
        };
        match reading {
            Err(error) => {
                if error.fault == read::Fault::Contexts {
                    let found = match &error.help {
                        Some(help) => (format!("`{}`: {}", fragment.path.display(), error.cause), help.clone()),
                        // A pattern backtracks too much; the fragment is irrelevant.
                        None => (error.cause.clone(), REPETITIONS.to_owned()),
                    };
                    self.contexts = self.contexts.take().into_iter().chain([found]).min();
                }
                Outcome::Rejected { why: error.to_string(), help: error.help }
            }
            Ok(reading) if stage.limit.is_some_and(|limit| limit.excludes(&reading.recording.origin)) => {
                fragment.producer = reading.recording.producer;
                fragment.origin = reading.recording.origin;
                Outcome::TooOld
            }
            Ok(reading) => {
                let home = home.map(|home| (home, stage.mappers.of(fragment.part)));
                self.fold(fragment, reading, settings.unfinished_fragments, home)
            }
        }
    }

    fn fold(
        &mut self,
        fragment: &mut Fragment,
        reading: Reading,
        unfinished: UnfinishedFragments,
        home: Option<(&Path, &Mapper)>,
    ) -> Outcome {
        let Recording {
            files,
            kind,
            declares_branches,
            producer,
            admitted,
            incomplete,
            origin,
            ending: _,
            warnings,
            sealed,
        } = reading.recording;
        if let Some(seal) = sealed {
            self.group(group_of(fragment.part)).seals.push((fragment.path.clone(), seal));
            return Outcome::Merged { files: 0 };
        }
        fragment.producer = producer;
        fragment.incomplete = incomplete;
        fragment.origin = origin;
        fragment.unfinished = reading.unfinished;
        if let (Some(why), UnfinishedFragments::Fail) = (fragment.why_unfinished(), unfinished) {
            return Outcome::Rejected { why, help: None };
        }
        fragment.kind = kind;
        fragment.warnings = warnings;
        let count = files.len() as u64;
        let files: Vec<(String, FileTrace)> = match home {
            Some((home, mapper)) => {
                let placed = |(path, file)| (self.placed(path, &fragment.path, home, mapper), file);
                files.into_iter().map(placed).collect()
            }
            None => files,
        };
        let group = self.group(group_of(fragment.part));
        group.admitted |= admitted;
        group.declares_branches |= declares_branches;
        for (path, file) in files {
            if !file.claims.is_empty() {
                note_first(&mut group.claimed, &path, &fragment.path);
            }
            group.add(path, file);
        }
        Outcome::Merged { files: count }
    }

    /// The data of that group.
    fn group(&mut self, at: usize) -> &mut Group {
        if self.groups.len() <= at {
            self.groups.resize_with(at + 1, Group::default);
        }
        &mut self.groups[at]
    }

    /// The name of a file that a fragment records as `name`: from the root on, wherever the fragment lies.
    fn placed(&mut self, name: String, fragment: &Path, home: &Path, mapper: &Mapper) -> String {
        if !self.places.contains_key(home) {
            self.places.insert(home.to_owned(), Beside::new(home));
        }
        match self.places.get_mut(home).map_or(Place::Root, |beside| mapper.place(beside, &name)) {
            Place::Root => name,
            Place::Own(path) => {
                self.own.insert(fragment.to_owned());
                path
            }
            Place::Both { own, other } => {
                self.own.insert(fragment.to_owned());
                self.ambiguous.insert((name.clone(), fragment.to_owned(), own, other));
                name
            }
        }
    }

    /// Checks that each relative name leads to one file.
    ///
    /// # Errors
    /// A name leads to the file beside its fragment and to another one.
    pub(super) fn check_names(&self) -> Result<(), Error> {
        let Some((name, fragment, own, other)) = self.ambiguous.first().cloned() else { return Ok(()) };
        Err(Error::Ambiguous { name, fragment, own, other, more: self.ambiguous.len() as u64 - 1 })
    }

    /// The data of both.
    pub(super) fn union(self, other: Self) -> Self {
        let (mut into, from) = if self.groups.len() >= other.groups.len() { (self, other) } else { (other, self) };
        into.fragments.extend(from.fragments);
        into.ambiguous.extend(from.ambiguous);
        into.own.extend(from.own);
        // Several fragments may report such an error, and chance decides which worker met which.
        into.contexts = into.contexts.into_iter().chain(from.contexts).min();
        for (one, other) in into.groups.iter_mut().zip(from.groups) {
            *one = std::mem::take(one).union(other);
        }
        into
    }
}

impl Group {
    fn add(&mut self, path: String, file: FileTrace) {
        match self.files.get_mut(&path) {
            Some(known) => known.union_with(file),
            None => _ = self.files.insert(path, file),
        }
    }

    /// The data of both.
    fn union(self, other: Self) -> Self {
        let (mut into, from) = if self.files.len() >= other.files.len() { (self, other) } else { (other, self) };
        into.seals.extend(from.seals);
        into.admitted |= from.admitted;
        into.declares_branches |= from.declares_branches;
        #[expect(clippy::iter_over_hash_type, reason = "the first of two is the same in any order")]
        for (path, fragment) in &from.claimed {
            note_first(&mut into.claimed, path, fragment);
        }
        #[expect(clippy::iter_over_hash_type, reason = "a union is the same in any order")]
        for (path, file) in from.files {
            into.add(path, file);
        }
        into
    }
}

/// Records `fragment` as the first one for the file `path`, unless an earlier one is recorded.
fn note_first(noted: &mut HashMap<String, PathBuf>, path: &str, fragment: &Path) {
    match noted.get_mut(path) {
        Some(first) if fragment < first.as_path() => fragment.clone_into(first),
        Some(_) => {}
        None => _ = noted.insert(path.to_owned(), fragment.to_owned()),
    }
}
