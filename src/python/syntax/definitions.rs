//! Functions and classes, their parameters, and annotations.

use std::collections::HashSet;

use ruff_python_ast::visitor::Visitor;
use ruff_python_ast::{self as ast, Expr, PythonVersion, Stmt};
use ruff_text_size::{Ranged, TextSize};

use super::finding::Pass;
use super::surrogates;
use super::units::{Kind, usage};
use super::walk::Walk;

impl<'a> Walk<'a> {
    pub(super) fn parameters(&mut self, parameters: &'a ast::Parameters) {
        let mut seen: Vec<&str> = Vec::new();
        let mut all = HashSet::new();
        for parameter in parameters {
            let name = parameter.name();
            // Searching a few names is faster than hashing them.
            let repeated = if seen.len() < 16 { seen.contains(&name.as_str()) } else { all.contains(name.as_str()) };
            if repeated {
                self.symbol(parameter.start(), format!("duplicate argument '{name}' in function definition"));
            }
            seen.push(name.as_str());
            if seen.len() == 16 {
                all.extend(seen.iter().copied());
            } else if seen.len() > 16 {
                all.insert(name.as_str());
            }
            self.forbid_debug(name.as_str(), name.start());
            self.note(name.as_str(), usage::PARAMETER | usage::BOUND);
        }
    }

    /// The statements of a module, class or function.
    pub(super) fn body(&mut self, body: &'a [Stmt]) {
        // Since 3.13 docstrings are encoded in order to be cleaned.
        if self.python >= PythonVersion::PY313
            && let Some(Stmt::Expr(docstring)) = body.first()
            && let Expr::StringLiteral(literal) = &*docstring.value
            && surrogates::are_in(literal, self.text)
        {
            self.code(docstring.start(), "the docstring has a lone surrogate, which UTF-8 cannot encode");
        }
        self.visit_body(body);
    }

    pub(super) fn annotation(&mut self, expr: &'a Expr) {
        let deferred = self.future.annotations;
        if deferred || self.python >= PythonVersion::PY314 {
            self.enter(Kind::Annotation { place: "an annotation" });
            self.uncompiled += u32::from(deferred);
            self.visit_expr(expr);
            self.uncompiled -= u32::from(deferred);
            self.leave();
        } else {
            self.visit_expr(expr);
        }
    }

    pub(super) fn annotations(&mut self, parameters: &'a ast::Parameters, returns: Option<&'a Expr>) {
        for parameter in parameters {
            if let Some(annotation) = parameter.annotation() {
                if let Expr::Starred(starred) = annotation {
                    self.operand(&starred.value);
                    self.annotation(&starred.value);
                } else {
                    self.annotation(annotation);
                }
            }
        }
        if let Some(returns) = returns {
            self.annotation(returns);
        }
    }

    pub(super) fn defaults(&mut self, parameters: &'a ast::Parameters) {
        for parameter in parameters.iter_non_variadic_params() {
            if let Some(default) = parameter.default.as_deref() {
                self.visit_expr(default);
            }
        }
    }

    pub(super) fn type_parameters(&mut self, parameters: &'a ast::TypeParams) {
        let mut seen = HashSet::new();
        let mut defaults = false;
        for parameter in parameters {
            let name = parameter.name();
            self.forbid_debug(name.as_str(), name.start());
            if !seen.insert(name.as_str()) {
                self.symbol(parameter.start(), format!("duplicate type parameter '{name}'"));
            }
            self.note(name.as_str(), usage::TYPE_PARAMETER | usage::BOUND);
            let (bound, default, bound_place, default_place) = match parameter {
                ast::TypeParam::TypeVar(variable) => {
                    let place = match variable.bound.as_deref() {
                        Some(Expr::Tuple(_)) => "a TypeVar constraint",
                        _ => "a TypeVar bound",
                    };
                    (variable.bound.as_deref(), variable.default.as_deref(), place, "a TypeVar default")
                }
                ast::TypeParam::TypeVarTuple(tuple) => (None, tuple.default.as_deref(), "", "a TypeVarTuple default"),
                ast::TypeParam::ParamSpec(spec) => (None, spec.default.as_deref(), "", "a ParamSpec default"),
            };
            if let Some(bound) = bound {
                self.enter(Kind::Annotation { place: bound_place });
                self.visit_expr(bound);
                self.leave();
            }
            if let Some(default) = default {
                defaults = true;
                if self.python < PythonVersion::PY313 {
                    self.findings.add(Pass::Grammar, default.start(), "invalid syntax");
                }
                self.enter(Kind::Annotation { place: default_place });
                if let Expr::Starred(starred) = default {
                    self.operand(&starred.value);
                    self.visit_expr(&starred.value);
                } else {
                    self.visit_expr(default);
                }
                self.leave();
            } else if defaults {
                self.code(
                    parameter.start(),
                    format!("non-default type parameter '{name}' follows default type parameter"),
                );
            }
        }
    }

    pub(super) fn function(&mut self, function: &'a ast::StmtFunctionDef) {
        let at = function.name.start();
        for decorator in &function.decorator_list {
            self.visit_expr(&decorator.expression);
        }
        self.note(function.name.as_str(), usage::BOUND);
        self.defaults(&function.parameters);
        if let Some(parameters) = &function.type_params {
            self.enter(Kind::TypeParameters);
            self.type_parameters(parameters);
        }
        self.annotations(&function.parameters, function.returns.as_deref());
        self.enter(Kind::Function { is_async: function.is_async });
        self.parameters(&function.parameters);
        self.body(&function.body);
        if let Some(unit) = self.leave()
            && function.is_async
            && unit.yields
            && let Some(at) = unit.returns_value
        {
            self.code(at, "'return' with value in async generator");
        }
        if function.type_params.is_some() {
            self.leave();
        }
        // The name is stored after the body is compiled.
        self.forbid_debug(function.name.as_str(), at);
    }

    pub(super) fn class(&mut self, class: &'a ast::StmtClassDef) {
        for decorator in &class.decorator_list {
            self.visit_expr(&decorator.expression);
        }
        self.note(class.name.as_str(), usage::BOUND);
        if let Some(parameters) = &class.type_params {
            self.enter(Kind::TypeParameters);
            self.type_parameters(parameters);
        }
        if let Some(arguments) = &class.arguments {
            self.arguments(arguments);
        }
        self.enter(Kind::Class);
        self.body(&class.body);
        self.leave();
        if let Some(arguments) = &class.arguments {
            // The call that creates the class comes after its body.
            self.keywords(&arguments.keywords);
        }
        if class.type_params.is_some() {
            self.leave();
        }
        self.forbid_debug(class.name.as_str(), class.name.start());
    }

    pub(super) fn annotated_assignment(&mut self, assignment: &'a ast::StmtAnnAssign) {
        let in_function = matches!(self.kind(), Kind::Function { .. });
        if let Expr::Name(name) = &*assignment.target {
            let before = self.unit().names.get(name.id.as_str()).copied().unwrap_or(0);
            if assignment.simple && self.kind() != Kind::Module {
                if before & usage::GLOBAL != 0 {
                    self.symbol(assignment.start(), format!("annotated name '{}' can't be global", name.id));
                } else if before & usage::NONLOCAL != 0 {
                    self.symbol(assignment.start(), format!("annotated name '{}' can't be nonlocal", name.id));
                }
            }
            let stored = assignment.simple || assignment.value.is_some();
            if stored || self.python < PythonVersion::PY314 {
                self.forbid_debug(&name.id, name.start());
            }
            if assignment.simple {
                self.note(name.id.as_str(), usage::ANNOTATED | usage::BOUND);
            } else if assignment.value.is_some() {
                self.note(name.id.as_str(), usage::BOUND);
            }
        } else {
            self.visit_expr(&assignment.target);
        }
        // A local variable's annotation is never evaluated. Nor, since 3.14, is the annotation of a target that is more than a name.
        let skipped = in_function || (!assignment.simple && self.python >= PythonVersion::PY314);
        self.uncompiled += u32::from(skipped);
        self.annotation(&assignment.annotation);
        self.uncompiled -= u32::from(skipped);
        if let Some(value) = &assignment.value {
            self.visit_expr(value);
        }
    }

    /// 3.12 cannot compile a scope inside a type parameter or alias of a class.
    pub(super) fn in_class_annotation(&mut self, at: TextSize, what: &str) {
        if self.python != PythonVersion::PY312 {
            return;
        }
        let around = self.units.iter().rev().skip_while(|unit| match unit.kind {
            Kind::TypeParameters => true,
            Kind::Annotation { place } => place != "an annotation",
            _ => false,
        });
        let is_annotation = match self.kind() {
            Kind::TypeParameters => true,
            Kind::Annotation { place } => place != "an annotation",
            _ => false,
        };
        if is_annotation && around.map(|unit| unit.kind).next() == Some(Kind::Class) {
            self.symbol(at, format!("Cannot use {what} in annotation scope within class scope"));
        }
    }

    pub(super) fn in_annotation(&mut self, at: TextSize, what: &str) -> bool {
        let place = match self.kind() {
            Kind::Annotation { place } => place,
            Kind::TypeParameters => "the definition of a generic",
            _ => return false,
        };
        self.symbol(at, format!("{what} cannot be used within {place}"));
        true
    }
}

#[cfg(test)]
mod tests {
    use super::super::judged::refusal_in;

    #[test]
    fn docstrings_have_no_lone_surrogates_since_python_3_13() {
        for text in ["'\\ud800'\n", "class C:\n    'a' '\\ud800'\n", "if 0:\n    def f():\n        '\\ud800'\n"] {
            let refused = (11..=15).filter(|&minor| refusal_in(minor, text).is_some());
            assert_eq!(refused.collect::<Vec<_>>(), [13, 14, 15], "{text}");
        }
        for text in ["r'\\ud800'\n", "'\\ufffd'\n", "'a'\n'\\ud800'\n", "'\\ud800'.a\n"] {
            assert_eq!(refusal_in(13, text), None, "{text}");
        }
    }
}
