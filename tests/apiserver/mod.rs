//! etcd and kube-apiserver, started on loopback for one test.

// Each test binary uses its own part of this. A panic here is a test that fails.
#![allow(dead_code, unreachable_pub, clippy::expect_used, clippy::panic)]

use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use consign::finding::Severity;
use consign::object;
use reqwest::{Client, Method};
use rustls::crypto::ring;
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use crate::common::Folder;

/// The only user's, a member of `system:masters`.
pub const TOKEN: &str = "tester";

/// How long the programs may take to start.
const START: Duration = Duration::from_mins(2);

/// What kubectl needs to reach the server.
fn kubeconfig(address: &str) -> String {
    let cluster = json!({"server": address, "insecure-skip-tls-verify": true});
    let config = json!({
        "apiVersion": "v1", "kind": "Config", "current-context": "test",
        "clusters": [{"name": "test", "cluster": cluster}],
        "users": [{"name": "test", "user": {"token": TOKEN}}],
        "contexts": [{"name": "test", "context": {"cluster": "test", "user": "test"}}],
    });
    config.to_string()
}

/// Ended with the value.
pub struct ApiServer {
    runtime: Runtime,
    client: Client,
    address: String,
    /// Last started, first ended.
    children: Vec<Child>,
    /// Written once: kubectl may read it at any time, on any thread.
    kubeconfig: PathBuf,
    /// What they write.
    folder: Folder,
}

impl ApiServer {
    /// Starts both programs, each on a free port, and waits until objects can be sent.
    pub fn start() -> Self {
        let [etcd_program, server_program] = ["ETCD", "KUBE_APISERVER"].map(|name| {
            std::env::var_os(name).unwrap_or_else(|| panic!("{name} must name the program: .ci/run makes it"))
        });
        let folder = Folder::new();
        let [client_port, peer_port, port] = free_ports();
        let etcd_url = format!("http://127.0.0.1:{client_port}");
        let peer_url = format!("http://127.0.0.1:{peer_port}");
        let data = folder.path().join("etcd").display().to_string();
        let etcd = [
            "--name=test".to_owned(),
            format!("--data-dir={data}"),
            "--unsafe-no-fsync".to_owned(),
            format!("--listen-client-urls={etcd_url}"),
            format!("--advertise-client-urls={etcd_url}"),
            format!("--listen-peer-urls={peer_url}"),
            format!("--initial-advertise-peer-urls={peer_url}"),
            format!("--initial-cluster=test={peer_url}"),
        ];
        let arguments = server_arguments(folder.path(), &etcd_url, port);
        let address = format!("https://127.0.0.1:{port}");
        let mut server = Self {
            runtime: Runtime::new().expect("a runtime"),
            client: client(),
            kubeconfig: folder.file("kubeconfig", kubeconfig(&address)),
            address,
            children: Vec::new(),
            folder,
        };
        let logs = server.folder.path().to_owned();
        server.children.push(started(Command::new(etcd_program).args(etcd), &logs.join("etcd.log")));
        server.children.push(started(Command::new(server_program).args(arguments), &logs.join("kube-apiserver.log")));
        server.wait(&logs);
        server
    }

    pub fn address(&self) -> &str {
        &self.address
    }

    fn wait(&mut self, logs: &Path) {
        let begun = Instant::now();
        while self.runtime.block_on(self.call(Method::GET, "/readyz", None)).0 != 200 {
            let has_ended = self.children.iter_mut().any(|child| child.try_wait().expect("a child").is_some());
            if has_ended || begun.elapsed() > START {
                let log = |name: &str| fs::read_to_string(logs.join(name)).unwrap_or_default();
                panic!("kube-apiserver does not start\n{}\n{}", log("etcd.log"), log("kube-apiserver.log"));
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Creates the CRDs and waits until objects of their kinds can be sent.
    pub fn apply(&self, definitions: &[Value]) {
        let begun = Instant::now();
        let all = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions?fieldValidation=Strict";
        for definition in definitions {
            let (status, answer) = self.runtime.block_on(self.call(Method::POST, all, Some(definition)));
            assert_eq!(status, 201, "{}: {answer}", definition["metadata"]["name"]);
        }
        for definition in definitions {
            let (group, plural) = (&definition["spec"]["group"], &definition["spec"]["names"]["plural"]);
            for version in definition["spec"]["versions"].as_array().into_iter().flatten() {
                if version["served"] != true {
                    continue;
                }
                let path = [group, &version["name"], plural].map(|part| part.as_str().expect("text")).join("/");
                while self.runtime.block_on(self.call(Method::GET, &format!("/apis/{path}"), None)).0 != 200 {
                    assert!(begun.elapsed() < START, "the server does not serve {path}");
                    std::thread::sleep(Duration::from_millis(20));
                }
            }
        }
    }

    /// Creates an object, which the server must accept.
    pub fn create(&self, path: &str, object: &Value) {
        let (status, answer) = self.runtime.block_on(self.call(Method::POST, path, Some(object)));
        assert_eq!(status, 201, "{path}: {answer}");
    }

    /// Creates the object where it is not there, and gives it its status: as observed now, unless it says of which generation it is.
    pub fn put(&self, path: &str, object: &Value) {
        let at = format!("{path}/{}", object["metadata"]["name"].as_str().expect("a name"));
        let call = |method, path: &str, body: Option<&Value>| self.runtime.block_on(self.call(method, path, body));
        if call(Method::GET, &at, None).0 == 404 {
            self.create(&format!("{path}?fieldValidation=Strict"), object);
        }
        if object["status"].is_null() {
            return;
        }
        let mut there: Value = serde_json::from_str(&call(Method::GET, &at, None).1).expect("JSON");
        there["status"] = object["status"].clone();
        // The status of an Application is a part of it like any other, and has no generation.
        let is_part = path.contains("argoproj.io");
        if !is_part && there["status"]["observedGeneration"].is_null() {
            there["status"]["observedGeneration"] = there["metadata"]["generation"].clone();
        }
        let part = if is_part { "" } else { "/status" };
        let (status, answer) = call(Method::PUT, &format!("{at}{part}?fieldValidation=Strict"), Some(&there));
        assert_eq!(status, 200, "{there}: {answer}");
    }

    /// A configuration for kubectl.
    pub fn kubeconfig(&self) -> &Path {
        &self.kubeconfig
    }

    pub fn runtime(&self) -> &Runtime {
        &self.runtime
    }

    /// Status and body of an answer; 599 and why if there is none.
    pub async fn call(&self, method: Method, path: &str, body: Option<&Value>) -> (u16, String) {
        let mut request = self.client.request(method, format!("{}{path}", self.address)).bearer_auth(TOKEN);
        if let Some(body) = body {
            request = request.header("content-type", "application/json").body(body.to_string());
        }
        let answer = async {
            let response = request.send().await?;
            Ok::<_, reqwest::Error>((response.status().as_u16(), response.text().await?))
        };
        answer.await.unwrap_or_else(|error| (599, format!("no answer: {error}")))
    }
}

impl Drop for ApiServer {
    fn drop(&mut self) {
        for child in self.children.iter_mut().rev() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// The definitions of the tests' own: the kinds that consumers read, with the fields that consign writes and reads.
pub fn our_definitions() -> Vec<Value> {
    definitions(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/crds"))
}

/// The real definitions of those kinds, where `CONSIGN_SHARED_CRDS` names their folder.
pub fn real_definitions() -> Option<Vec<Value>> {
    let folder = std::env::var_os("CONSIGN_SHARED_CRDS").filter(|folder| !folder.is_empty())?;
    Some(definitions(Path::new(&folder)))
}

/// All CustomResourceDefinitions in the files of a folder.
fn definitions(folder: &Path) -> Vec<Value> {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
    files.sort();
    let objects = files.iter().flat_map(|file| objects_of(file));
    objects.filter(|object| object["kind"] == "CustomResourceDefinition").collect()
}

/// The objects of a file, read by consign: how it reads YAML is what other tests ask kubectl about.
pub fn objects_of(file: &Path) -> Vec<Value> {
    let path: Arc<str> = file.display().to_string().into();
    let text = fs::read(file).unwrap_or_else(|error| panic!("{path}: {error}"));
    let (documents, mut findings) = object::documents(&path, &text);
    let mut objects = Vec::new();
    for document in &documents {
        let parsed = object::parse(&path, document);
        findings.extend(parsed.findings);
        objects.extend(parsed.trees.iter().map(|tree| tree.root().to_json()));
    }
    assert!(findings.iter().all(|finding| finding.severity == Severity::Warning), "{path}: {findings:?}");
    objects
}

/// With keep-alive on as many connections as it takes. The server's certificate is its own, and both ends are this test's.
fn client() -> Client {
    let _ = ring::default_provider().install_default();
    let builder = Client::builder().tls_certs_only([]).tls_danger_accept_invalid_certs(true).no_proxy().http1_only();
    builder.timeout(Duration::from_mins(1)).build().expect("a client")
}

/// The arguments of kube-apiserver, with the files they name.
fn server_arguments(folder: &Path, etcd_url: &str, port: u16) -> Vec<String> {
    let at = |name: &str| folder.join(name).display().to_string();
    let [tokens, key, public_key] = ["tokens.csv", "service-account.key", "service-account.pub"].map(at);
    let pair = rcgen::KeyPair::generate().expect("a key");
    fs::write(&tokens, format!("{TOKEN},tester,tester,system:masters\n")).expect("a file");
    fs::write(&key, pair.serialize_pem()).expect("a file");
    fs::write(&public_key, pair.public_key_pem()).expect("a file");
    vec![
        format!("--etcd-servers={etcd_url}"),
        "--bind-address=127.0.0.1".to_owned(),
        format!("--secure-port={port}"),
        format!("--cert-dir={}", at("certificates")),
        format!("--token-auth-file={tokens}"),
        "--authorization-mode=RBAC".to_owned(),
        "--service-account-issuer=https://kubernetes.default.svc".to_owned(),
        format!("--service-account-key-file={public_key}"),
        format!("--service-account-signing-key-file={key}"),
        "--service-cluster-ip-range=10.0.0.0/24".to_owned(),
        "--disable-admission-plugins=ServiceAccount".to_owned(),
        "--allow-privileged=true".to_owned(),
        "--runtime-config=api/all=true".to_owned(),
    ]
}

/// Ports that nobody listens on, all different.
fn free_ports<const N: usize>() -> [u16; N] {
    let ears: [TcpListener; N] = std::array::from_fn(|_| TcpListener::bind("127.0.0.1:0").expect("a free port"));
    ears.map(|ear| ear.local_addr().expect("an address").port())
}

fn started(command: &mut Command, log: &Path) -> Child {
    let log = fs::File::create(log).expect("a log");
    command.stdin(Stdio::null()).stdout(log.try_clone().expect("a handle")).stderr(log);
    command.spawn().unwrap_or_else(|error| panic!("{command:?}: {error}"))
}
