//! `consign auth`.

use std::sync::Arc;

use super::args::{self, Format};
use super::console::Console;
use super::{Outcome, meaning, receipt};
use crate::credentials::{self, Credential, Keychain, Login};
use crate::error::{Error, Kind};
use crate::http::Secret;
use crate::oci::Reference;
use crate::store::registry::{Access, Registries, Remote};
use crate::{report, runtime};

pub(super) fn run(args: &args::Auth, console: &Arc<Console>) -> Result<Outcome, Error> {
    let (host, repository) = meaning::host(&args.place)?;
    if args.token && repository.is_none() {
        return Err(Error::new(
            Kind::Usage,
            format!("a token is for a repository, and `{host}` names only the registry"),
        )
        .hint(format!("write `consign auth {host}/REPOSITORY --token`")));
    }
    let remote = meaning::remote(&args.registry, &[&host], false)?;
    if let (true, Some(repository)) = (args.token, &repository) {
        let token = token(repository, &remote, console)?;
        console.result(&format!("{}\n", token.expose()))?;
        return Ok(Outcome::Done);
    }
    let keychain = Keychain::new(remote.credentials, Arc::clone(console) as _);
    let path = repository.as_ref().map_or("", Reference::repository);
    let credential = runtime::block_on(keychain.credential(&host, path))??;
    if matches!(credential.login, Login::Anonymous) {
        return Err(credentials::nothing_found(&host, &credential.tried));
    }
    for step in &credential.tried {
        console.detail(|| format!("{}: {}", report::escape(&step.source), report::escape(&step.outcome)));
    }
    console.status(&format!("not checked: {host} was not asked; `--token` asks it"));
    console.result(&match args.format {
        Format::Text => told(&credential),
        Format::Json => receipt::of_credential(&host, repository.as_ref(), &credential),
    })?;
    Ok(Outcome::Done)
}

/// As whom, from where, and until when; never the secret.
fn told(credential: &Credential) -> String {
    let account = credential.account.as_deref().unwrap_or("unknown (the source does not tell)");
    let mut text = format!("account: {}\nsource: {}\n", report::escape(account), report::escape(&credential.source));
    if let Some(expires) = credential.expires {
        text += &format!("expires: {expires}\n");
    }
    text
}

/// The token that the registry takes for the repository.
fn token(repository: &Reference, remote: &Remote, console: &Arc<Console>) -> Result<Secret, Error> {
    let registries = Registries::new(remote, Arc::clone(console) as _)?;
    let token = runtime::block_on(async { registries.open(repository, Access::Push).await?.token().await })??;
    token.ok_or_else(|| {
        Error::new(
            Kind::NotFound,
            format!("`{}` gives no tokens: it takes a user and password, or anybody", repository.host()),
        )
        .hint(format!("`consign auth {}` tells as whom it would be spoken to", repository.name()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::credentials::Step;

    fn credential() -> Credential {
        Credential {
            login: Login::Basic("me".into(), Secret::new("hunter2")),
            account: Some("me\u{1b}".into()),
            source: "credential helper docker-credential-x (/h/.docker/config.json)".into(),
            expires: Some("2026-01-31T12:00:00Z".parse().unwrap()),
            google: false,
            tried: vec![Step { source: "DOCKER_AUTH_CONFIG".into(), outcome: "not set".into() }],
        }
    }

    #[test]
    fn an_account_is_told_without_its_secret() {
        let text = told(&credential());
        assert_eq!(
            text,
            "account: me\\u{1b}\nsource: credential helper docker-credential-x (/h/.docker/config.json)\nexpires: 2026-01-31T12:00:00Z\n"
        );
        let unknown = Credential { account: None, expires: None, ..credential() };
        assert!(told(&unknown).starts_with("account: unknown") && !told(&unknown).contains("expires"));
    }

    #[test]
    fn for_machines_an_account_has_no_secret_either() {
        let text = receipt::of_credential("r.io", None, &credential());
        assert!(!text.contains("hunter2") && !text.contains('\u{1b}'), "{text}");
        let json: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(json["expires"], "2026-01-31T12:00:00Z");
        assert_eq!(json["tried"][0]["outcome"], "not set");
        assert_eq!(json["repository"], serde_json::Value::Null);
    }
}
