//! The `covmerge` program: arguments in, text out, exit status.

use std::collections::BTreeMap;
use std::io::{IsTerminal, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use anstream::{AutoStream, ColorChoice};
use covmerge::config::{self, Color, Command, Environment, Machine, Terminal, Verbosity};
use covmerge::messages::Listing;
use covmerge::model::inert::inert;
use covmerge::model::local_time::LocalTime;
use covmerge::model::seal::Sealing;
use covmerge::model::settings::{Discover, Settings, UnfinishedFragments};
use covmerge::model::status::Status;
use covmerge::model::timestamp::Timestamp;
use covmerge::run::{self, Finished, Staying, Tick};
use covmerge::{clean, discover, inspect, manifest, messages, read, render, verify};

fn main() -> ExitCode {
    let environment = match environment() {
        Ok(environment) => environment,
        Err(error) => {
            say(&format!("error: cannot determine the working directory\n  because: {error}\n"));
            return exit(Status::NoReport);
        }
    };
    match config::load(std::env::args_os(), &environment) {
        Err(error) => {
            say(&messages::usage(&error.to_string(), error.help()));
            exit(error.status())
        }
        Ok(Command::Print(text)) => print(&text, Status::Well),
        Ok(Command::Inspect { discover, terminal }) => look(&discover, terminal),
        Ok(Command::Manifest { discover, unfinished, terminal }) => list(&discover, unfinished, terminal),
        Ok(Command::Verify { wanted, terminal }) => {
            let verified = verify::verify(&wanted, now());
            say_in_colour(&messages::verified(&verified, terminal.verbosity == Verbosity::Quiet), terminal.color);
            exit(verified.status)
        }
        Ok(Command::Seal { settings, sealing, terminal }) => seal(&settings, &sealing, terminal),
        Ok(Command::Clean { discover, outputs, yes, terminal }) => delete(&discover, &outputs, yes, terminal),
        Ok(Command::Run { settings, terminal }) => work(&settings, terminal),
    }
}

fn exit(status: Status) -> ExitCode {
    ExitCode::from(status as u8)
}

fn ended(text: String) -> String {
    if text.ends_with('\n') { text } else { text + "\n" }
}

/// Writes to standard error, inert. A closed pipe is not a failure: a report must not fail because of `2>&1 | head`.
fn say(text: &str) {
    _ = std::io::stderr().write_all(inert(text).as_bytes());
}

/// Writes a text with colours to standard error; the colours are left out where they are not wanted.
fn say_in_colour(text: &str, color: Color) {
    let choice = match color {
        Color::Always => ColorChoice::Always,
        Color::Never => ColorChoice::Never,
        Color::Auto => ColorChoice::Auto,
    };
    _ = AutoStream::new(std::io::stderr(), choice).write_all(inert(text).as_bytes());
}

/// Prints the text on standard output. A closed pipe is not a failure.
fn print(text: &str, status: Status) -> ExitCode {
    match std::io::stdout().write_all(ended(text.to_owned()).as_bytes()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
            say(&format!(
                "error: cannot write to standard output\n  because: {error}\n  help: free some space at its destination, or redirect it elsewhere\n"
            ));
            exit(Status::NoReport)
        }
        _ => exit(status),
    }
}

#[expect(clippy::disallowed_methods, reason = "the environment is read here, once")]
fn environment() -> std::io::Result<Environment> {
    let variables: BTreeMap<String, String> = std::env::vars_os()
        .map(|(name, value)| (name.to_string_lossy().into_owned(), value.to_string_lossy().into_owned()))
        .collect();
    Ok(Environment {
        cwd: std::env::current_dir()?,
        home: std::env::home_dir(),
        variables,
        machine: machine(),
        outputs: render::formats(),
    })
}

#[cfg(unix)]
fn machine() -> Machine {
    let uname = rustix::system::uname();
    let text = |name: &std::ffi::CStr| name.to_string_lossy().into_owned();
    Machine {
        system: text(uname.sysname()),
        release: text(uname.release()),
        version: text(uname.version()),
        machine: text(uname.machine()),
    }
}

#[cfg(not(unix))]
fn machine() -> Machine {
    Machine { system: "Windows".into(), machine: std::env::consts::ARCH.into(), ..Machine::default() }
}

#[expect(clippy::disallowed_methods, reason = "the clock is read here, once")]
fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_micros(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
}

/// The time that the clock of this machine shows at that moment, in its own zone.
fn local(moment: Timestamp) -> LocalTime {
    let offset = jiff::Timestamp::from_microsecond(moment.micros())
        .map_or(0, |moment| jiff::tz::TimeZone::system().to_offset(moment).seconds());
    LocalTime::at(moment, offset.into())
}

fn look(settings: &Discover, terminal: Terminal) -> ExitCode {
    match discover::fragments(settings, &[], &read::classify) {
        Ok(found) => {
            let (text, well) = inspect::inspect(&found.fragments, &settings.cwd);
            let absent: String =
                found.unmatched.iter().map(|one| messages::unmatched(&one.to_string(), &one.help())).collect();
            let odd: String = found.warnings.iter().map(messages::warning).collect();
            say(&(odd + &absent));
            print(&inert(&text), if well && absent.is_empty() { Status::Well } else { Status::Incomplete })
        }
        Err(error) => complain(&error.into(), terminal),
    }
}

fn list(settings: &Discover, unfinished: UnfinishedFragments, terminal: Terminal) -> ExitCode {
    let found = match discover::fragments(settings, &[], &read::classify) {
        Ok(found) => found,
        Err(error) => return complain(&error.into(), terminal),
    };
    say(&found.warnings.iter().map(messages::warning).collect::<String>());
    let absent = found.unmatched.iter().map(run::absent).collect();
    match manifest::manifest(&found.fragments, absent, unfinished, &settings.cwd) {
        Ok(text) => print(&inert(&text), Status::Well),
        Err(error) => complain(&error.into(), terminal),
    }
}

fn delete(settings: &Discover, outputs: &[PathBuf], yes: bool, terminal: Terminal) -> ExitCode {
    let found = match discover::deletable(settings, outputs, &read::classify, &clean::is_fragment) {
        Ok(found) => found,
        Err(error) => return complain(&error.into(), terminal),
    };
    say(&clean::staying(&found.other, &found.archives));
    let quiet = terminal.verbosity == Verbosity::Quiet;
    if found.files.is_empty() {
        say(if quiet { "" } else { "there is no fragment to delete\n" });
        return exit(Status::Well);
    }
    if !(quiet && yes) {
        say(&clean::list(&found.files));
    }
    if !yes {
        if !std::io::stdin().is_terminal() || !std::io::stderr().is_terminal() {
            say(&messages::usage(clean::UNASKED, Some(clean::UNASKED_HELP)));
            return exit(Status::Usage);
        }
        say(&clean::question(&found.files));
        let mut answer = String::new();
        if std::io::stdin().read_line(&mut answer).is_err() || !clean::is_yes(&answer) {
            say("nothing was deleted\n");
            return exit(Status::Well);
        }
    }
    let deleted = clean::delete(&found.files, &settings.cwd);
    say(&deleted.failures());
    if !quiet {
        say(&deleted.to_string());
    }
    exit(if deleted.failed.is_empty() { Status::Well } else { Status::NoReport })
}

fn listing(terminal: Terminal) -> Listing {
    if terminal.verbosity == Verbosity::Verbose { Listing::All } else { Listing::Ten }
}

fn complain(error: &run::Error, terminal: Terminal) -> ExitCode {
    say(&messages::error(error, listing(terminal)));
    exit(error.status())
}

fn work(settings: &Settings, terminal: Terminal) -> ExitCode {
    let begun = Instant::now();
    let progress = Progress::new(terminal, begun);
    let moment = settings.render.timestamp.unwrap_or_else(now);
    let result = run::run(settings, moment, local(moment), &mut std::io::stdout(), &|tick| progress.tick(tick));
    progress.finish();
    match result {
        Err(error) => complain(&error, terminal),
        Ok(finished) => {
            tell(&finished, settings, terminal, begun);
            let status = exit(finished.status);
            // Dropping the report of thousands of files would take a while, and the process ends anyway.
            std::mem::forget(finished);
            status
        }
    }
}

fn seal(settings: &Settings, sealing: &Sealing, terminal: Terminal) -> ExitCode {
    let begun = Instant::now();
    let progress = Progress::new(terminal, begun);
    let result = run::seal(
        settings,
        sealing,
        local(settings.render.timestamp.unwrap_or_else(now)),
        &mut std::io::stdout(),
        &|tick| progress.tick(tick),
    );
    progress.finish();
    match result {
        Err(error) => complain(&error, terminal),
        Ok(sealed) => {
            if terminal.verbosity == Verbosity::Verbose {
                say(&messages::fragments(&sealed.report));
            }
            let warnings =
                messages::warnings(&sealed.report, listing(terminal)) + &messages::finished(&sealed.published.finished);
            let text = messages::sealed(&sealed, begun.elapsed().as_secs_f64(), terminal.verbosity == Verbosity::Quiet);
            say_in_colour(&(warnings + &text), terminal.color);
            exit(sealed.status)
        }
    }
}

fn tell(finished: &Finished, settings: &Settings, terminal: Terminal, begun: Instant) {
    let Finished { report, verdict, .. } = finished;
    if terminal.verbosity == Verbosity::Verbose {
        say(&(messages::fragments(report) + &messages::passed_over(&finished.passed_over)));
    }
    let staying = match &finished.staying {
        Staying::Archives(archives) => clean::staying(&[], archives),
        Staying::All => messages::kept(),
    };
    let warnings = messages::warnings(report, listing(terminal))
        + &messages::finished(&finished.published.finished)
        + &messages::heavy(&finished.published.written)
        + &staying;
    if terminal.verbosity == Verbosity::Quiet {
        // Only warnings and failures.
        say_in_colour(&(warnings + &messages::failures(report, verdict)), terminal.color);
        return;
    }
    let merged = messages::merged(report, finished.files, finished.unmeasured, begun.elapsed().as_secs_f64());
    let totals = if settings.combine { String::new() } else { messages::totals(report, settings.common.precision) };
    let verdict = totals + &messages::verdict(report, verdict);
    let gap = if verdict.is_empty() { "" } else { "\n" };
    say_in_colour(&format!("{warnings}{merged}{}{gap}{verdict}", messages::wrote(finished)), terminal.color);
}

/// The progress of a long run, as one line on a terminal; with `-v`, the time of each stage.
struct Progress {
    live: bool,
    verbose: bool,
    begun: Instant,
    stage: Mutex<(&'static str, usize, Instant)>,
    done: AtomicUsize,
}

impl Progress {
    fn new(terminal: Terminal, begun: Instant) -> Self {
        Self {
            // The line is overwritten with an escape sequence, so it needs a terminal that has colours.
            live: terminal.verbosity == Verbosity::Normal
                && terminal.color != Color::Never
                && std::io::stderr().is_terminal(),
            verbose: terminal.verbosity == Verbosity::Verbose,
            begun,
            stage: Mutex::new(("", 0, begun)),
            done: AtomicUsize::new(0),
        }
    }

    fn tick(&self, tick: Tick) {
        match tick {
            Tick::Stage(name, of) => {
                self.close();
                if let Ok(mut stage) = self.stage.lock() {
                    *stage = (name, of, Instant::now());
                }
                self.done.store(0, Ordering::Relaxed);
            }
            Tick::Step => {
                let done = self.done.fetch_add(1, Ordering::Relaxed) + 1;
                // A short run shows nothing, a long one a line that is overwritten now and then.
                if self.live
                    && done.is_multiple_of(32)
                    && self.begun.elapsed().as_millis() > 500
                    && let Ok(stage) = self.stage.lock()
                {
                    say(&format!("\r\x1b[K{}: {done} of {}", stage.0, stage.1));
                }
            }
        }
    }

    fn close(&self) {
        if let (true, Ok(stage)) = (self.verbose, self.stage.lock())
            && !stage.0.is_empty()
        {
            say(&format!("{}: {:.3} s\n", stage.0, stage.2.elapsed().as_secs_f64()));
        }
    }

    fn finish(&self) {
        self.close();
        if self.live {
            say("\r\x1b[K");
        }
    }
}
