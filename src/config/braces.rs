//! Braces in the places of `--expect-in`, as bash expands them: `{1..32}`, `{01..32}`, `{a,b}`.
//!
//! Braces around anything else stay as they are: a directory may be called `job{1}`.

use std::collections::BTreeSet;

/// How many texts to make at most.
const MOST: usize = 10_000;
/// How deep braces may stand in one another; deeper ones stay.
const DEEPEST: usize = 8;

/// All texts that the braces stand for, each once, in order.
///
/// # Errors
/// They are more than 10,000.
pub(super) fn expand(text: &str) -> Result<Vec<String>, String> {
    let mut open = vec![text.to_owned()];
    let mut texts = Vec::new();
    while let Some(text) = open.pop() {
        let Some((before, alternatives, after)) = first_group(&text) else {
            texts.push(text);
            continue;
        };
        let room = MOST.saturating_sub(texts.len() + open.len());
        let alternatives = alternatives.texts(room).ok_or("expected braces that stand for at most 10,000 places")?;
        open.extend(alternatives.into_iter().rev().map(|alternative| format!("{before}{alternative}{after}")));
    }
    let mut known = BTreeSet::new();
    texts.retain(|text| known.insert(text.clone()));
    Ok(texts)
}

/// The content of a pair of braces.
enum Group<'a> {
    /// Whole numbers from one to the other, with at least that number of digits.
    Range(u64, u64, usize),
    /// Texts.
    List(Vec<&'a str>),
}

impl Group<'_> {
    /// The texts; `None` if they are more than there is room for.
    fn texts(self, room: usize) -> Option<Vec<String>> {
        let texts = match self {
            Self::List(items) if items.len() <= room => items.into_iter().map(str::to_owned).collect(),
            Self::Range(from, to, digits) if from.abs_diff(to) < room as u64 => {
                let numbers = (from.min(to)..=from.max(to)).map(|number| format!("{number:0digits$}"));
                if from <= to { numbers.collect() } else { numbers.rev().collect() }
            }
            _ => return None,
        };
        Some(texts)
    }
}

/// The first pair of braces that stands for something, with the texts before and after it. Inner ones come first.
fn first_group(text: &str) -> Option<(&str, Group<'_>, &str)> {
    let mut open: Vec<usize> = Vec::new();
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'{' if open.len() < DEEPEST => open.push(at),
            b'}' => {
                let Some(start) = open.pop() else { continue };
                let content = text.get(start + 1..at)?;
                if let Some(group) = range(content).or_else(|| list(content)) {
                    return Some((text.get(..start)?, group, text.get(at + 1..)?));
                }
            }
            _ => {}
        }
    }
    None
}

/// `1..32`; a zero before either number fills all up to the longer.
fn range(content: &str) -> Option<Group<'_>> {
    let (from, to) = content.split_once("..")?;
    let number = |text: &str| if text.bytes().all(|byte| byte.is_ascii_digit()) { text.parse().ok() } else { None };
    let is_filled = |text: &str| text.len() > 1 && text.starts_with('0');
    let digits = if is_filled(from) || is_filled(to) { from.len().max(to.len()) } else { 1 };
    Some(Group::Range(number(from)?, number(to)?, digits))
}

/// `a,b`; commas within inner braces are not of it.
fn list(content: &str) -> Option<Group<'_>> {
    let mut depth = 0_u32;
    let items: Vec<&str> = content
        .split(|character| {
            match character {
                '{' => depth += 1,
                '}' => depth = depth.saturating_sub(1),
                _ => {}
            }
            character == ',' && depth == 0
        })
        .collect();
    (items.len() > 1).then_some(Group::List(items))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn braces_are_those_of_bash() {
        // bash 5.2: `echo TEXT`, each word once
        for (text, expected) in [
            ("a{1..3}", "a1 a2 a3"),
            ("{08..11}/x", "08/x 09/x 10/x 11/x"),
            ("{1..003}", "001 002 003"),
            ("{3..1}", "3 2 1"),
            ("{a,b}-{1..2}", "a-1 a-2 b-1 b-2"),
            ("x{,y}", "x xy"),
            ("{a,b{1..2}}", "a b1 b2"),
            ("{a,{b}}", "a {b}"),
            ("job{1}", "job{1}"),
            ("{1-3}", "{1-3}"),
            ("{1..x}", "{1..x}"),
            ("a{1,", "a{1,"),
            ("a}b{c", "a}b{c"),
            ("{}", "{}"),
            ("plain", "plain"),
        ] {
            assert_eq!(expand(text).unwrap().join(" "), expected, "{text}");
        }
    }

    #[test]
    fn there_is_an_end_to_it() {
        assert_eq!(expand("{1..10000}").unwrap().len(), 10_000);
        for text in ["{0..10000}", "{1..18446744073709551615}", "{0..18446744073709551615}", &"{a,b}".repeat(14)] {
            assert!(expand(text).is_err(), "{text}");
        }
        assert_eq!(expand("{1..18446744073709551616}").unwrap(), ["{1..18446744073709551616}"]);
        let unclosed = "{".repeat(100_000);
        assert_eq!(expand(&unclosed).unwrap(), [unclosed]);
        assert_eq!(expand(&"{1..1}".repeat(1_000)).unwrap().len(), 1);
    }
}
