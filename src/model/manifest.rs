//! A manifest: the fragments that are expected, one entry a line.
//!
//! ```text
//! # a comment
//! shards/unit-3                       a fragment of that path, or below it; paths start at the working directory
//! shards/e2e-*/.coverage.*            a glob, as on the command line
//! .coverage.unit                      a name without a slash: a fragment of that name in any directory
//! $ pytest -q -n 4                    a fragment of that command; `*` and `?` stand for any text
//! 28 $ behave features/part_*         exactly 28
//! 2+ $ -c                             at least 2
//! ```
//!
//! The counts of equal entries add up. Copies of one fragment count once.

use std::collections::{BTreeMap, HashMap, hash_map};
use std::fmt;
use std::path::Path;

use super::copies::distinct;
use super::fragment::Fragment;
use super::process_name::without_process;
use super::wildcards::{PathGlob, components};

/// How many entries there may be: each is compared with each fragment.
const MOST: usize = 10_000;

/// The fragments that are expected.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Manifest {
    /// The entries, in order.
    pub entries: Vec<Entry>,
}

/// Fragments that are expected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// How many there must be.
    pub count: Count,
    /// What they have in common.
    pub kind: Kind,
}

/// How many fragments there must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Count {
    /// That number.
    Exactly(u64),
    /// That number or more.
    AtLeast(u64),
}

impl Count {
    /// Whether the number is as it must be.
    #[must_use]
    pub const fn admits(self, number: u64) -> bool {
        match self {
            Self::Exactly(wanted) => number == wanted,
            Self::AtLeast(wanted) => number >= wanted,
        }
    }

    /// The number that two entries require together.
    const fn plus(self, other: Self) -> Self {
        match (self, other) {
            (Self::Exactly(one), Self::Exactly(two)) => Self::Exactly(one.saturating_add(two)),
            (Self::Exactly(one) | Self::AtLeast(one), Self::Exactly(two) | Self::AtLeast(two)) => {
                Self::AtLeast(one.saturating_add(two))
            }
        }
    }
}

/// What expected fragments have in common.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Their file name: a glob.
    Name(String),
    /// Their path, or that of a directory above: a glob.
    Path(String),
    /// Their command, in which `*` and `?` stand for any text.
    Command(String),
}

impl Kind {
    /// The same for entries that expect the same fragments: `./a//b` is `a/b`.
    fn key(&self) -> (u8, String) {
        match self {
            Self::Name(name) => (0, name.clone()),
            Self::Path(path) => {
                let root = if path.starts_with('/') { "/" } else { "" };
                (1, root.to_owned() + &components(Path::new(path)).collect::<Vec<_>>().join("/"))
            }
            Self::Command(command) => (2, command.clone()),
        }
    }
}

impl Manifest {
    /// Reads a manifest.
    ///
    /// # Errors
    /// The number of the line at fault, if it is one, and the reason.
    pub fn parse(text: &str) -> Result<Self, (Option<usize>, String)> {
        let mut entries: Vec<Entry> = Vec::new();
        let mut places: HashMap<(u8, String), usize> = HashMap::new();
        let mut lines = 0;
        for (line, number) in text.lines().map(str::trim).zip(1..) {
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            if lines == MOST {
                return Err((Some(number), "expected at most 10,000 entries".into()));
            }
            lines += 1;
            let entry = Entry::parse(line).map_err(|why| (Some(number), why))?;
            // The lines of manifests that were joined add up.
            match places.entry(entry.kind.key()) {
                hash_map::Entry::Vacant(free) => {
                    free.insert(entries.len());
                    entries.push(entry);
                }
                hash_map::Entry::Occupied(taken) => {
                    if let Some(known) = entries.get_mut(*taken.get()) {
                        known.count = known.count.plus(entry.count);
                    }
                }
            }
        }
        if entries.is_empty() {
            return Err((None, "it has no entry, so nothing would be expected".into()));
        }
        Ok(Self { entries })
    }

    /// The manifest of fragments that were read. Numbers of processes differ from run to run: counts are lower bounds.
    #[must_use]
    pub fn of(fragments: &[Fragment]) -> Self {
        let mut commands: BTreeMap<String, Vec<&Fragment>> = BTreeMap::new();
        let mut paths: BTreeMap<String, Vec<&Fragment>> = BTreeMap::new();
        let mut names: BTreeMap<String, Vec<&Fragment>> = BTreeMap::new();
        for fragment in fragments.iter().filter(|fragment| fragment.has_data()) {
            let alike = match fragment.origin.line() {
                Some(command) => commands.entry(one_line(&command)).or_default(),
                None => match sealed_name(fragment) {
                    Some(name) => names.entry(name).or_default(),
                    None => paths.entry(as_glob(&without_process(&fragment.path.to_string_lossy()))).or_default(),
                },
            };
            alike.push(fragment);
        }
        let entry = |kind: fn(String) -> Kind| {
            move |(text, alike): (String, Vec<&Fragment>)| Entry {
                count: Count::AtLeast(distinct(alike)),
                kind: kind(text),
            }
        };
        let places = paths.into_iter().map(entry(Kind::Path)).chain(names.into_iter().map(entry(Kind::Name)));
        let entries = places.chain(commands.into_iter().map(entry(Kind::Command)));
        Self { entries: entries.collect() }
    }
}

impl Entry {
    fn parse(line: &str) -> Result<Self, String> {
        let (count, rest) = count(line)?;
        let kind = if let Some(command) = rest.strip_prefix('$').filter(|rest| rest.starts_with(' ')) {
            Kind::Command(command.trim().to_owned())
        } else if PathGlob::new(rest).is_none() {
            return Err("it is not a valid glob: a bracket is not closed, or a range runs backwards".into());
        } else if rest.contains('/') {
            Kind::Path(rest.to_owned())
        } else {
            Kind::Name(rest.to_owned())
        };
        Ok(Self { count, kind })
    }
}

/// The count that a line begins with, and the rest; a line without one expects at least one.
fn count(line: &str) -> Result<(Count, &str), String> {
    let Some((first, rest)) = line.split_once(' ') else { return Ok((Count::AtLeast(1), line)) };
    let (digits, count): (_, fn(u64) -> Count) = match first.strip_suffix('+') {
        Some(digits) => (digits, Count::AtLeast),
        None => (first, Count::Exactly),
    };
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Ok((Count::AtLeast(1), line));
    }
    let number = digits.parse().ok().filter(|&number| number > 0);
    Ok((count(number.ok_or("expected a count of 1 or more")?), rest.trim_start()))
}

impl fmt::Display for Manifest {
    /// The lines, as they are read.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.entries.iter().try_for_each(|entry| writeln!(f, "{entry}"))
    }
}

impl fmt::Display for Entry {
    /// `2+ $ pytest -q`, without a count that says nothing.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.count {
            Count::Exactly(number) => write!(f, "{number} ")?,
            Count::AtLeast(1) => {}
            Count::AtLeast(number) => write!(f, "{number}+ ")?,
        }
        match &self.kind {
            Kind::Command(command) => write!(f, "$ {command}"),
            // Neither a name, nor a count, nor a comment.
            Kind::Path(path) if path.contains('/') && path.starts_with(['.', '/']) => write!(f, "{path}"),
            Kind::Path(path) if path.contains('/') && path.starts_with(char::is_alphabetic) => write!(f, "{path}"),
            Kind::Path(path) => write!(f, "./{path}"),
            Kind::Name(name) => write!(f, "{name}"),
        }
    }
}

/// The name by which a sealed fragment is found, in its seal and wherever it lies beside others; `None` if it is not sealed, or if the name alone would
/// read as another entry.
fn sealed_name(fragment: &Fragment) -> Option<String> {
    fragment.sealed_in.as_ref()?;
    let name = as_glob(&without_process(&fragment.path.file_name()?.to_string_lossy()));
    let plain = Entry { count: Count::AtLeast(1), kind: Kind::Name(name.clone()) };
    (Manifest::parse(&name).ok()?.entries == [plain]).then_some(name)
}

/// The text with `?`, which stands for any character, for those that would end the line.
fn one_line(text: &str) -> String {
    text.chars().map(|character| if character.is_control() { '?' } else { character }).collect()
}

/// The path as a glob that matches it, on one line without blanks at its end.
fn as_glob(path: &str) -> String {
    let mut glob = one_line(path);
    while let Some(blank) = glob.chars().next_back().filter(|last| last.is_whitespace()) {
        glob.truncate(glob.len() - blank.len_utf8());
        glob.push('?');
    }
    // A path always matches itself, unless it is not a valid glob.
    if glob == path && PathGlob::new(&glob).is_some() { glob } else { glob.replace('[', "?") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_read_and_written() {
        let text = "# shards\n\n  shards/unit-3 \n.coverage.unit\n./a\n$ pytest -q  x\n28 $ behave features/part_*\n2+ $ -c\n3 a b\n";
        let manifest = Manifest::parse(text).unwrap();
        let kinds: Vec<&Kind> = manifest.entries.iter().map(|entry| &entry.kind).collect();
        let kind = |kind: fn(String) -> Kind, text: &str| kind(text.into());
        assert_eq!(
            kinds,
            [
                &kind(Kind::Path, "shards/unit-3"),
                &kind(Kind::Name, ".coverage.unit"),
                &kind(Kind::Path, "./a"),
                &kind(Kind::Command, "pytest -q  x"),
                &kind(Kind::Command, "behave features/part_*"),
                &kind(Kind::Command, "-c"),
                &kind(Kind::Name, "a b"),
            ]
        );
        let written =
            "shards/unit-3\n.coverage.unit\n./a\n$ pytest -q  x\n28 $ behave features/part_*\n2+ $ -c\n3 a b\n";
        assert_eq!(manifest.to_string(), written);
    }

    #[test]
    fn equal_entries_add_up() {
        let text = "a/b\n$ x\n./a//b\n2 $ x\nb\n3 $ y\n/a/b\n4 $ y\n./b\n";
        assert_eq!(Manifest::parse(text).unwrap().to_string(), "2+ a/b\n3+ $ x\nb\n7 $ y\n/a/b\n./b\n");
    }

    #[test]
    fn wrong_entries_are_placed() {
        for (text, line, why) in [
            ("", None, "it has no entry"),
            ("#\n\n", None, "it has no entry"),
            ("a\n0 b\n", Some(2), "expected a count of 1 or more"),
            ("99999999999999999999 b\n", Some(1), "expected a count of 1 or more"),
            ("a/[b\n", Some(1), "it is not a valid glob"),
            (&"a\n".repeat(10_001), Some(10_001), "expected at most 10,000 entries"),
        ] {
            let (at, said) = Manifest::parse(text).unwrap_err();
            assert!(at == line && said.starts_with(why), "{said}");
        }
    }
}
