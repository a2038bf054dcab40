//! The journal of a publication: written before its first change and removed after its last one.
//!
//! A run that is killed in between leaves some outputs new and some old. The journal tells the next run, which finishes the publication, and
//! `verify`. There is one in each directory whose files change; its paths are relative to that directory.
//!
//! A journal may be anybody's: only drafts of ours are moved, only to places beside them, and only pages of ours are removed.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::changes::{Change, Kind, Sign, State};
use super::contents::is_page;
use super::stage::{drafts_of_ours, is_draft};
use crate::model::output::JOURNAL;
use crate::regular;

#[derive(Serialize, Deserialize)]
struct Document {
    /// All directories with a journal of this publication.
    directories: Vec<Name>,
    changes: Vec<Entry>,
}

#[derive(Serialize, Deserialize)]
struct Entry {
    kind: Kind,
    draft: Name,
    target: Name,
    sign: Option<Sign>,
}

/// A path: text or, if it is not UTF-8, its bytes.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Name {
    Text(String),
    Bytes(Vec<u8>),
}

/// The journal of a publication that goes on.
pub(super) struct Journal {
    directories: Vec<PathBuf>,
}

impl Journal {
    /// Writes the journal into each of the `directories`, which are absolute and without links, as the paths of the changes are.
    pub(super) fn begin(directories: &BTreeSet<PathBuf>, changes: &[Change]) -> io::Result<Self> {
        let signs = changes.iter().map(Change::sign).collect::<io::Result<Vec<_>>>()?;
        let mut journal = Self { directories: Vec::with_capacity(directories.len()) };
        for directory in directories {
            let entry = |(change, sign): (&Change, &Option<Sign>)| Entry {
                kind: change.kind,
                draft: Name::of(&change.draft, directory),
                target: Name::of(&change.target, directory),
                sign: *sign,
            };
            let document = Document {
                directories: directories.iter().map(|other| Name::of(other, directory)).collect(),
                changes: changes.iter().zip(&signs).map(entry).collect(),
            };
            let written = drafts_of_ours().tempfile_in(directory);
            let written = written.and_then(|file| {
                serde_json::to_writer(io::BufWriter::new(file.as_file()), &document)?;
                file.persist(directory.join(JOURNAL)).map_err(|error| error.error)
            });
            if let Err(error) = written {
                journal.end();
                return Err(error);
            }
            journal.directories.push(directory.clone());
        }
        Ok(journal)
    }

    /// Removes the journal.
    pub(super) fn end(self) {
        // One that stays tells of changes that are all made: the next run finds nothing to do.
        _ = remove(&self.directories);
    }
}

fn remove(directories: &[PathBuf]) -> Result<(), (PathBuf, io::Error)> {
    for path in directories.iter().map(|directory| directory.join(JOURNAL)) {
        match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err((path, error)),
            _ => {}
        }
    }
    Ok(())
}

/// A publication that a killed run left unfinished.
pub(super) struct Unfinished {
    /// The reason why its journal cannot be read.
    unreadable: Option<io::Error>,
    /// The directories with a journal of it.
    directories: Vec<PathBuf>,
    changes: Vec<(Change, Option<Sign>)>,
}

impl Unfinished {
    /// The publication of which there is a journal in `directory`, an absolute path without links.
    pub(super) fn find(directory: &Path) -> Option<Self> {
        let path = directory.join(JOURNAL);
        path.symlink_metadata().ok()?;
        let document = regular::read(&path).and_then(|bytes| Ok(serde_json::from_slice::<Document>(&bytes)?));
        let mut found = Self { unreadable: None, directories: vec![directory.to_owned()], changes: Vec::new() };
        match document {
            Err(error) => found.unreadable = Some(error),
            Ok(Document { directories, changes }) => {
                found.directories.extend(directories.into_iter().map(|other| other.from(directory)));
                let change = |entry: Entry| {
                    let (draft, target) = (entry.draft.from(directory), entry.target.from(directory));
                    (Change { kind: entry.kind, draft, target }, entry.sign)
                };
                found.changes.extend(changes.into_iter().map(change).filter(|(change, _)| home(change).is_some()));
            }
        }
        Some(found)
    }

    /// The directories that must be locked for it.
    pub(super) fn homes(&self) -> impl Iterator<Item = PathBuf> {
        let of_changes = self.changes.iter().filter_map(|(change, _)| home(change).map(Path::to_owned));
        self.directories.iter().cloned().chain(of_changes)
    }

    /// Makes the changes that are not made yet. This run will replace the targets for which `replaces` holds.
    ///
    /// # Errors
    /// The target of a change that cannot be made, and the reason. The journal then stays.
    pub(super) fn finish(self, replaces: &dyn Fn(&Path) -> bool) -> Result<(), (PathBuf, io::Error)> {
        if let Some(why) = self.unreadable {
            return Err((self.directories.into_iter().next().unwrap_or_default().join(JOURNAL), why));
        }
        for (change, sign) in &self.changes {
            let made = match change.state(*sign) {
                Ok(State::Made) => Ok(()),
                Ok(State::ToDo) if is_ours(change) => change.make(),
                Ok(_) if replaces(&change.target) => Ok(()),
                Ok(_) => Err(io::Error::other("its draft is not the one that the run made")),
                Err(error) => Err(error),
            };
            made.map_err(|error| (change.target.clone(), error))?;
        }
        remove(&self.directories)
    }
}

/// The directory that holds the draft and the target of a change, or a page and the draft of its site; `None` for a change that is not one of ours.
fn home(change: &Change) -> Option<&Path> {
    let draft = change.draft.ancestors().find(|path| path.file_name().is_some_and(is_draft))?;
    let home = draft.parent()?;
    let inside = change.draft.strip_prefix(draft).ok()?;
    let place = change.target.strip_prefix(home).ok()?;
    let is_beside = match inside.components().count() {
        0 => place.components().count() == 1 && change.kind != Kind::Remove,
        _ => inside == place && change.kind != Kind::Appear,
    };
    is_beside.then_some(home)
}

/// Whether nothing but our own files is moved: no link leads elsewhere, and what is removed is a page of a report.
fn is_ours(change: &Change) -> bool {
    let is_directory =
        change.target.parent().is_some_and(|parent| parent.symlink_metadata().is_ok_and(|metadata| metadata.is_dir()));
    is_directory && (change.kind != Kind::Remove || is_page(&change.target))
}

impl Name {
    /// The way from a directory to a path, both absolute.
    fn of(path: &Path, directory: &Path) -> Self {
        let shared = path.components().zip(directory.components()).take_while(|(one, other)| one == other).count();
        let up = directory.components().skip(shared).map(|_| Component::ParentDir);
        let way: PathBuf = up.chain(path.components().skip(shared)).collect();
        match way.into_os_string().into_string() {
            Ok(text) => Self::Text(text),
            Err(name) => Self::Bytes(name.into_encoded_bytes()),
        }
    }

    /// The path to which the way leads from a directory.
    fn from(self, directory: &Path) -> PathBuf {
        let way = match self {
            Self::Text(text) => OsString::from(text),
            Self::Bytes(bytes) => name(bytes),
        };
        let mut path = directory.to_owned();
        for component in Path::new(&way).components() {
            match component {
                Component::ParentDir => _ = path.pop(),
                Component::Normal(name) => path.push(name),
                _ => {}
            }
        }
        path
    }
}

#[cfg(unix)]
fn name(bytes: Vec<u8>) -> OsString {
    std::os::unix::ffi::OsStringExt::from_vec(bytes)
}

#[cfg(not(unix))]
fn name(bytes: Vec<u8>) -> OsString {
    String::from_utf8_lossy(&bytes).into_owned().into()
}
