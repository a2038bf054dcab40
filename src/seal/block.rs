//! Blocks: bytes that are compressed (zlib, RFC 1950), with their sizes.
//!
//! ```text
//! size, packed size            in bytes
//! packed                       the zlib stream, and zeros up to a 64th of the size
//! ```
//!
//! So the size that a block declares is at most 64 times what is there, and no small file can ask for much memory.

use std::cell::RefCell;
use std::io::Write as _;
use std::sync::Arc;

use flate2::write::ZlibEncoder;
use flate2::{Compression, Decompress, FlushDecompress, Status};
use sha2::{Digest, Sha256};

use super::Error;
use super::wire::{Reader, Writer};
use crate::model::seal::Packed;
use crate::model::words::grouped;

/// How many times larger than its packed bytes a block may be.
const MOST: u64 = 64;

/// Compresses the bytes.
pub(super) fn pack(bytes: &[u8]) -> Packed {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
    // Writing to memory does not fail.
    let packed = encoder.write_all(bytes).and_then(|()| encoder.finish());
    let mut packed = packed.unwrap_or_default();
    packed.resize(packed.len().max(bytes.len().div_ceil(64)), 0);
    Packed { size: bytes.len() as u64, digest: Sha256::digest(bytes).into(), bytes: packed.into(), offset: 0 }
}

/// Writes a block.
pub(super) fn write(to: &mut Writer, packed: &Packed) {
    to.number(packed.size);
    to.bytes(&packed.bytes);
}

/// Reads a block without unpacking it; its digest, which is not in it, is zero.
///
/// # Errors
/// Sizes that are not possible.
pub(super) fn read(from: &mut Reader<'_>) -> Result<Packed, Error> {
    read_into(from, |bytes| bytes.into())
}

/// The same, with its packed bytes held as `hold` says.
pub(super) fn read_into(from: &mut Reader<'_>, hold: impl FnOnce(&[u8]) -> Arc<[u8]>) -> Result<Packed, Error> {
    let at = |(offset, cause): (usize, String)| Error::at(offset as u64, cause);
    let size = from.number().map_err(at)?;
    let bytes = from.raw().map_err(at)?;
    let offset = (from.offset() - bytes.len()) as u64;
    if size > (bytes.len() as u64).saturating_mul(MOST) {
        return Err(Error::at(
            offset,
            format!("a block of {} bytes declares {} of content", grouped(bytes.len() as u64), grouped(size)),
        ));
    }
    Ok(Packed { size, digest: [0; 32], bytes: hold(bytes), offset })
}

/// The bytes of a block.
///
/// # Errors
/// They are not a zlib stream of the size that the block declares.
pub(super) fn unpack(packed: &Packed) -> Result<Vec<u8>, Error> {
    INFLATE.with_borrow_mut(|stream| unpack_with(stream, packed))
}

thread_local! {
    /// Unpacks one block after another: to make its window anew would take as long as a small block.
    static INFLATE: RefCell<Decompress> = RefCell::new(Decompress::new(true));
}

fn unpack_with(stream: &mut Decompress, packed: &Packed) -> Result<Vec<u8>, Error> {
    let broken = |cause: String| Error::at(packed.offset, format!("a block cannot be unpacked: {cause}"));
    stream.reset(true);
    let size = usize::try_from(packed.size).map_err(|error| broken(error.to_string()))?;
    // Room is made as bytes come: a block may declare more than it holds. The byte more shows that it holds more than it declares.
    let mut bytes = Vec::with_capacity(size.saturating_add(1).min(1 << 20));
    loop {
        let read = usize::try_from(stream.total_in()).unwrap_or(usize::MAX);
        let rest = packed.bytes.get(read..).unwrap_or_default();
        let status = stream.decompress_vec(rest, &mut bytes, FlushDecompress::Finish);
        match status.map_err(|error| broken(error.to_string()))? {
            Status::StreamEnd => break,
            _ if bytes.len() < bytes.capacity() => return Err(broken("its end is missing".into())),
            _ if bytes.len() > size => break,
            _ => bytes.reserve(bytes.len().min((size - bytes.len()).saturating_add(1))),
        }
    }
    if bytes.len() == size {
        Ok(bytes)
    } else {
        Err(broken(format!("it has not the {} bytes that it declares", grouped(size as u64))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_comes_back_and_declares_no_more_than_it_may() {
        for bytes in [Vec::new(), b"abc".to_vec(), vec![0; 1 << 20], vec![0; 3 << 20]] {
            let mut writer = Writer::default();
            write(&mut writer, &pack(&bytes));
            let packed = read(&mut Reader::new(&writer.0)).unwrap();
            assert_eq!(unpack(&packed), Ok(bytes));
        }
    }

    #[test]
    fn a_block_that_is_cut_off_or_changed_is_refused() {
        let packed = pack(&(0..200_000_u32).flat_map(u32::to_le_bytes).collect::<Vec<u8>>());
        for end in [0, 1, 2, 100, packed.bytes.len() / 2, packed.bytes.len() - 1] {
            let error = unpack(&Packed { bytes: packed.bytes[..end].into(), ..packed.clone() }).unwrap_err();
            assert!(error.to_string().contains("its end is missing"), "{error}");
        }
        let mut bytes = packed.bytes.to_vec();
        bytes[1000] ^= 1;
        let error = unpack(&Packed { bytes: bytes.into(), ..packed }).unwrap_err();
        assert!(error.to_string().contains("a block cannot be unpacked: "), "{error}");
    }

    #[test]
    fn a_block_that_declares_a_wrong_size_is_refused() {
        let packed = pack(b"abcdef");
        for size in [0, 5, 7] {
            let error = unpack(&Packed { size, ..packed.clone() }).unwrap_err();
            assert!(error.to_string().contains("bytes that it declares"), "{error}");
        }
        let mut writer = Writer::default();
        write(&mut writer, &Packed { size: 1 << 40, ..packed });
        let error = read(&mut Reader::new(&writer.0)).unwrap_err();
        assert!(error.to_string().contains("declares 1,099,511,627,776 of content"), "{error}");
    }
}
