//! Fragments with the same bytes: the second one need not be read.
//!
//! Files of different sizes differ. Among those of one size, a quick hash finds the candidates and their bytes decide, so the result does
//! not depend on the quality of the hash.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::hash::Hasher;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use rustc_hash::FxHasher;
use sha2::{Digest, Sha256};

use super::load::load_any;
use crate::model::fragment::{Fragment, Outcome, SealedIn};
use crate::packed::{self, Archives};
use crate::regular;

/// The fragments that workers have taken up so far.
pub struct Identical<'a> {
    cwd: &'a Path,
    archives: &'a Archives,
    /// The sizes that two or more fragments have.
    shared: HashSet<u64>,
    /// The fragments of those sizes taken up so far, one per content, by their home, the hash of their bytes, and whether their names are open.
    seen: Mutex<HashMap<Key<'a>, Vec<&'a Path>>>,
}

/// Where the names in a fragment are meant from: its part, and its home.
type Origin<'a> = (Option<usize>, Option<&'a Path>);

/// Where the names in a fragment are meant from, whether its name is open, and the hash of its bytes.
type Key<'a> = (Origin<'a>, bool, u64);

impl<'a> Identical<'a> {
    /// Starts with none of `found` taken up; their paths are relative to `cwd`.
    #[must_use]
    pub fn among(found: &[PathBuf], cwd: &'a Path, archives: &'a Archives) -> Self {
        let size = |path: &PathBuf| {
            let path = cwd.join(path);
            match path.metadata() {
                Ok(_) if packed::is_gzip(&path) => packed::size(&path),
                Ok(metadata) => Some(metadata.len()),
                Err(_) => archives.size(&path),
            }
        };
        let mut sizes: Vec<u64> = found.iter().filter_map(size).collect();
        sizes.sort_unstable();
        let shared = sizes.array_windows().filter(|[a, b]| a == b).map(|[a, _]| *a).collect();
        Self { cwd, archives, shared, seen: Mutex::default() }
    }

    /// The earlier fragment of the same part and home with the same bytes: elsewhere, the same names may mean other files. `None` if this is the first
    /// one; `path`, which has these `bytes`, is then recorded as that fragment. Those whose names are open, and which may therefore be unfinished,
    /// are told apart from others.
    #[must_use]
    pub fn earlier(&self, path: &'a Path, from: Origin<'a>, is_open_name: bool, bytes: &[u8]) -> Option<&'a Path> {
        if !self.shared.contains(&(bytes.len() as u64)) {
            return None;
        }
        let key = (from, is_open_name, hash(bytes));
        let mut compared = 0;
        loop {
            let candidates = {
                // A worker that panicked while it held the lock cannot have left the map half changed.
                let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
                let known = seen.entry(key).or_default();
                if known.len() == compared {
                    known.push(path);
                    return None;
                }
                // Other workers may add candidates while these are compared.
                known[compared..].to_vec()
            };
            compared += candidates.len();
            if let Some(same) = candidates.into_iter().find(|candidate| self.has(candidate, bytes)) {
                return Some(same);
            }
        }
    }

    /// The fragments that have the bytes of an earlier one in another home, each with that one. Those whose names lead to their `own` home, with other
    /// files than elsewhere, are none.
    #[must_use]
    pub fn elsewhere(&self, own: &BTreeSet<PathBuf>) -> BTreeMap<PathBuf, PathBuf> {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let mut alike: BTreeMap<(Option<usize>, bool, u64), Vec<&Path>> = BTreeMap::new();
        seen.iter().for_each(|(((part, _), is_open_name, hash), paths)| {
            let alike = alike.entry((*part, *is_open_name, *hash)).or_default();
            alike.extend(paths.iter().filter(|path| !own.contains(**path)));
        });
        let mut copies = BTreeMap::new();
        for paths in alike.values_mut().filter(|paths| paths.len() > 1) {
            paths.sort_unstable();
            let [first, others @ ..] = &paths[..] else { continue };
            let Ok(bytes) = load_any(&self.cwd.join(first), self.archives) else { continue };
            let others = others.iter().filter(|other| self.has(other, &bytes));
            copies.extend(others.map(|other| (other.to_path_buf(), first.to_path_buf())));
        }
        copies
    }

    /// Whether the fragment holds exactly `bytes`; `false` if it cannot be read.
    fn has(&self, fragment: &Path, bytes: &[u8]) -> bool {
        let path = self.cwd.join(fragment);
        let is_packed = packed::is_gzip(&path) || !path.exists();
        if is_packed { load_any(&path, self.archives).is_ok_and(|data| data == bytes) } else { has(&path, bytes) }
    }
}

/// A hash of the bytes at the speed of memory: eight sums of words side by side, and the sums of these sums, which depend on the order.
fn hash(bytes: &[u8]) -> u64 {
    let (chunks, rest) = bytes.as_chunks::<64>();
    let (mut sums, mut of_sums) = ([0_u64; 8], [0_u64; 8]);
    for chunk in chunks {
        for ((sum, of_sum), word) in sums.iter_mut().zip(&mut of_sums).zip(chunk.as_chunks().0) {
            *sum = sum.wrapping_add(u64::from_le_bytes(*word));
            *of_sum = of_sum.wrapping_add(*sum);
        }
    }
    let mut hasher = FxHasher::default();
    sums.into_iter().chain(of_sums).for_each(|sum| hasher.write(&sum.to_le_bytes()));
    hasher.write(rest);
    hasher.finish()
}

/// Whether the file at `path` holds exactly `bytes`; `false` if it cannot be read.
fn has(path: &Path, bytes: &[u8]) -> bool {
    let Ok((mut file, _)) = regular::open(path) else { return false };
    let mut part = vec![0; 1 << 16];
    let mut rest = bytes;
    loop {
        match file.read(&mut part) {
            Ok(0) => return rest.is_empty(),
            Ok(count) => match rest.strip_prefix(&part[..count]) {
                Some(after) => rest = after,
                None => return false,
            },
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(_) => return false,
        }
    }
}

/// Makes fragments that have the bytes of one in another home its duplicates, and their duplicates too.
pub fn settle_elsewhere(fragments: &mut [Fragment], copies: &BTreeMap<PathBuf, PathBuf>) {
    for fragment in fragments.iter_mut().filter(|_| !copies.is_empty()) {
        let read = if let Outcome::Duplicate { of } = &fragment.outcome { of } else { &fragment.path };
        if let Some(of) = copies.get(read) {
            fragment.outcome = Outcome::Duplicate { of: of.clone() };
        }
    }
}

/// Among fragments with equal bytes, the first by path carries the outcome, whichever thread came first. The others are its duplicates, or
/// are rejected like it.
pub fn settle_duplicates(fragments: &mut [Fragment]) {
    let mut groups: BTreeMap<PathBuf, Vec<usize>> = BTreeMap::new();
    for (index, fragment) in fragments.iter().enumerate() {
        if let Outcome::Duplicate { of } = &fragment.outcome {
            groups.entry(of.clone()).or_default().push(index);
        }
    }
    for (read, mut group) in groups {
        let Ok(at) = fragments.binary_search_by(|fragment| fragment.path.cmp(&read)) else { continue };
        let twin = fragments[at].clone();
        group.push(at);
        group.sort_unstable();
        let first = fragments[group[0]].path.clone();
        for (position, &index) in group.iter().enumerate() {
            let outcome = match &twin.outcome {
                Outcome::Merged { .. } if position > 0 => Outcome::Duplicate { of: first.clone() },
                outcome => outcome.clone(),
            };
            let Fragment { path, modified, .. } = fragments[index].clone();
            fragments[index] = Fragment { path, modified, outcome, ..twin.clone() };
        }
    }
}

/// Among fragments of seals and others beside them, sorted by path, those with the bytes of an earlier one are its duplicates. Within a section, and among
/// those that are not sealed, that is known.
pub fn settle_sealed(fragments: &mut [Fragment], cwd: &Path, archives: &Archives) {
    let sealed = || fragments.iter().filter(|fragment| fragment.sealed_in.is_some());
    let sizes: HashSet<u64> = sealed().map(|fragment| fragment.bytes).collect();
    let digests: HashSet<[u8; 32]> = sealed().filter_map(|fragment| fragment.digest).collect();
    let mut seen: BTreeMap<_, (PathBuf, Option<SealedIn>)> = BTreeMap::new();
    for fragment in fragments {
        if fragment.sealed_in.is_none() {
            let may_be_sealed = fragment.counts() && sizes.contains(&fragment.bytes);
            if fragment.digest.is_none() && may_be_sealed {
                let bytes = load_any(&cwd.join(&fragment.path), archives).ok();
                fragment.digest = bytes.map(|bytes| Sha256::digest(bytes).into());
            }
            fragment.digest = fragment.digest.filter(|digest| digests.contains(digest));
        }
        let (Some(digest), Outcome::Merged { .. }) = (fragment.digest, &fragment.outcome) else { continue };
        match seen.get(&(fragment.part, digest)) {
            Some((_, sealed_in)) if *sealed_in == fragment.sealed_in => {}
            Some((of, _)) => fragment.outcome = Outcome::Duplicate { of: of.clone() },
            None => {
                seen.insert((fragment.part, digest), (fragment.path.clone(), fragment.sealed_in.clone()));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::timestamp::Timestamp;

    #[test]
    fn the_second_of_equal_bytes_is_told_by_its_content() {
        let directory = tempfile::tempdir().unwrap();
        let files = [("a", "one"), ("b", "two"), ("c", "one"), ("d", "three"), ("e", "one")];
        let found: Vec<PathBuf> = files.iter().map(|(name, _)| name.into()).collect();
        for (name, text) in files {
            std::fs::write(directory.path().join(name), text).unwrap();
        }
        let archives = Archives::default();
        let identical = Identical::among(&found, directory.path(), &archives);
        let earlier = |home: Option<&'static str>| -> Vec<_> {
            let home = home.map(Path::new);
            let one = |(path, (_, text)): (&'_ PathBuf, (_, &str))| {
                identical.earlier(found.iter().find(|one| *one == path).unwrap(), (None, home), false, text.as_bytes())
            };
            found.iter().zip(files).map(one).map(|path| path.map(|path| path.to_str().unwrap())).collect()
        };
        assert_eq!(earlier(None), [None, None, Some("a"), None, Some("a")]);
        assert_eq!(earlier(Some("home")), [None, None, Some("a"), None, Some("a")]);
        assert_eq!(identical.earlier(&found[2], (None, None), true, b"one"), None);
    }

    #[test]
    fn a_hash_depends_on_every_byte_and_on_their_order() {
        let text: Vec<u8> = (0..=255).cycle().take(1_000).collect();
        let mut hashes = HashSet::from([hash(&text)]);
        for at in 0..text.len() {
            let mut other = text.clone();
            other[at] ^= 1;
            assert!(hashes.insert(hash(&other)), "{at}");
        }
        let mut other = text.clone();
        other[..128].rotate_left(64);
        assert!(hashes.insert(hash(&other)));
    }

    #[test]
    fn a_file_holds_bytes_if_it_has_neither_more_nor_less() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("a");
        let long = vec![7; 100_000];
        std::fs::write(&path, &long).unwrap();
        assert!(has(&path, &long));
        assert!(!has(&path, &long[1..]));
        assert!(!has(&path, &[&long[..], &[7]].concat()));
        assert!(!has(&directory.path().join("none"), &[]));
    }

    #[test]
    fn the_first_by_path_of_equal_bytes_counts_whichever_was_read() {
        let fragment = |path: &str, micros: i64, outcome: Outcome| Fragment {
            modified: Some(Timestamp::from_micros(micros)),
            outcome,
            ..Fragment::untried(path.into())
        };
        let merged = Outcome::Merged { files: 3 };
        let of = |path: &str| Outcome::Duplicate { of: path.into() };
        let mut fragments = [fragment("a", 1, of("b")), fragment("b", 2, merged.clone()), fragment("c", 3, of("b"))];
        settle_duplicates(&mut fragments);
        assert_eq!(fragments, [fragment("a", 1, merged), fragment("b", 2, of("a")), fragment("c", 3, of("a"))]);
    }
}
