//! Patterns for the engine that never backtracks: a tree in the syntax of the `regex` crate, if it can be expressed there.

use std::fmt::Write as _;

use super::automata::Automata;
use super::set::{Class, ClassKind, Set};
use super::tree::{Anchor, Greed, Node, Repeat, Runs};

/// A pattern on the linear engine.
#[derive(Debug)]
pub(super) struct Linear {
    pub(super) automata: Automata,
    /// It has a `\b`, which the engine supports only for ASCII: words in Unicode, unlike Python's, include marks.
    ascii_only: bool,
    /// It has a `$` that also matches before a final newline; without a final newline, this is the same as the end of the text.
    unended_only: bool,
}

impl Linear {
    /// The pattern for a tree; `None` if it needs the other engine, or more than `most` steps of this one.
    pub(super) fn new(root: &Node, most: u64) -> Option<Self> {
        let size = root.size(Runs::Whole);
        if size > most {
            return None;
        }
        let mut printer = Printer { text: String::new(), ascii_only: false, unended_only: false };
        printer.print(root)?;
        let automata = Automata::new(&printer.text, size)?;
        Some(Self { automata, ascii_only: printer.ascii_only, unended_only: printer.unended_only })
    }

    /// Whether it finds the same matches in `text` as Python.
    pub(super) fn suits(&self, text: &str) -> bool {
        let words_agree = !self.ascii_only || text.is_ascii();
        let ends_agree = !self.unended_only || !text.ends_with('\n');
        !text.is_empty() && words_agree && ends_agree
    }
}

struct Printer {
    text: String,
    ascii_only: bool,
    unended_only: bool,
}

impl Printer {
    fn print(&mut self, node: &Node) -> Option<()> {
        match node {
            Node::Empty => {}
            Node::Never => self.text.push_str("[^\\x{0}-\\x{10ffff}]"),
            Node::Set(set) => self.set(set)?,
            Node::At(anchor) => self.anchor(*anchor),
            Node::Sequence(parts) => parts.iter().try_for_each(|part| self.enclosed(part))?,
            Node::Choice(parts) => {
                for (index, part) in parts.iter().enumerate() {
                    if index > 0 {
                        self.text.push('|');
                    }
                    self.print(part)?;
                }
            }
            Node::Repeat(repeat) => self.repeat(repeat)?,
            // Without backreferences, the groups themselves are not needed.
            Node::Group(_, body) => self.print(body)?,
            Node::Atomic(_) | Node::Look(_) | Node::Backreference { .. } | Node::Conditional { .. } => return None,
        }
        Some(())
    }

    /// The node as one item.
    fn enclosed(&mut self, node: &Node) -> Option<()> {
        if matches!(node, Node::Set(_) | Node::Never) {
            return self.print(node);
        }
        self.text.push_str("(?:");
        self.print(node)?;
        self.text.push(')');
        Some(())
    }

    fn repeat(&mut self, repeat: &Repeat) -> Option<()> {
        // Engines differ on which rounds of a loop may be empty.
        if repeat.greed == Greed::Possessive || (repeat.body.width().0 == 0 && repeat.max != Some(1)) {
            return None;
        }
        self.enclosed(&repeat.body)?;
        match (repeat.min, repeat.max) {
            (0, None) => self.text.push('*'),
            (1, None) => self.text.push('+'),
            (0, Some(1)) => self.text.push('?'),
            (min, None) => write!(self.text, "{{{min},}}").ok()?,
            (min, Some(max)) => write!(self.text, "{{{min},{max}}}").ok()?,
        }
        if repeat.greed == Greed::Lazy {
            self.text.push('?');
        }
        Some(())
    }

    fn anchor(&mut self, anchor: Anchor) {
        self.text.push_str(match anchor {
            Anchor::TextStart => "\\A",
            Anchor::LineStart => "(?m:^)",
            Anchor::TextEnd => "\\z",
            Anchor::LineEnd => "(?m:$)",
            Anchor::FinalEnd => {
                self.unended_only = true;
                "\\z"
            }
            Anchor::Boundary { ascii, negated, .. } => {
                self.ascii_only |= !ascii || negated;
                if negated { "(?-u:\\B)" } else { "(?-u:\\b)" }
            }
        });
    }

    fn set(&mut self, set: &Set) -> Option<()> {
        if set.ranges.is_empty() && set.classes.is_empty() {
            self.text.push_str(if set.negated { "[\\x{0}-\\x{10ffff}]" } else { "[^\\x{0}-\\x{10ffff}]" });
            return Some(());
        }
        self.text.push_str(if set.negated { "[^" } else { "[" });
        for &(first, last) in &set.ranges {
            // The part below the surrogates, and the part above them.
            for (first, last) in [(first, last.min(0xd7ff)), (first.max(0xe000), last)] {
                if first <= last {
                    write!(self.text, "\\x{{{first:x}}}-\\x{{{last:x}}}").ok()?;
                }
            }
        }
        // Without its lone surrogates the set is empty, which the syntax cannot express.
        self.text.push_str("[\\x{0}&&\\x{1}]");
        for class in &set.classes {
            self.class(*class);
        }
        self.text.push(']');
        Some(())
    }

    fn class(&mut self, class: Class) {
        self.text.push_str(if class.negated { "[^" } else { "[" });
        self.text.push_str(match (class.kind, class.ascii) {
            (ClassKind::Digit, true) => "0-9",
            (ClassKind::Digit, false) => "\\p{Nd}",
            (ClassKind::Space, true) => "\\x{9}-\\x{d}\\x{20}",
            (ClassKind::Space, false) => "\\s\\x{1c}-\\x{1f}",
            (ClassKind::Word, true) => "0-9A-Z_a-z",
            (ClassKind::Word, false) => "\\p{L}\\p{N}_",
        });
        self.text.push(']');
    }
}
