//! Globs on the command line and in covmerge's own settings, a component at a time.
//!
//! `*`, `?` and classes (`[a-z]`, `[!a-z]`) match within a name, a leading dot too. The crate globset would take braces for alternatives, which
//! cannot be turned off, and a directory of artifacts may be called `job{1}`.

use std::path::{Component, Path};

use regex::Regex;

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
pub(crate) fn names(component: &str) -> Option<Regex> {
    let mut regex = String::from(r"(?s)\A");
    let mut rest = component;
    while let Some(c) = rest.chars().next() {
        rest = &rest[c.len_utf8()..];
        match c {
            '*' => regex.push_str(".*"),
            '?' => regex.push('.'),
            '[' => {
                let negated = rest.starts_with(['!', '^']);
                let inside = &rest[usize::from(negated)..];
                // A bracket that comes first stands for itself.
                let first = inside.chars().next()?.len_utf8();
                let end = first + inside[first..].find(']')?;
                regex.push_str(if negated { "[^" } else { "[" });
                for c in inside[..end].chars() {
                    if matches!(c, '[' | ']' | '^' | '&' | '~' | '\\') {
                        regex.push('\\');
                    }
                    regex.push(c);
                }
                regex.push(']');
                rest = &inside[end + 1..];
            }
            c => regex.push_str(&regex::escape(c.encode_utf8(&mut [0; 4]))),
        }
    }
    regex.push_str(r"\z");
    Regex::new(&regex).ok()
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
    }

    #[test]
    fn an_open_bracket_is_no_glob() {
        assert!(names("a[b").is_none() && names("[z-a]").is_none() && names("[").is_none());
        assert!(can_be_understood("a/**/[b]*.c") && can_be_understood("a/b") && !can_be_understood("a/[b/c]"));
    }
}
