//! Every fragment must be there and readable.

use crate::model::commands::by_command;
use crate::model::report::Report;
use crate::model::settings::{Common, Gate};
use crate::model::verdict::Check;

/// The check, if the data is incomplete.
pub(super) fn check(report: &Report, settings: &Gate, common: &Common) -> Option<Check> {
    let reasons = report.incomplete.clone();
    if reasons.is_empty() {
        return None;
    }
    let origins = report.fragments.iter().filter(|fragment| fragment.has_data()).map(|fragment| &fragment.origin);
    let there = if settings.names_expected { None } else { by_command(origins) };
    Some(Check::Completeness { expected: common.expect, reasons, allowed: settings.allow_incomplete, there })
}
