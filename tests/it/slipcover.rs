//! Slipcover's data alone gives Slipcover's numbers; with the sources analysed, it gives coverage.py's.

use serde_json::Value;

use crate::data_file::DataFile;
use crate::project::{Project, testdata};

const SHARDS: &str = "fragments/slipcover/shards";

/// The recorded shards, with the sources that they were measured on.
fn shards() -> Project {
    Project::of(SHARDS).with(&format!("{SHARDS}/program"))
}

/// The file list of a JSON report or fragment.
fn files(json: &str) -> Value {
    serde_json::from_str::<Value>(json).unwrap()["files"].take()
}

fn expected(name: &str) -> String {
    std::fs::read_to_string(testdata().join(SHARDS).join("expected").join(name)).unwrap()
}

/// The elements of an XML report that carry numbers: its sums, the classes and lines.
fn elements(xml: &str) -> Vec<String> {
    let sums =
        |line: &str| line.trim_start_matches("<coverage").split_once(" lines-valid").map(|rest| rest.1.to_owned());
    let lines = xml.lines().map(str::trim).filter(|line| !line.starts_with("<!--") && !line.starts_with("<source>"));
    lines.map(|line| sums(line).unwrap_or_else(|| line.to_owned())).collect()
}

#[test]
fn shards_give_the_numbers_that_slipcover_merges_them_to() {
    for mode in ["branch", "lines"] {
        // coverage.py's `source` does not apply to Slipcover's data: the names stay.
        for settings in ["", "[run]\nsource = shop\n"] {
            let project = shards().file(".coveragerc", settings);
            let arguments = format!("-q {mode}-1.json {mode}-2.json {mode}-3.json -o xml=ours.xml -o json=ours.json");
            let shown = project.run(&arguments);
            assert_eq!(shown, "exit: 0\nstdout:\nstderr:\n", "{mode}");
            assert_eq!(elements(&project.read("ours.xml")), elements(&expected(&format!("{mode}.xml"))));
            let (ours, theirs) = (files(&project.read("ours.json")), files(&expected(&format!("{mode}.json"))));
            for (name, file) in theirs.as_object().unwrap() {
                for list in ["executed_lines", "missing_lines"] {
                    assert_eq!(ours[name][list], file[list], "{name}: {list}");
                }
            }
            if mode == "branch" {
                // In the file in which nothing ran, one `if` has no code on its first line: that does not make it partial.
                for (name, file) in theirs.as_object().unwrap() {
                    let reached = |exit: &&Value| {
                        let from = &exit[0];
                        file["executed_lines"].as_array().unwrap().contains(from)
                            || file["executed_branches"].as_array().unwrap().iter().any(|exit| exit[0] == *from)
                    };
                    let partial = file["missing_branches"].as_array().unwrap().iter().filter(reached).count();
                    assert_eq!(ours[name]["summary"]["num_partial_branches"], partial, "{name}");
                }
            }
        }
    }
}

#[test]
fn shards_that_list_other_statements_are_warned_of() {
    // Only the third shard lists the further lines of a wrapped signature, which is not worth a warning.
    let without = |lines: &str| {
        let text = expected("../branch-1.json").replacen(&format!("[1, 4, 5, {lines}"), "[1, 4, 5, ", 1);
        let fewer = lines.matches(',').count();
        [69, 70].into_iter().fold(text, |text, covered| {
            text.replace(&format!("\"covered_lines\": {covered}"), &format!("\"covered_lines\": {}", covered - fewer))
        })
    };
    let project = shards().file("branch-1.json", without("6, "));
    let fragments = "-q branch-1.json branch-2.json branch-3.json -o total";
    let warning = |line: u32| {
        format!(
            "warning: some fragments list statements of `shop/orders.py` that others do not, the first on line {line}\n"
        )
    };
    let shown = project.run(fragments);
    assert!(shown.contains(&warning(6)), "{shown}");
    // Without the sources, a line that did not run, as that one, shows nothing.
    let without = without("6, 7, 10, ");
    let never = format!("{fragments} --analysis never");
    for shown in [
        shards().file("branch-1.json", &without).run(&never),
        Project::of(SHARDS).file("branch-1.json", &without).run(fragments),
    ] {
        assert!(shown.contains(&warning(10)), "{shown}");
    }
    for shown in [shards().run(fragments), shards().run(&never)] {
        assert!(!shown.contains("that others do not"), "{shown}");
    }
}

#[test]
fn a_fragment_that_saw_nothing_of_a_file_run_does_not_decide_whose_word_counts() {
    let settings = "[run]\nrelative_files = true\n";
    let [idle, ran] = [&[][..], &[(-1, 1), (1, -1)]]
        .map(|arcs| DataFile::new().arcs("shop/orders.py", "", arcs).arcs("run.py", "", &[(-1, 1), (1, -1)]).bytes());
    let project = shards().file(".coveragerc", settings).file("idle", idle).file("ran", ran);
    let total = |arguments: &str| {
        let shown = project.run(&format!("-q branch-1.json {arguments} --include shop/* -o json=ours.json"));
        let ours = files(&project.read("ours.json"));
        (
            ours["shop/orders.py"]["summary"]["num_statements"].as_u64().unwrap(),
            shown.contains("define statements differently"),
        )
    };
    let alone = files(&expected("../branch-1.json"))["shop/orders.py"]["summary"].take();
    let listed = alone["covered_lines"].as_u64().unwrap() + alone["missing_lines"].as_u64().unwrap();
    let by_source = files(&expected("branch-coveragepy.json"))["shop/orders.py"]["summary"]["num_statements"].take();
    assert_eq!(total(""), (listed, false));
    assert_eq!(total("idle"), (listed, false));
    assert_eq!(total("ran"), (by_source.as_u64().unwrap(), true));
}

#[test]
fn with_the_sources_as_judges_the_numbers_are_those_of_coverage_py() {
    // Slipcover takes a `match` for one line with many exits, and goes on elsewhere after a suite inside a `finally` or a loop.
    let settings = "[run]\nrelative_files = true\n";
    for mode in ["branch", "lines"] {
        for fragments in ["{}-1.json {}-2.json {}-3.json --analysis always", "{}-1.json mixed/{}-2.coverage {}-3.json"]
        {
            let project = shards().file(".coveragerc", settings);
            let shown = project.run(&format!("-q {} -o json=ours.json", fragments.replace("{}", mode)));
            assert!(shown.starts_with("exit: 0\n") && !shown.contains("no exit"), "{shown}");
            let ours = files(&project.read("ours.json"));
            let theirs = files(&expected(&format!("{mode}-coveragepy.json")));
            // A file that no tool saw run is counted by Slipcover's list if there is one, even if coverage.py names it.
            let counts = |name: &str| name != "shop/unused.py" || fragments.contains("always");
            for (name, file) in theirs.as_object().unwrap().iter().filter(|(name, _)| counts(name)) {
                for key in ["executed_lines", "missing_lines", "executed_branches", "missing_branches", "summary"] {
                    assert_eq!(ours[name][key], file[key], "{fragments} {name}: {key}");
                }
            }
        }
    }
}
