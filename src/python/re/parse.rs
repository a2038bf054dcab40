//! The parser for Python's `re` syntax: from a pattern's text to its tree.
//!
//! The syntax, the errors and their positions are those of `re._parser` in CPython 3.10 to 3.15 (`sre_parse` in 3.10).

use super::Error;
use super::flags::{ASCII, DOTALL, Flags, MULTILINE, UNICODE, VERBOSE, case};
use super::scanner::{Scanner, Token};
use super::set::{Class, ClassKind, Set};
use super::tree::{Anchor, Greed, Node, Repeat, Width};

/// The maximum nesting depth of groups. CPython stops at 494 or a little before, because of its recursion limit; the
/// stack of every thread has room for this number.
pub(super) const DEEPEST: usize = 300;
/// The smallest number of repetitions that is too large for CPython.
const TOO_MANY: u64 = u32::MAX as u64;

/// A parsed pattern.
#[derive(Debug)]
pub(super) struct Parsed {
    pub(super) root: Node,
    /// The number of groups, with the whole pattern counted as one.
    pub(super) groups: usize,
}

/// Parses `source` as CPython 3.`minor` does; `multiline` is whether `re.MULTILINE` is set from the start.
///
/// # Errors
/// CPython's error.
pub(super) fn parse(source: &str, multiline: bool, minor: u8) -> Result<Parsed, Error> {
    let begin = if multiline { MULTILINE } else { 0 };
    let (parsed, flags) = parse_with(source, begin, minor);
    if minor > 10 || flags == begin {
        return parsed;
    }
    // The flags of the whole pattern may stand anywhere. The flag for verbose patterns changes how the text before it is read, and so even its errors.
    let (parsed, flags) =
        if flags & VERBOSE == 0 { (parsed, flags) } else { parse_with(source, begin | VERBOSE, minor) };
    parsed.and_then(|_| parse_with(source, flags, minor).0)
}

/// Parses with flags that are set from the start; also returns the flags set in the end.
fn parse_with(source: &str, begin: Flags, minor: u8) -> (Result<Parsed, Error>, Flags) {
    let scanner = match Scanner::new(source) {
        Ok(scanner) => scanner,
        Err(error) => return (Err(error), begin),
    };
    let mut parser = Parser {
        scanner,
        minor,
        flags: begin,
        groups: vec![None],
        names: Vec::new(),
        look_behind: None,
        conditions: Vec::new(),
        variable_look_behind: false,
    };
    let parsed = parser.whole();
    (parsed, parser.flags)
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
    /// The `Y` of the CPython 3.Y whose rules apply.
    pub(super) minor: u8,
    /// The flags of the whole pattern.
    pub(super) flags: Flags,
    /// The widths of the groups opened so far, `None` while open; the whole pattern is group 0.
    pub(super) groups: Vec<Option<Width>>,
    pub(super) names: Vec<(String, usize)>,
    /// Inside a look-behind, the number of groups before it.
    pub(super) look_behind: Option<usize>,
    /// The groups that conditions name by number, each with its position.
    pub(super) conditions: Vec<(usize, usize)>,
    pub(super) variable_look_behind: bool,
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
pub(super) enum Opening {
    Done(Option<Node>),
    Flags,
    Body { group: Option<usize>, atomic: bool, flags: Flags },
}

impl Parser {
    fn whole(&mut self) -> Result<Parsed, Error> {
        let root = self.choice(self.flags, 0)?;
        if self.flags & ASCII != 0 && self.flags & UNICODE != 0 {
            return Err(Error::Syntax("ASCII and UNICODE flags are incompatible".into()));
        }
        if self.scanner.peek().is_some() {
            return Err(self.scanner.error("unbalanced parenthesis", 0));
        }
        let groups = self.groups.len();
        if let Some(&(group, position)) = self.conditions.iter().find(|(group, _)| *group >= groups) {
            return Err(self.scanner.error_at(&format!("invalid group reference {group}"), position));
        }
        if self.variable_look_behind {
            return Err(Error::Syntax("look-behind requires fixed-width pattern".into()));
        }
        Ok(Parsed { root, groups })
    }

    /// `a|b|c`
    pub(super) fn choice(&mut self, flags: Flags, depth: usize) -> Result<Node, Error> {
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
    pub(super) fn sequence(&mut self, flags: &mut Flags, depth: usize, first: bool) -> Result<Node, Error> {
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
                        Opening::Flags if self.minor == 10 => continue,
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
            Escape::Boundary { negated } => {
                Node::At(Anchor::Boundary { ascii, negated, in_empty: negated && self.minor >= 14 })
            }
            Escape::Group(group) => self.backreference(group, flags),
        })
    }

    pub(super) fn backreference(&self, group: usize, flags: Flags) -> Node {
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
        } else if self.minor > 10 && self.scanner.eat('+')? {
            Greed::Possessive
        } else {
            Greed::Greedy
        };
        Ok(Node::Repeat(Box::new(Repeat { min, max, greed, body })))
    }
}

/// A literal character.
fn character(c: char, flags: Flags) -> Node {
    Node::Set(Set::new(vec![(u32::from(c), u32::from(c))], Vec::new(), false, case(flags)))
}
