//! Escapes: the syntax after a backslash.

use super::Error;
use super::parse::{Escape, Parser};
use super::scanner::Token;
use super::set::ClassKind;
use crate::python::text::quote;

impl Parser {
    /// An escape outside sets; the backslash and the character `c` after it were read.
    pub(super) fn escape(&mut self, c: char) -> Result<Escape, Error> {
        Ok(match c {
            'A' => Escape::TextStart,
            'Z' => Escape::TextEnd,
            'z' if self.minor >= 14 => Escape::TextEnd,
            'b' | 'B' => Escape::Boundary { negated: c == 'B' },
            '0' => {
                let digits = self.scanner.take_while(2, is_octal)?;
                Escape::Literal(u32::from_str_radix(&digits, 8).unwrap_or(0))
            }
            '1'..='9' => return self.group_or_octal(c),
            _ => return self.shared_escape(c),
        })
    }

    /// An escape inside a set.
    pub(super) fn set_escape(&mut self, c: char) -> Result<Escape, Error> {
        match c {
            'b' => Ok(Escape::Literal(8)),
            '0'..='7' => {
                let digits = format!("{c}{}", self.scanner.take_while(2, is_octal)?);
                self.octal(&digits)
            }
            _ => self.shared_escape(c),
        }
    }

    /// Escapes with the same meaning inside and outside sets.
    fn shared_escape(&mut self, c: char) -> Result<Escape, Error> {
        Ok(match c {
            'd' | 'D' => Escape::Class(ClassKind::Digit, c == 'D'),
            's' | 'S' => Escape::Class(ClassKind::Space, c == 'S'),
            'w' | 'W' => Escape::Class(ClassKind::Word, c == 'W'),
            'a' => Escape::Literal(7),
            'f' => Escape::Literal(12),
            'n' => Escape::Literal(10),
            'r' => Escape::Literal(13),
            't' => Escape::Literal(9),
            'v' => Escape::Literal(11),
            'x' => self.hexadecimal(c, 2)?,
            'u' => self.hexadecimal(c, 4)?,
            'U' => self.hexadecimal(c, 8)?,
            'N' => self.named_character()?,
            _ if c.is_ascii_alphanumeric() => return Err(self.scanner.error(&format!("bad escape \\{c}"), 2)),
            _ => Escape::Literal(u32::from(c)),
        })
    }

    fn hexadecimal(&mut self, c: char, count: usize) -> Result<Escape, Error> {
        let digits = self.scanner.take_while(count, |c| c.is_ascii_hexdigit())?;
        let back = digits.len() + 2;
        if digits.len() != count {
            return Err(self.scanner.error(&format!("incomplete escape \\{c}{digits}"), back));
        }
        match u32::from_str_radix(&digits, 16) {
            Ok(code) if code <= u32::from(char::MAX) => Ok(Escape::Literal(code)),
            _ => Err(self.scanner.error(&format!("bad escape \\{c}{digits}"), back)),
        }
    }

    fn named_character(&mut self) -> Result<Escape, Error> {
        if !self.scanner.eat('{')? {
            return Err(self.scanner.error("missing {", 0));
        }
        let name = self.scanner.take_until('}', "character name")?;
        let character = unicode_names2::character(&name).map(|c| Escape::Literal(u32::from(c)));
        character.ok_or_else(|| {
            let back = name.chars().count() + r"\N{}".len();
            self.scanner.error(&format!("undefined character name {}", quote(&name)), back)
        })
    }

    /// `\1` to `\99` are groups; three octal digits are a character.
    fn group_or_octal(&mut self, c: char) -> Result<Escape, Error> {
        let mut digits = String::from(c);
        if let Some(Token::Plain(second @ '0'..='9')) = self.scanner.peek() {
            digits.push(second);
            self.scanner.take()?;
            if is_octal(c)
                && is_octal(second)
                && let Some(Token::Plain(third @ '0'..='7')) = self.scanner.peek()
            {
                digits.push(third);
                self.scanner.take()?;
                return self.octal(&digits);
            }
        }
        let group = digits.parse().unwrap_or(usize::MAX);
        if group >= self.group_count() {
            return Err(self.scanner.error(&format!("invalid group reference {group}"), digits.len()));
        }
        if self.is_open(group) {
            return Err(self.scanner.error("cannot refer to an open group", digits.len() + 1));
        }
        self.check_look_behind(group)?;
        Ok(Escape::Group(group))
    }

    fn octal(&self, digits: &str) -> Result<Escape, Error> {
        match u32::from_str_radix(digits, 8) {
            Ok(code) if code <= 0o377 => Ok(Escape::Literal(code)),
            _ => {
                let message = format!("octal escape value \\{digits} outside of range 0-0o377");
                Err(self.scanner.error(&message, digits.len() + 1))
            }
        }
    }
}

fn is_octal(c: char) -> bool {
    matches!(c, '0'..='7')
}
