//! Numbers and bytes as text for people.

/// A whole number with commas between thousands: `41,208`.
#[must_use]
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A number and what it counts: `1 file`, `41,208 branches`.
#[must_use]
pub fn counted(number: u64, noun: &str) -> String {
    format!("{} {}", grouped(number), plural(number, noun))
}

/// A number of a whole: `1 of 1 files`, `3 of 41,208 branches`.
#[must_use]
pub fn out_of(number: u64, of: u64, noun: &str) -> String {
    format!("{} of {} {}", grouped(number), grouped(of), plural(0, noun))
}

/// The noun by its number: `1` file, `2` files, `0` branches.
#[must_use]
pub fn plural(number: u64, noun: &str) -> String {
    let ending = by_number(number, "", if noun.ends_with("ch") || noun.ends_with('s') { "es" } else { "s" });
    format!("{noun}{ending}")
}

/// The word for one, or that for several and none: `is`, `are`.
#[must_use]
pub const fn by_number<'a>(number: u64, one: &'a str, more: &'a str) -> &'a str {
    if number == 1 { one } else { more }
}

/// Bytes in hexadecimal digits, two each.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nouns_go_by_their_number() {
        for (number, noun, text) in [
            (0, "file", "0 files"),
            (1, "more file", "1 more file"),
            (2, "branch", "2 branches"),
            (1, "branch", "1 branch"),
            (41_208, "class", "41,208 classes"),
        ] {
            assert_eq!(counted(number, noun), text);
        }
    }
}
