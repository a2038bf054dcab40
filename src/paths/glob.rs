//! coverage.py's file patterns, as tokens.
//!
//! ```text
//! tests/*          directly or deeper below `tests/`: a trailing `/*` or `/**` takes everything
//! */migrations/*   a leading `*/` or `**/` is any directory, or none
//! a/**/b.py        `**/` in the middle is any number of directories
//! conf?.py         no slash: a file of that name anywhere; `?` and `*` stop at separators
//! [a-f]*.py        a class as Python's `re` reads it: `[!a]` is `!` or `a`, `[^a]` anything else
//! ```
//!
//! `/` and `\` mean either separator, in patterns and in paths. The rules are those of `_glob_to_regex` in coverage.py's `files.py`, with one
//! exception: a class without characters (`[]`, `[^]`) is refused, while coverage.py lets it swallow the text after it.

pub(crate) mod list;
pub(crate) mod search;

use super::real::is_separator;
use crate::model::limits::exceeded;
use crate::model::words::counted;
use crate::python::re::shown;
use crate::python::text::quote;

/// Why a pattern cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// A combination of wildcards, or a lone bracket, that coverage.py refuses; in coverage.py's words.
    #[error("File pattern can't include {0}")]
    Token(String),
    /// A class that Python's `re` cannot read.
    #[error("`{0}` is not a valid character class")]
    Class(String),
    /// A name takes too many steps.
    #[error("to match one name with it{} takes {}", beside(*.others), exceeded("file-pattern-work", *.most))]
    Work {
        /// The limit.
        most: u64,
        /// The number of other patterns that are matched together with it.
        others: usize,
    },
}

fn beside(others: usize) -> String {
    match others {
        0 => String::new(),
        others => format!(" and {} of the setting", counted(others as u64, "other pattern")),
    }
}

/// A token of a pattern.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Token {
    /// The character.
    Char(char),
    /// Either separator.
    Separator,
    /// `?`: a character that is not a separator.
    One,
    /// `*`: any number of them.
    Star,
    /// `**/`: any number of directories, or none.
    Directories,
    /// The `*` or `**` after the last separator: anything.
    Rest,
    /// `[a-f]`
    Class(Class),
}

/// A class of characters.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Class {
    negated: bool,
    ranges: Vec<(char, char)>,
}

impl Class {
    /// Whether the class contains `c`, or one of its `cases`.
    pub(crate) fn contains(&self, c: char, mut cases: impl Iterator<Item = char>) -> bool {
        let is_listed = |c: char| self.ranges.iter().any(|&(first, last)| (first..=last).contains(&c));
        (is_listed(c) || cases.any(is_listed)) != self.negated
    }

    /// Whether it contains a separator.
    pub(crate) fn has_separator(&self) -> bool {
        ['/', '\\'].into_iter().any(|c| self.contains(c, std::iter::empty()))
    }
}

impl Token {
    /// Whether it stands for any number of characters.
    pub(crate) const fn is_loop(&self) -> bool {
        matches!(self, Self::Star | Self::Directories | Self::Rest)
    }
}

/// The tokens of literal text.
pub(crate) fn literal(text: &str) -> impl Iterator<Item = Token> {
    text.chars().map(|c| if is_separator(c) { Token::Separator } else { Token::Char(c) })
}

/// The tokens of a pattern.
///
/// # Errors
/// The first token that coverage.py refuses, or else the first class that Python's `re` refuses.
pub(crate) fn translate(pattern: &str) -> Result<Vec<Token>, Error> {
    let mut pattern = pattern.replace('\\', "/");
    if !pattern.contains('/') {
        pattern.insert_str(0, "**/");
    }
    let chars: Vec<char> = pattern.chars().collect();
    let mut tokens = Vec::new();
    let mut bad_class = None;
    let mut segment = Segment::default();
    let mut rest = chars.as_slice();
    // Each turn takes one token from the front of `rest`. The order of the tests is that of coverage.py's table.
    while let Some(&first) = rest.first() {
        let at = chars.len() - rest.len();
        let stars = rest.iter().take_while(|&&c| c == '*').count();
        segment.reach(&chars, at);
        if let Some(length) = segment.refused(rest, at, stars) {
            return Err(Error::Token(shown(&quote(&String::from_iter(&rest[..length])))));
        }
        let (token, taken) = match first {
            '*' if stars < rest.len() && rest[stars] == '/' && (at == 0 || stars == 2) => {
                (Token::Directories, stars + 1)
            }
            '/' => {
                let stars = rest[1..].iter().take_while(|&&c| c == '*').count();
                tokens.push(Token::Separator);
                // Python's `$` also matches before a newline at the end.
                if stars == 0 || !matches!(rest[1 + stars..], [] | ['\n']) {
                    rest = &rest[1..];
                    continue;
                }
                (Token::Rest, 1 + stars)
            }
            '*' => (Token::Star, 1),
            '?' => (Token::One, 1),
            '[' | ']' => {
                let inside = rest[1..].split(|&c| c == ']' || c == '\n').next().unwrap_or_default();
                if first == ']' || rest.get(1 + inside.len()) != Some(&']') {
                    return Err(Error::Token(quote(&rest[0].to_string())));
                }
                let class = class(inside).unwrap_or_else(|| {
                    bad_class.get_or_insert_with(|| shown(&String::from_iter(&rest[..inside.len() + 2])));
                    Class { negated: false, ranges: Vec::new() }
                });
                (Token::Class(class), inside.len() + 2)
            }
            c => (Token::Char(c), 1),
        };
        tokens.push(token);
        rest = &rest[taken..];
    }
    bad_class.map_or(Ok(tokens), |class| Err(Error::Class(class)))
}

/// The part of a pattern up to the next slash: the place of its end, and that of its last `**`. To look for these at each character would take
/// quadratic time.
#[derive(Debug, Default)]
struct Segment {
    /// Whether it was looked at.
    is_known: bool,
    end: usize,
    last: Option<usize>,
}

impl Segment {
    /// Makes it the one in which `at` lies.
    fn reach(&mut self, chars: &[char], at: usize) {
        if self.is_known && at <= self.end {
            return;
        }
        let length = chars[at..].iter().take_while(|&&c| c != '/').count();
        let last = chars[at..at + length].windows(2).rposition(|two| two == ['*', '*']).map(|last| at + last);
        *self = Self { is_known: true, end: at + length, last };
    }

    /// The length of the token at the front of `rest`, which begins at `at`, if it is not allowed; `stars` is the number of `*` at its beginning.
    fn refused(&self, rest: &[char], at: usize, stars: usize) -> Option<usize> {
        // `***` and longer.
        if stars > 2 {
            return Some(stars);
        }
        // Other characters before `**`, up to the last `**` in the segment.
        if let Some(last) = self.last.filter(|&last| last > at) {
            return Some(last - at + 2);
        }
        // Other characters after `**`.
        if stars == 2 && self.end - at > 2 {
            return Some(self.end - at);
        }
        (rest.starts_with(&['*', '*', '/', '*', '*'])).then_some(5)
    }
}

/// A class with this content between its brackets, read as by Python's `re`; `None` if it is empty or a range in it runs backwards.
fn class(inside: &[char]) -> Option<Class> {
    let (negated, mut rest) = match inside {
        ['^', rest @ ..] => (true, rest),
        rest => (false, rest),
    };
    if rest.is_empty() {
        return None;
    }
    let mut ranges = Vec::new();
    while let [first, after @ ..] = rest {
        let (last, after) = match after {
            ['-', last, after @ ..] => (last, after),
            after => (first, after),
        };
        if first > last {
            return None;
        }
        ranges.push((*first, *last));
        rest = after;
    }
    Some(Class { negated, ranges })
}

#[cfg(test)]
mod tests {
    use super::list::Globs;
    use super::search::{Extent, Glob, Steps};
    use super::*;

    fn matches(pattern: &str, path: &str) -> bool {
        let tokens = translate(pattern).unwrap();
        let alone = Glob::new(tokens.clone(), Extent::Whole).end(path, &mut Steps::of(1_000)).unwrap().is_some();
        let mut list = Globs::default();
        list.add(pattern, vec![tokens]);
        assert_eq!(list.is_match(path, &mut Steps::of(1_000)).unwrap(), alone, "{pattern} {path}");
        alone
    }

    fn begins(pattern: &str, path: &str) -> bool {
        Glob::new(translate(pattern).unwrap(), Extent::Beginning).end(path, &mut Steps::of(1_000)).unwrap().is_some()
    }

    // The rows come from coverage.py's own tests of its patterns (test_files.py, test_globs_to_regex).
    #[test]
    fn whole_paths_match_as_in_coverage_py() {
        for (pattern, yes, no) in [
            ("abc", &["abc", "sub/mod/abc"][..], &["ABC", "abcx", "xabc", "sub/mod/abcd", "sub/abc/more"][..]),
            ("a*c", &["abc", "azc", "axyzc"], &["ABC", "abcx", "xabc", "a/c"]),
            ("a?c", &["abc", "azc"], &["ABC", "abcx", "xabc", "a/c"]),
            ("a??d", &["abcd", "azcd", "a12d"], &["ABCD", "abcx", "axyz", "abcde"]),
            ("abc/hi.py", &["abc/hi.py", r"abc\hi.py"], &["ABC/hi.py", "abc_hi.py", "abc/hi.pyc"]),
            (r"abc\hi.py", &["abc/hi.py", r"abc\hi.py"], &["abc_hi.py", "abc/hi.pyc"]),
            ("abc/*/hi.py", &["abc/foo/hi.py", r"abc\foo/hi.py"], &["abc/hi.py", "abc/foo/bar/hi.py"]),
            ("abc/**/hi.py", &["abc/foo/hi.py", "abc/hi.py", r"abc\foo/bar/hi.py"], &["abc/hi.pyc"]),
            ("abc/[a-f]*/hi.py", &["abc/foo/hi.py", r"abc\boo/hi.py"], &["abc/zoo/hi.py", "abc/hi.py"]),
            ("foo/x*", &["foo/x", "foo/xhi.py"], &["foo/x/hi.py"]),
            ("**/foo", &["foo", "hello/foo", "hi/there/foo"], &["foob", "hello/foob", "hello/Foo"]),
            ("a+b/foo*", &["a+b/foo", "a+b/foobar"], &["aab/foo", "ab/foo"]),
            ("a/*", &["a/", "a/b/c", r"a\b"], &["a", "a/b\n"]),
            ("a/**/", &["a/", "a/b/c/"], &["a", "a/b"]),
            ("a[^b]c", &["a/c", "x/axc"], &["abc", "a/b/c"]),
            ("foo/a\nb*", &["foo/a\nb", "foo/a\nbc"], &["foo/ab", "foo/axb"]),
        ] {
            for path in yes {
                assert!(matches(pattern, path), "{pattern} {path}");
            }
            for path in no {
                assert!(!matches(pattern, path), "{pattern} {path}");
            }
        }
    }

    #[test]
    fn beginnings_match_in_any_case() {
        assert!(begins("abc/", r"ABC\foo/bar/hi.py"));
        assert!(!begins("abc/", "xabc/hi.py"));
        assert!(begins("*c/foo", "abc/foo/hi.py"));
        assert!(!begins("*c/foo", "def/abc/foo/hi.py"));
        assert!(begins("foo/x*", "foo/x/hi.py"));
        // The rows that follow were tried with `_glob_to_regex` of coverage.py 7.17.5.
        assert!(begins("/ſ/\u{212a}", "/S/k") && begins("/[a-c]", "/B") && !begins("/[^a]", "/A"));
    }

    #[test]
    fn a_wildcard_takes_as_much_as_it_can() {
        // The ends of the matches are those of `re.match` with the expressions of coverage.py 7.17.5.
        for (pattern, path, end) in [
            ("*/src/", "/ci/src/x/src/a.py", Some(14)),
            ("*/", "a/b/c", Some(4)),
            ("a*b", "x/aabab/abb", Some(11)),
            ("*/**/", "", Some(0)),
            ("*/a/**/b/", "/a/a/b/c/b/d", Some(11)),
            ("*/[^a]", "//Ax", Some(2)),
            ("**/a", "b\na", None),
        ] {
            let glob = Glob::new(translate(pattern).unwrap(), Extent::Beginning);
            assert_eq!(glob.end(path, &mut Steps::of(1_000)), Ok(end), "{pattern} {path}");
        }
    }

    #[test]
    fn the_steps_grow_with_the_product_of_the_lengths_at_most() {
        let name = "a".repeat(1_000);
        for (pattern, most) in
            [("*a".repeat(20) + "*b", 100_000), ("*a".repeat(100_000), 1_000), ("**/a/".repeat(300) + "b", 1_000_000)]
        {
            let path = if pattern.contains('/') { "a/".repeat(300) } else { name.clone() };
            let tokens = translate(&pattern).unwrap();
            assert_eq!(Glob::new(tokens.clone(), Extent::Whole).end(&path, &mut Steps::of(most)), Ok(None));
            let mut list = Globs::default();
            list.add(&pattern, vec![tokens]);
            assert_eq!(list.is_match(&path, &mut Steps::of(most)), Ok(false));
        }
    }

    #[test]
    fn a_class_is_read_as_python_reads_it() {
        assert!(matches("a/[!b]", "a/!") && matches("a/[!b]", "a/b") && !matches("a/[!b]", "a/c"));
        assert!(!matches("a/[^b]", "a/b") && matches("a/[^b]", "a/c"));
        assert!(matches("a/[[&&x]", "a/[") && matches("a/[[&&x]", "a/&"));
        assert!(matches("a/[x-]", "a/-") && matches("a/[+--]", "a/,"));
    }

    #[test]
    fn wildcards_that_coverage_py_refuses_are_refused_in_its_words() {
        for (pattern, token) in [
            ("***/foo.py", "***"),
            ("bar/***/foo.py", "***"),
            ("*****/foo.py", "*****"),
            ("Hello]there", "]"),
            ("Hello[there", "["),
            ("x/a**/b.py", "a**"),
            ("x/abcd**/b.py", "abcd**"),
            ("x/**a/b.py", "**a"),
            ("x/**/**/b.py", "**/**"),
        ] {
            let error = translate(pattern).unwrap_err();
            assert_eq!(error.to_string(), format!("File pattern can't include '{token}'"));
        }
    }

    #[test]
    fn a_class_without_sense_is_refused() {
        assert_eq!(translate("a/[]"), Err(Error::Class("[]".into())));
        assert_eq!(translate("a/[z-a]"), Err(Error::Class("[z-a]".into())));
    }
}
