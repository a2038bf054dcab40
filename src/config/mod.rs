//! From the command line, the environment and settings files to checked [`Settings`].
//!
//! Flags win over covmerge's own settings (`[tool.covmerge]` or `covmerge.toml`), these over coverage.py's (`.coveragerc` and its alternatives), and
//! these over defaults. All files are looked up in the working directory. All errors are found here, before any work, and have exit status 64.

mod braces;
mod cli;
mod commit;
mod coverage;
mod covmerge;
mod document;
mod entry;
mod form;
mod homes;
mod job;
mod layers;
mod limits;
mod manifest;
mod nearest;
mod options;
mod outputs;
mod outside;
mod part;
mod parts;
mod pin;
mod plugins;
mod python_version;
mod source;
mod specifier;
mod substitute;
mod tilde;
mod timestamp;
mod toml;
mod values;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::PathBuf;

use self::cli::{Other, Parsed, Unparsed, manual};
use self::options::Choices;
use crate::model::output::{Format, Place};
use crate::model::seal::Sealing;
use crate::model::settings::{Contexts, Discover, Settings, UnfinishedFragments};
use crate::model::status::Status;
use crate::model::timestamp::Timestamp;
use crate::model::verdict::Wanted;

/// The environment of the process; `main` reads it once.
#[derive(Clone, Debug, Default)]
pub struct Environment {
    /// The environment's variables, with anything that is not Unicode replaced.
    pub variables: BTreeMap<String, String>,
    /// The working directory, absolute.
    pub cwd: PathBuf,
    /// The user's home directory, for which `~` stands.
    pub home: Option<PathBuf>,
    /// The machine.
    pub machine: Machine,
    /// The output formats that exist.
    pub outputs: Vec<&'static Format>,
}

/// The machine, as `uname` names it.
#[derive(Clone, Debug, Default)]
pub struct Machine {
    /// `Linux`, `Darwin`.
    pub system: String,
    /// The kernel's release: `6.1.0-18-amd64`.
    pub release: String,
    /// The kernel's version: `#1 SMP …`.
    pub version: String,
    /// The kind of processor: `x86_64`.
    pub machine: String,
}

impl Machine {
    /// Python's `os.name`.
    fn os_name(&self) -> &'static str {
        if self.system == "Windows" { "nt" } else { "posix" }
    }

    /// Python's `sys.platform`: on most systems, the system's name with the first number of its release.
    fn sys_platform(&self) -> String {
        match self.system.as_str() {
            "Linux" => "linux".into(),
            "Darwin" => "darwin".into(),
            "Windows" => "win32".into(),
            other if other.starts_with("CYGWIN") => "cygwin".into(),
            other => format!("{}{}", other.to_lowercase(), self.release.split('.').next().unwrap_or_default()),
        }
    }
}

impl Environment {
    /// A variable's value; `None` if it is empty.
    fn variable(&self, name: &str) -> Option<&str> {
        self.variables.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }
}

/// The command to run.
#[derive(Debug)]
pub enum Command {
    /// Merge, report, judge.
    Run {
        /// The settings.
        settings: Box<Settings>,
        /// How to write to the terminal.
        terminal: Terminal,
    },
    /// Seal fragments.
    Seal {
        /// The settings.
        settings: Box<Settings>,
        /// The seal.
        sealing: Sealing,
        /// How to write to the terminal.
        terminal: Terminal,
    },
    /// Show the contents of fragments.
    Inspect {
        /// The fragments.
        discover: Discover,
        /// How to write to the terminal.
        terminal: Terminal,
    },
    /// Print the manifest of fragments.
    Manifest {
        /// The fragments.
        discover: Discover,
        /// How to treat fragments that were never finished.
        unfinished: UnfinishedFragments,
        /// How to write to the terminal.
        terminal: Terminal,
    },
    /// Verify a summary.
    Verify {
        /// The summary and what it must say.
        wanted: Wanted,
        /// How to write to the terminal.
        terminal: Terminal,
    },
    /// Delete fragments.
    Clean {
        /// The fragments.
        discover: Discover,
        /// The files and directories that a run writes, relative to the working directory or absolute: they stay.
        outputs: Vec<PathBuf>,
        /// Whether to delete without asking.
        yes: bool,
        /// How to write to the terminal.
        terminal: Terminal,
    },
    /// Print this text to standard output and exit with status 0: help, version, completions, manual page.
    Print(String),
}

/// How to write to the terminal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Terminal {
    /// How many messages to print.
    pub verbosity: Verbosity,
    /// Whether to use colour, and a progress line that is overwritten.
    pub color: Color,
}

/// How many messages to print.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Verbosity {
    /// Only warnings, errors and failures.
    Quiet,
    /// The fragments merged, the outputs written, and the verdict.
    #[default]
    Normal,
    /// Also each fragment and each stage.
    Verbose,
}

/// When to colour messages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Color {
    /// On a terminal.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never; also when `NO_COLOR` is set or `TERM` is `dumb`.
    Never,
}

/// The kinds of errors in the command line or the settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The command line: an unknown option or argument, or a wrong value.
    CommandLine,
    /// A settings file cannot be read, or its syntax is wrong.
    File,
    /// An unknown key.
    Key,
    /// A wrong value of a setting or of an environment variable.
    Value,
    /// A plugin's rule that cannot be decided.
    Rule,
    /// A request for something that is announced for a later version.
    NotYet,
}

/// The command line or a settings file is wrong.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Error {
    kind: Kind,
    message: String,
    help: Option<String>,
}

impl Error {
    /// An error of a value, unless another kind is set.
    fn new(message: impl Into<String>) -> Self {
        Self { kind: Kind::Value, message: message.into(), help: None }
    }

    fn of(self, kind: Kind) -> Self {
        Self { kind, ..self }
    }

    fn with_help(self, help: impl Into<String>) -> Self {
        Self { help: Some(help.into()), ..self }
    }

    /// The same error, of the settings of a part.
    fn in_part(self, name: &str) -> Self {
        Self { message: format!("part `{name}`: {}", self.message), ..self }
    }

    /// The kind of error.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        self.kind
    }

    /// The exit status of the process.
    #[must_use]
    pub const fn status(&self) -> Status {
        Status::Usage
    }

    /// What to do about it.
    #[must_use]
    pub fn help(&self) -> Option<&str> {
        self.help.as_deref()
    }
}

/// Reads the command line (the program's name first), the environment and the settings files.
///
/// # Errors
/// Any of them is wrong. For the command line, the message is clap's, which may have several lines.
pub fn load(arguments: impl IntoIterator<Item = OsString>, environment: &Environment) -> Result<Command, Error> {
    let Parsed { command, chosen, terminal, misplaced } = match cli::parse(arguments) {
        Ok(parsed) => parsed,
        Err(Unparsed::Print(text)) => return Ok(Command::Print(text)),
        Err(Unparsed::Wrong(message)) => return Err(Error::new(message).of(Kind::CommandLine)),
    };
    let terminal = terminal_of(&terminal, environment)?;
    let Some(other) = command else {
        return Ok(Command::Run { settings: load_run(chosen, environment)?, terminal });
    };
    if let Some(option) = misplaced.first() {
        let message = format!("`{option}` cannot be used with `covmerge {}`", other.name());
        let help = format!("leave it out; write a fragment named `{0}` as `./{0}`", other.name());
        return Err(Error::new(message).with_help(help).of(Kind::CommandLine));
    }
    match other {
        Other::Inspect { fragments } => {
            let discover = Discover {
                cwd: environment.cwd.clone(),
                fragments,
                data_file: ".coverage".into(),
                ..Discover::default()
            };
            Ok(Command::Inspect { discover, terminal })
        }
        Other::Manifest { fragments } => {
            let coverage = coverage::Options::read(None, environment)?;
            let own = covmerge::read(environment)?.choices;
            let is_named = !fragments.is_empty();
            let fragments = if is_named { fragments } else { own.fragments.unwrap_or_default() };
            let parts = parts::places(&parts::open(own.part, None, environment)?);
            let outside = outside::outside(own.allow_outside_root.as_deref(), environment);
            let discover = Discover { parts, is_named, outside, ..layers::discover(fragments, &coverage, environment) };
            Ok(Command::Manifest { discover, unfinished: own.unfinished_fragments.unwrap_or_default(), terminal })
        }
        Other::Verify { summary, sha, max_age } => {
            if !commit::is_hash(&sha) {
                let error =
                    Error::new(format!("`--sha` is `{sha}`, expected a commit's id or 7 digits of one, or more"));
                return Err(error.of(Kind::CommandLine));
            }
            let summary = environment.cwd.join(summary);
            Ok(Command::Verify { wanted: Wanted { summary, commit: sha.to_lowercase(), max_age }, terminal })
        }
        Other::Seal(flags) => load_seal(flags, chosen, terminal, environment),
        Other::Clean { fragments, yes, rcfile } => {
            let coverage = coverage::Options::read(rcfile.as_deref(), environment)?;
            let chosen = covmerge::read(environment)?.choices;
            let outputs = outputs::requests(chosen.output, &coverage, &environment.outputs)?;
            let outputs = outputs.into_iter().filter_map(|output| match output.place {
                Place::File(path) => Some(path),
                Place::Stdout => None,
            });
            let is_named = !fragments.is_empty();
            let places = if is_named { Vec::new() } else { chosen.expect_in.unwrap_or_default() };
            let fragments = if is_named { fragments } else { chosen.fragments.unwrap_or_default() };
            let parts = parts::places(&parts::open(chosen.part, rcfile.as_deref(), environment)?);
            let discover = Discover { places, parts, is_named, ..layers::discover(fragments, &coverage, environment) };
            Ok(Command::Clean { discover, outputs: outputs.collect(), yes, terminal })
        }
        Other::Completions { shell } => Ok(Command::Print(manual::completions(shell))),
        Other::Man => {
            let page = manual::page().map_err(|error| Error::new(format!("cannot make the manual page: {error}")))?;
            Ok(Command::Print(page))
        }
        Other::Explain { .. } => Err(to_come("`covmerge explain`")),
    }
}

/// The help where `empty-fragments` is still set.
const INSTEAD_OF_EMPTY_FRAGMENTS: &str = "`unfinished-fragments` has replaced it: `fail`, as before, or `merge`, which also counts fragments that are cut off or half saved";

/// The error for something that the documentation announces and this version does not support.
fn to_come(what: &str) -> Error {
    let error = Error::new(format!("{what} is not available yet")).of(Kind::NotYet);
    error.with_help("leave it out until a later version supports it")
}

fn terminal_of(flags: &cli::TerminalFlags, environment: &Environment) -> Result<Terminal, Error> {
    let verbosity = match (flags.quiet, flags.verbose) {
        (true, true) => {
            let error = Error::new("`--quiet` and `--verbose` exclude each other").of(Kind::CommandLine);
            return Err(error.with_help("give one of them"));
        }
        (true, false) => Verbosity::Quiet,
        (false, true) => Verbosity::Verbose,
        (false, false) => Verbosity::Normal,
    };
    let color = match flags.color.as_str() {
        "always" => Color::Always,
        "never" => Color::Never,
        _ if environment.variable("NO_COLOR").is_some() => Color::Never,
        // A `dumb` terminal shows escape sequences instead of obeying them.
        _ if environment.variable("TERM") == Some("dumb") => Color::Never,
        _ => Color::Auto,
    };
    Ok(Terminal { verbosity, color })
}

fn load_run(flags: Choices, environment: &Environment) -> Result<Box<Settings>, Error> {
    if flags.empty_fragments.is_some() {
        let error = Error::new("`--empty-fragments` is no longer an option").of(Kind::CommandLine);
        return Err(error.with_help(INSTEAD_OF_EMPTY_FRAGMENTS));
    }
    let timestamp = flags.timestamp.map_or_else(|| source_date(environment), |given| Ok(Some(given)))?;
    let mut coverage = coverage::Options::read(flags.rcfile.as_deref(), environment)?;
    let covmerge = covmerge::read(environment)?;
    let own = ["covmerge.toml", "pyproject.toml", ".python-version"].map(str::to_owned);
    let files = coverage::names(flags.rcfile.as_deref(), environment).chain(own).chain(flags.expect_file.clone());
    let files = files.map(PathBuf::from).collect();
    let judged = flags.fail_under.is_some();
    let (is_named, flag) = (flags.fragments.is_some(), flags.python_version);
    let rcfile = flags.rcfile.clone();
    let mut chosen = Choices { timestamp, ..flags.over(covmerge.choices)? };
    let parts = parts::open(chosen.part.take(), rcfile.as_deref(), environment)?;
    let python = match chosen.python_version {
        Some(version) => Ok((version, None)),
        None => python_version::detect(&environment.cwd, covmerge.pyproject.as_ref()),
    };
    let site = plugins::Site {
        python: python.as_ref().map(|(version, _)| *version).unwrap_or_default(),
        machine: &environment.machine,
        variables: &environment.variables,
        installed: chosen.installed.as_ref(),
    };
    let applied = plugins::apply(&mut coverage, chosen.known_plugins.as_deref().unwrap_or_default(), &site);
    let of_parts = (!parts.is_empty()).then(|| chosen.clone());
    if of_parts.is_some() {
        chosen.source = chosen.source.as_deref().map(source::of_some);
    }
    let mut settings = Box::new(layers::settle(chosen, &coverage, applied.and(python), judged, environment)?);
    settings.files = files;
    if settings.render.html.extra_css.is_some() {
        settings.files.extend(coverage.text("html", "extra_css").map(PathBuf::from));
    }
    settings.discover.is_named = is_named;
    if let Some(chosen) = of_parts {
        parts::settle(parts, &chosen, flag, &mut settings)?;
    }
    Ok(settings)
}

/// The settings of `covmerge seal`: all files and contexts are kept, since the report decides which of them count.
fn load_seal(
    flags: cli::SealFlags,
    chosen: Choices,
    terminal: Terminal,
    environment: &Environment,
) -> Result<Command, Error> {
    // The outputs of the report are none of the job's.
    let output = Some(vec![outputs::Asked { format: "total".into(), place: None }]);
    let of_fragments = [
        ("--shard", flags.shard.is_some()),
        ("--status", flags.status.is_some()),
        ("--attempt", flags.attempt.is_some()),
        ("--run-id", flags.run_id.is_some()),
        ("--commit", flags.commit.is_some()),
        ("--with-sources", flags.with_sources),
        ("--root", chosen.root.is_some()),
        ("--map", chosen.map.is_some()),
    ];
    let of_fragments = of_fragments.into_iter().filter_map(|(option, is_given)| is_given.then_some(option)).collect();
    let mut settings = load_run(Choices { output, ..chosen }, environment)?;
    if !settings.parts.is_empty() {
        let error = Error::new("`covmerge seal` cannot seal the parts of a run together: each has its own settings");
        return Err(error.with_help("run it in the root of each part; the run that merges the seals may have parts"));
    }
    settings.merge.sealing = true;
    settings.merge.contexts =
        Contexts { keep: true, filter: Vec::new(), reported: Vec::new(), ..settings.merge.contexts };
    (settings.paths.include, settings.paths.omit) = (Vec::new(), Vec::new());
    let cli::SealFlags { output, shard, status, attempt, run_id, commit, with_sources } = flags;
    let said = job::Said { shard, status, attempt, run: run_id, commit };
    let job = said.job(settings.render.commit.clone(), environment)?;
    Ok(Command::Seal { settings, sealing: Sealing { job, of_fragments, with_sources, output }, terminal })
}

/// The timestamp for reproducible builds (reproducible-builds.org/specs/source-date-epoch).
fn source_date(environment: &Environment) -> Result<Option<Timestamp>, Error> {
    let Some(text) = environment.variable("SOURCE_DATE_EPOCH") else { return Ok(None) };
    let wrong = || {
        let message = format!("the environment variable `SOURCE_DATE_EPOCH` is `{text}`, expected seconds since 1970");
        Error::new(message).with_help("set it to a whole number, or unset it")
    };
    timestamp::seconds(text).map(Some).ok_or_else(wrong)
}

#[cfg(test)]
mod tests;
