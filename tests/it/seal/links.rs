//! Symbolic links: a file has one name, however its fragments are grouped in seals.

use std::os::unix::fs::symlink;

use super::{json, seal, seal_in};
use crate::data_file::DataFile;
use crate::project::Project;

/// A project with that `real` directory, to which `one` and `two` lead; the fragments see lines of `a.py` under its three names run.
fn linked(real: &str, relative: bool) -> Project {
    let project = if relative { Project::new().relative() } else { Project::new() };
    let project = project.file(&format!("root/{real}/a.py"), "a = 1\nb = 2\nc = 3\nd = 4\n");
    let project = project.file("root/.coveragerc", if relative { "[run]\nrelative_files = true\n" } else { "" });
    for link in ["one", "two"] {
        symlink(real, project.path(&format!("root/{link}"))).unwrap();
    }
    let root = std::fs::canonicalize(project.path("root")).unwrap();
    [real, "one", "two"].iter().zip(1..).fold(project, |project, (directory, line)| {
        let name = if relative {
            format!("{directory}/a.py")
        } else {
            root.join(directory).join("a.py").display().to_string()
        };
        project.file(&format!("root/f{line}"), DataFile::new().lines(&name, "", &[line]).bytes())
    })
}

#[test]
fn a_file_has_one_name_however_its_fragments_are_grouped() {
    for real in ["real", "../real"] {
        for relative in [true, false] {
            let project = linked(real, relative);
            for fragments in [vec![1], vec![2], vec![1, 2], vec![2, 3], vec![1, 2, 3]] {
                let named: Vec<String> = fragments.iter().map(|at| format!("f{at}")).collect();
                let expected = json(&project, "root", &named.join(" "));
                seal_in(&project, "root", &format!("{} -o all.covmerge", named.join(" ")));
                for name in &named {
                    seal_in(&project, "root", &format!("{name} -o {name}.covmerge"));
                }
                let seals: Vec<String> = named.iter().map(|name| format!("{name}.covmerge")).collect();
                let seals = seals.join(" ");
                seal_in(&project, "root", &format!("{seals} -o again.covmerge"));
                let (first, rest) = named.split_first().unwrap();
                let mut groupings = vec!["all.covmerge".to_owned(), seals, "again.covmerge".into()];
                if !rest.is_empty() {
                    groupings.push(format!(
                        "{first} {}",
                        rest.iter().map(|name| format!("{name}.covmerge")).collect::<Vec<_>>().join(" ")
                    ));
                    groupings.push(format!("{first}.covmerge {}", rest.join(" ")));
                    seal_in(&project, "root", &format!("{} -o rest.covmerge", rest.join(" ")));
                    groupings.push(format!("{first}.covmerge rest.covmerge"));
                }
                for grouping in groupings {
                    assert_eq!(
                        json(&project, "root", &grouping),
                        expected,
                        "{real}, {relative}, {fragments:?}: {grouping}"
                    );
                }
            }
        }
    }
}

#[test]
fn a_link_within_the_work_tree_leads_there_from_any_package() {
    let project = Project::new().relative().file(".git/HEAD", "").file("libs/m.py", "a = 1\nb = 2\nc = 3\n");
    let project = ["a", "b"].iter().zip([1, 2]).fold(project, |project, (package, line)| {
        let project = project
            .file(&format!("{package}/.coveragerc"), "[run]\nrelative_files = true\n")
            .file(&format!("{package}/f"), DataFile::new().lines("libs/m.py", "", &[line]).bytes());
        symlink("../libs", project.path(&format!("{package}/libs"))).unwrap();
        seal_in(&project, package, &format!("f -o ../{package}.covmerge"));
        project
    });
    let shown = |arguments: &str| project.run(&format!("-q -o text=- {arguments}"));
    let expected = shown("a/f b/f");
    assert!(expected.contains("libs/m.py       3      1"), "{expected}");
    assert_eq!(shown("a.covmerge b.covmerge"), expected);
    seal(&project, "a.covmerge b.covmerge -o both.covmerge");
    assert_eq!(shown("both.covmerge"), expected);
}
