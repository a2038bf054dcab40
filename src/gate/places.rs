//! Places that must hold a fragment, and not only copies of the fragments in another one: artifacts may all be of one upload.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

use crate::model::copies::{Likeness, content, likeness};
use crate::model::fragment::Fragment;
use crate::model::place::Place;
use crate::model::warning::Warning;
use crate::model::words::{by_number, counted, grouped};

/// How many missing ones are named.
const MOST_NAMED: usize = 10;

/// Why the data is incomplete: places hold no fragment that was read, or nothing but copies.
pub(super) fn lacking(places: &[Place], fragments: &[Fragment]) -> Vec<String> {
    let held = held(places, fragments);
    let empty: Vec<String> =
        held.iter().filter(|one| one.fragments.is_empty()).map(|one| one.place.name.clone()).collect();
    let copies = repeated(&held, Likeness::Copy);
    [told(&empty, places, "no fragment"), told(&copies, places, "nothing but copies")].into_iter().flatten().collect()
}

/// A warning of places whose fragments may be copies, and may be those of shards that ran the same lines.
#[must_use]
pub fn doubtful(places: &[Place], fragments: &[Fragment]) -> Option<Warning> {
    let equal = repeated(&held(places, fragments), Likeness::Equal);
    let help = "make sure that each shard left its own data; shards that ran the same lines may leave equal fragments";
    told(&equal, places, "only fragments that another one holds, too").map(|text| Warning::new(text).with_help(help))
}

fn told(names: &[String], places: &[Place], content: &str) -> Option<String> {
    let (number, of) = (names.len() as u64, counted(places.len() as u64, "expected place"));
    let holds = by_number(number, "holds", "hold");
    (number > 0).then(|| format!("{} of {of} {holds} {content}: {}", grouped(number), listed(names)))
}

/// A place, and the fragments in it that were read.
struct Held<'a> {
    place: &'a Place,
    fragments: Vec<&'a Fragment>,
}

impl Held<'_> {
    fn holds(&self, fragment: &Fragment) -> bool {
        self.place.fragments.binary_search_by(|path| path.as_path().cmp(file(fragment))).is_ok()
    }
}

fn held<'a>(places: &'a [Place], fragments: &'a [Fragment]) -> Vec<Held<'a>> {
    let mut by_file: BTreeMap<&Path, Vec<&Fragment>> = BTreeMap::new();
    for fragment in fragments.iter().filter(|fragment| fragment.has_data()) {
        by_file.entry(file(fragment)).or_default().push(fragment);
    }
    let within = |path: &PathBuf| by_file.get(path.as_path()).into_iter().flatten().copied();
    let held = |place: &'a Place| Held { place, fragments: place.fragments.iter().flat_map(within).collect() };
    places.iter().map(held).collect()
}

/// The file that holds it: itself, or a seal.
fn file(fragment: &Fragment) -> &Path {
    fragment.sealed_in.as_ref().unwrap_or(&fragment.path)
}

/// The places that hold only fragments like those of earlier places, and the least alike of them is as `wanted`; each with such an earlier place. A
/// place within another one holds the same files, not copies.
fn repeated(held: &[Held<'_>], wanted: Likeness) -> Vec<String> {
    let mut earlier: HashMap<&Path, Vec<(usize, &Fragment)>> = HashMap::new();
    let mut repeated = Vec::new();
    for (index, one) in held.iter().enumerate() {
        let like = |fragment: &&Fragment| {
            let known = earlier.get(content(fragment))?.iter();
            let other = known.filter_map(|(at, other)| held.get(*at).map(|place| (place, other)));
            let like = other
                .filter(|(place, _)| !place.holds(fragment))
                .filter_map(|(place, other)| Some((likeness(fragment, other)?, &place.place.name)));
            like.reduce(|first, next| if next.0 > first.0 { next } else { first })
        };
        let likes: Option<Vec<(Likeness, &String)>> = one.fragments.iter().map(like).collect();
        if let Some((likeness, of)) = likes.unwrap_or_default().into_iter().min_by_key(|(likeness, _)| *likeness)
            && likeness == wanted
        {
            repeated.push(format!("{} ({of})", one.place.name));
        }
        for fragment in &one.fragments {
            earlier.entry(content(fragment)).or_default().push((index, fragment));
        }
    }
    repeated
}

/// The first ten names, and the number of the others.
pub(super) fn listed(names: &[String]) -> String {
    let shown = names.iter().take(MOST_NAMED).map(String::as_str).collect::<Vec<_>>().join(", ");
    match names.len().saturating_sub(MOST_NAMED) {
        0 => shown,
        more => format!("{shown} and {} more", grouped(more as u64)),
    }
}
