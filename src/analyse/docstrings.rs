//! The lines of docstrings, which coverage.py never counts.

use ruff_python_ast::Stmt;
use ruff_text_size::Ranged;

use super::module::Module;
use super::suites;
use crate::model::lines::{Line, LineSet};

/// Every line of every docstring of `module`, its functions and its classes.
pub(super) fn docstrings(module: &Module<'_>) -> LineSet {
    let mut lines = LineSet::new();
    collect_docstring(module, &module.tree.body, &mut lines);
    collect(module, &module.tree.body, &mut lines);
    lines
}

fn collect(module: &Module<'_>, body: &[Stmt], lines: &mut LineSet) {
    for statement in body.iter().filter(|statement| suites::is_compound(statement)) {
        match statement {
            Stmt::FunctionDef(node) => collect_docstring(module, &node.body, lines),
            Stmt::ClassDef(node) => collect_docstring(module, &node.body, lines),
            _ => {}
        }
        for suite in suites::suites(statement) {
            collect(module, suite, lines);
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

#[cfg(test)]
mod tests {
    use crate::analyse::tests::statements;

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
}
