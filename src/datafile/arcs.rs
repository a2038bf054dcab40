//! The entries of the index that keeps the rows of `arc` unique: file, context, both ends of the arc, and the row's id.

use super::btree::Payload;
use super::record::{Record, Value};

/// An entry of the index.
#[derive(Debug)]
pub struct Entry {
    /// The ids of file and context; `None` where they are those of the entry before.
    pub ids: Option<(i64, i64)>,
    /// The line left, or where a code object is entered.
    pub from: i64,
    /// The line reached, or where a code object is left.
    pub to: i64,
}

/// Takes index entries apart without a detour, since there are millions of them.
///
/// An entry is a record of five integers, so its header has 6 bytes. Mostly file and context are those of the entry before, byte for
/// byte, and the ends of the arc fit into eight bytes: then two loads get them. Everything else goes the long way.
#[derive(Debug, Default)]
pub struct Packed {
    /// The file and the context before, as the bytes of the record; `None` if they have more than eight.
    before: Option<Ids>,
}

/// File and context as they stand in a record.
#[derive(Clone, Copy, Debug)]
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
    /// The entry that the payload is.
    ///
    /// # Errors
    /// It is not a record of five integers.
    pub fn read(&mut self, payload: Payload<'_>) -> Result<Entry, String> {
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
        let ids = Some((file.integer("file_id")?, context.integer("context_id")?));
        Ok(Entry { ids, from: from.integer("fromno")?, to: to.integer("tono")? })
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
