//! What is the same for every report: the icon, and the style sheet and scripts, which are served without their comments and indentation; the
//! style sheet also without the blanks that part nothing.

use crate::model::output::MARK_OF_CODE;

pub(super) const ICON: &str = include_str!("icon.svg");

/// How every page looks.
pub(super) fn style() -> String {
    let mut style = tight(include_str!("style.css"));
    for (spaced, close) in
        [(" {", "{"), ("{ ", "{"), (" }", "}"), (";}", "}"), ("} ", "}"), ("; ", ";"), (": ", ":"), (", ", ",")]
    {
        style = style.replace(spaced, close);
    }
    style
}

/// What every page may do.
pub(super) fn page_script() -> String {
    tight(concat!(include_str!("base.js"), include_str!("file.js")))
}

/// What shows a list. The data, which comes behind it, calls it.
pub(super) fn list_script() -> String {
    tight(include_str!("index.js"))
}

/// What takes the pages out of the one document that they are in.
pub(super) fn single_script() -> String {
    tight(include_str!("single.js"))
}

/// A script or style sheet without indentation, and without comments that have lines of their own: they would be a fifth of what a page loads.
/// What is ours is told by its first line.
fn tight(code: &str) -> String {
    let mut tight = String::with_capacity(code.len());
    tight.push_str(MARK_OF_CODE);
    for line in code.lines().map(str::trim).filter(|line| !is_comment(line)) {
        tight.push_str(line);
        tight.push('\n');
    }
    tight
}

fn is_comment(line: &str) -> bool {
    line.is_empty() || line.starts_with("//") || line.starts_with("/*") && line.ends_with("*/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_style_sheet_is_what_it_was_but_for_blanks() {
        // A blank behind one of these is part of no text.
        for line in include_str!("style.css").lines() {
            for text in line.split('"').skip(1).step_by(2) {
                assert!(!text.contains([';', ',', ':', '{', '}']), "{line}");
            }
        }
        assert!(style().contains("\n.d1{padding-inline-start:0.75rem}.d2{"));
        assert!(style().contains(" :not(a,mark){color:inherit;font-weight:inherit}"));
    }

    #[test]
    fn comments_and_indentation_alone_are_left_out() {
        assert_eq!(
            tight("// Why.\n/** What. */\nconst a = {\n  b: 1, // here\n\n};\n"),
            "/* covmerge */\nconst a = {\nb: 1, // here\n};\n"
        );
        for code in [
            include_str!("base.js"),
            include_str!("file.js"),
            include_str!("index.js"),
            include_str!("single.js"),
            include_str!("style.css"),
        ] {
            for line in code.lines() {
                // What spans lines would be told from a comment, or from indentation, by a parser only.
                assert_eq!(line.matches('`').count() % 2, 0, "a text over several lines: {line}");
                assert!(
                    !line.trim_start().starts_with("/*") || line.ends_with("*/"),
                    "a comment over several lines: {line}"
                );
            }
        }
    }
}
