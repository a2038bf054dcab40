//! The table of constants of a code object: it decides which unreachable code objects are kept.
//!
//! ```python
//! def f():
//!     raise E
//!     def g():   # no instruction loads g's code …
//!         pass
//!     return 7
//! ```
//!
//! Code objects are constants of the code around them. They enter the table when the compiler meets them, reachable or not. Up to 3.11 only
//! the tail of the table is cut, after the last constant that an instruction still loads; from 3.12 on every constant that is not loaded is
//! removed, except for the first entry, which could be a docstring. The code objects that are kept have lines, and coverage.py counts them.
//!
//! So [`statements`] and [`expressions`] enter the constants of one code object here in the order of `compile.c` (`codegen.c`), as far as that
//! order decides.

mod expressions;
mod statements;

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use ruff_python_ast::{Expr, Stmt, StmtFunctionDef};
use ruff_text_size::{Ranged, TextSize};

use super::suites::docstring;
use crate::model::settings::PythonVersion;

/// A code object inside another one.
#[derive(Clone, Copy)]
pub(super) enum Code<'a> {
    /// The code object of a function or class.
    Definition(&'a Stmt),
    /// The code object of a lambda, generator or, up to 3.11, comprehension that begins there.
    Expression(TextSize),
    /// The code object of the annotations of a function's parameters and result, since 3.14.
    Annotations(&'a StmtFunctionDef),
}

/// The scope that a code object belongs to.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Scope {
    Module,
    Class,
    Function,
}

/// The results of the walk over a code object's statements.
#[derive(Default)]
pub(super) struct Unreached {
    /// The starts of statements and clauses that control cannot reach; those nested in them are not listed.
    pub(super) statements: HashSet<TextSize>,
    /// The `with` statements whose body does not complete.
    pub(super) withs: HashSet<TextSize>,
    /// The starts of `finally` clauses that do not complete: the code after them is unreachable.
    pub(super) after: HashSet<TextSize>,
    /// Whether the end is unreachable.
    pub(super) end: bool,
}

/// The rules of a code object.
#[derive(Clone, Copy)]
pub(super) struct Rules {
    pub(super) scope: Scope,
    pub(super) python: PythonVersion,
    /// Whether `from __future__ import annotations` holds.
    pub(super) lazy_annotations: bool,
}

impl Rules {
    /// Whether a function of their own evaluates annotations.
    pub(super) const fn defers_annotations(self) -> bool {
        self.python.minor >= 14 && !self.lazy_annotations
    }
}

/// The code objects that are kept although control reaches none of their statements. `body` belongs to a code object with unreached statements.
pub(super) fn kept<'a>(text: &'a str, body: &'a [Stmt], unreached: &Unreached, rules: Rules) -> Vec<Code<'a>> {
    let mut table = Table {
        text,
        rules,
        unreached,
        live: true,
        numbers: HashMap::new(),
        last_loaded: 0,
        folded: Vec::new(),
        code: Vec::new(),
        blocks: Vec::new(),
        unwound: HashSet::new(),
    };
    table.body(body);
    let (code, last_loaded) = (table.code, table.last_loaded);
    let is_kept = |number: usize| if rules.python.minor < 12 { number <= last_loaded } else { number == 0 };
    code.into_iter().filter(|(number, _)| is_kept(*number)).map(|(_, code)| code).collect()
}

/// A constant, in the form in which the compiler compares it with others.
#[derive(Clone, PartialEq, Eq, Hash)]
enum Constant<'a> {
    None,
    Ellipsis,
    Bool(bool),
    Int(i128),
    Float(u64),
    Complex(u64, u64),
    Text(Cow<'a, str>),
    Bytes(Vec<u8>),
    Tuple(Vec<Constant<'a>>),
    Set(Vec<Constant<'a>>),
    /// Equal to no other constant: a code object, or a value that was calculated there.
    At(TextSize),
}

/// A block that a `break`, `continue` or `return` has to leave, and the code that leaving it repeats.
#[derive(Clone, Copy)]
enum Block<'a> {
    Loop,
    Finally(&'a [Stmt]),
    /// Calls `__exit__` with `None`.
    With,
    /// A handler that sets its name to `None`.
    Handler,
}

struct Table<'a, 'u> {
    text: &'a str,
    rules: Rules,
    unreached: &'u Unreached,
    /// Whether control reaches the code whose constants are being entered.
    live: bool,
    numbers: HashMap<Constant<'a>, usize>,
    /// The largest number that an instruction loads.
    last_loaded: usize,
    /// Tuples that are built from constants once all instructions exist, each with whether it is loaded.
    folded: Vec<(Constant<'a>, bool)>,
    /// Code that control does not reach.
    code: Vec<(usize, Code<'a>)>,
    blocks: Vec<Block<'a>>,
    /// The `finally` clauses that were already repeated, reachable or not: repeating them again enters nothing new.
    unwound: HashSet<(TextSize, bool)>,
}

impl<'a> Table<'a, '_> {
    // Entries.

    fn enter(&mut self, constant: Constant<'a>) -> usize {
        let next = self.numbers.len();
        *self.numbers.entry(constant).or_insert(next)
    }

    fn load(&mut self, constant: Constant<'a>) {
        let number = self.enter(constant);
        if self.live {
            self.last_loaded = self.last_loaded.max(number);
        }
    }

    fn load_text(&mut self, text: &'a str) {
        self.load(Constant::Text(Cow::Borrowed(text)));
    }

    fn load_size(&mut self, size: usize) {
        self.load(Constant::Int(i128::try_from(size).unwrap_or(i128::MAX)));
    }

    fn load_code(&mut self, at: TextSize, code: Code<'a>) {
        let number = self.enter(Constant::At(at));
        if self.live {
            self.last_loaded = self.last_loaded.max(number);
        } else {
            self.code.push((number, code));
        }
    }

    /// Whether the keys of a dictionary are loaded as one tuple, after the values.
    fn has_key_tuples(&self) -> bool {
        self.rules.python.minor < 14
    }

    /// Enters the constants that `part` enters, as unreachable ones unless it is `reached`.
    fn part(&mut self, reached: bool, part: impl FnOnce(&mut Self)) {
        let live = self.live;
        self.live &= reached;
        part(self);
        self.live = live;
    }

    // Code objects.

    fn body(&mut self, body: &'a [Stmt]) {
        let mut rest = body;
        match self.rules.scope {
            Scope::Module => {}
            // The qualified name comes first.
            Scope::Class => self.load(Constant::At(TextSize::from(u32::MAX))),
            Scope::Function => {
                if let Some(Stmt::Expr(text)) = docstring(body) {
                    self.first_entry(&text.value);
                    rest = body.get(1..).unwrap_or_default();
                } else if self.rules.python.minor < 14 {
                    self.enter(Constant::None);
                }
            }
        }
        if self.rules.scope != Scope::Function
            && let Some(Stmt::Expr(text)) = docstring(body)
        {
            self.value(&text.value);
            rest = body.get(1..).unwrap_or_default();
        }
        self.suite(rest);
        self.part(!self.unreached.end, |table| table.load(Constant::None));
        for (tuple, live) in std::mem::take(&mut self.folded) {
            self.part(live, |table| table.load(tuple));
        }
    }

    fn first_entry(&mut self, docstring: &'a Expr) {
        if let Some(constant) = self.constant(docstring) {
            self.enter(constant);
        }
    }

    fn suite(&mut self, body: &'a [Stmt]) {
        for statement in body {
            let reached = !self.unreached.statements.contains(&statement.start());
            self.part(reached, |table| table.statement(statement));
        }
    }
}

#[cfg(test)]
mod tests {
    //! The expectations are the answers of coverage.py under the Python version named.

    use crate::analyse::tests::statements_under;

    #[test]
    fn dead_code_objects_went_with_the_tail_of_the_table_until_python_3_11() {
        let source = "\
def f(x):
    if x:
        raise E
    def g():
        pass
    return 7
def h(x):
    return x
    class C:
        a = 10
    return (b for b in x)
def i():
    while 1 and 2:
        if c():
            break
    else:
        x = [c() for _ in range(2)]
    z = 18
def j():
    if 1 and 2:
        x = 0
    elif any(c() for _ in range(2)):
        x = 23
def k():
    if 0:
        def f():
            return 27
    return
";
        let expected = [1, 2, 3, 4, 5, 6, 7, 8, 12, 13, 14, 15, 17, 18, 19, 20, 21, 24, 25, 28];
        assert_eq!(statements_under(11, source), expected);
        let expected = [1, 2, 3, 4, 5, 6, 7, 8, 12, 13, 14, 15, 18, 19, 20, 21, 24, 25, 28];
        assert_eq!(statements_under(12, source), expected);
        assert_eq!(statements_under(13, source), expected);
        let expected = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 13, 14, 15, 18, 19, 20, 21, 24, 25, 28];
        assert_eq!(statements_under(14, source), expected);
        assert_eq!(statements_under(15, source), expected);
    }

    #[test]
    fn the_first_constant_is_always_kept() {
        let module = "\
raise a
class C:
    a = 3
";
        let functions = "\
def f():
    raise a
    def g():
        return 4
    def h():
        return 6
def i():
    'Eight.'
    raise a
    def g():
        return 11
def j():
    raise a
    x = 14
    def g():
        return 16
";
        for minor in 11..=15 {
            assert_eq!(statements_under(minor, module), [1, 2, 3]);
        }
        // Up to 3.13 the first constant of a function is its docstring or `None`.
        for minor in 11..=13 {
            assert_eq!(statements_under(minor, functions), [1, 2, 7, 9, 12, 13]);
        }
        assert_eq!(statements_under(14, functions), [1, 2, 3, 4, 7, 9, 12, 13]);
        assert_eq!(statements_under(15, functions), [1, 2, 3, 4, 7, 9, 12, 13]);
    }

    #[test]
    fn the_header_of_a_function_that_is_kept_counts_since_python_3_11() {
        // coverage.py 7.16.2 under 3.10, 7.17.5 under 3.11 and 3.12.
        let source = "\
def f(a):
    if 1:
        b = 3
    elif a:
        def g():
            return 6
    while 0:
        a = lambda: 8
    return 'later'
def h(a):
    if a:
        return a
        def i():
            return 14
    return 'later'
";
        assert_eq!(statements_under(10, source), [1, 2, 3, 6, 7, 8, 9, 10, 11, 12, 14, 15]);
        assert_eq!(statements_under(11, source), [1, 2, 3, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15]);
        assert_eq!(statements_under(12, source), [1, 2, 3, 7, 9, 10, 11, 12, 15]);
    }

    #[test]
    fn a_constant_that_was_used_before_keeps_nothing_but_a_new_one_does() {
        let source = "\
def f(a):
    raise a
    def g():
        return 4
    return a.b(c=5)
def h(a):
    raise a
    def g():
        return 9
    a.b(c=10)
def i(a):
    if a:
        return 'later'
    raise a
    def g():
        return 16
    x = 'later'
def j(a):
    if a:
        raise a
        def g():
            return 22
    def k(b=23):
        return 24
";
        assert_eq!(statements_under(11, source), [1, 2, 6, 7, 11, 12, 13, 14, 18, 19, 20, 21, 22, 23, 24]);
        assert_eq!(statements_under(13, source), [1, 2, 6, 7, 11, 12, 13, 14, 18, 19, 20, 23, 24]);
        let expected = [1, 2, 3, 4, 6, 7, 8, 9, 11, 12, 13, 14, 18, 19, 20, 21, 22, 23, 24];
        assert_eq!(statements_under(14, source), expected);
        assert_eq!(statements_under(15, source), expected);
    }

    #[test]
    fn a_return_that_a_finally_clause_overrules_keeps_nothing() {
        let source = "\
def f():
    try:
        return
        a = [b() for c in d]
    except E:
        return 6
    finally:
        return 8
class C:
    match a:
        case D(e=1):
            for f in g:
                break
                h = [i for i in f]
";
        for minor in 11..=15 {
            assert_eq!(statements_under(minor, source), [1, 2, 3, 5, 6, 8, 9, 10, 11, 12, 13], "3.{minor}");
        }
    }

    #[test]
    fn the_scope_of_a_generic_alias_is_kept_as_the_first_constant() {
        let source = "\
def f(a):
    return a
    type X[T] = list[T]
def g(a):
    return a
    type X = list[a]
def h(a):
    return a
    x = 9
    type X[T] = list[T]
def i(a):
    raise a
    type X[T: (lambda:
       1)] = list[T]
    type Y[T] = 1
class C:
    raise a
    type X[T] = list[T]
def j(a):
    return a
    type X = lambda: 1
";
        for minor in [12, 13] {
            assert_eq!(statements_under(minor, source), [1, 2, 4, 5, 7, 8, 11, 12, 16, 17, 19, 20], "3.{minor}");
        }
        for minor in [14, 15] {
            let expected = [1, 2, 3, 4, 5, 7, 8, 11, 12, 13, 16, 17, 19, 20];
            assert_eq!(statements_under(minor, source), expected, "3.{minor}");
        }
    }

    #[test]
    fn texts_of_different_surrogates_are_different_constants() {
        let source = "\
def g0(a):
    if 0:
        a('\\ud800')
        def dead(): return 4
    return a('\\ud801')
def g1(a):
    if 0:
        a('\\ud800')
        def dead(): return 9
    return a('\\uD800')
def g2(a):
    if 0:
        a('\\ud800')
        def dead(): return 14
    return a('\\ufffd')
def g3(a):
    if 0:
        a('x\\ud800' '\\udC00')
        def dead(): return 19
    return a(r'\\ud800')
def g4(a):
    if 0:
        a(f'x\\ud800{a}')
        def dead(): return 24
    return a(f'x\\ud801{a}')
def g5(a):
    if 0:
        a(f'x\\ud800{a}')
        def dead(): return 29
    return a(f'x\\ud800{a}')
def g6(a):
    if 0:
        a('\\\\ud800�\\ud800')
        def dead(): return 34
    return a('\\\\ud800\\ufffd\\N{REPLACEMENT CHARACTER}')
def g7(a):
    if 0:
        a('\\\\ud800�\\ufffd')
        def dead(): return 39
    return a('\\\\ud800\\ufffd\\N{REPLACEMENT CHARACTER}')
";
        let expected = [
            1, 2, 4, 5, 6, 7, 10, 11, 12, 14, 15, 16, 17, 19, 20, 21, 22, 24, 25, 26, 27, 30, 31, 32, 34, 35, 36, 37,
            40,
        ];
        assert_eq!(statements_under(11, source), expected);
    }

    #[test]
    fn a_calculated_constant_is_equal_to_one_that_is_written() {
        // An empty tuple is calculated too: that of `c(**a)`, and that of the keys in `{**b}`.
        let source = "\
def f(a):
    if 0:
        [b for b in a]
    c(**a)
    raise E
def g(a):
    match a:
        case {**b} if 0:
            [c for c in b]
def h(a):
    if \"a\"*0:
        def i():
            return 13
    return \"\"
def j(a):
    if 0:
        def k(): return 17
    if (1, 2)+(3,):
        def l(): return 19
    x, *y = 1, 2, 3
def m(a):
    if not (1, 2)+(3,):
        def n(): return 23
    x, *y = 1, 2, 3
def o(a):
    if not b'ab'[1]:
        def p(): return 27
    return 98
def q(a):
    raise E
    def r(): return 31
    a(*b)
def s(a):
    return a
    def t(): return 35
    c(1, 2, **a)
";
        let expected = [
            1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 33,
            34,
        ];
        assert_eq!(statements_under(11, source), expected);
    }
}
