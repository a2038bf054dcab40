//! Seals that are sealed again: their sections stay as they are, and their fragments count for what is expected.

use std::collections::BTreeSet;
use std::path::PathBuf;

use super::age::Limit;
use super::agreed::agreed_rules;
use super::error::Error;
use super::jobs;
use super::named::names;
use super::sealed::{of_age, whole};
use super::section::Of;
use super::studies::{self, Studies};
use crate::model::fragment::Fragment;
use crate::model::seal::{Rules, Seal};
use crate::model::settings::OwnRules;
use crate::paths::Mappers;

/// Seals that are sealed again.
#[derive(Default)]
pub(super) struct Again {
    /// The seals, without the sections that are too old.
    pub(super) seals: Vec<(PathBuf, Seal)>,
    /// The number of seals all of whose sections are too old.
    pub(super) too_old: usize,
    /// The settings that decide numbers.
    pub(super) rules: Option<Rules>,
    /// The fragments in the sections that count now; a newer attempt may replace them later.
    pub(super) fragments: Vec<Fragment>,
    /// The fragments that are too old.
    pub(super) passed_over: Vec<Fragment>,
    /// The fragments of sections that are there more than once, as the seals of the copies hold them.
    pub(super) copies: Vec<Fragment>,
}

/// Opens the seals as far as it takes to seal them again. `own` are the settings of the run that would decide numbers.
///
/// # Errors
/// The sections were sealed with other settings than each other or than the run has; a section holds fragments that are too old and others.
pub(super) fn again(mut seals: Vec<(PathBuf, Seal)>, own: &OwnRules, limit: Option<&Limit>) -> Result<Again, Error> {
    seals.sort_by(|a, b| a.0.cmp(&b.0));
    let (sections, copies) = jobs::once(&seals);
    let mut again = Again { copies: copies.into_iter().flat_map(Of::copies).collect(), ..Again::default() };
    let sections = of_age(sections, limit, &mut again.passed_over);
    let kept = (!again.passed_over.is_empty()).then(|| only(&sections));
    // Older attempts stay: whether newer ones replace them is decided when they are merged.
    let sections = jobs::current(sections).sections;
    whole(&sections, limit)?;
    again.rules = agreed_rules(&sections, own)?;
    again.fragments = sections.into_iter().flat_map(Of::fragments).collect();
    let all = seals.len();
    again.seals = kept.unwrap_or(seals);
    again.too_old = all - again.seals.len();
    Ok(again)
}

/// The fragments in seals: each section once, and of one shard those of the newest attempt.
#[must_use]
pub fn fragments_of(mut seals: Vec<(PathBuf, Seal)>) -> Vec<Fragment> {
    seals.sort_by(|a, b| a.0.cmp(&b.0));
    jobs::current(jobs::sections(&seals)).sections.into_iter().flat_map(Of::fragments).collect()
}

/// Checks that a run can merge the seals once they are one. `new` is the place of the one that this job makes of the checkout. Returns how many of its files
/// only fragments in the others name.
///
/// # Errors
/// A file has two outlines, or may be two files.
pub fn hold_together(seals: &[(PathBuf, Seal)], new: usize, mappers: &Mappers) -> Result<usize, Error> {
    let sections = jobs::current(jobs::sections(seals)).sections;
    let names = names(&sections, None, mappers)?.0.by_text();
    let studies = Studies::of(seals, &sections)?;
    let are_strangers = !jobs::run_of(&[seals], None).strangers.is_empty();
    studies::hold_together(&sections, &names, &studies, new, are_strangers)?;
    let (own, others): (Vec<_>, Vec<_>) = sections.iter().zip(names.places()).partition(|(of, _)| of.at == new);
    let named = |named: bool, all: &[(&Of<'_>, &Vec<usize>)]| -> BTreeSet<usize> {
        let files = all.iter().flat_map(|(of, places)| of.section.files.iter().zip(*places));
        files.filter(|(file, _)| file.named == named).map(|(_, place)| *place).collect()
    };
    Ok(named(false, &own).intersection(&named(true, &others)).count())
}

/// The seals with these sections alone.
fn only(sections: &[Of<'_>]) -> Vec<(PathBuf, Seal)> {
    sections
        .chunk_by(|one, other| one.at == other.at)
        .filter_map(|sections| {
            let of = sections.first()?;
            let all = sections.iter().map(|of| of.section.clone()).collect();
            Some((of.path.to_owned(), Seal { sources: of.seal.sources.clone(), sections: all }))
        })
        .collect()
}
