//! Our paths of the files in seals. The sealing job has mapped them, so no rule applies again: only the root may be another one.

use std::collections::{BTreeMap, BTreeSet};

use super::Mapper;
use super::real::Real;
use crate::model::path::{SourcePath, is_absolute};

impl Mapper {
    /// For each of `files`, a name and whether its path was absolute and below the root of the sealing job: its path here, and whether it counts.
    /// `known` are the paths of files that are not sealed, which keep theirs.
    #[must_use]
    pub fn place_sealed<'a>(
        &self,
        files: &BTreeSet<(&'a str, bool)>,
        known: impl Iterator<Item = &'a SourcePath>,
    ) -> Vec<(SourcePath, bool)> {
        let real = Real::new(&self.root);
        let known: BTreeMap<String, &SourcePath> = known.map(|path| (self.display_name(path), path)).collect();
        let place = |&(name, below_root): &(&'a str, bool)| {
            // Fragments that record one file relative and absolute mean one file.
            let absolute = below_root || files.contains(&(name, true));
            match known.get(name) {
                Some(path) => (*path).clone(),
                None if absolute && !self.relative && !is_absolute(name) => {
                    SourcePath::from(&*format!("{}/{name}", self.root_text))
                }
                None => SourcePath::from(name),
            }
        };
        let placed = files.iter().map(place);
        placed.map(|path| (path.clone(), self.admits_as(path.as_str(), &real))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::settings::{Common, Paths};

    fn place(relative_files: bool, omit: &str, files: &[(&'static str, bool)], known: &[&str]) -> Vec<(String, bool)> {
        let common = Common { root: "/project".into(), relative_files, ..Common::default() };
        let paths = Paths { omit: vec![omit.into()], ..Paths::default() };
        let known: Vec<SourcePath> = known.iter().map(|path| SourcePath::from(*path)).collect();
        let placed = Mapper::new(&paths, &common).unwrap().place_sealed(&files.iter().copied().collect(), known.iter());
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

    #[test]
    fn two_records_of_one_file_have_one_path() {
        let paths = |files: &[(&'static str, bool)], known: &[&str]| -> Vec<String> {
            place(false, "none", files, known).into_iter().map(|(path, _)| path).collect()
        };
        assert_eq!(paths(&[("a.py", false), ("a.py", true)], &[]), ["/project/a.py", "/project/a.py"]);
        assert_eq!(paths(&[("a.py", false)], &["/project/a.py"]), ["/project/a.py"]);
        assert_eq!(paths(&[("a.py", true)], &["a.py"]), ["a.py"]);
    }
}
