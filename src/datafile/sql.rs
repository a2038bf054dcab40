//! The part of SQL's `CREATE TABLE` that defines a column or a constraint, as SQLite reads it: what SQLite would refuse is refused here, too, since
//! only damage can have made it.
//!
//! Expressions of checks and defaults are not read.
//!
//! Grammar: <https://www.sqlite.org/lang_createtable.html>.

/// A token of SQL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Token {
    /// A keyword or a bare name.
    Word(String),
    /// The digits of a number, and letters behind them, which only some numbers have.
    Number(String),
    /// A name in quotes, or a string, which SQLite takes as a name where it expects one.
    Quoted(String),
    Mark(char),
}

impl Token {
    pub(super) fn is(&self, keyword: &str) -> bool {
        matches!(self, Self::Word(word) if word.eq_ignore_ascii_case(keyword))
    }

    pub(super) fn name(&self) -> Option<String> {
        match self {
            Self::Word(word) if RESERVED.iter().any(|reserved| word.eq_ignore_ascii_case(reserved)) => None,
            Self::Word(name) | Self::Quoted(name) => Some(name.to_ascii_lowercase()),
            Self::Number(_) | Self::Mark(_) => None,
        }
    }
}

/// The keywords that cannot be names without quotes: <https://www.sqlite.org/lang_keywords.html>, less those that SQLite also takes for names.
const RESERVED: [&str; 50] = [
    "add",
    "all",
    "alter",
    "and",
    "as",
    "autoincrement",
    "between",
    "case",
    "check",
    "collate",
    "commit",
    "constraint",
    "create",
    "default",
    "deferrable",
    "delete",
    "distinct",
    "drop",
    "else",
    "escape",
    "exists",
    "foreign",
    "from",
    "group",
    "having",
    "in",
    "index",
    "insert",
    "into",
    "is",
    "isnull",
    "limit",
    "not",
    "notnull",
    "null",
    "on",
    "or",
    "order",
    "primary",
    "references",
    "select",
    "set",
    "table",
    "then",
    "to",
    "unique",
    "update",
    "using",
    "values",
    "where",
];

/// The tokens of a statement, without comments.
pub(super) fn tokens(sql: &str) -> Vec<Token> {
    let mut found = Vec::new();
    let mut rest = sql;
    while let Some(first) = rest.chars().next() {
        let behind = &rest[first.len_utf8()..];
        rest = if first.is_ascii_whitespace() {
            behind
        } else if rest.starts_with("--") {
            rest.find('\n').map_or("", |end| &rest[end..])
        } else if let Some(comment) = rest.strip_prefix("/*") {
            comment.find("*/").map_or("", |end| &comment[end + 2..])
        } else if matches!(first, '"' | '\'' | '`' | '[') {
            let close = if first == '[' { ']' } else { first };
            let mut name = String::new();
            let mut inner = behind;
            loop {
                let Some(end) = inner.find(close) else {
                    found.push(Token::Mark(first));
                    break "";
                };
                name.push_str(&inner[..end]);
                inner = &inner[end + 1..];
                // Two quotes in a name stand for one quote.
                if close == ']' || !inner.starts_with(close) {
                    found.push(Token::Quoted(name));
                    break inner;
                }
                name.push(close);
                inner = &inner[1..];
            }
        } else if is_of_word(first) {
            let end = rest.find(|c: char| !is_of_word(c)).unwrap_or(rest.len());
            let word = rest[..end].to_owned();
            found.push(if first.is_ascii_digit() { Token::Number(word) } else { Token::Word(word) });
            &rest[end..]
        } else {
            found.push(Token::Mark(first));
            behind
        };
    }
    found
}

/// Whether a character can stand in a bare name: SQLite takes everything beyond ASCII.
fn is_of_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '$') || !c.is_ascii()
}

/// SQLite's own collating sequences; a program's own are not there for others.
const COLLATIONS: [&str; 3] = ["binary", "nocase", "rtrim"];

/// The constraints of one column.
#[derive(Debug, Default)]
pub(super) struct Constraints {
    /// Whether it is the primary key, and then whether in descending order.
    pub(super) primary: Option<bool>,
    pub(super) unique: bool,
    pub(super) generated: bool,
}

/// Reads tokens one after another.
pub(super) struct Cursor<'a>(&'a [Token]);

impl<'a> Cursor<'a> {
    pub(super) fn new(tokens: &'a [Token]) -> Self {
        Self(tokens)
    }

    pub(super) fn is_at_end(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether the keywords stand here; they are then read.
    pub(super) fn eat(&mut self, keywords: &[&str]) -> bool {
        match self.0.split_at_checked(keywords.len()) {
            Some((found, rest)) if found.iter().zip(keywords).all(|(token, word)| token.is(word)) => {
                self.0 = rest;
                true
            }
            _ => false,
        }
    }

    fn eat_one(&mut self, keywords: &[&str]) -> bool {
        keywords.iter().any(|keyword| self.eat(&[keyword]))
    }

    pub(super) fn mark(&mut self, marks: &[char]) -> bool {
        match self.0 {
            [Token::Mark(mark), rest @ ..] if marks.contains(mark) => {
                self.0 = rest;
                true
            }
            _ => false,
        }
    }

    /// A name, in lower case.
    pub(super) fn name(&mut self) -> Option<String> {
        let (first, rest) = self.0.split_first()?;
        let name = first.name()?;
        self.0 = rest;
        Some(name)
    }

    /// What parentheses enclose that begin here.
    pub(super) fn group(&mut self) -> Option<&'a [Token]> {
        let [Token::Mark('('), inner @ ..] = self.0 else { return None };
        let mut depth = 1;
        for (at, token) in inner.iter().enumerate() {
            match token {
                Token::Mark('(') => depth += 1,
                Token::Mark(')') => depth -= 1,
                _ => {}
            }
            if depth == 0 {
                self.0 = inner.get(at + 1..)?;
                return inner.get(..at);
            }
        }
        None
    }

    /// The type of a column: words, and at most two numbers in parentheses. Empty if it has none.
    pub(super) fn kind(&mut self) -> Option<String> {
        const ENDS: [&str; 11] = [
            "constraint",
            "primary",
            "not",
            "null",
            "unique",
            "check",
            "default",
            "collate",
            "references",
            "generated",
            "as",
        ];
        let mut words: Vec<&str> = Vec::new();
        while let [token @ (Token::Word(word) | Token::Quoted(word)), rest @ ..] = self.0 {
            if ENDS.iter().any(|end| token.is(end)) {
                break;
            }
            token.name()?;
            words.push(word);
            self.0 = rest;
        }
        let kind = words.join(" ").to_ascii_lowercase();
        if words.is_empty() || !matches!(self.0, [Token::Mark('('), ..]) {
            return Some(kind);
        }
        let mut numbers = Cursor(self.group()?);
        numbers.number()?;
        if numbers.mark(&[',']) {
            numbers.number()?;
        }
        numbers.is_at_end().then(|| kind + " ()")
    }

    /// A number, with or without a sign.
    fn number(&mut self) -> Option<()> {
        self.mark(&['+', '-']);
        self.digits()?;
        if self.mark(&['.']) { self.digits() } else { Some(()) }
    }

    fn digits(&mut self) -> Option<()> {
        let [Token::Number(digits), rest @ ..] = self.0 else { return None };
        self.0 = rest;
        digits.bytes().all(|byte| byte.is_ascii_digit()).then_some(())
    }

    /// The constraints of a column, up to the end.
    pub(super) fn constraints(&mut self) -> Option<Constraints> {
        let mut found = Constraints::default();
        while !self.is_at_end() {
            if self.eat(&["constraint"]) {
                self.name()?;
            } else if self.eat(&["primary", "key"]) {
                let descends = self.eat(&["desc"]);
                if !descends {
                    self.eat(&["asc"]);
                }
                found.primary = Some(descends);
                self.conflict()?;
                self.eat(&["autoincrement"]);
            } else if self.eat(&["not", "null"]) || self.eat(&["null"]) {
                self.conflict()?;
            } else if self.eat(&["unique"]) {
                found.unique = true;
                self.conflict()?;
            } else if self.eat(&["check"]) {
                self.group()?;
            } else if self.eat(&["default"]) {
                self.value()?;
            } else if self.eat(&["collate"]) {
                self.eat_one(&COLLATIONS).then_some(())?;
            } else if self.eat(&["generated", "always", "as"]) || self.eat(&["as"]) {
                self.group()?;
                self.eat_one(&["stored", "virtual"]);
                found.generated = true;
            } else {
                self.reference(1)?;
            }
        }
        Some(found)
    }

    /// The value of a default: an expression in parentheses, a string, a word, or a number.
    fn value(&mut self) -> Option<()> {
        match self.0 {
            [Token::Mark('('), ..] => self.group().map(|_| ()),
            [Token::Word(_) | Token::Quoted(_), ..] => self.name().map(|_| ()),
            _ => self.number(),
        }
    }

    /// `ON CONFLICT` with its answer, or nothing.
    pub(super) fn conflict(&mut self) -> Option<()> {
        let answers = ["rollback", "abort", "fail", "ignore", "replace"];
        (!self.eat(&["on", "conflict"]) || self.eat_one(&answers)).then_some(())
    }

    /// The table, and perhaps the columns, that a foreign key of so many columns refers to.
    pub(super) fn reference(&mut self, columns: usize) -> Option<()> {
        if !self.eat(&["references"]) {
            return None;
        }
        self.name()?;
        if matches!(self.0, [Token::Mark('('), ..]) {
            (names(self.group()?)?.len() == columns).then_some(())?;
        }
        loop {
            if self.eat(&["on"]) {
                let happens = self.eat_one(&["delete", "update"]);
                let acts = self.eat(&["set", "null"]) || self.eat(&["set", "default"]) || self.eat(&["no", "action"]);
                (happens && (acts || self.eat_one(&["cascade", "restrict"]))).then_some(())?;
            } else if self.eat(&["match"]) {
                self.name()?;
            } else if self.eat(&["deferrable"]) || self.eat(&["not", "deferrable"]) {
                (!self.eat(&["initially"]) || self.eat_one(&["deferred", "immediate"])).then_some(())?;
            } else {
                return Some(());
            }
        }
    }
}

/// The names in a list between commas; an empty list if it holds more than names, which SQLite admits in indexes; `None` if it is not a list.
pub(super) fn names(list: &[Token]) -> Option<Vec<String>> {
    let mut found = Vec::new();
    let mut is_plain = true;
    for item in list.split(|token| *token == Token::Mark(',')) {
        let mut item = Cursor(item);
        found.push(item.name()?);
        is_plain &= item.is_at_end();
        let collates = !item.eat(&["collate"]) || item.eat_one(&COLLATIONS);
        item.eat_one(&["asc", "desc"]);
        (collates && item.is_at_end()).then_some(())?;
    }
    Some(if is_plain { found } else { Vec::new() })
}
