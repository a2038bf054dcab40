//! The signs that a data file was never finished, apart from its own content.

use super::Meta;
use crate::datafile::{Tables, journal, layout};
use crate::model::origin::Origin;
use crate::model::unfinished::Ending;
use crate::read::{Beside, Signs};

/// The signs of data files.
pub const SIGNS: Signs = Signs {
    is_open_name,
    ending,
    beside: &[
        Beside { suffix: "-journal", name: "rollback journal", is_half_of_a_write: journal::is_hot },
        Beside { suffix: "-wal", name: "write-ahead log", is_half_of_a_write: journal::holds_frames },
    ],
};

/// Whether coverage.py chose this name for a file that is not finished: it ends in `.<host>.pid<number>.X<6 characters>x`, and not in the `.H<10
/// characters>h` that a finished file has behind that from 7.13.1 on. Source: `SUFFIX_PATTERN` in coverage.py's `sqldata.py`.
fn is_open_name(name: &str) -> bool {
    let mut parts = name.rsplit('.');
    let (Some(random), Some(pid), Some(host), Some(_)) = (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return false;
    };
    let is_word = |text: &str| text.chars().all(|character| character.is_alphanumeric() || character == '_');
    let random = random.strip_prefix('X').and_then(|rest| rest.strip_suffix('x'));
    let pid = pid.strip_prefix("pid");
    random.is_some_and(|random| random.chars().count() == 6 && is_word(random))
        && pid.is_some_and(|pid| !pid.is_empty() && pid.chars().all(|digit| digit.is_ascii_digit()))
        && !host.is_empty()
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
}
