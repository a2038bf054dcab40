//! The Python files of directories and packages, whether they were measured or not.
//!
//! coverage.py lists such files while it measures (`source`): those of a process that dies, and of a package that no process imports, are then
//! missing. Which files of a directory count is its rule (`find_python_files`, `_find_executable_files`).

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use super::Mapper;
use crate::model::path::SourcePath;
use crate::model::settings::Place;
use crate::model::warning::Warning;

const NOWHERE: &str =
    "there is no such directory, and no such package below the root, in its `src` or among the measured files";

/// The files of a scope.
#[derive(Debug, Default)]
pub struct Scoped {
    /// Those that are not among the measured ones, under our paths, and whether `include` and `omit` let them count.
    pub unmeasured: BTreeMap<SourcePath, bool>,
    /// Where all of them are, the measured ones and those that `[run] omit` leaves out included.
    pub files: BTreeSet<PathBuf>,
    /// Places of the settings that are not found, places without Python files, and directories that cannot be read.
    pub warnings: Vec<Warning>,
}

/// A place that was named on the command line is not there.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`--source={name}`: {NOWHERE}")]
pub struct NotFound {
    /// The place.
    pub name: String,
    /// Whether seals are among the fragments: then the sources may be elsewhere.
    pub are_sealed: bool,
}

impl NotFound {
    /// What to do about it.
    #[must_use]
    pub fn help(&self) -> String {
        let Self { name, are_sealed } = self;
        if *are_sealed {
            format!(
                "the sources are where the tests ran: give `--source={name}` to `covmerge seal` there, and leave it out here"
            )
        } else {
            "name a directory, or a package as it is imported, such as `shop.cart`".into()
        }
    }
}

impl Mapper {
    /// The files of the scope that are not among the `measured` ones, but for those that `[run] omit` leaves out. `are_sealed` is whether seals are
    /// among the fragments.
    ///
    /// # Errors
    /// A place that was named on the command line is not found.
    pub fn scoped<'a>(
        &self,
        measured: impl Iterator<Item = &'a SourcePath>,
        are_sealed: bool,
    ) -> Result<Scoped, NotFound> {
        let mut scoped = Scoped::default();
        if self.scope.places.is_empty() {
            return Ok(scoped);
        }
        let mut are_relative = self.relative;
        let mut known = BTreeSet::new();
        for path in measured {
            are_relative |= !path.is_absolute();
            let place = self.absolute(path);
            known.insert(place.canonicalize().unwrap_or(place));
        }
        let mut files = BTreeSet::new();
        for place in &self.scope.places {
            let Place { name, origin, .. } = place;
            let Some(there) = self.locate(place, &known) else {
                if place.is_of_line {
                    return Err(NotFound { name: name.clone(), are_sealed });
                }
                let text = format!("{origin} names `{name}`: {NOWHERE}");
                let help = "its files count only where fragments name them";
                let at_seals = "give `--source` to `covmerge seal`, where the sources are";
                let help = if are_sealed { format!("{help}: {at_seals}") } else { help.into() };
                scoped.warnings.push(Warning::new(text).with_help(help));
                continue;
            };
            let Below { files: below, unreadable } = importable(&there, self.scope.namespace_packages);
            if below.is_empty() && unreadable.is_empty() {
                let text = format!("{origin} names `{name}`, which holds no Python file that can be imported");
                scoped.warnings.push(Warning::new(text).with_help(
                    "a directory below it counts if it holds `__init__.py`; with `[report] include_namespace_packages = true`, each counts",
                ));
            }
            scoped.warnings.extend(unreadable);
            files.extend(below);
        }
        let unmeasured = files.difference(&known);
        let names: Vec<&str> = unmeasured.filter_map(|file| file.to_str()).collect();
        for (name, mapped) in self.map(names).iter() {
            if !self.scope_omit.as_ref().is_some_and(|omit| omit.is_match(name)) {
                let below = self.below_root(mapped.path.as_str()).filter(|_| are_relative);
                let path = below.map_or_else(|| mapped.path.clone(), SourcePath::from);
                scoped.unmeasured.insert(path, mapped.included);
            }
        }
        scoped.files = files;
        Ok(scoped)
    }

    /// The directory or file that a place means.
    ///
    /// Of several packages of one name, the measured one counts, else the first with an `__init__.py`.
    fn locate(&self, place: &Place, known: &BTreeSet<PathBuf>) -> Option<PathBuf> {
        if let Some(directory) = &place.directory {
            return directory.canonicalize().ok().filter(|directory| directory.is_dir());
        }
        let is_name = |part: &str| !part.is_empty() && part.chars().all(|c| c == '_' || c.is_alphanumeric());
        if !place.name.split('.').all(is_name) {
            return None;
        }
        let package: PathBuf = place.name.split('.').collect();
        let named = [self.root.join(&package), self.root.join("src").join(&package)];
        let named = named.into_iter().flat_map(|directory| [directory.clone(), directory.with_extension("py")]);
        let named = named.filter_map(|path| path.canonicalize().ok());
        let measured = known.iter().flat_map(|file| measured_as(&package, file)).collect::<BTreeSet<_>>();
        // The sources of sealed files need not be here.
        let candidates: Vec<PathBuf> = named.chain(measured.into_iter().filter(|path| path.exists())).collect();

        let is_measured =
            |path: &&PathBuf| known.range((*path).clone()..).next().is_some_and(|file| file.starts_with(path));
        let is_regular = |path: &&PathBuf| path.is_file() || path.join("__init__.py").is_file();
        let is_package = |path: &&PathBuf| !importable(path, self.scope.namespace_packages).files.is_empty();
        let of = |wanted: &dyn Fn(&&PathBuf) -> bool| candidates.iter().find(wanted).cloned();
        of(&is_measured).or_else(|| of(&is_regular)).or_else(|| of(&is_package))
    }
}

/// The places of the package by which a measured file belongs to it: directories above the file, or the file itself.
fn measured_as(package: &Path, file: &Path) -> Vec<PathBuf> {
    // A package within another one has another name.
    let is_outermost = |path: &Path| {
        let above = package.components().try_fold(path, |path, _| path.parent());
        above.is_some_and(|home| !home.join("__init__.py").is_file())
    };
    let module = file.with_extension("");
    let is_module = file.extension().is_some_and(|extension| extension == "py") && module.ends_with(package);
    let itself = Some(file).filter(|file| is_module && is_outermost(file));
    let above = file.ancestors().skip(1).filter(|path| path.ends_with(package) && is_outermost(path));
    itself.into_iter().chain(above).map(Path::to_owned).collect()
}

/// The Python files in and below a directory.
#[derive(Debug, Default)]
struct Below {
    files: BTreeSet<PathBuf>,
    /// A warning for each directory that cannot be read.
    unreadable: Vec<Warning>,
}

/// The files that coverage.py takes for importable ones: in the directory itself, and in those below it that are packages, or in all of them.
/// Links to directories are not followed. A file stands for itself.
fn importable(place: &Path, namespace_packages: bool) -> Below {
    let mut below = Below::default();
    if place.is_file() {
        below.files.insert(place.to_owned());
        return below;
    }
    // Without recursion: a tree may be deeper than the stack.
    let mut directories = vec![place.to_owned()];
    while let Some(directory) = directories.pop() {
        let entries = match fs::read_dir(&directory) {
            Ok(entries) => entries.flatten(),
            Err(error) => {
                let text = format!("cannot look for sources in `{}`: {error}", directory.display());
                below.unreadable.push(
                    Warning::new(text)
                        .with_help("make the directory readable: its files count only where fragments name them"),
                );
                continue;
            }
        };
        let is_top = directory == place;
        if !is_top && !namespace_packages && !directory.join("__init__.py").is_file() {
            continue;
        }
        for entry in entries {
            let path = entry.path();
            if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                directories.push(path);
            } else if is_module_name(&entry.file_name().to_string_lossy())
                && let Ok(real) = path.canonicalize()
                && real.is_file()
            {
                below.files.insert(real);
            }
        }
    }
    below
}

/// Whether a file's name could be that of a module; editors leave others behind.
fn is_module_name(name: &str) -> bool {
    let stem = name.strip_suffix(".py").or_else(|| name.strip_suffix(".pyw"));
    stem.is_some_and(|stem| {
        !stem.is_empty() && !stem.contains(['.', '#', '~', '!', '$', '@', '%', '^', '&', '*', '(', ')', '+', '=', ','])
    })
}
