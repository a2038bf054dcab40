//! Who measured.

/// A measuring tool. The formats of one tool mean the same by a statement and by an exit; tools differ on both.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Tool {
    /// Its name in messages.
    pub name: &'static str,
    /// How it unites what its fragments list of one file.
    pub unites: Unites,
}

/// How a tool unites the lists of several fragments where these differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Unites {
    /// What any fragment lists could run.
    Lists,
    /// It has no merge of lists: its report asks the source.
    BySource,
}

impl Tool {
    /// coverage.py, whose settings and reports are ours too.
    pub const COVERAGE_PY: Self = Self { name: "coverage.py", unites: Unites::BySource };
}
