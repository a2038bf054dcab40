//! Opens regular files, and only those: opening a pipe would wait for its writer, and a device may never end.

use std::fs::{File, Metadata};
use std::io::{self, Read as _};
use std::path::Path;

/// Opens the file at `path`.
///
/// # Errors
/// The system's error; an error of kind `Other` if it is not a regular file.
pub fn open(path: &Path) -> io::Result<(File, Metadata)> {
    let metadata = path.metadata()?;
    check(&metadata)?;
    Ok((File::open(path)?, metadata))
}

/// The content of the file at `path`.
///
/// # Errors
/// As for [`open`].
pub fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    open(path)?.0.read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Checks that `metadata` is that of a regular file.
///
/// # Errors
/// An error of kind `Other` if it is not.
pub fn check(metadata: &Metadata) -> io::Result<()> {
    if metadata.is_file() { Ok(()) } else { Err(io::Error::other("it is not a regular file")) }
}
