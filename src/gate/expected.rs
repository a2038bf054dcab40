//! What is expected besides a number of fragments: places that hold some, and the entries of a manifest.

use std::collections::BTreeMap;
use std::path::Path;

use crate::model::fragment::Fragment;
use crate::model::manifest::{Entry, Kind, Manifest};
use crate::model::place::Place;
use crate::model::wildcards::{PathGlob, texts};
use crate::model::words::{by_number, counted, grouped};

/// How many missing ones are named.
const MOST_NAMED: usize = 10;

/// Why the data is incomplete: each of `places` must hold a fragment that was read, and each entry of `manifest` must find its number of them.
#[must_use]
pub fn lacking(places: &[Place], manifest: Option<&Manifest>, fragments: &[Fragment]) -> Vec<String> {
    empty_places(places, fragments)
        .into_iter()
        .chain(manifest.and_then(|manifest| unmet(manifest, fragments)))
        .collect()
}

fn empty_places(places: &[Place], fragments: &[Fragment]) -> Option<String> {
    let was_read = |path: &std::path::PathBuf| {
        // They are sorted by path.
        let found = fragments.binary_search_by(|fragment| fragment.path.cmp(path));
        let found = found.ok().and_then(|at| fragments.get(at));
        found.is_some_and(Fragment::has_data)
    };
    let empty: Vec<&str> =
        places.iter().filter(|place| !place.fragments.iter().any(was_read)).map(|place| &*place.name).collect();
    if empty.is_empty() {
        return None;
    }
    let (number, of) = (empty.len() as u64, places.len() as u64);
    let holds = by_number(number, "holds", "hold");
    let of = counted(of, "expected place");
    Some(format!("{} of {of} {holds} no fragment: {}", grouped(number), listed(&empty)))
}

fn unmet(manifest: &Manifest, fragments: &[Fragment]) -> Option<String> {
    let mut commands: BTreeMap<String, u64> = BTreeMap::new();
    let mut paths: Vec<&Path> = Vec::new();
    for fragment in fragments.iter().filter(|fragment| fragment.has_data()) {
        paths.push(&fragment.path);
        if let Some(line) = fragment.origin.line() {
            *commands.entry(line).or_default() += 1;
        }
    }
    let unmet: Vec<String> = manifest
        .entries
        .iter()
        .map(|entry| (entry, found(&entry.kind, &paths, &commands)))
        .filter(|(entry, found)| !entry.count.admits(*found))
        .map(|(entry, found)| told(entry, found))
        .collect();
    let (number, of) = (unmet.len() as u64, manifest.entries.len() as u64);
    let is = by_number(number, "is", "are");
    let entries = by_number(of, "entry", "entries");
    let unmet: Vec<&str> = unmet.iter().map(String::as_str).collect();
    let told =
        || format!("{} of {} {entries} of the manifest {is} not met: {}", grouped(number), grouped(of), listed(&unmet));
    (number > 0).then(told)
}

/// The number of fragments of a kind.
fn found(kind: &Kind, paths: &[&Path], commands: &BTreeMap<String, u64>) -> u64 {
    let count = |is: &dyn Fn(&Path) -> bool| paths.iter().filter(|path| is(path)).count() as u64;
    match kind {
        Kind::Name(name) => {
            let Some(glob) = PathGlob::new(name) else { return 0 };
            count(&|path| path.file_name().is_some_and(|name| glob.holds(Path::new(name))))
        }
        Kind::Path(path) => {
            let Some(glob) = PathGlob::new(path) else { return 0 };
            count(&|path| glob.holds(path))
        }
        Kind::Command(pattern) => {
            let Some(pattern) = texts(pattern) else { return 0 };
            commands.iter().filter(|(line, _)| pattern.is_match(line)).map(|(_, number)| number).sum()
        }
    }
}

/// An entry, and the number of fragments that it found if it is not none.
fn told(entry: &Entry, found: u64) -> String {
    if found == 0 { format!("`{entry}`") } else { format!("`{entry}` ({} found)", grouped(found)) }
}

/// The first ten names, and the number of the others.
fn listed(names: &[&str]) -> String {
    let shown = names.iter().take(MOST_NAMED).copied().collect::<Vec<_>>().join(", ");
    match names.len().saturating_sub(MOST_NAMED) {
        0 => shown,
        more => format!("{shown} and {} more", grouped(more as u64)),
    }
}
