//! Writes a b-tree from its first key to its last: memory holds at most one page of each level.
//!
//! Pages are filled to the end. Between two pages of a level, a table has the id of the last row before, and an index has an entry: the last one of
//! the page that is full. So only the root of an empty tree has no cells, as SQLite requires.
//!
//! Format: <https://www.sqlite.org/fileformat2.html>, section 1.6.

use std::io::{self, Write};

use super::btree::{Tree, local, most};
use super::pages::{HEADER, PAGE, following};
use super::record::put_varint;

/// The output of pages, one after another.
pub(super) struct Output<'a> {
    out: &'a mut dyn Write,
    /// The number of the last page.
    count: u32,
}

impl<'a> Output<'a> {
    /// An output without pages.
    pub(super) fn new(out: &'a mut dyn Write) -> Self {
        Self { out, count: 0 }
    }

    /// The number of pages written.
    pub(super) fn count(&self) -> u32 {
        self.count
    }

    /// The number of the next page.
    fn next(&self) -> io::Result<u32> {
        following(self.count)
            .ok_or_else(|| io::Error::other("the data has more pages than an SQLite database can have"))
    }

    /// Writes the next page, and before it the page that must not be used, if that one is next. Returns the page's number.
    pub(super) fn page(&mut self, page: &[u8; PAGE]) -> io::Result<u32> {
        let number = self.next()?;
        for _ in self.count + 1..number {
            self.out.write_all(&[0; PAGE])?;
        }
        self.out.write_all(page)?;
        self.count = number;
        Ok(number)
    }

    /// Writes `bytes` as a chain of overflow pages. Returns the number of the first page.
    fn overflow(&mut self, bytes: &[u8]) -> io::Result<u32> {
        let first = self.next()?;
        let mut chunks = bytes.chunks(PAGE - 4).peekable();
        while let Some(chunk) = chunks.next() {
            let mut page = [0; PAGE];
            if chunks.peek().is_some() {
                let behind = following(self.next()?).unwrap_or_default();
                page[..4].copy_from_slice(&behind.to_be_bytes());
            }
            page[4..].split_at_mut(chunk.len()).0.copy_from_slice(chunk);
            self.page(&page)?;
        }
        Ok(first)
    }
}

/// The cells of a page that is being filled.
#[derive(Default)]
pub(super) struct Cells {
    bytes: Vec<u8>,
    /// The offset of each cell in `bytes`.
    starts: Vec<usize>,
}

impl Cells {
    /// Adds a cell.
    pub(super) fn push(&mut self, cell: &[u8]) {
        self.starts.push(self.bytes.len());
        self.bytes.extend_from_slice(cell);
    }

    /// Removes the last cell and returns it.
    fn pop(&mut self) -> Vec<u8> {
        self.bytes.split_off(self.starts.pop().unwrap_or_default())
    }

    /// Whether a page whose header ends at `array` has room for another cell of `length` bytes.
    fn has_room(&self, array: usize, length: usize) -> bool {
        array + 2 * (self.starts.len() + 1) + self.bytes.len() + length <= PAGE
    }

    /// The page: its header from `start` on, the offsets of the cells, and the cells at its end. For inner nodes, `right` is the page after the last
    /// cell. `None` if the cells have no room.
    pub(super) fn page(&self, start: usize, tree: Tree, right: Option<u32>) -> Option<[u8; PAGE]> {
        let content = PAGE.checked_sub(self.bytes.len())?;
        let mut page = [0; PAGE];
        page.get_mut(content..)?.copy_from_slice(&self.bytes);
        let mut header = vec![tree.kind(right.is_none()), 0, 0];
        header.extend(u16::try_from(self.starts.len()).ok()?.to_be_bytes());
        header.extend(u16::try_from(content).ok()?.to_be_bytes());
        header.push(0);
        header.extend(right.map(u32::to_be_bytes).as_slice().as_flattened());
        for &cell in &self.starts {
            header.extend(u16::try_from(content + cell).ok()?.to_be_bytes());
        }
        if start + header.len() > content {
            return None;
        }
        page.get_mut(start..start + header.len())?.copy_from_slice(&header);
        Some(page)
    }
}

/// The first page: the header of the file, and the table of tables with these rows. `None` if the rows have no room.
pub(super) fn first_page(header: &[u8; HEADER], rows: &[Vec<u8>]) -> Option<[u8; PAGE]> {
    let mut cells = Cells::default();
    for (row, id) in rows.iter().zip(1..) {
        let mut cell = Vec::new();
        put_varint(row.len() as u64, &mut cell);
        put_varint(id, &mut cell);
        cell.extend_from_slice(row);
        cells.push(&cell);
    }
    let mut page = cells.page(HEADER, Tree::Table, None)?;
    page[..HEADER].copy_from_slice(header);
    Some(page)
}

/// A tree that is being written.
pub(super) struct TreeWriter {
    tree: Tree,
    /// The page being filled on each level, leaves first.
    levels: Vec<Cells>,
    /// The id of the last row.
    last: i64,
    /// The cell being built.
    cell: Vec<u8>,
}

impl TreeWriter {
    /// An empty tree.
    pub(super) fn new(tree: Tree) -> Self {
        Self { tree, levels: vec![Cells::default()], last: 0, cell: Vec::new() }
    }

    /// Adds a payload. Its key must come after all others: in a table `id`, in an index the payload itself.
    pub(super) fn add(&mut self, id: i64, payload: &[u8], output: &mut Output<'_>) -> io::Result<()> {
        let mut cell = std::mem::take(&mut self.cell);
        cell.clear();
        put_varint(payload.len() as u64, &mut cell);
        if self.tree == Tree::Table {
            put_varint(id.cast_unsigned(), &mut cell);
        }
        let (near, far) = payload.split_at(local(most(self.tree, PAGE), PAGE, payload.len()));
        cell.extend_from_slice(near);
        if !far.is_empty() {
            cell.extend(output.overflow(far)?.to_be_bytes());
        }
        self.push(0, &cell, output)?;
        self.cell = cell;
        self.last = id;
        Ok(())
    }

    fn level(&mut self, level: usize) -> io::Result<&mut Cells> {
        self.levels.get_mut(level).ok_or_else(|| io::Error::other("a tree without a level"))
    }

    /// Adds a cell to a level.
    fn push(&mut self, level: usize, cell: &[u8], output: &mut Output<'_>) -> io::Result<()> {
        if level == self.levels.len() {
            self.levels.push(Cells::default());
        }
        let array = if level == 0 { 8 } else { 12 };
        if !self.level(level)?.has_room(array, cell.len()) {
            let mut between = Vec::new();
            if (level, self.tree) == (0, Tree::Table) {
                put_varint(self.last.cast_unsigned(), &mut between);
            } else {
                between = self.level(level)?.pop();
            }
            // The cell of an inner node begins with the page before its key.
            let right = (level > 0).then(|| between.drain(..4).fold(0, |page, byte| page << 8 | u32::from(byte)));
            let page = self.close(level, right, output)?;
            self.push(level + 1, &[&page.to_be_bytes(), &between[..]].concat(), output)?;
        }
        self.level(level)?.push(cell);
        Ok(())
    }

    /// Writes the page of a level, and starts another one.
    fn close(&mut self, level: usize, right: Option<u32>, output: &mut Output<'_>) -> io::Result<u32> {
        let cells = std::mem::take(self.level(level)?);
        let page = cells.page(0, self.tree, right).ok_or_else(|| io::Error::other("a page is too full"))?;
        output.page(&page)
    }

    /// Writes the remaining pages. Returns the number of the root page.
    pub(super) fn finish(mut self, output: &mut Output<'_>) -> io::Result<u32> {
        let mut below = None;
        for level in 0..self.levels.len() {
            below = Some(self.close(level, below, output)?);
        }
        below.ok_or_else(|| io::Error::other("a tree without a level"))
    }
}

#[cfg(test)]
mod tests {
    use super::super::pages::LOCKED;
    use super::*;

    #[test]
    fn the_page_that_sqlite_locks_is_left_out_of_a_chain() {
        let mut written = Vec::new();
        let mut output = Output { out: &mut written, count: LOCKED - 3 };
        let payload = vec![7; 3 * (PAGE - 4)];
        assert_eq!(output.overflow(&payload).unwrap(), LOCKED - 2);
        assert_eq!(output.count(), LOCKED + 1);
        let pages: Vec<(u32, bool)> = written
            .chunks(PAGE)
            .map(|page| (u32::from_be_bytes(*page.first_chunk().unwrap()), page[4..].iter().all(|&byte| byte == 7)))
            .collect();
        assert_eq!(pages, [(LOCKED - 1, true), (LOCKED + 1, true), (0, false), (0, true)]);
    }

    #[test]
    fn a_page_beyond_the_last_that_sqlite_counts_is_an_error() {
        let mut output = Output { out: &mut io::sink(), count: u32::MAX - 2 };
        assert_eq!(output.page(&[0; PAGE]).unwrap(), u32::MAX - 1);
        let error = output.page(&[0; PAGE]).unwrap_err();
        assert_eq!(error.to_string(), "the data has more pages than an SQLite database can have");
    }

    #[test]
    fn an_empty_tree_is_an_empty_leaf() {
        let mut written = Vec::new();
        let mut output = Output::new(&mut written);
        assert_eq!(TreeWriter::new(Tree::Table).finish(&mut output).unwrap(), 1);
        assert_eq!((&written[..8], written.len()), (&[13, 0, 0, 0, 0, 16, 0, 0][..], PAGE));
    }
}
