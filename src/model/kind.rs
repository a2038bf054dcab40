//! The kinds of measurement.

/// Whether a fragment measured statements alone or branches too.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Which lines ran.
    Statements,
    /// Which transitions between lines ran.
    Branches,
}

impl Kind {
    /// `statement` or `branch`, as messages say it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Statements => "statement",
            Self::Branches => "branch",
        }
    }
}
