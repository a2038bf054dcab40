//! The Python version whose rules define statements, if no option names one: taken from the project's own files.
//!
//! `.python-version` decides, else `requires-python` or Poetry's `python`, else the default. A version in `.python-version` is taken at its word.
//! The others say which versions a project allows, not which one ran the tests: the lower bound is used, and a warning says so where older
//! versions, or versions without known rules, are allowed too.

use std::io::ErrorKind;
use std::path::Path;

use super::entry::{beginning, shown};
use super::pin::{self, Pin};
use super::specifier::{Grammar, Specifier};
use super::toml::{self, Table, Value};
use super::{Error, Kind, values};
use crate::model::settings::PythonVersion;
use crate::model::warning::Warning;
use crate::python::text;
use crate::regular;

/// A project that merely allows older releases is not assumed to use them.
const OLDEST_ASSUMED: PythonVersion = PythonVersion { minor: 11 };

/// The version to use, and a warning if another one may have run the project. `cwd` contains `.python-version`; `pyproject` is `pyproject.toml`.
///
/// # Errors
/// `.python-version` is not UTF-8, or names a version whose rules are unknown.
pub(super) fn detect(cwd: &Path, pyproject: Option<&Table>) -> Result<(PythonVersion, Option<Warning>), Error> {
    const PIN: &str = "`.python-version`";
    let bytes = match regular::read(&cwd.join(".python-version")) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(allowed(pyproject)),
        Err(error) => {
            let (version, _) = allowed(pyproject);
            let unreadable = format!("cannot read the settings file {PIN}: {error}");
            return Ok((version, Some(warning(&format!("{unreadable}; the rules of {version} are used")))));
        }
    };
    let text = text::file_text(&bytes).map_err(|offset| {
        let error = format!("cannot read the settings file {PIN}: it is not UTF-8 at byte {offset}");
        Error::new(error).of(Kind::File).with_help("save it as UTF-8, or name the version with `--python-version`")
    })?;
    let refuse = |why: String| {
        let error = Error::new(format!("{PIN} names {why}"));
        error.with_help("name the version that ran the tests with `--python-version` or `python-version`")
    };
    let unknown = |name: &str| {
        let (oldest, newest) = (PythonVersion::OLDEST, PythonVersion::NEWEST);
        let expected = format!("expected a version of CPython from {oldest} to {newest}");
        refuse(format!("`{}`, whose rules are not known: {expected}", beginning(name)))
    };
    match pin::first(&text) {
        None => Ok(allowed(pyproject)),
        Some(Pin::Version(name)) => match values::python_version(&name) {
            Ok(version) => Ok((
                version,
                padded(&name).then(|| {
                    let read = format!(
                        "{PIN} names Python {}, which is {version} to uv and unknown to pyenv",
                        beginning(&name)
                    );
                    warning(&format!("{read}: the rules of {version} are used"))
                }),
            )),
            Err(why) => Err(refuse(format!("Python {}: {why}", beginning(&name)))),
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
            let open = format!("{PIN} names `{}`, which leaves the version of Python open", beginning(name));
            Ok((version, Some(warning(&format!("{open}: the rules of {version} are used")))))
        }
    }
}

/// Whether a number of `version` begins with a zero: PEP 440, which uv follows, passes it over.
fn padded(version: &str) -> bool {
    let mut numbers = version.split(|character: char| !character.is_ascii_digit());
    numbers.any(|number| number.len() > 1 && number.starts_with('0'))
}

/// The version that `pyproject.toml` allows, and a warning if it is doubtful.
fn allowed(pyproject: Option<&Table>) -> (PythonVersion, Option<Warning>) {
    let of_project = || {
        let value = toml::at(pyproject?, &["project", "requires-python"])?;
        Some(("`requires-python`", value, Grammar::Pep440))
    };
    let of_poetry = || {
        let Value::Table(packages) = toml::at(pyproject?, &["tool", "poetry", "dependencies"])? else { return None };
        // Poetry takes the name in any case; the last one decides.
        let (_, item) = packages.iter().rfind(|(name, _)| name.to_lowercase() == "python")?;
        Some(("`python` of `[tool.poetry.dependencies]`", &item.value, Grammar::Poetry))
    };
    let Some((place, value, grammar)) = of_project().or_else(of_poetry) else {
        return (PythonVersion::default(), None);
    };
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
    /// Only versions after those with known rules are allowed: this minor version, or Python 4 or later.
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
                let asked = minor.map_or("Python 4 or later".into(), |minor| format!("Python 3.{minor}"));
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

#[cfg(test)]
mod tests {
    use super::*;

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
        for name in ["3.7.9", "3.99", "2.7", "4.0", "2", "3.99999999999999999999", "99999999999999999999.1"] {
            let error = pinned(name.as_bytes()).unwrap_err();
            let why = "its rules are not known; expected a version from 3.10 to 3.15";
            assert_eq!(error, format!("`.python-version` names Python {name}: {why}"));
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
        let long = "a".repeat(3_000_000);
        let (most, _) = long.split_at(200);
        for (name, quoted) in [
            ("system", "system"),
            ("3\n3.11", "3"),
            ("my-app 3.11", "my-app"),
            ("/usr/bin/python3", "/usr/bin/python3"),
            (&*long, &*format!("{most}…")),
        ] {
            let open = format!("`.python-version` names `{quoted}`, which leaves the version of Python open");
            let used = |minor| Ok((minor, format!("{open}: the rules of 3.{minor} are used")));
            assert_eq!(detected(name.as_bytes(), ""), used(13));
            assert_eq!(detected(name.as_bytes(), "[project]\nrequires-python = '>=3.12'"), used(12));
        }
        let before = "`.python-version` allows versions before 3.11: the rules of 3.11 are used";
        assert_eq!(detected(b">=3.9", ""), Ok((11, before.into())));
    }

    // The answers of uv 0.13.9 and pyenv 2: the one finds a Python 3.12, the other knows no such version.
    #[test]
    fn a_pin_with_a_leading_zero_is_said() {
        for name in ["3.012", "03.12", "3.0012", "3.012.1", "3.12.07", "python3.012"] {
            let shown = name.trim_start_matches("python");
            let said = format!(
                "`.python-version` names Python {shown}, which is 3.12 to uv and unknown to pyenv: the rules of 3.12 are used"
            );
            assert_eq!(detected(name.as_bytes(), ""), Ok((12, said)));
        }
        for name in ["3.10.0", "3.10", "cp310"] {
            assert_eq!(detected(name.as_bytes(), ""), Ok((10, String::new())));
        }
    }

    #[test]
    fn a_pin_that_is_not_a_file_is_said() {
        let directory = tempfile::tempdir().unwrap();
        std::fs::create_dir(directory.path().join(".python-version")).unwrap();
        let (version, warning) = detect(directory.path(), None).unwrap();
        let text =
            "cannot read the settings file `.python-version`: it is not a regular file; the rules of 3.13 are used, ";
        assert!(warning.unwrap().text.starts_with(text));
        assert_eq!(version, PythonVersion::default());
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
            [(">=3.99", "Python 3.99"), (">=4", "Python 4 or later"), ("~=4.2", "Python 4 or later")]
        {
            let text = format!("asks for {asked}, whose rules are not known: those of 3.15 are used");
            assert_eq!(required(specifier), (15, text));
        }
        assert_eq!(required(">=3.12,<3.99999999999999999999"), (12, String::new()));
        for specifier in [">=3.12,<3.11", ">=1!3.12"] {
            assert_eq!(required(specifier), (13, "allows no version of Python: the rules of 3.13 are used".into()));
        }
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
        assert_eq!(poetry("'^3.12'\nPython = '~3.14'"), (14, String::new()));
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
