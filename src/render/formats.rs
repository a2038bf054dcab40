//! The table of output formats.

use std::io::{self, Write};

use super::{View, cobertura, data, html, json, lcov, markdown, summary, text, total};
use crate::model::nearest::did_you_mean;
use crate::model::output::{Place, Put, Request};
use crate::model::settings::{Output, Target};

/// An output format.
pub struct Format {
    /// Its name on the command line.
    pub name: &'static str,
    /// Where it goes when nothing else is said, relative to the working directory; `None` for standard output.
    pub default_path: Option<&'static str>,
    /// Writes it.
    pub(super) write: Writer,
}

/// How an output is written.
#[derive(Clone, Copy)]
pub(super) enum Writer {
    /// As one document.
    Document(fn(&View<'_>, &mut dyn Write) -> io::Result<()>),
    /// As a directory of pages.
    Site(fn(&View<'_>, &Put<'_>) -> io::Result<()>),
}

impl Format {
    const fn document(
        name: &'static str,
        default_path: Option<&'static str>,
        write: fn(&View<'_>, &mut dyn Write) -> io::Result<()>,
    ) -> Self {
        Self { name, default_path, write: Writer::Document(write) }
    }

    /// Whether it is a directory.
    #[must_use]
    pub const fn is_site(&self) -> bool {
        matches!(self.write, Writer::Site(_))
    }
}

/// The output formats.
pub const FORMATS: &[Format] = &[
    Format::document("xml", Some("coverage.xml"), cobertura::write),
    Format { name: "html", default_path: Some("htmlcov"), write: Writer::Site(html::write) },
    Format::document("html-single", Some("coverage.html"), html::single::write),
    Format::document("json", Some("coverage.json"), json::write),
    Format::document("lcov", Some("coverage.lcov"), lcov::write),
    Format::document("summary", Some("coverage-summary.json"), summary::write),
    Format::document("text", None, text::write),
    Format::document("markdown", None, markdown::write),
    Format::document("total", None, total::write),
    Format::document("data", Some("coverage.data"), |view, out| {
        let root = (!view.settings.relative_files).then_some(&*view.settings.root);
        data::write(view.trace, &view.report.incomplete, root, out)
    }),
];

/// Formats that the command line promises and that do not exist yet.
const NOT_YET: [&str; 1] = ["sealed"];

/// Why there is no such output.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No format has that name.
    #[error("there is no output format `{name}`")]
    UnknownFormat {
        /// The name, as written.
        name: String,
        /// The one that was probably meant.
        nearest: Option<&'static str>,
    },
    /// The format is promised and does not exist yet.
    #[error("the output format `{name}` is not there yet")]
    NotYet {
        /// Its name.
        name: String,
    },
    /// The table has no such column.
    #[error("cannot sort the table by branches: none were measured")]
    Sort,
}

impl Error {
    /// What to do about it.
    #[must_use]
    pub fn help(&self) -> String {
        match self {
            Self::UnknownFormat { nearest: Some(nearest), .. } => format!("did you mean `{nearest}`?"),
            Self::UnknownFormat { nearest: None, .. } => {
                let names: Vec<String> = FORMATS.iter().map(|format| format!("`{}`", format.name)).collect();
                format!("the output formats are {}", names.join(", "))
            }
            Self::Sort => "sort by `name`, `stmts`, `miss` or `cover`".into(),
            Self::NotYet { .. } => "leave it out until a later version knows it".into(),
        }
    }
}

/// The outputs that the settings ask for, each with the place where it goes.
///
/// # Errors
/// The first whose format does not exist.
pub fn requests(outputs: &[Output]) -> Result<Vec<Request>, Error> {
    let request = |output: &Output| {
        let format = find(&output.format)?;
        let place = match (&output.target, format.default_path) {
            (Some(Target::Stdout), _) | (None, None) => Place::Stdout,
            (Some(Target::Path(path)), _) => Place::File(path.clone()),
            (None, Some(path)) => Place::File(path.into()),
        };
        Ok(Request { format: format.name, is_site: format.is_site(), place })
    };
    outputs.iter().map(request).collect()
}

/// Whether all that is asked for can be shown of this report.
///
/// # Errors
/// `Sort`, where a table is to be sorted by what was not measured.
pub fn check(view: &View<'_>, outputs: &[Output]) -> Result<(), Error> {
    let sorts = outputs.iter().any(|output| matches!(output.format.as_str(), "text" | "markdown"));
    let can_sort = super::table::can_sort(view.settings.sort, view.report.branches);
    if sorts && !can_sort { Err(Error::Sort) } else { Ok(()) }
}

/// Writes the document that is asked for.
///
/// # Errors
/// What `out` gives.
pub fn document(view: &View<'_>, request: &Request, out: &mut dyn Write) -> io::Result<()> {
    match writer(request)? {
        Writer::Document(write) => write(view, out),
        Writer::Site(_) => Err(io::ErrorKind::IsADirectory.into()),
    }
}

/// Makes the pages of the site that is asked for.
///
/// # Errors
/// What `put` gives.
pub fn site(view: &View<'_>, request: &Request, put: &Put<'_>) -> io::Result<()> {
    match writer(request)? {
        Writer::Site(write) => write(view, put),
        Writer::Document(_) => Err(io::ErrorKind::NotADirectory.into()),
    }
}

fn writer(request: &Request) -> io::Result<Writer> {
    find(request.format).map(|format| format.write).map_err(io::Error::other)
}

fn find(name: &str) -> Result<&'static Format, Error> {
    if let Some(format) = FORMATS.iter().find(|format| format.name == name) {
        return Ok(format);
    }
    if NOT_YET.contains(&name) {
        return Err(Error::NotYet { name: name.into() });
    }
    let lower = name.to_lowercase();
    // What other tools call the same thing, then the name with the fewest slips of the pen.
    let nearest = match lower.as_str() {
        "cobertura" => Some("xml"),
        "md" => Some("markdown"),
        "txt" | "report" | "term" => Some("text"),
        "info" => Some("lcov"),
        _ => did_you_mean(&lower, FORMATS.iter().map(|format| format.name)),
    };
    Err(Error::UnknownFormat { name: name.into(), nearest })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(name: &str) -> Error {
        find(name).err().unwrap()
    }

    #[test]
    fn a_misspelt_format_is_refused_with_the_one_that_was_meant() {
        for (written, meant) in [("xlm", "xml"), ("JSON", "json"), ("cobertura", "xml"), ("sumary", "summary")] {
            let error = refusal(written);
            assert_eq!(error.help(), format!("did you mean `{meant}`?"), "{written}");
        }
        let help = refusal("parquet").help();
        assert!(help.starts_with("the output formats are `xml`, `html`"), "{help}");
    }

    #[test]
    fn formats_that_are_promised_are_refused_as_not_there_yet() {
        let error = refusal("sealed");
        assert_eq!(error.to_string(), "the output format `sealed` is not there yet");
    }
}
