//! Expressions that are allowed only in certain places: stars, `yield`, `await`, comprehensions.

use std::collections::HashSet;

use ruff_python_ast::visitor::Visitor;
use ruff_python_ast::{self as ast, Expr, ExprContext, PythonVersion};
use ruff_text_size::{Ranged, TextSize};

use super::units::Kind;
use super::walk::Walk;

impl<'a> Walk<'a> {
    /// An expression that may be starred: an element or an argument.
    pub(super) fn element(&mut self, expr: &'a Expr) {
        if let Expr::Starred(starred) = expr {
            self.visit_expr(&starred.value);
        } else {
            self.visit_expr(expr);
        }
    }

    /// The elements of a tuple, list or set.
    pub(super) fn elements(&mut self, elements: &'a [Expr]) {
        for element in elements {
            self.starred(element);
            self.element(element);
        }
    }

    /// A starred expression that is not an argument.
    pub(super) fn starred(&mut self, expr: &Expr) {
        if let Expr::Starred(starred) = expr {
            self.operand(&starred.value);
        }
    }

    /// Refuses an operator that binds less than `|` after a star, unless it stands in parentheses: `*(a) or b`. Arguments may have one.
    pub(super) fn operand(&mut self, value: &Expr) {
        let is_loose = match value {
            Expr::BoolOp(_) | Expr::Compare(_) | Expr::If(_) => true,
            Expr::UnaryOp(node) => node.op == ast::UnaryOp::Not,
            _ => false,
        };
        if is_loose && self.text[..value.start().to_usize()].trim_end().ends_with('*') {
            self.grammar(value.start(), "invalid syntax");
        }
    }

    /// Refuses `yield` among the elements of a tuple, unless it stands in parentheses of its own.
    pub(super) fn bare_yields(&mut self, tuple: &'a ast::ExprTuple) {
        for element in tuple.elts.iter().filter(|element| matches!(element, Expr::Yield(_) | Expr::YieldFrom(_))) {
            let after = &self.text[element.end().to_usize()..tuple.end().to_usize()];
            let next = after.trim_start();
            let is_own = next.starts_with(')') && !(tuple.parenthesized && next.len() == 1);
            // A comment may contain anything, so the text after it is not checked.
            if !is_own && !next.starts_with('#') {
                self.grammar(element.end(), "invalid syntax");
            }
        }
    }

    /// An expression that is a single target of an assignment.
    pub(super) fn target(&mut self, expr: &'a Expr) {
        if let Expr::Starred(starred) = expr {
            self.code(starred.start(), "starred assignment target must be in a list or tuple");
        }
        self.element(expr);
    }

    pub(super) fn arguments(&mut self, arguments: &'a ast::Arguments) {
        for argument in &*arguments.args {
            if let Expr::Named(named) = argument {
                self.assigning_argument(named, arguments);
            }
            self.element(argument);
        }
        for keyword in &*arguments.keywords {
            self.visit_expr(&keyword.value);
        }
    }

    /// Refuses an argument `(name) := value`: only one in parentheses of its own is explained.
    fn assigning_argument(&mut self, named: &'a ast::ExprNamed, arguments: &'a ast::Arguments) {
        let before = self.text[arguments.start().to_usize() + 1..named.start().to_usize()].trim_end();
        let is_bare = before.is_empty() || before.ends_with(',');
        if is_bare && named.target.start() != named.start() {
            self.grammar(named.target.end(), "invalid syntax");
        }
    }

    pub(super) fn keywords(&mut self, keywords: &'a [ast::Keyword]) {
        let mut seen = HashSet::new();
        for keyword in keywords {
            let Some(name) = &keyword.arg else { continue };
            self.forbid_debug(name.as_str(), keyword.start());
            if keywords.len() > 1 && !seen.insert(name.as_str()) {
                self.code(keyword.start(), format!("keyword argument repeated: {name}"));
            }
        }
    }

    pub(super) fn awaits(&mut self, at: TextSize) {
        if self.in_annotation(at, "await expression") {
            return;
        }
        match self.kind() {
            Kind::Module | Kind::Class => self.early_since_314(at, "'await' outside function"),
            Kind::Function { is_async: true } => {}
            Kind::Comprehension { .. } => self.unit().awaits = true,
            _ => self.early_since_314(at, "'await' outside async function"),
        }
    }

    pub(super) fn yields(&mut self, at: TextSize, word: &str) {
        if self.in_annotation(at, "yield expression") {
            return;
        }
        match self.kind() {
            Kind::Module | Kind::Class => self.code(at, format!("'{word}' outside function")),
            Kind::Comprehension { name } => self.symbol(at, format!("'yield' inside {name}")),
            Kind::Function { is_async: true } if word == "yield from" => {
                self.code(at, "'yield from' inside async function");
            }
            _ => {}
        }
        self.unit().yields = true;
    }

    pub(super) fn comprehension(
        &mut self,
        at: TextSize,
        name: &'static str,
        generators: &'a [ast::Comprehension],
        elements: [Option<&'a Expr>; 2],
    ) {
        let Some(first) = generators.first() else { return };
        self.unit().iterables += 1;
        self.visit_expr(&first.iter);
        self.unit().iterables -= 1;
        self.in_class_annotation(at, "comprehension");
        let around = self.kind();
        self.enter(Kind::Comprehension { name });
        for (index, generator) in generators.iter().enumerate() {
            if generator.is_async {
                self.unit().awaits = true;
            }
            self.unit().iterating = true;
            self.visit_expr(&generator.target);
            self.unit().iterating = false;
            if index > 0 {
                self.unit().iterables += 1;
                self.visit_expr(&generator.iter);
                self.unit().iterables -= 1;
            }
            for condition in &generator.ifs {
                self.visit_expr(condition);
            }
        }
        for element in elements.into_iter().flatten() {
            if name != "generator expression" {
                self.starred(element);
            }
            self.element(element);
        }
        let Some(unit) = self.leave() else { return };
        if unit.awaits && name != "generator expression" {
            match around {
                Kind::Function { is_async: true } => {}
                // Up to 3.10 only the function itself could contain one.
                Kind::Comprehension { .. } if self.python >= PythonVersion::PY311 => self.unit().awaits = true,
                _ => self.early_since_314(at, "asynchronous comprehension outside of an asynchronous function"),
            }
        }
    }

    pub(super) fn sequence(&mut self, at: TextSize, elements: &'a [Expr], ctx: ExprContext) {
        if ctx == ExprContext::Store {
            let mut starred = elements.iter().enumerate().filter(|(_, element)| element.is_starred_expr());
            if let Some((before, _)) = starred.next() {
                if starred.next().is_some() {
                    self.code(at, "multiple starred expressions in assignment");
                } else if before >= 256 || elements.len() - before > 1 << 23 {
                    self.code(at, "too many expressions in star-unpacking assignment");
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::judged::{refusal, said};

    #[test]
    fn a_yield_in_a_tuple_has_parentheses() {
        // compile() of CPython 3.11 and 3.13
        for tuple in ["yield, 1", "1, yield", "(yield, 1)", "(1, yield)", "yield from a, 1"] {
            assert_eq!(refusal(&format!("def f():\n    x = {tuple}\n")), said(2, "invalid syntax"), "{tuple}");
        }
        for tuple in ["(yield), 1", "1, (yield)", "((yield), 1)", "(1, (yield))", "yield 1, 2", "(yield 1, 2)"] {
            assert_eq!(refusal(&format!("def f():\n    x = {tuple}\n")), None, "{tuple}");
        }
    }

    #[test]
    fn an_assignment_expression_names_its_target_without_parentheses() {
        // compile() of CPython 3.11 and 3.13
        for text in ["((x) := 1)\n", "if (x) := 1: pass\n", "x = [(y) := 1]\n"] {
            assert_eq!(refusal(text), said(1, "cannot use assignment expressions with name"), "{text}");
        }
        assert_eq!(refusal("if ((x := (1))): pass\n"), None);
        for text in ["f((x) := 1)\n", "f(y, (x) := 1)\n", "class A(((x)) := 1): pass\n", "f((x := 1), (x) := 1)\n"] {
            assert_eq!(refusal(text), said(1, "invalid syntax"), "{text}");
        }
        for text in ["f(((x) := 1))\n", "f(y, ((x) := 1))\n", "f([(x) := 1])\n"] {
            assert_eq!(refusal(text), said(1, "cannot use assignment expressions with name"), "{text}");
        }
        assert_eq!(refusal("f(\n y,\n (x) := 1)\n"), said(3, "invalid syntax"));
        assert_eq!(refusal("f(x := 1, (y := 2))\n"), None);
    }
}
