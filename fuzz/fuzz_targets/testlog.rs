//! Any bytes as the log of a test session: never a panic, and success only where the log has a word of it.
//!
//! ```text
//! mkdir -p fuzz/corpus/testlog && cargo fuzz run testlog fuzz/corpus/testlog testdata/logs/nox testdata/logs/junit
//! ```

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    for session in [None, Some("unit_tests"), Some("lint"), Some("pytest")] {
        let has = |word: &[u8]| bytes.windows(word.len()).any(|part| part == word);
        let is_utf16 = bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff");
        let succeeded = covmerge::testlog::judge(bytes, session).is_empty();
        assert!(!succeeded || is_utf16 || has(b"success") || has(b"<testcase"));
    }
});
