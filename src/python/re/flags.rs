//! The flags of a pattern.

use super::case::Case;

/// A flag, as a bit.
pub(super) type Flags = u8;
pub(super) const IGNORECASE: Flags = 1;
pub(super) const MULTILINE: Flags = 2;
pub(super) const DOTALL: Flags = 4;
pub(super) const VERBOSE: Flags = 8;
pub(super) const ASCII: Flags = 16;
pub(super) const UNICODE: Flags = 32;
pub(super) const LOCALE: Flags = 64;
/// Until 3.12; it did nothing for patterns without repetitions, and is not documented.
pub(super) const TEMPLATE: Flags = 128;
pub(super) const KINDS: Flags = ASCII | UNICODE | LOCALE;

/// How letters are compared under `flags`.
pub(super) fn case(flags: Flags) -> Case {
    match (flags & IGNORECASE != 0, flags & ASCII != 0) {
        (false, _) => Case::Exact,
        (true, true) => Case::Ascii,
        (true, false) => Case::Unicode,
    }
}

/// The bit of an inline flag for CPython 3.`minor`.
pub(super) fn flag(c: char, minor: u8) -> Option<Flags> {
    Some(match c {
        'i' => IGNORECASE,
        'L' => LOCALE,
        'm' => MULTILINE,
        's' => DOTALL,
        'x' => VERBOSE,
        'a' => ASCII,
        'u' => UNICODE,
        't' if minor < 13 => TEMPLATE,
        _ => return None,
    })
}
