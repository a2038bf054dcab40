//! Studies of sources as bytes: the outline of a text, or why it has none.

use sha2::{Digest, Sha256};

use super::arcs::{self, Ranks};
use super::wire::{Read, Reader, Writer, unzigzag, zigzag};
use super::{Error, block, regions};
use crate::model::arcs::Arc;
use crate::model::lines::Line;
use crate::model::outline::{
    Action, Cause, Decided, Explanation, Explanations, FirstLines, Match, Outline, OwnLine, Region, ThroughFinally,
    WithExits,
};
use crate::model::seal::Packed;
use crate::model::settings::PythonVersion;
use crate::model::study::{Fingerprint, Study, Unparsed};
use crate::model::words::grouped;

/// Identifies a text.
#[must_use]
pub fn fingerprint(text: &str) -> Fingerprint {
    let digest: [u8; 32] = Sha256::digest(text.as_bytes()).into();
    let mut fingerprint = Fingerprint::default();
    fingerprint.0.iter_mut().zip(digest).for_each(|(to, from)| *to = from);
    fingerprint
}

/// A study has a byte at least for so many lines of its text, and for so many lines or bytes of names of its regions: no small one can ask for much
/// memory.
const MOST_OF_A_BYTE: u64 = 64;

/// The same of the lines of statements but for their first ones, since several arcs are [expected](arcs::expected) of each.
const FURTHER_OF_A_BYTE: u64 = 2;

/// The study as bytes, packed; equal studies have equal bytes.
#[must_use]
pub fn encode(study: &Study) -> Packed {
    block::pack(&bytes_of(study))
}

fn bytes_of(study: &Study) -> Vec<u8> {
    let mut to = Writer::default();
    let mut least = u64::from(study.lines).div_ceil(MOST_OF_A_BYTE);
    to.number(u64::from(study.lines));
    to.lines(&study.without_code);
    match &study.outline {
        Ok(outline) => {
            to.byte(0);
            let of_region = |Region { name, lines, .. }: &Region| lines.len().max(name.as_str().len() as u64);
            let of_regions: u64 = outline.regions.iter().map(of_region).sum();
            let further: u64 = outline.first.ranges().iter().map(|(first, last)| u64::from(last - first)).sum();
            let lines = u64::from(outline.lines).max(of_regions).div_ceil(MOST_OF_A_BYTE);
            least = least.max(lines).max(further.div_ceil(FURTHER_OF_A_BYTE));
            write_outline(&mut to, outline);
        }
        Err(Unparsed { line, message, accepted_by }) => {
            to.byte(1);
            to.option(*line, |to, line| to.number(u64::from(line)));
            to.text(message);
            to.option(*accepted_by, |to, version| to.byte(version.minor));
        }
    }
    let least = usize::try_from(least).unwrap_or(usize::MAX);
    to.0.resize(to.0.len().max(least), 0);
    to.0
}

fn write_outline(to: &mut Writer, outline: &Outline) {
    to.number(u64::from(outline.lines));
    to.lines(&outline.statements);
    to.lines(&outline.excluded);
    write_first(to, outline.first.ranges());
    let ranks = Ranks::of(&outline.statements);
    arcs::write_possible(to, &outline.arcs, &outline.statements, &ranks);
    write_rewire(to, &outline.rewire, &ranks);
    to.lines(&outline.no_branch);
    write_explanations(to, outline);
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
    regions::write(to, &outline.regions);
    to.list(outline.matches.iter(), |to, Match { line, cases }| {
        to.number(u64::from(*line));
        to.list(cases.iter(), |to, &(first, last)| {
            to.number(u64::from(first));
            to.number(u64::from(last));
        });
    });
    to.list(outline.own_lines.iter(), |to, OwnLine { lines, into, past }| {
        to.number(u64::from(lines.0));
        to.number(u64::from(lines.1));
        for end in [*into, *past] {
            to.option(end, |to, end| to.signed(i64::from(end)));
        }
    });
    to.lines(&outline.landings);
    to.list(outline.doubtful.as_slice().iter(), |to, arc| write_arc(to, *arc));
}

fn write_first(to: &mut Writer, ranges: &[(u32, u32)]) {
    let mut before = 0;
    to.list(ranges.iter(), |to, &(first, _)| {
        to.number(u64::from(first - before));
        before = first;
    });
    to.column(ranges, |to, (first, last)| to.number(u64::from(last - first)));
}

fn write_rewire(to: &mut Writer, WithExits(arcs): &WithExits, ranks: &Ranks) {
    let mut before = 0;
    to.list(arcs.keys(), |to, arc| {
        to.signed(i64::from(arc.from) - before);
        before = i64::from(arc.from);
    });
    to.column(arcs.keys(), |to, arc| ranks.write(to, *arc));
    to.column(arcs, |to, (arc, other)| {
        to.number(other.map_or(0, |other| 1 + zigzag(i64::from(other.from) - i64::from(arc.from))));
    });
    to.column(arcs.values().flatten(), |to, arc| ranks.write(to, *arc));
}

fn write_explanations(to: &mut Writer, outline: &Outline) {
    let (arcs, mut before) = (outline.arcs.as_slice(), 0);
    let mut others = Vec::new();
    to.list(outline.explanations.iter(), |to, (arc, _)| {
        if let Ok(at) = arcs.binary_search(arc) {
            to.length(at - before + 1);
            before = at;
        } else {
            to.byte(0);
            others.push(*arc);
        }
    });
    to.column(others, write_arc);
    let mut names = Vec::new();
    for (_, Explanation { cause, action }) in &outline.explanations {
        let cause = cause.and_then(|cause| Cause::ALL.iter().position(|other| *other == cause));
        let (action, name) = match action {
            Action::Jump => (0, None),
            Action::ExitModule => (1, None),
            Action::Return(name) => (2, Some(name)),
            Action::Except(name) => (3, Some(name)),
            Action::ExitClass(name) => (4, Some(name)),
        };
        to.length(ACTIONS * cause.map_or(0, |at| at + 1) + action);
        names.extend(name);
    }
    to.column(names, |to, name| to.ended(name.as_str()));
}

/// The number of actions.
const ACTIONS: usize = 5;

fn write_arc(to: &mut Writer, arc: Arc) {
    to.signed(i64::from(arc.from));
    to.signed(i64::from(arc.to) - i64::from(arc.from));
}

/// The study that [`encode`] packed.
///
/// # Errors
/// The first byte that it would not have written.
pub fn decode(packed: &Packed) -> Result<Study, Error> {
    let bytes = block::unpack(packed)?;
    let mut from = Reader::new(&bytes);
    read_study(&mut from, &bytes)
        .map_err(|(at, cause)| Error::at(packed.offset, format!("byte {at} of a study: {cause}")))
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
    if u64::from(lines) > MOST_OF_A_BYTE * bytes.len() as u64 {
        return from.fault(format!(
            "{} lines in a study of {} bytes",
            grouped(lines.into()),
            grouped(bytes.len() as u64)
        ));
    }
    Ok(lines)
}

fn read_outline(from: &mut Reader<'_>, bytes: &[u8]) -> Read<Outline> {
    let lines = read_lines_count(from, bytes)?;
    let (statements, excluded, first) = (from.lines()?, from.lines()?, read_first(from, bytes)?);
    let ranks = Ranks::of(&statements);
    let arcs = arcs::read_possible(from, &statements, &ranks)?;
    Ok(Outline {
        lines,
        statements,
        excluded,
        first,
        rewire: read_rewire(from, &ranks)?,
        no_branch: from.lines()?,
        explanations: read_explanations(from, arcs.as_slice())?,
        decided: from.list(|from| {
            let line = from.line()?;
            let before = Line::new(from.fitting()?);
            Ok(Decided { line, before, after: from.line()? })
        })?,
        through_finally: from
            .list(|from| Ok(ThroughFinally { jump: from.fitting()?, clause: (from.fitting()?, from.fitting()?) }))?,
        regions: regions::read(from, MOST_OF_A_BYTE * bytes.len() as u64)?,
        matches: from.list(|from| {
            let line = from.fitting()?;
            Ok(Match { line, cases: from.list(|from| Ok((from.fitting()?, from.fitting()?)))? })
        })?,
        own_lines: from.list(|from| {
            Ok(OwnLine { lines: (from.fitting()?, from.fitting()?), into: read_end(from)?, past: read_end(from)? })
        })?,
        landings: from.lines()?,
        doubtful: from.list(read_arc)?.into_iter().collect(),
        arcs,
    })
}

fn read_end(from: &mut Reader<'_>) -> Read<Option<i32>> {
    from.option(Reader::signed_fitting)
}

fn read_first(from: &mut Reader<'_>, bytes: &[u8]) -> Read<FirstLines> {
    let most = MOST_OF_A_BYTE * bytes.len() as u64;
    let mut left = FURTHER_OF_A_BYTE * bytes.len() as u64;
    let steps: Vec<u32> = from.list(Reader::fitting)?;
    let (mut before, mut end) = (0_u32, 0_u32);
    let mut ranges = Vec::with_capacity(steps.len());
    for step in steps {
        let length: u32 = from.fitting()?;
        let range = before.checked_add(step).and_then(|first| Some((first, first.checked_add(length)?)));
        match (range, left.checked_sub(u64::from(length))) {
            (Some((first, last)), Some(fewer)) if first > end && u64::from(last) <= most => {
                (before, end, left) = (first, last, fewer);
                ranges.push((first, last));
            }
            _ => return from.fault("lines of statements that do not ascend or lie beyond the text"),
        }
    }
    Ok(FirstLines::new(ranges))
}

fn read_rewire(from: &mut Reader<'_>, ranks: &Ranks) -> Read<WithExits> {
    let mut before = 0_i64;
    let lines = from.list(|from| {
        before = before.saturating_add(from.signed()?);
        i32::try_from(before).or_else(|_| from.fault("an arc beyond all lines"))
    })?;
    let keys = lines.into_iter().map(|line| ranks.read(from, line)).collect::<Read<Vec<Arc>>>()?;
    let of_others = |from: &mut Reader<'_>, arc: &Arc| {
        let Some(distance) = from.number()?.checked_sub(1) else { return Ok(None) };
        let line = i64::from(arc.from).checked_add(unzigzag(distance)).and_then(|line| i32::try_from(line).ok());
        line.map_or_else(|| from.fault("an arc beyond all lines"), |line| Ok(Some(line)))
    };
    let others = keys.iter().map(|arc| of_others(from, arc)).collect::<Read<Vec<Option<i32>>>>()?;
    let others = others.into_iter().map(|line| line.map(|line| ranks.read(from, line)).transpose());
    let others = others.collect::<Read<Vec<Option<Arc>>>>()?;
    Ok(WithExits(keys.into_iter().zip(others).collect()))
}

fn read_explanations(from: &mut Reader<'_>, possible: &[Arc]) -> Read<Explanations> {
    let steps: Vec<usize> = from.list(Reader::fitting)?;
    let mut at = 0_usize;
    let arc = |step: usize| match step.checked_sub(1) {
        None => read_arc(from),
        Some(step) => {
            at = at.saturating_add(step);
            possible.get(at).map_or_else(|| from.fault("no arc to explain"), |arc| Ok(*arc))
        }
    };
    let arcs = steps.into_iter().map(arc).collect::<Read<Vec<Arc>>>()?;
    let kinds: Vec<usize> = from.times(arcs.len() as u64, Reader::fitting)?;
    let explanation = |(arc, kind): (Arc, usize)| {
        let cause = match (kind / ACTIONS).checked_sub(1).map(|at| Cause::ALL.get(at)) {
            None => None,
            Some(Some(cause)) => Some(*cause),
            Some(None) => return from.fault(format!("{kind} is not an explanation")),
        };
        let action = match kind % ACTIONS {
            0 => Action::Jump,
            1 => Action::ExitModule,
            2 => Action::Return(from.ended()?.into()),
            3 => Action::Except(from.ended()?.into()),
            _ => Action::ExitClass(from.ended()?.into()),
        };
        Ok((arc, Explanation { cause, action }))
    };
    arcs.into_iter().zip(kinds).map(explanation).collect()
}

fn read_arc(from: &mut Reader<'_>) -> Read<Arc> {
    let (start, jump) = (from.signed()?, from.signed()?);
    let end = start.checked_add(jump).and_then(|end| i32::try_from(end).ok());
    match (i32::try_from(start), end) {
        (Ok(start), Some(end)) => Ok(Arc::new(start, end)),
        _ => from.fault("an arc beyond all lines"),
    }
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
            assert_eq!(decode(&encode(&study)), Ok(study));
        }
    }

    #[test]
    fn a_few_bytes_hold_no_long_statement() {
        let text = format!("x = (\n{})\n", "1,\n".repeat(9_999));
        let study = tally::study(&text, &Rules::default(), Kind::Branches).unwrap();
        // The arc from line 1 to line 2 is expected for two reasons; the others come into the module and leave it.
        assert_eq!(arcs::expected(&study).len(), 3 * 10_000 - 1 + 2);
        assert_eq!(decode(&encode(&study)), Ok(study.clone()));
        let bytes = bytes_of(&study);
        assert_eq!(bytes.len(), 5_000);
        let cut = &bytes[..4_999];
        assert!(read_study(&mut Reader::new(cut), cut).is_err());
    }

    #[test]
    fn no_bytes_of_a_study_panic() {
        for study in studies().iter().take(9) {
            let bytes = bytes_of(study);
            let decode = |bytes: &[u8]| read_study(&mut Reader::new(bytes), bytes);
            for at in 0..bytes.len() {
                for value in [0, 1, 0x7f, 0x80, 0xff] {
                    let mut changed = bytes.clone();
                    changed[at] = value;
                    _ = decode(&changed);
                }
                _ = decode(&bytes[..at]);
            }
        }
    }
}
