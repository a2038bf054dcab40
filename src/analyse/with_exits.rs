//! The arcs of leaving a `with` block.
//!
//! ```text
//! with a:  # 1
//!     b()  # 2
//! c()      # 3
//! ```
//!
//! CPython goes 1, 2, 1, 3: back to the `with` line to call `__exit__`. Reports show 1, 2, 3: the arc (2, 1) becomes (2, 3), and (1, 3) is
//! dropped. Agrees with coverage.py's `with_jump_fixers`.

use std::collections::BTreeMap;

use crate::model::arcs::{Arc, ArcSet};
use crate::model::outline::WithExits;

/// The `with` statements met so far, and their arcs.
#[derive(Default)]
pub(super) struct Withs {
    /// The lines of the `with` statements around the current statement, innermost last.
    open: Vec<i32>,
    /// The lines of all `with` statements.
    lines: Vec<i32>,
    /// Arcs from a `with` line into its own body.
    entries: Vec<Arc>,
    /// Arcs from the end of a body back to its `with` line.
    exits: Vec<Arc>,
}

impl Withs {
    /// Notes that the body of a `with` statement begins.
    pub(super) fn enter(&mut self, line: i32) {
        self.open.push(line);
        self.lines.push(line);
    }

    /// Notes that the innermost body ends.
    pub(super) fn leave(&mut self) {
        self.open.pop();
    }

    /// Takes an arc as soon as it is found.
    pub(super) fn note(&mut self, arc: Arc) {
        if self.open.contains(&arc.from) {
            self.entries.push(arc);
        }
    }

    /// Adds the arc from the end of a body back to its `with` line.
    pub(super) fn exit(&mut self, arc: Arc) {
        self.exits.push(arc);
    }

    /// The rewiring of the arcs, given that `arcs` is all of them.
    pub(super) fn rewire(mut self, arcs: &ArcSet) -> WithExits {
        self.lines.sort_unstable();
        self.lines.dedup();
        self.entries.sort_unstable();
        self.exits.sort_unstable();
        let onward: BTreeMap<i32, i32> =
            self.lines.iter().filter_map(|&line| Some((line, self.onward(arcs, line)?))).collect();

        let mut rewired = BTreeMap::new();
        for &exit in &self.exits {
            // There may be no way on, as at the end of a `finally` clause of a `try` that cannot complete: then nothing is rewired.
            if let Some(to) = self.destination(&onward, exit.to) {
                rewired.insert(exit, Some(Arc::new(exit.from, to)));
            }
        }
        for (&line, &to) in &onward {
            // A body on the line of its `with` does not come back to it: the arc onward is then the only trace of leaving.
            if !self.is_exit(Arc::new(line, line)) {
                rewired.insert(Arc::new(line, to), None);
            }
        }
        WithExits(rewired)
    }

    /// The place to which the `with` statement on `line` goes on after its body. Normally there is one. If there are two, as unreachable code can
    /// cause, coverage.py fails on an assertion; here the first one counts.
    fn onward(&self, arcs: &ArcSet, line: i32) -> Option<i32> {
        let arcs = arcs.as_slice();
        let from = arcs.get(arcs.partition_point(|arc| arc.from < line)..)?;
        let mut from = from.iter().take_while(|arc| arc.from == line);
        from.find(|arc| self.entries.binary_search(arc).is_err()).map(|arc| arc.to)
    }

    /// The same, through all surrounding `with` statements that end there too.
    fn destination(&self, onward: &BTreeMap<i32, i32>, mut line: i32) -> Option<i32> {
        let mut to = *onward.get(&line)?;
        // Each step leads further out, so there are fewer steps than statements.
        for _ in &self.lines {
            match onward.get(&to) {
                Some(&next) if self.is_exit(Arc::new(line, to)) => (line, to) = (to, next),
                _ => break,
            }
        }
        Some(to)
    }

    fn is_exit(&self, arc: Arc) -> bool {
        self.exits.binary_search(&arc).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use crate::analyse::tests::{arcs, outline};
    use crate::model::arcs::Arc;

    #[test]
    fn the_end_of_a_body_goes_on_to_what_follows() {
        let outline = outline("with a:\n    b()\nc()\n");
        assert_eq!(arcs(&outline), [(1, 2), (2, 3), (3, -1)]);
        assert_eq!(outline.rewire.apply(Arc::new(2, 1)), Some(Arc::new(2, 3)));
        assert_eq!(outline.rewire.apply(Arc::new(1, 3)), None);
        assert_eq!(outline.rewire.apply(Arc::new(1, 2)), Some(Arc::new(1, 2)));
    }

    #[test]
    fn nested_ones_that_end_together_are_left_at_once() {
        let source = "with a:\n    with b:\n        with c:\n            d()\ne()\n";
        assert_eq!(arcs(&outline(source)), [(1, 2), (2, 3), (3, 4), (4, 5), (5, -1)]);
    }

    #[test]
    fn a_body_on_the_line_of_its_with_keeps_the_arc_onward() {
        assert_eq!(arcs(&outline("with a: b()\nc()\n")), [(1, 2), (2, -1)]);
    }

    #[test]
    fn a_body_that_does_not_complete_has_no_way_on() {
        assert_eq!(arcs(&outline("def f():\n    with a:\n        return 3\n")), [(1, -1), (2, 3), (3, -1)]);
    }
}
