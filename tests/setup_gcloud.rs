//! `consign setup` with the real gcloud: it reads every command, and carries them out against a small copy of Google's APIs on this machine.

// A panic here is a test that fails.
#![allow(clippy::expect_used)]

mod common;

use std::collections::HashMap;
use std::ffi::OsString;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;

use common::Folder;
use common::gcloud::REPOSITORY;
use serde_json::{Value, json};

const ACCOUNT: &str = "syncer@shop-prod.iam.gserviceaccount.com";

/// Everything that there are options for.
const EVERYTHING: &[&str] = &[
    "setup",
    REPOSITORY,
    "--immutable-tags",
    "--description",
    "Bundles of the shop's clusters",
    "--writer",
    "me@example.com",
    "--github",
    "shop/configs",
    "--workload-identity-pool",
    "projects/123456789012/locations/global/workloadIdentityPools/github",
    "--rootsync",
    "shop",
    "--reposync",
    "orders/prod",
    "--fleet-project",
    "shop-fleet",
];

fn gcloud() -> OsString {
    std::env::var_os("GCLOUD").unwrap_or_else(|| "gcloud".into())
}

/// All commands of a plan, those that look included.
fn commands(folder: &Folder, args: &[&str]) -> Vec<Vec<String>> {
    let plan: serde_json::Value =
        serde_json::from_str(&folder.ok(&[args, &["--format", "json"]].concat())).expect("JSON");
    let words = |value: &serde_json::Value| {
        let words = value.as_array()?.iter().map(|word| word.as_str().expect("a word").to_owned());
        Some(words.collect::<Vec<_>>())
    };
    let steps = plan["steps"].as_array().expect("steps");
    steps.iter().flat_map(|step| [words(&step["command"]), words(&step["check"])]).flatten().collect()
}

#[test]
#[ignore = "needs gcloud: $GCLOUD, or on PATH"]
fn the_real_gcloud_knows_every_option() {
    let folder = Folder::new();
    let run = |words: &[String]| {
        let mut command = Command::new(gcloud());
        command.args(&words[1..]).env("CLOUDSDK_CORE_DISABLE_PROMPTS", "1").stdin(Stdio::null());
        // Nobody is logged in there: it reads its arguments, and then has no account.
        command.env("CLOUDSDK_CONFIG", folder.path().join("gcloud")).env("HOME", folder.path());
        command
            .env_remove("CLOUDSDK_AUTH_ACCESS_TOKEN")
            .env_remove("CLOUDSDK_CORE_ACCOUNT")
            .output()
            .expect("gcloud runs")
    };
    let mut all = [
        commands(&folder, EVERYTHING),
        commands(&folder, &["setup", REPOSITORY, "--consumer", "flux", "--gsa", ACCOUNT]),
    ]
    .concat();
    all.sort();
    all.dedup_by_key(|words| (words[..4.min(words.len())].to_vec(), words.len()));
    assert!(all.len() >= 8, "{all:?}");
    for words in &all {
        let output = run(words);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        let known = output.status.success() || (output.status.code() == Some(1) && said.contains("active account"));
        assert!(known, "{words:?}: {} {said}", output.status);
        let misspelt: Vec<String> = words.iter().cloned().chain(["--no-such-option".to_owned()]).collect();
        assert_eq!(run(&misspelt).status.code(), Some(2), "{words:?}");
    }
}

/// A part of Google's APIs: what setup needs of them, with the answers as gcloud wants them.
#[derive(Default)]
struct Google {
    enabled: bool,
    repository: Option<Value>,
    policies: HashMap<String, Value>,
    /// An answer that refuses, for requests in whose line these words stand.
    refusal: Option<(&'static str, u16, &'static str, &'static str)>,
    /// The requests that changed something.
    changes: Vec<String>,
}

impl Google {
    fn start() -> (Arc<Mutex<Self>>, String) {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = format!("http://{}/", listener.local_addr().expect("an address"));
        let google = Arc::new(Mutex::new(Self::default()));
        let state = Arc::clone(&google);
        // It ends with the process: a test makes some dozens of requests.
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let _ = answer(&stream, &state);
            }
        });
        (google, address)
    }

    fn handle(&mut self, line: &str, body: &Value) -> (u16, Value) {
        let refused = |code: u16, status: &str, message: &str| {
            let info = json!({"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": status, "domain": "googleapis.com",
                              "metadata": {"service": "artifactregistry.googleapis.com"}});
            let status = if status == "SERVICE_DISABLED" { "PERMISSION_DENIED" } else { status };
            (code, json!({"error": {"code": code, "status": status, "message": message, "details": [info]}}))
        };
        if let Some((words, code, status, message)) = self.refusal.filter(|refusal| line.contains(refusal.0)) {
            assert!(line.contains(words));
            return refused(code, status, message);
        }
        let path = line.split([' ', '?']).nth(1).unwrap_or_default().to_owned();
        let resource = path.split(':').next().unwrap_or_default().replace("/projects/-/", "/projects/shop-prod/");
        let done = json!({"name": "projects/shop-prod/locations/europe-west1/operations/1", "done": true,
                          "response": {"@type": "type.googleapis.com/google.devtools.artifactregistry.v1.Repository", "name": resource}});
        if path.ends_with("/services") {
            let service = |name: &str| json!({"name": format!("projects/1/services/{name}"), "config": {"name": name}, "state": "ENABLED"});
            let ours = self.enabled.then(|| service("artifactregistry.googleapis.com"));
            let services: Vec<Value> = std::iter::once(service("iam.googleapis.com")).chain(ours).collect();
            return (200, json!({"services": services}));
        }
        if path.ends_with(":getIamPolicy") {
            return (200, self.policies.get(&resource).cloned().unwrap_or_else(|| json!({"etag": "BwY="})));
        }
        if line.starts_with("GET") && path.contains("/repositories/") {
            let there = self.repository.clone();
            return there
                .map_or_else(|| refused(404, "NOT_FOUND", "Requested entity was not found."), |answer| (200, answer));
        }
        if line.starts_with("GET") {
            return refused(404, "NOT_FOUND", "nothing is there");
        }
        self.changes.push(path.clone());
        if path.ends_with(":setIamPolicy") {
            self.policies.insert(resource, body["policy"].clone());
            return (200, body["policy"].clone());
        }
        if path.ends_with(":enable") {
            self.enabled = true;
            return (200, done);
        }
        if path.ends_with("/repositories") {
            let mut repository = body.clone();
            repository["mode"] = "STANDARD_REPOSITORY".into();
            self.repository = Some(repository);
            return (200, done);
        }
        refused(404, "NOT_FOUND", "nothing is there")
    }
}

fn answer(stream: &TcpStream, google: &Mutex<Google>) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream);
    let (mut line, mut length) = (String::new(), 0);
    reader.read_line(&mut line)?;
    loop {
        let mut header = String::new();
        reader.read_line(&mut header)?;
        let header = header.trim().to_ascii_lowercase();
        if let Some(value) = header.strip_prefix("content-length:") {
            length = value.trim().parse().unwrap_or(0);
        }
        if header.is_empty() {
            break;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    let body = serde_json::from_slice(&body).unwrap_or_default();
    let (code, answer) = google.lock().expect("a state").handle(line.trim(), &body);
    let text = answer.to_string();
    let head = format!(
        "HTTP/1.1 {code} X\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        text.len()
    );
    (&mut &*stream).write_all((head + &text).as_bytes())
}

/// `consign setup`, with the real gcloud on PATH and Google at this address.
fn setup(folder: &Folder, address: &str, args: &[&str]) -> Output {
    let mut command = folder.consign();
    if let Some(bin) = Path::new(&gcloud()).parent().filter(|bin| bin.is_absolute()) {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let folders = std::iter::once(bin.to_owned()).chain(std::env::split_paths(&path));
        command.env("PATH", std::env::join_paths(folders).expect("a PATH"));
    }
    for api in ["SERVICEUSAGE", "ARTIFACTREGISTRY", "IAM"] {
        command.env(format!("CLOUDSDK_API_ENDPOINT_OVERRIDES_{api}"), address);
    }
    command.env("CLOUDSDK_CONFIG", folder.path().join("gcloud")).env("CLOUDSDK_AUTH_ACCESS_TOKEN", "a-token-of-nobody");
    command.args(args).arg("--run").stdin(Stdio::null()).output().expect("consign runs")
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
#[ignore = "needs gcloud: $GCLOUD, or on PATH"]
fn the_real_gcloud_does_each_step_once() {
    let (google, address) = Google::start();
    let folder = Folder::new();
    let first = setup(&folder, &address, EVERYTHING);
    assert!(first.status.success(), "{}", stderr(&first));
    assert_eq!(String::from_utf8_lossy(&first.stdout), format!("{REPOSITORY}\n"));
    {
        let google = google.lock().expect("a state");
        assert_eq!(google.changes.len(), 6, "{:?}", google.changes);
        let repository = google.repository.as_ref().expect("a repository");
        assert_eq!(repository["format"], "DOCKER");
        assert_eq!(repository["dockerConfig"]["immutableTags"], true);
        assert_eq!(repository["description"], "Bundles of the shop's clusters");
        let policy = google.policies.values().next().expect("a policy").to_string();
        assert!(
            policy.contains(
                "serviceAccount:shop-fleet.svc.id.goog[config-management-system/ns-reconciler-orders-prod-4]"
            ),
            "{policy}"
        );
    }
    let again = setup(&folder, &address, EVERYTHING);
    assert!(
        again.status.success() && stderr(&again).lines().all(|line| line.starts_with("already there: ")),
        "{}",
        stderr(&again)
    );
    assert_eq!(google.lock().expect("a state").changes.len(), 6, "nothing is done twice");

    let as_account = ["setup", REPOSITORY, "--immutable-tags", "--consumer", "flux", "--gsa", ACCOUNT];
    let output = setup(&folder, &address, &as_account);
    assert!(output.status.success(), "{}", stderr(&output));
    let google = google.lock().expect("a state");
    let policy =
        google.policies.iter().find(|(resource, _)| resource.ends_with(ACCOUNT)).expect("a policy of the account");
    assert_eq!(
        policy.1["bindings"][0]["members"],
        json!(["serviceAccount:shop-prod.svc.id.goog[flux-system/source-controller]"])
    );
}

#[test]
#[ignore = "needs gcloud: $GCLOUD, or on PATH"]
fn what_google_refuses_is_told_apart_behind_the_real_gcloud() {
    let (google, address) = Google::start();
    let folder = Folder::new();
    for (refusal, exit_code, words) in [
        (
            (
                "repositories/configs?",
                403,
                "SERVICE_DISABLED",
                "Artifact Registry API has not been used in project shop-prod before or it is disabled.",
            ),
            3,
            "enable artifactregistry.googleapis.com",
        ),
        (
            (
                "POST /v1/projects/shop-prod/locations/europe-west1/repositories?",
                403,
                "PERMISSION_DENIED",
                "Permission 'x' denied on resource 'y' (or it may not exist).",
            ),
            3,
            "needs `roles/artifactregistry.admin`",
        ),
        (
            (
                "POST /v1/projects/shop-prod/locations/europe-west1/repositories?",
                400,
                "INVALID_ARGUMENT",
                "the location is not valid",
            ),
            2,
            "locations list",
        ),
        (
            ("setIamPolicy", 400, "INVALID_ARGUMENT", "Identity Pool does not exist (shop-fleet.svc.id.goog)."),
            2,
            "INVALID_ARGUMENT: Identity Pool",
        ),
        (
            ("getIamPolicy", 401, "UNAUTHENTICATED", "Request had invalid authentication credentials."),
            3,
            "gcloud auth login",
        ),
    ] {
        *google.lock().expect("a state") = Google { enabled: true, refusal: Some(refusal), ..Google::default() };
        let output = setup(&folder, &address, EVERYTHING);
        let said = stderr(&output);
        assert_eq!(output.status.code(), Some(exit_code), "{refusal:?}: {said}");
        assert!(said.contains(words) && said.contains("left to do"), "{refusal:?}: {said}");
    }
    // Made by somebody else in the meantime.
    let exists = (
        "POST /v1/projects/shop-prod/locations/europe-west1/repositories?",
        409,
        "ALREADY_EXISTS",
        "the repository already exists",
    );
    *google.lock().expect("a state") = Google { enabled: true, refusal: Some(exists), ..Google::default() };
    let output = setup(&folder, &address, EVERYTHING);
    assert!(
        output.status.success() && stderr(&output).contains("already there: the repository"),
        "{}",
        stderr(&output)
    );
}
