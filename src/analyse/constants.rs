//! The table of constants of a code object: which code that cannot be reached is kept because its constants are.
//!
//! ```python
//! def f():
//!     raise E
//!     def g():   # no instruction loads g's code …
//!         pass
//!     return 7
//! ```
//!
//! Code objects are constants of those around them, entered into the table when the compiler meets them, reachable or not. Up to 3.11 only
//! the tail of the table is cut, after the last constant that an instruction still loads; from 3.12 on all that is not loaded goes, but for
//! the first entry, which could be a docstring. What is kept has lines, and coverage.py counts them.
//!
//! So the constants of one code object are entered here in the order of `compile.c` (`codegen.c`), as far as that order decides.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use ruff_python_ast::{
    BoolOp, CmpOp, Decorator, ExceptHandler, Expr, ExprFString, InterpolatedStringElement, Keyword, Number, Parameters,
    Pattern, Stmt, StmtFunctionDef, StmtMatch, StmtTry, StmtWith, UnaryOp,
};
use ruff_text_size::{Ranged, TextSize};

use super::suites::docstring;
use super::truth::{self, Value};
use crate::model::settings::PythonVersion;

/// A code object in another one.
#[derive(Clone, Copy)]
pub(super) enum Code<'a> {
    /// Of a function or class.
    Definition(&'a Stmt),
    /// Of a lambda, generator or, up to 3.11, comprehension that begins there.
    Expression(TextSize),
}

/// What a code object belongs to.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Scope {
    Module,
    Class,
    Function,
}

/// What is known of a code object's statements.
#[derive(Default)]
pub(super) struct Unreached {
    /// Where statements and clauses begin that control cannot reach; those within them are not listed.
    pub(super) statements: HashSet<TextSize>,
    /// The `with` statements whose body does not complete.
    pub(super) withs: HashSet<TextSize>,
    /// Where `finally` clauses begin that do not complete: what follows them cannot be reached.
    pub(super) after: HashSet<TextSize>,
    /// Whether the end cannot be reached.
    pub(super) end: bool,
}

/// The rules of a code object.
#[derive(Clone, Copy)]
pub(super) struct Rules {
    pub(super) scope: Scope,
    pub(super) python: PythonVersion,
    /// `from __future__ import annotations` holds.
    pub(super) lazy_annotations: bool,
}

/// The code objects that are kept although control reaches none of their statements: `body` is of a code object that has such.
pub(super) fn kept<'a>(text: &'a str, body: &'a [Stmt], unreached: &Unreached, rules: Rules) -> Vec<Code<'a>> {
    let mut table = Table {
        text,
        rules,
        unreached,
        live: true,
        numbers: HashMap::new(),
        last_loaded: 0,
        folded: Vec::new(),
        code: Vec::new(),
        blocks: Vec::new(),
        unwound: HashSet::new(),
    };
    table.body(body);
    let (code, last_loaded) = (table.code, table.last_loaded);
    let is_kept = |number: usize| if rules.python.minor < 12 { number <= last_loaded } else { number == 0 };
    code.into_iter().filter(|(number, _)| is_kept(*number)).map(|(_, code)| code).collect()
}

/// A constant, as far as the compiler takes two for one.
#[derive(Clone, PartialEq, Eq, Hash)]
enum Constant<'a> {
    None,
    Ellipsis,
    Bool(bool),
    Int(i128),
    Float(u64),
    Complex(u64, u64),
    Text(Cow<'a, str>),
    Bytes(Vec<u8>),
    Tuple(Vec<Constant<'a>>),
    Set(Vec<Constant<'a>>),
    /// Like no other: a code object, or a value that was calculated there.
    At(TextSize),
}

/// What a `break`, `continue` or `return` has to leave, and which code that repeats.
#[derive(Clone, Copy)]
enum Block<'a> {
    Loop,
    Finally(&'a [Stmt]),
    /// Calls `__exit__` with `None`.
    With,
    /// A handler that sets its name to `None`.
    Handler,
}

struct Table<'a, 'u> {
    text: &'a str,
    rules: Rules,
    unreached: &'u Unreached,
    /// Whether control reaches what is being entered.
    live: bool,
    numbers: HashMap<Constant<'a>, usize>,
    /// The greatest number that an instruction loads.
    last_loaded: usize,
    /// Tuples that are made of constants once all instructions are there, and whether they are loaded.
    folded: Vec<(Constant<'a>, bool)>,
    /// Code that control does not reach.
    code: Vec<(usize, Code<'a>)>,
    blocks: Vec<Block<'a>>,
    /// The `finally` clauses that were repeated already, reachable or not: to repeat them again enters nothing new.
    unwound: HashSet<(TextSize, bool)>,
}

impl<'a> Table<'a, '_> {
    // Entries.

    fn enter(&mut self, constant: Constant<'a>) -> usize {
        let next = self.numbers.len();
        *self.numbers.entry(constant).or_insert(next)
    }

    fn load(&mut self, constant: Constant<'a>) {
        let number = self.enter(constant);
        if self.live {
            self.last_loaded = self.last_loaded.max(number);
        }
    }

    fn load_text(&mut self, text: &'a str) {
        self.load(Constant::Text(Cow::Borrowed(text)));
    }

    fn load_size(&mut self, size: usize) {
        self.load(Constant::Int(i128::try_from(size).unwrap_or(i128::MAX)));
    }

    fn load_code(&mut self, at: TextSize, code: Code<'a>) {
        let number = self.enter(Constant::At(at));
        if self.live {
            self.last_loaded = self.last_loaded.max(number);
        } else {
            self.code.push((number, code));
        }
    }

    /// Whether the keys of a dictionary are loaded as one tuple, after the values.
    fn has_key_tuples(&self) -> bool {
        self.rules.python.minor < 14
    }

    /// Enters what `part` does, as unreachable if it is not `reached`.
    fn part(&mut self, reached: bool, part: impl FnOnce(&mut Self)) {
        let live = self.live;
        self.live &= reached;
        part(self);
        self.live = live;
    }

    // Code objects.

    fn body(&mut self, body: &'a [Stmt]) {
        let mut rest = body;
        match self.rules.scope {
            Scope::Module => {}
            // The qualified name comes first.
            Scope::Class => self.load(Constant::At(TextSize::from(u32::MAX))),
            Scope::Function => {
                if let Some(Stmt::Expr(text)) = docstring(body) {
                    self.first_entry(&text.value);
                    rest = body.get(1..).unwrap_or_default();
                } else if self.rules.python.minor < 14 {
                    self.enter(Constant::None);
                }
            }
        }
        if self.rules.scope != Scope::Function
            && let Some(Stmt::Expr(text)) = docstring(body)
        {
            self.value(&text.value);
            rest = body.get(1..).unwrap_or_default();
        }
        self.suite(rest);
        self.part(!self.unreached.end, |table| table.load(Constant::None));
        for (tuple, live) in std::mem::take(&mut self.folded) {
            self.part(live, |table| table.load(tuple));
        }
    }

    fn first_entry(&mut self, docstring: &'a Expr) {
        if let Some(constant) = self.constant(docstring) {
            self.enter(constant);
        }
    }

    fn suite(&mut self, body: &'a [Stmt]) {
        for statement in body {
            let reached = !self.unreached.statements.contains(&statement.start());
            self.part(reached, |table| table.statement(statement));
        }
    }

    // Statements.

    #[expect(clippy::too_many_lines, reason = "an arm for each kind of statement")]
    fn statement(&mut self, statement: &'a Stmt) {
        match statement {
            Stmt::FunctionDef(node) => self.function(statement, node),
            Stmt::ClassDef(node) => {
                self.decorators(&node.decorator_list);
                self.load_code(statement.start(), Code::Definition(statement));
                self.load_text(node.name.as_str());
                if let Some(arguments) = &node.arguments {
                    self.arguments(&arguments.args, &arguments.keywords);
                }
            }
            Stmt::Return(node) => {
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
            Stmt::AnnAssign(node) => {
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
            Stmt::For(node) => {
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
            Stmt::While(node) => {
                self.test(&node.test);
                self.blocks.push(Block::Loop);
                self.suite(&node.body);
                self.blocks.pop();
                self.suite(&node.orelse);
            }
            Stmt::If(node) => {
                self.test(&node.test);
                self.suite(&node.body);
                let live = self.live;
                for clause in &node.elif_else_clauses {
                    // What comes after a clause that cannot be reached cannot be either.
                    self.live &= !self.unreached.statements.contains(&clause.start());
                    if let Some(test) = &clause.test {
                        self.test(test);
                    }
                    self.suite(&clause.body);
                }
                self.live = live;
            }
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
            // A constant as a statement is left out.
            Stmt::Expr(node) if self.constant(&node.value).is_some() => {}
            Stmt::Expr(node) => self.value(&node.value),
            Stmt::TypeAlias(_) => self.load(Constant::At(statement.start())),
            Stmt::Global(_) | Stmt::Nonlocal(_) | Stmt::Pass(_) | Stmt::IpyEscapeCommand(_) => {}
        }
    }

    fn decorators(&mut self, decorators: &'a [Decorator]) {
        for decorator in decorators {
            self.value(&decorator.expression);
        }
    }

    fn function(&mut self, statement: &'a Stmt, node: &'a StmtFunctionDef) {
        self.decorators(&node.decorator_list);
        self.defaults(&node.parameters);
        // Those of a function with type parameters are evaluated within the scope of these.
        if node.type_params.is_none() {
            self.annotations(node);
        }
        self.load_code(statement.start(), Code::Definition(statement));
    }

    fn defaults(&mut self, parameters: &'a Parameters) {
        let positional = parameters.posonlyargs.iter().chain(&parameters.args);
        let defaults: Vec<&Expr> = positional.filter_map(|parameter| parameter.default.as_deref()).collect();
        self.tuple(&defaults);
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
            // A function that evaluates them.
            self.load(Constant::At(node.parameters.start()));
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
        // A `with` within it may swallow an exception, so that only the innermost can be stuck.
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
        if !node.is_star {
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
                // Also when an exception leaves the handler.
                self.load(Constant::None);
            }
        }
        if node.is_star {
            self.suite(&node.orelse);
        }
        if guarded {
            self.blocks.pop();
            self.suite(&node.finalbody);
        }
    }

    /// Enters what is repeated where control leaves all blocks, or those up to the nearest loop. What follows cannot be reached if one of
    /// these does not complete.
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
                let discards = |part: &Pattern| match part {
                    Pattern::MatchAs(node) => node.name.is_none() && node.pattern.is_none(),
                    Pattern::MatchStar(node) => node.name.is_none(),
                    _ => false,
                };
                // Where nobody asks for the rest, items are taken one by one.
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
                    let keys: Vec<&Expr> = node.keys.iter().collect();
                    self.tuple(&keys);
                    self.enter(Constant::None);
                }
                node.patterns.iter().for_each(|part| self.pattern(part));
            }
            Pattern::MatchClass(node) => {
                self.value(&node.cls);
                let names = node.arguments.keywords.iter().map(|keyword| Constant::Text(keyword.attr.as_str().into()));
                self.load(Constant::Tuple(names.collect()));
                // Whether it matches is asked by an instruction of its own, as in `test`.
                self.enter(Constant::None);
                node.arguments.patterns.iter().for_each(|part| self.pattern(part));
                node.arguments.keywords.iter().for_each(|keyword| self.pattern(&keyword.pattern));
            }
            Pattern::MatchAs(node) => node.pattern.iter().for_each(|part| self.pattern(part)),
            Pattern::MatchOr(node) => node.patterns.iter().for_each(|part| self.pattern(part)),
            Pattern::MatchStar(_) => {}
        }
    }

    // Expressions.

    /// The constant that the compiler makes of an expression.
    fn constant(&self, expression: &'a Expr) -> Option<Constant<'a>> {
        Some(match expression {
            Expr::BooleanLiteral(node) => Constant::Bool(node.value),
            Expr::NoneLiteral(_) => Constant::None,
            Expr::EllipsisLiteral(_) => Constant::Ellipsis,
            Expr::StringLiteral(node) => Constant::Text(node.value.to_str().into()),
            Expr::BytesLiteral(node) => Constant::Bytes(node.value.bytes().collect()),
            Expr::Name(node) if node.id == "__debug__" => Constant::Bool(true),
            Expr::Tuple(node) if self.rules.python.minor < 14 => {
                Constant::Tuple(node.elts.iter().map(|part| self.constant(part)).collect::<Option<_>>()?)
            }
            Expr::NumberLiteral(node) => match &node.value {
                Number::Int(int) => {
                    int.as_u64().map_or(Constant::At(expression.start()), |value| Constant::Int(value.into()))
                }
                Number::Float(value) => Constant::Float(value.to_bits()),
                Number::Complex { real, imag } => Constant::Complex(real.to_bits(), imag.to_bits()),
            },
            Expr::UnaryOp(node) if node.op == UnaryOp::Not => {
                Constant::Bool(truth::fold(expression, self.rules.python)?.is_true())
            }
            Expr::UnaryOp(_) | Expr::BinOp(_) | Expr::Subscript(_) => {
                match truth::fold(expression, self.rules.python)? {
                    Value::Int(value) => Constant::Int(value),
                    Value::Float(value) => Constant::Float(value.to_bits()),
                    Value::Complex(real, imag) => Constant::Complex(real.to_bits(), imag.to_bits()),
                    Value::None => Constant::None,
                    Value::Ellipsis => Constant::Ellipsis,
                    Value::LargeInt | Value::Text(_) | Value::Bytes(_) | Value::Tuple(_) => {
                        Constant::At(expression.start())
                    }
                }
            }
            _ => return None,
        })
    }

    fn constants(&self, expressions: &'a [Expr]) -> Option<Vec<Constant<'a>>> {
        expressions.iter().map(|expression| self.constant(expression)).collect()
    }

    /// Values that an instruction makes a tuple of: one constant if all are.
    fn tuple(&mut self, parts: &[&'a Expr]) {
        let constants: Option<Vec<_>> = parts.iter().map(|part| self.constant(part)).collect();
        let Some(constants) = constants.filter(|constants| !constants.is_empty()) else {
            for part in parts {
                self.value(part);
            }
            return;
        };
        for constant in &constants {
            self.enter(constant.clone());
        }
        self.folded.push((Constant::Tuple(constants), self.live));
    }

    fn values(&mut self, parts: &'a [Expr]) {
        for part in parts {
            self.value(part);
        }
    }

    /// What a loop or an `in` goes through: a display of constants is a constant.
    fn iterable(&mut self, expression: &'a Expr) {
        let constant = match expression {
            _ if self.rules.python.minor >= 14 => None,
            Expr::List(node) => self.constants(&node.elts).map(Constant::Tuple),
            Expr::Set(node) => self.constants(&node.elts).map(Constant::Set),
            _ => None,
        };
        match constant {
            Some(constant) => self.load(constant),
            None => self.value(expression),
        }
    }

    /// An assignment's or deletion's target; a name has no constants.
    fn target(&mut self, target: &'a Expr) {
        match target {
            Expr::Tuple(node) => node.elts.iter().for_each(|part| self.target(part)),
            Expr::List(node) => node.elts.iter().for_each(|part| self.target(part)),
            Expr::Starred(node) => self.target(&node.value),
            Expr::Attribute(node) => self.value(&node.value),
            Expr::Subscript(node) => {
                self.value(&node.value);
                self.value(&node.slice);
            }
            _ => {}
        }
    }

    /// An expression that decides a jump: a constant decides it beforehand, and is not loaded.
    fn test(&mut self, expression: &'a Expr) {
        if let Some(constant) = self.constant(expression) {
            self.enter(constant);
            return;
        }
        match expression {
            Expr::UnaryOp(node) if node.op == UnaryOp::Not => self.test(&node.operand),
            Expr::BoolOp(node) => {
                let decisive = node.op == BoolOp::Or;
                let live = self.live;
                for value in &node.values {
                    self.test(value);
                    self.live &= truth::compiled(value, self.rules.python) != Some(decisive);
                }
                self.live = live;
            }
            Expr::If(node) => {
                self.test(&node.test);
                let outcome = truth::compiled(&node.test, self.rules.python);
                self.part(outcome != Some(false), |table| table.test(&node.body));
                self.part(outcome != Some(true), |table| table.test(&node.orelse));
            }
            Expr::Compare(node)
                if matches!(&*node.ops, [CmpOp::Is | CmpOp::IsNot])
                    && matches!(&*node.comparators, [Expr::NoneLiteral(_)]) =>
            {
                // There are instructions for these.
                self.value(&node.left);
                self.enter(Constant::None);
            }
            _ => self.value(expression),
        }
    }

    #[expect(clippy::too_many_lines, reason = "an arm for each kind of expression")]
    fn value(&mut self, expression: &'a Expr) {
        if let Some(constant) = self.constant(expression) {
            self.load(constant);
            return;
        }
        match expression {
            Expr::BoolOp(node) => {
                let decisive = node.op == BoolOp::Or;
                let live = self.live;
                for (at, value) in node.values.iter().enumerate() {
                    let constant = self.constant(value);
                    let truth = constant.as_ref().and_then(|_| truth::compiled(value, self.rules.python));
                    match constant {
                        // One that does not decide is left out, unless it is the value.
                        Some(constant) if truth == Some(!decisive) && at + 1 < node.values.len() => {
                            self.enter(constant);
                        }
                        Some(constant) => self.load(constant),
                        None => self.value(value),
                    }
                    self.live &= truth != Some(decisive);
                }
                self.live = live;
            }
            Expr::Named(node) => self.value(&node.value),
            Expr::BinOp(node) => {
                self.value(&node.left);
                self.value(&node.right);
            }
            Expr::UnaryOp(node) => self.value(&node.operand),
            Expr::Lambda(node) => {
                if let Some(parameters) = &node.parameters {
                    self.defaults(parameters);
                }
                self.load_code(expression.start(), Code::Expression(expression.start()));
            }
            Expr::If(node) => {
                self.test(&node.test);
                let outcome = truth::compiled(&node.test, self.rules.python);
                self.part(outcome != Some(false), |table| table.value(&node.body));
                self.part(outcome != Some(true), |table| table.value(&node.orelse));
            }
            Expr::Dict(node) => self.dict(node),
            Expr::List(node) => self.display(&node.elts, Constant::Tuple),
            Expr::Set(node) => self.display(&node.elts, Constant::Set),
            Expr::Tuple(node) => self.values(&node.elts),
            Expr::ListComp(node) => self.comprehension(expression, &node.generators, &[&node.elt]),
            Expr::SetComp(node) => self.comprehension(expression, &node.generators, &[&node.elt]),
            Expr::DictComp(node) => {
                let parts: Vec<&Expr> = node.key.iter().map(|key| &**key).chain([&*node.value]).collect();
                self.comprehension(expression, &node.generators, &parts);
            }
            Expr::Generator(node) => {
                self.load_code(expression.start(), Code::Expression(expression.start()));
                if let Some(first) = node.generators.first() {
                    self.iterable(&first.iter);
                }
            }
            Expr::Await(node) => {
                self.value(&node.value);
                self.load(Constant::None);
            }
            Expr::Yield(node) => match &node.value {
                Some(value) => self.value(value),
                None => self.load(Constant::None),
            },
            Expr::YieldFrom(node) => {
                self.value(&node.value);
                self.load(Constant::None);
            }
            Expr::Compare(node) => {
                self.value(&node.left);
                for (at, part) in node.comparators.iter().enumerate() {
                    let last = at + 1 == node.comparators.len();
                    if last && matches!(node.ops.last(), Some(CmpOp::In | CmpOp::NotIn)) {
                        self.iterable(part);
                    } else {
                        self.value(part);
                    }
                }
            }
            Expr::Call(node) => {
                self.value(&node.func);
                self.arguments(&node.arguments.args, &node.arguments.keywords);
            }
            Expr::FString(node) => self.f_string(node),
            Expr::TString(_) => self.load(Constant::At(expression.start())),
            Expr::Attribute(node) => self.value(&node.value),
            Expr::Subscript(node) => {
                self.value(&node.value);
                self.value(&node.slice);
            }
            Expr::Starred(node) => self.value(&node.value),
            Expr::Slice(node) => {
                for bound in [&node.lower, &node.upper] {
                    match bound {
                        Some(bound) => self.value(bound),
                        None => self.load(Constant::None),
                    }
                }
                node.step.iter().for_each(|step| self.value(step));
            }
            _ => {}
        }
    }

    fn display(&mut self, parts: &'a [Expr], of: impl Fn(Vec<Constant<'a>>) -> Constant<'a>) {
        match self.constants(parts).filter(|constants| constants.len() > 2) {
            Some(constants) => self.load(of(constants)),
            None => self.values(parts),
        }
    }

    /// Dictionaries are built in parts: up to a `**`, and of 16 items at most.
    fn dict(&mut self, node: &'a ruff_python_ast::ExprDict) {
        for run in node.items.chunk_by(|left, right| left.key.is_some() && right.key.is_some()) {
            for part in run.chunks(16) {
                let keys = part.iter().map(|item| self.constant(item.key.as_ref()?)).collect::<Option<Vec<_>>>();
                let keys = keys.filter(|keys| self.has_key_tuples() && (2..=15).contains(&keys.len()));
                for item in part {
                    if keys.is_none() {
                        item.key.iter().for_each(|key| self.value(key));
                    }
                    self.value(&item.value);
                }
                if let Some(keys) = keys {
                    self.load(Constant::Tuple(keys));
                }
            }
        }
    }

    fn comprehension(
        &mut self,
        expression: &'a Expr,
        generators: &'a [ruff_python_ast::Comprehension],
        elements: &[&'a Expr],
    ) {
        let inlined = self.rules.python.minor >= 12;
        if !inlined {
            self.load_code(expression.start(), Code::Expression(expression.start()));
        }
        for (at, generator) in generators.iter().enumerate() {
            if at == 0 || inlined {
                self.iterable(&generator.iter);
            }
            if inlined {
                self.target(&generator.target);
                generator.ifs.iter().for_each(|test| self.test(test));
            }
        }
        if inlined {
            for element in elements {
                self.value(element);
            }
        }
    }

    fn arguments(&mut self, arguments: &'a [Expr], keywords: &'a [Keyword]) {
        let unpacks =
            arguments.iter().any(Expr::is_starred_expr) || keywords.iter().any(|keyword| keyword.arg.is_none());
        let name = |keyword: &'a Keyword| Some(Constant::Text(keyword.arg.as_ref()?.as_str().into()));
        if !unpacks {
            self.values(arguments);
            for keyword in keywords {
                self.value(&keyword.value);
            }
            if !keywords.is_empty() {
                self.load(Constant::Tuple(keywords.iter().filter_map(name).collect()));
            }
            return;
        }
        match self.constants(arguments) {
            Some(constants) if constants.len() > 2 => self.load(Constant::Tuple(constants)),
            _ if arguments.iter().any(Expr::is_starred_expr) => self.values(arguments),
            _ => {
                let parts: Vec<&Expr> = arguments.iter().collect();
                self.tuple(&parts);
            }
        }
        for run in keywords.chunk_by(|left, right| left.arg.is_some() && right.arg.is_some()) {
            for part in run.chunks(16) {
                let names = (self.has_key_tuples() && (2..=15).contains(&part.len()))
                    .then(|| part.iter().filter_map(name).collect());
                for keyword in part {
                    if names.is_none()
                        && let Some(name) = name(keyword)
                    {
                        self.load(name);
                    }
                    self.value(&keyword.value);
                }
                if let Some(names) = names {
                    self.load(Constant::Tuple(names));
                }
            }
        }
    }

    /// The texts between the fields are constants, those that adjoin one.
    fn f_string(&mut self, node: &'a ExprFString) {
        let mut text = String::new();
        for part in &node.value {
            match part {
                ruff_python_ast::FStringPart::Literal(literal) => text.push_str(&literal.value),
                ruff_python_ast::FStringPart::FString(string) => {
                    string.elements.iter().for_each(|element| self.element(element, &mut text));
                }
            }
        }
        let is_empty = node.value.elements().next().is_none();
        if !text.is_empty() || is_empty {
            self.load(Constant::Text(text.into()));
        }
    }

    fn element(&mut self, element: &'a InterpolatedStringElement, text: &mut String) {
        match element {
            InterpolatedStringElement::Literal(literal) => text.push_str(&literal.value),
            InterpolatedStringElement::Interpolation(field) => {
                if field.debug_text.is_some() {
                    // `{a=}` shows itself.
                    text.push_str(self.text.get(field.range.to_std_range()).unwrap_or_default());
                }
                if !text.is_empty() {
                    self.load(Constant::Text(std::mem::take(text).into()));
                }
                self.value(&field.expression);
                if let Some(specification) = &field.format_spec {
                    let mut text = String::new();
                    specification.elements.iter().for_each(|element| self.element(element, &mut text));
                    if !text.is_empty() {
                        self.load(Constant::Text(text.into()));
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    //! The expectations are the answers of coverage.py 7.17.3 under the Python named.

    use crate::analyse::tests::{numbers, outline_under};

    fn statements(minor: u8, source: &str) -> Vec<u32> {
        numbers(&outline_under(minor, source).statements)
    }

    #[test]
    fn dead_code_objects_went_with_the_tail_of_the_table_until_python_3_11() {
        let source = "\
def f(x):
    if x:
        raise E
    def g():
        pass
    return 7
def h(x):
    return x
    class C:
        a = 10
    return (b for b in x)
def i():
    while 1 and 2:
        if c():
            break
    else:
        x = [c() for _ in range(2)]
    z = 18
def j():
    if 1 and 2:
        x = 0
    elif any(c() for _ in range(2)):
        x = 23
def k():
    if 0:
        def f():
            return 27
    return
";
        let expected = [1, 2, 3, 4, 5, 6, 7, 8, 12, 13, 14, 15, 17, 18, 19, 20, 21, 24, 25, 28];
        assert_eq!(statements(11, source), expected);
        let expected = [1, 2, 3, 4, 5, 6, 7, 8, 12, 13, 14, 15, 18, 19, 20, 21, 24, 25, 28];
        assert_eq!(statements(12, source), expected);
        assert_eq!(statements(13, source), expected);
        let expected = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 13, 14, 15, 18, 19, 20, 21, 24, 25, 28];
        assert_eq!(statements(14, source), expected);
        assert_eq!(statements(15, source), expected);
    }

    #[test]
    fn the_first_constant_is_always_kept() {
        let module = "\
raise a
class C:
    a = 3
";
        let functions = "\
def f():
    raise a
    def g():
        return 4
    def h():
        return 6
def i():
    'Eight.'
    raise a
    def g():
        return 11
def j():
    raise a
    x = 14
    def g():
        return 16
";
        for minor in 11..=15 {
            assert_eq!(statements(minor, module), [1, 2, 3]);
        }
        // Up to 3.13 the first constant of a function is its docstring or `None`.
        for minor in 11..=13 {
            assert_eq!(statements(minor, functions), [1, 2, 7, 9, 12, 13]);
        }
        assert_eq!(statements(14, functions), [1, 2, 3, 4, 7, 9, 12, 13]);
        assert_eq!(statements(15, functions), [1, 2, 3, 4, 7, 9, 12, 13]);
    }

    #[test]
    fn a_constant_that_was_used_before_keeps_nothing_but_a_new_one_does() {
        let source = "\
def f(a):
    raise a
    def g():
        return 4
    return a.b(c=5)
def h(a):
    raise a
    def g():
        return 9
    a.b(c=10)
def i(a):
    if a:
        return 'later'
    raise a
    def g():
        return 16
    x = 'later'
def j(a):
    if a:
        raise a
        def g():
            return 22
    def k(b=23):
        return 24
";
        assert_eq!(statements(11, source), [1, 2, 6, 7, 11, 12, 13, 14, 18, 19, 20, 21, 22, 23, 24]);
        assert_eq!(statements(13, source), [1, 2, 6, 7, 11, 12, 13, 14, 18, 19, 20, 23, 24]);
        let expected = [1, 2, 3, 4, 6, 7, 8, 9, 11, 12, 13, 14, 18, 19, 20, 21, 22, 23, 24];
        assert_eq!(statements(14, source), expected);
        assert_eq!(statements(15, source), expected);
    }

    #[test]
    fn a_return_that_a_finally_clause_overrules_keeps_nothing() {
        let source = "\
def f():
    try:
        return
        a = [b() for c in d]
    except E:
        return 6
    finally:
        return 8
class C:
    match a:
        case D(e=1):
            for f in g:
                break
                h = [i for i in f]
";
        for minor in 11..=15 {
            assert_eq!(statements(minor, source), [1, 2, 3, 5, 6, 8, 9, 10, 11, 12, 13], "3.{minor}");
        }
    }
}
