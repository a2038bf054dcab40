//! The settings that decide numbers, which come with the seals: all seals of a run have the same, and the run sets no others.

use super::error::Error;
use super::section::Of;
use crate::model::seal::Rules;
use crate::model::settings::{EXCLUSIONS, OwnRules, PARTIAL, UnfinishedFragments};

/// The settings of all sections, which must be the same, and those of the run, too. Where not one file is sealed, they decide nothing.
pub(super) fn agreed_rules(sections: &[Of<'_>], own: &OwnRules) -> Result<Option<Rules>, Error> {
    let mut deciding = sections.iter().filter(|of| !of.section.files.is_empty());
    let Some(first) = deciding.next() else { return Ok(None) };
    let mut agreed = first.section.rules.clone();
    for of in deciding {
        let Rules { python, exclude, partial, own_exclusions } = &of.section.rules;
        let theirs = OwnRules {
            python: Some(*python),
            exclude: Some(exclude.clone()),
            partial: Some(partial.clone()),
            written: Vec::new(),
            unfinished_fragments: None,
        };
        agree(&agreed, &first.name(), &theirs, &of.name())?;
        agreed.own_exclusions |= own_exclusions;
    }
    agree(&agreed, &first.name(), own, "the settings of this run")?;
    if own.unfinished_fragments == Some(UnfinishedFragments::Fail) {
        all_finished(sections)?;
    }
    Ok(Some(agreed))
}

/// Checks that no fragment counts that was never finished: the sealing job may have decided so.
fn all_finished(sections: &[Of<'_>]) -> Result<(), Error> {
    let unfinished = |of: &Of<'_>| {
        let fragment = of.section.fragments.iter().find(|fragment| fragment.counts_unfinished())?;
        Some((of.name(), fragment.path.display().to_string()))
    };
    let Some((seal, fragment)) = sections.iter().find_map(unfinished) else { return Ok(()) };
    Err(Error::Settings(format!(
        "`unfinished-fragments` is `merge` in {seal}, which counts the unfinished `{fragment}`, and `fail` in the settings of this run"
    )))
}

/// Checks that the rules of `whose` are those of `theirs`, as far as these are set.
fn agree(rules: &Rules, whose: &str, others: &OwnRules, theirs: &str) -> Result<(), Error> {
    if let Some(python) = others.python.filter(|python| *python != rules.python) {
        let text = format!("`python-version` is {} in {whose} and {python} in {theirs}", rules.python);
        return Err(Error::Settings(text));
    }
    for (settings, ours, others_own) in
        [(&EXCLUSIONS[..], &rules.exclude, &others.exclude), (&PARTIAL, &rules.partial, &others.partial)]
    {
        let Some(others_own) = others_own else { continue };
        let lacks = |one: &[String], pattern: &&String| !one.contains(pattern);
        let (only, with, without) = match ours.iter().find(|pattern| lacks(others_own, pattern)) {
            Some(only) => (Some(only), whose, theirs),
            None => (others_own.iter().find(|pattern| lacks(ours, pattern)), theirs, whose),
        };
        if let Some(only) = only {
            // Seals hold the patterns of these settings together.
            let written: Vec<&str> = settings.iter().copied().filter(|one| others.written.contains(one)).collect();
            let setting = if written.is_empty() { settings } else { &written }.join("` or `");
            return Err(Error::Settings(format!(
                "`{setting}` has the pattern `{only}` in {with}, but not in {without}"
            )));
        }
    }
    Ok(())
}
