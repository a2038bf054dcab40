//! A directory of pages on its way to its place: drafted elsewhere, and put in place when it is complete.
//!
//! - a directory that does not exist yet appears at once, by one rename
//! - in an existing directory only changed pages are replaced; pages of an earlier report that are no longer made are removed
//! - files that are not ours are never removed, and nothing is written outside the directory, whatever links exist

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use super::changes::{Change, Kind};
use super::contents::{DIRECTORIES, IGNORED, MARK, begins_with};
use super::created::Created;
use super::stage::{Stage, holds_nothing};
use crate::model::output::EXTRA_MARK;
use crate::regular;

/// A site being made.
pub(super) struct Site {
    /// Its directory; absolute, with links followed.
    target: PathBuf,
    /// Whether the directory exists.
    exists: bool,
    /// Whether the directory does not exist, or contains only drafts.
    is_new: bool,
    stage: Stage,
    made: Mutex<Made>,
}

/// The files made so far.
#[derive(Default)]
struct Made {
    /// All files of the site, drafted or unchanged.
    names: BTreeSet<String>,
    /// The files that were drafted.
    drafted: Vec<String>,
    bytes: u64,
}

impl Site {
    /// Begins a site in `target`, which is a directory or does not exist.
    pub(super) fn begin(target: &Path) -> io::Result<Self> {
        let exists = target.is_dir();
        // The draft is beside or inside the target, so that a rename is enough; an existing directory may be on another file system.
        let near = if exists { target } else { target.parent().unwrap_or(target) };
        let stage = Stage::new(near)?;
        let is_new = !exists || holds_nothing(target);
        for directory in DIRECTORIES {
            let there = target.join(directory);
            if there.symlink_metadata().is_ok_and(|metadata| !metadata.is_dir()) {
                return Err(io::Error::new(
                    io::ErrorKind::NotADirectory,
                    format!("`{}` is not a directory", there.display()),
                ));
            }
        }
        Ok(Self { target: target.to_owned(), exists, is_new, stage, made: Mutex::default() })
    }

    /// Drafts a file. We generate `name`: `index.html`, `files/plan.py-0f3a.html`.
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

    /// The changes that put the site in its place.
    pub(super) fn changes(&mut self, created: &mut Created) -> io::Result<Vec<Change>> {
        if self.is_new {
            // Version control should not offer files that each run creates; coverage.py does the same.
            fs::write(self.stage.path().join(IGNORED), "# made by covmerge\n*\n")?;
        }
        // It may have been made since this one began.
        if !self.exists && !self.target.is_dir() {
            self.stage.unlock();
            return Ok(vec![Change {
                kind: Kind::Appear,
                draft: self.stage.path().to_owned(),
                target: self.target.clone(),
            }]);
        }
        let Made { names, drafted, .. } = self.made.get_mut().unwrap_or_else(PoisonError::into_inner);
        for directory in DIRECTORIES {
            created.directory(&self.target.join(directory))?;
        }
        // The overview comes last: the pages that it links to are then in place.
        drafted.sort_by_key(|name| (name == "index.html", !name.contains('/')));
        let change =
            |kind, name: &str| Change { kind, draft: self.stage.path().join(name), target: self.target.join(name) };
        let mut changes: Vec<Change> = drafted.iter().map(|name| change(Kind::Put, name)).collect();
        for directory in DIRECTORIES {
            changes.extend(stale(&self.target, directory, names)?.iter().map(|name| change(Kind::Remove, name)));
        }
        if !names.contains("extra.css") && begins_with(&self.target.join("extra.css"), EXTRA_MARK) {
            changes.push(change(Kind::Remove, "extra.css"));
        }
        if self.is_new && self.target.join(IGNORED).symlink_metadata().is_err() {
            changes.push(change(Kind::Put, IGNORED));
        }
        Ok(changes)
    }
}

/// Whether `path` is a file with these bytes, and not a link to one.
fn is_same(path: &Path, bytes: &[u8]) -> bool {
    path.symlink_metadata().is_ok_and(|metadata| metadata.is_file() && metadata.len() == bytes.len() as u64)
        && regular::read(path).is_ok_and(|there| there == bytes)
}

/// The pages of a directory of the site that an earlier report made and this one does not.
fn stale(target: &Path, directory: &str, names: &BTreeSet<String>) -> io::Result<Vec<String>> {
    let mut stale = Vec::new();
    for entry in fs::read_dir(target.join(directory))? {
        let entry = entry?;
        let Ok(own) = entry.file_name().into_string() else { continue };
        let name = format!("{directory}/{own}");
        let is_file = entry.file_type().is_ok_and(|kind| kind.is_file());
        let is_html = Path::new(&own).extension().is_some_and(|extension| extension == "html");
        if !is_file || !is_html || names.contains(&name) {
            continue;
        }
        // Whether a page that cannot be read is an old one nobody knows.
        let mut head = Vec::with_capacity(MARK.len());
        regular::open(&entry.path())
            .and_then(|(page, _)| page.take(MARK.len() as u64).read_to_end(&mut head))
            .map_err(|error| io::Error::new(error.kind(), format!("`{}`: {error}", entry.path().display())))?;
        if head == MARK {
            stale.push(name);
        }
    }
    stale.sort();
    Ok(stale)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::publish::changes::make_all;

    fn page(text: &str) -> Vec<u8> {
        [MARK, text.as_bytes()].concat()
    }

    fn publish(target: &Path, pages: &[(&str, &[u8])]) -> io::Result<()> {
        let mut created = Created::default();
        created.directory(target.parent().unwrap())?;
        let mut site = Site::begin(target)?;
        for (name, bytes) in pages {
            site.put(name, bytes)?;
        }
        put_in_place(&mut site)?;
        created.keep();
        Ok(())
    }

    fn put_in_place(site: &mut Site) -> io::Result<()> {
        let mut created = Created::default();
        make_all(&site.changes(&mut created)?).map_err(|failed| failed.source)?;
        created.keep();
        Ok(())
    }

    /// All files below a directory, sorted.
    fn files(directory: &Path) -> Vec<String> {
        fn collect(directory: &Path, below: &str, into: &mut Vec<String>) {
            for entry in fs::read_dir(directory).unwrap().map(Result::unwrap) {
                let name = format!("{below}{}", entry.file_name().to_str().unwrap());
                if entry.file_type().unwrap().is_dir() {
                    collect(&entry.path(), &format!("{name}/"), into);
                } else {
                    into.push(name);
                }
            }
        }
        let mut found = Vec::new();
        collect(directory, "", &mut found);
        found.sort();
        found
    }

    #[test]
    fn a_new_site_appears_whole_and_for_everybody() {
        let cwd = tempfile::tempdir().unwrap();
        let target = cwd.path().join("deep/er/htmlcov");
        publish(&target, &[("index.html", &page("i")), ("files/a.html", &page("a")), ("dirs/d.html", &page("d"))])
            .unwrap();
        assert_eq!(
            files(cwd.path()),
            [".gitignore", "dirs/d.html", "files/a.html", "index.html"].map(|name| format!("deep/er/htmlcov/{name}"))
        );
        let ordinary = cwd.path().join("ordinary");
        fs::create_dir(&ordinary).unwrap();
        assert_eq!(fs::metadata(&target).unwrap().permissions(), fs::metadata(&ordinary).unwrap().permissions());
    }

    #[test]
    fn a_site_that_is_not_published_leaves_nothing() {
        let cwd = tempfile::tempdir().unwrap();
        let site = Site::begin(&cwd.path().join("htmlcov")).unwrap();
        site.put("index.html", &page("i")).unwrap();
        drop(site);
        assert_eq!(files(cwd.path()), [""; 0]);
        assert!(!cwd.path().join("htmlcov").exists());
    }

    #[test]
    fn a_directory_is_new_as_long_as_only_drafts_are_in_it() {
        let cwd = tempfile::tempdir().unwrap();
        let is_ignored = |name: &str, beside: &[&str]| {
            let target = cwd.path().join(name);
            for file in beside {
                fs::create_dir_all(&target).unwrap();
                fs::write(target.join(file), "").unwrap();
            }
            publish(&target, &[("index.html", &page("i"))]).unwrap();
            target.join(".gitignore").exists()
        };
        assert!(is_ignored("new", &[]));
        assert!(is_ignored("for-two-outputs", &[".covmerge-draft.tmp"]));
        assert!(!is_ignored("there-already", &["notes.txt"]));
        // Another output made the directory after this one began.
        let target = cwd.path().join("made-meanwhile");
        let mut site = Site::begin(&target).unwrap();
        fs::create_dir(&target).unwrap();
        fs::write(target.join("coverage.xml"), "").unwrap();
        site.put("index.html", &page("i")).unwrap();
        put_in_place(&mut site).unwrap();
        drop(site);
        assert_eq!(files(&target), [".gitignore", "coverage.xml", "index.html"]);
    }

    #[test]
    fn pages_that_did_not_change_are_left_alone() {
        let cwd = tempfile::tempdir().unwrap();
        let modified = |name: &str| fs::metadata(cwd.path().join(name)).unwrap().modified().unwrap();
        publish(cwd.path(), &[("index.html", &page("i")), ("files/a.html", &page("a"))]).unwrap();
        let long_ago = std::time::UNIX_EPOCH + std::time::Duration::from_secs(1_000_000);
        for name in ["index.html", "files/a.html"] {
            fs::File::options().write(true).open(cwd.path().join(name)).unwrap().set_modified(long_ago).unwrap();
        }
        publish(cwd.path(), &[("index.html", &page("j")), ("files/a.html", &page("a"))]).unwrap();
        assert!(modified("index.html") > long_ago);
        assert_eq!(modified("files/a.html"), long_ago);
    }

    #[test]
    fn stale_pages_of_ours_go_and_what_is_not_ours_stays() {
        let cwd = tempfile::tempdir().unwrap();
        publish(
            cwd.path(),
            &[("index.html", &page("i")), ("files/old.html", &page("o")), ("dirs/old.html", &page("o"))],
        )
        .unwrap();
        for (name, bytes) in [
            ("files/theirs.html", &b"<!doctype html>\n<p>mine"[..]),
            ("files/notes.txt", &page("not a page")),
            ("notes.html", &page("not where pages are")),
            ("z_0_a_py.html", b"<!DOCTYPE html>\ncoverage.py's"),
        ] {
            fs::write(cwd.path().join(name), bytes).unwrap();
        }
        publish(cwd.path(), &[("index.html", &page("i")), ("files/new.html", &page("n"))]).unwrap();
        let ours = [".gitignore", "files/new.html", "index.html"];
        let theirs = ["files/notes.txt", "files/theirs.html", "notes.html", "z_0_a_py.html"];
        let all: BTreeSet<&str> = ours.into_iter().chain(theirs).collect();
        assert!(files(cwd.path()).iter().map(String::as_str).eq(all));
    }

    #[test]
    fn of_two_runs_that_make_the_same_new_site_both_succeed() {
        let cwd = tempfile::tempdir().unwrap();
        let target = cwd.path().join("htmlcov");
        let (one, other) = (Site::begin(&target).unwrap(), Site::begin(&target).unwrap());
        for (mut site, name) in [(one, "files/one.html"), (other, "files/other.html")] {
            site.put("index.html", &page(name)).unwrap();
            site.put(name, &page(name)).unwrap();
            put_in_place(&mut site).unwrap();
        }
        assert_eq!(files(&target), [".gitignore", "files/other.html", "index.html"]);
        assert_eq!(fs::read(target.join("index.html")).unwrap(), page("files/other.html"));
        assert_eq!(fs::read_dir(cwd.path()).unwrap().count(), 1, "nothing else is left");
    }

    #[test]
    fn a_style_sheet_that_is_no_longer_asked_for_goes_if_it_is_ours() {
        let cwd = tempfile::tempdir().unwrap();
        let index = page("i");
        publish(cwd.path(), &[("index.html", &index), ("extra.css", &[EXTRA_MARK, b"a{}"].concat())]).unwrap();
        publish(cwd.path(), &[("index.html", &index)]).unwrap();
        assert_eq!(files(cwd.path()), [".gitignore", "index.html"]);
        fs::write(cwd.path().join("extra.css"), "theirs").unwrap();
        publish(cwd.path(), &[("index.html", &index)]).unwrap();
        assert_eq!(files(cwd.path()), [".gitignore", "extra.css", "index.html"]);
    }

    #[cfg(unix)]
    #[test]
    fn nothing_is_written_through_links_that_lie_about() {
        use std::os::unix::fs::symlink;

        let (cwd, elsewhere) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        fs::write(elsewhere.path().join("precious"), "theirs").unwrap();
        symlink(elsewhere.path().join("precious"), cwd.path().join("index.html")).unwrap();
        publish(cwd.path(), &[("index.html", &page("i"))]).unwrap();
        assert_eq!(fs::read_to_string(elsewhere.path().join("precious")).unwrap(), "theirs");
        fs::remove_dir(cwd.path().join("files")).unwrap();
        symlink(elsewhere.path(), cwd.path().join("files")).unwrap();
        let error = publish(cwd.path(), &[("files/a.html", &page("a"))]).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::NotADirectory);
        assert_eq!(files(elsewhere.path()), ["precious"]);
    }
}
