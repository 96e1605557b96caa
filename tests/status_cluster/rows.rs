//! Every state that a sync can tell, with the word for it and what is to be thought of it where the digest A is expected.

use serde_json::{Value, json};

use crate::common::cluster::{A, B};

/// Nobody listens there.
pub(crate) const IMAGE: &str = "localhost:1/shop:v1";

pub(crate) const ROOT_SYNCS: &str = "/apis/configsync.gke.io/v1beta1/namespaces/config-management-system/rootsyncs";
const REPO_SYNCS: &str = "/apis/configsync.gke.io/v1beta1/namespaces/team/reposyncs";
const REPOSITORIES: &str = "/apis/source.toolkit.fluxcd.io/v1/namespaces/flux-system/ocirepositories";
const KUSTOMIZATIONS: &str = "/apis/kustomize.toolkit.fluxcd.io/v1/namespaces/flux-system/kustomizations";
const APPLICATIONS: &str = "/apis/argoproj.io/v1alpha1/namespaces/argocd/applications";
pub(crate) const NOW: &str = "2026-01-31T12:00:00Z";

/// Path and object; the word, and what is to be thought of it where A is expected.
pub(crate) type Row = (&'static str, Value, &'static str, &'static str);

pub(crate) fn config_sync(kind: &str, name: &str, image: &str, status: &Value) -> Value {
    json!({
        "apiVersion": "configsync.gke.io/v1beta1", "kind": kind, "metadata": {"name": name},
        "spec": {"sourceType": "oci", "sourceFormat": "unstructured", "oci": {"image": image, "dir": ".", "auth": "none"}},
        "status": status,
    })
}

fn section(commit: &str, codes: &[&str]) -> Value {
    let errors: Vec<Value> =
        codes.iter().map(|code| json!({"code": code, "errorMessage": format!("KNV{code}: trouble")})).collect();
    let count = codes.len();
    let summary = if count == 0 { json!({}) } else { json!({"totalCount": count, "errorCountAfterTruncation": count}) };
    json!({"commit": commit, "errors": errors, "errorSummary": summary, "lastUpdate": NOW, "ociStatus": {"image": IMAGE, "dir": "."}})
}

pub(crate) fn condition(kind: &str, status: &str, more: &Value) -> Value {
    let mut condition = json!({"type": kind, "status": status, "reason": "Sync", "message": "told",
        "lastUpdateTime": NOW, "lastTransitionTime": NOW});
    condition.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    condition
}

/// Config Sync with what it has in hand, the errors of a part of its status, and what it synced last.
pub(crate) fn at(commit: &str, part: &str, codes: &[&str], last: &str, running: &str) -> Value {
    let of = |name: &str| section(commit, if name == part { codes } else { &[] });
    let errors = if codes.is_empty() {
        json!({})
    } else {
        json!({"totalCount": codes.len(), "errorCountAfterTruncation": codes.len()})
    };
    let references = if codes.is_empty() { json!([]) } else { json!([format!("status.{part}.errors")]) };
    json!({
        "lastSyncedCommit": last, "source": of("source"), "rendering": of("rendering"), "sync": of("sync"),
        "conditions": [
            condition("Reconciling", "False", &json!({})),
            condition("Syncing", running, &json!({"commit": commit, "errorSummary": errors, "errorSourceRefs": references})),
        ],
    })
}

/// All of them.
pub(crate) fn all() -> Vec<Row> {
    [of_config_sync(), of_flux(), of_argo()].concat()
}

fn of_config_sync() -> Vec<Row> {
    let mut rows = Vec::new();
    for (path, kind) in [(ROOT_SYNCS, "RootSync"), (REPO_SYNCS, "RepoSync")] {
        let mut add = |name: &str, status: Value, word, verdict| {
            rows.push((path, config_sync(kind, name, IMAGE, &status), word, verdict));
        };
        let alone = |kind: &str| json!({"conditions": [condition(kind, "True", &json!({"message": "KNV1061: no"}))]});
        add("new", json!(null), "PENDING", "waits");
        add("stalled", alone("Stalled"), "STALLED", "failed");
        let mut earlier = alone("Stalled");
        earlier["observedGeneration"] = json!(0);
        add("stalled-before", earlier, "STALLED", "waits");
        add("reconciling", alone("Reconciling"), "RECONCILING", "waits");
        add("syncing", at(A, "sync", &[], B, "True"), "PENDING", "waits");
        add("syncing-with-errors", at(A, "sync", &["1060"], B, "True"), "PENDING", "waits");
        add("synced", at(A, "sync", &[], A, "False"), "SYNCED", "runs");
        add("synced-before", at(B, "sync", &[], B, "False"), "SYNCED", "waits");
        add("fetch-error", at("", "source", &["2004"], B, "False"), "ERROR", "waits");
        add("render-error", at(A, "rendering", &["1068"], B, "False"), "ERROR", "failed");
        add("render-later", at(A, "rendering", &["2016"], B, "False"), "ERROR", "waits");
        for code in ["1021", "2002", "2008", "2009", "2013"] {
            add(&format!("retried-{code}"), at(A, "sync", &[code], B, "False"), "ERROR", "waits");
        }
        add("render-broken", at(A, "rendering", &["2015"], B, "False"), "ERROR", "failed");
        for code in ["1029", "1060", "1067", "2003", "2005", "2006", "2010"] {
            add(&format!("error-{code}"), at(A, "sync", &[code], B, "False"), "ERROR", "failed");
        }
        add("old-error", at(B, "sync", &["1060"], B, "False"), "ERROR", "waits");
        let mut stale = at(A, "sync", &[], A, "False");
        stale["sync"]["ociStatus"]["image"] = json!("localhost:1/shop:v0");
        add("another-image", stale, "SYNCED", "waits");
        let mut old = at(A, "sync", &[], A, "False");
        old["conditions"] = json!([]);
        add("without-condition", old, "SYNCED", "waits");
        let pinned = format!("localhost:1/shop@sha256:{B}");
        rows.push((path, config_sync(kind, "pinned", &pinned, &at(B, "sync", &[], B, "False")), "SYNCED", "failed"));
    }
    rows
}

fn flux(kind: &str, name: &str, spec: &Value, conditions: &[(&str, &str, &str)], more: &Value) -> Value {
    let group = if kind == "OCIRepository" { "source" } else { "kustomize" };
    let conditions: Vec<Value> = conditions
        .iter()
        .map(|(kind, status, reason)| {
            json!({"type": kind, "status": status, "reason": reason, "message": "told",
            "lastTransitionTime": NOW, "observedGeneration": 1})
        })
        .collect();
    let mut status = json!({"conditions": conditions});
    status.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    json!({"apiVersion": format!("{group}.toolkit.fluxcd.io/v1"), "kind": kind, "metadata": {"name": name},
        "spec": spec, "status": status})
}

fn of_flux() -> Vec<Row> {
    let mut rows = Vec::new();
    let url = json!({"url": "oci://localhost:1/shop", "interval": "5m", "ref": {"tag": "v1"}});
    let artifact = |hex: &str| {
        json!({"artifact": {"revision": format!("v1@sha256:{hex}"), "digest": format!("sha256:{B}"),
        "path": "x", "url": "http://x/x", "lastUpdateTime": NOW}})
    };
    let (ready, failed) = (("Ready", "True", "Succeeded"), |reason| ("Ready", "False", reason));
    let mut suspended = url.clone();
    suspended["suspend"] = json!(true);
    for (name, spec, conditions, hex, word, verdict) in [
        ("fetched", &url, vec![ready], A, "SYNCED", "runs"),
        ("fetched-before", &url, vec![ready], B, "SYNCED", "waits"),
        (
            "fetching",
            &url,
            vec![("Ready", "Unknown", "Progressing"), ("Reconciling", "True", "Progressing")],
            B,
            "RECONCILING",
            "waits",
        ),
        (
            "denied",
            &url,
            vec![failed("AuthenticationFailed"), ("FetchFailed", "True", "AuthenticationFailed")],
            B,
            "ERROR",
            "waits",
        ),
        (
            "missing",
            &url,
            vec![failed("OCIArtifactPullFailed"), ("FetchFailed", "True", "OCIArtifactPullFailed")],
            B,
            "ERROR",
            "waits",
        ),
        (
            "layer",
            &url,
            vec![failed("OCIArtifactLayerOperationFailed"), ("FetchFailed", "True", "OCIArtifactLayerOperationFailed")],
            B,
            "ERROR",
            "waits",
        ),
        ("storage", &url, vec![("StorageOperationFailed", "True", "ReadOperationFailed")], B, "ERROR", "waits"),
        ("stalled", &url, vec![failed("URLInvalid"), ("Stalled", "True", "URLInvalid")], B, "STALLED", "failed"),
        ("suspended", &suspended, vec![ready], B, "SYNCED", "failed"),
    ] {
        rows.push((REPOSITORIES, flux("OCIRepository", name, spec, &conditions, &artifact(hex)), word, verdict));
    }
    rows.push((REPOSITORIES, json!({"apiVersion": "source.toolkit.fluxcd.io/v1", "kind": "OCIRepository", "metadata": {"name": "new"}, "spec": url}), "PENDING", "waits"));
    let spec = json!({"interval": "5m", "path": "./", "prune": true, "sourceRef": {"kind": "OCIRepository", "name": "fetched"}});
    let revisions = |applied: &str, attempted: &str| {
        json!({"lastAppliedRevision": format!("v1@sha256:{applied}"),
        "lastAttemptedRevision": format!("v1@sha256:{attempted}")})
    };
    for (name, condition, applied, word, verdict) in [
        ("applied", ("Ready", "True", "ReconciliationSucceeded"), A, "SYNCED", "runs"),
        ("progressing", ("Ready", "Unknown", "Progressing"), B, "PENDING", "waits"),
        ("build-failed", failed("BuildFailed"), B, "ERROR", "failed"),
        ("apply-failed", failed("ReconciliationFailed"), B, "ERROR", "waits"),
        ("unhealthy", failed("HealthCheckFailed"), B, "ERROR", "waits"),
        ("prune-failed", failed("PruneFailed"), B, "ERROR", "waits"),
        ("artifact-failed", failed("ArtifactFailed"), B, "ERROR", "waits"),
        ("dependency", failed("DependencyNotReady"), B, "ERROR", "waits"),
    ] {
        rows.push((
            KUSTOMIZATIONS,
            flux("Kustomization", name, &spec, &[condition], &revisions(applied, A)),
            word,
            verdict,
        ));
    }
    rows
}

fn of_argo() -> Vec<Row> {
    let source = json!({"repoURL": "oci://localhost:1/shop", "targetRevision": "v1", "path": "."});
    let destination = json!({"server": "https://kubernetes.default.svc", "namespace": "shop"});
    let mut rows = Vec::new();
    for (name, sync, phase, hex, health, condition, word, verdict) in [
        ("synced", "Synced", "Succeeded", A, "Healthy", None, "SYNCED", "runs"),
        ("synced-before", "Synced", "Succeeded", B, "Healthy", None, "SYNCED", "waits"),
        ("out-of-sync", "OutOfSync", "Succeeded", A, "Missing", None, "PENDING", "waits"),
        ("running", "OutOfSync", "Running", A, "Progressing", None, "RECONCILING", "waits"),
        ("terminating", "OutOfSync", "Terminating", A, "Progressing", None, "RECONCILING", "waits"),
        ("failed", "OutOfSync", "Failed", A, "Degraded", None, "ERROR", "failed"),
        ("error", "OutOfSync", "Error", A, "Missing", None, "ERROR", "failed"),
        ("uncompared", "Unknown", "Succeeded", B, "Unknown", Some("ComparisonError"), "ERROR", "waits"),
        ("sync-error", "OutOfSync", "Succeeded", B, "Healthy", Some("SyncError"), "ERROR", "waits"),
        ("deletion-error", "OutOfSync", "Succeeded", B, "Healthy", Some("DeletionError"), "ERROR", "waits"),
        ("unknown-error", "Unknown", "Succeeded", B, "Unknown", Some("UnknownError"), "ERROR", "waits"),
        ("invalid", "Unknown", "Succeeded", B, "Unknown", Some("InvalidSpecError"), "ERROR", "waits"),
        ("warned", "Synced", "Succeeded", A, "Suspended", Some("OrphanedResourceWarning"), "SYNCED", "runs"),
    ] {
        let revision = format!("sha256:{hex}");
        let conditions: Vec<Value> = condition.iter().map(|kind| json!({"type": kind, "message": "told"})).collect();
        rows.push((APPLICATIONS, json!({
            "apiVersion": "argoproj.io/v1alpha1", "kind": "Application", "metadata": {"name": name},
            "spec": {"project": "default", "source": source, "destination": destination, "syncPolicy": {"automated": {}}},
            "status": {
                "sync": {"status": sync, "revision": revision}, "health": {"status": health}, "conditions": conditions,
                "operationState": {"phase": phase, "startedAt": NOW, "finishedAt": NOW, "operation": {},
                    "syncResult": {"revision": revision, "source": source}},
            },
        }), word, verdict));
    }
    // Compared with what its spec named before.
    let mut before = rows[0].clone();
    before.1["metadata"]["name"] = json!("another-tag");
    let mut earlier = source;
    earlier["targetRevision"] = json!("v0");
    before.1["status"]["sync"]["comparedTo"] = json!({"source": earlier, "destination": destination});
    (before.2, before.3) = ("PENDING", "waits");
    rows.push(before);
    rows
}

/// The names of the rows, as a report has them.
pub(crate) fn called(row: &Row) -> String {
    let (kind, name) = (row.1["kind"].as_str().unwrap().to_lowercase(), row.1["metadata"]["name"].as_str().unwrap());
    match row.0 {
        ROOT_SYNCS => format!("{kind}/{name}"),
        REPO_SYNCS => format!("{kind}/team/{name}"),
        APPLICATIONS => format!("{kind}/argocd/{name}"),
        _ => format!("{kind}/flux-system/{name}"),
    }
}
