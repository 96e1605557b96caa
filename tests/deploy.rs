//! `consign deploy`: what it prints, what it refuses, and how it changes a file.

mod common;
mod registry;

use std::os::unix::fs::PermissionsExt as _;

use common::deploy::{DIGEST, ELSEWHERE, IMAGE, table};
use common::{Folder, Transcript, User};
use registry::{Config, Registry};

#[test]
fn deploying_reads_like_this() {
    let folder = Folder::new();
    let mut t = Transcript::new("deploy");
    let pinned = format!("{IMAGE}@{DIGEST}");
    t.replace(DIGEST, "DIGEST");
    t.say("Config Sync, for the whole cluster");
    t.run(&folder, &["deploy", "rootsync", "shop", IMAGE]);
    t.say("By digest, with all that can be set");
    #[rustfmt::skip]
    t.run(&folder, &[
        "deploy", "rootsync", "shop", &pinned, "--dir", "clusters/prod", "--period", "1m", "--auth", "token", "--secret", "pull",
        "--ca-cert-secret", "authority", "--deletion-propagation", "foreground", "--namespace-strategy", "explicit",
        "--role-ref", "ClusterRole/view", "--role-ref", "Role/deployer:team", "--log-level", "oci-sync=5",
        "--resources", "oci-sync:memory-request=64Mi,memory-limit=256Mi", "--status-mode", "disabled", "--reconcile-timeout", "10m",
        "--api-server-timeout", "1m", "--enable-shell-in-rendering", "--source-format", "hierarchy",
    ]);
    t.say("Config Sync, for one namespace, with what it needs");
    t.run(&folder, &["deploy", "reposync", "team/shop", IMAGE, "--with-namespace", "--with-rbac"]);
    t.say("Flux");
    t.run(&folder, &["deploy", "flux", "shop", ELSEWHERE, "--secret", "pull"]);
    t.run(&folder, &["deploy", "flux", "shop", "ghcr.io/shop/configs", "--semver", ">=1.0.0", "--no-prune"]);
    t.say("Argo CD");
    t.run(&folder, &["deploy", "argocd", "shop", &pinned]);
    t.run(&folder, &["deploy", "argocd", "shop", IMAGE, "--dest-name", "prod", "--manual", "--no-recurse"]);
    t.check();
}

#[test]
fn what_makes_no_sense_is_refused_with_a_way_out() {
    let folder = Folder::new();
    let mut t = Transcript::new("deploy-refused");
    let root = |more: &[&'static str]| [&["deploy", "rootsync", "shop"][..], more].concat();
    t.say("REF");
    for reference in ["", "ghcr.io/a", "shop:v1", "oci:out:v1", "oci-archive:out.tar:v1", "ghcr.io/a:v1\nghcr.io/b:v1"]
    {
        t.run(&folder, &root(&[reference]));
    }
    t.run(&folder, &root(&["us-docker.pkg.dev/shop:v1"]));
    t.run(&folder, &["deploy", "flux", "shop", "us-docker.pkg.dev/shop/configs", "--semver", "1.x"]);
    t.say("Names");
    t.run(&folder, &["deploy", "rootsync", "a-name-of-39-characters-is-much-too-long", IMAGE]);
    t.run(&folder, &["deploy", "reposync", "shop", IMAGE]);
    t.run(&folder, &["deploy", "reposync", "/shop", IMAGE]);
    t.run(&folder, &["deploy", "reposync", "a-namespace-of-27-characters/a-name-of-18-chars", IMAGE]);
    t.run(&folder, &["deploy", "reposync", "config-management-system/shop", IMAGE]);
    t.run(&folder, &["deploy", "flux", "Shop", IMAGE]);
    t.run(&folder, &["deploy", "argocd", "shop", IMAGE, "--dest-namespace", "my.team"]);
    t.say("As whom");
    t.run(&folder, &root(&[ELSEWHERE]));
    t.run(&folder, &root(&[IMAGE, "--auth", "token"]));
    t.run(&folder, &root(&[IMAGE, "--secret", "pull"]));
    t.run(&folder, &root(&[IMAGE, "--auth", "gcpserviceaccount"]));
    t.run(&folder, &root(&[IMAGE, "--auth", "gcpserviceaccount", "--gcp-service-account", "me@shop.com"]));
    t.run(&folder, &root(&[IMAGE, "--gcp-service-account", "puller@shop.iam.gserviceaccount.com"]));
    t.run(&folder, &root(&[IMAGE, "--auth", "GCENode"]));
    t.say("What a version does not have");
    t.run(&folder, &root(&[IMAGE, "--config-sync-version", "1.17"]));
    t.run(&folder, &root(&[ELSEWHERE, "--auth", "token", "--secret", "pull", "--config-sync-version", "1.23.3"]));
    t.run(&folder, &root(&[IMAGE, "--config-sync-version", "2.0"]));
    t.say("Settings of the reconciler");
    t.run(&folder, &root(&[IMAGE, "--resources", "oci-sinc:cpu-limit=1"]));
    t.run(&folder, &root(&[IMAGE, "--resources", "oci-sync:cpu-request=2,cpu-limit=1"]));
    t.run(&folder, &root(&[IMAGE, "--resources", "oci-sync:cpu-limit=1", "--resources", "oci-sync:memory-limit=1Gi"]));
    t.run(&folder, &root(&[IMAGE, "--resources", "oci-sync:memory-limit=Gi"]));
    t.run(&folder, &root(&[IMAGE, "--log-level", "oci-sync=11"]));
    t.run(&folder, &root(&[IMAGE, "--role-ref", "Role/deployer"]));
    t.run(&folder, &root(&[IMAGE, "--period", "15"]));
    t.run(&folder, &root(&[IMAGE, "--period", "99999999h"]));
    t.run(&folder, &root(&[IMAGE, "--dir", "../other"]));
    t.say("What the consumer does not have is no option there");
    t.run(&folder, &["deploy", "reposync", "team/shop", IMAGE, "--namespace-strategy", "explicit"]);
    t.run(&folder, &["deploy", "reposync", "team/shop", IMAGE, "--role", "ClusterRole/edit"]);
    t.run(&folder, &["deploy", "reposync", "team/shop", IMAGE, "--with-rbac", "--role", "Role/a:b"]);
    t.run(&folder, &["deploy", "flux", "shop", IMAGE, "--semver", "1.x"]);
    t.run(&folder, &["deploy", "flux", "shop", "ghcr.io/shop/configs", "--semver", "latest"]);
    t.run(&folder, &["deploy", "flux", "shop", IMAGE, "--with-namespace"]);
    t.run(
        &folder,
        &["deploy", "argocd", "shop", IMAGE, "--dest-name", "prod", "--dest-namespace", "a", "--with-namespace"],
    );
    t.run(&folder, &["deploy", "argocd", "shop", IMAGE, "--dest-server", "prod"]);
    t.run(&folder, &["deploy", "argocd", "shop", IMAGE, "--dest-server", "https://"]);
    t.say("A login for nothing");
    t.run(&folder, &root(&[IMAGE, "--token-stdin"]));
    t.check();
}

#[test]
fn googles_tokens_for_another_registry_are_warned_of() {
    let folder = Folder::new();
    for (image, auth, is_warned) in [
        (IMAGE, "gcenode", false),
        (ELSEWHERE, "gcenode", true),
        (ELSEWHERE, "k8sserviceaccount", true),
        (ELSEWHERE, "none", false),
    ] {
        for words in [["rootsync", "shop"], ["reposync", "team/shop"]] {
            let output = folder.run(&["deploy", words[0], words[1], image, "--auth", auth]);
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            assert!(output.status.success(), "{said}");
            assert_eq!(said.contains("shows it an access token of Google's"), is_warned, "{image} {auth}: {said}");
        }
    }
}

#[test]
fn help_tells_what_pinning_costs() {
    let folder = Folder::new();
    let mut t = Transcript::new("help-deploy");
    t.run(&folder, &["deploy", "--help"]);
    for what in ["rootsync", "reposync", "flux", "argocd", "update"] {
        t.run(&folder, &["deploy", what, "-h"]);
    }
    t.run(&folder, &["deploy", "rootsync", "--help"]);
    assert!(t.text().contains("then stops polling") && t.text().contains("image-to-sync"));
    t.check();
}

#[test]
fn whatever_is_printed_is_valid_for_its_consumer() {
    let folder = Folder::new();
    let rows = table();
    for (number, (consumer, words)) in rows.iter().enumerate() {
        let words: Vec<&str> = std::iter::once("deploy").chain(words.iter().map(String::as_str)).collect();
        folder.file(&format!("{consumer}/{number}/a.yaml"), folder.ok(&words));
    }
    for consumer in ["config-sync", "flux", "argocd"] {
        let folders: Vec<String> = (0..rows.len())
            .filter(|number| rows[*number].0 == consumer)
            .map(|number| format!("{consumer}/{number}"))
            .collect();
        let mut words = vec!["validate", "--consumer", consumer, "--strict"];
        words.extend(folders.iter().map(String::as_str));
        folder.ok(&words);
    }
}

#[test]
fn pinning_asks_the_registry_for_the_digest() {
    let (registry, user) = (Registry::start(Config::default()), User::new());
    let image = format!("{}/shop:v1", registry.host());
    let printed = user.push(&[&image]);
    let digest = printed.trim().rsplit_once('@').map(|(_, digest)| digest.to_owned()).unwrap_or_default();
    registry.clear_journal();
    let config_sync = user.ok(&["deploy", "rootsync", "shop", &image, "--auth", "none", "--pin"]);
    assert!(config_sync.contains(&format!("\n    image: {image}@{digest}\n")), "{config_sync}");
    let flux = user.ok(&["deploy", "flux", "shop", &image, "--pin"]);
    assert!(flux.contains(&format!("\n    digest: {digest}\n")) && !flux.contains("tag: v1"), "{flux}");
    let argo_cd = user.ok(&["deploy", "argocd", "shop", &image, "--pin"]);
    assert!(argo_cd.contains(&format!("\n    targetRevision: {digest}\n")), "{argo_cd}");
    assert!(
        registry.requests().iter().all(|line| line.starts_with("HEAD /v2/shop/manifests/v1 ")),
        "{:?}",
        registry.requests()
    );
    // What push prints needs no question.
    registry.clear_journal();
    let given = user.ok(&["deploy", "rootsync", "shop", printed.trim(), "--auth", "none", "--pin"]);
    assert!(given.contains(printed.trim()) && registry.requests().is_empty());
    let missing = user.fails(4, &["deploy", "flux", "shop", &format!("{}/shop:v2", registry.host()), "--pin"]);
    assert!(missing.contains("v2"), "{missing}");
}

/// A repository of a team: comments, two clusters in a file, other objects.
const SYNCS: &str = "\
# Staging follows the tag.
apiVersion: configsync.gke.io/v1beta1
kind: RootSync
metadata:
  name: staging
  namespace: config-management-system
spec:
  sourceType: oci
  sourceFormat: unstructured
  oci:
    image: ghcr.io/shop/configs:latest   # moved by CI
    dir: .
    auth: none
---
apiVersion: v1
kind: Secret
metadata:
  name: pull
  namespace: flux-system
stringData:
  password: not-for-others
---
apiVersion: source.toolkit.fluxcd.io/v1
kind: OCIRepository
metadata: {name: shop, namespace: flux-system}
spec:
  url: \"oci://ghcr.io/shop/configs\"
  ref:
    tag: '1.9'
  interval: 5m
---
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata:
  name: other
spec:
  project: default
  source: {repoURL: 'oci://ghcr.io/shop/other', targetRevision: v1, path: .}
  destination: {name: in-cluster}
";

#[test]
fn updating_a_file_reads_like_this() {
    let folder = Folder::new();
    folder.file("syncs.yaml", SYNCS);
    let mut t = Transcript::new("deploy-update");
    t.replace(DIGEST, "DIGEST");
    let digest = format!("ghcr.io/shop/configs@{DIGEST}");
    t.say("Two syncs of one repository, with different images");
    t.run(&folder, &["deploy", "update", "syncs.yaml", ELSEWHERE]);
    t.say("One of them");
    t.run(&folder, &["deploy", "update", "syncs.yaml", &digest, "--sync", "ocirepository/flux-system/shop", "--check"]);
    t.run(&folder, &["deploy", "update", "syncs.yaml", &digest, "--sync", "ocirepository/flux-system/shop"]);
    t.say("Again");
    t.run(&folder, &["deploy", "update", "syncs.yaml", &digest, "--sync", "ocirepository/flux-system/shop", "--check"]);
    t.say("Both");
    t.run(
        &folder,
        &[
            "deploy",
            "update",
            "syncs.yaml",
            ELSEWHERE,
            "--sync",
            "rootsync/staging",
            "--sync",
            "ocirepository/flux-system/shop",
        ],
    );
    t.say("The only one of its repository");
    t.run(&folder, &["deploy", "update", "syncs.yaml", "ghcr.io/shop/other:v2"]);
    t.say("Another repository");
    t.run(&folder, &["deploy", "update", "syncs.yaml", "ghcr.io/shop/moved:v2"]);
    t.run(&folder, &["deploy", "update", "syncs.yaml", "ghcr.io/shop/moved:v2", "--sync", "application/argocd/other"]);
    t.say("What cannot be done");
    t.run(&folder, &["deploy", "update", "syncs.yaml", ""]);
    t.run(&folder, &["deploy", "update", "syncs.yaml", "ghcr.io/shop/configs"]);
    t.run(&folder, &["deploy", "update", "syncs.yaml", ELSEWHERE, "--sync", "rootsync/prod"]);
    t.run(&folder, &["deploy", "update", "syncs.yaml", ELSEWHERE, "--sync", "kustomization/flux-system/shop"]);
    t.run(&folder, &["deploy", "update", "syncs.yaml", ELSEWHERE, "--sync", "shop"]);
    t.run(&folder, &["deploy", "update", "missing.yaml", ELSEWHERE]);
    t.run(&folder, &["deploy", "update", ".", ELSEWHERE]);
    t.run(&folder, &["deploy", "update", "-", ELSEWHERE]);
    folder.file("broken.yaml", "kind: [\n");
    t.run(&folder, &["deploy", "update", "broken.yaml", ELSEWHERE]);
    folder.file("other.yaml", common::NAMESPACE);
    t.run(&folder, &["deploy", "update", "other.yaml", ELSEWHERE]);
    folder.file("patch.yaml", "- op: replace\n  path: /spec/oci/image\n  value: ghcr.io/shop/configs:1.9\n");
    t.run(&folder, &["deploy", "update", "patch.yaml", ELSEWHERE]);
    folder.file("empty.yaml", SYNCS.replace("image: ghcr.io/shop/configs:latest ", "image: "));
    t.run(&folder, &["deploy", "update", "empty.yaml", "ghcr.io/shop/moved:v2"]);
    folder.file("anchor.yaml", SYNCS.replace("image: ghcr", "image: &x ghcr").replace("    dir: .\n", "    dir: *x\n"));
    t.run(&folder, &["deploy", "update", "anchor.yaml", "ghcr.io/shop/configs:2", "--sync", "rootsync/staging"]);
    assert!(!t.text().contains("not-for-others"), "a neighbour's secret");
    t.check();
    let expected = SYNCS
        .replace("configs:latest ", "configs:1.10 ")
        .replace("tag: '1.9'", "tag: '1.10'")
        .replace("shop/other', targetRevision: v1", "shop/moved', targetRevision: v2");
    assert_eq!(String::from_utf8_lossy(&folder.read("syncs.yaml")), expected);
}

#[test]
fn an_update_keeps_the_mode_and_follows_a_link_and_leaves_alone_what_is_read_only() {
    let folder = Folder::new();
    let path = folder.file("real/syncs.yaml", SYNCS);
    folder.link("link.yaml", "real/syncs.yaml");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap();
    let other = ["deploy", "update", "link.yaml", "ghcr.io/shop/other:v2"];
    folder.ok(&other);
    assert!(String::from_utf8_lossy(&folder.read("real/syncs.yaml")).contains("targetRevision: v2"));
    assert!(folder.path().join("link.yaml").is_symlink());
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o640);
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o440)).unwrap();
    let before = folder.read("real/syncs.yaml");
    folder.ok(&other);
    let output = folder.run(&["deploy", "update", "link.yaml", "ghcr.io/shop/other:v3"]);
    assert_eq!(output.status.code(), Some(8));
    assert!(String::from_utf8_lossy(&output.stderr).contains("read-only") && output.stdout.is_empty());
    assert_eq!(folder.read("real/syncs.yaml"), before);
    assert_eq!(
        folder.run(&["deploy", "update", "link.yaml", "ghcr.io/shop/other:v3", "--check"]).status.code(),
        Some(1)
    );
}

#[test]
fn what_deploy_prints_deploy_changes() {
    let folder = Folder::new();
    for (number, (_, words)) in table().iter().enumerate() {
        let words: Vec<&str> = std::iter::once("deploy").chain(words.iter().map(String::as_str)).collect();
        let file = format!("{number}.yaml");
        folder.file(&file, folder.ok(&words));
        let reference = words[3].trim_start_matches("oci://");
        let name = reference.split('@').next().unwrap();
        let name = name.rsplit_once(':').filter(|(_, tag)| !tag.contains('/')).map_or(name, |(name, _)| name);
        let image = format!("{name}@sha256:{}", "1".repeat(64));
        folder.ok(&["deploy", "update", &file, &image]);
        assert_eq!(folder.run(&["deploy", "update", &file, &image, "--check"]).status.code(), Some(0), "{words:?}");
        // As if it had been printed so; what is not of the image stays.
        let mut again: Vec<&str> = words.clone();
        again[3] = &image;
        if let Some(at) = again.iter().position(|word| *word == "--semver") {
            again.drain(at..at + 2);
        }
        // Where it had to have quotes it keeps them.
        let without_quotes = |text: &str| text.replace('"', "");
        let changed = folder.read(&file);
        assert_eq!(without_quotes(&String::from_utf8_lossy(&changed)), without_quotes(&folder.ok(&again)), "{words:?}");
    }
}

#[test]
fn the_guide_shows_what_is_printed() {
    let folder = Folder::new();
    let guide = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/deploy.md");
    let guide = std::fs::read_to_string(guide).expect("the guide");
    let blocks: Vec<&str> = guide.split("```console\n$ consign ").skip(1).collect();
    assert!(!blocks.is_empty());
    for block in blocks {
        let (command, rest) = block.split_once('\n').expect("a command");
        let shown = rest.split("```").next().unwrap_or_default();
        assert_eq!(shown, folder.ok(&command.split(' ').collect::<Vec<_>>()), "{command}");
    }
}
