//! The rules of `[paths]` and `--map`, which map foreign locations to ours.
//!
//! ```text
//! [paths]
//! source =
//!     src/                   the result: where the files are here
//!     */checkout/src         patterns: where they were
//!     C:\ci\*\src
//! ```
//!
//! A rule matches the beginning of a path, ignoring case. The first rule that matches *and* whose outcome exists maps the path. Agrees with
//! `PathAliases` in coverage.py's `files.py`, except that relative outcomes are not looked up on `sys.path`, which does not exist here.
//!
//! Slipcover and coverage.py's JSON name files relative to a directory that nobody recorded. Reports show such a name as one below the root, so
//! a rule of `--map` whose pattern is the name or a directory in it (`src`, `./src`, `.`, or an absolute one) matches it there, too.

use std::borrow::Cow;
use std::path::Path;

use super::glob::search::{Extent, Glob, Work};
use super::glob::{self, Token};
use super::real::{Real, is_separator, separator};
use crate::model::limits::Limits;
use crate::model::path::is_absolute;
use crate::model::settings::{Alias, AliasBy};

/// A rule, compiled.
#[derive(Debug)]
pub(crate) struct Rule {
    /// The rule as written.
    pub(crate) alias: Alias,
    /// Its place in the settings, for messages.
    pub(crate) origin: String,
    glob: Glob,
    /// Matches the absolute names that relative ones have below the root; `None` if only names as recorded are matched.
    below_root: Option<Glob>,
    work: Work,
    result: String,
}

impl Rule {
    /// Compiles `alias`. A relative pattern or result is below `root`, unless `relative` says that paths stay relative.
    pub(crate) fn new(alias: &Alias, root: &Path, relative: bool, limits: Limits) -> Result<Self, glob::Error> {
        let pattern_separator = separator(&alias.pattern);
        let [pattern, result] = [&alias.pattern, &alias.result].map(|path| match alias.by {
            AliasBy::Covmerge => without_parents(path, root),
            AliasBy::CoveragePy => path.into(),
        });
        let mut pattern = &*pattern;
        if pattern.chars().nth(1).is_some() {
            pattern = pattern.trim_end_matches(is_separator);
        }
        let absolute = is_absolute(&format!("{pattern}{pattern_separator}"));
        let compiled = |is_as_written: bool| {
            let mut translated = if is_as_written {
                Translated::of(pattern)
            } else {
                Translated::absolute(pattern, root, &Real::new(root))
            };
            if !translated.pattern.ends_with(pattern_separator) {
                translated.pattern.push(pattern_separator);
            }
            Ok(Glob::new(translated.tokens()?, Extent::Beginning))
        };
        let is_anywhere = pattern.starts_with('*');
        let glob = compiled(relative || is_anywhere || absolute)?;
        let is_ours = alias.by == AliasBy::Covmerge && !is_anywhere;
        let below_root = if is_ours { Some(compiled(absolute)?) } else { None };
        let result = format!("{}{}", result.trim_end_matches(is_separator), separator(&result));
        let (alias, origin, work) = (alias.clone(), String::new(), Work::of(limits.file_pattern_work));
        Ok(Self { alias, origin, glob, below_root, work, result })
    }

    /// Whether the rule matches one of `paths`, or one that another of `rules` makes of it.
    pub(crate) fn is_used<'p>(
        &self,
        mut paths: impl Iterator<Item = &'p str>,
        rules: &[Self],
        real: &Real<'_>,
        relative: bool,
    ) -> bool {
        let matches = |path: &str| self.apply(path, real, relative).is_some();
        paths.any(|path| {
            let mut outcomes = rules.iter().filter_map(|rule| rule.apply(path, real, relative));
            matches(path) || outcomes.any(|outcome| matches(&outcome))
        })
    }

    /// The number of steps that a name may take, if one took more.
    pub(crate) fn exceeded(&self) -> Option<u64> {
        self.work.exceeded()
    }

    /// The outcome for `path`, if the rule matches it; the outcome need not exist.
    pub(crate) fn apply(&self, path: &str, real: &Real<'_>, relative: bool) -> Option<String> {
        let as_recorded = self.outcome(&self.glob, path, real, relative);
        as_recorded.or_else(|| {
            let below_root = self.below_root.as_ref().filter(|_| !is_absolute(path))?;
            self.outcome(below_root, &real.path(&path.replace('\\', "/")), real, relative)
        })
    }

    fn outcome(&self, glob: &Glob, path: &str, real: &Real<'_>, relative: bool) -> Option<String> {
        let end = self.work.on(|steps| glob.end(path, steps)).flatten()?;
        let outcome = format!("{}{}", self.result, &path[end..]);
        let mut outcome = restyle(outcome, separator(path), separator(&self.result));
        if !relative {
            outcome = real.path(&outcome);
        }
        let result_is_dotted = starts_with_dot_slash(&self.result) && self.result.len() > 2;
        if starts_with_dot_slash(&outcome) && !result_is_dotted {
            outcome.drain(..2);
        }
        Some(outcome)
    }
}

/// An absolute path without `..`, going by its text alone, since it may be one of another machine; one that leads out of `root`, as an absolute path.
/// Any other path is as it was.
fn without_parents<'p>(path: &'p str, root: &Path) -> Cow<'p, str> {
    if path.split('/').next() == Some("..") {
        return Real::new(root).path(path).into();
    }
    if !is_absolute(path) || !path.split(is_separator).any(|name| name == "..") {
        return path.into();
    }
    let mut kept: Vec<&str> = Vec::new();
    for name in path.split(is_separator) {
        match name {
            // The first part is empty or names a drive.
            ".." => kept.truncate((kept.len() - 1).max(1)),
            name => kept.push(name),
        }
    }
    if kept.len() == 1 {
        kept.push("");
    }
    kept.join(separator(path).encode_utf8(&mut [0; 4])).into()
}

/// The path with the separators `from` replaced by `to`.
pub(crate) fn restyle(path: String, from: char, to: char) -> String {
    if from == to { path } else { path.replace(from, to.encode_utf8(&mut [0; 4])) }
}

/// Whether `path` names the working directory literally.
pub(crate) fn starts_with_dot_slash(path: &str) -> bool {
    path.starts_with("./") || path.starts_with(".\\")
}

/// The rest of a path after all leading `./`.
pub(crate) fn without_dot_slash(path: &str) -> &str {
    let mut path = path;
    while starts_with_dot_slash(path) {
        path = path[2..].trim_start_matches(is_separator);
    }
    path
}

/// A pattern, and the part of it that we add, whose characters are never wildcards.
pub(crate) struct Translated {
    literal: String,
    pattern: String,
}

impl Translated {
    /// The pattern as written.
    pub(crate) fn of(pattern: &str) -> Self {
        Self { literal: String::new(), pattern: pattern.to_owned() }
    }

    /// The pattern below `root`, with symbolic links resolved. Brackets in the name of `root` are not wildcards. coverage.py differs: there a project
    /// in `/tmp/a[b]c` cannot omit `tests/*`.
    pub(crate) fn absolute(pattern: &str, root: &Path, real: &Real<'_>) -> Self {
        let absolute = real.path(pattern);
        let root = root.to_string_lossy();
        match absolute.strip_prefix(root.trim_end_matches('/')) {
            Some(below) if below.is_empty() || below.starts_with('/') => {
                Self { literal: root.trim_end_matches('/').to_owned(), pattern: below.to_owned() }
            }
            _ => Self::of(&absolute),
        }
    }

    /// Its tokens.
    pub(crate) fn tokens(&self) -> Result<Vec<Token>, glob::Error> {
        let mut tokens: Vec<Token> = glob::literal(&self.literal).collect();
        // A pattern below the root begins with a slash, so no rule about the start of a pattern is lost by translating it alone.
        if !self.pattern.is_empty() || tokens.is_empty() {
            tokens.extend(glob::translate(&self.pattern)?);
        }
        Ok(tokens)
    }
}

/// The option `--map` for a rule, quoted for a shell.
pub(super) fn option(from: &str, to: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-=+".contains(c);
    let rule = format!("{from}={to}");
    if rule.chars().all(plain) { format!("--map {rule}") } else { format!("--map '{}'", rule.replace('\'', "'\\''")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The outcome of the first rule that matches `path`, below `/root`.
    fn apply(rules: &[(&str, &str)], path: &str, relative: bool) -> Option<String> {
        let root = Path::new("/no/such/project");
        let rule = |&(pattern, result): &(&str, &str)| {
            let (origin, by) = (String::new(), AliasBy::CoveragePy);
            let alias = Alias { origin, by, pattern: pattern.into(), result: result.into() };
            Rule::new(&alias, root, relative, Limits::DEFAULT).unwrap()
        };
        rules.iter().map(rule).find_map(|rule| rule.apply(path, &Real::new(root), relative))
    }

    // The rows come from coverage.py's own tests of its aliases (test_files.py, PathAliasesTest), where every outcome counts as existing.
    #[test]
    fn paths_are_mapped_as_in_coverage_py() {
        let modules = [("*/project/module/", "project/module"), (r"*\project\module\", "project/module")];
        for (rules, path, relative, absolute) in [
            (&[("/home/*/src", "./mysrc")][..], "/home/foo/a.py", None, None),
            (&[("/home/*/src", "./mysrc")], "/home/foo/srcetc", None, None),
            (&[("/ned/home/*/src/", "./mysrc")], "/ned/home/foo/src/a.py", Some("./mysrc/a.py"), Some("mysrc/a.py")),
            (&[("/ci/src", "./s")], "/ci/src/v/ci/src/a.py", Some("./s/v/ci/src/a.py"), Some("s/v/ci/src/a.py")),
            (&[("*/project", ".")], "/ned/home/project/src/a.py", Some("src/a.py"), Some("src/a.py")),
            (&[("/home/ned$", "src/")], "/home/ned$/foo.py", Some("src/foo.py"), Some("src/foo.py")),
            (&[(r"c:\ned\src", "./mysrc")], r"C:\Ned\src\sub\a.py", Some("./mysrc/sub/a.py"), Some("mysrc/sub/a.py")),
            (
                &[("/home/*/src", r".\mysrc")],
                "/home/foo/src/sub/a.py",
                Some(r".\mysrc\sub\a.py"),
                Some(r".\mysrc\sub\a.py"),
            ),
            (
                &modules,
                r"C:\x\project\module\tests\f.py",
                Some("project/module/tests/f.py"),
                Some("project/module/tests/f.py"),
            ),
            (
                &[("/h/*/a/*/b/*/dj", "./dj")],
                "/h/xx/a/yy/b/zz/dj/foo/bar.py",
                Some("./dj/foo/bar.py"),
                Some("dj/foo/bar.py"),
            ),
            (&[(r"X:\", "tmp/src")], r"X:\a\file.py", Some("tmp/src/a/file.py"), Some("tmp/src/a/file.py")),
            (&[("*/d1", "./m1"), ("*/d2", "./m2")], "/foo/d2/y.py", Some("./m2/y.py"), Some("m2/y.py")),
        ] {
            assert_eq!(apply(rules, path, true).as_deref(), relative, "{path}");
            let absolute = absolute.map(|below| format!("/no/such/project/{below}"));
            assert_eq!(apply(rules, path, false), absolute, "{path}");
        }
        let tox = [(".tox/*/site-packages", "src")];
        assert_eq!(apply(&tox, ".tox/py314/site-packages/proj/a.py", true).as_deref(), Some("src/proj/a.py"));
        for (pattern, path) in [(".", "/no/such/project/a.py"), ("../other", "/no/such/other/a.py"), ("/", "/a.py")] {
            assert_eq!(
                apply(&[(pattern, "/the/source")], path, false).as_deref(),
                Some("/the/source/a.py"),
                "{pattern}"
            );
        }
    }

    #[test]
    fn parents_in_absolute_paths_are_taken_by_their_text() {
        for (path, plain) in [
            ("/ci/job/../src/", "/ci/src/"),
            ("/../ci", "/ci"),
            ("/ci/..", "/"),
            ("/a/b/../../../c/..", "/"),
            (r"C:\ci\work\..\src", r"C:\ci\src"),
            (r"C:\..", r"C:\"),
            ("/ci/./a..b", "/ci/./a..b"),
            ("../ci/src", "/no/such/ci/src"),
            ("a/../b", "a/../b"),
            ("*/../ci", "*/../ci"),
        ] {
            assert_eq!(without_parents(path, Path::new("/no/such/project")), plain);
        }
    }
}
