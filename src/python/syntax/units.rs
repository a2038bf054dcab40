//! The scopes around the current point of a walk, which CPython calls compilation units and symbol table blocks.

use ruff_text_size::TextSize;
use rustc_hash::FxHashMap;

/// The kind of a scope.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Module,
    Class,
    Function {
        is_async: bool,
    },
    Lambda,
    /// A comprehension of the given kind, such as `list comprehension`, or a generator expression.
    Comprehension {
        name: &'static str,
    },
    /// An annotation, the bound of a type parameter or the like, with its name in messages.
    Annotation {
        place: &'static str,
    },
    /// The type parameters of a function, class or type alias.
    TypeParameters,
}

impl Kind {
    /// Whether `nonlocal` in an inner scope can refer to names bound here.
    pub(super) fn is_function_like(self) -> bool {
        !matches!(self, Self::Module | Self::Class)
    }
}

/// The uses of names in a scope.
pub(super) mod usage {
    pub(in super::super) const USED: u8 = 1;
    pub(in super::super) const BOUND: u8 = 2;
    pub(in super::super) const PARAMETER: u8 = 4;
    pub(in super::super) const ANNOTATED: u8 = 8;
    pub(in super::super) const GLOBAL: u8 = 16;
    pub(in super::super) const NONLOCAL: u8 = 32;
    pub(in super::super) const TYPE_PARAMETER: u8 = 64;
    /// Bound by an import, which `global` may follow.
    pub(in super::super) const IMPORTED: u8 = 128;
}

/// A statement, or a part of one, that CPython keeps a record of while it compiles the code inside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Block {
    Loop,
    ExceptStar,
    Other,
}

/// One scope, and its contents so far.
#[derive(Debug)]
pub(super) struct Unit<'a> {
    pub(super) kind: Kind,
    pub(super) blocks: Vec<Block>,
    /// The uses of names here; recorded only if the text has a `global` or `nonlocal` statement.
    pub(super) names: FxHashMap<&'a str, u8>,
    /// The places where names were first declared `global` or `nonlocal`.
    pub(super) declared: FxHashMap<&'a str, TextSize>,
    /// Names declared `nonlocal` here or further inside, and not yet resolved.
    pub(super) unresolved: Vec<(&'a str, TextSize)>,
    /// Whether it has a `yield` of its own.
    pub(super) yields: bool,
    /// The first `return` with a value.
    pub(super) returns_value: Option<TextSize>,
    /// Whether a comprehension awaits something or loops with `async for`.
    pub(super) awaits: bool,
    /// The number of outermost iterables of comprehensions around the current point.
    pub(super) iterables: u32,
    /// The number of `try` statements around the current point.
    pub(super) tries: u32,
    /// The names that a comprehension loops over.
    pub(super) iterated: Vec<&'a str>,
    /// The names that `:=` in a comprehension binds outside of it.
    pub(super) exported: Vec<&'a str>,
    /// Whether the names being stored are those that a comprehension loops over.
    pub(super) iterating: bool,
}

impl Unit<'_> {
    pub(super) fn new(kind: Kind) -> Self {
        Self {
            kind,
            blocks: Vec::new(),
            names: FxHashMap::default(),
            declared: FxHashMap::default(),
            unresolved: Vec::new(),
            yields: false,
            returns_value: None,
            awaits: false,
            iterables: 0,
            tries: 0,
            iterated: Vec::new(),
            exported: Vec::new(),
            iterating: false,
        }
    }
}
