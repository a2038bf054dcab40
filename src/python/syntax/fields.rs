//! The replacement fields of f-strings up to 3.11, which read them in other ways than the parser does.
//!
//! An f-string is one token there. CPython cuts an expression out by its brackets and quotes alone, and compiles it in parentheses:
//!
//! ```text
//! f"{a for a in b!r:>{c}}"       (a for a in b)  (c)
//! f"{yield, 1}"                  (yield, 1)      refused
//! f"{a['b\n']} {c # d}"                          refused: a backslash, a comment
//! ```
//!
//! The rules are those of `string_parser.c`. What the parser does not read is rewritten; lines stay as they are.

use ruff_python_ast::token::{Token, TokenKind, Tokens};
use ruff_text_size::Ranged;

use super::depth::BRACKETS;

/// The place of a mistake, and its description in CPython's words.
type Step = Result<(), (usize, String)>;

fn fails(at: usize, message: impl Into<String>) -> Step {
    Err((at, message.into()))
}

/// The text with parentheses around the expressions that the parser reads only with these: generator expressions. `None` if there are none.
///
/// # Errors
/// The first field that CPython up to 3.11 refuses by its form.
pub(super) fn in_parentheses(text: &str, tokens: &Tokens) -> Result<Option<String>, (usize, String)> {
    let mut generators = Vec::new();
    for token in tokens.iter().filter(|token| token.kind() == TokenKind::FStringStart) {
        if let Some(mut literal) = Literal::of(text, token) {
            literal.parts(0, &mut generators)?;
        }
    }
    if generators.is_empty() {
        return Ok(None);
    }
    // An expression may hold another f-string, with generator expressions of its own.
    generators.sort_unstable();
    let mut patched = String::with_capacity(text.len() + generators.len());
    let mut copied = 0;
    for (at, bracket) in generators {
        patched.push_str(text.get(copied..at).unwrap_or_default());
        patched.push(bracket);
        copied = at;
    }
    patched.push_str(text.get(copied..).unwrap_or_default());
    Ok(Some(patched))
}

/// The inside of an f-string, read from left to right.
struct Literal<'a> {
    bytes: &'a [u8],
    at: usize,
    end: usize,
    is_raw: bool,
}

impl<'a> Literal<'a> {
    /// The f-string that `token` opens, up to its closing quotes; `None` if there are none.
    fn of(text: &'a str, token: &Token) -> Option<Self> {
        let bytes = text.as_bytes();
        let opening = bytes.get(token.range().to_std_range())?;
        let prefix = opening.iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
        let quotes = opening.get(prefix..)?;
        let begin = token.end().to_usize();
        let mut end = begin;
        while !bytes.get(end..)?.starts_with(quotes) {
            match bytes.get(end)? {
                b'\\' => end += 2,
                b'\n' if quotes.len() == 1 => return None,
                _ => end += 1,
            }
        }
        let is_raw = opening.get(..prefix)?.iter().any(|byte| byte.eq_ignore_ascii_case(&b'r'));
        Some(Self { bytes, at: begin, end, is_raw })
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied().filter(|_| self.at < self.end)
    }

    fn follows(&self, expected: u8) -> bool {
        self.bytes.get(self.at + 1) == Some(&expected) && self.at + 1 < self.end
    }

    /// Reads literal text and fields up to the end, or to the brace that ends the format specification at this level.
    fn parts(&mut self, level: u32, generators: &mut Vec<(usize, char)>) -> Step {
        while let Some(byte) = self.peek() {
            match byte {
                b'\\' if !self.is_raw => self.escape(),
                b'{' | b'}' if level == 0 && self.follows(byte) => self.at += 2,
                b'{' => self.field(level, generators)?,
                b'}' if level == 0 => return fails(self.at, "f-string: single '}' is not allowed"),
                b'}' => break,
                _ => self.at += 1,
            }
        }
        Ok(())
    }

    /// Passes a backslash and the character after it, but for a brace.
    fn escape(&mut self) {
        self.at += 1;
        match self.peek() {
            Some(b'N') if self.follows(b'{') => {
                while self.peek().is_some_and(|byte| byte != b'}') {
                    self.at += 1;
                }
                self.at += 1;
            }
            Some(b'{' | b'}') | None => {}
            Some(_) => self.at += 1,
        }
    }

    /// Reads a field: its expression, conversion and format specification.
    fn field(&mut self, level: u32, generators: &mut Vec<(usize, char)>) -> Step {
        let opening = self.at;
        if level >= 2 {
            return fails(opening, "f-string: expressions nested too deeply");
        }
        self.at += 1;
        let loops = self.expression()?;
        let expression = self.bytes.get(opening + 1..self.at).unwrap_or_default();
        if expression.iter().all(|byte| b" \t\n\x0c".contains(byte)) {
            return fails(opening, "f-string: empty expression not allowed");
        }
        if loops {
            generators.extend([(opening + 1, '('), (self.at, ')')]);
        }
        if self.peek() == Some(b'=') {
            self.at += 1;
            while self.peek().is_some_and(|byte| byte.is_ascii_whitespace() || byte == b'\x0b') {
                self.at += 1;
            }
        }
        if self.peek() == Some(b'!') {
            self.at += 1;
            if self.peek().is_some_and(|byte| !b"sra".contains(&byte)) {
                return fails(opening, "f-string: invalid conversion character: expected 's', 'r', or 'a'");
            }
            self.at += 1;
        }
        if self.peek() == Some(b':') {
            self.at += 1;
            self.parts(level + 1, generators)?;
        }
        if self.peek() != Some(b'}') {
            return fails(opening, "f-string: expecting '}'");
        }
        self.at += 1;
        Ok(())
    }

    /// Reads up to the end of an expression; whether it is a generator expression without parentheses.
    fn expression(&mut self) -> Result<bool, (usize, String)> {
        let begin = self.at;
        let mut brackets: Vec<u8> = Vec::new();
        let mut loops = false;
        while let Some(byte) = self.peek() {
            match byte {
                b'\'' | b'"' => {
                    self.string(byte)?;
                    continue;
                }
                b'\\' => fails(self.at, "f-string expression part cannot include a backslash")?,
                b'#' => fails(self.at, "f-string expression part cannot include '#'")?,
                b'(' | b'[' | b'{' if brackets.len() >= BRACKETS => {
                    fails(self.at, "f-string: too many nested parenthesis")?;
                }
                b'(' | b'[' | b'{' => brackets.push(byte),
                b'!' | b'=' | b'<' | b'>' if brackets.is_empty() && self.follows(b'=') => self.at += 1,
                b'!' | b':' | b'}' | b'=' if brackets.is_empty() => break,
                b')' | b']' | b'}' => self.close(byte, brackets.pop())?,
                b'f' if brackets.is_empty() => loops |= self.is_for(begin),
                _ => {}
            }
            self.at += 1;
        }
        match brackets.pop() {
            Some(open) => fails(begin, format!("f-string: unmatched '{}'", char::from(open)))?,
            None if self.at >= self.end => fails(begin, "f-string: expecting '}'")?,
            None => {}
        }
        Ok(loops)
    }

    fn close(&self, byte: u8, open: Option<u8>) -> Step {
        let sign = char::from(byte);
        match open {
            Some(b'(') if byte == b')' => Ok(()),
            Some(b'[') if byte == b']' => Ok(()),
            Some(b'{') if byte == b'}' => Ok(()),
            Some(open) => {
                let open = char::from(open);
                let message = format!("closing parenthesis '{sign}' does not match opening parenthesis '{open}'");
                fails(self.at, format!("f-string: {message}"))
            }
            None => fails(self.at, format!("f-string: unmatched '{sign}'")),
        }
    }

    /// Passes a string inside an expression.
    fn string(&mut self, quote: u8) -> Step {
        let triple = [quote; 3];
        let rest = self.bytes.get(self.at..self.end).unwrap_or_default();
        let quotes = if rest.starts_with(&triple) { &triple[..] } else { &triple[..1] };
        let begin = self.at;
        self.at += quotes.len();
        while let Some(byte) = self.peek() {
            if byte == b'\\' {
                return fails(self.at, "f-string expression part cannot include a backslash");
            }
            if self.bytes.get(self.at..self.end).is_some_and(|rest| rest.starts_with(quotes)) {
                self.at += quotes.len();
                return Ok(());
            }
            self.at += 1;
        }
        fails(begin, "f-string: unterminated string")
    }

    /// Whether the word `for` stands here, in an expression that begins at `begin`.
    fn is_for(&self, begin: usize) -> bool {
        let continues = |byte: u8| byte == b'_' || byte >= 128 || byte.is_ascii_alphanumeric();
        let rest = self.bytes.get(self.at..self.end).unwrap_or_default();
        // A number may stand before it without a blank.
        let before = self.bytes.get(begin..self.at).and_then(|before| before.last()).copied();
        rest.strip_prefix(b"for").is_some_and(|after| !after.first().is_some_and(|&byte| continues(byte)))
            && before.is_none_or(|byte| byte.is_ascii_digit() || !continues(byte))
    }
}

#[cfg(test)]
mod tests {
    //! Which texts are refused: `testdata/python/fields.py`. The expected messages are CPython 3.11's.

    use super::super::judged::{refusal_in, said};

    #[test]
    fn a_mistake_in_the_form_of_a_field_is_described_as_by_cpython() {
        for (text, message) in [
            ("f'{a!r }'", "f-string: expecting '}'"),
            ("f'{a=b}'", "f-string: expecting '}'"),
            ("f'{a:'", "f-string: expecting '}'"),
            ("f'{a'", "f-string: expecting '}'"),
            ("f'{a!}'", "f-string: invalid conversion character: expected 's', 'r', or 'a'"),
            ("(f'{a!x}' b)", "f-string: invalid conversion character: expected 's', 'r', or 'a'"),
            ("f'{}'", "f-string: empty expression not allowed"),
            ("f'{ }'", "f-string: empty expression not allowed"),
            ("f'}'", "f-string: single '}' is not allowed"),
            ("f'{a]}'", "f-string: unmatched ']'"),
            ("f'{(a]}'", "f-string: closing parenthesis ']' does not match opening parenthesis '('"),
            ("f'{\"a}'", "f-string: unterminated string"),
            ("f'{a # b}'", "f-string expression part cannot include '#'"),
            ("f'{\"\\n\"}'", "f-string expression part cannot include a backslash"),
            ("f'{a:{b:{c}}}'", "f-string: expressions nested too deeply"),
            ("f'{*a}'", "f-string: cannot use starred expression here"),
            ("b c; f'{a!x}'", "invalid syntax"),
        ] {
            assert_eq!(refusal_in(11, &format!("x\n{text}\n")), said(2, message), "{text}");
        }
        let text = "f'{a!x}'\nx = 'open\n";
        assert_eq!(refusal_in(11, text), said(2, "unterminated string literal (detected at line 2)"));
    }

    #[test]
    fn a_generator_expression_is_compiled_in_parentheses() {
        let text = "def f():\n    return f'{a for a in b}'\n\nawait c\n";
        assert_eq!(refusal_in(11, text), said(4, "'await' outside function"));
        let text = "def f():\n    return f'''{\n(yield) for a in b}'''\n";
        assert_eq!(refusal_in(11, text), said(3, "'yield' inside generator expression"));
    }
}
