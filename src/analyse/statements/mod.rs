//! The lines for which CPython's compiler produces bytecode, found from the syntax tree alone.
//!
//! coverage.py counts the lines in the line tables of the compiled module and of all code nested in it. Since it maps each line to the first line
//! of its statement, two questions decide: does a statement of this form have code at all (this file), and can control reach it (`reach`)? The
//! answers were checked against CPython 3.11 to 3.15, on the sources of large packages and on random functions full of dead code.

mod last_place;
mod reach;

use std::collections::BTreeMap;

use ruff_python_ast::{Expr, Identifier, Stmt, StmtAnnAssign};
use ruff_text_size::{Ranged, TextSize};

use super::constants::{self, Code, Rules, Scope, Unreached};
use super::module::Module;
use super::nested;
use super::suites;
use super::truth;
use crate::model::lines::{Line, LineSet};
use crate::model::settings::PythonVersion;
use reach::{Block, Completes};

/// The bytecode of a module, as far as its lines matter.
#[derive(Default)]
pub(super) struct Bytecode {
    /// The lines that have some: where statements, decorators, handlers and patterns begin. These are physical lines, and only the first line of each
    /// statement is significant. Docstrings of modules and classes are included.
    pub(super) lines: LineSet,
    /// Up to 3.11, the place through which every end of the body of an `async with` leaves it, by the beginning of the statement.
    pub(super) left_at: BTreeMap<TextSize, TextSize>,
}

/// The bytecode of `module` under `python`. `lazy_annotations` is whether the module asks for annotations that are never evaluated.
pub(super) fn bytecode(module: &Module<'_>, python: PythonVersion, lazy_annotations: bool) -> Bytecode {
    let body = &*module.tree.body;
    let mut walk = Walk {
        module,
        python,
        lazy_annotations,
        code: Bytecode::default(),
        blocks: Vec::new(),
        conditions: 0,
        unreached: Unreached::default(),
        is_passed_over: false,
    };
    walk.code_object(body, Scope::Module);
    walk.code
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

/// Whether a statement of this form has bytecode; `is_conditional` is whether it stands in a suite of the function or class.
pub(super) fn has_code(statement: &Stmt, rules: Rules, is_conditional: bool) -> bool {
    match statement {
        Stmt::Global(_) | Stmt::Nonlocal(_) => false,
        Stmt::Delete(node) => node.targets.iter().any(deletes),
        Stmt::AnnAssign(node) => annotation_has_code(node, rules, is_conditional),
        _ => true,
    }
}

/// Whether `x: int` has an effect in its own place: up to 3.13 it evaluates the annotation there, from 3.14 on another function does.
fn annotation_has_code(node: &StmtAnnAssign, rules: Rules, is_conditional: bool) -> bool {
    if node.value.is_some() || !matches!(*node.target, Expr::Name(_)) {
        return true;
    }
    let deferred = rules.defers_annotations();
    match rules.scope {
        Scope::Function => false,
        _ if !node.simple => !(rules.lazy_annotations || deferred),
        // In a conditional suite, a record of the annotations that were passed is kept for that function.
        Scope::Class => !deferred || is_conditional,
        Scope::Module => true,
    }
}

struct Walk<'a> {
    module: &'a Module<'a>,
    python: PythonVersion,
    lazy_annotations: bool,
    code: Bytecode,
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
        self.code.lines.extend(Line::new(self.module.line(offset)));
    }

    fn mark_all_nested(&mut self, offsets: Vec<TextSize>) {
        for offset in offsets {
            self.mark_nested(offset);
        }
    }

    /// Marks the statements that have code in a module, function or class, including unreachable ones.
    fn code_object(&mut self, body: &'a [Stmt], scope: Scope) {
        if let (Scope::Module, Some(first)) = (scope, body.first())
            && nested::is_annotated(body, |_| true)
        {
            // The instructions that prepare the annotations of a module.
            self.mark(first.start());
        }
        // The docstring of a function is not an instruction.
        let skipped = usize::from(scope == Scope::Function && suites::docstring(body).is_some());
        self.unreached.end = !self.suite(body.get(skipped..).unwrap_or_default(), scope);
        // The function that evaluates annotations is created at the beginning of a module, but at the end of a class.
        let is_annotated = scope == Scope::Module || (scope == Scope::Class && !self.unreached.end);
        if is_annotated && self.python.minor >= 14 && !self.lazy_annotations {
            self.mark_all_nested(nested::in_variables(body, scope, self.python));
        }
        if self.unreached.statements.is_empty() && !self.is_passed_over {
            return;
        }
        let rules = Rules { scope, python: self.python, lazy_annotations: self.lazy_annotations };
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
        let (name, body, scope, is_generic) = match statement {
            Stmt::FunctionDef(node) => (&node.name, &*node.body, Scope::Function, node.type_params.is_some()),
            Stmt::ClassDef(node) => (&node.name, &*node.body, Scope::Class, node.type_params.is_some()),
            _ => return,
        };
        if is_generic {
            // The code object of the type parameters begins with the decorators, and ends by making the function or class.
            self.mark_nested(suites::code_start(statement));
            self.mark_nested(suites::start(self.module, statement));
        }
        // Since 3.11 a function's first instruction is on the line of its header; before, that of a body without code.
        let documented = usize::from(suites::docstring(body).is_some());
        let begins_with_header = scope == Scope::Class
            || self.python.minor >= 11
            || !body.iter().skip(documented).any(|inner| self.has_code(inner, scope));
        if begins_with_header && !is_annotate(name) {
            self.mark_nested(suites::code_start(statement));
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
                    self.mark(decorator.expression.start());
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

    fn has_code(&self, statement: &Stmt, scope: Scope) -> bool {
        let rules = Rules { scope, python: self.python, lazy_annotations: self.lazy_annotations };
        has_code(statement, rules, self.conditions > 0)
    }
}

#[cfg(test)]
mod tests {
    use crate::analyse::tests::{statements, statements_under};
    use crate::analyse::{Rules, analyse};
    use crate::model::kind::Kind;
    use crate::model::lines::tests::numbers;
    use crate::python::re::Pattern;

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
    fn a_module_prepares_its_annotations_on_its_first_line() {
        // coverage.py under CPython 3.11 to 3.15
        for (source, until_13, since_14) in [
            ("(a): int\n(b): int\n", &[1, 2][..], &[1][..]),
            ("global a\nraise E\nwhile a:\n    (b): int\n", &[1, 2], &[1, 2]),
            ("del ()\na.b: int\n", &[1, 2], &[1, 2]),
            ("'One.'\n(a): int\n", &[2], &[]),
            (
                "global a\nclass C:\n    global a\n    (b): int\ndef f():\n    global a\n    b: int\n",
                &[2, 4, 5],
                &[2, 5],
            ),
        ] {
            for minor in 11..=15 {
                let expected = if minor < 14 { until_13 } else { since_14 };
                assert_eq!(statements_under(minor, source), expected, "3.{minor}: {source}");
            }
        }
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
    fn the_future_import_is_of_the_module_itself_since_python_3_13() {
        let source = "from .__future__ import annotations\n(a): int\n";
        assert_eq!(statements_under(12, source), [1]);
        assert_eq!(statements_under(13, source), [1, 2]);
    }

    #[test]
    fn decorators_are_statements() {
        assert_eq!(statements("@a\n@b(\n    3)\ndef f(\n        c=5):\n    return 6\n"), [1, 2, 4, 6]);
    }

    /// The statements are those of coverage.py 7.17.5 under CPython 3.11 to 3.13.
    #[test]
    fn a_decorator_has_its_code_where_its_expression_begins() {
        let rules = Rules { exclude: Pattern::new("# no", 13).ok(), ..Rules::default() };
        for (decorators, statement) in
            [("@(\n d\n)", 6), ("@\\\n d", 5), ("@(\n # c\n d)\n@d", 7), ("@d\n@(\n d\n)", 7)]
        {
            let source = format!("{decorators}\ndef f():  # no\n    return 1\nz = 1\n");
            let outline = analyse(&source, &rules, Kind::Statements).unwrap();
            assert_eq!(numbers(&outline.statements), [statement], "{decorators}");
        }
    }

    #[test]
    fn deleting_nothing_is_nothing() {
        assert_eq!(statements("a = 1\ndel ()\ndel [(), []]\ndel (a,)\n"), [1, 4]);
    }
}
