//! The entries of the index that keeps the rows of `arc` unique: file, context, both ends of the arc, and the row's id.

use super::btree::Payload;
use super::record::{Record, Value};

/// An entry of the index.
#[derive(Debug)]
pub struct Entry {
    /// The ids of the file and the context; `None` if they are the same as in the previous entry.
    pub ids: Option<(i64, i64)>,
    /// The line that is left, or the negative line of a code object that is entered.
    pub from: i64,
    /// The line that is reached, or the negative line of a code object that is left.
    pub to: i64,
}

/// Unpacks index entries quickly, since there are millions of them.
///
/// An entry is a record of five integers, so its header has 6 bytes. Usually the file and the context are byte for byte the same as in the previous
/// entry, and the ends of the arc fit into eight bytes: then two loads read them. Often even the whole header is the same. All other entries take
/// the slow path.
#[derive(Debug, Default)]
pub struct Packed {
    /// The file and the context of the previous entry, as bytes of the record; `None` if they have more than eight bytes.
    before: Option<Ids>,
    /// The layout of the previous entry.
    shape: Shape,
}

/// The layout of an entry.
#[derive(Clone, Copy, Debug, Default)]
struct Shape {
    /// The six bytes of the header; 0, which begins no header, before the first entry.
    header: u64,
    /// The length of the entry in bytes.
    length: usize,
    /// The numbers of bits, among the eight bytes of the ends, before `to`, after `from`, and after `to`.
    shifts: [u32; 3],
}

impl Shape {
    /// The ends of the arc, given the eight bytes that begin with the ends.
    #[inline]
    fn entry(self, ends: i64) -> Entry {
        let [before_to, behind_from, behind_to] = self.shifts;
        Entry { ids: None, from: ends >> behind_from, to: ends << before_to >> behind_to }
    }
}

/// How many bytes are read: the header, and two words, the second of which begins at most 14 bytes from the start.
const NEAR: usize = 22;

/// The file and the context as a record stores them.
#[derive(Clone, Copy, Debug)]
struct Ids {
    /// The header's length and the types of the two.
    types: [u8; 3],
    /// Their bytes, right-aligned.
    bytes: u64,
    /// The number of bits after them in a load of eight bytes; below 64.
    behind: u32,
    /// The position of the arc's ends.
    ends: usize,
}

/// The number of bytes of an integer of each type; 64 for other types, and for types that stand for a value without bytes.
const WIDTHS: [u8; 256] = {
    let mut widths = [64; 256];
    (widths[1], widths[2], widths[3], widths[4], widths[5], widths[6]) = (1, 2, 3, 4, 6, 8);
    widths
};

impl Packed {
    /// Unpacks the entry in the payload.
    ///
    /// # Errors
    /// The payload is not a record of five integers.
    #[inline]
    pub fn read(&mut self, payload: Payload<'_>) -> Result<Entry, String> {
        match self.quick(payload) {
            Some(entry) => Ok(entry),
            None => self.slow(payload),
        }
    }

    #[inline]
    fn quick(&mut self, payload: Payload<'_>) -> Option<Entry> {
        let before = self.before?;
        let (bytes, length) = payload.with_tail();
        let near: &[u8; NEAR] = bytes.first_chunk()?;
        let header = u64::from_be_bytes(*near.first_chunk()?) >> 16;
        let ids = u64::from_be_bytes(*near.get(6..)?.first_chunk()?);
        if ids >> before.behind != before.bytes {
            return None;
        }
        let ends = i64::from_be_bytes(*near.get(before.ends..)?.first_chunk()?);
        if header != self.shape.header || length != self.shape.length {
            self.shape = Self::shape(before, header, length)?;
        }
        Some(self.shape.entry(ends))
    }

    /// The layout of an entry with the same file and context, and with this header and length.
    fn shape(before: Ids, header: u64, length: usize) -> Option<Shape> {
        let [_, _, size, file, context, from, to, row] = header.to_be_bytes();
        if [size, file, context] != before.types {
            return None;
        }
        let width = |kind: u8| WIDTHS[usize::from(kind)];
        let (from, to) = (width(from), width(to));
        if from + to > 8 || before.ends + usize::from(from + to + width(row)) != length {
            return None;
        }
        let bits = |bytes: u8| 8 * u32::from(bytes);
        Some(Shape { header, length, shifts: [bits(from), 64 - bits(from), 64 - bits(to)] })
    }

    #[cold]
    fn slow(&mut self, payload: Payload<'_>) -> Result<Entry, String> {
        let record = Record::read(payload.bytes())?;
        let &[file, context, from, to, Value::Integer(_)] = record.values() else {
            return Err("this is not an index entry".to_owned());
        };
        self.before = Self::ids(payload.bytes());
        self.shape = Shape::default();
        let ids = Some((file.integer("file_id")?, context.integer("context_id")?));
        Ok(Entry { ids, from: from.integer("fromno")?, to: to.integer("tono")? })
    }

    /// The file and the context of a record that is known to be well-formed.
    fn ids(record: &[u8]) -> Option<Ids> {
        let &[6, file, context, _, _, _] = record.first_chunk()? else { return None };
        let width = |kind: u8| if matches!(kind, 8 | 9) { 0 } else { usize::from(WIDTHS[usize::from(kind)]) };
        let (length, behind) = match width(file) + width(context) {
            // Two ids without bytes, as for the first file without contexts: only their types could be compared, and the shift would be 64.
            0 => return None,
            length => (length, u32::try_from(64_usize.checked_sub(8 * length)?).ok()?),
        };
        let bytes = record.get(6..6 + length)?.iter().fold(0, |value, &byte| value << 8 | u64::from(byte));
        Some(Ids { types: [6, file, context], bytes, behind, ends: 6 + length })
    }
}
