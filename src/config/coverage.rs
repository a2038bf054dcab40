//! coverage.py's settings: the file that holds them, and their values.
//!
//! Candidates in order: `.coveragerc`, `.coveragerc.toml` (either wins if it exists), `setup.cfg`, `tox.ini`, `pyproject.toml` (each wins if it sets
//! something), all in the working directory only. `--rcfile` or `COVERAGE_RCFILE` names a file instead. Files before the winner are read and may
//! cause warnings or errors; files after it are not opened. `COVERAGE_FILE` overrides `data_file`.
//! Warnings and errors are in the words of coverage.py (`read_coverage_config`).

use std::collections::{BTreeMap, BTreeSet};
use std::io::ErrorKind;

use super::document::{Document, Expansion, Fault, Kind, Setting};
use super::nearest::did_you_mean;
use super::toml::{Item, Table};
use super::{Environment, Error, tilde};
use crate::model::settings::{EXCLUDE_DEFAULTS, PARTIAL_DEFAULTS};
use crate::model::warning::Warning;
use crate::python::text;
use crate::regular;

/// The largest size of a settings file that is not a regular one.
const MOST: u64 = 64 << 20;

/// Every option that coverage.py knows, in the order in which it reads them.
const OPTIONS: &[(&str, &str, Kind)] = &[
    ("run", "branch", Kind::Flag),
    ("run", "command_line", Kind::Text),
    ("run", "concurrency", Kind::List),
    ("run", "context", Kind::Text),
    ("run", "core", Kind::Text),
    ("run", "cover_pylib", Kind::Flag),
    ("run", "data_file", Kind::File),
    ("run", "debug", Kind::List),
    ("run", "debug_file", Kind::File),
    ("run", "disable_warnings", Kind::List),
    ("run", "dynamic_context", Kind::Text),
    ("run", "parallel", Kind::Flag),
    ("run", "patch", Kind::List),
    ("run", "plugins", Kind::List),
    ("run", "relative_files", Kind::Flag),
    ("run", "include", Kind::List),
    ("run", "omit", Kind::List),
    ("run", "sigterm", Kind::Flag),
    ("run", "source", Kind::List),
    ("run", "source_pkgs", Kind::List),
    ("run", "source_dirs", Kind::List),
    ("run", "timid", Kind::Flag),
    ("run", "_crash", Kind::Text),
    ("report", "exclude_lines", Kind::Patterns),
    ("report", "exclude_also", Kind::Patterns),
    ("report", "fail_under", Kind::Number),
    ("report", "format", Kind::Text),
    ("report", "ignore_errors", Kind::Flag),
    ("report", "include_namespace_packages", Kind::Flag),
    ("report", "partial_branches_always", Kind::Patterns),
    ("report", "partial_branches", Kind::Patterns),
    ("report", "partial_also", Kind::Patterns),
    ("report", "precision", Kind::Integer),
    ("report", "contexts", Kind::List),
    ("report", "include", Kind::List),
    ("report", "omit", Kind::List),
    ("report", "show_missing", Kind::Flag),
    ("report", "skip_covered", Kind::Flag),
    ("report", "skip_empty", Kind::Flag),
    ("report", "sort", Kind::Text),
    ("html", "extra_css", Kind::Text),
    ("html", "directory", Kind::File),
    ("html", "skip_covered", Kind::Flag),
    ("html", "skip_empty", Kind::Flag),
    ("html", "title", Kind::Text),
    ("html", "show_contexts", Kind::Flag),
    ("xml", "output", Kind::File),
    ("xml", "package_depth", Kind::Integer),
    ("json", "output", Kind::File),
    ("json", "pretty_print", Kind::Flag),
    ("json", "show_contexts", Kind::Flag),
    ("lcov", "output", Kind::File),
    ("lcov", "line_checksums", Kind::Flag),
];

/// The sections of these options, in order.
const SECTIONS: [&str; 6] = ["run", "report", "html", "xml", "json", "lcov"];

/// coverage.py's settings.
#[derive(Clone, Debug, Default)]
pub(super) struct Options {
    values: BTreeMap<(&'static str, &'static str), Setting>,
    /// `[paths]`: each entry's name and locations, in order.
    pub(super) paths: Vec<(String, Vec<String>)>,
    /// The sections of the plugins that the settings name.
    plugins: BTreeMap<String, Table>,
    /// The lines of the options and entries in the file.
    lines: BTreeMap<(&'static str, String), usize>,
    /// The options that extend lists, as far as they are set, and the lists that these are set beside.
    written: BTreeSet<&'static str>,
    /// The file with the settings, as written or looked for; `None` if there is none.
    pub(super) file: Option<String>,
    /// Warnings about options that coverage.py does not know, and about unreadable files.
    pub(super) warnings: Vec<Warning>,
}

/// The lists that other options extend.
const EXTENDED: [&str; 2] = ["exclude_lines", "partial_branches"];

impl Options {
    /// Reads the settings for the working directory; `rcfile` is the argument of `--rcfile`.
    ///
    /// # Errors
    /// A file that is read is malformed, or a named file cannot be read.
    pub(super) fn read(rcfile: Option<&str>, environment: &Environment) -> Result<Self, Error> {
        let mut options = Self::default();
        for candidate in candidates(rcfile, environment) {
            let found = options.read_file(&candidate, environment)?;
            if found {
                options.file = Some(candidate.name);
                break;
            }
            if let Some(origin) = candidate.named_by {
                let message = format!("Couldn't read {} as a config file", text::quote(&candidate.name));
                return Err(Error::new(message)
                    .with_help(format!("{origin} names it: name a file that can be read, or none"))
                    .of(super::Kind::File));
            }
        }
        options.join_lists();
        if let Some(data_file) = environment.variable("COVERAGE_FILE") {
            options.values.insert(("run", "data_file"), Setting::Text(data_file.into()));
        }
        Ok(options)
    }

    /// Reads the settings of one file. Returns whether it holds coverage.py's settings.
    fn read_file(&mut self, candidate: &Candidate, environment: &Environment) -> Result<bool, Error> {
        let name = &candidate.name;
        let path = environment.cwd.join(name);
        // A user may name a pipe, but no pipe of a usual name is waited for.
        let named = || regular::read_named(&path, MOST);
        let bytes = match if candidate.named_by.is_some() { named() } else { regular::read(&path) } {
            Ok(bytes) => bytes,
            Err(error) => {
                // coverage.py silently skips a file that it may not read, and the settings in it would be lost.
                if candidate.named_by.is_none() && error.kind() != ErrorKind::NotFound {
                    let text = format!("cannot read the settings file `{name}`: {error}");
                    self.warnings.push(Warning::new(text).with_help("make it readable, or remove it"));
                }
                return Ok(false);
            }
        };
        let broken = |why: &str| Error::new(format!("Couldn't read config file {name}: {why}")).of(super::Kind::File);
        let text = text::file_text(&bytes)
            .map_err(|offset| broken(&format!("it is not UTF-8 at byte {offset}")).with_help("save it as UTF-8"))?;
        let document = Document::parse(&text, name, candidate.own).map_err(|why| broken(&why))?;
        let fail = |section: &str, option: &str, fault: Fault| {
            let place = match document.line(section, option) {
                Some(line) => format!("line {line} of `{name}`"),
                None => format!("`{name}`"),
            };
            match &fault {
                Fault::Value(why) => {
                    let what = if option.is_empty() { "it".to_owned() } else { format!("`{option}`") };
                    broken(why).of(super::Kind::Value).with_help(format!("correct {what} on {place}"))
                }
                Fault::Pattern(message) => Error::new(message).with_help(format!("correct it on {place}")),
                Fault::Undefined(undefined) => Error::new(fault.to_string()).with_help(format!(
                    "define `{}` in the environment, or write a default, `${{{0}-default}}`, on {place}",
                    undefined.variable
                )),
            }
        };
        let expansion = Expansion { variables: &environment.variables, home: environment.home.as_ref() };
        let mut any = false;
        for &(section, option, kind) in OPTIONS {
            let value = document.get(section, option, kind, expansion).map_err(|fault| fail(section, option, fault))?;
            if let Some(value) = value {
                any = true;
                self.values.insert((section, option), value);
                self.lines.extend(document.line(section, option).map(|line| ((section, option.to_owned()), line)));
            }
        }
        for section in SECTIONS {
            let options = document.options(section).map_err(|fault| fail(section, "", fault))?;
            let known = |option: &str| OPTIONS.iter().any(|known| (known.0, known.1) == (section, option));
            let unknown: BTreeSet<String> = options.into_iter().filter(|option| !known(option)).collect();
            let section_name = document.section_name(section).unwrap_or_default();
            let warn =
                |(nth, option): (usize, &String)| unrecognized(&section_name, section, option, name, nth < MOST_HINTS);
            self.warnings.extend(unknown.iter().enumerate().map(warn));
        }
        for entry in document.options("paths").map_err(|fault| fail("paths", "", fault))? {
            let locations = document.get("paths", &entry, Kind::List, expansion);
            if let Some(Setting::List(locations)) = locations.map_err(|fault| fail("paths", &entry, fault))? {
                any = true;
                self.lines.extend(document.line("paths", &entry).map(|line| (("paths", entry.clone()), line)));
                let expand = |location| tilde::expand(location, environment.home.as_ref());
                self.paths.push((entry, locations.into_iter().map(expand).collect()));
            }
        }
        for plugin in self.list("run", "plugins").unwrap_or_default().to_vec() {
            let section = document.section(&plugin, expansion).map_err(|fault| fail(&plugin, "", fault))?;
            self.plugins.insert(plugin, section);
        }
        Ok(candidate.own || any)
    }

    /// Joins additions to the lists they extend, as coverage.py does after reading all options.
    fn join_lists(&mut self) {
        for (list, more, default) in
            [(EXTENDED[0], "exclude_also", EXCLUDE_DEFAULTS), (EXTENDED[1], "partial_also", PARTIAL_DEFAULTS)]
        {
            let is_set = self.list("report", list).is_some();
            self.written.extend(is_set.then_some(list));
            let Some(Setting::List(added)) = self.values.remove(&("report", more)) else { continue };
            self.written.insert(more);
            let default = || default.iter().map(ToString::to_string).collect();
            let held = self.list("report", list).map_or_else(default, <[String]>::to_vec);
            self.set("report", list, Setting::List([held, added].concat()));
        }
    }

    /// Those of these options of `[report]` that are written; the first one where only a plugin sets it.
    pub(super) fn written(&self, options: &[&'static str]) -> Vec<&'static str> {
        let is_written = |option: &&'static str| {
            self.written.contains(option) || (!EXTENDED.contains(option) && self.list("report", option).is_some())
        };
        let written: Vec<&'static str> = options.iter().copied().filter(is_written).collect();
        if written.is_empty() { options.iter().copied().take(1).collect() } else { written }
    }

    /// The options of a plugin's section, in order; empty if it has no section.
    pub(super) fn plugin(&self, name: &str) -> &[(String, Item)] {
        self.plugins.get(name).map_or(&[], Vec::as_slice)
    }

    /// Sets an option, as a plugin does.
    pub(super) fn set(&mut self, section: &'static str, option: &'static str, value: Setting) {
        self.values.insert((section, option), value);
        self.lines.remove(&(section, option.to_owned()));
    }

    /// A flag; `None` if it is not set.
    pub(super) fn flag(&self, section: &'static str, option: &'static str) -> Option<bool> {
        match self.values.get(&(section, option)) {
            Some(Setting::Flag(flag)) => Some(*flag),
            _ => None,
        }
    }

    /// A text or path; `None` if it is not set.
    pub(super) fn text(&self, section: &'static str, option: &'static str) -> Option<&str> {
        match self.values.get(&(section, option)) {
            Some(Setting::Text(text)) => Some(text),
            _ => None,
        }
    }

    /// A list; `None` if it is not set.
    pub(super) fn list(&self, section: &'static str, option: &'static str) -> Option<&[String]> {
        match self.values.get(&(section, option)) {
            Some(Setting::List(list)) => Some(list),
            _ => None,
        }
    }

    /// A whole number; `None` if it is not set. A flag counts as 1 or 0, as in Python.
    pub(super) fn integer(&self, section: &'static str, option: &'static str) -> Option<i64> {
        match self.values.get(&(section, option)) {
            Some(Setting::Integer(number)) => Some(*number),
            Some(Setting::Flag(flag)) => Some(i64::from(*flag)),
            _ => None,
        }
    }

    /// A number; `None` if it is not set.
    pub(super) fn number(&self, section: &'static str, option: &'static str) -> Option<f64> {
        match self.values.get(&(section, option)) {
            Some(Setting::Number(number)) => Some(*number),
            _ => None,
        }
    }

    /// The place of an option or of an entry of `[paths]`, as the end of a sentence, if it stands in the file.
    pub(super) fn line_of(&self, section: &'static str, option: &str) -> Option<String> {
        let line = self.lines.get(&(section, option.to_owned()))?;
        Some(format!("on line {line} of {}", self.place()))
    }

    /// The place of these settings, for messages.
    pub(super) fn place(&self) -> String {
        self.file.as_ref().map_or_else(|| "the environment".into(), |file| format!("`{file}`"))
    }
}

/// A file that may hold the settings.
struct Candidate {
    name: String,
    /// Whether it is a file of coverage.py's own.
    own: bool,
    /// The option or variable that named it, if any.
    named_by: Option<&'static str>,
}

fn candidates(rcfile: Option<&str>, environment: &Environment) -> Vec<Candidate> {
    // `--rcfile .coveragerc` is the same as not giving the option; an empty name means that no file is read.
    let flag = rcfile.filter(|&name| name != ".coveragerc").map(|name| (name, "`--rcfile`"));
    let variable = || Some((environment.variable("COVERAGE_RCFILE")?, "the environment variable `COVERAGE_RCFILE`"));
    match flag.or_else(variable) {
        Some(("", _)) => Vec::new(),
        Some((name, origin)) => vec![Candidate { name: name.into(), own: true, named_by: Some(origin) }],
        None => {
            let own = [".coveragerc", ".coveragerc.toml"].map(|name| (name, true));
            let foreign = ["setup.cfg", "tox.ini", "pyproject.toml"].map(|name| (name, false));
            let candidate = |(name, own): (&str, bool)| Candidate { name: name.into(), own, named_by: None };
            own.into_iter().chain(foreign).map(candidate).collect()
        }
    }
}

/// The names of the files that may hold the settings, in coverage.py's order.
pub(super) fn names(rcfile: Option<&str>, environment: &Environment) -> impl Iterator<Item = String> {
    candidates(rcfile, environment).into_iter().map(|candidate| candidate.name)
}

/// How many unknown options of a section get a hint: to find one takes far longer than to read the option.
const MOST_HINTS: usize = 1_000;

/// The warning about an option that coverage.py does not know.
fn unrecognized(section_name: &str, section: &str, option: &str, file: &str, with_hint: bool) -> Warning {
    let warning = Warning::new(format!("Unrecognized option '[{section_name}] {option}=' in config file {file}"));
    if let Some((home, ..)) = OPTIONS.iter().find(|known| known.1 == option) {
        return warning.with_help(format!("`{option}` belongs to the section of `{home}` options"));
    }
    if !with_hint {
        return warning;
    }
    let known = OPTIONS.iter().filter(|known| known.0 == section).map(|known| known.1);
    match did_you_mean(option, known) {
        Some(near) => warning.with_help(format!("did you mean `{near}`?")),
        None => warning,
    }
}
