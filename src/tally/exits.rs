//! The branch lines of a file and the exits that were taken: recorded arcs and claims, placed onto the outline.

use super::proven::take_proven;
use crate::model::arcs::{Arc, ArcSet, Exit};
use crate::model::exits::ClaimedExit;
use crate::model::lines::Line;
use crate::model::outline::{Match, Outline, OwnLine};
use crate::model::report::{BranchExit, BranchLine};
use crate::model::tool::Tool;
use crate::model::trace::{Claims, FileTrace};

/// The transitions that ran, as the outline names them: rewired, and mapped to first lines. A step from a statement to itself stands for the
/// statement's only way on, if it has just one. `with` statements of several lines fit their rewiring only after the mapping, so it is done again.
/// Agrees with `analysis_from_file_reporter` of coverage.py.
pub(super) fn executed_arcs(trace: &FileTrace, outline: &Outline) -> ArcSet {
    // Both are tables by line: there are many arcs, and few of them are rewired.
    let firsts = outline.first.table(outline.lines);
    let mut rewired = vec![false; firsts.len()];
    for arc in outline.rewire.0.keys() {
        if let Some(line) = rewired.get_mut(arc.from.unsigned_abs() as usize) {
            *line = true;
        }
    }
    let is_rewired = |arc: Arc| rewired.get(arc.from.unsigned_abs() as usize) == Some(&true);
    let first = |end: i32| {
        let first = firsts.get(end.unsigned_abs() as usize).copied();
        first.map_or(end, |first| if end < 0 { -first } else { first })
    };
    let firsts_of = |arc: Arc| Arc::new(first(arc.from), first(arc.to));
    let only_way_on = |arc: Arc| {
        let possible = outline.arcs.as_slice();
        let begin = possible.partition_point(|other| other.from < arc.from);
        match &possible[begin..] {
            [one, next, ..] if one.from == arc.from && next.from != arc.from => Some(*one),
            [one] if one.from == arc.from => Some(*one),
            _ => None,
        }
    };
    let mut executed = Vec::with_capacity(trace.arcs.len());
    for arc in trace.arcs.iter() {
        let placed = if is_rewired(arc) { outline.rewire.apply(arc) } else { Some(arc) };
        let placed = placed.map(firsts_of);
        let placed = placed.and_then(|arc| if arc.from == arc.to { only_way_on(arc) } else { Some(arc) });
        executed.extend(match placed {
            Some(arc) if is_rewired(arc) => outline.rewire.apply(arc).map(firsts_of),
            placed => placed,
        });
    }
    ArcSet::from_unsorted(executed)
}

/// The lines with two or more exits, and the number of exits that fragments claim as taken but that have no place on the outline.
pub(super) fn branch_lines(trace: &FileTrace, outline: &Outline) -> (Vec<BranchLine>, usize) {
    let executed = executed_arcs(trace, outline);
    let mut lines = Vec::new();
    for exits in outline.arcs.as_slice().chunk_by(|a, b| a.from == b.from) {
        let Some(line) = u32::try_from(exits[0].from).ok().and_then(Line::new) else { continue };
        if exits.len() < 2 || outline.excluded.contains(line) {
            continue;
        }
        let exit = |&arc: &Arc| {
            let to = Exit::from_arc_end(arc.to)?;
            let excluded = to.leads_to(&outline.excluded);
            Some(BranchExit { to, taken: executed.contains(arc), excluded })
        };
        let mut of_line = Vec::with_capacity(exits.len());
        of_line.extend(exits.iter().filter_map(exit));
        let exits: Vec<BranchExit> = of_line;
        let total = exits.iter().filter(|exit| !exit.excluded).count();
        if total > 1 {
            let total = u32::try_from(total).unwrap_or(u32::MAX);
            lines.push(BranchLine { line, total, no_branch: outline.no_branch.contains(line), exits });
        }
    }
    let unplaced = trace.claims.iter().map(|(tool, claims)| place_claims(*tool, claims, outline, &mut lines)).sum();
    take_proven(trace, outline, &mut lines);
    (lines, unplaced)
}

/// Marks the exits taken that `claims` says were taken; returns how many of those do not exist in the outline.
pub(super) fn place_claims(tool: Tool, claims: &Claims, outline: &Outline, lines: &mut [BranchLine]) -> usize {
    let mut unplaced = 0;
    for (from, claimed) in claims.exits.by_line() {
        let from = outline.first.of(from.get());
        let branch = lines.binary_search_by_key(&from, |branch| branch.line.get());
        unplaced += match (branch, outline.matches.binary_search_by_key(&from, |found| found.line)) {
            (Ok(at), _) => match outline.own_line(from) {
                // coverage.py says where control went, others that it entered the suite.
                Some(own) if tool != Tool::COVERAGE_PY => place_entry(claimed, own, &mut lines[at]),
                _ => place_exits(tool, claimed, outline, &mut lines[at]),
            },
            (Err(_), Ok(at)) => place_cases(claimed, &outline.matches[at], outline, lines),
            // The line is not a branch line in the source: its exits are not counted, so nothing is lost.
            (Err(_), Err(_)) => 0,
        };
    }
    unplaced
}

/// Places the exits of a line that is a branch line in the source too.
pub(super) fn place_exits(tool: Tool, claimed: &[ClaimedExit], outline: &Outline, branch: &mut BranchLine) -> usize {
    let same = |claim: &ClaimedExit, own: &BranchExit| leads_to(&claim.exit, &own.to, outline);
    let (named, strays): (Vec<_>, Vec<_>) =
        claimed.iter().partition(|claim| branch.exits.iter().any(|own| same(claim, own)));
    // Tools differ on where control goes at the end of a suite, for example at a `finally`. If only one of the same number of exits is unmatched,
    // it is the remaining one.
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
        let doubtful = tool != Tool::COVERAGE_PY && is_doubtful(branch.line, &own.to, outline);
        own.taken |= taken.unwrap_or(false) && !doubtful;
    }
    unplaced
}

/// Places the exits of a `match`: control that came to a case passed all cases before it, and control that came to no case passed them all.
pub(super) fn place_cases(
    claimed: &[ClaimedExit],
    found: &Match,
    outline: &Outline,
    lines: &mut [BranchLine],
) -> usize {
    let mut unplaced = 0;
    for claim in claimed.iter().filter(|claim| claim.taken) {
        let within = |(first, last): &(u32, u32), exit: &Exit| matches!(exit, Exit::Line(to) if (*first..=*last).contains(&to.get()));
        let chosen = found.cases.iter().position(|case| within(case, &claim.exit)).unwrap_or(found.cases.len());
        let mut placed = true;
        for (at, case) in found.cases.iter().enumerate().take(chosen + 1) {
            // A case that always matches, or is excluded, is not a branch line.
            let Ok(branch) = lines.binary_search_by_key(&case.0, |branch| branch.line.get()) else { continue };
            let branch = &mut lines[branch];
            if let Some(own) = outline.own_line(case.0) {
                take(branch, if at == chosen { own.into } else { own.past });
                continue;
            }
            let mut ways = branch.exits.iter_mut().filter(|exit| within(case, &exit.to) == (at == chosen));
            match (ways.next(), ways.next()) {
                (Some(way), None) => way.taken |= !is_doubtful(branch.line, &way.to, outline),
                _ => placed = false,
            }
        }
        unplaced += usize::from(!placed);
    }
    unplaced
}

/// Places the exits of a branch on whose line its suite stands.
fn place_entry(claimed: &[ClaimedExit], own: &OwnLine, branch: &mut BranchLine) -> usize {
    for claim in claimed.iter().filter(|claim| claim.taken) {
        let enters = matches!(claim.exit, Exit::Line(to) if (own.lines.0..=own.lines.1).contains(&to.get()));
        take(branch, if enters { own.into } else { own.past });
    }
    0
}

/// Whether control may have gone elsewhere although a tool that marks entries says that it left `line` for `exit`.
fn is_doubtful(line: Line, exit: &Exit, outline: &Outline) -> bool {
    let (Ok(from), Some(to)) = (i32::try_from(line.get()), exit.arc_end()) else { return false };
    outline.doubtful.contains(Arc::new(from, to))
}

/// Marks the exit taken that an arc to `end` takes.
fn take(branch: &mut BranchLine, end: Option<i32>) {
    if let Some(end) = end {
        branch.exits.iter_mut().filter(|exit| exit.to.arc_end() == Some(end)).for_each(|exit| exit.taken = true);
    }
}

/// Whether a claimed exit is the same as the source's exit `own`. Slipcover does not say which function, class or module a line leaves;
/// coverage.py does.
pub(super) fn leads_to(claimed: &Exit, own: &Exit, outline: &Outline) -> bool {
    match (claimed, own) {
        (Exit::Line(to), Exit::Line(own)) => outline.first.of(to.get()) == own.get(),
        (Exit::Leave(None), Exit::Leave(_)) => true,
        (claimed, own) => claimed == own,
    }
}

/// The branch lines of claims. An exit that one fragment lists as missing may be among the `arcs` that another fragment recorded.
pub(super) fn claimed_branch_lines(claims: &Claims, arcs: &ArcSet) -> Vec<BranchLine> {
    let exit = |ClaimedExit { line, exit, taken }: &ClaimedExit| {
        let excluded = exit.leads_to(&claims.excluded);
        let taken = *taken || has_run(arcs, *line, exit);
        BranchExit { to: exit.clone(), taken, excluded }
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

/// Whether the exit is among the arcs as recorded: without the source, the lines of a statement of several lines are unknown.
pub(super) fn has_run(arcs: &ArcSet, line: Line, exit: &Exit) -> bool {
    let Ok(from) = i32::try_from(line.get()) else { return false };
    match exit {
        // It may leave any function, class or module.
        Exit::Leave(None) => {
            let arcs = arcs.as_slice();
            let begin = arcs.partition_point(|arc| arc.from < from);
            arcs[begin..].first().is_some_and(|arc| arc.from == from && arc.to < 0)
        }
        exit => exit.arc_end().is_some_and(|to| arcs.contains(Arc::new(from, to))),
    }
}

/// Slipcover does not say which function, class or module a line leaves, coverage.py does. If one exit of each kind exists, they are the same exit.
pub(super) fn name_the_way_out(exits: &mut Vec<BranchExit>) {
    let is_unnamed = |exit: &BranchExit| exit.to == Exit::Leave(None);
    let Some(unnamed) = exits.iter().position(is_unnamed) else { return };
    let mut named = exits.iter_mut().filter(|exit| matches!(exit.to, Exit::Leave(Some(_))));
    if let (Some(_), None) = (named.next(), named.next()) {
        let taken = exits.remove(unnamed).taken;
        exits.iter_mut().filter(|exit| matches!(exit.to, Exit::Leave(Some(_)))).for_each(|exit| exit.taken |= taken);
    }
}
