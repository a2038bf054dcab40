//! JUnit XML, as written by pytest, unittest-xml-reporting and others.
//!
//! ```text
//! <testsuites>
//!   <testsuite name="pytest" tests="2" failures="1" errors="0">
//!     <testcase classname="test_a" name="test_one"/>                          it passed
//!     <testcase classname="test_a" name="test_two"><failure message="…"/>     it failed; likewise <error>
//! ```
//!
//! A failure fails its suite, and so does a number in `failures` or `errors`. A suite in which each test was skipped ran none. A test without a name
//! is pytest's sign that it was interrupted in that test. A suite with fewer tests than its number `tests` was cut or put together by hand; but pytest
//! counts subtests there, and lists none, and some tools count skipped tests that they do not list. More tests than the number are no sign: reruns are
//! listed, too. There is no standard; the elements are those on which the tools agree. A document type is
//! refused: a test report needs none, and its entities could expand without end.

use quick_xml::errors::SyntaxError;
use quick_xml::escape::unescape;
use quick_xml::events::{BytesStart, Event};
use quick_xml::{Error, Reader};

use super::text::beginning;
use super::{Outcome, Session, TestLog};

/// Reads a report. Without a `wanted` suite, all count.
///
/// # Errors
/// It is cut off, it has a document type, or it is another document.
pub(super) fn read(bytes: &[u8], wanted: Option<&str>) -> Result<TestLog, String> {
    let mut log = TestLog::of("suite");
    let mut chosen = Chosen::default();
    // The document may end within suites that are asked for: their faults are inside of the document order.
    let mut end = 0;
    let suites = suites(bytes)?;
    for (index, suite) in suites.iter().enumerate() {
        let is_wanted = index < end || wanted.is_none_or(|wanted| is_suite(&suite.name, wanted));
        if !is_wanted {
            log.pass_over(&suite.name);
            continue;
        }
        end = end.max(index + 1 + suite.inner);
        chosen.take(suite, &mut log.sessions);
    }
    if let Some(session) = chosen.summary(&log.sessions) {
        log.sessions.push(session);
    }
    Ok(log)
}

/// Whether a suite has that name, apart from the time that unittest-xml-reporting adds: `test_a.Case-20261130031100`.
fn is_suite(name: &str, wanted: &str) -> bool {
    let is_time = |rest: &str| {
        rest.len() == 15 && rest.starts_with('-') && rest.bytes().skip(1).all(|byte| byte.is_ascii_digit())
    };
    name.strip_prefix(wanted).is_some_and(|rest| rest.is_empty() || is_time(rest))
}

/// The suites that are asked for, together.
#[derive(Default)]
struct Chosen {
    first: Option<(String, u64)>,
    ran: u64,
    skipped: u64,
}

impl Chosen {
    fn take(&mut self, suite: &Suite, sessions: &mut Vec<Session>) {
        self.first.get_or_insert_with(|| (suite.name.clone(), suite.line));
        self.ran += suite.ran;
        self.skipped += suite.skipped;
        if let Some(Fault { outcome, line, shown }) = &suite.fault {
            let (name, shown) = (suite.name.clone(), shown.clone());
            sessions.push(Session { name, outcome: *outcome, place: format!("line {line}"), shown });
        }
    }

    /// One session for all of them if none has a fault: it succeeded if some test ran.
    fn summary(self, faults: &[Session]) -> Option<Session> {
        let (name, line) = self.first.filter(|_| faults.is_empty())?;
        let outcome = match (self.ran, self.skipped) {
            (0, 0) => Outcome::Empty,
            (0, _) => Outcome::Skipped,
            _ => Outcome::Succeeded,
        };
        let shown = format!("tests: {}, skipped: {}", self.ran + self.skipped, self.skipped);
        Some(Session { name, outcome, place: format!("line {line}"), shown })
    }
}

/// A suite, without the suites in it.
#[derive(Default)]
struct Suite {
    name: String,
    line: u64,
    /// The number of tests that were not skipped.
    ran: u64,
    skipped: u64,
    /// The first sign that it did not succeed.
    fault: Option<Fault>,
    /// The number of suites in it, which follow it.
    inner: usize,
}

/// A sign that a suite did not succeed.
struct Fault {
    outcome: Outcome,
    line: u64,
    shown: String,
}

/// An element that is open.
enum Open {
    /// A suite.
    Suite(OpenSuite),
    /// A test: its name, and whether it was skipped.
    Test(String, bool),
    /// Any other.
    Other,
}

/// A suite that is open, and what its own numbers claim.
struct OpenSuite {
    /// Its place among all.
    index: usize,
    /// The counts before it.
    before: Counts,
    /// The fault that its numbers of failures claim.
    fault: Option<Fault>,
    /// The number of tests in it, and of those that were skipped and may be missing; `None` if it is not given.
    tests: Option<(u64, u64)>,
}

/// How many have been read.
#[derive(Clone, Copy, Default)]
struct Counts {
    /// Suites with a fault.
    faults: u64,
    /// Suites of pytest, which count subtests that they do not list.
    counting_subtests: u64,
    tests: u64,
    skipped: u64,
}

/// All suites, in the order in which they begin.
fn suites(bytes: &[u8]) -> Result<Vec<Suite>, String> {
    let mut reader = Reader::from_reader(bytes);
    // The text between the tags does not matter.
    reader.config_mut().allow_dangling_amp = true;
    let mut reading =
        Reading { bytes, at: 0, line: 1, suites: Vec::new(), open: Vec::new(), counts: Counts::default() };
    let mut is_over = false;
    loop {
        let start = reader.buffer_position();
        let event = match reader.read_event() {
            Ok(event) => event,
            // Something is not closed.
            Err(Error::Syntax(error)) if error != SyntaxError::InvalidBangMarkup => return Err("it is cut off".into()),
            Err(error) => {
                reading.advance(reader.error_position());
                return Err(format!("line {}: {}", reading.line, beginning(&error.to_string())));
            }
        };
        reading.advance(start);
        match event {
            Event::DocType(_) => return Err("it has a document type, which a test report does not need".into()),
            Event::Start(element) => reading.begin(&element)?,
            Event::Empty(element) => {
                reading.begin(&element)?;
                reading.end();
            }
            Event::End(_) => reading.end(),
            Event::Eof if is_over => return Ok(reading.suites),
            Event::Eof => return Err("it is cut off".into()),
            _ => continue,
        }
        is_over = reading.open.is_empty();
    }
}

/// A document as far as it is read.
struct Reading<'a> {
    bytes: &'a [u8],
    /// The offset of the current element, and its line.
    at: usize,
    line: u64,
    suites: Vec<Suite>,
    open: Vec<Open>,
    counts: Counts,
}

impl Reading<'_> {
    fn advance(&mut self, to: u64) {
        let to = usize::try_from(to).unwrap_or(usize::MAX).min(self.bytes.len());
        if let Some(passed) = self.bytes.get(self.at..to) {
            self.line += memchr::memchr_iter(b'\n', passed).count() as u64;
            self.at = to;
        }
    }

    fn begin(&mut self, element: &BytesStart<'_>) -> Result<(), String> {
        let name = element.local_name();
        let opened = match (name.as_ref(), self.open.last_mut()) {
            ("testsuites" | "testsuite", None | Some(Open::Suite(_))) => {
                let line = self.line;
                let claimed = ["failures", "errors"].into_iter().find_map(|count| {
                    let number = attribute(element, count).filter(|number| number.parse() != Ok(0_u64))?;
                    let shown = format!("{count}=\"{}\"", beginning(&number));
                    Some(Fault { outcome: Outcome::Failed, line, shown })
                });
                let name = attribute(element, "name").unwrap_or_else(|| name.as_ref().to_owned());
                self.suites.push(Suite { name, line, ..Suite::default() });
                let before = self.counts;
                self.counts.counting_subtests += u64::from(counts_subtests(element));
                let number = |name| attribute(element, name).and_then(|number| number.parse::<u64>().ok());
                let left_out =
                    [number("skipped"), number("disabled")].into_iter().flatten().fold(0, u64::saturating_add);
                let tests = number("tests").map(|tests| (tests, left_out));
                Open::Suite(OpenSuite { index: self.suites.len() - 1, before, fault: claimed, tests })
            }
            ("testcase", Some(Open::Suite(_))) => {
                if let Some(name) = test_name(element) {
                    Open::Test(name, false)
                } else {
                    self.fault(Outcome::Interrupted, "a test without a name".into());
                    Open::Other
                }
            }
            ("failure" | "error", Some(Open::Suite(_) | Open::Test(..))) => {
                let message = attribute(element, "message").unwrap_or_default();
                let message = message.lines().next().unwrap_or_default();
                let shown = match self.open.last() {
                    Some(Open::Test(test, _)) if message.is_empty() => test.clone(),
                    Some(Open::Test(test, _)) => format!("{test}: {message}"),
                    _ => format!("{}: {message}", name.as_ref()),
                };
                self.fault(Outcome::Failed, beginning(&shown));
                Open::Other
            }
            ("skipped", Some(Open::Test(_, is_skipped))) => {
                *is_skipped = true;
                Open::Other
            }
            (root, None) => return Err(format!("it is not JUnit XML: its root is `{}`", beginning(root))),
            _ => Open::Other,
        };
        self.open.push(opened);
        Ok(())
    }

    fn end(&mut self) {
        match self.open.pop() {
            Some(Open::Suite(open)) => {
                let inner = self.suites.len() - open.index - 1;
                let lacks = self.lacks(&open);
                if let Some(suite) = self.suites.get_mut(open.index) {
                    suite.inner = inner;
                    // The elements say more, if there are any.
                    if self.counts.faults == open.before.faults {
                        let shown = |shown| Fault { outcome: Outcome::Lacking, line: suite.line, shown };
                        suite.fault = open.fault.or(lacks.map(shown));
                        self.counts.faults += u64::from(suite.fault.is_some());
                    }
                }
            }
            Some(Open::Test(_, is_skipped)) => {
                self.counts.tests += 1;
                self.counts.skipped += u64::from(is_skipped);
                if let Some(suite) = self.suite() {
                    if is_skipped {
                        suite.skipped += 1;
                    } else {
                        suite.ran += 1;
                    }
                }
            }
            Some(Open::Other) | None => {}
        }
    }

    /// What shows that tests of a suite are missing, where it ends.
    fn lacks(&self, suite: &OpenSuite) -> Option<String> {
        let Counts { counting_subtests, tests, skipped, .. } = self.counts;
        let (claimed, left_out) = suite.tests.filter(|_| counting_subtests == suite.before.counting_subtests)?;
        let (listed, skipped) = (tests - suite.before.tests, skipped - suite.before.skipped);
        let known = listed.saturating_add(left_out.saturating_sub(skipped));
        (claimed > known).then(|| format!("tests=\"{claimed}\", but it lists {listed}"))
    }

    /// Notes a fault of the innermost open suite.
    fn fault(&mut self, outcome: Outcome, shown: String) {
        let line = self.line;
        if let Some(suite) = self.suite().filter(|suite| suite.fault.is_none()) {
            suite.fault = Some(Fault { outcome, line, shown });
            self.counts.faults += 1;
        }
    }

    /// The innermost open suite: at most a test is open in it.
    fn suite(&mut self) -> Option<&mut Suite> {
        let index = self.open.iter().rev().take(2).find_map(|open| match open {
            Open::Suite(suite) => Some(suite.index),
            _ => None,
        });
        self.suites.get_mut(index?)
    }
}

/// Whether a suite is one of pytest's, by its attributes and their order; tools that merge reports keep both.
fn counts_subtests(element: &BytesStart<'_>) -> bool {
    let mut attributes = element.attributes();
    let names: Vec<_> = attributes.with_checks(false).filter_map(Result::ok).map(|one| one.key).collect();
    let at = |name: &str| names.iter().position(|known| known.as_ref() == name);
    at("hostname").is_some() && at("errors").is_some_and(|errors| at("tests").is_some_and(|tests| errors < tests))
}

/// The full name of a test; `None` if it has none.
fn test_name(element: &BytesStart<'_>) -> Option<String> {
    let name = attribute(element, "name")?;
    let class = attribute(element, "classname").filter(|class| !class.is_empty());
    Some(class.map_or_else(|| name.clone(), |class| format!("{class}.{name}")))
}

/// The value of an attribute; `None` if it is missing or empty.
fn attribute(element: &BytesStart<'_>, name: &str) -> Option<String> {
    let mut attributes = element.attributes();
    // The check that no name is given twice compares each with all.
    let found = attributes.with_checks(false).filter_map(Result::ok).find(|one| one.key.as_ref() == name)?;
    let value = unescape(&found.value).map_or_else(|_| found.value.to_string(), std::borrow::Cow::into_owned);
    Some(value).filter(|value| !value.is_empty())
}
