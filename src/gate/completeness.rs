//! Every fragment must be there and readable.

use crate::model::report::Report;
use crate::model::settings::{Common, Gate};
use crate::model::verdict::Check;

/// The check, if the data is incomplete.
pub(super) fn check(report: &Report, settings: &Gate, common: &Common) -> Option<Check> {
    let reasons = report.incomplete.clone();
    let allowed = settings.allow_incomplete;
    (!reasons.is_empty()).then_some(Check::Completeness { expected: common.expect, reasons, allowed })
}
