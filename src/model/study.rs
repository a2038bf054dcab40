//! The study of a source: all that a report needs of its text.

use super::kind::Kind;
use super::lines::LineSet;
use super::outline::Outline;
use super::settings::PythonVersion;

/// Identifies a text: the beginning of the SHA-256 of the text as `sources` returns it, so that its line ends make no difference.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fingerprint(pub [u8; 16]);

impl std::fmt::Display for Fingerprint {
    /// The first twelve digits.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.iter().take(6).try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// All that a report needs of a text, but the text itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Study {
    /// Its outline, unless it cannot be parsed.
    pub outline: Result<Outline, Unparsed>,
    /// The number of its lines, by the numbers of Python's parser.
    pub lines: u32,
    /// Those of its lines that are blank or comments.
    pub without_code: LineSet,
}

/// Whether two sources, each studied for that kind, have the same outline. Where one is studied for statements alone, only these are compared; of two
/// that cannot be parsed, the places of the errors are, since the words of one may be withheld.
#[must_use]
pub fn are_of_one_outline((one, kind): (&Study, Kind), (other, other_kind): (&Study, Kind)) -> bool {
    if let (Err(refused), Err(other_refused)) = (&one.outline, &other.outline) {
        return (refused.line, refused.accepted_by) == (other_refused.line, other_refused.accepted_by);
    }
    if kind == other_kind {
        return one == other;
    }
    let statements = |study: &Study| {
        study.outline.clone().map(|outline| Outline {
            statements: outline.statements,
            excluded: outline.excluded,
            first: outline.first,
            decided: outline.decided,
            regions: outline.regions,
            lines: outline.lines,
            ..Outline::default()
        })
    };
    statements(one) == statements(other)
}

/// Replaces CPython's message about a text that may not be shown: most quote a word of it.
pub fn withhold(message: &mut String) {
    if message != "invalid syntax" {
        "invalid syntax; its words are not quoted, since its text may not be shown".clone_into(message);
    }
}

/// Why a text has no outline: CPython refuses it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unparsed {
    /// The line, from 1, if there is one to name.
    pub line: Option<u32>,
    /// CPython's message, unless it is withheld.
    pub message: String,
    /// The first newer version that accepts it.
    pub accepted_by: Option<PythonVersion>,
}
