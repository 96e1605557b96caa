//! docker's `config.json` and podman's `auth.json`: what they hold, and where in them a repository's credential is.
//!
//! docker writes one key for a host, in several spellings over the years; podman adds keys for a repository or a folder of them
//! ([containers-auth.json](https://github.com/containers/image/blob/main/docs/containers-auth.json.5.md)). The most specific key wins.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use serde::Deserialize;

use super::outcome::Failure;
use super::{Login, file, google};
use crate::error::Kind;
use crate::http::Secret;

/// Docker Hub, as references name it.
const HUB: &str = "docker.io";
/// Its key in docker's configuration, which is also what credential helpers know it by.
const HUB_KEY: &str = "https://index.docker.io/v1/";
/// Docker Hub's other names.
const HUB_NAMES: [&str; 3] = ["index.docker.io", "docker.io", "registry-1.docker.io"];

/// Such a file, as far as credentials are concerned.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Config {
    auths: Option<BTreeMap<String, Option<Entry>>>,
    cred_helpers: Option<BTreeMap<String, Option<String>>>,
    creds_store: Option<String>,
    #[serde(rename = "HttpHeaders")]
    pub(super) http_headers: Option<BTreeMap<String, Option<String>>>,
}

/// What is kept for one key.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Entry {
    auth: Option<String>,
    username: Option<String>,
    password: Option<String>,
    identitytoken: Option<String>,
    registrytoken: Option<String>,
}

/// Where a credential for a repository may be.
#[derive(Debug)]
pub(super) enum Lead {
    /// At a credential helper: `docker-credential-NAME`, which knows it as `server`. `chosen`: it is configured for this key, not for all hosts.
    Helper { name: String, server: String, chosen: bool },
    /// In the file itself, under this key.
    Login { key: String, login: Login },
}

impl Config {
    /// Reads the text of `source`. An empty text is an empty configuration, as it is to docker and podman.
    pub(super) fn parse(source: &str, text: &str) -> Result<Self, Failure> {
        if text.trim().is_empty() {
            return Ok(Self::default());
        }
        serde_json::from_str(text).map_err(|error| file::malformed(source, &error))
    }

    /// Where this file says that the credential is, the best place first.
    ///
    /// At each key its helper comes before what the file itself has. `credsStore` is asked for every host that has no helper of its own; an
    /// empty name in `credHelpers` says that the host has none, as docker has it.
    pub(super) fn leads(&self, source: &str, host: &str, repository: &str) -> Result<Vec<Lead>, Failure> {
        let mut leads = Vec::new();
        for path in paths(repository) {
            if let Some(name) = self.helper(host, path).filter(|name| !name.is_empty()) {
                leads.push(Lead::Helper { name: name.to_owned(), server: format!("{host}/{path}"), chosen: true });
            }
            leads.extend(self.entry(source, host, path)?);
        }
        let chosen = self.helper(host, "");
        if let Some(name) = chosen.or(self.creds_store.as_deref()).filter(|name| !name.is_empty()) {
            let server = if host == HUB { HUB_KEY } else { host }.to_owned();
            leads.push(Lead::Helper { name: name.to_owned(), server, chosen: chosen.is_some() });
        }
        leads.extend(self.entry(source, host, "")?);
        Ok(leads)
    }

    fn helper(&self, host: &str, path: &str) -> Option<&str> {
        let helpers = self.cred_helpers.as_ref()?;
        keys_for(helpers, host, path).find_map(|(_, name)| name.as_deref())
    }

    fn entry(&self, source: &str, host: &str, path: &str) -> Result<Option<Lead>, Failure> {
        let Some(auths) = &self.auths else { return Ok(None) };
        for (key, entry) in keys_for(auths, host, path) {
            let login = entry.as_ref().map(|entry| entry.login(source, key, host)).transpose()?.flatten();
            if let Some(login) = login {
                return Ok(Some(Lead::Login { key: key.to_owned(), login }));
            }
        }
        Ok(None)
    }
}

impl Entry {
    /// An entry without content says only that a helper has the credential.
    fn login(&self, source: &str, key: &str, host: &str) -> Result<Option<Login>, Failure> {
        let set = |field: &Option<String>| field.clone().filter(|text| !text.is_empty());
        if let Some(token) = set(&self.registrytoken) {
            return Ok(Some(Login::RegistryToken(Secret::new(token))));
        }
        if let Some(token) = set(&self.identitytoken) {
            return Ok(Some(Login::IdentityToken(Secret::new(token))));
        }
        let (user, password) = match (set(&self.auth), set(&self.username), &self.password) {
            (Some(auth), _, _) => decode(&auth).ok_or_else(|| {
                Failure::new(Kind::Usage, format!("`auth` of `{key}` in {source} is not the base64 of USER:PASSWORD"))
                    .hint(format!("`docker login {host}` writes it anew"))
            })?,
            (None, Some(user), Some(password)) => (user, Secret::new(password.as_str())),
            _ => return Ok(None),
        };
        Ok(Some(google::login(host, user, password)))
    }
}

/// The user and the password of an `auth`. Some tools leave the padding out, some put NULs behind the password.
fn decode(auth: &str) -> Option<(String, Secret)> {
    const LENIENT: GeneralPurpose = GeneralPurpose::new(
        &STANDARD,
        GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
    );
    let text = String::from_utf8(LENIENT.decode(auth.trim()).ok()?).ok()?;
    let (user, password) = text.split_once(':')?;
    (!user.is_empty()).then(|| (user.to_owned(), Secret::new(password.trim_end_matches('\0'))))
}

/// `a/b/c`, `a/b`, `a`.
fn paths(repository: &str) -> impl Iterator<Item = &str> {
    let ends = repository.rmatch_indices('/').map(|(at, _)| &repository[..at]);
    std::iter::once(repository).chain(ends).filter(|path| !path.is_empty())
}

/// The entries whose key means this place, the plainest spelling first.
fn keys_for<'a, T>(map: &'a BTreeMap<String, T>, host: &str, path: &str) -> impl Iterator<Item = (&'a str, &'a T)> {
    let at = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{name}/{path}") };
    let plain = if host == HUB && path.is_empty() { HUB_KEY.to_owned() } else { at(host) };
    let places: Vec<String> = if host == HUB { HUB_NAMES.into_iter().map(at).collect() } else { vec![plain.clone()] };
    let first = map.get_key_value(&plain);
    let others = map.iter().filter(move |(key, _)| {
        Some(*key) != first.map(|(key, _)| key) && places.iter().any(|place| place == meant(key))
    });
    first.into_iter().chain(others).map(|(key, value)| (key.as_str(), value))
}

/// The place that a key means: without the scheme, and the version of the API behind the host, that docker once wrote.
fn meant(key: &str) -> &str {
    let Some(place) = ["https://", "http://"].iter().find_map(|scheme| key.strip_prefix(scheme)) else {
        return key.trim_end_matches('/');
    };
    let place = place.trim_end_matches('/');
    match place.split_once('/') {
        Some((host, "v1" | "v2")) => host,
        _ => place,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leads(text: &str, host: &str, repository: &str) -> String {
        let leads = Config::parse("FILE", text).unwrap().leads("FILE", host, repository).unwrap();
        let shown: Vec<String> = leads.iter().map(show).collect();
        shown.join(", ")
    }

    fn show(lead: &Lead) -> String {
        match lead {
            Lead::Helper { name, server, chosen } => format!("{name}{} for {server}", if *chosen { "!" } else { "" }),
            Lead::Login { key, login } => match login {
                Login::Basic(user, secret) => format!("{user}:{} at {key}", secret.expose()),
                Login::IdentityToken(secret) => format!("identity {} at {key}", secret.expose()),
                Login::AccessToken(secret) => format!("access {} at {key}", secret.expose()),
                Login::RegistryToken(secret) => format!("registry {} at {key}", secret.expose()),
                Login::Anonymous => "anonymous".to_owned(),
            },
        }
    }

    fn auth(user_and_password: &str) -> String {
        base64::prelude::BASE64_STANDARD.encode(user_and_password)
    }

    #[test]
    fn an_entry_comes_in_all_of_dockers_forms() {
        let (plain, colons, nuls, token) = (auth("me:pw"), auth("me:p:w:"), auth("me:pw\0\0"), auth("_token:t"));
        let unpadded = auth("me:pass").trim_end_matches('=').to_owned();
        for (entry, expected) in [
            (format!(r#"{{"auth":"{plain}"}}"#), "me:pw at gcr.io"),
            (format!(r#"{{"auth":"{colons}"}}"#), "me:p:w: at gcr.io"),
            (format!(r#"{{"auth":"{nuls}"}}"#), "me:pw at gcr.io"),
            (format!(r#"{{"auth":"{unpadded}"}}"#), "me:pass at gcr.io"),
            (format!(r#"{{"auth":"{token}"}}"#), "access t at gcr.io"),
            (r#"{"username":"me","password":"pw"}"#.to_owned(), "me:pw at gcr.io"),
            (format!(r#"{{"auth":"{plain}","username":"you","password":"other"}}"#), "me:pw at gcr.io"),
            (format!(r#"{{"auth":"{plain}","identitytoken":"i"}}"#), "identity i at gcr.io"),
            (format!(r#"{{"auth":"{plain}","identitytoken":"i","registrytoken":"r"}}"#), "registry r at gcr.io"),
            (r#"{"auth":"","username":"me","email":"x"}"#.to_owned(), ""),
            ("{}".to_owned(), ""),
            ("null".to_owned(), ""),
        ] {
            assert_eq!(leads(&format!(r#"{{"auths":{{"gcr.io":{entry}}}}}"#), "gcr.io", "a/b"), expected, "{entry}");
        }
    }

    #[test]
    fn the_most_specific_key_comes_first() {
        let entry = |user: &str| format!(r#"{{"username":"{user}","password":"pw"}}"#);
        let text = format!(
            r#"{{"auths":{{"r.io":{},"r.io/a/b":{},"r.io/a":{},"r.io/a/bc":{},"r.io:5000":{}}}}}"#,
            entry("host"),
            entry("b"),
            entry("a"),
            entry("bc"),
            entry("port")
        );
        for (repository, expected) in [
            ("a/b/c", "b:pw at r.io/a/b, a:pw at r.io/a, host:pw at r.io"),
            ("a/b", "b:pw at r.io/a/b, a:pw at r.io/a, host:pw at r.io"),
            ("a/bc", "bc:pw at r.io/a/bc, a:pw at r.io/a, host:pw at r.io"),
            ("ab", "host:pw at r.io"),
            ("", "host:pw at r.io"),
        ] {
            assert_eq!(leads(&text, "r.io", repository), expected, "{repository}");
        }
    }

    #[test]
    fn keys_are_found_in_every_spelling() {
        for (key, host, found) in [
            ("r.io", "r.io", true),
            ("r.io/", "r.io", true),
            ("https://r.io", "r.io", true),
            ("https://r.io/", "r.io", true),
            ("https://r.io/v1/", "r.io", true),
            ("https://r.io/v2/", "r.io", true),
            ("https://r.io/v2", "r.io", true),
            ("http://r.io/v2/", "r.io", true),
            ("https://r.io/a", "r.io", true),
            ("https://r.io/other", "r.io", false),
            ("r.io/v2", "r.io", false),
            ("r.io:443", "r.io", false),
            ("https://index.docker.io/v1/", "docker.io", true),
            ("index.docker.io", "docker.io", true),
            ("docker.io", "docker.io", true),
            ("docker.io/a", "docker.io", true),
            ("index.docker.io/a/b", "docker.io", true),
            ("registry-1.docker.io", "docker.io", true),
            ("https://hub.docker.com", "docker.io", false),
        ] {
            let text = format!(r#"{{"auths":{{"{key}":{{"username":"me","password":"pw"}}}}}}"#);
            let expected = if found { format!("me:pw at {key}") } else { String::new() };
            assert_eq!(leads(&text, host, "a/b"), expected, "{key}");
        }
    }

    #[test]
    fn the_plainest_spelling_with_content_wins() {
        let text =
            r#"{"auths":{"https://r.io":{"username":"old","password":"p"},"r.io":{"username":"new","password":"p"}}}"#;
        assert_eq!(leads(text, "r.io", "a"), "new:p at r.io");
        let text = r#"{"auths":{"https://r.io":{"username":"old","password":"p"},"r.io":{}}}"#;
        assert_eq!(leads(text, "r.io", "a"), "old:p at https://r.io");
        let text = r#"{"auths":{"docker.io":{"username":"podman","password":"p"},
            "https://index.docker.io/v1/":{"username":"docker","password":"p"}}}"#;
        assert_eq!(leads(text, "docker.io", "library/a"), "docker:p at https://index.docker.io/v1/");
    }

    #[test]
    fn helpers_come_before_entries_at_the_same_key() {
        let text = r#"{"credsStore":"desktop","credHelpers":{"gcr.io":"gcloud","none.io":"","r.io/a":"team","docker.io":"hub"},
            "auths":{"gcr.io":{"username":"me","password":"pw"},"r.io/a/b":{"username":"b","password":"pw"}}}"#;
        for (host, repository, expected) in [
            ("gcr.io", "p/i", "gcloud! for gcr.io, me:pw at gcr.io"),
            ("none.io", "p/i", ""),
            ("other.io", "p/i", "desktop for other.io"),
            ("docker.io", "library/i", "hub! for https://index.docker.io/v1/"),
            ("r.io", "a/b", "b:pw at r.io/a/b, team! for r.io/a, desktop for r.io"),
        ] {
            assert_eq!(leads(text, host, repository), expected, "{host}");
        }
        assert_eq!(leads(r#"{"credsStore":"x"}"#, "docker.io", "a"), "x for https://index.docker.io/v1/");
    }

    #[test]
    fn an_empty_configuration_has_nothing() {
        for text in ["", " \n", "{}", r#"{"auths":null,"credHelpers":null,"credsStore":null,"HttpHeaders":null}"#] {
            assert_eq!(leads(text, "r.io", "a"), "", "{text}");
        }
    }

    #[test]
    fn what_is_malformed_is_located_and_not_shown() {
        for (text, expected) in [
            ("{\"auths\": {\n  hunter2", "FILE is not the JSON it should be: key must be a string at line 2 column 3"),
            (
                "{\n\"auths\":{\"r.io\":{\"auth\":[\"hunter2\"]}}}",
                "FILE is not the JSON it should be: a value at line 2 column 24 is not of the kind that belongs there",
            ),
            (
                r#"{"auths":{"r.io":"hunter2"}}"#,
                "FILE is not the JSON it should be: a value at line 1 column 26 is not of the kind that belongs there",
            ),
        ] {
            let failure = Config::parse("FILE", text).err().unwrap();
            assert_eq!(failure.message, expected);
            assert_eq!(failure.kind, Kind::Usage);
        }
        for bad in ["hunter2!", &auth("hunter2"), &auth(":hunter2"), "//79/Q=="] {
            let text = format!(r#"{{"auths":{{"r.io":{{"auth":"{bad}"}}}}}}"#);
            let config = Config::parse("FILE", &text).unwrap();
            let failure = config.leads("FILE", "r.io", "a").unwrap_err();
            assert_eq!(failure.message, "`auth` of `r.io` in FILE is not the base64 of USER:PASSWORD");
            assert!(config.leads("FILE", "other.io", "a").unwrap().is_empty(), "only what is used must be right");
        }
    }
}
