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

/// The packages, in which the fragment of one process and its copy lie instead of others, and their seals; `b` is the source in the second one, and `beside` the
/// names that another fragment records in each.
fn of_one_process(b: &str, beside: &str) -> Project {
    let other = beside.split_whitespace().fold(DataFile::new(), |data, name| data.lines(name, "", &[1])).bytes();
    let project = packages().file("packages/b/src/m.py", b);
    let fragment = fs::read(project.path("packages/a/f")).unwrap();
    let project = ["packages/a", "packages/b"].iter().fold(project, |project, package| {
        let project = project.file(&format!("{package}/src/n.py"), "n = 1\n").file(&format!("{package}/other"), &other);
        remove(&project, &[&format!("{package}/f")]);
        project.file(&format!("{package}/{NAME}"), &fragment)
    });
    let fragments = if beside.is_empty() { NAME.to_owned() } else { format!("{NAME} other") };
    seal_in(&project, "packages/a", &format!("{fragments} -o ../../a.covmerge"));
    seal_in(&project, "packages/b", &format!("{fragments} -o ../../b.covmerge"));
    project
}

const NAME: &str = ".coverage.ci.pid7.Xabcdefx.Habcdefghijkh";
const OTHER: &str = "a = 1\nb = 2\nc = 3\nd = 4\n";

#[test]
fn the_fragment_of_one_process_in_the_seals_of_two_packages_is_an_error() {
    let is_error = |project: &Project, seals: &str| {
        let shown = project.run(&format!("-q -o total {seals}"));
        let said = shown.contains("error: one process cannot have run both `packages/")
            && shown.contains("`packages/a/src/m.py`")
            && shown.contains("`packages/b/src/m.py`");
        assert!(shown.starts_with("exit: 1\n") && said, "{seals}: {shown}");
    };
    // The fragment itself tells its names, beside seals of however many others.
    for beside in ["", "src/n.py"] {
        let project = of_one_process(OTHER, beside);
        for seals in ["a.covmerge packages/b", "packages/a b.covmerge"] {
            is_error(&project, seals);
        }
        for package in ["a", "b"] {
            assert!(
                project.run(&format!("-q -o total {package}.covmerge packages/{package}")).starts_with("exit: 0\n")
            );
        }
        seal(&project, "a.covmerge packages/b -o both.covmerge");
        remove(&project, &["packages"]);
        if beside.is_empty() {
            is_error(&project, "both.covmerge");
        }
    }
    // If a seal holds no other one, its names are those of the fragment.
    let project = of_one_process(OTHER, "");
    seal(&project, "packages/a -o top-a.covmerge");
    seal(&project, "packages/b -o top-b.covmerge");
    seal(&project, "b.covmerge a.covmerge -o both.covmerge");
    for seals in
        ["a.covmerge b.covmerge", "both.covmerge", "top-a.covmerge top-b.covmerge", "a.covmerge top-b.covmerge"]
    {
        is_error(&project, seals);
    }
    assert!(project.run("-q -o total a.covmerge top-a.covmerge").starts_with("exit: 0\n"));
    // All names that both have are those of different files.
    is_error(&of_one_process(OTHER, "src/m.py"), "a.covmerge b.covmerge");
}

#[test]
fn it_is_a_warning_where_the_fragment_may_mean_other_names_or_the_texts_are_equal() {
    let warning = |first: &str, second: &str| {
        format!(
            "warning: the fragment `{NAME}` is in {first} and in {second}, and `src/m.py` is another file in each: one process may count for both\n"
        )
    };
    let (a, b) = ("`a.covmerge` (of `packages/a`)", "`b.covmerge` (of `packages/b`)");
    let warned = |project: &Project, seals: &str, warning: &str| {
        let shown = project.run(&format!("-q -o total {seals}"));
        assert!(shown.starts_with("exit: 0\n") && shown.contains(warning), "{seals}: {shown}");
    };
    let unknown = of_one_process(OTHER, "src/n.py");
    // Whichever worker reads which seal first.
    for _ in 0..20 {
        warned(&unknown, "a.covmerge b.covmerge", &warning(a, b));
    }
    assert!(!unknown.run("-q -o total b.covmerge").contains("warning"));
    let equal = of_one_process("a = 1\nb = 2\nc = 3\n", "");
    warned(&equal, "a.covmerge b.covmerge", &warning(a, b));
    warned(&equal, "a.covmerge packages/b", &warning("`packages/b`", a));
    // Files that do not count do no harm.
    let shown = of_one_process(OTHER, "src/n.py").run("-q -o total a.covmerge b.covmerge --omit */m.py");
    assert!(shown.starts_with("exit: 0\n") && !shown.contains("src/m.py"), "{shown}");
}

#[test]
fn absolute_names_are_those_of_one_file_wherever_they_are_sealed() {
    let project = packages().file("packages/b/src/m.py", OTHER);
    let root = fs::canonicalize(project.path("packages")).unwrap();
    let names = ["a", "b"].map(|package| format!("{}/{package}/src/m.py", root.display()));
    let fragment = names.iter().fold(DataFile::new(), |data, name| data.lines(name, "", &[1])).bytes();
    let project = ["a", "b"]
        .iter()
        .fold(project, |project, package| project.file(&format!("packages/{package}/{NAME}"), &fragment));
    seal_in(&project, "packages/a", &format!("{NAME} -o ../../a.covmerge"));
    seal_in(&project, "packages/b", &format!("{NAME} -o ../../b.covmerge"));
    for fragments in ["a.covmerge b.covmerge", "packages", "a.covmerge packages/b"] {
        let shown = project.run(&format!("-q -o total {fragments}"));
        assert!(shown.starts_with("exit: 0\n") && !shown.contains("warning"), "{fragments}: {shown}");
    }
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
