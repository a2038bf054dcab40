//! Any bytes as coverage.py's JSON report: never a panic, nothing read that is not JSON, no number but coverage.py's own.
//!
//! ```text
//! mkdir -p fuzz/corpus/coveragepy_json && cargo fuzz run coveragepy_json fuzz/corpus/coveragepy_json testdata/fragments/coverage.py-json
//! ```

#![no_main]

use covmerge::model::tool::Tool;
use covmerge::read::Contexts;
use covmerge::read::coveragepy_json;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let wanted = Contexts { keep: true, ..Contexts::default() };
    match coveragepy_json::read(bytes, &wanted) {
        Err(error) => assert!(!error.to_string().is_empty()),
        Ok(recording) => {
            assert!(serde_json::from_slice::<serde::de::IgnoredAny>(text).is_ok(), "another reader refuses it");
            for (_, file) in recording.files {
                let claims = &file.claims[&Tool::COVERAGE_PY];
                assert!(claims.statements.is_disjoint(&claims.excluded) && claims.agree());
                let listed = claims.exits.count_outside(&claims.excluded);
                assert!(file.silent.is_some() || listed + claims.unlisted_exits() == claims.counted_exits);
                assert!(file.contexts.values().all(|context| context.lines.is_subset(&file.lines)));
            }
        }
    }
    _ = covmerge::read::sniff(bytes);
});
