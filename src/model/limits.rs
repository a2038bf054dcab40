//! How much a run may cost: one row for each limit. The keys of `[tool.covmerge.limits]`, `docs/settings.md` and the messages follow from the table.

use crate::model::words::grouped;

/// The unit of a limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Bytes.
    Bytes,
    /// Things of that name, in the plural.
    Of(&'static str),
}

impl std::fmt::Display for Unit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Bytes => "bytes",
            Self::Of(things) => things,
        })
    }
}

/// One limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit {
    /// Its key.
    pub name: &'static str,
    /// Its unit.
    pub unit: Unit,
    /// The largest number that is allowed, unless the settings say another one.
    pub default: u64,
    /// The object that it bounds.
    pub of: &'static str,
}

macro_rules! limits {
    ($($field:ident: $name:literal, $unit:expr, $default:expr, $of:literal;)*) => {
        /// The largest numbers that are allowed.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub struct Limits {
            $(#[doc = $of] pub $field: u64,)*
        }

        impl Default for Limits {
            fn default() -> Self {
                Self::DEFAULT
            }
        }

        impl Limits {
            /// Those that hold unless the settings say others.
            pub const DEFAULT: Self = Self { $($field: $default,)* };

            /// The table.
            pub const ROWS: &[Limit] = &[$(Limit { name: $name, unit: $unit, default: $default, of: $of },)*];

            /// The value of one key; `None` if there is no such key.
            pub fn get_mut(&mut self, name: &str) -> Option<&mut u64> {
                match name {
                    $($name => Some(&mut self.$field),)*
                    _ => None,
                }
            }

            /// The row of each value.
            fn row(name: &str) -> Option<&'static Limit> {
                Self::ROWS.iter().find(|row| row.name == name)
            }
        }
    };
}

limits! {
    fragment_size: "fragment-size", Unit::Bytes, 4 << 30, "a fragment, unpacked";
    unpacked_ratio: "unpacked-ratio", Unit::Of("times its size"), 200, "a packed fragment, unpacked, beyond 64 MiB";
    archive_members: "archive-members", Unit::Of("members"), 100_000, "a zip archive";
    files: "files", Unit::Of("files"), 10_000_000, "a fragment";
    lines: "lines", Unit::Of("lines"), 100_000_000, "a file in a fragment";
    contexts: "contexts", Unit::Of("contexts"), 100_000_000, "a fragment: those of each of its files, added up";
    path_length: "path-length", Unit::Bytes, 32_768, "a path in a fragment";
    json_depth: "json-depth", Unit::Of("levels"), 128, "the values in a JSON fragment, one in another";
    source_size: "source-size", Unit::Bytes, 64 << 20, "a source; in an archive, half of it";
    pattern_size: "pattern-size", Unit::Of("steps"), 100_000, "the regular expressions of one setting, with their counted repetitions written out";
    pattern_work: "pattern-work", Unit::Of("steps"), 100_000_000, "the search for a regular expression in one text";
    file_pattern_size: "file-pattern-size", Unit::Of("characters"), 1_000_000, "the patterns of files of one setting";
    file_pattern_work: "file-pattern-work", Unit::Of("steps"), 1_000_000, "the match of one name with the patterns of files of one setting";
}

/// The end of a message about something that exceeds the limit of that key, which is `most` now: its help is to [`raise`] it.
#[must_use]
pub fn exceeded(name: &str, most: u64) -> String {
    let unit = Limits::row(name).map(|row| format!(" {}", row.unit)).unwrap_or_default();
    format!("more than {}{unit}, the limit `{name}`", grouped(most))
}

/// The remedy for something that exceeds the limit of that key.
#[must_use]
pub fn raise(name: &str) -> String {
    format!("raise `{name}` below `[tool.covmerge.limits]`")
}
