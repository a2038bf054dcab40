//! The Python version whose rules define statements, if no option names one: taken from the project's own files.
//!
//! `.python-version` decides, else the lower bound of `requires-python`, else the default. `.python-version` is taken at its word. But
//! `requires-python` says which versions a project allows, not which one ran the tests: if its bound is outside the versions with known rules,
//! a warning says which rules are used.

use std::collections::BTreeSet;
use std::io::ErrorKind;
use std::path::Path;

use super::toml::{self, Table, Value};
use super::{Error, Kind, values};
use crate::model::settings::PythonVersion;
use crate::model::warning::Warning;
use crate::python::text::{self, strip};

/// A project that merely allows older releases is not assumed to use them.
const OLDEST_ASSUMED: PythonVersion = PythonVersion { minor: 11 };

/// The version to use, and a warning if another one may have run the project. `cwd` contains `.python-version`; `pyproject` is `pyproject.toml`.
///
/// # Errors
/// `.python-version` cannot be read, or names a version whose rules are unknown.
pub(super) fn detect(cwd: &Path, pyproject: Option<&Table>) -> Result<(PythonVersion, Option<Warning>), Error> {
    if let Some(version) = pinned(cwd)? {
        return Ok((version, None));
    }
    let Some(minor) = pyproject.and_then(requires_python).and_then(lower_bound) else {
        return Ok((PythonVersion::default(), None));
    };
    let allowed = |text: String| {
        Warning::new(format!(
            "`requires-python` {text}, unless `--python-version` or `python-version` names the one that ran the tests"
        ))
    };
    let newest = PythonVersion::NEWEST;
    if minor > u32::from(newest.minor) {
        let asked = if minor == BEYOND { "a Python after 3".to_owned() } else { format!("Python 3.{minor}") };
        let warning = allowed(format!("asks for {asked}, whose rules are not known: those of {newest} are used"));
        return Ok((newest, Some(warning)));
    }
    let version = PythonVersion { minor: u8::try_from(minor).unwrap_or_default() };
    if version < OLDEST_ASSUMED {
        let warning =
            allowed(format!("allows versions before {OLDEST_ASSUMED}: the rules of {OLDEST_ASSUMED} are used"));
        return Ok((OLDEST_ASSUMED, Some(warning)));
    }
    Ok((version, None))
}

/// The version that `.python-version` names, if the file exists and names a version of CPython.
fn pinned(cwd: &Path) -> Result<Option<PythonVersion>, Error> {
    let unreadable = |why: String| {
        let error = Error::new(format!("cannot read the settings file `.python-version`: {why}")).of(Kind::File);
        error.with_help("save it as UTF-8, or name the version by `--python-version`")
    };
    let bytes = match std::fs::read(cwd.join(".python-version")) {
        Ok(bytes) => bytes,
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::IsADirectory) => return Ok(None),
        Err(error) => return Err(unreadable(error.to_string())),
    };
    let text = text::file_text(&bytes).map_err(|offset| unreadable(format!("it is not UTF-8 at byte {offset}")))?;
    let Some(name) = pinned_name(&text) else { return Ok(None) };
    values::python_version(name).map(Some).map_err(|why| {
        let error = Error::new(format!("`.python-version` names Python {name}: {why}"));
        error.with_help("name the version that ran the tests by `--python-version` or `python-version`")
    })
}

/// The first CPython version in a `.python-version` file. `3` does not count, as it leaves the minor version open.
fn pinned_name(text: &str) -> Option<&str> {
    let lines = text.lines().map(|line| line.split('#').next().unwrap_or_default());
    let bare = |name| {
        let prefixes = ["cpython-", "cpython@", "cpython", "python-", "python@", "python"];
        prefixes.iter().find_map(|prefix| str::strip_prefix(name, prefix)).unwrap_or(name)
    };
    let is_version = |name: &&str| name.starts_with(|character: char| character.is_ascii_digit()) && *name != "3";
    lines.flat_map(str::split_whitespace).map(bare).find(is_version)
}

fn requires_python(pyproject: &Table) -> Option<&str> {
    let Value::Table(project) = &toml::get(pyproject, "project")?.value else { return None };
    let Value::Text(specifier) = &toml::get(project, "requires-python")?.value else { return None };
    Some(specifier)
}

/// Stands for the minor version of a Python 4.
const BEYOND: u32 = u32::MAX;

/// The oldest 3.Y that a version specifier admits (PEP 440); `None` if it has no lower bound.
fn lower_bound(specifier: &str) -> Option<u32> {
    let clauses = || specifier.split(',').map(strip);
    let operators = ["~=", "===", "==", ">=", ">"];
    let bound = |clause: &str| {
        let version = strip(operators.iter().find_map(|operator| clause.strip_prefix(operator))?);
        match version.split_once('.') {
            _ if version == "3" => Some(0),
            Some(("3", _)) => values::minor_of(version),
            // Every 3.Y is greater than any 2.Y, and less than 4.
            Some((major, _)) => major.parse().ok().map(|major: u32| if major < 3 { 0 } else { BEYOND }),
            None => version.parse().ok().map(|major: u32| if major < 3 { 0 } else { BEYOND }),
        }
    };
    let mut minor = clauses().filter_map(bound).max()?;
    let excluded = |clause: &str| values::minor_of(strip(clause.strip_prefix("!=")?).strip_suffix(".*")?);
    let excluded: BTreeSet<u32> = clauses().filter_map(excluded).collect();
    while excluded.contains(&minor) && minor < BEYOND {
        minor += 1;
    }
    Some(minor)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pinned_version_is_the_first_of_cpython() {
        for (text, name) in [
            ("3.12\n", Some("3.12")),
            ("# ours\n\n3.11.7  # pinned\n3.12\n", Some("3.11.7")),
            ("cpython-3.14t", Some("3.14t")),
            ("pypy3.10-7.3\n3.13-dev", Some("3.13-dev")),
            ("system\n2.7.18", Some("2.7.18")),
            ("system\n", None),
            ("3", None),
            ("", None),
        ] {
            assert_eq!(pinned_name(text), name, "{text}");
        }
    }

    fn detected_by(pinned: &[u8]) -> Result<PythonVersion, String> {
        let directory = tempfile::tempdir().unwrap();
        std::fs::write(directory.path().join(".python-version"), pinned).unwrap();
        detect(directory.path(), None).map(|(version, _)| version).map_err(|error| error.to_string())
    }

    #[test]
    fn a_pinned_version_is_taken_at_its_word() {
        assert_eq!(detected_by(b"3.12\n"), Ok(PythonVersion { minor: 12 }));
        assert_eq!(detected_by(b"\xef\xbb\xbf3.14\n"), Ok(PythonVersion { minor: 14 }));
        assert_eq!(detected_by(b"system\n"), Ok(PythonVersion::default()));
        for name in ["3.7.9", "3.99", "2.7", "4.0"] {
            let error = detected_by(name.as_bytes()).unwrap_err();
            assert!(error.starts_with(&format!("`.python-version` names Python {name}: ")), "{error}");
        }
        let error = "cannot read the settings file `.python-version`: it is not UTF-8 at byte 0";
        assert_eq!(detected_by(b"\xff\xfe3\0.\x001\x002\0"), Err(error.into()));
    }

    #[test]
    fn the_lower_bound_is_the_oldest_version_admitted() {
        for (specifier, minor) in [
            (">=3.11", Some(11)),
            (">= 3.12.1, <4", Some(12)),
            ("~=3.13.0", Some(13)),
            ("==3.12.*", Some(12)),
            ("<4,>3.9,>=3.11,!=3.11.*", Some(12)),
            (">=3", Some(0)),
            (">=2.7", Some(0)),
            ("<3.13", None),
            ("", None),
        ] {
            assert_eq!(lower_bound(specifier), minor, "{specifier}");
        }
    }

    #[test]
    fn a_bound_outside_of_the_known_rules_is_said() {
        let detected = |specifier: &str| {
            let table = toml::parse(&format!("[project]\nrequires-python = '{specifier}'")).unwrap();
            let (version, warning) = detect(Path::new("/nonexistent"), Some(&table)).unwrap();
            (version.minor, warning.map(|warning| warning.text).unwrap_or_default())
        };
        assert_eq!(detected(">=3.11"), (11, String::new()));
        assert_eq!(detected(">=3.14"), (14, String::new()));
        assert_eq!(detected("<4"), (13, String::new()));
        let rest = "unless `--python-version` or `python-version` names the one that ran the tests";
        for specifier in [">=3.10", ">=3.8", ">=3", ">=2.7"] {
            let text = "`requires-python` allows versions before 3.11: the rules of 3.11 are used";
            assert_eq!(detected(specifier), (11, format!("{text}, {rest}")));
        }
        for (specifier, asked) in [(">=3.99", "Python 3.99"), (">=4", "a Python after 3")] {
            let newest = PythonVersion::NEWEST;
            let text =
                format!("`requires-python` asks for {asked}, whose rules are not known: those of {newest} are used");
            assert_eq!(detected(specifier), (newest.minor, format!("{text}, {rest}")));
        }
    }
}
