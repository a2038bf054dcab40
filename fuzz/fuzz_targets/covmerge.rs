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
            let mut expected = Vec::new();
            for source in &sealed.sources {
                let study = seal::study(&source.study);
                expected.push(study.as_ref().map(seal::expected).unwrap_or_default());
                if let Ok(study) = study {
                    assert_eq!(seal::study(&seal::encode_study(&study)), Ok(study));
                }
            }
            let none = Default::default();
            for section in &sealed.sections {
                let of_file = |at: Option<usize>| at.and_then(|at| expected.get(at)).unwrap_or(&none);
                let expected: Vec<_> = section.files.iter().map(|file| of_file(file.source)).collect();
                let traces = |packed| {
                    let facts = seal::facts(packed, &expected, true)?;
                    Ok::<_, seal::Error>(facts.into_iter().map(seal::Facts::into_trace).collect::<Vec<_>>())
                };
                if let Ok(facts) = traces(&section.facts) {
                    let packed = seal::pack(&facts.iter().zip(expected.iter().copied()).collect::<Vec<_>>());
                    assert_eq!(traces(&packed), Ok(facts));
                }
            }
            let again = seal::encode(std::slice::from_ref(&sealed));
            assert_eq!(seal::encode(&[seal::decode(&again).expect("a seal")]), again);
        }
    }
});
