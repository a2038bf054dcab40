//! The data of seals: the sections that count, and whether they belong together.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use rayon::prelude::*;

use super::age::Limit;
use super::agreed::agreed_rules;
use super::error::Error;
use super::jobs::{self, Current};
use super::named::{Name, Names, Real, names};
use super::section::{Of, bad, damaged, refused};
use super::studies::{Studies, sources};
use crate::model::fragment::{Fragment, Outcome, SealedIn};
use crate::model::limits::Limits;
use crate::model::seal::{Rules, Seal, Section, Selectable};
use crate::model::settings::OwnRules;
use crate::model::shard::Shard;
use crate::model::trace::{Context, FileTrace, Sealed, Unusable};
use crate::model::warning::Warning;
use crate::model::words::{counted, grouped};
use crate::paths::Mappers;
use crate::python::re;
use crate::read;
use crate::seal::{self, Facts};

/// The circumstances in which seals are opened.
#[derive(Clone, Copy)]
pub(super) struct Opening<'a> {
    pub(super) mappers: &'a Mappers,
    pub(super) limit: Option<&'a Limit>,
    /// Whether some seal is of another commit or run.
    pub(super) are_strangers: bool,
}

/// The data of all seals.
#[derive(Default)]
pub(super) struct Opened {
    /// The facts and claims.
    pub(super) files: BTreeMap<Name, FileTrace>,
    /// The sources of `files`, where some seal holds them.
    pub(super) sources: BTreeMap<Name, Sealed>,
    /// Those of `files` of which a job could not use the source.
    pub(super) unusable: BTreeMap<Name, Unusable>,
    /// Those of `files` that no fragment names.
    pub(super) unnamed: BTreeSet<Name>,
    /// The names of `files` without links, where they are others.
    pub(super) real: Real,
    /// The fragments that were sealed.
    pub(super) fragments: Vec<Fragment>,
    /// The fragments of sections that are there more than once, as the seals of the copies hold them.
    pub(super) copies: Vec<Fragment>,
    /// The seals whose data counts, or would if it were not there twice or replaced: not one of their sections was too old.
    pub(super) spent: Vec<PathBuf>,
    /// The reasons why the seals are incomplete.
    pub(super) incomplete: Vec<String>,
    /// Whether some seal is of another commit or run.
    pub(super) are_strangers: bool,
    /// The oddities.
    pub(super) warnings: Vec<Warning>,
    /// The settings that decide numbers.
    pub(super) rules: Option<Rules>,
    /// Whether the metadata of any fragment says that branches were measured.
    pub(super) declares_branches: bool,
    /// Whether the filter admits a context; also without a filter.
    pub(super) admitted: bool,
}

/// Opens the seals of that part, or of none. `own` are the settings of the run that would decide numbers.
///
/// # Errors
/// The sections were sealed with other settings, or from other sources, than each other or than the run has; the filter cannot be answered; a seal
/// is damaged inside; a section holds fragments that are too old and others.
pub(super) fn open(
    seals: &[(PathBuf, Seal)],
    contexts: &read::Contexts,
    own: &OwnRules,
    part: Option<usize>,
    Opening { mappers, limit, are_strangers }: Opening<'_>,
) -> Result<Opened, Error> {
    let mut opened = Opened { are_strangers, ..Opened::default() };
    let (sections, again) = jobs::once(seals);
    opened.copies.extend(again.into_iter().flat_map(Of::copies));
    let sections = of_age(sections, limit, &mut opened.fragments);
    opened.spent = spent(seals, &opened.fragments);
    let Current { sections, replaced, incomplete } = jobs::current(sections);
    (opened.warnings, opened.incomplete) = (replaced, incomplete);
    whole(&sections, limit)?;
    opened.rules = agreed_rules(&sections, own)?;
    let studies = Studies::of(seals, &sections)?;
    let (names, real) = names(&sections, part, mappers)?;
    opened.real = real;
    let sources = sources(&sections, &names, &studies, &mut opened.warnings, are_strangers)?;
    let part = part.map(|part| format!(" in part `{}`", mappers.name(part))).unwrap_or_default();
    opened.incomplete.extend(missing(&sections, &part));
    for of in &sections {
        let Section { job, incomplete, warnings, declares_branches, .. } = of.section;
        if let (false, Some(status)) = (job.succeeded(), &job.status) {
            opened.incomplete.push(format!("the job that made {} ended with status {status}", of.name()));
        }
        opened.incomplete.extend(incomplete.iter().map(|why| format!("{} is itself incomplete: {why}", of.name())));
        opened.declares_branches |= declares_branches;
        for warning in warnings {
            if !opened.warnings.contains(warning) {
                opened.warnings.push(warning.clone());
            }
        }
        opened.fragments.extend(of.fragments());
    }
    opened.unnamed = unnamed(&sections, &names);
    opened.unusable = unusable(&sections, &names);
    (opened.files, opened.admitted) = facts(&sections, &names, &studies, contexts)?;
    opened.sources = studies.into_sources(sources, &names);
    Ok(opened)
}

/// The seals that are of no more use once their data is reported: the user may want to look at the others.
fn spent(seals: &[(PathBuf, Seal)], too_old: &[Fragment]) -> Vec<PathBuf> {
    let too_old: BTreeSet<&Path> = too_old.iter().map(Fragment::file).collect();
    let counts = |seal: &Seal| seal.sections.iter().flat_map(|section| &section.fragments).any(Fragment::counts);
    let spent = seals.iter().filter(|(path, seal)| counts(seal) && !too_old.contains(path.as_path()));
    spent.map(|(path, _)| path.clone()).collect()
}

/// The sections that are not too old. The fragments of the others are passed over.
pub(super) fn of_age<'a>(sections: Vec<Of<'a>>, limit: Option<&Limit>, passed_over: &mut Vec<Fragment>) -> Vec<Of<'a>> {
    let Some(limit) = limit else { return sections };
    let (old, kept): (Vec<Of<'_>>, Vec<Of<'_>>) = sections.into_iter().partition(|of| of.is_too_old(limit));
    for of in old {
        let too_old = |fragment: &Fragment| Fragment {
            outcome: Outcome::TooOld,
            origin: fragment.origin.clone(),
            // This run judges it.
            sealed_in: Some(SealedIn { max_age: None, ..of.place() }),
            ..Fragment::untried(fragment.path.clone())
        };
        passed_over.extend(of.section.fragments.iter().map(too_old));
    }
    kept
}

/// Checks that the sections can be used as they are.
///
/// # Errors
/// Some fragments of a section are too old, and others are not: their data cannot be told apart.
pub(super) fn whole(sections: &[Of<'_>], limit: Option<&Limit>) -> Result<(), Error> {
    let Some(limit) = limit else { return Ok(()) };
    for of in sections {
        let counting = of.section.fragments.iter().filter(|fragment| fragment.counts());
        let (old, young): (Vec<&Fragment>, Vec<&Fragment>) =
            counting.partition(|fragment| limit.excludes(&fragment.origin));
        if old.is_empty() {
            continue;
        }
        let all = counted((old.len() + young.len()) as u64, "fragment");
        let why = format!("{} of {all} in {} are older than {}", grouped(old.len() as u64), of.name(), limit.max_age);
        let why = format!("{why}, and a seal cannot be divided");
        let help =
            "seal the fragments with `--max-age`, so that the old ones are left out, or allow a greater age here";
        let help = Some(format!("run `covmerge clean` before the tests; {help}"));
        return Err(bad(of.path, Outcome::Rejected { why, help }));
    }
    Ok(())
}

/// A reason for each suite of which shards are missing, or whose shards do not agree on their number; the words for the part, if they belong to one.
fn missing(sections: &[Of<'_>], part: &str) -> Vec<String> {
    let mut suites: BTreeMap<&str, Vec<(&Shard, Of<'_>)>> = BTreeMap::new();
    for of in sections {
        if let Some(shard) = &of.section.job.shard {
            suites.entry(&shard.name).or_default().push((shard, *of));
        }
    }
    let mut reasons = Vec::new();
    for (name, shards) in suites {
        let Some((first, of)) = shards.first().copied() else { continue };
        if let Some((_, other)) = shards.iter().find(|(shard, _)| shard.of != first.of) {
            reasons.push(format!("{} and {} do not agree on the number of shards", of.name(), other.name()));
        }
        let there: BTreeSet<u32> = shards.iter().map(|(shard, _)| shard.number).collect();
        let most = shards.iter().map(|(shard, _)| shard.of).max().unwrap_or_default();
        let missing: Vec<u32> = (1..=most).filter(|number| !there.contains(number)).collect();
        let suite = if name.is_empty() { String::new() } else { format!(" of `{name}`") };
        match missing.as_slice() {
            [] => {}
            [one] => reasons.push(format!("shard {one} of {most}{suite}{part} is missing")),
            several => reasons.push(format!("shards {} of {most}{suite}{part} are missing", ranges(several))),
        }
    }
    reasons
}

/// Ascending numbers as people write them: `1-3, 7`.
fn ranges(numbers: &[u32]) -> String {
    let runs = numbers.chunk_by(|a, b| a + 1 == *b);
    let run = |run: &[u32]| match run {
        [first, .., last] => format!("{first}-{last}"),
        one => one.iter().map(ToString::to_string).collect(),
    };
    runs.map(run).collect::<Vec<String>>().join(", ")
}

/// Adds the facts to those of the file whose name has that place.
fn add<'a>(all: &mut [Option<Facts<'a>>], place: usize, file: Facts<'a>) {
    match all.get_mut(place) {
        Some(Some(known)) => known.union_with(file),
        Some(free) => *free = Some(file),
        None => {}
    }
}

/// The files of which a job could not use the source.
fn unusable(sections: &[Of<'_>], names: &Names) -> BTreeMap<Name, Unusable> {
    let mut first = BTreeMap::new();
    for (of, places) in sections.iter().zip(names.places()) {
        for (file, place) in of.section.files.iter().zip(places).filter(|(file, _)| !file.unusable.is_empty()) {
            let unusable = || Unusable { seal: of.path.display().to_string(), why: file.unusable.clone() };
            first.entry(*place).or_insert_with(unusable);
        }
    }
    names.named(first)
}

/// The files that no fragment of any section names.
fn unnamed(sections: &[Of<'_>], names: &Names) -> BTreeSet<Name> {
    let files = || sections.iter().zip(names.places()).flat_map(|(of, places)| of.section.files.iter().zip(places));
    let of = |named| files().filter(move |(file, _)| file.named == named).map(|(_, place)| *place);
    let mut unnamed: BTreeSet<usize> = of(false).collect();
    if !unnamed.is_empty() {
        of(true).for_each(|place| _ = unnamed.remove(&place));
    }
    names.named(unnamed.into_iter().map(|place| (place, ()))).into_keys().collect()
}

/// Checks that the facts of a section are within the limits; `contexts` counts those of each seal.
fn within(
    of: Of<'_>,
    facts: &[Facts<'_>],
    studies: &Studies,
    contexts: &BTreeMap<usize, AtomicU64>,
    limits: &Limits,
) -> Result<(), read::Error> {
    let mut sum = 0;
    for (file, facts) in of.section.files.iter().zip(facts) {
        let facts = facts.unexpected();
        read::check_lines(&file.name, read::last_line(facts).max(studies.last_line(of, file)), limits)?;
        sum += facts.contexts.len() as u64;
    }
    let before = contexts.get(&of.at).map_or(0, |contexts| contexts.fetch_add(sum, Ordering::Relaxed));
    read::check_contexts(before.saturating_add(sum), limits)
}

/// The facts and claims that the filter admits, united, and whether it admits any context.
fn facts<'a>(
    sections: &[Of<'_>],
    names: &Names,
    studies: &'a Studies,
    contexts: &read::Contexts,
) -> Result<(BTreeMap<Name, FileTrace>, bool), Error> {
    let filtered = !contexts.filter.is_empty();
    if let Some(of) = sections.iter().find(|of| filtered && of.section.contexts == Selectable::No) {
        let why = format!(
            "{}: a seal chooses among the contexts of coverage.py's data files alone, and it holds others",
            of.name()
        );
        return Err(Error::Contexts {
            why,
            help: "leave out the filter by contexts, or seal coverage.py's data files".into(),
        });
    }
    let numbers: BTreeMap<usize, AtomicU64> = sections.iter().map(|of| (of.at, AtomicU64::new(0))).collect();
    let read = |mut all: Vec<Option<Facts<'a>>>, (of, places): (&Of<'_>, &Vec<usize>)| {
        let expected = studies.expected(*of);
        let facts = seal::facts(&of.section.facts, &expected, contexts.keep || filtered);
        let facts = facts.map_err(|error| damaged(of.path, &error))?;
        within(*of, &facts, studies, &numbers, &contexts.limits).map_err(|error| refused(of.path, error))?;
        for (place, facts) in places.iter().zip(facts) {
            add(&mut all, *place, facts);
        }
        Ok(all)
    };
    let unite = |mut one: Vec<Option<Facts<'a>>>, other: Vec<Option<Facts<'a>>>| {
        for (place, file) in other.into_iter().enumerate() {
            if let Some(file) = file {
                add(&mut one, place, file);
            }
        }
        Ok::<_, Error>(one)
    };
    let none = || vec![None; names.len()];
    let all = sections.par_iter().zip(names.places());
    let facts = all.try_fold(none, read).try_reduce(none, unite)?.into_par_iter();
    let files: Vec<Option<FileTrace>> = facts.map(|facts| Some(facts?.into_trace())).collect();
    let mut files = names.named(files.into_iter().enumerate().filter_map(|(place, file)| Some((place, file?))));
    if !filtered {
        return Ok((files, !sections.is_empty()));
    }
    let names: BTreeSet<Context> = files.values().flat_map(|file| file.contexts.keys()).cloned().collect();
    let mut admitted = BTreeSet::new();
    for name in &names {
        let undecided = |error: re::Error| Error::Contexts { why: error.to_string(), help: error.help() };
        if contexts.admits(name.as_str()).map_err(undecided)? {
            admitted.insert(name);
        }
    }
    for file in files.values_mut() {
        *file = file.under(&admitted);
        if !contexts.keep {
            file.contexts = BTreeMap::new();
        }
    }
    let some = !admitted.is_empty();
    Ok((files, some))
}
