//! The pipeline on one page.

use std::io::Write;
use std::path::PathBuf;

use crate::model::fragment::Fragment;
use crate::model::local_time::LocalTime;
use crate::model::report::{Basis, Report};
use crate::model::settings::Settings;
use crate::model::status::Status;
use crate::model::timestamp::Timestamp;
use crate::model::verdict::{Check, Verdict};
use crate::paths::Mapper;
use crate::python::re;
use crate::sources::Sources;
use crate::{analyse, discover, gate, merge, packed, paths, publish, read, render, tally, testlog};

/// The result of a run: the report, the verdict and the outputs written.
#[derive(Debug)]
pub struct Finished {
    /// The report.
    pub report: Report,
    /// The number of files in the report or, if nothing is reported, in the data.
    pub files: usize,
    /// The verdict on the report.
    pub verdict: Verdict,
    /// Archives that a search passed over, since they hold nothing that looks like a fragment.
    pub without_fragments: Vec<PathBuf>,
    /// The outputs, in the order asked for.
    pub written: Vec<publish::Written>,
    /// The exit status of the process.
    pub status: Status,
}

/// A step of a run, for a progress display.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tick {
    /// A stage begins, with this many pieces of work.
    Stage(&'static str, usize),
    /// One piece of the stage's work is done.
    Step,
}

/// More threads than this would only cost: each has its own stack, and a mistyped number would keep the machine busy starting them.
const MOST_THREADS: usize = 256;

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
    // The number is always set, so that no environment variable of the thread pool decides it.
    let threads = settings
        .jobs
        .map_or_else(std::thread::available_parallelism, Ok)
        .map_or(1, |jobs| jobs.get().min(MOST_THREADS));
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).stack_size(analyse::STACK_BYTES).build()?;
    pool.install(|| pipeline(settings, now, local, stdout, tick))
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
    plan.spare("read as settings", settings.files.iter().map(|file| settings.discover.cwd.join(file)))?;
    let mapper = Mapper::new(&settings.paths, &settings.common)?;
    let sources = Sources::new(&settings.common.root);

    tick(Tick::Stage("discover", 0));
    let found = discover::fragments(&settings.discover, &plan.targets(), &read::classify)?;

    tick(Tick::Stage("merge", found.fragments.len()));
    let absent = found.unmatched.iter().map(absent).collect();
    let input = merge::Input {
        found: &found.fragments,
        absent,
        cwd: &settings.discover.cwd,
        expect: settings.common.expect,
        now: local,
    };
    let merge::Merged { trace, fragments, mut incomplete, warnings } =
        merge::merge(input, &settings.merge, &mapper, &step)?;

    plan.spare("a measured source", trace.measured().map(|(path, _)| mapper.absolute(path)))?;
    incomplete.extend(gate::lacking(&found.places, settings.manifest.as_ref(), &fragments));
    incomplete.extend(testlog::lacking(&settings.test_logs, &settings.discover.cwd));
    let warnings = settings.warnings.iter().cloned().chain(found.warnings).chain(warnings).collect();
    let report = if settings.combine {
        Report { branches: trace.branches, fragments, incomplete, warnings, ..Report::default() }
    } else {
        tick(Tick::Stage("analyse", trace.files.len()));
        let tools = tally::Tools {
            settings: &settings.analysis,
            rules: &analyse::Rules::new(&settings.analysis)?,
            mapper: &mapper,
            sources: &sources,
            contexts_chosen: settings.merge.contexts.are_chosen(),
            tick: &step,
        };
        tally::tally(&trace, fragments, incomplete, warnings, &tools)?
    };
    let files = if settings.combine { trace.measured().count() } else { report.files.len() };
    let verdict = gate::judge(&report, &settings.gate, &settings.common);

    tick(Tick::Stage("write", 0));
    let view = render::View {
        report: &report,
        verdict: &verdict,
        trace: &trace,
        settings: &settings.render,
        common: &settings.common,
        python: settings.analysis.python,
        made_at: now,
        measured_at: settings
            .render
            .timestamp
            .or_else(|| report.fragments.iter().filter_map(|fragment| fragment.modified).max()),
        source_roots: &paths::source_roots(
            &settings.render.source,
            &settings.common.root,
            settings.common.relative_files,
        ),
        is_file: &|path| std::path::Path::new(path).is_file(),
        source_text: &|path| {
            let parsed = report.files.get(path).is_some_and(|file| file.basis == Basis::Source);
            sources.shown(path, parsed).map_err(|why| why.to_string())
        },
    };
    render::check(&view)?;
    let make = publish::Make {
        document: &|request, out| render::document(&view, request, out),
        site: &|request, put| render::site(&view, request, put),
    };
    let written = publish::write(&plan, make, stdout)?;
    let status = status(&verdict, settings.gate.allow_incomplete);
    // Where data is missing, the run will be repeated with all of it.
    if settings.delete_fragments && matches!(status, Status::Well | Status::Missed) {
        delete(&report.fragments, &settings.discover.cwd)?;
    }
    // Dropping a trace of thousands of files would take a while, and the process is about to end.
    std::mem::forget(trace);
    Ok(Finished { without_fragments: found.without_fragments, report, files, verdict, written, status })
}

/// An argument or a path that leads to no fragment, for the stage that would read it.
#[must_use]
pub fn absent(unmatched: &discover::Unmatched) -> merge::Absent {
    merge::Absent { path: unmatched.name(), why: unmatched.why(), help: unmatched.help() }
}

fn status(verdict: &Verdict, allow_incomplete: bool) -> Status {
    let missed = |wanted: fn(&Check) -> bool| verdict.checks.iter().any(|check| wanted(check) && !check.passed());
    let of_data = |check: &Check| matches!(check, Check::Completeness { .. });
    if missed(of_data) && !allow_incomplete {
        Status::Incomplete
    } else if missed(|check| !matches!(check, Check::Completeness { .. })) {
        Status::Missed
    } else {
        Status::Well
    }
}

/// Deletes the fragments whose data is in the report. Others stay, since somebody will want to look at them.
fn delete(fragments: &[Fragment], cwd: &std::path::Path) -> Result<(), Error> {
    for fragment in fragments.iter().filter(|fragment| fragment.counts()) {
        // An archive may hold other files, too.
        if packed::archive_of(&cwd.join(&fragment.path)).is_some() {
            continue;
        }
        std::fs::remove_file(cwd.join(&fragment.path))
            .map_err(|source| Error::Delete { path: fragment.path.clone(), source })?;
    }
    Ok(())
}

/// Why no trustworthy report could be made, by stage.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The worker threads cannot be started.
    #[error("cannot start worker threads")]
    Threads(#[from] rayon::ThreadPoolBuildError),
    /// A table cannot be sorted as requested.
    #[error(transparent)]
    Render(#[from] render::SortError),
    /// An output cannot be written.
    #[error(transparent)]
    Publish(#[from] publish::Error),
    /// A path pattern cannot be used.
    #[error(transparent)]
    Paths(#[from] paths::Error),
    /// No fragments were found, or the search failed.
    #[error(transparent)]
    Discover(#[from] discover::Error),
    /// Fragments cannot be read or merged.
    #[error(transparent)]
    Merge(#[from] merge::Error),
    /// The patterns that exclude lines do not compile together; `config` refuses them before.
    #[error("the patterns that exclude lines cannot be joined: {0}")]
    Rules(#[from] re::Error),
    /// Files cannot be counted.
    #[error(transparent)]
    Tally(#[from] tally::Error),
    /// A fragment cannot be deleted.
    #[error("the reports are written, but fragment `{}` cannot be deleted", .path.display())]
    Delete {
        /// The fragment.
        path: PathBuf,
        /// The system's reason.
        source: std::io::Error,
    },
}

impl Error {
    /// What to do about it; several lines, if there are several causes.
    #[must_use]
    pub fn help(&self) -> Option<String> {
        match self {
            Self::Threads(_) => Some("ask for fewer with `--jobs`".into()),
            Self::Render(error) => Some(error.help().into()),
            Self::Publish(error) => error.help(),
            Self::Discover(error) => error.help(),
            Self::Paths(error) => Some(error.help().into()),
            Self::Merge(error) => error.help(),
            Self::Tally(error) => error.help().map(Into::into),
            Self::Rules(_) => Some("rewrite the patterns so that they can be joined".into()),
            Self::Delete { .. } => Some("delete it by hand, or leave `--delete-fragments` out".into()),
        }
    }

    /// The exit status of the process.
    #[must_use]
    pub fn status(&self) -> Status {
        match self {
            Self::Publish(error) => error.status(),
            Self::Discover(error) => error.status(),
            Self::Merge(error) => error.status(),
            Self::Tally(error) => error.status(),
            Self::Render(_) | Self::Paths(_) | Self::Rules(_) => Status::Usage,
            Self::Threads(_) | Self::Delete { .. } => Status::NoReport,
        }
    }
}
