//! Fragments by the commands that made them: `28 of behave … features/part_*, 1 of pytest -q -n 4, 6 child processes`.

use std::collections::BTreeMap;

use super::origin::Origin;
use super::words::{counted, grouped};

/// How many groups are named.
const MOST_NAMED: usize = 5;
/// How many characters of a command are shown.
const MOST_SHOWN: usize = 100;

/// The numbers of fragments by command, the largest group first; `None` if no fragment has one.
#[must_use]
pub fn by_command<'a>(origins: impl IntoIterator<Item = &'a Origin>) -> Option<String> {
    let (mut children, mut unknown) = (0, 0);
    let mut groups: BTreeMap<Vec<String>, Vec<Vec<String>>> = BTreeMap::new();
    for origin in origins {
        let words = origin.words();
        match words.first().map(String::as_str) {
            None => unknown += 1,
            Some("-c") => children += 1,
            Some(first) => {
                let program = words.iter().take(if first == "-m" { 2 } else { 1 }).cloned().collect();
                groups.entry(program).or_default().push(words);
            }
        }
    }
    let mut groups: Vec<(usize, String)> =
        groups.into_values().map(|commands| (commands.len(), in_common(&commands))).collect();
    groups.sort_by(|one, other| other.0.cmp(&one.0).then_with(|| one.1.cmp(&other.1)));
    let others: usize = groups.iter().skip(MOST_NAMED).map(|(number, _)| number).sum();
    let mut said: Vec<String> = groups
        .iter()
        .take(MOST_NAMED)
        .map(|(number, command)| format!("{} of `{}`", grouped(*number as u64), cut(command, MOST_SHOWN)))
        .collect();
    if others > 0 {
        said.push(format!("{} of other commands", grouped(others as u64)));
    }
    if children > 0 {
        said.push(counted(children, "child process"));
    }
    if said.is_empty() {
        return None;
    }
    if unknown > 0 {
        said.push(format!("{} of unknown commands", grouped(unknown)));
    }
    Some(said.join(", "))
}

/// The text, or its first `most` characters.
pub(crate) fn cut(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}…", &text[..end]),
    }
}

/// The words that commands of one program have in common; `…` stands for others, `*` for a part of a word.
fn in_common(commands: &[Vec<String>]) -> String {
    let shortest = commands.iter().map(Vec::len).min().unwrap_or_default();
    let at = |place: usize| commands.iter().filter_map(move |words| words.get(place).map(String::as_str));
    let is_even = commands.iter().all(|words| words.len() == shortest);
    let mut words: Vec<String> = Vec::new();
    if is_even {
        words.extend((0..shortest).map(|place| common_word(at(place))));
    } else {
        let equal = (0..shortest).take_while(|&place| {
            let mut words = at(place);
            words.next().is_some_and(|first| words.all(|word| word == first))
        });
        let equal = equal.count();
        words.extend(at_first(commands, equal));
        words.push("…".into());
        if commands.iter().all(|words| words.len() > equal) {
            words.push(common_word(commands.iter().filter_map(|words| words.last().map(String::as_str))));
        }
    }
    words.dedup_by(|next, word| next == "…" && word == "…");
    words.join(" ")
}

fn at_first(commands: &[Vec<String>], number: usize) -> impl Iterator<Item = String> {
    commands.first().into_iter().flat_map(move |words| words.iter().take(number).cloned())
}

/// The word itself if all are equal; else their common beginning and end, with a `*` between.
fn common_word<'a>(mut words: impl Iterator<Item = &'a str>) -> String {
    let Some(first) = words.next() else { return String::new() };
    let (mut start, mut end, mut is_one) = (first, first, true);
    for word in words {
        is_one &= word == first;
        let same = start.chars().zip(word.chars()).take_while(|(one, other)| one == other);
        start = start.get(..same.map(|(one, _)| one.len_utf8()).sum()).unwrap_or_default();
        let same = end.chars().rev().zip(word.chars().rev()).take_while(|(one, other)| one == other);
        end = end.get(end.len() - same.map(|(one, _)| one.len_utf8()).sum::<usize>()..).unwrap_or_default();
    }
    match (is_one, start, end) {
        (true, ..) => first.to_owned(),
        (_, "", "") => "…".into(),
        // They overlap in the shortest word: `ab` and `abab`.
        _ if first.len() < start.len() + end.len() => format!("{start}*"),
        _ => format!("{start}*{end}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(commands: &[&str]) -> Option<String> {
        let origin =
            |line: &&str| Origin { command: line.split_whitespace().map(str::to_owned).collect(), ..Origin::default() };
        let origins: Vec<Origin> = commands.iter().map(origin).collect();
        by_command(&origins)
    }

    #[test]
    fn commands_of_one_program_are_one_group() {
        let mut commands: Vec<String> =
            (10..38).map(|part| format!("/venv/bin/behave -q features/part_{part}")).collect();
        commands.extend(["/venv/bin/pytest -q -n 4", "-c", "-c", "-c", "-c", "-c", "-c"].map(String::from));
        let commands: Vec<&str> = commands.iter().map(String::as_str).collect();
        assert_eq!(
            said(&commands).as_deref(),
            Some("28 of `behave -q features/part_*`, 1 of `pytest -q -n 4`, 6 child processes")
        );
    }

    #[test]
    fn words_that_differ_are_left_out() {
        for (commands, expected) in [
            (&["t.py a b", "t.py a b"][..], "2 of `t.py a b`"),
            (&["t.py a x", "t.py b x"], "2 of `t.py … x`"),
            (&["t.py a b x1.py", "t.py c x22.py"], "2 of `t.py … x*.py`"),
            (&["t.py", "t.py a"], "2 of `t.py …`"),
            (&["t.py a b c", "t.py d e c"], "2 of `t.py … c`"),
            (&["t.py ab", "t.py abab"], "2 of `t.py ab*`"),
            (
                &["/v/pytest/__main__.py a", "/v/behave/__main__.py", "/v/pytest/__main__.py b"],
                "2 of `-m pytest …`, 1 of `-m behave`",
            ),
            (&["-c", ""], "1 child process, 1 of unknown commands"),
            (
                &["a", "b", "c", "d", "e", "f", "f"],
                "2 of `f`, 1 of `a`, 1 of `b`, 1 of `c`, 1 of `d`, 1 of other commands",
            ),
        ] {
            assert_eq!(said(commands).as_deref(), Some(expected), "{commands:?}");
        }
        assert_eq!(said(&["", ""]), None);
        let long = said(&[&format!("t.py {}", "x".repeat(200))]).unwrap();
        assert_eq!(long, format!("1 of `t.py {}…`", "x".repeat(95)));
    }
}
