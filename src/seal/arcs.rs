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

/// The arcs that are to be expected in recordings of a source: the possible ones; for each code object that they leave, the ones from its beginning to
/// that line and to the next statement; and those that go through the lines of a statement, to each of them and back to the first.
#[must_use]
pub fn expected(study: &Study) -> ArcSet {
    let Ok(outline) = &study.outline else { return ArcSet::new() };
    let ranks = Ranks::of(&outline.statements);
    let mut arcs = outline.arcs.as_slice().to_vec();
    let mut left: Vec<i32> = outline.arcs.iter().map(|arc| arc.to).filter(|to| *to < 0).collect();
    left.sort_unstable();
    left.dedup();
    for to in left {
        let Some(start) = to.checked_neg() else { continue };
        let next = start.checked_add(1).and_then(|line| ranks.line(ranks.before(line)));
        arcs.extend([Some(start), next].into_iter().flatten().map(|line| Arc::new(to, line)));
    }
    let signed = |line: u32| i32::try_from(line).unwrap_or(i32::MAX);
    let ranges = || outline.first.ranges().iter().filter(|range| outline.statements.contains_number(range.0));
    let further = || ranges().flat_map(|&(first, last)| (first..last).map(move |line| (signed(first), signed(line))));
    // Each of the three ascends, so they are sorted fast.
    arcs.extend(further().map(|(first, line)| Arc::new(first, line.saturating_add(1))));
    arcs.extend(further().map(|(_, line)| Arc::new(line, line.saturating_add(1))));
    arcs.extend(further().map(|(first, line)| Arc::new(line.saturating_add(1), first)));
    ArcSet::from_unsorted(arcs)
}

/// The expected arcs that ran, by their numbers: arc `n` is bit `n % 8` of byte `n / 8`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Ran(Vec<u8>);

impl Ran {
    /// Adds the arcs of `other`.
    pub(super) fn union_with(&mut self, other: &Self) {
        if self.0.len() < other.0.len() {
            self.0.resize(other.0.len(), 0);
        }
        self.0.iter_mut().zip(&other.0).for_each(|(mine, theirs)| *mine |= theirs);
    }

    /// The arcs, of these expected ones.
    pub(super) fn arcs(&self, expected: &ArcSet) -> ArcSet {
        let mut arcs = Vec::with_capacity(self.0.iter().map(|byte| byte.count_ones() as usize).sum());
        for (byte, eight) in self.0.iter().zip(expected.as_slice().chunks(8)) {
            arcs.extend((0..).zip(eight).filter(|(bit, _)| byte >> bit & 1 > 0).map(|(_, arc)| *arc));
        }
        ArcSet::from_ascending(arcs)
    }
}

/// Arcs that ran: the expected ones as bits, without the bytes of 0 at the end, and the others.
pub(super) fn write_ran(to: &mut Writer, arcs: &ArcSet, expected: &ArcSet) {
    let (mut ran, mut others) = (Vec::new(), Vec::new());
    let mut rest = arcs.as_slice().iter().peekable();
    for (at, arc) in expected.iter().enumerate() {
        others.extend(std::iter::from_fn(|| rest.next_if(|other| **other < arc)));
        if rest.next_if(|other| **other == arc).is_some() {
            ran.resize(at / 8 + 1, 0_u8);
            if let Some(byte) = ran.last_mut() {
                *byte |= 1 << (at % 8);
            }
        }
    }
    others.extend(rest);
    to.bytes(&ran);
    to.arcs(&ArcSet::from_ascending(others));
}

/// The arcs that [`write_ran`] wrote: the expected ones, and the others.
pub(super) fn read_ran(from: &mut Reader<'_>, expected: &ArcSet) -> Read<(Ran, ArcSet)> {
    let bytes = from.raw()?;
    let (whole, bits) = (expected.len() / 8, expected.len() % 8);
    let is_beyond = |(at, byte): (usize, &u8)| *byte > 0 && (at > whole || at == whole && byte >> bits > 0);
    if bytes.iter().enumerate().skip(whole).any(is_beyond) {
        return from.fault(format!("more than the {} expected arcs", expected.len()));
    }
    Ok((Ran(bytes.to_vec()), from.arcs()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analyse::Rules;
    use crate::model::arcs::tests::arcs;
    use crate::model::kind::Kind;
    use crate::tally;

    #[test]
    fn nearly_all_arcs_that_ran_are_expected() {
        let text = "names = [\n    str(1),\n    str(2),\n]\ndef pair(a):\n    return (a,\n            len(a))\nprint(pair(\n    names))\n";
        // The recording of coverage.py 7.17.5 with CPython 3.13.
        let ran =
            arcs(&[(-5, 6), (-1, 2), (1, 5), (2, 3), (3, 1), (5, 8), (6, -5), (6, 7), (7, 6), (8, -1), (8, 9), (9, 8)]);
        let study = tally::study(text, &Rules::default(), Kind::Branches).unwrap();
        let expected = expected(&study);
        let others: Vec<Arc> = ran.iter().filter(|arc| !expected.contains(*arc)).collect();
        assert_eq!(others, [Arc::new(-1, 2)]);
        let mut written = Writer::default();
        write_ran(&mut written, &ran, &expected);
        let (read, others) = read_ran(&mut Reader::new(&written.0), &expected).unwrap();
        let mut all = read.arcs(&expected);
        all.union_with(&others);
        assert_eq!((all, others), (ran, arcs(&[(-1, 2)])));
    }

    #[test]
    fn more_arcs_than_are_expected_are_refused() {
        let expected = arcs(&[(1, 2), (2, 3), (3, 4)]);
        for (bytes, is_right) in
            [(&[1, 0b111, 0][..], true), (&[2, 0b111, 0, 0], true), (&[1, 0b1000, 0], false), (&[2, 0, 1, 0], false)]
        {
            assert_eq!(read_ran(&mut Reader::new(bytes), &expected).is_ok(), is_right, "{bytes:?}");
        }
    }
}
