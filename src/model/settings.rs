//! The settings, with their units and defaults. A stage takes its own part, never the whole.
//!
//! Regular expressions and globs are text here. `config` compiles each once, to refuse a wrong one where it is written; the stage that needs them
//! compiles them once more, joined. Compiled ones would make the nouns depend on the engine.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::path::PathBuf;

use super::duration::Duration;
use super::limits::Limits;
use super::manifest::Manifest;
use super::output::Request;
use super::outside::Outside;
use super::timestamp::Timestamp;
use super::warning::Warning;

/// The settings of a run, from flags, settings files and defaults, checked.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// The settings that several stages need.
    pub common: Common,
    /// Which fragments to read.
    pub discover: Discover,
    /// How they are read and merged.
    pub merge: Merge,
    /// The fragments that are expected, if they are listed.
    pub manifest: Option<Manifest>,
    /// Logs and reports of test sessions that must say that these succeeded: `FILE` or `FILE:SESSION`.
    pub test_logs: Vec<String>,
    /// How a fragment's paths become ours, and which files count.
    pub paths: Paths,
    /// How sources are analysed.
    pub analysis: Analysis,
    /// The thresholds.
    pub gate: Gate,
    /// The outputs.
    pub render: Render,
    /// The packages that have roots and settings of their own, in the order of the settings.
    pub parts: Vec<Part>,
    /// Worker threads; `None` for as many as there are processors.
    pub jobs: Option<NonZeroUsize>,
    /// Whether `data` is the only output: then nothing is analysed and no total is judged.
    pub combine: bool,
    /// Whether the fragments are deleted after every output was written.
    pub delete_fragments: bool,
    /// The files that settings are read from, where they exist, relative to the working directory or absolute.
    pub files: Vec<PathBuf>,
    /// Warnings about the settings files, such as unknown options of coverage.py.
    pub warnings: Vec<Warning>,
}

/// The settings that several stages need: each stage is given them beside its own.
#[derive(Clone, Debug, Default)]
pub struct Common {
    /// The directory of the sources: absolute, symbolic links resolved. For coverage.py, it is the working directory; in the XML, it is a root.
    pub root: PathBuf,
    /// The top of the version-controlled work tree that contains the root, absolute, if there is one; above submodules.
    pub top: Option<PathBuf>,
    /// coverage.py's `relative_files`.
    pub relative_files: bool,
    /// Decimals of percentages, shown and compared.
    pub precision: u32,
    /// The number of fragments required, duplicates and unfinished ones that count included.
    pub expect: Option<u64>,
    /// The places outside of the root whose texts are shown.
    pub outside: Outside,
}

/// A part of the run: a package of a monorepo, with a root and with settings of coverage.py's of its own.
#[derive(Clone, Debug, Default)]
pub struct Part {
    /// Its name, which no other part has.
    pub name: String,
    /// Its root as reports name it: relative to that of the run, `.` if it is the same.
    pub shown: String,
    /// Its root, absolute with symbolic links resolved.
    pub root: PathBuf,
    /// `relative_files` of its settings.
    pub relative_files: bool,
    /// How the paths of its fragments become ours, and which of its files count.
    pub paths: Paths,
    /// Whether `include` is given for the whole run, and decides in the place of its own.
    pub include_of_run: bool,
    /// Whether `omit` is given for the whole run, and decides in the place of its own.
    pub omit_of_run: bool,
    /// How its sources are analysed.
    pub analysis: Analysis,
}

/// Which fragments to read.
#[derive(Clone, Debug, Default)]
pub struct Discover {
    /// The working directory, absolute: relative arguments, patterns and outputs start there.
    pub cwd: PathBuf,
    /// Files, directories and globs from the command line or, failing that, `fragments` of `[tool.covmerge]`.
    pub fragments: Vec<String>,
    /// coverage.py's `data_file` (default `.coverage`): the place to look if `fragments` and `places` are empty.
    pub data_file: PathBuf,
    /// The directory of the settings that name `data_file`, absolute.
    pub data_root: PathBuf,
    /// Files, directories and globs each of which must hold a fragment; searched if `fragments` is empty.
    pub places: Vec<ExpectedPlace>,
    /// Where the fragments of parts are.
    pub parts: Vec<PartPlaces>,
    /// Whether the command line names fragments: then those of parts are not looked for elsewhere.
    pub is_named: bool,
    /// The places outside of a searched directory to which links in it may lead.
    pub outside: Outside,
    /// How large archives may be.
    pub limits: Limits,
}

/// A place that must hold a fragment, one of those that braces stand for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExpectedPlace {
    /// A file, a directory or a glob.
    pub name: String,
    /// The number of its components before the first with braces.
    pub given: usize,
}

/// Where the fragments of a part are.
#[derive(Clone, Debug, Default)]
pub struct PartPlaces {
    /// The part's name.
    pub name: String,
    /// Its root, absolute with symbolic links resolved: fragments below it that no part names belong to it.
    pub root: PathBuf,
    /// Files, directories and globs, relative to the working directory of the run.
    pub fragments: Vec<String>,
    /// `data_file` of its settings, absolute: the place to look if `fragments` is empty.
    pub data_file: PathBuf,
}

/// How fragments are read and merged.
#[derive(Clone, Debug, Default)]
pub struct Merge {
    /// Which contexts to read.
    pub contexts: Contexts,
    /// How to treat a fragment that cannot be read.
    pub bad_fragments: BadFragments,
    /// How to treat a fragment that was never finished.
    pub unfinished_fragments: UnfinishedFragments,
    /// Fragments that are older are passed over.
    pub max_age: Option<Duration>,
    /// How to treat statement fragments beside branch fragments.
    pub branch_mix: BranchMix,
    /// Whether files that `include` and `omit` leave out are kept aside, for `data`.
    pub keep_omitted: bool,
    /// Whether the data is to be sealed: then each fragment has a digest, and who measured a file is left to the reports.
    pub sealing: bool,
    /// The settings of the run that would decide numbers: those of seals must be the same.
    pub own_rules: OwnRules,
    /// The settings of each part.
    pub parts: Vec<MergePart>,
}

/// How the fragments of a part are read.
#[derive(Clone, Debug, Default)]
pub struct MergePart {
    /// Which contexts to read.
    pub contexts: Contexts,
    /// Its settings that would decide numbers: those of its seals must be the same.
    pub own_rules: OwnRules,
}

/// The settings that decide numbers, as far as the user set them.
#[derive(Clone, Debug, Default)]
pub struct OwnRules {
    /// `python-version`.
    pub python: Option<PythonVersion>,
    /// `exclude_lines` and `exclude_also`.
    pub exclude: Option<Vec<String>>,
    /// `partial_branches`, `partial_also` and `partial_branches_always`.
    pub partial: Option<Vec<String>>,
    /// The names of those of both kinds that are written.
    pub written: Vec<&'static str>,
    /// `unfinished-fragments`.
    pub unfinished_fragments: Option<UnfinishedFragments>,
}

/// Which contexts to read.
#[derive(Clone, Debug, Default)]
pub struct Contexts {
    /// Whether some output shows them; otherwise their names are not even read, unless there is a filter.
    pub keep: bool,
    /// Only data recorded under a context that one of these patterns matches counts (`re.search`); empty: all.
    pub filter: Vec<String>,
    /// Likewise, but for reports alone: `data` keeps what they leave out.
    pub reported: Vec<String>,
    /// The Python version by whose rules the patterns are read.
    pub python: PythonVersion,
    /// How much reading a fragment may cost.
    pub limits: Limits,
}

impl Contexts {
    /// Whether reports count only some contexts.
    #[must_use]
    pub fn are_chosen(&self) -> bool {
        !self.filter.is_empty() || !self.reported.is_empty()
    }
}

/// How to treat a fragment that cannot be read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum BadFragments {
    /// All are listed, nothing is written.
    #[default]
    Fail,
    /// The rest is reported, and marked as incomplete.
    Skip,
}

/// How to treat a fragment that was never finished: its process ended while it saved.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum UnfinishedFragments {
    /// As one that cannot be read.
    #[default]
    Fail,
    /// It counts with the part that was saved.
    Merge,
}

/// How to treat statement fragments beside branch fragments.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum BranchMix {
    /// Refuse, naming one of each.
    #[default]
    Refuse,
    /// Report lines only, with a warning.
    Lines,
}

/// How a fragment's paths become ours, and which files count.
#[derive(Clone, Debug, Default)]
pub struct Paths {
    /// `--map` and `[paths]`, in order.
    pub aliases: Vec<Alias>,
    /// Patterns of the files that count; empty: all.
    pub include: Vec<String>,
    /// Patterns of the files that do not.
    pub omit: Vec<String>,
    /// The directory that `data_file` names, if it names one: fragments in it are those of the root.
    pub data_directory: Option<PathBuf>,
    /// The files that count although no fragment names them.
    pub scope: Scope,
    /// Where settings of patterns stand, as the end of a sentence, by their names: `on line 3 of …`.
    pub places: BTreeMap<String, String>,
    /// What patterns may cost.
    pub limits: Limits,
}

impl Paths {
    /// The setting of that name and its place, for messages.
    #[must_use]
    pub fn origin(&self, name: &str) -> String {
        let quoted = quoted(name);
        self.places.get(name).map_or(quoted.clone(), |place| format!("{quoted} {place}"))
    }
}

/// The name of a setting in backticks, unless it contains backticks.
#[must_use]
pub fn quoted(name: &str) -> String {
    if name.contains('`') { name.to_owned() } else { format!("`{name}`") }
}

/// Directories and packages whose Python files count, whether a fragment names them or not.
#[derive(Clone, Debug, Default)]
pub struct Scope {
    /// The directories and packages.
    pub places: Vec<Place>,
    /// coverage.py's `[run] omit`: patterns of files that do not count in this way.
    pub omit: Vec<String>,
    /// coverage.py's `include_namespace_packages`: whether directories without `__init__.py` count.
    pub namespace_packages: bool,
}

/// A directory or package whose Python files count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The name as written.
    pub name: String,
    /// Its place in the settings: `--source`, `[run] source`.
    pub origin: String,
    /// Whether it stands on the command line: then it must be found.
    pub is_of_line: bool,
    /// The directory, absolute; `None` for a package.
    pub directory: Option<PathBuf>,
}

/// Whose rules an alias follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AliasBy {
    /// coverage.py's: those of `[paths]`.
    CoveragePy,
    /// Ours: those of `--map`, by which a relative name is also known by the absolute one that it has below the root.
    Covmerge,
}

/// One rule of `[paths]` or `--map`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alias {
    /// Its place in the settings, for messages: `[paths] source` or `--map`.
    pub origin: String,
    /// Whose rule it is.
    pub by: AliasBy,
    /// The pattern of foreign locations; it does not end with a wildcard, which would match a whole tree rather than its root.
    pub pattern: String,
    /// The canonical location they become; it has no wildcard.
    pub result: String,
}

impl Alias {
    /// The origin of a rule that the command line gives.
    pub const FLAG: &str = "--map";
}

/// How sources are analysed.
#[derive(Clone, Debug, Default)]
pub struct Analysis {
    /// The Python version whose rules define statements.
    pub python: PythonVersion,
    /// Whether sources or fragments list the statements.
    pub statements: StatementsFrom,
    /// Patterns of lines that are excluded, with the suites and functions they begin.
    pub exclude: Vec<String>,
    /// The settings that hold them, after a preposition.
    pub exclude_place: String,
    /// Whether the user set exclusions: then it is worth a warning that they do not apply to claims.
    pub own_exclusions: bool,
    /// Patterns of lines whose exits all count as taken: `partial_branches` and `partial_branches_always`.
    pub partial: Vec<String>,
    /// The settings that hold them, after a preposition.
    pub partial_place: String,
    /// Whether files whose source is missing or unparsable are left out with a warning.
    pub ignore_errors: bool,
    /// How to treat sources of another revision than the measured one.
    pub stale_sources: StaleSources,
    /// How much a source and a search in it may cost.
    pub limits: Limits,
}

/// How to treat sources of another revision than the measured one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum StaleSources {
    /// Refuse to judge them.
    #[default]
    Fail,
    /// Report what fits, with a warning.
    Warn,
}

/// The default exclusions, which `exclude_lines` replaces. Source: `DEFAULT_EXCLUDE` in coverage.py's `config.py`.
pub const EXCLUDE_DEFAULTS: &[&str] = &[
    r"#\s*(pragma|PRAGMA)[:\s]?\s*(no|NO)\s*(cover|COVER)",
    r"^\s*(((async )?def .*?)?[\])]+(\s*->.*?)?:\s*)?\.\.\.\s*(#|$)",
    r"^\s*if (typing\.)?TYPE_CHECKING:",
];
/// The settings of coverage.py that hold patterns of lines that are excluded.
pub const EXCLUSIONS: [&str; 2] = ["exclude_lines", "exclude_also"];
/// Those that hold patterns of lines whose exits all count as taken.
pub const PARTIAL: [&str; 3] = ["partial_branches", "partial_also", "partial_branches_always"];
/// The patterns of lines whose exits all count as taken, which `partial_branches` replaces. Source: `DEFAULT_PARTIAL`, ibid.
pub const PARTIAL_DEFAULTS: &[&str] = &[r"#\s*(pragma|PRAGMA)[:\s]?\s*(no|NO)\s*(branch|BRANCH)"];
/// The same for `partial_branches_always`: lines that cannot take all their exits. Source: `DEFAULT_PARTIAL_ALWAYS`, ibid.
pub const PARTIAL_ALWAYS_DEFAULTS: &[&str] = &[r"^\s*while (True|1|False|0):", r"^\s*if (True|1|False|0):"];

/// A CPython feature release.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PythonVersion {
    /// The `Y` of 3.Y: 10 to 15.
    pub minor: u8,
}

impl PythonVersion {
    /// The oldest whose rules are known.
    pub const OLDEST: Self = Self { minor: 10 };
    /// The newest whose rules are known.
    pub const NEWEST: Self = Self { minor: 15 };
}

impl Default for PythonVersion {
    fn default() -> Self {
        Self { minor: 13 }
    }
}

impl std::fmt::Display for PythonVersion {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "3.{}", self.minor)
    }
}

/// Whether sources or fragments list the statements.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum StatementsFrom {
    /// The fragments where all claim the same, else the source.
    #[default]
    Auto,
    /// Always the source.
    Source,
    /// Never the source.
    Fragments,
}

/// The thresholds.
#[derive(Clone, Debug, Default)]
pub struct Gate {
    /// The total required, 0 to 100; `None` without a threshold.
    pub fail_under: Option<f64>,
    /// Whether incomplete data leaves the exit status alone.
    pub allow_incomplete: bool,
    /// Whether names or places of fragments are expected: then the missing ones are named.
    pub names_expected: bool,
    /// The share required of each part; `None` without a threshold.
    pub parts: Vec<Option<f64>>,
}

/// The outputs, and how they are written.
#[derive(Clone, Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of coverage.py's settings, by its own name")]
pub struct Render {
    /// The requested outputs, in order.
    pub outputs: Vec<Request>,
    /// Leave complete files out of the text table.
    pub skip_covered: bool,
    /// Leave out files without statements of the text table, XML and LCOV.
    pub skip_empty: bool,
    /// Show the `Missing` column of the text table.
    pub show_missing: bool,
    /// How the text table is sorted.
    pub sort: Sort,
    /// Show contexts in the JSON (`json.show_contexts`).
    pub show_contexts: bool,
    /// Indent the JSON by 4 (`json.pretty_print`).
    pub json_pretty: bool,
    /// `xml.package_depth`: how many directories make a package's name; negative counts from the end, as Python slices do.
    pub xml_package_depth: i64,
    /// The flavour of the XML.
    pub xml_flavour: XmlFlavour,
    /// The version-controlled work tree that contains the root, absolute, if there is one.
    pub work_tree: Option<PathBuf>,
    /// `run.source` as written: more roots of the XML.
    pub source: Vec<String>,
    /// The timestamp for the outputs, if one was given.
    pub timestamp: Option<Timestamp>,
    /// The commit that was measured, if it is known.
    pub commit: Option<String>,
    /// `lcov.line_checksums`.
    pub lcov_checksums: bool,
    /// How pages are made.
    pub html: Html,
}

/// The flavours of Cobertura XML.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum XmlFlavour {
    /// coverage.py's, with names below `run.source` and an attribute of its own.
    #[default]
    CoveragePy,
    /// Valid against the DTD, with names relative to the work tree.
    Strict,
}

/// `[html]` of coverage.py's settings.
#[derive(Clone, Debug, Default)]
pub struct Html {
    /// The title of the report; empty if none is set.
    pub title: String,
    /// Show the contexts that ran a line.
    pub show_contexts: bool,
    /// Leave complete files out.
    pub skip_covered: bool,
    /// Leave out files without statements.
    pub skip_empty: bool,
    /// The text of the user's style sheet, which comes after ours.
    pub extra_css: Option<String>,
}

/// How the text table is sorted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sort {
    /// The column.
    pub key: SortKey,
    /// Whether the largest comes first.
    pub descending: bool,
}

/// A column of the text table.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are the columns'")]
pub enum SortKey {
    #[default]
    Name,
    Stmts,
    Miss,
    Branch,
    BrPart,
    Cover,
}
