//! Sources that are not where they were: the rules that would find them in the checkout.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::Mapper;
use super::aliases::option;
use super::real::is_separator;
use crate::model::lost::Lost;
use crate::walk;

/// The checkout is not searched any further.
const MOST_ENTRIES: usize = 100_000;
/// A name that more files have, such as `__init__.py`, says little; the first ones are tried.
const MOST_OF_ONE_NAME: usize = 50;
/// Rules beyond these would confuse more than help.
const MOST_RULES: usize = 5;

impl Mapper {
    /// Files that were not found, grouped by the rules that would find them; those that no rule finds come last. `names` are those of reports.
    #[must_use]
    pub fn lost(&self, names: BTreeSet<String>) -> Vec<Lost> {
        let mut groups = Vec::new();
        let mut rest = names;
        if rest.is_empty() {
            return groups;
        }
        let here = self.files_here();
        while groups.len() < MOST_RULES
            && let Some((from, to, finds)) = best(&rest, &here)
        {
            let (found, others): (BTreeSet<String>, _) =
                rest.into_iter().partition(|name| below(name, &from).is_some());
            rest = others;
            groups.push(Lost {
                tried: self.tried(&found),
                rule: Some((option(&from, &to), finds)),
                names: found.into_iter().collect(),
                below: from,
            });
        }
        if !rest.is_empty() {
            groups.push(Lost {
                tried: self.tried(&rest),
                below: common_directory(&rest),
                names: rest.into_iter().collect(),
                rule: None,
            });
        }
        groups
    }

    fn tried(&self, names: &BTreeSet<String>) -> PathBuf {
        names.first().map(|name| self.root.join(name)).unwrap_or_default()
    }

    /// The files of the checkout, relative to the root with slashes, by base name.
    fn files_here(&self) -> BTreeMap<String, BTreeSet<String>> {
        let mut files: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        walk::files(&self.root, MOST_ENTRIES, &mut |path: &Path| {
            if let Some(path) = path.strip_prefix(&self.root).ok().and_then(Path::to_str)
                && let Some(name) = path.rsplit('/').next()
            {
                files.entry(name.to_owned()).or_default().insert(path.to_owned());
            }
            true
        });
        files
    }
}

/// The rule that finds most of the files: the directory that it is for, the one that it leads to, and how many it finds. Of several, the first.
fn best(names: &BTreeSet<String>, here: &BTreeMap<String, BTreeSet<String>>) -> Option<(String, String, u64)> {
    let mut rules: BTreeSet<(String, String)> = BTreeSet::new();
    for name in names {
        let Some(same) = name.rsplit(is_separator).next().and_then(|base| here.get(base)) else { continue };
        rules.extend(same.iter().take(MOST_OF_ONE_NAME).filter_map(|file| rule(name, file)));
    }
    let finds = |(from, to): &(String, String)| {
        let is_here = |rest: &str| {
            let file = if to == "." { rest.replace('\\', "/") } else { format!("{to}/{}", rest.replace('\\', "/")) };
            file.rsplit('/').next().and_then(|base| here.get(base)).is_some_and(|same| same.contains(&file))
        };
        names.iter().filter_map(|name| below(name, from)).filter(|rest| is_here(rest)).count() as u64
    };
    let counted: Vec<(u64, (String, String))> = rules.into_iter().map(|rule| (finds(&rule), rule)).collect();
    // Two places that fit equally well may be two packages: nobody knows which is meant.
    let is_only = |(finds, (from, _)): &&(u64, (String, String))| {
        counted.iter().filter(|(other, (same, _))| same == from && other >= finds).count() == 1
    };
    let only = counted.iter().filter(is_only).filter(|(finds, _)| *finds > 0);
    only.rev().max_by_key(|(finds, _)| *finds).map(|(finds, (from, to))| (from.clone(), to.clone(), *finds))
}

/// The rule that leads from `name` to `file`: both without the last parts that they share.
fn rule(name: &str, file: &str) -> Option<(String, String)> {
    let (mut from, mut to) = (name, file);
    loop {
        let (above, last) = from.rsplit_once(is_separator).unwrap_or(("", from));
        let (up, same) = to.rsplit_once('/').unwrap_or(("", to));
        // A rule is for a directory, and not for all there is.
        if last != same || above.is_empty() {
            break;
        }
        (from, to) = (above, up);
        if up.is_empty() {
            break;
        }
    }
    let is_plain = !from.contains(['*', '?', '[']) && !from.ends_with(':');
    (from.len() < name.len() && is_plain).then(|| (from.to_owned(), if to.is_empty() { "." } else { to }.to_owned()))
}

/// The rest of a name that lies below a directory.
fn below<'n>(name: &'n str, directory: &str) -> Option<&'n str> {
    name.strip_prefix(directory)?.strip_prefix(is_separator)
}

/// The directory that holds all of the files; empty if there is none.
fn common_directory(names: &BTreeSet<String>) -> String {
    let (Some(first), Some(last)) = (names.first(), names.last()) else { return String::new() };
    // Between the first and the last in order, all others begin as these two do.
    let shared = first
        .char_indices()
        .zip(last.chars())
        .find(|((_, a), b)| a != b)
        .map_or(first.len().min(last.len()), |((at, _), _)| at);
    first
        .get(..shared)
        .and_then(|shared| shared.rfind(is_separator))
        .map_or(String::new(), |slash| first[..slash].to_owned())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::model::settings::{Common, Paths};

    /// The directory of a group, the number of its names, and its rule.
    type Group = (String, usize, Option<(String, u64)>);

    /// The groups of lost files, where these are there.
    fn lost(here: &[&str], names: &[&str]) -> Vec<Group> {
        let top = tempfile::tempdir().unwrap();
        let root = top.path().canonicalize().unwrap();
        for file in here {
            fs::create_dir_all(root.join(file).parent().unwrap()).unwrap();
            fs::write(root.join(file), "").unwrap();
        }
        let mapper = Mapper::new(&Paths::default(), &Common { root, ..Common::default() }).unwrap();
        let lost = mapper.lost(names.iter().map(ToString::to_string).collect());
        lost.into_iter().map(|lost| (lost.below, lost.names.len(), lost.rule)).collect()
    }

    fn found(below: &str, names: usize, rule: &str, finds: u64) -> Group {
        (below.into(), names, Some((rule.into(), finds)))
    }

    #[test]
    fn the_rule_is_that_of_the_files_in_the_checkout() {
        let here =
            ["src/app/__init__.py", "src/app/m.py", "src/app/sub/__init__.py", "tests/__init__.py", "tests/m.py"];
        let names = ["/ci/x/src/app/__init__.py", "/ci/x/src/app/m.py", "/ci/x/src/app/gone.py"];
        assert_eq!(lost(&here, &names), [found("/ci/x", 3, "--map /ci/x=.", 2)]);
        let names = ["lib/app/__init__.py", "lib/app/m.py", "lib/app/sub/__init__.py"];
        assert_eq!(lost(&here, &names), [found("lib", 3, "--map lib=src", 3)]);
        assert_eq!(lost(&here[..4], &["app/m.py"]), [found("app", 1, "--map app=src/app", 1)]);
        assert_eq!(lost(&here, &[r"C:\ci\src\app\m.py"]), [found(r"C:\ci", 1, r"--map 'C:\ci=.'", 1)]);
        assert_eq!(lost(&here, &["/build dir/app/m.py"]), [found("/build dir", 1, "--map '/build dir=src'", 1)]);
    }

    #[test]
    fn files_that_no_rule_finds_are_one_group() {
        assert_eq!(lost(&["src/a.py"], &["/gen/x/b.py", "/gen/y/c.py"]), [("/gen".into(), 2, None)]);
        assert_eq!(lost(&["src/a.py"], &["b.py", "c.py"]), [(String::new(), 2, None)]);
        assert_eq!(
            lost(&["src/a.py"], &["/ci/src/a.py", "/gen/b.py"]),
            [found("/ci", 1, "--map /ci=.", 1), ("/gen".into(), 1, None)]
        );
        assert_eq!(lost(&["src/a.py"], &[]), []);
    }

    #[test]
    fn two_packages_that_fit_equally_well_have_no_rule() {
        let here = ["a/src/m.py", "a/src/n.py", "b/src/m.py", "b/src/n.py"];
        assert_eq!(lost(&here, &["src/m.py", "src/n.py"]), [("src".into(), 2, None)]);
        assert_eq!(lost(&here[..3], &["src/m.py", "src/n.py"]), [found("src", 2, "--map src=a/src", 2)]);
    }

    #[test]
    fn several_checkouts_have_a_rule_each() {
        let here = ["src/a.py", "src/b.py"];
        let names = ["/ci/1/src/a.py", "/ci/1/src/b.py", "/ci/2/src/a.py"];
        assert_eq!(lost(&here, &names), [found("/ci/1", 2, "--map /ci/1=.", 2), found("/ci/2", 1, "--map /ci/2=.", 1)]);
    }
}
