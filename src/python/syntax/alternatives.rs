//! Patterns with so many alternatives that `depth`, which knows tokens alone, takes their `|` for a chain of operators.
//!
//! ```text
//! case 1 | 2 | 3 if a | b:      the text
//! case 1 , 2 , 3 if a | b:      the same with commas
//! ```
//!
//! The parser puts alternatives beside each other, as CPython does, but it nests operators. So the text with commas is parsed first: if it has no
//! mistakes, and all those commas stand between parts of patterns, the text itself nests no deeper.

use ruff_python_ast::visitor::{Visitor, walk_pattern};
use ruff_python_ast::{Expr, Pattern, PythonVersion};
use ruff_text_size::{Ranged, TextRange};

use super::depth::{self, TooDeep};
use super::tree_of;

/// Passes a text that nests too deeply for `depth`, which says where, only because of alternatives.
pub(super) fn check(text: &str, python: PythonVersion, refusal: (u32, TooDeep)) -> Result<(), (u32, TooDeep)> {
    let bars = bars_of_cases(text);
    if refusal.1 != TooDeep::Expression || bars.is_empty() {
        return Err(refusal);
    }
    let listed = with_commas(text, &bars);
    depth::check(&listed)?;
    let module = tree_of(&listed, python);
    let mut gaps = Gaps(Vec::new());
    gaps.visit_body(&module.syntax().body);
    let mut gaps = gaps.0;
    gaps.sort_unstable_by_key(Ranged::start);
    let is_alternative = |bar: &usize| {
        let after = gaps.partition_point(|gap| gap.start().to_usize() <= *bar);
        after.checked_sub(1).is_some_and(|at| *bar < gaps[at].end().to_usize())
    };
    if module.errors().is_empty() && bars.iter().all(is_alternative) { Ok(()) } else { Err(refusal) }
}

/// The text with a comma at each of these offsets.
fn with_commas(text: &str, bars: &[usize]) -> String {
    let mut listed = String::with_capacity(text.len());
    let mut rest = 0;
    for &bar in bars {
        listed.push_str(text.get(rest..bar).unwrap_or_default());
        listed.push(',');
        rest = bar + 1;
    }
    listed + text.get(rest..).unwrap_or_default()
}

/// The offsets of every `|` in lines that begin with the word `case`, up to the guard, the colon or the end of the line outside brackets.
fn bars_of_cases(text: &str) -> Vec<usize> {
    let bytes = text.as_bytes();
    let (mut bars, mut next) = (Vec::new(), 0);
    while let Some(line) = bytes.get(next..).filter(|line| !line.is_empty()) {
        let blanks = line.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
        let word = line.get(blanks..).and_then(|words| words.strip_prefix(b"case"));
        next = match word {
            Some([after, ..]) if !after.is_ascii_alphanumeric() && *after != b'_' => {
                end_of_head(bytes, next + blanks + 4, &mut bars)
            }
            _ => next,
        };
        next = end_of_line(bytes, next) + 1;
    }
    bars
}

fn end_of_line(bytes: &[u8], from: usize) -> usize {
    memchr::memchr(b'\n', bytes.get(from..).unwrap_or_default()).map_or(bytes.len(), |length| from + length)
}

/// The end of what `case` is followed by; adds the offsets of each `|` before it.
fn end_of_head(bytes: &[u8], from: usize, bars: &mut Vec<usize>) -> usize {
    let (mut at, mut brackets) = (from, 0_usize);
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'(' | b'[' | b'{' => brackets += 1,
            b')' | b']' | b'}' => brackets = brackets.saturating_sub(1),
            b':' | b'\n' if brackets == 0 => break,
            b'i' if brackets == 0 && begins_guard(bytes, at) => break,
            b'|' => bars.push(at),
            b'#' => at = end_of_line(bytes, at) - 1,
            b'"' | b'\'' => at = end_of_text(bytes, at, byte),
            _ => {}
        }
        at += 1;
    }
    at
}

/// Whether the word `if` stands at that offset.
fn begins_guard(bytes: &[u8], at: usize) -> bool {
    let is_word = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_' || !byte.is_ascii();
    let before = at.checked_sub(1).and_then(|before| bytes.get(before));
    let rest = bytes.get(at..).and_then(|rest| rest.strip_prefix(b"if"));
    !before.is_some_and(is_word) && rest.is_some_and(|rest| !rest.first().is_some_and(is_word))
}

/// The offset of the quote that ends the text which begins at `from`, or of the end of the line.
fn end_of_text(bytes: &[u8], from: usize, quote: u8) -> usize {
    let rest = bytes.get(from + 1..).unwrap_or_default();
    let mut escaped = false;
    let is_end = |byte: &u8| {
        let ends = !escaped && (*byte == quote || *byte == b'\n');
        escaped = !escaped && *byte == b'\\';
        ends
    };
    rest.iter().position(is_end).map_or(bytes.len(), |length| from + 1 + length)
}

/// The gaps between parts of patterns that could be alternatives.
struct Gaps(Vec<TextRange>);

impl<'a> Visitor<'a> for Gaps {
    fn visit_expr(&mut self, _: &'a Expr) {}

    fn visit_pattern(&mut self, pattern: &'a Pattern) {
        let parts = match pattern {
            Pattern::MatchSequence(node) => &*node.patterns,
            Pattern::MatchClass(node) => &*node.arguments.patterns,
            _ => &[],
        };
        for [left, right] in parts.array_windows() {
            // Neither `*a` nor, but for the last one, `1 as a` is an alternative.
            let ends = matches!(left, Pattern::MatchAs(node) if node.pattern.is_some());
            if !ends && !left.is_match_star() && !right.is_match_star() {
                self.0.push(TextRange::new(left.end(), right.start()));
            }
        }
        walk_pattern(self, pattern);
    }
}
