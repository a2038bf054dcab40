//! `coverage_conditional_plugin`: patterns that exclude lines, and files to omit, each where a rule holds.
//!
//! ```text
//! [coverage_conditional_plugin]
//! rules =
//!     "sys_version_info >= (3, 12)": py-gte-312
//!     "is_installed('tomlkit')": has-tomlkit
//! ```
//!
//! In TOML, `rules` is a table of patterns and their expressions, and `omit` is a table of expressions and their file patterns. The plugin evaluates
//! any Python; here an expression is decided if that needs no Python environment. An undecided expression is an error, since either guess would
//! change the numbers.

use super::super::coverage::Options;
use super::super::document::Setting;
use super::super::entry::{beginning, shown};
use super::super::specifier::{normal, numbers};
use super::super::toml::{Item, Table, Value as Toml};
use super::super::{Error, Kind, Machine};
use super::{Site, wrong};
use crate::model::settings::EXCLUDE_DEFAULTS;
use crate::model::warning::Warning;
use crate::python::expression::{self, Answer, Brackets, Names, Stop, Value};
use crate::python::re::Pattern;
use crate::python::text;

const NAME: &str = "coverage_conditional_plugin";

/// Changes the options that the plugin changes.
///
/// # Errors
/// Its options have the wrong form, or a rule cannot be decided.
pub(super) fn apply(options: &mut Options, site: &Site<'_>) -> Result<(), Error> {
    let (mut omitted, mut excluded, mut raised) = (Vec::new(), Vec::new(), Vec::new());
    let mut has_rules = false;
    for (option, item) in options.plugin(NAME) {
        let place = format!("line {} in {}", item.line, options.place());
        let refuse = |why: &str| wrong(NAME, option, &place, why);
        match (option.as_str(), &item.value) {
            ("omit", Toml::Table(rules)) => {
                for (code, patterns) in rules {
                    if holds(code, "omit", &place, site, &mut raised)? {
                        let patterns =
                            texts(&patterns.value).ok_or_else(|| refuse("holds a value that is not a file pattern"))?;
                        omitted.extend(patterns);
                    }
                }
            }
            ("omit", value) => {
                let is = match value {
                    // The lines of an INI value follow that of its key.
                    Toml::Text(text) => shown(&Toml::Text(text::strip(text).to_owned())),
                    value => shown(value),
                };
                let error = refuse(&format!("is {is}, expected a table of expressions and file patterns"));
                return Err(error.with_help(
                    "write `[tool.coverage.coverage_conditional_plugin.omit]` with `\"expression\" = \"pattern\"` in `pyproject.toml`: INI files cannot hold it",
                ));
            }
            ("rules", value) => {
                has_rules = true;
                let rules = rules(value, &place, &mut raised).map_err(|why| {
                    refuse(&why).with_help("write `\"expression\": pattern`, or in TOML `pattern = \"expression\"`")
                })?;
                for (code, pattern) in rules {
                    if holds(&code, "exclude_also", &place, site, &mut raised)? {
                        Pattern::size(&pattern, true, site.python.minor).map_err(|error| {
                            refuse(&format!("holds {}, which is not a valid pattern: {error}", text::quote(&pattern)))
                        })?;
                        excluded.push(pattern);
                    }
                }
            }
            _ => {}
        }
    }
    if !has_rules {
        let error =
            Error::new(format!("the plugin `{NAME}` needs its option `rules`, which {} lacks", options.place()));
        return Err(error.with_help("add `rules`, which may be empty, or remove the plugin from `plugins`"));
    }
    options.warnings.extend(raised);
    if !omitted.is_empty() {
        let held = options.list("run", "omit").unwrap_or_default().to_vec();
        options.set("run", "omit", Setting::List([held, omitted].concat()));
    }
    if !excluded.is_empty() {
        let default = || EXCLUDE_DEFAULTS.iter().map(ToString::to_string).collect();
        let held = options.list("report", "exclude_lines").map_or_else(default, <[String]>::to_vec);
        options.set("report", "exclude_lines", Setting::List([held, excluded].concat()));
    }
    Ok(())
}

/// A text, a list of them, or the keys of a table, as `list.extend` takes them.
fn texts(value: &Toml) -> Option<Vec<String>> {
    let text = |value: &Toml| match value {
        Toml::Text(text) => Some(text.clone()),
        _ => None,
    };
    match value {
        Toml::List(items) => items.iter().map(|item| text(&item.value)).collect(),
        Toml::Table(table) => Some(table.iter().map(|(key, _)| key.clone()).collect()),
        value => text(value).map(|text| vec![text]),
    }
}

/// The warning for a rule that raises an exception where the plugin evaluates it. The plugin prints the exception and goes on.
fn raises(code: &str, place: &str) -> Warning {
    let text = format!(
        "the rule `{}` of the plugin `{NAME}` ({place}) raises an exception, so it does not hold",
        beginning(code)
    );
    Warning::new(text).with_help("correct or remove it")
}

/// Expressions, each with the pattern that it decides on.
///
/// # Errors
/// The fault of the first item that is not a rule.
fn rules(value: &Toml, place: &str, raised: &mut Vec<Warning>) -> Result<Vec<(String, String)>, String> {
    match value {
        Toml::Text(lines) => {
            lines_of_rules(lines).map_err(|line| format!("holds {}, which is not a rule", text::quote(&line)))
        }
        Toml::Table(table) => Ok(table_of_rules(table, place, raised)),
        other => Err(format!("is {}, expected a table of rules", shown(other))),
    }
}

fn lines_of_rules(lines: &str) -> Result<Vec<(String, String)>, String> {
    fn rule(line: &str) -> Result<(String, String), &str> {
        let (code, pattern) = line.rsplit_once(':').ok_or(line)?;
        let mut code = text::strip(code).chars();
        // The first and last characters are the quotes, whichever they are. The plugin does not ask whether they are there.
        _ = (code.next(), code.next_back());
        Ok((code.as_str().to_owned(), text::strip(pattern).to_owned()))
    }
    let rules: Result<_, &str> =
        text::split_lines(lines).into_iter().filter(|line| !line.is_empty()).map(rule).collect();
    rules.map_err(str::to_owned)
}

/// The rules of a table. To evaluate anything but a text raises an exception: such a rule does not hold.
fn table_of_rules(table: &Table, place: &str, raised: &mut Vec<Warning>) -> Vec<(String, String)> {
    let rule = |(pattern, item): &(String, Item)| match &item.value {
        Toml::Text(code) => Some((code.clone(), pattern.clone())),
        value => {
            raised.push(raises(&shown(value), place));
            None
        }
    };
    table.iter().filter_map(rule).collect()
}

/// Whether the rule holds where the tests ran. If it raises an exception, it does not hold, and a warning is added to `raised`. `list` is the option of coverage.py's that takes its
/// pattern if it does.
fn holds(code: &str, list: &str, place: &str, site: &Site<'_>, raised: &mut Vec<Warning>) -> Result<bool, Error> {
    let by_hand = format!(
        "or give covmerge its own settings file with `--rcfile`: leave the rule out, and add its pattern to `{list}` if the rule holds"
    );
    let names = Names {
        value: &|name| value(name, site),
        exists: &|name| OPAQUE.contains(&name),
        call: &|function, arguments| call(function, arguments, site),
    };
    let (why, help) = match expression::holds(code, names) {
        Ok(holds) => return Ok(holds),
        Err(Stop::Raised) => {
            raised.push(raises(code, place));
            return Ok(false);
        }
        Err(Stop::Package(package)) => (
            format!("covmerge does not know whether `{package}` was installed, or in which version"),
            format!(
                "state it in covmerge's settings under `[tool.covmerge.installed]`: `{0} = \"VERSION\"` or `{0} = false`",
                text_of_key(&package)
            ),
        ),
        Err(Stop::Open) => (
            "it depends on more than Python's major and minor version".into(),
            format!("compare only the major and minor version; {by_hand}"),
        ),
        Err(Stop::Unknown(part)) => (
            format!("`{}` cannot be evaluated without Python", beginning(&part)),
            format!(
                "use only `sys_version_info`, `os_environ` and the marker names of `packaging`, with comparisons, `in`, `not`, `and` and `or`; {by_hand}"
            ),
        ),
    };
    let error =
        Error::new(format!("cannot decide the rule `{}` of the plugin `{NAME}` ({place}): {why}", beginning(code)));
    Err(error.with_help(help).of(Kind::Rule))
}

/// The functions, classes and modules that rules can name under every Python: those of the plugin, and the builtins of CPython 3.10.
const OBJECTS: &str = "ArithmeticError AssertionError AttributeError BaseException BlockingIOError BrokenPipeError BufferError BytesWarning ChildProcessError \
    ConnectionAbortedError ConnectionError ConnectionRefusedError ConnectionResetError DeprecationWarning EOFError Ellipsis EncodingWarning \
    EnvironmentError Exception FileExistsError FileNotFoundError FloatingPointError FutureWarning GeneratorExit IOError ImportError \
    ImportWarning IndentationError IndexError InterruptedError IsADirectoryError KeyError KeyboardInterrupt LookupError MemoryError \
    ModuleNotFoundError NameError NotADirectoryError NotImplementedError OSError OverflowError PendingDeprecationWarning PermissionError \
    ProcessLookupError RecursionError ReferenceError ResourceWarning RuntimeError RuntimeWarning StopAsyncIteration StopIteration SyntaxError \
    SyntaxWarning SystemError SystemExit TabError TimeoutError TypeError UnboundLocalError UnicodeDecodeError UnicodeEncodeError UnicodeError \
    UnicodeTranslateError UnicodeWarning UserWarning ValueError Warning ZeroDivisionError abs aiter all anext any ascii bin bool breakpoint \
    bytearray bytes callable chr classmethod compile complex copyright credits delattr dict dir divmod enumerate eval exec exit filter float \
    format frozenset getattr globals hasattr hash help hex id input int is_installed isinstance issubclass iter len license list locals map max \
    memoryview min next object oct open ord package_version pow print property quit range repr reversed round set setattr slice sorted \
    staticmethod str sum super sys tuple type vars zip";

/// The builtins that are newer, each with the first minor version of Python that has it.
const NEWER: [(&str, u8); 7] = [
    ("BaseExceptionGroup", 11),
    ("ExceptionGroup", 11),
    ("PythonFinalizationError", 13),
    ("_IncompleteInputError", 13),
    ("ImportCycleError", 15),
    ("frozendict", 15),
    ("sentinel", 15),
];

/// Other names that exist. One that is not listed anywhere raises `NameError`.
const OPAQUE: [&str; 12] = [
    "NotImplemented",
    "WindowsError",
    "__build_class__",
    "__builtins__",
    "__debug__",
    "__doc__",
    "__import__",
    "__lazy_import__",
    "__loader__",
    "__name__",
    "__package__",
    "__spec__",
];

/// A key of TOML.
fn text_of_key(name: &str) -> String {
    let is_bare = |character: char| character.is_ascii_alphanumeric() || matches!(character, '-' | '_');
    if name.chars().all(is_bare) { name.to_owned() } else { format!("{name:?}") }
}

/// The names that a rule may use: the version, the environment, and those of `packaging.markers.default_environment`.
fn value(name: &str, site: &Site<'_>) -> Option<Value> {
    let minor = site.python.minor;
    let Machine { system, release, version, machine } = site.machine;
    let text = |text: &str| Value::Text(text.to_owned());
    let name = match name.strip_prefix("sys.") {
        Some("platform") => "sys_platform",
        Some(name) if name == "version_info" || name.starts_with("version_info.") => &format!("sys_{name}"),
        _ => name,
    };
    Some(match name {
        "sys_version_info" => Value::Items(
            Brackets::Tuple,
            vec![
                Value::Int(3),
                Value::Int(minor.into()),
                Value::Open,
                // The level of the release, `final` or the like.
                Value::Beginning(String::new()),
                Value::Open,
            ],
        ),
        "sys_version_info.major" => Value::Int(3),
        "sys_version_info.minor" => Value::Int(minor.into()),
        "sys_version_info.micro" | "sys_version_info.serial" => Value::Open,
        "sys_version_info.releaselevel" => Value::Beginning(String::new()),
        "os_environ" => Value::Mapping(site.variables.clone()),
        "python_version" => Value::Text(site.python.to_string()),
        "python_full_version" | "implementation_version" => Value::Beginning(format!("{}.", site.python)),
        "implementation_name" => text("cpython"),
        "platform_python_implementation" => text("CPython"),
        "os_name" => text(site.machine.os_name()),
        "sys_platform" => Value::Text(site.machine.sys_platform()),
        "platform_system" => text(system),
        "platform_release" => text(release),
        "platform_version" => text(version),
        "platform_machine" => text(machine),
        name if OBJECTS.split(' ').any(|object| object == name)
            || NEWER.iter().any(|&(object, since)| object == name && since <= minor) =>
        {
            Value::Object(name.to_owned())
        }
        _ => return None,
    })
}

/// The questions about packages that a rule may ask.
///
/// Whoever asks for anything but a name, or for the empty one, gets an exception.
fn call(function: &str, arguments: &[Value], site: &Site<'_>) -> Option<Answer> {
    if !matches!(function, "is_installed" | "package_version") {
        return None;
    }
    let package = match arguments {
        [Value::Text(package)] if !package.is_empty() => package,
        [Value::Beginning(_) | Value::Open] => return None,
        _ => return Some(Err(Stop::Raised)),
    };
    let unknown = || Stop::Package(package.to_owned());
    match function {
        "is_installed" => {
            let version = site.installed.and_then(|installed| installed.get(package));
            Some(Ok(version.map_or_else(|| Value::Unsure(unknown()), |version| Value::Bool(version.is_some()))))
        }
        "package_version" => {
            let wanted = normal(package);
            let known = site.installed.into_iter().flatten().find(|(name, _)| normal(name) == wanted);
            Some(known.ok_or_else(unknown).and_then(|(_, version)| {
                let release = release(version.as_deref().ok_or(Stop::Raised)?).ok_or(Stop::Raised)?;
                Ok(Value::Items(Brackets::Tuple, release.into_iter().map(Value::Int).collect()))
            }))
        }
        _ => None,
    }
}

/// The numbers of a version's release segment (PEP 440); `None` if it is not a version.
pub(super) fn release(version: &str) -> Option<Vec<i64>> {
    numbers(version).map(|(numbers, _)| numbers)
}
