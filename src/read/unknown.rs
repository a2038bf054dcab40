//! Bytes of an unsupported format: their kind, and the remedy.

use super::error::{Error, Fault, Place};
use super::json::peek;
use super::json::text::quote;
use crate::datafile::MAGIC;
use crate::model::unfinished::Cause;

/// How many bytes of a fragment to read in order to name its format.
const LOOKED_AT: usize = 4096;

const NOT_YET: &str = "this version of covmerge reads coverage.py data files, Slipcover JSON, coverage.py JSON and its own seals; convert it, or leave it out";
const MADE_FROM: &str =
    "this version of covmerge does not read it yet: name the coverage.py data files or Slipcover JSON it was made from";
const AGAIN: &str = "its writer was stopped, or its copy failed: re-create the fragment";
/// The help for the beginning of a fragment.
const CUT_OFF: &str = "if only its copy was cut short, copy it again";

/// The error for bytes of an unknown format.
pub(super) fn refusal(bytes: &[u8]) -> Error {
    if bytes.is_empty() {
        return Error::new(Place::Whole, "it has 0 bytes").of(Fault::Unfinished(Cause::Empty));
    }
    let looked_at = bytes.get(..LOOKED_AT).unwrap_or(bytes);
    let text = peek::start(looked_at);
    let known =
        if text.starts_with(b"{") { Some(json(bytes)) } else { binary(bytes, looked_at).or_else(|| lines(text)) };
    let error = match known {
        Some((what, help)) => Error::new(Place::Whole, format!("this is {what}")).with_help(help),
        None => Error::new(Place::Whole, format!("the format is not known: the file begins with {}", quote(looked_at)))
            .with_help("name files written by coverage.py or Slipcover, or a directory to search for them"),
    };
    let is_cut_off = known.is_some_and(|(_, help)| help == CUT_OFF);
    error.of(if is_cut_off { Fault::Unfinished(Cause::CutOff) } else { Fault::Foreign })
}

type Known = Option<(&'static str, &'static str)>;

/// Recognises a format by its magic number.
fn binary(bytes: &[u8], head: &[u8]) -> Known {
    Some(match head {
        [0x1f, 0x8b, ..] => ("gzip data", "unpack it first, with `gunzip`"),
        [0x28, 0xb5, 0x2f, 0xfd, ..] => ("zstd data", "unpack it first, with `unzstd`"),
        [b'P', b'K', 3, 4, ..] => ("a zip archive", "unpack it first, with `unzip`"),
        _ if head.get(257..262) == Some(b"ustar") => ("a tar archive", "unpack it first, with `tar -xf`"),
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => {
            ("UTF-16 text", "shells that redirect into UTF-16 write such files: let the tool write the file itself")
        }
        [0x81, b'r', b'f', b'o' | b'l', b'r' | b'p', ..] | [0xff, b'l', b'p', b'r', b'o', b'f', b'r' | b'i', ..] => {
            ("LLVM profile data", NOT_YET)
        }
        _ if head.starts_with(b"adcg") || head.starts_with(b"gcda") || head.starts_with(b"oncg") => {
            ("gcov data (.gcda or .gcno)", NOT_YET)
        }
        _ if head.starts_with(MAGIC) => ("an SQLite database", "name the data files that coverage.py wrote"),
        _ if head.starts_with(b"SQLite for") => ("the beginning of an SQLite database, cut short", CUT_OFF),
        _ if bytes.iter().all(|&byte| byte == 0) => ("nothing but NUL bytes, as after a crash of the machine", CUT_OFF),
        [0, ..] => ("binary data that begins with NUL bytes", AGAIN),
        _ => return None,
    })
}

/// Recognises a format by its first line of text or its first element.
fn lines(text: &[u8]) -> Known {
    let starts = |with: &str| text.starts_with(with.as_bytes());
    if text.is_empty() {
        return Some(("nothing but whitespace", AGAIN));
    }
    if starts("<") {
        return Some(markup(text));
    }
    Some(if starts("!coverage.py: This is a private format") {
        ("a coverage.py data file from before version 5.0", "measure again with coverage.py 5.0 or later")
    } else if starts("mode: set\n") || starts("mode: count\n") || starts("mode: atomic\n") || starts("mode: set\r") {
        ("a Go cover profile", NOT_YET)
    } else if starts("TN:") || starts("SF:") || starts("VER:") {
        ("an LCOV tracefile", MADE_FROM)
    } else if starts("-:") && has(text, b":Source:") {
        ("gcov's text output", NOT_YET)
    } else if starts("[run]") || starts("[tool.") {
        ("a settings file", "pass it with `--rcfile`")
    } else if starts("version https://git-lfs") {
        ("a Git LFS pointer, not the file itself", "fetch the file, with `git lfs pull`")
    } else {
        return None;
    })
}

fn markup(text: &[u8]) -> (&'static str, &'static str) {
    let lower = text.to_ascii_lowercase();
    let element = |name: &str| {
        let open = format!("<{name}");
        memchr::memmem::find_iter(&lower, open.as_bytes()).any(|at| {
            lower.get(at + open.len()).is_none_or(|byte| matches!(byte, b' ' | b'>' | b'/' | b'\t' | b'\r' | b'\n'))
        })
    };
    if element("html") || has(&lower, b"<!doctype html") {
        ("an HTML page", "a download may have returned an error page or a login page: look at it in a browser")
    } else if element("coveragesession") {
        ("an OpenCover report", NOT_YET)
    } else if element("report") && !element("coverage") {
        ("a JaCoCo report", NOT_YET)
    } else if element("coverage") && (element("project") || has(&lower, b" clover=")) {
        ("a Clover report", NOT_YET)
    } else if element("coverage") && (element("packages") || element("sources") || has(&lower, b"line-rate")) {
        ("a Cobertura report", MADE_FROM)
    } else if element("coverage") && element("file") {
        ("a SonarQube generic coverage report", NOT_YET)
    } else if element("testsuites") || element("testsuite") {
        ("a JUnit report: it has test results and no coverage", "leave it out")
    } else {
        ("XML of an unknown kind", NOT_YET)
    }
}

/// Recognises a format by the first members of a JSON object.
fn json(bytes: &[u8]) -> (&'static str, &'static str) {
    let document = peek::start(bytes);
    // Collected once: a document may be long, and the member that identifies it may come last.
    let members: Vec<_> = peek::members(document).take(64).collect();
    let top = |key: &str| members.iter().find(|(name, _)| *name == key.as_bytes()).map(|&(_, value)| value);
    let string = |key: &str| top(key).and_then(peek::string).unwrap_or_default();
    let meta = top("meta");
    let software = meta.and_then(|meta| peek::member(meta, "software")).and_then(peek::string);
    let (first_key, first) = members.first().copied().unwrap_or_default();
    let inside = |key: &str| peek::member(first, key);
    let tool = meta.and_then(|meta| peek::member(meta, "tool")).and_then(peek::string);

    if tool == Some(b"covmerge") {
        ("a summary that covmerge made from fragments, not a fragment itself", "name the fragments it was made from")
    } else if tool.is_some() {
        ("JSON of an unknown tool, named in `meta.tool`", NOT_YET)
    } else if software.is_some() {
        ("JSON of an unknown tool: `meta.software` is neither absent nor `slipcover`", NOT_YET)
    } else if string("type") == b"llvm.coverage.json.export" {
        ("an llvm-cov export", NOT_YET)
    } else if top("gcovr/format_version").is_some() {
        ("gcovr's JSON", NOT_YET)
    } else if top("format_version").is_some() && (top("gcc_version").is_some() || top("files").is_some()) {
        ("gcov's JSON", NOT_YET)
    } else if top("result").is_some_and(|result| result.starts_with(b"[")) {
        ("V8 coverage, which has offsets instead of lines", "make a report of it first, with `c8 report`")
    } else if inside("statementMap").is_some()
        || inside("data").is_some_and(|data| peek::member(data, "statementMap").is_some())
    {
        ("Istanbul's coverage-final.json", NOT_YET)
    } else if string("version") != b"" && top("totals").is_some() && top("globs").is_some() {
        ("the status.json of a coverage.py HTML report", "name the fragments it was made from")
    } else if inside("coverage").is_some() && inside("timestamp").is_some() {
        ("SimpleCov's .resultset.json", NOT_YET)
    } else if top("source_files").is_some() {
        ("Coveralls JSON", NOT_YET)
    } else if first_key == b"coverage" {
        ("Codecov's custom JSON", NOT_YET)
    } else if top("lines").is_some() && top("arcs").is_none() && top("files").is_none() {
        ("a coverage.py data file from before version 5.0", "measure again with coverage.py 5.0 or later")
    } else if meta.is_none() && top("files").is_some() {
        let help = if ends(document) { AGAIN } else { CUT_OFF };
        ("JSON with `files` but without the `meta` of Slipcover or coverage.py, or cut short before it", help)
    } else if meta.is_none() && !ends(document) {
        ("JSON that is cut short before its kind is clear", CUT_OFF)
    } else {
        ("JSON of an unknown kind", NOT_YET)
    }
}

/// Whether a document has its closing bracket.
fn ends(document: &[u8]) -> bool {
    document.trim_ascii_end().ends_with(b"}")
}

fn has(text: &[u8], what: &[u8]) -> bool {
    memchr::memmem::find(text, what).is_some()
}

#[cfg(test)]
mod tests {
    use crate::model::unfinished::Cause;
    use crate::read::{Error, Fault, sniff};

    fn refused(bytes: impl AsRef<[u8]>) -> String {
        let Error { cause, help, .. } = sniff(bytes.as_ref()).err().unwrap();
        assert!(help.is_some() || bytes.as_ref().is_empty(), "{cause}");
        cause
    }

    #[test]
    fn what_is_known_but_not_read_is_refused_by_name() {
        let utf16: Vec<u8> = "\u{feff}{}".encode_utf16().flat_map(u16::to_le_bytes).collect();
        for (bytes, name) in [
            (&b""[..], "it has 0 bytes"),
            (b" \n", "nothing but whitespace"),
            (&[0; 5000], "nothing but NUL bytes"),
            (b"\0\0\0\0{}", "binary data that begins with NUL"),
            (b"\x1f\x8b\x08\0", "gzip"),
            (&utf16, "UTF-16"),
            (b"PK\x03\x04", "a zip archive"),
            (b"SQLite format", "an SQLite database, cut short"),
            (b"!coverage.py: This is a private format, don't read it directly!{\"lines\":{}}", "before version 5.0"),
            (b"TN:\nSF:a.py\nDA:1,1\nend_of_record\n", "an LCOV tracefile"),
            (b"\xef\xbb\xbfSF:a.py\n", "an LCOV tracefile"),
            (b"mode: atomic\na.go:1.1,2.2 1 1\n", "a Go cover profile"),
            (b"        -:    0:Source:a.c\n", "gcov's text output"),
            (
                b"<?xml version=\"1.0\" ?>\n<coverage version=\"7\" line-rate=\"1\">\n<sources/><packages/>",
                "a Cobertura report",
            ),
            (b"<?xml version=\"1.0\"?><coverage generated=\"1\" clover=\"3.2.0\"><project>", "a Clover report"),
            (b"<coverage version=\"1\"><file path=\"a\">", "a SonarQube"),
            (b"<!DOCTYPE report PUBLIC \"-//JACOCO//DTD\" \"report.dtd\"><report name=\"x\">", "a JaCoCo report"),
            (b"<CoverageSession><Modules>", "an OpenCover report"),
            (b"<!DOCTYPE html>\n<html><head><title>404</title>", "an HTML page"),
            (b"<testsuites><testsuite name=\"a\">", "a JUnit report"),
            (br#"{"type": "llvm.coverage.json.export", "version": "2.0.1", "data": []}"#, "an llvm-cov export"),
            (br#"{"data": [{}], "type": "llvm.coverage.json.export"}"#, "an llvm-cov export"),
            (br#"{"gcovr/format_version": "0.11", "files": []}"#, "gcovr's JSON"),
            (br#"{"format_version": "1", "gcc_version": "12.2.0", "files": []}"#, "gcov's JSON"),
            (br#"{"result": [{"scriptId": "1", "url": "file:///a.js", "functions": []}]}"#, "V8 coverage"),
            (br#"{"/a.js": {"path": "/a.js", "statementMap": {}, "s": {}}}"#, "Istanbul"),
            (br#"{"/a.js": {"data": {"path": "/a.js", "statementMap": {}}}}"#, "Istanbul"),
            (br#"{"RSpec": {"coverage": {"a.rb": {"lines": [1, null]}}, "timestamp": 1}}"#, "SimpleCov"),
            (br#"{"coverage": {"a.py": {"1": 0}}}"#, "Codecov"),
            (
                br#"{"meta": {"tool":"covmerge","version":"0.1.0","format":1,"branch_coverage":true}, "files": {}}"#,
                "a summary that covmerge made from fragments",
            ),
            (br#"{"meta": {"tool": "other", "format": 3}, "files": {}}"#, "JSON of an unknown tool"),
            (br#"{"meta": {"software": "other"}, "files": {}}"#, "JSON of an unknown tool"),
            (br#"{"a": 1}"#, "JSON of an unknown kind"),
            (br#"{"met"#, "JSON that is cut short before its kind is clear"),
        ] {
            let cause = refused(bytes);
            assert!(cause.contains(name), "{name}: {cause}");
        }
    }

    #[test]
    fn the_beginning_of_a_fragment_is_an_unfinished_one() {
        for (bytes, cause) in [
            (&b""[..], Some(Cause::Empty)),
            (b"SQLite format", Some(Cause::CutOff)),
            (&[0; 5000], Some(Cause::CutOff)),
            (br#"{"met"#, Some(Cause::CutOff)),
            (br#"{"files": {"a.py""#, Some(Cause::CutOff)),
            (br#"{"files": {}}"#, None),
            (br#"{"type": "llvm.coverage.json.export", "da"#, None),
            (b" \n", None),
            (b"hello", None),
        ] {
            let fault = cause.map_or(Fault::Foreign, Fault::Unfinished);
            assert_eq!(sniff(bytes).err().unwrap().fault, fault, "{bytes:?}");
        }
    }

    #[test]
    fn text_of_no_kind_is_quoted() {
        assert_eq!(refused(b"hello\x07 world"), "the format is not known: the file begins with `hello\\u{7} world`");
    }
}
