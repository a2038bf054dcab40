//! Determines how deeply a text nests before the parser builds a tree of it.
//!
//! The parser takes its stack from the heap, but a tree is walked and dropped by recursion, and a stack overflow ends the process. So a text that
//! could nest deeper than [`LIMIT`] is refused without parsing. A short text cannot, as every level takes at least one byte.

use ruff_python_ast::PythonVersion;
use ruff_python_ast::token::TokenKind;
use ruff_python_parser::{Mode, lexer};

/// The maximum number of levels in a tree: three times as many as any CPython compiles.
pub(super) const LIMIT: usize = 32_768;

/// The maximum number of open brackets in CPython's tokenizer (`MAXLEVEL`).
pub(super) const BRACKETS: usize = 200;

/// The maximum number of levels of indentation in CPython's tokenizer, including the unindented one (`MAXINDENT`).
pub(super) const INDENTATIONS: usize = 100;

/// The maximum number of open f-strings and t-strings in CPython's tokenizer (`MAXFSTRINGLEVEL`, which counts the surrounding text as one level).
pub(super) const INTERPOLATED: usize = 149;

/// CPython's message, from 3.12 on, if more than [`INTERPOLATED`] are open.
pub(super) fn too_many_interpolated(python: PythonVersion) -> &'static str {
    if python >= PythonVersion::PY314 { "too many nested f-strings or t-strings" } else { "too many nested f-strings" }
}

/// Why a text nests too deeply for parsing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TooDeep {
    /// More than [`BRACKETS`] brackets are open.
    Brackets,
    /// More than [`INDENTATIONS`] levels of indentation are open.
    Indentation,
    /// One expression chains more than [`LIMIT`] operators.
    Expression,
}

impl TooDeep {
    /// The reason, in CPython's words if it has any.
    pub(super) fn message(self) -> &'static str {
        match self {
            Self::Brackets => "too many nested parentheses",
            Self::Indentation => "too many levels of indentation",
            Self::Expression => "too deeply nested: an expression chains more than 32768 operators",
        }
    }
}

/// Checks that the text does not nest too deeply; an error has the line (from 1) where it does.
pub(super) fn check(text: &str) -> Result<(), (u32, TooDeep)> {
    if text.len() <= LIMIT || most_levels(text) <= LIMIT {
        return Ok(());
    }
    let Some(reason) = scan(text) else { return Ok(()) };
    // The lexer gives no positions, so the line is the last one without which the text does not nest too deeply.
    let ends: Vec<usize> = memchr::memchr_iter(b'\n', text.as_bytes()).map(|end| end + 1).collect();
    let line = ends.partition_point(|&end| scan(text.get(..end).unwrap_or(text)).is_none()) + 1;
    Err((u32::try_from(line).unwrap_or(u32::MAX), reason))
}

/// An upper bound for the number of nesting tokens in the text, and so of its levels. Each word counts, and so does every other byte that is
/// neither a blank nor a digit, including those in comments and strings. (`1or 2` has a number and a word.)
fn most_levels(text: &str) -> usize {
    /// 0 for blanks and digits, 1 for the other characters of words, 2 for all others.
    const CLASSES: [u8; 256] = {
        let mut classes = [2; 256];
        let mut byte = 0_u8;
        while byte < 128 {
            match byte {
                b' ' | b'\t' | b'\n' | b'0'..=b'9' => classes[byte as usize] = 0,
                b'a'..=b'z' | b'A'..=b'Z' | b'_' => classes[byte as usize] = 1,
                _ => {}
            }
            byte += 1;
        }
        classes
    };
    let mut before = 0;
    let mut count = 0;
    for &byte in text.as_bytes() {
        let class = CLASSES[usize::from(byte)];
        // A byte that continues a word does not begin one.
        count += usize::from(class > before || class == 2);
        before = class & 1;
    }
    count
}

/// One open bracket, or the logical line itself.
#[derive(Default)]
struct Level {
    /// The number of tokens since the last comma that may each put one node inside another.
    chain: usize,
    /// The number of those that reach only to the next binary operator: signs, calls, attributes and the like.
    operand: usize,
    /// The number of lambdas whose parameters are being listed; commas among these parameters end nothing.
    lambdas: usize,
}

#[expect(clippy::too_many_lines, reason = "an arm for each kind of token")]
fn scan(text: &str) -> Option<TooDeep> {
    let mut lexer = lexer::lex(text, Mode::Module);
    let mut levels: Vec<Level> = Vec::new();
    let mut current = Level::default();
    let mut depth = 0;
    let mut indentations = 1;
    let mut last = TokenKind::Newline;
    loop {
        let token = lexer.next_token();
        match token {
            TokenKind::EndOfFile => return None,
            TokenKind::Lpar | TokenKind::Lsqb | TokenKind::Lbrace => {
                if levels.len() >= BRACKETS {
                    return Some(TooDeep::Brackets);
                }
                // The chain of a level also counts its bracket, so that closing it removes both.
                levels.push(std::mem::replace(&mut current, Level { chain: 1, ..Level::default() }));
                depth += 1;
            }
            TokenKind::Rpar | TokenKind::Rsqb | TokenKind::Rbrace => {
                depth -= current.chain;
                current = levels.pop().unwrap_or_default();
                // The content of the brackets may be called or indexed next, which puts it one level deeper.
                current.chain += 1;
                current.operand += 1;
                depth += 1;
            }
            TokenKind::Comma if current.lambdas == 0 => {
                let bracket = usize::from(!levels.is_empty());
                depth = depth + bracket - current.chain;
                current.chain = bracket;
                current.operand = 0;
            }
            TokenKind::Newline | TokenKind::Semi => {
                levels.clear();
                current = Level::default();
                depth = 0;
            }
            TokenKind::Indent => {
                indentations += 1;
                if indentations > INDENTATIONS {
                    return Some(TooDeep::Indentation);
                }
            }
            TokenKind::Dedent => indentations = indentations.saturating_sub(1),
            TokenKind::Lambda => {
                current.lambdas += 1;
                current.chain += 1;
                depth += 1;
            }
            TokenKind::Colon => current.lambdas = current.lambdas.saturating_sub(1),
            TokenKind::Comma
            | TokenKind::Name
            | TokenKind::Int
            | TokenKind::Float
            | TokenKind::Complex
            | TokenKind::String
            | TokenKind::FStringStart
            | TokenKind::FStringMiddle
            | TokenKind::FStringEnd
            | TokenKind::TStringStart
            | TokenKind::TStringMiddle
            | TokenKind::TStringEnd
            | TokenKind::Comment
            | TokenKind::NonLogicalNewline
            | TokenKind::Equal
            | TokenKind::And
            | TokenKind::Or
            | TokenKind::In
            | TokenKind::Is
            | TokenKind::For
            | TokenKind::Less
            | TokenKind::Greater
            | TokenKind::LessEqual
            | TokenKind::GreaterEqual
            | TokenKind::EqEqual
            | TokenKind::NotEqual
            | TokenKind::True
            | TokenKind::False
            | TokenKind::None
            | TokenKind::Unknown => {}
            TokenKind::Plus
            | TokenKind::Minus
            | TokenKind::Star
            | TokenKind::Slash
            | TokenKind::DoubleSlash
            | TokenKind::Percent
            | TokenKind::Vbar
            | TokenKind::Amper
            | TokenKind::CircumFlex
            | TokenKind::LeftShift
            | TokenKind::RightShift
            | TokenKind::At
                if ends_operand(last) =>
            {
                current.chain = current.chain + 1 - current.operand;
                depth = depth + 1 - current.operand;
                current.operand = 0;
            }
            TokenKind::Dot | TokenKind::Plus | TokenKind::Minus | TokenKind::Tilde | TokenKind::DoubleStar => {
                current.chain += 1;
                current.operand += 1;
                depth += 1;
            }
            _ => {
                // Every other nesting token reaches over operators, so the tokens before it do too.
                current.chain += 1;
                current.operand = 0;
                depth += 1;
            }
        }
        last = token;
        if depth > LIMIT {
            return Some(TooDeep::Expression);
        }
    }
}

/// Whether an operator after this token takes it as its left operand.
fn ends_operand(token: TokenKind) -> bool {
    matches!(
        token,
        TokenKind::Name
            | TokenKind::Int
            | TokenKind::Float
            | TokenKind::Complex
            | TokenKind::String
            | TokenKind::FStringEnd
            | TokenKind::TStringEnd
            | TokenKind::Rpar
            | TokenKind::Rsqb
            | TokenKind::Rbrace
            | TokenKind::Ellipsis
            | TokenKind::True
            | TokenKind::False
            | TokenKind::None
    )
}

#[cfg(test)]
mod tests {
    use super::most_levels;

    #[test]
    fn every_word_and_every_sign_may_be_a_level() {
        assert_eq!(most_levels("a1b  c.d(2)or 3\n\t# é\n"), 8 + 3);
    }
}
