//! Relative names that lead to several files: beside the fragment and elsewhere; or beside copies of it in several packages, though one process did
//! not run the files of both.

use std::collections::BTreeMap;
use std::path::Path;

use super::error::Error;
use super::load::load_any;
use super::worker::{Stage, Worker};
use crate::model::copies::process;
use crate::model::fragment::{Fragment, Outcome};
use crate::read::{self, Contexts};

/// Checks that each relative name in the fragments of a process leads to one file.
///
/// # Errors
/// A name leads to the file beside its fragment and to another one. A fragment and its copy under the same name, which coverage.py chose, lead to two
/// files of different bytes.
pub(super) fn of_one_place(fragments: &[Fragment], worker: &Worker, stage: &Stage<'_>) -> Result<(), Error> {
    if let Some((name, fragment, own, other)) = worker.ambiguous.first().cloned() {
        return Err(Error::Ambiguous { name, fragment, own, other, more: worker.ambiguous.len() as u64 - 1 });
    }
    let mut by_process: BTreeMap<(&str, u64), Vec<&Fragment>> = BTreeMap::new();
    for fragment in fragments.iter().filter(|fragment| matches!(fragment.outcome, Outcome::Merged { .. })) {
        if let Some(process) = process(fragment) {
            by_process.entry((process, fragment.bytes)).or_default().push(fragment);
        }
    }
    let base = |fragment: &Fragment| {
        let home = stage.home(fragment.part, &fragment.path).filter(|_| worker.own.contains(&fragment.path));
        home.unwrap_or_else(|| stage.mappers.of(fragment.part).root())
    };
    for of_process in by_process.values() {
        let [first, others @ ..] = &of_process[..] else { continue };
        for other in others.iter().filter(|other| base(other) != base(first)) {
            if let Some([one, other_file]) = two_files([*first, *other].map(|one| (one, base(one))), stage) {
                let [fragment, copy] = [first, other].map(|one| one.path.clone());
                return Err(Error::Copied { fragment, copy, one, other: other_file });
            }
        }
    }
    Ok(())
}

/// The first two files that a name in both fragments means, from the root of the run on; `None` if the fragments differ.
fn two_files(both: [(&Fragment, &Path); 2], stage: &Stage<'_>) -> Option<[String; 2]> {
    let [bytes, others] = both.map(|(fragment, _)| load_any(&stage.cwd.join(&fragment.path), stage.archives).ok());
    let bytes = bytes.filter(|bytes| others.as_ref() == Some(bytes))?;
    let format = read::sniff(&bytes).ok()?;
    let recording = format.read(&bytes, &Contexts::default()).ok()?;
    let mut names: Vec<&str> = recording.files.iter().map(|(name, _)| &**name).collect();
    names.sort_unstable();
    names.into_iter().find_map(|name| {
        let [one, other] = both.map(|(fragment, base)| stage.mappers.of(fragment.part).meant_from(base, name));
        let ((one, one_counts), (other, other_counts)) = one.zip(other)?;
        let are_two = (one_counts || other_counts) && !stage.mappers.run().are_equal(&one, &other);
        are_two.then(|| [one, other].map(|file| stage.mappers.run().display_name(&file.as_str().into())))
    })
}
