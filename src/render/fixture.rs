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
use crate::model::lines::Line;
pub(super) use crate::model::lines::tests::lines;
use crate::model::origin::Origin;
use crate::model::outline::{Action, Explanation, Name, Region, RegionKind};
use crate::model::path::SourcePath;
use crate::model::report::{Basis, BranchExit, BranchLine, FileReport, Regions, Report, Sets};
use crate::model::settings;
use crate::model::timestamp::Timestamp;
use crate::model::tool::Tool;
use crate::model::trace::{Context, ContextTrace, Trace};
use crate::model::unfinished::{Cause, Unfinished};
use crate::model::verdict::{Check, Judgement, Threshold, Verdict, WorstFile};
use crate::model::warning::Warning;

use super::formats::{FORMATS, Writer};
use super::{VERSION, View};

pub(super) fn report() -> Report {
    let mut report = Report { branches: true, ..Report::default() };
    add(&mut report, "src/app/empty.py", Sets::default(), Vec::new());
    let excluded = Sets { excluded: lines(&[1, 2]), lines: 2, ..Sets::default() };
    add(&mut report, "src/app/excluded.py", excluded, Vec::new());
    let full = lines(&[1, 2, 5]);
    let full = Sets { statements: full.clone(), executed: full, lines: 5, ..Sets::default() };
    add(&mut report, "src/app/full.py", full, vec![region(RegionKind::Function, "double", 1, &[2])]);
    let tests = [
        (Context::from(""), ContextTrace { lines: lines(&[1, 2, 7, 11]), ..ContextTrace::default() }),
        (
            Context::from("test_\"é\""),
            ContextTrace { arcs: ArcSet::from_iter([Arc::new(12, 13)]), ..ContextTrace::default() },
        ),
    ];
    let debug_returns = Explanation { cause: None, action: Action::Return(Name::from("debug")) };
    let partial = Sets {
        statements: lines(&[1, 2, 3, 4, 5, 7, 8, 11, 12, 13, 16, 17]),
        executed: lines(&[1, 2, 3, 5, 7, 11, 12, 13, 16, 17]),
        branches: vec![branch(3, [exit(4, false), exit(5, true)]), branch(12, [exit(-11, false), exit(13, true)])],
        explanations: [(Arc::new(12, -11), debug_returns)].into_iter().collect(),
        contexts: tests.into(),
        lines: 17,
        ..Sets::default()
    };
    let regions = vec![
        region(RegionKind::Class, "Shop", 1, &[3, 4, 5, 8]),
        region(RegionKind::Function, "Shop.price", 2, &[3, 4, 5]),
        region(RegionKind::Function, "Shop.close", 7, &[8]),
        region(RegionKind::Function, "debug", 11, &[12, 13]),
    ];
    add(&mut report, "src/app/partial.py", partial, regions);
    let fragment = |path: &str, outcome| Fragment {
        incomplete: None,
        origin: Origin::default(),
        unfinished: None,
        digest: None,
        sealed_in: None,
        part: None,
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

/// The same report with one fragment missing, and one that was never finished and holds nothing.
pub(super) fn incomplete() -> Report {
    let mut report = report();
    let why = "file is not a database".to_owned();
    let rejected = Outcome::Rejected { why, help: Some("make the fragment again".into()) };
    report.fragments.push(Fragment { path: ".coverage.c".into(), outcome: rejected, ..report.fragments[0].clone() });
    report.fragments.push(Fragment {
        path: ".coverage.d".into(),
        outcome: Outcome::Merged { files: 0 },
        unfinished: Some(Unfinished { cause: Cause::Empty, why: "it has 0 bytes".into(), saved: None }),
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
        judgement: Judgement::Missed { needed: 3 },
        branches: true,
        incomplete_allowed: false,
        unfinished: 0,
    };
    let worst = WorstFile { path: "/project/src/app/partial.py".into(), missing: 4 };
    Verdict { checks: vec![Check::Total(total)], worst_files: vec![worst] }
}

pub(super) fn settings() -> settings::Render {
    settings::Render { show_missing: true, xml_package_depth: 99, ..settings::Render::default() }
}

pub(super) fn common() -> settings::Common {
    settings::Common { root: "/project".into(), precision: 2, ..settings::Common::default() }
}

/// The document in that format, with the version removed.
pub(super) fn shown(format: &str, report: &Report, settings: &settings::Render) -> String {
    shown_with(format, report, settings, &common())
}

/// The same with other common settings.
pub(super) fn shown_with(
    format: &str,
    report: &Report,
    settings: &settings::Render,
    common: &settings::Common,
) -> String {
    let row = FORMATS.iter().find(|row| row.format.name == format).unwrap();
    let (verdict, trace) = (verdict(), Trace::default());
    let source_text = |path: &SourcePath| {
        let text = path.as_str().ends_with("full.py").then(|| "def double(n):\n    return 2 * n\n".into());
        text.ok_or_else(|| "it was not found".into())
    };
    let view = View {
        report,
        verdict: &verdict,
        trace: &trace,
        settings,
        common,
        python: settings::PythonVersion::default(),
        made_at: Timestamp::from_micros(1_795_242_016_123_456),
        measured_at: None,
        source_roots: &[],
        cwd: &common.root,
        real_file: &|_| None,
        source_text: &source_text,
    };
    let mut bytes = Vec::new();
    let Writer::Document(write) = row.write else { panic!("`{format}` is not a document") };
    write(&view, &mut bytes).unwrap();
    String::from_utf8(bytes).unwrap().replace(&format!("\"{VERSION}\""), "\"[version]\"")
}

/// Adds a file, and its totals to those of the report.
pub(super) fn add(report: &mut Report, name: &str, sets: Sets, regions: Vec<Region>) {
    let file = FileReport::new(name.into(), Basis::Source, sets, Regions::Found(regions), Vec::new());
    report.totals += file.totals;
    report.files.insert(SourcePath::from(format!("/project/{name}").as_str()), Box::new(file));
}

/// The report on a file without statements.
pub(super) fn empty(name: &str) -> FileReport {
    FileReport::new(name.into(), Basis::Source, Sets::default(), Regions::Found(Vec::new()), Vec::new())
}

pub(super) fn line(number: u32) -> Line {
    Line::new(number).unwrap()
}

pub(super) fn branch(number: u32, exits: impl Into<Vec<BranchExit>>) -> BranchLine {
    let exits = exits.into();
    let total = exits.iter().filter(|exit| !exit.excluded).count();
    BranchLine { line: line(number), total: total.try_into().unwrap(), no_branch: false, exits }
}

pub(super) fn exit(to: i32, taken: bool) -> BranchExit {
    BranchExit { to: Exit::from_arc_end(to).unwrap(), taken, excluded: false }
}

fn region(kind: RegionKind, name: &str, start: u32, numbers: &[u32]) -> Region {
    Region { kind, name: Name::from(name), start: Some(line(start)), lines: lines(numbers), unlisted_exits: 0 }
}
