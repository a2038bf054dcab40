//! The bytes of a fragment, and the file beside it that shows it to be unfinished.

use std::io::{ErrorKind, Read};
use std::path::Path;

use crate::model::timestamp::Timestamp;
use crate::read;
use crate::regular;

/// The time at which the file was last written to, if the system tells it.
pub(super) fn modified(path: &Path) -> Option<Timestamp> {
    let since = path.metadata().ok()?.modified().ok()?.duration_since(std::time::UNIX_EPOCH).ok()?;
    i64::try_from(since.as_micros()).ok().map(Timestamp::from_micros)
}

/// The result of loading a file.
pub(super) enum Loaded {
    /// All of it is there.
    Whole,
    /// Its beginning shows that it is not a fragment; the rest was not read.
    NotAFragment { bytes: u64, error: read::Error },
}

/// How many bytes to read before deciding what a large file is.
const HEAD: u64 = 64 * 1024;

/// Reads the file into `bytes`.
pub(super) fn load(path: &Path, bytes: &mut Vec<u8>) -> std::io::Result<Loaded> {
    bytes.clear();
    let (mut file, metadata) = regular::open(path)?;
    if metadata.len() > HEAD {
        file.by_ref().take(HEAD).read_to_end(bytes)?;
        // JSON may name its tool at the end; every other format is recognised by its beginning.
        let is_json = bytes.trim_ascii_start().first() == Some(&b'{') || bytes.starts_with(b"\xef\xbb\xbf");
        if let (false, Err(error)) = (is_json, read::sniff(bytes)) {
            return Ok(Loaded::NotAFragment { bytes: metadata.len(), error });
        }
    }
    bytes.reserve_exact(usize::try_from(metadata.len().saturating_sub(bytes.len() as u64)).unwrap_or(0));
    file.read_to_end(bytes).map(|_| Loaded::Whole)
}

/// The remedy for a file that cannot be loaded.
#[must_use]
pub fn unloaded(error: &std::io::Error) -> &'static str {
    match error.kind() {
        ErrorKind::PermissionDenied => "make it readable",
        ErrorKind::NotFound => {
            "if it is a link, point it to a file; otherwise it was deleted in the meantime: re-create it"
        }
        ErrorKind::Other => "write the data to a file first",
        _ => "re-create the file, or copy it again",
    }
}

/// Why the fragment at `path` must not be read, if a file beside it says so.
#[must_use]
pub fn objection(format: &read::Format, path: &Path) -> Option<read::Error> {
    let read::Beside { suffix, objection } = format.beside?;
    // Look beside the file itself, not beside a link to it.
    let mut beside = path.canonicalize().unwrap_or_else(|_| path.to_owned()).into_os_string();
    beside.push(suffix);
    let mut head = Vec::new();
    // A file that is missing or unreadable says nothing.
    _ = regular::open(Path::new(&beside)).and_then(|(file, _)| file.take(8).read_to_end(&mut head));
    let name = Path::new(&beside).file_name().unwrap_or_default();
    objection(&name.to_string_lossy(), &head)
}
