//! Looks at the beginning of bytes that may be JSON, to identify them: lenient, bounded, and satisfied with a part of a document.

/// The members of the object at the beginning of `bytes`, as far as they are complete: the key, still escaped and without its quotes, and the
/// bytes from the value on. Empty if `bytes` do not begin with an object; ends where they break off or are not JSON.
#[must_use]
pub fn members(bytes: &[u8]) -> Members<'_> {
    let bytes = blanks(bytes);
    Members { rest: bytes.strip_prefix(b"{").unwrap_or_default(), value: false }
}

/// The bytes from the value of the member `key` on.
#[must_use]
pub fn member<'a>(bytes: &'a [u8], key: &str) -> Option<&'a [u8]> {
    members(bytes).find(|(name, _)| *name == key.as_bytes()).map(|(_, value)| value)
}

/// The string at the beginning of `bytes`, still escaped and without its quotes.
#[must_use]
pub fn string(bytes: &[u8]) -> Option<&[u8]> {
    let body = bytes.strip_prefix(b"\"")?;
    body.get(..string_end(body)?)
}

/// The bytes after a byte order mark and blanks.
#[must_use]
pub fn start(bytes: &[u8]) -> &[u8] {
    blanks(bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes))
}

/// See [`members`].
#[derive(Clone, Debug)]
pub struct Members<'a> {
    rest: &'a [u8],
    /// Whether `rest` begins with the value of the last member returned: its end is searched for only when the next member is wanted.
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

/// The position of the closing quote of a string, counted from after the opening quote.
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

/// The length of the value at the beginning of `bytes`; the length of `bytes` if the value does not end.
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
