//! The outline of a Python source: the statements and arcs that can run.

use std::collections::BTreeMap;

use super::arcs::{Arc, ArcSet};
use super::lines::{Line, LineSet};

/// The statements, arcs and regions of one Python source, by coverage.py's rules for one Python version.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outline {
    /// First lines of statements; exclusions and docstrings removed.
    pub statements: LineSet,
    /// Excluded lines: statements, and also the blank and comment lines within an exclusion; may reach one line past the end.
    pub excluded: LineSet,
    /// Maps any line of a multi-line statement to its first line.
    pub first: FirstLines,
    /// Possible arcs: first lines at both ends, `with` exits rewired, no arc from a line to itself.
    pub arcs: ArcSet,
    /// How recorded arcs that leave a `with` block map to the possible ones; applied before and after `first`.
    pub rewire: WithExits,
    /// Lines whose every exit counts as taken (`pragma: no branch`, `while True:`): the first lines of the statements that match.
    pub no_branch: LineSet,
    /// The explanations of arcs that leave a line with two exits or more: why one may not have been taken, and its effect.
    pub explanations: Explanations,
    /// Statements with a constant test (`while True:`, `if 0:`), in order of their lines. Those on one line are left out.
    pub decided: Vec<Decided>,
    /// Jumps on whose way a `finally` clause runs, in order of their lines.
    pub through_finally: Vec<ThroughFinally>,
    /// Functions and classes, in order of start line, then as found.
    pub regions: Vec<Region>,
    /// Every `match`, in order of its line.
    pub matches: Vec<Match>,
    /// The branch lines on which their suite stands, in order.
    pub own_lines: Vec<OwnLine>,
    /// Lines that control may come to in another way than by `arcs`: the first of modules, classes and functions, of handlers and of `finally`
    /// clauses, those that follow a `with`, which may swallow an exception, and up to 3.11 those through which control leaves an `async with`.
    pub landings: LineSet,
    /// Those of `arcs` that lead on from the end of a `finally` clause, where an exception or a jump may take control elsewhere; those from the end of
    /// an `except*` that is not the last, where control goes to the next one; those out of a class whose last code is on its first line: a decorated
    /// one without code in its body, and since 3.14 one with annotations; and up to 3.11 those out of an `async with` from another line than its last.
    pub doubtful: ArcSet,
    /// The number of lines that Python's `str.splitlines()` makes of the text.
    pub lines: u32,
}

/// A statement with a constant test, which had no bytecode before Python 3.10.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Decided {
    /// Its line.
    pub line: Line,
    /// The line of the statement before it in the same function: without it, that function may have begun before the measurement.
    pub before: Option<Line>,
    /// The line of the statement that always follows.
    pub after: Line,
}

/// A `return`, `break` or `continue` that leaves a `try` with a `finally` clause. Python 3.8 and 3.9 go back to it after the clause; since 3.10 only
/// the line of the `try` leads into its body.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ThroughFinally {
    /// The first line of the jump.
    pub jump: u32,
    /// The first and last line of the clause's body.
    pub clause: (u32, u32),
}

/// A `match` and the places of its cases: coverage.py takes each case for a branch line, other tools the `match` for one with that many exits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Match {
    /// Its first line.
    pub line: u32,
    /// The first line of each case, which is the branch line, and the last line of its body.
    pub cases: Vec<(u32, u32)>,
}

/// A branch line on which its suite stands (`if a: return 1`), or whose suite has no code: the two of its exits that coverage.py counts if other tools
/// say that control entered the suite or passed it, each as the end of an arc. `None` where it counts no exit, or may or may not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OwnLine {
    /// Its line, and the last line of the suite.
    pub lines: (u32, u32),
    /// The exit of the suite.
    pub into: Option<i32>,
    /// The exit past it.
    pub past: Option<i32>,
}

impl Outline {
    /// The suite on `line`, if its branch stands there too.
    #[must_use]
    pub fn own_line(&self, line: u32) -> Option<&OwnLine> {
        let at = self.own_lines.binary_search_by_key(&line, |own| own.lines.0).ok()?;
        self.own_lines.get(at)
    }

    /// coverage.py's description of `arc`: `jump to line 7`, `return from function 'f'`.
    #[must_use]
    pub fn description(&self, arc: Arc) -> String {
        self.explanations.of(arc).next().map_or(&Action::Jump, |explanation| &explanation.action).text(arc.to)
    }

    /// coverage.py's sentence about an `arc` that was not taken: `line 3 didn't jump to line 7 because the condition on line 3 was always true`.
    ///
    /// Several reasons are joined by ` or `. Plain flow that was never reached has no reason, but its sentence ends with `because` all the same.
    #[must_use]
    pub fn missing_description(&self, arc: Arc) -> String {
        why_not_taken(arc, self.explanations.of(arc))
    }
}

/// coverage.py's sentence about an `arc` that was not taken, made from its explanations.
pub fn why_not_taken<'a>(arc: Arc, explanations: impl Iterator<Item = &'a Explanation>) -> String {
    let start = arc.from;
    let reasons: Vec<String> = explanations
        .map(|Explanation { cause, action }| {
            let cause = cause.map(|cause| cause.text(start)).unwrap_or_default();
            format!("line {start} didn't {} because {cause}", action.text(arc.to))
        })
        .collect();
    if reasons.is_empty() { format!("line {start} didn't {}", Action::Jump.text(arc.to)) } else { reasons.join(" or ") }
}

/// Maps the lines of multi-line statements to their first line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FirstLines {
    /// The first and last line of each, ascending.
    ranges: Vec<(u32, u32)>,
    /// All of their lines but the first.
    further: LineSet,
}

impl FirstLines {
    /// From the ranges of logical lines, first and last line of each, ascending and disjoint. One-line ranges may be left out.
    #[must_use]
    pub fn new(ranges: Vec<(u32, u32)>) -> Self {
        debug_assert!(ranges.is_sorted_by(|a, b| a.1 < b.0), "logical lines overlap");
        let mut further = LineSet::new();
        for &(first, last) in &ranges {
            if let (Some(second), Some(last)) = (first.checked_add(1).and_then(Line::new), Line::new(last)) {
                further.insert_range(second, last);
            }
        }
        Self { ranges, further }
    }

    /// The first line of the statement that contains line `number`; `number` itself outside multi-line statements.
    #[must_use]
    pub fn of(&self, number: u32) -> u32 {
        let after = self.ranges.partition_point(|range| range.0 <= number);
        match after.checked_sub(1).map(|at| self.ranges[at]) {
            Some((first, last)) if number <= last => first,
            _ => number,
        }
    }

    /// The same for every line of a set.
    #[must_use]
    pub fn of_lines(&self, lines: &LineSet) -> LineSet {
        let moved = lines.intersection(&self.further);
        if moved.is_empty() {
            return lines.clone();
        }
        let mut ranges = self.ranges.iter().peekable();
        let first = |line: Line| {
            // Both ascend.
            while ranges.next_if(|range| range.1 < line.get()).is_some() {}
            ranges.peek().filter(|range| range.0 <= line.get()).map_or(line.get(), |range| range.0)
        };
        lines.difference(&self.further).union(&moved.iter().map(first).filter_map(Line::new).collect())
    }

    /// A table of first lines, by line number from 0 to `last`: for a caller that looks up most of them, in any order.
    #[must_use]
    pub fn table(&self, last: u32) -> Vec<i32> {
        let mut table: Vec<i32> = (0..=i32::try_from(last).unwrap_or(i32::MAX)).collect();
        for &(first, last) in &self.ranges {
            let (from, to) = (first as usize, table.len().min(last as usize + 1));
            if let Some(lines) = table.get_mut(from..to) {
                lines.fill(i32::try_from(first).unwrap_or(i32::MAX));
            }
        }
        table
    }

    /// The ranges of multi-line statements, first and last line of each, ascending.
    #[must_use]
    pub fn ranges(&self) -> &[(u32, u32)] {
        &self.ranges
    }
}

/// Rewires the arcs that leave a `with` block: to another arc, or to none.
///
/// CPython returns to the `with` line to call `__exit__` before it goes on; coverage.py reports that the body's last line goes on directly.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WithExits(pub BTreeMap<Arc, Option<Arc>>);

impl WithExits {
    /// The arc to count for `arc`; `None` if it is dropped.
    #[must_use]
    pub fn apply(&self, arc: Arc) -> Option<Arc> {
        if self.0.is_empty() { Some(arc) } else { self.0.get(&arc).copied().unwrap_or(Some(arc)) }
    }
}

/// Explanations by arc. An arc may have several, in the order found; one without any just jumps.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Explanations(Vec<(Arc, Explanation)>);

impl Explanations {
    /// Those of `arc`.
    pub fn of(&self, arc: Arc) -> impl Iterator<Item = &Explanation> {
        let from = self.0.partition_point(|entry| entry.0 < arc);
        self.0.iter().skip(from).take_while(move |entry| entry.0 == arc).map(|entry| &entry.1)
    }

    /// All, ascending by arc.
    pub fn iter(&self) -> std::slice::Iter<'_, (Arc, Explanation)> {
        self.0.iter()
    }
}

impl<'a> IntoIterator for &'a Explanations {
    type Item = &'a (Arc, Explanation);
    type IntoIter = std::slice::Iter<'a, (Arc, Explanation)>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl FromIterator<(Arc, Explanation)> for Explanations {
    fn from_iter<I: IntoIterator<Item = (Arc, Explanation)>>(explanations: I) -> Self {
        let mut explanations: Vec<_> = explanations.into_iter().collect();
        explanations.sort_by_key(|entry| entry.0);
        // Collecting what a filter left reuses the room of all there was.
        explanations.shrink_to_fit();
        Self(explanations)
    }
}

/// Why an arc was not taken, and its effect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// The reason, unless control simply never came there.
    pub cause: Option<Cause>,
    /// The effect of taking it.
    pub action: Action,
}

/// Why an arc was not taken. The line is the one that the arc leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cause {
    /// "the condition on line N was never true"
    ConditionNeverTrue,
    /// "the condition on line N was always true"
    ConditionAlwaysTrue,
    /// "the loop on line N never started"
    LoopNeverStarted,
    /// "the loop on line N didn't complete"
    LoopDidNotComplete,
    /// "the pattern on line N never matched"
    PatternNeverMatched,
    /// "the pattern on line N always matched"
    PatternAlwaysMatched,
    /// "the exception caught by line N didn't happen"
    ExceptionDidNotHappen,
    /// "the break on line N wasn't executed"
    BreakNotExecuted,
    /// "the continue on line N wasn't executed"
    ContinueNotExecuted,
    /// "the return on line N wasn't executed"
    ReturnNotExecuted,
    /// "the raise on line N wasn't executed"
    RaiseNotExecuted,
}

impl Cause {
    /// All, in order.
    pub const ALL: [Self; 11] = [
        Self::ConditionNeverTrue,
        Self::ConditionAlwaysTrue,
        Self::LoopNeverStarted,
        Self::LoopDidNotComplete,
        Self::PatternNeverMatched,
        Self::PatternAlwaysMatched,
        Self::ExceptionDidNotHappen,
        Self::BreakNotExecuted,
        Self::ContinueNotExecuted,
        Self::ReturnNotExecuted,
        Self::RaiseNotExecuted,
    ];

    /// coverage.py's words for it, with the line filled in.
    #[must_use]
    pub fn text(self, line: i32) -> String {
        match self {
            Self::ConditionNeverTrue => format!("the condition on line {line} was never true"),
            Self::ConditionAlwaysTrue => format!("the condition on line {line} was always true"),
            Self::LoopNeverStarted => format!("the loop on line {line} never started"),
            Self::LoopDidNotComplete => format!("the loop on line {line} didn't complete"),
            Self::PatternNeverMatched => format!("the pattern on line {line} never matched"),
            Self::PatternAlwaysMatched => format!("the pattern on line {line} always matched"),
            Self::ExceptionDidNotHappen => format!("the exception caught by line {line} didn't happen"),
            Self::BreakNotExecuted => format!("the break on line {line} wasn't executed"),
            Self::ContinueNotExecuted => format!("the continue on line {line} wasn't executed"),
            Self::ReturnNotExecuted => format!("the return on line {line} wasn't executed"),
            Self::RaiseNotExecuted => format!("the raise on line {line} wasn't executed"),
        }
    }
}

/// The effect of an arc.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Jumps to its line, or out of the function.
    Jump,
    /// "return from function 'f'"
    Return(Name),
    /// "except from function 'f'"
    Except(Name),
    /// "exit class 'C'"
    ExitClass(Name),
    /// "exit the module"
    ExitModule,
}

impl Action {
    /// coverage.py's description of such an arc to `end`.
    #[must_use]
    pub fn text(&self, end: i32) -> String {
        match self {
            Self::Jump if end < 0 => "jump to the function exit".into(),
            Self::Jump => format!("jump to line {end}"),
            Self::Return(name) => format!("return from function '{name}'"),
            Self::Except(name) => format!("except from function '{name}'"),
            Self::ExitClass(name) => format!("exit class '{name}'"),
            Self::ExitModule => "exit the module".into(),
        }
    }
}

/// A function's or class's name, shared by all that mention it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Name(std::sync::Arc<str>);

impl Name {
    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<&str> for Name {
    fn from(name: &str) -> Self {
        Self(name.into())
    }
}

impl std::fmt::Display for Name {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// The kind of a region.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum RegionKind {
    /// A `def`, `async def` or method.
    Function,
    /// A `class`.
    Class,
}

/// A function or class and its lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Region {
    /// Its kind.
    pub kind: RegionKind,
    /// Its name, qualified by nesting with dots: `C.m.inner`.
    pub name: Name,
    /// The line of its `def` or `class` keyword; `None` where fragments list the region and do not say so.
    pub start: Option<Line>,
    /// Exits in it that count as taken and are listed nowhere; 0 where the source was read.
    pub unlisted_exits: u64,
    /// Its lines. For a function: from the first statement of the body to the last line, without nested functions; for a class: those of its methods.
    pub lines: LineSet,
}
