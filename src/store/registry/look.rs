//! What can be seen of a registry and a repository without changing anything there.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use reqwest::{Method, StatusCode};
use serde_json::Value;

use super::{Registries, Registry, Shared};
use crate::credentials::Keychain;
use crate::error::Error;
use crate::http::{Patience, Request, Secret};
use crate::oci::Reference;

impl Registries {
    /// Who finds the credentials.
    pub fn keychain(&self) -> &Keychain {
        &self.shared.keychain
    }

    /// The same registries with nothing known of them, so that a token is asked for anew; credentials that were found are kept.
    #[must_use]
    pub fn anew(&self) -> Self {
        let shared = &self.shared;
        let shared = Shared {
            client: shared.client.clone(),
            keychain: std::sync::Arc::clone(&shared.keychain),
            realms: shared.realms.clone(),
            turns: std::sync::Arc::clone(&shared.turns),
            sessions: std::sync::Mutex::default(),
            ..**shared
        };
        Self { shared: std::sync::Arc::new(shared) }
    }

    /// Asks for `/v2/` as nobody: whether a registry answers there. Gives the status of its answer.
    ///
    /// Fails where there is no answer.
    pub async fn ping(&self, reference: &Reference) -> Result<StatusCode, Error> {
        let shared = &self.shared;
        let address = self.base(reference.host())?.join("/v2/")?;
        let mut request = Request::new(Method::GET, address).patience(Patience::Brief);
        for (name, value) in shared.keychain.headers().await? {
            if let Ok(name) = name.parse() {
                request = request.secret_header(name, &value);
            }
        }
        Ok(shared.client.send(&request).await?.status)
    }
}

impl Registry {
    /// Whether the registry knows the repository: it lists a tag of it.
    ///
    /// Fails where the registry refuses or does not answer.
    pub async fn is_known(&self) -> Result<bool, Error> {
        let address = self.address("tags/list")?.with_query("n", "1");
        let answer = self.session.send(&Request::new(Method::GET, address).patience(Patience::Brief)).await?;
        match answer.status {
            StatusCode::OK => Ok(true),
            StatusCode::NOT_FOUND => Ok(false),
            _ => Err(self.refused("cannot look into", &answer).await),
        }
    }

    /// What the token that requests carry allows in this repository (`pull`, `push`), as far as it can be read; none where there is no
    /// token, or nobody but the registry can read it.
    pub async fn granted(&self) -> Result<Option<Vec<String>>, Error> {
        Ok(self.session.token().await?.and_then(|token| granted(&token, &self.repository)))
    }
}

/// The actions that the claim `access` of a
/// [token](https://github.com/distribution/distribution/blob/main/docs/content/spec/auth/jwt.md) has for a repository.
///
/// Its signature is the registry's to check: what is read here decides nothing.
fn granted(token: &Secret, repository: &str) -> Option<Vec<String>> {
    let claims = token.expose().split('.').nth(1)?;
    let claims = BASE64_URL_SAFE_NO_PAD.decode(claims.trim_end_matches('=')).ok()?;
    let claims: Value = serde_json::from_slice(&claims).ok()?;
    let access = claims.get("access")?.as_array()?;
    let of_repository = access.iter().filter(|entry| entry["type"] == "repository" && entry["name"] == repository);
    let actions = of_repository.flat_map(|entry| entry["actions"].as_array().into_iter().flatten());
    Some(actions.filter_map(Value::as_str).map(str::to_owned).collect())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn token(claims: &Value) -> Secret {
        Secret::new(format!("e30.{}.c2ln", BASE64_URL_SAFE_NO_PAD.encode(claims.to_string())))
    }

    #[test]
    fn what_a_token_allows_is_read_where_it_can_be_read() {
        let entry = |name: &str, actions: &[&str]| json!({"type": "repository", "name": name, "actions": actions});
        for (claims, expected) in [
            (json!({"access": [entry("shop", &["pull", "push"])]}), Some(&["pull", "push"][..])),
            (json!({"access": [entry("other", &["pull", "push"]), entry("shop", &["pull"])]}), Some(&["pull"])),
            (json!({"access": [entry("shop", &["pull"]), entry("shop", &["push"])]}), Some(&["pull", "push"])),
            (json!({"access": [{"type": "registry", "name": "shop", "actions": ["*"]}]}), Some(&[])),
            (json!({"access": [entry("shop", &[]), {"name": 1}, null]}), Some(&[])),
            (json!({"access": []}), Some(&[])),
            (json!({"access": "all"}), None),
            (json!({"sub": "me"}), None),
            (json!([]), None),
        ] {
            let actions = granted(&token(&claims), "shop");
            assert_eq!(
                actions.as_deref().map(|actions| actions.iter().map(String::as_str).collect::<Vec<_>>()).as_deref(),
                expected,
                "{claims}"
            );
        }
        for opaque in ["", "ya29.token", "a.b.c", "a.!.c", "ghs_x", ".."] {
            assert_eq!(granted(&Secret::new(opaque), "shop"), None, "{opaque}");
        }
    }
}
