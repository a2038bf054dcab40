//! The order of names that people expect: `f2` before `f10`.

use std::cmp::Ordering;

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

/// The value of a decimal digit in any script: the characters that `\d` matches in Python.
fn digit(character: char) -> Option<u32> {
    if character.is_ascii() {
        return character.to_digit(10);
    }
    let code = u32::from(character);
    let zero = ZEROS[ZEROS.partition_point(|&zero| zero <= code).checked_sub(1)?];
    (code - zero < 10).then_some(code - zero)
}

/// The zeros of the decimal digits of every script, each followed by its nine other digits: `testdata/python/tables.py` writes them (Unicode 15.1).
#[rustfmt::skip]
const ZEROS: [u32; 68] = [
    0x30, 0x660, 0x6F0, 0x7C0, 0x966, 0x9E6, 0xA66, 0xAE6, 0xB66, 0xBE6, 0xC66, 0xCE6, 0xD66, 0xDE6, 0xE50, 0xED0, 0xF20,
    0x1040, 0x1090, 0x17E0, 0x1810, 0x1946, 0x19D0, 0x1A80, 0x1A90, 0x1B50, 0x1BB0, 0x1C40, 0x1C50, 0xA620, 0xA8D0, 0xA900,
    0xA9D0, 0xA9F0, 0xAA50, 0xABF0, 0xFF10, 0x104A0, 0x10D30, 0x11066, 0x110F0, 0x11136, 0x111D0, 0x112F0, 0x11450, 0x114D0,
    0x11650, 0x116C0, 0x11730, 0x118E0, 0x11950, 0x11C50, 0x11D50, 0x11DA0, 0x11F50, 0x16A60, 0x16AC0, 0x16B50, 0x1D7CE,
    0x1D7D8, 0x1D7E2, 0x1D7EC, 0x1D7F6, 0x1E140, 0x1E2F0, 0x1E4F0, 0x1E950, 0x1FBF0,
];

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
