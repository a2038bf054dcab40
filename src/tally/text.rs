//! The text that facts are set against: a source of the checkout, or one in a seal, of which only the study is there.

use std::sync::Arc;

use super::error::FileErrorKind;
use crate::analyse;
use crate::model::kind::Kind;
use crate::model::lines::{Line, LineSet};
use crate::model::outline::Outline;
use crate::model::study::{Study, Unparsed};
use crate::python::re;
use crate::python::text::source_lines;

/// A text, or its study.
#[derive(Debug)]
pub(super) enum Text<'a> {
    Whole(Arc<str>),
    Studied(&'a Study),
}

impl Text<'_> {
    /// The number of its last line.
    pub(super) fn last(&self) -> u32 {
        match self {
            Self::Whole(text) => source_lines(text),
            Self::Studied(study) => study.lines,
        }
    }

    /// Those of `lines` that are blank or comments, ascending.
    pub(super) fn without_code(&self, lines: &LineSet) -> Vec<u32> {
        match self {
            Self::Whole(text) => without_code(text, lines),
            Self::Studied(study) => study.without_code.intersection(lines).iter().map(Line::get).collect(),
        }
    }

    /// Whether all of its lines are blank or comments.
    pub(super) fn is_bare(&self) -> bool {
        match self {
            Self::Whole(text) => text.lines().all(is_without_code),
            Self::Studied(study) => study.without_code.len() == u64::from(study.lines),
        }
    }

    /// Its outline; of statements alone, if that is its `kind` and it is not studied.
    pub(super) fn outline(&self, rules: &analyse::Rules, kind: Kind) -> Result<Outline, FileErrorKind> {
        let parse = |error, accepted_by| FileErrorKind::Parse { error, accepted_by };
        match self {
            Self::Whole(text) => analyse::analyse(text, rules, kind).map_err(|failure| match failure {
                analyse::Failure::Syntax(error) => parse(error, analyse::accepted_by_newer(text, rules.python)),
                analyse::Failure::Pattern(error) => FileErrorKind::Pattern(error),
            }),
            Self::Studied(study) => study.outline.clone().map_err(|Unparsed { line, message, accepted_by }| {
                parse(analyse::SyntaxError { line, message }, accepted_by)
            }),
        }
    }
}

/// The study of `text`.
///
/// # Errors
/// A pattern backtracks too much on it.
pub fn study(text: &str, rules: &analyse::Rules, kind: Kind) -> Result<Study, re::Error> {
    let outline = match analyse::analyse(text, rules, kind) {
        Ok(outline) => Ok(outline),
        Err(analyse::Failure::Pattern(error)) => return Err(error),
        Err(analyse::Failure::Syntax(analyse::SyntaxError { line, message })) => {
            Err(Unparsed { line, message, accepted_by: analyse::accepted_by_newer(text, rules.python) })
        }
    };
    let lines = source_lines(text);
    let mut every = LineSet::new();
    if let Some(last) = Line::new(lines) {
        every.insert_range(Line::FIRST, last);
    }
    let without_code = without_code(text, &every).into_iter().filter_map(Line::new).collect();
    Ok(Study { outline, lines, without_code })
}

fn without_code(text: &str, lines: &LineSet) -> Vec<u32> {
    let mut rest = lines.iter().map(Line::get).peekable();
    let mut found = Vec::new();
    for (number, line) in (1..=source_lines(text)).zip(text.split('\n')) {
        if rest.peek().is_none() {
            break;
        }
        if rest.next_if_eq(&number).is_some() && is_without_code(line) {
            found.push(number);
        }
    }
    found
}

fn is_without_code(line: &str) -> bool {
    let line = line.trim_start();
    line.is_empty() || line.starts_with('#')
}
