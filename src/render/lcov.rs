//! LCOV tracefiles as coverage.py writes them, for genhtml, Coveralls and editors.
//!
//! ```text
//! SF:src/app.py                          a source file begins
//! DA:3,1                                 line 3 ran
//! LF:4                                   statements, and those that ran
//! LH:3
//! FN:3,9,f                               function `f` reaches from line 3 to line 9
//! FNDA:1,f                               some line of it ran
//! FNF:1                                  functions, and those that ran
//! FNH:1
//! BRDA:4,0,jump to line 5,-              a branch of line 4, which never got as far as to choose one
//! BRF:2                                  branches, and those taken
//! BRH:0
//! end_of_record
//! ```
//!
//! Counts are 1 or 0, or a hit count if some fragment counted. `#` lines at the top give the reasons why data is incomplete.
//! Source: `coverage/lcovreport.py`. Format: geninfo(1), TRACEFILE FORMAT, LCOV 1.16.

use std::collections::BTreeSet;
use std::io::{self, Write};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD_NO_PAD;
use md5::{Digest, Md5};

use super::View;
use super::chunks::{push_number, write_in_order};
use crate::model::arcs::Exit;
use crate::model::lines::Line;
use crate::model::outline::{Action, RegionKind};
use crate::model::path::SourcePath;
use crate::model::report::{BranchExit, FileReport, RegionReport};
use crate::python::text::printable::neutralised;
use crate::python::text::split_lines;

/// Writes the document.
///
/// # Errors
/// The errors of `out`.
pub fn write(view: &View<'_>, out: &mut dyn Write) -> io::Result<()> {
    for reason in &view.report.incomplete {
        writeln!(out, "# incomplete: {}", neutralised(reason))?;
    }
    let skip_empty = view.settings.skip_empty;
    let files = view.report.files.iter().map(|(path, file)| (path, &**file));
    let mut files: Vec<(&SourcePath, &FileReport)> =
        files.filter(|(_, file)| !skip_empty || file.totals.statements > 0).collect();
    files.sort_by(|(path, file), (other_path, other)| file.name.cmp(&other.name).then_with(|| path.cmp(other_path)));
    write_in_order(&files, out, |_, (path, file), bytes| write_file(view, path, file, bytes))
}

fn write_file(view: &View<'_>, path: &SourcePath, file: &FileReport, bytes: &mut Vec<u8>) {
    bytes.extend_from_slice(b"SF:");
    bytes.extend_from_slice(neutralised(&file.name).as_bytes());
    bytes.push(b'\n');
    let text = if view.settings.lcov_checksums { (view.source_text)(path).ok() } else { None };
    write_lines(file, text.as_deref(), bytes);
    write_functions(file, bytes);
    if view.report.branches {
        write_branches(file, bytes);
    }
    bytes.extend_from_slice(b"end_of_record\n");
}

fn write_lines(file: &FileReport, text: Option<&str>, bytes: &mut Vec<u8>) {
    let lines = text.map(split_lines).unwrap_or_default();
    let mut executed = file.sets.executed.iter().peekable();
    for line in file.sets.statements.iter() {
        let ran = executed.next_if_eq(&line).is_some();
        bytes.extend_from_slice(b"DA:");
        push_number(bytes, u64::from(line.get()));
        bytes.push(b',');
        push_number(bytes, file.hits_of(line, ran));
        // If the text is shorter than the one that was measured, the line has no checksum.
        if let Some(text) = usize::try_from(line.get() - 1).ok().and_then(|at| lines.get(at)) {
            bytes.push(b',');
            bytes.extend_from_slice(checksum(text).as_bytes());
        }
        bytes.push(b'\n');
    }
    if file.totals.statements > 0 {
        record(bytes, "LF:", file.totals.statements);
        record(bytes, "LH:", file.totals.executed);
    }
}

fn record(bytes: &mut Vec<u8>, name: &str, number: u64) {
    bytes.extend_from_slice(name.as_bytes());
    push_number(bytes, number);
    bytes.push(b'\n');
}

fn write_functions(file: &FileReport, bytes: &mut Vec<u8>) {
    let extent = |region: &RegionReport| -> Option<(Line, Line)> {
        let (start, lines) = (region.line()?, &region.lines);
        Some((start.min(lines.first()?), start.max(lines.last()?)))
    };
    let functions = file.regions.iter().filter(|region| region.kind == RegionKind::Function);
    let mut functions: Vec<_> =
        functions.filter_map(|region| extent(region).map(|(first, last)| (first, last, region))).collect();
    if functions.is_empty() {
        return;
    }
    functions.sort_by_key(|&(first, last, region)| (first, last, region.name.clone(), region.start));
    let (mut found, mut hit) = (0, 0);
    let mut used = BTreeSet::new();
    for (first, last, region) in functions {
        if region.totals.statements == 0 {
            continue;
        }
        // A function counts as run if any of it ran.
        let ran = u64::from(region.totals.executed > 0);
        found += 1;
        hit += ran;
        let mut name = neutralised(region.name.as_str()).into_owned();
        if !used.insert(name.clone()) {
            name = format!("{name}@{first}");
        }
        bytes.extend_from_slice(b"FN:");
        push_number(bytes, u64::from(first.get()));
        bytes.push(b',');
        push_number(bytes, u64::from(last.get()));
        bytes.push(b',');
        bytes.extend_from_slice(name.as_bytes());
        bytes.extend_from_slice(b"\nFNDA:");
        push_number(bytes, ran);
        bytes.push(b',');
        bytes.extend_from_slice(name.as_bytes());
        bytes.push(b'\n');
    }
    record(bytes, "FNF:", found);
    record(bytes, "FNH:", hit);
}

fn write_branches(file: &FileReport, bytes: &mut Vec<u8>) {
    // A branch line that is not a statement has no records, but the sums include it.
    for branch in file.sets.branches.iter().filter(|branch| file.sets.statements.contains(branch.line)) {
        if branch.taken_count() == 0 {
            // No exit was taken: either control never reached the choice, or the line always raised an exception.
            for exit in in_order(branch.missing()) {
                write_branch(file, branch.line, exit, b'-', bytes);
            }
        } else {
            // The sums include exits that a pragma waives, but these are neither taken nor missing.
            for exit in in_order(branch.exits.iter().filter(|exit| exit.taken || branch.misses(exit))) {
                write_branch(file, branch.line, exit, if exit.taken { b'1' } else { b'0' }, bytes);
            }
        }
    }
    if file.totals.branches > 0 {
        record(bytes, "BRF:", file.totals.branches);
        record(bytes, "BRH:", file.totals.taken());
    }
}

/// Sorts exits to lines first, ascending, then ways out: an `if` without an `else` at the end of a function reads in its natural order.
fn in_order<'a>(exits: impl Iterator<Item = &'a BranchExit>) -> Vec<&'a BranchExit> {
    let mut exits: Vec<_> = exits.collect();
    exits.sort_by_key(|exit| exit.to.arc_end().map(|end| (end < 0, end)));
    exits
}

fn write_branch(file: &FileReport, line: Line, exit: &BranchExit, taken: u8, bytes: &mut Vec<u8>) {
    bytes.extend_from_slice(b"BRDA:");
    push_number(bytes, u64::from(line.get()));
    bytes.push(b',');
    let action = match (&exit.to, exit.to.arc_end()) {
        // A label that comes from LCOV is `block,branch`.
        (Exit::Label(label), _) if label.contains(',') => label.to_string(),
        (Exit::Label(label), _) => format!("0,{label}"),
        (_, end) => {
            let arc = exit.arc_from(line);
            let explanation = arc.and_then(|arc| file.sets.explanations.of(arc).next());
            let action = explanation.map_or(&Action::Jump, |explanation| &explanation.action);
            format!("0,{}", action.text(end.unwrap_or(-1)))
        }
    };
    bytes.extend_from_slice(neutralised(&action).as_bytes());
    bytes.extend_from_slice(&[b',', taken, b'\n']);
}

/// The MD5 of a line in base 64 without padding, as the format requires. It is not used for security.
fn checksum(line: &str) -> String {
    BASE64_STANDARD_NO_PAD.encode(Md5::digest(line.as_bytes()))
}

#[cfg(test)]
mod tests {
    use crate::model::report::{BranchLine, Report, Sets};
    use crate::model::settings::Render;
    use crate::render::fixture;

    use super::*;

    #[test]
    fn checksums_are_those_of_the_line_without_its_end() {
        // coverage.lcovreport.line_hash
        for (line, hash) in [
            ("", "1B2M2Y8AsgTpgAmY7PhCfg"),
            ("import sys", "mUDsnWRiqW9R9nTILGKIZg"),
            ("x = 'ü'", "RjFTEQzYG/157XFuJzBcxw"),
        ] {
            assert_eq!(checksum(line), hash);
        }
    }

    fn branches(branch: BranchLine, ran: bool) -> String {
        let statements = fixture::lines(&[1, 2, 9]);
        let executed = if ran { statements.clone() } else { fixture::lines(&[]) };
        let mut report = Report { branches: true, ..Report::default() };
        let sets = Sets { statements, executed, branches: vec![branch], lines: 9, ..Sets::default() };
        fixture::add(&mut report, "a.py", sets, Vec::new());
        let shown = fixture::shown("lcov", &report, &fixture::settings());
        shown.lines().filter(|line| line.starts_with("BR")).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn a_line_that_took_no_exit_says_so_of_each() {
        let branch = fixture::branch(1, [fixture::exit(-9, false), fixture::exit(2, false)]);
        assert_eq!(
            branches(branch, false),
            "BRDA:1,0,jump to line 2,- BRDA:1,0,jump to the function exit,- BRF:2 BRH:0"
        );
    }

    #[test]
    fn exits_that_a_pragma_waives_count_as_taken_and_have_no_record() {
        let exits = [fixture::exit(-9, true), fixture::exit(2, false)];
        let branch = BranchLine { no_branch: true, ..fixture::branch(1, exits) };
        assert_eq!(branches(branch, true), "BRDA:1,0,jump to the function exit,1 BRF:2 BRH:2");
    }

    #[test]
    fn lines_carry_their_counts_and_checksums() {
        let mut report = fixture::report();
        for file in report.files.values_mut() {
            file.sets.hits.insert(fixture::line(1), 7);
        }
        let settings = Render { lcov_checksums: true, ..fixture::settings() };
        let shown = fixture::shown("lcov", &report, &settings);
        // The text of the fixture ends before line 5.
        assert!(shown.contains("SF:src/app/full.py\nDA:1,7,CSILHpORoaftvO6DQ7U7YQ\nDA:2,1,"), "{shown}");
        assert!(shown.contains("\nDA:5,1\nLF:3\n"), "{shown}");
    }
}
