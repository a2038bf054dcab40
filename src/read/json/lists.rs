//! The shared parts of coverage.py's report and Slipcover's: lists of lines, lists of branches, keys that must come once.

use std::borrow::Cow;
use std::collections::HashSet;

use crate::model::arcs::Exit;
use crate::model::exits::{ClaimedExit, ExitSet};
use crate::model::lines::{Line, LineSet};
use crate::model::warning::Warning;
use crate::read::error::Error;

use super::cursor::Cursor;
use super::text::Text;

/// The largest line number, which is also the largest that an arc can hold.
const LAST_LINE: i64 = i32::MAX as i64;

/// Oddities of a document that change no number: how often each occurs, and where first.
#[derive(Debug, Default)]
pub struct Oddities {
    line_zero: Seen,
    /// Lines listed both as executed and as missing.
    pub contradicted_lines: Seen,
    /// Branches listed both as executed and as missing.
    pub contradicted_branches: Seen,
    /// Files without lists of branches; `meta` says whether that is odd.
    pub without_branches: Seen,
    /// Paths that are not Unicode.
    pub lossy_paths: Seen,
}

/// How often an oddity was seen, and where first.
#[derive(Debug, Default)]
pub struct Seen {
    times: u64,
    first: String,
}

impl Seen {
    /// Notes `times` further occurrences; `first` says where.
    pub fn note(&mut self, times: u64, first: impl FnOnce() -> String) {
        if self.times == 0 && times > 0 {
            self.first = first();
        }
        self.times += times;
    }

    /// Where it was seen first, if it was seen.
    #[must_use]
    pub fn first(&self) -> Option<&str> {
        (self.times > 0).then_some(&self.first)
    }

    /// The warning about it, if it was seen.
    #[must_use]
    pub fn warning(&self, what: &str) -> Option<Warning> {
        (self.times > 0).then(|| Warning::new(format!("{what}: {}, first at `{}`", self.times, self.first)))
    }
}

impl Oddities {
    /// Notes that the current value was dropped because its line is 0.
    pub fn note_line_zero(&mut self, cursor: &Cursor) {
        self.line_zero.note(1, || cursor.path());
    }

    /// How many entries of lists were dropped so far.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        self.line_zero.times
    }

    /// One warning for each kind of oddity that was seen.
    #[must_use]
    pub fn warnings(&self) -> Vec<Warning> {
        [
            self.line_zero.warning("entries for line 0, which does not exist, were dropped"),
            self.contradicted_lines.warning("lines listed both as executed and as missing count as executed"),
            self.contradicted_branches.warning("branches listed both as executed and as missing count as executed"),
            self.lossy_paths
                .warning("paths that are not Unicode are shown with `\u{fffd}`, and their sources cannot be found"),
        ]
        .into_iter()
        .flatten()
        .collect()
    }
}

/// Puts `value` into `slot`, for a key that must not come twice.
///
/// # Errors
/// The slot is taken.
pub fn once<T>(cursor: &Cursor, slot: &mut Option<T>, value: T) -> Result<(), Error> {
    if slot.is_some() {
        return Err(cursor.wrong("this key comes twice"));
    }
    *slot = Some(value);
    Ok(())
}

/// The value that was read for a key that must exist.
///
/// # Errors
/// The key is missing.
pub fn required<T>(cursor: &Cursor, slot: Option<T>, key: &str) -> Result<T, Error> {
    slot.ok_or_else(|| cursor.wrong(&format!("`{key}` is missing")))
}

/// The paths read from a document so far.
#[derive(Debug, Default)]
pub struct Paths<'a>(HashSet<Cow<'a, [u8]>>);

/// The path that a key of `files` spells; it must not be in `seen`.
///
/// # Errors
/// The path is empty or comes twice.
pub fn path<'a>(cursor: &Cursor, key: Text<'a>, seen: &mut Paths<'a>, odd: &mut Oddities) -> Result<String, Error> {
    let (path, lossy) = key.text();
    if path.is_empty() {
        return Err(cursor.wrong("a file without a name"));
    }
    odd.lossy_paths.note(u64::from(lossy), || cursor.path());
    // `seen` holds the texts, not the bytes: two paths that look the same to us must not silently become one.
    let new = match &path {
        Cow::Borrowed(text) => seen.0.insert(Cow::Borrowed(text.as_bytes())),
        Cow::Owned(text) => seen.0.insert(Cow::Owned(text.clone().into_bytes())),
    };
    if !new {
        return Err(cursor.wrong("this file comes twice"));
    }
    Ok(path.into_owned())
}

/// The set of `taken` and `open` exits; an exit that is in both counts as taken.
#[must_use]
pub fn exit_set(cursor: &Cursor, taken: Vec<ClaimedExit>, open: Vec<ClaimedExit>, odd: &mut Oddities) -> ExitSet {
    let (mut set, open) = (ExitSet::from_unsorted(taken), ExitSet::from_unsorted(open));
    let both = set.len() + open.len();
    set.union_with(&open);
    odd.contradicted_branches.note((both - set.len()) as u64, || cursor.path());
    set
}

/// Reads a list of lines, in any order.
///
/// # Errors
/// A value that is not a list of line numbers.
pub fn lines(cursor: &mut Cursor, odd: &mut Oddities) -> Result<LineSet, Error> {
    let mut lines = LineSet::new();
    let mut last = 0;
    // The numbers from the first one that does not ascend: inserting them one by one could take quadratic time.
    let mut stray = Vec::new();
    cursor.array(|cursor| {
        let number = line_number(cursor)?;
        let Some(line) = Line::new(number) else {
            odd.note_line_zero(cursor);
            return Ok(());
        };
        if number > last && stray.is_empty() {
            lines.insert(line);
            last = number;
        } else {
            stray.push(line);
        }
        Ok(())
    })?;
    if !stray.is_empty() {
        stray.sort_unstable();
        lines.union_with(&stray.into_iter().collect());
    }
    Ok(lines)
}

/// How a format writes the exit from a function, class or module as the destination of a branch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WayOut {
    /// As 0.
    Zero,
    /// As the negative number of the line where that function, class or module starts.
    Negative,
}

/// Reads a list of branches, pairs of lines, in any order.
///
/// # Errors
/// A value that is not a list of pairs of line numbers.
pub fn branches(
    cursor: &mut Cursor,
    way_out: WayOut,
    taken: bool,
    odd: &mut Oddities,
) -> Result<Vec<ClaimedExit>, Error> {
    let mut exits = Vec::new();
    cursor.array(|cursor| {
        let (mut from, mut to) = (0, None);
        let mut length = 0;
        cursor.array(|cursor| {
            match length {
                0 => from = line_number(cursor)?,
                1 => to = destination(cursor, way_out)?,
                _ => return Err(cursor.wrong("a branch is a pair of lines, this is a third number")),
            }
            length += 1;
            Ok(())
        })?;
        if length < 2 {
            return Err(cursor.wrong(&format!("a branch is a pair of lines, found {length} of them")));
        }
        match (Line::new(from), to) {
            (Some(line), Some(exit)) => exits.push(ClaimedExit { line, exit, taken }),
            _ => odd.note_line_zero(cursor),
        }
        Ok(())
    })?;
    Ok(exits)
}

/// The line number that a key spells: `"12"`.
///
/// # Errors
/// The key is not a line number.
pub fn line_key(cursor: &Cursor, key: Text) -> Result<u32, Error> {
    let (text, _) = key.text();
    let number = text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten();
    number
        .filter(|&number| i64::from(number) <= LAST_LINE)
        .ok_or_else(|| cursor.wrong(&format!("the key `{text}` is not a line number")))
}

#[inline]
fn line_number(cursor: &mut Cursor) -> Result<u32, Error> {
    let number = cursor.integer()?;
    checked(cursor, number)
}

#[inline]
fn checked(cursor: &Cursor, number: i64) -> Result<u32, Error> {
    u32::try_from(number)
        .ok()
        .filter(|_| number <= LAST_LINE)
        .ok_or_else(|| cursor.wrong(&format!("`{number}` is not a line number, expected one from 1 to {LAST_LINE}")))
}

#[inline]
fn destination(cursor: &mut Cursor, way_out: WayOut) -> Result<Option<Exit>, Error> {
    let number = cursor.integer()?;
    if way_out == WayOut::Negative && number < 0 {
        return Ok(Line::new(checked(cursor, number.saturating_neg())?).map(|line| Exit::Leave(Some(line))));
    }
    Ok(match Line::new(checked(cursor, number)?) {
        None => (way_out == WayOut::Zero).then_some(Exit::Leave(None)),
        Some(line) => Some(Exit::Line(line)),
    })
}
