//! Fragments in packed files: gzip, and members of zip archives, as CI systems hand artifacts out.
//!
//! A member is named like a file in a directory: `shards/7.zip/unit/.coverage.x`. What unpacks to many times its size is refused.

#![deny(clippy::indexing_slicing)]

mod archives;
mod directory;
mod gzip;
mod kind;
mod limit;
mod look;
mod tar;
mod zip_stream;

pub use self::archives::{Archives, archive_of};
pub use self::gzip::{GZIP, beginning, is_gzip, size, unpacked};
pub use self::kind::{is_archive, is_named_archive, is_named_zip, is_zip};
pub use self::look::{Wanted, first_in_file};
