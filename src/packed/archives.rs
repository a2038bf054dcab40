//! Zip archives, and the files in them.
//!
//! A file is refused where it cannot be read as it was packed, and the whole archive where its directory does not list all files that it holds, where
//! one name could mean two files, where the data of two files overlaps, or where a name leads out of it.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, HashMap};
use std::io::{self, BufReader, ErrorKind, Read as _, Seek as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use zip::read::{ZipArchiveMetadata, ZipFileEntry};
use zip::result::ZipError;
use zip::{CompressionMethod, ZipArchive, ZipReadOptions};

use super::directory::{self, two_of};
use super::kind::is_zip;
use super::limit::{damaged, most, too_large};
use super::look::{Wanted, first_in};
use crate::model::limits::{Limits, exceeded};
use crate::regular;

/// The archives that were looked into: the directory of each is read once, whoever asks for its files.
#[derive(Default)]
pub struct Archives {
    limits: Limits,
    known: Mutex<HashMap<PathBuf, Arc<Directory>>>,
}

/// The files in an archive.
struct Directory {
    /// The number of bytes of the archive.
    bytes: u64,
    metadata: Arc<ZipArchiveMetadata>,
    /// The indices of the files, by their names with slashes.
    files: BTreeMap<String, usize>,
}

/// The file that is a part of `path`, if `path` leads into one.
#[must_use]
pub fn archive_of(path: &Path) -> Option<&Path> {
    path.ancestors().skip(1).find(|above| above.is_file())
}

impl Archives {
    /// Archives that may be as large as `limits` allow.
    #[must_use]
    pub fn within(limits: Limits) -> Self {
        Self { limits, known: Mutex::default() }
    }

    /// How large a fragment may be.
    #[must_use]
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// The names of the files in the archive at `path`, with slashes, in order.
    ///
    /// # Errors
    /// It cannot be read, or is not a sound archive; its directory omits a file; one name stands for two files; files overlap; a name leads out of it;
    /// it has too many members.
    pub fn members(&self, path: &Path) -> io::Result<Vec<String>> {
        Ok(self.directory(path)?.files.keys().cloned().collect())
    }

    /// Whether the file at `path` in an archive is a symbolic link.
    #[must_use]
    pub fn is_link(&self, path: &Path) -> bool {
        self.member(path)
            .is_ok_and(|(_, directory, index)| directory.metadata.entry(index).is_ok_and(|member| member.is_symlink()))
    }

    /// The number of bytes of a file in an archive, unpacked; `None` if there is no such file.
    #[must_use]
    pub fn size(&self, path: &Path) -> Option<u64> {
        let (_, directory, index) = self.member(path).ok()?;
        Some(directory.metadata.entry(index).ok()?.size())
    }

    /// Checks that these files of the archive at `path` together have a size in proportion to it.
    ///
    /// # Errors
    /// They have not.
    pub fn check_sizes(&self, path: &Path, files: &[PathBuf]) -> io::Result<()> {
        let sum = files.iter().filter_map(|file| self.size(file)).fold(0, u64::saturating_add);
        let bytes = self.directory(path)?.bytes;
        if sum > most(bytes, &self.limits) { Err(too_large("its fragments", bytes, &self.limits)) } else { Ok(()) }
    }

    /// The data of a file in an archive, at most `most_read` bytes of it.
    ///
    /// # Errors
    /// There is no archive above `path`, or no such file in it; it is damaged, too large, encrypted or packed in an unsupported way.
    pub fn read(&self, path: &Path, most_read: u64) -> io::Result<Vec<u8>> {
        let (archive, directory, index) = self.member(path)?;
        let member = directory.metadata.entry(index).map_err(|error| of_zip(&error))?;
        readable(&member)?;
        let size = member.size();
        let packed = member.compressed_size();
        if most_read == u64::MAX && size > most(packed, &self.limits) {
            return Err(too_large("it", packed, &self.limits));
        }
        let mut file = BufReader::new(regular::open(archive)?.0);
        let member = member.with_reader(&mut file, ZipReadOptions::new()).map_err(|error| of_zip(&error))?;
        let mut data = Vec::new();
        let unpack = |why: io::Error| damaged(format!("it cannot be unpacked: {why}"));
        // One more byte than there should be: it is read only if there are too many.
        member.take(most_read.min(size.saturating_add(1))).read_to_end(&mut data).map_err(unpack)?;
        if data.len() as u64 != size.min(most_read) {
            return Err(damaged("it has another size than the archive says"));
        }
        Ok(data)
    }

    /// The first file that is wanted in the archive at `path` in an archive, at any depth.
    ///
    /// # Errors
    /// It is called like an archive, and cannot be looked into; the file at `path` cannot be read as it was packed.
    pub fn first_in(&self, path: &Path, wanted: Wanted<'_>) -> io::Result<Option<String>> {
        let (archive, directory, index) = self.member(path)?;
        let member = directory.metadata.entry(index).map_err(|error| of_zip(&error))?;
        readable(&member)?;
        let size = member.compressed_size();
        let mut file = BufReader::new(regular::open(archive)?.0);
        let mut data = member.with_reader(&mut file, ZipReadOptions::new()).map_err(|error| of_zip(&error))?;
        first_in(path, &mut data, size, wanted, &self.limits)
    }

    /// The archive that is a part of `path`, its directory, and the index of the file that the rest of `path` names.
    fn member<'a>(&self, path: &'a Path) -> io::Result<(&'a Path, Arc<Directory>, usize)> {
        let archive = archive_of(path).ok_or(ErrorKind::NotFound)?;
        let name = path.strip_prefix(archive).ok().and_then(Path::to_str).ok_or(ErrorKind::NotFound)?;
        let directory = self.directory(archive)?;
        let index = *directory.files.get(name).ok_or(ErrorKind::NotFound)?;
        Ok((archive, directory, index))
    }

    fn directory(&self, path: &Path) -> io::Result<Arc<Directory>> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(directory) = known.get(path) {
            return Ok(Arc::clone(directory));
        }
        let directory = Arc::new(Directory::read(path, &self.limits)?);
        known.insert(path.to_owned(), Arc::clone(&directory));
        Ok(directory)
    }
}

impl Directory {
    fn read(path: &Path, limits: &Limits) -> io::Result<Self> {
        let (file, metadata) = regular::open(path)?;
        let bytes = metadata.len();
        if bytes == 0 {
            return Err(damaged("it has 0 bytes, and is not a zip archive"));
        }
        let archive = match ZipArchive::new(BufReader::new(&file)) {
            Ok(archive) => archive,
            Err(ZipError::InvalidArchive(why)) => {
                let mut head = [0; 4];
                (&file).rewind()?;
                let begins = (&file).read_exact(&mut head).is_ok() && is_zip(&head);
                return Err(damaged(if begins {
                    format!("this zip archive is cut off or damaged: {why}")
                } else {
                    "it is not a zip archive".into()
                }));
            }
            Err(error) => return Err(of_zip(&error)),
        };
        if archive.len() as u64 > limits.archive_members {
            let (name, most) = ("archive-members", limits.archive_members);
            return Err(io::Error::new(
                ErrorKind::FileTooLarge,
                format!("this zip archive has {}", exceeded(name, most)),
            ));
        }
        let number = directory::check(&mut &file, archive.central_directory_start(), archive.offset())?;
        if number != archive.len() {
            return Err(damaged("this zip archive is damaged: it has two ends, which count different members"));
        }
        let metadata = archive.metadata();
        let files = files(&metadata)?;
        Ok(Self { bytes, metadata, files })
    }
}

fn files(metadata: &ZipArchiveMetadata) -> io::Result<BTreeMap<String, usize>> {
    let mut files = BTreeMap::new();
    for index in 0..metadata.len() {
        let member = metadata.entry(index).map_err(|error| of_zip(&error))?;
        if member.is_dir() {
            continue;
        }
        let name = member.name().map_err(|error| of_zip(&error))?;
        let below =
            below(&name).ok_or_else(|| damaged(format!("its member `{}` leads out of it", name.escape_debug())))?;
        match files.entry(below) {
            Entry::Vacant(free) => _ = free.insert(index),
            Entry::Occupied(taken) => return Err(two_of(taken.key())),
        }
    }
    Ok(files)
}

/// The name of a member as that of a file below its archive; `None` if it is not one. Archives made on Windows may have backslashes in names.
fn below(name: &str) -> Option<String> {
    let name = name.replace('\\', "/");
    let is_drive = matches!(name.as_bytes(), [letter, b':', b'/', ..] if letter.is_ascii_alphabetic());
    let parts: Vec<&str> = name.split('/').filter(|part| !part.is_empty() && *part != ".").collect();
    let is_below =
        !name.starts_with('/') && !is_drive && !name.contains('\0') && !parts.is_empty() && !parts.contains(&"..");
    is_below.then(|| parts.join("/"))
}

/// Checks that the content of a member can be read.
fn readable(member: &ZipFileEntry<'_>) -> io::Result<()> {
    let why = if member.is_symlink() {
        "it is a symbolic link, and the archive holds only the name of its file".into()
    } else if member.encrypted() {
        "it is encrypted".into()
    } else {
        let method = match member.compression() {
            CompressionMethod::STORE | CompressionMethod::DEFLATE => return Ok(()),
            CompressionMethod::DEFLATE64 => "Deflate64",
            CompressionMethod::BZIP2 => "bzip2",
            CompressionMethod::LZMA => "LZMA",
            CompressionMethod::ZSTD | CompressionMethod::ZSTD_DEPRECATED => "zstd",
            CompressionMethod::XZ => "xz",
            CompressionMethod::PPMD => "PPMd",
            _ => "an unusual method",
        };
        format!("it is packed with {method}, which is not supported")
    };
    Err(io::Error::new(ErrorKind::Unsupported, why))
}

fn of_zip(error: &ZipError) -> io::Error {
    match error {
        ZipError::Io(error) => io::Error::new(error.kind(), error.to_string()),
        ZipError::FileNotFound => ErrorKind::NotFound.into(),
        ZipError::InvalidArchive(why) => damaged(format!("this zip archive is damaged: {why}")),
        ZipError::UnsupportedArchive(why) => {
            io::Error::new(ErrorKind::Unsupported, format!("this zip archive is not supported: {why}"))
        }
        error => damaged(format!("this zip archive cannot be read: {error}")),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use proptest::prelude::*;
    use zip::write::SimpleFileOptions;

    use super::super::limit::ALWAYS;
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

    #[test]
    fn members_are_named_below_their_archive() {
        let (_directory, path) = archive(&[("unit/", b""), ("unit/.coverage.1", b"one"), (".coverage.2", b"two")]);
        let archives = Archives::default();
        assert_eq!(archives.members(&path).unwrap(), [".coverage.2", "unit/.coverage.1"]);
        let read = |name: &str, most| archives.read(&path.join(name), most).map_err(|error| error.kind());
        assert_eq!(read("unit/.coverage.1", u64::MAX).unwrap(), b"one");
        assert_eq!(read(".coverage.2", 2).unwrap(), b"tw");
        assert_eq!(read("gone", u64::MAX), Err(ErrorKind::NotFound));
        assert_eq!(archives.read(&path.with_file_name("no.zip").join("x"), 1).unwrap_err().kind(), ErrorKind::NotFound);
    }

    #[test]
    fn a_name_is_that_of_a_file_below_the_archive() {
        for (name, expected) in [
            ("a/b", Some("a/b")),
            ("./a", Some("a")),
            ("a//b", Some("a/b")),
            ("a/./b", Some("a/b")),
            (r"a\b", Some("a/b")),
            ("C:x", Some("C:x")),
            ("..a", Some("..a")),
            ("/etc/x", None),
            (r"\x", None),
            (r"C:\x", None),
            ("../x", None),
            ("a/../b", None),
            ("a/..", None),
            ("a\0b", None),
            (".", None),
            ("", None),
        ] {
            assert_eq!(below(name).as_deref(), expected, "{name}");
        }
    }

    #[test]
    fn a_cut_archive_is_refused() {
        let (_directory, path) = archive(&[(".coverage.1", b"one")]);
        let whole = std::fs::read(&path).unwrap();
        for end in 0..whole.len() - 1 {
            std::fs::write(&path, &whole[..end]).unwrap();
            assert!(Archives::default().members(&path).is_err(), "{end}");
        }
    }

    #[test]
    fn a_bomb_is_refused_in_one_member_and_in_several() {
        let bomb = vec![0; usize::try_from(ALWAYS).unwrap() + 1];
        let (_directory, path) = archive(&[("bomb", &bomb), ("large", &bomb[1..])]);
        let archives = Archives::default();
        let said = "it would unpack to more than 200 times its size, the limit `unpacked-ratio`";
        assert_eq!(archives.read(&path.join("bomb"), u64::MAX).unwrap_err().to_string(), said);
        assert_eq!(archives.read(&path.join("large"), u64::MAX).unwrap().len() as u64, ALWAYS);
        assert!(archives.check_sizes(&path, &[path.join("large")]).is_ok());
        assert_eq!(
            archives.check_sizes(&path, &[path.join("large"), path.join("bomb")]).unwrap_err().to_string(),
            "its fragments would unpack to more than 200 times its size, the limit `unpacked-ratio`"
        );
    }

    proptest! {
        #[test]
        fn no_bytes_of_an_archive_do_harm(
            changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
            cut in prop::option::of(any::<prop::sample::Index>()),
        ) {
            let (_directory, path) = archive(&[("unit/", b""), ("a/.coverage.1", &[7; 300]), ("b", b"two"), ("c", b"")]);
            let mut bytes = std::fs::read(&path).unwrap();
            for (at, byte) in changes {
                let at = at.index(bytes.len());
                bytes[at] = byte;
            }
            if let Some(cut) = cut {
                bytes.drain(..cut.index(bytes.len()));
            }
            std::fs::write(&path, &bytes).unwrap();
            let archives = Archives::default();
            for name in archives.members(&path).unwrap_or_default() {
                if let Ok(data) = archives.read(&path.join(name), u64::MAX) {
                    prop_assert!(data.len() <= 1 << 20);
                }
            }
        }
    }
}
