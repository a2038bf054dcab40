//! Why a seal cannot be read.

/// Why a seal cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// It is of another version of the format.
    #[error("version {found} of the format, expected {}", super::VERSION)]
    Version {
        /// The version found.
        found: u8,
    },
    /// It ends too early, or its digest is not that of its bytes.
    #[error("its digest does not fit its {0} bytes: it was cut off or changed")]
    Digest(u64),
    /// Its content is inconsistent.
    #[error("{cause}")]
    Damaged {
        /// The offset of the fault, or of the block that contains it, in bytes.
        offset: u64,
        /// The value found and the value expected.
        cause: String,
    },
}

impl Error {
    /// Damage at `offset`.
    pub(super) fn at(offset: u64, cause: impl Into<String>) -> Self {
        Self::Damaged { offset, cause: cause.into() }
    }
}
