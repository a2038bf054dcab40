//! Exits that no fragment lists as taken, but that executed lines prove.
//!
//! ```text
//! if a: b = c()  # 1  whether `c` raised is not recorded
//! else: d()      # 2  did not run
//! e()            # 3  ran: so control went from 1 to 3
//! ```

use std::collections::BTreeMap;

use crate::model::arcs::{Arc, Exit};
use crate::model::lines::LineSet;
use crate::model::outline::Outline;
use crate::model::outline::RegionKind;
use crate::model::report::BranchLine;
use crate::model::tool::Tool;
use crate::model::trace::FileTrace;

/// Marks the exits taken that lead to a line that ran, and to which control can have come in no other way.
pub(super) fn take_proven(trace: &FileTrace, outline: &Outline, lines: &mut [BranchLine]) {
    // coverage.py lists every exit that it counts.
    let mut listed = LineSet::new();
    for (_, claims) in trace.claims.iter().filter(|(tool, _)| **tool != Tool::COVERAGE_PY) {
        listed = listed.union(&claims.statements);
    }
    if listed.is_empty() {
        return;
    }
    let ran = outline.first.of_lines(&trace.lines);
    let idle = outline.first.of_lines(&listed).difference(&outline.first.of_lines(&trace.executed()));
    let mut before: BTreeMap<i32, Vec<i32>> = BTreeMap::new();
    for arc in outline.arcs.iter() {
        if idle.contains_number(arc.from.unsigned_abs()) || is_untaken(arc, trace, outline, lines) {
            continue;
        }
        before.entry(arc.to).or_default().push(arc.from);
    }
    let classes = outline.regions.iter().filter(|region| region.kind == RegionKind::Class);
    let classes: LineSet = classes.filter_map(|region| region.start).collect();
    for branch in lines {
        let Ok(line) = i32::try_from(branch.line.get()) else { continue };
        for exit in &mut branch.exits {
            let Exit::Line(to) = exit.to else { continue };
            let only_from_here =
                || exit.to.arc_end().and_then(|end| before.get(&end)).is_some_and(|from| **from == [line]);
            exit.taken |= ran.contains(to) && !outline.landings.contains(to) && only_from_here();
        }
        // A class on one line has ended if control went on.
        if let [own, on] = &mut branch.exits[..]
            && matches!((&own.to, &on.to), (Exit::Leave(_), Exit::Line(_)))
            && on.taken
            && !own.to.arc_end().is_some_and(|end| outline.doubtful.contains(Arc::new(line, end)))
            && classes.contains(branch.line)
        {
            own.taken = true;
        }
    }
}

/// Whether the claims say of all exits of the arc's line whether they were taken, and of this one that it was not.
fn is_untaken(arc: Arc, trace: &FileTrace, outline: &Outline, lines: &[BranchLine]) -> bool {
    let line = arc.from.unsigned_abs();
    if outline.doubtful.contains(arc) {
        return false;
    }
    let Ok(at) = lines.binary_search_by_key(&line, |branch| branch.line.get()) else { return false };
    let branch = &lines[at];
    let all_claimed = || trace.claims.values().any(|claims| claims.exits.of(branch.line).len() == branch.exits.len());
    let untaken = branch.exits.iter().any(|exit| exit.to.arc_end() == Some(arc.to) && !exit.taken);
    untaken && outline.own_line(line).is_none() && all_claimed()
}
