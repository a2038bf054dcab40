//! Possible arcs: the lines that control may go to from each line.
//!
//! ```text
//! for x in y:    # 1  → 2: never started?        → -1: didn't complete?
//!     if x:      # 2  → 3: never true?           → 1: always true?
//!         break  # 3  → -1
//! ```
//!
//! Agrees with coverage.py's `AstArcAnalyzer`. A statement without bytecode is treated as absent. Each function, class and module is processed
//! by itself: arcs that leave it go to minus its first line.

use std::collections::BTreeMap;

use ruff_python_ast::{
    ElifElseClause, ExceptHandler, Expr, Stmt, StmtClassDef, StmtFunctionDef, StmtMatch, StmtTry, StmtWith,
};
use ruff_text_size::{Ranged, TextSize};

use super::blocks::{Block, Start, Sureness};
use super::constants::{Rules, Scope};
use super::module::Module;
use super::own_lines::OwnLines;
use super::with_exits::Withs;
use super::{nested, statements, suites, truth};
use crate::model::arcs::{Arc, ArcSet};
use crate::model::lines::{Line, LineSet};
use crate::model::outline::{Action, Cause, Explanation, Explanations, FirstLines, Match, Name, OwnLine, WithExits};
use crate::model::settings::PythonVersion;

/// The possible flow of control in one module.
pub(super) struct Flow {
    /// As in the outline.
    pub(super) arcs: ArcSet,
    /// As in the outline.
    pub(super) rewire: WithExits,
    /// As in the outline.
    pub(super) explanations: Explanations,
    /// As in the outline.
    pub(super) matches: Vec<Match>,
    /// As in the outline.
    pub(super) own_lines: Vec<OwnLine>,
    /// As in the outline.
    pub(super) landings: LineSet,
    /// As in the outline.
    pub(super) doubtful: ArcSet,
}

/// The possible arcs of `module`. `with_code` has the first lines of the statements that have bytecode, excluded or not; `lazy_annotations` is
/// whether the module asks for annotations that are never evaluated; `left_at` is as in `Bytecode`.
pub(super) fn flow(
    module: &Module<'_>,
    first: &FirstLines,
    (with_code, left_at): (&LineSet, &BTreeMap<TextSize, TextSize>),
    python: PythonVersion,
    lazy_annotations: bool,
) -> Flow {
    let mut walk = Walk {
        module,
        python,
        lazy_annotations,
        first,
        firsts: first.table(module.lines()),
        with_code,
        left_at,
        arcs: Vec::new(),
        notes: Vec::new(),
        withs: Withs::default(),
        blocks: Vec::new(),
        starts: Vec::new(),
        matches: Vec::new(),
        own_lines: OwnLines::default(),
        landings: Vec::new(),
        doubtful: Vec::new(),
    };
    walk.module(&module.tree.body);
    walk.definitions(&module.tree.body);

    let Walk { arcs, notes, withs, mut matches, own_lines, landings, doubtful, .. } = walk;
    matches.sort_unstable_by_key(|found| found.line);
    let arcs = ArcSet::from_unsorted(arcs);
    let rewire = withs.rewire(&arcs);
    let arcs: ArcSet = arcs.iter().filter_map(|arc| rewire.apply(arc)).filter(|arc| arc.from != arc.to).collect();
    let doubtful = doubtful.into_iter().filter_map(|arc| rewire.apply(arc)).filter(|arc| arcs.contains(*arc)).collect();
    let (own_lines, indirect) = own_lines.found(&arcs, &rewire, &notes, &doubtful);
    // Of most lines there is one way on, and nothing to explain.
    let several = arcs.as_slice().array_windows().filter(|[one, next]| one.from == next.from);
    let branches: LineSet = several.filter_map(|[arc, _]| Line::new(arc.from.unsigned_abs())).collect();
    let is_explained = |arc: Arc| branches.contains_number(arc.from.unsigned_abs()) && arcs.contains(arc);
    let explanations = notes.into_iter().filter(|(arc, _)| is_explained(*arc)).collect();
    // Jumps on the line of a `with` go with the dropped arcs.
    let dropped = rewire.0.iter().filter(|(_, arc)| arc.is_none()).map(|(arc, _)| arc.to);
    let landings = landings
        .into_iter()
        .chain(dropped)
        .chain(indirect)
        .filter_map(|line| Line::new(u32::try_from(line).ok()?))
        .collect();
    Flow { arcs, rewire, explanations, matches, own_lines, landings, doubtful }
}

struct Walk<'a> {
    module: &'a Module<'a>,
    python: PythonVersion,
    lazy_annotations: bool,
    first: &'a FirstLines,
    /// The same as a table.
    firsts: Vec<i32>,
    with_code: &'a LineSet,
    left_at: &'a BTreeMap<TextSize, TextSize>,
    arcs: Vec<Arc>,
    notes: Vec<(Arc, Explanation)>,
    withs: Withs,
    blocks: Vec<Block>,
    /// A stack of sets of lines: the lines above a mark lead to the next statement.
    starts: Vec<Start>,
    /// The `match` statements found so far.
    matches: Vec<Match>,
    own_lines: OwnLines,
    /// The lines that control may come to in another way than by an arc, and ways out, in any order.
    landings: Vec<i32>,
    /// The arcs that lead on from a doubtful end.
    doubtful: Vec<Arc>,
}

impl<'a> Walk<'a> {
    fn line(&self, offset: TextSize) -> i32 {
        self.firsts.get(self.module.line(offset) as usize).copied().unwrap_or(i32::MAX)
    }

    fn rules(&self, scope: Scope) -> Rules {
        Rules { scope, python: self.python, lazy_annotations: self.lazy_annotations }
    }

    // Arcs.

    fn arc(&mut self, arc: Arc) {
        self.arcs.push(arc);
        self.withs.note(arc);
    }

    fn explained(&mut self, start: Start, to: i32, action: Action) {
        let arc = Arc::new(start.line, to);
        self.arc(arc);
        self.notes.push((arc, Explanation { cause: start.cause, action }));
    }

    /// Adds arcs from all lines above `mark` to `to`, and removes the lines.
    fn lead(&mut self, mark: usize, to: i32, action: &Action) {
        self.unify(mark);
        let mut at = mark;
        while let Some(&start) = self.starts.get(at) {
            match start.sureness {
                Sureness::Swallowing => self.landings.push(to),
                Sureness::Doubtful => self.doubtful.push(Arc::new(start.line, to)),
                Sureness::Sure => {}
            }
            if start.sureness != Sureness::Swallowing {
                self.explained(start, to, action.clone());
            }
            at += 1;
        }
        self.starts.truncate(mark);
    }

    /// Turns the lines above `mark` into an ordered set.
    fn unify(&mut self, mark: usize) {
        let Some(above) = self.starts.get_mut(mark..).filter(|above| above.len() > 1) else { return };
        above.sort_unstable();
        let mut kept = mark;
        for at in mark + 1..self.starts.len() {
            if self.starts[at] != self.starts[kept] {
                kept += 1;
                self.starts[kept] = self.starts[at];
            }
        }
        self.starts.truncate(kept + 1);
    }

    // Modules, classes and functions.

    fn module(&mut self, body: &'a [Stmt]) {
        let line = i32::try_from(self.first.of(1)).unwrap_or(i32::MAX);
        if body.is_empty() {
            self.arc(Arc::new(line, -line));
        } else {
            self.suite(body, 0);
            self.lead(0, -line, &Action::ExitModule);
        }
    }

    /// Processes every function and class, the last one first, as coverage.py does: the order shows where two of them share a line.
    fn definitions(&mut self, body: &'a [Stmt]) {
        for statement in body.iter().rev().filter(|statement| suites::is_compound(statement)) {
            match statement {
                Stmt::FunctionDef(node) => self.function(node),
                Stmt::ClassDef(node) => self.class(node),
                _ => {}
            }
            for suite in suites::suites(statement).rev() {
                self.definitions(suite);
            }
        }
    }

    fn function(&mut self, node: &'a StmtFunctionDef) {
        let end = -self.line(node.start());
        let name = Name::from(node.name.as_str());
        self.blocks.push(Block::Function { end, name: name.clone() });
        self.suite(&node.body, 0);
        self.lead(0, end, &Action::Return(name));
        self.blocks.clear();
    }

    fn class(&mut self, node: &'a StmtClassDef) {
        let end = -self.line(node.start());
        self.suite(&node.body, 0);
        let rules = self.rules(Scope::Class);
        // The end of the body makes the function that evaluates its annotations.
        let makes_annotate =
            rules.defers_annotations() && nested::is_annotated(&node.body, |annotation| annotation.simple);
        if makes_annotate || !node.body.iter().any(|statement| statements::has_code(statement, rules, false)) {
            // The last code is on the first line of the class, and control leaves from there.
            self.starts.iter_mut().filter(|start| start.line != -end).for_each(Start::doubt);
        }
        self.lead(0, end, &Action::ExitClass(Name::from(node.name.as_str())));
    }

    // Statements. Each one removes the starts that lead to it, and adds those that lead on from it.

    /// Processes `body`. The lines above `mark` lead to it; afterwards they are those that lead on from it.
    fn suite(&mut self, body: &'a [Stmt], mark: usize) {
        let mut before = 0;
        for (at, statement) in body.iter().enumerate() {
            let line = self.line(statement.start());
            if self.with_code.contains_number(line.unsigned_abs()) {
                if self.starts.len() <= mark {
                    self.landings.push(line);
                }
                if line != before && !self.has_code_on(line, body.get(at..).unwrap_or_default()) {
                    // Only an exception comes there, where it leaves a `finally` clause.
                    self.starts.iter_mut().skip(mark).for_each(Start::doubt);
                }
                before = line;
                self.lead(mark, line, &Action::Jump);
                self.statement(statement, line);
            }
        }
    }

    /// Whether a statement at the beginning of `body`, of those on `line`, has bytecode of its own.
    fn has_code_on(&self, line: i32, body: &[Stmt]) -> bool {
        let rules = self.rules(if self.is_in_function() { Scope::Function } else { Scope::Class });
        let mut on_line = body.iter().take_while(|statement| self.line(statement.start()) == line);
        on_line.any(|statement| statements::has_code(statement, rules, true))
    }

    fn is_in_function(&self) -> bool {
        matches!(self.blocks.first(), Some(Block::Function { .. }))
    }

    /// The line of the first statement in `body` that has bytecode.
    fn first_with_code(&self, body: &[Stmt]) -> Option<i32> {
        let mut lines = body.iter().map(|statement| self.line(statement.start()));
        lines.find(|line| self.with_code.contains_number(line.unsigned_abs()))
    }

    /// Processes `body`, to which `start` leads.
    fn suite_from(&mut self, body: &'a [Stmt], start: Start) {
        let mark = self.starts.len();
        self.starts.push(start);
        let first = self.first_with_code(body);
        if first.is_none_or(|first| first == start.line) {
            let end = body.last().map_or(0, |last| self.module.line(last.end()));
            let rules = self.rules(if self.is_in_function() { Scope::Function } else { Scope::Class });
            self.own_lines.note(start, (body, end), &self.blocks, rules);
        }
        self.suite(body, mark);
    }

    fn statement(&mut self, statement: &'a Stmt, line: i32) {
        match statement {
            Stmt::FunctionDef(node) => self.definition(&node.decorator_list, statement, line),
            Stmt::ClassDef(node) => self.definition(&node.decorator_list, statement, line),
            Stmt::If(node) => self.if_chain(&node.test, &node.body, &node.elif_else_clauses, line),
            Stmt::While(node) => {
                let may_end = truth::evident(&node.test).is_none();
                let ends = [Cause::ConditionNeverTrue, Cause::ConditionAlwaysTrue];
                self.any_loop(&node.body, &node.orelse, line, ends, may_end);
            }
            Stmt::For(node) => {
                let ends = [Cause::LoopNeverStarted, Cause::LoopDidNotComplete];
                self.any_loop(&node.body, &node.orelse, line, ends, true);
            }
            Stmt::Match(node) => self.match_statement(node, line),
            Stmt::Try(node) => self.try_statement(node, line),
            Stmt::With(node) => self.with_statement(node, line),
            Stmt::Break(_) => self.break_loop(Start::new(line, Cause::BreakNotExecuted)),
            Stmt::Continue(_) => self.continue_loop(Start::new(line, Cause::ContinueNotExecuted)),
            Stmt::Return(_) => self.return_from(Start::new(line, Cause::ReturnNotExecuted)),
            Stmt::Raise(_) => self.raise(Start::new(line, Cause::RaiseNotExecuted)),
            _ => self.starts.push(Start::plain(line)),
        }
    }

    fn definition(&mut self, decorators: &'a [ruff_python_ast::Decorator], statement: &'a Stmt, line: i32) {
        let mut last = line;
        if !decorators.is_empty() {
            for decorator in decorators {
                let next = self.line(decorator.start());
                if next != last {
                    self.arc(Arc::new(last, next));
                }
                last = next;
            }
            let keyword = self.line(suites::start(self.module, statement));
            self.arc(Arc::new(last, keyword));
            last = keyword;
        }
        self.starts.push(Start::plain(last));
    }

    /// An `elif` is an `if` within the `else`. A loop processes them, as there may be millions.
    fn if_chain(&mut self, test: &'a Expr, body: &'a [Stmt], rest: &'a [ElifElseClause], line: i32) {
        let (mut test, mut body, mut rest, mut line) = (test, body, rest, line);
        loop {
            let outcome = truth::evident(test);
            if outcome != Some(false) {
                self.suite_from(body, Start::new(line, Cause::ConditionNeverTrue));
            }
            if outcome == Some(true) {
                return;
            }
            let start = Start::new(line, Cause::ConditionAlwaysTrue);
            let Some((clause, following)) = rest.split_first() else { break self.starts.push(start) };
            let Some(next) = &clause.test else { break self.suite_from(&clause.body, start) };
            line = self.line(clause.start());
            // Skipped if the compiler left it out.
            if !self.with_code.contains_number(line.unsigned_abs()) {
                break self.starts.push(start);
            }
            self.explained(start, line, Action::Jump);
            (test, body, rest) = (next, &clause.body, following);
        }
    }

    fn any_loop(&mut self, body: &'a [Stmt], orelse: &'a [Stmt], top: i32, [never, always]: [Cause; 2], may_end: bool) {
        let mark = self.starts.len();
        self.blocks.push(Block::Loop { top, breaks: Vec::new() });
        self.suite_from(body, Start::new(top, never));
        self.lead(mark, top, &Action::Jump);
        if let Some(Block::Loop { mut breaks, .. }) = self.blocks.pop() {
            self.starts.append(&mut breaks);
        }
        let end = Start::new(top, always);
        if !orelse.is_empty() {
            self.suite_from(orelse, end);
        } else if may_end {
            self.starts.push(end);
        } else {
            // The constant may be false to the compiler.
            self.starts.push(Start { sureness: Sureness::Swallowing, ..end });
        }
    }

    fn match_statement(&mut self, node: &'a StmtMatch, line: i32) {
        self.matches.push(self.cases(node));
        let mut last = line;
        for case in &node.cases {
            let pattern = self.line(case.pattern.start());
            self.explained(Start::new(last, Cause::PatternAlwaysMatched), pattern, Action::Jump);
            self.suite_from(&case.body, Start::new(pattern, Cause::PatternNeverMatched));
            last = pattern;
        }
        if !node.cases.last().is_some_and(suites::coveragepy_irrefutable) {
            self.starts.push(Start::new(last, Cause::PatternAlwaysMatched));
        }
    }

    /// The lines of the cases of a `match`.
    fn cases(&self, node: &StmtMatch) -> Match {
        let first = |offset| self.first.of(self.module.line(offset));
        let cases = node.cases.iter().map(|case| (first(case.pattern.start()), self.module.line(case.end())));
        Match { line: first(node.start()), cases: cases.collect() }
    }

    fn try_statement(&mut self, node: &'a StmtTry, line: i32) {
        let mark = self.starts.len();
        let guarded = !node.finalbody.is_empty();
        let handler = node.handlers.first().map(|handler| self.line(handler.start()));
        let clause = self.first_with_code(&node.finalbody);
        self.landings.extend(clause);
        self.blocks.push(Block::Try { handler, clause });
        self.suite_from(&node.body, Start::plain(line));
        // From here on, exceptions are not caught but pass through the `finally` clause.
        self.blocks.pop();
        if guarded {
            self.blocks.push(Block::Try { handler: None, clause });
        }

        let handlers = self.starts.len();
        for (at, ExceptHandler::ExceptHandler(handler)) in node.handlers.iter().enumerate() {
            let line = self.line(handler.start());
            self.landings.push(line);
            let ends = self.starts.len();
            self.suite_from(&handler.body, Start::new(line, Cause::ExceptionDidNotHappen));
            if node.is_star && at + 1 < node.handlers.len() {
                // What is left of the group goes to the next handler first.
                self.starts.iter_mut().skip(ends).for_each(Start::doubt);
            }
        }
        if !node.orelse.is_empty() {
            let mut ends = self.starts.split_off(handlers);
            self.suite(&node.orelse, mark);
            self.starts.append(&mut ends);
        }
        if guarded {
            self.blocks.pop();
            let above = self.starts.get(mark..).unwrap_or_default();
            let (reached, swallowing) =
                (above.iter().any(|start| start.sureness != Sureness::Swallowing), !above.is_empty());
            self.suite(&node.finalbody, mark);
            for start in self.starts.iter_mut().skip(mark).filter(|_| clause.is_some()) {
                start.sureness = start.sureness.max(Sureness::Doubtful);
            }
            if !reached {
                self.starts.truncate(mark);
                self.starts.extend(swallowing.then_some(Start::swallowing(line)));
            }
        }
    }

    fn with_statement(&mut self, node: &'a StmtWith, line: i32) {
        let mark = self.starts.len();
        self.withs.enter(line);
        self.blocks.push(Block::With { line });
        self.suite_from(&node.body, Start::plain(line));
        self.blocks.pop();
        self.withs.leave();
        self.unify(mark);
        self.leave_async_with(node, mark);
        let mut completes = false;
        for start in self.starts.split_off(mark).into_iter().filter(|start| start.sureness != Sureness::Swallowing) {
            completes = true;
            let exit = Arc::new(start.line, line);
            if start.sureness == Sureness::Doubtful {
                self.doubtful.push(exit);
            }
            self.arc(exit);
            self.withs.exit(exit);
        }
        if completes {
            self.starts.push(Start::plain(line));
        }
        self.starts.push(Start::swallowing(line));
    }

    /// Up to 3.11 every end of the body of an `async with` goes through the line where the compiler was last.
    fn leave_async_with(&mut self, node: &StmtWith, mark: usize) {
        let Some(place) = self.left_at.get(&node.start()) else { return };
        let last = self.line(*place);
        let others = self.starts.iter_mut().skip(mark).filter(|start| start.line != last);
        for start in others {
            start.doubt();
            self.landings.push(last);
        }
    }

    // Jumps.

    fn break_loop(&mut self, start: Start) {
        for block in self.blocks.iter_mut().rev() {
            if let Block::Loop { breaks, .. } = block {
                breaks.push(start);
                return;
            }
        }
    }

    fn continue_loop(&mut self, start: Start) {
        let top = self.blocks.iter().rev().find_map(|block| match block {
            Block::Loop { top, .. } => Some(*top),
            _ => None,
        });
        if let Some(top) = top {
            self.explained(start, top, Action::Jump);
        }
    }

    fn return_from(&mut self, start: Start) {
        // The function is the outermost block.
        if let Some(Block::Function { end, name }) = self.blocks.first() {
            let (end, action) = (*end, Action::Return(name.clone()));
            self.explained(start, end, action);
        }
    }

    fn raise(&mut self, start: Start) {
        let to = self.blocks.iter().rev().find_map(|block| match block {
            Block::Try { handler, .. } => Some(handler.map(|line| (line, Action::Jump))),
            Block::Function { end, name } => Some(Some((*end, Action::Except(name.clone())))),
            Block::Loop { .. } | Block::With { .. } => None,
        });
        if let Some(Some((to, action))) = to {
            self.explained(start, to, action);
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::analyse::tests::{arcs, outline};
    use crate::model::arcs::Arc;

    /// The exits of the lines that have two or more.
    fn branches(source: &str) -> Vec<(i32, i32)> {
        let arcs = arcs(&outline(source));
        let ways = |line: i32| arcs.iter().filter(|arc| arc.0 == line).count();
        arcs.iter().copied().filter(|arc| ways(arc.0) > 1).collect()
    }

    fn missing(source: &str, from: i32, to: i32) -> String {
        outline(source).missing_description(Arc::new(from, to))
    }

    #[test]
    fn an_if_chain_branches_at_each_test() {
        let source = "\
if a:
    b = 2
elif c:
    b = 4
else:
    b = 6
d = 7
";
        assert_eq!(branches(source), [(1, 2), (1, 3), (3, 4), (3, 6)]);
    }

    #[test]
    fn loops_end_by_break_by_else_or_by_themselves() {
        let source = "\
for a in b:
    if a:
        break
    if b:
        continue
    c = 6
else:
    d = 8
e = 9
while e:
    f = 11
";
        assert_eq!(branches(source), [(1, 2), (1, 8), (2, 3), (2, 4), (4, 5), (4, 6), (10, -1), (10, 11)]);
    }

    #[test]
    fn a_dead_else_of_an_endless_loop_is_a_phantom_branch() {
        let source = "\
while True:
    if a:
        break
else:
    b = 5
c = 6
";
        assert_eq!(branches(source), [(1, 2), (1, 6), (2, 1), (2, 3)]);
    }

    #[test]
    fn a_match_branches_at_each_case_but_a_wildcard() {
        let source = "\
match a:
    case 1:
        b = 3
    case 2:
        b = 5
    case _:
        b = 7
";
        assert_eq!(branches(source), [(2, 3), (2, 4), (4, 5), (4, 6)]);
    }

    #[test]
    fn alternatives_within_an_as_are_no_wildcard_to_coverage_py() {
        // The answer of coverage.py 7.17.5: it looks through `|`, then through `as`, and no further.
        let source = "\
def f(a):
    match a:
        case 1:
            b = 4
        case (2 | _) as c:
            b = 6
    return 7
def g(a):
    match a:
        case 1 | (2 | _):
            return 11
    return 12
def h(a):
    match a:
        case 1 | (2 | _) as c:
            return 16
    return 17
";
        assert_eq!(branches(source), [(3, 4), (3, 5), (5, 6), (5, 7), (15, -13), (15, 16)]);
    }

    #[test]
    fn a_raise_goes_to_the_first_handler_around_it() {
        let source = "\
def f(a):
    try:
        if a:
            raise E
        raise F
    except E:
        return 7
    finally:
        b = 9
";
        assert_eq!(arcs(&outline(source)), [(1, -1), (2, 3), (3, 4), (3, 5), (4, 6), (5, 6), (6, 7), (7, -1)]);
    }

    #[test]
    fn a_function_on_one_line_is_a_branch() {
        let outline = outline("def f(): return 1\na = 2\n");
        assert_eq!(arcs(&outline), [(1, -1), (1, 2), (2, -1)]);
        assert_eq!(outline.description(Arc::new(1, -1)), "return from function 'f'");
        assert_eq!(outline.description(Arc::new(1, 2)), "jump to line 2");
    }

    #[test]
    fn a_missing_arc_is_explained_by_its_start() {
        let source = "\
def f(a):
    for b in a:
        if b:
            raise E
class C:
    if a:
        b = 7
";
        for (from, to, expected) in [
            (2, 3, "line 2 didn't jump to line 3 because the loop on line 2 never started"),
            (2, -1, "line 2 didn't return from function 'f' because the loop on line 2 didn't complete"),
            (3, 2, "line 3 didn't jump to line 2 because the condition on line 3 was always true"),
            (6, -5, "line 6 didn't exit class 'C' because the condition on line 6 was always true"),
        ] {
            assert_eq!(missing(source, from, to), expected);
        }
    }

    #[test]
    fn plain_flow_has_no_reason() {
        let source = "for a in b:\n    if a: c = 2\n    elif b: pass\n    else: pass\n";
        assert_eq!(missing(source, 2, 1), "line 2 didn't jump to line 1 because ");
    }

    #[test]
    fn an_arc_that_a_with_statement_moved_has_no_reason() {
        let source = "with a:\n    if b:\n        c = 3\nd = 4\n";
        assert_eq!(missing(source, 2, 4), "line 2 didn't jump to line 4");
    }
}
