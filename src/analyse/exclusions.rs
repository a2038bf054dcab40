//! The lines that the user excludes: lines that match a pattern, and the suites, functions and classes excluded with them.
//!
//! ```python
//! if debug:           # pragma: no cover      takes the suite, not the else
//!     log()                                   taken
//! else:
//!     run()
//!
//! @cache                                      a decorator or a header takes every line of its function
//! def f(a,            # pragma: no cover
//!       b):
//!     return a
//! ```
//!
//! Agrees with `PythonParser._raw_parse` of coverage.py.

use ruff_python_ast::statement_visitor::{StatementVisitor, walk_match_case, walk_stmt};
use ruff_python_ast::token::TokenKind;
use ruff_python_ast::visitor::{self, Visitor};
use ruff_python_ast::{ElifElseClause, Expr, MatchCase, Pattern as CasePattern, Stmt};
use ruff_text_size::{Ranged, TextSize};

use super::module::Module;
use super::{Rules, suites, truth};
use crate::model::lines::{Line, LineSet};
use crate::model::outline::FirstLines;
use crate::model::settings::PythonVersion;
use crate::python::re::{self, Pattern};

/// The excluded lines: for statements their first line, for functions and classes all lines; also blank lines and comments that a match touches,
/// even the line after the last.
///
/// `source` is the module's text as its author wrote it; `raw_firsts` are the first lines of all statements with bytecode, docstrings and excluded
/// ones among them.
///
/// # Errors
/// The pattern backtracks too much on this text.
pub(crate) fn excluded(
    source: &str,
    module: &Module<'_>,
    rules: &Rules,
    first: &FirstLines,
    raw_firsts: &LineSet,
) -> Result<LineSet, re::Error> {
    let pattern = rules.exclude.as_ref();
    // coverage.py treats an empty pattern as no pattern, here and nowhere else.
    let matched = matched_lines(source, pattern.filter(|pattern| !pattern.source().is_empty()))?;
    if matched.is_empty() {
        return Ok(matched);
    }
    let excluded = first.of_lines(&with_suites(module, matched));
    let python = rules.python;
    let mut definitions = Definitions { module, python, first, raw_firsts, excluded: LineSetBuilder::new(excluded) };
    definitions.visit_body(&module.tree.body);
    Ok(definitions.excluded.into_lines())
}

/// The lines whose exits all count as taken: the first lines of the statements that match the pattern.
///
/// # Errors
/// The pattern backtracks too much on this text.
pub(crate) fn no_branch(source: &str, first: &FirstLines, pattern: Option<&Pattern>) -> Result<LineSet, re::Error> {
    Ok(first.of_lines(&matched_lines(source, pattern)?))
}

/// The lines that matches touch: from the line of the start to the line of the offset after the end. So a match that ends with a newline touches
/// the line after it.
fn matched_lines(source: &str, pattern: Option<&Pattern>) -> Result<LineSet, re::Error> {
    let mut lines = LineSet::new();
    let Some(pattern) = pattern else { return Ok(lines) };
    let (mut line, mut counted) = (1, 0);
    let mut line_at = |offset: usize| {
        let between = source.as_bytes().get(counted..offset).unwrap_or_default();
        line += u32::try_from(memchr::memchr_iter(b'\n', between).count()).unwrap_or(u32::MAX);
        counted = offset;
        line
    };
    for found in pattern.find_all(source)? {
        insert_range(&mut lines, line_at(found.start), line_at(found.end));
    }
    Ok(lines)
}

/// Adds the suites that follow a colon of an excluded statement to the excluded lines.
fn with_suites(module: &Module<'_>, matched: LineSet) -> LineSet {
    let mut excluded = LineSetBuilder::new(matched);
    let (mut indent, mut nesting) = (0_u32, 0_i32);
    // The indent of the statement whose suite is being excluded.
    let mut excluding: Option<u32> = None;
    // The line that the current statement begins on.
    let mut statement: Option<u32> = None;
    // The first of its lines that was not yet checked for exclusion.
    let mut unseen = 0;
    for token in module.tokens {
        let kind = token.kind();
        match kind {
            TokenKind::Indent => indent += 1,
            TokenKind::Dedent => indent = indent.saturating_sub(1),
            TokenKind::Newline => statement = None,
            TokenKind::Comment | TokenKind::NonLogicalNewline | TokenKind::EndOfFile => {}
            _ => {
                if statement.is_none() {
                    let line = module.line(token.start());
                    statement = Some(line);
                    unseen = line;
                    excluding = excluding.filter(|&outer| indent > outer);
                    if excluding.is_some() {
                        // coverage.py takes the last line of a multi-line string; the first line leads to the same result.
                        excluded.insert_range(line, line);
                    }
                }
                match kind {
                    TokenKind::Lpar | TokenKind::Lsqb | TokenKind::Lbrace => nesting += 1,
                    TokenKind::Rpar | TokenKind::Rsqb | TokenKind::Rbrace => nesting -= 1,
                    // The colon's line counts too, so that a comment after it is seen.
                    TokenKind::Colon if nesting == 0 && excluding.is_none() => {
                        let line = module.line(token.start());
                        if excluded.touches(unseen, line) {
                            excluded.insert_range(line, line);
                            excluding = Some(indent);
                        }
                        unseen = line;
                    }
                    _ => {}
                }
            }
        }
    }
    excluded.into_lines()
}

/// A set of lines, and further lines that arrive in text order: they are kept apart, so that none has to be inserted between others.
struct LineSetBuilder {
    lines: LineSet,
    added: LineSet,
}

impl LineSetBuilder {
    fn new(lines: LineSet) -> Self {
        Self { lines, added: LineSet::new() }
    }

    fn insert_range(&mut self, first: u32, last: u32) {
        insert_range(&mut self.added, first, last);
    }

    fn contains(&self, line: u32) -> bool {
        self.lines.contains_number(line) || self.added.contains_number(line)
    }

    /// Whether the set has a line from `first` to `last`.
    fn touches(&self, first: u32, last: u32) -> bool {
        self.lines.touches(first, last) || self.added.touches(first, last)
    }

    fn into_lines(mut self) -> LineSet {
        self.lines.union_with(&self.added);
        self.lines
    }
}

/// Excludes the code that goes with excluded lines, by the tree: whole functions and classes, and the `case` lines of excluded bodies. Parents
/// come before their children.
struct Definitions<'m, 'a> {
    module: &'m Module<'a>,
    python: PythonVersion,
    first: &'m FirstLines,
    raw_firsts: &'m LineSet,
    excluded: LineSetBuilder,
}

impl Definitions<'_, '_> {
    fn line(&self, offset: TextSize) -> u32 {
        self.module.line(offset)
    }

    /// Whether a multi-line statement has bytecode on a line that is not excluded. A pragma excludes only its first line, and coverage.py requires
    /// all of its lines to be excluded before it excludes a `case`.
    fn leaves_inner_lines(&self, body: &[Stmt]) -> bool {
        let mut search = InnerLines { definitions: self, found: false };
        search.visit_body(body);
        search.found
    }
}

impl<'a> StatementVisitor<'a> for Definitions<'_, '_> {
    fn visit_stmt(&mut self, statement: &'a Stmt) {
        if matches!(statement, Stmt::FunctionDef(_) | Stmt::ClassDef(_)) {
            let keyword = self.line(suites::start(self.module, statement));
            let first =
                suites::decorators(statement).iter().map(|decorator| self.line(decorator.expression.start())).min();
            let first = first.unwrap_or(keyword);
            if self.excluded.touches(first, keyword) {
                self.excluded.insert_range(first, self.line(statement.end()));
            }
        }
        walk_stmt(self, statement);
    }

    fn visit_match_case(&mut self, case: &'a MatchCase) {
        if suites::coveragepy_irrefutable(case)
            && let (Some(first), Some(last)) = (case.body.first(), case.body.last())
        {
            let statements =
                self.raw_firsts.within(self.line(suites::start(self.module, first)), self.line(last.end()));
            let all_excluded = statements.iter().all(|line| self.excluded.contains(line.get()));
            if !statements.is_empty() && all_excluded && !self.leaves_inner_lines(&case.body) {
                let (first, last) = (self.line(case.pattern.start()), self.line(case.pattern.end()));
                self.excluded.insert_range(first, last);
            }
        }
        walk_match_case(self, case);
    }
}

/// Searches for expressions that begin on a line of a statement that is neither its first line nor excluded: with few exceptions such
/// expressions have bytecode there.
struct InnerLines<'d, 'm, 'a> {
    definitions: &'d Definitions<'m, 'a>,
    found: bool,
}

impl InnerLines<'_, '_, '_> {
    fn has_code(&self, offset: TextSize) -> bool {
        let Definitions { first, raw_firsts, .. } = self.definitions;
        raw_firsts.contains_number(first.of(self.definitions.line(offset)))
    }

    fn look_at(&mut self, offset: TextSize) {
        let line = self.definitions.line(offset);
        self.found |= self.definitions.first.of(line) != line && !self.definitions.excluded.contains(line);
    }
}

impl<'b> InnerLines<'_, '_, '_> {
    /// Looks at the functions and classes in unreachable code that the compiler keeps: their headers have no code on inner lines.
    fn unreachable(&mut self, body: &'b [Stmt]) {
        for statement in body {
            let is_kept =
                matches!(statement, Stmt::FunctionDef(_) | Stmt::ClassDef(_)) && self.has_code(statement.start());
            for suite in suites::suites(statement) {
                if is_kept {
                    self.visit_body(suite);
                } else {
                    self.unreachable(suite);
                }
            }
        }
    }
}

impl<'b> Visitor<'b> for InnerLines<'_, '_, '_> {
    fn visit_stmt(&mut self, statement: &'b Stmt) {
        if !self.has_code(statement.start()) {
            // Unreachable code has no lines, except for the functions and classes in it that the compiler keeps.
            return suites::suites(statement).for_each(|suite| self.visit_body(suite));
        }
        if !matches!(statement, Stmt::AnnAssign(_) | Stmt::Delete(_) | Stmt::Global(_) | Stmt::Nonlocal(_)) {
            self.look_at(suites::start(self.definitions.module, statement));
        }
        match statement {
            Stmt::If(node) if truth::compiled(&node.test, self.definitions.python) == Some(true) => {
                self.visit_expr(&node.test);
                self.visit_body(&node.body);
                node.elif_else_clauses.iter().for_each(|clause| self.unreachable(&clause.body));
            }
            // A variable's annotation is not evaluated in a function.
            Stmt::AnnAssign(assignment) => {
                self.visit_expr(&assignment.target);
                if let Some(value) = &assignment.value {
                    self.visit_expr(value);
                }
            }
            _ => visitor::walk_stmt(self, statement),
        }
    }

    fn visit_annotation(&mut self, annotation: &'b Expr) {
        // Since 3.14 another function evaluates annotations.
        if self.definitions.python.minor < 14 {
            self.visit_expr(annotation);
        }
    }

    fn visit_elif_else_clause(&mut self, clause: &'b ElifElseClause) {
        if clause.test.is_none() || self.has_code(clause.start()) {
            visitor::walk_elif_else_clause(self, clause);
        }
    }

    fn visit_expr(&mut self, expression: &'b Expr) {
        self.look_at(expression.start());
        if let Expr::Attribute(attribute) = expression {
            self.look_at(attribute.attr.start());
        }
        // Adjacent constants are one constant, on the line where the first begins.
        let elements = match expression {
            Expr::Tuple(tuple) => tuple.elts.as_slice(),
            Expr::List(list) if list.elts.len() > 2 => list.elts.as_slice(),
            Expr::Set(set) if set.elts.len() > 2 => set.elts.as_slice(),
            _ => &[],
        };
        if elements.is_empty() || !elements.iter().all(Expr::is_literal_expr) {
            // Arithmetic on two constants is one constant, too.
            let folded =
                matches!(expression, Expr::BinOp(sum) if sum.left.is_literal_expr() && sum.right.is_literal_expr());
            if !folded {
                visitor::walk_expr(self, expression);
            }
        }
    }

    fn visit_pattern(&mut self, pattern: &'b CasePattern) {
        self.look_at(pattern.start());
        visitor::walk_pattern(self, pattern);
    }
}

fn insert_range(lines: &mut LineSet, first: u32, last: u32) {
    if let (Some(first), Some(last)) = (Line::new(first), Line::new(last)) {
        lines.insert_range(first, last);
    }
}

#[cfg(test)]
mod tests {
    use ruff_python_parser::parse_module;

    use super::*;
    use crate::analyse::analyse;
    use crate::model::trace::Kind;

    /// The lines of `text` that `pattern` excludes. Every line with code is a statement, except for `multi`, the line ranges of longer ones.
    fn excluded_lines(pattern: &str, text: &str, multi: &[(u32, u32)]) -> Vec<u32> {
        let parsed = parse_module(text).unwrap();
        let module = Module::new(text, parsed.syntax(), parsed.tokens());
        let first = FirstLines::new(multi.to_vec());
        let with_code = (1_u32..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty());
        let raw_firsts = first.of_lines(&with_code.filter_map(|(number, _)| Line::new(number)).collect());
        let rules = Rules { exclude: Some(Pattern::new(pattern, 13).unwrap()), ..Rules::default() };
        let lines = excluded(text, &module, &rules, &first, &raw_firsts).unwrap();
        lines.iter().map(Line::get).collect()
    }

    #[test]
    fn patterns_see_the_text_of_the_author() {
        // coverage.py 7.17.5 under CPython 3.11, which compiles a field in parentheses that nobody wrote.
        let text = "a = f'{b for b in c}', d\ne = f'{(b for b in c)}', d\n";
        let excluded = |pattern: &str| {
            let rules = Rules {
                python: PythonVersion { minor: 11 },
                exclude: Some(Pattern::new(pattern, 13).unwrap()),
                partial: None,
            };
            let outline = analyse(text, &rules, Kind::Statements).unwrap();
            outline.excluded.iter().map(Line::get).collect::<Vec<_>>()
        };
        assert_eq!(excluded(r"\{b"), [1]);
        assert_eq!(excluded(r"\{\(b"), [2]);
        assert_eq!(excluded("d\n"), [1, 2, 3]);
    }

    #[test]
    fn a_header_takes_its_suite_and_not_its_siblings() {
        let text = "if a:  # no\n    b = 2\n    if c:\n        d = 4\n\n    e = 6\nelse:\n    f = 8\ng = 9\n";
        assert_eq!(excluded_lines("# no", text, &[]), [1, 2, 3, 4, 6]);
    }

    #[test]
    fn a_pragma_anywhere_in_a_statement_takes_it() {
        let text = "a = [\n    1,  # no\n    2,\n]\nif (a and\n        b):  # no\n    c = 7\n";
        assert_eq!(excluded_lines("# no", text, &[(1, 4), (5, 6)]), [1, 5, 7]);
    }

    #[test]
    fn a_case_stays_if_code_on_an_inner_line_of_its_body_does() {
        // coverage.py 7.17.5: since Python 3.14 annotations have no code there.
        let text = "\
match a:
    case _:
        def b() -> (
          c):  # no
            pass
match a:
    case _:
        \"\"\"a
b\"\"\" ; pass  # no
match a:
    case _:
        \"\"\"a
b\"\"\" ; 1; d  # no
match a:
    case _:
        d = (  # no
          e)
match a:
    case _:
        def b(c: int,  # no
              d: e, f=(
              g)): pass
match a:
    case _:  # yes
        \"\"\"a
b\"\"\"; global h  # no
";
        let expected = [3, 4, 5, 8, 12, 16, 20, 21, 22, 24, 25];
        for (minor, first) in [(11, None), (12, None), (13, None), (14, Some(2)), (15, Some(2))] {
            let rules = Rules {
                python: PythonVersion { minor },
                exclude: Some(Pattern::new("# no", minor).unwrap()),
                partial: None,
            };
            let excluded = analyse(text, &rules, Kind::Statements).unwrap().excluded;
            let expected: Vec<u32> = first.into_iter().chain(expected).collect();
            assert_eq!(excluded.iter().map(Line::get).collect::<Vec<_>>(), expected, "3.{minor}");
        }
    }

    #[test]
    fn the_header_of_a_dead_function_that_is_kept_has_no_code_on_inner_lines() {
        // coverage.py 7.17.5 under CPython 3.11 and 3.13
        let text = "\
match a:
    case _:
        with b:  # no
            if 1: c
            else:
                def d(e=1,
                      f=2):
                    pass
def g():
    match a:
        case _:
            with b:  # no
                if 0: c
                else:
                    def d(e=1,
                          f=2):
                        pass
";
        for minor in [11, 13] {
            let rules = Rules {
                python: PythonVersion { minor },
                exclude: Some(Pattern::new("# no", minor).unwrap()),
                partial: None,
            };
            let excluded = analyse(text, &rules, Kind::Statements).unwrap().excluded;
            let expected = [2, 3, 4, 5, 6, 7, 8, 12, 13, 14, 15, 16, 17];
            assert_eq!(excluded.iter().map(Line::get).collect::<Vec<_>>(), expected, "3.{minor}");
        }
    }

    #[test]
    fn a_decorator_takes_every_line_of_its_function() {
        let text = "@d  # no\n@e\ndef f():\n    a = 4\n\n    # five\n    return a\nb = 8\n";
        assert_eq!(excluded_lines("# no", text, &[]), [1, 2, 3, 4, 5, 6, 7]);
    }

    #[test]
    fn a_comment_alone_excludes_itself() {
        assert_eq!(excluded_lines("# no", "def f():\n    # no\n    return 3\n", &[]), [2]);
    }

    #[test]
    fn a_match_that_ends_with_a_newline_takes_the_line_after_it_even_past_the_end() {
        assert_eq!(excluded_lines("a\n", "b\na\nc\na\n", &[]), [2, 3, 4, 5]);
    }

    #[test]
    fn an_irrefutable_case_goes_with_its_body_and_others_stay() {
        let text = "match a:\n    case 1:\n        b = 3  # no\n    case _:\n        c = 5  # no\n";
        assert_eq!(excluded_lines("# no", text, &[]), [3, 4, 5]);
    }

    #[test]
    fn an_irrefutable_case_stays_when_an_inner_line_of_its_body_is_not_excluded() {
        let text = "match a:\n    case _:\n        f(  # no\n            b,\n        )\n";
        assert_eq!(excluded_lines("# no", text, &[(3, 5)]), [3]);
    }

    #[test]
    fn what_cannot_be_reached_keeps_no_irrefutable_case() {
        // coverage.py under 3.11 to 3.15: also the patterns, 3 and 9, are excluded.
        let source = "\
def f(a):
    match a:
        case _:
            return  # pragma: no cover
            x = g(6,
                  6)
def h(a):
    match a:
        case _:
            if 1:  # pragma: no cover
                pass
            elif i(
                    13):
                pass
";
        let rules =
            crate::analyse::Rules { exclude: Pattern::new("# pragma: no cover", 13).ok(), ..Default::default() };
        let outline = crate::analyse::analyse(source, &rules, crate::model::trace::Kind::Statements).unwrap();
        assert_eq!(crate::model::lines::tests::numbers(&outline.excluded), [3, 4, 9, 10, 11]);
    }

    #[test]
    fn colons_in_brackets_begin_no_suite() {
        assert_eq!(excluded_lines("# no", "a = {1: 2}; b = c[1:2]  # no\nd = 2\n", &[]), [1]);
    }
}
