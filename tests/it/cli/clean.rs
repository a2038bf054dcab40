//! `covmerge clean`.

use insta::assert_snapshot;

use super::DataFile;
use crate::project::Project;

fn data() -> Vec<u8> {
    DataFile::new().lines("a.py", "", &[1]).bytes()
}

/// A project with these files, each a fragment by its content.
fn project(files: &[&str]) -> Project {
    files.iter().fold(Project::new(), |project, name| project.file(name, data())).file("a.py", "a = 1\n")
}

/// The names of the files that are left, without `a.py`.
fn left(project: &Project) -> Vec<String> {
    let mut names: Vec<String> = super::tree(project).into_iter().map(|(name, _)| name).collect();
    names.retain(|name| name != "a.py");
    names.sort();
    names
}

#[test]
fn nothing_is_deleted_where_nobody_can_be_asked() {
    let project = project(&[".coverage", ".coverage.1"]);
    assert_snapshot!(project.run("clean"), @"
    exit: 64
    stdout:
    stderr:
      .coverage
      .coverage.1
      error: nothing was deleted: without a terminal, covmerge cannot ask
        help: look at the list, and delete these files with `covmerge clean --yes`
    ");
    assert_eq!(left(&project), [".coverage", ".coverage.1"]);
}

#[test]
fn what_would_be_read_or_passed_over_is_deleted_with_its_side_files() {
    let files = [".coverage", ".coverage.1", ".coverage.1-journal", ".coverage.1-wal", ".coverage.1-shm"];
    let project = project(&files)
        .file(".coverage.2", "")
        .file(".coveragerc", "")
        .file(".coverage.d/x", "")
        .file("x.coverage", "");
    assert_snapshot!(project.run("clean --yes"), @"
    exit: 0
    stdout:
    stderr:
      .coverage
      .coverage.1
      .coverage.1-journal
      .coverage.1-shm
      .coverage.1-wal
      .coverage.2
      deleted 6 files
    ");
    assert_eq!(left(&project), [".coverage.d/x", ".coveragerc", "x.coverage"]);
    assert_snapshot!(project.run("clean --yes"), @"
    exit: 0
    stdout:
    stderr:
      there is no fragment to delete
    ");
    assert_eq!(project.run("clean"), project.run("clean nowhere no* .coverage.d -y"));
}

#[test]
fn a_directory_or_a_glob_gives_only_its_fragments() {
    let mut database = rusqlite::Connection::open_in_memory().unwrap();
    database.execute_batch("CREATE TABLE users (name text)").unwrap();
    let database = database.serialize("main").unwrap().to_vec();
    let files = ["s/.coverage", "s/.coverage.1", "s/2/unit.data", "s/.git/.coverage.3"];
    let project = project(&files).file("s/app.db", database).file("s/notes.json", "{}");
    assert!(project.run("clean -y s").ends_with("deleted 3 files\n"));
    assert_eq!(left(&project), ["s/.git/.coverage.3", "s/app.db", "s/notes.json"]);
    assert_snapshot!(project.run("clean -y s/[an]*"), @"
    exit: 0
    stdout:
    stderr:
      warning: `s/app.db` stays: it is not a fragment
      warning: `s/notes.json` stays: it is not a fragment
      there is no fragment to delete
    ");
    assert_snapshot!(project.run("clean -y s/.git/.coverage.3 s/app.db a.py"), @"
    exit: 64
    stdout:
    stderr:
      error: `s/app.db`, `a.py` are not fragments; nothing was deleted
        help: name only fragments, or the directory that holds them: other files in it stay
    ");
    assert_eq!(left(&project), ["s/.git/.coverage.3", "s/app.db", "s/notes.json"]);
    assert!(project.run("clean -y s/.git/.coverage.3").ends_with("deleted 1 file\n"));
    assert!(project.run("clean -y s/[a").starts_with("exit: 64\n"));
}

#[test]
fn it_looks_where_a_run_looks() {
    let files = [".coverage.1", "out/cov.db", "out/cov.db.2", "s/.coverage.3", "t/.coverage.4", "s/merged.data"];
    let after = |settings: &str, own: &str, arguments: &str| {
        let project = project(&files).file("rc", settings).file("covmerge.toml", own);
        let said = project.run(arguments);
        assert!(said.starts_with("exit: 0\n"), "{said}");
        let left = left(&project);
        files.into_iter().filter(|file| !left.iter().any(|name| name == file)).collect::<Vec<&str>>()
    };
    assert_eq!(after("", "", "clean -y"), [".coverage.1"]);
    assert_eq!(after("[run]\ndata_file = out/cov.db\n", "", "clean -y --rcfile rc"), ["out/cov.db", "out/cov.db.2"]);
    assert_eq!(after("", "fragments = ['s']", "clean -y"), ["s/.coverage.3", "s/merged.data"]);
    // What a run writes stays.
    assert_eq!(after("", "fragments = ['s']\noutput = ['data=s/merged.data']", "clean -y"), ["s/.coverage.3"]);
    assert_eq!(after("", "expect-in = ['t']", "clean -y"), ["t/.coverage.4"]);
    assert_eq!(after("", "expect-in = ['t']\nfragments = ['s/*e.3']", "clean -y"), ["s/.coverage.3"]);
    assert_eq!(after("", "fragments = ['s']", "clean -y t"), ["t/.coverage.4"]);
}

#[cfg(unix)]
#[test]
fn of_a_link_the_link_is_deleted_and_other_kinds_of_files_stay() {
    use std::os::unix::fs::symlink;
    use std::os::unix::net::UnixListener;

    let project = project(&["kept"]);
    for (to, name) in [("kept", ".coverage.link"), ("nowhere", ".coverage.broken"), ("kept", ".coverage.same")] {
        symlink(to, project.path(name)).unwrap();
    }
    let _socket = UnixListener::bind(project.path(".coverage.socket")).unwrap();
    assert_snapshot!(project.run("clean -y"), @"
    exit: 0
    stdout:
    stderr:
      warning: `.coverage.socket` stays: it is not a fragment
      .coverage.broken
      .coverage.link
      .coverage.same
      deleted 3 files
    ");
    let mut names: Vec<_> =
        std::fs::read_dir(project.path("")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    assert_eq!(names, [".coverage.socket", "a.py", "kept"]);
    symlink("nowhere", project.path(".coverage.broken")).unwrap();
    assert!(project.run("clean -y .coverage.broken").ends_with("deleted 1 file\n"));
}
