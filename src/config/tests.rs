use super::*;
use crate::model::settings::{BadFragments, PythonVersion, Sort, SortKey, StatementsFrom};
use crate::render::formats;

/// A project's directory.
struct Project {
    directory: tempfile::TempDir,
    environment: Environment,
}

impl Project {
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let cwd = directory.path().to_path_buf();
        Self {
            directory,
            environment: Environment {
                cwd,
                home: Some("/home/me".into()),
                outputs: formats(),
                ..Environment::default()
            },
        }
    }

    fn file(self, name: &str, text: &str) -> Self {
        std::fs::write(self.directory.path().join(name), text).unwrap();
        self
    }

    fn variable(mut self, name: &str, value: &str) -> Self {
        self.environment.variables.insert(name.into(), value.into());
        self
    }

    fn load(&self, arguments: &[&str]) -> Result<Command, Error> {
        load(["covmerge"].iter().chain(arguments).map(OsString::from), &self.environment)
    }

    fn settings(&self, arguments: &[&str]) -> Settings {
        match self.load(arguments) {
            Ok(Command::Run { settings, .. }) => *settings,
            other => panic!("no run: {other:?}"),
        }
    }

    /// Message and help.
    fn error(&self, arguments: &[&str]) -> (String, String) {
        match self.load(arguments) {
            Err(error) => (error.to_string(), error.help().unwrap_or_default().into()),
            other => panic!("no error: {other:?}"),
        }
    }
}

/// The names of the outputs, and their places.
fn outputs(settings: &Settings) -> Vec<(&str, String)> {
    settings.render.outputs.iter().map(|output| (output.format.name, output.place.to_string())).collect()
}

#[test]
fn nothing_said_means_the_defaults() {
    let project = Project::new();
    let settings = project.settings(&[]);
    let expected = [("xml", "`coverage.xml`"), ("html", "`htmlcov`"), ("summary", "`coverage-summary.json`")];
    assert_eq!(outputs(&settings), expected.map(|(format, place)| (format, place.to_owned())));
    assert_eq!(settings.discover.data_file, PathBuf::from(".coverage"));
    assert_eq!(settings.common.root, project.directory.path().canonicalize().unwrap());
    assert_eq!((settings.gate.fail_under, settings.common.precision), (None, 0));
    assert_eq!((settings.analysis.python, settings.render.xml_package_depth), (PythonVersion::default(), 99));
    assert!(!settings.analysis.exclude.is_empty() && !settings.analysis.partial.is_empty());
    assert!(settings.warnings.is_empty() && !settings.delete_fragments && !settings.merge.contexts.keep);
}

#[test]
fn flags_win_over_covmerge_which_wins_over_coverage_py() {
    let project = Project::new()
        .file(".coveragerc", "[report]\nfail_under = 1\nprecision = 1\nskip_empty = yes\nomit = a\nsort = -miss\n")
        .file("pyproject.toml", "[tool.covmerge]\nfail-under = 2.5\nprecision = 2\nskip-empty = false\n");
    let settings = project.settings(&["--fail-under", "3"]);
    assert_eq!((settings.gate.fail_under, settings.common.precision), (Some(3.0), 2));
    assert_eq!((settings.render.skip_empty, settings.paths.omit), (false, vec!["a".into()]));
    assert_eq!(settings.render.sort, Sort { key: SortKey::Miss, descending: true });
}

#[test]
fn every_key_of_covmerge_is_understood() {
    let project = Project::new().file(
        "covmerge.toml",
        r#"
fragments = ["build/**", "~/x"]
root = "."
output = ["xml=a.xml", "text=-"]
fail-under = 97
expect = 32
include = "src/*"
omit = ["a", "b"]
map = ["/ci/*/src=src", "~/w=."]
python-version = "3.12"
analysis = "never"
contexts = ["a{1,2}"]
show-contexts = true
branch-mix = "lines"
bad-fragments = "skip"
unfinished-fragments = "merge"
allow-incomplete = true
ignore-errors = true
precision = 2
skip-covered = true
skip-empty = true
show-missing = true
sort = "-cover"
jobs = 3
"#,
    );
    let settings = project.settings(&["--map", "/w=/v"]);
    assert_eq!(settings.discover.fragments, ["build/**", "/home/me/x"]);
    assert_eq!(outputs(&settings), [("xml", "`a.xml`".into()), ("text", "standard output".into())]);
    assert_eq!((settings.common.expect, settings.gate.allow_incomplete), (Some(32), true));
    assert_eq!((settings.paths.include.len(), settings.paths.omit.len()), (1, 2));
    let aliases: Vec<_> =
        settings.paths.aliases.iter().map(|alias| (alias.pattern.as_str(), alias.result.as_str())).collect();
    assert_eq!(aliases, [("/w", "/v"), ("/ci/*/src", "src"), ("/home/me/w", ".")]);
    assert_eq!(settings.analysis.python, PythonVersion { minor: 12 });
    assert_eq!(
        (settings.analysis.statements, settings.merge.bad_fragments),
        (StatementsFrom::Fragments, BadFragments::Skip)
    );
    assert_eq!((settings.merge.contexts.filter.len(), settings.jobs.map(usize::from)), (1, Some(3)));
    // No output shows contexts.
    assert!(settings.render.show_contexts && !settings.merge.contexts.keep);
}

#[test]
fn wrong_keys_and_values_of_covmerge_are_placed() {
    for (text, message, help) in [
        (
            "fail_under = 97",
            "`fail_under` on line 2 of `covmerge.toml` is not a known key",
            "did you mean `fail-under`?",
        ),
        ("fail-under = nan", "`fail-under` on line 2 of `covmerge.toml` is `nan`: expected a number from 0 to 100", ""),
        ("fail-under = '9'", "`fail-under` on line 2 of `covmerge.toml` is \"9\": expected a number from 0 to 100", ""),
        ("python-version = 3.13", "`python-version` on line 2 of `covmerge.toml` is `3.13`: expected a string", ""),
        (
            "analysis = 'x'",
            "`analysis` on line 2 of `covmerge.toml` is \"x\": expected `auto`, `always` or `never`",
            "",
        ),
        (
            "known-plugins = ['']",
            "`known-plugins` on line 2 of `covmerge.toml` holds an empty string",
            "name something, or leave it out",
        ),
        ("omit = [1]", "`omit` on line 2 of `covmerge.toml` is a list: expected a list of strings", ""),
        (
            "output = ['sealed']",
            "`output` on line 2 of `covmerge.toml` holds `sealed`: there is no output format `sealed`; the output formats are `xml`, `html`, `html-single`, `summary`, `json`, `lcov`, `text`, `markdown`, `total`, `data`",
            "",
        ),
        ("jobs = 0", "`jobs` on line 2 of `covmerge.toml` is `0`: expected a whole number, 1 or more", ""),
        ("jobs = true", "`jobs` on line 2 of `covmerge.toml` is true: expected a whole number", ""),
    ] {
        let error = Project::new().file("covmerge.toml", &format!("\n{text}\n")).error(&[]);
        assert_eq!(error, (message.into(), help.into()));
    }
}

#[test]
fn errors_have_kinds() {
    let rule = "run.plugins = ['coverage_conditional_plugin']\ncoverage_conditional_plugin.rules.x = 'sys.maxsize'\n";
    for (name, text, arguments, kind) in [
        ("covmerge.toml", "", &["--nope"][..], Kind::CommandLine),
        ("covmerge.toml", "", &["-qv"], Kind::CommandLine),
        ("covmerge.toml", "", &["--expect", "1", "inspect", "a"], Kind::CommandLine),
        ("covmerge.toml", "", &["--expect-file", "a"], Kind::File),
        ("covmerge.toml", "expect-file = 'gone'", &[], Kind::File),
        ("covmerge.toml", "", &["explain"], Kind::NotYet),
        ("covmerge.toml", "nope = 1", &[], Kind::Key),
        ("covmerge.toml", "jobs = 0", &[], Kind::Value),
        ("covmerge.toml", "jobs", &[], Kind::File),
        (".coveragerc", "jobs", &[], Kind::File),
        (".coveragerc", "[run]\nbranch = maybe\n", &[], Kind::Value),
        (".coveragerc", "", &["--rcfile", "nope"], Kind::File),
        (".coveragerc.toml", rule, &[], Kind::Rule),
        (".python-version", "2.7", &[], Kind::Value),
    ] {
        let error = Project::new().file(name, text).load(arguments).unwrap_err();
        assert_eq!((error.kind(), error.status()), (kind, Status::Usage), "{name}: {text} {arguments:?}");
    }
}

#[test]
fn two_files_of_covmerge_settings_are_one_too_many() {
    let project = Project::new().file("covmerge.toml", "").file("pyproject.toml", "\n[tool.covmerge]\n");
    let message = "`covmerge.toml` and `[tool.covmerge]` (line 2 of `pyproject.toml`) both hold settings";
    assert_eq!(project.error(&[]), (message.into(), "keep one of the two".into()));
}

#[test]
fn the_first_thousand_unknown_options_get_hints() {
    let unknown: Vec<String> = (0..1_000).map(|nth| format!("parallel{nth:03} = 1\n")).collect();
    let unknown = unknown.concat();
    let settings = format!("[run]\n{unknown}sourcee = 1\n[report]\nomitt = 1\n");
    let warnings = Project::new().file(".coveragerc", &settings).settings(&[]).warnings;
    let hints =
        |text: &str| warnings.iter().filter(|warning| warning.text.contains(text) && warning.help.is_some()).count();
    assert_eq!((warnings.len(), hints("parallel"), hints("sourcee"), hints("omitt")), (1_002, 1_000, 0, 1));
}

#[test]
fn coverage_py_files_are_looked_up_in_its_order() {
    // read_coverage_config of coverage.py
    let data_file = |project: &Project, arguments: &[&str]| {
        project.settings(arguments).discover.data_file.to_string_lossy().into_owned()
    };
    let project = Project::new()
        .file("setup.cfg", "[coverage:report]\nxyzzy = 1\n")
        .file("tox.ini", "[coverage:run]\ndata_file = tox\n")
        .file("pyproject.toml", "[tool.coverage.run]\ndata_file = 'pyproject'\n")
        .file("other.ini", "[run]\ndata_file = ~/other\n");
    assert_eq!(data_file(&project, &[]), "tox");
    let warnings = project.settings(&[]).warnings;
    assert_eq!(warnings[0].text, "Unrecognized option '[coverage:report] xyzzy=' in config file setup.cfg");
    assert_eq!(data_file(&project, &["--rcfile", "other.ini"]), "/home/me/other");
    assert_eq!(data_file(&project, &["--rcfile=pyproject.toml"]), "pyproject");
    assert_eq!(data_file(&project, &["--rcfile="]), ".coverage");
    assert_eq!(data_file(&project, &["--rcfile", ".coveragerc"]), "tox");
    let project = project.variable("COVERAGE_RCFILE", "other.ini");
    assert_eq!(data_file(&project, &[]), "/home/me/other");
    let project = project.variable("COVERAGE_FILE", "~/as-written").file(".coveragerc", "");
    assert_eq!(data_file(&project, &[]), "~/as-written");
    let message = "Couldn't read 'nope' as a config file";
    assert_eq!(project.error(&["--rcfile", "nope"]).0, message);
}

#[test]
fn broken_settings_are_refused_in_coverage_pys_words() {
    // read_coverage_config of coverage.py
    let refused = |name: &str, text: &str| Project::new().file(name, text).error(&[]);
    for (text, message) in [
        ("[run]\ntimid = maybe?\n", "Couldn't read config file .coveragerc: Not a boolean: maybe?"),
        (
            "[report]\nprecision = x\n",
            "Couldn't read config file .coveragerc: invalid literal for int() with base 10: 'x'",
        ),
        ("[report]\nfail_under = 101\n", "fail_under=101.0 is invalid. Must be between 0 and 100."),
        ("[report]\nfail_under = nan\n", "fail_under=nan is invalid. Must be between 0 and 100."),
        ("[report]\nprecision = -1\n", "precision=-1 is invalid. Must not be negative."),
        ("[report]\nsort = bogus\n", "Invalid sorting option: 'bogus'"),
        ("[run]\ndata_file = ${NO?}\n", "Variable NO is undefined: '${NO?}'"),
        ("[paths]\nsrc = a\n  b/*\n", "Pattern must not end with wildcards."),
        ("[paths]\nsrc = */a\n  b\n", "Result path must not contain wildcards: '*/a'"),
        ("[paths]\nsrc =\n", "`[paths] src` in `.coveragerc` has no location"),
    ] {
        assert_eq!(refused(".coveragerc", text).0, message);
    }
    for (text, message) in [
        (
            "[run]\nomit = [1, 2]",
            "Couldn't read config file .coveragerc.toml: Option [run]omit is not a list of strings: 1",
        ),
        ("[run]\nomit = 'x'", "Couldn't read config file .coveragerc.toml: Option [run]omit is not a list: 'x'"),
        (
            "[report]\nprecision = 1.5",
            "Couldn't read config file .coveragerc.toml: Option [report]precision is not an integer: 1.5",
        ),
        (
            "[tool.coverage.run]\nbranch = 'x'",
            "Couldn't read config file .coveragerc.toml: Option [tool.coverage.run]branch couldn't convert to a boolean: 'x'",
        ),
    ] {
        assert_eq!(refused(".coveragerc.toml", text).0, message);
    }
    let (message, help) = refused(".coveragerc", "[report]\nexclude_lines =\n  ok\n  foo(\n");
    assert!(message.starts_with("Invalid [report].exclude_lines value 'foo(': "), "{message}");
    assert_eq!(help, "correct it on line 2 of `.coveragerc`");
    let (message, help) = refused("pyproject.toml", "[tool.coverage]\nrun = 3\n");
    assert_eq!(message, "Couldn't read config file pyproject.toml: Section [tool.coverage.run] is not a table: 3");
    assert_eq!(help, "correct it on line 2 of `pyproject.toml`");
}

#[test]
fn one_byte_order_mark_before_settings_is_read_over() {
    for (name, text) in [
        (".coveragerc", "[report]\nprecision = 2\n"),
        (".coveragerc.toml", "[report]\nprecision = 2\n"),
        ("setup.cfg", "[coverage:report]\nprecision = 2\n"),
        ("pyproject.toml", "[tool.coverage.report]\nprecision = 2\n"),
        ("pyproject.toml", "tool.covmerge.precision = 2\n"),
        ("covmerge.toml", "precision = 2\n"),
    ] {
        let project = Project::new().file(name, &format!("\u{feff}{text}"));
        assert_eq!(project.settings(&[]).common.precision, 2, "{name}");
        let (message, _) = Project::new().file(name, &format!("\u{feff}\u{feff}{text}")).error(&[]);
        assert!(message.contains(name), "{message}");
    }
    let project = Project::new().file(".python-version", "\u{feff}3.12\n");
    assert_eq!(project.settings(&[]).analysis.python, PythonVersion { minor: 12 });
}

#[test]
fn a_threshold_on_the_command_line_replaces_a_wrong_one_of_the_settings() {
    let project = Project::new().file(".coveragerc", "[report]\nfail_under = 101\nprecision = -1\nsort = x\n");
    let settings = project.settings(&["--fail-under=97.5", "--precision=1", "--sort=-Cover"]);
    assert_eq!((settings.gate.fail_under, settings.common.precision), (Some(97.5), 1));
}

#[test]
fn settings_that_are_not_utf_8_are_refused() {
    let project = Project::new();
    std::fs::write(project.directory.path().join(".coveragerc"), b"[run]\n# caf\xe9\n").unwrap();
    assert_eq!(project.error(&[]).0, "Couldn't read config file .coveragerc: it is not UTF-8 at byte 11");
}

#[test]
fn an_output_without_a_path_goes_where_coverage_pys_settings_say() {
    let project = Project::new().file(
        ".coveragerc",
        "[xml]\noutput = ~/a.xml\n[json]\noutput = -\nshow_contexts = 1\n[lcov]\noutput = b.lcov\n",
    );
    let settings = project.settings(&["-o", "xml", "-ojson", "-o=lcov=c", "--output", "total"]);
    let expected =
        [("xml", "`/home/me/a.xml`"), ("json", "standard output"), ("lcov", "`c`"), ("total", "standard output")];
    assert_eq!(outputs(&settings), expected.map(|(format, place)| (format, place.to_owned())));
    assert!(settings.merge.contexts.keep);
}

#[test]
fn a_style_sheet_is_taken_as_a_browser_reads_it_within_a_page() {
    let project = Project::new()
        .file(".coveragerc", "[html]\nextra_css = my.css\n")
        .file("my.css", "\u{feff}a {\r\n  color: red;\r}\r\r\nb\0 {}\n");
    let css = project.settings(&[]).render.html.extra_css;
    assert_eq!(css.as_deref(), Some("a {\n  color: red;\n}\n\nb\u{fffd} {}\n"));
}

#[test]
fn paths_become_aliases_in_order_after_those_of_flags() {
    let project = Project::new().file(".coveragerc", "[paths]\nb =\n  src\n  /ci/src\n  c:\\src\na = ~/x, */x\n");
    let settings = project.settings(&["--map", "~/1=2"]);
    let aliases: Vec<_> =
        settings.paths.aliases.iter().map(|alias| (&*alias.origin, &*alias.pattern, &*alias.result)).collect();
    assert_eq!(
        aliases,
        [
            ("--map", "/home/me/1", "2"),
            ("[paths] b", "/ci/src", "src"),
            ("[paths] b", "c:\\src", "src"),
            ("[paths] a", "*/x", "/home/me/x"),
        ]
    );
}

#[test]
fn options_may_follow_fragments_and_lists_may_be_repeated_or_have_commas() {
    let settings = Project::new().settings(&["a", "--omit", "x, y,", "b", "--omit=z", "--include", "", "--", "-c"]);
    assert_eq!(settings.discover.fragments, ["a", "b", "-c"]);
    assert_eq!(settings.paths.omit, ["x", "y", "z"]);
    assert!(settings.paths.include.is_empty());
}

#[test]
fn the_last_of_two_flags_holds() {
    let settings = Project::new().settings(&["--fail-under", "1", "--fail-under", "2", "--skip-empty", "--skip-empty"]);
    assert_eq!(settings.gate.fail_under, Some(2.0));
}

#[test]
fn a_first_argument_may_be_a_command_and_a_later_one_may_not() {
    let project = Project::new();
    assert_eq!(project.settings(&["a", "inspect"]).discover.fragments, ["a", "inspect"]);
    assert_eq!(project.settings(&["./inspect"]).discover.fragments, ["./inspect"]);
    assert_eq!(project.settings(&["--", "man"]).discover.fragments, ["man"]);
    let Ok(Command::Inspect { discover, terminal }) = project.load(&["-v", "inspect", "a", "b"]) else {
        panic!("no inspection");
    };
    assert_eq!(discover.fragments, ["a", "b"]);
    assert_eq!(terminal.verbosity, Verbosity::Verbose);
    let help = "leave it out; write a fragment named `inspect` as `./inspect`";
    let error = project.error(&["--fail-under", "9", "inspect", "a"]);
    assert_eq!(error, ("`--fail-under` cannot be used with `covmerge inspect`".into(), help.into()));
}

#[test]
fn what_is_not_there_yet_is_refused() {
    let (message, _) = Project::new().error(&["explain", "a.py:3", "--x"]);
    assert!(message.contains("is not available yet"), "{message}");
}

#[test]
fn wrong_usage_is_explained_by_clap() {
    let project = Project::new();
    for (arguments, message) in [
        (
            ["--fial-under=1"],
            "unexpected argument '--fial-under' found\n\n  tip: a similar argument exists: '--fail-under'",
        ),
        (["--fail-under=x"], "invalid value 'x' for '--fail-under <PERCENT>': expected a number from 0 to 100"),
        (
            ["--python-version=3.9"],
            "invalid value '3.9' for '--python-version <X.Y>': its rules are not known; expected a version from 3.10 to 3.15",
        ),
        (["--analysis=some"], "invalid value 'some' for '--analysis <WHEN>'\n  [possible values: auto, always, never]"),
    ] {
        let (found, _) = project.error(&arguments);
        assert!(found.starts_with(message), "{found}");
    }
}

#[test]
fn the_project_says_whose_rules_hold_unless_told_otherwise() {
    let version = |project: &Project, arguments: &[&str]| project.settings(arguments).analysis.python.to_string();
    let project = Project::new().file("pyproject.toml", "[project]\nrequires-python = '>=3.12'\n");
    assert_eq!(version(&project, &[]), "3.12");
    let project = project.file(".python-version", "3.14.1\n");
    assert_eq!(version(&project, &[]), "3.14");
    let project = project.file(".python-version", "3.99\n");
    assert!(project.error(&[]).0.starts_with("`.python-version` names Python 3.99: "));
    let project = project.file("covmerge.toml", "python-version = '3.11'");
    assert_eq!(
        (version(&project, &[]), version(&project, &["--python-version", "3.15"])),
        ("3.11".into(), "3.15".into())
    );
}

#[test]
fn the_clock_is_overridden_by_the_flag_and_by_the_environment() {
    let moment = |project: &Project, arguments: &[&str]| match project.load(arguments) {
        Ok(Command::Run { settings, .. }) => settings.render.timestamp.map(Timestamp::iso),
        other => panic!("no run: {other:?}"),
    };
    let project = Project::new();
    assert_eq!(moment(&project, &[]), None);
    let project = project.variable("SOURCE_DATE_EPOCH", "1");
    assert_eq!(moment(&project, &[]).as_deref(), Some("1970-01-01T00:00:01"));
    assert_eq!(moment(&project, &["--timestamp", "2026-01-02T03:04:05Z"]).as_deref(), Some("2026-01-02T03:04:05"));
    let project = project.variable("SOURCE_DATE_EPOCH", "now");
    assert!(project.error(&[]).0.contains("`SOURCE_DATE_EPOCH` is `now`"));
}

#[test]
fn colour_is_off_where_the_environment_says_so_and_the_flag_does_not() {
    let color = |project: &Project, arguments: &[&str]| match project.load(arguments) {
        Ok(Command::Run { terminal, .. }) => terminal.color,
        other => panic!("no run: {other:?}"),
    };
    let project = Project::new();
    assert_eq!(color(&project, &[]), Color::Auto);
    let dumb = Project::new().variable("TERM", "dumb");
    assert_eq!((color(&dumb, &[]), color(&dumb, &["--color=always"])), (Color::Never, Color::Always));
    let project = project.variable("NO_COLOR", "1");
    assert_eq!((color(&project, &[]), color(&project, &["--color=always"])), (Color::Never, Color::Always));
}

#[test]
fn help_version_completions_and_manual_are_printed() {
    let project = Project::new();
    let printed = |arguments: &[&str]| match project.load(arguments) {
        Ok(Command::Print(text)) => text,
        other => panic!("nothing to print: {other:?}"),
    };
    assert_eq!(printed(&["--version"]), format!("covmerge {}\n", env!("CARGO_PKG_VERSION")));
    let help = printed(&["--help"]);
    assert!(help.contains("Exit status:") && !help.contains("not there yet"), "{help}");
    assert!(help.lines().all(|line| line.chars().count() <= 100), "{help}");
    assert!(printed(&["man"]).contains("covmerge") && printed(&["completions", "bash"]).contains("covmerge"));
}

#[test]
fn a_root_that_is_not_there_is_refused() {
    let project = Project::new().file("file", "");
    assert_eq!(project.error(&["--root", "file"]).0, "the root `file` is not a directory");
    assert!(project.error(&["--root", "nope"]).0.starts_with("cannot find the root `nope`: "));
}
