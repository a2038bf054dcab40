//! Values that may be partly known, their comparisons, and the outcomes that are possible.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

/// A value, which may be partly known.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// `None`.
    None,
    /// `True` or `False`.
    Bool(bool),
    /// `True` or `False`, and the reason why it is not known which.
    Unsure(Stop),
    /// A whole number.
    Int(i64),
    /// A number with a fraction or exponent.
    Float(f64),
    /// An unknown whole number that is not negative.
    Open,
    /// A text.
    Text(String),
    /// A text of which only this beginning is known; it has more characters.
    Beginning(String),
    /// A tuple, list or set.
    Items(Brackets, Vec<Value>),
    /// Names and their texts, as in `os.environ`.
    Mapping(BTreeMap<String, String>),
    /// The function, class or module of that name: it is true, has no order and holds nothing.
    Object(String),
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

/// The results that an evaluation can have.
pub(super) struct Outcomes<T> {
    /// Never empty; `None` stands for an exception.
    ends: BTreeSet<Option<T>>,
    /// If there are several: why it is not known which it is.
    why: Option<Stop>,
}

impl<T: Ord + Clone> Outcomes<T> {
    pub(super) fn certain(result: T) -> Self {
        Self { ends: [Some(result)].into(), why: None }
    }

    fn raised() -> Self {
        Self { ends: [None].into(), why: None }
    }

    fn open(results: impl IntoIterator<Item = T>, why: Stop) -> Self {
        Self { ends: results.into_iter().map(Some).collect(), why: Some(why) }
    }

    pub(super) fn may_be(&self, result: T) -> bool {
        self.ends.contains(&Some(result))
    }

    pub(super) fn map<U: Ord>(self, of: impl Fn(T) -> U) -> Outcomes<U> {
        Outcomes { ends: self.ends.into_iter().map(|end| end.map(&of)).collect(), why: self.why }
    }

    /// These outcomes, but where the result is `passed`, those of `next`, which is evaluated only then.
    pub(super) fn and_if(mut self, passed: T, next: impl FnOnce() -> Self) -> Self {
        if self.ends.remove(&Some(passed)) {
            let next = next();
            self.ends.extend(next.ends);
            self.why = self.why.or(next.why);
        }
        self
    }
}

impl Outcomes<bool> {
    /// Those of an evaluation that stopped.
    pub(super) fn of_stop(stop: Stop) -> Self {
        match stop {
            Stop::Raised => Self::raised(),
            why => Self { ends: [None, Some(false), Some(true)].into(), why: Some(why) },
        }
    }

    /// Those of an evaluation whose outcome `of` depends on a truth, which is unknown because of `why`.
    pub(super) fn either(why: &Stop, of: impl Fn(bool) -> Self) -> Self {
        let mut outcomes = of(false);
        outcomes.ends.extend(of(true).ends);
        outcomes.why = Some(why.clone());
        outcomes
    }

    /// Whether the result is true. An exception and false are the same where both are possible.
    pub(super) fn holds(self) -> Result<bool, Stop> {
        match (self.may_be(true), self.ends.len()) {
            (true, 1) => Ok(true),
            (true, _) => Err(self.why.unwrap_or(Stop::Open)),
            (false, _) if self.may_be(false) => Ok(false),
            (false, _) => Err(Stop::Raised),
        }
    }

    /// The result as a value.
    pub(super) fn value(self) -> Result<Value, Stop> {
        let why = self.why.unwrap_or(Stop::Open);
        let mut ends = self.ends.into_iter();
        match (ends.next().flatten(), ends.next()) {
            (Some(end), None) => Ok(Value::Bool(end)),
            (Some(_), Some(_)) => Ok(Value::Unsure(why)),
            (None, None) => Err(Stop::Raised),
            (None, Some(_)) => Err(why),
        }
    }
}

const EITHER: [bool; 2] = [false, true];
const ANY: [Ordering; 3] = [Ordering::Less, Ordering::Equal, Ordering::Greater];

/// Whether a value counts as true.
pub(super) fn truth(value: &Value) -> Outcomes<bool> {
    Outcomes::certain(match value {
        Value::None => false,
        Value::Bool(truth) => *truth,
        Value::Unsure(why) => return Outcomes::open(EITHER, why.clone()),
        Value::Int(number) => *number != 0,
        Value::Float(number) => *number != 0.0,
        Value::Open => return Outcomes::open(EITHER, Stop::Open),
        Value::Text(text) => !text.is_empty(),
        Value::Beginning(_) | Value::Object(_) => true,
        Value::Items(_, items) => !items.is_empty(),
        Value::Mapping(mapping) => !mapping.is_empty(),
    })
}

/// `==`.
pub(super) fn equal(left: &Value, right: &Value) -> Outcomes<bool> {
    let is_number = |value: &Value| {
        matches!(value, Value::Int(_) | Value::Bool(_) | Value::Float(_) | Value::Open | Value::Unsure(_))
    };
    let is_text = |value: &Value| matches!(value, Value::Text(_) | Value::Beginning(_));
    match (left, right) {
        (Value::Items(Brackets::Set, left), Value::Items(Brackets::Set, right)) => {
            subset(left, right).and_if(true, || subset(right, left))
        }
        (Value::Items(kind, left), Value::Items(other, right)) if kind == other && left.len() == right.len() => {
            let pairs = left.iter().zip(right);
            pairs.fold(Outcomes::certain(true), |all, (left, right)| all.and_if(true, || equal(left, right)))
        }
        (Value::Object(left), Value::Object(right)) if left != right => {
            Outcomes::open(EITHER, Stop::Unknown(format!("{left} == {right}")))
        }
        _ if is_number(left) && is_number(right) || is_text(left) && is_text(right) => {
            order(left, right).map(Ordering::is_eq)
        }
        _ => Outcomes::certain(left == right),
    }
}

fn subset(some: &[Value], all: &[Value]) -> Outcomes<bool> {
    some.iter().fold(Outcomes::certain(true), |found, item| found.and_if(true, || among(all, item)))
}

fn among(items: &[Value], wanted: &Value) -> Outcomes<bool> {
    items.iter().fold(Outcomes::certain(false), |found, item| found.and_if(false, || equal(item, wanted)))
}

/// The order that `<`, `<=`, `>` and `>=` look at.
pub(super) fn order(left: &Value, right: &Value) -> Outcomes<Ordering> {
    match (left, right) {
        (Value::Text(left), Value::Text(right)) => Outcomes::certain(left.cmp(right)),
        (Value::Beginning(known), Value::Text(text)) => order_of_beginning(known, text),
        (Value::Text(text), Value::Beginning(known)) => order_of_beginning(known, text).map(Ordering::reverse),
        (Value::Beginning(left), Value::Beginning(right)) => {
            if left.starts_with(right) || right.starts_with(left) {
                Outcomes::open(ANY, Stop::Open)
            } else {
                Outcomes::certain(left.cmp(right))
            }
        }
        (Value::Items(Brackets::Set, _), Value::Items(Brackets::Set, _)) => {
            Outcomes::open(ANY, Stop::Unknown("an order of sets".into()))
        }
        (Value::Items(kind, left), Value::Items(other, right)) if kind == other => order_of_items(left, right),
        _ => order_of_numbers(left, right),
    }
}

/// The order of a text of which only the beginning `known` is known, and a fully known text.
fn order_of_beginning(known: &str, text: &str) -> Outcomes<Ordering> {
    if known.starts_with(text) {
        return Outcomes::certain(Ordering::Greater);
    }
    if text.starts_with(known) { Outcomes::open(ANY, Stop::Open) } else { Outcomes::certain(known.cmp(text)) }
}

/// The first difference decides, or else the length.
fn order_of_items(left: &[Value], right: &[Value]) -> Outcomes<Ordering> {
    let pairs = left.iter().zip(right);
    let first_difference = pairs.fold(Outcomes::certain(Ordering::Equal), |so_far, (left, right)| {
        so_far.and_if(Ordering::Equal, || {
            // Items need no order if they are equal.
            let equal = equal(left, right).map(|equal| if equal { Ordering::Equal } else { Ordering::Less });
            equal.and_if(Ordering::Less, || order(left, right))
        })
    });
    first_difference.and_if(Ordering::Equal, || Outcomes::certain(left.len().cmp(&right.len())))
}

fn order_of_numbers(left: &Value, right: &Value) -> Outcomes<Ordering> {
    let whole = |value: &Value| match value {
        Value::Int(number) => Some(*number),
        Value::Bool(truth) => Some(i64::from(*truth)),
        _ => None,
    };
    // As a float, if that holds it exactly.
    let number = |value: &Value| match value {
        Value::Float(number) => Some(*number),
        value => whole(value).and_then(|number| i32::try_from(number).ok()).map(f64::from),
    };
    let known = match (whole(left), whole(right)) {
        (Some(left), Some(right)) => Some(left.cmp(&right)),
        _ => number(left).zip(number(right)).and_then(|(left, right)| left.partial_cmp(&right)),
    };
    if let Some(known) = known {
        return Outcomes::certain(known);
    }
    match (left, right) {
        (Value::Open, known) if let Some(sign) = sign(known) => order_of_open(sign),
        (known, Value::Open) if let Some(sign) = sign(known) => order_of_open(sign).map(Ordering::reverse),
        (Value::Open, Value::Open) => Outcomes::open(ANY, Stop::Open),
        (Value::Unsure(why), other) | (other, Value::Unsure(why))
            if matches!(other, Value::Open | Value::Unsure(_)) || number(other).is_some() =>
        {
            Outcomes::open(ANY, why.clone())
        }
        (Value::Int(_) | Value::Float(_), Value::Int(_) | Value::Float(_)) => {
            Outcomes::open(ANY, Stop::Unknown("a float beside a large number".into()))
        }
        _ => Outcomes::raised(),
    }
}

/// The order of a known number and 0.
fn sign(value: &Value) -> Option<Ordering> {
    match value {
        Value::Int(number) => Some(number.cmp(&0)),
        Value::Bool(truth) => Some(truth.cmp(&false)),
        Value::Float(number) => number.partial_cmp(&0.0),
        _ => None,
    }
}

/// The order of an unknown number that is not negative, and one of that sign.
fn order_of_open(sign: Ordering) -> Outcomes<Ordering> {
    match sign {
        Ordering::Less => Outcomes::certain(Ordering::Greater),
        Ordering::Equal => Outcomes::open([Ordering::Equal, Ordering::Greater], Stop::Open),
        Ordering::Greater => Outcomes::open(ANY, Stop::Open),
    }
}

/// `in`.
pub(super) fn contains(container: &Value, wanted: &Value) -> Outcomes<bool> {
    let open_if = |possible| {
        if possible { Outcomes::open(EITHER, Stop::Open) } else { Outcomes::certain(false) }
    };
    match (container, wanted) {
        // A set is looked for as a frozen one.
        (Value::Items(Brackets::Set, _), Value::Items(Brackets::Set, _)) => Outcomes::certain(false),
        (Value::Items(Brackets::Set, _), _) if !has_hash(wanted) => Outcomes::raised(),
        (Value::Items(_, items), _) => among(items, wanted),
        (Value::Text(text), Value::Text(wanted)) => Outcomes::certain(text.contains(&**wanted)),
        (Value::Text(text), Value::Beginning(known)) => open_if(text.contains(&**known)),
        (Value::Beginning(known), Value::Text(wanted)) if known.contains(&**wanted) => Outcomes::certain(true),
        (Value::Beginning(_), Value::Text(_) | Value::Beginning(_)) => open_if(true),
        (Value::Mapping(mapping), Value::Text(name)) => Outcomes::certain(mapping.contains_key(name)),
        (Value::Mapping(mapping), Value::Beginning(known)) => {
            open_if(mapping.keys().any(|name| name.starts_with(&**known)))
        }
        _ => Outcomes::raised(),
    }
}

/// `is`.
pub(super) fn identical(left: &Value, right: &Value) -> Outcomes<bool> {
    match (left, right) {
        (Value::None | Value::Bool(_), _) | (_, Value::None | Value::Bool(_)) => Outcomes::certain(left == right),
        _ if !equal(left, right).may_be(true) => Outcomes::certain(false),
        _ => Outcomes::open(EITHER, Stop::Unknown("an identity".into())),
    }
}

/// Whether a set can hold the value.
pub(super) fn has_hash(value: &Value) -> bool {
    match value {
        Value::Items(Brackets::List | Brackets::Set, _) | Value::Mapping(_) => false,
        Value::Items(Brackets::Tuple, items) => items.iter().all(has_hash),
        _ => true,
    }
}
