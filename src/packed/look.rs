//! Looks for files in archives that are not read: tar archives, and archives within archives.
//!
//! An archive is read as a stream, from its first byte to its last, and never unpacked as a whole. In a zip archive, its members and its directory
//! may both name a file.

use std::cell::{Cell, RefCell};
use std::io::{self, BufRead, BufReader, ErrorKind, Read};
use std::path::Path;

use flate2::bufread::{DeflateDecoder, MultiGzDecoder};

use super::kind::{HEAD, Kind, is_named_archive};
use super::limit::{damaged, most, too_large};
use super::tar;
use super::zip_stream::{self, Member, Packing, Record};
use crate::model::limits::Limits;
use crate::regular;

/// Whether a file is one of those to look for, by its name with slashes, and by the first bytes of its content; of a file whose content cannot be
/// read, there are none.
pub type Wanted<'a> = &'a dyn Fn(&str, &[u8]) -> bool;

/// The largest number of archives that lie within each other.
const MOST_DEEP: usize = 8;

/// The first file that is wanted in the archive at `path`, at any depth; `None` if there is none.
///
/// `size` is the number of bytes of the archive, or of the packed ones that unpack to it.
///
/// # Errors
/// An archive, by its name, is cut off, damaged, encrypted, packed in an unsupported way, or a bomb: nobody can tell its files.
pub(super) fn first_in(
    path: &Path,
    data: &mut dyn Read,
    size: u64,
    wanted: Wanted<'_>,
    limits: &Limits,
) -> io::Result<Option<String>> {
    let look = Look { wanted, size, limits, room: Cell::new(most(size, limits)), failed: RefCell::default() };
    let mut head = Vec::new();
    data.take(HEAD).read_to_end(&mut head)?;
    let Some(kind) = Kind::of(path, &head) else { return Ok(None) };
    look.archive(kind, path, &mut head.chain(data), Place { within: "", depth: 1 }).map_err(|why| {
        match &look.failed.borrow()[..] {
            "" => why,
            inner => io::Error::new(why.kind(), format!("`{}` in it: {why}", inner.escape_debug())),
        }
    })
}

/// The first file that is wanted in the archive at `path`, at any depth; `None` if there is none.
///
/// # Errors
/// An archive, by its name, is cut off, damaged, encrypted, packed in an unsupported way, or a bomb: nobody can tell its files; the system's
/// error; it is not a regular file.
pub fn first_in_file(path: &Path, wanted: Wanted<'_>, limits: &Limits) -> io::Result<Option<String>> {
    let (mut file, metadata) = regular::open(path)?;
    first_in(path, &mut file, metadata.len(), wanted, limits)
}

struct Look<'a> {
    wanted: Wanted<'a>,
    /// The number of bytes of the archive.
    size: u64,
    limits: &'a Limits,
    /// How many more bytes may be unpacked.
    room: Cell<u64>,
    /// The innermost archive that cannot be looked into, if there is one.
    failed: RefCell<String>,
}

/// Where a file lies.
#[derive(Clone, Copy)]
struct Place<'a> {
    /// The archives in which it lies, but for the outermost one.
    within: &'a str,
    depth: usize,
}

impl Place<'_> {
    /// The path of the file of that name.
    fn of(self, name: &str) -> String {
        if self.within.is_empty() { name.to_owned() } else { format!("{}/{name}", self.within) }
    }
}

impl Look<'_> {
    fn archive(&self, kind: Kind, path: &Path, data: &mut dyn Read, place: Place<'_>) -> io::Result<Option<String>> {
        if place.depth > MOST_DEEP {
            return Err(damaged(format!("more than {MOST_DEEP} archives lie within each other")));
        }
        match kind {
            Kind::Zip => self.zip(&mut BufReader::new(data), place),
            Kind::Tar => self.tar(data, place),
            Kind::TarInGzip => self.tar(&mut self.gunzip(data), place),
            Kind::ZipInGzip => self.zip(&mut BufReader::new(self.gunzip(data)), place),
            Kind::GzipInGzip => {
                let name = path.file_name().unwrap_or_default().to_string_lossy();
                self.file(name.strip_suffix(".gz").unwrap_or(&name), &mut self.gunzip(data), place)
            }
            Kind::Unsupported => Err(io::Error::new(
                ErrorKind::Unsupported,
                "it is a tar archive in a compression that is not supported",
            )),
        }
    }

    /// Looks at a file in an archive; not all of its data is read.
    fn file(&self, name: &str, data: &mut dyn Read, place: Place<'_>) -> io::Result<Option<String>> {
        let mut head = Vec::new();
        data.take(HEAD).read_to_end(&mut head)?;
        if (self.wanted)(name, &head) {
            return Ok(Some(place.of(name)));
        }
        let Some(kind) = Kind::of(name.as_ref(), &head) else { return Ok(None) };
        let inner = place.of(name);
        let within = Place { within: &inner, depth: place.depth + 1 };
        let looked = self.archive(kind, name.as_ref(), &mut head.chain(data), within);
        let mut failed = self.failed.borrow_mut();
        match looked {
            // By its name it is something else: a damaged document, say.
            Err(_) if !is_named_archive(name.as_ref()) => {
                failed.clear();
                Ok(None)
            }
            Err(why) => {
                if failed.is_empty() {
                    *failed = inner;
                }
                Err(why)
            }
            found => found,
        }
    }

    /// The place of a file whose content cannot be read, if it is wanted.
    fn by_name(&self, name: &str, place: Place<'_>) -> Option<String> {
        (self.wanted)(name, &[]).then(|| place.of(name))
    }

    fn tar(&self, data: &mut dyn Read, place: Place<'_>) -> io::Result<Option<String>> {
        while let Some(tar::Member { name, size }) = tar::next(data)? {
            let mut member = data.take(size);
            if !name.ends_with('/') {
                let found = self.file(&name, &mut member, place)?;
                if found.is_some() {
                    return Ok(found);
                }
            }
            let left = member.limit();
            tar::skip(data, left, size)?;
        }
        Ok(None)
    }

    fn zip(&self, data: &mut dyn BufRead, place: Place<'_>) -> io::Result<Option<String>> {
        let mut is_whole = false;
        while let Some(record) = zip_stream::next(data)? {
            let found = match record {
                Record::Member(member) => self.member(&member, data, place)?,
                Record::Entry { name } => self.by_name(&name, place),
                Record::End => {
                    is_whole = true;
                    None
                }
            };
            if found.is_some() {
                return Ok(found);
            }
        }
        if is_whole { Ok(None) } else { Err(damaged("this zip archive is cut off or damaged: its end is missing")) }
    }

    /// Looks at a member of a zip archive, whose data follows.
    fn member(&self, member: &Member, data: &mut dyn BufRead, place: Place<'_>) -> io::Result<Option<String>> {
        let Member { name, packing, size } = member;
        if name.ends_with('/') {
            return Ok(None);
        }
        let Some(size) = *size else {
            let Packing::Deflated = packing else {
                // The next mark is looked for in the data.
                return Ok(self.by_name(name, place));
            };
            let mut unpacked = self.unpacking(DeflateDecoder::new(data));
            let found = self.file(name, &mut unpacked, place)?;
            if found.is_none() {
                io::copy(&mut unpacked, &mut io::sink())?;
            }
            return Ok(found);
        };
        let mut packed = data.take(size);
        let found = match packing {
            Packing::Stored => self.file(name, &mut packed, place)?,
            Packing::Deflated => self.file(name, &mut self.unpacking(DeflateDecoder::new(&mut packed)), place)?,
            Packing::Closed => self.by_name(name, place),
        };
        if found.is_none() {
            io::copy(&mut packed, &mut io::sink())?;
        }
        Ok(found)
    }

    fn gunzip<R: Read>(&self, data: R) -> Unpacking<'_, MultiGzDecoder<BufReader<R>>> {
        self.unpacking(MultiGzDecoder::new(BufReader::new(data)))
    }

    fn unpacking<R: Read>(&self, inner: R) -> Unpacking<'_, R> {
        Unpacking { inner, look: self }
    }
}

/// Data that is being unpacked, of which there may be too much.
struct Unpacking<'a, R> {
    inner: R,
    look: &'a Look<'a>,
}

impl<R: Read> Read for Unpacking<'_, R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(into).map_err(|why| damaged(format!("it cannot be unpacked: {why}")))?;
        let Look { room, size, limits, .. } = self.look;
        let left = room.get().checked_sub(read as u64).ok_or_else(|| too_large("it", *size, limits))?;
        room.set(left);
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;
    use std::path::PathBuf;

    use flate2::Compression;
    use flate2::write::GzEncoder;
    use proptest::prelude::*;
    use zip::CompressionMethod;
    use zip::write::SimpleFileOptions;

    use super::super::limit::ALWAYS;
    use super::*;

    /// The names of the files in an archive, each with the number of bytes that were seen of it; or the reason why they cannot be told.
    fn seen(name: &str, bytes: &[u8]) -> Result<Vec<(String, usize)>, String> {
        let seen = RefCell::new(Vec::new());
        let wanted = |name: &str, head: &[u8]| {
            seen.borrow_mut().push((name.to_owned(), head.len()));
            false
        };
        let found = first_in(name.as_ref(), &mut &bytes[..], bytes.len() as u64, &wanted, &Limits::DEFAULT)
            .map_err(|why| why.to_string());
        found.map(|_| seen.into_inner())
    }

    fn first(name: &str, bytes: &[u8]) -> Option<String> {
        let is_fragment = |name: &str, _: &[u8]| name.ends_with(".coverage.1");
        first_in(name.as_ref(), &mut &bytes[..], bytes.len() as u64, &is_fragment, &Limits::DEFAULT).unwrap()
    }

    fn recorded(ending: &str) -> Vec<(PathBuf, Vec<u8>)> {
        let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/archives");
        let paths = std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
        let paths = paths.filter(|path| path.to_str().unwrap().ends_with(ending));
        paths.map(|path| (path.clone(), std::fs::read(path).unwrap())).collect()
    }

    fn gzip(data: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(data).unwrap();
        encoder.finish().unwrap()
    }

    fn zip(members: &[(&str, &[u8])], method: CompressionMethod) -> Vec<u8> {
        let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
        for (name, data) in members {
            writer.start_file(*name, SimpleFileOptions::default().compression_method(method)).unwrap();
            writer.write_all(data).unwrap();
        }
        writer.finish().unwrap().into_inner()
    }

    /// A tar archive of one member.
    fn tar(name: &str, data: &[u8]) -> Vec<u8> {
        let mut header = [0; 512];
        header[..name.len()].copy_from_slice(name.as_bytes());
        header[124..135].copy_from_slice(format!("{:011o}", data.len()).as_bytes());
        header[148..156].fill(b' ');
        let sum: u64 = header.iter().map(|&byte| u64::from(byte)).sum();
        header[148..155].copy_from_slice(format!("{sum:06o}\0").as_bytes());
        let padding = vec![0; data.len().wrapping_neg() % 512];
        [&header, data, &padding[..], &[0; 1024]].concat()
    }

    #[test]
    fn the_files_of_a_tar_archive_are_seen_whichever_program_wrote_it() {
        let all = recorded(".tar.gz");
        assert_eq!(all.len(), 10);
        let long = format!("cov/{}/{}/.coverage.1", "d".repeat(60), "e".repeat(60));
        for (path, bytes) in all {
            let name = path.file_name().unwrap().to_str().unwrap();
            let expected = if name.contains("v7") { "cov/.coverage.1" } else { &long };
            let mut files = seen(name, &bytes).unwrap();
            files.sort();
            assert_eq!(files[0], (expected.to_owned(), 4), "{name}");
            assert_eq!((files.len(), &files[1].0[..]), (2, "holes"), "{name}");
            assert_eq!(first(name, &bytes).as_deref(), Some(expected));

            let mut plain = Vec::new();
            MultiGzDecoder::new(&bytes[..]).read_to_end(&mut plain).unwrap();
            assert_eq!(seen("a.tar", &plain).unwrap().len(), 2, "{name}");
            for end in 0..bytes.len() {
                assert!(seen(name, &bytes[..end]).is_err(), "{name}: {end}");
            }
            // Two blocks of zeros are the end; the first one suffices.
            let end = plain.chunks(512).rposition(|block| block.iter().any(|&byte| byte != 0)).unwrap() * 512;
            for end in [0, 1, 100, 512, 513, end, end + 511, end + 512, end + 513] {
                assert!(seen("a.tar", &plain[..end]).is_err(), "{name}: {end}");
            }
        }
    }

    #[test]
    fn the_members_of_a_zip_archive_are_seen_whichever_program_wrote_it() {
        let all = recorded(".zip");
        assert_eq!(all.len(), 13);
        for (path, bytes) in all {
            let name = path.file_name().unwrap().to_str().unwrap();
            if name == "python-program.zip" {
                // The program contains the mark of a member.
                assert!(seen(name, &bytes).is_err());
                continue;
            }
            // Each is seen twice: where it is, with its content, and in the directory.
            let mut files = seen(name, &bytes).unwrap();
            files.retain(|(name, read)| *read > 0 && name != "x");
            files.sort();
            let names: Vec<&str> = files.iter().map(|(name, _)| &name[..]).collect();
            assert_eq!(names, ["cov/2/slip.json", "cov/3/slip.json"], "{name}");
            let end = memchr::memmem::rfind(&bytes, b"PK\x05\x06").unwrap();
            for end in 0..end + 4 {
                assert!(seen(name, &bytes[..end]).is_err(), "{name}: {end}");
            }
        }
    }

    #[test]
    fn archives_within_archives_are_looked_into() {
        let mut archive = tar("unit/.coverage.1", b"data");
        assert_eq!(first("a.tar", &archive).unwrap(), "unit/.coverage.1");
        let mut named = "unit/.coverage.1".to_owned();
        for method in [CompressionMethod::Deflated, CompressionMethod::Stored] {
            archive = zip(&[("readme", b"x"), ("s/a.tar.gz", &gzip(&archive))], method);
            archive = tar("b.whl", &archive);
            named = format!("b.whl/s/a.tar.gz/{named}");
            assert_eq!(first("a.tar", &archive).unwrap(), named);
        }
        for _ in 0..9 {
            archive = tar("c.tar", &archive);
        }
        assert!(seen("a.tar", &archive).unwrap_err().contains("more than 8 archives lie within each other"));
    }

    #[test]
    fn a_file_that_is_not_an_archive_by_its_name_may_be_damaged() {
        let half = &zip(&[("x", b"data")], CompressionMethod::Stored)[..20];
        assert_eq!(seen("a.tar", &tar("x.docx", half)).unwrap().len(), 1);
        for (name, data, said) in [
            ("x.zip", half, "`x.zip` in it: this zip archive is cut off or damaged: "),
            ("x.zip", b"<html>", "`x.zip` in it: this zip archive is cut off or damaged: its end is missing"),
            ("x.tar", b"<html>", "`x.tar` in it: this tar archive is cut off"),
            ("x.tgz", b"<html>", "`x.tgz` in it: it cannot be unpacked: "),
            ("x.tar.xz", b"data", "`x.tar.xz` in it: it is a tar archive in a compression that is not supported"),
        ] {
            let why = seen("a.tar", &tar(name, data)).unwrap_err();
            assert!(why.starts_with(said), "{name}: {why}");
        }
        let mut changed = tar("x", b"data");
        changed[5] = b'y';
        assert_eq!(
            seen("a.tar", &changed).unwrap_err(),
            "this tar archive is damaged: the checksum of a header is wrong"
        );
    }

    #[test]
    fn a_bomb_is_refused_by_all_that_it_unpacks() {
        let half = vec![0; usize::try_from(ALWAYS).unwrap() / 2 + 1];
        let packed = gzip(&tar("x", &half));
        assert_eq!(seen("a.tgz", &packed).unwrap().len(), 1);
        let two = zip(&[("a.tgz", &packed), ("b.tgz", &packed)], CompressionMethod::Deflated);
        let why = seen("a.zip", &two).unwrap_err();
        assert!(why.ends_with("it would unpack to more than 200 times its size, the limit `unpacked-ratio`"), "{why}");
    }

    proptest! {
        #[test]
        fn no_bytes_of_an_archive_do_harm(
            which in 0..2,
            changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
            cut in prop::option::of(any::<prop::sample::Index>()),
        ) {
            let inner = tar("unit/.coverage.1", b"data");
            let mut bytes = if which == 0 { zip(&[("a.tar", &inner), ("b", b"")], CompressionMethod::Deflated) } else { inner };
            for (at, byte) in changes {
                let at = at.index(bytes.len());
                bytes[at] = byte;
            }
            if let Some(cut) = cut {
                bytes.drain(..cut.index(bytes.len()));
            }
            for name in ["a.zip", "a.tar", "a"] {
                _ = seen(name, &bytes);
            }
        }
    }
}
