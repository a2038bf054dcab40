//! Only regular files are read: to open a pipe would be to wait for its writer, and a device may never end.

use std::fs::{File, Metadata};
use std::io;
use std::path::Path;

/// Opens the file at `path`.
///
/// # Errors
/// The system's, or of kind `Other` that it is not a regular file.
pub fn open(path: &Path) -> io::Result<(File, Metadata)> {
    let metadata = path.metadata()?;
    check(&metadata)?;
    Ok((File::open(path)?, metadata))
}

/// Refuses what is not a regular file.
///
/// # Errors
/// Of kind `Other`, that it is not one.
pub fn check(metadata: &Metadata) -> io::Result<()> {
    if metadata.is_file() { Ok(()) } else { Err(io::Error::other("it is not a regular file")) }
}
