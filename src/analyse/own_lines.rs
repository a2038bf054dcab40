//! Suites on the line of their branch, and the exits that coverage.py records of them.
//!
//! ```text
//! with a:                 # 2
//!     if b: return 3      # 3  → 2, where `__exit__` is called, which counts as → 4
//! c()                     # 4
//! ```
//!
//! coverage.py sees lines, so that the exit of such a suite is where its last statement leads first. Other tools record that the suite was entered. The one
//! follows from the other if nothing in the suite can raise, or an exception leads to the same line.

use ruff_python_ast::visitor::{Visitor, walk_comprehension, walk_expr, walk_stmt};
use ruff_python_ast::{Comprehension, Expr, ExprContext, Stmt};

use super::blocks::{Block, Start};
use super::constants::Rules;
use super::{statements, truth};
use crate::model::arcs::{Arc, ArcSet};
use crate::model::lines::{Line, LineSet};
use crate::model::outline::{Cause, Explanation, OwnLine, WithExits};
use crate::model::settings::PythonVersion;

/// The suites on the lines of their branches met so far.
#[derive(Default)]
pub(super) struct OwnLines(Vec<Suite>);

struct Suite {
    /// The line of the branch and its suite.
    line: i32,
    /// The last line of the suite.
    last: u32,
    /// The reason for which its last statement may not have been left.
    cause: Option<Cause>,
    /// The line of a `with` or `finally` on the way of its jump.
    unwinding: Option<i32>,
    /// The line to which an exception leads, or the end of the function.
    raising: Option<i32>,
    ending: Ending,
}

/// The ways in which a suite that was entered may end, ascending by doubt.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Ending {
    /// As its last statement says.
    AsWritten,
    /// So, or with an exception.
    AsWrittenOrRaising,
    /// With an exception.
    Raising,
    /// In another way, or with an exit that coverage.py's tracers record differently.
    Unknown,
}

/// The reasons for which a branch may not have entered its suite.
const INTO: [Cause; 3] = [Cause::ConditionNeverTrue, Cause::LoopNeverStarted, Cause::PatternNeverMatched];
/// The reasons for which it may not have passed it.
const PAST: [Cause; 3] = [Cause::ConditionAlwaysTrue, Cause::LoopDidNotComplete, Cause::PatternAlwaysMatched];

impl OwnLines {
    /// Notes the suite `body`, which ends on line `end` and stands within `blocks` on the line of `branch`, or has no code at all.
    pub(super) fn note(&mut self, branch: Start, (body, end): (&[Stmt], u32), blocks: &[Block], rules: Rules) {
        let Some((last, before)) = body.split_last() else { return };
        if !branch.cause.is_some_and(|cause| INTO.contains(&cause)) {
            return;
        }
        let cause = cause_of_jump(last);
        let mut look = Look { rules, python: rules.python, ending: Ending::AsWritten };
        look.visit_body(body);
        // coverage.py lets the statement after a jump lead on, though it is never reached.
        if before.iter().any(|statement| cause_of_jump(statement).is_some()) {
            look.ending = Ending::Unknown;
        }
        let mut way_out = blocks.iter().rev().take_while(|block| cause.is_some() && !is_target(last, block));
        let unwinding = way_out.find_map(Block::unwound);
        let raising = blocks.iter().rev().find_map(Block::catching);
        self.0.push(Suite { line: branch.line, last: end, cause, unwinding, raising, ending: look.ending });
    }

    /// The suites whose lines have several of `arcs`, which are all that are possible; and the lines to which they jump through a `with` or `finally`,
    /// so that no arc leads there. `notes` explain arcs that are not rewired yet; nobody knows of `doubtful` ones.
    pub(super) fn found(
        mut self,
        arcs: &ArcSet,
        rewire: &WithExits,
        notes: &[(Arc, Explanation)],
        doubtful: &ArcSet,
    ) -> (Vec<OwnLine>, Vec<i32>) {
        self.0.sort_by_key(|suite| suite.line);
        let lines: LineSet = self.0.iter().filter_map(|suite| Line::new(suite.line.unsigned_abs())).collect();
        let on_them = |arc: &Arc| arc.from != arc.to && lines.contains_number(arc.from.unsigned_abs());
        let notes = notes.iter().filter(|(arc, _)| on_them(arc));
        let mut notes: Vec<(Arc, Option<Cause>)> = notes.map(|(arc, note)| (*arc, note.cause)).collect();
        notes.sort_unstable();
        let (mut found, mut indirect) = (Vec::new(), Vec::new());
        for suite in &self.0 {
            let arcs = from(arcs.as_slice(), suite.line, |arc| *arc);
            let Some((past, on)) = suite.ways(arcs, rewire, from(&notes, suite.line, |note| note.0)) else { continue };
            let counted = |to: i32| counted(Arc::new(suite.line, to), arcs, rewire);
            let ends = suite.unwinding.map_or(on, counted);
            indirect.extend(on.filter(|_| suite.unwinding.is_some()));
            let into = suite.into(ends, suite.raising.and_then(counted));
            let sure = |to: &i32| !doubtful.contains(Arc::new(suite.line, *to));
            let (into, past) = (into.filter(sure), past.filter(sure));
            found.push(OwnLine { lines: (suite.line.unsigned_abs(), suite.last), into, past });
        }
        (found, indirect)
    }
}

/// The end of `arc` as it counts, if that is among `arcs`.
fn counted(arc: Arc, arcs: &[Arc], rewire: &WithExits) -> Option<i32> {
    rewire.apply(arc).filter(|arc| arcs.contains(arc)).map(|arc| arc.to)
}

/// Those of `all` that leave `line`.
fn from<T>(all: &[T], line: i32, arc: impl Fn(&T) -> Arc) -> &[T] {
    let all = &all[all.partition_point(|one| arc(one).from < line)..];
    &all[..all.partition_point(|one| arc(one).from == line)]
}

/// The reason for which control may not have left `statement`, if that is a jump.
fn cause_of_jump(statement: &Stmt) -> Option<Cause> {
    Some(match statement {
        Stmt::Return(_) => Cause::ReturnNotExecuted,
        Stmt::Raise(_) => Cause::RaiseNotExecuted,
        Stmt::Break(_) => Cause::BreakNotExecuted,
        Stmt::Continue(_) => Cause::ContinueNotExecuted,
        _ => return None,
    })
}

/// Whether `block` is the one that the jump leaves or repeats.
fn is_target(jump: &Stmt, block: &Block) -> bool {
    match block {
        Block::Function { .. } => true,
        Block::Loop { .. } => matches!(jump, Stmt::Break(_) | Stmt::Continue(_)),
        Block::Try { .. } | Block::With { .. } => false,
    }
}

impl Suite {
    /// The exits past the suite and out of its end, as possible arcs have them. `arcs` are those of its line, and `notes` explain them.
    fn ways(
        &self,
        arcs: &[Arc],
        rewire: &WithExits,
        notes: &[(Arc, Option<Cause>)],
    ) -> Option<(Option<i32>, Option<i32>)> {
        if arcs.len() < 2 {
            return None;
        }
        let noted = |wanted: &dyn Fn(Option<Cause>) -> bool| {
            notes.iter().filter(|(_, cause)| wanted(*cause)).find_map(|(arc, _)| counted(*arc, arcs, rewire))
        };
        let past = noted(&|cause| cause.is_some_and(|cause| PAST.contains(&cause)));
        let on = noted(&|cause| cause == self.cause);
        // The arc back to a `with` has no explanation.
        let other = |one: Option<i32>| match (arcs, one) {
            ([first, second], Some(one)) => Some(if first.to == one { second.to } else { first.to }),
            _ => None,
        };
        Some((past.or_else(|| other(on)), on.or_else(|| other(past))))
    }

    /// The exit that entering the suite proves, given the exits of its end and of an exception.
    fn into(&self, ends: Option<i32>, raises: Option<i32>) -> Option<i32> {
        match self.ending {
            Ending::AsWritten => ends,
            Ending::AsWrittenOrRaising => ends.filter(|_| ends == raises),
            Ending::Raising => raises,
            Ending::Unknown => None,
        }
    }
}

/// Looks for the ways in which statements may end.
struct Look {
    rules: Rules,
    python: PythonVersion,
    ending: Ending,
}

impl Look {
    /// From 3.14 on `sys.monitoring` measures, which follows the bytecode from a branch to the next line or the next branch.
    fn follows_bytecode(&self) -> bool {
        self.python.minor >= 14
    }

    fn may(&mut self, ending: Ending) {
        self.ending = self.ending.max(ending);
    }
}

impl<'a> Visitor<'a> for Look {
    fn visit_stmt(&mut self, statement: &'a Stmt) {
        // A bare annotation, for example.
        if !statements::has_code(statement, self.rules, true) {
            return;
        }
        match statement {
            Stmt::Raise(_) if !self.follows_bytecode() => self.may(Ending::Raising),
            Stmt::Raise(_) => self.may(Ending::Unknown),
            Stmt::Assert(_) if self.follows_bytecode() => self.may(Ending::Unknown),
            Stmt::Pass(_) | Stmt::Break(_) | Stmt::Continue(_) | Stmt::Return(_) | Stmt::Expr(_) | Stmt::Assign(_) => {}
            _ => self.may(Ending::AsWrittenOrRaising),
        }
        walk_stmt(self, statement);
    }

    fn visit_expr(&mut self, expression: &'a Expr) {
        if truth::fold(expression, self.python).is_some() {
            return;
        }
        match expression {
            Expr::Name(node) if node.ctx == ExprContext::Store => return,
            Expr::Yield(_) | Expr::YieldFrom(_) | Expr::Await(_) => self.may(Ending::Unknown),
            Expr::Lambda(_) | Expr::Generator(_) => return self.may(Ending::AsWrittenOrRaising),
            Expr::BoolOp(_) | Expr::If(_) | Expr::Compare(_) if self.follows_bytecode() => self.may(Ending::Unknown),
            _ => self.may(Ending::AsWrittenOrRaising),
        }
        walk_expr(self, expression);
    }

    fn visit_comprehension(&mut self, comprehension: &'a Comprehension) {
        if self.follows_bytecode() || comprehension.is_async {
            self.may(Ending::Unknown);
        }
        walk_comprehension(self, comprehension);
    }
}
