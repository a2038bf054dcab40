//! What is the same for every report: the style sheet, the icon and the scripts, which are served without their comments and indentation.

/// Begins as [`MARK_OF_CODE`](crate::render::site::MARK_OF_CODE) says, as what the functions make does.
pub(super) const STYLE: &str = concat!("/* covmerge */\n", include_str!("style.css"));
pub(super) const ICON: &str = include_str!("icon.svg");

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

/// A script without indentation, and without comments that have lines of their own: they would be a fifth of what a page loads.
fn tight(script: &str) -> String {
    let mut tight = String::with_capacity(script.len());
    tight.push_str("/* covmerge */\n");
    for line in script.lines().map(str::trim).filter(|line| !is_comment(line)) {
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
    fn scripts_lose_comments_and_indentation_alone() {
        assert_eq!(
            tight("// Why.\n/** What. */\nconst a = {\n  b: 1, // here\n\n};\n"),
            "/* covmerge */\nconst a = {\nb: 1, // here\n};\n"
        );
        for script in
            [include_str!("base.js"), include_str!("file.js"), include_str!("index.js"), include_str!("single.js")]
        {
            for line in script.lines() {
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
