//! Timestamps as users write them: `--timestamp` and `SOURCE_DATE_EPOCH`.

use crate::model::timestamp::{Timestamp, fields};

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
    Timestamp::at(text.parse().ok().filter(|_| plain)?, 0)
}

fn iso(text: &str) -> Option<Timestamp> {
    let (shown, zone) = Timestamp::of_clock(text)?;
    let offset = match zone {
        "" | "Z" | "z" => 0,
        _ => {
            let (sign, ahead) =
                zone.strip_prefix('+').map(|zone| (1, zone)).or(zone.strip_prefix('-').map(|zone| (-1, zone)))?;
            let [hours, minutes] = fields(ahead, ':', [2, 2])?;
            (hours < 24 && minutes < 60).then_some(sign * (hours * 3_600 + minutes * 60))?
        }
    };
    let micros = shown.micros();
    Timestamp::at(micros.div_euclid(1_000_000) - offset, micros.rem_euclid(1_000_000))
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
