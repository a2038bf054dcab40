//! Finds the fragments.
//!
//! ```text
//! covmerge cov/.coverage.one        a file, whatever its name
//! covmerge artifacts                a directory: the files in it that look like fragments, at any depth
//! covmerge 'artifacts/*/.coverage*' a glob: `*`, `?` and `[a-z]` within a name, `**` for any directories; a directory it matches is searched
//! covmerge                          coverage.py's rule: `.coverage.*` here or, if there are none, `.coverage`
//! ```
//!
//! `.coverage` beside `.coverage.*` is the result of an earlier `coverage combine`: it is skipped with a warning, unless it is named.
//! Fragments are usually hidden files, so a `*` in a glob also matches a leading dot. A search (and `**`) skips version control, caches,
//! `node_modules` and virtual environments unless they are named, and does not follow symbolic links to directories, which also prevents circles.
//! A fragment that a search or a glob finds behind a link out of the searched directory is not read but reported.
//! A search reports the paths that it cannot access, as they may hold fragments, and continues. SQLite's side files (`-journal`, `-wal`, `-shm`)
//! are never fragments. The members of a zip archive count like files in a directory. Nor are files that this run writes, unless they are named.

mod archive;
mod combined;
mod deletable;
mod error;
mod glob;
mod hidden;
mod links;
mod nothing;
mod parts;
mod places;
mod search;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};

pub use self::deletable::{Deletable, deletable};
pub use self::error::{Error, Unmatched};
use self::links::Within;
use self::search::Finds;
use crate::model::fragment::FileClass;
use crate::model::place::Place;
use crate::model::settings;
use crate::model::warning::Warning;
use crate::model::wildcards::is_glob;
use crate::packed::Archives;

/// Classifies a file by its name and the first 4 KiB of its content; without content, by its name alone.
pub type Classify<'a> = &'a dyn Fn(&str, &[u8]) -> FileClass;

/// The result of the search.
#[derive(Debug, Default)]
pub struct Found {
    /// The fragments, each once, in the order of their absolute paths; relative to the working directory if they lie below it.
    pub fragments: Vec<PathBuf>,
    /// Arguments that lead to no fragment, in order; and paths that a search could not access.
    pub unmatched: Vec<Unmatched>,
    /// Warnings about skipped reports that may be all that a shard left.
    pub warnings: Vec<Warning>,
    /// Archives that a search passed over, in order, each with the reason in words.
    pub passed_over: Vec<(PathBuf, &'static str)>,
    /// The places that must hold fragments, in order.
    pub places: Vec<Place>,
    /// The number of the part to which a fragment belongs, for those that belong to one.
    pub parts: BTreeMap<PathBuf, usize>,
    /// Files, directories and globs in the settings of parts that lead to no fragment, each with the number of its part.
    pub empty: Vec<(usize, String)>,
}

/// Finds the fragments.
///
/// `outputs` are the files and directories that this run writes, relative to the working directory or absolute. Globs and searches skip files that
/// an earlier run wrote there, unless they are fragments.
///
/// # Errors
/// - There is no fragment.
/// - A glob is not valid.
/// - An output would overwrite a fragment.
/// - No argument covers one of the expected places.
/// - Two parts name one fragment.
pub fn fragments(settings: &settings::Discover, outputs: &[PathBuf], classify: Classify<'_>) -> Result<Found, Error> {
    let outputs = Outputs::new(outputs, &settings.cwd);
    if settings.parts.is_empty() {
        return of_one(settings, &outputs, classify);
    }
    let mut found = if settings.is_named {
        of_one(settings, &outputs, classify)?
    } else {
        parts::fragments(settings, &outputs, classify)?
    };
    found.parts = parts::assign(settings, &found.fragments)?;
    Ok(found)
}

/// Finds the fragments of a run, without regard to its parts.
fn of_one(settings: &settings::Discover, outputs: &Outputs, classify: Classify<'_>) -> Result<Found, Error> {
    let cwd = &settings.cwd;
    let arguments = arguments(settings);
    if arguments.is_empty() {
        let found = by_rule(settings, outputs)?;
        return match (found.fragments.is_empty(), found.unmatched.is_empty()) {
            (true, true) => Err(nothing::none_by_default(settings, classify)),
            (true, false) => Err(Error::Unmatched(found.unmatched)),
            (false, _) => Ok(found),
        };
    }
    let uncovered = if settings.fragments.is_empty() { Vec::new() } else { places::uncovered(settings) };
    if !uncovered.is_empty() {
        return Err(Error::Uncovered(uncovered));
    }
    let archives = Archives::within(settings.limits);
    let mut collected = Collected::default();
    for Argument { name: argument, link_out } in arguments {
        if let Some(link) = link_out {
            if collected.unreadable.insert(link.clone()) {
                collected.unmatched.push(Unmatched::Outside(shown(&link, cwd)));
            }
            continue;
        }
        match named(argument, settings, &archives, classify) {
            Ok(named) => collected.take(argument, named, outputs, settings, &archives, classify)?,
            Err(why) => collected.unmatched.push(why),
        }
    }
    if !settings.fragments.is_empty() {
        collected.unmatched.extend(places::malformed(settings));
    }
    let Collected { found, reports, combined, archives_passed_over, mut unmatched, .. } = collected;
    if found.is_empty() || unmatched.iter().any(|one| matches!(one, Unmatched::Pattern(_))) {
        return Err(Error::Unmatched(unmatched));
    }
    let mut warnings = [passed_over(reports, &found, cwd), combined::warnings(combined, &found, cwd)].concat();
    warnings.extend(hidden::warning(settings, &found, classify));
    let fragments = each_once(found, cwd);
    let places = places::filled(settings, &fragments, outputs, classify);
    if settings.fragments.is_empty() {
        // A place without a fragment is named as such.
        unmatched.retain(|one| !one.is_empty_place());
    }
    let passed_over: BTreeMap<PathBuf, &'static str> =
        archives_passed_over.into_iter().map(|(path, why)| (shown(&path, cwd), why)).collect();
    Ok(Found {
        fragments,
        unmatched,
        warnings,
        passed_over: passed_over.into_iter().collect(),
        places,
        ..Found::default()
    })
}

/// A file, directory or glob in which fragments are looked for.
struct Argument<'a> {
    name: &'a str,
    /// The link on the way to a place that leads out of the directory in which it lies.
    link_out: Option<PathBuf>,
}

/// What is named, or else the expected places.
fn arguments<'a>(settings: &'a settings::Discover) -> Vec<Argument<'a>> {
    if settings.fragments.is_empty() {
        let argument = |place: &'a settings::ExpectedPlace| Argument {
            name: &place.name,
            link_out: places::link_out(place, settings),
        };
        return settings.places.iter().map(argument).collect();
    }
    settings.fragments.iter().map(|name| Argument { name, link_out: None }).collect()
}

/// The link on the way to the directory of `data_file`, below that of its settings, that leads out of the directory in which it lies.
fn data_link_out(settings: &settings::Discover) -> Option<PathBuf> {
    let data_file = plain(&settings.cwd.join(&settings.data_file));
    let directory = data_file.parent().filter(|directory| directory.starts_with(&settings.data_root))?;
    links::first_out(directory, settings.data_root.components().count(), &settings.outside)
}

/// Finds the fragments by coverage.py's rule; there may be none.
fn by_rule(settings: &settings::Discover, outputs: &Outputs) -> Result<Found, Error> {
    let cwd = &settings.cwd;
    if let Some(link) = data_link_out(settings) {
        return Ok(Found { unmatched: vec![Unmatched::Outside(shown(&link, cwd))], ..Found::default() });
    }
    let mut found = by_default(settings)?;
    let combined = combined::split(&mut found, settings);
    if let Some(path) = found.iter().find(|path| outputs.hold(path)) {
        return Err(Error::Overwritten(shown(path, cwd)));
    }
    let directory = plain(&cwd.join(&settings.data_file));
    let within = Within::new(directory.parent().unwrap_or(cwd), &settings.outside);
    let foreign = found.extract_if(.., |path| path.is_symlink() && within.is_left_by(path));
    let mut foreign: Vec<PathBuf> = foreign.map(|path| shown(&path, cwd)).collect();
    foreign.sort();
    let unmatched = foreign.into_iter().map(Unmatched::Outside).collect();
    let warnings = combined::warnings(combined, &found, cwd);
    Ok(Found { fragments: each_once(found, cwd), unmatched, warnings, ..Found::default() })
}

/// The files and directories that this run writes.
struct Outputs {
    paths: BTreeSet<PathBuf>,
    cwd: PathBuf,
}

impl Outputs {
    fn new(outputs: &[PathBuf], cwd: &Path) -> Self {
        Self { paths: outputs.iter().map(|output| identity(&cwd.join(output))).collect(), cwd: identity(cwd) }
    }

    /// Whether the path is one of them, or below one. A site may be written into the working directory: other files in it are not outputs.
    fn hold(&self, path: &Path) -> bool {
        if self.paths.is_empty() {
            return false;
        }
        let path = identity(path);
        path.ancestors().take_while(|above| *above != self.cwd).any(|above| self.paths.contains(above))
    }
}

/// The results of the arguments so far.
#[derive(Default)]
struct Collected {
    found: Vec<PathBuf>,
    reports: Vec<PathBuf>,
    /// Files that an earlier `coverage combine` wrote, it seems.
    combined: Vec<PathBuf>,
    /// Archives that are passed over, each with the reason.
    archives_passed_over: Vec<(PathBuf, &'static str)>,
    unmatched: Vec<Unmatched>,
    /// The paths that are known to be inaccessible: each is reported once, however many arguments lead to it.
    unreadable: BTreeSet<PathBuf>,
}

impl Collected {
    /// Adds the files of an argument, but for those that this run writes.
    fn take(
        &mut self,
        argument: &str,
        Named { mut finds, how }: Named,
        outputs: &Outputs,
        settings: &settings::Discover,
        archives: &Archives,
        classify: Classify<'_>,
    ) -> Result<(), Error> {
        let cwd = &settings.cwd;
        let is_archive = how == How::File && finds.files.iter().any(|path| archive::begins_as_zip(path));
        let passed_over = archive::expand(&mut finds, how, archives, classify);
        self.archives_passed_over.extend(passed_over.iter().cloned());
        if how != How::File || is_archive {
            self.combined.extend(combined::split(&mut finds.files, settings));
        }
        let is_fragment = |path: &&PathBuf| {
            how == How::File || !matches!(search::class_of(path, classify), Ok(class) if class != FileClass::Fragment)
        };
        let (written, files): (Vec<PathBuf>, Vec<PathBuf>) =
            finds.files.into_iter().partition(|path| outputs.hold(path));
        if let Some(path) = written.iter().find(is_fragment) {
            return Err(Error::Overwritten(shown(path, cwd)));
        }
        finds.reports.retain(|path| !outputs.hold(path));
        finds.unreadable.retain(|one| !outputs.hold(&one.name()));
        finds.unreadable.sort_by_key(Unmatched::name);
        let nothing_seen = files.is_empty() && finds.unreadable.is_empty();
        finds.unreadable.retain(|one| self.unreadable.insert(one.name()));
        self.unmatched.extend(finds.unreadable.into_iter().map(|one| one.below(cwd)));
        match how {
            How::Search | How::File if nothing_seen => {
                let mut but: Vec<PathBuf> = finds.reports.iter().map(|path| shown(path, cwd)).collect();
                but.sort();
                let archives = passed_over.iter().map(|(path, why)| (shown(path, cwd), *why));
                // The archive that is named itself is the subject.
                let mut archives: Vec<_> = archives.filter(|_| how == How::Search).collect();
                archives.sort();
                self.unmatched.push(Unmatched::Nothing { name: argument.to_owned(), but, archives });
            }
            How::Glob if nothing_seen => self.unmatched.push(Unmatched::Glob(argument.to_owned())),
            _ => {
                self.found.extend(files);
                self.reports.extend(finds.reports);
            }
        }
        Ok(())
    }
}

/// A warning for each report without a fragment beside it: beside fragments it was made from them, but alone it may be all that a shard left.
fn passed_over(mut reports: Vec<PathBuf>, found: &[PathBuf], cwd: &Path) -> Vec<Warning> {
    if reports.is_empty() {
        return Vec::new();
    }
    let found: BTreeSet<PathBuf> = found.iter().map(|path| identity(path)).collect();
    let beside: BTreeSet<Option<&Path>> = found.iter().map(|path| path.parent()).collect();
    // A report that was also named counts as a fragment beside itself.
    reports.retain(|path| !beside.contains(&identity(path).parent()));
    let warn = |report: &PathBuf| {
        let name = report.display();
        Warning::new(format!("`{name}` is skipped: by its name it is the report of an earlier run"))
            .with_help("name it on the command line to read it")
    };
    each_once(reports, cwd).iter().map(warn).collect()
}

/// The files that an argument leads to.
struct Named {
    finds: Finds,
    how: How,
}

/// How an argument leads to files.
#[derive(Clone, Copy, PartialEq, Eq)]
enum How {
    /// The argument is a file.
    File,
    /// The argument is a glob that matches them.
    Glob,
    /// The argument is, or matches, a directory that contains them.
    Search,
}

/// The files that coverage.py would combine: `data_file`, and all files in its directory whose names begin with its name and a dot.
fn by_default(settings: &settings::Discover) -> Result<Vec<PathBuf>, Error> {
    let data_file = plain(&settings.cwd.join(&settings.data_file));
    let (Some(directory), Some(name)) = (data_file.parent(), data_file.file_name()) else { return Ok(Vec::new()) };
    let mut prefix = name.to_os_string();
    prefix.push(".");
    let entries = match fs::read_dir(directory) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(source) => return Err(Error::Unreadable { path: directory.to_owned(), source }),
    };
    let mut found = Vec::new();
    for entry in entries {
        let entry = entry.map_err(|source| Error::Unreadable { path: directory.to_owned(), source })?.file_name();
        let is_ours = entry == name || entry.as_encoded_bytes().starts_with(prefix.as_encoded_bytes());
        if is_ours && !search::is_side_file(&entry) {
            let path = directory.join(&entry);
            // The reader reports a path that cannot be accessed, such as a broken link, or that is not a regular file.
            if !path.is_dir() {
                found.push(path);
            }
        }
    }
    Ok(found)
}

/// The files that an argument names.
fn named(
    argument: &str,
    settings: &settings::Discover,
    archives: &Archives,
    classify: Classify<'_>,
) -> Result<Named, Unmatched> {
    let path = plain(&settings.cwd.join(argument));
    let mut how = How::Glob;
    let mut finds = Finds::default();
    let matched = match fs::metadata(&path) {
        Err(_) if archive::leads_into_one(&path) => {
            let inside = archive::inside(&path, archives, classify, &mut finds);
            let how = inside.ok_or_else(|| Unmatched::Missing(argument.to_owned()))?;
            return Ok(Named { finds, how });
        }
        Ok(metadata) if metadata.is_file() => {
            finds.files.push(path);
            return Ok(Named { finds, how: How::File });
        }
        Ok(metadata) if metadata.is_dir() => vec![path],
        Ok(_) => return Err(Unmatched::Special(argument.to_owned())),
        // A file may be called `[a].json`: only a name that does not exist is a glob.
        Err(_) if is_glob(argument) => {
            let within = Within::of_glob(argument, &settings.cwd, &settings.outside);
            let mut matched = glob::matches(argument, &settings.cwd, classify, &mut finds.unreadable)?;
            let foreign = matched.extract_if(.., |path| within.is_left_by(path));
            finds.unreadable.extend(foreign.map(Unmatched::Outside));
            matched
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Err(Unmatched::Missing(argument.to_owned())),
        Err(source) => {
            let source = archive::closed(&path, &settings.cwd).unwrap_or(source);
            return Err(Unmatched::Unreadable { path: argument.into(), source });
        }
    };
    for path in matched {
        if path.is_dir() {
            how = How::Search;
            let within = Within::new(&path, &settings.outside);
            _ = search::search(&path, usize::MAX, &within, classify, &mut finds);
        } else {
            finds.files.push(path);
        }
    }
    Ok(Named { finds, how })
}

/// Each file once, in order; if a file has several spellings, the first in order is kept.
fn each_once(found: Vec<PathBuf>, cwd: &Path) -> Vec<PathBuf> {
    let mut by_identity: BTreeMap<PathBuf, PathBuf> = BTreeMap::new();
    for path in found {
        let known = by_identity.entry(identity(&path)).or_insert_with(|| path.clone());
        if path < *known {
            *known = path;
        }
    }
    let mut found: Vec<PathBuf> = by_identity.into_values().collect();
    found.sort();
    found.iter().map(|path| shown(path, cwd)).collect()
}

/// The path of the file itself, as far as the system can tell; of a member of an archive, that of the archive with the member's name.
fn identity(path: &Path) -> PathBuf {
    let real = path.ancestors().find_map(|above| Some((above, above.canonicalize().ok()?)));
    let joined = real.and_then(|(above, real)| Some(plain(&real.join(path.strip_prefix(above).ok()?))));
    joined.unwrap_or_else(|| plain(path))
}

/// The path without `.`; `..` stays, as the component before it may be a link.
fn plain(path: &Path) -> PathBuf {
    path.components().filter(|component| !matches!(component, Component::CurDir)).collect()
}

/// The path, relative to the working directory if it lies below it.
fn shown(path: &Path, cwd: &Path) -> PathBuf {
    match path.strip_prefix(cwd) {
        Ok(below) if !below.as_os_str().is_empty() && !below.starts_with("..") => below.to_owned(),
        _ => path.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use tempfile::TempDir;

    use crate::model::status::Status;

    use super::*;

    /// A working directory with these files, and settings with these arguments.
    fn project(files: &[&str], arguments: &[&str]) -> (TempDir, settings::Discover) {
        let directory = tempfile::tempdir().unwrap();
        let cwd = directory.path().canonicalize().unwrap();
        for file in files {
            fs::create_dir_all(cwd.join(file).parent().unwrap()).unwrap();
            fs::write(cwd.join(file), "data").unwrap();
        }
        let fragments = arguments.iter().map(|&argument| argument.to_owned()).collect();
        (
            directory,
            settings::Discover { cwd, fragments, data_file: ".coverage".into(), ..settings::Discover::default() },
        )
    }

    fn classify(name: &str, head: &[u8]) -> FileClass {
        match name {
            "coverage.json" if head == b"data" => FileClass::Report,
            _ if name == ".coverage" || name.starts_with(".coverage.") => FileClass::Fragment,
            _ => FileClass::Other,
        }
    }

    fn found(files: &[&str], arguments: &[&str]) -> Vec<String> {
        let (_directory, settings) = project(files, arguments);
        let found = fragments(&settings, &[], &classify).unwrap().fragments;
        found.into_iter().map(|path| path.to_str().unwrap().to_owned()).collect()
    }

    fn error(files: &[&str], arguments: &[&str]) -> Error {
        let (_directory, settings) = project(files, arguments);
        fragments(&settings, &[], &classify).unwrap_err()
    }

    #[test]
    fn without_arguments_coverage_py_rules() {
        let files = [
            ".coverage",
            ".coverage.b",
            ".coverage.a.pid1",
            ".coverage.b-journal",
            ".coverage.b-wal",
            ".coveragerc",
            ".coverage.dir/x",
            "sub/.coverage.c",
            "x.coverage.c",
        ];
        assert_eq!(found(&files, &[]), [".coverage.a.pid1", ".coverage.b"]);
        assert_eq!(found(&[".coverage", ".coverage.b-journal", ".coveragerc"], &[]), [".coverage"]);
    }

    #[test]
    fn a_combined_file_beside_fragments_is_skipped_with_a_warning_unless_it_is_named() {
        let files =
            [".coverage", ".coverage.a", "d/.coverage", "d/.coverage.b", "e/.coverage", "f/cov.db", "f/cov.db.c"];
        let skipped = |arguments: &[&str]| {
            let (_directory, settings) = project(&files, arguments);
            let found = fragments(&settings, &[], &classify).unwrap();
            let said: Vec<String> =
                found.warnings.iter().map(|one| one.text.split('`').nth(1).unwrap().into()).collect();
            (found.fragments.len(), said)
        };
        assert_eq!(skipped(&[]), (1, vec![".coverage".into()]));
        assert_eq!(skipped(&["."]), (3, vec![".coverage".into(), "d/.coverage".into()]));
        assert_eq!(skipped(&["**/.coverage*"]), (3, vec![".coverage".into(), "d/.coverage".into()]));
        assert_eq!(skipped(&[".", ".coverage", "d"]), (4, vec!["d/.coverage".into()]));
        assert_eq!(skipped(&[".coverage", ".coverage.a"]), (2, vec![]));
        assert_eq!(skipped(&["e"]), (1, vec![]));
        // `data_file` may have another name.
        let (_directory, mut settings) = project(&files, &["f/*"]);
        settings.data_file = "cov.db".into();
        assert_eq!(fragments(&settings, &[], &classify).unwrap().fragments, [Path::new("f/cov.db.c")]);
    }

    #[test]
    fn an_output_may_replace_a_combined_file_that_is_skipped() {
        let (_directory, mut settings) = project(&[".coverage", ".coverage.a"], &[]);
        for search in [vec![], vec![".".into()]] {
            settings.fragments = search;
            let found = fragments(&settings, &[".coverage".into()], &classify).unwrap();
            assert_eq!(found.fragments, [Path::new(".coverage.a")]);
        }
    }

    #[test]
    fn the_data_file_may_lie_elsewhere_and_have_brackets_in_its_name() {
        let (_directory, mut settings) = project(&["out/[x].db.1", "out/x.db.2"], &[]);
        settings.data_file = "out/[x].db".into();
        assert_eq!(fragments(&settings, &[], &classify).unwrap().fragments, [Path::new("out/[x].db.1")]);
    }

    #[test]
    fn a_fragment_is_not_overwritten_by_an_output() {
        let (_directory, mut settings) = project(&[".coverage", ".coverage.a"], &[]);
        let outputs = [PathBuf::from("./.coverage.a")];
        for search in [vec![], vec![".".into()], vec![".cov*".into()], vec![".coverage.a".into()]] {
            settings.fragments = search;
            let error = fragments(&settings, &outputs, &classify).unwrap_err();
            assert_eq!(error.to_string(), "an output would overwrite the fragment `.coverage.a`");
            assert_eq!(error.status(), Status::Usage);
        }
    }

    #[test]
    fn what_an_earlier_run_wrote_is_passed_over() {
        let (_directory, mut settings) = project(&[".coverage.a", "coverage.xml"], &["*cov*"]);
        let outputs = [PathBuf::from("coverage.xml")];
        assert_eq!(fragments(&settings, &outputs, &classify).unwrap().fragments, [Path::new(".coverage.a")]);
        settings.fragments = vec!["coverage.xml".into()];
        assert!(fragments(&settings, &outputs, &classify).is_err());
    }

    #[test]
    fn a_file_is_taken_whatever_its_name_and_once() {
        let arguments = ["any.name", "./any.name", "sub/../any.name"];
        assert_eq!(found(&["any.name", "sub/x"], &arguments), ["any.name"]);
    }

    #[test]
    fn a_directory_is_searched_for_what_looks_like_a_fragment() {
        let files = [
            "d/1/.coverage.a",
            "d/2/deep/.coverage.b",
            "d/readme",
            "d/.git/.coverage.c",
            "d/node_modules/.coverage.d",
            "d/venv/pyvenv.cfg",
            "d/venv/.coverage.e",
            "d/.tox/.coverage.f",
        ];
        assert_eq!(found(&files, &["d"]), ["d/.tox/.coverage.f", "d/1/.coverage.a", "d/2/deep/.coverage.b"]);
        assert_eq!(found(&files, &["d/venv"]), ["d/venv/.coverage.e"]);
    }

    #[test]
    fn a_report_is_passed_over_with_a_warning_where_no_fragment_is_beside_it() {
        let files = ["d/1/.coverage.a", "d/1/coverage.json", "d/2/coverage.json", "e/coverage.json"];
        let (_directory, settings) = project(&files, &["d", "./d"]);
        let found = fragments(&settings, &[], &classify).unwrap();
        assert_eq!((found.fragments.len(), found.warnings.len()), (1, 1));
        let said = "`d/2/coverage.json` is skipped: by its name it is the report of an earlier run";
        assert_eq!(found.warnings[0].text, said);
        // A report that is named, or that this run writes, is not skipped.
        let (_directory, named) = project(&files, &["d", "d/2/coverage.json"]);
        let found = fragments(&named, &[], &classify).unwrap();
        assert_eq!((found.fragments.len(), found.warnings.len()), (2, 0));
        assert_eq!(fragments(&settings, &["d/2/coverage.json".into()], &classify).unwrap().warnings, []);

        let error = error(&files, &["e"]);
        let said = "`e` holds nothing that looks like a fragment except `e/coverage.json`, which by its name is the report of an earlier run";
        assert_eq!(error.to_string(), said);
        assert!(error.help().unwrap().starts_with("name `e/coverage.json` on the command line to read it\n"));
    }

    #[test]
    fn hidden_fragments_that_the_shell_left_out_are_warned_of() {
        let files =
            ["s/.coverage.a", "s/.coverage.b", "s/1/.coverage.c", "s/2.json", "t/.coverage.d", "t/.hidden", "x/y"];
        let warned = |arguments: &[&str]| {
            let (_directory, settings) = project(&files, arguments);
            let found = fragments(&settings, &[], &classify).unwrap();
            found.warnings.iter().map(|one| (one.text.clone(), one.help.clone().unwrap())).collect::<Vec<_>>()
        };
        let said =
            "`s` also holds 2 hidden fragments, such as `s/.coverage.a`: the arguments are only its visible entries";
        let help = "the shell's `*` leaves hidden files out; name the directory: `covmerge s`";
        assert_eq!(warned(&["s/1", "s/2.json"]), [(said.to_owned(), help.to_owned())]);
        assert_eq!(warned(&["./s/2.json", "s/1"]).len(), 1);
        // All is named, or the arguments are not all that a `*` would have given.
        for arguments in
            [&["s"][..], &["s/*"], &["s/1"], &["s/1", "t"], &["s/1", "s/2.json", "s/.coverage.a", "s/.coverage.b"]]
        {
            assert_eq!(warned(arguments), [], "{arguments:?}");
        }
    }

    #[test]
    fn advice_covers_all_directories_that_hold_fragments() {
        let advice = |files: &[&str]| {
            let help = error(files, &[]).help().unwrap();
            help.lines().next().unwrap().rsplit_once(": ").unwrap().1.to_owned()
        };
        assert_eq!(advice(&["a/.coverage.1"]), "`covmerge a`");
        assert_eq!(advice(&["out/a/.coverage.1", "out/b/.coverage.2"]), "`covmerge out`");
        assert_eq!(advice(&["a/.coverage.1", "b/c/.coverage.2", "b/d/.coverage.3"]), "`covmerge a b`");
        assert_eq!(advice(&["a b/.coverage.1", "c/.coverage.2"]), "`covmerge .`");
        assert_eq!(
            advice(&["a/.coverage.1", "b/.coverage.2", "c/.coverage.3", "d/.coverage.4", "e/.coverage.5"]),
            "`covmerge .`"
        );
        assert_eq!(advice(&["a/.coverage.1", "other.coverage.1"]), "`covmerge a`");
    }

    #[test]
    fn globs_match_files_by_name_and_search_directories() {
        let files = ["s-1/.coverage.a", "s-2/.coverage.b", "s-2/x.json", "s-2/deep/.coverage.c", "t/.coverage.d"];
        assert_eq!(
            found(&files, &["s-?/*"]),
            ["s-1/.coverage.a", "s-2/.coverage.b", "s-2/deep/.coverage.c", "s-2/x.json"]
        );
        assert_eq!(found(&files, &["s-[!1]"]), ["s-2/.coverage.b", "s-2/deep/.coverage.c"]);
        assert_eq!(found(&files, &["**/.coverage.?"]).len(), 4);
        assert_eq!(found(&files, &["s-2/**"]), ["s-2/.coverage.b", "s-2/deep/.coverage.c"]);
        assert_eq!(found(&files, &["**/deep/*"]), ["s-2/deep/.coverage.c"]);
    }

    /// The places and how many fragments each holds.
    fn held(files: &[&str], arguments: &[&str], places: &[&str]) -> Result<Vec<(String, usize)>, Error> {
        let (_directory, mut settings) = project(files, arguments);
        settings.places =
            places.iter().map(|name| settings::ExpectedPlace { name: (*name).into(), given: 0 }).collect();
        let found = fragments(&settings, &["s/out".into()], &classify)?;
        assert!(found.unmatched.is_empty(), "{:?}", found.unmatched);
        Ok(found.places.into_iter().map(|place| (place.name, place.fragments.len())).collect())
    }

    #[test]
    fn places_hold_the_fragments_in_them() {
        let files = ["s/1/.coverage.a", "s/1/deep/.coverage.b", "s/2/readme", "s/out/index.html", "t/.coverage.c"];
        let held = |arguments: &[&str], places: &[&str]| held(&files, arguments, places).unwrap();
        let named = |named: &[(&str, usize)]| -> Vec<(String, usize)> {
            named.iter().map(|&(name, number)| (name.into(), number)).collect()
        };
        for arguments in [&[][..], &["."], &["s", "t"], &["*"], &["s/1/.coverage.a", "**"]] {
            let places = ["s/1", "s/2", "s/3", "./s/1/deep", "t/.coverage.c", "t/u*"];
            let expected = [("s/1", 2), ("s/2", 0), ("s/3", 0), ("./s/1/deep", 1), ("t/.coverage.c", 1), ("t/u*", 0)];
            assert_eq!(held(arguments, &places), named(&expected), "{arguments:?}");
        }
        // Each match of a glob is a place, but for what this run writes; and each is one place, however often it is named.
        assert_eq!(held(&[], &["s/*", "s/1", "t/*"]), named(&[("s/1", 2), ("s/2", 0), ("t/.coverage.c", 1)]));
        assert_eq!(held(&["s/1/.coverage.a"], &["s/1"]), named(&[("s/1", 1)]));
    }

    #[test]
    fn a_place_that_no_argument_leads_to_is_an_error() {
        let files = ["s/1/.coverage.a", "t/.coverage.c"];
        for (arguments, places) in [
            (&["s"][..], &["t"][..]),
            (&["s/1"], &["s/2"]),
            (&["s/[1-3]"], &["s/1", "s/4"]),
            (&["s/1/.coverage.*"], &["s/1/x"]),
        ] {
            let error = held(&files, arguments, places).unwrap_err();
            let last = places.last().unwrap();
            assert_eq!(error.to_string(), format!("no FRAGMENT covers the expected place `{last}`"), "{arguments:?}");
            assert_eq!(error.status(), Status::Usage);
        }
        for (arguments, places) in [
            (&["s"][..], &["s/[1-3]", "s/4/x"][..]),
            (&["s/[1-3]"], &["s/*/deep", "s/2"]),
            (&["s/1/.coverage.*"], &["s/1", "s"]),
            (&["**/.coverage.*"], &["nowhere"]),
            (&["t/../s"], &["s/1"]),
        ] {
            assert!(held(&files, arguments, places).is_ok(), "{arguments:?}");
        }
        let error = held(&files, &["s"], &["s/[1"]).unwrap_err();
        assert_eq!(error.status(), Status::Usage);
        assert!(held(&files, &[], &["u", "v*"]).unwrap_err().to_string().contains("`v*` matches no file"));
    }

    #[test]
    fn a_name_with_wildcards_that_exists_is_no_glob() {
        assert_eq!(found(&["[a].json", "a.json"], &["[a].json"]), ["[a].json"]);
    }

    #[test]
    fn everything_that_names_nothing_is_listed() {
        let (_directory, settings) = project(&["d/x"], &["gone", "*.gone", "d", "d/x"]);
        let unmatched = fragments(&settings, &[], &classify).unwrap().unmatched;
        let said: Vec<String> = unmatched.iter().map(ToString::to_string).collect();
        assert_eq!(
            said,
            ["`gone` does not exist", "`*.gone` matches no file", "`d` holds nothing that looks like a fragment",]
        );
    }

    #[test]
    fn finding_none_says_where_it_looked_and_what_is_elsewhere() {
        let error = error(&["shard-1/.coverage", "shard-2/.coverage", "src/a.py"], &[]);
        assert_eq!(error.status(), Status::Incomplete);
        assert!(error.to_string().starts_with("no fragment found: neither `.coverage` nor `.coverage.*` is in `"));
        let help = error.help().unwrap();
        assert!(help.contains("`shard-1/.coverage`") && help.contains("include-hidden-files: true"), "{help}");
    }

    #[cfg(unix)]
    #[test]
    fn links_to_directories_are_not_followed_and_circles_end() {
        let (_directory, settings) = project(&["d/.coverage.a"], &["d", "**/.coverage.*"]);
        std::os::unix::fs::symlink(&settings.cwd, settings.cwd.join("d/up")).unwrap();
        std::os::unix::fs::symlink("loop", settings.cwd.join("d/loop")).unwrap();
        let found = fragments(&settings, &[], &classify).unwrap();
        assert_eq!(found.fragments, [Path::new("d/.coverage.a")]);
        assert!(found.unmatched.is_empty(), "{:?}", found.unmatched);
    }

    #[cfg(unix)]
    #[test]
    fn what_is_called_like_a_fragment_and_is_none_is_for_the_reader_to_refuse() {
        use std::os::unix::fs::symlink;
        use std::os::unix::net::UnixListener;

        let (_directory, mut settings) = project(&["d/.coverage.a", "d/.coverage.dir/x"], &[]);
        symlink("nowhere", settings.cwd.join("d/.coverage.link")).unwrap();
        symlink("nowhere", settings.cwd.join("d/other")).unwrap();
        symlink(".coverage.dir", settings.cwd.join("d/.coverage.to-dir")).unwrap();
        let _socket = UnixListener::bind(settings.cwd.join("d/.coverage.socket")).unwrap();
        let expected = ["d/.coverage.a", "d/.coverage.link", "d/.coverage.socket"].map(PathBuf::from);
        for arguments in [&["d"][..], &["d/.coverage.[als]*"], &["*/.coverage.a", "*/.coverage.link", "d"]] {
            settings.fragments = arguments.iter().map(ToString::to_string).collect();
            let found = fragments(&settings, &[], &classify).unwrap();
            assert_eq!(found.fragments, expected, "{arguments:?}");
            assert!(found.unmatched.is_empty(), "{:?}", found.unmatched);
        }
        settings.fragments = Vec::new();
        settings.data_file = "d/.coverage".into();
        assert_eq!(fragments(&settings, &[], &classify).unwrap().fragments, expected);
    }
}
