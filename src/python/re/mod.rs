//! Regular expressions as Python's `re` understands them.
//!
//! ```text
//! source ─▶ parse ─▶ tree ─┬▶ linear      patterns without backtracking: automata that make their states as they go
//!                          ├▶ backtrack   all other patterns: our own engine
//!                          └▶ literals    texts that must be in the text for a search to be worth it
//! ```
//!
//! Both engines count their steps, and a search that needs too many is an error. So is a pattern that is too large.
//!
//! Patterns come from coverage.py's settings, so their matches decide the numbers: `\w`, `\s`, `$`, case and empty matches are CPython's, and
//! errors have its wording. A pattern is read by the rules of one CPython, from 3.10 to 3.15:
//!
//! ```text
//! a(?s)b        3.10           flags of the whole pattern anywhere
//! a++  (?>a)    from 3.11      possessive quantifiers, atomic groups
//! a\z           from 3.14      the end of the text; `\B` also matches an empty text
//! ```

mod automata;
mod backtrack;
mod case;
mod escape;
mod flags;
mod groups;
mod linear;
mod literals;
mod parse;
mod program;
mod ranges;
mod scanner;
mod set;
mod tree;

use std::ops::Range;
use std::sync::Arc;

use automata::Exhausted;
use backtrack::Search;
use linear::Linear;
use parse::Parsed;
use program::Program;
use tree::Runs;

use crate::model::limits::{Limits, exceeded, raise};

/// How many steps of the linear engine one of the backtracking engine is worth.
const WORTH: u64 = 10;
/// How many steps of the backtracking engine each byte of a text adds to those that a search may take.
const STEPS_OF_A_BYTE: u64 = 200;
/// How many steps for each byte of a text a pattern may take that is not to blame for a search that takes too long.
const LEAST_SHARE_OF_A_BYTE: u64 = 40;

/// A compiled pattern of the user's.
///
/// # Examples
/// ```
/// use covmerge::python::re::Pattern;
///
/// let pattern = Pattern::new(r"^(\w+) = \1$", 13)?;
/// assert_eq!(pattern.find_all("a = a\nb = c\nd = d")?, [0..5, 12..17]);
/// assert_eq!(Pattern::new("(a", 13).unwrap_err().to_string(), "missing ), unterminated subpattern at position 0");
/// # Ok::<(), covmerge::python::re::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Pattern {
    source: String,
    /// The patterns that it joins; empty if it is a single one.
    joined: Vec<String>,
    /// The setting that holds it, after a preposition; empty if none is known.
    place: String,
    multiline: bool,
    minor: u8,
    limits: Limits,
    /// Finds texts of which every match contains one, if such texts are known.
    needed: Option<regex::Regex>,
    linear: Option<Arc<Linear>>,
    program: Program,
    /// Whether it can match the empty text somewhere.
    may_be_empty: bool,
}

/// Why a pattern cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// It does not compile; in the words of Python's `re`.
    #[error("{0}")]
    Syntax(String),
    /// It compiles to too many steps.
    #[error("{}, with counted repetitions written out", exceeded("pattern-size", *.0))]
    Large(u64),
    /// It takes too long.
    #[error(transparent)]
    Endless(Box<Endless>),
}

/// A search that takes too long.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the pattern `{}`{place} {}", shown(.pattern), .how.words(*.most))]
pub struct Endless {
    /// The pattern.
    pattern: String,
    /// The setting that holds it, after a preposition; empty if none is known.
    place: String,
    /// How it takes too long.
    how: How,
    /// The limit.
    most: u64,
}

/// How a search takes too long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum How {
    /// It goes back to too many alternatives.
    Backtracks,
    /// Too many alternatives are open at once.
    Widens,
}

impl How {
    fn words(self, most: u64) -> String {
        match self {
            Self::Backtracks => "backtracks too much".into(),
            Self::Widens => format!("takes {}, on this text", exceeded("pattern-work", most)),
        }
    }
}

impl Error {
    /// What to do about it.
    #[must_use]
    pub fn help(&self) -> String {
        match self {
            Self::Syntax(_) => "correct the pattern".into(),
            Self::Large(_) => {
                format!("shorten the patterns, or nest counted repetitions less; or {}", raise("pattern-size"))
            }
            Self::Endless(_) => {
                format!("rewrite the pattern without nested repetitions such as `(a+)+`; or {}", raise("pattern-work"))
            }
        }
    }
}

/// Patterns as coverage.py joins them.
#[must_use]
pub fn joined(sources: &[String]) -> String {
    match sources {
        [one] => one.clone(),
        many => many.iter().map(|source| format!("(?:{source})")).collect::<Vec<_>>().join("|"),
    }
}

/// The beginning of a pattern that may be long.
#[must_use]
pub fn shown(pattern: &str) -> String {
    match pattern.char_indices().nth(200) {
        Some((end, _)) => format!("{}…", pattern.get(..end).unwrap_or_default()),
        None => pattern.into(),
    }
}

impl Pattern {
    /// Compiles `source` with `re.MULTILINE`, as coverage.py does for patterns that exclude lines. `minor` is the `Y` of the CPython 3.Y whose rules
    /// apply.
    ///
    /// # Errors
    /// The error of that Python's `re.compile`, or the pattern is too large.
    pub fn new(source: &str, minor: u8) -> Result<Self, Error> {
        Self::compile(source, true, minor, Limits::default())
    }

    /// Compiles `source` without flags, as coverage.py does for contexts.
    ///
    /// # Errors
    /// The same as for `new`.
    pub fn without_flags(source: &str, minor: u8, limits: Limits) -> Result<Self, Error> {
        Self::compile(source, false, minor, limits)
    }

    /// The number of steps that `source` compiles to; `multiline` is whether `re.MULTILINE` is set.
    ///
    /// # Errors
    /// The error of that Python's `re.compile`.
    pub fn size(source: &str, multiline: bool, minor: u8) -> Result<u64, Error> {
        parse::parse(source, multiline, minor).map(|parsed| parsed.root.size(Runs::Once))
    }

    fn compile(source: &str, multiline: bool, minor: u8, limits: Limits) -> Result<Self, Error> {
        let Parsed { root, groups } = parse::parse(source, multiline, minor)?;
        if root.size(Runs::Once) > limits.pattern_size {
            return Err(Error::Large(limits.pattern_size));
        }
        let needed = literals::needed(&root).and_then(|texts| {
            let texts: Vec<String> = texts.iter().map(|text| regex::escape(text)).collect();
            regex::Regex::new(&texts.join("|")).ok()
        });
        Ok(Self {
            source: source.to_owned(),
            joined: Vec::new(),
            place: String::new(),
            multiline,
            minor,
            limits,
            needed,
            linear: Linear::new(&root, limits.pattern_size).map(Arc::new),
            program: Program::new(&root, groups),
            may_be_empty: root.width().0 == 0,
        })
    }

    /// Compiles the patterns joined as coverage.py joins them: `(?:a)|(?:b)`, a single one bare; `None` for an empty list.
    /// (coverage.py turns an empty list into an empty pattern: it excludes nothing, but as `partial_branches` it matches every line.)
    ///
    /// # Errors
    /// The same as for `new`; also for patterns that compile one by one, such as `(?i)b` in second place.
    pub fn any_of(sources: &[String], minor: u8, limits: Limits) -> Result<Option<Self>, Error> {
        if sources.is_empty() {
            return Ok(None);
        }
        let any = Self::compile(&joined(sources), true, minor, limits)?;
        let joined = if sources.len() > 1 { sources.to_vec() } else { Vec::new() };
        Ok(Some(Self { joined, ..any }))
    }

    /// The same pattern, of the setting that `place` names after a preposition.
    #[must_use]
    pub fn of(self, place: &str) -> Self {
        Self { place: format!(" {place}"), ..self }
    }

    /// The pattern as written.
    #[must_use]
    pub fn source(&self) -> &str {
        &self.source
    }

    /// Whether it matches anywhere in `text`: `re.search`.
    ///
    /// # Errors
    /// The pattern backtracks too much on this text.
    pub fn is_match(&self, text: &str) -> Result<bool, Error> {
        if self.is_hopeless(text) {
            return Ok(false);
        }
        if let Some(linear) = self.linear.as_ref().filter(|linear| linear.suits(text)) {
            let found = linear.automata.is_match(text, self.limits.pattern_work);
            return found.map_err(|Exhausted| self.endless(How::Widens));
        }
        let found = Search::new(&self.program, text, self.steps(text)).next(0, false);
        found.map(|found| found.is_some()).map_err(|Exhausted| self.endless(How::Backtracks))
    }

    /// The byte ranges of all matches, in order, as `re.finditer` finds them: an empty match may directly follow another match, and a match that is
    /// not empty may begin where an empty one was.
    ///
    /// # Errors
    /// The pattern backtracks too much on this text.
    pub fn find_all(&self, text: &str) -> Result<Vec<Range<usize>>, Error> {
        if self.is_hopeless(text) {
            return Ok(Vec::new());
        }
        self.find(text, self.limits.pattern_work, self.steps(text)).map_err(|how| match self.culprit(text) {
            Some((pattern, how)) => Self { source: pattern.clone(), ..self.clone() }.endless(how),
            None => self.endless(how),
        })
    }

    /// The matches, found in at most `work` steps of the linear engine or `steps` of the other.
    fn find(&self, text: &str, work: u64, steps: u64) -> Result<Vec<Range<usize>>, How> {
        if !self.may_be_empty
            && let Some(linear) = self.linear.as_ref().filter(|linear| linear.suits(text))
        {
            return linear.automata.find_all(text, work).map_err(|_| How::Widens);
        }
        let mut search = Search::new(&self.program, text, steps);
        let mut all: Vec<Range<usize>> = Vec::new();
        let (mut from, mut advance) = (0, false);
        while let Some(found) = search.next(from, advance).map_err(|Exhausted| How::Backtracks)? {
            (from, advance) = (found.end, found.is_empty());
            all.push(found);
        }
        Ok(all)
    }

    /// Of joined patterns, the first one whose share of the steps is not enough for it alone. As many are tried as there are shares.
    fn culprit(&self, text: &str) -> Option<(&String, How)> {
        let work = self.limits.pattern_work;
        let least = LEAST_SHARE_OF_A_BYTE * (text.len() as u64 + 1);
        let share = (work / (self.joined.len() as u64).max(1)).max(least);
        let tried = usize::try_from(work / share).unwrap_or(usize::MAX);
        self.joined.iter().take(tried).find_map(|source| {
            let alone = Self::compile(source, self.multiline, self.minor, self.limits).ok()?;
            alone.find(text, share, share / 2).err().map(|how| (source, how))
        })
    }

    /// How many steps of the backtracking engine a search through `text` may take.
    fn steps(&self, text: &str) -> u64 {
        (STEPS_OF_A_BYTE * text.len() as u64).saturating_add(self.limits.pattern_work / WORTH)
    }

    /// Whether `text` has none of the texts that a match must contain.
    fn is_hopeless(&self, text: &str) -> bool {
        self.needed.as_ref().is_some_and(|needed| !needed.is_match(text))
    }

    fn endless(&self, how: How) -> Error {
        let (pattern, place) = (self.source.clone(), self.place.clone());
        Error::Endless(Box::new(Endless { pattern, place, how, most: self.limits.pattern_work }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spans(pattern: &str, text: &str) -> Vec<(usize, usize)> {
        let found = Pattern::new(pattern, 13).unwrap().find_all(text).unwrap();
        found.into_iter().map(|found| (found.start, found.end)).collect()
    }

    fn refusal(pattern: &str) -> String {
        Pattern::new(pattern, 13).map(|_| "compiles").unwrap_err().to_string()
    }

    #[test]
    fn a_match_that_is_not_empty_may_begin_where_an_empty_one_was() {
        assert_eq!(spans("|a", "aa"), [(0, 0), (0, 1), (1, 1), (1, 2), (2, 2)]);
        assert_eq!(spans("a*", "baac"), [(0, 0), (1, 3), (3, 3), (4, 4)]);
        assert_eq!(spans("^", "a\nb\n"), [(0, 0), (2, 2), (4, 4)]);
    }

    #[test]
    fn alternatives_take_turns_and_the_first_wins_where_two_begin() {
        assert_eq!(spans("a|ab|bc|(?:c|d)d", "abcddabcd"), [(0, 1), (1, 3), (3, 5), (5, 6), (6, 8)]);
        assert_eq!(spans("ab|a|^b|c$", "abac\nb"), [(0, 2), (2, 3), (3, 4), (5, 6)]);
    }

    #[test]
    fn without_multiline_a_dollar_also_stands_before_the_final_newline() {
        let pattern = Pattern::without_flags("a$", 13, Limits::default()).unwrap();
        assert!(pattern.is_match("a").unwrap());
        assert!(pattern.is_match("a\n").unwrap());
        assert!(!pattern.is_match("a\nb").unwrap());
        assert!(!Pattern::without_flags(r"a\Z", 13, Limits::default()).unwrap().is_match("a\n").unwrap());
    }

    #[test]
    fn words_and_spaces_are_pythons() {
        // No marks in words; the separators are space.
        assert_eq!(spans(r"\w+", "a\u{301}b"), [(0, 1), (3, 4)]);
        assert_eq!(spans(r"\s", "\u{1c}\u{85}"), [(0, 1), (1, 3)]);
        assert_eq!(spans(r"\bb", "a\u{301}b"), [(3, 4)]);
        assert_eq!(spans(r"(?a)\w", "é"), []);
    }

    #[test]
    fn ignoring_case_is_pythons() {
        assert_eq!(spans("(?i)s", "sS\u{17f}"), [(0, 1), (1, 2), (2, 4)]);
        assert_eq!(spans("(?ia)s", "sS\u{17f}"), [(0, 1), (1, 2)]);
        assert_eq!(spans(r"(?i)(k)\1", "K\u{212a}"), [(0, 4)]);
    }

    #[test]
    fn lookaround_backreferences_conditions_and_possessive_loops_work() {
        assert_eq!(spans(r"(?<=if )x(?!y)", "if xy if x"), [(9, 10)]);
        assert_eq!(spans(r#"(?P<q>['"]).*?(?P=q)"#, "a 'b\"' \"c\""), [(2, 6), (7, 10)]);
        assert_eq!(spans(r"(<)?a(?(1)>|$)", "<a> a> a"), [(0, 3), (7, 8)]);
        assert_eq!(spans("a++a|b", "aaab"), [(3, 4)]);
        assert_eq!(spans("(?>a|ab)c", "abc ac"), [(4, 6)]);
    }

    #[test]
    fn errors_are_in_cpythons_words() {
        assert_eq!(refusal("("), "missing ), unterminated subpattern at position 0");
        assert_eq!(refusal("*a"), "nothing to repeat at position 0");
        assert_eq!(refusal("a**"), "multiple repeat at position 2");
        assert_eq!(refusal(r"abc\y"), r"bad escape \y at position 3");
        assert_eq!(refusal("(?<=a*)"), "look-behind requires fixed-width pattern");
        assert_eq!(refusal("abc(?i)"), "global flags not at the start of the expression at position 3");
        assert_eq!(refusal("a\n[b"), "unterminated character set at position 2 (line 2, column 1)");
        assert_eq!(
            refusal("(?P<a>.)(?P<a>.)"),
            "redefinition of group name 'a' as group 2; was group 1 at position 12"
        );
        assert_eq!(refusal("[z-a]"), "bad character range z-a at position 1");
        assert_eq!(refusal(r"(a)\2"), "invalid group reference 2 at position 4");
        assert_eq!(refusal("x{2,1}"), "min repeat greater than max repeat at position 2");
        assert_eq!(refusal("a)"), "unbalanced parenthesis at position 1");
        assert_eq!(refusal("\\"), "bad escape (end of pattern) at position 0");
    }

    #[test]
    fn joined_patterns_are_alternatives_and_keep_global_flags_out() {
        let join = |sources: &[&str]| {
            Pattern::any_of(&sources.iter().map(ToString::to_string).collect::<Vec<_>>(), 13, Limits::default())
        };
        assert!(join(&[]).unwrap().is_none());
        assert_eq!(join(&["(?i)a"]).unwrap().unwrap().source(), "(?i)a");
        assert_eq!(join(&["a|b", "c"]).unwrap().unwrap().source(), "(?:a|b)|(?:c)");
        let refused = join(&["a", "(?i)b"]).unwrap_err();
        assert_eq!(refused.to_string(), "global flags not at the start of the expression at position 9");
    }

    #[test]
    fn a_pattern_that_backtracks_without_end_is_an_error_and_no_miss() {
        let pattern = Pattern::new(r"(?=(a+)+$)b", 13).unwrap();
        let text = format!("{}b", "a".repeat(40));
        let why = "the pattern `(?=(a+)+$)b` backtracks too much";
        assert_eq!(pattern.is_match(&text).unwrap_err().to_string(), why);
        assert_eq!(pattern.find_all(&text).unwrap_err().to_string(), why);
    }

    #[test]
    fn deep_nesting_is_refused_and_no_overflow() {
        let pattern = format!("{}a{}", "(".repeat(100_000), ")".repeat(100_000));
        assert_eq!(refusal(&pattern), "groups are nested too deeply");
        for group in ["(", "(?:", "(?=", "(?<=", "(?>", "(b|", "()(?(1)"] {
            let nested = |times| format!("{}a{}", group.repeat(times), ")".repeat(times));
            assert_eq!(refusal(&nested(600)), "groups are nested too deeply", "{group}");
            assert!(Pattern::new(&nested(290), 13).is_ok(), "{group}");
        }
        assert_eq!(spans(&format!("{}a{}", "(".repeat(290), ")".repeat(290)), "a"), [(0, 1)]);
    }

    #[test]
    fn a_pattern_is_as_large_as_its_counted_repetitions_written_out() {
        let size = |pattern: &str| Pattern::size(pattern, true, 13).unwrap();
        for (pattern, steps) in [
            ("", 1),
            ("abc", 3),
            ("a|b|", 5),
            ("a{50}", 1),
            ("(a{1,50}){1,50}", 2_500),
            ("(?:ab){2,}", 4),
            ("(?=a)(?!bc)(?P<d>d)(?P=d)", 5),
            ("(?:(?:a{99999}){99999}){99999}", 99_999_u64.pow(3)),
            ("(?:(?:(?:(?:a{99999}){99999}){99999}){99999}){99999}", u64::MAX),
        ] {
            assert_eq!(size(pattern), steps, "{pattern}");
        }
        let large = "more than 100,000 steps, the limit `pattern-size`, with counted repetitions written out";
        assert_eq!(refusal("((a{1,50}){1,50}){1,50}b"), large);
        assert_eq!(refusal(&format!("({})b", "a?".repeat(300_000))), large);
        // covdefaults 2.3.0 and the defaults of coverage.py: far below.
        let sources: Vec<String> = crate::model::settings::EXCLUDE_DEFAULTS.iter().map(ToString::to_string).collect();
        assert!(size(&joined(&sources)) < 200);
    }

    #[test]
    fn the_steps_of_a_search_are_limited_and_the_same_in_every_search() {
        let limited = |pattern: &str, pattern_work| {
            Pattern::any_of(&[pattern.into()], 13, Limits { pattern_work, ..Limits::default() }).unwrap().unwrap()
        };
        // Each `a` is followed to the end of the text.
        let (pattern, text) = ("a(?s:.*)b|a", "a".repeat(3_000));
        let found = |work| limited(pattern, work).find_all(&text);
        let why = "the pattern `a(?s:.*)b|a` takes more than 1,000,000 steps, the limit `pattern-work`, on this text";
        assert_eq!(found(1_000_000).unwrap_err().to_string(), why);
        assert_eq!(found(30_000_000).unwrap().len(), 3_000);
        // States that are left behind by other searches change nothing.
        let text = "if a == 1: pass  # pragma: no cover\n".repeat(200);
        for work in (1..=40).map(|times| times * 500) {
            let fresh = limited(r"#\s*(pragma|PRAGMA)[:\s]?\s*(no|NO)\s*(cover|COVER)|pass.{1,9}#", work);
            let used = limited(fresh.source(), work);
            for other in ["# pragma: no cover", "pass    #", "#   PRAGMA no COVER", &text, &text[9..]] {
                _ = used.find_all(other);
            }
            assert_eq!(fresh.find_all(&text), used.find_all(&text), "{work}");
        }
    }

    #[test]
    fn of_joined_patterns_the_one_that_takes_too_long_is_named() {
        let sources = ["# no", "(?=(a+)+$)b", "z"].map(str::to_owned);
        let pattern = Pattern::any_of(&sources, 13, Limits::default()).unwrap().unwrap().of("of `exclude_also`");
        let error = pattern.find_all(&format!("{}b", "a".repeat(40))).unwrap_err();
        assert_eq!(error.to_string(), "the pattern `(?=(a+)+$)b` of `exclude_also` backtracks too much");
    }

    #[test]
    fn numbers_too_large_for_one_engine_are_counted_by_the_other() {
        assert_eq!(spans("[ab]{2,100000000}", "ababab"), [(0, 6)]);
        assert_eq!(spans(".{0,65535}b", "ababab"), [(0, 6)]);
        assert_eq!(refusal("a{4294967295}"), "the repetition number is too large");
    }
}
