//! A directory of pages on its way to its place: drafted aside, put in place when all of it is there.
//!
//! - a directory that does not exist yet appears at once, by one rename
//! - into one that exists only the pages go that changed, each by a rename; pages of an earlier report that are no longer made are removed
//! - files that are not ours are never removed; nothing is written outside, whatever links lie about

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use tempfile::TempDir;

/// The directories of a site, besides its root.
const DIRECTORIES: [&str; 2] = ["files", "dirs"];

/// How every page of ours begins: what is removed must begin so.
const MARK: &[u8] = b"<!doctype html>\n<!-- covmerge -->\n";

/// A site in the making.
pub(super) struct Site {
    /// Where it goes; absolute, links followed.
    target: PathBuf,
    /// Whether there is a directory already.
    exists: bool,
    stage: TempDir,
    made: Mutex<Made>,
}

/// What was drafted so far.
#[derive(Default)]
struct Made {
    /// Every file of the site, drafted or the same as before.
    names: BTreeSet<String>,
    /// Those that were drafted.
    drafted: Vec<String>,
    bytes: u64,
}

impl Site {
    /// Begins a site for `target`, which is a directory or does not exist.
    pub(super) fn begin(target: &Path) -> io::Result<Self> {
        let exists = target.is_dir();
        // Beside or inside, so that a rename is enough; a directory that exists may be another file system.
        let near = if exists { target } else { target.parent().unwrap_or(target) };
        fs::create_dir_all(near)?;
        let stage = tempfile::Builder::new().prefix(".covmerge-").suffix(".tmp").tempdir_in(near)?;
        for directory in DIRECTORIES {
            fs::create_dir(stage.path().join(directory))?;
            let there = target.join(directory);
            if there.symlink_metadata().is_ok_and(|metadata| !metadata.is_dir()) {
                return Err(io::Error::new(
                    io::ErrorKind::NotADirectory,
                    format!("`{}` is no directory", there.display()),
                ));
            }
        }
        Ok(Self { target: target.to_owned(), exists, stage, made: Mutex::default() })
    }

    /// Drafts a file; `name` is of our making: `index.html`, `files/plan.py-0f3a.html`.
    pub(super) fn put(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        let same = self.exists && is_same(&self.target.join(name), bytes);
        if !same {
            fs::write(self.stage.path().join(name), bytes)?;
        }
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        made.bytes += bytes.len() as u64;
        made.names.insert(name.to_owned());
        if !same {
            made.drafted.push(name.to_owned());
        }
        Ok(())
    }

    /// The size of the whole site so far, in bytes.
    pub(super) fn bytes(&self) -> u64 {
        self.made.lock().unwrap_or_else(PoisonError::into_inner).bytes
    }

    /// Puts the site in its place.
    pub(super) fn publish(self) -> io::Result<()> {
        let Made { names, mut drafted, .. } = self.made.into_inner().unwrap_or_else(PoisonError::into_inner);
        if !self.exists {
            // Version control shall not offer what is made anew in each run; coverage.py does the same.
            fs::write(self.stage.path().join(".gitignore"), "# made by covmerge\n*\n")?;
            open_to_others(self.stage.path())?;
            // The directory is no longer temporary once it has its name.
            return fs::rename(self.stage.keep(), &self.target);
        }
        for directory in DIRECTORIES {
            fs::create_dir_all(self.target.join(directory))?;
        }
        // The overview last: what it links to is there by then.
        drafted.sort_by_key(|name| (name == "index.html", !name.contains('/')));
        for name in &drafted {
            fs::rename(self.stage.path().join(name), self.target.join(name))?;
        }
        for directory in DIRECTORIES {
            remove_stale(&self.target.join(directory), directory, &names)?;
        }
        Ok(())
    }
}

/// Whether a file of these bytes is there; not a link to one.
fn is_same(path: &Path, bytes: &[u8]) -> bool {
    path.symlink_metadata().is_ok_and(|metadata| metadata.is_file() && metadata.len() == bytes.len() as u64)
        && fs::read(path).is_ok_and(|there| there == bytes)
}

/// A temporary directory is its owner's alone; a report is everybody's, less the umask, which a new directory tells.
#[cfg(unix)]
fn open_to_others(stage: &Path) -> io::Result<()> {
    let ordinary = fs::metadata(stage.join(DIRECTORIES[0]))?.permissions();
    fs::set_permissions(stage, ordinary)
}

#[cfg(not(unix))]
fn open_to_others(_: &Path) -> io::Result<()> {
    Ok(())
}

/// Removes the pages of `directory` that an earlier report made and this one does not.
fn remove_stale(directory: &Path, name: &str, names: &BTreeSet<String>) -> io::Result<()> {
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        let Ok(own) = entry.file_name().into_string() else { continue };
        let is_page =
            Path::new(&own).extension().is_some_and(|extension| extension == "html") && entry.file_type()?.is_file();
        if is_page && !names.contains(&format!("{name}/{own}")) && begins_with_mark(&entry.path()) {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

fn begins_with_mark(path: &Path) -> bool {
    use io::Read as _;
    let mut head = [0; MARK.len()];
    fs::File::open(path).and_then(|mut file| file.read_exact(&mut head)).is_ok() && head == MARK
}
