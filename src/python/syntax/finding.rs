//! What is wrong with a text, in the order in which CPython would come across it.

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
    /// The resolving of names once all tables stand.
    Resolution,
    /// The emission of code.
    Code,
}

/// One mistake: where, and what in CPython's words.
#[derive(Clone, Debug)]
pub(super) struct Finding {
    pub(super) pass: Pass,
    pub(super) at: TextSize,
    pub(super) message: String,
}

/// The mistake CPython would report, among all that were found.
#[derive(Debug, Default)]
pub(super) struct Findings {
    first: Option<Finding>,
}

impl Findings {
    /// Takes note of a mistake; of two in one pass the one found first stays.
    pub(super) fn add(&mut self, pass: Pass, at: TextSize, message: impl Into<String>) {
        if self.first.as_ref().is_none_or(|first| pass < first.pass) {
            self.first = Some(Finding { pass, at, message: message.into() });
        }
    }

    /// Takes note of what was found elsewhere, afterwards.
    pub(super) fn extend(&mut self, later: Self) {
        if let Some(Finding { pass, at, message }) = later.first {
            self.add(pass, at, message);
        }
    }

    /// Whether the first was found in the emission of code.
    pub(super) fn is_of_code(&self) -> bool {
        self.first.as_ref().is_some_and(|first| first.pass == Pass::Code)
    }

    /// The one to report.
    pub(super) fn into_first(self) -> Option<Finding> {
        self.first
    }
}
