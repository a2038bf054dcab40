//! Outputs: in which format, and where they go.

use std::path::PathBuf;

/// Where an output goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// Standard output.
    Stdout,
    /// A file; the path as it was asked for.
    File(PathBuf),
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Stdout => f.write_str("standard output"),
            Self::File(path) => write!(f, "`{}`", path.display()),
        }
    }
}

/// An output that is to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// Its format's name.
    pub format: &'static str,
    /// Whether it is a directory of pages.
    pub is_site: bool,
    /// Where it goes.
    pub place: Place,
}

/// Takes a page of a site: its name below the site's directory, and its bytes. Called from any thread.
pub type Put<'a> = dyn Fn(&str, &[u8]) -> std::io::Result<()> + Sync + 'a;

/// How scripts and style sheets of ours begin, so that a later run knows them for ours.
pub const MARK_OF_CODE: &str = "/* covmerge */\n";

/// How the user's style sheet begins in a site, so that it can be told from one that is not ours.
pub const EXTRA_MARK: &[u8] = b"/* covmerge: extra_css */\n";
