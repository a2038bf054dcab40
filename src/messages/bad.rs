//! Fragments that cannot be read, and those that were never finished: all of them, since nothing else tells which shards must run again.

use std::fmt::Write;

use super::lines::{because, help, shown};
use crate::merge;
use crate::model::fragment::{Fragment, Outcome};
use crate::model::unfinished::Cause;
use crate::model::words::{by_number, out_of};

/// The errors of a run that they stop.
pub(super) fn errors(fragments: &[Fragment]) -> String {
    let (unfinished, unreadable) = rejected(fragments);
    let of = fragments.len() as u64;
    let mut text = bad_ones("error", &unreadable);
    if !unreadable.is_empty() {
        let number = unreadable.len() as u64;
        _ = writeln!(text, "error: {} cannot be used; nothing was written", out_of(number, of, "fragment"));
        // Without another fragment there would be nothing to report.
        let others = fragments.iter().any(|fragment| matches!(fragment.outcome, Outcome::Merged { .. }));
        let them = by_number(number, "it", "them");
        let advice = if others {
            format!(
                "re-create {them}, or report without {them}: `--bad-fragments skip` (the outputs are then marked as incomplete, and the exit status \
                 is 3)"
            )
        } else {
            format!("re-create {them}: without {them} there is nothing to report")
        };
        help(&mut text, &advice);
    }
    if !unfinished.is_empty() {
        text += &unfinished_ones("error", &unfinished);
        let (number, were) = (unfinished.len() as u64, by_number(unfinished.len() as u64, "was", "were"));
        let unfinished_ones = out_of(number, of, "fragment");
        _ = writeln!(text, "error: {unfinished_ones} {were} never finished; nothing was written");
        unfinished_help(&mut text, &unfinished);
    }
    text
}

/// The warnings of a run that goes on without them.
pub(super) fn warnings(fragments: &[Fragment]) -> String {
    let (unfinished, unreadable) = rejected(fragments);
    let mut text = bad_ones("warning", &unreadable) + &unfinished_ones("warning", &unfinished);
    if !unfinished.is_empty() {
        unfinished_help(&mut text, &unfinished);
    }
    text
}

/// The fragments that were never finished, and those that cannot be read.
fn rejected(fragments: &[Fragment]) -> (Vec<&Fragment>, Vec<&Fragment>) {
    merge::rejected(fragments).partition(|fragment| fragment.unfinished.is_some())
}

/// All of them, each with the sign of it and the part that was saved.
fn unfinished_ones(severity: &str, unfinished: &[&Fragment]) -> String {
    let mut text = String::new();
    for fragment in unfinished {
        _ = writeln!(text, "{severity}: fragment `{}` was never finished", shown(&fragment.path));
        because(&mut text, &fragment.why_unfinished().unwrap_or_default());
    }
    text
}

/// All of them, each with its cause. Advice that is the same for several in a row is given once, below the last of them.
fn bad_ones(severity: &str, bad: &[&Fragment]) -> String {
    let mut text = String::new();
    for (index, fragment) in bad.iter().enumerate() {
        let Outcome::Rejected { why, help: advice } = &fragment.outcome else { continue };
        let format = fragment.format.map(|format| format!(" ({format})")).unwrap_or_default();
        _ = writeln!(text, "{severity}: cannot read fragment `{}`{format}", shown(&fragment.path));
        because(&mut text, why);
        let next = bad.get(index + 1).map(|next| &next.outcome);
        let is_repeated = matches!(next, Some(Outcome::Rejected { help, .. }) if help == advice);
        if let Some(advice) = advice.as_ref().filter(|_| !is_repeated) {
            help(&mut text, advice);
        }
    }
    text
}

/// The remedy for fragments that were never finished.
fn unfinished_help(text: &mut String, unfinished: &[&Fragment]) {
    let cut_off = |fragment: &&Fragment| fragment.unfinished.as_ref().is_some_and(|why| why.cause == Cause::CutOff);
    let mut advice = "\
their processes ended while they saved, or still run: lines that ran, and files that never ran, may be missing from the total
let them end by themselves: call `close()` and `join()` before the `with` block of a Pool ends (`sigterm = true` does not help)\n"
        .to_owned();
    if unfinished.iter().any(cut_off) {
        advice += "or copy a file again if only its copy was cut off\n";
    }
    advice += "\
or count what they saved: `--unfinished-fragments merge`, or this line in `covmerge.toml`, or below `[tool.covmerge]` in `pyproject.toml`:
unfinished-fragments = \"merge\"";
    help(text, &advice);
}
