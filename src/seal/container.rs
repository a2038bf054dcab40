//! A seal as a whole: its blocks, and the digest at its end.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use sha2::{Digest, Sha256};

use super::error::Error;
use super::wire::{Fault, Reader, Writer};
use super::{MAGIC, VERSION, block, header};
use crate::model::kind::Kind;
use crate::model::seal::{File, Seal, Section, Source};
use crate::model::study::Fingerprint;

/// The length of the digest in bytes.
const DIGEST: usize = 32;

/// Whether `bytes` begin like a seal.
#[must_use]
pub fn is_seal(bytes: &[u8]) -> bool {
    bytes.starts_with(MAGIC)
}

/// The bytes of one seal of all sections of `seals`: each section and each source once, in an order that does not depend on that of the seals.
#[must_use]
pub fn encode<'a>(seals: impl IntoIterator<Item = &'a Seal> + Clone) -> Vec<u8> {
    let mut sources: BTreeMap<Key<'_>, (&Source, Option<&str>)> = BTreeMap::new();
    for source in seals.clone().into_iter().flat_map(|seal| &seal.sources) {
        let (_, text) = sources.entry(key(source)).or_insert((source, None));
        *text = text.or(source.text.as_deref());
    }
    let place: BTreeMap<_, usize> = sources.keys().copied().zip(0..).collect();
    let mut sections = Vec::new();
    for seal in seals {
        for section in &seal.sections {
            let at = |at: usize| place.get(&key(seal.sources.get(at)?)).copied();
            let file = |file: &File| File { source: file.source.and_then(at), ..file.clone() };
            let files: Vec<File> = section.files.iter().map(file).collect();
            sections.push((&section.job, header::encode(section), header::encode_files(&files), &section.facts));
        }
    }
    sections.sort_by(|a, b| (a.0, &a.1, &a.2).cmp(&(b.0, &b.1, &b.2)));
    sections.dedup_by(|a, b| (&a.1, &a.2) == (&b.1, &b.2));

    let mut to = Writer(MAGIC.to_vec());
    to.byte(VERSION);
    to.list(sources.values(), |to, (source, _)| {
        to.0.extend_from_slice(&source.fingerprint.0);
        to.flag(source.kind == Kind::Branches);
        block::write(to, &source.study);
    });
    let mut texts = Writer::default();
    texts.list(sources.values(), |to, (_, text)| to.option(*text, Writer::text));
    block::write(&mut to, &block::pack(&texts.0));
    to.list(sections.iter(), |to, (_, header, files, facts)| {
        block::write(to, &block::pack(header));
        block::write(to, &block::pack(files));
        block::write(to, facts);
    });
    let digest = Sha256::digest(&to.0);
    to.0.extend_from_slice(&digest);
    to.0
}

/// Tells sources apart.
type Key<'a> = (Fingerprint, Kind, &'a [u8]);

fn key(source: &Source) -> Key<'_> {
    (source.fingerprint, source.kind, &source.study.bytes)
}

/// The content of a seal; the studies of its sources and the facts of its sections stay encoded.
///
/// # Errors
/// The first fault, with its offset.
pub fn decode(bytes: &[u8]) -> Result<Seal, Error> {
    decode_beside(bytes, &mut Known::default())
}

/// The packed studies in seals that were decoded one after another, by the texts that they are of: what several of them hold is held once.
#[derive(Debug, Default)]
pub struct Known(HashMap<Fingerprint, Arc<[u8]>>);

impl Known {
    /// The packed study of that text.
    fn study(&mut self, of: Fingerprint, bytes: &[u8]) -> Arc<[u8]> {
        let earlier = self.0.entry(of).or_insert_with(|| bytes.into());
        if **earlier == *bytes { Arc::clone(earlier) } else { bytes.into() }
    }
}

/// The same as [`decode`], beside seals that were decoded before.
///
/// # Errors
/// As those of [`decode`].
pub fn decode_beside(bytes: &[u8], known: &mut Known) -> Result<Seal, Error> {
    let whole = bytes.strip_prefix(MAGIC).and_then(<[u8]>::split_first);
    let Some((&version, _)) = whole else { return Err(Error::Digest(bytes.len() as u64)) };
    if version != VERSION {
        return Err(Error::Version { found: version });
    }
    let cut_off = || Error::Digest(bytes.len() as u64);
    let (content, digest) =
        bytes.len().checked_sub(DIGEST).and_then(|at| bytes.split_at_checked(at)).ok_or_else(cut_off)?;
    if Sha256::digest(content).as_slice() != digest {
        return Err(cut_off());
    }
    let at = |(offset, cause): Fault| Error::at(offset as u64, cause);
    let mut from = Reader::new(content);
    from.take(MAGIC.len() + 1).map_err(at)?;
    let sources = read_sources(&mut from, known)?;
    let count = from.length().map_err(at)?;
    let mut sections = Vec::new();
    for _ in 0..count {
        sections.push(read_section(&mut from, sources.len())?);
    }
    from.end().map_err(at)?;
    Ok(Seal { sources, sections })
}

fn read_sources(from: &mut Reader<'_>, known: &mut Known) -> Result<Vec<Source>, Error> {
    let at = |(offset, cause): Fault| Error::at(offset as u64, cause);
    let count = from.length().map_err(at)?;
    let mut sources = Vec::new();
    for _ in 0..count {
        let fingerprint = Fingerprint(from.array().map_err(at)?);
        let kind = if from.flag().map_err(at)? { Kind::Branches } else { Kind::Statements };
        let study = block::read_into(from, |bytes| known.study(fingerprint, bytes))?;
        sources.push(Source { fingerprint, kind, study, text: None });
    }
    let texts = block::read(from)?;
    let bytes = block::unpack(&texts)?;
    let within = |(at, cause): Fault| Error::at(texts.offset, format!("byte {at} of the block: {cause}"));
    let mut from = Reader::new(&bytes);
    let read = |from: &mut Reader<'_>| from.option(Reader::string);
    let read = from.list(read).and_then(|read| from.end().map(|()| read)).map_err(within)?;
    if read.len() != sources.len() {
        let cause = format!("{} texts of {} sources", read.len(), sources.len());
        return Err(Error::at(texts.offset, cause));
    }
    sources.iter_mut().zip(read).for_each(|(source, text)| source.text = text);
    Ok(sources)
}

fn read_section(from: &mut Reader<'_>, sources: usize) -> Result<Section, Error> {
    let (head, files, facts) = (block::read(from)?, block::read(from)?, block::read(from)?);
    let within = |offset: u64| move |(at, cause): Fault| Error::at(offset, format!("byte {at} of the block: {cause}"));
    let bytes = block::unpack(&files)?;
    let mut from = Reader::new(&bytes);
    let files = header::decode_files(&mut from, sources)
        .and_then(|read| from.end().map(|()| read))
        .map_err(within(files.offset))?;
    let bytes = block::unpack(&head)?;
    let mut from = Reader::new(&bytes);
    let section = header::decode(&mut from, files, facts)
        .and_then(|read| from.end().map(|()| read))
        .map_err(within(head.offset))?;
    Ok(section)
}

#[cfg(test)]
mod tests {
    use super::super::{expected, facts, study};
    use super::*;
    use crate::model::arcs::ArcSet;
    use crate::model::seal::Packed;

    const SEAL: &[u8] = include_bytes!("../../testdata/fragments/covmerge/versions/1.covmerge");

    /// Reads all of a seal, as far as it can be read.
    fn exhaust(bytes: &[u8]) -> bool {
        let Ok(seal) = decode(bytes) else { return false };
        let studies: Result<Vec<_>, _> = seal.sources.iter().map(|source| study(&source.study)).collect();
        let Ok(studies) = studies else { return false };
        let of_file = |file: &File| file.source.and_then(|at| studies.get(at)).map(expected).unwrap_or_default();
        seal.sections.iter().all(|section| {
            let expected: Vec<ArcSet> = section.files.iter().map(of_file).collect();
            facts(&section.facts, &expected.iter().collect::<Vec<_>>(), true).is_ok()
        })
    }

    /// The content with a digest that fits.
    fn signed(content: &[u8]) -> Vec<u8> {
        [content, Sha256::digest(content).as_slice()].concat()
    }

    #[test]
    fn a_seal_is_read_and_written_as_it_is() {
        assert!(exhaust(SEAL));
        assert_eq!(encode(&[decode(SEAL).unwrap()]), SEAL);
    }

    #[test]
    fn seals_share_the_studies_that_they_have_in_common() {
        let one = decode(SEAL).unwrap();
        let fewer = encode(&[Seal { sources: one.sources[..2].into(), sections: Vec::new() }]);
        let mut known = Known::default();
        let [first, of_some] = [SEAL, &fewer].map(|bytes| decode_beside(bytes, &mut known).unwrap());
        assert_eq!((&first, &of_some), (&one, &decode(&fewer).unwrap()));
        let bytes = |seal: &Seal| Arc::clone(&seal.sources[1].study.bytes);
        assert!(Arc::ptr_eq(&bytes(&first), &bytes(&of_some)));
        // Another version of covmerge may study a text otherwise.
        let mut other = of_some.clone();
        other.sources[1].study = block::pack(b"another");
        let other = encode(&[other]);
        assert_eq!(decode_beside(&other, &mut known).unwrap(), decode(&other).unwrap());
    }

    #[test]
    fn no_change_with_a_fitting_digest_panics() {
        let content = &SEAL[..SEAL.len() - DIGEST];
        let mut refused = 0;
        for at in 14..content.len() {
            for bit in [1, 0x80] {
                let mut changed = content.to_vec();
                changed[at] ^= bit;
                refused += usize::from(!exhaust(&signed(&changed)));
            }
            refused += usize::from(!exhaust(&signed(&content[..at])));
        }
        // A change within padding, or within a text, is not seen.
        assert!(refused > 2 * content.len(), "{refused} of {}", 3 * content.len());
    }

    #[test]
    fn no_change_within_a_block_panics() {
        // A block is unpacked, changed, and packed again.
        let seal = decode(SEAL).unwrap();
        let tried = |change: &mut dyn FnMut(&mut Seal)| {
            let mut changed = seal.clone();
            change(&mut changed);
            _ = exhaust(&encode(&[changed]));
        };
        let changes = |packed: &Packed| -> Vec<Packed> {
            let bytes = block::unpack(packed).unwrap();
            let change = |at: usize, value: u8| {
                let mut changed = bytes.clone();
                changed[at] = value;
                block::pack(&changed)
            };
            (0..bytes.len()).flat_map(|at| [0, 0x7f, 0xff].map(|value| change(at, value))).collect()
        };
        for at in 0..seal.sources.len() {
            for changed in changes(&seal.sources[at].study) {
                tried(&mut |seal| seal.sources[at].study = changed.clone());
            }
        }
        for changed in changes(&seal.sections[0].facts) {
            tried(&mut |seal| seal.sections[0].facts = changed.clone());
        }
    }
}
