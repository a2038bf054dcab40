//! Outputs appear whole and together or not at all: each is drafted in a file beside its target, and once all drafts are complete they replace the
//! targets.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use super::changes::{Change, Failed, Kind, make_all};
use super::created::Created;
use super::journal::Journal;
use super::lock::Locks;
use super::plan::{Error, Plan, Step, Way};
use super::signals;
use super::site::Site;
use super::stage::{drafts_of_ours, without_path};
use crate::model::output::{Format, Place, Put, Request};

/// An output that was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// Its format.
    pub format: &'static Format,
    /// Its place.
    pub place: Place,
    /// Its size in bytes.
    pub bytes: u64,
    /// Whether it is now a file: what went to standard output or a pipe may be lost.
    pub is_file: bool,
}

/// The functions that make outputs.
#[derive(Clone, Copy)]
pub struct Make<'a> {
    /// Writes the requested document.
    pub document: &'a dyn Fn(&Request, &mut dyn Write) -> io::Result<()>,
    /// Makes the pages of the requested site.
    pub site: &'a dyn Fn(&Request, &Put<'_>) -> io::Result<()>,
}

/// The outputs of a run.
#[derive(Debug)]
pub struct Published {
    /// In the order of the plan.
    pub written: Vec<Written>,
    /// The directories in which a killed run left some outputs new and others old, which are now all new; relative to the working directory.
    pub finished: Vec<PathBuf>,
}

/// Writes every output of the plan. Missing directories are created; an existing target keeps its permissions; a link is written through.
///
/// # Errors
/// The first output that cannot be written. Files are then as they were before, but for one that had to be written in place. Output that went to
/// standard output, a device or an open file cannot be taken back.
pub fn write(plan: &Plan, make: Make<'_>, cwd: &Path, stdout: &mut dyn Write) -> Result<Published, Error> {
    // A reader may take its time: no other run waits for it.
    let streamed = plan.steps.iter().map(|step| stream(step, make, stdout)).collect::<Result<Vec<u64>, Error>>()?;
    let mut created = Created::default();
    let homes = homes(plan, &mut created)?;
    let parents = plan.steps.iter().filter_map(|step| step.way.drafted()?.parent().map(Path::to_owned));
    let watched: BTreeSet<PathBuf> = homes.iter().cloned().chain(parents).collect();
    // Until the end, other runs with these outputs wait.
    let targets: Vec<&Path> = plan.steps.iter().filter_map(|step| step.way.drafted()).collect();
    let replaces = |path: &Path| targets.iter().any(|target| path.starts_with(target));
    let locks = Locks::wait(&watched, &replaces).map_err(|(target, source)| Error::Unfinished { target, source })?;

    let drafts = plan.steps.iter().map(|step| Draft::of(step, make)).collect::<Result<Vec<Option<Draft>>, Error>>()?;
    let written = plan.steps.iter().zip(streamed).zip(&drafts);
    let written = written.map(|((step, bytes), draft)| Written::of(step, bytes, draft.as_ref())).collect();
    put_in_place(plan, drafts, &homes, &mut created)?;
    created.keep();
    let below = |directory: PathBuf| match directory.strip_prefix(cwd) {
        Ok(inside) if inside.as_os_str().is_empty() => ".".into(),
        inside => inside.unwrap_or(&directory).to_owned(),
    };
    Ok(Published { written, finished: locks.finished.into_iter().map(below).collect() })
}

/// The directories in which files change: that of each file and of each new site, and each site that exists.
fn homes(plan: &Plan, created: &mut Created) -> Result<BTreeSet<PathBuf>, Error> {
    let drafted: Vec<(&Step, &Path)> = plan
        .steps
        .iter()
        .filter_map(|step| if let Way::Draft(target) = &step.way { Some((step, target.as_path())) } else { None })
        .collect();
    let parent = |target: &Path| target.parent().unwrap_or(Path::new("/")).to_owned();
    for (step, target) in &drafted {
        created.directory(&parent(target)).map_err(|error| failed(step, error))?;
    }
    // A file may have brought the directory of a site into being.
    let home = |(_, target): &(&Step, &Path)| if target.is_dir() { (*target).to_owned() } else { parent(target) };
    Ok(drafted.iter().map(home).collect())
}

/// Writes an output that has no draft: to standard output, a device or an open file. Returns its size in bytes.
fn stream(step: &Step, make: Make<'_>, stdout: &mut dyn Write) -> Result<u64, Error> {
    // A plan never has a site for standard output or a direct target.
    let document = |out: &mut dyn Write| (make.document)(&step.request, out);
    let bytes = match &step.way {
        Way::Draft(_) | Way::InPlace(_) => return Ok(0),
        Way::Stdout => count(stdout, document),
        Way::Direct(target) => append(target, document),
    };
    match bytes {
        // The reader, such as `head`, has read enough; the other outputs are still wanted.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(0),
        bytes => bytes.map_err(|error| failed(step, error)),
    }
}

impl Written {
    /// An output of which so many bytes were streamed, or that has a draft.
    fn of(step: &Step, streamed: u64, draft: Option<&Draft>) -> Self {
        let place = match &step.request.place {
            Place::File(path) if step.request.format.is_site() => Place::File(path.join("index.html")),
            place => place.clone(),
        };
        let bytes = draft.map_or(streamed, |draft| draft.bytes);
        Self { format: step.request.format, place, bytes, is_file: draft.is_some() }
    }
}

/// Puts all drafts in their places or, if one cannot be put there, none.
fn put_in_place(
    plan: &Plan,
    mut drafts: Vec<Option<Draft>>,
    homes: &BTreeSet<PathBuf>,
    created: &mut Created,
) -> Result<(), Error> {
    let mut changes = Vec::new();
    let mut steps = Vec::new();
    for (step, draft) in plan.steps.iter().zip(&mut drafts) {
        let Some(draft) = draft else { continue };
        changes.extend(draft.changes(step, created).map_err(|error| failed(step, error))?);
        steps.resize(changes.len(), step);
    }
    let Some(first) = steps.first() else { return Ok(()) };
    // A signal waits until all is done and nothing of it lies about.
    let mut registered = signals::drafts();
    // One change is whole by itself.
    let journal = (changes.len() > 1).then(|| Journal::begin(homes, &changes));
    let journal = journal.transpose().map_err(|error| failed(first, error))?;
    let outcome = make_all(&changes);
    if outcome.as_ref().is_err_and(|failed| !failed.undone) {
        // The next run finishes it, and needs the drafts.
        std::mem::forget(drafts);
    } else {
        if let Some(journal) = journal {
            journal.end();
        }
        drop(drafts);
    }
    registered.clear();
    outcome.map_err(|Failed { at, source, .. }| {
        let (change, step) = (&changes[at], steps[at]);
        let is_page = step.request.format.is_site();
        let named = |error: io::Error| io::Error::new(error.kind(), format!("`{}`: {error}", change.target.display()));
        failed(step, if is_page { named(source) } else { source })
    })
}

/// Writes a document to an existing target, at its end if it has one: a shell's `3>>log` must be continued.
fn append(target: &Path, document: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<u64> {
    let mut there = File::options().append(true).open(target)?;
    count(&mut there, document)
}

fn failed(step: &Step, source: io::Error) -> Error {
    Error::Io { format: step.request.format.name, place: step.request.place.clone(), source }
}

/// An output that is not yet in its place.
struct Draft {
    what: DraftKind,
    bytes: u64,
}

enum DraftKind {
    File(NamedTempFile),
    Site(Site),
}

impl Draft {
    /// The draft of an output; `None` if it goes to its place as it is made.
    fn of(step: &Step, make: Make<'_>) -> Result<Option<Self>, Error> {
        let request = &step.request;
        let document = |out: &mut dyn Write| (make.document)(request, out);
        let draft = match &step.way {
            Way::Stdout | Way::Direct(_) => return Ok(None),
            Way::Draft(target) if request.format.is_site() => Self::of_site(target, |put| (make.site)(request, put)),
            Way::Draft(target) => Self::of_file(target.parent(), target, document),
            Way::InPlace(target) => Self::of_file(None, target, document),
        };
        draft.map(Some).map_err(|error| failed(step, error))
    }

    /// The draft of a file, in a directory or, without one, in that for temporary files.
    fn of_file(
        directory: Option<&Path>,
        target: &Path,
        document: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    ) -> io::Result<Self> {
        let mut builder = drafts_of_ours();
        // The usual permissions of a new file, less the umask; a temporary file would be for its owner alone.
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
        let mut drafts = signals::drafts();
        let file = directory.map_or_else(|| builder.tempfile(), |directory| builder.tempfile_in(directory));
        let mut file = file.map_err(without_path)?;
        drafts.push(file.path().to_owned());
        drop(drafts);
        // A draft that nobody has locked was left by a killed run. Where files cannot be locked, such drafts stay.
        _ = file.as_file().try_lock();
        let bytes = count(file.as_file_mut(), document)?;
        if let Ok(metadata) = target.metadata() {
            file.as_file().set_permissions(metadata.permissions())?;
        }
        Ok(Self { what: DraftKind::File(file), bytes })
    }

    fn of_site(target: &Path, pages: impl FnOnce(&Put<'_>) -> io::Result<()>) -> io::Result<Self> {
        let site = Site::begin(target)?;
        pages(&|name, bytes| site.put(name, bytes))?;
        Ok(Self { bytes: site.bytes(), what: DraftKind::Site(site) })
    }

    /// The changes that put it in its place.
    fn changes(&mut self, step: &Step, created: &mut Created) -> io::Result<Vec<Change>> {
        match (&mut self.what, step.way.drafted()) {
            (DraftKind::File(file), Some(target)) => {
                Ok(vec![Change { kind: Kind::Put, draft: file.path().to_owned(), target: target.to_owned() }])
            }
            (DraftKind::Site(site), _) => site.changes(created),
            (DraftKind::File(_), None) => Ok(Vec::new()),
        }
    }
}

/// Writes a document through a buffer, and returns its length in bytes.
fn count(out: &mut dyn Write, document: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<u64> {
    let mut counted = Counted { out: BufWriter::with_capacity(1 << 16, out), bytes: 0 };
    document(&mut counted)?;
    counted.flush()?;
    Ok(counted.bytes)
}

struct Counted<W> {
    out: W,
    bytes: u64,
}

impl<W: Write> Write for Counted<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.out.write(bytes)?;
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}
