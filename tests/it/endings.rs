//! Data files that coverage.py's processes finished, in every way in which they do, and files of processes that were killed while they saved.
//!
//! `testdata/endings/record.py` recorded them, an archive for each version of coverage.py.

use std::collections::BTreeSet;
use std::fs;
use std::io::Read as _;
use std::path::Path;

use covmerge::merge::{Surroundings, read_in};
use covmerge::read::{self, Contexts};

use crate::project::{Project, testdata};

/// The versions of coverage.py.
fn versions() -> Vec<String> {
    let names = fs::read_dir(testdata().join("endings")).unwrap().map(|entry| entry.unwrap().file_name());
    let mut versions: Vec<String> =
        names.filter_map(|name| Some(name.to_str()?.strip_suffix(".zip")?.to_owned())).collect();
    versions.sort();
    assert!(versions.len() > 5, "{versions:?}");
    versions
}

/// A project with the recorded files of that kind, and their names.
fn recorded(version: &str, kind: &str) -> (Project, BTreeSet<String>) {
    let mut archive =
        zip::ZipArchive::new(fs::File::open(testdata().join("endings").join(format!("{version}.zip"))).unwrap())
            .unwrap();
    let mut project = Project::new()
        .relative()
        .file("app/__init__.py", "")
        .file("app/used.py", "def f(n):\n    if n:\n        return n\n    return 0\n")
        .file("app/never.py", "def g():\n    return 1\n");
    let mut names = BTreeSet::new();
    for index in 0..archive.len() {
        let mut entry = archive.by_index(index).unwrap();
        let name = entry.name().unwrap().into_owned();
        if name.starts_with(kind) {
            let mut bytes = Vec::new();
            entry.read_to_end(&mut bytes).unwrap();
            project = project.file(&name, bytes);
            names.insert(name);
        }
    }
    assert!(!names.is_empty(), "{version} {kind}");
    (project, names)
}

/// The names that lines of that beginning have in quotes.
fn named(said: &str, beginning: &str) -> BTreeSet<String> {
    let lines = said.lines().filter_map(|line| line.trim().strip_prefix(beginning));
    lines.filter_map(|line| Some(line.split('`').nth(1)?.to_owned())).collect()
}

#[test]
fn a_file_that_its_process_finished_raises_no_alarm() {
    for version in versions() {
        for (kind, total, least) in [("finished", 88, 40), ("statements", 67, 8)] {
            let (project, names) = recorded(&version, &format!("{kind}/"));
            assert!(names.len() > least, "{version} {kind}: {}", names.len());
            let shown = project.run(&format!("{kind} -o total"));
            assert!(shown.starts_with(&format!("exit: 0\nstdout:\n  {total}\n")), "{version}: {shown}");
            let shown = project.run(&format!("inspect {kind}"));
            assert!(shown.starts_with("exit: 0\n") && !shown.contains("finished   no: "), "{version}: {shown}");
        }
    }
}

#[test]
fn a_file_of_a_process_that_was_killed_is_named() {
    for version in versions() {
        let (project, names) = recorded(&version, "unfinished/");
        let shown = project.run("unfinished -o total");
        assert!(shown.starts_with("exit: 3\n"), "{version}: {shown}");
        assert_eq!(named(&shown, "error: fragment"), names, "{version}: {shown}");
        let shown = project.run("inspect unfinished");
        assert_eq!(shown.matches("  finished   no: ").count(), names.len(), "{version}: {shown}");
    }
}

#[test]
fn a_file_of_a_process_that_was_killed_counts_on_request() {
    for version in versions() {
        let (project, names) = recorded(&version, "unfinished/");
        // Another fragment, since some versions leave nothing that counts.
        let (other, _) = recorded(&version, "finished/plain/");
        let project = project.file(".coverage.whole", fs::read(other.path("finished/plain/.coverage")).unwrap());
        let shown = project.run("unfinished .coverage.whole -o total --fail-under 10 --unfinished-fragments merge");
        assert!(shown.starts_with("exit: 0\n"), "{version}: {shown}");
        assert!(shown.contains(&format!("; {} unfinished", names.len())), "{version}: {shown}");
        assert!(
            shown.contains(&format!(" with {} unfinished fragments, required 10%", names.len())),
            "{version}: {shown}"
        );
    }
}

#[test]
fn a_file_that_cannot_tell_is_said_to_be_so() {
    for version in versions() {
        let (project, names) = recorded(&version, "untold/");
        assert!(project.run("untold -o total").starts_with("exit: 0\n"), "{version}");
        let shown = project.run("inspect untold");
        assert_eq!(shown.matches("  finished   not known: ").count(), names.len(), "{version}: {shown}");
    }
}

#[test]
fn a_packed_file_is_judged_by_the_name_that_it_had() {
    use std::io::Write as _;

    let name = ".coverage.ci.pid7.Xabcdefx";
    let half = only("7.17.5", "unfinished/before-touch_files/");
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    gzip.write_all(&half).unwrap();
    let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    archive.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
    archive.write_all(&half).unwrap();
    let (project, _) = recorded("7.17.5", "finished/plain/");
    let project = project
        .file(&format!("{name}.gz"), gzip.finish().unwrap())
        .file("shard.zip", archive.finish().unwrap().into_inner());
    for (packed, fragment) in
        [(format!("{name}.gz"), format!("{name}.gz")), ("shard.zip".into(), format!("shard.zip/{name}"))]
    {
        let shown = project.run(&format!("{packed} finished/plain/.coverage -o total"));
        assert!(shown.starts_with("exit: 3\n"), "{shown}");
        assert_eq!(named(&shown, "error: fragment"), BTreeSet::from([fragment]), "{shown}");
    }
}

/// The bytes of the only file below `place` of an archive.
fn only(version: &str, place: &str) -> Vec<u8> {
    let (project, names) = recorded(version, place);
    assert_eq!(names.len(), 1, "{place}");
    fs::read(project.path(names.first().unwrap())).unwrap()
}

#[test]
fn a_write_that_was_torn_between_two_pages_is_never_taken_for_a_whole_one() {
    const PAGE: usize = 4096;
    let name = Path::new("nowhere/.coverage.ci.pid7.Xabcdefx");
    let read = |bytes: &[u8]| {
        let format = read::sniff(bytes);
        let around = format
            .as_ref()
            .map(|format| Surroundings::of(format, name, &covmerge::packed::Archives::default()))
            .unwrap_or_default();
        read_in(around, format, bytes, &Contexts::default())
    };
    let states = [
        "unfinished/before-statement-04/",
        "unfinished/before-statement-06/",
        "unfinished/before-statement-10/",
        "unfinished/before-set_context_id/",
        "unfinished/before-file_id/",
        "unfinished/before-add_file_tracers/",
        "unfinished/before-touch_files/",
        "unfinished/before-write/",
        "finished/parallel/",
    ]
    .map(|place| only("7.17.5", place));
    let last = read(states.last().unwrap()).unwrap().recording;
    let mut whole = 0;
    for [before, after] in states.array_windows() {
        // SQLite writes the pages in order: those up to `torn` are new, and the file may have grown.
        for torn in (0..=after.len()).step_by(PAGE) {
            let bytes = [&after[..torn], before.get(torn..).unwrap_or_default()].concat();
            let Ok(reading) = read(&bytes) else { panic!("torn after {torn} bytes: not told from damage") };
            if reading.unfinished.is_none() {
                assert_eq!((&reading.recording.files, reading.recording.ending), (&last.files, last.ending));
                whole += 1;
            }
        }
    }
    // The mark is on the page of `meta`: from there on, only its index lacks it.
    assert!(whole > 0);
}
