//! Access tokens by `google-cloud-auth`: who exchanges what for them, how long that may take, and what its errors mean.

use std::error::Error as StdError;
use std::panic::AssertUnwindSafe;
use std::path::Path;
use std::time::Duration;

use futures_util::FutureExt as _;
use google_cloud_auth::build_errors::Error as BuildError;
use google_cloud_auth::credentials::{AccessTokenCredentials, external_account, impersonated, mds, user_account};
use google_cloud_auth::errors::CredentialsError;
use serde_json::Value;

use super::super::Login;
use super::super::outcome::{Failure, Outcome, pause, quote};
use crate::error::Kind;
use crate::http::{Clock, Secret};
use crate::notice::Notice;

const SCOPE: [&str; 1] = ["https://www.googleapis.com/auth/cloud-platform"];
/// How long the metadata server may take: where there is one it is next door, and where there is none nothing may answer at all.
const METADATA_LIMIT: Duration = Duration::from_secs(1);
/// How long an exchange may take, with its repetitions.
const EXCHANGE_LIMIT: Duration = Duration::from_secs(30);
const ATTEMPTS: u32 = 3;

/// Why there is no token.
struct Trouble {
    /// In the library's words, or in a server's.
    why: String,
    /// A server refused, once and for all.
    refused: bool,
    /// Another time it may work.
    passing: bool,
}

/// The token that the credential in a file is exchanged for. gcloud's user file counts as no login once Google refuses it.
pub(super) async fn from_file(
    kind: &str,
    json: &Value,
    source: &str,
    clock: Clock,
    notice: &dyn Notice,
) -> Outcome<Login> {
    if let Some(failure) = unusable(kind, json, source) {
        return Outcome::Broken(failure);
    }
    let repeated = repeat(|| build(kind, json.clone()), source, clock, notice);
    let Trouble { why, refused, passing } = match clock.timeout(EXCHANGE_LIMIT, repeated).await {
        Some(Ok(token)) => return Outcome::Found(Login::AccessToken(token)),
        Some(Err(trouble)) => trouble,
        None => {
            let why = format!("there was no answer within {} s", EXCHANGE_LIMIT.as_secs());
            Trouble { why, refused: false, passing: true }
        }
    };
    let of_user = kind == "authorized_user";
    let login = "`gcloud auth application-default login` makes a new one";
    if refused && of_user {
        return Outcome::Nothing(format!("its login is refused ({why}); {login}"));
    }
    let (error, hint) = match (passing, of_user) {
        (true, _) => (Kind::Network, "try again"),
        (false, true) => (Kind::Denied, login),
        (false, false) => (Kind::Denied, "correct the file, or what it names"),
    };
    Outcome::Broken(Failure::new(error, format!("cannot get a token with {source}: {why}")).hint(hint))
}

/// What can be told of a file that cannot work before anything is asked.
fn unusable(kind: &str, json: &Value, source: &str) -> Option<Failure> {
    if !["authorized_user", "external_account", "impersonated_service_account"].contains(&kind) {
        let kind: String = kind.chars().take(40).collect();
        return Some(Failure::new(Kind::Usage, format!("{source} has the type `{kind}`, which is not supported")));
    }
    let token = json.pointer("/credential_source/file")?.as_str()?;
    let message = || format!("{source} names the token file `{token}`, which is not there");
    (!Path::new(token).exists())
        .then(|| Failure::new(Kind::Denied, message()).hint("make the token first, or correct the file"))
}

/// The token of the service account that this machine has.
pub(super) async fn from_metadata(host: Option<&str>, clock: Clock) -> Outcome<Login> {
    let build = || {
        let builder = mds::Builder::default().with_scopes(SCOPE);
        let builder = match host {
            Some(host) => builder.with_endpoint(format!("http://{host}")),
            None => builder,
        };
        builder.build_access_token_credentials()
    };
    match clock.timeout(METADATA_LIMIT, once(build)).await {
        Some(Ok(token)) => Outcome::Found(Login::AccessToken(token)),
        Some(Err(trouble)) if trouble.why.contains("(Connect)") => {
            Outcome::Nothing("there is no metadata server here".to_owned())
        }
        Some(Err(trouble)) => Outcome::Nothing(format!("the metadata server gave no token: {}", trouble.why)),
        None => Outcome::Nothing(format!("no metadata server answered within {} s", METADATA_LIMIT.as_secs())),
    }
}

fn build(kind: &str, json: Value) -> Result<AccessTokenCredentials, BuildError> {
    match kind {
        // With the scopes that its login asked for: Google refuses others.
        "authorized_user" => user_account::Builder::new(json).build_access_token_credentials(),
        "external_account" => external_account::Builder::new(json).with_scopes(SCOPE).build_access_token_credentials(),
        _ => impersonated::Builder::new(json).with_scopes(SCOPE).build_access_token_credentials(),
    }
}

/// A token, after some attempts if need be.
async fn repeat(
    build: impl Fn() -> Result<AccessTokenCredentials, BuildError>,
    source: &str,
    clock: Clock,
    notice: &dyn Notice,
) -> Result<Secret, Trouble> {
    let mut attempt = 1;
    loop {
        match once(&build).await {
            Err(trouble) if trouble.passing && attempt < ATTEMPTS => {
                pause(clock, notice, source, &trouble.why, attempt).await;
                attempt += 1;
            }
            result => return result,
        }
    }
}

/// A token at the first attempt. The credentials do not outlive it: they would go on renewing the token in the background.
async fn once(build: impl Fn() -> Result<AccessTokenCredentials, BuildError>) -> Result<Secret, Trouble> {
    let lasting = |why: String| Trouble { why, refused: false, passing: false };
    // The library takes the process's TLS implementation, and panics where there is none or where it finds no certificates to trust.
    // That another one is installed already is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder()
        .build()
        .map_err(|error| lasting(format!("TLS cannot be prepared: {}", chain(&error))))?;
    let token = async {
        let credentials = build().map_err(|error| lasting(not_built(&error)))?;
        let token = credentials.access_token().await.map_err(|error| trouble(&error))?;
        Ok(Secret::new(token.token))
    };
    match AssertUnwindSafe(token).catch_unwind().await {
        Ok(Ok(token)) if token.is_empty() => Err(lasting("the token is empty".to_owned())),
        Ok(result) => result,
        Err(_) => Err(lasting("the library google-cloud-auth failed in an unexpected way".to_owned())),
    }
}

/// What is wrong with the file. Of serde's words only those that quote no value.
fn not_built(error: &BuildError) -> String {
    match error.source().map(ToString::to_string) {
        Some(why) if why.starts_with("missing field") => format!("the file has a {why}"),
        None if error.is_missing_field() => error.to_string(),
        _ => "the file does not have the form that its `type` asks for".to_owned(),
    }
}

/// What is wrong with the exchange, without the boilerplate, and without what may quote a token.
fn trouble(error: &CredentialsError) -> Trouble {
    let http = causes(error).find_map(|cause| cause.downcast_ref::<reqwest::Error>());
    let refused = http
        .and_then(reqwest::Error::status)
        .is_some_and(|status| status.is_client_error() && ![408, 429].contains(&status.as_u16()));
    // An answer that breaks off counts as lasting there.
    let passing = !refused && (error.is_transient() || http.is_some());
    Trouble { why: quote(&chain(error)), refused, passing }
}

fn causes<'a>(error: &'a (dyn StdError + 'static)) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    std::iter::successors(Some(error), |error: &&'a (dyn StdError + 'static)| (*error).source())
}

/// The words of an error and its causes, each once, and a server's words last.
fn chain(error: &(dyn StdError + 'static)) -> String {
    let (mut words, mut body): (Vec<String>, _) = (Vec::new(), None);
    for cause in causes(error) {
        let Some(text) = telling(cause) else { continue };
        let text = match text.split_once(", body=<") {
            // What is quoted there is not an answer to us, but a file with a token in it.
            Some((text, _)) if text.contains("subject token field") => text,
            Some((text, said)) => {
                body = Some(said.trim_end_matches('>').to_owned());
                text
            }
            None => &text,
        };
        if !words.iter().any(|earlier| earlier.contains(text)) {
            words.retain(|earlier| !text.contains(earlier.as_str()));
            words.push(text.to_owned());
        }
    }
    words.extend(body.filter(|body| !body.is_empty()));
    if words.is_empty() { "it does not say why".to_owned() } else { words.join(": ") }
}

/// The words of one error, if they say something: the library wraps a cause up to four times, and appends to each layer whether it may pass.
fn telling(error: &(dyn StdError + 'static)) -> Option<String> {
    const MAY_PASS: [&str; 2] = [" but future attempts may succeed", " and future attempts will not succeed"];
    const EMPTY: [&str; 5] = [
        "cannot create auth headers",
        "cannot create the authentication headers",
        "Request to fetch the token failed",
        "Fetching the token resulted in transient errors",
        "failed to fetch token",
    ];
    if error.is::<serde_json::Error>() {
        // serde's words may quote a value.
        return Some("its JSON is not what was expected".to_owned());
    }
    let text = error.to_string();
    let text = MAY_PASS.iter().find_map(|end| text.strip_suffix(end)).unwrap_or(&text);
    (!EMPTY.iter().any(|start| text.starts_with(start))).then(|| without_query(text))
}

/// Without the query of the URL in it.
fn without_query(text: &str) -> String {
    let query = || {
        let url = text.find("for url (")?;
        let end = url + text[url..].find(')')?;
        Some((url + text[url..end].find('?')?, end))
    };
    match query() {
        Some((start, end)) => format!("{}{}", &text[..start], &text[end..]),
        None => text.to_owned(),
    }
}
