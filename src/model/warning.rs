//! Warnings: oddities that are not errors.

/// Something the user should know and that changed no number in silence: shown by `main`, kept in the JSON.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Warning {
    /// The oddity and its place; lower case, no full stop.
    pub text: String,
    /// The remedy.
    pub help: Option<String>,
}

impl Warning {
    /// A warning without advice.
    pub fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), help: None }
    }

    /// The same warning with advice.
    #[must_use]
    pub fn with_help(self, help: impl Into<String>) -> Self {
        Self { help: Some(help.into()), ..self }
    }
}
