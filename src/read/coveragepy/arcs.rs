//! The table `arc`, which holds nearly all the bytes of a branch-mode fragment.
//!
//! The rows are read from the index that keeps them unique: it holds all four columns, is sorted by file, context and arc, and coverage.py's
//! own queries use it too. Reading checks that the rows ascend without repetition. Without the index, the rows are sorted.

use super::{Error, Files, Labels};
use crate::datafile::{Cells, Entry, Packed, Tables, layout};
use crate::model::arcs::{Arc, ArcSet};

/// Collects arcs that arrive sorted by file and context, and gives each file its own arcs.
pub(super) struct Arcs<'t> {
    files: &'t mut Files,
    labels: &'t Labels,
    keep: bool,
    /// The file and the context whose arcs are being collected, by id and by position; `None` before the first.
    group: Option<Group>,
    /// The file's arcs so far.
    found: Vec<Arc>,
    /// Where in `found` the arcs of the current context begin.
    start: usize,
}

#[derive(Clone, Copy)]
struct Group {
    ids: (i64, i64),
    file: usize,
    context: usize,
    admitted: bool,
    /// The smallest key that may come next.
    next: u64,
}

impl<'t> Arcs<'t> {
    pub(super) fn new(files: &'t mut Files, labels: &'t Labels, keep: bool) -> Self {
        Self { files, labels, keep, group: None, found: Vec::new(), start: 0 }
    }

    /// Reads all rows and returns their number.
    pub(super) fn read(mut self, tables: &mut Tables<'_>) -> Result<u64, Error> {
        let indexed = tables.arcs(|packed, entry, cells| {
            let Entry { ids, from, to } = packed.read(entry)?;
            if self.group.map(|group| group.ids) != Some(ids) {
                self.begin(ids)?;
            }
            self.add(std::iter::once(arc(from, to)?))?;
            self.add_quick(packed, cells)
        })?;
        let count = match indexed {
            Some(count) => count,
            None => self.sort(tables)?,
        };
        self.end_file();
        Ok(count)
    }

    /// The same of the table itself, if it has no index.
    fn sort(&mut self, tables: &mut Tables<'_>) -> Result<u64, Error> {
        let mut rows = Vec::new();
        tables.indexed_rows(&layout::ARC, |[file, context, from, to]| {
            let ids = (file.integer("file_id")?, context.integer("context_id")?);
            // Checked already here, where the error can name the row's place.
            self.files.find(ids.0)?;
            self.labels.find(ids.1)?;
            rows.push((ids, arc(from.integer("fromno")?, to.integer("tono")?)?));
            Ok(())
        })?;
        let count = rows.len() as u64;
        rows.sort_unstable();
        rows.dedup();
        for group in rows.chunk_by(|a, b| a.0 == b.0) {
            let Some((ids, _)) = group.first() else { continue };
            let outcome = self.begin(*ids).and_then(|()| self.add(group.iter().map(|row| row.1)));
            outcome.map_err(|cause| Error::new(super::Place::Table(layout::ARC.name.to_owned()), cause))?;
        }
        Ok(count)
    }

    /// Starts the arcs of this file and context.
    fn begin(&mut self, ids: (i64, i64)) -> Result<(), String> {
        let before = self.group.map(|group| group.ids);
        if before.is_some_and(|before| before >= ids) {
            return Err("the index is out of order".to_owned());
        }
        if before.is_some_and(|before| before.0 != ids.0) {
            self.end_file();
        } else {
            self.end_context();
        }
        let (file, (context, admitted)) = (self.files.find(ids.0)?, self.labels.find(ids.1)?);
        if let Some(trace) = self.files.at(file) {
            trace.by_python = true;
        }
        self.group = Some(Group { ids, file, context, admitted, next: 0 });
        Ok(())
    }

    /// Adds arcs to the current file and context.
    #[inline]
    fn add(&mut self, arcs: impl Iterator<Item = Arc>) -> Result<(), String> {
        let Some(group) = &mut self.group else { return Ok(()) };
        let mut next = group.next;
        for arc in arcs {
            let key = arc.key();
            if key < next {
                return Err("the index is out of order".to_owned());
            }
            next = key.saturating_add(1);
            if group.admitted {
                self.found.push(arc);
            }
        }
        group.next = next;
        Ok(())
    }

    /// Adds the arcs that are quick to read. The loop over millions of them stays apart, so that its state fits into registers.
    #[inline(never)]
    fn add_quick(&mut self, packed: &mut Packed, cells: &mut Cells<'_>) -> Result<(), String> {
        self.add(std::iter::from_fn(|| packed.next(cells)))
    }

    fn end_context(&mut self) {
        if let (true, Some(group), Some(found)) = (self.keep, self.group, self.found.get(self.start..))
            && !found.is_empty()
            && let Some(name) = self.labels.names.get(group.context)
            && let Some(trace) = self.files.at(group.file)
        {
            let arcs = ArcSet::from_ascending(found.to_vec());
            trace.contexts.entry(name.clone()).or_default().arcs.union_with(&arcs);
        }
        self.start = self.found.len();
    }

    fn end_file(&mut self) {
        // The arcs of a single context ascend; `add` has checked that.
        let is_one = self.start == 0;
        self.end_context();
        if let Some(trace) = self.group.and_then(|group| self.files.at(group.file)) {
            // Copied to its exact length; the growing buffer is larger and is reused.
            let arcs = self.found.as_slice().to_vec();
            let arcs = if is_one { ArcSet::from_ascending(arcs) } else { ArcSet::from_unsorted(arcs) };
            trace.arcs = arcs;
        }
        self.found.clear();
        self.start = 0;
    }
}

fn arc(from: i64, to: i64) -> Result<Arc, String> {
    match (i32::try_from(from), i32::try_from(to)) {
        (Ok(from), Ok(to)) => Ok(Arc::new(from, to)),
        (Err(_), _) => Err(format!("`fromno` is {from}, which is not a line number")),
        _ => Err(format!("`tono` is {to}, which is not a line number")),
    }
}
