//! The tree of a pattern, with flags already applied: every character is a set, and every anchor knows whether lines matter to it.

use super::case::Case;
use super::set::Set;

/// A pattern or a part of one.
#[derive(Clone, Debug)]
pub(super) enum Node {
    /// The empty pattern, which matches everywhere.
    Empty,
    /// A pattern that never matches: `(?!)`.
    Never,
    /// One character of a set.
    Set(Set),
    /// A place between characters.
    At(Anchor),
    /// Parts one after another.
    Sequence(Vec<Node>),
    /// Alternatives; the first one that leads to a match counts.
    Choice(Vec<Node>),
    /// A repeated part.
    Repeat(Box<Repeat>),
    /// A numbered group, from 1.
    Group(usize, Box<Node>),
    /// `(?>…)`: its first way to match is its only one.
    Atomic(Box<Node>),
    /// `(?=…)`, `(?<!…)` and the like.
    Look(Box<Look>),
    /// The text that a group matched, once more.
    Backreference { group: usize, case: Case, width: Width },
    /// `(?(1)yes|no)`.
    Conditional { group: usize, yes: Box<Node>, no: Box<Node> },
}

/// A repeated part.
#[derive(Clone, Debug)]
pub(super) struct Repeat {
    pub(super) min: u32,
    /// `None` for no limit.
    pub(super) max: Option<u32>,
    pub(super) greed: Greed,
    pub(super) body: Node,
}

/// The greed of a repetition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Greed {
    /// As many rounds as possible, giving some back if the rest needs them.
    Greedy,
    /// As few rounds as possible.
    Lazy,
    /// As many rounds as possible, giving none back.
    Possessive,
}

/// How a repeated character counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Runs {
    /// As often as it may be repeated: the linear engine writes it out.
    Whole,
    /// Once, unless it stands in a repeated part: the backtracking engine counts.
    Once,
}

/// A look ahead or behind.
#[derive(Clone, Debug)]
pub(super) struct Look {
    /// How many characters to go back first; `None` for a look ahead.
    pub(super) back: Option<u64>,
    pub(super) negative: bool,
    pub(super) body: Node,
}

/// A place between characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Anchor {
    TextStart,
    LineStart,
    TextEnd,
    /// The end of the text, or the place before its final newline.
    FinalEnd,
    LineEnd,
    /// Between a word character and another one; if `negated`, anywhere else.
    Boundary {
        ascii: bool,
        negated: bool,
        /// Whether it matches an empty text.
        in_empty: bool,
    },
}

/// The smallest and the largest number of characters that a part can match; `u64::MAX` for no limit.
pub(super) type Width = (u64, u64);

impl Node {
    /// About how many steps it compiles to, with counted repetitions written out.
    pub(super) fn size(&self, runs: Runs) -> u64 {
        let sum = |parts: &[Self]| parts.iter().map(|part| part.size(runs)).fold(0, u64::saturating_add);
        match self {
            Self::Empty | Self::Never | Self::At(_) | Self::Set(_) | Self::Backreference { .. } => 1,
            Self::Sequence(parts) => sum(parts),
            Self::Choice(parts) => sum(parts).saturating_add(parts.len() as u64 - 1),
            Self::Repeat(repeat) => {
                let times = repeat.max.unwrap_or(repeat.min).max(1);
                match &repeat.body {
                    Self::Set(_) if runs == Runs::Once => 1,
                    body if times == 1 => body.size(runs),
                    body => body.size(Runs::Whole).saturating_mul(times.into()),
                }
            }
            Self::Group(_, body) | Self::Atomic(body) => body.size(runs),
            Self::Look(look) => look.body.size(runs),
            Self::Conditional { yes, no, .. } => yes.size(runs).saturating_add(no.size(runs)),
        }
    }

    /// The smallest and the largest number of characters it can match, as given by `SubPattern.getwidth` of CPython's `re._parser`.
    pub(super) fn width(&self) -> Width {
        match self {
            Self::Empty | Self::Never | Self::At(_) | Self::Look(_) => (0, 0),
            Self::Set(_) => (1, 1),
            Self::Sequence(parts) => parts
                .iter()
                .map(Self::width)
                .fold((0, 0), |sum, part| (sum.0.saturating_add(part.0), sum.1.saturating_add(part.1))),
            Self::Choice(parts) => {
                parts.iter().map(Self::width).reduce(|a, b| (a.0.min(b.0), a.1.max(b.1))).unwrap_or_default()
            }
            Self::Repeat(repeat) => {
                let (low, high) = repeat.body.width();
                let most = match repeat.max {
                    Some(max) => high.saturating_mul(u64::from(max)),
                    None if high == 0 => 0,
                    None => u64::MAX,
                };
                (low.saturating_mul(u64::from(repeat.min)), most)
            }
            Self::Group(_, body) | Self::Atomic(body) => body.width(),
            Self::Backreference { width, .. } => *width,
            Self::Conditional { yes, no, .. } => {
                let (yes, no) = (yes.width(), no.width());
                (yes.0.min(no.0), yes.1.max(no.1))
            }
        }
    }
}
