//! The source roots of a report.

use std::path::Path;

/// The directories of `run.source` that exist, each once and in order, as in `coverage xml`: absolute with links resolved or, with
/// `relative_files`, as written.
#[must_use]
pub fn source_roots(source: &[String], root: &Path, relative_files: bool) -> Vec<String> {
    let mut roots: Vec<String> = Vec::new();
    for source in source.iter().filter(|source| !source.is_empty()) {
        let Ok(there) = root.join(source).canonicalize() else { continue };
        let root = if relative_files {
            source.trim_end_matches(['/', '\\']).to_owned()
        } else {
            there.to_string_lossy().into_owned()
        };
        if !roots.contains(&root) {
            roots.push(root);
        }
    }
    roots
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sources_that_exist_are_roots() {
        let root = tempfile::tempdir().unwrap();
        let real = root.path().canonicalize().unwrap();
        std::fs::create_dir(real.join("src")).unwrap();
        let source = ["src/", "nowhere", "", "src"].map(str::to_owned);
        assert_eq!(source_roots(&source, root.path(), false), [real.join("src").to_str().unwrap()]);
        assert_eq!(source_roots(&source, root.path(), true), ["src"]);
    }
}
