//! Studies of sources as bytes: the outline of a text, or why it has none.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

use super::Error;
use super::wire::{Read, Reader, Writer};
use crate::model::arcs::Arc;
use crate::model::lines::Line;
use crate::model::outline::{
    Action, Cause, Decided, Explanation, Explanations, FirstLines, Match, Name, Outline, Region, RegionKind,
    ThroughFinally, WithExits,
};
use crate::model::settings::PythonVersion;
use crate::model::study::{Fingerprint, Study, Unparsed};

/// Identifies a text.
#[must_use]
pub fn fingerprint(text: &str) -> Fingerprint {
    let digest: [u8; 32] = Sha256::digest(text.as_bytes()).into();
    let mut fingerprint = Fingerprint::default();
    fingerprint.0.iter_mut().zip(digest).for_each(|(to, from)| *to = from);
    fingerprint
}

/// A study has a byte at least for so many lines of its text: no small one can ask for much memory.
const LINES_OF_A_BYTE: u64 = 64;

/// The study as bytes; equal studies have equal bytes.
#[must_use]
pub fn encode(study: &Study) -> Vec<u8> {
    let mut to = Writer::default();
    let mut lines = u64::from(study.lines);
    to.number(u64::from(study.lines));
    to.lines(&study.without_code);
    match &study.outline {
        Ok(outline) => {
            to.byte(0);
            let of_regions: u64 = outline.regions.iter().map(|region| region.lines.len()).sum();
            lines = lines.max(u64::from(outline.lines)).max(of_regions);
            write_outline(&mut to, outline);
        }
        Err(Unparsed { line, message, accepted_by }) => {
            to.byte(1);
            to.option(*line, |to, line| to.number(u64::from(line)));
            to.text(message);
            to.option(*accepted_by, |to, version| to.byte(version.minor));
        }
    }
    let least = usize::try_from(lines.div_ceil(LINES_OF_A_BYTE)).unwrap_or(usize::MAX);
    to.0.resize(to.0.len().max(least), 0);
    to.0
}

fn write_outline(to: &mut Writer, outline: &Outline) {
    to.number(u64::from(outline.lines));
    to.lines(&outline.statements);
    to.lines(&outline.excluded);
    let mut before = 0;
    to.list(outline.first.ranges().iter(), |to, &(first, last)| {
        to.number(u64::from(first - before));
        to.number(u64::from(last - first));
        before = first;
    });
    to.arcs(&outline.arcs);
    to.list(outline.rewire.0.iter(), |to, (from, arc)| {
        write_arc(to, *from);
        to.option(*arc, write_arc);
    });
    to.lines(&outline.no_branch);
    let (arcs, mut before) = (outline.arcs.as_slice(), 0);
    to.list(outline.explanations.iter(), |to, (arc, Explanation { cause, action })| {
        if let Ok(at) = arcs.binary_search(arc) {
            to.length(at - before + 1);
            before = at;
        } else {
            to.byte(0);
            write_arc(to, *arc);
        }
        let cause = cause.and_then(|cause| Cause::ALL.iter().position(|other| *other == cause));
        to.length(cause.map_or(0, |at| at + 1));
        match action {
            Action::Jump => to.byte(0),
            Action::ExitModule => to.byte(1),
            Action::Return(name) => name_of(to, 2, name),
            Action::Except(name) => name_of(to, 3, name),
            Action::ExitClass(name) => name_of(to, 4, name),
        }
    });
    to.list(outline.decided.iter(), |to, Decided { line, before, after }| {
        to.number(u64::from(line.get()));
        to.number(before.map_or(0, |line| u64::from(line.get())));
        to.number(u64::from(after.get()));
    });
    to.list(outline.through_finally.iter(), |to, ThroughFinally { jump, clause }| {
        for line in [*jump, clause.0, clause.1] {
            to.number(u64::from(line));
        }
    });
    to.list(outline.regions.iter(), |to, Region { kind, name, start, unlisted_exits, lines }| {
        write_region(to, *kind, name, *start);
        to.number(*unlisted_exits);
        to.runs(lines);
    });
    to.list(outline.matches.iter(), |to, Match { line, cases }| {
        to.number(u64::from(*line));
        to.list(cases.iter(), |to, &(first, last)| {
            to.number(u64::from(first));
            to.number(u64::from(last));
        });
    });
}

fn name_of(to: &mut Writer, action: u8, name: &Name) {
    to.byte(action);
    to.text(name.as_str());
}

fn write_arc(to: &mut Writer, arc: Arc) {
    to.signed(i64::from(arc.from));
    to.signed(i64::from(arc.to) - i64::from(arc.from));
}

/// A function or class by its start.
pub(super) fn write_region(to: &mut Writer, kind: RegionKind, name: &Name, start: Option<Line>) {
    to.flag(kind == RegionKind::Class);
    to.text(name.as_str());
    to.number(start.map_or(0, |start| u64::from(start.get())));
}

/// The function or class that [`write_region`] wrote.
pub(super) fn read_region(from: &mut Reader<'_>) -> Read<(Option<Line>, RegionKind, Name)> {
    let kind = if from.flag()? { RegionKind::Class } else { RegionKind::Function };
    let name = Name::from(from.text()?);
    Ok((Line::new(from.fitting()?), kind, name))
}

/// The study that [`encode`] wrote; `offset` is its place in the seal.
///
/// # Errors
/// The first byte that it would not have written.
pub fn decode(bytes: &[u8], offset: u64) -> Result<Study, Error> {
    let mut from = Reader::new(bytes);
    read_study(&mut from, bytes).map_err(|(at, cause)| Error::at(offset, format!("byte {at} of a study: {cause}")))
}

fn read_study(from: &mut Reader<'_>, bytes: &[u8]) -> Read<Study> {
    let lines = read_lines_count(from, bytes)?;
    let without_code = from.lines()?;
    let outline = match from.byte()? {
        0 => Ok(read_outline(from, bytes)?),
        1 => Err(Unparsed {
            line: from.option(Reader::fitting)?,
            message: from.string()?,
            accepted_by: from.option(|from| Ok(PythonVersion { minor: from.byte()? }))?,
        }),
        other => return from.fault(format!("{other}, expected 0 or 1")),
    };
    Ok(Study { outline, lines, without_code })
}

fn read_lines_count(from: &mut Reader<'_>, bytes: &[u8]) -> Read<u32> {
    let lines: u32 = from.fitting()?;
    if u64::from(lines) > LINES_OF_A_BYTE * bytes.len() as u64 {
        return from.fault(format!("{lines} lines in a study of {} bytes", bytes.len()));
    }
    Ok(lines)
}

fn read_outline(from: &mut Reader<'_>, bytes: &[u8]) -> Read<Outline> {
    let lines = read_lines_count(from, bytes)?;
    let (statements, excluded, first) = (from.lines()?, from.lines()?, read_first(from, bytes)?);
    let arcs = from.arcs()?;
    let (mut before, mut left) = (0_usize, LINES_OF_A_BYTE * bytes.len() as u64);
    Ok(Outline {
        lines,
        statements,
        excluded,
        first,
        rewire: WithExits(
            from.list(|from| Ok((read_arc(from)?, from.option(read_arc)?)))?.into_iter().collect::<BTreeMap<_, _>>(),
        ),
        no_branch: from.lines()?,
        explanations: from
            .list(|from| {
                let arc = match from.fitting::<usize>()?.checked_sub(1) {
                    None => read_arc(from)?,
                    Some(step) => {
                        before = before.saturating_add(step);
                        let Some(arc) = arcs.as_slice().get(before) else { return from.fault("no arc to explain") };
                        *arc
                    }
                };
                Ok((arc, read_explanation(from)?))
            })?
            .into_iter()
            .collect::<Explanations>(),
        decided: from.list(|from| {
            let line = from.line()?;
            let before = Line::new(from.fitting()?);
            Ok(Decided { line, before, after: from.line()? })
        })?,
        through_finally: from
            .list(|from| Ok(ThroughFinally { jump: from.fitting()?, clause: (from.fitting()?, from.fitting()?) }))?,
        regions: from.list(|from| {
            let (start, kind, name) = read_region(from)?;
            Ok(Region { kind, name, start, unlisted_exits: from.number()?, lines: from.runs(&mut left)? })
        })?,
        matches: from.list(|from| {
            let line = from.fitting()?;
            Ok(Match { line, cases: from.list(|from| Ok((from.fitting()?, from.fitting()?)))? })
        })?,
        arcs,
    })
}

fn read_first(from: &mut Reader<'_>, bytes: &[u8]) -> Read<FirstLines> {
    let (mut before, mut end) = (0_u32, 0_u32);
    let most = LINES_OF_A_BYTE * bytes.len() as u64;
    let ranges = from.list(|from| {
        let (step, length): (u32, u32) = (from.fitting()?, from.fitting()?);
        let range = before.checked_add(step).and_then(|first| Some((first, first.checked_add(length)?)));
        match range {
            Some((first, last)) if first > end && u64::from(last) <= most => {
                (before, end) = (first, last);
                Ok((first, last))
            }
            _ => from.fault("lines of statements that do not ascend or lie beyond the text"),
        }
    })?;
    Ok(FirstLines::new(ranges))
}

fn read_arc(from: &mut Reader<'_>) -> Read<Arc> {
    let (start, jump) = (from.signed()?, from.signed()?);
    let end = start.checked_add(jump).and_then(|end| i32::try_from(end).ok());
    match (i32::try_from(start), end) {
        (Ok(start), Some(end)) => Ok(Arc::new(start, end)),
        _ => from.fault("an arc beyond all lines"),
    }
}

fn read_explanation(from: &mut Reader<'_>) -> Read<Explanation> {
    let cause = match from.byte()? {
        0 => None,
        number => match Cause::ALL.get(usize::from(number) - 1) {
            Some(cause) => Some(*cause),
            None => return from.fault(format!("{number} is not a cause")),
        },
    };
    let action = match from.byte()? {
        0 => Action::Jump,
        1 => Action::ExitModule,
        2 => Action::Return(from.text()?.into()),
        3 => Action::Except(from.text()?.into()),
        4 => Action::ExitClass(from.text()?.into()),
        other => return from.fault(format!("{other} is not an action")),
    };
    Ok(Explanation { cause, action })
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::{Path, PathBuf};

    use super::*;
    use crate::analyse::Rules;
    use crate::model::kind::Kind;
    use crate::tally;

    /// The studies of all sources below `testdata/`.
    fn studies() -> Vec<Study> {
        let (mut found, mut open): (Vec<PathBuf>, Vec<PathBuf>) =
            (Vec::new(), vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata")]);
        while let Some(directory) = open.pop() {
            for entry in fs::read_dir(directory).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    open.push(path);
                } else if path.extension().is_some_and(|extension| extension == "py") {
                    found.push(path);
                }
            }
        }
        let text = |path: &PathBuf| crate::python::source::decode(fs::read(path).unwrap()).ok();
        let texts: Vec<String> = found.iter().filter_map(text).chain(["def (:\n".into(), String::new()]).collect();
        texts.iter().map(|text| tally::study(text, &Rules::default(), Kind::Branches).unwrap()).collect()
    }

    #[test]
    fn every_study_comes_back() {
        let studies = studies();
        assert!(studies.len() > 40, "{}", studies.len());
        for study in studies {
            assert_eq!(decode(&encode(&study), 0), Ok(study));
        }
    }

    #[test]
    fn no_bytes_of_a_study_panic() {
        for study in studies().iter().take(9) {
            let bytes = encode(study);
            for at in 0..bytes.len() {
                for value in [0, 1, 0x7f, 0x80, 0xff] {
                    let mut changed = bytes.clone();
                    changed[at] = value;
                    _ = decode(&changed, 0);
                }
                _ = decode(&bytes[..at], 0);
            }
        }
    }
}
