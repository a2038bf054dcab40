//! `repr()` of strings and floats, as Python's messages and JSON show them.

use super::printable::is_printable;

/// `repr()` of a string.
#[must_use]
pub fn quote(text: &str) -> String {
    let mark = if text.contains('\'') && !text.contains('"') { '"' } else { '\'' };
    let mut quoted = String::from(mark);
    for character in text.chars() {
        match character {
            '\\' => quoted.push_str(r"\\"),
            '\n' => quoted.push_str(r"\n"),
            '\r' => quoted.push_str(r"\r"),
            '\t' => quoted.push_str(r"\t"),
            _ if character == mark => quoted.extend(['\\', mark]),
            _ if is_printable(character) => quoted.push(character),
            _ => quoted.push_str(&escaped(u32::from(character))),
        }
    }
    quoted.push(mark);
    quoted
}

fn escaped(code: u32) -> String {
    match code {
        0..=0xff => format!(r"\x{code:02x}"),
        0x100..=0xffff => format!(r"\u{code:04x}"),
        _ => format!(r"\U{code:08x}"),
    }
}

/// `repr()` of a float: the shortest digits that give it back, with an exponent below 1e-4 and from 1e16 on.
#[must_use]
pub fn float_text(number: f64) -> String {
    if number.is_nan() {
        return "nan".into();
    }
    let scientific = shortest(number);
    let Some((digits, exponent)) = scientific.split_once('e') else { return scientific };
    match exponent.parse::<usize>() {
        Ok(power @ 14..16) => {
            // `power` + 1 digits before the point, and at least one after it.
            let sign = if number < 0.0 { "-" } else { "" };
            let digits = format!("{:0<1$}", digits.replace(['.', '-'], ""), power + 2);
            let (whole, fraction) = digits.split_at(power + 1);
            format!("{sign}{whole}.{fraction}")
        }
        _ if (1e-4..1e16).contains(&number.abs()) || number == 0.0 => format!("{number:?}"),
        _ => {
            let (sign, power) = exponent.strip_prefix('-').map_or(('+', exponent), |power| ('-', power));
            format!("{digits}e{sign}{power:0>2}")
        }
    }
}

/// The shortest digits that give `number` back, and an exponent. If two results are equally near, which happens only for large numbers, Python
/// takes the even one.
fn shortest(number: f64) -> String {
    const LARGE: f64 = 70_368_744_177_664.0;
    let scientific = format!("{number:e}");
    if number.abs() < LARGE || number.is_infinite() {
        return scientific;
    }
    let digits = scientific.split('e').next().unwrap_or_default().bytes().filter(u8::is_ascii_digit).count();
    let even = format!("{number:.*e}", digits - 1);
    if even.parse() == Ok(number) { even } else { scientific }
}
