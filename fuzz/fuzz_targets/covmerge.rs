//! Any bytes as a seal: never a panic, and a seal that is read is written again as the same bytes.
//!
//! ```text
//! mkdir -p fuzz/corpus/covmerge && cargo fuzz run covmerge fuzz/corpus/covmerge testdata/fragments/covmerge/versions
//! ```
//!
//! The digest at the end is made to fit, so that what it protects is reached.

#![no_main]

use ::covmerge::read::{Contexts, covmerge as seals};
use ::covmerge::seal;
use sha2::{Digest, Sha256};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let content = &bytes[..bytes.len().saturating_sub(32)];
    let signed = [content, Sha256::digest(content).as_slice()].concat();
    match seals::read(&signed, &Contexts::default()) {
        Err(error) => assert!(!error.to_string().is_empty()),
        Ok(recording) => {
            let sealed = recording.sealed.expect("a seal");
            for source in &sealed.sources {
                if let Ok(study) = seal::study(&source.study, 0) {
                    assert_eq!(seal::study(&seal::encode_study(&study), 0), Ok(study));
                }
            }
            for section in &sealed.sections {
                if let Ok(facts) = seal::facts(&section.facts) {
                    let packed = seal::pack(&facts.iter().collect::<Vec<_>>());
                    assert_eq!(seal::facts(&packed), Ok(facts));
                }
            }
            let again = seal::encode(std::slice::from_ref(&sealed));
            assert_eq!(seal::encode(&[seal::decode(&again).expect("a seal")]), again);
        }
    }
});
