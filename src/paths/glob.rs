//! coverage.py's file patterns, as regular expressions.
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

use regex::{Regex, RegexBuilder};

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
    /// The patterns together are too large to compile.
    #[error("too large: {0}")]
    Size(String),
}

/// How a compiled pattern is matched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Extent {
    /// The whole path must match, and case matters: `include`, `omit`.
    Whole,
    /// The beginning of the path must match, ignoring case: `[paths]`.
    Beginning,
}

/// Compiles translated patterns into one, which matches if any of them matches.
///
/// # Errors
/// The patterns are too large together.
pub(crate) fn compile(translated: &[String], extent: Extent) -> Result<Regex, Error> {
    let any: Vec<String> = translated.iter().map(|pattern| format!("(?:{pattern})")).collect();
    let any = any.join("|");
    let whole = match extent {
        Extent::Whole => format!(r"\A(?:{any})\z"),
        Extent::Beginning => format!(r"\A(?:{any})"),
    };
    RegexBuilder::new(&whole)
        .case_insensitive(extent == Extent::Beginning)
        .size_limit(64 << 20)
        .build()
        .map_err(|error| Error::Size(error.to_string()))
}

/// The regular expression for literal text; each separator in it matches either separator.
pub(crate) fn literal(text: &str) -> String {
    let mut regex = String::with_capacity(text.len() * 2);
    for c in text.chars() {
        match c {
            '/' | '\\' => regex.push_str(SEPARATOR),
            c => regex.push_str(&regex::escape(c.encode_utf8(&mut [0; 4]))),
        }
    }
    regex
}

/// Either separator.
const SEPARATOR: &str = r"[/\\]";
/// Any number of directories, or none.
const DIRECTORIES: &str = r"(?:.*[/\\])?";

/// Translates a pattern into the syntax of the `regex` crate, without anchors.
///
/// # Errors
/// The first token that coverage.py refuses, or else the first class that Python's `re` refuses.
pub(crate) fn translate(pattern: &str) -> Result<String, Error> {
    let mut pattern = pattern.replace('\\', "/");
    if !pattern.contains('/') {
        pattern.insert_str(0, "**/");
    }
    let chars: Vec<char> = pattern.chars().collect();
    let mut regex = String::new();
    let mut bad_class = None;
    let mut rest = chars.as_slice();
    // Each turn takes one token from the front of `rest`. The order of the tests is that of coverage.py's table.
    while let Some(&first) = rest.first() {
        let stars = rest.iter().take_while(|&&c| c == '*').count();
        if let Some(length) = refused(rest, stars) {
            return Err(Error::Token(quote(&String::from_iter(&rest[..length]))));
        }
        let is_start = rest.len() == chars.len();
        let taken = match first {
            '*' if stars < rest.len() && rest[stars] == '/' && (is_start || stars == 2) => {
                regex.push_str(DIRECTORIES);
                stars + 1
            }
            '/' => {
                let stars = rest[1..].iter().take_while(|&&c| c == '*').count();
                regex.push_str(SEPARATOR);
                // Python's `$` also matches before a newline at the end.
                if stars > 0 && matches!(rest[1 + stars..], [] | ['\n']) {
                    regex.push_str(".*");
                    1 + stars
                } else {
                    1
                }
            }
            '*' => {
                regex.push_str(r"[^/\\]*");
                1
            }
            '?' => {
                regex.push_str(r"[^/\\]");
                1
            }
            '[' | ']' => {
                let inside = rest[1..].split(|&c| c == ']' || c == '\n').next().unwrap_or_default();
                if first == ']' || rest.get(1 + inside.len()) != Some(&']') {
                    return Err(Error::Token(quote(&rest[0].to_string())));
                }
                match class(inside) {
                    Some(class) => regex.push_str(&class),
                    None => _ = bad_class.get_or_insert_with(|| rest[..inside.len() + 2].iter().collect()),
                }
                inside.len() + 2
            }
            c => {
                regex.push_str(&regex::escape(c.encode_utf8(&mut [0; 4])));
                1
            }
        };
        rest = &rest[taken..];
    }
    bad_class.map_or(Ok(regex), |class| Err(Error::Class(class)))
}

/// The length of the token at the front of `rest` if it is not allowed; `stars` is the number of `*` at its beginning.
fn refused(rest: &[char], stars: usize) -> Option<usize> {
    let segment = rest.iter().take_while(|&&c| c != '/').count();
    // `***` and longer.
    if stars > 2 {
        return Some(stars);
    }
    // Other characters before `**`, up to the last `**` in the segment.
    if let Some(last) = (1..segment.saturating_sub(1)).rev().find(|&at| rest[at] == '*' && rest[at + 1] == '*') {
        return Some(last + 2);
    }
    // Other characters after `**`.
    if stars == 2 && segment > 2 {
        return Some(segment);
    }
    (rest.starts_with(&['*', '*', '/', '*', '*'])).then_some(5)
}

/// A class with this content between its brackets, read as by Python's `re`; `None` if it is empty or a range in it runs backwards.
fn class(inside: &[char]) -> Option<String> {
    let (start, mut rest) = match inside {
        ['^', rest @ ..] => ("[^", rest),
        rest => ("[", rest),
    };
    if rest.is_empty() {
        return None;
    }
    let mut class = String::from(start);
    while let [first, after @ ..] = rest {
        push_in_class(&mut class, *first);
        rest = match after {
            ['-', last, after @ ..] => {
                if first > last {
                    return None;
                }
                class.push('-');
                push_in_class(&mut class, *last);
                after
            }
            after => after,
        };
    }
    class.push(']');
    Some(class)
}

/// Adds a literal character to a class in the syntax of the `regex` crate, where doubled `&`, `~` and `-` are operators.
fn push_in_class(class: &mut String, c: char) {
    if matches!(c, '[' | ']' | '^' | '-' | '&' | '~' | '\\') {
        class.push('\\');
    }
    class.push(c);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(pattern: &str, path: &str) -> bool {
        compile(&[translate(pattern).unwrap()], Extent::Whole).unwrap().is_match(path)
    }

    fn begins(pattern: &str, path: &str) -> bool {
        compile(&[translate(pattern).unwrap()], Extent::Beginning).unwrap().is_match(path)
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
