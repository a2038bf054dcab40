//! How much packed data may unpack to.

use std::io::{self, ErrorKind};

use crate::model::limits::{Limits, exceeded};

/// A size that is not too large, whatever the ratio.
pub(super) const ALWAYS: u64 = 64 << 20;

/// The largest number of bytes that `packed` ones may unpack to. Data files of coverage.py are 5 to 40 times as large.
pub(super) fn most(packed: u64, limits: &Limits) -> u64 {
    packed.saturating_mul(limits.unpacked_ratio).max(ALWAYS).min(limits.fragment_size)
}

/// The error for `packed` bytes that unpack to more.
pub(super) fn too_large(subject: &str, packed: u64, limits: &Limits) -> io::Error {
    let Limits { unpacked_ratio, fragment_size, .. } = *limits;
    let (name, limit) = if most(packed, limits) == fragment_size {
        ("fragment-size", fragment_size)
    } else {
        ("unpacked-ratio", unpacked_ratio)
    };
    io::Error::new(ErrorKind::FileTooLarge, format!("{subject} would unpack to {}", exceeded(name, limit)))
}

pub(super) fn damaged(why: impl Into<String>) -> io::Error {
    io::Error::new(ErrorKind::InvalidData, why.into())
}
