//! `~` at the beginning of a path, as Python's `os.path.expanduser` replaces it.

use std::path::{Path, PathBuf};

use crate::regular;

/// The path with `~` replaced by `home`, or `~user` by that user's home; unchanged if the home is unknown.
pub(super) fn expand(path: String, home: Option<&PathBuf>) -> String {
    let Some(after) = path.strip_prefix('~') else { return path };
    let (user, rest) = after.split_at(after.find('/').unwrap_or(after.len()));
    let home = if user.is_empty() { home.map(|home| home.to_string_lossy().into_owned()) } else { home_of(user) };
    let Some(home) = home else { return path };
    let expanded = format!("{}{rest}", home.trim_end_matches('/'));
    if expanded.is_empty() { "/".into() } else { expanded }
}

/// A user's home according to the system's list of users.
fn home_of(user: &str) -> Option<String> {
    let users = regular::read(Path::new("/etc/passwd")).ok()?;
    // name:password:user id:group id:comment:home:shell
    String::from_utf8_lossy(&users).lines().find_map(|line| {
        let mut fields = line.split(':');
        (fields.next() == Some(user)).then(|| fields.nth(4).map(String::from)).flatten()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_leading_tilde_is_the_home_directory() {
        let home = PathBuf::from("/home/me/");
        for (path, expanded) in [
            ("~/a/~b", "/home/me/a/~b"),
            ("~", "/home/me"),
            ("a/~", "a/~"),
            ("~nobody-of-that-name/x", "~nobody-of-that-name/x"),
        ] {
            assert_eq!(expand(path.into(), Some(&home)), expanded);
        }
        assert_eq!(expand("~".into(), Some(&"/".into())), "/");
        assert_eq!(expand("~/a".into(), None), "~/a");
    }
}
