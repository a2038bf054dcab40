//! `covmerge manifest`: what is there, as `--expect-file` reads it.

use std::path::{Path, PathBuf};

use rayon::prelude::*;

use crate::merge::{self, Absent, Identical, Reading, Surroundings};
use crate::model::fragment::{Fragment, Outcome};
use crate::model::inert::inert;
use crate::model::manifest::Manifest;
use crate::model::seal::Seal;
use crate::model::settings::UnfinishedFragments;
use crate::packed::Archives;
use crate::python::text::printable::neutralised;
use crate::read::{self, covmerge};

/// The first lines of a manifest.
const HEAD: &str = "\
# The fragments that must be there, for `covmerge --expect-file`: `$` and a command, or a name, a path or a glob.
# A count before it is a lower bound if it ends with `+`, and exact otherwise. Numbers of processes may differ from run to run.
";

/// The manifest of these fragments (relative to `cwd`, in order).
///
/// # Errors
/// Some of them cannot be read, or were never finished and are not accepted, or some are `absent`: the manifest of the others would not notice that
/// they lack.
pub fn manifest(
    fragments: &[PathBuf],
    absent: Vec<Absent>,
    unfinished: UnfinishedFragments,
    cwd: &Path,
) -> Result<String, merge::Error> {
    let archives = Archives::default();
    let identical = Identical::among(fragments, cwd, &archives);
    let read: Vec<(Fragment, Option<Seal>)> =
        fragments.par_iter().map(|path| one(path, unfinished, cwd, &archives, &identical)).collect();
    let seals = read.iter().filter_map(|(fragment, seal)| Some((fragment.path.clone(), seal.clone()?))).collect();
    let mut fragments: Vec<Fragment> = read.into_iter().map(|(fragment, _)| fragment).collect();
    fragments.extend(absent.into_iter().map(Fragment::from));
    fragments.sort_by(|one, other| one.path.cmp(&other.path));
    merge::settle_duplicates(&mut fragments);
    // The fragments in a seal are expected, and not the seal.
    fragments.retain(|fragment| fragment.format != Some(covmerge::NAME) || !fragment.counts());
    fragments.extend(merge::fragments_of(seals));
    fragments.sort_by(|one, other| one.path.cmp(&other.path));
    merge::settle_sealed(&mut fragments, cwd, &archives);
    if merge::rejected(&fragments).next().is_some() {
        return Err(merge::Error::Bad(fragments));
    }
    Ok(format!("{HEAD}{}", Manifest::of(&fragments).to_string().lines().map(shown).collect::<String>()))
}

/// A line of the manifest without characters that a terminal or the log of a CI system obeys: `?` stands for them, which matches any.
fn shown(line: &str) -> String {
    let printable = neutralised(line);
    let shown = inert(&printable);
    // A bracket that stands for itself does so only where the whole path does.
    if shown == line { format!("{line}\n") } else { format!("{}\n", shown.replace('[', "?")) }
}

fn one<'a>(
    path: &'a Path,
    accepted: UnfinishedFragments,
    cwd: &Path,
    archives: &Archives,
    identical: &Identical<'a>,
) -> (Fragment, Option<Seal>) {
    let (mut fragment, mut seal) = (Fragment::untried(path.to_owned()), None);
    let file = cwd.join(path);
    fragment.outcome = match merge::load_any(&file, archives) {
        Err(error) => Outcome::Rejected { why: error.to_string(), help: Some(merge::unloaded(&error).into()) },
        Ok(bytes) => {
            let format = read::format_of(path, &bytes);
            fragment.bytes = bytes.len() as u64;
            fragment.format = format.as_ref().ok().map(|format| format.name);
            let around = format.as_ref().map(|format| Surroundings::of(format, &file, archives)).unwrap_or_default();
            let twin = identical.earlier(path, (None, None), around.is_open_name, &bytes);
            if let (Ok(_), Some(twin), false) = (&format, twin, around.tell()) {
                fragment.outcome = Outcome::Duplicate { of: twin.to_owned() };
                return (fragment, None);
            }
            match merge::read_in(around, format, &bytes, &read::Contexts::default()) {
                Err(error) => Outcome::Rejected { why: error.to_string(), help: error.help },
                Ok(Reading { recording, unfinished }) => {
                    fragment.origin = recording.origin;
                    fragment.unfinished = unfinished;
                    seal = recording.sealed;
                    match (fragment.why_unfinished(), accepted) {
                        (Some(why), UnfinishedFragments::Fail) => Outcome::Rejected { why, help: None },
                        _ => Outcome::Merged { files: recording.files.len() as u64 },
                    }
                }
            }
        }
    };
    (fragment, seal)
}
