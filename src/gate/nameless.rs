//! Places and shards of which no fragment names a file: their tests ran, and nothing was measured, as with a mistyped `source`. It is a warning,
//! since the tests of a shard may leave alone all that is measured.

use std::collections::BTreeSet;

use super::places::{EXPECTED_PLACE, Held, SHARD, held, shards, told};
use crate::model::copies::{Content, content};
use crate::model::fragment::{Fragment, Outcome};
use crate::model::place::Place;
use crate::model::settings::Part;
use crate::model::warning::Warning;

/// A warning of the expected places that hold fragments, but none that names a file.
pub(super) fn nameless(places: &[Place], fragments: &[Fragment]) -> Option<Warning> {
    warning(held(places, fragments), EXPECTED_PLACE, fragments)
}

/// The same of the shards of seals.
pub(super) fn nameless_shards(fragments: &[Fragment], parts: &[Part]) -> Option<Warning> {
    warning(shards(fragments, parts), SHARD, fragments)
}

/// A warning if a seal is made of fragments of which none names a file.
#[must_use]
pub fn nameless_seal(fragments: &[Fragment]) -> Option<Warning> {
    let unsealed: Vec<&Fragment> = fragments.iter().filter(|fragment| fragment.has_data()).collect();
    let are_bare = !unsealed.is_empty() && name_no_file(&unsealed, &bare(fragments));
    are_bare
        .then(|| Warning::new("none of the fragments names a file: the seal holds no measured line").with_help(HELP))
}

const HELP: &str = "check `source` and `include` in the coverage.py settings of its tests: they ran, and nothing of theirs was measured";

fn warning(held: Vec<Held<'_>>, noun: &str, fragments: &[Fragment]) -> Option<Warning> {
    let (bare, of) = (bare(fragments), held.len());
    let without = held.into_iter().filter(|one| !one.fragments.is_empty() && name_no_file(&one.fragments, &bare));
    let names: Vec<String> = without.map(|one| one.of.name()).collect();
    Some(Warning::new(told(&names, noun, of, "only fragments that name no file")?).with_help(HELP))
}

/// The bytes of the fragments that name no file.
fn bare(fragments: &[Fragment]) -> BTreeSet<Content<'_>> {
    let bare = fragments.iter().filter(|fragment| fragment.outcome == Outcome::Merged { files: 0 });
    bare.map(content).collect()
}

fn name_no_file(fragments: &[&Fragment], bare: &BTreeSet<Content<'_>>) -> bool {
    fragments.iter().all(|fragment| bare.contains(&content(fragment)))
}
