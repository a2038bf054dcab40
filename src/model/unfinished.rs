//! Fragments that were never finished: their process ended while it saved them.
//!
//! coverage.py saves in steps, and a process may be killed between any two of them. So such a fragment may be empty or cut off, and it may just as
//! well be sound and lack a part: the files that never ran, say.

use std::fmt;

use super::words::counted;

/// Whether a fragment holds all that its process had to save, by its own word.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Ending {
    /// It has the mark that ends a save.
    Finished,
    /// It lacks that mark, which its tool gives to every file that the tool itself named: such a file is unfinished.
    Open,
    /// It cannot tell: its version of the tool leaves no mark.
    #[default]
    Unmarked,
    /// It cannot tell: its version of the tool leaves the mark in some files, but not in those of its kind.
    Unsure,
}

/// The sign that shows a fragment to be unfinished.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// It has 0 bytes.
    Empty,
    /// It ends too early.
    CutOff,
    /// A file beside it holds the other half of a write: SQLite's rollback journal or write-ahead log.
    HalfWritten,
    /// Its tables are there, but not the rows with which coverage.py begins.
    NoRows,
    /// It lacks the mark that ends a save ([`Ending::Open`]).
    NoMark,
}

impl Cause {
    /// All, in order.
    pub const ALL: [Self; 5] = [Self::Empty, Self::CutOff, Self::HalfWritten, Self::NoRows, Self::NoMark];
}

/// A fragment that was never finished.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unfinished {
    /// The sign.
    pub cause: Cause,
    /// The sign with its names and numbers, in one line.
    pub why: String,
    /// The data that was saved; `None` if none of it can be read.
    pub saved: Option<Saved>,
}

/// The data that an unfinished fragment holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Saved {
    /// The number of source files.
    pub files: u64,
    /// The number of lines that ran in them.
    pub lines: u64,
}

impl fmt::Display for Unfinished {
    /// `the hash that coverage.py writes last is missing; it holds 14 lines of 2 files`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.why)?;
        match self.saved {
            Some(Saved { files: 0, .. }) => write!(f, "; it holds no file yet"),
            Some(Saved { files, lines }) => {
                write!(f, "; it holds {} of {}", counted(lines, "line"), counted(files, "file"))
            }
            None if self.cause == Cause::Empty => Ok(()),
            None => write!(f, "; nothing in it can be counted"),
        }
    }
}
