//! Places each class in a package, names it, and lists the source roots that the names are relative to.
//!
//! ```text
//! coveragepy    source = pkg, tests      pkg/a.py is `a.py` below <source>/project/pkg</source>
//! strict        the work tree            pkg/a.py is `pkg/a.py` below <source>.</source>
//! ```
//!
//! A reader looks a class up in the first source that has a file of its name; a relative source starts at the reader's working directory.
//! coverage.py ignores that this may be another file, and if two classes have one name it writes only one. Here such a class gets its name from the
//! working directory, which then is the first source.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::super::View;
use crate::model::path::SourcePath;
use crate::model::report::{FileReport, Report};
use crate::model::settings::{Common, XmlFlavour};
use crate::model::tool::Tool;
use crate::python::text::order::human;
use crate::python::text::printable::neutralised;

/// The packages with their classes, and the roots that the names are relative to.
pub(super) struct Layout<'a> {
    /// In human order, except that the working directory may have to come first. May contain an empty root, to which absolute names belong.
    pub(super) roots: Vec<String>,
    /// In human order of their names.
    pub(super) packages: Vec<Package<'a>>,
}

impl<'a> Layout<'a> {
    pub(super) fn of(view: &View<'a>) -> Self {
        let (settings, common) = (view.settings, view.common);
        let files = view.report.files.iter().filter(|(_, file)| !settings.skip_empty || file.totals.statements > 0);
        let files: Vec<Place<'_>> = files.map(|(path, file)| Place::of(path, file, common)).collect();
        let (mut roots, mut names) = match settings.xml_flavour {
            XmlFlavour::CoveragePy => below_sources(&files, view),
            XmlFlavour::Strict => {
                let base = settings.work_tree.as_ref().unwrap_or(&common.root).to_string_lossy();
                (vec![".".into()], files.iter().map(|place| place.name_from(&base, common)).collect())
            }
        };
        // Readers of the strict flavour stand in the work tree or, failing that, in the working directory if it holds the root.
        let strict = settings.xml_flavour == XmlFlavour::Strict;
        if !strict || settings.work_tree.is_none() && common.root.starts_with(view.cwd) {
            name_from_the_working_directory(&files, view, &mut roots, &mut names);
        }
        let mut packages: BTreeMap<String, Package<'a>> = BTreeMap::new();
        for (place, name) in files.iter().zip(names) {
            let name = neutralised(&name).replace('\\', "/");
            let directory = package_directory(&name, settings.xml_package_depth);
            let package = packages.entry(directory.replace('/', ".")).or_default();
            package.add(place.file, class_name(&name, &directory, &common.root.to_string_lossy()), name, view.report);
        }
        let mut packages: Vec<Package<'_>> =
            packages.into_iter().map(|(name, package)| Package { name, ..package }).collect();
        packages.sort_by(|a, b| human(&a.name, &b.name));
        for package in &mut packages {
            package.classes.sort_by(|a, b| human(&a.filename, &b.filename));
        }
        Self { roots, packages }
    }
}

/// The roots and the names of coverage.py, except for names that would lead to another file.
fn below_sources(files: &[Place<'_>], view: &View<'_>) -> (Vec<String>, Vec<String>) {
    let common = view.common;
    // Other tools do not know coverage.py's `source`: their files have names from the root.
    let source_roots = if view.report.has_data_of(Tool::COVERAGE_PY) { view.source_roots } else { &[] };
    let mut roots: Vec<&str> = source_roots.iter().map(String::as_str).collect();
    let root = common.root.to_string_lossy().replace('\\', "/");
    for place in files {
        // The empty root of a file outside also stands for the working directory if it comes first: the working directory is then not listed.
        let empty_is_root = !common.relative_files && common.root == view.cwd && roots.contains(&"");
        let known = empty_is_root && place.own_root == root
            || source_roots.iter().any(|root| below(&place.path, root).is_some());
        if !known && !roots.contains(&place.own_root.as_str()) {
            roots.push(&place.own_root);
        }
    }
    // Among nested roots, the longest one decides; coverage.py leaves the choice to the order of a set.
    let mut longest_first = roots.clone();
    longest_first.sort_by_key(|root| std::cmp::Reverse(root.len()));
    let name = |place: &Place<'_>| {
        // The empty root never applies to a file: an absolute name stays absolute.
        let mut candidates = longest_first.iter().filter(|root| !root.is_empty());
        candidates.find_map(|root| below(&place.path, root)).unwrap_or(&place.file.name).to_owned()
    };
    let names: Vec<String> = files.iter().map(name).collect();
    roots.sort_by(|a, b| human(a, b));
    (roots.into_iter().map(str::to_owned).collect(), names)
}

/// Renames every class whose name leads to another file, using its name from the working directory, until no name misleads.
fn name_from_the_working_directory(
    files: &[Place<'_>],
    view: &View<'_>,
    roots: &mut Vec<String>,
    names: &mut [String],
) {
    let common = view.common;
    let holds_root = common.root.starts_with(view.cwd);
    let base = if holds_root { view.cwd } else { &common.root }.to_string_lossy().replace('\\', "/");
    // Below a single root, names differ, and lead to their files unless the root starts at another directory than the one it is looked up from.
    if roots.len() < 2 && (common.root == view.cwd || roots.iter().all(|root| root.starts_with('/'))) {
        return;
    }
    let first = match view.settings.xml_flavour {
        XmlFlavour::Strict => ".",
        XmlFlavour::CoveragePy if common.relative_files && holds_root => "",
        XmlFlavour::CoveragePy => &base,
    };
    let paths: Vec<String> = files.iter().map(|place| place.absolute(common)).collect();
    let measured: BTreeSet<&str> = paths.iter().map(String::as_str).collect();
    let is_file = |path: &str| (view.real_file)(path).is_some();
    let misleads = |roots: &[String], name: &str, path: &str| {
        let mut candidates = roots.iter().map(|root| absolute(&Path::new(root).join(name).to_string_lossy(), view.cwd));
        let own = |found: &str| found == path || is_file(path) && (view.real_file)(found) == (view.real_file)(path);
        match candidates.find(|found| found == path || measured.contains(&**found) || is_file(found)) {
            // If its own source is not there, a reader goes on to the next root.
            Some(found) if own(&found) => !is_file(path) && candidates.any(|other| is_file(&other)),
            found => found.is_some(),
        }
    };
    let mut renamed = BTreeSet::new();
    loop {
        let wrong: Vec<usize> =
            (0..files.len()).filter(|at| !renamed.contains(at) && misleads(roots, &names[*at], &paths[*at])).collect();
        if wrong.is_empty() {
            return;
        }
        // The only name of a file outside the working directory is its absolute one.
        roots.retain(|root| root != first);
        roots.insert(0, first.to_owned());
        for at in wrong {
            names[at] = files[at].name_from(&base, common);
            renamed.insert(at);
        }
    }
}

/// The path without `.` and `..`, absolute; a relative one starts at `directory`.
fn absolute(path: &str, directory: &Path) -> String {
    format!("/{}", parts(path, &directory.to_string_lossy()).join("/"))
}

/// A file and its place in the file system.
struct Place<'a> {
    file: &'a FileReport,
    /// Its full name, with slashes.
    path: String,
    /// The directory that its shown name is relative to; empty if the name is shown in full.
    own_root: String,
}

impl<'a> Place<'a> {
    fn of(path: &SourcePath, file: &'a FileReport, common: &Common) -> Self {
        let path = path.as_str();
        let relative = !path.starts_with('/') && !common.relative_files;
        let path = if relative { format!("{}/{path}", common.root.display()) } else { path.to_owned() };
        let path = path.replace('\\', "/");
        let shown = file.name.replace('\\', "/");
        let own_root = path.strip_suffix(&shown).unwrap_or_default().trim_end_matches('/').to_owned();
        Self { file, path, own_root }
    }

    /// Its absolute name, however it was recorded.
    fn absolute(&self, common: &Common) -> String {
        absolute(&self.path, &common.root)
    }

    /// Its name below the directory `base`, or its full name if it lies elsewhere.
    fn name_from(&self, base: &str, common: &Common) -> String {
        let path = self.absolute(common);
        below(&path, base.trim_end_matches('/')).map(str::to_owned).unwrap_or(path)
    }
}

/// The rest of `path` after `root` and a slash.
fn below<'a>(path: &'a str, root: &str) -> Option<&'a str> {
    path.strip_prefix(root)?.strip_prefix('/')
}

/// The first `depth` directories of a name. A negative depth drops that number of directories from the end, like a Python slice.
fn package_directory(name: &str, depth: i64) -> String {
    let directory = match name.rsplit_once('/') {
        // Python's `dirname` keeps the slashes if the name has nothing else before the last one.
        Some((directory, _)) if directory.bytes().all(|byte| byte == b'/') => &name[..=directory.len()],
        Some((directory, _)) => directory.trim_end_matches('/'),
        None => ".",
    };
    let directories: Vec<&str> = directory.split('/').collect();
    let count = usize::try_from(depth.unsigned_abs()).unwrap_or(usize::MAX);
    let kept = if depth < 0 { directories.len().saturating_sub(count) } else { count.min(directories.len()) };
    directories[..kept].join("/")
}

/// The name relative to its package's directory, as by Python's `relpath`; both are relative to `root` unless absolute.
fn class_name(name: &str, directory: &str, root: &str) -> String {
    let odd = |path: &str| path.split('/').any(|part| matches!(part, "" | "." | ".."));
    if !odd(name) {
        if directory == "." {
            return name.to_owned();
        }
        if let Some(rest) = below(name, directory) {
            return rest.to_owned();
        }
    }
    let (name, directory) = (parts(name, root), parts(directory, root));
    let common = name.iter().zip(&directory).take_while(|(a, b)| a == b).count();
    let up = std::iter::repeat_n("..", directory.len() - common);
    let relative: Vec<&str> = up.chain(name[common..].iter().map(String::as_str)).collect();
    if relative.is_empty() { ".".into() } else { relative.join("/") }
}

/// The components of a path, below `root` unless it is absolute, without `.` and `..`.
fn parts(path: &str, root: &str) -> Vec<String> {
    let path = if path.starts_with('/') { path.to_owned() } else { format!("{root}/{path}") };
    let mut parts = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => _ = parts.pop(),
            part => parts.push(part.to_owned()),
        }
    }
    parts
}

/// A directory.
#[derive(Default)]
pub(super) struct Package<'a> {
    pub(super) name: String,
    pub(super) classes: Vec<Class<'a>>,
    pub(super) sums: Sums,
}

impl<'a> Package<'a> {
    fn add(&mut self, file: &'a FileReport, name: String, filename: String, report: &Report) {
        let sums = Sums::of(file, report.branches);
        self.sums.add(&sums);
        self.classes.push(Class { file, name, filename, sums });
    }
}

/// A file in its package.
pub(super) struct Class<'a> {
    pub(super) file: &'a FileReport,
    pub(super) name: String,
    pub(super) filename: String,
    pub(super) sums: Sums,
}

/// The numbers behind the rates.
#[derive(Clone, Copy, Default)]
pub(super) struct Sums {
    pub(super) statements: u64,
    pub(super) executed: u64,
    pub(super) branches: u64,
    pub(super) taken: u64,
}

impl Sums {
    fn of(file: &FileReport, branches: bool) -> Self {
        let totals = &file.totals;
        let (branches, taken) = if branches { (totals.branches, totals.taken()) } else { (0, 0) };
        Self { statements: totals.statements, executed: totals.executed, branches, taken }
    }

    pub(super) fn add(&mut self, other: &Self) {
        self.statements += other.statements;
        self.executed += other.executed;
        self.branches += other.branches;
        self.taken += other.taken;
    }
}

#[cfg(test)]
mod tests {
    use crate::model::settings::{PythonVersion, Render};
    use crate::model::timestamp::Timestamp;
    use crate::model::trace::Trace;
    use crate::model::verdict::Verdict;
    use crate::render::fixture;

    use super::*;

    /// The roots and the file names of a report on these files; one of the files is empty, and `run.source` leads to `sources`.
    fn names(
        files: &[(&str, &str)],
        sources: &[&str],
        change: impl Fn(&mut Render, &mut Common),
    ) -> (Vec<String>, Vec<String>) {
        names_seen_from("/project", &[], files, sources, change)
    }

    /// The same where readers stand in the directory `cwd`, and the files `there` exist.
    fn names_seen_from(
        cwd: &str,
        there: &[&str],
        files: &[(&str, &str)],
        sources: &[&str],
        change: impl Fn(&mut Render, &mut Common),
    ) -> (Vec<String>, Vec<String>) {
        let mut report = Report { fragments: fixture::report().fragments, ..Report::default() };
        for &(path, name) in files {
            report.files.insert(path.into(), Box::new(fixture::empty(name)));
        }
        let (mut settings, mut common) = (fixture::settings(), fixture::common());
        change(&mut settings, &mut common);
        let (verdict, trace) = (Verdict::default(), Trace::default());
        let sources: Vec<String> = sources.iter().map(|&source| source.to_owned()).collect();
        let view = View {
            report: &report,
            verdict: &verdict,
            trace: &trace,
            settings: &settings,
            common: &common,
            python: PythonVersion::default(),
            made_at: Timestamp::from_micros(0),
            measured_at: None,
            source_roots: &sources,
            cwd: cwd.as_ref(),
            real_file: &|path| there.contains(&path).then(|| path.replace("/link/", "/project/").into()),
            source_text: &|_| Err(String::new()),
        };
        let layout = Layout::of(&view);
        let classes = layout.packages.iter().flat_map(|package| &package.classes);
        (layout.roots.clone(), classes.map(|class| class.filename.clone()).collect())
    }

    #[test]
    fn a_file_belongs_to_the_longest_root_above_it() {
        let files = [("/project/src/flask/app.py", "src/flask/app.py"), ("/project/tests/t.py", "tests/t.py")];
        let (roots, files) = names(&files, &["/project/tests"], |_, _| ());
        assert_eq!(roots, ["/project", "/project/tests"]);
        assert_eq!(files, ["t.py", "src/flask/app.py"]);
    }

    #[test]
    fn the_working_directory_is_no_root_while_every_file_is_below_another() {
        let (roots, files) = names(&[("/project/a.py", "a.py")], &["/"], |_, _| ());
        assert_eq!(
            (roots, files),
            (vec!["/".into(), "/project".into()], vec!["a.py".to_owned()]),
            "no file is below `/` upstream"
        );
        let (roots, files) = names(&[("/w/project/a.py", "a.py")], &["/w"], |_, _| ());
        assert_eq!((roots, files), (vec!["/w".to_owned()], vec!["project/a.py".to_owned()]));
    }

    #[test]
    fn files_outside_keep_their_absolute_names_under_an_empty_root() {
        // `coverage xml` of coverage.py: whether the working directory is listed depends on which comes first.
        let outside = [("/a/o1.py", "/a/o1.py"), ("/a/o2.py", "/a/o2.py"), ("/project/x.py", "x.py")];
        let (roots, files) = names(&outside, &[], |_, _| ());
        assert_eq!(roots, [""]);
        assert_eq!(files, ["x.py", "/a/o1.py", "/a/o2.py"]);
        // To readers elsewhere, the empty root does not stand for this one.
        assert_eq!(names_seen_from("/", &[], &outside, &[], |_, _| ()).0, ["", "/project"]);
        let (roots, files) = names(&[("/project/x.py", "x.py"), ("/z/o.py", "/z/o.py")], &[], |_, _| ());
        assert_eq!(roots, ["", "/project"]);
        assert_eq!(files, ["x.py", "/z/o.py"]);
    }

    #[test]
    fn relative_names_stay_under_an_empty_root_unless_a_source_is_above_them() {
        let files = [("src/a.py", "src/a.py"), ("t.py", "t.py")];
        let (roots, files) = names(&files, &["src"], |_, common| common.relative_files = true);
        assert_eq!(roots, ["", "src"]);
        assert_eq!(files, ["a.py", "t.py"]);
    }

    #[test]
    fn a_class_whose_name_leads_elsewhere_is_named_from_the_working_directory_on() {
        let files = [
            ("/project/pkg/__init__.py", "pkg/__init__.py"),
            ("/project/tests/__init__.py", "tests/__init__.py"),
            ("/project/tests/t.py", "tests/t.py"),
        ];
        let sources = ["/project/pkg", "/project/tests"];
        let (roots, classes) = names(&files, &sources, |_, _| ());
        assert_eq!(roots, ["/project", "/project/pkg", "/project/tests"]);
        assert_eq!(classes, ["__init__.py", "t.py", "tests/__init__.py"]);
        let relative = files.map(|(path, name)| (path.trim_start_matches("/project/"), name));
        let (roots, classes) = names(&relative, &["pkg", "tests"], |_, common| common.relative_files = true);
        assert_eq!(roots, ["", "pkg", "tests"]);
        assert_eq!(classes, ["__init__.py", "t.py", "tests/__init__.py"]);
        // With the working directory first, a name that was right before may be wrong.
        let files = [("/project/a.py", "a.py"), ("/project/one/a.py", "one/a.py"), ("/project/two/a.py", "two/a.py")];
        let (roots, classes) = names(&files, &["/project/one", "/project/two"], |_, _| ());
        assert_eq!(roots, ["/project", "/project/one", "/project/two"]);
        assert_eq!(classes, ["a.py", "one/a.py", "two/a.py"]);
        let outside = [("/x/one/a.py", "/x/one/a.py"), ("/x/two/a.py", "/x/two/a.py")];
        let (roots, classes) = names(&outside, &["/x/one", "/x/two"], |_, _| ());
        assert_eq!(roots, ["/project", "/x/one", "/x/two"]);
        assert_eq!(classes, ["a.py", "/x/two/a.py"]);
    }

    #[test]
    fn a_class_without_a_source_does_not_lead_to_the_source_of_another() {
        let pkg = ("/project/pkg/util.py", "pkg/util.py");
        let sources = ["/project/pkg", "/project/tests"];
        let roots = ["/project", "/project/pkg", "/project/tests"];
        for (there, files, classes) in [
            // Measured, or there alone.
            (
                &["/project/tests/util.py"][..],
                &[pkg, ("/project/tests/util.py", "tests/util.py")][..],
                &["pkg/util.py", "tests/util.py"][..],
            ),
            (&["/project/tests/util.py"], &[pkg], &["pkg/util.py"]),
            // The one is there, or neither.
            (&["/project/pkg/util.py", "/project/tests/util.py"], &[pkg], &["util.py"]),
            (&[], &[pkg, ("/project/tests/util.py", "tests/util.py")], &["tests/util.py", "util.py"]),
        ] {
            let found = names_seen_from("/project", there, files, &sources, |_, _| ());
            let mut named = found.1.clone();
            named.sort();
            assert_eq!(named, classes, "{there:?}");
            assert_eq!(found.0, if classes == ["util.py"] { &roots[1..] } else { &roots[..] }, "{there:?}");
        }
    }

    #[test]
    fn a_relative_name_that_leads_elsewhere_from_the_working_directory_is_named_from_there() {
        let (m, util) = (("m.py", "m.py"), ("util.py", "util.py"));
        let relative = |_: &mut Render, common: &mut Common| common.relative_files = true;
        for (cwd, there, sources, roots, classes) in [
            ("/project", &["/project/m.py"][..], &[][..], &[""][..], &["m.py", "util.py"][..]),
            ("/", &["/project/m.py"], &[], &[""], &["m.py", "util.py"]),
            ("/", &["/project/m.py", "/m.py"], &[], &[""], &["project/m.py", "util.py"]),
            ("/", &["/m.py"], &[], &[""], &["project/m.py", "util.py"]),
            ("/", &["/project/m.py", "/m.py"], &["other"], &["", "other"], &["project/m.py", "util.py"]),
            // The root lies beside the working directory or above it.
            ("/else", &["/else/m.py"], &[], &["/project", ""], &["m.py", "util.py"]),
            ("/project/sub", &["/project/sub/util.py"], &[], &["/project", ""], &["m.py", "util.py"]),
            ("/project/sub", &["/project/m.py"], &[], &[""], &["m.py", "util.py"]),
            // The same file behind a link.
            ("/link", &["/project/m.py", "/link/m.py"], &[], &[""], &["m.py", "util.py"]),
        ] {
            let (found, mut named) = names_seen_from(cwd, there, &[m, util], sources, relative);
            named.sort();
            assert_eq!((found.join(":"), named.join(":")), (roots.join(":"), classes.join(":")), "{cwd} {there:?}");
        }
    }

    #[test]
    fn strict_names_are_those_of_the_work_tree() {
        let files = [
            ("/repository/project/src/a.py", "src/a.py"),
            ("/repository/lib/b.py", "/repository/lib/b.py"),
            ("/else/c.py", "/else/c.py"),
        ];
        let strict = |settings: &mut Render, common: &mut Common| {
            (settings.xml_flavour, common.root, settings.work_tree) =
                (XmlFlavour::Strict, "/repository/project".into(), Some("/repository".into()));
        };
        let (roots, classes) = names(&files, &["/repository/project/src"], strict);
        assert_eq!(roots, ["."]);
        assert_eq!(classes, ["/else/c.py", "lib/b.py", "project/src/a.py"]);
        let (_, classes) = names(&[("../lib/b.py", "../lib/b.py")], &[], |settings, common| {
            strict(settings, common);
            common.relative_files = true;
        });
        assert_eq!(classes, ["lib/b.py"]);
    }

    #[test]
    fn strict_names_outside_any_work_tree_are_those_of_the_root_unless_they_lead_elsewhere() {
        let strict = |settings: &mut Render, _: &mut Common| settings.xml_flavour = XmlFlavour::Strict;
        let files = [("/project/m.py", "m.py"), ("/project/util.py", "util.py")];
        for (cwd, there, classes) in [
            ("/project", &["/project/m.py"][..], ["m.py", "util.py"]),
            ("/", &["/project/m.py"], ["m.py", "util.py"]),
            ("/", &["/project/m.py", "/m.py"], ["project/m.py", "util.py"]),
            // The only source is `.`: elsewhere than in the working directory, readers stand in the root.
            ("/else", &["/project/m.py", "/else/m.py"], ["m.py", "util.py"]),
        ] {
            let (roots, mut named) = names_seen_from(cwd, there, &files, &[], strict);
            named.sort();
            assert_eq!((roots.join(":"), &named[..]), (".".to_owned(), &classes.map(str::to_owned)[..]), "{cwd}");
        }
    }

    #[test]
    fn a_package_is_the_first_directories_of_a_name() {
        // "/".join((os.path.dirname(name) or ".").split("/")[:depth]), CPython 3.13
        for (name, depth, directory) in [
            ("a/b/c.py", 99, "a/b"),
            ("a/b/c.py", 1, "a"),
            ("a/b/c.py", 0, ""),
            ("a/b/c.py", -1, "a"),
            ("a/b/c.py", -9, ""),
            ("c.py", 99, "."),
            ("/x/y/c.py", 99, "/x/y"),
            ("/c.py", 99, "/"),
            ("a//c.py", 99, "a"),
            ("a/b/c.py", i64::MIN, ""),
        ] {
            assert_eq!(package_directory(name, depth), directory, "{name} at {depth}");
        }
    }

    #[test]
    fn a_class_is_named_from_its_packages_directory_on() {
        // os.path.relpath(name, directory) in /w/d, CPython 3.13
        for (name, directory, class) in [
            ("a/b/c.py", "a/b", "c.py"),
            ("a/b/c.py", "a", "b/c.py"),
            ("a/b/c.py", "", "a/b/c.py"),
            ("c.py", ".", "c.py"),
            ("/x/y/c.py", "/x/y", "c.py"),
            ("/x/y/c.py", "", "../../x/y/c.py"),
            ("../c.py", "..", "c.py"),
            ("../c.py", "", "../c.py"),
            ("a/../b/c.py", "a", "../b/c.py"),
        ] {
            assert_eq!(class_name(name, directory, "/w/d"), class, "{name} from {directory}");
        }
    }
}
