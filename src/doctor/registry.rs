//! From docker's configuration to the right to push: what a push would meet, without the push.

use std::future::Future;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::future::join;

use super::artifact_registry::{Api, Seen};
use super::check::{Check, Subject};
use crate::credentials::{self, Credential, Keychain, Login, Surveyed};
use crate::error::{Error, Kind};
use crate::http;
use crate::notice::Notice;
use crate::oci::Reference;
use crate::runtime;
use crate::store::registry::{Access, Identity, Registries, Registry, Remote};

/// How long to try again, and how long a connection may be silent: it is only looked whether all is well.
const RETRY_FOR: Duration = Duration::from_secs(4);
const STALL: Duration = Duration::from_secs(8);

/// Looks at the configuration and, where a reference is given, at its registry.
pub(super) fn examine(
    reference: Option<&Reference>,
    remote: &Remote,
    end: Instant,
    notice: &Arc<dyn Notice>,
) -> Result<Vec<Check>, Error> {
    let options = http::Options {
        retry_for: remote.http.retry_for.min(RETRY_FOR),
        stall_timeout: remote.http.stall_timeout.min(STALL),
        ..remote.http.clone()
    };
    // What is remembered of realms is not looked at, and nothing is added.
    let remote = Remote { http: options, realms: None, ..remote.clone() };
    let Some(reference) = reference else {
        let keychain = Keychain::new(remote.credentials, Arc::clone(notice));
        return Ok(vec![configuration(keychain.survey("", ""), None)]);
    };
    let registries = Registries::new(&remote, Arc::clone(notice))?;
    let patient = Patient { reference, remote: &remote, registries, end, notice };
    runtime::block_on(patient.examine())
}

/// docker's configuration, and what it has for the host.
fn configuration(surveyed: Result<Vec<Surveyed>, Error>, host: Option<&str>) -> Check {
    let subject = Subject::DockerConfig;
    let places = match surveyed {
        Ok(places) => places,
        Err(error) => return Check::error(subject, &error),
    };
    let there: Vec<&Surveyed> = places.iter().filter(|place| place.is_there).collect();
    let sources =
        |places: &[&Surveyed]| places.iter().map(|place| place.source.as_str()).collect::<Vec<_>>().join(", ");
    let all: Vec<&Surveyed> = places.iter().collect();
    let none = format!("there is none; looked for {}", sources(&all));
    let Some(host) = host else {
        return Check::ok(subject, if there.is_empty() { none } else { sources(&there) });
    };
    let found = there.iter().find_map(|place| Some((place, place.leads.first()?)));
    match (found, there.as_slice()) {
        (Some((place, lead)), _) => Check::ok(subject, format!("{lead} ({})", place.source)),
        (None, []) => Check::ok(subject, none),
        (None, there) => Check::ok(subject, format!("nothing for {host} in {}", sources(there))),
    }
}

struct Patient<'a> {
    reference: &'a Reference,
    remote: &'a Remote,
    registries: Registries,
    end: Instant,
    notice: &'a Arc<dyn Notice>,
}

impl Patient<'_> {
    async fn examine(&self) -> Vec<Check> {
        let (host, path) = (self.reference.host(), self.reference.repository());
        let keychain = self.registries.keychain();
        let mut checks = vec![configuration(keychain.survey(host, path), Some(host))];
        let (credential, ping) =
            join(self.in_time(keychain.credential(host, path)), self.in_time(self.registries.ping(self.reference)))
                .await;
        checks.push(credential_check(host, credential.as_ref()));
        checks.push(match &ping {
            Ok(status) => answered(host, status.as_u16()),
            Err(error) => Check::error(Subject::Registry, error),
        });
        let why = match (&credential, &ping) {
            (_, Err(_)) => Some("the registry does not answer"),
            (Err(_), _) => Some("there is no credential"),
            (Ok(credential), _) if is_missing(host, credential) => Some("there is no credential"),
            _ => None,
        };
        match (why, credential) {
            (None, Ok(credential)) => checks.extend(self.repository(&credential).await),
            (why, _) => {
                let why = why.unwrap_or_default();
                checks
                    .extend([Subject::Repository, Subject::Push, Subject::Pull].map(|it| Check::not_checked(it, why)));
            }
        }
        checks
    }

    /// What becomes of it before the time is over.
    async fn in_time<T>(&self, what: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
        match tokio::time::timeout_at(self.end.into(), what).await {
            Ok(result) => result,
            Err(_) => Err(Error::new(Kind::Network, "there was no answer in time")
                .hint(format!("is {} reachable from here, or does a proxy stand in between?", self.reference.host()))),
        }
    }

    /// The repository, and what one may do there.
    async fn repository(&self, credential: &Credential) -> Vec<Check> {
        match Api::of(self.reference, self.remote, credential, self.notice) {
            Err(error) => vec![Check::error(Subject::Repository, &error)],
            Ok(Some(api)) => {
                let seen = self.in_time(api.look()).await;
                self.at_google(&api, seen).await
            }
            Ok(None) => self.elsewhere().await,
        }
    }

    /// As Google's API tells it; where it has nothing against it, the registry is asked for the image.
    async fn at_google(&self, api: &Api<'_>, seen: Result<Seen, Error>) -> Vec<Check> {
        let seen = match seen {
            Ok(seen) => seen,
            Err(error) => {
                let why = "Google's API does not tell";
                let checks = [Subject::Push, Subject::Pull].map(|subject| Check::not_checked(subject, why));
                return [Check::error(Subject::Repository, &error)].into_iter().chain(checks).collect();
            }
        };
        let mut checks = api.checks(&seen);
        if !checks.iter().any(|check| check.is_problem() && check.subject != Subject::Push) && api.names_an_image() {
            checks.pop();
            let pull = match self.in_time(self.registries.open(self.reference, Access::Pull)).await {
                Ok(registry) => self.image(&registry).await,
                Err(error) => Check::error(Subject::Pull, &error),
            };
            checks.push(pull);
        }
        checks
    }

    /// As the registry and its token tell it.
    async fn elsewhere(&self) -> Vec<Check> {
        let refused = match self.opened(&self.registries, Access::Push).await {
            Ok((registry, known)) => {
                let push = self.may_push(&registry).await;
                let pull = if known { self.image(&registry).await } else { nothing_there(&registry) };
                return vec![repository_check(&registry, known), push, pull];
            }
            Err(error) if error.kind() == Kind::Denied => error,
            Err(error) => {
                let why = "the repository could not be looked at";
                let checks = [Subject::Push, Subject::Pull].map(|subject| Check::not_checked(subject, why));
                return [Check::error(Subject::Repository, &error)].into_iter().chain(checks).collect();
            }
        };
        // Some realms refuse who asks for more than they give, others give less.
        let push = Check::error(Subject::Push, &refused);
        match self.opened(&self.registries.anew(), Access::Pull).await {
            Ok((registry, known)) => {
                let pull = if known { self.image(&registry).await } else { nothing_there(&registry) };
                vec![repository_check(&registry, known), push, pull]
            }
            Err(error) => {
                let why = "the registry does not let us look";
                vec![Check::not_checked(Subject::Repository, why), push, Check::error(Subject::Pull, &error)]
            }
        }
    }

    async fn opened(&self, registries: &Registries, access: Access) -> Result<(Registry, bool), Error> {
        self.in_time(async {
            let registry = registries.open(self.reference, access).await?;
            let known = registry.is_known().await?;
            Ok((registry, known))
        })
        .await
    }

    async fn may_push(&self, registry: &Registry) -> Check {
        let has =
            |actions: &[String], wanted: &str| actions.iter().any(|action| [wanted, "*"].contains(&action.as_str()));
        match self.in_time(registry.granted()).await {
            Err(error) => Check::error(Subject::Push, &error),
            Ok(None) => {
                Check::not_checked(Subject::Push, "this is not known before a push: the registry's token does not tell")
            }
            Ok(Some(actions)) if has(&actions, "push") => {
                Check::ok(Subject::Push, format!("the registry's token grants {}", actions.join(", ")))
            }
            Ok(Some(actions)) => {
                let granted = if actions.is_empty() { "nothing".to_owned() } else { actions.join(", ") };
                let whom = registry.identity().await;
                Check::problem(
                    Subject::Push,
                    Kind::Denied,
                    format!("the registry's token grants {granted}, and no push"),
                )
                .hint(format!("asked as {whom}: it needs the right to write to {}", registry.name()))
            }
        }
    }

    /// The image that the reference names, or what was seen of the repository already.
    async fn image(&self, registry: &Registry) -> Check {
        let (tag, digest) = (self.reference.tag(), self.reference.digest());
        if tag.is_none() && digest.is_none() {
            return match self.in_time(registry.is_known()).await {
                Ok(true) => Check::ok(Subject::Pull, "its tags can be listed"),
                Ok(false) => nothing_there(registry),
                Err(error) => Check::error(Subject::Pull, &error),
            };
        }
        match self.in_time(registry.resolve(tag, digest)).await {
            Ok(image) => Check::ok(Subject::Pull, format!("{}@{}", registry.name(), image.digest)),
            Err(error) if error.kind() == Kind::NotFound => {
                let check = Check::warning(Subject::Pull, format!("there is no `{}` yet", self.reference));
                check.hint(format!("`consign push SOURCE {}` makes it", self.reference))
            }
            Err(error) => Check::error(Subject::Pull, &error),
        }
    }
}

fn is_missing(host: &str, credential: &Credential) -> bool {
    matches!(credential.login, Login::Anonymous) && credentials::is_google(host)
}

fn credential_check(host: &str, credential: Result<&Credential, &Error>) -> Check {
    let subject = Subject::Credential;
    let credential = match credential {
        Ok(credential) => credential,
        Err(error) => return Check::error(subject, error),
    };
    let nothing = || credentials::nothing_found(host, &credential.tried);
    if is_missing(host, credential) {
        return Check::error(subject, &nothing());
    }
    let hint = || nothing().hint_text().map(str::to_owned);
    let whom = Identity { account: credential.account.clone(), source: credential.source.clone() };
    match credentials::passed_over(&credential.tried) {
        Some(step) => {
            let found = format!("{whom} answers for {host}, which may be another account");
            Check::warning(subject, found).details([format!("{}: {}", step.source, step.outcome)]).maybe_hint(hint())
        }
        None if matches!(credential.login, Login::Anonymous) => {
            let tried = credential.tried.iter().map(|step| format!("{}: {}", step.source, step.outcome));
            Check::warning(subject, format!("none for {host}: it is spoken to anonymously"))
                .details(tried)
                .maybe_hint(hint())
        }
        None => Check::ok(subject, whom.to_string()),
    }
}

/// What the status of `/v2/` says to somebody who is nobody.
fn answered(host: &str, status: u16) -> Check {
    match status {
        200 | 401 | 403 => Check::ok(Subject::Registry, format!("{host} answers")),
        status => {
            Check::warning(Subject::Registry, format!("{host} answers `GET /v2/` with {status}, as no registry does"))
                .hint("does it speak the distribution specification? A proxy or a login page may have answered")
        }
    }
}

fn repository_check(registry: &Registry, known: bool) -> Check {
    let name = registry.name();
    if known {
        Check::ok(Subject::Repository, format!("{name} is there"))
    } else {
        Check::warning(Subject::Repository, format!("{name} is not there"))
            .hint("many registries make a repository when it is first pushed to; others want it to be made before")
    }
}

fn nothing_there(registry: &Registry) -> Check {
    Check::warning(Subject::Pull, format!("there is nothing in {} yet", registry.name()))
}
