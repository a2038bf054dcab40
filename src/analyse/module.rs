//! One parsed Python source: what the parts of the analysis look at.

use ruff_python_ast::ModModule;
use ruff_python_ast::token::Tokens;
use ruff_text_size::TextSize;

/// A text with its tree and tokens.
///
/// The text is as `sources` gives it: line ends are LF, form feeds are spaces, the last line is ended.
pub(crate) struct Module<'a> {
    /// The whole text.
    pub(crate) text: &'a str,
    /// Its syntax tree.
    pub(crate) tree: &'a ModModule,
    /// Its tokens, in order.
    pub(crate) tokens: &'a Tokens,
    /// The offset at which each line begins; line 1 at index 0.
    line_starts: Vec<u32>,
}

impl<'a> Module<'a> {
    /// Puts the three together. The text must be shorter than 4 GiB, as the parser demands too.
    pub(crate) fn new(text: &'a str, tree: &'a ModModule, tokens: &'a Tokens) -> Self {
        let mut line_starts = vec![0];
        let ends = memchr::memchr_iter(b'\n', text.as_bytes());
        line_starts.extend(ends.filter_map(|end| u32::try_from(end + 1).ok()));
        Self { text, tree, tokens, line_starts }
    }

    /// The line that `offset` lies in, from 1.
    pub(crate) fn line(&self, offset: TextSize) -> u32 {
        let line = self.line_starts.partition_point(|&start| start <= offset.to_u32());
        u32::try_from(line).unwrap_or(u32::MAX)
    }

    /// The line that the byte at `offset` lies in, from 1; of the end of the text, one past the last ended line.
    pub(crate) fn line_at(&self, offset: usize) -> u32 {
        self.line(TextSize::try_from(offset).unwrap_or(TextSize::from(u32::MAX)))
    }
}
