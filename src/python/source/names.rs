//! The names by which Python knows encodings.

use super::codec::Codec;
use super::tables::NAMES;

/// The encoding that Python finds under this name, if any: `codecs.lookup`.
pub(super) fn find(name: &str) -> Option<Codec> {
    let name = normalise(name);
    let by = |name: &str| {
        NAMES
            .binary_search_by(|(known, _)| (*known).cmp(name))
            .ok()
            .and_then(|at| NAMES.get(at))
            .map(|(_, codec)| *codec)
    };
    // An alias may be written with dots: `iso8859.1`.
    by(&name).or_else(|| by(&name.replace('.', "_")))
}

/// The name in lower case, with one `_` for every run of characters other than letters, digits and dots, but without one at either end.
fn normalise(name: &str) -> String {
    let mut normal = String::with_capacity(name.len());
    for part in name.split(|c: char| !c.is_ascii_alphanumeric() && c != '.').filter(|part| !part.is_empty()) {
        if !normal.is_empty() {
            normal.push('_');
        }
        normal.push_str(&part.to_ascii_lowercase());
    }
    normal
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_names_are_sorted_so_that_they_can_be_found() {
        assert!(NAMES.is_sorted_by(|(a, _), (b, _)| a < b));
    }

    #[test]
    fn tables_are_of_one_or_both_halves() {
        for (name, codec) in NAMES {
            if let Codec::Table(table) = codec {
                assert!(matches!(table.chars().count(), 128 | 256), "{name}");
            }
        }
    }

    #[test]
    fn names_are_found_as_python_finds_them() {
        for name in ["latin-1", "Latin_1", "ISO-8859-1", "l1", "iso8859.1", "__L1--"] {
            assert_eq!(find(name), Some(Codec::Latin1), "{name}");
        }
        assert_eq!(find("utf8"), Some(Codec::Utf8));
        assert_eq!(find("rot13"), Some(Codec::Refused));
        assert_eq!(find("klingon"), None);
    }
}
