//! Packages of one repository whose files have the same names: two files never become one.

use serde_json::Value;

use crate::data_file::DataFile;
use crate::project::Project;

/// Two packages with a `src/m.py` each, of which different lines ran.
fn packages(a: &str, b: &str) -> Project {
    let measured = |lines: &[usize]| DataFile::new().lines("src/m.py", "", lines).bytes();
    Project::new()
        .relative()
        .file("a/src/m.py", a)
        .file("b/src/m.py", b)
        .file("a/.coverage.1", measured(&[1]))
        .file("b/.coverage.1", measured(&[2]))
}

/// The files with their executed lines.
fn files(project: &Project, arguments: &str) -> Vec<(String, Value)> {
    let (report, said) = project.output("json", &format!("-q {arguments}"));
    let report: Value = serde_json::from_str(&report).unwrap_or_else(|_| panic!("{said}"));
    let files = report["files"].as_object().unwrap();
    files.iter().map(|(name, file)| (name.clone(), file["executed_lines"].clone())).collect()
}

#[test]
fn the_file_beside_a_fragment_is_meant_where_the_root_has_none() {
    let project = packages("x = 1\ny = 2\n", "x = 1\ny = 2\nz = 3\n");
    for arguments in [".", "a b", "b/.coverage.1 a/.coverage.1"] {
        let found = files(&project, arguments);
        assert_eq!(found, [("a/src/m.py".into(), [1].into()), ("b/src/m.py".into(), [2].into())], "{arguments}");
    }
}

#[test]
fn fragments_of_the_same_bytes_mean_different_files_in_different_packages() {
    let project = packages("x = 1\ny = 2\n", "x = 1\ny = 2\n");
    std::fs::copy(project.path("a/.coverage.1"), project.path("b/.coverage.1")).unwrap();
    std::fs::copy(project.path("a/.coverage.1"), project.path("b/.coverage.2")).unwrap();
    assert_eq!(files(&project, "."), [("a/src/m.py".into(), [1].into()), ("b/src/m.py".into(), [1].into())]);
    let (summary, _) = project.output("summary", "-q a b");
    assert!(summary.contains(r#""found":3,"merged":2,"duplicate":1"#), "{summary}");
}

#[test]
fn the_data_of_one_process_is_not_that_of_two_packages() {
    const NAME: &str = ".coverage.ci.pid7.Xabcdefx.Habcdefghijkh";
    let (two, three) = ("x = 1\ny = 2\n", "x = 1\ny = 2\nz = 3\n");
    let copied = |b: &str| {
        let project = packages(two, b);
        std::fs::remove_file(project.path("b/.coverage.1")).unwrap();
        std::fs::rename(project.path("a/.coverage.1"), project.path("a").join(NAME)).unwrap();
        let bytes = std::fs::read(project.path("a").join(NAME)).unwrap();
        project.file(&format!("b/{NAME}"), bytes)
    };
    let said = format!(
        "error: one process cannot have run both `a/src/m.py` and `b/src/m.py`: `b/{NAME}` is a copy of `a/{NAME}`\n"
    );
    let parts = "[[part]]\nroot = 'a'\n[[part]]\nroot = 'b'\n";
    for project in [copied(three), copied(three).file("covmerge.toml", parts)] {
        for arguments in ["a b", "b a"] {
            let shown = project.run(&format!("{arguments} -o total"));
            assert!(shown.starts_with("exit: 1\n") && shown.contains(&said), "{shown}");
        }
        assert!(project.run("a -o total --allow-incomplete").starts_with("exit: 0\n"));
    }
    // Files that do not count, or that are alike, do no harm.
    let shown = copied(three).run("a b -o total --omit */m.py");
    assert!(shown.contains("no data to report"), "{shown}");
    assert_eq!(files(&copied(two), "a b"), [("a/src/m.py".into(), [1].into()), ("b/src/m.py".into(), [1].into())]);
}

#[test]
fn the_data_of_one_process_beside_equal_files_of_two_packages_is_warned_of_and_a_copy() {
    const NAME: &str = ".coverage.ci.pid7.Xabcdefx.Habcdefghijkh";
    let project = || {
        let project = packages("x = 1\ny = 2\n", "x = 1\ny = 2\n").file("list", format!("2 {NAME}\n"));
        std::fs::remove_file(project.path("b/.coverage.1")).unwrap();
        std::fs::rename(project.path("a/.coverage.1"), project.path("a").join(NAME)).unwrap();
        let bytes = std::fs::read(project.path("a").join(NAME)).unwrap();
        project.file(&format!("b/{NAME}"), bytes)
    };
    let said = format!(
        "warning: the fragment `{NAME}` is in `a` and in `b`, and `src/m.py` is another file in each: one process may count for both\n"
    );
    let parts = "[[part]]\nroot = 'a'\n[[part]]\nroot = 'b'\n";
    for project in [project(), project().file("covmerge.toml", parts)] {
        let shown = project.run("a b -o total");
        assert!(shown.starts_with("exit: 0\n") && shown.contains(&said), "{shown}");
        let shown = project.run("a b -o total --expect-in a --expect-in b --expect-file list");
        let copies = "1 of 2 expected places holds nothing but copies: b (a)";
        let unmet = format!("1 of 1 entries of the manifest is not met: `2 {NAME}` (1 found)");
        assert!(shown.starts_with("exit: 3\n") && shown.contains(copies) && shown.contains(&unmet), "{shown}");
        assert!(!project.run("a -o total --allow-incomplete").contains("warning"));
    }
}

#[test]
fn a_name_that_is_two_files_below_the_root_is_an_error_unless_they_are_equal() {
    let project = packages("x = 1\ny = 2\n", "x = 1\ny = 2\nz = 3\n").file("src/m.py", "x = 1\ny = 2\n");
    let shown = project.run("b");
    let said = "error: `src/m.py` in `b/.coverage.1` is two files: `b/src/m.py`, which lies beside it, and `src/m.py` below the root";
    assert!(shown.starts_with("exit: 1\n") && shown.contains(said), "{shown}");
    assert!(!project.path("coverage.xml").exists());
    assert_eq!(files(&project, "a"), [("src/m.py".into(), [1].into())]);
    assert_eq!(files(&project, "b --map src=b/src"), [("b/src/m.py".into(), [2].into())]);
    assert_eq!(files(&project, "b --root b"), [("src/m.py".into(), [2].into())]);
}

#[test]
fn a_rule_does_not_make_two_packages_one() {
    let settings = "[run]\nrelative_files = true\n[paths]\nsource =\n  a/src\n  src\n";
    let project = packages("x = 1\ny = 2\n", "x = 1\ny = 2\nz = 3\n").file(".coveragerc", settings);
    let said = |leads: &str| format!("`b/src/m.py`, which lies beside it, and `a/src/m.py`, to which `{leads}` leads");
    let shown = project.run("a b");
    assert!(shown.starts_with("exit: 1\n") && shown.contains(&said("[paths] source")), "{shown}");
    assert!(project.run("a b --rcfile= --map src=a/src").contains(&said("--map")));
    assert_eq!(files(&project, "a"), [("a/src/m.py".into(), [1].into())]);
    // The same bytes are the same file.
    let project = packages("x = 1\ny = 2\n", "x = 1\ny = 2\n").file(".coveragerc", settings);
    assert_eq!(files(&project, "a b"), [("a/src/m.py".into(), [1, 2].into())]);
}

#[test]
fn a_fragment_outside_of_the_root_means_the_file_beside_it() {
    let project = packages("x = 1\ny = 2\n", "x = 1\ny = 2\nz = 3\n");
    let outside = project.path("b/src/m.py").canonicalize().unwrap().to_str().unwrap().to_owned();
    let found = files(&project, "a b --root a");
    assert_eq!(found, [(outside, [2].into()), ("src/m.py".into(), [1].into())]);
    // Where nothing lies beside it, the root has it.
    let fragment = std::fs::read(project.path("b/.coverage.1")).unwrap();
    let project = project.file("shards/.coverage.1", fragment);
    assert_eq!(files(&project, "shards --root a"), [("src/m.py".into(), [2].into())]);
}

#[test]
fn fragments_in_the_directory_of_data_file_are_those_of_the_root() {
    let project = Project::new()
        .file(".coveragerc", "[run]\nrelative_files = true\ndata_file = tests/.coverage\n")
        .file("conftest.py", "a = 1\n")
        .file("tests/conftest.py", "b = 1\nc = 2\n")
        .file("tests/.coverage.1", DataFile::new().lines("conftest.py", "", &[1]).bytes());
    assert_eq!(files(&project, ""), [("conftest.py".into(), [1].into())]);
}
