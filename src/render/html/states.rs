//! The lines of a file's page, and their states.

use std::collections::BTreeMap;

use crate::model::lines::{Line, LineSet};
use crate::model::report::{Basis, BranchLine, FileReport, RegionReport};
use crate::python::text::source_lines;

/// The state of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    Run,
    Missing,
    Partial,
    Excluded,
}

impl State {
    /// The letter of the state in the page's markup: upper case for the further lines of a statement.
    pub(super) const fn letter(self, further: bool) -> char {
        match (self, further) {
            (Self::Run, false) => 'r',
            (Self::Missing, false) => 'm',
            (Self::Partial, false) => 'p',
            (Self::Excluded, false) => 'x',
            (Self::Run, true) => 'R',
            (Self::Missing, true) => 'M',
            (Self::Partial, true) => 'P',
            (Self::Excluded, true) => 'X',
        }
    }
}

/// A line of the page.
#[derive(Clone, Copy)]
pub(super) struct Row {
    pub(super) line: Line,
    /// Its state, and whether it takes it from the first line of its statement.
    pub(super) state: Option<(State, bool)>,
}

/// The states of a file's lines. As in coverage.py, excluded comes before missing, missing before partial, and partial before executed.
pub(super) struct States<'a> {
    file: &'a FileReport,
    missing: LineSet,
    pub(super) partial: BTreeMap<Line, &'a BranchLine>,
}

impl<'a> States<'a> {
    pub(super) fn of(file: &'a FileReport) -> Self {
        let missing = file.missing();
        let partial = file
            .sets
            .branches
            .iter()
            .filter(|branch| branch.missing().next().is_some())
            .filter(|branch| file.was_reached(branch.line) && !file.sets.excluded.contains(branch.line))
            .map(|branch| (branch.line, branch))
            .collect();
        Self { file, missing, partial }
    }

    /// The lines of the page with their states.
    pub(super) fn rows(&self, source: Option<&str>) -> Vec<Row> {
        let (last, beyond) = lines_shown(self.file, source);
        let lines = (1..=last).filter_map(Line::new).chain(beyond.iter());
        let mut rows: Vec<Row> = lines.map(|line| Row { line, state: None }).collect();
        let last = last as usize;
        let mut set = |line: Line, state| {
            let number = line.get() as usize;
            let beyond = || last + rows[last..].partition_point(|row| row.line < line);
            let at = if number <= last { number - 1 } else { beyond() };
            if let Some(row) = rows.get_mut(at).filter(|row| row.line == line) {
                row.state = Some((state, false));
            }
        };
        self.file.sets.statements.iter().for_each(|line| set(line, State::Run));
        self.partial.keys().for_each(|&line| set(line, State::Partial));
        self.missing.iter().for_each(|line| set(line, State::Missing));
        self.file.sets.excluded.iter().for_each(|line| set(line, State::Excluded));
        for &(first, end) in self.file.sets.first.ranges() {
            if let Some([Row { state: Some((state, _)), .. }, further @ ..]) =
                rows.get_mut(first as usize - 1..last.min(end as usize))
            {
                further.iter_mut().filter(|row| row.state.is_none()).for_each(|row| row.state = Some((*state, true)));
            }
        }
        rows
    }

    pub(super) fn first_missing(&self) -> Option<Line> {
        self.missing.first()
    }

    /// The first missing or partial line.
    pub(super) fn first_lacking(&self) -> Option<Line> {
        self.missing.first().into_iter().chain(self.partial.keys().next().copied()).min()
    }
}

/// The number of lines of the text, all of which a page shows, and the lines beyond its end, of which it shows only those that are listed: a
/// fragment may list any line number.
fn lines_shown(file: &FileReport, source: Option<&str>) -> (u32, LineSet) {
    let is_known = source.is_some() || file.basis == Basis::Source;
    let last = source.map_or(if is_known { file.sets.lines } else { 0 }, source_lines);
    // An exclusion may reach one line past the end of a text.
    let first_excluded = last.saturating_add(if is_known { 2 } else { 1 });
    let mut beyond = file.sets.statements.within(last.saturating_add(1), u32::MAX);
    beyond.union_with(&file.sets.excluded.within(first_excluded, u32::MAX));
    let branches = file.sets.branches.iter().map(|branch| branch.line);
    let starts = file.regions.iter().filter_map(RegionReport::line);
    beyond.extend(branches.chain(starts).filter(|line| line.get() > last));
    (last, beyond)
}
