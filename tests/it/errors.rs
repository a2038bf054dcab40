//! Every message, shown once, and held against `docs/messages.md`.

use std::fmt::Write as _;
use std::fs;
use std::io::Read as _;

use covmerge::read;
use covmerge::read::Contexts;
use sha2::{Digest, Sha256};

use crate::data_file::DataFile;
use crate::packed::{tarred, zipped};
use crate::project::{Project, testdata};

/// A project with one file, measured line by line.
fn measured(source: &str, lines: &[usize]) -> Project {
    Project::new().file("a.py", source).relative().file(".coverage.1", DataFile::new().lines("a.py", "", lines).bytes())
}

/// A fragment that names a file whose text is not shown.
fn hidden(text: &str) -> Project {
    let data = DataFile::new().lines(".env", "", &[1]).bytes();
    Project::new().file(".env", text).relative().file(".coverage.1", data)
}

fn plain() -> Project {
    measured("a = 1\n", &[1])
}

/// The same with these settings of coverage.py.
fn rc(settings: &str) -> Project {
    plain().file(".coveragerc", settings)
}

/// The same with this rule of the plugin that has rules.
fn ruled(rule: &str) -> Project {
    rc(&format!("[run]\nplugins = coverage_conditional_plugin\n[coverage_conditional_plugin]\nrules =\n  {rule}\n"))
}

/// A summary of a gate that passed.
const SUMMARY: &str = r#"{"meta": {"tool": "covmerge", "format": 1, "timestamp": "2026-01-01T00:00:00", "commit": "0123456789"}, "verdict": {"passed": true, "checks": [{"name": "total", "passed": true, "text": "passed: total coverage is 97.12%, required 97%"}]}, "incomplete": []}"#;

/// The same with seals: each with the text of `a.py`, and the options of the job.
fn sealed(jobs: &[(&str, &str)]) -> Project {
    jobs.iter().fold(plain().file("bare", DataFile::new().bytes()), |project, (source, arguments)| {
        let project = project.file("a.py", source);
        assert!(project.covmerge(&format!("seal -q {arguments}")).status().unwrap().code().is_some());
        project
    })
}

/// Seals of one fragment that tells its time, each with the options of the job.
fn sealed_copies(jobs: &[&str]) -> Project {
    let data = DataFile::new().lines("a.py", "", &[1]).at("2026-11-30 18:35:41").bytes();
    let project = Project::new().relative().file("a.py", "a = 1\n").file(".coverage.1", data);
    for arguments in jobs {
        assert!(project.covmerge(&format!("seal -q {arguments}")).status().unwrap().success());
    }
    project
}

/// The same, sealed where no `.git` is, and then beside one.
fn sealed_in_and_outside_of_a_work_tree() -> Project {
    let project = sealed(&[("a = 1\n", "-o 1.covmerge")]).file(".git/HEAD", "");
    assert!(project.covmerge("seal -q -o 2.covmerge").status().unwrap().success());
    project
}

/// The same, sealed as one shard by each of the jobs of a pipeline on GitHub.
fn sealed_by(jobs: &[&str]) -> Project {
    jobs.iter().zip(1..).fold(plain().file("a.py", "a = 1\n"), |project, (job, at)| {
        let mut seal = project.covmerge(&format!("seal -q --shard 1/1 -o {at}.covmerge"));
        assert!(seal.env("GITHUB_RUN_ID", "7").env("GITHUB_JOB", job).status().unwrap().success());
        project
    })
}

/// The same with these settings of covmerge.
fn own(settings: &str) -> Project {
    plain().file("covmerge.toml", settings)
}

/// The same with this fragment of Slipcover beside it.
fn slipcover(file: &str) -> String {
    format!(
        r#"{{"meta": {{"software": "slipcover", "version": "1.1.0", "timestamp": "2026-01-01T00:00:00", "branch_coverage": false, "show_contexts": false}}, "files": {{"a.py": {file}}}, "summary": {{}}}}"#
    )
}

const CLAIMED: &str = r#"{"executed_lines": [1], "missing_lines": [2], "summary": {"covered_lines": 1, "missing_lines": 1, "percent_covered": 50.0}}"#;

/// A project with nothing but a fragment of Slipcover.
fn claimed(file: &str) -> Project {
    Project::new().file("a.py", "a = 1\nb = 2\n").file(".coverage.json", slipcover(file))
}

/// A report of coverage.py.
fn report() -> String {
    fs::read_to_string(testdata().join("fragments/coverage.py-json/versions/7.17.3-lines.json")).unwrap()
}

/// The same with branches and contexts.
fn report_of_branches_with_contexts() -> Vec<u8> {
    fs::read(testdata().join("fragments/coverage.py-json/versions/7.17.3-branch-contexts.json")).unwrap()
}

/// The same of one file with contexts, each line its own statement.
fn report_with_contexts() -> String {
    let file = r#"{"executed_lines": [1], "missing_lines": [2], "excluded_lines": [], "contexts": {"1": ["test"]}, "summary": {"covered_lines": 1, "num_statements": 2, "missing_lines": 1, "excluded_lines": 0}}"#;
    format!(
        r#"{{"meta": {{"format": 3, "version": "7.17.3", "branch_coverage": false, "show_contexts": true}}, "files": {{"a.py": {file}}}}}"#
    )
}

/// Two reports that list different statements of a file that is not there.
fn differing_reports() -> Project {
    let one = report_with_contexts()
        .replace(r#""contexts": {"1": ["test"]}, "#, "")
        .replace(r#"contexts": true"#, r#"contexts": false"#);
    let other = one
        .replace("[2]", "[2, 3]")
        .replace(r#"statements": 2, "missing_lines": 1"#, r#"statements": 3, "missing_lines": 2"#);
    Project::new().file(".coverage.1.json", one).file(".coverage.2.json", other)
}

/// The same fragment under three names.
fn beside(names: [&str; 3], fragment: &[u8]) -> Project {
    names.iter().fold(Project::new().relative().file("a.py", "a = 1\n"), |project, name| project.file(name, fragment))
}

/// Files that are not there.
fn lost(names: &[&str]) -> Project {
    let data = names.iter().fold(DataFile::new(), |data, name| data.lines(name, "", &[1]));
    Project::new().file(".coverage.1", data.bytes())
}

/// The fragment of a project, and a link to it in another directory.
fn linked() -> Project {
    let project = plain();
    std::fs::create_dir(project.path("shards")).unwrap();
    #[cfg(unix)]
    std::os::unix::fs::symlink("../.coverage.1", project.path("shards/.coverage.2")).unwrap();
    project
}

fn measured_lines() -> Vec<u8> {
    DataFile::new().lines("a.py", "", &[1]).bytes()
}

/// A fragment of branches whose index has another arc than the table, or none at all.
fn damaged(is_empty: bool) -> Project {
    let mut bytes = DataFile::new().arcs("a.py", "", &[(1001, 1002)]).bytes();
    let entry = [6, 9, 9, 2, 2, 9, 3, 0xe9, 3, 0xea];
    let at = bytes.windows(entry.len()).position(|window| window == entry).unwrap();
    if is_empty {
        // The number of cells is at the beginning of the page.
        bytes[at / 4096 * 4096 + 4] = 0;
    } else {
        bytes[at + 7] ^= 1;
    }
    Project::new().file(".coverage.1", bytes)
}

fn ill_listed() -> Project {
    let archives = crate::packed::ill_listed();
    let project = Project::new().file("s/.coverage.3", measured_lines());
    archives.iter().fold(project, |project, (name, bytes)| project.file(&format!("s/{name}"), bytes))
}

/// Two packages with the fragment of one process; `b` is the source in the second one.
fn of_one_process(b: &str) -> Project {
    let fragment = DataFile::new().lines("src/a.py", "", &[1]).bytes();
    [("a", "x = 'a'\n"), ("b", b)].iter().fold(Project::new(), |project, (package, source)| {
        project
            .file(&format!("{package}/src/a.py"), source)
            .file(&format!("{package}/.coverage.ci.pid7.Xabcdefx.Habcdefghijkh"), &fragment)
    })
}

/// The same, sealed in each of them.
fn sealed_twice() -> Project {
    let project = of_one_process("x = 'b'\n").file(".git/HEAD", "");
    for package in ["a", "b"] {
        let mut seal = project.covmerge(&format!("seal -q -o ../{package}.covmerge"));
        assert!(seal.current_dir(project.path(package)).status().unwrap().success());
    }
    project
}

/// Archives that are not read.
fn closed() -> Project {
    let tar = tarred(&[("unit/.coverage.1", b"data")]);
    let mut changed = tar.clone();
    changed[0] = b'x';
    let deep = (0..9).fold(tar.clone(), |inner, _| tarred(&[("deep.tar", &inner)]));
    let archives = [
        ("a.tar", tar.clone()),
        ("b.tar", changed),
        ("c.tar", Vec::new()),
        ("d.tar.xz", b"xz".into()),
        ("e.tar", deep),
        ("f.zip", zipped(&[("a.tar", &tar)])),
    ];
    let project = Project::new().file("s/.coverage.3", measured_lines());
    archives.iter().fold(project, |project, (name, bytes)| project.file(&format!("s/{name}"), bytes))
}

/// 64 MiB and one byte in gzip of a few kilobytes.
fn bomb() -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    std::io::copy(&mut std::io::repeat(0).take((64 << 20) + 1), &mut encoder).unwrap();
    encoder.finish().unwrap()
}

fn measured_lines_at(when: &str) -> Vec<u8> {
    DataFile::new().at(when).lines("a.py", "", &[1]).bytes()
}

/// The same beside fragments that were made at these times.
fn dated(times: &[&str]) -> Project {
    times
        .iter()
        .zip(2..)
        .fold(plain(), |project, (when, number)| project.file(&format!(".coverage.{number}"), measured_lines_at(when)))
}

fn mixed() -> Project {
    plain().file(".coverage.2", DataFile::new().arcs("a.py", "", &[(-1, 1), (1, -1)]).bytes())
}

/// A project with logs and reports of test sessions.
fn logged() -> Project {
    plain()
        .with("logs")
        .file("cut.xml", "<testsuite><testcase name='a'/>")
        .file("entities.xml", "<!DOCTYPE a><testsuite/>")
        .file("broken.xml", "<testsuite>\n</testcase>")
}

/// A file that two environments have.
fn copied() -> Project {
    let names = ["py311", "py312"].map(|name| format!(".tox/{name}/site-packages/a.py"));
    let data = DataFile::new().lines(&names[0], "", &[1]).lines(&names[1], "", &[1]);
    plain().file(&names[0], "a = 1\n").file(&names[1], "a = 1\n").file(".coverage.1", data.bytes())
}

/// A template that two fragments measured, each by this plugin or by Python.
fn owned(first: Option<&str>, second: Option<&str>) -> Project {
    let fragment = |plugin: Option<&str>| {
        let data = DataFile::new().lines("page.html", "", &[1]);
        match plugin {
            Some(plugin) => data.tracer("page.html", plugin).bytes(),
            None => data.bytes(),
        }
    };
    plain().file(".coverage.2", fragment(first)).file(".coverage.3", fragment(second))
}

/// A journal of SQLite with the pages of a write that never ended.
pub(crate) fn journal() -> Vec<u8> {
    let numbers = [1, 0x1234_5678, 13, 512, 4096].map(u32::to_be_bytes);
    let mut journal = [&b"\xd9\xd5\x05\xf9\x20\xa1\x63\xd7"[..], numbers.as_flattened()].concat();
    journal.resize(512 + 4096 + 8, 0);
    journal
}

/// A run with the parts `a` and `b`, each with a file, and fragments that measured these.
fn parted(settings: &str, fragments: &[(&str, &str)]) -> Project {
    let project = ["a", "b"].iter().fold(Project::new().relative(), |project, part| {
        let settings = "[run]\nrelative_files = true\n";
        project.file(&format!("{part}/.coveragerc"), settings).file(&format!("{part}/m.py"), "a = 1\n")
    });
    let data = |name: &str| DataFile::new().lines(name, "", &[1]).bytes();
    fragments
        .iter()
        .fold(project.file("covmerge.toml", settings), |project, (path, name)| project.file(path, data(name)))
}

/// The settings of these parts.
const PARTS: &str = "[[part]]\nroot = 'a'\n[[part]]\nroot = 'b'\n";

/// The runs that raise every message: a project, and the arguments.
#[expect(clippy::too_many_lines, reason = "a list, with a row for each message")]
fn cases() -> Vec<(Project, &'static str)> {
    let zip = plain()
        .file(".coverage.1", DataFile::new().lines("lib.zip/a.py", "", &[1]).bytes())
        .file("lib.zip", "no archive");
    vec![
        // the command line
        (plain(), "--no-such-option"),
        (plain(), "--empty-fragments ignore"),
        (plain(), "--fail-under"),
        (plain(), "--fail-under 101"),
        (plain(), "--max-age 90"),
        (plain(), "--precision 309"),
        (plain(), "--expect many"),
        (plain(), "--jobs 0"),
        (plain(), "--sort size"),
        (plain(), "--map here"),
        (plain(), "--map /ci/*=src"),
        (plain(), "-o total --map /ci/src=src"),
        (plain(), "--map /ci/src=*/src"),
        (plain(), "--python-version 3.9"),
        (plain(), "--python-version three"),
        (plain(), "--timestamp yesterday"),
        (plain(), "--contexts ("),
        (plain(), "--analysis maybe"),
        (plain(), "-o xml="),
        (plain(), "-o html=-"),
        (plain(), "-o html=a.py"),
        (plain(), "-q -v"),
        (plain(), "--expect-file f"),
        (plain().file("empty", "# nothing\n"), "--expect-file empty"),
        (plain().file("wrong", "a\n0 b\n"), "--expect-file wrong"),
        (plain().file("list", ".coverage.1\n2 .coverage.*\n$ pytest\n"), "-o total --expect-file list"),
        (plain(), "explain a.py"),
        (plain(), "--expect 3 inspect ."),
        (plain(), "inspect"),
        (plain(), "--root nowhere"),
        (plain(), "--root a.py"),
        // settings
        (plain(), "--rcfile nowhere"),
        (rc("[run]\nbranch = maybe\n"), ""),
        (rc("[run]\nsurce = src\n"), ""),
        (rc("[run]\nsource\n = x\n  y\nbroken"), ""),
        (rc("[report]\nfail_under = 101\n"), ""),
        (rc("[report]\nprecision = -1\n"), ""),
        (rc("[report]\nsort = size\n"), "-o text"),
        (rc("[report]\ncontexts = (\n"), ""),
        (rc("[report]\nexclude_lines = (\n"), ""),
        (rc("[report]\nexclude_also = \\z\n"), "--python-version 3.13"),
        (rc("[report]\ncontexts = a(?i)\n"), "--python-version 3.14"),
        (rc("[report]\nexclude_also =\n  (?i)a\n  (?P<x>b)\n  (?P<x>c)\n"), ""),
        (rc("[run]\ndata_file = ${NOWHERE?}\n"), ""),
        (rc("[html]\nextra_css = ours.css\n"), ""),
        (rc("[paths]\nsrc =\n"), ""),
        (rc("[paths]\nsrc =\n  src\n  /ci/*\n"), ""),
        (rc("[paths]\nsrc =\n  */src\n  /ci/src\n"), ""),
        (ruled("\"is_installed('tomlkit')\": x"), ""),
        (ruled("\"sys_version_info > (3, 13, 2)\": x"), ""),
        (ruled("\"len(os_environ)\": x"), ""),
        (ruled("x"), ""),
        (ruled("\"nonsense\": x"), "-o total"),
        (rc("[run]\nplugins = coverage_conditional_plugin\n"), ""),
        (
            plain().file(".coveragerc.toml", "run.plugins = ['covdefaults']\ncovdefaults.subtract_omit = ['x']\n"),
            "--rcfile .coveragerc.toml",
        ),
        (
            plain().file(
                ".coveragerc.toml",
                "run.plugins = ['coverage_conditional_plugin']\ncoverage_conditional_plugin.omit.True = true\n",
            ),
            "--rcfile .coveragerc.toml",
        ),
        (ruled("\"True\": ("), ""),
        (rc("[run]\nplugins = covdefaults\n[covdefaults]\nsubtract = x\n"), ""),
        (rc("[run]\nplugins = coverage_conditional_plugin\n[coverage_conditional_plugin]\nomit = x\n"), ""),
        (rc("[run]\nplugins = house_rules\n"), "-o total"),
        (own("installed = { a = true }\n"), ""),
        (own("[installed]\nfoo-bar = '1.0'\nb = false\n'Foo.Bar' = '2.0'\n"), ""),
        (own("fail_under = 97\n"), ""),
        (own("empty-fragments = 'ignore'\n"), ""),
        (own("jobs = 'x'\n"), ""),
        (own("output = ['xml=']\n"), ""),
        (own("output = ['xlm']\n"), "-o total"),
        (own("output = ['pdf']\n"), ""),
        (own("fragments = ['a*', 'a[']\n"), ".coverage.1"),
        (own("jobs = \n"), ""),
        (own("root = 'nosuch'\n"), ""),
        (own("root = 'a.py'\n"), "--root ."),
        (own("[tool.covmerge]\n"), ""),
        (own("part = 'a'\n"), ""),
        (own("[[part]]\nname = 'a'\n"), ""),
        (own("[[part]]\nroot = '.'\nfail_under = 9\n"), ""),
        (parted("[[part]]\nroot = 'a'\n[[part]]\nroot = 'b'\nname = 'a'\n", &[]), ""),
        (parted("[[part]]\nroot = 'a'\n[[part]]\nroot = './a/'\n", &[]), ""),
        (parted(PARTS, &[]), "--root a"),
        (parted(PARTS, &[("a/.coverage.1", "m.py")]).file("b/.coveragerc", "[report]\nfail_under = 101\n"), ""),
        (
            parted(PARTS, &[("a/.coverage.1", "m.py"), ("b/.coverage.1", "m.py")]).file("b/.coveragerc", "[run]\nsurce = src\n"),
            "-o total",
        ),
        (own("").file("pyproject.toml", "[tool.covmerge]\n"), ""),
        (plain().file("pyproject.toml", "[tool]\ncovmerge = 1\n"), ""),
        (plain().file(".python-version", "3.99\n"), ""),
        (plain().file(".python-version", "pypy3.10-7.3.17\n"), ""),
        (plain().file(".python-version", "system\n3.11\n"), "-o total"),
        (plain().file(".python-version", "3.012\n"), "-o total"),
        (plain().file(".python-version/3.12", ""), "-o total"),
        (plain().file(".python-version", b"\xff\xfe3\0.\x001\x002\0"), ""),
        (plain().file("pyproject.toml", "[project]\nrequires-python = '>=3.8'\n"), "-o total"),
        (plain().file("pyproject.toml", "[project]\nrequires-python = '<3.12'\n"), "-o total"),
        (plain().file("pyproject.toml", "[project]\nrequires-python = '==3.9.*'\n"), "-o total"),
        (plain().file("pyproject.toml", "[project]\nrequires-python = '>=3.99'\n"), "-o total"),
        (plain().file("pyproject.toml", "[project]\nrequires-python = '>=3.12,<3.11'\n"), "-o total"),
        (plain().file("pyproject.toml", "[project]\nrequires-python = '^3.9'\n"), "-o total"),
        // patterns of paths
        (plain(), "--omit ***"),
        (plain(), "--include [z-a]"),
        (plain(), "--map a**b/c=d"),
        // finding fragments
        (Project::new(), ""),
        (Project::new().file("shard/.coverage.1", DataFile::new().bytes()), ""),
        (plain(), "nowhere nowhere* a["),
        (plain().file("src/a.txt", ""), "src"),
        (plain().file("sh/1/.coverage.1", measured_lines()).file("sh/2/coverage.json", report()), "sh -o total"),
        (plain().file("sh/2/coverage.json", report()), "sh"),
        (plain().file(".coverage", measured_lines()), "-o total"),
        (plain().file("sh/.coverage.1", measured_lines()).file("sh/2/.coverage.2", measured_lines()), "sh/2 -o total"),
        (Project::new().file("sh/2/coverage.json", report()), ""),
        (plain(), "clean"),
        (plain(), "clean a.py"),
        (Project::new().file("s/.coverage.1", measured_lines()).file("s/a.txt", "a"), "clean -y s/*"),
        (Project::new().file("s/a.zip", crate::packed::zipped(&[(".coverage.1", &measured_lines()[..])])), "clean -y s"),
        (parted(PARTS, &[]), ""),
        (parted(PARTS, &[]), "seal"),
        (parted("[[part]]\nroot = 'a'\nfragments = 's/*'\n[[part]]\nroot = 'b'\nfragments = 's/1'\n", &[("s/1", "m.py")]), ""),
        (plain(), "a.py/x"),
        (plain(), "/dev/null"),
        (linked(), "shards"),
        (linked(), "shards .coverage.1"),
        // reading and merging them
        (plain().file(".coverage.2", "hi\n").file(".coverage.3", ""), ""),
        (plain().file(".coverage.1-journal", journal()), ""),
        (plain().file(".coverage.2", "hi\n"), "--bad-fragments skip"),
        (plain().file(".coverage.2", ""), "--bad-fragments skip"),
        (plain().file(".coverage.ci.pid7.Xabcdefx", DataFile::new().begun().lines("a.py", "", &[1]).bytes()), ""),
        (plain().file(".coverage.2", altered("DELETE FROM coverage_schema")), ""),
        (plain().file(".coverage.2", &measured_lines()[..9_000]), ""),
        (Project::new().file(".coverage.1", ""), "--unfinished-fragments merge"),
        (Project::new().file("bomb.gz", bomb()), "bomb.gz"),
        (Project::new().file("a.zip", crate::packed::unreadable()), "a.zip"),
        (ill_listed(), "s"),
        (closed(), "s"),
        (Project::new().file("a.gz", b"\x1f\x8b\x08").file("b.gz", crate::packed::followed()), "a.gz b.gz"),
        (Project::new().file(".coverage.1", [measured_lines(), measured_lines()].concat()), ""),
        (dated(&["2026-11-20 06:00:00", "2026-11-21 06:00:00"]), "-o total"),
        (dated(&["2026-11-20 06:00:00", "2026-11-21 16:00:00"]), "-o total --max-age 2h"),
        (Project::new().file(".coverage.1", measured_lines_at("2026-11-20 06:00:00")), "--max-age 2h"),
        (plain(), "--source=nowhere"),
        (plain().file("pk/__init__.py", "").file("pk/bad.py", "def (\n"), "--source=pk"),
        (plain(), "--source"),
        (plain().file(".coveragerc", "[run]\nsource = nowhere\nsource_dirs = docs\n").file("docs/a.txt", ""), "--source -o total"),
        (plain(), "--source=. --analysis never"),
        (mixed(), ""),
        (of_one_process("x = 'b'\n"), "a b"),
        (of_one_process("x = 'a'\n"), "-o total a b"),
        (sealed_twice(), "-o total a.covmerge b.covmerge"),
        (sealed_twice(), "-o total a.covmerge b"),
        (
            Project::new()
                .relative()
                .file("src/a.py", "a = 1\n")
                .file("b/src/a.py", "b = 1\n")
                .file("b/.coverage.1", DataFile::new().lines("src/a.py", "", &[1]).bytes()),
            "b",
        ),
        (
            Project::new()
                .relative()
                .file("a/src/a.py", "a = 1\n")
                .file("b/src/a.py", "b = 1\n")
                .file("b/.coverage.1", DataFile::new().lines("src/a.py", "", &[1]).bytes()),
            "b --map src=a/src",
        ),
        (
            {
                let project = parted(PARTS, &[("a/.coverage.1", "m.py")]);
                let both = project.path("").canonicalize().unwrap().join("a/m.py");
                project.file("b/.coverage.1", DataFile::new().lines(both.to_str().unwrap(), "", &[1]).bytes())
            },
            "",
        ),
        (
            parted(PARTS, &[("a/.coverage.1", "m.py")]).file("b/.coverage.1", DataFile::new().touched("m.py").bytes()),
            "-o total --contexts c",
        ),
        (
            parted(PARTS, &[("a/.coverage.1", "m.py")]).file("b/.coverage.1", DataFile::new().touched("m.py").bytes()),
            "-o total",
        ),
        (
            parted(PARTS, &[("a/.coverage.1", "m.py"), ("b/.coverage.1", "m.py")]).file("b/.coveragerc", "[run]\nrelative_files = true\n[report]\nomit = *\n"),
            "-o total",
        ),
        (owned(Some("first.plugin"), Some("second.plugin")), ""),
        (owned(Some("first.plugin"), None), ""),
        (mixed(), "-o total --branch-mix lines"),
        (Project::new().file(".coverage.1", "hi\n"), "--bad-fragments skip"),
        (plain(), "--expect 2 -o total"),
        (
            plain().file(".coverage.1", altered("INSERT INTO meta VALUES ('covmerge_incomplete', '1 of 2 fragments rejected')")),
            "-o total",
        ),
        (
            plain().file(".coverage.1", DataFile::new().lines("a.py", &format!("{}b", "a".repeat(40)), &[1]).bytes()),
            "--contexts (?=(a+)+$)b",
        ),
        (plain(), "--contexts tset_ -o total"),
        (claimed(CLAIMED), "--contexts test"),
        (Project::new().file(".coverage.json", report()), "--contexts test"),
        (Project::new().file(".coverage.json", report().replace(r#""totals": {"covered_lines": 26"#, r#""totals": {"covered_lines": 27"#)), ""),
        (Project::new().file(".coverage.json", report().replacen(r#""num_statements": "#, r#""num_statements": 9"#, 1)), ""),
        (damaged(false), ""),
        (damaged(true), ""),
        (Project::new().file(".coverage.json", report_of_branches_with_contexts()), "--contexts first"),
        (copied(), "-o total"),
        (measured("a = 1\n", &[0, 1]), "-o total"),
        // sources
        (measured("a = (\n", &[1]), ""),
        (lost(&["/ci/src/a.py", "/ci/src/b.py", "/gen/c.py"]).file("src/a.py", "a = 1\n").file("src/b.py", "b = 1\n"), ""),
        (lost(&["/gen/c.py", "d.py"]), ""),
        (measured("a = 1\n", &[]), "-o total"),
        (measured("a = 1\n  b = 2\n", &[1]), ""),
        (measured("return 1\n", &[1]), ""),
        (measured("def f():\n    x = 1\n    global x\n", &[1]), ""),
        (measured("type A = int\n", &[1]), "--python-version 3.11"),
        (measured("while True:\n    a = 2\n    break\n", &[2, 3]), "-o total"),
        (measured("# coding: klingon\n", &[1]), ""),
        (hidden("# coding: klingon\n"), ""),
        (plain(), "-o total --allow-outside-root=a,b"),
        (hidden("def f(a, a): pass\n"), ""),
        (plain().file(".coverage.1", DataFile::new().lines("b.py", "", &[1]).bytes()), ""),
        (plain().file(".coverage.1", DataFile::new().lines("b.py", "", &[1]).bytes()), "--ignore-errors"),
        (
            plain().file(".coverage.1", DataFile::new().lines("a.py", "", &[1]).lines("b.py", "", &[1]).bytes()),
            "-o total --ignore-errors",
        ),
        (zip, ""),
        (plain().file(".coverage.1", DataFile::new().lines("b.py", "", &[1]).bytes()).file("b.py/c.py", ""), ""),
        (measured(&format!("a = '{}b'\n", "a".repeat(40)), &[1]).file(".coveragerc", "[run]\nrelative_files = true\n[report]\nexclude_lines = (?=(a+)+$)b\n"), ""),
        (measured(&format!("a = '{}'\n", "a".repeat(20_000)), &[1]).file(".coveragerc", "[run]\nrelative_files = true\n[report]\nexclude_lines = a(?s:.*)zz|a\n"), ""),
        (own("limits = 3\n"), ""),
        (own("[limits]\nsource-size = 0\n"), ""),
        (own("[limits]\nsource-sise = 1\n"), ""),
        (own("[limits]\nsource-size = 10\n").file("a.py", "a = 1\nb = 2\n"), "-o total"),
        (own("[limits]\nfragment-size = 100\n"), ""),
        (own("[limits]\nlines = 1\n").file(".coverage.1", DataFile::new().lines("a.py", "", &[1, 2]).bytes()), ""),
        (own("[limits]\npath-length = 3\n"), ""),
        (own("[limits]\npattern-size = 50\n"), ""),
        (own("[limits]\nfile-pattern-size = 5\n"), "--omit some/where/*"),
        (own("omit = [\"*a*b*.py\", \"x.py\"]\n[limits]\nfile-pattern-work = 1\n"), ""),
        (rc("[report]\nexclude_also = ((a{1,50}){1,50}){1,50}b\n"), ""),
        (
            plain().file("x.html", "<p>").file(".coverage.2", DataFile::new().lines("x.html", "", &[1]).bytes()),
            "-o total",
        ),
        (plain().file(".coverage.2", DataFile::new().lines("x.html", "", &[1]).tracer("x.html", "jinja").bytes()), ""),
        (differing_reports(), ""),
        (plain(), "--analysis never"),
        (
            claimed(CLAIMED).file(
                ".coverage.2",
                report().replace("src/app/choose.py", "a.py"),
            ),
            "--analysis never --include a.py",
        ),
        (Project::new().file(".coverage.json", report_with_contexts()), "--analysis never --contexts test"),
        (plain(), "--omit *"),
        // warnings
        (measured("a = 1\n", &[1, 2, 3]), "-o total"),
        (measured(&"# b\n".repeat(9), &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10]), "-o total"),
        (claimed(CLAIMED).file("a.py", ""), "-o total"),
        (measured("a = 1\nb = 2\n", &[1]).file(".coverage.json", slipcover(CLAIMED)), "-o total"),
        (claimed(&CLAIMED.replace("[2]", "[]")), "-o total"),
        (claimed(&CLAIMED.replace("[2]", "[0, 1, 2]").replace(r#""missing_lines": 1"#, r#""missing_lines": 3"#)), "-o total"),
        (claimed(CLAIMED).file(".coverage.2.json", slipcover(CLAIMED).replace("a.py", "b.py")), "-o total"),
        (
            claimed(CLAIMED).file(
                ".coverage.2.json",
                slipcover(CLAIMED).replace(r#"{"a.py": "#, &format!(r#"{{"c.py": {CLAIMED}, "b.py": "#)),
            ),
            "-o total",
        ),
        (Project::new().file(".coverage.json", slipcover(CLAIMED)), "-o total"),
        (
            Project::new().file(
                ".coverage.json",
                slipcover(CLAIMED).replace(r#"{"a.py": "#, &format!(r#"{{"b.py": {CLAIMED}, "a.py": "#)),
            ),
            "-o total",
        ),
        (claimed(CLAIMED).file(".coverage.2.json", slipcover(&CLAIMED.replace("[2]", "[]").replace(r#""missing_lines": 1"#, r#""missing_lines": 0"#))), "-o total"),
        (
            measured("a = 1\nif a:\n    b = 2\n", &[]).file(".coverage.1", DataFile::new().arcs("a.py", "", &[(-1, 1), (1, 2)]).bytes()).file(
                ".coverage.json",
                slipcover(
                    r#"{"executed_lines": [1, 2], "missing_lines": [3], "executed_branches": [[2, 9], [2, 10]], "missing_branches": [[2, 3]], "summary": {"covered_lines": 2, "missing_lines": 1, "covered_branches": 2, "missing_branches": 1, "percent_covered": 60.0}}"#,
                )
                .replace("\"branch_coverage\": false", "\"branch_coverage\": true"),
            ),
            "-o total",
        ),
        // outputs
        (plain(), "-o xlm"),
        (plain(), "-o pdf"),
        (plain(), "-o text -o total"),
        (plain(), "-o xml -o json=coverage.xml"),
        (claimed(CLAIMED), "-o data"),
        (plain().file("out/x", ""), "-o xml=out"),
        (plain(), "-o text --sort branch"),
        (plain(), "-o xml=a.py/x.xml"),
        (plain(), "-o total=- --delete-fragments"),
        (plain().file(".covmerge-journal", r#"{"directories": [], "changes": []}"#), "-o total=t"),
        (
            plain().file(".covmerge-n.tmp/index.html", "").file(
                ".covmerge-journal",
                r#"{"directories": ["."], "changes": [{"kind": "appear", "draft": ".covmerge-n.tmp", "target": "new", "sign": null}]}"#,
            ),
            "-o total=t",
        ),
        (plain(), "-o xml=./a.py"),
        (plain().file("log", ""), "-o xml=log --test-log log"),
        (rc("[report]\nprecision = 1\n"), "-o text=.coveragerc"),
        (plain().file("docs/index.html", "<html>mine</html>"), "-o html=docs"),
        // seals
        (plain(), "seal --shard 3/2"),
        (plain(), "seal --status ."),
        (plain(), "seal --commit main"),
        (sealed(&[("a = 1\n", "-o 1.covmerge")]), "seal 1.covmerge --shard 1/2"),
        (sealed(&[("a = 1\n", "-o 1.covmerge")]), "seal 1.covmerge --map a=b"),
        (sealed(&[("a = 1\n", "-o 1.covmerge --python-version 3.12"), ("a = 1\n", "-o 2.covmerge")]), "1.covmerge 2.covmerge"),
        (sealed(&[("a = 1\n", "-o 1.covmerge")]).file("covmerge.toml", "python-version = \"3.11\"\n"), "1.covmerge"),
        (
            sealed(&[("a = 1\n", "-o 1.covmerge")]).file(".coveragerc", "[report]\nexclude_lines =\n    never\n"),
            "1.covmerge",
        ),
        (
            sealed(&[("a = 1\n", "-o 1.covmerge")]).file("d/x", "").file(".coveragerc", "[lcov]\nline_checksums = true\n"),
            "--root d -o lcov 1.covmerge",
        ),
        (sealed_in_and_outside_of_a_work_tree(), "1.covmerge 2.covmerge"),
        (sealed(&[("a = 1\n", "-o 1.covmerge"), ("a = 1\n\nb = 2\n", "-o 2.covmerge")]), "1.covmerge 2.covmerge"),
        (sealed(&[("a = 1\n", "-o 1.covmerge")]).file("a.py", "a = 1\n\nb = 2\n"), "1.covmerge .coverage.1"),
        (sealed(&[("a = 1\n", "-o 1.covmerge")]).file("a.py", "a = 1\n\nb = 2\n"), "--source=. 1.covmerge"),
        (sealed(&[("# coding: nonsense\n", "-o 1.covmerge")]).file("d/x", ""), "--root d 1.covmerge"),
        (sealed(&[("a = 1\n", "-o 1.covmerge"), ("a = 2\n", "-o 2.covmerge")]), "-o total 1.covmerge 2.covmerge"),
        (
            sealed(&[
                ("a = 1\n", "-o 1.covmerge --shard 1/3 --run-id 7 --attempt 1 --commit 1111111 --status 1"),
                ("a = 1\n", "-o 2.covmerge --shard 1/3 --run-id 7 --attempt 2 --commit 1111111 --status 2"),
            ]),
            "-o total 1.covmerge 2.covmerge",
        ),
        (sealed(&[("a = 1\n", "-o 1.covmerge --shard 2/3")]), "-o total 1.covmerge"),
        (sealed(&[("a = 1\n", "-o 1.covmerge --shard unit:1/2")]), "-o total 1.covmerge"),
        (sealed(&[("a = 1\n", "-o 1.covmerge --status 2")]), "-o total 1.covmerge"),
        (sealed(&[("a = 1\n", "-o 1.covmerge --commit 1111111"), ("a = 1\n", "-o 2.covmerge --commit 2222222")]), "-o total 1.covmerge 2.covmerge"),
        (sealed(&[("a = 1\n", "-o 1.covmerge --shard 1/1 --expect 1"), ("a = 1\n", "-o 2.covmerge --shard 1/1 --status 0")]), "-o total 1.covmerge 2.covmerge"),
        (sealed(&[("a = 1\n", "-o 1.covmerge --shard 1/1"), ("a = 1\n", "-o 2.covmerge --shard 1/1 --attempt 1")]), "-o total 1.covmerge 2.covmerge"),
        (sealed_by(&["unit", "lint"]), "-o total 1.covmerge 2.covmerge"),
        (sealed(&[("a = 1\n", "-o 1.covmerge --shard 1/2"), ("a = 1\n", "-o 2.covmerge --shard 2/3")]), "-o total 1.covmerge 2.covmerge"),
        (sealed(&[("a = 1\n", "-o 1.covmerge --expect 2")]), "-o total 1.covmerge"),
        (sealed_copies(&["--shard 1/2 -o 1.covmerge", "--shard 2/2 -o 2.covmerge"]), "-o total 1.covmerge 2.covmerge"),
        (Project::new().relative().file(".coverage.1", DataFile::new().lines("a.py", "", &[1]).bytes()), "seal -q -o 1.covmerge"),
        (Project::new().file(".coverage.1", DataFile::new().bytes()), "seal -q -o 1.covmerge"),
        (sealed(&[("a = 1\n", "-o 1.covmerge --shard 1/2"), ("a = 1\n", "bare -o 2.covmerge --shard 2/2")]), "-o total 1.covmerge 2.covmerge"),
        // verify
        (plain(), "verify coverage-summary.json --sha main"),
        (plain(), "verify coverage-summary.json --sha 0123456"),
        (plain().file("s.json", SUMMARY), "verify s.json --sha 0123456"),
        (plain().file("s.json", SUMMARY), "verify s.json --sha abcdef0"),
        // the verdict
        (plain(), "-o total --fail-under 90"),
        (plain(), "-o total --fail-under 90 --expect 2"),
        (plain(), "-o total --expect-in {.coverage.1,shard-2}"),
        (plain(), "--expect-in {1..10001}"),
        (parted(PARTS, &[("a/.coverage.1", "m.py")]), "-o total --fail-under 90"),
        (
            parted("[[part]]\nroot = 'a'\nfragments = ['a', 's/*']\nfail-under = 90\n", &[("a/.coverage.1", "m.py")]),
            "-o total",
        ),
        (plain().file("s/.coverage.1", DataFile::new().bytes()), "-o total s .coverage.1 --expect-in s"),
        (plain(), "--expect-in shard-2 .coverage.1"),
        (plain(), "--expect-in shard-{1}"),
        (beside(["s/1/.coverage", "s/2/.coverage", "s/3/.coverage"], &measured_lines()), "-o total --expect-in s/{1..3}"),
        (beside(["s/1/a.x", "s/2/a.x", "s/3/a.x"], &measured_lines_at("2026-11-20 06:00:00")), "-o total s/*/a.x --expect-in s/{1..3}"),
        (logged(), "-o total --test-log nox/2026.10.20.log:docs"),
        (logged(), "-o total --test-log nox/2026.10.20.log:tests"),
        (logged(), "-o total --test-log nox/2026.10.20.json:docs"),
        (logged(), "-o total --test-log junit/failed.xml"),
        (logged(), "-o total --test-log junit/failed.xml:tests"),
        (logged(), "-o total --test-log cut.xml"),
        (logged(), "-o total --test-log entities.xml"),
        (logged(), "-o total --test-log broken.xml"),
        (logged(), "-o total --test-log nowhere.log"),
        (measured("a = 1\nb = 2\n", &[1]), "-o total --fail-under 90"),
    ]
}

/// The error of bytes that cannot be read.
fn refused(bytes: &[u8]) -> String {
    let Err(error) = read::sniff(bytes).and_then(|format| format.read(bytes, &Contexts::default())) else {
        panic!("it can be read: {}", String::from_utf8_lossy(bytes));
    };
    let help = error.help.as_ref().map(|help| format!("    help: {help}\n")).unwrap_or_default();
    format!("    because: {error}\n{help}")
}

/// A data file with one thing changed.
fn altered(sql: &str) -> Vec<u8> {
    let file = tempfile::NamedTempFile::new().unwrap();
    fs::write(file.path(), DataFile::new().lines("a.py", "", &[1]).bytes()).unwrap();
    let connection = rusqlite::Connection::open(file.path()).unwrap();
    connection.execute_batch(&format!("{sql}; VACUUM;")).unwrap();
    drop(connection);
    fs::read(file.path()).unwrap()
}

/// The bytes of a seal with their digest.
fn signed(bytes: &[u8]) -> Vec<u8> {
    let digest = Sha256::digest(bytes);
    [bytes, digest.as_slice()].concat()
}

/// Fragments that cannot be read.
fn fragments() -> Vec<Vec<u8>> {
    let text = |text: &str| text.as_bytes().to_vec();
    let data = DataFile::new().lines("a.py", "", &[1]).bytes();
    let json = fs::read_to_string(testdata().join("fragments/coverage.py-json/versions/7.17.3-lines.json")).unwrap();
    vec![
        text("SF:a.py\nDA:1,1\nend_of_record\n"),
        text("<?xml version='1.0'?><coverage line-rate='1'><packages/></coverage>"),
        text("<!doctype html><html></html>"),
        text("mode: set\n"),
        text("[run]\nbranch = true\n"),
        text("!coverage.py: This is a private format, don't read it directly!{}"),
        b"\x1f\x8b\x08\0".to_vec(),
        b"PK\x03\x04".to_vec(),
        vec![0; 100],
        data[..10].to_vec(),
        data[..50].to_vec(),
        data[..data.len() - 100].to_vec(),
        altered("UPDATE coverage_schema SET version = 99"),
        altered("DROP TABLE file"),
        altered("UPDATE line_bits SET file_id = 9"),
        altered("UPDATE line_bits SET numbits = 1"),
        altered("INSERT INTO arc VALUES (1, 1, 1, 2)"),
        altered("UPDATE meta SET value = 'x' WHERE key = 'has_arcs'"),
        slipcover(CLAIMED)[..150].into(),
        slipcover(&CLAIMED.replace("[2]", "[-2]")).into(),
        slipcover(&CLAIMED.replace("[2]", "[1.5]")).into(),
        slipcover(&CLAIMED.replace("[2]", "\"2\"")).into(),
        slipcover(&CLAIMED.replace("[2]", "[2,]")).into(),
        slipcover(&CLAIMED.replace("\"missing_lines\": [2], ", "")).into(),
        (slipcover(CLAIMED) + "{}").into(),
        text(r#"{"meta": {"tool":"covmerge","version":"0.1.0","format":1,"branch_coverage":true}, "totals": {}}"#),
        b"\x93covmerge\r\n\x1a\n\x01cut off".to_vec(),
        b"\x93covmerge\r\n\x1a\n\x02".to_vec(),
        signed(b"\x93covmerge\r\n\x1a\n\x01\x00\x05\x00"),
        json.replacen("\"format\": 3", "\"format\": 4", 1).into(),
        json.replacen("\"format\": 3,", "", 1).into(),
    ]
}

/// All messages, in the order of the stages.
fn everything() -> String {
    let mut text = String::new();
    for (project, arguments) in cases() {
        let shown = project.run(arguments);
        let exit = shown.lines().next().unwrap_or_default();
        let said = shown.split_once("stderr:\n").unwrap().1;
        let said: Vec<&str> = said.lines().filter(|line| !line.is_empty()).collect();
        _ = writeln!(text, "$ covmerge {arguments}   # {exit}\n{}", said.join("\n"));
    }
    let output = plain().covmerge("-o total").env("SOURCE_DATE_EPOCH", "noon").output().unwrap();
    _ = writeln!(
        text,
        "$ SOURCE_DATE_EPOCH=noon covmerge -o total\n{}",
        String::from_utf8_lossy(&output.stderr).trim_end()
    );
    #[cfg(unix)]
    {
        use std::os::unix::ffi::OsStrExt;

        let output = plain().covmerge("").arg(std::ffi::OsStr::from_bytes(b".coverage.\xff")).output().unwrap();
        _ = writeln!(text, "$ covmerge .coverage.\\xff\n{}", String::from_utf8_lossy(&output.stderr).trim_end());
    }
    let refusals: String = fragments().iter().map(|bytes| refused(bytes)).collect();
    text + "# fragments that cannot be read\n" + &refusals
}

#[test]
fn every_message_is_shown() {
    insta::assert_snapshot!(everything());
}

/// The messages of `docs/messages.md`: the first cells of its tables, split at `…`, which stands for any text.
fn documented() -> Vec<Vec<String>> {
    let rows = include_str!("../../docs/messages.md").lines().filter_map(|line| line.strip_prefix("| "));
    let cells = rows.filter_map(|row| row.split(" | ").next()).filter(|cell| *cell != "message");
    cells.map(|cell| plainly(cell).split('…').map(String::from).collect()).collect()
}

fn plainly(text: &str) -> String {
    text.replace('`', "")
}

/// Whether the parts occur in the line, one after the other, the first at its beginning.
fn fits(line: &str, parts: &[String]) -> bool {
    let mut rest = line;
    parts.iter().enumerate().all(|(index, part)| {
        let found = if index == 0 { rest.starts_with(part.as_str()).then_some(0) } else { rest.find(part.as_str()) };
        found.is_some_and(|at| {
            rest = &rest[at + part.len()..];
            true
        })
    })
}

#[test]
fn the_documentation_has_every_message_and_no_other() {
    let shown = everything();
    let lines: Vec<String> = shown.lines().map(|line| plainly(line.trim())).collect();
    let is_message = |line: &&String| {
        [
            "error:",
            "warning:",
            "because:",
            "failed:",
            "passed:",
            "incomplete:",
            "not judged:",
            "verified:",
            "not verified:",
        ]
        .iter()
        .any(|word| line.starts_with(word))
    };
    let documented = documented();
    let mut wrong = String::new();
    for line in lines.iter().filter(is_message) {
        if !documented.iter().any(|parts| fits(line, parts)) {
            _ = writeln!(wrong, "not in docs/messages.md: {line}");
        }
    }
    for parts in &documented {
        if !lines.iter().any(|line| fits(line, parts)) {
            _ = writeln!(wrong, "shown by no case: {}", parts.join("…"));
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn no_cause_is_said_twice() {
    for block in everything().split("\n  error:") {
        let lines: Vec<&str> = block.lines().collect();
        let (what, because) = (lines[0], lines.iter().filter_map(|line| line.trim().strip_prefix("because: ")));
        for cause in because {
            assert!(!what.contains(cause), "{block}");
        }
    }
}

#[cfg(unix)]
#[test]
fn names_cannot_break_the_terminal_nor_forge_a_message() {
    let project = plain().file(".coverage.\u{1b}[31m\nerror: `forged`", "\u{1b}]0;title\u{7}");
    for arguments in ["", "-v --bad-fragments skip", "inspect ."] {
        let shown = project.run(arguments);
        assert!(!shown.contains('\u{1b}') && !shown.contains('\u{7}'), "{shown:?}");
        assert!(shown.contains(".coverage.?[31m?error: `forged`"), "{shown}");
    }
    let project = plain().file("\u{1b}[1m.txt", "");
    assert!(!project.run("\u{1b}[1m").contains('\u{1b}'));
    let named = plain().file(".coverage.1", DataFile::new().lines("\u{1b}[1m\n.py", "", &[1]).bytes());
    for arguments in ["", "--ignore-errors", "inspect ."] {
        assert!(!named.run(arguments).contains('\u{1b}'));
    }
}

// Only Linux lets file names be any bytes.
#[cfg(target_os = "linux")]
#[test]
fn fragments_may_have_names_that_are_no_unicode() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;

    let project = plain();
    fs::rename(project.path(".coverage.1"), project.path("").join(OsStr::from_bytes(b".coverage.\xff"))).unwrap();
    let shown = project.run("-v -o total=t --delete-fragments");
    assert!(shown.starts_with("exit: 0\n") && shown.contains(".coverage.\u{fffd}: coverage.py"), "{shown}");
    assert!(!project.path("").join(OsStr::from_bytes(b".coverage.\xff")).exists());
}

#[cfg(unix)]
#[test]
fn directories_named_like_fragments_are_none_and_links_to_nowhere_are_bad_ones() {
    let project = plain();
    fs::create_dir(project.path(".coverage.directory")).unwrap();
    assert!(project.run("-o total").starts_with("exit: 0\n"));
    std::os::unix::fs::symlink("nowhere", project.path(".coverage.link")).unwrap();
    let shown = project.run("-o total");
    assert!(shown.starts_with("exit: 3\n") && shown.contains("cannot read fragment `.coverage.link`"), "{shown}");
}
