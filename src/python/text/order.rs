//! The order of names that people expect: `f2` before `f10`.

use std::cmp::Ordering;

use super::numbers::digit;

/// Compares two names with runs of digits taken as numbers. Names that differ only in leading zeros are compared as plain strings.
/// coverage.py's `human_sorted`.
#[must_use]
pub fn human(left: &str, right: &str) -> Ordering {
    let (mut a, mut b) = (left, right);
    loop {
        // A name is text, number, text, number, …; the first text may be empty.
        let (text_a, text_b) = (split(&mut a, false), split(&mut b, false));
        let (digits_a, digits_b) = (split(&mut a, true), split(&mut b, true));
        let numbers = match (digits_a.is_empty(), digits_b.is_empty()) {
            (false, false) => compare_numbers(digits_a, digits_b),
            // A name that ends here comes before a longer one.
            (one_ends, other_ends) => other_ends.cmp(&one_ends),
        };
        match text_a.cmp(text_b).then(numbers) {
            Ordering::Equal if digits_a.is_empty() => return left.cmp(right),
            Ordering::Equal => {}
            unequal => return unequal,
        }
    }
}

/// Takes the longest run of digits, or of other characters, from the beginning of `rest`.
fn split<'a>(rest: &mut &'a str, digits: bool) -> &'a str {
    let end = rest.find(|character| digit(character).is_some() != digits).unwrap_or(rest.len());
    let (run, after) = rest.split_at(end);
    *rest = after;
    run
}

/// Compares runs of digits of any length as numbers.
fn compare_numbers(left: &str, right: &str) -> Ordering {
    let digits = |run: &str| run.chars().filter_map(digit).skip_while(|&digit| digit == 0).collect::<Vec<_>>();
    let (left, right) = (digits(left), digits(right));
    left.len().cmp(&right.len()).then_with(|| left.cmp(&right))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_sort_as_coveragepy_sorts_them() {
        // coverage.misc.human_sorted, CPython 3.13
        let expected =
            ["", "01", "1", "2", "10", "a", "a1", "a001b", "a1b", "a2", "a٣", "a10", "a10.py", "a/b.py", "b"];
        let mut names =
            ["b", "a10", "a2", "a10.py", "a٣", "10", "2", "01", "1", "", "a1b", "a001b", "a1", "a/b.py", "a"];
        names.sort_by(|a, b| human(a, b));
        assert_eq!(names, expected);
    }

    #[test]
    fn numbers_of_any_length_compare() {
        let (short, long) = (format!("f{}", "9".repeat(400)), format!("f1{}", "0".repeat(400)));
        assert_eq!(human(&short, &long), Ordering::Less);
    }
}
