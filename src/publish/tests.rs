use std::collections::BTreeSet;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::changes::{Change, Kind, by_a_copy, make_all};
use super::journal::{self, Journal};
use super::plan::tests::known;
use super::{Error, Make, Published, Written, plan};
use crate::model::output::{JOURNAL, Place, Put, Request};

/// Writes these outputs: a document of one line, or a site of one page.
fn run(cwd: &Path, outputs: &[(&'static str, &str)], stdout: &mut dyn Write) -> Result<Vec<Written>, Error> {
    write(cwd, outputs, "a", stdout).map(|published| published.written)
}

/// The same, where each document begins with this word.
fn write(cwd: &Path, outputs: &[(&'static str, &str)], word: &str, stdout: &mut dyn Write) -> Result<Published, Error> {
    let place = |path: &str| if path == "-" { Place::Stdout } else { Place::File(path.into()) };
    let request = |&(format, path): &(_, &str)| Request { format: known(format), place: place(path) };
    let plan = plan(outputs.iter().map(request).collect(), cwd, false)?;
    let document = |request: &Request, out: &mut dyn Write| writeln!(out, "{word} {}", request.format.name);
    let site = |_: &Request, put: &Put<'_>| {
        put("index.html", format!("<!doctype html>\n<!-- covmerge -->\n{word}").as_bytes())
    };
    super::write(&plan, Make { document: &document, site: &site }, cwd, stdout)
}

fn names(directory: &Path) -> Vec<String> {
    let entries = fs::read_dir(directory).unwrap();
    let mut names: Vec<String> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// A standard output that fails with this kind of error.
struct Failing(io::ErrorKind);

impl Write for Failing {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        Err(self.0.into())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn every_output_is_written_where_it_belongs() {
    let cwd = tempfile::tempdir().unwrap();
    let mut stdout = Vec::new();
    let written =
        run(cwd.path(), &[("total", "-"), ("xml", "deep/er/a.xml"), ("lcov", "a.info")], &mut stdout).unwrap();
    assert_eq!(stdout, b"a total\n");
    assert_eq!(written[0], Written { format: known("total"), place: Place::Stdout, bytes: 8, is_file: false });
    assert_eq!(written[1].bytes, fs::metadata(cwd.path().join("deep/er/a.xml")).unwrap().len());
    assert_eq!(
        (names(cwd.path()), names(&cwd.path().join("deep/er"))),
        (vec!["a.info".into(), "deep".into()], vec!["a.xml".into()])
    );
}

#[test]
fn a_failure_leaves_old_files_as_they_were_and_nothing_new() {
    let cwd = tempfile::tempdir().unwrap();
    fs::write(cwd.path().join("a.xml"), "old").unwrap();
    let mut full = Failing(io::ErrorKind::StorageFull);
    let error = run(cwd.path(), &[("xml", "a.xml"), ("json", "b.json"), ("text", "-")], &mut full).unwrap_err();
    assert_eq!(error.to_string(), "cannot write `text` to standard output");
    assert_eq!(
        (names(cwd.path()), fs::read_to_string(cwd.path().join("a.xml")).unwrap()),
        (vec!["a.xml".into()], "old".into())
    );
}

#[test]
fn a_reader_who_has_enough_keeps_no_other_output_back() {
    let cwd = tempfile::tempdir().unwrap();
    let mut closed = Failing(io::ErrorKind::BrokenPipe);
    let written = run(cwd.path(), &[("text", "-"), ("xml", "a.xml")], &mut closed).unwrap();
    assert_eq!((written[0].bytes, names(cwd.path())), (0, vec!["a.xml".into()]));
}

#[cfg(unix)]
#[test]
fn permissions_are_kept_and_links_written_through() {
    use std::os::unix::fs::{PermissionsExt, symlink};

    let cwd = tempfile::tempdir().unwrap();
    let path = |name: &str| cwd.path().join(name);
    let mode = |name: &str| fs::metadata(path(name)).unwrap().permissions().mode() & 0o777;
    fs::create_dir(path("elsewhere")).unwrap();
    fs::write(path("elsewhere/real"), "old").unwrap();
    fs::set_permissions(path("elsewhere/real"), fs::Permissions::from_mode(0o640)).unwrap();
    symlink("elsewhere/real", path("link")).unwrap();
    symlink("elsewhere/new", path("dangling")).unwrap();
    fs::write(path("plain"), "").unwrap();
    run(cwd.path(), &[("total", "link"), ("text", "dangling"), ("xml", "made")], &mut Vec::new()).unwrap();
    assert_eq!(fs::read_to_string(path("elsewhere/real")).unwrap(), "a total\n");
    assert!(fs::symlink_metadata(path("link")).unwrap().is_symlink());
    assert!(fs::read_to_string(path("elsewhere/new")).unwrap().starts_with("a text"));
    // A new file is as accessible as any other that this process creates.
    assert_eq!((mode("link"), mode("made")), (0o640, mode("plain")));
}

/// A report of an earlier run, and the drafts of a later one with the changes that replace it: two files, two pages, a page that goes, a new site.
fn publication(cwd: &Path) -> Vec<Change> {
    let page = |text: &str| format!("<!doctype html>\n<!-- covmerge -->\n{text}");
    let stage = ".covmerge-s.tmp";
    for directory in ["site/files", &format!("site/{stage}/files"), ".covmerge-n.tmp/files"] {
        fs::create_dir_all(cwd.join(directory)).unwrap();
    }
    for (name, text) in [
        ("a.xml", "old"),
        (".covmerge-a.tmp", "new"),
        (".covmerge-b.tmp", "new"),
        ("site/index.html", &page("old")),
        ("site/files/gone.html", &page("old")),
        (&format!("site/{stage}/index.html"), &page("new")),
        (&format!("site/{stage}/files/made.html"), &page("new")),
        (".covmerge-n.tmp/index.html", &page("new")),
        (".covmerge-n.tmp/lock", "covmerge drafts a report here\n"),
        (&format!("site/{stage}/lock"), "covmerge drafts a report here\n"),
    ] {
        fs::write(cwd.join(name), text).unwrap();
    }
    let change = |kind, draft: &str, target: &str| Change { kind, draft: cwd.join(draft), target: cwd.join(target) };
    let of_site = |kind, name: &str| change(kind, &format!("site/{stage}/{name}"), &format!("site/{name}"));
    vec![
        change(Kind::Put, ".covmerge-a.tmp", "a.xml"),
        of_site(Kind::Put, "files/made.html"),
        of_site(Kind::Put, "index.html"),
        of_site(Kind::Remove, "files/gone.html"),
        change(Kind::Appear, ".covmerge-n.tmp", "new"),
        change(Kind::Put, ".covmerge-b.tmp", "b.json"),
    ]
}

/// All files below a directory with their last words, sorted.
fn all(directory: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(directory).unwrap().map(Result::unwrap) {
        let name = entry.file_name().into_string().unwrap();
        if entry.file_type().unwrap().is_dir() {
            found.extend(all(&entry.path()).into_iter().map(|inside| format!("{name}/{inside}")));
        } else if entry.file_type().unwrap().is_file() {
            let text = fs::read_to_string(entry.path()).unwrap();
            found.push(format!("{name} {}", text.lines().last().unwrap_or_default()));
        }
    }
    found.sort();
    found
}

const NEW: [&str; 5] =
    ["a.xml new", "b.json new", "new/index.html new", "site/files/made.html new", "site/index.html new"];

#[test]
fn what_a_killed_run_left_is_finished_wherever_it_was_killed() {
    for made in 0..=6 {
        for home in ["", "site"] {
            let cwd = tempfile::tempdir().unwrap();
            let here = cwd.path().canonicalize().unwrap();
            let changes = publication(&here);
            std::mem::forget(Journal::begin(&[here.clone(), here.join("site")].into(), &changes).unwrap());
            changes[..made].iter().for_each(|change| change.make().unwrap());
            // Another place, as of a cache that was moved: the paths of a journal are relative.
            let moved = tempfile::tempdir().unwrap();
            let there = moved.path().canonicalize().unwrap().join("moved");
            fs::rename(&here, &there).unwrap();
            let published = write(&there.join(home), &[("total", "total")], "a", &mut Vec::new()).unwrap();
            assert_eq!(published.finished, [PathBuf::from(".")]);
            fs::remove_file(there.join(home).join("total")).unwrap();
            assert_eq!(all(&there), NEW, "{made} made, found in `{home}`");
        }
    }
}

#[test]
fn a_change_that_fails_takes_the_others_back() {
    let cwd = tempfile::tempdir().unwrap();
    let changes = publication(cwd.path());
    let before = all(cwd.path());
    for fails in 0..changes.len() {
        let mut changes = changes.clone();
        changes[fails].draft = cwd.path().join("not/there");
        let failed = make_all(&changes).unwrap_err();
        assert!(failed.undone && failed.at == fails);
        let lock = |name: &&String| !name.ends_with("here");
        assert!(all(cwd.path()).iter().filter(lock).eq(before.iter().filter(lock)), "{fails}");
    }
    make_all(&changes).map_err(|failed| failed.source).unwrap();
    assert!(all(cwd.path()).iter().filter(|name| !name.contains(".covmerge-")).eq(NEW.iter()));
}

#[test]
fn files_change_places_where_the_system_cannot_exchange_them() {
    let cwd = tempfile::tempdir().unwrap();
    let [draft, target] = [".covmerge-a.tmp", "a.xml"].map(|name| cwd.path().join(name));
    fs::write(&draft, "new").unwrap();
    fs::write(&target, "old").unwrap();
    by_a_copy(&draft, &target).unwrap();
    assert_eq!(all(cwd.path()), [".covmerge-a.tmp old", "a.xml new"]);
}

#[test]
fn a_journal_moves_nothing_but_drafts_and_removes_nothing_but_pages() {
    let cwd = tempfile::tempdir().unwrap();
    let here = cwd.path().canonicalize().unwrap().join("checkout");
    fs::create_dir_all(here.join(".covmerge-s.tmp/files")).unwrap();
    for name in ["../precious", "theirs.py", "files.html", ".covmerge-a.tmp", ".covmerge-s.tmp/files/page.html"] {
        fs::write(here.join(name), name).unwrap();
    }
    #[cfg(unix)]
    std::os::unix::fs::symlink(here.parent().unwrap(), here.join("files")).unwrap();
    let before = all(&here.join(".."));
    for (kind, draft, target) in [
        (Kind::Put, "theirs.py", "../precious"),
        (Kind::Put, ".covmerge-a.tmp", "../precious"),
        (Kind::Put, "../checkout/theirs.py", "../precious"),
        (Kind::Remove, ".covmerge-s.tmp/theirs.py", "theirs.py"),
        (Kind::Remove, ".covmerge-s.tmp/files.html", "files.html"),
        // Through a link.
        (Kind::Put, ".covmerge-s.tmp/files/page.html", "files/page.html"),
        (Kind::Put, ".covmerge-s.tmp/files/page.html", "files/precious"),
    ] {
        let path = |name: &str| here.join(name);
        let change = Change { kind, draft: path(draft), target: path(target) };
        let signed = change.clone();
        let journal = Journal::begin(&[here.clone()].into(), &[signed]).unwrap();
        std::mem::forget(journal);
        write(&here, &[("total", "-")], "a", &mut Vec::new()).unwrap();
        assert!(here.join(JOURNAL).exists(), "an output on standard output has no directory");
        // The drafts are as good as locked: they are looked at before they are swept.
        let found = journal::Unfinished::find(&here).unwrap();
        _ = found.finish(&|_| true);
        assert_eq!(all(&here.join("..")), before, "{draft} to {target}");
    }
}

#[test]
fn a_journal_that_cannot_be_read_or_removed_stays() {
    let cwd = tempfile::tempdir().unwrap();
    let outputs = [("total", "total")];
    fs::write(cwd.path().join(JOURNAL), "cut of").unwrap();
    let error = write(cwd.path(), &outputs, "a", &mut Vec::new()).unwrap_err();
    assert!(matches!(&error, Error::Unfinished { target, .. } if target.ends_with(JOURNAL)), "{error}");
    fs::remove_file(cwd.path().join(JOURNAL)).unwrap();
    fs::create_dir(cwd.path().join(JOURNAL)).unwrap();
    write(cwd.path(), &outputs, "a", &mut Vec::new()).unwrap_err();
    assert_eq!(names(cwd.path()), [JOURNAL]);
}

#[test]
fn drafts_that_were_copied_are_not_taken_for_those_of_the_run() {
    for made in 0..=6 {
        let cwd = tempfile::tempdir().unwrap();
        let here = cwd.path().canonicalize().unwrap();
        let changes = publication(&here);
        std::mem::forget(Journal::begin(&[here.clone(), here.join("site")].into(), &changes).unwrap());
        changes[..made].iter().for_each(|change| change.make().unwrap());
        // As a copy would have it, with other times.
        for name in ["a.xml", ".covmerge-a.tmp"] {
            let file = fs::File::options().write(true).open(here.join(name)).unwrap();
            file.set_modified(std::time::UNIX_EPOCH + std::time::Duration::from_secs(1_000_000)).unwrap();
        }
        // Another output does not put it right, but one in its place does.
        let error = write(&here, &[("total", "total")], "a", &mut Vec::new()).unwrap_err();
        assert!(matches!(&error, Error::Unfinished { target, .. } if target.ends_with("a.xml")), "{error}");
        assert!(here.join(JOURNAL).exists());
        write(&here, &[("xml", "a.xml")], "a", &mut Vec::new()).unwrap();
        assert!(!here.join(JOURNAL).exists());
        assert!(all(&here).iter().eq(["a.xml a xml"].iter().chain(&NEW[1..])), "{:?}", all(&here));
    }
}

#[test]
fn of_runs_at_once_the_outputs_of_one_are_there() {
    let cwd = tempfile::tempdir().unwrap();
    let outputs = [("xml", "a.xml"), ("html", "site"), ("json", "site/b.json"), ("total", "deep/total")];
    for _ in 0..20 {
        std::thread::scope(|scope| {
            for word in ["one", "two", "three"] {
                let cwd = cwd.path();
                scope.spawn(move || write(cwd, &outputs, word, &mut Vec::new()).unwrap());
            }
        });
        let found: Vec<String> = all(cwd.path()).into_iter().filter(|name| !name.contains(".gitignore")).collect();
        let words: BTreeSet<&str> = found.iter().filter_map(|name| name.split(' ').nth(1)).collect();
        assert_eq!((found.len(), words.len()), (4, 1), "{found:?}");
    }
}

#[test]
fn drafts_that_killed_runs_left_go_and_others_stay() {
    let cwd = tempfile::tempdir().unwrap();
    let path = |name: &str| cwd.path().join(name);
    fs::create_dir_all(path(".covmerge-killed.tmp/files")).unwrap();
    fs::write(path(".covmerge-killed.tmp/lock"), "covmerge drafts a report here\n").unwrap();
    fs::create_dir(path(".covmerge-begun.tmp")).unwrap();
    fs::create_dir_all(path(".covmerge-theirs.tmp/files")).unwrap();
    fs::write(path(".covmerge-theirs.tmp/lock"), "mine").unwrap();
    fs::create_dir_all(path("theirs.tmp")).unwrap();
    fs::write(path(".covmerge-file.tmp"), "half").unwrap();
    fs::write(path(".covmerge-running.tmp"), "half").unwrap();
    let running = fs::File::open(path(".covmerge-running.tmp")).unwrap();
    running.lock().unwrap();
    run(cwd.path(), &[("total", "total")], &mut Vec::new()).unwrap();
    assert_eq!(names(cwd.path()), [".covmerge-running.tmp", ".covmerge-theirs.tmp", "theirs.tmp", "total"]);
}

#[test]
fn directories_that_were_made_for_outputs_go_with_them() {
    let cwd = tempfile::tempdir().unwrap();
    let mut full = Failing(io::ErrorKind::StorageFull);
    run(cwd.path(), &[("xml", "deep/er/a.xml"), ("html", "new/site"), ("text", "-")], &mut full).unwrap_err();
    assert_eq!(names(cwd.path()), [""; 0]);
}
