//! All fragments, read in parallel and merged into one trace.
//!
//! Each worker folds its fragments into a trace of its own, under the paths as recorded. These few traces are then united. The paths are mapped
//! to ours only when all of them are known, so the result depends neither on the order nor on the grouping of the fragments.

mod again;
mod age;
mod agreed;
mod error;
mod identical;
mod jobs;
mod kinds;
mod load;
mod mapped;
mod named;
mod one_process;
mod reading;
mod reported;
mod runs;
mod sealed;
mod section;
mod studies;
mod there;
mod unsealed;
mod worker;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use rayon::prelude::*;

pub use self::again::{fragments_of, hold_together};
use self::age::Limit;
pub use self::age::warnings as of_age;
pub use self::error::{Error, Outlines, of_checkout, rejected};
pub use self::identical::{Identical, settle_duplicates, settle_elsewhere, settle_sealed};
use self::kinds::kinds;
pub use self::load::{load_any, unloaded};
use self::mapped::{Ours, astray, copies, under_our_paths, unused, with_omitted};
pub use self::reading::{Reading, Surroundings, read_in};
use self::reported::reported;
pub use self::runs::warning as of_runs;
use self::sealed::Opened;
pub use self::unsealed::is_of_seal;
use self::unsealed::{Unsealed, unsealed};
use self::worker::{Group, Stage, Worker, group_of};
use crate::model::duration::Duration;
use crate::model::fragment::{Fragment, Outcome};
use crate::model::local_time::LocalTime;
use crate::model::seal::{Rules, Seal};
use crate::model::settings::{self, BadFragments};
use crate::model::trace::{Owners, Trace};
use crate::model::warning::Warning;
use crate::model::words::{counted, grouped, out_of};
use crate::packed::Archives;
use crate::paths::{Mapper, Mappers};
use crate::python::re;
use crate::read;

/// The result of reading and uniting the fragments.
#[derive(Debug)]
pub struct Merged {
    /// All usable fragments together, under our paths, without the omitted files.
    pub trace: Trace,
    /// Every fragment found, with its outcome, sorted by path.
    pub fragments: Vec<Fragment>,
    /// The fragments that count for what is expected: those and, where seals are sealed again, the ones in them; of copies of seals, too.
    pub there: Vec<Fragment>,
    /// The reasons why the data is incomplete, one line each.
    pub incomplete: Vec<String>,
    /// Those of them that the fragments show themselves, so that who seals these need not tell them.
    pub shown: Vec<String>,
    /// Oddities that change no number.
    pub warnings: Vec<Warning>,
    /// Whether the metadata of any fragment that is not sealed says that branches were measured.
    pub declares_branches: bool,
    /// The settings that decide numbers, where seals hold them: of files that belong to no part, then of those of each part.
    pub rules: Vec<Option<Rules>>,
    /// The commit that the seals name.
    pub commit: Option<String>,
    /// The seals whose data counts, their copies, and those that newer attempts replace.
    pub spent: Vec<PathBuf>,
    /// The number of seals that are too old to be sealed again.
    pub too_old: usize,
    /// The seals that are to be sealed again.
    pub again: Vec<(PathBuf, Seal)>,
}

/// A path that should lead to a fragment but does not.
#[derive(Clone, Debug)]
pub struct Absent {
    /// The path that was named or could not be searched.
    pub path: PathBuf,
    /// Why nothing can be read there.
    pub why: String,
    /// What to do about it.
    pub help: String,
}

impl From<Absent> for Fragment {
    fn from(Absent { path, why, help }: Absent) -> Self {
        Self { outcome: Outcome::Rejected { why, help: Some(help) }, ..Self::untried(path) }
    }
}

/// The fragments to merge, and the circumstances.
#[derive(Debug)]
pub struct Input<'a> {
    /// The fragments, sorted, without duplicates, relative to `cwd`.
    pub found: &'a [PathBuf],
    /// The part of each fragment that belongs to one.
    pub parts: &'a BTreeMap<PathBuf, usize>,
    /// The missing fragments, which count as rejected.
    pub absent: Vec<Absent>,
    /// The working directory.
    pub cwd: &'a Path,
    /// How many fragments there must be.
    pub expect: Option<u64>,
    /// The time that the clock of this machine shows.
    pub now: LocalTime,
}

/// Reads all fragments and unites them.
///
/// `tick` is called once for each fragment that has been tried, from any thread.
///
/// # Errors
/// When a fragment cannot be used and bad fragments are not to be skipped (all fragments are tried first). When contexts cannot be selected.
/// When no usable fragment is left. When statement data meets branch data and mixing them is refused. When two plugins measured one file. When a
/// file counts in two parts. When the fragment of one process means different files in two directories.
pub fn merge(
    Input { found, parts, absent, cwd, expect, now }: Input<'_>,
    settings: &settings::Merge,
    mappers: &Mappers,
    tick: &(dyn Fn() + Sync),
) -> Result<Merged, Error> {
    let undecided = |error: re::Error| Error::Contexts { why: error.to_string(), help: error.help() };
    let chosen = |filter| compiled(settings, filter).map_err(undecided);
    let contexts = chosen(|contexts| &contexts.filter)?;
    let of_reports = chosen(|contexts| &contexts.reported)?;
    let homes = homes(found, parts, cwd, mappers);
    let archives = Archives::within(settings.contexts.limits);
    let identical = Identical::among(found, cwd, &archives);
    let limit = settings.max_age.map(|max_age| Limit { max_age, now });
    let stage = Stage {
        cwd,
        settings,
        contexts: &contexts,
        identical: &identical,
        archives: &archives,
        mappers,
        parts,
        homes: &homes,
        limit: limit.as_ref(),
    };
    let mut worker = read_all(found, &stage, tick);
    worker.groups.resize_with(1 + mappers.parts(), Group::default);
    if let Some((why, help)) = worker.contexts {
        return Err(Error::Contexts { why, help });
    }
    let mut fragments = std::mem::take(&mut worker.fragments);
    fragments.extend(absent.into_iter().map(Fragment::from));
    fragments.sort_by(|a, b| a.path.cmp(&b.path));
    settle_elsewhere(&mut fragments, &identical.elsewhere(&worker.own));
    settle_duplicates(&mut fragments);

    let bad = rejected(&fragments).count();
    let merged = fragments.iter().any(|fragment| matches!(fragment.outcome, Outcome::Merged { .. }));
    let merged = merged || worker.groups.iter().any(|group| !group.seals.is_empty());
    if bad > 0 && (settings.bad_fragments == BadFragments::Fail || !merged) {
        return Err(Error::Bad(fragments));
    }
    worker.check_names()?;
    let mut groups = worker.groups;
    let Unsealed { mut sealed, fragments, mut there, copies: of_copies, run, too_old, again } =
        unsealed(&mut groups, fragments, &worker.own, &stage)?;
    if again.is_empty() {
        hold_data(&fragments, settings.max_age)?;
    }

    let mut warnings = of_times(&fragments, limit.as_ref(), mappers, now);
    warnings.extend(fragments.iter().flat_map(of_fragment));
    let declares_branches = groups.iter().any(|group| group.declares_branches);
    let mut measured = kinds(&mut groups, &mut sealed, &fragments, settings, &mut warnings)?;
    let is_empty = |at: usize| !fragments.iter().any(|fragment| fragment.counts() && group_of(fragment.part) == at);
    let is_admitted = |(at, (group, sealed)): (usize, (&Group, &Opened))| {
        group.admitted || sealed.admitted || settings.sealing || is_empty(at)
    };
    let mut admitted: Vec<bool> = groups.iter().zip(&sealed).enumerate().map(is_admitted).collect();

    warnings.extend(unused(&groups, &sealed, mappers));
    let mut ours = under_our_paths(groups, &mut sealed, mappers, settings.keep_omitted)?;
    let are_sealed = there.iter().any(|fragment| fragment.sealed_in.is_some());
    ours.add_unmeasured(mappers, settings.keep_omitted, are_sealed, &mut warnings)?;
    let Ours { mut files, mut omitted, claimed, sources, unusable, owners, met, unmeasured, .. } = ours;
    measured.meet(&met, &mut files, &owners, &fragments, settings.branch_mix, &mut warnings)?;
    let unfiltered = with_omitted(&files, &mut omitted).unwrap_or_default();
    let branches = measured.any();
    let owners = Owners { files: owners, branches: measured.of_groups(mappers) };
    let mut trace = Trace { files, omitted, unfiltered, branches, sealed: sources, unusable, owners, unmeasured };
    if of_reports.iter().any(|contexts| !contexts.filter.is_empty()) {
        for (at, some) in only_reported(&mut trace, &of_reports).map_err(undecided)?.into_iter().enumerate() {
            admitted[at] = some || is_empty(at);
        }
    }
    warnings
        .extend(admitted.iter().enumerate().filter(|(_, some)| !**some).map(|(at, _)| nothing_admitted(at, mappers)));
    if !settings.sealing {
        one_owner_each(&trace, mappers.run(), !settings.keep_omitted)?;
    }
    warnings.extend(sealed.iter_mut().flat_map(|sealed| std::mem::take(&mut sealed.warnings)));
    warnings.extend(copies(&trace, mappers));
    warnings.extend(astray(&claimed, &trace, mappers.run()));
    let shown = what_lacks(&fragments, &there);
    let mut incomplete = [shown.clone(), unexpected(&there, expect)].concat();
    there.extend(of_copies);
    incomplete.extend(run.strangers);
    incomplete.extend(sealed.iter_mut().flat_map(|sealed| std::mem::take(&mut sealed.incomplete)));
    let spent = sealed.iter_mut().flat_map(|sealed| std::mem::take(&mut sealed.spent)).collect();
    let rules = sealed.into_iter().map(|sealed| sealed.rules).collect();
    Ok(Merged {
        trace,
        fragments,
        there,
        incomplete,
        shown,
        warnings,
        declares_branches,
        rules,
        commit: run.commit,
        spent,
        too_old,
        again,
    })
}

/// Leaves the contexts out of `files` that reports do not count. Returns, for each group, whether some are left.
///
/// # Errors
/// A pattern backtracks too much on the name of a context.
fn only_reported(trace: &mut Trace, of_reports: &[read::Contexts]) -> Result<Vec<bool>, re::Error> {
    let (mut reports, mut admitted) = (BTreeMap::new(), Vec::with_capacity(of_reports.len()));
    for (at, contexts) in of_reports.iter().enumerate() {
        let (files, some) = reported(trace, at.checked_sub(1), contexts)?;
        admitted.push(some);
        reports.extend(files);
    }
    let all = std::mem::replace(&mut trace.files, reports);
    if trace.unfiltered.is_empty() {
        trace.unfiltered = all;
    }
    Ok(admitted)
}

/// The contexts to read, by `filter`: those of the run, and then those of each part.
fn compiled(
    settings: &settings::Merge,
    filter: fn(&settings::Contexts) -> &Vec<String>,
) -> Result<Vec<read::Contexts>, re::Error> {
    let of_groups = std::iter::once(&settings.contexts).chain(settings.parts.iter().map(|part| &part.contexts));
    of_groups.map(|all| read::Contexts::new(all.keep, filter(all), all.python.minor, all.limits)).collect()
}

/// All fragments, read.
fn read_all<'a>(found: &'a [PathBuf], stage: &Stage<'a>, tick: &(dyn Fn() + Sync)) -> Worker {
    // As many workers as threads: each goes on with the fragments that it has united so far.
    let idle: Mutex<Vec<Worker>> = Mutex::default();
    let waiting = || idle.lock().unwrap_or_else(PoisonError::into_inner);
    found.par_iter().for_each(|path| {
        let mut worker = waiting().pop().unwrap_or_default();
        worker.take(path, stage);
        waiting().push(worker);
        tick();
    });
    let workers = std::mem::take(&mut *waiting());
    workers.into_par_iter().reduce(Worker::default, Worker::union)
}

/// The warnings about the times of fragments.
fn of_times(fragments: &[Fragment], limit: Option<&Limit>, mappers: &Mappers, now: LocalTime) -> Vec<Warning> {
    let mut warnings = of_age(fragments, limit.map(|limit| limit.max_age));
    match limit {
        Some(limit) => warnings.extend(limit.ahead(fragments)),
        // With a limit, the user has said which fragments belong together.
        None => warnings.extend(runs::of_parts(fragments, mappers, now)),
    }
    warnings
}

/// Checks that some fragment holds data and is not too old.
fn hold_data(fragments: &[Fragment], max_age: Option<Duration>) -> Result<(), Error> {
    if let (Some(max_age), true) = (max_age, fragments.iter().all(age::is_too_old)) {
        return Err(Error::TooOld { max_age, fragments: fragments.to_vec() });
    }
    if fragments.iter().any(Fragment::has_data) {
        Ok(())
    } else {
        Err(Error::NothingSaved(fragments.iter().filter(|fragment| !age::is_too_old(fragment)).count()))
    }
}

/// The directories of fragments that hold sources of their own, as the fragments are named, with where they are; for each part.
fn homes(
    found: &[PathBuf],
    parts: &BTreeMap<PathBuf, usize>,
    cwd: &Path,
    mappers: &Mappers,
) -> HashMap<(Option<usize>, PathBuf), PathBuf> {
    let directory = |path: &'_ PathBuf| Some((parts.get(path).copied(), path.parent()?.to_owned()));
    let directories: BTreeSet<(Option<usize>, PathBuf)> = found.iter().filter_map(directory).collect();
    let home = |(part, name): (Option<usize>, PathBuf)| {
        let home = mappers.of(part).home(&cwd.join(&name))?;
        Some(((part, name), home))
    };
    directories.into_iter().filter_map(home).collect()
}

/// The warning that the filter of contexts admits nothing of that group.
fn nothing_admitted(at: usize, mappers: &Mappers) -> Warning {
    let of = at.checked_sub(1).map(|part| format!("of part `{}` ", mappers.name(part))).unwrap_or_default();
    Warning::new(format!("no context of any fragment {of}matches `contexts`, so nothing counts as run"))
        .with_help("correct the pattern; `-o json --show-contexts` without it shows which contexts there are")
}

/// The warnings of a fragment, with its name.
pub fn of_fragment(fragment: &Fragment) -> impl Iterator<Item = Warning> {
    fragment.warnings.iter().map(|odd| Warning {
        text: format!("fragment `{}`: {}", fragment.path.display(), odd.text),
        help: odd.help.clone(),
    })
}

/// Checks that no two plugins measured one file, as `coverage combine` does.
fn one_owner_each(trace: &Trace, mapper: &Mapper, omit_helps: bool) -> Result<(), Error> {
    for (path, file) in trace.measured() {
        if let Some((plugin, other)) = file.rivals() {
            let (plugin, other) = (plugin.to_owned(), other.map(str::to_owned));
            return Err(Error::Rivals { file: mapper.display_name(path), plugin, other, omit_helps });
        }
    }
    Ok(())
}

/// The reason why the data is incomplete if not as many fragments as expected are `there`.
fn unexpected(there: &[Fragment], expect: Option<u64>) -> Vec<String> {
    let usable = there.iter().filter(|fragment| fragment.counts()).count() as u64;
    let wanted = expect.filter(|&wanted| wanted != usable);
    wanted.map(|wanted| format!("{}, expected {}", counted(usable, "fragment"), grouped(wanted))).into_iter().collect()
}

/// The reasons why the data is incomplete that the fragments show themselves. With those in seals that are sealed again, these are `there`.
fn what_lacks(fragments: &[Fragment], there: &[Fragment]) -> Vec<String> {
    let mut incomplete = Vec::new();
    let (found, bad) = (there.len() as u64, rejected(fragments).count() as u64);
    if bad > 0 {
        incomplete.push(format!("{} rejected", out_of(bad, found, "fragment")));
    }
    // The result of merging incomplete data stays incomplete, however often it is merged again.
    let merged = fragments.iter().filter(|fragment| matches!(fragment.outcome, Outcome::Merged { .. }));
    incomplete.extend(merged.filter_map(|fragment| {
        let why = fragment.incomplete.as_ref()?;
        Some(format!("fragment `{}` is itself incomplete: {why}", fragment.path.display()))
    }));
    incomplete
}
