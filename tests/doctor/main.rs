//! `consign doctor`, with `gcloud` and `kubectl` played by scripts, and Google's registry and API by the test registry.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a panic here is a test that fails")]

mod clinic;
mod clusters;
#[path = "../common/mod.rs"]
mod common;
mod registries;
#[path = "../registry/mod.rs"]
mod registry;

use std::time::{Duration, Instant};

use clinic::{
    API, Clinic, GET_POLICY, MANAGER, NO_GCLOUD_LOGIN, RAW, REFERENCE, TOKEN, fails, google_error, groups, manager,
    policy, says,
};
use common::Transcript;
use common::login::Said;
use registry::{Config, Fault, Match, Registry};
use serde_json::{Value, json};

#[test]
fn nothing_is_sent_but_questions() {
    let clinic = Clinic::healthy();
    let output = clinic.run(&[REFERENCE]);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stdout));
    let api = format!("{API}:testIamPermissions");
    assert_eq!(
        clinic.requests(),
        [
            format!("GET {API} 200"),
            "GET /v2/ 401".to_owned(),
            "HEAD /v2/shop-prod/configs/prod/manifests/v1 200".to_owned(),
            format!("POST {api} 200"),
        ]
    );
    for entry in clinic.registry.journal().iter().filter(|entry| entry.method != "CONNECT") {
        let host = if entry.path.starts_with(API) { "artifactregistry.googleapis.com" } else { "us-docker.pkg.dev" };
        assert_eq!(entry.header("host"), Some(host), "{}", entry.path);
        let shown = entry.authorization().map(str::to_owned);
        assert_eq!(shown, (entry.path != "/v2/").then(|| format!("Bearer {TOKEN}")), "{}", entry.path);
        if entry.path == api {
            let asked: Value = serde_json::from_slice(&entry.body).unwrap();
            let permissions =
                ["downloadArtifacts", "uploadArtifacts"].map(|it| format!("artifactregistry.repositories.{it}"));
            assert_eq!(asked, json!({"permissions": permissions}));
        }
    }
    let limit = |line: &str| line.split(" --request-timeout=").next().unwrap().to_owned();
    let asked: Vec<String> = clinic.asked().iter().map(|line| limit(line)).collect();
    assert_eq!(
        asked,
        [
            "gcloud artifacts repositories get-iam-policy configs --location=us --project=shop-prod --format=json",
            "gcloud auth list --format=json",
            "gcloud config get project",
            "gcloud version --format=json",
            "kubectl config view --minify -o json",
            "kubectl get --raw /apis",
            "kubectl get --raw /apis/apps/v1/namespaces/config-management-system/deployments/reconciler-manager",
            "kubectl get --raw /apis/configsync.gke.io/v1beta1",
            "kubectl get --raw /apis/configsync.gke.io/v1beta1/reposyncs",
            "kubectl get --raw /apis/configsync.gke.io/v1beta1/rootsyncs",
            "kubectl get --raw /apis/hub.gke.io/v1/memberships/membership",
            "kubectl version --client -o json",
        ]
    );
}

#[test]
fn what_is_missing_is_named_with_what_mends_it() {
    let mut transcript = Transcript::new("doctor");
    let mut show = |about: &str, clinic: &Clinic, args: &[&str]| {
        transcript.say(about);
        let output = clinic.run(args);
        transcript.note(&clinic.folder, &[&["doctor"], args].concat(), "", &output);
    };
    show("All is well", &Clinic::healthy(), &[REFERENCE]);
    show("Without REF: this machine and its cluster", &Clinic::healthy(), &[]);

    let mut bare = Clinic::healthy();
    (bare.gcloud, bare.kubectl) = (Vec::new(), Vec::new());
    std::fs::remove_file(bare.folder.path().join("bin/docker-credential-gcloud")).unwrap();
    std::fs::remove_file(bare.folder.path().join("home/.docker/config.json")).unwrap();
    show("Nothing is installed", &bare, &[REFERENCE]);

    let clinic = Clinic::healthy().gcloud("auth list", says("[]"));
    clinic.helper(NO_GCLOUD_LOGIN);
    show("Nobody is logged in", &clinic, &[REFERENCE]);

    let clinic = Clinic::healthy();
    std::fs::remove_file(clinic.folder.path().join("bin/docker-credential-gcloud")).unwrap();
    show("The helper is missing", &clinic, &[REFERENCE]);

    show("The registry cannot be reached", &Clinic::healthy(), &["localhost:1/shop:v1", "--retry-for", "0"]);

    let clinic = Clinic::healthy();
    clinic.registry.clear_faults();
    clinic.permits(&[]);
    clinic.api("GET", google_error(404, "Requested entity was not found.", &json!([])));
    show("There is no such repository", &clinic, &[REFERENCE]);

    let clinic = Clinic::healthy();
    clinic.registry.clear_faults();
    clinic.permits(&["downloadArtifacts"]);
    clinic.api("GET", Fault::status(200).body("application/json", r#"{"format":"DOCKER"}"#));
    show("One may pull, and not push", &clinic, &[REFERENCE]);

    let clinic = Clinic::healthy().kubectl("config view --minify", fails("error: cannot locate context tset"));
    show("There is no such context", &clinic, &[REFERENCE, "--context", "tset"]);

    let clinic = Clinic::healthy().kubectl("get --raw /apis --", groups(&["apps"]));
    show("Nothing in the cluster syncs", &clinic, &[REFERENCE]);

    let clinic =
        Clinic::healthy().kubectl(&format!("{RAW}{MANAGER}"), manager("r.example:5000/reconciler-manager:v1.16.1"));
    show("An old Config Sync", &clinic, &[REFERENCE]);

    let clinic =
        Clinic::healthy().gcloud(GET_POLICY, policy("roles/artifactregistry.writer", &["user:me@example.com"]));
    show("The reconciler may not pull", &clinic, &[REFERENCE]);
    transcript.check();
}

#[test]
fn it_ends_in_time_whatever_hangs() {
    // The interpreter of a script finds no `sleep` on its PATH.
    let hang = || "exec /bin/sleep 60".to_owned();
    let mut clinic = Clinic::healthy().kubectl("get --raw", hang()).gcloud("auth list", hang());
    clinic.helper(&hang());
    clinic.registry = Registry::start(Config::default());
    clinic.registry.fault(Match::connection().always(), Fault::Stall);
    let begun = Instant::now();
    let (code, checks) = clinic.checks(&[REFERENCE, "--timeout", "2s"]);
    assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());
    assert_eq!(code, Some(5), "{checks:?}");
}

#[test]
fn a_registry_that_refuses_connections_is_tried_for_seconds_only() {
    let (code, status, found) = Clinic::healthy().check("registry", &["localhost:1/shop:v1"]);
    assert_eq!((code, status.as_str()), (Some(5), "problem"), "{found}");
    // `the connection was refused (after 6 tries in 3.1 s)`; a push would go on for longer.
    let seconds = found.split(" tries in ").nth(1).and_then(|rest| rest.split(" s)").next());
    let seconds: f64 = seconds.and_then(|text| text.parse().ok()).unwrap_or_else(|| panic!("{found}"));
    assert!(seconds < 6.0, "{found}");
}

#[test]
fn what_makes_no_sense_is_refused() {
    let clinic = Clinic::healthy();
    for (args, text) in [
        (&["--rootsync", "shop"][..], "no REF is given"),
        (&[REFERENCE, "--rootsync", "Shop"], "the RootSync's name `Shop`"),
        (&[REFERENCE, "--reposync", "shop"], "does not have the form `reposync/NAMESPACE/NAME`"),
        (&["oci:out:v1"], "is not at a registry"),
        (&["shop:v1"], "host"),
        (&["--context", ""], "`--context` is empty"),
        (&["us-docker.pkg.dev/shop-prod"], "no repository in it"),
        (&[REFERENCE, "--fleet-project", "123456"], "a project's number"),
    ] {
        let said = Said::of(&clinic.run(args));
        said.fails(2, &[text]);
        assert!(said.stdout.is_empty() && clinic.asked().is_empty(), "{args:?}");
    }
}
