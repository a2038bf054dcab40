//! The sources of seals, and their studies: each is read once, however many seals hold it.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rayon::prelude::*;

use super::error::{Error, Outlines, Whose, of_checkout};
use super::named::{Name, Names};
use super::section::{Of, damaged};
use crate::model::arcs::ArcSet;
use crate::model::lines::Line;
use crate::model::seal::{File, Packed, Seal, Source};
use crate::model::study::{Fingerprint, Study, are_of_one_outline};
use crate::model::trace::{MeantHere, Sealed};
use crate::model::warning::Warning;
use crate::seal;

/// The source of each file. Two texts with one outline are a warning.
///
/// # Errors
/// A file has two outlines: then its numbers would be those of neither text.
pub(super) fn sources<'a>(
    sections: &[Of<'a>],
    names: &Names,
    studies: &Studies,
    warnings: &mut Vec<Warning>,
    are_strangers: bool,
) -> Result<BTreeMap<usize, Found<'a>>, Error> {
    let Compared { sources, outlines, texts } = compare(sections, names, studies);
    if let Some(error) = of_two_outlines(&outlines, None, names, are_strangers) {
        return Err(error);
    }
    let mut warned = BTreeSet::new();
    for (place, pair) in texts {
        let file = names.at(place);
        if warned.insert(file) {
            let [one, other] = pair.map(|found| found.whose());
            let text = format!("`{file}` has two texts with the same statements: {one} and {other}");
            warnings.push(
                Warning::new(text)
                    .with_help("the first one is shown; if it is not generated, seal all shards of one revision"),
            );
        }
    }
    Ok(sources)
}

/// Checks that no file has two outlines for good, so that a run can merge the seals once they are one. `new` is the place of the seal that this job has made
/// of the checkout. Of two others, a newer attempt may yet replace one.
///
/// # Errors
/// A file has two outlines.
pub(super) fn hold_together(
    sections: &[Of<'_>],
    names: &Names,
    studies: &Studies,
    new: usize,
    are_strangers: bool,
) -> Result<(), Error> {
    let mut outlines = compare(sections, names, studies).outlines;
    let is_new = |found: &Found<'_>| found.of.at == new;
    let lasts = |found: &Found<'_>| !found.of.may_be_replaced();
    outlines.retain(|(_, [one, other])| is_new(other) || lasts(one) && lasts(other));
    of_two_outlines(&outlines, Some(new), names, are_strangers).map_or(Ok(()), Err)
}

/// Two sources of the file whose name has that place.
type Pair<'a> = (usize, [Found<'a>; 2]);

/// The sources of all files.
struct Compared<'a> {
    /// One for each file; of two the one that tells more.
    sources: BTreeMap<usize, Found<'a>>,
    /// Two outlines of one file.
    outlines: Vec<Pair<'a>>,
    /// Two texts of one outline.
    texts: Vec<Pair<'a>>,
}

fn compare<'a>(sections: &[Of<'a>], names: &Names, studies: &Studies) -> Compared<'a> {
    let mut all: Vec<Option<Found<'a>>> = vec![None; names.len()];
    let (mut outlines, mut texts) = (Vec::new(), Vec::new());
    for (of, places) in sections.iter().zip(names.places()) {
        for (file, place) in of.section.files.iter().zip(places) {
            let Some((source, study)) = file.source.and_then(|at| studies.find(*of, at)) else { continue };
            let found = Found { of: *of, source, study, unshown: &file.unshown, named: file.named };
            let Some(known) = all.get_mut(*place).map(|known| known.get_or_insert(found)) else { continue };
            if (known.source.fingerprint, known.study) != (source.fingerprint, study) {
                if !studies.are_of_one_outline(known, &found) {
                    outlines.push((*place, [*known, found]));
                } else if known.source.fingerprint != source.fingerprint {
                    texts.push((*place, [*known, found]));
                }
            }
            let more = |found: &Found<'_>| (found.source.kind, found.source.text.is_some());
            if more(&found) > more(known) {
                *known = found;
            }
        }
    }
    let sources = all.into_iter().enumerate().filter_map(|(place, found)| Some((place, found?))).collect();
    Compared { sources, outlines, texts }
}

/// The error of files of two outlines, if there are any.
fn of_two_outlines(outlines: &[Pair<'_>], new: Option<usize>, names: &Names, are_strangers: bool) -> Option<Error> {
    let (place, [one, other]) = outlines.first()?;
    let files: BTreeSet<usize> = outlines.iter().map(|(place, _)| *place).collect();
    let meant = if other.named { MeantHere::Fragments } else { MeantHere::Source };
    let beside = (Some(other.of.at) == new).then_some(meant);
    let other = if beside.is_some() {
        of_checkout(other.source.fingerprint, other.unshown.is_empty())
    } else {
        other.whose().to_string()
    };
    let (file, whose, more) = (names.at(*place).to_owned(), [one.whose().to_string(), other], files.len() as u64 - 1);
    Some(Error::Outlines(Box::new(Outlines { file, beside, whose, more, are_strangers })))
}

/// The source of a file.
#[derive(Clone, Copy)]
pub(super) struct Found<'a> {
    of: Of<'a>,
    source: &'a Source,
    /// The place of its study in [`Studies`].
    study: usize,
    unshown: &'a str,
    /// Whether a fragment names the file.
    named: bool,
}

impl<'a> Found<'a> {
    /// The section of the source, in words.
    fn whose(&self) -> Whose<'a> {
        Whose { fingerprint: self.source.fingerprint, seal: self.of.path, section: self.of.section }
    }
}

/// Whether two packed studies have the same bytes, as those that workers share do.
fn is_same(one: &Packed, other: &Packed) -> bool {
    Arc::ptr_eq(&one.bytes, &other.bytes) || one.bytes == other.bytes
}

/// The studies of all sources, each once, however many seals hold it.
pub(super) struct Studies {
    /// Each with the arcs that are to be expected in recordings.
    studies: Vec<(Study, ArcSet)>,
    /// The places of the studies of each seal's sources.
    places: Vec<Vec<usize>>,
}

impl Studies {
    /// The studies of the seals of these sections.
    ///
    /// # Errors
    /// One is damaged.
    pub(super) fn of(seals: &[(PathBuf, Seal)], sections: &[Of<'_>]) -> Result<Self, Error> {
        let mut packed: Vec<(&Path, &Packed)> = Vec::new();
        let mut known: HashMap<Fingerprint, Vec<usize>> = HashMap::new();
        let mut places = vec![Vec::new(); seals.len()];
        for of in sections {
            let Some(places) = places.get_mut(of.at).filter(|places| places.is_empty()) else { continue };
            for Source { fingerprint, study, .. } in &of.seal.sources {
                let of_text = known.entry(*fingerprint).or_default();
                let same = of_text.iter().find(|at| packed.get(**at).is_some_and(|(_, known)| is_same(known, study)));
                let same = same.copied();
                places.push(same.unwrap_or(packed.len()));
                if same.is_none() {
                    of_text.push(packed.len());
                    packed.push((of.path, study));
                }
            }
        }
        let study = |(path, packed): (&Path, &Packed)| {
            let study = seal::study(packed).map_err(|error| damaged(path, &error))?;
            let expected = seal::expected(&study);
            Ok((study, expected))
        };
        let studies = packed.into_par_iter().map(study).collect::<Result<Vec<_>, Error>>()?;
        Ok(Self { studies, places })
    }

    /// The source at a place of the section's seal, and the place of its study.
    fn find<'a>(&self, of: Of<'a>, at: usize) -> Option<(&'a Source, usize)> {
        Some((of.seal.sources.get(at)?, *self.places.get(of.at)?.get(at)?))
    }

    fn study(&self, at: usize) -> Option<&Study> {
        self.studies.get(at).map(|(study, _)| study)
    }

    /// Whether two sources have the same outline.
    fn are_of_one_outline(&self, one: &Found<'_>, other: &Found<'_>) -> bool {
        let study = |found: &Found<'_>| Some((self.study(found.study)?, found.source.kind));
        study(one).zip(study(other)).is_none_or(|(one, other)| are_of_one_outline(one, other))
    }

    /// The arcs that are to be expected in recordings of the files of a section.
    pub(super) fn expected(&self, of: Of<'_>) -> Vec<&ArcSet> {
        const NONE: &ArcSet = &ArcSet::new();
        let of_file = |file: &File| self.studies.get(self.find(of, file.source?)?.1);
        of.section.files.iter().map(|file| of_file(file).map_or(NONE, |(_, expected)| expected)).collect()
    }

    /// The last statement of the source of a file of that section; 0 if it has none.
    pub(super) fn last_line(&self, of: Of<'_>, file: &File) -> u32 {
        let study = file.source.and_then(|at| self.study(self.find(of, at)?.1));
        let outline = study.and_then(|study| study.outline.as_ref().ok());
        outline.and_then(|outline| outline.statements.last()).map_or(0, Line::get)
    }

    /// The sources with their studies.
    pub(super) fn into_sources(self, found: BTreeMap<usize, Found<'_>>, names: &Names) -> BTreeMap<Name, Sealed> {
        let mut uses: BTreeMap<usize, usize> = BTreeMap::new();
        for found in found.values() {
            *uses.entry(found.study).or_default() += 1;
        }
        let mut studies: Vec<Option<Study>> = self.studies.into_iter().map(|(study, _)| Some(study)).collect();
        let sealed = |(place, found): (usize, Found<'_>)| {
            let Found { source, study, unshown, .. } = found;
            // Equal files have one study.
            let last = uses.get_mut(&study).is_some_and(|uses| {
                *uses -= 1;
                *uses == 0
            });
            let study = studies.get_mut(study)?;
            let study = if last { study.take() } else { study.clone() }?;
            let Source { fingerprint, kind, ref text, .. } = *source;
            let (whose, text, unshown) = (found.whose().to_string(), text.clone(), unshown.to_owned());
            Some((place, Sealed { study, kind, fingerprint, whose, meant_here: None, text, unshown }))
        };
        names.named(found.into_iter().filter_map(sealed))
    }
}
