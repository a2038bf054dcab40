//! The mistakes in a text, in the order in which CPython finds them.

use ruff_text_size::TextSize;

/// The passes of CPython's compiler; it reports the first mistake of the earliest pass that finds one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Pass {
    /// The tokenizer and the parser.
    Grammar,
    /// The reading of `from __future__` imports.
    Future,
    /// The building of the symbol tables.
    Symbols,
    /// Resolving names once all tables are complete.
    Resolution,
    /// The emission of code.
    Code,
}

/// A mistake: its place, and its description in CPython's words.
#[derive(Clone, Debug)]
pub(super) struct Finding {
    pub(super) pass: Pass,
    pub(super) at: TextSize,
    pub(super) message: String,
}

/// The mistake that CPython would report, among all that were found.
#[derive(Debug, Default)]
pub(super) struct Findings {
    first: Option<Finding>,
}

impl Findings {
    /// Adds a mistake; of two in one pass, the one found first stays.
    pub(super) fn add(&mut self, pass: Pass, at: TextSize, message: impl Into<String>) {
        if self.first.as_ref().is_none_or(|first| pass < first.pass) {
            self.first = Some(Finding { pass, at, message: message.into() });
        }
    }

    /// Adds mistakes that were found elsewhere, after the present ones.
    pub(super) fn extend(&mut self, later: Self) {
        if let Some(Finding { pass, at, message }) = later.first {
            self.add(pass, at, message);
        }
    }

    /// Whether the reported mistake was found while code was emitted.
    pub(super) fn is_of_code(&self) -> bool {
        self.first.as_ref().is_some_and(|first| first.pass == Pass::Code)
    }

    /// The mistake to report.
    pub(super) fn into_first(self) -> Option<Finding> {
        self.first
    }
}
