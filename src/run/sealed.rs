//! The part of a run that seals decide: the settings of the analysis, and the texts that pages show.

use std::collections::BTreeSet;
use std::path::PathBuf;

use crate::model::path::SourcePath;
use crate::model::seal::Rules;
use crate::model::settings::{Analysis, Settings};
use crate::model::trace::{Sealed, Trace};
use crate::paths::Mapper;
use crate::python::re;
use crate::sources::Sources;
use crate::{analyse, seal, tally};

/// How files are analysed that belong to no part, and then those of each part.
///
/// # Errors
/// The patterns that exclude lines do not compile together.
pub(super) fn analyses(settings: &Settings, rules: Vec<Option<Rules>>) -> Result<Vec<tally::Analysis>, re::Error> {
    let of_parts = settings.parts.iter().map(|part| &part.analysis);
    let contexts = settings.merge.parts.iter().map(|part| &part.contexts);
    let contexts = std::iter::once(&settings.merge.contexts).chain(contexts);
    let groups = std::iter::once(&settings.analysis).chain(of_parts).zip(contexts).zip(rules);
    groups
        .map(|((settings, contexts), rules)| {
            let settings = analysis(settings, rules);
            let rules = analyse::Rules::new(&settings)?;
            Ok(tally::Analysis { settings, rules, contexts_chosen: contexts.are_chosen() })
        })
        .collect()
}

/// The settings of the analysis; those that decide numbers are those of the seals, if there are any.
pub(super) fn analysis(settings: &Analysis, rules: Option<Rules>) -> Analysis {
    match rules {
        Some(Rules { python, exclude, partial, own_exclusions }) => {
            Analysis { python, exclude, own_exclusions, partial, ..settings.clone() }
        }
        None => settings.clone(),
    }
}

/// Where the sealed sources would be, if they were here.
pub(super) fn places(trace: &Trace, mapper: &Mapper) -> BTreeSet<PathBuf> {
    trace.sealed.keys().map(|path| mapper.absolute(path)).collect()
}

/// The text of a sealed source, or why it is not shown. A source that is here is shown if it is the one that was sealed.
pub(super) fn text(sealed: &Sealed, path: &SourcePath, sources: &Sources) -> Result<String, String> {
    if !sealed.unshown.is_empty() {
        return Err(sealed.unshown.clone());
    }
    if let Some(text) = &sealed.text {
        return Ok(text.clone());
    }
    let own = sources.shown(path, sealed.study.outline.is_ok()).ok();
    own.filter(|text| seal::fingerprint(text) == sealed.fingerprint)
        .ok_or_else(|| "its seal was made without `--with-sources`, and holds no text".into())
}
