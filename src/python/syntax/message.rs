//! CPython's words for mistakes that the parser describes in its own words.

use ruff_python_ast::token::TokenKind;
use ruff_python_parser::{
    InterpolatedStringErrorType, LexicalErrorType, ParseError, ParseErrorType, UnsupportedSyntaxError,
    UnsupportedSyntaxErrorKind,
};

/// The line of a byte, from 1; the end of the text is in its last line, as in CPython.
pub(super) fn line_of(text: &str, at: usize) -> u32 {
    let last = text.len().saturating_sub(1);
    let before = text.as_bytes().get(..at.min(last)).unwrap_or_default();
    u32::try_from(memchr::memchr_iter(b'\n', before).count() + 1).unwrap_or(u32::MAX)
}

/// Whether a mistake of the tokenizer counts only if the parser gets there, and not if CPython reads ahead.
pub(super) fn is_only_local(message: &str) -> bool {
    matches!(
        message,
        "unindent does not match any outer indentation level"
            | "inconsistent use of tabs and spaces in indentation"
            | "too many levels of indentation"
            | "unexpected EOF while parsing"
    )
}

/// The message for a character that begins no token.
pub(super) fn of_character(character: char) -> String {
    let code = u32::from(character);
    let invisible = matches!(code, 0xad | 0x200b..=0x200f | 0x202a..=0x202e | 0x2060..=0x206f | 0xfeff);
    if invisible || character.is_control() || character.is_whitespace() {
        format!("invalid non-printable character U+{code:04X}")
    } else {
        format!("invalid character '{character}' (U+{code:04X})")
    }
}

/// A mistake that the parser describes only by a sentence, without a variant of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Known<'a> {
    /// A statement without its block, named by its keyword; `None` for a function.
    MissingBlock(Option<&'a str>),
    /// A comma at the end of a list of imported names.
    TrailingComma,
    /// Bytes beside text.
    MixedLiterals,
    /// A `/` where parameters may not have one.
    FirstSlash,
    SecondSlash,
    LateSlash,
    /// A `try` without handlers.
    LoneTry,
}

/// The meaning of the parser's sentence; `None` if it makes no difference to the message.
pub(super) fn known(error: &ParseErrorType) -> Option<Known<'_>> {
    let ParseErrorType::OtherError(sentence) = error else {
        return None;
    };
    if let Some(header) = sentence.strip_prefix("Expected an indented block after ") {
        return Some(Known::MissingBlock(header.split('`').nth(1)));
    }
    match sentence.as_str() {
        "Trailing comma not allowed" => Some(Known::TrailingComma),
        "Bytes literal cannot be mixed with non-bytes literals" => Some(Known::MixedLiterals),
        "Position-only parameter separator not allowed as first parameter" => Some(Known::FirstSlash),
        "Only one '/' separator allowed" => Some(Known::SecondSlash),
        "'/' parameter must appear before '*' parameter" => Some(Known::LateSlash),
        "Expected `except` or `finally` after `try` block" => Some(Known::LoneTry),
        _ => None,
    }
}

/// The message for a statement without its block; `keyword` is `None` for a function, and the statement begins on `line`.
pub(super) fn of_missing_block(keyword: Option<&str>, line: u32) -> String {
    let what = match keyword {
        None => "function definition".to_owned(),
        Some("class") => "class definition".to_owned(),
        Some(word) => format!("'{word}' statement"),
    };
    format!("expected an indented block after {what} on line {line}")
}

/// The message for syntax of a later version.
pub(super) fn of_version(error: &UnsupportedSyntaxError) -> String {
    match error.kind {
        UnsupportedSyntaxErrorKind::UnparenthesizedExceptionTypes => {
            "multiple exception types must be parenthesized".to_owned()
        }
        UnsupportedSyntaxErrorKind::TypeParameterList => "expected '('".to_owned(),
        // The parser does not export the kind of the comprehension.
        UnsupportedSyntaxErrorKind::UnpackingInComprehension(_) if error.to_string().contains("dictionary") => {
            "dict unpacking cannot be used in dict comprehension".to_owned()
        }
        UnsupportedSyntaxErrorKind::UnpackingInComprehension(_) => {
            "iterable unpacking cannot be used in comprehension".to_owned()
        }
        _ => "invalid syntax".to_owned(),
    }
}

/// The message for anything else that the parser could not place.
pub(super) fn of_parser(error: &ParseError) -> String {
    let words = match &error.error {
        ParseErrorType::UnexpectedIndentation => "unexpected indent",
        ParseErrorType::PositionalAfterKeywordArgument => "positional argument follows keyword argument",
        ParseErrorType::PositionalAfterKeywordUnpacking => "positional argument follows keyword argument unpacking",
        ParseErrorType::InvalidArgumentUnpackingOrder => {
            "iterable argument unpacking follows keyword argument unpacking"
        }
        ParseErrorType::IterableUnpackingInComprehension => "iterable unpacking cannot be used in comprehension",
        ParseErrorType::UnparenthesizedGeneratorExpression => "Generator expression must be parenthesized",
        ParseErrorType::NonDefaultParamAfterDefaultParam => {
            "parameter without a default follows parameter with a default"
        }
        ParseErrorType::ParamAfterVarKeywordParam => "arguments cannot follow var-keyword argument",
        ParseErrorType::ExpectedKeywordParam => "named arguments must follow bare *",
        ParseErrorType::InvalidAnnotatedAssignmentTarget => "illegal target for annotation",
        ParseErrorType::InvalidMatchPatternTarget => "cannot use '_' as a target",
        ParseErrorType::EmptyTypeParams => "Type parameter list cannot be empty",
        ParseErrorType::Lexical(LexicalErrorType::InvalidByteLiteral) => {
            "bytes can only contain ASCII literal characters"
        }
        ParseErrorType::FStringError(error)
        | ParseErrorType::TStringError(error)
        | ParseErrorType::Lexical(LexicalErrorType::FStringError(error) | LexicalErrorType::TStringError(error)) => {
            return of_interpolated(error);
        }
        ParseErrorType::Lexical(LexicalErrorType::UnicodeError) => {
            "(unicode error) 'unicodeescape' codec can't decode bytes"
        }
        ParseErrorType::Lexical(LexicalErrorType::MissingUnicodeLbrace | LexicalErrorType::MissingUnicodeRbrace) => {
            "(unicode error) 'unicodeescape' codec can't decode bytes: malformed \\N character escape"
        }
        ParseErrorType::Lexical(LexicalErrorType::LineContinuationError) => {
            "unexpected character after line continuation character"
        }
        ParseErrorType::Lexical(LexicalErrorType::IndentationError) => {
            "unindent does not match any outer indentation level"
        }
        ParseErrorType::ExpectedToken { expected: TokenKind::Colon, found: TokenKind::Newline } => "expected ':'",
        ParseErrorType::ExpectedToken { expected: TokenKind::Else, found } if *found != TokenKind::Colon => {
            "expected 'else' after 'if' expression"
        }
        ParseErrorType::ExpectedToken { expected: TokenKind::Lpar, .. } => "expected '('",
        other => match known(other) {
            Some(Known::MixedLiterals) => "cannot mix bytes and nonbytes literals",
            Some(Known::TrailingComma) => "trailing comma not allowed without surrounding parentheses",
            Some(Known::LateSlash) => "/ must be ahead of *",
            Some(Known::SecondSlash) => "/ may appear only once",
            Some(Known::FirstSlash) => "at least one argument must precede /",
            Some(Known::LoneTry) => "expected 'except' or 'finally' block",
            Some(Known::MissingBlock(_)) | None => "invalid syntax",
        },
    };
    words.to_owned()
}

fn of_interpolated(error: &InterpolatedStringErrorType) -> String {
    let words = match error {
        InterpolatedStringErrorType::UnclosedLbrace => "f-string: expecting '}'",
        InterpolatedStringErrorType::InvalidConversionFlag => "f-string: invalid conversion character",
        InterpolatedStringErrorType::SingleRbrace => "f-string: single '}' is not allowed",
        InterpolatedStringErrorType::UnterminatedString => "unterminated f-string literal",
        InterpolatedStringErrorType::UnterminatedTripleQuotedString => "unterminated triple-quoted f-string literal",
        InterpolatedStringErrorType::LambdaWithoutParentheses => {
            "f-string: lambda expressions are not allowed without parentheses"
        }
        InterpolatedStringErrorType::ConversionFlagNotImmediatelyAfterExclamation => {
            "f-string: conversion type must come right after the exclamation mark"
        }
        InterpolatedStringErrorType::NewlineInFormatSpec => {
            "f-string: newlines are not allowed in format specifiers for single quoted f-strings"
        }
    };
    words.to_owned()
}

#[cfg(test)]
mod tests {
    use ruff_python_parser::{Mode, parse_unchecked};

    use super::*;

    /// A newer parser may use other words, which `known` must then learn.
    #[test]
    fn every_sentence_is_one_that_the_parser_says() {
        for (source, expected) in [
            ("from a import b,\n", Known::TrailingComma),
            ("a = b'' ''\n", Known::MixedLiterals),
            ("def f(/, a): pass\n", Known::FirstSlash),
            ("def f(a, /, b, /): pass\n", Known::SecondSlash),
            ("def f(*a, /): pass\n", Known::LateSlash),
            ("try:\n    a\nb\n", Known::LoneTry),
            ("def f():\na\n", Known::MissingBlock(None)),
        ] {
            let parsed = parse_unchecked(source, Mode::Module.into());
            assert_eq!(parsed.errors().iter().find_map(|error| known(&error.error)), Some(expected), "{source}");
        }
    }

    #[test]
    fn every_statement_without_its_block_is_known_by_its_keyword() {
        for (before, header) in [
            ("", "if a:"),
            ("if a:\n    b\n", "else:"),
            ("if a:\n    b\n", "elif c:"),
            ("", "for a in b:"),
            ("", "with a:"),
            ("", "class A:"),
            ("", "while a:"),
            ("", "try:"),
            ("try:\n    a\n", "except:"),
            ("try:\n    a\n", "finally:"),
        ] {
            let keyword = header.split([' ', ':']).next();
            let source = format!("{before}{header}\nz\n");
            let parsed = parse_unchecked(&source, Mode::Module.into());
            let first = parsed.errors().first().and_then(|error| known(&error.error));
            assert_eq!(first, Some(Known::MissingBlock(keyword)), "{source}");
        }
    }

    #[test]
    fn an_unpacked_mapping_in_a_comprehension_is_told_by_the_parsers_words() {
        for (source, expected) in [
            ("{**a for a in b}\n", "dict unpacking cannot be used in dict comprehension"),
            ("[*a for a in b]\n", "iterable unpacking cannot be used in comprehension"),
        ] {
            let parsed = parse_unchecked(source, Mode::Module.into());
            assert_eq!(parsed.unsupported_syntax_errors().first().map(of_version).as_deref(), Some(expected));
        }
    }
}
