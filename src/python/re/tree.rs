//! What a pattern says, flags already worked in: every character is a set, every anchor knows whether it minds lines.

use super::case::Case;
use super::set::Set;

/// A pattern or a part of one.
#[derive(Clone, Debug)]
pub(super) enum Node {
    /// Nothing, which matches everywhere.
    Empty,
    /// What never matches: `(?!)`.
    Never,
    /// One character of a set.
    Set(Set),
    /// A place between characters.
    At(Anchor),
    /// One after the other.
    Sequence(Vec<Node>),
    /// The first that leads to a match.
    Choice(Vec<Node>),
    /// The same again and again.
    Repeat(Box<Repeat>),
    /// A numbered group, from 1.
    Group(usize, Box<Node>),
    /// `(?>…)`: its first way to match is its only one.
    Atomic(Box<Node>),
    /// `(?=…)`, `(?<!…)` and the like.
    Look(Box<Look>),
    /// What a group matched, once more.
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

/// How much a repetition wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Greed {
    /// As much as it can get, giving back when the rest needs it.
    Greedy,
    /// As little as will do.
    Lazy,
    /// As much as it can get, giving nothing back.
    Possessive,
}

/// A look at what comes or came.
#[derive(Clone, Debug)]
pub(super) struct Look {
    /// How many characters to go back first; `None` looks ahead.
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
    /// The end of the text, or before the newline that ends it.
    FinalEnd,
    LineEnd,
    /// Between a word's character and another; `negated` for elsewhere.
    Boundary {
        ascii: bool,
        negated: bool,
    },
}

/// The least and the most characters a part can match; `u64::MAX` for no limit.
pub(super) type Width = (u64, u64);

impl Node {
    /// The least and the most characters it can match, as `SubPattern.getwidth` of CPython's `re._parser` has them.
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
