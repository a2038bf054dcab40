//! The characters that `re.IGNORECASE` treats as equal.
//!
//! Two characters are equal if their simple lower cases are equal, or if these are two lower cases of one upper case: `s` and `ſ`, `σ` and `ς`.

use std::sync::OnceLock;

use super::ranges::{contains, normal};

/// The characters that count as equal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Case {
    Exact,
    /// a to z and A to Z are equal.
    Ascii,
    Unicode,
}

/// Lower-case characters that share an upper case, from Unicode's case mappings.
const TWINS: &[&[char]] = &[
    &['i', 'ı'],
    &['s', 'ſ'],
    &['µ', 'μ'],
    &['\u{345}', 'ι', '\u{1fbe}'],
    &['\u{390}', '\u{1fd3}'],
    &['\u{3b0}', '\u{1fe3}'],
    &['β', 'ϐ'],
    &['ε', 'ϵ'],
    &['θ', 'ϑ'],
    &['κ', 'ϰ'],
    &['π', 'ϖ'],
    &['ρ', 'ϱ'],
    &['σ', 'ς'],
    &['φ', 'ϕ'],
    &['в', '\u{1c80}'],
    &['д', '\u{1c81}'],
    &['о', '\u{1c82}'],
    &['с', '\u{1c83}'],
    &['т', '\u{1c84}', '\u{1c85}'],
    &['ъ', '\u{1c86}'],
    &['ѣ', '\u{1c87}'],
    &['ꙋ', '\u{1c88}'],
    &['ṡ', 'ẛ'],
    &['\u{fb05}', '\u{fb06}'],
];

/// The lower case of `c`, as the single character that Python's `re` uses.
pub(super) fn lower(c: char, case: Case) -> char {
    match case {
        Case::Exact => c,
        Case::Ascii => c.to_ascii_lowercase(),
        Case::Unicode => c.to_lowercase().next().unwrap_or(c),
    }
}

/// Adds the characters that `case` treats as equal to one in `ranges`.
pub(super) fn close(ranges: &mut Vec<(u32, u32)>, case: Case) {
    let pairs: &[(char, char)] = match case {
        Case::Exact => return,
        Case::Ascii => uppers().get(..26).unwrap_or_default(),
        Case::Unicode => uppers(),
    };
    let given = normal(std::mem::take(ranges));
    let has = |ranges: &[(u32, u32)], c: char| contains(ranges, u32::from(c));
    let one = |c: char| (u32::from(c), u32::from(c));
    let mut lowered = given.clone();
    lowered.extend(pairs.iter().filter(|pair| has(&given, pair.0)).map(|pair| one(pair.1)));
    let mut lowered = normal(lowered);
    if case == Case::Unicode {
        let twins: Vec<_> = TWINS.iter().filter(|twins| twins.iter().any(|&c| has(&lowered, c))).collect();
        lowered.extend(twins.into_iter().flat_map(|twins| twins.iter().copied().map(one)));
        lowered = normal(lowered);
    }
    ranges.extend(pairs.iter().filter(|pair| has(&lowered, pair.1)).map(|pair| one(pair.0)));
    ranges.append(&mut lowered);
}

/// Every character that is not its own lower case, with its lower case; A to Z come first.
fn uppers() -> &'static [(char, char)] {
    static UPPERS: OnceLock<Vec<(char, char)>> = OnceLock::new();
    UPPERS.get_or_init(|| {
        // Beyond the second plane, characters have no case.
        ('\0'..='\u{1ffff}').map(|c| (c, lower(c, Case::Unicode))).filter(|(c, lower)| c != lower).collect()
    })
}
