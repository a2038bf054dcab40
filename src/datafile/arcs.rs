//! The entries of the index that keeps the rows of `arc` unique: file, context, both ends of the arc, and the row's id.
//!
//! ```text
//! 0c   06 02 09 01 01 02   01 90   2a   2b   07 d1
//!      a record of 12 bytes: a header of 6 with the types, file 400, context 1 (by its type), from line 42 to line 43, row 2001
//! ```

use super::btree::{Cells, NEAR, Payload};
use super::record::{Record, Value, integers, width};
use super::sums::{self, Alike, Sum};
use crate::model::arcs::Arc;

/// An entry of the index.
#[derive(Debug)]
pub struct Entry {
    /// The ids of the file and the context.
    pub ids: (i64, i64),
    /// The line that is left, or the negative line of a code object that is entered.
    pub from: i64,
    /// The line that is reached, or the negative line of a code object that is left.
    pub to: i64,
}

/// Unpacks index entries quickly, since there are millions of them.
///
/// Most entries have the file, the context and the layout of the entry before: one comparison of their first 16 bytes shows that, and one load reads
/// both ends of the arc.
#[derive(Debug, Default)]
pub struct Packed {
    /// The file and the context of the entry read last.
    ids: Option<Ids>,
    /// The layout of an entry of that file and context.
    shape: Shape,
    /// The sum of the rows that the entries stand for.
    sum: Sum,
}

/// The position of the values in an entry's cell: behind its length and a header of six bytes.
const VALUES: usize = 7;

/// The bytes at the beginning of a cell.
type Beginning = [u8; 16];

/// The beginning of the cells of a file and context.
#[derive(Clone, Copy, Debug)]
struct Ids {
    /// The header and the ids; 0 for other bytes.
    beginning: Beginning,
    /// The bits of those bytes.
    mask: Beginning,
    /// The position of the arc's ends.
    ends: usize,
}

/// The layout of the cells that begin alike. The default is that of no cell.
#[derive(Clone, Copy, Debug)]
struct Shape {
    /// The bits of the beginning under the mask.
    beginning: u128,
    mask: u128,
    /// The number of bytes of a cell.
    size: usize,
    /// The types and the size of the row's values.
    row: Alike,
    /// The position of the arc's ends.
    ends: usize,
    /// The numbers of bits, among the eight bytes of the ends, before `to`, after `from`, and after `to`.
    shifts: [u32; 3],
}

impl Default for Shape {
    fn default() -> Self {
        Self { beginning: 1, mask: 0, size: 0, row: Alike::default(), ends: 0, shifts: [0; 3] }
    }
}

impl Packed {
    /// The arc of the next cell on the page, if it is quick to read and its file and context are those of the entry read last.
    #[inline]
    pub fn next(&mut self, cells: &mut Cells<'_>) -> Option<Arc> {
        let cell = cells.take(|cell| {
            let beginning = u128::from_le_bytes(*cell.first_chunk()?);
            if beginning & self.shape.mask != self.shape.beginning {
                self.shape = Shape::of(cell, self.ids?)?;
            }
            Some(self.shape.size)
        })?;
        self.sum.add(self.shape.row.mixed(cell.get(VALUES..)?.first_chunk()?));
        let ends = i64::from_be_bytes(*cell.get(self.shape.ends..)?.first_chunk()?);
        let [before_to, after_from, after_to] = self.shape.shifts;
        Some(Arc::new(low(ends >> after_from), low(ends << before_to >> after_to)))
    }

    /// The entry in the payload.
    ///
    /// # Errors
    /// The payload is not a record of five integers.
    pub fn read(&mut self, payload: Payload<'_>) -> Result<Entry, String> {
        (self.ids, self.shape) = (Ids::of(payload.bytes()), Shape::default());
        self.sum.add(sums::of_entry(payload.bytes()));
        if let Some([file, context, from, to, _]) = integers(payload.bytes()) {
            return Ok(Entry { ids: (file, context), from, to });
        }
        let record = Record::read(payload.bytes())?;
        let &[file, context, from, to, Value::Integer(_)] = record.values() else {
            return Err("this is not an index entry".to_owned());
        };
        Ok(Entry {
            ids: (file.integer("file_id")?, context.integer("context_id")?),
            from: from.integer("fromno")?,
            to: to.integer("tono")?,
        })
    }

    /// The sum of the rows that the entries read so far stand for.
    pub(super) fn sum(&self) -> Sum {
        self.sum
    }
}

/// The number in the low half.
fn low(number: i64) -> i32 {
    let [a, b, c, d, ..] = number.to_le_bytes();
    i32::from_le_bytes([a, b, c, d])
}

impl Ids {
    /// The file and the context of a record; `None` if they do not lie within the beginning.
    fn of(record: &[u8]) -> Option<Self> {
        let &[6, file, context, _, _, _] = record.first_chunk()? else { return None };
        let ends = 7 + width(file)? + width(context)?;
        let (mut beginning, mut mask) = (Beginning::default(), Beginning::default());
        // The length comes first. The types of the ends and of the row may change from cell to cell.
        beginning.get_mut(1..ends)?.copy_from_slice(record.get(..ends - 1)?);
        beginning[4..7].fill(0);
        mask[1..4].fill(0xff);
        mask.get_mut(7..ends)?.fill(0xff);
        Some(Self { beginning, mask, ends })
    }
}

impl Shape {
    /// The layout of the cell; `None` unless it has that file and context, and ends of one to four bytes.
    // One cell in twenty comes here; apart, it takes no registers from the others.
    #[inline(never)]
    fn of(cell: &[u8; NEAR], ids: Ids) -> Option<Self> {
        let beginning: Beginning = *cell.first_chunk()?;
        let (mut mask, bits) = (ids.mask, u128::from_le_bytes(beginning));
        if bits & u128::from_le_bytes(mask) != u128::from_le_bytes(ids.beginning) {
            return None;
        }
        let [length, _, file, context, from_type, to_type, row, ..] = beginning;
        let [from, to] = [width(from_type)?, width(to_type)?];
        if !(1..=4).contains(&from)
            || !(1..=4).contains(&to)
            || ids.ends + from + to + width(row)? != 1 + usize::from(length)
        {
            return None;
        }
        mask[0] = 0xff;
        mask[4..7].fill(0xff);
        let mask = u128::from_le_bytes(mask);
        let bits_of = |bytes: usize| 8 * u32::try_from(bytes).unwrap_or_default();
        Some(Self {
            beginning: bits & mask,
            mask,
            size: 1 + usize::from(length),
            row: Alike::new([file, context, from_type, to_type], ids.ends + from + to - VALUES)?,
            ends: ids.ends,
            shifts: [bits_of(from), 64 - bits_of(from), 64 - bits_of(to)],
        })
    }
}
