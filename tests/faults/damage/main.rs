//! Damaged fragments of every format, in process: none panics, and none is read with other numbers that it contradicts itself.
//!
//! ```text
//! DAMAGES=1000000 cargo test --release --test damage -- --nocapture
//! ```
//!
//! A damage is one to 64 flipped bits, or an overwritten run of bytes; `DAMAGES` is their number per format, 2,000 without it. Besides, one
//! fragment of each format is cut off at each of its bytes, or at 1,000 places without `DAMAGES`. The same damages are tried on any machine. The table that is printed stands in `docs/reliability.md`.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a test that cannot go on has failed; its table is its report; how much it tries is not a setting"
)]

mod chance;
mod formats;
mod judges;

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use chance::Chance;
use formats::{FORMATS, Format, Sample};

/// What became of a damaged fragment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Outcome {
    /// It is refused.
    Refused,
    /// All that counts is read as from the intact one.
    Same,
    /// Files have other names: their sources are not found, or are others.
    Names,
    /// The numbers are others, and nothing in the fragment contradicts them.
    Numbers,
    /// The numbers are others, though the fragment contradicts them: a fault.
    Contradicted,
    /// A panic: a fault.
    Panicked,
}

const OUTCOMES: [(Outcome, &str); 6] = [
    (Outcome::Refused, "refused"),
    (Outcome::Same, "same numbers"),
    (Outcome::Names, "other names"),
    (Outcome::Numbers, "other numbers, uncontradicted"),
    (Outcome::Contradicted, "other numbers, contradicted"),
    (Outcome::Panicked, "panics"),
];

type Counts = BTreeMap<Outcome, usize>;

/// The outcome of reading `damaged`, which was `sample`.
fn outcome(format: &Format, sample: &Sample, damaged: &[u8]) -> Outcome {
    match catch_unwind(AssertUnwindSafe(|| (format.read)(damaged))) {
        Err(_) => Outcome::Panicked,
        Ok(None) => Outcome::Refused,
        Ok(Some(facts)) if facts == sample.facts => Outcome::Same,
        Ok(Some(_)) if (format.contradicts)(damaged) => Outcome::Contradicted,
        Ok(Some(facts)) if facts.keys().ne(sample.facts.keys()) => Outcome::Names,
        Ok(Some(_)) => Outcome::Numbers,
    }
}

/// Tries numbers from 0 to `number` on all processors, and counts their outcomes; `what` describes a number that is a fault.
fn try_all(
    number: usize,
    of: impl Fn(usize) -> Outcome + Sync,
    what: impl Fn(usize) -> String + Sync,
) -> (Counts, Vec<String>) {
    let next = AtomicUsize::new(0);
    let all = Mutex::new((Counts::new(), Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                let (mut counts, mut faults) = (Counts::new(), Vec::new());
                loop {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    if at >= number {
                        break;
                    }
                    let outcome = of(at);
                    *counts.entry(outcome).or_default() += 1;
                    if outcome >= Outcome::Contradicted {
                        faults.push(format!("{outcome:?}: {}", what(at)));
                    }
                }
                let mut all = all.lock().unwrap();
                for (outcome, count) in counts {
                    *all.0.entry(outcome).or_default() += count;
                }
                all.1.append(&mut faults);
            });
        }
    });
    all.into_inner().unwrap()
}

/// Prints the counts as a row, and fails if there are faults.
fn report(name: &str, damage: &str, (counts, mut faults): (Counts, Vec<String>)) {
    let total: usize = counts.values().sum();
    let cells: Vec<String> =
        OUTCOMES.iter().map(|(outcome, _)| counts.get(outcome).copied().unwrap_or_default().to_string()).collect();
    println!("| {name} | {damage} | {total} | {} |", cells.join(" | "));
    faults.sort();
    assert!(
        faults.is_empty(),
        "{name}: {} faults, for example\n{}",
        faults.len(),
        faults[..faults.len().min(10)].join("\n")
    );
}

/// Whether more is wanted than what every `cargo test` tries.
fn is_long() -> bool {
    std::env::var_os("DAMAGES").is_some()
}

#[test]
fn no_damage_makes_a_fragment_lie() {
    let damages = std::env::var("DAMAGES").map_or(2_000, |number| number.parse().unwrap());
    let names: Vec<&str> = OUTCOMES.iter().map(|(_, name)| *name).collect();
    println!("| format | damage | tried | {} |\n|---|---|{}", names.join(" | "), "---:|".repeat(names.len() + 1));
    for (row, format) in FORMATS.iter().enumerate() {
        let samples = (format.samples)();
        assert!(!samples.is_empty(), "{}", format.name);
        let damaged = |at: usize| {
            let sample = &samples[at % samples.len()];
            (sample, chance::damage(&sample.bytes, &mut Chance::new(row, at)))
        };
        let of = |at| {
            let (sample, bytes) = damaged(at);
            outcome(format, sample, &bytes)
        };
        let what = |at| {
            let (sample, bytes) = damaged(at);
            format!("damage {at} of {}: {}", sample.name, chance::differences(&sample.bytes, &bytes))
        };
        report(format.name, "bits and runs", try_all(damages, of, what));
    }
}

#[test]
fn a_fragment_cut_off_anywhere_is_refused_or_the_same() {
    for format in FORMATS {
        let sample = (format.samples)().swap_remove(0);
        // Every byte in a long run, and every few otherwise.
        let step = if is_long() { 1 } else { sample.bytes.len().div_ceil(1_000) };
        let of = |nth| match outcome(format, &sample, &sample.bytes[..nth * step]) {
            Outcome::Names | Outcome::Numbers => Outcome::Contradicted,
            outcome => outcome,
        };
        let what = |nth| format!("{} of {} bytes of {}", nth * step, sample.bytes.len(), sample.name);
        report(format.name, "cut off", try_all(sample.bytes.len().div_ceil(step), of, what));
    }
}

#[test]
fn an_intact_fragment_does_not_contradict_itself() {
    for format in FORMATS.iter().filter(|format| !format.is_sealed) {
        for sample in (format.samples)() {
            assert!(!sample.facts.values().all(Vec::is_empty), "{}", sample.name);
            assert!(!(format.contradicts)(&sample.bytes), "{}", sample.name);
        }
    }
}
