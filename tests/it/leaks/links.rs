//! Links that lead out of a searched directory.

use std::fs;
use std::os::unix::fs::symlink;

use serde_json::json;

use crate::data_file::DataFile;
use crate::packed::zipped;
use crate::project::Project;

const SECRET: &str = "root:x:0:0:sesame-open\n";

fn measured(line: usize) -> Vec<u8> {
    DataFile::new().lines("a.py", "", &[line]).bytes()
}

fn slipcover() -> String {
    let lists = json!({"executed_lines": [3], "missing_lines": [1, 2]});
    let meta = json!({"software": "slipcover", "version": "1.1.0", "branch_coverage": false});
    json!({"meta": meta, "files": {"a.py": lists}, "summary": {}}).to_string()
}

/// A source of three lines, fragments of each line in `out`, and one in `cov`, with these links below it.
fn linked(links: &[(&str, &str)]) -> Project {
    let project = Project::new()
        .relative()
        .file("a.py", "a = 1\nb = 2\nc = 3\n")
        .file("out/.coverage.2", measured(2))
        .file("out/slip.json", slipcover())
        .file("out/all.zip", zipped(&[(".coverage.2", &measured(2))]))
        .file("out/secret", SECRET)
        .file("cov/.coverage.1", measured(1));
    for (link, to) in links {
        symlink(to, project.path("cov").join(link)).unwrap();
    }
    project
}

/// That the run rejects that path by name, without a byte of the file behind it.
fn rejects(shown: &str, path: &str) {
    let because = "because: it was not opened: a symbolic link leads from there out of the searched directory";
    assert!(shown.starts_with("exit: 3\n") && shown.contains(because), "{shown}");
    assert!(shown.contains(&format!("error: cannot read fragment `{path}`\n")), "{shown}");
    assert!(shown.contains("name the link as FRAGMENT") && shown.contains("`--allow-outside-root=DIR`"), "{shown}");
    assert!(!shown.contains("sesame") && !shown.contains("SQLite"), "{shown}");
}

#[test]
fn a_found_link_out_of_the_searched_directory_is_rejected_by_name() {
    for (link, to) in [
        (".coverage.x", "../out/secret"),
        (".coverage.x", "/etc/passwd"),
        (".coverage.x", "../out/.coverage.2"),
        ("x.covmerge", "../out/secret"),
        ("slip.json", "../out/slip.json"),
        ("data", "../out/.coverage.2"),
        ("all.zip", "../out/all.zip"),
    ] {
        let project = linked(&[(link, to)]);
        let path = format!("cov/{link}");
        for arguments in ["cov", "cov*", "cov/*", "--expect-in cov"] {
            rejects(&project.run(&format!("{arguments} -o total")), &path);
        }
        let skipped = project.run("cov -o total --bad-fragments skip");
        assert!(skipped.starts_with("exit: 3\nstdout:\n  33\n") && !skipped.contains("sesame"), "{skipped}");
        // What is named is read, and what is allowed.
        if to.starts_with("../out/") && !to.ends_with("secret") {
            for arguments in [
                format!("cov/.coverage.1 {path}"),
                "cov --allow-outside-root".into(),
                "cov --allow-outside-root=out".into(),
                "cov/* --allow-outside-root=none --allow-outside-root=out".into(),
            ] {
                let shown = project.run(&format!("-q -o total {arguments}"));
                assert!(shown.starts_with("exit: 0\nstdout:\n  67\n"), "{arguments}: {shown}");
            }
            rejects(&project.run("cov -o total --allow-outside-root=none"), &path);
        }
    }
}

#[test]
fn links_within_the_searched_directory_and_those_that_are_no_fragments_are_as_before() {
    let project = linked(&[
        ("deep", "."),
        (".coverage.same", ".coverage.1"),
        ("broken", "nowhere"),
        ("readme.txt", "../out/secret"),
        ("other.json", "../a.py"),
        ("dir", "../out"),
    ]);
    fs::create_dir(project.path("cov/sub")).unwrap();
    symlink("../../cov/.coverage.1", project.path("cov/sub/.coverage.up")).unwrap();
    let shown = project.run("cov -o total");
    assert!(shown.starts_with("exit: 0\nstdout:\n  33\n") && shown.contains("merged 1 fragment "), "{shown}");
    // The link that is named itself is followed, and its target is the searched directory.
    symlink("cov", project.path("link")).unwrap();
    assert!(project.run("link -q -o total").starts_with("exit: 0\nstdout:\n  33\n"));
}

#[test]
fn a_link_in_the_default_place_is_rejected_by_name() {
    for name in [".coverage.x", ".coverage"] {
        let project = Project::new().relative().file("own/a.py", "a = 1\n").file("out/secret", SECRET);
        symlink("../out/secret", project.path("own").join(name)).unwrap();
        let run = |arguments: &str| {
            let output = project.covmerge(arguments).current_dir(project.path("own")).output().unwrap();
            (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
        };
        let (status, said) = run("-o total");
        assert_eq!(status, Some(3), "{said}");
        assert!(said.contains(&format!("`{name}` was not opened: a symbolic link leads from there out")), "{said}");
        assert!(!said.contains("sesame"), "{said}");
        for command in ["inspect .", "manifest", "seal"] {
            let (status, said) = run(command);
            assert!(
                status == Some(3) && said.contains("was not opened") && !said.contains("sesame"),
                "{command}: {said}"
            );
        }
    }
}

#[test]
fn a_link_in_the_root_of_a_part_is_rejected_by_name() {
    let project = Project::new()
        .file("covmerge.toml", "[[part]]\nname = \"api\"\nroot = \"api\"\n")
        .file("api/a.py", "a = 1\nb = 2\n")
        .file("api/.coveragerc", "[run]\nrelative_files = true\n")
        .file("api/.coverage.1", measured(1))
        .file("out/.coverage.2", measured(2));
    symlink("../out/.coverage.2", project.path("api/.coverage.2")).unwrap();
    rejects(&project.run("-o total"), "api/.coverage.2");
    assert!(project.run("-q -o total --allow-outside-root=out").starts_with("exit: 0\nstdout:\n  100\n"));
}

#[test]
fn a_glob_does_not_lead_through_links_out_of_its_directory() {
    let project = linked(&[("dir", "../out")]);
    rejects(&project.run("cov/*/.coverage.* -o total cov/.coverage.1"), "cov/dir/.coverage.2");
    rejects(&project.run("cov/* -o total"), "cov/dir");
    // The directory of the glob is the one that its beginning names.
    assert!(project.run("*/.coverage.* -q -o total").starts_with("exit: 0\nstdout:\n  67\n"));
    assert!(project.run("cov/dir/.coverage.* -q -o total").starts_with("exit: 0\nstdout:\n  33\n"));
    assert!(project.run("cov/dir -q -o total").starts_with("exit: 0\n"));
}

#[test]
fn an_expected_place_that_is_a_link_out_of_its_directory_is_rejected_by_name() {
    let project = linked(&[("unit-2", "../out/.coverage.2"), ("unit-3", "../out"), ("unit-1", ".coverage.1")]);
    for place in ["cov/unit-2", "cov/unit-3"] {
        rejects(&project.run(&format!("--expect-in cov/unit-1 --expect-in {place} -o total")), place);
        let allowed =
            project.run(&format!("--expect-in cov/unit-1 --expect-in {place} -q -o total --allow-outside-root=out"));
        assert!(allowed.starts_with("exit: 0\n"), "{allowed}");
    }
}

#[test]
fn no_link_on_the_way_to_an_expected_place_leads_out() {
    let project = linked(&[("unit-1", "../out"), ("unit-2.zip", "../out/all.zip"), ("same", "sub")])
        .file("out/.coverage.env", SECRET)
        .file("out/sub/.coverage.env", SECRET)
        .file("cov/sub/.coverage.3", measured(3));
    for (place, link) in [
        ("cov/unit-{1..1}/.coverage.env", "cov/unit-1"),
        ("cov/{unit-1/sub,sub}/.coverage.*", "cov/unit-1"),
        ("cov/unit-{1..1}/.cov*", "cov/unit-1"),
        ("cov/unit-1/.cov*", "cov/unit-1"),
        ("cov/unit-1/sub", "cov/unit-1"),
        ("./cov/unit-1/.coverage.env", "cov/unit-1"),
        ("cov/unit-{1,2}.zip/.coverage.2", "cov/unit-2.zip"),
        ("cov/unit-2.zip/.coverage.2", "cov/unit-2.zip"),
    ] {
        let shown = project.run(&format!("--expect-in cov/.coverage.1 --expect-in {place} -o total"));
        rejects(&shown, link);
        assert!(!shown.contains(".coverage.2`") || place.contains(".coverage.2"), "{shown}");
        // Outside of the working directory it is the beginning without braces that the job itself names.
        let absolute = project.path("").join(place.trim_start_matches("./"));
        let mut command = project.covmerge("--expect-in");
        command.arg(&absolute).args(["-o", "total"]);
        let output = command.current_dir(project.path("out")).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        if place.contains('{') {
            assert!(
                output.status.code() == Some(3)
                    && said.contains(&format!("{link}`"))
                    && said.contains("was not opened"),
                "{said}"
            );
            assert!(!said.contains("sesame") && !said.contains("SQLite"), "{said}");
        }
    }
    // Links within the directory are followed, and those that are allowed.
    for arguments in [
        "--expect-in cov/{same,none}/.cov* --allow-incomplete",
        "--expect-in cov/unit-{1..1}/.coverage.2 --allow-outside-root=out",
    ] {
        assert!(
            project.run(&format!("-q -o total {arguments}")).starts_with("exit: 0\nstdout:\n  33\n"),
            "{arguments}"
        );
    }
    let project = project.file("covmerge.toml", "expect-in = [\"cov/unit-1\", \"cov/unit-2.zip/x\"]\n");
    let shown = project.run("clean --yes");
    assert!(shown.contains("`cov/unit-1` stays") && shown.contains("`cov/unit-2.zip` stays"), "{shown}");
    assert!(project.path("out/.coverage.2").exists());
}

#[test]
fn no_link_on_the_way_to_the_default_place_leads_out() {
    let rc = "[run]\nrelative_files = true\ndata_file = cov/deep/.coverage\n";
    let project = linked(&[("deep", "../out")]).file(".coveragerc", rc).file("out/.coverage.1", SECRET);
    for arguments in ["-o total", "seal", "manifest"] {
        let shown = project.run(arguments);
        assert!(
            shown.starts_with("exit: 3\n") && shown.contains("`cov/deep` was not opened: a symbolic link"),
            "{shown}"
        );
        assert!(!shown.contains("sesame") && !shown.contains("SQLite"), "{shown}");
    }
    let shown = project.run("clean --yes");
    assert!(shown.contains("`cov/deep` stays") && project.path("out/.coverage.1").exists(), "{shown}");
    std::fs::remove_file(project.path("out/.coverage.1")).unwrap();
    let allowed = project.run("-q -o total --allow-outside-root=out");
    assert!(allowed.starts_with("exit: 0\nstdout:\n  33\n"), "{allowed}");
    // The directory that is named without a link is searched, wherever it lies.
    let rc = format!("[run]\nrelative_files = true\ndata_file = {}/.coverage\n", project.path("cov/deep").display());
    let outside = project.file("own/.coveragerc", rc).file("own/a.py", "a = 1\nb = 2\nc = 3\n");
    let output = outside.covmerge("-q -o total").current_dir(outside.path("own")).output().unwrap();
    assert_eq!((output.status.code(), &*String::from_utf8_lossy(&output.stdout)), (Some(0), "33\n"));
}

#[test]
fn no_link_on_the_way_to_the_default_place_of_a_part_leads_out() {
    let project = Project::new()
        .file("covmerge.toml", "[[part]]\nname = \"api\"\nroot = \"api\"\n")
        .file("api/a.py", "a = 1\nb = 2\n")
        .file("api/.coveragerc", "[run]\nrelative_files = true\ndata_file = cov/.coverage\n")
        .file(".coverage.1", measured(1))
        .file("out/.coverage.2", SECRET);
    symlink("../out", project.path("api/cov")).unwrap();
    rejects(&project.run("-o total"), "api/cov");
    let shown = project.run("clean --yes");
    assert!(shown.contains("`api/cov` stays") && project.path("out/.coverage.2").exists(), "{shown}");
}

#[test]
fn a_link_in_an_archive_is_refused_by_name() {
    let project = linked(&[]).file("cov/all.zip", crate::packed::unreadable());
    let shown = project.run("cov -o total");
    assert!(
        shown.starts_with("exit: 3\n") && shown.contains("it is a symbolic link, and the archive holds only"),
        "{shown}"
    );
}

#[test]
fn clean_deletes_a_link_and_not_the_file_behind_it() {
    let project = linked(&[(".coverage.x", "../out/.coverage.2"), ("dir", "../out")]);
    let shown = project.run("clean --yes cov/*");
    assert!(shown.starts_with("exit: 0\n") && shown.contains("deleted 2 files"), "{shown}");
    assert!(!project.path("cov/.coverage.x").is_symlink() && project.path("cov/dir").is_symlink());
    assert!(project.path("out/.coverage.2").exists());
}

#[test]
fn a_fragment_behind_a_link_is_shown_in_no_message_of_another_search() {
    // The search for advice, where there is no fragment in the default place.
    let project = Project::new().file("own/sub/x", "").file("out/.coverage.2", measured(2));
    symlink("../../out/.coverage.2", project.path("own/sub/.coverage.2")).unwrap();
    let output = project.covmerge("").current_dir(project.path("own")).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.code() == Some(3) && !said.contains("these look like fragments"), "{said}");
}
