//! The table of output formats.

use std::io::{self, Write};

use super::inert::{Escape, Inert};
use super::{View, cobertura, data, html, json, lcov, markdown, summary, text, total};
use crate::model::output::{Format, Heavy, Holds, Put, Request};

/// An output format and how it is written.
pub(super) struct Row {
    pub(super) format: Format,
    pub(super) write: Writer,
    /// How it is kept inert; `None` for pages and bytes, which are not lines.
    escape: Option<Escape>,
}

/// How an output is written.
#[derive(Clone, Copy)]
pub(super) enum Writer {
    /// As one document.
    Document(fn(&View<'_>, &mut dyn Write) -> io::Result<()>),
    /// As a directory of pages.
    Site(fn(&View<'_>, &Put<'_>) -> io::Result<()>),
}

/// The output formats, one row each, in the order of the documentation.
pub(super) const FORMATS: &[Row] = &[
    Row {
        format: Format {
            aliases: &["cobertura"],
            by_default: true,
            section: Some("xml"),
            place: Some("output"),
            ..Format::new("xml", Some("coverage.xml"))
        },
        write: Writer::Document(cobertura::write),
        escape: Some(Escape::Xml),
    },
    Row {
        format: Format {
            by_default: true,
            section: Some("html"),
            place: Some("directory"),
            holds: Holds::Pages,
            shows_texts: true,
            ..Format::new("html", Some("htmlcov"))
        },
        write: Writer::Site(html::write),
        escape: None,
    },
    Row {
        format: Format {
            section: Some("html"),
            holds: Holds::Contexts,
            shows_texts: true,
            heavy: Some(Heavy { bytes: 50_000_000, help: "`-o html` writes a page for each file" }),
            ..Format::new("html-single", Some("coverage.html"))
        },
        write: Writer::Document(html::single::write),
        escape: Some(Escape::Html),
    },
    Row {
        format: Format { by_default: true, ..Format::new("summary", Some("coverage-summary.json")) },
        write: Writer::Document(summary::write),
        escape: Some(Escape::Json),
    },
    Row {
        format: Format {
            section: Some("json"),
            place: Some("output"),
            holds: Holds::Contexts,
            ..Format::new("json", Some("coverage.json"))
        },
        write: Writer::Document(json::write),
        escape: Some(Escape::Json),
    },
    Row {
        format: Format {
            aliases: &["info"],
            section: Some("lcov"),
            place: Some("output"),
            ..Format::new("lcov", Some("coverage.lcov"))
        },
        write: Writer::Document(lcov::write),
        escape: Some(Escape::Question),
    },
    Row {
        format: Format { aliases: &["txt", "report", "term"], sorts: true, ..Format::new("text", None) },
        write: Writer::Document(text::write),
        escape: Some(Escape::Question),
    },
    Row {
        format: Format { aliases: &["md"], sorts: true, ..Format::new("markdown", None) },
        write: Writer::Document(markdown::write),
        escape: Some(Escape::Question),
    },
    Row { format: Format::new("total", None), write: Writer::Document(total::write), escape: None },
    Row {
        format: Format { holds: Holds::Facts, ..Format::new("data", Some("coverage.data")) },
        write: Writer::Document(|view, out| {
            let root = (!view.common.relative_files).then_some(&*view.common.root);
            data::write(view.trace, &view.report.incomplete, root, out)
        }),
        escape: None,
    },
];

/// All output formats.
#[must_use]
pub fn formats() -> Vec<&'static Format> {
    FORMATS.iter().map(|row| &row.format).collect()
}

/// The table has no column to sort by.
#[derive(Debug, thiserror::Error)]
#[error("cannot sort the table by branches: branches were not measured")]
pub struct SortError;

impl SortError {
    /// What to do about it.
    #[must_use]
    pub fn help(&self) -> &'static str {
        "sort by `name`, `stmts`, `miss` or `cover`"
    }
}

/// Checks that the report can show everything that was requested.
///
/// # Errors
/// A table is to be sorted by something that was not measured.
pub fn check(view: &View<'_>) -> Result<(), SortError> {
    let sorts = view.settings.outputs.iter().any(|output| output.format.sorts);
    let can_sort = super::table::can_sort(view.settings.sort, view.report.branches);
    if sorts && !can_sort { Err(SortError) } else { Ok(()) }
}

/// Writes the requested document.
///
/// # Errors
/// The errors of `out`.
pub fn document(view: &View<'_>, request: &Request, out: &mut dyn Write) -> io::Result<()> {
    let row = row(request)?;
    match (row.write, row.escape) {
        (Writer::Document(write), Some(escape)) => write(view, &mut Inert::new(out, escape)),
        (Writer::Document(write), None) => write(view, out),
        (Writer::Site(_), _) => Err(io::ErrorKind::IsADirectory.into()),
    }
}

/// Makes the pages of the requested site.
///
/// # Errors
/// The errors of `put`.
pub fn site(view: &View<'_>, request: &Request, put: &Put<'_>) -> io::Result<()> {
    match row(request)?.write {
        Writer::Site(write) => write(view, put),
        Writer::Document(_) => Err(io::ErrorKind::NotADirectory.into()),
    }
}

fn row(request: &Request) -> io::Result<&'static Row> {
    let row = FORMATS.iter().find(|row| row.format.name == request.format.name);
    row.ok_or_else(|| io::ErrorKind::Unsupported.into())
}
