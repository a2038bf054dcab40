//! The expectations besides a number of fragments: places that hold some, and the entries of a manifest.

use std::collections::BTreeMap;

use super::places::{self, listed};
use crate::model::commands::cut;
use crate::model::copies::distinct;
use crate::model::fragment::Fragment;
use crate::model::manifest::{Entry, Kind, Manifest};
use crate::model::place::Place;
use crate::model::wildcards::{PathGlob, components, texts};
use crate::model::words::{by_number, grouped};

/// How many characters of an entry are quoted.
const MOST_SHOWN: usize = 200;

/// Why the data is incomplete: each of `places` must hold a fragment that was read, and each entry of `manifest` must find its number of them.
#[must_use]
pub fn lacking(places: &[Place], manifest: Option<&Manifest>, fragments: &[Fragment]) -> Vec<String> {
    let unmet = manifest.and_then(|manifest| unmet(manifest, fragments));
    places::lacking(places, fragments).into_iter().chain(unmet).collect()
}

fn unmet(manifest: &Manifest, fragments: &[Fragment]) -> Option<String> {
    let mut there = There::default();
    for fragment in fragments.iter().filter(|fragment| fragment.has_data()) {
        let seal = fragment.sealed_in.as_ref().map(|sealed_in| components(&sealed_in.seal).collect());
        let paths = std::iter::once(components(&fragment.path).collect()).chain(seal);
        there.paths.push((paths.collect(), fragment));
        if let Some(line) = fragment.origin.line() {
            there.commands.entry(line).or_default().push(fragment);
        }
    }
    let unmet: Vec<String> = manifest
        .entries
        .iter()
        .map(|entry| (entry, there.number(&entry.kind)))
        .filter(|(entry, found)| !entry.count.admits(*found))
        .map(|(entry, found)| told(entry, found))
        .collect();
    let (number, of) = (unmet.len() as u64, manifest.entries.len() as u64);
    let is = by_number(number, "is", "are");
    let told =
        || format!("{} of {} entries of the manifest {is} not met: {}", grouped(number), grouped(of), listed(&unmet));
    (number > 0).then(told)
}

/// The fragments that are there.
#[derive(Default)]
struct There<'a> {
    /// By their command lines.
    commands: BTreeMap<String, Vec<&'a Fragment>>,
    /// With the components of their paths: those of sealed ones in their jobs, and of their seals.
    paths: Vec<(Vec<Vec<String>>, &'a Fragment)>,
}

impl There<'_> {
    /// The number of fragments of a kind. Copies of one count once.
    fn number(&self, kind: &Kind) -> u64 {
        let found = |is_it: &dyn Fn(&[String]) -> bool| {
            let found = self.paths.iter().filter(|(paths, _)| paths.iter().any(|path| is_it(path)));
            distinct(found.map(|(_, fragment)| *fragment))
        };
        match kind {
            Kind::Name(name) => {
                let Some(glob) = PathGlob::new(name) else { return 0 };
                found(&|path| path.last().is_some_and(|name| glob.holds(std::slice::from_ref(name))))
            }
            Kind::Path(path) => {
                let Some(glob) = PathGlob::new(path) else { return 0 };
                found(&|path| glob.holds(path))
            }
            Kind::Command(pattern) => match texts(pattern) {
                Some(wild) if pattern.contains(['*', '?']) => {
                    let alike = self.commands.iter().filter(|(line, _)| wild.is_match(line));
                    distinct(alike.flat_map(|(_, fragments)| fragments).copied())
                }
                _ => self.commands.get(pattern).map_or(0, |fragments| distinct(fragments.iter().copied())),
            },
        }
    }
}

/// An entry, and the number of fragments that it found if it is not none.
fn told(entry: &Entry, found: u64) -> String {
    let entry = cut(&entry.to_string(), MOST_SHOWN);
    if found == 0 { format!("`{entry}`") } else { format!("`{entry}` ({} found)", grouped(found)) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::model::fragment::{Outcome, SealedIn};
    use crate::model::origin::Origin;

    fn fragment(path: &str, command: &[String]) -> Fragment {
        let origin = Origin { command: command.to_vec(), ..Origin::default() };
        Fragment { origin, outcome: Outcome::Merged { files: 1 }, ..Fragment::untried(path.into()) }
    }

    proptest! {
        #[test]
        fn a_manifest_is_met_by_the_fragments_that_it_was_made_of(
            made in prop::collection::vec(
                (any::<bool>(), "[a-b3 #$*?\\[\\]!./\u{85}\n\t\u{e9}-]{1,8}", prop::collection::vec("[a-b3 #$*?\\['\"/\n\u{a0}]{0,5}", 0..3)),
                1..6,
            ),
        ) {
            let mut fragments: Vec<Fragment> = made
                .iter()
                .map(|(is_sealed, path, command)| Fragment {
                    sealed_in: is_sealed.then(|| SealedIn { seal: "s/1.covmerge".into(), section: 0, shard: None, max_age: None }),
                    ..fragment(path, command)
                })
                .collect();
            fragments.sort_by(|one, other| one.path.cmp(&other.path));
            let text = Manifest::of(&fragments).to_string();
            let manifest = Manifest::parse(&text);
            prop_assert!(manifest.is_ok(), "{manifest:?}: {text:?}");
            prop_assert_eq!(lacking(&[], manifest.ok().as_ref(), &fragments), [""; 0], "{}", text);
        }
    }

    #[test]
    fn an_entry_of_any_length_is_a_glob_and_is_quoted_by_its_beginning() {
        let (name, command) = ("x".repeat(200_000), ["x".repeat(200_000)]);
        let fragments = [fragment(&name, &command)];
        for (entry, is_met) in [("*x", true), ("?x", true), ("*y", false)] {
            for before in ["", "$ "] {
                let manifest = Manifest::parse(&format!("{before}{}", entry.repeat(100_000))).unwrap();
                let lacking = lacking(&[], Some(&manifest), &fragments);
                assert_eq!(lacking.is_empty(), is_met, "{before}{entry}");
                assert!(lacking.iter().all(|why| why.len() < 1_000));
            }
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
