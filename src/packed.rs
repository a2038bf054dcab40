//! Fragments in packed files: gzip, and members of zip archives, as CI systems hand artifacts out.
//!
//! A member is named like a file in a directory: `shards/7.zip/unit/.coverage.x`. What unpacks to many times its size is refused.

#![deny(clippy::indexing_slicing)]

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, BufReader, ErrorKind, Read};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use flate2::read::MultiGzDecoder;
use zip::ZipArchive;
use zip::result::ZipError;

use crate::regular;

/// The magic number of gzip.
pub const GZIP: [u8; 2] = [0x1f, 0x8b];
/// What is no larger may have any ratio.
const ALWAYS: u64 = 64 << 20;
/// The largest ratio of unpacked to packed bytes beyond that. Data files of coverage.py have one of 5 to 40.
const MOST_TIMES: u64 = 200;
/// The largest number of members of an archive.
const MOST_MEMBERS: usize = 100_000;

type Archive = ZipArchive<BufReader<File>>;

/// The archives that were opened: the directory of each is read once, whoever asks for its members.
#[derive(Default)]
pub struct Archives {
    open: Mutex<HashMap<PathBuf, Arc<Mutex<Archive>>>>,
}

/// Whether the file begins as a zip archive with members does.
#[must_use]
pub fn is_zip(head: &[u8]) -> bool {
    head.starts_with(b"PK\x03\x04")
}

/// Whether a name is that of a zip archive.
#[must_use]
pub fn is_named_zip(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("zip"))
}

/// The data that a gzip file holds; `None` if it is not one.
///
/// # Errors
/// It is damaged, or too large.
pub fn unpacked(bytes: &[u8]) -> io::Result<Option<Vec<u8>>> {
    if !bytes.starts_with(&GZIP) {
        return Ok(None);
    }
    let most = most(bytes.len() as u64);
    let mut data = Vec::new();
    MultiGzDecoder::new(bytes).take(most + 1).read_to_end(&mut data)?;
    if data.len() as u64 > most { Err(too_large()) } else { Ok(Some(data)) }
}

/// The first `most` bytes, or fewer, of the data in a gzip file of which only the head is known; `None` if it is not one.
#[must_use]
pub fn beginning(head: &[u8], most: u64) -> Option<Vec<u8>> {
    let mut data = Vec::new();
    if head.starts_with(&GZIP) {
        // It ends before its end, which is an error after the data.
        _ = MultiGzDecoder::new(head).take(most).read_to_end(&mut data);
        return Some(data);
    }
    None
}

impl Archives {
    /// The names of the files in the archive at `path`, with slashes, in the archive's order.
    ///
    /// # Errors
    /// It cannot be read, or is no sound archive; a name leads out of it; it has too many members.
    pub fn members(&self, path: &Path) -> io::Result<Vec<String>> {
        let archive = self.open(path)?;
        let mut archive = archive.lock().unwrap_or_else(PoisonError::into_inner);
        if archive.len() > MOST_MEMBERS {
            return Err(damaged(&format!("it has {} members", archive.len())));
        }
        let mut names = Vec::new();
        for index in 0..archive.len() {
            let member = archive.by_index_raw(index).map_err(|error| of_zip(&error))?;
            if member.is_dir() {
                continue;
            }
            match member.enclosed_name().as_deref().and_then(Path::to_str) {
                Some(name) if !name.is_empty() => names.push(name.replace('\\', "/")),
                _ => return Err(damaged("a name in it leads out of it")),
            }
        }
        Ok(names)
    }

    /// The number of bytes of a file in an archive, unpacked; `None` if there is no such file.
    #[must_use]
    pub fn size(&self, path: &Path) -> Option<u64> {
        let (archive, name) = self.member(path).ok()?;
        let mut archive = archive.lock().unwrap_or_else(PoisonError::into_inner);
        let index = index_of(&archive, &name)?;
        Some(archive.by_index_raw(index).ok()?.size())
    }

    /// The data of a file in an archive, at most `most` bytes of it.
    ///
    /// # Errors
    /// There is no archive above `path`, or no such file in it; it is damaged, encrypted or too large.
    pub fn read(&self, path: &Path, most_read: u64) -> io::Result<Vec<u8>> {
        let (archive, name) = self.member(path)?;
        let mut archive = archive.lock().unwrap_or_else(PoisonError::into_inner);
        let index = index_of(&archive, &name).ok_or(ErrorKind::NotFound)?;
        let member = archive.by_index(index).map_err(|error| of_zip(&error))?;
        let size = member.size();
        if most_read == u64::MAX && size > most(member.compressed_size()) {
            return Err(too_large());
        }
        let mut data = Vec::new();
        member.take(most_read.min(size + 1)).read_to_end(&mut data)?;
        if data.len() as u64 > size { Err(damaged("a file in it is larger than it says")) } else { Ok(data) }
    }

    /// The archive that is a part of `path`, and the rest of it.
    fn member(&self, path: &Path) -> io::Result<(Arc<Mutex<Archive>>, String)> {
        let above = archive_of(path).ok_or(ErrorKind::NotFound)?;
        let name = path.strip_prefix(above).ok().and_then(Path::to_str).ok_or(ErrorKind::NotFound)?;
        Ok((self.open(above)?, name.to_owned()))
    }

    fn open(&self, path: &Path) -> io::Result<Arc<Mutex<Archive>>> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(archive) = open.get(path) {
            return Ok(Arc::clone(archive));
        }
        let archive = ZipArchive::new(BufReader::new(regular::open(path)?.0)).map_err(|error| of_zip(&error))?;
        let archive = Arc::new(Mutex::new(archive));
        open.insert(path.to_owned(), Arc::clone(&archive));
        Ok(archive)
    }
}

/// The file that is a part of `path`, if `path` leads into one.
#[must_use]
pub fn archive_of(path: &Path) -> Option<&Path> {
    path.ancestors().skip(1).find(|above| above.is_file())
}

/// The index of a member. Archives made on Windows may have backslashes in names.
fn index_of(archive: &Archive, name: &str) -> Option<usize> {
    archive.index_for_name(name).or_else(|| archive.index_for_name(&name.replace('/', "\\")))
}

/// The most bytes that so many packed ones may hold.
const fn most(packed: u64) -> u64 {
    let most = packed.saturating_mul(MOST_TIMES);
    if most > ALWAYS { most } else { ALWAYS }
}

fn too_large() -> io::Error {
    damaged(&format!("it would unpack to more than {MOST_TIMES} times its size"))
}

fn damaged(why: &str) -> io::Error {
    io::Error::new(ErrorKind::InvalidData, why)
}

fn of_zip(error: &ZipError) -> io::Error {
    match error {
        ZipError::Io(error) => io::Error::new(error.kind(), error.to_string()),
        ZipError::FileNotFound => ErrorKind::NotFound.into(),
        error => damaged(&format!("the archive cannot be read: {error}")),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::GzEncoder;
    use zip::write::SimpleFileOptions;

    use super::*;

    fn archive(members: &[(&str, &[u8])]) -> (tempfile::TempDir, PathBuf) {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("a.zip");
        let mut writer = zip::ZipWriter::new(std::fs::File::create(&path).unwrap());
        for (name, data) in members {
            if name.ends_with('/') {
                writer.add_directory(*name, SimpleFileOptions::default()).unwrap();
            } else {
                writer.start_file(*name, SimpleFileOptions::default()).unwrap();
                writer.write_all(data).unwrap();
            }
        }
        writer.finish().unwrap();
        (directory, path)
    }

    fn gzip(data: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(data).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn members_are_named_below_their_archive() {
        let (_directory, path) = archive(&[("unit/", b""), ("unit/.coverage.1", b"one"), (".coverage.2", b"two")]);
        let archives = Archives::default();
        assert_eq!(archives.members(&path).unwrap(), ["unit/.coverage.1", ".coverage.2"]);
        let read = |name: &str, most| archives.read(&path.join(name), most).map_err(|error| error.kind());
        assert_eq!(read("unit/.coverage.1", u64::MAX).unwrap(), b"one");
        assert_eq!(read(".coverage.2", 2).unwrap(), b"tw");
        assert_eq!(read("gone", u64::MAX), Err(ErrorKind::NotFound));
        assert_eq!(archives.read(&path.with_file_name("no.zip").join("x"), 1).unwrap_err().kind(), ErrorKind::NotFound);
    }

    #[test]
    fn what_is_no_archive_or_leads_out_of_it_is_refused() {
        let (_directory, path) = archive(&[("../.coverage.1", b"one")]);
        let error = Archives::default().members(&path).unwrap_err();
        assert_eq!(error.to_string(), "a name in it leads out of it");
        let whole = std::fs::read(&path).unwrap();
        for end in 0..whole.len() - 1 {
            std::fs::write(&path, &whole[..end]).unwrap();
            assert!(Archives::default().members(&path).is_err(), "{end}");
        }
    }

    #[test]
    fn a_bomb_is_refused_packed_either_way() {
        let bomb = vec![0; usize::try_from(ALWAYS).unwrap() + 1];
        let (_directory, path) = archive(&[("bomb", &bomb), ("large", &bomb[1..])]);
        let archives = Archives::default();
        let said = "it would unpack to more than 200 times its size";
        assert_eq!(archives.read(&path.join("bomb"), u64::MAX).unwrap_err().to_string(), said);
        assert_eq!(archives.read(&path.join("large"), u64::MAX).unwrap().len() as u64, ALWAYS);
        assert_eq!(unpacked(&gzip(&bomb)).unwrap_err().to_string(), said);
        assert_eq!(unpacked(&gzip(&bomb[1..])).unwrap().unwrap().len() as u64, ALWAYS);
    }

    #[test]
    fn gzip_holds_data_and_a_cut_is_an_error() {
        let packed = gzip(b"some data");
        assert_eq!(unpacked(&packed).unwrap().unwrap(), b"some data");
        assert_eq!(unpacked(b"some data").unwrap(), None);
        for end in 2..packed.len() {
            assert!(unpacked(&packed[..end]).is_err(), "{end}");
        }
    }
}
