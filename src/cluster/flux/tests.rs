//! Every state of Flux's two kinds, and statuses that nobody should write.

#![allow(clippy::needless_pass_by_value, clippy::unnecessary_wraps, reason = "rows of tables read better")]

use serde_json::json;

use super::*;

const A: &str = "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
const B: &str = "sha256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";

fn digest(text: &str) -> Option<Digest> {
    Some(text.parse().unwrap())
}

fn object(kind: &str, spec: Value, status: Value) -> Value {
    json!({"kind": kind, "metadata": {"name": "shop", "namespace": "flux-system", "generation": 3}, "spec": spec, "status": status})
}

fn repository_with(conditions: Value, revision: &str) -> Value {
    object(
        "OCIRepository",
        json!({"url": "oci://r.io/shop", "ref": {"tag": "v1"}}),
        json!({"observedGeneration": 3, "conditions": conditions, "artifact": {"revision": revision, "digest": B}}),
    )
}

fn kustomization_with(conditions: Value, applied: &str, attempted: &str) -> Value {
    object(
        "Kustomization",
        json!({"sourceRef": {"kind": "OCIRepository", "name": "shop"}, "path": "./prod"}),
        json!({"observedGeneration": 3, "conditions": conditions, "lastAppliedRevision": applied, "lastAttemptedRevision": attempted}),
    )
}

fn ready(status: &str, reason: &str) -> Value {
    json!({"type": "Ready", "status": status, "reason": reason, "message": "told", "observedGeneration": 3})
}

#[test]
fn a_revision_ends_in_the_digest_of_the_registry() {
    for revision in [format!("v1@{A}"), A.to_owned()] {
        let state = repository(&repository_with(json!([ready("True", "Succeeded")]), &revision));
        assert_eq!((state.word, state.fetched, state.applied), (Word::Synced, digest(A), digest(A)));
        assert_eq!(state.source.reference.unwrap().to_string(), "r.io/shop:v1");
    }
    for odd in ["", "v1", "v1@sha256:00"] {
        assert_eq!(repository(&repository_with(json!([ready("True", "Succeeded")]), odd)).applied, None);
    }
}

#[test]
fn the_conditions_of_a_repository_come_to_a_word() {
    let is_true =
        |kind: &str, reason: &str| json!({"type": kind, "status": "True", "reason": reason, "message": "told"});
    for (conditions, word) in [
        (json!([ready("True", "Succeeded")]), Word::Synced),
        (json!([ready("Unknown", "Progressing"), is_true("Reconciling", "Progressing")]), Word::Reconciling),
        (
            json!([ready("False", "OCIArtifactPullFailed"), is_true("FetchFailed", "OCIArtifactPullFailed")]),
            Word::Error,
        ),
        (json!([ready("True", "Succeeded"), is_true("FetchFailed", "AuthenticationFailed")]), Word::Error),
        (json!([ready("False", "URLInvalid"), is_true("Stalled", "URLInvalid")]), Word::Stalled),
        (json!([ready("Unknown", "Progressing")]), Word::Pending),
        (json!([]), Word::Pending),
        (json!(null), Word::Pending),
        (json!([{"type": "Ready", "status": "True", "observedGeneration": 2}]), Word::Pending),
    ] {
        let state = repository(&repository_with(conditions.clone(), &format!("v1@{A}")));
        assert_eq!(state.word, word, "{conditions}");
        assert_eq!(state.applied.is_some(), word == Word::Synced, "{conditions}");
        assert_eq!(state.problems.is_empty(), !matches!(word, Word::Error | Word::Stalled), "{conditions}");
    }
}

#[test]
fn what_is_about_an_earlier_spec_says_nothing_of_this_one() {
    for generation in [json!(2), json!(-1), json!(null)] {
        let mut object = kustomization_with(json!([ready("True", "ReconciliationSucceeded")]), A, A);
        object["status"]["observedGeneration"] = generation;
        let state = kustomization(&object, &[]).unwrap();
        assert_eq!((state.word, state.applied, state.observed), (Word::Pending, None, false));
    }
}

#[test]
fn a_kustomization_has_applied_what_it_is_ready_with() {
    for (condition, applied, attempted, word, runs, about, retried) in [
        (ready("True", "ReconciliationSucceeded"), A, A, Word::Synced, Some(A), None, None),
        (ready("Unknown", "Progressing"), A, B, Word::Pending, None, None, None),
        (ready("False", "BuildFailed"), A, B, Word::Error, None, Some(B), Some(false)),
        (ready("False", "ReconciliationFailed"), A, B, Word::Error, None, Some(B), Some(true)),
        (ready("False", "HealthCheckFailed"), A, B, Word::Error, None, Some(B), Some(true)),
        (ready("False", "PruneFailed"), A, B, Word::Error, None, Some(B), Some(true)),
        (ready("False", "ArtifactFailed"), A, "", Word::Error, None, Some(A), Some(true)),
        (ready("False", "DependencyNotReady"), "", "", Word::Error, None, None, Some(true)),
    ] {
        let object = kustomization_with(json!([condition]), applied, attempted);
        let state = kustomization(&object, &[]).unwrap();
        assert_eq!((state.word, state.applied), (word, runs.and_then(digest)), "{condition}");
        assert_eq!(state.problems.first().map(|problem| problem.retried), retried, "{condition}");
        assert_eq!(state.problems.first().and_then(|problem| problem.about), about.and_then(digest), "{condition}");
        assert!(
            state.problems.iter().all(|problem| problem.hint.is_some() && problem.meaning.is_some()),
            "{condition}"
        );
    }
}

#[test]
fn a_kustomization_has_the_image_of_its_repository() {
    let from = repository_with(json!([ready("True", "Succeeded")]), &format!("v1@{B}"));
    let object = kustomization_with(json!([ready("True", "ReconciliationSucceeded")]), A, A);
    let state = kustomization(&object, &[&from]).unwrap();
    assert_eq!(state.source.image.as_deref(), Some("oci://r.io/shop:v1"));
    assert_eq!((state.source.dir.as_deref(), state.fetched), (Some("./prod"), digest(B)));
    assert_eq!(state.fetcher.as_deref(), Some(&repository(&from)));
    let mut elsewhere = object.clone();
    elsewhere["spec"]["sourceRef"]["namespace"] = json!("other");
    assert_eq!(
        kustomization(&elsewhere, &[&from]).unwrap().source,
        Source { dir: Some("./prod".into()), ..Source::default() }
    );
    let mut git = object;
    git["spec"]["sourceRef"]["kind"] = json!("GitRepository");
    assert_eq!(kustomization(&git, &[&from]), None);
}

#[test]
fn a_digest_comes_before_a_range_and_a_range_before_a_tag() {
    for (chosen, image, reference, range) in [
        (json!({"tag": "v1"}), "oci://r.io/shop:v1", Some("r.io/shop:v1"), None),
        (json!(null), "oci://r.io/shop:latest", Some("r.io/shop:latest"), None),
        (json!({"tag": "v1", "semver": ">=1"}), "oci://r.io/shop (>=1)", Some("r.io/shop"), Some(">=1")),
        (json!({"tag": "v1", "digest": "sha256:00"}), "oci://r.io/shop@sha256:00", None, None),
    ] {
        let source = source(&json!({"spec": {"url": "oci://r.io/shop", "ref": chosen}}));
        assert_eq!(source.image.as_deref(), Some(image));
        assert_eq!(source.reference.map(|reference| reference.to_string()).as_deref(), reference);
        assert_eq!(source.range.as_deref(), range);
    }
}

#[test]
fn what_is_suspended_or_deleted_does_nothing_more() {
    let mut object = repository_with(json!([ready("True", "Succeeded")]), A);
    object["spec"]["suspend"] = json!(true);
    assert_eq!(repository(&object).idle, Some(Idle::Suspended));
    object["metadata"]["deletionTimestamp"] = json!("2026-01-01T00:00:00Z");
    assert_eq!(repository(&object).idle, Some(Idle::Deleted));
}

#[test]
fn an_inventory_names_objects_without_their_states() {
    let mut object = kustomization_with(json!([ready("True", "ReconciliationSucceeded")]), A, A);
    object["status"]["inventory"] = json!({"entries": [
        {"id": "shop_cart_apps_Deployment", "v": "v1"}, {"id": "_shop__Namespace", "v": "v1"},
        {"id": "_a_b_rbac.authorization.k8s.io_ClusterRole", "v": "v1"}, {"id": "odd"}, {"id": ""}, 7,
    ]});
    let resources = kustomization(&object, &[]).unwrap().resources.unwrap();
    let called: Vec<_> = resources.iter().map(|resource| (resource.namespace.as_str(), resource.called())).collect();
    assert_eq!(
        called,
        [
            ("shop", "deployment.apps/cart".to_owned()),
            ("", "namespace/shop".to_owned()),
            ("", "clusterrole.rbac.authorization.k8s.io/a_b".to_owned())
        ]
    );
    assert!(resources.iter().all(|resource| resource.status.is_none() && resource.is_well));
}
