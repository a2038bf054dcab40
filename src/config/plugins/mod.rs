//! Plugins of coverage.py that set settings, built in.
//!
//! coverage.py lets each plugin of `[run] plugins` change the settings, in list order, after all files were read. Two plugins are built in:
//! [`covdefaults`] and [`conditional`]. Some others only measure files of other kinds. A warning names the remaining ones, whose effect is unknown.

pub(super) mod conditional;
mod covdefaults;

use std::collections::BTreeMap;

use super::coverage::Options;
use super::{Error, Machine};
use crate::model::settings::PythonVersion;
use crate::model::warning::Warning;

/// Plugins that measure templates, shell scripts and the like, and change no settings.
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

/// Where the tests ran, as far as it is known.
pub(super) struct Site<'a> {
    /// The Python version whose rules apply: the one that ran the tests.
    pub(super) python: PythonVersion,
    /// The machine that makes the report; it stands for the one that measured.
    pub(super) machine: &'a Machine,
    /// The environment of covmerge; it stands for that of the tests.
    pub(super) variables: &'a BTreeMap<String, String>,
    /// Packages and their versions; `None` for a package that is not installed.
    pub(super) installed: Option<&'a BTreeMap<String, Option<String>>>,
}

/// Lets every plugin change `options`. The user states that plugins in `known` change nothing.
///
/// # Errors
/// A plugin has unknown options, or rules that cannot be decided.
pub(super) fn apply(options: &mut Options, known: &[String], site: &Site<'_>) -> Result<(), Error> {
    let plugins = options.list("run", "plugins").unwrap_or_default().to_vec();
    for (at, plugin) in plugins.iter().enumerate() {
        match plugin.as_str() {
            "covdefaults" => covdefaults::apply(options, site)?,
            "coverage_conditional_plugin" => conditional::apply(options, site)?,
            name if FILE_TRACERS.contains(&name) || known.contains(plugin) || plugins[..at].contains(plugin) => {}
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

/// The error of a plugin's option; `place` is its line and file.
fn wrong(plugin: &str, option: &str, place: &str, why: &str) -> Error {
    Error::new(format!("the option `{option}` of the plugin `{plugin}` ({place}) {why}"))
}

#[cfg(test)]
mod tests;
