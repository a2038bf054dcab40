//! Where Python's `str.splitlines()` ends lines: at more characters than files do.

/// What ends a line, beside `\r\n`.
const ENDS: [char; 10] = ['\n', '\r', '\x0b', '\x0c', '\x1c', '\x1d', '\x1e', '\u{85}', '\u{2028}', '\u{2029}'];

/// `str.splitlines()`.
#[must_use]
pub fn split_lines(text: &str) -> Vec<&str> {
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

/// How many lines `str.splitlines()` makes of the text.
#[must_use]
pub fn count_lines(text: &str) -> usize {
    // Programs are ASCII nearly always, and every source is counted: bytes are counted without looking at the order of others.
    let ends = if text.is_ascii() {
        text.bytes().filter(|byte| matches!(byte, b'\n' | b'\r' | 0x0b | 0x0c | 0x1c..=0x1e)).count()
    } else {
        text.matches(ENDS).count()
    };
    let pairs = memchr::memmem::find_iter(text.as_bytes(), b"\r\n").count();
    ends - pairs + usize::from(!text.is_empty() && !text.ends_with(ENDS))
}
