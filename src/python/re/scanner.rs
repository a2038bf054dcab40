//! A pattern's text, read one character or escape at a time.

use super::Error;

/// A character, or a backslash and the character after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Token {
    Plain(char),
    Escape(char),
}

impl Token {
    /// How many characters it takes.
    pub(super) fn len(self) -> usize {
        match self {
            Self::Plain(_) => 1,
            Self::Escape(_) => 2,
        }
    }
}

impl std::fmt::Display for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Plain(c) => write!(f, "{c}"),
            Self::Escape(c) => write!(f, "\\{c}"),
        }
    }
}

/// Reads tokens with one token of look-ahead, so that a lone backslash at the end is found where CPython finds it.
pub(super) struct Scanner {
    text: Vec<char>,
    /// The position of the token after `next`.
    index: usize,
    next: Option<Token>,
}

impl Scanner {
    pub(super) fn new(source: &str) -> Result<Self, Error> {
        let mut scanner = Self { text: source.chars().collect(), index: 0, next: None };
        scanner.advance()?;
        Ok(scanner)
    }

    fn advance(&mut self) -> Result<(), Error> {
        self.next = match self.text.get(self.index) {
            None => None,
            Some('\\') => match self.text.get(self.index + 1) {
                None => return Err(self.error_at("bad escape (end of pattern)", self.text.len() - 1)),
                Some(&c) => Some(Token::Escape(c)),
            },
            Some(&c) => Some(Token::Plain(c)),
        };
        self.index += self.next.map_or(0, Token::len);
        Ok(())
    }

    /// The next token, without reading it.
    pub(super) fn peek(&self) -> Option<Token> {
        self.next
    }

    /// Whether the next token is this character.
    pub(super) fn at(&self, c: char) -> bool {
        self.next == Some(Token::Plain(c))
    }

    /// Reads the next token.
    pub(super) fn take(&mut self) -> Result<Option<Token>, Error> {
        let token = self.next;
        self.advance()?;
        Ok(token)
    }

    /// Reads the next token if it is this character.
    pub(super) fn eat(&mut self, c: char) -> Result<bool, Error> {
        let found = self.at(c);
        if found {
            self.advance()?;
        }
        Ok(found)
    }

    /// Reads up to `most` characters that `wanted` accepts.
    pub(super) fn take_while(&mut self, most: usize, wanted: fn(char) -> bool) -> Result<String, Error> {
        let mut taken = String::new();
        while let Some(Token::Plain(c)) = self.next
            && taken.len() < most
            && wanted(c)
        {
            taken.push(c);
            self.advance()?;
        }
        Ok(taken)
    }

    /// Reads everything up to and including `end`; `what` describes it in messages.
    pub(super) fn take_until(&mut self, end: char, what: &str) -> Result<String, Error> {
        let mut before = String::new();
        loop {
            match self.take()? {
                None if before.is_empty() => return Err(self.error(&format!("missing {what}"), 0)),
                None => {
                    return Err(self.error(&format!("missing {end}, unterminated name"), before.chars().count()));
                }
                Some(Token::Plain(c)) if c == end => {
                    if before.is_empty() {
                        return Err(self.error(&format!("missing {what}"), 1));
                    }
                    return Ok(before);
                }
                Some(token) => before.push_str(&token.to_string()),
            }
        }
    }

    /// The position of the next token, in characters.
    pub(super) fn position(&self) -> usize {
        self.index - self.next.map_or(0, Token::len)
    }

    /// Goes back to a position.
    pub(super) fn seek(&mut self, position: usize) -> Result<(), Error> {
        self.index = position;
        self.advance()
    }

    /// An error `back` characters before the next token.
    pub(super) fn error(&self, message: &str, back: usize) -> Error {
        self.error_at(message, self.position().saturating_sub(back))
    }

    /// An error at a position, in CPython's form: with line and column if the pattern has several lines.
    pub(super) fn error_at(&self, message: &str, position: usize) -> Error {
        let before = &self.text[..position.min(self.text.len())];
        let line = before.iter().filter(|&&c| c == '\n').count() + 1;
        let column = before.iter().rev().take_while(|&&c| c != '\n').count() + 1;
        Error::Syntax(if self.text.contains(&'\n') {
            format!("{message} at position {position} (line {line}, column {column})")
        } else {
            format!("{message} at position {position}")
        })
    }
}
