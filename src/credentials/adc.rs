//! Google's [Application Default Credentials](https://cloud.google.com/docs/authentication/application-default-credentials): the file
//! that `GOOGLE_APPLICATION_CREDENTIALS` names, gcloud's user file, or the metadata server of a machine of Google's.
//!
//! The file is looked for here, so that what is missing can be said in so many words; what it describes is done by `google-cloud-auth`. The
//! key of a service account is handed to the registry as it is (user `_json_key`), which Artifact Registry documents; what that library makes of
//! it, a token that the key itself signs, it does not.

use std::path::{Path, PathBuf};

use serde_json::Value;

use super::environment::Environment;
use super::outcome::{Failure, Outcome};
use super::{Login, file, google};
use crate::error::Kind;
use crate::http::{Clock, Secret};
use crate::notice::Notice;

#[cfg(feature = "google")]
#[cfg(test)]
mod tests;
#[cfg(feature = "google")]
mod token;
#[cfg(not(feature = "google"))]
#[path = "adc/no_token.rs"]
mod token;

/// What the steps and errors call them.
pub(super) const NAME: &str = "Application Default Credentials";
/// The variable that names their file.
const VARIABLE: &str = "GOOGLE_APPLICATION_CREDENTIALS";

/// What they hand out.
#[derive(Clone, Debug)]
pub(super) struct Found {
    pub(super) login: Login,
    pub(super) account: Option<String>,
    pub(super) source: String,
}

/// The credential that they are for this process.
pub(super) async fn ask(environment: Environment<'_>, clock: Clock, notice: &dyn Notice) -> Outcome<Found> {
    match credential_file(environment) {
        Err(failure) => Outcome::Broken(failure),
        Ok(There::File { path, text }) => from_file(&path, &text, clock, notice).await,
        Ok(There::Nothing(looked)) => from_metadata(environment, &looked, clock).await,
    }
}

/// Whether there is a file, and if not, what was looked at.
enum There {
    File { path: PathBuf, text: String },
    Nothing(String),
}

fn credential_file(environment: Environment<'_>) -> Result<There, Failure> {
    if let Some(path) = environment.path(VARIABLE) {
        return match file::read(&path)? {
            Some(text) => Ok(There::File { path, text }),
            None => {
                Err(Failure::new(Kind::Usage, format!("{VARIABLE} names `{}`, which is not there", path.display()))
                    .hint(format!("correct {VARIABLE}, or unset it")))
            }
        };
    }
    let folder = environment.path("CLOUDSDK_CONFIG").or_else(|| Some(environment.path("HOME")?.join(".config/gcloud")));
    let Some(folder) = folder else { return Ok(There::Nothing(format!("neither {VARIABLE} nor HOME is set"))) };
    let path = folder.join("application_default_credentials.json");
    Ok(match file::read(&path)? {
        Some(text) => There::File { path, text },
        None => There::Nothing(format!("{VARIABLE} is not set, {} is not there", path.display())),
    })
}

async fn from_file(path: &Path, text: &str, clock: Clock, notice: &dyn Notice) -> Outcome<Found> {
    let source = format!("{NAME} ({})", path.display());
    let json: Value = match serde_json::from_str(text) {
        Ok(json) => json,
        Err(error) => return Outcome::Broken(file::malformed(&path.display().to_string(), &error)),
    };
    let account = account(&json);
    let field = |name: &str| json.get(name).and_then(Value::as_str);
    let login = match field("type") {
        Some("service_account") if field("private_key").is_some() && account.is_some() => {
            Outcome::Found(Login::Basic(google::KEY_USER.to_owned(), Secret::new(text)))
        }
        Some("service_account") => Outcome::Broken(Failure::new(
            Kind::Usage,
            format!("{source} is a service account's key without `client_email` or `private_key`"),
        )),
        Some(kind) => token::from_file(kind, &json, &source, clock, notice).await,
        None => Outcome::Broken(Failure::new(
            Kind::Usage,
            format!("{source} has no `type`: it is no credential of Google's"),
        )),
    };
    match login {
        Outcome::Found(login) => Outcome::Found(Found { login, account, source }),
        Outcome::Nothing(why) => Outcome::Nothing(format!("{}: {why}", path.display())),
        Outcome::Broken(failure) => Outcome::Broken(failure),
    }
}

/// As whom the credential of a file speaks, where it tells.
fn account(json: &Value) -> Option<String> {
    let field = |name: &str| json.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
    if let Some(url) = field("service_account_impersonation_url") {
        let name = url.rsplit('/').next()?;
        return Some(name.split_once(':').map_or(name, |(account, _)| account).to_owned());
    }
    field("client_email").or_else(|| field("account")).map(str::to_owned)
}

async fn from_metadata(environment: Environment<'_>, looked: &str, clock: Clock) -> Outcome<Found> {
    let host = match environment.text("GCE_METADATA_HOST") {
        Ok(host) => host,
        Err(error) => return Outcome::Broken(Failure::new(error.kind(), error.to_string())),
    };
    match token::from_metadata(host, clock).await {
        Outcome::Found(login) => {
            Outcome::Found(Found { login, account: None, source: format!("{NAME} (metadata server)") })
        }
        Outcome::Nothing(why) => Outcome::Nothing(format!("{looked}, {why}")),
        Outcome::Broken(failure) => Outcome::Broken(failure),
    }
}
