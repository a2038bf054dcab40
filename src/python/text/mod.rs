//! Python's rules for text, as coverage.py relies on them: stripping, splitting into lines, reading numbers, quoting in messages.

mod keywords;
mod lines;
mod numbers;
pub mod order;
pub mod printable;
mod repr;

pub use keywords::is_keyword;
pub use lines::{count_lines, source_lines, split_lines};
pub use numbers::{float, integer};
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

#[cfg(test)]
mod tests {
    use super::*;

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
