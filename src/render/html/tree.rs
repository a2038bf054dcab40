//! The directories in the files' names, with their sums. A directory that holds only one directory is folded into it.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::lines::Line;
use crate::model::report::{FileReport, Totals};

use super::states::States;

/// Files and directories, worst first: by the number of missing statements and branches, then by name. A directory comes before its contents.
pub(super) struct Tree<'a> {
    /// The first is the root, whose path is empty.
    pub(super) directories: Vec<Directory<'a>>,
    pub(super) files: Vec<Leaf<'a>>,
}

/// A directory.
pub(super) struct Directory<'a> {
    /// Its full name, with a slash at its end.
    pub(super) path: &'a str,
    /// Its name, without that of its parent.
    pub(super) name: &'a str,
    /// The index of its parent in the tree; the root is its own parent.
    pub(super) parent: usize,
    pub(super) totals: Totals,
    /// The indices of the directories and files in it, in the order of the tree.
    pub(super) directories: Vec<usize>,
    pub(super) files: Vec<usize>,
}

/// A file.
pub(super) struct Leaf<'a> {
    pub(super) report: &'a FileReport,
    /// Its name, without that of its directory.
    pub(super) name: &'a str,
    /// The index of its directory in the tree.
    pub(super) parent: usize,
    /// The first missing line or, if there is none, the first partial one.
    pub(super) first: Option<Line>,
    /// The first missing or partial line.
    pub(super) lacking: Option<Line>,
}

/// The number of missing statements and branches.
pub(super) const fn lacking(totals: &Totals) -> u64 {
    totals.missing() + totals.missing_branches
}

impl<'a> Tree<'a> {
    pub(super) fn of(reports: impl Iterator<Item = &'a FileReport>) -> Self {
        let reports: Vec<&FileReport> = reports.collect();
        let mut inside: BTreeMap<&str, (BTreeSet<&str>, Totals)> = BTreeMap::from([("", Default::default())]);
        for report in &reports {
            let mut above = "";
            let name = report.name.as_str();
            for (slash, _) in name.match_indices('/') {
                let path = &name[..=slash];
                inside.entry(above).or_default().0.insert(path);
                above = path;
            }
            inside.entry(above).or_default().0.insert(name);
            for path in ancestors(name) {
                inside.entry(path).or_default().1 += report.totals;
            }
        }
        // A directory that holds only one directory is shown together with it.
        let folded = |path: &str| {
            let holds = inside.get(path).map(|inside| &inside.0);
            !path.is_empty()
                && holds.is_some_and(|holds| holds.len() == 1 && holds.iter().all(|only| only.ends_with('/')))
        };
        let mut paths: Vec<(&str, Totals)> =
            inside.iter().filter(|(path, _)| !folded(path)).map(|(path, (_, totals))| (*path, *totals)).collect();
        paths.sort_by_key(|(path, totals)| (!path.is_empty(), std::cmp::Reverse(lacking(totals)), *path));
        let places: BTreeMap<&str, usize> = paths.iter().enumerate().map(|(place, (path, _))| (*path, place)).collect();
        let parent = |name: &str| {
            ancestors(name).find_map(|path| places.get(path).map(|place| (*place, path.len()))).unwrap_or((0, 0))
        };
        let mut directories: Vec<Directory<'a>> = paths
            .iter()
            .map(|&(path, totals)| {
                let (parent, length) = parent(path.trim_end_matches('/'));
                let name = &path[length.min(path.len())..];
                Directory { path, name, parent, totals, directories: Vec::new(), files: Vec::new() }
            })
            .collect();
        let mut files: Vec<Leaf<'a>> = reports
            .into_iter()
            .map(|report| {
                let (parent, length) = parent(&report.name);
                let states = States::of(report);
                let lacking = states.first_lacking();
                let first = states.first_missing().or(lacking);
                Leaf { report, name: &report.name[length..], parent, first, lacking }
            })
            .collect();
        files.sort_by_key(|file| (std::cmp::Reverse(lacking(&file.report.totals)), &file.report.name));
        // The root has no parent.
        for place in 1..directories.len() {
            let parent = directories[place].parent;
            directories[parent].directories.push(place);
        }
        for (place, file) in files.iter().enumerate() {
            directories[file.parent].files.push(place);
        }
        Self { directories, files }
    }
}

/// The directories that a name leads through, innermost first, and the empty one last.
fn ancestors(name: &str) -> impl Iterator<Item = &str> {
    name.rmatch_indices('/').map(|(slash, _)| &name[..=slash]).chain([""])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::fixture;

    fn tree(files: &[FileReport]) -> Vec<(&str, &str, u64)> {
        let tree = Tree::of(files.iter());
        tree.directories.iter().map(|one| (one.path, tree.directories[one.parent].path, one.totals.files)).collect()
    }

    fn file(name: &str) -> FileReport {
        fixture::empty(name)
    }

    #[test]
    fn directories_hold_sums_and_single_ones_are_folded() {
        let files = ["src/app/web/a.py", "src/app/web/b.py", "src/app/c.py", "lib/x/y/d.py", "top.py"].map(file);
        assert_eq!(
            tree(&files),
            [("", "", 5), ("lib/x/y/", "", 1), ("src/app/", "", 3), ("src/app/web/", "src/app/", 2)]
        );
    }

    #[test]
    fn hostile_names_make_a_tree_too() {
        let files = ["/abs/a.py", "//b.py", "../up.py", "a//b.py", "/"].map(file);
        assert_eq!(tree(&files).iter().map(|one| one.0).collect::<Vec<_>>(), ["", "../", "/", "//", "/abs/", "a//"]);
    }
}
