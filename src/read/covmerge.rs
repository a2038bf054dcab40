//! Seals, as `covmerge seal` writes them: see `seal`.

use super::Contexts;
use super::error::{Error, Fault, Place};
use crate::model::trace::Recording;
use crate::seal::{self, Known};

/// The format's name.
pub const NAME: &str = seal::NAME;

/// Whether `bytes` begin like a seal, even if a transfer changed the line ends in its first bytes.
#[must_use]
pub fn sniff(bytes: &[u8]) -> bool {
    seal::MAGIC.get(..9).is_some_and(|name| bytes.starts_with(name))
}

/// Reads a seal. Its facts stay encoded: those of an older attempt are never needed.
///
/// # Errors
/// The first fault, with its offset.
pub fn read(bytes: &[u8], _: &Contexts) -> Result<Recording, Error> {
    read_beside(bytes, &mut Known::default())
}

/// The same, beside seals that were read before: what they have in common is held once.
///
/// # Errors
/// As those of [`read`].
pub fn read_beside(bytes: &[u8], known: &mut Known) -> Result<Recording, Error> {
    let sealed = seal::decode_beside(bytes, known).map_err(|error| failed(&error))?;
    Ok(Recording { producer: NAME.into(), admitted: true, sealed: Some(sealed), ..Recording::default() })
}

/// The error of a fragment that is a damaged seal.
#[must_use]
pub fn failed(error: &seal::Error) -> Error {
    let again = "seal the fragments again, and transfer the seal as a binary file";
    match error {
        seal::Error::Version { .. } => Error::new(Place::Whole, error.to_string())
            .of(Fault::Unsupported)
            .with_help("seal and merge with the same version of covmerge"),
        seal::Error::Digest(_) => Error::new(Place::Whole, error.to_string()).with_help(again),
        seal::Error::Damaged { offset, cause } => Error::new(Place::Offset(*offset), cause).with_help(again),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::seal::Seal;
    use crate::read::FORMATS;

    #[test]
    fn every_format_of_a_fragment_can_be_sealed() {
        let formats: Vec<&str> = FORMATS.iter().map(|format| format.name).filter(|name| *name != NAME).collect();
        assert_eq!(formats, seal::FORMATS);
    }

    #[test]
    fn a_seal_that_is_cut_off_or_changed_is_refused() {
        let whole = seal::encode(&[Seal::default()]);
        assert!(read(&whole, &Contexts::default()).is_ok());
        for end in 9..whole.len() {
            let error = read(&whole[..end], &Contexts::default()).unwrap_err();
            assert_eq!((error.fault, sniff(&whole[..end])), (Fault::Damaged, true), "{end}");
        }
        for at in 14..whole.len() {
            let mut changed = whole.clone();
            changed[at] ^= 1;
            assert_eq!(read(&changed, &Contexts::default()).unwrap_err().fault, Fault::Damaged, "{at}");
        }
        let mut newer = whole;
        newer[13] = 2;
        let error = read(&newer, &Contexts::default()).unwrap_err();
        assert_eq!(error.to_string(), "version 2 of the format, expected 1");
    }
}
