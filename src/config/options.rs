//! Every option, one row each: the command line, the keys of covmerge's settings, the layers, the help, the completions and the manual page follow
//! from it. To add an option, add its row here, use its field in `layers`, and describe its key in `docs/settings.md`.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;

use clap::{Arg, ArgMatches};

use super::coverage::Options;
use super::entry::{self, Entry};
use super::form::{self, Form, Home, choice, list, number, of_files, percent, switch, word};
use super::outputs::{self, Asked};
use super::outside::{self, Allowed};
use super::source::{self, Wanted};
use super::{Error, homes, limits, part, timestamp, values};
use crate::model::duration::Duration;
use crate::model::limits::Limits;
use crate::model::settings::{
    Alias, BadFragments, BranchMix, ExpectedPlace, PythonVersion, Sort, StaleSources, StatementsFrom,
    UnfinishedFragments, XmlFlavour,
};
use crate::model::timestamp::Timestamp;

/// Where an option is allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// On the command line without a name, and as a key.
    Argument,
    /// On the command line and as a key.
    Both,
    /// On the command line only: it applies to one run.
    Line,
    /// As a key only.
    File,
    /// Another option has replaced it, as its help says: it is refused.
    Replaced,
}

/// The properties of a row besides its type.
#[derive(Clone, Copy, Debug)]
pub(super) struct Row {
    /// The long option and the key.
    pub(super) name: &'static str,
    /// Where the option is allowed.
    pub(super) place: Place,
    /// Its place in coverage.py's settings.
    pub(super) home: Option<Home>,
    /// The short option, the name of its value, its heading in the help, its help text.
    declared: (Option<char>, &'static str, &'static str, &'static str),
}

impl Row {
    /// The row as an argument for clap.
    fn argument(self) -> Arg {
        let (short, value, heading, help) = self.declared;
        let argument = Arg::new(self.name).value_name(value).help(help).hide(self.place == Place::Replaced);
        if self.place == Place::Argument {
            return argument;
        }
        let argument = argument.long(self.name).help_heading(heading);
        short.map_or(argument.clone(), |short| argument.short(short))
    }

    /// Whether it is a key of covmerge's settings.
    pub(super) fn is_key(self) -> bool {
        matches!(self.place, Place::Argument | Place::Both | Place::File)
    }
}

/// The upper value, else the lower one.
fn first<T>(upper: Option<T>, lower: impl FnOnce() -> Result<Option<T>, Error>) -> Result<Option<T>, Error> {
    upper.map_or_else(lower, |upper| Ok(Some(upper)))
}

/// The upper values, then the lower ones.
fn both<T>(
    upper: Option<Vec<T>>,
    lower: impl FnOnce() -> Result<Option<Vec<T>>, Error>,
) -> Result<Option<Vec<T>>, Error> {
    let lower = lower()?;
    Ok(match (upper, lower) {
        (Some(upper), Some(lower)) => Some(upper.into_iter().chain(lower).collect()),
        (upper, lower) => upper.or(lower),
    })
}

macro_rules! options {
    ($(
        $field:ident: $type:ty = $form:expr, $merge:ident, $place:ident,
        $name:literal $(-$short:literal)? $(<$value:literal>)?, $heading:literal $(, [$section:literal, $option:literal])?, $help:literal;
    )*) => {
        /// The values set in one place; `None` for values that are not set there.
        #[derive(Clone, Debug, Default)]
        pub(super) struct Choices {
            $(#[doc = concat!("`", $name, "`")] pub(super) $field: Option<$type>,)*
            /// The places of the keys that set them, by their names.
            pub(super) places: BTreeMap<&'static str, String>,
        }

        /// The rows, in the order of the help.
        pub(super) const ROWS: &[Row] = &[$(Row {
            name: $name,
            place: Place::$place,
            home: options!(@some $(($section, $option))?),
            declared: (options!(@some $($short)?), options!(@text $($value)?), $heading, $help),
        },)*];

        /// The rows of the command line, as arguments for clap.
        pub(super) fn arguments() -> Vec<Arg> {
            let forms: Vec<Box<dyn Fn(Arg) -> Arg>> = vec![$({ let form: Form<$type> = $form; form.declare },)*];
            let rows = ROWS.iter().zip(forms).filter(|(row, _)| row.place != Place::File);
            rows.map(|(row, declare)| declare(row.argument())).collect()
        }

        impl Choices {
            /// The values on the command line.
            pub(super) fn of_line(matches: &ArgMatches) -> Self {
                Self { $($field: options!(@line $place, ($form.line)(matches, $name)),)* places: BTreeMap::new() }
            }

            /// Takes the value of one key; false if the key does not exist.
            ///
            /// # Errors
            /// Its value is wrong.
            pub(super) fn take(&mut self, entry: &Entry<'_>) -> Result<bool, Error> {
                match entry.key {
                    $($name if options!(@is_key $place) => {
                        self.$field = Some(($form.file)(entry)?);
                        self.places.insert($name, format!("on line {} of `{}`", entry.item.line, entry.file));
                    })*
                    _ => return Ok(false),
                }
                Ok(true)
            }

            /// These values over the `lower` ones.
            ///
            /// # Errors
            /// None.
            pub(super) fn over(self, lower: Self) -> Result<Self, Error> {
                let (mut places, of_lower) = (self.places, lower.places);
                $(if self.$field.is_none() && let Some(place) = of_lower.get($name) {
                    places.insert($name, place.clone());
                })*
                Ok(Self { $($field: $merge(self.$field, || Ok(lower.$field))?,)* places })
            }

            /// These values over coverage.py's, which are checked only where they take effect.
            ///
            /// # Errors
            /// One of them is wrong.
            pub(super) fn over_coverage(self, coverage: &Options) -> Result<Self, Error> {
                Ok(Self { $($field: $merge(self.$field, || options!(@coverage $form, coverage $(, ($section, $option))?))?,)* places: self.places })
            }
        }
    };
    (@some) => { None };
    (@some $some:expr) => { Some($some) };
    (@text) => { "" };
    (@text $text:literal) => { $text };
    (@line File, $line:expr) => { None };
    (@line $place:ident, $line:expr) => { $line };
    (@is_key $place:ident) => { matches!(Place::$place, Place::Argument | Place::Both | Place::File) };
    (@coverage $form:expr, $coverage:ident) => { Ok(None) };
    (@coverage $form:expr, $coverage:ident, $home:expr) => { ($form.coverage)($coverage, $home) };
}

options! {
    fragments: Vec<String> = list(values::texts, entry::fragments), first, Argument, "fragments" <"FRAGMENT">, "",
        "Fragments: files, directories or globs [default: .coverage and .coverage.*]";

    output: Vec<Asked> = list(outputs::one, entry::outputs), first, Both, "output" -'o' <"FORMAT[=PATH]">, "Outputs",
        "Outputs to write, repeatable: xml, html, html-single, summary, json, lcov, text, markdown, total or data; `-` as PATH is standard output [default: xml, html and summary]";
    precision: u32 = number(values::precision).or_in_coverage(homes::precision), first, Both, "precision" <"N">, "Outputs",
        ["report", "precision"], "The number of decimals in percentages";
    sort: Sort = word(values::sort).with_hyphens().or_in_coverage(homes::sort), first, Both, "sort" <"KEY">, "Outputs", ["report", "sort"],
        "Sort the table by name, stmts, miss, branch, brpart or cover; -KEY for descending";
    show_missing: bool = switch(), first, Both, "show-missing", "Outputs", ["report", "show_missing"],
        "List the missing lines in the table";
    skip_covered: bool = switch(), first, Both, "skip-covered", "Outputs", ["report", "skip_covered"],
        "Leave files with 100% coverage out of the table";
    skip_empty: bool = switch(), first, Both, "skip-empty", "Outputs", ["report", "skip_empty"],
        "Leave out files without statements";
    show_contexts: bool = switch(), first, Both, "show-contexts", "Outputs", ["json", "show_contexts"],
        "Show the contexts of each line in the JSON and HTML reports";
    xml_flavour: XmlFlavour = choice(values::XML_FLAVOUR), first, Both, "xml-flavour" <"WHOSE">, "Outputs",
        "XML as coverage.py writes it, or valid against Cobertura's DTD with paths relative to the repository";
    timestamp: Timestamp = number(timestamp::parse), first, Line, "timestamp" <"T">, "Outputs",
        "The timestamp in the outputs: seconds since 1970 or ISO 8601 [env: SOURCE_DATE_EPOCH]";

    fail_under: f64 = percent().or_in_coverage(homes::fail_under), first, Both, "fail-under" <"PERCENT">, "Thresholds",
        ["report", "fail_under"], "Exit with 2 if total coverage is below this percentage, 0 to 100";
    expect: u64 = number(values::count), first, Both, "expect" <"N">, "Thresholds",
        "The number of fragments required, duplicates included";
    expect_in: Vec<ExpectedPlace> = list(values::places, entry::places), first, Both, "expect-in" <"PLACES">, "Thresholds",
        "Files, directories or globs each of which must hold a fragment, with {1..32} or {a,b}; searched if no FRAGMENT is given; repeatable";
    expect_file: String = Form { file: Box::new(entry::path), ..word(values::text) }, first, Both, "expect-file" <"FILE">, "Thresholds",
        "A manifest of the fragments required: names, globs or commands, with counts; see `covmerge manifest`";
    allow_incomplete: bool = switch(), first, Both, "allow-incomplete", "Thresholds",
        "Accept incomplete data; the outputs stay marked as incomplete";
    test_log: Vec<String> = list(values::texts, entry::paths), first, Both, "test-log" <"FILE[:SESSION]">, "Thresholds",
        "A log or report of nox, or JUnit XML, that must say that SESSION succeeded; repeatable [default: unit_tests in nox, every suite in JUnit XML]";

    include: Vec<String> = list(values::patterns, entry::texts).or_in_coverage(form::listed), first, Both, "include" <"PATTERN">, "Sources",
        ["report", "include"], "Report only on files that match; repeatable, or with commas";
    omit: Vec<String> = list(values::patterns, entry::texts).or_in_coverage(form::listed), first, Both, "omit" <"PATTERN">, "Sources",
        ["report", "omit"], "Do not report on files that match; repeatable, or with commas";
    root: String = Form { file: Box::new(entry::root), ..word(values::text) }, first, Both, "root" <"DIR">, "Sources",
        "The directory of the sources [default: the current directory]";
    source: Vec<Wanted> = list(source::of_line, source::of_file).with_optional_value(source::ALONE), first, Both, "source" <"DIR|PACKAGE">, "Sources",
        "Count the Python files below it that no fragment names, with 0%; repeatable, or with commas; without a value: coverage.py's `source`";
    map: Vec<Alias> = list(values::aliases, entry::aliases).or_in_coverage(homes::aliases), both, Both, "map" <"FROM=TO">, "Sources",
        ["paths", ""], "Report files measured below FROM as files below TO; repeatable";
    python_version: PythonVersion = word(values::python_version), first, Both, "python-version" <"X.Y">, "Sources",
        "The Python version that ran the tests: its rules decide which lines are statements [default: the project's, else 3.13]";
    analysis: StatementsFrom = choice(values::ANALYSIS), first, Both, "analysis" <"WHEN">, "Sources",
        "When to find statements by analysing the sources; auto: where the fragments do not list them [default: auto]";
    allow_outside_root: Vec<Allowed> = list(outside::of_line, outside::of_file).with_optional_value(outside::ALONE), first, Both,
        "allow-outside-root" <"DIR">, "Sources",
        "Show the text of sources outside the root, and read fragments behind links that lead there: those below DIR, or all without a value; repeatable";
    ignore_errors: bool = switch(), first, Both, "ignore-errors"-'i', "Sources", ["report", "ignore_errors"],
        "Leave out files whose source is missing or broken, with a warning";
    stale_sources: StaleSources = choice(values::STALE_SOURCES), first, Both, "stale-sources" <"HOW">, "Sources",
        "How to treat sources of another revision than the measured one: report nothing, or warn [default: fail]";

    contexts: Vec<String> = list(values::context_list, entry::contexts).or_in_coverage(homes::contexts), first, Both,
        "contexts" <"REGEX">, "Fragments", ["report", "contexts"],
        "Count only lines that ran in matching contexts; repeatable, or with commas";
    bad_fragments: BadFragments = choice(values::BAD_FRAGMENTS), first, Both, "bad-fragments" <"HOW">, "Fragments",
        "How to treat a fragment that cannot be read: write nothing, or go on without it; the exit status is 3 either way [default: fail]";
    unfinished_fragments: UnfinishedFragments = choice(values::UNFINISHED_FRAGMENTS), first, Both, "unfinished-fragments" <"HOW">, "Fragments",
        "How to treat a fragment whose process ended before it had saved everything: as one that cannot be read, or count what it saved [default: fail]";
    max_age: Duration = word(values::duration), first, Both, "max-age" <"DURATION">, "Fragments",
        "Pass fragments over that are older, such as 90s, 30m, 2h, 7d or 1h30m; a fragment without a time is never too old";
    empty_fragments: String = word(values::text), first, Replaced, "empty-fragments" <"HOW">, "Fragments", "Replaced by --unfinished-fragments";
    branch_mix: BranchMix = choice(values::BRANCH_MIX), first, Both, "branch-mix" <"HOW">, "Fragments",
        "How to treat statement fragments beside branch fragments [default: error]";
    delete_fragments: bool = switch(), first, Line, "delete-fragments", "Fragments",
        "Delete the fragments if the run ends with 0 or 2";

    rcfile: String = word(values::text), first, Line, "rcfile" <"FILE">, "Settings",
        "coverage.py's settings file [default: .coveragerc, .coveragerc.toml, setup.cfg, tox.ini, pyproject.toml]";
    jobs: NonZeroUsize = number(values::jobs), first, Both, "jobs" <"N">, "Settings", "Worker threads [default: all processors]";
    part: Vec<part::Asked> = of_files(part::read), first, File, "part", "Settings",
        "The packages of a monorepo, each with its own root, settings and threshold";
    known_plugins: Vec<String> = of_files(entry::texts), first, File, "known-plugins", "Settings",
        "Plugins of coverage.py that set no settings";
    limits: Limits = of_files(limits::read), first, File, "limits", "Settings",
        "How much a fragment, a source or a pattern may cost";
    installed: BTreeMap<String, Option<String>> = of_files(entry::versions), first, File, "installed", "Settings",
        "Packages that were installed where the tests ran, and their versions; or false if they were not";
}

/// The options that `covmerge seal` has, too.
pub(super) const OF_SEAL: [&str; 16] = [
    "fragments",
    "expect",
    "expect-in",
    "expect-file",
    "allow-incomplete",
    "test-log",
    "root",
    "allow-outside-root",
    "source",
    "map",
    "python-version",
    "bad-fragments",
    "unfinished-fragments",
    "max-age",
    "rcfile",
    "jobs",
];

/// The names of the keys, in the order of the help.
pub(super) fn keys() -> impl Iterator<Item = &'static str> {
    ROWS.iter().filter(|row| row.is_key()).map(|row| row.name)
}
