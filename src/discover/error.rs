//! Why no fragments were found.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use super::shown;
use crate::model::status::Status;
use crate::model::words::{by_number, counted, grouped, plural};

/// How many entries a list shows at most.
const MOST_LISTED: usize = 10;

/// How many directories advice names at most, before it names the one that holds them all.
const MOST_DIRECTORIES: usize = 4;

/// Why a fragment behind a link is not opened.
const LEADS_OUT: &str = "a symbolic link leads from there out of the searched directory";

/// Why no fragments were found.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No argument was given, and coverage.py's rule finds nothing.
    #[error("no fragment found: neither `{name}` nor `{name}.*` is in `{}`", .directory.display())]
    None {
        /// The base name of coverage.py's `data_file`.
        name: String,
        /// The directory in which it should be.
        directory: PathBuf,
        /// Files elsewhere below the working directory that look like fragments, in order.
        elsewhere: Vec<PathBuf>,
        /// Whether there are no others: the search ends after many entries.
        are_all: bool,
        /// The first file there that looks like the report of an earlier run.
        report: Option<PathBuf>,
    },
    /// No part has a fragment, and the run itself has none either.
    #[error("no fragment found: neither the working directory nor {} has any", any_of(*.parts))]
    NoneInParts {
        /// The number of parts.
        parts: u64,
        /// As in `None`.
        elsewhere: Vec<PathBuf>,
        /// As in `None`.
        are_all: bool,
        /// As in `None`.
        report: Option<PathBuf>,
    },
    /// Two parts name a fragment.
    #[error("two parts name the fragment `{}`: `{one}` and `{other}`", .path.display())]
    OfTwoParts {
        /// The fragment.
        path: PathBuf,
        /// The one part.
        one: String,
        /// The other one.
        other: String,
    },
    /// Files that are named for deletion are not fragments.
    #[error("{} not {}; nothing was deleted", foreign(.0), by_number(.0.len() as u64, "a fragment", "fragments"))]
    Foreign(Vec<PathBuf>),
    /// Some arguments lead to no fragment.
    #[error("{}", list(.0))]
    Unmatched(Vec<Unmatched>),
    /// An output would replace a fragment.
    #[error("an output would overwrite the fragment `{}`", .0.display())]
    Overwritten(PathBuf),
    /// Places must hold fragments, and no argument leads there.
    #[error("no FRAGMENT covers {}", expected(.0))]
    Uncovered(Vec<String>),
    /// The directory to search cannot be read.
    #[error("cannot look for fragments in `{}`", .path.display())]
    Unreadable {
        /// The directory.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
}

/// Why an argument leads to no fragment.
#[derive(Debug, thiserror::Error)]
pub enum Unmatched {
    /// There is no such file or directory.
    #[error("`{0}` does not exist")]
    Missing(String),
    /// The glob matches nothing.
    #[error("`{0}` matches no file")]
    Glob(String),
    /// The glob is not valid.
    #[error("`{0}` does not exist and is not a valid glob: a bracket is not closed, or a range runs backwards")]
    Pattern(String),
    /// The directory contains no fragment.
    #[error("`{name}` {}", nothing(but))]
    Nothing {
        /// The argument.
        name: String,
        /// The files that were skipped in it as reports of an earlier run, in order.
        but: Vec<PathBuf>,
        /// The archives that were passed over in it, each with the reason in words, in order.
        archives: Vec<(PathBuf, &'static str)>,
    },
    /// It is a pipe or a device.
    #[error("`{0}` is neither a file nor a directory")]
    Special(String),
    /// A search found it behind a link that leads out of the searched directory.
    #[error("`{}` was not opened: {LEADS_OUT}", .0.display())]
    Outside(PathBuf),
    /// Access to it fails.
    #[error("`{}` cannot be read: {source}", .path.display())]
    Unreadable {
        /// The path.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
}

impl Error {
    /// The exit status: data is missing, the command line is wrong, or the system is at fault.
    #[must_use]
    pub fn status(&self) -> Status {
        match self {
            Self::Unmatched(unmatched) if unmatched.iter().any(|one| matches!(one, Unmatched::Pattern(_))) => {
                Status::Usage
            }
            Self::None { .. } | Self::NoneInParts { .. } | Self::Unmatched(_) => Status::Incomplete,
            Self::OfTwoParts { .. } | Self::Foreign(_) | Self::Overwritten(_) | Self::Uncovered(_) => Status::Usage,
            Self::Unreadable { .. } => Status::NoReport,
        }
    }

    /// What to do about it; several lines if there are several causes.
    #[must_use]
    pub fn help(&self) -> Option<String> {
        match self {
            Self::None { elsewhere, are_all, report, .. } | Self::NoneInParts { elsewhere, are_all, report, .. } => Some(causes(elsewhere, *are_all, report.as_deref())),
            Self::Unmatched(unmatched) => {
                let mut advice: Vec<String> =
                    unmatched.iter().filter_map(Unmatched::report).take(1).map(named).collect();
                advice.extend(unmatched.iter().filter_map(Unmatched::archives));
                for one in unmatched {
                    if !advice.iter().any(|known| known == one.advice()) {
                        advice.push(one.advice().into());
                    }
                }
                Some(advice.join("\n"))
            }
            Self::OfTwoParts { .. } => {
                Some("correct `fragments` of one of them, or `data_file` in its settings, so that each fragment is of one part".into())
            }
            Self::Foreign(_) => Some("name only fragments, or the directory that holds them: other files in it stay".into()),
            Self::Overwritten(_) => {
                Some("write the output to another path; or delete that file first if an earlier run wrote it".into())
            }
            Self::Uncovered(_) => Some(
                "quote braces and globs for the shell; name the directory that holds the place too, or leave FRAGMENT out: the places are then searched"
                    .into(),
            ),
            Self::Unreadable { .. } => Some("make the directory readable, or name the fragments".into()),
        }
    }
}

impl Unmatched {
    /// The argument or path.
    #[must_use]
    pub fn name(&self) -> PathBuf {
        match self {
            Self::Missing(name)
            | Self::Glob(name)
            | Self::Pattern(name)
            | Self::Nothing { name, .. }
            | Self::Special(name) => name.into(),
            Self::Outside(path) | Self::Unreadable { path, .. } => path.clone(),
        }
    }

    /// Why it leads to no fragment, in a sentence whose subject is `it`.
    #[must_use]
    pub fn why(&self) -> String {
        match self {
            Self::Missing(_) => "it does not exist".into(),
            Self::Glob(_) => "it matches no file".into(),
            Self::Pattern(_) => "it is not a valid glob: a bracket is not closed, or a range runs backwards".into(),
            Self::Nothing { but, .. } => format!("it {}", nothing(but)),
            Self::Special(_) => "it is neither a file nor a directory".into(),
            Self::Outside(_) => format!("it was not opened: {LEADS_OUT}"),
            Self::Unreadable { source, .. } => source.to_string(),
        }
    }

    /// What to do about it; several lines if several steps are needed.
    #[must_use]
    pub fn help(&self) -> String {
        let lines = self.report().map(named).into_iter().chain(self.archives()).chain([self.advice().into()]);
        lines.collect::<Vec<String>>().join("\n")
    }

    /// What to do about all errors of this kind.
    fn advice(&self) -> &'static str {
        match self {
            Self::Missing(_) | Self::Glob(_) | Self::Nothing { .. } => {
                "fragments are usually hidden files: make sure that they are copied and uploaded (`include-hidden-files: true` for GitHub's \
                 upload-artifact), and quote globs for the shell"
            }
            Self::Pattern(_) => "close the bracket, write its range from low to high, or name an existing file",
            Self::Special(_) => "write the data to a file first, and name that file",
            Self::Outside(_) => {
                "if you trust whoever made the link, name the link as FRAGMENT, or allow the directory that it leads to with \
                 `--allow-outside-root=DIR`"
            }
            Self::Unreadable { source, .. }
                if matches!(source.kind(), ErrorKind::InvalidData | ErrorKind::FileTooLarge) =>
            {
                "re-create the archive, or copy it again"
            }
            Self::Unreadable { source, .. } if source.kind() == ErrorKind::Unsupported => {
                "unpack the archive, and name the directory"
            }
            Self::Unreadable { source, .. } if source.kind() == ErrorKind::NotADirectory => {
                "a file is named where a directory should be: correct the path"
            }
            Self::Unreadable { .. } => "make it readable, or name only files that can be read",
        }
    }

    /// Whether nothing is there; otherwise something is wrong with it.
    pub(super) const fn is_empty_place(&self) -> bool {
        matches!(self, Self::Missing(_) | Self::Glob(_) | Self::Nothing { .. })
    }

    /// The same error, with its path relative to the working directory if it lies below it.
    pub(super) fn below(self, cwd: &Path) -> Self {
        match self {
            Self::Unreadable { path, source } => Self::Unreadable { path: shown(&path, cwd), source },
            Self::Outside(path) => Self::Outside(shown(&path, cwd)),
            other => other,
        }
    }

    /// The first archive that was passed over, if any, and the number of the others.
    fn archives(&self) -> Option<String> {
        let Self::Nothing { archives, .. } = self else { return None };
        let ((path, why), rest) = archives.split_first()?;
        let more = if rest.is_empty() {
            String::new()
        } else {
            format!(", and {}", counted(rest.len() as u64, "more archive"))
        };
        Some(format!("passed over: `{}` {why}{more}", path.display()))
    }

    /// The first report that was skipped, if any.
    fn report(&self) -> Option<&Path> {
        match self {
            Self::Nothing { but, .. } => but.first().map(PathBuf::as_path),
            _ => None,
        }
    }
}

fn named(report: &Path) -> String {
    format!("name `{}` on the command line to read it", report.display())
}

/// The message about a directory without fragments.
fn nothing(but: &[PathBuf]) -> String {
    let mut text = String::from("holds nothing that looks like a fragment");
    if let [first, more @ ..] = but {
        _ = write!(text, " except `{}`", first.display());
        _ = match more.len() {
            0 => write!(text, ", which by its name is the report of an earlier run"),
            more => write!(text, " and {more} more like it, which by their names are reports of earlier runs"),
        };
    }
    text
}

fn any_of(parts: u64) -> String {
    if parts == 1 { "the part".into() } else { format!("one of {} parts", grouped(parts)) }
}

fn foreign(files: &[PathBuf]) -> String {
    let named: Vec<String> = files.iter().take(MOST_LISTED).map(|path| format!("`{}`", path.display())).collect();
    let more = match files.len().saturating_sub(MOST_LISTED) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    format!("{}{more} {}", named.join(", "), by_number(files.len() as u64, "is", "are"))
}

fn expected(places: &[String]) -> String {
    let named: Vec<String> = places.iter().take(MOST_LISTED).map(|place| format!("`{place}`")).collect();
    let more = match places.len().saturating_sub(MOST_LISTED) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    format!("{} {}{more}", plural(places.len() as u64, "the expected place"), named.join(", "))
}

fn list(unmatched: &[Unmatched]) -> String {
    let mut text = String::new();
    for (index, one) in unmatched.iter().take(MOST_LISTED).enumerate() {
        let end = if index == 0 { "" } else { "; " };
        _ = write!(text, "{end}{one}");
    }
    if unmatched.len() > MOST_LISTED {
        _ = write!(text, "; and {} more", unmatched.len() - MOST_LISTED);
    }
    text
}

/// Arguments that cover all of these files, none of them to be quoted for the shell: the directory that holds them all, or a few, or this one.
fn directories(files: &[PathBuf]) -> String {
    let parents: BTreeSet<&Path> = files.iter().filter_map(|file| file.parent()).collect();
    let common = parents
        .iter()
        .copied()
        .reduce(|one, other| one.ancestors().find(|above| other.starts_with(above)).unwrap_or(Path::new("")));
    let tops = || parents.iter().filter_map(|parent| parent.iter().next()).map(Path::new).collect::<BTreeSet<&Path>>();
    let covering = match common {
        Some(common) if !common.as_os_str().is_empty() => BTreeSet::from([common]),
        _ if parents.contains(Path::new("")) => BTreeSet::new(),
        _ => tops(),
    };
    let is_plain = |path: &&Path| {
        path.to_str().is_some_and(|path| path.bytes().all(is_plain_for_shells) && !path.starts_with('-'))
    };
    if covering.is_empty() || covering.len() > MOST_DIRECTORIES || !covering.iter().all(is_plain) {
        return ".".into();
    }
    covering.iter().map(|path| path.display().to_string()).collect::<Vec<String>>().join(" ")
}

const fn is_plain_for_shells(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b'/' | b'+' | b'@' | b'%' | b':' | b',')
}

/// The usual causes, the most likely one first.
fn causes(elsewhere: &[PathBuf], are_all: bool, report: Option<&Path>) -> String {
    let mut help = String::new();
    if !elsewhere.is_empty() {
        let named: Vec<String> =
            elsewhere.iter().take(MOST_LISTED).map(|path| format!("`{}`", path.display())).collect();
        _ = write!(help, "these look like fragments: {}", named.join(", "));
        if elsewhere.len() > MOST_LISTED {
            _ = write!(help, " and {} more", elsewhere.len() - MOST_LISTED);
        }
        _ = writeln!(
            help,
            "; name them or their directory: `covmerge {}`",
            if are_all { directories(elsewhere) } else { ".".into() }
        );
    } else if let Some(report) = report {
        _ = writeln!(help, "`{0}` looks like a report; name it to read it: `covmerge {0}`", report.display());
    }
    help.push_str(
        "the usual causes:\n\
         - the artifact step left hidden files out: give GitHub's upload-artifact `include-hidden-files: true`\n\
         - without `parallel = true` in coverage.py's settings each process overwrites the data of the one before\n\
         - the fragments are in another directory: name it, or set `data_file`",
    );
    help
}
