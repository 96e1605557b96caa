//! What there is on a cluster, and whether it may pull.

use serde_json::json;

use crate::clinic::{
    Clinic, GET_POLICY, MEMBER, RAW, REFERENCE, ROOT_SYNCS, fails, groups, policy, resources, root_sync, says,
};

#[test]
fn the_grant_is_looked_for_wherever_it_may_be() {
    const READER: &str = "roles/artifactregistry.reader";
    const GSA: &str = "serviceAccount:sync@shop.iam.gserviceaccount.com";
    let nobody = || policy(READER, &["user:me@example.com"]);
    let with = |auth: &str, repository: String, project: String, account: String| {
        Clinic::healthy()
            .kubectl(&format!("{RAW}{ROOT_SYNCS}"), says(root_sync(REFERENCE, auth)))
            .gcloud(GET_POLICY, repository)
            .gcloud("projects get-iam-policy shop", project)
            .gcloud("iam service-accounts get-iam-policy sync@shop", account)
    };
    let denied = || fails("ERROR: (gcloud.x) PERMISSION_DENIED: not yours");
    let act = |member: &str| policy("roles/iam.workloadIdentityUser", &[member]);
    for (auth, repository, project, account, code, status, text) in [
        ("k8sserviceaccount", nobody(), policy(READER, &[MEMBER]), nobody(), 0, "ok", "in the whole project"),
        ("k8sserviceaccount", nobody(), denied(), nobody(), 0, "warning", "it may have one in the project"),
        (
            "k8sserviceaccount",
            denied(),
            nobody(),
            nobody(),
            0,
            "notChecked",
            "policy cannot be read: PERMISSION_DENIED",
        ),
        (
            "k8sserviceaccount",
            nobody(),
            nobody(),
            nobody(),
            3,
            "problem",
            "`consign setup us-docker.pkg.dev/shop/configs --rootsync shop --fleet-project fleet --run`",
        ),
        ("k8sserviceaccount", policy(READER, &["allUsers"]), nobody(), nobody(), 0, "ok", "allUsers has"),
        ("gcpserviceaccount", policy(READER, &[GSA]), nobody(), act(MEMBER), 0, "ok", "may act as it"),
        (
            "gcpserviceaccount",
            policy(READER, &[GSA]),
            nobody(),
            nobody(),
            3,
            "problem",
            "may not act as it`consign setup us-docker.pkg.dev/shop/configs --rootsync shop --fleet-project fleet --gsa sync@shop.iam",
        ),
        (
            "gcpserviceaccount",
            policy(READER, &[GSA]),
            nobody(),
            fails("ERROR: (gcloud.x) NOT_FOUND: gone"),
            4,
            "problem",
            "there is no service account",
        ),
        (
            "gcpserviceaccount",
            policy(READER, &[GSA]),
            nobody(),
            denied(),
            0,
            "notChecked",
            "cannot be read: PERMISSION_DENIED",
        ),
        ("gcpserviceaccount", policy(READER, &[MEMBER]), nobody(), act(MEMBER), 3, "problem", GSA),
        ("gcenode", nobody(), nobody(), nobody(), 0, "notChecked", "the nodes"),
        ("token", nobody(), nobody(), nobody(), 0, "notChecked", "the Secret"),
        ("none", nobody(), nobody(), nobody(), 3, "problem", "allUsers may not pull"),
    ] {
        let (ended, is, found) = with(auth, repository, project, account).check("binding", &[REFERENCE]);
        assert_eq!((ended, is.as_str()), (Some(code), status), "{auth}: {found}");
        assert!(found.starts_with("rootsync/shop: ") && found.contains(text), "{text} is not in: {found}");
    }
}

#[test]
fn a_sync_may_be_named_before_it_is_there() {
    let clinic = || Clinic::healthy().kubectl(&format!("{RAW}{ROOT_SYNCS}"), says(json!({"items": []})));
    let (code, status, found) = clinic().check("binding", &[REFERENCE]);
    assert_eq!((code, status.as_str()), (Some(0), "notChecked"), "{found}");
    let (code, status, found) = clinic().check("binding", &[REFERENCE, "--rootsync", "shop"]);
    assert_eq!((code, status.as_str()), (Some(0), "ok"), "{found}");
    let (code, status, found) =
        clinic().check("binding", &[REFERENCE, "--rootsync", "shop", "--fleet-project", "other"]);
    assert_eq!((code, status.as_str()), (Some(3), "problem"), "{found}");
    assert!(found.contains("other.svc.id.goog[config-management-system/root-reconciler-shop]"), "{found}");
    let (code, _, found) = clinic().check("binding", &[REFERENCE, "--reposync", "team/prod"]);
    assert!(
        code == Some(3) && found.contains("fleet.svc.id.goog[config-management-system/ns-reconciler-team-prod-4]"),
        "{found}"
    );
    // Neither gcloud nor kubectl is there: what was asked for cannot be done.
    let mut bare = clinic();
    (bare.gcloud, bare.kubectl) = (Vec::new(), Vec::new());
    let (code, checks) = bare.checks(&[REFERENCE, "--rootsync", "shop"]);
    let told: Vec<_> = checks.iter().map(|(name, status, _)| format!("{name} {status}")).collect();
    assert_eq!(code, Some(8), "{told:?}");
    for expected in ["gcloud warning", "kubectl problem", "binding notChecked"] {
        assert!(told.contains(&expected.to_owned()), "{expected}: {told:?}");
    }
}

#[test]
fn other_consumers_are_told_too() {
    let flux = ["source.toolkit.fluxcd.io", "argoproj.io"];
    let with = |kinds: &[&str]| {
        Clinic::healthy()
            .kubectl("get --raw /apis --", groups(&flux))
            .kubectl("get --raw /apis/source.toolkit.fluxcd.io/v1 ", resources(kinds))
            .kubectl("get --raw /apis/argoproj.io/v1alpha1 ", resources(&["Rollout"]))
    };
    let (code, status, found) = with(&["OCIRepository", "GitRepository"]).check("sync-api", &[REFERENCE]);
    assert_eq!((code, status.as_str(), found.as_str()), (Some(0), "ok", "OCIRepository"));
    let (code, status, _) = with(&["GitRepository"]).check("sync-api", &[REFERENCE]);
    assert_eq!((code, status.as_str()), (Some(4), "problem"));
    let denied = fails("Error from server (Forbidden): no");
    let (code, status, found) = Clinic::healthy().kubectl("get --raw /apis --", denied).check("cluster", &[REFERENCE]);
    assert_eq!((code, status.as_str()), (Some(3), "problem"), "{found}");
}
