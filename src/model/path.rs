//! A source file's name.

/// A source file as the report knows it: the path in the fragments after mapping, `/`-separated on every system we write for.
///
/// Ordered as plain strings, which is the order of files in coverage.py's JSON.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SourcePath(std::sync::Arc<str>);

impl SourcePath {
    /// The path as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The extension after the last dot of the base name, without the dot; `None` if there is none.
    #[must_use]
    pub fn extension(&self) -> Option<&str> {
        std::path::Path::new(&*self.0).extension().and_then(|extension| extension.to_str())
    }
}

impl From<&str> for SourcePath {
    fn from(path: &str) -> Self {
        Self(path.into())
    }
}

impl std::fmt::Display for SourcePath {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}
