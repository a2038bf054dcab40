//! The files beside a database in which SQLite keeps the other half of a write: judged by their first bytes and their size.
//!
//! Format: <https://www.sqlite.org/fileformat2.html>, sections 3 and 4.1.

/// The least size of the header of a rollback journal, which takes a whole sector of the disk.
const LEAST_SECTOR: u64 = 512;

/// Whether a rollback journal that begins with `head` and has `size` bytes is hot: SQLite would write its pages back into the database.
///
/// Before SQLite changes pages, it saves them in the journal, and it clears the journal once all changes are written: it deletes or truncates it, or
/// overwrites its header with zeros. A valid header shows that they were not all written, and only the journal can restore the database.
#[must_use]
pub fn is_hot(head: &[u8], size: u64) -> bool {
    const MAGIC: &[u8] = b"\xd9\xd5\x05\xf9\x20\xa1\x63\xd7";
    let (Some(sector), Some(page)) = (number(head, 20), number(head, 24)) else { return false };
    // SQLite before 3.5.8 leaves the size of a page out.
    let valid = |size: u32, least: u32| size.is_power_of_two() && (least..=65_536).contains(&size);
    head.starts_with(MAGIC) && valid(sector, 32) && (page == 0 || valid(page, 512)) && size >= LEAST_SECTOR
}

/// Whether a write-ahead log that begins with `head` and has `size` bytes holds pages that the database may lack: SQLite deletes the log when the
/// last process closes the database in good order.
#[must_use]
pub fn holds_frames(head: &[u8], size: u64) -> bool {
    const HEADER: u64 = 32;
    const FRAME_HEADER: u64 = 24;
    let (Some(magic), Some(page)) = (number(head, 0), number(head, 8)) else { return false };
    // The last bit gives the order of bytes in the checksums.
    magic & !1 == 0x377f_0682 && page.is_power_of_two() && size >= HEADER + FRAME_HEADER + u64::from(page)
}

fn number(head: &[u8], at: usize) -> Option<u32> {
    head.get(at..)?.first_chunk().map(|bytes| u32::from_be_bytes(*bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn journal(sector: u32, page: u32) -> Vec<u8> {
        let numbers = [1, 0x1234_5678, 13, sector, page].map(u32::to_be_bytes);
        [&b"\xd9\xd5\x05\xf9\x20\xa1\x63\xd7"[..], numbers.as_flattened()].concat()
    }

    #[test]
    fn a_journal_is_hot_if_sqlite_would_roll_it_back() {
        assert!(is_hot(&journal(512, 4096), 4616));
        assert!(is_hot(&journal(4096, 0), 512));
        // Cleared, torn, or not a journal.
        for (head, size) in [
            (journal(512, 4096), 511),
            (journal(500, 4096), 4616),
            (journal(512, 256), 4616),
            (vec![0; 28], 4616),
            (journal(512, 4096)[..20].to_vec(), 20),
            (b"text that is long enough to be a header".to_vec(), 4616),
            (Vec::new(), 0),
        ] {
            assert!(!is_hot(&head, size), "{head:?}");
        }
    }

    #[test]
    fn a_log_holds_frames_if_there_is_room_for_one() {
        let log = |magic: u32| [magic, 3_007_000, 4096, 0, 1, 2, 3, 4].map(u32::to_be_bytes).as_flattened().to_vec();
        for magic in [0x377f_0682, 0x377f_0683] {
            assert!(holds_frames(&log(magic), 4152) && !holds_frames(&log(magic), 4151));
        }
        assert!(!holds_frames(&log(0), 4152) && !holds_frames(b"", 0));
    }
}
