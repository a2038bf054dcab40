//! Numbits: the lines of a file as coverage.py packs them into the blobs of `line_bits`, bit `n % 8` of byte `n / 8` for line `n`.
//!
//! Line 0 is not a line, but coverage.py records it if only the compilation of a file ran (an empty `__init__.py`).

use crate::model::lines::LineSet;

/// The limit in bytes: longer numbits would have line numbers of more than 32 bits.
const MOST: usize = 1 << 29;

/// The lines in `numbits`, and whether line 0 is in them.
///
/// # Errors
/// A line number is beyond 4,294,967,295.
pub fn decode(numbits: &[u8]) -> Result<(LineSet, bool), String> {
    if numbits.len() > MOST {
        return Err(format!("`numbits` has {} bytes: lines end at 4294967295", numbits.len()));
    }
    Ok(LineSet::from_numbits(numbits))
}

/// The numbits of `lines`, and of line 0 if `zero`; without trailing zero bytes.
#[must_use]
pub fn encode(lines: &LineSet, zero: bool) -> Vec<u8> {
    let mut numbits = lines.to_numbits();
    if zero {
        match numbits.first_mut() {
            Some(first) => *first |= 1,
            None => numbits.push(1),
        }
    }
    numbits
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::lines::Line;

    #[test]
    fn lines_come_back_with_line_0_and_without() {
        let lines: LineSet = [1, 8, 700].into_iter().filter_map(Line::new).collect();
        for (lines, zero) in [(lines.clone(), false), (lines, true), (LineSet::new(), true), (LineSet::new(), false)] {
            assert_eq!(decode(&encode(&lines, zero)), Ok((lines, zero)));
        }
    }
}
