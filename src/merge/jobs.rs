//! The jobs that sealed: whether they are of one run, and which of their attempts count.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::age::Limit;
use super::section::Of;
use crate::model::seal::{File, Job, Packed, Seal, Section};
use crate::model::shard::Shard;
use crate::model::warning::Warning;
use crate::model::words::counted;

/// The run to which all seals should belong.
#[derive(Default)]
pub(super) struct Run {
    /// The reasons why they are not of one run of one commit.
    pub(super) strangers: Vec<String>,
    /// The commit, if a seal names one.
    pub(super) commit: Option<String>,
}

/// The run of the seals of all groups. An attempt that a newer one replaces counts, too; seals that are too old do not.
pub(super) fn run_of(groups: &[impl AsRef<[(PathBuf, Seal)]>], limit: Option<&Limit>) -> Run {
    let mut sections: Vec<Of<'_>> = groups.iter().flat_map(|seals| sections(seals.as_ref())).collect();
    sections.retain(|of| limit.is_none_or(|limit| !of.is_too_old(limit)));
    sections.sort_by_key(|of| of.path);
    let mut commits = first_of(&sections, |job| job.commit.as_deref());
    // The first digits of a commit's id, as `--commit` may name them, are not another commit.
    let ids: Vec<&str> = commits.keys().copied().collect();
    let is_whole = |id: &str| !ids.iter().any(|other| *other != id && other.starts_with(id));
    commits.retain(|id, _| is_whole(id));
    Run {
        // Of several, the first by its id: the order of the seals depends on their grouping.
        commit: commits.keys().next().map(|id| (*id).to_owned()),
        strangers: [("commit", commits), ("run", first_of(&sections, |job| job.run.as_deref()))]
            .into_iter()
            .filter_map(|(what, first)| several(what, &first))
            .collect(),
    }
}

/// All sections of the seals, each once.
pub(super) fn sections(seals: &[(PathBuf, Seal)]) -> Vec<Of<'_>> {
    once(seals).0
}

/// All sections of the seals, each once, and those that are there again.
pub(super) fn once(seals: &[(PathBuf, Seal)]) -> (Vec<Of<'_>>, Vec<Of<'_>>) {
    let (mut sections, mut again): (Vec<Of<'_>>, Vec<Of<'_>>) = (Vec::new(), Vec::new());
    for (at, (path, seal)) in seals.iter().enumerate() {
        for (index, section) in seal.sections.iter().enumerate() {
            let of = Of { path, at, seal, section, index };
            if sections.iter().any(|other| same(*other, of)) {
                again.push(of);
            } else {
                sections.push(of);
            }
        }
    }
    (sections, again)
}

/// Whether two sections are the same one, which came by two ways.
fn same(one: Of<'_>, other: Of<'_>) -> bool {
    let plain = |section: &Section| Section { files: Vec::new(), facts: Packed::default(), ..section.clone() };
    let source =
        |of: Of<'_>, file: &File| file.source.and_then(|at| of.seal.sources.get(at)).map(|source| source.fingerprint);
    let files = |of: Of<'_>| -> Vec<_> {
        of.section.files.iter().map(|file| (file.name.clone(), file.below_root, file.named, source(of, file))).collect()
    };
    one.section.facts.digest == other.section.facts.digest
        && one.section.job == other.section.job
        && plain(one.section) == plain(other.section)
        && files(one) == files(other)
}

/// The first section of each value.
fn first_of<'a>(sections: &[Of<'a>], value: fn(&'a Job) -> Option<&'a str>) -> BTreeMap<&'a str, Of<'a>> {
    let mut first: BTreeMap<&str, Of<'_>> = BTreeMap::new();
    for of in sections {
        if let Some(value) = value(&of.section.job) {
            first.entry(value).or_insert(*of);
        }
    }
    first
}

fn several(what: &str, first: &BTreeMap<&str, Of<'_>>) -> Option<String> {
    let named: Vec<String> = first.iter().map(|(value, of)| format!("`{value}` in {}", of.name())).collect();
    (named.len() > 1).then(|| format!("the seals are of {}: {}", counted(named.len() as u64, what), named.join(", ")))
}

/// The sections that count, and why others may be meant.
#[derive(Default)]
pub(super) struct Current<'a> {
    /// Those that count: of one shard of one job, those of the newest attempt.
    pub(super) sections: Vec<Of<'a>>,
    /// A warning for each that is replaced.
    pub(super) replaced: Vec<Warning>,
    /// The reasons why two that are there cannot both be right.
    pub(super) incomplete: Vec<String>,
}

/// The sections that count. A run, a job or an attempt that is not known may be any.
pub(super) fn current(sections: Vec<Of<'_>>) -> Current<'_> {
    let mut of_shards: BTreeMap<&Shard, Vec<Of<'_>>> = BTreeMap::new();
    for of in &sections {
        if let Some(shard) = &of.section.job.shard {
            of_shards.entry(shard).or_default().push(*of);
        }
    }
    let newer = |of: &Of<'_>| {
        let rivals = of_shards.get(of.section.job.shard.as_ref()?)?;
        let newer = |rival: &&Of<'_>| {
            let (job, other) = (&of.section.job, &rival.section.job);
            job.attempt.is_some()
                && other.attempt > job.attempt
                && may_be_one(other.run.as_ref(), job.run.as_ref())
                && may_be_one(other.name.as_ref(), job.name.as_ref())
        };
        rivals.iter().filter(newer).max_by_key(|rival| rival.section.job.attempt).copied()
    };
    let attempt =
        |of: &Of<'_>| of.section.job.attempt.map_or("an attempt".into(), |number| format!("attempt {number}"));
    let mut current = Current { incomplete: doubts(&of_shards), ..Current::default() };
    for old in sections {
        let Some(new) = newer(&old) else {
            current.sections.push(old);
            continue;
        };
        let (old, path) = (attempt(&old), old.path.display());
        current.replaced.push(Warning::new(format!("{}, {}, replaces {old} in `{path}`", new.name(), attempt(&new))));
    }
    current
}

/// The reasons why two seals of one shard of one run cannot both be right: two jobs made them, or one attempt did and their contents differ.
fn doubts(of_shards: &BTreeMap<&Shard, Vec<Of<'_>>>) -> Vec<String> {
    let mut differing = Vec::new();
    let mut of_jobs: BTreeMap<[&str; 2], Vec<(&Shard, [Of<'_>; 2])>> = BTreeMap::new();
    for (shard, rivals) in of_shards {
        let pairs = rivals.iter().enumerate().flat_map(|(at, of)| rivals.iter().take(at).map(move |twin| [*twin, *of]));
        for [twin, of] in pairs {
            let (job, other) = (&twin.section.job, &of.section.job);
            if !may_be_one(job.run.as_ref(), other.run.as_ref()) {
                continue;
            }
            match (&job.name, &other.name) {
                (Some(one), Some(two)) if one != two => {
                    let (jobs, both) = if one < two { ([one, two], [twin, of]) } else { ([two, one], [of, twin]) };
                    of_jobs.entry(jobs.map(String::as_str)).or_default().push((shard, both));
                }
                _ if may_be_one(job.attempt.as_ref(), other.attempt.as_ref()) => {
                    let are = if job.attempt == other.attempt { "are" } else { "may be" };
                    differing.push(format!(
                        "`{}` and {} {are} seals of one attempt at one shard, but their contents differ",
                        twin.path.display(),
                        of.name()
                    ));
                }
                _ => {}
            }
        }
    }
    let two_jobs = of_jobs.into_iter().filter_map(|([one, two], shards)| {
        let ((shard, [of_one, of_two]), rest) = shards.split_first()?;
        let more = if rest.is_empty() { String::new() } else { format!(", and {} likewise", counted(rest.len() as u64, "more pair of seals")) };
        Some(format!(
            "two jobs sealed {shard}: `{one}` made `{}` and `{two}` made `{}`{more} (a NAME tells their suites apart: `--shard NAME:{}/{}`)",
            of_one.path.display(),
            of_two.path.display(),
            shard.number,
            shard.of
        ))
    });
    differing.into_iter().chain(two_jobs).collect()
}

/// Whether two values are the same, as far as they are known.
fn may_be_one<T: PartialEq>(one: Option<&T>, other: Option<&T>) -> bool {
    one.is_none() || other.is_none() || one == other
}
