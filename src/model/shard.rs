//! Shards: the jobs that a suite of tests is split into.

use std::fmt;

/// One of the shards of a suite.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Shard {
    /// The name of the suite; empty if it has none.
    pub name: String,
    /// The number of the shard, from 1.
    pub number: u32,
    /// How many shards there are.
    pub of: u32,
}

impl Shard {
    /// So many shards may a suite have.
    pub const MOST: u32 = 100_000;

    /// Reads `3/12` or `NAME:3/12`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (name, numbers) = text.rsplit_once(':').unwrap_or(("", text));
        let (number, of) = numbers.split_once('/')?;
        let whole = |text: &str| {
            let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
            text.parse::<u32>().ok().filter(|_| digits)
        };
        let (number, of) = (whole(number)?, whole(of)?);
        let named = !text.starts_with(':') && !name.chars().any(char::is_control);
        (named && (1..=of).contains(&number) && of <= Self::MOST).then(|| Self { name: name.into(), number, of })
    }
}

impl fmt::Display for Shard {
    /// As in "shard 3 of 12 of `unit`".
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "shard {} of {}", self.number, self.of)?;
        if self.name.is_empty() { Ok(()) } else { write!(f, " of `{}`", self.name) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shard_is_a_number_of_how_many_with_or_without_a_name() {
        let shard = |name: &str, number, of| Some(Shard { name: name.into(), number, of });
        assert_eq!(Shard::parse("3/12"), shard("", 3, 12));
        assert_eq!(Shard::parse("unit:3/12"), shard("unit", 3, 12));
        assert_eq!(Shard::parse("py:3.12:1/1"), shard("py:3.12", 1, 1));
        for text in ["", "3", "0/12", "13/12", "3/", "/3", "+3/12", "a/b", ":3/12", "a\n:1/2", "1/100001", "3/12/4"] {
            assert_eq!(Shard::parse(text), None, "{text}");
        }
    }
}
