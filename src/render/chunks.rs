//! Large documents in parts: rendered in parallel, written in order meanwhile, and never all in memory at once.

use std::io::{self, Write};

use rayon::prelude::*;

/// How many parts to render while as many are written: enough to keep every worker busy, few enough to need little memory.
const BATCH: usize = 32;

/// Writes the text that `render` makes of each item, in the order of `items`. `render` also gets the item's position.
///
/// # Errors
/// The first error of `out`.
pub(super) fn write_in_order<T: Sync>(
    items: &[T],
    out: &mut dyn Write,
    render: impl Fn(usize, &T, &mut Vec<u8>) + Sync,
) -> io::Result<()> {
    try_write_in_order(items, out, |at, item, bytes| {
        render(at, item, bytes);
        Ok(())
    })
}

/// Like [`write_in_order`], for a `render` that may fail.
///
/// # Errors
/// The first error of `render` or `out`.
pub(super) fn try_write_in_order<T: Sync>(
    items: &[T],
    out: &mut dyn Write,
    render: impl Fn(usize, &T, &mut Vec<u8>) -> io::Result<()> + Sync,
) -> io::Result<()> {
    let render = |(batch, items): (usize, &[T])| -> io::Result<Vec<Vec<u8>>> {
        let items = items.par_iter().enumerate();
        let rendered = items.map(|(at, item)| {
            let mut bytes = Vec::with_capacity(1 << 14);
            render(batch * BATCH + at, item, &mut bytes)?;
            Ok(bytes)
        });
        rendered.collect()
    };
    let mut batches = items.chunks(BATCH).enumerate();
    let mut rendered = batches.next().map(&render);
    while let Some(batch) = rendered.take() {
        let batch = batch?;
        let next = batches.next();
        // One worker writes while the others render.
        rayon::in_place_scope(|scope| {
            scope.spawn(|_| rendered = next.map(&render));
            batch.into_iter().try_for_each(|bytes| out.write_all(&bytes))
        })?;
    }
    Ok(())
}

/// Appends a whole number in decimal. The documents are mostly line numbers, and `write!` takes several times as long.
pub(super) fn push_number(bytes: &mut Vec<u8>, number: u64) {
    let Ok(few @ 0..10_000) = u32::try_from(number) else { return push_long(bytes, number) };
    // Most line numbers have few digits: two pairs of them become four bytes, the first digit the lowest, and the zeros before it are dropped.
    let pairs = (few / 100) | (few % 100) << 16;
    let tens = ((pairs * 103) >> 10) & 0x000f_000f;
    let digits = tens | (pairs - 10 * tens) << 8;
    let zeros = (digits | 1 << 24).trailing_zeros() / 8;
    bytes.extend_from_slice(&((digits | 0x3030_3030) >> (8 * zeros)).to_le_bytes());
    bytes.truncate(bytes.len() - zeros as usize);
}

/// The same for more than four digits.
#[cold]
fn push_long(bytes: &mut Vec<u8>, number: u64) {
    let mut digits = [0; 20];
    let mut at = digits.len();
    let mut rest = number;
    loop {
        at -= 1;
        digits[at] = b'0' + (rest % 10) as u8;
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    bytes.extend_from_slice(&digits[at..]);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_in_decimal() {
        for number in [0, 7, 10, 99, 100, 999, 1_000, 9_999, 10_000, 65_536, 4_294_967_295, u64::MAX] {
            let mut bytes = Vec::new();
            push_number(&mut bytes, number);
            assert_eq!(String::from_utf8(bytes).unwrap(), number.to_string());
        }
    }

    #[test]
    fn parts_come_in_order_across_batches() {
        let mut out = Vec::new();
        let items: Vec<usize> = (0..200).collect();
        write_in_order(&items, &mut out, |at, item, bytes| {
            assert_eq!(at, *item);
            push_number(bytes, *item as u64);
        })
        .unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), items.iter().map(usize::to_string).collect::<String>());
    }
}
