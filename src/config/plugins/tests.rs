//! The behaviour of the real plugins, recorded by `testdata/plugins/record.py`, and the additional errors of covmerge.

use serde::Deserialize;

use super::*;
use crate::config::Environment;

#[derive(Deserialize)]
struct Recorded {
    machine: RecordedMachine,
    environment: BTreeMap<String, String>,
    settings: Vec<Case>,
    rules: Vec<(String, bool)>,
}

#[derive(Deserialize)]
struct RecordedMachine {
    system: String,
    machine: String,
}

#[derive(Deserialize)]
struct Case {
    name: String,
    file: String,
    text: String,
    platform: String,
    settings: Expected,
}

#[derive(Debug, PartialEq, Deserialize)]
struct Expected {
    branch: bool,
    source: Option<Vec<String>>,
    omit: Vec<String>,
    exclude: Vec<String>,
    partial: Vec<String>,
    fail_under: f64,
    show_missing: bool,
    skip_covered: bool,
}

const RECORDED: [(u8, &[u8]); 5] = [
    (11, include_bytes!("../../../testdata/plugins/3.11.json")),
    (12, include_bytes!("../../../testdata/plugins/3.12.json")),
    (13, include_bytes!("../../../testdata/plugins/3.13.json")),
    (14, include_bytes!("../../../testdata/plugins/3.14.json")),
    (15, include_bytes!("../../../testdata/plugins/3.15.json")),
];

fn recorded() -> impl Iterator<Item = (PythonVersion, Recorded)> {
    RECORDED.into_iter().map(|(minor, json)| (PythonVersion { minor }, serde_json::from_slice(json).unwrap()))
}

fn linux() -> Machine {
    Machine {
        system: "Linux".into(),
        release: "6.1.0-18-amd64".into(),
        version: "#1 SMP".into(),
        machine: "x86_64".into(),
    }
}

/// The settings of a project with this one file, after its plugins changed them.
fn configured(file: &str, text: &str, known: &[&str], site: &Site<'_>) -> Result<Options, Error> {
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join(file), text).unwrap();
    let environment =
        Environment { cwd: directory.path().into(), variables: site.variables.clone(), ..Environment::default() };
    let mut options = Options::read(None, &environment)?;
    let known: Vec<String> = known.iter().map(ToString::to_string).collect();
    apply(&mut options, &known, site).map(|()| options)
}

#[test]
fn settings_are_what_the_real_plugins_make_of_them() {
    let installed = BTreeMap::new();
    for (python, recorded) in recorded() {
        for case in recorded.settings {
            let system = if case.platform == "darwin" { "Darwin".into() } else { recorded.machine.system.clone() };
            let machine = Machine { system, ..linux() };
            let site =
                Site { python, machine: &machine, variables: &recorded.environment, installed: Some(&installed) };
            let options = configured(&case.file, &case.text, &[], &site).unwrap();
            let list = |section, option| options.list(section, option).map(<[String]>::to_vec);
            let flag = |section, option| options.flag(section, option).unwrap_or_default();
            let or = |list: Option<Vec<String>>, default: &[&str]| {
                list.unwrap_or_else(|| default.iter().map(ToString::to_string).collect())
            };
            let found = Expected {
                branch: flag("run", "branch"),
                source: list("run", "source"),
                omit: or(list("run", "omit"), &[]),
                exclude: or(list("report", "exclude_lines"), crate::model::settings::EXCLUDE_DEFAULTS),
                partial: or(list("report", "partial_branches"), crate::model::settings::PARTIAL_DEFAULTS),
                fail_under: options.number("report", "fail_under").unwrap_or_default(),
                show_missing: flag("report", "show_missing"),
                skip_covered: flag("report", "skip_covered"),
            };
            assert_eq!(found, case.settings, "{} under {python}", case.name);
            let raises = |warning: &crate::model::warning::Warning| warning.text.contains(" raises an exception, ");
            assert!(options.warnings.iter().all(raises), "{:?}", options.warnings);
        }
    }
}

/// Decides one rule, written in TOML.
fn decided(rule: &str, site: &Site<'_>) -> Result<bool, Error> {
    let rule = toml_text(rule);
    let text = format!(
        "run.plugins = ['coverage_conditional_plugin']\nreport.exclude_lines = []\n[coverage_conditional_plugin.rules]\nholds = {rule}\n"
    );
    configured(".coveragerc.toml", &text, &[], site)
        .map(|options| options.list("report", "exclude_lines") == Some(&["holds".into()]))
}

fn toml_text(text: &str) -> String {
    let escaped = |character: char| match character {
        '"' | '\\' => format!("\\{character}"),
        control if control.is_control() => format!("\\u{:04x}", u32::from(control)),
        other => other.to_string(),
    };
    format!("\"{}\"", text.chars().map(escaped).collect::<String>())
}

#[test]
fn rules_are_decided_as_the_real_plugin_decides_them() {
    let installed = [("coverage", Some("7.17.5")), ("no_such_package", None)]
        .map(|(name, v)| (name.into(), v.map(Into::into)))
        .into();
    for (python, recorded) in recorded() {
        let RecordedMachine { system, machine } = recorded.machine;
        let machine = Machine { system, machine, ..linux() };
        let site = Site { python, machine: &machine, variables: &recorded.environment, installed: Some(&installed) };
        for (rule, holds) in recorded.rules {
            assert_eq!(decided(&rule, &site), Ok(holds), "`{rule}` under {python}");
        }
    }
}

/// The error for a rule under Python 3.13, with nothing known about packages.
fn refused(rule: &str) -> String {
    let (machine, nothing, installed) = (linux(), BTreeMap::new(), BTreeMap::new());
    let python = PythonVersion { minor: 13 };
    let site = Site { python, machine: &machine, variables: &nothing, installed: Some(&installed) };
    let error = decided(rule, &site).unwrap_err();
    let place = "line 3 in `.coveragerc.toml`";
    let quoted = if rule.len() > 200 { format!("{}…", &rule[..200]) } else { rule.to_owned() };
    let prefix = format!("cannot decide the rule `{quoted}` of the plugin `coverage_conditional_plugin` ({place}): ");
    error.to_string().strip_prefix(&prefix).map(str::to_owned).unwrap()
}

#[test]
fn what_the_last_number_of_the_version_decides_stays_open() {
    for rule in [
        "sys_version_info >= (3, 13, 1)",
        "sys_version_info == (3, 13, 0, 'final', 0)",
        "sys_version_info[2] > 4",
        "sys_version_info[2]",
        "sys_version_info.micro in (1, 2)",
        "python_full_version >= '3.13.2'",
        "implementation_version == '3.13.0'",
        "'13.1' in python_full_version",
        "python_full_version in os_environ.get('X', '3.13.1 3.13.2')",
        "sys_version_info > (3, 13, 2) or no_such_name",
        "sys_version_info[3] == 'final'",
        "python_full_version[5]",
        "not sys_version_info[2]",
    ] {
        assert_eq!(refused(rule), "it depends on more than Python's major and minor version", "{rule}");
    }
}

#[test]
fn what_needs_python_stays_open_and_is_named() {
    for (rule, part) in [
        ("len(os_environ) > 3", "len(os_environ)"),
        ("sys_version_info >= (3, 8) and __import__('x')", "__import__('x')"),
        ("2 * 2 == 4", "2 * 2"),
        ("sys.maxsize > 5", "sys.maxsize"),
        ("int == str", "int == str"),
        ("{1} < {1, 2}", "an order of sets"),
        ("python_version is '3.13'", "an identity"),
        ("1.5 < 9000000000", "a float beside a large number"),
        ("__builtins__", "__builtins__"),
        ("os_name.title", "os_name.title"),
        ("sys_platform.startswith(('lin', 'win'))", "sys_platform.startswith(('lin', 'win'))"),
        ("b'a' == 'a'", "b'a'"),
        ("f'{os_name}' == 'posix'", "f'{os_name}'"),
        ("is_installed(package='x')", "is_installed(package='x')"),
        ("is_installed(python_full_version)", "is_installed(python_full_version)"),
    ] {
        assert_eq!(refused(rule), format!("`{part}` cannot be evaluated without Python"), "{rule}");
    }
    let long = format!("{}1", "not ".repeat(100_000));
    assert_eq!(refused(&long), "`an expression of 400001 bytes` cannot be evaluated without Python");
    for rule in [
        "is_installed('tomlkit')",
        "package_version('tomlkit') > (1,)",
        "package_version('tomlkit') > (1,) or True",
        "is_installed('tomlkit') or sys_version_info[2] > 3",
        "not is_installed('tomlkit') == False",
    ] {
        assert_eq!(refused(rule), "covmerge does not know whether `tomlkit` was installed, or in which version");
    }
}

#[test]
fn a_version_has_a_release_whatever_follows_it() {
    // packaging.version.parse(…).release of packaging 26.4
    for (version, release) in [
        ("7.17.5", Some(&[7, 17, 5][..])),
        (" v1.0 ", Some(&[1, 0])),
        ("1!2.0.1rc1", Some(&[2, 0, 1])),
        ("1.0.dev3", Some(&[1, 0])),
        ("2024.1.post1+local.2", Some(&[2024, 1])),
        ("3", Some(&[3])),
        ("", None),
        ("latest", None),
        ("1..2", None),
        ("1.2.", None),
    ] {
        assert_eq!(conditional::release(version).as_deref(), release, "{version}");
    }
}

#[test]
fn names_of_distributions_are_one_in_all_their_spellings() {
    let installed = [("Foo.Bar_baz".to_owned(), Some("2.1".to_owned()))].into();
    let (machine, nothing) = (linux(), BTreeMap::new());
    let site =
        Site { python: PythonVersion::default(), machine: &machine, variables: &nothing, installed: Some(&installed) };
    assert_eq!(decided("package_version('foo-bar--baz') == (2, 1)", &site), Ok(true));
    assert!(decided("is_installed('foo-bar-baz')", &site).is_err());
}

#[test]
fn options_that_a_plugin_does_not_know_are_refused() {
    let (machine, nothing, installed) = (linux(), BTreeMap::new(), BTreeMap::new());
    let site =
        Site { python: PythonVersion::default(), machine: &machine, variables: &nothing, installed: Some(&installed) };
    let plugin = "[run]\nplugins = coverage_conditional_plugin\n[coverage_conditional_plugin]\n";
    for (text, message) in [
        (
            "[run]\nplugins = covdefaults\n[covdefaults]\nsubtract = x\n".to_owned(),
            "the option `subtract` of the plugin `covdefaults` (line 4 in `.coveragerc`) is not known",
        ),
        (
            format!("{plugin}omit = x\n"),
            "the option `omit` of the plugin `coverage_conditional_plugin` (line 4 in `.coveragerc`) is \"x\", expected a table of expressions and file patterns",
        ),
        (
            format!("{plugin}omit =\n  \u{1b}[31mred : *.py\n"),
            "the option `omit` of the plugin `coverage_conditional_plugin` (line 4 in `.coveragerc`) is \"\\x1b[31mred : *.py\", expected a table of expressions and file patterns",
        ),
        (
            plugin.replace("[coverage_conditional_plugin]\n", ""),
            "the plugin `coverage_conditional_plugin` needs its option `rules`, which `.coveragerc` lacks",
        ),
        (
            format!("{plugin}rules =\n  True\n"),
            "the option `rules` of the plugin `coverage_conditional_plugin` (line 4 in `.coveragerc`) holds 'True', which is not a rule",
        ),
        (
            format!("{plugin}rules =\n  \"True\": a(\n"),
            "the option `rules` of the plugin `coverage_conditional_plugin` (line 4 in `.coveragerc`) holds 'a(', which is not a valid pattern: missing ), unterminated subpattern at position 1",
        ),
    ] {
        assert_eq!(configured(".coveragerc", &text, &[], &site).unwrap_err().to_string(), message);
    }
    // The plugin evaluates the empty text between the quotes that are not there, which raises an exception, and goes on.
    let text = format!("{plugin}rules =\n  : py\n  \": py\n");
    assert_eq!(configured(".coveragerc", &text, &[], &site).unwrap().warnings.len(), 2);
    // A plugin that is named twice is named in one warning.
    let text = "[run]\nplugins =\n  other\n  other\n";
    assert_eq!(configured(".coveragerc", text, &[], &site).unwrap().warnings.len(), 1);
    let of_plugin = |line| {
        format!("the option `{line}` of the plugin `coverage_conditional_plugin` (line 3 in `.coveragerc.toml`)")
    };
    for (text, message) in [
        ("rules = ['True']", format!("{} is a list, expected a table of rules", of_plugin("rules"))),
        ("rules = true", format!("{} is true, expected a table of rules", of_plugin("rules"))),
        ("omit = { True = true }", format!("{} holds a value that is not a file pattern", of_plugin("omit"))),
        ("omit = { True = [1] }", format!("{} holds a value that is not a file pattern", of_plugin("omit"))),
        (
            "omit = 'm.py'",
            format!("{} is \"m.py\", expected a table of expressions and file patterns", of_plugin("omit")),
        ),
        ("omit = ['x']", format!("{} is a list, expected a table of expressions and file patterns", of_plugin("omit"))),
    ] {
        let text = format!("run.plugins = ['coverage_conditional_plugin']\n[coverage_conditional_plugin]\n{text}\n");
        assert_eq!(configured(".coveragerc.toml", &text, &[], &site).unwrap_err().to_string(), message);
    }
}

#[test]
fn a_plugin_that_may_set_anything_is_named_unless_its_user_knows_it() {
    let (machine, nothing, installed) = (linux(), BTreeMap::new(), BTreeMap::new());
    let site =
        Site { python: PythonVersion::default(), machine: &machine, variables: &nothing, installed: Some(&installed) };
    let text = "[run]\nplugins = django_coverage_plugin, house_rules, Cython.Coverage, other\n";
    let options = configured(".coveragerc", text, &["other"], &site).unwrap();
    let warnings: Vec<&str> = options.warnings.iter().map(|warning| &*warning.text).collect();
    assert_eq!(warnings, ["the plugin `house_rules` may change coverage.py's settings, and covmerge cannot run it"]);
}

#[test]
fn a_platform_has_the_names_that_python_gives_it() {
    for (system, release, os_name, sys_platform) in [
        ("Linux", "6.1", "posix", "linux"),
        ("Darwin", "23.1.0", "posix", "darwin"),
        ("Windows", "11", "nt", "win32"),
        ("FreeBSD", "14.1-RELEASE", "posix", "freebsd14"),
        ("CYGWIN_NT-10.0-19045", "3.5", "posix", "cygwin"),
    ] {
        let machine = Machine { system: system.into(), release: release.into(), ..Machine::default() };
        assert_eq!((machine.os_name(), &*machine.sys_platform()), (os_name, sys_platform));
    }
}
