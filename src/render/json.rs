//! coverage.py's JSON report, format 3: every line and branch of every file, function and class.
//!
//! ```text
//! {"meta": {"format": 3, "version": "…", "timestamp": "…", "branch_coverage": true, "show_contexts": false},
//!  "files": {"src/app.py": {"executed_lines": [1, 2], "summary": {…}, "missing_lines": [3], "excluded_lines": [],
//!                           "executed_branches": [[2, 3]], "missing_branches": [[2, -1]],
//!                           "functions": {"f": {…the same and "start_line"…}, "": {…}}, "classes": {"": {…}}}},
//!  "totals": {…}}
//! ```
//!
//! The layout is that of Python's `json` module, compact or indented by 4, in ASCII, without a final line end. A way out of a function is the
//! negative line where it starts, or -1 if that is unknown. An exit that has only a label is in the counts but not in the lists.
//! Source: `coverage/jsonreport.py`.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};

use super::chunks::{push_number, write_in_order};
use super::{VERSION, View};
use crate::model::lines::{Line, LineSet};
use crate::model::outline::RegionKind;
use crate::model::percent::Percent;
use crate::model::report::{Basis, BranchExit, BranchLine, FileReport, Totals};
use crate::python::text::float_text;

/// Writes the document.
///
/// # Errors
/// The errors of `out`.
pub fn write(view: &View<'_>, out: &mut dyn Write) -> io::Result<()> {
    let form = Form {
        pretty: view.settings.json_pretty,
        precision: view.common.precision,
        branches: view.report.branches,
        contexts: view.settings.show_contexts,
    };
    let mut head = Document::new(form.pretty, 0);
    head.begin(b'{');
    head.key("meta");
    meta(&mut head, view);
    head.key("files");
    head.begin(b'{');
    out.write_all(&head.bytes)?;

    let files = by_name(view);
    if form.contexts {
        // The contexts of a single file may be too many to hold in memory.
        let mut document = Document::new(form.pretty, head.depth);
        for file in &files {
            write_file(&mut document, file, form, &mut |bytes| {
                out.write_all(bytes)?;
                bytes.clear();
                Ok(())
            })?;
        }
        out.write_all(&document.bytes)?;
    } else {
        write_in_order(&files, out, |at, file, bytes| {
            let mut document = Document { empty: at == 0, ..Document::new(form.pretty, head.depth) };
            std::mem::swap(&mut document.bytes, bytes);
            let infallible = write_file(&mut document, file, form, &mut |_| Ok(()));
            debug_assert!(infallible.is_ok(), "nothing is written here that could fail");
            std::mem::swap(&mut document.bytes, bytes);
        })?;
    }

    let mut tail = Document { empty: files.is_empty(), ..Document::new(form.pretty, head.depth) };
    tail.end(b'}');
    tail.key("totals");
    summary(&mut tail, &view.report.totals, form);
    tail.end(b'}');
    out.write_all(&tail.bytes)
}

/// The settings that determine the form of the document.
#[derive(Clone, Copy)]
struct Form {
    pretty: bool,
    precision: u32,
    branches: bool,
    contexts: bool,
}

/// The files in order. If two have one name, the last replaces the first in its place, as in a Python dictionary.
fn by_name<'a>(view: &View<'a>) -> Vec<&'a FileReport> {
    let mut places = BTreeMap::new();
    let mut files: Vec<&FileReport> = Vec::with_capacity(view.report.files.len());
    for file in view.report.files.values().map(|file| &**file) {
        if let Some(&place) = places.get(&file.name) {
            files[place] = file;
        } else {
            places.insert(&file.name, files.len());
            files.push(file);
        }
    }
    files
}

fn meta(document: &mut Document, view: &View<'_>) {
    document.begin(b'{');
    document.key("format");
    document.number(3);
    document.key("version");
    document.string(VERSION);
    document.key("timestamp");
    document.string(&view.made_at.iso());
    document.key("branch_coverage");
    document.boolean(view.report.branches);
    document.key("show_contexts");
    document.boolean(view.settings.show_contexts);
    if !view.report.incomplete.is_empty() {
        document.key("incomplete");
        document.begin(b'[');
        for reason in &view.report.incomplete {
            document.item();
            document.string(reason);
        }
        document.end(b']');
    }
    document.end(b'}');
}

type Flush<'a> = dyn FnMut(&mut Vec<u8>) -> io::Result<()> + 'a;

/// Writes one file. `flush` may write out the bytes so far and empty the buffer.
fn write_file(document: &mut Document, file: &FileReport, form: Form, flush: &mut Flush<'_>) -> io::Result<()> {
    document.name(&file.name);
    document.begin(b'{');
    let contexts = form.contexts.then(|| contexts_by_line(file));
    let whole = Part {
        executed: file.sets.executed.clone(),
        missing: file.missing(),
        excluded: file.sets.excluded.clone(),
        branches: file.sets.branches.iter().collect(),
        contexts: contexts.as_ref().map(|contexts| contexts.iter().collect()),
    };
    document.lines("executed_lines", &whole.executed);
    document.key("summary");
    summary(document, &file.totals, form);
    document.lines("missing_lines", &whole.missing);
    document.lines("excluded_lines", &whole.excluded);
    if let Some(contexts) = &whole.contexts {
        document.contexts(contexts);
        flush(&mut document.bytes)?;
    }
    if form.branches {
        // The lists of the whole file also regard exclusions past the last line of the text.
        document.branches("executed_branches", &whole, BranchLine::taken);
        document.branches("missing_branches", &whole, BranchLine::missing);
    }

    for (key, kind) in [("functions", RegionKind::Function), ("classes", RegionKind::Class)] {
        let regions = || file.regions.iter().filter(move |region| region.kind == kind);
        let listed = file.outside.as_ref().map(|listed| listed.iter().find(|region| region.kind == kind));
        // Where fragments list no region, as for files of plugins, coverage.py has no key.
        if listed == Some(None) && regions().next().is_none() {
            continue;
        }
        document.key(key);
        document.begin(b'{');
        let inside = LineSet::union_of(regions().map(|region| &region.lines));
        // Of several regions with one name, the first one with statements keeps the name.
        let with_statements: BTreeSet<&str> =
            regions().filter(|region| region.totals.statements > 0).map(|region| region.name.as_str()).collect();
        let mut used = BTreeSet::new();
        for region in regions() {
            let name = region.name.as_str();
            let yields = with_statements.contains(name) && region.totals.statements == 0;
            match region.start {
                Some(start) if yields || !used.insert(name) => document.name(&format!("{name}@{start}")),
                _ => document.name(name),
            }
            let part = Part::of(file, &region.lines, contexts.as_ref());
            region_entry(document, &part, &region.totals, region.start.map(Line::get), form);
            flush(&mut document.bytes)?;
        }
        if let Some(region) = listed.flatten() {
            document.key("");
            let part = Part::of(file, &region.lines, contexts.as_ref());
            region_entry(document, &part, &region.totals, region.start.map(Line::get), form);
        } else if listed.is_none() {
            document.key("");
            let outside = outside(file, &inside, contexts.as_ref());
            let (part, mut totals) = (Part::of(file, &outside, contexts.as_ref()), file.totals_within(&outside));
            let of_regions = regions().map(|region| region.unlisted_exits).sum();
            totals.branches += file.sets.unlisted_exits.saturating_sub(of_regions);
            region_entry(document, &part, &totals, Some(first_outside(&inside, file.sets.lines)), form);
        }
        flush(&mut document.bytes)?;
        document.end(b'}');
    }
    document.end(b'}');
    Ok(())
}

fn region_entry(document: &mut Document, part: &Part<'_>, totals: &Totals, start: Option<u32>, form: Form) {
    document.begin(b'{');
    document.lines("executed_lines", &part.executed);
    document.key("summary");
    summary(document, totals, form);
    document.lines("missing_lines", &part.missing);
    document.lines("excluded_lines", &part.excluded);
    if let Some(start) = start {
        document.key("start_line");
        document.number(u64::from(start));
    }
    if let Some(contexts) = &part.contexts {
        document.contexts(contexts);
    }
    if form.branches {
        document.branches("executed_branches", part, BranchLine::taken);
        document.branches("missing_branches", part, |branch| branch.missing_within(&part.excluded));
    }
    document.end(b'}');
}

/// The names of the contexts that each line ran under.
type Contexts<'a> = BTreeMap<u32, Vec<&'a str>>;

/// The part of a file that consists of some of its lines: the result of coverage.py's `AnalysisNarrower`, and the contexts of those lines.
struct Part<'a> {
    executed: LineSet,
    missing: LineSet,
    excluded: LineSet,
    branches: Vec<&'a BranchLine>,
    /// `None` unless contexts are shown.
    contexts: Option<Vec<(&'a u32, &'a Vec<&'a str>)>>,
}

impl<'a> Part<'a> {
    fn of(file: &'a FileReport, lines: &LineSet, contexts: Option<&'a Contexts<'a>>) -> Self {
        let executed = file.sets.executed.intersection(lines);
        let missing = file.sets.statements.intersection(lines).difference(&executed);
        let branches = file.branches_within(lines).collect();
        let mut near_contexts = Vec::new();
        if let (Some(first), Some(last)) = (lines.first(), lines.last()) {
            let near = contexts.into_iter().flat_map(|contexts| contexts.range(first.get()..=last.get()));
            near_contexts.extend(near.filter(|(line, _)| lines.contains_number(**line)));
        }
        let contexts = contexts.map(|_| near_contexts);
        Self { executed, missing, excluded: file.sets.excluded.intersection(lines), branches, contexts }
    }
}

/// The lines of the text that are in no region, limited to lines with data: a forged line number must not create a set of all the lines
/// before it.
fn outside(file: &FileReport, inside: &LineSet, contexts: Option<&Contexts<'_>>) -> LineSet {
    let mut known = file.sets.statements.union(&file.sets.excluded);
    known.extend(file.sets.branches.iter().map(|branch| branch.line));
    known.extend(contexts.into_iter().flat_map(BTreeMap::keys).copied().filter_map(Line::new));
    let outside = known.difference(inside);
    // Where fragments list the statements, the end of the text is not known.
    if file.basis == Basis::Source && outside.last().is_some_and(|last| last.get() > file.sets.lines) {
        return outside.iter().filter(|line| line.get() <= file.sets.lines).collect();
    }
    outside
}

/// The first line of the text that is in no region; 1 if there is none.
fn first_outside(inside: &LineSet, lines: u32) -> u32 {
    let mut first = 1;
    for line in inside.iter() {
        if line.get() != first {
            break;
        }
        first += 1;
    }
    if first <= lines { first } else { 1 }
}

/// The names of the contexts that each line ran under, as recorded: including both ends of arcs, lines that are not statements, and line 0.
fn contexts_by_line(file: &FileReport) -> Contexts<'_> {
    let mut by_line = Contexts::new();
    for (context, trace) in &file.sets.contexts {
        for line in trace.zero.then_some(0).into_iter().chain(trace.executed().iter().map(Line::get)) {
            by_line.entry(line).or_default().push(context.as_str());
        }
    }
    by_line
}

fn summary(document: &mut Document, totals: &Totals, form: Form) {
    let share = |document: &mut Document, key: &'static str, display: &'static str, percent: Percent| {
        document.key(key);
        document.float(percent.value());
        document.key(display);
        document.percent(percent, form.precision);
    };
    let count = |document: &mut Document, key: &'static str, number: u64| {
        document.key(key);
        document.number(number);
    };
    document.begin(b'{');
    count(document, "covered_lines", totals.executed);
    count(document, "num_statements", totals.statements);
    share(document, "percent_covered", "percent_covered_display", totals.percent());
    count(document, "missing_lines", totals.missing());
    count(document, "excluded_lines", totals.excluded);
    let statements = totals.percent_statements();
    share(document, "percent_statements_covered", "percent_statements_covered_display", statements);
    if form.branches {
        count(document, "num_branches", totals.branches);
        count(document, "num_partial_branches", totals.partial);
        count(document, "covered_branches", totals.taken());
        count(document, "missing_branches", totals.missing_branches);
        let branches = totals.percent_branches();
        share(document, "percent_branches_covered", "percent_branches_covered_display", branches);
    }
    document.end(b'}');
}

/// A JSON text being written, laid out as by Python's `json.dump`.
struct Document {
    bytes: Vec<u8>,
    pretty: bool,
    depth: usize,
    /// Whether the innermost open container is still empty.
    empty: bool,
}

impl Document {
    fn new(pretty: bool, depth: usize) -> Self {
        Self { bytes: Vec::new(), pretty, depth, empty: true }
    }

    fn begin(&mut self, bracket: u8) {
        self.bytes.push(bracket);
        self.depth += 1;
        self.empty = true;
    }

    fn end(&mut self, bracket: u8) {
        self.depth -= 1;
        if !self.empty && self.pretty {
            self.line_end();
        }
        self.bytes.push(bracket);
        self.empty = false;
    }

    /// Writes the separator before an item of a list or a key of an object.
    fn item(&mut self) {
        if self.pretty {
            self.item_on_a_line();
        } else if !self.empty {
            self.bytes.extend_from_slice(b", ");
        }
        self.empty = false;
    }

    /// The same where each item has a line of its own; apart, since most documents are compact.
    #[cold]
    fn item_on_a_line(&mut self) {
        if !self.empty {
            self.bytes.push(b',');
        }
        self.line_end();
    }

    fn line_end(&mut self) {
        self.bytes.push(b'\n');
        self.bytes.resize(self.bytes.len() + 4 * self.depth, b' ');
    }

    /// Writes a key of the format, which needs no escape.
    fn key(&mut self, key: &'static str) {
        self.item();
        self.bytes.push(b'"');
        self.bytes.extend_from_slice(key.as_bytes());
        self.bytes.extend_from_slice(b"\": ");
    }

    /// Writes a key that is the name of something.
    fn name(&mut self, name: &str) {
        self.item();
        self.string(name);
        self.bytes.extend_from_slice(b": ");
    }

    fn number(&mut self, number: u64) {
        push_number(&mut self.bytes, number);
    }

    fn boolean(&mut self, value: bool) {
        self.bytes.extend_from_slice(if value { b"true" } else { b"false" });
    }

    /// Writes a float as Python's `repr` does.
    fn float(&mut self, value: f64) {
        if value.to_bits() == 100f64.to_bits() {
            self.bytes.extend_from_slice(b"100.0");
        } else if value.to_bits() == 0 {
            self.bytes.extend_from_slice(b"0.0");
        } else {
            self.bytes.extend_from_slice(float_text(value).as_bytes());
        }
    }

    /// Writes a percentage with this number of decimals, as a string.
    fn percent(&mut self, percent: Percent, precision: u32) {
        self.bytes.push(b'"');
        self.bytes.extend_from_slice(percent.display(precision).as_bytes());
        self.bytes.push(b'"');
    }

    fn string(&mut self, text: &str) {
        self.bytes.push(b'"');
        // Most strings need no escape.
        let end = text.bytes().position(|byte| !matches!(byte, b' '..=b'~') || matches!(byte, b'"' | b'\\'));
        let (plain, rest) = text.split_at(end.unwrap_or(text.len()));
        self.bytes.extend_from_slice(plain.as_bytes());
        for character in rest.chars() {
            match character {
                '"' => self.bytes.extend_from_slice(b"\\\""),
                '\\' => self.bytes.extend_from_slice(b"\\\\"),
                '\n' => self.bytes.extend_from_slice(b"\\n"),
                '\r' => self.bytes.extend_from_slice(b"\\r"),
                '\t' => self.bytes.extend_from_slice(b"\\t"),
                '\u{8}' => self.bytes.extend_from_slice(b"\\b"),
                '\u{c}' => self.bytes.extend_from_slice(b"\\f"),
                ' '..='~' => self.bytes.push(character as u8),
                _ => {
                    for unit in character.encode_utf16(&mut [0; 2]) {
                        self.bytes.extend_from_slice(format!("\\u{unit:04x}").as_bytes());
                    }
                }
            }
        }
        self.bytes.push(b'"');
    }

    fn lines(&mut self, key: &'static str, lines: &LineSet) {
        self.key(key);
        self.begin(b'[');
        for line in lines.iter() {
            self.item();
            self.number(u64::from(line.get()));
        }
        self.end(b']');
    }

    /// Writes the pairs of a branch line and each of its `exits`, as the ends of arcs.
    fn branches<'a, I: Iterator<Item = &'a BranchExit>>(
        &mut self,
        key: &'static str,
        part: &'a Part<'_>,
        exits: impl Fn(&'a BranchLine) -> I,
    ) {
        self.key(key);
        self.begin(b'[');
        for branch in &part.branches {
            for end in exits(branch).filter_map(|exit| exit.to.arc_end()) {
                self.item();
                self.begin(b'[');
                self.item();
                self.number(u64::from(branch.line.get()));
                self.item();
                if end < 0 {
                    self.bytes.push(b'-');
                }
                self.number(u64::from(end.unsigned_abs()));
                self.end(b']');
            }
        }
        self.end(b']');
    }

    fn contexts(&mut self, contexts: &[(&u32, &Vec<&str>)]) {
        self.key("contexts");
        self.begin(b'{');
        for (line, names) in contexts {
            self.item();
            self.bytes.push(b'"');
            self.number(u64::from(**line));
            self.bytes.extend_from_slice(b"\": ");
            self.begin(b'[');
            for name in *names {
                self.item();
                self.string(name);
            }
            self.end(b']');
        }
        self.end(b'}');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_are_escaped_as_python_escapes_them() {
        // json.dumps() of CPython 3.13
        let mut document = Document::new(false, 0);
        document.string("a\"\\/\n\r\t\u{8}\u{c}\u{0}\u{1b}\u{7f}é漢🐍\u{2028}");
        assert_eq!(
            String::from_utf8(document.bytes).unwrap(),
            r#""a\"\\/\n\r\t\b\f\u0000\u001b\u007f\u00e9\u6f22\ud83d\udc0d\u2028""#
        );
    }
}
