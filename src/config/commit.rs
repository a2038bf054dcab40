//! The commit that was measured: the CI system names it, or else the checkout.

use std::path::{Path, PathBuf};

use super::Environment;
use crate::regular;

/// The variables of GitHub, Gitea and Forgejo, then of GitLab, Azure DevOps, Bitbucket, Circle CI, Buildkite, Travis and Jenkins.
const VARIABLES: [&str; 8] = [
    "GITHUB_SHA",
    "CI_COMMIT_SHA",
    "BUILD_SOURCEVERSION",
    "BITBUCKET_COMMIT",
    "CIRCLE_SHA1",
    "BUILDKITE_COMMIT",
    "TRAVIS_COMMIT",
    "GIT_COMMIT",
];

/// The commit's hash in hexadecimal, if it can be determined without running a tool.
pub(super) fn detect(root: &Path, environment: &Environment) -> Option<String> {
    let said = VARIABLES.iter().find_map(|name| environment.variable(name).filter(|hash| is_hash(hash)));
    said.map(str::to_owned).or_else(|| root.ancestors().find_map(|above| checked_out(&above.join(".git"))))
}

/// The top directory of the work tree that contains `root`, if it is under version control.
pub(super) fn work_tree(root: &Path) -> Option<PathBuf> {
    root.ancestors().find(|above| above.join(".git").exists()).map(Path::to_owned)
}

/// The same, but a submodule belongs to the work tree around it.
pub(super) fn top(root: &Path) -> Option<PathBuf> {
    let tree = work_tree(root)?;
    let around = tree.parent().filter(|_| is_submodule(&tree.join(".git"))).and_then(top);
    around.or(Some(tree))
}

/// Whether a work tree is that of a submodule: then its repository is among the `modules` of the one around it.
fn is_submodule(git: &Path) -> bool {
    let Ok(link) = regular::read_to_string(git) else { return false };
    let of_kind = |part: &&str| matches!(*part, "modules" | "worktrees");
    link.trim().rsplit('/').find(of_kind) == Some("modules")
}

pub(super) fn is_hash(text: &str) -> bool {
    (7..=64).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// The commit of a repository's HEAD. `.git` is a file in worktrees and submodules.
fn checked_out(git: &Path) -> Option<String> {
    let directory = match regular::read_to_string(git) {
        Ok(link) => git.parent()?.join(link.trim().strip_prefix("gitdir: ")?),
        Err(_) => git.to_owned(),
    };
    let head = regular::read_to_string(&directory.join("HEAD")).ok()?;
    let Some(name) = head.trim().strip_prefix("ref: ") else {
        return Some(head.trim().to_owned()).filter(|hash| is_hash(hash));
    };
    // Branches belong to the repository, HEAD to the worktree.
    let common = regular::read_to_string(&directory.join("commondir"))
        .map_or_else(|_| directory.clone(), |path| directory.join(path.trim()));
    let loose = regular::read_to_string(&common.join(name)).ok();
    let hash = loose.or_else(|| {
        let packed = regular::read_to_string(&common.join("packed-refs")).ok()?;
        packed.lines().find_map(|line| line.strip_suffix(name)?.strip_suffix(' ').map(str::to_owned))
    })?;
    Some(hash.trim().to_owned()).filter(|hash| is_hash(hash))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::fs;

    use super::*;

    const HASH: &str = "0123456789abcdef0123456789abcdef01234567";

    fn environment(variables: &[(&str, &str)], cwd: &Path) -> Environment {
        let variables: BTreeMap<String, String> =
            variables.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
        Environment { cwd: cwd.into(), variables, ..Environment::default() }
    }

    #[test]
    fn the_commit_is_what_ci_says_or_what_is_checked_out() {
        let root = tempfile::tempdir().unwrap();
        let detected =
            |variables: &[(&str, &str)]| detect(&root.path().join("src"), &environment(variables, root.path()));
        let write = |name: &str, text: &str| {
            let path = root.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        write(".git/HEAD", "ref: refs/heads/main\n");
        write(".git/packed-refs", &format!("# pack-refs\n{HASH} refs/heads/main\n"));
        assert_eq!(detected(&[]).as_deref(), Some(HASH));
        write(".git/refs/heads/main", "abcdef0\n");
        assert_eq!(detected(&[]).as_deref(), Some("abcdef0"));
        write(".git/HEAD", HASH);
        assert_eq!(detected(&[("GITHUB_SHA", "not a hash")]).as_deref(), Some(HASH));
        assert_eq!(detected(&[("CI_COMMIT_SHA", "fedcba9876543210")]).as_deref(), Some("fedcba9876543210"));
        write(".git/HEAD", "<script>");
        assert_eq!(detected(&[]), None);
    }

    #[test]
    fn a_submodule_belongs_to_the_work_tree_around_it() {
        let directory = tempfile::tempdir().unwrap();
        let root = directory.path();
        let write = |name: &str, text: &str| {
            fs::create_dir_all(root.join(name).parent().unwrap()).unwrap();
            fs::write(root.join(name), text).unwrap();
        };
        write("main/.git/HEAD", HASH);
        write("main/libs/sub/.git", "gitdir: ../../.git/modules/libs/sub\n");
        write("main/libs/sub/deeper/.git", "gitdir: ../../../.git/modules/libs/sub/modules/deeper\n");
        write("main/other/.git", "gitdir: /checkouts/main/.git/worktrees/other\n");
        write("main/other/sub/.git", "gitdir: /checkouts/main/.git/worktrees/other/modules/sub\n");
        write("alone/.git", "gitdir: /gone/.git/modules/alone\n");
        for (of, expected) in [
            ("main/src", Some("main")),
            ("main/libs/sub/src", Some("main")),
            ("main/libs/sub/deeper", Some("main")),
            ("main/other", Some("main/other")),
            ("main/other/sub", Some("main/other")),
            ("alone", Some("alone")),
        ] {
            assert_eq!(top(&root.join(of)), expected.map(|path| root.join(path)), "{of}");
        }
    }

    #[test]
    fn a_worktree_is_at_a_commit_of_its_own() {
        let root = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| {
            let path = root.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        write("main/.git/worktrees/other/HEAD", "ref: refs/heads/other\n");
        write("main/.git/worktrees/other/commondir", "../..\n");
        write("main/.git/refs/heads/other", HASH);
        write("other/.git", "gitdir: ../main/.git/worktrees/other\n");
        assert_eq!(detect(&root.path().join("other"), &environment(&[], root.path())).as_deref(), Some(HASH));
    }
}
