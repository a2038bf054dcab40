//! The kinds of archives, by their names and by the beginning of their content.

use std::path::Path;

use super::gzip::{GZIP, beginning, is_gzip};
use super::tar::is_tar;

/// How many bytes of a file to read in order to tell its kind.
pub(super) const HEAD: u64 = 4096;

/// Whether the file begins as a zip archive does: with a member, or with the end of an empty directory.
#[must_use]
pub fn is_zip(head: &[u8]) -> bool {
    head.starts_with(b"PK\x03\x04") || head.starts_with(b"PK\x05\x06")
}

/// Whether a name is that of a zip archive.
#[must_use]
pub fn is_named_zip(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("zip"))
}

/// Whether a name is that of a tar archive, compressed or not.
fn is_named_tar(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy().to_ascii_lowercase();
    let mut endings = name.rsplit('.');
    match endings.next() {
        Some("tar" | "tgz" | "tbz" | "tbz2" | "txz" | "tzst") => true,
        Some("gz" | "bz2" | "xz" | "zst" | "lzma" | "z") => endings.next() == Some("tar"),
        _ => false,
    }
}

/// Whether a name is that of a zip archive in gzip.
fn is_named_zip_in_gzip(path: &Path) -> bool {
    is_gzip(path) && is_named_zip(&path.with_extension(""))
}

/// Whether the name is that of a zip or tar archive.
#[must_use]
pub fn is_named_archive(path: &Path) -> bool {
    is_named_zip(path) || is_named_tar(path) || is_named_zip_in_gzip(path)
}

/// Whether a file is a zip or tar archive, or gzip within gzip, by its name or by the beginning of its content.
#[must_use]
pub fn is_archive(path: &Path, head: &[u8]) -> bool {
    Kind::of(path, head).is_some()
}

/// The kind of an archive.
#[derive(Clone, Copy)]
pub(super) enum Kind {
    Zip,
    Tar,
    TarInGzip,
    ZipInGzip,
    GzipInGzip,
    /// A tar archive in another compression.
    Unsupported,
}

impl Kind {
    /// The kind of a file, by its content or by its name; `None` if it is not an archive.
    pub(super) fn of(path: &Path, head: &[u8]) -> Option<Self> {
        let in_gzip = beginning(head, HEAD);
        let begins = |is: fn(&[u8]) -> bool| in_gzip.as_deref().is_some_and(is);
        Some(if is_zip(head) {
            Self::Zip
        } else if is_tar(head) {
            Self::Tar
        } else if begins(|head| head.starts_with(&GZIP)) {
            Self::GzipInGzip
        } else if begins(is_zip) || is_named_zip_in_gzip(path) {
            Self::ZipInGzip
        } else if begins(is_tar) || (in_gzip.is_some() && is_named_tar(path)) {
            Self::TarInGzip
        } else if is_named_zip(path) {
            Self::Zip
        } else if is_named_tar(path) {
            let is = |ending: &str| path.extension().is_some_and(|own| own.eq_ignore_ascii_case(ending));
            if is("tar") {
                Self::Tar
            } else if is("gz") || is("tgz") {
                Self::TarInGzip
            } else {
                Self::Unsupported
            }
        } else {
            return None;
        })
    }
}
