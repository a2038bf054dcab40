//! `covmerge inspect`: the contents of fragments.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use rayon::prelude::*;
use sha2::{Digest, Sha256};

use crate::merge::{self, Reading, Surroundings};
use crate::model::seal::{Job, Seal, Section};
use crate::model::trace::Recording;
use crate::model::unfinished::{Ending, Unfinished};
use crate::model::words::grouped;
use crate::packed::Archives;
use crate::python::text::printable::neutralised;
use crate::read;

/// The description of each fragment, in the order given, and whether all of them could be read. Relative paths start at `cwd`.
#[must_use]
pub fn inspect(fragments: &[PathBuf], cwd: &Path) -> (String, bool) {
    let archives = Archives::default();
    let said: Vec<(String, bool)> = fragments.par_iter().map(|path| one(path, cwd, &archives)).collect();
    let well = said.iter().all(|(_, well)| *well);
    let texts: Vec<String> = said.into_iter().map(|(text, _)| text).collect();
    (texts.join("\n"), well)
}

fn one(path: &Path, cwd: &Path, archives: &Archives) -> (String, bool) {
    let mut text = format!("{}\n", neutralised(&path.to_string_lossy()));
    let bytes = match merge::load_any(&cwd.join(path), archives) {
        Ok(bytes) => bytes,
        Err(error) => {
            _ = writeln!(text, "  cannot be read: {error}\n  help: {}", merge::unloaded(&error));
            return (text, false);
        }
    };
    row(&mut text, "size", &format!("{} bytes", grouped(bytes.len() as u64)));
    let digest = Sha256::digest(&bytes);
    row(&mut text, "sha256", &digest.iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}")));
    let keep = read::Contexts { keep: true, ..read::Contexts::default() };
    let format = read::format_of(path, &bytes);
    let around = format.as_ref().map(|format| Surroundings::of(format, &cwd.join(path), archives)).unwrap_or_default();
    if let Ok(format) = &format {
        row(&mut text, "format", format.name);
    }
    let is_open_name = around.is_open_name;
    // A report is made from the data of other processes.
    let time = if format.as_ref().is_ok_and(|format| format.signs.is_none()) { "made" } else { "begun" };
    match merge::read_in(around, format, &bytes, &keep) {
        Ok(Reading { recording, unfinished }) => {
            if unfinished.as_ref().is_none_or(|unfinished| unfinished.saved.is_some()) {
                describe(&mut text, &recording);
            }
            if let Some(command) = recording.origin.command_line() {
                row(&mut text, "command", &command);
            }
            if let Some(when) = &recording.origin.when {
                row(&mut text, time, when);
            }
            // The digest of a seal shows that it is whole.
            if recording.sealed.is_none() {
                row(&mut text, "finished", &finished(&recording, unfinished.as_ref(), is_open_name));
            }
            (text, unfinished.is_none())
        }
        Err(error) => {
            _ = writeln!(text, "  cannot be read: {}", neutralised(&error.to_string()));
            if let Some(help) = error.help {
                _ = writeln!(text, "  help: {help}");
            }
            (text, false)
        }
    }
}

/// Whether the fragment is finished, in words.
fn finished(recording: &Recording, unfinished: Option<&Unfinished>, is_open_name: bool) -> String {
    match (unfinished, recording.ending) {
        (Some(unfinished), _) => format!("no: {}", unfinished.why),
        (None, Ending::Finished) => "yes".into(),
        (None, Ending::Unmarked) => format!("not known: {} does not mark finished files", recording.producer),
        (None, Ending::Unsure) if is_open_name => {
            "not known: it lacks the mark, as does the data of a process forked from one that had saved".into()
        }
        (None, Ending::Unsure | Ending::Open) => "not known: coverage.py marks only files whose names it chose".into(),
    }
}

fn describe(text: &mut String, recording: &Recording) {
    if let Some(seal) = &recording.sealed {
        return describe_seal(text, seal);
    }
    let sum =
        |of: fn(&crate::model::trace::FileTrace) -> u64| recording.files.iter().map(|(_, file)| of(file)).sum::<u64>();
    if !recording.producer.is_empty() {
        row(text, "producer", &recording.producer);
    }
    let mode = match recording.kind {
        Some(kind) => kind.name(),
        None if recording.declares_branches => "branch, but it holds no measurements",
        None => "none: it holds no measurements",
    };
    row(text, "mode", mode);
    row(text, "files", &grouped(recording.files.len() as u64));
    row(text, "lines run", &grouped(sum(|file| file.executed().len())));
    let arcs = sum(|file| file.arcs.len() as u64);
    if arcs > 0 {
        row(text, "arcs run", &grouped(arcs));
    }
    let claimed = sum(|file| file.claims.values().map(|claims| claims.statements.len()).sum());
    if claimed > 0 {
        row(text, "statements", &format!("{}, as listed by the fragment", grouped(claimed)));
    }
    let contexts: std::collections::BTreeSet<&str> = recording
        .files
        .iter()
        .flat_map(|(_, file)| file.contexts.keys())
        .map(crate::model::trace::Context::as_str)
        .filter(|name| !name.is_empty())
        .collect();
    if !contexts.is_empty() {
        row(text, "contexts", &grouped(contexts.len() as u64));
    }
    let plugins: std::collections::BTreeSet<&str> =
        recording.files.iter().flat_map(|(_, file)| file.tracers.iter()).map(|name| &**name).collect();
    for plugin in plugins {
        row(text, "plugin", plugin);
    }
    if let Some(why) = &recording.incomplete {
        row(text, "incomplete", why);
    }
    for odd in &recording.warnings {
        row(text, "odd", &odd.text);
    }
}

fn describe_seal(text: &mut String, seal: &Seal) {
    let has_texts = seal.sources.iter().any(|source| source.text.is_some());
    row(
        text,
        "sources",
        &format!("{}, {} texts", grouped(seal.sources.len() as u64), if has_texts { "with" } else { "without" }),
    );
    for Section { version, job, place, rules, fragments, incomplete, warnings, files, .. } in &seal.sections {
        let Job { shard, name, run, attempt, commit, status } = job;
        _ = writeln!(text, "  section");
        for (name, value) in [
            ("shard", shard.as_ref().map(|shard| shard.to_string().trim_start_matches("shard ").to_owned())),
            ("job", name.clone()),
            ("attempt", attempt.map(|attempt| attempt.to_string())),
            ("run", run.clone()),
            ("commit", commit.clone()),
            ("status", status.clone()),
            ("root", place.as_ref().map(|place| if place.is_empty() { ".".into() } else { place.clone() })),
            ("fragments", Some(grouped(fragments.len() as u64))),
            ("files", Some(grouped(files.len() as u64))),
            ("python", Some(rules.python.to_string())),
            ("covmerge", Some(version.clone())),
        ] {
            if let Some(value) = value {
                row(text, &format!("  {name:<10}"), &value);
            }
        }
        for why in incomplete {
            row(text, "  incomplete", why);
        }
        for odd in warnings {
            row(text, "  odd       ", &odd.text);
        }
    }
}

fn row(text: &mut String, name: &str, value: &str) {
    _ = writeln!(text, "  {name:<10} {}", neutralised(value));
}
