//! What there is on a cluster, and whether it may pull.

use serde_json::json;

use crate::clinic::{
    Clinic, GET_ABOVE, GET_POLICY, MEMBER, RAW, REFERENCE, ROOT_SYNCS, above, fails, groups, policy, resources,
    root_sync, says,
};

const READER: &str = "roles/artifactregistry.reader";
const ACTOR: &str = "roles/iam.workloadIdentityUser";
const GSA: &str = "serviceAccount:syncer@shop-prod.iam.gserviceaccount.com";

fn denied() -> String {
    fails("ERROR: (gcloud.x) PERMISSION_DENIED: not yours")
}

/// A clinic in which the RootSync pulls so, with these policies of the repository, of what is above it and of the service account.
fn granting(auth: &str, repository: String, above: String, account: String) -> Clinic {
    Clinic::healthy()
        .kubectl(&format!("{RAW}{ROOT_SYNCS}"), says(root_sync(REFERENCE, auth)))
        .gcloud(GET_POLICY, repository)
        .gcloud(GET_ABOVE, above)
        .gcloud("iam service-accounts get-iam-policy syncer@shop-prod", account)
}

#[test]
fn the_grant_is_looked_for_wherever_it_may_be() {
    let nobody = || policy(READER, &["user:me@example.com"]);
    let none = || above("project", READER, "user:me@example.com");
    let act = |member: &str| policy(ACTOR, &[member]);
    let (k8s, gsa) = ("k8sserviceaccount", "gcpserviceaccount");
    for (auth, repository, all_above, account, code, status, text) in [
        (k8s, nobody(), above("project", READER, MEMBER), nobody(), 0, "ok", "reader, in the whole project"),
        (k8s, nobody(), above("folder", READER, MEMBER), nobody(), 0, "ok", "reader, in the folder 12"),
        (k8s, nobody(), above("organization", READER, MEMBER), nobody(), 0, "ok", "reader, in the organization 34"),
        (
            k8s,
            nobody(),
            above("organization", "organizations/34/roles/mine", MEMBER),
            nobody(),
            0,
            "warning",
            "a role of your own, in the organization",
        ),
        (k8s, nobody(), denied(), nobody(), 0, "warning", "that of the project `shop-prod` cannot be read: NOT_FOUND"),
        (k8s, denied(), none(), nobody(), 0, "notChecked", "policy cannot be read: PERMISSION_DENIED"),
        (
            k8s,
            nobody(),
            none(),
            nobody(),
            3,
            "problem",
            "`consign setup us-docker.pkg.dev/shop-prod/configs --rootsync shop --fleet-project fleet-prod --run`",
        ),
        (k8s, policy(READER, &["allUsers"]), none(), nobody(), 0, "ok", "allUsers has"),
        (gsa, policy(READER, &[GSA]), none(), act(MEMBER), 0, "ok", "may act as it"),
        (gsa, policy(READER, &[GSA]), above("folder", ACTOR, MEMBER), nobody(), 0, "ok", "may act as it"),
        (
            gsa,
            policy(READER, &[GSA]),
            none(),
            nobody(),
            3,
            "problem",
            "may not act as it`consign setup us-docker.pkg.dev/shop-prod/configs --rootsync shop --fleet-project fleet-prod --gsa syncer@shop-prod.iam",
        ),
        (
            gsa,
            policy(READER, &[GSA]),
            denied(),
            nobody(),
            0,
            "warning",
            "no policy that can be read lets serviceAccount:fleet-prod",
        ),
        (
            gsa,
            policy(READER, &[GSA]),
            none(),
            fails("ERROR: (gcloud.x) NOT_FOUND: gone"),
            4,
            "problem",
            "there is no service account",
        ),
        (gsa, policy(READER, &[GSA]), none(), denied(), 0, "notChecked", "cannot be read: PERMISSION_DENIED"),
        (gsa, policy(READER, &[MEMBER]), none(), act(MEMBER), 3, "problem", GSA),
        ("gcenode", nobody(), none(), nobody(), 0, "notChecked", "the nodes"),
        ("token", nobody(), none(), nobody(), 0, "notChecked", "the Secret"),
        ("none", nobody(), none(), nobody(), 3, "problem", "allUsers may not pull"),
    ] {
        let (ended, is, found) = granting(auth, repository, all_above, account).check("binding", &[REFERENCE]);
        assert_eq!((ended, is.as_str()), (Some(code), status), "{auth}: {found}");
        assert!(found.starts_with("rootsync/shop: ") && found.contains(text), "{text} is not in: {found}");
    }
}

#[test]
fn where_only_the_project_may_be_read_a_missing_grant_is_no_problem_yet() {
    const GET_PROJECT: &str = "projects get-iam-policy shop-prod --format=json";
    let nobody = || policy(READER, &["user:me@example.com"]);
    let clinic =
        |project: String| granting("k8sserviceaccount", nobody(), denied(), nobody()).gcloud(GET_PROJECT, project);
    let (code, status, found) = clinic(policy(READER, &[MEMBER])).check("binding", &[REFERENCE]);
    assert_eq!((code, status.as_str()), (Some(0), "ok"), "{found}");
    assert!(found.ends_with("has roles/artifactregistry.reader, in the whole project"), "{found}");
    let clinic = clinic(nobody());
    let (code, status, found) = clinic.check("binding", &[REFERENCE]);
    assert_eq!((code, status.as_str()), (Some(0), "warning"), "{found}");
    assert!(
        found.contains("those of the folders and the organization above `shop-prod` cannot be read: PERMISSION_DENIED"),
        "{found}"
    );
    let asked = clinic.asked();
    let policies: Vec<_> = asked.iter().filter(|line| line.contains("iam-policy")).collect();
    assert_eq!(
        policies,
        [&format!("gcloud {GET_POLICY}"), &format!("gcloud {GET_ABOVE}"), &format!("gcloud {GET_PROJECT}")]
    );
}

#[test]
fn a_sync_may_be_named_before_it_is_there() {
    let clinic = || Clinic::healthy().kubectl(&format!("{RAW}{ROOT_SYNCS}"), says(json!({"items": []})));
    let (code, status, found) = clinic().check("binding", &[REFERENCE]);
    assert_eq!((code, status.as_str()), (Some(0), "notChecked"), "{found}");
    let (code, status, found) = clinic().check("binding", &[REFERENCE, "--rootsync", "shop"]);
    assert_eq!((code, status.as_str()), (Some(0), "ok"), "{found}");
    let (code, status, found) =
        clinic().check("binding", &[REFERENCE, "--rootsync", "shop", "--fleet-project", "other-prod"]);
    assert_eq!((code, status.as_str()), (Some(3), "problem"), "{found}");
    assert!(found.contains("other-prod.svc.id.goog[config-management-system/root-reconciler-shop]"), "{found}");
    let (code, _, found) = clinic().check("binding", &[REFERENCE, "--reposync", "team/prod"]);
    assert!(
        code == Some(3) && found.contains("fleet-prod.svc.id.goog[config-management-system/ns-reconciler-team-prod-4]"),
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
