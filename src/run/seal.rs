//! The pipeline of `covmerge seal`: fragments and seals in, one seal out.

use std::io::Write;
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::error::Error;
use super::sealed::analysis;
use super::spare;
use super::stage::{Tick, absent, on_threads};
use crate::model::arcs::ArcSet;
use crate::model::fragment::{Fragment, Outcome};
use crate::model::kind::Kind;
use crate::model::local_time::LocalTime;
use crate::model::output::{Format, Place, Request};
use crate::model::path::{SourcePath, is_absolute};
use crate::model::report::Report;
use crate::model::seal::{File, Job, Rules, Seal, Sealing, Section, Selectable, Source};
use crate::model::settings::{self, Settings};
use crate::model::status::Status;
use crate::model::study::withhold;
use crate::model::tool::Tool;
use crate::model::trace::{FileTrace, Trace};
use crate::model::warning::Warning;
use crate::model::words::{counted, hex};
use crate::paths::{Mapper, Mappers};
use crate::sources::{self, Sources};
use crate::{analyse, discover, gate, merge, publish, read, seal, tally, testlog};

/// The seal as an output.
const FORMAT: Format = Format::new("seal", None);

/// The result of sealing.
#[derive(Debug)]
pub struct Sealed {
    /// The fragments sealed, the warnings, and the reasons why the data is incomplete.
    pub report: Report,
    /// The number of files, but for those that only fragments in seals name.
    pub files: usize,
    /// The number of those that no fragment names.
    pub unmeasured: usize,
    /// The number of seals that were sealed again.
    pub seals: usize,
    /// The number of those that were too old.
    pub too_old_seals: usize,
    /// The output: the seal.
    pub published: publish::Published,
    /// The exit status of the process.
    pub status: Status,
}

/// Seals what is there. `local` is the time that the clock of this machine shows; `tick` is called from any thread.
///
/// # Errors
/// As those of a run. A job is described, but only seals are there: each has its own job.
pub fn seal(
    settings: &Settings,
    sealing: &Sealing,
    local: LocalTime,
    stdout: &mut (dyn Write + Send),
    tick: &(dyn Fn(Tick) + Sync),
) -> Result<Sealed, Error> {
    on_threads(settings, || pipeline(settings, sealing, local, stdout, tick))?
}

fn pipeline(
    settings: &Settings,
    sealing: &Sealing,
    local: LocalTime,
    stdout: &mut dyn Write,
    tick: &(dyn Fn(Tick) + Sync),
) -> Result<Sealed, Error> {
    let step = || tick(Tick::Step);
    let cwd = &settings.discover.cwd;
    let request = |path: PathBuf| vec![Request { format: &FORMAT, place: place(path) }];
    let plan = sealing.output.clone().map(|path| publish::plan(request(path), cwd, false)).transpose()?;
    let targets = plan.as_ref().map(publish::Plan::targets).unwrap_or_default();
    plan.iter().try_for_each(|plan| spare::settings(plan, settings))?;
    let mappers = Mappers::new(&settings.paths, &settings.common, &settings.parts)?;
    let mapper = mappers.run();

    tick(Tick::Stage("discover", 0));
    let found = discover::fragments(&settings.discover, &targets, &read::classify)?;

    tick(Tick::Stage("merge", found.fragments.len()));
    let absent = found.unmatched.iter().map(absent).collect();
    let parts = &found.parts;
    let input =
        merge::Input { found: &found.fragments, parts, absent, cwd, expect: settings.common.expect, now: local };
    let merged = mappers.checked(merge::merge(input, &settings.merge, &mappers, &step))??;
    let merge::Merged { trace, fragments, there, mut incomplete, shown, warnings, declares_branches, .. } = merged;
    plan.iter().try_for_each(|plan| spare::sources(plan, &trace, settings))?;
    incomplete.extend(gate::lacking(&found.places, settings.manifest.as_ref(), &there));
    incomplete.extend(testlog::lacking(&settings.test_logs, cwd));
    let mut doubts = gate::doubts(&found.places, &there, &[], &[]);
    let is_odd = !incomplete.is_empty() || !doubts.is_empty();
    doubts.extend(gate::nameless_seal(&fragments));
    let mut warnings: Vec<Warning> =
        settings.warnings.iter().cloned().chain(found.warnings).chain(warnings).chain(doubts).collect();

    let mut all: Vec<(PathBuf, Seal)> = merged.again;
    let again = all.len();
    let files = trace.measured().count();
    let only_seals = fragments.iter().all(|fragment| fragment.sealed_in.is_some());
    // With `--source` there may be files to find and to seal.
    let is_idle = |option: &&&str| files == 0 || !matches!(**option, "--root" | "--with-sources");
    if let (true, Some(option)) = (only_seals, sealing.of_fragments.iter().find(is_idle)) {
        return Err(Error::OnlySeals { option, seals: again });
    }
    // The data of seals may be incomplete, too: then a section without files says so. Its files are those that `source` names.
    if !fragments.is_empty() || is_odd || files > 0 {
        tick(Tick::Stage("analyse", files));
        let analysis = analysis(&settings.analysis, merged.rules.into_iter().next().flatten());
        let rules = analyse::Rules::new(&analysis)?;
        let studying = Studying {
            rules: &rules,
            sources: Sources::new(&settings.common.root)
                .allowing(settings.common.outside.clone())
                .within(settings.analysis.limits),
            // Where no fragment has data, that of the other jobs may have branches.
            kind: if trace.branches || !measures_statements(&fragments) { Kind::Branches } else { Kind::Statements },
            with_sources: sealing.with_sources,
            top: settings.common.top.as_deref(),
        };
        let (sources, files) = studied(&trace, &studying, mapper, &mut warnings, &step);
        let (files, expected): (Vec<File>, Vec<ArcSet>) = files.into_iter().unzip();
        let traces: Vec<(&FileTrace, &ArcSet)> = trace.measured().map(|(_, file)| file).zip(&expected).collect();
        // The run that merges the seal warns of these itself.
        let max_age = settings.merge.max_age;
        let of_fragments: Vec<Warning> = fragments
            .iter()
            .flat_map(merge::of_fragment)
            .chain(merge::of_age(&fragments, max_age))
            .chain(merge::of_runs(&fragments, local))
            .chain(gate::nameless_seal(&fragments))
            .collect();
        let section = Section {
            version: env!("CARGO_PKG_VERSION").into(),
            job: match (only_seals, files.is_empty()) {
                (false, _) => sealing.job.clone(),
                // That of a job that only seals seals is not theirs. Its sources are of its commit.
                (true, true) => Job::default(),
                (true, false) => {
                    Job { commit: sealing.job.commit.clone(), run: sealing.job.run.clone(), ..Job::default() }
                }
            },
            place: mappers.place().map(str::to_owned),
            rules: rules_of(&analysis),
            contexts: selectable(&fragments),
            max_age,
            declares_branches,
            incomplete: incomplete.iter().filter(|why| !shown.contains(why)).cloned().collect(),
            warnings: warnings.iter().filter(|warning| !of_fragments.contains(warning)).cloned().collect(),
            fragments: fragments.clone(),
            files,
            facts: seal::pack(&traces),
        };
        all.push((PathBuf::new(), Seal { sources, sections: vec![section] }));
    }
    let named_in_seals = if again > 0 { mappers.checked(merge::hold_together(&all, again, &mappers))?? } else { 0 };

    tick(Tick::Stage("write", 0));
    let bytes = seal::encode(all.iter().map(|(_, seal)| seal));
    let plan = match plan {
        Some(plan) => plan,
        None => publish::plan(request(new_name(&sealing.job, &bytes)), cwd, false)?,
    };
    let document = |_: &Request, out: &mut dyn Write| out.write_all(&bytes);
    let make = publish::Make { document: &document, site: &|_, _| Ok(()) };
    let published = publish::write(&plan, make, cwd, stdout)?;
    let status =
        if incomplete.is_empty() || settings.gate.allow_incomplete { Status::Well } else { Status::Incomplete };
    let report = Report { branches: trace.branches, fragments, incomplete, warnings, ..Report::default() };
    let (files, unmeasured) = (files - named_in_seals, trace.unmeasured.len() - named_in_seals);
    Ok(Sealed { report, files, unmeasured, seals: again, too_old_seals: merged.too_old, published, status })
}

fn place(path: PathBuf) -> Place {
    if path.as_os_str() == "-" { Place::Stdout } else { Place::File(path) }
}

/// A name that no other seal has: that of the shard, and the beginning of the digest of its bytes.
fn new_name(job: &Job, bytes: &[u8]) -> PathBuf {
    let digest = bytes.get(bytes.len().saturating_sub(6)..).map(hex).unwrap_or_default();
    let shard = job.shard.as_ref().map(|shard| {
        let safe =
            |character: char| if character.is_alphanumeric() || "-_.".contains(character) { character } else { '-' };
        let name: String = shard.name.trim_start_matches('.').chars().map(safe).collect();
        let name = if name.is_empty() { "shard".to_owned() } else { name };
        format!("{name}-{}-of-{}", shard.number, shard.of)
    });
    format!("{}-{digest}.covmerge", shard.unwrap_or_else(|| "sealed".into())).into()
}

fn rules_of(analysis: &settings::Analysis) -> Rules {
    Rules {
        python: analysis.python,
        exclude: analysis.exclude.clone(),
        partial: analysis.partial.clone(),
        own_exclusions: analysis.own_exclusions,
    }
}

/// Only coverage.py's data files hold the contexts of all facts.
fn selectable(fragments: &[Fragment]) -> Selectable {
    let merged = |fragment: &&Fragment| matches!(fragment.outcome, Outcome::Merged { .. });
    let is_data_file = |fragment: &Fragment| fragment.format == Some(Tool::COVERAGE_PY.name);
    if fragments.iter().filter(merged).all(is_data_file) { Selectable::Yes } else { Selectable::No }
}

/// A file, and the arcs that are to be expected in recordings of it.
type Expected = (File, ArcSet);

fn measures_statements(fragments: &[Fragment]) -> bool {
    fragments.iter().any(|fragment| fragment.kind == Some(Kind::Statements))
}

/// How sources are studied.
struct Studying<'a> {
    rules: &'a analyse::Rules,
    sources: Sources,
    kind: Kind,
    /// Whether their texts are sealed, too.
    with_sources: bool,
    /// The top of the work tree, if there is one.
    top: Option<&'a Path>,
}

/// A file as it is studied.
struct Studied {
    source: Option<Source>,
    /// The arcs that are to be expected in recordings of it.
    expected: ArcSet,
    /// Why its text must not be shown; empty if it may be.
    unshown: String,
    /// Why it has no source, if one is needed.
    odd: Option<String>,
    /// The same of a source that is there, or empty.
    unusable: String,
}

impl Studied {
    /// One of which the source is there.
    fn with_unusable_source(why: String) -> Self {
        Self { unusable: why.clone(), ..Self::without_source(Some(why)) }
    }

    fn without_source(odd: Option<String>) -> Self {
        Self { source: None, expected: ArcSet::new(), unshown: String::new(), odd, unusable: String::new() }
    }
}

/// The sources of all files, and these files and the arcs that are to be expected of them, in the order of the trace.
fn studied(
    trace: &Trace,
    studying: &Studying<'_>,
    mapper: &Mapper,
    warnings: &mut Vec<Warning>,
    step: &(dyn Fn() + Sync),
) -> (Vec<Source>, Vec<Expected>) {
    let measured: Vec<(&SourcePath, &FileTrace)> = trace.measured().collect();
    let of_file = |(path, file): &(&SourcePath, &FileTrace)| {
        let studied = study(path, file, studying);
        step();
        studied
    };
    let studied: Vec<Studied> = measured.par_iter().map(of_file).collect();
    let mut all: Vec<Source> = studied.iter().filter_map(|studied| studied.source.clone()).collect();
    // One text of several files is there once, with its text if it may be shown as any of them.
    all.sort_by_key(|source| (source.fingerprint, source.text.is_none()));
    all.dedup_by_key(|source| source.fingerprint);
    let real = mapper.real_names(studying.top, measured.iter().map(|(path, _)| *path));
    let files = measured.iter().zip(&studied).zip(real).map(|(((path, _), studied), real)| {
        let Studied { source, unshown, expected, unusable, .. } = studied;
        let name = mapper.display_name(path);
        let find = |source: &Source| all.binary_search_by_key(&source.fingerprint, |other| other.fingerprint).ok();
        let below_root = path.is_absolute() && !is_absolute(&name);
        let source = source.as_ref().and_then(find);
        let named = !trace.unmeasured.contains(*path);
        let (unshown, unusable) = (unshown.clone(), unusable.clone());
        (File { name, real, below_root, named, source, unshown, unusable }, expected.clone())
    });
    let files = files.collect();
    let odd = measured.iter().zip(&studied).filter_map(|((path, _), studied)| Some((path, studied.odd.as_ref()?)));
    let odd: Vec<(&&SourcePath, &String)> = odd.collect();
    if let [(path, why), rest @ ..] = odd.as_slice() {
        let more =
            if rest.is_empty() { String::new() } else { format!(", as {}", counted(rest.len() as u64, "more file")) };
        let help = "let the job read the source, or leave the file out of the reports with `omit`";
        let name = mapper.display_name(path);
        warnings.push(Warning::new(format!("`{name}` is sealed without its source: {why}{more}")).with_help(help));
    }
    (all, files)
}

/// Studies a file.
fn study(path: &SourcePath, file: &FileTrace, studying: &Studying<'_>) -> Studied {
    let Studying { rules, sources, kind, with_sources, .. } = studying;
    if !file.tracers.is_empty() && file.claims.is_empty() {
        // Only the plugin could tell its statements.
        return Studied::without_source(None);
    }
    let opened = match sources.opened(path) {
        Ok(opened) => opened,
        // Where fragments list the statements, the source is not needed.
        Err(_) if !file.claims.is_empty() && file.silent.is_none() => return Studied::without_source(None),
        Err(why @ sources::Error::NotFound { .. }) => return Studied::without_source(Some(why.to_string())),
        Err(why) => return Studied::with_unusable_source(why.to_string()),
    };
    let text = &opened.source.text;
    let mut study = match tally::study(text, rules, *kind) {
        Ok(study) => study,
        Err(why) => return Studied::with_unusable_source(why.to_string()),
    };
    let shown = sources.check(&opened, study.outline.is_ok() && file.claims.is_empty());
    let unshown = match &shown {
        Err(why @ (sources::Unshown::Outside | sources::Unshown::Private)) => why.to_string(),
        Ok(()) | Err(sources::Unshown::Unread(_)) => String::new(),
    };
    if let Err(refused) = &mut study.outline
        && !unshown.is_empty()
    {
        withhold(&mut refused.message);
    }
    let (fingerprint, packed) = (seal::fingerprint(text), seal::encode_study(&study));
    let source = Source {
        fingerprint,
        kind: *kind,
        study: packed,
        text: (shown.is_ok() && *with_sources).then(|| text.to_string()),
    };
    Studied { source: Some(source), expected: seal::expected(&study), unshown, odd: None, unusable: String::new() }
}
