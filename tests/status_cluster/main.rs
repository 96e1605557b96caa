//! `consign status` before a real API server and through the real kubectl: every state that a sync can tell, each in an object of its own.
//!
//! `ETCD`, `KUBE_APISERVER` and `KUBECTL` name the programs (`.ci/run` makes them). `CONSIGN_SHARED_CRDS` may name a folder with the real
//! definitions of the consumers; then all of it is read from those, too.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "../apiserver/mod.rs"]
mod apiserver;
#[path = "../common/mod.rs"]
mod common;
mod rows;

use std::collections::BTreeMap;
use std::process::{Output, Stdio};
use std::thread;
use std::time::Duration;

use apiserver::ApiServer;
use common::Folder;
use common::cluster::{A, B};
use rows::{IMAGE, NOW, ROOT_SYNCS, Row, at, called, condition, config_sync};
use serde_json::{Value, json};

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

fn every_state_is_told(definitions: &[Value]) {
    let cluster = Cluster::start(definitions);
    let rows: Vec<Row> = rows::all();
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
