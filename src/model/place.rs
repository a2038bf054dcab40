//! Places that are expected to hold fragments.

use std::path::PathBuf;

/// A place that must hold at least one fragment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Its name as it was given; that of a glob's match, relative to the working directory where it lies below it.
    pub name: String,
    /// The fragments found there, under their own paths, in order.
    pub fragments: Vec<PathBuf>,
}
