//! Durations as users write them: `90s`, `30m`, `2h`, `7d`, `1h30m`.

use std::fmt;

/// A duration of at least one second.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Duration {
    seconds: u64,
}

/// The units, the longest first, in seconds.
const UNITS: [(char, u64); 4] = [('d', 86_400), ('h', 3_600), ('m', 60), ('s', 1)];

impl Duration {
    /// The duration of that number of seconds; `None` for 0.
    #[must_use]
    pub fn new(seconds: u64) -> Option<Self> {
        (seconds > 0).then_some(Self { seconds })
    }

    /// Its length in seconds.
    #[must_use]
    pub const fn seconds(self) -> u64 {
        self.seconds
    }

    /// Reads whole numbers, each with its unit: `d`, `h`, `m` or `s`, the longest first and each at most once. `None` for any other text.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut rest = text;
        let mut units = UNITS.iter();
        let mut seconds = 0_u64;
        while !rest.is_empty() {
            let end = rest.find(|character: char| !character.is_ascii_digit()).filter(|&end| end > 0)?;
            let (number, unit) = rest.split_at(end);
            let written = unit.chars().next()?;
            let (unit, length) = units.find(|(unit, _)| *unit == written).map(|&(_, length)| (&unit[1..], length))?;
            seconds = seconds.checked_add(number.parse::<u64>().ok()?.checked_mul(length)?)?;
            rest = unit;
        }
        Self::new(seconds)
    }
}

impl fmt::Display for Duration {
    /// `1h30m`, in the longest units.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rest = self.seconds;
        for (unit, length) in UNITS {
            if rest >= length {
                write!(f, "{}{unit}", rest / length)?;
                rest %= length;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_has_numbers_with_units() {
        for (text, seconds, shown) in [
            ("90s", 90, "1m30s"),
            ("30m", 1_800, "30m"),
            ("2h", 7_200, "2h"),
            ("7d", 604_800, "7d"),
            ("1h30m", 5_400, "1h30m"),
            ("1d2h3m4s", 93_784, "1d2h3m4s"),
            ("0h1s", 1, "1s"),
            ("24h", 86_400, "1d"),
        ] {
            let duration = Duration::parse(text).unwrap();
            assert_eq!((duration.seconds(), duration.to_string().as_str()), (seconds, shown), "{text}");
        }
    }

    #[test]
    fn other_text_is_not_a_duration() {
        for text in [
            "",
            "0s",
            "90",
            "h",
            "1.5h",
            "-1h",
            "+1h",
            " 1h",
            "1h ",
            "1h 30m",
            "30m1h",
            "1h1h",
            "2H",
            "1w",
            "1h30",
            "1hé",
            "é",
            "18446744073709551616s",
            "213503982334602d",
        ] {
            assert_eq!(Duration::parse(text), None, "{text}");
        }
    }
}
