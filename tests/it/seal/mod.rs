//! Seals: the same reports as from the fragments, whichever way they were sealed, and the faults that they show.

mod again;
mod age;
mod beside;
mod jobs;
mod judged;
mod links;
mod places;
mod same;
mod source;
mod tree;

use std::fs;

use crate::data_file::DataFile;
use crate::project::Project;

/// A project of three shards, each with a line and a branch of its own, under relative names.
fn shards() -> Project {
    shards_of(3)
}

/// The same of so many shards, in `f1` …: in each another function of `a.py` runs, so none can be missed.
fn shards_of(number: usize) -> Project {
    let function = |at: usize| format!("def f{at}(a):\n    if a:\n        return 1\n    return 2\n");
    let source: String = (1..=number).map(function).collect();
    (1..=number).fold(Project::new().relative().file("a.py", source), |project, at| {
        let line = i64::try_from(4 * at).unwrap() - 3;
        let arcs = [(-line, line + 1), (line + 1, line + 2), (line + 2, -line)];
        let module: Vec<(i64, i64)> =
            (1..number).map(|at| (i64::try_from(4 * at).unwrap() - 3, i64::try_from(4 * at).unwrap() + 1)).collect();
        project.file(&format!("f{at}"), DataFile::new().arcs("a.py", "", &[arcs.as_slice(), &module].concat()).bytes())
    })
}

/// Runs a command of covmerge, which must succeed.
fn seal(project: &Project, arguments: &str) {
    let output = project.covmerge(&format!("seal -q {arguments}")).output().unwrap();
    assert!(output.status.success(), "{arguments}: {}", String::from_utf8_lossy(&output.stderr));
}

/// Runs a command of covmerge in a directory of the project, which must succeed.
fn seal_in(project: &Project, directory: &str, arguments: &str) {
    let mut command = project.covmerge(&format!("seal -q {arguments}"));
    let output = command.current_dir(project.path(directory)).output().unwrap();
    assert!(output.status.success(), "{arguments}: {}", String::from_utf8_lossy(&output.stderr));
}

/// The JSON of a run in a directory of the project: its files, and its totals.
fn json(project: &Project, directory: &str, arguments: &str) -> serde_json::Value {
    let mut command = project.covmerge(&format!("-q -o json=- {arguments}"));
    let output = command.current_dir(project.path(directory)).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let mut json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    json["meta"].take();
    json
}

/// Removes files and directories.
fn remove(project: &Project, names: &[&str]) {
    for name in names {
        let path = project.path(name);
        if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) }.unwrap();
    }
}
