//! Lines: those of Python's `str.splitlines()`, which ends lines at many characters, and those of its parser.

/// The characters that end a line, besides `\r\n`.
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

/// The number of lines of a source, by the line numbers of Python's parser: only line feeds end them.
#[must_use]
pub fn source_lines(text: &str) -> u32 {
    let ended = text.is_empty() || text.ends_with('\n');
    u32::try_from(memchr::memchr_iter(b'\n', text.as_bytes()).count() + usize::from(!ended)).unwrap_or(u32::MAX)
}

/// The number of lines that `str.splitlines()` makes of the text.
#[must_use]
pub fn count_lines(text: &str) -> usize {
    // Every source is counted. Ends of one byte are counted without regard to order, in pieces small enough for the count of each to fit into a
    // byte, so that many bytes are compared at once.
    let ends =
        |piece: &[u8]| -> u8 { piece.iter().map(|byte| u8::from(matches!(byte, b'\n'..=b'\r' | 0x1c..=0x1e))).sum() };
    let mut ends: usize = text.as_bytes().chunks(128).map(|piece| usize::from(ends(piece))).sum();
    let count = |end: &str| memchr::memmem::find_iter(text.as_bytes(), end).count();
    if !text.is_ascii() {
        ends += count("\u{85}") + count("\u{2028}") + count("\u{2029}");
    }
    let pairs = count("\r\n");
    ends - pairs + usize::from(!text.is_empty() && !text.ends_with(ENDS))
}
