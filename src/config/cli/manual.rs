//! Output about the command line: completion scripts and the manual page.

use std::io::{self, Write as _};

use clap::{Arg, Command};
use clap_complete::Shell;

use super::super::options::ROWS;
use super::{AFTER_HELP, USAGE, command};

/// The script that completes the command line in a shell.
pub(in crate::config) fn completions(shell: Shell) -> String {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut announced(), "covmerge", &mut script);
    String::from_utf8_lossy(&script).into_owned()
}

/// The manual page, for `man`.
///
/// # Errors
/// None in practice: it writes to memory.
pub(in crate::config) fn page() -> io::Result<String> {
    let mut page = Vec::new();
    let announced = announced().mut_args(with_home);
    let man = clap_mangen::Man::new(announced.clone());
    man.render_title(&mut page)?;
    man.render_name_section(&mut page)?;
    man.render_synopsis_section(&mut page)?;
    man.render_options_section(&mut page)?;
    // clap_mangen would refer to separate pages for them.
    page.extend(b".SH COMMANDS\n");
    for other in announced.get_subcommands() {
        let about = other.get_about().map(ToString::to_string).unwrap_or_default();
        write!(page, ".TP\n\\fB{}\\fR\n{}\n", escape(other.get_name()), escape(&about))?;
    }
    for block in AFTER_HELP.split("\n\n") {
        let (title, lines) = match block.split_once(":\n") {
            Some((title, lines)) => (title.to_uppercase(), format!(".nf\n{}\n.fi", escape(lines))),
            None => ("FILES".into(), escape(block)),
        };
        write!(page, ".SH {title}\n{lines}\n")?;
    }
    Ok(String::from_utf8_lossy(&page).into_owned())
}

/// The option, with its place in coverage.py's settings.
fn with_home(argument: Arg) -> Arg {
    let row = ROWS.iter().find(|row| argument.get_id() == row.name);
    let Some((section, option)) = row.and_then(|row| row.home) else { return argument };
    let help = argument.get_help().map(ToString::to_string).unwrap_or_default();
    let home = format!("[{section}] {option}");
    argument.help(format!("{help} [coverage.py's settings: {}]", home.trim_end()))
}

/// The command line without options and commands that are refused because they are not available yet.
fn announced() -> Command {
    let whole = command();
    let arguments = whole.get_arguments().filter(|argument| !argument.is_hide_set()).cloned();
    let commands = whole.get_subcommands().filter(|command| !command.is_hide_set()).cloned();
    let bare = Command::new("covmerge").disable_help_subcommand(true).override_usage(USAGE);
    let about = whole.get_about().cloned().unwrap_or_default();
    bare.about(about).version(env!("CARGO_PKG_VERSION")).args(arguments).subcommands(commands)
}

/// Text for troff.
fn escape(text: &str) -> String {
    let text = text.replace('\\', r"\e").replace('-', r"\-").replace('\'', r"\(aq");
    let guarded = text.lines().map(|line| if line.starts_with('.') { format!(r"\&{line}") } else { line.into() });
    guarded.collect::<Vec<String>>().join("\n")
}

#[cfg(test)]
mod tests {
    use clap::ValueEnum;

    use super::*;

    #[test]
    fn what_is_not_there_yet_is_not_offered() {
        let scripts = Shell::value_variants().iter().map(|&shell| completions(shell));
        for text in scripts.chain([page().unwrap()]) {
            assert!(text.contains("fail-under") || text.contains(r"fail\-under"), "{text}");
            assert!(!text.contains("explain"), "{text}");
        }
    }

    #[test]
    fn the_manual_has_the_parts_of_the_help() {
        let page = page().unwrap();
        for title in ["NAME", "SYNOPSIS", "THRESHOLDS", "COMMANDS", "EXAMPLES", "EXIT STATUS", "SETTINGS"] {
            assert!(page.contains(&format!(".SH {title}\n")), "no {title} in {page}");
        }
    }
}
