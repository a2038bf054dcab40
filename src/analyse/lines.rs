//! Logical lines: maps each physical line to the first line of the statement that contains it.
//!
//! ```text
//! x = (   # 1  a logical line reaches from its first token …
//!     2,  # 2
//! )       # 3  … to the token that ends it: 2 and 3 belong to 1
//! ```
//!
//! A compound statement's header is a logical line of its own, as is each decorator. Statements joined by semicolons are one logical line.

use ruff_python_ast::token::TokenKind;
use ruff_text_size::{Ranged, TextSize};

use super::module::Module;
use crate::model::outline::FirstLines;

/// The logical lines of `module` that span two or more physical lines.
pub(super) fn first_lines(module: &Module<'_>) -> FirstLines {
    let mut ranges = Vec::new();
    let mut begin: Option<TextSize> = None;
    for token in module.tokens {
        match token.kind() {
            TokenKind::Newline => {
                if let Some(begin) = begin.take()
                    && has_line_end(module.text, begin, token.start())
                {
                    ranges.push((module.line(begin), module.line(token.start())));
                }
            }
            // Tokens between statements begin no logical line.
            TokenKind::Comment
            | TokenKind::NonLogicalNewline
            | TokenKind::Indent
            | TokenKind::Dedent
            | TokenKind::EndOfFile => {}
            _ => begin = begin.or(Some(token.start())),
        }
    }
    FirstLines::new(ranges)
}

/// Whether a line ends between the two offsets. Most statements have one line: searching for its end saves two searches for line numbers.
fn has_line_end(text: &str, from: TextSize, to: TextSize) -> bool {
    text.as_bytes().get(from.to_usize()..to.to_usize()).is_some_and(|part| memchr::memchr(b'\n', part).is_some())
}

#[cfg(test)]
mod tests {
    use crate::analyse::tests::outline;

    #[test]
    fn a_line_within_a_statement_belongs_to_its_first() {
        let source = "\
a = (   # 1
    2,
)
if (b   # 4
        and c):
    d = 6
e = 7; f = [
    8]
g = \\
    10
";
        assert_eq!(outline(source).first.ranges(), [(1, 3), (4, 5), (7, 8), (9, 10)]);
    }

    #[test]
    fn comments_and_blank_lines_begin_no_statement() {
        assert_eq!(outline("# 1\n\n(  # 3\n    a)\n\n# 6\n").first.ranges(), [(3, 4)]);
    }

    #[test]
    fn each_decorator_is_a_logical_line() {
        assert_eq!(outline("@a(\n    2)\n@b\ndef f(\n        c):\n    d = 6\n").first.ranges(), [(1, 2), (4, 5)]);
    }
}
