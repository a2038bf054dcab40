//! What is expected besides a number of fragments: places that hold some, and the entries of a manifest.

use std::collections::BTreeMap;

use crate::model::fragment::Fragment;
use crate::model::manifest::{Entry, Kind, Manifest};
use crate::model::place::Place;
use crate::model::wildcards::{PathGlob, components, texts};
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
        // They are sorted by path; those of seals stand for their seal.
        let found = fragments.binary_search_by(|fragment| fragment.path.cmp(path));
        let found = found.ok().and_then(|at| fragments.get(at));
        let is_in_it = |fragment: &Fragment| fragment.sealed_in.as_ref() == Some(path) && fragment.has_data();
        found.is_some_and(Fragment::has_data) || fragments.iter().any(is_in_it)
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
    let mut paths: Vec<Vec<String>> = Vec::new();
    for fragment in fragments.iter().filter(|fragment| fragment.has_data()) {
        paths.push(components(&fragment.path).collect());
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
fn found(kind: &Kind, paths: &[Vec<String>], commands: &BTreeMap<String, u64>) -> u64 {
    match kind {
        Kind::Name(name) => {
            let Some(glob) = PathGlob::new(name) else { return 0 };
            paths.iter().filter(|path| path.last().is_some_and(|name| glob.holds(std::slice::from_ref(name)))).count()
                as u64
        }
        Kind::Path(path) => {
            let Some(glob) = PathGlob::new(path) else { return 0 };
            paths.iter().filter(|path| glob.holds(path)).count() as u64
        }
        Kind::Command(pattern) => match texts(pattern) {
            Some(wild) if pattern.contains(['*', '?']) => {
                commands.iter().filter(|(line, _)| wild.is_match(line)).map(|(_, number)| number).sum()
            }
            _ => commands.get(pattern).copied().unwrap_or_default(),
        },
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::model::fragment::Outcome;
    use crate::model::origin::Origin;

    fn fragment(path: &str, command: &[String]) -> Fragment {
        let origin = Origin { command: command.to_vec(), ..Origin::default() };
        Fragment { origin, outcome: Outcome::Merged { files: 1 }, ..Fragment::untried(path.into()) }
    }

    proptest! {
        #[test]
        fn a_manifest_is_met_by_the_fragments_that_it_was_made_of(
            made in prop::collection::vec(
                ("[a-b3 #$*?\\[\\]!./\u{85}\n\t\u{e9}-]{1,8}", prop::collection::vec("[a-b3 #$*?\\['\"/\n\u{a0}]{0,5}", 0..3)),
                1..6,
            ),
        ) {
            let mut fragments: Vec<Fragment> = made.iter().map(|(path, command)| fragment(path, command)).collect();
            fragments.sort_by(|one, other| one.path.cmp(&other.path));
            let text = Manifest::of(&fragments).to_string();
            let manifest = Manifest::parse(&text);
            prop_assert!(manifest.is_ok(), "{manifest:?}: {text:?}");
            prop_assert_eq!(lacking(&[], manifest.ok().as_ref(), &fragments), [""; 0], "{}", text);
        }
    }

    #[test]
    fn commands_are_found_whole_or_by_wildcards() {
        let words = |line: &str| -> Vec<String> { line.split(' ').map(str::to_owned).collect() };
        let fragments: Vec<Fragment> =
            (1..4).map(|part| fragment("a", &words(&format!("/bin/behave -q f_{part}")))).collect();
        for (manifest, is_met) in [
            ("$ behave -q f_1", true),
            ("3 $ behave * f_?", true),
            ("3 $ behave *", true),
            ("2 $ behave *", false),
            ("4+ $ behave *", false),
            ("$ /bin/behave -q f_1", false),
            ("$ behave", false),
            ("3 a", true),
        ] {
            let manifest = Manifest::parse(manifest).unwrap();
            assert_eq!(lacking(&[], Some(&manifest), &fragments).is_empty(), is_met, "{manifest}");
        }
    }
}
