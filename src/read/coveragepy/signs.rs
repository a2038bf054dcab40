//! The signs that a data file was never finished, apart from its own content.

use super::Meta;
use crate::datafile::{Tables, journal, layout};
use crate::model::origin::{Origin, Process};
use crate::model::unfinished::Ending;
use crate::read::{Beside, Signs};

/// The signs of data files.
pub const SIGNS: Signs = Signs {
    is_open_name,
    process,
    ending,
    beside: &[
        Beside { suffix: "-journal", name: "rollback journal", is_half_of_a_write: journal::is_hot },
        Beside { suffix: "-wal", name: "write-ahead log", is_half_of_a_write: journal::holds_frames },
    ],
};

/// Whether coverage.py chose this name for a file that is not finished: it ends in `.<host>.pid<number>.X<6 characters>x`, and not in the `.H<10
/// characters>h` that a finished file has behind that from 7.13.1 on. Source: `SUFFIX_PATTERN` in coverage.py's `sqldata.py`.
fn is_open_name(name: &str) -> bool {
    process(name).is_some() && hash_cut_off(name) == name
}

/// The process in a name that coverage.py chose.
fn process(name: &str) -> Option<Process> {
    let mut parts = hash_cut_off(name).rsplit('.');
    let (random, pid, host, _) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let id = pid.strip_prefix("pid").filter(|id| id.bytes().all(|digit| digit.is_ascii_digit()))?.parse().ok()?;
    (is_random(random, ['X', 'x'], 6) && !host.is_empty()).then(|| Process { host: host.into(), id })
}

/// The name without the part that a finished file gets.
fn hash_cut_off(name: &str) -> &str {
    name.rsplit_once('.').filter(|(_, hash)| is_random(hash, ['H', 'h'], 10)).map_or(name, |(open, _)| open)
}

/// Whether the text is that number of letters, digits and `_` between the two.
fn is_random(text: &str, [first, last]: [char; 2], length: usize) -> bool {
    let is_word = |text: &str| text.chars().all(|character| character.is_alphanumeric() || character == '_');
    let random = text.strip_prefix(first).and_then(|rest| rest.strip_suffix(last));
    random.is_some_and(|random| random.chars().count() == length && is_word(random))
}

/// The process that made a file and the file's ending, if its first tables can be read: a process that is killed may leave the others torn.
fn ending(bytes: &[u8]) -> Option<(Origin, Ending)> {
    let mut tables = Tables::open(bytes).ok()?;
    let meta = Meta::read(&mut tables).ok()?;
    let mut has_files = false;
    _ = tables.rows(&layout::FILE, |_| {
        has_files = true;
        Ok(())
    });
    let ending = meta.ending(has_files);
    Some((meta.origin, ending))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_open_if_coverage_py_chose_it_and_would_add_to_it() {
        for (name, open) in [
            (".coverage.ci.pid4003.X07CgIAx", true),
            (".coverage.unit.ci_example_org.pid1.X______x", true),
            ("data.ci.pid1.Xabcdefx", true),
            (".coverage.ci.pid4003.X07CgIAx.HqRZD6j0b4vh", false),
            (".coverage.ci.pid4003.X07CgIAx.gw0", false),
            (".coverage.ci.pid4003.X07CgIx", false),
            (".coverage.ci.pid.X07CgIAx", false),
            (".coverage.ci.4003.X07CgIAx", false),
            (".coverage..pid4003.X07CgIAx", false),
            ("ci.pid4003.X07CgIAx", false),
            (".coverage.ci.pid4003.X07-gIAx", false),
            (".coverage", false),
            ("", false),
        ] {
            assert_eq!(is_open_name(name), open, "{name}");
        }
    }

    #[test]
    fn a_name_tells_the_process_whether_the_file_is_finished_or_not() {
        let told = |name| process(name).map(|process| (process.host, process.id));
        for name in [".coverage.ci.pid4003.X07CgIAx", ".coverage.unit.ci.pid4003.X07CgIAx.HqRZD6j0b4vh"] {
            assert_eq!(told(name), Some(("ci".into(), 4003)), "{name}");
        }
        for name in [
            ".coverage",
            ".coverage.unit-3",
            ".coverage.ci.pid4003.X07CgIAx.gw0",
            ".coverage.ci.pid99999999999999999999.X07CgIAx",
        ] {
            assert_eq!(told(name), None, "{name}");
        }
    }
}
