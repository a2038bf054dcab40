//! Any bytes as Slipcover's JSON: never a panic, and nothing read that is not JSON.
//!
//! ```text
//! mkdir -p fuzz/corpus/slipcover && cargo fuzz run slipcover fuzz/corpus/slipcover testdata/fragments/slipcover
//! ```

#![no_main]

use covmerge::read::Contexts;
use covmerge::read::slipcover;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    match slipcover::read(bytes, &Contexts::default()) {
        Err(error) => assert!(!error.to_string().is_empty()),
        Ok(recording) => {
            assert!(serde_json::from_slice::<serde::de::IgnoredAny>(text).is_ok(), "another reader refuses it");
            for (path, file) in recording.files {
                let claims = &file.claims[&slipcover::TOOL];
                assert!(!path.is_empty() && file.lines.is_subset(&claims.statements) && claims.agree());
            }
        }
    }
    _ = covmerge::read::sniff(bytes);
});
