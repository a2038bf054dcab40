//! The patterns of one setting, matched together: a tree in which patterns share the directories that they begin with.
//!
//! ```text
//! src/gen/*          ─┐          ┌─ src ─┬─ gen ─ (the rest)
//! src/*_pb2.py        ├─▶  start ┤       └─ *_pb2.py
//! */migrations/*     ─┘          └─ **/ ─── migrations ─ (the rest)
//! ```
//!
//! A name goes down all its ways through the tree at once. A component without wildcards is found by its text, one with wildcards by the text before
//! the first of them; so ten thousands of patterns take little more time than one.

use std::collections::{BTreeSet, HashMap};

use super::super::real::is_separator;
use super::Token;
use super::search::{Exhausted, Extent, Glob, Steps};
use crate::python::re::shown;

/// Patterns, of which one must match the whole name.
#[derive(Debug, Default)]
pub(crate) struct Globs {
    /// The places between components; the first is the start.
    nodes: Vec<Node>,
    /// The ways of components without wildcards, by [`key`].
    named: HashMap<Box<str>, usize>,
    /// The ways of components with wildcards, by the [`key`] of the text before the first of them.
    wild: HashMap<Box<str>, Vec<(Glob, usize)>>,
    /// The places behind components with wildcards.
    behind: HashMap<(usize, Vec<Token>), usize>,
    /// Patterns that cannot be taken apart at their separators, since a class matches one.
    whole: Vec<Glob>,
    /// The number of patterns.
    length: usize,
    /// The pattern with the most wildcards.
    widest: Option<(usize, String)>,
}

/// A place between components.
#[derive(Debug, Default)]
struct Node {
    /// The place behind `**/`.
    below: Option<usize>,
    /// Whether it is the place behind `**/`: then a name may stay there.
    stays: bool,
    /// Whether a pattern ends here with a component.
    ends: bool,
    /// Whether a pattern ends here with `*` for the rest.
    takes_rest: bool,
    /// The lengths of the texts before the wildcards of components that begin here.
    prefixes: BTreeSet<usize>,
}

impl Globs {
    /// Adds a pattern: its text for messages, and the tokens of each of its forms.
    pub(crate) fn add(&mut self, pattern: &str, forms: Vec<Vec<Token>>) {
        self.length += 1;
        let wildcards = forms.iter().flatten().filter(|token| token.is_loop()).count();
        if self.widest.as_ref().is_none_or(|(most, _)| wildcards > *most) {
            self.widest = Some((wildcards, shown(pattern)));
        }
        for tokens in forms {
            self.add_form(tokens);
        }
    }

    fn add_form(&mut self, tokens: Vec<Token>) {
        let crosses = |token: &Token| matches!(token, Token::Class(class) if class.has_separator());
        let rest_is_last = tokens.iter().rev().skip(1).all(|token| *token != Token::Rest);
        if !rest_is_last || tokens.iter().any(crosses) {
            self.whole.push(Glob::new(tokens, Extent::Whole));
            return;
        }
        let mut node = self.start();
        let mut component = Vec::new();
        for token in tokens {
            match token {
                Token::Separator => node = self.way(node, std::mem::take(&mut component)),
                Token::Directories => node = self.below(node),
                token => component.push(token),
            }
        }
        if component == [Token::Rest] {
            self.nodes[node].takes_rest = true;
        } else {
            node = self.way(node, component);
            self.nodes[node].ends = true;
        }
    }

    fn start(&mut self) -> usize {
        if self.nodes.is_empty() { self.node(false) } else { 0 }
    }

    fn node(&mut self, stays: bool) -> usize {
        self.nodes.push(Node { stays, ..Node::default() });
        self.nodes.len() - 1
    }

    /// The place behind a component.
    fn way(&mut self, from: usize, component: Vec<Token>) -> usize {
        let mut prefix = String::new();
        prefix.extend(component.iter().map_while(|token| if let Token::Char(c) = token { Some(*c) } else { None }));
        let taken = prefix.chars().count();
        if taken == component.len() {
            let key = key(from, &prefix);
            if let Some(&to) = self.named.get(&*key) {
                return to;
            }
            let to = self.node(false);
            self.named.insert(key, to);
            return to;
        }
        if let Some(&to) = self.behind.get(&(from, component.clone())) {
            return to;
        }
        self.nodes[from].prefixes.insert(prefix.len());
        let glob = Glob::new(component.iter().skip(taken).cloned().collect(), Extent::Whole);
        let to = self.node(false);
        self.behind.insert((from, component), to);
        self.wild.entry(key(from, &prefix)).or_default().push((glob, to));
        to
    }

    /// The place behind `**/`.
    fn below(&mut self, from: usize) -> usize {
        // `**/**/` is the same as `**/`.
        if self.nodes[from].stays {
            return from;
        }
        if let Some(below) = self.nodes[from].below {
            return below;
        }
        let below = self.node(true);
        self.nodes[from].below = Some(below);
        below
    }

    /// Whether a pattern matches the whole name.
    pub(crate) fn is_match(&self, name: &str, steps: &mut Steps) -> Result<bool, Exhausted> {
        for glob in &self.whole {
            if glob.end(name, steps)?.is_some() {
                return Ok(true);
            }
        }
        if self.nodes.is_empty() {
            return Ok(false);
        }
        // A wildcard for directories or the rest does not match a newline.
        let last_newline = name.rfind('\n');
        let mut places = BTreeSet::new();
        self.arrive(0, &mut places);
        let mut at = 0;
        for component in name.split(is_separator) {
            if last_newline.is_none_or(|newline| newline < at)
                && places.iter().any(|&place| self.nodes[place].takes_rest)
            {
                return Ok(true);
            }
            let mut next = BTreeSet::new();
            for &place in &places {
                self.leave(place, component, &mut next, steps)?;
            }
            places = next;
            at += component.len() + 1;
        }
        Ok(places.iter().any(|&place| self.nodes[place].ends))
    }

    /// Adds a place, with that behind `**/`, which may stand for nothing.
    fn arrive(&self, place: usize, places: &mut BTreeSet<usize>) {
        places.extend([Some(place), self.nodes[place].below].into_iter().flatten());
    }

    /// Adds the places to which a component leads.
    fn leave(
        &self,
        from: usize,
        component: &str,
        next: &mut BTreeSet<usize>,
        steps: &mut Steps,
    ) -> Result<(), Exhausted> {
        let node = &self.nodes[from];
        steps.take(1 + component.len() / 16)?;
        if let Some(&to) = self.named.get(&*key(from, component)) {
            self.arrive(to, next);
        }
        if node.stays && !component.contains('\n') {
            self.arrive(from, next);
        }
        for &length in node.prefixes.range(..=component.len()) {
            let Some((prefix, rest)) = component.split_at_checked(length) else { continue };
            steps.take(1 + length / 16)?;
            for (glob, to) in self.wild.get(&*key(from, prefix)).into_iter().flatten() {
                steps.take(1)?;
                if glob.end(rest, steps)?.is_some() {
                    self.arrive(*to, next);
                }
            }
        }
        Ok(())
    }

    /// The pattern with the most wildcards, and the number of other ones.
    pub(crate) fn widest(&self) -> (&str, usize) {
        (self.widest.as_ref().map_or("", |(_, pattern)| pattern), self.length.saturating_sub(1))
    }
}

/// The key of a text that begins at a place.
fn key(from: usize, text: &str) -> Box<str> {
    format!("{from}/{text}").into()
}
