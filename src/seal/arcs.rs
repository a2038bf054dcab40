//! Arcs by rank: the possible ones among the statements of their outline, and those that ran among the ones to expect.

use super::wire::{Read, Reader, Writer, unzigzag, zigzag};
use crate::model::arcs::{Arc, ArcSet};
use crate::model::lines::{Line, LineSet};
use crate::model::study::Study;

/// The statements of an outline by their rank.
pub(super) struct Ranks(Vec<i32>);

impl Ranks {
    pub(super) fn of(statements: &LineSet) -> Self {
        Self(statements.iter().filter_map(|line| i32::try_from(line.get()).ok()).collect())
    }

    /// The number of statements before the line.
    fn before(&self, line: i32) -> i64 {
        i64::try_from(self.0.partition_point(|statement| *statement < line)).unwrap_or(i64::MAX)
    }

    fn line(&self, rank: i64) -> Option<i32> {
        self.0.get(usize::try_from(rank).ok()?).copied()
    }

    /// The end of an arc: one more than the distance of its rank from that of `from`, as a signed number; or 0, if it is not a statement, and the
    /// sum of both lines, which is small for an exit from a function.
    pub(super) fn write(&self, to: &mut Writer, Arc { from, to: end }: Arc) {
        if self.0.binary_search(&end).is_ok() {
            to.number(1 + zigzag(self.before(end) - self.before(from)));
        } else {
            to.number(0);
            to.signed(i64::from(from) + i64::from(end));
        }
    }

    /// The arc from there whose end [`Ranks::write`] wrote.
    pub(super) fn read(&self, from: &mut Reader<'_>, line: i32) -> Read<Arc> {
        let end = match from.number()?.checked_sub(1) {
            None => from.signed()?.checked_sub(i64::from(line)).and_then(|end| i32::try_from(end).ok()),
            Some(distance) => self.before(line).checked_add(unzigzag(distance)).and_then(|rank| self.line(rank)),
        };
        end.map_or_else(|| from.fault("an arc to a statement beyond all"), |end| Ok(Arc::new(line, end)))
    }
}

/// The possible arcs: those that do not leave a line, further lines that arcs leave, the number of arcs from each of these and each statement, and
/// their ends.
pub(super) fn write_possible(to: &mut Writer, arcs: &ArcSet, statements: &LineSet, ranks: &Ranks) {
    let entries = arcs.as_slice().partition_point(|arc| arc.from <= 0);
    let (entries, from_lines) = arcs.as_slice().split_at_checked(entries).unwrap_or_default();
    to.list(entries.iter(), |to, arc| {
        to.signed(i64::from(arc.from));
        to.signed(i64::from(arc.to));
    });
    let left: LineSet = from_lines.iter().filter_map(|arc| line(arc.from)).collect();
    to.lines(&left.difference(statements));
    let mut rest = from_lines.iter().peekable();
    for line in left.union(statements).iter() {
        let mut number = 0;
        while rest.next_if(|arc| i64::from(arc.from) == i64::from(line.get())).is_some() {
            number += 1;
        }
        to.number(number);
    }
    to.column(from_lines, |to, arc| ranks.write(to, *arc));
}

fn line(number: i32) -> Option<Line> {
    Line::new(u32::try_from(number).ok()?)
}

/// The arcs that [`write_possible`] wrote.
pub(super) fn read_possible(from: &mut Reader<'_>, statements: &LineSet, ranks: &Ranks) -> Read<ArcSet> {
    let mut arcs = from.list(|from| Ok(Arc::new(from.signed_fitting()?, from.signed_fitting()?)))?;
    let lines = from.lines()?.union(statements);
    let counts = from.times(lines.len(), Reader::length)?;
    for (line, count) in lines.iter().zip(counts) {
        let Ok(line) = i32::try_from(line.get()) else { return from.fault("a line beyond all") };
        for _ in 0..count {
            arcs.push(ranks.read(from, line)?);
        }
    }
    if arcs.is_sorted_by(|one, next| one < next) {
        Ok(ArcSet::from_ascending(arcs))
    } else {
        from.fault("arcs that do not ascend")
    }
}

/// The arcs that are to be expected in recordings of a source: the possible ones, and for each exit from a function, the one from its beginning to
/// the next statement.
#[must_use]
pub fn expected(study: &Study) -> ArcSet {
    let Ok(outline) = &study.outline else { return ArcSet::new() };
    let ranks = Ranks::of(&outline.statements);
    let entry = |arc: Arc| {
        let start = arc.to.checked_neg().filter(|start| *start > 0)?;
        Some(Arc::new(arc.to, ranks.line(ranks.before(start.checked_add(1)?))?))
    };
    let entries = outline.arcs.iter().filter_map(entry);
    ArcSet::from_unsorted(outline.arcs.iter().chain(entries).collect())
}

/// Arcs that ran: the numbers of expected ones that did not run, that did, that did not …, and the others.
pub(super) fn write_ran(to: &mut Writer, arcs: &ArcSet, expected: &ArcSet) {
    let (mut runs, mut is_of_ran) = (vec![0_u64], false);
    let mut ran = arcs.as_slice().iter().peekable();
    let mut others = Vec::new();
    for arc in expected.iter() {
        while let Some(other) = ran.next_if(|other| **other < arc) {
            others.push(*other);
        }
        if ran.next_if(|other| **other == arc).is_some() != is_of_ran {
            is_of_ran = !is_of_ran;
            runs.push(0);
        }
        if let Some(run) = runs.last_mut() {
            *run += 1;
        }
    }
    others.extend(ran);
    if !is_of_ran {
        runs.pop();
    }
    to.list(runs.into_iter(), Writer::number);
    to.arcs(&ArcSet::from_ascending(others));
}

/// The arcs that [`write_ran`] wrote; `left` is how many expected ones there may be, and becomes less.
pub(super) fn read_ran(from: &mut Reader<'_>, expected: &ArcSet, left: &mut u64) -> Read<ArcSet> {
    let (mut rest, mut arcs, mut ran) = (expected.as_slice(), Vec::new(), false);
    for _ in 0..from.length()? {
        let run: usize = from.fitting()?;
        let Some((these, after)) = rest.split_at_checked(run) else {
            return from.fault(format!("{run} of {} expected arcs", rest.len()));
        };
        if ran {
            match left.checked_sub(run as u64) {
                Some(fewer) => *left = fewer,
                None => return from.fault("more arcs than bytes can hold"),
            }
            arcs.extend_from_slice(these);
        }
        (rest, ran) = (after, !ran);
    }
    let mut all = ArcSet::from_ascending(arcs);
    all.union_with(&from.arcs()?);
    Ok(all)
}
