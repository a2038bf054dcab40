//! Evaluates Python expressions on known names: comparisons, `in`, `not`, `and`, `or`, subscripts and a few calls.
//!
//! ```text
//! sys_version_info >= (3, 12) and sys_platform != 'win32'
//! 'CI' in os_environ or is_installed('tomlkit')
//! ```
//!
//! Values may be partly known: the last number of a version may be open, or the end of a text. So a part of an expression has one or several
//! possible outcomes, an exception among them. The answer is open only if the outcomes of the whole differ: `sys_version_info >= (3, 12, 1) or True`
//! holds. Every other kind of expression is open. The rules are those of CPython's `eval`.

mod value;

use std::cmp::Ordering;
use std::ops::Range;

use ruff_python_ast::{
    Arguments, BoolOp, CmpOp, Expr, ExprCall, ExprCompare, ExprIf, ExprSubscript, Number, Operator, UnaryOp,
};
use ruff_text_size::Ranged;

pub use self::value::{Brackets, Stop, Value};
use self::value::{Outcomes, contains, equal, has_hash, identical, order, truth};

/// The maximum length of an expression in bytes, so that none can nest too deeply for the stack.
const MOST_BYTES: usize = 2_000;

/// The meaning of the names in an expression.
#[derive(Clone, Copy)]
pub struct Names<'a> {
    /// The value of a name, which may be dotted; `None` if it is unknown.
    pub value: &'a dyn Fn(&str) -> Option<Value>,
    /// Whether a name exists where the expression is evaluated.
    pub exists: &'a dyn Fn(&str) -> bool,
    /// The result of a function for these arguments; `None` if it is not supported.
    pub call: &'a dyn Fn(&str, &[Value]) -> Option<Answer>,
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
    Evaluation { text, names }.outcomes(parsed.expr()).holds()
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
                Number::Float(number) => Ok(Value::Float(*number)),
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
            Expr::UnaryOp(operation) if operation.op != UnaryOp::Not => {
                match (operation.op, self.value(&operation.operand)?) {
                    (UnaryOp::USub, Value::Int(number)) => Ok(Value::Int(-number)),
                    (UnaryOp::USub, Value::Float(number)) => Ok(Value::Float(-number)),
                    (_, Value::Int(_) | Value::Bool(_) | Value::Float(_) | Value::Open | Value::Unsure(_)) => {
                        Err(self.unknown(expression))
                    }
                    _ => Err(Stop::Raised),
                }
            }
            Expr::UnaryOp(_) | Expr::Compare(_) => self.outcomes(expression).value(),
            Expr::BoolOp(operation) => self.joined(operation.op, &operation.values),
            Expr::If(choice) => self.choice(choice),
            Expr::BinOp(operation) => {
                let (left, right) = (self.value(&operation.left)?, self.value(&operation.right)?);
                combined(operation.op, left, right).unwrap_or_else(|| Err(self.unknown(expression)))
            }
            Expr::Subscript(subscript) => self.subscript(subscript),
            Expr::Call(call) => self.call(call),
            _ => Err(self.unknown(expression)),
        }
    }

    /// Whether the value of an expression counts as true.
    fn outcomes(&self, expression: &Expr) -> Outcomes<bool> {
        match expression {
            Expr::UnaryOp(operation) if operation.op == UnaryOp::Not => {
                self.outcomes(&operation.operand).map(|holds| !holds)
            }
            Expr::BoolOp(operation) => {
                let goes_on = operation.op == BoolOp::And;
                let operands = operation.values.iter();
                operands.fold(Outcomes::certain(goes_on), |so_far, operand| {
                    so_far.and_if(goes_on, || self.outcomes(operand))
                })
            }
            Expr::Compare(comparison) => self.comparison(comparison),
            _ => self.value(expression).map_or_else(Outcomes::of_stop, |value| truth(&value)),
        }
    }

    fn unknown(&self, part: &impl Ranged) -> Stop {
        Stop::Unknown(self.text_of(part).to_owned())
    }

    fn text_of(&self, part: &impl Ranged) -> &str {
        self.text.get(part.range().to_std_range()).unwrap_or(self.text)
    }

    fn items(&self, brackets: Brackets, items: &[Expr]) -> Answer {
        let items: Vec<Value> = items.iter().map(|item| self.value(item)).collect::<Result<_, _>>()?;
        if brackets == Brackets::Set && !items.iter().all(has_hash) {
            return Err(Stop::Raised);
        }
        Ok(Value::Items(brackets, items))
    }

    /// `and`, `or`: the first operand that decides, or else the last one.
    fn joined(&self, operator: BoolOp, operands: &[Expr]) -> Answer {
        let mut last = Value::None;
        let (end, others) = operands.split_last().map_or((None, operands), |(end, others)| (Some(end), others));
        for operand in others {
            last = self.value(operand)?;
            if truth(&last).holds()? == (operator == BoolOp::Or) {
                return Ok(last);
            }
        }
        end.map_or(Ok(last), |end| self.value(end))
    }

    /// `a if test else b`.
    fn choice(&self, choice: &ExprIf) -> Answer {
        let test = truth(&self.outcomes(&choice.test).value()?).holds()?;
        self.value(if test { &choice.body } else { &choice.orelse })
    }

    /// A chain of comparisons: the first false one decides.
    fn comparison(&self, comparison: &ExprCompare) -> Outcomes<bool> {
        let mut left = match self.value(&comparison.left) {
            Ok(left) => left,
            Err(stop) => return Outcomes::of_stop(stop),
        };
        let mut so_far = Outcomes::certain(true);
        for (operator, right) in comparison.ops.iter().zip(&comparison.comparators) {
            if !so_far.may_be(true) {
                break;
            }
            let right = match self.value(right) {
                Ok(right) => right,
                Err(stop) => return so_far.and_if(true, || Outcomes::of_stop(stop)),
            };
            so_far = so_far.and_if(true, || compare(*operator, &left, &right));
            left = right;
        }
        so_far
    }

    fn subscript(&self, subscript: &ExprSubscript) -> Answer {
        match self.value(&subscript.value)? {
            Value::Items(brackets, items) if brackets != Brackets::Set => {
                let range = self.range(&subscript.slice, items.len())?;
                let part = items.get(range).unwrap_or_default();
                match (&*subscript.slice, part) {
                    (Expr::Slice(_), part) => Ok(Value::Items(brackets, part.to_vec())),
                    (_, part) => part.first().cloned().ok_or(Stop::Raised),
                }
            }
            Value::Text(text) => {
                let characters: Vec<char> = text.chars().collect();
                let range = self.range(&subscript.slice, characters.len())?;
                Ok(Value::Text(characters.get(range).unwrap_or_default().iter().collect()))
            }
            Value::Mapping(mapping) => match self.value(&subscript.slice)? {
                Value::Text(name) => mapping.get(&name).cloned().map(Value::Text).ok_or(Stop::Raised),
                Value::Beginning(_) => Err(Stop::Open),
                _ => Err(Stop::Raised),
            },
            Value::Beginning(_) => self.value(&subscript.slice).and(Err(Stop::Open)),
            Value::Object(_) => Err(self.unknown(&*subscript.value)),
            _ => self.value(&subscript.slice).and(Err(Stop::Raised)),
        }
    }

    /// The items that an index or a slice of a collection of that length stands for.
    fn range(&self, index: &Expr, length: usize) -> Result<Range<usize>, Stop> {
        let Expr::Slice(slice) = index else {
            return match self.value(index)? {
                Value::Int(number) => {
                    let least = -i64::try_from(length).unwrap_or(i64::MAX);
                    let at = position(number, length);
                    if number < least || at >= length { Err(Stop::Raised) } else { Ok(at..at + 1) }
                }
                Value::Bool(_) | Value::Open | Value::Unsure(_) => Err(self.unknown(index)),
                _ => Err(Stop::Raised),
            };
        };
        let bound = |bound: Option<&Expr>, default| match bound.map(|bound| self.value(bound)).transpose()? {
            None | Some(Value::None) => Ok(default),
            Some(Value::Int(number)) => Ok(position(number, length).min(length)),
            Some(_) => Err(self.unknown(index)),
        };
        let (start, end) = (bound(slice.lower.as_deref(), 0)?, bound(slice.upper.as_deref(), length)?);
        if slice.step.is_some() { Err(self.unknown(index)) } else { Ok(start..end) }
    }

    /// `function('text')`, `text.startswith('text')`, or `mapping.get('name')` with or without a default.
    fn call(&self, call: &ExprCall) -> Answer {
        let (of, method) = match &*call.func {
            Expr::Attribute(method) => (self.value(&method.value)?, method.attr.as_str()),
            function => match self.value(function) {
                Err(Stop::Unknown(_)) => return Err(self.unknown(call)),
                function => (function?, ""),
            },
        };
        let arguments = self.arguments(&call.arguments)?;
        let unknown = || self.unknown(call);
        match (of, method, arguments.as_deref()) {
            (Value::Object(function), "", Some(arguments)) => {
                (self.names.call)(&function, arguments).unwrap_or_else(|| Err(unknown()))
            }
            (Value::Object(_), ..) => Err(unknown()),
            (_, "", _) => Err(Stop::Raised),
            (Value::Mapping(mapping), "get", Some([Value::Text(name), default @ ..])) if default.len() < 2 => {
                let default = default.first().cloned().unwrap_or(Value::None);
                Ok(mapping.get(name).cloned().map_or(default, Value::Text))
            }
            (Value::Text(text), "startswith", Some([Value::Text(start)])) => {
                Ok(Value::Bool(text.starts_with(&**start)))
            }
            (Value::Text(text), "endswith", Some([Value::Text(end)])) => Ok(Value::Bool(text.ends_with(&**end))),
            (Value::Beginning(known), "startswith", Some([Value::Text(start)])) if !start.starts_with(&known) => {
                Ok(Value::Bool(known.starts_with(&**start)))
            }
            _ => Err(unknown()),
        }
    }

    /// The values of the arguments; `None` if some have names or are unpacked.
    fn arguments(&self, arguments: &Arguments) -> Result<Option<Vec<Value>>, Stop> {
        let mut values = Vec::new();
        for argument in &arguments.args {
            match argument {
                Expr::Starred(_) => return Ok(None),
                argument => values.push(self.value(argument)?),
            }
        }
        for keyword in &arguments.keywords {
            self.value(&keyword.value)?;
        }
        Ok(arguments.keywords.is_empty().then_some(values))
    }
}

/// The result of an arithmetic operator; `None` if it is not supported.
fn combined(operator: Operator, left: Value, right: Value) -> Option<Answer> {
    // Values of one group can be added, except those of the last two.
    let group = |value: &Value| match value {
        Value::Int(_) | Value::Bool(_) | Value::Float(_) | Value::Open | Value::Unsure(_) => 0,
        Value::Text(_) | Value::Beginning(_) => 1,
        Value::Items(Brackets::Tuple, _) => 2,
        Value::Items(Brackets::List, _) => 3,
        Value::Items(Brackets::Set, _) => 4,
        Value::None | Value::Mapping(_) | Value::Object(_) => 5,
    };
    let groups = (group(&left), group(&right));
    match operator {
        Operator::Add if groups.0 != groups.1 || groups.0 > 3 => return Some(Err(Stop::Raised)),
        Operator::Sub if !matches!(groups, (0, 0) | (4, 4)) => return Some(Err(Stop::Raised)),
        _ => {}
    }
    let sum = match (operator, left, right) {
        (Operator::Add, Value::Int(left), Value::Int(right)) => Value::Int(left.checked_add(right)?),
        (Operator::Sub, Value::Int(left), Value::Int(right)) => Value::Int(left.checked_sub(right)?),
        (Operator::Add, Value::Text(left), Value::Text(right)) => Value::Text(left + &right),
        (Operator::Add, Value::Items(Brackets::Tuple, left), Value::Items(Brackets::Tuple, right)) => {
            Value::Items(Brackets::Tuple, [left, right].concat())
        }
        _ => return None,
    };
    Some(Ok(sum))
}

/// The result of a comparison.
fn compare(operator: CmpOp, left: &Value, right: &Value) -> Outcomes<bool> {
    if let Value::Unsure(why) = left {
        return Outcomes::either(why, |left| compare(operator, &Value::Bool(left), right));
    }
    if let Value::Unsure(why) = right {
        return Outcomes::either(why, |right| compare(operator, left, &Value::Bool(right)));
    }
    match operator {
        CmpOp::Eq => equal(left, right),
        CmpOp::NotEq => equal(left, right).map(|equal| !equal),
        CmpOp::In => contains(right, left),
        CmpOp::NotIn => contains(right, left).map(|contained| !contained),
        CmpOp::Is => identical(left, right),
        CmpOp::IsNot => identical(left, right).map(|identical| !identical),
        CmpOp::Lt => order(left, right).map(Ordering::is_lt),
        CmpOp::LtE => order(left, right).map(Ordering::is_le),
        CmpOp::Gt => order(left, right).map(Ordering::is_gt),
        CmpOp::GtE => order(left, right).map(Ordering::is_ge),
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
