//! The lines for which CPython's compiler produces bytecode, found from the syntax tree alone.
//!
//! coverage.py counts the lines in the line tables of the compiled module and of all code nested in it. Since it maps each line to the first line
//! of its statement, two questions decide: does a statement of this form have code at all, and can control reach it? The answers were checked
//! against CPython 3.11 to 3.15, on the sources of large packages and on random functions full of dead code.

use ruff_python_ast::{
    ElifElseClause, ExceptHandler, Expr, Identifier, MatchCase, Pattern, Stmt, StmtAnnAssign, StmtFor, StmtTry,
    StmtWhile,
};
use ruff_text_size::{Ranged, TextSize};

use super::constants::{self, Code, Scope, Unreached};
use super::module::Module;
use super::nested;
use super::suites;
use super::truth;
use crate::model::lines::{Line, LineSet};
use crate::model::settings::PythonVersion;

/// The lines of `module` that have bytecode under `python`: where its statements, decorators, handlers and patterns begin.
/// `lazy_annotations` is whether the module asks for annotations that are never evaluated.
///
/// These are physical lines, and only the first line of each statement is significant. Docstrings of modules and classes are included.
pub(super) fn with_code(module: &Module<'_>, python: PythonVersion, lazy_annotations: bool) -> LineSet {
    let body = &*module.tree.body;
    let mut walk = Walk {
        module,
        python,
        lazy_annotations,
        lines: LineSet::new(),
        blocks: Vec::new(),
        conditions: 0,
        unreached: Unreached::default(),
        is_passed_over: false,
    };
    walk.code_object(body, Scope::Module);
    walk.lines
}

/// Every line of every docstring.
pub(super) fn docstrings(module: &Module<'_>) -> LineSet {
    let mut lines = LineSet::new();
    collect_docstring(module, &module.tree.body, &mut lines);
    collect_docstrings(module, &module.tree.body, &mut lines);
    lines
}

fn collect_docstrings(module: &Module<'_>, body: &[Stmt], lines: &mut LineSet) {
    for statement in body.iter().filter(|statement| suites::is_compound(statement)) {
        match statement {
            Stmt::FunctionDef(node) => collect_docstring(module, &node.body, lines),
            Stmt::ClassDef(node) => collect_docstring(module, &node.body, lines),
            _ => {}
        }
        for suite in suites::suites(statement) {
            collect_docstrings(module, suite, lines);
        }
    }
}

fn collect_docstring(module: &Module<'_>, body: &[Stmt], lines: &mut LineSet) {
    if let Some(docstring) = suites::docstring(body)
        && let (Some(first), Some(last)) =
            (Line::new(module.line(docstring.start())), Line::new(module.line(docstring.end())))
    {
        lines.insert_range(first, last);
    }
}

/// Whether coverage.py mistakes a function or class of that name for the code that evaluates annotations, and skips it, but not the code nested
/// in it.
fn is_annotate(name: &Identifier) -> bool {
    name.as_str() == "__annotate__"
}

/// Whether `del target` has an effect: `del ()` and `del [(), []]` have none.
fn deletes(target: &Expr) -> bool {
    match target {
        Expr::Tuple(node) => node.elts.iter().any(deletes),
        Expr::List(node) => node.elts.iter().any(deletes),
        _ => true,
    }
}

/// Whether control can go on after the end of a statement or suite.
type Completes = bool;

/// A block that a `break` or `return` passes on its way out.
enum Block {
    Loop {
        /// Whether a reachable `break` ends it.
        broken: bool,
    },
    Finally {
        completes: Completes,
    },
    With,
}

impl Block {
    /// Whether the compiler repeats the code that ends the block wherever control leaves it.
    fn is_repeated(&self) -> bool {
        !matches!(self, Self::Loop { .. })
    }
}

struct Walk<'a> {
    module: &'a Module<'a>,
    python: PythonVersion,
    lazy_annotations: bool,
    lines: LineSet,
    /// Loops, `with` statements and `finally` clauses around the statement, within its function or class.
    blocks: Vec<Block>,
    /// How many conditional statements are around the statement, within its function or class.
    conditions: u32,
    /// The code that control does not reach within its function or class.
    unreached: Unreached,
    /// Whether coverage.py skips the code object.
    is_passed_over: bool,
}

impl<'a> Walk<'a> {
    fn mark(&mut self, offset: TextSize) {
        if !self.is_passed_over {
            self.mark_nested(offset);
        }
    }

    /// Marks code within the code object that is being walked.
    fn mark_nested(&mut self, offset: TextSize) {
        self.lines.extend(Line::new(self.module.line(offset)));
    }

    fn mark_all_nested(&mut self, offsets: Vec<TextSize>) {
        for offset in offsets {
            self.mark_nested(offset);
        }
    }

    /// Marks the reachable statements: a suite ends at the first one that does not complete.
    fn suite(&mut self, body: &'a [Stmt], scope: Scope) -> Completes {
        for (at, statement) in body.iter().enumerate() {
            if !self.statement(statement, scope) {
                self.pass_over(body.get(at + 1..).unwrap_or_default());
                return false;
            }
        }
        true
    }

    /// Notes that control does not reach `body`.
    fn pass_over(&mut self, body: &'a [Stmt]) {
        self.unreached.statements.extend(body.iter().map(Ranged::start));
    }

    /// Marks the statements that have code in a module, function or class, including unreachable ones.
    fn code_object(&mut self, body: &'a [Stmt], scope: Scope) {
        // The docstring of a function is not an instruction.
        let skipped = usize::from(scope == Scope::Function && suites::docstring(body).is_some());
        self.unreached.end = !self.suite(body.get(skipped..).unwrap_or_default(), scope);
        // The function that evaluates annotations is created at the beginning of a module, but at the end of a class.
        let is_annotated = scope == Scope::Module || (scope == Scope::Class && !self.unreached.end);
        if is_annotated && self.python.minor >= 14 && !self.lazy_annotations {
            self.mark_all_nested(nested::in_variables(body, scope, self.python));
        }
        if self.unreached.statements.is_empty() {
            return;
        }
        let rules = constants::Rules { scope, python: self.python, lazy_annotations: self.lazy_annotations };
        let unreached = std::mem::take(&mut self.unreached);
        for code in constants::kept(self.module.text, body, &unreached, rules) {
            match code {
                Code::Expression(start) => self.mark_nested(start),
                Code::Annotations(node) => self.mark_all_nested(nested::in_signature(node, scope, self.python)),
                Code::Definition(statement) => self.definition(statement),
            }
        }
    }

    /// Marks the code object of a function or class whose statement has no code itself.
    fn definition(&mut self, statement: &'a Stmt) {
        let (name, body, scope) = match statement {
            Stmt::FunctionDef(node) => (&node.name, &*node.body, Scope::Function),
            Stmt::ClassDef(node) => (&node.name, &*node.body, Scope::Class),
            _ => return,
        };
        // Since 3.11 a function's first instruction is on the line of its header.
        let begins_with_header = scope == Scope::Class || self.python.minor >= 11;
        if begins_with_header && !is_annotate(name) {
            self.mark_nested(statement.start());
        }
        self.body(name, body, scope);
    }

    /// The suite of a function or class; surrounding blocks cannot affect it.
    fn body(&mut self, name: &Identifier, body: &'a [Stmt], scope: Scope) {
        let blocks = std::mem::take(&mut self.blocks);
        let conditions = std::mem::take(&mut self.conditions);
        let unreached = std::mem::take(&mut self.unreached);
        let is_passed_over = std::mem::replace(&mut self.is_passed_over, is_annotate(name));
        self.code_object(body, scope);
        self.blocks = blocks;
        self.conditions = conditions;
        self.unreached = unreached;
        self.is_passed_over = is_passed_over;
    }

    fn statement(&mut self, statement: &'a Stmt, scope: Scope) -> Completes {
        if self.is_passed_over {
            self.mark_all_nested(nested::in_statement(statement, self.python));
        } else if self.has_code(statement, scope) {
            self.mark(suites::start(self.module, statement));
        }
        match statement {
            Stmt::FunctionDef(_) | Stmt::ClassDef(_) => {
                for decorator in suites::decorators(statement) {
                    self.mark(decorator.start());
                }
                self.definition(statement);
                true
            }
            Stmt::Return(_) | Stmt::Raise(_) | Stmt::Continue(_) => false,
            Stmt::Break(_) => {
                self.break_loop();
                false
            }
            Stmt::Assert(node) => truth::compiled(&node.test, self.python) != Some(false),
            _ if suites::is_compound(statement) => {
                self.conditions += 1;
                let completes = self.compound(statement, scope);
                self.conditions -= 1;
                completes
            }
            _ => true,
        }
    }

    fn compound(&mut self, statement: &'a Stmt, scope: Scope) -> Completes {
        match statement {
            Stmt::If(node) => self.if_chain(&node.test, &node.body, &node.elif_else_clauses, scope),
            Stmt::While(node) => self.while_loop(node, scope),
            Stmt::For(node) => self.for_loop(node, scope),
            Stmt::With(node) => {
                // The context manager may swallow an exception, so the code after it is always reachable.
                self.blocks.push(Block::With);
                let completes = self.suite(&node.body, scope);
                // Up to 3.11 the compiler leaves an `async with` at the place where it was last.
                if node.is_async && completes && self.python.minor < 12 {
                    self.mark_last_place(&node.body);
                }
                self.blocks.pop();
                if !completes {
                    self.unreached.withs.insert(node.start());
                }
                true
            }
            Stmt::Match(node) => {
                let mut completes = false;
                for (at, case) in node.cases.iter().enumerate() {
                    completes |= self.case(case, scope);
                    if self.always_matches(case) {
                        let rest = node.cases.iter().skip(at + 1);
                        self.unreached.statements.extend(rest.map(Ranged::start));
                        return completes;
                    }
                }
                true
            }
            Stmt::Try(node) => self.try_statement(node, scope),
            _ => true,
        }
    }

    fn has_code(&self, statement: &Stmt, scope: Scope) -> bool {
        match statement {
            Stmt::Global(_) | Stmt::Nonlocal(_) => false,
            Stmt::Delete(node) => node.targets.iter().any(deletes),
            Stmt::AnnAssign(node) => self.annotation_has_code(node, scope),
            _ => true,
        }
    }

    /// Whether `x: int` has an effect in its own place: up to 3.13 it evaluates the annotation there, from 3.14 on another function does.
    fn annotation_has_code(&self, node: &StmtAnnAssign, scope: Scope) -> bool {
        if node.value.is_some() || !matches!(*node.target, Expr::Name(_)) {
            return true;
        }
        let deferred = self.python.minor >= 14 && !self.lazy_annotations;
        match scope {
            Scope::Function => false,
            _ if !node.simple => !(self.lazy_annotations || deferred),
            // In a conditional suite, a record of the annotations that were passed is kept for that function.
            Scope::Class => !deferred || self.conditions > 0,
            Scope::Module => true,
        }
    }

    /// Ends the nearest loop, unless a `finally` clause on the way never completes.
    fn break_loop(&mut self) {
        for block in self.blocks.iter_mut().rev() {
            match block {
                Block::Loop { broken } => {
                    *broken = true;
                    return;
                }
                Block::Finally { completes: false } => return,
                Block::Finally { completes: true } | Block::With => {}
            }
        }
    }

    /// A loop processes the clauses, as there may be millions.
    fn if_chain(&mut self, test: &'a Expr, body: &'a [Stmt], rest: &'a [ElifElseClause], scope: Scope) -> Completes {
        let (mut test, mut body, mut rest) = (test, body, rest);
        let mut completes = false;
        loop {
            match truth::compiled(test, self.python) {
                Some(true) => {
                    self.unreached.statements.extend(rest.iter().map(Ranged::start));
                    return self.suite(body, scope) || completes;
                }
                Some(false) => self.pass_over(body),
                None => completes |= self.suite(body, scope),
            }
            let Some((clause, following)) = rest.split_first() else { return true };
            let Some(next) = &clause.test else { return self.suite(&clause.body, scope) || completes };
            self.mark(clause.start());
            (test, body, rest) = (next, &clause.body, following);
        }
    }

    fn loop_body(&mut self, body: &'a [Stmt], scope: Scope) -> bool {
        self.blocks.push(Block::Loop { broken: false });
        self.suite(body, scope);
        matches!(self.blocks.pop(), Some(Block::Loop { broken: true }))
    }

    fn while_loop(&mut self, node: &'a StmtWhile, scope: Scope) -> Completes {
        match truth::compiled(&node.test, self.python) {
            Some(true) => {
                self.pass_over(&node.orelse);
                self.loop_body(&node.body, scope)
            }
            Some(false) => {
                self.pass_over(&node.body);
                self.suite(&node.orelse, scope)
            }
            None => {
                let broken = self.loop_body(&node.body, scope);
                self.suite(&node.orelse, scope) || broken
            }
        }
    }

    fn for_loop(&mut self, node: &'a StmtFor, scope: Scope) -> Completes {
        let broken = self.loop_body(&node.body, scope);
        self.suite(&node.orelse, scope) || broken
    }

    fn case(&mut self, case: &'a MatchCase, scope: Scope) -> Completes {
        self.mark(case.pattern.start());
        if case.guard.as_deref().is_some_and(|guard| truth::compiled(guard, self.python) == Some(false)) {
            self.pass_over(&case.body);
            return false;
        }
        self.suite(&case.body, scope)
    }

    /// Whether control never gets past `case`: its pattern matches anything, and its guard, if any, is constant.
    fn always_matches(&self, case: &MatchCase) -> bool {
        suites::compiler_irrefutable(&case.pattern)
            && case.guard.as_deref().is_none_or(|guard| truth::compiled(guard, self.python) == Some(true))
    }

    /// The place that CPython's compiler keeps after a suite, up to 3.11: the code that it adds next gets that line. It keeps no place after most
    /// statements that end with instructions of their own.
    fn last_place(&self, body: &[Stmt]) -> Option<TextSize> {
        let last = body.last()?;
        match last {
            Stmt::If(node) => self.last_place(node.elif_else_clauses.last().map_or(&node.body, |clause| &clause.body)),
            Stmt::While(node) if node.orelse.is_empty() => Some(last.start()),
            Stmt::While(node) => self.last_place(&node.orelse),
            Stmt::For(node) if node.orelse.is_empty() => node.is_async.then(|| node.iter.start()),
            Stmt::For(node) => self.last_place(&node.orelse),
            Stmt::Try(node) if !node.finalbody.is_empty() => self.last_place(&node.finalbody),
            Stmt::Try(node) if node.is_star => self.last_place(&node.orelse),
            Stmt::Match(node) => {
                let is_default = |case: &MatchCase| matches!(&case.pattern, Pattern::MatchAs(all) if all.name.is_none() && all.pattern.is_none());
                node.cases
                    .last()
                    .filter(|case| node.cases.len() < 2 || !is_default(case))
                    .map(|case| case.pattern.start())
            }
            Stmt::Expr(node) => truth::fold(&node.value, self.python).map(|_| last.start()),
            // The code repeated on the way out comes after it.
            Stmt::Return(_) if self.blocks.iter().any(Block::is_repeated) => None,
            Stmt::Break(_) | Stmt::Continue(_) if self.inner_blocks().any(Block::is_repeated) => None,
            Stmt::Try(_) | Stmt::With(_) => None,
            _ => Some(suites::start(self.module, last)),
        }
    }

    fn mark_last_place(&mut self, body: &[Stmt]) {
        if let Some(place) = self.last_place(body) {
            self.mark(place);
        }
    }

    /// The blocks within the nearest loop.
    fn inner_blocks(&self) -> impl Iterator<Item = &Block> {
        self.blocks.iter().rev().take_while(|block| !matches!(block, Block::Loop { .. }))
    }

    fn try_statement(&mut self, node: &'a StmtTry, scope: Scope) -> Completes {
        let finishes = self.suite(&node.finalbody, scope);
        let guarded = !node.finalbody.is_empty();
        if guarded {
            // Up to 3.11 an exception that is raised again carries the place where the compiler was last, reachable or not.
            if self.python.minor < 12 {
                self.mark_last_place(&node.finalbody);
            }
            if !finishes {
                self.unreached.after.extend(node.finalbody.first().map(Ranged::start));
            }
            self.blocks.push(Block::Finally { completes: finishes });
        }
        // After the last `except*`, the rest of the group decides at run time, even if every handler leaves.
        let mut completes = self.suite(&node.body, scope);
        if completes {
            completes = self.suite(&node.orelse, scope);
        } else {
            self.pass_over(&node.orelse);
        }
        completes |= node.is_star;
        for ExceptHandler::ExceptHandler(handler) in &node.handlers {
            self.mark(handler.start());
            completes |= self.suite(&handler.body, scope);
        }
        if guarded {
            self.blocks.pop();
        }
        completes && finishes
    }
}

#[cfg(test)]
mod tests {
    use crate::analyse::tests::{numbers, outline, outline_under};

    fn statements(source: &str) -> Vec<u32> {
        numbers(&outline(source).statements)
    }

    fn statements_under(minor: u8, source: &str) -> Vec<u32> {
        numbers(&outline_under(minor, source).statements)
    }

    #[test]
    fn docstrings_are_no_statements_but_other_strings_are() {
        let source = "\
'''Module.'''
a = 2
'text'  # 3
def f():
    '''Five,
    six.'''
    return 7
class C:
    'Nine.'
    a = 10
    'eleven'
def g():
    'Thirteen.'
";
        assert_eq!(statements(source), [2, 3, 4, 7, 8, 10, 11, 12]);
    }

    #[test]
    fn a_statement_on_the_line_of_a_docstring_is_lost_with_it() {
        assert_eq!(statements("def f(): 'doc'; return 1\na = 2\n"), [2]);
    }

    #[test]
    fn keywords_without_code_of_their_own_are_no_statements() {
        let source = "\
def f():
    global a
    try:
        b = 4
    except E:  # 5
        b = 6
    else:
        b = 8
    finally:
        c = 10
    for d in e:  # 11
        pass
    else:
        f = 14
";
        assert_eq!(statements(source), [1, 3, 4, 5, 6, 8, 10, 11, 12, 14]);
    }

    #[test]
    fn nothing_follows_a_statement_that_does_not_complete() {
        let source = "\
def f(a):
    if a:
        return 3
        b = 4
    else:
        raise a
    def g():
        pass
def h(a):
    while True:
        a = 11
    b = 12
def i(a):
    while True:
        break
    with a:  # 16
        return 17
    assert 0  # 18
    return 19
";
        assert_eq!(statements(source), [1, 2, 3, 6, 9, 10, 11, 13, 14, 15, 16, 17, 18]);
    }

    #[test]
    fn a_constant_test_leaves_one_side() {
        let source = "\
if 0:
    a = 2
elif __debug__ and (b or 1):
    a = 4
else:
    a = 6
while not 1:
    a = 8
else:
    a = 10
";
        assert_eq!(statements(source), [1, 3, 4, 7, 10]);
    }

    #[test]
    fn a_finally_clause_that_never_completes_swallows_a_break() {
        let source = "\
while True:
    try:
        break
    finally:
        while True:
            a = 6
b = 7
";
        assert_eq!(statements(source), [1, 2, 3, 5, 6]);
    }

    #[test]
    fn what_follows_except_star_can_be_reached_even_if_every_handler_leaves() {
        // The same under CPython 3.11 to 3.15.
        let source = "\
def f():
    try:
        return 3
    except* E:
        raise
    finally:
        a = 7
    b = 8
def g():
    while True:
        try:
            break
        except* E:
            while True:
                a = 15
        else:
            return 17
    b = 18
def h():
    try:
        return 21
    except E:
        raise
    b = 24
";
        let expected = [1, 2, 3, 4, 5, 7, 8, 9, 10, 11, 12, 13, 14, 15, 18, 19, 20, 21, 22, 23];
        assert_eq!(statements_under(11, source), expected);
        assert_eq!(statements_under(14, source), expected);
    }

    #[test]
    fn a_case_that_always_matches_is_the_last() {
        let source = "\
def f(a):
    match a:
        case 1:
            return 4
        case b if 1:
            return 6
        case []:
            return 8
    return 9
";
        assert_eq!(statements(source), [1, 2, 3, 4, 5, 6]);
    }

    #[test]
    fn annotations_without_value_do_something_or_not_by_scope_and_version() {
        let source = "\
a: int
(b): int
def f():
    c: int
    c.d: int  # 5
class C:
    e: int
    (f): int
    if a:
        g: int
";
        assert_eq!(statements_under(13, source), [1, 2, 3, 5, 6, 7, 8, 9, 10]);
        assert_eq!(statements_under(14, source), [1, 3, 5, 6, 9, 10]);
    }

    #[test]
    fn lazy_annotations_are_the_same_under_all_versions() {
        let source = "from __future__ import annotations\nclass C:\n    a: int\n    (b): int\n";
        assert_eq!(statements_under(13, source), [1, 2, 3]);
        assert_eq!(statements_under(14, source), [1, 2, 3]);
    }

    #[test]
    fn functions_in_a_suite_that_is_ruled_out_survived_until_python_3_11() {
        let source = "\
if 0:
    def f():
        return 3
    a = 4
b = 5
";
        assert_eq!(statements_under(11, source), [1, 2, 3, 5]);
        assert_eq!(statements_under(12, source), [1, 5]);
    }

    #[test]
    fn the_last_line_of_a_finally_clause_counted_even_if_dead_until_python_3_11() {
        // What coverage.py says: not after a call, nor some other statements.
        let source = "\
def f():
    try:
        a = 3
    finally:
        return 5
        b = 6
        if b:
            c = 8
def g():
    try:
        a = 11
    finally:
        return 13
        b()
def h():
    try:
        a = 17
    finally:
        return 19
        while a:
            b = 21
def i():
    try:
        a = 24
    finally:
        if a:
            b: int
def j():
    try:
        a = 30
    finally:
        return 32
        try:
            b = 34
        finally:
            c = 36
";
        let expected = [1, 2, 3, 5, 8, 9, 10, 11, 13, 15, 16, 17, 19, 20, 22, 23, 24, 26, 27, 28, 29, 30, 32, 36];
        assert_eq!(statements_under(11, source), expected);
        let expected = [1, 2, 3, 5, 9, 10, 11, 13, 15, 16, 17, 19, 22, 23, 24, 26, 28, 29, 30, 32];
        assert_eq!(statements_under(12, source), expected);
    }

    #[test]
    fn the_future_import_is_of_the_module_itself_since_python_3_13() {
        let source = "from .__future__ import annotations\n(a): int\n";
        assert_eq!(statements_under(12, source), [1]);
        assert_eq!(statements_under(13, source), [1, 2]);
    }

    #[test]
    fn an_async_with_ended_on_its_last_line_until_python_3_11() {
        let source = "\
async def f(a):
    async with a:
        b = 3
        (c): int
    async with a, b:
        if a:
            d = 7
        else:
            del ()
    async with a:
        e()
    async with a:
        f()
        async with b:
            global g
    async with a:
        return 16
        h: int
    async with a:
        i = 19
        while a:
            j: int
    with a:
        k = 23
        m: int
";
        let expected = [1, 2, 3, 4, 5, 6, 7, 9, 10, 11, 12, 13, 14, 15, 16, 17, 19, 20, 21, 23, 24];
        assert_eq!(statements_under(11, source), expected);
        let expected = [1, 2, 3, 5, 6, 7, 10, 11, 12, 13, 14, 16, 17, 19, 20, 21, 23, 24];
        assert_eq!(statements_under(12, source), expected);
        assert_eq!(statements_under(13, source), expected);
    }

    #[test]
    fn decorators_are_statements() {
        assert_eq!(statements("@a\n@b(\n    3)\ndef f(\n        c=5):\n    return 6\n"), [1, 2, 4, 6]);
    }

    #[test]
    fn deleting_nothing_is_nothing() {
        assert_eq!(statements("a = 1\ndel ()\ndel [(), []]\ndel (a,)\n"), [1, 4]);
    }
}
