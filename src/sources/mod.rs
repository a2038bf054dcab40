//! Opens a source file and decodes it as Python does.
//!
//! The result is the text that coverage.py analyses (`get_python_source` in its `python.py`): line ends are LF, form feeds are spaces, bytes
//! without meaning are U+FFFD, and the last line is ended. NUL characters stay, so that the syntax check finds them. A path may lead into an
//! archive that Python imports from: `/x/app.zip/pkg/mod.py`.

#![deny(clippy::indexing_slicing)]

pub(crate) mod archive;

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap};
use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use zip::ZipArchive;
use zip::result::ZipError;

use crate::model::limits::{Limits, exceeded};
use crate::model::outside::Outside;
use crate::model::path::{SourcePath, is_python};
pub use crate::python::source::{Undecodable, decode};
use crate::regular;

/// Why a source cannot be decoded whose text may not be shown: the reason often quotes a word of it.
const WITHHELD: &str = "its encoding is not usable; its words are not quoted, since its text may not be shown";

/// A source's text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// The text, as the module describes it.
    pub text: Arc<str>,
    /// The size of the file in bytes.
    pub bytes: u64,
}

/// Why a source cannot be opened. The caller adds the name of the file.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It does not exist.
    #[error("`{}` does not exist", .tried.display())]
    NotFound {
        /// The place where it was expected.
        tried: PathBuf,
    },
    /// Python could not decode it.
    #[error(transparent)]
    Undecodable(#[from] Undecodable),
    /// It exceeds the size limit.
    #[error("it has {}", exceeded("source-size", *.most))]
    TooLarge {
        /// The limit in bytes.
        most: u64,
    },
    /// The system refuses it.
    #[error("`{}` cannot be read: {source}", .tried.display())]
    Io {
        /// Its place.
        tried: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// The archive that should contain it is broken.
    #[error("the archive `{}` cannot be read: {why}", .archive.display())]
    Archive {
        /// The archive.
        archive: PathBuf,
        /// The fault.
        why: String,
    },
}

/// Why the text of a source is not shown to the readers of a report. The sentence names no directory of this machine.
#[derive(Debug, PartialEq, thiserror::Error)]
pub enum Unshown {
    /// It cannot be opened.
    #[error("{0}")]
    Unread(String),
    /// It lies outside of the root, or a link leads out.
    #[error("it lies outside of the root, and `--allow-outside-root` does not allow it")]
    Outside,
    /// It may be any file of the machine.
    #[error(
        "neither its name nor its first line marks it as Python, and it is hidden, outside the project or not analysed"
    )]
    Private,
}

impl From<&Error> for Unshown {
    fn from(error: &Error) -> Self {
        Self::Unread(match error {
            Error::NotFound { .. } => "it was not found".into(),
            Error::Undecodable(why) => format!("it cannot be decoded: {why}"),
            Error::TooLarge { .. } => error.to_string(),
            Error::Io { source, .. } => format!("it cannot be read: {source}"),
            Error::Archive { why, .. } => format!("its archive cannot be read: {why}"),
        })
    }
}

impl PartialEq for Error {
    fn eq(&self, other: &Self) -> bool {
        self.to_string() == other.to_string()
    }
}

/// A source, and the file that it was read from.
#[derive(Clone, Debug)]
pub struct Opened {
    /// The source.
    pub source: Source,
    /// The file, absolute without symbolic links; a member of an archive is below that archive.
    place: PathBuf,
}

/// A source that was looked for.
#[derive(Debug)]
struct Kept {
    /// The source, or why it cannot be opened.
    found: Result<Opened, String>,
    /// How often its text will still be shown.
    left: usize,
}

/// The file at `path`, relative to `root`, or the archive that contains it.
#[must_use]
pub fn file(root: &Path, path: &SourcePath) -> PathBuf {
    archive::split(root, path.as_str()).map_or_else(|| root.join(path.as_str()), |(archive, _)| archive)
}

/// Opens sources below one directory. Archives stay open.
#[derive(Debug)]
pub struct Sources {
    root: PathBuf,
    /// The root without symbolic links.
    real_root: PathBuf,
    /// The places outside of the root whose texts are shown.
    outside: Outside,
    /// The largest size of a source.
    most: u64,
    /// The sources opened so far, if they are kept.
    kept: Option<Mutex<HashMap<SourcePath, Kept>>>,
    /// How often the text of a source will be shown.
    times: usize,
    archives: Mutex<BTreeMap<PathBuf, ZipArchive<BufReader<File>>>>,
}

impl Sources {
    /// Opens sources by paths, of which the relative ones are below `root`.
    pub fn new(root: impl Into<PathBuf>) -> Self {
        let root = root.into();
        let real_root = root.canonicalize().unwrap_or_else(|_| root.clone());
        let most = Limits::DEFAULT.source_size;
        Self { root, real_root, outside: Outside::Nowhere, most, kept: None, times: 0, archives: Mutex::default() }
    }

    /// Shows the texts of these sources outside of the root, too.
    #[must_use]
    pub fn allowing(self, outside: Outside) -> Self {
        Self { outside, ..self }
    }

    /// Opens sources that are not larger than `limits` allow.
    #[must_use]
    pub fn within(self, limits: Limits) -> Self {
        Self { most: limits.source_size, ..self }
    }

    /// Opens each source once, and keeps its text until it was shown so many `times`: a page then shows the text that was analysed, or the reason why
    /// none was, whatever becomes of the file meanwhile.
    #[must_use]
    pub fn keeping(self, times: usize) -> Self {
        Self { kept: (times > 0).then(Mutex::default), times, ..self }
    }

    /// Reads and decodes the source at `path`.
    ///
    /// # Errors
    /// It does not exist, cannot be read, is too large, or has an unknown encoding.
    pub fn open(&self, path: &SourcePath) -> Result<Source, Error> {
        Ok(self.opened(path)?.source)
    }

    /// The same, with the file that it was read from.
    ///
    /// # Errors
    /// The same.
    pub fn opened(&self, path: &SourcePath) -> Result<Opened, Error> {
        if let Some(kept) = self.kept()
            && let Some(Kept { found: Ok(opened), .. }) = kept.get(path)
        {
            return Ok(opened.clone());
        }
        let opened = self.decoded(path);
        if let Some(mut kept) = self.kept() {
            let found = opened.as_ref().map(Opened::clone).map_err(|error| Unshown::from(error).to_string());
            kept.insert(path.clone(), Kept { found, left: self.times });
        }
        opened
    }

    fn kept(&self) -> Option<MutexGuard<'_, HashMap<SourcePath, Kept>>> {
        self.kept.as_ref().map(|kept| kept.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn decoded(&self, path: &SourcePath) -> Result<Opened, Error> {
        let (bytes, place) = self.read(path.as_str())?;
        let size = bytes.len() as u64;
        let says_python = says_python(&bytes);
        match decode(bytes) {
            Ok(text) => Ok(Opened { source: Source { text: text.into(), bytes: size }, place }),
            Err(why) if self.check_place(&place, says_python, false).is_ok() => Err(why.into()),
            Err(Undecodable { line, .. }) => Err(Undecodable { line, why: WITHHELD.into() }.into()),
        }
    }

    /// The source at `path` to be shown once more; it is kept no longer than needed.
    fn taken(&self, path: &SourcePath) -> Result<Opened, Unshown> {
        if let Some(kept) = self.kept()
            && let Some(Kept { found: Err(why), .. }) = kept.get(path)
        {
            return Err(Unshown::Unread(why.clone()));
        }
        let opened = self.opened(path).map_err(|error| Unshown::from(&error))?;
        if let Some(mut kept) = self.kept()
            && let Entry::Occupied(mut entry) = kept.entry(path.clone())
        {
            entry.get_mut().left -= 1;
            if entry.get().left == 0 {
                entry.remove();
            }
        }
        Ok(opened)
    }

    /// The text of a source for the readers of the report. `parsed` is whether the file was analysed as Python.
    ///
    /// Fragments come from jobs that run anybody's code; they may name any file and must not bring secrets to light. So a file outside of the root
    /// is shown only where that is allowed, and a file that neither its name nor its first line marks as Python only if it was parsed, lies below
    /// the root, and is not hidden, nor in a hidden directory. All this is asked of the file that was read, behind all links.
    ///
    /// # Errors
    /// It cannot be opened, or must not be shown.
    pub fn shown(&self, path: &SourcePath, parsed: bool) -> Result<Arc<str>, Unshown> {
        let opened = self.taken(path)?;
        self.check(&opened, parsed)?;
        Ok(opened.source.text)
    }

    /// The text of a source if it may be shown, for a look at it that shows nothing.
    #[must_use]
    pub fn looked_at(&self, path: &SourcePath, parsed: bool) -> Option<Arc<str>> {
        let opened = self.opened(path).ok()?;
        self.check(&opened, parsed).ok()?;
        Some(opened.source.text)
    }

    /// Checks that the text of a source may be shown, as [`Sources::shown`] says.
    ///
    /// # Errors
    /// It must not be shown.
    pub fn check(&self, Opened { source, place }: &Opened, parsed: bool) -> Result<(), Unshown> {
        self.check_place(place, says_python(source.text.as_bytes()), parsed)
    }

    fn check_place(&self, place: &Path, says_python: bool, parsed: bool) -> Result<(), Unshown> {
        let way = place.strip_prefix(&self.real_root).ok();
        if way.is_none() && !self.outside.holds(place) {
            return Err(Unshown::Outside);
        }
        let is_in_the_open = way.is_some_and(|way| way.iter().all(|name| !name.as_encoded_bytes().starts_with(b".")));
        let is_shown = is_python(place) || says_python || (parsed && is_in_the_open);
        if is_shown { Ok(()) } else { Err(Unshown::Private) }
    }

    /// The bytes of the file at `path`, with room for one more, and that file behind all links.
    fn read(&self, path: &str) -> Result<(Vec<u8>, PathBuf), Error> {
        let tried = self.root.join(path);
        let io_error = |source| Error::Io { tried: tried.clone(), source };
        // The links are followed once: the file that is opened is the one whose place is judged.
        let place = match tried.canonicalize() {
            Ok(place) => place,
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => return Err(io_error(error)),
            Err(_) => return self.read_archived(path, tried),
        };
        let (file, metadata) = regular::open(&place).map_err(io_error)?;
        Ok((limited(file, metadata.len(), self.most).map_err(io_error)??, place))
    }

    /// The bytes of the file at `path` inside an archive.
    fn read_archived(&self, path: &str, tried: PathBuf) -> Result<(Vec<u8>, PathBuf), Error> {
        let Some((archive, name)) = archive::split(&self.root, path) else { return Err(Error::NotFound { tried }) };
        let archive = archive.canonicalize().map_err(|source| Error::Io { tried: archive, source })?;
        let broken = |error: ZipError| Error::Archive { archive: archive.clone(), why: error.to_string() };
        let mut archives = self.archives.lock().unwrap_or_else(PoisonError::into_inner);
        if !archives.contains_key(&archive) {
            let (file, _) = regular::open(&archive).map_err(|source| Error::Io { tried: archive.clone(), source })?;
            archives.insert(archive.clone(), ZipArchive::new(BufReader::new(file)).map_err(broken)?);
        }
        let Some(opened) = archives.get_mut(&archive) else { return Err(Error::NotFound { tried }) };
        let entry = match opened.by_name(name) {
            Ok(entry) => entry,
            Err(ZipError::FileNotFound) => return Err(Error::NotFound { tried }),
            Err(error) => return Err(broken(error)),
        };
        // The archive only claims this size: no more memory is reserved than a usual source needs.
        let size = entry.size().min(1 << 20);
        // Some archives are bombs.
        let bytes = limited(entry, size, self.most / 2).map_err(|error| broken(error.into()))??;
        // A name that begins with a slash would replace the archive.
        Ok((bytes, PathBuf::from(format!("{}/{name}", archive.display()))))
    }
}

/// Whether the first line of a script calls Python.
fn says_python(text: &[u8]) -> bool {
    let first = text.split(|byte| matches!(byte, b'\n' | b'\r')).next().unwrap_or_default();
    first.starts_with(b"#!") && first.windows(6).any(|word| word == b"python")
}

/// Reads to the end, or until there are more than `most` bytes; `size` is the number expected.
fn limited(reader: impl Read, size: u64, most: u64) -> io::Result<Result<Vec<u8>, Error>> {
    if size > most {
        return Ok(Err(Error::TooLarge { most }));
    }
    let mut bytes = Vec::with_capacity(usize::try_from(size).unwrap_or_default().saturating_add(1));
    reader.take(most + 1).read_to_end(&mut bytes)?;
    Ok(if bytes.len() as u64 > most { Err(Error::TooLarge { most }) } else { Ok(bytes) })
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::io::Write;

    use super::*;

    #[test]
    fn a_source_is_opened_once_where_its_text_is_shown() {
        let root = tempfile::tempdir().unwrap();
        let path = SourcePath::from("a.py");
        fs::write(root.path().join("a.py"), "a = 1\n").unwrap();
        let [kept, not] = [Sources::new(root.path()).keeping(2), Sources::new(root.path())];
        assert_eq!(kept.open(&path), not.open(&path));
        fs::write(root.path().join("a.py"), "b = 2\n").unwrap();
        assert_eq!([&kept, &not].map(|sources| &*sources.shown(&path, true).unwrap() == "a = 1\n"), [true, false]);
        fs::remove_file(root.path().join("a.py")).unwrap();
        assert_eq!(&*kept.shown(&path, true).unwrap(), "a = 1\n");
        // It was shown as often as it had to be.
        assert!(kept.shown(&path, true).is_err());
    }

    #[test]
    fn a_source_that_appears_after_it_was_looked_for_is_not_shown() {
        let root = tempfile::tempdir().unwrap();
        let path = SourcePath::from("a.py");
        let sources = Sources::new(root.path()).keeping(1);
        assert!(sources.open(&path).is_err());
        fs::write(root.path().join("a.py"), "a = 1\n").unwrap();
        assert_eq!(sources.shown(&path, true), Err(Unshown::Unread("it was not found".into())));
    }

    #[test]
    fn a_source_is_found_below_the_root_and_inside_an_archive() {
        let root = tempfile::tempdir().unwrap();
        fs::write(root.path().join("a.py"), "a = 1\r\n").unwrap();
        let mut archive = zip::ZipWriter::new(File::create(root.path().join("app.whl")).unwrap());
        archive.start_file("pkg/b.py", zip::write::SimpleFileOptions::default()).unwrap();
        archive.write_all(b"b = 1").unwrap();
        archive.finish().unwrap();
        let sources = Sources::new(root.path());
        let a = sources.open(&SourcePath::from("a.py")).unwrap();
        assert_eq!(a, Source { text: "a = 1\n".into(), bytes: 7 });
        let inside = root.path().join("app.whl/pkg/b.py");
        let b = sources.open(&SourcePath::from(inside.to_str().unwrap())).unwrap();
        assert_eq!(b, Source { text: "b = 1\n".into(), bytes: 5 });
        for missing in ["c.py", "app.whl/pkg/c.py"] {
            let error = sources.open(&SourcePath::from(missing)).unwrap_err();
            assert_eq!(error, Error::NotFound { tried: root.path().join(missing) });
        }
    }

    #[cfg(unix)]
    #[test]
    fn what_is_not_plainly_a_source_is_not_shown() {
        let (root, elsewhere) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let script = "#!/usr/bin/env python3\n";
        for name in ["a.py", "SConstruct", "bin/tool", ".env", ".git/config", "b.PYW"] {
            fs::create_dir_all(root.path().join(name).parent().unwrap()).unwrap();
            fs::write(root.path().join(name), if name == "bin/tool" { script } else { "a = 1\n" }).unwrap();
        }
        fs::write(elsewhere.path().join("secret"), "a = 1\n").unwrap();
        fs::write(elsewhere.path().join("lib.py"), "a = 1\n").unwrap();
        for (link, to) in [("link.py", "secret"), ("link", "lib.py")] {
            std::os::unix::fs::symlink(elsewhere.path().join(to), root.path().join(link)).unwrap();
        }
        let outside = |name: &str| elsewhere.path().join(name).to_str().unwrap().to_owned();
        let sources = Sources::new(root.path()).allowing(Outside::Anywhere);
        let shown = |path: &str| [true, false].map(|parsed| sources.shown(&SourcePath::from(path), parsed).is_ok());
        for path in ["a.py", "bin/tool", "b.PYW", "link", &outside("lib.py")] {
            assert_eq!(shown(path), [true, true], "{path}");
        }
        assert_eq!(shown("SConstruct"), [true, false]);
        for path in [".env", ".git/config", "link.py", &outside("secret"), "none.py"] {
            assert_eq!(shown(path), [false, false], "{path}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn texts_outside_of_the_root_are_shown_only_where_that_is_allowed() {
        let all = tempfile::tempdir().unwrap();
        let (root, outside) = (all.path().join("project"), all.path().join("out"));
        fs::create_dir_all(root.join("pkg")).unwrap();
        fs::create_dir_all(outside.join("deep")).unwrap();
        fs::write(root.join("pkg/in.py"), "a = 1\n").unwrap();
        fs::write(outside.join("deep/b.py"), "a = 1\n").unwrap();
        fs::write(outside.join("script"), "#!/usr/bin/env python\n").unwrap();
        for archive in [&root, &outside] {
            let mut archive = zip::ZipWriter::new(File::create(archive.join("app.zip")).unwrap());
            for name in ["b.py".to_owned(), format!("{}/b.py", root.display())] {
                archive.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
                archive.write_all(b"b = 1\n").unwrap();
            }
            archive.finish().unwrap();
        }
        for (link, to) in
            [("file.py", "../out/deep/b.py"), ("dir", "../out"), ("own.py", "pkg/in.py"), ("to.zip", "../out/app.zip")]
        {
            std::os::unix::fs::symlink(to, root.join(link)).unwrap();
        }
        let (root_text, outside_text) = (root.display(), outside.display());
        let ours = ["pkg/in.py", "own.py", "app.zip/b.py", &format!("{root_text}/pkg/in.py"), "../project/pkg/in.py"];
        let theirs = [
            "file.py",
            "dir/deep/b.py",
            "dir/script",
            "to.zip/b.py",
            "../out/deep/b.py",
            "pkg/../../out/deep/b.py",
            &format!("{outside_text}/deep/b.py"),
            &format!("{outside_text}/app.zip/b.py"),
            &format!("{outside_text}/app.zip/{root_text}/b.py"),
        ];
        let shown = |outside: &Outside, path: &str| {
            let [kept, not] =
                [Sources::new(&root).keeping(9), Sources::new(&root)].map(|one| one.allowing(outside.clone()));
            let path = SourcePath::from(path);
            kept.open(&path).unwrap();
            let shown = [kept, not].map(|sources| sources.shown(&path, true));
            assert_eq!(shown[0], shown[1]);
            shown[0].as_ref().err().is_none_or(|why| *why != Unshown::Outside)
        };
        let real = outside.canonicalize().unwrap();
        for path in ours {
            assert!(shown(&Outside::Nowhere, path), "{path}");
        }
        for path in theirs {
            let allowed = [
                Outside::Nowhere,
                Outside::Below(vec![real.join("other")]),
                Outside::Below(vec![real.clone()]),
                Outside::Anywhere,
            ];
            assert_eq!(allowed.map(|outside| shown(&outside, path)), [false, false, true, true], "{path}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn the_file_that_was_read_is_judged_whatever_becomes_of_its_links() {
        let (root, elsewhere) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        fs::write(root.path().join("in.py"), "a = 1\n").unwrap();
        fs::write(elsewhere.path().join("out.py"), "a = 2\n").unwrap();
        let (own, foreign) = (root.path().join("in.py"), elsewhere.path().join("out.py"));
        for (before, after, shown) in [(&own, &foreign, Ok("a = 1\n".into())), (&foreign, &own, Err(Unshown::Outside))]
        {
            let link = root.path().join("link.py");
            std::os::unix::fs::symlink(before, &link).unwrap();
            let sources = Sources::new(root.path()).keeping(9);
            sources.open(&SourcePath::from("link.py")).unwrap();
            fs::remove_file(&link).unwrap();
            std::os::unix::fs::symlink(after, &link).unwrap();
            assert_eq!(sources.shown(&SourcePath::from("link.py"), true), shown);
            fs::remove_file(&link).unwrap();
        }
    }

    #[test]
    fn the_true_reason_is_given_for_a_source_that_is_not_shown() {
        let above = tempfile::tempdir().unwrap();
        let root = tempfile::tempdir_in(above.path()).unwrap();
        fs::write(above.path().join("a.py"), "a = 1\n").unwrap();
        fs::write(root.path().join("nonsense.py"), "# coding: nonsense\nx = 1\n").unwrap();
        fs::write(root.path().join("bad.zip"), "no archive").unwrap();
        fs::write(root.path().join(".env"), "a = 1\n").unwrap();
        File::create(root.path().join("large.py")).unwrap().set_len(Limits::default().source_size + 1).unwrap();
        fs::create_dir(root.path().join("d.py")).unwrap();
        let sources = Sources::new(root.path());
        for (path, begins) in [
            ("none.py", "it was not found"),
            ("nonsense.py", "it cannot be decoded: line 1: "),
            ("large.py", "it has more than 67,108,864 bytes"),
            ("d.py", "it cannot be read: "),
            ("bad.zip/a.py", "its archive cannot be read: "),
            ("../a.py", "it lies outside of the root, and `--allow-outside-root` does not"),
            (".env", "neither its name nor its first line marks it as Python, and it is hidden"),
        ] {
            let why = sources.shown(&SourcePath::from(path), true).unwrap_err().to_string();
            assert!(why.starts_with(begins), "{path}: {why}");
            assert!(!why.contains(&root.path().display().to_string()), "{path}: {why}");
        }
    }

    #[test]
    fn a_bomb_is_not_unpacked() {
        let root = tempfile::tempdir().unwrap();
        let mut archive = zip::ZipWriter::new(File::create(root.path().join("bomb.zip")).unwrap());
        archive.start_file("a.py", zip::write::SimpleFileOptions::default()).unwrap();
        let zeros = vec![0; 1 << 20];
        for _ in 0..33 {
            archive.write_all(&zeros).unwrap();
        }
        archive.finish().unwrap();
        let error = Sources::new(root.path()).open(&SourcePath::from("bomb.zip/a.py")).unwrap_err();
        assert_eq!(error, Error::TooLarge { most: 32 << 20 });
    }

    #[test]
    fn what_is_no_file_or_no_archive_is_an_error() {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir(root.path().join("d.py")).unwrap();
        fs::write(root.path().join("bad.zip"), "no archive").unwrap();
        let sources = Sources::new(root.path());
        assert!(matches!(sources.open(&SourcePath::from("d.py")), Err(Error::Io { .. })));
        assert!(matches!(sources.open(&SourcePath::from("bad.zip/a.py")), Err(Error::Archive { .. })));
    }
}
