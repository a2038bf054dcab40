//! Why a fragment cannot be read: the place and the cause. The path is added by `merge`, which knows it.

/// Why a fragment cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{place}{cause}")]
pub struct Error {
    /// Where in the fragment.
    pub place: Place,
    /// What was found there and what was expected.
    pub cause: String,
    /// What to do about it, if the cause suggests something.
    pub help: Option<String>,
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
    /// Not in the fragment but in the settings: the regex that chooses contexts.
    Contexts,
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Whole | Self::Contexts => Ok(()),
            Self::Line(line) => write!(f, "line {line}: "),
            Self::Offset(offset) => write!(f, "offset {offset}: "),
            Self::Json(path) => write!(f, "`{path}`: "),
            Self::Table(name) => write!(f, "table `{name}`: "),
        }
    }
}

impl Error {
    /// An error at that place.
    pub fn new(place: Place, cause: impl Into<String>) -> Self {
        Self { place, cause: cause.into(), help: None }
    }

    /// The same error with advice.
    #[must_use]
    pub fn with_help(self, help: impl Into<String>) -> Self {
        Self { help: Some(help.into()), ..self }
    }
}
