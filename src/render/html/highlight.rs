//! Finds the pieces of Python source that have a colour: keywords, strings, comments, numbers and names of definitions.
//!
//! It has its own scanner because sources that CPython refuses are shown too. The scanner never fails, needs no stack, and reads each byte once.

use std::ops::Range;

use crate::python::text::is_keyword;

/// The kind of a piece of text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Class {
    /// A keyword.
    Keyword,
    /// A string, or the literal parts of one with fields.
    String,
    /// A comment.
    Comment,
    /// A number.
    Number,
    /// The name that a `def` or `class` defines.
    Definition,
    /// A decorator's name.
    Decorator,
}

/// The coloured pieces of a Python source, in order. No piece is empty, and none crosses a line end.
pub(super) fn python(text: &str) -> Vec<(Range<usize>, Class)> {
    let mut scanner =
        Scanner { text: text.as_bytes(), at: 0, pieces: Vec::with_capacity(text.len() / 12), fields: Vec::new() };
    scanner.code();
    scanner.pieces
}

/// A string with fields in braces: `f"…{` was read, and the end of the string is still to come.
struct Fielded {
    quote: u8,
    triple: bool,
    /// Brackets that are open inside the field.
    depth: u32,
}

struct Scanner<'a> {
    text: &'a [u8],
    at: usize,
    pieces: Vec<(Range<usize>, Class)>,
    fields: Vec<Fielded>,
}

impl Scanner<'_> {
    fn peek(&self, ahead: usize) -> u8 {
        self.text.get(self.at + ahead).copied().unwrap_or(0)
    }

    /// Passes over bytes of that kind.
    #[inline]
    fn skip(&mut self, is_of: impl Fn(u8) -> bool) {
        let rest = self.text.get(self.at..).unwrap_or_default();
        self.at += rest.iter().position(|&byte| !is_of(byte)).unwrap_or(rest.len());
    }

    fn code(&mut self) {
        // Whether only whitespace came since the statement began.
        let mut begins = true;
        // Whether `def` or `class` came last.
        let mut defines = false;
        while self.at < self.text.len() {
            let byte = self.text[self.at];
            match byte {
                b'#' => {
                    let end = self.line_end();
                    self.piece(self.at, end, Class::Comment);
                    self.at = end;
                }
                b'"' | b'\'' => {
                    self.string(self.at, false);
                    begins = false;
                }
                b'0'..=b'9' => self.number(),
                b'.' if self.peek(1).is_ascii_digit() => self.number(),
                b'\n' => {
                    self.at += 1;
                    begins = true;
                    // A field of a string in single quotes ends with its line, even if its end is missing.
                    self.fields.retain(|field| field.triple);
                }
                b'@' if begins => {
                    let from = self.at;
                    self.at += 1;
                    self.skip(|byte| is_name(byte) || byte == b'.');
                    self.piece(from, self.at, Class::Decorator);
                    begins = false;
                }
                b';' | b':' if self.fields.is_empty() => {
                    self.at += 1;
                    begins = true;
                }
                b' ' | b'\t' | b'\x0c' => self.skip(|byte| matches!(byte, b' ' | b'\t' | b'\x0c')),
                _ if is_name(byte) => {
                    let from = self.at;
                    self.skip(is_name);
                    let word = &self.text[from..self.at];
                    if matches!(self.peek(0), b'"' | b'\'') && is_prefix(word) {
                        let fielded = word.iter().any(|letter| matches!(letter | 0x20, b'f' | b't'));
                        self.string(from, fielded);
                    } else if self.is_keyword(word, begins, from) {
                        self.piece(from, self.at, Class::Keyword);
                        defines = matches!(word, b"def" | b"class");
                        // Another keyword (`async def`), a colon that begins anew (`else: x`) or, after a soft keyword, a name follows.
                        begins = false;
                        continue;
                    } else if defines {
                        self.piece(from, self.at, Class::Definition);
                    }
                    defines = false;
                    begins = false;
                }
                _ => {
                    self.bracket(byte);
                    self.at += 1;
                    begins = false;
                }
            }
        }
    }

    /// Follows the brackets inside a field, and continues with the string where the field ends.
    fn bracket(&mut self, byte: u8) {
        let Some(field) = self.fields.last_mut() else { return };
        match byte {
            b'{' | b'[' | b'(' => field.depth += 1,
            b'}' if field.depth == 0 => {
                let Fielded { quote, triple, .. } = *field;
                self.fields.pop();
                self.at += 1;
                self.literal(self.at, quote, triple, true);
                // The caller skips one byte.
                self.at -= 1;
            }
            b'}' | b']' | b')' => field.depth = field.depth.saturating_sub(1),
            _ => {}
        }
    }

    /// Whether a name is a keyword at this place. A soft keyword must begin a statement, and `match` and `case` need a colon at its end.
    fn is_keyword(&self, word: &[u8], begins: bool, from: usize) -> bool {
        if is_keyword(word) {
            // After a dot, a word is an attribute's name: `x.print` may be one, and `x.if` is not Python.
            return from == 0 || self.text[from - 1] != b'.';
        }
        if !begins || !self.fields.is_empty() || !matches!(word, b"match" | b"case" | b"type" | b"lazy") {
            return false;
        }
        let rest = &self.text[self.at..self.line_end()];
        let next = rest.iter().copied().find(|byte| *byte != b' ').unwrap_or(0);
        match word {
            b"match" | b"case" => !matches!(next, b'=' | b'.' | b',' | b':' | b')' | b';' | 0) && opens_block(rest),
            b"type" => rest.first() == Some(&b' ') && is_name(next) && !next.is_ascii_digit(),
            b"lazy" => rest.starts_with(b" import ") || rest.starts_with(b" from "),
            _ => false,
        }
    }

    fn number(&mut self) {
        let from = self.at;
        while is_name(self.peek(0))
            || self.peek(0) == b'.'
            || (matches!(self.peek(0), b'+' | b'-')
                && matches!(self.text[self.at - 1], b'e' | b'E')
                && !self.text[from..self.at].starts_with(b"0x"))
        {
            self.at += 1;
            if self.at >= self.text.len() {
                break;
            }
        }
        self.piece(from, self.at, Class::Number);
    }

    /// Reads a string: its prefix begins at `from`, and its quote is at the current position.
    fn string(&mut self, from: usize, fielded: bool) {
        let quote = self.text[self.at];
        let triple = self.peek(1) == quote && self.peek(2) == quote;
        self.at += if triple { 3 } else { 1 };
        self.literal(from, quote, triple, fielded);
    }

    /// Reads the literal part of a string, to its end or to its next field.
    fn literal(&mut self, from: usize, quote: u8, triple: bool, fielded: bool) {
        loop {
            self.skip(|byte| byte != quote && !matches!(byte, b'\\' | b'\n' | b'{'));
            let Some(&byte) = self.text.get(self.at) else { break };
            match byte {
                // A quote after a backslash does not end a string, not even a raw one.
                b'\\' if fielded && self.peek(1) == b'{' => self.at += 1,
                b'\\' if fielded && self.peek(1) == b'N' && self.peek(2) == b'{' => self.at += 3,
                b'\\' => self.at += 2,
                b'\n' if !triple => break,
                byte if byte == quote && !triple => {
                    self.at += 1;
                    break;
                }
                byte if byte == quote && self.peek(1) == quote && self.peek(2) == quote => {
                    self.at += 3;
                    break;
                }
                b'{' if fielded && self.peek(1) == b'{' => self.at += 2,
                b'{' if fielded => {
                    self.piece(from, self.at, Class::String);
                    self.at += 1;
                    self.fields.push(Fielded { quote, triple, depth: 0 });
                    return;
                }
                _ => self.at += 1,
            }
        }
        self.at = self.at.min(self.text.len());
        self.piece(from, self.at, Class::String);
    }

    fn line_end(&self) -> usize {
        memchr::memchr(b'\n', &self.text[self.at..]).map_or(self.text.len(), |length| self.at + length)
    }

    /// Adds a piece, cut at line ends.
    fn piece(&mut self, from: usize, to: usize, class: Class) {
        let mut begin = from;
        for end in memchr::memchr_iter(b'\n', &self.text[from..to]).map(|at| from + at).chain([to]) {
            if begin < end {
                self.pieces.push((begin..end, class));
            }
            begin = end + 1;
        }
    }
}

/// Whether the rest of a line has a colon outside brackets, or leaves brackets open.
fn opens_block(rest: &[u8]) -> bool {
    let mut depth = 0_u32;
    for byte in rest {
        match byte {
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => depth = depth.saturating_sub(1),
            b':' if depth == 0 => return true,
            b'#' => break,
            _ => {}
        }
    }
    depth > 0
}

/// A byte of a name; every byte beyond ASCII counts as one.
fn is_name(byte: u8) -> bool {
    const NAMES: [bool; 256] = {
        let mut names = [true; 256];
        let mut byte: u8 = 0;
        while byte < 0x80 {
            names[byte as usize] = byte.is_ascii_alphanumeric() || byte == b'_';
            byte += 1;
        }
        names
    };
    NAMES[usize::from(byte)]
}

fn is_prefix(word: &[u8]) -> bool {
    word.len() <= 2 && word.iter().all(|letter| matches!(letter | 0x20, b'r' | b'b' | b'u' | b'f' | b't'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> Vec<(&str, Class)> {
        python(text).into_iter().map(|(range, class)| (&text[range], class)).collect()
    }

    fn of(text: &str, class: Class) -> Vec<&str> {
        shown(text).into_iter().filter(|piece| piece.1 == class).map(|piece| piece.0).collect()
    }

    #[test]
    fn a_definition_is_coloured() {
        let text = "@app.route('/x')\nasync def f(a=0x1F, *, b=1e-3):  # why\n    return None\n";
        assert_eq!(
            shown(text),
            [
                ("@app.route", Class::Decorator),
                ("'/x'", Class::String),
                ("async", Class::Keyword),
                ("def", Class::Keyword),
                ("f", Class::Definition),
                ("0x1F", Class::Number),
                ("1e-3", Class::Number),
                ("# why", Class::Comment),
                ("return", Class::Keyword),
                ("None", Class::Keyword),
            ]
        );
    }

    #[test]
    fn strings_end_where_python_ends_them() {
        assert_eq!(of("a = r'\\' + b'x'\n", Class::String), ["r'\\' + b'", "'"]);
        assert_eq!(of("a = 'it\\'s' + \"#\"\n", Class::String), ["'it\\'s'", "\"#\""]);
        assert_eq!(of("'''a\n'b'\n\n#'''; x\n", Class::String), ["'''a", "'b'", "#'''"]);
        assert_eq!(of("'open\nx = 1\n", Class::String), ["'open"]);
        assert_eq!(of("'''open", Class::String), ["'''open"]);
        assert_eq!(of("'\\", Class::String), ["'\\"]);
    }

    #[test]
    fn fields_of_strings_are_code() {
        assert_eq!(of("f'a{x!r:>{w}}b{{c}}'", Class::String), ["f'a", "b{{c}}'"]);
        assert_eq!(of("f'{d['k'] if y else 1}!'", Class::Keyword), ["if", "else"]);
        assert_eq!(of("rf\"{x}\\d\" + t'{y}'", Class::String), ["rf\"", "\\d\"", "t'", "'"]);
        assert_eq!(of("f'{open\nx = 'a'\n", Class::String), ["f'", "'a'"]);
    }

    #[test]
    fn soft_keywords_are_names_elsewhere() {
        assert_eq!(
            of("match x:\n    case [1]: pass\n    case _ if y: pass\n", Class::Keyword),
            ["match", "case", "pass", "case", "if", "pass"]
        );
        assert_eq!(of("match = 1\nmatch(x)\nmatch.group()\ncase, type = 1, 2\nx = match\n", Class::Keyword), [""; 0]);
        assert_eq!(of("type A = int\ntype(x)\n", Class::Keyword), ["type"]);
        assert_eq!(of("lazy import a\nlazy = 1\n", Class::Keyword), ["lazy", "import"]);
    }

    #[test]
    fn no_piece_is_empty_or_crosses_lines_whatever_the_text() {
        let alphabet = ["'", "\"", "'''", "\n", "{", "}", "f'", "\\", "#", "def ", "é", "1.e", "@", ":", "match ", " "];
        let mut seed = 7_u64;
        for _ in 0..2_000 {
            let mut text = String::new();
            for _ in 0..12 {
                seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                text.push_str(alphabet[usize::try_from(seed >> 60).unwrap()]);
            }
            let mut last = 0;
            for (range, _) in python(&text) {
                assert!(range.start >= last && range.start < range.end, "{text:?}");
                assert!(!text[range.clone()].contains('\n'), "{text:?}");
                last = range.end;
            }
        }
    }
}
