//! What lies outside of a directory and may be used all the same: `--allow-outside-root`.

use std::path::{Path, PathBuf};

/// The places outside of the root whose texts are shown, and outside of a searched directory to which links of fragments may lead.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Outside {
    /// None.
    #[default]
    Nowhere,
    /// These directories and files, absolute with symbolic links resolved as far as they exist, and all below them.
    Below(Vec<PathBuf>),
    /// All of them.
    Anywhere,
}

impl Outside {
    /// Whether the file at that absolute path without symbolic links is allowed.
    #[must_use]
    pub fn holds(&self, real: &Path) -> bool {
        match self {
            Self::Nowhere => false,
            Self::Below(places) => places.iter().any(|place| real.starts_with(place)),
            Self::Anywhere => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_is_allowed_with_all_below_it_and_none_beside_it() {
        let below = Outside::Below(vec!["/a/b".into()]);
        for (path, is_held) in [("/a/b/c.py", true), ("/a/b", true), ("/a/bc/d.py", false), ("/a/c.py", false)] {
            let held = [&Outside::Nowhere, &below, &Outside::Anywhere].map(|outside| outside.holds(Path::new(path)));
            assert_eq!(held, [false, is_held, true], "{path}");
        }
    }
}
