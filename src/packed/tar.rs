//! The headers of a tar archive, read as a stream.
//!
//! ```text
//! 0    name, 100 bytes
//! 124  size, 12 bytes: octal digits, or a number of which the first bit is set
//! 148  checksum, 8 bytes: the sum of the header's bytes, of which these count as blanks
//! 156  type: a file, `L` a long name, `x` attributes that may hold a name and a size, `S` a file with holes, others
//! 257  `ustar`; with a NUL behind it, 155 bytes at 345 are a directory before the name
//! ```
//!
//! A header and a member's data fill blocks of 512 bytes; a block of zeros is the end, behind which another archive may follow.
//! Format: POSIX.1-2024, `pax`, and the manual of GNU tar 1.35, appendix D.

use std::io::{self, Read};

use super::limit::damaged;

const BLOCK: usize = 512;

/// The largest number of bytes of a long name or of attributes.
const MOST_ATTRIBUTES: u64 = 1 << 20;

/// A member: its name, and its number of bytes in the archive.
pub(super) struct Member {
    pub(super) name: String,
    pub(super) size: u64,
}

/// Whether a file begins as a tar archive does; some old ones do not.
pub(super) fn is_tar(head: &[u8]) -> bool {
    head.get(257..262) == Some(b"ustar")
}

/// Reads up to the data of the next member; `None` at the end.
///
/// # Errors
/// The archive is cut off or damaged.
pub(super) fn next(data: &mut dyn Read) -> io::Result<Option<Member>> {
    let (mut long, mut attributes) = (None, Attributes::default());
    let mut has_end = false;
    loop {
        let mut header = [0; BLOCK];
        match block(data, &mut header)? {
            0 if has_end => return Ok(None),
            BLOCK => {}
            _ => return Err(cut_off()),
        }
        if header == [0; BLOCK] {
            has_end = true;
            continue;
        }
        if number(&header[148..156]) != Some(checksum(&header)) {
            return Err(damaged("this tar archive is damaged: the checksum of a header is wrong"));
        }
        let size = number(&header[124..136]).ok_or_else(|| damaged("this tar archive is damaged: a size is wrong"))?;
        match header[156] {
            b'L' => long = Some(text(&content(data, size)?)),
            b'x' => attributes = Attributes::of(&content(data, size)?),
            b'K' | b'g' => drop(content(data, size)?),
            kind => {
                if kind == b'S' {
                    skip_map(data, &header)?;
                }
                let name = attributes.name.or(long).unwrap_or_else(|| name(&header));
                return Ok(Some(Member { name, size: attributes.size.unwrap_or(size) }));
            }
        }
    }
}

/// Reads what is left of a member, of which `left` bytes are the data, up to the next header.
///
/// # Errors
/// The archive is cut off.
pub(super) fn skip(data: &mut dyn Read, left: u64, size: u64) -> io::Result<()> {
    let rest = left.saturating_add(size.wrapping_neg() % BLOCK as u64);
    if io::copy(&mut data.take(rest), &mut io::sink())? == rest { Ok(()) } else { Err(cut_off()) }
}

fn cut_off() -> io::Error {
    damaged("this tar archive is cut off")
}

/// Fills the block as far as there is data; the number of bytes.
fn block(data: &mut dyn Read, block: &mut [u8; BLOCK]) -> io::Result<usize> {
    let mut rest = &mut block[..];
    let read = io::copy(&mut data.take(BLOCK as u64), &mut rest)?;
    Ok(usize::try_from(read).unwrap_or(BLOCK))
}

/// The content of a member that describes the next one.
fn content(data: &mut dyn Read, size: u64) -> io::Result<Vec<u8>> {
    if size > MOST_ATTRIBUTES {
        return Err(damaged("this tar archive is damaged: a name in it is too long"));
    }
    let mut content = Vec::new();
    let read = data.take(size).read_to_end(&mut content)? as u64;
    skip(data, size - read, size)?;
    Ok(content)
}

/// Skips the blocks that go on with the map of a file with holes.
fn skip_map(data: &mut dyn Read, header: &[u8; BLOCK]) -> io::Result<()> {
    let mut goes_on = header[482] != 0;
    while goes_on {
        let mut map = [0; BLOCK];
        if block(data, &mut map)? < BLOCK {
            return Err(cut_off());
        }
        goes_on = map[504] != 0;
    }
    Ok(())
}

fn checksum(header: &[u8; BLOCK]) -> u64 {
    let counted = |(at, &byte): (usize, &u8)| u64::from(if (148..156).contains(&at) { b' ' } else { byte });
    header.iter().enumerate().map(counted).sum()
}

/// A number in a header; nothing stands for 0.
fn number(field: &[u8]) -> Option<u64> {
    if let Some((first, rest)) = field.split_first().filter(|(first, _)| **first & 0x80 != 0) {
        let number = rest
            .iter()
            .try_fold(u64::from(first & 0x7f), |sum, &byte| sum.checked_mul(256).map(|sum| sum + u64::from(byte)));
        return number;
    }
    let digits = text(field);
    let digits = digits.trim_matches(' ');
    if digits.is_empty() { Some(0) } else { u64::from_str_radix(digits, 8).ok() }
}

fn name(header: &[u8; BLOCK]) -> String {
    let name = text(&header[..100]);
    match text(&header[345..500]) {
        directory if header[257..263] == *b"ustar\0" && !directory.is_empty() => format!("{directory}/{name}"),
        _ => name,
    }
}

/// The text before the first NUL.
fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes.split(|&byte| byte == 0).next().unwrap_or_default()).into_owned()
}

/// The attributes of a member that a member of type `x` before it holds, a line each: `27 path=unit/.coverage.x`.
#[derive(Default)]
struct Attributes {
    name: Option<String>,
    size: Option<u64>,
}

impl Attributes {
    fn of(mut lines: &[u8]) -> Self {
        let mut attributes = Self::default();
        while let Some(length) = length(lines) {
            let (line, rest) = lines.split_at_checked(length).unwrap_or((lines, &[]));
            lines = rest;
            let line = String::from_utf8_lossy(line);
            let Some((key, value)) =
                line.split_once(' ').and_then(|(_, line)| line.trim_end_matches('\n').split_once('='))
            else {
                break;
            };
            match key {
                // GNU tar puts the name of a file with holes here.
                "path" | "GNU.sparse.name" => attributes.name = Some(value.into()),
                "size" => attributes.size = value.parse().ok(),
                _ => {}
            }
        }
        attributes
    }
}

/// The number of bytes of the first line.
fn length(lines: &[u8]) -> Option<usize> {
    let digits = lines.split(|&byte| byte == b' ').next()?;
    std::str::from_utf8(digits).ok()?.parse().ok().filter(|&length| length > 0)
}
