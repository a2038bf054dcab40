//! The facts and claims about the files of a section as bytes.

use std::collections::{BTreeMap, BTreeSet};

use super::arcs::Ran;
use super::error::Error;
use super::regions::{read_key, write_key};
use super::wire::{Read, Reader, Writer};
use super::{arcs, block};
use crate::model::arcs::{ArcSet, Exit};
use crate::model::exits::{ClaimedExit, ExitSet};
use crate::model::lines::{Line, LineSet};
use crate::model::seal::Packed;
use crate::model::tool::Tool;
use crate::model::trace::{ClaimedRegion, Claims, Context, ContextTrace, FileTrace};

/// The parts of a file that are written, each a bit.
mod part {
    pub(super) const LINES: u64 = 1;
    pub(super) const ARCS: u64 = 1 << 1;
    pub(super) const ZERO: u64 = 1 << 2;
    pub(super) const BY_PYTHON: u64 = 1 << 3;
    pub(super) const CONTEXTS: u64 = 1 << 4;
    /// The lines and arcs are those of all contexts, and are not written again.
    pub(super) const OF_CONTEXTS: u64 = 1 << 5;
    pub(super) const CLAIMS: u64 = 1 << 6;
    pub(super) const HITS: u64 = 1 << 7;
    pub(super) const SILENT: u64 = 1 << 8;
    pub(super) const TRACERS: u64 = 1 << 9;
    pub(super) const ALL: u64 = (1 << 10) - 1;
}

/// What ran in a file, and what is claimed about it. The expected arcs that ran are still numbers, since these are united faster than arcs.
#[derive(Clone, Debug)]
pub struct Facts<'a> {
    /// All but the expected arcs that ran. Contexts are whole.
    rest: FileTrace,
    ran: Ran,
    expected: &'a ArcSet,
}

impl Facts<'_> {
    /// Adds the facts and claims of `other`.
    pub fn union_with(&mut self, other: Self) {
        if std::ptr::eq(self.expected, other.expected) {
            self.ran.union_with(&other.ran);
            self.rest.union_with(other.rest);
        } else {
            self.rest.union_with(other.into_trace());
        }
    }

    /// The facts and claims but for the expected arcs that ran.
    #[must_use]
    pub const fn unexpected(&self) -> &FileTrace {
        &self.rest
    }

    /// The facts and claims.
    #[must_use]
    pub fn into_trace(mut self) -> FileTrace {
        let ran = self.ran.arcs(self.expected);
        let others = std::mem::replace(&mut self.rest.arcs, ran);
        self.rest.arcs.union_with(&others);
        self.rest
    }
}

/// The facts and claims of files, encoded and compressed; each file with the arcs that are [expected](super::expected) of it.
#[must_use]
pub fn pack(files: &[(&FileTrace, &ArcSet)]) -> Packed {
    let names: BTreeSet<&Context> = files.iter().flat_map(|(file, _)| file.contexts.keys()).collect();
    let numbers: BTreeMap<&Context, u64> = names.iter().copied().zip(0..).collect();
    let mut to = Writer::default();
    to.list(names.iter(), |to, name| to.text(name.as_str()));
    to.list(files.iter(), |to, (file, expected)| write_file(to, file, expected, &numbers));
    block::pack(&to.0)
}

/// The facts and claims that [`pack`] packed, by the index of the file in its section; of each file these arcs are expected. Contexts are read if
/// `contexts` says so.
///
/// # Errors
/// The first byte that it would not have written.
pub fn facts<'a>(packed: &Packed, expected: &[&'a ArcSet], contexts: bool) -> Result<Vec<Facts<'a>>, Error> {
    let bytes = block::unpack(packed)?;
    let mut from = Reader::new(&bytes);
    let read = |from: &mut Reader<'_>| {
        let names = from.list(|from| from.text().map(Context::from))?;
        let files = from.length()?;
        if files != expected.len() {
            return from.fault(format!("facts about {files} files in a section of {}", expected.len()));
        }
        let facts = expected.iter().map(|expected| read_file(from, &names, expected, contexts)).collect::<Read<_>>()?;
        from.end().map(|()| facts)
    };
    read(&mut from).map_err(|(at, cause)| Error::at(packed.offset, format!("byte {at} of the facts: {cause}")))
}

fn write_file(to: &mut Writer, file: &FileTrace, expected: &ArcSet, numbers: &BTreeMap<&Context, u64>) {
    let FileTrace { lines, arcs, zero, hits, contexts, claims, silent, tracers, by_python } = file;
    let mut of_contexts = ContextTrace::default();
    for context in contexts.values() {
        of_contexts.union_with(context);
    }
    let same = (&of_contexts.lines, &of_contexts.arcs, of_contexts.zero) == (lines, arcs, *zero);
    let mut parts = 0;
    for (part, is_there) in [
        (part::LINES, !same && !lines.is_empty()),
        (part::ARCS, !same && !arcs.is_empty()),
        (part::ZERO, !same && *zero),
        (part::BY_PYTHON, *by_python),
        (part::CONTEXTS, !contexts.is_empty()),
        (part::OF_CONTEXTS, same),
        (part::CLAIMS, !claims.is_empty()),
        (part::HITS, !hits.is_empty()),
        (part::SILENT, silent.is_some()),
        (part::TRACERS, !tracers.is_empty()),
    ] {
        parts |= if is_there { part } else { 0 };
    }
    to.number(parts);
    if parts & part::LINES > 0 {
        to.lines(lines);
    }
    if parts & part::ARCS > 0 {
        arcs::write_ran(to, arcs, expected);
    }
    if parts & part::CONTEXTS > 0 {
        to.list(contexts.iter(), |to, (name, ContextTrace { lines, arcs, zero })| {
            to.number(numbers.get(name).copied().unwrap_or_default());
            to.lines(lines);
            arcs::write_ran(to, arcs, expected);
            to.flag(*zero);
        });
    }
    if parts & part::CLAIMS > 0 {
        to.list(claims.iter(), |to, (tool, claims)| {
            to.text(tool.name);
            write_claims(to, claims);
        });
    }
    if parts & part::HITS > 0 {
        to.list(hits.iter(), |to, (line, hits)| {
            to.number(u64::from(line.get()));
            to.number(*hits);
        });
    }
    if let Some(tool) = silent {
        to.text(tool.name);
    }
    if parts & part::TRACERS > 0 {
        to.list(tracers.iter(), |to, name| to.text(name));
    }
}

fn read_file<'a>(
    from: &mut Reader<'_>,
    names: &[Context],
    expected: &'a ArcSet,
    keep_contexts: bool,
) -> Read<Facts<'a>> {
    let parts = from.number()?;
    if parts > part::ALL {
        return from.fault(format!("{parts} is not a set of parts of a file"));
    }
    let has = |part: u64| parts & part > 0;
    let mut file = FileTrace { zero: has(part::ZERO), by_python: has(part::BY_PYTHON), ..FileTrace::default() };
    let mut ran = Ran::default();
    if has(part::LINES) {
        file.lines = from.lines()?;
    }
    if has(part::ARCS) {
        (ran, file.arcs) = arcs::read_ran(from, expected)?;
    }
    if has(part::CONTEXTS) {
        for _ in 0..from.length()? {
            let number: usize = from.fitting()?;
            let Some(name) = names.get(number) else { return from.fault(format!("there is no context {number}")) };
            let (lines, (expected_ran, others), zero) = (from.lines()?, arcs::read_ran(from, expected)?, from.flag()?);
            if has(part::OF_CONTEXTS) {
                file.lines.union_with(&lines);
                file.arcs.union_with(&others);
                file.zero |= zero;
                ran.union_with(&expected_ran);
            }
            if keep_contexts {
                let mut arcs = expected_ran.arcs(expected);
                arcs.union_with(&others);
                file.contexts.insert(name.clone(), ContextTrace { lines, arcs, zero });
            }
        }
    }
    if has(part::CLAIMS) {
        let claims = from.list(|from| Ok((read_tool(from)?, read_claims(from)?)))?;
        file.claims = claims.into_iter().collect();
    }
    if has(part::HITS) {
        file.hits = from.list(|from| Ok((from.line()?, from.number()?)))?.into_iter().collect();
    }
    if has(part::SILENT) {
        file.silent = Some(read_tool(from)?);
    }
    if has(part::TRACERS) {
        file.tracers = from.list(|from| from.text().map(Into::into))?.into_iter().collect();
    }
    Ok(Facts { rest: file, ran, expected })
}

fn read_tool(from: &mut Reader<'_>) -> Read<Tool> {
    let name = from.text()?;
    match Tool::named(name) {
        Some(tool) => Ok(tool),
        None => from.fault(format!("`{name}` is not a tool that measures")),
    }
}

fn write_claims(to: &mut Writer, claims: &Claims) {
    let Claims { statements, common, excluded, exits, counted_exits, regions, measured, unsure } = claims;
    to.byte(u8::from(*measured) | u8::from(*unsure) << 1 | u8::from(common != statements) << 2);
    to.lines(statements);
    if common != statements {
        to.lines(common);
    }
    to.lines(excluded);
    let mut before = 0;
    to.list(exits.iter(), |to, ClaimedExit { line, exit, taken }| {
        let line = line.get();
        to.number(u64::from(line - before));
        before = line;
        let kind = match exit {
            Exit::Leave(None) => 0,
            Exit::Leave(Some(_)) => 1,
            Exit::Line(_) => 2,
            Exit::Label(_) => 3,
        };
        to.byte(kind << 1 | u8::from(*taken));
        match exit {
            Exit::Leave(None) => {}
            Exit::Leave(Some(end)) | Exit::Line(end) => to.signed(i64::from(end.get()) - i64::from(line)),
            Exit::Label(label) => to.text(label),
        }
    });
    to.number(*counted_exits);
    to.list(regions.iter(), |to, ((start, kind, name), ClaimedRegion { lines, counted_exits })| {
        write_key(to, *kind, name, *start);
        to.lines(lines);
        to.number(*counted_exits);
    });
}

fn read_claims(from: &mut Reader<'_>) -> Read<Claims> {
    let flags = from.byte()?;
    if flags > 7 {
        return from.fault(format!("{flags} is not a set of flags of claims"));
    }
    let statements = from.lines()?;
    let common = if flags & 4 > 0 { from.lines()? } else { statements.clone() };
    let excluded: LineSet = from.lines()?;
    let mut before = 0_u32;
    let exits = from.list(|from| {
        let line = before.checked_add(from.fitting()?).and_then(Line::new);
        let Some(line) = line else { return from.fault("an exit of line 0 or beyond all lines") };
        before = line.get();
        let kind = from.byte()?;
        let exit = match kind >> 1 {
            0 => Exit::Leave(None),
            1 => Exit::Leave(Some(read_end(from, line)?)),
            2 => Exit::Line(read_end(from, line)?),
            3 => Exit::Label(from.text()?.into()),
            _ => return from.fault(format!("{kind} is not a kind of exit")),
        };
        Ok(ClaimedExit { line, exit, taken: kind & 1 > 0 })
    })?;
    Ok(Claims {
        statements,
        common,
        excluded,
        exits: ExitSet::from_unsorted(exits),
        counted_exits: from.number()?,
        regions: from
            .list(|from| {
                let region = read_key(from)?;
                Ok((region, ClaimedRegion { lines: from.lines()?, counted_exits: from.number()? }))
            })?
            .into_iter()
            .collect(),
        measured: flags & 1 > 0,
        unsure: flags & 2 > 0,
    })
}

fn read_end(from: &mut Reader<'_>, line: Line) -> Read<Line> {
    let end = from.signed()?.checked_add(i64::from(line.get()));
    match end.and_then(|end| u32::try_from(end).ok()).and_then(Line::new) {
        Some(line) => Ok(line),
        None => from.fault("an exit to line 0 or beyond all lines"),
    }
}
