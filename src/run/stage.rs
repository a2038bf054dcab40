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
    let threads = with_room(threads, address_space());
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).stack_size(analyse::STACK_BYTES).build()?;
    Ok(pool.install(work))
}

/// The limit of the address space in bytes, if there is one.
#[cfg(target_os = "linux")]
fn address_space() -> Option<u64> {
    rustix::process::getrlimit(rustix::process::Resource::As).current
}

#[cfg(not(target_os = "linux"))]
const fn address_space() -> Option<u64> {
    None
}

/// The number of threads whose stacks take at most half of an address space of `room` bytes (`ulimit -v`), the rest of which is for data; at least one.
fn with_room(threads: usize, room: Option<u64>) -> usize {
    let most =
        room.map_or(usize::MAX, |room| (room / (2 * analyse::STACK_BYTES as u64)).try_into().unwrap_or(usize::MAX));
    threads.min(most).max(1)
}

/// An argument or a path that leads to no fragment, for the stage that would read it.
#[must_use]
pub fn absent(unmatched: &discover::Unmatched) -> merge::Absent {
    merge::Absent { path: unmatched.name(), why: unmatched.why(), help: unmatched.help() }
}

#[cfg(test)]
mod tests {
    use super::with_room;

    #[test]
    fn stacks_take_at_most_half_of_a_limited_address_space() {
        assert_eq!(with_room(8, None), 8);
        assert_eq!(with_room(8, Some(u64::MAX)), 8);
        for (megabytes, threads) in [(64, 1), (512, 1), (1023, 1), (1024, 2), (2048, 4), (8192, 8)] {
            assert_eq!(with_room(8, Some(megabytes << 20)), threads, "{megabytes} MB");
        }
    }
}
