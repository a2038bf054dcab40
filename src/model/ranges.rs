//! The missing lines and branches of a file as people read them: `3-5, 9->11, 14, 20->exit`.

use std::fmt::Write as _;

use super::arcs::Exit;
use super::lines::Line;
use super::report::FileReport;

impl FileReport {
    /// The missing statements and exits, in order of lines: runs of statements that are all missing, with any lines between them, and the untaken
    /// exits of lines that ran, unless they lead to a missing line. Empty if nothing is missing. Agrees with coverage.py's `missing_formatted`.
    #[must_use]
    pub fn missing_ranges(&self) -> String {
        let missing = self.missing();
        let mut items: Vec<(Line, String)> = Vec::new();
        let mut run: Option<(Line, Line)> = None;
        for statement in self.sets.statements.iter() {
            match (&mut run, missing.contains(statement)) {
                (None, true) => run = Some((statement, statement)),
                (Some((_, last)), true) => *last = statement,
                (Some(ended), false) => {
                    items.push(item(*ended));
                    run = None;
                }
                (None, false) => {}
            }
        }
        items.extend(run.map(item));
        for branch in self.sets.branches.iter().filter(|branch| !missing.contains(branch.line)) {
            for exit in branch.missing() {
                match &exit.to {
                    exit if exit.leads_to(&missing) => {}
                    Exit::Line(line) => items.push((branch.line, format!("{}->{line}", branch.line))),
                    Exit::Leave(_) => items.push((branch.line, format!("{}->exit", branch.line))),
                    // There is no line to name, and the label means nothing to a reader of the table.
                    Exit::Label(_) => items.push((branch.line, format!("{}->?", branch.line))),
                }
            }
        }
        items.sort();
        let mut text = String::new();
        for (index, (_, item)) in items.iter().enumerate() {
            let separator = if index == 0 { "" } else { ", " };
            _ = write!(text, "{separator}{item}");
        }
        text
    }
}

/// A run of missing statements, with the line by which it is sorted.
fn item((first, last): (Line, Line)) -> (Line, String) {
    (first, if first == last { first.to_string() } else { format!("{first}-{last}") })
}

#[cfg(test)]
mod tests {

    use crate::model::lines::tests::lines;
    use crate::model::report::{Basis, BranchExit, BranchLine, Regions, Sets};

    use super::*;

    fn file(statements: &[u32], missing: &[u32], untaken: &[(u32, i32)]) -> FileReport {
        let statements = lines(statements);
        let branches = untaken.iter().map(|&(from, to)| BranchLine {
            line: Line::new(from).unwrap(),
            total: 2,
            no_branch: false,
            exits: vec![BranchExit { to: Exit::from_arc_end(to).unwrap(), taken: false, excluded: false }],
        });
        let executed = statements.difference(&lines(missing));
        let sets = Sets { executed, statements, branches: branches.collect(), lines: 20, ..Sets::default() };
        FileReport::new("a.py".into(), Basis::Source, sets, Regions::Found(Vec::new()), Vec::new())
    }

    #[test]
    fn missing_statements_join_across_lines_that_are_none() {
        // coverage.results.format_lines(statements, missing)
        let file = file(&[1, 2, 3, 4, 5, 10, 11, 12, 13, 14], &[1, 2, 5, 10, 11, 13, 14], &[]);
        assert_eq!(file.missing_ranges(), "1-2, 5-11, 13-14");
    }

    #[test]
    fn exits_stand_among_the_lines_unless_an_end_of_them_is_missing() {
        // coverage.results.format_lines(statements, missing, arcs), where 9->10 sorts before 9->2 as text
        let file = file(&[1, 2, 3, 5, 9, 10, 12], &[3, 12], &[(1, 3), (2, -1), (3, 5), (9, 2), (9, 10), (10, 12)]);
        assert_eq!(file.missing_ranges(), "2->exit, 3, 9->10, 9->2, 12");
    }
}
