//! B-trees: how SQLite arranges the rows of a table and the entries of an index in pages.
//!
//! Reading a whole file visits each page once, so a forged pointer cannot make the work more than linear in the file's size: a page that is
//! met again, in the same tree or another, is an error. Keys must ascend; the users of the walk check that.
//!
//! Format: <https://www.sqlite.org/fileformat2.html>, sections 1.5 and 1.6.

use super::error::Damage;
use super::pages::Pages;
use super::record::varint;

/// More levels than any tree that SQLite makes or reads.
const MAX_DEPTH: u32 = 20;

/// The pages visited so far.
pub(super) struct Visited(Vec<u64>);

impl Visited {
    /// No page of a file of `pages` pages has been visited yet.
    pub(super) fn none_of(pages: &Pages<'_>) -> Self {
        Self(vec![0; pages.count() as usize / 64 + 1])
    }

    fn visit(&mut self, page: u32) -> Result<(), Damage> {
        let (word, bit) = (page as usize / 64, 1 << (page % 64));
        match self.0.get_mut(word) {
            Some(bits) if *bits & bit == 0 => {
                *bits |= bit;
                Ok(())
            }
            Some(_) => Err(Damage::new(page, "the page is used twice".to_owned())),
            None => Err(Damage::new(page, "there is no such page".to_owned())),
        }
    }
}

/// The payload of a cell.
#[derive(Clone, Copy, Debug)]
pub struct Payload<'a>(&'a [u8]);

impl<'a> Payload<'a> {
    /// Its bytes.
    #[must_use]
    pub fn bytes(self) -> &'a [u8] {
        self.0
    }
}

/// The kind of tree that a page belongs to.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Tree {
    Table,
    Index,
}

impl Tree {
    /// The type of its pages.
    pub(super) const fn kind(self, leaf: bool) -> u8 {
        match (self, leaf) {
            (Self::Index, false) => 2,
            (Self::Table, false) => 5,
            (Self::Index, true) => 10,
            (Self::Table, true) => 13,
        }
    }

    /// The meaning of a page's type: whether it is a leaf, and the kind of its tree.
    fn of(kind: u8) -> Option<(bool, Self)> {
        let kinds = [(false, Self::Index), (false, Self::Table), (true, Self::Index), (true, Self::Table)];
        kinds.into_iter().find(|(leaf, tree)| tree.kind(*leaf) == kind)
    }
}

/// The maximum number of payload bytes in a cell, given `usable` bytes in a page.
pub(super) const fn most(tree: Tree, usable: usize) -> usize {
    match tree {
        Tree::Table => usable - 35,
        Tree::Index => (usable - 12) * 64 / 255 - 23,
    }
}

/// The number of bytes in the cell of a payload of `length` bytes, if the cell may hold `most`; the rest is in overflow pages.
#[inline]
pub(super) fn local(most: usize, usable: usize, length: usize) -> usize {
    if length <= most {
        return length;
    }
    let least = (usable - 12) * 32 / 255 - 23;
    let fitting = least + (length - least) % (usable - 4);
    if fitting <= most { fitting } else { least }
}

/// A page of a tree, whose cells are visited one after another.
pub struct Cells<'a> {
    number: u32,
    page: &'a [u8],
    /// The file from the start of this page.
    tail: &'a [u8],
    leaf: bool,
    /// For inner nodes, the page after the last cell.
    last: u32,
    /// The number of cells.
    count: usize,
    /// The offsets of those that are still to be visited.
    ahead: &'a [[u8; 2]],
    /// The lowest offset at which the cells' content may begin.
    content: usize,
    /// The number of bytes that are left for cells: overlapping ones could claim more bytes than the file has.
    room: usize,
}

/// The number of bytes that can be seen of the next cell: more than an entry of small integers has.
pub(super) const NEAR: usize = 32;

impl<'a> Cells<'a> {
    fn open(pages: &Pages<'a>, visited: &mut Visited, tree: Tree, number: u32) -> Result<Self, Damage> {
        let page = pages.page(number)?;
        visited.visit(number)?;
        // The first page begins with the file's header.
        let start = if number == 1 { 100 } else { 0 };
        let damage = |cause: String| Err(Damage::new(number, cause));
        let Some(&[kind, _, _, high, low, _, _, _, a, b, c, d]) = page.get(start..).and_then(<[u8]>::first_chunk)
        else {
            return damage("the page has no header".to_owned());
        };
        let Some((leaf, found)) = Tree::of(kind) else {
            return damage(format!("the page's type is {kind}, not one of 2, 5, 10 or 13"));
        };
        if found != tree {
            let (found, wanted) = if found == Tree::Table { ("a table", "an index") } else { ("an index", "a table") };
            return damage(format!("the page is one of {found}, not of {wanted}"));
        }
        let array = start + if leaf { 8 } else { 12 };
        let count = u16::from_be_bytes([high, low]);
        let content = array + 2 * usize::from(count);
        let Some(cells) = page.get(array..content) else {
            return damage(format!("the page claims {count} cells, more than it has room for"));
        };
        Ok(Self {
            number,
            page,
            tail: pages.tail(number),
            leaf,
            last: if leaf { 0 } else { u32::from_be_bytes([a, b, c, d]) },
            count: usize::from(count),
            ahead: cells.as_chunks().0,
            content,
            room: page.len(),
        })
    }

    /// The offset of the next cell, which is thereby visited; `None` after the last one.
    fn next(&mut self) -> Option<Result<usize, Damage>> {
        let (&pointer, ahead) = self.ahead.split_first()?;
        self.ahead = ahead;
        Some(self.offset(pointer).ok_or_else(|| self.damage(" lies outside of the page")))
    }

    /// Visits the next cell of a leaf, if `size` can tell by its first bytes how many it has. The cell lies within its page. `None` says nothing of
    /// it: the cell is still to be visited then.
    #[inline]
    pub(super) fn take(&mut self, size: impl FnOnce(&[u8; NEAR]) -> Option<usize>) -> Option<&'a [u8; NEAR]> {
        let (&pointer, ahead) = self.ahead.split_first().filter(|_| self.leaf)?;
        let start = usize::from(u16::from_be_bytes(pointer));
        let cell = self.tail.get(start..)?.first_chunk()?;
        let size = size(cell)?;
        let room = self.room.checked_sub(size)?;
        if start < self.content || start + size > self.page.len() {
            return None;
        }
        (self.ahead, self.room) = (ahead, room);
        Some(cell)
    }

    /// Visits the beginnings of the next cells, as long as `each` says so of the cell that it is given, and that one lies far enough from the end of
    /// the file. It does not check that the cells lie within the page.
    #[inline]
    pub(super) fn near(&mut self, mut each: impl FnMut(&[u8; NEAR]) -> bool) {
        while let Some((&pointer, ahead)) = self.ahead.split_first() {
            let start = usize::from(u16::from_be_bytes(pointer));
            let Some(cell) = self.tail.get(start..).and_then(<[u8]>::first_chunk) else { return };
            if !each(cell) {
                return;
            }
            self.ahead = ahead;
        }
    }

    fn offset(&self, pointer: [u8; 2]) -> Option<usize> {
        Some(usize::from(u16::from_be_bytes(pointer))).filter(|offset| (self.content..self.page.len()).contains(offset))
    }

    /// Damage of the cell that was visited last.
    #[cold]
    fn damage(&self, what: &str) -> Damage {
        Damage::new(self.number, format!("cell {}{what}", (self.count - self.ahead.len()).saturating_sub(1)))
    }

    fn child(&self, offset: usize) -> Result<u32, Damage> {
        match self.page.get(offset..).and_then(<[u8]>::first_chunk) {
            Some(&number) => Ok(u32::from_be_bytes(number)),
            None => Err(self.damage(" is longer than the page")),
        }
    }

    /// The varint at `offset`, and the offset of its end.
    fn varint(&self, offset: usize) -> Result<(u64, usize), Damage> {
        // Nearly all varints have one byte.
        match self.page.get(offset) {
            Some(&byte) if byte < 0x80 => Ok((u64::from(byte), offset + 1)),
            _ => match self.page.get(offset..).and_then(varint) {
                Some((value, length)) => Ok((value, offset + length)),
                None => Err(self.damage(" is longer than the page")),
            },
        }
    }
}

/// A walk over one tree.
struct Walk<'w, 'a> {
    pages: &'w Pages<'a>,
    visited: &'w mut Visited,
    tree: Tree,
    /// The maximum number of payload bytes in a cell.
    most: usize,
    /// The number of cells of the pages visited, those of a table's inner pages left out.
    entries: u64,
    /// The buffer in which payloads that span several pages are joined.
    joined: Vec<u8>,
}

impl<'w, 'a> Walk<'w, 'a> {
    fn new(pages: &'w Pages<'a>, visited: &'w mut Visited, tree: Tree) -> Self {
        Self { pages, visited, tree, most: most(tree, pages.usable), entries: 0, joined: Vec::new() }
    }

    /// Visits the tree from page `number` down, in key order. `each` is given a row's id (0 in an index), its payload, and the cells of the page
    /// that follow, some of which it may visit by itself.
    fn descend<F>(&mut self, number: u32, depth: u32, each: &mut F) -> Result<(), Damage>
    where
        F: FnMut(i64, Payload<'_>, &mut Cells<'_>) -> Result<(), String>,
    {
        if depth > MAX_DEPTH {
            return Err(Damage::new(number, format!("the tree is deeper than {MAX_DEPTH} pages")));
        }
        let mut cells = Cells::open(self.pages, self.visited, self.tree, number)?;
        if self.tree == Tree::Index || cells.leaf {
            self.entries += cells.ahead.len() as u64;
        }
        while let Some(start) = cells.next() {
            let start = start?;
            let mut at = start;
            if !cells.leaf {
                let child = cells.child(at)?;
                self.descend(child, depth + 1, each)?;
                at += 4;
                if self.tree == Tree::Table {
                    // Inner nodes of tables have no rows.
                    continue;
                }
            }
            let (length, behind) = cells.varint(at)?;
            at = behind;
            let mut id = 0;
            if self.tree == Tree::Table {
                let (key, behind) = cells.varint(at)?;
                id = key.cast_signed();
                at = behind;
            }
            let Ok(length) = usize::try_from(length) else {
                return Err(cells.damage(" is longer than memory"));
            };
            let local = local(self.most, self.pages.usable, length);
            let end = at + local + if local < length { 4 } else { 0 };
            let size = end - start;
            if end > cells.page.len() || size > cells.room {
                return Err(cells.damage(" is longer than the page"));
            }
            cells.room -= size;
            let near = cells.page.get(at..at + local).unwrap_or_default();
            let payload = if local == length {
                Payload(near)
            } else {
                let next = cells.child(at + local)?;
                self.joined.clear();
                self.joined.extend_from_slice(near);
                self.overflow(number, next, length)?;
                Payload(&self.joined)
            };
            // The only call of it, so that it can be inlined.
            if let Err(cause) = each(id, payload, &mut cells) {
                return Err(cells.damage(&format!(": {cause}")));
            }
        }
        if cells.leaf { Ok(()) } else { self.descend(cells.last, depth + 1, each) }
    }

    /// Appends overflow pages, from `next` on, to the joined bytes, until there are `length` bytes.
    fn overflow(&mut self, from: u32, mut next: u32, length: usize) -> Result<(), Damage> {
        let joined = &mut self.joined;
        while joined.len() < length {
            if next == 0 {
                let cause = format!("a payload of {length} bytes ends after {}", joined.len());
                return Err(Damage::new(from, cause));
            }
            let page = self.pages.page(next)?;
            self.visited.visit(next)?;
            let Some((link, content)) = page.split_first_chunk::<4>() else {
                return Err(Damage::new(next, "the page is too short".to_owned()));
            };
            joined.extend_from_slice(content.get(..length - joined.len()).unwrap_or(content));
            next = u32::from_be_bytes(*link);
        }
        if next == 0 { Ok(()) } else { Err(Damage::new(from, "a payload has more pages than bytes".to_owned())) }
    }
}

/// Visits the rows of the table with root page `root`, in the order of their ids. `each` is given the id and the payload.
///
/// # Errors
/// The first deviation of the tree from what SQLite makes, or an error of `each`.
pub(super) fn rows<F>(pages: &Pages<'_>, visited: &mut Visited, root: u32, mut each: F) -> Result<(), Damage>
where
    F: FnMut(i64, Payload<'_>) -> Result<(), String>,
{
    let mut last = None;
    let mut walk = Walk::new(pages, visited, Tree::Table);
    walk.descend(root, 1, &mut |id, payload, _| {
        if last.is_some_and(|last| last >= id) {
            return Err(format!("row {id} does not come after the one before it"));
        }
        last = Some(id);
        each(id, payload)
    })
}

/// Visits the entries of the index with root page `root`, in the order of the index; `each` must check that they ascend. It is given an entry's
/// payload and the cells that follow on its page; it may visit some of those too. Returns the number of entries.
///
/// # Errors
/// The same as for `rows`.
pub(super) fn entries<F>(pages: &Pages<'_>, visited: &mut Visited, root: u32, mut each: F) -> Result<u64, Damage>
where
    F: FnMut(Payload<'_>, &mut Cells<'_>) -> Result<(), String>,
{
    let mut walk = Walk::new(pages, visited, Tree::Index);
    walk.descend(root, 1, &mut |_, payload, cells| each(payload, cells))?;
    Ok(walk.entries)
}

/// Visits the rows of the table with root page `root` in any way: `each` is given a row's payload and the cells that follow on its page; it may
/// visit some of those too. Returns the number of rows.
///
/// # Errors
/// The same as for `rows`, except that the ids are not looked at.
pub(super) fn cells<F>(pages: &Pages<'_>, visited: &mut Visited, root: u32, mut each: F) -> Result<u64, Damage>
where
    F: FnMut(Payload<'_>, &mut Cells<'_>),
{
    let mut walk = Walk::new(pages, visited, Tree::Table);
    walk.descend(root, 1, &mut |_, payload, cells| {
        each(payload, cells);
        Ok(())
    })?;
    Ok(walk.entries)
}
