//! Outputs: in which format, and where they go.

use std::path::PathBuf;

/// An output format: what is known of it besides how it is written.
#[derive(Debug, PartialEq, Eq)]
pub struct Format {
    /// Its name on the command line.
    pub name: &'static str,
    /// What other tools call it.
    pub aliases: &'static [&'static str],
    /// Whether it is written when nobody says what.
    pub by_default: bool,
    /// Where it goes when nothing else is said, relative to the working directory; `None` for standard output.
    pub default_path: Option<&'static str>,
    /// The section of coverage.py's settings that is about it.
    pub section: Option<&'static str>,
    /// The option of that section that says where it goes.
    pub place: Option<&'static str>,
    /// What it is made of.
    pub holds: Holds,
    /// Whether it has rows that `--sort` puts in order.
    pub sorts: bool,
    /// From which size on it is a burden.
    pub heavy: Option<Heavy>,
}

/// What an output is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holds {
    /// The report.
    Report,
    /// The report and, where `show_contexts` of its section says so, the contexts.
    Contexts,
    /// The same as a directory of pages.
    Pages,
    /// What ran as recorded, contexts too: no source is needed.
    Facts,
}

/// From which size on a file is a burden.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Heavy {
    /// More bytes than this.
    pub bytes: u64,
    /// What to do about it.
    pub help: &'static str,
}

impl Format {
    /// A document of the report, with nothing special about it.
    #[must_use]
    pub const fn new(name: &'static str, default_path: Option<&'static str>) -> Self {
        Self {
            name,
            aliases: &[],
            by_default: false,
            default_path,
            section: None,
            place: None,
            holds: Holds::Report,
            sorts: false,
            heavy: None,
        }
    }

    /// Whether it is a directory.
    #[must_use]
    pub const fn is_site(&self) -> bool {
        matches!(self.holds, Holds::Pages)
    }
}

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
    /// In which format.
    pub format: &'static Format,
    /// Where it goes.
    pub place: Place,
}

/// Takes a page of a site: its name below the site's directory, and its bytes. Called from any thread.
pub type Put<'a> = dyn Fn(&str, &[u8]) -> std::io::Result<()> + Sync + 'a;

/// How scripts and style sheets of ours begin, so that a later run knows them for ours.
pub const MARK_OF_CODE: &str = "/* covmerge */\n";

/// How the user's style sheet begins in a site, so that it can be told from one that is not ours.
pub const EXTRA_MARK: &[u8] = b"/* covmerge: extra_css */\n";
