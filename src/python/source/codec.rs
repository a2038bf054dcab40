//! Encodings in Python's sense: their decoders, with U+FFFD for invalid bytes.

use encoding_rs::Encoding;

/// How bytes become text. Invalid bytes become U+FFFD, as with Python's `errors="replace"`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Codec {
    /// Each longest beginning of an invalid sequence gives one U+FFFD, in Python as in Rust.
    Utf8,
    /// Seven bits.
    Ascii,
    /// Each byte is the character with that number.
    Latin1,
    /// One character for each byte: a table of all 256, or of the upper half if the lower half is ASCII.
    Table(&'static str),
    /// Several bytes for a character. The web's tables have a few more characters than Python's; the lines are the same.
    Wide(&'static Encoding),
    /// Two bytes, and surrogates.
    Utf16 {
        /// The high byte comes first.
        big: bool,
    },
    /// Four bytes.
    Utf32 {
        /// The highest byte comes first.
        big: bool,
    },
    /// Python knows the encoding, covmerge does not; most of these cannot encode a program.
    Refused,
}

impl Codec {
    /// The text of `bytes`.
    pub(super) fn decode(self, bytes: Vec<u8>) -> String {
        match self {
            Self::Utf8 => String::from_utf8(bytes).unwrap_or_else(|error| {
                // `into_utf8_lossy` of the error is newer than the oldest compiler that is supported.
                String::from_utf8_lossy(error.as_bytes()).into_owned()
            }),
            Self::Ascii | Self::Refused => characters(bytes, |_| char::REPLACEMENT_CHARACTER),
            Self::Latin1 => characters(bytes, char::from),
            Self::Table(table) => {
                let table: Vec<char> = table.chars().collect();
                if table.len() == 128 {
                    let character = |byte: u8| table.get(usize::from(byte) - 128).copied();
                    characters(bytes, |byte| character(byte).unwrap_or(char::REPLACEMENT_CHARACTER))
                } else {
                    let character = |byte: u8| table.get(usize::from(byte)).copied();
                    bytes.into_iter().map(|byte| character(byte).unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
                }
            }
            Self::Wide(encoding) => encoding.decode_without_bom_handling(&bytes).0.into_owned(),
            Self::Utf16 { big } => utf16(&bytes, big),
            Self::Utf32 { big } => utf32(&bytes, big),
        }
    }
}

/// Text of single bytes, the lower half of which is ASCII.
fn characters(bytes: Vec<u8>, upper: impl Fn(u8) -> char) -> String {
    // Most files that declare such an encoding are nevertheless plain ASCII: these are not copied.
    match String::from_utf8(bytes) {
        Ok(text) if text.is_ascii() => text,
        Ok(text) => text.bytes().map(|byte| if byte.is_ascii() { char::from(byte) } else { upper(byte) }).collect(),
        Err(error) => {
            let bytes = error.as_bytes().iter();
            bytes.map(|&byte| if byte.is_ascii() { char::from(byte) } else { upper(byte) }).collect()
        }
    }
}

fn utf16(bytes: &[u8], big: bool) -> String {
    let (pairs, rest) = bytes.as_chunks::<2>();
    let units = pairs.iter().map(|&pair| if big { u16::from_be_bytes(pair) } else { u16::from_le_bytes(pair) });
    let decoded = char::decode_utf16(units).map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER));
    decoded.chain((!rest.is_empty()).then_some(char::REPLACEMENT_CHARACTER)).collect()
}

fn utf32(bytes: &[u8], big: bool) -> String {
    let (fours, rest) = bytes.as_chunks::<4>();
    let numbers = fours.iter().map(|&four| if big { u32::from_be_bytes(four) } else { u32::from_le_bytes(four) });
    let decoded = numbers.map(|number| char::from_u32(number).unwrap_or(char::REPLACEMENT_CHARACTER));
    decoded.chain((!rest.is_empty()).then_some(char::REPLACEMENT_CHARACTER)).collect()
}

#[cfg(test)]
mod tests {
    use super::super::names::find;

    fn decoded(name: &str, bytes: &[u8]) -> String {
        find(name).unwrap().decode(bytes.to_vec())
    }

    // bytes.decode(name, "replace") in CPython 3.13
    #[test]
    fn bytes_become_what_they_become_in_python() {
        assert_eq!(decoded("cp1252", b"\x80\x81\xe9"), "\u{20ac}\u{fffd}\u{e9}");
        assert_eq!(decoded("cp037", b"\xc1\x85\x25"), "Ae\n");
        assert_eq!(decoded("ascii", b"a\xc3\xa9"), "a\u{fffd}\u{fffd}");
        assert_eq!(decoded("utf-8", b"a\xe2\x82b\xed\xa0\x80"), "a\u{fffd}b\u{fffd}\u{fffd}\u{fffd}");
        assert_eq!(decoded("koi8-r", b"\xc1"), "\u{430}");
        assert_eq!(decoded("shift_jis", b"\x83\x65\x5c\x81\n"), "\u{30c6}\\\u{fffd}\n");
        assert_eq!(decoded("utf-16-be", b"\0a\xd8\0\0b\n"), "a\u{fffd}b\u{fffd}");
        assert_eq!(decoded("utf-32-le", b"a\0\0\0\0\xd8\0\0\n"), "a\u{fffd}\u{fffd}");
    }
}
