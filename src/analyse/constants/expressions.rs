//! The constants that expressions enter into the table.

use std::borrow::Cow;

use ruff_python_ast::{
    BoolOp, CmpOp, Expr, ExprFString, FStringPart, InterpolatedStringElement, Keyword, Number, UnaryOp,
};
use ruff_text_size::{Ranged, TextRange};

use super::{Code, Constant, Table};
use crate::analyse::syntax::surrogates;
use crate::analyse::truth::{self, Value};

/// The constant that is a calculated value; `None` if too little of the value is known to compare it with others.
fn calculated<'a>(value: Value) -> Option<Constant<'a>> {
    Some(match value {
        Value::Int(value) => Constant::Int(value),
        Value::Float(value) => Constant::Float(value.to_bits()),
        Value::Complex(real, imag) => Constant::Complex(real.to_bits(), imag.to_bits()),
        Value::None => Constant::None,
        Value::Ellipsis => Constant::Ellipsis,
        Value::Text(text) if !text.contains('\u{fffd}') => Constant::Text(text.into()),
        Value::Bytes(bytes) => Constant::Bytes(bytes),
        Value::Tuple(values) => Constant::Tuple(values.into_iter().map(calculated).collect::<Option<_>>()?),
        Value::LargeInt | Value::Text(_) => return None,
    })
}

impl<'a> Table<'a, '_> {
    /// The constant that the compiler makes of an expression.
    pub(super) fn constant(&self, expression: &'a Expr) -> Option<Constant<'a>> {
        Some(match expression {
            Expr::BooleanLiteral(node) => Constant::Bool(node.value),
            Expr::NoneLiteral(_) => Constant::None,
            Expr::EllipsisLiteral(_) => Constant::Ellipsis,
            Expr::StringLiteral(node) => Constant::Text(surrogates::distinct(node, self.text)),
            Expr::BytesLiteral(node) => Constant::Bytes(node.value.bytes().collect()),
            Expr::Name(node) if node.id == "__debug__" => Constant::Bool(true),
            Expr::Tuple(node) if self.rules.python.minor < 14 => {
                Constant::Tuple(node.elts.iter().map(|part| self.constant(part)).collect::<Option<_>>()?)
            }
            Expr::NumberLiteral(node) => match &node.value {
                Number::Int(int) => match truth::integer(int) {
                    Value::Int(value) => Constant::Int(value),
                    _ => Constant::At(expression.start()),
                },
                Number::Float(value) => Constant::Float(value.to_bits()),
                Number::Complex { real, imag } => Constant::Complex(real.to_bits(), imag.to_bits()),
            },
            Expr::UnaryOp(node) if node.op == UnaryOp::Not => {
                Constant::Bool(truth::fold(expression, self.rules.python)?.is_true())
            }
            Expr::UnaryOp(_) | Expr::BinOp(_) | Expr::Subscript(_) => {
                calculated(truth::fold(expression, self.rules.python)?).unwrap_or(Constant::At(expression.start()))
            }
            _ => return None,
        })
    }

    fn constants(&self, expressions: &'a [Expr]) -> Option<Vec<Constant<'a>>> {
        expressions.iter().map(|expression| self.constant(expression)).collect()
    }

    /// Values that an instruction combines into a tuple: one constant if all of them are constants.
    pub(super) fn tuple(&mut self, parts: &[&'a Expr]) {
        let constants: Option<Vec<_>> = parts.iter().map(|part| self.constant(part)).collect();
        let Some(constants) = constants else {
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

    /// The iterable of a loop or the right side of an `in`: a display of constants is one constant.
    pub(super) fn iterable(&mut self, expression: &'a Expr) {
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

    /// The target of an assignment or deletion; a name has no constants.
    pub(super) fn target(&mut self, target: &'a Expr) {
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

    /// An expression that decides a jump: if it is constant, the jump is decided beforehand and the constant is not loaded.
    pub(super) fn test(&mut self, expression: &'a Expr) {
        if let Some(constant) = self.constant(expression) {
            self.enter(constant);
            return;
        }
        match expression {
            // An f-string without fields becomes a constant only when the jumps are made.
            Expr::FString(node) => {
                let decided = truth::compiled(expression, self.rules.python).is_some();
                self.part(!decided, |table| table.f_string(node));
            }
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
                // `is None` and `is not None` have instructions of their own.
                self.value(&node.left);
                self.enter(Constant::None);
            }
            _ => self.value(expression),
        }
    }

    pub(super) fn value(&mut self, expression: &'a Expr) {
        if let Some(constant) = self.constant(expression) {
            self.load(constant);
            return;
        }
        match expression {
            Expr::BoolOp(node) => {
                let decisive = node.op == BoolOp::Or;
                let live = self.live;
                for (at, value) in node.values.iter().enumerate() {
                    let truth = truth::of_operand(value, self.rules.python);
                    // An operand that does not decide is left out, unless it is the value.
                    let is_left_out = truth == Some(!decisive) && at + 1 < node.values.len();
                    self.part(!is_left_out, |table| table.value(value));
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

    /// Dictionaries are built in parts: up to a `**`, and at most 16 items each.
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

    pub(super) fn arguments(&mut self, arguments: &'a [Expr], keywords: &'a [Keyword]) {
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

    /// The texts between the fields are constants; adjoining texts are one constant.
    fn f_string(&mut self, node: &'a ExprFString) {
        let mut text = String::new();
        for part in &node.value {
            match part {
                FStringPart::Literal(literal) => {
                    text.push_str(&self.distinct(&literal.value, literal.range(), literal.flags.prefix().is_raw()));
                }
                FStringPart::FString(string) => {
                    let is_raw = string.flags.prefix().is_raw();
                    string.elements.iter().for_each(|element| self.element(element, is_raw, &mut text));
                }
            }
        }
        // The empty f-string is a constant since 3.13.
        let is_empty = node.value.elements().next().is_none();
        if !text.is_empty() || (is_empty && self.rules.python.minor >= 13) {
            self.load(Constant::Text(text.into()));
        }
    }

    /// A part of an f-string, in a form that is equal only for equal texts.
    fn distinct(&self, value: &'a str, range: TextRange, is_raw: bool) -> Cow<'a, str> {
        surrogates::distinct_part(value, self.text.get(range.to_std_range()).unwrap_or_default(), is_raw)
    }

    fn element(&mut self, element: &'a InterpolatedStringElement, is_raw: bool, text: &mut String) {
        match element {
            InterpolatedStringElement::Literal(literal) => {
                text.push_str(&self.distinct(&literal.value, literal.range(), is_raw));
            }
            InterpolatedStringElement::Interpolation(field) => {
                if field.debug_text.is_some() {
                    // `{a=}` shows its own text.
                    text.push_str(self.text.get(field.range.to_std_range()).unwrap_or_default());
                }
                if !text.is_empty() {
                    self.load(Constant::Text(std::mem::take(text).into()));
                }
                self.value(&field.expression);
                if let Some(specification) = &field.format_spec {
                    let mut text = String::new();
                    specification.elements.iter().for_each(|element| self.element(element, is_raw, &mut text));
                    if !text.is_empty() {
                        self.load(Constant::Text(text.into()));
                    }
                }
            }
        }
    }
}
