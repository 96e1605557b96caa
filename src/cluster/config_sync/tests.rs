//! Every state that `facts` of Config Sync's own code tell, and statuses that nobody should write.

#![allow(clippy::needless_pass_by_value, clippy::unnecessary_wraps, reason = "rows of tables read better")]

use serde_json::json;

use super::*;

const A: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
const B: &str = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";
const IMAGE: &str = "r.io/shop:v1";

fn root_sync(status: Value) -> Value {
    json!({
        "apiVersion": "configsync.gke.io/v1beta1", "kind": "RootSync",
        "metadata": {"name": "shop", "namespace": "config-management-system", "generation": 2},
        "spec": {"sourceType": "oci", "oci": {"image": IMAGE, "dir": "."}},
        "status": status,
    })
}

fn section(commit: &str, errors: Value) -> Value {
    let count = errors.as_array().unwrap().len();
    let summary = if count == 0 { json!({}) } else { json!({"totalCount": count, "errorCountAfterTruncation": count}) };
    json!({"commit": commit, "errors": errors, "errorSummary": summary, "lastUpdate": "2026-01-01T00:00:00Z",
           "ociStatus": {"image": IMAGE, "dir": "."}})
}

fn error(code: &str) -> Value {
    json!({"code": code, "errorMessage": format!("KNV{code}: trouble\n\nFor more information, see https://g.co/x")})
}

/// A status at `commit`, synced without errors.
fn synced(commit: &str) -> Value {
    json!({
        "observedGeneration": 2, "lastSyncedCommit": commit,
        "source": section(commit, json!([])), "rendering": section(commit, json!([])), "sync": section(commit, json!([])),
        "conditions": [
            {"type": "Reconciling", "status": "False"},
            {"type": "Stalled", "status": "False"},
            {"type": "Syncing", "status": "False", "reason": "Sync", "message": "Sync Completed", "commit": commit, "errorSummary": {}},
        ],
    })
}

fn with(mut status: Value, pointer: &str, value: Value) -> Value {
    *status.pointer_mut(pointer).unwrap() = value;
    status
}

fn state(status: Value) -> State {
    read(&root_sync(status), SyncKind::RootSync, Around::default()).unwrap()
}

fn digest(hex: &str) -> Digest {
    fields::commit(hex).unwrap()
}

#[test]
fn what_is_synced_tells_its_digest() {
    let state = state(synced(A));
    assert_eq!((state.word, state.observed), (Word::Synced, true));
    for seen in [state.digest, state.fetched, state.applied, state.at] {
        assert_eq!(seen, Some(digest(A)));
    }
    assert_eq!(state.source.reference.unwrap().to_string(), IMAGE);
    assert_eq!(state.time.as_deref(), Some("2026-01-01T00:00:00Z"));
    assert_eq!(state.message, None);
}

#[test]
fn the_first_rule_that_fits_counts() {
    let condition = |kind: &str, more: Value| {
        let mut condition = json!({"type": kind, "status": "True"});
        condition.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        condition
    };
    let stalled = condition("Stalled", json!({"reason": "Validation", "message": "KNV1061: no image"}));
    let reconciling = condition("Reconciling", json!({"reason": "Deployment", "message": "Deployment: 0/1"}));
    let syncing = condition("Syncing", json!({"commit": A}));
    for (conditions, word) in [
        (json!([syncing, reconciling, stalled]), Word::Stalled),
        (json!([syncing, reconciling]), Word::Reconciling),
        (json!([syncing]), Word::Pending),
    ] {
        let state = state(json!({"observedGeneration": 2, "conditions": conditions}));
        assert_eq!(state.word, word);
        assert_eq!(state.applied, None);
    }
    let stalled = state(json!({"conditions": [stalled]}));
    assert_eq!(stalled.problems[0].code.as_deref(), Some("KNV1061"));
    assert_eq!(stalled.problems[0].message, "no image");
    assert!(!stalled.problems[0].retried);
}

#[test]
fn without_the_condition_the_version_decides() {
    let silent = root_sync(json!({"source": section(A, json!([error("2004")])), "conditions": []}));
    for (version, word) in [
        (Some("v1.10.0-rc.1"), Word::Pending),
        (Some("1.10.0"), Word::Pending),
        (Some("v1.22.1"), Word::Pending),
        (Some("v1.9.9"), Word::Error),
        (Some(""), Word::Error),
        (Some("odd"), Word::Error),
        (None, Word::Error),
    ] {
        let state = read(&silent, SyncKind::RootSync, Around { version, inventory: None }).unwrap();
        assert_eq!(state.word, word, "{version:?}");
    }
}

#[test]
fn the_old_rule_compares_commits() {
    let none = json!([]);
    for (source, rendering, sync, word) in [
        (A, A, A, Word::Synced),
        (A, "", A, Word::Synced),
        (A, B, A, Word::Pending),
        (B, "", A, Word::Pending),
        (A, "", "", Word::Pending),
        ("", "", "", Word::Pending),
    ] {
        let state = state(json!({
            "source": section(source, none.clone()), "rendering": section(rendering, none.clone()), "sync": section(sync, none.clone()),
        }));
        assert_eq!(state.word, word, "{source} {rendering} {sync}");
        assert_eq!(state.applied, None, "nothing says for certain that it runs");
    }
    assert_eq!(state(json!(null)).word, Word::Pending);
}

#[test]
fn a_fetch_that_failed_is_about_no_digest_and_what_was_synced_stays() {
    let mut status = synced(A);
    status["source"] = section("", json!([error("2004")]));
    status["conditions"][2] = json!({"type": "Syncing", "status": "False", "reason": "Source", "message": "Source", "commit": "",
        "errorSourceRefs": ["status.source.errors"], "errorSummary": {"totalCount": 1, "errorCountAfterTruncation": 1}});
    let state = state(status);
    assert_eq!(state.word, Word::Error);
    assert_eq!((state.digest, state.applied, state.at), (Some(digest(A)), None, None));
    assert_eq!((state.problems.len(), state.problem_count), (1, 1));
    assert_eq!((state.problems[0].about, state.problems[0].retried), (None, true));
}

#[test]
fn errors_are_those_that_the_condition_points_at() {
    let mut status = synced(B);
    status["sync"] = section(B, json!([error("2009"), error("1060")]));
    status["source"] = section(B, json!([error("2004")]));
    status["lastSyncedCommit"] = json!(A);
    status["conditions"][2]["errorSourceRefs"] = json!(["status.sync.errors", "status.odd.errors", 7]);
    status["conditions"][2]["errorSummary"] =
        json!({"totalCount": 40, "truncated": true, "errorCountAfterTruncation": 2});
    let state = state(status);
    assert_eq!(state.word, Word::Error);
    let codes: Vec<_> = state.problems.iter().map(|problem| problem.code.as_deref().unwrap()).collect();
    assert_eq!(codes, ["KNV2009", "KNV1060"]);
    assert_eq!(state.problem_count, 40);
    assert!(state.problems.iter().all(|problem| problem.about == Some(digest(B))));
    assert_eq!((state.digest, state.at), (Some(digest(A)), Some(digest(B))));
}

#[test]
fn errors_may_stand_in_the_condition_itself() {
    let mut status = synced(B);
    status["conditions"][2].as_object_mut().unwrap().remove("errorSummary");
    status["conditions"][2]["errors"] = json!([error("1029")]);
    let state = state(status);
    assert_eq!((state.word, state.problem_count), (Word::Error, 1));
    assert_eq!(state.problems[0].about, Some(digest(B)));
}

#[test]
fn a_digest_runs_only_when_all_of_the_status_says_so() {
    assert_eq!(state(synced(A)).applied, Some(digest(A)));
    for (pointer, value) in [
        ("/observedGeneration", json!(1)),
        ("/observedGeneration", json!(null)),
        ("/lastSyncedCommit", json!(B)),
        ("/lastSyncedCommit", json!("")),
        ("/sync/ociStatus/image", json!("r.io/shop:v0")),
        ("/sync/ociStatus", json!(null)),
        ("/conditions/0/status", json!("True")),
        ("/conditions/1/status", json!("True")),
        ("/conditions/2/status", json!("True")),
        ("/conditions/2/status", json!("Unknown")),
        ("/conditions/2/commit", json!(B)),
        ("/conditions/2/commit", json!("")),
        ("/conditions/2/errorSummary", json!({"totalCount": 1})),
        ("/conditions", json!([])),
    ] {
        assert_eq!(state(with(synced(A), pointer, value.clone())).applied, None, "{pointer} {value}");
    }
    // Digits that are no digest.
    assert_eq!(state(synced("v1.2.3")).applied, None);
}

#[test]
fn what_was_fetched_is_noted_for_the_image_of_the_spec() {
    let of = |note: Value| {
        let mut object = root_sync(synced(A));
        object["metadata"]["annotations"] = json!({"configsync.gke.io/image-to-sync": note});
        read(&object, SyncKind::RootSync, Around::default()).unwrap().fetched
    };
    assert_eq!(of(json!(format!("{IMAGE}@sha256:{B}"))), Some(digest(B)));
    // Of the image before, and odd ones.
    assert_eq!(of(json!(format!("r.io/shop:v0@sha256:{B}"))), Some(digest(A)));
    assert_eq!(of(json!(7)), Some(digest(A)));
    assert_eq!(of(json!(format!("{IMAGE}@odd"))), None);
    let pinned = format!("r.io/shop@sha256:{A}");
    let mut object = root_sync(synced(A));
    object["spec"]["oci"]["image"] = json!(pinned);
    object["metadata"]["annotations"] = json!({"configsync.gke.io/image-to-sync": format!("{pinned}@sha256:{A}")});
    let state = read(&object, SyncKind::RootSync, Around::default()).unwrap();
    assert_eq!(state.fetched, Some(digest(A)));
    assert_eq!(state.source.reference.unwrap().digest(), Some(digest(A)));
}

#[test]
fn errors_of_another_image_are_about_nothing_that_counts() {
    let mut status = synced(A);
    status["sync"] = section(A, json!([error("1060")]));
    status["sync"]["ociStatus"]["image"] = json!("r.io/shop:v0");
    status["conditions"][2]["errorSourceRefs"] = json!(["status.sync.errors"]);
    status["conditions"][2]["errorSummary"] = json!({"totalCount": 1});
    assert_eq!(state(status).problems[0].about, None);
}

#[test]
fn only_images_count() {
    for source_type in [json!("git"), json!("helm"), json!(null), json!(7)] {
        let mut object = root_sync(synced(A));
        object["spec"]["sourceType"] = source_type;
        assert_eq!(read(&object, SyncKind::RootSync, Around::default()), None);
    }
}

#[test]
fn what_nobody_should_write_is_survived() {
    for odd in [
        json!(null),
        json!(7),
        json!([]),
        json!({"conditions": {"type": "Syncing"}}),
        json!({"conditions": [7, null, {"type": 7}, {"type": "Syncing"}]}),
        json!({"conditions": [{"type": "Syncing", "status": "False", "errors": [7, null, {"code": 7}], "errorSummary": 7}]}),
        json!({"sync": {"errors": [null], "errorSummary": {"totalCount": -3}}, "source": []}),
        json!({"sync": {"errorSummary": {"totalCount": 1e300}}}),
    ] {
        let state = state(odd);
        assert_eq!(state.applied, None);
    }
    let mut object = root_sync(json!(null));
    object["metadata"] = json!(null);
    object["spec"]["oci"] = json!("odd");
    assert_eq!(read(&object, SyncKind::RootSync, Around::default()).unwrap().source.image, None);
}

#[test]
fn what_is_being_deleted_does_nothing_more() {
    let mut object = root_sync(synced(A));
    object["metadata"]["deletionTimestamp"] = json!("2026-01-01T00:00:00Z");
    assert_eq!(read(&object, SyncKind::RootSync, Around::default()).unwrap().idle, Some(Idle::Deleted));
}
