//! Runs another program: its arguments, its input, a deadline, a limit on its output.
//!
//! The program runs in a process group of its own, and the whole group is ended when the deadline passes, so that no grandchild is
//! left behind holding a pipe open. Secrets never go into arguments; they go to standard input.

use std::ffi::{OsStr, OsString};
use std::fmt;
use std::io::{self, Read, Write};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::Pid;

/// A program to run.
#[derive(Debug)]
pub struct Program {
    name: OsString,
    command: Command,
    input: Vec<u8>,
    deadline: Duration,
    output_limit: u64,
}

/// What it gave.
#[derive(Debug)]
pub struct Output {
    /// How it ended.
    pub status: ExitStatus,
    /// All of its standard output.
    pub stdout: Vec<u8>,
    /// All of its standard error.
    pub stderr: Vec<u8>,
}

/// Why it gave nothing.
#[derive(Debug)]
pub enum Failure {
    /// It could not be started; usually it is not installed.
    NotStarted(io::Error),
    /// It did not end in time, and was ended.
    TimedOut(Duration),
    /// It wrote more than it may on one of its outputs (the limit in bytes), and was ended.
    TooMuchOutput(u64),
    /// Its pipes broke.
    Io(io::Error),
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotStarted(error) if error.kind() == io::ErrorKind::NotFound => {
                f.write_str("it is not installed, or not on PATH")
            }
            Self::NotStarted(error) => write!(f, "it cannot be started: {error}"),
            Self::TimedOut(after) if after.as_secs() == 0 => {
                write!(f, "it did not end within {:.1} s", after.as_secs_f32())
            }
            Self::TimedOut(after) => write!(f, "it did not end within {} s", after.as_secs()),
            Self::TooMuchOutput(limit) => write!(f, "it wrote more than {limit} bytes"),
            Self::Io(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for Failure {}

impl Program {
    /// A program by its name or path, with no input, 30 seconds to run, and 16 MiB of output.
    pub fn new(name: impl Into<OsString>) -> Self {
        let name = name.into();
        let mut command = Command::new(&name);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).process_group(0);
        Self { name, command, input: Vec::new(), deadline: Duration::from_secs(30), output_limit: 16 << 20 }
    }

    /// Adds arguments.
    #[must_use]
    pub fn args<A: Into<OsString>>(mut self, args: impl IntoIterator<Item = A>) -> Self {
        self.command.args(args.into_iter().map(Into::into));
        self
    }

    /// Sets an environment variable for it.
    #[must_use]
    pub fn env(mut self, key: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(key, value);
        self
    }

    /// Keeps an environment variable from it.
    #[must_use]
    pub fn env_remove(mut self, key: &str) -> Self {
        self.command.env_remove(key);
        self
    }

    /// Gives it none of this process's environment but what [`env`](Self::env) sets from here on.
    #[must_use]
    pub fn without_environment(mut self) -> Self {
        self.command.env_clear();
        self
    }

    /// The folder it works in; by default that of this process.
    #[must_use]
    pub fn folder(mut self, folder: &Path) -> Self {
        self.command.current_dir(folder);
        self
    }

    /// What it reads from standard input.
    #[must_use]
    pub fn input(mut self, input: impl Into<Vec<u8>>) -> Self {
        self.input = input.into();
        self
    }

    /// How long it may take.
    #[must_use]
    pub const fn deadline(mut self, deadline: Duration) -> Self {
        self.deadline = deadline;
        self
    }

    /// How many bytes it may write on each of its outputs.
    #[must_use]
    pub const fn output_limit(mut self, bytes: u64) -> Self {
        self.output_limit = bytes;
        self
    }

    /// The name it was called by.
    pub const fn name(&self) -> &OsString {
        &self.name
    }

    /// Runs it to its end. That it ends with a failure of its own is no failure here: see [`Output::status`].
    pub fn run(mut self) -> Result<Output, Failure> {
        let end = Instant::now() + self.deadline;
        let mut child = self.command.spawn().map_err(Failure::NotStarted)?;
        let group = Pid::from_child(&child);
        running().push(group);
        let result = self.exchange(&mut child, end);
        running().retain(|other| *other != group);
        if result.is_err() {
            end_group(&mut child);
        }
        result
    }

    fn exchange(&mut self, child: &mut Child, end: Instant) -> Result<Output, Failure> {
        let (sender, receiver) = mpsc::channel();
        if let Some(mut stdin) = child.stdin.take() {
            let input = std::mem::take(&mut self.input);
            // A program that does not read its input closes the pipe; that is its right.
            thread::spawn(move || drop(stdin.write_all(&input)));
        }
        if let Some(stdout) = child.stdout.take() {
            collect(stdout, self.output_limit, sender.clone(), Stream::Out);
        }
        if let Some(stderr) = child.stderr.take() {
            collect(stderr, self.output_limit, sender, Stream::Err);
        }
        let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
        for _ in 0..2 {
            let rest = end.saturating_duration_since(Instant::now());
            let (stream, bytes) = receiver.recv_timeout(rest).map_err(|_| Failure::TimedOut(self.deadline))?;
            let bytes = bytes.map_err(Failure::Io)?;
            if bytes.len() as u64 > self.output_limit {
                return Err(Failure::TooMuchOutput(self.output_limit));
            }
            match stream {
                Stream::Out => stdout = bytes,
                Stream::Err => stderr = bytes,
            }
        }
        Ok(Output {
            status: wait(child, end).ok_or(Failure::TimedOut(self.deadline))?.map_err(Failure::Io)?,
            stdout,
            stderr,
        })
    }
}

enum Stream {
    Out,
    Err,
}

type Collected = (Stream, io::Result<Vec<u8>>);

/// Reads a pipe to its end, or to one byte over the limit, on a thread of its own.
fn collect(pipe: impl Read + Send + 'static, limit: u64, sender: mpsc::Sender<Collected>, stream: Stream) {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        let result = pipe.take(limit + 1).read_to_end(&mut bytes).map(|_| bytes);
        // Nobody listens any more after the deadline.
        let _ = sender.send((stream, result));
    });
}

/// Waits for a program that has closed its outputs, and so is about to end.
fn wait(child: &mut Child, end: Instant) -> Option<io::Result<ExitStatus>> {
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return Some(Ok(status)),
            Ok(None) if Instant::now() >= end => return None,
            Ok(None) => thread::sleep(Duration::from_millis(1)),
            Err(error) => return Some(Err(error)),
        }
    }
}

/// The groups of the programs that run now.
static RUNNING: Mutex<Vec<Pid>> = Mutex::new(Vec::new());

fn running() -> MutexGuard<'static, Vec<Pid>> {
    RUNNING.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Ends all programs that still run, with their children: for a process that is about to end itself.
pub fn end_all() {
    for group in running().drain(..) {
        let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
    }
}

fn end_group(child: &mut Child) {
    let group = Pid::from_child(child);
    // It may have ended by itself in the meantime; then there is nothing to end.
    let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
    let _ = child.wait();
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sh(script: &str) -> Program {
        Program::new("sh").args(["-c", script])
    }

    #[test]
    fn input_goes_in_and_both_outputs_come_back() {
        let output = sh("cat; echo trouble >&2; exit 3").input("hello").run().unwrap();
        assert_eq!((output.stdout, output.stderr), (b"hello".to_vec(), b"trouble\n".to_vec()));
        assert_eq!(output.status.code(), Some(3));
    }

    #[test]
    fn a_program_that_ignores_its_input_is_no_failure() {
        assert!(sh("exit 0").input(vec![0; 1 << 20]).run().unwrap().status.success());
    }

    #[test]
    fn a_program_that_hangs_is_ended_with_its_children() {
        let start = Instant::now();
        let failure = sh("sleep 30 & sleep 30").deadline(Duration::from_millis(100)).run().unwrap_err();
        assert!(matches!(failure, Failure::TimedOut(_)), "{failure}");
        assert!(start.elapsed() < Duration::from_secs(10));
    }

    #[test]
    fn endless_output_is_cut_off() {
        let failure = sh("yes").output_limit(1000).run().unwrap_err();
        assert!(matches!(failure, Failure::TooMuchOutput(1000)), "{failure}");
    }

    #[test]
    fn a_program_can_be_given_a_folder_and_nothing_of_the_environment() {
        let folder = tempfile::tempdir().unwrap();
        let program =
            sh("pwd -P; echo $HOME; echo $KEPT").without_environment().env("KEPT", "yes").folder(folder.path());
        let expected = format!("{}\n\nyes\n", folder.path().canonicalize().unwrap().display());
        assert_eq!(String::from_utf8(program.run().unwrap().stdout).unwrap(), expected);
    }

    #[test]
    fn a_missing_program_is_named_as_such() {
        let failure = Program::new("consign-no-such-program").run().unwrap_err();
        assert_eq!(failure.to_string(), "it is not installed, or not on PATH");
    }
}
