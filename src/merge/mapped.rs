//! The merged files under our paths, and those whose paths lead outside of the root.

use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;

use crate::model::path::SourcePath;
use crate::model::trace::{FileTrace, Trace};
use crate::model::warning::Warning;
use crate::model::words::counted;
use crate::paths::Mapper;

type ByPath = BTreeMap<SourcePath, FileTrace>;

/// The files that have claims, each with the first fragment that makes them.
pub(super) type Claimed = BTreeMap<SourcePath, PathBuf>;

/// A warning if some files that fragments list are outside the root: a shard that ran elsewhere has other names for the same files.
pub(super) fn astray(claimed: &Claimed, trace: &Trace, mapper: &Mapper) -> Option<Warning> {
    let astray = mapper.astray(claimed.keys());
    let (first, fragment) = claimed.get_key_value(*astray.first()?)?;
    let first = format!("`{}`, which `{}` lists,", mapper.display_name(first), fragment.display());
    let more = astray.len() as u64 - 1;
    // If no fragment has a file that is there, there is no checkout, and no other file to confuse them with.
    let is_bare = || mapper.astray(trace.measured().map(|(path, _)| path)).len() == trace.measured().count();
    if astray.len() == claimed.len() && is_bare() {
        let text = match more {
            0 => format!("{first} is not found below the root"),
            _ => format!("none of the {} that the fragments list is found below the root", counted(more + 1, "file")),
        };
        return Some(
            Warning::new(text).with_help(
                "if the sources are there under other names, map the names in the fragments: `--map FROM=TO`",
            ),
        );
    }
    let text = match more {
        0 => format!("{first} is not found below the root, and counts as a file of its own"),
        _ => format!(
            "{first} and {} are not found below the root, and count as files of their own",
            counted(more, "more file")
        ),
    };
    Some(Warning::new(text).with_help("if the fragment was made in another directory, map its paths: `--map FROM=TO`"))
}

/// The files that count; the files that `include` and `omit` leave out, if those are kept; and the fragments that claim the files that count.
pub(super) fn under_our_paths(
    files: HashMap<String, FileTrace>,
    claimed: &HashMap<String, PathBuf>,
    mapper: &Mapper,
    keep_omitted: bool,
) -> (ByPath, ByPath, Claimed) {
    let recorded: BTreeMap<String, FileTrace> = files.into_iter().collect();
    let mapping = mapper.map(recorded.keys().map(String::as_str));
    let (mut ours, mut omitted, mut claimed_here) = (ByPath::new(), ByPath::new(), Claimed::new());
    for (path, file) in recorded {
        let Some(mapped) = mapping.explain(&path).filter(|mapped| mapped.included || keep_omitted) else { continue };
        if let Some(fragment) = claimed.get(&path).filter(|_| mapped.included) {
            let first = claimed_here.entry(mapped.path.clone()).or_insert_with(|| fragment.clone());
            if fragment < first {
                first.clone_from(fragment);
            }
        }
        let into = if mapped.included { &mut ours } else { &mut omitted };
        into.entry(mapped.path.clone()).or_default().union_with(file);
    }
    (ours, omitted, claimed_here)
}
