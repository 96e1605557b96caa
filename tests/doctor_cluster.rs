//! `consign doctor` with the real kubectl, before a real API server: what it makes of what they answer.
//!
//! `ETCD`, `KUBE_APISERVER` and `KUBECTL` name the programs; `.ci/run` makes them.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod apiserver;
mod common;

use std::path::Path;

use apiserver::ApiServer;
use common::Folder;
use reqwest::Method;
use serde_json::{Value, json};

const REFERENCE: &str = "us-docker.pkg.dev/shop/configs/prod:v1";
const DEPLOYMENTS: &str = "/apis/apps/v1/namespaces/config-management-system/deployments";

/// A machine with the real kubectl, and a gcloud whose policies let the reconciler of the RootSync `shop` read.
struct Machine {
    folder: Folder,
}

impl Machine {
    fn new() -> Self {
        let kubectl = std::env::var("KUBECTL").expect("KUBECTL must name the program: .ci/run makes it");
        let folder = Folder::new();
        folder.program("kubectl", &format!("exec '{kubectl}' \"$@\""));
        let policy = json!({"bindings": [{
            "role": "roles/artifactregistry.reader",
            "members": ["serviceAccount:fleet.svc.id.goog[config-management-system/root-reconciler-shop]"],
        }]});
        let accounts = json!([{"account": "me@example.com", "status": "ACTIVE"}]);
        folder.program(
            "gcloud",
            &format!(
                "case \"$*\" in *ancestors*) echo '[]' ;; *get-iam-policy*) echo '{policy}' ;; auth*) echo '{accounts}' ;; *) echo '{{}}' ;; esac"
            ),
        );
        Self { folder }
    }

    /// The checks, each `NAME STATUS: FOUND`, and the exit code.
    fn doctor(&self, kubeconfig: &Path, args: &[&str]) -> (Option<i32>, Vec<String>) {
        let mut command = self.folder.consign();
        command.arg("doctor").args(args).args(["--format", "json", "--retry-for", "0"]).env("KUBECONFIG", kubeconfig);
        // No registry is reached from here, and no metadata server.
        command.env("HTTPS_PROXY", "http://127.0.0.1:1").env("GCE_METADATA_HOST", "127.0.0.1:1");
        let output = command.env("NO_PROXY", "127.0.0.1").output().unwrap();
        let report: Value = serde_json::from_slice(&output.stdout)
            .unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&output.stderr)));
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let line = |it: &Value| format!("{} {}: {}", text(&it["check"]), text(&it["status"]), text(&it["found"]));
        (output.status.code(), report["checks"].as_array().unwrap().iter().map(line).collect())
    }

    #[track_caller]
    fn finds(&self, kubeconfig: &Path, args: &[&str], expected: &[&str]) {
        let (_, checks) = self.doctor(kubeconfig, args);
        for start in expected {
            assert!(checks.iter().any(|check| check.starts_with(start)), "{start} is not among {checks:#?}");
        }
    }
}

fn manager(image: &str) -> Value {
    let labels = json!({"app": "reconciler-manager"});
    let containers = json!([
        {"name": "otel-agent", "image": "r.example:5000/otel-agent:v0.100.0"},
        {"name": "reconciler-manager", "image": image},
    ]);
    json!({
        "apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": {"name": "reconciler-manager", "namespace": "config-management-system"},
        "spec": {
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": {"containers": containers}},
        },
    })
}

/// A definition of a kind whose one object is read, with whatever fields it has.
fn definition(group: &str, kind: &str) -> Value {
    let singular = kind.to_lowercase();
    let plural = format!("{singular}s");
    let schema = json!({"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": true}});
    json!({
        "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
        "metadata": {"name": format!("{plural}.{group}"), "annotations": {"api-approved.kubernetes.io": "unapproved"}},
        "spec": {
            "group": group, "scope": "Cluster",
            "names": {"kind": kind, "plural": plural, "singular": singular, "listKind": format!("{kind}List")},
            "versions": [{"name": "v1", "served": true, "storage": true, "schema": schema}],
        },
    })
}

#[test]
#[ignore = "needs etcd, kube-apiserver and kubectl; .ci/run makes them"]
fn a_real_cluster_tells_what_syncs_there_in_which_version_and_as_whom() {
    let server = ApiServer::start();
    let machine = Machine::new();
    let config = server.kubeconfig();
    let (code, checks) = machine.doctor(config, &[]);
    assert_eq!(code, Some(4), "{checks:#?}");
    let address = format!("cluster ok: test ({}) answers", server.address());
    machine.finds(config, &[], &["kubectl ok: v", &address, "sync-api problem: nothing", "config-sync notChecked"]);

    server.apply(&apiserver::our_definitions());
    machine.finds(
        config,
        &[],
        &[
            "sync-api ok: RootSync, RepoSync, OCIRepository, Application",
            "config-sync warning: its version is not known",
        ],
    );

    let namespace = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "config-management-system"}});
    server.create("/api/v1/namespaces", &namespace);
    server.create(DEPLOYMENTS, &manager("r.example:5000/reconciler-manager:v1.17.1"));
    machine.finds(config, &[], &["config-sync warning: v1.17.1 does not know `auth: k8sserviceaccount`"]);
    let path = format!("{DEPLOYMENTS}/reconciler-manager");
    let newer = manager(
        "r.example:5000/reconciler-manager:v1.24.3@sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    );
    let (status, answer) = server.runtime().block_on(server.call(Method::PUT, &path, Some(&newer)));
    assert_eq!(status, 200, "{answer}");
    machine.finds(config, &[], &["config-sync ok: v1.24.3"]);

    server.apply(&[definition("configmanagement.gke.io", "ConfigManagement"), definition("hub.gke.io", "Membership")]);
    server.create(
        "/apis/configmanagement.gke.io/v1/configmanagements",
        &json!({"apiVersion": "configmanagement.gke.io/v1", "kind": "ConfigManagement",
                "metadata": {"name": "config-management"}, "status": {"configManagementVersion": "v1.16.0"}}),
    );
    machine.finds(config, &[], &["config-sync warning: v1.16.0 does not know"]);

    let root_sync = |name: &str, image: &str| {
        json!({"apiVersion": "configsync.gke.io/v1beta1", "kind": "RootSync",
               "metadata": {"name": name, "namespace": "config-management-system"},
               "spec": {"sourceType": "oci", "sourceFormat": "unstructured",
                        "oci": {"image": image, "dir": ".", "auth": "k8sserviceaccount"}}})
    };
    let root_syncs = "/apis/configsync.gke.io/v1beta1/namespaces/config-management-system/rootsyncs";
    server.create(root_syncs, &root_sync("shop", REFERENCE));
    server.create(root_syncs, &root_sync("elsewhere", "us-docker.pkg.dev/shop/other/prod:v1"));
    // Nobody knows whose pool it is: any will do.
    machine.finds(config, &[REFERENCE], &["binding ok: rootsync/shop: serviceAccount:fleet.svc.id.goog"]);
    let membership = |pool: &str| {
        json!({"apiVersion": "hub.gke.io/v1", "kind": "Membership", "metadata": {"name": "membership"},
               "spec": {"workload_identity_pool": pool}})
    };
    server.create("/apis/hub.gke.io/v1/memberships", &membership("other.svc.id.goog"));
    let (_, checks) = machine.doctor(config, &[REFERENCE]);
    let bindings: Vec<_> = checks.iter().filter(|check| check.starts_with("binding")).collect();
    let [binding] = bindings[..] else { panic!("{checks:#?}") };
    assert!(binding.starts_with("binding problem: rootsync/shop: serviceAccount:other.svc.id.goog["), "{binding}");
}

#[test]
#[ignore = "needs etcd, kube-apiserver and kubectl; .ci/run makes them"]
fn what_kubectl_says_of_a_cluster_that_is_not_there_or_does_not_let_us_in() {
    let server = ApiServer::start();
    let machine = Machine::new();
    let config = server.kubeconfig();
    let changed = |name: &str, change: &dyn Fn(&mut Value)| {
        let mut value: Value = serde_json::from_slice(&std::fs::read(config).unwrap()).unwrap();
        change(&mut value);
        machine.folder.file(name, value.to_string())
    };
    let stranger = changed("stranger", &|config| config["users"][0]["user"]["token"] = "nobody".into());
    let gone = changed("gone", &|config| config["clusters"][0]["cluster"]["server"] = "https://127.0.0.1:1".into());
    let none = changed("none", &|config| config["current-context"] = "".into());
    for (kubeconfig, args, code, expected) in [
        (config, &["--context", "tset"][..], 4, "cluster problem: there is no context `tset`"),
        (&stranger, &[], 3, "cluster problem: the cluster does not tell what it has"),
        (&gone, &[], 5, "cluster problem: the cluster does not tell what it has"),
        (&none, &[], 0, "cluster warning: no context is chosen"),
        (&none, &["--context", "test"], 4, "cluster ok: test ("),
    ] {
        let (ended, checks) = machine.doctor(kubeconfig, args);
        assert_eq!(ended, Some(code), "{args:?}: {checks:#?}");
        assert!(checks.iter().any(|check| check.starts_with(expected)), "{expected} is not among {checks:#?}");
    }
}
