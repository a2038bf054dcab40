//! Relative names of a fragment that lies in another directory than the root: they may be meant from there.
//!
//! ```text
//! packages/a/.coverage.x   records `src/m.py`, and only packages/a/src/m.py is there    that one
//! shards/3/.coverage.x     records `src/m.py`, and only src/m.py is there               that one: an artifact, downloaded anywhere
//! ../b/.coverage.x         records `src/m.py`, which is there in both                   that of ../b: it lies outside the root
//! packages/a/.coverage.x   records `src/m.py`, which is there in both                   an error, unless their bytes are the same
//! ```
//!
//! Otherwise two files of a monorepo became one, each covered by the other's tests.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use super::Mapper;
use super::real::{Real, join, lexical};
use crate::model::path::{SourcePath, is_absolute};
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
    /// To this file beside the fragment, and to another one below the root.
    Both(String),
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

    fn find(&self, directory: &str, name: &str) -> Place {
        let real = Real::new(&self.root);
        // The user's rules are asked first.
        if self.by_rules(name, &real).is_final {
            return Place::Root;
        }
        let own = lexical(&join(directory, name));
        if !real.exists(&own) {
            return Place::Root;
        }
        let Some(below) = self.below_root(&own) else { return Place::Own(own) };
        let at_root = join(&self.root_text, name);
        if !real.exists(name) {
            return Place::Own(below.to_owned());
        }
        if real.path(&own) == real.path(&at_root) || are_equal(Path::new(&own), Path::new(&at_root)) {
            return Place::Root;
        }
        let counts = |name: &str| self.admits(&SourcePath::from(name));
        if counts(name) || counts(below) { Place::Both(below.to_owned()) } else { Place::Root }
    }
}

impl Beside {
    /// The directory is absolute.
    #[must_use]
    pub fn new(directory: &Path) -> Self {
        Self { directory: directory.to_string_lossy().into_owned(), known: HashMap::new() }
    }
}

/// Whether two files hold the same bytes.
fn are_equal(one: &Path, other: &Path) -> bool {
    let bytes = |path: &Path| path.is_file().then(|| fs::read(path).ok()).flatten();
    let size = |path: &Path| path.metadata().ok().map(|metadata| metadata.len());
    size(one) == size(other) && bytes(one).is_some_and(|read| Some(read) == bytes(other))
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
        assert_eq!(place(&files, "root/a", ""), Some(Place::Both("a/src/m.py".into())));
        assert_eq!(place(&files, "root/a", "*/m.py"), Some(Place::Root));
        assert_eq!(place(&["root/src/m.py=1", "root/a/src/m.py=1"], "root/a", ""), Some(Place::Root));
    }

    #[test]
    fn a_rule_of_the_user_decides() {
        let top = tempfile::tempdir().unwrap();
        let root = top.path().canonicalize().unwrap();
        for file in ["src/m.py", "a/src/m.py", "a/src/n.py"] {
            fs::create_dir_all(root.join(file).parent().unwrap()).unwrap();
            fs::write(root.join(file), file).unwrap();
        }
        let (pattern, result, origin) = ("src/m.py".to_owned(), "a/src/m.py".to_owned(), "--map".to_owned());
        let settings = Paths {
            aliases: vec![Alias { origin, by: AliasBy::Covmerge, pattern: "src".into(), result: "a/src".into() }],
            ..Paths::default()
        };
        let mapper = Mapper::new(&settings, &Common { root: root.clone(), ..Common::default() }).unwrap();
        assert_eq!(mapper.place(&mut Beside::new(&root.join("a")), &pattern), Place::Root);
        assert_eq!(
            mapper.map([&*pattern]).get(&pattern).unwrap().as_str().strip_prefix(root.to_str().unwrap()),
            Some(&*format!("/{result}"))
        );
    }
}
