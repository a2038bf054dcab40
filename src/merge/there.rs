//! A fragment in one of the places where it lies, and the files that its names mean there.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use sha2::{Digest, Sha256};

use super::load::load_any;
use super::section::Of;
use super::worker::Stage;
use crate::model::copies::process;
use crate::model::fragment::{Fragment, Outcome};
use crate::model::path::is_absolute;
use crate::model::seal::File;
use crate::model::study::Fingerprint;
use crate::paths::Meant;
use crate::read::{self, Contexts};
use crate::seal;

/// A fragment in one of its places.
#[derive(Clone, Copy)]
pub(super) struct There<'a> {
    pub(super) fragment: &'a Fragment,
    pub(super) part: Option<usize>,
    pub(super) lies: Lies<'a>,
}

/// How a fragment lies in its place.
#[derive(Clone, Copy)]
pub(super) enum Lies<'a> {
    /// By itself: its relative names begin at this directory.
    Below(&'a Path),
    /// In the section of a seal; `top` is the top of the work tree, if there is one.
    Sealed { of: Of<'a>, top: Option<&'a str> },
}

/// The files that the names of a fragment mean.
pub(super) struct Meanings {
    /// By relative name. Several for a name that may have stood in the fragment as it is, or from the directory of the fragment on.
    pub(super) files: BTreeMap<String, Vec<Told>>,
    /// The other files, whose paths were absolute: without links.
    pub(super) others: BTreeSet<String>,
}

/// A file that a name means.
pub(super) struct Told {
    pub(super) meant: Meant,
    text: Text,
}

/// Where the text of a file is.
enum Text {
    /// In the file.
    Here,
    /// In a seal, if it has it.
    Sealed(Option<Fingerprint>),
}

impl Told {
    /// Identifies the text, if it is known and may be compared.
    pub(super) fn text(&self, stage: &Stage<'_>) -> Option<Fingerprint> {
        match self.text {
            Text::Here => stage.mappers.run().text(&self.meant.real).map(|text| seal::fingerprint(&text)),
            Text::Sealed(fingerprint) => fingerprint,
        }
    }
}

impl There<'_> {
    /// Whether the names of both begin at one directory.
    pub(super) fn is_at(&self, other: &There<'_>) -> bool {
        match (self.lies, other.lies) {
            (Lies::Below(one), Lies::Below(two)) => (self.part, one) == (other.part, two),
            _ => false,
        }
    }

    pub(super) fn is_sealed(&self) -> bool {
        matches!(self.lies, Lies::Sealed { .. })
    }

    /// The process, by the name that coverage.py chose.
    pub(super) fn process(&self) -> &str {
        process(self.fragment).unwrap_or_default()
    }

    /// The fragment, and the seal that holds it.
    pub(super) fn name(&self) -> String {
        match self.lies {
            Lies::Below(_) => format!("`{}`", self.fragment.path.display()),
            Lies::Sealed { .. } => format!("`{}` in {}", self.process(), self.place()),
        }
    }

    /// The directory that holds the fragment, or the seal with its place in the work tree.
    pub(super) fn place(&self) -> String {
        let or_here = |place: &str| if place.is_empty() { ".".to_owned() } else { place.to_owned() };
        match self.lies {
            Lies::Below(_) => {
                let directory = self.fragment.path.parent().unwrap_or(Path::new(""));
                format!("`{}`", or_here(&directory.to_string_lossy()))
            }
            Lies::Sealed { of, .. } => match of.section.place.as_deref() {
                Some(place) => format!("{} (of `{}`)", of.name(), or_here(place)),
                None => of.name(),
            },
        }
    }

    /// The digest of its bytes and, unless it is sealed, the bytes.
    pub(super) fn content(&self, stage: &Stage<'_>) -> Option<([u8; 32], Option<Vec<u8>>)> {
        if self.is_sealed() {
            return self.fragment.digest.map(|digest| (digest, None));
        }
        let bytes = load_any(&stage.cwd.join(&self.fragment.path), stage.archives).ok()?;
        Some((Sha256::digest(&bytes).into(), Some(bytes)))
    }

    /// The number of files that it names, if it is known.
    pub(super) fn number_of_names(&self) -> Option<u64> {
        if let Outcome::Merged { files } = self.fragment.outcome { Some(files) } else { None }
    }

    /// The files that its names mean; `recorded` are those names, if they are known. A seal has the names of all fragments in its section.
    pub(super) fn meanings(&self, recorded: Option<&[String]>, stage: &Stage<'_>) -> Meanings {
        let mapper = stage.mappers.of(self.part);
        let mut meanings = Meanings { files: BTreeMap::new(), others: BTreeSet::new() };
        let mut add = |name: &str, told| meanings.files.entry(name.to_owned()).or_default().push(told);
        match self.lies {
            Lies::Below(base) => {
                for name in recorded.into_iter().flatten() {
                    let Some(meant) = mapper.meant_from(base, name) else { continue };
                    add(name, Told { meant, text: Text::Here });
                }
            }
            Lies::Sealed { of, top } => {
                let place = of.section.place.as_deref();
                let text = |file: &File| Some(of.seal.sources.get(file.source?)?.fingerprint);
                for file in of.section.files.iter().filter(|file| file.named) {
                    let linkless = if file.real.is_empty() { &file.name } else { &file.real };
                    if file.below_root || is_absolute(&file.name) {
                        meanings.others.insert(mapper.real_at(top, place, linkless));
                        continue;
                    }
                    let Some(meant) = mapper.meant_at(top, place, &file.name, linkless) else { continue };
                    for name in std::iter::once(file.name.as_str()).chain(self.beside(&file.name)) {
                        add(name, Told { meant: meant.clone(), text: Text::Sealed(text(file)) });
                    }
                }
            }
        }
        meanings
    }

    /// The name from the directory of the fragment on: it may have been meant from there where it was sealed.
    fn beside<'n>(&self, name: &'n str) -> Option<&'n str> {
        let directory = self.fragment.path.parent()?.to_str().filter(|directory| !directory.is_empty())?;
        name.strip_prefix(directory)?.strip_prefix('/')
    }
}

/// The names in a fragment of these bytes.
pub(super) fn recorded(bytes: &[u8], stage: &Stage<'_>) -> Option<Vec<String>> {
    let limits = stage.settings.contexts.limits;
    let recording = read::sniff(bytes).ok()?.read(bytes, &Contexts { limits, ..Contexts::default() }).ok()?;
    Some(recording.files.into_iter().map(|(name, _)| name).collect())
}
