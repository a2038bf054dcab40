//! Which contexts are read: the settings' choice, with its patterns compiled.

use crate::model::settings;
use crate::python::re::{self, Pattern};

/// What to keep of contexts.
#[derive(Clone, Debug, Default)]
pub struct Contexts {
    /// Whether some output shows them; otherwise their names are not even read, unless there is a filter.
    pub keep: bool,
    /// Only data recorded under a context that one of these matches counts; empty: all.
    pub filter: Vec<Pattern>,
}

impl Contexts {
    /// The settings' choice.
    ///
    /// # Errors
    /// The first pattern that does not compile.
    pub fn new(chosen: &settings::Contexts) -> Result<Self, re::Error> {
        let filter = chosen.filter.iter().map(|source| Pattern::without_flags(source)).collect::<Result<_, _>>()?;
        Ok(Self { keep: chosen.keep, filter })
    }

    /// Whether data of the context of that name counts: coverage.py's `re.search`.
    ///
    /// # Errors
    /// A pattern backtracks without end on the name.
    pub fn admits(&self, name: &str) -> Result<bool, re::Error> {
        for pattern in &self.filter {
            if pattern.is_match(name)? {
                return Ok(true);
            }
        }
        Ok(self.filter.is_empty())
    }
}
