//! Outputs: their formats and destinations.

use std::path::PathBuf;

/// An output format: its properties, without the function that writes it.
#[derive(Debug, PartialEq, Eq)]
pub struct Format {
    /// Its name on the command line.
    pub name: &'static str,
    /// Other tools' names for it.
    pub aliases: &'static [&'static str],
    /// Whether it is written if no output is named.
    pub by_default: bool,
    /// Its path if none is given, relative to the working directory; `None` for standard output.
    pub default_path: Option<&'static str>,
    /// Its section of coverage.py's settings.
    pub section: Option<&'static str>,
    /// The option of that section that names its path.
    pub place: Option<&'static str>,
    /// Its contents.
    pub holds: Holds,
    /// Whether it shows the texts of the sources.
    pub shows_texts: bool,
    /// Whether it has rows that `--sort` sorts.
    pub sorts: bool,
    /// The size above which it is a burden.
    pub heavy: Option<Heavy>,
}

/// The contents of an output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holds {
    /// The report.
    Report,
    /// The report and, with `show_contexts` in its section, the contexts.
    Contexts,
    /// The same as a directory of pages.
    Pages,
    /// The facts as recorded, with their contexts: no source is needed.
    Facts,
}

/// The size above which a file is a burden.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Heavy {
    /// The size in bytes.
    pub bytes: u64,
    /// The remedy.
    pub help: &'static str,
}

impl Format {
    /// A document of the report, without special properties.
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
            shows_texts: false,
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

/// The destination of an output.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// Standard output.
    Stdout,
    /// A file; the path as the user wrote it.
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

/// A requested output.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// Its format.
    pub format: &'static Format,
    /// Its destination.
    pub place: Place,
}

/// Takes a page of a site: its name below the site's directory, and its bytes. Called from any thread.
pub type Put<'a> = dyn Fn(&str, &[u8]) -> std::io::Result<()> + Sync + 'a;

/// The file that lies beside outputs while they are replaced, and stays if the run is killed meanwhile.
pub const JOURNAL: &str = ".covmerge-journal";

/// The beginning of our scripts and style sheets, by which a later run recognises them.
pub const MARK_OF_CODE: &str = "/* covmerge */\n";

/// The beginning of the user's style sheet in a site, by which a later run recognises it.
pub const EXTRA_MARK: &[u8] = b"/* covmerge: extra_css */\n";
