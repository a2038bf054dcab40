//! `covmerge verify`: whether a summary says that the gate ran on a commit, on complete data, and passed.
//!
//! The last step of a pipeline asks it, since the exit status of `covmerge` itself may be lost on the way: a wrapper swallows it, or the job never ran.

use std::path::Path;

use serde::Deserialize;

use crate::model::duration::Duration;
use crate::model::output::JOURNAL;
use crate::model::status::Status;
use crate::model::timestamp::Timestamp;
use crate::model::verdict::Wanted;
use crate::regular;

/// A clock may be ahead of another by so many seconds.
const SKEW: i64 = 300;

/// The part of a summary that counts here.
#[derive(Debug, Deserialize)]
struct Summary {
    meta: Meta,
    verdict: Verdict,
    incomplete: Vec<String>,
}

#[derive(Debug, Deserialize)]
struct Meta {
    tool: String,
    format: u64,
    timestamp: String,
    commit: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Verdict {
    passed: bool,
    checks: Vec<Check>,
}

#[derive(Debug, Deserialize)]
struct Check {
    name: String,
    passed: bool,
    text: String,
}

/// The outcome of verifying.
#[derive(Debug, PartialEq, Eq)]
pub struct Verified {
    /// The exit status of the process: 0 only if the gate ran and passed.
    pub status: Status,
    /// The reason, in one sentence.
    pub why: String,
}

/// Verifies the summary at `now`.
#[must_use]
pub fn verify(wanted: &Wanted, now: Timestamp) -> Verified {
    if is_unfinished(&wanted.summary) {
        let why = "a run replaces its outputs, or was killed meanwhile: run covmerge again";
        return Verified { status: Status::Incomplete, why: why.into() };
    }
    let outcome = read(&wanted.summary).map_err(|why| (Status::NoReport, why));
    match outcome.and_then(|summary| judge(&summary, wanted, now)) {
        Ok(why) => Verified { status: Status::Well, why },
        Err((status, why)) => Verified { status, why },
    }
}

/// Whether the summary is one of several outputs of which some are new and some are old, or become so right now.
fn is_unfinished(path: &Path) -> bool {
    let directory = path.canonicalize().ok().and_then(|path| path.parent().map(Path::to_owned));
    directory.is_some_and(|directory| directory.join(JOURNAL).symlink_metadata().is_ok())
}

fn read(path: &Path) -> Result<Summary, String> {
    let bytes = regular::read(path).map_err(|error| format!("the summary cannot be read: {error}"))?;
    let summary: Summary =
        serde_json::from_slice(&bytes).map_err(|error| format!("it is not a summary of covmerge: {error}"))?;
    let Meta { tool, format, .. } = &summary.meta;
    if tool == "covmerge" && *format == 1 {
        Ok(summary)
    } else {
        Err(format!("it is not a summary of covmerge that this version knows: format {format} of `{tool}`"))
    }
}

fn judge(summary: &Summary, wanted: &Wanted, now: Timestamp) -> Result<String, (Status, String)> {
    let Summary { meta, verdict, incomplete } = summary;
    let incomplete_with = |why: String| Err((Status::Incomplete, why));
    let commit = meta.commit.as_deref().unwrap_or_default().to_lowercase();
    if !commit.starts_with(&wanted.commit) {
        return incomplete_with(match &*commit {
            "" => format!("the summary names no commit, and `{}` is expected", wanted.commit),
            other => format!("the summary is of commit `{other}`, and `{}` is expected", wanted.commit),
        });
    }
    if let Some(most) = wanted.max_age {
        let made = Timestamp::of_clock(&meta.timestamp).filter(|(_, rest)| rest.is_empty() || *rest == "Z");
        let Some((made, _)) = made else {
            return Err((Status::NoReport, format!("`{}` is not a timestamp", meta.timestamp)));
        };
        let age = now.micros().saturating_sub(made.micros()) / 1_000_000;
        if age < -SKEW {
            return incomplete_with(format!("the summary is from the future: {}", meta.timestamp));
        }
        if age > i64::try_from(most.seconds()).unwrap_or(i64::MAX) {
            let age = Duration::new(age.unsigned_abs()).map_or_else(String::new, |age| age.to_string());
            return incomplete_with(format!("the summary is {age} old, and {most} is allowed"));
        }
    }
    if let Some(why) = incomplete.first() {
        return incomplete_with(format!("the data was incomplete: {why}"));
    }
    let (complete, gate): (Vec<&Check>, Vec<&Check>) =
        verdict.checks.iter().partition(|check| check.name == "completeness");
    if let Some(check) = complete.iter().find(|check| !check.passed) {
        return incomplete_with(check.text.clone());
    }
    let Some(first) = gate.first() else {
        return incomplete_with("no threshold was judged: `covmerge` ran without `--fail-under`".into());
    };
    match gate.iter().find(|check| !check.passed) {
        Some(missed) => Err((Status::Missed, missed.text.clone())),
        None if verdict.passed => Ok(first.text.clone()),
        None => incomplete_with("the verdict is not that it passed".into()),
    }
}
