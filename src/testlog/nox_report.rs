//! The report that nox writes with `--report`.
//!
//! ```text
//! {"result": 0, "sessions": [{"name": "unit_tests", "signatures": ["unit_tests-3.12(db='x')"], "result": "failed", "result_code": 0, …}, …]}
//! ```
//!
//! The words of `result` decide, not the numbers: `result_code` is 1 for success. All entries of a session count, since a report is of one invocation.

use serde::Deserialize;

use super::text::beginning;
use super::{Outcome, Session, TestLog, is_called};

#[derive(Deserialize)]
struct Report {
    sessions: Vec<Entry>,
}

#[derive(Deserialize)]
struct Entry {
    name: String,
    result: String,
    #[serde(default)]
    signatures: Vec<String>,
}

/// Reads a report.
///
/// # Errors
/// It is cut off, or not a report of nox.
pub(super) fn read(bytes: &[u8], wanted: &str) -> Result<TestLog, String> {
    let report: Report = serde_json::from_slice(bytes).map_err(|error| {
        if error.is_eof() {
            "it is cut off".into()
        } else {
            format!("it is not a report of nox: {}", beginning(&error.to_string()))
        }
    })?;
    let mut log = TestLog::of("session");
    for (index, Entry { name, result, signatures }) in report.sessions.into_iter().enumerate() {
        let full = signatures.iter().find(|signature| is_called(signature, wanted));
        if full.is_none() && !is_called(&name, wanted) {
            log.pass_over(&name);
            continue;
        }
        let outcome = match result.as_str() {
            "success" => Outcome::Succeeded,
            "aborted" => Outcome::Aborted,
            "skipped" => Outcome::Skipped,
            _ => Outcome::Failed,
        };
        let name = full.unwrap_or(&name).clone();
        log.sessions.push(Session {
            name,
            outcome,
            place: format!("sessions[{index}].result"),
            shown: beginning(&result),
        });
    }
    Ok(log)
}
