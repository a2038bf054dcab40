//! The restrictions on a `case`: names bound twice, unreachable cases, repeated keys and attributes.

use std::collections::BTreeSet;

use ruff_python_ast::{self as ast, Expr, Number, Pattern, UnaryOp};
use ruff_text_size::Ranged;

use super::surrogates;
use super::walk::Walk;

impl Walk<'_> {
    /// Checks one case; `last` is whether it is the last one.
    pub(super) fn case(&mut self, case: &ast::MatchCase, last: bool) {
        let mut names = BTreeSet::new();
        Patterns { walk: self }.visit(&case.pattern, &mut names, last || case.guard.is_some());
    }
}

struct Patterns<'w, 'a> {
    walk: &'w mut Walk<'a>,
}

impl Patterns<'_, '_> {
    /// Visits one pattern and adds the names it binds; `irrefutable` is whether it may match everything.
    fn visit<'p>(&mut self, pattern: &'p Pattern, names: &mut BTreeSet<&'p str>, irrefutable: bool) {
        match pattern {
            Pattern::MatchValue(value) => {
                if is_of_wildcard(&value.value) {
                    self.walk.grammar(pattern.start(), "invalid syntax");
                }
            }
            Pattern::MatchSingleton(_) => {}
            Pattern::MatchStar(star) => self.bind(star.name.as_ref(), pattern, names),
            Pattern::MatchAs(capture) => {
                if capture.pattern.is_none() && !irrefutable {
                    let message = match &capture.name {
                        Some(name) => format!("name capture '{name}' makes remaining patterns unreachable"),
                        None => "wildcard makes remaining patterns unreachable".to_owned(),
                    };
                    self.walk.code(pattern.start(), message);
                }
                if let Some(inner) = &capture.pattern {
                    self.visit(inner, names, irrefutable);
                }
                self.bind(capture.name.as_ref(), pattern, names);
            }
            Pattern::MatchSequence(sequence) => {
                if sequence.patterns.iter().filter(|inner| matches!(inner, Pattern::MatchStar(_))).count() > 1 {
                    self.walk.code(pattern.start(), "multiple starred names in sequence pattern");
                }
                for inner in &sequence.patterns {
                    self.visit(inner, names, true);
                }
            }
            Pattern::MatchMapping(mapping) => {
                let mut seen = BTreeSet::new();
                for key in &mapping.keys {
                    if let Some((key, shown)) = constant(key, self.walk.text)
                        && !seen.insert(key)
                    {
                        self.walk.code(pattern.start(), format!("mapping pattern checks duplicate key ({shown})"));
                    }
                }
                for inner in &mapping.patterns {
                    self.visit(inner, names, true);
                }
                self.bind(mapping.rest.as_ref(), pattern, names);
            }
            Pattern::MatchClass(class) => {
                // The class is a name without parentheses.
                if class.cls.start() != class.start() || is_of_wildcard(&class.cls) {
                    self.walk.grammar(pattern.start(), "invalid syntax");
                }
                let mut seen = BTreeSet::new();
                for keyword in &class.arguments.keywords {
                    let name = keyword.attr.as_str();
                    if name == "__debug__" {
                        self.walk.code(keyword.start(), "cannot assign to __debug__");
                    }
                    if !seen.insert(name) {
                        let message = format!("attribute name repeated in class pattern: {name}");
                        self.walk.code(keyword.pattern.start(), message);
                    }
                }
                for inner in &class.arguments.patterns {
                    self.visit(inner, names, true);
                }
                for keyword in &class.arguments.keywords {
                    self.visit(&keyword.pattern, names, true);
                }
            }
            Pattern::MatchOr(alternatives) => {
                let last = alternatives.patterns.len().saturating_sub(1);
                let mut first: Option<BTreeSet<&str>> = None;
                for (index, alternative) in alternatives.patterns.iter().enumerate() {
                    let mut bound = BTreeSet::new();
                    self.visit(alternative, &mut bound, irrefutable && index == last);
                    match &first {
                        Some(first) if *first != bound => {
                            self.walk.code(pattern.start(), "alternative patterns bind different names");
                        }
                        Some(_) => {}
                        None => first = Some(bound),
                    }
                }
                for name in first.into_iter().flatten() {
                    self.add(name, pattern, names);
                }
            }
        }
    }

    fn bind<'p>(&mut self, name: Option<&'p ast::Identifier>, pattern: &Pattern, names: &mut BTreeSet<&'p str>) {
        if let Some(name) = name {
            self.add(name.as_str(), pattern, names);
        }
    }

    fn add<'p>(&mut self, name: &'p str, pattern: &Pattern, names: &mut BTreeSet<&'p str>) {
        if !names.insert(name) {
            self.walk.code(pattern.start(), format!("multiple assignments to name '{name}' in pattern"));
        }
    }
}

/// A key in a form that is equal for equal keys, and as Python shows it; `None` for an attribute.
fn constant(key: &Expr, module: &str) -> Option<(String, String)> {
    Some(match key {
        Expr::StringLiteral(text) => {
            (format!("s{}", surrogates::distinct(text, module)), format!("'{}'", text.value.to_str()))
        }
        Expr::BytesLiteral(bytes) => {
            let bytes: Vec<u8> = bytes.value.bytes().collect();
            let shown = format!("b'{}'", bytes.escape_ascii());
            (shown.clone(), shown)
        }
        Expr::BooleanLiteral(boolean) if boolean.value => ("n1".to_owned(), "True".to_owned()),
        Expr::BooleanLiteral(_) => ("n0".to_owned(), "False".to_owned()),
        Expr::NoneLiteral(_) => ("None".to_owned(), "None".to_owned()),
        Expr::NumberLiteral(number) => match &number.value {
            Number::Int(int) => (format!("n{int}"), int.to_string()),
            Number::Float(float) => (format!("n{float}"), format!("{float:?}")),
            Number::Complex { imag, .. } if *imag == 0.0 => ("n0".to_owned(), "0j".to_owned()),
            Number::Complex { imag, .. } => (format!("n{imag}j"), format!("{imag}j")),
        },
        Expr::UnaryOp(negative) if negative.op == UnaryOp::USub => {
            let (key, shown) = constant(&negative.operand, module)?;
            if key == "n0" { (key, shown) } else { (format!("-{key}"), format!("-{shown}")) }
        }
        Expr::BinOp(sum) => {
            let (left, left_shown) = constant(&sum.left, module)?;
            let (right, right_shown) = constant(&sum.right, module)?;
            let sign = if sum.op == ast::Operator::Add { '+' } else { '-' };
            (format!("{left}{sign}{right}"), format!("({left_shown}{sign}{right_shown})"))
        }
        _ => return None,
    })
}

/// Whether a name or attribute begins with `_`: CPython takes that for the wildcard, which nothing may follow.
fn is_of_wildcard(expr: &Expr) -> bool {
    match expr {
        Expr::Name(name) => name.id.as_str() == "_",
        Expr::Attribute(attribute) => is_of_wildcard(&attribute.value),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::super::judged::{refusal, said};

    #[test]
    fn patterns_bind_each_name_once() {
        assert_eq!(
            refusal("match a:\n    case [b, b]: pass\n"),
            said(2, "multiple assignments to name 'b' in pattern")
        );
        assert_eq!(
            refusal("match a:\n    case {1: b, **b}: pass\n"),
            said(2, "multiple assignments to name 'b' in pattern")
        );
        assert_eq!(
            refusal("match a:\n    case C(b, c=b): pass\n"),
            said(2, "multiple assignments to name 'b' in pattern")
        );
        assert_eq!(
            refusal("match a:\n    case b as b: pass\n"),
            said(2, "multiple assignments to name 'b' in pattern")
        );
        assert_eq!(refusal("match a:\n    case [b] | [b]: pass\n"), None);
    }

    #[test]
    fn alternatives_bind_the_same_names() {
        assert_eq!(
            refusal("match a:\n    case [b] | [c]: pass\n"),
            said(2, "alternative patterns bind different names")
        );
        assert_eq!(refusal("match a:\n    case 1 | [c]: pass\n"), said(2, "alternative patterns bind different names"));
    }

    #[test]
    fn only_the_last_case_matches_everything() {
        assert_eq!(
            refusal("match a:\n    case _: pass\n    case 1: pass\n"),
            said(2, "wildcard makes remaining patterns unreachable")
        );
        assert_eq!(
            refusal("match a:\n    case b: pass\n    case 1: pass\n"),
            said(2, "name capture 'b' makes remaining patterns unreachable")
        );
        assert_eq!(refusal("match a:\n    case b if c: pass\n    case 1: pass\n"), None);
        assert_eq!(
            refusal("match a:\n    case (_ | 1): pass\n"),
            said(2, "wildcard makes remaining patterns unreachable")
        );
        assert_eq!(refusal("match a:\n    case 1 | _: pass\n"), None);
    }

    #[test]
    fn keys_and_attributes_are_checked_once() {
        assert_eq!(
            refusal("match a:\n    case {1: b, 1: c}: pass\n"),
            said(2, "mapping pattern checks duplicate key (1)")
        );
        assert_eq!(
            refusal("match a:\n    case {'a': b, 'a': c}: pass\n"),
            said(2, "mapping pattern checks duplicate key ('a')")
        );
        assert_eq!(
            refusal("match a:\n    case {1: b, True: c}: pass\n"),
            said(2, "mapping pattern checks duplicate key (True)")
        );
        assert_eq!(
            refusal("match a:\n    case {0: b, -0: c}: pass\n"),
            said(2, "mapping pattern checks duplicate key (0)")
        );
        assert_eq!(refusal("match a:\n    case {b.c: d, b.c: e}: pass\n"), None);
        assert_eq!(refusal("match a:\n    case {'\\ud800': b, '\\ud801': c}: pass\n"), None);
        assert_eq!(
            refusal("match a:\n    case C(b=1, b=2): pass\n"),
            said(2, "attribute name repeated in class pattern: b")
        );
        assert_eq!(
            refusal("match a:\n    case {1.0: b, 1: c}: pass\n"),
            said(2, "mapping pattern checks duplicate key (1)")
        );
    }

    #[test]
    fn a_sequence_has_one_star() {
        assert_eq!(
            refusal("match a:\n    case [*b, *c]: pass\n"),
            said(2, "multiple starred names in sequence pattern")
        );
    }

    #[test]
    fn formatted_strings_are_no_patterns() {
        assert_eq!(
            refusal("match a:\n    case f'b': pass\n"),
            said(2, "patterns may only match literals and attribute lookups")
        );
    }

    #[test]
    fn nothing_follows_a_wildcard_and_classes_stand_without_parentheses() {
        // compile() of CPython 3.11 and 3.13
        for case in
            ["_()", "_.x()", "_.x", "[_.x]", "A(_.x)", "A(k=_.x)", "{1: _.x}", "(_.x)", "_.x as y", "(A)()", "(A.b)()"]
        {
            assert_eq!(refusal(&format!("match a:\n    case {case}: pass\n")), said(2, "invalid syntax"), "{case}");
        }
        for case in ["{_.x: 1}", "(A())", "(A.b)", "A.b()", "_"] {
            assert_eq!(refusal(&format!("match a:\n    case {case}: pass\n")), None, "{case}");
        }
    }
}
