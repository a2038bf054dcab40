//! The pages of an SQLite database file: the file's header, and the bytes of each page by its number.
//!
//! ```text
//! offset  0  "SQLite format 3\0"
//!        16  page size, 1 means 65536          18  write version, 19 read version: 1, or 2 for a write-ahead log
//!        20  bytes reserved in each page       21  the fractions 64, 32, 32
//!        24  change counter                    28  pages in the file, trusted when 92 repeats the change counter
//!        44  schema format, 1 to 4             56  text encoding: 1 UTF-8, 2 UTF-16le, 3 UTF-16be
//! ```
//!
//! Format: <https://www.sqlite.org/fileformat2.html>, sections 1.2 to 1.3. Free pages are not read: no tree leads to them.

use super::error::{Damage, Error, Kind};

/// The beginning of every SQLite 3 database file.
pub const MAGIC: &[u8; 16] = b"SQLite format 3\0";

/// The length of the file's header.
pub(super) const HEADER: usize = 100;

/// The size in bytes of the pages that we write.
pub(super) const PAGE: usize = SIZE as usize;
const SIZE: u16 = 4096;

/// The page that SQLite locks, at 1 GiB, and leaves out of every tree.
pub(super) const LOCKED: u32 = (1 << 30) / SIZE as u32 + 1;

/// The page to write after page `number`, if SQLite can count that far.
pub(super) fn following(number: u32) -> Option<u32> {
    let next = number.checked_add(1)?;
    if next == LOCKED { next.checked_add(1) } else { Some(next).filter(|&next| next < u32::MAX) }
}

/// The header of a database of `count` pages of [`PAGE`] bytes, as SQLite writes it without any settings.
pub(super) fn header(count: u32) -> [u8; HEADER] {
    /// The number of changes: one.
    const CHANGES: u32 = 1;
    /// The first version of SQLite that writes such files: 3.7.0 trusts the count of pages.
    const SQLITE: u32 = 3_007_000;
    let mut header = [0; HEADER];
    header[..16].copy_from_slice(MAGIC);
    header[16..18].copy_from_slice(&SIZE.to_be_bytes());
    header[18..24].copy_from_slice(&[1, 1, 0, 64, 32, 32]);
    // Offset 40 counts changes of the schema, 44 is the format of the schema, and 56 is the encoding, UTF-8.
    header[24..28].copy_from_slice(&CHANGES.to_be_bytes());
    header[28..32].copy_from_slice(&count.to_be_bytes());
    header[40..44].copy_from_slice(&1_u32.to_be_bytes());
    header[44..48].copy_from_slice(&4_u32.to_be_bytes());
    header[56..60].copy_from_slice(&1_u32.to_be_bytes());
    header[92..96].copy_from_slice(&CHANGES.to_be_bytes());
    header[96..100].copy_from_slice(&SQLITE.to_be_bytes());
    header
}

/// The encoding of a database's texts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// UTF-8.
    Utf8,
    /// UTF-16, low byte first.
    Utf16Le,
    /// UTF-16, high byte first.
    Utf16Be,
}

/// A database file with a checked header.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pages<'a> {
    bytes: &'a [u8],
    size: usize,
    count: u32,
    /// The number of bytes in a page, without those reserved for extensions.
    pub(super) usable: usize,
    /// The encoding of its texts.
    pub(super) encoding: Encoding,
}

impl<'a> Pages<'a> {
    /// Checks the header of the file `bytes`.
    ///
    /// # Errors
    /// The first value in the header that is not valid or not supported here; a file that is shorter than its header says.
    pub(super) fn open(bytes: &'a [u8]) -> Result<Self, Error> {
        if !bytes.starts_with(MAGIC) {
            let cause = "this is not an SQLite database: it does not begin with `SQLite format 3`";
            return Err(Error::at(Kind::NotSqlite, 0, cause));
        }
        let Some(header) = bytes.first_chunk::<HEADER>() else {
            let cause = format!("the file is cut off: it has {} bytes, but the header alone takes 100", bytes.len());
            return Err(Error::whole(Kind::CutOff, cause));
        };
        let number = |at: usize| {
            let bytes = header.get(at..).and_then(|rest| rest.first_chunk());
            bytes.map_or(0, |bytes| u32::from_be_bytes(*bytes))
        };
        let bad = |at: u64, cause: String| Err(Error::at(Kind::Damaged, at, cause));

        let size = match u16::from_be_bytes([header[16], header[17]]) {
            1 => 65_536,
            size if size.is_power_of_two() && size >= 512 => usize::from(size),
            size => return bad(16, format!("the page size is {size}, not a power of two from 512 to 65536")),
        };
        for (at, what, version) in [(18, "write", header[18]), (19, "read", header[19])] {
            match version {
                1 => {}
                2 => {
                    let cause =
                        "the database is in write-ahead mode: rows may be missing that are in a `-wal` file beside it";
                    return Err(Error::at(Kind::WriteAhead, at, cause));
                }
                version => return bad(at, format!("the {what} version is {version}, expected 1")),
            }
        }
        if header[21..24] != [64, 32, 32] {
            return bad(21, format!("the payload fractions are {:?}, not [64, 32, 32]", &header[21..24]));
        }
        let usable = size - usize::from(header[20]);
        if usable < 480 {
            return bad(
                20,
                format!("{} of the {size} bytes of a page are reserved: at least 480 must be left", header[20]),
            );
        }
        if !(1..=4).contains(&number(44)) {
            return bad(44, format!("the schema format is {}, expected 1 to 4", number(44)));
        }
        let encoding = match number(56) {
            1 => Encoding::Utf8,
            2 => Encoding::Utf16Le,
            3 => Encoding::Utf16Be,
            other => return bad(56, format!("the text encoding is {other}, expected 1 to 3")),
        };

        let whole = u32::try_from(bytes.len() / size).unwrap_or(u32::MAX);
        // SQLite before 3.7.0 did not write the count; it is valid only if the change counter is repeated beside it.
        let count = if number(28) != 0 && number(24) == number(92) { number(28) } else { whole };
        if count > whole || count == 0 {
            let wanted = u64::from(count.max(1)) * size as u64;
            let cause = format!("the file is cut off: it has {} bytes, but its header says {wanted}", bytes.len());
            return Err(Error::whole(Kind::CutOff, cause));
        }
        let end = count as usize * size;
        if bytes.get(end..).is_some_and(|rest| rest.starts_with(MAGIC)) {
            return bad(end as u64, "another database begins behind this one, as if two files had been joined".into());
        }
        Ok(Self { bytes, size, count, usable, encoding })
    }

    /// The number of pages.
    pub(super) fn count(&self) -> u32 {
        self.count
    }

    /// The offset of page `number` in the file.
    pub(super) fn offset(&self, number: u32) -> usize {
        (number as usize).saturating_sub(1).saturating_mul(self.size)
    }

    /// The usable bytes of page `number`, which counts from 1.
    pub(super) fn page(&self, number: u32) -> Result<&'a [u8], Damage> {
        let start = self.offset(number);
        match self.bytes.get(start..start + self.usable) {
            Some(page) if number != 0 && number <= self.count => Ok(page),
            _ => Err(Damage::new(number, format!("there is no such page, the file has {}", self.count))),
        }
    }

    /// The bytes from the start of page `number` to the end of the file, so that whole words can be loaded.
    pub(super) fn tail(&self, number: u32) -> &'a [u8] {
        self.bytes.get(self.offset(number)..).unwrap_or_default()
    }
}
