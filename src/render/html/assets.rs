//! The files that are the same for every report: the icon, the style sheet and the scripts. Style sheet and scripts are served without comments and
//! indentation, and the style sheet also without unneeded blanks.

use crate::model::output::MARK_OF_CODE;

pub(super) const ICON: &str = include_str!("icon.svg");

/// The style sheet of every page.
pub(super) fn style() -> String {
    let mut style = tight(include_str!("style.css"));
    for (spaced, close) in
        [(" {", "{"), ("{ ", "{"), (" }", "}"), (";}", "}"), ("} ", "}"), ("; ", ";"), (": ", ":"), (", ", ",")]
    {
        style = style.replace(spaced, close);
    }
    style
}

/// The script of every page.
pub(super) fn page_script() -> String {
    tight(concat!(include_str!("base.js"), include_str!("file.js")))
}

/// The script that shows a list. The data follows it in the same file and calls it.
pub(super) fn list_script() -> String {
    tight(include_str!("index.js"))
}

/// The script that unpacks the pages of the single-file report.
pub(super) fn single_script() -> String {
    tight(include_str!("single.js"))
}

/// A script or style sheet without indentation, and without comments on lines of their own, which would be a fifth of what a page loads. Its first
/// line marks it as ours.
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
        // So a blank after one of these characters never belongs to a quoted text.
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
                // Only a parser could tell a text or comment over several lines from the lines that are dropped or trimmed.
                assert_eq!(line.matches('`').count() % 2, 0, "a text over several lines: {line}");
                assert!(
                    !line.trim_start().starts_with("/*") || line.ends_with("*/"),
                    "a comment over several lines: {line}"
                );
            }
        }
    }
}
