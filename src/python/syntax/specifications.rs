//! Format specifications from 3.12 on, where CPython's tokenizer leaves them or reads their braces in other ways than the parser does.
//!
//! Under 3.12, and 3.13 until 3.13.3, a line end also ends the format specification of an f-string between single quotes. Only fields may follow:
//!
//! ```text
//! f"{
//!     a:.2f
//!     {b} {c}
//! }"
//! ```
//!
//! From 3.12.5 on, `{{` in a specification is a brace again once a field within the specification has ended:
//!
//! ```text
//! f"{a:{b}{{}"                   specified by b and a brace
//! ```
//!
//! The rules are those of `tokenizer.c` (`lexer.c`). What the parser does not read is rewritten; lines stay as they are, but for those of
//! specifications, which have no code.

use ruff_python_ast::token::{Token, TokenKind, Tokens};
use ruff_python_ast::{ModModule, PythonVersion};
use ruff_python_parser::{InterpolatedStringErrorType, LexicalErrorType, ParseErrorType, Parsed};
use ruff_text_size::Ranged;

use super::tokenizer;

/// The text without the braces in format specifications that are escapes for CPython and begin fields for the parser; `None` if there are none.
pub(super) fn without_escapes(text: &str, tokens: &Tokens, python: PythonVersion) -> Option<String> {
    // Few texts have two such braces side by side. Only they are read again.
    let is_sign =
        |[one, two]: &[Token; 2]| [one.kind(), two.kind()] == [TokenKind::Lbrace; 2] && one.end() == two.start();
    if !tokens.array_windows().any(is_sign) {
        return None;
    }
    let escapes = tokenizer::scan(text, python).escapes;
    let mut rewritten = String::with_capacity(text.len());
    let mut copied = 0;
    for at in escapes {
        rewritten.push_str(text.get(copied..at)?);
        rewritten.push_str("__");
        copied = at + 2;
    }
    if copied == 0 {
        return None;
    }
    rewritten.push_str(text.get(copied..)?);
    Some(rewritten)
}

/// The text with line ends that end a format specification moved to a place where the parser expects some; `None` if there are none.
///
/// ```text
/// f"{a:.2f       f"{a
/// {b} }"          :.2f{b}}"
/// ```
pub(super) fn with_line_ends_moved(text: &str, parsed: &Parsed<ModModule>, python: PythonVersion) -> Option<String> {
    let bytes = text.as_bytes();
    // Before the line's part of the specification is the colon or, which 3.13 refuses, a field within the specification.
    let begins = |byte: u8| byte == b':' || (byte == b'}' && python < PythonVersion::PY313);
    let mut moved = String::new();
    let mut copied = 0;
    for error in parsed.errors() {
        if !matches!(
            error.error,
            ParseErrorType::Lexical(LexicalErrorType::FStringError(InterpolatedStringErrorType::NewlineInFormatSpec))
        ) {
            continue;
        }
        let (part, line_end) = (error.location.start().to_usize(), error.location.end().to_usize());
        let Some(before) = part.checked_sub(1).filter(|&before| before >= copied) else { continue };
        if !bytes.get(before).copied().is_some_and(begins) {
            continue;
        }
        let mut rest = Rest { text, at: line_end, blanks: String::new(), fields: String::new() };
        if rest.read().is_some() {
            moved.push_str(text.get(copied..before)?);
            moved.push_str(&rest.blanks);
            moved.push_str(text.get(before..line_end)?);
            moved.push_str(&rest.fields);
            copied = rest.at;
        }
    }
    if copied == 0 {
        return None;
    }
    moved.push_str(text.get(copied..)?);
    Some(moved)
}

/// The rest of a field after the line end in its format specification, up to its closing brace.
struct Rest<'a> {
    text: &'a str,
    at: usize,
    /// The blanks, line ends and comments that stand around fields.
    blanks: String,
    fields: String,
}

impl Rest<'_> {
    /// Reads fields and the blanks around them; `None` if something else stands there.
    fn read(&mut self) -> Option<()> {
        loop {
            let after = after_blanks(self.text.as_bytes(), self.at);
            self.blanks.push_str(self.text.get(self.at..after)?);
            self.at = after;
            match self.text.as_bytes().get(after)? {
                b'}' => return Some(()),
                b'{' => self.field()?,
                _ => return None,
            }
        }
    }

    /// Reads a field, whose own format specification may only have fields.
    fn field(&mut self) -> Option<()> {
        let begin = self.at;
        let mut depth = 0_usize;
        let mut quote = None;
        loop {
            let byte = *self.text.as_bytes().get(self.at)?;
            match (quote, byte) {
                (Some(open), _) if open == byte => quote = None,
                (None, b'\'' | b'"') => quote = Some(byte),
                (None, b'(' | b'[' | b'{') => depth += 1,
                (None, b':') if depth == 1 => {
                    self.at += 1;
                    self.fields.push_str(self.text.get(begin..self.at)?);
                    self.read()?;
                    self.fields.push('}');
                    self.at += 1;
                    return Some(());
                }
                (None, b')' | b']' | b'}') => depth = depth.checked_sub(1)?,
                _ => {}
            }
            self.at += 1;
            if depth == 0 {
                self.fields.push_str(self.text.get(begin..self.at)?);
                return Some(());
            }
        }
    }
}

/// The place after blanks, line ends and comments.
fn after_blanks(bytes: &[u8], mut at: usize) -> usize {
    let mut in_comment = false;
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'\n' => in_comment = false,
            b'#' => in_comment = true,
            b' ' | b'\t' => {}
            _ if in_comment => {}
            _ => break,
        }
        at += 1;
    }
    at
}

#[cfg(test)]
mod tests {
    //! Which texts are refused: `testdata/python/fields.py`.

    use super::super::judged::{refusal_in, said};

    #[test]
    fn lines_stay_though_the_end_of_one_is_moved() {
        let text = "x = f'{\n  a:.2f\n}' if b else f'{\n  c!r:>{d}\n\n}'\nawait y\n";
        assert_eq!(refusal_in(12, text), said(7, "'await' outside function"));
        assert_eq!(refusal_in(12, "x = f'{\n  a:.2f\n}'\n"), None);
    }
}
