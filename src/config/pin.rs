//! `.python-version`: the Python that pyenv or uv runs in a directory.
//!
//! ```text
//! # ours
//! 3.12.4                            the first entry decides
//! 3.11
//! ```
//!
//! pyenv reads the names of its versions, uv anything that its `--python` accepts.

use super::specifier::{numbers, starts_with_operator};
use super::values;
use crate::python::text;

/// The meaning of an entry.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Pin<'t> {
    /// A version of CPython.
    Version(String),
    /// A specifier of versions.
    Range(&'t str),
    /// Another implementation of Python.
    Other(&'t str),
    /// An entry that leaves the minor version open: `system`, `3`, the name of a virtual environment, a malformed version.
    Open(&'t str),
}

/// Implementations whose rules are not CPython's.
const OTHERS: [&str; 11] = [
    "pypy",
    "graalpy",
    "graalpython",
    "pyodide",
    "jython",
    "ironpython",
    "micropython",
    "stackless",
    "pyston",
    "cinder",
    "nogil",
];

/// The words that may follow a version and a hyphen: pyenv's `3.13-dev`, the systems and processors in names of uv, pyenv-win and python.org's installer.
#[rustfmt::skip]
const AFTER_VERSION: [&str; 36] = [
    "dev", "any",
    "linux", "macos", "darwin", "windows", "win32", "freebsd", "netbsd", "openbsd", "dragonfly", "illumos", "solaris", "aix", "android", "ios",
    "32", "64", "x64", "x86", "x86_64", "amd64", "i386", "i586", "i686", "arm", "arm64", "aarch64", "armv7", "loongarch64", "powerpc64", "powerpc64le",
    "ppc64", "ppc64le", "riscv64", "s390x",
];

/// The first entry of a file; `None` if it has none.
pub(super) fn first(text: &str) -> Option<Pin<'_>> {
    let mut lines = text.lines().map(|line| text::strip(line.split('#').next().unwrap_or_default()));
    let line = lines.find(|line| !line.is_empty())?;
    if starts_with_operator(line) {
        return Some(Pin::Range(line));
    }
    let name = line.split_whitespace().next()?;
    // pyenv joins several names with colons; `C:\` is the beginning of a path.
    let name = name.split_once(':').map(|(first, _)| first).filter(|first| first.len() > 1).unwrap_or(name);
    Some(if is_other(name) {
        Pin::Other(name)
    } else if name.split('/').any(|part| part == "..") {
        Pin::Open(name)
    } else {
        meaning(name, name)
    })
}

/// Whether another implementation is named anywhere in an entry: `3.12-pypy3.9`, `/opt/graalpy/bin/python3.11`.
fn is_other(name: &str) -> bool {
    let mut words = name.split(|character: char| !character.is_ascii_alphanumeric());
    words.any(|word| OTHERS.contains(&&*word.trim_end_matches(|c: char| c.is_ascii_digit()).to_ascii_lowercase()))
}

/// The meaning of `name`, of which `word` is the part that is still to be read.
fn meaning<'t>(name: &'t str, word: &'t str) -> Pin<'t> {
    let (implementation, rest) = word.split_at(word.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(word.len()));
    let rest = if implementation.is_empty() { rest } else { rest.strip_prefix(['-', '@']).unwrap_or(rest) };
    let (implementation, rest) = match (implementation, word.strip_prefix(['v', 'V'])) {
        ("v" | "V", Some(rest)) => ("", rest),
        _ => (implementation, rest.strip_prefix(['v', 'V']).unwrap_or(rest)),
    };
    match implementation.to_ascii_lowercase().as_str() {
        "" | "any" | "cpython" | "cp" | "python" | "activepython" if rest.starts_with(|c: char| c.is_ascii_digit()) => {
            version(rest).map_or(Pin::Open(name), Pin::Version)
        }
        "cpython" | "cp" | "python" if starts_with_operator(rest) => Pin::Range(rest),
        // uv's short forms of PyPy and GraalPy.
        "pp" | "gp" => Pin::Other(name),
        // `miniconda3-3.12-24.11.1-0` names a Python; in the older `miniconda3-3.10.1` and in `miniconda3-4.7.12` the numbers are conda's.
        "miniconda" => match rest.strip_prefix("3-").and_then(|rest| rest.split_once('-')) {
            Some((minor, _)) if minor.matches('.').count() == 1 => version(minor).map_or(Pin::Open(name), Pin::Version),
            _ => Pin::Open(name),
        },
        // The path of an interpreter, or of its environment.
        _ => match environment(word).rsplit_once('/') {
            Some((_, last)) if !last.is_empty() => meaning(name, last),
            _ => Pin::Open(name),
        },
    }
}

/// The path of one of pyenv's versions, given that of its interpreter, `versions/3.12.1/bin/python3`; other paths without a slash at the end.
fn environment(path: &str) -> &str {
    let path = path.trim_end_matches('/');
    let is_version = |home: &&str| home.rsplit('/').nth(1) == Some("versions");
    ["/bin/python", "/bin/python3"].iter().find_map(|end| path.strip_suffix(end).filter(is_version)).unwrap_or(path)
}

/// A version with its pre-release as PEP 440 writes it: `3.12.0-rc1`, `3.12.0c1` and `3.12.0.pre_1` are `3.12.0rc1`.
fn normalised(version: &str) -> String {
    const SEPARATORS: [char; 3] = ['-', '_', '.'];
    let end = version.find(|c: char| c != '.' && !c.is_ascii_digit()).unwrap_or(version.len());
    let (release, rest) = version.split_at(end);
    let rest = rest.strip_prefix(SEPARATORS).unwrap_or(rest);
    let (word, rest) = rest.split_at(rest.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(rest.len()));
    let stage = match word.to_ascii_lowercase().as_str() {
        "a" | "alpha" => "a",
        "b" | "beta" => "b",
        "c" | "rc" | "pre" | "preview" => "rc",
        _ => return version.to_owned(),
    };
    let rest = rest.strip_prefix(SEPARATORS).unwrap_or(rest);
    let (number, rest) = rest.split_at(rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len()));
    let number = if number.is_empty() { "0" } else { number };
    format!("{}{stage}{number}{rest}", release.trim_end_matches('.'))
}

/// The version of CPython at the start of a text: `3.12.1-linux-x86_64-gnu`, `3.12.1-win32`, `3.12.1/envs/app`, `312`; `None` if the minor version is open, or the
/// text is malformed.
fn version(text: &str) -> Option<String> {
    let text = match text.split_once('/') {
        Some((version, rest)) if rest.starts_with("envs/") => version,
        Some(_) => return None,
        None => text,
    };
    let lower = text.to_ascii_lowercase();
    let followed = |at: &usize| {
        let word = lower[at + 1..].split('-').next().unwrap_or_default();
        // `x86_64_v3`, `armv7l`
        AFTER_VERSION.contains(&word) || word.starts_with("x86_64_v") || word.starts_with("armv")
    };
    let text = lower.match_indices('-').map(|(at, _)| at).find(followed).map_or(text, |at| &text[..at]);
    let version = match numbers(text)?.0[..] {
        // uv's short form.
        [10..1000] => text.split_at_checked(1).map(|(major, minor)| format!("{major}.{minor}"))?,
        [number] if number >= 10 => return None,
        _ => normalised(text),
    };
    values::major_and_minor(&version).map(|_| version)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(name: &str) -> Pin<'_> {
        Pin::Version(name.to_owned())
    }

    #[test]
    fn a_version_is_read_as_pyenv_and_uv_write_it() {
        for (text, meaning) in [
            ("3.12\n", version("3.12")),
            ("# ours\n\n3.11.7  # pinned\n3.12\n", version("3.11.7")),
            ("3.13.0rc2", version("3.13.0rc2")),
            ("3.13-dev", version("3.13")),
            ("3.13t-dev", version("3.13t")),
            ("3.14-dev", version("3.14")),
            // pyenv-win's names of versions, and those of python.org's installer.
            ("3.12.1-win32", version("3.12.1")),
            ("3.12.1-WIN32", version("3.12.1")),
            ("3.12.0-arm", version("3.12.0")),
            ("3.12.0rc1-win32", version("3.12.0rc1")),
            ("3.12-arm64", version("3.12")),
            ("3.13t-arm64", version("3.13t")),
            ("3.11-32", version("3.11")),
            // uv's requests and names of installations.
            ("3.12+gil", version("3.12+gil")),
            ("3.14.0+gil+debug", version("3.14.0+gil+debug")),
            ("3.13td", version("3.13td")),
            ("cp312d", version("3.12d")),
            ("any-3.12-any-aarch64", version("3.12")),
            ("cpython-3.12.3-linux-x86_64-gnu", version("3.12.3")),
            ("cpython-3.13.0rc2+debug-linux-x86_64_v3-musl", version("3.13.0rc2+debug")),
            ("cpython-3.12-macos-aarch64-none", version("3.12")),
            ("cpython-3.12.4-windows-x86-none", version("3.12.4")),
            ("cpython-3.11.9-linux-armv7-gnueabihf", version("3.11.9")),
            // uv reads versions by PEP 440.
            ("v3.11", version("3.11")),
            ("V3.11.7", version("3.11.7")),
            ("cpython-v3.11", version("3.11")),
            ("3.11.0-rc1", version("3.11.0rc1")),
            ("3.11.0RC1", version("3.11.0rc1")),
            ("3.11.0_rc1", version("3.11.0rc1")),
            ("3.11.0.rc1", version("3.11.0rc1")),
            ("3.11.0c1", version("3.11.0rc1")),
            ("3.11.0-b1", version("3.11.0b1")),
            ("3.11.0alpha1", version("3.11.0a1")),
            ("3.11.0rc", version("3.11.0rc0")),
            ("3.13.0-beta.1", version("3.13.0b1")),
            ("3.14.0b2t", version("3.14.0b2t")),
            // pyenv's list, and paths.
            ("3.11.7:3.12.1", version("3.11.7")),
            ("3.11.7:", version("3.11.7")),
            ("/opt/pyenv/versions/3.11.7/", version("3.11.7")),
            ("/opt/pyenv/versions/3.11.7/bin/python", version("3.11.7")),
            ("/opt/pyenv/versions/3.11.7/bin/python3", version("3.11.7")),
            ("3.12t", version("3.12t")),
            ("3.13+freethreaded", version("3.13+freethreaded")),
            ("cpython-3.14t", version("3.14t")),
            ("cpython-3.12", version("3.12")),
            ("cpython-3.12.1-linux-x86_64-gnu", version("3.12.1")),
            ("cpython-3.13.0+freethreaded-linux-x86_64-gnu", version("3.13.0+freethreaded")),
            ("CPython@3.12", version("3.12")),
            ("python3.12", version("3.12")),
            ("python-3.9", version("3.9")),
            ("cp312", version("3.12")),
            ("39", version("3.9")),
            ("3.11.4/envs/app", version("3.11.4")),
            ("/usr/bin/python3.9", version("3.9")),
            ("~/.pyenv/versions/3.12.1", version("3.12.1")),
            ("miniconda3-3.9-4.10.3", version("3.9")),
            ("2", version("2")),
            ("2.7.18\n3.12", version("2.7.18")),
            ("3.12 pypy3.10", version("3.12")),
        ] {
            assert_eq!(first(text), Some(meaning), "{text}");
        }
    }

    #[test]
    fn ranges_other_implementations_and_open_entries_are_told_apart() {
        use Pin::{Open, Other, Range};
        for (text, meaning) in [
            (">=3.9", Range(">=3.9")),
            (">= 3.9, <3.12  # any", Range(">= 3.9, <3.12")),
            ("==3.9.*\n", Range("==3.9.*")),
            ("cpython>=3.12", Range(">=3.12")),
            ("pypy3.10-7.3.17", Other("pypy3.10-7.3.17")),
            ("pypy@3.10", Other("pypy@3.10")),
            ("pp310", Other("pp310")),
            ("graalpy-24.1.1\n3.12", Other("graalpy-24.1.1")),
            ("pypy3.10\n3.12", Other("pypy3.10")),
            ("3.12-pypy3.9", Other("3.12-pypy3.9")),
            ("/opt/graalpy/bin/python3.11", Other("/opt/graalpy/bin/python3.11")),
            ("/opt/PyPy3/bin/python", Other("/opt/PyPy3/bin/python")),
            ("3", Open("3")),
            ("3\n3.11", Open("3")),
            ("system\n", Open("system")),
            ("system\n3.11", Open("system")),
            ("system 3.11", Open("system")),
            ("nonsense\n3.11", Open("nonsense")),
            ("-3.12", Open("-3.12")),
            ("3.12,", Open("3.12,")),
            ("3.12junk", Open("3.12junk")),
            ("3.12-app", Open("3.12-app")),
            ("3.12-arms", Open("3.12-arms")),
            ("3.12+junk", Open("3.12+junk")),
            ("3-win32", Open("3-win32")),
            ("any", Open("any")),
            ("cpython--3.12", Open("cpython--3.12")),
            ("3.10/bin/../../3.12", Open("3.10/bin/../../3.12")),
            ("/opt/3.10/../3.12", Open("/opt/3.10/../3.12")),
            ("3.10/bin/python3.12", Open("3.10/bin/python3.12")),
            ("python3", Open("python3")),
            ("/usr/bin/python3", Open("/usr/bin/python3")),
            ("/srv/venv/", Open("/srv/venv/")),
            ("my-app-3.12", Open("my-app-3.12")),
            ("2024-project", Open("2024-project")),
            ("3d-models", Open("3d-models")),
            ("miniconda3-3.10.1", Open("miniconda3-3.10.1")),
            ("miniconda3-latest", Open("miniconda3-latest")),
            ("anaconda3-2024.10-1", Open("anaconda3-2024.10-1")),
            ("cpython-linux-x86_64-gnu", Open("cpython-linux-x86_64-gnu")),
            ("system:3.12.1", Open("system")),
            ("/opt/3.11.7/bin/python3", Open("/opt/3.11.7/bin/python3")),
            ("C:\\Python311\\python.exe", Open("C:\\Python311\\python.exe")),
        ] {
            assert_eq!(first(text), Some(meaning), "{text}");
        }
        assert_eq!((first(""), first("# nothing\n\n")), (None, None));
    }
}
