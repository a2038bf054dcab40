//! Trace × outlines: sets facts and claims against the outline of each file, in parallel.

mod basis;
mod doubts;
mod error;
mod exits;
mod misplaced;
mod proven;
mod regions;
mod text;

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;

use crate::analyse;
use crate::model::fragment::Fragment;
use crate::model::lines::{Line, LineSet};
use crate::model::outline::{Explanations, FirstLines, Outline};
use crate::model::path::SourcePath;
use crate::model::report::{Basis, BranchLine, FileReport, PartReport, Regions, Report, Sets, Totals};
use crate::model::settings::{self, StatementsFrom};
use crate::model::study::withhold;
use crate::model::tool::Tool;
use crate::model::trace::{Claims, FileTrace, Kind, Trace, Unusable};
use crate::model::warning::Warning;
use crate::model::words::{by_number, counted};
use crate::paths::Mapper;
use crate::sources::{self, Sources};

use basis::{basis, heard};
use doubts::{listed_otherwise, lists_differ_without_source, of_older_python};
pub use error::{Error, FileError, FileErrorKind, LOST, uncounted};
use exits::{branch_lines, claimed_branch_lines};
use misplaced::{Fit, Fits};
use text::Text;
pub use text::study;

/// How files are analysed: those of a part, or those that belong to none.
pub struct Analysis {
    /// The settings.
    pub settings: settings::Analysis,
    /// The same, in the form that the analysis uses.
    pub rules: analyse::Rules,
    /// The rules of the run itself, where `rules` are those of seals.
    pub own: Option<analyse::Rules>,
    /// Whether only selected contexts count.
    pub contexts_chosen: bool,
}

impl Analysis {
    /// The rules for the source at `path`. Those of seals may be strangers': their patterns must not probe a text that is not shown.
    #[must_use]
    pub fn rules_for(&self, path: &SourcePath, sources: &Sources) -> &analyse::Rules {
        self.own.as_ref().filter(|_| sources.looked_at(path, true).is_none()).unwrap_or(&self.rules)
    }
}

/// The inputs of tallying besides the data.
pub struct Tools<'a> {
    /// How files are analysed that belong to no part, and then those of each part.
    pub analyses: &'a [Analysis],
    /// The parts.
    pub parts: &'a [settings::Part],
    /// Names files and locates their sources.
    pub mapper: &'a Mapper,
    /// Opens sources.
    pub sources: &'a Sources,
    /// Called once for each file that has been counted, from any thread.
    pub tick: &'a (dyn Fn() + Sync),
}

impl<'a> Tools<'a> {
    /// How the files of the part of that number are analysed.
    fn of(&self, part: Option<usize>) -> &'a Analysis {
        &self.analyses[part.map_or(0, |part| part + 1)]
    }

    /// How messages call the files of that part, behind their noun.
    fn called(&self, part: Option<usize>) -> String {
        part.and_then(|part| self.parts.get(part)).map_or(String::new(), |part| format!(" of part `{}`", part.name))
    }
}

/// How many files are counted before they move into the report: their outcomes are held twice until then.
const AT_ONCE: usize = 4096;

/// Counts each file: sets its facts and claims against its outline. `fragments`, `incomplete` and `warnings` go into the report unchanged.
///
/// # Errors
/// When there is nothing to report. When the sources are of another revision. When files cannot be counted and such errors are not to be ignored: all of those files are then listed.
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
    let counted = |&(path, file): &(&'_ SourcePath, &'_ FileTrace)| {
        let outcome = count(path, file, trace, tools);
        (tools.tick)();
        (trace.owner(path), outcome)
    };

    let mut files = BTreeMap::new();
    let mut fits: BTreeMap<Option<usize>, Fits> = BTreeMap::new();
    let mut problems = Vec::new();
    let mut left_out = Vec::new();
    let all: Vec<(&SourcePath, &FileTrace)> = trace.files.iter().collect();
    let outcomes = all.chunks(AT_ONCE).flat_map(|some| {
        let outcomes: Vec<_> = some.par_iter().map(counted).collect();
        some.iter().map(|(path, _)| *path).zip(outcomes)
    });
    for (path, (part, outcome)) in outcomes {
        match outcome {
            Ok((mut file, mut fit)) => {
                file.part = part;
                warnings.extend(file.doubts.iter().cloned());
                file.doubts.append(&mut fit.doubts);
                fits.entry(part).or_default().add(&file.name, &fit);
                files.insert(path.clone(), Box::new(file));
            }
            // coverage.py silently skips a file that does not parse and need not be Python; here it is a warning.
            Err(FileError { name, kind: FileErrorKind::Parse { error, .. }, .. })
                if !regions::should_be_python(path) =>
            {
                warnings.push(Warning::new(format!("`{name}` is left out: it is not a Python file ({error})")));
            }
            // A pattern that cannot be matched is an error in the settings and says nothing about the file.
            Err(FileError { name, kind, .. })
                if tools.of(part).settings.ignore_errors && !matches!(kind, FileErrorKind::Pattern(_)) =>
            {
                warnings.push(Warning::new(format!("`{name}` is left out: {kind}")));
                left_out.push(name);
            }
            Err(problem) => problems.push(problem),
        }
    }
    if !problems.is_empty() {
        let is_lost =
            |problem: &FileError| matches!(problem.kind, FileErrorKind::Source(sources::Error::NotFound { .. }));
        let (lost, problems): (Vec<_>, Vec<_>) = problems.into_iter().partition(is_lost);
        let lost = tools.mapper.lost(lost.into_iter().map(|problem| problem.name).collect());
        let all_measured = !trace.unmeasured.iter().any(|path| trace.files.contains_key(path));
        let noun = if all_measured { "measured file" } else { "file" };
        return Err(Error::Files { problems, lost, of: trace.files.len(), noun });
    }
    if files.is_empty() {
        return Err(Error::NothingParsable(trace.files.len()));
    }
    let own = &tools.of(None).settings;
    for fits in fits.values() {
        warnings.extend(fits.doubt(own.stale_sources)?);
    }
    warnings.extend(two_producers(trace, &files, own.statements));
    for part in std::iter::once(None).chain((0..tools.parts.len()).map(Some)) {
        let of_part = || files.values().map(|file| &**file).filter(|file| file.part == part);
        if tools.of(part).settings.own_exclusions {
            warnings.extend(unexcluded(of_part()));
        }
        if let (Some(at), None) = (part, of_part().next())
            && fragments.iter().any(|fragment| fragment.part == Some(at) && fragment.has_data())
        {
            let text = format!("no file{} counts", tools.called(part));
            warnings.push(Warning::new(text).with_help(
                "check `include` and `omit` in its settings, and look at its fragments with `covmerge inspect`",
            ));
        }
        let totals: Totals = of_part().map(|file| file.totals).sum();
        if totals.executed == 0 && totals.statements > 0 && !tools.of(part).contexts_chosen {
            warnings.push(Warning::new(format!("not one line of any file{} ran", tools.called(part))).with_help(
                "was another copy of the package imported, as from `site-packages`? Map its names with `--map FROM=TO`, or measure it with `source`",
            ));
        }
    }
    let totals: Totals = files.values().map(|file| file.totals).sum();
    let part = |(part, analysis): (&settings::Part, &Analysis)| PartReport {
        name: part.name.clone(),
        root: part.shown.clone(),
        python: analysis.settings.python,
    };
    let parts = tools.parts.iter().zip(tools.analyses.iter().skip(1)).map(part).collect();
    Ok(Report { files, totals, branches: trace.branches, fragments, incomplete, left_out, warnings, parts })
}

/// One warning if some files are counted by claims, to which the user's exclusions do not apply.
fn unexcluded<'a>(files: impl Iterator<Item = &'a FileReport>) -> Option<Warning> {
    let mut claimed = files.filter(|file| file.basis == Basis::Fragments);
    let first = &claimed.next()?.name;
    let which = match claimed.count() as u64 {
        0 => format!("`{first}`, whose statements are those that its fragments list"),
        more => format!(
            "`{first}` and {}, whose statements are those that their fragments list",
            counted(more, "more file")
        ),
    };
    let text = format!("the exclusions in the settings do not apply to {which}");
    Some(Warning::new(text).with_help("analyse the sources instead: `--analysis always`"))
}

/// One warning if some files were measured by tools that define statements differently.
fn two_producers(
    trace: &Trace,
    files: &BTreeMap<SourcePath, Box<FileReport>>,
    statements: StatementsFrom,
) -> Option<Warning> {
    let mut mixed = trace.files.iter().filter_map(|(path, file)| {
        // A file that was left out has no numbers to doubt. A file without statements, such as an empty `__init__.py`, gives the tools nothing to
        // disagree about.
        let report = files.get(path)?;
        if report.sets.statements.is_empty() && file.claims.values().all(|claims| claims.statements.is_empty()) {
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
    let text = format!("{files} measured by {}, which define statements differently", tools.join(" and by "));
    let who = match statements {
        StatementsFrom::Fragments => {
            "the fragments that list statements decide, since sources are not read with `--analysis never`"
        }
        StatementsFrom::Auto | StatementsFrom::Source => "the sources decide",
    };
    Some(Warning::new(text).with_help(format!("{who}; measure with one tool to be sure of the numbers")))
}

fn count(
    path: &SourcePath,
    file: &FileTrace,
    trace: &Trace,
    tools: &Tools<'_>,
) -> Result<(FileReport, Fit), FileError> {
    let (name, named) = (tools.mapper.display_name(path), !trace.unmeasured.contains(path));
    let open = || match trace.sealed.get(path) {
        Some(sealed) => Ok(Text::Studied(&sealed.study)),
        None => tools.sources.open(path).map(|source| Text::Whole(source.text)),
    };
    let part = trace.owner(path);
    let analysis @ Analysis { settings, contexts_chosen, .. } = tools.of(part);
    let is_sealed = trace.sealed.contains_key(path);
    let rules = if is_sealed { &analysis.rules } else { analysis.rules_for(path, tools.sources) };
    let unusable = trace.unusable.get(path);
    let (trace, branches) = (file, trace.has_branches_in(part));
    let counted = match basis(trace, settings.statements, *contexts_chosen) {
        Ok(Basis::Fragments) => {
            // The source is not needed here, but if it exists it can show that it differs from the one that was measured.
            let text = if settings.statements == StatementsFrom::Auto { open().ok() } else { None };
            let outline = text.as_ref().and_then(|text| regions::outline(path, trace, text, branches, rules));
            let (doubts, fit) = match text {
                Some(text) => doubts_of_claims(&name, trace, &text, rules),
                None => (lists_differ_without_source(&name, trace).into_iter().collect(), Fit::default()),
            };
            Ok((by_claims(&name, trace, branches, outline, doubts), fit))
        }
        Ok(Basis::Source) => open()
            .map_err(|error| unopened(error, trace, unusable))
            .and_then(|text| by_source(&name, trace, &text, branches, rules)),
        Err(kind) => Err(kind),
    };
    counted.map_err(|mut kind| {
        if let FileErrorKind::Parse { error, .. } = &mut kind
            && !is_sealed
            && tools.sources.looked_at(path, false).is_none()
        {
            withhold(&mut error.message);
        }
        FileError { name, named, kind }
    })
}

/// The error for a source that cannot be opened. Where a sealing job could not use it, it says why; where the fragments list the statements, it says why these lists do not decide.
fn unopened(error: sources::Error, trace: &FileTrace, unusable: Option<&Unusable>) -> FileErrorKind {
    match (error, &heard(trace)[..]) {
        (sources::Error::NotFound { tried }, _) if let Some(unusable) = unusable => {
            FileErrorKind::Unsealed { tried, unusable: unusable.clone() }
        }
        (sources::Error::NotFound { tried }, [(tool, claims)]) if trace.silent.is_none() && !claims.agree() => {
            FileErrorKind::DifferingLists { tool: tool.name, tried }
        }
        (error, _) => error.into(),
    }
}

fn by_source(
    name: &str,
    trace: &FileTrace,
    text: &Text<'_>,
    branches: bool,
    rules: &analyse::Rules,
) -> Result<(FileReport, Fit), FileErrorKind> {
    let outline = text.outline(rules, if branches { Kind::Branches } else { Kind::Statements })?;
    let recorded = trace.executed();
    let (branches, unplaced) = if branches { branch_lines(trace, &outline) } else { (Vec::new(), 0) };
    // Slipcover leaves out lines that its own patterns exclude, also those of a `case` that control passed.
    let left = branches.iter().filter(|branch| branch.exits.iter().any(|exit| exit.taken)).map(|branch| branch.line);
    let executed = outline.first.of_lines(&recorded).union(&left.collect()).intersection(&outline.statements);
    let unexplained = recorded.difference(&outline.statements).difference(&outline.excluded);
    let fit = misplaced::fit(name, &recorded, &unexplained, text, || Some(outline.first.clone()));
    let mut doubts: Vec<Warning> = of_older_python(name, &executed, &trace.arcs, &outline).into_iter().collect();
    if unplaced > 0 {
        let exits = counted(unplaced as u64, "exit");
        let are = by_number(unplaced as u64, "does not exist", "do not exist");
        let text = format!("{exits} that fragments record in `{name}` {are} in its source");
        let is_of_coverage_py = trace.claims.keys().all(|tool| *tool == Tool::COVERAGE_PY);
        doubts.push(Warning::new(text).with_help(if is_of_coverage_py {
            "they are not counted: another version of coverage.py sees other exits, or the source differs from the one that was measured"
        } else {
            "they are not counted: Slipcover sees exits that coverage.py does not, or the source differs from the one that was measured"
        }));
    }
    let sets = Sets {
        executed,
        excluded: outline.excluded,
        hits: first_hits(trace, |line| Line::new(outline.first.of(line.get()))),
        branches,
        explanations: outline.explanations,
        contexts: trace.contexts.clone(),
        first: outline.first,
        lines: outline.lines,
        statements: outline.statements,
        ..Sets::default()
    };
    Ok((FileReport::new(name.to_owned(), Basis::Source, sets, Regions::Found(outline.regions), doubts), fit))
}

/// The signs that the source is not the one in which the fragments listed the statements.
fn doubts_of_claims(name: &str, trace: &FileTrace, text: &Text<'_>, rules: &analyse::Rules) -> (Vec<Warning>, Fit) {
    let recorded = trace.executed();
    let first = || text.outline(rules, Kind::Statements).ok().map(|outline| outline.first);
    // The lines that a plugin records need not be those of its file.
    let fit =
        if trace.tracers.is_empty() { misplaced::fit(name, &recorded, &recorded, text, first) } else { Fit::default() };
    (listed_otherwise(name, trace, text, rules), fit)
}

/// Hit counts by statement: the largest count among a statement's lines.
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

/// Counts a file from its fragments' claims. The `outline`, if there is one, gives its functions and classes.
fn by_claims(
    name: &str,
    trace: &FileTrace,
    branches: bool,
    outline: Option<Outline>,
    doubts: Vec<Warning>,
) -> FileReport {
    let heard = heard(trace);
    let mut claims = heard.iter().map(|(_, claims)| *claims);
    let mut all = claims.next().cloned().unwrap_or_else(|| Claims::new(LineSet::new()));
    claims.for_each(|other| all.union_with(other));
    // A line that is excluded in one fragment and a statement in another counts as a statement.
    all.excluded = all.excluded.difference(&all.statements);
    let excluded = all.excluded.clone();
    let branch_lines = if branches { claimed_branch_lines(&all, &trace.arcs) } else { Vec::new() };
    let executed = trace.executed().intersection(&all.statements);
    // If a line is not a statement, coverage.py counts its exits as partial whether or not the line was reached.
    let by_coveragepy = heard.iter().any(|(tool, _)| **tool == Tool::COVERAGE_PY);
    let idle = |branch: &&BranchLine| !all.statements.contains(branch.line) && branch.taken().next().is_none();
    let idle = branch_lines.iter().filter(|_| !by_coveragepy).filter(idle).map(|branch| branch.line).collect();
    let last = [&all.statements, &excluded].into_iter().filter_map(LineSet::last).max();
    let regions = regions::regions(&all, trace, outline);
    let sets = Sets {
        executed,
        excluded,
        hits: trace.hits.clone(),
        branches: branch_lines,
        idle,
        explanations: Explanations::default(),
        contexts: trace.contexts.clone(),
        first: FirstLines::default(),
        unlisted_exits: if branches { all.unlisted_exits() } else { 0 },
        lines: last.map_or(0, Line::get),
        statements: all.statements,
    };
    FileReport::new(name.to_owned(), Basis::Fragments, sets, regions, doubts)
}
