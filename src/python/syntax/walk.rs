//! The walk over the tree, which finds everything that CPython's symbol tables and code generation refuse.
//!
//! Its checks are described in [`super::names`], [`super::definitions`], [`super::statements`], [`super::expressions`] and [`super::patterns`].

use ruff_python_ast::token::{Token, TokenKind};
use ruff_python_ast::visitor::{self, Visitor};
use ruff_python_ast::{self as ast, Expr, ExprContext, PythonVersion, Stmt};
use ruff_python_parser::Parsed;
use ruff_text_size::{Ranged, TextSize};

use super::finding::{Findings, Pass};
use super::future;
use super::units::{Block, Kind, Unit, usage};

/// The state of the walk.
pub(super) struct Walk<'a> {
    pub(super) text: &'a str,
    pub(super) python: PythonVersion,
    pub(super) findings: Findings,
    pub(super) units: Vec<Unit<'a>>,
    pub(super) future: future::Imports,
    /// Whether names are kept, for `global` and `nonlocal`.
    pub(super) keeps_names: bool,
    /// The number of annotations around the current point that are never compiled.
    pub(super) uncompiled: u32,
    /// The number of format specifications around the current point, within its f-string.
    fields: u32,
}

/// Walks a well-formed module, with the features of its `__future__` imports, and adds to the mistakes found in these.
pub(super) fn walk(
    text: &str,
    parsed: &Parsed<ast::ModModule>,
    python: PythonVersion,
    future: future::Imports,
    findings: Findings,
) -> Findings {
    let tree = parsed.syntax();
    let mentions = |word: &str| memchr::memmem::find(text.as_bytes(), word.as_bytes()).is_some();
    let declares = |token: &Token| matches!(token.kind(), TokenKind::Global | TokenKind::Nonlocal);
    let mut walk = Walk {
        text,
        python,
        future,
        findings,
        units: vec![Unit::new(Kind::Module)],
        keeps_names: (mentions("global") || mentions("nonlocal")) && parsed.tokens().iter().any(declares),
        uncompiled: 0,
        fields: 0,
    };
    walk.body(&tree.body);
    walk.leave();
    walk.findings
}

impl<'a> Walk<'a> {
    /// Mistakes that CPython's grammar refuses and the parser lets pass.
    pub(super) fn grammar(&mut self, at: TextSize, message: impl Into<String>) {
        self.findings.add(Pass::Grammar, at, message);
    }

    pub(super) fn symbol(&mut self, at: TextSize, message: impl Into<String>) {
        self.findings.add(Pass::Symbols, at, message);
    }

    pub(super) fn code(&mut self, at: TextSize, message: impl Into<String>) {
        if self.uncompiled == 0 {
            self.findings.add(Pass::Code, at, message);
        }
    }

    /// Adds a mistake that 3.14 looks for while it builds the tables, and older versions while they emit code.
    pub(super) fn early_since_314(&mut self, at: TextSize, message: &str) {
        if self.python >= PythonVersion::PY314 {
            self.symbol(at, message);
        } else {
            self.code(at, message);
        }
    }

    pub(super) fn unit(&mut self) -> &mut Unit<'a> {
        if self.units.is_empty() {
            self.units.push(Unit::new(Kind::Module));
        }
        let last = self.units.len() - 1;
        &mut self.units[last]
    }

    pub(super) fn kind(&self) -> Kind {
        self.units.last().map_or(Kind::Module, |unit| unit.kind)
    }

    pub(super) fn enter(&mut self, kind: Kind) {
        let mut unit = Unit::new(kind);
        // No part of a comprehension's iterable may bind names with `:=`, including lambdas.
        unit.iterables = self.unit().iterables;
        self.units.push(unit);
    }
}

impl<'a> Visitor<'a> for Walk<'a> {
    fn visit_stmt(&mut self, stmt: &'a Stmt) {
        match stmt {
            Stmt::FunctionDef(function) => self.function(function),
            Stmt::ClassDef(class) => self.class(class),
            Stmt::Return(statement) => self.returns(statement),
            Stmt::TypeAlias(alias) => {
                if let Expr::Name(name) = &*alias.name {
                    self.bind(name.id.as_str(), name.start());
                }
                if let Some(parameters) = &alias.type_params {
                    self.enter(Kind::TypeParameters);
                    self.type_parameters(parameters);
                }
                self.enter(Kind::Annotation { place: "a type alias" });
                self.visit_expr(&alias.value);
                self.leave();
                if alias.type_params.is_some() {
                    self.leave();
                }
            }
            Stmt::Assign(assignment) => {
                self.visit_expr(&assignment.value);
                for target in &assignment.targets {
                    self.target(target);
                }
            }
            Stmt::AnnAssign(assignment) => self.annotated_assignment(assignment),
            Stmt::For(statement) => {
                let at = statement.start();
                if statement.is_async && self.kind() != (Kind::Function { is_async: true }) {
                    self.early_since_314(at, "'async for' outside async function");
                }
                self.visit_expr(&statement.iter);
                self.within(Block::Loop, at, |walk| {
                    walk.target(&statement.target);
                    walk.visit_body(&statement.body);
                });
                self.visit_body(&statement.orelse);
            }
            Stmt::While(statement) => {
                self.within(Block::Loop, statement.start(), |walk| {
                    walk.visit_expr(&statement.test);
                    walk.visit_body(&statement.body);
                });
                self.visit_body(&statement.orelse);
            }
            Stmt::With(statement) => {
                if statement.is_async && self.kind() != (Kind::Function { is_async: true }) {
                    self.early_since_314(statement.start(), "'async with' outside async function");
                }
                self.with(statement, 0);
            }
            Stmt::Match(statement) => {
                self.visit_expr(&statement.subject);
                let last = statement.cases.len().saturating_sub(1);
                for (index, case) in statement.cases.iter().enumerate() {
                    self.case(case, index == last);
                    self.visit_pattern(&case.pattern);
                    if let Some(guard) = &case.guard {
                        self.visit_expr(guard);
                    }
                    self.visit_body(&case.body);
                }
            }
            Stmt::Try(statement) => self.tries(statement),
            Stmt::Import(statement) => {
                if statement.is_lazy {
                    self.lazy(statement.start(), "lazy import");
                }
                for alias in &statement.names {
                    self.alias(alias);
                }
            }
            Stmt::ImportFrom(statement) => self.imports(statement),
            Stmt::Global(statement) => self.declare(&statement.names, statement.start(), "global", usage::GLOBAL),
            Stmt::Nonlocal(statement) => {
                self.declare(&statement.names, statement.start(), "nonlocal", usage::NONLOCAL);
            }
            Stmt::Break(statement) => self.jump(statement.start(), "break", "outside loop"),
            Stmt::Continue(statement) => self.jump(statement.start(), "continue", "not properly in loop"),
            Stmt::Expr(statement) => self.visit_expr(&statement.value),
            _ => visitor::walk_stmt(self, stmt),
        }
    }

    fn visit_expr(&mut self, expr: &'a Expr) {
        match expr {
            Expr::Name(name) => self.name(name),
            Expr::Attribute(attribute) => {
                if attribute.ctx != ExprContext::Load {
                    self.forbid_debug(attribute.attr.as_str(), attribute.start());
                }
                self.visit_expr(&attribute.value);
            }
            Expr::Lambda(lambda) => {
                if let Some(parameters) = &lambda.parameters {
                    self.defaults(parameters);
                }
                self.in_class_annotation(lambda.start(), "lambda");
                self.enter(Kind::Lambda);
                if let Some(parameters) = &lambda.parameters {
                    self.parameters(parameters);
                }
                self.visit_expr(&lambda.body);
                self.leave();
            }
            Expr::ListComp(list) => {
                self.comprehension(list.start(), "list comprehension", &list.generators, [Some(&list.elt), None]);
            }
            Expr::SetComp(set) => {
                self.comprehension(set.start(), "set comprehension", &set.generators, [Some(&set.elt), None]);
            }
            Expr::Dict(dict) => {
                for item in &dict.items {
                    match &item.key {
                        Some(key) => self.visit_expr(key),
                        None => self.operand(&item.value),
                    }
                    self.visit_expr(&item.value);
                }
            }
            Expr::DictComp(dict) => {
                let elements = [dict.key.as_deref(), Some(&*dict.value)];
                self.comprehension(dict.start(), "dict comprehension", &dict.generators, elements);
            }
            Expr::Generator(generator) => {
                let elements = [Some(&*generator.elt), None];
                self.comprehension(generator.start(), "generator expression", &generator.generators, elements);
            }
            Expr::Await(inner) => {
                self.awaits(inner.start());
                self.visit_expr(&inner.value);
            }
            Expr::Yield(inner) => {
                self.yields(inner.start(), "yield");
                if let Some(value) = inner.value.as_deref() {
                    self.visit_expr(value);
                }
            }
            Expr::YieldFrom(inner) => {
                self.yields(inner.start(), "yield from");
                self.visit_expr(&inner.value);
            }
            Expr::Named(named) => self.named(named),
            Expr::Tuple(tuple) => {
                self.bare_yields(tuple);
                self.sequence(tuple.start(), &tuple.elts, tuple.ctx);
                self.elements(&tuple.elts);
            }
            Expr::List(list) => {
                self.sequence(list.start(), &list.elts, list.ctx);
                self.elements(&list.elts);
            }
            Expr::Set(set) => self.elements(&set.elts),
            Expr::Subscript(subscript) => {
                self.visit_expr(&subscript.value);
                match &*subscript.slice {
                    Expr::Tuple(tuple) if !tuple.parenthesized => {
                        self.bare_yields(tuple);
                        tuple.elts.iter().for_each(|element| self.element(element));
                    }
                    slice => self.visit_expr(slice),
                }
            }
            Expr::Starred(starred) => {
                self.code(starred.start(), "can't use starred expression here");
                self.visit_expr(&starred.value);
            }
            Expr::FString(_) | Expr::TString(_) => {
                let around = std::mem::take(&mut self.fields);
                visitor::walk_expr(self, expr);
                self.fields = around;
            }
            _ => visitor::walk_expr(self, expr),
        }
    }

    fn visit_arguments(&mut self, arguments: &'a ast::Arguments) {
        self.keywords(&arguments.keywords);
        self.arguments(arguments);
    }

    fn visit_interpolated_string_element(&mut self, element: &'a ast::InterpolatedStringElement) {
        if let ast::InterpolatedStringElement::Interpolation(field) = element {
            if let Expr::Starred(starred) = &*field.expression
                && self.python < PythonVersion::PY312
            {
                let message = "f-string: cannot use starred expression here";
                self.findings.add(Pass::Grammar, starred.start(), message);
            }
            // Up to 3.11, see [`super::fields`].
            if self.python >= PythonVersion::PY312 && self.fields >= 3 {
                self.findings.add(Pass::Grammar, field.start(), "f-string: expressions nested too deeply");
            }
            if self.python >= PythonVersion::PY312 && self.fields >= 2 && field.debug_text.is_some() {
                self.findings.add(Pass::Grammar, field.start(), "field 'value' is required for Constant");
            }
            self.visit_expr(&field.expression);
            if let Some(specification) = &field.format_spec {
                self.fields += 1;
                for inner in &specification.elements {
                    self.visit_interpolated_string_element(inner);
                }
                self.fields -= 1;
            }
        }
    }

    fn visit_pattern(&mut self, pattern: &'a ast::Pattern) {
        if let ast::Pattern::MatchValue(value) = pattern
            && matches!(&*value.value, Expr::FString(_) | Expr::TString(_))
        {
            let message = "patterns may only match literals and attribute lookups";
            self.findings.add(Pass::Grammar, pattern.start(), message);
        }
        let name = match pattern {
            ast::Pattern::MatchAs(pattern) => pattern.name.as_ref(),
            ast::Pattern::MatchStar(pattern) => pattern.name.as_ref(),
            ast::Pattern::MatchMapping(pattern) => pattern.rest.as_ref(),
            _ => None,
        };
        if let Some(name) = name {
            self.bind(name.as_str(), name.start());
        }
        visitor::walk_pattern(self, pattern);
    }
}

#[cfg(test)]
mod tests {
    use super::super::judged::{refusal, refusal_in, said};

    #[test]
    fn jumps_need_a_loop_or_function() {
        assert_eq!(refusal("break\n"), said(1, "'break' outside loop"));
        assert_eq!(refusal("if a:\n    continue\n"), said(2, "'continue' not properly in loop"));
        assert_eq!(refusal("for a in b:\n    def f():\n        break\n"), said(3, "'break' outside loop"));
        assert_eq!(refusal("while a: pass\nelse:\n    break\n"), said(3, "'break' outside loop"));
        assert_eq!(refusal("return\n"), said(1, "'return' outside function"));
        assert_eq!(refusal("class C:\n    return 1\n"), said(2, "'return' outside function"));
    }

    #[test]
    fn no_jump_leaves_an_except_star_block() {
        assert_eq!(
            refusal("for a in b:\n    try: pass\n    except* c:\n        break\n"),
            said(4, "'break', 'continue' and 'return' cannot appear in an except* block")
        );
        assert_eq!(
            refusal("def f():\n    try: pass\n    except* a:\n        return\n"),
            said(4, "'break', 'continue' and 'return' cannot appear in an except* block")
        );
        assert_eq!(
            refusal("while a:\n    try: pass\n    except* b:\n        continue\n"),
            said(4, "'break', 'continue' and 'return' cannot appear in an except* block")
        );
    }

    #[test]
    fn yield_and_await_need_their_function() {
        assert_eq!(refusal("yield\n"), said(1, "'yield' outside function"));
        assert_eq!(refusal("class C:\n    yield 1\n"), said(2, "'yield' outside function"));
        assert_eq!(refusal("await a\n"), said(1, "'await' outside function"));
        assert_eq!(refusal("def f():\n    await a\n"), said(2, "'await' outside async function"));
        assert_eq!(refusal("lambda: await a\n"), said(1, "'await' outside async function"));
        assert_eq!(refusal("def f():\n    async for a in b: pass\n"), said(2, "'async for' outside async function"));
        assert_eq!(refusal("async with a: pass\n"), said(1, "'async with' outside async function"));
        assert_eq!(refusal("async def f():\n    yield from a\n"), said(2, "'yield from' inside async function"));
        assert_eq!(
            refusal("async def f():\n    yield 1\n    return 2\n"),
            said(3, "'return' with value in async generator")
        );
    }

    #[test]
    fn comprehensions_neither_yield_nor_await_out_of_place() {
        assert_eq!(refusal("def f():\n    [(yield a) for a in b]\n"), said(2, "'yield' inside list comprehension"));
        assert_eq!(refusal("def f():\n    ((yield a) for a in b)\n"), said(2, "'yield' inside generator expression"));
        assert_eq!(
            refusal("def f():\n    [a async for a in b]\n"),
            said(2, "asynchronous comprehension outside of an asynchronous function")
        );
        assert_eq!(
            refusal("def f():\n    {await a for a in b}\n"),
            said(2, "asynchronous comprehension outside of an asynchronous function")
        );
        assert_eq!(
            refusal("[[a async for a in b] for c in d]\n"),
            said(1, "asynchronous comprehension outside of an asynchronous function")
        );
    }

    #[test]
    fn named_expressions_in_comprehensions_bind_outside() {
        assert_eq!(
            refusal("[a := 1 for a in b]\n"),
            said(1, "assignment expression cannot rebind comprehension iteration variable 'a'")
        );
        assert_eq!(
            refusal("[a for a in (b := c)]\n"),
            said(1, "assignment expression cannot be used in a comprehension iterable expression")
        );
        assert_eq!(
            refusal("class C:\n    [(a := b) for b in c]\n"),
            said(2, "assignment expression within a comprehension cannot be used in a class body")
        );
        assert_eq!(
            refusal("[(a := 1) for b in c for a in d]\n"),
            said(1, "assignment expression cannot rebind comprehension iteration variable 'a'")
        );
        assert_eq!(
            refusal("[b for b in (lambda: (a := c))()]\n"),
            said(1, "assignment expression cannot be used in a comprehension iterable expression")
        );
    }

    #[test]
    fn a_name_within_the_target_of_a_loop_was_a_variable_of_it_until_python_3_11() {
        let variable = |text: &str| {
            let refused = (11..=15).filter(|&minor| refusal_in(minor, text).is_some());
            refused.collect::<Vec<_>>()
        };
        let all = [11, 12, 13, 14, 15];
        assert_eq!(variable("{(o := x) for o.x in f()}\n"), [11]);
        assert_eq!(variable("{(i := x) for o[i] in f()}\n"), [11]);
        assert_eq!(variable("[[(o := x) for y in z] for o.x in f()]\n"), [11]);
        assert_eq!(variable("[(k := x) for o[[k for z in k]] in f()]\n"), [11]);
        assert_eq!(variable("[(k := x) for o[lambda: k] in f()]\n"), [0_u8; 0]);
        assert_eq!(variable("[1 for x in f() if (o := x) for o.x in f()]\n"), all);
        assert_eq!(variable("[(k := 1) for o[(k := 1)] in f()]\n"), all);
        assert_eq!(variable("[(w := 1) for x in f() for o[(k := 1)] in f()]\n"), all);
    }

    #[test]
    fn global_comes_before_use() {
        assert_eq!(
            refusal("def f():\n    a = 1\n    global a\n"),
            said(3, "name 'a' is assigned to before global declaration")
        );
        assert_eq!(
            refusal("def f():\n    print(a)\n    global a\n"),
            said(3, "name 'a' is used prior to global declaration")
        );
        assert_eq!(refusal("def f(a):\n    global a\n"), said(2, "name 'a' is parameter and global"));
        assert_eq!(refusal("def f():\n    a: int\n    global a\n"), said(3, "annotated name 'a' can't be global"));
        assert_eq!(refusal("a = 1\nglobal a\n"), said(2, "name 'a' is assigned to before global declaration"));
        assert_eq!(refusal("def f():\n    global a\n    a: int = 1\n"), said(3, "annotated name 'a' can't be global"));
    }

    #[test]
    fn nonlocal_needs_a_function_around_that_binds_the_name() {
        assert_eq!(refusal("nonlocal a\n"), said(1, "nonlocal declaration not allowed at module level"));
        assert_eq!(refusal("def f():\n    nonlocal a\n"), said(2, "no binding for nonlocal 'a' found"));
        assert_eq!(refusal("a = 1\ndef f():\n    nonlocal a\n"), said(3, "no binding for nonlocal 'a' found"));
        assert_eq!(
            refusal("class C:\n    a = 1\n    def f(self):\n        nonlocal a\n"),
            said(4, "no binding for nonlocal 'a' found")
        );
        assert_eq!(
            refusal("def f():\n    global a\n    def g():\n        nonlocal a\n"),
            said(4, "no binding for nonlocal 'a' found")
        );
        assert_eq!(refusal("def f(a):\n    nonlocal a\n"), said(2, "name 'a' is parameter and nonlocal"));
        assert_eq!(
            refusal("def f():\n    def g():\n        global a\n        nonlocal a\n    a = 1\n"),
            said(3, "name 'a' is nonlocal and global")
        );
        assert_eq!(
            refusal("def f():\n    a = 1\n    def g():\n        a\n        nonlocal a\n"),
            said(5, "name 'a' is used prior to nonlocal declaration")
        );
    }

    #[test]
    fn names_may_not_repeat() {
        assert_eq!(refusal("def f(a, a): pass\n"), said(1, "duplicate argument 'a' in function definition"));
        assert_eq!(refusal("lambda a, *a: a\n"), said(1, "duplicate argument 'a' in function definition"));
        assert_eq!(refusal("f(a=1, a=2)\n"), said(1, "keyword argument repeated: a"));
        assert_eq!(refusal("class C(a=1, a=2): pass\n"), said(1, "keyword argument repeated: a"));
        assert_eq!(refusal("def f[T, T](): pass\n"), said(1, "duplicate type parameter 'T'"));
        assert_eq!(refusal("class C[T, *T]: pass\n"), said(1, "duplicate type parameter 'T'"));
    }

    #[test]
    fn debug_is_no_variable() {
        assert_eq!(refusal("__debug__ = 1\n"), said(1, "cannot assign to __debug__"));
        assert_eq!(refusal("def __debug__(): pass\n"), said(1, "cannot assign to __debug__"));
        assert_eq!(refusal("def f(__debug__): pass\n"), said(1, "cannot assign to __debug__"));
        assert_eq!(refusal("import __debug__\n"), said(1, "cannot assign to __debug__"));
        assert_eq!(refusal("f(__debug__=1)\n"), said(1, "cannot assign to __debug__"));
        assert_eq!(refusal("a.__debug__ = 1\n"), said(1, "cannot assign to __debug__"));
        assert_eq!(refusal("for __debug__ in a: pass\n"), said(1, "cannot assign to __debug__"));
        assert_eq!(refusal("del __debug__\n"), said(1, "cannot delete __debug__"));
        assert_eq!(refusal("with a as __debug__: pass\n"), said(1, "cannot assign to __debug__"));
        assert_eq!(refusal("match a:\n    case __debug__: pass\n"), said(2, "cannot assign to __debug__"));
        assert_eq!(refusal("(__debug__ := 1)\n"), said(1, "cannot assign to __debug__"));
    }

    #[test]
    fn stars_stand_in_lists_tuples_and_calls() {
        assert_eq!(refusal("*a = b\n"), said(1, "starred assignment target must be in a list or tuple"));
        assert_eq!(refusal("a = *b\n"), said(1, "can't use starred expression here"));
        assert_eq!(refusal("*a\n"), said(1, "can't use starred expression here"));
        assert_eq!(refusal("*a, *b = c\n"), said(1, "multiple starred expressions in assignment"));
        assert_eq!(refusal("for *a in b: pass\n"), said(1, "starred assignment target must be in a list or tuple"));
        assert_eq!(refusal("with a as *b: pass\n"), said(1, "starred assignment target must be in a list or tuple"));
        assert_eq!(refusal("return_ = f'{*a}'\n"), said(1, "can't use starred expression here"));
        assert_eq!(refusal("a += *b\n"), said(1, "can't use starred expression here"));
    }

    #[test]
    fn handlers_come_in_order() {
        assert_eq!(refusal("try: pass\nexcept: pass\nexcept a: pass\n"), said(2, "default 'except:' must be last"));
    }

    #[test]
    fn import_star_stands_in_modules() {
        assert_eq!(refusal("def f():\n    from a import *\n"), said(2, "import * only allowed at module level"));
        assert_eq!(refusal("class C:\n    from a import *\n"), said(2, "import * only allowed at module level"));
    }

    #[test]
    fn annotations_and_type_parameters_hold_no_yield_await_or_named_expression() {
        assert_eq!(
            refusal("def f[T: (yield 1)](): pass\n"),
            said(1, "yield expression cannot be used within a TypeVar bound")
        );
        assert_eq!(refusal("type A = (a := 1)\n"), said(1, "named expression cannot be used within a type alias"));
        assert_eq!(
            refusal("def f[T](a: (b := 1)): pass\n"),
            said(1, "named expression cannot be used within the definition of a generic")
        );
        assert_eq!(
            refusal("class C[T](a := b): pass\n"),
            said(1, "named expression cannot be used within the definition of a generic")
        );
        assert_eq!(
            refusal("class C[T: (await a)]: pass\n"),
            said(1, "await expression cannot be used within a TypeVar bound")
        );
    }

    #[test]
    fn blocks_nest_to_a_limit() {
        let loops = |depth: usize| -> String {
            (0..depth)
                .map(|level| format!("{}while a:\n", " ".repeat(level)))
                .chain([" ".repeat(depth) + "pass\n"])
                .collect()
        };
        let message = "too many statically nested blocks";
        assert_eq!(refusal(&loops(21)), None);
        assert_eq!(refusal(&loops(22)), said(22, message));
        assert_eq!(refusal_in(12, &loops(21)), said(21, message));
        assert_eq!(refusal(&format!("with {}a: pass\n", "a, ".repeat(21))), said(1, message));
    }
}
