//! The limits of CPython's tokenizer that the parser's lexer does not have.

use ruff_python_ast::PythonVersion;
use ruff_python_ast::token::{TokenKind, Tokens};
use ruff_text_size::Ranged;

use super::depth::{self, TooDeep};

/// The maximum number of digits in a decimal number (`sys.set_int_max_str_digits`).
const DIGITS: usize = 4300;

/// The first token that exceeds a limit: the offset of its first byte, and the message.
pub(super) fn check(text: &str, tokens: &Tokens, python: PythonVersion) -> Option<(usize, String)> {
    let mut brackets = 0_usize;
    let mut interpolated = 0_usize;
    let mut indentations = 1_usize;
    for token in tokens {
        let message = match token.kind() {
            TokenKind::Lpar | TokenKind::Lsqb | TokenKind::Lbrace => {
                brackets += 1;
                if brackets <= depth::BRACKETS {
                    continue;
                }
                TooDeep::Brackets.message().to_owned()
            }
            TokenKind::Rpar | TokenKind::Rsqb | TokenKind::Rbrace => {
                brackets = brackets.saturating_sub(1);
                continue;
            }
            TokenKind::Newline => {
                brackets = 0;
                continue;
            }
            TokenKind::Indent => {
                indentations += 1;
                if indentations <= depth::INDENTATIONS {
                    continue;
                }
                TooDeep::Indentation.message().to_owned()
            }
            // Up to 3.11 the whole string is a single token, and the quotes available inside it run out much sooner.
            TokenKind::FStringStart | TokenKind::TStringStart if python >= PythonVersion::PY312 => {
                interpolated += 1;
                if interpolated <= depth::INTERPOLATED {
                    continue;
                }
                depth::too_many_interpolated(python).to_owned()
            }
            TokenKind::FStringEnd | TokenKind::TStringEnd => {
                interpolated = interpolated.saturating_sub(1);
                continue;
            }
            TokenKind::Dedent => {
                indentations = indentations.saturating_sub(1);
                continue;
            }
            TokenKind::Int if token.range().len().to_usize() > DIGITS => {
                let Some(digits) = decimal_digits(text.get(token.range().to_std_range()).unwrap_or("")) else {
                    continue;
                };
                format!(
                    "Exceeds the limit ({DIGITS} digits) for integer string conversion: value has {digits} digits; use \
                     sys.set_int_max_str_digits() to increase the limit - Consider hexadecimal for huge integer literals to avoid \
                     decimal conversion limits."
                )
            }
            _ => continue,
        };
        return Some((token.start().to_usize(), message));
    }
    None
}

fn decimal_digits(literal: &str) -> Option<usize> {
    let digits = literal.bytes().filter(u8::is_ascii_digit).count();
    (!literal.starts_with("0x") && digits > DIGITS && literal.bytes().all(|byte| byte.is_ascii_digit() || byte == b'_'))
        .then_some(digits)
}

#[cfg(test)]
mod tests {
    use super::super::judged::{refusal, refusal_in, said};

    #[test]
    fn whole_numbers_have_4300_digits_at_most() {
        let message = "Exceeds the limit (4300 digits) for integer string conversion: value has 4301 digits; use \
                       sys.set_int_max_str_digits() to increase the limit - Consider hexadecimal for huge integer literals to \
                       avoid decimal conversion limits.";
        assert_eq!(refusal(&format!("a = 1\nb = {}\n", "1".repeat(4301))), said(2, message));
        assert_eq!(refusal(&format!("a = {}1\n", "1_".repeat(4300))), said(1, message));
        assert_eq!(refusal(&format!("a = {}\n", "1".repeat(4300))), None);
        assert_eq!(refusal(&format!("a = 0x{}\n", "1".repeat(5000))), None);
        assert_eq!(refusal(&format!("a = {}.0\n", "1".repeat(5000))), None);
    }

    #[test]
    fn two_hundred_brackets_nest() {
        let nested = |depth: usize| format!("a = \\\n{}{}\n", "[".repeat(depth), "]".repeat(depth));
        assert_eq!(refusal(&nested(200)), None);
        assert_eq!(refusal(&nested(201)), said(2, "too many nested parentheses"));
        assert_eq!(refusal(&nested(100_000)), said(2, "too many nested parentheses"));
    }

    #[test]
    fn one_hundred_and_forty_nine_f_strings_nest() {
        let nested = |depth: usize| format!("a = 1\nb = {}1{}\n", "f'{".repeat(depth), "}'".repeat(depth));
        let message = "too many nested f-strings";
        for minor in [12, 13] {
            assert_eq!(refusal_in(minor, &nested(149)), None);
            assert_eq!(refusal_in(minor, &nested(150)), said(2, message));
        }
        let message = "too many nested f-strings or t-strings";
        for minor in [14, 15] {
            assert_eq!(refusal_in(minor, &nested(149)), None);
            assert_eq!(refusal_in(minor, &nested(150)), said(2, message));
            assert_eq!(refusal_in(minor, &nested(150).replace('f', "t")), said(2, message));
        }
        // The same rule finds one that is never closed.
        assert_eq!(refusal(&format!("a = {}\n", "f'{".repeat(160))), said(1, "too many nested f-strings"));
    }

    #[test]
    fn ninety_nine_indentations_nest() {
        let nested = |depth: usize| -> String {
            (0..depth)
                .map(|level| format!("{}if a:\n", " ".repeat(level)))
                .chain([" ".repeat(depth) + "pass\n"])
                .collect()
        };
        assert_eq!(refusal(&nested(99)), None);
        assert_eq!(refusal(&nested(100)), said(101, "too many levels of indentation"));
        assert_eq!(refusal(&nested(1_000)), said(101, "too many levels of indentation"));
    }
}
