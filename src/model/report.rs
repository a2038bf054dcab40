//! The report: the statements and exits that could run, and those that did.

use std::collections::BTreeMap;

use super::arcs::{Arc, Exit};
use super::fragment::{Fragment, Outcome};
use super::lines::{Line, LineSet};
use super::outline::{Explanations, FirstLines, Name, Region, RegionKind};
use super::path::SourcePath;
use super::percent::Percent;
use super::settings::PythonVersion;
use super::tool::Tool;
use super::trace::{Context, ContextTrace};
use super::warning::Warning;

/// Everything the renderers and the gate know.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// The files, by path after mapping: the order of coverage.py's JSON. Boxed, since the nodes of a map that grows are half empty.
    pub files: BTreeMap<SourcePath, Box<FileReport>>,
    /// The sum over all files.
    pub totals: Totals,
    /// Whether branches were measured.
    pub branches: bool,
    /// Every fragment found, sorted by path.
    pub fragments: Vec<Fragment>,
    /// The reasons why the data is incomplete, one line each; empty if it is complete. Every output that has room shows them.
    pub incomplete: Vec<String>,
    /// The names of the files that are missing from it: their sources cannot be analysed, and the user asked to ignore such errors.
    pub left_out: Vec<String>,
    /// The warnings.
    pub warnings: Vec<Warning>,
    /// The parts of the run, in order.
    pub parts: Vec<PartReport>,
}

/// A part of the run: a package with a root and settings of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartReport {
    /// Its name.
    pub name: String,
    /// Its root, relative to that of the run.
    pub root: String,
    /// The Python version whose rules define its statements.
    pub python: PythonVersion,
}

impl Report {
    /// The sum over the files of the part of that number, or over those that belong to no part.
    #[must_use]
    pub fn totals_of(&self, part: Option<usize>) -> Totals {
        self.files.values().filter(|file| file.part == part).map(|file| file.totals).sum()
    }

    /// The name of each part with the sum over its files, then that over the files that belong to no part, if there are any. Empty in a run without
    /// parts.
    #[must_use]
    pub fn sums_of_parts(&self) -> Vec<(&str, Totals)> {
        if self.parts.is_empty() {
            return Vec::new();
        }
        let parts = self.parts.iter().enumerate().map(|(at, part)| (part.name.as_str(), self.totals_of(Some(at))));
        let rest = Some(("(no part)", self.totals_of(None))).filter(|(_, rest)| rest.files > 0);
        parts.chain(rest).collect()
    }

    /// The number of fragments whose data counts although they were never finished.
    #[must_use]
    pub fn unfinished(&self) -> u64 {
        self.fragments.iter().filter(|fragment| fragment.counts_unfinished()).count() as u64
    }

    /// Whether `tool` measured some of the data.
    #[must_use]
    pub fn has_data_of(&self, tool: Tool) -> bool {
        let counts = |fragment: &Fragment| matches!(fragment.outcome, Outcome::Merged { .. });
        self.fragments.iter().any(|fragment| fragment.tool == Some(tool) && counts(fragment))
    }
}

/// On whose word a file's statements rest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Basis {
    /// Its source's.
    Source,
    /// Its fragments'.
    Fragments,
}

/// One source file.
#[derive(Clone, Debug)]
pub struct FileReport {
    /// The name to show: the path relative to the root where the file lies below it.
    pub name: String,
    /// The number of the part to which it belongs; `None` if it belongs to none.
    pub part: Option<usize>,
    /// On whose word statements rest.
    pub basis: Basis,
    /// The statements and exits, and those that ran.
    pub sets: Sets,
    /// Functions and classes, in order of start line.
    pub regions: Vec<RegionReport>,
    /// The code outside of all functions, and that outside of all classes, as far as fragments list it; `None` if it is the rest of the file.
    pub outside: Option<Vec<RegionReport>>,
    /// The signs that its source and its measurements do not belong together. The warnings of the report contain them too.
    pub doubts: Vec<Warning>,
    /// The sums over `sets`.
    pub totals: Totals,
}

/// The statements and exits of one file, and those that ran.
#[derive(Clone, Debug, Default)]
pub struct Sets {
    /// First lines of statements.
    pub statements: LineSet,
    /// Those that ran; a subset of `statements`.
    pub executed: LineSet,
    /// Lines the user ruled out; may hold lines that are not statements.
    pub excluded: LineSet,
    /// Run counts, where some fragment counted; otherwise a statement's hits are 1 or 0.
    pub hits: BTreeMap<Line, u64>,
    /// Lines with two exits or more, ascending. Such a line need not be a statement.
    pub branches: Vec<BranchLine>,
    /// The reasons why arcs of branch lines may not have been taken, and what they do; empty where fragments said what could run.
    pub explanations: Explanations,
    /// Branch lines that are not statements and were not reached, as far as that is known.
    pub idle: LineSet,
    /// What ran by context, as recorded; empty unless asked for.
    pub contexts: BTreeMap<Context, ContextTrace>,
    /// The lines of its multi-line statements; empty where fragments said what could run.
    pub first: FirstLines,
    /// Exits that count as taken and are listed nowhere (see `Claims::unlisted_exits`).
    pub unlisted_exits: u64,
    /// The number of lines of the text by Python's `splitlines()`; the last known line where there is no source.
    pub lines: u32,
}

impl FileReport {
    /// The report on the file of that name, counted. `doubts` are the signs that its source is not the one that was measured.
    #[must_use]
    pub fn new(name: String, basis: Basis, sets: Sets, regions: Regions, doubts: Vec<Warning>) -> Self {
        let totals = Totals::default();
        let mut file = Self { name, part: None, basis, sets, regions: Vec::new(), outside: None, doubts, totals };
        let Sets { statements, executed, excluded, branches, unlisted_exits, .. } = &file.sets;
        file.totals = file.count([statements.len(), executed.len()], excluded, branches.iter());
        file.totals.branches += unlisted_exits;
        let region = |Region { kind, name, start, lines, unlisted_exits }| {
            let mut totals = file.totals_within(&lines);
            totals.branches += unlisted_exits;
            RegionReport { kind, name, start, lines, unlisted_exits, totals }
        };
        match regions {
            Regions::Found(regions) => file.regions = regions.into_iter().map(region).collect(),
            Regions::Listed(regions) => {
                let (outside, regions): (Vec<_>, Vec<_>) =
                    regions.into_iter().map(region).partition(|region| region.name.as_str().is_empty());
                (file.regions, file.outside) = (regions, Some(outside));
            }
        }
        file
    }

    /// Whether it is known which functions and classes the file has, be it none.
    #[must_use]
    pub fn knows_regions(&self) -> bool {
        self.outside.as_ref().is_none_or(|outside| !outside.is_empty()) || !self.regions.is_empty()
    }

    /// Statements that did not run.
    #[must_use]
    pub fn missing(&self) -> LineSet {
        self.sets.statements.difference(&self.sets.executed)
    }

    /// The hits of a statement, given whether it `ran`: its count if some fragment counted, else 1; 0 if it did not run.
    #[must_use]
    pub fn hits_of(&self, statement: Line, ran: bool) -> u64 {
        if ran { self.sets.hits.get(&statement).copied().unwrap_or(1).max(1) } else { 0 }
    }

    /// Whether control came to the branch line `line`, so that its missing exits make it partial.
    #[must_use]
    pub fn was_reached(&self, line: Line) -> bool {
        if self.sets.statements.contains(line) {
            self.sets.executed.contains(line)
        } else {
            !self.sets.idle.contains(line)
        }
    }

    /// The branch line of that number.
    #[must_use]
    pub fn branch_line(&self, line: Line) -> Option<&BranchLine> {
        self.sets.branches.binary_search_by_key(&line, |branch| branch.line).ok().map(|at| &self.sets.branches[at])
    }

    /// The sums over `lines`, a part of the file, as coverage.py narrows an analysis to a region: a branch line belongs to the region that
    /// contains it, and only exclusions inside the region are known.
    #[must_use]
    pub fn totals_within(&self, lines: &LineSet) -> Totals {
        let [statements, executed] = [&self.sets.statements, &self.sets.executed].map(|set| set.count_common(lines));
        self.count([statements, executed], &self.sets.excluded.intersection(lines), self.branches_within(lines))
    }

    /// The branch lines among `lines`.
    pub fn branches_within(&self, lines: &LineSet) -> impl Iterator<Item = &BranchLine> {
        let all = &self.sets.branches;
        let from = lines.first().map_or(0, |first| all.partition_point(|branch| branch.line < first));
        let last = lines.last();
        let near = all[from..].iter().take_while(move |branch| Some(branch.line) <= last);
        near.filter(|branch| lines.contains(branch.line))
    }

    /// The sums over branch lines, under these exclusions, beside the numbers of statements and of executed ones.
    fn count<'a>(
        &'a self,
        [statements, executed]: [u64; 2],
        excluded: &LineSet,
        branches: impl Iterator<Item = &'a BranchLine>,
    ) -> Totals {
        let mut totals = Totals { files: 1, statements, executed, excluded: excluded.len(), ..Totals::default() };
        for branch in branches {
            let missing = branch.missing_within(excluded).count() as u64;
            totals.branches += u64::from(branch.total);
            totals.missing_branches += missing;
            if self.was_reached(branch.line) {
                totals.partial += missing;
            }
        }
        totals
    }
}

/// A line with two exits or more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BranchLine {
    /// The line.
    pub line: Line,
    /// The number of exits that count: those that are not excluded.
    pub total: u32,
    /// Whether a pragma or pattern says that all exits count as taken.
    pub no_branch: bool,
    /// The exits, ascending as arc ends (ways out first), excluded ones included.
    pub exits: Vec<BranchExit>,
}

impl BranchLine {
    /// Exits that were taken, ascending.
    pub fn taken(&self) -> impl Iterator<Item = &BranchExit> {
        self.exits.iter().filter(|exit| exit.taken)
    }

    /// Exits that count as missing, ascending: neither taken, nor waived by a pragma, nor excluded.
    pub fn missing(&self) -> impl Iterator<Item = &BranchExit> {
        self.exits.iter().filter(|exit| self.misses(exit))
    }

    /// Whether `exit`, one of this line's, counts as missing.
    #[must_use]
    pub const fn misses(&self, exit: &BranchExit) -> bool {
        !exit.taken && !self.no_branch && !exit.excluded
    }

    /// Exits that count as missing when only the exclusions in `excluded` are known.
    pub fn missing_within<'a>(&'a self, excluded: &'a LineSet) -> impl Iterator<Item = &'a BranchExit> {
        self.exits.iter().filter(|exit| !exit.taken && !self.no_branch && !exit.to.leads_to(excluded))
    }

    /// The number of exits that count as taken: all but the missing ones.
    #[must_use]
    pub fn taken_count(&self) -> u32 {
        let missing = u32::try_from(self.missing().count()).unwrap_or(u32::MAX);
        self.total.saturating_sub(missing)
    }
}

/// One way out of a branch line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BranchExit {
    /// Where it goes.
    pub to: Exit,
    /// Whether it ran.
    pub taken: bool,
    /// Whether its destination is excluded: it counts in no total.
    pub excluded: bool,
}

impl BranchExit {
    /// The arc that takes it from the branch line `line`; `None` for a label.
    #[must_use]
    pub fn arc_from(&self, line: Line) -> Option<Arc> {
        Some(Arc::new(i32::try_from(line.get()).ok()?, self.to.arc_end()?))
    }
}

/// The functions and classes of a file.
#[derive(Clone, Debug)]
pub enum Regions {
    /// All that its source has.
    Found(Vec<Region>),
    /// Those that its fragments list, and, without a name, the code outside of them.
    Listed(Vec<Region>),
}

/// A function or class.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegionReport {
    /// Its kind.
    pub kind: RegionKind,
    /// Its qualified name.
    pub name: Name,
    /// The line of its `def` or `class` keyword; `None` where fragments list the region and do not say so.
    pub start: Option<Line>,
    /// Its lines.
    pub lines: LineSet,
    /// Exits in it that count as taken and are listed nowhere.
    pub unlisted_exits: u64,
    /// The sums over its lines.
    pub totals: Totals,
}

impl RegionReport {
    /// The line to show it at: its start or, failing that, the first of its lines.
    #[must_use]
    pub fn line(&self) -> Option<Line> {
        self.start.or_else(|| self.lines.first())
    }
}

/// Sums, as whole numbers: they add exactly.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// The number of files.
    pub files: u64,
    /// Statements, excluded ones not among them.
    pub statements: u64,
    /// Statements that ran.
    pub executed: u64,
    /// Excluded lines.
    pub excluded: u64,
    /// Exits of branch lines.
    pub branches: u64,
    /// Of those, the ones not taken.
    pub missing_branches: u64,
    /// Untaken exits of executed lines: coverage.py's `n_partial_branches`.
    pub partial: u64,
}

impl Totals {
    /// Statements that did not run.
    #[must_use]
    pub const fn missing(&self) -> u64 {
        self.statements.saturating_sub(self.executed)
    }

    /// Whether nothing is missing; also if there is nothing to measure.
    #[must_use]
    pub const fn is_complete(&self) -> bool {
        self.missing() == 0 && self.partial == 0
    }

    /// Exits taken.
    #[must_use]
    pub const fn taken(&self) -> u64 {
        self.branches.saturating_sub(self.missing_branches)
    }

    /// Statements and branches together: the number that `--fail-under` is about.
    #[must_use]
    pub const fn percent(&self) -> Percent {
        Percent::new(self.executed + self.taken(), self.statements + self.branches)
    }

    /// Statements alone.
    #[must_use]
    pub const fn percent_statements(&self) -> Percent {
        Percent::new(self.executed, self.statements)
    }

    /// Branches alone.
    #[must_use]
    pub const fn percent_branches(&self) -> Percent {
        Percent::new(self.taken(), self.branches)
    }
}

impl std::ops::AddAssign for Totals {
    fn add_assign(&mut self, other: Self) {
        self.files += other.files;
        self.statements += other.statements;
        self.executed += other.executed;
        self.excluded += other.excluded;
        self.branches += other.branches;
        self.missing_branches += other.missing_branches;
        self.partial += other.partial;
    }
}

impl std::iter::Sum for Totals {
    fn sum<I: Iterator<Item = Self>>(totals: I) -> Self {
        totals.fold(Self::default(), |mut sum, one| {
            sum += one;
            sum
        })
    }
}
