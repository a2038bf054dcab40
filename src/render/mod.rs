//! The report and the verdict, as files for people and programs: pure functions of what is known.

mod chunks;
pub mod cobertura;
pub mod data;
mod formats;
mod html;
pub mod json;
pub mod lcov;
pub mod markdown;
pub mod summary;
mod table;
pub mod text;
pub mod total;

#[cfg(test)]
mod fixture;

use crate::model::path::SourcePath;
use crate::model::report::Report;
use crate::model::settings;
use crate::model::timestamp::Timestamp;
use crate::model::trace::Trace;
use crate::model::verdict::Verdict;

pub use formats::{SortError, check, document, formats, site};

/// The version that documents say wrote them.
const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Everything a document may show.
#[derive(Clone, Copy)]
pub struct View<'a> {
    /// What ran of what could.
    pub report: &'a Report,
    /// What the thresholds say to it.
    pub verdict: &'a Verdict,
    /// What ran as recorded, for formats that keep facts.
    pub trace: &'a Trace,
    /// How it is shown.
    pub settings: &'a settings::Render,
    /// Whose rules decided what a statement is.
    pub python: settings::PythonVersion,
    /// The moment that documents carry.
    pub made_at: Timestamp,
    /// The moment that pages carry, so that the same fragments give the same pages: when the newest of them was written.
    pub measured_at: Option<Timestamp>,
    /// The directories of `run.source` that exist: absolute with links resolved or, with `relative_files`, as written.
    pub source_roots: &'a [String],
    /// Whether there is a file of that absolute path.
    pub is_file: &'a (dyn Fn(&str) -> bool + Sync),
    /// The decoded text of a file, for its page and the checksums of LCOV; `None` where there is none, or none that anybody may see.
    pub source_text: &'a (dyn Fn(&SourcePath) -> Option<String> + Sync),
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
        // The crate knows no text branches and no comments, and takes the last line of `FN` for part of the name.
        let statements = Report { branches: false, ..report() };
        let lcov = shown("lcov", &statements, &settings());
        let read = ::lcov::Report::from_reader(::lcov::Reader::new(lcov.as_bytes())).unwrap();
        let lines: Vec<_> = read.sections.values().flat_map(|section| section.lines.values()).collect();
        assert_eq!(lines.len() as u64, statements.totals.statements);
        assert_eq!(lines.iter().filter(|line| line.count > 0).count() as u64, statements.totals.executed);
    }
}
