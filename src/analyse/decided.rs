//! Statements whose test is constant.
//!
//! ```text
//! a()          # 1
//! while True:  # 2   has bytecode since Python 3.10, so it runs before …
//!     b()      # 3   … its body
//! ```

use ruff_python_ast::{Expr, Stmt};
use ruff_text_size::Ranged;

use super::module::Module;
use super::{suites, truth};
use crate::model::lines::{Line, LineSet};
use crate::model::outline::{Decided, FirstLines};
use crate::model::settings::PythonVersion;

/// The statements of `module` with a constant test that are among the `statements`, as is the one that follows.
pub(super) fn decided(
    module: &Module<'_>,
    first: &FirstLines,
    statements: &LineSet,
    python: PythonVersion,
) -> Vec<Decided> {
    let line = |node: &Stmt| Line::new(first.of(module.line(node.start()))).filter(|line| statements.contains(*line));
    let mut found = Vec::new();
    let mut waiting: Vec<(&[Stmt], Option<Line>)> = vec![(&module.tree.body, None)];
    while let Some((body, header)) = waiting.pop() {
        let mut before = header;
        for (at, statement) in body.iter().enumerate() {
            let own = line(statement);
            if let Some(after) = after(statement, body.get(at + 1), python).and_then(line)
                && let Some(own) = own
                && own != after
            {
                found.push(Decided { line: own, before, after });
            }
            // A function or class does not go on where its statement ended.
            let inner = own.filter(|_| !matches!(statement, Stmt::FunctionDef(_) | Stmt::ClassDef(_)));
            waiting.extend(suites::suites(statement).map(|suite| (suite, inner)));
            before = own.or(before);
        }
    }
    found.sort_unstable();
    found
}

/// The statement that control always reaches after the test of `statement`, if the test is constant; `next` follows the whole.
fn after<'a>(statement: &'a Stmt, next: Option<&'a Stmt>, python: PythonVersion) -> Option<&'a Stmt> {
    let is_true = |test: &Expr| truth::fold(test, python).map(|value| value.is_true());
    match statement {
        Stmt::While(node) if is_true(&node.test)? => node.body.first(),
        Stmt::While(node) => node.orelse.first().or(next),
        Stmt::If(node) => match (is_true(&node.test)?, node.elif_else_clauses.first()) {
            (true, _) => node.body.first(),
            (false, None) => next,
            (false, Some(clause)) => clause.body.first().filter(|_| clause.test.is_none()),
        },
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use crate::analyse::tests::outline;
    use crate::model::lines::Line;

    #[test]
    fn constant_tests_are_found_but_not_those_on_one_line() {
        let source = "\
def f():
    while True:
        a = 3
        while 1:
            b = 5
    while a:
        c = 7
    while True: d = 8
if 0:
    e = 10
f = 11
if __debug__:
    g = 13
if not 1:
    h = 15
else:
    i = 17
while '':
    j = 19
if 0:
    k = 21
elif f:
    l = 23
";
        let decided = outline(source).decided;
        let numbers: Vec<_> =
            decided.iter().map(|found| (found.line.get(), found.before.map(Line::get), found.after.get())).collect();
        let expected = [
            (2, None, 3),
            (4, Some(3), 5),
            (9, Some(1), 11),
            (12, Some(11), 13),
            (14, Some(12), 17),
            (18, Some(14), 20),
        ];
        assert_eq!(numbers, expected);
    }
}
