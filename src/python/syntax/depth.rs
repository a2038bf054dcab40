//! How deep a text nests, found out before the parser builds a tree of it.
//!
//! The parser takes its stack from the heap, but a tree is walked and dropped by recursion, and a stack that overflows ends the process.
//! So a text that could nest deeper than [`LIMIT`] is refused unparsed. A short text cannot: every level takes a byte at least.

use ruff_python_ast::PythonVersion;
use ruff_python_ast::token::TokenKind;
use ruff_python_parser::{Mode, lexer};

/// The levels that a tree may have: three times what any CPython compiles.
pub(super) const LIMIT: usize = 32_768;

/// CPython's tokenizer keeps this many brackets open and no more (`MAXLEVEL`).
pub(super) const BRACKETS: usize = 200;

/// CPython's tokenizer keeps this many levels of indentation, the unindented one among them (`MAXINDENT`).
pub(super) const INDENTATIONS: usize = 100;

/// CPython's tokenizer keeps this many f-strings and t-strings open (`MAXFSTRINGLEVEL`, the text around them is one level).
pub(super) const INTERPOLATED: usize = 149;

/// What CPython says, from 3.12 on, where more than [`INTERPOLATED`] are open.
pub(super) fn too_many_interpolated(python: PythonVersion) -> &'static str {
    if python >= PythonVersion::PY314 { "too many nested f-strings or t-strings" } else { "too many nested f-strings" }
}

/// Why a text is too deep to parse.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TooDeep {
    /// More than [`BRACKETS`] are open.
    Brackets,
    /// More than [`INDENTATIONS`] are open.
    Indentation,
    /// One expression chains more than [`LIMIT`] operators.
    Expression,
}

impl TooDeep {
    /// The reason in CPython's words, where it has them.
    pub(super) fn message(self) -> &'static str {
        match self {
            Self::Brackets => "too many nested parentheses",
            Self::Indentation => "too many levels of indentation",
            Self::Expression => "too deeply nested: an expression chains more than 32768 operators",
        }
    }
}

/// Whether the text nests too deeply, and in which line (from 1) that shows.
pub(super) fn check(text: &str) -> Result<(), (u32, TooDeep)> {
    if text.len() <= LIMIT || most_levels(text) <= LIMIT {
        return Ok(());
    }
    let Some(reason) = scan(text) else { return Ok(()) };
    // The lexer tells no positions, so the line is the last one without which the text is not too deep.
    let ends: Vec<usize> = memchr::memchr_iter(b'\n', text.as_bytes()).map(|end| end + 1).collect();
    let line = ends.partition_point(|&end| scan(text.get(..end).unwrap_or(text)).is_none()) + 1;
    Err((u32::try_from(line).unwrap_or(u32::MAX), reason))
}

/// At least the number of tokens in the text that can nest, so at least its levels: each word counts, and each other byte that is neither a
/// blank nor a digit, in comments and strings too. (`1or 2` has a number and a word.)
fn most_levels(text: &str) -> usize {
    /// 0 for blanks and digits, 1 for the other characters of words, 2 for all else.
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
        // What continues a word begins none.
        count += usize::from(class > before || class == 2);
        before = class & 1;
    }
    count
}

/// One open bracket, or the logical line itself.
#[derive(Default)]
struct Level {
    /// Tokens since the last comma that may each put one node into another.
    chain: usize,
    /// Those of them that only reach to the next binary operator: signs, calls, attributes and the like.
    operand: usize,
    /// Lambdas whose parameters are being listed; commas among these end nothing.
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
                // The chain of a level counts its bracket too, so that closing forgets both.
                levels.push(std::mem::replace(&mut current, Level { chain: 1, ..Level::default() }));
                depth += 1;
            }
            TokenKind::Rpar | TokenKind::Rsqb | TokenKind::Rbrace => {
                depth -= current.chain;
                current = levels.pop().unwrap_or_default();
                // What was in the brackets may be called or indexed next, which puts it one level down.
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
                // Whatever else nests reaches over operators, so what came before it does too.
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

/// Whether an operator after this token has it for its left operand.
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
