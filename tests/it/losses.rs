//! Outputs over files that the run reads: refused before anything is written.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use crate::data_file::DataFile;
use crate::project::Project;

/// A zip archive of one file.
fn zipped(name: &str, content: &[u8]) -> Vec<u8> {
    let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    archive.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
    archive.write_all(content).unwrap();
    archive.finish().unwrap().into_inner()
}

/// A project with an input of every kind.
fn project() -> Project {
    let data = || DataFile::new().lines("a.py", "", &[1]).lines("app.zip/b.py", "", &[1]).bytes();
    Project::new()
        .file(".coveragerc", "[run]\nrelative_files = true\n[html]\nextra_css = my.css\n")
        .file("my.css", "a {}\n")
        .file("covmerge.toml", "[[part]]\nroot = 'p'\n")
        .file("p/.coveragerc", "[run]\nrelative_files = true\n")
        .file("p/m.py", "m = 1\n")
        .file("p/.coverage.p", DataFile::new().lines("m.py", "", &[1]).bytes())
        .file("a.py", "a = 1\n")
        .file("app.zip", zipped("b.py", b"b = 1\n"))
        .file(".coverage.1", data())
        .file("shards.zip", zipped(".coverage.2", &data()))
        .file("expected", "1 .coverage.1\n")
        .file("log.xml", r#"<testsuite name="s" tests="1" errors="0" failures="0"><testcase name="t"/></testsuite>"#)
        .file("d/x", "")
}

/// All files below a directory.
fn content(directory: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let entries = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap());
    let below = entries.filter(|entry| !entry.file_type().unwrap().is_symlink()).flat_map(|entry| {
        let path = entry.path();
        if path.is_dir() { content(&path) } else { BTreeMap::from([(path.clone(), fs::read(&path).unwrap())]) }
    });
    below.collect()
}

#[cfg(unix)]
#[test]
fn an_output_over_a_file_that_the_run_reads_is_refused() {
    let project = project();
    std::os::unix::fs::symlink("a.py", project.path("link")).unwrap();
    std::os::unix::fs::symlink("d/..", project.path("here")).unwrap();
    let before = content(&project.path("."));
    for (arguments, what) in [
        ("-o xml=a.py", "a measured source"),
        ("-o xml=./d/../a.py", "a measured source"),
        ("-o xml=link", "a measured source"),
        ("-o xml=here/a.py", "a measured source"),
        ("-o xml=p/m.py", "a measured source"),
        ("-o xml=app.zip", "a measured source"),
        ("-o xml=.coveragerc", "read as settings"),
        ("-o xml=covmerge.toml", "read as settings"),
        ("-o xml=p/.coveragerc", "read as settings"),
        ("-o html=h -o xml=my.css", "read as settings"),
        ("-o xml=expected --expect-file expected", "read as settings"),
        ("-o xml=log.xml --test-log log.xml", "a test log"),
        ("-o xml=log.xml --test-log log.xml:s", "a test log"),
        ("-o data=.coverage.1", "fragment"),
        ("-o xml=p/.coverage.p", "fragment"),
        ("-o xml=here/.coverage.1", "fragment"),
        ("shards.zip -o xml=shards.zip", "fragment"),
    ] {
        let shown = project.run(arguments);
        assert!(shown.starts_with("exit: 64\n"), "{arguments}: {shown}");
        assert!(shown.contains(what), "{arguments}: {shown}");
        assert_eq!(content(&project.path(".")), before, "{arguments}");
    }
}

#[test]
fn a_seal_is_not_written_over_a_file_that_the_run_reads() {
    let project = project().file("covmerge.toml", "");
    assert!(project.run("seal -o s.covmerge .coverage.1").starts_with("exit: 0\n"));
    let before = content(&project.path("."));
    for (arguments, what) in [
        ("seal s.covmerge -o s.covmerge", "fragment"),
        ("s.covmerge -o xml=./s.covmerge", "fragment"),
        ("seal -o a.py", "a measured source"),
        ("seal -o .coveragerc", "read as settings"),
        ("seal -o .coverage.1", "fragment"),
        ("seal shards.zip -o shards.zip", "fragment"),
        ("seal -o log.xml --test-log log.xml", "a test log"),
    ] {
        let shown = project.run(arguments);
        assert!(shown.starts_with("exit: 64\n") && shown.contains(what), "{arguments}: {shown}");
        assert_eq!(content(&project.path(".")), before, "{arguments}");
    }
}

#[test]
fn a_file_that_is_not_read_may_be_replaced() {
    let project = project().file("covmerge.toml", "");
    fs::hard_link(project.path("a.py"), project.path("hard")).unwrap();
    let earlier = DataFile::new().lines("a.py", "", &[]).bytes();
    let project = project.file(".coverage", earlier);
    for arguments in ["-o xml=hard -o total", "-o data=.coverage -o total", "-o xml=log.xml -o total"] {
        let shown = project.run(arguments);
        assert!(shown.starts_with("exit: 0\nstdout:\n  100\n"), "{arguments}: {shown}");
    }
    assert_eq!(project.read("a.py"), "a = 1\n");
}
