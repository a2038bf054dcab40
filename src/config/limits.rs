//! `[tool.covmerge.limits]`: the table of `model::limits`, read, and what the settings themselves may cost.

use super::entry::Entry;
use super::nearest::did_you_mean;
use super::toml::Value;
use super::{Error, Kind};
use crate::model::limits::{Limits, exceeded, raise};
use crate::python::re::{self, Pattern};

/// The largest number that a limit may be: other programs that read TOML or JSON know it exactly.
const LARGEST: u64 = (1 << 53) - 1;

/// Reads the table.
///
/// # Errors
/// It is not a table, has an unknown key, or holds a value that is not a whole number from 1.
pub(super) fn read(entry: &Entry<'_>) -> Result<Limits, Error> {
    let mut limits = Limits::default();
    let Value::Table(table) = &entry.item.value else { return Err(entry.wrong("expected a table of limits")) };
    for (key, item) in table {
        let entry = Entry { key: &format!("{}.{key}", entry.key), item, ..*entry };
        let names = || Limits::ROWS.iter().map(|row| row.name);
        let Some(limit) = limits.get_mut(key) else {
            let error = Error::new(format!("{} is not a known key", entry.place())).of(Kind::Key);
            return Err(match did_you_mean(key, names()) {
                Some(near) => error.with_help(format!("did you mean `{near}`?")),
                None => error.with_help(format!("the limits are {}", names().collect::<Vec<_>>().join(", "))),
            });
        };
        *limit = entry.whole(|text| {
            let number = text.parse().ok().filter(|number| (1..=LARGEST).contains(number));
            number.ok_or_else(|| format!("expected a whole number from 1 to {LARGEST}"))
        })?;
    }
    Ok(limits)
}

/// Checks that regular expressions, of the setting that `place` names after a preposition, are not too large together.
///
/// # Errors
/// They are; or the error that `refuse` makes of the first one that does not compile.
pub(super) fn check_patterns(
    sources: &[String],
    (multiline, minor): (bool, u8),
    place: &str,
    limits: Limits,
    refuse: impl Fn(&str, &re::Error) -> Error,
) -> Result<(), Error> {
    let mut sum: u64 = 0;
    for source in sources {
        let size = Pattern::size(source, multiline, minor).map_err(|error| refuse(source, &error))?;
        let most = limits.pattern_size;
        if size > most {
            return Err(large(&format!("the pattern `{}` {place} is too large", re::shown(source)), most));
        }
        // Joined, they are alternatives.
        sum = sum.saturating_add(size).saturating_add(1);
        if sources.len() > 1 && sum > most {
            return Err(large(&format!("the patterns {place} are too large together"), most));
        }
    }
    Ok(())
}

fn large(message: &str, most: u64) -> Error {
    let error = re::Error::Large(most);
    Error::new(format!("{message}: {error}")).with_help(error.help())
}

/// Checks that the patterns of files of `setting`, which stands at that place if it stands in a file, are not too large together.
///
/// # Errors
/// They are.
pub(super) fn check_file_patterns(
    patterns: &[String],
    setting: &str,
    place: Option<&String>,
    limits: Limits,
) -> Result<(), Error> {
    let (name, most) = ("file-pattern-size", limits.file_pattern_size);
    let sum: u64 = patterns.iter().map(|pattern| pattern.len() as u64).sum();
    if sum <= most {
        return Ok(());
    }
    let number = crate::model::words::counted(patterns.len() as u64, "pattern");
    let message = format!("`{setting}` has {number} of files: {}", exceeded(name, most));
    let place = place.map(|place| format!(" {place}")).unwrap_or_default();
    Err(Error::new(message).with_help(format!("shorten them{place} by wildcards; or {}", raise(name))))
}
