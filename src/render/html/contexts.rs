//! The contexts that ran the lines of a file, as the script of its page reads them.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::escape::push_json;
use crate::model::report::FileReport;

/// Which contexts ran which lines: each name once, each distinct set of names once, and the lines as runs that share a set. Empty without contexts.
///
/// ```text
/// {"names": ["test_a", "test_b"], "sets": [[0], [0, 1]], "lines": [[1, 5, 1], [8, 2, 0]]}     first line, number of lines, index of the set
/// ```
pub(super) fn contexts(file: &FileReport) -> String {
    if file.sets.contexts.is_empty() {
        return String::new();
    }
    let mut by_line: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
    let mut json = String::from("{\"names\":[");
    for (number, (context, trace)) in file.sets.contexts.iter().enumerate() {
        if number > 0 {
            json.push(',');
        }
        push_json(&mut json, if context.as_str().is_empty() { "(empty)" } else { context.as_str() });
        let ran = file.sets.first.of_lines(&trace.executed());
        // Excluded lines may have run as well.
        for line in ran.intersection(&file.sets.statements.union(&file.sets.excluded)).iter() {
            by_line.entry(line.get()).or_default().push(number);
        }
    }
    let mut sets: BTreeMap<Vec<usize>, usize> = BTreeMap::new();
    let mut in_order: Vec<Vec<usize>> = Vec::new();
    let mut runs: Vec<(u32, u32, usize)> = Vec::new();
    for (line, set) in by_line {
        let known = sets.len();
        let which = *sets.entry(set.clone()).or_insert(known);
        if which == known {
            in_order.push(set);
        }
        match runs.last_mut() {
            Some((first, length, last)) if *last == which && *first + *length == line => *length += 1,
            _ => runs.push((line, 1, which)),
        }
    }
    json.push_str("],\"sets\":[");
    for (number, set) in in_order.iter().enumerate() {
        let names: Vec<String> = set.iter().map(usize::to_string).collect();
        _ = write!(json, "{}[{}]", if number > 0 { "," } else { "" }, names.join(","));
    }
    json.push_str("],\"lines\":[");
    for (number, (first, length, which)) in runs.iter().enumerate() {
        _ = write!(json, "{}[{first},{length},{which}]", if number > 0 { "," } else { "" });
    }
    json.push_str("]}");
    json
}
