//! Asks Google Cloud through `gcloud`, with the account and the settings that its user has, and tells its failures apart.
//!
//! What is asked for, and whether it changes anything, is up to the caller.

use std::ffi::OsString;
use std::fmt;
use std::io;
use std::time::Duration;

use serde_json::Value;

use crate::error::{Error, Kind};
use crate::process::{self, Output, Program};

/// How long a question may take. Without a network gcloud tries again for longer than that.
const DEADLINE: Duration = Duration::from_mins(1);
/// The most bytes of an answer.
const MOST: u64 = 16 << 20;
/// As much of its words as a message quotes.
const LONGEST_QUOTE: usize = 500;

/// How an error begins that names the command.
const OF_COMMAND: &str = "ERROR: (gcloud";

/// The program, and how long it may take.
#[derive(Clone, Debug)]
pub struct Gcloud {
    program: OsString,
    deadline: Duration,
}

/// Why `gcloud` did not do it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reason {
    /// There is no such program.
    NotInstalled,
    /// It did not end in time.
    TimedOut,
    /// Nobody is logged in, or the login has run out.
    NoAccount,
    /// No project is named, neither by an option nor in its settings.
    NoProject,
    /// The project has not enabled the API that the command needs.
    ApiDisabled,
    /// The account may not. Google says the same of what is not there.
    Denied,
    /// What it is about is not there.
    NotFound,
    /// What is to be made is there already.
    Exists,
    /// A value that Google refuses, such as a member that does not exist.
    Invalid,
    /// Something else must come first: billing, a policy of the organization.
    Precondition,
    /// This `gcloud` does not know the command or an option.
    BadArgument,
    /// Google cannot be reached, or has trouble.
    Unreachable,
    /// Anything else: a crash, an answer that makes no sense.
    Other,
}

/// A command that `gcloud` did not do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// Why.
    pub reason: Reason,
    /// Its own words, on one line.
    pub words: String,
    /// The API that is not enabled, where it says which: `artifactregistry.googleapis.com`.
    pub service: Option<String>,
}

impl Default for Gcloud {
    fn default() -> Self {
        Self::new("gcloud")
    }
}

impl Gcloud {
    /// A `gcloud` by its name or path, with a minute for each question.
    pub fn new(program: impl Into<OsString>) -> Self {
        Self { program: program.into(), deadline: DEADLINE }
    }

    /// How long it may take.
    #[must_use]
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.deadline = deadline;
        self
    }

    /// Runs it with these arguments, and gives its standard output. It is never asked to ask back.
    pub fn run<A: AsRef<str>>(&self, args: impl IntoIterator<Item = A>) -> Result<Vec<u8>, Failure> {
        let args = args.into_iter().map(|arg| OsString::from(arg.as_ref()));
        let program = Program::new(&self.program)
            .args(args)
            .env("CLOUDSDK_CORE_DISABLE_PROMPTS", "1")
            .deadline(self.deadline)
            .output_limit(MOST);
        match program.run() {
            Ok(output) if output.status.success() => Ok(output.stdout),
            Ok(output) => Err(Failure::of(&output)),
            Err(failure) => Err(Failure::not_run(&failure)),
        }
    }

    /// As [`run`](Self::run), for an answer in JSON; add `--format=json` to the arguments.
    pub fn json<A: AsRef<str>>(&self, args: impl IntoIterator<Item = A>) -> Result<Value, Failure> {
        let args: Vec<String> = args.into_iter().map(|arg| arg.as_ref().to_owned()).collect();
        let answer = self.run(&args)?;
        serde_json::from_slice(&answer).map_err(|cause| {
            let command = args.join(" ");
            Failure::new(Reason::Other, format!("what `gcloud {command}` printed is not JSON: {cause}"))
        })
    }
}

impl Failure {
    fn new(reason: Reason, words: impl Into<String>) -> Self {
        Self { reason, words: words.into(), service: None }
    }

    fn not_run(failure: &process::Failure) -> Self {
        let reason = match failure {
            process::Failure::NotStarted(error) if error.kind() == io::ErrorKind::NotFound => Reason::NotInstalled,
            process::Failure::TimedOut(_) => Reason::TimedOut,
            _ => Reason::Other,
        };
        Self::new(reason, failure.to_string())
    }

    fn of(output: &Output) -> Self {
        let said = String::from_utf8_lossy(&output.stderr);
        let reason = if output.status.code() == Some(2) { Reason::BadArgument } else { reason(&said) };
        let words = match words(&said) {
            words if words.is_empty() => format!("it says nothing ({})", output.status),
            words => words,
        };
        Self { reason, words, service: service(&said).filter(|_| reason == Reason::ApiDisabled) }
    }

    /// What sort of failure it is.
    pub const fn kind(&self) -> Kind {
        match self.reason {
            Reason::TimedOut | Reason::Unreachable => Kind::Network,
            Reason::NoAccount | Reason::ApiDisabled | Reason::Denied | Reason::Precondition => Kind::Denied,
            Reason::NoProject | Reason::Invalid => Kind::Usage,
            Reason::NotFound => Kind::NotFound,
            Reason::Exists => Kind::Refused,
            Reason::NotInstalled | Reason::BadArgument | Reason::Other => Kind::Local,
        }
    }

    /// What to do about it: a sentence, or a command to type.
    pub fn hint(&self) -> Option<String> {
        let hint = match self.reason {
            Reason::NotInstalled => "install it: https://cloud.google.com/sdk/docs/install",
            Reason::TimedOut | Reason::Unreachable => {
                "is the network there? `gcloud info --run-diagnostics` looks for the cause"
            }
            Reason::NoAccount => {
                "log in: `gcloud auth login`; in CI: `gcloud auth login --cred-file=FILE`; several accounts: `gcloud auth list`"
            }
            Reason::NoProject => "choose one: `gcloud config set project PROJECT`",
            Reason::ApiDisabled => {
                let service = self.service.as_deref().unwrap_or("SERVICE");
                return Some(format!(
                    "enable it, then wait a few minutes: `gcloud services enable {service} --project=PROJECT`"
                ));
            }
            Reason::Denied => {
                "the account lacks the permission, or what it is about is not there; `gcloud auth list` tells which account it is"
            }
            Reason::Precondition if self.words.to_ascii_lowercase().contains("billing") => {
                "the project needs a billing account: `gcloud billing projects describe PROJECT` tells whether it has one"
            }
            Reason::BadArgument => "this `gcloud` may be too old: `gcloud components update`, or its package",
            Reason::NotFound | Reason::Exists | Reason::Invalid | Reason::Precondition | Reason::Other => return None,
        };
        Some(hint.to_owned())
    }

    /// The error of a command that tried `what`: `cannot create the repository`.
    pub fn error(&self, what: impl fmt::Display) -> Error {
        let error = Error::new(self.kind(), format!("{what}: `gcloud`: {}", self.words));
        match self.hint() {
            Some(hint) => error.hint(hint),
            None => error,
        }
    }
}

/// What it means, by its words: it has no other way to tell.
fn reason(said: &str) -> Reason {
    let has = |words: &[&str]| words.iter().any(|word| said.contains(word));
    // The first that fits counts: of an API that is not enabled it also says that permission is denied.
    let table: [(Reason, &[&str]); 10] = [
        (
            Reason::NoAccount,
            &[
                "not currently have an active account",
                "UNAUTHENTICATED",
                "refreshing your current auth tokens",
                "Reauthentication",
                "invalid_grant",
            ],
        ),
        (
            Reason::NoProject,
            &["required property [project] is not", "find attribute [project]", "does not have a valid project"],
        ),
        (
            Reason::ApiDisabled,
            &["SERVICE_DISABLED", "has not been used in project", "or it is disabled", "is not enabled on project"],
        ),
        (Reason::Exists, &["ALREADY_EXISTS"]),
        (Reason::Denied, &["PERMISSION_DENIED", "does not have permission"]),
        (Reason::NotFound, &["NOT_FOUND"]),
        (Reason::Invalid, &["INVALID_ARGUMENT"]),
        (Reason::Precondition, &["FAILED_PRECONDITION"]),
        (
            Reason::Unreachable,
            &[
                "UNAVAILABLE",
                "DEADLINE_EXCEEDED",
                "RESOURCE_EXHAUSTED",
                "INTERNAL:",
                "ABORTED:",
                "ConnectionError",
                "Max retries exceeded",
                "network connection",
            ],
        ),
        (Reason::BadArgument, &["Invalid choice", "unrecognized arguments"]),
    ];
    table.into_iter().find(|(_, words)| has(words)).map_or(Reason::Other, |(reason, _)| reason)
}

/// The line of its error, without the mark before it; where there is none, its last line.
fn words(said: &str) -> String {
    let lines = || said.lines().map(str::trim).filter(|line| !line.is_empty());
    // Before the one that names the command there may be another, with advice: `ERROR: Policy modification failed. …`
    let mark = if lines().any(|line| line.starts_with(OF_COMMAND)) { OF_COMMAND } else { "ERROR:" };
    let mut from_error = lines().skip_while(|line| !line.starts_with(mark));
    let mut text = match from_error.next() {
        Some(line) => without_mark(line).to_owned(),
        None => lines().next_back().unwrap_or_default().to_owned(),
    };
    // What it is about stands on the next line: `unrecognized arguments:`, `Error parsing [repository].`
    let goes_on = text.ends_with(':') || text.starts_with("Error parsing");
    for line in from_error.take(if goes_on { 2 } else { 0 }) {
        text = format!("{text} {line}");
    }
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let text = text.trim_end_matches('.');
    let mut quote: String = text.chars().take(LONGEST_QUOTE).collect();
    if quote.len() < text.len() {
        quote.push('…');
    }
    quote
}

/// `ERROR: (gcloud.services.enable) TEXT` without what stands before TEXT.
fn without_mark(line: &str) -> &str {
    let text = line.trim_start_matches("ERROR:").trim_start();
    match text.strip_prefix('(').and_then(|text| text.split_once(')')) {
        Some((command, rest)) if command.starts_with("gcloud") => rest.trim_start(),
        _ => text,
    }
}

/// The API that the details below the error name.
fn service(said: &str) -> Option<String> {
    let value = said.lines().find_map(|line| line.trim().strip_prefix("service:"))?;
    let value = value.trim().trim_matches(['\'', '"']);
    let fits = |c: char| c.is_ascii_alphanumeric() || "-.".contains(c);
    (!value.is_empty() && value.chars().all(fits)).then(|| value.to_owned())
}

#[cfg(test)]
mod tests;
