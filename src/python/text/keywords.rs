//! The words that are not names: `keyword.kwlist`, the same from Python 3.7 on.

const KEYWORDS: [&str; 35] = [
    "False", "None", "True", "and", "as", "assert", "async", "await", "break", "class", "continue", "def", "del",
    "elif", "else", "except", "finally", "for", "from", "global", "if", "import", "in", "is", "lambda", "nonlocal",
    "not", "or", "pass", "raise", "return", "try", "while", "with", "yield",
];

/// Whether a word is a keyword wherever it stands: `keyword.iskeyword()`.
#[must_use]
pub fn is_keyword(word: impl AsRef<[u8]>) -> bool {
    KEYWORDS.binary_search_by(|keyword| keyword.as_bytes().cmp(word.as_ref())).is_ok()
}
