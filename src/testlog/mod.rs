//! The logs and reports of test sessions, which must say that a session succeeded: a worker that was killed before it saved anything leaves no other
//! trace.
//!
//! ```text
//! build/nox.log                  session `unit_tests`, with any Python and any parameters
//! build/nox.log:tests-3.12       that session
//! build/junit.xml                every suite
//! ```
//!
//! The content decides the format. Each format is a file here: bytes in, `TestLog` out.

mod junit;
mod nox;
mod nox_report;
mod text;

use std::path::{Path, PathBuf};

use crate::model::words::{counted, plural};
use crate::regular;

/// The session that a nox log must name if no other is asked for.
const UNIT_TESTS: &str = "unit_tests";
/// How many other sessions a message names.
const MOST_OTHERS: usize = 5;
/// How many sessions that did not succeed are told.
const MOST_BAD: usize = 10;

/// The sessions in a test log.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct TestLog {
    /// What the log calls a session: `session`, `suite`.
    noun: &'static str,
    /// The sessions asked for, each as its last run ended.
    sessions: Vec<Session>,
    /// The first names of other sessions, in order.
    others: Vec<String>,
}

impl TestLog {
    /// An empty log that has this word for a session.
    fn of(noun: &'static str) -> Self {
        Self { noun, ..Self::default() }
    }

    /// Notes a session that is not asked for.
    fn pass_over(&mut self, name: &str) {
        let name = text::beginning(name);
        if self.others.len() < MOST_OTHERS && !self.others.contains(&name) {
            self.others.push(name);
        }
    }

    /// That it does not have the session that is asked for.
    fn without(&self, wanted: &str) -> String {
        let others: Vec<String> = self.others.iter().map(|name| format!("`{name}`")).collect();
        let noun = self.noun;
        match others.len() {
            0 => format!("{noun} `{wanted}` is not in it, nor is any other"),
            number => {
                format!("{noun} `{wanted}` is not in it, but {} {}", plural(number as u64, noun), others.join(", "))
            }
        }
    }

    /// The sessions that did not succeed: the first ones, and the number of the others.
    fn bad(&self) -> Vec<String> {
        let bad = || self.sessions.iter().filter(|session| session.outcome != Outcome::Succeeded);
        let told = bad().take(MOST_BAD).map(|Session { name, outcome, place, shown }| {
            format!("{} `{}` {} ({place}: `{shown}`)", self.noun, text::beginning(name), outcome.words())
        });
        let more = bad().count().saturating_sub(MOST_BAD) as u64;
        let more = (more > 0).then(|| format!("{} did not succeed", counted(more, &format!("more {}", self.noun))));
        told.chain(more).collect()
    }
}

/// A session and how it ended.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Session {
    /// Its name.
    name: String,
    /// How it ended.
    outcome: Outcome,
    /// The place that says so: `line 18`, `sessions[3].result`.
    place: String,
    /// The text there, or its beginning.
    shown: String,
}

/// How a session ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    Succeeded,
    Failed,
    Aborted,
    Skipped,
    Interrupted,
    /// The log ends before the session does.
    CutOff,
    /// Its name is there, but it ran no test.
    Empty,
    /// Tests that it counts are not there.
    Lacking,
}

impl Outcome {
    /// The end of a sentence about a session; empty if it succeeded.
    const fn words(self) -> &'static str {
        match self {
            Self::Succeeded => "",
            Self::Failed => "failed",
            Self::Aborted => "was aborted",
            Self::Skipped => "was skipped",
            Self::Interrupted => "was interrupted",
            Self::CutOff => "did not end: the log is cut off",
            Self::Empty => "ran no test",
            Self::Lacking => "lacks some of its tests",
        }
    }
}

/// Why the tests cannot be taken to have succeeded, by these logs of the form `FILE[:SESSION]`; relative files start at `cwd`.
#[must_use]
pub fn lacking(logs: &[String], cwd: &Path) -> Vec<String> {
    logs.iter().flat_map(|log| of_one(log, cwd)).collect()
}

/// The files of these logs.
pub fn files<'l>(logs: &'l [String], cwd: &'l Path) -> impl Iterator<Item = PathBuf> + 'l {
    logs.iter().map(|log| cwd.join(parts(log, |file| cwd.join(file).exists()).0))
}

fn of_one(log: &str, cwd: &Path) -> Vec<String> {
    let (file, session) = parts(log, |file| cwd.join(file).exists());
    match regular::read(&cwd.join(file)) {
        Ok(bytes) => judge(&bytes, session).into_iter().map(|why| format!("test log `{file}`: {why}")).collect(),
        Err(error) => vec![format!("test log `{file}` cannot be read: {error}")],
    }
}

/// The file and the session. A session follows the last colon, unless a file has the whole as its name.
fn parts(log: &str, exists: impl Fn(&str) -> bool) -> (&str, Option<&str>) {
    match log.rsplit_once(':') {
        Some((file, session)) if !file.is_empty() && !session.is_empty() && !exists(log) => (file, Some(session)),
        _ => (log, None),
    }
}

/// Why the session cannot be taken to have succeeded, by a log of this content.
#[must_use]
pub fn judge(bytes: &[u8], session: Option<&str>) -> Vec<String> {
    let bytes = &*text::utf8(bytes);
    let head = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes).trim_ascii_start();
    let read = if head.starts_with(b"<") {
        junit::read(bytes, session)
    } else if head.starts_with(b"{") {
        nox_report::read(head, session.unwrap_or(UNIT_TESTS))
    } else {
        Ok(nox::read(bytes, session.unwrap_or(UNIT_TESTS)))
    };
    match read {
        Err(why) => vec![why],
        Ok(log) if log.sessions.is_empty() => vec![log.without(session.unwrap_or(UNIT_TESTS))],
        Ok(log) => log.bad(),
    }
}

/// Whether a session has the name that is asked for, apart from its Python and its parameters: `unit_tests` is the name of `unit_tests-3.12(db='x')`,
/// but not of `unit_tests-slow`.
fn is_called(name: &str, wanted: &str) -> bool {
    let Some(rest) = name.strip_prefix(wanted) else { return false };
    let python = rest.split('(').next().unwrap_or_default();
    python.is_empty() || python.strip_prefix('-').is_some_and(is_python)
}

/// Whether it is the name of an interpreter as a session's name has it: `3.12`, `3.13t`, `pypy3.10`, `/usr/bin/python3`.
fn is_python(text: &str) -> bool {
    const KINDS: [&str; 6] = ["python", "cpython", "pypy", "jython", "graalpy", "ironpython"];
    let text = text.rsplit('/').next().unwrap_or_default();
    let version =
        KINDS.iter().find_map(|kind| text.strip_prefix(kind)).map_or(text, |rest| rest.trim_start_matches('-'));
    version.starts_with(|character: char| character.is_ascii_digit()) || (version.is_empty() && !text.is_empty())
}

#[cfg(test)]
mod tests;
