//! Loops whose test never ends them.
//!
//! ```text
//! while True:  # 1   has bytecode since Python 3.10, so it runs before …
//!     a()      # 2   … its body
//! ```

use ruff_python_ast::Stmt;
use ruff_text_size::Ranged;

use super::module::Module;
use super::{suites, truth};
use crate::model::lines::{Line, LineSet};
use crate::model::outline::FirstLines;
use crate::model::settings::PythonVersion;

/// The endless loops of `module`: the line of each, and the line of its first inner statement, if both are among the `statements`.
pub(super) fn endless(
    module: &Module<'_>,
    first: &FirstLines,
    statements: &LineSet,
    python: PythonVersion,
) -> Vec<(Line, Line)> {
    let line =
        |node: &dyn Ranged| Line::new(first.of(module.line(node.start()))).filter(|line| statements.contains(*line));
    let mut found = Vec::new();
    let mut waiting: Vec<&[Stmt]> = vec![&module.tree.body];
    while let Some(body) = waiting.pop() {
        for statement in body {
            if let Stmt::While(node) = statement
                && truth::fold(&node.test, python).is_some_and(|value| value.is_true())
                && let Some(own) = line(node)
                && let Some(within) = node.body.first().and_then(|first| line(first))
                && own != within
            {
                found.push((own, within));
            }
            waiting.extend(suites::suites(statement));
        }
    }
    found.sort_unstable();
    found
}

#[cfg(test)]
mod tests {
    use crate::analyse::tests::outline;

    #[test]
    fn constant_loops_are_found_but_not_those_on_one_line() {
        let source = "\
def f():
    while True:
        a = 3
        while 1:
            b = 5
    while a:
        c = 7
    while True: d = 8
";
        let endless = outline(source).endless;
        let numbers: Vec<(u32, u32)> = endless.iter().map(|(own, within)| (own.get(), within.get())).collect();
        assert_eq!(numbers, [(2, 3), (4, 5)]);
    }
}
