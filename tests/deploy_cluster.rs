//! What `consign deploy` prints, before a real API server.
//!
//! `ETCD`, `KUBE_APISERVER` and `KUBECTL` name the programs (`.ci/run` makes them). `CONSIGN_SHARED_CRDS` may name a folder with the real
//! definitions of the consumers; then both those and our own must take it.

#![allow(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod apiserver;
mod common;

use std::path::Path;
use std::process::{Command, Output};

use apiserver::ApiServer;
use common::Folder;
use common::deploy::table;
use serde_json::{Value, json};

fn run_kubectl(server: &ApiServer, args: &[&str], file: &Path) -> Output {
    let program = std::env::var_os("KUBECTL").expect("KUBECTL must name the program: .ci/run makes it");
    let mut command = Command::new(program);
    command.env("KUBECONFIG", server.kubeconfig()).args(args).arg("-f").arg(file).output().expect("kubectl runs")
}

/// What `kubectl` prints on a command that must succeed.
fn kubectl(server: &ApiServer, args: &[&str], file: &Path) -> String {
    let output = run_kubectl(server, args, file);
    let (told, failed) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "kubectl {}: {told}{failed}", args.join(" "));
    // What the test made without kubectl is told, too.
    let warns = |line: &str| line.contains("Warning") && !line.contains("last-applied-configuration");
    assert!(!failed.lines().any(warns), "{failed}");
    told.into_owned()
}

/// A server with these definitions, and the namespaces that consumers have.
fn server(definitions: &[Value]) -> ApiServer {
    let server = ApiServer::start();
    server.apply(definitions);
    for name in ["config-management-system", "flux-system", "argocd", "team"] {
        let namespace = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}});
        server.create("/api/v1/namespaces", &namespace);
    }
    server
}

/// Everything that can be printed, in one file, and how many documents that are.
fn everything(folder: &Folder) -> (std::path::PathBuf, usize) {
    let texts: Vec<String> = table()
        .iter()
        .map(|(_, words)| {
            folder.ok(&std::iter::once("deploy").chain(words.iter().map(String::as_str)).collect::<Vec<_>>())
        })
        .collect();
    let text = texts.join("---\n");
    let count = text.lines().filter(|line| line.starts_with("kind: ")).count();
    (folder.file("all.yaml", text), count)
}

fn is_taken(server: &ApiServer) {
    let folder = Folder::new();
    let (all, count) = everything(&folder);
    assert!(count > 60, "{count}");
    let told = kubectl(server, &["apply", "--dry-run=server", "--validate=strict"], &all);
    assert_eq!(told.lines().filter(|line| line.ends_with("(server dry run)")).count(), count, "{told}");
    // In earnest, into a namespace that is not there before.
    let reference = common::deploy::IMAGE;
    let repo_sync = folder.ok(&["deploy", "reposync", "fresh/shop", reference, "--with-namespace", "--with-rbac"]);
    let file = folder.file("fresh.yaml", repo_sync);
    let told = kubectl(server, &["apply", "--validate=strict"], &file);
    assert_eq!(told.lines().filter(|line| line.ends_with(" created")).count(), 3, "{told}");
    let told = kubectl(server, &["apply", "--validate=strict"], &file);
    assert_eq!(told.lines().filter(|line| line.ends_with(" unchanged")).count(), 3, "{told}");
    // With another image.
    let image = format!("{reference}@{}", common::deploy::DIGEST);
    folder.ok(&["deploy", "update", "fresh.yaml", &image]);
    let told = kubectl(server, &["apply", "--validate=strict"], &file);
    assert!(told.contains("reposync.configsync.gke.io/shop configured"), "{told}");
    let there = kubectl(server, &["get", "-o", "json"], &file);
    assert!(there.contains(&format!("\"image\": \"{image}\"")), "{there}");
}

#[test]
#[ignore = "needs etcd, kube-apiserver and kubectl; .ci/run makes them"]
fn all_that_is_printed_is_taken_with_our_definitions() {
    let definitions = apiserver::our_definitions();
    assert_eq!(definitions.len(), 6);
    let server = server(&definitions);
    is_taken(&server);
    // They are strict enough that a typing error in what is printed would be seen.
    let folder = Folder::new();
    let printed = folder.ok(&["deploy", "rootsync", "shop", common::deploy::IMAGE]);
    for (right, wrong) in
        [("    dir:", "    dirr:"), ("auth: k8s", "auth: K8s"), ("sourceType: oci", "sourceType: OCI")]
    {
        assert!(printed.contains(right), "{printed}");
        let file = folder.file("wrong.yaml", printed.replace(right, wrong));
        let output = run_kubectl(&server, &["apply", "--dry-run=server", "--validate=strict"], &file);
        assert!(!output.status.success(), "{wrong} is taken");
    }
}

#[test]
#[ignore = "needs etcd, kube-apiserver and kubectl; .ci/run makes them"]
#[allow(clippy::print_stdout, reason = "what was not tested is for people to read")]
fn all_that_is_printed_is_taken_with_the_real_definitions() {
    match apiserver::real_definitions() {
        Some(definitions) => is_taken(&server(&definitions)),
        None => println!("CONSIGN_SHARED_CRDS is not set: the consumers' own definitions are not asked"),
    }
}
