//! Outputs appear whole or not at all: each is drafted in a file beside its target, and once all drafts are complete they replace the targets.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::Path;

use tempfile::NamedTempFile;

use super::plan::{Error, Plan, Step, Way};
use super::site::Site;
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
}

/// The functions that make outputs.
#[derive(Clone, Copy)]
pub struct Make<'a> {
    /// Writes the requested document.
    pub document: &'a dyn Fn(&Request, &mut dyn Write) -> io::Result<()>,
    /// Makes the pages of the requested site.
    pub site: &'a dyn Fn(&Request, &Put<'_>) -> io::Result<()>,
}

/// Writes every output of the plan. Missing directories are created; an existing target keeps its permissions; a link is written through.
///
/// # Errors
/// The first output that cannot be written. Files are then unchanged, unless the system refused to put one of several drafts in its place. Output
/// that went to standard output, a device or an open file cannot be taken back.
pub fn write(plan: &Plan, make: Make<'_>, stdout: &mut dyn Write) -> Result<Vec<Written>, Error> {
    let mut written = Vec::with_capacity(plan.steps.len());
    let mut drafts = Vec::new();
    let mut targets: Vec<(&Path, &Step)> = plan
        .steps
        .iter()
        .filter_map(|step| if let Way::Draft(target) = &step.way { Some((target.as_path(), step)) } else { None })
        .collect();
    // Directories stay locked meanwhile. Every run locks them in the same order, so no two runs wait for each other.
    targets.sort_by_key(|(target, _)| *target);
    for (target, step) in targets {
        let request = &step.request;
        let draft = if request.format.is_site() {
            Draft::of_site(target, |put| (make.site)(request, put))
        } else {
            Draft::make(target, |out| (make.document)(request, out))
        };
        drafts.push((step, target, draft.map_err(|error| failed(step, error))?));
    }
    for step in &plan.steps {
        // A plan never has a site for standard output or a direct target.
        let document = |out: &mut dyn Write| (make.document)(&step.request, out);
        let bytes = match &step.way {
            Way::Draft(_) => Ok(drafts
                .iter()
                .find(|(drafted, ..)| std::ptr::eq(*drafted, step))
                .map_or(0, |(.., draft)| draft.bytes)),
            Way::Stdout => count(stdout, document),
            Way::Direct(target) => append(target, document),
        };
        let bytes = match bytes {
            // The reader, such as `head`, has read enough; the other outputs are still wanted.
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => 0,
            bytes => bytes.map_err(|error| failed(step, error))?,
        };
        let place = match &step.request.place {
            Place::File(path) if step.request.format.is_site() => Place::File(path.join("index.html")),
            place => place.clone(),
        };
        written.push(Written { format: step.request.format, place, bytes });
    }
    for (step, target, draft) in drafts {
        draft.publish(target).map_err(|error| failed(step, error))?;
    }
    Ok(written)
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
    fn make(target: &Path, document: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<Self> {
        let directory = target.parent().unwrap_or(Path::new("/"));
        fs::create_dir_all(directory)?;
        let mut builder = tempfile::Builder::new();
        builder.prefix(".covmerge-").suffix(".tmp");
        // The usual permissions of a new file, less the umask; a temporary file would be for its owner alone.
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
        let mut file = builder.tempfile_in(directory)?;
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

    fn publish(self, target: &Path) -> io::Result<()> {
        match self.what {
            DraftKind::File(file) => file.persist(target).map(drop).map_err(|error| error.error),
            DraftKind::Site(site) => site.publish(),
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

#[cfg(test)]
mod tests {
    use crate::publish::plan;
    use crate::publish::plan::tests::known;

    use super::*;

    fn run(cwd: &Path, outputs: &[(&'static str, &str)], stdout: &mut dyn Write) -> Result<Vec<Written>, Error> {
        let place = |path: &str| if path == "-" { Place::Stdout } else { Place::File(path.into()) };
        let request = |&(format, path): &(_, &str)| Request { format: known(format), place: place(path) };
        let plan = plan(outputs.iter().map(request).collect(), cwd, false)?;
        let document = |request: &Request, out: &mut dyn Write| writeln!(out, "a {}", request.format.name);
        write(&plan, Make { document: &document, site: &|_, _| Ok(()) }, stdout)
    }

    fn names(directory: &Path) -> Vec<String> {
        let entries = fs::read_dir(directory).unwrap();
        let mut names: Vec<String> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    /// A standard output that fails with this kind of error.
    struct Failing(io::ErrorKind);

    impl Write for Failing {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(self.0.into())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn every_output_is_written_where_it_belongs() {
        let cwd = tempfile::tempdir().unwrap();
        let mut stdout = Vec::new();
        let written =
            run(cwd.path(), &[("total", "-"), ("xml", "deep/er/a.xml"), ("lcov", "a.info")], &mut stdout).unwrap();
        assert_eq!(stdout, b"a total\n");
        assert_eq!(written[0], Written { format: known("total"), place: Place::Stdout, bytes: 8 });
        assert_eq!(written[1].bytes, fs::metadata(cwd.path().join("deep/er/a.xml")).unwrap().len());
        assert_eq!(
            (names(cwd.path()), names(&cwd.path().join("deep/er"))),
            (vec!["a.info".into(), "deep".into()], vec!["a.xml".into()])
        );
    }

    #[test]
    fn a_failure_leaves_old_files_as_they_were_and_nothing_new() {
        let cwd = tempfile::tempdir().unwrap();
        fs::write(cwd.path().join("a.xml"), "old").unwrap();
        let mut full = Failing(io::ErrorKind::StorageFull);
        let error = run(cwd.path(), &[("xml", "a.xml"), ("json", "b.json"), ("text", "-")], &mut full).unwrap_err();
        assert_eq!(error.to_string(), "cannot write `text` to standard output");
        assert_eq!(
            (names(cwd.path()), fs::read_to_string(cwd.path().join("a.xml")).unwrap()),
            (vec!["a.xml".into()], "old".into())
        );
    }

    #[test]
    fn a_reader_who_has_enough_keeps_no_other_output_back() {
        let cwd = tempfile::tempdir().unwrap();
        let mut closed = Failing(io::ErrorKind::BrokenPipe);
        let written = run(cwd.path(), &[("text", "-"), ("xml", "a.xml")], &mut closed).unwrap();
        assert_eq!((written[0].bytes, names(cwd.path())), (0, vec!["a.xml".into()]));
    }

    #[cfg(unix)]
    #[test]
    fn permissions_are_kept_and_links_written_through() {
        use std::os::unix::fs::{PermissionsExt, symlink};

        let cwd = tempfile::tempdir().unwrap();
        let path = |name: &str| cwd.path().join(name);
        let mode = |name: &str| fs::metadata(path(name)).unwrap().permissions().mode() & 0o777;
        fs::create_dir(path("elsewhere")).unwrap();
        fs::write(path("elsewhere/real"), "old").unwrap();
        fs::set_permissions(path("elsewhere/real"), fs::Permissions::from_mode(0o640)).unwrap();
        symlink("elsewhere/real", path("link")).unwrap();
        symlink("elsewhere/new", path("dangling")).unwrap();
        fs::write(path("plain"), "").unwrap();
        run(cwd.path(), &[("total", "link"), ("text", "dangling"), ("xml", "made")], &mut Vec::new()).unwrap();
        assert_eq!(fs::read_to_string(path("elsewhere/real")).unwrap(), "a total\n");
        assert!(fs::symlink_metadata(path("link")).unwrap().is_symlink());
        assert!(fs::read_to_string(path("elsewhere/new")).unwrap().starts_with("a text"));
        // A new file is as accessible as any other that this process creates.
        assert_eq!((mode("link"), mode("made")), (0o640, mode("plain")));
    }
}
