//! The frame of all stages: their threads, and the display of their progress.

use super::error::Error;
use crate::model::settings::Settings;
use crate::{analyse, discover, merge};

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

/// The result of `work`, done by the threads of the settings.
pub(super) fn on_threads<T: Send>(settings: &Settings, work: impl FnOnce() -> T + Send) -> Result<T, Error> {
    // The number is always set, so that no environment variable of the thread pool decides it.
    let threads = settings
        .jobs
        .map_or_else(std::thread::available_parallelism, Ok)
        .map_or(1, |jobs| jobs.get().min(MOST_THREADS));
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).stack_size(analyse::STACK_BYTES).build()?;
    Ok(pool.install(work))
}

/// An argument or a path that leads to no fragment, for the stage that would read it.
#[must_use]
pub fn absent(unmatched: &discover::Unmatched) -> merge::Absent {
    merge::Absent { path: unmatched.name(), why: unmatched.why(), help: unmatched.help() }
}
