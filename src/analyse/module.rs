//! One parsed Python source: the input of the parts of the analysis.

use ruff_python_ast::ModModule;
use ruff_python_ast::token::Tokens;
use ruff_text_size::TextSize;

/// A text with its tree and tokens.
///
/// The text is as `sources` returns it: line ends are LF, form feeds are spaces, and the last line is ended.
pub(crate) struct Module<'a> {
    /// The whole text.
    pub(crate) text: &'a str,
    /// Its syntax tree.
    pub(crate) tree: &'a ModModule,
    /// Its tokens, in order.
    pub(crate) tokens: &'a Tokens,
    /// The offset at which each line begins; line 1 at index 0.
    line_starts: Vec<u32>,
    /// For each piece of the text up to the last line's, the number of lines begun where the piece begins: any offset is a few steps away.
    begun: Vec<u32>,
}

/// The length of a piece of the text in bytes.
const PIECE: usize = 64;

impl<'a> Module<'a> {
    /// Combines the three. The text must be shorter than 4 GiB, as the parser requires too.
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

    /// The number of lines; the end of the text counts as one.
    pub(crate) fn lines(&self) -> u32 {
        u32::try_from(self.line_starts.len()).unwrap_or(u32::MAX)
    }

    /// The line that contains `offset`, from 1.
    pub(crate) fn line(&self, offset: TextSize) -> u32 {
        let begun = self.begun.get(offset.to_usize() / PIECE).map_or(self.line_starts.len(), |&lines| lines as usize);
        let after = self.line_starts.get(begun..).unwrap_or_default();
        let more = after.iter().take_while(|&&start| start <= offset.to_u32()).count();
        u32::try_from(begun + more).unwrap_or(u32::MAX)
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
                assert_eq!(
                    module.line(TextSize::try_from(offset).unwrap()) as usize,
                    1 + before.matches('\n').count(),
                    "{offset} of {text:?}"
                );
            }
        }
    }
}
