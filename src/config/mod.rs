//! From the command line, the environment and settings files to checked [`Settings`].
//!
//! Flags win over covmerge's own settings (`[tool.covmerge]` or `covmerge.toml`), these over coverage.py's (`.coveragerc` and
//! its kin), these over defaults. All files are looked up in the working directory. Whatever is wrong is found here, before
//! any work: every error has exit status 64.

mod cli;
mod commit;
mod coverage;
mod covmerge;
mod document;
mod entry;
mod form;
mod homes;
mod layers;
mod options;
mod outputs;
mod plugins;
mod python_version;
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
use crate::model::output::Format;
use crate::model::settings::{Discover, Settings};
use crate::model::status::Status;
use crate::model::timestamp::Timestamp;

/// What the process was started in: read once, by `main`.
#[derive(Clone, Debug, Default)]
pub struct Environment {
    /// The environment's variables; what is no Unicode in them is replaced.
    pub variables: BTreeMap<String, String>,
    /// The working directory, absolute.
    pub cwd: PathBuf,
    /// The user's home directory: what `~` stands for.
    pub home: Option<PathBuf>,
    /// The machine.
    pub machine: Machine,
    /// The output formats that there are.
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

    /// Python's `sys.platform`: most systems' names have the first number of their release.
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
    /// A variable's value; an empty one is as good as none.
    fn variable(&self, name: &str) -> Option<&str> {
        self.variables.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }
}

/// What to do.
#[derive(Debug)]
pub enum Command {
    /// Merge, report, judge.
    Run {
        /// How.
        settings: Box<Settings>,
        /// What is said.
        terminal: Terminal,
    },
    /// Show the contents of fragments.
    Inspect {
        /// Which ones.
        discover: Discover,
        /// What is said.
        terminal: Terminal,
    },
    /// Print this to standard output and exit with 0: help, version, completions, manual.
    Print(String),
}

/// What is printed on the terminal while it runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Terminal {
    /// How much.
    pub verbosity: Verbosity,
    /// Whether in colour, and with a line of progress that is written over.
    pub color: Color,
}

/// How much is printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Verbosity {
    /// Only what went wrong.
    Quiet,
    /// What was merged, what was written, the verdict.
    #[default]
    Normal,
    /// Each fragment and stage.
    Verbose,
}

/// When messages are in colour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Color {
    /// On a terminal.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never: also when `NO_COLOR` is set or `TERM` is `dumb`.
    Never,
}

/// What is wrong about the command line or the settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The command line: an option or argument that there is not, or a value of one.
    CommandLine,
    /// A settings file cannot be read, or is not of its syntax.
    File,
    /// A key does not exist.
    Key,
    /// A value of a setting or of a variable of the environment.
    Value,
    /// A rule of a plugin cannot be decided.
    Rule,
    /// What is asked for is announced for a later version.
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
    /// An error of a value, unless its kind is said.
    fn new(message: impl Into<String>) -> Self {
        Self { kind: Kind::Value, message: message.into(), help: None }
    }

    fn of(self, kind: Kind) -> Self {
        Self { kind, ..self }
    }

    fn with_help(self, help: impl Into<String>) -> Self {
        Self { help: Some(help.into()), ..self }
    }

    /// What is wrong.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        self.kind
    }

    /// How the process ends because of it.
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
/// Any of them is wrong. Of an error of the command line the message is clap's, which may have several lines.
pub fn load(arguments: impl IntoIterator<Item = OsString>, environment: &Environment) -> Result<Command, Error> {
    let Parsed { command, chosen, terminal, misplaced } = match cli::parse(arguments) {
        Ok(parsed) => parsed,
        Err(Unparsed::Print(text)) => return Ok(Command::Print(text)),
        Err(Unparsed::Wrong(message)) => return Err(Error::new(message).of(Kind::CommandLine)),
    };
    let terminal = terminal_of(&terminal, environment)?;
    let Some(other) = command else { return load_run(chosen, terminal, environment) };
    if let Some(option) = misplaced.first() {
        let message = format!("`{option}` cannot be used with `covmerge {}`", other.name());
        let help = format!("leave it out; write a fragment named `{0}` as `./{0}`", other.name());
        return Err(Error::new(message).with_help(help).of(Kind::CommandLine));
    }
    match other {
        Other::Inspect { fragments } => {
            let discover = Discover { cwd: environment.cwd.clone(), fragments, data_file: ".coverage".into() };
            Ok(Command::Inspect { discover, terminal })
        }
        Other::Completions { shell } => Ok(Command::Print(manual::completions(shell))),
        Other::Man => {
            let page = manual::page().map_err(|error| Error::new(format!("cannot make the manual page: {error}")))?;
            Ok(Command::Print(page))
        }
        Other::Explain { .. } => Err(to_come("`covmerge explain`")),
    }
}

/// What the documentation announces, and this version would have to ignore.
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
        // A terminal that shows escape sequences instead of obeying them.
        _ if environment.variable("TERM") == Some("dumb") => Color::Never,
        _ => Color::Auto,
    };
    Ok(Terminal { verbosity, color })
}

fn load_run(flags: Choices, terminal: Terminal, environment: &Environment) -> Result<Command, Error> {
    if flags.expect_file.is_some() {
        return Err(to_come("`--expect-file`"));
    }
    if flags.test_log.is_some() {
        return Err(to_come("`--test-log`"));
    }
    let timestamp = flags.timestamp.map_or_else(|| source_date(environment), |given| Ok(Some(given)))?;
    let mut coverage = coverage::Options::read(flags.rcfile.as_deref(), environment)?;
    let covmerge = covmerge::read(environment)?;
    let judged = flags.fail_under.is_some();
    let chosen = Choices { timestamp, ..flags.over(covmerge.choices)? };
    let python = match chosen.python_version {
        Some(version) => (version, None),
        None => python_version::detect(&environment.cwd, covmerge.pyproject.as_ref())?,
    };
    let site = plugins::Site {
        python: python.0,
        machine: &environment.machine,
        variables: &environment.variables,
        installed: chosen.installed.as_ref(),
    };
    plugins::apply(&mut coverage, chosen.known_plugins.as_deref().unwrap_or_default(), &site)?;
    let settings = Box::new(layers::settle(chosen, &coverage, python, judged, environment)?);
    Ok(Command::Run { settings, terminal })
}

/// The moment of reproducible builds (reproducible-builds.org/specs/source-date-epoch).
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
