//! The place where CPython's compiler was last, up to 3.11: the code that it adds after a suite gets that line.

use ruff_python_ast::{MatchCase, Pattern, Stmt};
use ruff_text_size::{Ranged, TextSize};

use super::{Block, Walk};
use crate::analyse::{suites, truth};

impl Walk<'_> {
    /// The place that the compiler keeps after `body`: none after most statements that end with instructions of their own.
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

    pub(super) fn mark_last_place(&mut self, body: &[Stmt]) {
        if let Some(place) = self.last_place(body) {
            self.mark(place);
        }
    }

    /// The blocks within the nearest loop.
    fn inner_blocks(&self) -> impl Iterator<Item = &Block> {
        self.blocks.iter().rev().take_while(|block| !matches!(block, Block::Loop { .. }))
    }
}

#[cfg(test)]
mod tests {
    use crate::analyse::tests::statements_under;

    #[test]
    fn the_last_line_of_a_finally_clause_counted_even_if_dead_until_python_3_11() {
        // coverage.py's answer: not after a call, nor after some other statements.
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
}
