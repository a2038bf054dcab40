//! Sums over rows, by which a table is held against its index: both must hold the same rows, in whatever order.
//!
//! ```text
//! a row of `arc`:    05 | 02 09 01 01    | 01 90   2a   2b
//! its index entry:   06 | 02 09 01 01 02 | 01 90   2a   2b   07 d1
//!                         types            values                    equal bytes, but for the type and the id of the row
//! ```
//!
//! The rows of `arc` are millions, so their bytes are mixed as they are. Those of other tables are mixed value by value.

use super::btree::{Cells, NEAR, Payload};
use super::record::{Value, width};

/// A sum of rows, which does not depend on their order. That of different rows is another one, but for one case in 2^64.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Sum(u64);

impl Sum {
    #[inline]
    pub(super) fn add(&mut self, mixed: u64) {
        self.0 = self.0.wrapping_add(mixed);
    }
}

/// The types of the four integers of an arc.
type Types = [u8; 4];

/// Mixes the types and the values, at most 16 bytes, of an arc. Bytes behind the values are 0.
#[inline]
fn mixed(types: Types, [low, high]: [u64; 2]) -> u64 {
    let types = u64::from(u32::from_le_bytes(types)) ^ high.rotate_left(32);
    let product = u128::from(low ^ 0x9e37_79b9_7f4a_7c15) * u128::from(types ^ 0xd1b5_4a32_d192_ed03);
    let [low, high] = halves(product.to_le_bytes());
    low ^ high
}

/// The types of arcs, and the number of bytes of their values: those of the cells that begin alike.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Alike {
    types: Types,
    /// The bits of the values.
    masks: [u64; 2],
}

impl Alike {
    /// `None` if there are more than 16 bytes.
    pub(super) fn new(types: Types, count: usize) -> Option<Self> {
        let masks = [mask(count), mask(count.saturating_sub(8))];
        (count <= 16).then_some(Self { types, masks })
    }

    /// Mixes such an arc, whose values are the first of these bytes.
    #[inline]
    pub(super) fn mixed(self, values: &[u8; 16]) -> u64 {
        let ([low, high], [low_mask, high_mask]) = (halves(*values), self.masks);
        mixed(self.types, [low & low_mask, high & high_mask])
    }
}

#[inline]
fn halves(bytes: [u8; 16]) -> [u64; 2] {
    let mut halves = [0; 2];
    for (half, bytes) in halves.iter_mut().zip(bytes.as_chunks::<8>().0) {
        *half = u64::from_le_bytes(*bytes);
    }
    halves
}

/// The first `count` of 16 bytes, in halves. Nearly always there are at most eight.
#[inline]
fn first(count: usize, bytes: &[u8; 16]) -> [u64; 2] {
    let [low, high] = halves(*bytes);
    if count <= 8 { [low & mask(count), 0] } else { [low, high & mask(count - 8)] }
}

/// The bits of the first `count` of eight bytes.
#[inline]
fn mask(count: usize) -> u64 {
    const MASKS: [u64; 9] =
        [0, 0xff, 0xffff, 0x00ff_ffff, 0xffff_ffff, 0xff_ffff_ffff, 0xffff_ffff_ffff, 0xff_ffff_ffff_ffff, u64::MAX];
    MASKS.get(count).copied().unwrap_or(u64::MAX)
}

/// Mixes types and values of any length, which are those of an arc unless the record is damaged.
fn mixed_all(types: Types, values: &[u8]) -> u64 {
    let part = |values: &[u8]| {
        let mut bytes = [0; 16];
        bytes.iter_mut().zip(values).for_each(|(byte, value)| *byte = *value);
        mixed(types, halves(bytes))
    };
    let (first, rest) = values.split_at_checked(16).unwrap_or((values, &[]));
    rest.chunks(16).fold(part(first), |sum, values| sum.rotate_left(23) ^ part(values))
}

/// Mixes an entry of the index of `arc`, without the row's id; 0 if it has another layout.
pub(super) fn of_entry(record: &[u8]) -> u64 {
    let Some((&[6, a, b, c, d, row], values)) = record.split_first_chunk() else { return 0 };
    let end = width(row).and_then(|row| values.len().checked_sub(row));
    end.and_then(|end| values.get(..end)).map_or(0, |values| mixed_all([a, b, c, d], values))
}

/// Adds the row of `arc` in the payload, and those that follow as far as they are quick to read.
pub(super) fn add_rows(sum: &mut Sum, payload: Payload<'_>, cells: &mut Cells<'_>) {
    if let Some((&[5, a, b, c, d], values)) = payload.bytes().split_first_chunk() {
        sum.add(mixed_all([a, b, c, d], values));
    }
    *sum = quick_rows(*sum, cells);
}

/// The sum with the rows that are quick to read. The loop over millions of them stays apart.
#[inline(never)]
fn quick_rows(mut sum: Sum, cells: &mut Cells<'_>) -> Sum {
    cells.near(|cell| {
        let mixed = quick(cell);
        sum.add(mixed.unwrap_or_default());
        mixed.is_some()
    });
    sum
}

/// Mixes the row in a cell, if its integers are small and its id has at most four bytes.
#[inline]
fn quick(cell: &[u8; NEAR]) -> Option<u64> {
    let &[length, a, b, c, d, ..] = cell;
    // The last byte of an id is less than 128.
    let ends = !u32::from_le_bytes([a, b, c, d]) & 0x8080_8080;
    let id = ends.trailing_zeros() as usize / 8 + 1;
    let record: &[u8; 21] = cell.get(1 + id..)?.first_chunk()?;
    let &[header, a, b, c, d, ref values @ ..] = record;
    let count = usize::from(length).wrapping_sub(5);
    (header == 5 && count <= 16 && ends != 0).then(|| mixed([a, b, c, d], first(count, values)))
}

/// Mixes the values that a table keeps unique, and the id of their row.
pub(super) fn of_values<'v>(values: impl Iterator<Item = Value<'v>>, id: i64) -> u64 {
    let start = mixed_all([0; 4], &id.to_le_bytes());
    values.fold(start, |sum, value| {
        let mixed = match value {
            Value::Null => mixed_all([0; 4], &[]),
            Value::Integer(number) => mixed_all([1; 4], &number.to_le_bytes()),
            Value::Real(number) => mixed_all([2; 4], &number.to_le_bytes()),
            Value::Text(bytes) => mixed_all([3; 4], bytes),
            Value::Blob(bytes) => mixed_all([4; 4], bytes),
        };
        mixed_all([5; 4], &[sum.to_le_bytes(), mixed.to_le_bytes()].concat())
    })
}
