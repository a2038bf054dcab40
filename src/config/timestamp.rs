//! Timestamps as users write them: `--timestamp` and `SOURCE_DATE_EPOCH`.

use crate::model::timestamp::Timestamp;

/// Seconds of 9999-12-31 23:59:59: later timestamps have no four-digit year.
const LATEST: i64 = 253_402_300_799;
/// Seconds of 0001-01-01 00:00:00.
const EARLIEST: i64 = -62_135_596_800;

/// `1795242016`, seconds since 1970 in UTC; or `2026-11-21T06:20:16`, with or without a fraction, followed by `Z`, `+hh:mm` or `-hh:mm`, or by
/// nothing for UTC.
///
/// # Errors
/// A description of the expected forms.
pub(super) fn parse(text: &str) -> Result<Timestamp, String> {
    seconds(text).or_else(|| iso(text)).ok_or_else(|| {
        "expected seconds since 1970, or `YYYY-MM-DDTHH:MM:SS` followed by `Z`, `+hh:mm` or nothing (UTC)".into()
    })
}

/// Whole seconds since the epoch, the only form that `SOURCE_DATE_EPOCH` may have.
pub(super) fn seconds(text: &str) -> Option<Timestamp> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    moment(text.parse().ok().filter(|_| plain)?, 0)
}

fn moment(seconds: i64, micros: i64) -> Option<Timestamp> {
    (EARLIEST..=LATEST).contains(&seconds).then(|| Timestamp::from_micros(seconds * 1_000_000 + micros))
}

fn iso(text: &str) -> Option<Timestamp> {
    let (date, rest) = text.split_once(['T', 't', ' '])?;
    let [year, month, day] = fields(date, '-', [4, 2, 2])?;
    let (clock, rest) = rest.split_at_checked(8)?;
    let [hour, minute, second] = fields(clock, ':', [2, 2, 2])?;
    let (micros, zone) = match rest.strip_prefix('.') {
        Some(rest) => {
            let end = rest.find(|character: char| !character.is_ascii_digit()).unwrap_or(rest.len());
            let (digits, zone) = rest.split_at(end);
            (format!("{digits:0<6}").get(..6)?.parse().ok().filter(|_| end > 0)?, zone)
        }
        None => (0, rest),
    };
    let offset = match zone {
        "" | "Z" | "z" => 0,
        _ => {
            let (sign, ahead) =
                zone.strip_prefix('+').map(|zone| (1, zone)).or(zone.strip_prefix('-').map(|zone| (-1, zone)))?;
            let [hours, minutes] = fields(ahead, ':', [2, 2])?;
            (hours < 24 && minutes < 60).then_some(sign * (hours * 3_600 + minutes * 60))?
        }
    };
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days_in_month = match month {
        2 => 28 + i64::from(leap),
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    };
    let sound = year > 0 && (1..=12).contains(&month) && (1..=days_in_month).contains(&day) && hour < 24 && minute < 60;
    // A leap second is the last one of its minute, twice.
    let sound = sound && second <= 60;
    let days = days_from_epoch(year, month, day);
    moment(days * 86_400 + hour * 3_600 + minute * 60 + second.min(59) - offset, micros).filter(|_| sound)
}

/// Numbers with exactly the given numbers of digits, with `separator` between them.
fn fields<const N: usize>(text: &str, separator: char, widths: [usize; N]) -> Option<[i64; N]> {
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
    fn moments_are_read_as_python_reads_them() {
        // datetime.fromisoformat(text) in UTC, CPython 3.13
        for (text, iso) in [
            ("0", "1970-01-01T00:00:00"),
            ("1795242016", "2026-11-21T06:20:16"),
            ("2026-11-21T06:20:16Z", "2026-11-21T06:20:16"),
            ("2026-11-21 06:20:16.5", "2026-11-21T06:20:16.500000"),
            ("2024-02-29T23:30:00-01:00", "2024-03-01T00:30:00"),
            ("2000-01-01T00:00:00+05:30", "1999-12-31T18:30:00"),
            ("1969-12-31T23:59:59", "1969-12-31T23:59:59"),
        ] {
            assert_eq!(parse(text).map(Timestamp::iso).as_deref(), Ok(iso), "{text}");
        }
    }

    #[test]
    fn what_is_no_moment_is_refused() {
        for text in [
            "",
            "now",
            "1.5",
            "+1",
            "99999999999999",
            "2023-02-29T00:00:00",
            "2023-13-01T00:00:00",
            "2023-01-01",
            "2023-01-01T24:00:00",
            "2023-01-01T00:00:00+1",
            "2023-01-01T00:00:00.",
            "2023-1-1T00:00:00",
            "2023-01-01T00:0é:00",
        ] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
