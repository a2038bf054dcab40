//! The parser's mistakes, at the places where CPython would report them.
//!
//! CPython's parser stops at the furthest token that it cannot place, and its report depends on the text after it: a mistake that its tokenizer
//! finds further down takes precedence, and so does a bracket that was open before the line where it stopped.

use ruff_python_ast::{ModModule, PythonVersion};
use ruff_python_parser::{LexicalErrorType, ParseError, ParseErrorType, Parsed};
use ruff_text_size::{Ranged, TextSize};

use super::finding::{Finding, Pass};
use super::message::{self, Known};
use super::tokenizer::{self, Kind, Scan, Token};
use super::tokens;
use crate::python::text::is_keyword;

/// The first mistake that the tokenizer or parser of CPython would report. `field` is one in the replacement fields of f-strings.
pub(super) fn check(
    text: &str,
    parsed: &Parsed<ModModule>,
    field: Option<(usize, String)>,
    python: PythonVersion,
) -> Option<Finding> {
    let limit = tokens::check(text, parsed.tokens(), python);
    let parser = parsed.errors().iter().find(|error| !is_newer_name(text, error, python));
    let version = parsed.unsupported_syntax_errors().first();
    if limit.is_none() && parser.is_none() && version.is_none() && field.is_none() {
        return None;
    }
    let scan = tokenizer::scan(text, python);
    let parser = parser.map(|error| mistake(text, error, &scan, python));
    let version = version.map(|error| {
        let at = error.range().start().to_usize();
        Mistake { at, reached: at, message: message::of_version(error) }
    });
    let [field, limit] = [field, limit].map(|found| found.map(|(at, message)| Mistake { at, reached: at, message }));
    let parser = [field, limit, parser, version].into_iter().flatten().min_by_key(|mistake| mistake.reached);
    let unrecognised = parsed.errors().iter().find_map(unrecognised_character);
    let tokenizer = [unrecognised, scan.mistake.clone()].into_iter().flatten().min_by_key(|(at, _)| *at);
    if let Some((at, message)) = tokenizer {
        match parser {
            Some(parser) if parser.reached < at && (parser.is_indentation() || message::is_only_local(&message)) => {
                return Some(parser.finding(&scan, text));
            }
            _ => return Some(finding(at, message)),
        }
    }
    parser.map(|parser| parser.finding(&scan, text))
}

/// Whether the mistake is just the name of a character for which the parser's tables may be too old.
///
/// The tables have Unicode 16, without ranges of ideographs added late; a name that is really unknown passes too.
fn is_newer_name(text: &str, error: &ParseError, python: PythonVersion) -> bool {
    let start = error.location.start().to_usize();
    python >= PythonVersion::PY314
        && matches!(error.error, ParseErrorType::Lexical(LexicalErrorType::UnicodeError))
        && text.get(..start).is_some_and(|before| before.ends_with("\\N{"))
        && text.get(start..error.location.end().to_usize()).is_some_and(|name| {
            !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b" -()".contains(&byte))
        })
}

/// A mistake of the parser.
struct Mistake {
    /// The place to report.
    at: usize,
    /// The furthest token that was read.
    reached: usize,
    message: String,
}

impl Mistake {
    fn is_indentation(&self) -> bool {
        self.message == "unexpected indent" || self.message == "unexpected unindent"
    }

    fn finding(self, scan: &Scan, text: &str) -> Finding {
        if let Some((at, sign)) = scan.open
            && !self.is_indentation()
            && (self.reached >= text.len() || line_between(text, at, self.reached))
        {
            return finding(at, format!("'{}' was never closed", char::from(sign)));
        }
        finding(self.at, self.message)
    }
}

fn finding(at: usize, message: String) -> Finding {
    Finding { pass: Pass::Grammar, at: TextSize::try_from(at).unwrap_or_default(), message }
}

/// Whether a line ends between two places.
fn line_between(text: &str, from: usize, to: usize) -> bool {
    text.as_bytes().get(from..to).is_some_and(|between| between.contains(&b'\n'))
}

fn unrecognised_character(error: &ParseError) -> Option<(usize, String)> {
    match &error.error {
        ParseErrorType::Lexical(LexicalErrorType::UnrecognizedToken { tok }) if !tok.is_ascii() => {
            Some((error.location.start().to_usize(), message::of_character(*tok)))
        }
        _ => None,
    }
}

fn mistake(text: &str, error: &ParseError, scan: &Scan, python: PythonVersion) -> Mistake {
    let at = error.location.start().to_usize();
    let mut index = scan.tokens.partition_point(|token| token.start < at && token.end <= at);
    let place = |index: usize| scan.tokens.get(index).map_or(text.len(), |token| token.start);
    let known = message::known(&error.error);
    if let Some(Known::MissingBlock(keyword)) = known {
        // CPython has read on to the token that should be indented.
        let line = message::line_of(text, place(logical_line(scan, index)));
        if scan.tokens.get(index).is_some_and(|token| token.kind == Kind::Newline) {
            index += 1;
        }
        return Mistake { at: place(index), reached: place(index), message: message::of_missing_block(keyword, line) };
    }
    if known == Some(Known::TrailingComma) {
        // CPython blames the comma only at the end of the line.
        let after = index + usize::from(scan.tokens.get(index).is_some_and(|token| token.kind == Kind::Sign(b',')));
        if scan.tokens.get(after).is_some_and(|token| token.kind != Kind::Newline) {
            return Mistake { at: place(after), reached: place(after), message: "invalid syntax".to_owned() };
        }
    }
    let positional = matches!(
        error.error,
        ParseErrorType::PositionalAfterKeywordArgument | ParseErrorType::PositionalAfterKeywordUnpacking
    );
    let reached = match scan.tokens.get(index) {
        _ if positional => closing(scan, index).unwrap_or(at),
        // A line that is indented without a reason.
        Some(token) if token.kind == Kind::Indent => token.end,
        // The parser may be at a line end that CPython does not count as one, because a bracket is open.
        _ => place(index).max(at),
    };
    if matches!(error.error, ParseErrorType::EmptyImportNames)
        && python >= PythonVersion::PY313
        && scan.tokens.get(index).is_none_or(|token| token.kind == Kind::Newline)
    {
        return Mistake { at: reached, reached, message: "Expected one or more names after 'import'".to_owned() };
    }
    if matches!(error.error, ParseErrorType::SimpleStatementsOnSameLine)
        && let Some(word @ ("print" | "exec")) = index
            .checked_sub(1)
            .filter(|&before| logical_line(scan, index) == before)
            .and_then(|before| scan.tokens.get(before))
            .and_then(|token| text.get(token.start..token.end))
    {
        let message = format!("Missing parentheses in call to '{word}'. Did you mean {word}(...)?");
        return Mistake { at: reached, reached, message };
    }
    if let Some(start) = missing_comma(scan, index, text) {
        return Mistake { at: start, reached, message: "invalid syntax. Perhaps you forgot a comma?".to_owned() };
    }
    Mistake { at: reached, reached, message: message::of_parser(error) }
}

/// The first token of the logical line that a token is in, or ends.
fn logical_line(scan: &Scan, index: usize) -> usize {
    let before = scan.tokens.get(..index).unwrap_or_default();
    let skipped = before
        .iter()
        .rev()
        .take_while(|token| matches!(token.kind, Kind::Newline | Kind::Indent | Kind::Dedent))
        .count();
    let line = before.get(..before.len() - skipped).unwrap_or_default();
    let begin = line.iter().rposition(|token| matches!(token.kind, Kind::Newline | Kind::Indent | Kind::Dedent));
    begin.map_or(0, |begin| begin + 1)
}

/// The bracket that closes the one around a token.
fn closing(scan: &Scan, from: usize) -> Option<usize> {
    let mut depth = 0_usize;
    for token in scan.tokens.get(from..)? {
        match token.kind {
            Kind::Sign(b'(' | b'[' | b'{') => depth += 1,
            Kind::Sign(b')' | b']' | b'}') if depth == 0 => return Some(token.start),
            Kind::Sign(b')' | b']' | b'}') => depth -= 1,
            _ => {}
        }
    }
    None
}

/// The start of an expression that is followed by another one without a comma, if both are in brackets.
fn missing_comma(scan: &Scan, index: usize, text: &str) -> Option<usize> {
    let word = |token: &Token| text.get(token.start..token.end).unwrap_or("");
    let found = scan.tokens.get(index)?;
    let begins = match found.kind {
        Kind::Number | Kind::String | Kind::Sign(b'{') => true,
        Kind::Word => !is_keyword(word(found)) || matches!(word(found), "True" | "False" | "None"),
        _ => false,
    };
    let before = scan.tokens.get(..index)?;
    if scan.tokens.get(logical_line(scan, index)).is_some_and(|token| matches!(word(token), "from" | "import")) {
        return None;
    }
    let ends = match before.last()?.kind {
        Kind::Number | Kind::String | Kind::Sign(b')' | b']' | b'}') => true,
        Kind::Word => !is_keyword(word(before.last()?)) || matches!(word(before.last()?), "True" | "False" | "None"),
        _ => false,
    };
    if !begins || !ends {
        return None;
    }
    let mut depth = 0_usize;
    let mut start = None;
    for token in before.iter().rev() {
        match token.kind {
            Kind::Sign(b')' | b']' | b'}') => depth += 1,
            Kind::Sign(b'(' | b'[' | b'{') if depth > 0 => depth -= 1,
            _ if depth > 0 => continue,
            Kind::Sign(b',' | b'(' | b'[' | b'{' | b':' | b';') => break,
            Kind::Sign(b'=') if word(token) == "=" => break,
            Kind::Newline | Kind::Indent | Kind::Dedent => return None,
            Kind::Word
                if is_keyword(word(token))
                    && !matches!(
                        word(token),
                        "and" | "or" | "not" | "in" | "is" | "True" | "False" | "None" | "await"
                    ) =>
            {
                break;
            }
            _ => {}
        }
        start = Some(token.start);
    }
    // Outside brackets, two expressions in a row are two statements.
    let open = before.iter().rev().take_while(|token| token.kind != Kind::Newline).fold(0_i64, |open, token| {
        open + match token.kind {
            Kind::Sign(b'(' | b'[' | b'{') => 1,
            Kind::Sign(b')' | b']' | b'}') => -1,
            _ => 0,
        }
    });
    start.filter(|_| open > 0)
}

#[cfg(test)]
mod tests {
    use super::super::judged::{refusal, said};

    #[test]
    fn a_bracket_left_open_is_reported_where_it_was_opened() {
        assert_eq!(refusal("a = (1,\nb = 2\nc = 3\n"), said(1, "'(' was never closed"));
        assert_eq!(refusal("f(a,\n  [b\n"), said(2, "'[' was never closed"));
        assert_eq!(refusal("{\n"), said(1, "'{' was never closed"));
        assert_eq!(refusal("def f(a:\n    return a\n"), said(1, "'(' was never closed"));
    }

    #[test]
    fn a_missing_block_is_reported_at_the_token_that_should_be_indented() {
        assert_eq!(refusal("if a:\nb = 1\n"), said(2, "expected an indented block after 'if' statement on line 1"));
        assert_eq!(
            refusal("def f():\n\n\nb = 1\n"),
            said(4, "expected an indented block after function definition on line 1")
        );
        assert_eq!(
            refusal("class C:\n    # nothing\n"),
            said(2, "expected an indented block after class definition on line 1")
        );
        assert_eq!(
            refusal("for a in b:\n\n    # nothing\nc = 1\n"),
            said(4, "expected an indented block after 'for' statement on line 1")
        );
        assert_eq!(
            refusal("try:\n    a\nexcept b:\nc\n"),
            said(4, "expected an indented block after 'except' statement on line 3")
        );
        assert_eq!(
            refusal("match a:\n    case 1:\n    b\n"),
            said(3, "expected an indented block after 'case' statement on line 2")
        );
    }

    #[test]
    fn what_the_tokenizer_finds_later_comes_first() {
        assert_eq!(refusal("a b\nc = 'open\n"), said(2, "unterminated string literal (detected at line 2)"));
        assert_eq!(refusal("a b\nc = )\n"), said(2, "unmatched ')'"));
        assert_eq!(
            refusal("a b\n\nc = '''open\n\n"),
            said(3, "unterminated triple-quoted string literal (detected at line 4)")
        );
    }

    #[test]
    fn a_missing_comma_is_reported_where_the_expression_before_it_begins() {
        assert_eq!(refusal("a = [\n    1\n    2\n]\n"), said(2, "invalid syntax. Perhaps you forgot a comma?"));
        assert_eq!(
            refusal("f(\n    g(\n        1,\n    )\n    b,\n)\n"),
            said(2, "invalid syntax. Perhaps you forgot a comma?")
        );
    }

    #[test]
    fn a_positional_argument_after_a_keyword_is_reported_at_the_end_of_the_call() {
        assert_eq!(refusal("f(\n    a=1,\n    b,\n)\n"), said(4, "positional argument follows keyword argument"));
        assert_eq!(
            refusal("f(\n    **a,\n    b,\n)\n"),
            said(4, "positional argument follows keyword argument unpacking")
        );
    }

    #[test]
    fn indentation_must_be_consistent() {
        assert_eq!(refusal("    a = 1\n"), said(1, "unexpected indent"));
        assert_eq!(refusal("if a:\n    b\n  c\n"), said(3, "unindent does not match any outer indentation level"));
        assert_eq!(refusal("if a:\n\tb\n        c\n"), said(3, "inconsistent use of tabs and spaces in indentation"));
        assert_eq!(refusal("a = 1\n  b = 2\n"), said(2, "unexpected indent"));
    }

    #[test]
    fn what_ends_too_early_is_reported_in_the_last_line() {
        assert_eq!(refusal("@a\n"), said(1, "invalid syntax"));
        assert_eq!(refusal("try:\n    a\n"), said(2, "expected 'except' or 'finally' block"));
        assert_eq!(refusal("a = \\\n"), said(1, "unexpected EOF while parsing"));
    }

    #[test]
    fn plain_mistakes_are_invalid_syntax() {
        assert_eq!(refusal("a b\n"), said(1, "invalid syntax"));
        assert_eq!(refusal("a = \n"), said(1, "invalid syntax"));
        assert_eq!(refusal("import\n"), said(1, "Expected one or more names after 'import'"));
        assert_eq!(refusal("from a import\n"), said(1, "Expected one or more names after 'import'"));
        assert_eq!(refusal("class\n"), said(1, "invalid syntax"));
        assert_eq!(refusal("def f(:\n    pass\n"), said(1, "invalid syntax"));
        assert_eq!(refusal("a = 1 +\nb\n"), said(1, "invalid syntax"));
        assert_eq!(refusal("for a b in c: pass\n"), said(1, "invalid syntax"));
        assert_eq!(refusal("if a: if b: pass\n"), said(1, "invalid syntax"));
        assert_eq!(refusal("x = 5 5\n"), said(1, "invalid syntax"));
        assert_eq!(refusal("return = 1\n"), said(1, "invalid syntax"));
        assert_eq!(refusal("a ? b\n"), said(1, "invalid syntax"));
    }
}
