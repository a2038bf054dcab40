//! The encoding that a source declares in its first two lines (PEP 263), or by a byte order mark.

use super::Undecodable;
use super::codec::Codec;
use super::names;

/// The byte order mark of UTF-8.
pub(super) const MARK: &[u8] = b"\xef\xbb\xbf";

/// The encoding of a source whose line ends are LF and that has no form feeds.
///
/// Agrees with `tokenize.detect_encoding` where Python's versions agree. Before 3.14 the first two lines must be UTF-8 even if another encoding
/// is declared; from 3.14 on they must be in the declared encoding. Here either is accepted.
///
/// # Errors
/// The encoding is unknown or not supported; it contradicts a byte order mark; or the lines are not UTF-8 and no encoding is declared.
pub(super) fn encoding(source: &[u8]) -> Result<Codec, Undecodable> {
    let marked = source.strip_prefix(MARK);
    let (has_mark, text) = (marked.is_some(), marked.unwrap_or(source));
    let mut lines = text.split_inclusive(|&byte| byte == b'\n');
    let Some(first) = lines.next() else { return Ok(Codec::Utf8) };
    if let Some(name) = cookie(first) {
        return declared(name, 1, has_mark, &[first]);
    }
    let second = lines.next().filter(|_| is_blank(first));
    if let Some(second) = second
        && let Some(name) = cookie(second)
    {
        return declared(name, 2, has_mark, &[first, second]);
    }
    let not_utf8 = |line| Undecodable { line, why: "it is not UTF-8, and no encoding is declared".into() };
    std::str::from_utf8(first).map_err(|_| not_utf8(1))?;
    std::str::from_utf8(second.unwrap_or_default()).map_err(|_| not_utf8(2))?;
    Ok(Codec::Utf8)
}

/// The encoding `name`, declared on line `line`.
fn declared(name: &str, line: u32, has_mark: bool, lines: &[&[u8]]) -> Result<Codec, Undecodable> {
    let undecodable = |line, why| Undecodable { line, why };
    let known = known(name);
    let Some(codec) = known.or_else(|| names::find(name)) else {
        return Err(undecodable(line, format!("unknown encoding: `{name}`")));
    };
    if has_mark && known != Some(Codec::Utf8) {
        let why = format!("it declares the encoding `{name}`, but the file begins with the byte order mark of UTF-8");
        return Err(undecodable(line, why));
    }
    if codec == Codec::Refused {
        return Err(undecodable(line, format!("sources in the encoding `{name}` cannot be read")));
    }
    for (number, text) in (1..).zip(lines) {
        if std::str::from_utf8(text).is_err() && codec.decode(text.to_vec()).contains(char::REPLACEMENT_CHARACTER) {
            return Err(undecodable(number, format!("it is neither `{name}`, which is declared, nor UTF-8")));
        }
    }
    Ok(codec)
}

/// The names that Python recognises before looking others up, with any suffix: `utf-8-unix`, `latin-1-dos`.
///
/// `utf8` is not one of them: beside a byte order mark it is an error.
fn known(name: &str) -> Option<Codec> {
    let start: String = name.chars().take(12).collect::<String>().to_ascii_lowercase().replace('_', "-");
    let is = |known: &str| start.strip_prefix(known).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'));
    if is("utf-8") {
        Some(Codec::Utf8)
    } else if ["latin-1", "iso-8859-1", "iso-latin-1"].into_iter().any(is) {
        Some(Codec::Latin1)
    } else {
        None
    }
}

/// The encoding that a line declares: `^[ \t]*#.*?coding[:=][ \t]*([-\w.]+)`.
fn cookie(line: &[u8]) -> Option<&str> {
    let comment = unindented(line).strip_prefix(b"#")?;
    memchr::memmem::find_iter(comment, b"coding").find_map(|at| {
        let [b':' | b'=', name @ ..] = comment.get(at + b"coding".len()..)? else { return None };
        let name = unindented(name);
        let length = name.iter().take_while(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(byte)).count();
        std::str::from_utf8(name.get(..length)?).ok().filter(|name| !name.is_empty())
    })
}

/// Whether a line has at most a comment, so that the next line may declare an encoding.
fn is_blank(line: &[u8]) -> bool {
    matches!(unindented(line), [] | [b'#' | b'\r' | b'\n', ..])
}

/// A line without its leading spaces and tabs.
fn unindented(line: &[u8]) -> &[u8] {
    line.iter().position(|&byte| byte != b' ' && byte != b'\t').and_then(|start| line.get(start..)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn why(source: &[u8]) -> String {
        encoding(source).unwrap_err().to_string()
    }

    #[test]
    fn an_encoding_is_declared_in_the_first_two_lines() {
        assert_eq!(encoding(b"# coding: latin-1\n"), Ok(Codec::Latin1));
        assert_eq!(encoding(b"#!/usr/bin/python\n  # vim: set fileencoding=latin-1 :\n"), Ok(Codec::Latin1));
        assert_eq!(encoding(b"x = 1\n# coding: latin-1\n"), Ok(Codec::Utf8));
        assert_eq!(encoding(b"\n\n# coding: latin-1\n"), Ok(Codec::Utf8));
        assert_eq!(encoding(b"# encoding coding:= coding:\tL1 \n"), Ok(Codec::Latin1));
        assert_eq!(encoding(b"# coding: latin-1-unix\n"), Ok(Codec::Latin1));
    }

    #[test]
    fn utf_8_has_many_names() {
        for name in ["utf-8", "UTF_8", "utf-8-unix", "utf-8-sig", "utf8", "U8", "cp65001"] {
            assert_eq!(encoding(format!("# coding: {name}\n").as_bytes()), Ok(Codec::Utf8), "{name}");
        }
    }

    #[test]
    fn a_byte_order_mark_goes_with_utf_8_by_its_full_name() {
        assert_eq!(encoding(b"\xef\xbb\xbf# coding: utf-8\n"), Ok(Codec::Utf8));
        assert!(why(b"\xef\xbb\xbf# coding: utf8\n").contains("byte order mark"));
        assert!(why(b"\xef\xbb\xbf\n# coding: latin-1\n").starts_with("line 2: "));
    }

    #[test]
    fn what_cannot_be_read_is_named() {
        assert_eq!(why(b"# coding: klingon\n"), "line 1: unknown encoding: `klingon`");
        assert_eq!(why(b"# coding: utf-7\n"), "line 1: sources in the encoding `utf-7` cannot be read");
    }

    #[test]
    fn the_first_two_lines_without_a_declaration_are_utf_8() {
        assert_eq!(why(b"x = '\xe9'\n"), "line 1: it is not UTF-8, and no encoding is declared");
        assert_eq!(why(b"#\n# \xe9\n"), "line 2: it is not UTF-8, and no encoding is declared");
        assert_eq!(encoding(b"x = 1\n# \xe9\n"), Ok(Codec::Utf8));
        assert_eq!(encoding(b"# \xe9\n# coding: latin-1\n"), Ok(Codec::Latin1));
    }
}
