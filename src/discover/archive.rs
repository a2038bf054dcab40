//! Zip archives among the fragments: their members count like files in a directory.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::search::{self, Finds, HEAD};
use super::{Classify, Unmatched};
use crate::model::fragment::FileClass;
use crate::packed::{Archives, is_named_zip, is_zip};

/// Puts the members of archives in the place of these. Returns the archives that hold nothing that looks like a fragment or a report.
pub(super) fn expand(finds: &mut Finds, archives: &Archives, classify: Classify<'_>) -> Vec<PathBuf> {
    let named: Vec<PathBuf> = finds.files.extract_if(.., |path| is_named_zip(path) && begins_as_zip(path)).collect();
    let searched = std::mem::take(&mut finds.archives);
    let mut without = Vec::new();
    for archive in named.into_iter().chain(searched.into_iter().filter(|path| begins_as_zip(path))) {
        match members(&archive, archives, classify, finds) {
            Ok(0) => without.push(archive),
            Ok(_) => {}
            Err(source) => finds.unreadable.push(Unmatched::Unreadable { path: archive, source }),
        }
    }
    without
}

/// Adds the members of an archive to `finds`; how many look like something of ours.
fn members(archive: &Path, archives: &Archives, classify: Classify<'_>, finds: &mut Finds) -> io::Result<usize> {
    let mut number = 0;
    for name in archives.members(archive)? {
        let path = archive.join(name);
        if search::is_called_like_one(&path, classify) && !is_named_zip(&path) {
            finds.files.push(path);
        } else if is_named_zip(&path) {
            let source = io::Error::other("it is an archive within an archive: unpack the outer one");
            finds.unreadable.push(Unmatched::Unreadable { path, source });
        } else {
            let head = archives.read(&path, HEAD)?;
            let base = path.file_name().unwrap_or_default();
            if search::is_side_file(base) {
                continue;
            }
            match classify(&base.to_string_lossy(), &head) {
                FileClass::Fragment => finds.files.push(path),
                FileClass::Report => finds.reports.push(path),
                FileClass::Other => continue,
            }
        }
        number += 1;
    }
    Ok(number)
}

/// Whether it is a zip archive by its content.
pub(super) fn begins_as_zip(path: &Path) -> bool {
    let mut head = [0; 4];
    path.is_file() && File::open(path).and_then(|mut file| file.read_exact(&mut head)).is_ok() && is_zip(&head)
}
