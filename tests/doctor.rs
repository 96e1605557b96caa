//! `consign doctor`, with `gcloud` and `kubectl` played by scripts, and Google's registry and API by the test registry.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a panic here is a test that fails")]

mod common;
mod registry;

use std::fmt::Write as _;
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use common::login::Said;
use common::{Folder, Transcript};
use registry::{Auth, Config, Fault, Match, Registry, Tls, Tokens};
use serde_json::{Value, json};

const REFERENCE: &str = "us-docker.pkg.dev/shop/configs/prod:v1";
const TOKEN: &str = "ya29.sesame";
const API: &str = "/v1/projects/shop/locations/us/repositories/configs";
const MEMBER: &str = "serviceAccount:fleet.svc.id.goog[config-management-system/root-reconciler-shop]";

const NO_GCLOUD_LOGIN: &str = "echo 'You do not currently have an active account selected.'; exit 1";

/// A machine, and what it reaches.
struct Clinic {
    registry: Registry,
    folder: Folder,
    /// What a scripted program answers to the arguments that begin so.
    gcloud: Vec<(String, String)>,
    kubectl: Vec<(String, String)>,
}

fn says(text: impl std::fmt::Display) -> String {
    format!("echo '{text}'")
}

fn fails(text: &str) -> String {
    format!("echo \"{text}\" >&2; exit 1")
}

fn policy(role: &str, members: &[&str]) -> String {
    says(json!({"bindings": [{"role": role, "members": members}], "etag": "BwX"}))
}

fn resources(kinds: &[&str]) -> String {
    says(json!({"resources": kinds.iter().map(|kind| json!({"kind": kind})).collect::<Vec<_>>()}))
}

fn groups(names: &[&str]) -> String {
    says(json!({"groups": names.iter().map(|name| json!({"name": name})).collect::<Vec<_>>()}))
}

fn manager(image: &str) -> String {
    let containers = json!([{"name": "reconciler-manager", "image": image}]);
    says(json!({"spec": {"template": {"spec": {"containers": containers}}}}))
}

fn root_sync(image: &str, auth: &str) -> Value {
    let oci = json!({"image": image, "auth": auth, "gcpServiceAccountEmail": "sync@shop.iam.gserviceaccount.com"});
    let metadata = json!({"name": "shop", "namespace": "config-management-system"});
    json!({"items": [{"metadata": metadata, "spec": {"sourceType": "oci", "oci": oci}}]})
}

const RAW: &str = "get --raw /apis/";
const ROOT_SYNCS: &str = "configsync.gke.io/v1beta1/rootsyncs";
const MANAGER: &str = "apps/v1/namespaces/config-management-system/deployments/reconciler-manager";
const GET_POLICY: &str = "artifacts repositories get-iam-policy configs --location=us --project=shop --format=json";

impl Clinic {
    /// Artifact Registry with an image, gcloud with a login and its helper, a cluster whose Config Sync may pull.
    fn healthy() -> Self {
        let registry = Registry::start(Config { tls: Tls::On, ..Config::artifact_registry(TOKEN) });
        registry.put_manifest("shop/configs/prod", Some("v1"), "application/vnd.oci.image.manifest.v1+json", "{}");
        let folder = Folder::new();
        folder.file("ca.pem", Registry::ca_pem());
        folder.file("home/.docker/config.json", json!({"credHelpers": {"us-docker.pkg.dev": "gcloud"}}).to_string());
        let pair = |(args, answer): (&str, String)| (args.to_owned(), answer);
        let gcloud = [
            ("version", says(json!({"Google Cloud SDK": "528.0.0"}))),
            ("auth list", says(json!([{"account": "me@example.com", "status": "ACTIVE"}]))),
            ("config get project", says("shop")),
            (GET_POLICY, policy("roles/artifactregistry.reader", &[MEMBER])),
            ("projects get-iam-policy shop", policy("roles/owner", &["user:me@example.com"])),
        ];
        let kubectl = [
            ("version --client", says(json!({"clientVersion": {"gitVersion": "v1.35.0"}}))),
            ("config view --minify", says(context("prod"))),
            ("get --raw /apis --", groups(&["apps", "configsync.gke.io", "hub.gke.io"])),
            ("get --raw /apis/configsync.gke.io/v1beta1 ", resources(&["RootSync", "RepoSync"])),
            (&format!("{RAW}{MANAGER}"), manager("r.example:5000/reconciler-manager:v1.24.3")),
            (
                "get --raw /apis/hub.gke.io/v1/memberships/membership",
                says(json!({"spec": {"workload_identity_pool": "fleet.svc.id.goog"}})),
            ),
            (&format!("{RAW}{ROOT_SYNCS}"), says(root_sync(REFERENCE, "k8sserviceaccount"))),
            ("get --raw /apis/configsync.gke.io/v1beta1/reposyncs", says(json!({"items": []}))),
        ];
        let clinic = Self { registry, folder, gcloud: gcloud.map(pair).to_vec(), kubectl: kubectl.map(pair).to_vec() };
        clinic.helper(&format!(r#"echo '{{"Username":"_dcgcloud_token","Secret":"{TOKEN}"}}'"#));
        clinic.permits(&["uploadArtifacts", "downloadArtifacts"]);
        let there = json!({"name": API, "format": "DOCKER", "mode": "STANDARD_REPOSITORY"});
        clinic.api("GET", Fault::status(200).body("application/json", there.to_string()));
        clinic
    }

    fn helper(&self, script: &str) {
        self.folder.program("docker-credential-gcloud", script);
    }

    fn api(&self, method: &str, answer: Fault) {
        self.registry.fault(Match::new(method, API).always(), answer);
    }

    /// What Google's API says that one may.
    fn permits(&self, permissions: &[&str]) {
        let permissions: Vec<_> = permissions.iter().map(|it| format!("artifactregistry.repositories.{it}")).collect();
        let answer = json!({"permissions": permissions}).to_string();
        self.api("POST", Fault::status(200).body("application/json", answer));
    }

    /// Another answer than a healthy cluster's, or Google Cloud's.
    fn gcloud(mut self, args: &str, answer: String) -> Self {
        self.gcloud.insert(0, (args.to_owned(), answer));
        self
    }

    fn kubectl(mut self, args: &str, answer: String) -> Self {
        self.kubectl.insert(0, (args.to_owned(), answer));
        self
    }

    fn command(&self, args: &[&str]) -> Command {
        self.folder.without_programs();
        for (name, answers) in [("gcloud", &self.gcloud), ("kubectl", &self.kubectl)] {
            if !answers.is_empty() {
                self.folder.program(name, &script(name, answers));
            }
        }
        let mut command = self.folder.consign();
        command.arg("doctor").args(args).args(["--ca-file", "ca.pem"]).env("HTTPS_PROXY", self.registry.proxy());
        // A metadata server that is not there.
        command.env("GCE_METADATA_HOST", "127.0.0.1:1").stdin(std::process::Stdio::null());
        command
    }

    fn run(&self, args: &[&str]) -> Output {
        let output = self.command(args).output().unwrap();
        Said::of(&output).keeps_secrets();
        output
    }

    /// The checks as JSON, by name.
    fn checks(&self, args: &[&str]) -> (Option<i32>, Vec<(String, String, String)>) {
        let output = self.run(&[args, &["--format", "json"]].concat());
        let said = Said::of(&output);
        let report: Value = serde_json::from_str(&said.stdout).unwrap_or_else(|_| panic!("{said:?}"));
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let checks = report["checks"].as_array().unwrap().iter();
        (
            said.code,
            checks
                .map(|it| (text(&it["check"]), text(&it["status"]), text(&it["found"]) + &text(&it["hint"])))
                .collect(),
        )
    }

    /// One check, and the exit code.
    fn check(&self, name: &str, args: &[&str]) -> (Option<i32>, String, String) {
        let (code, checks) = self.checks(args);
        let check = checks.into_iter().find(|(check, ..)| check == name);
        let (_, status, found) = check.unwrap_or_else(|| panic!("{name} was not checked"));
        (code, status, found)
    }

    /// What the programs were asked, sorted.
    fn asked(&self) -> Vec<String> {
        let log = std::fs::read_to_string(self.folder.path().join("asked")).unwrap_or_default();
        let mut lines: Vec<String> = log.lines().map(str::to_owned).collect();
        lines.sort();
        lines
    }

    /// What the registry and the API were asked, sorted.
    fn requests(&self) -> Vec<String> {
        let mut lines = self.registry.requests();
        lines.retain(|line| !line.starts_with("CONNECT"));
        lines.sort();
        lines
    }
}

fn context(name: &str) -> Value {
    json!({
        "current-context": name,
        "contexts": [{"name": name, "context": {"cluster": name}}],
        "clusters": [{"name": name, "cluster": {"server": "https://192.0.2.1"}}],
    })
}

/// A program that writes down its arguments and gives the answer to the first that fits.
fn script(name: &str, answers: &[(String, String)]) -> String {
    let mut script = format!("echo \"{name} $*\" >> \"${{0%/*}}/../asked\"\ncase \"$* \" in\n");
    for (args, answer) in answers {
        writeln!(script, "\"{args}\"*) {answer} ;;").unwrap();
    }
    let unknown = match name {
        "kubectl" => "Error from server (NotFound): the server could not find the requested resource",
        _ => "ERROR: (gcloud.x) NOT_FOUND: Requested entity was not found.",
    };
    script + &format!("*) echo '{unknown}' >&2; exit 1 ;;\nesac")
}

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
            "HEAD /v2/shop/configs/prod/manifests/v1 200".to_owned(),
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
            "gcloud artifacts repositories get-iam-policy configs --location=us --project=shop --format=json",
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
    // Not even what is remembered of realms.
    assert!(!clinic.folder.path().join("home/.cache").exists());
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

/// An error as Google's APIs write it.
fn google_error(status: u16, message: &str, details: &Value) -> Fault {
    let body = json!({"error": {"code": status, "message": message, "details": details}});
    Fault::status(status).body("application/json", body.to_string())
}

#[test]
fn what_googles_api_refuses_is_not_taken_for_something_else() {
    let disabled = json!([{"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "SERVICE_DISABLED"}]);
    let page = || Fault::status(200).body("text/html", "<html>");
    for (repository, permissions, check, code, status, text) in [
        (
            google_error(403, "off", &disabled),
            None,
            "repository",
            3,
            "problem",
            "gcloud services enable artifactregistry.googleapis.com --project=shop",
        ),
        (google_error(403, "denied", &json!([])), Some(&["downloadArtifacts"][..]), "repository", 3, "ok", "is there"),
        (
            google_error(403, "denied", &json!([])),
            Some(&[]),
            "repository",
            3,
            "notChecked",
            "does not tell whether it is there: 403 Forbidden: denied",
        ),
        (google_error(403, "denied", &json!([])), None, "push", 0, "notChecked", "does not tell what one may: 403"),
        (
            Fault::status(200).body("application/json", r#"{"format":"MAVEN"}"#),
            None,
            "repository",
            4,
            "problem",
            "for maven, not for images",
        ),
        (
            Fault::status(200).body("application/json", r#"{"format":"DOCKER","mode":"REMOTE_REPOSITORY"}"#),
            Some(&["uploadArtifacts", "downloadArtifacts"]),
            "push",
            3,
            "problem",
            "a remote repository, which takes no pushes",
        ),
        (
            Fault::status(200).body("application/json", r#"{"format":"DOCKER","dockerConfig":{"immutableTags":true}}"#),
            Some(&["uploadArtifacts", "downloadArtifacts"]),
            "repository",
            0,
            "ok",
            "its tags are immutable",
        ),
        (page(), Some(&["uploadArtifacts"]), "repository", 5, "problem", "the answer is not what Google's API gives"),
    ] {
        let clinic = Clinic::healthy();
        clinic.registry.clear_faults();
        match permissions {
            Some(permissions) => clinic.permits(permissions),
            None => clinic.api("POST", google_error(403, "denied", &json!([]))),
        }
        clinic.api("GET", repository);
        let (ended, is, found) = clinic.check(check, &[REFERENCE]);
        assert_eq!((ended, is.as_str()), (Some(code), status), "{text}: {found}");
        assert!(found.contains(text), "{text} is not in: {found}");
    }
}

#[test]
fn an_access_token_goes_to_googles_api_only_where_nobody_can_look_into_it() {
    let api = |clinic: &Clinic| clinic.registry.journal().iter().filter(|entry| entry.path.starts_with("/v1/")).count();
    let clinic = Clinic::healthy();
    let (_, status, found) = clinic.check("push", &[REFERENCE, "--insecure-skip-tls-verify"]);
    assert_eq!((status.as_str(), api(&clinic)), ("notChecked", 0), "{found}");
    // What is no access token of Google's is not shown to its API, either.
    let clinic = Clinic::healthy();
    clinic.helper(r#"echo '{"Username":"me","Secret":"sesame-me"}'"#);
    clinic.checks(&[REFERENCE]);
    assert_eq!(api(&clinic), 0);
}

#[test]
fn elsewhere_the_token_tells_what_one_may() {
    let users = || vec![("me".to_owned(), "sesame-me".to_owned())];
    let registry = |change: fn(&mut Tokens)| {
        let mut tokens = Tokens { users: users(), ..Tokens::default() };
        change(&mut tokens);
        let mut clinic = Clinic::healthy();
        clinic.registry = Registry::start(Config::tokens(tokens));
        clinic.registry.put_manifest("shop", Some("v1"), "application/vnd.oci.image.manifest.v1+json", "{}");
        clinic
    };
    let run = |clinic: &Clinic, args: &[&str], password: &str| {
        let reference = format!("{}/shop:v1", clinic.registry.host());
        let output = clinic
            .command(&[&[reference.as_str(), "--format", "json", "--plain-http"], args].concat())
            .env("CONSIGN_USERNAME", "me")
            .env("CONSIGN_PASSWORD", password)
            .output()
            .unwrap();
        let said = Said::of(&output);
        said.keeps_secrets();
        let report: Value = serde_json::from_str(&said.stdout).unwrap_or_else(|_| panic!("{said:?}"));
        let status = |name: &str| {
            let checks = report["checks"].as_array().unwrap();
            let check = checks.iter().find(|check| check["check"] == name);
            check.map(|check| check["status"].as_str().unwrap_or_default().to_owned()).unwrap_or_default()
        };
        (said.code.unwrap(), ["registry", "credential", "repository", "push", "pull", "gcloud", "binding"].map(status))
    };
    let clinic = registry(|_| ());
    let (code, statuses) = run(&clinic, &[], "sesame-me");
    assert_eq!((code, statuses.each_ref().map(String::as_str)), (0, ["ok", "ok", "ok", "notChecked", "ok", "", ""]));
    assert_eq!(
        clinic.requests(),
        [
            "GET /token 200",
            "GET /v2/ 401",
            "GET /v2/shop/tags/list?n=1 200",
            "GET /v2/shop/tags/list?n=1 401",
            "HEAD /v2/shop/manifests/v1 200"
        ]
    );
    // The realm gives no token to whoever asks for more than it grants.
    let clinic = registry(|_| ());
    clinic.registry.fault(Match::new("GET", "push").always(), Fault::status(403).error("DENIED", "no push"));
    let (code, statuses) = run(&clinic, &[], "sesame-me");
    assert_eq!((code, statuses.each_ref().map(String::as_str)), (3, ["ok", "ok", "ok", "problem", "ok", "", ""]));
    // The password is wrong.
    let (code, statuses) = run(&registry(|_| ()), &[], "sesame-wrong");
    assert_eq!(
        (code, statuses.each_ref().map(String::as_str)),
        (3, ["ok", "ok", "notChecked", "problem", "problem", "", ""])
    );
    // Nothing is there yet.
    let clinic = registry(|_| ());
    let reference = format!("{}/other:v1", clinic.registry.host());
    let output = clinic.command(&[&reference, "--username", "me", "--password-stdin", "--plain-http"]);
    let (code, checks) = with_input(output, "sesame-me");
    assert_eq!(code, Some(0), "{checks}");
    assert!(checks.contains("warning      repository") && checks.contains("/other is not there"), "{checks}");
}

fn with_input(mut command: Command, input: &str) -> (Option<i32>, String) {
    use std::io::Write as _;
    use std::process::Stdio;
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let said = Said::of(&child.wait_with_output().unwrap());
    (said.code, said.stdout)
}

#[test]
fn a_registry_that_takes_a_password_tells_nothing_before_a_push() {
    let mut clinic = Clinic::healthy();
    clinic.registry =
        Registry::start(Config { auth: Auth::Basic("me".into(), "sesame-me".into()), ..Config::default() });
    let reference = format!("{}/shop", clinic.registry.host());
    let command = clinic.command(&[&reference, "--username", "me", "--password-stdin", "--plain-http"]);
    let (code, text) = with_input(command, "sesame-me");
    assert_eq!(code, Some(0), "{text}");
    assert!(text.contains("not checked  push") && text.contains("not known before a push"), "{text}");
    // Nobody is logged in.
    let (code, status, found) = clinic.check("push", &[&reference, "--plain-http"]);
    assert_eq!((code, status.as_str()), (Some(3), "problem"), "{found}");
    assert!(found.contains("docker login"), "{found}");
}

#[test]
fn the_grant_is_looked_for_wherever_it_may_be() {
    const READER: &str = "roles/artifactregistry.reader";
    const GSA: &str = "serviceAccount:sync@shop.iam.gserviceaccount.com";
    let nobody = || policy(READER, &["user:me@example.com"]);
    let with = |auth: &str, repository: String, project: String, account: String| {
        Clinic::healthy()
            .kubectl(&format!("{RAW}{ROOT_SYNCS}"), says(root_sync(REFERENCE, auth)))
            .gcloud(GET_POLICY, repository)
            .gcloud("projects get-iam-policy shop", project)
            .gcloud("iam service-accounts get-iam-policy sync@shop", account)
    };
    let denied = || fails("ERROR: (gcloud.x) PERMISSION_DENIED: not yours");
    let act = |member: &str| policy("roles/iam.workloadIdentityUser", &[member]);
    for (auth, repository, project, account, code, status, text) in [
        ("k8sserviceaccount", nobody(), policy(READER, &[MEMBER]), nobody(), 0, "ok", "in the whole project"),
        ("k8sserviceaccount", nobody(), denied(), nobody(), 0, "warning", "it may have one in the project"),
        (
            "k8sserviceaccount",
            denied(),
            nobody(),
            nobody(),
            0,
            "notChecked",
            "policy cannot be read: PERMISSION_DENIED",
        ),
        ("k8sserviceaccount", nobody(), nobody(), nobody(), 3, "problem", "--role=roles/artifactregistry.reader"),
        ("k8sserviceaccount", policy(READER, &["allUsers"]), nobody(), nobody(), 0, "ok", "allUsers has"),
        ("gcpserviceaccount", policy(READER, &[GSA]), nobody(), act(MEMBER), 0, "ok", "may act as it"),
        (
            "gcpserviceaccount",
            policy(READER, &[GSA]),
            nobody(),
            nobody(),
            3,
            "problem",
            "roles/iam.workloadIdentityUser --project=shop",
        ),
        (
            "gcpserviceaccount",
            policy(READER, &[GSA]),
            nobody(),
            fails("ERROR: (gcloud.x) NOT_FOUND: gone"),
            4,
            "problem",
            "there is no service account",
        ),
        (
            "gcpserviceaccount",
            policy(READER, &[GSA]),
            nobody(),
            denied(),
            0,
            "notChecked",
            "cannot be read: PERMISSION_DENIED",
        ),
        ("gcpserviceaccount", policy(READER, &[MEMBER]), nobody(), act(MEMBER), 3, "problem", GSA),
        ("gcenode", nobody(), nobody(), nobody(), 0, "notChecked", "the nodes"),
        ("token", nobody(), nobody(), nobody(), 0, "notChecked", "the Secret"),
        ("none", nobody(), nobody(), nobody(), 3, "problem", "allUsers may not pull"),
    ] {
        let (ended, is, found) = with(auth, repository, project, account).check("binding", &[REFERENCE]);
        assert_eq!((ended, is.as_str()), (Some(code), status), "{auth}: {found}");
        assert!(found.starts_with("rootsync/shop: ") && found.contains(text), "{text} is not in: {found}");
    }
}

#[test]
fn a_sync_may_be_named_before_it_is_there() {
    let clinic = || Clinic::healthy().kubectl(&format!("{RAW}{ROOT_SYNCS}"), says(json!({"items": []})));
    let (code, status, found) = clinic().check("binding", &[REFERENCE]);
    assert_eq!((code, status.as_str()), (Some(0), "notChecked"), "{found}");
    let (code, status, found) = clinic().check("binding", &[REFERENCE, "--rootsync", "shop"]);
    assert_eq!((code, status.as_str()), (Some(0), "ok"), "{found}");
    let (code, status, found) =
        clinic().check("binding", &[REFERENCE, "--rootsync", "shop", "--fleet-project", "other"]);
    assert_eq!((code, status.as_str()), (Some(3), "problem"), "{found}");
    assert!(found.contains("other.svc.id.goog[config-management-system/root-reconciler-shop]"), "{found}");
    let (code, _, found) = clinic().check("binding", &[REFERENCE, "--reposync", "team/prod"]);
    assert!(
        code == Some(3) && found.contains("fleet.svc.id.goog[config-management-system/ns-reconciler-team-prod-4]"),
        "{found}"
    );
    // Neither gcloud nor kubectl is there: what was asked for cannot be done.
    let mut bare = clinic();
    (bare.gcloud, bare.kubectl) = (Vec::new(), Vec::new());
    let (code, checks) = bare.checks(&[REFERENCE, "--rootsync", "shop"]);
    let told: Vec<_> = checks.iter().map(|(name, status, _)| format!("{name} {status}")).collect();
    assert_eq!(code, Some(8), "{told:?}");
    for expected in ["gcloud warning", "kubectl problem", "binding notChecked"] {
        assert!(told.contains(&expected.to_owned()), "{expected}: {told:?}");
    }
}

#[test]
fn other_consumers_are_told_too() {
    let flux = ["source.toolkit.fluxcd.io", "argoproj.io"];
    let with = |kinds: &[&str]| {
        Clinic::healthy()
            .kubectl("get --raw /apis --", groups(&flux))
            .kubectl("get --raw /apis/source.toolkit.fluxcd.io/v1 ", resources(kinds))
            .kubectl("get --raw /apis/argoproj.io/v1alpha1 ", resources(&["Rollout"]))
    };
    let (code, status, found) = with(&["OCIRepository", "GitRepository"]).check("sync-api", &[REFERENCE]);
    assert_eq!((code, status.as_str(), found.as_str()), (Some(0), "ok", "OCIRepository"));
    let (code, status, _) = with(&["GitRepository"]).check("sync-api", &[REFERENCE]);
    assert_eq!((code, status.as_str()), (Some(4), "problem"));
    let denied = fails("Error from server (Forbidden): no");
    let (code, status, found) = Clinic::healthy().kubectl("get --raw /apis --", denied).check("cluster", &[REFERENCE]);
    assert_eq!((code, status.as_str()), (Some(3), "problem"), "{found}");
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
fn what_makes_no_sense_is_refused() {
    let clinic = Clinic::healthy();
    for (args, text) in [
        (&["--rootsync", "shop"][..], "no REF is given"),
        (&[REFERENCE, "--rootsync", "Shop"], "the RootSync's name `Shop`"),
        (&[REFERENCE, "--reposync", "shop"], "does not have the form `reposync/NAMESPACE/NAME`"),
        (&["oci:out:v1"], "is not at a registry"),
        (&["shop:v1"], "host"),
    ] {
        let said = Said::of(&clinic.run(args));
        said.fails(2, &[text]);
        assert!(said.stdout.is_empty() && clinic.asked().is_empty(), "{args:?}");
    }
}
