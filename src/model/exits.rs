//! The exits that fragments claim, taken or not.

use super::arcs::Exit;
use super::lines::{Line, LineSet};

/// One way out of a line, and whether it ran.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClaimedExit {
    /// The line it leaves.
    pub line: Line,
    /// Where it leads.
    pub exit: Exit,
    /// Whether it ran.
    pub taken: bool,
}

impl ClaimedExit {
    fn key(&self) -> (Line, &Exit) {
        (self.line, &self.exit)
    }
}

/// Claimed exits, sorted by line and exit, each once; union is one linear pass.
///
/// They are a sorted vector since fragments list hundreds of thousands: building a map of maps would take longer than reading the text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ExitSet(Vec<ClaimedExit>);

impl ExitSet {
    /// The set of `exits`, which may come in any order and repeat: an exit is taken if any of its claims says so.
    #[must_use]
    pub fn from_unsorted(mut exits: Vec<ClaimedExit>) -> Self {
        // The stable sort is linear on the input of the readers: a few ascending runs.
        if !exits.is_sorted_by(|a, b| a.key() < b.key()) {
            exits.sort_by(|a, b| a.key().cmp(&b.key()));
            exits.dedup_by(|later, first| {
                let same = later.key() == first.key();
                first.taken |= same && later.taken;
                same
            });
        }
        Self(exits)
    }

    /// Whether it has no exits.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many exits are in it.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Forgets every exit.
    pub fn clear(&mut self) {
        self.0.clear();
    }

    /// The exits, ascending by line, then by exit.
    pub fn iter(&self) -> std::slice::Iter<'_, ClaimedExit> {
        self.0.iter()
    }

    /// Each line that has exits, ascending, with all of them.
    pub fn by_line(&self) -> impl Iterator<Item = (Line, &[ClaimedExit])> {
        self.0.chunk_by(|a, b| a.line == b.line).filter_map(|exits| exits.first().map(|first| (first.line, exits)))
    }

    /// The exits of `line`, ascending; empty if it has none.
    #[must_use]
    pub fn of(&self, line: Line) -> &[ClaimedExit] {
        let from = self.0.partition_point(|claimed| claimed.line < line);
        let to = self.0.partition_point(|claimed| claimed.line <= line);
        self.0.get(from..to).unwrap_or_default()
    }

    /// How many exits do not lead to a line of `excluded`.
    #[must_use]
    pub fn count_outside(&self, excluded: &LineSet) -> u64 {
        let outside = |claimed: &&ClaimedExit| !claimed.exit.leads_to(excluded);
        if excluded.is_empty() { self.0.len() as u64 } else { self.0.iter().filter(outside).count() as u64 }
    }

    /// Adds one exit; taken if any claim says so.
    pub fn insert(&mut self, claimed: ClaimedExit) {
        match self.0.binary_search_by(|mine| mine.key().cmp(&claimed.key())) {
            Ok(at) => {
                if let Some(mine) = self.0.get_mut(at) {
                    mine.taken |= claimed.taken;
                }
            }
            Err(at) => self.0.insert(at, claimed),
        }
    }

    /// Adds every exit of `other`.
    pub fn union_with(&mut self, other: &Self) {
        // Fragments of one source mostly claim the same exits: then nothing moves, and only the taken ones are noted.
        let mut new = 0;
        let mut at = 0;
        for theirs in &other.0 {
            while self.0.get(at).is_some_and(|mine| mine.key() < theirs.key()) {
                at += 1;
            }
            match self.0.get_mut(at) {
                Some(mine) if mine.key() == theirs.key() => mine.taken |= theirs.taken,
                _ => new += 1,
            }
        }
        if new == 0 {
            return;
        }
        let mut merged = Vec::with_capacity(self.0.len() + new);
        let mut right = other.0.iter().peekable();
        for mine in std::mem::take(&mut self.0) {
            while let Some(theirs) = right.next_if(|theirs| theirs.key() <= mine.key()) {
                // An equal one was noted above.
                if theirs.key() < mine.key() {
                    merged.push(theirs.clone());
                }
            }
            merged.push(mine);
        }
        merged.extend(right.cloned());
        self.0 = merged;
    }
}

impl<'a> IntoIterator for &'a ExitSet {
    type Item = &'a ClaimedExit;
    type IntoIter = std::slice::Iter<'a, ClaimedExit>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl FromIterator<ClaimedExit> for ExitSet {
    fn from_iter<I: IntoIterator<Item = ClaimedExit>>(exits: I) -> Self {
        Self::from_unsorted(exits.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claimed((line, to, taken): (u32, u32, bool)) -> ClaimedExit {
        let exit = Line::new(to).map_or(Exit::Leave(None), Exit::Line);
        ClaimedExit { line: Line::new(line).unwrap(), exit, taken }
    }

    fn exits(of: &[(u32, u32, bool)]) -> ExitSet {
        of.iter().copied().map(claimed).collect()
    }

    #[test]
    fn an_exit_claimed_twice_is_taken_if_one_claim_says_so() {
        let set = exits(&[(3, 5, false), (1, 2, false), (3, 5, true), (3, 0, false)]);
        assert_eq!(set, exits(&[(1, 2, false), (3, 0, false), (3, 5, true)]));
        assert_eq!(set.len(), 3);
    }

    #[test]
    fn a_union_is_the_same_from_either_side_and_as_one_by_one() {
        let (a, b) =
            (exits(&[(1, 2, false), (3, 5, true)]), exits(&[(1, 2, true), (2, 3, false), (3, 5, false), (9, 0, true)]));
        let (mut left, mut right, mut single) = (a.clone(), b.clone(), a.clone());
        left.union_with(&b);
        right.union_with(&a);
        b.iter().for_each(|claimed| single.insert(claimed.clone()));
        assert_eq!(left, exits(&[(1, 2, true), (2, 3, false), (3, 5, true), (9, 0, true)]));
        assert_eq!((&left, &left), (&right, &single));
    }

    #[test]
    fn the_exits_of_a_line_are_found() {
        let set = exits(&[(1, 2, false), (3, 0, true), (3, 5, true)]);
        assert_eq!(set.of(Line::new(3).unwrap()).len(), 2);
        assert_eq!(set.of(Line::new(2).unwrap()), &[]);
        assert_eq!(set.by_line().map(|(line, of)| (line.get(), of.len())).collect::<Vec<_>>(), [(1, 1), (3, 2)]);
    }
}
