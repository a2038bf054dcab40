//! Combines the layers of settings: flags win over covmerge's own settings, these over coverage.py's, and these over defaults.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use super::coverage::Options;
use super::limits::{check_file_patterns, check_patterns};
use super::options::Choices;
use super::{Environment, Error, commit, manifest, outputs, outside, source, tilde};
use crate::model::limits::Limits;
use crate::model::output::{Holds, Request};
use crate::model::settings::{
    Alias, Analysis, Common, Contexts, Discover, EXCLUDE_DEFAULTS, EXCLUSIONS, Gate, Html, Merge, OwnRules, PARTIAL,
    PARTIAL_ALWAYS_DEFAULTS, PARTIAL_DEFAULTS, Paths, PythonVersion, Render, Scope, Settings,
};
use crate::model::warning::Warning;
use crate::python::re::{self, Pattern};
use crate::python::text::quote;
use crate::regular;

/// Combines the settings. `chosen` holds flags and covmerge's settings; `python` is the Python version whose rules apply, with a warning if that is
/// doubtful, or the error if those rules or those of a plugin are not known; `judged` is whether a flag requests a verdict.
///
/// # Errors
/// A value that takes effect in coverage.py's settings is wrong, the root is not a directory, or an analysis is wanted and its rules are not known.
pub(super) fn settle(
    chosen: Choices,
    coverage: &Options,
    python: Result<(PythonVersion, Option<Warning>), Error>,
    judged: bool,
    environment: &Environment,
) -> Result<Settings, Error> {
    let said = chosen.clone();
    let chosen = chosen.over_coverage(coverage)?;
    let of_fragments = of_fragments(&chosen);
    let show_contexts = chosen.show_contexts.unwrap_or_default();
    // Pages use their own options first, then those of the table.
    let of_pages = |said: Option<bool>, option, chosen: Option<bool>| {
        said.or_else(|| coverage.flag("html", option)).or(chosen).unwrap_or_default()
    };
    let outputs = outputs::requests(chosen.output.clone(), coverage, &environment.outputs)?;
    let html = Html {
        title: coverage.text("html", "title").unwrap_or_default().to_owned(),
        show_contexts: of_pages(said.show_contexts, "show_contexts", None),
        skip_covered: of_pages(said.skip_covered, "skip_covered", chosen.skip_covered),
        skip_empty: of_pages(said.skip_empty, "skip_empty", chosen.skip_empty),
        extra_css: extra_css(coverage, &outputs, environment)?,
    };
    let has_contexts = |output: &Request| match output.format.holds {
        Holds::Report => false,
        Holds::Contexts | Holds::Pages if output.format.section == Some("html") => html.show_contexts,
        Holds::Contexts | Holds::Pages => show_contexts,
        Holds::Facts => true,
    };
    let root = root(chosen.root.as_deref(), environment)?;
    let common = Common {
        top: commit::top(&root),
        root,
        relative_files: coverage.flag("run", "relative_files").unwrap_or_default(),
        precision: chosen.precision.unwrap_or_default(),
        expect: chosen.expect,
        outside: outside::outside(chosen.allow_outside_root.as_deref(), environment),
    };
    let missing = outside::missing(chosen.allow_outside_root.as_deref(), environment);
    let is_data = |output: &Request| output.format.holds == Holds::Facts;
    let combine = !outputs.is_empty() && outputs.iter().all(is_data) && !judged;
    let (python, doubt) = known(python, combine)?;
    let keeps_facts = outputs.iter().any(is_data);
    let limits = chosen.limits.unwrap_or_default();
    let contexts = contexts(said.contexts.as_ref(), chosen.contexts.clone(), combine, keeps_facts, (python, limits))?;
    let scope = source::scope(chosen.source.clone(), chosen.analysis, coverage, &common.root, environment)?;
    let (paths, analysis) =
        (Paths { scope, ..paths(&chosen, coverage, environment)? }, analysis(&chosen, coverage, python)?);
    Ok(Settings {
        merge: Merge {
            contexts: Contexts { keep: outputs.iter().any(has_contexts), ..contexts },
            keep_omitted: keeps_facts,
            own_rules: own_rules(&chosen, chosen.python_version, coverage, python)?,
            ..of_fragments
        },
        paths,
        analysis,
        gate: Gate {
            fail_under: chosen.fail_under.filter(|_| !combine),
            allow_incomplete: chosen.allow_incomplete.unwrap_or_default(),
            names_expected: chosen.expect_in.as_ref().is_some_and(|places| !places.is_empty())
                || chosen.expect_file.is_some(),
            parts: Vec::new(),
        },
        render: Render {
            outputs,
            skip_covered: chosen.skip_covered.unwrap_or_default(),
            skip_empty: chosen.skip_empty.unwrap_or_default(),
            show_missing: chosen.show_missing.unwrap_or_default(),
            sort: chosen.sort.unwrap_or_default(),
            show_contexts,
            json_pretty: coverage.flag("json", "pretty_print").unwrap_or_default(),
            xml_package_depth: coverage.integer("xml", "package_depth").unwrap_or(99),
            xml_flavour: chosen.xml_flavour.unwrap_or_default(),
            work_tree: commit::work_tree(&common.root),
            source: coverage.list("run", "source").unwrap_or_default().to_vec(),
            lcov_checksums: coverage.flag("lcov", "line_checksums").unwrap_or_default(),
            timestamp: chosen.timestamp,
            commit: commit::detect(&common.root, environment),
            html,
        },
        manifest: chosen.expect_file.as_deref().map(|file| manifest::read(file, environment)).transpose()?,
        test_logs: chosen.test_log.unwrap_or_default(),
        discover: Discover {
            places: chosen.expect_in.unwrap_or_default(),
            outside: common.outside.clone(),
            limits,
            ..discover(chosen.fragments.unwrap_or_default(), coverage, environment)
        },
        common,
        parts: Vec::new(),
        jobs: chosen.jobs,
        files: Vec::new(),
        combine,
        delete_fragments: chosen.delete_fragments.unwrap_or_default(),
        warnings: coverage.warnings.iter().cloned().chain(doubt).chain(missing).collect(),
    })
}

/// The Python version whose rules apply, with a warning if that is doubtful. Without an analysis, it matters only to patterns.
///
/// # Errors
/// An analysis is wanted, and the rules are not known.
pub(super) fn known(
    python: Result<(PythonVersion, Option<Warning>), Error>,
    combine: bool,
) -> Result<(PythonVersion, Option<Warning>), Error> {
    if combine { Ok((python.map(|(version, _)| version).unwrap_or_default(), None)) } else { python }
}

/// Which contexts are read: those `chosen` by the user, whose own word, if there is one, is `said`. coverage.py's `[report] contexts` says what its
/// reports show; `coverage combine` keeps all.
///
/// # Errors
/// That Python version does not compile a pattern.
pub(super) fn contexts(
    said: Option<&Vec<String>>,
    chosen: Option<Vec<String>>,
    combine: bool,
    keeps_facts: bool,
    (python, limits): (PythonVersion, Limits),
) -> Result<Contexts, Error> {
    let chosen = chosen.unwrap_or_default();
    let (filter, reported) = match said {
        None if combine => (Vec::new(), Vec::new()),
        None if keeps_facts => (Vec::new(), chosen),
        _ => (chosen, Vec::new()),
    };
    for sources in [&filter, &reported] {
        check_patterns(sources, (false, python.minor), "of `contexts`", limits, |source, error| {
            not_of(python, source, "that selects contexts", error)
        })?;
    }
    Ok(Contexts { keep: false, filter, reported, python, limits })
}

/// How paths become ours, and which files count.
///
/// # Errors
/// The patterns of one setting are too large.
pub(super) fn paths(chosen: &Choices, coverage: &Options, environment: &Environment) -> Result<Paths, Error> {
    let limits = chosen.limits.unwrap_or_default();
    let places = places(chosen, coverage);
    let lists = [("include", chosen.include.as_deref()), ("omit", chosen.omit.as_deref())];
    for (setting, patterns) in lists.into_iter().chain([("[run] omit", coverage.list("run", "omit"))]) {
        check_file_patterns(patterns.unwrap_or_default(), setting, places.get(setting), limits)?;
    }
    let aliases = chosen.map.iter().flatten().map(|alias| alias.pattern.clone());
    check_file_patterns(&aliases.collect::<Vec<_>>(), "[paths]", None, limits)?;
    Ok(Paths {
        aliases: at_home(chosen.map.clone().unwrap_or_default(), environment),
        include: chosen.include.clone().unwrap_or_default(),
        omit: chosen.omit.clone().unwrap_or_default(),
        data_directory: data_directory(coverage, environment),
        scope: Scope::default(),
        places,
        limits,
    })
}

/// Where the settings of file patterns stand, as far as they stand in files.
fn places(chosen: &Choices, coverage: &Options) -> BTreeMap<String, String> {
    let lists = [("include", &chosen.include), ("omit", &chosen.omit)].into_iter().filter_map(|(setting, list)| {
        let of_coverage =
            || coverage.line_of("report", setting).filter(|_| list.as_deref() == coverage.list("report", setting));
        Some((setting.to_owned(), chosen.places.get(setting).cloned().or_else(of_coverage)?))
    });
    let scope = coverage.line_of("run", "omit").map(|place| ("[run] omit".to_owned(), place));
    let entries = coverage
        .paths
        .iter()
        .filter_map(|(entry, _)| Some((format!("[paths] {entry}"), coverage.line_of("paths", entry)?)));
    lists.chain(scope).chain(entries).collect()
}

/// How sources are analysed.
///
/// # Errors
/// That Python version does not compile a pattern, or patterns cannot be joined.
pub(super) fn analysis(chosen: &Choices, coverage: &Options, python: PythonVersion) -> Result<Analysis, Error> {
    let limits = chosen.limits.unwrap_or_default();
    Ok(Analysis {
        python,
        statements: chosen.analysis.unwrap_or_default(),
        exclude: exclude(coverage, python, limits)?,
        exclude_place: place(&EXCLUSIONS, coverage),
        own_exclusions: coverage.list("report", "exclude_lines").is_some(),
        partial: partial(coverage, python, limits)?,
        partial_place: place(&PARTIAL, coverage),
        ignore_errors: chosen.ignore_errors.unwrap_or_default(),
        stale_sources: chosen.stale_sources.unwrap_or_default(),
        limits,
    })
}

/// The directory of `data_file`, absolute, if the setting names one.
fn data_directory(coverage: &Options, environment: &Environment) -> Option<PathBuf> {
    let directory = Path::new(coverage.text("run", "data_file")?).parent()?;
    (!directory.as_os_str().is_empty()).then(|| environment.cwd.join(directory))
}

/// Which fragments are merged.
fn of_fragments(chosen: &Choices) -> Merge {
    Merge {
        bad_fragments: chosen.bad_fragments.unwrap_or_default(),
        unfinished_fragments: chosen.unfinished_fragments.unwrap_or_default(),
        max_age: chosen.max_age,
        branch_mix: chosen.branch_mix.unwrap_or_default(),
        ..Merge::default()
    }
}

/// The settings for finding fragments.
pub(super) fn discover(fragments: Vec<String>, coverage: &Options, environment: &Environment) -> Discover {
    let data_file = coverage.text("run", "data_file").unwrap_or(".coverage").into();
    let cwd = environment.cwd.clone();
    Discover { data_root: cwd.clone(), cwd, fragments, data_file, ..Discover::default() }
}

fn root(chosen: Option<&str>, environment: &Environment) -> Result<std::path::PathBuf, Error> {
    let root = environment.cwd.join(chosen.unwrap_or("."));
    let shown = chosen.unwrap_or("the current directory");
    match root.canonicalize() {
        Ok(root) if root.is_dir() => Ok(root),
        Ok(_) => Err(Error::new(format!("the root `{shown}` is not a directory")).with_help(ROOT_HELP)),
        Err(error) => Err(Error::new(format!("cannot find the root `{shown}`: {error}")).with_help(ROOT_HELP)),
    }
}

const ROOT_HELP: &str = "`--root` names the directory that source paths are relative to";

/// The user's style sheet, if there is one and if pages are written.
fn extra_css(coverage: &Options, outputs: &[Request], environment: &Environment) -> Result<Option<String>, Error> {
    let Some(path) = coverage.text("html", "extra_css").filter(|path| !path.is_empty()) else { return Ok(None) };
    if !outputs.iter().any(|output| output.format.section == Some("html")) {
        return Ok(None);
    }
    let text = regular::read(&environment.cwd.join(path))
        .and_then(|bytes| String::from_utf8(bytes).map_err(|_| io::Error::other("it is not UTF-8")));
    text.map(|css| Some(as_read_by_html(&css))).map_err(|error| {
        let message = format!("`extra_css` of `[html]` in {}: cannot read `{path}`: {error}", coverage.place());
        Error::new(message).with_help("name a UTF-8 style sheet by its path relative to the working directory")
    })
}

/// The style sheet as a browser reads it within a page: the browser computes its digest after these changes.
fn as_read_by_html(css: &str) -> String {
    css.trim_start_matches('\u{feff}').replace("\r\n", "\n").replace('\r', "\n").replace('\0', "\u{fffd}")
}

/// The aliases with `~` expanded.
fn at_home(aliases: Vec<Alias>, environment: &Environment) -> Vec<Alias> {
    let home = |path| tilde::expand(path, environment.home.as_ref());
    let at_home =
        |Alias { origin, by, pattern, result }| Alias { origin, by, pattern: home(pattern), result: home(result) };
    aliases.into_iter().map(at_home).collect()
}

/// The settings that decide numbers, if they are set.
pub(super) fn own_rules(
    chosen: &Choices,
    version: Option<PythonVersion>,
    coverage: &Options,
    python: PythonVersion,
) -> Result<OwnRules, Error> {
    let limits = chosen.limits.unwrap_or_default();
    let is_set = |options: &[&'static str]| options.iter().any(|option| coverage.list("report", option).is_some());
    let [exclude_is_set, partial_is_set] = [&EXCLUSIONS[..], &PARTIAL].map(is_set);
    let written = [(exclude_is_set, &EXCLUSIONS[..]), (partial_is_set, &PARTIAL)];
    let written = written.into_iter().filter(|(is_set, _)| *is_set).flat_map(|(_, options)| coverage.written(options));
    Ok(OwnRules {
        python: version,
        unfinished_fragments: chosen.unfinished_fragments,
        exclude: exclude_is_set.then(|| exclude(coverage, python, limits)).transpose()?,
        partial: partial_is_set.then(|| partial(coverage, python, limits)).transpose()?,
        written: written.collect(),
    })
}

fn exclude(coverage: &Options, python: PythonVersion, limits: Limits) -> Result<Vec<String>, Error> {
    together(listed(coverage, "exclude_lines", EXCLUDE_DEFAULTS), &EXCLUSIONS, coverage, python, limits)
}

fn partial(coverage: &Options, python: PythonVersion, limits: Limits) -> Result<Vec<String>, Error> {
    let lists = [
        listed(coverage, "partial_branches", PARTIAL_DEFAULTS),
        listed(coverage, "partial_branches_always", PARTIAL_ALWAYS_DEFAULTS),
    ];
    let mut patterns = lists.concat();
    if patterns.is_empty() {
        // coverage.py joins an empty list to the empty pattern, which matches every line: no branch is then partial.
        patterns.push(String::new());
    }
    together(patterns, &PARTIAL, coverage, python, limits)
}

/// Whether the patterns are coverage.py's defaults. They compile, and to see that would take longer than to read all other settings.
fn are_defaults(patterns: &[String]) -> bool {
    let are = |lists: &[&[&str]]| patterns.iter().eq(lists.concat());
    are(&[EXCLUDE_DEFAULTS]) || are(&[PARTIAL_DEFAULTS, PARTIAL_ALWAYS_DEFAULTS])
}

fn listed(coverage: &Options, option: &'static str, default: &[&str]) -> Vec<String> {
    let default = || default.iter().map(ToString::to_string).collect();
    coverage.list("report", option).map_or_else(default, <[String]>::to_vec)
}

/// Checks that the patterns compile, also when joined: a pattern may not be valid beside others.
fn together(
    sources: Vec<String>,
    options: &[&'static str],
    coverage: &Options,
    python: PythonVersion,
    limits: Limits,
) -> Result<Vec<String>, Error> {
    if are_defaults(&sources) && limits.pattern_size >= Limits::DEFAULT.pattern_size {
        return Ok(sources);
    }
    let place = place(options, coverage);
    check_patterns(&sources, (true, python.minor), &place, limits, |source, error| {
        not_of(python, source, &place, error)
    })?;
    Pattern::size(&re::joined(&sources), true, python.minor).map_err(|error| {
        Error::new(format!("the patterns {place} cannot be joined: {error}"))
            .with_help("write a flag for one pattern as `(?i:…)`, and do not name groups")
    })?;
    Ok(sources)
}

/// The place of these options in coverage.py's settings, after a preposition.
fn place(options: &[&'static str], coverage: &Options) -> String {
    format!("of `[report] {}` in {}", coverage.written(options).join("`, `"), coverage.place())
}

/// The error for a pattern that only other Python versions compile.
fn not_of(python: PythonVersion, source: &str, whose: &str, error: &re::Error) -> Error {
    Error::new(format!("Python {python} does not compile the pattern {} {whose}: {error}", quote(source)))
        .with_help("rewrite the pattern, or name the Python that ran the tests with `--python-version`")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_patterns_compile_for_every_python() {
        for lists in [&[EXCLUDE_DEFAULTS][..], &[PARTIAL_DEFAULTS, PARTIAL_ALWAYS_DEFAULTS]] {
            let patterns: Vec<String> = lists.concat().into_iter().map(str::to_owned).collect();
            assert!(are_defaults(&patterns) && !are_defaults(&patterns[1..]));
            for minor in PythonVersion::OLDEST.minor..=PythonVersion::NEWEST.minor {
                assert!(patterns.iter().all(|pattern| Pattern::new(pattern, minor).is_ok()));
                assert!(Pattern::any_of(&patterns, minor, Limits::DEFAULT).is_ok());
            }
        }
    }
}
