//! Chance without a clock: the same damages on every machine.

/// A generator of numbers, `SplitMix64`.
pub(crate) struct Chance(u64);

impl Chance {
    /// The generator of one trial.
    pub(crate) fn new(row: usize, trial: usize) -> Self {
        Self(((row as u64) << 48) ^ trial as u64)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number from 0 to below `end`.
    fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % (end.max(1) as u64)).unwrap()
    }
}

/// A place in `bytes`, half of the time one that is not zero: most of a small database is empty.
fn place(bytes: &[u8], chance: &mut Chance) -> usize {
    let at = chance.below(bytes.len());
    if chance.below(2) == 0 {
        return at;
    }
    let used = |from: usize| bytes[from..].iter().position(|&byte| byte != 0).map(|step| from + step);
    used(at).or_else(|| used(0)).unwrap_or(at)
}

/// `bytes` with one to 64 bits flipped, or with a run of them overwritten.
pub(crate) fn damage(bytes: &[u8], chance: &mut Chance) -> Vec<u8> {
    let mut damaged = bytes.to_vec();
    match chance.below(4) {
        0 => flip(&mut damaged, 1, chance),
        1 => {
            let bits = 2 + chance.below(63);
            flip(&mut damaged, bits, chance);
        }
        2 => {
            let (at, length) = (place(bytes, chance), 1 + chance.below(64));
            let source = chance.below(bytes.len());
            for step in 0..length {
                if let (Some(to), Some(&from)) = (damaged.get_mut(at + step), bytes.get(source + step)) {
                    *to = from;
                }
            }
        }
        _ => {
            let (at, length) = (place(bytes, chance), 1 + chance.below(64));
            let fill = [0x00, 0xff].get(chance.below(3)).copied();
            for to in damaged.iter_mut().skip(at).take(length) {
                *to = fill.unwrap_or_else(|| chance.next().to_le_bytes()[0]);
            }
        }
    }
    damaged
}

fn flip(bytes: &mut [u8], bits: usize, chance: &mut Chance) {
    for _ in 0..bits {
        let at = place(bytes, chance);
        bytes[at] ^= 1 << chance.below(8);
    }
}

/// Where `damaged` differs from `bytes`, in words.
pub(crate) fn differences(bytes: &[u8], damaged: &[u8]) -> String {
    let differing = bytes.iter().zip(damaged).enumerate().filter(|(_, (old, new))| old != new);
    let words: Vec<String> = differing.map(|(at, (old, new))| format!("{at}: {old:02x} to {new:02x}")).collect();
    words.join(", ")
}
