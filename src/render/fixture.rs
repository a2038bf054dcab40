//! One report that every format shows: a full, a partial, an empty and an excluded file, with coverage.py's own numbers (CPython 3.13,
//! `--branch`, the four files run once).
//!
//! ```python
//! class Shop:                    # src/app/partial.py
//!     def price(self, n):  # 2
//!         if n > 10:  # 3
//!             return n - 1
//!         return n  # 5
//!
//!     def close(self):  # 7
//!         raise NotImplementedError
//!
//!
//! def debug(n):  # 11
//!     if n:  # 12
//!         print(n)
//!
//!
//! Shop().price(2)  # 16
//! debug(1)  # 17
//! ```

use crate::model::arcs::{Arc, ArcSet, Exit};
use crate::model::fragment::{Fragment, Outcome};
use crate::model::lines::{Line, LineSet};
use crate::model::outline::{Action, Explanation, Name, Region, RegionKind};
use crate::model::path::SourcePath;
use crate::model::report::{Basis, BranchExit, BranchLine, FileReport, RegionReport, Report, Sets, Totals};
use crate::model::settings;
use crate::model::timestamp::Timestamp;
use crate::model::tool::Tool;
use crate::model::trace::{Context, ContextTrace, Trace};
use crate::model::verdict::{Check, Threshold, Verdict, WorstFile};
use crate::model::warning::Warning;

use super::formats::{FORMATS, Writer};
use super::{VERSION, View};

pub(super) fn report() -> Report {
    let mut report = Report { branches: true, ..Report::default() };
    add(&mut report, "src/app/empty.py", empty(0));
    add(&mut report, "src/app/excluded.py", FileReport { excluded: lines(&[1, 2]), ..empty(2) });
    let full = lines(&[1, 2, 5]);
    let double = region(RegionKind::Function, "double", 1, &[2]);
    add(
        &mut report,
        "src/app/full.py",
        FileReport { statements: full.clone(), executed: full, regions: vec![double], ..empty(5) },
    );
    let tests = [
        (Context::from(""), ContextTrace { lines: lines(&[1, 2, 7, 11]), ..ContextTrace::default() }),
        (
            Context::from("test_\"é\""),
            ContextTrace { arcs: ArcSet::from_iter([Arc::new(12, 13)]), ..ContextTrace::default() },
        ),
    ];
    let debug_returns = Explanation { cause: None, action: Action::Return(Name::from("debug")) };
    let partial = FileReport {
        statements: lines(&[1, 2, 3, 4, 5, 7, 8, 11, 12, 13, 16, 17]),
        executed: lines(&[1, 2, 3, 5, 7, 11, 12, 13, 16, 17]),
        branches: vec![
            branch(3, [exit(4, false, vec![]), exit(5, true, vec![])]),
            branch(12, [exit(-11, false, vec![debug_returns]), exit(13, true, vec![])]),
        ],
        regions: vec![
            region(RegionKind::Class, "Shop", 1, &[3, 4, 5, 8]),
            region(RegionKind::Function, "Shop.price", 2, &[3, 4, 5]),
            region(RegionKind::Function, "Shop.close", 7, &[8]),
            region(RegionKind::Function, "debug", 11, &[12, 13]),
        ],
        contexts: tests.into(),
        ..empty(17)
    };
    add(&mut report, "src/app/partial.py", partial);
    let fragment = |path: &str, outcome| Fragment {
        incomplete: None,
        path: path.into(),
        format: Some("coverage.py"),
        tool: Some(Tool::COVERAGE_PY),
        producer: "coverage.py 7.17.3".into(),
        kind: None,
        bytes: 53_248,
        modified: None,
        outcome,
        warnings: Vec::new(),
    };
    report.fragments = vec![
        fragment(".coverage.a", Outcome::Merged { files: 4 }),
        fragment(".coverage.b", Outcome::Duplicate { of: ".coverage.a".into() }),
    ];
    report
}

/// The same report with one fragment missing and one empty fragment left out.
pub(super) fn incomplete() -> Report {
    let mut report = report();
    let why = "file is not a database".to_owned();
    let rejected = Outcome::Rejected { why, help: Some("make the fragment again".into()) };
    report.fragments.push(Fragment { path: ".coverage.c".into(), outcome: rejected, ..report.fragments[0].clone() });
    report.fragments.push(Fragment {
        path: ".coverage.d".into(),
        outcome: Outcome::Empty,
        ..report.fragments[0].clone()
    });
    report.incomplete = vec!["1 of 4 fragments rejected".into(), "expected --32-- fragments\u{1b}[31m".into()];
    report.warnings =
        vec![Warning::new("12 executed lines lie beyond the end").with_help("report from the same revision")];
    report
}

pub(super) fn verdict() -> Verdict {
    let total = Threshold {
        required: 90.0,
        found: report().totals.percent(),
        decimals: 2,
        passed: false,
        needed: 3,
        branches: true,
    };
    let worst = WorstFile { path: "/project/src/app/partial.py".into(), missing: 4 };
    Verdict { checks: vec![Check::Total(total)], worst_files: vec![worst] }
}

pub(super) fn settings() -> settings::Render {
    settings::Render {
        cwd: "/project".into(),
        root: "/project".into(),
        precision: 2,
        show_missing: true,
        xml_package_depth: 99,
        ..settings::Render::default()
    }
}

/// The document in that format, with the version removed.
pub(super) fn shown(format: &str, report: &Report, settings: &settings::Render) -> String {
    let row = FORMATS.iter().find(|row| row.format.name == format).unwrap();
    let (verdict, trace) = (verdict(), Trace::default());
    let source_text =
        |path: &SourcePath| path.as_str().ends_with("full.py").then(|| "def double(n):\n    return 2 * n\n".into());
    let view = View {
        report,
        verdict: &verdict,
        trace: &trace,
        settings,
        python: settings::PythonVersion::default(),
        made_at: Timestamp::from_micros(1_795_242_016_123_456),
        measured_at: None,
        source_roots: &[],
        is_file: &|_| false,
        source_text: &source_text,
    };
    let mut bytes = Vec::new();
    let Writer::Document(write) = row.write else { panic!("`{format}` is not a document") };
    write(&view, &mut bytes).unwrap();
    String::from_utf8(bytes).unwrap().replace(&format!("\"{VERSION}\""), "\"[version]\"")
}

/// Adds a file and counts the totals again.
pub(super) fn add(report: &mut Report, name: &str, file: FileReport) {
    let sets = Sets {
        statements: file.statements,
        executed: file.executed,
        excluded: file.excluded,
        hits: file.hits,
        branches: file.branches,
        idle: file.idle,
        contexts: file.contexts,
        first: file.first,
        unlisted_exits: file.unlisted_exits,
        lines: file.lines,
    };
    let region = |RegionReport { kind, name, start, lines, unlisted_exits, .. }| Region {
        kind,
        name,
        start,
        unlisted_exits,
        lines,
    };
    let regions = file.regions.into_iter().map(region).collect();
    let file = FileReport::new(name.into(), file.basis, sets, regions, file.doubts);
    report.totals += file.totals;
    report.files.insert(SourcePath::from(format!("/project/{name}").as_str()), file);
}

pub(super) fn empty(lines: u32) -> FileReport {
    FileReport::new(String::new(), Basis::Source, Sets { lines, ..Sets::default() }, Vec::new(), Vec::new())
}

pub(super) fn line(number: u32) -> Line {
    Line::new(number).unwrap()
}

pub(super) fn lines(numbers: &[u32]) -> LineSet {
    numbers.iter().copied().map(line).collect()
}

pub(super) fn branch(number: u32, exits: impl Into<Vec<BranchExit>>) -> BranchLine {
    let exits = exits.into();
    let total = exits.iter().filter(|exit| !exit.excluded).count();
    BranchLine { line: line(number), total: total.try_into().unwrap(), no_branch: false, exits }
}

pub(super) fn exit(to: i32, taken: bool, explanations: Vec<Explanation>) -> BranchExit {
    BranchExit { to: Exit::from_arc_end(to).unwrap(), taken, excluded: false, explanations }
}

fn region(kind: RegionKind, name: &str, start: u32, numbers: &[u32]) -> RegionReport {
    let (name, start, lines) = (Name::from(name), line(start), lines(numbers));
    RegionReport { kind, name, start, lines, unlisted_exits: 0, totals: Totals::default() }
}
