//! Matches a name with one pattern, as the regular expression does that coverage.py makes of it, and counts the steps.
//!
//! Of a place in the pattern and one in the name, no pair is tried twice: the steps grow with the product of both lengths, not exponentially.

use std::sync::atomic::{AtomicBool, Ordering};

use super::super::real::is_separator;
use super::Token;

/// The name takes too many steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Exhausted;

/// The steps that are left.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Steps(u64);

impl Steps {
    /// That number of steps.
    #[cfg(test)]
    pub(crate) const fn of(number: u64) -> Self {
        Self(number)
    }

    /// Takes this number of steps.
    pub(super) fn take(&mut self, number: usize) -> Result<(), Exhausted> {
        self.0 = self.0.checked_sub(number as u64).ok_or(Exhausted)?;
        Ok(())
    }
}

/// How many steps each name may take. A name that takes more is not matched, and the run ends with an error before anything is written: so nobody
/// needs to know which of several threads met it first.
#[derive(Debug)]
pub(crate) struct Work {
    most: u64,
    exceeded: AtomicBool,
}

impl Work {
    pub(crate) const fn of(most: u64) -> Self {
        Self { most, exceeded: AtomicBool::new(false) }
    }

    /// The result for a name; `None` if it takes too many steps, or an earlier one did.
    pub(crate) fn on<T>(&self, look: impl FnOnce(&mut Steps) -> Result<T, Exhausted>) -> Option<T> {
        if self.exceeded.load(Ordering::Relaxed) {
            return None;
        }
        let found = look(&mut Steps(self.most)).ok();
        self.exceeded.fetch_or(found.is_none(), Ordering::Relaxed);
        found
    }

    /// The number of steps that a name may take, if one took more.
    pub(crate) fn exceeded(&self) -> Option<u64> {
        self.exceeded.load(Ordering::Relaxed).then_some(self.most)
    }
}

/// How a pattern is matched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Extent {
    /// The whole path must match, and case matters: `include`, `omit`.
    Whole,
    /// The beginning of the path must match, ignoring case: `[paths]`.
    Beginning,
}

/// A pattern to match names with.
#[derive(Debug)]
pub(crate) struct Glob {
    tokens: Vec<Token>,
    extent: Extent,
    /// The least number of bytes that it matches.
    least: usize,
    /// The text with which a match of the whole name ends.
    suffix: String,
}

/// A place from which to go on if an alternative fails.
#[derive(Clone, Copy, Debug)]
struct Place {
    token: usize,
    at: usize,
    /// Whether it is in the directories of a `**/`.
    inside: bool,
}

impl Glob {
    pub(crate) fn new(tokens: Vec<Token>, extent: Extent) -> Self {
        let least = tokens.iter().filter(|token| !token.is_loop()).count();
        let last = tokens.iter().rev().map_while(|token| if let Token::Char(c) = token { Some(*c) } else { None });
        let suffix =
            if extent == Extent::Whole { last.collect::<Vec<_>>().into_iter().rev().collect() } else { String::new() };
        Self { tokens, extent, least, suffix }
    }

    /// The end of the match that begins with the name; `None` if it does not match. As in regular expressions, a wildcard takes as much as it can.
    pub(crate) fn end(&self, name: &str, steps: &mut Steps) -> Result<Option<usize>, Exhausted> {
        if name.len() < self.least || !name.ends_with(&self.suffix) {
            return Ok(None);
        }
        let mut tried = Tried { row: name.len() + 1, bits: Vec::new() };
        let mut places = vec![Place { token: 0, at: 0, inside: false }];
        while let Some(place) = places.pop() {
            let mut place = Some(place);
            while let Some(now) = place {
                steps.take(1)?;
                let Some(token) = self.tokens.get(now.token) else {
                    if self.extent == Extent::Beginning || now.at == name.len() {
                        return Ok(Some(now.at));
                    }
                    break;
                };
                let repeats = if *token == Token::Directories { now.inside } else { token.is_loop() };
                if repeats && tried.again(now, self.tokens.len(), steps)? {
                    break;
                }
                let next = name.get(now.at..).and_then(|rest| rest.chars().next());
                place = self.step(token, now, next, &mut places);
            }
        }
        Ok(None)
    }

    /// The place after one step; those to try if that fails are pushed onto `places`.
    fn step(&self, token: &Token, now: Place, next: Option<char>, places: &mut Vec<Place>) -> Option<Place> {
        let after = Place { token: now.token + 1, inside: false, ..now };
        let taken = |place: Place| next.map(|c| Place { at: place.at + c.len_utf8(), ..place });
        match token {
            Token::Directories if !now.inside => {
                places.push(after);
                Some(Place { inside: true, ..now })
            }
            Token::Directories => {
                places.extend(next.filter(|&c| is_separator(c)).and_then(|_| taken(after)));
                taken(now).filter(|_| next != Some('\n'))
            }
            Token::Star | Token::Rest => {
                let goes_on = next.is_some_and(|c| if *token == Token::Star { !is_separator(c) } else { c != '\n' });
                if !goes_on {
                    return Some(after);
                }
                places.push(after);
                taken(now)
            }
            _ => taken(after).filter(|_| next.is_some_and(|c| self.is(token, c))),
        }
    }

    /// Whether a token that stands for one character matches `c`.
    fn is(&self, token: &Token, c: char) -> bool {
        let folds = self.extent == Extent::Beginning;
        match token {
            Token::Char(wanted) => *wanted == c || (folds && is_same_letter(*wanted, c)),
            Token::Separator => is_separator(c),
            Token::One => !is_separator(c),
            Token::Class(class) => class.contains(c, cases(c).filter(|_| folds)),
            Token::Star | Token::Directories | Token::Rest => false,
        }
    }
}

/// The pairs of a token and a place in the name that were tried.
struct Tried {
    row: usize,
    bits: Vec<u64>,
}

impl Tried {
    /// Whether the place was tried before; from now on it was.
    fn again(&mut self, place: Place, tokens: usize, steps: &mut Steps) -> Result<bool, Exhausted> {
        if self.bits.is_empty() {
            let words = tokens.saturating_mul(self.row) / 64 + 1;
            steps.take(words)?;
            self.bits = vec![0; words];
        }
        let bit = place.token * self.row + place.at;
        let Some(word) = self.bits.get_mut(bit / 64) else { return Ok(true) };
        let mask = 1 << (bit % 64);
        let was = *word & mask != 0;
        *word |= mask;
        Ok(was)
    }
}

/// Whether two characters differ in their case alone.
fn is_same_letter(one: char, other: char) -> bool {
    one.eq_ignore_ascii_case(&other)
        || (!(one.is_ascii() && other.is_ascii())
            && (one.to_lowercase().eq(other.to_lowercase()) || one.to_uppercase().eq(other.to_uppercase())))
}

/// The character in lower and in upper case, where that is one character.
fn cases(c: char) -> impl Iterator<Item = char> {
    let one = |mut cases: Box<dyn Iterator<Item = char>>| cases.next().filter(|_| cases.next().is_none());
    [one(Box::new(c.to_lowercase())), one(Box::new(c.to_uppercase()))].into_iter().flatten()
}
