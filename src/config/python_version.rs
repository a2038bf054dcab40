//! The Python version whose rules define statements, if no option names one: taken from the project's own files.
//!
//! `.python-version` decides, else `requires-python` or Poetry's `python`, else the default. A version in `.python-version` is taken at its word.
//! The others say which versions a project allows, not which one ran the tests: the lower bound is used, and a warning says so where older
//! versions, or versions without known rules, are allowed too.

use std::io::ErrorKind;
use std::path::Path;

use super::entry::shown;
use super::specifier::{Grammar, Specifier, numbers, starts_with_operator};
use super::toml::{self, Table, Value};
use super::{Error, Kind, values};
use crate::model::settings::PythonVersion;
use crate::model::warning::Warning;
use crate::python::text;

/// A project that merely allows older releases is not assumed to use them.
const OLDEST_ASSUMED: PythonVersion = PythonVersion { minor: 11 };

/// The version to use, and a warning if another one may have run the project. `cwd` contains `.python-version`; `pyproject` is `pyproject.toml`.
///
/// # Errors
/// `.python-version` cannot be read, or names a version whose rules are unknown.
pub(super) fn detect(cwd: &Path, pyproject: Option<&Table>) -> Result<(PythonVersion, Option<Warning>), Error> {
    const PIN: &str = "`.python-version`";
    let text = pin_file(cwd)?;
    let refuse = |why: String| {
        let error = Error::new(format!("{PIN} names {why}"));
        error.with_help("name the version that ran the tests by `--python-version` or `python-version`")
    };
    let unknown = |name: &str| {
        let (oldest, newest) = (PythonVersion::OLDEST, PythonVersion::NEWEST);
        let expected = format!("expected a version of CPython from {oldest} to {newest}");
        refuse(format!("`{name}`, whose rules are not known: {expected}"))
    };
    match pin(&text) {
        None => Ok(allowed(pyproject)),
        Some(Pin::Version(name)) => match values::python_version(&name) {
            Ok(version) => Ok((version, None)),
            Err(why) => Err(refuse(format!("Python {name}: {why}"))),
        },
        Some(Pin::Range(name)) => {
            let choice = Specifier::parse(name, Grammar::Pep440).map(|specifier| choose(&specifier));
            match choice {
                Some((version, doubt @ (None | Some(Doubt::Older | Doubt::Unbounded)))) => {
                    Ok((version, doubt.map(|doubt| doubt.warning(PIN, version))))
                }
                _ => Err(unknown(name)),
            }
        }
        Some(Pin::Other(name)) => Err(unknown(name)),
        Some(Pin::Open(name)) => {
            let (version, _) = allowed(pyproject);
            let open = format!("{PIN} names `{name}`, which leaves the version of Python open");
            Ok((version, Some(warning(&format!("{open}: the rules of {version} are used")))))
        }
    }
}

/// The version that `pyproject.toml` allows, and a warning if it is doubtful.
fn allowed(pyproject: Option<&Table>) -> (PythonVersion, Option<Warning>) {
    let homes: [(&str, &[&str], Grammar); 2] = [
        ("`requires-python`", &["project", "requires-python"], Grammar::Pep440),
        ("`python` of `[tool.poetry.dependencies]`", &["tool", "poetry", "dependencies", "python"], Grammar::Poetry),
    ];
    let found =
        homes.into_iter().find_map(|(place, keys, grammar)| Some((place, toml::at(pyproject?, keys)?, grammar)));
    let Some((place, value, grammar)) = found else { return (PythonVersion::default(), None) };
    let specifier = match value {
        Value::Text(text) => Specifier::parse(text, grammar),
        _ => None,
    };
    let Some(specifier) = specifier else {
        let version = PythonVersion::default();
        let malformed = format!("{place} is {}, which is not a version specifier", shown(value));
        return (version, Some(warning(&format!("{malformed}: the rules of {version} are used"))));
    };
    let (version, doubt) = choose(&specifier);
    (version, doubt.map(|doubt| doubt.warning(place, version)))
}

fn warning(text: &str) -> Warning {
    Warning::new(format!("{text}, unless `--python-version` or `python-version` names the one that ran the tests"))
}

/// Why another version than the chosen one may have run the tests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Doubt {
    /// Versions before the chosen one are allowed, too.
    Older,
    /// There is no lower bound.
    Unbounded,
    /// Only versions before those with known rules are allowed.
    OnlyOlder,
    /// Only versions after those with known rules are allowed: this minor version, or a Python after 3.
    OnlyNewer(Option<u8>),
    /// No version is allowed.
    Nothing,
}

impl Doubt {
    /// The warning for a specifier that stands at `place`.
    fn warning(self, place: &str, version: PythonVersion) -> Warning {
        let rules = format!("the rules of {version} are used");
        let text = match self {
            Self::Older => format!("allows versions before {}: {rules}", version.min(OLDEST_ASSUMED)),
            Self::Unbounded => format!("has no lower bound: {rules}"),
            Self::OnlyOlder => {
                format!("allows only versions before {version}, whose rules are not known: those of {version} are used")
            }
            Self::OnlyNewer(minor) => {
                let asked = minor.map_or("a Python after 3".into(), |minor| format!("Python 3.{minor}"));
                format!("asks for {asked}, whose rules are not known: those of {version} are used")
            }
            Self::Nothing => format!("allows no version of Python: {rules}"),
        };
        warning(&format!("{place} {text}"))
    }
}

/// The version that stands for those that a specifier allows.
fn choose(specifier: &Specifier) -> (PythonVersion, Option<Doubt>) {
    let (oldest, newest) = (PythonVersion::OLDEST, PythonVersion::NEWEST);
    let allows = |minor: &u8| specifier.allows(3, (*minor).into());
    let known = || (oldest.minor..=newest.minor).filter(allows);
    let found = if specifier.has_lower_bound() {
        known().find(|&minor| minor >= OLDEST_ASSUMED.minor).or_else(|| known().next_back())
    } else {
        known().min_by_key(|minor| minor.abs_diff(PythonVersion::default().minor))
    };
    if let Some(minor) = found {
        let has_older = (0..minor.min(OLDEST_ASSUMED.minor)).any(|minor| allows(&minor));
        let doubt =
            if specifier.has_lower_bound() { has_older.then_some(Doubt::Older) } else { Some(Doubt::Unbounded) };
        return (PythonVersion { minor }, doubt);
    }
    let newer = (newest.minor + 1..=u8::MAX).find(allows);
    let after_3 = || (0..=u8::MAX).any(|minor| specifier.allows(4, minor.into()));
    if newer.is_some() || after_3() {
        return (newest, Some(Doubt::OnlyNewer(newer)));
    }
    if (0..oldest.minor).any(|minor| allows(&minor) || specifier.allows(2, minor.into())) {
        return (oldest, Some(Doubt::OnlyOlder));
    }
    (PythonVersion::default(), Some(Doubt::Nothing))
}

/// The text of `.python-version`; empty if there is no such file.
fn pin_file(cwd: &Path) -> Result<String, Error> {
    let unreadable = |why: String| {
        let error = Error::new(format!("cannot read the settings file `.python-version`: {why}")).of(Kind::File);
        error.with_help("save it as UTF-8, or name the version by `--python-version`")
    };
    let bytes = match std::fs::read(cwd.join(".python-version")) {
        Ok(bytes) => bytes,
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::IsADirectory) => return Ok(String::new()),
        Err(error) => return Err(unreadable(error.to_string())),
    };
    text::file_text(&bytes).map_err(|offset| unreadable(format!("it is not UTF-8 at byte {offset}")))
}

/// An entry of `.python-version`.
#[derive(Debug, PartialEq, Eq)]
enum Pin<'t> {
    /// A version of CPython.
    Version(String),
    /// A specifier of versions.
    Range(&'t str),
    /// Another implementation of Python.
    Other(&'t str),
    /// The name of a Python whose minor version is open: `system`, `3`, a virtual environment.
    Open(&'t str),
}

/// The entry that decides: the first one that says which versions of CPython are meant, or else the first other implementation, or else the first.
///
/// pyenv reads the names of its versions, uv anything that its `--python` accepts.
fn pin(text: &str) -> Option<Pin<'_>> {
    let lines = text.lines().map(|line| text::strip(line.split('#').next().unwrap_or_default()));
    let pins = lines.flat_map(|line| {
        if starts_with_operator(line) {
            return vec![Pin::Range(line)];
        }
        line.split_whitespace().map(|name| pin_of(name, name)).collect()
    });
    pins.min_by_key(|pin| match pin {
        Pin::Version(_) | Pin::Range(_) => 0,
        Pin::Other(_) => 1,
        Pin::Open(_) => 2,
    })
}

/// The meaning of `name`, of which `word` is the part that is still to be read.
fn pin_of<'t>(name: &'t str, word: &'t str) -> Pin<'t> {
    let (implementation, rest) = word.split_at(word.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(word.len()));
    let rest = rest.trim_start_matches(['-', '@']);
    match implementation.to_ascii_lowercase().as_str() {
        "" | "cpython" | "cp" | "python" | "activepython" if rest.starts_with(|c: char| c.is_ascii_digit()) => {
            version(rest).map_or(Pin::Open(name), Pin::Version)
        }
        "cpython" | "cp" | "python" if starts_with_operator(rest) => Pin::Range(rest),
        "pypy" | "pp" | "graalpy" | "graalpython" | "gp" | "pyodide" | "jython" | "ironpython" | "micropython"
        | "stackless" | "pyston" | "cinder" | "nogil" => Pin::Other(name),
        // `miniconda3-3.12-24.11.1-0` names a Python; in the older `miniconda3-3.10.1` and in `miniconda3-4.7.12` the numbers are conda's.
        "miniconda" => match rest.strip_prefix("3-").and_then(|rest| rest.split_once('-')) {
            Some((version, _)) if version.matches('.').count() == 1 => Pin::Version(version.to_owned()),
            _ => Pin::Open(name),
        },
        // The path of an interpreter, or of its environment.
        _ => match word.rsplit_once('/') {
            Some((_, last)) if !last.is_empty() => pin_of(name, last),
            _ => Pin::Open(name),
        },
    }
}

/// The version of CPython at the start of a text: `3.12.1-linux-x86_64-gnu`, `3.12.1/envs/app`, `312`; `None` if the minor version is open.
fn version(text: &str) -> Option<String> {
    let text = text.split(['-', '/']).next()?;
    let (numbers, _) = numbers(text)?;
    match numbers[..] {
        // uv's short form.
        [10..1000] => text.split_at_checked(1).map(|(major, minor)| format!("{major}.{minor}")),
        [3 | 10..] => None,
        _ => Some(text.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pin_is_what_pyenv_and_uv_write() {
        use Pin::{Open, Other, Range};
        let version = |name: &str| Pin::Version(name.to_owned());
        for (text, meaning) in [
            ("3.12\n", version("3.12")),
            ("# ours\n\n3.11.7  # pinned\n3.12\n", version("3.11.7")),
            ("3.13.0rc2", version("3.13.0rc2")),
            ("3.13-dev", version("3.13")),
            ("3.13t-dev", version("3.13t")),
            ("3.12t", version("3.12t")),
            ("3.13+freethreaded", version("3.13+freethreaded")),
            ("cpython-3.14t", version("3.14t")),
            ("cpython-3.12", version("3.12")),
            ("cpython-3.12.1-linux-x86_64-gnu", version("3.12.1")),
            ("cpython-3.13.0+freethreaded-linux-x86_64-gnu", version("3.13.0+freethreaded")),
            ("CPython@3.12", version("3.12")),
            ("python3.12", version("3.12")),
            ("python-3.9", version("3.9")),
            ("cp312", version("3.12")),
            ("39", version("3.9")),
            ("3.11.4/envs/app", version("3.11.4")),
            ("/usr/bin/python3.9", version("3.9")),
            ("~/.pyenv/versions/3.12.1", version("3.12.1")),
            ("miniconda3-3.9-4.10.3", version("3.9")),
            ("2", version("2")),
            ("system\n2.7.18", version("2.7.18")),
            ("pypy3.10-7.3\n3.13-dev", version("3.13")),
            (">=3.9", Range(">=3.9")),
            (">= 3.9, <3.12  # any", Range(">= 3.9, <3.12")),
            ("==3.9.*\n", Range("==3.9.*")),
            ("cpython>=3.12", Range(">=3.12")),
            ("pypy3.10-7.3.17", Other("pypy3.10-7.3.17")),
            ("pypy@3.10", Other("pypy@3.10")),
            ("pp310", Other("pp310")),
            ("system\ngraalpy-24.1.1", Other("graalpy-24.1.1")),
            ("3", Open("3")),
            ("system\n", Open("system")),
            ("python3", Open("python3")),
            ("/usr/bin/python3", Open("/usr/bin/python3")),
            ("/srv/venv/", Open("/srv/venv/")),
            ("my-app-3.12", Open("my-app-3.12")),
            ("2024-project", Open("2024-project")),
            ("3d-models", Open("3d-models")),
            ("miniconda3-3.10.1", Open("miniconda3-3.10.1")),
            ("miniconda3-latest", Open("miniconda3-latest")),
            ("anaconda3-2024.10-1", Open("anaconda3-2024.10-1")),
            ("cpython-linux-x86_64-gnu", Open("cpython-linux-x86_64-gnu")),
        ] {
            assert_eq!(pin(text), Some(meaning), "{text}");
        }
        assert_eq!((pin(""), pin("# nothing\n\n")), (None, None));
    }

    /// The version for a project with this `.python-version` and this `pyproject.toml`, with the beginning of the warning; or the error.
    fn detected(pinned: &[u8], pyproject: &str) -> Result<(u8, String), String> {
        const UNLESS: &str = ", unless `--python-version` or `python-version` names the one that ran the tests";
        let directory = tempfile::tempdir().unwrap();
        std::fs::write(directory.path().join(".python-version"), pinned).unwrap();
        let table = toml::parse(pyproject).unwrap();
        let (version, warning) = detect(directory.path(), Some(&table)).map_err(|error| error.to_string())?;
        let said = warning.map_or(String::new(), |warning| warning.text.strip_suffix(UNLESS).unwrap().to_owned());
        Ok((version.minor, said))
    }

    #[test]
    fn a_pinned_version_is_taken_at_its_word() {
        let pinned = |text: &[u8]| detected(text, "[project]\nrequires-python = '>=3.12'");
        assert_eq!(pinned(b"3.11\n"), Ok((11, String::new())));
        assert_eq!(pinned(b"\xef\xbb\xbf3.14\n"), Ok((14, String::new())));
        assert_eq!(pinned(b"==3.10.*"), Ok((10, String::new())));
        assert_eq!(pinned(b""), Ok((12, String::new())));
        for name in ["3.7.9", "3.99", "2.7", "4.0", "2"] {
            let error = pinned(name.as_bytes()).unwrap_err();
            assert!(error.starts_with(&format!("`.python-version` names Python {name}: ")), "{error}");
        }
        for name in ["pypy3.10-7.3.17", "==3.9.*", "<3.10", ">=3.16", ">=4", ">=3.12,<3.11", ">=three"] {
            let expected = "whose rules are not known: expected a version of CPython from 3.10 to 3.15";
            assert_eq!(pinned(name.as_bytes()), Err(format!("`.python-version` names `{name}`, {expected}")));
        }
        let error = "cannot read the settings file `.python-version`: it is not UTF-8 at byte 0";
        assert_eq!(pinned(b"\xff\xfe3\0.\x001\x002\0"), Err(error.into()));
    }

    #[test]
    fn a_pin_that_leaves_the_version_open_says_which_one_is_used() {
        for name in ["system", "3", "my-app", "/usr/bin/python3"] {
            let open = format!("`.python-version` names `{name}`, which leaves the version of Python open");
            let used = |minor| Ok((minor, format!("{open}: the rules of 3.{minor} are used")));
            assert_eq!(detected(name.as_bytes(), ""), used(13));
            assert_eq!(detected(name.as_bytes(), "[project]\nrequires-python = '>=3.12'"), used(12));
        }
        let before = "`.python-version` allows versions before 3.11: the rules of 3.11 are used";
        assert_eq!(detected(b">=3.9", ""), Ok((11, before.into())));
    }

    /// The version for a project with this `requires-python`, and the warning without its place.
    fn required(specifier: &str) -> (u8, String) {
        let (minor, said) = detected(b"", &format!("[project]\nrequires-python = '{specifier}'")).unwrap();
        (minor, said.strip_prefix("`requires-python` ").unwrap_or(&said).to_owned())
    }

    #[test]
    fn a_bound_within_the_known_rules_is_used() {
        for (specifier, minor) in [
            (">=3.11", 11),
            (">=3.14", 14),
            (">= 3.12.1, <4", 12),
            ("~=3.13.0", 13),
            ("==3.12.*", 12),
            ("==3.10.*", 10),
            (">=3.10,<3.11", 10),
            ("<4,>3.10,>=3.11,!=3.11.*", 12),
        ] {
            assert_eq!(required(specifier), (minor, String::new()), "{specifier}");
        }
    }

    #[test]
    fn a_bound_outside_of_the_known_rules_is_said() {
        for specifier in [">=3.10", ">=3.8", ">=3", ">=2.7", ">=3.8,<3.13", "~=3.9"] {
            assert_eq!(required(specifier), (11, "allows versions before 3.11: the rules of 3.11 are used".into()));
        }
        assert_eq!(required(">=3.8,!=3.11.*"), (12, "allows versions before 3.11: the rules of 3.12 are used".into()));
        assert_eq!(required(">=3.8,<3.11"), (10, "allows versions before 3.10: the rules of 3.10 are used".into()));
        for (specifier, minor) in [("<4", 13), ("", 13), ("!=3.13.*", 12), ("<3.12", 11), ("<=3.10", 10)] {
            assert_eq!(required(specifier), (minor, format!("has no lower bound: the rules of 3.{minor} are used")));
        }
        for specifier in ["<=3.9", "==3.9.*", ">=3.7,<3.10", "<3", "==2.7.*"] {
            let text = "allows only versions before 3.10, whose rules are not known: those of 3.10 are used";
            assert_eq!(required(specifier), (10, text.into()), "{specifier}");
        }
        for (specifier, asked) in
            [(">=3.99", "Python 3.99"), (">=4", "a Python after 3"), ("~=4.2", "a Python after 3")]
        {
            let text = format!("asks for {asked}, whose rules are not known: those of 3.15 are used");
            assert_eq!(required(specifier), (15, text));
        }
        assert_eq!(required(">=3.12,<3.11"), (13, "allows no version of Python: the rules of 3.13 are used".into()));
    }

    #[test]
    fn a_malformed_specifier_is_named() {
        for value in ["\"3.9\"", "\"^3.9\"", "\">= three\"", "\"any\"", "true", "`3.9`"] {
            let (_, said) = detected(b"", &format!("[project]\nrequires-python = {}", value.replace('`', ""))).unwrap();
            let malformed = format!("`requires-python` is {value}, which is not a version specifier");
            assert_eq!(said, format!("{malformed}: the rules of 3.13 are used"));
        }
    }

    #[test]
    fn poetry_s_constraint_stands_where_the_project_states_none() {
        let poetry = |value: &str| detected(b"", &format!("[tool.poetry.dependencies]\npython = {value}")).unwrap();
        let place = "`python` of `[tool.poetry.dependencies]`";
        assert_eq!(poetry("'^3.12'"), (12, String::new()));
        assert_eq!(poetry("'~3.10'"), (10, String::new()));
        assert_eq!(poetry("'3.14.*'"), (14, String::new()));
        assert_eq!(poetry("'^3.9'"), (11, format!("{place} allows versions before 3.11: the rules of 3.11 are used")));
        assert_eq!(poetry("'*'"), (13, format!("{place} has no lower bound: the rules of 3.13 are used")));
        let malformed = "which is not a version specifier: the rules of 3.13 are used";
        assert_eq!(poetry("'three'"), (13, format!("{place} is \"three\", {malformed}")));
        let both = "[project]\nrequires-python = '>=3.14'\n[tool.poetry.dependencies]\npython = '^3.12'";
        assert_eq!(detected(b"", both), Ok((14, String::new())));
    }
}
