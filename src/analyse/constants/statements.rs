//! The constants that statements and patterns enter into the table.

use ruff_python_ast::{
    Decorator, ExceptHandler, Expr, Parameters, Pattern, Stmt, StmtAnnAssign, StmtClassDef, StmtFor, StmtFunctionDef,
    StmtIf, StmtMatch, StmtReturn, StmtTry, StmtTypeAlias, StmtWith,
};
use ruff_text_size::Ranged;

use super::{Block, Code, Constant, Scope, Table};
use crate::analyse::truth;

impl<'a> Table<'a, '_> {
    pub(super) fn statement(&mut self, statement: &'a Stmt) {
        match statement {
            Stmt::FunctionDef(node) => self.function(statement, node),
            Stmt::ClassDef(node) => self.class(statement, node),
            Stmt::Return(node) => self.returned(node),
            Stmt::Break(_) | Stmt::Continue(_) => {
                let live = self.live;
                self.unwind(true);
                self.live = live;
            }
            Stmt::Delete(node) => node.targets.iter().for_each(|target| self.target(target)),
            Stmt::Assign(node) => {
                self.value(&node.value);
                node.targets.iter().for_each(|target| self.target(target));
            }
            Stmt::AugAssign(node) => {
                self.target(&node.target);
                self.value(&node.value);
            }
            Stmt::AnnAssign(node) => self.annotated(node),
            Stmt::For(node) => self.for_loop(node),
            Stmt::While(node) => {
                self.test(&node.test);
                self.blocks.push(Block::Loop);
                self.suite(&node.body);
                self.blocks.pop();
                self.suite(&node.orelse);
            }
            Stmt::If(node) => self.if_statement(node),
            Stmt::With(node) => self.with_items(node, 0),
            Stmt::Match(node) => self.match_statement(node),
            Stmt::Raise(node) => [&node.exc, &node.cause].into_iter().flatten().for_each(|part| self.value(part)),
            Stmt::Try(node) => self.try_statement(node),
            Stmt::Assert(node) => {
                self.test(&node.test);
                let reached = truth::compiled(&node.test, self.rules.python) != Some(true);
                if let Some(message) = &node.msg {
                    self.part(reached, |table| table.value(message));
                }
            }
            Stmt::Import(node) => {
                for _ in &node.names {
                    self.load_size(0);
                    self.load(Constant::None);
                }
            }
            Stmt::ImportFrom(node) => {
                self.load_size(usize::try_from(node.level).unwrap_or_default());
                let names = node.names.iter().map(|alias| Constant::Text(alias.name.as_str().into()));
                self.load(Constant::Tuple(names.collect()));
            }
            // A constant used as a statement is left out.
            Stmt::Expr(node) if self.constant(&node.value).is_some() => {}
            Stmt::Expr(node) => self.value(&node.value),
            Stmt::TypeAlias(node) => self.alias(statement, node),
            Stmt::Global(_) | Stmt::Nonlocal(_) | Stmt::Pass(_) | Stmt::IpyEscapeCommand(_) => {}
        }
    }

    fn class(&mut self, statement: &'a Stmt, node: &'a StmtClassDef) {
        self.decorators(&node.decorator_list);
        self.load_code(statement.start(), Code::Definition(statement));
        self.load_text(node.name.as_str());
        if let Some(arguments) = &node.arguments {
            self.arguments(&arguments.args, &arguments.keywords);
        }
    }

    fn returned(&mut self, node: &'a StmtReturn) {
        let constant = node.value.as_deref().map_or(Some(Constant::None), |value| self.constant(value));
        if let (None, Some(value)) = (&constant, &node.value) {
            self.value(value);
        }
        let live = self.live;
        self.unwind(false);
        if let Some(constant) = constant {
            self.load(constant);
        }
        self.live = live;
    }

    fn annotated(&mut self, node: &'a StmtAnnAssign) {
        if let Some(value) = &node.value {
            self.value(value);
        }
        let in_function = self.rules.scope == Scope::Function;
        match &*node.target {
            Expr::Name(name) if node.simple => {
                if !in_function {
                    self.annotation(&node.annotation);
                    self.load_text(name.id.as_str());
                }
            }
            target => {
                self.target(target);
                let evaluated = !in_function && !self.rules.lazy_annotations && self.rules.python.minor < 14;
                if evaluated {
                    self.value(&node.annotation);
                }
            }
        }
    }

    fn for_loop(&mut self, node: &'a StmtFor) {
        self.iterable(&node.iter);
        if node.is_async {
            self.load(Constant::None);
        }
        self.target(&node.target);
        self.blocks.push(Block::Loop);
        self.suite(&node.body);
        self.blocks.pop();
        self.suite(&node.orelse);
    }

    fn if_statement(&mut self, node: &'a StmtIf) {
        self.test(&node.test);
        self.suite(&node.body);
        let live = self.live;
        for clause in &node.elif_else_clauses {
            // The clauses after an unreachable one are unreachable, too.
            self.live &= !self.unreached.statements.contains(&clause.start());
            if let Some(test) = &clause.test {
                self.test(test);
            }
            self.suite(&clause.body);
        }
        self.live = live;
    }

    fn alias(&mut self, statement: &Stmt, node: &'a StmtTypeAlias) {
        // For a generic alias, the code is that of its scope.
        if node.type_params.is_none() {
            if let Expr::Name(name) = &*node.name {
                self.load_text(name.id.as_str());
            }
            self.load(Constant::None);
        }
        self.load_code(statement.start(), Code::Expression(statement.start()));
    }

    fn decorators(&mut self, decorators: &'a [Decorator]) {
        for decorator in decorators {
            self.value(&decorator.expression);
        }
    }

    fn function(&mut self, statement: &'a Stmt, node: &'a StmtFunctionDef) {
        self.decorators(&node.decorator_list);
        self.defaults(&node.parameters);
        // The annotations of a function with type parameters are evaluated within the scope of these parameters.
        if node.type_params.is_none() {
            self.annotations(node);
        }
        self.load_code(statement.start(), Code::Definition(statement));
    }

    pub(super) fn defaults(&mut self, parameters: &'a Parameters) {
        let positional = parameters.posonlyargs.iter().chain(&parameters.args);
        let defaults: Vec<&Expr> = positional.filter_map(|parameter| parameter.default.as_deref()).collect();
        if !defaults.is_empty() {
            self.tuple(&defaults);
        }
        let mut names = Vec::new();
        for parameter in &parameters.kwonlyargs {
            if let Some(default) = &parameter.default {
                if !self.has_key_tuples() {
                    self.load_text(parameter.parameter.name.as_str());
                }
                self.value(default);
                names.push(Constant::Text(parameter.parameter.name.as_str().into()));
            }
        }
        if !names.is_empty() && self.has_key_tuples() {
            self.load(Constant::Tuple(names));
        }
    }

    fn annotations(&mut self, node: &'a StmtFunctionDef) {
        let parameters = &*node.parameters;
        let with_default = |parameters: &'a [ruff_python_ast::ParameterWithDefault]| {
            parameters.iter().map(|parameter| &parameter.parameter)
        };
        let all = with_default(&parameters.args)
            .chain(with_default(&parameters.posonlyargs))
            .chain(parameters.vararg.as_deref())
            .chain(with_default(&parameters.kwonlyargs))
            .chain(parameters.kwarg.as_deref());
        let annotated = all.filter_map(|parameter| Some((parameter.name.as_str(), parameter.annotation.as_deref()?)));
        let annotated: Vec<_> = annotated.chain(node.returns.as_deref().map(|returns| ("return", returns))).collect();
        if annotated.is_empty() {
            return;
        }
        if self.rules.python.minor >= 14 {
            // A function that evaluates the annotations.
            self.load_code(node.parameters.start(), Code::Annotations(node));
            return;
        }
        let live = self.live;
        let mut parts = Some(Vec::new());
        for (name, annotation) in annotated {
            let name = Constant::Text(name.into());
            let constant =
                if self.rules.lazy_annotations { Some(self.source(annotation)) } else { self.constant(annotation) };
            parts = parts.zip(constant.clone()).map(|(mut parts, constant)| {
                parts.extend([name.clone(), constant]);
                parts
            });
            self.load(name);
            match constant {
                Some(constant) => self.load(constant),
                None => self.value(annotation),
            }
        }
        if let Some(parts) = parts {
            self.folded.push((Constant::Tuple(parts), live));
        }
    }

    /// The annotation of a variable in a module or class.
    fn annotation(&mut self, annotation: &'a Expr) {
        if self.rules.lazy_annotations {
            let source = self.source(annotation);
            self.load(source);
        } else if self.rules.python.minor < 14 {
            self.value(annotation);
        }
    }

    /// An annotation that is kept as a text.
    fn source(&self, annotation: &'a Expr) -> Constant<'a> {
        Constant::Text(self.text.get(annotation.range().to_std_range()).unwrap_or_default().into())
    }

    fn with_items(&mut self, node: &'a StmtWith, at: usize) {
        let Some(item) = node.items.get(at) else {
            self.suite(&node.body);
            return;
        };
        self.value(&item.context_expr);
        if node.is_async {
            self.load(Constant::None);
        }
        self.blocks.push(Block::With);
        if let Some(target) = &item.optional_vars {
            self.target(target);
        }
        self.with_items(node, at + 1);
        self.blocks.pop();
        // A `with` inside it may swallow an exception, so that only the innermost can be stuck.
        let is_innermost = at + 1 == node.items.len();
        let reached = node.is_async || !(is_innermost && self.unreached.withs.contains(&node.start()));
        self.part(reached, |table| table.load(Constant::None));
    }

    fn try_statement(&mut self, node: &'a StmtTry) {
        let guarded = !node.finalbody.is_empty();
        if guarded {
            self.blocks.push(Block::Finally(&node.finalbody));
        }
        self.suite(&node.body);
        let else_is_last = node.is_star || self.rules.python.minor < 11;
        if !else_is_last {
            self.suite(&node.orelse);
        }
        for ExceptHandler::ExceptHandler(handler) in &node.handlers {
            if let Some(kind) = &handler.type_ {
                self.value(kind);
            }
            let named = handler.name.is_some();
            if named {
                self.blocks.push(Block::Handler);
            }
            self.suite(&handler.body);
            if named {
                self.blocks.pop();
                // This is also needed when an exception leaves the handler.
                self.load(Constant::None);
            }
        }
        if else_is_last {
            self.suite(&node.orelse);
        }
        if guarded {
            self.blocks.pop();
            self.suite(&node.finalbody);
        }
    }

    /// Enters the code that is repeated where control leaves all blocks, or those up to the nearest loop. The code after it is unreachable if one
    /// of these blocks does not complete.
    fn unwind(&mut self, to_loop: bool) {
        let blocks = std::mem::take(&mut self.blocks);
        for (at, block) in blocks.iter().enumerate().rev() {
            match block {
                Block::Loop if to_loop => break,
                Block::Loop => {}
                Block::With | Block::Handler => self.load(Constant::None),
                Block::Finally(body) => {
                    let begin = body.first().map(Ranged::start).unwrap_or_default();
                    if self.unwound.insert((begin, self.live)) {
                        self.blocks = blocks.get(..at).unwrap_or_default().to_vec();
                        self.suite(body);
                    }
                    self.live &= !self.unreached.after.contains(&begin);
                }
            }
        }
        self.blocks = blocks;
    }

    // Patterns.

    fn match_statement(&mut self, node: &'a StmtMatch) {
        self.value(&node.subject);
        let live = self.live;
        for case in &node.cases {
            self.live &= !self.unreached.statements.contains(&case.start());
            self.pattern(&case.pattern);
            if let Some(guard) = &case.guard {
                self.test(guard);
            }
            self.suite(&case.body);
        }
        self.live = live;
    }

    fn pattern(&mut self, pattern: &'a Pattern) {
        match pattern {
            Pattern::MatchValue(node) => self.value(&node.value),
            Pattern::MatchSingleton(node) => self.load(match node.value {
                ruff_python_ast::Singleton::None => Constant::None,
                ruff_python_ast::Singleton::True => Constant::Bool(true),
                ruff_python_ast::Singleton::False => Constant::Bool(false),
            }),
            Pattern::MatchSequence(node) => {
                let star = node.patterns.iter().position(|part| matches!(part, Pattern::MatchStar(_)));
                let size = node.patterns.len();
                match star {
                    None => self.load_size(size),
                    Some(_) if size > 1 => self.load_size(size - 1),
                    Some(_) => {}
                }
                // If the rest is not needed, items are taken one by one.
                let by_number = star.filter(|&star| node.patterns.get(star).is_some_and(discards));
                for (at, part) in node.patterns.iter().enumerate() {
                    if let Some(star) = by_number
                        && !discards(part)
                    {
                        self.load_size(if at < star { at } else { size - at });
                    }
                    self.pattern(part);
                }
            }
            Pattern::MatchMapping(node) => {
                if !node.keys.is_empty() {
                    self.load_size(node.keys.len());
                }
                if !node.keys.is_empty() || node.rest.is_some() {
                    let keys: Vec<&Expr> = node.keys.iter().collect();
                    self.tuple(&keys);
                    self.attributes(node.patterns.iter());
                }
            }
            Pattern::MatchClass(node) => {
                self.value(&node.cls);
                let names = node.arguments.keywords.iter().map(|keyword| Constant::Text(keyword.attr.as_str().into()));
                self.load(Constant::Tuple(names.collect()));
                let arguments = node.arguments.patterns.iter();
                self.attributes(arguments.chain(node.arguments.keywords.iter().map(|keyword| &keyword.pattern)));
            }
            Pattern::MatchAs(node) => node.pattern.iter().for_each(|part| self.pattern(part)),
            Pattern::MatchOr(node) => node.patterns.iter().for_each(|part| self.pattern(part)),
            Pattern::MatchStar(_) => {}
        }
    }

    /// The patterns of what a mapping or an object was taken apart into.
    fn attributes(&mut self, patterns: impl Iterator<Item = &'a Pattern>) {
        if self.rules.python.minor >= 11 {
            // A separate instruction tests for the match, as in `test`.
            self.enter(Constant::None);
            patterns.for_each(|part| self.pattern(part));
            return;
        }
        // Up to 3.10 they were taken one by one.
        for (at, part) in patterns.enumerate().filter(|(_, part)| !discards(part)) {
            self.load_size(at);
            self.pattern(part);
        }
    }
}

/// Whether a part of a pattern matches anything, and gives it no name.
fn discards(part: &Pattern) -> bool {
    match part {
        Pattern::MatchAs(node) => node.name.is_none() && node.pattern.is_none(),
        Pattern::MatchStar(node) => node.name.is_none(),
        _ => false,
    }
}
