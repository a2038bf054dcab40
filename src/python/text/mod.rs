//! What coverage.py leaves to Python: how text is stripped, split into lines, read as numbers and quoted in messages.

pub mod order;
pub mod printable;

use std::fmt::Write as _;
use std::sync::LazyLock;

use regex::Regex;

/// Whether Python's `str.isspace` holds for the character.
#[must_use]
pub fn is_space(character: char) -> bool {
    character.is_whitespace() || ('\x1c'..='\x1f').contains(&character)
}

/// `str.strip()`.
pub fn strip(text: &str) -> &str {
    text.trim_matches(is_space)
}

/// A file's text as `open(…, encoding="utf-8-sig")` gives it: without a byte order mark, and every line end is `\n`.
///
/// # Errors
/// The bytes are not UTF-8 at this offset.
pub fn file_text(bytes: &[u8]) -> Result<String, usize> {
    let text = std::str::from_utf8(bytes).map_err(|error| error.valid_up_to())?;
    Ok(text.strip_prefix('\u{feff}').unwrap_or(text).replace("\r\n", "\n").replace('\r', "\n"))
}

/// `str.splitlines()`, which knows more line ends than files have.
#[must_use]
pub fn split_lines(text: &str) -> Vec<&str> {
    const ENDS: [char; 10] = ['\n', '\r', '\x0b', '\x0c', '\x1c', '\x1d', '\x1e', '\u{85}', '\u{2028}', '\u{2029}'];
    let mut lines = Vec::new();
    let mut rest = text;
    while let Some(end) = rest.find(ENDS) {
        let (line, ending) = rest.split_at(end);
        lines.push(line);
        rest = ending.strip_prefix("\r\n").or_else(|| ending.strip_prefix(ENDS)).unwrap_or_default();
    }
    if !rest.is_empty() {
        lines.push(rest);
    }
    lines
}

/// `repr()` of a string.
#[must_use]
pub fn quote(text: &str) -> String {
    let mark = if text.contains('\'') && !text.contains('"') { '"' } else { '\'' };
    let mut quoted = String::from(mark);
    for character in text.chars() {
        match character {
            '\\' => quoted.push_str(r"\\"),
            '\n' => quoted.push_str(r"\n"),
            '\r' => quoted.push_str(r"\r"),
            '\t' => quoted.push_str(r"\t"),
            _ if character == mark => quoted.extend(['\\', mark]),
            _ if is_printable(character) => quoted.push(character),
            _ => escape(&mut quoted, u32::from(character)),
        }
    }
    quoted.push(mark);
    quoted
}

/// Whether `str.isprintable` holds for the character.
fn is_printable(character: char) -> bool {
    static UNPRINTABLE: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"[\p{C}\p{Z}]").ok());
    if character.is_ascii() {
        return !character.is_ascii_control();
    }
    UNPRINTABLE.as_ref().is_some_and(|class| !class.is_match(character.encode_utf8(&mut [0; 4])))
}

fn escape(quoted: &mut String, code: u32) {
    // Writing to a string cannot fail.
    let _ = match code {
        0..=0xff => write!(quoted, r"\x{code:02x}"),
        0x100..=0xffff => write!(quoted, r"\u{code:04x}"),
        _ => write!(quoted, r"\U{code:08x}"),
    };
}

/// `repr()` of a float: the shortest digits that give it back, an exponent below 1e-4 and from 1e16 on.
#[must_use]
pub fn float_text(number: f64) -> String {
    if number.is_nan() {
        return "nan".into();
    }
    let scientific = format!("{number:e}");
    let Some((digits, exponent)) = scientific.split_once('e') else { return scientific };
    match exponent.parse::<i32>() {
        Ok(power) if !(-4..16).contains(&power) => {
            let sign = if power < 0 { '-' } else { '+' };
            format!("{digits}e{sign}{:02}", power.unsigned_abs())
        }
        _ => format!("{number:?}"),
    }
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

/// The text without the underscores that Python allows between two digits; `None` if one stands elsewhere.
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
    fn text_is_quoted_as_python_quotes_it() {
        // repr() of CPython 3.13
        for (text, quoted) in [
            ("", "''"),
            ("it's", "\"it's\""),
            ("both ' and \"", "'both \\' and \"'"),
            ("a\tb\n\\", r"'a\tb\n\\'"),
            ("\x07\u{7f}\u{a0}é✘", r"'\x07\x7f\xa0é✘'"),
            ("\u{feff}[run]", r"'\ufeff[run]'"),
            ("\u{2028}\u{e0001}", r"'\u2028\U000e0001'"),
        ] {
            assert_eq!(quote(text), quoted);
        }
    }

    #[test]
    fn floats_print_as_python_prints_them() {
        // repr() of CPython 3.13
        for (number, text) in [
            (101.0, "101.0"),
            (-1.0, "-1.0"),
            (100.5, "100.5"),
            (1e16, "1e+16"),
            (1.5e300, "1.5e+300"),
            (123_456_789_012_345.6, "123456789012345.6"),
            (-1e-5, "-1e-05"),
            (0.0001, "0.0001"),
            (f64::INFINITY, "inf"),
            (f64::NAN, "nan"),
        ] {
            assert_eq!(float_text(number), text);
        }
    }

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

    #[test]
    fn lines_end_where_python_ends_them() {
        // str.splitlines() of CPython 3.13
        let lines = split_lines("a\r\nb\rc\n\nd\x0be\x0cf\x1cg\x1dh\x1ei\u{85}j\u{2028}k\u{2029}l\x1fm\n");
        assert_eq!(lines, ["a", "b", "c", "", "d", "e", "f", "g", "h", "i", "j", "k", "l\x1fm"]);
        assert_eq!(split_lines("a\n"), ["a"]);
        assert!(split_lines("").is_empty());
    }
}
