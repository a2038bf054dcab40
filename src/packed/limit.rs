//! How much packed data may unpack to.

use std::io::{self, ErrorKind};

/// A size that is not too large, whatever the ratio.
pub(super) const ALWAYS: u64 = 64 << 20;
/// The largest ratio of unpacked to packed bytes beyond that. Data files of coverage.py have one of 5 to 40.
const MOST_TIMES: u64 = 200;

/// The largest number of bytes that `packed` ones may unpack to.
pub(super) const fn most(packed: u64) -> u64 {
    let most = packed.saturating_mul(MOST_TIMES);
    if most > ALWAYS { most } else { ALWAYS }
}

pub(super) fn too_large(subject: &str) -> io::Error {
    damaged(format!("{subject} would unpack to more than {MOST_TIMES} times its size"))
}

pub(super) fn damaged(why: impl Into<String>) -> io::Error {
    io::Error::new(ErrorKind::InvalidData, why.into())
}
