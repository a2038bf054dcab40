//! A moment in time, given to renderers by `main`.

/// Microseconds since 1970-01-01 00:00:00 UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Timestamp(i64);

/// Seconds of 9999-12-31 23:59:59: later timestamps have no four-digit year.
const LATEST: i64 = 253_402_300_799;
/// Seconds of 0001-01-01 00:00:00.
const EARLIEST: i64 = -62_135_596_800;

impl Timestamp {
    /// The moment that is this number of seconds and microseconds after the epoch; `None` outside the years 1 to 9999.
    #[must_use]
    pub fn at(seconds: i64, micros: i64) -> Option<Self> {
        (EARLIEST..=LATEST).contains(&seconds).then(|| Self(seconds * 1_000_000 + micros))
    }

    /// The moment at which a clock in UTC shows `2026-11-21T06:20:16` (or a blank for the `T`), with or without a fraction, and the text behind it.
    #[must_use]
    pub fn of_clock(text: &str) -> Option<(Self, &str)> {
        let (date, rest) = text.split_once(['T', 't', ' '])?;
        let [year, month, day] = fields(date, '-', [4, 2, 2])?;
        let (clock, rest) = rest.split_at_checked(8)?;
        let [hour, minute, second] = fields(clock, ':', [2, 2, 2])?;
        let (micros, rest) = match rest.strip_prefix('.') {
            Some(rest) => {
                let end = rest.find(|character: char| !character.is_ascii_digit()).unwrap_or(rest.len());
                let (digits, rest) = rest.split_at(end);
                (format!("{digits:0<6}").get(..6)?.parse().ok().filter(|_| end > 0)?, rest)
            }
            None => (0, rest),
        };
        let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        let days_in_month = match month {
            2 => 28 + i64::from(leap),
            4 | 6 | 9 | 11 => 30,
            _ => 31,
        };
        // A leap second is the last one of its minute, twice.
        let sound = year > 0
            && (1..=12).contains(&month)
            && (1..=days_in_month).contains(&day)
            && (hour < 24 && minute < 60 && second <= 60);
        let seconds = days_from_epoch(year, month, day) * 86_400 + hour * 3_600 + minute * 60 + second.min(59);
        Some((Self::at(seconds, micros).filter(|_| sound)?, rest))
    }

    /// The moment that is this number of microseconds after the epoch.
    #[must_use]
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    /// Microseconds since the epoch.
    #[must_use]
    pub const fn micros(self) -> i64 {
        self.0
    }

    /// Milliseconds since the epoch: Cobertura's `timestamp`.
    #[must_use]
    pub const fn millis(self) -> i64 {
        self.0.div_euclid(1_000)
    }

    /// `2026-11-21T06:20:16.000123` in UTC, without a zone; without the fraction when it is zero, as Python's `isoformat()` does.
    #[must_use]
    pub fn iso(self) -> String {
        let (seconds, micros) = (self.0.div_euclid(1_000_000), self.0.rem_euclid(1_000_000));
        let (days, of_day) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
        // Days to civil date in the proleptic Gregorian calendar, by 400-year eras that begin on a 1 March.
        let shifted = days + 719_468;
        let (era, of_era) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
        let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
        let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let shifted_month = (5 * of_year + 2) / 153;
        let day = of_year - (153 * shifted_month + 2) / 5 + 1;
        let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
        let year = year_of_era + era * 400 + i64::from(month <= 2);
        let (hour, minute, second) = (of_day / 3_600, of_day / 60 % 60, of_day % 60);
        let fraction = if micros == 0 { String::new() } else { format!(".{micros:06}") };
        format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}{fraction}")
    }
}

/// Numbers with exactly the given numbers of digits, with `separator` between them.
pub(crate) fn fields<const N: usize>(text: &str, separator: char, widths: [usize; N]) -> Option<[i64; N]> {
    let mut parts = text.split(separator);
    let mut numbers = [0; N];
    for (number, width) in numbers.iter_mut().zip(widths) {
        let part = parts.next().filter(|part| part.len() == width && part.bytes().all(|byte| byte.is_ascii_digit()))?;
        *number = part.parse().ok()?;
    }
    parts.next().is_none().then_some(numbers)
}

/// Days from 1970-01-01 in the proleptic Gregorian calendar, by 400-year eras that begin on a 1 March.
fn days_from_epoch(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let shifted_month = (month + 9) % 12;
    let of_year = (153 * shifted_month + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_print_as_python_prints_them() {
        // datetime.fromtimestamp(n, timezone.utc).replace(tzinfo=None).isoformat(), CPython 3.11
        for (micros, iso) in [
            (0, "1970-01-01T00:00:00"),
            (1_709_164_800_000_001, "2024-02-29T00:00:00.000001"),
            (1_795_242_016_123_456, "2026-11-21T06:20:16.123456"),
            (-1_000_000, "1969-12-31T23:59:59"),
            (4_107_542_400_000_000, "2100-03-01T00:00:00"),
        ] {
            assert_eq!(Timestamp::from_micros(micros).iso(), iso);
        }
    }
}
