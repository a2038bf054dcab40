//! The functions and classes of a file that is counted as its fragments list it.

use super::basis::heard;
use super::exits::branch_lines;
use super::text::Text;
use crate::analyse::Rules;
use crate::model::lines::LineSet;
use crate::model::outline::Outline;
use crate::model::path::SourcePath;
use crate::model::report::{BranchLine, Regions};
use crate::model::trace::{Claims, FileTrace, Kind};

/// The outline of the source, if no fragment lists a function or class, and the file is Python.
pub(super) fn outline(
    path: &SourcePath,
    trace: &FileTrace,
    text: &Text<'_>,
    branches: bool,
    rules: &Rules,
) -> Option<Outline> {
    let are_listed = heard(trace).iter().any(|(_, claims)| !claims.regions.is_empty());
    if are_listed || !trace.tracers.is_empty() || !should_be_python(path) {
        return None;
    }
    text.outline(rules, if branches { Kind::Branches } else { Kind::Statements }).ok()
}

/// Whether a file that does not parse is an error. The extension decides, as in coverage.py's `should_be_python`.
pub(super) fn should_be_python(path: &SourcePath) -> bool {
    path.extension().is_none_or(|extension| extension.starts_with("py"))
}

/// Those of the `outline` or, failing that, those that fragments list.
pub(super) fn regions(claims: &Claims, trace: &FileTrace, outline: Option<Outline>) -> Regions {
    let Some(mut outline) = outline else { return Regions::Listed(claims.regions()) };
    if claims.unlisted_exits() > 0 {
        let (lines, _) = branch_lines(trace, &outline);
        for region in &mut outline.regions {
            region.unlisted_exits = unlisted_exits(claims, &lines, &region.lines);
        }
    }
    Regions::Found(outline.regions)
}

/// The number of exits of `pragma: no branch` lines in a region that are listed nowhere.
fn unlisted_exits(claims: &Claims, lines: &[BranchLine], region: &LineSet) -> u64 {
    let waived = lines.iter().filter(|branch| branch.no_branch && region.contains(branch.line));
    let listed = |branch: &BranchLine| claims.exits.iter().filter(|exit| exit.line == branch.line).count() as u64;
    waived.map(|branch| u64::from(branch.total).saturating_sub(listed(branch))).sum()
}
