//! Reads the bytes of one fragment into a recording.
//!
//! - [`FORMATS`] is the table of input formats; [`sniff`] finds the format of given bytes
//! - [`classify`] selects files when a directory is searched

#![deny(clippy::indexing_slicing)]

mod bounds;
mod contexts;
pub mod coveragepy;
pub mod coveragepy_json;
pub mod covmerge;
pub mod error;
pub mod json;
pub mod slipcover;
mod unknown;

pub use bounds::{check, check_contexts, check_lines, last_line};
pub use contexts::Contexts;
pub use error::{Error, Fault, Place};

use std::path::Path;

use crate::model::fragment::FileClass;
use crate::model::origin::{Origin, Process};
use crate::model::tool::Tool;
use crate::model::trace::{Kind, Recording};
use crate::model::unfinished::Ending;

/// An input format.
#[derive(Debug)]
pub struct Format {
    /// Its name in messages and in `-v` output.
    pub name: &'static str,
    /// The tool that writes it.
    pub tool: Tool,
    /// Whether the bytes are of this format, judged by their beginning; at most one format accepts given bytes.
    pub sniff: fn(&[u8]) -> bool,
    /// How a search of a directory recognises it.
    pub search: Search,
    /// The contexts it can hold.
    pub contexts: Carries,
    /// The signs by which a fragment shows that it was never finished, apart from its content; `None` if the format has none.
    pub signs: Option<Signs>,
    read: fn(&[u8], &Contexts) -> Result<Recording, Error>,
}

/// How a search of a directory recognises a file of a format.
#[derive(Clone, Copy, Debug)]
pub struct Search {
    /// The extension of its name, in any case; `None` if any name will do.
    pub extension: Option<&'static str>,
    /// Whether the first 4 KiB are of the format.
    pub recognises: fn(&[u8]) -> bool,
    /// The name under which an output of this format is written by default: such a file is the report of an earlier run.
    pub output: Option<&'static str>,
}

impl Search {
    fn is_named(self, path: &Path) -> bool {
        let extension = path.extension();
        self.extension.is_none_or(|wanted| extension.is_some_and(|extension| extension.eq_ignore_ascii_case(wanted)))
    }
}

/// Which contexts a format carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Carries {
    /// None.
    Nothing,
    /// Contexts of lines, not of branches.
    Lines,
    /// Contexts of lines and branches.
    All,
}

/// The signs by which a fragment shows that it was never finished, apart from its content.
#[derive(Clone, Copy, Debug)]
pub struct Signs {
    /// Whether the tool itself chose this file name, and gives another one to the file when it is finished. Without its mark, such a file is
    /// unfinished.
    pub is_open_name: fn(&str) -> bool,
    /// The process in a fragment's name, if the tool chose the name.
    pub process: fn(&str) -> Option<Process>,
    /// The process that made a fragment, and the fragment's ending, as far as they can be read without the rest of its content.
    pub ending: fn(&[u8]) -> Option<(Origin, Ending)>,
    /// The files that may lie beside it.
    pub beside: &'static [Beside],
}

/// A file that may lie beside a fragment.
#[derive(Clone, Copy, Debug)]
pub struct Beside {
    /// The suffix that is added to the fragment's name.
    pub suffix: &'static str,
    /// Its name in messages.
    pub name: &'static str,
    /// Whether it holds the other half of a write, by its first 32 bytes and its size.
    pub is_half_of_a_write: fn(&[u8], u64) -> bool,
}

impl Beside {
    /// How many bytes of it to read.
    pub const LOOKED_AT: u64 = 32;
}

impl Format {
    /// Reads the part of a fragment that `contexts` admits.
    ///
    /// # Errors
    /// The fault in the fragment; of kind `Contexts` if the fragment cannot answer the filter by contexts.
    pub fn read(&self, bytes: &[u8], contexts: &Contexts) -> Result<Recording, Error> {
        let refuse = |what: &str| {
            let help = "leave out the filter by contexts, or read coverage.py's data files";
            Err(Error::new(Place::Whole, what).of(Fault::Contexts).with_help(help))
        };
        let filtered = !contexts.filter.is_empty();
        if filtered && self.contexts == Carries::Nothing {
            return refuse("its format holds no contexts");
        }
        let recording = (self.read)(bytes, contexts)?;
        bounds::check(&recording, &contexts.limits)?;
        if filtered && self.contexts == Carries::Lines && recording.kind == Some(Kind::Branches) {
            return refuse("its format holds the contexts of lines but not of branches");
        }
        Ok(recording)
    }
}

/// The input formats.
pub const FORMATS: &[Format] = &[
    Format {
        name: coveragepy::NAME,
        tool: Tool::COVERAGE_PY,
        sniff: coveragepy::sniff,
        search: Search { extension: None, recognises: coveragepy::has_schema, output: Some("coverage.data") },
        contexts: Carries::All,
        signs: Some(coveragepy::SIGNS),
        read: coveragepy::read,
    },
    Format {
        name: slipcover::NAME,
        tool: slipcover::TOOL,
        sniff: slipcover::sniff,
        search: Search { extension: Some("json"), recognises: slipcover::sniff, output: None },
        contexts: Carries::Nothing,
        signs: None,
        read: slipcover::read,
    },
    Format {
        name: coveragepy_json::NAME,
        tool: Tool::COVERAGE_PY,
        sniff: coveragepy_json::sniff,
        search: Search { extension: Some("json"), recognises: coveragepy_json::sniff, output: Some("coverage.json") },
        contexts: Carries::Lines,
        signs: None,
        read: coveragepy_json::read,
    },
    Format {
        name: covmerge::NAME,
        tool: Tool::COVMERGE,
        sniff: covmerge::sniff,
        search: Search { extension: Some("covmerge"), recognises: covmerge::sniff, output: None },
        contexts: Carries::All,
        signs: None,
        read: covmerge::read,
    },
];

/// The format of `bytes`, judged by their content alone.
///
/// # Errors
/// The bytes are of none of our formats. The error names their format and how to make a fragment of it, if known; otherwise it quotes their
/// beginning.
///
/// # Examples
/// ```
/// use covmerge::read::{Contexts, sniff};
///
/// let bytes = br#"{"meta": {"software": "slipcover", "version": "1.1.0", "branch_coverage": false, "show_contexts": false},
///     "files": {"a.py": {"executed_lines": [1, 2], "missing_lines": [3],
///     "summary": {"covered_lines": 2, "missing_lines": 1, "percent_covered": 66.7}}}, "summary": {}}"#;
/// let format = sniff(bytes)?;
/// assert_eq!(format.name, "slipcover");
/// let recording = format.read(bytes, &Contexts::default())?;
/// assert_eq!(&*recording.files[0].0, "a.py");
/// # Ok::<(), covmerge::read::Error>(())
/// ```
pub fn sniff(bytes: &[u8]) -> Result<&'static Format, Error> {
    FORMATS.iter().find(|format| (format.sniff)(bytes)).ok_or_else(|| unknown::refusal(bytes))
}

/// The format of a fragment: by its content or, if that is of none, by the name of a seal, which may have arrived empty or cut off.
///
/// # Errors
/// As those of [`sniff`].
pub fn format_of(path: &Path, bytes: &[u8]) -> Result<&'static Format, Error> {
    sniff(bytes).or_else(|error| seal_by_name(path).ok_or(error))
}

/// The format of seals, if the file is named like one.
fn seal_by_name(path: &Path) -> Option<&'static Format> {
    FORMATS.iter().find(|format| format.name == covmerge::NAME && format.search.is_named(path))
}

/// Classifies a file that a directory search meets, by its name (without directory) and its first bytes. 4 KiB are enough, or the whole of a
/// smaller file. These are fragments to be read:
///
/// - `.coverage` and `.coverage.*`, always: an error in such a file must be reported, not skipped. SQLite's journals are excepted.
/// - `*.covmerge`, always, for the same reason.
/// - Any other file that a row of [`FORMATS`] recognises, a data file of coverage.py by its table, for example. Except one under the name that
///   an output of that format has by default: coverage.py or covmerge made it from the very fragments beside it. Named on the command line, such
///   a file is read.
/// - Never a temporary file that a killed run of ours left behind.
#[must_use]
pub fn classify(name: &str, head: &[u8]) -> FileClass {
    if name == ".coverage" || name.starts_with(".coverage.") {
        return if name.ends_with("-journal") { FileClass::Other } else { FileClass::Fragment };
    }
    if name.starts_with(".covmerge-") {
        return FileClass::Other;
    }
    let mut searches = FORMATS.iter().map(|format| format.search);
    match searches.find(|search| search.is_named(Path::new(name)) && (search.recognises)(head)) {
        Some(Search { output: Some(output), .. }) if output == name => FileClass::Report,
        Some(_) => FileClass::Fragment,
        // A seal that was cut off must not be skipped.
        None if seal_by_name(Path::new(name)).is_some() => FileClass::Fragment,
        None => FileClass::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SLIPCOVER: &[u8] = include_bytes!("../../testdata/fragments/slipcover/versions/1.1.0-branch.json");
    const REPORT: &[u8] = include_bytes!("../../testdata/fragments/coverage.py-json/versions/7.17.3-branch.json");

    /// The beginning of our own summary, as `render/summary.rs` writes it.
    const SUMMARY: &[u8] = br#"{
"meta": {"tool":"covmerge","version":"0.1.0","format":1,"timestamp":"2026-11-21T06:20:16.123456","branch_coverage":true,"python_version":"3.13"},
"totals": {"#;

    #[test]
    fn every_fixture_is_sniffed_by_its_own_format_alone() {
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/fragments");
        let mut tried = 0;
        for format in FORMATS {
            let cases = std::fs::read_dir(root.join(format.name)).unwrap().map(|case| case.unwrap().path());
            for case in cases.filter(|case| case.is_dir()) {
                for file in std::fs::read_dir(case).unwrap() {
                    let path = file.unwrap().path();
                    if path.is_file() && path.extension().is_none_or(|extension| extension != "md") {
                        let bytes = std::fs::read(&path).unwrap();
                        let by: Vec<_> =
                            FORMATS.iter().filter(|format| (format.sniff)(&bytes)).map(|format| format.name).collect();
                        assert_eq!(by, [format.name], "{}", path.display());
                        tried += 1;
                    }
                }
            }
        }
        assert!(tried > 20, "{tried}");
    }

    #[test]
    fn a_fragment_cut_anywhere_is_refused_with_advice() {
        for end in 0..SLIPCOVER.trim_ascii_end().len() {
            let bytes = &SLIPCOVER[..end];
            let error = sniff(bytes).and_then(|format| format.read(bytes, &Contexts::default())).unwrap_err();
            assert!(error.help.is_some() || end == 0, "{end}: {error}");
        }
    }

    #[test]
    fn the_meta_may_come_last() {
        let bytes =
            br#"{"files": {"a.py": {"executed_lines": [1, "}"]}}, "meta": {"version": "1", "software": "slipcover"}}"#;
        assert_eq!(sniff(bytes).unwrap().name, slipcover::NAME);
    }

    #[test]
    fn a_search_takes_what_looks_like_a_fragment() {
        use FileClass::{Fragment, Other, Report};

        let database = [b"SQLite format 3\0".as_slice(), &[0; 2000], b"CREATE TABLE coverage_schema ("].concat();
        for (name, head, expected) in [
            (".coverage", &b""[..], Fragment),
            (".coverage.host.pid7.Xabcdefx", b"garbage", Fragment),
            (".coverage.host.pid7.Xabcdefx-journal", b"garbage", Other),
            (".coveragerc", b"[run]", Other),
            ("data.sqlite", &database, Fragment),
            ("coverage.data", &database, Report),
            (".covmerge-x7Jq.tmp", &database, Other),
            ("testmondata", b"SQLite format 3\0 CREATE TABLE metadata", Other),
            ("shard-1.json", &SLIPCOVER[..300], Fragment),
            ("coverage.json", &SLIPCOVER[..300], Fragment),
            ("shard-1.txt", &SLIPCOVER[..300], Other),
            ("shard-1.json", &REPORT[..300], Fragment),
            ("coverage.json", &REPORT[..300], Report),
            ("coverage-summary.json", SUMMARY, Other),
            ("shard-1.json", SUMMARY, Other),
            ("package.json", br#"{"name": "x"}"#, Other),
            ("coverage.xml", b"<?xml version=\"1.0\" ?>", Other),
        ] {
            assert_eq!(classify(name, head), expected, "{name}");
        }
    }
}
