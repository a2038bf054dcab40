//! The bytes of a fragment.

use std::io::{ErrorKind, Read};
use std::path::Path;

use crate::model::limits::exceeded;
use crate::model::timestamp::Timestamp;
use crate::packed::{self, Archives};
use crate::read;
use crate::regular;

/// The time at which the file was last written to, if the system tells it.
pub(super) fn modified(path: &Path) -> Option<Timestamp> {
    // A member of an archive has that of the archive.
    let path = if path.exists() { path } else { packed::archive_of(path)? };
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

/// Reads the file, or the member of an archive, into `bytes`, unpacked.
///
/// # Errors
/// It cannot be read or unpacked.
pub(super) fn load(path: &Path, archives: &Archives, bytes: &mut Vec<u8>) -> std::io::Result<Loaded> {
    bytes.clear();
    let (mut file, metadata) = match regular::open(path) {
        Ok(opened) => opened,
        Err(_) if packed::archive_of(path).is_some() => {
            *bytes = archives.read(path, u64::MAX)?;
            return unpack(bytes, archives).map(|()| Loaded::Whole);
        }
        Err(error) => return Err(error),
    };
    let most = archives.limits().fragment_size;
    if metadata.len() > most {
        let why = format!("it has {}", exceeded("fragment-size", most));
        return Err(std::io::Error::new(ErrorKind::FileTooLarge, why));
    }
    if metadata.len() > HEAD {
        file.by_ref().take(HEAD).read_to_end(bytes)?;
        // JSON may name its tool at the end; every other format is recognised by its beginning.
        let is_json = bytes.trim_ascii_start().first() == Some(&b'{') || bytes.starts_with(b"\xef\xbb\xbf");
        let is_known = is_json || bytes.starts_with(&packed::GZIP);
        if let (false, Err(error)) = (is_known, read::format_of(path, bytes)) {
            return Ok(Loaded::NotAFragment { bytes: metadata.len(), error });
        }
    }
    bytes.reserve_exact(usize::try_from(metadata.len().saturating_sub(bytes.len() as u64)).unwrap_or(0));
    file.read_to_end(bytes)?;
    unpack(bytes, archives).map(|()| Loaded::Whole)
}

/// The same, of whatever format it is.
///
/// # Errors
/// It cannot be read or unpacked.
pub fn load_any(path: &Path, archives: &Archives) -> std::io::Result<Vec<u8>> {
    let mut bytes = match regular::read(path) {
        Err(_) if packed::archive_of(path).is_some() => archives.read(path, u64::MAX),
        read => read,
    }?;
    unpack(&mut bytes, archives)?;
    Ok(bytes)
}

/// The first `most` bytes and the size of a file beside a fragment, in the same archive if the fragment is in one; `None` if there is no such
/// file, or if it cannot be read.
pub(super) fn beginning(path: &Path, archives: &Archives, most: u64) -> Option<(Vec<u8>, u64)> {
    if packed::is_gzip(path) {
        let mut data = load_any(path, archives).ok()?;
        let size = data.len() as u64;
        data.truncate(usize::try_from(most).unwrap_or(usize::MAX));
        return Some((data, size));
    }
    let Ok((file, metadata)) = regular::open(path) else {
        return Some((archives.read(path, most).ok()?, archives.size(path)?));
    };
    let mut head = Vec::new();
    file.take(most).read_to_end(&mut head).ok()?;
    Some((head, metadata.len()))
}

/// Replaces gzip by the data in it.
fn unpack(bytes: &mut Vec<u8>, archives: &Archives) -> std::io::Result<()> {
    if let Some(data) = packed::unpacked(bytes, archives.limits())? {
        *bytes = data;
    }
    Ok(())
}

/// The remedy for a file that cannot be loaded.
#[must_use]
pub fn unloaded(error: &std::io::Error) -> &'static str {
    match error.kind() {
        ErrorKind::PermissionDenied => "make it readable",
        ErrorKind::NotFound => {
            "if it is a link, point it to a file; otherwise it was deleted in the meantime: re-create it"
        }
        ErrorKind::FileTooLarge => "re-create it; or, if it is sound, raise the limit below `[tool.covmerge.limits]`",
        ErrorKind::Other => "write the data to a file first",
        ErrorKind::Unsupported => "unpack the archive, and name the directory",
        _ => "re-create the file, or copy it again",
    }
}
