//! A pattern's tree as instructions for the backtracking engine.

use super::case::Case;
use super::set::Set;
use super::tree::{Anchor, Greed, Node};

/// One step. Places in the program are indices.
#[derive(Clone, Debug)]
pub(super) enum Step {
    /// One character of the set.
    One(Members),
    /// From `min` to `max` characters of the set.
    Many {
        members: Members,
        min: u32,
        max: Option<u32>,
        greed: Greed,
    },
    At(Anchor),
    /// Goes on at the first place; at the second if that fails.
    Split {
        first: usize,
        second: usize,
    },
    Jump(usize),
    /// Records the beginning (even slots) or the end (odd slots) of a group.
    Save(usize),
    /// A loop begins: its count starts at 0. Continues at its `Again`.
    Loop {
        counter: usize,
        again: usize,
    },
    /// A loop's body may begin, again or for the first time.
    Again {
        counter: usize,
        min: u32,
        max: Option<u32>,
        lazy: bool,
        body: usize,
    },
    /// A separately matched part begins, up to its `Close`; `then` is the step after it.
    Open {
        kind: Enclosed,
        back: u64,
        then: usize,
    },
    /// The part begun by the last `Open` has matched.
    Close(Enclosed),
    Backreference {
        group: usize,
        case: Case,
    },
    /// Continues at the next place if the group has matched, else at `no`.
    Condition {
        group: usize,
        no: usize,
    },
    Fail,
    Match,
}

/// The purpose of a separately matched part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Enclosed {
    Atomic,
    Look,
    NegativeLook,
}

/// A set, with its ASCII part as a bitmap.
#[derive(Clone, Debug)]
pub(super) struct Members {
    ascii: u128,
    set: Set,
}

impl Members {
    pub(super) fn new(set: &Set) -> Self {
        let ascii = ('\0'..='\x7f').filter(|&c| set.contains(c)).fold(0, |bits, c| bits | 1 << u32::from(c));
        Self { ascii, set: set.clone() }
    }

    /// Whether the set contains `c`.
    pub(super) fn contain(&self, c: char) -> bool {
        if c.is_ascii() { self.ascii >> u32::from(c) & 1 == 1 } else { self.set.contains(c) }
    }
}

/// A whole pattern.
#[derive(Clone, Debug)]
pub(super) struct Program {
    pub(super) steps: Vec<Step>,
    /// Two for each group.
    pub(super) slots: usize,
    /// One for each loop.
    pub(super) counters: usize,
}

impl Program {
    /// The program of a tree with this number of groups (the whole match is one).
    pub(super) fn new(root: &Node, groups: usize) -> Self {
        let mut program = Self { steps: Vec::new(), slots: groups * 2, counters: 0 };
        program.add(root);
        program.steps.push(Step::Match);
        program
    }

    fn add(&mut self, node: &Node) {
        match node {
            Node::Empty => {}
            Node::Never => self.steps.push(Step::Fail),
            Node::Set(set) => self.steps.push(Step::One(Members::new(set))),
            Node::At(anchor) => self.steps.push(Step::At(*anchor)),
            Node::Sequence(parts) => parts.iter().for_each(|part| self.add(part)),
            Node::Choice(parts) => self.choice(parts),
            Node::Repeat(repeat) => {
                let (min, max, greed) = (repeat.min, repeat.max, repeat.greed);
                match &repeat.body {
                    Node::Set(set) => self.steps.push(Step::Many { members: Members::new(set), min, max, greed }),
                    // Each round of a possessive loop keeps its match, and so does the whole loop.
                    body if greed == Greed::Possessive => self.enclosed(Enclosed::Atomic, 0, |program| {
                        program.repeat(min, max, false, |program| {
                            program.enclosed(Enclosed::Atomic, 0, |program| program.add(body));
                        });
                    }),
                    body => self.repeat(min, max, greed == Greed::Lazy, |program| program.add(body)),
                }
            }
            Node::Group(number, body) => {
                self.steps.push(Step::Save(number * 2));
                self.add(body);
                self.steps.push(Step::Save(number * 2 + 1));
            }
            Node::Atomic(body) => self.enclosed(Enclosed::Atomic, 0, |program| program.add(body)),
            Node::Look(look) => {
                let kind = if look.negative { Enclosed::NegativeLook } else { Enclosed::Look };
                self.enclosed(kind, look.back.unwrap_or(0), |program| program.add(&look.body));
            }
            Node::Backreference { group, case, .. } => {
                self.steps.push(Step::Backreference { group: *group, case: *case });
            }
            Node::Conditional { group, yes, no } => {
                let condition = self.steps.len();
                self.steps.push(Step::Fail);
                self.add(yes);
                let jump = self.steps.len();
                self.steps.push(Step::Fail);
                self.set(condition, Step::Condition { group: *group, no: jump + 1 });
                self.add(no);
                self.set(jump, Step::Jump(self.steps.len()));
            }
        }
    }

    fn choice(&mut self, parts: &[Node]) {
        let mut jumps = Vec::new();
        for (index, part) in parts.iter().enumerate() {
            let split = self.steps.len();
            let last = index + 1 == parts.len();
            if !last {
                self.steps.push(Step::Fail);
            }
            self.add(part);
            if !last {
                jumps.push(self.steps.len());
                self.steps.push(Step::Fail);
                self.set(split, Step::Split { first: split + 1, second: self.steps.len() });
            }
        }
        for jump in jumps {
            self.set(jump, Step::Jump(self.steps.len()));
        }
    }

    fn repeat(&mut self, min: u32, max: Option<u32>, lazy: bool, add_body: impl FnOnce(&mut Self)) {
        let counter = self.counters;
        self.counters += 1;
        let start = self.steps.len();
        self.steps.push(Step::Fail);
        add_body(self);
        self.set(start, Step::Loop { counter, again: self.steps.len() });
        self.steps.push(Step::Again { counter, min, max, lazy, body: start + 1 });
    }

    fn enclosed(&mut self, kind: Enclosed, back: u64, add_body: impl FnOnce(&mut Self)) {
        let open = self.steps.len();
        self.steps.push(Step::Fail);
        add_body(self);
        self.steps.push(Step::Close(kind));
        self.set(open, Step::Open { kind, back, then: self.steps.len() });
    }

    fn set(&mut self, place: usize, step: Step) {
        if let Some(slot) = self.steps.get_mut(place) {
            *slot = step;
        }
    }
}
