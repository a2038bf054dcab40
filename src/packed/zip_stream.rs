//! The records of a zip archive, read as a stream: they are found by their marks, wherever they are.
//!
//! ```text
//! PK 03 04   a member: 26 bytes, its name, its extra fields; its data follows
//! PK 01 02   an entry of the directory: 42 bytes, its name, its extra fields, its comment
//! PK 05 06   the end
//! ```
//!
//! Format: PKWARE's APPNOTE.TXT 6.3.10, sections 4.3.7, 4.3.12 and 4.3.16.

use std::io::{self, BufRead, Read};

use super::directory::{number, zip64};
use super::limit::damaged;

const MEMBER: u32 = u32::from_be_bytes(*b"PK\x03\x04");
const ENTRY: u32 = u32::from_be_bytes(*b"PK\x01\x02");
const END: u32 = u32::from_be_bytes(*b"PK\x05\x06");

/// A record. Names have slashes.
pub(super) enum Record {
    Member(Member),
    Entry { name: String },
    End,
}

/// A file in the archive.
pub(super) struct Member {
    pub(super) name: String,
    pub(super) packing: Packing,
    /// The number of bytes of its data in the archive. It may follow the data, which then ends where its packing says.
    pub(super) size: Option<u64>,
}

/// How the data of a file lies in the archive.
pub(super) enum Packing {
    Stored,
    Deflated,
    /// Encrypted, or packed in an unsupported way.
    Closed,
}

/// Reads up to the next record, and the record; `None` at the end of the data.
///
/// # Errors
/// The record is cut off; that of the stream.
pub(super) fn next(data: &mut dyn BufRead) -> io::Result<Option<Record>> {
    let mut mark = 0;
    for byte in (&mut *data).bytes() {
        mark = mark << 8 | u32::from(byte?);
        match mark {
            MEMBER => return Ok(Some(Record::Member(member(data)?))),
            ENTRY => return Ok(Some(Record::Entry { name: entry(data)? })),
            END => return Ok(Some(Record::End)),
            _ => {}
        }
    }
    Ok(None)
}

fn member(data: &mut dyn BufRead) -> io::Result<Member> {
    let fixed: [u8; 26] = array(data)?;
    let [flags, method] = [2, 4].map(|at| u16::from_le_bytes(number(&fixed, at)));
    let [name, extra] = [22, 24].map(|at| u16::from_le_bytes(number(&fixed, at)));
    let [packed, unpacked] = [14, 18].map(|at| u32::from_le_bytes(number(&fixed, at)));
    let name = text(data, name)?;
    let extra = bytes(data, extra)?;
    let large = zip64(&extra).nth(usize::from(unpacked == u32::MAX));
    let size = large.filter(|_| packed == u32::MAX).unwrap_or(packed.into());
    let is_encrypted = flags & 1 != 0;
    let packing = match method {
        _ if is_encrypted => Packing::Closed,
        0 => Packing::Stored,
        8 => Packing::Deflated,
        _ => Packing::Closed,
    };
    let is_known = flags & 8 == 0;
    Ok(Member { name, packing, size: is_known.then_some(size) })
}

/// The name in an entry of the directory.
fn entry(data: &mut dyn BufRead) -> io::Result<String> {
    let fixed: [u8; 42] = array(data)?;
    let [name, extra, comment] = [24, 26, 28].map(|at| u16::from_le_bytes(number(&fixed, at)));
    let name = text(data, name)?;
    bytes(data, extra)?;
    bytes(data, comment)?;
    Ok(name)
}

fn array<const BYTES: usize>(data: &mut dyn BufRead) -> io::Result<[u8; BYTES]> {
    let mut bytes = [0; BYTES];
    data.read_exact(&mut bytes).map_err(|why| damaged(format!("this zip archive is cut off or damaged: {why}")))?;
    Ok(bytes)
}

fn bytes(data: &mut dyn BufRead, number: u16) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    data.take(number.into()).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// A name, with slashes: archives made on Windows may have backslashes.
fn text(data: &mut dyn BufRead, number: u16) -> io::Result<String> {
    Ok(String::from_utf8_lossy(&bytes(data, number)?).replace('\\', "/"))
}
