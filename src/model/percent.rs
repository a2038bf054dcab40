//! A share, made from whole numbers where it is shown.

/// `covered` of `of`. Never stored as a ratio, so that sums stay exact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Percent {
    covered: u64,
    of: u64,
}

impl Percent {
    /// The share `covered` of `of`.
    #[must_use]
    pub const fn new(covered: u64, of: u64) -> Self {
        Self { covered, of }
    }

    /// The part that is covered.
    #[must_use]
    pub const fn covered(self) -> u64 {
        self.covered
    }

    /// The whole.
    #[must_use]
    pub const fn of(self) -> u64 {
        self.of
    }

    /// Whether there is nothing to cover.
    #[must_use]
    pub const fn is_of_nothing(self) -> bool {
        self.of == 0
    }

    /// From 0 to 100; 100 where there is nothing to cover, as coverage.py's `Numbers` has it.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "coverage.py divides as floats too, and the last bit is printed")]
    pub fn value(self) -> f64 {
        if self.of > 0 { (100.0 * self.covered as f64) / self.of as f64 } else { 100.0 }
    }

    /// The value with this number of decimals; `0` and `100` only when exact, so that 99.97 does not pass for complete.
    ///
    /// Agrees with coverage.py's `display_covered`: rounds half to even on the exact binary value.
    #[must_use]
    pub fn display(self, precision: u32) -> String {
        display(self.value(), precision)
    }
}

/// `value` (0 to 100) with `precision` decimals; near 0 and near 100 it stops one unit of the last decimal short.
#[must_use]
pub fn display(value: f64, precision: u32) -> String {
    // coverage.py fails beyond about 308 decimals, which would say nothing.
    let precision = precision.min(308);
    let near_zero = 1.0 / 10f64.powi(i32::try_from(precision).unwrap_or(i32::MAX));
    let shown = if 0.0 < value && value < near_zero {
        near_zero
    } else if 100.0 - near_zero < value && value < 100.0 {
        100.0 - near_zero
    } else {
        value
    };
    if precision == 0 {
        // The usual case: the same digits in a fraction of the time.
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 100")]
        return (shown.round_ties_even() as u8).to_string();
    }
    format!("{shown:.*}", precision as usize)
}

/// `value` with that number of decimals, rounded half to even on the exact binary value, as Python's `round` does.
#[must_use]
pub fn rounded(value: f64, decimals: u32) -> String {
    format!("{value:.*}", decimals as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zero_and_a_hundred_are_shown_only_when_exact() {
        // coverage.results.display_covered(pc, precision) of coverage.py
        for (value, precision, shown) in [
            (0.0, 0, "0"),
            (0.4, 0, "1"),
            (99.6, 0, "99"),
            (100.0, 0, "100"),
            (12.5, 0, "12"),
            (13.5, 0, "14"),
            (99.999, 2, "99.99"),
            (0.001, 2, "0.01"),
            (2.675, 2, "2.67"),
            (97.125, 2, "97.12"),
        ] {
            assert_eq!(display(value, precision), shown, "{value} at {precision}");
        }
    }
}
