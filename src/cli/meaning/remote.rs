//! What the options about registries mean: how they are reached, and as whom.
//!
//! A password or token on standard input is read here, after everything else that was typed has been found to make sense.

use std::collections::{BTreeSet, HashMap};
use std::ffi::{OsStr, OsString};
use std::io::{self, BufRead as _, IsTerminal as _, Read};
use std::num::NonZeroUsize;
use std::path::PathBuf;

use super::super::args;
use super::usage;
use crate::credentials::{self, Explicit, ExplicitLogin, Only};
use crate::error::{Error, Kind};
use crate::http::{self, ClientCertificate, Secret};
use crate::store::registry::Remote;

/// Larger than any password and any service account's key.
const LONGEST_SECRET: u64 = 64 * 1024;

/// How registries are reached, and as whom. `hosts` are those that the command speaks to; `stdin_taken` says that standard input is
/// the source already.
pub(in crate::cli) fn remote(typed: &args::Registry, hosts: &[&str], stdin_taken: bool) -> Result<Remote, Error> {
    let mut credentials = credentials::Options::default();
    let given = given(&typed.login, &credentials.environment, hosts, stdin_taken)?;
    let client_certificate = client_certificate(typed)?;
    let realms = if typed.no_cache { None } else { realms(&credentials.environment) };
    credentials.explicit = given.map(|given| given.read()).transpose()?;
    credentials.config.clone_from(&typed.login.config);
    credentials.only = typed.login.auth.map(|args::AuthSource::Adc| Only::Adc);
    let default = Remote::default();
    Ok(Remote {
        http: http::Options {
            ca_files: typed.ca_files.clone(),
            client_certificate,
            skip_tls_verify: typed.insecure_skip_tls_verify,
            stall_timeout: typed.stall_timeout,
            retry_for: typed.retry_for,
            ..default.http
        },
        credentials,
        plain_http: typed.plain_http,
        jobs: NonZeroUsize::new(typed.jobs.into()).unwrap_or(default.jobs),
        realms,
    })
}

fn client_certificate(typed: &args::Registry) -> Result<Option<ClientCertificate>, Error> {
    match (&typed.cert_file, &typed.key_file) {
        (None, None) => Ok(None),
        (Some(certificate), Some(key)) => {
            Ok(Some(ClientCertificate { certificate: certificate.clone(), key: key.clone() }))
        }
        (Some(_), None) => {
            Err(usage("`--cert-file` needs `--key-file`").hint("give the private key of the certificate too"))
        }
        (None, Some(_)) => {
            Err(usage("`--key-file` needs `--cert-file`").hint("give the certificate of the private key too"))
        }
    }
}

/// Where it is remembered which realm a registry named: in the user's cache, as the
/// [XDG base directories](https://specifications.freedesktop.org/basedir-spec/latest/) have it.
fn realms(environment: &HashMap<OsString, OsString>) -> Option<PathBuf> {
    // What is not absolute is to be ignored, and so is what is empty.
    let folder = |name: &str| environment.get(OsStr::new(name)).map(PathBuf::from).filter(|path| path.is_absolute());
    let cache = folder("XDG_CACHE_HOME").or_else(|| folder("HOME").map(|home| home.join(".cache")))?;
    Some(cache.join("consign/realms.json"))
}

/// A login whose secret is still to be read from standard input.
#[derive(Debug, PartialEq, Eq)]
enum Given<'a> {
    Password(&'a str),
    Token,
}

/// What the user gives for this command, with all that would make no sense refused.
fn given<'a>(
    login: &'a args::Login,
    environment: &HashMap<OsString, OsString>,
    hosts: &[&str],
    stdin_taken: bool,
) -> Result<Option<Given<'a>>, Error> {
    let given = match (&login.username, login.password_stdin, login.token_stdin) {
        (_, true, true) => {
            return Err(usage("`--password-stdin` and `--token-stdin` both read standard input")
                .hint("give a password with its user, or a token"));
        }
        (Some(_), false, true) => {
            return Err(usage("`--username` has no meaning with `--token-stdin`: a token says whose it is")
                .hint("leave out `--username`; or, if the token is to be used as a password, say `--password-stdin`"));
        }
        (Some(_), false, false) => {
            return Err(usage("`--username` needs `--password-stdin`")
                .hint("pipe the password in, as in `consign … --username USER --password-stdin < FILE`"));
        }
        (None, true, false) => {
            return Err(usage("`--password-stdin` needs `--username`")
                .hint("say whose password it is; for a token there is `--token-stdin`"));
        }
        (Some(user), true, false) if user.is_empty() => return Err(usage("the user of `--username` is empty")),
        (Some(user), true, false) => Some(Given::Password(user)),
        (None, false, true) => Some(Given::Token),
        (None, false, false) => None,
    };
    if let (Some(given), true) = (&given, hosts.is_empty()) {
        return Err(usage(format!("`{}` is for registries, and no REF is at one", given.option()))
            .hint("leave it out, or write HOST/REPOSITORY:TAG"));
    }
    if let (Some(given), true) = (&given, stdin_taken) {
        return Err(usage(format!("`{}` and the SOURCE `-` both read standard input", given.option()))
            .hint("write the YAML to a file first, or give the secret as CONSIGN_PASSWORD or CONSIGN_TOKEN"));
    }
    if let Some(explicit) = given.as_ref().map(Given::option).or_else(|| variable(environment)) {
        alone(explicit, login, hosts)?;
    }
    Ok(given)
}

/// The variable that gives a login, where one is set.
fn variable(environment: &HashMap<OsString, OsString>) -> Option<&'static str> {
    let names = ["CONSIGN_USERNAME", "CONSIGN_PASSWORD", "CONSIGN_TOKEN"];
    names.into_iter().find(|name| environment.get(OsStr::new(name)).is_some_and(|value| !value.is_empty()))
}

/// A login that the user gives is for one registry, and nothing else is asked.
fn alone(explicit: &str, login: &args::Login, hosts: &[&str]) -> Result<(), Error> {
    if hosts.is_empty() {
        return Ok(());
    }
    if login.auth.is_some() {
        return Err(usage(format!(
            "`{explicit}` contradicts `adc` as the only source: one of them can say who you are"
        ))
        .hint("leave out one of them; `adc` may come from the variable CONSIGN_AUTH"));
    }
    let hosts: BTreeSet<&str> = hosts.iter().copied().collect();
    if hosts.len() > 1 {
        let hosts: Vec<&str> = hosts.into_iter().collect();
        return Err(usage(format!("`{explicit}` is for one registry, and would go to several: {}", hosts.join(", ")))
            .hint("run one command for each, or log in to each with `docker login HOST`"));
    }
    Ok(())
}

impl Given<'_> {
    const fn option(&self) -> &'static str {
        match self {
            Self::Password(_) => "--password-stdin",
            Self::Token => "--token-stdin",
        }
    }

    fn read(&self) -> Result<Explicit, Error> {
        let stdin = io::stdin();
        let terminal = stdin.is_terminal();
        self.read_from(stdin.lock(), terminal)
    }

    /// Reads the secret: one line from a terminal, otherwise all there is. A service account's key has many lines.
    fn read_from(&self, input: impl Read, terminal: bool) -> Result<Explicit, Error> {
        let option = self.option();
        let mut bytes = Vec::new();
        let mut input = io::BufReader::new(input).take(LONGEST_SECRET + 1);
        let read = if terminal { input.read_until(b'\n', &mut bytes) } else { input.read_to_end(&mut bytes) };
        read.map_err(|cause| {
            Error::new(Kind::Local, format!("cannot read standard input (`{option}`)")).because(cause)
        })?;
        if bytes.len() as u64 > LONGEST_SECRET {
            return Err(usage(format!("what `{option}` reads is longer than 64 KiB"))
                .hint("pipe in the password or token alone"));
        }
        let text = String::from_utf8(bytes).map_err(|_| usage(format!("what `{option}` reads is not UTF-8 text")))?;
        let text = text.strip_suffix('\n').map_or(text.as_str(), |text| text.strip_suffix('\r').unwrap_or(text));
        if text.is_empty() {
            return Err(usage(format!("standard input is empty, and `{option}` reads it"))
                .hint("in CI this is often a secret that is not set, or that this job may not see"));
        }
        let secret = Secret::new(text);
        let (login, origin) = match self {
            Self::Password(user) => {
                (ExplicitLogin::Password((*user).to_owned(), secret), "--username and --password-stdin")
            }
            // It becomes a header.
            Self::Token if !text.bytes().all(|byte| byte.is_ascii_graphic()) => {
                return Err(usage(
                    "what `--token-stdin` reads is not a token: it has spaces, line ends or odd characters",
                )
                .hint("pipe in the token alone, on one line"));
            }
            Self::Token => (ExplicitLogin::Token(secret), "--token-stdin"),
        };
        Ok(Explicit { login, origin: origin.to_owned() })
    }
}

#[cfg(test)]
mod tests;
