//! The formats that are damaged: a new one is a row.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use covmerge::model::limits::Limits;
use covmerge::packed::{self, Archives};
use covmerge::read::{self, Contexts};
use flate2::Compression;
use flate2::write::GzEncoder;
use rusqlite::Connection;

use super::judges;

/// All that counts in a fragment, by file.
pub(crate) type Facts = BTreeMap<String, Vec<String>>;

/// A format whose fragments are damaged.
pub(crate) struct Format {
    /// Its name in the table.
    pub(crate) name: &'static str,
    /// Intact fragments.
    pub(crate) samples: fn() -> Vec<Sample>,
    /// Their reader; `None` if the bytes are refused.
    pub(crate) read: fn(&[u8]) -> Option<Facts>,
    /// Whether damaged bytes contradict themselves, which is asked where they read differently.
    pub(crate) contradicts: fn(&[u8]) -> bool,
    /// Whether a digest or checksum protects every byte that counts.
    pub(crate) is_sealed: bool,
}

/// The formats.
pub(crate) const FORMATS: &[Format] = &[
    Format {
        name: "coverage.py, branches",
        samples: || databases("branches"),
        read: fragment,
        contradicts: judges::database,
        is_sealed: false,
    },
    Format {
        name: "coverage.py, contexts",
        samples: || databases("contexts"),
        read: fragment,
        contradicts: judges::database,
        is_sealed: false,
    },
    Format {
        name: "coverage.py, statements",
        samples: || databases("statements"),
        read: fragment,
        contradicts: judges::database,
        is_sealed: false,
    },
    Format {
        name: "coverage.py, JSON",
        samples: || recorded("coverage.py-json/versions", "7.1", fragment),
        read: fragment,
        contradicts: judges::coveragepy_json,
        is_sealed: false,
    },
    Format {
        name: "Slipcover",
        samples: || recorded("slipcover/versions", "", fragment),
        read: fragment,
        contradicts: judges::slipcover,
        is_sealed: false,
    },
    Format {
        name: "seal",
        samples: || recorded("covmerge/versions", "", fragment),
        read: fragment,
        contradicts: judges::by_digest,
        is_sealed: true,
    },
    Format { name: "gzip", samples: gzip, read: unpacked, contradicts: judges::by_digest, is_sealed: true },
    Format { name: "zip", samples: zip, read: members, contradicts: judges::by_digest, is_sealed: true },
];

/// An intact fragment.
pub(crate) struct Sample {
    /// Its name.
    pub(crate) name: String,
    /// Its content.
    pub(crate) bytes: Vec<u8>,
    /// All that counts in it.
    pub(crate) facts: Facts,
}

impl Sample {
    fn new(name: &str, bytes: Vec<u8>, read: fn(&[u8]) -> Option<Facts>) -> Self {
        let facts = read(&bytes).unwrap_or_else(|| panic!("`{name}` is refused"));
        Self { name: name.to_owned(), bytes, facts }
    }
}

fn below(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata").join(path)
}

/// The files of a directory of recorded fragments whose names begin so.
fn files(directory: &str, prefix: &str) -> Vec<(String, Vec<u8>)> {
    let entries = fs::read_dir(below(directory)).unwrap().map(|entry| entry.unwrap().path());
    let name = |path: &Path| path.file_name().unwrap().to_string_lossy().into_owned();
    let is_fragment = |path: &PathBuf| {
        let is_text = path.extension().is_some_and(|extension| extension == "md");
        path.is_file() && !is_text && name(path).starts_with(prefix)
    };
    let mut files: Vec<_> = entries.filter(is_fragment).map(|path| (name(&path), fs::read(&path).unwrap())).collect();
    files.sort();
    files
}

fn recorded(directory: &str, prefix: &str, read: fn(&[u8]) -> Option<Facts>) -> Vec<Sample> {
    let directory = format!("fragments/{directory}");
    files(&directory, prefix).into_iter().map(|(name, bytes)| Sample::new(&name, bytes, read)).collect()
}

/// The recorded data files of a case, with pages as small as SQLite has them: most of a recorded page is empty, where damage does nothing.
fn databases(case: &str) -> Vec<Sample> {
    let dense = |(name, bytes): (String, Vec<u8>)| {
        let mut database = Connection::open_in_memory().unwrap();
        database.deserialize_read_exact("main", &*bytes, bytes.len(), false).unwrap();
        let copy = tempfile::Builder::new().tempfile().unwrap();
        database.execute_batch("pragma page_size = 512").unwrap();
        database.execute("vacuum into ?1", [copy.path().to_str().unwrap()]).unwrap();
        Sample::new(&name, fs::read(copy.path()).unwrap(), fragment)
    };
    files(&format!("fragments/coverage.py/{case}"), ".coverage").into_iter().map(dense).collect()
}

fn gzip() -> Vec<Sample> {
    let packed = |(name, bytes): (String, Vec<u8>)| {
        let mut packed = GzEncoder::new(Vec::new(), Compression::default());
        packed.write_all(&bytes).unwrap();
        Sample::new(&format!("{name}.gz"), packed.finish().unwrap(), unpacked)
    };
    files("fragments/slipcover/shards", "branch-").into_iter().map(packed).collect()
}

fn zip() -> Vec<Sample> {
    // Programs are refused: other data stands before their archive.
    let is_small = |(name, bytes): &(String, Vec<u8>)| {
        packed::is_named_zip(Path::new(name)) && name != "python-program.zip" && bytes.len() < 20_000
    };
    files("archives", "").into_iter().filter(is_small).map(|(name, bytes)| Sample::new(&name, bytes, members)).collect()
}

/// The facts of a fragment of any format.
fn fragment(bytes: &[u8]) -> Option<Facts> {
    let contexts = Contexts { keep: true, ..Contexts::default() };
    let recording = read::sniff(bytes).ok()?.read(bytes, &contexts).ok()?;
    let mut facts = Facts::new();
    for (path, file) in recording.files {
        let executed = format!("{:?} {:?} {:?} {:?}", file.lines, file.arcs, file.zero, file.tracers);
        let of_file = [executed].into_iter().chain(file.claims.iter().map(|claims| format!("{claims:?}")));
        facts.entry(path).or_default().extend(of_file);
    }
    if let Some(sealed) = recording.sealed {
        facts.insert("a seal".to_owned(), vec![format!("{sealed:?}")]);
    }
    Some(facts)
}

/// The facts of a fragment in gzip.
fn unpacked(bytes: &[u8]) -> Option<Facts> {
    fragment(&packed::unpacked(bytes, &Limits::default()).ok()??)
}

/// The files of a zip archive, with their content.
fn members(bytes: &[u8]) -> Option<Facts> {
    let mut file = tempfile::Builder::new().suffix(".zip").tempfile().unwrap();
    file.write_all(bytes).unwrap();
    if !packed::is_zip(bytes) {
        return None;
    }
    let archives = Archives::default();
    let mut facts = Facts::new();
    for name in archives.members(file.path()).ok()? {
        let content = archives.read(&file.path().join(&name), u64::MAX).ok()?;
        facts.insert(name, vec![format!("{content:?}")]);
    }
    Some(facts)
}
