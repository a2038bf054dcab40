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
const LINES_OF_A_BYTE: u32 = 64;

/// The study as bytes; equal studies have equal bytes.
#[must_use]
pub fn encode(study: &Study) -> Vec<u8> {
    let mut to = Writer::default();
    let mut lines = study.lines;
    to.number(u64::from(study.lines));
    to.lines(&study.without_code);
    match &study.outline {
        Ok(outline) => {
            to.byte(0);
            lines = lines.max(outline.lines);
            write_outline(&mut to, outline);
        }
        Err(Unparsed { line, message, accepted_by }) => {
            to.byte(1);
            to.option(*line, |to, line| to.number(u64::from(line)));
            to.text(message);
            to.option(*accepted_by, |to, version| to.byte(version.minor));
        }
    }
    to.0.resize(to.0.len().max(lines.div_ceil(LINES_OF_A_BYTE) as usize), 0);
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
    to.list(outline.explanations.iter(), |to, (arc, Explanation { cause, action })| {
        write_arc(to, *arc);
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
        to.lines(lines);
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
pub(super) fn write_region(to: &mut Writer, kind: RegionKind, name: &Name, start: Line) {
    to.flag(kind == RegionKind::Class);
    to.text(name.as_str());
    to.number(u64::from(start.get()));
}

/// The function or class that [`write_region`] wrote.
pub(super) fn read_region(from: &mut Reader<'_>) -> Read<(Line, RegionKind, Name)> {
    let kind = if from.flag()? { RegionKind::Class } else { RegionKind::Function };
    let name = Name::from(from.text()?);
    Ok((from.line()?, kind, name))
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
    if lines.div_ceil(LINES_OF_A_BYTE) as usize > bytes.len() {
        return from.fault(format!("{lines} lines in a study of {} bytes", bytes.len()));
    }
    Ok(lines)
}

fn read_outline(from: &mut Reader<'_>, bytes: &[u8]) -> Read<Outline> {
    let lines = read_lines_count(from, bytes)?;
    Ok(Outline {
        lines,
        statements: from.lines()?,
        excluded: from.lines()?,
        first: read_first(from, bytes)?,
        arcs: from.arcs()?,
        rewire: WithExits(
            from.list(|from| Ok((read_arc(from)?, from.option(read_arc)?)))?.into_iter().collect::<BTreeMap<_, _>>(),
        ),
        no_branch: from.lines()?,
        explanations: from
            .list(|from| Ok((read_arc(from)?, read_explanation(from)?)))?
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
            Ok(Region { kind, name, start, unlisted_exits: from.number()?, lines: from.lines()? })
        })?,
        matches: from.list(|from| {
            let line = from.fitting()?;
            Ok(Match { line, cases: from.list(|from| Ok((from.fitting()?, from.fitting()?)))? })
        })?,
    })
}

fn read_first(from: &mut Reader<'_>, bytes: &[u8]) -> Read<FirstLines> {
    let (mut before, mut end) = (0_u32, 0_u32);
    let most = u64::from(LINES_OF_A_BYTE) * bytes.len() as u64;
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
