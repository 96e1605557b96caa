//! `consign status` with a kubectl that plays a cluster.

#![allow(clippy::unwrap_used, clippy::panic)] // A panic here is a test that fails.

mod common;

use std::fs;

use common::cluster::{A, ALL_KINDS, B, asked, cluster, failing, resource_group, root_sync};
use common::documented::{documented, has_the_shape};
use common::{Folder, Transcript};
use serde_json::{Value, json};

fn several() -> Vec<Value> {
    let repo_sync = {
        let mut sync = failing(
            root_sync("prod", "r.io/shop:v2", A),
            "2009",
            "failed to apply Deployment.apps, shop/cart: \
            deployments.apps is forbidden\n\nsource: cart.yaml\nnamespace: shop",
            B,
        );
        sync["kind"] = json!("RepoSync");
        sync["metadata"]["namespace"] = json!("shop");
        sync["status"]["sync"]["errors"][0]["errorResources"] = json!([
            {"sourcePath": "cart.yaml", "name": "cart", "namespace": "shop", "gvk": {"group": "apps", "version": "v1", "kind": "Deployment"}},
        ]);
        sync
    };
    let mut git = root_sync("git", "", A);
    git["spec"] = json!({"sourceType": "git", "git": {"repo": "https://git.example/x"}});
    vec![
        root_sync("shop", "r.io/shop:v1", A),
        resource_group("shop", &[("cart", "Current"), ("orders", "InProgress")]),
        repo_sync,
        git,
        json!({
            "apiVersion": "source.toolkit.fluxcd.io/v1", "kind": "OCIRepository",
            "metadata": {"name": "shop", "namespace": "flux-system", "generation": 1},
            "spec": {"url": "oci://r.io/shop", "ref": {"tag": "v1"}, "suspend": true},
            "status": {"observedGeneration": 1, "artifact": {"revision": format!("v1@sha256:{A}"), "lastUpdateTime": "2026-01-31T12:00:00Z"},
                "conditions": [{"type": "Ready", "status": "True", "reason": "Succeeded"}]},
        }),
        json!({
            "apiVersion": "kustomize.toolkit.fluxcd.io/v1", "kind": "Kustomization",
            "metadata": {"name": "shop", "namespace": "flux-system", "generation": 1},
            "spec": {"sourceRef": {"kind": "OCIRepository", "name": "shop"}},
            "status": {"observedGeneration": 1, "lastAppliedRevision": format!("v1@sha256:{A}"),
                "conditions": [{"type": "Ready", "status": "True", "reason": "ReconciliationSucceeded"}]},
        }),
        json!({
            "apiVersion": "argoproj.io/v1alpha1", "kind": "Application",
            "metadata": {"name": "shop", "namespace": "argocd"},
            "spec": {"source": {"repoURL": "oci://r.io/shop", "targetRevision": "v1", "path": "prod"}},
            "status": {"sync": {"status": "OutOfSync", "revision": format!("sha256:{A}")}, "health": {"status": "Missing"}},
        }),
    ]
}

#[test]
fn a_report_reads_like_this() {
    let folder = Folder::new();
    let mut t = Transcript::new("status");
    cluster(&folder, ALL_KINDS, &several());
    t.say("All syncs of images");
    t.run(&folder, &["status"]);
    t.say("One of them, with all that it manages");
    t.run(&folder, &["status", "rootsync/shop", "-v"]);
    t.run(&folder, &["status", "--name", "prod", "-q"]);
    t.say("For machines");
    t.run(&folder, &["status", "--name", "prod", "--format", "json"]);
    t.say("One that is not there, and what cannot be meant");
    t.run(&folder, &["status", "rootsync/other"]);
    t.run(&folder, &["status", "shop"]);
    t.run(&folder, &["status", "--ready"]);
    t.run(&folder, &["status", "--expect", ""]);
    t.run(&folder, &["status", "--expect", "r.io/shop"]);
    t.run(&folder, &["status", "--expect", &format!("sha256:{A}")]);
    t.run(&folder, &["status", "--namespace", ""]);
    t.run(&folder, &["status", "--name", "Shop"]);
    t.say("Several clusters");
    t.run(&folder, &["status", "--all-contexts", "--name", "git"]);
    t.say("A cluster without any of the APIs");
    cluster(&folder, "pods\nworkflows.argoproj.io\n", &[]);
    t.run(&folder, &["status"]);
    t.run(&folder, &["status", "--expect", &format!("r.io/shop@sha256:{A}"), "--format", "json"]);
    t.say("A cluster without syncs");
    cluster(&folder, ALL_KINDS, &[]);
    t.run(&folder, &["status"]);
    t.check();
}

#[test]
fn what_several_errors_mean_alike_is_said_once() {
    let folder = Folder::new();
    let mut sync = failing(root_sync("shop", "r.io/shop:v1", A), "2009", "", B);
    let codes = ["2009"; 12];
    let error = |code: &&str| json!({"code": code, "errorMessage": format!("KNV{code}: trouble")});
    sync["status"]["sync"]["errors"] = codes.iter().chain(&["1060"]).map(error).collect();
    cluster(&folder, ALL_KINDS, &[sync]);
    for (args, errors, explained) in [(&["status"][..], 10, 1), (&["status", "-v"], 13, 2)] {
        let text = folder.ok(args);
        assert_eq!((text.matches("trouble").count(), text.matches("means: ").count()), (errors, explained), "{text}");
        assert_eq!(text.contains("and 3 more errors"), errors == 10, "{text}");
    }
}

#[test]
fn the_help_says_what_a_sync_is_called() {
    let mut t = Transcript::new("help-status");
    t.run(&Folder::new(), &["status", "--help"]);
    t.check();
}

#[test]
fn all_contexts_are_meant_whatever_a_variable_says() {
    let folder = Folder::new();
    cluster(&folder, ALL_KINDS, &several());
    let output = folder.consign().env("CONSIGN_CONTEXT", "test").args(["status", "--all-contexts"]).output().unwrap();
    assert!(String::from_utf8_lossy(&output.stderr).contains("in 2 clusters"), "{output:?}");
}

#[test]
fn what_keeps_kubectl_from_answering_is_told() {
    let folder = Folder::new();
    let mut t = Transcript::new("status-trouble");
    folder.without_programs();
    t.say("No kubectl");
    t.run(&folder, &["status"]);
    for (what, said) in [
        (
            "Not allowed",
            "Error from server (Forbidden): rootsyncs.configsync.gke.io is forbidden: User \"me\" cannot list resource",
        ),
        ("Not logged in", "error: You must be logged in to the server (Unauthorized)"),
        ("No such context", "error: context \"prod\" does not exist"),
        ("Not reachable", "Unable to connect to the server: dial tcp 10.0.0.1:443: i/o timeout"),
        (
            "Nothing to log in with",
            "Unable to connect to the server: getting credentials: exec: executable gke-gcloud-auth-plugin not found\n\n\
             Install gke-gcloud-auth-plugin for use with kubectl",
        ),
        (
            "Nobody logged in",
            "Unable to connect to the server: getting credentials: exec: executable gke-gcloud-auth-plugin failed with exit code 1",
        ),
        (
            "No configuration",
            "The connection to the server localhost:8080 was refused - did you specify the right host or port?",
        ),
        ("No current context", "Error in configuration: context was not found for specified context: gone"),
        (
            "A configuration that cannot be read",
            "error: error loading config file \"kube\": yaml: line 1: did not find expected key",
        ),
    ] {
        folder.program("kubectl", &format!("echo '{said}' >&2; exit 1"));
        t.say(what);
        t.run(&folder, &["status", "--context", "prod"]);
        t.run(
            &folder,
            &[
                "status",
                "--context",
                "prod",
                "--expect",
                &format!("r.io/shop@sha256:{A}"),
                "-q",
                "--wait-timeout",
                "1ms",
            ],
        );
    }
    t.say("No login at all");
    folder.program("kubectl", "echo -n 'Please enter Username: '; echo 'error: EOF' >&2; exit 1");
    t.run(&folder, &["status", "--context", "prod"]);
    t.say("Not JSON");
    folder
        .program("kubectl", "case \"$1\" in api-resources) echo rootsyncs.configsync.gke.io;; *) echo '<html>';; esac");
    t.run(&folder, &["status"]);
    t.run(&folder, &["status", "--format", "json"]);
    t.say("One of two clusters");
    folder.program(
        "kubectl",
        "case \"$*\" in *prod*) echo 'Unable to connect to the server' >&2; exit 1;; \
         api-resources*) echo rootsyncs.configsync.gke.io;; *) echo '{\"items\": []}';; esac",
    );
    t.run(&folder, &["status", "--context", "test", "--context", "prod"]);
    t.say("A part may not be read, and something else is out of order");
    folder.program(
        "kubectl",
        "case \"$*\" in config*) echo test;; \
         api-resources*) echo rootsyncs.configsync.gke.io; echo resourcegroups.kpt.dev; echo reposyncs.configsync.gke.io; \
           echo 'error: unable to retrieve the complete list of server APIs: metrics.k8s.io/v1beta1' >&2; exit 1;; \
         *) echo '{\"items\": []}'; \
           echo 'Error from server (Forbidden): reposyncs.configsync.gke.io is forbidden: User \"me\" cannot list resource \"reposyncs\"' >&2; exit 1;; \
         esac",
    );
    t.run(&folder, &["status"]);
    t.run(&folder, &["status", "reposync/shop/prod"]);
    t.check();
}

#[test]
fn only_what_is_needed_is_asked_for() {
    let folder = Folder::new();
    cluster(&folder, ALL_KINDS, &several());
    let (config_sync, flux) =
        ("rootsyncs.configsync.gke.io,resourcegroups.kpt.dev", "ocirepositories.source.toolkit.fluxcd.io");
    let both = format!("{flux},kustomizations.kustomize.toolkit.fluxcd.io");
    let argo = "applications.argoproj.io";
    let all = format!("rootsyncs.configsync.gke.io,reposyncs.configsync.gke.io,resourcegroups.kpt.dev,{both},{argo}");
    for (args, resources, place) in [
        (&["status"][..], all.as_str(), "--all-namespaces"),
        (&["status", "rootsync/shop"], config_sync, "--namespace=config-management-system"),
        (&["status", "rootsync/shop", "application/argocd/shop"], &format!("{config_sync},{argo}"), "--all-namespaces"),
        (&["status", "ocirepository/flux-system/shop"], flux, "--namespace=flux-system"),
        (&["status", "--namespace", "shop"], &all, "--namespace=shop"),
    ] {
        let _ = fs::remove_file(folder.path().join("asked"));
        folder.ok(args);
        let asked = asked(&folder);
        let [context, kinds, objects] = asked.as_slice() else { panic!("{asked:?}") };
        assert!(context.starts_with("config current-context"), "{context}");
        assert!(kinds.starts_with("api-resources ") && kinds.ends_with("--context test"), "{kinds}");
        assert!(objects.starts_with(&format!("get {resources} {place} --output=json ")), "{objects}");
        assert!(objects.ends_with("--context test"), "{objects}");
    }
    // What a Kustomization applies is its repository's.
    folder.run(&["status", "kustomization/flux-system/shop"]);
    assert!(asked(&folder).last().unwrap().starts_with(&format!("get {both} --namespace=flux-system ")));
}

#[test]
fn hostile_text_is_shown_by_its_numbers() {
    let folder = Folder::new();
    let other = "r.io/shop@sha256:0000000000000000000000000000000000000000000000000000000000000000";
    let mut sync = failing(
        root_sync("shop", "r.io/shop:v1\u{1b}[2J", A),
        "2009",
        "see \u{1b}[2J\u{7}\nhttps://me:hunter2@r.io/\u{202e}",
        B,
    );
    sync["status"]["sync"]["errors"][0]["errorResources"] = json!([{"name": "\u{1b}[2J"}]);
    let mut group = resource_group("shop", &[("\u{1b}[2J", "\u{1b}[2J")]);
    group["status"]["resourceStatuses"][0]["conditions"] =
        json!([{"type": "x", "status": "True", "message": "\u{1b}[2J"}]);
    cluster(&folder, ALL_KINDS, &[sync, group]);
    for args in
        [&["status"][..], &["status", "-v"], &["status", "--expect", other, "rootsync/shop", "--wait-timeout", "100ms"]]
    {
        let output = folder.run(args);
        let text = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
        assert!(text.contains("KNV2009") && !text.contains(['\u{1b}', '\u{7}', '\u{202e}']), "{text}");
        assert!(!text.contains("hunter2"), "{text}");
    }
}

#[test]
fn what_machines_get_is_as_documented() {
    let folder = Folder::new();
    cluster(&folder, ALL_KINDS, &several());
    let [.., status, _failure, _finding] = documented();
    let expect = format!("r.io/shop@sha256:{A}");
    for more in [&[][..], &["--expect", &expect, "rootsync/shop"]] {
        let said = folder.run(&[&["status", "--format", "json"], more].concat());
        has_the_shape(&serde_json::from_slice(&said.stdout).unwrap(), &status, "status");
    }
}
