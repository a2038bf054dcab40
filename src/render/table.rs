//! The table of `text` and `markdown`: its files, their order, and their cells.
//! Source: `coverage/report.py`.

use std::cmp::Ordering;

use super::View;
use crate::model::report::{FileReport, Totals};
use crate::model::settings::{Sort, SortKey};
use crate::model::words::{counted, plural};
use crate::python::text::order::human;
use crate::python::text::printable::neutralised;

/// A column and its header.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Column {
    Name,
    /// A number: `Stmts`, `Miss`, `Branch`, `BrPart`.
    Number(&'static str),
    Cover,
    Missing,
}

impl Column {
    /// The header of the column.
    pub(super) fn header(self) -> &'static str {
        match self {
            Self::Name => "Name",
            Self::Number(header) => header,
            Self::Cover => "Cover",
            Self::Missing => "Missing",
        }
    }
}

/// The columns, and a cell for each of them in every row; the cells of `Cover` have no percent sign.
pub(super) struct Table {
    pub(super) columns: Vec<Column>,
    pub(super) rows: Vec<Vec<String>>,
    /// A row for each part of the run, and one for the files that belong to none.
    pub(super) parts: Vec<Vec<String>>,
    pub(super) total: Vec<String>,
    /// The notes below the table, one paragraph each.
    pub(super) notes: Vec<String>,
}

impl Table {
    pub(super) fn of(view: &View<'_>) -> Self {
        let settings = view.settings;
        let mut columns = vec![Column::Name, Column::Number("Stmts"), Column::Number("Miss")];
        if view.report.branches {
            columns.extend([Column::Number("Branch"), Column::Number("BrPart")]);
        }
        columns.push(Column::Cover);
        if settings.show_missing {
            columns.push(Column::Missing);
        }

        let (mut complete, mut empty) = (0, 0);
        let mut shown = Vec::new();
        for file in view.report.files.values().map(|file| &**file) {
            let totals = &file.totals;
            if settings.skip_covered && totals.is_complete() {
                complete += 1;
            } else if settings.skip_empty && totals.statements == 0 {
                empty += 1;
            } else {
                shown.push((neutralised(&file.name), file));
            }
        }
        shown.sort_by(|(name, file), (other_name, other)| {
            let order = compare(settings.sort.key, (name, file), (other_name, other));
            if settings.sort.descending { order.reverse() } else { order }
        });

        let cells = |name: &str, totals: &Totals, missing: Option<String>| {
            let mut cells = vec![name.to_owned(), totals.statements.to_string(), totals.missing().to_string()];
            if view.report.branches {
                cells.extend([totals.branches.to_string(), totals.partial.to_string()]);
            }
            cells.push(totals.percent().display(view.common.precision));
            cells.extend(missing);
            cells
        };
        let row = |(name, file): &(std::borrow::Cow<'_, str>, &FileReport)| {
            cells(name, &file.totals, settings.show_missing.then(|| file.missing_ranges()))
        };
        let part = |(name, totals): (&str, Totals)| {
            cells(&neutralised(name), &totals, settings.show_missing.then(String::new))
        };
        let parts = view.report.sums_of_parts().into_iter().map(part).collect();
        let mut notes = Vec::new();
        if complete > 0 {
            notes.push(format!("{complete} {} skipped due to complete coverage.", plural(complete, "file")));
        }
        if empty > 0 {
            notes.push(format!("{empty} {} skipped.", plural(empty, "empty file")));
        }
        let unfinished = view.report.unfinished();
        if unfinished > 0 {
            notes.push(format!("with {}", counted(unfinished, "unfinished fragment")));
        }
        notes.extend(view.report.incomplete.iter().map(|reason| format!("incomplete: {}", neutralised(reason))));
        Self {
            columns,
            rows: shown.iter().map(row).collect(),
            parts,
            total: cells("TOTAL", &view.report.totals, settings.show_missing.then(String::new)),
            notes,
        }
    }

    /// The width of the longest name in characters, or less where aligning all rows with it would make the table far larger than its names.
    pub(super) fn width_of_names(&self) -> usize {
        let lengths = || self.rows.iter().chain(&self.parts).map(|row| row[0].chars().count());
        let rows = lengths().count().max(1);
        let most = (ALWAYS_ALIGNED + TIMES_THE_NAMES * lengths().sum::<usize>()) / rows;
        lengths().max().unwrap_or_default().min(most)
    }
}

/// How many characters the names and the blanks after them may take, whatever the names are.
const ALWAYS_ALIGNED: usize = 1 << 20;
/// How many times as many as the names these may take besides.
const TIMES_THE_NAMES: usize = 10;

/// Whether the table has the column to sort by: without branches, it lacks their columns.
pub(super) fn can_sort(sort: Sort, branches: bool) -> bool {
    branches || !matches!(sort.key, SortKey::Branch | SortKey::BrPart)
}

fn compare(key: SortKey, (name, file): (&str, &FileReport), (other_name, other): (&str, &FileReport)) -> Ordering {
    let (a, b) = (&file.totals, &other.totals);
    let by_value = match key {
        SortKey::Name => {
            let values = |totals: &Totals| (totals.statements, totals.missing(), totals.branches, totals.partial);
            return human(name, other_name).then_with(|| values(a).cmp(&values(b)));
        }
        SortKey::Stmts => a.statements.cmp(&b.statements),
        SortKey::Miss => a.missing().cmp(&b.missing()),
        SortKey::Branch => a.branches.cmp(&b.branches),
        SortKey::BrPart => a.partial.cmp(&b.partial),
        SortKey::Cover => a.percent().value().total_cmp(&b.percent().value()),
    };
    by_value.then_with(|| name.cmp(other_name))
}

#[cfg(test)]
mod tests {
    use crate::model::settings::{Common, Render};
    use crate::render::fixture::{common, report, settings, shown_with};

    use super::*;

    fn table(format: &str, sort: Sort, skip_covered: bool) -> String {
        let settings = Render { show_missing: false, skip_empty: true, skip_covered, sort, ..settings() };
        shown_with(format, &report(), &settings, &Common { precision: 0, ..common() })
    }

    #[test]
    fn empty_files_are_hidden_and_counted_and_rows_sorted_by_value() {
        // coverage report --skip-empty --sort=-miss
        let sort = Sort { key: SortKey::Miss, descending: true };
        insta::assert_snapshot!(table("text", sort, false), @r"
        Name                 Stmts   Miss Branch BrPart  Cover
        ------------------------------------------------------
        src/app/partial.py      12      2      4      2    75%
        src/app/full.py          3      0      0      0   100%
        ------------------------------------------------------
        TOTAL                   15      2      4      2    79%

        2 empty files skipped.
        ");
    }

    #[test]
    fn complete_files_are_hidden_first_and_empty_ones_are_complete() {
        // coverage report --skip-covered --skip-empty --format=markdown
        insta::assert_snapshot!(table("markdown", Sort::default(), true), @r"
        | Name               |    Stmts |     Miss |   Branch |   BrPart |   Cover |
        |------------------- | -------: | -------: | -------: | -------: | ------: |
        | src/app/partial.py |       12 |        2 |        4 |        2 |     75% |
        | **TOTAL**          |   **15** |    **2** |    **4** |    **2** | **79%** |

        3 files skipped due to complete coverage.
        ");
    }

    #[test]
    fn one_long_name_does_not_fill_all_rows_with_blanks() {
        for (number, aligned) in [(2_000, true), (4_000, false)] {
            let mut report = crate::model::report::Report::default();
            for name in (0..number).map(|at| format!("m{at:04}.py")).chain(["x".repeat(500)]) {
                report.files.insert(name.as_str().into(), Box::new(crate::render::fixture::empty(&name)));
            }
            for (format, besides) in [("text", 30), ("markdown", 60)] {
                let settings = Render { show_missing: false, ..settings() };
                let shown = shown_with(format, &report, &settings, &common());
                let longest = shown.lines().find(|line| line.contains("xxx")).unwrap();
                let shortest = shown.lines().find(|line| line.contains("m0000.py")).unwrap();
                assert_eq!(longest.len() == shortest.len(), aligned, "{number} {format}");
                assert!(shown.len() < (1 << 20) + number * (11 * 8 + besides) + 11 * 500 + 2_000, "{number} {format}");
            }
        }
    }

    #[test]
    fn there_is_no_branch_column_to_sort_by_without_branches() {
        assert!(!can_sort(Sort { key: SortKey::BrPart, descending: false }, false));
        assert!(can_sort(Sort { key: SortKey::Cover, descending: false }, false));
    }
}
