//! The report and the verdict, as files for people and programs. Rendering is pure: it depends on its input alone.

mod chunks;
pub mod cobertura;
pub mod data;
mod formats;
mod html;
mod inert;
pub mod json;
pub mod lcov;
pub mod markdown;
pub mod summary;
mod table;
pub mod text;
pub mod total;

#[cfg(test)]
mod fixture;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::model::path::SourcePath;
use crate::model::report::Report;
use crate::model::settings;
use crate::model::timestamp::Timestamp;
use crate::model::trace::Trace;
use crate::model::verdict::Verdict;

pub use formats::{SortError, check, document, formats, site};

/// The version of covmerge that documents name as their writer.
const VERSION: &str = env!("CARGO_PKG_VERSION");

/// The data that a document may show.
#[derive(Clone, Copy)]
pub struct View<'a> {
    /// The statements and branches, and which of them ran.
    pub report: &'a Report,
    /// The outcome of the thresholds.
    pub verdict: &'a Verdict,
    /// The lines and arcs that ran, as recorded, for formats that keep them.
    pub trace: &'a Trace,
    /// The settings of the presentation.
    pub settings: &'a settings::Render,
    /// What other stages know, too: the root, the number of decimals.
    pub common: &'a settings::Common,
    /// The Python version whose rules define statements.
    pub python: settings::PythonVersion,
    /// The timestamp of documents.
    pub made_at: Timestamp,
    /// The timestamp of pages: the time when the newest fragment was written, so that the same fragments give the same pages.
    pub measured_at: Option<Timestamp>,
    /// The directories of `run.source` that exist: absolute with links resolved or, with `relative_files`, as written.
    pub source_roots: &'a [String],
    /// The working directory, absolute: readers look relative names up there.
    pub cwd: &'a Path,
    /// The file at that absolute path with links resolved, if there is one.
    pub real_file: &'a (dyn Fn(&str) -> Option<PathBuf> + Sync),
    /// The decoded text of a file, for its page and the checksums of LCOV; or why it is not shown: "it was not found".
    pub source_text: &'a (dyn Fn(&SourcePath) -> Result<Arc<str>, String> + Sync),
}

#[cfg(test)]
mod tests {
    use super::fixture::{incomplete, report, settings, shown};
    use super::formats::{FORMATS, Writer};
    use super::*;

    #[test]
    fn pages_are_written_as_sites_and_all_else_as_documents() {
        for row in FORMATS {
            assert_eq!(row.format.is_site(), matches!(row.write, Writer::Site(_)), "{}", row.format.name);
        }
    }

    #[test]
    fn every_format_shows_the_same_report() {
        for format in formats().iter().filter(|format| !["data", "html", "html-single"].contains(&format.name)) {
            insta::assert_snapshot!(format.name, shown(format.name, &report(), &settings()));
        }
    }

    #[test]
    fn every_format_with_room_says_that_data_is_incomplete() {
        for format in formats().iter().filter(|format| !["total", "data", "html"].contains(&format.name)) {
            let shown = shown(format.name, &incomplete(), &settings());
            assert!(shown.contains("1 of 4 fragments rejected"), "{shown}");
            assert!(!shown.contains('\u{1b}'), "{shown}");
        }
    }

    #[test]
    fn documents_are_well_formed_whatever_is_incomplete() {
        let xml = shown("xml", &incomplete(), &settings());
        let mut reader = quick_xml::Reader::from_str(&xml);
        reader.config_mut().check_comments = true;
        let mut lines = 0;
        loop {
            match reader.read_event().unwrap() {
                quick_xml::events::Event::Eof => break,
                quick_xml::events::Event::Empty(element) => {
                    lines += usize::from(element.name().as_ref() == "line");
                    assert!(element.attributes().all(|attribute| attribute.is_ok()));
                }
                _ => {}
            }
        }
        assert_eq!(lines, 15);
        for pretty in [false, true] {
            let settings = crate::model::settings::Render { json_pretty: pretty, show_contexts: true, ..settings() };
            let json: serde_json::Value = serde_json::from_str(&shown("json", &incomplete(), &settings)).unwrap();
            assert_eq!(json["meta"]["incomplete"][0], "1 of 4 fragments rejected");
            assert_eq!(json["files"]["src/app/partial.py"]["contexts"]["12"][0], "test_\"é\"");
        }
    }

    #[test]
    fn another_reader_of_lcov_finds_the_same_sums() {
        // The crate does not know text branches or comments, and takes the last line of `FN` as part of the name.
        let statements = Report { branches: false, ..report() };
        let lcov = shown("lcov", &statements, &settings());
        let read = ::lcov::Report::from_reader(::lcov::Reader::new(lcov.as_bytes())).unwrap();
        let lines: Vec<_> = read.sections.values().flat_map(|section| section.lines.values()).collect();
        assert_eq!(lines.len() as u64, statements.totals.statements);
        assert_eq!(lines.iter().filter(|line| line.count > 0).count() as u64, statements.totals.executed);
    }
}
