//! Text as people see it: without the escape sequences of terminals, and short.

use std::borrow::Cow;

/// How many characters of a line a message shows.
const MOST_SHOWN: usize = 160;

/// The bytes in UTF-8, if a mark at their beginning says that they are UTF-16, as the shell of Windows writes what it redirects.
pub(super) fn utf8(bytes: &[u8]) -> Cow<'_, [u8]> {
    let (unit, rest): (fn([u8; 2]) -> u16, _) = match bytes {
        [0xff, 0xfe, rest @ ..] => (u16::from_le_bytes, rest),
        [0xfe, 0xff, rest @ ..] => (u16::from_be_bytes, rest),
        _ => return Cow::Borrowed(bytes),
    };
    let units = rest.as_chunks().0.iter().copied().map(unit);
    let text: String =
        char::decode_utf16(units).map(|character| character.unwrap_or(char::REPLACEMENT_CHARACTER)).collect();
    Cow::Owned(text.into_bytes())
}

/// The text, or its beginning if it is long.
pub(super) fn beginning(text: &str) -> String {
    match text.char_indices().nth(MOST_SHOWN) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}…", &text[..end]),
    }
}

/// The text without escape sequences: colours and the like (`ESC [ … letter`), and titles and links (`ESC ] … BEL` or `ESC ] … ESC \`).
pub(super) fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('\u{1b}') {
        plain.push_str(before);
        rest = after_sequence(after);
    }
    plain + rest
}

/// The text after the sequence that begins with an escape before `text`.
fn after_sequence(text: &str) -> &str {
    let mut characters = text.chars();
    match characters.next() {
        Some('[') => {
            let body = characters.as_str();
            let end = body.find(|character| !matches!(character, ' '..='?')).unwrap_or(body.len());
            // The letter that ends it; any other character is not part of it.
            body.get(end..).map_or("", |rest| rest.strip_prefix(|last| matches!(last, '@'..='~')).unwrap_or(rest))
        }
        Some(']') => {
            let body = characters.as_str();
            match body.find(['\u{7}', '\u{1b}']) {
                None => "",
                Some(end) => {
                    let after = body.get(end + 1..).unwrap_or_default();
                    if body.as_bytes().get(end) == Some(&0x1b) {
                        after.strip_prefix('\\').unwrap_or(after)
                    } else {
                        after
                    }
                }
            }
        }
        _ => characters.as_str(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escape_sequences_are_taken_out() {
        for (text, expected) in [
            ("\u{1b}[36mnox > \u{1b}[35mRunning\u{1b}[0m", "nox > Running"),
            ("\u{1b}[0Ka\u{1b}[38;5;120mb\u{1b}[?25l", "ab"),
            ("\u{1b}]8;;https://a.b\u{1b}\\link\u{1b}]8;;\u{1b}\\ \u{1b}]0;title\u{7}x", "link x"),
            ("\u{1b}(Bx\u{1b}", "Bx"),
            ("a\u{1b}[1", "a"),
            ("a\u{1b}]0;no end", "a"),
            ("\u{1b}[é", "é"),
        ] {
            assert_eq!(plain(text), expected, "{text:?}");
        }
    }

    #[test]
    fn long_texts_are_cut() {
        assert_eq!(beginning(&"é".repeat(160)), "é".repeat(160));
        assert_eq!(beginning(&"é".repeat(161)), format!("{}…", "é".repeat(160)));
    }
}
