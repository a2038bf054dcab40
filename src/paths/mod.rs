//! Maps the paths in fragments to ours: where a file that was measured elsewhere is here, and whether it counts.
//!
//! A relative path may be meant from the directory of its fragment (`beside`). The steps for each recorded path, in order:
//!
//! 1. the user's rules (`--map`, `[paths]`) apply: the first one that matches and whose outcome exists;
//! 2. with `relative_files`, a path below the root becomes relative to it, and the user's rules apply again;
//! 3. with `relative_files`, a path that does not exist here is looked for below every first directory of a relative path: the rule
//!    `*/<directory>`, which coverage.py calls implicit. If several such rules lead to a file, the one that keeps most of the path wins;
//! 4. a backslash becomes a slash, unless a file with exactly that name exists;
//! 5. different names of one file, for example with and without a symbolic link, become one name.
//!
//! Steps 1 and 2 are done twice, once as `coverage combine` does them and once as its reports do. In steps 3 and 4 coverage.py depends on the
//! order of fragments or loses files: here all paths are known before the first is mapped, and a path that exists as recorded is kept.

pub mod aliases;
mod beside;
mod copies;
pub mod glob;
mod lost;
mod parts;
pub(crate) mod real;
mod roots;
mod scope;
mod sealed;
mod twins;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use self::aliases::{Rule, Translated, restyle, starts_with_dot_slash, without_dot_slash};
pub use self::beside::{Beside, Meant, Place};
use self::glob::list::Globs;
use self::glob::search::Work;
pub use self::parts::Mappers;
use self::real::{Real, is_separator, separator};
pub use self::roots::source_roots;
pub use self::scope::{NotFound, Scoped};
pub use self::sealed::SealedName;
use self::twins::Renamed;
use crate::model::limits::raise;
use crate::model::path::{SourcePath, is_absolute};
use crate::model::settings::{self, Alias};
use crate::model::warning::Warning;
use crate::python::re::shown;
use crate::sources::Sources;

/// A pattern that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("bad pattern `{pattern}` in {origin}")]
pub struct Error {
    /// Its place in the settings: `[paths] source` on a line of a file, `--map`, `include`, `omit`.
    pub origin: String,
    /// The pattern as written, or its beginning.
    pub pattern: String,
    /// The reason.
    pub source: glob::Error,
}

impl Error {
    /// What to do about it.
    #[must_use]
    pub fn help(&self) -> String {
        match self.source {
            glob::Error::Work { .. } => format!("write it with fewer wildcards; or {}", raise("file-pattern-work")),
            _ => "see coverage.py's documentation of `[paths]`, `include` and `omit` for the syntax".into(),
        }
    }
}

/// Maps recorded paths to ours, and decides which files count.
#[derive(Debug)]
pub struct Mapper {
    root: PathBuf,
    /// The root as text, without a slash at its end.
    root_text: String,
    relative: bool,
    rules: Vec<Rule>,
    include: Option<Matcher>,
    omit: Option<Matcher>,
    /// Fragments there are those of the root.
    data_directory: Option<PathBuf>,
    scope: settings::Scope,
    scope_omit: Option<Matcher>,
    /// Those of the run, whose texts are compared.
    sources: Sources,
}

/// The result of mapping all recorded paths.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mapping {
    mapped: BTreeMap<Box<str>, Mapped>,
}

/// The result of mapping one recorded path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mapped {
    /// Our path.
    pub path: SourcePath,
    /// The rule that changed it; `None` if only the spelling of its separators changed.
    pub by: Option<MappedBy>,
    /// Whether it counts: `include` admits it, and `omit` does not match it.
    pub included: bool,
}

/// A rule that changed a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MappedBy {
    /// Its origin: `[paths] source`, `--map`, `relative_files`.
    pub origin: String,
    /// The pattern that it matches.
    pub pattern: String,
}

impl Mapping {
    /// Our path of a recorded one; `None` if `include` or `omit` dropped it, or if it is not among the paths mapped.
    #[must_use]
    pub fn get(&self, recorded: &str) -> Option<&SourcePath> {
        self.explain(recorded).filter(|mapped| mapped.included).map(|mapped| &mapped.path)
    }

    /// The result for a recorded path, dropped or not; `None` if it is not among the paths mapped.
    #[must_use]
    pub fn explain(&self, recorded: &str) -> Option<&Mapped> {
        self.mapped.get(recorded)
    }

    /// Every recorded path with its result, in the order of the recorded paths.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Mapped)> {
        self.mapped.iter().map(|(recorded, mapped)| (&**recorded, mapped))
    }
}

impl Mapper {
    /// Compiles the rules and patterns.
    ///
    /// # Errors
    /// The first pattern that coverage.py refuses, or that says nothing.
    pub fn new(settings: &settings::Paths, common: &settings::Common) -> Result<Self, Error> {
        let sources = Sources::new(&common.root).allowing(common.outside.clone());
        Self::with(settings, &common.root, common.relative_files, sources, |alias| {
            Rule::new(alias, &common.root, common.relative_files, settings.limits)
        })
    }

    /// Compiles the rules and patterns for the files of `root`; `rule` compiles a rule.
    fn with(
        settings: &settings::Paths,
        root: &Path,
        relative: bool,
        sources: Sources,
        rule: impl Fn(&Alias) -> Result<Rule, glob::Error>,
    ) -> Result<Self, Error> {
        let mut rules = Vec::with_capacity(settings.aliases.len());
        for alias in &settings.aliases {
            let origin = settings.origin(&alias.origin);
            let mut rule = rule(alias).map_err(|source| bad(origin.clone(), &alias.pattern, source))?;
            rule.origin = origin;
            rules.push(rule);
        }
        let matcher = |name: &str, patterns: &[String]| {
            if patterns.is_empty() { Ok(None) } else { Matcher::new(name, patterns, settings, root).map(Some) }
        };
        Ok(Self {
            root: root.to_owned(),
            root_text: root.to_string_lossy().trim_end_matches('/').to_owned(),
            relative,
            rules,
            include: matcher("include", &settings.include)?,
            omit: matcher("omit", &settings.omit)?,
            data_directory: settings.data_directory.as_ref().and_then(|directory| directory.canonicalize().ok()),
            scope_omit: matcher("[run] omit", &settings.scope.omit)?,
            scope: settings.scope.clone(),
            sources,
        })
    }

    /// Checks the work of the patterns, when all names are mapped.
    fn check(&self) -> Result<(), Error> {
        for rule in &self.rules {
            if let Some(most) = rule.exceeded() {
                let source = glob::Error::Work { most, others: 0 };
                return Err(bad(rule.origin.clone(), &rule.alias.pattern, source));
            }
        }
        [&self.include, &self.omit, &self.scope_omit].into_iter().flatten().try_for_each(Matcher::check)
    }

    /// Maps the recorded paths of all fragments at once. Their order and repetitions make no difference.
    pub fn map<'a>(&self, recorded: impl IntoIterator<Item = &'a str>) -> Mapping {
        let real = Real::new(&self.root);
        let recorded: BTreeSet<&str> = recorded.into_iter().collect();
        let ruled: Vec<(&str, Step<'_>)> =
            recorded.into_iter().map(|path| (path, self.by_rules(path, &real))).collect();

        let mut directories = BTreeSet::new();
        if self.relative {
            directories.extend(ruled.iter().filter_map(|(_, step)| self.first_directory(step)));
        }

        let mut steps: Vec<Renamed<'_>> = Vec::with_capacity(ruled.len());
        for (path, step) in &ruled {
            steps.push((*path, settle(step, &directories, &real)));
        }
        if !self.relative {
            twins::by_name(&mut steps, &self.root_text);
        }
        twins::by_links(&mut steps, &real, &|path| {
            let below = self.below_root(path)?;
            Some(if self.relative { below } else { path }.to_owned())
        });
        let mapped = steps.into_iter().map(|(recorded, (path, by))| {
            let included = self.admits_as(&path, &real);
            (recorded.into(), Mapped { path: SourcePath::from(&*path), by, included })
        });
        Mapping { mapped: mapped.collect() }
    }

    /// Whether the file counts: it matches `include`, if there is one, and not `omit`.
    ///
    /// The resolved absolute path is matched; with `relative_files`, the path as it is.
    #[must_use]
    pub fn admits(&self, path: &SourcePath) -> bool {
        self.admits_as(path.as_str(), &Real::new(&self.root))
    }

    /// The name that reports show: relative to the root if the file lies below it.
    #[must_use]
    pub fn display_name(&self, path: &SourcePath) -> String {
        self.below_root(path.as_str()).unwrap_or(path.as_str()).to_owned()
    }

    /// A warning for each directory whose files in `paths` are copies that count separately, with the rule that would unite them. Only texts that may
    /// be shown are compared.
    #[must_use]
    pub fn copies<'a>(&self, paths: impl Iterator<Item = &'a SourcePath>) -> Vec<Warning> {
        let names: Vec<String> = paths.map(|path| self.display_name(path)).collect();
        copies::warnings(&names, &|name| self.text(name))
    }

    /// The text of a file, if it may be shown: a fragment must not ask what another file holds.
    #[must_use]
    pub fn text(&self, path: &str) -> Option<Arc<str>> {
        self.sources.looked_at(&SourcePath::from(path), true)
    }

    /// A warning for each `--map` that matches none of the recorded paths.
    ///
    /// A rule of the settings may stay unused: it is for all runs.
    #[must_use]
    pub fn unused<'a>(&self, recorded: impl Iterator<Item = &'a str> + Clone) -> Vec<Warning> {
        let real = Real::new(&self.root);
        let Some(first) = recorded.clone().min() else { return Vec::new() };
        let below = recorded.clone().filter_map(|path| self.below_root(path).filter(|_| self.relative));
        let names = recorded.chain(below);
        let by_flag = self.rules.iter().filter(|rule| rule.alias.origin == Alias::FLAG);
        let unused = by_flag.filter(|rule| !rule.is_used(names.clone(), &self.rules, &real, self.relative));
        let warning = |rule: &Rule| {
            let Alias { pattern, result, .. } = &rule.alias;
            Warning::new(format!("`--map {pattern}={result}` matches none of the paths in the fragments"))
                .with_help(format!("write `FROM` as they begin; the first of them is `{first}`"))
        };
        unused.map(warning).collect()
    }

    /// The paths that are not below the root.
    #[must_use]
    pub fn astray<'a>(&self, paths: impl Iterator<Item = &'a SourcePath>) -> BTreeSet<&'a SourcePath> {
        let real = Real::new(&self.root);
        let is_here = |path: &SourcePath| {
            let name = self.display_name(path);
            !is_absolute(&name) && !name.split('/').any(|part| part == "..") && real.exists(&name)
        };
        paths.filter(|path| !is_here(path)).collect()
    }

    /// The directory in which relative paths begin.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The place to look for the source: relative paths are below the root.
    #[must_use]
    pub fn absolute(&self, path: &SourcePath) -> PathBuf {
        self.root.join(path.as_str())
    }

    /// Steps 1 and 2 of the module's list.
    ///
    /// coverage.py maps twice, when it combines and when it reports: a second rule may apply to the outcome of the first one, and an outcome to
    /// which no rule applies the second time loses its `./`.
    fn by_rules<'p>(&self, recorded: &'p str, real: &Real<'_>) -> Step<'p> {
        self.by_rules_to(&|_, outcome| real.exists(outcome), recorded, real)
    }

    /// The same where the outcomes need not be here.
    fn by_rules_to<'p>(&self, exists: Exists<'_>, recorded: &'p str, real: &Real<'_>) -> Step<'p> {
        let mut step = Step { path: recorded.into(), by: None, is_final: false };
        for _ in 0..2 {
            let below = self.below_root(&step.path).filter(|_| self.relative);
            let ruled = self.first_rule(&step.path, real, exists).or_else(|| self.first_rule(below?, real, exists));
            if let Some((path, by)) = ruled {
                let path = self.below_root(&path).filter(|_| self.relative).map_or(path.clone(), str::to_owned);
                step = Step { path: path.into(), by: Some(by), is_final: true };
                continue;
            }
            if let Some(below) = below.map(str::to_owned) {
                let by = MappedBy { origin: "relative_files".into(), pattern: format!("{}/", self.root_text) };
                step = Step { path: below.into(), by: step.by.or(Some(by)), ..step };
            }
            if self.relative && step.is_final && starts_with_dot_slash(&step.path) {
                step.path = without_dot_slash(&step.path).to_owned().into();
            }
        }
        step
    }

    /// The outcome of the first rule that matches and whose outcome exists.
    fn first_rule(&self, path: &str, real: &Real<'_>, exists: Exists<'_>) -> Option<(String, MappedBy)> {
        self.rules.iter().find_map(|rule| {
            let outcome = rule.apply(path, real, self.relative).filter(|outcome| exists(rule, outcome))?;
            Some((outcome, MappedBy { origin: rule.alias.origin.clone(), pattern: rule.alias.pattern.clone() }))
        })
    }

    /// The first directory of a relative path, unless the user has a rule for it.
    fn first_directory<'s>(&self, step: &'s Step<'_>) -> Option<&'s str> {
        if is_absolute(&step.path) {
            return None;
        }
        let (first, _) = step.path.split_once(is_separator)?;
        let own = self.rules.iter().any(|rule| rule.alias.pattern.strip_prefix("*/") == Some(first));
        (!own).then_some(first)
    }

    /// The rest of a path that lies below the root.
    fn below_root<'p>(&self, path: &'p str) -> Option<&'p str> {
        path.strip_prefix(&*self.root_text)?.strip_prefix('/')
    }

    fn admits_as(&self, path: &str, real: &Real<'_>) -> bool {
        if self.include.is_none() && self.omit.is_none() {
            return true;
        }
        let name = if self.relative { path.into() } else { Cow::Owned(real.path(path)) };
        self.includes(&name) && !self.omits(&name)
    }

    fn includes(&self, name: &str) -> bool {
        self.include.as_ref().is_none_or(|include| include.is_match(name))
    }

    fn omits(&self, name: &str) -> bool {
        self.omit.as_ref().is_some_and(|omit| omit.is_match(name))
    }
}

/// Whether the outcome of a rule exists.
type Exists<'e> = &'e dyn Fn(&Rule, &str) -> bool;

/// A path that is being mapped.
struct Step<'p> {
    path: Cow<'p, str>,
    by: Option<MappedBy>,
    /// Whether a user's rule produced it.
    is_final: bool,
}

/// Steps 3 and 4 of the module's list.
fn settle<'p>(step: &'p Step<'_>, directories: &BTreeSet<&str>, real: &Real<'_>) -> (Cow<'p, str>, Option<MappedBy>) {
    let path: &str = &step.path;
    if step.is_final {
        return (slashes(path), step.by.clone());
    }
    let candidates = automatic(path, directories);
    let is_plain = !path.contains('\\') && candidates.iter().all(|(outcome, _)| outcome == path);
    if is_plain {
        return (path.into(), step.by.clone());
    }
    // A leading `./` is not a name: coverage.py drops it.
    if !starts_with_dot_slash(path) && real.exists(path) {
        return (path.into(), step.by.clone());
    }
    match candidates.into_iter().find(|(outcome, _)| real.exists(outcome)) {
        Some((outcome, _)) if outcome == path => (path.into(), step.by.clone()),
        Some((outcome, directory)) => {
            let by = MappedBy { origin: "relative_files".into(), pattern: format!("*/{directory}") };
            (slashes(&outcome).into_owned().into(), Some(by))
        }
        None => (slashes(path), step.by.clone()),
    }
}

/// The outcomes of the rules `*/<directory>` for a path, for each such directory in it from the last one on; longest outcome first.
fn automatic<'d>(path: &str, directories: &BTreeSet<&'d str>) -> Vec<(String, &'d str)> {
    if directories.is_empty() {
        return Vec::new();
    }
    let own = separator(path);
    let mut seen = BTreeSet::new();
    let mut outcomes = Vec::new();
    // From the end, each component that is followed by a separator.
    let mut end = path.len();
    while let Some(slash) = path[..end].rfind(is_separator) {
        let start = path[..slash].rfind(is_separator).map_or(0, |before| before + 1);
        end = slash;
        if let Some(&directory) = directories.get(&path[start..slash])
            && seen.insert(directory)
        {
            let outcome = restyle(format!("{directory}/{}", &path[slash + 1..]), own, '/');
            let bare = if starts_with_dot_slash(&outcome) { outcome[2..].to_owned() } else { outcome };
            outcomes.push((bare, directory));
        }
    }
    outcomes.reverse();
    outcomes
}

/// The path with slashes only.
fn slashes(path: &str) -> Cow<'_, str> {
    if path.contains('\\') { path.replace('\\', "/").into() } else { path.into() }
}

/// The error of a pattern.
fn bad(origin: String, pattern: &str, source: glob::Error) -> Error {
    Error { origin, pattern: shown(pattern), source }
}

/// The patterns of `include` or `omit`, with relative ones also below the root.
#[derive(Debug)]
struct Matcher {
    globs: Globs,
    work: Work,
    origin: String,
}

impl Matcher {
    /// Those of the setting of that name.
    fn new(name: &str, patterns: &[String], settings: &settings::Paths, root: &Path) -> Result<Self, Error> {
        let origin = settings.origin(name);
        let real = Real::new(root);
        let mut globs = Globs::default();
        for pattern in patterns {
            let below = (!pattern.starts_with(['*', '?'])).then(|| Translated::absolute(pattern, root, &real));
            let tokens = [Some(Translated::of(pattern)), below].into_iter().flatten().map(|one| one.tokens());
            let tokens: Result<Vec<_>, _> = tokens.collect();
            globs.add(pattern, tokens.map_err(|source| bad(origin.clone(), pattern, source))?);
        }
        Ok(Self { globs, work: Work::of(settings.limits.file_pattern_work), origin })
    }

    fn is_match(&self, name: &str) -> bool {
        self.work.on(|steps| self.globs.is_match(name, steps)).unwrap_or_default()
    }

    fn check(&self) -> Result<(), Error> {
        let Some(most) = self.work.exceeded() else { return Ok(()) };
        let (pattern, others) = self.globs.widest();
        Err(bad(self.origin.clone(), pattern, glob::Error::Work { most, others }))
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use tempfile::TempDir;

    use super::*;
    use crate::model::settings::{AliasBy, Common, Settings};

    /// A directory with these files, and settings for it.
    fn project(files: &[&str], aliases: &[(&str, &str)]) -> (TempDir, Settings) {
        let directory = tempfile::tempdir().unwrap();
        let root = directory.path().canonicalize().unwrap();
        for file in files {
            fs::create_dir_all(root.join(file).parent().unwrap()).unwrap();
            fs::write(root.join(file), "").unwrap();
        }
        let alias = |&(pattern, result): &(&str, &str)| Alias {
            origin: "[paths] source".into(),
            by: AliasBy::CoveragePy,
            pattern: pattern.into(),
            result: result.into(),
        };
        let aliases = aliases.iter().map(alias).collect();
        let common = Common { root, ..Common::default() };
        let paths = settings::Paths { aliases, ..settings::Paths::default() };
        (directory, Settings { common, paths, ..Settings::default() })
    }

    fn mapper(settings: &Settings) -> Result<Mapper, Error> {
        Mapper::new(&settings.paths, &settings.common)
    }

    fn map(settings: &Settings, recorded: &[&str]) -> Vec<String> {
        let mapper = mapper(settings).unwrap();
        let mapping = mapper.map(recorded.iter().copied());
        recorded.iter().map(|path| mapping.explain(path).unwrap().path.to_string()).collect()
    }

    #[test]
    fn without_rules_a_path_is_kept() {
        let (_directory, settings) = project(&[], &[]);
        assert_eq!(map(&settings, &["/ci/src/a.py", "src/a.py", "C:\\a.py"]), ["/ci/src/a.py", "src/a.py", "C:/a.py"]);
    }

    #[test]
    fn the_first_rule_whose_outcome_exists_wins() {
        let (_directory, settings) = project(
            &["one/a.py", "two/a.py", "two/b.py"],
            &[("*/src", "one"), ("/ci/*/src/", "./two/"), (r"c:\ci\src", "two")],
        );
        let root = settings.common.root.display();
        assert_eq!(
            map(&settings, &["/ci/x/src/a.py", "/ci/x/src/b.py", "/ci/x/src/c.py", r"C:\CI\src\b.py"]),
            [
                format!("{root}/one/a.py"),
                format!("{root}/two/b.py"),
                "/ci/x/src/c.py".into(),
                format!("{root}/two/b.py")
            ]
        );
    }

    #[test]
    fn a_file_in_an_archive_exists_if_the_archive_does() {
        let (_directory, settings) = project(&["src/zipfiles/code.zip"], &[("*/d1", "./src")]);
        let inside = format!("{}/src/zipfiles/code.zip/p1.py", settings.common.root.display());
        assert_eq!(map(&settings, &["tox/d1/zipfiles/code.zip/p1.py"]), [inside]);
    }

    #[test]
    fn relative_paths_bring_foreign_ones_home_in_any_order() {
        let (_directory, mut settings) = project(&["src/a.py", "src/b.py", "tests/src/a.py"], &[]);
        settings.common.relative_files = true;
        let foreign =
            ["/ci/src/b.py", r"C:\ci\src\a.py", "/ci/tests/src/a.py", "/ci/other/c.py", "src/a.py", "tests/src/a.py"];
        let home = ["src/b.py", "src/a.py", "tests/src/a.py", "/ci/other/c.py", "src/a.py", "tests/src/a.py"];
        assert_eq!(map(&settings, &foreign), home);
    }

    #[test]
    fn a_path_that_exists_as_recorded_is_kept() {
        let (_directory, mut settings) = project(&["d0/d0/f.py", "d0/f.py", r"d0/back\slash.py"], &[]);
        settings.common.relative_files = true;
        let recorded = ["d0/d0/f.py", "d0/f.py", r"d0/back\slash.py", "/ci/d0/d0/f.py"];
        // The last path does not exist here: coverage.py's rule is greedy.
        assert_eq!(map(&settings, &recorded), ["d0/d0/f.py", "d0/f.py", r"d0/back\slash.py", "d0/f.py"]);
    }

    #[test]
    fn with_relative_files_the_root_is_taken_off_and_rules_are_asked_again() {
        let (_directory, mut settings) = project(&["lib/a.py", "b.py"], &[(".tox/*/site", "lib")]);
        settings.common.relative_files = true;
        let root = settings.common.root.display().to_string();
        let recorded = [&*format!("{root}/.tox/py/site/a.py"), ".tox/py/site/a.py", &*format!("{root}/b.py"), "./b.py"];
        assert_eq!(map(&settings, &recorded), ["lib/a.py", "lib/a.py", "b.py", "b.py"]);
    }

    #[test]
    fn with_relative_files_what_a_rule_makes_is_named_from_the_root_on() {
        for result in ["./src", "src", "[root]/src"] {
            let (directory, mut settings) = project(&["src/a.py"], &[]);
            let root = directory.path().canonicalize().unwrap();
            let result = result.replace("[root]", root.to_str().unwrap());
            let (origin, by) = ("[paths] source".into(), AliasBy::CoveragePy);
            settings.paths.aliases = vec![Alias { origin, by, pattern: "*/build/*/src".into(), result }];
            settings.common.relative_files = true;
            assert_eq!(map(&settings, &["/ci/build/7/src/a.py", "src/a.py", "./src/a.py"]), ["src/a.py"; 3]);
        }
    }

    #[test]
    fn a_rule_of_map_matches_a_relative_name_as_reports_show_it() {
        let (_directory, mut settings) = project(&["api/src/m.py", "api/src/x/n.py", "lib/o.py"], &[]);
        let root = settings.common.root.display().to_string();
        let (absolute, elsewhere) = (format!("{root}/src/m.py"), format!("{root}/api/src/m.py"));
        let recorded = ["src/m.py", "./src/m.py", r"src\x\n.py", &absolute, &elsewhere, "lib/o.py", "src/gone.py"];
        let home = ["api/src/m.py", "api/src/m.py", "api/src/x/n.py", "api/src/m.py", "api/src/m.py", "lib/o.py"];
        for (pattern, result) in [
            ("src", "api/src"),
            ("src/", "./api/src/"),
            ("./src", "api/src"),
            (".", "api"),
            ("[root]/src", "[root]/api/src"),
            ("*/src", "api/src"),
        ] {
            let [pattern, result] = [pattern, result].map(|path| path.replace("[root]", &root));
            for relative in [false, true] {
                settings.common.relative_files = relative;
                let alias = |by| Alias { origin: "--map".into(), by, pattern: pattern.clone(), result: result.clone() };
                settings.paths.aliases = vec![alias(AliasBy::Covmerge)];
                let mapper = mapper(&settings).unwrap();
                let mapping = mapper.map(recorded);
                let shown = |path: &&str| mapper.display_name(&mapping.explain(path).unwrap().path);
                let found: Vec<String> = recorded.iter().map(shown).collect();
                assert_eq!(found[..6], home, "{pattern}={result}, {relative}");
                assert!(found[6].ends_with("src/gone.py") && !found[6].contains("api"), "{pattern}={result}");
                // `[paths]` is coverage.py's: without `relative_files` its relative patterns match absolute names alone.
                settings.paths.aliases = vec![alias(AliasBy::CoveragePy)];
                if !relative && !pattern.starts_with('*') {
                    assert_eq!(map(&settings, &["src/m.py"]), ["src/m.py"], "{pattern}={result}");
                }
            }
        }
    }

    #[test]
    fn what_one_rule_makes_another_may_map() {
        let (_directory, mut settings) = project(&["one/a.py", "two/a.py"], &[("*/ci", "one"), ("*/one", "two")]);
        let root = settings.common.root.display().to_string();
        assert_eq!(map(&settings, &["/x/ci/a.py"]), [format!("{root}/two/a.py")]);
        settings.common.relative_files = true;
        assert_eq!(map(&settings, &["/x/ci/a.py"]), ["two/a.py"]);
    }

    #[test]
    fn one_file_recorded_relative_and_absolute_is_one() {
        let (_directory, settings) = project(&[], &[]);
        let absolute = format!("{}/src/a.py", settings.common.root.display());
        assert_eq!(map(&settings, &["src/a.py", &absolute, "src/b.py"]), [&*absolute, &absolute, "src/b.py"]);
    }

    #[test]
    fn include_keeps_and_omit_drops() {
        let (_directory, mut settings) = project(&["src/a.py"], &[]);
        settings.paths.include = vec!["src/*".into()];
        settings.paths.omit = vec!["*/gen_*.py".into(), "conf.py".into()];
        let mapper = mapper(&settings).unwrap();
        let root = settings.common.root.display();
        let below = |path: &str| format!("{root}/{path}");
        let recorded =
            [below("src/a.py"), below("src/gen_a.py"), below("src/x/conf.py"), below("b.py"), "src/c.py".into()];
        let mapping = mapper.map(recorded.iter().map(String::as_str));
        let kept: Vec<bool> = recorded.iter().map(|path| mapping.get(path).is_some()).collect();
        assert_eq!(kept, [true, false, false, false, true]);
    }

    #[test]
    fn brackets_in_the_name_of_the_root_are_no_wildcards() {
        let (directory, mut settings) = project(&["a[b]c/src/a.py"], &[]);
        settings.common.root = directory.path().canonicalize().unwrap().join("a[b]c");
        settings.paths.omit = vec!["src/*".into()];
        let mapper = mapper(&settings).unwrap();
        assert!(!mapper.admits(&SourcePath::from("src/a.py")));
    }

    #[test]
    fn names_are_shown_relative_to_the_root() {
        let (_directory, settings) = project(&[], &[]);
        let mapper = mapper(&settings).unwrap();
        let inside = SourcePath::from(&*format!("{}/src/a.py", settings.common.root.display()));
        let outside = SourcePath::from(&*format!("{}-2/a.py", settings.common.root.display()));
        assert_eq!(mapper.display_name(&inside), "src/a.py");
        assert_eq!(mapper.display_name(&outside), outside.as_str());
    }

    #[test]
    fn a_bad_pattern_is_named_with_its_place() {
        let (_directory, settings) = project(&[], &[("/home/***/x", "src")]);
        let error = mapper(&settings).unwrap_err();
        assert_eq!(error.to_string(), "bad pattern `/home/***/x` in `[paths] source`");
        assert_eq!(error.source.to_string(), "File pattern can't include '***'");
        let omit = settings::Paths { omit: vec!["a**".into()], ..settings::Paths::default() };
        assert_eq!(
            Mapper::new(&omit, &Common::default()).unwrap_err().source.to_string(),
            "File pattern can't include 'a**'"
        );
    }
}
