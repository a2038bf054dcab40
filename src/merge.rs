//! All fragments, read in parallel and merged into one trace.
//!
//! Each worker folds its fragments into a trace of its own, under the paths as recorded. These few traces are then united. The paths are mapped
//! to ours only when all of them are known, so the result depends neither on the order nor on the grouping of the fragments.

mod identical;
mod reported;

use std::collections::{BTreeMap, HashMap};
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use rayon::prelude::*;

use self::identical::Identical;
use self::reported::reported;
use crate::model::arcs::ArcSet;
use crate::model::fragment::{Fragment, Outcome};
use crate::model::path::SourcePath;
use crate::model::settings::{self, BadFragments, BranchMix, EmptyFragments};
use crate::model::status::Status;
use crate::model::timestamp::Timestamp;
use crate::model::trace::{FileTrace, Kind, Recording, Trace};
use crate::model::warning::Warning;
use crate::model::words::{counted, grouped};
use crate::paths::Mapper;
use crate::python::re;
use crate::read;
use crate::regular;

/// The result of reading and uniting the fragments.
#[derive(Debug)]
pub struct Merged {
    /// All usable fragments together, under our paths, without the omitted files.
    pub trace: Trace,
    /// Every fragment found, with its outcome, sorted by path.
    pub fragments: Vec<Fragment>,
    /// The reasons why the data is incomplete, one line each.
    pub incomplete: Vec<String>,
    /// Oddities that change no number.
    pub warnings: Vec<Warning>,
}

const REPETITIONS: &str = "rewrite `contexts` so that it does not backtrack exponentially (avoid `(a+)+`)";

/// Why no trace could be made.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Some fragments cannot be used. All that were found are listed here, so that every bad one can be shown.
    #[error("{} of {} fragments cannot be used", rejected(.0).count(), .0.len())]
    Bad(Vec<Fragment>),
    /// The requested contexts cannot be selected; the fragments are not at fault.
    #[error("cannot choose contexts: {why}")]
    Contexts {
        /// Why they cannot be selected.
        why: String,
        /// What to do about it.
        help: String,
    },
    /// Every fragment has 0 bytes and was left out.
    #[error("every fragment has 0 bytes ({0} of {0}): there is nothing to report")]
    AllEmpty(usize),
    /// Some fragments have statement data and others have branch data.
    #[error("statement and branch fragments cannot be merged: `{}` measured statements, `{}` measured branches", .statements.display(), .branches.display())]
    Mixed {
        /// The first fragment of statement data.
        statements: PathBuf,
        /// The first fragment of branch data.
        branches: PathBuf,
    },
    /// Two plugins, or a plugin and Python, measured one file: the union of their lines would match neither of them.
    #[error("`{file}` is recorded under coverage.py's plugin `{plugin}` and under {}", rival(.other.as_deref()))]
    Rivals {
        /// The file, as reports name it.
        file: String,
        /// The one plugin.
        plugin: String,
        /// The other one; `None` for Python.
        other: Option<String>,
        /// Whether leaving the file out of the reports resolves the conflict.
        omit_helps: bool,
    },
}

impl Error {
    /// What to do about it; `None` for bad fragments, each of which has its own advice.
    #[must_use]
    pub fn help(&self) -> Option<&str> {
        match self {
            Self::Bad(_) => None,
            Self::Contexts { help, .. } => Some(help),
            Self::AllEmpty(_) => Some("no process saved its data: check how the test session ended"),
            Self::Mixed { .. } => Some(
                "measure either all shards or none with `branch = true`, or report only statements with `--branch-mix lines`",
            ),
            Self::Rivals { omit_helps: true, .. } => {
                Some("measure all shards with the same `plugins`, or leave the file out with `omit`")
            }
            Self::Rivals { .. } => Some("measure all shards with the same `plugins`"),
        }
    }

    /// The exit status of the process.
    #[must_use]
    pub const fn status(&self) -> Status {
        match self {
            Self::Bad(_) | Self::AllEmpty(_) => Status::Incomplete,
            Self::Contexts { .. } => Status::Usage,
            Self::Mixed { .. } | Self::Rivals { .. } => Status::NoReport,
        }
    }
}

fn rival(plugin: Option<&str>) -> String {
    plugin.map_or_else(|| "Python's own tracer".into(), |name| format!("the plugin `{name}`"))
}

/// The fragments that could not be used.
pub fn rejected(fragments: &[Fragment]) -> impl Iterator<Item = &Fragment> {
    fragments.iter().filter(|fragment| matches!(fragment.outcome, Outcome::Rejected { .. }))
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

/// Reads all of `found` (sorted, without duplicates, relative to `cwd`) and unites them. `absent` holds the missing fragments, which count as
/// rejected, and `expect` says how many fragments there must be.
///
/// `tick` is called once for each fragment that has been tried, from any thread.
///
/// # Errors
/// When a fragment cannot be used and bad fragments are not to be skipped (all fragments are tried first). When contexts cannot be selected.
/// When no usable fragment is left. When statement data meets branch data and mixing them is refused. When two plugins measured one file.
pub fn merge(
    found: &[PathBuf],
    absent: Vec<Absent>,
    cwd: &Path,
    settings: &settings::Merge,
    expect: Option<u64>,
    mapper: &Mapper,
    tick: &(dyn Fn() + Sync),
) -> Result<Merged, Error> {
    let undecided = |error: re::Error| Error::Contexts { why: error.to_string(), help: REPETITIONS.into() };
    let chosen = |filter: &[String]| read::Contexts::new(settings.contexts.keep, filter).map_err(undecided);
    let contexts = chosen(&settings.contexts.filter)?;
    let of_reports = chosen(&settings.contexts.reported)?;
    let stage = Stage { cwd, settings, contexts: &contexts, identical: &Identical::among(found, cwd) };
    // As many workers as threads: each goes on with the fragments that it has united so far.
    let idle: Mutex<Vec<Worker>> = Mutex::default();
    let waiting = || idle.lock().unwrap_or_else(PoisonError::into_inner);
    found.par_iter().for_each(|path| {
        let mut worker = waiting().pop().unwrap_or_default();
        worker.take(path, &stage);
        waiting().push(worker);
        tick();
    });
    let workers = std::mem::take(&mut *waiting());
    let worker = workers.into_par_iter().reduce(Worker::default, Worker::union);

    if let Some((why, help)) = worker.contexts {
        return Err(Error::Contexts { why, help });
    }
    let mut fragments = worker.fragments;
    fragments.extend(absent.into_iter().map(|Absent { path, why, help }| Fragment {
        outcome: Outcome::Rejected { why, help: Some(help) },
        ..untried(path)
    }));
    fragments.sort_by(|a, b| a.path.cmp(&b.path));
    settle_duplicates(&mut fragments);

    let bad = rejected(&fragments).count();
    let empty = fragments.iter().filter(|fragment| fragment.outcome == Outcome::Empty).count();
    let merged = fragments.iter().any(|fragment| matches!(fragment.outcome, Outcome::Merged { .. }));
    if bad > 0 && (settings.bad_fragments == BadFragments::Fail || !merged) {
        return Err(Error::Bad(fragments));
    }
    if !merged {
        return Err(Error::AllEmpty(empty));
    }

    let mut warnings: Vec<Warning> = fragments.iter().flat_map(of_fragment).collect();
    let mut files = worker.files;
    let branches = match (first_of(&fragments, Kind::Statements), first_of(&fragments, Kind::Branches)) {
        (Some(statements), Some(branches)) => {
            if settings.branch_mix == BranchMix::Refuse {
                return Err(Error::Mixed { statements, branches });
            }
            files.values_mut().for_each(forget_branches);
            warnings.push(Warning::new(format!(
                "statement and branch fragments are merged as statements only: `{}` measured statements, `{}` measured branches",
                statements.display(),
                branches.display()
            )));
            false
        }
        (_, branches) => branches.is_some(),
    };

    let (files, omitted, claimed) = under_our_paths(files, &worker.claimed, mapper, settings.keep_omitted);
    let mut trace = Trace { files, omitted, unfiltered: BTreeMap::new(), branches };
    let mut admitted = worker.admitted;
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
    one_owner_each(&trace, mapper, !settings.keep_omitted)?;
    warnings.extend(mapper.copies(trace.files.keys()));
    warnings.extend(astray(&claimed, mapper));
    let incomplete = what_lacks(&fragments, expect);
    Ok(Merged { trace, fragments, incomplete, warnings })
}

/// Shared by all workers.
struct Stage<'a> {
    cwd: &'a Path,
    settings: &'a settings::Merge,
    contexts: &'a read::Contexts,
    identical: &'a Identical<'a>,
}

/// What one worker has read so far.
#[derive(Default)]
struct Worker {
    files: HashMap<String, FileTrace>,
    /// For each file with claims, the first fragment that makes any.
    claimed: HashMap<String, PathBuf>,
    fragments: Vec<Fragment>,
    /// If contexts cannot be selected: why not, and what to do about it.
    contexts: Option<(String, String)>,
    /// Whether the context filter admits a context of any fragment; also true without a filter.
    admitted: bool,
    /// The bytes of the current fragment; the buffer is reused.
    bytes: Vec<u8>,
}

impl Worker {
    fn take<'a>(&mut self, path: &'a Path, stage: &Stage<'a>) {
        let mut fragment = untried(path.to_owned());
        fragment.outcome = self.outcome(path, &mut fragment, stage);
        self.fragments.push(fragment);
    }

    fn outcome<'a>(&mut self, path: &'a Path, fragment: &mut Fragment, stage: &Stage<'a>) -> Outcome {
        let Stage { cwd, settings, contexts, identical } = stage;
        let file = cwd.join(path);
        fragment.modified = modified(&file);
        match load(&file, &mut self.bytes) {
            Err(error) => return Outcome::Rejected { why: error.to_string(), help: Some(unloaded(&error).into()) },
            Ok(Loaded::NotAFragment { bytes, error }) => {
                fragment.bytes = bytes;
                return Outcome::Rejected { why: error.to_string(), help: error.help };
            }
            Ok(Loaded::Whole) => {}
        }
        fragment.bytes = self.bytes.len() as u64;
        if let Ok(format) = read::sniff(&self.bytes)
            && let Some(error) = objection(format, &file)
        {
            fragment.format = Some(format.name);
            return Outcome::Rejected { why: error.to_string(), help: error.help };
        }
        if self.bytes.is_empty() {
            empty(settings.empty_fragments)
        } else if let Some(twin) = identical.earlier(path, &self.bytes) {
            // It shares the outcome of its twin. `settle_duplicates` decides which of the two is the duplicate once all are known.
            Outcome::Duplicate { of: twin.to_owned() }
        } else {
            self.fold(fragment, contexts)
        }
    }

    fn fold(&mut self, fragment: &mut Fragment, contexts: &read::Contexts) -> Outcome {
        let read = read::sniff(&self.bytes).and_then(|format| {
            fragment.format = Some(format.name);
            fragment.tool = Some(format.tool);
            format.read(&self.bytes, contexts)
        });
        match read {
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
            Ok(Recording { files, kind, producer, admitted, incomplete, warnings }) => {
                self.admitted |= admitted;
                fragment.producer = producer;
                fragment.incomplete = incomplete;
                fragment.kind = kind;
                fragment.warnings = warnings;
                let count = files.len() as u64;
                for (path, file) in files {
                    if !file.claims.is_empty() {
                        note_first(&mut self.claimed, &path, &fragment.path);
                    }
                    match self.files.get_mut(&path) {
                        Some(known) => known.union_with(file),
                        None => _ = self.files.insert(path, file),
                    }
                }
                Outcome::Merged { files: count }
            }
        }
    }

    fn union(self, other: Self) -> Self {
        let (mut into, from) = if self.files.len() >= other.files.len() { (self, other) } else { (other, self) };
        into.fragments.extend(from.fragments);
        into.admitted |= from.admitted;
        // Several fragments may report such an error, and chance decides which worker met which.
        into.contexts = into.contexts.into_iter().chain(from.contexts).min();
        #[expect(clippy::iter_over_hash_type, reason = "the first of two is the same in any order")]
        for (path, fragment) in &from.claimed {
            note_first(&mut into.claimed, path, fragment);
        }
        #[expect(clippy::iter_over_hash_type, reason = "a union is the same in any order")]
        for (path, file) in from.files {
            match into.files.get_mut(&path) {
                Some(known) => known.union_with(file),
                None => _ = into.files.insert(path, file),
            }
        }
        into
    }
}

/// A fragment of which only the path is known.
fn untried(path: PathBuf) -> Fragment {
    Fragment {
        path,
        format: None,
        tool: None,
        producer: String::new(),
        kind: None,
        bytes: 0,
        modified: None,
        incomplete: None,
        outcome: Outcome::Empty,
        warnings: Vec::new(),
    }
}

fn modified(path: &Path) -> Option<Timestamp> {
    let since = path.metadata().ok()?.modified().ok()?.duration_since(std::time::UNIX_EPOCH).ok()?;
    i64::try_from(since.as_micros()).ok().map(Timestamp::from_micros)
}

/// The result of loading a file.
enum Loaded {
    /// All of it is there.
    Whole,
    /// Its beginning shows that it is not a fragment; the rest was not read.
    NotAFragment { bytes: u64, error: read::Error },
}

/// How many bytes to read before deciding what a large file is.
const HEAD: u64 = 64 * 1024;

/// Reads the file into `bytes`.
fn load(path: &Path, bytes: &mut Vec<u8>) -> std::io::Result<Loaded> {
    bytes.clear();
    let (mut file, metadata) = regular::open(path)?;
    if metadata.len() > HEAD {
        file.by_ref().take(HEAD).read_to_end(bytes)?;
        // JSON may name its tool at the end; every other format is recognised by its beginning.
        let is_json = bytes.trim_ascii_start().first() == Some(&b'{') || bytes.starts_with(b"\xef\xbb\xbf");
        if let (false, Err(error)) = (is_json, read::sniff(bytes)) {
            return Ok(Loaded::NotAFragment { bytes: metadata.len(), error });
        }
    }
    bytes.reserve_exact(usize::try_from(metadata.len().saturating_sub(bytes.len() as u64)).unwrap_or(0));
    file.read_to_end(bytes).map(|_| Loaded::Whole)
}

/// What to do about a file that cannot be loaded.
#[must_use]
pub fn unloaded(error: &std::io::Error) -> &'static str {
    match error.kind() {
        ErrorKind::PermissionDenied => "make it readable",
        ErrorKind::NotFound => {
            "if it is a link, point it to a file; otherwise it was deleted in the meantime: re-create it"
        }
        ErrorKind::Other => "write the data to a file first",
        _ => "re-create the file, or copy it again",
    }
}

/// Why the fragment at `path` must not be read, if a file beside it says so.
#[must_use]
pub fn objection(format: &read::Format, path: &Path) -> Option<read::Error> {
    let read::Beside { suffix, objection } = format.beside?;
    // Look beside the file itself, not beside a link to it.
    let mut beside = path.canonicalize().unwrap_or_else(|_| path.to_owned()).into_os_string();
    beside.push(suffix);
    let mut head = Vec::new();
    // A file that is missing or unreadable says nothing.
    _ = regular::open(Path::new(&beside)).and_then(|(file, _)| file.take(8).read_to_end(&mut head));
    let name = Path::new(&beside).file_name().unwrap_or_default();
    objection(&name.to_string_lossy(), &head)
}

fn empty(settings: EmptyFragments) -> Outcome {
    match settings {
        EmptyFragments::Ignore => Outcome::Empty,
        EmptyFragments::Fail => Outcome::Rejected {
            why: "it has 0 bytes: its process was killed before it saved anything".into(),
            help: Some(
                "let that process exit normally, or leave such fragments out with `--empty-fragments ignore`".into(),
            ),
        },
    }
}

/// Among fragments with equal bytes, the first by path carries the outcome, whichever thread came first. The others are its duplicates, or
/// are rejected like it.
fn settle_duplicates(fragments: &mut [Fragment]) {
    let mut groups: BTreeMap<PathBuf, Vec<usize>> = BTreeMap::new();
    for (index, fragment) in fragments.iter().enumerate() {
        if let Outcome::Duplicate { of } = &fragment.outcome {
            groups.entry(of.clone()).or_default().push(index);
        }
    }
    for (read, mut group) in groups {
        let Ok(at) = fragments.binary_search_by(|fragment| fragment.path.cmp(&read)) else { continue };
        let twin = fragments[at].clone();
        group.push(at);
        group.sort_unstable();
        let first = fragments[group[0]].path.clone();
        for (position, &index) in group.iter().enumerate() {
            let outcome = match &twin.outcome {
                Outcome::Merged { .. } if position > 0 => Outcome::Duplicate { of: first.clone() },
                outcome => outcome.clone(),
            };
            let Fragment { path, modified, .. } = fragments[index].clone();
            fragments[index] = Fragment { path, modified, outcome, ..twin.clone() };
        }
    }
}

/// The warnings of a fragment, with its name.
fn of_fragment(fragment: &Fragment) -> impl Iterator<Item = Warning> {
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

type ByPath = BTreeMap<SourcePath, FileTrace>;

/// Records `fragment` as the first one for the file `path`, unless an earlier one is recorded.
fn note_first(noted: &mut HashMap<String, PathBuf>, path: &str, fragment: &Path) {
    match noted.get_mut(path) {
        Some(first) if fragment < first.as_path() => fragment.clone_into(first),
        Some(_) => {}
        None => _ = noted.insert(path.to_owned(), fragment.to_owned()),
    }
}

/// The files that have claims, each with the first fragment that makes them.
type Claimed = BTreeMap<SourcePath, PathBuf>;

/// A warning if some files that fragments list are outside the root: a shard that ran elsewhere has other names for the same files.
fn astray(claimed: &Claimed, mapper: &Mapper) -> Option<Warning> {
    let astray = mapper.astray(claimed.keys());
    let (first, fragment) = claimed.get_key_value(*astray.first()?)?;
    let first = format!("`{}`, which `{}` lists,", mapper.display_name(first), fragment.display());
    let more = astray.len() as u64 - 1;
    // If all of them are outside, there is no other file to confuse them with.
    if astray.len() == claimed.len() {
        return Some(Warning::new(match more {
            0 => format!("{first} is not found below the root"),
            _ => format!("none of the {} that the fragments list is found below the root", counted(more + 1, "file")),
        }));
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

/// The files that count; the files that `include` and `omit` leave out, if those are kept; and the fragments that claim the files that count.
fn under_our_paths(
    files: HashMap<String, FileTrace>,
    claimed: &HashMap<String, PathBuf>,
    mapper: &Mapper,
    keep_omitted: bool,
) -> (ByPath, ByPath, Claimed) {
    let recorded: BTreeMap<String, FileTrace> = files.into_iter().collect();
    let mapping = mapper.map(recorded.keys().map(String::as_str));
    let (mut ours, mut omitted, mut claimed_here) = (ByPath::new(), ByPath::new(), Claimed::new());
    for (path, file) in recorded {
        let Some(mapped) = mapping.explain(&path).filter(|mapped| mapped.included || keep_omitted) else { continue };
        if let Some(fragment) = claimed.get(&path).filter(|_| mapped.included) {
            let first = claimed_here.entry(mapped.path.clone()).or_insert_with(|| fragment.clone());
            if fragment < first {
                first.clone_from(fragment);
            }
        }
        let into = if mapped.included { &mut ours } else { &mut omitted };
        into.entry(mapped.path.clone()).or_default().union_with(file);
    }
    (ours, omitted, claimed_here)
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

fn what_lacks(fragments: &[Fragment], expect: Option<u64>) -> Vec<String> {
    let mut incomplete = Vec::new();
    let (found, bad) = (fragments.len() as u64, rejected(fragments).count() as u64);
    if bad > 0 {
        incomplete.push(format!("{} of {} rejected", grouped(bad), counted(found, "fragment")));
    }
    let usable = found - bad;
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_by_path_of_equal_bytes_counts_whichever_was_read() {
        let fragment = |path: &str, micros: i64, outcome: Outcome| Fragment {
            modified: Some(Timestamp::from_micros(micros)),
            outcome,
            ..untried(path.into())
        };
        let merged = Outcome::Merged { files: 3 };
        let of = |path: &str| Outcome::Duplicate { of: path.into() };
        let mut fragments = [fragment("a", 1, of("b")), fragment("b", 2, merged.clone()), fragment("c", 3, of("b"))];
        settle_duplicates(&mut fragments);
        assert_eq!(fragments, [fragment("a", 1, merged), fragment("b", 2, of("a")), fragment("c", 3, of("a"))]);
    }
}
