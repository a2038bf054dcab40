//! Documents as lines of a log: no name in them is a command of a CI system, wherever they are printed.

use std::io::{self, Write};

use crate::model::inert::Watch;

/// How a format writes the byte that would complete the beginning of a command.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Escape {
    /// As `?`: the format has no escape.
    Question,
    /// As JSON does in a string, the only place of such a byte.
    Json,
    /// As a character reference.
    Xml,
    /// Likewise, but not at the beginnings of lines: those of scripts and style sheets are ours.
    Html,
}

/// Writes a document so that it is inert.
pub(super) struct Inert<'a> {
    out: &'a mut dyn Write,
    escape: Escape,
    watch: Watch,
}

impl<'a> Inert<'a> {
    pub(super) fn new(out: &'a mut dyn Write, escape: Escape) -> Self {
        Self { out, escape, watch: Watch::new() }
    }

    fn put_escaped(&mut self, byte: u8) -> io::Result<()> {
        match self.escape {
            Escape::Html if byte == b':' => self.out.write_all(&[byte]),
            Escape::Question => self.out.write_all(b"?"),
            Escape::Json => write!(self.out, "\\u{byte:04x}"),
            Escape::Xml | Escape::Html => write!(self.out, "&#{byte};"),
        }
    }
}

impl Write for Inert<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let (mut from, mut at) = (0, 0);
        while at < bytes.len() {
            if self.watch.is_idle() {
                // Most of a line is of no interest.
                at += memchr::memchr3(b'\n', b'\r', b'#', &bytes[at..]).unwrap_or(bytes.len() - at);
            }
            let Some(&byte) = bytes.get(at) else { break };
            if self.watch.completes(byte) {
                self.out.write_all(&bytes[from..at])?;
                self.put_escaped(byte)?;
                from = at + 1;
            }
            at += 1;
        }
        self.out.write_all(&bytes[from..])?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::inert::inert;

    fn written(text: &str, escape: Escape, pieces: usize) -> String {
        let mut bytes = Vec::new();
        let mut out = Inert::new(&mut bytes, escape);
        text.as_bytes().chunks(pieces).for_each(|piece| out.write_all(piece).unwrap());
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn a_document_is_inert_in_whatever_pieces_it_is_written() {
        let text = "::a::\n  :: b ##[c] # ##\n[ d ##vso[e]\r::f\n{\"##\": [1]}\n";
        for pieces in [1, 2, 3, 7, 100] {
            assert_eq!(written(text, Escape::Question, pieces), inert(text), "{pieces}");
        }
    }

    #[test]
    fn each_format_has_its_escape() {
        let text = "::a ##[b]";
        for (escape, shown) in [
            (Escape::Question, ":?a ##?b]"),
            (Escape::Json, ":\\u003aa ##\\u005bb]"),
            (Escape::Xml, ":&#58;a ##&#91;b]"),
            (Escape::Html, "::a ##&#91;b]"),
        ] {
            assert_eq!(written(text, escape, 100), shown);
        }
    }
}
