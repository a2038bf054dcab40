//! covmerge's own settings: `covmerge.toml`, or `[tool.covmerge]` of `pyproject.toml`, in the working directory.
//!
//! ```toml
//! [tool.covmerge]
//! fragments = ["build/coverage/**"]
//! output = ["xml=build/coverage.xml", "summary"]
//! expect = 32
//! ```
//!
//! Keys are the long options of the command line, and so are their values. An unknown key is an error: a misspelt threshold
//! would otherwise be no threshold.

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::str::FromStr;

use super::choices::Choices;
use super::plugins::conditional::release;
use super::toml::{self, Item, Table, Value};
use super::{Environment, Error, nearest, tilde, values};
use crate::model::settings::{Alias, OUTPUTS, Output};
use crate::model::wildcards;
use crate::python::text;

/// Every key, in the order of the documentation.
pub(super) const KEYS: [&str; 26] = [
    "fragments",
    "root",
    "output",
    "fail-under",
    "expect",
    "include",
    "omit",
    "map",
    "python-version",
    "analysis",
    "contexts",
    "show-contexts",
    "branch-mix",
    "bad-fragments",
    "empty-fragments",
    "allow-incomplete",
    "ignore-errors",
    "precision",
    "skip-covered",
    "skip-empty",
    "show-missing",
    "sort",
    "xml-flavour",
    "jobs",
    "known-plugins",
    "installed",
];

/// Keys that are announced and not there yet.
const KEYS_TO_COME: [&str; 2] = ["expect-file", "test-log"];

const ROOT_HELP: &str = "`root` is the directory that the sources' names are relative to";

/// What the files of the working directory say.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// Those of covmerge's settings that the command line has, too.
    pub(super) choices: Choices,
    /// Plugins of coverage.py that set no settings.
    pub(super) known_plugins: Vec<String>,
    /// Packages that were installed where the tests ran, and their versions; `None` for what was not.
    pub(super) installed: BTreeMap<String, Option<String>>,
    /// `pyproject.toml`, if there is one.
    pub(super) pyproject: Option<Table>,
}

/// Reads them.
///
/// # Errors
/// A file is broken, both hold settings, a key is unknown or its value is wrong.
pub(super) fn read(environment: &Environment) -> Result<Found, Error> {
    let own = document(environment, "covmerge.toml")?;
    let pyproject = document(environment, "pyproject.toml")?;
    let section =
        pyproject.as_ref().and_then(|table| section(table, "tool")).and_then(|tool| toml::get(tool, "covmerge"));
    let mut found = Found::default();
    match (&own, section) {
        (Some(_), Some(item)) => {
            let line = item.line;
            let message =
                format!("`covmerge.toml` and `[tool.covmerge]` (line {line} of `pyproject.toml`) both hold settings");
            return Err(Error::new(message).with_help("keep one of the two"));
        }
        (Some(table), None) => found.take(table, "covmerge.toml", environment)?,
        (None, Some(Item { value: Value::Table(table), .. })) => found.take(table, "pyproject.toml", environment)?,
        (None, Some(item)) => {
            let (line, found) = (item.line, shown(&item.value));
            let message = format!("`tool.covmerge` on line {line} of `pyproject.toml` is {found}, expected a table");
            return Err(Error::new(message));
        }
        (None, None) => {}
    }
    Ok(Found { pyproject, ..found })
}

/// A TOML file of the working directory; `None` if it is not there.
fn document(environment: &Environment, name: &str) -> Result<Option<Table>, Error> {
    let broken = |why: String| Error::new(format!("cannot read the settings file `{name}`: {why}"));
    let bytes = match std::fs::read(environment.cwd.join(name)) {
        Ok(bytes) => bytes,
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::IsADirectory) => return Ok(None),
        Err(error) => return Err(broken(error.to_string())),
    };
    let text = text::file_text(&bytes).map_err(|offset| broken(format!("it is not UTF-8 at byte {offset}")))?;
    toml::parse(&text).map(Some).map_err(broken)
}

fn section<'a>(table: &'a Table, name: &str) -> Option<&'a Table> {
    match &toml::get(table, name)?.value {
        Value::Table(inner) => Some(inner),
        _ => None,
    }
}

impl Found {
    /// Takes what a table says.
    fn take(&mut self, table: &Table, file: &str, environment: &Environment) -> Result<(), Error> {
        let choices = &mut self.choices;
        for (key, item) in table {
            let entry = Entry { key, item, file };
            let home = |text: String| tilde::expand(text, environment.home.as_ref());
            match key.as_str() {
                "fragments" => {
                    choices.fragments = Some(entry.each(|text| fragments(home(text.to_owned()), environment))?);
                }
                "root" => {
                    let root = home(entry.text("a path")?);
                    let is_directory = std::fs::metadata(environment.cwd.join(&root)).map(|metadata| metadata.is_dir());
                    match is_directory {
                        Ok(true) => choices.root = Some(root),
                        Ok(false) => return Err(entry.wrong("it is not a directory").with_help(ROOT_HELP)),
                        Err(error) => return Err(entry.wrong(&error.to_string()).with_help(ROOT_HELP)),
                    }
                }
                "output" => choices.output = Some(entry.each(output)?),
                "fail-under" => choices.fail_under = Some(entry.percent()?),
                "expect" => choices.expect = Some(entry.whole(values::count)?),
                "include" => choices.include = Some(entry.texts()?),
                "omit" => choices.omit = Some(entry.texts()?),
                "map" => choices.map = entry.each(|text| mapping(text, environment))?,
                "python-version" => choices.python_version = Some(entry.word(values::python_version)?),
                "analysis" => choices.analysis = Some(entry.word(|text| values::choice(values::ANALYSIS, text))?),
                "contexts" => {
                    let texts = entry.texts()?;
                    let patterns = values::contexts(texts.iter().map(String::as_str));
                    choices.contexts = Some(patterns.map_err(|why| entry.wrong(&why))?);
                }
                "show-contexts" => choices.show_contexts = Some(entry.flag()?),
                "branch-mix" => choices.branch_mix = Some(entry.word(|text| values::choice(values::BRANCH_MIX, text))?),
                "bad-fragments" => {
                    choices.bad_fragments = Some(entry.word(|text| values::choice(values::BAD_FRAGMENTS, text))?);
                }
                "empty-fragments" => {
                    choices.empty_fragments = Some(entry.word(|text| values::choice(values::EMPTY_FRAGMENTS, text))?);
                }
                "allow-incomplete" => choices.allow_incomplete = Some(entry.flag()?),
                "ignore-errors" => choices.ignore_errors = Some(entry.flag()?),
                "precision" => choices.precision = Some(entry.whole(values::precision)?),
                "skip-covered" => choices.skip_covered = Some(entry.flag()?),
                "skip-empty" => choices.skip_empty = Some(entry.flag()?),
                "show-missing" => choices.show_missing = Some(entry.flag()?),
                "sort" => choices.sort = Some(entry.word(values::sort)?),
                "xml-flavour" => {
                    choices.xml_flavour = Some(entry.word(|text| values::choice(values::XML_FLAVOUR, text))?);
                }
                "jobs" => choices.jobs = Some(entry.whole(values::jobs)?),
                "known-plugins" => self.known_plugins = entry.texts()?,
                "installed" => self.installed = entry.versions()?,
                _ => return Err(entry.unknown()),
            }
        }
        Ok(())
    }
}

/// A file, a directory or a glob. Whether there is one is asked later, whether it can be understood now: flags may overrule it.
fn fragments(text: String, environment: &Environment) -> Result<String, String> {
    // A file may well be called `[a`.
    if wildcards::can_be_understood(&text) || environment.cwd.join(&text).exists() {
        return Ok(text);
    }
    Err("it is no glob: a bracket is not closed, or a range runs backwards".into())
}

/// An output as `-o` has it, of a format that there is.
fn output(text: &str) -> Result<Output, String> {
    let output = values::output(text)?;
    let format = output.format.as_str();
    if OUTPUTS.contains(&format) {
        return Ok(output);
    }
    Err(match nearest::nearest(format, OUTPUTS) {
        Some(near) => format!("there is no output format `{format}`, did you mean `{near}`?"),
        None => format!("there is no output format `{format}`, expected one of {}", OUTPUTS.join(", ")),
    })
}

/// A path alias as `--map` has it.
fn mapping(text: &str, environment: &Environment) -> Result<Alias, String> {
    let (pattern, result) = values::mapping(text)?;
    let home = |path| tilde::expand(path, environment.home.as_ref());
    Ok(Alias { origin: "`map` of covmerge's settings".into(), pattern: home(pattern), result: home(result) })
}

/// One key and its value.
struct Entry<'a> {
    key: &'a str,
    item: &'a Item,
    file: &'a str,
}

impl Entry<'_> {
    fn place(&self) -> String {
        format!("`{}` on line {} of `{}`", self.key, self.item.line, self.file)
    }

    /// The value is wrong; `why` says what was expected, or what is wrong with it.
    fn wrong(&self, why: &str) -> Error {
        Error::new(format!("{} is {}: {why}", self.place(), shown(&self.item.value)))
    }

    fn unknown(&self) -> Error {
        let Self { key, .. } = self;
        if KEYS_TO_COME.contains(key) {
            let error = Error::new(format!("{} asks for what is not there yet", self.place()));
            return error.with_help("remove it until a later version knows it");
        }
        let error = Error::new(format!("{} is not a known key", self.place()));
        if *key == "tool" {
            return error.with_help("this file is covmerge's alone: write the keys without a table");
        }
        match nearest::nearest(key, KEYS) {
            Some(near) => error.with_help(format!("did you mean `{near}`?")),
            None => error.with_help(format!("known keys are {}", KEYS.join(", "))),
        }
    }

    fn text(&self, what: &str) -> Result<String, Error> {
        match &self.item.value {
            Value::Text(text) if !text.is_empty() => Ok(text.clone()),
            _ => Err(self.wrong(&format!("expected {what}, a string"))),
        }
    }

    fn word<T>(&self, read: impl Fn(&str) -> Result<T, String>) -> Result<T, Error> {
        match &self.item.value {
            Value::Text(text) => read(text).map_err(|why| self.wrong(&why)),
            _ => Err(self.wrong("expected a string")),
        }
    }

    /// A list of strings, or one alone.
    fn texts(&self) -> Result<Vec<String>, Error> {
        let refuse = || self.wrong("expected a list of strings");
        let text = |value: &Value| match value {
            Value::Text(text) if !text.is_empty() => Some(text.clone()),
            _ => None,
        };
        match &self.item.value {
            Value::List(items) => items.iter().map(|item| text(&item.value).ok_or_else(refuse)).collect(),
            value => text(value).map(|text| vec![text]).ok_or_else(refuse),
        }
    }

    fn each<T>(&self, read: impl Fn(&str) -> Result<T, String>) -> Result<Vec<T>, Error> {
        let read =
            |text: &String| read(text).map_err(|why| Error::new(format!("{} holds `{text}`: {why}", self.place())));
        self.texts()?.iter().map(read).collect()
    }

    /// A table of packages: the version of each, or false for one that is not installed.
    fn versions(&self) -> Result<BTreeMap<String, Option<String>>, Error> {
        let Value::Table(table) = &self.item.value else {
            return Err(self.wrong("expected a table of packages and their versions"));
        };
        let version = |(package, item): &(String, Item)| match &item.value {
            Value::Text(version) if release(version).is_some() => Ok((package.clone(), Some(version.clone()))),
            Value::Boolean(false) => Ok((package.clone(), None)),
            _ => {
                let entry = Entry { key: &format!("{}.{package}", self.key), item, file: self.file };
                Err(entry.wrong("expected a version in quotes, or false"))
            }
        };
        table.iter().map(version).collect()
    }

    fn flag(&self) -> Result<bool, Error> {
        match self.item.value {
            Value::Boolean(flag) => Ok(flag),
            _ => Err(self.wrong("expected true or false")),
        }
    }

    /// A whole number, read as the command line reads it so that limits and messages are the same.
    fn whole<T>(&self, read: impl Fn(&str) -> Result<T, String>) -> Result<T, Error> {
        match self.item.value {
            Value::Integer(number) => read(&number.to_string()).map_err(|why| self.wrong(&why)),
            _ => Err(self.wrong("expected a whole number")),
        }
    }

    fn percent(&self) -> Result<f64, Error> {
        let number = match self.item.value {
            Value::Float(number) => number,
            Value::Integer(number) => f64::from_str(&number.to_string()).unwrap_or(f64::NAN),
            _ => f64::NAN,
        };
        values::percentage(number).map_err(|why| self.wrong(&why))
    }
}

/// A value as it looks in the file, if that is short.
fn shown(value: &Value) -> String {
    match value {
        Value::Text(text) => format!("{text:?}"),
        Value::Boolean(flag) => flag.to_string(),
        Value::List(_) => "a list".into(),
        Value::Table(_) => "a table".into(),
        other => format!("`{}`", other.quote()),
    }
}
