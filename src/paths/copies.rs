//! Copies of one tree that were measured as separate files, so that each of their lines counts more than once.
//!
//! ```text
//! .tox/py311/lib/python3.11/site-packages/app/core.py
//! .tox/py312/lib/python3.12/site-packages/app/core.py       the same text
//! ```
//!
//! A file outside of the project's own files, below a hidden directory, among installed packages, or outside the root, is a copy of an equal one of
//! the same name. Texts that may not be shown are not compared: a fragment could ask whether a file is equal to one that it brings along. Equal files
//! of the project itself may well be two files (`__init__.py` of two packages): they are copies only where nearly all files of one directory are
//! equal to those of another, as in `src/` and `build/lib/`.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::aliases::option;
use crate::model::warning::Warning;
use crate::model::words::{by_number, counted};

/// Gives the text of a file, as reports name it, if it may be shown.
type TextOf<'a> = &'a dyn Fn(&str) -> Option<Arc<str>>;

/// A warning for each directory with copies of other files among `names` (as reports show them, each once, in order).
pub(super) fn warnings(names: &[String], text: TextOf<'_>) -> Vec<Warning> {
    let text: TextOf<'_> = &|name| text(name).filter(|text| !text.is_empty());
    // Each directory of copies, with the directory whose files it copies.
    let mut trees: BTreeMap<&str, &str> = BTreeMap::new();
    let equal = equal_files(names, text);
    for Twins { names: twins, .. } in &equal {
        let [original, copies @ ..] = &twins[..] else { continue };
        for copy in copies.iter().filter(|copy| is_aside(copy)) {
            let (from, to) = differing_starts(copy, original);
            let to = trees.get(to).copied().unwrap_or(to);
            if from != to {
                trees.entry(from).or_insert(to);
            }
        }
    }
    let mut copies = own_copies(&equal, names);
    for (from, to) in trees {
        let below: Vec<&str> = names.iter().filter_map(|name| below(name, from)).collect();
        let of = |start: &str, rest: &str| match start {
            "" => text(rest),
            start => text(&format!("{start}/{rest}")),
        };
        let measured: Vec<(&str, Arc<str>)> =
            below.into_iter().filter_map(|rest| Some((rest, of(from, rest)?))).collect();
        let equal = measured.iter().filter(|(rest, text)| of(to, rest).as_ref() == Some(text)).count();
        // One or two files may be generated separately for each copy; if most files differ, it is another version.
        if equal > 0 && 2 * equal >= measured.len() {
            copies.entry(to).or_default().push((from, equal));
        }
    }
    copies.iter().map(|(to, from)| warning(to, from)).collect()
}

/// Fewer equal files may be boilerplate of two packages.
const FEWEST_EQUAL: usize = 2;
/// Files with fewer lines, blank ones not counted, may be equal by chance.
const FEWEST_LINES: usize = 3;

/// The directories of the project itself, each with directories that are copies of it and the number of their files that are.
fn own_copies<'a>(equal: &[Twins<'a>], names: &'a [String]) -> BTreeMap<&'a str, Vec<(&'a str, usize)>> {
    // The files of two directories that are equal, and those of them that are not so by chance.
    let mut pairs: BTreeMap<(&str, &str), (usize, usize)> = BTreeMap::new();
    for Twins { names, is_short } in equal {
        let mut own = names.iter().filter(|name| !is_aside(name));
        let Some(original) = own.next() else { continue };
        for copy in own {
            let (from, to) = differing_starts(copy, original);
            if below(copy, from).is_some_and(|rest| rest.contains('/')) {
                let (all, long) = pairs.entry((from, to)).or_default();
                *all += 1;
                *long += usize::from(!is_short);
            }
        }
    }
    let mut copies: BTreeMap<&str, Vec<(&str, usize)>> = BTreeMap::new();
    for ((from, to), (all, long)) in pairs {
        let measured = || names.iter().filter(|name| below(name, from).is_some()).count();
        if long >= FEWEST_EQUAL && 4 * all >= 3 * measured() {
            copies.entry(to).or_default().push((from, all));
        }
    }
    copies
}

fn warning(to: &str, copies: &[(&str, usize)]) -> Warning {
    let equal = copies.iter().map(|(_, equal)| *equal as u64).sum();
    let (files, are) = (counted(equal, "file"), by_number(equal, "is a copy of a file", "are copies of files"));
    let starts: Vec<&str> = copies.iter().map(|(from, _)| *from).collect();
    let below: Vec<String> = starts.iter().map(|from| format!("`{from}`")).collect();
    let here = if to.is_empty() { "." } else { to };
    let text = format!("{files} below {} {are} below `{here}`, and each is counted separately", below.join(" and "));
    let rules: Vec<String> = match pattern(&starts) {
        Some(pattern) => vec![option(&pattern, here)],
        None => starts.iter().map(|from| option(from, here)).collect(),
    };
    Warning::new(text).with_help(format!("count them once: `{}`", rules.join(" ")))
}

/// One pattern for several directories of equal depth, with `*` where they differ; `None` if it is not a valid pattern for `--map`.
fn pattern(starts: &[&str]) -> Option<String> {
    let [first, rest @ ..] = starts else { return None };
    let mut parts: Vec<&str> = first.split('/').collect();
    for other in rest {
        let other: Vec<&str> = other.split('/').collect();
        if other.len() != parts.len() {
            return None;
        }
        for (part, other) in parts.iter_mut().zip(other) {
            if *part != other {
                *part = "*";
            }
        }
    }
    (parts.last() != Some(&"*") && parts.first() != Some(&"*")).then(|| parts.join("/"))
}

/// Files with the same text.
struct Twins<'a> {
    /// Their names: the project's own files first, of these the ones with the shortest way to them.
    names: Vec<&'a str>,
    /// Whether they have only a few lines.
    is_short: bool,
}

/// Files with the same text and the same name; the project's own files also have the name of their directory in common.
fn equal_files<'a>(names: &'a [String], text: TextOf<'_>) -> Vec<Twins<'a>> {
    let mut by_name: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for name in names {
        by_name.entry(end(name, 1)).or_default().push(name);
    }
    let mut alike: Vec<Vec<&str>> = Vec::new();
    for names in by_name.into_values() {
        if names.iter().any(|name| is_aside(name)) {
            alike.push(names);
        } else if names.len() > 1 {
            let mut by_end: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
            for name in names {
                by_end.entry(end(name, 2)).or_default().push(name);
            }
            alike.extend(by_end.into_values());
        }
    }
    let mut equal = Vec::new();
    for names in alike.into_iter().filter(|names| names.len() > 1) {
        let mut by_text: BTreeMap<Arc<str>, Vec<&str>> = BTreeMap::new();
        for name in names {
            if let Some(text) = text(name) {
                by_text.entry(text).or_default().push(name);
            }
        }
        equal.extend(by_text.into_iter().filter(|(_, names)| names.len() > 1).map(|(text, mut names)| {
            names.sort_by_key(|name| (is_aside(name), name.matches('/').count()));
            let lines = text.lines().filter(|line| !line.trim().is_empty());
            Twins { names, is_short: lines.count() < FEWEST_LINES }
        }));
    }
    equal
}

/// The last components of a path.
fn end(name: &str, components: usize) -> &str {
    name.rmatch_indices('/').nth(components - 1).map_or(name, |(slash, _)| &name[slash + 1..])
}

/// Whether a file, as reports name it, is not one of the project's own: hidden, among installed packages, or outside of the root.
pub(super) fn is_aside(name: &str) -> bool {
    let hidden = |part: &str| part.starts_with('.') && part.len() > 1;
    name.starts_with('/') || name.split('/').any(|part| hidden(part) || is_installed(part))
}

/// Whether a directory of that name contains installed packages.
fn is_installed(directory: &str) -> bool {
    matches!(directory, "site-packages" | "dist-packages")
}

/// The beginnings of two paths, without the components that both have at their ends, back to the directory of installed packages.
fn differing_starts<'a>(one: &'a str, other: &'a str) -> (&'a str, &'a str) {
    let pairs = one.rsplit('/').zip(other.rsplit('/'));
    let common: usize = pairs.take_while(|(a, b)| a == b && !is_installed(a)).map(|(part, _)| part.len() + 1).sum();
    let start = |path: &'a str| path.get(..path.len().saturating_sub(common)).unwrap_or_default();
    (start(one), start(other))
}

/// The rest of `name` after the directory `start`.
fn below<'a>(name: &'a str, start: &str) -> Option<&'a str> {
    if start.is_empty() { Some(name) } else { name.strip_prefix(start)?.strip_prefix('/') }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn warned(files: &[(&str, &str)]) -> Vec<String> {
        let root = tempfile::tempdir().unwrap();
        for (name, text) in files {
            let path = root.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        let names: Vec<String> = files.iter().map(|(name, _)| (*name).to_owned()).collect();
        let say = |warning: &Warning| format!("{}: {}", warning.text, warning.help.clone().unwrap_or_default());
        let text = |name: &str| fs::read_to_string(root.path().join(name)).ok().map(Arc::from);
        warnings(&names, &text).iter().map(say).collect()
    }

    #[test]
    fn copies_below_environments_are_named_with_the_rule_that_unites_them() {
        let [one, two] = [".tox/py311/lib/python3.11/site-packages", ".tox/py312/lib/python3.12/site-packages"];
        let [a, b] = [one, two].map(|start| format!("{start}/app/a.py"));
        let [own, version] = [one, two].map(|start| format!("{start}/app/_version.py"));
        let files = [(&*version, "v = 2\n"), (&*own, "v = 1\n"), (&*a, "a = 1\n"), (&*b, "a = 1\n")];
        assert_eq!(
            warned(&files),
            [format!(
                "1 file below `{two}` is a copy of a file below `{one}`, and each is counted separately: count them once: `--map {two}={one}`"
            )]
        );
        let sources = [("src/app/a.py", "a = 1\n"), ("src/app/_version.py", "v = 1\n")];
        assert_eq!(
            warned(&[&files[..], &sources].concat()),
            [format!(
                "3 files below `{one}` and `{two}` are copies of files below `src`, and each is counted separately: count them once: `--map '.tox/*/lib/*/site-packages=src'`"
            )]
        );
    }

    const LONG: &str = "a = 1\nb = 2\n\nc = 3\n";

    #[test]
    fn directories_of_the_project_with_the_same_files_are_copies() {
        let files = |start: &str| ["app/a.py", "app/b.py", "app/__init__.py"].map(|name| format!("{start}{name}"));
        let [a, b, empty] = files("build/lib/");
        let [own_a, own_b, own_empty] = files("src/");
        let files = [
            (&*a, LONG),
            (&*b, LONG),
            (&*empty, "x = 1\n"),
            (&*own_a, LONG),
            (&*own_b, LONG),
            (&*own_empty, "x = 1\n"),
        ];
        let copies = "are copies of files below `src`, and each is counted separately";
        let said = format!("3 files below `build/lib` {copies}: count them once: `--map build/lib=src`");
        assert_eq!(warned(&files), [said]);
        let version = [("build/lib/app/_version.py", "v = 1\n"), ("src/app/_version.py", "v = 2\n")];
        assert_eq!(warned(&[&files[..], &version].concat()).len(), 1);
        let more = [("build/lib/app/_version.py", "v = 1\n"), ("build/lib/app/other.py", "v = 2\n")];
        assert_eq!(warned(&[&files[..], &more].concat()).len(), 0);
        assert_eq!(
            warned(&[("copy/app/a.py", LONG), ("app/a.py", LONG), ("copy/app/b.py", LONG), ("app/b.py", LONG)]).len(),
            1
        );
    }

    #[test]
    fn boilerplate_of_the_packages_of_one_repository_is_nothing_to_say() {
        for files in [
            // One file alone, and files right below the two directories.
            &[("one/app/a.py", LONG), ("two/app/a.py", LONG)][..],
            &[("one/setup.py", LONG), ("two/setup.py", LONG), ("one/conftest.py", LONG), ("two/conftest.py", LONG)],
            // Short ones.
            &[
                ("one/app/a.py", "a = 1\n"),
                ("two/app/a.py", "a = 1\n"),
                ("one/app/b.py", "b = 1\n"),
                ("two/app/b.py", "b = 1\n"),
            ],
            // Packages that have more of their own.
            &[
                ("one/app/a.py", LONG),
                ("two/app/a.py", LONG),
                ("one/app/b.py", LONG),
                ("two/app/b.py", LONG),
                ("one/app/c.py", "c = 1\n"),
                ("two/app/c.py", "c = 2\n"),
            ],
        ] {
            assert_eq!(warned(files), [""; 0], "{files:?}");
        }
    }

    #[test]
    fn equal_files_of_the_project_itself_other_versions_and_empty_files_are_nothing_to_say() {
        for files in [
            [("one/setup.py", "a = 1\n"), ("two/setup.py", "a = 1\n")],
            [(".tox/one/a.py", "a = 1\n"), (".tox/two/a.py", "a = 2\n")],
            [("src/a/__init__.py", ""), (".venv/a/__init__.py", "")],
        ] {
            assert_eq!(warned(&files), [""; 0], "{files:?}");
        }
    }
}
