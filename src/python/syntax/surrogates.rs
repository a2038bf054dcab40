//! Texts with lone surrogates: Rust's strings cannot hold them, so the parser puts U+FFFD in their place.
//!
//! ```text
//! '\ud800'   '\ud801'   '\ufffd'     three texts to CPython, one to the parser
//! ```

use std::borrow::Cow;
use std::fmt::Write as _;

use ruff_python_ast::ExprStringLiteral;
use ruff_text_size::Ranged;

const REPLACEMENT: char = '\u{fffd}';

/// The text of a literal in the module `text`, in a form that is equal only for equal texts.
pub(crate) fn distinct<'a>(literal: &'a ExprStringLiteral, text: &str) -> Cow<'a, str> {
    let value = literal.value.to_str();
    if !value.contains(REPLACEMENT) {
        return Cow::Borrowed(value);
    }
    let parts = literal.value.iter().map(|part| {
        let source = text.get(part.range().to_std_range()).unwrap_or_default();
        distinct_part(&part.value, source, part.flags.prefix().is_raw())
    });
    Cow::Owned(parts.collect())
}

/// Whether the text of a literal has a lone surrogate.
pub(super) fn are_in(literal: &ExprStringLiteral, text: &str) -> bool {
    let distinct = distinct(literal, text);
    let mut chars = distinct.chars();
    while let Some(c) = chars.next() {
        if c == REPLACEMENT && chars.next() != Some(REPLACEMENT) {
            return true;
        }
    }
    false
}

/// The text of one literal, or of a literal part of an f-string, in that form. `source` was decoded to `value`.
///
/// A U+FFFD that stands for a surrogate is followed by the surrogate's number; any other U+FFFD is followed by a second one.
pub(crate) fn distinct_part<'a>(value: &'a str, source: &str, is_raw: bool) -> Cow<'a, str> {
    if !value.contains(REPLACEMENT) {
        return Cow::Borrowed(value);
    }
    let mut decoded = if is_raw { Vec::new() } else { replaced(source) }.into_iter();
    let mut distinct = String::new();
    for c in value.chars() {
        distinct.push(c);
        if c == REPLACEMENT {
            match decoded.next() {
                Some(code) if code != u32::from(REPLACEMENT) => _ = write!(distinct, "{code:x}"),
                _ => distinct.push(REPLACEMENT),
            }
        }
    }
    Cow::Owned(distinct)
}

/// The characters that the parser shows as U+FFFD, in order: surrogates and U+FFFD itself.
fn replaced(source: &str) -> Vec<u32> {
    let mut found = Vec::new();
    let mut rest = source;
    while let Some(at) = rest.find(['\\', REPLACEMENT]) {
        let here = &rest[at..];
        let hexadecimal =
            |digits: usize| here.get(2..2 + digits).and_then(|digits| u32::from_str_radix(digits, 16).ok());
        let code = match here.as_bytes() {
            [b'\\', b'u', ..] => hexadecimal(4),
            [b'\\', b'U', ..] => hexadecimal(8),
            [b'\\', b'N', b'{', name @ ..] => {
                let name = name.split(|&byte| byte == b'}').next().unwrap_or_default();
                name.eq_ignore_ascii_case(b"replacement character").then_some(u32::from(REPLACEMENT))
            }
            [b'\\', ..] => None,
            _ => Some(u32::from(REPLACEMENT)),
        };
        found.extend(code.filter(|code| *code == u32::from(REPLACEMENT) || (0xd800..0xe000).contains(code)));
        // An escaped character does not begin an escape.
        let mut passed = here.chars();
        if passed.next() == Some('\\') {
            passed.next();
        }
        rest = passed.as_str();
    }
    found
}

#[cfg(test)]
mod tests {
    use ruff_python_parser::parse_expression;

    use super::*;

    fn of(source: &str) -> String {
        let parsed = parse_expression(source).unwrap();
        distinct(parsed.expr().as_string_literal_expr().unwrap(), source).into_owned()
    }

    #[test]
    fn texts_are_equal_where_they_are_to_cpython() {
        // The texts of each row are equal, and no two rows are equal, according to CPython 3.13.
        let rows: [&[&str]; 8] = [
            &[r"'\ud800'", r"'\uD800'", r"'\U0000d800'"],
            &[r"'\ud801'"],
            &[r"'\ufffd'", "'\u{fffd}'", r"'\N{Replacement Character}'", "r'\u{fffd}'"],
            &[r"'\\\ud800'"],
            &[r"'\\ud800'", r"r'\ud800'"],
            &[r"'\ud800\udc00'", r"'\ud800' '\udc00'"],
            &[r"'\ufffdd800'"],
            &[r"'\N{BULLET}\ud800'", r"'•' '\ud800'"],
        ];
        for (at, row) in rows.iter().enumerate() {
            for (other, others) in rows.iter().enumerate() {
                for (a, b) in row.iter().flat_map(|a| others.iter().map(move |b| (a, b))) {
                    assert_eq!(of(a) == of(b), at == other, "{a} {b}");
                }
            }
        }
    }
}
