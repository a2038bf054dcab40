//! Tells the files of a report from other files: by their names and by their first bytes.

use std::io::{self, Read as _};
use std::path::Path;

use crate::model::output::{EXTRA_MARK, MARK_OF_CODE};
use crate::regular;

/// The directories of a site, besides its root.
pub(super) const DIRECTORIES: [&str; 2] = ["files", "dirs"];

/// The file that keeps a site out of version control.
pub(super) const IGNORED: &str = ".gitignore";

/// The beginning of every page of ours: only files that begin with it are removed.
pub(super) const MARK: &[u8] = b"<!doctype html>\n<!-- covmerge -->\n";

/// The beginning of a picture of ours.
const MARKED_PICTURE: &[u8] = b"<!-- covmerge -->";

/// The files in the root of a site.
const FILES: [&str; 8] =
    ["index.html", "functions.html", "style.css", "covmerge.js", "files.js", "functions.js", "icon.svg", "extra.css"];

/// Whether a site has or may have a file of this name, relative to its directory.
pub(super) fn may_have(name: &Path) -> bool {
    let Some(first) = name.iter().next() else { return true };
    DIRECTORIES.iter().any(|directory| first == *directory) || FILES.iter().any(|file| name.as_os_str() == *file)
}

/// Whether an overview is coverage.py's: by its script, and the version that it names.
fn is_of_coveragepy(index: &str) -> bool {
    index.contains(r#"src="coverage_html"#) && index.contains(">coverage.py v")
}

/// The first file in `target` that a site would replace although it is not part of a report by covmerge or coverage.py; `extra` is whether the
/// site has a style sheet of the user's.
///
/// # Errors
/// A file cannot be read, so that nobody knows whether it is one.
pub(super) fn foreign(target: &Path, extra: bool) -> io::Result<Option<&'static str>> {
    let index = head(&target.join("index.html"), 8_192)?;
    // The files beside an overview of ours were made with it.
    let is_report = index.starts_with(MARK);
    let marks = [MARK, MARK_OF_CODE.as_bytes(), MARKED_PICTURE, EXTRA_MARK];
    let longest = marks.iter().map(|mark| mark.len()).max().unwrap_or_default();
    let asked = |name: &&str| if *name == "extra.css" { extra } else { !is_report };
    for name in FILES.into_iter().filter(asked) {
        let path = target.join(name);
        let head = head(&path, longest)?;
        let is_ours = marks.iter().any(|mark| head.starts_with(mark))
            || (name == "index.html" && is_of_coveragepy(&String::from_utf8_lossy(&index)));
        if path.symlink_metadata().is_ok() && !is_ours {
            return Ok(Some(name));
        }
    }
    Ok(None)
}

pub(super) fn begins_with(path: &Path, mark: &[u8]) -> bool {
    head(path, mark.len()).is_ok_and(|head| head == mark)
}

/// Whether a file is one that a report of ours made and may no longer make.
pub(super) fn is_page(path: &Path) -> bool {
    let extension = path.extension();
    extension.is_some_and(|extension| extension == "html") && begins_with(path, MARK)
        || path.ends_with("extra.css") && begins_with(path, EXTRA_MARK)
}

/// The first `length` bytes of a file, or all of a shorter one; empty if there is no file or something else.
fn head(path: &Path, length: usize) -> io::Result<Vec<u8>> {
    let mut head = Vec::with_capacity(length);
    let read = regular::open(path).and_then(|(file, _)| file.take(length as u64).read_to_end(&mut head));
    match read {
        Err(error) if !matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::Other) => Err(error),
        _ => Ok(head),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_directory_that_is_somebody_elses_is_told_from_a_report() {
        let cwd = tempfile::tempdir().unwrap();
        let index = cwd.path().join("index.html");
        let foreign = |extra| super::foreign(cwd.path(), extra).unwrap();
        fs::write(cwd.path().join("notes.txt"), "mine").unwrap();
        // A file left by a run that was killed before it wrote the overview.
        fs::write(cwd.path().join("covmerge.js"), MARK_OF_CODE).unwrap();
        assert_eq!(foreign(true), None);
        fs::write(cwd.path().join("extra.css"), "mine").unwrap();
        assert_eq!((foreign(true), foreign(false)), (Some("extra.css"), None));
        fs::write(cwd.path().join("style.css"), "mine").unwrap();
        assert_eq!(foreign(true), Some("style.css"));
        #[cfg(unix)]
        {
            let pipe = cwd.path().join("functions.html");
            assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
            assert_eq!(foreign(true), Some("functions.html"), "nobody waits at a pipe");
        }
        fs::write(&index, "<html>mine").unwrap();
        assert_eq!(foreign(true), Some("index.html"));
        for name in ["functions.html", "style.css", "extra.css"] {
            _ = fs::remove_file(cwd.path().join(name));
        }
        for (text, of) in [
            (
                "<script src=\"coverage_html_cb_54cfdca1.js\" defer></script>\n<a class=\"nav\">coverage.py v7.17.3</a>",
                None,
            ),
            ("<p>Made with coverage.py v7.6", Some("index.html")),
        ] {
            fs::write(&index, text).unwrap();
            assert_eq!(foreign(true), of, "{text}");
        }
    }
}
