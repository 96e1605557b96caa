//! A machine and what it reaches: programs that are scripts, Google's registry and API, and a cluster that is no more than answers.

use std::fmt::Write as _;
use std::process::{Command, Output};

use serde_json::{Value, json};

use crate::common::Folder;
use crate::common::login::Said;
use crate::registry::{Config, Fault, Match, Registry, Tls};

pub(crate) const REFERENCE: &str = "us-docker.pkg.dev/shop-prod/configs/prod:v1";
pub(crate) const TOKEN: &str = "ya29.sesame";
pub(crate) const API: &str = "/v1/projects/shop-prod/locations/us/repositories/configs";
pub(crate) const MEMBER: &str = "serviceAccount:fleet-prod.svc.id.goog[config-management-system/root-reconciler-shop]";

pub(crate) const NO_GCLOUD_LOGIN: &str = "echo 'You do not currently have an active account selected.'; exit 1";

/// A machine, and what it reaches.
pub(crate) struct Clinic {
    pub(crate) registry: Registry,
    pub(crate) folder: Folder,
    /// What a scripted program answers to the arguments that begin so.
    pub(crate) gcloud: Vec<(String, String)>,
    pub(crate) kubectl: Vec<(String, String)>,
}

pub(crate) fn says(text: impl std::fmt::Display) -> String {
    format!("echo '{text}'")
}

pub(crate) fn fails(text: &str) -> String {
    format!("echo \"{text}\" >&2; exit 1")
}

pub(crate) fn policy(role: &str, members: &[&str]) -> String {
    says(json!({"bindings": [{"role": role, "members": members}], "etag": "BwX"}))
}

pub(crate) fn resources(kinds: &[&str]) -> String {
    says(json!({"resources": kinds.iter().map(|kind| json!({"kind": kind})).collect::<Vec<_>>()}))
}

pub(crate) fn groups(names: &[&str]) -> String {
    says(json!({"groups": names.iter().map(|name| json!({"name": name})).collect::<Vec<_>>()}))
}

pub(crate) fn manager(image: &str) -> String {
    let containers = json!([{"name": "reconciler-manager", "image": image}]);
    says(json!({"spec": {"template": {"spec": {"containers": containers}}}}))
}

pub(crate) fn root_sync(image: &str, auth: &str) -> Value {
    let oci =
        json!({"image": image, "auth": auth, "gcpServiceAccountEmail": "syncer@shop-prod.iam.gserviceaccount.com"});
    let metadata = json!({"name": "shop", "namespace": "config-management-system"});
    json!({"items": [{"metadata": metadata, "spec": {"sourceType": "oci", "oci": oci}}]})
}

pub(crate) const RAW: &str = "get --raw /apis/";
pub(crate) const ROOT_SYNCS: &str = "configsync.gke.io/v1beta1/rootsyncs";
pub(crate) const MANAGER: &str = "apps/v1/namespaces/config-management-system/deployments/reconciler-manager";
pub(crate) const GET_POLICY: &str =
    "artifacts repositories get-iam-policy configs --location=us --project=shop-prod --format=json";

pub(crate) const GET_ABOVE: &str = "projects get-ancestors-iam-policy shop-prod --format=json";

/// The policies of a project and all above it, of which one gives a role to a member.
pub(crate) fn above(holder: &str, role: &str, member: &str) -> String {
    let bindings = |kind: &str| if kind == holder { json!([{"role": role, "members": [member]}]) } else { json!([]) };
    let all = [("project", "shop-prod"), ("folder", "12"), ("organization", "34")];
    let one = |(kind, id): (&str, &str)| json!({"type": kind, "id": id, "policy": {"bindings": bindings(kind)}});
    says(json!(all.map(one)))
}

impl Clinic {
    /// Artifact Registry with an image, gcloud with a login and its helper, a cluster whose Config Sync may pull.
    pub(crate) fn healthy() -> Self {
        let registry = Registry::start(Config { tls: Tls::On, ..Config::artifact_registry(TOKEN) });
        registry.put_manifest("shop-prod/configs/prod", Some("v1"), "application/vnd.oci.image.manifest.v1+json", "{}");
        let folder = Folder::new();
        folder.file("ca.pem", Registry::ca_pem());
        folder.file("home/.docker/config.json", json!({"credHelpers": {"us-docker.pkg.dev": "gcloud"}}).to_string());
        let pair = |(args, answer): (&str, String)| (args.to_owned(), answer);
        let gcloud = [
            ("version", says(json!({"Google Cloud SDK": "528.0.0"}))),
            ("auth list", says(json!([{"account": "me@example.com", "status": "ACTIVE"}]))),
            ("config get account", says("me@example.com")),
            ("config get project", says("shop-prod")),
            (GET_POLICY, policy("roles/artifactregistry.reader", &[MEMBER])),
            (GET_ABOVE, above("project", "roles/owner", "user:me@example.com")),
        ];
        let kubectl = [
            ("version --client", says(json!({"clientVersion": {"gitVersion": "v1.35.0"}}))),
            ("config view --minify", says(context("prod"))),
            ("get --raw /apis --", groups(&["apps", "configsync.gke.io", "hub.gke.io"])),
            ("get --raw /apis/configsync.gke.io/v1beta1 ", resources(&["RootSync", "RepoSync"])),
            (&format!("{RAW}{MANAGER}"), manager("r.example:5000/reconciler-manager:v1.24.3")),
            (
                "get --raw /apis/hub.gke.io/v1/memberships/membership",
                says(json!({"spec": {"workload_identity_pool": "fleet-prod.svc.id.goog"}})),
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

    pub(crate) fn helper(&self, script: &str) {
        self.folder.program("docker-credential-gcloud", script);
    }

    pub(crate) fn api(&self, method: &str, answer: Fault) {
        self.registry.fault(Match::new(method, API).always(), answer);
    }

    /// What Google's API says that one may.
    pub(crate) fn permits(&self, permissions: &[&str]) {
        let permissions: Vec<_> = permissions.iter().map(|it| format!("artifactregistry.repositories.{it}")).collect();
        let answer = json!({"permissions": permissions}).to_string();
        self.api("POST", Fault::status(200).body("application/json", answer));
    }

    /// Another answer than a healthy cluster's, or Google Cloud's.
    pub(crate) fn gcloud(mut self, args: &str, answer: String) -> Self {
        self.gcloud.insert(0, (args.to_owned(), answer));
        self
    }

    pub(crate) fn kubectl(mut self, args: &str, answer: String) -> Self {
        self.kubectl.insert(0, (args.to_owned(), answer));
        self
    }

    pub(crate) fn command(&self, args: &[&str]) -> Command {
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

    pub(crate) fn run(&self, args: &[&str]) -> Output {
        let output = self.command(args).output().unwrap();
        Said::of(&output).keeps_secrets();
        output
    }

    /// Every `consign setup …` among the hints is a command that setup takes; it is typed without `--run`.
    fn try_setup(&self, said: &str) {
        for command in said.split('`').filter(|part| part.starts_with("consign setup ") && !part.contains("ACCOUNT")) {
            let typed = command.replacen("consign", env!("CARGO_BIN_EXE_consign"), 1).replace(" --run", "");
            let mut shell = Command::new("/bin/sh");
            let output = shell.args(["-c", &typed]).env("PATH", self.folder.path().join("bin")).output().unwrap();
            let said = Said::of(&output);
            assert_eq!(said.code, Some(0), "{command}: {said:?}");
            assert!(said.stdout.contains("gcloud artifacts repositories"), "{command}: {said:?}");
        }
    }

    /// The checks as JSON, by name.
    pub(crate) fn checks(&self, args: &[&str]) -> (Option<i32>, Vec<(String, String, String)>) {
        let output = self.run(&[args, &["--format", "json"]].concat());
        let said = Said::of(&output);
        let report: Value = serde_json::from_str(&said.stdout).unwrap_or_else(|_| panic!("{said:?}"));
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        report["checks"].as_array().unwrap().iter().for_each(|it| self.try_setup(&text(&it["hint"])));
        let checks = report["checks"].as_array().unwrap().iter();
        (
            said.code,
            checks
                .map(|it| (text(&it["check"]), text(&it["status"]), text(&it["found"]) + &text(&it["hint"])))
                .collect(),
        )
    }

    /// One check, and the exit code.
    pub(crate) fn check(&self, name: &str, args: &[&str]) -> (Option<i32>, String, String) {
        let (code, checks) = self.checks(args);
        let check = checks.into_iter().find(|(check, ..)| check == name);
        let (_, status, found) = check.unwrap_or_else(|| panic!("{name} was not checked"));
        (code, status, found)
    }

    /// What the programs were asked, sorted.
    pub(crate) fn asked(&self) -> Vec<String> {
        let log = std::fs::read_to_string(self.folder.path().join("asked")).unwrap_or_default();
        let mut lines: Vec<String> = log.lines().map(str::to_owned).collect();
        lines.sort();
        lines
    }

    /// What the registry and the API were asked, sorted.
    pub(crate) fn requests(&self) -> Vec<String> {
        let mut lines = self.registry.requests();
        lines.retain(|line| !line.starts_with("CONNECT"));
        lines.sort();
        lines
    }
}

pub(crate) fn context(name: &str) -> Value {
    json!({
        "current-context": name,
        "contexts": [{"name": name, "context": {"cluster": name}}],
        "clusters": [{"name": name, "cluster": {"server": "https://192.0.2.1"}}],
    })
}

/// A program that writes down its arguments and gives the answer to the first that fits.
pub(crate) fn script(name: &str, answers: &[(String, String)]) -> String {
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

/// An error as Google's APIs write it.
pub(crate) fn google_error(status: u16, message: &str, details: &Value) -> Fault {
    let body = json!({"error": {"code": status, "message": message, "details": details}});
    Fault::status(status).body("application/json", body.to_string())
}
