//! Files that were measured and are not there.

use std::path::PathBuf;

/// Files whose sources were not found, and the rule that finds some of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lost {
    /// The directory that holds them all, as reports name it; empty if there is none.
    pub below: String,
    /// Their names, in order.
    pub names: Vec<String>,
    /// The place where the first one was expected.
    pub tried: PathBuf,
    /// The option that finds some of them, quoted for a shell, and the number of these.
    pub rule: Option<(String, u64)>,
}
