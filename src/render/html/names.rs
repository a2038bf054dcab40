//! What the pages of a site are called: readable, safe on every file system, and never the same for two.

use std::collections::{BTreeMap, HashSet};

use sha2::{Digest, Sha256};

use super::escape::visible;
use crate::model::words::hex;

/// So many characters of a page's name are the file's own.
const READABLE: usize = 60;
/// So many hexadecimal digits of a digest keep pages apart.
const DIGITS: usize = 6;

/// The page of each file or directory, by its full name: `plan.py-0f3a…`, without directory and extension.
#[derive(Debug, Default)]
pub(super) struct Names<'a>(BTreeMap<&'a str, String>);

impl<'a> Names<'a> {
    /// Names pages for all of `names`. A name's page depends on the name alone, but for the second of two whose digests begin alike.
    pub(super) fn of(names: impl Iterator<Item = &'a str>) -> Self {
        let mut pages = BTreeMap::new();
        let mut taken = HashSet::new();
        for name in names {
            let digest = hex(&Sha256::digest(name.as_bytes()));
            let stem = stem(name);
            let stem = if is_device(&stem) { format!("_{stem}") } else { stem };
            // Some file systems do not tell cases apart.
            let short = format!("{stem}-{}", &digest[..DIGITS]);
            let page = if taken.insert(short.to_lowercase()) { short } else { format!("{stem}-{digest}") };
            pages.insert(name, page);
        }
        Self(pages)
    }

    /// The page of that name; empty for one that was not given.
    pub(super) fn page(&self, name: &str) -> &str {
        self.0.get(name).map_or("", String::as_str)
    }

    /// What a script must know besides the name that is shown, to name the page: the digest, or all of it where the page is not named as shown.
    pub(super) fn short(&self, name: &str) -> &str {
        let page = self.page(name);
        match page.rsplit_once('-') {
            Some((own, digest)) if own == stem(&visible(name)) => digest,
            _ => page,
        }
    }
}

/// The last component of a name in the characters that every file system and address takes.
fn stem(name: &str) -> String {
    let last = name.trim_end_matches(['/', '\\']).rsplit(['/', '\\']).next().unwrap_or_default();
    let safe =
        |character: char| if character.is_ascii_alphanumeric() || ".-".contains(character) { character } else { '_' };
    let stem: String = last.chars().take(READABLE).map(safe).collect();
    // No hidden file, and nothing that leads upwards.
    if stem.starts_with('.') { format!("_{stem}") } else { stem }
}

/// Whether Windows takes a name for that of a device: it looks at what stands before the first dot.
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
