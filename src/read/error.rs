//! Why a fragment cannot be read: the place and the cause. The path is added by `merge`, which knows it.

/// Why a fragment cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{place}{cause}")]
pub struct Error {
    /// What kind of fault it is.
    pub fault: Fault,
    /// Where in the fragment.
    pub place: Place,
    /// What was found there and what was expected.
    pub cause: String,
    /// What to do about it, if the cause suggests something.
    pub help: Option<String>,
}

/// What keeps a fragment from being read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It is not a fragment, or of no format that is read here.
    Foreign,
    /// It is in a version or a mode of its format that is not read here.
    Unsupported,
    /// It ends too early.
    CutOff,
    /// What lies beside it says that its writer was stopped, or writes still.
    Unfinished,
    /// It does not hold together.
    Damaged,
    /// Nothing is wrong with it: the contexts that are asked for cannot be chosen from it.
    Contexts,
}

/// A place in a fragment, printed as the beginning of a message: `line 12: `, or nothing for the whole.
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
    /// An error at that place: damage, unless it is said to be of another kind.
    pub fn new(place: Place, cause: impl Into<String>) -> Self {
        Self { fault: Fault::Damaged, place, cause: cause.into(), help: None }
    }

    /// The same error, of that kind.
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
