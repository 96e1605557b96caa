//! What an IAM policy gives to an account, as far as the policy alone tells.

use serde_json::Value;

use crate::setup::WORKLOAD_POOL;
use crate::sync::ROOT_NAMESPACE;

/// Roles with which one may pull, below `roles/artifactregistry.`.
const READERS: [&str; 6] = ["reader", "writer", "repoAdmin", "admin", "createOnPushWriter", "createOnPushRepoAdmin"];
/// Roles of a whole project with which one may.
const BASIC: [&str; 3] = ["roles/viewer", "roles/editor", "roles/owner"];
/// With it an account of Kubernetes may act as a service account of Google's.
const IMPERSONATOR: &str = "roles/iam.workloadIdentityUser";

/// The right in question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Right {
    /// To pull.
    Read,
    /// To act as the service account whose policy it is.
    Impersonate,
}

/// Whose right it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Account {
    /// An account of Kubernetes in Config Sync's namespace. Without a pool: of any.
    Kubernetes { name: String, pool: Option<String> },
    /// A service account of Google's, by its email.
    Google(String),
    /// Anybody at all.
    Nobody,
}

/// How sure it is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Grant {
    /// It is not given by this policy.
    No,
    /// Perhaps; what it depends on.
    Perhaps(String),
    /// It is given: to whom, and with which role.
    Yes(String),
}

/// Whether a policy gives the account the right; the surest of its bindings counts.
pub(super) fn grant(policy: &Value, account: &Account, right: Right) -> Grant {
    let bindings = policy["bindings"].as_array().into_iter().flatten();
    bindings.map(|binding| by_binding(binding, account, right)).max().unwrap_or(Grant::No)
}

fn by_binding(binding: &Value, account: &Account, right: Right) -> Grant {
    let role = binding["role"].as_str().unwrap_or_default();
    let has_role = match right {
        Right::Read => {
            let short = role.strip_prefix("roles/artifactregistry.");
            BASIC.contains(&role) || short.is_some_and(|short| READERS.contains(&short))
        }
        Right::Impersonate => role == IMPERSONATOR,
    };
    let is_custom = role.starts_with("projects/") || role.starts_with("organizations/");
    if !has_role && !is_custom {
        return Grant::No;
    }
    let members = binding["members"].as_array().into_iter().flatten().filter_map(Value::as_str);
    let Some((member, is_sure)) =
        members.filter_map(|member| Some((member, account.is(member)?))).max_by_key(|it| it.1)
    else {
        return Grant::No;
    };
    let given = format!("{member} has {role}");
    match &binding["condition"] {
        Value::Null if is_custom => Grant::Perhaps(format!("{given}, a role of your own")),
        Value::Null if is_sure => Grant::Yes(given),
        Value::Null => Grant::Perhaps(format!("{given}, and may include it")),
        condition => {
            let title = condition["title"].as_str().unwrap_or("without a title");
            Grant::Perhaps(format!("{given} under a condition ({title})"))
        }
    }
}

impl Account {
    /// How a policy names it. Without a pool there is nothing that could be named.
    pub(super) fn member(&self) -> Option<String> {
        match self {
            Self::Kubernetes { name, pool } => {
                Some(format!("serviceAccount:{}[{ROOT_NAMESPACE}/{name}]", pool.as_deref()?))
            }
            Self::Google(email) => Some(format!("serviceAccount:{email}")),
            Self::Nobody => Some("allUsers".to_owned()),
        }
    }

    /// Whether a member of a policy is this account: none for no, false for perhaps.
    fn is(&self, member: &str) -> Option<bool> {
        if member == "allUsers" {
            return Some(true);
        }
        match self {
            Self::Nobody => None,
            _ if member == "allAuthenticatedUsers" => Some(true),
            Self::Google(email) => match member.split_once(':')? {
                ("serviceAccount", other) => (other == email).then_some(true),
                ("group" | "domain", _) => Some(false),
                _ => None,
            },
            Self::Kubernetes { name, pool } => Self::is_of_kubernetes(name, pool.as_deref(), member),
        }
    }

    fn is_of_kubernetes(name: &str, pool: Option<&str>, member: &str) -> Option<bool> {
        const POOLS: &str = "/workloadIdentityPools/";
        let fits = |other: &str| pool.map_or_else(|| other.ends_with(WORKLOAD_POOL), |pool| pool == other);
        if let Some(member) = member.strip_prefix("serviceAccount:") {
            let (other, account) = member.strip_suffix(']')?.split_once('[')?;
            return (fits(other) && account == format!("{ROOT_NAMESPACE}/{name}")).then_some(true);
        }
        let (kind, rest) = member.split_once("://")?;
        let (other, whom) = rest.split_once(POOLS)?.1.split_once('/')?;
        match kind {
            _ if !fits(other) => None,
            "principal" => (whom == format!("subject/ns/{ROOT_NAMESPACE}/sa/{name}")).then_some(true),
            "principalSet" => Some(false),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn kubernetes(pool: Option<&str>) -> Account {
        Account::Kubernetes { name: "root-reconciler-shop".to_owned(), pool: pool.map(str::to_owned) }
    }

    fn reads(account: &Account, role: &str, members: &[&str]) -> Grant {
        grant(&json!({"bindings": [{"role": role, "members": members}]}), account, Right::Read)
    }

    #[test]
    fn the_members_that_are_an_account_of_kubernetes() {
        const OWN: &str = "serviceAccount:fleet.svc.id.goog[config-management-system/root-reconciler-shop]";
        const POOL: &str = "iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/fleet.svc.id.goog";
        let subject = format!("principal://{POOL}/subject/ns/config-management-system/sa/root-reconciler-shop");
        let other_subject = format!("principal://{POOL}/subject/ns/config-management-system/sa/root-reconciler");
        let set = format!("principalSet://{POOL}/namespace/config-management-system");
        let (known, unknown, other) =
            (kubernetes(Some("fleet.svc.id.goog")), kubernetes(None), kubernetes(Some("x.svc.id.goog")));
        for (member, of_known, of_unknown, of_other) in [
            (OWN, Some(true), Some(true), None),
            ("serviceAccount:fleet.svc.id.goog[config-management-system/root-reconciler]", None, None, None),
            ("serviceAccount:fleet.svc.id.goog[default/root-reconciler-shop]", None, None, None),
            ("serviceAccount:ci@shop.iam.gserviceaccount.com", None, None, None),
            (&subject, Some(true), Some(true), None),
            (&other_subject, None, None, None),
            (&set, Some(false), Some(false), None),
            ("allUsers", Some(true), Some(true), Some(true)),
            ("allAuthenticatedUsers", Some(true), Some(true), Some(true)),
            ("user:me@example.com", None, None, None),
            (&format!("deleted:{OWN}?uid=1"), None, None, None),
            ("", None, None, None),
            ("principal://", None, None, None),
            ("serviceAccount:]", None, None, None),
        ] {
            assert_eq!(
                (known.is(member), unknown.is(member), other.is(member)),
                (of_known, of_unknown, of_other),
                "{member}"
            );
        }
        assert_eq!(known.member().as_deref(), Some(OWN));
        assert_eq!(unknown.member(), None);
    }

    #[test]
    fn the_members_that_are_a_service_account_of_googles_or_anybody() {
        let account = Account::Google("sync@shop.iam.gserviceaccount.com".to_owned());
        for (member, of_google, of_nobody) in [
            ("serviceAccount:sync@shop.iam.gserviceaccount.com", Some(true), None),
            ("serviceAccount:other@shop.iam.gserviceaccount.com", None, None),
            ("group:syncers@example.com", Some(false), None),
            ("allAuthenticatedUsers", Some(true), None),
            ("allUsers", Some(true), Some(true)),
        ] {
            assert_eq!((account.is(member), Account::Nobody.is(member)), (of_google, of_nobody), "{member}");
        }
    }

    #[test]
    fn the_roles_with_which_one_may_pull() {
        let account = Account::Google("a@b".to_owned());
        for (role, sure) in [
            ("roles/artifactregistry.reader", Some(true)),
            ("roles/artifactregistry.writer", Some(true)),
            ("roles/viewer", Some(true)),
            ("roles/artifactregistry.containerRegistryMigrationAdmin", None),
            ("roles/iam.workloadIdentityUser", None),
            ("roles/storage.objectViewer", None),
            ("projects/shop/roles/puller", Some(false)),
            ("", None),
        ] {
            let sureness = match reads(&account, role, &["user:me", "serviceAccount:a@b"]) {
                Grant::Yes(_) => Some(true),
                Grant::Perhaps(_) => Some(false),
                Grant::No => None,
            };
            assert_eq!(sureness, sure, "{role}");
        }
    }

    #[test]
    fn the_surest_binding_counts_and_a_condition_makes_it_unsure() {
        let account = Account::Google("a@b".to_owned());
        let reader = "roles/artifactregistry.reader";
        let conditional = json!({"role": reader, "members": ["serviceAccount:a@b"], "condition": {"title": "until May", "expression": "…"}});
        let grouped = json!({"role": reader, "members": ["group:g@b"]});
        let plain = json!({"role": reader, "members": ["serviceAccount:a@b"]});
        let granted = |bindings: &[&Value]| grant(&json!({"bindings": bindings}), &account, Right::Read);
        assert_eq!(granted(&[]), Grant::No);
        assert!(matches!(granted(&[&grouped]), Grant::Perhaps(why) if why.contains("may include it")));
        assert!(matches!(granted(&[&conditional]), Grant::Perhaps(why) if why.contains("until May")));
        assert!(matches!(granted(&[&conditional, &grouped, &plain]), Grant::Yes(_)));
        for odd in [
            json!(null),
            json!({"etag": "ACAB"}),
            json!({"bindings": {}}),
            json!({"bindings": [null, {"role": reader}]}),
        ] {
            assert_eq!(grant(&odd, &account, Right::Read), Grant::No, "{odd}");
        }
        assert_eq!(grant(&json!({"bindings": [plain]}), &account, Right::Impersonate), Grant::No);
    }
}
