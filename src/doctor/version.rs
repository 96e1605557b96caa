//! The version of Config Sync on a cluster, and what it means.

use serde_json::Value;

use super::check::{Check, Subject};
use super::cluster::Answer;
use crate::credentials;
use crate::deploy::Version;
use crate::oci::Reference;
use crate::sync::ROOT_NAMESPACE;

/// The version of Config Sync, as `nomos version` finds it, but for a registry's port: what Config Management says, else the tag of the
/// image of the reconciler manager. None where neither tells.
pub(super) fn installed(management: &Answer, manager: &Answer) -> Result<Option<String>, String> {
    let of = |answer: &Answer| answer.as_ref().ok().cloned().flatten().unwrap_or_default();
    let (operator, deployment) = (of(management), of(manager));
    let told = operator.pointer("/status/configManagementVersion").and_then(Value::as_str).filter(|it| !it.is_empty());
    let containers = deployment.pointer("/spec/template/spec/containers").and_then(Value::as_array);
    let mut containers = containers.into_iter().flatten();
    let image = containers.find(|it| it["name"] == "reconciler-manager").and_then(|it| it["image"].as_str());
    if let Some(version) = told.or_else(|| tag_of(image?)) {
        return Ok(Some(version.to_owned()));
    }
    match [management, manager].into_iter().find_map(|answer| answer.as_ref().err()) {
        Some(error) => Err(error.headline()),
        None => Ok(None),
    }
}

/// The tag of an image: what follows the last `:` behind the last `/`. A registry may have a port, and a digest may follow.
fn tag_of(image: &str) -> Option<&str> {
    let image = image.split_once('@').map_or(image, |(name, _)| name);
    let name = image.rsplit_once('/').map_or(image, |(_, name)| name);
    name.split_once(':').map(|(_, tag)| tag).filter(|tag| !tag.is_empty())
}

/// What the version means for the registry in question; without one, for Google's.
pub(super) fn checked(version: &Result<Option<String>, String>, reference: Option<&Reference>) -> Check {
    let subject = Subject::ConfigSync;
    let told = match version {
        Ok(Some(told)) => told,
        Ok(None) => {
            return Check::warning(
                subject,
                "its version is not known: neither ConfigManagement nor the Deployment `reconciler-manager` tells",
            )
            .hint(format!("`kubectl get deployments --namespace={ROOT_NAMESPACE}` shows what runs"));
        }
        Err(why) => return Check::not_checked(subject, why.clone()),
    };
    let Some(version) = Version::told(told) else {
        return Check::warning(subject, format!("its version `{told}` is none that can be compared"));
    };
    let google = reference.is_none_or(|reference| credentials::is_google(reference.host()));
    let elsewhere = reference.is_some_and(|reference| !credentials::is_google(reference.host()));
    if google && version < Version::WITH_K8S_SERVICE_ACCOUNT {
        return Check::warning(
            subject,
            format!(
                "{told} does not know `auth: k8sserviceaccount`, which came with {}",
                Version::WITH_K8S_SERVICE_ACCOUNT
            ),
        )
        .hint("upgrade it, or let a Google service account pull: `auth: gcpserviceaccount`");
    }
    if elsewhere && version < Version::WITH_TOKEN {
        return Check::warning(
            subject,
            format!("{told} does not know `auth: token`, which came with {}", Version::WITH_TOKEN),
        )
        .hint("upgrade it; until then it pulls from this registry only where anybody may");
    }
    Check::ok(subject, told.clone())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::Verdict;
    use super::*;
    use crate::error::{Error, Kind};

    #[test]
    fn the_installed_version_is_found_as_nomos_finds_it_but_for_a_port() {
        let management = |version: &str| json!({"status": {"configManagementVersion": version}});
        let manager = |image: &str| {
            json!({"spec": {"template": {"spec": {"containers": [
                {"name": "otel-agent", "image": "r/otel-agent:v0.1"}, {"name": "reconciler-manager", "image": image}]}}}})
        };
        for (operator, deployment, expected) in [
            (Some(management("v1.21.0")), Some(manager("r/reconciler-manager:v1.20.0")), Some("v1.21.0")),
            (Some(management("")), Some(manager("r/reconciler-manager:v1.20.0")), Some("v1.20.0")),
            (None, Some(manager("r.example:5000/reconciler-manager:v1.24.3")), Some("v1.24.3")),
            (None, Some(manager("r.example:5000/reconciler-manager")), None),
            (None, Some(json!({"spec": {}})), None),
            (None, None, None),
        ] {
            assert_eq!(installed(&Ok(operator), &Ok(deployment)).unwrap().as_deref(), expected);
        }
        let denied = || Err(Error::new(Kind::Denied, "no"));
        assert_eq!(installed(&Ok(None), &denied()), Err("no".to_owned()));
        assert_eq!(installed(&denied(), &Ok(Some(manager("r:v1.24.3")))), Ok(Some("v1.24.3".to_owned())));
    }

    #[test]
    fn a_port_of_the_registry_is_no_tag() {
        for (image, tag) in [
            ("gcr.io/config-management-release/reconciler-manager:v1.24.3", Some("v1.24.3")),
            ("r.example:5000/config-sync/reconciler-manager:v1.20.0", Some("v1.20.0")),
            ("r.example:5000/config-sync/reconciler-manager", None),
            ("r.example:5000/x/reconciler-manager:v1@sha256:0011", Some("v1")),
            ("r.example:5000/x/reconciler-manager@sha256:0011", None),
            ("reconciler-manager:v1", Some("v1")),
            ("reconciler-manager:", None),
            ("", None),
        ] {
            assert_eq!(tag_of(image), tag, "{image}");
        }
    }
    #[test]
    fn what_an_old_version_lacks_depends_on_the_registry() {
        let check = |version: &str, reference: Option<&str>| {
            let reference = reference.map(|it| it.parse::<Reference>().unwrap());
            let check = checked(&Ok(Some(version.to_owned())), reference.as_ref());
            (check.verdict, check.found)
        };
        let google = Some("us-docker.pkg.dev/shop/configs/prod");
        let other = Some("ghcr.io/shop/prod");
        for (version, reference, lacks) in [
            ("v1.17.1", google, Some("auth: k8sserviceaccount")),
            ("v1.17.2", google, None),
            ("v1.17.1", None, Some("auth: k8sserviceaccount")),
            ("v1.23.3", google, None),
            ("v1.23.3", None, None),
            ("v1.23.3", other, Some("auth: token")),
            ("v1.24.0-rc.1", other, None),
            ("1.20.0-gke.3+dirty", google, None),
            ("main", other, Some("can be compared")),
            ("", other, Some("can be compared")),
        ] {
            let (verdict, found) = check(version, reference);
            let expected = if lacks.is_some() { Verdict::Warning } else { Verdict::Ok };
            assert_eq!(verdict, expected, "{version} {reference:?}: {found}");
            assert!(found.contains(lacks.unwrap_or(version)), "{found}");
        }
    }
}
