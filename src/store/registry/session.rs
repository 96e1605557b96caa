//! One registry, spoken to as one identity: every request gets its authentication here.
//!
//! What a request shows is learnt once and kept for all that follow: a token for all repositories of the command, a password, or
//! nothing. Whoever finds that it no longer counts renews it, and the others wait for that and use it too.

mod renewal;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use reqwest::StatusCode;
use reqwest::header::HeaderName;
use tokio::time::Instant;

use super::challenge::Realm;
use super::realms::Realms;
use super::token::Issued;
use super::{Access, Identity};
use crate::credentials::{Credential, Keychain, Login};
use crate::error::{Error, Kind};
use crate::http::{Address, Answer, Client, Failure, Patience, Request, Secret};

/// A registry, and as whom it is spoken to.
pub(super) struct Session {
    pub(super) client: Client,
    keychain: Arc<Keychain>,
    realms: Realms,
    /// As references have it.
    host: String,
    /// `https://HOST/`, where the API is.
    base: Address,
    /// Whether TLS proves that it is the registry.
    verified: bool,
    /// What docker's configuration adds to every request.
    headers: Vec<(HeaderName, Secret)>,
    /// The repositories of this command, and what is done to each.
    scopes: Mutex<BTreeMap<String, Access>>,
    state: tokio::sync::Mutex<State>,
}

struct State {
    credential: Credential,
    proof: Proof,
    /// Counts the proofs.
    generation: u64,
    /// Where tokens come from.
    realm: Known,
}

/// What is known of a registry's realm.
enum Known {
    /// Nothing was looked up yet.
    NotYet,
    /// What was known beforehand turned out wrong, or there was nothing.
    No,
    /// Known beforehand.
    Guessed(Realm),
    /// Named by the registry in this command.
    Named(Realm),
}

/// Whether there is other authentication now.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Renewed {
    No,
    /// We made it.
    Ours,
    /// Another request did, meanwhile.
    Another,
}

/// What requests show.
enum Proof {
    /// Nothing, as far as is known.
    Nothing,
    /// The credential itself.
    Credential(Secret),
    /// A token for it.
    Token { header: Secret, since: Instant, lifetime: Duration },
}

/// Why an attempt came to nothing.
pub(super) enum Stop {
    /// There was no answer; another attempt may help.
    Failure(Failure),
    /// It is final.
    Error(Error),
}

impl From<Failure> for Stop {
    fn from(failure: Failure) -> Self {
        Self::Failure(failure)
    }
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Self::Error(error)
    }
}

/// What a session is made of.
pub(super) struct Parts {
    pub(super) client: Client,
    pub(super) keychain: Arc<Keychain>,
    pub(super) realms: Realms,
    pub(super) host: String,
    pub(super) base: Address,
    pub(super) verified: bool,
    pub(super) headers: Vec<(HeaderName, Secret)>,
    pub(super) credential: Credential,
}

impl Session {
    pub(super) fn new(parts: Parts) -> Self {
        let Parts { client, keychain, realms, host, base, verified, headers, credential } = parts;
        let proof = match &credential.login {
            Login::AccessToken(token) | Login::RegistryToken(token) => Proof::Credential(bearer(token)),
            Login::Anonymous | Login::Basic(..) | Login::IdentityToken(_) => Proof::Nothing,
        };
        let state = State { credential, proof, generation: 0, realm: Known::NotYet };
        let (scopes, state) = (Mutex::default(), tokio::sync::Mutex::new(state));
        Self { client, keychain, realms, host, base, verified, headers, scopes, state }
    }

    /// The registry's host, as references have it.
    pub(super) fn host(&self) -> &str {
        &self.host
    }

    /// An address of the API: `path` begins with `/v2/`.
    pub(super) fn address(&self, path: &str) -> Result<Address, Error> {
        self.base.join(path)
    }

    /// Whether an address is at the registry itself.
    pub(super) fn is_own(&self, address: &Address) -> bool {
        self.base.same_origin(address)
    }

    /// The credential.
    pub(super) async fn credential(&self) -> Credential {
        self.state.lock().await.credential.clone()
    }

    /// As whom the registry is spoken to.
    pub(super) async fn identity(&self) -> Identity {
        Identity::of(&self.credential().await)
    }

    /// From now on tokens are for this repository too.
    pub(super) fn add_scope(&self, repository: &str, access: Access) {
        let mut scopes = self.scopes.lock().unwrap_or_else(PoisonError::into_inner);
        let entry = scopes.entry(repository.to_owned()).or_insert(access);
        *entry = access.max(*entry);
    }

    /// One of the repositories, to ask for the credential of, or to name to the user.
    fn first_scope(&self) -> Option<(String, Access)> {
        let scopes = self.scopes.lock().unwrap_or_else(PoisonError::into_inner);
        scopes.first_key_value().map(|(repository, access)| (repository.clone(), *access))
    }

    fn scopes(&self) -> Vec<String> {
        let scopes = self.scopes.lock().unwrap_or_else(PoisonError::into_inner);
        scopes
            .iter()
            .map(|(repository, access)| {
                let actions = if *access == Access::Push { "pull,push" } else { "pull" };
                format!("repository:{repository}:{actions}")
            })
            .collect()
    }

    /// Finds out what requests must show, with `probe` where nothing is known; its answer, if it was not asked for more.
    ///
    /// The answer to a probe that had to be repeated is not waited for: there may be something better to ask at the same time.
    pub(super) async fn login(&self, probe: &Request) -> Result<Option<Answer>, Error> {
        let mut retry = self.client.retry(format!("{} {}", probe.method(), probe.address()));
        loop {
            let tried = match self.proof().await? {
                (Some(_), _) => return Ok(None),
                (None, generation) => {
                    self.client.attempt(&self.dressed(probe, None)).await.map(|answer| (answer, generation))
                }
            };
            match tried {
                Err(failure) => retry.after_failure(failure).await?,
                Ok((answer, generation))
                    if answer.status == StatusCode::UNAUTHORIZED && self.is_own(&answer.address) =>
                {
                    let renewed = self.renew(&answer, generation).await?;
                    return Ok((renewed == Renewed::No).then_some(answer));
                }
                Ok((answer, _)) => {
                    if let Some(answer) = retry.after_answer(answer, Patience::Brief).await {
                        return Ok(Some(answer));
                    }
                }
            }
        }
    }

    /// The token that requests show; none where they show a password or nothing.
    pub(super) async fn token(&self) -> Result<Option<Secret>, Error> {
        let (header, _) = self.proof().await?;
        let token = header.as_ref().and_then(|header| header.expose().strip_prefix("Bearer "));
        Ok(token.map(Secret::new))
    }

    /// Sends a request, again and again while that may help, and gives the answer, whatever its status.
    pub(super) async fn send(&self, request: &Request) -> Result<Answer, Error> {
        let mut retry = self.client.retry(format!("{} {}", request.method(), request.address()));
        loop {
            match self.attempt(request).await {
                Ok(answer) => {
                    if let Some(answer) = retry.after_answer(answer, request.how_patient()).await {
                        return Ok(answer);
                    }
                }
                Err(Stop::Failure(failure)) => retry.after_failure(failure).await?,
                Err(Stop::Error(error)) => return Err(error),
            }
        }
    }

    /// Sends a request once; again where the registry asked for other authentication and that could be had.
    pub(super) async fn attempt(&self, request: &Request) -> Result<Answer, Stop> {
        if !self.is_own(request.address()) {
            // An upload location elsewhere gets nothing of ours.
            return Ok(self.client.attempt(request).await?);
        }
        let mut others = 0;
        let mut renewed = Renewed::No;
        loop {
            let (header, generation) = self.proof().await?;
            let answer = self.client.attempt(&self.dressed(request, header.as_ref())).await?;
            let asked = match answer.status {
                // Whoever a redirect led to asks in vain.
                _ if !self.is_own(&answer.address) => false,
                StatusCode::UNAUTHORIZED => true,
                StatusCode::FORBIDDEN => self.can_exchange().await,
                _ => false,
            };
            if !asked || renewed == Renewed::Ours {
                return Ok(answer);
            }
            renewed = self.renew(&answer, generation).await?;
            others += 1;
            if renewed == Renewed::No || others > 3 {
                return Ok(answer);
            }
        }
    }

    fn dressed(&self, request: &Request, proof: Option<&Secret>) -> Request {
        let mut request = request.clone();
        for (name, value) in &self.headers {
            request = request.secret_header(name.clone(), value);
        }
        match proof {
            Some(proof) => request.authorization(proof),
            None => request,
        }
    }

    /// What to show, and which generation it is. Fetches a token where the realm is known, or the last one has expired.
    async fn proof(&self) -> Result<(Option<Secret>, u64), Error> {
        let mut state = self.state.lock().await;
        match &state.proof {
            Proof::Credential(header) => return Ok((Some(header.clone()), state.generation)),
            Proof::Token { header, since, lifetime } => {
                // Some seconds early, that a request does not begin with a token that ends on its way.
                let early = (*lifetime / 4).min(Duration::from_secs(10));
                if self.client.clock().since(*since) + early < *lifetime {
                    return Ok((Some(header.clone()), state.generation));
                }
            }
            Proof::Nothing => {}
        }
        if matches!(state.realm, Known::NotYet) {
            state.realm = self.realms.of(&self.host, &self.base).map_or(Known::No, Known::Guessed);
        }
        match &state.realm {
            Known::NotYet | Known::No => return Ok((None, state.generation)),
            Known::Named(realm) => {
                let realm = realm.clone();
                let issued = self.exchange_or_anew(&mut state, &realm).await?;
                state.take(issued);
            }
            Known::Guessed(realm) => match self.exchange(&state.credential, realm, true).await {
                Ok(issued) => state.take(issued),
                // It knows what it refuses; asking again may lock the account.
                Err(error) if error.kind() == Kind::Denied && Realms::is_built_in(&self.host) => return Err(error),
                Err(_) => self.guessed_wrong(&mut state),
            },
        }
        Ok((state.header(), state.generation))
    }

    fn guessed_wrong(&self, state: &mut State) {
        state.realm = Known::No;
        state.proof = Proof::Nothing;
        self.realms.forget(&self.host);
    }

    /// Whether a 403 may only mean that a credential is not taken as it is.
    async fn can_exchange(&self) -> bool {
        let state = self.state.lock().await;
        matches!((&state.proof, &state.credential.login), (Proof::Credential(_), Login::AccessToken(_)))
    }
}

impl State {
    fn take(&mut self, issued: Issued) {
        let Issued { token, lifetime } = issued;
        self.proof = Proof::Token { header: bearer(&token), since: Instant::now(), lifetime };
        self.generation += 1;
    }

    fn header(&self) -> Option<Secret> {
        match &self.proof {
            Proof::Nothing => None,
            Proof::Credential(header) | Proof::Token { header, .. } => Some(header.clone()),
        }
    }
}

fn bearer(token: &Secret) -> Secret {
    Secret::new(format!("Bearer {}", token.expose()))
}
