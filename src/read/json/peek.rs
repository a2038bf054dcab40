//! A look at the beginning of something that may be JSON, to tell what it is: lenient, bounded, content with a part.

/// The members of the object that `bytes` begin with, as far as they are there: key and, from its first byte on, value. Keys stand as in
/// the document, between their quotes. Empty if `bytes` begin with no object; ends where they break off or are no JSON.
#[must_use]
pub fn members(bytes: &[u8]) -> Members<'_> {
    let bytes = blanks(bytes);
    Members { rest: bytes.strip_prefix(b"{").unwrap_or_default(), value: false }
}

/// The value of that member.
#[must_use]
pub fn member<'a>(bytes: &'a [u8], key: &str) -> Option<&'a [u8]> {
    members(bytes).find(|(name, _)| *name == key.as_bytes()).map(|(_, value)| value)
}

/// The string that `bytes` begin with, as it stands between its quotes.
#[must_use]
pub fn string(bytes: &[u8]) -> Option<&[u8]> {
    let body = bytes.strip_prefix(b"\"")?;
    body.get(..string_end(body)?)
}

/// What follows a byte order mark and blanks.
#[must_use]
pub fn start(bytes: &[u8]) -> &[u8] {
    blanks(bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes))
}

/// See [`members`].
#[derive(Clone, Debug)]
pub struct Members<'a> {
    rest: &'a [u8],
    /// Whether `rest` begins with the value of the member given last: its end is looked for only when the next one is wanted.
    value: bool,
}

impl<'a> Iterator for Members<'a> {
    type Item = (&'a [u8], &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        if std::mem::take(&mut self.value) {
            let after = self.rest.get(value_end(self.rest)..)?;
            self.rest = blanks(after).strip_prefix(b",").unwrap_or_default();
        }
        let body = blanks(std::mem::take(&mut self.rest)).strip_prefix(b"\"")?;
        let end = string_end(body)?;
        let key = body.get(..end)?;
        let value = blanks(blanks(body.get(end + 1..)?).strip_prefix(b":")?);
        (self.rest, self.value) = (value, true);
        Some((key, value))
    }
}

fn blanks(bytes: &[u8]) -> &[u8] {
    let first = bytes.iter().position(|byte| !matches!(byte, b' ' | b'\n' | b'\r' | b'\t'));
    first.and_then(|first| bytes.get(first..)).unwrap_or_default()
}

/// Where the closing quote of a string stands, from behind the opening one.
fn string_end(body: &[u8]) -> Option<usize> {
    let mut at = 0;
    loop {
        at += memchr::memchr2(b'"', b'\\', body.get(at..)?)?;
        if body.get(at) == Some(&b'"') {
            return Some(at);
        }
        at += 2;
    }
}

/// How long the value is that `bytes` begin with; all of them if it does not end.
fn value_end(bytes: &[u8]) -> usize {
    let mut depth = 0_usize;
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'"' => {
                let Some(end) = bytes.get(at + 1..).and_then(string_end) else { return bytes.len() };
                at += end + 1;
            }
            b'{' | b'[' => depth += 1,
            b'}' | b']' | b',' if depth == 0 => return at,
            b'}' | b']' => depth -= 1,
            _ => {}
        }
        at += 1;
    }
    bytes.len()
}
