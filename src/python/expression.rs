//! Evaluates Python expressions on known names: comparisons, `in`, `not`, `and`, `or`, subscripts and a few calls.
//!
//! ```text
//! sys_version_info >= (3, 12) and sys_platform != 'win32'
//! 'CI' in os_environ or is_installed('tomlkit')
//! ```
//!
//! Values may be partly known: the last number of a version may be open, or the end of a text. If an open part decides, and for every other kind
//! of expression, the answer is open. Operands are evaluated from left to right, and only those that Python evaluates. So an open operand makes
//! the whole answer open, unless Python would never evaluate it. The rules are those of CPython's `eval`.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use ruff_python_ast::{BoolOp, CmpOp, Expr, ExprCall, ExprCompare, ExprSubscript, Number, UnaryOp};
use ruff_text_size::Ranged;

/// The maximum length of an expression in bytes, so that none can nest too deeply for the stack.
const MOST_BYTES: usize = 2_000;

/// A value, which may be partly known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// `None`.
    None,
    /// `True` or `False`.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A number with a fraction or exponent, as the expression spells it: only its type is known.
    Float(String),
    /// An unknown number or text; if it is a number, it is not negative.
    Open,
    /// A text.
    Text(String),
    /// A text of which only this beginning is known; it has more characters.
    Beginning(String),
    /// A tuple, list or set.
    Items(Brackets, Vec<Value>),
    /// Names and their texts, as in `os.environ`.
    Mapping(BTreeMap<String, String>),
}

/// The kind of a collection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are Python's")]
pub enum Brackets {
    Tuple,
    List,
    Set,
}

/// Why an expression has no value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stop {
    /// Python raises an exception.
    Raised,
    /// It depends on a value that is unknown or only partly known.
    Open,
    /// It depends on whether a package with this name is installed.
    Package(String),
    /// This part of it is not supported.
    Unknown(String),
}

/// The meaning of the names in an expression.
#[derive(Clone, Copy)]
pub struct Names<'a> {
    /// The value of a name, which may be dotted; `None` if it is unknown.
    pub value: &'a dyn Fn(&str) -> Option<Value>,
    /// Whether a name exists where the expression is evaluated.
    pub exists: &'a dyn Fn(&str) -> bool,
    /// The result of a function for a text; `None` if there is no such function.
    pub call: &'a dyn Fn(&str, &str) -> Option<Answer>,
}

/// A value, or the reason why there is none.
pub type Answer = Result<Value, Stop>;

/// Whether an expression is true.
///
/// # Errors
/// Python would raise an exception, or the answer is open.
pub fn holds(text: &str, names: Names<'_>) -> Result<bool, Stop> {
    let text = text.trim_start_matches([' ', '\t']);
    if text.len() > MOST_BYTES {
        return Err(Stop::Unknown(format!("an expression of {} bytes", text.len())));
    }
    // CPython takes blanks after the last line end for an indented line, which ends without a statement.
    let is_indented = text.rsplit_once(['\n', '\r']).is_some_and(|(before, last)| {
        !before.ends_with('\\') && !last.is_empty() && last.trim_matches([' ', '\t']).is_empty()
    });
    if is_indented || text.starts_with('\u{feff}') {
        return Err(Stop::Raised);
    }
    let parsed = ruff_python_parser::parse_expression(text).map_err(|_| Stop::Raised)?;
    truth(&Evaluation { text, names }.value(parsed.expr())?)
}

/// Whether a value counts as true.
fn truth(value: &Value) -> Result<bool, Stop> {
    match value {
        Value::None => Ok(false),
        Value::Bool(truth) => Ok(*truth),
        Value::Int(number) => Ok(*number != 0),
        Value::Float(spelt) => Err(Stop::Unknown(spelt.clone())),
        Value::Open => Err(Stop::Open),
        Value::Text(text) => Ok(!text.is_empty()),
        Value::Beginning(_) => Ok(true),
        Value::Items(_, items) => Ok(!items.is_empty()),
        Value::Mapping(mapping) => Ok(!mapping.is_empty()),
    }
}

struct Evaluation<'a> {
    text: &'a str,
    names: Names<'a>,
}

impl Evaluation<'_> {
    fn value(&self, expression: &Expr) -> Answer {
        match expression {
            Expr::NoneLiteral(_) => Ok(Value::None),
            Expr::BooleanLiteral(literal) => Ok(Value::Bool(literal.value)),
            Expr::StringLiteral(literal) => Ok(Value::Text(literal.value.to_str().to_owned())),
            Expr::NumberLiteral(literal) => match &literal.value {
                Number::Int(number) => number.as_i64().map(Value::Int).ok_or_else(|| self.unknown(expression)),
                Number::Float(_) => Ok(Value::Float(self.text_of(expression).to_owned())),
                Number::Complex { .. } => Err(self.unknown(expression)),
            },
            Expr::Tuple(tuple) => self.items(Brackets::Tuple, &tuple.elts),
            Expr::List(list) => self.items(Brackets::List, &list.elts),
            Expr::Set(set) => self.items(Brackets::Set, &set.elts),
            Expr::Name(_) | Expr::Attribute(_) => {
                match (dotted(expression).and_then(|name| (self.names.value)(&name)), expression) {
                    (Some(value), _) => Ok(value),
                    (None, Expr::Name(name)) if !(self.names.exists)(&name.id) => Err(Stop::Raised),
                    (None, Expr::Attribute(attribute)) => {
                        self.value(&attribute.value).and_then(|_| Err(self.unknown(expression)))
                    }
                    _ => Err(self.unknown(expression)),
                }
            }
            Expr::UnaryOp(operation) => match (operation.op, self.value(&operation.operand)?) {
                (UnaryOp::Not, operand) => Ok(Value::Bool(!truth(&operand)?)),
                (UnaryOp::USub, Value::Int(number)) => Ok(Value::Int(-number)),
                _ => Err(self.unknown(expression)),
            },
            Expr::BoolOp(operation) => self.joined(operation.op, &operation.values),
            Expr::Compare(comparison) => self.comparison(comparison),
            Expr::Subscript(subscript) => self.subscript(subscript),
            Expr::Call(call) => self.call(call),
            _ => Err(self.unknown(expression)),
        }
    }

    fn unknown(&self, part: &impl Ranged) -> Stop {
        Stop::Unknown(self.text_of(part).to_owned())
    }

    fn text_of(&self, part: &impl Ranged) -> &str {
        self.text.get(part.range().to_std_range()).unwrap_or(self.text)
    }

    fn items(&self, brackets: Brackets, items: &[Expr]) -> Answer {
        let items: Result<_, _> = items.iter().map(|item| self.value(item)).collect();
        Ok(Value::Items(brackets, items?))
    }

    /// `and`, `or`: the first operand that decides, or else the last one.
    fn joined(&self, operator: BoolOp, operands: &[Expr]) -> Answer {
        let mut last = Value::None;
        let (end, others) = operands.split_last().map_or((None, operands), |(end, others)| (Some(end), others));
        for operand in others {
            last = self.value(operand)?;
            if truth(&last)? == (operator == BoolOp::Or) {
                return Ok(last);
            }
        }
        end.map_or(Ok(last), |end| self.value(end))
    }

    /// A chain of comparisons: the first false one decides.
    fn comparison(&self, comparison: &ExprCompare) -> Answer {
        let mut left = self.value(&comparison.left)?;
        for (operator, right) in comparison.ops.iter().zip(&comparison.comparators) {
            let right = self.value(right)?;
            let holds = match operator {
                CmpOp::Eq => equal(&left, &right),
                CmpOp::NotEq => equal(&left, &right).map(|equal| !equal),
                CmpOp::In => contains(&right, &left),
                CmpOp::NotIn => contains(&right, &left).map(|contained| !contained),
                CmpOp::Is | CmpOp::IsNot => match (&left, &right) {
                    (Value::None | Value::Bool(_), _) | (_, Value::None | Value::Bool(_)) => {
                        Ok((left == right) == (*operator == CmpOp::Is))
                    }
                    _ => Err(Stop::Unknown(self.text.to_owned())),
                },
                CmpOp::Lt => order(&left, &right).map(Ordering::is_lt),
                CmpOp::LtE => order(&left, &right).map(Ordering::is_le),
                CmpOp::Gt => order(&left, &right).map(Ordering::is_gt),
                CmpOp::GtE => order(&left, &right).map(Ordering::is_ge),
            };
            if !holds? {
                return Ok(Value::Bool(false));
            }
            left = right;
        }
        Ok(Value::Bool(true))
    }

    fn subscript(&self, subscript: &ExprSubscript) -> Answer {
        let unknown = || self.unknown(&*subscript.value);
        let bound = |bound: Option<&Expr>| bound.map(|bound| self.value(bound)).transpose();
        match (self.value(&subscript.value)?, &*subscript.slice) {
            (Value::Items(brackets, items), Expr::Slice(slice))
                if slice.step.is_none() && brackets != Brackets::Set =>
            {
                let at = |bound, default| match bound {
                    None | Some(Value::None) => Ok(default),
                    Some(Value::Int(number)) => Ok(position(number, items.len()).min(items.len())),
                    Some(_) => Err(unknown()),
                };
                let start = at(bound(slice.lower.as_deref())?, 0)?;
                let end = at(bound(slice.upper.as_deref())?, items.len())?;
                Ok(Value::Items(brackets, items.get(start..end).unwrap_or_default().to_vec()))
            }
            (Value::Items(brackets, items), index) if brackets != Brackets::Set => match self.value(index)? {
                Value::Int(number) if number >= -i64::try_from(items.len()).unwrap_or(i64::MAX) => {
                    items.get(position(number, items.len())).cloned().ok_or(Stop::Raised)
                }
                Value::Int(_) => Err(Stop::Raised),
                _ => Err(unknown()),
            },
            (Value::Mapping(mapping), index) => match self.value(index)? {
                Value::Text(name) => mapping.get(&name).cloned().map(Value::Text).ok_or(Stop::Raised),
                _ => Err(unknown()),
            },
            _ => Err(unknown()),
        }
    }

    /// `function('text')`, or `mapping.get('name')` with or without a default.
    fn call(&self, call: &ExprCall) -> Answer {
        let unknown = || self.unknown(call);
        if let Expr::Name(function) = &*call.func
            && !(self.names.exists)(&function.id)
        {
            return Err(Stop::Raised);
        }
        if !call.arguments.keywords.is_empty() {
            return Err(unknown());
        }
        let arguments = &call.arguments.args;
        if let (Some(function), [Expr::StringLiteral(argument)]) = (dotted(&call.func), &**arguments)
            && let Some(value) = (self.names.call)(&function, argument.value.to_str())
        {
            return value;
        }
        let Expr::Attribute(method) = &*call.func else { return Err(unknown()) };
        let (true, Value::Mapping(mapping)) = (method.attr.as_str() == "get", self.value(&method.value)?) else {
            return Err(unknown());
        };
        let (name, default) = match &**arguments {
            [name] => (self.value(name)?, Value::None),
            [name, default] => (self.value(name)?, self.value(default)?),
            _ => return Err(unknown()),
        };
        let Value::Text(name) = name else { return Err(unknown()) };
        Ok(mapping.get(&name).cloned().map_or(default, Value::Text))
    }
}

/// A name, or names with dots between them.
fn dotted(expression: &Expr) -> Option<String> {
    match expression {
        Expr::Name(name) => Some(name.id.to_string()),
        Expr::Attribute(attribute) => Some(format!("{}.{}", dotted(&attribute.value)?, attribute.attr)),
        _ => None,
    }
}

/// The item at an index in a collection of that length; negative indices count from the end.
fn position(index: i64, length: usize) -> usize {
    let index = if index < 0 { index.saturating_add(i64::try_from(length).unwrap_or(i64::MAX)) } else { index };
    usize::try_from(index).unwrap_or_default()
}

/// Two numbers; `None` if one of the values is of another type.
fn numbers(left: &Value, right: &Value) -> Result<Option<(i64, i64)>, Stop> {
    let whole = |value: &Value| match value {
        Value::Int(number) => Some(*number),
        Value::Bool(truth) => Some(i64::from(*truth)),
        _ => None,
    };
    match (left, right) {
        (Value::Float(spelt), Value::Int(_) | Value::Bool(_) | Value::Float(_))
        | (Value::Int(_) | Value::Bool(_), Value::Float(spelt)) => Err(Stop::Unknown(spelt.clone())),
        _ => Ok(whole(left).zip(whole(right))),
    }
}

/// `==`.
fn equal(left: &Value, right: &Value) -> Result<bool, Stop> {
    match (left, right) {
        (Value::Open, _) | (_, Value::Open) | (Value::Items(Brackets::Set, _), Value::Items(Brackets::Set, _)) => {
            Err(Stop::Open)
        }
        (Value::Beginning(_), Value::Text(_) | Value::Beginning(_)) | (Value::Text(_), Value::Beginning(_)) => {
            order(left, right).map(Ordering::is_eq)
        }
        (Value::Items(kind, left), Value::Items(other, right)) => {
            if kind != other || left.len() != right.len() {
                return Ok(false);
            }
            let mut open = false;
            for (left, right) in left.iter().zip(right) {
                match equal(left, right) {
                    Ok(false) => return Ok(false),
                    Ok(true) => {}
                    Err(_) => open = true,
                }
            }
            if open { Err(Stop::Open) } else { Ok(true) }
        }
        _ => match numbers(left, right)? {
            Some((left, right)) => Ok(left == right),
            None => Ok(left == right),
        },
    }
}

/// `<`, `<=`, `>` and `>=`.
fn order(left: &Value, right: &Value) -> Result<Ordering, Stop> {
    match (left, right) {
        (Value::Text(left), Value::Text(right)) => Ok(left.cmp(right)),
        (Value::Beginning(known), Value::Text(text)) => order_of_beginning(known, text),
        (Value::Text(text), Value::Beginning(known)) => order_of_beginning(known, text).map(Ordering::reverse),
        (Value::Open, _)
        | (_, Value::Open)
        | (Value::Beginning(_), Value::Beginning(_))
        | (Value::Items(Brackets::Set, _), Value::Items(Brackets::Set, _)) => Err(Stop::Open),
        (Value::Items(kind, left), Value::Items(other, right)) if kind == other => order_of_items(left, right),
        _ => numbers(left, right)?.map(|(left, right)| left.cmp(&right)).ok_or(Stop::Raised),
    }
}

/// The order of a text of which only the beginning `known` is known, and a fully known text.
fn order_of_beginning(known: &str, text: &str) -> Result<Ordering, Stop> {
    if known.starts_with(text) {
        return Ok(Ordering::Greater);
    }
    if text.starts_with(known) { Err(Stop::Open) } else { Ok(known.cmp(text)) }
}

/// The first difference decides, or else the length.
fn order_of_items(left: &[Value], right: &[Value]) -> Result<Ordering, Stop> {
    match (left, right) {
        // A number that is not negative is 0 or more, so the rest can decide only if it would also say "greater".
        ([Value::Open, left @ ..], [Value::Int(0), right @ ..]) => match order_of_items(left, right) {
            Ok(Ordering::Greater) => Ok(Ordering::Greater),
            _ => Err(Stop::Open),
        },
        ([first, left @ ..], [second, right @ ..]) => {
            if equal(first, second)? {
                order_of_items(left, right)
            } else {
                order(first, second)
            }
        }
        (left, right) => Ok(left.len().cmp(&right.len())),
    }
}

/// `in`.
fn contains(container: &Value, wanted: &Value) -> Result<bool, Stop> {
    match (container, wanted) {
        (Value::Items(_, items), _) => {
            let mut answers = items.iter().map(|item| equal(item, wanted));
            let mut open = false;
            let found = answers.any(|answer| {
                open |= answer.is_err();
                answer == Ok(true)
            });
            if found || !open { Ok(found) } else { Err(Stop::Open) }
        }
        (Value::Text(text), Value::Text(wanted)) => Ok(text.contains(&**wanted)),
        (Value::Beginning(known), Value::Text(wanted)) if known.contains(&**wanted) => Ok(true),
        (Value::Mapping(mapping), Value::Text(name)) => Ok(mapping.contains_key(name)),
        (Value::Open | Value::Beginning(_), _)
        | (Value::Text(_) | Value::Mapping(_), Value::Open | Value::Beginning(_)) => Err(Stop::Open),
        _ => Err(Stop::Raised),
    }
}
