//! Jumps on whose way a `finally` clause runs.
//!
//! ```text
//! try:
//!     return a()  # 2
//! finally:
//!     b()         # 4  → 2 under Python 3.8 and 3.9, which go back to return
//! ```

use ruff_python_ast::Stmt;
use ruff_text_size::Ranged;

use super::module::Module;
use super::suites;
use crate::model::outline::{FirstLines, ThroughFinally};

/// A `try` around a suite, by its line and the lines of its `finally` clause.
#[derive(Clone, Copy)]
struct Around {
    line: u32,
    clause: (u32, u32),
}

/// The `return`, `break` and `continue` of `module` within the other clauses of a `try` that has a `finally`.
///
/// Those on the line of the `try` itself are left out: a loop may lead from the clause to that line.
pub(super) fn through_finally(module: &Module<'_>, first: &FirstLines) -> Vec<ThroughFinally> {
    let line = |node: &Stmt| first.of(module.line(node.start()));
    let mut found = Vec::new();
    let mut waiting: Vec<(&[Stmt], Vec<Around>)> = vec![(&module.tree.body, Vec::new())];
    while let Some((body, tries)) = waiting.pop() {
        for statement in body {
            let mut inner = match statement {
                Stmt::FunctionDef(_) | Stmt::ClassDef(_) => Vec::new(),
                Stmt::Return(_) | Stmt::Break(_) | Stmt::Continue(_) => {
                    let jump = line(statement);
                    let around = tries.iter().filter(|around| around.line != jump);
                    found.extend(around.map(|around| ThroughFinally { jump, clause: around.clause }));
                    continue;
                }
                _ => tries.clone(),
            };
            let mut suites: Vec<&[Stmt]> = suites::suites(statement).collect();
            if let Stmt::Try(node) = statement
                && let (Some(start), Some(end)) = (node.finalbody.first(), node.finalbody.last())
            {
                // The suite of `finally` is the last, and no part of what leads to it.
                waiting.extend(suites.pop().map(|clause| (clause, inner.clone())));
                inner.push(Around { line: line(statement), clause: (line(start), module.line(end.end())) });
            }
            waiting.extend(suites.into_iter().filter(|suite| !suite.is_empty()).map(|suite| (suite, inner.clone())));
        }
    }
    found.sort_unstable();
    found
}

#[cfg(test)]
mod tests {
    use crate::analyse::tests::outline;

    #[test]
    fn jumps_out_of_a_try_meet_its_finally_clause() {
        let source = "\
def f(a):
    for b in a:
        try:
            if b:
                continue
            try: return (
                1)
            finally:
                def g(): return
        except E:
            break
        else:
            def h():
                return 1
        finally:
            a()
            return 2
    try: return
    finally: a()
    try:
        return
    except E:
        pass
";
        let found: Vec<_> = outline(source).through_finally.iter().map(|found| (found.jump, found.clause)).collect();
        assert_eq!(found, [(5, (16, 17)), (6, (16, 17)), (11, (16, 17))]);
    }
}
