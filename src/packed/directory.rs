//! The directory of a zip archive: an archive that holds another member than it lists is refused.
//!
//! ```text
//! PK 3 4   a member: its header, its name, its data
//! PK 7 8   its checksum and its sizes, in archives that were written as a stream; the four bytes of the mark may be absent
//! PK 1 2   an entry of the directory: a member, and where it is
//! PK 6 6   the end of a large archive, with the number of entries
//! PK 6 7   where that is
//! PK 5 6   the end, with the number of entries, and a comment
//! ```
//!
//! A member that the directory omits would be lost without a word. Its data is there: between the members that are listed, or in another archive that
//! stands before this one or behind it. Ordinary archives have no such bytes; but a program that unpacks itself begins with its code.
//! Format: PKWARE's APPNOTE.TXT 6.3.10, section 4.3.

use std::collections::BTreeSet;
use std::io::{self, Read, Seek, SeekFrom};

use memchr::memmem::Finder;

use super::limit::damaged;

const HEADER: &[u8] = b"PK\x03\x04";
const DESCRIPTOR: [u8; 4] = *b"PK\x07\x08";
const ENTRY: &[u8] = b"PK\x01\x02";
const SIGNATURE: &[u8] = b"PK\x05\x05";
const END64: &[u8] = b"PK\x06\x06";
const LOCATOR64: &[u8] = b"PK\x06\x07";
const END: &[u8] = b"PK\x05\x06";

/// How many bytes to search at a time.
const CHUNK: u64 = 1 << 16;

/// An entry of the directory.
struct Entry {
    name: Vec<u8>,
    /// The offset of the member in the file.
    at: u64,
    checksum: u32,
    packed: u64,
    unpacked: u64,
}

/// Checks that an archive holds the members that its directory lists, and no others. The directory starts at `start` in the file; the offsets in it
/// count from `zero`. Returns the number of different names.
///
/// # Errors
/// Two members have one name; members overlap; a member has another name than in the directory; bytes belong to no member; the end counts other
/// members.
pub(super) fn check(file: &mut (impl Read + Seek), start: u64, zero: u64) -> io::Result<usize> {
    let (mut entries, behind) = entries(file, start, zero)?;
    let mut names = BTreeSet::new();
    for Entry { name, .. } in &entries {
        if !names.insert(&name[..]) && !name.ends_with(b"/") {
            return Err(two_of(&String::from_utf8_lossy(name)));
        }
    }
    let number = names.len();
    let end = end(file, behind, entries.len())?;
    entries.sort_by_key(|entry| entry.at);
    let mut last = None;
    for entry in &entries {
        let shown = |name: &[u8]| String::from_utf8_lossy(name).escape_debug().to_string();
        let listed = shown(&entry.name);
        let Some(header) = header(file, entry.at)? else {
            return Err(damaged(format!(
                "this zip archive is damaged: its member `{listed}` is not where its directory says"
            )));
        };
        check_between(file, last, entry.at)?;
        if header.name != entry.name {
            let own = shown(&header.name);
            return Err(damaged(format!(
                "the directory of this zip archive calls its member `{own}` by another name, `{listed}`"
            )));
        }
        last = Some((header.end.saturating_add(entry.packed), entry));
    }
    check_between(file, last, start)?;
    let length = file.seek(SeekFrom::End(0))?;
    check_unlisted(file, end, length)?;
    Ok(number)
}

/// The error for an archive with two members of one name.
pub(super) fn two_of(name: &str) -> io::Error {
    damaged(format!("two members of this zip archive have the name `{}`", name.escape_debug()))
}

/// The entries of the directory, and the offset behind them.
fn entries(file: &mut (impl Read + Seek), start: u64, zero: u64) -> io::Result<(Vec<Entry>, u64)> {
    let (mut entries, mut at) = (Vec::new(), start);
    loop {
        let fixed = bytes(file, at, 46)?;
        if !fixed.starts_with(ENTRY) {
            return Ok((entries, at));
        }
        let [name, extra, comment] = [28, 30, 32].map(|at| u16::from_le_bytes(number(&fixed, at)));
        let variable = bytes(file, at + 46, u64::from(name) + u64::from(extra))?;
        let (name, rest) = variable.split_at_checked(name.into()).unwrap_or((&variable, &[]));
        let mut large = zip64(rest);
        // The order is that of the extra field, which has those that need more than 32 bits.
        let [unpacked, packed, member] = [24, 20, 42].map(|at| match u32::from_le_bytes(number(&fixed, at)) {
            u32::MAX => large.next().unwrap_or(u32::MAX.into()),
            small => small.into(),
        });
        let checksum = u32::from_le_bytes(number(&fixed, 16));
        entries.push(Entry { name: name.to_owned(), at: member.saturating_add(zero), checksum, packed, unpacked });
        at += 46 + variable.len() as u64 + u64::from(comment);
    }
}

/// The numbers of 64 bits in the extra field of an entry or a member.
pub(super) fn zip64(mut extra: &[u8]) -> impl Iterator<Item = u64> {
    let mut numbers: &[u8] = &[];
    while let Some(([kind @ .., low, high], rest)) = extra.split_first_chunk::<4>() {
        let (field, after) = rest.split_at_checked(u16::from_le_bytes([*low, *high]).into()).unwrap_or((rest, &[]));
        if *kind == [1, 0] {
            numbers = field;
        }
        extra = after;
    }
    numbers.as_chunks().0.iter().copied().map(u64::from_le_bytes)
}

/// Reads the end of an archive, which follows its directory; the offset of the comment in it.
fn end(file: &mut (impl Read + Seek), mut at: u64, listed: usize) -> io::Result<u64> {
    let (mut counts, mut is_large) = (Vec::new(), false);
    loop {
        let record = bytes(file, at, 56)?;
        let start = record.get(..4).unwrap_or_default();
        let length = match start {
            SIGNATURE => 6 + u64::from(u16::from_le_bytes(number(&record, 4))),
            LOCATOR64 => 20,
            END64 => {
                is_large = true;
                counts.extend([24, 32].map(|at| u64::from_le_bytes(number(&record, at))));
                u64::from_le_bytes(number(&record, 4)).saturating_add(12)
            }
            END => {
                let small = [8, 10].map(|at| u16::from_le_bytes(number(&record, at)));
                counts.extend(small.into_iter().filter(|&count| !is_large || count != u16::MAX).map(u64::from));
                22
            }
            _ => return Err(damaged("this zip archive is damaged: its directory is not followed by its end")),
        };
        at = at.saturating_add(length);
        if start == END {
            break;
        }
    }
    match counts.into_iter().find(|&count| count != listed as u64) {
        None => Ok(at),
        Some(count) => Err(damaged(format!(
            "the end of this zip archive counts {count} member{}, and its directory lists {listed}",
            if count == 1 { "" } else { "s" }
        ))),
    }
}

/// Checks that a member ends where the next one, or the directory, starts. Its checksum and its sizes may follow its data. Before the first
/// member, there may be anything but a member.
fn check_between(file: &mut (impl Read + Seek), last: Option<(u64, &Entry)>, next: u64) -> io::Result<()> {
    let Some((end, entry)) = last else { return check_unlisted(file, 0, next) };
    if end > next {
        return Err(damaged("the members of this zip archive overlap"));
    }
    if end == next || is_descriptor(&bytes(file, end, (next - end).min(25))?, entry) {
        return Ok(());
    }
    check_unlisted(file, end, next)?;
    let number = next - end;
    Err(damaged(format!("{number} bytes of this zip archive, at offset {end}, belong to none of its members")))
}

/// Whether these bytes are the checksum and the sizes of a member; the sizes have 32 or 64 bits.
fn is_descriptor(bytes: &[u8], entry: &Entry) -> bool {
    let bytes = if bytes.len().is_multiple_of(8) { bytes.strip_prefix(&DESCRIPTOR).unwrap_or_default() } else { bytes };
    let sizes = [entry.packed, entry.unpacked];
    let is_sizes = |bytes: &[u8]| match bytes.len() {
        8 => bytes == sizes.map(|size| number::<4>(&size.to_le_bytes(), 0)).as_flattened(),
        16 => bytes == sizes.map(u64::to_le_bytes).as_flattened(),
        _ => false,
    };
    bytes.strip_prefix(&entry.checksum.to_le_bytes()).is_some_and(is_sizes)
}

/// Checks that no member starts in a range of the file.
fn check_unlisted(file: &mut (impl Read + Seek), from: u64, to: u64) -> io::Result<()> {
    let finder = Finder::new(HEADER);
    let mut at = from;
    while at + 30 < to {
        let chunk = bytes(file, at, CHUNK.min(to - at))?;
        for place in finder.find_iter(&chunk) {
            let Some(header) = header(file, at + place as u64)? else { continue };
            // A program that unpacks itself contains the mark, too.
            let is_text = !header.name.is_empty() && header.name.iter().all(|&byte| byte >= b' ');
            if is_text && header.method < 100 && header.end <= to {
                let name = String::from_utf8_lossy(&header.name).escape_debug().to_string();
                return Err(damaged(format!("the directory of this zip archive omits its member `{name}`")));
            }
        }
        // A mark may begin in this chunk and end in the next.
        at += CHUNK - 3;
    }
    Ok(())
}

/// The header of a member.
struct Header {
    method: u16,
    name: Vec<u8>,
    /// The offset behind it, where the data begins.
    end: u64,
}

/// The header of the member at this offset, if there is one.
fn header(file: &mut (impl Read + Seek), at: u64) -> io::Result<Option<Header>> {
    let fixed = bytes(file, at, 30)?;
    if fixed.len() < 30 || !fixed.starts_with(HEADER) {
        return Ok(None);
    }
    let [method, name, extra] = [8, 26, 28].map(|at| u16::from_le_bytes(number(&fixed, at)));
    let end = at + 30 + u64::from(name) + u64::from(extra);
    Ok(Some(Header { method, name: bytes(file, at + 30, name.into())?, end }))
}

/// The number that starts at an index; 0 behind the end.
pub(super) fn number<const BYTES: usize>(bytes: &[u8], at: usize) -> [u8; BYTES] {
    bytes.get(at..).and_then(|rest| rest.first_chunk()).copied().unwrap_or([0; BYTES])
}

/// At most `most` bytes from an offset on; fewer at the end of the file.
fn bytes(file: &mut (impl Read + Seek), at: u64, most: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    // No file is longer; the system would refuse to go there.
    if i64::try_from(at).is_ok() {
        file.seek(SeekFrom::Start(at))?;
        file.take(most).read_to_end(&mut bytes)?;
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_and_the_sizes_behind_a_member_belong_to_it() {
        let sizes = [7, (1 << 32) + 9];
        let entry = Entry { name: Vec::new(), at: 0, checksum: 5, packed: sizes[0], unpacked: sizes[1] };
        let small = [&[5, 0, 0, 0][..], &[7, 0, 0, 0, 9, 0, 0, 0]].concat();
        let large = [&[5, 0, 0, 0][..], sizes.map(u64::to_le_bytes).as_flattened()].concat();
        for bytes in [&small, &large] {
            let marked = [&DESCRIPTOR, &bytes[..]].concat();
            assert!(is_descriptor(bytes, &entry) && is_descriptor(&marked, &entry));
            for at in 0..bytes.len() {
                let mut changed = bytes.clone();
                changed[at] ^= 1;
                let marked = [&DESCRIPTOR, &changed[..]].concat();
                assert!(!is_descriptor(&changed, &entry) && !is_descriptor(&marked, &entry), "{at}");
            }
            assert!(!is_descriptor(&bytes[1..], &entry) && !is_descriptor(&[&bytes[..], b"x"].concat(), &entry));
        }
        assert!(!is_descriptor(&[&small[..], b"xxxx"].concat(), &entry), "the mark comes first");
    }

    #[test]
    fn a_member_is_found_wherever_it_starts() {
        let header = [HEADER, &[0; 22], &[1, 0, 0, 0], b"x"].concat();
        let size = usize::try_from(CHUNK).unwrap();
        for at in [0, 1, size - 31, size - 30, size - 4, size - 3, size - 2, size - 1, size, 2 * size - 8] {
            let mut file = io::Cursor::new([&vec![b'P'; at][..], &header].concat());
            let end = at as u64 + 31;
            assert!(check_unlisted(&mut file, 0, end).is_err(), "{at}");
            assert!(check_unlisted(&mut file, 0, end - 1).is_ok(), "{at}: it does not end there");
            assert!(check_unlisted(&mut file, at as u64 + 1, end).is_ok(), "{at}");
        }
    }
}
