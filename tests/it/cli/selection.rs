//! The files and contexts that are reported on: the root, mapped paths, `include` and `omit`, a filter of contexts.

use std::fs;

use insta::assert_snapshot;
use serde_json::Value;

use super::{contexts, example};
use crate::data_file::DataFile;
use crate::project::Project;

#[test]
fn the_root_says_where_the_sources_are() {
    let project = Project::new().with("example");
    fs::create_dir(project.path("checkout")).unwrap();
    fs::rename(project.path("shop"), project.path("checkout/shop")).unwrap();
    assert_snapshot!(project.run("-o total --root checkout"), @"
    exit: 0
    stdout:
      86
    stderr:
      merged 4 fragments (coverage.py, branch) covering 5 files in [time]

      TOTAL   84 statements   10 missing   24 branches   3 partial   86.11%
    ");
    assert_snapshot!(project.run("-o total"), @"
    exit: 1
    stdout:
    stderr:
      error: the sources of 5 measured files below `shop` were not found, such as `shop/__init__.py`
        because: `[project]/shop/__init__.py` does not exist
        help: `--map shop=checkout/shop` finds all 5
      error: 5 of 5 measured files cannot be counted; nothing was written
    ");
}

/// A project whose fragment was measured elsewhere.
fn elsewhere() -> Project {
    Project::new()
        .file("src/a.py", "a = 1\nif a:\n    b = 3\n")
        .file(".coverage.1", DataFile::new().lines("/ci/job-1/src/a.py", "", &[1, 2]).bytes())
        .file(".coverage.2", DataFile::new().lines("/ci/job-2/src/a.py", "", &[1, 2, 3]).bytes())
}

#[test]
fn mapped_paths_are_one_file() {
    assert_snapshot!(elsewhere().run("-o text --map /ci/*/src=src"), @"
    exit: 0
    stdout:
      Name       Stmts   Miss  Cover
      ------------------------------
      src/a.py       3      0   100%
      ------------------------------
      TOTAL          3      0   100%
    stderr:
      merged 2 fragments (coverage.py, statement) covering 1 file in [time]

      TOTAL   3 statements   0 missing   100.00%
    ");
    assert_snapshot!(elsewhere().run("-o text"), @"
    exit: 1
    stdout:
    stderr:
      error: `/ci/job-1/src/a.py` was measured, but its source was not found
        because: `/ci/job-1/src/a.py` does not exist
        help: `--map /ci/job-1=.` finds it
      error: `/ci/job-2/src/a.py` was measured, but its source was not found
        because: `/ci/job-2/src/a.py` does not exist
        help: `--map /ci/job-2=.` finds it
      error: 2 of 2 measured files cannot be counted; nothing was written
    ");
}

#[test]
fn files_can_be_included_and_omitted() {
    assert_snapshot!(example().run("-q -o text --include shop/c*,shop/s* --omit */store.py"), @"
    exit: 0
    stdout:
      Name           Stmts   Miss Branch BrPart  Cover   Missing
      ----------------------------------------------------------
      shop/cart.py      34      1      8      1    95%   35
      ----------------------------------------------------------
      TOTAL             34      1      8      1    95%
    stderr:
    ");
    assert_snapshot!(example().run("--omit *"), @"
    exit: 1
    stdout:
    stderr:
      error: no data to report: the fragments name no file, or `include` and `omit` leave none
        help: check `include` and `omit`, and look at the fragments with `covmerge inspect`
    ");
}

#[test]
fn contexts_filter_every_output_and_the_verdict() {
    assert_snapshot!(contexts().run("-o text --show-missing --contexts one --fail-under 100"), @"
    exit: 2
    stdout:
      Name    Stmts   Miss  Cover   Missing
      -------------------------------------
      a.py        3      1    67%   3
      -------------------------------------
      TOTAL       3      1    67%
    stderr:
      merged 1 fragment (coverage.py, statement) covering 1 file in [time]

      TOTAL   3 statements   1 missing   66.67%
      failed: total coverage is 66.67%, required 100%: 1 more statement needs to be covered
        a.py   66.67%      1 missing  3
    ");
}

#[test]
fn a_filter_that_no_context_matches_is_a_warning_and_one_match_is_enough() {
    let warned = |project: &Project, arguments: &str| {
        project.run(&format!("-o total {arguments}")).contains("warning: no context of any fragment matches `contexts`")
    };
    let project = contexts().file(".coverage.2", DataFile::new().lines("a.py", "other", &[1]).bytes());
    assert!(warned(&project, "--contexts tset") && !warned(&project, "--contexts other") && !warned(&project, ""));
}

#[test]
fn contexts_are_shown_in_the_json() {
    let project = contexts();
    project.run("-o json --show-contexts");
    let json: Value = serde_json::from_str(&project.read("coverage.json")).unwrap();
    assert_eq!(
        json["files"]["a.py"]["contexts"],
        serde_json::json!({"1": ["test_one"], "2": ["test_one"], "3": ["test_two"]})
    );
}
