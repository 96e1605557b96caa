//! Every state of an Application, and statuses that nobody should write.

#![allow(clippy::needless_pass_by_value, clippy::unnecessary_wraps, reason = "rows of tables read better")]

use serde_json::json;

use super::*;

const A: &str = "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
const B: &str = "sha256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";

fn digest(text: &str) -> Option<Digest> {
    Some(text.parse().unwrap())
}

fn object(status: Value) -> Value {
    json!({
        "kind": "Application", "metadata": {"name": "shop", "namespace": "argocd"},
        "spec": {
            "source": {"repoURL": "oci://r.io/shop", "targetRevision": "v1", "path": "."},
            "syncPolicy": {"automated": {}},
        },
        "status": status,
    })
}

fn synced(revision: &str) -> Value {
    json!({
        "sync": {"status": "Synced", "revision": revision,
                 "comparedTo": {"source": {"repoURL": "oci://r.io/shop", "targetRevision": "v1", "path": "."}}},
        "health": {"status": "Healthy"},
        "operationState": {"phase": "Succeeded", "finishedAt": "2026-01-01T00:00:00Z", "syncResult": {"revision": revision}},
        "history": [{"id": 0, "revision": B}, {"id": 1, "revision": revision}],
    })
}

fn with(mut status: Value, pointer: &str, value: Value) -> Value {
    *status.pointer_mut(pointer).unwrap() = value;
    status
}

fn state(status: Value) -> State {
    applications(&object(status)).remove(0)
}

#[test]
fn what_was_compared_runs_only_where_it_is_synced() {
    for (status, word, applied, digest_of) in [
        (synced(A), Word::Synced, Some(A), Some(A)),
        (with(synced(A), "/sync/status", json!("OutOfSync")), Word::Pending, None, Some(A)),
        (with(synced(A), "/sync/status", json!("Unknown")), Word::Pending, None, Some(A)),
        (with(synced(A), "/sync/comparedTo/source/targetRevision", json!("v0")), Word::Pending, None, Some(A)),
        (with(synced(A), "/sync/revision", json!("1.2.3")), Word::Synced, None, None),
        (with(synced(A), "/operationState/phase", json!("Running")), Word::Reconciling, Some(A), Some(A)),
        (json!({}), Word::Pending, None, None),
        (json!(null), Word::Pending, None, None),
    ] {
        let state = state(status.clone());
        assert_eq!(state.word, word, "{status}");
        assert_eq!(state.applied, applied.and_then(digest), "{status}");
        assert_eq!(state.digest, digest_of.and_then(digest), "{status}");
    }
}

#[test]
fn an_operation_that_failed_is_about_its_revision() {
    for phase in ["Failed", "Error"] {
        let mut status =
            with(with(synced(B), "/sync/status", json!("OutOfSync")), "/operationState/phase", json!(phase));
        status["operationState"]["message"] = json!("one or more objects failed to apply");
        let state = state(status.clone());
        assert_eq!(state.word, Word::Error);
        assert_eq!((state.problems[0].about, state.problems[0].retried), (digest(B), false));
        assert_eq!(state.problems[0].message, "one or more objects failed to apply");
        // The next image was compared by now, and is still to be applied.
        let next = super::tests::state(with(status, "/sync/revision", json!(A)));
        assert_eq!((next.word, next.problems.len()), (Word::Pending, 0));
    }
}

#[test]
fn a_condition_counts_by_being_there_and_warnings_stop_nothing() {
    for (kind, count) in [
        ("ComparisonError", 1),
        ("SyncError", 1),
        ("InvalidSpecError", 1),
        ("UnknownError", 1),
        ("OrphanedResourceWarning", 0),
        ("", 0),
    ] {
        let mut status = with(synced(A), "/sync/status", json!("Unknown"));
        status["conditions"] = json!([{"type": kind, "message": "told", "lastTransitionTime": "2026-01-01T00:00:00Z"}]);
        let state = state(status);
        assert_eq!((state.problems.len(), state.word == Word::Error), (count, count == 1), "{kind}");
    }
}

#[test]
fn health_is_what_it_waits_for() {
    for health in ["Progressing", "Degraded", "Suspended", "Missing", "Unknown", ""] {
        let state = state(with(synced(A), "/health/status", json!(health)));
        assert!(matches!(state.unready, Some(Unready::Yet(why)) if why.starts_with("its health is ")), "{health}");
    }
    assert_eq!(state(synced(A)).unready, None);
    let mut status = with(synced(A), "/health/status", json!("Degraded"));
    status["resources"] = json!([
        {"group": "apps", "kind": "Deployment", "namespace": "shop", "name": "cart", "status": "Synced", "health": {"status": "Degraded", "message": "no quota"}},
        {"kind": "ConfigMap", "namespace": "shop", "name": "a", "status": "Synced"},
        {"kind": "Secret", "namespace": "shop", "name": "b", "status": "OutOfSync"},
    ]);
    let state = state(status);
    assert_eq!(
        state.unready,
        Some(Unready::Yet(
            "its health is Degraded: 2 of 3 resources are not well: deployment.apps/cart is Degraded, and 1 more"
                .into()
        ))
    );
    let words: Vec<_> = state.resources.unwrap().into_iter().map(|resource| resource.status.unwrap()).collect();
    assert_eq!(words, ["Degraded", "Synced", "OutOfSync"]);
}

#[test]
fn of_several_sources_those_count_that_are_images() {
    let mut object = object(json!({
        "sync": {"status": "Synced", "revisions": ["0123abc", A, "1.2.3", B]},
        "history": [{"revisions": ["0123abc", A, "1.2.3", B]}],
    }));
    object["spec"] = json!({"sources": [
        {"repoURL": "https://git.example/a.git"}, {"repoURL": "oci://r.io/shop", "targetRevision": "v1"},
        {"repoURL": "r.io/charts", "chart": "x"}, {"repoURL": "oci://r.io/more", "targetRevision": B},
    ]});
    let states = applications(&object);
    let seen: Vec<_> = states.iter().map(|state| (state.source.image.as_deref().unwrap(), state.digest)).collect();
    assert_eq!(seen, [("oci://r.io/shop:v1", digest(A)), (format!("oci://r.io/more@{B}").as_str(), digest(B))]);
    for source in
        [json!({"repoURL": "https://git.example/a.git"}), json!({"repoURL": "oci://r.io", "chart": "x"}), json!(7)]
    {
        object["spec"] = json!({"source": source});
        assert_eq!(applications(&object), []);
    }
}

#[test]
fn a_range_is_no_tag() {
    for (revision, reference, range) in [
        ("v1", "r.io/shop:v1", None),
        ("1.2.3", "r.io/shop:1.2.3", None),
        ("", "r.io/shop:latest", None),
        ("^1.2", "r.io/shop", Some("^1.2")),
        (">=1.0.0 <2.0.0", "r.io/shop", Some(">=1.0.0 <2.0.0")),
        ("1.*", "r.io/shop", Some("1.*")),
    ] {
        let source = source(&json!({"repoURL": "oci://r.io/shop", "targetRevision": revision}));
        assert_eq!(source.reference.unwrap().to_string(), reference);
        assert_eq!(source.range.as_deref(), range);
    }
}

#[test]
fn one_that_syncs_by_hand_is_told() {
    for (policy, idle) in [
        (json!({"automated": {}}), None),
        (json!({"automated": {"enabled": true}}), None),
        (json!({"automated": {"enabled": false}}), Some(Idle::ByHand)),
        (json!({}), Some(Idle::ByHand)),
        (json!(null), Some(Idle::ByHand)),
    ] {
        let mut object = object(synced(A));
        object["spec"]["syncPolicy"] = policy;
        assert_eq!(applications(&object)[0].idle, idle);
    }
}
