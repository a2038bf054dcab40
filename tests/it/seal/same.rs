//! Every report from seals, without the sources, has the bytes that it has from the fragments, beside the sources.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::json;

use super::{remove, seal};
use crate::cli::FRAGMENTS;
use crate::data_file::DataFile;
use crate::project::{Project, testdata};

/// All formats; `data` holds facts alone.
const OUTPUTS: &str = "-o xml=out/c.xml -o html=out/html -o html-single=out/c.html -o summary=out/summary.json -o json=out/c.json \
                       -o lcov=out/c.info -o text=out/c.txt -o markdown=out/c.md -o total=out/total";

/// Reports on `arguments` and takes all files that it wrote.
pub(super) fn reports(project: &Project, arguments: &str) -> BTreeMap<String, String> {
    let output = project.covmerge(&format!("-q --show-missing {OUTPUTS} {arguments}")).output().unwrap();
    assert!(output.status.success(), "{arguments}: {}", String::from_utf8_lossy(&output.stderr));
    let mut files = BTreeMap::new();
    collect(&project.path("out"), "", &mut files);
    remove(project, &["out"]);
    files
}

fn collect(directory: &Path, below: &str, into: &mut BTreeMap<String, String>) {
    for entry in fs::read_dir(directory).unwrap().map(Result::unwrap) {
        let name = format!("{below}{}", entry.file_name().to_str().unwrap());
        if entry.file_type().unwrap().is_dir() {
            collect(&entry.path(), &format!("{name}/"), into);
        } else {
            into.insert(name, String::from_utf8_lossy(&fs::read(entry.path()).unwrap()).into_owned());
        }
    }
}

/// Seals each of `fragments` as a shard of its own, removes them and `sources`, and compares the reports; those that show texts, too, if they are
/// sealed.
fn compare(project: &Project, fragments: &[&str], sources: &[&str], sealing: &str, options: &str) {
    let mut before = reports(project, &format!("{options} {}", fragments.join(" ")));
    for (at, fragment) in fragments.iter().enumerate() {
        seal(
            project,
            &format!("{fragment} --shard {}/{} --status 0 -o {at}.covmerge {sealing}", at + 1, fragments.len()),
        );
    }
    remove(project, &[fragments, sources].concat());
    let mut after = reports(project, &format!("{options} *.covmerge"));
    if !sealing.contains("--with-sources") {
        for reports in [&mut before, &mut after] {
            reports.retain(|name, _| !name.contains("html"));
        }
    }
    assert_eq!(before.keys().collect::<Vec<_>>(), after.keys().collect::<Vec<_>>());
    for (name, text) in &before {
        assert_eq!(text, &after[name], "{name}");
    }
}

/// With `data`, which holds facts alone.
pub(super) const FACTS: &str = "-o data=out/c.data";

#[test]
fn of_the_example() {
    let sources = ["shop", "tests"];
    let settings = "[run]\nbranch = true\nsource = shop\n[lcov]\nline_checksums = true\n";
    for (sealing, options) in
        [("--with-sources", FACTS), ("", FACTS), ("--with-sources", "--show-contexts --omit shop/cart.py")]
    {
        let project = Project::of("example").file(".coveragerc", settings);
        let options = format!("{options} --fail-under 80");
        if sealing.is_empty() {
            // Checksums need the texts.
            let project = Project::of("example");
            compare(&project, &FRAGMENTS, &sources, sealing, &options);
        } else {
            compare(&project, &FRAGMENTS, &sources, sealing, &options);
        }
    }
}

#[test]
fn of_absolute_names_that_other_directories_do_not_change() {
    // The names in data files of a job are absolute unless it is asked otherwise; the merging job has another root.
    let job = Project::new().file("pkg/a.py", "a = 1\nif a:\n    b = 3\n");
    let root = fs::canonicalize(job.path("")).unwrap();
    let name = root.join("pkg/a.py");
    let job = job.file("f", DataFile::new().lines(name.to_str().unwrap(), "", &[1, 2]).bytes());
    let before = reports(&job, "f");
    seal(&job, "f --with-sources -o f.covmerge");
    let report = Project::new().file("f.covmerge", fs::read(job.path("f.covmerge")).unwrap());
    let mut after = reports(&report, "f.covmerge");
    let (here, there) = (fs::canonicalize(report.path("")).unwrap(), root);
    for text in after.values_mut() {
        *text = text.replace(here.to_str().unwrap(), there.to_str().unwrap());
    }
    assert_eq!(before, after);
    let text = report.run("-o text=- f.covmerge --omit pkg/*");
    assert!(text.contains("no data to report"), "{text}");
}

#[test]
fn of_statements_contexts_and_files_that_never_ran() {
    let sources = ["a.py", "b.py", "never.py"];
    let source =
        "\"\"\"doc\"\"\"\n\na = [\n    1,\n]\nif a:  # pragma: no cover\n    b = 7\n\n\ndef f():\n    return 11\n";
    for (sealing, options) in [
        ("--with-sources", "--show-contexts"),
        ("--with-sources", FACTS),
        ("", "--contexts one --show-contexts"),
        ("", "--contexts one|two"),
        ("--with-sources", "--contexts nothing"),
    ] {
        let project = Project::new().relative();
        let project = sources.iter().fold(project, |project, name| project.file(name, source));
        let one = DataFile::new()
            .lines("a.py", "one", &[3, 4])
            .lines("a.py", "", &[1, 3])
            .lines("b.py", "two", &[0])
            .touched("never.py");
        let two = DataFile::new().lines("a.py", "two", &[11]).lines("b.py", "one", &[3, 10]);
        let project = project.file("f1", one.bytes()).file("f2", two.bytes());
        compare(&project, &["f1", "f2"], &sources, sealing, options);
    }
}

#[test]
fn of_sources_that_do_not_fit_their_data() {
    // The warnings about lines beyond the end, blank lines and a Python before 3.10 come from the studies, too.
    let source = "a = 1\n\n# comment\nwhile True:\n    b = 5\n    break\n";
    let arcs = [(-1, 1), (1, 5), (5, 6), (6, 9), (9, -1), (2, 3)];
    let project = Project::new().relative().file("a.py", source).file("t.html", "{{ a }}").file("bad.py", "def (:\n");
    let project = project
        .file("f1", DataFile::new().arcs("a.py", "", &arcs).arcs("t.html", "", &[(-1, 1), (1, -1)]).bytes())
        .file("f2", DataFile::new().arcs("bad.py", "", &[(-1, 1), (1, -1)]).arcs("a.py", "", &[(1, 4)]).bytes());
    compare(&project, &["f1", "f2"], &["a.py", "t.html", "bad.py"], "", "--ignore-errors --stale-sources warn");
}

/// Slipcover's JSON of `a.py`.
fn slipcover(executed: &[u32], missing: &[u32], taken: &[[u32; 2]], untaken: &[[u32; 2]]) -> String {
    let file = json!({
        "executed_lines": executed, "missing_lines": missing, "executed_branches": taken, "missing_branches": untaken,
        "summary": {"covered_lines": executed.len(), "missing_lines": missing.len(),
                    "covered_branches": taken.len(), "missing_branches": untaken.len(), "percent_covered": 0.0}
    });
    json!({
        "meta": {"software": "slipcover", "version": "1.1.0", "timestamp": "2026-11-21T06:20:16", "branch_coverage": true, "show_contexts": false},
        "files": {"a.py": file}, "summary": {}
    })
    .to_string()
}

#[test]
fn of_lists_of_slipcover_alone_and_beside_data_of_coverage_py() {
    let source = "\"\"\"doc\"\"\"\na = (\n    1\n)\nif a:\n    b = 6\nelse:\n    b = 8\n";
    for (beside, options) in [(false, "--analysis never"), (false, "--analysis always"), (false, ""), (true, "")] {
        let project = Project::new()
            .relative()
            .file("a.py", source)
            .file("1.json", slipcover(&[1, 2, 3, 5, 6], &[8], &[[5, 6]], &[[5, 8]]))
            .file("2.json", slipcover(&[1, 2, 3, 5, 8], &[6], &[[5, 8]], &[[5, 6]]))
            .file("3", DataFile::new().arcs("a.py", "", &[(-1, 1), (1, 2), (2, 5), (5, 6), (6, -1)]).bytes());
        let fragments: &[&str] = if beside { &["1.json", "2.json", "3"] } else { &["1.json", "2.json"] };
        compare(&project, fragments, &["a.py"], "--with-sources", options);
    }
}

#[test]
fn of_reports_of_coverage_py() {
    let versions = testdata().join("fragments/coverage.py-json/versions");
    let mut names: Vec<_> = fs::read_dir(versions).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    for name in names
        .iter()
        .filter_map(|name| name.to_str())
        .filter(|name| name.starts_with("7.1") && name.ends_with("-branch.json"))
    {
        let project = Project::new().relative();
        let project =
            project.file(name, fs::read(testdata().join("fragments/coverage.py-json/versions").join(name)).unwrap());
        compare(&project, &[name], &[], "", "--analysis never --ignore-errors");
    }
}

#[test]
fn a_seal_holds_the_texts_only_if_asked_and_the_page_says_so() {
    let page = |sealing: &str, checkout: Option<&str>| {
        let project = Project::new().relative().file("a.py", "secret = 1\r\n");
        let project = project.file("f", DataFile::new().lines("a.py", "", &[1]).bytes());
        seal(&project, &format!("f -o f.covmerge {sealing}"));
        remove(&project, &["a.py"]);
        let project = checkout.map_or(&project, |_| &project);
        if let Some(text) = checkout {
            fs::write(project.path("a.py"), text).unwrap();
        }
        assert!(project.covmerge("-q f.covmerge -o html=out").output().unwrap().status.success());
        let pages = fs::read_dir(project.path("out/files"))
            .unwrap()
            .map(|page| fs::read_to_string(page.unwrap().path()).unwrap());
        let page: String = pages.collect();
        let said = page.contains("its seal was made without `--with-sources`, and holds no text");
        assert!(!page.contains("other = 2"));
        said
    };
    assert!(page("", None) && page("", Some("other = 2\n")));
    assert!(!page("--with-sources", None) && !page("--with-sources", Some("other = 2\n")));
    // The same text, whatever its line ends.
    assert!(!page("", Some("secret = 1\n")));
}

#[test]
fn the_fragments_in_the_seals_are_counted_and_one_of_the_same_bytes_once() {
    let project = super::shards();
    fs::copy(project.path("f1"), project.path("f4")).unwrap();
    seal(&project, "f1 f2 -o 1.covmerge");
    seal(&project, "f3 f4 -o 2.covmerge");
    let (summary, said) = project.output("summary", "1.covmerge 2.covmerge --expect 4");
    assert!(said.starts_with("merged 3 of 4 fragments (coverage.py, branch; 1 duplicate) covering 1 file"), "{said}");
    let summary: serde_json::Value = serde_json::from_str(&summary).unwrap();
    assert_eq!(summary["fragments"]["found"], 4);
    assert_eq!(summary["fragments"]["duplicate_fragments"], json!([{"path": "f4", "duplicate_of": "f1"}]));
    // A copy of a seal is the same seal.
    fs::copy(project.path("1.covmerge"), project.path("copy.covmerge")).unwrap();
    assert_eq!(
        project.output("summary", "*.covmerge").0.len(),
        project.output("summary", "1.covmerge 2.covmerge").0.len()
    );
}
