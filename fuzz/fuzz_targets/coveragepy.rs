//! Any bytes as a data file of coverage.py: never a panic, a hang or memory out of proportion, whether contexts are kept or not.
//!
//! ```text
//! mkdir -p fuzz/corpus/coveragepy && cargo fuzz run coveragepy fuzz/corpus/coveragepy testdata/fragments/coverage.py
//! ```

#![no_main]

use covmerge::read::Contexts;
use covmerge::read::coveragepy;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let all = coveragepy::read(bytes, &Contexts::default());
    let kept = coveragepy::read(bytes, &Contexts { keep: true, ..Contexts::default() });
    // The names of contexts are read only if they are kept: bytes that can be read with them can be read without.
    if let Ok(kept) = kept {
        let all = all.expect("a file that reads with contexts reads without");
        assert_eq!(all.kind, kept.kind);
        for ((path, all), (other, kept)) in all.files.iter().zip(&kept.files) {
            assert_eq!((path, &all.lines, &all.arcs), (other, &kept.lines, &kept.arcs));
        }
    }
});
