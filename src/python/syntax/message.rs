//! The words of CPython for what the parser says in its own.

use ruff_python_parser::{
    InterpolatedStringErrorType, LexicalErrorType, ParseError, ParseErrorType, UnsupportedSyntaxError,
    UnsupportedSyntaxErrorKind,
};

/// The line that a byte lies in, from 1; the end of the text lies in its last line, as CPython has it.
pub(super) fn line_of(text: &str, at: usize) -> u32 {
    let last = text.len().saturating_sub(1);
    let before = text.as_bytes().get(..at.min(last)).unwrap_or_default();
    u32::try_from(memchr::memchr_iter(b'\n', before).count() + 1).unwrap_or(u32::MAX)
}

/// Whether a mistake of the tokenizer only counts when the parser gets there, and not when CPython reads ahead.
pub(super) fn is_only_local(message: &str) -> bool {
    matches!(
        message,
        "unindent does not match any outer indentation level"
            | "inconsistent use of tabs and spaces in indentation"
            | "too many levels of indentation"
            | "unexpected EOF while parsing"
    )
}

/// A character that no token has.
pub(super) fn of_character(character: char) -> String {
    let code = u32::from(character);
    let invisible = matches!(code, 0xad | 0x200b..=0x200f | 0x202a..=0x202e | 0x2060..=0x206f | 0xfeff);
    if invisible || character.is_control() || character.is_whitespace() {
        format!("invalid non-printable character U+{code:04X}")
    } else {
        format!("invalid character '{character}' (U+{code:04X})")
    }
}

/// A statement without its block; `header` names the statement as the parser does, `line` is where it begins.
pub(super) fn of_missing_block(header: &str, line: u32) -> String {
    let quoted = header.split('`').nth(1);
    let what = match quoted {
        _ if header.starts_with("function") => "function definition".to_owned(),
        Some("class") => "class definition".to_owned(),
        Some(word) => format!("'{word}' statement"),
        None => header.to_owned(),
    };
    format!("expected an indented block after {what} on line {line}")
}

/// Syntax that came with a later version.
pub(super) fn of_version(error: &UnsupportedSyntaxError) -> String {
    match error.kind {
        UnsupportedSyntaxErrorKind::UnparenthesizedExceptionTypes => {
            "multiple exception types must be parenthesized".to_owned()
        }
        UnsupportedSyntaxErrorKind::TypeParameterList => "expected '('".to_owned(),
        UnsupportedSyntaxErrorKind::UnpackingInComprehension(_) if error.to_string().contains("dictionary") => {
            "dict unpacking cannot be used in dict comprehension".to_owned()
        }
        UnsupportedSyntaxErrorKind::UnpackingInComprehension(_) => {
            "iterable unpacking cannot be used in comprehension".to_owned()
        }
        _ => "invalid syntax".to_owned(),
    }
}

/// Whatever the parser could not place; `shown` is how it says so.
pub(super) fn of_parser(error: &ParseError, shown: &str) -> String {
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
        _ => match shown {
            "Expected `:`, found newline" => "expected ':'",
            "Bytes literal cannot be mixed with non-bytes literals" => "cannot mix bytes and nonbytes literals",
            _ if shown.starts_with("Expected `else`") && !shown.ends_with("`:`") => {
                "expected 'else' after 'if' expression"
            }
            "Trailing comma not allowed" => "trailing comma not allowed without surrounding parentheses",
            "'/' parameter must appear before '*' parameter" => "/ must be ahead of *",
            "Only one '/' separator allowed" => "/ may appear only once",
            "Position-only parameter separator not allowed as first parameter" => {
                "at least one argument must precede /"
            }
            "Expected `except` or `finally` after `try` block" => "expected 'except' or 'finally' block",
            _ if shown.starts_with("Expected `(`") => "expected '('",
            _ => "invalid syntax",
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
