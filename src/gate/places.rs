//! Places that must hold a fragment, and not only copies of the fragments in another one: artifacts may all be of one upload. Likewise the shards that
//! seals name.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

use crate::model::copies::{Content, Likeness, content, likeness};
use crate::model::fragment::Fragment;
use crate::model::place::Place;
use crate::model::settings::Part;
use crate::model::shard::Shard;
use crate::model::warning::Warning;
use crate::model::words::{by_number, grouped, out_of};

/// How many missing ones are named.
const MOST_NAMED: usize = 10;

/// Why the data is incomplete: places hold no fragment that was read, or nothing but copies.
pub(super) fn lacking(places: &[Place], fragments: &[Fragment]) -> Vec<String> {
    let held = held(places, fragments);
    let empty: Vec<String> = held.iter().filter(|one| one.fragments.is_empty()).map(|one| one.of.name()).collect();
    let empty = told(&empty, EXPECTED_PLACE, held.len(), "no fragment");
    empty.into_iter().chain(copied(&held, EXPECTED_PLACE)).collect()
}

/// The same of the shards of seals: each must hold more than copies of the fragments in another one.
#[must_use]
pub fn lacking_in_shards(fragments: &[Fragment], parts: &[Part]) -> Option<String> {
    copied(&shards(fragments, parts), SHARD)
}

/// A warning of places whose fragments may be copies, and may be those of shards that ran the same lines.
pub(super) fn doubtful(places: &[Place], fragments: &[Fragment]) -> Option<Warning> {
    doubt(&held(places, fragments), EXPECTED_PLACE)
}

/// The same of the shards of seals.
pub(super) fn doubtful_shards(fragments: &[Fragment], parts: &[Part]) -> Option<Warning> {
    doubt(&shards(fragments, parts), SHARD)
}

pub(super) const EXPECTED_PLACE: &str = "expected place";
pub(super) const SHARD: &str = "shard";

/// Why the data is incomplete: some of those that `held` lists hold nothing but copies.
fn copied(held: &[Held<'_>], noun: &str) -> Option<String> {
    told(&repeated(held, Likeness::Copy), noun, held.len(), "nothing but copies")
}

fn doubt(held: &[Held<'_>], noun: &str) -> Option<Warning> {
    let equal = repeated(held, Likeness::Equal);
    let help = "make sure that each shard left its own data; shards that ran the same lines may leave equal fragments";
    let text = told(&equal, noun, held.len(), "only fragments that another one holds, too")?;
    Some(Warning::new(text).with_help(help))
}

pub(super) fn told(names: &[String], noun: &str, of: usize, content: &str) -> Option<String> {
    let number = names.len() as u64;
    let holds = by_number(number, "holds", "hold");
    (number > 0).then(|| format!("{} {holds} {content}: {}", out_of(number, of as u64, noun), listed(names)))
}

/// A place or a shard, and the fragments in it that were read.
pub(super) struct Held<'a> {
    pub(super) of: Holder<'a>,
    pub(super) fragments: Vec<&'a Fragment>,
}

#[derive(Clone, Copy)]
pub(super) enum Holder<'a> {
    Place(&'a Place),
    Shard { shard: &'a Shard, part: Option<usize>, name: Option<&'a str> },
}

impl Holder<'_> {
    pub(super) fn name(self) -> String {
        match self {
            Self::Place(place) => place.name.clone(),
            Self::Shard { shard, name, .. } => {
                name.map_or_else(|| shard.to_string(), |part| format!("{shard} in part `{part}`"))
            }
        }
    }

    /// The part of a shard: others may have the same fragments.
    fn part(self) -> Option<usize> {
        match self {
            Self::Place(_) => None,
            Self::Shard { part, .. } => part,
        }
    }

    /// Whether one of the two is the other or lies within it, by their names: then both may hold the same files. Otherwise a link leads to them.
    fn is_nested(self, other: Holder<'_>) -> bool {
        let (Self::Place(one), Holder::Place(other)) = (self, other) else { return true };
        let plain = |name: &str| Path::new(name).strip_prefix(".").unwrap_or(Path::new(name)).to_owned();
        let (one, other) = (plain(&one.name), plain(&other.name));
        one.starts_with(&other) || other.starts_with(&one)
    }

    fn holds(self, fragment: &Fragment) -> bool {
        match self {
            Self::Place(place) => place.fragments.binary_search_by(|path| path.as_path().cmp(fragment.file())).is_ok(),
            Self::Shard { shard, part, .. } => shard_of(fragment) == Some(shard) && fragment.part == part,
        }
    }
}

pub(super) fn held<'a>(places: &'a [Place], fragments: &'a [Fragment]) -> Vec<Held<'a>> {
    let mut by_file: BTreeMap<&Path, Vec<&Fragment>> = BTreeMap::new();
    for fragment in fragments.iter().filter(|fragment| fragment.has_data()) {
        by_file.entry(fragment.file()).or_default().push(fragment);
    }
    let within = |path: &PathBuf| by_file.get(path.as_path()).into_iter().flatten().copied();
    let held = |place: &'a Place| Held {
        of: Holder::Place(place),
        fragments: place.fragments.iter().flat_map(within).collect(),
    };
    places.iter().map(held).collect()
}

/// The shards that sealed fragments.
pub(super) fn shards<'a>(fragments: &'a [Fragment], parts: &'a [Part]) -> Vec<Held<'a>> {
    let mut shards: BTreeMap<(Option<usize>, &Shard), Vec<&Fragment>> = BTreeMap::new();
    for fragment in fragments.iter().filter(|fragment| fragment.has_data()) {
        if let Some(shard) = shard_of(fragment) {
            shards.entry((fragment.part, shard)).or_default().push(fragment);
        }
    }
    let of = |(part, shard): (Option<usize>, &'a Shard)| Holder::Shard {
        shard,
        part,
        name: part.and_then(|part| parts.get(part)).map(|part| part.name.as_str()),
    };
    shards.into_iter().map(|(of_part, fragments)| Held { of: of(of_part), fragments }).collect()
}

fn shard_of(fragment: &Fragment) -> Option<&Shard> {
    fragment.sealed_in.as_ref()?.shard.as_ref()
}

/// Those that hold only fragments like those of others, and the least alike of them is as `wanted`; each with such another one. Of equal ones, the first
/// is not among them. A place within another one holds the same files, not copies; a link to another one is a copy.
fn repeated(held: &[Held<'_>], wanted: Likeness) -> Vec<String> {
    let mut earlier: HashMap<Content<'_>, Vec<(usize, &Fragment)>> = HashMap::new();
    let mut repeated = Vec::new();
    // One that holds more than another may hold copies of its fragments beside its own, in whatever order they are named.
    let mut order: Vec<(usize, &Held<'_>)> = held.iter().enumerate().collect();
    order.sort_by_key(|(_, one)| one.fragments.len());
    for (index, one) in order {
        let like = |fragment: &&Fragment| {
            let known = earlier.get(&content(fragment))?.iter();
            let other = known.filter_map(|(at, other)| held.get(*at).map(|held| (held.of, other)));
            let like = other.filter(|(of, _)| of.part() == one.of.part()).filter_map(|(of, other)| {
                if of.holds(fragment) {
                    return (!of.is_nested(one.of)).then_some((Likeness::Copy, of));
                }
                Some((likeness(fragment, other)?, of))
            });
            like.reduce(|first, next| if next.0 > first.0 { next } else { first })
        };
        let likes: Option<Vec<(Likeness, Holder<'_>)>> = one.fragments.iter().map(like).collect();
        if let Some((likeness, of)) = likes.unwrap_or_default().into_iter().min_by_key(|(likeness, _)| *likeness)
            && likeness == wanted
        {
            repeated.push((index, format!("{} ({})", one.of.name(), of.name())));
        }
        for fragment in &one.fragments {
            earlier.entry(content(fragment)).or_default().push((index, fragment));
        }
    }
    repeated.sort_unstable();
    repeated.into_iter().map(|(_, text)| text).collect()
}

/// The first ten names, and the number of the others.
pub(super) fn listed(names: &[String]) -> String {
    let shown = names.iter().take(MOST_NAMED).map(String::as_str).collect::<Vec<_>>().join(", ");
    match names.len().saturating_sub(MOST_NAMED) {
        0 => shown,
        more => format!("{shown} and {} more", grouped(more as u64)),
    }
}
