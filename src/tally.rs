//! Trace × outlines: what ran, set against what could, for every file in parallel.

use std::borrow::Cow;
use std::cell::LazyCell;
use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;

use crate::analyse;
use crate::model::arcs::{Arc, ArcSet, Exit};
use crate::model::exits::ClaimedExit;
use crate::model::fragment::Fragment;
use crate::model::lines::{Line, LineSet};
use crate::model::outline::{FirstLines, Match, Outline};
use crate::model::path::SourcePath;
use crate::model::report::{Basis, BranchExit, BranchLine, FileReport, Report, Sets};
use crate::model::settings::{self, PythonVersion, StatementsFrom};
use crate::model::status::Status;
use crate::model::tool::{Tool, Unites};
use crate::model::trace::{Claims, FileTrace, Kind, Trace};
use crate::model::warning::Warning;
use crate::model::words::{by_number, counted};
use crate::paths::Mapper;
use crate::python::re;
use crate::sources::{self, Sources};

/// Why no report could be made.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Files that cannot be counted; all of them, sorted by path.
    #[error("{} of {of} measured files cannot be counted", .problems.len())]
    Files {
        /// What is wrong with each.
        problems: Vec<FileError>,
        /// How many files were measured.
        of: usize,
    },
    /// No fragment names a file, or `include` and `omit` leave none.
    #[error("no data to report: {0}")]
    NoData(&'static str),
    /// Every file was left out because its source could not be used.
    #[error("no data to report: every source is missing or cannot be parsed ({0} of {0})")]
    NothingParsable(usize),
}

impl Error {
    /// What to do about it; nothing of files, each of which has advice of its own.
    #[must_use]
    pub const fn help(&self) -> Option<&'static str> {
        match self {
            Self::Files { .. } => None,
            Self::NoData(_) => {
                Some("look at `include` and `omit`, and at what the fragments hold by `covmerge inspect`")
            }
            Self::NothingParsable(_) => {
                Some("check out the sources that were measured, or map their paths under `[paths]`")
            }
        }
    }

    /// How the process should end.
    #[must_use]
    pub fn status(&self) -> Status {
        match self {
            Self::Files { problems, .. } if problems.iter().any(|problem| problem.kind.is_usage()) => Status::Usage,
            _ => Status::NoReport,
        }
    }
}

/// Why a file cannot be counted.
#[derive(Debug, thiserror::Error)]
#[error("{kind}")]
pub struct FileError {
    /// Its name, as shown.
    pub name: String,
    /// What is wrong.
    pub kind: FileErrorKind,
}

/// What is wrong with a file.
#[derive(Debug, thiserror::Error)]
pub enum FileErrorKind {
    /// The source is not there, or cannot be read or decoded.
    #[error(transparent)]
    Source(#[from] sources::Error),
    /// CPython would not compile it.
    #[error("{error}")]
    Parse {
        /// What is wrong.
        error: analyse::SyntaxError,
        /// The first newer version that would compile it.
        accepted_by: Option<PythonVersion>,
    },
    /// An exclusion pattern gave up on this text.
    #[error(transparent)]
    Pattern(#[from] re::Error),
    /// A plugin of coverage.py measured it, and nothing says what could run in it.
    #[error("it was measured by coverage.py's plugin `{0}`, and none of its fragments lists its statements")]
    Plugin(String),
    /// Sources are not to be used, and a fragment lists more as executed than it counts: docstrings, in coverage.py's older JSON.
    #[error("a fragment lists more executed lines than it counts, so its list is not of statements")]
    UnsureClaims,
    /// Sources are not to be used, and contexts were chosen: what ran in those is known by lines of text, and which statements they belong to
    /// only the source says.
    #[error(
        "what ran in the chosen contexts is known by lines, and `--analysis never` keeps out the source that makes statements of them"
    )]
    ChosenContexts,
    /// Sources are not to be used, and no fragment claims anything.
    #[error("none of its fragments lists its statements, and `--analysis never` keeps its source out")]
    NoClaims,
    /// Sources are not to be used, and two tools claim different things: a sum of them would be neither's number.
    #[error("{} differ on what could run in it, and `--analysis never` keeps its source out", .0.join(" and "))]
    Disagreement(Vec<&'static str>),
}

/// What tallying needs besides the data.
pub struct Tools<'a> {
    /// What the sources say.
    pub settings: &'a settings::Analysis,
    /// `settings`, as the analysis wants them.
    pub rules: &'a analyse::Rules,
    /// Names files and says where their sources are.
    pub mapper: &'a Mapper,
    /// Opens sources.
    pub sources: &'a Sources,
    /// Whether only some contexts count.
    pub contexts_chosen: bool,
    /// Called once for each file that has been counted, from any thread.
    pub tick: &'a (dyn Fn() + Sync),
}

/// Sets what ran against what could run, file by file. `fragments`, `incomplete` and `warnings` go into the report as they are.
///
/// # Errors
/// When there is nothing to report, and when files cannot be counted and that is not to be ignored: then all of those are listed.
pub fn tally(
    trace: &Trace,
    fragments: Vec<Fragment>,
    incomplete: Vec<String>,
    mut warnings: Vec<Warning>,
    tools: &Tools<'_>,
) -> Result<Report, Error> {
    if trace.files.is_empty() {
        return Err(Error::NoData("the fragments name no file, or `include` and `omit` leave none"));
    }
    let counted: Vec<_> = trace
        .files
        .par_iter()
        .map(|(path, file)| {
            let outcome = count(path, file, trace.branches, tools);
            (tools.tick)();
            (path, outcome)
        })
        .collect();

    let mut files = BTreeMap::new();
    let mut problems = Vec::new();
    let mut left_out = Vec::new();
    for (path, outcome) in counted {
        match outcome {
            Ok(file) => {
                warnings.extend(file.doubts.iter().cloned());
                files.insert(path.clone(), file);
            }
            // coverage.py passes over what does not parse and need not be Python, without a word; here it is a warning.
            Err(FileError { name, kind: FileErrorKind::Parse { error, .. } }) if !should_be_python(path) => {
                warnings.push(Warning::new(format!("`{name}` is left out: it is no Python ({error})")));
            }
            // A pattern that cannot be matched is wrong in the settings, and says nothing about the file.
            Err(FileError { name, kind })
                if tools.settings.ignore_errors && !matches!(kind, FileErrorKind::Pattern(_)) =>
            {
                warnings.push(Warning::new(format!("`{name}` is left out: {kind}")));
                left_out.push(name);
            }
            Err(problem) => problems.push(problem),
        }
    }
    if !problems.is_empty() {
        return Err(Error::Files { problems, of: trace.files.len() });
    }
    if files.is_empty() {
        return Err(Error::NothingParsable(trace.files.len()));
    }
    warnings.extend(two_producers(trace, &files, tools.settings.statements));
    if tools.settings.own_exclusions {
        warnings.extend(unexcluded(&files));
    }
    let totals = files.values().map(|file| file.totals).sum();
    Ok(Report { files, totals, branches: trace.branches, fragments, incomplete, left_out, warnings })
}

/// Whether a file that does not parse is an error: by its extension, as coverage.py's `should_be_python` has it.
fn should_be_python(path: &SourcePath) -> bool {
    path.extension().is_none_or(|extension| extension.starts_with("py"))
}

/// One warning if some files are counted by claims, which the user's exclusions do not reach.
fn unexcluded(files: &BTreeMap<SourcePath, FileReport>) -> Option<Warning> {
    let mut claimed = files.values().filter(|file| file.basis == Basis::Fragments);
    let first = &claimed.next()?.name;
    let which = match claimed.count() as u64 {
        0 => format!("`{first}`, which is counted by what its fragments list"),
        more => format!("`{first}` and {}, which are counted by what their fragments list", counted(more, "more file")),
    };
    let text = format!("the exclusions of the settings do not apply to {which}");
    Some(Warning::new(text).with_help("count them by their sources: `--analysis always`"))
}

/// One warning if some files were measured by tools that differ on what a statement is.
fn two_producers(
    trace: &Trace,
    files: &BTreeMap<SourcePath, FileReport>,
    statements: StatementsFrom,
) -> Option<Warning> {
    let mut mixed = trace.files.iter().filter_map(|(path, file)| {
        // What was left out has no number to be unsure of; and of a file without statements, an empty `__init__.py`, say, there is nothing to
        // differ on.
        let report = files.get(path)?;
        if report.statements.is_empty() && file.claims.values().all(|claims| claims.statements.is_empty()) {
            return None;
        }
        let tools: BTreeSet<&str> =
            heard(file).into_iter().map(|(tool, _)| tool).chain(&file.silent).map(|tool| tool.name).collect();
        (tools.len() > 1).then_some((&report.name, tools.into_iter().collect::<Vec<_>>()))
    });
    let (first, tools) = mixed.next()?;
    let files = match mixed.count() as u64 {
        0 => format!("`{first}` was"),
        more => format!("`{first}` and {} were", counted(more, "more file")),
    };
    let text = format!("{files} measured by {}, which differ on what a statement is", tools.join(" and by "));
    let who = match statements {
        StatementsFrom::Fragments => {
            "the fragments that list statements decide, since `--analysis never` keeps sources out"
        }
        StatementsFrom::Auto | StatementsFrom::Source => "their sources decide",
    };
    Some(Warning::new(text).with_help(format!("{who}; measure with one tool to be sure of the numbers")))
}

fn count(path: &SourcePath, trace: &FileTrace, branches: bool, tools: &Tools<'_>) -> Result<FileReport, FileError> {
    let name = tools.mapper.display_name(path);
    let counted = match basis(trace, tools.settings.statements, tools.contexts_chosen) {
        Ok(Basis::Fragments) => {
            // No source is needed here; one that is there can still show that it is not the one measured.
            let source =
                if tools.settings.statements == StatementsFrom::Auto { tools.sources.open(path).ok() } else { None };
            let doubts = source.map(|source| listed_otherwise(&name, trace, &source.text, tools.rules));
            Ok(by_claims(&name, trace, branches, doubts.unwrap_or_default()))
        }
        Ok(Basis::Source) => by_source(path, &name, trace, branches, tools),
        Err(kind) => Err(kind),
    };
    counted.map_err(|kind| FileError { name, kind })
}

/// On whose word the file's statements rest: its fragments' if all of them list statements and are of one tool, else its source's.
fn basis(trace: &FileTrace, wanted: StatementsFrom, contexts_chosen: bool) -> Result<Basis, FileErrorKind> {
    if let Some(plugin) = trace.tracers.first() {
        return if trace.claims.is_empty() {
            Err(FileErrorKind::Plugin(plugin.to_string()))
        } else {
            Ok(Basis::Fragments)
        };
    }
    let heard = heard(trace);
    match wanted {
        StatementsFrom::Source => Ok(Basis::Source),
        StatementsFrom::Fragments if trace.claims.is_empty() => Err(FileErrorKind::NoClaims),
        StatementsFrom::Fragments if heard.iter().any(|(_, claims)| claims.unsure) => {
            Err(if contexts_chosen { FileErrorKind::ChosenContexts } else { FileErrorKind::UnsureClaims })
        }
        StatementsFrom::Fragments if !tools_agree(&heard) => {
            Err(FileErrorKind::Disagreement(heard.iter().map(|(tool, _)| tool.name).collect()))
        }
        StatementsFrom::Fragments => Ok(Basis::Fragments),
        // Tools differ on what an exit is, too: claims of two are never simply added, even where their statements are the same.
        StatementsFrom::Auto => Ok(match heard[..] {
            [(tool, claims)]
                if trace.silent.is_empty() && !claims.unsure && (tool.unites == Unites::Lists || claims.agree()) =>
            {
                Basis::Fragments
            }
            _ => Basis::Source,
        }),
    }
}

/// The claims that have a say: those of tools that saw something of the file run, or all where none did.
fn heard(trace: &FileTrace) -> Vec<(&Tool, &Claims)> {
    let ran = trace.claims.values().any(|claims| claims.measured);
    trace.claims.iter().filter(|(_, claims)| claims.measured || !ran).collect()
}

/// Whether all tools claim the same statements with the same exits, however those are named and whether they ran or not.
fn tools_agree(heard: &[(&Tool, &Claims)]) -> bool {
    // Slipcover does not say what a line leaves, coverage.py does.
    let exits = |claims: &Claims| -> BTreeSet<(Line, Exit)> {
        let unnamed = |exit: &Exit| if matches!(exit, Exit::Leave(_)) { Exit::Leave(None) } else { exit.clone() };
        claims.exits.iter().map(|claimed| (claimed.line, unnamed(&claimed.exit))).collect()
    };
    let mut all = heard.iter().map(|(_, claims)| *claims);
    let Some(first) = all.next() else { return true };
    let first_exits = LazyCell::new(|| exits(first));
    all.all(|other| {
        other.statements == first.statements
            && other.unlisted_exits() == first.unlisted_exits()
            && exits(other) == *first_exits
    })
}

fn by_source(
    path: &SourcePath,
    name: &str,
    trace: &FileTrace,
    branches: bool,
    tools: &Tools<'_>,
) -> Result<FileReport, FileErrorKind> {
    let source = tools.sources.open(path)?;
    let kind = if branches { Kind::Branches } else { Kind::Statements };
    let outline = analyse::analyse(&source.text, tools.rules, kind).map_err(|failure| match failure {
        analyse::Failure::Syntax(error) => {
            let accepted_by = analyse::accepted_by_newer(&source.text, tools.rules.python);
            FileErrorKind::Parse { error, accepted_by }
        }
        analyse::Failure::Pattern(error) => FileErrorKind::Pattern(error),
    })?;
    let recorded = trace.executed();
    let executed = outline.first.of_lines(&recorded).intersection(&outline.statements);
    let (branches, unplaced) = if branches { branch_lines(trace, &outline) } else { (Vec::new(), 0) };
    let mut doubts = stale(name, &recorded, &outline, &source.text);
    doubts.extend(of_older_python(name, &executed, &outline));
    if unplaced > 0 {
        let exits = counted(unplaced as u64, "exit");
        let are = by_number(unplaced as u64, "is no exit", "are no exits");
        let text = format!("{exits} that fragments saw taken in `{name}` {are} of its source");
        doubts.push(Warning::new(text).with_help(
                "they count nowhere: Slipcover sees exits that coverage.py does not, and so does a source that is not the one measured",
            ));
    }
    let sets = Sets {
        executed,
        excluded: outline.excluded,
        hits: first_hits(trace, |line| Line::new(outline.first.of(line.get()))),
        branches,
        contexts: trace.contexts.clone(),
        first: outline.first,
        lines: outline.lines,
        statements: outline.statements,
        ..Sets::default()
    };
    Ok(FileReport::new(name.to_owned(), Basis::Source, sets, outline.regions, doubts))
}

/// Counts of hits by statement: the largest of a statement's lines.
fn first_hits(trace: &FileTrace, first: impl Fn(Line) -> Option<Line>) -> BTreeMap<Line, u64> {
    let mut hits: BTreeMap<Line, u64> = BTreeMap::new();
    for (&line, &count) in &trace.hits {
        if let Some(first) = first(line) {
            let most = hits.entry(first).or_default();
            *most = count.max(*most);
        }
    }
    hits
}

/// The transitions that ran, as the outline names them: rewired, mapped to first lines, and a step from a statement to itself taken for the
/// one way on that the statement has. `with` statements of several lines fit their rewiring only after the mapping, hence two passes.
/// Agrees with `analysis_from_file_reporter` of coverage.py.
fn executed_arcs(trace: &FileTrace, outline: &Outline) -> ArcSet {
    let firsts = outline.first.table(outline.lines);
    let first = |end: i32| {
        let first = firsts.get(end.unsigned_abs() as usize).copied();
        first.map_or(end, |first| if end < 0 { -first } else { first })
    };
    let place = |arc: Arc| outline.rewire.apply(arc).map(|arc| Arc::new(first(arc.from), first(arc.to)));
    let only_way_on = |arc: Arc| {
        let possible = outline.arcs.as_slice();
        let begin = possible.partition_point(|other| other.from < arc.from);
        match &possible[begin..] {
            [one, next, ..] if one.from == arc.from && next.from != arc.from => Some(*one),
            [one] if one.from == arc.from => Some(*one),
            _ => None,
        }
    };
    trace
        .arcs
        .iter()
        .filter_map(place)
        .filter_map(|arc| if arc.from == arc.to { only_way_on(arc) } else { Some(arc) })
        .filter_map(place)
        .collect()
}

/// The lines with two exits or more, and how many exits that fragments claim as taken could not be placed on the outline.
fn branch_lines(trace: &FileTrace, outline: &Outline) -> (Vec<BranchLine>, usize) {
    let executed = executed_arcs(trace, outline);
    let mut lines = Vec::new();
    for exits in outline.arcs.as_slice().chunk_by(|a, b| a.from == b.from) {
        let Some(line) = u32::try_from(exits[0].from).ok().and_then(Line::new) else { continue };
        if exits.len() < 2 || outline.excluded.contains(line) {
            continue;
        }
        let exits: Vec<BranchExit> = exits
            .iter()
            .filter_map(|&arc| {
                let to = Exit::from_arc_end(arc.to)?;
                let excluded = matches!(to, Exit::Line(line) if outline.excluded.contains(line));
                let explanations = outline.explanations.of(arc).cloned().collect();
                Some(BranchExit { to, taken: executed.contains(arc), excluded, explanations })
            })
            .collect();
        let total = exits.iter().filter(|exit| !exit.excluded).count();
        if total > 1 {
            let total = u32::try_from(total).unwrap_or(u32::MAX);
            lines.push(BranchLine { line, total, no_branch: outline.no_branch.contains(line), exits });
        }
    }
    let unplaced = trace.claims.values().map(|claims| place_claims(claims, outline, &mut lines)).sum();
    (lines, unplaced)
}

/// Marks exits taken that `claims` says were; returns how many of those the outline does not have.
fn place_claims(claims: &Claims, outline: &Outline, lines: &mut [BranchLine]) -> usize {
    let mut unplaced = 0;
    for (from, claimed) in claims.exits.by_line() {
        let from = outline.first.of(from.get());
        let branch = lines.binary_search_by_key(&from, |branch| branch.line.get());
        unplaced += match (branch, outline.matches.binary_search_by_key(&from, |found| found.line)) {
            (Ok(at), _) => place_exits(claimed, outline, &mut lines[at]),
            (Err(_), Ok(at)) => place_cases(claimed, &outline.matches[at], outline, lines),
            // No branch line of the source's: its exits are not counted, so nothing is lost.
            (Err(_), Err(_)) => 0,
        };
    }
    unplaced
}

/// Places the exits of a line that is a branch line of the source's too.
fn place_exits(claimed: &[ClaimedExit], outline: &Outline, branch: &mut BranchLine) -> usize {
    let same = |claim: &ClaimedExit, own: &BranchExit| leads_to(&claim.exit, &own.to, outline);
    let (named, strays): (Vec<_>, Vec<_>) =
        claimed.iter().partition(|claim| branch.exits.iter().any(|own| same(claim, own)));
    // Tools differ on where a suite goes on after its end, at a `finally` for one. One of as many exits is known by the others.
    let as_many = claimed.len() == branch.exits.len();
    let mut unplaced = strays.iter().filter(|stray| stray.taken).count();
    for own in &mut branch.exits {
        let taken = named.iter().find(|claim| same(claim, own)).map(|claim| claim.taken);
        let taken = taken.or_else(|| match strays[..] {
            [stray] if as_many => {
                unplaced = 0;
                Some(stray.taken)
            }
            _ => None,
        });
        own.taken |= taken.unwrap_or(false);
    }
    unplaced
}

/// Places the exits of a `match`: what came to a case passed all those before it, and what came to none passed them all.
fn place_cases(claimed: &[ClaimedExit], found: &Match, outline: &Outline, lines: &mut [BranchLine]) -> usize {
    let case_of = |exit: &Exit| match exit {
        Exit::Line(to) => found.cases.iter().position(|(first, last)| (*first..=*last).contains(&to.get())),
        _ => None,
    };
    let past_all = claimed.iter().map(|claim| &claim.exit).find(|exit| case_of(exit).is_none());
    let mut unplaced = 0;
    for claim in claimed.iter().filter(|claim| claim.taken) {
        let chosen = case_of(&claim.exit);
        let passed = &found.cases[..chosen.unwrap_or(found.cases.len())];
        let mut placed = true;
        for (at, (first, last)) in found.cases.iter().enumerate().take(passed.len() + 1) {
            // A case that is always right, or excluded, is not a branch line.
            let Ok(branch) = lines.binary_search_by_key(first, |branch| branch.line.get()) else { continue };
            let exits = &mut lines[branch].exits;
            let next = found.cases.get(at + 1).map(|next| next.0);
            let inside = |exit: &BranchExit| matches!(exit.to, Exit::Line(to) if (*first..=*last).contains(&to.get()));
            let on = |exit: &BranchExit| match next {
                Some(next) => matches!(exit.to, Exit::Line(to) if to.get() == next),
                None => past_all.is_some_and(|past| leads_to(past, &exit.to, outline)),
            };
            // The body of a case of one line leads elsewhere at once.
            let by_place = exits.iter().any(inside);
            let passes = |exit: &BranchExit| if by_place { !inside(exit) } else { on(exit) };
            let mut ways = exits.iter_mut().filter(|exit| passes(exit) == (at < passed.len()));
            match (ways.next(), ways.next()) {
                (Some(way), None) => way.taken = true,
                _ => placed = false,
            }
        }
        unplaced += usize::from(!placed);
    }
    unplaced
}

/// Whether a claimed exit is that one of the source's. Slipcover does not say what a line leaves, coverage.py does.
fn leads_to(claimed: &Exit, own: &Exit, outline: &Outline) -> bool {
    match (claimed, own) {
        (Exit::Line(to), Exit::Line(own)) => outline.first.of(to.get()) == own.get(),
        (Exit::Leave(None), Exit::Leave(_)) => true,
        (claimed, own) => claimed == own,
    }
}

/// Counted from what the fragments claim alone.
fn by_claims(name: &str, trace: &FileTrace, branches: bool, doubts: Vec<Warning>) -> FileReport {
    let heard = heard(trace);
    let mut claims = heard.iter().map(|(_, claims)| *claims);
    let mut all = claims.next().cloned().unwrap_or_else(|| Claims::new(LineSet::new()));
    claims.for_each(|other| all.union_with(other));
    // Excluded in one fragment, a statement in another: what can run counts.
    all.excluded = all.excluded.difference(&all.statements);
    let excluded = all.excluded.clone();
    let branch_lines = if branches { claimed_branch_lines(&all, &trace.arcs) } else { Vec::new() };
    let executed = trace.executed().intersection(&all.statements);
    // Of a line that is not a statement coverage.py counts the exits as partial whether it was reached or not.
    let by_coveragepy = heard.iter().any(|(tool, _)| **tool == Tool::COVERAGE_PY);
    let idle = |branch: &&BranchLine| !all.statements.contains(branch.line) && branch.taken().next().is_none();
    let idle = branch_lines.iter().filter(|_| !by_coveragepy).filter(idle).map(|branch| branch.line).collect();
    let last = [&all.statements, &excluded].into_iter().filter_map(LineSet::last).max();
    let regions = all.regions();
    let sets = Sets {
        executed,
        excluded,
        hits: trace.hits.clone(),
        branches: branch_lines,
        idle,
        contexts: trace.contexts.clone(),
        first: FirstLines::default(),
        unlisted_exits: if branches { all.unlisted_exits() } else { 0 },
        lines: last.map_or(0, Line::get),
        statements: all.statements,
    };
    FileReport::new(name.to_owned(), Basis::Fragments, sets, regions, doubts)
}

/// The branch lines of claims. An exit that one fragment lists as missing may be among the `arcs` that another one recorded.
fn claimed_branch_lines(claims: &Claims, arcs: &ArcSet) -> Vec<BranchLine> {
    let exit = |ClaimedExit { line, exit, taken }: &ClaimedExit| {
        let excluded = matches!(exit, Exit::Line(line) if claims.excluded.contains(*line));
        let taken = *taken || has_run(arcs, *line, exit);
        BranchExit { to: exit.clone(), taken, excluded, explanations: Vec::new() }
    };
    claims
        .exits
        .by_line()
        .map(|(line, claimed)| {
            let mut exits: Vec<BranchExit> = claimed.iter().map(exit).collect();
            name_the_way_out(&mut exits);
            exits.sort_by_key(|exit| exit.to.arc_end());
            let total = exits.iter().filter(|exit| !exit.excluded).count();
            BranchLine { line, total: u32::try_from(total).unwrap_or(u32::MAX), no_branch: false, exits }
        })
        .collect()
}

/// Whether the exit is among the arcs, as it was recorded: without the source nothing is known of statements of several lines.
fn has_run(arcs: &ArcSet, line: Line, exit: &Exit) -> bool {
    let Ok(from) = i32::try_from(line.get()) else { return false };
    match exit {
        // Whatever it leaves.
        Exit::Leave(None) => {
            let arcs = arcs.as_slice();
            let begin = arcs.partition_point(|arc| arc.from < from);
            arcs[begin..].first().is_some_and(|arc| arc.from == from && arc.to < 0)
        }
        exit => exit.arc_end().is_some_and(|to| arcs.contains(Arc::new(from, to))),
    }
}

/// What a source that does not fit its measurements calls for.
const STALE: &str = "the source is not the one measured; report from the revision that was";

/// How many lines a text has, all of them ended.
fn lines_of(text: &str) -> u32 {
    u32::try_from(memchr::memchr_iter(b'\n', text.as_bytes()).count()).unwrap_or(u32::MAX)
}

/// A warning if the statements in an endless loop ran, but its own line did not: before Python 3.10 `while True:` had no bytecode.
fn of_older_python(name: &str, executed: &LineSet, outline: &Outline) -> Option<Warning> {
    let ran = |line: &Line| executed.contains(*line);
    if outline.endless.iter().any(|(own, _)| ran(own)) {
        return None;
    }
    let (own, _) = outline.endless.iter().find(|(_, within)| ran(within))?;
    let oldest = PythonVersion::OLDEST;
    let text = format!(
        "`{name}` was measured under a Python before {oldest}, it seems: the loop on line {own} ran, and the line itself did not"
    );
    let help =
        format!("the rules of such a Python are not known; measure under {oldest} or newer to be sure of the numbers");
    Some(Warning::new(text).with_help(help))
}

/// A warning if some of `lines`, which were `executed` or the like, lie beyond `last`.
fn beyond_end(name: &str, were: &str, lines: &LineSet, last: u32) -> Option<Warning> {
    let beyond = lines.iter().filter(|line| line.get() > last).count() as u64;
    let (lines, lie) = (counted(beyond, &format!("{were} line")), by_number(beyond, "lies", "lie"));
    let text = format!("{lines} of `{name}` {lie} beyond its end (line {last})");
    (beyond > 0).then(|| Warning::new(text).with_help(STALE))
}

/// Warnings if what fragments list does not fit the source, or if they differ.
fn listed_otherwise(name: &str, trace: &FileTrace, text: &str, rules: &analyse::Rules) -> Vec<Warning> {
    // Excluded lines may reach one line past the end, so they tell nothing.
    let listed: Vec<&LineSet> = heard(trace).into_iter().map(|(_, claims)| &claims.statements).collect();
    let beyond = beyond_end(name, "listed", &LineSet::union_of(listed), lines_of(text));
    beyond.into_iter().chain(lists_differ(name, trace, text, rules)).collect()
}

/// A warning if some fragments list statements that others do not, unless those are only further lines of a statement: of a signature that
/// is wrapped, a tool may list more in a file that it parsed than in one that ran.
fn lists_differ(name: &str, trace: &FileTrace, text: &str, rules: &analyse::Rules) -> Option<Warning> {
    let disputed = |(_, claims): (&Tool, &Claims)| claims.statements.difference(&claims.common);
    let disputed: Vec<LineSet> = heard(trace).into_iter().map(disputed).collect();
    let disputed = LineSet::union_of(&disputed);
    if disputed.is_empty() {
        return None;
    }
    let outline = analyse::analyse(text, rules, Kind::Statements).ok()?;
    let begins = |line: &Line| {
        outline.first.of(line.get()) == line.get()
            && (outline.statements.contains(*line) || outline.excluded.contains(*line))
    };
    let first = disputed.iter().find(begins)?;
    let text = format!("some fragments list statements of `{name}` that others do not, the first on line {first}");
    Some(Warning::new(text).with_help("make all fragments from one revision of the source"))
}

/// Slipcover does not say what a line leaves, coverage.py does: where both speak of one way out, it is one.
fn name_the_way_out(exits: &mut Vec<BranchExit>) {
    let is_unnamed = |exit: &BranchExit| exit.to == Exit::Leave(None);
    let Some(unnamed) = exits.iter().position(is_unnamed) else { return };
    let mut named = exits.iter_mut().filter(|exit| matches!(exit.to, Exit::Leave(Some(_))));
    if let (Some(_), None) = (named.next(), named.next()) {
        let taken = exits.remove(unnamed).taken;
        exits.iter_mut().filter(|exit| matches!(exit.to, Exit::Leave(Some(_)))).for_each(|exit| exit.taken |= taken);
    }
}

/// A warning if lines ran that the source does not have, or that are blank or a comment in it: then it is not the one measured.
fn stale(name: &str, recorded: &LineSet, outline: &Outline, text: &str) -> Vec<Warning> {
    let last = lines_of(text);
    let mut warnings: Vec<Warning> = beyond_end(name, "executed", recorded, last).into_iter().collect();
    let odd: LineSet = recorded.difference(&outline.statements).difference(&outline.excluded);
    let odd: Vec<u32> =
        odd.iter().map(Line::get).filter(|&line| line <= last && outline.first.of(line) == line).collect();
    if odd.is_empty() {
        return warnings;
    }
    let mut rest = odd.iter().copied().peekable();
    let mut without_code = 0;
    let in_several = |line: u32| outline.first.ranges().binary_search_by_key(&line, |range| range.0).is_ok();
    for (number, line) in (1..).zip(text.lines()) {
        let Some(&next) = rest.peek() else { break };
        if number == next {
            rest.next();
            let line = line.trim_start();
            if (line.is_empty() || line.starts_with('#')) && !in_several(number) {
                without_code += 1;
            }
        }
    }
    // An empty module runs its line 1.
    if without_code > 0 && !(outline.statements.is_empty() && recorded.len() == 1) {
        let are = by_number(without_code, "is blank or a comment", "are blank or comments");
        let text = format!("{} of `{name}` {are} in its source", counted(without_code, "executed line"));
        warnings.push(Warning::new(text).with_help(STALE));
    }
    warnings
}

impl FileErrorKind {
    /// The middle of a message: "`app.py` was measured, but …".
    #[must_use]
    pub fn what(&self) -> &'static str {
        match self {
            Self::Source(sources::Error::NotFound { .. }) => "its source is not there",
            Self::Source(_) => "its source cannot be read",
            Self::Parse { .. } => "its source cannot be parsed",
            Self::Pattern(_) => "its exclusions cannot be found",
            Self::Plugin(_) => "it is no Python",
            Self::NoClaims | Self::UnsureClaims => "nothing says what could run in it",
            Self::ChosenContexts => "nothing says which of its statements ran",
            Self::Disagreement(_) => "two tools say different things of it",
        }
    }

    /// Whether the settings are what is wrong: exit status 64.
    #[must_use]
    pub const fn is_usage(&self) -> bool {
        matches!(self, Self::Pattern(_))
    }

    /// What to do about it.
    #[must_use]
    pub fn help(&self) -> Cow<'static, str> {
        Cow::Borrowed(match self {
            Self::Parse { accepted_by: Some(newer), .. } => {
                return Cow::Owned(format!(
                    "Python {newer} accepts it: name the Python that ran it, as by `--python-version {newer}`; or leave the file out with \
                     `omit`, or all such files by `--ignore-errors`"
                ));
            }
            Self::Source(sources::Error::Undecodable(_)) => {
                "correct the encoding that the source declares; or leave the file out with `omit`, or all such files by `--ignore-errors`"
            }
            Self::Source(sources::Error::NotFound { .. }) => {
                "map the path under `[paths]` or by `--map`, leave the file out with `omit`, or leave out all such files by `--ignore-errors`"
            }
            Self::Source(_) => {
                "make the source readable; or leave the file out with `omit`, or all such files by `--ignore-errors`"
            }
            Self::Parse { .. } => {
                "check that `--python-version` is the Python that ran it; or leave the file out with `omit`, or all such files by `--ignore-errors`"
            }
            Self::Pattern(_) => "write the pattern so that it cannot match in ever so many ways",
            Self::Plugin(_) => {
                "leave the file out with `omit`, or merge JSON reports of coverage.py, which list its statements"
            }
            Self::NoClaims | Self::UnsureClaims => "leave `--analysis never` out, so that the source is read",
            Self::ChosenContexts => "leave `--analysis never` out, so that the source is read, or count all contexts",
            Self::Disagreement(_) => "leave one tool's fragments out, or let the source decide by `--analysis auto`",
        })
    }
}
