//! The five functions in which a large run spends its time. `cargo bench` before and after a change to one of them shows a loss.

#![expect(clippy::unwrap_used, reason = "a benchmark that cannot go on has failed")]

use std::path::{Path, PathBuf};

use covmerge::analyse::{Rules, analyse};
use covmerge::model::lines::{Line, LineSet};
use covmerge::model::local_time::LocalTime;
use covmerge::model::report::Report;
use covmerge::model::settings::{self, Settings};
use covmerge::model::timestamp::Timestamp;
use covmerge::model::trace::{Kind, Trace};
use covmerge::model::verdict::Verdict;
use covmerge::read::{Contexts, coveragepy, coveragepy_json};
use covmerge::render::{View, cobertura};
use covmerge::run;
use divan::{Bencher, black_box};

const EPOCH: Timestamp = Timestamp::from_micros(0);

fn main() {
    divan::main();
}

fn testdata(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata").join(name)
}

fn every(step: usize) -> LineSet {
    (1..10_000).step_by(step).filter_map(Line::new).collect()
}

/// Sets of the same blocks, and sets between whose blocks others have to go.
#[divan::bench(args = [(2, 3), (2, 1_000), (1_000, 2)])]
fn line_sets_unite(bencher: Bencher<'_, '_>, (step, other): (usize, usize)) {
    let (set, other) = (every(step), every(other));
    bencher.with_inputs(|| set.clone()).bench_values(|mut set| {
        set.union_with(black_box(&other));
        set
    });
}

#[divan::bench]
fn coveragepy_reads(bencher: Bencher<'_, '_>) {
    let fragment = testdata("example/.coverage.runner.pid24810.X1Ur1Jwx.HSxkNXlZ0h8h");
    let bytes = std::fs::read(fragment).unwrap();
    bencher.bench(|| coveragepy::read(black_box(&bytes), &Contexts::default()).unwrap());
}

#[divan::bench]
fn coveragepy_json_reads(bencher: Bencher<'_, '_>) {
    let bytes = std::fs::read(testdata("parity/3.13/branch/expected.json")).unwrap();
    bencher.bench(|| coveragepy_json::read(black_box(&bytes), &Contexts::default()).unwrap());
}

#[divan::bench(args = [Kind::Statements, Kind::Branches])]
fn analyse_finds_what_could_run(bencher: Bencher<'_, '_>, kind: Kind) {
    let text = ["branches", "handlers", "matches"]
        .map(|name| std::fs::read_to_string(testdata("parity/program/lib").join(name).with_extension("py")).unwrap());
    let text = text.concat().repeat(10);
    bencher.bench(|| analyse(black_box(&text), &Rules::default(), kind).unwrap());
}

/// The report of the example, each of its files under 200 names.
fn report() -> Report {
    let root = testdata("example");
    let settings = Settings {
        discover: settings::Discover { cwd: root.clone(), data_file: ".coverage".into(), ..Default::default() },
        common: settings::Common { root, relative_files: true, ..Default::default() },
        ..Settings::default()
    };
    let mut report = run::run(&settings, EPOCH, LocalTime::at(EPOCH, 0), &mut Vec::new(), &|_| ()).unwrap().report;
    let files = std::mem::take(&mut report.files);
    report.files = (0..200)
        .flat_map(|copy| {
            files.iter().map(move |(path, file)| (format!("copy{copy}/{path}").as_str().into(), file.clone()))
        })
        .collect();
    report
}

#[divan::bench]
fn cobertura_writes(bencher: Bencher<'_, '_>) {
    let (report, verdict, trace) = (report(), Verdict::default(), Trace::default());
    let (settings, common) = (settings::Render::default(), settings::Common::default());
    let view = View {
        report: &report,
        verdict: &verdict,
        trace: &trace,
        settings: &settings,
        common: &common,
        python: settings::PythonVersion::default(),
        made_at: EPOCH,
        measured_at: None,
        source_roots: &[],
        cwd: &common.root,
        real_file: &|_| None,
        source_text: &|_| Err(String::new()),
    };
    bencher.bench(|| cobertura::write(black_box(&view), &mut Vec::new()).unwrap());
}
