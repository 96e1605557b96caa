//! `consign status` before a real API server and through the real kubectl: every state that a sync can tell, each in an object of its own.
//!
//! `ETCD`, `KUBE_APISERVER` and `KUBECTL` name the programs (`.ci/run` makes them). `CONSIGN_SHARED_CRDS` may name a folder with the real
//! definitions of the consumers; then all of it is read from those, too.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod apiserver;
mod common;

use std::collections::BTreeMap;
use std::process::{Output, Stdio};
use std::thread;
use std::time::Duration;

use apiserver::ApiServer;
use common::Folder;
use common::cluster::{A, B};
use serde_json::{Value, json};

/// Nobody listens there.
const IMAGE: &str = "localhost:1/shop:v1";

/// A server, and a machine with the real kubectl.
struct Cluster {
    server: ApiServer,
    folder: Folder,
}

impl Cluster {
    fn start(definitions: &[Value]) -> Self {
        let kubectl = std::env::var("KUBECTL").expect("KUBECTL must name the program: .ci/run makes it");
        let (server, folder) = (ApiServer::start(), Folder::new());
        folder.program("kubectl", &format!("exec '{kubectl}' \"$@\""));
        let cluster = Self { server, folder };
        let output = cluster.status(&[]);
        assert_eq!(output.status.code(), Some(4), "{output:?}");
        cluster.server.apply(definitions);
        for name in ["config-management-system", "team", "flux-system", "argocd"] {
            let namespace = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}});
            cluster.server.create("/api/v1/namespaces", &namespace);
        }
        cluster
    }

    fn status(&self, args: &[&str]) -> Output {
        let mut command = self.folder.consign();
        command.env("KUBECONFIG", self.server.kubeconfig()).arg("status").args(args);
        command.stdin(Stdio::null()).output().expect("consign runs")
    }

    /// The syncs of the report, by name.
    fn syncs(&self, args: &[&str]) -> BTreeMap<String, Value> {
        let output = self.status(&[args, &["--format", "json"]].concat());
        let report: Value = serde_json::from_slice(&output.stdout)
            .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&output.stderr)));
        let syncs = report["contexts"][0]["syncs"].as_array().cloned().unwrap_or_default();
        syncs.into_iter().map(|sync| (sync["sync"].as_str().unwrap().to_owned(), sync)).collect()
    }
}

const ROOT_SYNCS: &str = "/apis/configsync.gke.io/v1beta1/namespaces/config-management-system/rootsyncs";
const REPO_SYNCS: &str = "/apis/configsync.gke.io/v1beta1/namespaces/team/reposyncs";
const REPOSITORIES: &str = "/apis/source.toolkit.fluxcd.io/v1/namespaces/flux-system/ocirepositories";
const KUSTOMIZATIONS: &str = "/apis/kustomize.toolkit.fluxcd.io/v1/namespaces/flux-system/kustomizations";
const APPLICATIONS: &str = "/apis/argoproj.io/v1alpha1/namespaces/argocd/applications";
const NOW: &str = "2026-01-31T12:00:00Z";

/// Path and object; the word, and what is to be thought of it where A is expected.
type Row = (&'static str, Value, &'static str, &'static str);

fn config_sync(kind: &str, name: &str, image: &str, status: &Value) -> Value {
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

fn condition(kind: &str, status: &str, more: &Value) -> Value {
    let mut condition = json!({"type": kind, "status": status, "reason": "Sync", "message": "told",
        "lastUpdateTime": NOW, "lastTransitionTime": NOW});
    condition.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    condition
}

/// Config Sync with what it has in hand, the errors of a part of its status, and what it synced last.
fn at(commit: &str, part: &str, codes: &[&str], last: &str, running: &str) -> Value {
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

fn rows_of_config_sync() -> Vec<Row> {
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

fn rows_of_flux() -> Vec<Row> {
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

fn rows_of_argo() -> Vec<Row> {
    let source = json!({"repoURL": "oci://localhost:1/shop", "targetRevision": "v1", "path": "."});
    let destination = json!({"server": "https://kubernetes.default.svc", "namespace": "shop"});
    let mut rows = Vec::new();
    for (name, sync, phase, hex, health, condition, word, verdict) in [
        ("synced", "Synced", "Succeeded", A, "Healthy", None, "SYNCED", "runs"),
        ("synced-before", "Synced", "Succeeded", B, "Healthy", None, "SYNCED", "waits"),
        ("out-of-sync", "OutOfSync", "Succeeded", A, "Missing", None, "PENDING", "waits"),
        ("running", "OutOfSync", "Running", A, "Progressing", None, "RECONCILING", "waits"),
        ("failed", "OutOfSync", "Failed", A, "Degraded", None, "ERROR", "failed"),
        ("error", "OutOfSync", "Error", A, "Missing", None, "ERROR", "failed"),
        ("uncompared", "Unknown", "Succeeded", B, "Unknown", Some("ComparisonError"), "ERROR", "waits"),
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
fn called(row: &Row) -> String {
    let (kind, name) = (row.1["kind"].as_str().unwrap().to_lowercase(), row.1["metadata"]["name"].as_str().unwrap());
    match row.0 {
        ROOT_SYNCS => format!("{kind}/{name}"),
        REPO_SYNCS => format!("{kind}/team/{name}"),
        APPLICATIONS => format!("{kind}/argocd/{name}"),
        _ => format!("{kind}/flux-system/{name}"),
    }
}

fn every_state_is_told(definitions: &[Value]) {
    let cluster = Cluster::start(definitions);
    let rows: Vec<Row> = [rows_of_config_sync(), rows_of_flux(), rows_of_argo()].concat();
    for (path, object, _, _) in &rows {
        cluster.server.put(path, object);
    }
    let told = cluster.syncs(&[]);
    let expected = format!("localhost:1/shop@sha256:{A}");
    let judged = cluster.syncs(&["--expect", &expected]);
    assert_eq!((told.len(), judged.len()), (rows.len(), rows.len()));
    for row in &rows {
        let name = called(row);
        let (sync, verdict) = (&told[&name], &judged[&name]["verdict"]);
        assert_eq!(
            (sync["status"].as_str(), verdict["verdict"].as_str()),
            (Some(row.2), Some(row.3)),
            "{sync:#} {verdict:#}"
        );
        // Whatever is wrong has a way out.
        let errors = sync["errors"].as_array().unwrap();
        assert!(errors.iter().all(|error| error["hint"].is_string()), "{sync:#}");
    }
    let ready = cluster.syncs(&["--expect", &expected, "--ready"]);
    let verdict = |name: &str| ready[name]["verdict"]["verdict"].as_str().unwrap();
    assert_eq!(verdict("application/argocd/synced"), "runs");
    assert_eq!(verdict("application/argocd/warned"), "waits", "it is not healthy");
    assert_eq!(verdict("kustomization/flux-system/applied"), "runs");
    assert_eq!(verdict("rootsync/synced"), "waits", "there is no ResourceGroup");
    rights_in_one_namespace_are_enough(&cluster);
    what_is_managed_becomes_ready(&cluster);
    a_sync_comes_to_the_digest(&cluster);
}

/// With the role that docs/status.md gives to a CI job.
fn rights_in_one_namespace_are_enough(cluster: &Cluster) {
    let role = json!({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role", "metadata": {"name": "consign-status"}, "rules": [
        {"apiGroups": ["configsync.gke.io"], "resources": ["rootsyncs", "reposyncs"], "verbs": ["list"]},
        {"apiGroups": ["kpt.dev"], "resources": ["resourcegroups"], "verbs": ["list"]},
    ]});
    let binding = json!({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleBinding", "metadata": {"name": "ci"},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "consign-status"},
        "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": "ci"}]});
    let path = "/apis/rbac.authorization.k8s.io/v1/namespaces/config-management-system";
    cluster.server.create(&format!("{path}/roles"), &role);
    cluster.server.create(&format!("{path}/rolebindings"), &binding);
    let config = std::fs::read_to_string(cluster.server.kubeconfig()).unwrap();
    let mut config: Value = serde_json::from_str(&config).unwrap();
    config["users"][0]["user"]["as"] = json!("ci");
    let config = cluster.folder.file("as-ci", config.to_string());
    let expected = format!("localhost:1/shop@sha256:{A}");
    for (args, code, told) in [
        (&["rootsync/synced", "--expect", &expected][..], 0, "1 sync: 1 at the digest"),
        (&["rootsync/synced", "-v"], 0, "1 sync: 1 SYNCED"),
        (&["-n", "config-management-system", "--name", "synced"], 0, "applications.argoproj.io is forbidden"),
        (&["reposync/team/synced", "--expect", &expected], 3, "reposyncs.configsync.gke.io is forbidden"),
        (&["rootsync/synced", "reposync/team/synced"], 3, "is forbidden"),
        (&[], 3, "is forbidden"),
    ] {
        let mut command = cluster.folder.consign();
        let output = command.env("KUBECONFIG", &config).arg("status").args(args).output().unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{args:?}: {stderr}");
        assert!(stderr.contains(told), "{args:?}: {stderr}");
    }
}

/// The states of a ResourceGroup, one after another.
fn what_is_managed_becomes_ready(cluster: &Cluster) {
    let identity = json!({"group": "apps", "kind": "Deployment", "namespace": "shop", "name": "cart"});
    let group = |status: &str, overlap: &str| {
        let mut state = identity.clone();
        state["status"] = json!(status);
        state["sourceHash"] = json!(&A[..7]);
        state["actuation"] = json!(if status == "Unknown" { "Failed" } else { "Succeeded" });
        state["conditions"] = json!([{"type": "OwnershipOverlap", "status": overlap, "reason": "Overlap", "message": "told", "lastTransitionTime": NOW}]);
        json!({"apiVersion": "kpt.dev/v1alpha1", "kind": "ResourceGroup", "metadata": {"name": "synced"},
            "spec": {"resources": [identity]}, "status": {"resourceStatuses": [state]}})
    };
    let path = "/apis/kpt.dev/v1alpha1/namespaces/config-management-system/resourcegroups";
    let expected = format!("localhost:1/shop@sha256:{A}");
    let ready = |limit: &str| {
        cluster.status(&["rootsync/synced", "--expect", &expected, "--ready", "--wait-timeout", limit]).status.code()
    };
    for status in ["InProgress", "Failed", "Terminating", "NotFound", "Unknown"] {
        cluster.server.put(path, &group(status, "False"));
        let sync = &cluster.syncs(&["rootsync/synced"])["rootsync/synced"];
        assert_eq!(sync["resources"][0]["status"], status, "{sync:#}");
        assert_eq!(sync["resources"][0]["well"], false);
    }
    assert_eq!(ready("1ms"), Some(5));
    cluster.server.put(path, &group("Current", "True"));
    assert_eq!(cluster.syncs(&["rootsync/synced"])["rootsync/synced"]["resources"][0]["status"], "Conflict");
    cluster.server.put(path, &group("Current", "False"));
    assert_eq!(ready("1m"), Some(0));
}

/// A sync goes the way that Config Sync goes, while it is waited for.
fn a_sync_comes_to_the_digest(cluster: &Cluster) {
    let put = |status: Value| cluster.server.put(ROOT_SYNCS, &config_sync("RootSync", "moving", IMAGE, &status));
    put(at(B, "sync", &["1060"], B, "False"));
    let expected = format!("localhost:1/shop@sha256:{A}");
    thread::scope(|scope| {
        let waiting =
            scope.spawn(|| cluster.status(&["rootsync/moving", "--expect", &expected, "--wait-timeout", "2m"]));
        for status in [
            at("", "source", &["2004"], B, "False"),
            json!({"conditions": [condition("Reconciling", "True", &json!({}))], "lastSyncedCommit": B}),
            at(A, "sync", &[], B, "True"),
            at(A, "sync", &["2009"], B, "False"),
            at(A, "sync", &[], A, "False"),
        ] {
            thread::sleep(Duration::from_millis(400));
            put(status);
        }
        let output = waiting.join().unwrap();
        assert_eq!(output.status.code(), Some(0), "{output:?}");
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(told.contains("rootsync/moving: runs it"), "{told}");
    });
}

#[test]
#[ignore = "needs etcd, kube-apiserver and kubectl; .ci/run makes them"]
fn every_state_is_told_with_our_definitions() {
    every_state_is_told(&apiserver::our_definitions());
}

#[test]
#[ignore = "needs etcd, kube-apiserver and kubectl; .ci/run makes them"]
#[allow(clippy::print_stdout, reason = "what was not tested is for people to read")]
fn every_state_is_told_with_the_real_definitions() {
    match apiserver::real_definitions() {
        Some(definitions) => every_state_is_told(&definitions),
        None => println!("CONSIGN_SHARED_CRDS is not set: only our own definitions are used"),
    }
}
