//! The numbers that a document carries beside its lists: of a file, or of all files together.
//!
//! A tool counts them by the very lists that it writes. Lists that give other numbers lost entries on the way, or were edited. Percentages are not
//! compared: they are quotients of these numbers.

use super::cursor::Cursor;
use super::lists;
use crate::read::error::{Error, Place};

/// The numbers of a summary under their names, as far as they are there.
#[derive(Clone, Copy, Debug)]
pub struct Sums<const N: usize> {
    names: &'static [&'static str; N],
    /// The numbers in the order of the names.
    pub numbers: [Option<u64>; N],
}

impl<const N: usize> Sums<N> {
    /// The sums of no file.
    #[must_use]
    pub fn zeros_of(names: &'static [&'static str; N]) -> Self {
        Self { names, numbers: [Some(0); N] }
    }

    /// Reads the numbers from an object, whose other members are skipped.
    ///
    /// # Errors
    /// It is not an object, or one of them is not a number of entries.
    pub fn read(cursor: &mut Cursor, names: &'static [&'static str; N]) -> Result<Self, Error> {
        let mut sums = Self { names, numbers: [None; N] };
        cursor.object(|cursor, key| {
            let named = names.iter().zip(&mut sums.numbers).find(|(name, _)| name.as_bytes() == &*key.bytes());
            let Some((_, slot)) = named else { return cursor.skip() };
            let number = cursor.integer()?;
            let number = u64::try_from(number).map_err(|_| cursor.wrong(&format!("`{number}` is negative")))?;
            lists::once(cursor, slot, number)
        })?;
        Ok(sums)
    }

    /// Adds the numbers of a file. A number that a file lacks is one that all files together lack.
    pub fn add(&mut self, file: &Self) {
        for (sum, number) in self.numbers.iter_mut().zip(file.numbers) {
            *sum = sum.zip(number).map(|(sum, number)| sum.saturating_add(number));
        }
    }

    /// Compares the numbers, as far as they are there, with those `found` elsewhere; `place` is the path of the object. `found` is said in words by
    /// `but`.
    ///
    /// # Errors
    /// The first number that is another one.
    pub fn check(&self, place: &str, found: [Option<u64>; N], but: impl Fn(u64) -> String) -> Result<(), Error> {
        for ((name, number), found) in self.names.iter().zip(self.numbers).zip(found) {
            if let Some((number, found)) = number.zip(found).filter(|(number, found)| number != found) {
                let cause = format!("the number is {number}, but {}", but(found));
                return Err(Error::new(Place::Json(format!("{place}.{name}")), cause));
            }
        }
        Ok(())
    }
}
