//! Determines how deeply a text nests before the parser builds a tree of it.
//!
//! The parser takes its stack from the heap, but a tree is walked and dropped by recursion, and a stack overflow ends the process. So a text that
//! could nest deeper than [`LIMIT`] is refused without parsing; `alternatives` allows one exception. A short text cannot, as every level takes at least
//! one byte.

use std::mem::take;

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

/// One open bracket or f-string, or the logical line itself: the levels that its content may have in a tree, so far.
///
/// Operands of `and`, comparisons and the like stand beside each other, and so do the items of a list: of these the highest counts. Other operators
/// put one node inside another.
#[derive(Default)]
struct Level {
    /// The number of tokens since the last comma that put all that follows inside: `lambda`, `if`, `yield` and the like.
    outer: usize,
    /// The number of `not` since the last `and` or `or`.
    nots: usize,
    /// The number of binary operators since the last comparison.
    operators: usize,
    /// The number of signs, calls, attributes and the like of this operand.
    operand: usize,
    /// The highest of the brackets of this operand.
    content: usize,
    /// The highest of the operands since the last comparison.
    operands: usize,
    /// The highest of the parts of comparisons since the last `and` or `or`.
    comparands: usize,
    /// The highest of the parts of `and` and `or` since the last comma.
    conditions: usize,
    /// The highest of the items.
    items: usize,
    /// The number of lambdas whose parameters are being listed; commas among these parameters end nothing.
    lambdas: usize,
    /// Whether it is a bracket within which a `for` was met: an `if` after it is a part of the comprehension.
    comprehends: bool,
    kind: Kind,
}

#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Kind {
    #[default]
    Line,
    Bracket,
    /// An f-string, or the format of a field: the fields in it stand beside each other.
    Text,
    Field,
}

impl Level {
    fn of(kind: Kind) -> Self {
        Self { kind, ..Self::default() }
    }

    fn end_operand(&mut self) {
        self.operands = self.operands.max(take(&mut self.operand) + take(&mut self.content));
    }

    fn end_comparand(&mut self) {
        self.end_operand();
        self.comparands = self.comparands.max(take(&mut self.operators) + take(&mut self.operands));
    }

    fn end_condition(&mut self) {
        self.end_comparand();
        self.conditions = self.conditions.max(take(&mut self.nots) + take(&mut self.comparands));
    }

    fn end_item(&mut self) {
        self.end_condition();
        self.items = self.items.max(take(&mut self.outer) + take(&mut self.conditions));
    }

    fn binary(&mut self) {
        self.end_operand();
        self.operators += 1;
    }

    /// A `not`: what stands before it as a beginning is around it, if the text is wrong.
    fn negate(&mut self) {
        self.nots += 1 + take(&mut self.operators) + take(&mut self.operand) + usize::from(self.comparands > 0);
        self.end_comparand();
    }

    /// A token that reaches over all operators. Complete operands before it stand beside what follows; beginnings are around it, if the text is wrong.
    fn reach(&mut self, follows_operand: bool) {
        if !follows_operand {
            let joined = usize::from(self.comparands > 0) + 2 * usize::from(self.conditions > 0);
            self.outer += joined + take(&mut self.nots) + take(&mut self.operators) + take(&mut self.operand);
        }
        self.end_condition();
        self.outer += 1;
    }

    /// The levels of its content, once it is closed.
    fn height(mut self) -> usize {
        self.end_item();
        self.items
    }
}

/// The levels of a text that ends, or of a logical line, within which these are open.
fn height(levels: &mut Vec<Level>) -> usize {
    let within = |content, mut level: Level| {
        level.content = level.content.max(content + 1);
        level.height()
    };
    levels.drain(..).rev().fold(0, within)
}

fn scan(text: &str) -> Option<TooDeep> {
    let mut lexer = lexer::lex(text, Mode::Module);
    let mut levels: Vec<Level> = Vec::new();
    let mut brackets = 0;
    let mut indentations = 1;
    let mut last = TokenKind::Newline;
    loop {
        let token = lexer.next_token();
        if levels.is_empty() {
            levels.push(Level::default());
        }
        let is_not = (last, token) == (TokenKind::Is, TokenKind::Not);
        let (after_operand, depth) = (is_not || ends_operand(last), levels.len());
        let current = levels.last_mut()?;
        let mut height_of_closed = 0;
        match token {
            TokenKind::Lpar
            | TokenKind::Lsqb
            | TokenKind::Lbrace
            | TokenKind::FStringStart
            | TokenKind::TStringStart => {
                let kind = match token {
                    TokenKind::FStringStart | TokenKind::TStringStart => Kind::Text,
                    _ if current.kind == Kind::Text => Kind::Field,
                    _ => Kind::Bracket,
                };
                brackets += usize::from(kind != Kind::Text);
                if brackets > BRACKETS {
                    return Some(TooDeep::Brackets);
                }
                levels.push(Level::of(kind));
            }
            TokenKind::Rpar | TokenKind::Rsqb | TokenKind::Rbrace | TokenKind::FStringEnd | TokenKind::TStringEnd
                if depth > 1 =>
            {
                brackets -= usize::from(!matches!(token, TokenKind::FStringEnd | TokenKind::TStringEnd)).min(brackets);
                height_of_closed = levels.pop().map_or(0, Level::height) + 1;
                if let Some(outer) = levels.last_mut() {
                    outer.content = outer.content.max(height_of_closed);
                    // A call or an index is around that to which it belongs.
                    outer.operand += usize::from(matches!(token, TokenKind::Rpar | TokenKind::Rsqb));
                }
            }
            TokenKind::Comma if current.lambdas == 0 => current.end_item(),
            TokenKind::EndOfFile => return (height(&mut levels) > LIMIT).then_some(TooDeep::Expression),
            TokenKind::Newline | TokenKind::Semi => {
                height_of_closed = height(&mut levels);
                brackets = 0;
            }
            TokenKind::Indent => {
                indentations += 1;
                if indentations > INDENTATIONS {
                    return Some(TooDeep::Indentation);
                }
            }
            TokenKind::Dedent => indentations = indentations.saturating_sub(1),
            _ => one_of_an_expression(token, current, after_operand),
        }
        last = token;
        if height_of_closed > LIMIT {
            return Some(TooDeep::Expression);
        }
    }
}

/// Counts a token that is neither a bracket nor the end of a line.
fn one_of_an_expression(token: TokenKind, level: &mut Level, after_operand: bool) {
    match token {
        TokenKind::Lambda => {
            level.lambdas += 1;
            level.reach(after_operand);
        }
        TokenKind::Colon => {
            if level.lambdas == 0 && level.kind == Kind::Field {
                level.kind = Kind::Text;
            }
            level.lambdas = level.lambdas.saturating_sub(1);
        }
        TokenKind::For => {
            level.end_condition();
            level.comprehends |= level.kind != Kind::Line;
        }
        TokenKind::If if level.comprehends => level.end_condition(),
        TokenKind::Else if !level.comprehends => level.end_condition(),
        TokenKind::And | TokenKind::Or | TokenKind::Equal => level.end_condition(),
        TokenKind::Not if !after_operand => level.negate(),
        TokenKind::In
        | TokenKind::Is
        | TokenKind::Not
        | TokenKind::Less
        | TokenKind::Greater
        | TokenKind::LessEqual
        | TokenKind::GreaterEqual
        | TokenKind::EqEqual
        | TokenKind::NotEqual => level.end_comparand(),
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
            if after_operand =>
        {
            level.binary();
        }
        TokenKind::Dot
        | TokenKind::Plus
        | TokenKind::Minus
        | TokenKind::Tilde
        | TokenKind::DoubleStar
        | TokenKind::Await => level.operand += 1,
        TokenKind::Comma
        | TokenKind::Name
        | TokenKind::Int
        | TokenKind::Float
        | TokenKind::Complex
        | TokenKind::String
        | TokenKind::FStringMiddle
        | TokenKind::FStringEnd
        | TokenKind::TStringMiddle
        | TokenKind::TStringEnd
        | TokenKind::Comment
        | TokenKind::NonLogicalNewline
        | TokenKind::Async
        | TokenKind::Ellipsis
        | TokenKind::True
        | TokenKind::False
        | TokenKind::None
        | TokenKind::Unknown => {}
        _ => level.reach(after_operand),
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
