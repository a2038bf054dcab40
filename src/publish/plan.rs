//! The outputs and their targets: every failure that can be known before any work is found here.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fmt::Display;
use std::fs::File;
use std::io;
use std::path::{Component, Path, PathBuf};

use super::stage::{drafts_of_ours, is_of_open_files, without_path};
use super::{contents, signals};
use crate::model::output::{JOURNAL, Place, Request};
use crate::model::status::Status;

/// The format of `covmerge seal`.
const SEAL: &str = "seal";

/// Why an output cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Two outputs would overwrite each other.
    #[error("`{first}` and `{second}` would both be written to {place}")]
    SamePlace {
        /// The format of the first output.
        first: &'static str,
        /// The format of the second output.
        second: &'static str,
        /// The place of both.
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
    /// The output is a directory, and the target is not a directory.
    #[error("cannot write `{format}` to {place}: the report is a directory of pages")]
    NoDirectory {
        /// The format.
        format: &'static str,
        /// The target.
        place: Place,
    },
    /// The directory contains a file that the site would replace and that is not part of our report.
    #[error("cannot write `{format}` to `{}`: its `{name}` is not part of a report", .path.display())]
    Foreign {
        /// The format.
        format: &'static str,
        /// The directory.
        path: PathBuf,
        /// The file in it.
        name: &'static str,
    },
    /// The target is a file that the run reads.
    #[error("cannot write `{format}` to `{}`: it is {what}", .path.display())]
    Input {
        /// The format.
        format: &'static str,
        /// The target.
        path: PathBuf,
        /// Its purpose: `a measured source`.
        what: &'static str,
    },
    /// A killed run left some outputs new and others old, and they cannot be made all new.
    #[error("cannot put `{}` in its place, where an earlier run was killed", .target.display())]
    Unfinished {
        /// The first target that cannot be replaced.
        target: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// The system refuses access.
    #[error("cannot write `{format}` to {place}")]
    Io {
        /// The format.
        format: &'static str,
        /// The target.
        place: Place,
        /// The system's reason.
        source: io::Error,
    },
}

impl Error {
    /// The exit status of the process: either the machine is at fault, or the command line or the settings are.
    #[must_use]
    pub const fn status(&self) -> Status {
        if matches!(self, Self::Io { .. } | Self::Unfinished { .. }) { Status::NoReport } else { Status::Usage }
    }

    /// What to do about it, if the cause suggests a remedy.
    #[must_use]
    pub fn help(&self) -> Option<String> {
        match self {
            Self::SamePlace { first, place: Place::Stdout, .. } => {
                Some(format!("give one of them a path, `{}`", option(first, "PATH")))
            }
            Self::SamePlace { second, .. } => {
                Some(format!("give one of them another path, `{}`", option(second, "PATH")))
            }
            Self::Directory { format, path } => {
                Some(format!("name a file in it, `{}`", option(format, path.join("FILE").display())))
            }
            Self::NoDirectory { format, .. } => Some(format!("name a directory, `-o {format}=DIR`")),
            Self::Foreign { format, name, .. } => {
                Some(format!("name a directory that holds only the report, `-o {format}=DIR`, or remove `{name}`"))
            }
            Self::Unfinished { .. } => Some(format!("make it writable, or remove the outputs and `{JOURNAL}`")),
            Self::Io { format, place: Place::Stdout, source } if source.kind() != io::ErrorKind::InvalidInput => {
                Some(format!("free some space at its destination, or write to a file, `{}`", option(format, "PATH")))
            }
            Self::Io { format, source, .. } if source.kind() == io::ErrorKind::InvalidInput => Some(format!(
                "leave `{format}` out, or merge only coverage.py data files, all with branches or all without"
            )),
            Self::Input { format, .. } => Some(format!("name another path, `{}`", option(format, "PATH"))),
            Self::Io { source, .. } if is_of_open_files(source) => {
                Some("let the process open more files, with `ulimit -n`".into())
            }
            Self::Io { format, .. } => {
                Some(format!("make the path writable, or name another one, `{}`", option(format, "PATH")))
            }
        }
    }
}

/// The option that names a place of that format. `covmerge seal` writes one file, whose format is not named.
fn option(format: &str, place: impl Display) -> String {
    if format == SEAL { format!("-o {place}") } else { format!("-o {format}={place}") }
}

/// The outputs, each with its way to its place as the file system determines it.
#[derive(Default)]
pub struct Plan {
    /// In the order of the requests.
    pub(super) steps: Vec<Step>,
}

impl Plan {
    /// The targets that will be written, including devices and pipes: absolute, with links followed.
    #[must_use]
    pub fn targets(&self) -> Vec<PathBuf> {
        self.steps.iter().filter_map(|step| step.way.target().cloned()).collect()
    }

    /// Checks that no output would replace one of the `inputs`, whose paths are absolute; `what` says what they are, as in `a measured source`.
    ///
    /// # Errors
    /// The first output that would.
    pub fn spare(&self, what: &'static str, inputs: impl Iterator<Item = PathBuf>) -> Result<(), Error> {
        // Most targets do not exist yet, and then none of them can be an input.
        if !self.targets().iter().any(|target| target.is_file()) {
            return Ok(());
        }
        let inputs: BTreeSet<PathBuf> = inputs.filter_map(|input| input.canonicalize().ok()).collect();
        let same = |path: &Path| inputs.iter().any(|input| is_same(path, input));
        let meets = |step: &&Step| match &step.way {
            Way::Stdout => false,
            Way::Draft(path) => inputs.contains(path),
            // Written to, and not replaced: then a hard link has the new content, too.
            Way::Direct(path) | Way::InPlace(path) => inputs.contains(path) || same(path),
        };
        self.steps.iter().find(meets).map_or(Ok(()), |step| {
            let path = match &step.request.place {
                Place::File(path) => path.clone(),
                Place::Stdout => PathBuf::new(),
            };
            Err(Error::Input { format: step.request.format.name, path, what })
        })
    }
}

/// Whether two paths lead to one file: links were followed, so one of them is a hard link.
#[cfg(unix)]
fn is_same(path: &Path, other: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;

    let identity = |path: &Path| path.metadata().ok().map(|metadata| (metadata.dev(), metadata.ino()));
    identity(path).is_some_and(|file| identity(other) == Some(file))
}

#[cfg(not(unix))]
fn is_same(_: &Path, _: &Path) -> bool {
    false
}

/// One output.
pub(super) struct Step {
    /// The request, with its place replaced if that leads to standard output.
    pub(super) request: Request,
    pub(super) way: Way,
}

/// How an output gets to its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// To standard output.
    Stdout,
    /// To the end of an existing device, pipe or open file. The path is absolute. A link of an open file is not followed: its target may have no
    /// name, or a name under which somebody else is writing.
    Direct(PathBuf),
    /// As a draft that replaces a file. The path is absolute, with links followed.
    Draft(PathBuf),
    /// As a draft elsewhere, with which a file is overwritten: nothing can be created beside it. The path is absolute, with links followed.
    InPlace(PathBuf),
}

impl Way {
    /// The path of the file for which there is a draft.
    pub(super) fn drafted(&self) -> Option<&Path> {
        if let Self::Draft(path) | Self::InPlace(path) = self { Some(path) } else { None }
    }

    /// The path of the target, unless it is standard output.
    fn target(&self) -> Option<&PathBuf> {
        match self {
            Self::Stdout => None,
            Self::Direct(path) | Self::Draft(path) | Self::InPlace(path) => Some(path),
        }
    }
}

/// Checks that no two outputs have the same target, and that every target can be written. Paths are relative to `cwd`; `extra` is whether a site
/// has a style sheet of the user's.
///
/// # Errors
/// The first output that cannot be written.
pub fn plan(requests: Vec<Request>, cwd: &Path, extra: bool) -> Result<Plan, Error> {
    signals::watch();
    let mut steps: Vec<Step> = Vec::with_capacity(requests.len());
    for mut request in requests {
        let way = match &request.place {
            Place::Stdout => Way::Stdout,
            Place::File(path) => check(&request, path, cwd, extra)?,
        };
        if way == Way::Stdout {
            request.place = Place::Stdout;
        }
        if request.format.is_site() && !matches!(way, Way::Draft(_)) {
            return Err(Error::NoDirectory { format: request.format.name, place: request.place });
        }
        let step = Step { request, way };
        if let Some(other) = steps.iter().find(|other| meet(other, &step)) {
            let (first, second) = (other.request.format.name, step.request.format.name);
            return Err(Error::SamePlace { first, second, place: step.request.place });
        }
        steps.push(step);
    }
    Ok(Plan { steps })
}

/// Whether one output would replace another, or part of another.
fn meet(one: &Step, other: &Step) -> bool {
    let within = |site: &Step, step: &Step| match (&site.way, &step.way) {
        (Way::Draft(site), Way::Draft(target) | Way::InPlace(target)) => {
            target.strip_prefix(site).is_ok_and(contents::may_have)
        }
        _ => false,
    };
    (one.way == other.way && !is_special(&one.way))
        || (one.request.format.is_site() && within(one, other))
        || (other.request.format.is_site() && within(other, one))
}

/// The way of an output to `path`, if it can be written.
fn check(request: &Request, path: &Path, cwd: &Path, extra: bool) -> Result<Way, Error> {
    let (format, is_site) = (request.format.name, request.format.is_site());
    let io = |source| Error::Io { format, place: Place::File(path.into()), source };
    let names_directory = path.as_os_str().is_empty() || path.as_os_str().as_encoded_bytes().ends_with(b"/");
    let absolute = cwd.join(path);
    let target = match resolve(&absolute).map_err(io)? {
        Resolved::Descriptor { path, is_stdout } => {
            // The descriptor must be open: otherwise a draft would be put into a path that is not a directory.
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
            if let Some(name) = contents::foreign(&target, extra).map_err(io)? {
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
    // The directory may be created later, so its nearest existing ancestor must allow that. Only a trial shows whether it does.
    let there = target.ancestors().skip(1).find(|ancestor| ancestor.symlink_metadata().is_ok());
    let there = there.ok_or_else(|| io(io::ErrorKind::NotFound.into()))?;
    if !there.metadata().map_err(io)?.is_dir() {
        return Err(io(io::Error::new(
            io::ErrorKind::NotADirectory,
            format!("`{}` is not a directory", there.display()),
        )));
    }
    match writable(there) {
        Ok(()) => Ok(Way::Draft(target)),
        // As `coverage xml` writes to it.
        Err(_) if File::options().write(true).open(&target).is_ok() => Ok(Way::InPlace(target)),
        Err(error) => Err(io(error)),
    }
}

/// Tests whether files can be created in a directory.
fn writable(directory: &Path) -> io::Result<()> {
    // A signal waits until the trial is over.
    let _drafts = signals::drafts();
    drafts_of_ours().tempfile_in(directory).map(drop).map_err(|error| {
        let error = without_path(error);
        if is_of_open_files(&error) {
            return error;
        }
        let why = format!("cannot create a file in `{}`: {}", directory.display(), error.kind());
        io::Error::new(error.kind(), why)
    })
}

/// The target of a path, with links followed.
enum Resolved {
    /// A file, or anything else with a name, even if it does not exist yet.
    Path(PathBuf),
    /// An open file of a process. Only this path to it is reliable: the link's target may be the name of a pipe, which cannot be opened, or of a file
    /// that is being appended to, which must not be replaced.
    Descriptor {
        path: PathBuf,
        /// Whether it is this process's standard output.
        is_stdout: bool,
    },
}

fn resolve(path: &Path) -> io::Result<Resolved> {
    let mut path = path.to_path_buf();
    // The same number of links that Linux follows.
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

/// The descriptor that a path names: a number under `/dev/fd`, or under `fd` of a process, as `/proc/self/fd/3`.
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

/// Whether two outputs may have the same way: a device or pipe keeps no content.
fn is_special(way: &Way) -> bool {
    matches!(way, Way::Direct(target) if target.metadata().is_ok_and(|metadata| !metadata.is_file()))
}

#[cfg(test)]
pub(super) mod tests {
    use std::fs;

    use crate::model::output::{Format, Holds};

    use super::*;

    /// A format of that name; `html` is a site.
    pub(in crate::publish) fn known(name: &'static str) -> &'static Format {
        let holds = if name == "html" { Holds::Pages } else { Holds::Report };
        Box::leak(Box::new(Format { holds, ..Format::new(name, None) }))
    }

    fn requests(outputs: &[(&'static str, Option<&str>)]) -> Vec<Request> {
        let place = |path: Option<&str>| match path {
            None | Some("-") => Place::Stdout,
            Some(path) => Place::File(path.into()),
        };
        let request = |&(format, path): &_| Request { format: known(format), place: place(path) };
        outputs.iter().map(request).collect()
    }

    fn refusal(cwd: &Path, outputs: &[(&'static str, Option<&str>)]) -> Error {
        plan(requests(outputs), cwd, false).err().unwrap()
    }

    #[test]
    fn two_outputs_cannot_share_a_place_however_it_is_spelt() {
        let cwd = tempfile::tempdir().unwrap();
        fs::create_dir(cwd.path().join("a")).unwrap();
        for (first, second) in [("x.out", "./a/../x.out"), ("new/x", "new/../new/x"), ("-", "-")] {
            let error = refusal(cwd.path(), &[("xml", Some(first)), ("json", Some(second))]);
            assert!(matches!(error, Error::SamePlace { first: "xml", second: "json", .. }), "{error}");
        }
        let defaults =
            plan(requests(&[("xml", Some("x")), ("json", Some("y")), ("text", None)]), cwd.path(), false).unwrap();
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
            assert!(plan(requests(&outputs), cwd.path(), false).is_ok(), "{name}");
        }
    }

    #[test]
    fn a_directory_is_no_target() {
        let cwd = tempfile::tempdir().unwrap();
        for path in [".", "new/", ""] {
            let error = refusal(cwd.path(), &[("xml", Some(path))]);
            assert!(matches!(error, Error::Directory { .. }) && error.status() == Status::Usage, "{path}: {error}");
        }
    }

    #[test]
    fn a_place_that_cannot_exist_is_found_before_any_work() {
        let cwd = tempfile::tempdir().unwrap();
        fs::write(cwd.path().join("file"), "").unwrap();
        let error = refusal(cwd.path(), &[("xml", Some("file/below/coverage.xml"))]);
        assert!(matches!(error, Error::Io { .. }) && error.status() == Status::NoReport, "{error}");
        assert_eq!(fs::read_dir(cwd.path()).unwrap().count(), 1);
    }
}
