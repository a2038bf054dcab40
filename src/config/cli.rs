//! The command line: the commands, the help, and the options of every command. All other options are rows of `options.rs`.

pub(super) mod manual;

use std::ffi::OsString;

use clap::builder::Styles;
use clap::{Args, CommandFactory, FromArgMatches, Parser, Subcommand};
use clap_complete::Shell;

use super::options::{self, Choices};
use crate::model::duration::Duration;

/// The text below the options in the help: blocks of a title and its lines, then plain text.
pub(super) const AFTER_HELP: &str = "\
Examples:
  covmerge                              report on .coverage.*, else on .coverage
  covmerge --fail-under 97 build/cov    fragments below a directory, with a threshold
  covmerge -o xml -o text=- shards      write coverage.xml, and a table to standard output
  covmerge --map /ci/checkout=.         fragments measured under another path
  covmerge --expect-in 's/unit-{1..9}'  each of nine shards must have left a fragment

Exit status:
  0   success
  1   no trustworthy report could be made
  2   a threshold was missed
  3   the data is incomplete (wins over 2)
  64  the command line or a settings file is wrong

Settings are read from [tool.covmerge] in pyproject.toml or from covmerge.toml,
and from coverage.py's own settings files. Options win over both.";

/// The purpose of the program.
const ABOUT: &str = "Merges the coverage fragments of a parallel test run into one report and one verdict";

/// The usage line.
pub(super) const USAGE: &str = "\
covmerge [OPTIONS] [FRAGMENT]...
       covmerge seal [OPTIONS] [FRAGMENT]...
       covmerge inspect FRAGMENT...
       covmerge manifest [FRAGMENT]...
       covmerge clean [OPTIONS] [FRAGMENT]...
       covmerge verify SUMMARY --sha COMMIT
       covmerge completions SHELL | man";

/// The command line but for its options.
#[derive(Debug, Parser)]
#[command(
    name = "covmerge",
    bin_name = "covmerge",
    version,
    after_help = AFTER_HELP,
    override_usage = USAGE,
    subcommand_help_heading = "Other commands",
    args_override_self = true,
    disable_help_subcommand = true,
    max_term_width = 100,
    styles = Styles::plain(),
)]
struct Cli {
    /// Another command than merging and reporting.
    #[command(subcommand)]
    command: Option<Other>,
}

/// Another command.
#[derive(Debug, Subcommand)]
pub(super) enum Other {
    /// Show the contents of fragments
    Inspect {
        /// Files, directories or globs
        #[arg(value_name = "FRAGMENT", required = true)]
        fragments: Vec<String>,
    },
    /// Print what is there as a manifest for `--expect-file`
    Manifest {
        /// Files, directories or globs [default: as for merging]
        #[arg(value_name = "FRAGMENT")]
        fragments: Vec<String>,
    },
    /// Seal fragments in one file that needs no sources
    Seal(SealFlags),
    /// Delete the fragments that would be read or passed over, after listing them
    Clean {
        /// Files, directories or globs [default: as for merging]
        #[arg(value_name = "FRAGMENT")]
        fragments: Vec<String>,
        /// Delete without asking
        #[arg(short, long)]
        yes: bool,
        /// coverage.py's settings file [default: as for merging]
        #[arg(long, value_name = "FILE")]
        rcfile: Option<String>,
    },
    /// Check that a summary says that the gate ran on a commit and passed
    Verify {
        /// The summary that `covmerge` wrote
        #[arg(value_name = "SUMMARY")]
        summary: std::path::PathBuf,
        /// The commit: its id, or at least 7 digits of it
        #[arg(long, value_name = "COMMIT")]
        sha: String,
        /// The age that the summary may have, such as 2h
        #[arg(long, value_name = "DURATION", value_parser = super::values::duration)]
        max_age: Option<Duration>,
    },
    /// Print a shell's completion script
    Completions {
        /// The shell
        #[arg(value_name = "SHELL")]
        shell: Shell,
    },
    /// Print the manual page
    Man,
    /// Not there yet.
    #[command(hide = true)]
    Explain {
        /// Anything.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        anything: Vec<String>,
    },
}

/// The options of `covmerge seal` alone.
#[derive(Args, Debug)]
pub(super) struct SealFlags {
    /// The seal [default: a new name in the current directory]
    #[arg(short, long, value_name = "FILE", help_heading = "Seal")]
    pub(super) output: Option<std::path::PathBuf>,
    /// Which shard of how many it is, such as 3/12 or unit:3/12
    #[arg(long, value_name = "[NAME:]K/N", help_heading = "Seal")]
    pub(super) shard: Option<String>,
    /// The exit status of the tests, or the CI system's word for it
    #[arg(long, value_name = "STATUS", allow_hyphen_values = true, help_heading = "Seal")]
    pub(super) status: Option<String>,
    /// The number of the attempt [default: the CI system's]
    #[arg(long, value_name = "N", help_heading = "Seal")]
    pub(super) attempt: Option<u64>,
    /// The run of the pipeline [default: the CI system's]
    #[arg(long, value_name = "ID", help_heading = "Seal")]
    pub(super) run_id: Option<String>,
    /// The commit measured [default: the CI system's, or that of the checkout]
    #[arg(long, value_name = "SHA", help_heading = "Seal")]
    pub(super) commit: Option<String>,
    /// Seal the texts of the sources, too
    #[arg(long, help_heading = "Seal")]
    pub(super) with_sources: bool,
}

impl Other {
    /// Its name on the command line.
    pub(super) const fn name(&self) -> &'static str {
        match self {
            Self::Inspect { .. } => "inspect",
            Self::Manifest { .. } => "manifest",
            Self::Seal(_) => "seal",
            Self::Clean { .. } => "clean",
            Self::Verify { .. } => "verify",
            Self::Completions { .. } => "completions",
            Self::Man => "man",
            Self::Explain { .. } => "explain",
        }
    }
}

/// How much is printed.
#[derive(Args, Debug)]
pub(super) struct TerminalFlags {
    /// Print only warnings, errors and failures
    #[arg(short, long, global = true, conflicts_with = "verbose", help_heading = "Messages")]
    pub(super) quiet: bool,
    /// Print more: a line for each fragment and the time of each stage
    #[arg(short, long, global = true, help_heading = "Messages")]
    pub(super) verbose: bool,
    /// When to use colour
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto", help_heading = "Messages")]
    #[arg(value_parser = ["auto", "always", "never"])]
    pub(super) color: String,
}

/// The whole command line, in the order of its help.
fn command() -> clap::Command {
    let of_seal =
        options::arguments().into_iter().filter(|option| options::OF_SEAL.contains(&option.get_id().as_str()));
    let all = Cli::command().args(options::arguments()).mut_subcommand("seal", |seal| seal.args(of_seal));
    TerminalFlags::augment_args(all).about(ABOUT)
}

/// The result of parsing the command line.
#[derive(Debug)]
pub(super) struct Parsed {
    /// Another command than merging and reporting.
    pub(super) command: Option<Other>,
    /// The options of merging and reporting that were given.
    pub(super) chosen: Choices,
    /// How much is printed while it runs.
    pub(super) terminal: TerminalFlags,
    /// Options before the name of another command that only merging and reporting has, as `--name`.
    pub(super) misplaced: Vec<String>,
}

/// Why there is nothing to run.
#[derive(Debug)]
pub(super) enum Unparsed {
    /// Help or version was requested: this is its text.
    Print(String),
    /// The command line is wrong: clap's message, without the prefix that `main` gives to every error.
    Wrong(String),
}

/// Reads the command line.
///
/// # Errors
/// clap's, and its requests to print something.
pub(super) fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Parsed, Unparsed> {
    let parsed = command().try_get_matches_from(arguments).and_then(|matches| {
        Ok(Parsed {
            command: Cli::from_arg_matches(&matches)?.command,
            chosen: Choices::of_line(matches.subcommand_matches("seal").unwrap_or(&matches)),
            terminal: TerminalFlags::from_arg_matches(&matches)?,
            misplaced: misplaced_options(&matches),
        })
    });
    parsed.map_err(|error| {
        let text = error.render().to_string();
        if error.use_stderr() {
            Unparsed::Wrong(text.strip_prefix("error: ").unwrap_or(&text).trim_end().into())
        } else {
            Unparsed::Print(text)
        }
    })
}

/// The ids of the options that every command has.
const COMMON: [&str; 3] = ["quiet", "verbose", "color"];

fn misplaced_options(matches: &clap::ArgMatches) -> Vec<String> {
    if matches.subcommand_name().is_none() {
        return Vec::new();
    }
    let given = |id: &&clap::Id| matches.value_source(id.as_str()) == Some(clap::parser::ValueSource::CommandLine);
    let options = matches.ids().filter(given).map(clap::Id::as_str).filter(|id| !COMMON.contains(id));
    // Groups made by `flatten` have ids as well, and begin with a capital.
    let options = options.filter(|id| id.starts_with(char::is_lowercase));
    options.map(|id| format!("--{id}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_definition_is_consistent() {
        command().debug_assert();
    }

    #[test]
    fn the_documentation_has_every_key_and_where_coverage_py_has_it() {
        let docs = include_str!("../../docs/settings.md");
        for row in options::ROWS.iter().filter(|row| row.is_key()) {
            let key = format!("`{}`", row.name);
            let line = docs.lines().find(|line| line.split('|').nth(1).is_some_and(|cell| cell.contains(&key)));
            let line = line.unwrap_or_else(|| panic!("{key} is not in docs/settings.md"));
            if let Some((section, option)) = row.home {
                assert!(line.contains(&format!("[{section}]")) && line.contains(option), "{section} {option}: {line}");
            }
        }
    }
}
