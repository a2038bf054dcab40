//! `covmerge clean`: deletes fragments.

use std::fmt;
use std::fmt::Write as _;
use std::io::{self, ErrorKind, Read as _};
use std::path::{Path, PathBuf};

use crate::model::words::counted;
use crate::python::text::printable::neutralised;
use crate::{packed, read, regular};

/// The error where nobody can be asked.
pub const UNASKED: &str = "nothing was deleted: without a terminal, covmerge cannot ask";

/// What to do about it.
pub const UNASKED_HELP: &str = "look at the list, and delete these files with `covmerge clean --yes`";

/// How many bytes of a file to read before deciding whether the rest is needed.
const HEAD: u64 = 4096;

/// Whether the file is a fragment by its content: any other database, or any other JSON, is not.
#[must_use]
pub fn is_fragment(path: &Path) -> bool {
    let recognised = |bytes: &[u8]| {
        let unpacked = packed::beginning(bytes, HEAD);
        let bytes = unpacked.as_deref().unwrap_or(bytes);
        read::FORMATS.iter().any(|format| (format.search.recognises)(bytes))
    };
    let Ok((mut file, _)) = regular::open(path) else { return false };
    let mut bytes = Vec::new();
    if file.by_ref().take(HEAD).read_to_end(&mut bytes).is_err() {
        return false;
    }
    // JSON may name its tool at the end.
    recognised(&bytes) || bytes.first() == Some(&b'{') && file.read_to_end(&mut bytes).is_ok() && recognised(&bytes)
}

/// The list of the files.
#[must_use]
pub fn list(files: &[PathBuf]) -> String {
    let mut text = String::new();
    for file in files {
        _ = writeln!(text, "{}", shown(file));
    }
    text
}

/// The question whether they are to be deleted.
#[must_use]
pub fn question(files: &[PathBuf]) -> String {
    format!("delete {}? [y/N] ", counted(files.len() as u64, "file"))
}

/// Whether the answer is yes.
#[must_use]
pub fn is_yes(answer: &str) -> bool {
    let answer = answer.trim();
    ["y", "yes"].iter().any(|yes| answer.eq_ignore_ascii_case(yes))
}

/// A warning for each path that stays: files that are not fragments, and archives that hold some.
#[must_use]
pub fn staying(others: &[PathBuf], archives: &[PathBuf]) -> String {
    let mut text = String::new();
    for path in others {
        _ = writeln!(text, "warning: `{}` stays: it is not a fragment", shown(path));
    }
    for path in archives {
        _ = writeln!(text, "warning: `{}` stays: an archive may hold other files, too", shown(path));
    }
    text
}

/// The result of deleting files.
#[derive(Debug, Default)]
pub struct Deleted {
    /// The number of files that were deleted.
    pub number: u64,
    /// The others, each with the system's reason.
    pub failed: Vec<(PathBuf, io::Error)>,
}

impl Deleted {
    /// The errors of those that could not be deleted.
    #[must_use]
    pub fn failures(&self) -> String {
        let mut text = String::new();
        for (path, why) in &self.failed {
            _ = writeln!(
                text,
                "error: cannot delete `{}`\n  because: {why}\n  help: make its directory writable, or delete it by hand",
                shown(path)
            );
        }
        text
    }
}

impl fmt::Display for Deleted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "deleted {}", counted(self.number, "file"))
    }
}

/// Deletes the files, which are relative to `cwd`. Of a link, the link is deleted. One that has gone in the meantime is not an error.
#[must_use]
pub fn delete(files: &[PathBuf], cwd: &Path) -> Deleted {
    let mut deleted = Deleted::default();
    for file in files {
        match std::fs::remove_file(cwd.join(file)) {
            Ok(()) => deleted.number += 1,
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => deleted.failed.push((file.clone(), error)),
        }
    }
    deleted
}

fn shown(path: &Path) -> String {
    neutralised(&path.to_string_lossy()).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_yes_is_a_yes() {
        for answer in ["y\n", "Y\r\n", "yes", " YES \n"] {
            assert!(is_yes(answer), "{answer}");
        }
        for answer in ["", "\n", "n\n", "no", "yess", "y y", "j"] {
            assert!(!is_yes(answer), "{answer}");
        }
    }
}
