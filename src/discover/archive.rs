//! Zip archives among the fragments: their members count like files in a directory.

use std::io::{self, ErrorKind, Read};
use std::path::{Path, PathBuf};

use super::search::{self, Finds, HEAD, Look};
use super::{Classify, How, Unmatched, shown};
use crate::model::fragment::FileClass;
use crate::packed::{self, Archives, archive_of, is_named_archive, is_named_zip, is_zip};
use crate::regular;

/// The reason why an archive is passed over, in words: it has nothing of ours.
const NOTHING: &str = "holds nothing that looks like a fragment";
/// Likewise: a damaged document, say.
const UNKNOWN: &str = "cannot be looked into, and is not called like an archive";

/// Puts the members of archives in the place of these. Returns the archives that are passed over, each with the reason.
pub(super) fn expand(
    finds: &mut Finds,
    how: How,
    archives: &Archives,
    classify: Classify<'_>,
) -> Vec<(PathBuf, &'static str)> {
    // A file that is named counts by its content. Of others, those that are called like fragments are left to the reader.
    let is_archive = |path: &mut PathBuf| {
        is_named_zip(path) || ((how == How::File || !search::is_called_like_one(path, classify)) && begins_as_zip(path))
    };
    let mut found: Vec<PathBuf> = finds.files.extract_if(.., is_archive).collect();
    found.append(&mut finds.archives);
    let mut passed_over = Vec::new();
    for archive in found {
        match members(&archive, archives, classify, finds) {
            Ok(0) => passed_over.push((archive, NOTHING)),
            Ok(_) => {}
            Err(source) => finds.unreadable.push(Unmatched::Unreadable { path: archive, source }),
        }
    }
    for path in std::mem::take(&mut finds.closed) {
        let looked = if begins_as_zip(&path) {
            other_zip(&path, archives, classify, finds)
        } else {
            judged(
                &path,
                packed::first_in_file(&path, &|name, head| is_wanted(name, head, classify), archives.limits()),
            )
        };
        match looked {
            Ok(why) => passed_over.push((path, why)),
            Err(source) => finds.unreadable.push(Unmatched::Unreadable { path, source }),
        }
    }
    passed_over.append(&mut finds.passed_over);
    passed_over
}

/// Looks for fragments in a zip archive under another name: a wheel, say. Returns the reason why it is passed over, in words.
///
/// # Errors
/// It holds one.
fn other_zip(path: &Path, archives: &Archives, classify: Classify<'_>, finds: &mut Finds) -> io::Result<&'static str> {
    let mut all = Finds::default();
    let looked = members(path, archives, classify, &mut all);
    let first = all.files.iter().min().and_then(|file| file.strip_prefix(path).ok());
    let why = judged(path, looked.map(|_| first.map(|name| name.to_string_lossy().into_owned())))?;
    finds.unreadable.extend(all.unreadable.into_iter().filter(|one| is_named_archive(&one.name())));
    finds.passed_over.append(&mut all.passed_over);
    Ok(why)
}

/// Judges an archive that is not read by the first file in it that looks like a fragment. Returns the reason why it is passed over, in words.
///
/// # Errors
/// There is one, or there may be: it is called like an archive, and cannot be looked into.
fn judged(path: &Path, first: io::Result<Option<String>>) -> io::Result<&'static str> {
    match first {
        Ok(None) => Ok(NOTHING),
        Ok(Some(name)) => {
            let kind = if archive_of(path).is_some() {
                "an archive within an archive"
            } else {
                "an archive that a search does not read"
            };
            let why = format!("it is {kind}, and `{}` in it looks like a fragment", name.escape_debug());
            Err(io::Error::new(ErrorKind::Unsupported, why))
        }
        Err(why) if is_named_archive(path) || why.kind() == ErrorKind::PermissionDenied => Err(why),
        Err(_) => Ok(UNKNOWN),
    }
}

/// Whether a file in an archive that is not read looks like a fragment.
fn is_wanted(name: &str, head: &[u8], classify: Classify<'_>) -> bool {
    let path = Path::new(name);
    let is_one = |name| matches!(Look::at(name, head, classify), Look::Class(FileClass::Fragment));
    search::is_called_like_one(path, classify)
        || path.file_name().filter(|name| !search::is_side_file(name)).is_some_and(is_one)
}

/// Whether a path without a file leads into an archive.
pub(super) fn leads_into_one(path: &Path) -> bool {
    archive_of(path).is_some_and(|archive| is_named_zip(archive) || begins_as_zip(archive))
}

/// The error of a path that leads into an archive which is not read.
pub(super) fn closed(path: &Path, cwd: &Path) -> Option<io::Error> {
    let archive = archive_of(path)?;
    let mut head = Vec::new();
    regular::open(archive).and_then(|(file, _)| file.take(HEAD).read_to_end(&mut head)).ok()?;
    let why = || format!("`{}` is an archive of a kind that is not read", shown(archive, cwd).display());
    packed::is_archive(archive, &head).then(|| io::Error::new(ErrorKind::Unsupported, why()))
}

/// Adds the file at `path` in an archive to `finds`, or the members below it; `None` if there is nothing. An archive that cannot be read is added as
/// such.
pub(super) fn inside(path: &Path, archives: &Archives, classify: Classify<'_>, finds: &mut Finds) -> Option<How> {
    if archives.size(path).is_some() {
        finds.files.push(path.to_owned());
        return Some(How::File);
    }
    let archive = archive_of(path)?;
    let mut all = Finds::default();
    if let Err(source) = members(archive, archives, classify, &mut all) {
        finds.unreadable.push(Unmatched::Unreadable { path: archive.to_owned(), source });
        return Some(How::Search);
    }
    let below = |one: &PathBuf| one.starts_with(path);
    finds.files.extend(all.files.into_iter().filter(below));
    finds.reports.extend(all.reports.into_iter().filter(below));
    finds.passed_over.extend(all.passed_over.into_iter().filter(|(path, _)| below(path)));
    finds.unreadable.extend(all.unreadable.into_iter().filter(|one| below(&one.name())));
    let is_there = archives.members(archive).is_ok_and(|names| names.iter().any(|name| below(&archive.join(name))));
    is_there.then_some(How::Search)
}

/// Adds the members of an archive to `finds`; the number of those that look like something of ours.
fn members(archive: &Path, archives: &Archives, classify: Classify<'_>, finds: &mut Finds) -> io::Result<usize> {
    let (mut files, mut reports, mut unreadable) = (Vec::new(), Vec::new(), Vec::new());
    let wanted = |name: &str, head: &[u8]| is_wanted(name, head, classify);
    for name in archives.members(archive)? {
        let path = archive.join(name);
        match look(&path, archives, classify) {
            Ok(Look::Class(FileClass::Fragment)) => files.push(path),
            Ok(Look::Class(FileClass::Report)) => reports.push(path),
            Ok(Look::Class(FileClass::Other)) => {}
            Ok(Look::Archive) => match judged(&path, archives.first_in(&path, &wanted)) {
                Ok(why) => finds.passed_over.push((path, why)),
                Err(source) => unreadable.push((path, source)),
            },
            Err(source) => unreadable.push((path, source)),
        }
    }
    archives.check_sizes(archive, &files)?;
    let number = files.len() + reports.len() + unreadable.len();
    finds.files.extend(files);
    finds.reports.extend(reports);
    finds.unreadable.extend(unreadable.into_iter().map(|(path, source)| Unmatched::Unreadable { path, source }));
    Ok(number)
}

/// A file in an archive as a search sees it. Links are of no interest, unless their names are those of fragments: the reader reports these.
fn look(path: &Path, archives: &Archives, classify: Classify<'_>) -> io::Result<Look> {
    Ok(match path.file_name().filter(|name| !search::is_side_file(name)) {
        Some(_) if search::is_called_like_one(path, classify) => Look::Class(FileClass::Fragment),
        Some(name) if !archives.is_link(path) => Look::at(name, &archives.read(path, HEAD)?, classify),
        _ => Look::Class(FileClass::Other),
    })
}

/// Whether it is a zip archive by its content.
pub(super) fn begins_as_zip(path: &Path) -> bool {
    let mut head = [0; 4];
    regular::open(path).and_then(|(mut file, _)| file.read_exact(&mut head)).is_ok() && is_zip(&head)
}
