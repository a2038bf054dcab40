//! Why a fragment cannot be read: the place and the cause. `merge` knows the path and adds it.

use crate::model::unfinished::Cause;

/// Why a fragment cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{place}{cause}")]
pub struct Error {
    /// The kind of fault.
    pub fault: Fault,
    /// Where in the fragment.
    pub place: Place,
    /// The value found there and the value expected.
    pub cause: String,
    /// What to do about it, if the cause suggests a remedy.
    pub help: Option<String>,
}

/// The kinds of fault that keep a fragment from being read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It is not a fragment, or its format is not supported.
    Foreign,
    /// Its version or mode of the format is not supported.
    Unsupported,
    /// Its process ended before it had saved everything.
    Unfinished(Cause),
    /// Its content is inconsistent.
    Damaged,
    /// The fragment is sound, but the requested contexts cannot be selected from it.
    Contexts,
}

/// A place in a fragment, printed as the beginning of a message: `line 12: `, or nothing for the fragment as a whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// The fragment as a whole.
    Whole,
    /// A line of text, from 1.
    Line(u64),
    /// A byte offset, from 0.
    Offset(u64),
    /// A value in a JSON document: `files."app.py".missing_lines[3]`.
    Json(String),
    /// A table of a database, or `table.column`.
    Table(String),
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Whole => Ok(()),
            Self::Line(line) => write!(f, "line {line}: "),
            Self::Offset(offset) => write!(f, "offset {offset}: "),
            Self::Json(path) => write!(f, "`{path}`: "),
            Self::Table(name) => write!(f, "table `{name}`: "),
        }
    }
}

impl Error {
    /// An error at `place`: damage, unless another kind is set with `of`.
    pub fn new(place: Place, cause: impl Into<String>) -> Self {
        Self { fault: Fault::Damaged, place, cause: cause.into(), help: None }
    }

    /// The same error, with the kind `fault`.
    #[must_use]
    pub fn of(self, fault: Fault) -> Self {
        Self { fault, ..self }
    }

    /// The same error with advice.
    #[must_use]
    pub fn with_help(self, help: impl Into<String>) -> Self {
        Self { help: Some(help.into()), ..self }
    }
}
