//! The seals among the fragments: their data, or what it takes to seal them again.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use super::again::again;
use super::error::Error;
use super::group_of;
use super::identical::settle_sealed;
use super::jobs::{Run, run_of};
use super::one_process::of_one_process;
use super::sealed::{self, Opened, Opening};
use super::worker::{Group, Stage};
use crate::model::fragment::{Fragment, Outcome};
use crate::model::seal::Seal;
use crate::read::{self, covmerge};

/// The data of seals, and all fragments.
pub(super) struct Unsealed {
    /// The data of the seals of each group.
    pub(super) sealed: Vec<Opened>,
    /// The fragments, sorted by path: those of seals, and those beside them.
    pub(super) fragments: Vec<Fragment>,
    /// Those and the ones in seals that are sealed again.
    pub(super) there: Vec<Fragment>,
    /// The fragments of sections that are there more than once, as the seals of the copies hold them.
    pub(super) copies: Vec<Fragment>,
    /// The run to which the seals should belong.
    pub(super) run: Run,
    /// The number of seals that are too old to be sealed again.
    pub(super) too_old: usize,
    /// The seals that are sealed again. Then their data stays as it is.
    pub(super) again: Vec<(PathBuf, Seal)>,
}

/// Takes the seals out of `groups`, and opens them. The fragments in a seal count, and not the seal. `own` are the fragments with names that lead to files
/// beside them.
///
/// # Errors
/// As those of opening seals, and of opening them to seal them again. The data of one process counts for two files.
pub(super) fn unsealed(
    groups: &mut [Group],
    mut fragments: Vec<Fragment>,
    own: &BTreeSet<PathBuf>,
    stage: &Stage<'_>,
) -> Result<Unsealed, Error> {
    let Stage { settings, limit, .. } = *stage;
    let mut seals = seals_of(groups, &mut fragments);
    let all = if settings.sealing { std::mem::take(&mut seals).concat() } else { Vec::new() };
    let mut again = again(all, &settings.own_rules, limit)?;
    let run = run_of(&seals, limit);
    let mut spread = of_one_process(&fragments, own, &seals, stage)?;
    let opening = Opening { mappers: stage.mappers, limit, are_strangers: !run.strangers.is_empty() };
    let mut sealed = opened(seals, stage, opening)?;
    if let Some(first) = sealed.first_mut() {
        first.warnings.extend(spread.warning.take());
    }
    for sealed in &mut sealed {
        fragments.append(&mut sealed.fragments);
        again.copies.append(&mut sealed.copies);
    }
    if let Some(first) = sealed.first_mut().filter(|_| settings.sealing) {
        first.rules = again.rules.take();
    }
    fragments.append(&mut again.passed_over);
    let mut there = [fragments.as_slice(), &again.fragments].concat();
    there.sort_by(|a, b| a.path.cmp(&b.path));
    settle_sealed(&mut there, stage.cwd, stage.archives);
    spread.mark(&mut there);
    if settings.sealing {
        fragments.sort_by(|a, b| a.path.cmp(&b.path));
    } else {
        fragments.clone_from(&there);
    }
    Ok(Unsealed { sealed, fragments, there, copies: again.copies, run, too_old: again.too_old, again: again.seals })
}

/// Whether it is a seal, or a fragment in one.
#[must_use]
pub fn is_of_seal(fragment: &Fragment) -> bool {
    fragment.sealed_in.is_some() || fragment.format == Some(covmerge::NAME)
}

/// Takes the seals out of each group, and those that were not refused out of `fragments`. A copy of a seal is a seal, too. The seals of a group are in the
/// order of their paths, whichever worker read which.
fn seals_of(groups: &mut [Group], fragments: &mut Vec<Fragment>) -> Vec<Vec<(PathBuf, Seal)>> {
    let mut seals: Vec<_> = groups.iter_mut().map(|group| std::mem::take(&mut group.seals)).collect();
    let is_seal = |fragment: &mut Fragment| fragment.format == Some(covmerge::NAME) && fragment.counts();
    let mut equal: BTreeMap<(usize, PathBuf), Vec<PathBuf>> = BTreeMap::new();
    for Fragment { path, part, outcome, .. } in fragments.extract_if(.., is_seal) {
        let first = if let Outcome::Duplicate { of } = outcome { of } else { path.clone() };
        equal.entry((group_of(part), first)).or_default().push(path);
    }
    for ((group, _), paths) in equal.into_iter().filter(|(_, paths)| paths.len() > 1) {
        // Only one of them was read.
        let Some(seals) = seals.get_mut(group) else { continue };
        let Some((read, seal)) = seals.iter().find(|(path, _)| paths.contains(path)).cloned() else { continue };
        seals.extend(paths.into_iter().filter(|path| *path != read).map(|path| (path, seal.clone())));
    }
    for group in &mut seals {
        group.sort_by(|a, b| a.0.cmp(&b.0));
    }
    seals
}

/// The data of the seals of each group, of which the last ones may be missing.
fn opened(seals: Vec<Vec<(PathBuf, Seal)>>, stage: &Stage<'_>, opening: Opening<'_>) -> Result<Vec<Opened>, Error> {
    let Stage { settings, contexts, .. } = *stage;
    let of_parts = settings.parts.iter().map(|part| &part.own_rules);
    let own_rules = std::iter::once(&settings.own_rules).chain(of_parts);
    let seals = seals.into_iter().chain(std::iter::repeat_with(Vec::new));
    let open = |(at, ((contexts, own), seals)): (usize, ((&read::Contexts, _), Vec<_>))| {
        let mut opened = sealed::open(&seals, contexts, own, at.checked_sub(1), opening)?;
        for fragment in opened.fragments.iter_mut().chain(&mut opened.copies) {
            fragment.part = at.checked_sub(1);
        }
        Ok(opened)
    };
    contexts.iter().zip(own_rules).zip(seals).enumerate().map(open).collect()
}
