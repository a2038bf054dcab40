//! Transitions between lines, and the ways out of a line.

use std::cmp::Ordering;

use super::lines::{Line, LineSet};

/// A transition between lines as coverage.py records it.
///
/// A positive end is a line. A negative one enters (`from`) or leaves (`to`) the code object that starts on that line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Arc {
    // In this order the two are one number in memory, the `key`, but for its bits of sign.
    /// Where it goes to.
    pub to: i32,
    /// Where it comes from.
    pub from: i32,
}

impl Arc {
    /// The arc between two ends.
    #[must_use]
    pub const fn new(from: i32, to: i32) -> Self {
        Self { to, from }
    }

    /// A number that orders arcs by `from`, then `to`: one comparison instead of two.
    #[must_use]
    pub const fn key(self) -> u64 {
        ((self.from.cast_unsigned() as u64) << 32 | self.to.cast_unsigned() as u64) ^ (1 << 63 | 1 << 31)
    }

    /// The lines at its ends: those ends that are positive.
    pub fn lines(self) -> impl Iterator<Item = Line> {
        [self.from, self.to].into_iter().filter_map(|end| u32::try_from(end).ok().and_then(Line::new))
    }
}

/// By `from`, then `to`.
impl Ord for Arc {
    fn cmp(&self, other: &Self) -> Ordering {
        self.key().cmp(&other.key())
    }
}

impl PartialOrd for Arc {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// Arcs, sorted and unique, eight bytes each; union is one linear pass.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct ArcSet(Vec<Arc>);

impl ArcSet {
    /// The empty set.
    #[must_use]
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// The set of `arcs`, which may come in any order and repeat.
    #[must_use]
    pub fn from_unsorted(mut arcs: Vec<Arc>) -> Self {
        // The reader's index order is sorted already: one pass sees that.
        if !arcs.is_sorted_by(|a, b| a < b) {
            // The stable sort sees runs, and arcs of several contexts are a run each.
            arcs.sort();
            arcs.dedup();
        }
        Self(arcs)
    }

    /// The set of `arcs`, which ascend and do not repeat.
    #[must_use]
    pub fn from_ascending(arcs: Vec<Arc>) -> Self {
        debug_assert!(arcs.is_sorted_by(|a, b| a < b), "the arcs are not in order");
        Self(arcs)
    }

    /// Whether it has no arcs.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many arcs are in it.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether `arc` is in it.
    #[must_use]
    pub fn contains(&self, arc: Arc) -> bool {
        self.0.binary_search(&arc).is_ok()
    }

    /// The arcs, ascending by `from`, then `to`.
    pub fn iter(&self) -> impl Iterator<Item = Arc> + '_ {
        self.0.iter().copied()
    }

    /// The arcs, ascending, as a slice.
    #[must_use]
    pub fn as_slice(&self) -> &[Arc] {
        &self.0
    }

    /// The lines at the ends of all arcs.
    #[must_use]
    pub fn lines(&self) -> LineSet {
        let last = self.iter().map(|arc| arc.from.max(arc.to)).max().unwrap_or(0);
        let words = usize::try_from(last).unwrap_or(0) / 64 + 1;
        if words > self.len() {
            // Lines far apart: only a forged file has them.
            return self.iter().flat_map(Arc::lines).collect();
        }
        let mut bits = vec![0_u64; words];
        for end in self.iter().flat_map(|arc| [arc.from, arc.to]) {
            if let Ok(line) = usize::try_from(end)
                && let Some(word) = bits.get_mut(line / 64)
            {
                *word |= 1 << (line % 64);
            }
        }
        LineSet::from_words(&bits)
    }

    /// How many arcs of `other` are not in it.
    fn lacks(&self, other: &Self) -> usize {
        /// Fragments of one suite have most arcs in common, so runs of this length are compared at once.
        const RUN: usize = 8;
        let mut lacking = 0;
        let (mut mine, mut theirs) = (self.0.as_slice(), other.0.as_slice());
        while let [next, after @ ..] = theirs {
            if let (Some(run), Some(same)) = (mine.first_chunk::<RUN>(), theirs.first_chunk::<RUN>())
                && run == same
            {
                (mine, theirs) = (&mine[RUN..], &theirs[RUN..]);
                continue;
            }
            let key = next.key();
            while let [first, rest @ ..] = mine
                && first.key() < key
            {
                mine = rest;
            }
            match mine {
                [first, rest @ ..] if first == next => mine = rest,
                _ => lacking += 1,
            }
            theirs = after;
        }
        lacking
    }

    /// Adds every arc of `other`.
    pub fn union_with(&mut self, other: &Self) {
        if other.0.is_empty() {
            return;
        }
        if self.0.is_empty() {
            self.0.clone_from(&other.0);
            return;
        }
        // Count the new arcs first: after a few fragments there are mostly none, and then nothing is moved or allocated.
        let new = self.lacks(other);
        if new == 0 {
            return;
        }
        // Merge from the back, in place, until every new arc has its place.
        let mut mine = self.0.len();
        let mut theirs = other.0.len();
        let mut write = mine + new;
        self.0.resize(write, Arc::new(0, 0));
        while write > mine {
            let candidate = other.0[theirs - 1];
            write -= 1;
            if mine > 0 && self.0[mine - 1] >= candidate {
                if self.0[mine - 1] == candidate {
                    theirs -= 1;
                }
                self.0[write] = self.0[mine - 1];
                mine -= 1;
            } else {
                self.0[write] = candidate;
                theirs -= 1;
            }
        }
    }
}

impl FromIterator<Arc> for ArcSet {
    fn from_iter<I: IntoIterator<Item = Arc>>(arcs: I) -> Self {
        Self::from_unsorted(arcs.into_iter().collect())
    }
}

/// A way out of a branch line, named as precisely as the tool or the outline can.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Exit {
    /// Out of the function, class or module that starts on this line; `None` where the tool does not say which (Slipcover).
    Leave(Option<Line>),
    /// On to this line.
    Line(Line),
    /// A name that only its tool understands: LCOV's `block,branch`.
    Label(Box<str>),
}

impl Exit {
    /// The exit to the `to` end of an arc: a line, or a negative start of a code object; `None` for 0.
    #[must_use]
    pub fn from_arc_end(to: i32) -> Option<Self> {
        let line = Line::new(to.unsigned_abs())?;
        Some(if to > 0 { Self::Line(line) } else { Self::Leave(Some(line)) })
    }

    /// The exit as the `to` end of an arc; -1 for an unnamed way out, `None` for a label.
    #[must_use]
    pub fn arc_end(&self) -> Option<i32> {
        match self {
            Self::Line(line) => i32::try_from(line.get()).ok(),
            Self::Leave(Some(line)) => i32::try_from(line.get()).ok().map(|start| -start),
            Self::Leave(None) => Some(-1),
            Self::Label(_) => None,
        }
    }

    /// Whether it leads to one of `lines`.
    #[must_use]
    pub fn leads_to(&self, lines: &LineSet) -> bool {
        matches!(self, Self::Line(line) if lines.contains(*line))
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// The arcs with these ends.
    pub(crate) fn arcs(ends: &[(i32, i32)]) -> ArcSet {
        ends.iter().map(|&(from, to)| Arc::new(from, to)).collect()
    }

    #[test]
    fn keys_order_arcs_as_the_arcs_are_ordered() {
        let ends = [i32::MIN, -7, -1, 0, 1, 7, i32::MAX];
        let arcs: Vec<Arc> = ends.iter().flat_map(|&from| ends.map(|to| Arc::new(from, to))).collect();
        assert!(arcs.is_sorted_by(|a, b| a < b && (a.from, a.to) < (b.from, b.to)));
    }

    #[test]
    fn the_lines_of_arcs_are_their_positive_ends() {
        for arcs in [
            vec![],
            vec![(0, 0)],
            vec![(-1, 1), (1, 64), (64, -1)],
            vec![(-1, 2_000_000_000), (7, i32::MIN)],
            vec![(1, 127), (2, 128), (3, 129)],
        ] {
            let arcs = self::arcs(&arcs);
            assert_eq!(arcs.lines(), arcs.iter().flat_map(Arc::lines).collect());
        }
    }

    #[test]
    fn a_union_has_the_arcs_of_both_once_and_in_order() {
        let (few, many) = (arcs(&[(-1, 1), (3, 4), (9, -1)]), arcs(&[(-5, 5), (-1, 1), (1, 2), (3, 4), (8, 9)]));
        let all = arcs(&[(-5, 5), (-1, 1), (1, 2), (3, 4), (8, 9), (9, -1)]);
        for (mut left, right) in
            [(few.clone(), many.clone()), (many, few), (all.clone(), ArcSet::new()), (ArcSet::new(), all.clone())]
        {
            left.union_with(&right);
            assert_eq!(left, all);
        }
    }
}
