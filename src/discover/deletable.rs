//! The files that `covmerge clean` deletes: those that a run reads, and those that it passes over as data of an earlier run.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use super::archive::{begins_as_zip, expand};
use super::search::{self, Finds};
use super::{
    Argument, Classify, Error, How, Outputs, Unmatched, arguments, by_default, data_link_out, identity, named, parts,
    plain, shown,
};
use crate::model::settings;
use crate::packed::{Archives, archive_of};

/// The files to delete, relative to the working directory if they lie below it, in order.
#[derive(Debug, Default)]
pub struct Deletable {
    /// Fragments and the files of SQLite beside them: regular files and links.
    pub files: Vec<PathBuf>,
    /// Paths that are found where fragments are, and stay because they are not fragments.
    pub other: Vec<PathBuf>,
    /// Archives that hold fragments. They stay, since they may hold other files, too.
    pub archives: Vec<PathBuf>,
}

/// The suffixes of SQLite's side files.
const SIDE_FILES: [&str; 3] = ["-journal", "-wal", "-shm"];

/// Finds the files to delete. What this run's `outputs` name stays, unless it is named or has the name of a fragment; `is_fragment` judges the whole
/// content of a file.
///
/// # Errors
/// A glob is not valid; a directory cannot be searched; a file that is named is not a fragment.
pub fn deletable(
    settings: &settings::Discover,
    outputs: &[PathBuf],
    classify: Classify<'_>,
    is_fragment: &dyn Fn(&Path) -> bool,
) -> Result<Deletable, Error> {
    let cwd = &settings.cwd;
    let outputs = Outputs::new(outputs, cwd);
    let searched = || settings.parts.iter().filter(|_| !settings.is_named);
    let of_parts = searched().filter(|part| part.fragments.is_empty()).map(|part| parts::of_part(settings, part));
    let arguments = arguments(settings);
    let own = arguments.is_empty().then(|| settings.clone());
    let (mut found, mut other, mut foreign) = (Vec::new(), Vec::new(), Vec::new());
    for settings in own.into_iter().chain(of_parts) {
        match data_link_out(&settings) {
            Some(link) => other.push(link),
            None => found.extend(by_default(&settings)?),
        }
    }
    let archives = Archives::default();
    let mut holding = Vec::new();
    let is_one =
        |path: &Path| !begins_as_zip(path) && (search::is_called_like_one(path, classify) || is_fragment(path));
    let named_by_parts = searched().flat_map(|part| &part.fragments).map(|name| Argument { name, link_out: None });
    for Argument { name: argument, link_out } in arguments.into_iter().chain(named_by_parts) {
        // Nothing behind a link goes. Of a place that is a link to a file, the link goes.
        if let Some(link) = link_out.filter(|link| link.is_dir() || *link != plain(&cwd.join(argument))) {
            other.push(link);
            continue;
        }
        let Finds { files, unreadable, .. } = match named(argument, settings, &archives, classify) {
            Ok(mut named) if named.how == How::File => {
                expand(&mut named.finds, named.how, &archives, classify);
                holding.extend(members_out(&mut named.finds));
                holding.extend(unreadable_out(&mut named.finds));
                let (fragments, others): (Vec<PathBuf>, Vec<PathBuf>) =
                    named.finds.files.into_iter().partition(|path| is_one(path));
                found.extend(fragments);
                foreign.extend(others.iter().map(|path| shown(path, cwd)));
                continue;
            }
            Ok(mut named) => {
                // Of a link only the link goes, wherever it leads.
                let links = named.finds.unreadable.extract_if(.., |one| matches!(one, Unmatched::Outside(_)));
                let (directories, links): (Vec<PathBuf>, Vec<PathBuf>) =
                    links.map(|one| one.name()).partition(|path| path.is_dir());
                found.extend(links);
                other.extend(directories);
                // An archive that cannot be read is not a directory that could hold more.
                let unreadable = std::mem::take(&mut named.finds.unreadable);
                expand(&mut named.finds, named.how, &archives, classify);
                holding.extend(members_out(&mut named.finds));
                holding.extend(unreadable_out(&mut named.finds));
                Finds { unreadable, ..named.finds }
            }
            Err(why @ Unmatched::Pattern(_)) => return Err(Error::Unmatched(vec![why])),
            Err(Unmatched::Special(name)) => {
                foreign.push(name.into());
                continue;
            }
            Err(Unmatched::Unreadable { path, source }) => return Err(Error::Unreadable { path, source }),
            // A link that leads nowhere is as good as a fragment if it is called like one.
            Err(why) => {
                let path = plain(&cwd.join(why.name()));
                found.extend(Some(path).filter(|path| path.is_symlink() && search::is_called_like_one(path, classify)));
                continue;
            }
        };
        if let Some(Unmatched::Unreadable { path, source }) = unreadable.into_iter().next() {
            return Err(Error::Unreadable { path: shown(&path, cwd), source });
        }
        let theirs = files.into_iter().filter(|path| !outputs.hold(path));
        let (fragments, others): (Vec<PathBuf>, Vec<PathBuf>) = theirs.partition(|path| is_one(path));
        found.extend(fragments);
        other.extend(others);
    }
    if !foreign.is_empty() {
        return Err(Error::Foreign(foreign));
    }
    let (files, special): (Vec<PathBuf>, Vec<PathBuf>) = with_side_files(found).into_iter().partition(is_file_or_link);
    other.extend(special);
    let in_order = |paths: Vec<PathBuf>| -> Vec<PathBuf> {
        paths.iter().map(|path| shown(path, cwd)).collect::<BTreeSet<PathBuf>>().into_iter().collect()
    };
    Ok(Deletable { files: in_order(files), other: in_order(other), archives: in_order(holding) })
}

/// Takes the members of archives out; the archives.
fn members_out(finds: &mut Finds) -> Vec<PathBuf> {
    let members = finds.files.extract_if(.., |path| archive_of(path).is_some());
    members.filter_map(|path| archive_of(&path).map(Path::to_owned)).collect()
}

/// Takes the archives out that cannot be read, or whose members cannot.
fn unreadable_out(finds: &mut Finds) -> Vec<PathBuf> {
    let paths = finds.unreadable.drain(..).map(|one| one.name());
    paths.map(|path| archive_of(&path).map_or_else(|| path.clone(), Path::to_owned)).collect()
}

/// Each file once, and the side files of each; a link and the file that it leads to are two.
fn with_side_files(found: Vec<PathBuf>) -> Vec<PathBuf> {
    let mut all: BTreeMap<Option<PathBuf>, PathBuf> = BTreeMap::new();
    for path in found {
        for suffix in SIDE_FILES {
            let mut name = path.clone().into_os_string();
            name.push(suffix);
            let beside = PathBuf::from(name);
            if fs::symlink_metadata(&beside).is_ok() {
                all.entry(place(&beside)).or_insert(beside);
            }
        }
        all.entry(place(&path)).or_insert(path);
    }
    all.into_values().collect()
}

/// The place of an entry, however it is spelt: its directory with links resolved, and its name.
fn place(path: &Path) -> Option<PathBuf> {
    Some(identity(path.parent()?).join(path.file_name()?))
}

fn is_file_or_link(path: &PathBuf) -> bool {
    fs::symlink_metadata(path).is_ok_and(|metadata| metadata.is_file() || metadata.is_symlink())
}
