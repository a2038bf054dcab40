//! Ranges of code points: the first and the last of each, in order and disjoint.

/// Whether `code` is in one of `ranges`, which are in order and disjoint.
pub(super) fn contains(ranges: &[(u32, u32)], code: u32) -> bool {
    let after = ranges.partition_point(|range| range.0 <= code);
    after.checked_sub(1).and_then(|at| ranges.get(at)).is_some_and(|range| code <= range.1)
}

/// The same ranges in order, with adjacent and overlapping ones joined.
pub(super) fn normal(mut ranges: Vec<(u32, u32)>) -> Vec<(u32, u32)> {
    ranges.sort_unstable();
    let mut result: Vec<(u32, u32)> = Vec::with_capacity(ranges.len());
    for (first, last) in ranges {
        match result.last_mut() {
            Some(range) if first <= range.1.saturating_add(1) => range.1 = range.1.max(last),
            _ => result.push((first, last)),
        }
    }
    result
}
