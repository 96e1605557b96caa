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

use clap::Parser as _;

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
    let cli = match Cli::try_parse_from(args) {
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

fn run_command(cli: &Cli, console: &Console) -> Result<Outcome, Error> {
    match &cli.command {
        Command::Push(args) => push::run(args, &cli.global, console),
        Command::Build(args) => build::run(args, &cli.global, console),
        Command::Digest(args) => digest::run(args, &cli.global, console),
    }
}
