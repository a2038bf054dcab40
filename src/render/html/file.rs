//! The page of one file: its source with the state of every line, its gaps, its functions and classes, and the contexts that ran it.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use askama::Template;

use super::banners::Banners;
use super::escape::{is_hidden, is_visible_ascii, push_json, push_source, text, visible};
use super::highlight::{self, Class};
use super::share::Share;
use super::{Head, Page};
use crate::model::arcs::{Arc, Exit};
use crate::model::lines::{Line, LineSet};
use crate::model::outline::{RegionKind, why_not_taken};
use crate::model::path::is_python;
use crate::model::report::{Basis, BranchLine, FileReport, RegionReport};
use crate::model::words::grouped;
use crate::render::chunks::push_number;

/// The most elements on the page of a file; colours are left out to stay below it, as far as they can be.
const MOST_ELEMENTS: usize = 11_000;

/// A file with more lines than this is long: its lines are split into lists of [`LINES_OF_LIST`], and a browser lays out only those in view.
const MOST_LINES_AT_ONCE: usize = 1_000;

/// `style.css` knows the height of a list of this many lines.
const LINES_OF_LIST: usize = 32;

/// How many ranges of missing and partial lines are listed above the source.
const MOST_RANGES: usize = 400;

/// A guess of the bytes in a page besides its source.
const AROUND_CODE: usize = 8 * 1024;

/// The inputs of a file's page, besides the file.
pub(super) struct Around<'a> {
    /// The pages of its directories, outermost first.
    pub(super) above: Vec<Page>,
    /// The previous and the next page, in order of names.
    pub(super) before: Option<&'a str>,
    pub(super) after: Option<&'a str>,
    /// The next page with a missing or partial line, and the first such line.
    pub(super) lacking: Option<(&'a str, Line)>,
    /// Its name within its directory.
    pub(super) own: &'a str,
    pub(super) precision: u32,
    pub(super) branches: bool,
    /// Whether contexts are shown.
    pub(super) contexts: bool,
    pub(super) banners: &'a Banners,
}

#[derive(Template)]
#[template(path = "file.html", blocks = ["body"])]
struct FilePage<'a> {
    head: Head<'a>,
    around: &'a Around<'a>,
    name: String,
    own: String,
    total: Share,
    sums: Vec<Sum>,
    ranges: Vec<Range>,
    more_ranges: usize,
    regions: Vec<Region>,
    doubts: Vec<String>,
    banners: Banners,
    /// Why the text is not shown; empty if it is.
    no_text: &'static str,
    lines: u32,
    /// The width of its longest line in columns if the file is long, else 0: see [`columns_of`].
    columns: usize,
    map: String,
    code: String,
    contexts: String,
}

/// A count of lines in one state, and the key that shows or hides them.
struct Sum {
    state: &'static str,
    name: &'static str,
    key: char,
    count: String,
}

/// A run of missing lines, or one partial line.
struct Range {
    first: u32,
    last: u32,
    partial: bool,
}

struct Region {
    name: String,
    start: Line,
    is_class: bool,
    depth: usize,
    share: Share,
}

/// The state of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    Run,
    Missing,
    Partial,
    Excluded,
}

impl State {
    /// The letter of the state in the page's markup: upper case for the further lines of a statement.
    const fn letter(self, further: bool) -> char {
        match (self, further) {
            (Self::Run, false) => 'r',
            (Self::Missing, false) => 'm',
            (Self::Partial, false) => 'p',
            (Self::Excluded, false) => 'x',
            (Self::Run, true) => 'R',
            (Self::Missing, true) => 'M',
            (Self::Partial, true) => 'P',
            (Self::Excluded, true) => 'X',
        }
    }
}

/// A line of the page.
#[derive(Clone, Copy)]
struct Row {
    line: Line,
    /// Its state, and whether it takes it from the first line of its statement.
    state: Option<(State, bool)>,
}

/// The states of a file's lines. As in coverage.py, excluded comes before missing, missing before partial, and partial before executed.
pub(super) struct States<'a> {
    file: &'a FileReport,
    missing: LineSet,
    partial: BTreeMap<Line, &'a BranchLine>,
}

impl<'a> States<'a> {
    pub(super) fn of(file: &'a FileReport) -> Self {
        let missing = file.missing();
        let partial = file
            .sets
            .branches
            .iter()
            .filter(|branch| branch.missing().next().is_some())
            .filter(|branch| file.was_reached(branch.line) && !file.sets.excluded.contains(branch.line))
            .map(|branch| (branch.line, branch))
            .collect();
        Self { file, missing, partial }
    }

    /// The lines of the page with their states.
    fn rows(&self, source: Option<&str>) -> Vec<Row> {
        let (last, beyond) = lines_shown(self.file, source);
        let lines = (1..=last).filter_map(Line::new).chain(beyond.iter());
        let mut rows: Vec<Row> = lines.map(|line| Row { line, state: None }).collect();
        let last = last as usize;
        let mut set = |line: Line, state| {
            let number = line.get() as usize;
            let beyond = || last + rows[last..].partition_point(|row| row.line < line);
            let at = if number <= last { number - 1 } else { beyond() };
            if let Some(row) = rows.get_mut(at).filter(|row| row.line == line) {
                row.state = Some((state, false));
            }
        };
        self.file.sets.statements.iter().for_each(|line| set(line, State::Run));
        self.partial.keys().for_each(|&line| set(line, State::Partial));
        self.missing.iter().for_each(|line| set(line, State::Missing));
        self.file.sets.excluded.iter().for_each(|line| set(line, State::Excluded));
        for &(first, end) in self.file.sets.first.ranges() {
            if let Some([Row { state: Some((state, _)), .. }, further @ ..]) =
                rows.get_mut(first as usize - 1..last.min(end as usize))
            {
                further.iter_mut().filter(|row| row.state.is_none()).for_each(|row| row.state = Some((*state, true)));
            }
        }
        rows
    }

    pub(super) fn first_missing(&self) -> Option<Line> {
        self.missing.first()
    }

    /// The first missing or partial line.
    pub(super) fn first_lacking(&self) -> Option<Line> {
        self.missing.first().into_iter().chain(self.partial.keys().next().copied()).min()
    }
}

/// The page of a file, or only its body if `alone`.
pub(super) fn page(
    file: &FileReport,
    source: Option<&str>,
    head: Head<'_>,
    around: &Around<'_>,
    alone: bool,
) -> Result<Vec<u8>, askama::Error> {
    let states = States::of(file);
    let lines = states.rows(source);
    let ranges = ranges(&lines, &states);
    let sum = |state, name, key, count: u64| Sum { state, name, key, count: grouped(count) };
    let mut sums = vec![
        sum("r", "executed", 'r', file.totals.executed),
        sum("m", "missing", 'm', file.totals.missing()),
        sum("x", "excluded", 'x', file.totals.excluded),
    ];
    if around.branches {
        sums.insert(2, sum("p", "partial", 'p', file.totals.partial));
    }
    let mut banners = around.banners.clone();
    // The page's own doubts say more than the banner that sums them up.
    if !file.doubts.is_empty() {
        banners.misfits.clear();
    }
    let shown = ranges.len().min(MOST_RANGES);
    let page = FilePage {
        head,
        around,
        name: visible(&file.name).into_owned(),
        own: visible(around.own).into_owned(),
        total: Share::of(&file.totals, around.precision),
        sums,
        map: minimap(&lines),
        more_ranges: ranges.len() - shown,
        ranges: ranges.into_iter().take(shown).collect(),
        regions: regions(&file.regions, around.precision),
        doubts: file.doubts.iter().map(|doubt| visible(&doubt.text).into_owned()).collect(),
        banners,
        no_text: if source.is_some() { "" } else { no_text(file.basis) },
        columns: if lines.len() > MOST_LINES_AT_ONCE { source.map_or(0, columns_of) } else { 0 },
        lines: lines.len().try_into().unwrap_or(u32::MAX),
        code: code(file, source, &lines, &states, !alone)?,
        contexts: if around.contexts { contexts(file) } else { String::new() },
    };
    let mut text = String::with_capacity(page.code.len() + AROUND_CODE);
    if alone { page.as_body().render_into(&mut text) } else { page.render_into(&mut text) }?;
    Ok(text.into_bytes())
}

/// Why a page does not show its source; `Sources::shown` has the rule.
const fn no_text(basis: Basis) -> &'static str {
    match basis {
        Basis::Source => {
            "The source is not shown: neither its name nor its first line marks it as Python, and it is hidden or outside the project."
        }
        Basis::Fragments => {
            "The source was not found, or neither its name nor its first line marks it as Python: the statements are those that the fragments list."
        }
    }
}

/// The number of lines of the text, all of which a page shows, and the lines beyond its end, of which it shows only those that are listed: a
/// fragment may list any line number.
fn lines_shown(file: &FileReport, source: Option<&str>) -> (u32, LineSet) {
    let is_known = source.is_some() || file.basis == Basis::Source;
    let last = source.map_or(if is_known { file.sets.lines } else { 0 }, lines_of);
    // An exclusion may reach one line past the end of a text.
    let first_excluded = last.saturating_add(if is_known { 2 } else { 1 });
    let mut beyond = file.sets.statements.within(last.saturating_add(1), u32::MAX);
    beyond.union_with(&file.sets.excluded.within(first_excluded, u32::MAX));
    let branches = file.sets.branches.iter().map(|branch| branch.line);
    let starts = file.regions.iter().map(|region| region.start);
    beyond.extend(branches.chain(starts).filter(|line| line.get() > last));
    (last, beyond)
}

/// How many lines a text shows. Only line feeds end lines here, as for Python's parser and line numbers; its `splitlines()` knows other ends, too.
fn lines_of(text: &str) -> u32 {
    let ended = text.is_empty() || text.ends_with('\n');
    u32::try_from(memchr::memchr_iter(b'\n', text.as_bytes()).count() + usize::from(!ended)).unwrap_or(u32::MAX)
}

/// The width of a text's longest line in columns; at least a few more if it has wide or invisible characters.
fn columns_of(text: &str) -> usize {
    let after = |columns: usize, character| match character {
        '\t' => (columns / 8 + 1) * 8,
        _ if is_hidden(character) => columns + "U+E0041 ".len(),
        '\u{1100}'.. => columns + 2,
        _ => columns + 1,
    };
    let columns = |line: &str| if is_visible_ascii(line) { line.len() } else { line.chars().fold(0, after) };
    text.split('\n').map(columns).max().unwrap_or_default()
}

/// The runs of missing lines and the partial lines, in order. A run continues across lines that are not statements; each partial line stands alone.
fn ranges(lines: &[Row], states: &States<'_>) -> Vec<Range> {
    let mut ranges: Vec<Range> = Vec::new();
    let mut open = false;
    for Row { line, state } in lines {
        let number = line.get();
        match state {
            Some((State::Missing, false)) => match ranges.last_mut() {
                Some(range) if open => range.last = number,
                _ => {
                    ranges.push(Range { first: number, last: number, partial: false });
                    open = true;
                }
            },
            Some((State::Partial, false)) => {
                ranges.push(Range { first: number, last: number, partial: true });
                open = false;
            }
            Some((_, false)) => open = false,
            Some((_, true)) | None => {}
        }
    }
    debug_assert!(ranges.is_empty() == states.first_lacking().is_none(), "what lacks something is in a range");
    ranges
}

/// Functions and classes as an outline: the dots in a region's name give its depth.
fn regions(regions: &[RegionReport], precision: u32) -> Vec<Region> {
    regions
        .iter()
        .map(|region| Region {
            name: visible(region.name.as_str().rsplit('.').next().unwrap_or_default()).into_owned(),
            start: region.start,
            is_class: region.kind == RegionKind::Class,
            depth: region.name.as_str().matches('.').count().min(6),
            share: Share::of(&region.totals, precision),
        })
        .collect()
}

/// An overview of the whole file as paths of an image, one unit high for each line. States differ in shape, not only in colour.
fn minimap(lines: &[Row]) -> String {
    let mut paths: [(State, &str, String); 3] = [
        (State::Missing, "m", String::new()),
        (State::Partial, "p", String::new()),
        (State::Excluded, "x", String::new()),
    ];
    for (state, _, path) in &mut paths {
        // The left edge and the width, in units of which the image has 12.
        let (from, across) = match state {
            State::Missing => (0, 12),
            State::Partial => (0, 7),
            _ => (9, 3),
        };
        let mut number = 0;
        while number < lines.len() {
            let length = lines[number..].iter().take_while(|row| row.state.is_some_and(|own| own.0 == *state)).count();
            if length > 0 {
                _ = write!(path, "M{from} {number}h{across}v{length}h-{across}z");
            }
            number += length.max(1);
        }
    }
    paths.iter().filter(|(_, _, path)| !path.is_empty()).fold(String::new(), |mut svg, (_, class, path)| {
        _ = write!(svg, "<path class={class} d=\"{path}\"/>");
        svg
    })
}

/// The source as the items of a list, or of several lists if it is long. If `numbered`, each item has its line number as an identifier. The
/// single-file report leaves the identifiers to its script, as they are a fifth of a compressed page.
fn code(
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
            annotate(&mut bytes, branch);
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

/// Appends what did not happen on a partial line, in coverage.py's words, with links to the lines named there.
fn annotate(bytes: &mut Vec<u8>, branch: &BranchLine) {
    bytes.extend_from_slice(b"<div class=why>");
    for (number, sentence) in sentences(branch).iter().enumerate() {
        if number > 0 {
            bytes.extend_from_slice(b"<br>");
        }
        link_lines(bytes, sentence);
    }
    bytes.extend_from_slice(b"</div>");
}

/// coverage.py's sentences about a partial line: one for each exit that was not taken, or one for all of them.
pub(super) fn sentences(branch: &BranchLine) -> Vec<String> {
    let line = branch.line;
    if branch.missing().count() == usize::try_from(branch.total).unwrap_or(usize::MAX) {
        return vec![format!("line {line} didn't jump anywhere: it always raised an exception.")];
    }
    let sentence =
        |exit: &crate::model::report::BranchExit| match (&exit.to, exit.to.arc_end(), i32::try_from(line.get())) {
            (Exit::Label(label), ..) => format!("line {line} didn't take the branch '{label}'"),
            (_, Some(to), Ok(from)) => why_not_taken(Arc::new(from, to), exit.explanations.iter()),
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

/// Which contexts ran which lines: each name once, each distinct set of names once, and the lines as runs that share a set. Empty without contexts.
///
/// ```text
/// {"names": ["test_a", "test_b"], "sets": [[0], [0, 1]], "lines": [[1, 5, 1], [8, 2, 0]]}     first line, number of lines, index of the set
/// ```
fn contexts(file: &FileReport) -> String {
    if file.sets.contexts.is_empty() {
        return String::new();
    }
    let mut by_line: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
    let mut json = String::from("{\"names\":[");
    for (number, (context, trace)) in file.sets.contexts.iter().enumerate() {
        if number > 0 {
            json.push(',');
        }
        push_json(&mut json, if context.as_str().is_empty() { "(empty)" } else { context.as_str() });
        let ran = file.sets.first.of_lines(&trace.executed());
        // Excluded lines may have run as well.
        for line in ran.intersection(&file.sets.statements.union(&file.sets.excluded)).iter() {
            by_line.entry(line.get()).or_default().push(number);
        }
    }
    let mut sets: BTreeMap<Vec<usize>, usize> = BTreeMap::new();
    let mut in_order: Vec<Vec<usize>> = Vec::new();
    let mut runs: Vec<(u32, u32, usize)> = Vec::new();
    for (line, set) in by_line {
        let known = sets.len();
        let which = *sets.entry(set.clone()).or_insert(known);
        if which == known {
            in_order.push(set);
        }
        match runs.last_mut() {
            Some((first, length, last)) if *last == which && *first + *length == line => *length += 1,
            _ => runs.push((line, 1, which)),
        }
    }
    json.push_str("],\"sets\":[");
    for (number, set) in in_order.iter().enumerate() {
        let names: Vec<String> = set.iter().map(usize::to_string).collect();
        _ = write!(json, "{}[{}]", if number > 0 { "," } else { "" }, names.join(","));
    }
    json.push_str("],\"lines\":[");
    for (number, (first, length, which)) in runs.iter().enumerate() {
        _ = write!(json, "{}[{first},{length},{which}]", if number > 0 { "," } else { "" });
    }
    json.push_str("]}");
    json
}
