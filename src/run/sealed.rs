//! The part of a run that seals decide: the settings of the analysis, and the texts that pages show.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

use rayon::prelude::*;

use crate::model::fragment::Fragment;
use crate::model::path::SourcePath;
use crate::model::report::Report;
use crate::model::seal::Rules;
use crate::model::settings::{Analysis, Settings};
use crate::model::study::are_of_one_outline;
use crate::model::trace::{MeantHere, Sealed, Trace};
use crate::model::warning::Warning;
use crate::model::words::counted;
use crate::paths::Mapper;
use crate::python::re;
use crate::sources::{self, Sources};
use crate::{analyse, merge, seal, tally};

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
        .map(|((own, contexts), rules)| {
            let settings = analysis(own, rules.clone());
            let own = rules.map(|_| analyse::Rules::new(own)).transpose()?;
            let rules = analyse::Rules::new(&settings)?;
            Ok(tally::Analysis { settings, rules, own, contexts_chosen: contexts.are_chosen() })
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

/// The reason why the data is incomplete: beside seals of one commit, fragments or sources of a checkout of another one count.
pub(super) fn of_another_commit(
    trace: &Trace,
    fragments: &[Fragment],
    sealed: Option<&str>,
    own: Option<&str>,
) -> Option<String> {
    let (sealed, own) = sealed.zip(own)?;
    let is_same = sealed.starts_with(own) || own.starts_with(sealed);
    let are_raw = fragments.iter().any(|fragment| fragment.counts() && fragment.sealed_in.is_none());
    let are_found = || trace.unmeasured.iter().any(|path| !trace.sealed.contains_key(path));
    let what = if are_raw { "fragments beside them" } else { "sources that `--source` finds" };
    let counts = !is_same && (are_raw || are_found());
    counts.then(|| format!("the seals are of commit `{sealed}`, and the {what} of `{own}`"))
}

/// Holds the sources in seals against those here that other fragments or `source` mean. Two texts of one outline are a warning.
///
/// # Errors
/// A file has two outlines: then its numbers would be those of neither text.
pub(super) fn held_against_checkout(
    trace: &Trace,
    analyses: &[tally::Analysis],
    mapper: &Mapper,
    sources: &Sources,
) -> Result<Vec<Warning>, merge::Error> {
    let counting = trace.sealed.par_iter().filter(|(path, _)| trace.files.contains_key(*path));
    let found = counting.filter_map(|(path, sealed)| {
        let beside = sealed.meant_here?;
        let analysis = analyses.get(trace.owner(path).map_or(0, |part| part + 1))?;
        let differs = compared(path, sealed, analysis.rules_for(path, sources), sources)?;
        Some((mapper.display_name(path), sealed, beside, differs))
    });
    let found: Vec<(String, &Sealed, MeantHere, Differs)> = found.collect();
    let mut outlines = found.iter().filter(|(_, _, _, differs)| differs.outline);
    if let Some((file, sealed, beside, differs)) = outlines.next() {
        let whose = [sealed.whose.clone(), differs.here.clone()];
        let (file, beside, more) = (file.clone(), Some(*beside), outlines.count() as u64);
        let outlines = merge::Outlines { file, beside, whose, more, are_strangers: false };
        return Err(merge::Error::Outlines(Box::new(outlines)));
    }
    Ok(found.iter().map(|(file, sealed, _, differs)| sealed.two_texts(file, &differs.here)).collect())
}

/// The source that is here, where it is another text than the sealed one.
struct Differs {
    /// The text, in words.
    here: String,
    /// Whether it has another outline, too.
    outline: bool,
}

fn compared(path: &SourcePath, sealed: &Sealed, rules: &analyse::Rules, sources: &Sources) -> Option<Differs> {
    let unusable = |why: String| {
        Some(Differs { here: format!("the text of the checkout, which cannot be used: {why}"), outline: true })
    };
    let text = match sources.open(path) {
        Ok(source) => source.text,
        Err(sources::Error::NotFound { .. }) => return None,
        Err(why) => return unusable(why.to_string()),
    };
    let fingerprint = seal::fingerprint(&text);
    if fingerprint == sealed.fingerprint {
        return None;
    }
    let here = merge::of_checkout(fingerprint, sources.looked_at(path, true).is_some());
    match tally::study(&text, rules, sealed.kind) {
        Ok(study) => {
            Some(Differs { here, outline: !are_of_one_outline((&sealed.study, sealed.kind), (&study, sealed.kind)) })
        }
        Err(why) => unusable(why.to_string()),
    }
}

/// Where the sealed sources would be, if they were here.
pub(super) fn places(trace: &Trace, mapper: &Mapper) -> BTreeSet<PathBuf> {
    trace.sealed.keys().map(|path| mapper.absolute(path)).collect()
}

/// A warning if the texts of some files are not there, from which LCOV has checksums of lines.
pub(super) fn without_checksums(
    report: &Report,
    text: &dyn Fn(&SourcePath) -> Result<Arc<str>, String>,
) -> Option<Warning> {
    let with_lines = report.files.iter().filter(|(_, file)| file.totals.statements > 0);
    let mut without = with_lines.filter_map(|(path, file)| Some((&file.name, text(path).err()?)));
    let (first, why) = without.next()?;
    let more = match without.count() as u64 {
        0 => String::new(),
        more => format!(" and of {}", counted(more, "more file")),
    };
    let text = format!("LCOV has no checksums of the lines of `{first}`{more}: {why}");
    Some(Warning::new(text).with_help("seal with `--with-sources`, report where the sources are, or allow those outside of the root with `--allow-outside-root`"))
}

/// The text of a sealed source, or why it is not shown. A source that is here is shown if it is the one that was sealed.
pub(super) fn text(sealed: &Sealed, path: &SourcePath, sources: &Sources) -> Result<Arc<str>, String> {
    if !sealed.unshown.is_empty() {
        return Err(sealed.unshown.clone());
    }
    if let Some(text) = &sealed.text {
        return Ok(text.as_str().into());
    }
    match sources.shown(path, sealed.study.outline.is_ok()) {
        Ok(text) if seal::fingerprint(&text) == sealed.fingerprint => Ok(text),
        Err(why @ sources::Unshown::Outside) => Err(why.to_string()),
        _ => Err("its seal was made without `--with-sources`, and holds no text".into()),
    }
}
