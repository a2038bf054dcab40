//! Globs on the command line and in covmerge's own settings, a component at a time.
//!
//! `*`, `?` and classes (`[a-z]`, `[!a-z]`) match within a name, a leading dot too. The crate globset would take braces for alternatives, which
//! cannot be turned off, and a directory of artifacts may be called `job{1}`.

use std::path::{Component, Path};

/// Whether the text has wildcards.
pub(crate) fn is_glob(text: &str) -> bool {
    text.contains(['*', '?', '['])
}

/// Whether the wildcards of every component of the path can be understood.
pub(crate) fn can_be_understood(glob: &str) -> bool {
    Path::new(glob).components().all(|component| match component {
        Component::Normal(name) => name.to_str().is_some_and(|name| !is_glob(name) || names(name).is_some()),
        _ => true,
    })
}

/// The names that a component with wildcards matches; `None` if a bracket is not closed or a range runs backwards.
pub(crate) fn names(component: &str) -> Option<Wildcards> {
    let mut parts = Vec::new();
    let mut rest = component;
    while let Some(c) = rest.chars().next() {
        rest = &rest[c.len_utf8()..];
        parts.push(match c {
            '*' => One::Any,
            '?' => One::Of { ranges: Vec::new(), negated: true },
            '[' => {
                let negated = rest.starts_with(['!', '^']);
                let inside = &rest[usize::from(negated)..];
                // A bracket that comes first stands for itself.
                let first = inside.chars().next()?.len_utf8();
                let end = first + inside[first..].find(']')?;
                rest = &inside[end + 1..];
                One::Of { ranges: ranges(&inside[..end])?, negated }
            }
            c => One::Of { ranges: vec![(c, c)], negated: false },
        });
    }
    Some(Wildcards(parts))
}

/// The ranges of characters that a class lists; `None` if one runs backwards.
fn ranges(class: &str) -> Option<Vec<(char, char)>> {
    let mut rest = class.chars();
    let mut ranges = Vec::new();
    while let Some(first) = rest.next() {
        let mut after = rest.clone();
        let last = match (after.next(), after.next()) {
            (Some('-'), Some(last)) => {
                rest = after;
                last
            }
            _ => first,
        };
        ranges.push((first, last));
    }
    ranges.iter().all(|(first, last)| first <= last).then_some(ranges)
}

/// The texts that a pattern matches in which only `*` and `?` are wildcards, and stand for any text.
pub(crate) fn texts(pattern: &str) -> Option<Wildcards> {
    names(&pattern.replace('[', "[[]"))
}

/// A text with wildcards.
pub(crate) struct Wildcards(Vec<One>);

/// A part of a text with wildcards.
enum One {
    /// `*`: any characters.
    Any,
    /// One character in these ranges, or in none of them.
    Of { ranges: Vec<(char, char)>, negated: bool },
}

impl Wildcards {
    /// Whether the whole text matches. The time grows with both lengths, and with their product only where many `*` almost match.
    pub(crate) fn is_match(&self, text: &str) -> bool {
        let text: Vec<char> = text.chars().collect();
        let (mut part, mut at) = (0, 0);
        // Behind the last `*`, and the end of the text that it stands for so far: an earlier one need not take more.
        let mut again: Option<(usize, usize)> = None;
        loop {
            match (self.0.get(part), text.get(at)) {
                (None, None) => return true,
                (Some(One::Any), _) => {
                    part += 1;
                    again = Some((part, at));
                    continue;
                }
                (Some(One::Of { ranges, negated }), Some(c))
                    if ranges.iter().any(|(first, last)| (first..=last).contains(&c)) != *negated =>
                {
                    (part, at) = (part + 1, at + 1);
                    continue;
                }
                _ => {}
            }
            match again {
                Some((behind, end)) if end < text.len() => {
                    again = Some((behind, end + 1));
                    (part, at) = (behind, end + 1);
                }
                _ => return false,
            }
        }
    }
}

/// A path in which components may be globs, and `**` stands for any number of components.
pub(crate) struct PathGlob(Vec<Part>);

/// A component of a glob.
enum Part {
    /// `**`
    Any,
    /// A name, and the names that it matches if it has wildcards.
    Name(String, Option<Wildcards>),
}

impl Part {
    fn is(&self, name: &str) -> bool {
        match self {
            Self::Any => true,
            Self::Name(text, pattern) => text == name || pattern.as_ref().is_some_and(|pattern| pattern.is_match(name)),
        }
    }
}

impl PathGlob {
    /// `None` if a component is not a valid glob.
    pub(crate) fn new(glob: &str) -> Option<Self> {
        let part = |name: String| {
            Some(match name.as_str() {
                "**" => Part::Any,
                glob if is_glob(glob) => Part::Name(name.clone(), Some(names(glob)?)),
                _ => Part::Name(name, None),
            })
        };
        components(Path::new(glob)).map(part).collect::<Option<_>>().map(Self)
    }

    /// Whether it matches the path with these components, or a directory above.
    pub(crate) fn holds(&self, path: &[String]) -> bool {
        if !self.0.iter().any(|part| matches!(part, Part::Any)) {
            return self.0.len() <= path.len() && self.0.iter().zip(path).all(|(part, name)| part.is(name));
        }
        // How many components may be matched so far.
        let mut reached = vec![false; path.len() + 1];
        reached[0] = true;
        for part in &self.0 {
            let mut next = vec![false; path.len() + 1];
            let mut was_reached = false;
            for at in 0..=path.len() {
                next[at] = match part {
                    Part::Any => {
                        was_reached |= reached[at];
                        was_reached
                    }
                    Part::Name(..) => at > 0 && reached[at - 1] && part.is(&path[at - 1]),
                };
            }
            reached = next;
        }
        reached.contains(&true)
    }
}

/// The components of a path without `.`.
pub(crate) fn components(path: &Path) -> impl Iterator<Item = String> {
    let components = path.components().filter(|component| *component != Component::CurDir);
    components.map(|component| component.as_os_str().to_string_lossy().into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wildcards_match_within_a_name_and_hidden_files_too() {
        let matches = |glob: &str, name: &str| names(glob).unwrap().is_match(name);
        assert!(matches("*", ".coverage") && matches("*.json", "a.b.json") && !matches("*.json", "a.jsonl"));
        assert!(matches("a?c", "abc") && !matches("a?c", "abbc"));
        assert!(
            matches("[a-c]x", "bx") && !matches("[!a-c]x", "bx") && matches("[]x]", "]") && matches("a+b*", "a+bc")
        );
        assert!(matches("[a-]", "-") && matches("[-a]", "-") && matches("[a-c-]", "b") && matches("[^^]", "a"));
        assert!(matches("*a*b", "xaabb") && !matches("*a*b", "xaabbc") && matches("**", "") && !matches("?", ""));
        assert!(matches("*\u{e9}?", "\u{e9}\u{e9}a") && matches("[\\\\&~]", "\\") && matches("a?", "a\n"));
    }

    #[test]
    fn a_path_glob_matches_paths_and_directories_above() {
        for (glob, path, is) in [
            ("a", "a", true),
            ("a", "a/b/c", true),
            ("a/b", "a", false),
            ("./a/*", "a/.b", true),
            ("*/c", "a/b/c", false),
            ("**/c", "a/b/c", true),
            ("**/c", "c", true),
            ("a/**/d", "a/b/c/d/e", true),
            ("a/**", "b/a", false),
            ("/a/b", "/a/b/c", true),
            ("a/b", "/a/b", false),
            ("[a]", "[a]", true),
            ("[a]", "a", true),
        ] {
            assert_eq!(
                PathGlob::new(glob).unwrap().holds(&components(Path::new(path)).collect::<Vec<_>>()),
                is,
                "{glob} {path}"
            );
        }
        assert!(PathGlob::new("a/[b").is_none());
        let texts = |pattern: &str, text: &str| texts(pattern).unwrap().is_match(text);
        assert!(!texts("a[b]* ?", "a[b]/c de") && texts("a[b]* ?", "a[b]/c d") && !texts("a[b]", "ab"));
    }

    #[test]
    fn an_open_bracket_is_no_glob() {
        assert!(names("a[b").is_none() && names("[z-a]").is_none() && names("[").is_none());
        assert!(can_be_understood("a/**/[b]*.c") && can_be_understood("a/b") && !can_be_understood("a/[b/c]"));
    }
}
