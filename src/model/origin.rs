//! The process that made a fragment, as far as the fragment says so.

use std::fmt;

use super::local_time::LocalTime;

/// The process that made a fragment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origin {
    /// The words of its command line, the program first; empty if the fragment does not have them.
    pub command: Vec<String>,
    /// The time when it began to save, `2026-11-30 18:35:41`, or when a report was made, `2026-11-30T18:35:41.123456`: local time of its machine,
    /// without a zone.
    pub when: Option<String>,
    /// The machine and the number of the process, if the tool put them into the fragment's name.
    pub process: Option<Process>,
}

/// A process by its machine and number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Process {
    /// The machine.
    pub host: String,
    /// The number. A process that starts later has a higher one, unless the numbers have started over.
    pub id: u64,
}

/// At most this many characters of a command line are shown.
const SHOWN_COMMAND: usize = 100;

impl Origin {
    /// The time when it began to save, if it is known and can be understood.
    #[must_use]
    pub fn time(&self) -> Option<LocalTime> {
        LocalTime::parse(self.when.as_deref()?)
    }

    /// The words as one would type them: a program by its name without its directory, a module as `-m pytest`.
    #[must_use]
    pub fn words(&self) -> Vec<String> {
        let Some((program, arguments)) = self.command.split_first() else { return Vec::new() };
        let mut parts = program.rsplit(['/', '\\']);
        let name = parts.next().unwrap_or_default();
        let mut words = match parts.next().filter(|_| name == "__main__.py") {
            Some(module) => vec!["-m".to_owned(), quoted(module)],
            None => vec![quoted(name)],
        };
        words.extend(arguments.iter().map(|word| quoted(word)));
        words
    }

    /// The command line as one would type it; `None` if it is not known.
    #[must_use]
    pub fn line(&self) -> Option<String> {
        let words = self.words();
        (!words.is_empty()).then(|| words.join(" "))
    }

    /// The same line, or its beginning if it is long.
    #[must_use]
    pub fn command_line(&self) -> Option<String> {
        let line = self.line()?;
        let mut characters = line.chars();
        let beginning: String = characters.by_ref().take(SHOWN_COMMAND).collect();
        Some(if characters.next().is_some() { format!("{beginning}…") } else { line })
    }
}

/// A word as a shell takes it.
fn quoted(word: &str) -> String {
    let is_plain = |character: char| !character.is_whitespace() && !"'\"\\$`&|;<>()*?[]#~!{}".contains(character);
    if !word.is_empty() && word.chars().all(is_plain) {
        word.into()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

impl fmt::Display for Origin {
    /// ``begun by `run.py 7` at 2026-11-30 18:35:41``; empty if nothing is known.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.command_line(), &self.when) {
            (Some(command), Some(when)) => write!(f, "begun by `{command}` at {when}"),
            (Some(command), None) => write!(f, "begun by `{command}`"),
            (None, Some(when)) => write!(f, "begun at {when}"),
            (None, None) => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_shown_as_one_would_type_it() {
        for (words, line) in [
            (&[][..], None),
            (&["run.py", "7"], Some("run.py 7")),
            (&["/venv/lib/pytest/__main__.py", "-k", "not slow"], Some("-m pytest -k 'not slow'")),
            (&["C:\\venv\\Scripts\\behave", "it's", ""], Some("behave 'it'\\''s' ''")),
            (&["__main__.py"], Some("__main__.py")),
            (&["-c"], Some("-c")),
        ] {
            let command = words.iter().map(ToString::to_string).collect();
            let origin = Origin { command, ..Origin::default() };
            assert_eq!(origin.command_line().as_deref(), line);
        }
        let long = Origin { command: vec!["x".repeat(101)], ..Origin::default() };
        assert_eq!(long.command_line().unwrap().chars().count(), SHOWN_COMMAND + 1);
    }
}
