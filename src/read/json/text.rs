//! The strings of a JSON document.
//!
//! Strings are bytes: Python writes file names that are not UTF-8 as lone surrogates (`\udce9`), which a `str` cannot hold.

use std::borrow::Cow;

/// How many bytes of a wrong token a message quotes.
const QUOTED: usize = 40;

/// A string of the document: the text between its quotes, still escaped.
#[derive(Clone, Copy, Debug)]
pub struct Text<'a> {
    pub(super) raw: &'a [u8],
    pub(super) escaped: bool,
}

impl<'a> Text<'a> {
    /// The bytes that it stands for: UTF-8, except for lone surrogates (as WTF-8).
    #[must_use]
    pub fn bytes(self) -> Cow<'a, [u8]> {
        if self.escaped { Cow::Owned(unescape(self.raw)) } else { Cow::Borrowed(self.raw) }
    }

    /// The text, with U+FFFD for anything that is not Unicode, and whether there was any.
    #[must_use]
    pub fn text(self) -> (Cow<'a, str>, bool) {
        match self.bytes() {
            Cow::Borrowed(bytes) => {
                let text = String::from_utf8_lossy(bytes);
                let lossy = matches!(text, Cow::Owned(_));
                (text, lossy)
            }
            Cow::Owned(bytes) => match String::from_utf8(bytes) {
                Ok(text) => (Cow::Owned(text), false),
                Err(error) => (Cow::Owned(String::from_utf8_lossy(error.as_bytes()).into_owned()), true),
            },
        }
    }
}

/// A piece of the document for a message: in backticks, shortened, with unprintable characters escaped.
#[must_use]
pub fn quote(bytes: &[u8]) -> String {
    let shown = String::from_utf8_lossy(bytes.get(..QUOTED).unwrap_or(bytes));
    let more = if bytes.len() > QUOTED { "…" } else { "" };
    let printable: String =
        shown.chars().map(|c| if c.is_control() { c.escape_default().to_string() } else { c.to_string() }).collect();
    format!("`{printable}{more}`")
}

/// The bytes that a checked string with escapes stands for. A surrogate without its other half becomes its own three bytes.
fn unescape(raw: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(raw.len());
    let mut rest = raw;
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        if byte != b'\\' {
            bytes.push(byte);
            continue;
        }
        let Some((&kind, after)) = rest.split_first() else { break };
        rest = after;
        match kind {
            b'b' => bytes.push(8),
            b'f' => bytes.push(12),
            b'n' => bytes.push(b'\n'),
            b'r' => bytes.push(b'\r'),
            b't' => bytes.push(b'\t'),
            b'u' => {
                let mut unit = hex_unit(rest);
                rest = rest.get(4..).unwrap_or_default();
                if (0xd800..0xdc00).contains(&unit) && rest.starts_with(b"\\u") {
                    let low = hex_unit(rest.get(2..).unwrap_or_default());
                    if (0xdc00..0xe000).contains(&low) {
                        unit = 0x1_0000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
                        rest = rest.get(6..).unwrap_or_default();
                    }
                }
                push_code_point(&mut bytes, unit);
            }
            other => bytes.push(other),
        }
    }
    bytes
}

fn hex_unit(digits: &[u8]) -> u32 {
    digits.iter().take(4).fold(0, |unit, &digit| unit << 4 | char::from(digit).to_digit(16).unwrap_or(0))
}

fn push_code_point(bytes: &mut Vec<u8>, code: u32) {
    match char::from_u32(code) {
        Some(c) => bytes.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
        // A surrogate, in the three bytes it would have if it were a character.
        None => bytes
            .extend([0xe0 | code >> 12, 0x80 | code >> 6 & 0x3f, 0x80 | code & 0x3f].map(|byte| byte.to_le_bytes()[0])),
    }
}
