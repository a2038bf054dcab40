//! The header of a section as bytes: its job, its settings, its fragments, what was odd.

use std::path::PathBuf;

use super::FORMATS;
use super::wire::{Read, Reader, Writer};
use crate::model::duration::Duration;
use crate::model::fragment::{Fragment, Outcome};
use crate::model::kind::Kind;
use crate::model::origin::{Origin, Process};
use crate::model::seal::{File, Job, Packed, Rules, Section, Selectable};
use crate::model::settings::PythonVersion;
use crate::model::shard::Shard;
use crate::model::timestamp::Timestamp;
use crate::model::tool::Tool;
use crate::model::unfinished::{Cause, Saved, Unfinished};
use crate::model::warning::Warning;

/// The header of the section.
pub(super) fn encode(section: &Section) -> Vec<u8> {
    let mut to = Writer::default();
    to.text(&section.version);
    let Job { shard, name, run, attempt, commit, status } = &section.job;
    to.option(shard.as_ref(), |to, Shard { name, number, of }| {
        to.text(name);
        to.number(u64::from(*number));
        to.number(u64::from(*of));
    });
    to.option(name.as_deref(), Writer::text);
    to.option(run.as_deref(), Writer::text);
    to.option(*attempt, Writer::number);
    to.option(commit.as_deref(), Writer::text);
    to.option(status.as_deref(), Writer::text);
    to.option(section.place.as_deref(), Writer::text);
    let Rules { python, exclude, partial, own_exclusions } = &section.rules;
    to.byte(python.minor);
    to.texts(exclude);
    to.texts(partial);
    to.flag(*own_exclusions);
    to.option(section.max_age.map(Duration::seconds), Writer::number);
    to.flag(section.declares_branches);
    to.flag(section.contexts == Selectable::Yes);
    to.texts(&section.incomplete);
    write_warnings(&mut to, &section.warnings);
    to.list(section.fragments.iter(), write_fragment);
    to.0.extend_from_slice(&section.facts.digest);
    to.0
}

/// The section of that header, with these files and facts.
pub(super) fn decode(from: &mut Reader<'_>, files: Vec<File>, facts: Packed) -> Read<Section> {
    Ok(Section {
        version: from.string()?,
        job: Job {
            shard: from.option(read_shard)?,
            name: from.option(Reader::string)?,
            run: from.option(Reader::string)?,
            attempt: from.option(Reader::number)?,
            commit: from.option(Reader::string)?,
            status: from.option(Reader::string)?,
        },
        place: from.option(Reader::string)?,
        rules: Rules {
            python: read_python(from)?,
            exclude: from.strings()?,
            partial: from.strings()?,
            own_exclusions: from.flag()?,
        },
        max_age: from.option(Reader::number)?.and_then(Duration::new),
        declares_branches: from.flag()?,
        contexts: if from.flag()? { Selectable::Yes } else { Selectable::No },
        incomplete: from.strings()?,
        warnings: read_warnings(from)?,
        fragments: from.list(read_fragment)?,
        files,
        facts: Packed { digest: from.array()?, ..facts },
    })
}

fn read_shard(from: &mut Reader<'_>) -> Read<Shard> {
    let shard = Shard { name: from.string()?, number: from.fitting()?, of: from.fitting()? };
    if (1..=shard.of).contains(&shard.number) && shard.of <= Shard::MOST {
        Ok(shard)
    } else {
        from.fault(format!("there is no {shard}"))
    }
}

fn read_python(from: &mut Reader<'_>) -> Read<PythonVersion> {
    let python = PythonVersion { minor: from.byte()? };
    if (PythonVersion::OLDEST..=PythonVersion::NEWEST).contains(&python) {
        Ok(python)
    } else {
        from.fault(format!("the rules of Python {python} are not known"))
    }
}

fn write_warnings(to: &mut Writer, warnings: &[Warning]) {
    to.list(warnings.iter(), |to, Warning { text, help }| {
        to.text(text);
        to.option(help.as_deref(), Writer::text);
    });
}

fn read_warnings(from: &mut Reader<'_>) -> Read<Vec<Warning>> {
    from.list(|from| Ok(Warning { text: from.string()?, help: from.option(Reader::string)? }))
}

fn write_fragment(to: &mut Writer, fragment: &Fragment) {
    let Fragment {
        path,
        part: _,
        format,
        tool: _,
        producer,
        kind,
        bytes,
        modified,
        incomplete,
        origin,
        unfinished,
        digest,
        sealed_in: _,
        outcome,
        warnings,
    } = fragment;
    to.text(&path.to_string_lossy());
    let format = format.and_then(|format| FORMATS.iter().position(|known| *known == format));
    to.length(format.map_or(0, |at| at + 1));
    to.text(producer);
    to.byte(match kind {
        None => 0,
        Some(Kind::Statements) => 1,
        Some(Kind::Branches) => 2,
    });
    to.number(*bytes);
    to.option(*modified, |to, time| to.signed(time.micros()));
    to.option(incomplete.as_deref(), Writer::text);
    to.texts(&origin.command);
    to.option(origin.when.as_deref(), Writer::text);
    to.option(origin.process.as_ref(), |to, Process { host, id }| {
        to.text(host);
        to.number(*id);
    });
    to.option(unfinished.as_ref(), |to, Unfinished { cause, why, saved }| {
        to.length(Cause::ALL.iter().position(|other| other == cause).unwrap_or_default());
        to.text(why);
        to.option(*saved, |to, Saved { files, lines }| {
            to.number(files);
            to.number(lines);
        });
    });
    to.option(digest.as_ref(), |to, digest| to.0.extend_from_slice(digest));
    match outcome {
        Outcome::Merged { files } => {
            to.byte(0);
            to.number(*files);
        }
        Outcome::Duplicate { of } => {
            to.byte(1);
            to.text(&of.to_string_lossy());
        }
        Outcome::Rejected { why, help } => {
            to.byte(2);
            to.text(why);
            to.option(help.as_deref(), Writer::text);
        }
        Outcome::TooOld => to.byte(3),
    }
    write_warnings(to, warnings);
}

fn read_fragment(from: &mut Reader<'_>) -> Read<Fragment> {
    let path = PathBuf::from(from.text()?);
    let number: usize = from.fitting()?;
    let format = match number.checked_sub(1).map(|at| FORMATS.get(at)) {
        None => None,
        Some(Some(format)) => Some(*format),
        Some(None) => return from.fault(format!("{number} is not a format of fragments")),
    };
    Ok(Fragment {
        part: None,
        path,
        format,
        tool: format.and_then(|format| Tool::named(format.trim_end_matches("-json"))),
        producer: from.string()?,
        kind: match from.byte()? {
            0 => None,
            1 => Some(Kind::Statements),
            2 => Some(Kind::Branches),
            other => return from.fault(format!("{other} is not a kind of measurement")),
        },
        bytes: from.number()?,
        modified: from.option(|from| from.signed().map(Timestamp::from_micros))?,
        incomplete: from.option(Reader::string)?,
        origin: Origin {
            command: from.strings()?,
            when: from.option(Reader::string)?,
            process: from.option(|from| Ok(Process { host: from.string()?, id: from.number()? }))?,
        },
        unfinished: from.option(read_unfinished)?,
        digest: from.option(Reader::array)?,
        sealed_in: None,
        outcome: match from.byte()? {
            0 => Outcome::Merged { files: from.number()? },
            1 => Outcome::Duplicate { of: from.text()?.into() },
            2 => Outcome::Rejected { why: from.string()?, help: from.option(Reader::string)? },
            3 => Outcome::TooOld,
            other => return from.fault(format!("{other} is not an outcome")),
        },
        warnings: read_warnings(from)?,
    })
}

fn read_unfinished(from: &mut Reader<'_>) -> Read<Unfinished> {
    let number: usize = from.fitting()?;
    let Some(cause) = Cause::ALL.get(number) else { return from.fault(format!("{number} is not a cause")) };
    let (why, saved) =
        (from.string()?, from.option(|from| Ok(Saved { files: from.number()?, lines: from.number()? }))?);
    Ok(Unfinished { cause: *cause, why, saved })
}

/// The names of the section's files, each with its source by its index.
pub(super) fn encode_files(files: &[File]) -> Vec<u8> {
    let mut to = Writer::default();
    to.list(files.iter(), |to, File { name, real, below_root, named, source, unshown, unusable }| {
        to.text(name);
        to.text(real);
        to.flag(*below_root);
        to.flag(*named);
        to.length(source.map_or(0, |at| at + 1));
        to.text(unshown);
        to.text(unusable);
    });
    to.0
}

/// The files that [`encode_files`] wrote, of a seal of so many sources.
pub(super) fn decode_files(from: &mut Reader<'_>, sources: usize) -> Read<Vec<File>> {
    from.list(|from| {
        let (name, real, below_root, named) = (from.string()?, from.string()?, from.flag()?, from.flag()?);
        let number: usize = from.fitting()?;
        if number > sources {
            return from.fault(format!("there is no source {number}"));
        }
        let (source, unshown, unusable) = (number.checked_sub(1), from.string()?, from.string()?);
        Ok(File { name, real, below_root, named, source, unshown, unusable })
    })
}
