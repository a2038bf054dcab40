//! The code objects inside expressions: those of lambdas, generators and some comprehensions.
//!
//! Usually their lines are those of the surrounding statement. They count separately if the surrounding code does not count: coverage.py skips
//! code named `__annotate__`, CPython 3.14's name for the code of annotations, but not the code objects inside it.

use ruff_python_ast::visitor::{Visitor, walk_expr, walk_stmt};
use ruff_python_ast::{
    AnyParameterRef, BoolOp, Comprehension, Expr, ExprIf, Stmt, StmtAnnAssign, StmtFunctionDef, UnaryOp,
};
use ruff_text_size::{Ranged, TextSize};

use super::constants::Scope;
use super::suites;
use super::truth;
use crate::model::settings::PythonVersion;

/// The places where code objects in `statement` begin, without those in its suites.
pub(super) fn in_statement(statement: &Stmt, python: PythonVersion) -> Vec<TextSize> {
    let mut search = Search::new(python, python.minor < 12);
    match statement {
        // A local variable's annotation is not evaluated.
        Stmt::AnnAssign(node) => {
            search.visit_expr(&node.target);
            node.value.iter().for_each(|value| search.visit_expr(value));
        }
        Stmt::TypeAlias(_) => search.found.push(statement.start()),
        // A test that always holds rules out what follows.
        Stmt::If(node) => {
            let further = node.elif_else_clauses.iter().map_while(|clause| clause.test.as_ref());
            search.until(std::iter::once(&*node.test).chain(further), true);
        }
        Stmt::While(node) => search.test(&node.test),
        Stmt::Match(node) => {
            search.visit_expr(&node.subject);
            let end = node.cases.iter().position(|case| suites::always_matches(case, python));
            let reached = node.cases.iter().take(end.map_or(usize::MAX, |end| end + 1));
            reached.filter_map(|case| case.guard.as_deref()).for_each(|guard| search.test(guard));
        }
        Stmt::Assert(node) => {
            search.until(std::iter::once(&*node.test).chain(node.msg.as_deref()), true);
        }
        _ => walk_stmt(&mut search, statement),
    }
    search.found
}

/// The places where code objects in variable annotations begin, in the `body` of a module or class and in its suites, since Python 3.14.
/// Annotations are compiled even if control does not reach them.
pub(super) fn in_variables(body: &[Stmt], scope: Scope, python: PythonVersion) -> Vec<TextSize> {
    // Code that can see the scope of a class cannot become a part of it.
    let mut search = Search::new(python, scope == Scope::Class);
    search.annotations(body);
    search.found
}

/// Whether `body` of a module or class, or a suite in it, has a variable annotation that `counts`, reached or not.
pub(super) fn is_annotated(body: &[Stmt], counts: fn(&StmtAnnAssign) -> bool) -> bool {
    body.iter().any(|statement| match statement {
        Stmt::FunctionDef(_) | Stmt::ClassDef(_) => false,
        Stmt::AnnAssign(node) => counts(node),
        _ => suites::suites(statement).any(|suite| is_annotated(suite, counts)),
    })
}

/// The places where code objects in the annotations of a function's parameters and result begin.
pub(super) fn in_signature(node: &StmtFunctionDef, scope: Scope, python: PythonVersion) -> Vec<TextSize> {
    let mut search = Search::new(python, scope == Scope::Class);
    let annotations = node.parameters.iter().filter_map(AnyParameterRef::annotation).chain(node.returns.as_deref());
    annotations.for_each(|annotation| search.visit_expr(annotation));
    search.found
}

struct Search {
    python: PythonVersion,
    /// Whether comprehensions have code objects of their own: since 3.12 most are part of the surrounding code.
    comprehensions: bool,
    found: Vec<TextSize>,
}

impl Search {
    fn new(python: PythonVersion, comprehensions: bool) -> Self {
        Self { python, comprehensions, found: Vec::new() }
    }

    /// Visits `tests`. It stops at the first test that always has that outcome, as far as the compiler knows, and returns whether there is none.
    fn until<'e>(&mut self, tests: impl IntoIterator<Item = &'e Expr>, outcome: bool) -> bool {
        tests.into_iter().all(|test| {
            self.test(test);
            truth::compiled(test, self.python) != Some(outcome)
        })
    }

    /// Visits an expression of which only the truth is needed: it decides jumps.
    fn test(&mut self, test: &Expr) {
        match test {
            Expr::UnaryOp(node) if node.op == UnaryOp::Not => self.test(&node.operand),
            Expr::BoolOp(node) => {
                self.until(&node.values, node.op == BoolOp::Or);
            }
            Expr::If(node) => self.choice(node, Self::test),
            _ => self.visit_expr(test),
        }
    }

    /// Visits the test of a conditional expression, and those of its sides that can be chosen.
    fn choice(&mut self, node: &ExprIf, side: fn(&mut Self, &Expr)) {
        self.test(&node.test);
        let outcome = truth::compiled(&node.test, self.python);
        let sides = [(&node.body, false), (&node.orelse, true)];
        sides.iter().filter(|(_, excluding)| outcome != Some(*excluding)).for_each(|(chosen, _)| side(self, chosen));
    }

    fn comprehension(&mut self, generators: &[Comprehension], results: &[&Expr]) {
        let is_reached = generators.iter().all(|generator| {
            self.visit_expr(&generator.iter);
            self.visit_expr(&generator.target);
            self.until(&generator.ifs, false)
        });
        if is_reached {
            for result in results {
                self.visit_expr(result);
            }
        }
    }

    fn annotations(&mut self, body: &[Stmt]) {
        for statement in body {
            match statement {
                Stmt::FunctionDef(_) | Stmt::ClassDef(_) => {}
                Stmt::AnnAssign(node) if node.simple => self.visit_expr(&node.annotation),
                _ => suites::suites(statement).for_each(|suite| self.annotations(suite)),
            }
        }
    }
}

impl<'a> Visitor<'a> for Search {
    fn visit_body(&mut self, _: &'a [Stmt]) {}

    fn visit_expr(&mut self, expression: &'a Expr) {
        match expression {
            Expr::Lambda(_) | Expr::Generator(_) => self.found.push(expression.start()),
            Expr::ListComp(_) | Expr::SetComp(_) | Expr::DictComp(_) if self.comprehensions => {
                self.found.push(expression.start());
            }
            _ => {}
        }
        match expression {
            // Code that a constant rules out does not exist.
            Expr::If(node) => self.choice(node, |search, side| search.visit_expr(side)),
            Expr::BoolOp(node) => {
                let decisive = Some(node.op == BoolOp::Or);
                let decides = |value: &&Expr| truth::of_operand(value, self.python) == decisive;
                let decided = node.values.iter().position(|value| decides(&value));
                let evaluated = node.values.iter().take(decided.map_or(usize::MAX, |at| at + 1));
                evaluated.for_each(|value| self.visit_expr(value));
            }
            Expr::ListComp(node) => self.comprehension(&node.generators, &[&node.elt]),
            Expr::SetComp(node) => self.comprehension(&node.generators, &[&node.elt]),
            Expr::DictComp(node) => {
                let results: Vec<&Expr> = node.key.as_deref().into_iter().chain([&*node.value]).collect();
                self.comprehension(&node.generators, &results);
            }
            Expr::Generator(node) => self.comprehension(&node.generators, &[&node.elt]),
            _ => walk_expr(self, expression),
        }
    }
}

#[cfg(test)]
mod tests {
    //! The expectations are the answers of coverage.py 7.17.5 under the Python version named.

    use crate::analyse::tests::statements_under;

    #[test]
    fn code_behind_a_constant_test_is_not_kept() {
        let source = "\
def __annotate__(x):
    if x:
        pass
    elif 0:
        pass
    elif (lambda: 6):
        pass
    elif 1:
        pass
    elif (lambda: 10):
        pass
    match x:
        case 1 if (lambda: 13): pass
        case _ if 1: pass
        case 2 if (lambda: 15): pass
    assert 1, (lambda: 16)
    assert 0, (lambda: 17)
def __annotate__(x):
    [
      lambda: 20 for a in x if 0 if (
      lambda: 21)]
    [
      lambda: 23 for a in x if 1 if (
      lambda: 24)]
";
        assert_eq!(statements_under(11, source), [1, 6, 10, 13, 15, 16, 17, 18, 19, 22]);
        assert_eq!(statements_under(13, source), [1, 6, 13, 17, 18, 22]);
    }

    #[test]
    fn an_operand_whose_value_is_needed_decides_only_as_a_constant() {
        let source = "\
def __annotate__(x):
    (not 1) and (lambda: 2)
    (not 1) or (lambda: 3)
    (0 or 1) and (lambda: 4)
    (0 or 1) or (lambda: 5)
    (x and 0) and (lambda: 6)
    (x and 0) or (lambda: 7)
    (1 if 0 else 1) and (lambda: 8)
    (1 if 0 else 1) or (lambda: 9)
    ('') and (lambda: 10)
    ('') or (lambda: 11)
    (-1) and (lambda: 12)
    (-1) or (lambda: 13)
    x if (0 or 1) or (lambda: 14) else 1
    while (not 1) and (lambda: 15): pass
    1 if (lambda: 16) and 0 else 2
    [x for a in x if (1 and 0) and (lambda: 17)]
    (lambda: 18) if 0 else 'last'
    (lambda: 19) if 0 else x
class C:
    v: (not 1) and (lambda: 21)
    v: (not 1) or (lambda: 22)
    v: (0 or 1) and (lambda: 23)
    v: (0 or 1) or (lambda: 24)
    v: (x and 0) and (lambda: 25)
    v: (x and 0) or (lambda: 26)
    v: (1 if 0 else 1) and (lambda: 27)
    v: (1 if 0 else 1) or (lambda: 28)
    v: ('') and (lambda: 29)
    v: ('') or (lambda: 30)
    v: (-1) and (lambda: 31)
    v: (-1) or (lambda: 32)
    v: x if (0 or 1) or (lambda: 33) else 1
    v: 1 if (lambda: 34) and 0 else 2
";
        // The others are in the table of constants, before one that is loaded.
        let unloaded = [19];
        let all = (1..=34).filter(|line| !unloaded.contains(line)).collect::<Vec<_>>();
        assert_eq!(statements_under(11, source), all);
        let expected: Vec<u32> = [&[1, 3, 4, 5, 6, 7, 8, 9, 11, 12, 16][..], &all[18..]].concat();
        assert_eq!(statements_under(12, source), expected);
        assert_eq!(statements_under(13, source), expected);
        let expected = [1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 12, 13, 16, 20, 21, 22, 23, 24, 25, 26, 27, 28, 30, 31, 32, 34];
        assert_eq!(statements_under(14, source), expected);
        assert_eq!(statements_under(15, source), expected);
    }

    #[test]
    fn code_in_annotations_counts_though_these_do_not() {
        let source = "\
if 0:
    x: lambda: 1
    x: [a for a in b]
    (x): lambda: 1
class C:
    y: int
    z: lambda: 1
    a: [b for b in c]
    if 0:
        d: lambda: 1
        (e): lambda: 1
        d: int
    while e:
        f: (g for g in h)
        break
        f: (g for g in h)
    i: lambda: 1 if 0 else 2
    j: (lambda: 1) if 0 else 2
    j: (lambda: 1) if 1 else 2
    j: 0 and (lambda: 1)
    k: int = lambda: 1
    def m(self, n: lambda: 1): pass
    o: f'{p}'
    q: {r: s for r in s}
    (u): lambda: 1
    u.v: lambda: 1
    q: {int: (r for r in s)}
    q: (
      lambda: 1)
def f(a):
    raise E
    def g(b: lambda: 1): pass
def g(a):
    raise E
    def g(b: int): pass
class D:
    def h(a):
        raise E
        def g(b: [c for c in d]): pass
def h(a):
    raise E
    def g(b: [c for c in d]): pass
";
        let expected = [
            1, 5, 6, 7, 8, 9, 13, 14, 15, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 30, 31, 33, 34, 36, 37, 38,
            40, 41,
        ];
        assert_eq!(statements_under(12, source), expected);
        assert_eq!(statements_under(13, source), expected);
        let expected = [
            1, 2, 5, 7, 8, 9, 10, 13, 14, 15, 16, 17, 19, 21, 22, 24, 26, 27, 28, 30, 31, 32, 33, 34, 36, 37, 38, 40,
            41,
        ];
        assert_eq!(statements_under(14, source), expected);
        assert_eq!(statements_under(15, source), expected);
    }

    #[test]
    fn code_in_a_function_that_is_named_like_annotations_counts() {
        let source = "\
def f(a):
    @b
    def __annotate__(c, d=lambda: 3):
        e = 4
        f = lambda: 5
        @(lambda g: 6)
        @h
        def i():
            return 9
        if 0:
            j = lambda: 11
        for k in (l for l in a):
            m: lambda: 13
        n = [
            o for o in a]
        class p:
            q = 17
        return 18
        r = lambda: 19
    class __annotate__:
        s = 21
        def t():
            u = 23
    return f
";
        assert_eq!(statements_under(11, source), [1, 2, 3, 5, 6, 9, 11, 12, 14, 16, 17, 20, 22, 23, 24]);
        for minor in 12..=15 {
            assert_eq!(statements_under(minor, source), [1, 2, 3, 5, 6, 9, 12, 16, 17, 20, 22, 23, 24], "3.{minor}");
        }
    }

    #[test]
    fn type_parameters_have_code_of_their_own_with_decorators_and_header() {
        let source = "\
def f(a):
    def __annotate__(b):
        @c
        @d
        class D[**P](
          E):
            g = 7
        @h
        def i[T](j: T = 1,
          k=2):
            return 11
        class L[
          T: (
          lambda: 1)](
          M):
            n = 16
        @o
        def __annotate__[T]():
            return 19
        @p
        class __annotate__[T]:
            q = 22
    @p
    def __annotate__[T]():
        return 25
    @p
    class __annotate__[T]:
        q = 28
    if 0:
        @r
        class S[T]:
            t = 32
        @r
        def u[T]():
            return 35
        @r
        def __annotate__[T]():
            return 38
        @r
        class __annotate__[T]:
            t = 41
def v(a):
    raise E
    @w
    def x[T]():
        return 46
def y(a):
    raise E
    @w
    class __annotate__[T]:
        z = 51
";
        let expected = [1, 2, 3, 5, 7, 8, 9, 11, 12, 16, 17, 18, 20, 21, 23, 24, 26, 27, 29, 42, 43, 47, 48];
        assert_eq!(statements_under(12, source), expected);
        assert_eq!(statements_under(13, source), expected);
        // In dead code they are kept since 3.14.
        let expected = [&expected[..21], &[44, 45, 46, 47, 48, 49, 50]].concat();
        assert_eq!(statements_under(14, source), expected);
        assert_eq!(statements_under(15, source), expected);
    }
}
