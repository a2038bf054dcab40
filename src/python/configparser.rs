//! Settings files in the dialect of Python's `configparser`, without interpolation: `.coveragerc`, `setup.cfg`, `tox.ini`.
//!
//! ```text
//! [report]                     a section
//! omit = one, two              an option: `=` or `:`, the name in lower case
//! exclude_lines:
//!     if debug:                continued by deeper indentation
//!
//!     # and a full-line comment
//! [DEFAULT]                    options that every section has
//! ```
//!
//! Errors are in the words of CPython 3.13.

use std::collections::{BTreeMap, BTreeSet};

use super::text::{self, quote, strip};

/// A file's sections.
#[derive(Clone, Debug, Default)]
pub struct Ini {
    defaults: Section,
    sections: BTreeMap<String, Section>,
}

#[derive(Clone, Debug, Default)]
struct Section {
    order: Vec<String>,
    options: BTreeMap<String, Entry>,
}

/// One option's value.
#[derive(Clone, Debug, Default)]
pub struct Entry {
    /// The lines of the value, joined by `\n` and stripped.
    pub text: String,
    /// The line of its name in the file, from 1.
    pub line: usize,
}

impl Ini {
    /// Whether there is such a section; `DEFAULT` does not count as one.
    #[must_use]
    pub fn has_section(&self, name: &str) -> bool {
        self.sections.contains_key(name)
    }

    /// The names of a section's options in order, with those of `[DEFAULT]` last.
    pub fn options(&self, section: &str) -> Vec<&str> {
        let own = self.sections.get(section).unwrap_or(&self.defaults);
        let inherited = self.defaults.order.iter().filter(|name| !own.options.contains_key(*name));
        own.order.iter().chain(inherited).map(String::as_str).collect()
    }

    /// An option of a section, or of `[DEFAULT]`; `None` if there is no such section.
    #[must_use]
    pub fn get(&self, section: &str, option: &str) -> Option<&Entry> {
        let own = self.sections.get(section)?;
        own.options.get(option).or_else(|| self.defaults.options.get(option))
    }
}

/// Reads a file's text, in which every line ends with `\n`. `file` is its name in messages.
///
/// # Errors
/// The error of `configparser.ConfigParser.read`.
pub fn parse(text: &str, file: &str) -> Result<Ini, String> {
    let mut reader =
        Reader { file, ini: Ini::default(), section: None, option: None, indent: 0, seen: BTreeSet::new() };
    let mut bogus = Vec::new();
    for (number, line) in (1..).zip(text.split_inclusive('\n')) {
        if !reader.line(number, line)? {
            bogus.push(format!("\n\t[line {number:2}]: {}", quote(line)));
        }
    }
    if bogus.is_empty() {
        Ok(reader.ini.stripped())
    } else {
        Err(format!("Source contains parsing errors: {}{}", quote(file), bogus.concat()))
    }
}

impl Ini {
    /// The same values with their ends stripped, as `configparser` does after reading all lines.
    fn stripped(mut self) -> Self {
        let sections = self.sections.values_mut().chain([&mut self.defaults]);
        for entry in sections.flat_map(|section| section.options.values_mut()) {
            let length = entry.text.trim_end_matches(text::is_space).len();
            entry.text.truncate(length);
        }
        self
    }
}

struct Reader<'a> {
    file: &'a str,
    ini: Ini,
    /// The current section.
    section: Option<String>,
    /// The option that a continuation line would extend.
    option: Option<String>,
    /// The indentation of the last line that was not a continuation.
    indent: usize,
    seen: BTreeSet<(String, String)>,
}

impl Reader<'_> {
    /// Takes one line; false if it is neither a header nor an option, which is an error once all lines were read.
    fn line(&mut self, number: usize, line: &str) -> Result<bool, String> {
        let clean = strip(line);
        if clean.is_empty() {
            self.continue_value("");
            return Ok(true);
        }
        if clean.starts_with(['#', ';']) {
            return Ok(true);
        }
        let indent = line.chars().take_while(|&character| text::is_space(character)).count();
        if indent > self.indent && self.continue_value(clean) {
            return Ok(true);
        }
        self.indent = indent;
        if let Some(name) = header(clean) {
            self.header(name, number)?;
            return Ok(true);
        }
        let Some(section) = self.section.clone() else {
            let file = quote(self.file);
            return Err(format!("File contains no section headers.\nfile: {file}, line: {number}\n{}", quote(line)));
        };
        self.option_line(section, clean, number)
    }

    /// Adds a line to the value of the previous option; false if there is none.
    fn continue_value(&mut self, line: &str) -> bool {
        let (Some(section), Some(option)) = (&self.section, &self.option) else { return false };
        let options = if section == "DEFAULT" {
            &mut self.ini.defaults.options
        } else {
            let Some(section) = self.ini.sections.get_mut(section) else { return false };
            &mut section.options
        };
        let Some(entry) = options.get_mut(option) else { return false };
        entry.text.push('\n');
        entry.text.push_str(line);
        true
    }

    fn header(&mut self, name: &str, number: usize) -> Result<(), String> {
        if name != "DEFAULT" && self.ini.sections.insert(name.into(), Section::default()).is_some() {
            let file = quote(self.file);
            return Err(format!("While reading from {file} [line {number:2}]: section {} already exists", quote(name)));
        }
        self.section = Some(name.into());
        self.option = None;
        Ok(())
    }

    fn option_line(&mut self, section: String, clean: &str, number: usize) -> Result<bool, String> {
        let Some((name, value)) = clean.split_once(['=', ':']) else { return Ok(false) };
        let name = name.trim_end_matches(text::is_space).to_lowercase();
        if !self.seen.insert((section.clone(), name.clone())) {
            let (file, section, name) = (quote(self.file), quote(&section), quote(&name));
            return Err(format!(
                "While reading from {file} [line {number:2}]: option {name} in section {section} already exists"
            ));
        }
        let has_name = !name.is_empty();
        self.option = has_name.then(|| name.clone());
        let section =
            if section == "DEFAULT" { &mut self.ini.defaults } else { self.ini.sections.entry(section).or_default() };
        section.order.push(name.clone());
        section.options.insert(name, Entry { text: strip(value).into(), line: number });
        Ok(has_name)
    }
}

/// The name in a section's header: everything between the first bracket and the last closing one.
fn header(clean: &str) -> Option<&str> {
    let inside = clean.strip_prefix('[')?;
    let end = inside.rfind(']')?;
    inside.get(..end).filter(|name| !name.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(text: &str, section: &str, option: &str) -> Option<String> {
        parse(text, "f").unwrap().get(section, option).map(|entry| entry.text.clone())
    }

    #[test]
    fn a_value_is_continued_by_deeper_lines_and_keeps_blank_ones_inside() {
        let text = "[run]\nomit: one\n  two\n\n# no\n   ; no\n  three # yes\n\nBranch = 1\n";
        assert_eq!(value(text, "run", "omit").as_deref(), Some("one\ntwo\n\nthree # yes"));
        assert_eq!(value(text, "run", "branch").as_deref(), Some("1"));
    }

    #[test]
    fn the_default_section_is_part_of_every_other() {
        let ini = parse("[DEFAULT]\na = 1\n[run]\nb = 2\n[DEFAULT]\nc = 3\n", "f").unwrap();
        assert_eq!(ini.options("run"), ["b", "a", "c"]);
        assert_eq!(ini.get("run", "c").map(|entry| (entry.text.as_str(), entry.line)), Some(("3", 6)));
        assert!(ini.get("report", "c").is_none() && !ini.has_section("DEFAULT"));
    }

    #[test]
    fn a_header_reaches_to_its_last_bracket_and_what_follows_is_ignored() {
        assert_eq!(value("[run] x\na = 1", "run", "a").as_deref(), Some("1"));
        assert_eq!(value("[a]b] x\na = 1", "a]b", "a").as_deref(), Some("1"));
    }

    #[test]
    fn errors_are_in_pythons_words() {
        // configparser of CPython 3.13
        for (text, error) in [
            ("a = 1\n", "File contains no section headers.\nfile: 'f', line: 1\n'a = 1\\n'"),
            ("\u{feff}[run]\n", "File contains no section headers.\nfile: 'f', line: 1\n'\\ufeff[run]\\n'"),
            ("[run\n", "File contains no section headers.\nfile: 'f', line: 1\n'[run\\n'"),
            (
                "[run]\na\n= 3\nb",
                "Source contains parsing errors: 'f'\n\t[line  2]: 'a\\n'\n\t[line  3]: '= 3\\n'\n\t[line  4]: 'b'",
            ),
            ("[run]\n[run]\n", "While reading from 'f' [line  2]: section 'run' already exists"),
            ("[run]\nA=1\na =2", "While reading from 'f' [line  3]: option 'a' in section 'run' already exists"),
        ] {
            assert_eq!(parse(text, "f").map(|_| ()), Err(error.into()));
        }
    }
}
