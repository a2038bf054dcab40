use proptest::prelude::*;

use super::*;

/// A recording of `testdata/logs`.
fn recorded(name: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/logs").join(name);
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn said(name: &str, session: &str) -> Vec<String> {
    judge(&recorded(name), Some(session))
}

/// How each session of the recorded noxfile ends in every version of nox.
const ENDED: &[(&str, &str)] = &[
    ("lint", ""),
    ("unit_tests", ""),
    ("unit_tests(database='post gres')", ""),
    ("unit_tests_slow", "failed"),
    ("typing-3.12", ""),
    ("typing-3.99", "was skipped"),
    ("typing", "was skipped"),
    ("docs", "was skipped"),
    ("release", "was aborted"),
    ("broken", "failed"),
    ("silent", ""),
];

#[test]
fn every_version_of_nox_is_understood() {
    let versions = ["2022.11.21", "2024.10.9", "2025.11.12", "2026.10.20"];
    let names =
        versions.iter().flat_map(|version| [".log", "-colour.log", ".json"].map(|end| format!("nox/{version}{end}")));
    for name in names.chain(["nox/parallel.log".into(), "nox/parallel-colour.log".into()]) {
        for (session, outcome) in ENDED {
            let said = said(&name, session);
            match outcome {
                &"" => assert!(said.is_empty(), "{name}: {session}: {said:?}"),
                _ => assert!(said.len() == 1 && said[0].contains(outcome), "{name}: {session}: {said:?}"),
            }
        }
        let missing = said(&name, "unit_test");
        assert!(missing.len() == 1 && missing[0].contains("is not in it, but sessions `lint`, "), "{missing:?}");
    }
}

#[test]
fn the_line_that_decides_is_shown() {
    for (name, session, expected) in [
        ("2022.11.21.log", "unit_tests_slow", "failed (line 17: `nox > Session unit_tests_slow failed.`)"),
        (
            "2026.10.20-colour.log",
            "release",
            "was aborted (line 29: `nox > Session release aborted: the tree is not clean:`)",
        ),
        ("2026.10.20.json", "unit_tests_slow", "failed (sessions[3].result: `failed`)"),
        ("parallel.log", "killed", "failed (line 64: `========== ✗ killed: failed ==========`)"),
        ("parallel.log", "publish", "was aborted (line 43: `========== ↯ publish: aborted ==========`)"),
        ("interrupted.log", "interrupted", "was interrupted (line 6: `nox > Session interrupted interrupted.`)"),
        ("killed.log", "killed", "did not end: the log is cut off (line 5: `nox > Running session killed`)"),
    ] {
        assert_eq!(said(&format!("nox/{name}"), session), [format!("session `{session}` {expected}")], "{name}");
    }
}

#[test]
fn the_last_run_of_a_session_counts() {
    for (name, begins, ends) in [
        ("nox/again.log", "nox > Running session flaky", "nox > Session flaky was"),
        ("nox/parallel-again.log", "Starting session flaky", "========== ✓ flaky"),
    ] {
        assert_eq!(said(name, "flaky"), [""; 0], "{name}");
        // Up to the second run, and within it.
        let text = String::from_utf8(recorded(name)).unwrap();
        for (mark, expected) in [(begins, "failed (line "), (ends, "did not end: the log is cut off (line ")] {
            let cut = judge(&text.as_bytes()[..text.rfind(mark).unwrap()], Some("flaky"));
            assert!(cut.len() == 1 && cut[0].contains(expected), "{name}: {cut:?}");
        }
    }
}

#[test]
fn ten_sessions_are_told() {
    let log: String = (0..12).fold(String::new(), |log, number| log + &format!("nox > Session a({number}) failed.\n"));
    let said = judge(log.as_bytes(), Some("a"));
    assert_eq!((said.len(), said[10].as_str()), (11, "2 more sessions did not succeed"));
}

#[test]
fn all_runs_of_one_summary_count() {
    let log = "nox > Running session a(x)\nnox > Session a(x) failed.\nnox > Running session a(x)\nnox > Session a(x) was successful.\n";
    assert_eq!(judge(log.as_bytes(), Some("a")), [""; 0]);
    let log = format!("{log}nox > Ran 2 sessions:\nnox > * a(x): failed\nnox > * a(x): success\n");
    assert_eq!(judge(log.as_bytes(), Some("a")), ["session `a(x)` failed (line 6: `nox > * a(x): failed`)"]);
}

#[test]
fn a_block_and_its_header_are_one_run() {
    let block = |header, inner| {
        format!(
            "Starting session a...\n========== {header} ==========\nnox > Running session a\nnox > Session a {inner}\n"
        )
    };
    // A session that it notified failed, and nox says so in the header.
    let failed = block("x a: failed, 2 minutes", "was successful in 2 minutes.");
    let said = ["session `a` failed (line 2: `========== x a: failed, 2 minutes ==========`)"];
    assert_eq!(judge(failed.as_bytes(), Some("a")), said);
    let succeeded = block("+ a: success", "was successful.");
    assert_eq!(judge(succeeded.as_bytes(), Some("a")), [""; 0]);
    assert_eq!(judge((failed.clone() + &succeeded).as_bytes(), Some("a")), [""; 0]);
    assert_eq!(judge((succeeded.clone() + &failed).as_bytes(), Some("a")).len(), 1);
    // The next run is not of the block.
    let again = succeeded.clone() + "nox > Running session a\n";
    assert!(judge(again.as_bytes(), Some("a"))[0].contains("did not end"));
    let begun = succeeded + "Starting session a...\n";
    assert!(judge(begun.as_bytes(), Some("a"))[0].contains("did not end"));
    // Prerequisites that failed leave a header alone; after the summary, all is of the next invocation.
    let aborted = "========== ! a: aborted ==========\n  Prerequisite session b was not successful\n";
    let summary = "nox > Ran 2 sessions:\nnox > * b: failed\nnox > * a: aborted\n";
    let rerun = "nox > Running session a\nnox > Session a was successful.\n";
    assert_eq!(judge(format!("{aborted}{summary}{rerun}").as_bytes(), Some("a")), [""; 0]);
}

#[test]
fn what_looks_like_a_result_elsewhere_is_none() {
    for line in [
        "===== a: success =====",
        "========== 2 passed in 0.01s ==========",
        "========== ab a: success ==========",
        "nox > * a: success",
        "Starting session a",
        "nox > a was successful.",
        "E  nox > Session a was successful.",
        "\tnox > Session a was successful.",
        "a\tb\tnox > Session a was successful.",
    ] {
        let said = judge(line.as_bytes(), Some("a"));
        assert!(said.len() == 1 && said[0].contains("is not in it"), "{line}: {said:?}");
    }
    // Output without a line end, before the line that ends the run.
    let log = "nox > Running session a\n100%nox > Session a was successful.\n";
    assert_eq!(judge(log.as_bytes(), Some("a")), [""; 0]);
    // A quotation of it does not end another run.
    let log = "nox > Running session a\nnox > Session a failed.\nE  nox > Session a was successful.\n";
    assert!(judge(log.as_bytes(), Some("a"))[0].contains("failed (line 2"));
}

/// Makes a line of a log: its number from 0, and its text.
type Form<'a> = &'a dyn Fn(usize, &str) -> String;

/// The log as a CI service keeps it.
fn kept(text: &str, form: Form<'_>) -> String {
    text.lines().enumerate().map(|(number, line)| form(number, line)).collect()
}

#[test]
fn times_colours_and_line_ends_of_ci_do_not_matter() {
    for name in ["nox/2026.10.20.log", "nox/2022.11.21-colour.log", "nox/parallel-colour.log", "nox/time.log"] {
        let text = String::from_utf8(recorded(name)).unwrap();
        let forms: &[Form<'_>] = &[
            &|_, line| format!("2024-05-01T12:00:00.1234567Z {line}\n"),
            &|_, line| format!("tests\tRun nox\t2024-05-01T12:00:00.1234567Z {line}\r\n"),
            &|_, line| format!("2024-05-01T12:00:00.123456Z 00O {line}\n"),
            &|_, line| format!("[2024-05-01T12:00:00+02:00] 01E+{line}\n"),
            &|_, line| format!("section_start:1560896352:step\r\u{1b}[0K{line}\u{1b}[0K\n"),
            &|_, line| format!("{line}\r\n"),
            &|number, line| if number == 0 { format!("\u{feff}{line}\n") } else { format!("10%\r90%\r{line}\n") },
            &|_, line| format!("\u{1b}]8;;https://ci/job\u{1b}\\{line}\u{1b}]8;;\u{1b}\\\n"),
            &|_, line| format!("app_1  | {line}\n"),
        ];
        for (number, form) in forms.iter().enumerate() {
            let kept = kept(&text, form);
            let (plain, kept) = [text.as_bytes(), kept.as_bytes()]
                .map(|bytes| {
                    ["unit_tests", "lint", "release", "unit_tests_slow", "none"]
                        .map(|session| judge(bytes, Some(session)))
                })
                .into();
            assert_eq!(plain, kept, "{name} in form {number}");
        }
    }
}

#[test]
fn a_name_covers_pythons_and_parameters_only() {
    for (name, is) in [
        ("unit_tests", true),
        ("unit_tests-3.12", true),
        ("unit_tests-3.13t(db='x')", true),
        ("unit_tests(db='x')", true),
        ("unit_tests-pypy3.10", true),
        ("unit_tests-/usr/bin/python3", true),
        ("unit_tests-python", true),
        ("unit_tests_slow", false),
        ("unit_tests-slow", false),
        ("unit_tests-", false),
        ("unit_test", false),
        ("all_unit_tests", false),
    ] {
        assert_eq!(is_called(name, "unit_tests"), is, "{name}");
    }
    assert!(is_called("tests-3.12(x)", "tests-3.12") && !is_called("tests-3.12", "tests-3.1"));
}

#[test]
fn parameters_may_read_like_results() {
    let log = "nox > Running session a(x=' was successful.')\nnox > Session a(x=' was successful.') failed.\n";
    assert!(judge(log.as_bytes(), Some("a"))[0].contains(" failed (line 2"));
    // Only the whole line counts.
    for log in
        ["nox > Session a was successful", "nox > Session a was successful.x", "x nox > Session a was successful."]
    {
        assert_eq!(judge(log.as_bytes(), Some("a")).len(), 1, "{log}");
    }
}

#[test]
fn a_session_follows_the_last_colon_unless_a_file_has_that_name() {
    let exists = |file: &str| file == "a:b";
    for (log, expected) in [
        ("a:b", ("a:b", None)),
        ("a:c", ("a", Some("c"))),
        ("a:b:c", ("a:b", Some("c"))),
        ("a", ("a", None)),
        (":a", (":a", None)),
        ("a:", ("a:", None)),
    ] {
        assert_eq!(parts(log, exists), expected, "{log}");
    }
}

#[test]
fn reports_of_junit_are_understood() {
    for (name, session, expected) in [
        ("passed", None, ""),
        ("passed", Some("pytest"), ""),
        ("rerun", None, ""),
        ("subtests", None, ""),
        ("xfail", None, ""),
        ("failed", None, "suite `pytest` failed (line 1: `test_a.test_two: AssertionError: <&\"`)"),
        ("failed", Some("pytest tests"), "suite `pytest` failed (line 1: `test_a.test_two: AssertionError: <&\"`)"),
        ("failed", Some("other"), "suite `other` is not in it, but suites `pytest tests`, `pytest`"),
        ("skipped", None, "suite `pytest tests` was skipped (line 1: `tests: 1, skipped: 1`)"),
        ("empty", None, "suite `pytest tests` ran no test (line 1: `tests: 0, skipped: 0`)"),
        (
            "fixture",
            None,
            "suite `pytest` failed (line 1: `test_a.test_one: failed on teardown with \"OSError: gone\"`)",
        ),
        ("collection", None, "suite `pytest` failed (line 1: `test_a: collection failure`)"),
        ("internal", None, "suite `pytest` failed (line 1: `pytest.internal: internal error`)"),
        ("interrupted", None, "suite `pytest` was interrupted (line 1: `a test without a name`)"),
        (
            "crashed",
            None,
            "suite `pytest` failed (line 1: `test_a.test_two: failed on setup with \"worker 'gw1' crashed while running 'test_a.py::test_two'\"`)",
        ),
        ("unittest", Some("test_u.Well"), ""),
        (
            "unittest",
            Some("test_u.Left"),
            "suite `test_u.Left-20261130031100` was skipped (line 26: `tests: 1, skipped: 1`)",
        ),
        (
            "unittest",
            Some("test_u.Parts"),
            "suite `test_u.Parts-20261130031100` failed (line 8: `test_u.Parts.test_one (part=1): 1 != 2`)",
        ),
    ] {
        let said = judge(&recorded(&format!("junit/{name}.xml")), session).join("; ");
        assert_eq!(said, expected, "{name} {session:?}");
    }
    let both = judge(&recorded("junit/unittest.xml"), None);
    assert!(both.len() == 2 && both[1].contains("`setUpClass (test_u.SetUp): gone`"), "{both:?}");
}

#[test]
fn a_suite_has_the_suites_in_it() {
    let test = "<testcase name='t'/>";
    let failing = "<testcase name='t'><error/></testcase>";
    let report = |first, second| {
        format!(
            "<testsuites name='all'>\n<testsuite name='a'>\n<testsuite name='inner'>{first}</testsuite>\n</testsuite>\n<testsuite name='b'>{second}</testsuite>\n</testsuites>"
        )
    };
    let said = |text: &str, name: &str| judge(text.as_bytes(), Some(name)).join("; ");
    let inner = report(failing, test);
    for name in ["all", "a", "inner"] {
        assert_eq!(said(&inner, name), "suite `inner` failed (line 3: `t`)", "{name}");
    }
    assert_eq!(said(&inner, "b"), "");
    let second = report(test, failing);
    assert_eq!((said(&second, "a"), said(&second, "inner")), (String::new(), String::new()));
    assert_eq!(said(&second, "b"), "suite `b` failed (line 5: `t`)");
    assert_eq!(said(&report("", test), "a"), "suite `a` ran no test (line 2: `tests: 0, skipped: 0`)");
}

#[test]
fn numbers_of_a_suite_count_where_no_element_says_more() {
    for (text, expected) in [
        (
            r#"<testsuite name="a" failures="2"><testcase name="t"/></testsuite>"#,
            "suite `a` failed (line 1: `failures=\"2\"`)",
        ),
        (
            r#"<testsuites errors="1"><testsuite name="a"><testcase name="t"/></testsuite></testsuites>"#,
            "suite `testsuites` failed (line 1: `errors=\"1\"`)",
        ),
        (
            "<testsuite name='a'>\n<error message='no room'/><testcase name='t'/></testsuite>",
            "suite `a` failed (line 2: `error: no room`)",
        ),
        (r#"<testsuite name="a" failures="0" errors=""><testcase name="t"/></testsuite>"#, ""),
    ] {
        assert_eq!(judge(text.as_bytes(), None).join("; "), expected);
    }
}

#[test]
fn a_suite_that_counts_more_tests_than_it_lists_was_cut() {
    let test = "<testcase name='t'/>";
    let skipped = "<testcase name='t'><skipped/></testcase>";
    let suite = |attributes: &str, inside: &str| format!("<testsuite name='a' {attributes}>{inside}</testsuite>");
    let lacks = |name, numbers| format!("suite `{name}` lacks some of its tests (line 1: `{numbers}`)");
    for (text, expected) in [
        (suite("tests='10' failures='0' errors='0'", &test.repeat(7)), lacks("a", "tests=\"10\", but it lists 7")),
        (suite("tests='2'", ""), lacks("a", "tests=\"2\", but it lists 0")),
        (suite("tests='2' skipped='1'", skipped), lacks("a", "tests=\"2\", but it lists 1")),
        (
            format!("<testsuites tests='3'>{}{}</testsuites>", suite("tests='1'", test), suite("", test)),
            lacks("testsuites", "tests=\"3\", but it lists 2"),
        ),
        // Reruns, and tests that only the number of skipped ones knows.
        (suite("tests='1'", &test.repeat(2)), String::new()),
        (suite("tests='3' skipped='2'", test), String::new()),
        (suite("tests='3' skipped='1' disabled='1'", test), String::new()),
        (suite("tests='4' skipped='3'", &[test, skipped].concat()), String::new()),
        (suite("tests='2'", &[&suite("tests='1'", test), test].concat()), String::new()),
        (suite("tests='1'", &[&suite("tests='2'", &test.repeat(2)), test].concat()), String::new()),
        // pytest counts subtests.
        (
            suite("errors='0' failures='0' skipped='0' tests='5' time='0' timestamp='0' hostname='h'", test),
            String::new(),
        ),
        (
            format!("<testsuites tests='5'>{}</testsuites>", suite("errors='0' tests='5' hostname='h'", test)),
            String::new(),
        ),
    ] {
        assert_eq!(judge(text.as_bytes(), None).join("; "), expected, "{text}");
    }
    let text = format!(
        "<testsuites>{}<testsuite name='b' tests='2'>{test}</testsuite></testsuites>",
        suite("tests='1'", test)
    );
    assert_eq!(judge(text.as_bytes(), Some("a")), [""; 0]);
    assert_eq!(judge(text.as_bytes(), Some("b")), [lacks("b", "tests=\"2\", but it lists 1")]);
    // The numbers of real reports agree with their tests, once cut they do not.
    let whole = String::from_utf8(recorded("junit/unittest.xml")).unwrap();
    let (start, end) = (whole.find("<testcase").unwrap(), whole.find("/>").unwrap() + 2);
    let cut = judge([&whole[..start], &whole[end..]].concat().as_bytes(), Some("test_u.Well"));
    assert_eq!(
        cut,
        ["suite `test_u.Well-20261130031100` lacks some of its tests (line 3: `tests=\"1\", but it lists 0`)"]
    );
}

#[test]
fn what_is_not_whole_or_not_a_report_is_refused() {
    let bomb = r#"<!DOCTYPE x [<!ENTITY a "aa"><!ENTITY b "&a;&a;">]><testsuite name="&b;"/>"#;
    for (text, expected) in [
        (bomb, "it has a document type, which a test report does not need"),
        ("<coverage/>", "it is not JUnit XML: its root is `coverage`"),
        ("<testsuite><testcase name='a'>", "it is cut off"),
        ("<testsuite><testcase name='a", "it is cut off"),
        ("{\"sessions\": [", "it is cut off"),
        ("{\"a\": 1}", "it is not a report of nox: missing field `sessions` at line 1 column 8"),
        ("", "session `unit_tests` is not in it, nor is any other"),
        ("hello\n", "session `unit_tests` is not in it, nor is any other"),
    ] {
        assert_eq!(judge(text.as_bytes(), None), [expected], "{text}");
    }
    let whole = recorded("junit/failed.xml");
    let start = whole.windows(10).position(|part| part == b"<testsuite").unwrap();
    for end in start..whole.len() {
        assert_eq!(judge(&whole[..end], None), ["it is cut off"], "{end}");
    }
}

#[test]
fn what_the_shell_of_windows_redirects_is_understood() {
    for name in ["nox/2026.10.20.log", "junit/failed.xml", "nox/2026.10.20.json"] {
        let text = String::from_utf8(recorded(name)).unwrap();
        let little: Vec<u8> = "\u{feff}".encode_utf16().chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect();
        let big: Vec<u8> = "\u{feff}".encode_utf16().chain(text.encode_utf16()).flat_map(u16::to_be_bytes).collect();
        for session in ["unit_tests", "release", "pytest", "none"].map(Some) {
            assert_eq!(judge(&little, session), judge(text.as_bytes(), session), "{name} {session:?}");
            assert_eq!(judge(&big, session), judge(text.as_bytes(), session), "{name} {session:?}");
        }
    }
}

/// Recordings to spoil.
const RECORDINGS: &[&str] =
    &["nox/parallel-colour.log", "nox/time.log", "nox/2026.10.20.json", "junit/unittest.xml", "junit/crashed.xml"];

proptest! {
    #[test]
    fn any_bytes_are_judged_and_success_needs_a_word_of_it(
        recording in 0..RECORDINGS.len(),
        cuts in prop::collection::vec((any::<prop::sample::Index>(), prop::collection::vec(any::<u8>(), 0..8)), 0..6),
        session in prop::option::of("[a-z(. -]{0,8}"),
    ) {
        let mut bytes = recorded(RECORDINGS[recording]);
        for (at, put) in cuts {
            let at = at.index(bytes.len());
            let end = bytes.len().min(at + put.len() / 2);
            bytes.splice(at..end, put);
        }
        let has = |word: &[u8]| bytes.windows(word.len()).any(|part| part == word);
        let succeeded = judge(&bytes, session.as_deref()).is_empty();
        prop_assert!(!succeeded || has(b"success") || has(b"<testcase"));
    }
}

#[test]
fn size_and_depth_are_no_trouble() {
    let deep = "<testsuite name='a'>".repeat(100_000);
    assert_eq!(judge(deep.as_bytes(), None), ["it is cut off"]);
    let faulty = format!("{}{}", "<testsuite failures='1'>".repeat(20_000), "</testsuite>".repeat(20_000));
    assert_eq!(judge(faulty.as_bytes(), None).len(), 1);
    let attributes = " a='1'".repeat(50_000);
    assert_eq!(judge(format!("<testsuite{attributes}/>").as_bytes(), None)[0].split(' ').next(), Some("suite"));
    let nested = format!("{{\"sessions\": {}", "[".repeat(100_000));
    assert_eq!(judge(nested.as_bytes(), None).len(), 1);
    let long = format!("nox > Session {} was successful.", "(".repeat(1_000_000));
    assert_eq!(judge(long.as_bytes(), Some("a")).len(), 1);
    let colours = "\u{1b}[1m".repeat(200_000) + "nox > Session unit_tests was successful.";
    assert_eq!(judge(colours.as_bytes(), None), [""; 0]);
}
