//! Text as HTML shows it: nothing in it is markup, nothing in it is invisible, and nothing in it reverses the text around it.

use std::borrow::Cow;
use std::fmt::Write as _;

/// How a character is shown; `None` if it stands for itself.
enum Shown {
    /// An entity of HTML.
    Entity(&'static str),
    /// An invisible character: its number is shown instead.
    Number,
}

fn shown(character: char) -> Option<Shown> {
    match character {
        '&' => Some(Shown::Entity("&amp;")),
        '<' => Some(Shown::Entity("&lt;")),
        '>' => Some(Shown::Entity("&gt;")),
        '"' => Some(Shown::Entity("&quot;")),
        '\'' => Some(Shown::Entity("&#39;")),
        '\t' => None,
        // Controls; separators that end lines; characters that join, hide or reverse text (Trojan Source); the byte order mark.
        '\0'..='\u{1f}'
        | '\u{7f}'..='\u{9f}'
        | '\u{ad}'
        | '\u{61c}'
        | '\u{180e}'
        | '\u{200b}'..='\u{200f}'
        | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{feff}'
        | '\u{fff9}'..='\u{fffb}'
        | '\u{e0000}'..='\u{e007f}' => Some(Shown::Number),
        _ => None,
    }
}

/// Whether every byte is a visible character of ASCII or a blank, as in most names.
pub(super) fn is_visible_ascii(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b' '..=b'~'))
}

/// Whether every byte stands for itself, as in most texts.
fn is_plain(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b' '..=b'~' | b'\t') && !matches!(byte, b'&' | b'<' | b'>' | b'"' | b'\''))
}

/// Escapes text for an element or a quoted attribute. Invisible characters are shown as `U+202E`.
pub(super) fn text(text: &str) -> Cow<'_, str> {
    if is_plain(text) {
        return Cow::Borrowed(text);
    }
    let mut escaped = String::with_capacity(text.len() + 16);
    for character in text.chars() {
        match shown(character) {
            None => escaped.push(character),
            Some(Shown::Entity(entity)) => escaped.push_str(entity),
            Some(Shown::Number) => _ = write!(escaped, "U+{:04X}", u32::from(character)),
        }
    }
    Cow::Owned(escaped)
}

/// Prepares a name or a message for a template, which escapes markup itself. Invisible characters are shown as `U+202E`.
pub(super) fn visible(text: &str) -> Cow<'_, str> {
    if is_visible_ascii(text) || !text.chars().any(is_hidden_in_a_name) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.chars().fold(String::new(), |mut visible, character| {
        if is_hidden_in_a_name(character) {
            _ = write!(visible, "U+{:04X}", u32::from(character));
        } else {
            visible.push(character);
        }
        visible
    }))
}

/// Whether a character is invisible.
pub(super) fn is_hidden(character: char) -> bool {
    matches!(shown(character), Some(Shown::Number))
}

/// Whether a character in a name is invisible or looks like another one.
fn is_hidden_in_a_name(character: char) -> bool {
    character == '\t' || is_hidden(character)
}

/// The bytes that begin characters which may not stand for themselves in source text.
const MAY_BE_SHOWN: [bool; 256] = {
    let mut bytes = [false; 256];
    let mut control = 0;
    while control < 0x20 {
        bytes[control] = control != b'\t' as usize;
        control += 1;
    }
    let mut others: &[u8] = &[b'&', b'<', 0x7f, 0xc2, 0xd8, 0xe1, 0xe2, 0xef, 0xf3];
    while let [byte, rest @ ..] = others {
        bytes[*byte as usize] = true;
        others = rest;
    }
    bytes
};

/// Appends source text for an element. Quotes are not escaped, and each invisible character gets an element of its own.
pub(super) fn push_source(bytes: &mut Vec<u8>, text: &str) {
    let mut rest = text;
    while let Some(at) = rest.bytes().position(|byte| MAY_BE_SHOWN[usize::from(byte)]) {
        let (plain, after) = rest.split_at(at);
        bytes.extend_from_slice(plain.as_bytes());
        let mut characters = after.chars();
        match characters.next() {
            Some('&') => bytes.extend_from_slice(b"&amp;"),
            Some('<') => bytes.extend_from_slice(b"&lt;"),
            Some(character) if is_hidden(character) => {
                _ = std::io::Write::write_fmt(bytes, format_args!("<mark>U+{:04X}</mark>", u32::from(character)));
            }
            _ => bytes.extend_from_slice(&after.as_bytes()[..after.len() - characters.as_str().len()]),
        }
        rest = characters.as_str();
    }
    bytes.extend_from_slice(rest.as_bytes());
}

/// A name as a JSON string that may stand in a script or in an element: without `<` and without invisible characters.
pub(super) fn push_json(json: &mut String, text: &str) {
    json.push('"');
    if is_visible_ascii(text) && !text.contains(['"', '\\', '<', '&', '>', '[']) {
        json.push_str(text);
        json.push('"');
        return;
    }
    for character in text.chars() {
        match character {
            '"' => json.push_str("\\\""),
            '\\' => json.push_str("\\\\"),
            '<' | '&' | '>' | '[' => _ = write!(json, "\\u{:04x}", u32::from(character)),
            _ if is_hidden_in_a_name(character) => _ = write!(json, "U+{:04X}", u32::from(character)),
            _ => json.push(character),
        }
    }
    json.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(text: &str) -> String {
        let mut bytes = Vec::new();
        push_source(&mut bytes, text);
        String::from_utf8(bytes).unwrap()
    }

    fn json(text: &str) -> String {
        let mut json = String::new();
        push_json(&mut json, text);
        json
    }

    #[test]
    fn no_text_becomes_markup() {
        let hostile = "</script><img src=x onerror='a(\"b\")'>&amp;";
        assert_eq!(text(hostile), "&lt;/script&gt;&lt;img src=x onerror=&#39;a(&quot;b&quot;)&#39;&gt;&amp;amp;");
        assert_eq!(source("a < b && '\"'"), "a &lt; b &amp;&amp; '\"'");
        assert!(!json(hostile).contains(['<', '>', '&']));
        let read: String = serde_json::from_str(&json(hostile)).unwrap();
        assert_eq!(read, hostile);
    }

    #[test]
    fn what_cannot_be_seen_is_shown() {
        for (hidden, number) in [
            ('\0', "U+0000"),
            ('\u{1b}', "U+001B"),
            ('\u{202e}', "U+202E"),
            ('\u{feff}', "U+FEFF"),
            ('\u{e0041}', "U+E0041"),
        ] {
            let hostile = format!("a{hidden}b");
            assert_eq!(text(&hostile), format!("a{number}b"));
            assert_eq!(source(&hostile), format!("a<mark>{number}</mark>b"));
            assert_eq!(json(&hostile), format!("\"a{number}b\""));
        }
        assert_eq!((visible("a\tb"), json("a\tb")), ("aU+0009b".into(), "\"aU+0009b\"".to_owned()));
        assert_eq!(text("naïve 日本\t🙂"), "naïve 日本\t🙂");
        assert_eq!(source("naïve 日本\t🙂 «é»"), "naïve 日本\t🙂 «é»");
    }
}
