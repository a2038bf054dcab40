//! The selection of contexts to read, with its patterns compiled.

use crate::model::limits::Limits;
use crate::python::re::{self, Pattern};

/// Which contexts to keep.
#[derive(Clone, Debug, Default)]
pub struct Contexts {
    /// Whether some output shows contexts; if not, their names are read only if there is a filter.
    pub keep: bool,
    /// If not empty, only data recorded under a context that one of these patterns matches counts.
    pub filter: Vec<Pattern>,
    /// How much a fragment may cost.
    pub limits: Limits,
}

impl Contexts {
    /// The contexts that match one of the patterns `filter` under CPython 3.`minor`; all if there is none. A fragment may cost as much as `limits` say.
    ///
    /// # Errors
    /// The first pattern that does not compile.
    pub fn new(keep: bool, filter: &[String], minor: u8, limits: Limits) -> Result<Self, re::Error> {
        let compile =
            |source: &String| Pattern::without_flags(source, minor, limits).map(|one| one.of("of `contexts`"));
        Ok(Self { keep, filter: filter.iter().map(compile).collect::<Result<_, _>>()?, limits })
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
