//! The parts of a large document: rendered in parallel, written in order, never all held at once.

use std::io::{self, Write};

use rayon::prelude::*;

/// How many parts are rendered before they are written: enough to keep every worker busy, few enough to stay small in memory.
const BATCH: usize = 64;

/// Writes what `render` makes of each of `items`, in their order. It is given the item's position too.
///
/// # Errors
/// The first one that `out` gives.
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

/// As [`write_in_order`], of what may fail.
///
/// # Errors
/// The first one that `render` or `out` gives.
pub(super) fn try_write_in_order<T: Sync>(
    items: &[T],
    out: &mut dyn Write,
    render: impl Fn(usize, &T, &mut Vec<u8>) -> io::Result<()> + Sync,
) -> io::Result<()> {
    for (batch, chunk) in items.chunks(BATCH).enumerate() {
        let rendered: io::Result<Vec<Vec<u8>>> = chunk
            .par_iter()
            .enumerate()
            .map(|(at, item)| {
                let mut bytes = Vec::with_capacity(1 << 14);
                render(batch * BATCH + at, item, &mut bytes)?;
                Ok(bytes)
            })
            .collect();
        for bytes in rendered? {
            out.write_all(&bytes)?;
        }
    }
    Ok(())
}

/// Appends a whole number in decimal: the documents are mostly line numbers, and `write!` takes several times as long.
pub(super) fn push_number(bytes: &mut Vec<u8>, number: u64) {
    // Line numbers mostly have few digits: appended as one array of them, which takes no loop.
    if number < 10_000 {
        let digit = |unit: u64| b'0' + (number / unit % 10) as u8;
        let digits = [digit(1000), digit(100), digit(10), digit(1)];
        let length = 1 + usize::from(number >= 10) + usize::from(number >= 100) + usize::from(number >= 1000);
        bytes.extend_from_slice(&digits[4 - length..]);
        return;
    }
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
