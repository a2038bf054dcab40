//! Times without a zone, as coverage.py and Slipcover write them: those that the clock of their machine showed.

use std::fmt;

use super::timestamp::Timestamp;

/// A date and a time of day in whole seconds, as some clock showed them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct LocalTime {
    /// Seconds since 1970-01-01 00:00:00 on that clock.
    seconds: i64,
}

impl LocalTime {
    /// The time that a clock shows at that moment, if it is `offset` seconds ahead of UTC.
    #[must_use]
    pub const fn at(moment: Timestamp, offset: i64) -> Self {
        Self { seconds: moment.micros().div_euclid(1_000_000) + offset }
    }

    /// Reads `2026-11-30 18:35:41` or `2026-11-30T18:35:41.123456`; `None` for any other text, such as a time with a zone.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (moment, rest) = Timestamp::of_clock(text)?;
        rest.is_empty().then_some(Self::at(moment, 0))
    }

    /// Seconds from `earlier` to this time: negative if it is the later one.
    #[must_use]
    pub const fn since(self, earlier: Self) -> i64 {
        self.seconds - earlier.seconds
    }

    /// `2026-11-28 17:02:10 to 17:04:33`: both times, and the date of the later one only if it is another.
    #[must_use]
    pub fn range(self, to: Self) -> String {
        let later = to.to_string();
        let same_day = self.seconds.div_euclid(86_400) == to.seconds.div_euclid(86_400);
        let later = later.split_once(' ').filter(|_| same_day).map_or(&*later, |(_, clock)| clock);
        format!("{self} to {later}")
    }
}

impl fmt::Display for LocalTime {
    /// `2026-11-30 18:35:41`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let iso = Timestamp::from_micros(self.seconds.saturating_mul(1_000_000)).iso();
        f.write_str(&iso.replace('T', " "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_read_as_tools_write_it() {
        // datetime.now().strftime("%Y-%m-%d %H:%M:%S"), and isoformat()
        for text in ["2026-11-30 18:35:41", "2026-11-30T18:35:41", "2026-11-30T18:35:41.999999"] {
            assert_eq!(LocalTime::parse(text).unwrap().to_string(), "2026-11-30 18:35:41", "{text}");
        }
        for text in
            ["", "yesterday", "2026-11-30", "2026-11-30T18:35:41Z", "2026-11-30 18:35:41+01:00", "2026-13-30 18:35:41"]
        {
            assert_eq!(LocalTime::parse(text), None, "{text}");
        }
    }

    #[test]
    fn the_clock_of_a_zone_is_ahead_of_utc_or_behind() {
        let moment = Timestamp::from_micros(1_795_242_016_999_999);
        assert_eq!(LocalTime::at(moment, 0).to_string(), "2026-11-21 06:20:16");
        assert_eq!(LocalTime::at(moment, 19_800).to_string(), "2026-11-21 11:50:16");
        assert_eq!(LocalTime::at(moment, -28_800).to_string(), "2026-11-20 22:20:16");
    }

    #[test]
    fn a_range_repeats_no_date() {
        let time = |text| LocalTime::parse(text).unwrap();
        let from = time("2026-11-28 17:02:10");
        assert_eq!(from.range(time("2026-11-28 17:04:33")), "2026-11-28 17:02:10 to 17:04:33");
        assert_eq!(from.range(time("2026-11-29 00:01:00")), "2026-11-28 17:02:10 to 2026-11-29 00:01:00");
    }
}
