//! Who is granted something, in the form in which Google's policies name them.

use std::fmt;
use std::str::FromStr;

use crate::error::{Error, Kind};

use super::names::check_project;

/// A member of a policy's binding: `user:me@example.com`, `serviceAccount:…`, `group:…`, `principal://…`, `principalSet://…`.
///
/// ```
/// use consign::setup::Member;
///
/// let member: Member = "ci@shop-prod.iam.gserviceaccount.com".parse()?;
/// assert_eq!(member.to_string(), "serviceAccount:ci@shop-prod.iam.gserviceaccount.com");
/// # Ok::<(), consign::error::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Member(String);

/// Behind the project in the name of the pool that the service accounts of its clusters belong to.
pub(crate) const WORKLOAD_POOL: &str = ".svc.id.goog";

impl Member {
    /// The Kubernetes service account of a workload, in any cluster of the project's workload identity pool.
    pub(super) fn workload(project: &str, namespace: &str, account: &str) -> Self {
        Self(format!("serviceAccount:{project}{WORKLOAD_POOL}[{namespace}/{account}]"))
    }

    /// A service account of a project, by its address.
    pub(super) fn service_account(email: &str) -> Self {
        Self(format!("serviceAccount:{email}"))
    }

    /// All workflows of a repository of GitHub that log in through this pool, `projects/NUMBER/locations/global/workloadIdentityPools/POOL`.
    /// The pool's provider must map `attribute.repository`.
    ///
    /// Fails with [`Kind::Usage`] where one of them does not have its form.
    pub fn github(pool: &str, repository: &str) -> Result<Self, Error> {
        check_pool(pool)?;
        let parts: Vec<&str> = repository.split('/').collect();
        let fits = |part: &&str| {
            !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
        };
        if parts.len() != 2 || !parts.iter().all(fits) {
            let message = format!("`{}` does not name a repository of GitHub", repository.escape_debug());
            return Err(usage(message).hint("write `OWNER/REPO`"));
        }
        Ok(Self(format!("principalSet://iam.googleapis.com/{pool}/attribute.repository/{repository}")))
    }

    /// As a policy has it.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What people call it: its address, without what kind of member it is.
    pub(super) fn called(&self) -> &str {
        let kinds = ["user:", "group:", "serviceAccount:"];
        kinds.into_iter().find_map(|kind| self.0.strip_prefix(kind)).unwrap_or(&self.0)
    }

    /// The Kubernetes service account, where it is one.
    pub(super) fn kubernetes_account(&self) -> Option<&str> {
        let (_, account) = self.0.split_once(WORKLOAD_POOL)?.1.strip_suffix(']')?.split_once('/')?;
        self.0.starts_with("serviceAccount:").then_some(account)
    }

    /// Whether `text` names the same in a policy that Google gives: addresses have no case.
    pub(super) fn is(&self, text: &str) -> bool {
        if self.0.contains("://") { self.0 == text } else { self.0.eq_ignore_ascii_case(text) }
    }
}

impl fmt::Display for Member {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

const FORMS: &str = "write an address, or `user:ADDRESS`, `group:ADDRESS`, `serviceAccount:ADDRESS`, `principal://…` or `principalSet://…`";

impl FromStr for Member {
    type Err = Error;

    /// Fails with [`Kind::Usage`]. An address alone is that of a service account, or else of a person.
    fn from_str(text: &str) -> Result<Self, Error> {
        if text.starts_with("principal://") || text.starts_with("principalSet://") {
            check_principal(text)?;
            return Ok(Self(text.to_owned()));
        }
        let is_service_account = text.ends_with(".gserviceaccount.com");
        let (kind, address) = match text.split_once(':') {
            Some((kind @ ("user" | "group" | "serviceAccount"), address)) => (kind, address),
            Some(("allUsers" | "allAuthenticatedUsers" | "domain", _)) => return Err(everybody(text)),
            Some((kind, _)) => {
                let known =
                    ["user", "group", "serviceAccount"].into_iter().find(|known| known.eq_ignore_ascii_case(kind));
                let hint = known.map_or_else(|| FORMS.to_owned(), |known| format!("write `{known}:`"));
                let message = format!("`{}:` stands before no sort of member", kind.escape_debug());
                return Err(usage(message).hint(hint));
            }
            None if matches!(text, "allUsers" | "allAuthenticatedUsers") => return Err(everybody(text)),
            None if is_service_account => ("serviceAccount", text),
            None => ("user", text),
        };
        if kind == "serviceAccount" && address.contains('[') {
            check_workload(text, address)?;
        } else if !is_address(address) {
            return Err(
                usage(format!("`{}` names no member: it is no e-mail address", address.escape_debug())).hint(FORMS)
            );
        } else if kind != "serviceAccount" && is_service_account {
            return Err(usage(format!("`{address}` is a service account, and not a {kind}"))
                .hint(format!("leave out `{kind}:`, or write `serviceAccount:`")));
        }
        Ok(Self(format!("{kind}:{address}")))
    }
}

fn usage(message: String) -> Error {
    Error::new(Kind::Usage, message)
}

fn everybody(text: &str) -> Error {
    usage(format!("`{}` is more people than anybody knows", text.escape_debug()))
        .hint("name who it is: a person, a group, a service account or a principal")
}

fn is_address(text: &str) -> bool {
    let part =
        |part: &str| !part.is_empty() && part.chars().all(|c| c.is_ascii_graphic() && !"@'\"`\\()[]<>,;:/".contains(c));
    text.split_once('@').is_some_and(|(name, domain)| {
        part(name) && part(domain) && domain.contains('.') && !domain.starts_with('.') && !domain.ends_with('.')
    })
}

/// `PROJECT.svc.id.goog[NAMESPACE/ACCOUNT]`
fn check_workload(text: &str, address: &str) -> Result<(), Error> {
    let name =
        |name: &str| !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-.".contains(&byte));
    let parts = address.split_once(WORKLOAD_POOL).and_then(|(project, rest)| {
        let (namespace, account) = rest.strip_prefix('[')?.strip_suffix(']')?.split_once('/')?;
        (name(namespace) && name(account)).then_some(project)
    });
    match parts {
        Some(project) => check_project(project),
        None => Err(usage(format!("`{}` names no workload of a cluster", text.escape_debug()))
            .hint("write `serviceAccount:PROJECT.svc.id.goog[NAMESPACE/ACCOUNT]`")),
    }
}

/// `principal://iam.googleapis.com/POOL/…` and `principalSet://…`, POOL of workloads or of a workforce.
fn check_principal(text: &str) -> Result<(), Error> {
    let shown = text.escape_debug();
    let form = "write `principal://iam.googleapis.com/POOL/subject/SUBJECT` or \
                `principalSet://iam.googleapis.com/POOL/attribute.NAME/VALUE`, POOL like \
                `projects/NUMBER/locations/global/workloadIdentityPools/ID`";
    let broken = |why: &str| usage(format!("`{shown}` names no principal: {why}")).hint(form);
    if text.chars().any(|c| !c.is_ascii_graphic() || "'\"`\\".contains(c)) {
        return Err(broken("it has a character that none has"));
    }
    let rest = text.split_once("://").map_or("", |(_, rest)| rest);
    let Some(path) = rest.strip_prefix("iam.googleapis.com/") else {
        return Err(broken("behind `://` stands `iam.googleapis.com/`"));
    };
    let parts: Vec<&str> = path.split('/').collect();
    let pool_ends = if path.starts_with("projects/") { 6 } else { 4 };
    let (pool, who) = parts.split_at(pool_ends.min(parts.len()));
    if path.starts_with("projects/") {
        check_pool(&pool.join("/"))?;
    } else if !matches!(pool, ["locations", "global", "workforcePools", id] if !id.is_empty()) {
        return Err(broken("there is no pool in it"));
    }
    match who {
        [kind, rest @ ..] if !kind.is_empty() && (*kind == "*" || rest.iter().any(|part| !part.is_empty())) => Ok(()),
        _ => Err(broken("behind the pool it does not say who")),
    }
}

/// `projects/NUMBER/locations/global/workloadIdentityPools/POOL`
fn check_pool(pool: &str) -> Result<(), Error> {
    let shown = pool.escape_debug();
    let form = "write `projects/NUMBER/locations/global/workloadIdentityPools/ID`; \
                `gcloud iam workload-identity-pools list --location=global --project=PROJECT --format='value(name)'` lists them";
    let parts: Vec<&str> = pool.split('/').collect();
    let id = |id: &str| !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-.:".contains(&byte));
    match parts.as_slice() {
        ["projects", number, "locations", "global", "workloadIdentityPools", pool] if id(pool) => {
            if !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()) {
                return Ok(());
            }
            Err(usage(format!("`{}` is not a project's number, which a pool is named after", number.escape_debug()))
                .hint(format!(
                    "`gcloud projects describe {} --format='value(projectNumber)'` tells it",
                    number.escape_debug()
                )))
        }
        _ => Err(usage(format!("`{shown}` names no workload identity pool")).hint(form)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const POOL: &str = "projects/123456789012/locations/global/workloadIdentityPools/github";

    #[test]
    fn an_address_alone_is_a_person_or_a_service_account() {
        for (text, member) in [
            ("me@example.com", "user:me@example.com"),
            ("user:me@example.com", "user:me@example.com"),
            ("group:ops@example.com", "group:ops@example.com"),
            ("ci@shop-prod.iam.gserviceaccount.com", "serviceAccount:ci@shop-prod.iam.gserviceaccount.com"),
            ("1-compute@developer.gserviceaccount.com", "serviceAccount:1-compute@developer.gserviceaccount.com"),
            ("serviceAccount:shop-prod.svc.id.goog[ci/runner]", "serviceAccount:shop-prod.svc.id.goog[ci/runner]"),
        ] {
            assert_eq!(text.parse::<Member>().unwrap().as_str(), member);
        }
        for principal in [
            format!("principal://iam.googleapis.com/{POOL}/subject/repo:shop/configs:ref:refs/heads/main"),
            format!("principalSet://iam.googleapis.com/{POOL}/attribute.repository/shop/configs"),
            format!("principalSet://iam.googleapis.com/{POOL}/*"),
            "principal://iam.googleapis.com/locations/global/workforcePools/staff/subject/me@example.com".to_owned(),
            "principal://iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/shop-prod.svc.id.goog/subject/ns/a/sa/b".to_owned(),
        ] {
            assert_eq!(principal.parse::<Member>().unwrap().as_str(), principal);
        }
    }

    #[test]
    fn what_is_no_member_is_refused_with_the_form_to_write() {
        let no_number =
            "principalSet://iam.googleapis.com/projects/shop-prod/locations/global/workloadIdentityPools/github/*";
        for (text, words) in [
            ("", "it is no e-mail address"),
            ("me", "`me` names no member: it is no e-mail address"),
            ("me@localhost", "no e-mail address"),
            ("me@example.com,you@example.com", "no e-mail address"),
            ("me @example.com", "no e-mail address"),
            ("user:", "no e-mail address"),
            ("User:me@example.com", "write `user:`"),
            ("serviceaccount:ci@shop-prod.iam.gserviceaccount.com", "write `serviceAccount:`"),
            ("user:ci@shop-prod.iam.gserviceaccount.com", "leave out `user:`, or write `serviceAccount:`"),
            ("team:ops@example.com", "`team:` stands before no sort"),
            ("allUsers", "more people"),
            ("allAuthenticatedUsers", "more people"),
            ("domain:example.com", "more people"),
            ("serviceAccount:shop-prod.svc.id.goog[ci]", "no workload"),
            ("serviceAccount:shop-prod.svc.id.goog[ci/a b]", "no workload"),
            ("serviceAccount:shop.svc.id.goog[ci/runner]", "the project's ID `shop`"),
            ("principal://example.com/x", "stands `iam.googleapis.com/`"),
            ("principal://iam.googleapis.com/", "no pool"),
            ("principal://iam.googleapis.com/projects/1", "no workload identity pool"),
            (&format!("principal://iam.googleapis.com/{POOL}"), "does not say who"),
            (&format!("principal://iam.googleapis.com/{POOL}/subject/"), "does not say who"),
            (&format!("principal://iam.googleapis.com/{POOL}/subject/a b"), "a character"),
            (no_number, "`shop-prod` is not a project's number"),
        ] {
            let error = text.parse::<Member>().unwrap_err();
            let said = format!("{error} ({})", error.hint_text().unwrap_or_default());
            assert!(error.kind() == Kind::Usage && said.contains(words), "{text}: {said}");
        }
    }

    #[test]
    fn a_repository_of_github_is_a_set_of_principals() {
        let member = Member::github(POOL, "shop/configs").unwrap();
        let expected = format!("principalSet://iam.googleapis.com/{POOL}/attribute.repository/shop/configs");
        assert_eq!(member.as_str(), expected);
        assert_eq!(expected.parse::<Member>().unwrap(), member);
        for repository in ["", "shop", "shop/configs/more", "https://github.com/shop/configs", "shop/'configs'"] {
            assert!(Member::github(POOL, repository).is_err(), "{repository}");
        }
        for pool in
            ["", "github", "projects/shop-prod/locations/global/workloadIdentityPools/github", &format!("//{POOL}")]
        {
            assert!(Member::github(pool, "shop/configs").is_err(), "{pool}");
        }
    }

    #[test]
    fn addresses_are_the_same_in_any_case_and_principals_are_not() {
        assert!("user:Me@Example.com".parse::<Member>().unwrap().is("user:me@example.com"));
        let set = Member::github(POOL, "shop/configs").unwrap();
        assert!(set.is(set.as_str()) && !set.is(&set.as_str().replace("shop", "Shop")));
    }

    #[test]
    fn the_account_of_a_workload_is_known() {
        let member = Member::workload("shop-prod", "config-management-system", "root-reconciler-shop");
        assert_eq!(
            member.as_str(),
            "serviceAccount:shop-prod.svc.id.goog[config-management-system/root-reconciler-shop]"
        );
        assert_eq!(member.kubernetes_account(), Some("root-reconciler-shop"));
        assert_eq!(Member::service_account("a@b.c").kubernetes_account(), None);
    }
}
