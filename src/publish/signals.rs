//! Drafts do not outlive their run: a signal that ends it removes them first.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The drafts of this process. Signals are for the whole of it, and so is the list.
static DRAFTS: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

/// The list. While it is held, a signal waits.
pub(super) fn drafts() -> MutexGuard<'static, Vec<PathBuf>> {
    DRAFTS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// How often to try to remove a directory in which others still write.
const TRIES: usize = 100;

fn remove(draft: &Path) {
    // It may already be in its place, or removed.
    if !draft.is_dir() {
        _ = fs::remove_file(draft);
        return;
    }
    for _ in 0..TRIES {
        // Workers may put further pages into it meanwhile, until its own directories are gone.
        if fs::remove_dir_all(draft).is_ok() || !draft.exists() {
            return;
        }
    }
}

/// From now on, signals that end the process remove the drafts first, and a file that grows beyond the limit of the system is an error.
#[cfg(unix)]
pub(super) fn watch() {
    use std::sync::Once;
    use std::thread;

    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM, SIGXFSZ};
    use signal_hook::iterator::Signals;
    use signal_hook::low_level::emulate_default_handler;

    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // Without these, the run goes on as it would have without them: they are a courtesy.
        _ = signal_hook::flag::register(SIGXFSZ, std::sync::Arc::default());
        let ignored = ignored();
        let wanted = [SIGHUP, SIGINT, SIGTERM].into_iter().filter(|signal| ignored >> (signal - 1) & 1 == 0);
        let Ok(mut signals) = Signals::new(wanted) else { return };
        _ = thread::Builder::new().name("signals".into()).spawn(move || {
            for signal in signals.forever() {
                let drafts = drafts();
                drafts.iter().for_each(|draft| remove(draft));
                _ = emulate_default_handler(signal);
            }
        });
    });
}

#[cfg(not(unix))]
pub(super) fn watch() {}

/// The signals that this process ignores, as `nohup` makes it do, as bits; as far as the system tells.
#[cfg(unix)]
fn ignored() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(0)
}
