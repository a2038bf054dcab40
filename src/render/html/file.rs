//! The page of one file: its source, its gaps, its functions and classes, and the contexts that ran it.

use std::fmt::Write as _;

use askama::Template;

use super::banners::Banners;
use super::code::{MOST_LINES_AT_ONCE, code};
use super::contexts::contexts;
use super::escape::{is_hidden, is_visible_ascii, visible};
use super::share::Share;
use super::states::{Row, State, States};
use super::{Head, Page};
use crate::model::lines::Line;
use crate::model::outline::RegionKind;
use crate::model::report::{Basis, FileReport, RegionReport};
use crate::model::words::grouped;

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
    has_text: bool,
    /// Why the text is not shown, and whose the statements are; empty if the text is shown and decides.
    note: String,
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

/// The page of a file, or only its body if `alone`.
pub(super) fn page(
    file: &FileReport,
    source: Result<&str, &str>,
    head: Head<'_>,
    around: &Around<'_>,
    alone: bool,
) -> Result<Vec<u8>, askama::Error> {
    let (note, source) = (note(source.err(), file.basis), source.ok());
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
        has_text: source.is_some(),
        note,
        columns: if lines.len() > MOST_LINES_AT_ONCE { source.map_or(0, columns_of) } else { 0 },
        lines: lines.len().try_into().unwrap_or(u32::MAX),
        code: code(file, source, &lines, &states, !alone)?,
        contexts: if around.contexts { contexts(file) } else { String::new() },
    };
    let mut text = String::with_capacity(page.code.len() + AROUND_CODE);
    if alone { page.as_body().render_into(&mut text) } else { page.render_into(&mut text) }?;
    Ok(text.into_bytes())
}

/// The note on a page whose text is not shown, or whose statements are not the text's; else empty.
fn note(unshown: Option<&str>, basis: Basis) -> String {
    let why = unshown.map(|why| format!("The source is not shown: {}.", visible(why)));
    let whose = (basis == Basis::Fragments).then(|| "The statements are those that the fragments list.".to_owned());
    why.into_iter().chain(whose).collect::<Vec<_>>().join(" ")
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
        .filter_map(|region| Some((region, region.line()?)))
        .map(|(region, start)| Region {
            name: visible(region.name.as_str().rsplit('.').next().unwrap_or_default()).into_owned(),
            start,
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
