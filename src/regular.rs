//! Opens regular files, and only those: opening a pipe would wait for its writer, and a device may never end. Neither may a file below `/proc` or
//! `/sys`, which only looks like a regular one: the system makes it while it is read.

use std::fs::{File, Metadata};
use std::io::{self, Read as _};
use std::path::Path;

/// The directories whose files the system makes while they are read.
const MADE: [&str; 2] = ["/proc", "/sys"];

/// Opens the file at `path`.
///
/// # Errors
/// The system's error; an error of kind `Other` if it is not a regular file on a disk.
pub fn open(path: &Path) -> io::Result<(File, Metadata)> {
    let metadata = path.metadata()?;
    check(path, &metadata)?;
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

/// Checks that the file at `path`, with that `metadata`, is a regular one on a disk. Links are followed.
///
/// # Errors
/// An error of kind `Other` if it is not.
pub fn check(path: &Path, metadata: &Metadata) -> io::Result<()> {
    if !metadata.is_file() {
        return Err(io::Error::other("it is not a regular file"));
    }
    if !takes_room(metadata)
        && let Ok(real) = path.canonicalize()
        && let Some(made) = MADE.iter().find(|made| real.starts_with(made))
    {
        return Err(io::Error::other(format!("it is below `{made}`, where the system makes files that may never end")));
    }
    Ok(())
}

/// Whether the file takes room on a disk: those that the system makes take none.
#[cfg(unix)]
fn takes_room(metadata: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    metadata.blocks() > 0
}

#[cfg(not(unix))]
fn takes_room(_: &Metadata) -> bool {
    true
}
