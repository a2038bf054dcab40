//! The lines that messages are made of.

use std::fmt::Write;
use std::path::Path;

use crate::python::text::printable::neutralised;

/// A path as it is shown: neutralised.
pub(super) fn shown(path: &Path) -> String {
    neutralised(&path.to_string_lossy()).into_owned()
}

/// `  because: …`, on one line.
pub(super) fn because(text: &mut String, cause: &str) {
    _ = writeln!(text, "  because: {}", neutralised(cause));
}

/// `  help: …`; further lines are indented.
pub(super) fn help(text: &mut String, advice: &str) {
    for (index, line) in advice.lines().enumerate() {
        let label = if index == 0 { "  help:" } else { "   " };
        _ = writeln!(text, "{label} {}", neutralised(line));
    }
}
