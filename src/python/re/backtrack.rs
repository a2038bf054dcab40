//! The backtracking engine, for patterns that the linear one cannot match: lookaround, backreferences, atomic groups, empty matches.
//!
//! It tries the same alternatives in the same order as CPython's `_sre`, so it finds the same match. It keeps its own stack, so that no pattern or
//! text can overflow the thread's stack, and it counts its steps.

use std::ops::Range;

use super::automata::Exhausted;
use super::case::Case;
use super::program::{Enclosed, Program, Step};
use super::set::{Class, ClassKind};
use super::tree::{Anchor, Greed};

/// How many entries the stack may hold.
const MOST_ENTRIES: usize = 4_000_000;

/// A step to take when an alternative fails; the last entry comes first.
#[derive(Clone, Copy, Debug)]
enum Entry {
    /// Continue at that step and place.
    Way { step: usize, at: usize },
    /// A greedy run gives back one character, as long as it stays at or after `least`, and continues at the step.
    Shrink { step: usize, least: usize, at: usize },
    /// A lazy run, which is this step, takes one more character if it may still take `left`.
    Grow { step: usize, at: usize, left: Option<u32> },
    /// A lazy loop, which is this step, begins its body again.
    More { step: usize, at: usize },
    /// A group had another place before.
    Slot { slot: usize, old: Option<usize> },
    /// A loop had another count before.
    Counter { counter: usize, old: Counter },
    /// A separately matched part began here. If it is negative, its failure is a success, and `then` is the next step.
    Enclosure { negative: bool, then: usize, at: usize },
}

/// The progress of a loop.
#[derive(Clone, Copy, Debug, Default)]
struct Counter {
    /// The number of rounds begun; 1 while none was begun.
    rounds: u32,
    /// Whether the loop was entered but no round was begun.
    fresh: bool,
    /// The start of the last optional round: after a round without progress no further one begins.
    last: Option<usize>,
}

/// One search through a text.
pub(super) struct Search<'a> {
    program: &'a Program,
    text: &'a str,
    steps_left: u64,
    stack: Vec<Entry>,
    /// The length of the stack at each open enclosure.
    enclosures: Vec<usize>,
    slots: Vec<Option<usize>>,
    counters: Vec<Counter>,
}

impl<'a> Search<'a> {
    pub(super) fn new(program: &'a Program, text: &'a str, steps: u64) -> Self {
        Self {
            program,
            text,
            steps_left: steps,
            stack: Vec::new(),
            enclosures: Vec::new(),
            slots: vec![None; program.slots],
            counters: vec![Counter::default(); program.counters],
        }
    }

    /// The first match that begins at `from` or later. If `advance` is set, a match that begins at `from` must not be empty.
    pub(super) fn next(&mut self, from: usize, advance: bool) -> Result<Option<Range<usize>>, Exhausted> {
        let mut start = from;
        loop {
            if let Some(end) = self.match_at(start, advance && start == from)? {
                return Ok(Some(start..end));
            }
            match self.char_at(start) {
                Some(c) => start += c.len_utf8(),
                None => return Ok(None),
            }
        }
    }

    fn char_at(&self, at: usize) -> Option<char> {
        match self.text.as_bytes().get(at) {
            Some(&byte) if byte.is_ascii() => Some(char::from(byte)),
            Some(_) => self.text.get(at..).and_then(|rest| rest.chars().next()),
            None => None,
        }
    }

    fn char_before(&self, at: usize) -> Option<char> {
        match self.text.as_bytes().get(at.checked_sub(1)?) {
            Some(&byte) if byte.is_ascii() => Some(char::from(byte)),
            _ => self.text.get(..at).and_then(|before| before.chars().next_back()),
        }
    }

    /// The end of the match that begins at `start`.
    fn match_at(&mut self, start: usize, advance: bool) -> Result<Option<usize>, Exhausted> {
        self.stack.clear();
        self.enclosures.clear();
        self.slots.fill(None);
        let (mut step, mut at) = (0, start);
        loop {
            self.steps_left = self.steps_left.checked_sub(1).ok_or(Exhausted)?;
            if self.stack.len() > MOST_ENTRIES {
                return Err(Exhausted);
            }
            let program = self.program;
            let gone_on = match program.steps.get(step) {
                Some(Step::Match) if !(advance && at == start) => return Ok(Some(at)),
                Some(taken) => self.take(taken, step, at)?,
                None => None,
            };
            match gone_on.or_else(|| self.back_up()) {
                Some(next) => (step, at) = next,
                None => return Ok(None),
            }
        }
    }

    /// Takes one step. Returns the next step and place, or `None` if it fails.
    fn take(&mut self, taken: &Step, step: usize, at: usize) -> Result<Option<(usize, usize)>, Exhausted> {
        let next = step + 1;
        Ok(match taken {
            Step::One(members) => self.char_at(at).filter(|&c| members.contain(c)).map(|c| (next, at + c.len_utf8())),
            Step::Many { min, max, greed, .. } => return self.many(step, at, *min, *max, *greed),
            Step::At(anchor) => self.is_at(*anchor, at).then_some((next, at)),
            Step::Split { first, second } => {
                self.stack.push(Entry::Way { step: *second, at });
                Some((*first, at))
            }
            Step::Jump(to) => Some((*to, at)),
            Step::Save(slot) => {
                if let Some(place) = self.slots.get_mut(*slot) {
                    self.stack.push(Entry::Slot { slot: *slot, old: place.replace(at) });
                }
                Some((next, at))
            }
            Step::Loop { counter, again } => {
                self.count(*counter, Counter { rounds: 0, fresh: true, last: None });
                Some((*again, at))
            }
            Step::Again { counter, min, max, lazy, body } => {
                let old = self.counters.get(*counter).copied().unwrap_or_default();
                let rounds = if old.fresh { 0 } else { old.rounds.saturating_add(1) };
                let may = max.is_none_or(|max| rounds < max) && old.last != Some(at);
                if rounds < *min {
                    self.count(*counter, Counter { rounds, fresh: false, last: old.last });
                    Some((*body, at))
                } else if *lazy {
                    if may {
                        self.stack.push(Entry::More { step, at });
                    }
                    Some((next, at))
                } else if may {
                    self.stack.push(Entry::Way { step: next, at });
                    self.count(*counter, Counter { rounds, fresh: false, last: Some(at) });
                    Some((*body, at))
                } else {
                    Some((next, at))
                }
            }
            Step::Open { kind, back, then } => {
                let Some(begin) = self.back(at, *back) else {
                    return Ok((*kind == Enclosed::NegativeLook).then_some((*then, at)));
                };
                self.enclosures.push(self.stack.len());
                let negative = *kind == Enclosed::NegativeLook;
                self.stack.push(Entry::Enclosure { negative, then: *then, at });
                Some((next, begin))
            }
            Step::Close(kind) => {
                self.close(*kind).map(|before| (next, if *kind == Enclosed::Look { before } else { at }))
            }
            Step::Backreference { group, case } => self.again(*group, *case, at).map(|end| (next, end)),
            Step::Condition { group, no } => Some((if self.matched(*group).is_some() { next } else { *no }, at)),
            Step::Fail | Step::Match => None,
        })
    }

    /// Undoes everything since the last open alternative, and continues with that alternative.
    fn back_up(&mut self) -> Option<(usize, usize)> {
        loop {
            match self.stack.pop()? {
                Entry::Way { step, at } => return Some((step, at)),
                Entry::Shrink { step, least, at } => {
                    let at = at - self.char_before(at).map_or(1, char::len_utf8);
                    if at > least {
                        self.stack.push(Entry::Shrink { step, least, at });
                    }
                    return Some((step, at));
                }
                Entry::Grow { step, at, left } => {
                    if let Some(Step::Many { members, .. }) = self.program.steps.get(step)
                        && let Some(c) = self.char_at(at).filter(|&c| members.contain(c))
                    {
                        let at = at + c.len_utf8();
                        let left = left.map(|left| left - 1);
                        if left != Some(0) {
                            self.stack.push(Entry::Grow { step, at, left });
                        }
                        return Some((step + 1, at));
                    }
                }
                Entry::More { step, at } => {
                    if let Some(Step::Again { counter, body, .. }) = self.program.steps.get(step) {
                        let old = self.counters.get(*counter).copied().unwrap_or_default();
                        let rounds = if old.fresh { 0 } else { old.rounds.saturating_add(1) };
                        self.count(*counter, Counter { rounds, fresh: false, last: Some(at) });
                        return Some((*body, at));
                    }
                }
                entry @ (Entry::Slot { .. } | Entry::Counter { .. }) => self.undo(entry),
                Entry::Enclosure { negative, then, at } => {
                    self.enclosures.pop();
                    if negative {
                        return Some((then, at));
                    }
                }
            }
        }
    }

    /// Restores a group or a loop.
    fn undo(&mut self, entry: Entry) {
        match entry {
            Entry::Slot { slot, old } => {
                if let Some(place) = self.slots.get_mut(slot) {
                    *place = old;
                }
            }
            Entry::Counter { counter, old } => {
                if let Some(place) = self.counters.get_mut(counter) {
                    *place = old;
                }
            }
            _ => {}
        }
    }

    /// Ends the innermost enclosure: its alternatives are dropped, and the matches of its groups stay. Returns the place where it began, or `None`
    /// for a negative look, whose success is a failure.
    fn close(&mut self, kind: Enclosed) -> Option<usize> {
        let begin = self.enclosures.pop()?;
        if kind == Enclosed::NegativeLook {
            while self.stack.len() > begin {
                if let Some(entry) = self.stack.pop() {
                    self.undo(entry);
                }
            }
            return None;
        }
        let at = match self.stack.get(begin) {
            Some(Entry::Enclosure { at, .. }) => *at,
            _ => return None,
        };
        let mut kept = begin;
        for index in begin..self.stack.len() {
            let Some(&entry) = self.stack.get(index) else { break };
            if matches!(entry, Entry::Slot { .. } | Entry::Counter { .. }) {
                if let Some(place) = self.stack.get_mut(kept) {
                    *place = entry;
                }
                kept += 1;
            }
        }
        self.stack.truncate(kept);
        Some(at)
    }

    /// Matches a run of characters from one set.
    fn many(
        &mut self,
        step: usize,
        from: usize,
        min: u32,
        max: Option<u32>,
        greed: Greed,
    ) -> Result<Option<(usize, usize)>, Exhausted> {
        let Some(Step::Many { members, .. }) = self.program.steps.get(step) else { return Ok(None) };
        let wanted = if greed == Greed::Lazy { Some(min) } else { max };
        let (mut at, mut least, mut count) = (from, from, 0);
        while wanted.is_none_or(|wanted| count < wanted)
            && let Some(c) = self.char_at(at).filter(|&c| members.contain(c))
        {
            at += c.len_utf8();
            count += 1;
            if count == min {
                least = at;
            }
        }
        // A run counts as steps, too: many searches through a long run take the most time.
        self.steps_left = self.steps_left.checked_sub(u64::from(count) / 8).ok_or(Exhausted)?;
        if count < min {
            return Ok(None);
        }
        let left = max.map(|max| max - count);
        match greed {
            Greed::Greedy if at > least => self.stack.push(Entry::Shrink { step: step + 1, least, at }),
            Greed::Lazy if left != Some(0) => self.stack.push(Entry::Grow { step, at, left }),
            _ => {}
        }
        Ok(Some((step + 1, at)))
    }

    fn count(&mut self, counter: usize, new: Counter) {
        if let Some(place) = self.counters.get_mut(counter) {
            self.stack.push(Entry::Counter { counter, old: std::mem::replace(place, new) });
        }
    }

    /// The place `count` characters before `at`.
    fn back(&self, at: usize, count: u64) -> Option<usize> {
        if count > at as u64 {
            return None;
        }
        (0..count).try_fold(at, |at, _| self.char_before(at).map(|c| at - c.len_utf8()))
    }

    /// The range that the group matched.
    fn matched(&self, group: usize) -> Option<Range<usize>> {
        let start = self.slots.get(group * 2).copied().flatten()?;
        let end = self.slots.get(group * 2 + 1).copied().flatten()?;
        (start <= end).then_some(start..end)
    }

    /// The end of a repetition of the group's match at `at`, if it is repeated there.
    fn again(&mut self, group: usize, case: Case, at: usize) -> Option<usize> {
        let text = self.text;
        let wanted = text.get(self.matched(group)?)?;
        let rest = text.get(at..)?;
        self.steps_left = self.steps_left.saturating_sub(wanted.len() as u64 / 8);
        if case == Case::Exact {
            return rest.starts_with(wanted).then_some(at + wanted.len());
        }
        let mut found = rest.chars();
        let equal = wanted
            .chars()
            .all(|c| found.next().is_some_and(|other| super::case::lower(c, case) == super::case::lower(other, case)));
        equal.then(|| text.len() - found.as_str().len())
    }

    fn is_at(&self, anchor: Anchor, at: usize) -> bool {
        let byte = |at: usize| self.text.as_bytes().get(at);
        match anchor {
            Anchor::TextStart => at == 0,
            Anchor::LineStart => at == 0 || byte(at - 1) == Some(&b'\n'),
            Anchor::TextEnd => at == self.text.len(),
            Anchor::LineEnd => byte(at).is_none_or(|&byte| byte == b'\n'),
            Anchor::FinalEnd => at == self.text.len() || (at + 1 == self.text.len() && byte(at) == Some(&b'\n')),
            Anchor::Boundary { in_empty, .. } if self.text.is_empty() => in_empty,
            Anchor::Boundary { ascii, negated, .. } => {
                let word = Class { kind: ClassKind::Word, ascii, negated: false };
                let is_word = |c: Option<char>| c.is_some_and(|c| word.contains(c));
                (is_word(self.char_before(at)) == is_word(self.char_at(at))) == negated
            }
        }
    }
}
