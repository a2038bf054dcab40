//! The text on the terminal: made here, printed by `main`.
//!
//! File names and quotations from fragments may contain line ends and terminal escapes. All text from outside goes through
//! [`neutralised`], which leaves neither.

mod bad;
mod lines;

use std::error::Error as _;
use std::fmt::Write;
use std::path::PathBuf;

use anstyle::{AnsiColor, Style};

use self::lines::{because, help, shown};
use crate::merge;
use crate::model::fragment::{Fragment, Outcome};
use crate::model::lines::LineSet;
use crate::model::lost::Lost;
use crate::model::output::Place;
use crate::model::percent;
use crate::model::report::{FileReport, Report};
use crate::model::status::Status;
use crate::model::trace::Kind;
use crate::model::verdict::{Check, Judgement, Verdict, WorstFile};
use crate::model::warning::Warning;
use crate::model::words::{counted, grouped, out_of};
use crate::python::text::printable::neutralised;
use crate::run::{Error, Finished, Sealed};
use crate::verify::Verified;
use crate::{publish, tally};

/// The part of a long list that is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Listing {
    /// Its beginning, and the number of further items.
    Ten,
    /// The whole list, with `-v`.
    All,
}

impl Listing {
    const fn most(self) -> usize {
        match self {
            Self::Ten => 10,
            Self::All => usize::MAX,
        }
    }
}

/// An error of the command line or the settings. The former may have several lines and contain its own advice.
#[must_use]
pub fn usage(error: &str, advice: Option<&str>) -> String {
    // Python's parser of INI files indents with tabs.
    let error = error.trim_end().replace('\t', "  ");
    let lines: Vec<_> = error.lines().map(neutralised).collect();
    let mut text = format!("error: {}\n", lines.join("\n"));
    if let Some(advice) = advice {
        help(&mut text, advice);
    }
    text
}

/// An argument that leads to no fragment.
#[must_use]
pub fn unmatched(what: &str, advice: &str) -> String {
    let mut text = format!("error: {}\n", neutralised(what));
    help(&mut text, advice);
    text
}

/// An error with its `because:` and `help:` lines.
#[must_use]
pub fn error(error: &Error, listing: Listing) -> String {
    match error {
        Error::Merge(merge::Error::Bad(fragments)) => bad::errors(fragments),
        Error::Tally(files @ tally::Error::Files { problems, lost, .. }) => {
            lost_files(lost, listing)
                + &bad_files(problems, listing)
                + &format!("error: {files}; nothing was written\n")
        }
        _ => {
            let mut text = format!("error: {}\n", neutralised(&error.to_string()));
            let mut cause = error.source();
            while let Some(source) = cause {
                because(&mut text, &source.to_string());
                cause = source.source();
            }
            if let Some(advice) = error.help() {
                help(&mut text, &advice);
            }
            text
        }
    }
}

/// Files whose sources are not there, a group at a time.
fn lost_files(lost: &[Lost], listing: Listing) -> String {
    let mut text = String::new();
    for Lost { below, names, tried, rule } in lost {
        let Some(first) = names.first() else { continue };
        _ = match names.len() as u64 {
            1 => writeln!(text, "error: `{}` was measured, but its source was not found", neutralised(first)),
            all if below.is_empty() => {
                writeln!(
                    text,
                    "error: the sources of {} were not found, such as `{}`",
                    counted(all, "measured file"),
                    neutralised(first)
                )
            }
            all => writeln!(
                text,
                "error: the sources of {} below `{}` were not found, such as `{}`",
                counted(all, "measured file"),
                neutralised(below),
                neutralised(first)
            ),
        };
        if listing == Listing::All && names.len() > 1 {
            for name in names {
                _ = writeln!(text, "  `{}`", neutralised(name));
            }
        }
        because(&mut text, &format!("`{}` does not exist", tried.display()));
        match rule {
            Some((option, finds)) => {
                help(&mut text, &format!("`{option}` finds {}", of_them(*finds, names.len() as u64)));
            }
            None => help(&mut text, tally::LOST),
        }
    }
    text
}

fn of_them(number: u64, of: u64) -> String {
    match (number, of) {
        (1, 1) => "it".into(),
        _ if number == of => format!("all {}", grouped(of)),
        _ => format!("{} of them", grouped(number)),
    }
}

fn bad_files(problems: &[tally::FileError], listing: Listing) -> String {
    let mut text = String::new();
    let shown_ones = problems.get(..listing.most()).unwrap_or(problems);
    for (index, problem) in shown_ones.iter().enumerate() {
        _ = writeln!(text, "error: {}", neutralised(&problem.subject()));
        because(&mut text, &problem.kind.to_string());
        // Advice that is the same for several in a row is given once.
        if shown_ones.get(index + 1).is_none_or(|next| next.kind.help() != problem.kind.help()) {
            help(&mut text, &problem.kind.help());
        }
    }
    if problems.len() > shown_ones.len() {
        let more = (problems.len() - shown_ones.len()) as u64;
        _ = writeln!(text, "and {} that cannot be counted; `-v` lists all", counted(more, "more file"));
    }
    text
}

/// A warning with its `help:` line.
#[must_use]
pub fn warning(warning: &Warning) -> String {
    let mut text = format!("warning: {}\n", neutralised(&warning.text));
    if let Some(advice) = &warning.help {
        help(&mut text, advice);
    }
    text
}

/// All fragments that were passed over, and the warnings of a report, at most ten unless all are listed.
#[must_use]
pub fn warnings(report: &Report, listing: Listing) -> String {
    let mut text = bad::warnings(&report.fragments);
    for odd in report.warnings.iter().take(listing.most()) {
        text += &warning(odd);
    }
    if report.warnings.len() > listing.most() {
        let more = counted((report.warnings.len() - listing.most()) as u64, "more warning");
        _ = writeln!(text, "and {more}; `-v` lists all");
    }
    text
}

/// The archives that a search passed over, a line each, for `-v`.
#[must_use]
pub fn passed_over(archives: &[(PathBuf, &str)]) -> String {
    let line = |(archive, why): &(PathBuf, &str)| format!("passed over: {} {why}\n", shown(archive));
    archives.iter().map(line).collect()
}

/// `merged 32 fragments (coverage.py, branch) covering 1,004 files in 0.31 s`; if some were passed over,
/// `merged 30 of 32 fragments (coverage.py, branch; 1 unfinished, 1 duplicate, 1 rejected) covering …`.
#[must_use]
pub fn merged(report: &Report, files: usize, unmeasured: usize, seconds: f64) -> String {
    let merged: Vec<&Fragment> =
        report.fragments.iter().filter(|fragment| matches!(fragment.outcome, Outcome::Merged { .. })).collect();
    let mut formats: Vec<&str> = merged.iter().filter_map(|fragment| fragment.format).collect();
    formats.sort_unstable();
    formats.dedup();
    let kind = if report.branches { Kind::Branches } else { Kind::Statements };
    let (number, of) = (merged.len() as u64, report.fragments.len() as u64);
    let found = if number == of { counted(of, "fragment") } else { out_of(number, of, "fragment") };
    let mut text = format!("merged {found} (");
    let mut separator = "";
    // Beside seals that are sealed again, it may be that not one fragment can be used.
    if !merged.is_empty() {
        _ = write!(text, "{}, {}", formats.join(" and "), kind.name());
        separator = "; ";
    }
    let count = |wanted: fn(&Outcome) -> bool| {
        report.fragments.iter().filter(|fragment| wanted(&fragment.outcome)).count() as u64
    };
    for (number, what) in [
        (report.unfinished(), "unfinished"),
        (count(|outcome| matches!(outcome, Outcome::Duplicate { .. })), "duplicate"),
        (count(|outcome| *outcome == Outcome::TooOld), "too old"),
        (count(|outcome| matches!(outcome, Outcome::Rejected { .. })), "rejected"),
    ] {
        if number > 0 {
            _ = write!(text, "{separator}{} {what}", grouped(number));
            separator = ", ";
        }
    }
    _ = write!(text, ") covering {}", counted(files as u64, "file"));
    if unmeasured > 0 {
        let number = unmeasured as u64;
        _ = write!(text, ", {} of which no fragment names,", grouped(number));
    }
    _ = writeln!(text, " in {seconds:.2} s");
    text
}

/// `verified: passed: total coverage …`, or why it is not; if `quiet`, only that.
#[must_use]
pub fn verified(verified: &Verified, quiet: bool) -> String {
    let why = neutralised(&verified.why);
    match verified.status {
        Status::Well if quiet => String::new(),
        Status::Well => format!("verified: {why}\n"),
        Status::NoReport => format!("error: cannot verify: {why}\n  help: name the summary that `covmerge` wrote\n"),
        _ => format!("not verified: {why}\n"),
    }
}

/// `sealed 4 fragments (coverage.py, branch) covering 5 files in 0.02 s`, `wrote unit-3.covmerge (12,345 bytes)`, and why it is incomplete; if
/// `quiet`, only that.
#[must_use]
pub fn sealed(sealed: &Sealed, seconds: f64, quiet: bool) -> String {
    let Sealed { report, files, unmeasured, published, .. } = sealed;
    let mut text = String::new();
    if !quiet {
        let own: Vec<Fragment> =
            report.fragments.iter().filter(|fragment| !merge::is_of_seal(fragment)).cloned().collect();
        if !own.is_empty() {
            let own = Report { fragments: own, branches: report.branches, ..Report::default() };
            let merged = merged(&own, *files, *unmeasured, seconds);
            _ = write!(text, "sealed{}", merged.strip_prefix("merged").unwrap_or(&merged));
        } else if *unmeasured > 0 {
            _ = writeln!(text, "sealed {} that no fragment names", counted(*unmeasured as u64, "file"));
        }
        text += &sealed_again(sealed);
        for written in &published.written {
            if let Place::File(path) = &written.place {
                _ = writeln!(text, "wrote {} ({})", shown(path), counted(written.bytes, "byte"));
            }
        }
    }
    for why in &report.incomplete {
        _ = writeln!(text, "incomplete: {}", neutralised(why));
    }
    text
}

/// `sealed 3 seals again`; if some were passed over, `sealed 1 of 3 seals again (1 too old, 1 rejected)`.
fn sealed_again(sealed: &Sealed) -> String {
    let rejected = merge::rejected(&sealed.report.fragments).filter(|bad| merge::is_of_seal(bad)).count();
    let Sealed { seals, too_old_seals, .. } = *sealed;
    let (number, of) = (seals as u64, (seals + too_old_seals + rejected) as u64);
    let others = [(too_old_seals, "too old"), (rejected, "rejected")].into_iter().filter(|(number, _)| *number > 0);
    let others: Vec<String> = others.map(|(number, what)| format!("{} {what}", grouped(number as u64))).collect();
    match of {
        0 => String::new(),
        _ if number == of => format!("sealed {} again\n", counted(of, "seal")),
        _ => format!("sealed {} again ({})\n", out_of(number, of, "seal"), others.join(", ")),
    }
}

/// `wrote coverage.xml, htmlcov/index.html, coverage-summary.json`; empty if all went to standard output.
#[must_use]
pub fn wrote(finished: &Finished) -> String {
    let paths: Vec<String> = finished
        .published
        .written
        .iter()
        .filter_map(|written| match &written.place {
            Place::File(path) => Some(shown(path)),
            Place::Stdout => None,
        })
        .collect();
    if paths.is_empty() { String::new() } else { format!("wrote {}\n", paths.join(", ")) }
}

/// A warning for each directory in which a killed run left some outputs new and others old.
#[must_use]
pub fn finished(directories: &[PathBuf]) -> String {
    let warned = |directory: &PathBuf| {
        let text = format!(
            "an earlier run was killed while it replaced its outputs in `{}`: they are now all replaced",
            shown(directory)
        );
        warning(&Warning::new(text))
    };
    directories.iter().map(warned).collect()
}

/// The warning that fragments stay although they were to be deleted.
#[must_use]
pub fn kept() -> String {
    let help = "write a report to a file, or delete the fragments with `covmerge clean`";
    warning(&Warning::new("the fragments are kept: no report went to a file").with_help(help))
}

/// A warning for each output that is so large as to be a burden.
#[must_use]
pub fn heavy(written: &[publish::Written]) -> String {
    let said = written.iter().filter_map(|written| {
        let heavy = written.format.heavy.filter(|heavy| written.bytes > heavy.bytes)?;
        let Place::File(path) = &written.place else { return None };
        let text =
            format!("`{}` is {} MB: a browser will take a while to open it", shown(path), written.bytes / 1_000_000);
        Some(warning(&Warning::new(text).with_help(heavy.help)))
    });
    said.collect()
}

/// The line of sums, after one for each part.
#[must_use]
pub fn totals(report: &Report, precision: u32) -> String {
    let rows: Vec<Vec<String>> = report
        .sums_of_parts()
        .into_iter()
        .chain([("TOTAL", report.totals)])
        .map(|(name, totals)| {
            let mut row = vec![
                neutralised(name).into_owned(),
                counted(totals.statements, "statement"),
                format!("{} missing", grouped(totals.missing())),
            ];
            if report.branches {
                row.extend([counted(totals.branches, "branch"), format!("{} partial", grouped(totals.partial))]);
            }
            // At least two decimals: 96.6% that passes for 97% would otherwise look like 97%.
            let percent = totals.percent();
            let is_share = name == "TOTAL" || !percent.is_of_nothing();
            row.push(if is_share { format!("{}%", percent.display(precision.max(2))) } else { "nothing".into() });
            row
        })
        .collect();
    let width = |at: usize| rows.iter().map(|row| row[at].chars().count()).max().unwrap_or(0);
    rows.iter().fold(String::new(), |mut text, row| {
        for (at, cell) in row.iter().enumerate() {
            let width = width(at);
            _ = if at == 0 { write!(text, "{cell:width$}") } else { write!(text, "   {cell:>width$}") };
        }
        text + "\n"
    })
}

/// The verdict in green and red, with the worst files if a threshold was missed.
#[must_use]
pub fn verdict(report: &Report, verdict: &Verdict) -> String {
    checks(report, verdict, verdict.checks.iter())
}

/// The checks of the verdict that do not pass.
#[must_use]
pub fn failures(report: &Report, verdict: &Verdict) -> String {
    checks(report, verdict, verdict.checks.iter().filter(|check| !check.passed()))
}

fn checks<'a>(report: &Report, verdict: &Verdict, checks: impl Iterator<Item = &'a Check>) -> String {
    const PASSED: Style = AnsiColor::Green.on_default();
    const FAILED: Style = AnsiColor::Red.on_default();
    let mut text = String::new();
    for check in checks {
        let sentence = check.to_string();
        let (outcome, why) = sentence.split_once(':').unwrap_or((&sentence, ""));
        let style = if check.passed() { PASSED } else { FAILED };
        _ = write!(text, "{style}{}{style:#}:{}", neutralised(outcome), neutralised(why));
        if let Check::Completeness { there: Some(there), .. } = check {
            _ = write!(text, "; there are {}", neutralised(there));
        }
        text.push('\n');
        if check.threshold().is_some_and(|threshold| matches!(threshold.judgement, Judgement::Missed { .. })) {
            let files = if let Check::Part { worst_files, .. } = check { worst_files } else { &verdict.worst_files };
            text += &worst_files(report, files);
        }
    }
    text
}

fn worst_files(report: &Report, files: &[WorstFile]) -> String {
    let files: Vec<&FileReport> = files.iter().filter_map(|file| Some(&**report.files.get(&file.path)?)).collect();
    let width = files.iter().map(|file| file.name.chars().count()).max().unwrap_or(0);
    files.iter().fold(String::new(), |mut text, file| {
        let name = neutralised(&file.name);
        let missing = file.missing();
        let mut what = format!("{:>5} missing", grouped(missing.len()));
        if report.branches {
            _ = write!(what, "  {:>4} partial", grouped(file.totals.partial));
        }
        let percent = percent::display(file.totals.percent().value(), 2);
        let lines = first_ranges(&file.sets.statements, &missing);
        _ = writeln!(text, "{}", format!("  {name:width$}  {percent:>6}%  {what}  {lines}").trim_end());
        text
    })
}

/// The first few ranges of missing statements: `31-44, 58, 90-121 …`.
fn first_ranges(statements: &LineSet, missing: &LineSet) -> String {
    let mut ranges: Vec<(u32, u32)> = Vec::new();
    let mut open = false;
    for line in statements.iter() {
        if missing.contains(line) {
            match ranges.last_mut() {
                Some(range) if open => range.1 = line.get(),
                _ => ranges.push((line.get(), line.get())),
            }
        }
        open = missing.contains(line);
        if ranges.len() > 4 {
            break;
        }
    }
    let more = if ranges.len() > 4 { " …" } else { "" };
    let shown: Vec<String> = ranges
        .iter()
        .take(4)
        .map(|(first, last)| if first == last { first.to_string() } else { format!("{first}-{last}") })
        .collect();
    shown.join(", ") + more
}

/// One line for each fragment, for `-v`.
#[must_use]
pub fn fragments(report: &Report) -> String {
    report.fragments.iter().fold(String::new(), |mut text, fragment| {
        let outcome = match &fragment.outcome {
            Outcome::Merged { files } => format!("merged, {}", counted(*files, "file")),
            Outcome::Duplicate { of } => format!("duplicate of `{}`", shown(of)),
            Outcome::TooOld => {
                format!("too old, made {}", neutralised(fragment.origin.when.as_deref().unwrap_or_default()))
            }
            // The warning about it gives the reason.
            Outcome::Rejected { .. } => "rejected".into(),
        };
        let tool = if fragment.producer.is_empty() { fragment.format } else { Some(&*fragment.producer) };
        let tool = tool.map(|tool| format!("{}, ", neutralised(tool))).unwrap_or_default();
        let bytes = counted(fragment.bytes, "byte");
        let unfinished = if fragment.counts_unfinished() { ", unfinished" } else { "" };
        let part = fragment.part.and_then(|part| report.parts.get(part));
        let part = part.map(|part| format!(", part `{}`", neutralised(&part.name))).unwrap_or_default();
        _ = writeln!(text, "{}: {tool}{bytes}, {outcome}{unfinished}{part}", shown(&fragment.path));
        if fragment.counts_unfinished() {
            because(&mut text, &fragment.why_unfinished().unwrap_or_default());
        }
        text
    })
}

#[cfg(test)]
mod tests {
    use crate::model::output::{Format, Heavy};

    use super::*;

    #[test]
    fn a_report_as_one_file_that_is_too_large_to_open_at_once_is_warned_of() {
        let place = || Place::File("coverage.html".into());
        let written = |format, bytes| publish::Written { format, place: place(), bytes, is_file: true };
        let heavy_from = |bytes| -> &Format {
            Box::leak(Box::new(Format {
                heavy: Some(Heavy { bytes, help: "make it smaller" }),
                ..Format::new("x", None)
            }))
        };
        assert_eq!(
            heavy(&[
                written(heavy_from(71_900_000), 71_900_000),
                written(Box::leak(Box::new(Format::new("y", None))), u64::MAX)
            ]),
            ""
        );
        insta::assert_snapshot!(heavy(&[written(heavy_from(50_000_000), 71_900_000)]), @r"
        warning: `coverage.html` is 71 MB: a browser will take a while to open it
          help: make it smaller
        ");
    }
}
