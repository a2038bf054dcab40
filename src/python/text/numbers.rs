//! Numbers in texts: Python's `int()` and `float()`, and the decimal digits of every script.

use super::is_space;

/// Python refuses to read whole numbers with more digits than this, since that takes long.
const MOST_DIGITS: usize = 4300;

/// `int(text)`, saturating; `None` where Python raises `ValueError`.
#[must_use]
pub fn integer(text: &str) -> Option<i64> {
    let number = plain(text)?;
    let magnitude = number.strip_prefix(['+', '-']).unwrap_or(&number);
    if !(1..=MOST_DIGITS).contains(&magnitude.len()) || !magnitude.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let limit = if number.starts_with('-') { i64::MIN } else { i64::MAX };
    Some(number.parse().unwrap_or(limit))
}

/// `float(text)`; `None` where Python raises `ValueError`.
#[must_use]
pub fn float(text: &str) -> Option<f64> {
    plain(text)?.parse().ok()
}

/// The number in ASCII, without the blanks around it and without the underscores that Python allows between two digits; `None` if an underscore is
/// elsewhere.
fn plain(text: &str) -> Option<String> {
    // Of ASCII, the separators U+001C to U+001F are blanks elsewhere, but not here.
    let is_blank = |character| matches!(character, '\t'..='\r' | ' ') || character > '\x7f' && is_space(character);
    let ascii = |character| digit(character).and_then(|digit| char::from_digit(digit, 10)).unwrap_or(character);
    let text: String = text.trim_matches(is_blank).chars().map(ascii).collect();
    let bytes = text.as_bytes();
    let is_digit = |at: Option<usize>| at.and_then(|at| bytes.get(at)).is_some_and(u8::is_ascii_digit);
    let placed_well = |(at, _): (usize, &str)| is_digit(at.checked_sub(1)) && is_digit(Some(at + 1));
    text.match_indices('_').all(placed_well).then(|| text.replace('_', ""))
}

/// The value of a decimal digit in any script: the characters that `\d` matches in Python.
pub(super) fn digit(character: char) -> Option<u32> {
    if character.is_ascii() {
        return character.to_digit(10);
    }
    let code = u32::from(character);
    let zero = ZEROS[ZEROS.partition_point(|&zero| zero <= code).checked_sub(1)?];
    (code - zero < 10).then_some(code - zero)
}

/// The zeros of the decimal digits of every script, each followed by its nine other digits: `testdata/python/tables.py` writes them (Unicode 15.1).
#[rustfmt::skip]
const ZEROS: [u32; 68] = [
    0x30, 0x660, 0x6F0, 0x7C0, 0x966, 0x9E6, 0xA66, 0xAE6, 0xB66, 0xBE6, 0xC66, 0xCE6, 0xD66, 0xDE6, 0xE50, 0xED0, 0xF20,
    0x1040, 0x1090, 0x17E0, 0x1810, 0x1946, 0x19D0, 0x1A80, 0x1A90, 0x1B50, 0x1BB0, 0x1C40, 0x1C50, 0xA620, 0xA8D0, 0xA900,
    0xA9D0, 0xA9F0, 0xAA50, 0xABF0, 0xFF10, 0x104A0, 0x10D30, 0x11066, 0x110F0, 0x11136, 0x111D0, 0x112F0, 0x11450, 0x114D0,
    0x11650, 0x116C0, 0x11730, 0x118E0, 0x11950, 0x11C50, 0x11D50, 0x11DA0, 0x11F50, 0x16A60, 0x16AC0, 0x16B50, 0x1D7CE,
    0x1D7D8, 0x1D7E2, 0x1D7EC, 0x1D7F6, 0x1E140, 0x1E2F0, 0x1E4F0, 0x1E950, 0x1FBF0,
];
