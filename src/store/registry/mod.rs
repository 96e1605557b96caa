//! Registries, spoken to as the [OCI distribution specification](https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md)
//! has it.
//!
//! One session a registry keeps the authentication; `challenge`, `realms` and `token` are its parts. What is asked of a repository is in
//! `manifests`, `uploads` and `tags`; `deliver` puts these together for [`transfer`](crate::transfer) in as few waits as there can be.
//! `explain` and `google` make errors out of refusals.

mod challenge;
mod deliver;
mod explain;
mod google;
mod look;
mod manifests;
mod realms;
mod session;
mod tags;
mod token;
mod uploads;

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use reqwest::StatusCode;
use tokio::sync::Semaphore;

use super::guard::{Guard, Hint};
pub use deliver::{Coming, Present};

use realms::Realms;
use session::{Parts, Session};

use crate::credentials::{self, Credential, Keychain, Login};
use crate::error::{Error, Kind};
use crate::http::{self, Address, Answer, Client, Secret};
use crate::notice::Notice;
use crate::oci::Reference;

/// How registries are reached, and as whom.
#[derive(Clone, Debug)]
pub struct Remote {
    /// TLS, retries, limits.
    pub http: http::Options,
    /// Where credentials may come from.
    pub credentials: credentials::Options,
    /// Speak `http` to every registry, not only to those on this machine.
    pub plain_http: bool,
    /// How many blobs are sent at a time.
    pub jobs: NonZeroUsize,
    /// The file that remembers which realm a registry named; none: nothing is remembered.
    pub realms: Option<PathBuf>,
}

/// As the environment and docker's configuration say; nothing is remembered.
impl Default for Remote {
    fn default() -> Self {
        Self {
            http: http::Options::default(),
            credentials: credentials::Options::default(),
            plain_http: false,
            jobs: NonZeroUsize::new(4).unwrap_or(NonZeroUsize::MIN),
            realms: None,
        }
    }
}

/// What a command does to a repository.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Access {
    /// Reads.
    Pull,
    /// Reads and writes. To Google's registries never anonymously.
    Push,
}

/// As whom a registry was spoken to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The account, where the source of the credential tells it.
    pub account: Option<String>,
    /// The source: `anonymous`, `CONSIGN_TOKEN`, `credential helper docker-credential-gcloud (…)`.
    pub source: String,
}

impl Identity {
    fn of(credential: &Credential) -> Self {
        Self { account: credential.account.clone(), source: credential.source.clone() }
    }
}

/// `ACCOUNT (SOURCE)`, or the source alone where it does not tell.
impl std::fmt::Display for Identity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.account {
            Some(account) => write!(f, "{account} ({})", self.source),
            None => f.write_str(&self.source),
        }
    }
}

/// All registries of one command: their connections, and what is known of them.
#[derive(Clone)]
pub struct Registries {
    shared: Arc<Shared>,
}

struct Shared {
    client: Client,
    keychain: Arc<Keychain>,
    realms: Realms,
    plain_http: bool,
    /// TLS was asked for by its options, so it is spoken to this machine's registries too.
    tls_everywhere: bool,
    skip_tls_verify: bool,
    turns: Arc<Semaphore>,
    sessions: Mutex<Vec<(String, Login, Arc<Session>)>>,
}

impl std::fmt::Debug for Registries {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Registries")
    }
}

impl Registries {
    /// Nothing is sent yet. Fails where [`http::Client::new`] does.
    pub fn new(remote: &Remote, notice: Arc<dyn Notice>) -> Result<Self, Error> {
        let options = &remote.http;
        let client = Client::new(options, Arc::clone(&notice))?;
        let shared = Shared {
            client,
            keychain: Arc::new(Keychain::new(remote.credentials.clone(), notice)),
            realms: Realms::new(remote.realms.clone()),
            plain_http: remote.plain_http,
            tls_everywhere: !options.ca_files.is_empty()
                || options.client_certificate.is_some()
                || options.skip_tls_verify,
            skip_tls_verify: options.skip_tls_verify,
            turns: Arc::new(Semaphore::new(remote.jobs.get())),
            sessions: Mutex::default(),
        };
        Ok(Self { shared: Arc::new(shared) })
    }

    /// The repository of `reference`; `access` must cover all that will be done there. Finds the credential, and sends nothing to
    /// the registry yet. Repositories that are opened before the first request share one token.
    ///
    /// Fails with [`Kind::Denied`] where there is no credential and there must be one: to write to Google's registries.
    pub async fn open(&self, reference: &Reference, access: Access) -> Result<Registry, Error> {
        let host = reference.host();
        let repository = path_of(reference);
        let credential = self.shared.keychain.credential(host, &repository).await?;
        if access == Access::Push && matches!(credential.login, Login::Anonymous) && credentials::is_google(host) {
            return Err(credentials::nothing_found(host, &credential.tried));
        }
        let session = self.session(host, credential).await?;
        session.add_scope(&repository, access);
        let turns = Arc::clone(&self.shared.turns);
        Ok(Registry { session, repository, name: reference.name(), access, turns })
    }

    /// Finds the credentials for these repositories, so that they are there when the repositories are opened. A helper that takes its
    /// time takes it now. What fails will fail again then.
    pub async fn find_credentials(&self, references: &[Reference]) {
        for reference in references {
            let _ = self.shared.keychain.credential(reference.host(), &path_of(reference)).await;
        }
    }

    /// The session of a host and an identity.
    async fn session(&self, host: &str, credential: Credential) -> Result<Arc<Session>, Error> {
        let shared = &self.shared;
        let headers = shared.keychain.headers().await?;
        let mut sessions = shared.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, _, session)) =
            sessions.iter().find(|(other, login, _)| other == host && *login == credential.login)
        {
            return Ok(Arc::clone(session));
        }
        let (login, base) = (credential.login.clone(), self.base(host)?);
        let session = Arc::new(Session::new(Parts {
            client: shared.client.clone(),
            keychain: Arc::clone(&shared.keychain),
            realms: shared.realms.clone(),
            host: host.to_owned(),
            verified: base.url().scheme() == "https" && !shared.skip_tls_verify,
            base,
            headers: headers.into_iter().filter_map(|(name, value)| Some((name.parse().ok()?, value))).collect(),
            credential,
        }));
        sessions.push((host.to_owned(), login, Arc::clone(&session)));
        Ok(session)
    }

    /// Where a registry's API is.
    fn base(&self, host: &str) -> Result<Address, Error> {
        let at = if host == "docker.io" { "registry-1.docker.io" } else { host };
        let encrypted = Address::new("https", at, "/")?;
        let clear = self.shared.plain_http || encrypted.is_loopback() && !self.shared.tls_everywhere;
        if clear { Address::new("http", at, "/") } else { Ok(encrypted) }
    }
}

/// The path of a repository in its registry's API.
fn path_of(reference: &Reference) -> String {
    match reference.repository() {
        // What Docker Hub calls official.
        name if reference.host() == "docker.io" && !name.contains('/') => format!("library/{name}"),
        name => name.to_owned(),
    }
}

/// One repository of a registry.
pub struct Registry {
    session: Arc<Session>,
    /// Its path in the registry's API.
    repository: String,
    /// `HOST/REPOSITORY`, as it was written.
    name: String,
    access: Access,
    /// So many blobs at a time, in all repositories together.
    turns: Arc<Semaphore>,
}

impl std::fmt::Debug for Registry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Registry").field(&self.name).finish()
    }
}

impl Registry {
    /// `HOST/REPOSITORY`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its path in the registry's API: that of its name, but for what Docker Hub calls official.
    pub(crate) fn path(&self) -> &str {
        &self.repository
    }

    /// As whom it is spoken to.
    pub async fn identity(&self) -> Identity {
        self.session.identity().await
    }

    /// The token that requests carry, after whatever exchange the registry asks for; none where it wants none, or `Basic`.
    pub async fn token(&self) -> Result<Option<Secret>, Error> {
        let probe = http::Request::new(http::Method::GET, self.address("tags/list")?.with_query("n", "1"));
        let answer = self.session.send(&probe).await?;
        if matches!(answer.status.as_u16(), 401 | 403) {
            return Err(self.refused("no token for", &answer).await);
        }
        self.session.token().await
    }

    /// An address below this repository.
    fn address(&self, path: &str) -> Result<Address, Error> {
        self.session.address(&format!("/v2/{}/{path}", self.repository))
    }

    /// The error for a refusal, with what is known of the repository and of us; `doing` is `cannot push to`.
    async fn refused(&self, doing: &str, answer: &Answer) -> Error {
        let error = explain::refused(&format!("{doing} {}", self.name), answer);
        if !matches!(error.kind(), Kind::Denied | Kind::NotFound) {
            return error;
        }
        let credential = self.session.credential().await;
        let whom = Identity::of(&credential);
        let hint =
            google::hint(self.session.host(), &self.repository, self.access, credential.account.as_deref(), answer);
        if let Some(hint) = hint {
            return error.hint(format!("asked as {whom}: {hint}"));
        }
        if error.kind() == Kind::NotFound {
            return error;
        }
        if matches!(credential.login, Login::Anonymous) {
            let nothing = credentials::nothing_found(self.session.host(), &credential.tried);
            let hint = nothing.hint_text().unwrap_or_default().to_owned();
            return Error::new(Kind::Denied, "nobody is logged in")
                .because(error)
                .tried(nothing.what_was_tried().iter().cloned())
                .hint(hint);
        }
        if answer.status == StatusCode::UNAUTHORIZED {
            return error.hint(format!("asked as {whom}: is that wrong, expired, or for another registry?"));
        }
        error.hint(format!(
            "asked as {whom}; has it the right to {} there? `consign auth {}` shows as whom and why",
            if self.access == Access::Push { "write" } else { "read" },
            self.session.host()
        ))
    }
}
