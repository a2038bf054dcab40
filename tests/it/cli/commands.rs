//! The other commands, the help, and options that are not available yet.

use std::fs;

use insta::assert_snapshot;

use super::example;
use crate::project::{Project, testdata};

#[test]
fn a_fragment_of_each_format_can_be_inspected() {
    let project = Project::new()
        .file(
            "1",
            fs::read(testdata().join("fragments/coverage.py/contexts/.coverage.runner.pid101.XAbCdEf0x.Hei5PMpYTsSh"))
                .unwrap(),
        )
        .file("2", fs::read(testdata().join("fragments/slipcover/versions/1.1.0-branch.json")).unwrap())
        .file("3", fs::read(testdata().join("fragments/coverage.py-json/versions/7.17.3-branch.json")).unwrap())
        .file("4", "SF:a.py\nDA:1,1\nend_of_record\n")
        .file("5", "");
    assert_snapshot!(project.run("inspect 1 2 3"), @"
    exit: 0
    stdout:
      1
        size       53,248 bytes
        sha256     b7dde98ad20aecb127bc44eefa2616e40f1ba3a3ea49ce0cbe46abed185eda1d
        format     coverage.py
        producer   coverage.py 7.17.3
        mode       branch
        files      3
        lines run  24
        arcs run   34
        contexts   2
        command    app.py 7
        begun      2026-11-21 06:56:50
        finished   yes

      2
        size       1,306 bytes
        sha256     9060b4f3850904ece290d6b0751b1ecf605453ebdb8209334b406adc59f354a6
        format     slipcover
        producer   slipcover 1.1.0
        mode       branch
        files      3
        lines run  29
        statements 34, as listed by the fragment
        made       2026-11-21T06:57:22.672208
        finished   yes

      3
        size       10,231 bytes
        sha256     e7153f8d2f85daf0443e29e854600db3ad5794c3c384c57b144019e3729dd5a0
        format     coverage.py-json
        producer   coverage.py 7.17.3
        mode       branch
        files      3
        lines run  26
        statements 31, as listed by the fragment
        made       2026-11-21T06:57:32.059356
        finished   yes
    stderr:
    ");
    assert_snapshot!(project.run("inspect 4 5"), @"
    exit: 3
    stdout:
      4
        size       29 bytes
        sha256     aac05f79aee485b49d210cae7973e82ab0ae04293636559cc15e772ee17326b7
        cannot be read: this is an LCOV tracefile
        help: this version of covmerge does not read it yet: name the coverage.py data files or Slipcover JSON it was made from

      5
        size       0 bytes
        sha256     e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855
        finished   no: it has 0 bytes
    stderr:
    ");
    assert_snapshot!(project.run("inspect"), @"
    exit: 64
    stdout:
    stderr:
      error: the following required arguments were not provided:
        <FRAGMENT>...

      Usage: covmerge inspect <FRAGMENT>...

      For more information, try '--help'.
    ");
    assert_snapshot!(project.run("--expect 3 inspect 1"), @"
    exit: 64
    stdout:
    stderr:
      error: `--expect` cannot be used with `covmerge inspect`
        help: leave it out; write a fragment named `inspect` as `./inspect`
    ");
}

#[test]
fn completions_and_the_manual_page_are_printed() {
    let head = |arguments: &str| {
        example().run(arguments).lines().take(6).map(|line| line.to_owned() + "\n").collect::<String>()
    };
    assert_snapshot!(head("completions bash"), @r#"
    exit: 0
    stdout:
      _covmerge() {
          local i cur prev opts cmd
          COMPREPLY=()
          if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
    "#);
    assert_snapshot!(head("man"), @r#"
    exit: 0
    stdout:
      .ie \n(.g .ds Aq \(aq
      .el .ds Aq '
      .TH covmerge 1  "covmerge 0.1.0"
      .ie \n(.g .ds Aq \(aq
    "#);
    assert_snapshot!(example().run("--version"), @"
    exit: 0
    stdout:
      covmerge 0.1.0
    stderr:
    ");
}

#[test]
fn help_is_the_same_long_and_short() {
    assert_eq!(example().run("--help"), example().run("-h"));
}

#[expect(clippy::too_many_lines, reason = "the help, whole")]
#[test]
fn the_help_has_every_option_and_command() {
    assert_snapshot!(example().run("--help"), @"
    exit: 0
    stdout:
      Merges the coverage fragments of a parallel test run into one report and one verdict

      Usage: covmerge [OPTIONS] [FRAGMENT]...
             covmerge seal [OPTIONS] [FRAGMENT]...
             covmerge inspect FRAGMENT...
             covmerge manifest [FRAGMENT]...
             covmerge clean [OPTIONS] [FRAGMENT]...
             covmerge verify SUMMARY --sha COMMIT
             covmerge completions SHELL | man

      Other commands:
        inspect      Show the contents of fragments
        manifest     Print what is there as a manifest for `--expect-file`
        seal         Seal fragments in one file that needs no sources
        clean        Delete the fragments that would be read or passed over, after listing them
        verify       Check that a summary says that the gate ran on a commit and passed
        completions  Print a shell's completion script
        man          Print the manual page

      Arguments:
        [FRAGMENT]...  Fragments: files, directories or globs [default: .coverage and .coverage.*]

      Options:
        -h, --help     Print help
        -V, --version  Print version

      Outputs:
        -o, --output <FORMAT[=PATH]>  Outputs to write, repeatable: xml, html, html-single, summary, json,
                                      lcov, text, markdown, total or data; `-` as PATH is standard output
                                      [default: xml, html and summary]
            --precision <N>           The number of decimals in percentages
            --sort <KEY>              Sort the table by name, stmts, miss, branch, brpart or cover; -KEY
                                      for descending
            --show-missing            List the missing lines in the table
            --skip-covered            Leave files with 100% coverage out of the table
            --skip-empty              Leave out files without statements
            --show-contexts           Show the contexts of each line in the JSON and HTML reports
            --xml-flavour <WHOSE>     XML as coverage.py writes it, or valid against Cobertura's DTD with
                                      paths relative to the repository [possible values: coveragepy,
                                      strict]
            --timestamp <T>           The timestamp in the outputs: seconds since 1970 or ISO 8601 [env:
                                      SOURCE_DATE_EPOCH]

      Thresholds:
            --fail-under <PERCENT>       Exit with 2 if total coverage is below this percentage, 0 to 100
            --expect <N>                 The number of fragments required, duplicates included
            --expect-in <PLACES>         Files, directories or globs each of which must hold a fragment,
                                         with {1..32} or {a,b}; searched if no FRAGMENT is given;
                                         repeatable
            --expect-file <FILE>         A manifest of the fragments required: names, globs or commands,
                                         with counts; see `covmerge manifest`
            --allow-incomplete           Accept incomplete data; the outputs stay marked as incomplete
            --test-log <FILE[:SESSION]>  A log or report of nox, or JUnit XML, that must say that SESSION
                                         succeeded; repeatable [default: unit_tests in nox, every suite in
                                         JUnit XML]

      Sources:
            --include <PATTERN>           Report only on files that match; repeatable, or with commas
            --omit <PATTERN>              Do not report on files that match; repeatable, or with commas
            --root <DIR>                  The directory of the sources [default: the current directory]
            --source[=<DIR|PACKAGE>]      Count the Python files below it that no fragment names, with 0%;
                                          repeatable, or with commas; without a value: coverage.py's
                                          `source`
            --map <FROM=TO>               Report files measured below FROM as files below TO; repeatable
            --python-version <X.Y>        The Python version that ran the tests: its rules decide which
                                          lines are statements [default: the project's, else 3.13]
            --analysis <WHEN>             When to find statements by analysing the sources; auto: where
                                          the fragments do not list them [default: auto] [possible values:
                                          auto, always, never]
            --allow-outside-root[=<DIR>]  Show the text of sources outside the root, and read fragments
                                          behind links that lead there: those below DIR, or all without a
                                          value; repeatable
        -i, --ignore-errors               Leave out files whose source is missing or broken, with a
                                          warning
            --stale-sources <HOW>         How to treat sources of another revision than the measured one:
                                          report nothing, or warn [default: fail] [possible values: fail,
                                          warn]

      Fragments:
            --contexts <REGEX>            Count only lines that ran in matching contexts; repeatable, or
                                          with commas
            --bad-fragments <HOW>         How to treat a fragment that cannot be read: write nothing, or
                                          go on without it; the exit status is 3 either way [default:
                                          fail] [possible values: fail, skip]
            --unfinished-fragments <HOW>  How to treat a fragment whose process ended before it had saved
                                          everything: as one that cannot be read, or count what it saved
                                          [default: fail] [possible values: fail, merge]
            --max-age <DURATION>          Pass fragments over that are older, such as 90s, 30m, 2h, 7d or
                                          1h30m; a fragment without a time is never too old
            --branch-mix <HOW>            How to treat statement fragments beside branch fragments
                                          [default: error] [possible values: error, lines]
            --delete-fragments            Delete the fragments if the run ends with 0 or 2

      Settings:
            --rcfile <FILE>  coverage.py's settings file [default: .coveragerc, .coveragerc.toml,
                             setup.cfg, tox.ini, pyproject.toml]
            --jobs <N>       Worker threads [default: all processors]

      Messages:
        -q, --quiet         Print only warnings, errors and failures
        -v, --verbose       Print more: a line for each fragment and the time of each stage
            --color <WHEN>  When to use colour [default: auto] [possible values: auto, always, never]

      Examples:
        covmerge                              report on .coverage.*, else on .coverage
        covmerge --fail-under 97 build/cov    fragments below a directory, with a threshold
        covmerge -o xml -o text=- shards      write coverage.xml, and a table to standard output
        covmerge --map /ci/checkout=.         fragments measured under another path
        covmerge --expect-in 's/unit-{1..9}'  each of nine shards must have left a fragment

      Exit status:
        0   success
        1   no trustworthy report could be made
        2   a threshold was missed
        3   the data is incomplete (wins over 2)
        64  the command line or a settings file is wrong

      Settings are read from [tool.covmerge] in pyproject.toml or from covmerge.toml,
      and from coverage.py's own settings files. Options win over both.
    stderr:
    ");
}

#[test]
fn what_is_promised_and_not_there_is_refused() {
    let project = example();
    let shown: Vec<String> = ["explain a.py:3"]
        .iter()
        .map(|arguments| format!("$ covmerge {arguments}\n{}", project.run(arguments)))
        .collect();
    assert_snapshot!(shown.concat(), @"
    $ covmerge explain a.py:3
    exit: 64
    stdout:
    stderr:
      error: `covmerge explain` is not available yet
        help: leave it out until a later version supports it
    ");
}
