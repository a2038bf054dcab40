//! The directories in the files' names, with their sums. A directory that holds only one directory is folded into it.

use std::collections::{HashMap, HashSet};

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

/// A directory in some name, before any is folded.
struct Node<'a> {
    path: &'a str,
    parent: usize,
    totals: Totals,
    /// The number of directories and files in it, and whether one of these has a name.
    holds: usize,
    holds_file: bool,
    /// Its place in the tree; `None` if it is folded into the only directory in it.
    place: Option<usize>,
}

/// The directories in all names, each found by its parent and its own name: whole names, which may be long, are not compared.
struct Nodes<'a> {
    all: Vec<Node<'a>>,
    /// The directory in which each report is.
    parents: Vec<usize>,
}

impl<'a> Nodes<'a> {
    fn of(reports: &[&'a FileReport]) -> Self {
        let node =
            |path, parent| Node { path, parent, totals: Totals::default(), holds: 0, holds_file: false, place: None };
        let (mut all, mut known, mut files) = (vec![node("", 0)], HashMap::new(), HashSet::new());
        let mut parents = Vec::with_capacity(reports.len());
        for report in reports {
            let (mut at, mut start, name) = (0, 0, report.name.as_str());
            all[0].totals += report.totals;
            for (slash, _) in name.match_indices('/') {
                at = *known.entry((at, &name[start..slash])).or_insert_with(|| {
                    all[at].holds += 1;
                    all.push(node(&name[..=slash], at));
                    all.len() - 1
                });
                all[at].totals += report.totals;
                start = slash + 1;
            }
            if files.insert((at, &name[start..])) {
                all[at].holds += 1;
                all[at].holds_file |= start < name.len();
            }
            parents.push(at);
        }
        Self { all, parents }
    }

    /// The place of the innermost directory that is not folded, from this one outwards, and the length of its path.
    fn shown(&self, mut at: usize) -> (usize, usize) {
        loop {
            let node = &self.all[at];
            match node.place {
                Some(place) => return (place, node.path.len()),
                None if at == 0 => return (0, 0),
                None => at = node.parent,
            }
        }
    }
}

impl<'a> Tree<'a> {
    pub(super) fn of(reports: impl Iterator<Item = &'a FileReport>) -> Self {
        let reports: Vec<&FileReport> = reports.collect();
        let mut nodes = Nodes::of(&reports);
        // A directory that holds only one directory is shown together with it.
        let is_folded = |at: usize, node: &Node<'_>| at > 0 && node.holds == 1 && !node.holds_file;
        let shown = nodes.all.iter().enumerate().filter(|(at, node)| !is_folded(*at, node)).map(|(at, _)| at);
        let mut shown: Vec<usize> = shown.collect();
        shown.sort_by_key(|&at| (at > 0, std::cmp::Reverse(lacking(&nodes.all[at].totals)), nodes.all[at].path));
        for (place, &at) in shown.iter().enumerate() {
            nodes.all[at].place = Some(place);
        }
        let mut directories: Vec<Directory<'a>> = shown
            .iter()
            .map(|&at| {
                let Node { path, totals, parent, .. } = nodes.all[at];
                let (parent, length) = nodes.shown(parent);
                let name = &path[length.min(path.len())..];
                Directory { path, name, parent, totals, directories: Vec::new(), files: Vec::new() }
            })
            .collect();
        let mut files: Vec<Leaf<'a>> = reports
            .into_iter()
            .zip(&nodes.parents)
            .map(|(report, &at)| {
                let (parent, length) = nodes.shown(at);
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
