//! The share of the data that reports count, where an output keeps all of it.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::path::SourcePath;
use crate::model::trace::{Context, FileTrace, Trace};
use crate::python::re;
use crate::read;

/// The files of a part with only the data of the contexts that `contexts` admits, and whether it admits any. They must hold all contexts.
///
/// # Errors
/// A pattern backtracks too much on the name of a context.
pub(super) fn reported(
    trace: &Trace,
    part: Option<usize>,
    contexts: &read::Contexts,
) -> Result<(BTreeMap<SourcePath, FileTrace>, bool), re::Error> {
    let files = || trace.files.iter().filter(|(path, _)| trace.owner(path) == part);
    let names: BTreeSet<&Context> = files().flat_map(|(_, file)| file.contexts.keys()).collect();
    let mut admitted = BTreeSet::new();
    for name in names {
        if contexts.admits(name.as_str())? {
            admitted.insert(name);
        }
    }
    let reported = files().map(|(path, file)| (path.clone(), file.under(&admitted))).collect();
    Ok((reported, !admitted.is_empty()))
}
