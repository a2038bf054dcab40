//! `from __future__ import …`: the features that exist, and how far down such imports may be.

use ruff_python_ast::{self as ast, Expr, PythonVersion, Stmt};
use ruff_text_size::{Ranged, TextSize};

use super::finding::{Findings, Pass};

const FEATURES: [&str; 10] = [
    "nested_scopes",
    "generators",
    "division",
    "absolute_import",
    "with_statement",
    "print_function",
    "unicode_literals",
    "barry_as_FLUFL",
    "generator_stop",
    "annotations",
];

/// The features that the imports at the beginning of a module enable.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Imports {
    /// Whether annotations are kept as text.
    pub(super) annotations: bool,
    /// The position of the last of these imports.
    pub(super) end: TextSize,
}

/// Reads the imports at the beginning of a module, as CPython's `future.c` does.
pub(super) fn check(tree: &ast::ModModule, python: PythonVersion, findings: &mut Findings) -> Imports {
    let mut imports = Imports::default();
    for (index, statement) in tree.body.iter().enumerate() {
        match statement {
            Stmt::ImportFrom(import) if is_future(import, python) => {
                for alias in &import.names {
                    let name = alias.name.as_str();
                    let at = if python >= PythonVersion::PY314 { alias.start() } else { import.start() };
                    if name == "braces" {
                        findings.add(Pass::Future, at, "not a chance");
                    } else if !FEATURES.contains(&name) {
                        findings.add(Pass::Future, at, format!("future feature {name} is not defined"));
                    }
                    imports.annotations |= name == "annotations";
                }
                imports.end = import.start();
            }
            Stmt::Expr(docstring) if index == 0 && matches!(&*docstring.value, Expr::StringLiteral(_)) => {}
            _ => break,
        }
    }
    imports
}

/// Whether a statement imports from `__future__`; before 3.13 CPython also accepts `.__future__`.
pub(super) fn is_future(import: &ast::StmtImportFrom, python: PythonVersion) -> bool {
    import.module.as_deref() == Some("__future__") && (import.level == 0 || python < PythonVersion::PY313)
}

#[cfg(test)]
mod tests {
    use super::super::judged::{refusal, said};

    #[test]
    fn future_imports_stand_at_the_top() {
        assert_eq!(
            refusal("import a\nfrom __future__ import annotations\n"),
            said(2, "from __future__ imports must occur at the beginning of the file")
        );
        assert_eq!(refusal("'doc'\nfrom __future__ import annotations\n"), None);
        assert_eq!(
            refusal("'doc'\n'more'\nfrom __future__ import annotations\n"),
            said(3, "from __future__ imports must occur at the beginning of the file")
        );
        assert_eq!(
            refusal("def f():\n    from __future__ import annotations\n"),
            said(2, "from __future__ imports must occur at the beginning of the file")
        );
    }

    #[test]
    fn features_are_known() {
        assert_eq!(refusal("from __future__ import nothing\n"), said(1, "future feature nothing is not defined"));
        assert_eq!(refusal("from __future__ import braces\n"), said(1, "not a chance"));
        assert_eq!(refusal("from __future__ import *\n"), said(1, "future feature * is not defined"));
        assert_eq!(
            refusal("from __future__ import (generators, nested_scopes,\n  nothing)\n"),
            said(1, "future feature nothing is not defined")
        );
        assert_eq!(refusal("from .__future__ import nothing\n"), None);
    }

    #[test]
    fn kept_annotations_hold_no_yield() {
        assert_eq!(
            refusal("from __future__ import annotations\ndef f(a: (yield)): pass\n"),
            said(2, "yield expression cannot be used within an annotation")
        );
        assert_eq!(
            refusal("from __future__ import annotations\na: (b := 1)\n"),
            said(2, "named expression cannot be used within an annotation")
        );
    }
}
