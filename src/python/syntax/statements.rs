//! Compound statements, and the jumps out of them.

use ruff_python_ast::visitor::Visitor;
use ruff_python_ast::{self as ast, PythonVersion};
use ruff_text_size::{Ranged, TextSize};

use super::finding::Findings;
use super::units::{Block, Kind};
use super::walk::Walk;

/// How many blocks deep CPython lets statements nest (`CO_MAXBLOCKS`).
fn block_limit(python: PythonVersion) -> usize {
    if python >= PythonVersion::PY313 { 21 } else { 20 }
}

impl<'a> Walk<'a> {
    /// Runs `inside` inside one more block.
    pub(super) fn within(&mut self, block: Block, at: TextSize, inside: impl FnOnce(&mut Self)) {
        let limit = block_limit(self.python);
        if self.unit().blocks.len() >= limit {
            self.code(at, "too many statically nested blocks");
        }
        self.unit().blocks.push(block);
        inside(self);
        self.unit().blocks.pop();
    }

    pub(super) fn jump(&mut self, at: TextSize, word: &str, outside: &str) {
        for block in self.unit().blocks.clone().into_iter().rev() {
            match block {
                Block::Loop => return,
                Block::ExceptStar => {
                    return self.code(at, "'break', 'continue' and 'return' cannot appear in an except* block");
                }
                Block::Other => {}
            }
        }
        self.code(at, format!("'{word}' {outside}"));
    }

    pub(super) fn returns(&mut self, statement: &'a ast::StmtReturn) {
        let at = statement.start();
        if statement.value.is_some() && self.unit().returns_value.is_none() {
            self.unit().returns_value = Some(at);
        }
        if !matches!(self.kind(), Kind::Function { .. }) {
            self.code(at, "'return' outside function");
        }
        if let Some(value) = statement.value.as_deref() {
            self.visit_expr(value);
        }
        if self.unit().blocks.contains(&Block::ExceptStar) {
            self.code(at, "'break', 'continue' and 'return' cannot appear in an except* block");
        }
    }

    pub(super) fn tries(&mut self, statement: &'a ast::StmtTry) {
        self.unit().tries += 1;
        self.suites_of_try(statement);
        self.unit().tries -= 1;
    }

    fn suites_of_try(&mut self, statement: &'a ast::StmtTry) {
        let at = statement.start();
        if let (true, Some(first)) = (statement.handlers.is_empty(), statement.orelse.first()) {
            let otherwise = self.begins_line("else", statement.body.last().map_or(at, Ranged::end), first.start());
            self.grammar(otherwise, "expected 'except' or 'finally' block");
        }
        if statement.finalbody.is_empty() {
            return self.try_except(statement);
        }
        if statement.handlers.is_empty() {
            self.within(Block::Other, at, |walk| walk.visit_body(&statement.body));
        } else {
            self.within(Block::Other, at, |walk| walk.try_except(statement));
        }
        self.within(Block::Other, at, |walk| walk.visit_body(&statement.finalbody));
    }

    /// The place of the keyword that begins a line between two statements.
    fn begins_line(&self, keyword: &str, after: TextSize, before: TextSize) -> TextSize {
        let mut at = after.to_usize();
        for line in self.text[at..before.to_usize()].split_inclusive('\n') {
            if line.trim_start().starts_with(keyword) {
                break;
            }
            at += line.len();
        }
        TextSize::try_from(at).unwrap_or(before)
    }

    pub(super) fn try_except(&mut self, statement: &'a ast::StmtTry) {
        self.within(Block::Other, statement.start(), |walk| walk.visit_body(&statement.body));
        let before = std::mem::take(&mut self.findings);
        // Code is always emitted for `else` first; since 3.13 the symbol tables see the handlers first.
        let handlers_first = self.python >= PythonVersion::PY313;
        let (handlers, otherwise) = if handlers_first {
            let handlers = self.found(|walk| walk.handlers(statement));
            (handlers, self.found(|walk| walk.visit_body(&statement.orelse)))
        } else {
            let otherwise = self.found(|walk| walk.visit_body(&statement.orelse));
            (self.found(|walk| walk.handlers(statement)), otherwise)
        };
        self.findings = before;
        let [first, second] =
            if handlers_first && !handlers.is_of_code() { [handlers, otherwise] } else { [otherwise, handlers] };
        self.findings.extend(first);
        self.findings.extend(second);
    }

    /// The mistakes that `part` alone finds.
    fn found(&mut self, part: impl FnOnce(&mut Self)) -> Findings {
        part(self);
        std::mem::take(&mut self.findings)
    }

    fn handlers(&mut self, statement: &'a ast::StmtTry) {
        let block = if statement.is_star { Block::ExceptStar } else { Block::Other };
        self.within(block, statement.start(), |walk| {
            let last = statement.handlers.len().saturating_sub(1);
            for (index, handler) in statement.handlers.iter().enumerate() {
                let ast::ExceptHandler::ExceptHandler(handler) = handler;
                if let Some(expected) = &handler.type_ {
                    walk.visit_expr(expected);
                } else if index < last {
                    walk.code(handler.start(), "default 'except:' must be last");
                }
                if let Some(name) = &handler.name {
                    walk.bind(name.as_str(), handler.start());
                }
                walk.within(Block::Other, handler.start(), |walk| walk.visit_body(&handler.body));
            }
        });
    }

    pub(super) fn with(&mut self, statement: &'a ast::StmtWith, item: usize) {
        let Some(current) = statement.items.get(item) else {
            return self.visit_body(&statement.body);
        };
        self.visit_expr(&current.context_expr);
        self.within(Block::Other, statement.start(), |walk| {
            if let Some(target) = &current.optional_vars {
                walk.target(target);
            }
            // Items beyond the limit are already refused; not descending further keeps the stack small.
            if item < 100 {
                walk.with(statement, item + 1);
            } else {
                walk.visit_body(&statement.body);
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::super::judged::{refusal, refusal_in, said};

    #[test]
    fn the_handlers_come_before_else_in_the_symbol_tables_since_python_3_13() {
        let module = |star: &str, handler: &str, otherwise: &str| {
            format!("def f():\n    try: pass\n    except{star} E: {handler}\n    else: {otherwise}\n")
        };
        let refused = |minor: u8, text: &str| {
            let message = |error: (Option<u32>, String)| format!("{}: {}", error.0.unwrap_or_default(), error.1);
            refusal_in(minor, text).map(message)
        };
        for star in ["", "*"] {
            let (first, last) = (module(star, "global a", "a = 1"), module(star, "a = 1", "global a"));
            for minor in [11, 12] {
                let said = "3: name 'a' is assigned to before global declaration";
                assert_eq!(refused(minor, &first).as_deref(), Some(said), "3.{minor}");
                assert_eq!(refused(minor, &last), None, "3.{minor}");
            }
            for minor in [13, 14, 15] {
                let said = "4: name 'a' is assigned to before global declaration";
                assert_eq!(refused(minor, &first), None, "3.{minor}");
                assert_eq!(refused(minor, &last).as_deref(), Some(said), "3.{minor}");
            }
        }
        // Code is emitted in the old order.
        for minor in 11..=15 {
            let said = "4: 'continue' not properly in loop";
            assert_eq!(refused(minor, &module("", "break", "continue")).as_deref(), Some(said), "3.{minor}");
        }
    }

    #[test]
    fn else_needs_a_handler() {
        // compile() of CPython 3.11 and 3.13
        let message = "expected 'except' or 'finally' block";
        assert_eq!(refusal("try: pass\nelse: pass\nfinally: pass\n"), said(2, message));
        assert_eq!(
            refusal("def f():\n    try:\n        a\n    # else\n    else:\n        b\n    finally:\n        c\n"),
            said(5, message)
        );
        assert_eq!(refusal("try: pass\nexcept E: pass\nelse: pass\nfinally: pass\n"), None);
    }
}
