//! The table `arc`, where nearly all the bytes of a branch-mode fragment are.
//!
//! Read from the index that keeps its rows unique: it holds all four columns, comes sorted by file, context and arc, and coverage.py's
//! own queries read it too. That the rows ascend without a repetition is checked on the way. Without the index, the rows are sorted.

use super::btree::Payload;
use super::record::{Record, Value};
use super::tables::Tables;
use super::{Error, Files, Labels, integer};
use crate::model::arcs::{Arc, ArcSet};

/// Collects arcs that come sorted by file and context, and gives each file its own.
pub(super) struct Arcs<'t> {
    files: &'t mut Files,
    labels: &'t Labels,
    keep: bool,
    /// The file and the context whose arcs are being collected, by id, and where they are; `None` before the first.
    group: Option<Group>,
    /// The file's arcs so far.
    found: Vec<Arc>,
    /// Where among them those of the context begin.
    start: usize,
}

#[derive(Clone, Copy)]
struct Group {
    ids: (i64, i64),
    file: usize,
    context: usize,
    admitted: bool,
    /// The least key that may come next.
    next: u64,
}

impl<'t> Arcs<'t> {
    pub(super) fn new(files: &'t mut Files, labels: &'t Labels, keep: bool) -> Self {
        Self { files, labels, keep, group: None, found: Vec::new(), start: 0 }
    }

    /// Reads all rows; says how many there are.
    pub(super) fn read(mut self, tables: &mut Tables<'_>) -> Result<u64, Error> {
        let columns = ["file_id", "context_id", "fromno", "tono"];
        let mut count = 0;
        let mut packed = Packed::default();
        let indexed = tables.entries("arc", &columns, |entry| {
            count += 1;
            let entry = packed.read(entry)?;
            if let Some(ids) = entry.ids
                && self.group.map(|group| group.ids) != Some(ids)
            {
                self.begin(ids)?;
            }
            self.add(arc(entry.from, entry.to)?)
        })?;
        if !indexed {
            let mut rows = Vec::new();
            tables.rows("arc", columns, |[file, context, from, to]| {
                let ids = (integer("file_id", file)?, integer("context_id", context)?);
                // Checked here already, where the error can name the row's place.
                self.files.find(ids.0)?;
                self.labels.find(ids.1)?;
                rows.push((ids, arc(integer("fromno", from)?, integer("tono", to)?)?));
                Ok(())
            })?;
            count = rows.len() as u64;
            rows.sort_unstable();
            rows.dedup();
            let mut last = None;
            for (ids, arc) in rows {
                let outcome = if last == Some(ids) { Ok(()) } else { self.begin(ids) };
                outcome
                    .and_then(|()| self.add(arc))
                    .map_err(|cause| Error::new(super::Place::Table("arc".to_owned()), cause))?;
                last = Some(ids);
            }
        }
        self.end_file();
        Ok(count)
    }

    /// The arcs from here on are of this file and context.
    fn begin(&mut self, ids: (i64, i64)) -> Result<(), String> {
        let before = self.group.map(|group| group.ids);
        if before.is_some_and(|before| before >= ids) {
            return Err("the index is out of order".to_owned());
        }
        self.end_context();
        if before.is_some_and(|before| before.0 != ids.0) {
            self.end_file();
        }
        let (file, context) = (self.files.find(ids.0)?, self.labels.find(ids.1)?);
        self.group = Some(Group { ids, file, context, admitted: self.labels.ids[context].1, next: 0 });
        Ok(())
    }

    #[inline]
    fn add(&mut self, arc: Arc) -> Result<(), String> {
        let Some(group) = &mut self.group else { return Ok(()) };
        let key = arc.key();
        if key < group.next {
            return Err("the index is out of order".to_owned());
        }
        group.next = key.saturating_add(1);
        if group.admitted {
            self.found.push(arc);
        }
        Ok(())
    }

    fn end_context(&mut self) {
        if let (true, Some(group)) = (self.keep && self.start < self.found.len(), self.group)
            && let Some(name) = self.labels.names.get(group.context)
        {
            let arcs = ArcSet::from_unsorted(self.found[self.start..].to_vec());
            self.files.traces[group.file].1.contexts.entry(name.clone()).or_default().arcs.union_with(&arcs);
        }
        self.start = self.found.len();
    }

    fn end_file(&mut self) {
        self.end_context();
        if let Some(group) = self.group {
            // As long as it needs to be, not as the collection has grown.
            let arcs = ArcSet::from_unsorted(self.found.as_slice().to_vec());
            self.files.traces[group.file].1.arcs = arcs;
        }
        self.found.clear();
        self.start = 0;
    }
}

fn arc(from: i64, to: i64) -> Result<Arc, String> {
    match (i32::try_from(from), i32::try_from(to)) {
        (Ok(from), Ok(to)) => Ok(Arc::new(from, to)),
        (Err(_), _) => Err(format!("`fromno` is {from}, which is no line number")),
        _ => Err(format!("`tono` is {to}, which is no line number")),
    }
}

/// An entry of the index.
struct Entry {
    /// The ids of file and context; `None` where they are those of the entry before.
    ids: Option<(i64, i64)>,
    from: i64,
    to: i64,
}

/// Takes index entries apart without a detour, since there are millions of them.
///
/// An entry is a record of five integers, so its header has 6 bytes. Mostly file and context are those of the entry before, byte for
/// byte, and the ends of the arc fit into eight bytes: then two loads get them. Everything else goes the long way.
#[derive(Default)]
struct Packed {
    /// The file and the context before, as the bytes of the record; `None` if they have more than eight.
    before: Option<Ids>,
}

/// File and context as they stand in a record.
#[derive(Clone, Copy)]
struct Ids {
    /// The header's length and the types of the two.
    types: [u8; 3],
    /// Their bytes, in the low end.
    bytes: u64,
    /// How many bits a load of eight bytes has behind them; below 64.
    behind: u32,
    /// Where the ends of the arc begin.
    ends: usize,
}

/// The bytes of an integer by its type; 64 for types that are none, and for those that are a value without bytes.
const WIDTHS: [u8; 256] = {
    let mut widths = [64; 256];
    (widths[1], widths[2], widths[3], widths[4], widths[5], widths[6]) = (1, 2, 3, 4, 6, 8);
    widths
};

impl Packed {
    #[inline]
    fn read(&mut self, payload: Payload<'_>) -> Result<Entry, String> {
        match self.before.and_then(|before| Self::quick(before, payload)) {
            Some(entry) => Ok(entry),
            None => self.slow(payload),
        }
    }

    #[inline]
    fn quick(before: Ids, payload: Payload<'_>) -> Option<Entry> {
        let (bytes, length) = payload.with_tail();
        let &[header, file, context, from, to, row] = bytes.first_chunk()?;
        let ids = u64::from_be_bytes(*bytes.get(6..)?.first_chunk()?);
        if [header, file, context] != before.types || ids >> before.behind != before.bytes {
            return None;
        }
        let width = |kind: u8| usize::from(WIDTHS[usize::from(kind)]);
        let (from, to) = (width(from), width(to));
        if from + to > 8 || before.ends + from + to + width(row) != length {
            return None;
        }
        let ends = i64::from_be_bytes(*bytes.get(before.ends..)?.first_chunk()?);
        Some(Entry { ids: None, from: ends >> (64 - 8 * from), to: ends << (8 * from) >> (64 - 8 * to) })
    }

    #[cold]
    fn slow(&mut self, payload: Payload<'_>) -> Result<Entry, String> {
        let record = Record::read(payload.bytes())?;
        let &[file, context, from, to, Value::Integer(_)] = record.values() else {
            return Err("this is no entry of the index".to_owned());
        };
        self.before = Self::ids(payload.bytes());
        let ids = Some((integer("file_id", file)?, integer("context_id", context)?));
        Ok(Entry { ids, from: integer("fromno", from)?, to: integer("tono", to)? })
    }

    /// The file and the context of a record that is known to be well-formed.
    fn ids(record: &[u8]) -> Option<Ids> {
        let &[6, file, context, _, _, _] = record.first_chunk()? else { return None };
        let width = |kind: u8| if matches!(kind, 8 | 9) { 0 } else { usize::from(WIDTHS[usize::from(kind)]) };
        let (length, behind) = match width(file) + width(context) {
            // Two ids without bytes, as of the first file without contexts: there is nothing to compare but their types, and no shift by 64.
            0 => return None,
            length => (length, u32::try_from(64_usize.checked_sub(8 * length)?).ok()?),
        };
        let bytes = record.get(6..6 + length)?.iter().fold(0, |value, &byte| value << 8 | u64::from(byte));
        Some(Ids { types: [6, file, context], bytes, behind, ends: 6 + length })
    }
}
