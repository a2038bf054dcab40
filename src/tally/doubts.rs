//! Signs that a source differs from the one that was measured.

use super::basis::heard;
use super::text::Text;
use crate::analyse;
use crate::model::arcs::ArcSet;
use crate::model::lines::{Line, LineSet};
use crate::model::outline::{Decided, Outline};
use crate::model::settings::PythonVersion;
use crate::model::tool::Tool;
use crate::model::trace::{Claims, FileTrace, Kind};
use crate::model::warning::Warning;
use crate::model::words::{by_number, counted};

/// The advice for a source that does not fit its measurements.
pub(super) const STALE: &str =
    "the source differs from the one that was measured: report from the revision that was measured";

/// A warning if a Python before 3.10 recorded the data, by one of two signs. `arcs` are as recorded.
pub(super) fn of_older_python(name: &str, executed: &LineSet, arcs: &ArcSet, outline: &Outline) -> Option<Warning> {
    let sign = without_test(executed, outline).or_else(|| back_from_finally(arcs, outline))?;
    let oldest = PythonVersion::OLDEST;
    let text = format!("`{name}` was measured under a Python before {oldest}, it seems: {sign}");
    let help =
        format!("the rules of such a Python are not known; measure under {oldest} or newer to be sure of the numbers");
    Some(Warning::new(text).with_help(help))
}

/// The sign that a statement after a constant test ran, but the test did not: before Python 3.10 `while True:` had no bytecode.
fn without_test(executed: &LineSet, outline: &Outline) -> Option<String> {
    let ran = |line: &Line| executed.contains(*line);
    if outline.decided.iter().any(|found| ran(&found.line)) {
        return None;
    }
    let is_sign = |found: &&Decided| ran(&found.after) && found.before.as_ref().is_none_or(ran);
    let Decided { line, after, .. } = outline.decided.iter().find(is_sign)?;
    Some(format!("line {after} ran, but the constant test on line {line}, which leads there, did not"))
}

/// The sign that control went back from a `finally` clause to the jump that led there: Python 3.8 and 3.9 did.
fn back_from_finally(arcs: &ArcSet, outline: &Outline) -> Option<String> {
    let jumps = &outline.through_finally;
    if jumps.is_empty() {
        return None;
    }
    arcs.iter().find_map(|arc| {
        let (from, to) = (u32::try_from(arc.from).ok()?, outline.first.of(u32::try_from(arc.to).ok()?));
        let begin = jumps.partition_point(|found| found.jump < to);
        let mut same = jumps.get(begin..)?.iter().take_while(|found| found.jump == to);
        same.any(|found| (found.clause.0..=found.clause.1).contains(&from)).then(|| {
            format!("line {from}, in a `finally` clause, went back to line {to}, whose `return`, `break` or `continue` led there")
        })
    })
}

/// A warning if some lines, `beyond` of them, lie beyond line `last`; `were` says what they are, such as `executed`.
pub(super) fn beyond_end(name: &str, were: &str, beyond: u64, last: u32) -> Option<Warning> {
    let (lines, lie) = (counted(beyond, &format!("{were} line")), by_number(beyond, "lies", "lie"));
    let text = format!("{lines} of `{name}` {lie} beyond its end (line {last})");
    (beyond > 0).then(|| Warning::new(text).with_help(STALE))
}

/// Warnings if the statements that fragments list do not fit the source, or if the fragments disagree.
pub(super) fn listed_otherwise(name: &str, trace: &FileTrace, text: &Text<'_>, rules: &analyse::Rules) -> Vec<Warning> {
    // Excluded lines may reach one line past the end, so they are not evidence.
    let listed: Vec<&LineSet> = heard(trace).into_iter().map(|(_, claims)| &claims.statements).collect();
    let last = text.last();
    let beyond = LineSet::union_of(listed).iter().filter(|line| line.get() > last).count() as u64;
    let beyond = beyond_end(name, "listed", beyond, last);
    beyond.into_iter().chain(lists_differ(name, trace, text, rules)).collect()
}

/// A warning if some fragments list statements that others do not. Further lines of the same statement do not count: for a signature that
/// is wrapped, a tool may list more lines in a file that it parsed than in one that ran.
pub(super) fn lists_differ(name: &str, trace: &FileTrace, text: &Text<'_>, rules: &analyse::Rules) -> Option<Warning> {
    let disputed = disputed(trace);
    if disputed.is_empty() {
        return None;
    }
    let outline = text.outline(rules, Kind::Statements).ok()?;
    let begins = |line: &Line| {
        outline.first.of(line.get()) == line.get()
            && (outline.statements.contains(*line) || outline.excluded.contains(*line))
    };
    disputed.iter().find(begins).map(|first| differing_lists(name, first))
}

/// The same warning where there is no source. Only lines that ran count: the further lines of a statement that only some fragments list are those of
/// a file that did not run.
pub(super) fn lists_differ_without_source(name: &str, trace: &FileTrace) -> Option<Warning> {
    let executed = trace.executed();
    disputed(trace).iter().find(|line| executed.contains(*line)).map(|first| differing_lists(name, first))
}

/// The lines that some fragments of a tool list and others do not.
fn disputed(trace: &FileTrace) -> LineSet {
    let of = |(_, claims): (&Tool, &Claims)| claims.statements.difference(&claims.common);
    let disputed: Vec<LineSet> = heard(trace).into_iter().map(of).collect();
    LineSet::union_of(&disputed)
}

fn differing_lists(name: &str, first: Line) -> Warning {
    let text = format!("some fragments list statements of `{name}` that others do not, the first on line {first}");
    Warning::new(text).with_help("measure all shards with the same revision of the source")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::of_older_python;
    use crate::analyse::tests::outline;
    use crate::model::arcs::ArcSet;
    use crate::model::arcs::tests::arcs;
    use crate::model::lines::LineSet;
    use crate::model::lines::tests::lines;

    fn is_doubted(source: &str, ran: &LineSet) -> bool {
        of_older_python("a.py", ran, &ArcSet::new(), &outline(source)).is_some()
    }

    #[test]
    fn a_constant_test_that_did_not_run_is_a_sign_of_an_older_python() {
        let source = "import sys\ndef f():\n    a = 1\n    if 0:\n        a = 2\n    return a\nf()\n";
        // The lines that coverage.py records under CPython 3.9 and under 3.13.
        assert!(is_doubted(source, &lines(&[1, 2, 3, 6, 7])));
        assert!(!is_doubted(source, &lines(&[1, 2, 3, 4, 6, 7])));
    }

    #[derive(serde::Deserialize)]
    struct Jumps {
        sources: Vec<String>,
        /// By version, the arcs of each source.
        versions: BTreeMap<String, Vec<Vec<(i32, i32)>>>,
    }

    #[test]
    fn a_way_back_from_a_finally_clause_is_a_sign_of_an_older_python() {
        let Jumps { sources, versions } =
            serde_json::from_str(include_str!("../../testdata/python/jumps.json")).unwrap();
        assert!(versions.len() == 8 && sources.len() == 13);
        for (version, recorded) in versions {
            let is_older = ["3.8", "3.9"].contains(&version.as_str());
            for (number, (source, recorded)) in sources.iter().zip(recorded).enumerate() {
                // Of `while True:` itself, the other sign tells.
                let warning = of_older_python("a.py", &LineSet::new(), &arcs(&recorded), &outline(source));
                assert_eq!(warning.is_some(), is_older && number < 8, "{version}: {warning:?}\n{source}");
            }
        }
    }

    #[test]
    fn a_loop_that_began_before_the_measurement_is_not_a_sign() {
        let source = "def f():\n    a = 1\n    while True:\n        if fork():\n            return a\n";
        assert!(!is_doubted(source, &lines(&[4, 5])));
        assert!(is_doubted(source, &lines(&[2, 4, 5])));
    }
}
