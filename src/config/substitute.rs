//! Environment variables in the values of coverage.py's settings.
//!
//! ```text
//! $W            the variable's value, or nothing
//! ${W}          the same
//! ${W-default}  the default where the variable is not defined
//! ${W?}         an error where the variable is not defined
//! $$            a dollar sign
//! ```
//!
//! A dollar sign before anything else stands for itself. Agrees with coverage.py's `substitute_variables`.

use std::collections::BTreeMap;

use crate::python::text;

/// A variable that the text requires is not defined.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("Variable {variable} is undefined: {}", text::quote(.text))]
pub(super) struct Undefined {
    /// Its name.
    pub(super) variable: String,
    /// The whole value that names it.
    text: String,
}

/// `text` with its variables replaced by their values.
///
/// # Errors
/// The first `${W?}` of a variable that is not defined.
pub(super) fn substitute(text: &str, variables: &BTreeMap<String, String>) -> Result<String, Undefined> {
    let mut done = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('$') {
        done.push_str(before);
        let Some((reference, remainder)) = reference(after) else {
            done.push('$');
            rest = after;
            continue;
        };
        rest = remainder;
        match reference {
            Reference::Dollar => done.push('$'),
            Reference::Variable { name, otherwise } => match (variables.get(name), otherwise) {
                (Some(value), _) => done.push_str(value),
                (None, Otherwise::Text(default)) => done.push_str(default),
                (None, Otherwise::Error) => {
                    return Err(Undefined { variable: name.into(), text: text.into() });
                }
            },
        }
    }
    done.push_str(rest);
    Ok(done)
}

enum Reference<'a> {
    Dollar,
    Variable { name: &'a str, otherwise: Otherwise<'a> },
}

/// The alternative for a variable that is not defined.
enum Otherwise<'a> {
    Text(&'a str),
    Error,
}

/// The reference after a dollar sign, and the rest of the text; `None` if the dollar sign stands for itself.
fn reference(after: &str) -> Option<(Reference<'_>, &str)> {
    if let Some(rest) = after.strip_prefix('$') {
        return Some((Reference::Dollar, rest));
    }
    let Some(braced) = after.strip_prefix('{') else {
        let (name, rest) = word(after)?;
        return Some((Reference::Variable { name, otherwise: Otherwise::Text("") }, rest));
    };
    let (name, rest) = word(braced)?;
    let (otherwise, rest) = if let Some(rest) = rest.strip_prefix('}') {
        (Otherwise::Text(""), rest)
    } else if let Some(rest) = rest.strip_prefix("?}") {
        (Otherwise::Error, rest)
    } else {
        let (default, rest) = rest.strip_prefix('-')?.split_once('}')?;
        (Otherwise::Text(default), rest)
    };
    Some((Reference::Variable { name, otherwise }, rest))
}

/// The `\w+` at the beginning of `text`, and the rest.
fn word(text: &str) -> Option<(&str, &str)> {
    let end = text.find(|character: char| !character.is_alphanumeric() && character != '_').unwrap_or(text.len());
    (end > 0).then(|| text.split_at(end))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn substituted(text: &str) -> Result<String, String> {
        let variables = [("FOO", "fooey"), ("EMPTY", ""), ("B_2", "$FOO")];
        let variables = variables.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        substitute(text, &variables).map_err(|error| error.to_string())
    }

    #[test]
    fn variables_are_replaced_in_every_form() {
        // coverage.misc.substitute_variables of coverage.py
        for (text, expected) in [
            ("$FOO.dat", "fooey.dat"),
            ("x${FOO}y$NOTHING.", "xfooeyy."),
            ("${NOTHING-a default\n}|${EMPTY-x}|${FOO-x}", "a default\n||fooey"),
            ("$$FOO $ ${ ${} ${FOO ${FOO!} 5$", "$FOO $ ${ ${} ${FOO ${FOO!} 5$"),
            ("huh$${X}what", "huh${X}what"),
            ("$B_2", "$FOO"),
            ("${FOO?}", "fooey"),
        ] {
            assert_eq!(substituted(text).as_deref(), Ok(expected));
        }
    }

    #[test]
    fn a_variable_that_must_be_defined_is_named_with_the_whole_value() {
        assert_eq!(substituted("a ${NOTHING?} b"), Err("Variable NOTHING is undefined: 'a ${NOTHING?} b'".into()));
    }
}
