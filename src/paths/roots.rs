//! The source roots of a report.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::real;

/// The directories of `run.source` that exist or hold a file of `sealed`, each once and in order, as in `coverage xml`: absolute with links resolved or, with
/// `relative_files`, as written.
#[must_use]
pub fn source_roots(source: &[String], root: &Path, relative_files: bool, sealed: &BTreeSet<PathBuf>) -> Vec<String> {
    let mut roots: Vec<String> = Vec::new();
    for source in source.iter().filter(|source| !source.is_empty()) {
        let named = PathBuf::from(real::lexical(&root.join(source).to_string_lossy()));
        let there = root.join(source).canonicalize().ok().or_else(|| {
            let holds = sealed.range(named.clone()..).next().is_some_and(|file| file.starts_with(&named));
            holds.then(|| named.clone())
        });
        let Some(there) = there else { continue };
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
        let none = BTreeSet::new();
        assert_eq!(source_roots(&source, root.path(), false, &none), [real.join("src").to_str().unwrap()]);
        assert_eq!(source_roots(&source, root.path(), true, &none), ["src"]);
        let sealed = BTreeSet::from([PathBuf::from("/gone/lib/pkg/a.py")]);
        let source = ["lib/pkg", "lib/p"].map(str::to_owned);
        assert_eq!(source_roots(&source, Path::new("/gone"), false, &sealed), ["/gone/lib/pkg"]);
    }
}
