//! Our paths of the files in seals. They begin at the root of this run, and its rules for paths apply to them. A file need not be here: a seal holds its
//! source.
//!
//! ```text
//! sealed in packages/a: src/m.py     merged at the top: packages/a/src/m.py     merged in packages/a: src/m.py
//! sealed in packages/b: src/m.py     merged outside of any work tree: both from the top on, since the roots differ
//! ```

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::aliases::{Rule, without_dot_slash};
use super::real::{Real, join, lexical};
use super::{Mapper, Mappers, Meant};
use crate::model::path::{SourcePath, is_absolute};
use crate::model::settings::AliasBy;

/// A file in a seal.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SealedName {
    /// Its name: relative to the root if it lies below it.
    pub name: String,
    /// Whether its path was absolute, and below the root of the sealing job.
    pub below_root: bool,
    /// Whether a seal holds its source.
    pub has_source: bool,
}

impl Mappers {
    /// The place of the root in the work tree: empty at the top; `None` if it lies in none.
    #[must_use]
    pub fn place(&self) -> Option<&str> {
        let below = self.run.root_text.strip_prefix(self.top.as_ref()?)?;
        Some(below.trim_start_matches('/'))
    }

    /// The directory that stands for the top of the work tree in which seals were made whose roots lie at `places`; `None` if their names stay. Where no
    /// work tree is, that is the root of the run, unless all names begin at one place.
    #[must_use]
    pub fn top_of(&self, places: &BTreeSet<&str>) -> Option<&str> {
        match (&self.top, places.len()) {
            (Some(top), _) => Some(top),
            (None, 0 | 1) => None,
            (None, _) => Some(&self.run.root_text),
        }
    }
}

impl Mapper {
    /// The name of a file that a seal names from a root on which lies at `place` below `top`: from this root on, or absolute if it lies elsewhere.
    #[must_use]
    pub fn from_place(&self, top: &str, place: &str, name: &str) -> String {
        let root = lexical(&join(top, place));
        if is_absolute(name) || root == lexical(&self.root_text) {
            return name.to_owned();
        }
        let path = lexical(&join(&root, name));
        self.below_root(&path).map(str::to_owned).unwrap_or(path)
    }

    /// The file that a seal names so, made in a root that lies at `place` below `top`; its name without links is `linkless`. `None` if it is not relative, or
    /// if a rule of the user's decides.
    #[must_use]
    pub fn meant_at(&self, top: Option<&str>, place: Option<&str>, name: &str, linkless: &str) -> Option<Meant> {
        let real = Real::new(&self.root);
        let own = self.name_here(top, place, name);
        let is_meant = !is_absolute(name) && !self.by_rules(&own, &real).is_final;
        is_meant.then(|| self.meant(&self.at(&own), &self.at(&self.name_here(top, place, linkless)), &real))
    }

    /// The same file, absolute and without links.
    #[must_use]
    pub fn real_at(&self, top: Option<&str>, place: Option<&str>, linkless: &str) -> String {
        Real::new(&self.root).path(&self.at(&self.name_here(top, place, linkless)))
    }

    fn name_here(&self, top: Option<&str>, place: Option<&str>, name: &str) -> String {
        top.zip(place).map_or_else(|| name.to_owned(), |(top, place)| self.from_place(top, place, name))
    }

    fn at(&self, name: &str) -> String {
        if is_absolute(name) { name.to_owned() } else { lexical(&join(&self.root_text, name)) }
    }

    /// For each of `paths`, the name of the file without symbolic links as a seal holds it: from the root on, with `..` where it lies elsewhere in
    /// the work tree, or absolute; empty if it is not there or
    /// has that name already.
    pub fn real_names<'a>(&self, top: Option<&Path>, paths: impl Iterator<Item = &'a SourcePath>) -> Vec<String> {
        let real = Real::new(&self.root);
        let top = top.map(|top| top.to_string_lossy().trim_end_matches('/').to_owned());
        let name = |path: &SourcePath| {
            let file = real.path(path.as_str());
            let name = match (self.below_root(&file), &top) {
                (Some(below), _) => below.to_owned(),
                (None, Some(top)) => from_directory(top, &self.root_text, &file),
                (None, None) => file.clone(),
            };
            if name == self.display_name(path) || !real.exists(&file) { String::new() } else { name }
        };
        paths.map(name).collect()
    }

    /// For files that fragments record under one name and seals hold under another, since a link leads there: the path of each such recorded one, and
    /// the name of each such sealed one. `sealed` are names and those without links.
    #[must_use]
    pub fn linked<'a>(
        &self,
        recorded: impl Iterator<Item = &'a SourcePath>,
        sealed: &[(&'a str, &'a str)],
    ) -> (BTreeMap<SourcePath, SourcePath>, BTreeMap<String, String>) {
        let real = Real::new(&self.root);
        let absolute = |name: &str| if is_absolute(name) { name.to_owned() } else { join(&self.root_text, name) };
        let recorded: Vec<(&SourcePath, String)> = recorded.map(|path| (path, real.path(path.as_str()))).collect();
        let sealed: Vec<(&str, String)> = sealed.iter().map(|&(name, real)| (name, lexical(&absolute(real)))).collect();
        let mut leading: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
        for (path, file) in &recorded {
            leading.entry(file).or_default().insert(self.display_name(path));
        }
        let of_seals: BTreeSet<&str> = sealed.iter().map(|(_, file)| file.as_str()).collect();
        leading.retain(|file, _| of_seals.contains(file));
        for (name, file) in &sealed {
            leading.entry(file).and_modify(|names| _ = names.insert((*name).to_owned()));
        }
        leading.retain(|_, names| names.len() > 1);
        let chosen = |file: &str| -> Option<String> {
            let first = leading.get(file)?.iter().min_by_key(|name| self.recorded(name, true))?;
            Some(self.below_root(file).unwrap_or(first).to_owned())
        };
        let path = |name: String| if self.relative { name } else { absolute(&name) };
        let of_recorded =
            |(one, file): &(&SourcePath, String)| Some(((*one).clone(), path(chosen(file)?).as_str().into()));
        let of_sealed = |(name, file): &(&str, String)| Some(((*name).to_owned(), chosen(file)?));
        (recorded.iter().filter_map(of_recorded).collect(), sealed.iter().filter_map(of_sealed).collect())
    }

    /// The names of files in seals as the user's rules map them, in the same order. The outcome of a rule exists if it is here, or if it is the name of another
    /// file of a seal; where no rule has such an outcome, `--map` needs none for a file of which a seal holds the source.
    #[must_use]
    pub fn rename_sealed(&self, files: Vec<SealedName>) -> Vec<SealedName> {
        if self.rules.is_empty() {
            return files;
        }
        let real = Real::new(&self.root);
        let names: BTreeSet<String> = files.iter().map(|file| file.name.clone()).collect();
        let is_here = |_: &Rule, outcome: &str| {
            real.exists(outcome) || names.contains(without_dot_slash(self.below_root(outcome).unwrap_or(outcome)))
        };
        let is_asked_for = |rule: &Rule, _: &str| rule.alias.by == AliasBy::Covmerge;
        let rename = |file: SealedName| {
            let recorded = self.recorded(&file.name, file.below_root);
            let mut step = self.by_rules_to(&is_here, &recorded, &real);
            if !step.is_final && file.has_source {
                step = self.by_rules_to(&is_asked_for, &recorded, &real);
            }
            if !step.is_final {
                return file;
            }
            let path = SourcePath::from(&*step.path.replace('\\', "/"));
            let name = without_dot_slash(&self.display_name(&path)).to_owned();
            SealedName { below_root: path.is_absolute() && !is_absolute(&name), name, ..file }
        };
        files.into_iter().map(rename).collect()
    }

    /// The path of a file of a seal as a fragment would record it here.
    #[must_use]
    pub fn recorded(&self, name: &str, below_root: bool) -> String {
        if below_root && !self.relative && !is_absolute(name) { join(&self.root_text, name) } else { name.to_owned() }
    }

    /// For each of `files`, its path here, and whether it counts. `known` are the paths of files that are not sealed, which keep theirs.
    #[must_use]
    pub fn place_sealed<'a>(
        &self,
        files: &[SealedName],
        known: impl Iterator<Item = &'a SourcePath>,
    ) -> Vec<(SourcePath, bool)> {
        let real = Real::new(&self.root);
        let known: BTreeMap<String, &SourcePath> = known.map(|path| (self.display_name(path), path)).collect();
        let below_root: BTreeSet<&str> =
            files.iter().filter(|file| file.below_root).map(|file| file.name.as_str()).collect();
        let place = |SealedName { name, .. }: &SealedName| match known.get(name) {
            Some(path) => (*path).clone(),
            // Fragments that record one file relative and absolute mean one file.
            None => SourcePath::from(&*self.recorded(name, below_root.contains(name.as_str()))),
        };
        let placed = files.iter().map(place);
        placed.map(|path| (path.clone(), self.admits_as(path.as_str(), &real))).collect()
    }
}

/// The file from `directory` on, if both lie below `top`, or as it is.
fn from_directory(top: &str, directory: &str, file: &str) -> String {
    let below = |path: &str| path.strip_prefix(top).and_then(|path| path.strip_prefix('/')).map(str::to_owned);
    let Some(file_below) = below(file) else { return file.to_owned() };
    let directory = below(directory).unwrap_or_default();
    let (parts, names): (Vec<&str>, Vec<&str>) = (directory.split('/').collect(), file_below.split('/').collect());
    let shared = parts.iter().zip(&names).take_while(|(part, name)| part == name).count();
    let up = parts.iter().skip(shared).filter(|part| !part.is_empty()).map(|_| "..");
    up.chain(names.iter().skip(shared).copied()).collect::<Vec<&str>>().join("/")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::settings::{Alias, Common, Paths};

    fn sealed((name, below_root): &(&str, bool)) -> SealedName {
        SealedName { name: (*name).to_owned(), below_root: *below_root, has_source: true }
    }

    fn place(relative_files: bool, omit: &str, files: &[(&'static str, bool)], known: &[&str]) -> Vec<(String, bool)> {
        let common = Common { root: "/project".into(), relative_files, ..Common::default() };
        let paths = Paths { omit: vec![omit.into()], ..Paths::default() };
        let known: Vec<SourcePath> = known.iter().map(|path| SourcePath::from(*path)).collect();
        let placed = Mapper::new(&paths, &common)
            .unwrap()
            .place_sealed(&files.iter().map(sealed).collect::<Vec<_>>(), known.iter());
        placed.into_iter().map(|(path, counts)| (path.as_str().to_owned(), counts)).collect()
    }

    #[test]
    fn a_sealed_file_lies_below_the_root_of_the_run() {
        let files = [("/lib/x.py", false), ("a.py", true), ("b.py", false), ("t/c.py", true)];
        let absolute = place(false, "t/*", &files, &[]);
        let expected = [("/lib/x.py", true), ("/project/a.py", true), ("b.py", true), ("/project/t/c.py", false)];
        assert_eq!(absolute, expected.map(|(path, counts)| (path.to_owned(), counts)));
        let relative = place(true, "t/*", &files, &[]);
        let expected = [("/lib/x.py", true), ("a.py", true), ("b.py", true), ("t/c.py", false)];
        assert_eq!(relative, expected.map(|(path, counts)| (path.to_owned(), counts)));
    }

    fn mapper(root: &str, top: Option<&str>) -> Mappers {
        let common = Common { root: root.into(), top: top.map(Into::into), ..Common::default() };
        Mappers::new(&Paths::default(), &common, &[]).unwrap()
    }

    #[test]
    fn a_root_lies_somewhere_in_the_work_tree() {
        let place = |root, top| mapper(root, top).place().map(str::to_owned);
        assert_eq!(place("/w/packages/a", Some("/w")).as_deref(), Some("packages/a"));
        assert_eq!(place("/w", Some("/w")).as_deref(), Some(""));
        assert_eq!(place("/w/a", Some("/")).as_deref(), Some("w/a"));
        assert_eq!(place("/w", None), None);
    }

    #[test]
    fn sealed_names_begin_at_the_root_of_the_run() {
        let named = |root, place, name| {
            let mappers = mapper(root, Some("/w"));
            mappers.run().from_place(mappers.top_of(&BTreeSet::from([place])).unwrap(), place, name)
        };
        for (root, place, name, expected) in [
            ("/w", "packages/a", "src/m.py", "packages/a/src/m.py"),
            ("/w/packages", "packages/a", "src/m.py", "a/src/m.py"),
            ("/w/packages/a", "packages/a", "src/m.py", "src/m.py"),
            ("/w/packages/a", "packages/a", "../x.py", "../x.py"),
            ("/w/packages/b", "packages/a", "src/m.py", "/w/packages/a/src/m.py"),
            ("/w/packages/b", "packages/a", "../b/m.py", "m.py"),
            ("/w/packages/a", "", "packages/a/src/m.py", "src/m.py"),
            ("/w/packages/a", "", "src/m.py", "/w/src/m.py"),
            ("/w", "packages/a", "/lib/x.py", "/lib/x.py"),
        ] {
            assert_eq!(named(root, place, name), expected, "{root}, {place}, {name}");
        }
    }

    #[test]
    fn outside_of_a_work_tree_names_stay_unless_they_begin_at_several_places() {
        let mappers = mapper("/here", None);
        assert_eq!(mappers.top_of(&BTreeSet::from(["a"])), None);
        assert_eq!(mappers.top_of(&BTreeSet::from(["a", "b"])), Some("/here"));
        assert_eq!(mappers.run().from_place("/here", "a", "src/m.py"), "a/src/m.py");
    }

    #[test]
    fn a_file_elsewhere_in_the_work_tree_is_named_with_dots() {
        assert_eq!(from_directory("/w", "/w/a/b", "/w/libs/m.py"), "../../libs/m.py");
        assert_eq!(from_directory("/w", "/w/a/b", "/w/a/m.py"), "../m.py");
        assert_eq!(from_directory("/w", "/w", "/w/m.py"), "m.py");
        assert_eq!(from_directory("/w", "/w/a", "/lib/m.py"), "/lib/m.py");
        assert_eq!(from_directory("/w", "/w/a", "/wide/m.py"), "/wide/m.py");
    }

    #[test]
    fn two_records_of_one_file_have_one_path() {
        let paths = |files: &[(&'static str, bool)], known: &[&str]| -> Vec<String> {
            place(false, "none", files, known).into_iter().map(|(path, _)| path).collect()
        };
        assert_eq!(paths(&[("a.py", false), ("a.py", true)], &[]), ["/project/a.py", "/project/a.py"]);
        assert_eq!(paths(&[("a.py", false)], &["/project/a.py"]), ["/project/a.py"]);
        assert_eq!(paths(&[("a.py", true)], &["a.py"]), ["a.py"]);
    }

    #[test]
    fn the_rules_of_the_run_rename_sealed_files() {
        let project = tempfile::tempdir().unwrap();
        let root = project.path().canonicalize().unwrap();
        std::fs::create_dir_all(root.join("src")).unwrap();
        std::fs::write(root.join("src/here.py"), "").unwrap();
        let renamed = |by, pattern: &str, relative_files, files: &[(&str, bool, bool)]| -> Vec<String> {
            let alias = Alias { origin: "--map".into(), by, pattern: pattern.into(), result: "src".into() };
            let paths = Paths { aliases: vec![alias], ..Paths::default() };
            let common = Common { root: root.clone(), relative_files, ..Common::default() };
            let file = |&(name, below_root, has_source): &(&str, bool, bool)| SealedName {
                has_source,
                ..sealed(&(name, below_root))
            };
            let mapper = Mapper::new(&paths, &common).unwrap();
            let files = mapper.rename_sealed(files.iter().map(file).collect());
            mapper.place_sealed(&files, [].iter()).into_iter().map(|(path, _)| mapper.display_name(&path)).collect()
        };
        let files = [
            ("/ci/lib/gone.py", false, false),
            ("/ci/lib/here.py", false, false),
            ("/ci/lib/sealed.py", false, false),
            ("/ci/lib/with_source.py", false, true),
            ("/other/a.py", false, true),
            ("src/sealed.py", true, true),
        ];
        for relative in [false, true] {
            // What exists: here, in a seal, or nowhere, so that only `--map` leads to it.
            let by_covmerge = [
                "/ci/lib/gone.py",
                "src/here.py",
                "src/sealed.py",
                "src/with_source.py",
                "/other/a.py",
                "src/sealed.py",
            ];
            assert_eq!(renamed(AliasBy::Covmerge, "/ci/lib", relative, &files), by_covmerge, "{relative}");
            let mut by_coverage = by_covmerge;
            by_coverage[3] = "/ci/lib/with_source.py";
            assert_eq!(renamed(AliasBy::CoveragePy, "/ci/lib", relative, &files), by_coverage, "{relative}");
            // A name below the root is known by both of its names.
            for pattern in ["lib", "*/lib"] {
                let below = renamed(
                    AliasBy::Covmerge,
                    pattern,
                    relative,
                    &[("lib/here.py", true, false), ("lib/x.py", true, true)],
                );
                assert_eq!(below, ["src/here.py", "src/x.py"], "{pattern} {relative}");
            }
        }
    }
}
