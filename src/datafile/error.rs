//! Why a data file cannot be read: the place in the file, and the cause.

/// Why a data file cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    /// The kind of fault.
    pub kind: Kind,
    /// The affected table.
    pub table: Option<&'static str>,
    /// The page, from 1.
    pub page: Option<u32>,
    /// The position in the file, in bytes; for a page, its start.
    pub offset: Option<u64>,
    /// The value found there and the value expected.
    pub cause: String,
}

/// The kinds of fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// It is not an SQLite database.
    NotSqlite,
    /// It is a database, but not one of coverage.py.
    NotCoveragepy,
    /// It ends too early.
    CutOff,
    /// Rows may be missing, as they may be in the write-ahead log beside the file.
    WriteAhead,
    /// It uses a feature of SQLite that coverage.py does not use.
    Unknown,
    /// Its bytes contradict each other, or do not follow the format.
    Damaged,
}

impl Error {
    /// A fault of the file as a whole.
    pub(super) fn whole(kind: Kind, cause: impl Into<String>) -> Self {
        Self { kind, table: None, page: None, offset: None, cause: cause.into() }
    }

    /// A fault at `offset`.
    pub(super) fn at(kind: Kind, offset: u64, cause: impl Into<String>) -> Self {
        Self { offset: Some(offset), ..Self::whole(kind, cause) }
    }

    /// A fault in `table`.
    pub(super) fn of(kind: Kind, table: &'static str, cause: impl Into<String>) -> Self {
        Self { table: Some(table), ..Self::whole(kind, cause) }
    }
}

/// A fault of a page: an [`Error`] that does not yet know the table.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Damage {
    pub(super) page: u32,
    pub(super) cause: String,
}

impl Damage {
    pub(super) fn new(page: u32, cause: String) -> Self {
        Self { page, cause }
    }
}
