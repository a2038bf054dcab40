//! Functions and classes, and the lines that belong to them.
//!
//! ```text
//! class C:              #
//!     x = 1             #                      class-level statements belong to no function
//!     def m(self):      #                      nor is the `def` line
//!         a = 1         #  C    C.m
//!         def inner():  #  C    C.m
//!             return a  #  C    C.m.inner
//!         return inner  #  C    C.m
//! ```
//!
//! A line belongs to the innermost function whose body contains it, and to the innermost class that has the line in a method. Agrees with
//! coverage.py's `regions.py`: the lines of a body reach from its first statement to the end of its last one, including comments.

use ruff_python_ast::Stmt;
use ruff_text_size::Ranged;

use super::module::Module;
use super::suites;
use crate::model::lines::{Line, LineSet};
use crate::model::outline::{Name, Region, RegionKind};

/// The regions of `module`, in order of their start.
pub(super) fn regions(module: &Module<'_>) -> Vec<Region> {
    let mut finder = Finder {
        module,
        regions: Vec::new(),
        functions: Vec::new(),
        classes: Vec::new(),
        name: String::new(),
        around: None,
    };
    finder.suite(&module.tree.body);
    let Finder { mut regions, functions, classes, .. } = finder;
    for owners in [functions, classes] {
        for (number, owner) in (0_u32..).zip(owners) {
            if let (Some(line), Some(region)) =
                (Line::new(number), owner.and_then(|owner| regions.get_mut(owner.get() as usize - 1)))
            {
                region.lines.insert(line);
            }
        }
    }
    regions
}

/// A region by its position among all, counted from 1 so that an absent region needs no extra space.
type Owner = std::num::NonZeroU32;

struct Finder<'a> {
    module: &'a Module<'a>,
    regions: Vec<Region>,
    /// The innermost function of each line, from line 0 to the last line that has one.
    functions: Vec<Option<Owner>>,
    /// The innermost class of each line that is in a method.
    classes: Vec<Option<Owner>>,
    /// The qualified name of the surrounding region.
    name: String,
    /// The directly surrounding region.
    around: Option<(RegionKind, Owner)>,
}

impl<'a> Finder<'a> {
    fn suite(&mut self, body: &'a [Stmt]) {
        for statement in body.iter().filter(|statement| suites::is_compound(statement)) {
            match statement {
                Stmt::FunctionDef(node) => self.region(RegionKind::Function, node.name.as_str(), statement, &node.body),
                Stmt::ClassDef(node) => self.region(RegionKind::Class, node.name.as_str(), statement, &node.body),
                _ => suites::suites(statement).for_each(|suite| self.suite(suite)),
            }
        }
    }

    fn region(&mut self, kind: RegionKind, name: &str, statement: &'a Stmt, body: &'a [Stmt]) {
        let Some(start) = Line::new(self.module.line(suites::start(self.module, statement))) else { return };
        let outer_name = self.name.len();
        if outer_name > 0 {
            self.name.push('.');
        }
        self.name.push_str(name);
        self.regions.push(Region {
            kind,
            name: Name::from(self.name.as_str()),
            start: Some(start),
            unlisted_exits: 0,
            lines: LineSet::new(),
        });

        let Some(owner) = u32::try_from(self.regions.len()).ok().and_then(Owner::new) else { return };
        if kind == RegionKind::Function
            && let (Some(first), Some(last)) = (body.first(), body.last())
        {
            // Outer regions come first; inner ones take their lines away from them.
            let (first, last) = (self.module.line(suites::start(self.module, first)), self.module.line(last.end()));
            give(&mut self.functions, first, last, owner);
            if let Some((RegionKind::Class, class)) = self.around {
                give(&mut self.classes, first, last, class);
            }
        }
        let around = self.around.replace((kind, owner));
        self.suite(body);
        self.around = around;
        self.name.truncate(outer_name);
    }
}

/// Assigns the lines from `first` to `last` to the owner.
fn give(owners: &mut Vec<Option<Owner>>, first: u32, last: u32, owner: Owner) {
    let (first, end) = (first as usize, last as usize + 1);
    if owners.len() < end {
        owners.resize(end, None);
    }
    if let Some(lines) = owners.get_mut(first..end) {
        lines.fill(Some(owner));
    }
}

#[cfg(test)]
mod tests {
    use crate::analyse::tests::outline;
    use crate::model::lines::tests::numbers;

    fn regions(source: &str) -> Vec<(String, u32, Vec<u32>)> {
        let regions = outline(source).regions;
        regions
            .iter()
            .map(|region| (region.name.to_string(), region.start.unwrap().get(), numbers(&region.lines)))
            .collect()
    }

    #[test]
    fn a_line_belongs_to_the_innermost_function_and_class() {
        let source = "\
class C:
    a = 2
    def m(self):
        b = 4
        class D:
            c = 6
            def n(self):
                return 8
        return D
";
        let expected = [
            ("C", 1, vec![4, 5, 6, 7, 9]),
            ("C.m", 3, vec![4, 5, 6, 7, 9]),
            ("C.m.D", 5, vec![8]),
            ("C.m.D.n", 7, vec![8]),
        ];
        assert_eq!(regions(source), expected.map(|(name, start, lines)| (name.to_owned(), start, lines)));
    }

    #[test]
    fn functions_are_found_in_every_suite_and_begin_at_their_first_statement() {
        let source = "\
try:
    pass
except E:
    @a
    def f():
        # six
        b = 7
        # eight
        c = 9
else:
    async def g():
        @a
        def h(): return 13
";
        let expected = [("f", 5, vec![7, 8, 9]), ("g", 11, vec![]), ("g.h", 13, vec![13])];
        assert_eq!(regions(source), expected.map(|(name, start, lines)| (name.to_owned(), start, lines)));
    }
}
