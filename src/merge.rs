//! All fragments, read in parallel and merged into one trace.
//!
//! Each worker folds its fragments into a trace of its own, under the paths as recorded. These few traces are then united. The paths are mapped
//! to ours only when all of them are known, so the result depends neither on the order nor on the grouping of the fragments.

mod age;
mod error;
mod identical;
mod load;
mod mapped;
mod reading;
mod reported;
mod runs;
mod sealed;
mod worker;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use rayon::prelude::*;

use self::age::Limit;
use self::error::REPETITIONS;
pub use self::error::{Error, rejected};
use self::identical::settle_sealed;
pub use self::identical::{Identical, settle_duplicates};
pub use self::load::{load_any, unloaded};
use self::mapped::{astray, under_our_paths};
pub use self::reading::{Reading, Surroundings, read_in};
use self::reported::reported;
pub use self::runs::warning as of_runs;
use self::worker::{Stage, Worker};
use crate::model::arcs::ArcSet;
use crate::model::duration::Duration;
use crate::model::fragment::{Fragment, Outcome};
use crate::model::local_time::LocalTime;
use crate::model::seal::{Rules, Seal};
use crate::model::settings::{self, BadFragments, BranchMix};
use crate::model::trace::{FileTrace, Kind, Trace};
use crate::model::warning::Warning;
use crate::model::words::{counted, grouped};
use crate::packed::Archives;
use crate::paths::Mapper;
use crate::python::re;
use crate::read::{self, covmerge};

/// The result of reading and uniting the fragments.
#[derive(Debug)]
pub struct Merged {
    /// All usable fragments together, under our paths, without the omitted files.
    pub trace: Trace,
    /// The number of its files that no fragment names.
    pub unmeasured: usize,
    /// Every fragment found, with its outcome, sorted by path.
    pub fragments: Vec<Fragment>,
    /// The reasons why the data is incomplete, one line each.
    pub incomplete: Vec<String>,
    /// Oddities that change no number.
    pub warnings: Vec<Warning>,
    /// Whether the metadata of any fragment that is not sealed says that branches were measured.
    pub declares_branches: bool,
    /// The settings that decide numbers, if seals hold them.
    pub rules: Option<Rules>,
    /// The commit that the seals name.
    pub commit: Option<String>,
    /// The seals that are to be sealed again.
    pub seals: Vec<(PathBuf, Seal)>,
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
/// When no usable fragment is left. When statement data meets branch data and mixing them is refused. When two plugins measured one file.
pub fn merge(
    Input { found, absent, cwd, expect, now }: Input<'_>,
    settings: &settings::Merge,
    mapper: &Mapper,
    tick: &(dyn Fn() + Sync),
) -> Result<Merged, Error> {
    let undecided = |error: re::Error| Error::Contexts { why: error.to_string(), help: REPETITIONS.into() };
    let chosen = |filter: &[String]| {
        read::Contexts::new(settings.contexts.keep, filter, settings.contexts.python.minor).map_err(undecided)
    };
    let contexts = chosen(&settings.contexts.filter)?;
    let of_reports = chosen(&settings.contexts.reported)?;
    let homes = homes(found, cwd, mapper);
    let archives = Archives::default();
    let identical = Identical::among(found, cwd, &archives);
    let limit = settings.max_age.map(|max_age| Limit { max_age, now });
    let stage = Stage {
        cwd,
        settings,
        contexts: &contexts,
        identical: &identical,
        archives: &archives,
        mapper,
        homes: &homes,
        limit: limit.as_ref(),
    };
    let worker = read_all(found, &stage, tick);
    if let Some((why, help)) = worker.contexts {
        return Err(Error::Contexts { why, help });
    }
    let mut fragments = worker.fragments;
    fragments.extend(absent.into_iter().map(Fragment::from));
    fragments.sort_by(|a, b| a.path.cmp(&b.path));
    settle_duplicates(&mut fragments);

    let bad = rejected(&fragments).count();
    let merged = fragments.iter().any(|fragment| matches!(fragment.outcome, Outcome::Merged { .. }));
    let merged = merged || !worker.seals.is_empty();
    if bad > 0 && (settings.bad_fragments == BadFragments::Fail || !merged) {
        return Err(Error::Bad(fragments));
    }
    if let Some((name, fragment, own, other)) = worker.ambiguous.first().cloned() {
        return Err(Error::Ambiguous { name, fragment, own, other, more: worker.ambiguous.len() as u64 - 1 });
    }
    // The fragments in a seal count, and not the seal.
    fragments.retain(|fragment| fragment.format != Some(covmerge::NAME) || rejected([fragment]).next().is_some());
    // Seals that are sealed again stay as they are.
    let (seals, opened) = if settings.sealing { (worker.seals, Vec::new()) } else { (Vec::new(), worker.seals) };
    let mut sealed = sealed::open(opened, &contexts, &settings.own_rules, limit.as_ref())?;
    fragments.append(&mut sealed.fragments);
    fragments.sort_by(|a, b| a.path.cmp(&b.path));
    settle_sealed(&mut fragments);
    if seals.is_empty() {
        hold_data(&fragments, settings.max_age)?;
    }

    let of_age = limit.map(|limit| limit.warnings(&fragments));
    // With a limit, the user has said which fragments belong together.
    let of_runs = if of_age.is_none() { runs::warning(&fragments, now) } else { None };
    let mut warnings: Vec<Warning> =
        of_age.into_iter().flatten().chain(of_runs).chain(fragments.iter().flat_map(of_fragment)).collect();
    let mut files = worker.files;
    let branches = match (first_of(&fragments, Kind::Statements), first_of(&fragments, Kind::Branches)) {
        // The report decides.
        (Some(_), Some(_)) if settings.sealing => true,
        (Some(statements), Some(branches)) => {
            if settings.branch_mix == BranchMix::Refuse {
                return Err(Error::Mixed { statements, branches });
            }
            files.values_mut().chain(sealed.files.values_mut()).for_each(forget_branches);
            warnings.push(Warning::new(format!(
                "statement and branch fragments are merged as statements only: `{}` measured statements, `{}` measured branches",
                statements.display(),
                branches.display()
            )));
            false
        }
        (None, None) => worker.declares_branches || sealed.declares_branches,
        (_, branches) => branches.is_some(),
    };

    warnings.extend(mapper.unused(files.keys().map(String::as_str)));
    let (mut files, mut omitted, claimed) = under_our_paths(files, &worker.claimed, mapper, settings.keep_omitted);
    let sources = sealed.place(&mut files, &mut omitted, mapper, settings.keep_omitted);
    let scoped = mapper.scoped(files.keys())?;
    warnings.extend(scoped.warnings);
    let unmeasured = scoped.unmeasured.len();
    files.extend(scoped.unmeasured.into_iter().map(|path| (path, FileTrace::default())));
    let mut trace = Trace { files, omitted, unfiltered: BTreeMap::new(), branches, sealed: sources };
    let mut admitted = worker.admitted || sealed.admitted || settings.sealing;
    if !settings.contexts.reported.is_empty() {
        let (files, some) = reported(&trace.files, &of_reports).map_err(undecided)?;
        trace.unfiltered = std::mem::replace(&mut trace.files, files);
        admitted = some;
    }
    if !admitted {
        warnings.push(
            Warning::new("no context of any fragment matches `contexts`, so nothing counts as run")
                .with_help("correct the pattern; `-o json --show-contexts` without it shows which contexts there are"),
        );
    }
    if !settings.sealing {
        one_owner_each(&trace, mapper, !settings.keep_omitted)?;
    }
    warnings.append(&mut sealed.warnings);
    warnings.extend(mapper.copies(trace.files.keys()));
    warnings.extend(astray(&claimed, &trace, mapper));
    let mut incomplete = what_lacks(&fragments, expect);
    incomplete.append(&mut sealed.incomplete);
    let declares_branches = worker.declares_branches;
    let (rules, commit) = (sealed.rules, sealed.commit);
    Ok(Merged { trace, unmeasured, fragments, incomplete, warnings, declares_branches, rules, commit, seals })
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

/// The directories of fragments that hold sources of their own, as the fragments are named, with where they are.
fn homes(found: &[PathBuf], cwd: &Path, mapper: &Mapper) -> HashMap<PathBuf, PathBuf> {
    let directories: BTreeSet<&Path> = found.iter().filter_map(|path| path.parent()).collect();
    directories.into_iter().filter_map(|name| Some((name.to_owned(), mapper.home(&cwd.join(name))?))).collect()
}

/// The warnings of a fragment, with its name.
pub fn of_fragment(fragment: &Fragment) -> impl Iterator<Item = Warning> {
    fragment.warnings.iter().map(|odd| Warning {
        text: format!("fragment `{}`: {}", fragment.path.display(), odd.text),
        help: odd.help.clone(),
    })
}

/// The path of the first fragment that holds data of that kind.
fn first_of(fragments: &[Fragment], kind: Kind) -> Option<PathBuf> {
    fragments.iter().find(|fragment| fragment.kind == Some(kind)).map(|fragment| fragment.path.clone())
}

/// Keeps the lines of a file's arcs and drops the arcs.
fn forget_branches(file: &mut FileTrace) {
    file.lines = file.executed();
    file.arcs = ArcSet::new();
    for context in file.contexts.values_mut() {
        context.lines = context.executed();
        context.arcs = ArcSet::new();
    }
    for claims in file.claims.values_mut() {
        claims.exits.clear();
        claims.counted_exits = 0;
        claims.regions.values_mut().for_each(|region| region.counted_exits = 0);
    }
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

/// The reasons why the data is incomplete that the fragments show themselves.
#[must_use]
pub fn lacking(fragments: &[Fragment]) -> Vec<String> {
    what_lacks(fragments, None)
}

fn what_lacks(fragments: &[Fragment], expect: Option<u64>) -> Vec<String> {
    let mut incomplete = Vec::new();
    let (found, bad) = (fragments.len() as u64, rejected(fragments).count() as u64);
    if bad > 0 {
        incomplete.push(format!("{} of {} rejected", grouped(bad), counted(found, "fragment")));
    }
    let old = fragments.iter().filter(|fragment| age::is_too_old(fragment)).count() as u64;
    let usable = found - bad - old;
    if let Some(wanted) = expect.filter(|&wanted| wanted != usable) {
        incomplete.push(format!("{}, expected {}", counted(usable, "fragment"), grouped(wanted)));
    }
    // The result of merging incomplete data stays incomplete, however often it is merged again.
    let merged = fragments.iter().filter(|fragment| matches!(fragment.outcome, Outcome::Merged { .. }));
    incomplete.extend(merged.filter_map(|fragment| {
        let why = fragment.incomplete.as_ref()?;
        Some(format!("fragment `{}` is itself incomplete: {why}", fragment.path.display()))
    }));
    incomplete
}
