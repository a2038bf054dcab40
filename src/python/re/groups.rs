//! Groups: the syntax after an opening parenthesis.

use super::Error;
use super::flags::{Flags, KINDS, LOCALE, flag};
use super::parse::{DEEPEST, Opening, Parser};
use super::scanner::Token;
use super::tree::{Look, Node};
use crate::python::text::quote;

/// The smallest group number that is too large for CPython.
const TOO_MANY_GROUPS: u64 = (i32::MAX / 2) as u64;

impl Parser {
    /// The construct after `(`.
    pub(super) fn open(&mut self, flags: Flags, start: usize, depth: usize) -> Result<Opening, Error> {
        if !self.scanner.eat('?')? {
            let group = Some(self.open_group(None)?);
            return Ok(Opening::Body { group, atomic: false, flags });
        }
        let Some(token) = self.scanner.take()? else { return Err(self.scanner.error("unexpected end of pattern", 0)) };
        match token {
            Token::Plain('P') => self.python_extension(flags),
            Token::Plain(':') => Ok(Opening::Body { group: None, atomic: false, flags }),
            Token::Plain('>') if self.minor > 10 => Ok(Opening::Body { group: None, atomic: true, flags }),
            Token::Plain('#') => loop {
                if self.scanner.peek().is_none() {
                    return Err(self.scanner.error_at("missing ), unterminated comment", start));
                }
                if self.scanner.take()? == Some(Token::Plain(')')) {
                    return Ok(Opening::Done(None));
                }
            },
            Token::Plain(c @ ('=' | '!')) => self.look(false, c == '!', flags, start, depth),
            Token::Plain('<') => {
                let Some(token) = self.scanner.take()? else {
                    return Err(self.scanner.error("unexpected end of pattern", 0));
                };
                match token {
                    Token::Plain(c @ ('=' | '!')) => self.look(true, c == '!', flags, start, depth),
                    _ => Err(self.scanner.error(&format!("unknown extension ?<{token}"), token.len() + 2)),
                }
            }
            Token::Plain('(') => self.conditional(flags, start, depth),
            Token::Plain(c) if c == '-' || flag(c, self.minor).is_some() => self.flags(c, flags),
            _ => Err(self.scanner.error(&format!("unknown extension ?{token}"), token.len() + 1)),
        }
    }

    /// `(?P<name>…)` and `(?P=name)`, after the `P`.
    fn python_extension(&mut self, flags: Flags) -> Result<Opening, Error> {
        if self.scanner.eat('<')? {
            let name = self.scanner.take_until('>', "group name")?;
            self.check_name(&name)?;
            let group = Some(self.open_group(Some(name))?);
            return Ok(Opening::Body { group, atomic: false, flags });
        }
        if self.scanner.eat('=')? {
            let name = self.scanner.take_until(')', "group name")?;
            self.check_name(&name)?;
            let group = self.named(&name)?;
            if self.is_open(group) {
                return Err(self.scanner.error("cannot refer to an open group", name.chars().count() + 1));
            }
            self.check_look_behind(group)?;
            return Ok(Opening::Done(Some(self.backreference(group, flags))));
        }
        Err(match self.scanner.take()? {
            None => self.scanner.error("unexpected end of pattern", 0),
            Some(token) => self.scanner.error(&format!("unknown extension ?P{token}"), token.len() + 2),
        })
    }

    /// A look ahead or behind, up to its body.
    fn look(
        &mut self,
        behind: bool,
        negative: bool,
        flags: Flags,
        start: usize,
        depth: usize,
    ) -> Result<Opening, Error> {
        let outermost = behind && self.look_behind.is_none();
        if outermost {
            self.look_behind = Some(self.groups.len());
        }
        let body = self.choice(flags, depth + 1)?;
        if outermost {
            self.look_behind = None;
        }
        self.close(start)?;
        if negative && matches!(body, Node::Empty) {
            return Ok(Opening::Done(Some(Node::Never)));
        }
        let back = behind.then(|| {
            let (low, high) = body.width();
            self.variable_look_behind |= low != high;
            low
        });
        Ok(Opening::Done(Some(Node::Look(Box::new(Look { back, negative, body })))))
    }

    /// `(?(1)yes|no)`, after the second parenthesis.
    fn conditional(&mut self, flags: Flags, start: usize, depth: usize) -> Result<Opening, Error> {
        if depth > DEEPEST {
            return Err(Error::Syntax("groups are nested too deeply".into()));
        }
        let name = self.scanner.take_until(')', "group name")?;
        let back = name.chars().count() + 1;
        let group = if name.chars().all(|c| c.is_ascii_digit()) {
            let number = name.parse().unwrap_or(u64::MAX);
            if number == 0 {
                return Err(self.scanner.error("bad group number", back));
            }
            let digits = name.trim_start_matches('0');
            let group = usize::try_from(number)
                .ok()
                .filter(|_| number < TOO_MANY_GROUPS)
                .ok_or_else(|| self.scanner.error(&format!("invalid group reference {digits}"), back))?;
            self.conditions.push((group, self.scanner.position() - back));
            group
        } else {
            self.check_name(&name)?;
            self.named(&name)?
        };
        self.check_look_behind(group)?;
        let mut flags = flags;
        let yes = Box::new(self.sequence(&mut flags, depth + 1, false)?);
        let mut no = Box::new(Node::Empty);
        if self.scanner.eat('|')? {
            no = Box::new(self.sequence(&mut flags, depth + 1, false)?);
            if self.scanner.at('|') {
                return Err(self.scanner.error("conditional backref with more than two branches", 0));
            }
        }
        self.close(start)?;
        Ok(Opening::Done(Some(Node::Conditional { group, yes, no })))
    }

    /// Inline flags, after the first one: of a group, or of the whole pattern, whose flags they then set.
    fn flags(&mut self, first: char, outer: Flags) -> Result<Opening, Error> {
        let fail = |parser: &Self, message: &str, back| Err(parser.scanner.error(message, back));
        let (mut added, mut removed) = (0, 0);
        let mut end = Token::Plain(first);
        if first != '-' {
            let mut letter = first;
            loop {
                let bit = flag(letter, self.minor).unwrap_or(0);
                if bit == LOCALE {
                    return fail(self, "bad inline flags: cannot use 'L' flag with a str pattern", 0);
                }
                added |= bit;
                if bit & KINDS != 0 && added & KINDS != bit {
                    return fail(self, "bad inline flags: flags 'a', 'u' and 'L' are incompatible", 0);
                }
                match self.scanner.take()? {
                    None => return fail(self, "missing -, : or )", 0),
                    Some(token @ Token::Plain(')' | '-' | ':')) => {
                        end = token;
                        break;
                    }
                    Some(token) => letter = self.flag_letter(token, "missing -, : or )")?,
                }
            }
        }
        if end == Token::Plain(')') {
            self.flags |= added;
            return Ok(Opening::Flags);
        }
        if end == Token::Plain('-') {
            let Some(token) = self.scanner.take()? else { return fail(self, "missing flag", 0) };
            let mut letter = self.flag_letter(token, "missing flag")?;
            loop {
                let bit = flag(letter, self.minor).unwrap_or(0);
                if bit & KINDS != 0 {
                    return fail(self, "bad inline flags: cannot turn off flags 'a', 'u' and 'L'", 0);
                }
                removed |= bit;
                match self.scanner.take()? {
                    None => return fail(self, "missing :", 0),
                    Some(Token::Plain(':')) => break,
                    Some(token) => letter = self.flag_letter(token, "missing :")?,
                }
            }
        }
        if added & removed != 0 {
            return fail(self, "bad inline flags: flag turned on and off", 1);
        }
        let kept = if added & KINDS != 0 { outer & !KINDS } else { outer };
        Ok(Opening::Body { group: None, atomic: false, flags: (kept | added) & !removed })
    }

    /// The flag of the letter `token`, or the error.
    fn flag_letter(&self, token: Token, missing: &str) -> Result<char, Error> {
        match token {
            Token::Plain(c) if flag(c, self.minor).is_some() => Ok(c),
            Token::Plain(c) if c.is_alphabetic() => Err(self.scanner.error("unknown flag", 1)),
            _ => Err(self.scanner.error(missing, token.len())),
        }
    }

    /// The body and the end of a group.
    pub(super) fn group(
        &mut self,
        group: Option<usize>,
        atomic: bool,
        flags: Flags,
        start: usize,
        depth: usize,
    ) -> Result<Node, Error> {
        let body = self.choice(flags, depth + 1)?;
        self.close(start)?;
        Ok(match group {
            Some(number) => {
                if let Some(width) = self.groups.get_mut(number) {
                    *width = Some(body.width());
                }
                Node::Group(number, Box::new(body))
            }
            None if atomic => Node::Atomic(Box::new(body)),
            None => body,
        })
    }

    /// The parenthesis that ends the construct begun at `start`.
    fn close(&mut self, start: usize) -> Result<(), Error> {
        if self.scanner.eat(')')? {
            Ok(())
        } else {
            Err(self.scanner.error_at("missing ), unterminated subpattern", start))
        }
    }

    fn open_group(&mut self, name: Option<String>) -> Result<usize, Error> {
        let group = self.groups.len();
        if let Some(name) = name {
            if let Some((_, old)) = self.names.iter().find(|(known, _)| *known == name) {
                let message = format!("redefinition of group name {} as group {group}; was group {old}", quote(&name));
                return Err(self.scanner.error(&message, name.chars().count() + 1));
            }
            self.names.push((name, group));
        }
        self.groups.push(None);
        Ok(group)
    }

    fn named(&self, name: &str) -> Result<usize, Error> {
        self.names
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, group)| *group)
            .ok_or_else(|| self.scanner.error(&format!("unknown group name {}", quote(name)), name.chars().count() + 1))
    }

    /// Whether `name` can be the name of a group: a Python identifier.
    fn check_name(&self, name: &str) -> Result<(), Error> {
        let mut chars = name.chars();
        let starts = chars.next().is_some_and(|c| c == '_' || c.is_alphabetic());
        if starts && chars.all(|c| c == '_' || c.is_alphanumeric()) {
            return Ok(());
        }
        let message = format!("bad character in group name {}", quote(name));
        Err(self.scanner.error(&message, name.chars().count() + 1))
    }

    /// The number of groups so far, with the whole pattern counted as one.
    pub(super) fn group_count(&self) -> usize {
        self.groups.len()
    }

    /// Whether the group is still open, or does not exist.
    pub(super) fn is_open(&self, group: usize) -> bool {
        self.groups.get(group).copied().flatten().is_none()
    }

    /// A look-behind cannot refer to its own groups: their width must be known.
    pub(super) fn check_look_behind(&self, group: usize) -> Result<(), Error> {
        match self.look_behind {
            Some(_) if self.is_open(group) => Err(self.scanner.error("cannot refer to an open group", 0)),
            Some(before) if group >= before => {
                Err(self.scanner.error("cannot refer to group defined in the same lookbehind subpattern", 0))
            }
            _ => Ok(()),
        }
    }
}
