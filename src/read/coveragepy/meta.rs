//! The table `meta`: what wrote the file, which process began it, and whether it was finished.
//!
//! ```text
//! version    7.17.5
//! sys_argv   ['run.py', '7']            only if coverage.py chose the file's name, or with `debug = process`
//! when       2026-11-30 18:35:41        likewise; local time
//! has_arcs   1                          from the first measurement on
//! hash       65a4…                      when all is saved, if coverage.py chose the file's name: from 7.13.1 on
//! ```

use super::{Error, Fault, NAME, Place};
use crate::datafile::{Tables, layout};
use crate::model::origin::Origin;
use crate::model::unfinished::{Cause, Ending};

/// The first version of coverage.py that marks files whose name it chose as finished.
const MARKS_SINCE: [u32; 3] = [7, 13, 1];

/// The content of the table.
pub(super) struct Meta {
    /// The tool that wrote the file, with its version.
    pub(super) producer: String,
    /// Whether branches were measured, if it says so.
    pub(super) has_arcs: Option<bool>,
    /// Why the data that covmerge made it from was incomplete.
    pub(super) incomplete: Option<String>,
    /// The process that began it.
    pub(super) origin: Origin,
    /// Whether its version of coverage.py marks finished files.
    marks: bool,
    /// Whether it has the mark.
    marked: bool,
}

impl Meta {
    /// Reads the table.
    pub(super) fn read(tables: &mut Tables<'_>) -> Result<Self, Error> {
        let mut meta = Self {
            producer: NAME.to_owned(),
            has_arcs: None,
            incomplete: None,
            origin: Origin::default(),
            marks: false,
            marked: false,
        };
        let encoding = tables.encoding();
        let mut rows = 0;
        tables.rows(&layout::META, |[key, value]| {
            rows += 1;
            let text = || value.text("value", encoding);
            match key.text("key", encoding)?.as_str() {
                "version" => {
                    let version = text()?;
                    meta.marks = numbers(&version) >= MARKS_SINCE;
                    meta.producer = format!("{NAME} {version}");
                }
                "has_arcs" => {
                    meta.has_arcs = Some(match text()?.as_str() {
                        "0" => false,
                        "1" => true,
                        other => return Err(format!("`has_arcs` is `{other}`, not 0 or 1")),
                    });
                }
                layout::INCOMPLETE => meta.incomplete = Some(text()?),
                "sys_argv" => meta.origin.command = words(&text()?).unwrap_or_default(),
                "when" => meta.origin.when = Some(text()?),
                "hash" => meta.marked = true,
                _ => {}
            }
            Ok(())
        })?;
        if rows == 0 {
            let error = Error::new(Place::Table(layout::META.name.to_owned()), "0 rows, where one gives the version");
            return Err(error.of(Fault::Unfinished(Cause::NoRows)));
        }
        Ok(meta)
    }

    /// Whether the file is finished. `has_files` is whether the table `file` has rows.
    ///
    /// A file without `when` is not one whose name coverage.py chose. A process that was forked from one that had saved before leaves out the mark, and
    /// with it `has_arcs`, which all others write before the first file. Neither can tell.
    pub(super) fn ending(&self, has_files: bool) -> Ending {
        if self.marked {
            Ending::Finished
        } else if !self.marks {
            Ending::Unmarked
        } else if self.origin.when.is_some() && (self.has_arcs.is_some() || !has_files) {
            Ending::Open
        } else {
            Ending::Unsure
        }
    }
}

/// The first three numbers of a version; those that are missing are 0.
fn numbers(version: &str) -> [u32; 3] {
    let mut numbers = [0; 3];
    for (number, part) in numbers.iter_mut().zip(version.split('.')) {
        let end = part.find(|character: char| !character.is_ascii_digit()).unwrap_or(part.len());
        *number = part.get(..end).and_then(|digits| digits.parse().ok()).unwrap_or(0);
    }
    numbers
}

/// The strings of a list as Python's `repr()` writes it; `None` if it is anything else.
fn words(list: &str) -> Option<Vec<String>> {
    let mut rest = list.strip_prefix('[')?.strip_suffix(']')?;
    let mut words = Vec::new();
    while !rest.is_empty() {
        let quote = rest.chars().next().filter(|quote| matches!(quote, '\'' | '"'))?;
        let mut characters = rest.chars();
        characters.next();
        let mut word = String::new();
        loop {
            match characters.next()? {
                '\\' => word.push(escaped(&mut characters)?),
                character if character == quote => break,
                character => word.push(character),
            }
        }
        words.push(word);
        rest = characters.as_str();
        rest = rest.strip_prefix(", ").unwrap_or(rest);
    }
    Some(words)
}

/// The character that an escape stands for, without its backslash.
fn escaped(characters: &mut std::str::Chars<'_>) -> Option<char> {
    let digits = match characters.next()? {
        'n' => return Some('\n'),
        'r' => return Some('\r'),
        't' => return Some('\t'),
        'x' => 2,
        'u' => 4,
        'U' => 8,
        character => return Some(character),
    };
    let mut code = 0;
    for _ in 0..digits {
        code = code * 16 + characters.next()?.to_digit(16)?;
    }
    // An argument that is not Unicode has surrogates.
    Some(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_of_a_command_are_those_of_the_list() {
        for (list, found) in [
            ("[]", Some(&[][..])),
            ("['run.py', '7']", Some(&["run.py", "7"][..])),
            (
                r#"["it's", 'a "b"', 'c\\d', 'é\x1b\n', '\u2028\U0001f600\udc80']"#,
                Some(&["it's", "a \"b\"", "c\\d", "é\u{1b}\n", "\u{2028}😀\u{fffd}"]),
            ),
            ("['']", Some(&[""])),
            ("None", None),
            ("['a", None),
            ("[1]", None),
            (r"['\x1']", None),
        ] {
            assert_eq!(words(list), found.map(|words| words.iter().map(ToString::to_string).collect()), "{list}");
        }
    }

    #[test]
    fn versions_compare_by_their_numbers() {
        for (version, marks) in
            [("7.13.0", false), ("7.13.1", true), ("7.14.0a1", true), ("8", true), ("7.2.7", false), ("", false)]
        {
            assert_eq!(numbers(version) >= MARKS_SINCE, marks, "{version}");
        }
    }
}
