//! The part of the data that reports count, where an output keeps all of it.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::path::SourcePath;
use crate::model::trace::{Context, FileTrace};
use crate::python::re;
use crate::read;

/// The files with only the data of the contexts that `contexts` admits, and whether it admits any. `files` must hold all contexts.
///
/// # Errors
/// A pattern backtracks too much on the name of a context.
pub(super) fn reported(
    files: &BTreeMap<SourcePath, FileTrace>,
    contexts: &read::Contexts,
) -> Result<(BTreeMap<SourcePath, FileTrace>, bool), re::Error> {
    let names: BTreeSet<&Context> = files.values().flat_map(|file| file.contexts.keys()).collect();
    let mut admitted = BTreeSet::new();
    for name in names {
        if contexts.admits(name.as_str())? {
            admitted.insert(name);
        }
    }
    let reported = files.iter().map(|(path, file)| (path.clone(), file.under(&admitted))).collect();
    Ok((reported, !admitted.is_empty()))
}
