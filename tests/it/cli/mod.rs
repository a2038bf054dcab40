//! The command line as a whole: exit status, standard output and standard error as a user sees them.

mod age;
mod clean;
mod commands;
mod expected;
mod fragments;
mod outputs;
mod selection;
mod source;
mod summary;
mod verdict;

use std::fs;

use crate::data_file::DataFile;
use crate::project::Project;

fn example() -> Project {
    Project::of("example")
}

/// The fragments of the example, in order.
pub(crate) const FRAGMENTS: [&str; 4] = [
    ".coverage.runner.pid24810.X1Ur1Jwx.HSxkNXlZ0h8h",
    ".coverage.runner.pid24812.Xrut9qzx.Hchi4eNH6Rjh",
    ".coverage.runner.pid24814.XEDowVZx.Ha6ZMgWAAqYh",
    ".coverage.runner.pid24816.XXFmfRgx.HOxTtVtJQL9h",
];

/// Every file of the project and its bytes.
fn tree(project: &Project) -> Vec<(String, Vec<u8>)> {
    let mut files = Vec::new();
    let mut directories = vec![project.path("")];
    while let Some(directory) = directories.pop() {
        for entry in fs::read_dir(directory).unwrap().map(Result::unwrap) {
            if entry.file_type().unwrap().is_dir() {
                directories.push(entry.path());
            } else {
                let name = entry.path().strip_prefix(project.path("")).unwrap().to_str().unwrap().to_owned();
                files.push((name, fs::read(entry.path()).unwrap()));
            }
        }
    }
    files.sort();
    files
}

/// One run with times of stages replaced.
fn verbose(project: &Project, arguments: &str) -> String {
    let timed = |line: &str| match line.split_once(": ") {
        Some((stage, time)) if time.ends_with(" s") && stage.trim_start().chars().all(char::is_alphabetic) => {
            format!("{stage}: [time]\n")
        }
        _ => format!("{line}\n"),
    };
    project.run(arguments).lines().map(timed).collect()
}

/// A project measured under two contexts.
fn contexts() -> Project {
    Project::new()
        .file("a.py", "a = 1\nif a:\n    b = 3\n")
        .relative()
        .file(".coverage.1", DataFile::new().lines("a.py", "test_one", &[1, 2]).lines("a.py", "test_two", &[3]).bytes())
}
