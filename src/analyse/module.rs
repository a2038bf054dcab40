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
    /// How many lines have begun where each piece of the text begins, up to the last line's: from there it is a few steps to any offset.
    begun: Vec<u32>,
}

/// How many bytes a piece of the text has.
const PIECE: usize = 64;

impl<'a> Module<'a> {
    /// Puts the three together. The text must be shorter than 4 GiB, as the parser demands too.
    pub(crate) fn new(text: &'a str, tree: &'a ModModule, tokens: &'a Tokens) -> Self {
        let mut line_starts = vec![0];
        let ends = memchr::memchr_iter(b'\n', text.as_bytes());
        line_starts.extend(ends.filter_map(|end| u32::try_from(end + 1).ok()));
        let mut begun = Vec::with_capacity(text.len() / PIECE + 1);
        for (lines, &start) in (0..).zip(&line_starts) {
            begun.resize((start as usize).div_ceil(PIECE), lines);
        }
        Self { text, tree, tokens, line_starts, begun }
    }

    /// The line that `offset` lies in, from 1.
    pub(crate) fn line(&self, offset: TextSize) -> u32 {
        let begun = self.begun.get(offset.to_usize() / PIECE).map_or(self.line_starts.len(), |&lines| lines as usize);
        let after = self.line_starts.get(begun..).unwrap_or_default();
        let more = after.iter().take_while(|&&start| start <= offset.to_u32()).count();
        u32::try_from(begun + more).unwrap_or(u32::MAX)
    }

    /// The line that the byte at `offset` lies in, from 1; of the end of the text, one past the last ended line.
    pub(crate) fn line_at(&self, offset: usize) -> u32 {
        self.line(TextSize::try_from(offset).unwrap_or(TextSize::from(u32::MAX)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_find_their_lines() {
        for text in [
            "",
            "\n",
            "a = 1\n",
            &"\n".repeat(200),
            &format!("a = 1\n{}\n\nb = '''{}'''\n", "#".repeat(300), "\n".repeat(70)),
        ] {
            let parsed = ruff_python_parser::parse_module(text).unwrap();
            let module = Module::new(text, parsed.syntax(), parsed.tokens());
            for offset in 0..=text.len() + 1 {
                let before = text.get(..offset.min(text.len())).unwrap();
                assert_eq!(module.line_at(offset) as usize, 1 + before.matches('\n').count(), "{offset} of {text:?}");
            }
        }
    }
}
