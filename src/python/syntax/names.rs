//! Names: where they are bound and used, and the rules of `global` and `nonlocal`.

use ruff_python_ast::visitor::Visitor;
use ruff_python_ast::{self as ast, Expr, ExprContext, PythonVersion};
use ruff_text_size::{Ranged, TextSize};

use super::finding::Pass;
use super::future;
use super::units::{Kind, Unit, usage};
use super::walk::Walk;

impl<'a> Walk<'a> {
    /// Leaves a scope. Names that it could not resolve pass to the surrounding scope.
    pub(super) fn leave(&mut self) -> Option<Unit<'a>> {
        let mut unit = self.units.pop()?;
        for (name, at) in std::mem::take(&mut unit.unresolved) {
            let declared = unit.names.get(name).copied().unwrap_or(0);
            if unit.kind == Kind::Module {
                self.findings.add(Pass::Resolution, at, format!("no binding for nonlocal '{name}' found"));
            } else if unit.kind == Kind::Class && name == "__class__" {
            } else if unit.kind.is_function_like() && declared & usage::GLOBAL != 0 {
                self.findings.add(Pass::Resolution, at, format!("no binding for nonlocal '{name}' found"));
            } else if unit.kind.is_function_like() && declared & usage::TYPE_PARAMETER != 0 {
                self.findings.add(
                    Pass::Resolution,
                    at,
                    format!("nonlocal binding not allowed for type parameter '{name}'"),
                );
            } else if unit.kind.is_function_like() && declared & (usage::BOUND | usage::IMPORTED | usage::NONLOCAL) != 0
            {
            } else if let Some(outer) = self.units.last_mut() {
                outer.unresolved.push((name, at));
            }
        }
        Some(unit)
    }

    pub(super) fn note(&mut self, name: &'a str, how: u8) {
        if self.keeps_names {
            *self.unit().names.entry(name).or_insert(0) |= how;
        }
    }

    /// Notes that a name is bound in the current scope.
    pub(super) fn bind(&mut self, name: &'a str, at: TextSize) {
        self.forbid_debug(name, at);
        self.note(name, usage::BOUND);
    }

    pub(super) fn forbid_debug(&mut self, name: &str, at: TextSize) {
        if name == "__debug__" {
            self.early_since_314(at, "cannot assign to __debug__");
        }
    }

    pub(super) fn declare(&mut self, names: &'a [ast::Identifier], at: TextSize, word: &str, how: u8) {
        for name in names {
            let before = self.unit().names.get(name.as_str()).copied().unwrap_or(0);
            let message = if before & usage::PARAMETER != 0 {
                format!("name '{name}' is parameter and {word}")
            } else if before & usage::ANNOTATED != 0 {
                format!("annotated name '{name}' can't be {word}")
            } else if before & usage::BOUND != 0 {
                format!("name '{name}' is assigned to before {word} declaration")
            } else if before & usage::USED != 0 {
                format!("name '{name}' is used prior to {word} declaration")
            } else {
                String::new()
            };
            if !message.is_empty() {
                self.symbol(at, message);
            }
            self.note(name.as_str(), how);
            let at = *self.unit().declared.entry(name.as_str()).or_insert(at);
            let declared = before | how;
            if declared & usage::GLOBAL != 0 && declared & usage::NONLOCAL != 0 {
                self.findings.add(Pass::Resolution, at, format!("name '{name}' is nonlocal and global"));
            } else if how == usage::NONLOCAL {
                if self.kind() == Kind::Module {
                    self.findings.add(Pass::Resolution, at, "nonlocal declaration not allowed at module level");
                } else {
                    // The names that the surrounding scopes turn out to bind resolve it.
                    let place = self.units.len().saturating_sub(2);
                    if let Some(outer) = self.units.get_mut(place) {
                        outer.unresolved.push((name.as_str(), at));
                    }
                }
            }
        }
    }

    pub(super) fn alias(&mut self, alias: &'a ast::Alias) {
        let name = alias.asname.as_ref().map_or(alias.name.as_str(), ast::Identifier::as_str);
        let name = if alias.asname.is_none() { name.split('.').next().unwrap_or(name) } else { name };
        self.forbid_debug(name, alias.start());
        self.note(name, usage::IMPORTED);
    }

    pub(super) fn imports(&mut self, statement: &'a ast::StmtImportFrom) {
        let at = statement.start();
        if future::is_future(statement, self.python) && at > self.future.end {
            self.early_since_314(at, "from __future__ imports must occur at the beginning of the file");
        }
        if statement.is_lazy {
            self.lazy_from(statement);
        }
        for alias in &statement.names {
            if alias.name.as_str() == "*" {
                if self.kind() != Kind::Module {
                    self.symbol(alias.start(), "import * only allowed at module level");
                }
            } else {
                self.alias(alias);
            }
        }
    }

    fn lazy_from(&mut self, statement: &ast::StmtImportFrom) {
        let at = statement.start();
        if future::is_future(statement, self.python) {
            self.grammar(at, "lazy from __future__ import is not allowed");
        } else if !self.lazy(at, "lazy from ... import")
            && statement.names.iter().any(|alias| alias.name.as_str() == "*")
        {
            self.symbol(at, "lazy from ... import * is not allowed");
        }
    }

    /// Whether a `lazy` import is refused because of its place: only the code of a module may have one, and not within a `try`.
    pub(super) fn lazy(&mut self, at: TextSize, form: &str) -> bool {
        let place = match self.kind() {
            _ if self.unit().tries > 0 => "try/except blocks",
            Kind::Module => return false,
            Kind::Class => "classes",
            _ => "functions",
        };
        self.symbol(at, format!("{form} not allowed inside {place}"));
        true
    }

    pub(super) fn name(&mut self, name: &'a ast::ExprName) {
        let id = name.id.as_str();
        let stored = name.ctx == ExprContext::Store;
        self.in_loop_target(id, name.start(), stored);
        match name.ctx {
            ExprContext::Store => self.bind(id, name.start()),
            ExprContext::Del => {
                if id == "__debug__" {
                    self.early_since_314(name.start(), "cannot delete __debug__");
                }
                self.note(id, usage::BOUND);
            }
            _ => self.note(id, usage::USED),
        }
    }

    /// A name in the target of a comprehension's loop, if the walk is in one.
    fn in_loop_target(&mut self, name: &'a str, at: TextSize, stored: bool) {
        // Before 3.12 a name that is only used there, as in `for a.b in c`, counted as a variable of the loop.
        let is_variable = stored || self.python < PythonVersion::PY312;
        let unit = self.unit();
        if !unit.iterating {
            return;
        }
        if is_variable {
            unit.iterated.push(name);
        }
        if unit.exported.contains(&name) {
            self.symbol(at, format!("comprehension inner loop cannot rebind assignment expression target '{name}'"));
        }
    }

    pub(super) fn named(&mut self, named: &'a ast::ExprNamed) {
        let at = named.start();
        if self.in_annotation(at, "named expression") {
            return;
        }
        if self.unit().iterables > 0 {
            self.symbol(at, "assignment expression cannot be used in a comprehension iterable expression");
        }
        self.visit_expr(&named.value);
        let Expr::Name(target) = &*named.target else {
            return self.visit_expr(&named.target);
        };
        if target.start() != at {
            self.grammar(at, "cannot use assignment expressions with name");
        }
        let name = target.id.as_str();
        self.forbid_debug(name, target.start());
        if !matches!(self.kind(), Kind::Comprehension { .. }) {
            return self.note(name, usage::BOUND);
        }
        // Before 3.13 CPython compared a mangled name with an unmangled one.
        let mangled = self.python < PythonVersion::PY313
            && name.starts_with("__")
            && !name.ends_with("__")
            && self.units.iter().any(|unit| unit.kind == Kind::Class);
        for index in (0..self.units.len()).rev() {
            let Some(unit) = self.units.get_mut(index) else { break };
            let message = match unit.kind {
                Kind::Comprehension { .. } if !mangled && unit.iterated.contains(&name) => {
                    format!("assignment expression cannot rebind comprehension iteration variable '{name}'")
                }
                Kind::Comprehension { .. } if unit.iterating => {
                    format!("comprehension inner loop cannot rebind assignment expression target '{name}'")
                }
                Kind::Comprehension { .. } => {
                    unit.exported.push(name);
                    continue;
                }
                Kind::Class => "assignment expression within a comprehension cannot be used in a class body".to_owned(),
                Kind::TypeParameters => {
                    "assignment expression within a comprehension cannot be used within the definition of a generic"
                        .to_owned()
                }
                Kind::Annotation { place: "an annotation" } => continue,
                Kind::Annotation { place } => {
                    format!("assignment expression within a comprehension cannot be used within {place}")
                }
                _ => {
                    if self.keeps_names {
                        let how = if unit.kind == Kind::Module { usage::GLOBAL } else { usage::BOUND };
                        *unit.names.entry(name).or_insert(0) |= how;
                    }
                    return;
                }
            };
            return self.symbol(at, message);
        }
    }
}
