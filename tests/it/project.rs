//! A project in a directory of its own, and covmerge run in it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The directory `testdata/`.
pub(crate) fn testdata() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata")
}

/// A temporary directory, deleted with the value.
pub(crate) struct Project(tempfile::TempDir);

impl Project {
    /// An empty project.
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    /// A copy of `testdata/<name>`.
    pub(crate) fn of(name: &str) -> Self {
        Self::new().with(name)
    }

    /// The same, with the files of `testdata/<name>` in it too.
    pub(crate) fn with(self, name: &str) -> Self {
        copy(&testdata().join(name), self.0.path());
        self
    }

    /// The same with one more file.
    pub(crate) fn file(self, name: &str, content: impl AsRef<[u8]>) -> Self {
        let path = self.0.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
        self
    }

    /// The same with settings by which relative names stay relative.
    pub(crate) fn relative(self) -> Self {
        self.file(".coveragerc", "[run]\nrelative_files = true\n")
    }

    /// A path in it.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// A file's text.
    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    /// The command that runs covmerge in it with these arguments (split at blanks).
    pub(crate) fn covmerge(&self, arguments: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_covmerge"));
        command.current_dir(self.0.path()).args(arguments.split_whitespace());
        for name in [
            "COVERAGE_FILE",
            "COVERAGE_RCFILE",
            "COVERAGE_DEBUG",
            "COVERAGE_CORE",
            "NO_COLOR",
            "GITHUB_SHA",
            "CI_COMMIT_SHA",
            "GITHUB_RUN_ID",
            "CI_PIPELINE_ID",
            "BUILD_SOURCEVERSION",
            "BUILD_BUILDID",
            "BITBUCKET_COMMIT",
            "BITBUCKET_PIPELINE_UUID",
            "CIRCLE_SHA1",
            "CIRCLE_PIPELINE_ID",
            "BUILDKITE_COMMIT",
            "BUILDKITE_BUILD_ID",
            "TRAVIS_COMMIT",
            "TRAVIS_BUILD_ID",
            "GIT_COMMIT",
            "BUILD_TAG",
        ] {
            command.env_remove(name);
        }
        command.env("SOURCE_DATE_EPOCH", "1795242016").env("TZ", "UTC").env("HOME", self.0.path());
        command
    }

    /// Runs covmerge, which must succeed: the output of that format, and standard error.
    pub(crate) fn output(&self, format: &str, arguments: &str) -> (String, String) {
        let output = self.covmerge(&format!("{arguments} -o {format}=out.{format}")).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{said}");
        (self.read(&format!("out.{format}")), said)
    }

    /// Runs covmerge and shows everything that a user sees: exit status, stdout and stderr. The time taken and the directory's name are replaced.
    pub(crate) fn run(&self, arguments: &str) -> String {
        let output = self.covmerge(arguments).output().unwrap();
        let directory = fs::canonicalize(self.0.path()).unwrap();
        let shown = |bytes: &[u8]| {
            let text = String::from_utf8_lossy(bytes).replace(directory.to_str().unwrap(), "[project]");
            text.lines()
                .map(|line| match line.rsplit_once(" in ") {
                    Some((start, time))
                        if time.ends_with(" s") && (line.starts_with("merged ") || line.starts_with("sealed ")) =>
                    {
                        format!("{start} in [time]")
                    }
                    _ => line.to_owned(),
                })
                .fold(String::new(), |text, line| text + format!("  {line}").trim_end() + "\n")
        };
        format!(
            "exit: {}\nstdout:\n{}stderr:\n{}",
            output.status.code().unwrap_or(-1),
            shown(&output.stdout),
            shown(&output.stderr)
        )
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    // The main job may have been run on the example: its outputs are not part of it.
    let left =
        |entry: &fs::DirEntry| ["coverage.xml", "coverage-summary.json"].iter().any(|name| entry.file_name() == *name);
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap).filter(|entry| !left(entry)) {
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), &target).unwrap();
        }
    }
}
