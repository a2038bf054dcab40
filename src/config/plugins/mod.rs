//! Plugins of coverage.py that set settings, built in.
//!
//! coverage.py lets each plugin of `[run] plugins` change the settings, in the order of the list, after all files were read. Two are known
//! here by what they do: [`covdefaults`] and [`conditional`]. Others only measure files of other kinds. Of the rest nobody knows: they are
//! named in a warning.

pub(super) mod conditional;
mod covdefaults;

use std::collections::BTreeMap;

use super::coverage::Options;
use super::{Error, Machine};
use crate::model::settings::PythonVersion;
use crate::model::warning::Warning;

/// Plugins that measure templates, shell scripts and the like, and set nothing.
const FILE_TRACERS: [&str; 8] = [
    "Cython.Coverage",
    "coverage_mako_plugin",
    "coverage_sh",
    "django_coverage_plugin",
    "enaml_coverage_plugin",
    "hy_coverage_plugin",
    "jinja_coverage",
    "rivescript_coverage_plugin",
];

/// Where the tests ran, as far as it is known here.
pub(super) struct Site<'a> {
    /// Whose rules hold: the version that ran the tests.
    pub(super) python: PythonVersion,
    /// The machine that reports, which stands for the one that measured.
    pub(super) machine: &'a Machine,
    /// The environment of covmerge, likewise.
    pub(super) variables: &'a BTreeMap<String, String>,
    /// Packages, and their versions; `None` for what is not installed.
    pub(super) installed: Option<&'a BTreeMap<String, Option<String>>>,
}

/// Lets every plugin change `options`. Plugins that are in `known` set nothing: their user says so.
///
/// # Errors
/// A plugin has options that it does not know, or rules that cannot be decided.
pub(super) fn apply(options: &mut Options, known: &[String], site: &Site<'_>) -> Result<(), Error> {
    let plugins = options.list("run", "plugins").unwrap_or_default().to_vec();
    for plugin in &plugins {
        match plugin.as_str() {
            "covdefaults" => covdefaults::apply(options, site)?,
            "coverage_conditional_plugin" => conditional::apply(options, site)?,
            name if FILE_TRACERS.contains(&name) || known.contains(plugin) => {}
            name => {
                let text = format!("the plugin `{name}` may change coverage.py's settings, and covmerge cannot run it");
                options.warnings.push(Warning::new(text).with_help(
                    "if it changes none, list it under `known-plugins` in covmerge's settings; otherwise copy its changes into coverage.py's settings",
                ));
            }
        }
    }
    Ok(())
}

/// A setting of a plugin is wrong. `place` says which.
fn wrong(plugin: &str, place: &str, why: &str) -> Error {
    Error::new(format!("{place} of the plugin `{plugin}` {why}"))
}

#[cfg(test)]
mod tests;
