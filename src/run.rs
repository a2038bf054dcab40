//! The pipeline on one page.

mod error;
mod seal;
mod sealed;
mod spare;
mod stage;

use std::collections::BTreeSet;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::model::fragment::Fragment;
use crate::model::local_time::LocalTime;
use crate::model::path::SourcePath;
use crate::model::report::{Basis, Report};
use crate::model::settings::{Render, Settings};
use crate::model::status::Status;
use crate::model::timestamp::Timestamp;
use crate::model::trace::Trace;
use crate::model::verdict::{Check, Judgement, Verdict};
use crate::paths::Mappers;
use crate::sources::Sources;
use crate::{discover, gate, merge, packed, paths, publish, read, render, tally, testlog};
pub use error::Error;
pub use seal::{Sealed, seal};
use stage::on_threads;
pub use stage::{Tick, absent};

/// The result of a run: the report, the verdict and the outputs written.
#[derive(Debug)]
pub struct Finished {
    /// The report.
    pub report: Report,
    /// The number of files in the report or, if nothing is reported, in the data.
    pub files: usize,
    /// The number of those that no fragment names.
    pub unmeasured: usize,
    /// The verdict on the report.
    pub verdict: Verdict,
    /// Archives that a search passed over, each with the reason in words.
    pub passed_over: Vec<(PathBuf, &'static str)>,
    /// What stays although fragments were to be deleted.
    pub staying: Staying,
    /// The outputs.
    pub published: publish::Published,
    /// The exit status of the process.
    pub status: Status,
}

/// What stays although fragments were to be deleted.
#[derive(Debug, PartialEq, Eq)]
pub enum Staying {
    /// These archives.
    Archives(Vec<PathBuf>),
    /// All: not a file was written, and nobody knows who has read the reports.
    All,
}

/// Runs the pipeline: fragments in, reports out.
///
/// `now` is the date of the outputs, and `local` the time that the clock of this machine shows then; `stdout` receives an output sent to `-`; `tick` is called from any thread.
///
/// # Errors
/// Any reason why no trustworthy report can be made. A missed threshold is not an error: it is in the verdict.
pub fn run(
    settings: &Settings,
    now: Timestamp,
    local: LocalTime,
    stdout: &mut (dyn Write + Send),
    tick: &(dyn Fn(Tick) + Sync),
) -> Result<Finished, Error> {
    on_threads(settings, || pipeline(settings, now, local, stdout, tick))?
}

fn pipeline(
    settings: &Settings,
    now: Timestamp,
    local: LocalTime,
    stdout: &mut dyn Write,
    tick: &(dyn Fn(Tick) + Sync),
) -> Result<Finished, Error> {
    let step = || tick(Tick::Step);
    let plan = publish::plan(
        settings.render.outputs.clone(),
        &settings.discover.cwd,
        settings.render.html.extra_css.is_some(),
    )?;
    spare::settings(&plan, settings)?;
    let mappers = Mappers::new(&settings.paths, &settings.common, &settings.parts)?;
    let mapper = mappers.run();
    let sources = opener(settings);

    tick(Tick::Stage("discover", 0));
    let found = discover::fragments(&settings.discover, &plan.targets(), &read::classify)?;

    tick(Tick::Stage("merge", found.fragments.len()));
    let input = merge::Input {
        found: &found.fragments,
        parts: &found.parts,
        absent: found.unmatched.iter().map(absent).collect(),
        cwd: &settings.discover.cwd,
        expect: settings.common.expect,
        now: local,
    };
    let merge::Merged { trace, fragments, there, mut incomplete, warnings, rules, commit, spent, .. } =
        mappers.checked(merge::merge(input, &settings.merge, &mappers, &step))??;

    spare::sources(&plan, &trace, settings)?;
    incomplete.extend(sealed::of_another_commit(
        &trace,
        &fragments,
        commit.as_deref(),
        settings.render.commit.as_deref(),
    ));
    incomplete.extend(gate::lacking(&found.places, settings.manifest.as_ref(), &there));
    incomplete.extend(gate::lacking_in_shards(&fragments, &settings.parts));
    incomplete.extend(gate::lacking_in_parts(&settings.discover.parts, &found.empty, &fragments));
    incomplete.extend(testlog::lacking(&settings.test_logs, &settings.discover.cwd));
    let doubts = gate::doubts(&found.places, &there, &fragments, &settings.parts);
    let warnings = settings.warnings.iter().cloned().chain(found.warnings).chain(warnings).chain(doubts).collect();
    let analyses = sealed::analyses(settings, rules)?;
    let mut report = if settings.combine {
        Report { branches: trace.branches, fragments, incomplete, warnings, ..Report::default() }
    } else {
        tick(Tick::Stage("analyse", trace.files.len()));
        let tools =
            tally::Tools { analyses: &analyses, parts: &settings.parts, mapper, sources: &sources, tick: &step };
        let of_two_texts = sealed::held_against_checkout(&trace, &analyses, mapper, &sources)?;
        let warnings = [warnings, of_two_texts].concat();
        tally::tally(&trace, fragments, incomplete, warnings, &tools)?
    };
    if settings.render.lcov_checksums && settings.render.outputs.iter().any(|output| output.format.name == "lcov") {
        let without = sealed::without_checksums(&report, &|path| text(path, &report, &trace, &sources));
        report.warnings.extend(without);
    }
    let files = if settings.combine { trace.measured().count() } else { report.files.len() };
    let counts = |path: &&SourcePath| settings.combine || report.files.contains_key(path);
    let unmeasured = trace.unmeasured.iter().filter(counts).count();
    let verdict = gate::judge(&report, &settings.gate, &settings.common);

    tick(Tick::Stage("write", 0));
    let shown = Render { commit: commit.or_else(|| settings.render.commit.clone()), ..settings.render.clone() };
    let there = sealed::places(&trace, mapper);
    let view = render::View {
        report: &report,
        verdict: &verdict,
        trace: &trace,
        settings: &shown,
        common: &settings.common,
        python: analyses.first().map_or(settings.analysis.python, |run| run.settings.python),
        made_at: now,
        measured_at: settings
            .render
            .timestamp
            .or_else(|| report.fragments.iter().filter_map(|fragment| fragment.modified).max()),
        source_roots: &paths::source_roots(
            &settings.render.source,
            &settings.common.root,
            settings.common.relative_files,
            &there,
        ),
        cwd: &settings.discover.cwd,
        real_file: &|path| {
            let real = std::fs::canonicalize(path).ok().filter(|real| real.is_file());
            real.or_else(|| there.contains(Path::new(path)).then(|| path.into()))
        },
        source_text: &|path| text(path, &report, &trace, &sources),
    };
    render::check(&view)?;
    let make = publish::Make {
        document: &|request, out| render::document(&view, request, out),
        site: &|request, put| render::site(&view, request, put),
    };
    let published = publish::write(&plan, make, &settings.discover.cwd, stdout)?;
    let status = status(&verdict, settings.gate.allow_incomplete);
    // Where data is missing, the run will be repeated with all of it.
    let staying = if !settings.delete_fragments || !matches!(status, Status::Well | Status::Missed) {
        Staying::Archives(Vec::new())
    } else if published.written.iter().any(|output| output.is_file) {
        Staying::Archives(delete(&report.fragments, &spent, &settings.discover.cwd)?)
    } else {
        Staying::All
    };
    // Dropping a trace of thousands of files would take a while, and the process is about to end.
    std::mem::forget(trace);
    Ok(Finished { passed_over: found.passed_over, staying, report, files, unmeasured, verdict, published, status })
}

/// Opens the sources. Pages and checksums are of the texts that were analysed.
fn opener(settings: &Settings) -> Sources {
    let outputs = settings.render.outputs.iter();
    let pages = outputs.clone().filter(|output| output.format.shows_texts).count();
    let lcov = outputs.filter(|output| output.format.name == "lcov").count();
    // A warning about texts that are not there needs them once more.
    let checksums = if settings.render.lcov_checksums && lcov > 0 { lcov + 1 } else { 0 };
    Sources::new(&settings.common.root)
        .allowing(settings.common.outside.clone())
        .within(settings.analysis.limits)
        .keeping(pages + checksums)
}

/// The text of a file that the report shows, or why it is not shown.
fn text(path: &SourcePath, report: &Report, trace: &Trace, sources: &Sources) -> Result<Arc<str>, String> {
    if let Some(source) = trace.sealed.get(path) {
        return sealed::text(source, path, sources);
    }
    let parsed = report.files.get(path).is_some_and(|file| file.basis == Basis::Source);
    sources.shown(path, parsed).map_err(|why| why.to_string())
}

fn status(verdict: &Verdict, allow_incomplete: bool) -> Status {
    let missed = |wanted: fn(&Check) -> bool| verdict.checks.iter().any(|check| wanted(check) && !check.passed());
    let of_data = |check: &Check| matches!(check, Check::Completeness { .. });
    let withheld = |check: &Check| check.threshold().is_some_and(|one| one.judgement == Judgement::Withheld);
    if missed(withheld) || (missed(of_data) && !allow_incomplete) {
        Status::Incomplete
    } else if missed(|check| !matches!(check, Check::Completeness { .. })) {
        Status::Missed
    } else {
        Status::Well
    }
}

/// Deletes the fragments whose data is in the report, and the seals that are `spent`. Others stay, since somebody will want to look at them; so do
/// archives, which may hold other files, too. Returns the archives, in order.
fn delete(fragments: &[Fragment], spent: &[PathBuf], cwd: &Path) -> Result<Vec<PathBuf>, Error> {
    let mut staying = BTreeSet::new();
    let counting = fragments.iter().filter(|fragment| fragment.counts() && fragment.sealed_in.is_none());
    let counting = counting.map(|fragment| fragment.path.as_path());
    let files: BTreeSet<&Path> = counting.chain(spent.iter().map(PathBuf::as_path)).collect();
    for file in files {
        let path = cwd.join(file);
        if let Some(archive) = packed::archive_of(&path) {
            staying.insert(archive.strip_prefix(cwd).unwrap_or(archive).to_owned());
            continue;
        }
        std::fs::remove_file(path).map_err(|source| Error::Delete { path: file.to_owned(), source })?;
    }
    Ok(staying.into_iter().collect())
}
