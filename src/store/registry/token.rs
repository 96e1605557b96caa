//! Exchanges a credential for a token at the realm that a registry names, as the
//! [token specification](https://github.com/distribution/distribution/blob/main/docs/content/spec/auth/token.md) and its
//! [OAuth form](https://github.com/distribution/distribution/blob/main/docs/content/spec/auth/oauth.md) have it.

use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use reqwest::{Method, header};
use serde::Deserialize;

use super::challenge::Realm;
use crate::credentials::{Credential, Login, is_google};
use crate::error::{Error, Kind};
use crate::http::{Address, Answer, Body, Client, Request, Secret};

/// A token, and how long it lasts.
#[derive(Debug)]
pub(super) struct Issued {
    pub(super) token: Secret,
    pub(super) lifetime: Duration,
}

/// What an answer without `expires_in` means, says the specification.
const DEFAULT_LIFETIME: Duration = Duration::from_mins(1);

/// A token endpoint's answer has a few KiB.
const LARGEST_ANSWER: usize = 1 << 20;

/// Whom the registry trusts with its tokens, and for what.
#[derive(Clone, Copy, Debug)]
pub(super) struct Exchange<'a> {
    pub(super) realm: &'a Realm,
    /// The registry that named it.
    pub(super) registry: &'a Address,
    /// Whether TLS proved that it was that registry.
    pub(super) verified: bool,
    /// `repository:NAME:pull,push`, one for each repository.
    pub(super) scopes: &'a [String],
    pub(super) credential: &'a Credential,
    /// The realm is a guess: one attempt will do.
    pub(super) guessed: bool,
}

/// What a realm answers.
#[derive(Deserialize)]
struct Given {
    token: Option<String>,
    access_token: Option<String>,
    expires_in: Option<f64>,
}

/// Why there is no token.
pub(super) enum Refusal {
    /// The realm's own answer.
    Answer(Box<Answer>),
    /// Whatever else.
    Error(Error),
}

impl<E: Into<Error>> From<E> for Refusal {
    fn from(error: E) -> Self {
        Self::Error(error.into())
    }
}

/// Fetches a token.
pub(super) async fn fetch(client: &Client, exchange: Exchange<'_>) -> Result<Issued, Refusal> {
    let realm = trusted(exchange)?;
    let request = request(&realm, exchange).answer_limit(LARGEST_ANSWER);
    let answer = if exchange.guessed { client.attempt(&request).await? } else { client.send(&request).await? };
    if !answer.status.is_success() {
        return Err(Refusal::Answer(Box::new(answer)));
    }
    let given: Option<Given> = serde_json::from_slice(&answer.body).ok();
    let token = given.as_ref().and_then(|given| {
        [&given.token, &given.access_token].into_iter().flatten().find(|token| !token.is_empty()).cloned()
    });
    let Some(token) = token else {
        let message = format!("GET {}: the answer holds no token", answer.address);
        let error = Error::new(Kind::Network, message);
        return Err(error.hint("the realm does not speak the registries' token protocol").into());
    };
    let lifetime = given
        .and_then(|given| given.expires_in)
        .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
        .unwrap_or(DEFAULT_LIFETIME);
    Ok(Issued { token: Secret::new(token), lifetime })
}

/// The realm's address, if it may be asked and may see the credential.
fn trusted(exchange: Exchange<'_>) -> Result<Address, Error> {
    let Exchange { realm, registry, verified, credential, .. } = exchange;
    let address =
        Address::parse(&realm.url).map_err(|error| refused_realm(registry, "what is no URL", &error.to_string()))?;
    let refuse = |why: &str| Err(refused_realm(registry, &address.to_string(), why));
    let (own, here) = (address.same_origin(registry), address.is_loopback() && registry.is_loopback());
    if own || here {
        // What is spoken to in clear text (`--plain-http`) gets no more secrecy for its realm than for itself.
    } else if let Some(why) = registry.refuses(&address) {
        return refuse(why);
    } else if address.url().scheme() != "https" && !address.is_loopback() {
        return refuse("it is not encrypted");
    } else if !verified {
        return refuse("it is at another host, and nothing proves that it was the registry which named it");
    }
    if credential.google && !address.url().host_str().is_some_and(is_google) {
        return refuse("a credential of Google's goes to *.pkg.dev, gcr.io and *.gcr.io only");
    }
    Ok(address)
}

fn refused_realm(registry: &Address, realm: &str, why: &str) -> Error {
    Error::new(Kind::Denied, format!("{registry} sends us for a token to `{realm}`, which is refused: {why}"))
        .hint("somebody may be after your credential; ask whoever runs the registry")
}

fn request(realm: &Address, exchange: Exchange<'_>) -> Request {
    let Exchange { realm: Realm { service, .. }, scopes, credential, .. } = exchange;
    if let Login::IdentityToken(token) = &credential.login {
        let mut form =
            vec![("grant_type", "refresh_token"), ("client_id", "consign"), ("refresh_token", token.expose())];
        let scopes = scopes.join(" ");
        form.push(("scope", &scopes));
        form.extend(service.as_deref().map(|service| ("service", service)));
        return Request::new(Method::POST, realm.clone())
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Body::Bytes(encoded(realm, &form)))
            .secret_body();
    }
    let mut address = realm.clone();
    if let Some(service) = service {
        address = address.with_query("service", service);
    }
    for scope in scopes {
        address = address.with_query("scope", scope);
    }
    let request = Request::new(Method::GET, address);
    match basic(&credential.login) {
        Some(header) => request.authorization(&header),
        None => request,
    }
}

/// A form, percent-encoded; any URL's query is such a form.
fn encoded(realm: &Address, form: &[(&str, &str)]) -> Bytes {
    let mut url = realm.url().clone();
    url.set_query(None);
    url.query_pairs_mut().extend_pairs(form);
    Bytes::from(url.query().unwrap_or_default().to_owned())
}

/// The `Authorization` of a login that has a user name, or stands for one.
pub(super) fn basic(login: &Login) -> Option<Secret> {
    let (user, password) = match login {
        Login::Basic(user, password) => (user.as_str(), password),
        // See <https://cloud.google.com/artifact-registry/docs/docker/authentication#token>.
        Login::AccessToken(token) => ("oauth2accesstoken", token),
        Login::Anonymous | Login::IdentityToken(_) | Login::RegistryToken(_) => return None,
    };
    Some(Secret::new(format!("Basic {}", BASE64_STANDARD.encode(format!("{user}:{}", password.expose())))))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn credential(login: Login, google: bool) -> Credential {
        Credential { login, account: None, source: "a test".to_owned(), expires: None, google, tried: Vec::new() }
    }

    #[test]
    fn a_realm_is_asked_only_where_the_credential_is_safe() {
        let own = credential(Login::Basic("me".to_owned(), Secret::new("secret")), false);
        let google = credential(Login::AccessToken(Secret::new("ya29")), true);
        for (registry, realm, credential, refused) in [
            ("https://registry-1.docker.io", "https://auth.docker.io/token", &own, None),
            ("https://gitlab.example:5050", "https://gitlab.example/jwt/auth", &own, None),
            ("https://127.0.0.1:5000", "http://127.0.0.1:5001/token", &own, None),
            ("http://r.example", "https://other.example/token", &own, Some("nothing proves")),
            ("https://r.example", "http://r.example/token", &own, Some("http")),
            ("http://r.example", "http://r.example/token", &own, None),
            ("http://r.example", "http://other.example/token", &own, Some("not encrypted")),
            ("http://127.0.0.1:5000", "http://127.0.0.1:5001/token", &own, None),
            ("https://r.example", "https://10.0.0.1/token", &own, Some("private")),
            ("https://r.example", "ftp://r.example/token", &own, Some("a URL begins with")),
            ("https://us-docker.pkg.dev", "https://us-docker.pkg.dev/v2/token", &google, None),
            ("https://us-docker.pkg.dev", "https://evil.example/token", &google, Some("Google")),
        ] {
            let realm = Realm { url: realm.to_owned(), service: None };
            let registry = Address::parse(registry).unwrap();
            let exchange = Exchange {
                realm: &realm,
                registry: &registry,
                verified: registry.url().scheme() == "https",
                scopes: &[],
                credential,
                guessed: false,
            };
            match (trusted(exchange), refused) {
                (Ok(_), None) => {}
                (Err(error), Some(why)) => assert!(error.to_string().contains(why), "{}: {error}", realm.url),
                (other, _) => panic!("{registry} and {}: {other:?}", realm.url),
            }
        }
    }
}
