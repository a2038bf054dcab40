//! Traces: the facts and claims of one fragment, and of all fragments together.

use std::collections::{BTreeMap, BTreeSet};

use super::arcs::{ArcSet, Exit};
use super::by_tool::ByTool;
use super::exits::{ClaimedExit, ExitSet};
pub use super::kind::Kind;
use super::lines::{Line, LineSet};
use super::origin::Origin;
use super::outline::{Name, Region, RegionKind};
use super::path::SourcePath;
use super::seal::Seal;
use super::study::{Fingerprint, Study, are_of_one_outline};
use super::tool::Tool;
use super::unfinished::Ending;
use super::warning::Warning;

/// The name of a dynamic context; empty for code that ran outside of any.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Context(std::sync::Arc<str>);

impl Context {
    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<&str> for Context {
    fn from(name: &str) -> Self {
        Self(name.into())
    }
}

/// The lines or arcs of one file that ran under one context. The fragment's kind decides which of the two is filled; `executed` reads both.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ContextTrace {
    /// Lines as recorded, from statement-only fragments.
    pub lines: LineSet,
    /// Transitions as recorded, from branch-mode fragments.
    pub arcs: ArcSet,
    /// Whether line 0 was recorded: see `FileTrace::zero`.
    pub zero: bool,
}

impl ContextTrace {
    /// Every line that ran: the recorded ones and both ends of the arcs.
    #[must_use]
    pub fn executed(&self) -> LineSet {
        executed(&self.lines, &self.arcs)
    }

    /// Adds the content of `other`.
    pub fn union_with(&mut self, other: &Self) {
        self.lines.union_with(&other.lines);
        self.arcs.union_with(&other.arcs);
        self.zero |= other.zero;
    }
}

fn executed(lines: &LineSet, arcs: &ArcSet) -> LineSet {
    let mut executed = arcs.lines();
    executed.union_with(lines);
    executed
}

/// The claims of one tool's fragments about a file.
///
/// Merging unites them; `common` keeps the lines that *all* fragments list, which tells fragments of different source texts apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claims {
    /// Lines that some fragment lists as a statement, executed or not; excluded ones are not among them.
    pub statements: LineSet,
    /// Lines that every fragment lists.
    pub common: LineSet,
    /// Lines ruled out by the user, if the format lists them.
    pub excluded: LineSet,
    /// Exits, taken or not. One to a line of `excluded` may be among them if it was taken; it does not count.
    pub exits: ExitSet,
    /// The number of exits that count, if the format gives it beside a list that may be shorter; otherwise 0. See `unlisted_exits`.
    pub counted_exits: u64,
    /// Functions and classes by their start as far as it is listed and, without a name, the code outside of them, if the format lists them with
    /// their lines.
    pub regions: BTreeMap<(Option<Line>, RegionKind, Name), ClaimedRegion>,
    /// Whether some fragment saw a line of the file run. If none of a tool's fragments did, its lists have no say beside those of others.
    pub measured: bool,
    /// Whether some fragment lists more lines than it counts, so that only the source can tell which of them are statements.
    pub unsure: bool,
}

/// The claims about a function or class, or about the code outside of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ClaimedRegion {
    /// Those of its lines that are listed.
    pub lines: LineSet,
    /// As in [`Claims`], within the region.
    pub counted_exits: u64,
}

impl ClaimedRegion {
    fn union_with(&mut self, other: &Self) {
        self.lines.union_with(&other.lines);
        self.counted_exits = self.counted_exits.max(other.counted_exits);
    }
}

impl Claims {
    /// The claims of a single fragment that lists these statements and saw one of the lines run.
    #[must_use]
    pub fn new(statements: LineSet) -> Self {
        Self {
            common: statements.clone(),
            statements,
            excluded: LineSet::new(),
            exits: ExitSet::default(),
            counted_exits: 0,
            regions: BTreeMap::new(),
            measured: true,
            unsure: false,
        }
    }

    /// Whether all fragments list the same statements.
    #[must_use]
    pub fn agree(&self) -> bool {
        self.statements == self.common
    }

    /// Adds a claim that `line` has `exit`; taken if any claim says so.
    pub fn claim(&mut self, line: Line, exit: Exit, taken: bool) {
        self.exits.insert(ClaimedExit { line, exit, taken });
    }

    /// The number of exits that count as taken and are listed nowhere: those of `pragma: no branch` lines in coverage.py's JSON, which lists such
    /// an exit only in a fragment that took it. They are the counted exits less the listed ones, so they are known only when all is merged.
    #[must_use]
    pub fn unlisted_exits(&self) -> u64 {
        self.counted_exits.saturating_sub(self.exits.count_outside(&self.excluded))
    }

    /// The functions and classes and, without a name, the code outside of them, in order of their start.
    #[must_use]
    pub fn regions(&self) -> Vec<Region> {
        let mut united: BTreeMap<_, ClaimedRegion> = BTreeMap::new();
        for ((start, kind, name), claimed) in &self.regions {
            united.entry((self.start_of(*start, *kind, name), *kind, name)).or_default().union_with(claimed);
        }
        let region = |((start, kind, name), claimed): ((Option<Line>, RegionKind, &Name), ClaimedRegion)| {
            let inside = self.exits.iter().filter(|exit| claimed.lines.contains(exit.line)).cloned();
            let listed = inside.collect::<ExitSet>().count_outside(&self.excluded);
            let unlisted_exits = claimed.counted_exits.saturating_sub(listed);
            Region { kind, name: name.clone(), start, unlisted_exits, lines: claimed.lines }
        };
        let mut regions: Vec<Region> = united.into_iter().map(region).collect();
        regions.sort_by_key(|region| region.start.or_else(|| region.lines.first()));
        regions
    }

    /// The start of a region that is listed with `start`. Reports of coverage.py before 7.13.1 list none, and of several functions with one name only
    /// the last.
    fn start_of(&self, start: Option<Line>, kind: RegionKind, name: &Name) -> Option<Line> {
        let is_outside = name.as_str().is_empty();
        if start.is_some() && !is_outside {
            return start;
        }
        let same = self.regions.keys().filter(|other| (other.1, &other.2) == (kind, name));
        let mut starts = same.filter_map(|other| other.0);
        if is_outside { starts.next() } else { starts.next_back() }
    }

    /// Adds the claims of `other`.
    pub fn union_with(&mut self, other: &Self) {
        self.statements.union_with(&other.statements);
        self.common = self.common.intersection(&other.common);
        self.excluded.union_with(&other.excluded);
        self.exits.union_with(&other.exits);
        self.counted_exits = self.counted_exits.max(other.counted_exits);
        for (region, claimed) in &other.regions {
            self.regions.entry(region.clone()).or_default().union_with(claimed);
        }
        self.measured |= other.measured;
        self.unsure |= other.unsure;
    }
}

/// The facts and claims about one source file, from the fragments read so far.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FileTrace {
    /// Facts: lines that ran, as recorded (any line of a statement). Lines at the ends of `arcs` are not repeated here.
    pub lines: LineSet,
    /// Facts: transitions that ran; only from branch-mode coverage.py fragments.
    pub arcs: ArcSet,
    /// Facts: line 0 was recorded. It is not a line and counts nowhere, but CPython 3.11 to 3.13 report it for every empty module that runs,
    /// and coverage.py passes it on.
    pub zero: bool,
    /// Facts: run counts, only from formats that count.
    pub hits: BTreeMap<Line, u64>,
    /// Facts by dynamic context, if some output shows them. They are in `lines` and `arcs` too.
    pub contexts: BTreeMap<Context, ContextTrace>,
    /// Claims, by tool.
    pub claims: ByTool<Claims>,
    /// The tool with a fragment that saw a line of this file run and makes no claims: the source is then needed. Of several, the first by name.
    pub silent: Option<Tool>,
    /// Plugins of coverage.py that measured the file: it is not Python (a template, say).
    pub tracers: BTreeSet<Box<str>>,
    /// Whether a data file of coverage.py has rows of the file but names no plugin: then Python's own tracer measured it.
    pub by_python: bool,
}

impl FileTrace {
    /// Every line that ran: the recorded ones and both ends of the arcs. As recorded, so continuation lines and docstrings may be in it.
    #[must_use]
    pub fn executed(&self) -> LineSet {
        executed(&self.lines, &self.arcs)
    }

    /// The file with only those of its facts that were recorded under one of `contexts`. Its `contexts` must hold all of its facts, as they do
    /// where nothing but coverage.py's data files was read with their contexts.
    #[must_use]
    pub fn under(&self, contexts: &BTreeSet<&Context>) -> Self {
        let admitted = self.contexts.iter().filter(|(context, _)| contexts.contains(context));
        let mut under = Self {
            contexts: admitted.map(|(context, trace)| (context.clone(), trace.clone())).collect(),
            claims: self.claims.clone(),
            tracers: self.tracers.clone(),
            by_python: self.by_python,
            ..Self::default()
        };
        for trace in under.contexts.values() {
            under.lines.union_with(&trace.lines);
            under.arcs.union_with(&trace.arcs);
            under.zero |= trace.zero;
        }
        if under.zero || !under.lines.is_empty() || !under.arcs.is_empty() {
            under.silent = self.silent;
        }
        under
    }

    /// Adds the facts and claims of `other`: sets and flags unite, `hits` add (saturating).
    pub fn union_with(&mut self, other: Self) {
        self.lines.union_with(&other.lines);
        self.arcs.union_with(&other.arcs);
        self.zero |= other.zero;
        for (line, hits) in other.hits {
            let sum = self.hits.entry(line).or_default();
            *sum = sum.saturating_add(hits);
        }
        for (context, trace) in other.contexts {
            self.contexts.entry(context).or_default().union_with(&trace);
        }
        for (tool, claims) in other.claims {
            self.claims.add(tool, claims, |mine, other| mine.union_with(&other));
        }
        self.silent = self.silent.into_iter().chain(other.silent).min();
        self.tracers.extend(other.tracers);
        self.by_python |= other.by_python;
    }

    /// Two tracers that both measured the file: plugins by name, Python's own as `None`. `None` if at most one did.
    ///
    /// A fragment that lists the file without rows and without a plugin does not count, as in `CoverageData.update` of coverage.py.
    #[must_use]
    pub fn rivals(&self) -> Option<(&str, Option<&str>)> {
        let mut plugins = self.tracers.iter().map(|name| &**name);
        let first = plugins.next()?;
        let second = plugins.next();
        (second.is_some() || self.by_python).then_some((first, second))
    }
}

/// One fragment's content under the paths it uses, and its oddities (a negative count, say).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recording {
    /// Each file once, in the fragment's order.
    pub files: Vec<(String, FileTrace)>,
    /// Whether it measured statements or branches; `None` if it has no rows that show it.
    pub kind: Option<Kind>,
    /// Whether its metadata says that branches were measured; decides only where no fragment has rows.
    pub declares_branches: bool,
    /// The tool that wrote it, with its version where the fragment says so: `coverage.py 7.17.3`, `slipcover 1.1.0`.
    pub producer: String,
    /// Whether the filter by contexts admits one of its contexts; `true` without a filter.
    pub admitted: bool,
    /// Why the data that it was made from was incomplete; only covmerge's own data files and JSON reports say so.
    pub incomplete: Option<String>,
    /// The process that made it, as far as it says so.
    pub origin: Origin,
    /// Whether it is finished, by its own word.
    pub ending: Ending,
    /// The oddities, as warnings.
    pub warnings: Vec<Warning>,
    /// If the fragment is a seal: its content, and then there are no `files`.
    pub sealed: Option<Seal>,
}

/// All fragments, merged. Its maps are ordered, since the order of the model is that of the outputs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trace {
    /// The files, by path after mapping.
    pub files: BTreeMap<SourcePath, FileTrace>,
    /// The files that `include` and `omit` leave out of every report, if some output contains them all the same.
    pub omitted: BTreeMap<SourcePath, FileTrace>,
    /// `files` with the data of all contexts, if reports count only some of them and some output contains the others all the same; else empty.
    pub unfiltered: BTreeMap<SourcePath, FileTrace>,
    /// Whether branches were measured. If no fragment has rows: whether the metadata of any says so.
    pub branches: bool,
    /// The sources that seals hold, by the paths of `files` and `omitted`.
    pub sealed: BTreeMap<SourcePath, Sealed>,
    /// The files of which a job could not use the source, and no seal holds it.
    pub unusable: BTreeMap<SourcePath, Unusable>,
    /// The files that belong to parts.
    pub owners: Owners,
    /// The files that no fragment names: they count because they are below `source`.
    pub unmeasured: BTreeSet<SourcePath>,
}

/// A source as a seal holds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sealed {
    /// All that counting needs of it.
    pub study: Study,
    /// Whether it was studied for statements alone or for branches too.
    pub kind: Kind,
    /// Identifies its text.
    pub fingerprint: Fingerprint,
    /// The text and its seal, in words.
    pub whose: String,
    /// If the source that is here is meant, too: by what.
    pub meant_here: Option<MeantHere>,
    /// Its text, if the seal holds it.
    pub text: Option<String>,
    /// Why its text must not be shown; empty if it may be.
    pub unshown: String,
}

/// A source that a sealing job could not use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unusable {
    /// The seal of the job.
    pub seal: String,
    /// Why it could not.
    pub why: String,
}

/// By what a source is meant that is here, beside one in a seal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MeantHere {
    /// By fragments that are not sealed, which record the file.
    Fragments,
    /// By `source`, below which it is found.
    Source,
}

impl Sealed {
    /// Whether both have the same outline.
    #[must_use]
    pub fn is_of_one_outline(&self, other: &Self) -> bool {
        are_of_one_outline((&self.study, self.kind), (&other.study, other.kind))
    }

    /// The warning that a file of that name has this text and another one, which is of the same outline.
    #[must_use]
    pub fn two_texts(&self, name: &str, other: &str) -> Warning {
        let text = format!("`{name}` has two texts with the same statements: {} and {other}", self.whose);
        Warning::new(text).with_help("the first one is shown; if it is not generated, seal all shards of one revision")
    }
}

/// The files of a run that belong to parts of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Owners {
    /// The number of the part of each file that belongs to one.
    pub files: BTreeMap<SourcePath, usize>,
    /// Whether branches were measured: in the files that belong to no part, then in those of each part. Empty in a run without parts.
    pub branches: Vec<bool>,
}

impl Trace {
    /// The number of the part to which a file belongs.
    #[must_use]
    pub fn owner(&self, path: &SourcePath) -> Option<usize> {
        self.owners.files.get(path).copied()
    }

    /// Whether branches were measured in the files of the part of that number, or in those that belong to none.
    #[must_use]
    pub fn has_branches_in(&self, part: Option<usize>) -> bool {
        self.owners.branches.get(part.map_or(0, |part| part + 1)).copied().unwrap_or(self.branches)
    }

    /// Every file that was measured with all of its data, including files and contexts that are left out of reports.
    pub fn measured(&self) -> impl Iterator<Item = (&SourcePath, &FileTrace)> {
        let files = if self.unfiltered.is_empty() { &self.files } else { &self.unfiltered };
        files.iter().chain(&self.omitted)
    }
}
