//! covdefaults 2.3.0: stricter defaults, and pragmas for one version, platform or implementation of Python.
//!
//! ```text
//! # pragma: no cover          excluded
//! # pragma: >=3.12 cover      excluded where the version is below 3.12
//! # pragma: win32 cover       excluded on any other platform
//! # pragma: win32 no cover    excluded on this one
//! ```
//!
//! Each list is replaced by its previous items and the plugin's own items together, sorted.

use std::collections::BTreeSet;

use super::super::Error;
use super::super::coverage::Options;
use super::super::document::Setting;
use super::super::entry::shown;
use super::super::toml::Value;
use super::{Site, wrong};
use crate::model::settings::{EXCLUDE_DEFAULTS, PARTIAL_DEFAULTS, PythonVersion};
use crate::python::text::is_space;

const NAME: &str = "covdefaults";

/// Every value of `os.name`, `sys.platform` or `sys.implementation.name` that has pragmas.
const TAGS: [&str; 9] = ["nt", "posix", "cygwin", "darwin", "linux", "msys", "win32", "cpython", "pypy"];

const OMIT: [&str; 2] = ["*/__main__.py", "*/setup.py"];

/// Lines that tests cannot be expected to run.
const EXCLUDE: [&str; 11] = [
    r"# pragma: no cover\b",
    r"^\s*raise AssertionError\b",
    r"^\s*raise NotImplementedError\b",
    r"^\s*return NotImplemented\b",
    r"^\s*raise$",
    r"^\s*if (False|TYPE_CHECKING):",
    r": \.\.\.(\s*#.*)?$",
    r"^ +\.\.\.$",
    r#"-> [\'"]?NoReturn[\'"]?:"#,
    r"^\s*assert_never\b",
    r#"^if __name__ == [\'"]__main__[\'"]:$"#,
];

/// The threshold if the settings do not name one.
const FAIL_UNDER: f64 = 100.0;

/// Changes the options that the plugin changes.
///
/// # Errors
/// The plugin's section has an unknown option, or one of the wrong type.
pub(super) fn apply(options: &mut Options, site: &Site<'_>) -> Result<(), Error> {
    let subtracted = subtract_omit(options)?;
    for (section, option) in [("run", "branch"), ("report", "show_missing"), ("report", "skip_covered")] {
        options.set(section, option, Setting::Flag(true));
    }
    if options.list("run", "source").is_none() {
        options.set("run", "source", Setting::List(vec![".".into()]));
    }
    let omit = extended(options, ("run", "omit"), &[], OMIT.map(String::from));
    set_list(options, ("run", "omit"), omit.into_iter().filter(|pattern| !subtracted.contains(pattern)));
    let platform = site.machine.sys_platform();
    let tags = [site.machine.os_name(), &platform, "cpython"];
    let own =
        EXCLUDE.map(String::from).into_iter().chain(pragmas_of_tags(&tags)).chain(pragmas_of_version(site.python));
    let exclude = extended(options, ("report", "exclude_lines"), EXCLUDE_DEFAULTS, own);
    let is_default = |pattern: &String| EXCLUDE_DEFAULTS.contains(&&**pattern);
    set_list(options, ("report", "exclude_lines"), exclude.into_iter().filter(|pattern| !is_default(pattern)));
    let own = [
        r"# pragma: no branch\b".to_owned(),
        format!(r"# pragma: ({}) (no )?cover\b", TAGS.join("|")),
        r"# pragma: (>=?|<=?|==|!=)\d+\.\d+ cover\b".to_owned(),
    ];
    let partial = extended(options, ("report", "partial_branches"), PARTIAL_DEFAULTS, own);
    set_list(options, ("report", "partial_branches"), partial);
    if options.number("report", "fail_under").unwrap_or_default() == 0.0 {
        options.set("report", "fail_under", Setting::Number(FAIL_UNDER));
    }
    Ok(())
}

/// Patterns of files to take out of `omit` again.
fn subtract_omit(options: &Options) -> Result<Vec<String>, Error> {
    let mut subtracted = Vec::new();
    for (option, item) in options.plugin(NAME) {
        let place = format!("line {} in {}", item.line, options.place());
        if option != "subtract_omit" {
            return Err(wrong(NAME, option, &place, "is not known").with_help("its one option is `subtract_omit`"));
        }
        let Value::Text(patterns) = &item.value else {
            let why = format!("is {}, expected a string", shown(&item.value));
            return Err(wrong(NAME, option, &place, &why).with_help("separate the patterns with spaces"));
        };
        let patterns = patterns.split(is_space).filter(|pattern| !pattern.is_empty());
        subtracted = patterns.map(String::from).collect();
    }
    Ok(subtracted)
}

type Place = (&'static str, &'static str);

/// The items of a list, or else of its default, together with `more`.
fn extended(
    options: &Options,
    (section, option): Place,
    default: &[&str],
    more: impl IntoIterator<Item = String>,
) -> BTreeSet<String> {
    let default = || default.iter().map(ToString::to_string).collect();
    let held: Vec<String> = options.list(section, option).map_or_else(default, <[String]>::to_vec);
    held.into_iter().chain(more).collect()
}

fn set_list(options: &mut Options, (section, option): Place, items: impl IntoIterator<Item = String>) {
    options.set(section, option, Setting::List(items.into_iter().collect()));
}

/// Patterns that exclude lines to be covered only under other tags, and lines not to be covered under ours.
fn pragmas_of_tags(ours: &[&str]) -> Vec<String> {
    let others = TAGS.iter().filter(|tag| !ours.contains(tag)).map(|tag| format!(r"# pragma: {tag} cover\b"));
    others.chain(ours.iter().map(|tag| format!(r"# pragma: {tag} no cover\b"))).collect()
}

/// Patterns that exclude lines to be covered only under versions other than ours.
fn pragmas_of_version(PythonVersion { minor }: PythonVersion) -> Vec<String> {
    let (major, minor) = (3, u32::from(minor));
    let ours = format!(r"{major}\.{minor}");
    let cover = |versions: String| format!(r"# pragma: {versions} cover\b");
    [
        format!(r"<=?{}\.\d+", below(major)),
        format!(r"<=?{major}\.{}", below(minor)),
        format!("<{ours}"),
        format!(r">=?{}\.\d+", above(major)),
        format!(r">=?{major}\.{}", above(minor)),
        format!(">{ours}"),
        format!("!={ours}"),
        format!(r"==(?!{ours})\d+\.\d+"),
    ]
    .map(cover)
    .to_vec()
}

/// A pattern for the whole numbers below `number`: with the same number of digits, the first different one smaller; or with fewer digits.
fn below(number: u32) -> String {
    let digits = number.to_string();
    let mut alternatives = differing(&digits, |digit| digit.checked_sub(1).map(|smaller| ('0', digit_of(smaller))));
    if digits.len() > 1 {
        alternatives.push(format!(r"\d{{1,{}}}", digits.len() - 1));
    }
    format!("({})", alternatives.join("|"))
}

/// A pattern for the whole numbers above `number`: with the same number of digits, the first different one larger; or with more digits.
fn above(number: u32) -> String {
    let digits = number.to_string();
    let mut alternatives = differing(&digits, |digit| (digit < 9).then(|| (digit_of(digit + 1), '9')));
    alternatives.push(format!(r"\d{{{},}}", digits.len() + 1));
    format!("({})", alternatives.join("|"))
}

fn digit_of(number: u32) -> char {
    char::from_digit(number, 10).unwrap_or('9')
}

/// An alternative for each digit that `range` has other digits for: the digits before it, one of the other digits, then any digits.
fn differing(digits: &str, range: impl Fn(u32) -> Option<(char, char)>) -> Vec<String> {
    let alternative = |(at, digit): (usize, char)| {
        let (first, last) = range(digit.to_digit(10)?)?;
        let (before, after) = (digits.get(..at)?, digits.len() - at - 1);
        Some(format!("{before}[{first}-{last}]{}", r"\d".repeat(after)))
    };
    digits.char_indices().filter_map(alternative).collect()
}
