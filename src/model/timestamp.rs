//! A moment in time, given to renderers by `main`.

/// Microseconds since 1970-01-01 00:00:00 UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Timestamp(i64);

impl Timestamp {
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
