//! Other authentication than what was refused: a token from the realm that the registry names, or a password.

use reqwest::{Method, StatusCode};

use super::{Known, Proof, Renewed, Session, State};
use crate::credentials::{self, Credential, Login};
use crate::error::{Error, Kind};
use crate::http::{Answer, Request};
use crate::store::registry::challenge::{self, Challenge, Realm};
use crate::store::registry::token::{self, Exchange, Issued, Refusal};
use crate::store::registry::{Identity, explain, google};

impl Session {
    /// After an answer that asks for other authentication than that of `generation`: whether there is some now.
    pub(super) async fn renew(&self, answer: &Answer, generation: u64) -> Result<Renewed, Error> {
        let mut state = self.state.lock().await;
        if state.generation != generation {
            return Ok(Renewed::Another);
        }
        if matches!(state.credential.login, Login::RegistryToken(_)) {
            return Ok(Renewed::No);
        }
        if let Known::Guessed(_) = state.realm {
            self.guessed_wrong(&mut state);
        }
        let asked = match challenge::strongest(&answer.headers) {
            Some(challenge) => Some(challenge),
            None => self.ask(answer.status).await?,
        };
        match asked {
            None => Ok(Renewed::No),
            Some(Challenge::Bearer(realm)) => {
                let issued = self.exchange_or_anew(&mut state, &realm).await?;
                self.realms.remember(&self.host, &self.base, &realm);
                state.realm = Known::Named(realm);
                state.take(issued);
                Ok(Renewed::Ours)
            }
            Some(Challenge::Basic) => {
                let shown = state.header();
                match token::basic(&state.credential.login) {
                    Some(header) if shown.as_ref() != Some(&header) => {
                        state.proof = Proof::Credential(header);
                        state.generation += 1;
                        Ok(Renewed::Ours)
                    }
                    _ => Ok(Renewed::No),
                }
            }
        }
    }

    /// A challenge for an answer that brought none.
    async fn ask(&self, status: StatusCode) -> Result<Option<Challenge>, Error> {
        if let Some(realm) = self.realms.of(&self.host, &self.base).filter(|_| status == StatusCode::FORBIDDEN) {
            return Ok(Some(Challenge::Bearer(realm)));
        }
        let answer = self.client.send(&self.dressed(&Request::new(Method::GET, self.address("/v2/")?), None)).await?;
        Ok(challenge::strongest(&answer.headers))
    }

    pub(super) async fn exchange(
        &self,
        credential: &Credential,
        realm: &Realm,
        guessed: bool,
    ) -> Result<Issued, Error> {
        let (registry, scopes, verified) = (&self.base, &self.scopes(), self.verified);
        let exchange = Exchange { realm, registry, verified, scopes, credential, guessed };
        token::fetch(&self.client, exchange).await.map_err(|refusal| match refusal {
            Refusal::Error(error) => error,
            Refusal::Answer(answer) => self.refused(credential, &answer),
        })
    }

    /// The error for a realm that gives no token.
    fn refused(&self, credential: &Credential, answer: &Answer) -> Error {
        let whom = Identity::of(credential);
        let error = explain::refused(&format!("{} gives no token to {whom}", self.host), answer);
        if error.kind() != Kind::Denied {
            return error;
        }
        if matches!(credential.login, Login::Anonymous) {
            return credentials::nothing_found(&self.host, &credential.tried).because(error);
        }
        let google = self.first_scope().and_then(|(repository, access)| {
            google::hint(&self.host, &repository, access, credential.account.as_deref(), answer)
        });
        error.hint(google.unwrap_or_else(|| {
            format!("is the credential still good? `consign auth {}` shows where it comes from", self.host)
        }))
    }

    /// A token for the credential; if that worked before and is refused now, for what its source gives by now.
    pub(super) async fn exchange_or_anew(&self, state: &mut State, realm: &Realm) -> Result<Issued, Error> {
        let refused = match self.exchange(&state.credential, realm, false).await {
            Err(error) if error.kind() == Kind::Denied && state.generation > 0 => error,
            issued => return issued,
        };
        let repository = self.first_scope().map(|(repository, _)| repository).unwrap_or_default();
        let renewed = self.keychain.renewed(&self.host, &repository).await?;
        // Another source may be another account: nobody asked for that in the middle of a push.
        if renewed.login == state.credential.login || renewed.source != state.credential.source {
            return Err(refused);
        }
        state.credential = renewed;
        self.exchange(&state.credential, realm, false).await
    }
}
