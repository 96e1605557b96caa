//! Asks a cluster through `kubectl`: with the contexts, the logins and the proxies that its user has.
//!
//! Nothing here changes a cluster.

use std::ffi::OsString;
use std::time::Duration;

use serde_json::Value;

use crate::error::{Error, Kind};
use crate::process::{Failure, Output, Program};

/// The most bytes of one answer. The largest lists take some ten MB.
const MOST: u64 = 64 << 20;

/// How long a cluster may take over one question.
const DEADLINE: Duration = Duration::from_mins(1);

/// How much earlier kubectl itself is to give up, which then can say what it waited for.
const EARLIER: Duration = Duration::from_secs(10);

/// A cluster, as `kubectl` knows it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cluster {
    /// The context of `kubectl`'s configuration; the current one where none is named.
    pub context: Option<String>,
}

/// What is asked for, in the words of a message.
#[derive(Clone, Copy, Debug)]
pub struct Question<'a> {
    /// Behind "cannot ask the cluster for": `its definitions`.
    pub subject: &'a str,
    /// What to do where the right is missing: a sentence.
    pub if_denied: &'a str,
    /// What to do where there is no `kubectl`: a sentence.
    pub if_missing: &'a str,
    /// A command that must work first.
    pub attempt: &'a str,
}

/// What `kubectl` said, also where that is not all.
#[derive(Debug)]
pub struct Answer {
    /// Its standard output.
    pub stdout: Vec<u8>,
    /// Its standard error.
    pub stderr: String,
    /// What it failed with.
    pub refusal: Option<Error>,
}

impl Cluster {
    /// What a message calls it.
    pub fn called(&self) -> String {
        let named = |context: &String| format!("the cluster of the context `{context}`");
        self.context.as_ref().map_or_else(|| "the cluster".to_owned(), named)
    }

    /// Runs `kubectl` with these arguments for this cluster, and gives its standard output.
    ///
    /// Fails as [`Kind::Local`] where there is no `kubectl`, [`Kind::Denied`] where the cluster refuses, [`Kind::NotFound`] where there
    /// is no such context, and as [`Kind::Network`] for all else that `kubectl` says.
    pub fn ask(&self, question: &Question<'_>, args: &[&str]) -> Result<Vec<u8>, Error> {
        let answer = self.answer(question, args, DEADLINE)?;
        answer.refusal.map_or(Ok(answer.stdout), Err)
    }

    /// As [`ask`](Self::ask), with what there is of an answer where only a part was refused; it takes no longer than `within`.
    pub fn answer(&self, question: &Question<'_>, args: &[&str], within: Duration) -> Result<Answer, Error> {
        let output = self.run_within(args, within.min(DEADLINE)).map_err(|failure| self.not_run(failure, question))?;
        let refusal = (!output.status.success()).then(|| self.refused(&output, question));
        let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
        Ok(Answer { stdout: output.stdout, stderr, refusal })
    }

    /// Reads an answer in JSON.
    pub fn read(&self, question: &Question<'_>, answer: &[u8]) -> Result<Value, Error> {
        serde_json::from_slice(answer).map_err(|cause| {
            let subject = question.subject;
            Error::new(Kind::Network, format!("what `kubectl` says of {} for {subject} is not JSON", self.called()))
                .because(cause)
        })
    }

    /// Runs `kubectl` to its end, whatever it says, within this time.
    pub fn run_within(&self, args: &[&str], limit: Duration) -> Result<Output, Failure> {
        let earlier = limit.saturating_sub(EARLIER.min(limit / 4)).as_secs().max(1);
        let timeout = format!("--request-timeout={earlier}s");
        let context = self.context.iter().flat_map(|context| ["--context", context.as_str()]);
        let args = args.iter().copied().chain([timeout.as_str()]).chain(context).map(OsString::from);
        Program::new("kubectl").args(args).deadline(limit).output_limit(MOST).run()
    }

    fn not_run(&self, failure: Failure, question: &Question<'_>) -> Error {
        let message = format!("cannot ask {} for {} with `kubectl`", self.called(), question.subject);
        let error = |kind| Error::new(kind, message);
        match failure {
            Failure::NotStarted(_) => error(Kind::Local).because(failure).hint(question.if_missing),
            Failure::TimedOut(_) => error(Kind::Network)
                .because(failure)
                .hint(format!("is the cluster there? `{}` tells", question.attempt)),
            failure => error(Kind::Local).because(failure),
        }
    }

    fn refused(&self, output: &Output, question: &Question<'_>) -> Error {
        let said = String::from_utf8_lossy(&output.stderr);
        let asks = output.stdout.starts_with(b"Please enter ");
        let (kind, hint) = if asks { (Kind::Denied, question.if_denied.to_owned()) } else { meaning(&said, question) };
        let line = if asks { "it asks who you are" } else { line_of(&said).unwrap_or("it says nothing") };
        Error::new(kind, format!("{} does not tell {}: {line}", self.called(), question.subject)).hint(hint)
    }
}

/// The line that says what is wrong: advice may follow it, and before it stands what `kubectl` logs.
fn line_of(said: &str) -> Option<&str> {
    let lines = || said.lines().map(str::trim).filter(|line| !line.is_empty());
    let is_error = |line: &&str| ["error:", "Error ", "Unable to connect"].iter().any(|mark| line.starts_with(mark));
    lines().rfind(is_error).or_else(|| lines().next_back())
}

/// What sort of failure it is, by its words, and what to do.
fn meaning(said: &str, question: &Question<'_>) -> (Kind, String) {
    let has = |words: &[&str]| words.iter().any(|word| said.contains(word));
    if has(&["(Forbidden)", "Unauthorized", "must be logged in"]) {
        (Kind::Denied, question.if_denied.to_owned())
    } else if said.contains("getting credentials: exec: executable ") {
        let is_missing = said.contains(" not found");
        let hint = "`kubectl` cannot log in by itself: the program that its configuration names for that must be there and be logged in";
        (
            if is_missing { Kind::Local } else { Kind::Denied },
            format!("{hint} (`gcloud auth login` for `gke-gcloud-auth-plugin`)"),
        )
    } else if has(&["does not exist", "no context exists", "context was not found", "invalid configuration"]) {
        (Kind::NotFound, "`kubectl config get-contexts` lists what there is".to_owned())
    } else if said.contains("The connection to the server localhost:8080 was refused") {
        // What it asks where nobody told it of a cluster.
        (Kind::NotFound, "`kubectl` has no context: is KUBECONFIG set as it should be?".to_owned())
    } else if said.contains("error loading config file") {
        (Kind::Local, "mend the file: `kubectl config view` must work first".to_owned())
    } else {
        (Kind::Network, format!("try `{}`: it must work first", question.attempt))
    }
}
