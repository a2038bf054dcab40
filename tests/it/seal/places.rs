//! The place of the root in the work tree: files of two packages never become one.

use std::fs;

use super::{json, remove, seal, seal_in};
use crate::data_file::DataFile;
use crate::project::Project;

/// A work tree of packages in which files have the same names and texts; in each, a fragment saw another line run.
fn packages() -> Project {
    let project = Project::new().relative().file(".git/HEAD", "");
    ["packages/a", "packages/b"].iter().zip([1, 2]).fold(project, |project, (package, line)| {
        project
            .file(&format!("{package}/.coveragerc"), "[run]\nrelative_files = true\n")
            .file(&format!("{package}/src/m.py"), "a = 1\nb = 2\nc = 3\n")
            .file(&format!("{package}/f"), DataFile::new().lines("src/m.py", "", &[line]).bytes())
    })
}

#[test]
fn files_of_two_packages_keep_their_places() {
    let project = packages();
    // Where no sources are, a relative name says nothing about another directory than the root: so these come first.
    let runs = [
        ("", "packages/a/f packages/b/f", "a.covmerge b.covmerge"),
        ("packages", "a/f b/f", "../a.covmerge ../b.covmerge"),
        ("packages/a", "f ../b/f", "../../a.covmerge ../../b.covmerge"),
        ("packages/b", "f", "../../b.covmerge"),
    ];
    let of_fragments = runs.map(|(directory, fragments, _)| json(&project, directory, fragments));
    seal_in(&project, "packages/a", "f -o ../../a.covmerge");
    seal_in(&project, "packages/b", "f -o ../../b.covmerge");
    remove(&project, &["packages/a/src", "packages/b/src"]);
    for ((directory, _, seals), expected) in runs.iter().zip(&of_fragments) {
        assert_eq!(&json(&project, directory, seals), expected, "{directory}");
    }
    assert_eq!(of_fragments[0]["totals"]["num_statements"], 6);
    // Outside of any work tree, names begin at its top, unless all begin at one place.
    let outside = Project::new().relative();
    for name in ["a.covmerge", "b.covmerge"] {
        fs::copy(project.path(name), outside.path(name)).unwrap();
    }
    assert_eq!(json(&outside, "", "a.covmerge b.covmerge"), of_fragments[0]);
    assert_eq!(json(&outside, "", "b.covmerge"), of_fragments[3]);
    seal(&outside, "b.covmerge a.covmerge -o both.covmerge");
    assert_eq!(json(&outside, "", "both.covmerge"), of_fragments[0]);
}

#[test]
fn the_fragment_of_one_process_in_the_seals_of_two_packages_is_warned_of() {
    const NAME: &str = ".coverage.ci.pid7.Xabcdefx.Habcdefghijkh";
    let project = |text: &str| {
        let project = packages().file("packages/b/src/m.py", text);
        fs::rename(project.path("packages/a/f"), project.path("packages/a").join(NAME)).unwrap();
        fs::copy(project.path("packages/a").join(NAME), project.path("packages/b").join(NAME)).unwrap();
        seal_in(&project, "packages/a", &format!("{NAME} -o ../../a.covmerge"));
        seal_in(&project, "packages/b", &format!("{NAME} f -o ../../b.covmerge"));
        seal(&project, "b.covmerge a.covmerge -o both.covmerge");
        project
    };
    let warning = |first: &str, second: &str| {
        format!(
            "warning: the fragment `{NAME}` is in {first} (of `packages/a`) and in {second} (of `packages/b`), and `src/m.py` is another file in each: one process may count for both\n"
        )
    };
    let other = project("a = 1\nb = 2\nc = 3\nd = 4\n");
    for (seals, warning) in [
        ("a.covmerge b.covmerge", warning("`a.covmerge`", "`b.covmerge`")),
        ("both.covmerge", warning("`both.covmerge`", "`both.covmerge`")),
    ] {
        // Whichever worker reads which seal first.
        for _ in 0..20 {
            let shown = other.run(&format!("-q -o total {seals}"));
            assert!(shown.contains(&warning), "{shown}");
        }
    }
    assert!(!other.run("-q -o total b.covmerge").contains("warning"));
    assert!(!project("a = 1\nb = 2\nc = 3\n").run("-q -o total a.covmerge b.covmerge").contains("warning"));
}

#[test]
fn a_seal_of_the_top_is_merged_in_a_package() {
    let project = packages().file("f", DataFile::new().lines("packages/a/src/m.py", "", &[1]).bytes());
    let expected = json(&project, "packages/a", "../../f");
    seal(&project, "f -o top.covmerge");
    assert_eq!(json(&project, "packages/a", "../../top.covmerge"), expected);
    assert!(expected["files"].as_object().unwrap().contains_key("src/m.py"), "{expected}");
}

#[test]
fn a_seal_belongs_to_the_root_of_its_part() {
    let project = packages().file(
        "covmerge.toml",
        "[[part]]\nroot = 'packages/a'\nfragments = 'a.covmerge'\n[[part]]\nroot = 'packages/b'\nfragments = 'b.covmerge'\n",
    );
    seal_in(&project, "packages/a", "f -o ../../a.covmerge");
    // Another place than the root of the part.
    let project = project.file("g", DataFile::new().lines("packages/b/src/m.py", "", &[2]).bytes());
    remove(&project, &["covmerge.toml"]);
    seal(&project, "g -o b.covmerge");
    let project = packages_like(&project);
    let names: Vec<String> = json(&project, "", "")["files"].as_object().unwrap().keys().cloned().collect();
    assert_eq!(names, ["packages/a/src/m.py", "packages/b/src/m.py"]);
}

/// The seals of a project in a work tree with the same parts, but without sources.
fn packages_like(project: &Project) -> Project {
    let settings = "[[part]]\nroot = 'packages/a'\nfragments = 'a.covmerge'\n[[part]]\nroot = 'packages/b'\nfragments = 'b.covmerge'\n";
    let rc = "[run]\nrelative_files = true\n";
    let like = Project::new().relative().file(".git/HEAD", "").file("covmerge.toml", settings);
    let like = like.file("packages/a/.coveragerc", rc).file("packages/b/.coveragerc", rc);
    ["a.covmerge", "b.covmerge"].iter().fold(like, |like, name| like.file(name, fs::read(project.path(name)).unwrap()))
}

#[test]
fn a_seal_without_a_place_is_never_united_with_one_that_has_one() {
    let project = packages();
    seal_in(&project, "packages/a", "f -o ../../a.covmerge");
    fs::rename(project.path(".git"), project.path("git")).unwrap();
    seal_in(&project, "packages/b", "f -o ../../b.covmerge");
    for in_work_tree in [false, true] {
        if in_work_tree {
            fs::rename(project.path("git"), project.path(".git")).unwrap();
        }
        let run = project.run("-o total=- a.covmerge b.covmerge");
        let why = "error: `src/m.py` in `b.covmerge` may be another file than in `a.covmerge`: the root of the second lies at `packages/a`";
        assert!(run.starts_with("exit: 1\n") && run.contains(why), "{run}");
    }
    // As parts they have places.
    let project = project.file(
        "covmerge.toml",
        "[[part]]\nroot = 'packages/a'\nfragments = 'a.covmerge'\n[[part]]\nroot = 'packages/b'\nfragments = 'b.covmerge'\n",
    );
    assert_eq!(json(&project, "", "")["totals"]["num_statements"], 6);
}
