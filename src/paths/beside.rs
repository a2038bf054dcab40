//! Relative names of a fragment that lies in another directory than the root: they may be meant from there.
//!
//! ```text
//! packages/a/.coverage.x   records `src/m.py`, and only packages/a/src/m.py is there    that one
//! shards/3/.coverage.x     records `src/m.py`, and only src/m.py is there               that one: an artifact, downloaded anywhere
//! ../b/.coverage.x         records `src/m.py`, which is there in both                   that of ../b: it lies outside the root
//! packages/a/.coverage.x   records `src/m.py`, which is there in both                   an error, unless their texts may be shown and are the same
//! ```
//!
//! Otherwise two files of a monorepo became one, each covered by the other's tests. A rule of the user's is asked first. The file to which it leads
//! stands for that of the root, and it is the same error if it is not the one beside the fragment, unless the rules lead from there to it as well.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use super::copies::is_aside;
use super::real::{Real, join, lexical};
use super::{Mapper, Step};
use crate::model::path::{SourcePath, is_absolute};
use crate::model::settings;
use crate::walk;

/// A search for sources beside fragments looks at no more entries, and then takes it that there are some.
const MOST_ENTRIES: usize = 10_000;

/// The directory from which a fragment's relative names may be meant.
#[derive(Debug, Default)]
pub struct Beside {
    directory: String,
    /// Where the names that were asked about are.
    known: HashMap<String, Place>,
}

/// Where a relative name leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// Below the root, or nowhere: the name stays.
    Root,
    /// To this file beside the fragment, named from the root on if it lies below it.
    Own(String),
    /// To a file beside the fragment, and to another one.
    Both {
        /// The file beside the fragment, named from the root on.
        own: String,
        /// The other one, and the reason why it may be meant.
        other: String,
    },
}

/// A file that a relative name means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Meant {
    /// Its absolute path.
    pub file: String,
    /// The same without symbolic links.
    pub real: String,
    /// Whether it counts: `include` admits it, and `omit` does not match it.
    pub counts: bool,
}

impl Mapper {
    /// The directory of a fragment, if it holds Python files, which the names in the fragment may mean. The root is none, nor is the directory that
    /// `data_file` of the settings names.
    #[must_use]
    pub fn home(&self, directory: &Path) -> Option<PathBuf> {
        let directory = directory.canonicalize().ok()?;
        let is_of_root = directory == self.root || self.data_directory.as_ref() == Some(&directory);
        (!is_of_root && holds_python(&directory)).then_some(directory)
    }

    /// Where a name recorded in a fragment of `beside` leads.
    pub fn place(&self, beside: &mut Beside, name: &str) -> Place {
        if is_absolute(name) {
            return Place::Root;
        }
        if let Some(known) = beside.known.get(name) {
            return known.clone();
        }
        let place = self.find(&beside.directory, name);
        beside.known.insert(name.to_owned(), place.clone());
        place
    }

    /// The file that a relative name means from `directory` on; `None` if it is not there, or if a rule of the user's decides.
    #[must_use]
    pub fn meant_from(&self, directory: &Path, name: &str) -> Option<Meant> {
        let real = Real::new(&self.root);
        let own = lexical(&join(&directory.to_string_lossy(), name));
        let is_meant = !is_absolute(name) && real.exists(&own) && !self.by_rules(name, &real).is_final;
        is_meant.then(|| self.meant(&own, &own, &real))
    }

    /// The file of these two absolute names, the second of which may be without links.
    pub(super) fn meant(&self, name: &str, linkless: &str, real: &Real<'_>) -> Meant {
        let counts = self.admits(&SourcePath::from(self.below_root(name).unwrap_or(name)));
        Meant { file: name.into(), real: real.path(linkless), counts }
    }

    fn find(&self, directory: &str, name: &str) -> Place {
        let real = Real::new(&self.root);
        let own = lexical(&join(directory, name));
        let ruled = self.by_rules(name, &real);
        if ruled.is_final {
            return self.ruled(&own, &ruled, &real);
        }
        if !real.exists(&own) {
            return Place::Root;
        }
        let Some(below) = self.below_root(&own) else { return Place::Own(own) };
        if !real.exists(name) {
            return Place::Own(below.to_owned());
        }
        if self.are_two(below, name, &real) {
            Place::Both { own: below.to_owned(), other: format!("`{name}` below the root") }
        } else {
            Place::Root
        }
    }

    /// Where a name leads that a rule of the user's maps, if `own` is the file beside the fragment. A rule is the only way to say that a directory
    /// outside of the root is another checkout, and that a build or an environment holds copies: there is no doubt then.
    fn ruled(&self, own: &str, ruled: &Step<'_>, real: &Real<'_>) -> Place {
        let Some(below) = self.below_root(own).filter(|below| !is_aside(below) && real.exists(own)) else {
            return Place::Root;
        };
        let is_said = || {
            let step = self.by_rules(own, real);
            step.is_final && real.path(&step.path) == real.path(&ruled.path)
        };
        if !self.are_two(below, &ruled.path, real) || is_said() {
            return Place::Root;
        }
        let mapped = self.below_root(&ruled.path).unwrap_or(&ruled.path);
        let origin = ruled.by.as_ref().map_or(String::new(), |by| settings::quoted(&by.origin));
        Place::Both { own: below.to_owned(), other: format!("`{mapped}`, to which {origin} leads") }
    }

    /// Whether two names, absolute or from the root on, are those of two files of different texts, at least one of which counts.
    fn are_two(&self, one: &str, other: &str, real: &Real<'_>) -> bool {
        let counts = |name: &str| self.admits(&SourcePath::from(name));
        let [first, second] = [one, other].map(|name| real.path(name));
        let are_equal = || self.text(&first).is_some_and(|text| Some(text) == self.text(&second));
        first != second && !are_equal() && (counts(one) || counts(other))
    }
}

impl Beside {
    /// The directory is absolute.
    #[must_use]
    pub fn new(directory: &Path) -> Self {
        Self { directory: directory.to_string_lossy().into_owned(), known: HashMap::new() }
    }
}

/// Whether a Python file lies below the directory. Artifacts of coverage data hold none.
fn holds_python(directory: &Path) -> bool {
    let is_other = |path: &Path| !path.extension().is_some_and(|ending| ending.as_encoded_bytes().starts_with(b"py"));
    !walk::files(directory, MOST_ENTRIES, &mut |path| is_other(path))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::model::settings::{Alias, AliasBy, Common, Paths};

    /// Where `src/m.py` of a fragment in `directory` leads, if these files are there, each with its own name as text unless one is given.
    fn place(files: &[&str], directory: &str, omit: &str) -> Option<Place> {
        let top = tempfile::tempdir().unwrap();
        let top = top.path().canonicalize().unwrap();
        for file in files {
            let (name, text) = file.split_once('=').unwrap_or((file, file));
            fs::create_dir_all(top.join(name).parent().unwrap()).unwrap();
            fs::write(top.join(name), text).unwrap();
        }
        let directory = top.join(directory);
        fs::create_dir_all(&directory).unwrap();
        fs::create_dir_all(top.join("root")).unwrap();
        let settings = Paths { omit: omit.split_whitespace().map(Into::into).collect(), ..Paths::default() };
        let mapper = Mapper::new(&settings, &Common { root: top.join("root"), ..Common::default() }).unwrap();
        let home = mapper.home(&directory)?;
        let mut beside = Beside::new(&home);
        let place = mapper.place(&mut beside, "src/m.py");
        assert_eq!(mapper.place(&mut beside, "src/m.py"), place, "asked again");
        assert_eq!(mapper.place(&mut beside, "/src/m.py"), Place::Root);
        Some(match place {
            Place::Own(path) => Place::Own(path.replace(&*top.to_string_lossy(), "")),
            other => other,
        })
    }

    #[test]
    fn a_name_belongs_to_the_root_where_nothing_is_beside_the_fragment() {
        assert_eq!(place(&["root/src/m.py"], "root", ""), None);
        assert_eq!(place(&["root/src/m.py"], "root/shards/1", ""), None);
        assert_eq!(place(&["root/src/m.py", "root/shards/1/other.py"], "root/shards/1", ""), Some(Place::Root));
        assert_eq!(place(&["root/src/m.py", "shards/x.py"], "shards", ""), Some(Place::Root));
        assert_eq!(place(&["shards/x.py"], "shards", ""), Some(Place::Root));
    }

    #[test]
    fn a_name_belongs_to_the_fragment_where_only_that_file_is_there() {
        assert_eq!(place(&["root/a/src/m.py"], "root/a", ""), Some(Place::Own("a/src/m.py".into())));
        assert_eq!(place(&["b/src/m.py"], "b", ""), Some(Place::Own("/b/src/m.py".into())));
    }

    #[test]
    fn outside_of_the_root_the_file_beside_a_fragment_is_meant() {
        assert_eq!(place(&["root/src/m.py", "b/src/m.py"], "b", ""), Some(Place::Own("/b/src/m.py".into())));
    }

    #[test]
    fn below_the_root_two_files_are_an_error_unless_they_are_equal_or_do_not_count() {
        let files = ["root/src/m.py", "root/a/src/m.py"];
        let both = Some(Place::Both { own: "a/src/m.py".into(), other: "`src/m.py` below the root".into() });
        assert_eq!(place(&files, "root/a", ""), both);
        assert_eq!(place(&files, "root/a", "*/m.py"), Some(Place::Root));
        assert_eq!(place(&["root/src/m.py=1", "root/a/src/m.py=1"], "root/a", ""), Some(Place::Root));
    }

    /// Where `name` of a fragment in `directory` leads by such a rule of `[paths]` or `--map`, if these files are there, each with its own name as text
    /// unless one is given.
    fn ruled(files: &[&str], directory: &str, name: &str, (pattern, result, by): (&str, &str, AliasBy)) -> Place {
        let top = tempfile::tempdir().unwrap();
        let top = top.path().canonicalize().unwrap();
        for file in files {
            let (name, text) = file.split_once('=').unwrap_or((file, file));
            fs::create_dir_all(top.join(name).parent().unwrap()).unwrap();
            fs::write(top.join(name), text).unwrap();
        }
        let origin = if by == AliasBy::Covmerge { "--map" } else { "[paths] source" }.to_owned();
        let settings = Paths {
            aliases: vec![Alias { origin, by, pattern: pattern.into(), result: result.into() }],
            ..Paths::default()
        };
        let common = Common { root: top.join("root"), relative_files: true, ..Common::default() };
        let mapper = Mapper::new(&settings, &common).unwrap();
        assert!(mapper.by_rules(name, &Real::new(&common.root)).is_final, "the rule does not lead to a file");
        mapper.place(&mut Beside::new(&top.join(directory)), name)
    }

    #[test]
    fn a_rule_of_the_user_decides_if_it_leads_to_the_file_or_the_bytes_beside_the_fragment() {
        let map = ("src", "a/src", AliasBy::Covmerge);
        assert_eq!(ruled(&["root/src/m.py", "root/a/src/m.py"], "root/a", "src/m.py", map), Place::Root);
        assert_eq!(ruled(&["root/a/src/m.py"], "root/b", "src/m.py", map), Place::Root);
        assert_eq!(ruled(&["root/a/src/m.py=1", "root/b/src/m.py=1"], "root/b", "src/m.py", map), Place::Root);
    }

    #[test]
    fn a_rule_that_leads_to_another_file_than_the_one_beside_the_fragment_is_an_error() {
        for (by, origin) in [(AliasBy::Covmerge, "--map"), (AliasBy::CoveragePy, "[paths] source")] {
            let files = ["root/a/src/m.py", "root/b/src/m.py"];
            let other = format!("`a/src/m.py`, to which `{origin}` leads");
            let both = Place::Both { own: "b/src/m.py".into(), other };
            assert_eq!(ruled(&files, "root/b", "src/m.py", ("src", "a/src", by)), both);
        }
    }

    #[test]
    fn a_rule_that_says_where_copies_are_decides() {
        let by = AliasBy::CoveragePy;
        // An environment, a build and an unpacked archive of the sources, with a file that was generated anew.
        let installed = ".tox/py313/lib/python3.13/site-packages/app/_version.py";
        let files = ["root/src/app/_version.py", &format!("root/b/{installed}")];
        assert_eq!(ruled(&files, "root/b", installed, ("*/site-packages", "src", by)), Place::Root);
        let files = ["root/src/app/_version.py", "root/b/build/lib/app/_version.py"];
        assert_eq!(ruled(&files, "root/b", "build/lib/app/_version.py", ("*/build/lib", "src", by)), Place::Root);
        let files = ["root/src/m.py", "root/dist/app-1.0/src/m.py"];
        assert_eq!(ruled(&files, "root/dist/app-1.0", "src/m.py", ("*/src", "src", by)), Place::Root);
        // Another checkout.
        let files = ["root/src/m.py", "copy/src/m.py"];
        assert_eq!(ruled(&files, "copy", "src/m.py", ("src", "src", AliasBy::Covmerge)), Place::Root);
    }
}
