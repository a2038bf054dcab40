//! The selection of contexts to read, with its patterns compiled.

use crate::python::re::{self, Pattern};

/// Which contexts to keep.
#[derive(Clone, Debug, Default)]
pub struct Contexts {
    /// Whether some output shows contexts; if not, their names are read only if there is a filter.
    pub keep: bool,
    /// If not empty, only data recorded under a context that one of these patterns matches counts.
    pub filter: Vec<Pattern>,
}

impl Contexts {
    /// The contexts that match one of the patterns `filter` under CPython 3.`minor`; all if there is none.
    ///
    /// # Errors
    /// The first pattern that does not compile.
    pub fn new(keep: bool, filter: &[String], minor: u8) -> Result<Self, re::Error> {
        let filter = filter.iter().map(|source| Pattern::without_flags(source, minor)).collect::<Result<_, _>>()?;
        Ok(Self { keep, filter })
    }

    /// Whether data recorded under the context `name` counts: coverage.py's `re.search`.
    ///
    /// # Errors
    /// A pattern backtracks too much on the name.
    pub fn admits(&self, name: &str) -> Result<bool, re::Error> {
        for pattern in &self.filter {
            if pattern.is_match(name)? {
                return Ok(true);
            }
        }
        Ok(self.filter.is_empty())
    }
}
