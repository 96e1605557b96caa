//! Credential helpers: programs named `docker-credential-NAME` that are asked for a server's credential on their standard input.
//!
//! The protocol is docker's (<https://github.com/docker/docker-credential-helpers>): exit 0 and JSON with `Username` and `Secret`, or
//! another exit and a sentence on standard output. Of those sentences two mean that there is simply nothing; with any other the helper has
//! failed, and is tried again: gcloud's fails when two of it run at the same time.

use std::collections::HashSet;
use std::ffi::OsString;
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::pin::pin;
use std::time::Duration;

use serde::Deserialize;

use super::environment::Environment;
use super::explain::HELPER;
use super::google;
use super::outcome::{Failure, Outcome, pause, quote};
use crate::error::Kind;
use crate::http::{Clock, Secret};
use crate::notice::{Event, Notice};
use crate::process::{self, Output, Program};

/// How long a helper usually takes, gcloud's included.
const USUAL: Duration = Duration::from_secs(5);
/// How long a helper may take.
const DEADLINE: Duration = Duration::from_secs(30);
/// How many bytes it may write.
const OUTPUT_LIMIT: u64 = 1 << 20;
/// How often it is run in all; where it hangs less often, because nobody waits that long.
const ATTEMPTS: u32 = 3;
const ATTEMPTS_THAT_HANG: u32 = 2;

/// How the outcome of a helper begins that asks for a login.
pub(super) const NOT_LOGGED_IN: &str = "not logged in";
/// The outcome of a helper that knows of no credential for the host.
pub(super) const NOTHING: &str = "it has nothing for this host";
/// The outcome of a helper that is not there.
pub(super) const MISSING: &str = "it is not installed, or not on PATH";

/// A helper, and what it is asked for.
#[derive(Clone, Debug)]
pub(super) struct Helper {
    program: String,
    server: String,
    /// The file that names it.
    file: String,
}

/// What a helper hands out.
#[derive(Clone, Debug)]
pub(super) struct Answer {
    pub(super) user: String,
    pub(super) secret: Secret,
}

/// What one run came to.
enum Run {
    Answer(Answer),
    Nothing(String),
    Failed { why: String, hung: bool },
}

impl Helper {
    /// The helper `name` of `file`; a name that is a path, or no file's name at all, would run something else.
    pub(super) fn new(name: &str, server: String, file: &str) -> Result<Self, Failure> {
        let fits = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
        if name.is_empty() || !name.chars().all(fits) {
            return Err(Failure::new(
                Kind::Usage,
                format!(
                    "the credential helper `{name}` of {file} has a name that no program `docker-credential-NAME` has"
                ),
            )
            .hint("a helper's name has letters, digits, `-`, `_` and `.` only"));
        }
        Ok(Self { program: format!("docker-credential-{name}"), server, file: file.to_owned() })
    }

    /// The program and the server: helpers that agree in both give the same.
    pub(super) fn key(&self) -> (String, String) {
        (self.program.clone(), self.server.clone())
    }

    /// `credential helper docker-credential-gcloud (/home/me/.docker/config.json)`.
    pub(super) fn source(&self) -> String {
        format!("{HELPER}{} ({})", self.program, self.file)
    }

    /// Whether what it hands out is Google's.
    pub(super) fn is_googles(&self) -> bool {
        google::HELPERS.contains(&self.program.as_str())
    }

    /// Runs it, again where it fails.
    pub(super) async fn ask(&self, environment: Environment<'_>, clock: Clock, notice: &dyn Notice) -> Outcome<Answer> {
        let Some(program) = find(&self.program, environment) else { return Outcome::Nothing(MISSING.to_owned()) };
        let path = environment.get("PATH").map(std::ffi::OsStr::to_os_string);
        let mut attempt = 1;
        loop {
            let mut running = pin!(self.run(program.clone(), path.clone(), clock));
            let ended = if let Some(ended) = clock.timeout(USUAL, &mut running).await {
                ended
            } else {
                notice.notice(&Event::Waiting { on: &self.source() });
                running.await
            };
            let (why, hung) = match ended {
                Run::Answer(answer) => return Outcome::Found(answer),
                Run::Nothing(why) => return Outcome::Nothing(why),
                Run::Failed { why, hung } => (why, hung),
            };
            if attempt >= if hung { ATTEMPTS_THAT_HANG } else { ATTEMPTS } {
                return Outcome::Broken(self.failure(&why, attempt));
            }
            pause(clock, notice, &format!("the credential helper {}", self.program), &why, attempt).await;
            attempt += 1;
        }
    }

    async fn run(&self, program: PathBuf, path: Option<OsString>, clock: Clock) -> Run {
        let mut program = Program::new(program)
            .args(["get"])
            .input(self.server.clone())
            .deadline(clock.on_the_wall(DEADLINE))
            .output_limit(OUTPUT_LIMIT);
        if let Some(path) = path.as_deref().and_then(std::ffi::OsStr::to_str) {
            program = program.env("PATH", path);
        }
        let failed = |why: String| Run::Failed { why, hung: false };
        match tokio::task::spawn_blocking(move || program.run()).await {
            Ok(Ok(output)) if output.status.success() => answer(&output.stdout),
            Ok(Ok(output)) => refusal(&output),
            Ok(Err(process::Failure::TimedOut(_))) => {
                Run::Failed { why: format!("it did not end within {} s", DEADLINE.as_secs()), hung: true }
            }
            // It was found: what is missing is the interpreter that its first line names.
            Ok(Err(process::Failure::NotStarted(error))) if error.kind() == io::ErrorKind::NotFound => {
                failed("it cannot be started: what its first line names as its interpreter is not there".to_owned())
            }
            Ok(Err(failure)) => failed(failure.to_string()),
            Err(stopped) => failed(format!("it was not run: {stopped}")),
        }
    }

    fn failure(&self, why: &str, attempts: u32) -> Failure {
        let Self { program, server, file } = self;
        let message = format!("the credential helper {program} ({file}) failed {attempts} times for {server}: {why}");
        let hint = if google::is_google(server) {
            "try again; or use Google's Application Default Credentials, if they are the right account, with `CONSIGN_AUTH=adc`".to_owned()
        } else {
            format!(
                "try again; or give the credential with CONSIGN_USERNAME and CONSIGN_PASSWORD; or correct the helper in {file}"
            )
        };
        Failure::new(Kind::Denied, message).hint(hint)
    }
}

/// The program in the folders of PATH. Relative ones do not count: what they hold depends on where we stand.
fn find(program: &str, environment: Environment<'_>) -> Option<PathBuf> {
    let executable = |path: &PathBuf| {
        path.metadata().is_ok_and(|metadata| metadata.is_file() && metadata.permissions().mode() & 0o111 != 0)
    };
    std::env::split_paths(environment.get("PATH")?)
        .filter(|folder| folder.is_absolute())
        .map(|folder| folder.join(program))
        .find(executable)
}

/// What a run that ended well printed. It is never quoted: there is a secret in it.
fn answer(stdout: &[u8]) -> Run {
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Printed {
        #[serde(default)]
        username: String,
        secret: String,
    }
    match serde_json::from_slice::<Printed>(stdout) {
        Ok(Printed { secret, .. }) if secret.is_empty() => Run::Nothing("it answered with an empty secret".to_owned()),
        Ok(Printed { username, secret }) => Run::Answer(Answer { user: username, secret: Secret::new(secret) }),
        Err(_) if stdout.trim_ascii().is_empty() => {
            Run::Failed { why: "it ended well but printed nothing".to_owned(), hung: false }
        }
        Err(_) => Run::Failed {
            why: format!("what it printed ({} bytes) is not JSON with `Username` and `Secret`", stdout.len()),
            hung: false,
        },
    }
}

/// What a run that ended with a failure means.
fn refusal(output: &Output) -> Run {
    let said = said(output);
    let lower = said.to_lowercase();
    let any = |texts: &[&str]| texts.iter().any(|text| lower.contains(text));
    // docker's helpers; gcloud's for a host that is not Google's.
    if any(&["credentials not found"]) || (any(&["repository url ["]) && any(&["] is not supported"])) {
        return Run::Nothing(NOTHING.to_owned());
    }
    if any(&["not currently have an active account", "not logged in", "not currently logged in"]) {
        return Run::Nothing(format!("{NOT_LOGGED_IN}: {said}"));
    }
    let status = match output.status.code() {
        Some(code) => format!("exit {code}"),
        None => output.status.to_string(),
    };
    Run::Failed { why: if said.is_empty() { status } else { format!("{status}: {said}") }, hung: false }
}

/// Its words on both outputs; not an answer that it printed before it failed.
fn said(output: &Output) -> String {
    let mut seen = HashSet::new();
    let texts = [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes).trim().to_owned());
    let texts = texts.into_iter().filter(|text| !text.is_empty() && !text.contains("\"Secret\""));
    // Some say the same on both.
    quote(&texts.filter(|text| seen.insert(text.clone())).collect::<Vec<_>>().join("\n"))
}
