//! A strict walk through a JSON document (RFC 8259), guided by the reader: it builds no tree, and values that are skipped need no recursion.

use super::text::{Text, quote};
use crate::model::limits::{Limits, exceeded, raise};
use crate::model::unfinished::Cause;
use crate::read::error::{Error, Fault, Place};

/// One step of the path from the root of the document to the current value.
#[derive(Clone, Copy, Debug)]
enum Step<'a> {
    Member(Text<'a>),
    Element(u64),
}

/// A position in the document, and the path that leads there.
#[derive(Debug)]
pub struct Cursor<'a> {
    bytes: &'a [u8],
    at: usize,
    path: Vec<Step<'a>>,
    /// How deep values may be nested.
    deepest: u64,
}

impl<'a> Cursor<'a> {
    /// Starts at the beginning of a document, after a byte order mark if there is one.
    #[must_use]
    pub fn new(bytes: &'a [u8]) -> Self {
        let at = if bytes.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
        Self { bytes, at, path: Vec::new(), deepest: Limits::default().json_depth }
    }

    /// The same, for values that are nested as deeply as `limits` allow.
    #[must_use]
    pub fn within(self, limits: &Limits) -> Self {
        Self { deepest: limits.json_depth, ..self }
    }

    /// Reads an object. `member` is called with each key, and must read or skip the value.
    ///
    /// # Errors
    /// A value that is not an object, a breach of JSON's grammar, and the errors of `member`.
    pub fn object(&mut self, mut member: impl FnMut(&mut Self, Text<'a>) -> Result<(), Error>) -> Result<(), Error> {
        self.open(b'{', "an object")?;
        if self.closes(b'}') {
            return Ok(());
        }
        loop {
            self.blanks();
            if self.peek() != Some(b'"') {
                return Err(self.unexpected("a key in double quotes"));
            }
            let key = self.string()?;
            self.blanks();
            if self.peek() != Some(b':') {
                return Err(self.unexpected("`:` after a key"));
            }
            self.at += 1;
            self.path.push(Step::Member(key));
            member(self, key)?;
            self.path.pop();
            if !self.continues(b'}')? {
                return Ok(());
            }
        }
    }

    /// Reads an array. `element` is called for each element, and must read or skip it.
    ///
    /// # Errors
    /// A value that is not an array, a breach of JSON's grammar, and the errors of `element`.
    pub fn array(&mut self, mut element: impl FnMut(&mut Self) -> Result<(), Error>) -> Result<(), Error> {
        self.open(b'[', "an array")?;
        if self.closes(b']') {
            return Ok(());
        }
        self.path.push(Step::Element(0));
        loop {
            element(self)?;
            if !self.continues(b']')? {
                self.path.pop();
                return Ok(());
            }
            if let Some(Step::Element(index)) = self.path.last_mut() {
                *index += 1;
            }
        }
    }

    /// Reads a whole number.
    ///
    /// # Errors
    /// A value that is not a number, has a fraction or an exponent, or is beyond 64 bits.
    #[inline]
    pub fn integer(&mut self) -> Result<i64, Error> {
        self.blanks();
        let start = self.at;
        let rest = self.rest();
        let negative = rest.first() == Some(&b'-');
        let digits = if negative { rest.get(1..).unwrap_or_default() } else { rest };
        // Nearly all numbers are plain line numbers: at most 18 digits, which cannot overflow, followed by a character that may follow a number.
        let mut value: u64 = 0;
        for (length, byte) in digits.iter().take(19).enumerate() {
            let digit = byte.wrapping_sub(b'0');
            if digit < 10 && length < 18 {
                value = value * 10 + u64::from(digit);
                continue;
            }
            let follows = matches!(byte, b',' | b']' | b'}' | b' ' | b'\n' | b'\r' | b'\t');
            let leading_zero = length > 1 && digits.first() == Some(&b'0');
            if follows && length > 0 && !leading_zero {
                self.at = start + usize::from(negative) + length;
                let value = value.cast_signed();
                return Ok(if negative { -value } else { value });
            }
            break;
        }
        // Not the plain case: check the grammar first.
        match self.peek() {
            Some(b'-' | b'0'..=b'9') => {
                self.number()?;
                if self.at == self.bytes.len() && !self.path.is_empty() {
                    return Err(self.ends());
                }
                let token = self.bytes.get(start..self.at).unwrap_or_default();
                let parsed = std::str::from_utf8(token).ok().and_then(|token| token.parse().ok());
                parsed.ok_or_else(|| self.wrong(&format!("{} is not a whole number", quote(token))))
            }
            _ => Err(self.unexpected("a whole number")),
        }
    }

    /// Reads a string.
    ///
    /// # Errors
    /// A value that is not a string, or not a well-formed one.
    pub fn text(&mut self) -> Result<Text<'a>, Error> {
        self.blanks();
        if self.peek() != Some(b'"') {
            return Err(self.unexpected("a string"));
        }
        self.string()
    }

    /// Reads `true` or `false`.
    ///
    /// # Errors
    /// Any other value.
    pub fn boolean(&mut self) -> Result<bool, Error> {
        self.blanks();
        let rest = self.rest();
        if rest.starts_with(b"true") {
            self.at += 4;
            Ok(true)
        } else if rest.starts_with(b"false") {
            self.at += 5;
            Ok(false)
        } else {
            Err(self.unexpected("`true` or `false`"))
        }
    }

    /// Skips a value of any shape, and checks that it is valid. Does not recurse.
    ///
    /// # Errors
    /// A breach of JSON's grammar; values nested too deeply.
    pub fn skip(&mut self) -> Result<(), Error> {
        // The open brackets: whether each is that of an object.
        let mut open: Vec<bool> = Vec::new();
        loop {
            self.blanks();
            match self.peek() {
                Some(bracket @ (b'{' | b'[')) => {
                    self.check_depth(open.len())?;
                    self.at += 1;
                    let object = bracket == b'{';
                    if !self.closes(if object { b'}' } else { b']' }) {
                        open.push(object);
                        if object {
                            self.skip_key()?;
                        }
                        continue;
                    }
                }
                Some(b'"') => _ = self.string()?,
                Some(b'-' | b'0'..=b'9') => self.number()?,
                _ => self.literal()?,
            }
            loop {
                let Some(&object) = open.last() else { return Ok(()) };
                if self.continues(if object { b'}' } else { b']' })? {
                    if object {
                        self.skip_key()?;
                    }
                    break;
                }
                open.pop();
            }
        }
    }

    /// Whether the next value is an array.
    #[must_use]
    pub fn at_array(&mut self) -> bool {
        self.blanks();
        self.peek() == Some(b'[')
    }

    /// Checks that the document ends here.
    ///
    /// # Errors
    /// Anything but blanks follows.
    pub fn end(&mut self) -> Result<(), Error> {
        self.blanks();
        if self.at == self.bytes.len() {
            return Ok(());
        }
        let help = "two documents may have been appended to one file: re-create the fragment";
        Err(self.broken(&format!("{} follows the end of the document", quote(self.token()))).with_help(help))
    }

    /// An error about the current value, named by its path.
    #[must_use]
    pub fn wrong(&self, cause: &str) -> Error {
        if self.path.is_empty() { Error::new(Place::Whole, cause) } else { Error::new(Place::Json(self.path()), cause) }
    }

    /// The path of the current value: `files."app.py".missing_lines[3]`.
    #[must_use]
    pub fn path(&self) -> String {
        use std::fmt::Write;
        let mut path = String::new();
        for step in &self.path {
            match step {
                Step::Element(index) => _ = write!(path, "[{index}]"),
                Step::Member(key) => {
                    if !path.is_empty() {
                        path.push('.');
                    }
                    let (text, _) = key.text();
                    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
                        path.push_str(&text);
                    } else {
                        _ = write!(path, "{}", quoted_key(&text));
                    }
                }
            }
        }
        path
    }

    fn rest(&self) -> &'a [u8] {
        self.bytes.get(self.at..).unwrap_or_default()
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    #[inline]
    fn blanks(&mut self) {
        let blank = |byte: &&u8| matches!(byte, b' ' | b'\n' | b'\r' | b'\t');
        self.at += self.rest().iter().take_while(blank).count();
    }

    fn open(&mut self, bracket: u8, wanted: &str) -> Result<(), Error> {
        self.blanks();
        if self.peek() != Some(bracket) {
            return Err(self.unexpected(wanted));
        }
        self.check_depth(0)?;
        self.at += 1;
        Ok(())
    }

    /// Checks that an object or an array may be in the current value, `further` levels deeper.
    fn check_depth(&self, further: usize) -> Result<(), Error> {
        if ((self.path.len() + further) as u64) < self.deepest {
            return Ok(());
        }
        let why = format!("values are nested in {}", exceeded("json-depth", self.deepest));
        Err(self.wrong(&why).with_help(raise("json-depth")))
    }

    /// Skips `bracket` if it comes next.
    fn closes(&mut self, bracket: u8) -> bool {
        self.blanks();
        let closes = self.peek() == Some(bracket);
        self.at += usize::from(closes);
        closes
    }

    /// Skips the separator after a value: true for a comma, false for the closing bracket.
    #[inline]
    fn continues(&mut self, close: u8) -> Result<bool, Error> {
        self.blanks();
        match self.peek() {
            Some(b',') => {
                self.at += 1;
                Ok(true)
            }
            Some(byte) if byte == close => {
                self.at += 1;
                Ok(false)
            }
            _ => Err(self.broken_at(if close == b'}' { "`,` or `}`" } else { "`,` or `]`" })),
        }
    }

    fn skip_key(&mut self) -> Result<(), Error> {
        self.blanks();
        if self.peek() != Some(b'"') {
            return Err(self.broken_at("a key in double quotes"));
        }
        self.string()?;
        self.blanks();
        if self.peek() != Some(b':') {
            return Err(self.broken_at("`:` after a key"));
        }
        self.at += 1;
        Ok(())
    }

    /// Reads a string, from its opening quote.
    fn string(&mut self) -> Result<Text<'a>, Error> {
        let start = self.at + 1;
        let mut at = start;
        let mut escaped = false;
        loop {
            let rest = self.bytes.get(at..).unwrap_or_default();
            let stop = memchr::memchr2(b'"', b'\\', rest);
            let plain = stop.and_then(|stop| rest.get(..stop)).unwrap_or(rest);
            if plain.iter().any(|&byte| byte < 0x20) {
                self.at = at + plain.iter().position(|&byte| byte < 0x20).unwrap_or(0);
                return Err(self.broken("a string holds a control character"));
            }
            let Some(stop) = stop else {
                self.at = self.bytes.len();
                return Err(self.ends());
            };
            // Both tools write ASCII alone, and every other program UTF-8: these bytes are damaged.
            if let Err(error) = std::str::from_utf8(plain) {
                self.at = at + error.valid_up_to();
                return Err(self.broken("a string holds bytes that are not UTF-8"));
            }
            at += stop;
            if rest.get(stop) == Some(&b'"') {
                self.at = at + 1;
                return Ok(Text { raw: self.bytes.get(start..at).unwrap_or_default(), escaped });
            }
            escaped = true;
            at += self.escape(at)?;
        }
    }

    /// The length of the escape at `at` in a string.
    fn escape(&mut self, at: usize) -> Result<usize, Error> {
        let after = self.bytes.get(at + 1..).unwrap_or_default();
        let cause = match after.split_first() {
            Some((b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't', _)) => return Ok(2),
            Some((b'u', digits)) => {
                let digits = digits.get(..4).unwrap_or(digits);
                if digits.iter().all(u8::is_ascii_hexdigit) {
                    if digits.len() == 4 {
                        return Ok(6);
                    }
                    self.at = self.bytes.len();
                    return Err(self.ends());
                }
                "`\\u` in a string needs four hexadecimal digits"
            }
            Some(_) => "a string holds a `\\` that escapes nothing",
            None => {
                self.at = self.bytes.len();
                return Err(self.ends());
            }
        };
        self.at = at;
        Err(self.broken(cause))
    }

    /// Skips a number of any kind.
    fn number(&mut self) -> Result<(), Error> {
        let start = self.at;
        self.at += usize::from(self.peek() == Some(b'-'));
        let whole = self.digits();
        let leading_zero = whole > 1 && self.bytes.get(self.at - whole) == Some(&b'0');
        let mut sound = whole > 0 && !leading_zero;
        if sound && self.peek() == Some(b'.') {
            self.at += 1;
            sound = self.digits() > 0;
        }
        if sound && matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            self.at += usize::from(matches!(self.peek(), Some(b'+' | b'-')));
            sound = self.digits() > 0;
        }
        if sound {
            return Ok(());
        }
        if self.at == self.bytes.len() && !leading_zero {
            return Err(self.ends());
        }
        self.at = start;
        Err(self.broken(&format!("{} is not a JSON number", quote(self.token()))))
    }

    /// Skips digits and returns how many.
    fn digits(&mut self) -> usize {
        let start = self.at;
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
        self.at - start
    }

    fn literal(&mut self) -> Result<(), Error> {
        for literal in ["true", "false", "null"] {
            if self.rest().starts_with(literal.as_bytes()) {
                self.at += literal.len();
                return Ok(());
            }
        }
        Err(self.broken_at("a value"))
    }

    /// The next token, or as much of it as a message needs.
    fn token(&self) -> &'a [u8] {
        let rest = self.rest();
        let end = match rest.first() {
            Some(b'"') => rest.iter().skip(1).position(|&byte| byte == b'"').map_or(rest.len(), |at| at + 2),
            Some(b'{' | b'}' | b'[' | b']' | b',' | b':') => 1,
            _ => rest
                .iter()
                .position(|byte| {
                    matches!(byte, b',' | b':' | b'{' | b'}' | b'[' | b']' | b'"' | b' ' | b'\n' | b'\r' | b'\t')
                })
                .unwrap_or(rest.len()),
        };
        rest.get(..end).unwrap_or(rest)
    }

    /// An error for a value of another kind, or a missing value, where `wanted` was expected.
    fn unexpected(&self, wanted: &str) -> Error {
        let token = self.token();
        let what = match token.first() {
            None => return self.ends(),
            Some(b'{') => "an object".to_owned(),
            Some(b'[') => "an array".to_owned(),
            Some(b'"' | b'-' | b'0'..=b'9') => quote(token),
            _ if matches!(token, b"true" | b"false" | b"null") => quote(token),
            _ => return self.broken_at(wanted),
        };
        self.wrong(&format!("{what}, expected {wanted}"))
    }

    /// An error for a breach of the grammar at the next token.
    fn broken_at(&self, wanted: &str) -> Error {
        let token = self.token();
        if token.is_empty() {
            return self.ends();
        }
        if matches!(token, b"NaN" | b"Infinity" | b"-Infinity") {
            return self.broken(&format!("{} is not JSON", quote(token)));
        }
        // `tr` at the very end is the beginning of a `true` that was cut off.
        if self.at + token.len() == self.bytes.len()
            && [&b"true"[..], b"false", b"null"].iter().any(|literal| literal.starts_with(token))
        {
            return self.ends();
        }
        self.broken(&format!("{}, expected {wanted}", quote(token)))
    }

    /// An error for a breach of the grammar here.
    fn broken(&self, cause: &str) -> Error {
        Error::new(self.place(self.at), format!("{cause}{}", self.inside()))
    }

    /// An error for a document that ends too early.
    fn ends(&self) -> Error {
        Error::new(self.place(self.bytes.len()), format!("the document ends too early{}", self.inside()))
            .of(Fault::Unfinished(Cause::CutOff))
            .with_help("if only its copy was cut short, copy it again")
    }

    fn inside(&self) -> String {
        if self.path.is_empty() { String::new() } else { format!(" (in `{}`)", self.path()) }
    }

    /// A line in a document of several lines, an offset in a document of one line.
    fn place(&self, at: usize) -> Place {
        let before = self.bytes.get(..at).unwrap_or(self.bytes);
        match memchr::memchr_iter(b'\n', before).count() {
            0 => Place::Offset(at as u64),
            lines => Place::Line(lines as u64 + 1),
        }
    }
}

/// A key that is not a plain word, quoted as in JSON, with unprintable characters escaped.
fn quoted_key(text: &str) -> String {
    format!("{text:?}")
}
