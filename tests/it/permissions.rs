//! Files that must not be read. Permissions do not bind root, so these tests run without its privileges.

#![cfg(unix)]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::Command;

use covmerge::discover::{Error, Found, Unmatched, fragments};
use covmerge::model::settings::Discover;
use covmerge::read;

use crate::data_file::DataFile;
use crate::project::Project;

fn set(project: &Project, name: &str, mode: u32) {
    fs::set_permissions(project.path(name), fs::Permissions::from_mode(mode)).unwrap();
}

/// The variable that is set in a process started without root's privileges.
const AGAIN: &str = "COVMERGE_TESTS_WITHOUT_PRIVILEGES";

/// Whether permissions bind this process. If not, the test of that name is run in a process that they bind, and must pass there.
#[expect(clippy::disallowed_methods, reason = "a test reads its own mark")]
fn ordinary(test: &str) -> bool {
    let project = Project::new().file("closed", "");
    set(&project, "closed", 0o000);
    if fs::File::open(project.path("closed")).is_err() {
        return true;
    }
    assert!(std::env::var_os(AGAIN).is_none(), "setpriv left the process its privileges");
    let again = Command::new("setpriv")
        .args(["--bounding-set=-all", "--inh-caps=-all"])
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", test])
        .env(AGAIN, "")
        .output()
        .unwrap_or_else(|error| panic!("run the tests as an ordinary user, or install setpriv (util-linux): {error}"));
    let shown = String::from_utf8_lossy(&again.stdout);
    assert!(again.status.success() && shown.contains("1 passed"), "{shown}{}", String::from_utf8_lossy(&again.stderr));
    false
}

#[test]
fn what_may_not_be_read_is_named() {
    if !ordinary("permissions::what_may_not_be_read_is_named") {
        return;
    }
    let project = Project::new()
        .file("a.py", "a = 1\n")
        .relative()
        .file(".coverage.1", DataFile::new().lines("a.py", "", &[1]).bytes())
        .file(".coverage.2", "")
        .file("closed/.coverage.1", "");
    set(&project, ".coverage.2", 0o000);
    set(&project, "closed", 0o000);
    let shown = ["", "closed", ". -o total --bad-fragments skip", "inspect ."].map(|arguments| project.run(arguments));
    set(&project, "closed", 0o755);

    assert!(shown[0].starts_with("exit: 3\n") && shown[0].contains("Permission denied"), "{}", shown[0]);
    assert!(shown[0].contains("help: make it readable\n"), "{}", shown[0]);
    assert!(shown[1].starts_with("exit: 3\n") && shown[1].contains("`closed` cannot be read"), "{}", shown[1]);
    assert!(shown[2].starts_with("exit: 3\nstdout:\n  100\n"), "{}", shown[2]);
    assert!(shown[3].contains("sha256") && shown[3].contains("error: `closed` cannot be read"), "{}", shown[3]);
}

#[test]
fn a_search_goes_on_past_what_it_may_not_look_at() {
    if !ordinary("permissions::a_search_goes_on_past_what_it_may_not_look_at") {
        return;
    }
    let project = ["d/.coverage.a", "d/closed/.coverage.b", "d/other", "d/.coverage.c", "d/listed/.coverage.e"]
        .iter()
        .fold(Project::new(), |project, name| project.file(name, "data"));
    for name in ["d/closed", "d/other", "d/.coverage.c"] {
        set(&project, name, 0o000);
    }
    set(&project, "d/listed", 0o444);
    let cwd = project.path("").canonicalize().unwrap();
    let found = |arguments: &[&str]| {
        let arguments = arguments.iter().map(ToString::to_string).collect();
        let settings =
            Discover { cwd: cwd.clone(), fragments: arguments, data_file: ".coverage".into(), ..Discover::default() };
        match fragments(&settings, &[], &read::classify) {
            Ok(Found { fragments, unmatched, .. }) => (fragments, unmatched.iter().map(Unmatched::name).collect()),
            Err(Error::Unmatched(unmatched)) => (Vec::new(), unmatched.iter().map(Unmatched::name).collect::<Vec<_>>()),
            Err(error) => panic!("{error}"),
        }
    };
    let seen = [&["d"][..], &["d", "d"], &["**/.coverage.*"], &["d/*/.coverage.b", "d/*/.coverage.e"]].map(found);
    set(&project, "d/closed", 0o755);
    set(&project, "d/listed", 0o755);

    let paths = |names: &[&str]| names.iter().map(PathBuf::from).collect::<Vec<_>>();
    let files = paths(&["d/.coverage.a", "d/.coverage.c", "d/listed/.coverage.e"]);
    let searched = (files.clone(), paths(&["d/closed", "d/other"]));
    let named = ["d/closed/.coverage.b", "d/listed/.coverage.b", "d/closed/.coverage.e", "d/listed/.coverage.e"];
    let expected = [searched.clone(), searched, (files, paths(&["d/closed"])), (Vec::new(), paths(&named))];
    assert_eq!(seen, expected);
}

#[test]
fn a_file_that_nothing_can_replace_is_written_in_place() {
    if !ordinary("permissions::a_file_that_nothing_can_replace_is_written_in_place") {
        return;
    }
    let project = Project::new()
        .file("a.py", "a = 1\n")
        .relative()
        .file(".coverage.1", DataFile::new().lines("a.py", "", &[1]).bytes())
        .file("mounted/total", "old, and longer than the new one\n")
        .file("mounted/closed", "old\n");
    set(&project, "mounted/closed", 0o444);
    set(&project, "mounted", 0o555);
    let shown = ["total", "closed", "new"].map(|name| project.run(&format!("-q -o json -o total=mounted/{name}")));
    set(&project, "mounted", 0o755);
    assert!(shown[0].starts_with("exit: 0\n") && project.read("mounted/total") == "100\n", "{}", shown[0]);
    for (shown, name) in shown[1..].iter().zip(["closed", "new"]) {
        assert!(shown.starts_with("exit: 1\n") && shown.contains(&format!("to `mounted/{name}`")), "{shown}");
    }
    assert_eq!(project.read("mounted/closed"), "old\n");
}
