//! A share as pages show it: as text, as a bar, or not at all.

use crate::model::report::Totals;

/// The share of statements and branches that ran.
#[derive(Clone, Debug)]
pub(super) struct Share {
    /// `97.12%`, or `nothing to measure`.
    pub(super) text: String,
    /// The number alone, as coverage.py shows it; empty if there is nothing to measure.
    pub(super) number: String,
    /// The length of the bar in twentieths; 0 and 20 only if exact.
    pub(super) bar: u64,
    /// Whether there is anything to measure.
    pub(super) measured: bool,
}

impl Share {
    pub(super) fn of(totals: &Totals, precision: u32) -> Self {
        let percent = totals.percent();
        if percent.is_of_nothing() {
            return Self { text: "nothing to measure".into(), number: String::new(), bar: 0, measured: false };
        }
        let (covered, of) = (percent.covered(), percent.of());
        let number = percent.display(precision);
        let twentieths = covered * 20 / of;
        let bar = if covered == 0 || covered == of { twentieths } else { twentieths.clamp(1, 19) };
        Self { text: format!("{number}%"), number, bar, measured: true }
    }
}
