//! The words that are not names: `keyword.kwlist`, the same from Python 3.7 on.

/// Whether a word is a keyword wherever it stands: `keyword.iskeyword()`.
#[must_use]
#[rustfmt::skip]
pub fn is_keyword(word: impl AsRef<[u8]>) -> bool {
    // Asked of every name of every source: a match is decided by length and first bytes, where a search compares words.
    matches!(
        word.as_ref(),
        b"False" | b"None" | b"True" | b"and" | b"as" | b"assert" | b"async" | b"await" | b"break" | b"class" | b"continue" | b"def"
            | b"del" | b"elif" | b"else" | b"except" | b"finally" | b"for" | b"from" | b"global" | b"if" | b"import" | b"in" | b"is"
            | b"lambda" | b"nonlocal" | b"not" | b"or" | b"pass" | b"raise" | b"return" | b"try" | b"while" | b"with" | b"yield"
    )
}
