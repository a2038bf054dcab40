//! The age of fragments: `--max-age`.
//!
//! The time in a fragment is that of the clock of its machine, without a zone. It is compared with the time that the clock of this machine shows.

use std::collections::BTreeMap;

use crate::model::duration::Duration;
use crate::model::fragment::{Fragment, Outcome};
use crate::model::local_time::LocalTime;
use crate::model::origin::Origin;
use crate::model::warning::Warning;
use crate::model::words::{by_number, counted, grouped};

/// How many fragments a message names.
const MOST_NAMED: usize = 10;

/// Clocks may differ by this number of seconds.
const TOLERANCE: i64 = 60;

/// The greatest age allowed.
#[derive(Debug)]
pub(super) struct Limit {
    pub(super) max_age: Duration,
    pub(super) now: LocalTime,
}

impl Limit {
    /// Whether the fragment of that origin is too old. One that does not say when it was made never is.
    pub(super) fn excludes(&self, origin: &Origin) -> bool {
        let age = origin.time().and_then(|time| u64::try_from(self.now.since(time)).ok());
        age.is_some_and(|age| age > self.max_age.seconds())
    }

    /// A warning if fragments that this run judges were made after now.
    pub(super) fn ahead(&self, fragments: &[Fragment]) -> Option<Warning> {
        let is_ahead =
            |fragment: &&Fragment| fragment.origin.time().is_some_and(|time| self.now.since(time) < -TOLERANCE);
        let own = fragments.iter().filter(|fragment| fragment.counts() && sealed_with(fragment).is_none());
        let ahead: Vec<&Fragment> = own.filter(is_ahead).collect();
        let number = ahead.len() as u64;
        let text = format!(
            "{} {} made after now, {}, by {} own local time: {}",
            counted(number, "fragment"),
            by_number(number, "was", "were"),
            self.now,
            by_number(number, "its", "their"),
            named(&ahead)
        );
        let help = "run covmerge in the time zone of the tests, such as `TZ=UTC covmerge`, so that `--max-age` compares like with like";
        (number > 0).then(|| Warning::new(text).with_help(help))
    }
}

/// Warnings about the fragments that are passed over because of their age, and about those of which it is not known. `own` is the greatest age that
/// this run allows; fragments in seals may have been judged by another one before.
#[must_use]
pub fn warnings(fragments: &[Fragment], own: Option<Duration>) -> Vec<Warning> {
    let mut judged: BTreeMap<Duration, Vec<&Fragment>> = BTreeMap::new();
    for fragment in fragments {
        if let Some(max_age) = sealed_with(fragment).or(own) {
            judged.entry(max_age).or_default().push(fragment);
        }
    }
    judged.into_iter().flat_map(|(max_age, fragments)| judged_by(max_age, &fragments)).collect()
}

/// The greatest age that the job allowed which sealed the fragment, if that job judged it.
fn sealed_with(fragment: &Fragment) -> Option<Duration> {
    fragment.sealed_in.as_ref()?.max_age
}

fn judged_by(max_age: Duration, fragments: &[&Fragment]) -> Vec<Warning> {
    let of = |wanted: &dyn Fn(&Fragment) -> bool| -> Vec<&Fragment> {
        fragments.iter().copied().filter(|fragment| wanted(fragment)).collect()
    };
    let old = of(&is_too_old);
    let undated = of(&|fragment| fragment.counts() && fragment.origin.time().is_none());
    let mut warnings = Vec::new();
    if !old.is_empty() {
        let number = old.len() as u64;
        let text = format!("{}; {} skipped", older(old.into_iter(), max_age), by_number(number, "it is", "they are"));
        warnings.push(
            Warning::new(text).with_help("run `covmerge clean` before the tests, so that no old fragment is left"),
        );
    }
    if !undated.is_empty() {
        let number = undated.len() as u64;
        warnings.push(Warning::new(format!(
            "{} {} not say when {} made, so `--max-age` does not concern {}: {}",
            counted(number, "fragment"),
            by_number(number, "does", "do"),
            by_number(number, "it was", "they were"),
            by_number(number, "it", "them"),
            named(&undated)
        )));
    }
    warnings
}

/// Whether the fragment was passed over because of its age.
pub(super) fn is_too_old(fragment: &Fragment) -> bool {
    fragment.outcome == Outcome::TooOld
}

/// `2 fragments are older than 2h: …`
pub(super) fn older<'a>(fragments: impl Iterator<Item = &'a Fragment>, max_age: Duration) -> String {
    let fragments: Vec<&Fragment> = fragments.collect();
    let number = fragments.len() as u64;
    let are = by_number(number, "is", "are");
    format!("{} {are} older than {max_age}: {}", counted(number, "fragment"), named(&fragments))
}

/// The first ten, with their times, and the number of the others.
fn named(fragments: &[&Fragment]) -> String {
    let named = fragments.iter().take(MOST_NAMED).map(|fragment| {
        let when = fragment.origin.time().map(|when| format!(" ({when})")).unwrap_or_default();
        format!("`{}`{when}", fragment.path.display())
    });
    let named = named.collect::<Vec<String>>().join(", ");
    match fragments.len().saturating_sub(MOST_NAMED) as u64 {
        0 => named,
        more => format!("{named} and {} more", grouped(more)),
    }
}
