//! What will be written where: everything that can be known to fail is found here, before any work.

use std::ffi::OsString;
use std::io;
use std::path::{Component, Path, PathBuf};

use super::{FORMATS, Format, NOT_YET, site};
use crate::model::settings::{self, Target};

/// Why an output cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No format has that name.
    #[error("there is no output format `{name}`")]
    UnknownFormat {
        /// The name, as written.
        name: String,
        /// The one that was probably meant.
        nearest: Option<&'static str>,
    },
    /// The format is promised and does not exist yet.
    #[error("the output format `{name}` is not there yet")]
    NotYet {
        /// Its name.
        name: String,
    },
    /// Two outputs would overwrite each other.
    #[error("`{first}` and `{second}` would both be written to {place}")]
    SamePlace {
        /// The format of the one.
        first: &'static str,
        /// The format of the other.
        second: &'static str,
        /// Where.
        place: Place,
    },
    /// The target is a directory.
    #[error("cannot write `{format}` to `{}`: it is a directory", .path.display())]
    Directory {
        /// The format.
        format: &'static str,
        /// The directory.
        path: PathBuf,
    },
    /// The target is no directory, and the output is one.
    #[error("cannot write `{format}` to {place}: the report is a directory of pages")]
    NoDirectory {
        /// The format.
        format: &'static str,
        /// Where it was to go.
        place: Place,
    },
    /// The directory holds something that the site would take the place of, and that is no page of ours.
    #[error("cannot write `{format}` to `{}`: its `{name}` belongs to something else", .path.display())]
    Foreign {
        /// The format.
        format: &'static str,
        /// The directory.
        path: PathBuf,
        /// The file in it.
        name: &'static str,
    },
    /// The table has no such column.
    #[error("cannot sort the table by branches: none were measured")]
    Sort,
    /// The system refuses.
    #[error("cannot write `{format}` to {place}")]
    Io {
        /// The format.
        format: &'static str,
        /// Where.
        place: Place,
        /// Why.
        source: io::Error,
    },
}

impl Error {
    /// Whether the command line or the settings are wrong, rather than the machine.
    #[must_use]
    pub const fn is_usage(&self) -> bool {
        !matches!(self, Self::Io { .. })
    }

    /// What to do about it, if the cause suggests something.
    #[must_use]
    pub fn help(&self) -> Option<String> {
        match self {
            Self::UnknownFormat { nearest: Some(nearest), .. } => Some(format!("did you mean `{nearest}`?")),
            Self::UnknownFormat { nearest: None, .. } => {
                let names: Vec<String> = FORMATS.iter().map(|format| format!("`{}`", format.name)).collect();
                Some(format!("the output formats are {}", names.join(", ")))
            }
            Self::SamePlace { first, place: Place::Stdout, .. } => {
                Some(format!("give one of them a path, `-o {first}=PATH`"))
            }
            Self::SamePlace { second, .. } => Some(format!("give one of them another path, `-o {second}=PATH`")),
            Self::Directory { format, path } => {
                Some(format!("name a file in it, `-o {format}={}`", path.join("FILE").display()))
            }
            Self::NoDirectory { format, .. } => Some(format!("name a directory, `-o {format}=DIR`")),
            Self::Foreign { format, name, .. } => {
                Some(format!("name a directory for the report alone, `-o {format}=DIR`, or remove `{name}`"))
            }
            Self::Sort => Some("sort by `name`, `stmts`, `miss` or `cover`".into()),
            Self::NotYet { .. } => Some("leave it out until a later version knows it".into()),
            Self::Io { format, place: Place::Stdout, source } if source.kind() != io::ErrorKind::InvalidInput => {
                Some(format!("make room where it leads, or write to a file, `-o {format}=PATH`"))
            }
            Self::Io { format, source, .. } if source.kind() == io::ErrorKind::InvalidInput => {
                Some(format!("leave `{format}` out, or give data files of coverage.py alone"))
            }
            Self::Io { format, .. } => {
                Some(format!("make the place writable, or name another one, `-o {format}=PATH`"))
            }
        }
    }
}

/// Where an output goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// Standard output.
    Stdout,
    /// A file; the path as it was asked for.
    File(PathBuf),
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Stdout => f.write_str("standard output"),
            Self::File(path) => write!(f, "`{}`", path.display()),
        }
    }
}

/// What is written where, and what the file system said about it.
#[derive(Default)]
pub struct Plan {
    /// In the order asked for.
    pub(super) steps: Vec<Step>,
    /// The directories of `run.source` that exist: absolute with links resolved or, with `relative_files`, as written.
    pub(super) source_roots: Vec<String>,
}

impl Plan {
    /// The files that will be written: absolute, links followed; devices and pipes too.
    #[must_use]
    pub fn targets(&self) -> Vec<PathBuf> {
        let target = |step: &Step| match &step.way {
            Way::Draft(path) | Way::Direct(path) => Some(path.clone()),
            Way::Stdout => None,
        };
        self.steps.iter().filter_map(target).collect()
    }
}

/// One output.
pub(super) struct Step {
    pub(super) format: &'static Format,
    pub(super) place: Place,
    pub(super) way: Way,
}

/// How an output gets to its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// Down standard output.
    Stdout,
    /// At the end of what is there: a device, a pipe, or what some process has open. Absolute; links of the last kind are not followed, since
    /// what they lead to may have no name, or one under which somebody else is writing.
    Direct(PathBuf),
    /// As a draft that takes the place of a file: absolute, links followed.
    Draft(PathBuf),
}

/// Checks what is asked for: the formats exist, no two outputs meet, and every place can be written to.
///
/// # Errors
/// The first output that cannot be.
pub fn plan(settings: &settings::Render) -> Result<Plan, Error> {
    let mut steps: Vec<Step> = Vec::with_capacity(settings.outputs.len());
    for output in &settings.outputs {
        let format = find(&output.format)?;
        let mut place = match (&output.target, format.default_path) {
            (Some(Target::Stdout), _) | (None, None) => Place::Stdout,
            (Some(Target::Path(path)), _) => Place::File(path.clone()),
            (None, Some(path)) => Place::File(path.into()),
        };
        let way = match &place {
            Place::Stdout => Way::Stdout,
            Place::File(path) => check(format, path, settings)?,
        };
        if way == Way::Stdout {
            place = Place::Stdout;
        }
        if format.is_site() && !matches!(way, Way::Draft(_)) {
            return Err(Error::NoDirectory { format: format.name, place });
        }
        let step = Step { format, place, way };
        if let Some(other) = steps.iter().find(|other| meet(other, &step)) {
            return Err(Error::SamePlace { first: other.format.name, second: format.name, place: step.place });
        }
        steps.push(step);
    }
    Ok(Plan { steps, source_roots: source_roots(settings) })
}

/// Whether one output would take the place of another, or of a part of it.
fn meet(one: &Step, other: &Step) -> bool {
    let within = |site: &Step, step: &Step| match (&site.way, &step.way) {
        (Way::Draft(site), Way::Draft(target)) => target.strip_prefix(site).is_ok_and(site::may_have),
        _ => false,
    };
    (one.way == other.way && !is_special(&one.way))
        || (one.format.is_site() && within(one, other))
        || (other.format.is_site() && within(other, one))
}

fn find(name: &str) -> Result<&'static Format, Error> {
    if let Some(format) = FORMATS.iter().find(|format| format.name == name) {
        return Ok(format);
    }
    if NOT_YET.contains(&name) {
        return Err(Error::NotYet { name: name.into() });
    }
    let lower = name.to_lowercase();
    // What other tools call the same thing, then the name with the fewest slips of the pen.
    let nearest = match lower.as_str() {
        "cobertura" => Some("xml"),
        "md" => Some("markdown"),
        "txt" | "report" | "term" => Some("text"),
        "info" => Some("lcov"),
        _ => FORMATS
            .iter()
            .map(|format| (slips(&lower, format.name), format.name))
            .filter(|(slips, _)| *slips <= 2)
            .min()
            .map(|(_, known)| known),
    };
    Err(Error::UnknownFormat { name: name.into(), nearest })
}

/// How many characters must be put in, taken out or replaced to turn one name into the other.
fn slips(written: &str, known: &str) -> usize {
    // A name of a thousand characters is no slip of the pen.
    let written: Vec<char> = written.chars().take(64).collect();
    let mut row: Vec<usize> = (0..=written.len()).collect();
    for (at, wanted) in known.chars().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], at + 1);
        for (column, character) in written.iter().enumerate() {
            let replaced = diagonal + usize::from(*character != wanted);
            diagonal = row[column + 1];
            row[column + 1] = replaced.min(diagonal + 1).min(row[column] + 1);
        }
    }
    row.last().copied().unwrap_or(0)
}

/// How what is written to `path` gets there, if it can.
fn check(format: &Format, path: &Path, settings: &settings::Render) -> Result<Way, Error> {
    let (format, is_site) = (format.name, format.is_site());
    let io = |source| Error::Io { format, place: Place::File(path.into()), source };
    let names_directory = path.as_os_str().is_empty() || path.as_os_str().as_encoded_bytes().ends_with(b"/");
    let absolute = settings.cwd.join(path);
    let target = match resolve(&absolute).map_err(io)? {
        Resolved::Descriptor { path, is_stdout } => {
            // It must be open: a draft would be put into a directory that is none.
            let there = path.metadata().map_err(io)?;
            return match there.is_dir() {
                true => Err(Error::Directory { format, path }),
                false if is_stdout => Ok(Way::Stdout),
                false => Ok(Way::Direct(path)),
            };
        }
        Resolved::Path(target) => target,
    };
    match target.metadata() {
        Ok(metadata) if is_site && metadata.is_dir() => {
            if let Some(name) = site::foreign(&target, settings.html.extra_css.is_some()) {
                return Err(Error::Foreign { format, path: path.into(), name });
            }
            return writable(&target).map(|()| Way::Draft(target)).map_err(io);
        }
        Ok(_) if is_site => return Err(Error::NoDirectory { format, place: Place::File(path.into()) }),
        Err(_) if is_site => {}
        Ok(metadata) if metadata.is_dir() => return Err(Error::Directory { format, path: path.into() }),
        Ok(metadata) if !metadata.is_file() => return Ok(Way::Direct(target)),
        Err(_) if names_directory => return Err(Error::Directory { format, path: path.into() }),
        _ => {}
    }
    // The directory may be made later: its nearest ancestor must let us. Only a try can tell.
    let there = target.ancestors().skip(1).find(|ancestor| ancestor.symlink_metadata().is_ok());
    let there = there.ok_or_else(|| io(io::ErrorKind::NotFound.into()))?;
    if !there.metadata().map_err(io)?.is_dir() {
        return Err(io(io::Error::new(io::ErrorKind::NotADirectory, format!("`{}` is no directory", there.display()))));
    }
    writable(there).map_err(io)?;
    Ok(Way::Draft(target))
}

/// Tries whether files can be made in a directory.
fn writable(directory: &Path) -> io::Result<()> {
    tempfile::Builder::new().prefix(".covmerge-").tempfile_in(directory).map(drop).map_err(|error| {
        // What tempfile says ends in the made-up name of the file that it tried.
        let why = format!("no file can be made in `{}`: {}", directory.display(), error.kind());
        io::Error::new(error.kind(), why)
    })
}

/// What a path leads to through links.
enum Resolved {
    /// A file, or whatever else has a name, even if it does not exist yet.
    Path(PathBuf),
    /// What a process has open. Only this path to it can be relied on: where that leads may be the name of a pipe, which nobody can open, or
    /// of a file that is being appended to, which must not be replaced.
    Descriptor {
        path: PathBuf,
        /// Whether it is this process's standard output.
        is_stdout: bool,
    },
}

fn resolve(path: &Path) -> io::Result<Resolved> {
    let mut path = path.to_path_buf();
    // As many links as Linux follows.
    for _ in 0..40 {
        if let Some(descriptor) = descriptor(&path) {
            return Ok(descriptor);
        }
        match path.symlink_metadata() {
            Ok(metadata) if metadata.is_symlink() => {
                let link = path.read_link()?;
                path.pop();
                path.push(link);
            }
            Ok(_) => return path.canonicalize().map(Resolved::Path),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return resolve_missing(&path).map(Resolved::Path),
            Err(error) => return Err(error),
        }
    }
    Err(io::Error::other("too many levels of symbolic links"))
}

/// What has that number under `/dev/fd`, or under `fd` of a process: `/proc/self/fd/3`, and where that leads.
fn descriptor(path: &Path) -> Option<Resolved> {
    let number: u32 = path.file_name()?.to_str()?.parse().ok()?;
    let directory = path.parent()?.canonicalize().ok()?;
    let real = |path: &str| Path::new(path).canonicalize().ok();
    let is_own =
        [real("/dev/fd"), real("/proc/self/fd"), real("/proc/thread-self/fd")].contains(&Some(directory.clone()));
    let is_any = directory.starts_with("/proc") && directory.ends_with("fd");
    (is_own || is_any)
        .then(|| Resolved::Descriptor { path: directory.join(number.to_string()), is_stdout: is_own && number == 1 })
}

/// The file at a path of which only the beginning exists.
fn resolve_missing(path: &Path) -> io::Result<PathBuf> {
    let mut missing: Vec<OsString> = Vec::new();
    let mut there = path;
    while there.symlink_metadata().is_err() {
        match there.components().next_back() {
            Some(Component::Normal(name)) => missing.push(name.into()),
            Some(Component::ParentDir) => missing.push("..".into()),
            _ => return Ok(path.to_path_buf()),
        }
        let Some(parent) = there.parent() else { return Ok(path.to_path_buf()) };
        there = parent;
    }
    let mut resolved = there.canonicalize()?;
    for name in missing.into_iter().rev() {
        if name == ".." {
            resolved.pop();
        } else {
            resolved.push(name);
        }
    }
    Ok(resolved)
}

/// Whether two outputs may go the same way: a device or pipe keeps nothing.
fn is_special(way: &Way) -> bool {
    matches!(way, Way::Direct(target) if target.metadata().is_ok_and(|metadata| !metadata.is_file()))
}

/// The roots that `run.source` gives the XML: those that exist.
fn source_roots(settings: &settings::Render) -> Vec<String> {
    let mut roots: Vec<String> = Vec::new();
    for source in settings.source.iter().filter(|source| !source.is_empty()) {
        let Ok(there) = settings.root.join(source).canonicalize() else { continue };
        let root = if settings.relative_files {
            source.trim_end_matches(['/', '\\']).to_owned()
        } else {
            there.to_string_lossy().into_owned()
        };
        if !roots.contains(&root) {
            roots.push(root);
        }
    }
    roots
}

#[cfg(test)]
mod tests {
    use std::fs;

    use crate::model::settings::Output;

    use super::*;

    fn settings(cwd: &Path, outputs: &[(&str, Option<&str>)]) -> settings::Render {
        let target = |target: &str| if target == "-" { Target::Stdout } else { Target::Path(target.into()) };
        let output =
            |&(format, path): &(&str, Option<&str>)| Output { format: format.into(), target: path.map(target) };
        settings::Render {
            outputs: outputs.iter().map(output).collect(),
            cwd: cwd.into(),
            root: cwd.into(),
            ..settings::Render::default()
        }
    }

    fn refusal(cwd: &Path, outputs: &[(&str, Option<&str>)]) -> Error {
        plan(&settings(cwd, outputs)).err().unwrap()
    }

    #[test]
    fn a_misspelt_format_is_refused_with_the_one_that_was_meant() {
        let cwd = tempfile::tempdir().unwrap();
        for (written, meant) in [("xlm", "xml"), ("JSON", "json"), ("cobertura", "xml"), ("sumary", "summary")] {
            let error = refusal(cwd.path(), &[(written, None)]);
            assert_eq!(error.help(), Some(format!("did you mean `{meant}`?")), "{written}");
            assert!(error.is_usage());
        }
        let help = refusal(cwd.path(), &[("parquet", None)]).help().unwrap();
        assert!(help.starts_with("the output formats are `xml`, `html`"), "{help}");
    }

    #[test]
    fn formats_that_are_promised_are_refused_as_not_there_yet() {
        let cwd = tempfile::tempdir().unwrap();
        let error = refusal(cwd.path(), &[("sealed", None)]);
        assert_eq!(error.to_string(), "the output format `sealed` is not there yet");
    }

    #[test]
    fn two_outputs_cannot_share_a_place_however_it_is_spelt() {
        let cwd = tempfile::tempdir().unwrap();
        fs::create_dir(cwd.path().join("a")).unwrap();
        for (first, second) in [("x.out", "./a/../x.out"), ("new/x", "new/../new/x"), ("-", "-")] {
            let error = refusal(cwd.path(), &[("xml", Some(first)), ("json", Some(second))]);
            assert!(matches!(error, Error::SamePlace { first: "xml", second: "json", .. }), "{error}");
        }
        let defaults = plan(&settings(cwd.path(), &[("xml", None), ("json", None), ("text", None)])).unwrap();
        assert_eq!(defaults.steps.len(), 3);
    }

    #[test]
    fn nothing_is_written_where_a_site_has_its_pages() {
        let cwd = tempfile::tempdir().unwrap();
        for name in ["site/index.html", "site/style.css", "site/files/x.xml", "site/dirs", "site"] {
            for outputs in [[("html", "site"), ("xml", name)], [("xml", name), ("html", "site")]] {
                let error = refusal(cwd.path(), &outputs.map(|(format, path)| (format, Some(path))));
                assert!(matches!(error, Error::SamePlace { .. }), "{name}: {error}");
            }
        }
        for name in ["site/coverage.xml", "site/further/index.html", "site.xml", "index.html"] {
            let outputs = [("html", Some("site")), ("xml", Some(name))];
            assert!(plan(&settings(cwd.path(), &outputs)).is_ok(), "{name}");
        }
    }

    #[test]
    fn a_directory_is_no_target() {
        let cwd = tempfile::tempdir().unwrap();
        for path in [".", "new/", ""] {
            let error = refusal(cwd.path(), &[("xml", Some(path))]);
            assert!(matches!(error, Error::Directory { .. }) && error.is_usage(), "{path}: {error}");
        }
    }

    #[test]
    fn a_place_that_cannot_exist_is_found_before_any_work() {
        let cwd = tempfile::tempdir().unwrap();
        fs::write(cwd.path().join("file"), "").unwrap();
        let error = refusal(cwd.path(), &[("xml", Some("file/below/coverage.xml"))]);
        assert!(matches!(error, Error::Io { .. }) && !error.is_usage(), "{error}");
        assert_eq!(fs::read_dir(cwd.path()).unwrap().count(), 1);
    }

    #[test]
    fn sources_that_exist_are_roots() {
        let cwd = tempfile::tempdir().unwrap();
        let real = cwd.path().canonicalize().unwrap();
        fs::create_dir(real.join("src")).unwrap();
        let source = ["src/", "nowhere", "", "src"].map(str::to_owned).to_vec();
        let settings = settings::Render { source, ..settings(cwd.path(), &[]) };
        assert_eq!(plan(&settings).unwrap().source_roots, [real.join("src").to_str().unwrap()]);
        let relative = settings::Render { relative_files: true, ..settings };
        assert_eq!(plan(&relative).unwrap().source_roots, ["src"]);
    }
}
