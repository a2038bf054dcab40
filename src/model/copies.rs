//! Fragments of equal bytes: copies of one, such as an artifact that was uploaded twice, or the data of processes that ran the same lines.
//!
//! Names that coverage.py chose tell them apart, since no two processes have one name. Under other names a time in the data does: two processes do
//! not run the same lines at the same time. Without either it is not known.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::fragment::{Fragment, Outcome};
use super::process_name::is_of_process;

/// How two fragments of equal bytes are alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Likeness {
    /// They may be copies, or the data of two processes.
    Equal,
    /// They are copies.
    Copy,
}

/// How alike two fragments of equal bytes are; `None` if they are the data of two processes.
#[must_use]
pub fn likeness(one: &Fragment, other: &Fragment) -> Option<Likeness> {
    match (process(one), process(other)) {
        (Some(one), Some(other)) => (one == other).then_some(Likeness::Copy),
        _ if one.origin.when.is_some() => Some(Likeness::Copy),
        _ => Some(Likeness::Equal),
    }
}

/// The number of fragments of which none may be a copy of another one. Equal ones that were merged, and not as duplicates, are the data of different files, but
/// for those of one process.
#[must_use]
pub fn distinct<'a>(fragments: impl IntoIterator<Item = &'a Fragment>) -> u64 {
    let mut contents: BTreeMap<Content<'_>, (usize, BTreeSet<&str>)> = BTreeMap::new();
    for fragment in fragments {
        let (first, names) = contents.entry(content(fragment)).or_default();
        match process(fragment) {
            Some(process) => _ = names.insert(process),
            None => *first += usize::from(!matches!(fragment.outcome, Outcome::Duplicate { .. })),
        }
    }
    contents.values().map(|(first, names)| names.len().max(*first).max(1) as u64).sum()
}

/// The bytes of a fragment: equal for fragments of equal bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Content<'a> {
    /// Those of this digest.
    Digest(&'a [u8; 32]),
    /// Those of the fragment that is the first to have them.
    First(&'a Path),
}

/// The bytes of this fragment. Names do not tell those of seals apart: each job may have its own `.coverage`.
#[must_use]
pub fn content(fragment: &Fragment) -> Content<'_> {
    match (&fragment.digest, &fragment.outcome) {
        (Some(digest), _) => Content::Digest(digest),
        (None, Outcome::Duplicate { of }) => Content::First(of),
        (None, _) => Content::First(&fragment.path),
    }
}

/// The file name, if coverage.py chose it, for one process.
#[must_use]
pub fn process(fragment: &Fragment) -> Option<&str> {
    let name = fragment.path.file_name()?.to_str()?;
    let name = name.strip_suffix(".gz").unwrap_or(name);
    is_of_process(name).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: &str = ".coverage.ci.pid1.Xabcdefx.Habcdefghijh";
    const TWO: &str = ".coverage.ci.pid2.Xghijklx.Habcdefghijh";

    fn fragment(path: &str, of: Option<&str>, when: Option<&str>) -> Fragment {
        let mut fragment = Fragment::untried(path.into());
        fragment.origin.when = when.map(str::to_owned);
        if let Some(of) = of {
            fragment.outcome = Outcome::Duplicate { of: of.into() };
        }
        fragment
    }

    #[test]
    fn names_and_times_tell_copies() {
        for (one, other, when, expected) in [
            (ONE, ONE, None, Some(Likeness::Copy)),
            (ONE, TWO, Some("2026-11-30 06:00:00"), None),
            (ONE, ".coverage.unit", Some("2026-11-30 06:00:00"), Some(Likeness::Copy)),
            (".coverage", ".coverage", Some("2026-11-30 06:00:00"), Some(Likeness::Copy)),
            (".coverage", ".coverage", None, Some(Likeness::Equal)),
            (ONE, &format!("{ONE}.gz"), None, Some(Likeness::Copy)),
        ] {
            let path = format!("a/{one}");
            let other = fragment(&format!("b/{other}"), Some(&path), when);
            assert_eq!(likeness(&fragment(&path, None, when), &other), expected, "{one} {other:?}");
        }
    }

    #[test]
    fn copies_count_once() {
        let first = format!("a/{ONE}");
        let all = [
            fragment(&first, None, None),
            fragment(&format!("b/{ONE}"), Some(&first), None),
            fragment(&format!("b/{TWO}"), Some(&first), None),
            fragment("c/.coverage", Some(&first), None),
            fragment("d/.coverage", None, None),
            fragment("e/.coverage", Some("d/.coverage"), None),
        ];
        let numbers: Vec<u64> = (0..=all.len()).map(|end| distinct(&all[..end])).collect();
        assert_eq!(numbers, [0, 1, 1, 2, 2, 3, 3]);
    }
}
