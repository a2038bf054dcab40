//! The tools that measure.

/// A measuring tool. The formats of one tool mean the same by a statement and by an exit; tools differ on both.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Tool {
    /// Its name in messages.
    pub name: &'static str,
    /// How it unites the lists of its fragments about one file.
    pub unites: Unites,
}

/// How a tool unites the lists of several fragments if they differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Unites {
    /// A statement that any fragment lists is a statement.
    Lists,
    /// It does not merge lists: its report reads the source.
    BySource,
}

impl Tool {
    /// Those that measure: the tools whose claims and data there may be.
    const MEASURING: [Self; 2] = [Self::COVERAGE_PY, Self::SLIPCOVER];
    /// coverage.py, whose settings and reports are ours too.
    pub const COVERAGE_PY: Self = Self { name: "coverage.py", unites: Unites::BySource };
    /// Slipcover.
    pub const SLIPCOVER: Self = Self { name: "slipcover", unites: Unites::Lists };
    /// covmerge itself, which seals the data of others.
    pub const COVMERGE: Self = Self { name: "covmerge", unites: Unites::BySource };

    /// The tool that measures and has that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::MEASURING.into_iter().find(|tool| tool.name == name)
    }
}
