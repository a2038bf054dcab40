//! The blocks around a statement, which jumps and exceptions leave.

use crate::model::outline::{Cause, Name};

/// A line that control leaves, and the cause if control does not leave it this way.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Start {
    pub(super) line: i32,
    pub(super) cause: Option<Cause>,
    pub(super) sureness: Sureness,
}

/// Whether control that came to the end of a line goes on to what follows.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Sureness {
    Sure,
    /// At the end of a `finally` clause: unless it is there on the way of an exception or jump. At the end of a class whose last code is on its
    /// first line, of an `except*` that is not the last, and up to 3.11 of an `async with` on another line than its last: never.
    Doubtful,
    /// Only if a `with` swallows an exception: this is not among the possible arcs.
    Swallowing,
}

impl Start {
    pub(super) const fn new(line: i32, cause: Cause) -> Self {
        Self { line, cause: Some(cause), sureness: Sureness::Sure }
    }

    /// Makes a sure start a doubtful one.
    pub(super) fn doubt(&mut self) {
        if self.sureness == Sureness::Sure {
            self.sureness = Sureness::Doubtful;
        }
    }

    pub(super) const fn swallowing(line: i32) -> Self {
        Self { line, cause: None, sureness: Sureness::Swallowing }
    }

    pub(super) const fn plain(line: i32) -> Self {
        Self { line, cause: None, sureness: Sureness::Sure }
    }
}

/// A block that a `break`, `continue`, `return` or `raise` meets on its way out.
pub(super) enum Block {
    Loop {
        top: i32,
        breaks: Vec<Start>,
    },
    Function {
        end: i32,
        name: Name,
    },
    /// The place where an exception is caught, without one once only the `finally` clause is left; and the beginning of that clause.
    Try {
        handler: Option<i32>,
        clause: Option<i32>,
    },
    With {
        line: i32,
    },
}

impl Block {
    /// The line that every jump out of it meets.
    pub(super) fn unwound(&self) -> Option<i32> {
        match self {
            Self::Try { clause, .. } => *clause,
            Self::With { line } => Some(*line),
            Self::Loop { .. } | Self::Function { .. } => None,
        }
    }

    /// The place to which an exception leads that leaves it.
    pub(super) fn catching(&self) -> Option<i32> {
        match self {
            Self::Try { handler, clause } => handler.or(*clause),
            Self::With { line } => Some(*line),
            Self::Function { end, .. } => Some(*end),
            Self::Loop { .. } => None,
        }
    }
}
