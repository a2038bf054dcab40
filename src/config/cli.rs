//! The command line: which options there are and what they are called. What they mean is in `mod.rs`.

pub(super) mod manual;

use std::ffi::OsString;

use clap::builder::{PossibleValuesParser, Styles, TypedValueParser};
use clap::{Args, CommandFactory, FromArgMatches, Parser, Subcommand};
use clap_complete::Shell;

use super::values;
use crate::model::settings::{
    BadFragments, BranchMix, EmptyFragments, Output, PythonVersion, Sort, StatementsFrom, XmlFlavour,
};
use crate::model::timestamp::Timestamp;

/// What stands below the options in the help: blocks of a title and its lines, then plain text.
pub(super) const AFTER_HELP: &str = "\
Examples:
  covmerge                              report on .coverage and .coverage.*
  covmerge --fail-under 97 build/cov    fragments below a directory, with a threshold
  covmerge -o xml -o text=- shards/*    write coverage.xml, and a table to standard output
  covmerge --map /ci/checkout=.         fragments measured under another path

Exit status:
  0   all well
  1   no trustworthy report could be made
  2   a threshold was missed
  3   the data is incomplete (wins over 2)
  64  the command line or a settings file is wrong

Settings are read from [tool.covmerge] in pyproject.toml or from covmerge.toml,
and from coverage.py's own settings files. Options win over both.";

/// How it is called.
pub(super) const USAGE: &str = "\
covmerge [OPTIONS] [FRAGMENT]...
       covmerge inspect FRAGMENT...
       covmerge completions SHELL | man";

/// The whole command line.
#[derive(Debug, Parser)]
#[command(
    name = "covmerge",
    bin_name = "covmerge",
    version,
    about = "Merges the coverage fragments of a parallel test run into one report and one verdict",
    after_help = AFTER_HELP,
    override_usage = USAGE,
    subcommand_help_heading = "Other commands",
    args_override_self = true,
    disable_help_subcommand = true,
    max_term_width = 100,
    styles = Styles::plain(),
)]
pub(super) struct Cli {
    /// Another command than merging and reporting.
    #[command(subcommand)]
    pub(super) command: Option<Other>,
    /// What to merge and report.
    #[command(flatten)]
    pub(super) run: Run,
    /// What is said while it runs.
    #[command(flatten)]
    pub(super) talk: TalkFlags,
}

/// Another command.
#[derive(Debug, Subcommand)]
pub(super) enum Other {
    /// Show what is in fragments
    Inspect {
        /// Files, directories or globs
        #[arg(value_name = "FRAGMENT", required = true)]
        fragments: Vec<String>,
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

impl Other {
    /// Its name on the command line.
    pub(super) const fn name(&self) -> &'static str {
        match self {
            Self::Inspect { .. } => "inspect",
            Self::Completions { .. } => "completions",
            Self::Man => "man",
            Self::Explain { .. } => "explain",
        }
    }
}

/// How much is said.
#[derive(Args, Debug)]
pub(super) struct TalkFlags {
    /// Say only what went wrong
    #[arg(short, long, global = true, conflicts_with = "verbose", help_heading = "Messages")]
    pub(super) quiet: bool,
    /// Say more: a line for each fragment, the time of each stage
    #[arg(short, long, global = true, help_heading = "Messages")]
    pub(super) verbose: bool,
    /// When to use colour
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto", help_heading = "Messages")]
    #[arg(value_parser = ["auto", "always", "never"])]
    pub(super) color: String,
}

/// What to merge and report.
#[derive(Args, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of the command line")]
pub(super) struct Run {
    /// Fragments: files, directories or globs [default: .coverage and .coverage.*]
    #[arg(value_name = "FRAGMENT")]
    pub(super) fragments: Vec<String>,

    /// What to write, repeatable: xml, html, html-single, summary, json, lcov, text, markdown, total or data; `-` as
    /// PATH is standard output [default: xml, html and summary]
    #[arg(short, long, value_name = "FORMAT[=PATH]", help_heading = "Outputs", value_parser = values::output)]
    pub(super) output: Vec<Output>,
    /// Decimals of percentages
    #[arg(long, value_name = "N", help_heading = "Outputs", value_parser = values::precision)]
    #[arg(allow_negative_numbers = true)]
    pub(super) precision: Option<u32>,
    /// Sort the table by name, stmts, miss, branch, brpart or cover; -KEY for descending
    #[arg(long, value_name = "KEY", help_heading = "Outputs", value_parser = values::sort)]
    #[arg(allow_hyphen_values = true)]
    pub(super) sort: Option<Sort>,
    /// Show the lines that are missing in the table
    #[arg(long, help_heading = "Outputs")]
    pub(super) show_missing: bool,
    /// Leave complete files out of the table
    #[arg(long, help_heading = "Outputs")]
    pub(super) skip_covered: bool,
    /// Leave files without statements out
    #[arg(long, help_heading = "Outputs")]
    pub(super) skip_empty: bool,
    /// Show in the JSON and on the pages under which contexts lines ran
    #[arg(long, help_heading = "Outputs")]
    pub(super) show_contexts: bool,
    /// XML as coverage.py writes it, or by Cobertura's DTD with names from the repository on
    #[arg(long, value_name = "WHOSE", help_heading = "Outputs", value_parser = words(values::XML_FLAVOUR))]
    pub(super) xml_flavour: Option<XmlFlavour>,
    #[arg(help = "The time in the outputs: seconds since 1970 or ISO 8601 [env: SOURCE_DATE_EPOCH]")]
    #[arg(long, value_name = "T", help_heading = "Outputs", value_parser = super::timestamp::parse)]
    #[arg(allow_negative_numbers = true)]
    pub(super) timestamp: Option<Timestamp>,

    /// Exit with 2 if total coverage is below it, 0 to 100
    #[arg(long, value_name = "PERCENT", help_heading = "Thresholds", value_parser = values::percent)]
    #[arg(allow_negative_numbers = true)]
    pub(super) fail_under: Option<f64>,
    /// How many fragments there must be, counting duplicates and empty ones
    #[arg(long, value_name = "N", help_heading = "Thresholds", value_parser = values::count)]
    #[arg(allow_negative_numbers = true)]
    pub(super) expect: Option<u64>,
    /// Let incomplete data pass; outputs stay marked
    #[arg(long, help_heading = "Thresholds")]
    pub(super) allow_incomplete: bool,
    /// Not there yet.
    #[arg(long, hide = true, value_name = "FILE")]
    pub(super) expect_file: Option<String>,
    /// Not there yet.
    #[arg(long, hide = true, value_name = "FILE")]
    pub(super) test_log: Option<String>,

    /// Report only on files that match; repeatable, or with commas
    #[arg(long, value_name = "PATTERN", help_heading = "Sources")]
    pub(super) include: Vec<String>,
    /// Do not report on files that match; repeatable, or with commas
    #[arg(long, value_name = "PATTERN", help_heading = "Sources")]
    pub(super) omit: Vec<String>,
    /// Where the sources are [default: the current directory]
    #[arg(long, value_name = "DIR", help_heading = "Sources")]
    pub(super) root: Option<String>,
    /// Files measured below FROM are those below TO; repeatable
    #[arg(long, value_name = "FROM=TO", help_heading = "Sources", value_parser = values::mapping)]
    pub(super) map: Vec<(String, String)>,
    /// Whose rules decide what a statement is [default: the project's, else 3.13]
    #[arg(long, value_name = "X.Y", help_heading = "Sources", value_parser = values::python_version)]
    pub(super) python_version: Option<PythonVersion>,
    /// Whether sources say what could run; auto: for files whose fragments do not [default: auto]
    #[arg(long, value_name = "WHEN", help_heading = "Sources", value_parser = words(values::ANALYSIS))]
    pub(super) analysis: Option<StatementsFrom>,
    /// Leave out files whose source is missing or broken, with a warning
    #[arg(long, help_heading = "Sources")]
    pub(super) ignore_errors: bool,

    /// Count only what ran under contexts that match; repeatable, or with commas
    #[arg(long, value_name = "REGEX", help_heading = "Fragments", value_parser = contexts)]
    pub(super) contexts: Vec<ContextPatterns>,
    /// What a fragment that cannot be read means: write nothing, or go on; exit with 3 either way [default: fail]
    #[arg(long, value_name = "HOW", help_heading = "Fragments", value_parser = words(values::BAD_FRAGMENTS))]
    pub(super) bad_fragments: Option<BadFragments>,
    /// What a fragment of 0 bytes means: that it is bad, or nothing [default: fail]
    #[arg(long, value_name = "HOW", help_heading = "Fragments", value_parser = words(values::EMPTY_FRAGMENTS))]
    pub(super) empty_fragments: Option<EmptyFragments>,
    /// What to do if statement and branch fragments meet [default: error]
    #[arg(long, value_name = "HOW", help_heading = "Fragments", value_parser = words(values::BRANCH_MIX))]
    pub(super) branch_mix: Option<BranchMix>,
    /// Delete the fragments when everything was written
    #[arg(long, help_heading = "Fragments")]
    pub(super) delete_fragments: bool,

    /// coverage.py's settings file [default: .coveragerc, .coveragerc.toml, setup.cfg, tox.ini,
    /// pyproject.toml]
    #[arg(long, value_name = "FILE", help_heading = "Settings")]
    pub(super) rcfile: Option<String>,
    /// Worker threads [default: all processors]
    #[arg(long, value_name = "N", help_heading = "Settings", value_parser = values::jobs)]
    #[arg(allow_negative_numbers = true)]
    pub(super) jobs: Option<std::num::NonZeroUsize>,
}

/// The patterns of one `--contexts`.
#[derive(Clone, Debug)]
pub(super) struct ContextPatterns(pub(super) Vec<String>);

fn contexts(text: &str) -> Result<ContextPatterns, String> {
    values::contexts(values::comma_list(text)).map(ContextPatterns)
}

/// A parser of a choice, with the words in help and completions.
fn words<T: Copy + Send + Sync + 'static>(words: values::Words<T>) -> impl TypedValueParser<Value = T> {
    let parser = PossibleValuesParser::new(words.iter().map(|(word, _)| *word));
    parser.try_map(move |word| values::choice(words, &word).map_err(std::io::Error::other))
}

/// Why there is nothing to run.
#[derive(Debug)]
pub(super) enum Unparsed {
    /// Help or version was asked for: this is it.
    Print(String),
    /// It is wrong; clap's message, without the prefix that `main` gives to every error.
    Wrong(String),
}

/// Reads the command line, and which options before another command's name only merging and reporting has, as `--name`.
///
/// # Errors
/// clap's, and its requests to print something.
pub(super) fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<(Cli, Vec<String>), Unparsed> {
    let matches = Cli::command().try_get_matches_from(arguments);
    let parsed = matches.and_then(|matches| Ok((Cli::from_arg_matches(&matches)?, misplaced_options(&matches))));
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
    options.map(|id| format!("--{}", id.replace('_', "-"))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_definition_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_option_that_holds_for_good_has_a_key_in_the_settings() {
        let command = Cli::command();
        let for_once =
            ["timestamp", "delete-fragments", "rcfile", "quiet", "verbose", "color", "expect-file", "test-log"];
        let options = command.get_arguments().filter_map(|argument| argument.get_long());
        let of_files = ["fragments", "known-plugins", "installed"];
        let mut options: Vec<&str> = options.filter(|name| !for_once.contains(name)).chain(of_files).collect();
        let mut keys = super::super::covmerge::KEYS;
        options.sort_unstable();
        keys.sort_unstable();
        assert_eq!(options, keys);
    }
}
