//! Sets of characters.

use std::sync::OnceLock;

use regex::Regex;

use super::case::{self, Case};
use super::ranges::{contains, normal};

/// A set of characters: ranges and classes, or all characters except those.
#[derive(Clone, Debug, Default)]
pub(super) struct Set {
    /// Code points: the first and the last of each range, in order and disjoint. They may include surrogates, which no text contains.
    pub(super) ranges: Vec<(u32, u32)>,
    pub(super) classes: Vec<Class>,
    pub(super) negated: bool,
}

/// `\d`, `\s`, `\w` and their negations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Class {
    pub(super) kind: ClassKind,
    pub(super) ascii: bool,
    pub(super) negated: bool,
}

/// The kind of a class.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ClassKind {
    /// Python's `str.isdecimal`.
    Digit,
    /// Python's `str.isspace`: Unicode's white space and the separators U+001C to U+001F.
    Space,
    /// Python's `str.isalnum`, and the underscore. No marks, unlike Unicode's own `\w`.
    Word,
}

impl Set {
    /// The set of these ranges and classes, extended according to `case`.
    pub(super) fn new(mut ranges: Vec<(u32, u32)>, classes: Vec<Class>, negated: bool, case: Case) -> Self {
        case::close(&mut ranges, case);
        Self { ranges: normal(ranges), classes, negated }
    }

    /// All characters but a newline.
    pub(super) fn but_newline() -> Self {
        Self { ranges: vec![(10, 10)], classes: Vec::new(), negated: true }
    }

    /// All characters.
    pub(super) fn all() -> Self {
        Self { negated: true, ..Self::default() }
    }

    /// Whether the set contains `c`.
    pub(super) fn contains(&self, c: char) -> bool {
        let found = contains(&self.ranges, u32::from(c)) || self.classes.iter().any(|class| class.contains(c));
        found != self.negated
    }

    /// The characters of the set, if there are at most `most`.
    pub(super) fn few(&self, most: usize) -> Option<Vec<char>> {
        if self.negated || !self.classes.is_empty() {
            return None;
        }
        let count: u64 = self.ranges.iter().map(|&(first, last)| u64::from(last - first) + 1).sum();
        (count <= most as u64)
            .then(|| self.ranges.iter().flat_map(|&(first, last)| first..=last).filter_map(char::from_u32).collect())
    }
}

impl Class {
    /// Whether the class contains `c`.
    pub(super) fn contains(self, c: char) -> bool {
        let found = match (self.kind, c) {
            (ClassKind::Digit, '\0'..='\x7f') => c.is_ascii_digit(),
            (ClassKind::Space, '\0'..='\x7f') => {
                matches!(c, '\t'..='\r' | ' ') || (!self.ascii && matches!(c, '\x1c'..='\x1f'))
            }
            (ClassKind::Word, '\0'..='\x7f') => c.is_ascii_alphanumeric() || c == '_',
            _ if self.ascii => false,
            (ClassKind::Space, _) => c.is_whitespace(),
            (ClassKind::Digit, _) => is_one(r"^\p{Nd}$", &DIGIT, c),
            (ClassKind::Word, _) => is_one(r"^[\p{L}\p{N}]$", &WORD, c),
        };
        found != self.negated
    }
}

static DIGIT: OnceLock<Option<Regex>> = OnceLock::new();
static WORD: OnceLock<Option<Regex>> = OnceLock::new();

/// Whether `c` is in the class that `pattern` names: the standard library does not distinguish letters from marks.
fn is_one(pattern: &str, class: &OnceLock<Option<Regex>>, c: char) -> bool {
    let class = class.get_or_init(|| Regex::new(pattern).ok());
    class.as_ref().is_some_and(|class| class.is_match(c.encode_utf8(&mut [0; 4])))
}
