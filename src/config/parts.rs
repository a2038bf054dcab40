//! The parts of a run: packages of a monorepo, each with its own root and its own settings of coverage.py's.
//!
//! The command line and covmerge's settings for the whole run come before the settings in a root, as they come before coverage.py's anywhere.

use std::path::{Path, PathBuf};

use super::coverage::{self, Options};
use super::options::Choices;
use super::part::Asked;
use super::{Environment, Error, covmerge, layers, plugins, python_version, source};
use crate::model::output::Holds;
use crate::model::settings::{Contexts, MergePart, Part, PartPlaces, PythonVersion, Settings};
use crate::model::warning::Warning;

/// A part with the settings in its root.
#[derive(Debug)]
pub(super) struct Opened {
    asked: Asked,
    /// The environment in which coverage.py would run there.
    environment: Environment,
    coverage: Options,
    rcfile: Option<String>,
}

/// Reads the settings in the roots of parts. An `rcfile` holds for all of them.
///
/// # Errors
/// A root does not exist, or two parts have the same; or the settings in one are wrong.
pub(super) fn open(
    asked: Option<Vec<Asked>>,
    rcfile: Option<&str>,
    environment: &Environment,
) -> Result<Vec<Opened>, Error> {
    let mut parts: Vec<Opened> = Vec::new();
    for asked in asked.unwrap_or_default() {
        let cwd = environment.cwd.join(&asked.root).canonicalize().map_err(|error| {
            Error::new(format!("cannot find the root of part `{}`, `{}`: {error}", asked.name, asked.root))
        })?;
        if let Some(other) = parts.iter().find(|other| other.environment.cwd == cwd) {
            let message = format!("the parts `{}` and `{}` have the same root", other.asked.name, asked.name);
            return Err(Error::new(message).with_help("make them one part: its `fragments` is a list"));
        }
        // The usual name and an empty one do not name a file.
        let rcfile = rcfile.map(|name| match name {
            "" | ".coveragerc" => name.to_owned(),
            name => environment.cwd.join(name).to_string_lossy().into_owned(),
        });
        let environment = Environment { cwd, ..environment.clone() };
        let coverage = Options::read(rcfile.as_deref(), &environment).map_err(|error| error.in_part(&asked.name))?;
        parts.push(Opened { asked, environment, coverage, rcfile });
    }
    Ok(parts)
}

/// Where the fragments of the parts are.
pub(super) fn places(parts: &[Opened]) -> Vec<PartPlaces> {
    let place = |Opened { asked, environment, coverage, .. }: &Opened| PartPlaces {
        name: asked.name.clone(),
        root: environment.cwd.clone(),
        fragments: asked.fragments.clone(),
        data_file: environment.cwd.join(coverage.text("run", "data_file").unwrap_or(".coverage")),
    };
    parts.iter().map(place).collect()
}

/// Adds the parts to the settings of the run. `chosen` holds flags and covmerge's settings, and `flag` the Python version that a flag names.
///
/// # Errors
/// A value in the settings of a part is wrong, or its root lies outside of that of the run.
pub(super) fn settle(
    parts: Vec<Opened>,
    chosen: &Choices,
    flag: Option<PythonVersion>,
    settings: &mut Settings,
) -> Result<(), Error> {
    settings.discover.parts = places(&parts);
    for part in parts {
        let name = part.asked.name.clone();
        add(part, chosen, flag, settings).map_err(|error| error.in_part(&name))?;
    }
    Ok(())
}

fn add(
    Opened { asked, environment: own, mut coverage, rcfile }: Opened,
    chosen: &Choices,
    flag: Option<PythonVersion>,
    settings: &mut Settings,
) -> Result<(), Error> {
    let Some(shown) = below(&own.cwd, &settings.common.root) else {
        let message = format!("its root, `{}`, lies outside of the root of the run", asked.root);
        return Err(
            Error::new(message).with_help("run covmerge in a directory that holds all parts, or name it with `--root`")
        );
    };
    let pyproject = covmerge::document(&own, "pyproject.toml")?;
    let python = match flag.or(asked.python).or(chosen.python_version) {
        Some(version) => Ok((version, None)),
        None => python_version::detect(&own.cwd, pyproject.as_ref()),
    };
    let site = plugins::Site {
        python: python.as_ref().map(|(version, _)| *version).unwrap_or_default(),
        machine: &own.machine,
        variables: &own.variables,
        installed: chosen.installed.as_ref(),
    };
    let applied = plugins::apply(&mut coverage, chosen.known_plugins.as_deref().unwrap_or_default(), &site);
    let (python, doubt) = layers::known(applied.and(python), settings.combine)?;
    let said = Choices { fail_under: asked.fail_under, ..chosen.clone() };
    let all = said.over_coverage(&coverage)?;
    let keeps_facts = settings.render.outputs.iter().any(|output| output.format.holds == Holds::Facts);
    let limits = chosen.limits.unwrap_or_default();
    let contexts = layers::contexts(
        chosen.contexts.as_ref(),
        all.contexts.clone(),
        settings.combine,
        keeps_facts,
        (python, limits),
    )?;
    settings.merge.parts.push(MergePart {
        contexts: Contexts { keep: settings.merge.contexts.keep, ..contexts },
        own_rules: layers::own_rules(chosen, chosen.python_version.or(asked.python), &coverage, python)?,
    });
    settings.gate.parts.push(all.fail_under.filter(|_| !settings.combine));
    let mut paths = layers::paths(&all, &coverage, &own)?;
    paths.scope = source::scope(source::of_part(chosen.source.as_ref()), chosen.analysis, &coverage, &own.cwd, &own)?;
    let (include_of_run, omit_of_run) = (chosen.include.is_some(), chosen.omit.is_some());
    if include_of_run {
        paths.include.clear();
    }
    if omit_of_run {
        paths.omit.clear();
    }
    settings.parts.push(Part {
        name: asked.name.clone(),
        shown,
        root: own.cwd.clone(),
        relative_files: coverage.flag("run", "relative_files").unwrap_or_default(),
        paths,
        include_of_run,
        omit_of_run,
        analysis: layers::analysis(&all, &coverage, python)?,
    });
    let files =
        coverage::names(rcfile.as_deref(), &own).chain([".python-version", "pyproject.toml"].map(str::to_owned));
    settings.files.extend(files.map(|file| own.cwd.join(file)));
    let of_part = |warning: &Warning| Warning {
        text: format!("part `{}`: {}", asked.name, warning.text),
        help: warning.help.clone(),
    };
    settings.warnings.extend(coverage.warnings.iter().chain(&doubt).map(of_part));
    Ok(())
}

/// The path of a directory from the root of the run on; `None` if it lies outside.
fn below(directory: &Path, root: &Path) -> Option<String> {
    let below: &Path = directory.strip_prefix(root).ok()?;
    let below: PathBuf = below.into();
    Some(if below.as_os_str().is_empty() { ".".into() } else { below.to_string_lossy().into_owned() })
}
