//! The functions and classes of an outline as bytes.

use super::wire::{Read, Reader, Writer};
use crate::model::lines::{Line, LineSet};
use crate::model::outline::{Name, Region, RegionKind};

/// A function or class by its start.
pub(super) fn write_key(to: &mut Writer, kind: RegionKind, name: &Name, start: Option<Line>) {
    to.flag(kind == RegionKind::Class);
    to.text(name.as_str());
    to.number(u64::from(number(start)));
}

/// The function or class that [`write_key`] wrote.
pub(super) fn read_key(from: &mut Reader<'_>) -> Read<(Option<Line>, RegionKind, Name)> {
    let kind = if from.flag()? { RegionKind::Class } else { RegionKind::Function };
    let name = Name::from(from.text()?);
    Ok((Line::new(from.fitting()?), kind, name))
}

/// The number of a line; 0 if it is not known.
fn number(line: Option<Line>) -> u32 {
    line.map_or(0, Line::get)
}

/// The regions, column by column. Of each name, the parts that it shares with the one before it are left out: `C.f`, `C.g` become `C.f`, `g`.
pub(super) fn write(to: &mut Writer, regions: &[Region]) {
    let mut before: Vec<&str> = Vec::new();
    let mut names = Vec::new();
    to.list(regions.iter(), |to, Region { kind, name, .. }| {
        let parts: Vec<&str> = name.as_str().split('.').collect();
        let shared = parts.iter().zip(&before).take_while(|(one, other)| one == other).count().min(parts.len() - 1);
        to.length(2 * shared + usize::from(*kind == RegionKind::Class));
        names.push(parts.get(shared..).unwrap_or_default().join("."));
        before = parts;
    });
    to.column(&names, |to, name| to.ended(name));
    let mut start_before = 0;
    for Region { start, .. } in regions {
        to.signed(i64::from(number(*start)) - start_before);
        start_before = i64::from(number(*start));
    }
    to.column(regions, |to, region| to.number(region.unlisted_exits));
    let runs: Vec<Vec<(u32, u32)>> = regions.iter().map(|region| runs(&region.lines)).collect();
    to.column(&runs, |to, runs| to.length(runs.len()));
    for (region, runs) in regions.iter().zip(&runs) {
        let mut end = number(region.start);
        for (first, last) in runs {
            to.signed(i64::from(*first) - i64::from(end));
            end = *last;
        }
    }
    to.column(runs.iter().flatten(), |to, (first, last)| to.number(u64::from(last - first)));
}

/// The first and last lines of runs of neighbouring lines.
fn runs(lines: &LineSet) -> Vec<(u32, u32)> {
    let mut runs: Vec<(u32, u32)> = Vec::new();
    for line in lines.iter().map(Line::get) {
        match runs.last_mut() {
            Some((_, last)) if *last + 1 == line => *last = line,
            _ => runs.push((line, line)),
        }
    }
    runs
}

/// The regions that [`write()`] wrote; so many lines and bytes of names may they have together.
pub(super) fn read(from: &mut Reader<'_>, most: u64) -> Read<Vec<Region>> {
    let kinds: Vec<usize> = from.list(Reader::fitting)?;
    let all = kinds.len() as u64;
    let names = read_names(from, &kinds, most)?;
    let mut start = 0_i64;
    let starts = from.times(all, |from| {
        start = start.saturating_add(from.signed()?);
        let line: Result<u32, _> = start.try_into();
        line.map(Line::new).or_else(|_| from.fault("a region beyond all lines"))
    })?;
    let exits = from.times(all, Reader::number)?;
    let counts = from.times(all, Reader::length)?;
    let steps =
        counts.iter().map(|count| from.times(*count as u64, Reader::signed)).collect::<Read<Vec<Vec<i64>>>>()?;
    let mut left = most;
    let mut regions = Vec::with_capacity(kinds.len());
    for ((((kind, name), start), unlisted_exits), steps) in
        kinds.into_iter().zip(names).zip(starts).zip(exits).zip(steps)
    {
        let kind = if kind % 2 == 1 { RegionKind::Class } else { RegionKind::Function };
        let lines = read_lines(from, start, &steps, &mut left)?;
        regions.push(Region { kind, name, start, unlisted_exits, lines });
    }
    Ok(regions)
}

fn read_names(from: &mut Reader<'_>, kinds: &[usize], most: u64) -> Read<Vec<Name>> {
    let (mut names, mut name, mut left) = (Vec::with_capacity(kinds.len()), String::new(), most);
    for kind in kinds {
        let shared = kind / 2;
        let end = match shared.checked_sub(1) {
            None => Some(0),
            Some(at) => name.match_indices('.').map(|(at, _)| at + 1).nth(at),
        };
        let end = end.or_else(|| (name.split('.').count() == shared).then(|| name.len() + 1));
        let Some(end) = end else { return from.fault(format!("{shared} parts of the name `{name}`")) };
        if end > name.len() {
            name.push('.');
        }
        name.truncate(end);
        name.push_str(from.ended()?);
        match left.checked_sub(name.len() as u64) {
            Some(fewer) => left = fewer,
            None => return from.fault("names that are longer than bytes can hold"),
        }
        names.push(Name::from(name.as_str()));
    }
    Ok(names)
}

/// The lines of a region that begins at `start`; `left` is how many there may be, and becomes less.
fn read_lines(from: &mut Reader<'_>, start: Option<Line>, steps: &[i64], left: &mut u64) -> Read<LineSet> {
    let (mut lines, mut end) = (LineSet::new(), i64::from(number(start)));
    for step in steps {
        let more: u32 = from.fitting()?;
        let first = end.checked_add(*step).and_then(|first| u32::try_from(first).ok());
        let run = first.and_then(|first| Some((Line::new(first)?, Line::new(first.checked_add(more)?)?)));
        let (Some((first, last)), Some(fewer)) = (run, left.checked_sub(u64::from(more) + 1)) else {
            return from.fault("lines of a region beyond the text");
        };
        lines.insert_range(first, last);
        (end, *left) = (i64::from(last.get()), fewer);
    }
    Ok(lines)
}
