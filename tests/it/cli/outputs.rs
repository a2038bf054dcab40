//! The outputs: their places, their shape, and equal bytes of equal runs.

use std::fs;

use insta::assert_snapshot;

use super::{FRAGMENTS, contexts, example, tree};

#[test]
fn standard_output_holds_the_report_and_nothing_else() {
    assert_snapshot!(example().run("-o text"), @"
    exit: 0
    stdout:
      Name               Stmts   Miss Branch BrPart  Cover   Missing
      --------------------------------------------------------------
      shop/__init__.py       0      0      0      0   100%
      shop/cart.py          34      1      8      1    95%   35
      shop/discount.py      27      2     12      2    90%   11, 36
      shop/report.py         5      5      2      0     0%   4-8
      shop/store.py         18      2      2      0    90%   19-20
      --------------------------------------------------------------
      TOTAL                 84     10     24      3    86%
    stderr:
      merged 4 fragments (coverage.py, branch) covering 5 files in [time]

      TOTAL   84 statements   10 missing   24 branches   3 partial   86.11%
    ");
    assert_snapshot!(example().run("-q -o total"), @"
    exit: 0
    stdout:
      86
    stderr:
    ");
    assert_snapshot!(example().run("-q -o markdown=-"), @r"
    exit: 0
    stdout:
      | Name                 |    Stmts |     Miss |   Branch |   BrPart |   Cover |   Missing |
      |--------------------- | -------: | -------: | -------: | -------: | ------: | --------: |
      | shop/\_\_init\_\_.py |        0 |        0 |        0 |        0 |    100% |           |
      | shop/cart.py         |       34 |        1 |        8 |        1 |     95% |        35 |
      | shop/discount.py     |       27 |        2 |       12 |        2 |     90% |    11, 36 |
      | shop/report.py       |        5 |        5 |        2 |        0 |      0% |       4-8 |
      | shop/store.py        |       18 |        2 |        2 |        0 |     90% |     19-20 |
      | **TOTAL**            |   **84** |   **10** |   **24** |    **3** | **86%** |           |
    stderr:
    ");
}

#[test]
fn several_outputs_are_named_in_the_order_asked_for() {
    assert_snapshot!(
        example().run("-o total -o lcov=deep/er/a.info -o json=out.json -o xml -o data=merged"),
        @"
    exit: 0
    stdout:
      86
    stderr:
      merged 4 fragments (coverage.py, branch) covering 5 files in [time]
      wrote deep/er/a.info, out.json, coverage.xml, merged

      TOTAL   84 statements   10 missing   24 branches   3 partial   86.11%
    "
    );
}

#[test]
fn the_table_can_be_shaped() {
    assert_snapshot!(example().run("-q -o text --precision 2 --sort -miss --skip-empty"), @"
    exit: 0
    stdout:
      Name               Stmts   Miss Branch BrPart   Cover   Missing
      ---------------------------------------------------------------
      shop/report.py         5      5      2      0   0.00%   4-8
      shop/store.py         18      2      2      0  90.00%   19-20
      shop/discount.py      27      2     12      2  89.74%   11, 36
      shop/cart.py          34      1      8      1  95.24%   35
      ---------------------------------------------------------------
      TOTAL                 84     10     24      3  86.11%

      1 empty file skipped.
    stderr:
    ");
    assert_snapshot!(contexts().run("-q -o text --skip-covered --skip-empty"), @"
    exit: 0
    stdout:
      Name    Stmts   Miss  Cover
      ---------------------------
      TOTAL       3      0   100%

      1 file skipped due to complete coverage.
    stderr:
    ");
}

#[test]
fn the_moment_in_the_outputs_can_be_given() {
    let project = example();
    project.run("-o json");
    assert!(project.read("coverage.json").contains("\"2026-11-21T06:20:16\""));
    project.run("-o json --timestamp 2030-01-02T03:04:05Z");
    assert!(project.read("coverage.json").contains("\"2030-01-02T03:04:05\""));
    let output = project.covmerge("-o total").env("SOURCE_DATE_EPOCH", "noon").output().unwrap();
    assert_eq!(output.status.code(), Some(64));
    assert_snapshot!(String::from_utf8(output.stderr).unwrap(), @"
    error: the environment variable `SOURCE_DATE_EPOCH` is `noon`, expected seconds since 1970
      help: set it to a whole number, or unset it
    ");
}

#[test]
fn every_format_has_the_same_bytes_in_any_order_of_fragments_and_with_any_number_of_threads() {
    let outputs = "-o xml -o json -o lcov -o summary -o text=t -o markdown=m -o total=n -o data=d --show-contexts";
    let names = ["coverage.xml", "coverage.json", "coverage.lcov", "coverage-summary.json", "t", "m", "n", "d"];
    let written = |fragments: &[&str], jobs: u32| {
        let project = example();
        let shown = project.run(&format!("{} {outputs} --jobs {jobs}", fragments.join(" ")));
        assert!(shown.starts_with("exit: 0\n"), "{shown}");
        names.map(|name| fs::read(project.path(name)).unwrap())
    };
    let first = written(&FRAGMENTS, 1);
    let reversed: Vec<&str> = FRAGMENTS.into_iter().rev().collect();
    assert!(first == written(&reversed, 1));
    assert!(first == written(&FRAGMENTS, 4));
    assert!(first == written(&reversed, 4));
}

#[test]
fn more_threads_than_any_machine_has_are_no_trouble() {
    assert!(example().run("-o total --jobs 100000000").starts_with("exit: 0\n"));
}

#[test]
fn a_directory_can_be_searched_again_among_the_outputs_of_an_earlier_run() {
    let project = example();
    let first = project.run(".");
    assert!(first.starts_with("exit: 0\n"), "{first}");
    // The same places again, then others: an output of an earlier run is not a fragment under any name.
    assert_eq!(project.run("."), first);
    let elsewhere = project.run(". -o summary=again.json -o xml=again.xml");
    assert_eq!(
        elsewhere,
        first.replace("wrote coverage.xml, htmlcov/index.html, coverage-summary.json", "wrote again.json, again.xml")
    );
    let named = project.run("again.json");
    assert!(named.starts_with("exit: 3\n") && named.contains("this is a summary that covmerge made"), "{named}");
}

#[test]
fn a_target_that_cannot_be_written_leaves_the_other_files_as_they_were() {
    let project = example().file("old.xml", "old").file("there", "a file");
    let before = tree(&project);
    assert_snapshot!(project.run("-o xml=old.xml -o json=there/coverage.json"), @"
    exit: 1
    stdout:
    stderr:
      error: cannot write `json` to `there/coverage.json`
        because: Not a directory (os error 20)
        help: make the path writable, or name another one, `-o json=PATH`
    ");
    assert_snapshot!(project.run("-o xml=old.xml -o json=shop"), @"
    exit: 64
    stdout:
    stderr:
      error: cannot write `json` to `shop`: it is a directory
        help: name a file in it, `-o json=shop/FILE`
    ");
    assert!(tree(&project) == before);
}

#[cfg(target_os = "linux")]
#[test]
fn what_is_open_already_is_written_to_and_never_replaced() {
    use std::os::unix::fs::{MetadataExt, symlink};
    use std::process::Stdio;

    let project = example().file("log", "before\n");
    symlink("/dev/stdout", project.path("link")).unwrap();
    let entries = fs::read_dir(project.path("")).unwrap().count();
    let log = || fs::OpenOptions::new().append(true).open(project.path("log")).unwrap();
    let inode = fs::metadata(project.path("log")).unwrap().ino();
    for place in ["/dev/stdout", "/dev/fd/1", "/proc/self/fd/1", "link"] {
        let status = project.covmerge(&format!("-q -o total={place}")).stdout(log()).status().unwrap();
        assert!(status.success(), "{place}");
    }
    let status = project.covmerge("-q -o total=/dev/stderr").stderr(log()).status().unwrap();
    assert!(status.success());
    assert_eq!(project.read("log"), "before\n86\n86\n86\n86\n86\n");
    assert_eq!(fs::metadata(project.path("log")).unwrap().ino(), inode);

    // Pipes have no name that could be opened in place of theirs.
    for place in ["/dev/stdout", "/dev/fd/1", "link"] {
        assert!(project.run(&format!("-q -o total={place}")).starts_with("exit: 0\nstdout:\n  86\n"), "{place}");
    }
    let piped = project.covmerge("-q -o total=/dev/fd/2").stderr(Stdio::piped()).output().unwrap();
    assert_eq!((piped.status.code(), piped.stderr), (Some(0), b"86\n".to_vec()));
    assert_eq!(fs::read_dir(project.path("")).unwrap().count(), entries);
}

#[cfg(target_os = "linux")]
#[test]
fn what_is_open_cannot_be_shared_nor_be_something_that_is_not() {
    let shared = example().run("-o text=/dev/stdout -o total");
    assert!(shared.starts_with("exit: 64\n") && shared.contains("both be written to standard output"), "{shared}");
    let closed = example().run("-o total=/dev/fd/999");
    assert!(closed.starts_with("exit: 1\n") && closed.contains("cannot write `total` to `/dev/fd/999`"), "{closed}");
}
