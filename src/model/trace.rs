//! What ran, and what tools claim could run: a fragment's content, and that of all of them together.

use std::collections::{BTreeMap, BTreeSet};

use super::arcs::{ArcSet, Exit};
use super::exits::{ClaimedExit, ExitSet};
use super::lines::{Line, LineSet};
use super::outline::{Name, Region, RegionKind};
use super::path::SourcePath;
use super::tool::Tool;
use super::warning::Warning;

/// A dynamic context's name; empty for what ran outside of any.
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

/// What ran of one file under one context. Exactly one of the two is filled, by the fragment's kind; reading both as one is `lines`.
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

    /// Adds what `other` has.
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

/// What fragments of one tool claim of a file.
///
/// Merging unites; `common` keeps what *all* of them listed, so that fragments of different source texts can be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claims {
    /// Lines that some fragment lists as a statement, executed or not; excluded ones are not among them.
    pub statements: LineSet,
    /// Lines that every fragment lists.
    pub common: LineSet,
    /// Lines ruled out by the user, as far as the format says.
    pub excluded: LineSet,
    /// Exits, taken or not. One to a line of `excluded` may be among them if it was taken; it does not count.
    pub exits: ExitSet,
    /// How many exits count, where the format says so and may list fewer; 0 otherwise. See `unlisted_exits`.
    pub counted_exits: u64,
    /// Functions and classes, as far as the format lists them and their lines, by where they start.
    pub regions: BTreeMap<(Line, RegionKind, Name), ClaimedRegion>,
    /// Whether some fragment saw a line of the file run: lists of a file that no test came near have no say beside the others.
    pub measured: bool,
    /// Whether some fragment lists more than it counts, so that only the source can tell the statements among it.
    pub unsure: bool,
}

/// What fragments claim of a function or class.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ClaimedRegion {
    /// Its lines, those that are listed.
    pub lines: LineSet,
    /// As of a file, those in the region.
    pub counted_exits: u64,
}

impl Claims {
    /// Claims of these statements, agreed with themselves, of a file in which something ran.
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

    /// Exits that count as taken and are listed nowhere: those of `pragma: no branch` lines in coverage.py's JSON, which lists such an
    /// exit only in a fragment that took it. So they are what is left of the number of all, and known only when all is merged.
    #[must_use]
    pub fn unlisted_exits(&self) -> u64 {
        self.counted_exits.saturating_sub(self.exits.count_outside(&self.excluded))
    }

    /// The functions and classes, in order of their start.
    #[must_use]
    pub fn regions(&self) -> Vec<Region> {
        let region = |((start, kind, name), claimed): (&(Line, RegionKind, Name), &ClaimedRegion)| {
            let inside = self.exits.iter().filter(|exit| claimed.lines.contains(exit.line)).cloned();
            let listed = inside.collect::<ExitSet>().count_outside(&self.excluded);
            let unlisted_exits = claimed.counted_exits.saturating_sub(listed);
            Region { kind: *kind, name: name.clone(), start: *start, unlisted_exits, lines: claimed.lines.clone() }
        };
        self.regions.iter().map(region).collect()
    }

    /// Adds what `other` claims.
    pub fn union_with(&mut self, other: &Self) {
        self.statements.union_with(&other.statements);
        self.common = self.common.intersection(&other.common);
        self.excluded.union_with(&other.excluded);
        self.exits.union_with(&other.exits);
        self.counted_exits = self.counted_exits.max(other.counted_exits);
        for (region, claimed) in &other.regions {
            let mine = self.regions.entry(region.clone()).or_default();
            mine.lines.union_with(&claimed.lines);
            mine.counted_exits = mine.counted_exits.max(claimed.counted_exits);
        }
        self.measured |= other.measured;
        self.unsure |= other.unsure;
    }
}

/// What is known of one source file from the fragments read so far.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FileTrace {
    /// Facts: lines that ran, as recorded (any line of a statement). Lines at the ends of `arcs` are not repeated here.
    pub lines: LineSet,
    /// Facts: transitions that ran; only from branch-mode coverage.py fragments.
    pub arcs: ArcSet,
    /// Facts: line 0 was recorded. It is not a line and counts nowhere, but CPython 3.11 to 3.13 report it of every empty module that runs,
    /// and coverage.py hands it on.
    pub zero: bool,
    /// Facts: run counts, only from formats that count.
    pub hits: BTreeMap<Line, u64>,
    /// Facts by dynamic context, when some output asks for them. What is here is in `lines` and `arcs` too.
    pub contexts: BTreeMap<Context, ContextTrace>,
    /// Claims, by tool.
    pub claims: BTreeMap<Tool, Claims>,
    /// Tools of which a fragment saw a line of this file run and claimed nothing: its source is needed.
    pub silent: BTreeSet<Tool>,
    /// Plugins of coverage.py that measured the file: it is not Python (a template, say).
    pub tracers: BTreeSet<Box<str>>,
    /// Whether a data file of coverage.py has rows of the file and names no plugin: then Python's own tracer measured it.
    pub by_python: bool,
}

impl FileTrace {
    /// Every line that ran: the recorded ones and both ends of the arcs. As recorded, so continuation lines and docstrings may be in it.
    #[must_use]
    pub fn executed(&self) -> LineSet {
        executed(&self.lines, &self.arcs)
    }

    /// Adds what `other` knows: sets and flags unite, `hits` add (saturating).
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
            match self.claims.entry(tool) {
                std::collections::btree_map::Entry::Occupied(mut mine) => mine.get_mut().union_with(&claims),
                std::collections::btree_map::Entry::Vacant(free) => _ = free.insert(claims),
            }
        }
        self.silent.extend(other.silent);
        self.tracers.extend(other.tracers);
        self.by_python |= other.by_python;
    }

    /// Two who both say that they measured the file, plugins by their names and Python as `None`; `None` if at most one does.
    ///
    /// A fragment that lists the file without rows and without a plugin says nothing of it, as in `CoverageData.update` of coverage.py.
    #[must_use]
    pub fn rivals(&self) -> Option<(&str, Option<&str>)> {
        let mut plugins = self.tracers.iter().map(|name| &**name);
        let first = plugins.next()?;
        let second = plugins.next();
        (second.is_some() || self.by_python).then_some((first, second))
    }
}

/// Whether a fragment measured statements alone or branches too.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Which lines ran.
    Statements,
    /// Which transitions between lines ran.
    Branches,
}

impl Kind {
    /// `statement` or `branch`, as messages say it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Statements => "statement",
            Self::Branches => "branch",
        }
    }
}

/// One fragment's content under the paths it uses, and what was odd about it (a negative count, say).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recording {
    /// Each file once, in the fragment's order.
    pub files: Vec<(String, FileTrace)>,
    /// What it measured; `None` when it holds no row that would tell.
    pub kind: Option<Kind>,
    /// The tool that wrote it, with its version where the fragment says so: `coverage.py 7.17.3`, `slipcover 1.1.0`.
    pub producer: String,
    /// Whether a filter by contexts admits some context of it; `true` without a filter.
    pub admitted: bool,
    /// Why the data it was made from was not all there, where it says so: our own data files and JSON reports do.
    pub incomplete: Option<String>,
    /// What is odd but not wrong.
    pub warnings: Vec<Warning>,
}

/// Every fragment merged. A `BTreeMap`: the order of output is the order of the model.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trace {
    /// What is known of each file, under our paths.
    pub files: BTreeMap<SourcePath, FileTrace>,
    /// The same of files that `include` and `omit` leave out of every report, where some output holds them all the same.
    pub omitted: BTreeMap<SourcePath, FileTrace>,
    /// Whether branches were measured; `false` too when no fragment had rows.
    pub branches: bool,
}

impl Trace {
    /// Every file that was measured, those that are left out of reports too.
    pub fn measured(&self) -> impl Iterator<Item = (&SourcePath, &FileTrace)> {
        self.files.iter().chain(&self.omitted)
    }
}
