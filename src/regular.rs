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

/// The text of the file at `path`.
///
/// # Errors
/// As for [`open`]; an error of kind `InvalidData` if it is not UTF-8.
pub fn read_to_string(path: &Path) -> io::Result<String> {
    String::from_utf8(read(path)?).map_err(|_| io::Error::new(io::ErrorKind::InvalidData, "it is not UTF-8"))
}

/// The content of a file that the user names: of a pipe, too, which ends where its writer does. The null device is empty.
///
/// # Errors
/// As for [`open`]; an error of kind `Other` if it is larger than `most` bytes.
pub fn read_named(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    let file = if is_pipe_or_null(path) { File::open(path)? } else { open(path)?.0 };
    let mut bytes = Vec::new();
    file.take(most + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > most { Err(io::Error::other(format!("it has more than {most} bytes"))) } else { Ok(bytes) }
}

#[cfg(unix)]
fn is_pipe_or_null(path: &Path) -> bool {
    use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _};
    let device = |path: &Path| path.metadata().ok().filter(|there| there.file_type().is_char_device());
    let number = |path: &Path| device(path).map(|device| device.rdev());
    path.metadata().is_ok_and(|there| there.file_type().is_fifo())
        || number(path).is_some_and(|own| Some(own) == number(Path::new("/dev/null")))
}

#[cfg(not(unix))]
fn is_pipe_or_null(_: &Path) -> bool {
    false
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
