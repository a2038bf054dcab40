//! Any bytes as a Python source: never a panic or an overflow, and all reported lines lie in the text.
//!
//! ```text
//! mkdir -p fuzz/corpus/source && cargo fuzz run source fuzz/corpus/source testdata/parity/program
//! ```

#![no_main]

use covmerge::analyse::{self, Rules, STACK_BYTES};
use covmerge::model::limits::Limits;
use covmerge::model::settings::{EXCLUDE_DEFAULTS, PythonVersion};
use covmerge::model::trace::Kind;
use covmerge::python::re::Pattern;
use covmerge::sources;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let Some((first, text)) = bytes.split_first() else { return };
    let Ok(text) = sources::decode(text.to_vec()) else { return };
    let defaults: Vec<String> = EXCLUDE_DEFAULTS.iter().map(|&pattern| pattern.to_owned()).collect();
    let rules = Rules {
        python: PythonVersion { minor: 11 + first % 5 },
        exclude: Pattern::any_of(&defaults, 13, Limits::default()).expect("the defaults compile"),
        ..Rules::default()
    };
    let worker = std::thread::Builder::new().stack_size(2 * STACK_BYTES);
    let analysed = worker.spawn(move || {
        if let Ok(outline) = analyse::analyse(&text, &rules, Kind::Branches) {
            let lines = u32::try_from(text.lines().count()).expect("a fuzzer's text is short");
            assert!(outline.statements.last().is_none_or(|last| last.get() <= lines));
            assert!(outline.statements.is_disjoint(&outline.excluded));
        }
    });
    analysed.expect("a thread").join().expect("no panic");
});
