//! Braces in the places of `--expect-in`, as bash expands them: `{1..32}`, `{01..32}`, `{a..c}`, `{a,b}`.
//!
//! Other braces, which bash leaves as they are, are refused: most are mistakes. A directory may be called `job{1}` all the same:
//! `job[{]1[}]`.

use std::collections::BTreeSet;

/// How many texts to make at most.
const MOST: usize = 10_000;
/// How deep braces may stand in one another.
const DEEPEST: usize = 8;

/// All texts that the braces stand for, each once, in order.
///
/// # Errors
/// They are more than 10,000; or braces stand for nothing.
pub(super) fn expand(text: &str) -> Result<Vec<String>, String> {
    let mut open = vec![text.to_owned()];
    let mut texts = Vec::new();
    while let Some(text) = open.pop() {
        let Some((before, alternatives, after)) = first_group(&text).map_err(|why| literal(&why))? else {
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

/// The advice about braces that stand for nothing.
fn literal(why: &str) -> String {
    format!(
        "{why}; expected `{{1..32}}` or `{{a,b}}`. The shell takes other braces for a part of the name: write these as `[{{]` and `[}}]`"
    )
}

/// The content of a pair of braces.
enum Group<'a> {
    /// Whole numbers from one to the other, with at least that number of digits.
    Range(u64, u64, usize),
    /// Letters from one to the other.
    Letters(u8, u8),
    /// Texts.
    List(Vec<&'a str>),
}

impl Group<'_> {
    /// The texts; `None` if they are more than there is room for.
    fn texts(self, room: usize) -> Option<Vec<String>> {
        let (texts, backwards): (Vec<String>, bool) = match self {
            Self::List(items) if items.len() <= room => (items.into_iter().map(str::to_owned).collect(), false),
            Self::Letters(from, to) if usize::from(from.abs_diff(to)) < room => {
                ((from.min(to)..=from.max(to)).map(|letter| char::from(letter).to_string()).collect(), from > to)
            }
            Self::Range(from, to, digits) if from.abs_diff(to) < room as u64 => {
                ((from.min(to)..=from.max(to)).map(|number| format!("{number:0digits$}")).collect(), from > to)
            }
            _ => return None,
        };
        Some(if backwards { texts.into_iter().rev().collect() } else { texts })
    }
}

/// The first pair of braces, with the texts before and after it. Inner ones come first.
fn first_group(text: &str) -> Result<Option<(&str, Group<'_>, &str)>, String> {
    let mut open: Vec<usize> = Vec::new();
    let bytes = text.as_bytes();
    let around = |at: usize| (at.checked_sub(1).and_then(|before| bytes.get(before)), bytes.get(at + 1));
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            // `[{]` is a name's own brace.
            b'{' | b'}' if around(at) == (Some(&b'['), Some(&b']')) => {}
            b'{' if open.len() == DEEPEST => return Err(format!("its braces are more than {DEEPEST} deep")),
            b'{' => open.push(at),
            b'}' => {
                let parts = open
                    .pop()
                    .and_then(|start| Some((text.get(..start)?, text.get(start + 1..at)?, text.get(at + 1..)?)));
                let (before, content, after) = parts.ok_or("one of its braces is closed and never opened")?;
                return Ok(Some((before, group(content)?, after)));
            }
            _ => {}
        }
    }
    if open.is_empty() { Ok(None) } else { Err("one of its braces is opened and never closed".into()) }
}

fn group(content: &str) -> Result<Group<'_>, String> {
    let why = match content.split("..").count() {
        1 => "is neither a range nor a list",
        2 => "is not a range of whole numbers or of letters",
        _ => "has a step, which is not supported: list its members",
    };
    let group = letters(content).or_else(|| range(content)).or_else(|| list(content));
    group.ok_or_else(|| format!("`{{{content}}}` {why}"))
}

/// `1..32`; a zero before either number fills all up to the longer.
fn range(content: &str) -> Option<Group<'_>> {
    let (from, to) = content.split_once("..")?;
    let number = |text: &str| if text.bytes().all(|byte| byte.is_ascii_digit()) { text.parse().ok() } else { None };
    let is_filled = |text: &str| text.len() > 1 && text.starts_with('0');
    let digits = if is_filled(from) || is_filled(to) { from.len().max(to.len()) } else { 1 };
    Some(Group::Range(number(from)?, number(to)?, digits))
}

/// `a..c`, of one case.
fn letters(content: &str) -> Option<Group<'static>> {
    let &[from, b'.', b'.', to] = content.as_bytes() else { return None };
    let is_of_one_case =
        from.is_ascii_lowercase() && to.is_ascii_lowercase() || from.is_ascii_uppercase() && to.is_ascii_uppercase();
    is_of_one_case.then_some(Group::Letters(from, to))
}

/// `a,b`.
fn list(content: &str) -> Option<Group<'_>> {
    content.contains(',').then(|| Group::List(content.split(',').collect()))
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
            ("{3..01}", "03 02 01"),
            ("{a..c}", "a b c"),
            ("{C..A}", "C B A"),
            ("{a,b}-{1..2}", "a-1 a-2 b-1 b-2"),
            ("x{,y}", "x xy"),
            ("{a,b{1..2}}", "a b1 b2"),
            ("{1..3,5}", "1..3 5"),
            ("job[{]1[}]", "job[{]1[}]"),
            ("{a,[}]}", "a [}]"),
            ("plain", "plain"),
        ] {
            assert_eq!(expand(text).unwrap().join(" "), expected, "{text}");
        }
    }

    #[test]
    fn braces_that_stand_for_nothing_are_refused() {
        for (text, why) in [
            ("{1..4..2}", "`{1..4..2}` has a step, which is not supported"),
            ("{a..e..2}", "`{a..e..2}` has a step"),
            ("job{1}", "`{1}` is neither a range nor a list"),
            ("{}", "`{}` is neither a range nor a list"),
            ("{a,{b}}", "`{b}` is neither a range nor a list"),
            ("{1-3}", "`{1-3}` is neither a range nor a list"),
            ("{1..x}", "`{1..x}` is not a range of whole numbers or of letters"),
            ("{A..c}", "`{A..c}` is not a range of whole numbers or of letters"),
            ("{-1..1}", "`{-1..1}` is not a range of whole numbers or of letters"),
            ("${SHARD}", "`{SHARD}` is neither a range nor a list"),
            ("{1..18446744073709551616}", "`{1..18446744073709551616}` is not a range of whole numbers or of letters"),
            ("a{1,", "one of its braces is opened and never closed"),
            ("a}b{c", "one of its braces is closed and never opened"),
            (&"{".repeat(100_000), "its braces are more than 8 deep"),
        ] {
            let said = expand(text).unwrap_err();
            let advice = "expected `{1..32}` or `{a,b}`. The shell takes other braces for a part of the name: write these as `[{]` and `[}]`";
            assert!(said.starts_with(why) && said.ends_with(advice), "{said}");
        }
    }

    #[test]
    fn there_is_an_end_to_it() {
        assert_eq!(expand("{1..10000}").unwrap().len(), 10_000);
        for text in ["{0..10000}", "{1..18446744073709551615}", "{0..18446744073709551615}", &"{a,b}".repeat(14)] {
            assert_eq!(expand(text).unwrap_err(), "expected braces that stand for at most 10,000 places", "{text}");
        }
        assert_eq!(expand(&"{1..1}".repeat(1_000)).unwrap().len(), 1);
    }
}
