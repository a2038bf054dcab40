//! The suites of a statement: the statement lists it holds, in the order of the text.

use ruff_python_ast::token::TokenKind;
use ruff_python_ast::{Decorator, ExceptHandler, Expr, MatchCase, Pattern, Stmt};
use ruff_text_size::{Ranged, TextSize};

use super::module::Module;
use super::truth;
use crate::model::settings::PythonVersion;

/// The statement lists that `statement` holds, in text order; absent parts give empty lists.
pub(super) fn suites(statement: &Stmt) -> impl DoubleEndedIterator<Item = &[Stmt]> {
    let absent: &[Stmt] = &[];
    let (mut clauses, mut handlers, mut cases) = ([].iter(), [].iter(), [].iter());
    let (body, orelse, finalbody) = match statement {
        Stmt::FunctionDef(node) => (&*node.body, absent, absent),
        Stmt::ClassDef(node) => (&*node.body, absent, absent),
        Stmt::With(node) => (&*node.body, absent, absent),
        Stmt::For(node) => (&*node.body, &*node.orelse, absent),
        Stmt::While(node) => (&*node.body, &*node.orelse, absent),
        Stmt::If(node) => {
            clauses = node.elif_else_clauses.iter();
            (&*node.body, absent, absent)
        }
        Stmt::Try(node) => {
            handlers = node.handlers.iter();
            (&*node.body, &*node.orelse, &*node.finalbody)
        }
        Stmt::Match(node) => {
            cases = node.cases.iter();
            (absent, absent, absent)
        }
        _ => (absent, absent, absent),
    };
    std::iter::once(body)
        .chain(clauses.map(|clause| &*clause.body))
        .chain(handlers.map(|ExceptHandler::ExceptHandler(handler)| &*handler.body))
        .chain(cases.map(|case| &*case.body))
        .chain([orelse, finalbody])
}

/// Whether `statement` holds other statements.
pub(super) fn is_compound(statement: &Stmt) -> bool {
    matches!(
        statement,
        Stmt::FunctionDef(_)
            | Stmt::ClassDef(_)
            | Stmt::If(_)
            | Stmt::While(_)
            | Stmt::For(_)
            | Stmt::With(_)
            | Stmt::Match(_)
            | Stmt::Try(_)
    )
}

/// The decorators of a function or class.
pub(super) fn decorators(statement: &Stmt) -> &[Decorator] {
    match statement {
        Stmt::FunctionDef(node) => &node.decorator_list,
        Stmt::ClassDef(node) => &node.decorator_list,
        _ => &[],
    }
}

/// The place where the code of a function or class begins: its first decorator, without the `@` and the brackets, which may stand on earlier lines.
pub(super) fn code_start(statement: &Stmt) -> TextSize {
    decorators(statement).first().map_or(statement.start(), |decorator| decorator.expression.start())
}

/// The place where CPython says that `statement` begins: after its decorators.
pub(super) fn start(module: &Module<'_>, statement: &Stmt) -> TextSize {
    let Some(last) = decorators(statement).last() else { return statement.start() };
    // The keyword is the first token after the decorators that is not an end of line or a comment.
    let after = module.tokens.partition_point(|token| token.start() < last.end());
    let rest = module.tokens.get(after..).unwrap_or_default();
    rest.iter()
        .find(|token| !token.kind().is_trivia() && token.kind() != TokenKind::Newline)
        .map_or(statement.start(), Ranged::start)
}

/// The docstring among `body`, the statements of a module, class or function.
pub(super) fn docstring(body: &[Stmt]) -> Option<&Stmt> {
    body.first().filter(|first| matches!(first, Stmt::Expr(node) if matches!(*node.value, Expr::StringLiteral(_))))
}

/// Whether coverage.py takes the case for one that matches anything: it has no guard, and its pattern is a wildcard or a name, also through
/// `as`, or the last alternative is one. It does not look for alternatives inside of an `as` (`_case_is_irrefutable`).
pub(super) fn coveragepy_irrefutable(case: &MatchCase) -> bool {
    let mut pattern = &case.pattern;
    while let Pattern::MatchOr(choice) = pattern
        && let Some(last) = choice.patterns.last()
    {
        pattern = last;
    }
    while let Pattern::MatchAs(named) = pattern {
        match &named.pattern {
            Some(inner) => pattern = inner,
            None => return case.guard.is_none(),
        }
    }
    false
}

/// Whether CPython's compiler knows that the pattern always matches: it is a wildcard or a name, or ends in one, however `as` and `|` nest.
fn compiler_irrefutable(pattern: &Pattern) -> bool {
    match pattern {
        Pattern::MatchOr(node) => node.patterns.last().is_some_and(compiler_irrefutable),
        Pattern::MatchAs(node) => node.pattern.as_deref().is_none_or(compiler_irrefutable),
        _ => false,
    }
}

/// Whether control never gets past `case`: its pattern matches anything, and its guard, if any, is constant.
pub(super) fn always_matches(case: &MatchCase, python: PythonVersion) -> bool {
    compiler_irrefutable(&case.pattern)
        && case.guard.as_deref().is_none_or(|guard| truth::compiled(guard, python) == Some(true))
}

/// Whether the case at `at` is a `case _` that ends a statement with others: it has no jumps of its own.
pub(super) fn is_default(cases: &[MatchCase], at: usize) -> bool {
    let is_wildcard =
        |pattern: &Pattern| matches!(pattern, Pattern::MatchAs(all) if all.name.is_none() && all.pattern.is_none());
    at > 0 && at + 1 == cases.len() && cases.last().is_some_and(|case| is_wildcard(&case.pattern))
}
