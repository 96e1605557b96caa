//! The command line: arguments in, an exit code out. The only room that prints.
//!
//! Arguments are read in two stages: `args` is what was typed, `meaning` is what it means. Each command is a file of its own.

// This room is the one that prints.
#![allow(clippy::print_stdout, clippy::print_stderr)]

mod args;
mod auth;
mod build;
mod console;
mod deploy;
mod digest;
mod doctor;
mod findings;
mod ls;
mod meaning;
mod push;
mod receipt;
mod rules;
mod setup;
mod status;
mod stop;
mod tag;
mod validate;
mod wait;

use std::ffi::{OsStr, OsString};
use std::io::Write as _;
use std::process::ExitCode;
use std::sync::Arc;

use clap::builder::Resettable;
use clap::{ArgAction, CommandFactory as _, FromArgMatches as _};

use args::{Cli, Command, Global, Typed};
use console::Console;
use stop::Deadline;

use crate::error::{Error, Kind};
use crate::{process, report};

/// How a command ended that did what it could: all well, or with errors in the bundle that have been shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    Done,
    /// Findings that are errors, or a delivery that failed; shown, with this exit code.
    Failed(u8),
}

/// Runs the command that `args` asks for, the program's name first, and gives the exit code of the process.
pub fn run(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    let args: Vec<OsString> = args.into_iter().collect();
    if let Some(error) = a_secret_among(&args) {
        Console::new(&Global::default()).error(&error);
        return ExitCode::from(error.kind().exit_code());
    }
    let mut command = without_idle_variables(Cli::command());
    let parsed = command
        .try_get_matches_from_mut(args)
        .and_then(|matches| Ok((Cli::from_arg_matches(&matches)?, Typed::of(&command, &matches))));
    let (cli, typed) = match parsed {
        Ok(parsed) => parsed,
        Err(error) => {
            // Where neither output can be written to there is nothing left to tell.
            let text = error.to_string();
            let shown = report::without_passwords(&text);
            let _ = if shown == text { error.print() } else { writeln!(std::io::stderr(), "{shown}") };
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2));
        }
    };
    let console = Arc::new(Console::new(&cli.global));
    stop::on_signals(cli.command.when_stopped());
    let limit = cli.command.registry().and_then(|registry| registry.timeout);
    let deadline = limit.map(|limit| Deadline::start(limit, &console, cli.command.format()));
    let outcome = run_command(&cli, &typed, &console);
    // What was asked for a push that did not come about.
    process::end_all();
    if let Some(deadline) = deadline {
        deadline.done();
    }
    match outcome {
        Ok(Outcome::Done) => ExitCode::SUCCESS,
        Ok(Outcome::Failed(code)) => ExitCode::from(code),
        Err(error) => {
            console.failure(&error, cli.command.format());
            ExitCode::from(error.kind().exit_code())
        }
    }
}

/// A secret that somebody wrote where everybody on the machine can read it. It must not be shown once more.
fn a_secret_among(args: &[OsString]) -> Option<Error> {
    let options = ["--password-stdin", "--token-stdin", "--token"];
    let given = |option: &&str| args.iter().any(|arg| arg.to_string_lossy().starts_with(&format!("{option}=")));
    let option = options.into_iter().find(given)?;
    let error = Error::new(Kind::Usage, format!("`{option}` takes no value"));
    Some(
        error
            .hint("a secret on a command line is seen by others: pipe it in, or set CONSIGN_PASSWORD or CONSIGN_TOKEN"),
    )
}

/// CI systems set variables that have no value to nothing; then they count as not set. So does a switch that a variable turns off:
/// clap would count it as given, and refuse what it conflicts with.
fn without_idle_variables(mut command: clap::Command) -> clap::Command {
    // Options of a subcommand are made when it is asked for, and to make all of them takes as long as the rest of the start.
    if std::env::vars_os().any(|(name, value)| name.as_encoded_bytes().starts_with(OUR_VARIABLES) && is_idle(&value)) {
        command.build();
        command = reset_idle_variables(command);
    }
    command
}

/// What the names of all variables begin with that stand for options.
const OUR_VARIABLES: &[u8] = b"CONSIGN_";

fn reset_idle_variables(command: clap::Command) -> clap::Command {
    let reset = |argument: clap::Arg| {
        let value = argument.get_env().and_then(std::env::var_os).unwrap_or_else(|| "is not set".into());
        let is_switch = matches!(argument.get_action(), ArgAction::SetTrue);
        let counts_as_not_set = value.is_empty() || (is_switch && is_idle(&value));
        if counts_as_not_set { argument.env(Resettable::Reset) } else { argument }
    };
    command.mut_args(reset).mut_subcommands(reset_idle_variables)
}

/// Whether this is nothing, or what `BoolishValueParser` takes for no.
fn is_idle(value: &OsStr) -> bool {
    let value = value.to_ascii_lowercase();
    ["", "n", "no", "f", "false", "off", "0"].iter().any(|idle| value == *idle)
}

fn run_command(cli: &Cli, typed: &Typed, console: &Arc<Console>) -> Result<Outcome, Error> {
    match &cli.command {
        Command::Validate(args) => validate::run(args, &cli.global, console),
        Command::Rules(args) => rules::run(args, console),
        Command::Push(args) => push::run(args, &cli.global, console),
        Command::Build(args) => build::run(args, &cli.global, console),
        Command::Digest(args) => digest::run(args, typed, &cli.global, console),
        Command::Deploy(args) => deploy::run(args, console),
        Command::Tag(args) => tag::run(args, console),
        Command::Ls(args) => ls::run(args, console),
        Command::Status(args) => status::run(args, &cli.global, console),
        Command::Auth(args) => auth::run(args, console),
        Command::Doctor(args) => doctor::run(args, console),
        Command::Setup(args) => setup::run(args, console),
    }
}
