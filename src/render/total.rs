//! The total percentage alone, for badges and shell scripts: `97.12`.
//!
//! Decimals as `precision` says; no percent sign. It has no room to say that data is incomplete: the exit status does.

use std::io::{self, Write};

use super::View;

/// Writes the document.
///
/// # Errors
/// What `out` gives.
pub fn write(view: &View<'_>, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{}", view.report.totals.percent().display(view.settings.precision))
}
