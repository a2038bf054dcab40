//! Why a seal cannot be read.

use crate::model::words::grouped;

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
    #[error("its digest does not fit its {} bytes: it was cut off or changed", grouped(*.0))]
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_of_bytes_is_grouped() {
        assert_eq!(
            Error::Digest(2_507).to_string(),
            "its digest does not fit its 2,507 bytes: it was cut off or changed"
        );
    }
}
