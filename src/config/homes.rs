//! The values in coverage.py's settings of options that covmerge has as well. Errors have coverage.py's wording.

use super::coverage::Options;
use super::form::Home;
use super::{Error, values};
use crate::model::settings::{Alias, AliasBy, Sort};
use crate::python::text;

/// The aliases of `[paths]`.
pub(super) fn aliases(coverage: &Options, _: Home) -> Result<Option<Vec<Alias>>, Error> {
    let mut aliases = Vec::new();
    for (entry, locations) in &coverage.paths {
        let origin = format!("[paths] {entry}");
        let Some((result, patterns)) = locations.split_first() else {
            let message = format!("`{origin}` in {} has no location", coverage.place());
            return Err(Error::new(message).with_help(
                "list the directory of the sources first, then the directories in which they were measured",
            ));
        };
        for pattern in patterns {
            values::check_alias(pattern, result).map_err(|why| {
                let help =
                    "the first path is the directory of the sources, the others are patterns that end with a directory name";
                Error::new(why).with_help(format!("correct `{origin}` in {}: {help}", coverage.place()))
            })?;
            aliases.push(Alias {
                origin: origin.clone(),
                by: AliasBy::CoveragePy,
                pattern: pattern.clone(),
                result: result.clone(),
            });
        }
    }
    Ok(Some(aliases))
}

/// The threshold.
pub(super) fn fail_under(coverage: &Options, (section, option): Home) -> Result<Option<f64>, Error> {
    let Some(number) = coverage.number(section, option) else { return Ok(None) };
    values::percentage(number).map(Some).map_err(|_| {
        let message = format!("fail_under={} is invalid. Must be between 0 and 100.", text::float_text(number));
        Error::new(message).with_help(format!("correct `[report] fail_under` in {}", coverage.place()))
    })
}

/// The number of decimals.
pub(super) fn precision(coverage: &Options, (section, option): Home) -> Result<Option<u32>, Error> {
    let Some(number) = coverage.integer(section, option) else { return Ok(None) };
    let wrong = |found: &str, why: &str| {
        let help = format!("correct `[report] precision` in {}", coverage.place());
        Error::new(format!("precision={found} is invalid. {why}")).with_help(help)
    };
    // Python treats True as 1 until it formats a number with it.
    if coverage.flag(section, option).is_some() {
        return Err(wrong("true or false", "Must be a whole number."));
    }
    if number < 0 {
        return Err(wrong(&number.to_string(), "Must not be negative."));
    }
    let checked = u32::try_from(number).ok().filter(|&number| number <= values::MOST_DECIMALS);
    let too_many = || wrong(&number.to_string(), &format!("Must not be above {}.", values::MOST_DECIMALS));
    checked.map(Some).ok_or_else(too_many)
}

/// The sort order of the table.
pub(super) fn sort(coverage: &Options, (section, option): Home) -> Result<Option<Sort>, Error> {
    let Some(key) = coverage.text(section, option).filter(|key| !key.is_empty()) else { return Ok(None) };
    values::sort(key).map(Some).map_err(|expected| {
        let help = format!("correct `[report] sort` in {}: {expected}", coverage.place());
        Error::new(format!("Invalid sorting option: {}", text::quote(key))).with_help(help)
    })
}

/// The patterns of contexts.
pub(super) fn contexts(coverage: &Options, (section, option): Home) -> Result<Option<Vec<String>>, Error> {
    let sources = coverage.list(section, option).unwrap_or_default();
    values::contexts(sources.iter().map(String::as_str)).map(Some).map_err(|message| {
        Error::new(message).with_help(format!("correct `[report] contexts` in {}", coverage.place()))
    })
}
