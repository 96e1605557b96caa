//! What is particular about Google's registries: their hosts, and the user names that say of what sort the password is.

use base64::Engine as _;

use super::Login;
use crate::http::Secret;

/// Users whose password is an OAuth access token: docker's documented one, gcloud's helper's, and that of Go's registry library.
const ACCESS_TOKEN_USERS: [&str; 3] = ["oauth2accesstoken", "_dcgcloud_token", "_token"];

/// The user whose password is the key of a service account, as its JSON file has it.
/// See <https://cloud.google.com/artifact-registry/docs/docker/authentication#json-key>.
pub(super) const KEY_USER: &str = "_json_key";
const ENCODED_KEY_USER: &str = "_json_key_base64";

/// Helpers that hand out Google's credentials.
pub(super) const HELPERS: [&str; 2] = ["docker-credential-gcloud", "docker-credential-gcr"];

/// Whether Google's registries are at this host: `*.pkg.dev`, `gcr.io` and `*.gcr.io` (with or without a port 443).
pub fn is_google(host: &str) -> bool {
    let host = host.strip_suffix(":443").unwrap_or(host).to_ascii_lowercase();
    host == "gcr.io" || [".gcr.io", ".pkg.dev"].iter().any(|end| host.len() > end.len() && host.ends_with(end))
}

/// A user name and a password as what they are at `host`.
pub(super) fn login(host: &str, user: String, secret: Secret) -> Login {
    match user.as_str() {
        // docker's mark for a refresh token.
        "<token>" => Login::IdentityToken(secret),
        user if is_google(host) && ACCESS_TOKEN_USERS.contains(&user) => Login::AccessToken(secret),
        _ => Login::Basic(user, secret),
    }
}

/// A token without a user name as what it is at `host`.
pub(super) fn token(host: &str, secret: Secret) -> Login {
    if is_google(host) { Login::AccessToken(secret) } else { Login::RegistryToken(secret) }
}

/// Whether a credential for `host` is Google's by its form.
pub(super) fn is_googles(host: &str, login: &Login) -> bool {
    match login {
        Login::AccessToken(_) => true,
        Login::Basic(user, _) => is_google(host) && [KEY_USER, ENCODED_KEY_USER].contains(&user.as_str()),
        Login::Anonymous | Login::IdentityToken(_) | Login::RegistryToken(_) => false,
    }
}

/// As whom a credential speaks, where it tells: its user, or the account that a service account's key names.
pub(super) fn account(login: &Login) -> Option<String> {
    let Login::Basic(user, secret) = login else { return None };
    let key = match user.as_str() {
        "" => return None,
        KEY_USER => secret.expose().as_bytes().to_vec(),
        ENCODED_KEY_USER => base64::prelude::BASE64_STANDARD.decode(secret.expose().trim()).ok()?,
        _ => return Some(user.clone()),
    };
    let key: serde_json::Value = serde_json::from_slice(&key).ok()?;
    Some(key.get("client_email")?.as_str()?.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn googles_hosts_are_told_from_their_imitations() {
        for host in ["gcr.io", "eu.gcr.io", "us-docker.pkg.dev", "us-docker.pkg.dev:443", "US-docker.PKG.dev"] {
            assert!(is_google(host), "{host}");
        }
        for host in [
            "",
            ".pkg.dev",
            "pkg.dev",
            "pkg.dev.example.com",
            "evilgcr.io",
            "evil-pkg.dev",
            "us-docker.pkg.dev:8443",
            "docker.io",
            "localhost:5000",
        ] {
            assert!(!is_google(host), "{host}");
        }
    }

    #[test]
    fn a_user_name_may_say_what_the_password_is() {
        const KEY: &str = r#"{"client_email":"robot@p.iam.gserviceaccount.com"}"#;
        let encoded = base64::prelude::BASE64_STANDARD.encode(KEY);
        for (host, user, secret, form, googles, expected) in [
            ("r.example", "me", "p", "basic", false, Some("me")),
            ("r.example", "<token>", "p", "identity", false, None),
            ("r.example", "oauth2accesstoken", "p", "basic", false, Some("oauth2accesstoken")),
            ("gcr.io", "oauth2accesstoken", "p", "access", true, None),
            ("gcr.io", "_dcgcloud_token", "p", "access", true, None),
            ("gcr.io", "_token", "p", "access", true, None),
            ("gcr.io", "_json_key", KEY, "basic", true, Some("robot@p.iam.gserviceaccount.com")),
            ("gcr.io", "_json_key_base64", &encoded, "basic", true, Some("robot@p.iam.gserviceaccount.com")),
            ("gcr.io", "_json_key", "no key", "basic", true, None),
            ("gcr.io", "", "p", "basic", false, None),
        ] {
            let login = login(host, user.to_owned(), Secret::new(secret));
            let got = match login {
                Login::Basic(..) => "basic",
                Login::IdentityToken(_) => "identity",
                Login::AccessToken(_) => "access",
                _ => "other",
            };
            assert_eq!(got, form, "{host} {user}");
            assert_eq!(is_googles(host, &login), googles, "{host} {user}");
            assert_eq!(account(&login).as_deref(), expected, "{host} {user}");
        }
    }
}
