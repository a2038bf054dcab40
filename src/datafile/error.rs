//! Why a data file cannot be read: the place in the file, and the cause.

/// Why a data file cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    /// What kind of fault it is.
    pub kind: Kind,
    /// The table it is about.
    pub table: Option<&'static str>,
    /// The page, from 1.
    pub page: Option<u32>,
    /// Where in the file, in bytes; of a page, where it begins.
    pub offset: Option<u64>,
    /// What was found there and what was expected.
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
    /// Rows may be missing that stand in the log beside it.
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

    /// A fault at that offset.
    pub(super) fn at(kind: Kind, offset: u64, cause: impl Into<String>) -> Self {
        Self { offset: Some(offset), ..Self::whole(kind, cause) }
    }

    /// A fault of that table.
    pub(super) fn of(kind: Kind, table: &'static str, cause: impl Into<String>) -> Self {
        Self { table: Some(table), ..Self::whole(kind, cause) }
    }
}

/// What is wrong with a page: an [`Error`] that does not yet know the table.
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
