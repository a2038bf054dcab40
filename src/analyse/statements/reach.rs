//! The statements that control reaches, and whether it goes on after them.

use ruff_python_ast::{ElifElseClause, ExceptHandler, Expr, MatchCase, Stmt, StmtFor, StmtTry, StmtWhile};
use ruff_text_size::Ranged;

use super::Walk;
use crate::analyse::constants::Scope;
use crate::analyse::{suites, truth};

/// Whether control can go on after the end of a statement or suite.
pub(super) type Completes = bool;

/// A block that a `break` or `return` passes on its way out.
pub(super) enum Block {
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
    pub(super) fn is_repeated(&self) -> bool {
        !matches!(self, Self::Loop { .. })
    }
}

impl<'a> Walk<'a> {
    /// Marks the reachable statements: a suite ends at the first one that does not complete.
    pub(super) fn suite(&mut self, body: &'a [Stmt], scope: Scope) -> Completes {
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

    pub(super) fn compound(&mut self, statement: &'a Stmt, scope: Scope) -> Completes {
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
                    self.leave_at_last_place(node);
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
                    let passes = self.case(case, scope);
                    // Up to 3.10 the jump to the end of the statement has the place where the compiler was last.
                    if passes && self.python.minor < 11 && !suites::is_default(&node.cases, at) {
                        self.mark_last_place(&case.body);
                    }
                    completes |= passes;
                    if suites::always_matches(case, self.python) {
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

    /// Ends the nearest loop, unless a `finally` clause on the way never completes.
    pub(super) fn break_loop(&mut self) {
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

    fn try_statement(&mut self, node: &'a StmtTry, scope: Scope) -> Completes {
        let finishes = self.suite(&node.finalbody, scope);
        let guarded = !node.finalbody.is_empty();
        if guarded {
            // Up to 3.11 an exception that is raised again carries the place where the compiler was last, under 3.11 reachable or not.
            if self.python.minor == 11 || (self.python.minor < 11 && finishes) {
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
    use crate::analyse::tests::{statements, statements_under};

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
}
