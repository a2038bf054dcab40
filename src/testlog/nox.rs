//! The log of nox, sequential or parallel, as a terminal, `tee` or a CI service keeps it.
//!
//! ```text
//! nox > Running session unit_tests-3.12                     a run begins
//! nox > Session unit_tests-3.12 was successful.             it ends; from 2025 on, `was successful in 3 minutes.`
//! nox > Ran 2 sessions in 3 minutes:                        the summary of an invocation, if it ran several; before 2025, `Ran multiple sessions:`
//! nox > * unit_tests-3.12: success, took 3 minutes
//!
//! Starting session unit_tests-3.12...                       with `-j`: a run begins
//! ========== ✓ unit_tests-3.12: success, 3 minutes ======== it has ended; what it printed follows, as above
//! ```
//!
//! Before `nox > ` may stand times, names of jobs and the like, and the end of a session's own output if that lacks a line end. A run that has not
//! ended when the next of that name begins, or when the log ends, was cut off. The last run of a session counts; of the runs in one summary, all do.
//! Source: `nox/sessions.py`, `nox/tasks.py` and `nox/_parallel.py` of nox 2022.11.21 to 2026.10.20.

use std::collections::BTreeMap;

use memchr::memmem::Finder;

use super::text::{beginning, plain};
use super::{Outcome, Session, TestLog, is_called};

/// The start of nox's own messages.
const NOX: &str = "nox > ";
/// The rule on both sides of a block's header.
const RULE: &str = "==========";
/// The first words of the line that `-j` prints when a run begins.
const STARTING: &str = "Starting session ";

/// The words after the name in the line that ends a run.
const ENDS: &[(&str, Outcome)] = &[
    (" was successful", Outcome::Succeeded),
    (" failed", Outcome::Failed),
    (" raised exception", Outcome::Failed),
    (" aborted", Outcome::Aborted),
    (" skipped", Outcome::Skipped),
    (" interrupted", Outcome::Interrupted),
];
/// The same in a summary and in a block's header.
const RESULTS: &[(&str, Outcome)] = &[
    (": success", Outcome::Succeeded),
    (": failed", Outcome::Failed),
    (": aborted", Outcome::Aborted),
    (": skipped", Outcome::Skipped),
];

/// Reads a log.
pub(super) fn read(bytes: &[u8], wanted: &str) -> TestLog {
    let signs = [NOX, RULE, STARTING].map(|sign| Finder::new(sign.as_bytes()));
    let mut state = State { log: TestLog::of("session"), wanted, runs: BTreeMap::new(), summaries: 0 };
    for (line, number) in bytes.split(|&byte| byte == b'\n').zip(1..) {
        // What a progress bar overwrites is a text of its own.
        for part in line.split(|&byte| byte == b'\r') {
            if signs.iter().any(|sign| sign.find(part).is_some()) {
                state.take(&plain(&String::from_utf8_lossy(part)), number);
            }
        }
    }
    let State { mut log, runs, .. } = state;
    log.sessions = runs
        .into_iter()
        .map(|(name, run)| {
            let outcome = run.outcome.unwrap_or(Outcome::CutOff);
            Session { name, outcome, place: format!("line {}", run.line), shown: run.shown }
        })
        .collect();
    log
}

/// The log as far as it is read.
struct State<'a> {
    log: TestLog,
    wanted: &'a str,
    /// The last run of each session that is asked for.
    runs: BTreeMap<String, Run>,
    /// The number of summaries so far.
    summaries: u64,
}

/// A run of a session.
struct Run {
    /// How it ended; `None` until it does.
    outcome: Option<Outcome>,
    /// The line that says so, or the first line of the run.
    line: u64,
    /// The text of that line.
    shown: String,
    /// What begins the next run of the session.
    awaits: Awaits,
    /// The last summary that lists it.
    summary: u64,
}

/// The lines of a run that are still to come.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Awaits {
    /// The line that begins it: a block's header has said how it ended.
    Beginning,
    /// Its end at most.
    End,
}

impl State<'_> {
    fn take(&mut self, text: &str, number: u64) {
        if let Some((before, said)) = text.split_once(NOX) {
            let said = after_time(said).trim_end();
            if let Some(name) = said.strip_prefix("Running session ") {
                self.begin(name, text, number, Awaits::End);
            } else if let Some((name, outcome)) = said.strip_prefix("Session ").and_then(ended) {
                self.end(name, outcome, is_foreign(before), text, number);
            } else if said.starts_with("Ran ") && said.ends_with(':') && said.contains(" sessions") {
                self.summaries += 1;
                self.runs.values_mut().for_each(|run| run.awaits = Awaits::End);
            } else if let Some((name, outcome)) = said.strip_prefix("* ").and_then(result) {
                self.list(name, outcome, text, number);
            }
        } else if let Some((name, outcome)) = header(text) {
            self.begin(name, text, number, Awaits::Beginning);
            self.end(name, outcome, false, text, number);
        } else if let Some((_, name)) = text.split_once(STARTING)
            && let Some(name) = name.trim_end().strip_suffix("...")
        {
            self.begin(name, text, number, Awaits::End);
        }
    }

    /// A run begins, unless the line is the first in the block of one that has ended.
    fn begin(&mut self, name: &str, text: &str, number: u64, awaits: Awaits) {
        if !is_called(name, self.wanted) {
            self.log.pass_over(name);
            return;
        }
        if let Some(run) = self.runs.get_mut(name)
            && run.awaits == Awaits::Beginning
            && awaits == Awaits::End
        {
            run.awaits = Awaits::End;
            return;
        }
        let run = Run { outcome: None, line: number, shown: shown(text), awaits, summary: self.summaries };
        self.runs.insert(name.to_owned(), run);
    }

    /// A run ends. A foreign text before the line, such as output without a line end, is nothing to doubt if a run is to end.
    fn end(&mut self, name: &str, outcome: Outcome, is_after_foreign: bool, text: &str, number: u64) {
        if !is_called(name, self.wanted) {
            self.log.pass_over(name);
            return;
        }
        match self.runs.get(name) {
            None if is_after_foreign => {}
            Some(run) if is_after_foreign && run.outcome.is_some() => {}
            _ => self.conclude(name, outcome, text, number),
        }
    }

    /// An entry of a summary.
    fn list(&mut self, name: &str, outcome: Outcome, text: &str, number: u64) {
        if self.summaries == 0 || !is_called(name, self.wanted) {
            return;
        }
        self.conclude(name, outcome, text, number);
        if let Some(run) = self.runs.get_mut(name) {
            run.summary = self.summaries;
        }
    }

    /// Notes how the run ended. Several lines say so; if one says that it did not succeed, that counts.
    fn conclude(&mut self, name: &str, outcome: Outcome, text: &str, number: u64) {
        let run = self.runs.entry(name.to_owned()).or_insert_with(|| Run {
            outcome: None,
            line: number,
            shown: String::new(),
            awaits: Awaits::End,
            summary: self.summaries,
        });
        if matches!(run.outcome, None | Some(Outcome::Succeeded)) {
            (run.outcome, run.line, run.shown) = (Some(outcome), number, shown(text));
        }
    }
}

/// The line as it is shown, from nox's own words on.
fn shown(text: &str) -> String {
    let start = [NOX, RULE, STARTING].iter().filter_map(|sign| text.find(sign)).min().unwrap_or_default();
    beginning(text.get(start..).unwrap_or_default().trim_end())
}

/// The text after `[2026-11-30 03:09:26,774] `, which `--add-timestamp` puts before it.
fn after_time(text: &str) -> &str {
    let is_time = |time: &str| time.starts_with(|first: char| first.is_ascii_digit());
    match text.strip_prefix('[').and_then(|rest| rest.split_once("] ")) {
        Some((time, rest)) if is_time(time) => rest,
        _ => text,
    }
}

/// Whether a text before nox's message is more than the marks of a CI service: `2024-05-01T12:00:00.1234567Z `, `2024-05-01T12:00:00.123456Z 00O `,
/// `[12:00:00] `, or `job⇥step⇥2024-05-01T12:00:00.1234567Z `.
fn is_foreign(before: &str) -> bool {
    let before = before.trim_start_matches('\u{feff}');
    let mut marks = before.rsplit('\t').next().unwrap_or_default().split_whitespace().peekable();
    let is_time = |mark: &str| {
        mark.contains(':')
            && mark.chars().all(|c| c.is_ascii_digit() || matches!(c, '-' | ':' | '.' | '+' | 'T' | 'Z' | '[' | ']'))
    };
    // The number of a stream, and whether the line goes on.
    let is_stream = |mark: &str| {
        let number = mark.trim_end_matches('+').strip_suffix(['O', 'E']);
        number.is_some_and(|number| number.len() == 2 && number.bytes().all(|byte| byte.is_ascii_digit()))
    };
    let is_bare = !before.is_empty() && marks.peek().is_none();
    is_bare || !marks.all(|mark| is_time(mark) || is_stream(mark))
}

/// The name and the outcome in `NAME was successful.`.
fn ended(text: &str) -> Option<(&str, Outcome)> {
    split(text, ENDS, |outcome, rest| match outcome {
        Outcome::Succeeded => rest == "." || (rest.starts_with(" in ") && rest.ends_with('.')),
        _ => rest.is_empty() || rest.starts_with(['.', ':', ' ']),
    })
}

/// The name and the outcome in `NAME: success, took 3 minutes`.
fn result(text: &str) -> Option<(&str, Outcome)> {
    split(text, RESULTS, |_, rest| rest.is_empty() || rest.starts_with(", ") || rest.starts_with(" ("))
}

/// The name and the outcome in a block's header.
fn header(text: &str) -> Option<(&str, Outcome)> {
    let (_, inner) = text.split_once(RULE)?;
    let inner = inner.trim_end().strip_suffix(RULE)?.trim_end().strip_prefix(' ')?;
    let (symbol, said) = inner.split_once(' ')?;
    if symbol.chars().count() == 1 { result(said) } else { None }
}

/// The name before the first of the phrases that is outside of parentheses and whose rest is as it must be. Parameters in a name may hold anything.
fn split<'a>(
    text: &'a str,
    phrases: &[(&str, Outcome)],
    is_end: impl Fn(Outcome, &str) -> bool,
) -> Option<(&'a str, Outcome)> {
    let mut depth = 0_u32;
    for (at, character) in text.char_indices() {
        match character {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            ' ' | ':' if depth == 0 => {
                let rest = text.get(at..)?;
                for &(phrase, outcome) in phrases {
                    if rest.strip_prefix(phrase).is_some_and(|rest| is_end(outcome, rest)) {
                        return Some((text.get(..at)?, outcome));
                    }
                }
            }
            _ => {}
        }
    }
    None
}
