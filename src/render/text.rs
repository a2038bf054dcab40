//! The table of `coverage report`, for people at a terminal.
//!
//! ```text
//! Name         Stmts   Miss Branch BrPart  Cover   Missing
//! --------------------------------------------------------
//! src/app.py       4      1      2      1    67%   7->exit, 9
//! --------------------------------------------------------
//! TOTAL            4      1      2      1    67%
//! ```
//!
//! The parts of a run have a row each between the files and the total, which coverage.py does not know.
//!
//! Source: `coverage/report.py`.

use std::io::{self, Write};

use super::View;
use super::table::{Column, Table};

/// Writes the document.
///
/// # Errors
/// The errors of `out`.
pub fn write(view: &View<'_>, out: &mut dyn Write) -> io::Result<()> {
    let table = Table::of(view);
    let widest =
        |at: usize| table.rows.iter().chain(&table.parts).map(|row| row[at].chars().count()).max().unwrap_or(0);
    let name = table.width_of_names().max(5) + 1;
    let cover = table.columns.iter().position(|&column| column == Column::Cover).unwrap_or(0);
    let cover_width = (table.total[cover].chars().count() + 3).max(7).max(widest(cover) + 2);

    let header = line(&table, |column, at| match column {
        Column::Name => format!("{:name$}", table.columns[at].header()),
        Column::Number(header) => format!("{header:>7}"),
        Column::Cover => format!("{:>cover_width$}", "Cover"),
        Column::Missing => format!("{:>10}", "Missing"),
    });
    let rule = "-".repeat(header.chars().count());
    let row = |cells: &[String]| {
        line(&table, |column, at| match (column, &cells[at]) {
            (Column::Name, cell) => format!("{cell:name$}"),
            (Column::Number(_), cell) => format!("{cell:>7}"),
            (Column::Cover, cell) => format!("{cell:>0$}%", cover_width - 1),
            (Column::Missing, cell) => format!("   {cell:9}"),
        })
    };
    writeln!(out, "{}", header.trim_end())?;
    writeln!(out, "{rule}")?;
    for cells in &table.rows {
        writeln!(out, "{}", row(cells).trim_end())?;
    }
    if !table.rows.is_empty() {
        writeln!(out, "{rule}")?;
    }
    for cells in &table.parts {
        writeln!(out, "{}", row(cells).trim_end())?;
    }
    if !table.parts.is_empty() {
        writeln!(out, "{rule}")?;
    }
    writeln!(out, "{}", row(&table.total).trim_end())?;
    for note in &table.notes {
        writeln!(out, "\n{note}")?;
    }
    Ok(())
}

fn line(table: &Table, cell: impl Fn(Column, usize) -> String) -> String {
    table.columns.iter().enumerate().map(|(at, &column)| cell(column, at)).collect()
}
