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

    /// Whether it is absolute on some system: those of Windows count on Unix too.
    #[must_use]
    pub fn is_absolute(&self) -> bool {
        is_absolute(&self.0)
    }

    /// The extension after the last dot of the base name, without the dot; `None` if there is none.
    #[must_use]
    pub fn extension(&self) -> Option<&str> {
        std::path::Path::new(&*self.0).extension().and_then(|extension| extension.to_str())
    }
}

/// Whether a file is Python or Cython, judged by its extension. Capitals count too, since they are usual on Windows.
#[must_use]
pub fn is_python(path: &std::path::Path) -> bool {
    let known = ["py", "pyw", "pyi", "pyx", "pxd"];
    path.extension().is_some_and(|extension| known.iter().any(|python| extension.eq_ignore_ascii_case(python)))
}

/// Whether a path is absolute on some system: `/x`, `\\host`, `C:\x`.
#[must_use]
pub fn is_absolute(path: &str) -> bool {
    let mut chars = path.chars();
    match (chars.next(), chars.next(), chars.next()) {
        (Some('/' | '\\'), ..) => true,
        (Some(_), Some(':'), Some(third)) => matches!(third, '/' | '\\'),
        _ => false,
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
