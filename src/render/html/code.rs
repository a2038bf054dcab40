//! The source of a file as a page shows it: its lines with their states and colours, and why branches were not taken.

use super::escape::{push_source, text};
use super::highlight::{self, Class};
use super::states::{Row, State, States};
use crate::model::arcs::Exit;
use crate::model::outline::why_not_taken;
use crate::model::path::is_python;
use crate::model::report::{BranchExit, BranchLine, FileReport};
use crate::render::chunks::push_number;

/// The most elements on the page of a file; colours are left out to stay below it, as far as they can be.
const MOST_ELEMENTS: usize = 11_000;

/// A file with more lines than this is long: its lines are split into lists of [`LINES_OF_LIST`], and a browser lays out only those in view.
pub(super) const MOST_LINES_AT_ONCE: usize = 1_000;

/// `style.css` knows the height of a list of this many lines.
const LINES_OF_LIST: usize = 32;

/// The source as the items of a list, or of several lists if it is long. If `numbered`, each item has its line number as an identifier. The
/// single-file report leaves the identifiers to its script, as they are a fifth of a compressed page.
pub(super) fn code(
    file: &FileReport,
    source: Option<&str>,
    lines: &[Row],
    states: &States<'_>,
    numbered: bool,
) -> askama::Result<String> {
    let text = source.unwrap_or_default();
    let mut pieces = if is_coloured(file) { highlight::python(text) } else { Vec::new() };
    // If there are too many coloured pieces, the least informative colours go first.
    for dispensable in [Class::Number, Class::Decorator, Class::Definition, Class::Keyword, Class::String] {
        if pieces.len() + lines.len() > MOST_ELEMENTS {
            pieces.retain(|piece| piece.1 != dispensable);
        }
    }
    let mut bytes: Vec<u8> = Vec::with_capacity(text.len() * 2 + lines.len() * 20);
    let mut pieces = pieces.into_iter().peekable();
    let mut from = 0;
    let mut ends = memchr::memchr_iter(b'\n', text.as_bytes()).chain([text.len()]);
    let mut before = 0;
    for (at, Row { line, state }) in lines.iter().enumerate() {
        let number = line.get();
        if lines.len() > MOST_LINES_AT_ONCE && at > 0 && at % LINES_OF_LIST == 0 {
            bytes.extend_from_slice(b"</ol></div>\n<div><ol start=");
            push_number(&mut bytes, u64::from(number));
            bytes.push(b'>');
        }
        bytes.extend_from_slice(b"<li");
        if number > before + 1 {
            // Between the two are lines that neither the text has nor a fragment lists.
            bytes.extend_from_slice(b" value=");
            push_number(&mut bytes, u64::from(number));
        }
        before = number;
        if numbered {
            bytes.extend_from_slice(b" id=L");
            push_number(&mut bytes, u64::from(number));
        }
        if let Some((state, further)) = state {
            bytes.extend_from_slice(b" class=");
            bytes.push(state.letter(*further) as u8);
        }
        if let Some(hits) = file.sets.hits.get(line) {
            bytes.extend_from_slice(b" data-hits=");
            push_number(&mut bytes, *hits);
        }
        bytes.push(b'>');
        if let Some(end) = ends.next() {
            let mut at = from;
            while let Some((range, class)) = pieces.next_if(|piece| piece.0.end <= end) {
                push_source(&mut bytes, &text[at..range.start]);
                let tag = tag(class);
                bytes.extend_from_slice(b"<");
                bytes.extend_from_slice(tag);
                bytes.extend_from_slice(b">");
                push_source(&mut bytes, &text[range.clone()]);
                bytes.extend_from_slice(b"</");
                bytes.extend_from_slice(tag);
                bytes.extend_from_slice(b">");
                at = range.end;
            }
            push_source(&mut bytes, &text[at..end]);
            if from == end {
                // Without it, an empty line would be lost on copying.
                bytes.push(b'\n');
            }
            from = end + 1;
        }
        if let (Some((State::Partial, false)), Some(branch)) = (state, states.partial.get(line)) {
            annotate(&mut bytes, file, branch);
        }
    }
    String::from_utf8(bytes).map_err(askama::Error::custom)
}

/// Whether to show a file in Python's colours. Its name decides; a script may have no extension.
fn is_coloured(file: &FileReport) -> bool {
    let name = std::path::Path::new(&file.name);
    name.extension().is_none() || is_python(name)
}

const fn tag(class: Class) -> &'static [u8] {
    match class {
        Class::Keyword => b"b",
        Class::String => b"s-",
        Class::Comment => b"i",
        Class::Number => b"n-",
        Class::Definition => b"d-",
        Class::Decorator => b"a-",
    }
}

/// Appends coverage.py's sentences about a partial line, with links to the lines that they name.
fn annotate(bytes: &mut Vec<u8>, file: &FileReport, branch: &BranchLine) {
    bytes.extend_from_slice(b"<div class=why>");
    for (number, sentence) in sentences(file, branch).iter().enumerate() {
        if number > 0 {
            bytes.extend_from_slice(b"<br>");
        }
        link_lines(bytes, sentence);
    }
    bytes.extend_from_slice(b"</div>");
}

/// coverage.py's sentences about a partial line: one for each exit that was not taken, or one for all of them.
fn sentences(file: &FileReport, branch: &BranchLine) -> Vec<String> {
    let line = branch.line;
    if branch.missing().count() == usize::try_from(branch.total).unwrap_or(usize::MAX) {
        return vec![format!("line {line} didn't jump anywhere: it always raised an exception.")];
    }
    let sentence = |exit: &BranchExit| match (&exit.to, exit.arc_from(line)) {
        (Exit::Label(label), _) => format!("line {line} didn't take the branch '{label}'"),
        (_, Some(arc)) => why_not_taken(arc, file.sets.explanations.of(arc)),
        _ => format!("line {line} didn't jump"),
    };
    branch.missing().map(sentence).collect()
}

/// Appends a sentence. Numbers after the word `line` become links, each where it occurs first.
fn link_lines(bytes: &mut Vec<u8>, sentence: &str) {
    let mut linked = Vec::new();
    let mut rest = sentence;
    while let Some(at) = rest.find("line ") {
        let after = &rest[at + 5..];
        let digits = after.len() - after.trim_start_matches(|digit: char| digit.is_ascii_digit()).len();
        let number = &after[..digits];
        bytes.extend_from_slice(text(&rest[..at + 5]).as_bytes());
        if digits == 0 || linked.contains(&number) {
            bytes.extend_from_slice(number.as_bytes());
        } else {
            bytes.extend_from_slice(format!("<a href=#L{number}>{number}</a>").as_bytes());
            linked.push(number);
        }
        rest = &after[digits..];
    }
    bytes.extend_from_slice(text(rest).as_bytes());
}
