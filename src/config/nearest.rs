//! The known name that a misspelt one probably stands for.

/// The nearest of `known`, the first of equals; `None` if all are too far to be meant.
pub(super) fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    // A long name would cost its square, and none of ours is near it.
    if name.len() > 64 {
        return None;
    }
    let name = normal(name);
    let ranked = known.into_iter().map(|candidate| (distance(&name, &normal(candidate)), candidate));
    let (steps, candidate) = ranked.min_by_key(|&(steps, _)| steps)?;
    (steps <= name.len().max(candidate.len()) / 3).then_some(candidate)
}

/// Without what people confuse first.
fn normal(name: &str) -> Vec<char> {
    name.to_lowercase().replace('_', "-").chars().collect()
}

/// How many characters must be inserted, deleted, replaced or swapped with their neighbour.
fn distance(from: &[char], to: &[char]) -> usize {
    let mut before = Vec::new();
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (i, &a) in from.iter().enumerate() {
        let mut next = vec![i + 1];
        for (j, &b) in to.iter().enumerate() {
            let at = |row: &[usize], index: usize| row.get(index).copied().unwrap_or(usize::MAX / 2);
            let mut steps = (at(&row, j) + usize::from(a != b)).min(at(&row, j + 1) + 1).min(at(&next, j) + 1);
            let swapped = i > 0 && j > 0 && from.get(i - 1) == Some(&b) && to.get(j - 1) == Some(&a);
            if swapped {
                steps = steps.min(at(&before, j - 1) + 1);
            }
            next.push(steps);
        }
        before = std::mem::replace(&mut row, next);
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name_is_found_and_a_far_one_is_not() {
        let known = ["fail-under", "fragments", "omit"];
        for (name, expected) in [
            ("fail_under", Some("fail-under")),
            ("fial-under", Some("fail-under")),
            ("fragment", Some("fragments")),
            ("Omit", Some("omit")),
            ("colour", None),
            ("", None),
        ] {
            assert_eq!(nearest(name, known), expected, "{name}");
        }
    }
}
