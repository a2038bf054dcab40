//! The names of a site's pages: readable, safe on every file system, and unique.

use std::collections::{BTreeMap, HashSet};

use sha2::{Digest, Sha256};

use super::escape::visible;
use crate::model::words::hex;

/// How many characters of the file's own name its page's name keeps.
const READABLE: usize = 60;
/// How many hexadecimal digits of a digest keep the names of pages apart.
const DIGITS: usize = 6;

/// The page of each file or directory, by its full name: `plan.py-0f3a…`, without directory and extension.
#[derive(Debug, Default)]
pub(super) struct Names<'a>(BTreeMap<&'a str, String>);

impl<'a> Names<'a> {
    /// Names pages for all of `names`. Each page's name depends on its file's name alone, except for the second of two whose short names are equal.
    pub(super) fn of(names: impl Iterator<Item = &'a str>) -> Self {
        let mut pages = BTreeMap::new();
        let mut taken = HashSet::new();
        for name in names {
            let digest = hex(&Sha256::digest(name.as_bytes()));
            let stem = stem(name);
            let stem = if is_device(&stem) { format!("_{stem}") } else { stem };
            // Some file systems do not distinguish upper and lower case.
            let short = format!("{stem}-{}", &digest[..DIGITS]);
            let page = if taken.insert(short.to_lowercase()) { short } else { format!("{stem}-{digest}") };
            pages.insert(name, page);
        }
        Self(pages)
    }

    /// The page of the file or directory `name`; empty if it was not among the names given.
    pub(super) fn page(&self, name: &str) -> &str {
        self.0.get(name).map_or("", String::as_str)
    }

    /// The end of the page's name, from which a script and the shown name make the whole: the digest, or the whole name if they do not begin alike.
    pub(super) fn short(&self, name: &str) -> &str {
        let page = self.page(name);
        match page.rsplit_once('-') {
            Some((own, digest)) if own == stem(&visible(name)) => digest,
            _ => page,
        }
    }
}

/// The last component of a name, in characters that are valid on every file system and in every address.
fn stem(name: &str) -> String {
    let last = name.trim_end_matches(['/', '\\']).rsplit(['/', '\\']).next().unwrap_or_default();
    let safe =
        |character: char| if character.is_ascii_alphanumeric() || ".-".contains(character) { character } else { '_' };
    let stem: String = last.chars().take(READABLE).map(safe).collect();
    // The result must not be a hidden file or lead upwards.
    if stem.starts_with('.') { format!("_{stem}") } else { stem }
}

/// Whether Windows takes a name for that of a device: only the part before the first dot counts.
fn is_device(stem: &str) -> bool {
    let own = stem.split('.').next().unwrap_or_default().to_ascii_lowercase();
    ["con", "prn", "aux", "nul"].contains(&own.as_str())
        || own.strip_prefix("com").or_else(|| own.strip_prefix("lpt")).is_some_and(|rest| rest.len() == 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_stay_in_their_directory_whatever_files_are_called() {
        let long = "é".repeat(300);
        let hostile = [
            "../../etc/passwd",
            "/etc/passwd",
            "..",
            ".",
            "",
            "a/.git",
            "x\n<b>'\"",
            "C:\\x\\con",
            "nul.py",
            "COM1.tar.py",
            &long,
            "A.py",
            "a.py",
        ];
        let names = Names::of(hostile.into_iter());
        let mut pages: Vec<String> = hostile.iter().map(|name| names.page(name).to_lowercase()).collect();
        for page in &pages {
            assert!(page.len() < 100 && !page.starts_with('.'), "{page}");
            assert!(!is_device(page), "{page}");
            assert!(page.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-_".contains(&byte)), "{page}");
        }
        pages.sort();
        pages.dedup();
        assert_eq!(pages.len(), hostile.len());
    }

    #[test]
    fn a_page_keeps_its_name_when_other_files_come_and_go() {
        let alone = Names::of(["src/app/plan.py"].into_iter());
        let among = Names::of(["src/app/a.py", "src/app/plan.py", "src/b.py"].into_iter());
        assert_eq!(alone.page("src/app/plan.py"), among.page("src/app/plan.py"));
        assert!(alone.page("src/app/plan.py").starts_with("plan.py-"));
        assert_eq!(format!("plan.py-{}", alone.short("src/app/plan.py")), alone.page("src/app/plan.py"));
        let hidden = "src/a\u{202e}b.py";
        let names = Names::of([hidden].into_iter());
        assert_eq!(names.short(hidden), names.page(hidden));
    }
}
