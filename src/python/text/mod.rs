//! Python's rules for text, as coverage.py relies on them: stripping, splitting into lines, reading numbers, quoting in messages.

mod keywords;
mod lines;
pub mod order;
pub mod printable;
mod repr;

pub use keywords::is_keyword;
pub use lines::{count_lines, source_lines, split_lines};
pub use repr::{float_text, quote};

/// Whether Python's `str.isspace` holds for the character.
#[must_use]
pub fn is_space(character: char) -> bool {
    character.is_whitespace() || ('\x1c'..='\x1f').contains(&character)
}

/// `str.strip()`.
pub fn strip(text: &str) -> &str {
    text.trim_matches(is_space)
}

/// The text of a file as `open(…, encoding="utf-8-sig")` reads it: without a byte order mark, and with `\n` for every line end.
///
/// # Errors
/// The bytes are not UTF-8 at this offset.
pub fn file_text(bytes: &[u8]) -> Result<String, usize> {
    let text = std::str::from_utf8(bytes).map_err(|error| error.valid_up_to())?;
    Ok(text.strip_prefix('\u{feff}').unwrap_or(text).replace("\r\n", "\n").replace('\r', "\n"))
}

/// `int(text)`, saturating; `None` where Python raises `ValueError`.
#[must_use]
pub fn integer(text: &str) -> Option<i64> {
    let digits = without_underscores(strip(text))?;
    let magnitude = digits.strip_prefix(['+', '-']).unwrap_or(&digits);
    if magnitude.is_empty() || !magnitude.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let limit = if digits.starts_with('-') { i64::MIN } else { i64::MAX };
    Some(digits.parse().unwrap_or(limit))
}

/// `float(text)`; `None` where Python raises `ValueError`.
#[must_use]
pub fn float(text: &str) -> Option<f64> {
    without_underscores(strip(text))?.parse().ok()
}

/// The text without the underscores that Python allows between two digits; `None` if one is elsewhere.
fn without_underscores(text: &str) -> Option<String> {
    let bytes = text.as_bytes();
    let is_digit = |at: Option<usize>| at.and_then(|at| bytes.get(at)).is_some_and(u8::is_ascii_digit);
    let placed_well = |(at, _): (usize, &str)| is_digit(at.checked_sub(1)) && is_digit(Some(at + 1));
    text.match_indices('_').all(placed_well).then(|| text.replace('_', ""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_python_reads_them() {
        assert_eq!(["1_000", " +7\t", "-3"].map(integer), [Some(1000), Some(7), Some(-3)]);
        assert_eq!(["", "1__0", "_1", "1_", "0x10", "1.0", "+"].map(integer), [None; 7]);
        assert_eq!(integer("99999999999999999999"), Some(i64::MAX));
        assert_eq!(
            ["1_0.5", " .5 ", "1e3", "-Infinity"].map(float),
            [Some(10.5), Some(0.5), Some(1000.0), Some(f64::NEG_INFINITY)]
        );
        assert_eq!(["", ".", "1_.5", "90%", "1e"].map(float), [None; 5]);
    }

    #[test]
    fn a_file_loses_one_byte_order_mark_and_its_foreign_line_ends() {
        // open(…, encoding="utf-8-sig").read() of CPython 3.13
        for (bytes, text) in [
            (&b"\xef\xbb\xbfa\r\nb\rc\n"[..], Ok("a\nb\nc\n")),
            (b"\xef\xbb\xbf\xef\xbb\xbfa", Ok("\u{feff}a")),
            (b"a\xef\xbb\xbf", Ok("a\u{feff}")),
            (b"\xef\xbb\xbf", Ok("")),
            (b"\xef\xbb\xbfa\xe9", Err(4)),
            (b"\xff\xfe3\0", Err(0)),
        ] {
            assert_eq!(file_text(bytes).as_deref(), text.as_ref().copied(), "{bytes:?}");
        }
    }
}
