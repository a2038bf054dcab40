//! Fragments in zip archives and in gzip.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use zip::write::SimpleFileOptions;

use crate::data_file::DataFile;
use crate::project::Project;

pub(crate) fn zipped(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(&mut bytes));
    for (name, data) in members {
        writer.start_file(*name, SimpleFileOptions::default()).unwrap();
        writer.write_all(data).unwrap();
    }
    writer.finish().unwrap();
    bytes
}

fn gzipped(data: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(data).unwrap();
    encoder.finish().unwrap()
}

fn measured(line: usize) -> Vec<u8> {
    DataFile::new().lines("a.py", "", &[line]).bytes()
}

/// A source of three lines, of which a fragment in `cov` saw the first run.
fn project() -> Project {
    Project::new().relative().file("a.py", "a = 1\nb = 2\nc = 3\n").file("cov/.coverage.1", measured(1))
}

#[test]
fn the_members_of_an_archive_count_like_files_in_a_directory() {
    let members: &[(&str, &[u8])] = &[
        ("unit/deep/.coverage.2", &measured(2)),
        ("unit/.coverage.3-journal", b"not one"),
        ("slip.json", br#"{"meta": {"software": "slipcover", "version": "1.1.0", "branch_coverage": false, "show_contexts": false}, "files": {}, "summary": {}}"#),
        ("readme.txt", b"not one"),
    ];
    let project = project().file("cov/shard.zip", zipped(members)).file("cov/other.zip", zipped(&[("x.txt", b"x")]));
    for arguments in ["cov", "cov/*", "cov/.coverage.1 cov/shard.zip"] {
        let shown = project.run(&format!("{arguments} -o total"));
        assert!(shown.starts_with("exit: 0\nstdout:\n  67\n"), "{shown}");
        assert!(shown.contains("merged 3 fragments"), "{shown}");
    }
    let shown = project.run("cov -v -o total");
    assert!(shown.contains("cov/shard.zip/unit/deep/.coverage.2"), "{shown}");
    assert!(shown.contains("passed over: cov/other.zip holds nothing that looks like a fragment"), "{shown}");
    assert!(project.run("inspect cov/shard.zip").contains("cov/shard.zip/unit/deep/.coverage.2\n"));
    let shown = project.run("cov/other.zip");
    assert!(
        shown.starts_with("exit: 3\n") && shown.contains("`cov/other.zip` holds nothing that looks like"),
        "{shown}"
    );
    // An archive stays, since it may hold other files.
    assert!(project.run("cov -o total --delete-fragments").starts_with("exit: 0\n"));
    assert!(project.path("cov/shard.zip").exists() && !project.path("cov/.coverage.1").exists());
}

#[test]
fn equal_fragments_are_merged_once_wherever_they_are() {
    let project =
        project().file("cov/shard.zip", zipped(&[("a/.coverage.1", &measured(1)), ("b/.coverage.1", &measured(1))]));
    let shown = project.run("cov -o total");
    assert!(shown.contains("merged 1 of 3 fragments (coverage.py, statement; 2 duplicate)"), "{shown}");
}

#[test]
fn a_fragment_in_gzip_is_unpacked() {
    let project =
        project().file("cov/.coverage.2.gz", gzipped(&measured(2))).file("cov/shard.gz", gzipped(&measured(3)));
    let shown = project.run("cov -o total");
    assert!(shown.starts_with("exit: 0\nstdout:\n  100\n"), "{shown}");
}

#[test]
fn a_packed_file_that_cannot_be_unpacked_is_refused_by_name() {
    let whole = zipped(&[(".coverage.2", &measured(2))]);
    let half = &whole[..whole.len() / 2];
    let inner = zipped(&[("inner.zip", &whole)]);
    let tar = [&[b'x'; 257][..], b"ustar", &[0; 250]].concat();
    for (name, bytes, argument, said) in [
        ("cov/half.zip", half, "cov", "`cov/half.zip`"),
        ("cov/half.zip", half, "cov/.coverage.1 cov/half.zip", "`cov/half.zip`"),
        ("cov/outer.zip", &inner, "cov", "it is an archive within an archive: unpack the outer one"),
        ("cov/.coverage.2.gz", &gzipped(&measured(2))[..50], "cov", "`cov/.coverage.2.gz`"),
        ("cov/a.tar", &tar, "cov/a.tar", "this is a tar archive"),
        ("cov/a.tar.gz", &gzipped(&tar), "cov/a.tar.gz", "this is a tar archive"),
    ] {
        let shown = project().file(name, bytes).run(&format!("{argument} -o total"));
        assert!(shown.starts_with("exit: 3\n") && shown.contains(said), "{name}: {shown}");
    }
}
