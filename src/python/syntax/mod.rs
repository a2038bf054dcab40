//! Whether CPython would compile a text; if so, the text's tree.
//!
//! The parser accepts more than CPython does, and builds trees too deep to walk, so this is done in steps: `depth` refuses a text that nests too
//! deeply, the parser and `tokens` refuse a text that is not Python, and `walk` refuses the sources that CPython's symbol tables and code generation refuse.
//!
//! The rules are those of CPython's `tokenizer.c`, `python.gram`, `future.c`, `symtable.c` and `compile.c` (`codegen.c`), 3.10 to 3.15.

mod alternatives;
mod definitions;
mod depth;
mod expressions;
mod fields;
mod finding;
mod future;
mod grammar;
mod message;
mod names;
mod patterns;
mod specifications;
mod statements;
pub(crate) mod surrogates;
mod tokenizer;
mod tokens;
mod units;
mod walk;

use std::borrow::Cow;

use ruff_python_ast::{ModModule, PythonVersion};
use ruff_python_parser::{Mode, ParseOptions};

use finding::Findings;

/// The fault in a text that CPython would refuse.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}{message}", .line.map(|line| format!("line {line}: ")).unwrap_or_default())]
pub struct Error {
    /// The line, from 1, if there is one to name.
    pub line: Option<u32>,
    /// The description, in CPython's words if it has any: `'return' outside function`.
    pub message: String,
}

/// The stack size in bytes of a thread that parses a text and walks or drops its tree.
///
/// A tree has at most `depth::LIMIT` levels. The largest of them take 1,344 bytes each in a release build (lambdas in the defaults of lambdas:
/// 44 MB in total) and 2,048 bytes in a debug build (67 MB); other walks may take up to 8 KiB per level. The parser brings its own stack.
pub const STACK_BYTES: usize = 256 << 20;

/// The longest line that is parsed, in bytes. CPython has no such limit, but needs minutes and gigabytes for a line of that size, which is data and
/// not a program.
const MOST_OF_A_LINE: usize = 16 << 20;

/// How often a text is parsed again after line ends in f-strings were moved: the parser finds the first of each statement, or one for each level.
const MOST_MOVES: usize = 64;

/// The first line that is too long, and its length in bytes.
fn overlong_line(text: &str) -> Option<(u32, usize)> {
    if text.len() <= MOST_OF_A_LINE {
        return None;
    }
    let lengths = text.split('\n').map(str::len);
    (1..).zip(lengths).find(|(_, bytes)| *bytes > MOST_OF_A_LINE)
}

/// A text that CPython compiles.
pub(crate) struct Parsed<'a> {
    /// The text that was parsed: that of the source, but for fields of f-strings that had to be rewritten (`fields`, `specifications`).
    pub(crate) text: Cow<'a, str>,
    /// The tree and tokens.
    pub(crate) module: ruff_python_parser::Parsed<ModModule>,
    /// Whether `from __future__ import annotations` holds: annotations are never evaluated.
    pub(crate) lazy_annotations: bool,
}

/// Parses a text, and refuses it if CPython's `compile(text, path, "exec")` of the given version refuses it.
///
/// The text is normalised: line ends are LF, form feeds are spaces, and the last line is ended. The thread must have a stack of [`STACK_BYTES`],
/// which dropping the tree also needs.
///
/// # Errors
/// The first mistake that CPython would report, with its line.
pub(crate) fn parse(text: &str, python: PythonVersion) -> Result<Parsed<'_>, Error> {
    if let Some(null) = memchr::memchr(0, text.as_bytes()) {
        // CPython names no line here, but users need one.
        let line = Some(message::line_of(text, null));
        return Err(Error { line, message: "source code string cannot contain null bytes".to_owned() });
    }
    if u32::try_from(text.len()).is_err() {
        return Err(Error { line: None, message: "the text is longer than 4 GiB".to_owned() });
    }
    if let Some((line, bytes)) = overlong_line(text) {
        let message = format!("the line has {bytes} bytes, more than the {MOST_OF_A_LINE} that can be parsed");
        return Err(Error { line: Some(line), message });
    }
    if text.starts_with('\u{feff}') {
        // The byte order mark is already removed. The parser would skip a second one.
        return Err(Error { line: Some(1), message: "invalid non-printable character U+FEFF".to_owned() });
    }
    depth::check(text)
        .or_else(|refusal| alternatives::check(text, python, refusal))
        .map_err(|(line, reason)| Error { line: Some(line), message: reason.message().to_owned() })?;
    let mut text = Cow::Borrowed(text);
    let mut module = tree_of(&text, python);
    let mut field = None;
    if python >= PythonVersion::PY312 {
        // The first patch releases of 3.12 know no escapes there, so they count only where a text is refused without them.
        if (python >= PythonVersion::PY313 || !module.errors().is_empty())
            && let Some(rewritten) = specifications::without_escapes(&text, module.tokens(), python)
        {
            module = tree_of(&rewritten, python);
            text = Cow::Owned(rewritten);
        }
        let moves = if python < PythonVersion::PY314 { MOST_MOVES } else { 0 };
        for _ in 0..moves {
            let Some(moved) = specifications::with_line_ends_moved(&text, &module, python) else { break };
            module = tree_of(&moved, python);
            text = Cow::Owned(moved);
        }
    } else {
        match fields::in_parentheses(&text, module.tokens()) {
            Ok(None) => {}
            Ok(Some(patched)) => {
                module = tree_of(&patched, python);
                text = Cow::Owned(patched);
            }
            Err(mistake) => field = Some(mistake),
        }
    }
    let mut findings = Findings::default();
    let future = future::check(module.syntax(), python, &mut findings);
    let finding = grammar::check(&text, &module, field, python)
        .or_else(|| walk::walk(&text, &module, python, future, findings).into_first());
    match finding {
        None => Ok(Parsed { text, module, lazy_annotations: future.annotations }),
        Some(finding) => {
            Err(Error { line: Some(message::line_of(&text, finding.at.to_usize())), message: finding.message })
        }
    }
}

fn tree_of(text: &str, python: PythonVersion) -> ruff_python_parser::Parsed<ModModule> {
    let options = ParseOptions::from(Mode::Module).with_target_version(python);
    #[expect(clippy::unreachable, reason = "the parser was asked for a module")]
    let Some(module) = ruff_python_parser::parse_unchecked(text, options).try_into_module() else {
        unreachable!("a text parsed as a module is one")
    };
    module
}

#[cfg(test)]
mod judged {
    //! Helpers of the tests; every expected answer was CPython's.

    use ruff_python_ast::PythonVersion;

    /// The line and the message of a refusal by CPython 3.13; `None` if it compiles the text.
    pub(super) fn refusal(text: &str) -> Option<(Option<u32>, String)> {
        refusal_in(13, text)
    }

    /// The same by CPython 3.`minor`.
    pub(super) fn refusal_in(minor: u8, text: &str) -> Option<(Option<u32>, String)> {
        let python = PythonVersion { major: 3, minor };
        super::parse(text, python).err().map(|error| (error.line, error.message))
    }

    /// A refusal, as an expectation.
    #[expect(clippy::unnecessary_wraps, reason = "it is compared with what may be nothing")]
    pub(super) fn said(line: u32, message: &str) -> Option<(Option<u32>, String)> {
        Some((Some(line), message.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use ruff_python_ast::PythonVersion;
    use ruff_python_ast::visitor::{Visitor, walk_expr};

    use super::judged::{refusal, refusal_in, said};
    use super::{STACK_BYTES, depth, parse};

    /// The versions, 3.10 to 3.15, that accept a text.
    fn accepting(text: &str) -> Vec<u8> {
        (10..=15).filter(|&minor| refusal_in(minor, text).is_none()).collect()
    }

    /// The messages are those of CPython 3.15.
    #[test]
    fn lazy_imports_stand_in_a_module_outside_of_try() {
        for (source, refused) in [
            ("def f():\n    if 1:\n        lazy import a\n", said(3, "lazy import not allowed inside functions")),
            ("try: a\nfinally:\n    def f(): lazy import b\n", said(3, "lazy import not allowed inside functions")),
            ("def f():\n    lazy from a import *\n", said(2, "lazy from ... import not allowed inside functions")),
            ("class A:\n    lazy from a import b\n", said(2, "lazy from ... import not allowed inside classes")),
            (
                "try:\n    class A:\n        lazy import a\nfinally: a\n",
                said(3, "lazy import not allowed inside classes"),
            ),
            ("try:\n    lazy import a\nexcept A: a\n", said(2, "lazy import not allowed inside try/except blocks")),
            (
                "try: a\nexcept A:\n    if 1: lazy import a\n",
                said(3, "lazy import not allowed inside try/except blocks"),
            ),
            (
                "try: a\nexcept* A: a\nelse: lazy import a\n",
                said(3, "lazy import not allowed inside try/except blocks"),
            ),
            (
                "class A:\n    try: a\n    finally: lazy import a\n",
                said(3, "lazy import not allowed inside try/except blocks"),
            ),
            ("lazy from a import *\n", said(1, "lazy from ... import * is not allowed")),
            ("lazy from __future__ import annotations\n", said(1, "lazy from __future__ import is not allowed")),
            (
                "a\ntry: lazy from __future__ import b\nfinally: a\n",
                said(2, "lazy from __future__ import is not allowed"),
            ),
            ("lazy from .__future__ import a\nif 1:\n    lazy from . import b\n", None),
            ("with a:\n    for b in c:\n        lazy import d as e\n", None),
        ] {
            assert_eq!(refusal_in(15, source), refused, "{source}");
        }
    }

    #[test]
    fn syntax_belongs_to_its_versions() {
        assert_eq!(accepting("f'{a['b']}'\n"), [12, 13, 14, 15]);
        assert_eq!(accepting("f'{\"\\n\".join(a)}'\n"), [12, 13, 14, 15]);
        assert_eq!(accepting("f'''{\na # b\n}'''\n"), [12, 13, 14, 15]);
        assert_eq!(accepting("def f[T](): pass\n"), [12, 13, 14, 15]);
        assert_eq!(accepting("class C[T]: pass\n"), [12, 13, 14, 15]);
        assert_eq!(accepting("type A = int\n"), [12, 13, 14, 15]);
        assert_eq!(accepting("def f[T = int](): pass\n"), [13, 14, 15]);
        assert_eq!(accepting("try: pass\nexcept a, b: pass\n"), [14, 15]);
        assert_eq!(accepting("t'{a}'\n"), [14, 15]);
        assert_eq!(accepting("lazy import a\n"), [15]);
        assert_eq!(accepting("[*a for a in b]\n"), [15]);
        assert_eq!(accepting("{**a for a in b}\n"), [15]);
        assert_eq!(accepting("def f():\n    a: (yield)\n"), [10, 11, 12, 13]);
        assert_eq!(accepting("class C:\n    type A = lambda: 1\n"), [13, 14, 15]);
        assert_eq!(accepting("from .__future__ import nothing\n"), [13, 14, 15]);
    }

    #[test]
    fn what_every_version_accepts_or_refuses() {
        let all = [10, 11, 12, 13, 14, 15];
        assert_eq!(accepting("try: pass\nexcept* a: pass\n"), all[1..]);
        assert_eq!(accepting("match a:\n    case 1: pass\n"), all);
        assert_eq!(accepting("a[*b]\n"), all[1..]);
        assert_eq!(accepting("async def f():\n    [[a async for a in b] for c in d]\n"), all[1..]);
        assert_eq!(accepting("async def f():\n    [(a async for a in b) for c in d]\n"), all);
        assert_eq!(accepting("def f(*a: *b): pass\n"), all[1..]);
        assert_eq!(accepting("with (a as b, c as d): pass\n"), all);
        assert_eq!(accepting("def f():\n    try: pass\n    finally: return\n"), all);
        assert_eq!(accepting("a = '\\d'\n"), all);
        assert_eq!(accepting("async def f(): return [await a for a in b]\n"), all);
        assert_eq!(accepting("class C:\n    def f(self):\n        nonlocal __class__\n"), all);
        assert_eq!(accepting("assert (a, b)\n"), all);
        assert_eq!(accepting("lambda: (yield)\n"), all);
        assert_eq!(accepting("def f():\n    [[a async for a in b] for c in d]\n"), [0_u8; 0]);
        assert_eq!(accepting("print 'a'\n"), [0_u8; 0]);
        assert_eq!(accepting("exec a\n"), [0_u8; 0]);
        assert_eq!(accepting("a: (yield)\n"), [0_u8; 0]);
        assert_eq!(accepting("f'{a!x}'\n"), [0_u8; 0]);
        assert_eq!(accepting("b'é'\n"), [0_u8; 0]);
        assert_eq!(accepting("'\\x1'\n"), [0_u8; 0]);
        assert_eq!(accepting("1 if a\n"), [0_u8; 0]);
        assert_eq!(accepting("'a' b'c'\n"), [0_u8; 0]);
        assert_eq!(accepting("f(a for a in b, c)\n"), [0_u8; 0]);
        assert_eq!(accepting("def f(a=1, b): pass\n"), [0_u8; 0]);
        assert_eq!(accepting("def f(*): pass\n"), [0_u8; 0]);
        assert_eq!(accepting("f() = 1\n"), [0_u8; 0]);
        assert_eq!(accepting("1 += a\n"), [0_u8; 0]);
        assert_eq!(accepting("del f()\n"), [0_u8; 0]);
        assert_eq!(accepting("(a, b): int\n"), [0_u8; 0]);
        assert_eq!(accepting("x = yield = 1\n"), [0_u8; 0]);
        assert_eq!(accepting("global a.b\n"), [0_u8; 0]);
        assert_eq!(accepting("while a: b\nelse: c\nelse: d\n"), [0_u8; 0]);
        assert_eq!(accepting("from a import (b, c\n"), [0_u8; 0]);
        assert_eq!(accepting("import a.b as c.d\n"), [0_u8; 0]);
        assert_eq!(accepting("def f(a, /, b, /): pass\n"), [0_u8; 0]);
        assert_eq!(accepting("def f(None): pass\n"), [0_u8; 0]);
        assert_eq!(accepting("None = 1\n"), [0_u8; 0]);
        assert_eq!(accepting("a.True = 1\n"), [0_u8; 0]);
        assert_eq!(accepting("[a for a in b if (yield)]\n"), [0_u8; 0]);
    }

    struct Count(usize);

    impl<'a> Visitor<'a> for Count {
        fn visit_expr(&mut self, expr: &'a ruff_python_ast::Expr) {
            self.0 += 1;
            walk_expr(self, expr);
        }
    }

    fn on_a_large_stack(test: impl FnOnce() + Send + 'static) {
        std::thread::Builder::new().stack_size(STACK_BYTES).spawn(test).unwrap().join().unwrap();
    }

    /// Parses, walks and drops each text on a stack of the promised size, for every version.
    fn survives(texts: Vec<String>) {
        on_a_large_stack(move || {
            for text in texts {
                for minor in [11, 13, 15] {
                    if let Ok(parsed) = parse(&text, PythonVersion { major: 3, minor }) {
                        Count(0).visit_body(&parsed.module.syntax().body);
                    }
                }
            }
        });
    }

    const CHAINS: [&str; 24] = [
        "not ",
        "-",
        "~",
        "await ",
        "lambda: ",
        "lambda a, b: ",
        "lambda a=",
        "a + ",
        "a ** ",
        "a ** -",
        "a if b else ",
        "a[b, ",
        "a(b, ",
        "(",
        "[",
        "{",
        "{a: ",
        "f'{",
        "f'{a:{",
        "(yield ",
        "(a := ",
        "[a for b in ",
        "*",
        "a.",
    ];

    #[test]
    fn chains_of_any_length_neither_overflow_nor_abort() {
        let times = [2_000, depth::LIMIT, 200_000];
        survives(CHAINS.iter().flat_map(|link| times.map(|times| format!("a = {}", link.repeat(times)))).collect());
        survives(CHAINS.iter().flat_map(|link| times.map(|times| format!("{}\n", link.repeat(times)))).collect());
    }

    // CPython 3.13 compiles all of them.
    #[test]
    fn parts_that_stand_beside_each_other_may_be_many() {
        let flat = [
            ("x = f'", "{a}b", "'"),
            ("x = f'", "{a.b(c)!r:>{d}}", "'"),
            ("x = (", "f'{a}' 'b'\n", ")"),
            ("x = a", " and a.b(c)", ""),
            ("x = a", " or not a.b and a[0] < -b", ""),
            ("x = a", " is not a.b", ""),
            ("x = {", "a: b.c(d),\n", "}"),
            ("x = [", "a.b if c.d else e.f,\n", "]"),
            ("x = [a for a in b", " if c.d(a)", "]"),
            ("f(", "*a, -d.e, ", ")"),
            ("x", " = x.y[0]", ""),
            ("match a:\n case 0", " | 1", ": pass"),
            ("if a:\n match a:\n  case {'|)': [(\n1 | 2", " # :\n | 'x\\'' | -1.5", ") as b]} if a | b: c = a | b"),
        ];
        on_a_large_stack(move || {
            for (begin, part, end) in flat {
                let text = format!("{begin}{}{end}\n", part.repeat(100_000));
                assert_eq!(refusal_in(13, &text), None, "{begin}{part}{end}");
            }
        });
    }

    #[test]
    fn alternatives_are_operators_outside_of_patterns() {
        let deep = [
            ("match a:\n case 1 if b", " | 1", ": pass"),
            ("match a:\n case 1: b = 1", " | 1", ""),
            ("match a:\n case 1 (b)", " | 1", ": pass"),
            ("match a:\n case 1 as 5", " | 1", ": pass"),
            ("match a:\n case (1, (lambda: 1", " | 1", ")): pass"),
            ("match a b:\n case 1", " | 1", ": pass"),
            ("case (a)", " | 1", ""),
            ("case (a)", " | 1", ": int"),
            ("case = a", " | 1", ""),
            ("match a:\n case 1 as b", " | 1", ": pass"),
            ("match a:\n case 1 | *b", " | 1", ": pass"),
            ("match a:\n case C(1 | b=1", " | 1", "): pass"),
            ("match a:\n case C(1 | b=(1", " | 1", ")): pass"),
            ("match a:\n case {1: 2 | 3: (1", " | 1", ")}: pass"),
            ("match a:\n case {1 | 3: (1", " | 1", ")}: pass"),
            ("match a:\n case 1 |= 1", " | 1", ": pass"),
            ("'''\n case 1 | 1\n'''; a", " | 1", ""),
            ("match a:\n case 1", " | 1", ": pass\n case 2: (b"),
        ];
        on_a_large_stack(move || {
            for (begin, part, end) in deep {
                let text = format!("{begin}{}{end}\n", part.repeat(100_000));
                assert!(refusal_in(13, &text).is_some(), "{begin}{part}{end}");
            }
        });
    }

    // A text of 13 MB with 200 brackets of 32,000 operators each overflowed the stack.
    #[test]
    fn operators_within_brackets_add_up() {
        let too_deep = "too deeply nested: an expression chains more than 32768 operators";
        let links =
            [("(", "", "+a", ")"), ("(", "not ", "", " or b)"), ("f(", "-", "", ").a"), ("(", "", ".b", ", c)")];
        on_a_large_stack(move || {
            for (open, before, after, close) in links {
                let nested = |times: usize| {
                    let (begin, end) = (before.repeat(300), after.repeat(300));
                    format!("{}a{}\n", format!("{open}{begin}").repeat(times), format!("{end}{close}").repeat(times))
                };
                assert_eq!(refusal_in(13, &nested(100)), None, "{open}{before}{after}{close}");
                assert_eq!(refusal_in(13, &nested(150)).map(|(_, why)| why).as_deref(), Some(too_deep));
            }
        });
    }

    #[test]
    fn tails_of_any_length_neither_overflow_nor_abort() {
        let tails = [
            ".a",
            "()",
            "[0]",
            "+a",
            "**a",
            " and a",
            " < a",
            " 'b'",
            " if a else a",
            "=a",
            ",a",
            "\nif a: pass\nelif a: pass",
            ";a",
        ];
        survives(
            tails.iter().flat_map(|tail| [5_000, 100_000].map(|times| format!("a{}\n", tail.repeat(times)))).collect(),
        );
    }

    #[test]
    fn blocks_of_any_depth_neither_overflow_nor_abort() {
        let nested = |header: &str, depth: usize| -> String {
            (0..depth)
                .map(|level| format!("{}{header}\n", " ".repeat(level)))
                .chain([" ".repeat(depth) + "pass\n"])
                .collect()
        };
        let headers = ["if a:", "def f(a=1):", "class C:", "while a:", "try:", "match a:"];
        let mut texts: Vec<String> =
            headers.iter().flat_map(|header| [99, 2_000].map(|depth| nested(header, depth))).collect();
        texts.extend(
            ["if a: ", "def f(): ", "class C: ", "async ", "@", "case ", "match "].map(|word| word.repeat(100_000)),
        );
        texts.extend(
            ["(", "[", "{1: ", "a(", "-", "*", "a | "].map(|word| format!("match a:\n case {}", word.repeat(50_000))),
        );
        survives(texts);
    }

    #[test]
    fn long_texts_are_no_deep_ones() {
        let flat = [
            format!("a = [{}]\n", "-1, not b, lambda c: d, e.f(), ".repeat(20_000)),
            format!("a = {}1\n", "b.c(d)[0] + ".repeat(10_000)),
            format!("a = {}1\n", "b and not c or ".repeat(20_000)),
            format!("a = {}\n", "'b' ".repeat(100_000)),
            format!("a = '{}'\n", "b".repeat(10_000_000)),
            "a = b\n".repeat(200_000),
            format!("if a: pass\n{}", "elif a: pass\n".repeat(5_000)),
        ];
        on_a_large_stack(move || {
            for text in flat {
                assert_eq!(refusal(&text), None, "{}", &text[..40]);
            }
        });
    }

    #[test]
    fn what_cpython_compiles_is_not_too_deep() {
        // The largest number that any of 3.11 to 3.15 compiled, on a stack of 8 MiB.
        let deepest = [
            ("not ", 5_960, ""),
            ("-", 5_960, ""),
            ("lambda: ", 2_980, ""),
            ("a if a else ", 5_960, ""),
            ("", 13_760, ".a"),
            ("", 13_760, "()"),
            ("", 24_736, "[0]"),
            ("", 13_744, "+a"),
            ("", 2_980, "**a"),
        ];
        let texts =
            deepest.map(|(before, times, after)| format!("a = {}a{}\n", before.repeat(times), after.repeat(times)));
        on_a_large_stack(move || {
            for text in texts {
                assert_eq!(refusal(&text), None, "{}", &text[..20]);
            }
        });
    }

    #[test]
    fn a_name_from_a_newer_unicode_passes() {
        assert_eq!(refusal_in(15, "'\\N{ARABIC LETTER NOON WITH RING ABOVE}'\n"), None);
        assert!(refusal_in(13, "'\\N{ARABIC LETTER NOON WITH RING ABOVE}'\n").is_some());
        assert!(refusal_in(15, "'\\N{}'\n").is_some());
    }

    #[test]
    fn a_second_byte_order_mark_is_no_source() {
        for minor in 11..=15 {
            let refused = said(1, "invalid non-printable character U+FEFF");
            assert_eq!(refusal_in(minor, "\u{feff}a = 1\n"), refused);
            assert_eq!(refusal_in(minor, "\u{feff}"), refused);
        }
    }

    #[test]
    fn a_null_byte_is_no_source() {
        let message = "source code string cannot contain null bytes".to_owned();
        assert_eq!(refusal("a = 1\nb = '\0'\n"), Some((Some(2), message)));
    }

    #[test]
    fn a_line_of_data_is_refused_with_its_number_and_size() {
        let text = format!("a = 1\nb = '{}'\n", "x".repeat(super::MOST_OF_A_LINE));
        let message =
            format!("the line has {} bytes, more than the 16777216 that can be parsed", super::MOST_OF_A_LINE + 6);
        assert_eq!(refusal(&text), Some((Some(2), message)));
    }

    #[test]
    fn the_empty_text_is_a_module() {
        assert_eq!(refusal(""), None);
        assert_eq!(refusal("\n"), None);
    }
}
