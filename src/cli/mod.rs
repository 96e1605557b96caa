//! The command line: arguments in, an exit code out. The only room that prints.
//!
//! Arguments are read in two stages: `args` is what was typed, `meaning` is what it means. Each command is a file of its own.

// This room is the one that prints.
#![allow(clippy::print_stdout, clippy::print_stderr)]

mod args;
mod build;
mod console;
mod digest;
mod meaning;
mod push;
mod receipt;
mod stop;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::builder::Resettable;
use clap::{CommandFactory as _, FromArgMatches as _};

use args::{Cli, Command};
use console::Console;

use crate::error::Error;

/// How a command ended that did what it could: all well, or with errors in the bundle that have been shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    Done,
    /// Findings that are errors, or a delivery that failed; shown, with this exit code.
    Failed(u8),
}

/// Runs the command that `args` asks for, the program's name first, and gives the exit code of the process.
pub fn run(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    let parsed = without_empty_variables(Cli::command())
        .try_get_matches_from(args)
        .and_then(|matches| Cli::from_arg_matches(&matches));
    let cli = match parsed {
        Ok(cli) => cli,
        Err(error) => {
            // Where neither output can be written to there is nothing left to tell.
            let _ = error.print();
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2));
        }
    };
    let console = Console::new(&cli.global);
    stop::on_signals();
    match run_command(&cli, &console) {
        Ok(Outcome::Done) => ExitCode::SUCCESS,
        Ok(Outcome::Failed(code)) => ExitCode::from(code),
        Err(error) => {
            console.error(&error);
            ExitCode::from(error.kind().exit_code())
        }
    }
}

/// CI systems set variables that have no value to nothing; then they count as not set.
fn without_empty_variables(command: clap::Command) -> clap::Command {
    let empty = |name: &std::ffi::OsStr| std::env::var_os(name).is_some_and(|value| value.is_empty());
    let mut command = command.mut_args(|argument| match argument.get_env() {
        Some(name) if empty(name) => argument.env(Resettable::Reset),
        _ => argument,
    });
    let names: Vec<String> = command.get_subcommands().map(|subcommand| subcommand.get_name().to_owned()).collect();
    for name in names {
        command = command.mut_subcommand(name, without_empty_variables);
    }
    command
}

fn run_command(cli: &Cli, console: &Console) -> Result<Outcome, Error> {
    match &cli.command {
        Command::Push(args) => push::run(args, &cli.global, console),
        Command::Build(args) => build::run(args, &cli.global, console),
        Command::Digest(args) => digest::run(args, &cli.global, console),
    }
}
