//! The table of `coverage report` as a Markdown table, for job summaries and comments.
//!
//! ```text
//! | Name       |    Stmts |     Miss |      Cover |
//! |----------- | -------: | -------: | ---------: |
//! | src/app.py |        4 |        1 |     75.00% |
//! | **TOTAL**  |    **4** |    **1** | **75.00%** |
//! ```
//!
//! The parts of a run have a row each before the total, with their names in italics.
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
    let mut table = Table::of(view);
    for cell in table.rows.iter_mut().chain(&mut table.parts).flatten() {
        *cell = escaped(cell);
    }
    for part in &mut table.parts {
        part[0] = format!("*{}*", part[0]);
    }
    let name = table.width_of_names().max("**TOTAL**".len()) + 1;
    let cover = table.columns.iter().position(|&column| column == Column::Cover).unwrap_or(0);
    let cover_width = (table.total[cover].chars().count() + 6).max(7);

    let header: Vec<String> = table
        .columns
        .iter()
        .map(|&column| match column {
            Column::Name => format!("| {:name$}|", column.header()),
            Column::Number(header) => format!("{header:>9} |"),
            Column::Cover => format!("{:>cover_width$} |", column.header()),
            Column::Missing => format!("{:>10} |", column.header()),
        })
        .collect();
    writeln!(out, "{}", header.concat())?;
    // Each cell of the rule is as wide as its header, without the blank or bar before it.
    let rule = header.iter().enumerate().map(|(at, cell)| {
        let end = if at == 0 { "- |" } else { "-: |" };
        let dashes = (cell.chars().count() - 1).saturating_sub(end.len());
        format!("{}{end}", "-".repeat(dashes))
    });
    writeln!(out, "|{}", rule.collect::<Vec<_>>().join(" "))?;
    for cells in table.rows.iter().chain(&table.parts) {
        let row = table.columns.iter().zip(cells).map(|(column, cell)| match column {
            Column::Name => format!("| {cell:name$}|"),
            Column::Number(_) => format!("{cell:>9} |"),
            Column::Cover => format!("{cell:>0$}% |", cover_width - 1),
            Column::Missing => format!("{cell:>10} |"),
        });
        writeln!(out, "{}", row.collect::<String>())?;
    }
    let total = table.columns.iter().zip(&table.total).map(|(column, cell)| match column {
        Column::Name => format!("|{:name$} |", format!(" **{cell}**")),
        Column::Number(_) => format!("{:>9} |", format!(" **{cell}**")),
        Column::Cover => format!("{:>cover_width$} |", format!(" **{cell}%**")),
        Column::Missing => format!("{cell:>10} |"),
    });
    writeln!(out, "{}", total.collect::<String>())?;
    for note in &table.notes {
        writeln!(out, "\n{note}")?;
    }
    Ok(())
}

/// `text` with a backslash before every ASCII punctuation character that may have a meaning in a table.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        if character.is_ascii_punctuation() && !matches!(character, '.' | ',' | '/' | '-') {
            escaped.push('\\');
        }
        escaped.push(character);
    }
    escaped
}
