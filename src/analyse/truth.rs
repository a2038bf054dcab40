//! Tests whose outcome is known before the program runs.
//!
//! There are two judges, and they differ: CPython's compiler leaves out the suite that a constant test rules out, and coverage.py draws arcs only
//! into the suites that its own, simpler rules for the test allow.

use ruff_python_ast::{
    BoolOp, Expr, ExprBinOp, FStringValue, Int, InterpolatedStringElement, Number, Operator, UnaryOp,
};

use crate::model::settings::PythonVersion;

/// The outcome of a test for the compiler of `python`: true, false, or decided at run time.
pub(super) fn compiled(test: &Expr, python: PythonVersion) -> Option<bool> {
    match test {
        // The common expressions, which are never constant.
        Expr::Compare(_) | Expr::Call(_) | Expr::Attribute(_) => None,
        Expr::UnaryOp(node) if node.op == UnaryOp::Not => compiled(&node.operand, python).map(|value| !value),
        Expr::BoolOp(node) => {
            // A constant that ends the evaluation decides the outcome, wherever it stands.
            let decisive = node.op == BoolOp::Or;
            let mut all = true;
            for value in &node.values {
                match compiled(value, python) {
                    Some(value) if value == decisive => return Some(decisive),
                    Some(_) => {}
                    None => all = false,
                }
            }
            all.then_some(!decisive)
        }
        Expr::If(node) => {
            let (body, orelse) = (compiled(&node.body, python), compiled(&node.orelse, python));
            match compiled(&node.test, python) {
                Some(true) => body,
                Some(false) => orelse,
                None => body.filter(|_| body == orelse),
            }
        }
        Expr::FString(node) => fieldless(&node.value, python),
        Expr::BinOp(node) if python.minor >= 14 => formatted(node),
        _ => fold(test, python).map(|value| value.is_true()),
    }
}

/// The truth of an operand of `and` or `or` whose value is needed, if the compiler knows it in time to leave out the operands behind it: that of a
/// constant, but not that of another choice between constants. Since 3.14 `not` is calculated too late.
pub(super) fn of_operand(value: &Expr, python: PythonVersion) -> Option<bool> {
    match value {
        Expr::FString(node) => fieldless(&node.value, python),
        Expr::BinOp(node) if python.minor >= 14 => formatted(node),
        Expr::UnaryOp(_) if python.minor >= 14 => None,
        _ => fold(value, python).map(|value| value.is_true()),
    }
}

/// The truth of an f-string without fields: its text is a constant, but not one for calculations; the empty text is a constant only from 3.13 on.
fn fieldless(value: &FStringValue, python: PythonVersion) -> Option<bool> {
    if value.elements().any(InterpolatedStringElement::is_interpolation) {
        return None;
    }
    let texts = value.elements().filter_map(InterpolatedStringElement::as_literal).map(|literal| &literal.value);
    let has_text = texts.chain(value.literals().map(|literal| &literal.value)).any(|text| !text.is_empty());
    (has_text || python.minor >= 13).then_some(has_text)
}

/// The truth of a text that is formatted with nothing (`'100%%' % ()`): the compiler makes an f-string of it, which has no fields either. The one
/// operation that is done on the tree from 3.14 on.
fn formatted(node: &ExprBinOp) -> Option<bool> {
    let (Operator::Mod, Expr::StringLiteral(text), Expr::Tuple(fields)) = (node.op, &*node.left, &*node.right) else {
        return None;
    };
    let text = text.value.to_str();
    (fields.is_empty() && !text.replace("%%", "").contains('%')).then_some(!text.is_empty())
}

/// The outcome of a test when coverage.py draws arcs: it knows literals, `__debug__`, `not`, and chains whose operands are all of these.
pub(super) fn evident(test: &Expr) -> Option<bool> {
    match test {
        Expr::UnaryOp(node) if node.op == UnaryOp::Not => evident(&node.operand).map(|value| !value),
        Expr::BoolOp(node) => {
            let decisive = node.op == BoolOp::Or;
            let mut result = !decisive;
            for value in &node.values {
                if evident(value)? == decisive {
                    result = decisive;
                }
            }
            Some(result)
        }
        _ => literal(test).map(|value| value.is_true()),
    }
}

/// A constant, in as much detail as its truth may need.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value {
    None,
    Ellipsis,
    /// An integer or a truth value.
    Int(i128),
    /// An integer too large for calculations; it is not zero.
    LargeInt,
    Float(f64),
    Complex(f64, f64),
    /// A text, with U+FFFD in place of lone surrogates.
    Text(String),
    Bytes(Vec<u8>),
    Tuple(Vec<Value>),
}

impl Value {
    pub(super) fn is_true(&self) -> bool {
        match self {
            Self::None => false,
            Self::Ellipsis | Self::LargeInt => true,
            Self::Int(value) => *value != 0,
            Self::Float(value) => *value != 0.0,
            Self::Complex(real, imag) => *real != 0.0 || *imag != 0.0,
            Self::Text(text) => !text.is_empty(),
            Self::Bytes(bytes) => !bytes.is_empty(),
            Self::Tuple(values) => !values.is_empty(),
        }
    }

    /// The number of values in it, including those within tuples.
    fn items(&self) -> usize {
        match self {
            Self::Tuple(values) => 1 + values.iter().map(Self::items).sum::<usize>(),
            _ => 1,
        }
    }
}

fn literal(expression: &Expr) -> Option<Value> {
    Some(match expression {
        Expr::BooleanLiteral(node) => Value::Int(node.value.into()),
        Expr::NoneLiteral(_) => Value::None,
        Expr::EllipsisLiteral(_) => Value::Ellipsis,
        Expr::Name(node) if node.id == "__debug__" => Value::Int(1),
        Expr::StringLiteral(node) => Value::Text(node.value.to_str().to_owned()),
        Expr::BytesLiteral(node) => Value::Bytes(node.value.bytes().collect()),
        Expr::NumberLiteral(node) => match &node.value {
            Number::Int(int) => integer(int),
            Number::Float(value) => Value::Float(*value),
            Number::Complex { real, imag } => Value::Complex(*real, *imag),
        },
        _ => return None,
    })
}

/// An integer literal of a source.
pub(super) fn integer(int: &Int) -> Value {
    let text = int.to_string().replace('_', "").to_lowercase();
    let value = match text.split_at_checked(2) {
        Some(("0x", digits)) => i128::from_str_radix(digits, 16),
        Some(("0o", digits)) => i128::from_str_radix(digits, 8),
        Some(("0b", digits)) => i128::from_str_radix(digits, 2),
        _ => text.parse(),
    };
    value.map_or(Value::LargeInt, Value::Int)
}

/// The value of an expression that the compiler calculates. Up to 3.13 it calculates on the tree, for all operators; later it calculates on the
/// instructions, too late to leave a suite out, except for `not`.
pub(super) fn fold(expression: &Expr, python: PythonVersion) -> Option<Value> {
    if let Some(value) = literal(expression) {
        return Some(value);
    }
    match expression {
        Expr::UnaryOp(node) if node.op == UnaryOp::Not => {
            Some(Value::Int((!fold(&node.operand, python)?.is_true()).into()))
        }
        _ if python.minor >= 14 => None,
        Expr::UnaryOp(node) => unary(node.op, fold(&node.operand, python)?),
        Expr::BinOp(node) => binary(fold(&node.left, python)?, node.op, fold(&node.right, python)?),
        Expr::Tuple(node) => node.elts.iter().map(|item| fold(item, python)).collect::<Option<_>>().map(Value::Tuple),
        Expr::Subscript(node) => item(fold(&node.value, python)?, &fold(&node.slice, python)?),
        _ => None,
    }
}

fn unary(op: UnaryOp, operand: Value) -> Option<Value> {
    match (op, operand) {
        (UnaryOp::USub, Value::Int(value)) => value.checked_neg().map(Value::Int),
        (UnaryOp::USub | UnaryOp::UAdd | UnaryOp::Invert, Value::LargeInt) => Some(Value::LargeInt),
        (UnaryOp::USub, Value::Float(value)) => Some(Value::Float(-value)),
        (UnaryOp::USub, Value::Complex(real, imag)) => Some(Value::Complex(-real, -imag)),
        (UnaryOp::UAdd, value @ (Value::Int(_) | Value::Float(_) | Value::Complex(..))) => Some(value),
        (UnaryOp::Invert, Value::Int(value)) => Some(Value::Int(!value)),
        _ => None,
    }
}

/// The compiler's result of an operator between constants; `None` if that is an error, or too large for it.
fn binary(left: Value, op: Operator, right: Value) -> Option<Value> {
    match (left, right) {
        (Value::Int(left), Value::Int(right)) => integers(left, op, right),
        (Value::Text(left), Value::Text(right)) if op == Operator::Add => Some(Value::Text(left + &right)),
        (Value::Bytes(left), Value::Bytes(right)) if op == Operator::Add => Some(Value::Bytes([left, right].concat())),
        (Value::Tuple(mut left), Value::Tuple(right)) if op == Operator::Add => {
            left.extend(right);
            Some(Value::Tuple(left))
        }
        (Value::Text(text), Value::Int(times)) | (Value::Int(times), Value::Text(text)) if op == Operator::Mult => {
            let length = repeated(text.chars().count(), times, 4096)?;
            Some(Value::Text(text.chars().cycle().take(length).collect()))
        }
        (Value::Bytes(bytes), Value::Int(times)) | (Value::Int(times), Value::Bytes(bytes)) if op == Operator::Mult => {
            let length = repeated(bytes.len(), times, 4096)?;
            Some(Value::Bytes(bytes.into_iter().cycle().take(length).collect()))
        }
        (Value::Tuple(values), Value::Int(times)) | (Value::Int(times), Value::Tuple(values))
            if op == Operator::Mult =>
        {
            let length = repeated(values.len(), times, 256)?;
            // Nested tuples multiply: CPython stops at this number of items in total.
            repeated(values.iter().map(Value::items).sum(), times, 1024)?;
            Some(Value::Tuple(values.iter().cycle().take(length).cloned().collect()))
        }
        (left, right) => {
            let (left, right) = (complex(&left)?, complex(&right)?);
            if let ((left, false), (right, false)) = ((left.0, left.2), (right.0, right.2)) {
                return floats(left, op, right);
            }
            let (a, b, c, d) = (left.0, left.1, right.0, right.1);
            match op {
                Operator::Add => Some(Value::Complex(a + c, b + d)),
                Operator::Sub => Some(Value::Complex(a - c, b - d)),
                Operator::Mult => Some(Value::Complex(a * c - b * d, a * d + b * c)),
                _ => None,
            }
        }
    }
}

/// The length of a repeated sequence. CPython does not calculate it if it is longer than `limit` or the number of repetitions is negative, nor that of
/// an empty one if the number is no index.
fn repeated(length: usize, times: i128, limit: usize) -> Option<usize> {
    if length == 0 {
        return i64::try_from(times).ok().map(|_| 0);
    }
    length.checked_mul(usize::try_from(times).ok()?).filter(|&length| length <= limit)
}

/// The real and imaginary parts of a number, and whether it is complex.
#[expect(clippy::cast_precision_loss, reason = "Python converts the same way")]
fn complex(value: &Value) -> Option<(f64, f64, bool)> {
    match value {
        Value::Int(value) => Some((*value as f64, 0.0, false)),
        Value::Float(value) => Some((*value, 0.0, false)),
        Value::Complex(real, imag) => Some((*real, *imag, true)),
        _ => None,
    }
}

fn integers(left: i128, op: Operator, right: i128) -> Option<Value> {
    // CPython does not calculate values that might take more than 128 bits.
    let bits = |value: i128| 128 - value.unsigned_abs().leading_zeros();
    Some(Value::Int(match op {
        Operator::Add => left.checked_add(right)?,
        Operator::Sub => left.checked_sub(right)?,
        Operator::Mult if bits(left) + bits(right) <= 128 => left.checked_mul(right)?,
        Operator::FloorDiv if right != 0 => {
            let quotient = left.checked_div(right)?;
            if left % right != 0 && (left < 0) != (right < 0) { quotient - 1 } else { quotient }
        }
        Operator::Mod if right != 0 => {
            let rest = left.checked_rem(right)?;
            if rest != 0 && (rest < 0) != (right < 0) { rest + right } else { rest }
        }
        Operator::Pow if right >= 0 => {
            let exponent = u32::try_from(right).ok()?;
            if bits(left).checked_mul(exponent)? > 128 {
                return None;
            }
            left.checked_pow(exponent)?
        }
        Operator::LShift => {
            let shift = u32::try_from(right).ok().filter(|shift| bits(left) + shift <= 128)?;
            left.checked_mul(1_i128.checked_shl(shift)?)?
        }
        Operator::RShift if right >= 0 => left >> right.min(127),
        Operator::BitAnd => left & right,
        Operator::BitOr => left | right,
        Operator::BitXor => left ^ right,
        Operator::Div | Operator::Pow => {
            let (left, right) = (complex(&Value::Int(left))?.0, complex(&Value::Int(right))?.0);
            return floats(left, op, right);
        }
        _ => return None,
    }))
}

fn floats(left: f64, op: Operator, right: f64) -> Option<Value> {
    Some(Value::Float(match op {
        Operator::Add => left + right,
        Operator::Sub => left - right,
        Operator::Mult => left * right,
        Operator::Div if right != 0.0 => left / right,
        Operator::FloorDiv if right != 0.0 => (left / right).floor(),
        Operator::Mod if right != 0.0 => {
            let rest = left % right;
            if rest != 0.0 && (rest < 0.0) != (right < 0.0) { rest + right } else { rest }
        }
        Operator::Pow if left > 0.0 || (left == 0.0 && right >= 0.0) => {
            let power = left.powf(right);
            if power.is_infinite() && left.is_finite() {
                return None;
            }
            power
        }
        _ => return None,
    }))
}

/// The item of a constant that a constant index selects.
fn item(value: Value, index: &Value) -> Option<Value> {
    let Value::Int(index) = *index else { return None };
    let within = |length: usize| {
        let length = i128::try_from(length).ok()?;
        let index = if index < 0 { index.checked_add(length)? } else { index };
        usize::try_from(index).ok().filter(|_| index < length)
    };
    match value {
        Value::Tuple(mut values) => within(values.len()).map(|index| values.swap_remove(index)),
        Value::Text(text) => {
            let index = within(text.chars().count())?;
            Some(Value::Text(text.chars().skip(index).take(1).collect()))
        }
        Value::Bytes(bytes) => {
            let index = within(bytes.len())?;
            bytes.get(index).map(|&byte| Value::Int(byte.into()))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use ruff_python_parser::parse_expression;

    use super::*;

    fn under(minor: u8, test: &str) -> Option<bool> {
        compiled(parse_expression(test).unwrap().expr(), PythonVersion { minor })
    }

    #[test]
    fn what_is_repeated_less_than_no_times_is_left_to_run_time() {
        // As CPython 3.11 to 3.13 compile it.
        for minor in 11..=13 {
            let source =
                "if -1 * (1, 2):\n    a = 2\nif 0 * 'b':\n    a = 4\nif 'b' * -1:\n    a = 6\nif -1 * ():\n    a = 8\n";
            let outline = crate::analyse::tests::outline_under(minor, source);
            assert_eq!(crate::model::lines::tests::numbers(&outline.statements), [1, 2, 3, 5, 6, 7]);
        }
    }

    #[test]
    fn an_empty_text_is_repeated_as_often_as_an_index_can_say() {
        // coverage.py under CPython 3.11
        let source = "\
while 99999999999999999999 * b'':
    a = 2
while 9223372036854775807 * '':
    a = 4
while '' * -9223372036854775809:
    a = 6
while () * 9223372036854775808:
    a = 8
";
        assert_eq!(crate::analyse::tests::statements_under(11, source), [1, 2, 3, 5, 6, 7, 8]);
    }

    #[test]
    fn an_item_of_a_text_is_a_text_and_one_of_bytes_a_number() {
        // coverage.py under CPython 3.11 to 3.14
        let source = "\
if b'a'[0]:
    a = 2
if b'a' [0:1]:
    a = 4
if b'\\0'[0]:
    a = 6
if 'a\\0'[1]:
    a = 8
if b'a'[5]:
    a = 10
if b'a'[-1]:
    a = 12
if (b'a' * 2)[1]:
    a = 14
";
        let expected = [1, 2, 3, 4, 5, 7, 8, 9, 10, 11, 12, 13, 14];
        for minor in 11..=13 {
            assert_eq!(crate::analyse::tests::statements_under(minor, source), expected);
        }
        assert_eq!(crate::analyse::tests::statements_under(14, source).len(), 14);
    }

    #[test]
    fn literals_and_their_logic_are_constant_under_all_versions() {
        for (test, truth) in [
            ("...", Some(true)),
            ("b''", Some(false)),
            ("0j", Some(false)),
            ("not __debug__", Some(false)),
            ("a and 0", Some(false)),
            ("a or 'b'", Some(true)),
            ("1 and a", None),
            ("1 if a else 2", Some(true)),
            ("a if 1 else 2", None),
            ("1 < 2", None),
            ("[]", None),
            ("f'a'", Some(true)),
            ("f'{1}'", None),
        ] {
            for minor in 11..=15 {
                assert_eq!(under(minor, test), truth, "{test} under 3.{minor}");
            }
        }
    }

    #[test]
    fn operators_are_calculated_until_python_3_13() {
        for (test, truth) in [
            ("()", false),
            ("-1", true),
            ("2 - 2", false),
            ("7 % 7", false),
            ("'a' * 0", false),
            ("(0, 1)[-1]", true),
            ("not -0.0", true),
            ("0 * 99999999999999999999", false),
            ("0xffff_ffff_ffff_ffff_f - 0XFFFFFFFFFFFFFFFFF", false),
            ("99999999999999999999 + 1", true),
        ] {
            assert_eq!((under(13, test), under(14, test)), (Some(truth), None), "{test}");
        }
    }

    #[test]
    fn what_is_an_error_or_too_large_is_left_to_run_time() {
        for test in ["1 / 0", "'ab'[5]", "-'a'", "10 ** 50", "1 << 200", "'a' * 5000", "'%s' % 3", "1 >> -1"] {
            assert_eq!(under(13, test), None, "{test}");
        }
    }

    #[test]
    fn an_empty_f_string_is_constant_since_python_3_13() {
        assert_eq!([12, 13, 14].map(|minor| under(minor, "f''")), [None, Some(false), Some(false)]);
    }

    #[test]
    fn a_text_that_is_formatted_with_nothing_is_constant_since_python_3_14() {
        for (test, truth) in [
            ("'' % ()", Some(false)),
            ("'a' 'b' % ()", Some(true)),
            ("'%%' % ()", Some(true)),
            ("not u'' % ()", Some(true)),
            ("a and '' % ()", Some(false)),
            ("'%s' % ()", None),
            ("'%%%s' % ('a',)", None),
            ("'%' % ()", None),
            ("b'' % ()", None),
            ("'' % []", None),
        ] {
            assert_eq!([14, 15].map(|minor| under(minor, test)), [truth; 2], "{test}");
        }
    }

    #[test]
    fn coverage_py_wants_every_operand_constant() {
        let says = |test: &str| evident(parse_expression(test).unwrap().expr());
        let tests = ["a and 0", "1 and not 0", "0 or None", "-1"];
        assert_eq!(tests.map(says), [None, Some(true), Some(false), None]);
    }
}
