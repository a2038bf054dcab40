//! The kinds of options: how each is declared to clap, and how its value is read from a flag, from covmerge's settings and from coverage.py's.

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Arg, ArgAction, ArgMatches};

use super::coverage::Options;
use super::entry::{self, Entry};
use super::{Error, values};

/// The place of an option in coverage.py's settings: its section and name.
pub(super) type Home = (&'static str, &'static str);

type Declare = Box<dyn Fn(Arg) -> Arg>;
type Line<T> = Box<dyn Fn(&ArgMatches, &str) -> Option<T>>;
type File<T> = Box<dyn Fn(&Entry<'_>) -> Result<T, Error>>;
type Coverage<T> = fn(&Options, Home) -> Result<Option<T>, Error>;

/// A kind of option.
pub(super) struct Form<T> {
    /// Declares the option's values to clap.
    pub(super) declare: Declare,
    /// Its value on the command line, given its name; none where the command lacks the option.
    pub(super) line: Line<T>,
    /// Its value in covmerge's settings.
    pub(super) file: File<T>,
    /// Its value in coverage.py's settings.
    pub(super) coverage: Coverage<T>,
}

impl<T: 'static> Form<T> {
    /// The same form, for an option that coverage.py's settings may hold as well.
    pub(super) fn or_in_coverage(self, coverage: Coverage<T>) -> Self {
        Self { coverage, ..self }
    }

    /// The same form, for a value that stands behind `=` or is left out, which means `alone`.
    pub(super) fn with_optional_value(self, alone: &'static str) -> Self {
        let declare = move |argument: Arg| {
            (self.declare)(argument).num_args(0..=1).require_equals(true).default_missing_value(alone)
        };
        Self { declare: Box::new(declare), ..self }
    }

    /// The same form, for values that may begin with a hyphen.
    pub(super) fn with_hyphens(self) -> Self {
        Self { declare: Box::new(move |argument| (self.declare)(argument).allow_hyphen_values(true)), ..self }
    }
}

/// A list in coverage.py's settings.
#[expect(clippy::unnecessary_wraps, reason = "it stands beside others that may refuse a value")]
pub(super) fn listed(coverage: &Options, (section, option): Home) -> Result<Option<Vec<String>>, Error> {
    Ok(coverage.list(section, option).map(<[String]>::to_vec))
}

#[expect(clippy::unnecessary_wraps, reason = "it stands beside others that may refuse a value")]
fn nowhere<T>(_: &Options, _: Home) -> Result<Option<T>, Error> {
    Ok(None)
}

fn one<T: Clone + Send + Sync + 'static>(parser: impl TypedValueParser<Value = T>, file: File<T>) -> Form<T> {
    Form {
        declare: Box::new(move |argument| argument.value_parser(parser.clone())),
        line: Box::new(|matches, name| matches.try_get_one::<T>(name).ok().flatten().cloned()),
        file,
        coverage: nowhere,
    }
}

/// A flag, true if it is given.
pub(super) fn switch() -> Form<bool> {
    Form {
        declare: Box::new(|argument| argument.action(ArgAction::SetTrue)),
        line: Box::new(|matches, name| {
            matches.try_get_one::<bool>(name).ok().flatten().copied().filter(|given| *given)
        }),
        file: Box::new(entry::flag),
        coverage: |options, (section, option)| Ok(options.flag(section, option)),
    }
}

/// A word; in a file, a string.
pub(super) fn word<T: Clone + Send + Sync + 'static>(read: fn(&str) -> Result<T, String>) -> Form<T> {
    one(read, Box::new(move |entry| entry.word(read)))
}

/// One of a fixed set of words.
pub(super) fn choice<T: Copy + Send + Sync + 'static>(words: values::Words<T>) -> Form<T> {
    let parser = PossibleValuesParser::new(words.iter().map(|(word, _)| *word));
    let parser = parser.try_map(move |word| values::choice(words, &word).map_err(std::io::Error::other));
    one(parser, Box::new(move |entry| entry.word(|text| values::choice(words, text))))
}

/// A number; in a file, a whole number.
pub(super) fn number<T: Clone + Send + Sync + 'static>(read: fn(&str) -> Result<T, String>) -> Form<T> {
    one(read, Box::new(move |entry| entry.whole(read))).with_hyphenated_numbers()
}

/// A percentage.
pub(super) fn percent() -> Form<f64> {
    one(values::percent, Box::new(entry::percent)).with_hyphenated_numbers()
}

impl<T: 'static> Form<T> {
    fn with_hyphenated_numbers(self) -> Self {
        Self { declare: Box::new(move |argument| (self.declare)(argument).allow_negative_numbers(true)), ..self }
    }
}

/// Several values: a flag may be repeated, and each of its arguments holds one or more values; `file` reads them from a file.
pub(super) fn list<T: Clone + Send + Sync + 'static>(
    read: fn(&str) -> Result<Vec<T>, String>,
    file: fn(&Entry<'_>) -> Result<Vec<T>, Error>,
) -> Form<Vec<T>> {
    Form {
        declare: Box::new(move |argument| argument.action(ArgAction::Append).value_parser(read)),
        line: Box::new(|matches, name| {
            let values = matches.try_get_many::<Vec<T>>(name).ok().flatten()?.flatten().cloned().collect::<Vec<T>>();
            Some(values).filter(|values| !values.is_empty())
        }),
        file: Box::new(file),
        coverage: nowhere,
    }
}

/// An option that only a file can hold.
pub(super) fn of_files<T: 'static>(file: fn(&Entry<'_>) -> Result<T, Error>) -> Form<T> {
    Form {
        declare: Box::new(|argument| argument),
        line: Box::new(|_, _| None),
        file: Box::new(file),
        coverage: nowhere,
    }
}
