//! The parser for Python's `re` syntax: from a pattern's text to its tree.
//!
//! The syntax, the errors and their positions are those of `re._parser` in CPython 3.13; `\z` is accepted too, as since 3.14.

use super::Error;
use super::case::Case;
use super::scanner::{Scanner, Token};
use super::set::{Class, ClassKind, Set};
use super::tree::{Anchor, Greed, Look, Node, Repeat, Width};
use crate::python::text::quote;

/// The maximum nesting depth of groups. CPython stops at about 400, because of its recursion limit.
const DEEPEST: usize = 300;
/// The smallest number of repetitions that is too large for CPython.
const TOO_MANY: u64 = u32::MAX as u64;
/// The smallest group number that is too large for CPython.
const TOO_MANY_GROUPS: u64 = (i32::MAX / 2) as u64;

/// A flag, as a bit.
type Flags = u8;
const IGNORECASE: Flags = 1;
const MULTILINE: Flags = 2;
const DOTALL: Flags = 4;
const VERBOSE: Flags = 8;
const ASCII: Flags = 16;
const UNICODE: Flags = 32;
const LOCALE: Flags = 64;
const KINDS: Flags = ASCII | UNICODE | LOCALE;

/// A parsed pattern.
#[derive(Debug)]
pub(super) struct Parsed {
    pub(super) root: Node,
    /// The number of groups, with the whole pattern counted as one.
    pub(super) groups: usize,
}

/// Parses `source`; `multiline` is whether `re.MULTILINE` is set from the start.
///
/// # Errors
/// CPython's error.
pub(super) fn parse(source: &str, multiline: bool) -> Result<Parsed, Error> {
    let mut parser = Parser {
        scanner: Scanner::new(source)?,
        flags: if multiline { MULTILINE } else { 0 },
        groups: vec![None],
        names: Vec::new(),
        look_behind: None,
        conditions: Vec::new(),
        variable_look_behind: false,
    };
    let root = parser.choice(parser.flags, 0)?;
    if parser.flags & ASCII != 0 && parser.flags & UNICODE != 0 {
        return Err(Error::Syntax("ASCII and UNICODE flags are incompatible".into()));
    }
    if parser.scanner.peek().is_some() {
        return Err(parser.scanner.error("unbalanced parenthesis", 0));
    }
    let groups = parser.groups.len();
    if let Some(&(group, position)) = parser.conditions.iter().find(|(group, _)| *group >= groups) {
        return Err(parser.scanner.error_at(&format!("invalid group reference {group}"), position));
    }
    if parser.variable_look_behind {
        return Err(Error::Syntax("look-behind requires fixed-width pattern".into()));
    }
    Ok(Parsed { root, groups })
}

/// The meaning of an escape.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Escape {
    /// A code point, which may be a surrogate.
    Literal(u32),
    /// `\d`; negated for `\D`.
    Class(ClassKind, bool),
    TextStart,
    TextEnd,
    Boundary {
        negated: bool,
    },
    /// A group matched before.
    Group(usize),
}

pub(super) struct Parser {
    pub(super) scanner: Scanner,
    /// The flags of the whole pattern.
    flags: Flags,
    /// The widths of the groups opened so far, `None` while open; the whole pattern is group 0.
    groups: Vec<Option<Width>>,
    names: Vec<(String, usize)>,
    /// Inside a look-behind, the number of groups before it.
    look_behind: Option<usize>,
    /// The groups that conditions name by number, each with its position.
    conditions: Vec<(usize, usize)>,
    variable_look_behind: bool,
}

/// The last item of a sequence, as a following quantifier sees it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Item {
    None,
    Anchor,
    Repeat,
    Other,
}

/// The construct that an opening parenthesis begins, after its own syntax was read.
enum Opening {
    Done(Option<Node>),
    Flags,
    Body { group: Option<usize>, atomic: bool, flags: Flags },
}

impl Parser {
    /// `a|b|c`
    fn choice(&mut self, flags: Flags, depth: usize) -> Result<Node, Error> {
        if depth > DEEPEST {
            return Err(Error::Syntax("groups are nested too deeply".into()));
        }
        let mut flags = flags;
        let mut parts = vec![self.sequence(&mut flags, depth, depth == 0)?];
        while self.scanner.eat('|')? {
            parts.push(self.sequence(&mut flags, depth, false)?);
        }
        Ok(match parts.pop() {
            Some(only) if parts.is_empty() => only,
            Some(last) => {
                parts.push(last);
                Node::Choice(parts)
            }
            None => Node::Empty,
        })
    }

    /// Everything up to `|`, `)` or the end. Global flags, which only the `first` sequence may set, change `flags`.
    fn sequence(&mut self, flags: &mut Flags, depth: usize, first: bool) -> Result<Node, Error> {
        let mut parts: Vec<Node> = Vec::new();
        let mut last = Item::None;
        while let Some(token) = self.scanner.peek() {
            if matches!(token, Token::Plain('|' | ')')) {
                break;
            }
            self.scanner.take()?;
            if *flags & VERBOSE != 0 && self.skip_verbose(token)? {
                continue;
            }
            let node = match token {
                Token::Escape(c) => self.escaped(c, *flags)?,
                Token::Plain('[') => self.set(*flags)?,
                Token::Plain('.') if *flags & DOTALL != 0 => Node::Set(Set::all()),
                Token::Plain('.') => Node::Set(Set::but_newline()),
                Token::Plain('^') if *flags & MULTILINE != 0 => Node::At(Anchor::LineStart),
                Token::Plain('^') => Node::At(Anchor::TextStart),
                Token::Plain('$') if *flags & MULTILINE != 0 => Node::At(Anchor::LineEnd),
                Token::Plain('$') => Node::At(Anchor::FinalEnd),
                Token::Plain('(') => {
                    let start = self.scanner.position() - 1;
                    match self.open(*flags, start, depth)? {
                        Opening::Done(None) => continue,
                        Opening::Done(Some(node)) => node,
                        Opening::Flags if first && parts.is_empty() => {
                            *flags = self.flags;
                            continue;
                        }
                        Opening::Flags => {
                            return Err(self
                                .scanner
                                .error_at("global flags not at the start of the expression", start));
                        }
                        Opening::Body { group, atomic, flags } => self.group(group, atomic, flags, start, depth)?,
                    }
                }
                Token::Plain(c @ ('*' | '+' | '?' | '{')) => match self.quantifier(c)? {
                    Some((min, max, here)) => {
                        let node = self.repeat(parts.pop(), last, (min, max), here)?;
                        parts.push(node);
                        last = Item::Repeat;
                        continue;
                    }
                    None => character('{', *flags),
                },
                Token::Plain(c) => character(c, *flags),
            };
            last = if matches!(node, Node::At(_)) { Item::Anchor } else { Item::Other };
            // A group may consist of a single anchor, and can then be repeated: keep the two apart.
            if matches!(token, Token::Plain('(')) {
                last = Item::Other;
            }
            parts.push(node);
        }
        Ok(match parts.pop() {
            None => Node::Empty,
            Some(only) if parts.is_empty() => only,
            Some(part) => {
                parts.push(part);
                Node::Sequence(parts)
            }
        })
    }

    /// Whether `token` is ignored in a verbose pattern; also skips the rest of a comment.
    fn skip_verbose(&mut self, token: Token) -> Result<bool, Error> {
        match token {
            Token::Plain(' ' | '\t' | '\n' | '\r' | '\x0b' | '\x0c') => Ok(true),
            Token::Plain('#') => {
                while !matches!(self.scanner.take()?, None | Some(Token::Plain('\n'))) {}
                Ok(true)
            }
            _ => Ok(false),
        }
    }

    /// An escape outside sets.
    fn escaped(&mut self, c: char, flags: Flags) -> Result<Node, Error> {
        let ascii = flags & ASCII != 0;
        Ok(match self.escape(c)? {
            Escape::Literal(code) => Node::Set(Set::new(vec![(code, code)], Vec::new(), false, case(flags))),
            Escape::Class(kind, negated) => {
                Node::Set(Set { classes: vec![Class { kind, ascii, negated }], ..Set::default() })
            }
            Escape::TextStart => Node::At(Anchor::TextStart),
            Escape::TextEnd => Node::At(Anchor::TextEnd),
            Escape::Boundary { negated } => Node::At(Anchor::Boundary { ascii, negated }),
            Escape::Group(group) => self.backreference(group, flags),
        })
    }

    fn backreference(&self, group: usize, flags: Flags) -> Node {
        Node::Backreference {
            group,
            case: case(flags),
            width: self.groups.get(group).copied().flatten().unwrap_or((0, u64::MAX)),
        }
    }

    /// `[…]`, after its opening bracket.
    fn set(&mut self, flags: Flags) -> Result<Node, Error> {
        let here = self.scanner.position() - 1;
        let unterminated = |parser: &Self| parser.scanner.error_at("unterminated character set", here);
        let (mut ranges, mut classes) = (Vec::new(), Vec::new());
        let mut add = |part: Escape| match part {
            Escape::Class(kind, negated) => classes.push(Class { kind, ascii: flags & ASCII != 0, negated }),
            Escape::Literal(code) => ranges.push((code, code)),
            _ => {}
        };
        let mut ends = Vec::new();
        let negated = self.scanner.eat('^')?;
        let mut empty = true;
        loop {
            let Some(token) = self.scanner.take()? else { return Err(unterminated(self)) };
            if token == Token::Plain(']') && !empty {
                break;
            }
            empty = false;
            let (first, first_text) = self.member(token)?;
            if !self.scanner.eat('-')? {
                add(first);
                continue;
            }
            let Some(token) = self.scanner.take()? else { return Err(unterminated(self)) };
            if token == Token::Plain(']') {
                add(first);
                add(Escape::Literal(u32::from('-')));
                break;
            }
            let (last, last_text) = self.member(token)?;
            match (first, last) {
                (Escape::Literal(first), Escape::Literal(last)) if first <= last => ends.push((first, last)),
                _ => {
                    let back = first_text.len() + 1 + last_text.len();
                    return Err(self.scanner.error(&format!("bad character range {first_text}-{last_text}"), back));
                }
            }
        }
        ranges.append(&mut ends);
        Ok(Node::Set(Set::new(ranges, classes, negated, case(flags))))
    }

    /// One end of a range, and its spelling as CPython's messages show it.
    fn member(&mut self, token: Token) -> Result<(Escape, Token), Error> {
        Ok(match token {
            Token::Plain(c) => (Escape::Literal(u32::from(c)), token),
            Token::Escape(c) => (self.set_escape(c)?, token),
        })
    }

    /// The bounds of a quantifier whose first character was read, and the position of the next one; `None` for a literal brace.
    fn quantifier(&mut self, c: char) -> Result<Option<(u32, Option<u32>, usize)>, Error> {
        let here = self.scanner.position();
        match c {
            '?' => return Ok(Some((0, Some(1), here))),
            '*' => return Ok(Some((0, None, here))),
            '+' => return Ok(Some((1, None, here))),
            _ if self.scanner.at('}') => return Ok(None),
            _ => {}
        }
        let low = self.scanner.take_while(usize::MAX, |c| c.is_ascii_digit())?;
        let high = if self.scanner.eat(',')? {
            self.scanner.take_while(usize::MAX, |c| c.is_ascii_digit())?
        } else {
            low.clone()
        };
        if !self.scanner.eat('}')? {
            self.scanner.seek(here)?;
            return Ok(None);
        }
        let number = |digits: &str| match digits.parse::<u64>() {
            Ok(number) if number < TOO_MANY => Ok(u32::try_from(number).ok()),
            _ if digits.is_empty() => Ok(None),
            _ => Err(Error::Syntax("the repetition number is too large".into())),
        };
        let (min, max) = (number(&low)?.unwrap_or(0), number(&high)?);
        if max.is_some_and(|max| max < min) {
            return Err(self.scanner.error_at("min repeat greater than max repeat", here));
        }
        Ok(Some((min, max, here)))
    }

    /// `part`, of kind `last`, repeated; also reads a `?` or `+` that sets the greed.
    fn repeat(
        &mut self,
        part: Option<Node>,
        last: Item,
        (min, max): (u32, Option<u32>),
        here: usize,
    ) -> Result<Node, Error> {
        // `here` is one after the quantifier's first character, which is the position to report.
        let Some(body) = part.filter(|_| !matches!(last, Item::None | Item::Anchor)) else {
            return Err(self.scanner.error_at("nothing to repeat", here - 1));
        };
        if last == Item::Repeat {
            return Err(self.scanner.error_at("multiple repeat", here - 1));
        }
        let greed = if self.scanner.eat('?')? {
            Greed::Lazy
        } else if self.scanner.eat('+')? {
            Greed::Possessive
        } else {
            Greed::Greedy
        };
        Ok(Node::Repeat(Box::new(Repeat { min, max, greed, body })))
    }

    /// The construct after `(`.
    fn open(&mut self, flags: Flags, start: usize, depth: usize) -> Result<Opening, Error> {
        if !self.scanner.eat('?')? {
            let group = Some(self.open_group(None)?);
            return Ok(Opening::Body { group, atomic: false, flags });
        }
        let Some(token) = self.scanner.take()? else { return Err(self.scanner.error("unexpected end of pattern", 0)) };
        match token {
            Token::Plain('P') => self.python_extension(flags),
            Token::Plain(':') => Ok(Opening::Body { group: None, atomic: false, flags }),
            Token::Plain('>') => Ok(Opening::Body { group: None, atomic: true, flags }),
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
            Token::Plain(c) if c == '-' || flag(c).is_some() => self.flags(c, flags),
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
                let bit = flag(letter).unwrap_or(0);
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
                let bit = flag(letter).unwrap_or(0);
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
            Token::Plain(c) if flag(c).is_some() => Ok(c),
            Token::Plain(c) if c.is_alphabetic() => Err(self.scanner.error("unknown flag", 1)),
            _ => Err(self.scanner.error(missing, token.len())),
        }
    }

    /// The body and the end of a group.
    fn group(
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

/// A literal character.
fn character(c: char, flags: Flags) -> Node {
    Node::Set(Set::new(vec![(u32::from(c), u32::from(c))], Vec::new(), false, case(flags)))
}

fn case(flags: Flags) -> Case {
    match (flags & IGNORECASE != 0, flags & ASCII != 0) {
        (false, _) => Case::Exact,
        (true, true) => Case::Ascii,
        (true, false) => Case::Unicode,
    }
}

/// The bit of an inline flag.
fn flag(c: char) -> Option<Flags> {
    Some(match c {
        'i' => IGNORECASE,
        'L' => LOCALE,
        'm' => MULTILINE,
        's' => DOTALL,
        'x' => VERBOSE,
        'a' => ASCII,
        'u' => UNICODE,
        _ => return None,
    })
}
