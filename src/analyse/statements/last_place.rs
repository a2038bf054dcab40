//! The place where CPython's compiler was last, up to 3.11: the code that it adds after a suite gets that line.

use ruff_python_ast::{Stmt, StmtWith};
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
            Stmt::Try(node) if node.is_star || self.python.minor < 11 => self.last_place(&node.orelse),
            Stmt::Match(node) => {
                let case = node.cases.last()?;
                if suites::is_default(&node.cases, node.cases.len() - 1) {
                    self.last_place(&case.body).filter(|_| self.python.minor < 11)
                } else {
                    Some(case.pattern.start())
                }
            }
            Stmt::Expr(node) => truth::fold(&node.value, self.python).map(|_| last.start()),
            // The code repeated on the way out comes after it.
            Stmt::Return(_) if self.blocks.iter().any(Block::is_repeated) => None,
            Stmt::Break(_) | Stmt::Continue(_) if self.inner_blocks().any(Block::is_repeated) => None,
            Stmt::With(_) if self.python.minor < 11 => Some(last.start()),
            Stmt::Try(_) | Stmt::With(_) => None,
            _ => Some(suites::start(self.module, last)),
        }
    }

    pub(super) fn mark_last_place(&mut self, body: &[Stmt]) {
        if let Some(place) = self.last_place(body) {
            self.mark(place);
        }
    }

    /// The same for the body of an `async with`, and notes the place.
    pub(super) fn leave_at_last_place(&mut self, node: &StmtWith) {
        if let Some(place) = self.last_place(&node.body) {
            self.mark(place);
            self.code.left_at.insert(node.start(), place);
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

    #[test]
    fn a_case_ended_on_its_last_line_until_python_3_10() {
        // The analysis of coverage.py 7.17.5 under CPython 3.10; other rules of that version are here too.
        let source = "\
def f(a):
    match a:
        case 1:
            if 1: pass
            else:
                with b:
                    c
    match a:
        case 1:
            if 1: pass
            else:
                with b:
                    c()
        case 2:
            global d
        case _:
            global e
    match a:
        case 1:
            try:
                g = 1
            except E:
                h = 2
            else:
                del ()
        case b if 1:
            try: i = 3
            except E: j = 4
async def k(l):
    match a:
        case 1:
            if 1: pass
            else:
                async with b:
                    c
    while l:
        try:
            m = 1
        finally:
            continue
            n = 3
    raise
    @o
    def p():
        q: int
    def r():
        \"doc\"
        global s
    def t():
        pass
def u(a):
    match a:
        case 1 if a:
            v: int
        case [_] if 1:
            match a:
                case 2:
                    w: int
                case _:
                    x: int
        case {\"y\": z, \"aa\": _, **bb}:
            return
    match a:
        case C(1, cc=2): dd: int
        case _: ee: int
def ff(a):
    try:
        raise
    except gg as hh:
        pass
    else:
        ii = [jj for kk in ll]
    raise E
def mm(a):
    raise E
    match a:
        case {1: _, 2: 3}:
            return lambda: 4
        case C(_, nn=5):
            return lambda: 6
    return 1
";
        let expected = [
            1, 2, 3, 4, 6, 8, 9, 10, 12, 14, 15, 16, 18, 19, 20, 21, 22, 23, 25, 26, 27, 28, 29, 30, 31, 32, 34, 36,
            37, 38, 40, 42, 51, 52, 53, 54, 55, 56, 57, 58, 59, 60, 61, 62, 63, 64, 65, 66, 67, 68, 69, 70, 73, 74, 75,
        ];
        assert_eq!(statements_under(10, source), expected);
    }
}
