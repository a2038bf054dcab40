//! Numbits: the lines of a file as coverage.py packs them into the blobs of `line_bits`, bit `n % 8` of byte `n / 8` for line `n`.
//!
//! Line 0 is not a line, but coverage.py records it if only the compilation of a file ran (an empty `__init__.py`).

use crate::model::limits::exceeded;
use crate::model::lines::LineSet;

/// The limit in bytes: longer numbits would have line numbers of more than 32 bits.
const MOST: u64 = 1 << 29;

/// The lines in `numbits`, and whether line 0 is in them. They are not decoded if they have lines beyond `last`.
///
/// # Errors
/// They have lines beyond `last`, or beyond 4,294,967,295.
pub fn decode(numbits: &[u8], last: u64) -> Result<(LineSet, bool), String> {
    // A byte holds eight lines, from 0.
    let most = (last / 8 + 1).min(MOST);
    if numbits.len() as u64 > most
        && numbits.iter().skip(usize::try_from(most).unwrap_or(usize::MAX)).any(|&byte| byte != 0)
    {
        return Err(format!("`numbits` has {}", exceeded("lines", last.min(MOST * 8))));
    }
    let numbits = numbits.get(..usize::try_from(most).unwrap_or(usize::MAX)).unwrap_or(numbits);
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
            assert_eq!(decode(&encode(&lines, zero), u64::MAX), Ok((lines, zero)));
        }
    }
}
