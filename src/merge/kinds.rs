//! Whether statements alone or branches too were measured: of each part, and of the fragments that belong to none.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use super::sealed::Opened;
use super::worker::Group;
use super::{Error, group_of};
use crate::model::arcs::ArcSet;
use crate::model::fragment::Fragment;
use crate::model::kind::Kind;
use crate::model::path::SourcePath;
use crate::model::settings::{self, BranchMix};
use crate::model::trace::FileTrace;
use crate::model::warning::Warning;
use crate::paths::Mappers;

/// Whether branches were measured, by group.
pub(super) struct Measured(Vec<bool>);

/// The kind of each group. Both kinds in one group are refused, or become statements, as the user wants it.
///
/// # Errors
/// Statement and branch fragments meet, and that is refused.
pub(super) fn kinds(
    groups: &mut [Group],
    sealed: &mut [Opened],
    fragments: &[Fragment],
    settings: &settings::Merge,
    warnings: &mut Vec<Warning>,
) -> Result<Measured, Error> {
    let mut measured = Vec::with_capacity(groups.len());
    for (at, (group, sealed)) in groups.iter_mut().zip(sealed).enumerate() {
        let [statements, branches] =
            [Kind::Statements, Kind::Branches].map(|kind| first_of(fragments, at.checked_sub(1), kind));
        measured.push(match (statements, branches) {
            // The report decides.
            (Some(_), Some(_)) if settings.sealing => true,
            (Some(statements), Some(branches)) => {
                warnings.push(mixed(settings.branch_mix, statements, branches)?);
                group.files.values_mut().chain(sealed.files.values_mut()).for_each(forget_branches);
                false
            }
            (None, None) => group.declares_branches || sealed.declares_branches,
            (_, branches) => branches.is_some(),
        });
    }
    Ok(Measured(measured))
}

impl Measured {
    /// Whether any group has branches.
    pub(super) fn any(&self) -> bool {
        self.0.contains(&true)
    }

    /// The same for each group, if there are parts.
    pub(super) fn of_groups(self, mappers: &Mappers) -> Vec<bool> {
        if mappers.parts() == 0 { Vec::new() } else { self.0 }
    }

    /// Sets the kinds of the parts that have files which fragments of no part record: they must be of one kind.
    ///
    /// # Errors
    /// Statement and branch fragments meet, and that is refused.
    pub(super) fn meet(
        &mut self,
        met: &BTreeSet<usize>,
        files: &mut BTreeMap<SourcePath, FileTrace>,
        owners: &BTreeMap<SourcePath, usize>,
        fragments: &[Fragment],
        mix: BranchMix,
        warnings: &mut Vec<Warning>,
    ) -> Result<(), Error> {
        for &part in met {
            let first = |kind| [None, Some(part)].map(|group| first_of(fragments, group, kind));
            let [statements, branches] = [Kind::Statements, Kind::Branches].map(first);
            let own = group_of(Some(part));
            match (statements.into_iter().flatten().next(), branches.into_iter().flatten().next()) {
                (Some(statements), Some(branches)) => {
                    // Where one of the two is a mixture itself, it has no branches any more.
                    if self.0[0] || self.0[own] {
                        warnings.push(mixed(mix, statements, branches)?);
                    }
                    self.0[own] = false;
                    let own_files = files.iter_mut().filter(|(path, _)| owners.get(path) == Some(&part));
                    own_files.for_each(|(_, file)| forget_branches(file));
                }
                (_, Some(_)) => self.0[own] = true,
                _ => {}
            }
        }
        Ok(())
    }
}

/// The warning that both kinds become statements.
///
/// # Errors
/// That is refused.
fn mixed(mix: BranchMix, statements: PathBuf, branches: PathBuf) -> Result<Warning, Error> {
    if mix == BranchMix::Refuse {
        return Err(Error::Mixed { statements, branches });
    }
    Ok(Warning::new(format!(
        "statement and branch fragments are merged as statements only: `{}` measured statements, `{}` measured branches",
        statements.display(),
        branches.display()
    )))
}

/// The path of the first fragment of a group that holds data of that kind.
fn first_of(fragments: &[Fragment], part: Option<usize>, kind: Kind) -> Option<PathBuf> {
    let is_one = |fragment: &&Fragment| fragment.part == part && fragment.kind == Some(kind);
    fragments.iter().find(is_one).map(|fragment| fragment.path.clone())
}

/// Keeps the lines of a file's arcs and drops the arcs.
fn forget_branches(file: &mut FileTrace) {
    file.lines = file.executed();
    file.arcs = ArcSet::new();
    for context in file.contexts.values_mut() {
        context.lines = context.executed();
        context.arcs = ArcSet::new();
    }
    for claims in file.claims.values_mut() {
        claims.exits.clear();
        claims.counted_exits = 0;
        claims.regions.values_mut().for_each(|region| region.counted_exits = 0);
    }
}
