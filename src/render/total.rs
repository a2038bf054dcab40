//! The total percentage alone, for badges and shell scripts: `97.12`.
//!
//! It has the decimals of `precision` and no percent sign. Only the exit status can show that data is incomplete.

use std::io::{self, Write};

use super::View;

/// Writes the document.
///
/// # Errors
/// The errors of `out`.
pub fn write(view: &View<'_>, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{}", view.report.totals.percent().display(view.common.precision))
}
