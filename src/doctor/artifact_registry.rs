//! What Google's API tells of a repository of Artifact Registry: whether it is there, and what one may do in it.
//!
//! Both are questions, and the second is a POST because it has a body. The token that is shown is an access token of Google's, and it goes to
//! this one host of Google's, whose certificate must be good.

use std::sync::Arc;

use futures_util::future::join;
use serde::Deserialize;
use serde_json::json;

use super::check::{Check, Subject};
use crate::credentials::{Credential, Login};
use crate::error::{Error, Kind};
use crate::http::{Address, Answer, Body, Client, Method, Patience, Request, Secret, StatusCode, header};
use crate::notice::Notice;
use crate::oci::{ArtifactRegistry, Reference};
use crate::store::registry::Remote;

/// Where the API is. Nothing that a user or a registry says leads elsewhere.
const API: &str = "https://artifactregistry.googleapis.com";

const UPLOAD: &str = "artifactregistry.repositories.uploadArtifacts";
const DOWNLOAD: &str = "artifactregistry.repositories.downloadArtifacts";

/// The API, for one repository and as one account.
pub(super) struct Api<'a> {
    client: Client,
    credential: &'a Credential,
    token: &'a Secret,
    place: ArtifactRegistry,
    /// Whether the reference names an image in the repository, or only the repository.
    names_an_image: bool,
}

/// What it tells.
pub(super) struct Seen {
    repository: Result<Repository, Refusal>,
    granted: Result<Vec<String>, Refusal>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Repository {
    format: String,
    mode: String,
    docker_config: DockerConfig,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct DockerConfig {
    immutable_tags: bool,
}

/// An answer that is no success.
struct Refusal {
    status: StatusCode,
    words: String,
    is_disabled: bool,
}

impl<'a> Api<'a> {
    /// The API for the repository of a reference; none where it is of no use: for what is not in Artifact Registry, and without an
    /// access token whose way to Google nobody can look into.
    pub(super) fn of(
        reference: &Reference,
        remote: &Remote,
        credential: &'a Credential,
        notice: &Arc<dyn Notice>,
    ) -> Result<Option<Self>, Error> {
        let (Some(place), Login::AccessToken(token)) = (ArtifactRegistry::of(reference), &credential.login) else {
            return Ok(None);
        };
        if !credential.google || remote.http.skip_tls_verify {
            return Ok(None);
        }
        let client = Client::new(&remote.http, Arc::clone(notice))?;
        let names_an_image = reference.repository() != place.path();
        Ok(Some(Self { client, credential, token, place, names_an_image }))
    }

    /// Asks both questions.
    pub(super) async fn look(&self) -> Result<Seen, Error> {
        let permissions = json!({"permissions": [DOWNLOAD, UPLOAD]}).to_string();
        let there = Request::new(Method::GET, self.address("")?);
        let granted = Request::new(Method::POST, self.address(":testIamPermissions")?)
            .header(header::CONTENT_TYPE, "application/json")
            .body(Body::Bytes(permissions.into()));
        let (there, granted) = join(self.ask(there), self.ask(granted)).await;
        Ok(Seen { repository: read(&there?)?, granted: read::<Granted>(&granted?)?.map(|granted| granted.permissions) })
    }

    fn address(&self, verb: &str) -> Result<Address, Error> {
        let (project, location, repository) = (self.place.project(), self.place.location(), self.place.repository());
        Address::parse(&format!("{API}/v1/projects/{project}/locations/{location}/repositories/{repository}{verb}"))
    }

    async fn ask(&self, request: Request) -> Result<Answer, Error> {
        let bearer = Secret::new(format!("Bearer {}", self.token.expose()));
        self.client.send(&request.patience(Patience::Brief).authorization(&bearer)).await
    }

    /// Whether the reference names an image in the repository, or only the repository.
    pub(super) const fn names_an_image(&self) -> bool {
        self.names_an_image
    }

    /// Repository, push and pull.
    pub(super) fn checks(&self, seen: &Seen) -> Vec<Check> {
        let repository = self.repository(seen);
        if repository.is_problem() {
            let why = "there is no repository to push to or pull from";
            return vec![repository, Check::not_checked(Subject::Push, why), Check::not_checked(Subject::Pull, why)];
        }
        vec![repository, self.push(seen), self.may(seen, Subject::Pull, DOWNLOAD, "reader")]
    }

    fn repository(&self, seen: &Seen) -> Check {
        let subject = Subject::Repository;
        let place = &self.place;
        let (project, location, repository) = (place.project(), place.location(), place.repository());
        let named = format!("`{repository}` in {location}, project `{project}`");
        match &seen.repository {
            Ok(Repository { format, .. }) if format != "DOCKER" => {
                let format = format.to_ascii_lowercase();
                Check::problem(subject, Kind::NotFound, format!("{named} is a repository for {format}, not for images"))
                    .hint("`consign setup` makes one for images, under another name")
            }
            Ok(Repository { docker_config, .. }) => {
                let immutable = if docker_config.immutable_tags { ", its tags are immutable" } else { "" };
                Check::ok(subject, format!("{named}{immutable}"))
            }
            Err(refusal) if refusal.is_disabled => {
                Check::problem(subject, Kind::Denied, format!("the API of Artifact Registry is not enabled: {}", refusal.words))
                    .hint(format!("`gcloud services enable artifactregistry.googleapis.com --project={project}`, then wait some minutes"))
            }
            Err(refusal) if refusal.status == StatusCode::NOT_FOUND => {
                Check::problem(subject, Kind::NotFound, format!("there is no repository {named}: {}", refusal.words))
                    .hint(format!("`consign setup {place} --run` makes it; `gcloud artifacts repositories list --project={project}` lists those in all locations"))
            }
            // Whoever may pull or push there has seen that it is there.
            Err(_) if seen.granted.as_ref().is_ok_and(|granted| !granted.is_empty()) => {
                Check::ok(subject, format!("{named} is there"))
            }
            Err(refusal) => Check::not_checked(subject, format!("Google does not tell whether it is there: {}", refusal.words))
                .hint(format!("`gcloud artifacts repositories describe {}` tells, to whoever may know", place.to_gcloud().join(" "))),
        }
    }

    fn push(&self, seen: &Seen) -> Check {
        match &seen.repository {
            Ok(Repository { mode, .. }) if ["REMOTE_REPOSITORY", "VIRTUAL_REPOSITORY"].contains(&mode.as_str()) => {
                let mode = mode.to_ascii_lowercase().replace('_', " ");
                Check::problem(Subject::Push, Kind::Denied, format!("it is a {mode}, which takes no pushes"))
                    .hint("push to the repository behind it, or make a standard one")
            }
            _ => self.may(seen, Subject::Push, UPLOAD, "writer"),
        }
    }

    fn may(&self, seen: &Seen, subject: Subject, permission: &str, role: &str) -> Check {
        let whom = self.credential.account.as_deref().unwrap_or("the account of the access token");
        match &seen.granted {
            Ok(granted) if granted.iter().any(|it| it == permission) => {
                Check::ok(subject, format!("{whom} has `{permission}`"))
            }
            Ok(_) => {
                // gcloud's helper gives a token and does not tell whose.
                let of_gcloud = self.credential.source.contains("docker-credential-gcloud");
                let unknown = if of_gcloud { "\"$(gcloud config get account)\"" } else { "ACCOUNT" };
                let account = self.credential.account.as_deref().unwrap_or(unknown);
                Check::problem(subject, Kind::Denied, format!("{whom} lacks `{permission}`"))
                    .hint(format!("`consign setup {} --{role} {account} --run` grants it", self.place))
            }
            Err(refusal) => {
                Check::not_checked(subject, format!("Google does not tell what one may: {}", refusal.words))
            }
        }
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Granted {
    permissions: Vec<String>,
}

/// What an answer holds, or how it refuses.
fn read<T: for<'a> Deserialize<'a>>(answer: &Answer) -> Result<Result<T, Refusal>, Error> {
    if !answer.status.is_success() {
        return Ok(Err(Refusal::of(answer)));
    }
    serde_json::from_slice(&answer.body).map(Ok).map_err(|cause| {
        Error::new(
            Kind::Network,
            format!("{} {}: the answer is not what Google's API gives", answer.method, answer.address),
        )
        .because(cause)
        .hint("does a proxy or a login page answer?")
    })
}

impl Refusal {
    /// In the form of [Google's APIs](https://cloud.google.com/apis/design/errors#http_mapping).
    fn of(answer: &Answer) -> Self {
        #[derive(Deserialize)]
        struct Envelope {
            error: Body,
        }
        #[derive(Default, Deserialize)]
        #[serde(default)]
        struct Body {
            message: String,
            details: serde_json::Value,
        }
        let body = serde_json::from_slice::<Envelope>(&answer.body).map(|envelope| envelope.error).unwrap_or_default();
        let details = body.details.to_string();
        let is_disabled = details.contains("SERVICE_DISABLED") || body.message.contains("or it is disabled");
        let said = body.message.split_whitespace().collect::<Vec<_>>().join(" ");
        let said = said.trim_end_matches('.');
        let words = if said.is_empty() { answer.status.to_string() } else { format!("{}: {said}", answer.status) };
        Self { status: answer.status, words, is_disabled }
    }
}
