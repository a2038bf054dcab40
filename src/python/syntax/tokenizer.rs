//! A model of CPython's tokenizer, close enough to find the mistakes that it reports.
//!
//! It reads only texts that the parser refused. CPython then reads the rest of the file, and a mistake that its tokenizer finds, however far down,
//! is reported instead of the parser's; so is a bracket left open before the line of the mistake.

use ruff_python_ast::PythonVersion;

use super::depth::{BRACKETS, INDENTATIONS, INTERPOLATED, TooDeep, too_many_interpolated};

/// A token, with as much detail as its place needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) kind: Kind,
    /// The offset of its first byte.
    pub(super) start: usize,
    /// The offset after its last byte.
    pub(super) end: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Word,
    Number,
    String,
    /// A bracket or an operator, by its first byte.
    Sign(u8),
    Newline,
    Indent,
    Dedent,
}

/// The result of tokenizing a text.
#[derive(Debug, Default)]
pub(super) struct Scan {
    /// The tokens up to the first mistake, or all tokens.
    pub(super) tokens: Vec<Token>,
    /// The first mistake: the byte where it is reported, and the message.
    pub(super) mistake: Option<(usize, String)>,
    /// The innermost bracket that is open at the end of the text.
    pub(super) open: Option<(usize, u8)>,
    /// The places of `{{` in format specifications that stand for one brace.
    pub(super) escapes: Vec<usize>,
}

/// An open bracket.
#[derive(Clone, Copy)]
struct Bracket {
    sign: u8,
    at: usize,
    line: usize,
}

/// An open f-string. Its text is a token; its replacement fields have tokens of their own.
struct Interpolated {
    quote: u8,
    triple: bool,
    raw: bool,
    start: usize,
    /// The number of brackets that were open where it began.
    outside: usize,
    /// For each field whose format specification is being read, the number of open brackets.
    specifications: Vec<usize>,
    /// Whether a field ended after the last colon that began a specification: `{{` is an escape again.
    after_field: bool,
    letter: char,
}

struct Tokenizer<'a> {
    text: &'a str,
    bytes: &'a [u8],
    python: PythonVersion,
    at: usize,
    line: usize,
    brackets: Vec<Bracket>,
    indentations: Vec<(usize, usize)>,
    interpolated: Vec<Interpolated>,
    tokens: Vec<Token>,
    escapes: Vec<usize>,
}

type Step = Result<(), (usize, String)>;

fn fails<T>(at: usize, message: impl Into<String>) -> Result<T, (usize, String)> {
    Err((at, message.into()))
}

/// Reads a whole text.
pub(super) fn scan(text: &str, python: PythonVersion) -> Scan {
    let mut tokenizer = Tokenizer {
        text,
        bytes: text.as_bytes(),
        python,
        at: 0,
        line: 1,
        brackets: Vec::new(),
        indentations: vec![(0, 0)],
        interpolated: Vec::new(),
        tokens: Vec::new(),
        escapes: Vec::new(),
    };
    let mistake = tokenizer.run().err();
    let open = tokenizer.brackets.last().map(|bracket| (bracket.at, bracket.sign));
    Scan { tokens: tokenizer.tokens, mistake, open, escapes: tokenizer.escapes }
}

impl Tokenizer<'_> {
    fn peek(&self, ahead: usize) -> u8 {
        self.bytes.get(self.at + ahead).copied().unwrap_or(0)
    }

    fn ended(&self) -> bool {
        self.at >= self.bytes.len()
    }

    fn push(&mut self, kind: Kind, start: usize) {
        self.tokens.push(Token { kind, start, end: self.at });
    }

    fn run(&mut self) -> Step {
        let mut line_begins = true;
        while !self.ended() {
            if let Some(frame) = self.interpolated.last() {
                let inside = self.brackets.len() - frame.outside.min(self.brackets.len());
                if inside == 0 || frame.specifications.last() == Some(&self.brackets.len()) {
                    self.literal_part()?;
                    continue;
                }
            }
            if line_begins && self.brackets.is_empty() {
                line_begins = false;
                if self.indentation()? {
                    line_begins = true;
                    continue;
                }
                if self.ended() {
                    break;
                }
            }
            let start = self.at;
            let byte = self.peek(0);
            match byte {
                b' ' | b'\t' | b'\x0c' => self.at += 1,
                b'\n' => {
                    self.at += 1;
                    if self.brackets.is_empty() {
                        self.push(Kind::Newline, start);
                        line_begins = true;
                    }
                    self.line += 1;
                }
                b'#' => self.comment(),
                b'\\' => {
                    if self.peek(1) != b'\n' {
                        return fails(start, "unexpected character after line continuation character");
                    }
                    self.at += 2;
                    self.line += 1;
                    if self.ended() {
                        return fails(start, "unexpected EOF while parsing");
                    }
                }
                b'\'' | b'"' => self.string(start)?,
                b'0'..=b'9' => self.number()?,
                b'.' if self.peek(1).is_ascii_digit() => self.number()?,
                b'_' | b'a'..=b'z' | b'A'..=b'Z' | 128.. => self.word()?,
                b'(' | b'[' | b'{' => {
                    if self.brackets.len() >= BRACKETS {
                        return fails(start, TooDeep::Brackets.message());
                    }
                    self.brackets.push(Bracket { sign: byte, at: start, line: self.line });
                    self.at += 1;
                    self.push(Kind::Sign(byte), start);
                }
                b')' | b']' | b'}' => self.close(byte)?,
                0..=31 | 127 => {
                    return fails(start, format!("invalid non-printable character U+{byte:04X}"));
                }
                _ => self.sign(byte),
            }
        }
        if let Some(frame) = self.interpolated.last()
            && self.brackets.len() <= frame.outside
        {
            let (start, message) = self.unterminated(frame.start, frame.triple, Some(frame.letter));
            return Err((start, message));
        }
        Ok(())
    }

    fn comment(&mut self) {
        while !self.ended() && self.peek(0) != b'\n' {
            self.at += 1;
        }
    }

    /// Reads the blanks at the beginning of a line; true if the line has nothing else.
    fn indentation(&mut self) -> Result<bool, (usize, String)> {
        let (mut column, mut strict) = (0, 0);
        let start = self.at;
        loop {
            match self.peek(0) {
                b' ' => (column, strict) = (column + 1, strict + 1),
                b'\t' => (column, strict) = ((column / 8 + 1) * 8, strict + 1),
                b'\x0c' => (column, strict) = (0, 0),
                b'\\' if self.peek(1) == b'\n' => {
                    // A line that continues an empty one keeps its indentation.
                    self.at += 1;
                    self.line += 1;
                }
                _ => break,
            }
            self.at += 1;
        }
        if self.peek(0) == b'#' {
            self.comment();
        }
        if self.ended() {
            return Ok(true);
        }
        if self.peek(0) == b'\n' {
            self.at += 1;
            self.line += 1;
            return Ok(true);
        }
        let (mut top, mut strict_top) = self.indentations.last().copied().unwrap_or((0, 0));
        if column > top {
            if self.indentations.len() >= INDENTATIONS {
                return fails(self.at, TooDeep::Indentation.message());
            }
            if strict <= strict_top {
                return fails(self.at, "inconsistent use of tabs and spaces in indentation");
            }
            self.indentations.push((column, strict));
            self.push(Kind::Indent, start);
            return Ok(false);
        }
        while column < top {
            self.indentations.pop();
            (top, strict_top) = self.indentations.last().copied().unwrap_or((0, 0));
            self.tokens.push(Token { kind: Kind::Dedent, start: self.at, end: self.at });
        }
        if column != top {
            return fails(self.at, "unindent does not match any outer indentation level");
        }
        if strict != strict_top {
            return fails(self.at, "inconsistent use of tabs and spaces in indentation");
        }
        Ok(false)
    }

    fn close(&mut self, byte: u8) -> Step {
        let start = self.at;
        let sign = char::from(byte);
        // A bracket inside a replacement field cannot be meant to close the field's own brace.
        let field = self.interpolated.last().filter(|frame| self.brackets.len() <= frame.outside + 1);
        let (in_field, unmatched) = match field {
            Some(frame) => (true, format!("{}-string: unmatched '{sign}'", frame.letter)),
            None => (false, format!("unmatched '{sign}'")),
        };
        let Some(open) = self.brackets.pop() else {
            return fails(start, unmatched);
        };
        if !matches!((open.sign, byte), (b'(', b')') | (b'[', b']') | (b'{', b'}')) {
            let opened = char::from(open.sign);
            if open.sign == b'{' && in_field {
                return fails(start, unmatched);
            }
            let place = if open.line == self.line { String::new() } else { format!(" on line {}", open.line) };
            let message = format!("closing parenthesis '{sign}' does not match opening parenthesis '{opened}'{place}");
            return fails(start, message);
        }
        self.at += 1;
        self.push(Kind::Sign(byte), start);
        let open = self.brackets.len();
        if let Some(frame) = self.interpolated.last_mut().filter(|frame| frame.specifications.last() == Some(&open)) {
            frame.after_field = true;
        }
        Ok(())
    }

    fn sign(&mut self, byte: u8) {
        let start = self.at;
        self.at += 1;
        let open = self.brackets.len();
        if byte == b':'
            && let Some(frame) = self.interpolated.last_mut()
            && open == frame.outside + frame.specifications.len() + 1
            && frame.specifications.last() != Some(&open)
        {
            frame.specifications.push(open);
            frame.after_field = false;
        } else {
            let longer: &[&[u8]] =
                &[b"**=", b"//=", b">>=", b"<<=", b"...", b"**", b"//", b">>", b"<<", b"->", b":=", b"!=", b"=="];
            let rest = self.bytes.get(start..).unwrap_or_default();
            if let Some(long) = longer.iter().find(|long| rest.starts_with(long)) {
                self.at = start + long.len();
            } else if b"+-*/%@&|^<>".contains(&byte) && self.peek(0) == b'=' {
                self.at += 1;
            }
        }
        self.push(Kind::Sign(byte), start);
    }

    fn word(&mut self) -> Step {
        let start = self.at;
        while matches!(self.peek(0), b'_' | b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | 128..) {
            self.at += 1;
        }
        let word = self.bytes.get(start..self.at).unwrap_or_default();
        if matches!(self.peek(0), b'\'' | b'"') && word.len() <= 2 {
            let prefix = word.to_ascii_lowercase();
            let templates = self.python >= PythonVersion::PY314;
            match &*prefix {
                b"b" | b"r" | b"u" | b"br" | b"rb" | b"f" | b"fr" | b"rf" => return self.string(start),
                b"t" | b"tr" | b"rt" if templates => return self.string(start),
                _ => {}
            }
        }
        self.push(Kind::Word, start);
        Ok(())
    }

    /// Reads a string whose prefix began at `start` and whose quote is next.
    fn string(&mut self, start: usize) -> Step {
        let quote = self.peek(0);
        let triple = self.peek(1) == quote && self.peek(2) == quote;
        let prefix = self.bytes.get(start..self.at).unwrap_or_default().to_ascii_lowercase();
        let letter = if prefix.contains(&b't') { 't' } else { 'f' };
        self.at += if triple { 3 } else { 1 };
        if self.python >= PythonVersion::PY312 && (prefix.contains(&b'f') || prefix.contains(&b't')) {
            if self.interpolated.len() >= INTERPOLATED {
                return fails(start, too_many_interpolated(self.python));
            }
            self.interpolated.push(Interpolated {
                quote,
                triple,
                raw: prefix.contains(&b'r'),
                start,
                outside: self.brackets.len(),
                specifications: Vec::new(),
                after_field: false,
                letter,
            });
            self.push(Kind::String, start);
            return Ok(());
        }
        loop {
            if self.ended() {
                return Err(self.unterminated(start, triple, None));
            }
            let byte = self.peek(0);
            if byte == quote && (!triple || (self.peek(1) == quote && self.peek(2) == quote)) {
                self.at += if triple { 3 } else { 1 };
                self.push(Kind::String, start);
                return Ok(());
            }
            if byte == b'\\' {
                self.at += 1;
            } else if byte == b'\n' && !triple {
                return Err(self.unterminated(start, triple, None));
            }
            if self.peek(0) == b'\n' {
                self.line += 1;
            }
            self.at += 1;
        }
    }

    fn unterminated(&self, start: usize, triple: bool, letter: Option<char>) -> (usize, String) {
        let kind = letter.map_or("string".to_owned(), |letter| format!("{letter}-string"));
        let triple_word = if triple { "triple-quoted " } else { "" };
        let line = if self.ended() { self.line.saturating_sub(1).max(1) } else { self.line };
        (start, format!("unterminated {triple_word}{kind} literal (detected at line {line})"))
    }

    /// Reads the text of an f-string up to its next replacement field or its end.
    fn literal_part(&mut self) -> Step {
        let Some(frame) = self.interpolated.last() else { return Ok(()) };
        let (quote, triple, raw, start, after_field) =
            (frame.quote, frame.triple, frame.raw, frame.start, frame.after_field);
        let in_specification = frame.specifications.last() == Some(&self.brackets.len());
        while !self.ended() {
            let byte = self.peek(0);
            if byte == quote && (!triple || (self.peek(1) == quote && self.peek(2) == quote)) {
                if in_specification {
                    // The field stays open, and its bracket will be reported.
                    break;
                }
                self.at += if triple { 3 } else { 1 };
                self.interpolated.pop();
                return Ok(());
            }
            match byte {
                b'\n' if !triple && (!in_specification || after_field) => {
                    let letter = self.interpolated.last().map(|frame| frame.letter);
                    return Err(self.unterminated(start, triple, letter));
                }
                b'\n' if !triple => break,
                b'\n' => {
                    self.line += 1;
                    self.at += 1;
                }
                b'\\' => {
                    let named = !raw && self.peek(1) == b'N' && self.peek(2) == b'{';
                    if named {
                        while !self.ended() && !matches!(self.peek(0), b'}' | b'\n') {
                            self.at += 1;
                        }
                    }
                    if !named {
                        self.at += 1;
                        if matches!(self.peek(0), b'{' | b'}') {
                            continue;
                        }
                    }
                    if self.peek(0) == b'\n' {
                        self.line += 1;
                    }
                    self.at += 1;
                }
                b'{' if self.peek(1) == b'{' && (!in_specification || after_field) => {
                    if in_specification {
                        self.escapes.push(self.at);
                    }
                    self.at += 2;
                }
                b'{' => {
                    let at = self.at;
                    if self.brackets.len() >= BRACKETS {
                        return fails(at, TooDeep::Brackets.message());
                    }
                    self.brackets.push(Bracket { sign: b'{', at, line: self.line });
                    self.at += 1;
                    self.push(Kind::Sign(b'{'), at);
                    return Ok(());
                }
                b'}' if in_specification => {
                    if let Some(frame) = self.interpolated.last_mut() {
                        frame.specifications.pop();
                    }
                    return self.close(b'}');
                }
                b'}' if self.peek(1) == b'}' => self.at += 2,
                b'}' => {
                    let letter = self.interpolated.last().map_or('f', |frame| frame.letter);
                    return fails(self.at, format!("{letter}-string: single '}}' is not allowed"));
                }
                _ => self.at += 1,
            }
        }
        if in_specification {
            if let Some(frame) = self.interpolated.last_mut() {
                // Return to reading tokens, so that the walk continues.
                frame.specifications.pop();
            }
            if !self.ended() {
                let letter = self.interpolated.last().map_or('f', |frame| frame.letter);
                return fails(self.at, format!("{letter}-string: expecting '}}'"));
            }
        }
        Ok(())
    }

    fn digits(&mut self, accepts: impl Fn(u8) -> bool) -> bool {
        let start = self.at;
        while accepts(self.peek(0)) || (self.peek(0) == b'_' && accepts(self.peek(1))) {
            self.at += 1;
        }
        self.at > start
    }

    fn number(&mut self) -> Step {
        let start = self.at;
        let base = if self.peek(0) == b'0' { self.peek(1).to_ascii_lowercase() } else { 0 };
        let name = match base {
            b'x' => "hexadecimal",
            b'o' => "octal",
            b'b' => "binary",
            _ => "decimal",
        };
        if name == "decimal" {
            let zero = self.peek(0) == b'0';
            self.digits(|byte| byte.is_ascii_digit());
            let digits = self.bytes.get(start..self.at).unwrap_or_default();
            let leading = zero && digits.iter().any(|byte| (b'1'..=b'9').contains(byte));
            let mut whole = true;
            if self.peek(0) == b'.' {
                whole = false;
                self.at += 1;
                self.digits(|byte| byte.is_ascii_digit());
            }
            let signed = usize::from(matches!(self.peek(1), b'+' | b'-'));
            if matches!(self.peek(0), b'e' | b'E') && self.peek(1 + signed).is_ascii_digit() {
                whole = false;
                self.at += 1 + signed;
                self.digits(|byte| byte.is_ascii_digit());
            }
            if matches!(self.peek(0), b'j' | b'J') {
                self.at += 1;
                return self.number_end(start, "imaginary");
            }
            if whole && leading {
                return fails(
                    start,
                    "leading zeros in decimal integer literals are not permitted; use an 0o prefix for octal integers",
                );
            }
        } else {
            self.at += 2;
            let accepted = match base {
                b'x' => self.digits(|byte| byte.is_ascii_hexdigit()),
                b'o' => self.digits(|byte| (b'0'..=b'7').contains(&byte)),
                _ => self.digits(|byte| byte == b'0' || byte == b'1'),
            };
            let next = self.peek(0);
            if next.is_ascii_digit() {
                return fails(self.at, format!("invalid digit '{}' in {name} literal", char::from(next)));
            }
            if !accepted {
                return fails(start, format!("invalid {name} literal"));
            }
        }
        self.number_end(start, name)
    }

    fn number_end(&mut self, start: usize, name: &str) -> Step {
        let rest = self.text.get(self.at..).unwrap_or("");
        let keyword = ["and", "else", "for", "if", "in", "is", "not", "or"].iter().any(|word| rest.starts_with(word));
        let continues = rest.starts_with(|next: char| next == '_' || next.is_alphanumeric());
        if continues && !keyword {
            return fails(start, format!("invalid {name} literal"));
        }
        self.push(Kind::Number, start);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::judged::{refusal, said};

    #[test]
    fn strings_must_end() {
        assert_eq!(refusal("a = 'b\n"), said(1, "unterminated string literal (detected at line 1)"));
        assert_eq!(
            refusal("a = 1\nb = '''c\nd\n"),
            said(2, "unterminated triple-quoted string literal (detected at line 3)")
        );
        assert_eq!(refusal("a = f'{b}\n"), said(1, "unterminated f-string literal (detected at line 1)"));
        assert_eq!(
            refusal("a = f'''\n{b}\n"),
            said(1, "unterminated triple-quoted f-string literal (detected at line 2)")
        );
        assert_eq!(refusal("a = 'b\\\nc\n"), said(1, "unterminated string literal (detected at line 2)"));
    }

    #[test]
    fn brackets_must_match() {
        assert_eq!(refusal("a = (1]\n"), said(1, "closing parenthesis ']' does not match opening parenthesis '('"));
        assert_eq!(
            refusal("a = (\n1]\n"),
            said(2, "closing parenthesis ']' does not match opening parenthesis '(' on line 1")
        );
        assert_eq!(refusal("a = 1)\n"), said(1, "unmatched ')'"));
        assert_eq!(refusal("f'{a)}'\n"), said(1, "f-string: unmatched ')'"));
        assert_eq!(refusal("f'a}'\n"), said(1, "f-string: single '}' is not allowed"));
    }

    #[test]
    fn numbers_must_be_well_formed() {
        assert_eq!(refusal("a = 1a\n"), said(1, "invalid decimal literal"));
        assert_eq!(
            refusal("a = 0777\n"),
            said(1, "leading zeros in decimal integer literals are not permitted; use an 0o prefix for octal integers")
        );
        assert_eq!(refusal("a = 0x\n"), said(1, "invalid hexadecimal literal"));
        assert_eq!(refusal("a = 0b2\n"), said(1, "invalid digit '2' in binary literal"));
        assert_eq!(refusal("a = 0o8\n"), said(1, "invalid digit '8' in octal literal"));
        assert_eq!(refusal("a = 1__0\n"), said(1, "invalid decimal literal"));
        assert_eq!(refusal("a = 1_\n"), said(1, "invalid decimal literal"));
        assert_eq!(refusal("a = 1.5a\n"), said(1, "invalid decimal literal"));
        assert_eq!(refusal("a = 1jx\n"), said(1, "invalid imaginary literal"));
    }

    #[test]
    fn characters_without_meaning_are_named() {
        assert_eq!(refusal("a = b€\n"), said(1, "invalid character '€' (U+20AC)"));
        assert_eq!(refusal("a = 1\u{a0}+ 2\n"), said(1, "invalid non-printable character U+00A0"));
        assert_eq!(refusal("a = “b”\n"), said(1, "invalid character '“' (U+201C)"));
        assert_eq!(refusal("a = \u{1}\n"), said(1, "invalid non-printable character U+0001"));
        assert_eq!(refusal("a = b \\ c\n"), said(1, "unexpected character after line continuation character"));
    }
}
