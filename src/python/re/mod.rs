//! Regular expressions as Python's `re` understands them.
//!
//! ```text
//! source ─▶ parse ─▶ tree ─┬▶ linear      patterns without backtracking: the `regex` crate, in time linear in the text
//!                          ├▶ backtrack   all other patterns: our own engine, with a limit; exceeding it is an error
//!                          └▶ literals    texts that must be in the text for a search to be worth it
//! ```
//!
//! Patterns come from coverage.py's settings, so their matches decide the numbers: `\w`, `\s`, `$`, case and empty matches are CPython's, and
//! errors have its wording. A pattern is read by the rules of one CPython, from 3.10 to 3.15:
//!
//! ```text
//! a(?s)b        3.10           flags of the whole pattern anywhere
//! a++  (?>a)    from 3.11      possessive quantifiers, atomic groups
//! a\z           from 3.14      the end of the text; `\B` also matches an empty text
//! ```

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

use backtrack::Search;
use linear::Linear;
use program::Program;

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
    /// Finds texts of which every match contains one, if such texts are known.
    needed: Option<regex::Regex>,
    linear: Option<Linear>,
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
    /// It takes too long.
    #[error("the pattern `{pattern}` backtracks too much")]
    Endless {
        /// The pattern.
        pattern: String,
    },
}

impl Pattern {
    /// Compiles `source` with `re.MULTILINE`, as coverage.py does for patterns that exclude lines. `minor` is the `Y` of the CPython 3.Y whose rules
    /// apply.
    ///
    /// # Errors
    /// The error of that Python's `re.compile`.
    pub fn new(source: &str, minor: u8) -> Result<Self, Error> {
        Self::compile(source, true, minor)
    }

    /// Compiles `source` without flags, as coverage.py does for contexts.
    ///
    /// # Errors
    /// The same as for `new`.
    pub fn without_flags(source: &str, minor: u8) -> Result<Self, Error> {
        Self::compile(source, false, minor)
    }

    fn compile(source: &str, multiline: bool, minor: u8) -> Result<Self, Error> {
        let parsed = parse::parse(source, multiline, minor)?;
        let needed = literals::needed(&parsed.root).and_then(|texts| {
            let texts: Vec<String> = texts.iter().map(|text| regex::escape(text)).collect();
            regex::Regex::new(&texts.join("|")).ok()
        });
        Ok(Self {
            source: source.to_owned(),
            needed,
            linear: Linear::new(&parsed.root),
            program: Program::new(&parsed.root, parsed.groups),
            may_be_empty: parsed.root.width().0 == 0,
        })
    }

    /// Compiles the patterns joined as coverage.py joins them: `(?:a)|(?:b)`, a single one bare; `None` for an empty list.
    /// (coverage.py turns an empty list into an empty pattern: it excludes nothing, but as `partial_branches` it matches every line.)
    ///
    /// # Errors
    /// The same as for `new`; also for patterns that compile one by one, such as `(?i)b` in second place.
    pub fn any_of(sources: &[String], minor: u8) -> Result<Option<Self>, Error> {
        match sources {
            [] => Ok(None),
            [one] => Self::new(one, minor).map(Some),
            many => {
                let joined: Vec<String> = many.iter().map(|source| format!("(?:{source})")).collect();
                Self::new(&joined.join("|"), minor).map(Some)
            }
        }
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
        match self.linear.as_ref().filter(|linear| linear.suits(text)) {
            Some(linear) => Ok(linear.regex.is_match(text)),
            None => Ok(Search::new(&self.program, text).next(0, false).map_err(|_| self.endless())?.is_some()),
        }
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
        if !self.may_be_empty
            && let Some(linear) = self.linear.as_ref().filter(|linear| linear.suits(text))
        {
            return Ok(linear.regex.find_iter(text).map(|found| found.range()).collect());
        }
        let mut search = Search::new(&self.program, text);
        let mut all: Vec<Range<usize>> = Vec::new();
        let (mut from, mut advance) = (0, false);
        while let Some(found) = search.next(from, advance).map_err(|_| self.endless())? {
            (from, advance) = (found.end, found.is_empty());
            all.push(found);
        }
        Ok(all)
    }

    /// Whether `text` has none of the texts that a match must contain.
    fn is_hopeless(&self, text: &str) -> bool {
        self.needed.as_ref().is_some_and(|needed| !needed.is_match(text))
    }

    fn endless(&self) -> Error {
        Error::Endless { pattern: self.source.clone() }
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
        let pattern = Pattern::without_flags("a$", 13).unwrap();
        assert!(pattern.is_match("a").unwrap());
        assert!(pattern.is_match("a\n").unwrap());
        assert!(!pattern.is_match("a\nb").unwrap());
        assert!(!Pattern::without_flags(r"a\Z", 13).unwrap().is_match("a\n").unwrap());
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
        let join = |sources: &[&str]| Pattern::any_of(&sources.iter().map(ToString::to_string).collect::<Vec<_>>(), 13);
        assert!(join(&[]).unwrap().is_none());
        assert_eq!(join(&["(?i)a"]).unwrap().unwrap().source(), "(?i)a");
        assert_eq!(join(&["a|b", "c"]).unwrap().unwrap().source(), "(?:a|b)|(?:c)");
        let refused = join(&["a", "(?i)b"]).unwrap_err();
        assert_eq!(refused.to_string(), "global flags not at the start of the expression at position 9");
    }

    #[test]
    fn a_pattern_that_backtracks_without_end_is_an_error_and_no_miss() {
        let pattern = Pattern::new(r"(?=(a+)+$)b", 13).unwrap();
        let endless = Error::Endless { pattern: r"(?=(a+)+$)b".into() };
        let text = format!("{}b", "a".repeat(40));
        assert_eq!((pattern.is_match(&text), pattern.find_all(&text)), (Err(endless.clone()), Err(endless)));
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
    fn numbers_too_large_for_one_engine_are_counted_by_the_other() {
        assert_eq!(spans("(?:ab){2,100000000}", "ababab"), [(0, 6)]);
        assert_eq!(refusal("a{4294967295}"), "the repetition number is too large");
    }
}
