//! Versions of Python, and specifiers of the versions that a project allows.
//!
//! ```text
//! >=3.11,<4,!=3.12.*         PEP 440
//! ^3.11 || ~3.10             Poetry
//! ```

use crate::python::text::strip;

/// The grammar of a specifier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Grammar {
    /// PEP 440: clauses, separated by commas.
    Pep440,
    /// Poetry's: also `^3.9`, `~3.9`, a version without operator, blanks for commas, and alternatives.
    Poetry,
}

/// The versions that a project allows: those that satisfy every clause of one alternative.
#[derive(Debug)]
pub(super) struct Specifier {
    alternatives: Vec<Vec<Clause>>,
}

impl Specifier {
    /// Reads a specifier; `None` if it is malformed.
    pub(super) fn parse(text: &str, grammar: Grammar) -> Option<Self> {
        let alternatives: Option<_> = match grammar {
            Grammar::Pep440 => {
                let clauses = text.split(',').map(strip).filter(|clause| !clause.is_empty());
                clauses.map(|clause| Clause::parse(clause, grammar)).collect::<Option<_>>().map(|all| vec![all])
            }
            Grammar::Poetry => text
                .split('|')
                .filter(|alternative| !alternative.is_empty())
                .map(|alternative| words(alternative).iter().map(|word| Clause::parse(word, grammar)).collect())
                .collect(),
        };
        alternatives.map(|alternatives| Self { alternatives })
    }

    /// Whether some release of Python `major.minor` is allowed.
    pub(super) fn allows(&self, major: i64, minor: i64) -> bool {
        self.alternatives.iter().any(|clauses| clauses.iter().all(|clause| clause.allows((major, minor))))
    }

    /// Whether there is an oldest version that is allowed.
    pub(super) fn has_lower_bound(&self) -> bool {
        self.alternatives.iter().all(|clauses| clauses.iter().any(Clause::is_lower_bound))
    }
}

/// The clauses of an alternative of Poetry's: `>= 3.9, <3.12` and `>=3.9 <3.12` have two each.
fn words(alternative: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    for word in alternative.split([',', ' ']).filter(|word| !word.is_empty()) {
        match words.last_mut() {
            Some(operator) if operator.ends_with(OPERATOR) => operator.push_str(word),
            _ => words.push(word.to_owned()),
        }
    }
    words
}

/// The characters of operators.
const OPERATOR: [char; 6] = ['<', '>', '=', '!', '~', '^'];

/// Whether a text starts with an operator, and is not a path below `~`.
pub(super) fn starts_with_operator(text: &str) -> bool {
    text.starts_with(OPERATOR) && !text.starts_with("~/")
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operator {
    AtLeast,
    Above,
    AtMost,
    Below,
    Is,
    IsNot,
    /// `~=` of PEP 440: at least that version, and the same but for its last number.
    Compatible,
    /// `^` of Poetry: at least that version, and of the same major version.
    Caret,
    /// `~` of Poetry: of the same minor version, if there is one.
    Tilde,
}

/// One condition on a version.
#[derive(Debug)]
struct Clause {
    operator: Operator,
    /// Whether the version has an epoch (`1!3.12`), and so lies after every Python.
    is_later_epoch: bool,
    /// The numbers of the version.
    release: Vec<i64>,
    /// Whether any numbers may follow: `3.9.*`.
    open: bool,
}

impl Clause {
    fn parse(text: &str, grammar: Grammar) -> Option<Self> {
        const OF_BOTH: [(&str, Operator); 8] = [
            ("~=", Operator::Compatible),
            ("===", Operator::Is),
            ("==", Operator::Is),
            ("!=", Operator::IsNot),
            (">=", Operator::AtLeast),
            ("<=", Operator::AtMost),
            (">", Operator::Above),
            ("<", Operator::Below),
        ];
        const OF_POETRY: [(&str, Operator); 4] =
            [("^", Operator::Caret), ("~", Operator::Tilde), ("=", Operator::Is), ("", Operator::Is)];
        let of_poetry = OF_POETRY.iter().filter(|_| grammar == Grammar::Poetry);
        let (operator, version) =
            OF_BOTH.iter().chain(of_poetry).find_map(|(sign, operator)| Some((*operator, text.strip_prefix(sign)?)))?;
        if version == "*" && grammar == Grammar::Poetry {
            return Some(Self { operator, is_later_epoch: false, release: Vec::new(), open: true });
        }
        let is_later_epoch =
            version.split_once('!').is_some_and(|(epoch, _)| epoch.contains(|c| ('1'..='9').contains(&c)));
        let (release, rest) = numbers(version)?;
        let open = rest == ".*";
        let is_valid = match operator {
            _ if !open => is_suffix(rest) && (operator != Operator::Compatible || release.len() > 1),
            Operator::Is | Operator::IsNot => true,
            _ => grammar == Grammar::Poetry,
        };
        is_valid.then_some(Self { operator, is_later_epoch, release, open })
    }

    fn allows(&self, version: (i64, i64)) -> bool {
        let number = |at: usize| self.release.get(at).copied().unwrap_or_default();
        let bound = (number(0), number(1));
        let same = |length: usize| {
            let numbers = self.release.iter().take(length);
            numbers.zip([version.0, version.1]).all(|(bound, number)| *bound == number)
        };
        if self.is_later_epoch {
            return matches!(self.operator, Operator::AtMost | Operator::Below | Operator::IsNot);
        }
        match self.operator {
            // A release of the same minor version may be above each one.
            Operator::AtLeast | Operator::Above => version >= bound,
            Operator::AtMost => version <= bound,
            Operator::Below => version < bound || version == bound && self.release.iter().skip(2).any(|&n| n > 0),
            Operator::Is if self.open => same(2),
            Operator::Is => version == bound,
            // Of one minor version, other releases remain.
            Operator::IsNot => !self.open || self.release.len() > 2 || !same(2),
            Operator::Compatible if self.release.len() > 2 => version == bound,
            Operator::Compatible | Operator::Caret => same(1) && version >= bound,
            Operator::Tilde => same(2),
        }
    }

    fn is_lower_bound(&self) -> bool {
        let is_upper = matches!(self.operator, Operator::AtMost | Operator::Below | Operator::IsNot);
        !is_upper && !self.release.is_empty()
    }
}

/// The numbers of a version's release segment (PEP 440) and the rest of the version; `None` if it does not start with a number.
pub(super) fn numbers(version: &str) -> Option<(Vec<i64>, &str)> {
    let version = strip(version).trim_start_matches(['v', 'V']);
    let version = version.split_once('!').map_or(version, |(_, version)| version);
    let end = version.find(|character: char| character != '.' && !character.is_ascii_digit()).unwrap_or(version.len());
    let release = version.get(..end)?;
    // `1.0.dev1`: the dot belongs to the suffix.
    let release = release.strip_suffix('.').filter(|_| end < version.len()).unwrap_or(release);
    // Larger numbers are like the largest one: later than any version.
    let number = |text: &str| (!text.is_empty()).then(|| text.parse().unwrap_or(i64::MAX));
    let numbers: Option<_> = release.split('.').map(number).collect();
    Some((numbers?, version.get(release.len()..)?))
}

/// Whether the text may follow the numbers of a version: `rc1`, `.dev2`, `+local`.
fn is_suffix(text: &str) -> bool {
    const WORDS: [&str; 12] = ["a", "b", "c", "rc", "alpha", "beta", "pre", "preview", "post", "rev", "r", "dev"];
    let public = text.split('+').next().unwrap_or_default();
    let words = public.split(|character: char| character.is_ascii_digit() || ".-_".contains(character));
    words.filter(|word| !word.is_empty()).all(|word| WORDS.contains(&&*word.to_ascii_lowercase()))
}

/// The normalised name of a distribution, the same for all its spellings (PEP 503).
pub(super) fn normal(name: &str) -> String {
    let parts: Vec<String> =
        name.split(['-', '_', '.']).filter(|part| !part.is_empty()).map(str::to_lowercase).collect();
    parts.join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The minor versions of Python 3 up to 3.17 that are allowed; `None` if the specifier is malformed.
    fn allowed(text: &str, grammar: Grammar) -> Option<Vec<i64>> {
        let specifier = Specifier::parse(text, grammar)?;
        Some((0..=17).filter(|&minor| specifier.allows(3, minor)).collect())
    }

    #[expect(clippy::unnecessary_wraps, reason = "it stands beside rows of malformed specifiers")]
    fn range(first: i64, last: i64) -> Option<Vec<i64>> {
        Some((first..=last).collect())
    }

    #[test]
    fn a_specifier_allows_the_minor_versions_that_packaging_allows() {
        // packaging 26.4: the `minor` for which SpecifierSet(text) contains one of 3.minor.0 to 3.minor.30
        for (text, minors) in [
            (">=3.11", range(11, 17)),
            (">= 3.12.1, <4", range(12, 17)),
            ("~=3.13.0", range(13, 13)),
            ("~=3.13", range(13, 17)),
            ("==3.12.*", range(12, 12)),
            ("==3.12", range(12, 12)),
            ("===3.12.4", range(12, 12)),
            ("==3.12.0.*", range(12, 12)),
            ("<4,>3.9,>=3.11,!=3.11.*", range(12, 17)),
            (">=3", range(0, 17)),
            (">2", range(0, 17)),
            (">=2.7,!=3.0.*,!=3.1.*", range(2, 17)),
            ("<=3.9", range(0, 9)),
            ("<3.12", range(0, 11)),
            ("<3.12.0", range(0, 11)),
            ("<3.12rc1", range(0, 11)),
            ("<3.12.1", range(0, 12)),
            (">3.12", range(12, 17)),
            (">3.12.4", range(12, 17)),
            (">=3.10 ,<3.11", range(10, 10)),
            (">=03.011", range(11, 17)),
            (">=v3.11", range(11, 17)),
            (">=3.12.0.dev0", range(12, 17)),
            ("!=3.12", range(0, 17)),
            ("!=3.12.4.*", range(0, 17)),
            ("!=2.*", range(0, 17)),
            ("==3.*", range(0, 17)),
            ("==3", range(0, 0)),
            ("", range(0, 17)),
            (">=3.10,", range(10, 17)),
            ("<3", Some(vec![])),
            ("!=3.*", Some(vec![])),
            ("~=2.7", Some(vec![])),
            (">=4", Some(vec![])),
            (">=3.12,<3.11", Some(vec![])),
            (">=0!3.12", range(12, 17)),
            (">=1!3.12", Some(vec![])),
            ("==1!3.12.*", Some(vec![])),
            ("<1!3.12", range(0, 17)),
            ("!=1!3.12", range(0, 17)),
            ("~=3", None),
            ("3.9", None),
            ("^3.9", None),
            ("~3.9", None),
            ("=>3.9", None),
            (">=3.x", None),
            (">=3.9.*", None),
            (">= three", None),
            (">=3.9 <3.12", None),
            (">=3.9;", None),
            (">= 3 . 9", None),
            (">=3.14t", None),
            ("*", None),
        ] {
            assert_eq!(allowed(text, Grammar::Pep440), minors, "{text}");
        }
    }

    #[test]
    fn a_constraint_of_poetry_allows_the_versions_that_its_documentation_names() {
        // python-poetry.org/docs/dependency-specification
        for (text, minors) in [
            ("^3.9", range(9, 17)),
            ("^3.9.1", range(9, 17)),
            ("~3.9", range(9, 9)),
            ("~3.9.1", range(9, 9)),
            ("~3", range(0, 17)),
            ("3.9.*", range(9, 9)),
            ("3.*", range(0, 17)),
            ("*", range(0, 17)),
            ("3.11", range(11, 11)),
            ("== 3.11.4", range(11, 11)),
            (">= 3.9, <3.12", range(9, 11)),
            (">=3.9 <3.12", range(9, 11)),
            ("~2.7 || ^3.12", range(12, 17)),
            ("3.10.* | 3.11.*", range(10, 11)),
            ("three", None),
            ("^", None),
        ] {
            assert_eq!(allowed(text, Grammar::Poetry), minors, "{text}");
        }
    }
}
