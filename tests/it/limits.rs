//! Inputs that would cost too much are refused by name, with the limit that they exceed; and the limits are settings.

use covmerge::model::limits::Limits;
use covmerge::model::words::grouped;
use serde_json::json;

use crate::data_file::DataFile;
use crate::project::Project;

const A: &str = "if a == 1:\n    pass\n";

/// A project of one source whose text is `text`.
fn project(text: &str) -> Project {
    let lines = DataFile::new().lines("a.py", "", &[1, 2]).bytes();
    Project::new().relative().file("a.py", text).file(".coverage.1", lines)
}

/// A run of the project with these settings of coverage.py below `[report]`.
fn with_patterns(text: &str, report: &str) -> String {
    project(text).file(".coveragerc", format!("[run]\nrelative_files = true\n[report]\n{report}\n")).run("-q -o total")
}

#[test]
fn the_documentation_has_the_table_of_limits() {
    let docs = include_str!("../../docs/settings.md");
    let table = docs.split("### Limits").nth(1).unwrap();
    let rows: Vec<&str> =
        table.lines().skip_while(|line| !line.starts_with("| `")).take_while(|line| !line.is_empty()).collect();
    let wanted = Limits::ROWS
        .iter()
        .map(|row| format!("| `{}` | {} | {} | {} |", row.name, row.unit, grouped(row.default), row.of));
    assert_eq!(rows, wanted.collect::<Vec<_>>());
}

#[test]
fn patterns_that_are_too_large_are_refused_with_their_setting() {
    for (report, names) in [
        (
            "exclude_lines = ((a{1,50}){1,50}){1,50}b".to_owned(),
            ["`((a{1,50}){1,50}){1,50}b`", "`[report] exclude_lines`"],
        ),
        ("exclude_also = ((a{1,50}){1,50}){1,50}b".to_owned(), ["`((a{1,50}){1,50}){1,50}b`", "exclude_also`"]),
        (format!("exclude_lines = ({})b", "a?".repeat(300_000)), ["`(a?a?", "`[report] exclude_lines`"]),
        ("partial_branches = ((a{1,50}){1,50}){1,50}b".to_owned(), ["the pattern", "`[report] partial_branches`"]),
        (
            format!("exclude_lines =\n{}", "    no cover number\n".repeat(10_000)),
            ["the patterns", "`[report] exclude_lines`"],
        ),
        ("contexts = ((a{50}){50}){50}b".to_owned(), ["`((a{50}){50}){50}b`", "`contexts`"]),
    ] {
        let shown = with_patterns(A, &report);
        assert!(shown.starts_with("exit: 64\n") && shown.contains("`pattern-size`"), "{shown}");
        assert!(names.iter().all(|name| shown.contains(name)) && shown.len() < 2_000, "{names:?} {shown}");
    }
    for option in ["omit", "include"] {
        let shown = with_patterns(A, &format!("{option} =\n{}", "    some/where/*.py\n".repeat(500_000)));
        assert!(shown.starts_with("exit: 64\n") && shown.contains("`file-pattern-size`"), "{shown}");
        assert!(shown.contains(&format!("`{option}` has 500,000 patterns")), "{shown}");
    }
}

#[test]
fn many_or_long_patterns_of_files_cost_little() {
    let lines = |line: &dyn Fn(usize) -> String| (0..20_000).map(line).collect::<String>();
    for (patterns, total) in [
        ("*a".repeat(300_000), "100"),
        ("a/**/".repeat(180_000), "100"),
        ("/".repeat(900_000), "100"),
        (lines(&|at| format!("\n    src/package_{at}/module.py")), "100"),
        (lines(&|at| format!("\n    */generated_{at}_*/*")), "100"),
        (lines(&|at| format!("\n    *_module_number_{at}_pb2.py")), "100"),
        (lines(&|at| format!("\n    */tests_{at}/*")) + "\n    a.*", "no data to report"),
    ] {
        let shown = with_patterns(A, &format!("omit = {patterns}"));
        assert!(shown.contains(total) && shown.len() < 500, "{shown}");
        let rules = patterns.replace("*\n", "x\n").trim_start().to_owned() + "x";
        let shown = with_patterns(A, &format!("omit = x.py\n[paths]\nsource =\n    src\n    {rules}"));
        assert!(shown.contains("100") && shown.len() < 500, "{shown}");
    }
}

#[test]
fn a_name_that_takes_too_long_is_refused_with_the_pattern_and_its_place() {
    let pattern = format!("{}*b?", "*a".repeat(300));
    let name = "a".repeat(30_000);
    let long = |file: &str, text: &str| {
        let lines = DataFile::new().lines("a.py", "", &[1]).lines(&name, "", &[1]).bytes();
        Project::new().relative().file("a.py", A).file(".coverage.1", lines).file(file, text).run("-q -o total")
    };
    for (file, text, origin) in [
        (
            ".coveragerc",
            format!("[run]\nrelative_files = true\n[report]\nomit =\n    {pattern}\n"),
            "`omit` on line 4 of `.coveragerc`",
        ),
        (
            "covmerge.toml",
            format!("analysis = \"auto\"\ninclude = [\"{pattern}\", \"x.py\"]\n"),
            "`include` on line 2 of `covmerge.toml`",
        ),
        (
            ".coveragerc",
            format!("[run]\nrelative_files = true\n[paths]\nsource =\n    src\n    {pattern}\n"),
            "`[paths] source` on line 4 of `.coveragerc`",
        ),
    ] {
        let shown = long(file, &text);
        assert!(shown.starts_with("exit: 64\n") && shown.len() < 2_000, "{shown}");
        let limit = "takes more than 1,000,000 steps, the limit `file-pattern-work`";
        assert!(
            shown.contains("error: bad pattern `*a*a*a") && shown.contains(origin) && shown.contains(limit),
            "{shown}"
        );
    }
}

#[test]
fn a_search_that_takes_too_long_is_refused_with_its_pattern_and_setting() {
    // Each of these takes CPython minutes or more.
    let long = format!("if a == 1:\n    b = '{}'\n", "a".repeat(300_000));
    for pattern in ["a(?s:.*)zz|a", "(?=(a+)+$)b|a"] {
        let shown = with_patterns(&long, &format!("exclude_lines =\n    pragma\n    {pattern}\n    x"));
        assert!(shown.starts_with("exit: 64\n"), "{shown}");
        assert!(
            shown.contains(&format!("the pattern `{pattern}` of `[report] exclude_lines` in `.coveragerc`")),
            "{shown}"
        );
        assert!(shown.contains("raise `pattern-work` below `[tool.covmerge.limits]`"), "{shown}");
    }
}

#[test]
fn real_lists_of_patterns_are_far_below_the_limits() {
    // 300 patterns in the style of covdefaults, in 20,000 lines.
    let patterns: Vec<String> = (0..300).map(|at| format!("    ^\\s*raise (\\w+\\.)?Error{at}\\b.*$")).collect();
    let text = "def f(a):\n    if a is None:  # pragma: no cover\n        raise errors.Error7(a)\n    return a\n"
        .repeat(5_000);
    let shown = with_patterns(&text, &format!("exclude_also =\n{}", patterns.join("\n")));
    assert!(shown.starts_with("exit: 0\n"), "{shown}");
}

#[test]
fn limits_are_settings_and_name_themselves() {
    let fragment = json!({
        "meta": {"software": "slipcover", "version": "1.1.0", "branch_coverage": false, "more": [[[[1]]]]},
        "files": {"a.py": {"executed_lines": [1, 2], "missing_lines": []}},
        "summary": {},
    });
    let set = |limits: &str, arguments: &str| {
        let mut flat = fragment.clone();
        flat["meta"].as_object_mut().unwrap().remove("more");
        let project = project(A).file("s.json", fragment.to_string()).file("flat.json", flat.to_string());
        project.file("covmerge.toml", format!("[limits]\n{limits}\n")).run(&format!("-q -o total {arguments}"))
    };
    for (limits, arguments, status, message) in [
        ("source-size = 19", "", 1, "more than 19 bytes, the limit `source-size`"),
        ("fragment-size = 100", "", 3, "more than 100 bytes, the limit `fragment-size`"),
        ("lines = 1", "", 3, "`a.py` has more than 1 lines, the limit `lines`"),
        ("lines = 1", "s.json", 3, "`a.py` has more than 1 lines, the limit `lines`"),
        ("path-length = 3", "", 3, "more than 3 bytes, the limit `path-length`"),
        ("json-depth = 3", "s.json", 3, "more than 3 levels, the limit `json-depth`"),
        ("json-depth = 6", "s.json", 0, ""),
        // The lists of lines are the deepest values; one that is empty counts, too.
        ("json-depth = 3", "flat.json", 3, "more than 3 levels, the limit `json-depth`"),
        ("json-depth = 4", "flat.json", 0, ""),
        ("pattern-size = 20", "", 64, "more than 20 steps, the limit `pattern-size`"),
        ("source-size = 20", "", 0, ""),
        ("lines = 2", "", 0, ""),
        (
            "source-size = 0",
            "",
            64,
            "`limits.source-size` on line 2 of `covmerge.toml` is `0`: expected a whole number from 1 to 9007199254740991",
        ),
        ("source-size = -1", "", 64, "expected a whole number from 1 to"),
        ("source-size = 1.5", "", 64, "expected a whole number"),
        ("source-size = 18446744073709551616", "", 64, "expected a whole number from 1 to"),
        ("source-sise = 1", "", 64, "did you mean `source-size`?"),
    ] {
        let shown = set(limits, arguments);
        assert!(
            shown.starts_with(&format!("exit: {status}\n")) && shown.contains(message),
            "{limits} {arguments}: {shown}"
        );
    }
    let shown = project(A).file("covmerge.toml", "limits = 3\n").run("-q -o total");
    assert!(shown.starts_with("exit: 64\n") && shown.contains("expected a table of limits"), "{shown}");
}

#[test]
fn the_limits_of_fragments_hold_for_seals() {
    let data = DataFile::new()
        .lines("a.py", "one", &[1, 2])
        .lines("a.py", "two", &[1])
        .lines("b.txt", "one", &[1])
        .lines("b.txt", "two", &[7]);
    let project = project(A).file(".coverage.1", data.bytes()).file("b.txt", "");
    let output = project.covmerge("seal -q").output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let seal = std::fs::read_dir(project.path("")).unwrap().map(|entry| entry.unwrap().path());
    let seal = seal.filter(|path| path.extension().is_some_and(|extension| extension == "covmerge")).last().unwrap();
    let json = "-o json=- --show-contexts";
    for (limits, arguments, status, message) in [
        ("files = 1", "", 3, "it names more than 1 files, the limit `files`"),
        ("path-length = 4", "", 3, "the path `b.txt…` has more than 4 bytes, the limit `path-length`"),
        ("lines = 1", "", 3, "`a.py` has more than 1 lines, the limit `lines`"),
        ("lines = 6", "", 3, "`b.txt` has more than 6 lines, the limit `lines`"),
        ("contexts = 3", json, 3, "it has, counted by file, more than 3 contexts, the limit `contexts`"),
        ("contexts = 3", "--contexts one", 3, "more than 3 contexts, the limit `contexts`"),
        ("contexts = 3", "", 0, ""),
        ("files = 2\npath-length = 5\nlines = 7\ncontexts = 4", json, 0, ""),
    ] {
        let omit = if json == arguments { "" } else { "-o total" };
        let run = Project::new().relative().file("s.covmerge", std::fs::read(&seal).unwrap());
        let run = run.file("covmerge.toml", format!("omit = [\"*.txt\"]\n[limits]\n{limits}\n"));
        let shown = run.run(&format!("-q {omit} {arguments} s.covmerge"));
        assert!(shown.starts_with(&format!("exit: {status}\n")) && shown.contains(message), "{limits}: {shown}");
        assert!(status == 0 || shown.contains("error: cannot read fragment `s.covmerge`"), "{shown}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn files_that_the_system_makes_are_never_read() {
    let below =
        |name: &str| Project::new().relative().file(".coverage.1", DataFile::new().lines(name, "", &[1]).bytes());
    let link = below("link.py");
    std::os::unix::fs::symlink("/proc/self/environ", link.path("link.py")).unwrap();
    for (project, made) in [
        (below("/proc/kmsg"), "/proc"),
        (below("/proc/self/environ"), "/proc"),
        (below("/sys/kernel/uevent_seqnum"), "/sys"),
        (link, "/proc"),
    ] {
        let shown = project.run("-q -o total");
        let why = format!("it is below `{made}`, where the system makes files that may never end");
        assert!(shown.starts_with("exit: 1\n") && shown.contains(&why), "{shown}");
    }
    let shown = project(A).run("-q -o total /proc/self/environ");
    assert!(shown.starts_with("exit: 3\n") && shown.contains("it is below `/proc`"), "{shown}");
    for settings in ["/proc/kmsg", "/dev/zero"] {
        let shown = project(A).file(".coveragerc", format!("[html]\nextra_css = {settings}\n")).run("-q -o html");
        assert!(shown.starts_with("exit: 64\n") && shown.contains(settings), "{shown}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn no_file_of_another_kind_is_read_that_the_system_makes() {
    for file in ["/proc/kmsg", "/proc/self/environ", "/dev/zero", "/dev/kmsg"] {
        let project = project(A);
        std::os::unix::fs::symlink(file, project.path("link")).unwrap();
        for name in [file, "link"] {
            for (arguments, refusal) in [
                (format!("--rcfile {name}"), "Couldn't read '"),
                (format!("seal --rcfile {name}"), "Couldn't read '"),
                (format!("clean --rcfile {name}"), "Couldn't read '"),
                (format!("--expect-file {name}"), "cannot read the manifest `"),
                (format!("--test-log {name}"), "test log `"),
                (format!("verify {name} --sha 1234567"), "the summary cannot be read: it is "),
            ] {
                let shown = project.run(&arguments);
                assert!(!shown.starts_with("exit: 0") && shown.contains(refusal), "{arguments}: {shown}");
            }
        }
        for settings in [".coveragerc", "covmerge.toml", "pyproject.toml", ".python-version"] {
            let project = self::project(A);
            _ = std::fs::remove_file(project.path(settings));
            std::os::unix::fs::symlink(file, project.path(settings)).unwrap();
            let shown = project.run("-q -o total");
            assert!(shown.contains(&format!("cannot read the settings file `{settings}`: it is ")), "{file}: {shown}");
        }
        // Neither do these hold the commit of a checkout, nor a page of an earlier report.
        for made in [".git", "htmlcov/index.html"] {
            let project = self::project(A).file("htmlcov/style.css", "");
            std::os::unix::fs::symlink(file, project.path(made)).unwrap();
            let shown = project.run("-q -o html -o total");
            assert!(shown.starts_with("exit: "), "{shown}");
        }
    }
    assert_eq!(project(A).run("-q -o total --rcfile=/dev/null"), project(A).run("-q -o total --rcfile="));
}

/// Runs the binary through a shell.
#[cfg(unix)]
fn in_shell(project: &Project, command: &str) -> (Option<i32>, String) {
    let program = env!("CARGO_BIN_EXE_covmerge");
    let output = std::process::Command::new("bash")
        .args(["-c", &command.replace("covmerge", &format!("'{program}'"))])
        .current_dir(project.path(""))
        .output()
        .unwrap();
    (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
}

#[cfg(unix)]
#[test]
fn a_pipe_is_no_fragment_and_no_file_of_settings_that_ends() {
    let (status, shown) = in_shell(&project(A), "covmerge -q -o total <(cat .coverage.1)");
    assert!(status == Some(3) && shown.contains("is neither a file nor a directory"), "{status:?} {shown}");
    assert!(shown.contains("write the data to a file first"), "{shown}");
    let (status, shown) =
        in_shell(&project(A), "covmerge -q -o total --rcfile <(echo '[run]'; echo 'relative_files = true')");
    assert_eq!((status, shown.as_str()), (Some(0), ""));
}

#[cfg(unix)]
#[test]
fn too_few_open_files_are_an_error_with_that_reason_and_leave_no_draft() {
    for outputs in ["-o html", "-o xml -o html"] {
        let mut failed = 0;
        let project = project(A);
        // First there is no site, and from the first success on there is one.
        for files in (5..14).chain(5..14) {
            let all = || in_shell(&project, "(find . | sort; find . -type f -exec cksum '{}' + | sort) >&2").1;
            let before = all();
            let (status, shown) = in_shell(&project, &format!("ulimit -n {files}; covmerge -q --jobs 1 {outputs}"));
            if status == Some(0) {
                continue;
            }
            failed += 1;
            assert_eq!((status, all()), (Some(1), before), "{files} {outputs}: {shown}");
            assert!(shown.contains("because: Too many open files (os error 24)\n"), "{files} {outputs}: {shown}");
            assert!(shown.contains("help: let the process open more files"), "{files} {outputs}: {shown}");
        }
        assert!(failed > 2, "{outputs}");
    }
}

#[cfg(unix)]
#[test]
fn a_file_that_may_not_grow_is_an_error_and_leaves_no_draft() {
    let project = project(&A.repeat(3_000));
    let names = || {
        let mut names: Vec<_> =
            std::fs::read_dir(project.path("")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        names.sort();
        names
    };
    let before = names();
    for output in ["-o xml", "-o html", "-o json=c.json -o html-single", "-o data"] {
        let (status, shown) = in_shell(&project, &format!("ulimit -f 1; covmerge -q {output}"));
        assert!(status == Some(1) && shown.contains("File too large"), "{output}: {status:?} {shown}");
        assert_eq!(names(), before, "{output}");
    }
    let (status, shown) = in_shell(&project, "(ulimit -f 1; covmerge -q -o xml=- > out)");
    assert!(status == Some(1) && shown.contains("File too large"), "{status:?} {shown}");
}
