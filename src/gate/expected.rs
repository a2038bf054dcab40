//! What is expected besides a number of fragments: places that hold some.

use crate::model::fragment::{Fragment, Outcome};
use crate::model::place::Place;
use crate::model::words::{by_number, counted, grouped};

/// How many missing ones are named.
const MOST_NAMED: usize = 10;

/// Why the data is incomplete: each of `places` must hold a fragment that was read.
#[must_use]
pub fn lacking(places: &[Place], fragments: &[Fragment]) -> Vec<String> {
    let was_read = |path: &std::path::PathBuf| {
        // They are sorted by path.
        let found = fragments.binary_search_by(|fragment| fragment.path.cmp(path));
        let found = found.ok().and_then(|at| fragments.get(at));
        found.is_some_and(|one| matches!(one.outcome, Outcome::Merged { .. } | Outcome::Duplicate { .. }))
    };
    let empty: Vec<&str> =
        places.iter().filter(|place| !place.fragments.iter().any(was_read)).map(|place| &*place.name).collect();
    if empty.is_empty() {
        return Vec::new();
    }
    let (number, of) = (empty.len() as u64, places.len() as u64);
    let holds = by_number(number, "holds", "hold");
    let of = counted(of, "expected place");
    vec![format!("{} of {of} {holds} no fragment: {}", grouped(number), listed(&empty))]
}

/// The first ten names, and the number of the others.
fn listed(names: &[&str]) -> String {
    let shown = names.iter().take(MOST_NAMED).copied().collect::<Vec<_>>().join(", ");
    match names.len().saturating_sub(MOST_NAMED) {
        0 => shown,
        more => format!("{shown} and {} more", grouped(more as u64)),
    }
}
