//! Line numbers, and sets of them.

use std::num::NonZeroU32;

/// A line number, counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Line(NonZeroU32);

impl Line {
    /// Line 1, where every module begins.
    pub const FIRST: Self = Self(NonZeroU32::MIN);

    /// The line of that number; `None` for 0, which is not a line.
    #[must_use]
    pub const fn new(number: u32) -> Option<Self> {
        match NonZeroU32::new(number) {
            Some(number) => Some(Self(number)),
            None => None,
        }
    }

    /// The number, at least 1.
    #[must_use]
    pub const fn get(self) -> u32 {
        self.0.get()
    }
}

impl std::fmt::Display for Line {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// A set of lines: a bitmap in blocks of 64 lines, in order, none empty. A set has exactly one form, so equality is derived.
///
/// Bit `n` of the whole is line `n`, as in coverage.py's numbits. 1,000 dense lines take 256 bytes; a forged line 2,147,483,647 takes 16,
/// not half a gigabyte.
///
/// # Examples
/// ```
/// use covmerge::model::lines::{Line, LineSet};
///
/// let (mut lines, zero) = LineSet::from_numbits(&[0b0000_1110]);
/// assert!(!zero && lines.iter().map(Line::get).eq([1, 2, 3]));
/// lines.union_with(&Line::new(u32::MAX).into_iter().collect());
/// assert_eq!(lines.len(), 4);
/// ```
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct LineSet(Vec<(u32, u64)>);

impl LineSet {
    /// The empty set.
    #[must_use]
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// The set that coverage.py's numbits hold (bit `n % 8` of byte `n / 8`), and whether bit 0, which is not a line, was set in it.
    #[must_use]
    pub fn from_numbits(numbits: &[u8]) -> (Self, bool) {
        let mut blocks = Vec::with_capacity(numbits.len().div_ceil(8));
        // A blob that reaches past line 2³² is not the line set of a text; there is no line number for those bits.
        for (block, chunk) in (0..=u32::MAX / 64).zip(numbits.chunks(8)) {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            let bits = u64::from_le_bytes(word);
            if bits != 0 {
                blocks.push((block, bits));
            }
        }
        let zero = matches!(blocks.first(), Some((0, bits)) if bits & 1 == 1);
        let mut set = Self(blocks);
        if zero {
            set.0[0].1 &= !1;
            if set.0[0].1 == 0 {
                set.0.remove(0);
            }
        }
        (set, zero)
    }

    /// The set whose line `n` is bit `n % 64` of word `n / 64`; bit 0 is not a line.
    #[must_use]
    pub fn from_words(words: &[u64]) -> Self {
        let lines = |(block, &bits): (u32, &u64)| (block, if block == 0 { bits & !1 } else { bits });
        Self((0..).zip(words).map(lines).filter(|block| block.1 != 0).collect())
    }

    /// The set as coverage.py's numbits, without trailing zero bytes.
    #[must_use]
    pub fn to_numbits(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        for &(block, bits) in &self.0 {
            bytes.resize(block as usize * 8, 0);
            bytes.extend_from_slice(&bits.to_le_bytes());
        }
        while bytes.last() == Some(&0) {
            bytes.pop();
        }
        bytes
    }

    /// Whether it has no lines.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many lines are in it.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.0.iter().map(|(_, bits)| u64::from(bits.count_ones())).sum()
    }

    /// Whether `line` is in it.
    #[must_use]
    pub fn contains(&self, line: Line) -> bool {
        self.contains_number(line.get())
    }

    /// Whether the line of that number is in it; 0 never is.
    #[must_use]
    pub fn contains_number(&self, number: u32) -> bool {
        self.0
            .binary_search_by_key(&(number / 64), |block| block.0)
            .is_ok_and(|at| self.0[at].1 >> (number % 64) & 1 == 1)
    }

    /// Adds `line`.
    pub fn insert(&mut self, line: Line) {
        let (block, bit) = (line.get() / 64, 1 << (line.get() % 64));
        match self.place(block) {
            Ok(at) => self.0[at].1 |= bit,
            Err(at) => self.0.insert(at, (block, bit)),
        }
    }

    /// The position of the block, or the one to insert it at. Lines mostly come in order, so the end is checked before searching.
    fn place(&self, block: u32) -> Result<usize, usize> {
        match self.0.last() {
            Some(&(last, _)) if last == block => Ok(self.0.len() - 1),
            Some(&(last, _)) if last > block => self.0.binary_search_by_key(&block, |entry| entry.0),
            _ => Err(self.0.len()),
        }
    }

    /// Adds every line from `first` to `last`, both included; nothing if `last` comes before `first`. The cost is the length of the range if the
    /// set already has its blocks or ends before it, otherwise the size of the set.
    pub fn insert_range(&mut self, first: Line, last: Line) {
        if first > last {
            return;
        }
        let blocks = || range(first.get(), last.get());
        let count = (last.get() / 64 - first.get() / 64) as usize + 1;
        let at = self.place(first.get() / 64).unwrap_or_else(|at| at);
        // If the block at the end of this many is the range's last, the set has all blocks of the range.
        let near = self.0.get(at..).unwrap_or_default();
        if near.get(count - 1).is_some_and(|block| block.0 == last.get() / 64) {
            for (mine, (_, bits)) in self.0[at..].iter_mut().zip(blocks()) {
                mine.1 |= bits;
            }
        } else if near.is_empty() {
            self.0.extend(blocks());
        } else if let [block] = near
            && block.0 == first.get() / 64
        {
            let mut blocks = blocks();
            self.0[at].1 |= blocks.next().map_or(0, |(_, bits)| bits);
            self.0.extend(blocks);
        } else {
            self.union_with(&Self(blocks().collect()));
        }
    }

    /// Whether a line from `first` to `last`, both included, is in it.
    #[must_use]
    pub fn touches(&self, first: u32, last: u32) -> bool {
        let from = self.0.partition_point(|block| block.0 < first / 64);
        let mut near = self.0[from..].iter().take_while(|block| block.0 <= last / 64);
        near.any(|&(block, bits)| bits & mask(block, first, last) != 0)
    }

    /// The lines of all of the sets.
    #[must_use]
    pub fn union_of<'a>(sets: impl IntoIterator<Item = &'a Self>) -> Self {
        Self::from_blocks(sets.into_iter().flat_map(|set| set.0.iter().copied()).collect())
    }

    /// The set of these blocks, which may come in any order and repeat.
    fn from_blocks(mut blocks: Vec<(u32, u64)>) -> Self {
        blocks.sort_unstable_by_key(|block| block.0);
        blocks.dedup_by(|next, kept| {
            let same = next.0 == kept.0;
            if same {
                kept.1 |= next.1;
            }
            same
        });
        Self(blocks)
    }

    /// Adds every line of `other`.
    pub fn union_with(&mut self, other: &Self) {
        if other.0.is_empty() {
            return;
        }
        // Sets of one file mostly have the same blocks: then nothing moves.
        if self.0.len() == other.0.len() && self.0.iter().zip(&other.0).all(|(a, b)| a.0 == b.0) {
            for (mine, theirs) in self.0.iter_mut().zip(&other.0) {
                mine.1 |= theirs.1;
            }
            return;
        }
        let mut merged = Vec::with_capacity(self.0.len().max(other.0.len()));
        let (mut left, mut right) = (self.0.iter().copied().peekable(), other.0.iter().copied().peekable());
        loop {
            let next = match (left.peek().copied(), right.peek().copied()) {
                (Some(a), Some(b)) if a.0 == b.0 => {
                    left.next();
                    right.next();
                    (a.0, a.1 | b.1)
                }
                (Some(a), Some(b)) if a.0 < b.0 => {
                    left.next();
                    a
                }
                (Some(a), None) => {
                    left.next();
                    a
                }
                (_, Some(b)) => {
                    right.next();
                    b
                }
                (None, None) => break,
            };
            merged.push(next);
        }
        self.0 = merged;
    }

    /// The lines of both.
    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        let mut result = self.clone();
        result.union_with(other);
        result
    }

    /// The lines that both have. The cost is the size of the smaller set.
    #[must_use]
    pub fn intersection(&self, other: &Self) -> Self {
        Self(self.common(other).collect())
    }

    /// The number of lines that both have, at the same cost.
    #[must_use]
    pub fn count_common(&self, other: &Self) -> u64 {
        self.common(other).map(|(_, bits)| u64::from(bits.count_ones())).sum()
    }

    /// Its lines from `first` to `last`, both included.
    #[must_use]
    pub fn within(&self, first: u32, last: u32) -> Self {
        let from = self.0.partition_point(|block| block.0 < first / 64);
        let near = self.0[from..].iter().take_while(|block| block.0 <= last / 64);
        let masked = near.map(|&(block, bits)| (block, bits & mask(block, first, last)));
        Self(masked.filter(|block| block.1 != 0).collect())
    }

    /// The lines that `other` lacks.
    #[must_use]
    pub fn difference(&self, other: &Self) -> Self {
        Self(self.lacking(other).collect())
    }

    /// Whether the two share no line.
    #[must_use]
    pub fn is_disjoint(&self, other: &Self) -> bool {
        self.common(other).next().is_none()
    }

    /// Whether every line of it is in `other`.
    #[must_use]
    pub fn is_subset(&self, other: &Self) -> bool {
        self.lacking(other).next().is_none()
    }

    fn common<'a>(&'a self, other: &'a Self) -> impl Iterator<Item = (u32, u64)> {
        let (small, large) = if self.0.len() <= other.0.len() { (self, other) } else { (other, self) };
        small.masked(large, |mine, theirs| mine & theirs)
    }

    fn lacking<'a>(&'a self, other: &'a Self) -> impl Iterator<Item = (u32, u64)> {
        self.masked(other, |mine, theirs| mine & !theirs)
    }

    /// The blocks of it with the bits that `keep` makes of its own and those of `other`; none empty.
    fn masked<'a>(&'a self, other: &'a Self, keep: impl Fn(u64, u64) -> u64) -> impl Iterator<Item = (u32, u64)> {
        let first = self.0.first().map_or(0, |first| first.0);
        let mut at = other.0.partition_point(|theirs| theirs.0 < first);
        let is_small = self.0.len() < other.0.len() / 16;
        self.0.iter().filter_map(move |&(block, bits)| {
            if is_small {
                at += other.0[at..].partition_point(|theirs| theirs.0 < block);
            }
            while other.0.get(at).is_some_and(|theirs| theirs.0 < block) {
                at += 1;
            }
            let theirs = other.0.get(at).filter(|theirs| theirs.0 == block).map_or(0, |theirs| theirs.1);
            let kept = keep(bits, theirs);
            (kept != 0).then_some((block, kept))
        })
    }

    /// The lines, ascending.
    pub fn iter(&self) -> impl Iterator<Item = Line> + '_ {
        self.0.iter().flat_map(|&(block, bits)| {
            let mut rest = bits;
            std::iter::from_fn(move || {
                if rest == 0 {
                    return None;
                }
                let bit = rest.trailing_zeros();
                rest &= rest - 1;
                Some(block * 64 + bit)
            })
            .filter_map(Line::new)
        })
    }

    /// The smallest line.
    #[must_use]
    pub fn first(&self) -> Option<Line> {
        self.iter().next()
    }

    /// The largest line.
    #[must_use]
    pub fn last(&self) -> Option<Line> {
        self.0.last().and_then(|&(block, bits)| Line::new(block * 64 + 63 - bits.leading_zeros()))
    }
}

impl FromIterator<Line> for LineSet {
    fn from_iter<I: IntoIterator<Item = Line>>(lines: I) -> Self {
        let mut set = Self::new();
        set.extend(lines);
        set
    }
}

impl Extend<Line> for LineSet {
    fn extend<I: IntoIterator<Item = Line>>(&mut self, lines: I) {
        // Lines whose block belongs between others wait: inserting blocks one by one could take quadratic time.
        let mut late = Vec::new();
        for line in lines {
            let (block, bit) = (line.get() / 64, 1 << (line.get() % 64));
            match self.place(block) {
                Ok(at) => self.0[at].1 |= bit,
                Err(at) if at == self.0.len() => self.0.push((block, bit)),
                Err(_) => late.push((block, bit)),
            }
        }
        if !late.is_empty() {
            self.union_with(&Self::from_blocks(late));
        }
    }
}

/// The blocks of the lines from `first` to `last`.
fn range(first: u32, last: u32) -> impl Iterator<Item = (u32, u64)> {
    (first / 64..=last / 64).map(move |block| (block, mask(block, first, last)))
}

/// The bits of the lines from `first` to `last` in a block, which is one from `first`'s to `last`'s.
fn mask(block: u32, first: u32, last: u32) -> u64 {
    let low = if block == first / 64 { u64::MAX << (first % 64) } else { u64::MAX };
    let high = if block == last / 64 { u64::MAX >> (63 - last % 64) } else { u64::MAX };
    low & high
}

impl std::fmt::Debug for LineSet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.iter().map(Line::get)).finish()
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// The lines of these numbers.
    pub(crate) fn lines(numbers: &[u32]) -> LineSet {
        numbers.iter().filter_map(|&number| Line::new(number)).collect()
    }

    /// The numbers of these lines.
    pub(crate) fn numbers(lines: &LineSet) -> Vec<u32> {
        lines.iter().map(Line::get).collect()
    }

    #[test]
    fn numbits_are_read_low_bit_first_and_come_back() {
        let (set, zero) = LineSet::from_numbits(&[0b0000_0110, 0, 0b1000_0000]);
        assert_eq!((set.clone(), zero), (lines(&[1, 2, 23]), false));
        assert_eq!(set.to_numbits(), [0b0000_0110, 0, 0b1000_0000]);
    }

    #[test]
    fn a_line_zero_in_numbits_is_dropped_and_reported() {
        assert_eq!(LineSet::from_numbits(&[1]), (LineSet::new(), true));
        assert_eq!(LineSet::from_numbits(&[3]), (lines(&[1]), true));
    }

    #[test]
    fn the_largest_line_takes_one_block() {
        let set = lines(&[u32::MAX]);
        assert_eq!((set.0.len(), set.len(), set.last().map(Line::get)), (1, 1, Some(u32::MAX)));
    }

    #[test]
    fn parts_of_a_set_end_with_their_lines() {
        let set = lines(&[1, 63, 64, 200, 300]);
        assert_eq!(set.within(63, 200), lines(&[63, 64, 200]));
        assert_eq!([set.touches(2, 62), set.touches(2, 63), set.touches(201, 299)], [false, true, false]);
        assert_eq!(LineSet::union_of([&lines(&[300, 1]), &lines(&[64]), &lines(&[2])]), lines(&[1, 2, 64, 300]));
    }

    #[test]
    fn a_range_reaches_across_blocks() {
        let mut set = LineSet::new();
        set.insert_range(Line::new(60).unwrap(), Line::new(130).unwrap());
        assert_eq!((set.len(), set.first().map(Line::get), set.last().map(Line::get)), (71, Some(60), Some(130)));
    }
}
