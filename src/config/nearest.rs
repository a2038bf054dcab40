//! The known name that a misspelt one probably stands for.

/// The nearest of `known`, the first of equals; `None` if all are too far to be meant.
pub(super) fn did_you_mean<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    // The search takes quadratic time, and no known name is this long.
    if name.len() > 64 {
        return None;
    }
    let name = normal(name);
    let ranked = known.into_iter().map(|known| (strsim::damerau_levenshtein(&name, &normal(known)), known));
    let (slips, known) = ranked.min_by_key(|&(slips, _)| slips)?;
    (slips <= name.chars().count().max(known.len()) / 3).then_some(known)
}

/// The name without the differences that people overlook: case, and `_` for `-`.
fn normal(name: &str) -> String {
    name.to_lowercase().replace('_', "-")
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
            assert_eq!(did_you_mean(name, known), expected, "{name}");
        }
    }
}
