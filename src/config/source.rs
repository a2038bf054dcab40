//! `--source`: directories and packages whose Python files count, whether a fragment names them or not.

use std::path::Path;

use super::coverage::Options;
use super::entry::{self, Entry};
use super::toml::Value;
use super::{Environment, Error, tilde, values};
use crate::model::settings::{Place, Scope, StatementsFrom};

/// The value of `--source` without one. No argument of a process can hold it.
pub(super) const ALONE: &str = "\0";

/// One value of `--source`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    /// coverage.py's `source`, `source_pkgs` and `source_dirs`.
    OfCoverage {
        /// Whether it stands on the command line.
        is_of_line: bool,
    },
    /// A directory or a package.
    Named {
        /// As written.
        name: String,
        /// Whether it stands on the command line.
        is_of_line: bool,
    },
}

/// Directories and packages, separated by commas, on the command line.
pub(super) fn of_line(text: &str) -> Result<Vec<Wanted>, String> {
    if text == ALONE {
        return Ok(vec![Wanted::OfCoverage { is_of_line: true }]);
    }
    let named = |name: &str| Wanted::Named { name: name.to_owned(), is_of_line: true };
    let wanted: Vec<Wanted> = values::comma_list(text).map(named).collect();
    let none = "expected a directory or a package; `--source` alone stands for those of coverage.py's settings";
    if wanted.is_empty() { Err(none.into()) } else { Ok(wanted) }
}

/// The same as a key: a list, or true for `--source` alone.
pub(super) fn of_file(entry: &Entry<'_>) -> Result<Vec<Wanted>, Error> {
    match entry.item.value {
        Value::Boolean(true) => Ok(vec![Wanted::OfCoverage { is_of_line: false }]),
        Value::Boolean(false) => Ok(Vec::new()),
        _ => Ok(entry::paths(entry)?.into_iter().map(|name| Wanted::Named { name, is_of_line: false }).collect()),
    }
}

/// The same for a run with parts, of which only some need to name any in their settings.
pub(super) fn of_some(wanted: &[Wanted]) -> Vec<Wanted> {
    let of_coverage = |wanted: &Wanted| matches!(wanted, Wanted::OfCoverage { .. });
    let of_some = Wanted::OfCoverage { is_of_line: false };
    wanted.iter().map(|wanted| if of_coverage(wanted) { of_some.clone() } else { wanted.clone() }).collect()
}

/// Those of them that each part has in its settings.
pub(super) fn of_part(wanted: Option<&Vec<Wanted>>) -> Option<Vec<Wanted>> {
    let of_coverage = |wanted: &Wanted| matches!(wanted, Wanted::OfCoverage { .. });
    Some(of_some(wanted?).into_iter().filter(of_coverage).collect())
}

/// The places that are wanted.
///
/// # Errors
/// coverage.py's are wanted on the command line, and its settings name none. Places are wanted, but sources are not to be analysed.
pub(super) fn scope(
    wanted: Option<Vec<Wanted>>,
    analysis: Option<StatementsFrom>,
    coverage: &Options,
    root: &Path,
    environment: &Environment,
) -> Result<Scope, Error> {
    let directory = |name: &str, base: &Path| {
        let directory = base.join(tilde::expand(name.to_owned(), environment.home.as_ref()));
        directory.is_dir().then_some(directory)
    };
    let mut places = Vec::new();
    for wanted in wanted.unwrap_or_default() {
        match wanted {
            Wanted::Named { name, is_of_line } => {
                let origin = if is_of_line { "`--source`" } else { "`source` of covmerge's settings" }.to_owned();
                places.push(Place { directory: directory(&name, &environment.cwd), name, origin, is_of_line });
            }
            Wanted::OfCoverage { is_of_line } => {
                let before = places.len();
                for option in ["source", "source_pkgs", "source_dirs"] {
                    let names = coverage.list("run", option).unwrap_or_default().iter().filter(|name| !name.is_empty());
                    places.extend(names.map(|name| Place {
                        directory: match option {
                            "source_pkgs" => None,
                            "source_dirs" => Some(root.join(name)),
                            _ => directory(name, root),
                        },
                        name: name.clone(),
                        origin: format!("`[run] {option}`"),
                        is_of_line: false,
                    }));
                }
                if is_of_line && places.len() == before {
                    let error = Error::new(
                        "`--source` without a value stands for that of coverage.py's settings, which name none",
                    );
                    return Err(error.with_help(
                        "name a directory or a package, as in `--source=src`, or set `[run] source` in coverage.py's settings",
                    ));
                }
            }
        }
    }
    if !places.is_empty() && analysis == Some(StatementsFrom::Fragments) {
        let error = Error::new("`source` and `analysis = never` exclude each other");
        return Err(error.with_help(
            "only an analysis finds the statements of files that no fragment names: leave one of the two out",
        ));
    }
    Ok(Scope {
        places,
        omit: coverage.list("run", "omit").unwrap_or_default().to_vec(),
        namespace_packages: coverage.flag("report", "include_namespace_packages").unwrap_or_default(),
    })
}
