//! Analyses one Python source: finds the statements and arcs that can run.

mod blocks;
mod constants;
mod decided;
mod docstrings;
mod exclusions;
mod finally;
mod flow;
mod lines;
pub(crate) mod module;
mod nested;
mod own_lines;
mod regions;
mod statements;
mod suites;
mod truth;
mod with_exits;

use crate::model::outline::Outline;
use crate::model::settings::{self, PythonVersion};
use crate::model::trace::Kind;
use crate::python::re::{self, Pattern};
use crate::python::syntax;
pub use crate::python::syntax::{Error as SyntaxError, STACK_BYTES};
use crate::python::text::count_lines;
use module::Module;

/// Why a text cannot be analysed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// CPython refuses it.
    #[error(transparent)]
    Syntax(#[from] syntax::Error),
    /// A pattern of the settings backtracks too much on it.
    #[error(transparent)]
    Pattern(#[from] re::Error),
}

/// The rules of the analysis: the Python version, and the exclusions of the settings.
#[derive(Clone, Debug, Default)]
pub struct Rules {
    /// The Python version whose rules define statements.
    pub python: PythonVersion,
    /// The pattern that excludes lines; `None` if there is none.
    pub exclude: Option<Pattern>,
    /// The pattern that makes every exit of a line count as taken; `None` if there is none.
    pub partial: Option<Pattern>,
}

impl Rules {
    /// Takes the rules from the settings, and compiles their patterns.
    ///
    /// # Errors
    /// Patterns that do not compile when joined.
    pub fn new(settings: &settings::Analysis) -> Result<Self, re::Error> {
        let any_of = |sources: &[String], place: &str| -> Result<Option<Pattern>, re::Error> {
            let any = Pattern::any_of(sources, settings.python.minor, settings.limits)?;
            Ok(any.map(|pattern| pattern.of(place)))
        };
        Ok(Self {
            python: settings.python,
            exclude: any_of(&settings.exclude, &settings.exclude_place)?,
            partial: any_of(&settings.partial, &settings.partial_place)?,
        })
    }
}

/// The outline of `text` under the rules of `rules.python`.
///
/// `text` is as `sources` returns it: line ends are LF, form feeds are spaces, and the last line is ended. If `kind` is statements, arcs are not
/// needed: `arcs`, `rewire`, `no_branch`, `explanations`, `matches`, `own_lines`, `landings`, `doubtful` and `through_finally` then stay empty, which takes half the time.
///
/// # Errors
/// A text that CPython refuses; a pattern that backtracks too much.
///
/// # Examples
/// ```
/// use covmerge::analyse::{Rules, analyse};
/// use covmerge::model::settings::Analysis;
/// use covmerge::model::trace::Kind;
///
/// let settings = Analysis { exclude: vec!["# pragma: no cover".into()], ..Analysis::default() };
/// let source = "def area(a, b):\n    if a < 0:  # pragma: no cover\n        raise ValueError\n    return (\n        a * b)\n";
/// let outline = analyse(source, &Rules::new(&settings)?, Kind::Branches).unwrap();
/// assert!(outline.statements.iter().map(|line| line.get()).eq([1, 4]));
/// # Ok::<(), covmerge::python::re::Error>(())
/// ```
pub fn analyse(text: &str, rules: &Rules, kind: Kind) -> Result<Outline, Failure> {
    let version = ruff_python_ast::PythonVersion { major: 3, minor: rules.python.minor };
    let parsed = syntax::parse(text, version)?;
    let module = Module::new(&parsed.text, parsed.module.syntax(), parsed.module.tokens());
    let first = lines::first_lines(&module);
    let bytecode = statements::bytecode(&module, rules.python, parsed.lazy_annotations);
    let firsts = first.of_lines(&bytecode.lines);
    let excluded = exclusions::excluded(text, &module, rules, &first, &firsts)?;
    let ignored = excluded.union(&docstrings::docstrings(&module));
    let mut outline = Outline {
        statements: first.of_lines(&bytecode.lines.difference(&ignored)).difference(&ignored),
        regions: regions::regions(&module),
        lines: u32::try_from(count_lines(text)).unwrap_or(u32::MAX),
        excluded,
        ..Outline::default()
    };
    if kind == Kind::Branches {
        let flow::Flow { arcs, rewire, explanations, matches, own_lines, landings, doubtful } =
            flow::flow(&module, &first, (&firsts, &bytecode.left_at), rules.python, parsed.lazy_annotations);
        (outline.arcs, outline.rewire, outline.explanations) = (arcs, rewire, explanations);
        (outline.matches, outline.own_lines) = (matches, own_lines);
        (outline.landings, outline.doubtful) = (landings, doubtful);
        outline.through_finally = finally::through_finally(&module, &first);
        outline.no_branch = exclusions::no_branch(text, &first, rules.partial.as_ref())?;
    }
    outline.decided = decided::decided(&module, &first, &outline.statements, rules.python);
    outline.first = first;
    Ok(outline)
}

/// The first version after `python` whose CPython compiles `text`.
#[must_use]
pub fn accepted_by_newer(text: &str, python: PythonVersion) -> Option<PythonVersion> {
    let newer = (python.minor + 1..=PythonVersion::NEWEST.minor).map(|minor| PythonVersion { minor });
    let compiles = |minor: u8| syntax::parse(text, ruff_python_ast::PythonVersion { major: 3, minor }).is_ok();
    newer.into_iter().find(|version| compiles(version.minor))
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::model::lines::LineSet;
    use crate::model::lines::tests::numbers;
    use crate::model::settings::PythonVersion;

    /// The outline of `source` under Python 3.`minor`.
    pub(crate) fn outline_under(minor: u8, source: &str) -> Outline {
        let rules = Rules { python: PythonVersion { minor }, ..Rules::default() };
        analyse(source, &rules, Kind::Branches).unwrap()
    }

    /// The outline of `source`.
    pub(crate) fn outline(source: &str) -> Outline {
        outline_under(13, source)
    }

    /// The lines of the statements of `source`.
    pub(crate) fn statements(source: &str) -> Vec<u32> {
        numbers(&outline(source).statements)
    }

    /// The lines of the statements of `source` under Python 3.`minor`.
    pub(crate) fn statements_under(minor: u8, source: &str) -> Vec<u32> {
        numbers(&outline_under(minor, source).statements)
    }

    pub(crate) fn arcs(outline: &Outline) -> Vec<(i32, i32)> {
        outline.arcs.iter().map(|arc| (arc.from, arc.to)).collect()
    }

    #[test]
    fn a_text_without_statements_has_one_arc() {
        for source in ["", "\n", "# only a comment\n"] {
            let outline = outline(source);
            assert_eq!(outline.statements, LineSet::new());
            assert_eq!(arcs(&outline), [(1, -1)]);
        }
    }

    #[test]
    fn for_statements_alone_nobody_asks_for_arcs() {
        let rules = Rules::default();
        let outline = analyse("if a:\n    b = 2\n", &rules, Kind::Statements).unwrap();
        assert_eq!((numbers(&outline.statements), outline.arcs.len()), (vec![1, 2], 0));
    }

    #[test]
    fn what_python_refuses_is_an_error_with_its_line() {
        let error = analyse("a = 1\nb = (\n", &Rules::default(), Kind::Statements).unwrap_err();
        assert!(matches!(error, Failure::Syntax(syntax::Error { line: Some(_), .. })));
    }
}
