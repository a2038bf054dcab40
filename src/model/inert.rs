//! Text in which no CI system sees a command: in a log, a line may set variables, hide others, or fail the step.
//!
//! ```text
//! ::error file=a.py::text       GitHub, Forgejo, Gitea: at the beginning of a line; GitHub: after blanks of any script, too
//! ##[error]text                 GitHub, the older form: anywhere in a line; Forgejo, Gitea: at its beginning; Azure: formats the line
//! ##vso[task.complete]text      Azure: anywhere
//! ##teamcity[message text='']   TeamCity: anywhere
//! ```
//!
//! Commands with control characters (`section_start:…` and `\r\x1b[0K` of GitLab, `travis_fold`) cannot be in texts from outside, which are
//! neutralised. Sources: `ActionCommand.cs` of the runners of GitHub and Azure, `command.go` and `reporter.go` of those of Forgejo and Gitea.

use std::borrow::Cow;

/// Watches a text byte by byte for the beginning of a command.
#[derive(Clone, Copy, Debug)]
pub struct Watch(State);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// At the beginning of a line, or behind characters there that may be blanks: all that are not ASCII are taken for such.
    Head,
    /// Behind a colon there.
    Colon,
    /// Anywhere else.
    Within,
    /// Behind `#`.
    Hash,
    /// Behind `##` and any letters.
    Word,
}

impl Watch {
    /// At the beginning of a text.
    #[must_use]
    pub const fn new() -> Self {
        Self(State::Head)
    }

    /// Whether `byte` completes the beginning of a command, and is to be replaced.
    pub const fn completes(&mut self, byte: u8) -> bool {
        let before = self.0;
        self.0 = match (before, byte) {
            (_, b'\n' | b'\r') | (State::Head, b' ' | b'\t'..=b'\x0c' | 0x80..) => State::Head,
            (State::Head, b':') => State::Colon,
            (State::Hash, b'#') | (State::Word, b'#' | b'a'..=b'z' | b'A'..=b'Z') => State::Word,
            (_, b'#') => State::Hash,
            _ => State::Within,
        };
        matches!((before, byte), (State::Colon, b':') | (State::Word, b'['))
    }

    /// Whether no byte but an end of a line or `#` changes anything.
    #[must_use]
    pub const fn is_idle(self) -> bool {
        matches!(self.0, State::Within)
    }
}

impl Default for Watch {
    fn default() -> Self {
        Self::new()
    }
}

/// The text with `?` where a command would begin.
#[must_use]
pub fn inert(text: &str) -> Cow<'_, str> {
    let mut watch = Watch::new();
    if !text.bytes().any(|byte| watch.completes(byte)) {
        return Cow::Borrowed(text);
    }
    let mut watch = Watch::new();
    // Only ASCII completes a command.
    let mut is_completed = |one: char| one.encode_utf8(&mut [0; 4]).bytes().any(|byte| watch.completes(byte));
    Cow::Owned(text.chars().map(|one| if is_completed(one) { '?' } else { one }).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_beginnings_of_commands_are_replaced() {
        for (text, shown) in [
            ("::error title=x::y.py", ":?error title=x::y.py"),
            ("a\n  \t::add-mask::x\n::stop-commands::", "a\n  \t:?add-mask::x\n:?stop-commands::"),
            ("a\r::set-env name=x::y", "a\r:?set-env name=x::y"),
            (":::", ":?:"),
            ("\u{a0}\u{3000} ::error::x", "\u{a0}\u{3000} :?error::x"),
            (":é: é::", ":é: é::"),
            ("a ##[group]x ##[", "a ##?group]x ##?"),
            ("`##vso[task.complete result=Failed]`", "`##vso?task.complete result=Failed]`"),
            ("###VSO[a] ##teamcity[b]", "###VSO?a] ##teamcity?b]"),
            ("##\n[", "##\n["),
            ("é ##[x] é", "é ##?x] é"),
            ("src/app.py::test ##a b[ #[x] a::b: :: #a#[", "src/app.py::test ##a b[ #[x] a::b: :: #a#["),
            ("", ""),
        ] {
            assert_eq!(inert(text), shown);
        }
    }

    #[test]
    fn what_is_inert_stays_so() {
        for text in ["::::", "::?::", "##[##[", "##vso##vso[", " :: ::", ":\n::"] {
            let once = inert(text);
            assert_eq!(inert(&once), once, "{text}");
        }
    }
}
