//! `covmerge seal --source`: files that no fragment names are sealed where the sources are.

use insta::assert_snapshot;

use super::same::{FACTS, reports};
use super::{remove, seal};
use crate::data_file::DataFile;
use crate::project::Project;

/// A package of five files: each of two fragments saw another one, with branches, and a third fragment saw nothing.
fn shop(names: fn(&Project, &str) -> String) -> Project {
    let source = "def f(a):\n    if a:\n        return 1\n    return 2\n";
    let project = Project::new()
        .file("pk/__init__.py", "")
        .file("pk/one.py", source)
        .file("pk/two.py", source.repeat(2))
        .file("pk/never.py", "import sys\n\nif sys.argv:\n    a = 1\nelse:\n    a = 2\n")
        .file("pk/sub/__init__.py", "x = 1\n")
        .file("f0", DataFile::new().bytes());
    [("f1", "pk/one.py"), ("f2", "pk/two.py")].into_iter().fold(project, |project, (fragment, file)| {
        let arcs = [(-1, 1), (1, -1), (-1, 2), (2, 3), (3, -1)];
        let data = DataFile::new().arcs(&names(&project, file), "", &arcs).bytes();
        project.file(fragment, data)
    })
}

fn relative(_: &Project, name: &str) -> String {
    name.to_owned()
}

fn absolute(project: &Project, name: &str) -> String {
    project.path(name).canonicalize().unwrap().to_str().unwrap().to_owned()
}

/// Seals as these lines say, removes fragments and sources, and compares the reports with those of the fragments beside the sources.
fn compare(names: fn(&Project, &str) -> String, options: &str, sealing: &[&str]) {
    let project = shop(names);
    let fragments = format!("{options} --source=pk f0 f1 f2");
    let before = reports(&project, &format!("{FACTS} {fragments}"));
    let said = project.run(&format!("-o total=- {fragments}"));
    assert!(said.contains("of which no fragment names,"), "{said}");
    for line in sealing {
        // Where there are only seals, their texts stay as they are.
        let texts = if line.contains(['f', '=']) { "--with-sources" } else { "" };
        seal(&project, &format!("{line} {texts}"));
    }
    let seals = (1..=sealing.len()).map(|at| at.to_string()).filter(|name| project.path(name).exists());
    let seals = format!("{options} {}", seals.collect::<Vec<_>>().join(" "));
    remove(&project, &["f0", "f1", "f2", "pk"]);
    let after = reports(&project, &format!("{FACTS} {seals}"));
    assert_eq!(before.keys().collect::<Vec<_>>(), after.keys().collect::<Vec<_>>());
    for (name, text) in &before {
        assert_eq!(text, &after[name], "{sealing:?} {options} {name}");
    }
    assert_eq!(project.run(&format!("-o total=- {seals}")), said, "{sealing:?} {options}");
}

#[test]
fn files_that_no_fragment_names_count_however_they_were_sealed() {
    for sealing in [
        &["f0 --source=pk -o 1", "f1 --source=pk -o 2", "f2 --source=pk -o 3"][..],
        &["f0 -o 1", "f1 --source=pk -o 2", "f2 -o 3"],
        &["f0 --source=pk -o 1", "f1 -o 2", "f2 -o 3"],
        &["f0 f1 f2 --source=pk -o 1"],
        &["f0 f1 -o a", "f2 a --source=pk -o 1"],
        &["f0 f1 f2 -o a", "a --source=pk -o 1"],
        &["f0 f1 --source=pk -o a", "f2 -o b", "a b -o 1"],
    ] {
        compare(absolute, "", sealing);
        compare(relative, "--omit */sub/*", sealing);
    }
}

#[test]
fn the_job_that_merges_decides_which_of_them_count() {
    let project = shop(relative).file(".coveragerc", "[run]\nomit = pk/never.py\n[report]\nomit = pk/sub/*\n");
    let before = project.run("-o text --source=pk f0 f1 f2");
    seal(&project, "f0 f1 f2 --source=pk -o 1");
    remove(&project, &["f0", "f1", "f2", "pk"]);
    assert_eq!(project.run("-o text 1"), before);
    remove(&project, &[".coveragerc"]);
    assert_snapshot!(project.run("-q -o text 1"), @"
    exit: 0
    stdout:
      Name                 Stmts   Miss Branch BrPart  Cover
      ------------------------------------------------------
      pk/__init__.py           0      0      0      0   100%
      pk/one.py                4      1      2      1    67%
      pk/sub/__init__.py       1      1      0      0     0%
      pk/two.py                8      5      4      1    33%
      ------------------------------------------------------
      TOTAL                   13      7      6      2    42%
    stderr:
    ");
}

#[test]
fn files_that_only_sealed_fragments_name_are_not_counted_as_unnamed() {
    let project = shop(relative);
    seal(&project, "f0 f1 -o 1");
    for (sealing, said) in [
        ("seal 1 --source=pk -o 2", "  sealed 4 files that no fragment names\n  sealed 1 seal again\n"),
        (
            "seal 1 f2 --source=pk -o 2",
            "  sealed 1 fragment (coverage.py, branch) covering 4 files, 3 of which no fragment names, in [time]\n",
        ),
    ] {
        let run = project.run(sealing);
        assert!(run.contains(said), "{run}");
    }
}

#[test]
fn a_source_that_is_not_here_is_named_with_advice() {
    let project = shop(relative);
    seal(&project, "f0 f1 f2 -o 1");
    remove(&project, &["f0", "f1", "f2", "pk"]);
    assert_snapshot!(project.run("-o total=- --source=pk 1"), @"
    exit: 64
    stdout:
    stderr:
      error: `--source=pk`: there is no such directory, and no such package below the root, in its `src` or among the measured files
        help: the sources are where the tests ran: give `--source=pk` to `covmerge seal` there, and leave it out here
    ");
    let again = project.run("seal --source=./pk 1 -o 2");
    assert!(
        again.starts_with("exit: 64\n") && again.contains("give `--source=./pk` to `covmerge seal` there"),
        "{again}"
    );
    let project = project.file("covmerge.toml", "source = [\"pk\"]\n");
    assert_snapshot!(project.run("-o total=- 1"), @"
    exit: 0
    stdout:
      44
    stderr:
      warning: `source` of covmerge's settings names `pk`: there is no such directory, and no such package below the root, in its `src` or among the measured files
        help: its files count only where fragments name them: give `--source` to `covmerge seal`, where the sources are
      merged 3 fragments (coverage.py, branch) covering 2 files in [time]

      TOTAL   12 statements   6 missing   6 branches   2 partial   44.44%
    ");
}
