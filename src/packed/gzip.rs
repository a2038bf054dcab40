//! Data in gzip: one member after another, as `gunzip` reads them.

use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::path::Path;

use flate2::bufread::GzDecoder;

use super::limit::{damaged, most, too_large};
use crate::model::limits::Limits;
use crate::regular;

/// The magic number of gzip.
pub const GZIP: [u8; 2] = [0x1f, 0x8b];

/// Whether a name is that of a gzip file.
#[must_use]
pub fn is_gzip(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "gz")
}

/// The number of bytes, less than 4 GiB, that the last member of the gzip file at `path` claims to hold.
#[must_use]
pub fn size(path: &Path) -> Option<u64> {
    let mut file = regular::open(path).ok()?.0;
    let mut number = [0; 4];
    file.seek(SeekFrom::End(-4)).ok()?;
    file.read_exact(&mut number).ok()?;
    Some(u32::from_le_bytes(number).into())
}

/// The data that a gzip file holds; `None` if it is not one. Zeros may follow it, as on a tape.
///
/// # Errors
/// It is damaged or too large, or other data follows it.
pub fn unpacked(bytes: &[u8], limits: &Limits) -> io::Result<Option<Vec<u8>>> {
    if !bytes.starts_with(&GZIP) {
        return Ok(None);
    }
    let most = most(bytes.len() as u64, limits);
    let mut data = Vec::new();
    let mut rest = bytes;
    while rest.starts_with(&GZIP) {
        let mut member = GzDecoder::new(rest);
        let room = (most + 1).saturating_sub(data.len() as u64);
        member
            .by_ref()
            .take(room)
            .read_to_end(&mut data)
            .map_err(|why| damaged(format!("its gzip data is damaged: {why}")))?;
        if data.len() as u64 > most {
            return Err(too_large("it", bytes.len() as u64, limits));
        }
        rest = member.into_inner();
    }
    if rest.iter().any(|&byte| byte != 0) {
        return Err(damaged(format!(
            "other data follows the end of its gzip data at offset {}",
            bytes.len() - rest.len()
        )));
    }
    Ok(Some(data))
}

/// The first `most` bytes, or fewer, of the data in a gzip file of which only the head is known; `None` if it is not one.
#[must_use]
pub fn beginning(head: &[u8], most: u64) -> Option<Vec<u8>> {
    let mut data = Vec::new();
    if head.starts_with(&GZIP) {
        // It ends before its end, which is an error after the data.
        _ = flate2::bufread::MultiGzDecoder::new(head).take(most).read_to_end(&mut data);
        return Some(data);
    }
    None
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::super::limit::ALWAYS;
    use super::*;

    fn gzip(data: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(data).unwrap();
        encoder.finish().unwrap()
    }

    fn why(bytes: &[u8]) -> String {
        unpacked(bytes, &Limits::default()).unwrap_err().to_string()
    }

    #[test]
    fn a_cut_is_an_error() {
        let packed = gzip(b"some data");
        assert_eq!(unpacked(&packed, &Limits::default()).unwrap().unwrap(), b"some data");
        assert_eq!(unpacked(b"some data", &Limits::default()).unwrap(), None);
        for end in 2..packed.len() {
            assert!(why(&packed[..end]).starts_with("its gzip data is damaged: "), "{end}");
        }
    }

    #[test]
    fn members_follow_each_other_and_zeros_may_follow_them() {
        // GNU gzip 1.12: `gunzip` gives `onetwo` for the first two without a word, and for the others a warning of trailing garbage.
        let two = [gzip(b"one"), gzip(b"two")].concat();
        assert_eq!(unpacked(&two, &Limits::default()).unwrap().unwrap(), b"onetwo");
        assert_eq!(unpacked(&[&two[..], &[0; 512]].concat(), &Limits::default()).unwrap().unwrap(), b"onetwo");
        for end in [&b"x"[..], b"\0\0x", b"\0\x1f\x8b"] {
            let said = format!("other data follows the end of its gzip data at offset {}", two.len());
            assert_eq!(why(&[&two[..], end].concat()), said, "{end:?}");
        }
        assert!(why(&[&two[..], b"\x1f\x8b"].concat()).starts_with("its gzip data is damaged: "));
    }

    #[test]
    fn a_bomb_is_refused_whole_or_in_members() {
        let said = "it would unpack to more than 200 times its size, the limit `unpacked-ratio`";
        let bomb = vec![0; usize::try_from(ALWAYS).unwrap() + 1];
        assert_eq!(why(&gzip(&bomb)), said);
        assert_eq!(unpacked(&gzip(&bomb[1..]), &Limits::default()).unwrap().unwrap().len() as u64, ALWAYS);
        assert_eq!(why(&gzip(&bomb[..bomb.len() / 2]).repeat(3)), said);
    }
}
