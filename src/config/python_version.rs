//! Whose rules decide what a statement is, when nobody said so: what the project says of its Python.
//!
//! `.python-version`, else the lower bound of `requires-python`, else the default. Rules are known for some releases only; the
//! nearest one stands in for a project that is older (its statements are the same in all but rare cases) or newer.

use std::collections::BTreeSet;
use std::path::Path;

use super::toml::{self, Table, Value};
use crate::model::settings::PythonVersion;
use crate::model::warning::Warning;
use crate::python::text::strip;

/// The version to go by, and what is odd about it. `cwd` holds `.python-version`, `pyproject` is `pyproject.toml`.
pub(super) fn detect(cwd: &Path, pyproject: Option<&Table>) -> (PythonVersion, Option<Warning>) {
    let pinned = std::fs::read_to_string(cwd.join(".python-version")).ok();
    let found = pinned.as_deref().and_then(pinned_minor).map(|minor| (minor, "`.python-version`"));
    let required = || Some((pyproject.and_then(requires_python).and_then(lower_bound)?, "`requires-python`"));
    match found.or_else(required) {
        Some((minor, place)) if minor > u32::from(PythonVersion::NEWEST.minor) => {
            let newest = PythonVersion::NEWEST;
            let asked = if minor == BEYOND { "a Python after 3".to_owned() } else { format!("Python 3.{minor}") };
            let text = format!("{place} asks for {asked}, whose rules are not known: those of {newest} are used");
            (newest, Some(Warning::new(text).with_help("say which rules to use by `--python-version`")))
        }
        Some((minor, _)) => {
            let minor = u8::try_from(minor).unwrap_or_default().max(PythonVersion::OLDEST.minor);
            (PythonVersion { minor }, None)
        }
        None => (PythonVersion::default(), None),
    }
}

/// The `Y` of `3.Y` with anything that may follow it in a version; `None` if it is not of that form.
pub(super) fn minor_of(version: &str) -> Option<u32> {
    let rest = strip(version).strip_prefix("3.")?;
    let end = rest.find(|character: char| !character.is_ascii_digit()).unwrap_or(rest.len());
    let (minor, rest) = rest.split_at(end);
    // 3.13.1, 3.13t, 3.13-dev, 3.15rc1: but not 3.13,3.14.
    let follows =
        rest.chars().all(|character| character.is_ascii_alphanumeric() || matches!(character, '.' | '-' | '+' | '*'));
    minor.parse().ok().filter(|_| follows)
}

/// The first version of a `.python-version` file that is CPython's.
fn pinned_minor(text: &str) -> Option<u32> {
    let lines = text.lines().map(|line| line.split('#').next().unwrap_or_default());
    let versions = lines.flat_map(str::split_whitespace);
    let bare = |version: &str| {
        let name = ["cpython-", "cpython@", "cpython", "python-", "python@", "python"];
        minor_of(name.iter().find_map(|name| version.strip_prefix(name)).unwrap_or(version))
    };
    versions.into_iter().find_map(bare)
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
            Some(("3", _)) => minor_of(version),
            // Every 3.Y is above a 2.Y, and none above 4.
            Some((major, _)) => major.parse().ok().map(|major: u32| if major < 3 { 0 } else { BEYOND }),
            None => version.parse().ok().map(|major: u32| if major < 3 { 0 } else { BEYOND }),
        }
    };
    let mut minor = clauses().filter_map(bound).max()?;
    let excluded = |clause: &str| minor_of(strip(clause.strip_prefix("!=")?).strip_suffix(".*")?);
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
        for (text, minor) in [
            ("3.12\n", Some(12)),
            ("# ours\n\n3.11.7  # pinned\n3.12\n", Some(11)),
            ("cpython-3.14t", Some(14)),
            ("pypy3.10-7.3\n3.13-dev", Some(13)),
            ("system\n", None),
            ("3", None),
            ("", None),
        ] {
            assert_eq!(pinned_minor(text), minor, "{text}");
        }
    }

    #[test]
    fn a_python_after_3_is_named_as_such() {
        let pyproject = toml::parse("[project]\nrequires-python = '>=4'\n").unwrap();
        let (version, warning) = detect(Path::new("nowhere"), Some(&pyproject));
        assert_eq!(version, PythonVersion::NEWEST);
        assert!(warning.unwrap().text.starts_with("`requires-python` asks for a Python after 3, whose rules"));
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
    fn projects_beyond_what_is_known_get_the_nearest_rules() {
        let detected = |specifier: &str| {
            let table = toml::parse(&format!("[project]\nrequires-python = '{specifier}'")).unwrap();
            detect(Path::new("/nonexistent"), Some(&table))
        };
        assert_eq!(detected(">=3.8"), (PythonVersion::OLDEST, None));
        assert_eq!(detected(">=3.14"), (PythonVersion { minor: 14 }, None));
        let (version, warning) = detected(">=3.99");
        assert_eq!(version, PythonVersion::NEWEST);
        assert!(warning.unwrap().text.contains("Python 3.99"));
        assert_eq!(detect(Path::new("/nonexistent"), None), (PythonVersion::default(), None));
    }
}
