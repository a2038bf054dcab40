//! The text of a source, as CPython decodes it.

#![deny(clippy::indexing_slicing)]

mod codec;
mod declared;
mod names;
mod tables;

/// Why Python cannot decode a source.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {why}")]
pub struct Undecodable {
    /// The line, from 1.
    pub line: u32,
    /// The fault.
    pub why: String,
}

/// The text of a source, as coverage.py analyses it (`get_python_source` in its `python.py`): line ends are LF, form feeds are spaces, invalid
/// bytes are U+FFFD, and the last line is ended. NUL characters stay, for the syntax check to find.
///
/// # Errors
/// Its encoding is unknown to Python, or cannot be used for sources.
pub fn decode(mut bytes: Vec<u8>) -> Result<String, Undecodable> {
    normalise(&mut bytes);
    let codec = declared::encoding(&bytes)?;
    if bytes.starts_with(declared::MARK) {
        // A byte order mark requires UTF-8.
        bytes.drain(..declared::MARK.len());
    }
    let mut text = codec.decode(bytes);
    if !text.is_empty() && !text.ends_with('\n') {
        text.push('\n');
    }
    Ok(text)
}

/// Turns CRLF and CR into LF, and form feeds into spaces; most sources have neither and are left unchanged.
fn normalise(bytes: &mut Vec<u8>) {
    let Some(first) = memchr::memchr2(b'\r', b'\x0c', bytes) else { return };
    let mut write = first;
    let mut read = first;
    while let Some(&byte) = bytes.get(read) {
        read += 1;
        let byte = match byte {
            b'\r' => {
                read += usize::from(bytes.get(read) == Some(&b'\n'));
                b'\n'
            }
            b'\x0c' => b' ',
            byte => byte,
        };
        if let Some(place) = bytes.get_mut(write) {
            *place = byte;
        }
        write += 1;
    }
    bytes.truncate(write);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(bytes: &[u8]) -> String {
        decode(bytes.to_vec()).unwrap()
    }

    #[test]
    fn lines_end_in_lf_and_form_feeds_are_spaces() {
        assert_eq!(text(b"a\r\nb\rc\n\r\r\n\x0cd"), "a\nb\nc\n\n\n d\n");
        assert_eq!(text(b""), "");
        assert_eq!(text(b"\xef\xbb\xbf"), "");
        assert_eq!(text(b"a"), "a\n");
    }

    #[test]
    fn one_byte_order_mark_is_dropped() {
        assert_eq!(text(b"\xef\xbb\xbfa\n"), "a\n");
        assert_eq!(text(b"\xef\xbb\xbf\xef\xbb\xbfa\n"), "\u{feff}a\n");
    }

    #[test]
    fn nul_is_left_to_the_syntax_check() {
        assert_eq!(text(b"a\0\n"), "a\0\n");
    }

    #[test]
    fn bytes_without_meaning_are_replaced_beyond_the_second_line() {
        assert_eq!(text(b"a\nb\n# \xe9\xff\n"), "a\nb\n# \u{fffd}\u{fffd}\n");
        assert_eq!(text(b"# coding: cp1252\n# \x80\x81\n"), "# coding: cp1252\n# \u{20ac}\u{fffd}\n");
    }
}
