//! The parts of a run: each maps the paths in its fragments from its own root on, by its own settings.
//!
//! ```text
//! packages/api/.coverage.x   records `src/m.py`        packages/api/src/m.py, a file of the part `api`
//! packages/web/.coverage.x   records `src/m.py`        packages/web/src/m.py, a file of the part `web`
//! .coverage.x                records both of these     they belong to their parts, whose settings hold
//! ```
//!
//! Reports name files from the root of the run on. The rules and patterns of the command line are meant from there, too.

use std::path::Path;

use super::aliases::Rule;
use super::real::{Real, join, lexical};
use super::{Error, Mapper};
use crate::model::limits::Limits;
use crate::model::path::{SourcePath, is_absolute};
use crate::model::settings::{self, Alias, AliasBy};
use crate::sources::Sources;

/// The mappers of a run: that of the run itself, and one for each part.
#[derive(Debug)]
pub struct Mappers {
    pub(super) run: Mapper,
    /// The top of the work tree, as text.
    pub(super) top: Option<String>,
    parts: Vec<Part>,
}

#[derive(Debug)]
struct Part {
    name: String,
    mapper: Mapper,
    include_of_run: bool,
    omit_of_run: bool,
}

impl Mappers {
    /// Compiles the rules and patterns of the run and its parts.
    ///
    /// # Errors
    /// The first pattern that coverage.py refuses, or that says nothing.
    pub fn new(paths: &settings::Paths, common: &settings::Common, parts: &[settings::Part]) -> Result<Self, Error> {
        let part = |part: &settings::Part| {
            let rule = |alias: &Alias| match alias.by {
                AliasBy::Covmerge => of_run(alias, &common.root, paths.limits),
                AliasBy::CoveragePy => Rule::new(alias, &part.root, part.relative_files, paths.limits),
            };
            let sources = Sources::new(&common.root).allowing(common.outside.clone());
            let mapper = Mapper::with(&part.paths, &part.root, part.relative_files, sources, rule);
            let settings::Part { include_of_run, omit_of_run, .. } = *part;
            mapper.map(|mapper| Part { name: part.name.clone(), mapper, include_of_run, omit_of_run })
        };
        let parts = parts.iter().map(part).collect::<Result<_, Error>>()?;
        let top = common.top.as_ref().map(|top| top.to_string_lossy().trim_end_matches('/').to_owned());
        Ok(Self { run: Mapper::new(paths, common)?, top, parts })
    }

    /// The outcome of mapping all names.
    ///
    /// # Errors
    /// A name took too many steps: then patterns did not match, and the outcome may be wrong.
    pub fn checked<T>(&self, outcome: T) -> Result<T, Error> {
        let parts = self.parts.iter().map(|part| &part.mapper);
        std::iter::once(&self.run).chain(parts).try_for_each(Mapper::check).map(|()| outcome)
    }

    /// That of the run, by which files are named and found.
    #[must_use]
    pub const fn run(&self) -> &Mapper {
        &self.run
    }

    /// That of the part of that number, or of fragments that belong to no part.
    #[must_use]
    pub fn of(&self, part: Option<usize>) -> &Mapper {
        part.and_then(|part| self.parts.get(part)).map_or(&self.run, |part| &part.mapper)
    }

    /// The number of parts.
    #[must_use]
    pub const fn parts(&self) -> usize {
        self.parts.len()
    }

    /// The name of the part of that number.
    #[must_use]
    pub fn name(&self, part: usize) -> &str {
        self.parts.get(part).map_or("", |part| &part.name)
    }

    /// The path of a file from the root of the run on, where `path` is that from the root of the part of that number.
    #[must_use]
    pub fn from_run(&self, part: Option<usize>, path: &SourcePath) -> SourcePath {
        let Some(part) = part else { return path.clone() };
        let absolute = absolute(&self.of(Some(part)).root_text, path.as_str());
        match self.run.below_root(&absolute).filter(|_| self.run.relative) {
            Some(below) => below.into(),
            None => absolute.as_str().into(),
        }
    }

    /// The number of the part whose root holds the file; that of the deepest one if several do.
    #[must_use]
    pub fn part_at(&self, path: &SourcePath) -> Option<usize> {
        if self.parts.is_empty() {
            return None;
        }
        let absolute = absolute(&self.run.root_text, path.as_str());
        let holding = self.parts.iter().enumerate().filter(|(_, part)| part.mapper.below_root(&absolute).is_some());
        holding.max_by_key(|(_, part)| part.mapper.root_text.len()).map(|(at, _)| at)
    }

    /// Whether a file of the part of that number counts: its own patterns admit it and, where those of the run are to decide, those. `path` is its
    /// path from the root of the run on.
    #[must_use]
    pub fn admits(&self, part: usize, path: &SourcePath) -> bool {
        let Some(Part { mapper, include_of_run, omit_of_run, .. }) = self.parts.get(part) else { return true };
        let absolute = absolute(&self.run.root_text, path.as_str());
        let own = mapper.below_root(&absolute).filter(|_| mapper.relative).unwrap_or(&absolute);
        let real = Real::new(&self.run.root);
        let ours = if self.run.relative { path.as_str().to_owned() } else { real.path(path.as_str()) };
        mapper.admits(&own.into())
            && (!include_of_run || self.run.includes(&ours))
            && !(*omit_of_run && self.run.omits(&ours))
    }
}

/// A rule of the run in a part: its pattern matches names as reports show them, and its result is below the root of the run.
fn of_run(alias: &Alias, root: &Path, limits: Limits) -> Result<Rule, super::glob::Error> {
    let result = absolute(&root.to_string_lossy(), &alias.result);
    let mut rule = Rule::new(&Alias { result, ..alias.clone() }, root, false, limits)?;
    rule.alias = alias.clone();
    Ok(rule)
}

fn absolute(root: &str, path: &str) -> String {
    if is_absolute(path) { path.to_owned() } else { lexical(&join(root, path)) }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::PathBuf;

    use super::*;
    use crate::model::settings::{Common, Paths};

    /// The mappers of a run with the parts `a` and, within it, `a/b`, in a directory with these files.
    fn mappers(files: &[&str], paths: &Paths, relative: bool) -> (tempfile::TempDir, PathBuf, Mappers) {
        let top = tempfile::tempdir().unwrap();
        let root = top.path().canonicalize().unwrap();
        for file in files {
            fs::create_dir_all(root.join(file).parent().unwrap()).unwrap();
            fs::write(root.join(file), file).unwrap();
        }
        let part = |name: &str| settings::Part {
            name: name.into(),
            root: root.join(name),
            relative_files: relative,
            paths: Paths { omit: vec!["gen/*".into()], aliases: paths.aliases.clone(), ..Paths::default() },
            ..settings::Part::default()
        };
        let parts = [part("a"), settings::Part { omit_of_run: true, ..part("a/b") }];
        let common = Common { root: root.clone(), relative_files: relative, ..Common::default() };
        let mappers = Mappers::new(paths, &common, &parts).unwrap();
        (top, root, mappers)
    }

    #[test]
    fn files_are_named_from_the_root_of_the_run_on() {
        for relative in [true, false] {
            let (_top, root, mappers) = mappers(&["a/src/m.py"], &Paths::default(), relative);
            let root = if relative { String::new() } else { format!("{}/", root.display()) };
            let named = |part, path: &str| mappers.from_run(part, &path.into()).to_string();
            assert_eq!(named(Some(0), "src/m.py"), format!("{root}a/src/m.py"));
            assert_eq!(named(Some(1), "../src/m.py"), format!("{root}a/src/m.py"));
            assert_eq!(named(Some(1), "/gen/x.py"), "/gen/x.py");
            assert_eq!(named(None, "src/m.py"), "src/m.py");
        }
    }

    #[test]
    fn the_deepest_root_holds_a_file() {
        let (_top, root, mappers) = mappers(&[], &Paths::default(), true);
        let part_at = |path: &str| mappers.part_at(&path.into());
        assert_eq!([part_at("a/m.py"), part_at("a/b/m.py"), part_at("ab/m.py")], [Some(0), Some(1), None]);
        assert_eq!(part_at(root.join("a/b/m.py").to_str().unwrap()), Some(1));
    }

    #[test]
    fn the_patterns_of_a_part_are_meant_from_its_root_and_those_of_the_run_from_its_own() {
        for relative in [true, false] {
            let paths = Paths { omit: vec!["a/*/old.py".into()], ..Paths::default() };
            let (_top, root, mappers) = mappers(&[], &paths, relative);
            let below = |path: &str| if relative { path.to_owned() } else { format!("{}/{path}", root.display()) };
            let admits = |part, path: &str| mappers.admits(part, &below(path).as_str().into());
            assert!(admits(0, "a/m.py") && !admits(0, "a/gen/m.py") && admits(0, "gen/m.py"), "{relative}");
            assert!(admits(0, "a/b/old.py") && !admits(1, "a/b/old.py") && !admits(1, "a/b/gen/m.py"), "{relative}");
        }
    }

    #[test]
    fn a_rule_of_the_run_matches_names_as_reports_show_them() {
        for relative in [true, false] {
            let alias = |pattern: &str, result: &str| Alias {
                origin: Alias::FLAG.into(),
                by: AliasBy::Covmerge,
                pattern: pattern.into(),
                result: result.into(),
            };
            let aliases = vec![alias("a/lib", "a/src"), alias("/ci/a", "a")];
            let paths = Paths { aliases, ..Paths::default() };
            let (_top, _, mappers) = mappers(&["a/src/m.py"], &paths, relative);
            let mapper = mappers.of(Some(0));
            for recorded in ["lib/m.py", "/ci/a/src/m.py"] {
                let mapped = mapper.map([recorded]).get(recorded).unwrap().clone();
                let named = mappers.run().display_name(&mappers.from_run(Some(0), &mapped));
                assert_eq!(named, "a/src/m.py", "{recorded}, {relative}");
            }
            assert_eq!(mapper.unused(["lib/m.py", "/ci/a/x.py"].into_iter()), []);
        }
    }
}
